//! What an agent or a program changes of a record, and what has changed of it.

use super::{Contact, Contacts, NUMBERS, Sight, notes};
use crate::contact_change::ContactChange;
use crate::fact::{ContactPart, ContactStored, Vouched};
use crate::firm::problem;
use crate::identity::ATTRIBUTES;
use crate::ids::ContactId;
use crate::queue::PRIORITY;
use crate::request::Problem;

/// A number is another contact's, of whom the asker may know.
pub(crate) const NUMBER_TAKEN: &str = "number_taken";

impl Contacts {
    /// A record as its next row would have it; an empty one where there is none.
    pub(super) fn stored(&self, id: ContactId) -> ContactStored {
        let known = self.rows.get(&id);
        ContactStored {
            contact: id,
            name: known.map_or_else(String::new, |c| c.name.clone()),
            numbers: known.map_or_else(Vec::new, |c| c.numbers.clone()),
            notes: known.map_or_else(String::new, |c| c.notes.clone()),
            notes_at: known.map_or_else(Vec::new, |c| notes::rows(&c.notes_at, &self.places)),
            priority: known.map_or(PRIORITY, |c| c.priority),
            visitors: known.map_or_else(Vec::new, |c| c.visitors.clone()),
            rated: known.is_some_and(|c| c.rated),
            vouched: known.map_or_else(Vouched::default, |c| c.vouched.clone()),
            company: known.map_or_else(String::new, |c| c.company.clone()),
            attributes: known.map(|c| c.attributes.clone()).unwrap_or_default(),
            edited: known.map_or_else(Vec::new, |c| c.edited.clone()),
            edit: None,
            site: None,
            queue: None,
        }
    }

    /// The record with a change by somebody who sees so far, its numbers read in `home`'s way.
    pub fn changed(
        &self,
        id: ContactId,
        (change, sight): (&ContactChange, &Sight),
        home: Option<&String>,
    ) -> Result<ContactStored, Problem> {
        let mut stored = self.stored(id);
        if let Some(name) = &change.name {
            stored.name.clone_from(name);
        }
        if let Some(company) = &change.company {
            stored.company.clone_from(company);
        }
        if let Some(notes) = &change.notes {
            self.write_notes(&mut stored, notes, (sight, None))?;
        }
        let kept = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        if let Some(email) = &change.email {
            stored.vouched.email = kept(email);
        }
        if let Some(language) = &change.language {
            stored.vouched.language = kept(language);
        }
        for (name, value) in &change.attributes {
            match value {
                Some(value) => drop(stored.attributes.insert(name.clone(), value.clone())),
                None => drop(stored.attributes.remove(name)),
            }
        }
        if stored.attributes.len() > ATTRIBUTES {
            return Err(problem(422, "too_many_attributes", "A contact has at most 20 attributes."));
        }
        self.renumber(&mut stored, (change, sight), home)?;
        if let Some(priority) = change.priority {
            (stored.priority, stored.rated) = (priority, true);
        }
        for part in self.parts(&stored) {
            if part != ContactPart::Priority && !stored.edited.contains(&part) {
                stored.edited.push(part);
            }
        }
        stored.edited.sort_unstable();
        Ok(stored)
    }

    fn renumber(
        &self,
        stored: &mut ContactStored,
        (change, sight): (&ContactChange, &Sight),
        home: Option<&String>,
    ) -> Result<(), Problem> {
        let read = |text: &String| {
            let wrong = || problem(422, "number_invalid", "This is no telephone number.");
            crate::number::e164(text, home).ok_or_else(wrong)
        };
        for text in &change.numbers.remove {
            let number = if stored.numbers.contains(text) { text.clone() } else { read(text)? };
            stored.numbers.retain(|his| *his != number);
            // At a number that is not his any more he is not called either.
            stored.vouched.on_file = stored.vouched.on_file.take().filter(|his| *his != number);
        }
        for text in &change.numbers.add {
            let number = read(text)?;
            if stored.numbers.contains(&number) {
                continue;
            }
            // Of one whom he does not see he is not told: no answer depends on it, and the number is both's.
            if self.others_with(&number, stored.contact).any(|owner| self.is_seen(owner, sight)) {
                return Err(problem(409, NUMBER_TAKEN, "This number is another contact's."));
            }
            stored.numbers.push(number);
        }
        if stored.numbers.len() > NUMBERS {
            return Err(problem(422, "too_many_numbers", "A contact has at most 8 numbers."));
        }
        Ok(())
    }

    /// Whether a number that is new in a record is another's, too.
    pub fn is_shared(&self, stored: &ContactStored) -> bool {
        let was = self.rows.get(&stored.contact).map_or(&[][..], |row| &row.numbers);
        let new = stored.numbers.iter().filter(|number| !was.contains(number));
        new.into_iter().any(|number| self.others_with(number, stored.contact).next().is_some())
    }

    fn others_with<'a>(&'a self, number: &'a str, than: ContactId) -> impl Iterator<Item = ContactId> + 'a {
        let has = move |id: &ContactId| {
            *id != than && self.rows.get(id).is_some_and(|row| row.numbers.iter().any(|his| his == number))
        };
        self.index.with_number(number).filter(has)
    }

    /// Whether a record is new, or another than it was.
    pub fn is_news(&self, stored: &ContactStored) -> bool {
        !self.rows.contains_key(&stored.contact) || !self.parts(stored).is_empty()
    }

    /// What of a record is another than it was.
    pub fn parts(&self, stored: &ContactStored) -> Vec<ContactPart> {
        let nobody = Contact { priority: PRIORITY, ..Contact::default() };
        let was = self.rows.get(&stored.contact).unwrap_or(&nobody);
        let parts = [
            (ContactPart::Name, was.name != stored.name),
            (ContactPart::Company, was.company != stored.company),
            (ContactPart::Numbers, was.numbers != stored.numbers),
            (ContactPart::Email, was.vouched.email != stored.vouched.email),
            (ContactPart::Language, was.vouched.language != stored.vouched.language),
            (ContactPart::Attributes, was.attributes != stored.attributes),
            (ContactPart::Notes, was.notes != stored.notes),
            (ContactPart::Priority, was.priority != stored.priority),
        ];
        parts.into_iter().filter_map(|(part, differs)| differs.then_some(part)).collect()
    }
}
