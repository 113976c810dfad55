//! What call me's calls cost, and what may be spent: prices by the beginning of a number, budgets of an hour and a day (SPEC E13).
//!
//! An answered call costs a minute more than its talk. It is paid for evenly from its answer to its end, to the minute; what is on
//! counts as far as it has come. Amounts are in sixtieths of a cent: cents a minute times seconds.

use crate::ids::CallId;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;
use warmline_time::Time;

const MINUTE: u64 = 60;
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
/// Cents a minute where no price fits.
const PRICE: u32 = 5;

/// Sixtieths of a cent.
pub(crate) type Amount = u64;

/// Sixtieths of a cent in a cent.
pub(crate) const CENT: Amount = 60;

/// What calls cost, and what may be spent on them; configuration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spend {
    /// Beginnings in E.164 (`+49`; `+`: all) and cents a minute; of all that fit the longest decides. Where none fits: 5.
    pub prices: Vec<(String, u32)>,
    /// Cents in an hour (20,000).
    pub cents_per_hour: u32,
    /// Cents in a day (100,000).
    pub cents_per_day: u32,
}

impl Default for Spend {
    fn default() -> Self {
        Spend { prices: Vec::new(), cents_per_hour: 20_000, cents_per_day: 100_000 }
    }
}

impl Spend {
    /// Cents a minute of a number in E.164.
    pub(crate) fn price(&self, number: &str) -> u32 {
        let fits = self.prices.iter().filter(|(prefix, _)| number.starts_with(prefix.as_str()));
        fits.max_by_key(|(prefix, _)| prefix.len()).map_or(PRICE, |(_, price)| *price)
    }
}

/// Cents of two windows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Cents {
    /// The last hour.
    pub hour: u64,
    /// The last 24 hours.
    pub day: u64,
}

/// Whether call me dials, and what it spends; for programs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct BreakerView {
    /// Nobody is called.
    pub open: bool,
    /// `hour` or `day`: the budget that is spent; `program`.
    pub why: Option<String>,
    /// RFC 3339: since when it is open.
    pub since: Option<String>,
    /// RFC 3339: when it is closed at the earliest, if nobody does before.
    pub until: Option<String>,
    /// What was spent; since a program closed it last.
    pub spent_cents: Cents,
    /// What may be.
    pub budget_cents: Cents,
}

/// A called customer's line.
#[derive(Clone, Copy, Debug)]
struct Line {
    price: u64,
    since: Time,
    /// What the call has cost before this line.
    before: Amount,
}

impl Line {
    fn cost(&self, now: Time) -> Amount {
        self.price * (MINUTE + now.since(self.since).as_secs())
    }
}

/// What was spent in the last day.
#[derive(Default, Debug)]
pub(crate) struct Spending {
    /// By minutes since the epoch.
    minutes: BTreeMap<u64, Amount>,
    live: BTreeMap<CallId, Line>,
    /// What was spent before does not count any more.
    from: Time,
    /// As far as the journal goes back.
    pub total: Amount,
}

impl Spending {
    /// A called customer has answered.
    pub fn answers(&mut self, now: Time, call: CallId, cents_per_minute: u32) {
        let before = self.pay(now, call).unwrap_or(0);
        self.live.insert(call, Line { price: cents_per_minute.into(), since: now, before });
    }

    /// A customer goes on in another call, in the place of who was there.
    pub fn moves(&mut self, now: Time, from: CallId, to: CallId) {
        let before = self.pay(now, to);
        if let Some(line) = self.live.remove(&from) {
            self.live.insert(to, Line { before: before.unwrap_or(0) + line.before, ..line });
        } else if let Some(before) = before {
            // He comes by a line that costs nothing: what was paid belongs to the call's record yet.
            self.live.insert(to, Line { price: 0, since: now, before });
        }
    }

    /// A call is over: what it has cost; none: it has cost nothing.
    pub fn ends(&mut self, now: Time, call: CallId) -> Option<Amount> {
        let cost = self.pay(now, call)?;
        self.live.remove(&call);
        Some(cost)
    }

