//! Contacts looked for and read.

use super::index::{Page, Query};
use super::place::is_seen;
use super::{Contact, Contacts, Place, Spot};
use crate::contact_view::ContactRow;
use crate::ids::ContactId;
use std::collections::BTreeSet;
use warmline_time::Time;

/// No row of the index: behind the one who has just the customer's id that is looked for, and before all others.
const FIRST: usize = usize::MAX;

/// What somebody may see: contacts that were met at one of these places, by their numbers; none: all.
pub(crate) struct Sight(Option<Vec<bool>>);

impl Sight {
    /// All.
    pub const WHOLE: Sight = Sight(None);

    /// Whether it is all.
    pub fn is_whole(&self) -> bool {
        self.0.is_none()
    }

    /// Whether what belongs to this place is seen; what belongs to none is everybody's.
    pub fn has(&self, place: Option<u16>) -> bool {
        place.is_none() || self.has_known(place)
    }

    /// Whether what belongs to this place is seen; none: one that nobody has heard of.
    pub fn has_known(&self, place: Option<u16>) -> bool {
        let seen = |seen: &Vec<bool>| place.and_then(|number| seen.get(usize::from(number)).copied());
        self.0.as_ref().is_none_or(|all| seen(all).unwrap_or(false))
    }
}

impl Contacts {
    /// What was met at places that are `so`.
    pub fn sight(&self, so: impl Fn(&Place) -> bool) -> Sight {
        Sight(Some(self.places.which(so)))
    }

    /// The same, as far as one contact goes: of other places nothing is asked.
    pub fn sight_at(&self, id: ContactId, so: impl Fn(&Place) -> bool) -> Sight {
        let mut seen = vec![false; self.places.len()];
        if let Some(contact) = self.rows.get(&id) {
            let past = contact.history.iter().filter_map(|row| row.place);
            let noted = contact.notes_at.iter().filter_map(|(_, place)| *place);
            let edited = contact.edits.iter().filter_map(|(_, place, _)| *place);
            let his: BTreeSet<u16> =
                contact.places.iter().copied().chain(past).chain(noted).chain(edited).collect();
            for number in his {
                if let (Some(place), Some(row)) = (self.places.get(number), seen.get_mut(usize::from(number)))
                {
                    *row = so(place);
                }
            }
        }
        Sight(Some(seen))
    }

    /// Whether a contact is there, for who sees so far.
    pub fn is_seen(&self, id: ContactId, sight: &Sight) -> bool {
        self.rows.get(&id).is_some_and(|contact| sees(contact, sight))
    }

    /// Whether a contact is there, for who sees what was met at places that are `so`; his own alone are asked about.
    pub fn is_seen_by(&self, id: ContactId, so: impl Fn(&Place) -> bool) -> bool {
        self.rows
            .get(&id)
            .is_some_and(|contact| contact.configured || self.places.is_any(&contact.places, so))
    }

    /// A page of those that a query leads to; who has just this customer's id is the first.
    pub fn find(
        &self,
        text: &str,
        (behind, most): (Option<Spot>, usize),
        sight: &Sight,
    ) -> Result<Found, Unfound> {
        let exact = self.by_customer(text.trim()).filter(|&id| self.is_seen(id, sight));
        let first = exact.filter(|_| behind.is_none());
        let Some(query) = Query::read(text) else {
            exact.ok_or(Unfound::TooShort)?;
            let rows = first.and_then(|id| self.row(id, None, sight)).into_iter().collect();
            return Ok(Found { rows, next: None });
        };
        let wanted = |id: ContactId| Some(id) != exact && self.is_seen(id, sight);
        let terms = |id: ContactId| self.rows.get(&id).map(Contact::terms);
        let more = most.saturating_sub(usize::from(first.is_some()));
        let start = behind.filter(|spot| spot.nth != FIRST);
        let page = self.index.page(&query, (start, more.max(1)), terms, wanted);
        let Page { mut contacts, mut next } = page.ok_or(Unfound::ListChanged)?;
        if let Some(id) = first.filter(|_| more == 0) {
            // He fills the page.
            let follow = !contacts.is_empty() || next.is_some();
            next = follow.then_some(Spot { id, nth: FIRST });
            contacts.clear();
        }
        let rows = first.into_iter().chain(contacts).filter_map(|id| self.row(id, Some(&query), sight));
        Ok(Found { rows: rows.collect(), next })
    }

    fn row(&self, id: ContactId, query: Option<&Query>, sight: &Sight) -> Option<ContactRow> {
        let contact = self.rows.get(&id)?;
        let asked = |number: &&String| query.is_some_and(|query| query.is_of(number));
        let number = contact.numbers.iter().find(asked).or(contact.numbers.first());
        Some(ContactRow {
            id,
            name: contact.name.clone(),
            company: contact.company.clone(),
            number: number.map(|number| crate::number::display(number)),
            e164: number.cloned(),
            priority: contact.priority,
            seen: contact.seen_by(sight).map(Time::rfc3339),
            last_agent: contact.last_talk_by(sight).map(|(agent, _)| agent.to_owned()),
        })
    }

    /// The row by which a record is known.
    pub fn version(&self, id: ContactId) -> Option<u64> {
        self.rows.get(&id).map(|contact| contact.version)
    }
}

/// Those of the list are everybody's, wherever they have been met since.
fn sees(contact: &Contact, Sight(seen): &Sight) -> bool {
    contact.configured || seen.as_ref().is_none_or(|seen| is_seen(&contact.places, seen))
}

/// A page of those who were found.
pub(crate) struct Found {
    pub rows: Vec<ContactRow>,
    /// Where it goes on.
    pub next: Option<Spot>,
}

/// Why nobody can be looked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unfound {
    /// By so little nobody is found.
    TooShort,
    /// The place behind which it would go on is there no more.
    ListChanged,
}
