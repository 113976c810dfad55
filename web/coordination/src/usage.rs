//! What a firm and its clients have used (N 0028): counted from the journal's rows, by day, so that a restart counts the same, and priced
//! by a simple plan.

use crate::ids::ReservationId;
use serde::Serialize;
use std::collections::BTreeMap;
use warmline_time::Time;

/// Days that are kept.
const DAYS: u64 = 400;

/// What was used, by the names of the report.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Used {
    /// Requests of visitors, whatever the channel.
    pub reservations: u64,
    /// Seconds for which numbers were held and rested, counted when that ends.
    pub number_secs: u64,
    /// Calls that were answered.
    pub calls: u64,
    /// Seconds in which somebody was spoken with, counted when the call ends.
    pub call_secs: u64,
    /// Chats that were asked for.
    pub chats: u64,
    /// Visitors who were invited.
    pub invitations: u64,
    /// Letters that were written.
    pub letters: u64,
}

impl Used {
    fn add(&mut self, other: &Used) {
        self.reservations += other.reservations;
        self.number_secs += other.number_secs;
        self.calls += other.calls;
        self.call_secs += other.call_secs;
        self.chats += other.chats;
        self.invitations += other.invitations;
        self.letters += other.letters;
    }
}

/// What each costs, in ten-thousandths of the plan's currency.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RatePlan {
    /// As it is printed: `EUR`.
    pub currency: String,
    /// A request.
    pub reservation: u64,
    /// A number for an hour.
    pub number_hour: u64,
    /// A call for a minute, each begun one.
    pub minute: u64,
    /// A chat.
    pub chat: u64,
    /// An invitation.
    pub invitation: u64,
    /// A letter.
    pub letter: u64,
}

impl RatePlan {
    /// What all of it costs, in ten-thousandths. Minutes are those of all calls together, begun ones whole.
    pub fn price(&self, used: &Used) -> u64 {
        let rows = [
            (used.reservations, self.reservation),
            (used.call_secs.div_ceil(60), self.minute),
            (used.chats, self.chat),
            (used.invitations, self.invitation),
            (used.letters, self.letter),
        ];
        let numbers = used.number_secs.saturating_mul(self.number_hour).div_ceil(3_600);
        rows.iter().fold(numbers, |sum, (count, price)| sum.saturating_add(count.saturating_mul(*price)))
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    rows: BTreeMap<(u64, String), Used>,
    /// Numbers that are held: since when, and for which client.
    held: BTreeMap<ReservationId, (Time, String)>,
}

fn day(at: Time) -> u64 {
    at.as_secs() / 86_400
}

impl Usage {
    /// The row of a client on the day of this moment.
    pub fn of(&mut self, at: Time, client: &str) -> &mut Used {
        let today = day(at);
        while let Some(first) = self.rows.first_entry()
            && first.key().0 + DAYS <= today
        {
            first.remove();
        }
        self.rows.entry((today, client.to_owned())).or_default()
    }

    /// A number is held from now on.
    pub fn holds(&mut self, at: Time, id: ReservationId, client: &str) {
        self.held.insert(id, (at, client.to_owned()));
    }

    /// Its time is over at this moment; `free_at`: and it has rested then.
    pub fn released(&mut self, at: Time, id: ReservationId, free_at: Option<Time>) {
        if let Some((since, client)) = self.held.remove(&id) {
            let until = free_at.unwrap_or(at).max(since);
            self.of(at, &client).number_secs += until.since(since).as_secs();
        }
    }

    /// What was used from the first to the last of these days (since the epoch), by client; `by_day`: and by day.
    pub fn report(&self, (from, to): (u64, u64), by_day: bool) -> Vec<UsageRow> {
        let mut rows: BTreeMap<(u64, &str), Used> = BTreeMap::new();
        for ((day, client), used) in self.rows.iter().filter(|((day, _), _)| (from..=to).contains(day)) {
            let day = if by_day { *day } else { from };
            rows.entry((day, client)).or_default().add(used);
        }
        rows.into_iter()
            .map(|((day, client), used)| UsageRow {
                day: by_day.then_some(day),
                client: client.to_owned(),
                used,
            })
            .collect()
    }
}

/// What a client has used, on a day or in all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UsageRow {
    /// Days since the epoch, where it is by day.
    pub day: Option<u64>,
    /// The client's name; empty: the firm's own.
    pub client: String,
    /// What.
    pub used: Used,
}

/// A firm's usage.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UsageReport {
    /// By client.
    pub rows: Vec<UsageRow>,
    /// What it costs.
    pub plan: Option<RatePlan>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(days: u64, secs: u64) -> Time {
        Time::from_micros((days * 86_400 + secs) * 1_000_000)
    }

    #[test]
    fn numbers_count_when_they_are_free_again_and_old_days_go() {
        let mut usage = Usage::default();
        let id = ReservationId::mint(Time::ZERO, 1);
        usage.holds(at(10, 0), id, "Shoes");
        usage.released(at(10, 300), id, Some(at(10, 330)));
        usage.released(at(10, 400), id, None);
        usage.of(at(11, 0), "Shoes").reservations += 2;
        let all = usage.report((10, 11), false);
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].used.number_secs, all[0].used.reservations, all[0].day), (330, 2, None));
        assert_eq!(usage.report((10, 11), true).len(), 2);
        usage.of(at(411, 0), "").calls += 1;
        assert_eq!(usage.report((0, 500), true).len(), 1);
    }

    #[test]
    fn a_plan_prices_begun_minutes_and_parts_of_hours() {
        let plan = RatePlan { number_hour: 5_000, minute: 300, invitation: 100, ..RatePlan::default() };
        let used = Used { number_secs: 1_800, call_secs: 61, invitations: 3, ..Used::default() };
        assert_eq!(plan.price(&used), 3_400);
    }
}
