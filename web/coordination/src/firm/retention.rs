//! What is too old to be kept (`keep_days`, `contact_days`): memory forgets it, and once a day the journal is gone through for it.

use super::{Firm, Timer};
use crate::campaign::CampaignState;
use crate::effect::Action;
use crate::erasure::{Aged, Erasing};
use crate::ids::ContactId;
use crate::request::Whom;
use std::collections::BTreeSet;
use std::time::Duration;
use warmline_time::Time;

/// Whether something has become too old is looked at so often.
const LOOK: Duration = Duration::from_secs(3_600);
/// Where the last reading left something, or another one is under way.
const SOON: Duration = Duration::from_secs(120);
/// The journal is not gone through for less.
const DAY: Duration = Duration::from_secs(86_400);
/// Records that are erased at once.
const RECORDS: usize = 200;
/// Who has them erased.
const BY: &str = "contact_days";

impl Firm {
    /// Looks for what has become too old.
    pub(super) fn look_for_old(&mut self, now: Time) {
        let privacy = self.settings.privacy;
        if privacy.keep.is_none() && privacy.keep_contacts.is_none() {
            return self.timers.cancel(Timer::Retention);
        }
        if let Some(keep) = privacy.keep_contacts {
            self.erase_old_contacts(now, before(now, keep));
        }
        let older = privacy.keep.map(|keep| before(now, keep));
        let older = older.filter(|older| older.since(self.kept_from) >= DAY);
        let can = self.writable && !self.erasures.reading;
        if let Some(older) = older.filter(|_| can) {
            self.forget_older(older);
            self.read_journal_for(older);
        }
        let again = if older.is_some() { SOON } else { LOOK };
        self.timers.set(Timer::Retention, now + again);
    }

    fn read_journal_for(&mut self, older: Time) {
        self.erasures.reading = true;
        let live = self.reservations.iter().filter(|r| r.live()).map(|r| r.id);
        let campaigns = self.campaigns.rows.iter().filter(|(_, row)| row.state != CampaignState::Stopped);
        let aged = Aged {
            from: self.kept_from,
            older,
            requests: live.chain(self.homeless_of(|_| true)).collect(),
            campaigns: campaigns.map(|(&id, _)| id).collect(),
            letters: self.outbox.waiting.keys().copied().collect(),
        };
        let erasing = Erasing {
            firm: self.settings.name.clone(),
            people: Vec::new(),
            aged: Some(aged),
            keep_evidence: !self.settings.privacy.erase_evidence,
            key: self.erasing_key(),
        };
        self.act(self.seq, Action::Erase(Box::new(erasing)));
    }

    /// The journal was gone through for what is older; a reading that had too much to do leaves the rest to the next.
    pub(super) fn aged(&mut self, now: Time, older: Time) {
        self.kept_from = self.kept_from.max(older);
        self.timers.set(Timer::Retention, now + SOON);
    }

    /// It was, before the restart.
    pub(super) fn aged_again(&mut self, older: Time) {
        self.kept_from = self.kept_from.max(older);
    }

    /// What memory has of it.
    pub(super) fn forget_older(&mut self, older: Time) {
        self.contacts.forget_older(older);
        self.jobs.forget(|ended| ended.ended_at < older);
    }

    /// Of whom nothing has been heard or written since. Nobody who is spoken with, waits for something, or is to be called.
    fn erase_old_contacts(&mut self, now: Time, since: Time) {
        let mut busy: BTreeSet<ContactId> =
            self.reservations.iter().filter(|r| r.live()).map(|r| r.contact).collect();
        busy.extend(self.calls.values().filter_map(|call| call.contact));
        let old = self.contacts.untouched(since).filter(|id| !busy.contains(id));
        for id in old.take(RECORDS).collect::<Vec<_>>() {
            let Ok((_, person)) = self.whole_person(&Whom::Contact(id)) else { continue };
            let called = self.campaigns.rows.values().any(|row| !row.of_numbers(&person.numbers).is_empty());
            if !called && self.order_erasure(now, person, Some(BY)).is_err() {
                return;
            }
        }
        self.look_for_erasures(now);
    }
}

fn before(now: Time, keep: Duration) -> Time {
    Time::from_micros(now.as_micros().saturating_sub(keep.as_micros() as u64))
}
