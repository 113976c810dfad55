//! A pool's day once more, with another number of numbers and another time for which they are held (C16). The journal says who asked for a
//! number, and what he did with it and when; here everybody does the same at the same moments, whatever comes of it.
//!
//! Whoever had no number of his own then did what he did by the shared one or in his browser, and does it by his own here. A number that was
//! taken off its page since its trunk was down stays given back. What is not in the journal does not happen here either: a tap that prolonged
//! nothing or came too late, a call of which nobody learned whose it was.

mod request;

use crate::fact::{CallRecorded, Fact, ReservationChanged, ReservationOpened};
use crate::ids::{CallId, ReservationId};
use crate::request::Mode;
use crate::settings::PoolSettings;
use request::{Row, Terms};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::fmt;
use std::time::Duration;
use warmline_time::Time;

/// Requests at most: some 160 MB with the index by which they are found.
const MOST: usize = 1_000_000;

/// For how long numbers are held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ttl {
    /// As the pool has it.
    Configured,
    /// As it is tried.
    Tried,
}

/// There are more requests than are looked at in one go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooMany(pub usize);

impl fmt::Display for TooMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there are more than {} requests: choose a shorter time", self.0)
    }
}

impl std::error::Error for TooMany {}

/// What becomes of the requests with so many numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Figures {
    /// Requests for a number.
    pub requests: u64,
    /// Of these, those that have one of their own at once.
    pub at_once: u64,
    /// And those for which none is free.
    pub without: u64,
    /// Most numbers that are held, ring or rest when somebody has asked.
    pub most: u64,
    /// Calls of who has his number no more, and has spoken with nobody by it.
    pub late: u64,
}

/// What the journal says has become of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Really {
    /// They had a number of their own.
    pub own: u64,
    /// None was free.
    pub without: u64,
    /// They had none although the pool has one more: its trunk was down, nobody was there, or the pool was smaller. In no other figure.
    pub otherwise: u64,
}

/// A pool's requests, learnt row by row in the journal's order.
#[derive(Debug)]
pub struct PoolReplay {
    pool: PoolSettings,
    numbers: HashSet<String>,
    /// By [`Ttl`]: how long a number is held, and with renewals at most.
    terms: Terms,
    /// What was asked before is not counted; its numbers are held all the same.
    from: Time,
    rows: Vec<Row>,
    by_id: HashMap<ReservationId, usize>,
    calls: HashSet<CallId>,
    most: usize,
    really: Really,
    /// Numbers that are kept, and until when others rest, as the journal says.
    kept: usize,
    resting: BinaryHeap<Reverse<Time>>,
}

impl PoolReplay {
    /// Before the first row. Counted is what was asked from `from` on; rows from a day before it on show what is held then.
    pub fn new(pool: &PoolSettings, tried: Duration, from: Time) -> Self {
        PoolReplay {
            numbers: pool.numbers.iter().chain(&pool.shared).cloned().collect(),
            terms: [(pool.ttl, pool.max_hold), (tried, pool.max_hold.max(tried))],
            pool: pool.clone(),
            from,
            rows: Vec::new(),
            by_id: HashMap::new(),
            calls: HashSet::new(),
            most: MOST,
            really: Really::default(),
            kept: 0,
            resting: BinaryHeap::new(),
        }
    }

    /// The next row.
    ///
    /// # Errors
    /// Where there are too many requests.
    pub fn learn(&mut self, now: Time, fact: &Fact) -> Result<(), TooMany> {
        match fact {
            Fact::ReservationOpened(opened) if opened.asked == Mode::Dial && self.is_ours(opened) => {
                self.opened(now, opened)?;
            }
            Fact::ReservationChanged(changed) => self.changed(now, changed),
            Fact::ReservationClosed { reservation, reason, number_free_at } => {
                if let Some(row) = self.row(*reservation) {
                    row.closed(now, reason);
                }
                self.given_back(*reservation, *number_free_at);
            }
            Fact::CallOn(record) => self.called(now, record, false),
            Fact::CallRecorded(record) => self.called(now, record, true),
            _ => {}
        }
        Ok(())
    }

    fn is_ours(&self, opened: &ReservationOpened) -> bool {
        let ours = |number: &String| self.numbers.contains(number);
        let named = opened.pool.as_ref().map(|name| *name == self.pool.name);
        // Who is shown none of its numbers has not asked for one.
        !opened.hidden && named.unwrap_or_else(|| opened.number.as_ref().is_some_and(ours))
    }