    fn pay(&mut self, now: Time, call: CallId) -> Option<Amount> {
        let line = self.live.get(&call).copied()?;
        self.spread((line.since, now), line.cost(now));
        Some(line.before + line.cost(now))
    }

    /// After a restart: a record says what its call has cost.
    pub fn recorded(&mut self, call: CallId, (started, ended): (Time, Time), cost: Amount) {
        self.live.remove(&call);
        self.spread((started, ended), cost);
    }

    /// After a restart no call has survived. Nobody knows when they ended: not more than an hour is paid for. Each with when it began and
    /// ended, and what it has cost: for the journal, or the next restart would count them anew.
    pub fn restarts(&mut self, now: Time) -> Vec<(CallId, Time, Time, Amount)> {
        let mut cut = Vec::new();
        for (call, line) in std::mem::take(&mut self.live) {
            let until = now.min(line.since + HOUR);
            self.live.insert(call, line);
            cut.extend(self.ends(until, call).map(|cost| (call, line.since, until, cost)));
        }
        cut
    }

    /// What was spent so far does not count any more.
    pub fn forgive(&mut self, now: Time) {
        self.minutes.clear();
        self.from = now;
    }

    /// Which budget is spent; none: there is something left of both.
    pub fn over(&self, now: Time, budget: &Spend) -> Option<&'static str> {
        let spent = |window, cents: u32| self.spent(now, window) >= u64::from(cents) * CENT;
        match () {
            () if spent(HOUR, budget.cents_per_hour) => Some("hour"),
            () if spent(DAY, budget.cents_per_day) => Some("day"),
            () => None,
        }
    }

    /// Cents of the last hour and of the last day.
    pub fn cents(&self, now: Time) -> Cents {
        Cents { hour: self.spent(now, HOUR) / CENT, day: self.spent(now, DAY) / CENT }
    }

    /// When a budget may be spent at the earliest if what is on goes on; none: nothing is on.
    pub fn due(&self, now: Time, budget: &Spend) -> Option<Time> {
        let rate: u64 = self.live.values().map(|line| line.price).sum();
        let left = |window, cents: u32| {
            let left = (u64::from(cents) * CENT).saturating_sub(self.spent(now, window));
            left.div_ceil(rate.max(1)).clamp(1, DAY.as_secs())
        };
        let secs = left(HOUR, budget.cents_per_hour).min(left(DAY, budget.cents_per_day));
        (rate > 0).then(|| now + Duration::from_secs(secs))
    }

    fn spent(&self, now: Time, window: Duration) -> Amount {
        let from =
            Time::from_micros(now.as_micros().saturating_sub(window.as_micros() as u64)).max(self.from);
        let paid: Amount = self.minutes.range(minute(from)..).map(|(_, amount)| amount).sum();
        let on = self.live.values().map(|line| part(line.cost(now), (line.since, now), (from, now)));
        paid + on.sum::<Amount>()
    }

    fn spread(&mut self, (since, until): (Time, Time), cost: Amount) {
        self.total += cost;
        let day = Time::from_micros(until.as_micros().saturating_sub(DAY.as_micros() as u64));
        let first = since.max(self.from).max(day);
        for at in minute(first)..=minute(until) {
            let begins = Time::from_micros(at * MINUTE * 1_000_000).max(first);
            let ends = Time::from_micros((at + 1) * MINUTE * 1_000_000).min(until);
            *self.minutes.entry(at).or_default() += part(cost, (since, until), (begins, ends));
        }
        let last = self.minutes.last_key_value().map_or(0, |(at, _)| *at);
        self.minutes = self.minutes.split_off(&last.saturating_sub(DAY.as_secs() / MINUTE));
    }
}

fn minute(at: Time) -> u64 {
    at.as_secs() / MINUTE
}

