//! A record as desktops and programs are shown it: as far as whoever looks answers for the places where it happened.

use super::place::PLACES;
use super::{Contact, Contacts, Sight, notes};
use crate::contact_view::{ContactCard, EditView};
use crate::cti::{Cause, Verdict};
use crate::fact::{CallRecorded, ContactPart, PriorityChanged};
use crate::ids::ContactId;
use crate::view::{ContactView, HistoryView, RatingView};
use warmline_time::Time;

impl Contact {
    /// Earlier contacts that somebody sees, the latest first.
    fn past<'a>(&'a self, sight: &'a Sight) -> impl Iterator<Item = &'a CallRecorded> {
        self.history.iter().filter(|(place, _)| sight.has(*place)).map(|(_, record)| record)
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
        self.past(sight).map(|record| Time::from_micros(record.surely_until())).max()
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
        Some(ContactView {
            id: Some(id),
            name: contact.name.clone(),
            numbers: contact.displays().to_vec(),
            e164: contact.numbers.clone(),
            notes: notes::read(&contact.notes, &contact.notes_at, sight),
            priority: contact.priority,
            ratings: contact.ratings.iter().map(rating_view).collect(),
            history: contact.past(sight).map(history_view).collect(),
        })
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

fn history_view(record: &CallRecorded) -> HistoryView {
    let until = record.surely_until();
    let talk = record.answered.map_or(0, |answered| until.saturating_sub(answered) / 1_000_000);
    let verdict = record.progress.as_ref().map(|progress| progress.verdict);
    let outcome = match record.cause {
        // What answered was nobody, whoever was there to hear it: the next one who calls this number should know (E20).
        _ if let Some(what @ (Verdict::Fax | Verdict::Modem | Verdict::Machine)) = verdict => what.word(),
        Cause::NodeRestart => Cause::NodeRestart.reason(),
        _ if record.answered.is_some() => "talked",
        _ if record.channel == "mail" => "written",
        // He hung up before anybody spoke.
        Cause::Normal => "canceled",
        cause => cause.reason(),
    };
    HistoryView {
        time: Time::from_micros(record.started).rfc3339(),
        channel: record.channel.clone(),
        page: record.page_title.clone(),
        outcome: outcome.to_owned(),
        chat: record.reservation.filter(|_| record.channel == "chat"),
        reservation: record.reservation,
        talk_secs: talk.min(u64::from(u32::MAX)) as u32,
        agent: record.agent.clone(),
        code: record.code.clone(),
    }
}