    fn opened(&mut self, now: Time, opened: &ReservationOpened) -> Result<(), TooMany> {
        let counted = u64::from(now >= self.from);
        let (shown, kept) = (opened.number.is_some(), self.is_own(opened.number.as_ref()));
        if !shown && self.had_free(now) {
            self.really.otherwise += counted;
            return Ok(());
        }
        if self.rows.len() >= self.most {
            return Err(TooMany(self.most));
        }
        self.really.own += counted * u64::from(kept);
        self.really.without += counted * u64::from(!kept);
        self.kept += usize::from(kept);
        self.by_id.insert(opened.reservation, self.rows.len());
        let times = (now, Time::from_micros(opened.expires_at));
        self.rows.push(Row::new(times, (shown, kept), self.terms));
        Ok(())
    }

    fn is_own(&self, number: Option<&String>) -> bool {
        number.is_some() && number != self.pool.shared.as_ref()
    }

    /// Whether the pool had a number for him.
    fn had_free(&mut self, now: Time) -> bool {
        while self.resting.peek().is_some_and(|Reverse(until)| *until <= now) {
            self.resting.pop();
        }
        self.kept + self.resting.len() < self.pool.numbers.len()
    }

    fn row(&mut self, id: ReservationId) -> Option<&mut Row> {
        self.by_id.get(&id).map(|&index| &mut self.rows[index])
    }

    /// As the journal says, the number rests until then.
    fn given_back(&mut self, id: ReservationId, free_at: Option<u64>) {
        let Some(free_at) = free_at else { return };
        if self.row(id).is_some_and(|row| std::mem::take(&mut row.kept)) {
            self.kept -= 1;
            self.resting.push(Reverse(Time::from_micros(free_at)));
        }
    }

    /// Renewed, tapped, or its trunk is down, or up again.
    fn changed(&mut self, now: Time, changed: &ReservationChanged) {
        let (id, own, terms) = (changed.reservation, self.is_own(changed.number.as_ref()), self.terms);
        let Some(row) = self.row(id) else { return };
        let again = row.shows(now, changed.number.is_some(), own);
        row.prolonged(now, Time::from_micros(changed.expires_at), terms);
        self.kept += usize::from(again);
        self.given_back(id, changed.number_free_at);
    }

    /// A call is on, or was.
    fn called(&mut self, now: Time, record: &CallRecorded, over: bool) {
        let Some(&index) = record.reservation.and_then(|id| self.by_id.get(&id)) else { return };
        let row = &mut self.rows[index];
        let known = if over { self.calls.remove(&record.call) } else { !self.calls.insert(record.call) };
        if !known {
            let began = Time::from_micros(record.started);
            row.call_comes(began, began >= self.from);
        }
        if let Some(answered) = record.answered {
            row.answered(Time::from_micros(answered));
        }
        if over {
            row.call_goes(now);
        }
    }

    /// What has become of the requests.
    pub fn really(&self) -> Really {
        self.really
    }

    /// What becomes of them with so many numbers.
    pub fn played(&self, ttl: Ttl, numbers: usize) -> Figures {
        let mut figures = Figures::default();
        let mut in_use: BinaryHeap<Reverse<Time>> = BinaryHeap::new();
        for row in &self.rows {
            while in_use.peek().is_some_and(|Reverse(free_at)| *free_at <= row.opened) {
                in_use.pop();
            }
            let has = in_use.len() < numbers;
            if has {
                in_use.push(Reverse(row.held_until(ttl) + self.pool.cooling));
                figures.late += row.late(ttl);
            }
            if row.opened >= self.from {
                figures.requests += 1;
                figures.at_once += u64::from(has);
                figures.without += u64::from(!has);
                figures.most = figures.most.max(in_use.len() as u64);
            }
        }
        figures
    }

    /// With how few numbers so many of a hundred requests have one of their own. Who has one keeps it where there is one number more: beside
    /// what a smaller pool has in use, that one has no more than one. So there is a least number, and it can be searched by halves.
    pub fn enough(&self, ttl: Ttl, of_hundred: u64) -> usize {
        let all = self.played(ttl, usize::MAX);
        let (mut few, mut enough) = (0, all.most as usize);
        while enough - few > 1 {
            let tried = few.midpoint(enough);
            let has = self.played(ttl, tried).at_once;
            if has * 100 >= all.requests * of_hundred { enough = tried } else { few = tried }
        }
        enough
    }
}

#[cfg(test)]
mod tests;
