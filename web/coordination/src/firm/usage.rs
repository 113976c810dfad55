//! What a firm's clients use, and from which pages people come: every row of the journal is looked at once, when it is written or read again.

use super::Firm;
use crate::effect::Action;
use crate::fact::Fact;
use crate::ids::ReservationId;
use crate::request::{Reply, RequestId};
use crate::usage::UsageReport;
use crate::view::ShownMode;
use std::time::Duration;
use warmline_time::Time;

impl Firm {
    /// A row.
    pub(super) fn used(&mut self, at: Time, fact: &Fact) {
        match fact {
            Fact::ReservationOpened(opened) if opened.moves.is_none() => self.pages.opened(at, opened),
            Fact::CallRecorded(record) => self.pages.recorded(at, record),
            _ => {}
        }
        match fact {
            Fact::ReservationOpened(opened) => {
                let client = self.client_of_site(&opened.site);
                if opened.number.is_some() && opened.mode == ShownMode::Dial {
                    self.usage.holds(at, opened.reservation, &client);
                }
                // Who goes on with the same call on another channel asks for nothing new.
                let used = self.usage.of(at, &client);
                used.reservations += u64::from(opened.moves.is_none());
                used.chats += u64::from(opened.mode == ShownMode::Chat);
            }
            Fact::ReservationChanged(changed) => {
                let free_at = changed.number_free_at.map(Time::from_micros);
                self.usage.released(at, changed.reservation, free_at);
                if changed.number.is_some() && changed.mode == ShownMode::Dial {
                    let site = self.reservations.get(changed.reservation).map(|r| r.site);
                    let site = site.and_then(|site| self.settings.sites.get(site));
                    let client = site.and_then(|site| site.client.clone()).unwrap_or_default();
                    self.usage.holds(at, changed.reservation, &client);
                }
            }
            Fact::ReservationClosed { reservation, number_free_at, .. } => {
                self.usage.released(at, *reservation, number_free_at.map(Time::from_micros));
            }
            // A chat was counted when it was asked for.
            Fact::CallRecorded(record) if record.channel != "chat" => {
                let Some(answered) = record.answered else { return };
                let client = self.client_of_call(record.reservation, record.queue.as_deref());
                let used = self.usage.of(at, &client);
                used.calls += 1;
                used.call_secs += Duration::from_micros(record.ended.saturating_sub(answered)).as_secs();
            }
            Fact::Invited(invited) => {
                let client = self.client_of_site(&invited.site);
                self.usage.of(at, &client).invitations += 1;
            }
            Fact::LetterQueued(letter) => {
                let client = self.client_of_site(&letter.site);
                self.usage.of(at, &client).letters += 1;
            }
            _ => {}
        }
    }

    fn client_of_site(&self, site: &str) -> String {
        let row = self.settings.sites.iter().find(|row| row.name == site);
        row.and_then(|row| row.client.clone()).unwrap_or_default()
    }

    fn client_of_call(&self, reservation: Option<ReservationId>, queue: Option<&str>) -> String {
        let site = reservation.and_then(|id| self.reservations.get(id)).map(|r| r.site);
        let of_site = site.and_then(|site| self.settings.sites.get(site)?.client.clone());
        let of_queue = || {
            let queue = self.settings.queues.iter().find(|row| Some(row.name.as_str()) == queue)?;
            queue.client.clone()
        };
        of_site.or_else(of_queue).unwrap_or_default()
    }

    /// What was used from the first to the last of these days.
    pub fn answer_usage(&mut self, request: RequestId, days: (u64, u64), by_day: bool) {
        let rows = self.usage.report(days, by_day);
        let report = UsageReport { rows, plan: self.settings.rates.clone() };
        self.act(0, Action::Reply(request, Reply::Usage(Box::new(report))));
    }

    /// From which pages people came, and how long they waited, from the first to the last of these days.
    pub fn answer_page_report(&mut self, request: RequestId, days: (u64, u64)) {
        self.reply(request, Reply::Pages(Box::new(self.pages.view(days))));
    }
}
