//! A trunk by intervals, as far as a firm hears of it: when it was up, the calls that came and went over it for this firm, and how those
//! ended that nobody took.

use super::history::{History, Row, parted};
use crate::cti::Cause;
use crate::figures::{Interval, Past, TrunkFailures, TrunkFigures, TrunkTotals};
use crate::ids::{CallId, PartyId};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use warmline_time::Time;

/// Why nobody was reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Failure {
    Busy,
    Declined,
    NoAnswer,
    Unreachable,
    Full,
    Other,
}

impl Failure {
    /// None: it was taken back, by us or by who had called.
    fn of(cause: Cause) -> Option<Self> {
        Some(match cause {
            Cause::Canceled | Cause::Elsewhere | Cause::Normal => return None,
            Cause::Busy => Failure::Busy,
            Cause::Declined => Failure::Declined,
            Cause::NoAnswer => Failure::NoAnswer,
            Cause::Full => Failure::Full,
            Cause::Unreachable | Cause::NotFound => Failure::Unreachable,
            Cause::Media | Cause::Overload | Cause::Internal | Cause::NodeRestart => Failure::Other,
        })
    }
}

#[derive(Clone, Default, Debug)]
struct TrunkRow {
    up: Duration,
    down: Duration,
    outages: u64,
    inbound: u64,
    inbound_answered: u64,
    outbound: u64,
    outbound_answered: u64,
    /// In the order of [`Failure`].
    failed: [u64; 6],
    most: u64,
}

impl Row for TrunkRow {
    fn add(&mut self, other: &Self) {
        self.up += other.up;
        self.down += other.down;
        self.outages += other.outages;
        self.inbound += other.inbound;
        self.inbound_answered += other.inbound_answered;
        self.outbound += other.outbound;
        self.outbound_answered += other.outbound_answered;
        self.failed.iter_mut().zip(other.failed).for_each(|(sum, other)| *sum += other);
        self.most = self.most.max(other.most);
    }
}

impl TrunkRow {
    fn figures(&self) -> TrunkFigures {
        let [busy, declined, no_answer, unreachable, full, other] = self.failed;
        TrunkFigures {
            up_secs: self.up.as_secs(),
            down_secs: self.down.as_secs(),
            outages: self.outages,
            calls_in: self.inbound,
            answered_in: self.inbound_answered,
            calls_out: self.outbound,
            answered_out: self.outbound_answered,
            failed: TrunkFailures { busy, declined, no_answer, unreachable, full, other },
            most_at_once: self.most,
        }
    }
}

#[derive(Clone, Default, Debug)]
struct Trunk {
    history: History<TrunkRow>,
    /// None: nobody has said yet.
    up: Option<bool>,
    booked: Time,
    on: u64,
    inbound: u64,
    outbound: u64,
    failed: u64,
}

/// One party that is reached over a trunk.
#[derive(Clone, Debug)]
struct Leg {
    party: PartyId,
    trunk: String,
    inbound: bool,
    up: bool,
}

/// A call of before a restart, as far as its customer's side is known.
pub(crate) struct Carried<'a> {
    pub trunk: &'a str,
    pub inbound: bool,
    pub started: Time,
    pub answered: bool,
    pub cause: Cause,
}

/// A firm's trunks and the parties that are on them.
#[derive(Default, Debug)]
pub(crate) struct Trunks {
    rows: BTreeMap<String, Trunk>,
    legs: BTreeMap<CallId, Vec<Leg>>,
}

impl Trunks {
    /// There are these; what was counted of others is kept no longer.
    pub fn fit(&mut self, names: BTreeSet<String>) {
        self.rows.retain(|name, _| names.contains(name));
        for name in names {
            self.rows.entry(name).or_default();
        }
    }

    /// It is up or down from now on, or still.
    pub fn is(&mut self, now: Time, trunk: &str, up: bool) {
        let Some(row) = self.rows.get_mut(trunk).filter(|row| row.up != Some(up)) else { return };
        row.book(now);
        row.booked = now;
        row.up = Some(up);
        if !up {
            row.history.count(now, |row| row.outages += 1);
        }
    }

    /// A call comes (`inbound`) or goes over a trunk.
    pub fn begins(&mut self, now: Time, (call, party): (CallId, PartyId), trunk: &str, inbound: bool) {
        let Some(row) = self.rows.get_mut(trunk) else { return };
        row.on += 1;
        row.inbound += u64::from(inbound);
        row.outbound += u64::from(!inbound);
        let on = row.on;
        row.history.count(now, |row| {
            row.inbound += u64::from(inbound);
            row.outbound += u64::from(!inbound);
            row.most = row.most.max(on);
        });
        let leg = Leg { party, trunk: trunk.to_owned(), inbound, up: false };
        self.legs.entry(call).or_default().push(leg);
    }

    /// Somebody called over a trunk has answered.
    pub fn answers(&mut self, now: Time, call: CallId, party: PartyId) {
        self.is_up(now, call, |leg| leg.party == party && !leg.inbound);
    }

