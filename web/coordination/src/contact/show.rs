//! A record as desktops and programs are shown it: as far as whoever looks answers for the places where it happened.

use super::past::Past;
use super::place::PLACES;
use super::{Contact, Contacts, LATEST, Sight, notes};
use crate::contact_view::{ContactCard, EditView};
use crate::cti::{Cause, Verdict};
use crate::fact::{ContactPart, PriorityChanged};
use crate::ids::{CallId, ContactId};
use crate::view::{ContactView, HistoryView, RatingView};
use warmline_time::Time;

/// Rows, the latest first, and behind which the next page begins.
pub(crate) type HistoryPage = (Vec<HistoryView>, Option<CallId>);

impl Contact {
    /// Earlier contacts that somebody sees, the latest first.
    fn past<'a>(&'a self, sight: &'a Sight) -> impl Iterator<Item = &'a Past> {
        self.history.iter().filter(|row| sight.has(row.place))
    }

    /// So many of them, behind this one, and behind which the next page begins. None: this one is not among them.
    fn page(&self, before: Option<CallId>, most: usize, sight: &Sight) -> Option<HistoryPage> {
        let mut past = self.past(sight);
        if let Some(before) = before {
            past.find(|row| row.call == before)?;
        }
        let rows: Vec<&Past> = past.by_ref().take(most).collect();
        let next = past.next().and(rows.last()).map(|row| row.call);
        Some((rows.into_iter().map(history_view).collect(), next))
    }

    /// Whether all that is known of him is of places that somebody sees.
    fn is_open_to(&self, sight: &Sight) -> bool {
        let all = || self.places.iter().all(|&place| sight.has(Some(place)));
        sight.is_whole() || self.places.len() < PLACES && all()
    }

    /// When he was last heard of, for who sees so far.
    pub(super) fn seen_by(&self, sight: &Sight) -> Option<Time> {
        if self.is_open_to(sight) {
            return self.seen;
        }
        self.past(sight).map(|record| Time::from_micros(record.until)).max()
    }

    /// Who spoke with him last, until when.
    pub(super) fn last_talk_by<'a>(&'a self, sight: &'a Sight) -> Option<(&'a str, Time)> {
        if self.is_open_to(sight) {
            return self.last_talk();
        }
        let mut spoken = self.past(sight).filter(|record| record.answered.is_some());
        spoken.find_map(|record| Some((record.agent.as_deref()?, Time::from_micros(record.ended))))
    }
}

impl Contacts {
    /// What a desktop shows of him.
    pub fn view(&self, id: ContactId, sight: &Sight) -> Option<ContactView> {
        let contact = self.rows.get(&id)?;
        let (history, older) = contact.page(None, LATEST, sight)?;
        Some(ContactView {
            id: Some(id),
            name: contact.name.clone(),
            numbers: contact.displays().to_vec(),
            e164: contact.numbers.clone(),
            notes: notes::read(&contact.notes, &contact.notes_at, sight),
            priority: contact.priority,
            ratings: contact.ratings.iter().map(rating_view).collect(),
            history,
            older,
        })
    }

    /// Of his earlier contacts those behind this one.
    pub fn history(
        &self,
        id: ContactId,
        (before, most): (Option<CallId>, usize),
        sight: &Sight,
    ) -> Option<HistoryPage> {
        self.rows.get(&id)?.page(before, most, sight)
    }

    /// All that is kept of one.
    pub fn card(&self, id: ContactId, sight: &Sight) -> Option<ContactCard> {
        let contact = self.rows.get(&id)?;
        // That there are notes elsewhere is not told either.
        let told = contact
            .edits
            .iter()
            .filter(|(_, place, edit)| sight.has(*place) || edit.parts != [ContactPart::Notes]);
        let edits = told.map(|(at, _, edit)| EditView {
            time: at.rfc3339(),
            of: edit.of,
            by: edit.by.clone(),
            parts: edit.parts.clone(),
        });
        let last_talk = contact.last_talk_by(sight);
        Some(ContactCard {
            contact: self.view(id, sight)?,
            version: contact.version,
            company: contact.company.clone(),
            customer: contact.vouched.customer.clone(),
            email: contact.vouched.email.clone(),
            language: contact.vouched.language.clone(),
            attributes: contact.attributes.clone(),
            seen: contact.seen_by(sight).map(Time::rfc3339),
            last_agent: last_talk.map(|(agent, _)| agent.to_owned()),
            last_talk: last_talk.map(|(_, at)| at.rfc3339()),
            edits: edits.collect(),
        })
    }
}

fn rating_view((at, changed): &(Time, PriorityChanged)) -> RatingView {
    let PriorityChanged { from, to, of, by, .. } = changed.clone();
    RatingView { time: at.rfc3339(), of, by, from, to }
}

fn history_view(record: &Past) -> HistoryView {
    let talk = record.answered.map_or(0, |answered| record.until.saturating_sub(answered) / 1_000_000);
    let outcome = match record.cause {
        // What answered was nobody, whoever was there to hear it: the next one who calls this number should know (E20).
        _ if let Some(what @ (Verdict::Fax | Verdict::Modem | Verdict::Machine)) = record.verdict => {
            what.word()
        }
        Cause::NodeRestart => Cause::NodeRestart.reason(),
        _ if record.answered.is_some() => "talked",
        _ if &*record.channel == "mail" => "written",
        // He hung up before anybody spoke.
        Cause::Normal => "canceled",
        cause => cause.reason(),
    };
    HistoryView {
        time: Time::from_micros(record.started).rfc3339(),
        channel: record.channel.to_string(),
        page: record.page_title.to_string(),
        outcome: outcome.to_owned(),
        chat: record.reservation.filter(|_| &*record.channel == "chat"),
        reservation: record.reservation,
        talk_secs: talk.min(u64::from(u32::MAX)) as u32,
        agent: record.agent.as_deref().map(str::to_owned),
        code: record.code.as_deref().map(str::to_owned),
    }
}