/// What of a cost that is paid evenly over `all` falls into `window`, which ends no later.
fn part(cost: Amount, (since, until): (Time, Time), (from, to): (Time, Time)) -> Amount {
    let length = u128::from(until.since(since).as_micros() as u64);
    if length == 0 {
        return if from <= since { cost } else { 0 };
    }
    let upto = |at: Time| u128::from(cost) * u128::from(at.since(since).as_micros() as u64) / length;
    upto(to).saturating_sub(upto(from.max(since))) as Amount
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Time {
        Time::from_micros((1_000_000_020 + secs) * 1_000_000)
    }

    fn cents(hour: u64, day: u64) -> Cents {
        Cents { hour, day }
    }

    fn call(n: u64) -> CallId {
        CallId::mint(Time::ZERO, u128::from(n))
    }

    #[test]
    fn the_longest_beginning_decides_the_price() {
        let prices = [("+49", 3), ("+4915", 9), ("+", 40)].map(|(prefix, price)| (prefix.to_owned(), price));
        let spend = Spend { prices: prices.into(), ..Spend::default() };
        assert_eq!(["+4930", "+49151", "+33"].map(|number| spend.price(number)), [3, 9, 40]);
        assert_eq!(Spend::default().price("+33"), 5);
    }

    #[test]
    fn a_call_costs_its_talk_and_a_minute_also_while_it_is_on() {
        let mut spending = Spending::default();
        spending.answers(at(0), call(1), 6);
        assert_eq!(spending.cents(at(0)), cents(6, 6));
        assert_eq!(spending.cents(at(120)), cents(18, 18));
        assert_eq!(spending.ends(at(120), call(1)), Some(18 * CENT));
        assert_eq!((spending.cents(at(120)), spending.cents(at(4_000))), (cents(18, 18), cents(0, 18)));
        assert_eq!(spending.cents(at(90_000)), cents(0, 0));
        assert_eq!((spending.ends(at(130), call(1)), spending.total), (None, 18 * CENT));
    }

    #[test]
    fn a_long_call_is_paid_for_hour_by_hour() {
        let mut spending = Spending::default();
        spending.answers(at(0), call(1), 10);
        spending.ends(at(7_200), call(1));
        let Cents { hour, day } = spending.cents(at(7_200));
        assert_eq!(day, 1_210);
        assert!((600..=630).contains(&hour), "{hour}");
    }

    #[test]
    fn when_a_budget_is_spent_is_known_before() {
        let budget = Spend { cents_per_hour: 30, ..Spend::default() };
        let mut spending = Spending::default();
        assert_eq!(spending.due(at(0), &budget), None);
        (1..=2).for_each(|n| spending.answers(at(0), call(n), 5));
        let due = spending.due(at(0), &budget).unwrap();
        assert_eq!(due, at(120), "ten of thirty at the answer, ten a minute after it");
        assert_eq!((spending.over(at(119), &budget), spending.over(due, &budget)), (None, Some("hour")));
        spending.forgive(due);
        assert_eq!((spending.over(due, &budget), spending.cents(at(180))), (None, cents(13, 13)));
    }

    #[test]
    fn who_changes_his_channel_is_paid_for_in_the_call_that_goes_on() {
        let mut spending = Spending::default();
        spending.answers(at(0), call(1), 6);
        spending.answers(at(60), call(2), 12);
        spending.moves(at(60), call(2), call(1));
        assert_eq!(spending.ends(at(120), call(1)), Some((12 + 24) * CENT));
        assert_eq!(spending.ends(at(120), call(2)), None);
    }

    #[test]
    fn e13_a_restart_knows_what_records_say_and_pays_no_more_than_an_hour_for_the_rest() {
        let mut spending = Spending::default();
        spending.answers(at(0), call(1), 6);
        spending.answers(at(0), call(2), 6);
        spending.recorded(call(1), (at(0), at(60)), 12 * CENT);
        let cut = spending.restarts(at(50_000));
        assert_eq!(cut, [(call(2), at(0), at(3_600), 6 * 61 * CENT)]);
        assert_eq!(spending.cents(at(50_000)).day, 12 + 6 * 61);
    }
}