    /// Whoever called is joined with an agent.
    pub fn joined(&mut self, now: Time, call: CallId) {
        self.is_up(now, call, |leg| leg.inbound);
    }

    fn is_up(&mut self, now: Time, call: CallId, fits: impl Fn(&Leg) -> bool) {
        let legs = self.legs.get_mut(&call).into_iter().flatten();
        for leg in legs.filter(|leg| !leg.up && fits(leg)) {
            leg.up = true;
            let Some(row) = self.rows.get_mut(&leg.trunk) else { continue };
            let inbound = leg.inbound;
            row.history.count(now, |row| {
                row.inbound_answered += u64::from(inbound);
                row.outbound_answered += u64::from(!inbound);
            });
        }
    }

    /// A party is gone; why counts where it was called and has not answered.
    pub fn leaves(&mut self, now: Time, call: CallId, party: PartyId, cause: Cause) {
        self.end(now, call, cause, |leg| leg.party == party);
    }

    /// A call is over with all its parties.
    pub fn over(&mut self, now: Time, call: CallId, cause: Cause) {
        self.end(now, call, cause, |_| true);
    }

    fn end(&mut self, now: Time, call: CallId, cause: Cause, fits: impl Fn(&Leg) -> bool) {
        let Some(legs) = self.legs.get_mut(&call) else { return };
        for leg in legs.extract_if(.., |leg| fits(leg)) {
            let Some(row) = self.rows.get_mut(&leg.trunk) else { continue };
            row.on = row.on.saturating_sub(1);
            if !leg.up && !leg.inbound {
                row.fails(now, cause);
            }
        }
        if legs.is_empty() {
            self.legs.remove(&call);
        }
    }

    /// A call's customer has changed to the phone of the call `from`, which is none any more.
    pub fn replaced(&mut self, now: Time, call: CallId, customer: PartyId, from: CallId) {
        self.leaves(now, call, customer, Cause::Normal);
        if let Some(legs) = self.legs.remove(&from) {
            self.legs.entry(call).or_default().extend(legs);
        }
    }

    /// A call of before the restart.
    pub fn recorded(&mut self, carried: &Carried) {
        let Some(row) = self.rows.get_mut(carried.trunk) else { return };
        row.history.count(carried.started, |row| {
            let (came, went) = (u64::from(carried.inbound), u64::from(!carried.inbound));
            row.inbound += came;
            row.outbound += went;
            row.inbound_answered += came * u64::from(carried.answered);
            row.outbound_answered += went * u64::from(carried.answered);
        });
        if !carried.inbound && !carried.answered {
            row.fails(carried.started, carried.cause);
        }
    }

    /// Counters begin here.
    pub fn starts(&mut self) {
        self.rows.values_mut().for_each(|row| (row.inbound, row.outbound, row.failed) = (0, 0, 0));
    }

    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.rows.keys()
    }

    /// How many parties are on it now.
    pub fn on(&self, trunk: &str) -> u64 {
        self.rows.get(trunk).map_or(0, |row| row.on)
    }

    pub fn today(&mut self, now: Time, trunk: &str) -> TrunkFigures {
        let Some(row) = self.rows.get_mut(trunk) else { return TrunkFigures::default() };
        row.book(now);
        row.history.today(now).figures()
    }

    /// Up to when the day was asked for last.
    pub fn intervals(&self, now: Time, trunk: &str) -> Vec<Interval<TrunkFigures>> {
        let row = self.rows.get(trunk);
        row.map_or_else(Vec::new, |row| row.history.intervals(now, |row, _| row.figures()))
    }

    /// Its past, up to now.
    pub fn past(&mut self, now: Time, trunk: &str, past: Past) -> Vec<Interval<TrunkFigures>> {
        let Some(row) = self.rows.get_mut(trunk) else { return Vec::new() };
        row.book(now);
        row.history.past(now, past, |row, _| row.figures())
    }

    pub fn totals(&mut self, now: Time) -> Vec<TrunkTotals> {
        let totals = self.rows.iter_mut().map(|(name, row)| {
            row.book(now);
            TrunkTotals {
                trunk: name.clone(),
                up: row.up,
                on: row.on,
                calls_in: row.inbound,
                calls_out: row.outbound,
                failed: row.failed,
            }
        });
        totals.collect()
    }
}

impl Trunk {
    fn fails(&mut self, at: Time, cause: Cause) {
        let Some(failure) = Failure::of(cause) else { return };
        self.failed += 1;
        self.history.count(at, |row| row.failed[failure as usize] += 1);
    }

    fn book(&mut self, now: Time) {
        let from = std::mem::replace(&mut self.booked, now);
        let on = self.on;
        if let Some(up) = self.up {
            parted(from, now, |at, took| {
                self.history.count(at, |row| {
                    *(if up { &mut row.up } else { &mut row.down }) += took;
                    row.most = row.most.max(on);
                });
            });
        }
    }
}
