//! What no other row of the journal says of a day: kept once a minute, so that figures outlive the program.

use super::{AgentRow, Statistics};
use crate::fact::{AgentKept, FiguresKept};
use crate::figures::INTERVAL;
use std::time::Duration;
use warmline_time::Time;

/// To whom a row belongs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Whose {
    Agent,
    Queue,
    Pool,
}

/// Whatever ends the program takes no more than this with it.
const KEEP: Duration = Duration::from_secs(60);

/// When the interval begins in which this is, in seconds since the epoch.
pub(super) fn interval(at: Time) -> u64 {
    at.as_secs() - at.as_secs() % INTERVAL.as_secs()
}

fn time(seconds: u64) -> Time {
    Time::from_micros(seconds.saturating_mul(1_000_000))
}

fn micros(time: Duration) -> u64 {
    time.as_micros() as u64
}

impl Statistics {
    /// What is to be kept now, agents, queues and pools by these names; none: nothing, or it was done a moment ago.
    pub fn take_unkept(&mut self, now: Time, name: impl Fn(Whose, usize) -> String) -> Option<FiguresKept> {
        if self.kept.is_some_and(|kept| now < kept + KEEP) {
            return None;
        }
        let mut figures = FiguresKept::default();
        for index in 0..self.people.len() {
            self.book(now, index);
            for (at, row) in std::mem::take(&mut self.people[index].unkept) {
                figures.agents.push(AgentKept { agent: name(Whose::Agent, index), at, ..row.kept() });
            }
        }
        for (index, row) in self.queues.iter_mut().enumerate() {
            let wrapups = std::mem::take(&mut row.unkept).into_iter();
            let queue = |(at, took)| (name(Whose::Queue, index), at, micros(took));
            figures.wrapups.extend(wrapups.map(queue));
        }
        for (index, row) in self.pools.iter_mut().enumerate() {
            let counts = row.take_unkept().into_iter();
            figures.pools.extend(counts.map(|(at, counts)| (name(Whose::Pool, index), at, counts)));
        }
        (figures != FiguresKept::default()).then(|| {
            self.kept = Some(now);
            figures
        })
    }

    /// They were kept before the restart; who is no more is left out.
    pub fn kept(&mut self, figures: &FiguresKept, index: impl Fn(Whose, &str) -> Option<usize>) {
        self.told = true;
        for row in &figures.agents {
            if let Some(index) = index(Whose::Agent, &row.agent) {
                let again = AgentRow::again(row);
                self.people[index].history.count(time(row.at), |one| *one = again);
            }
        }
        for (queue, at, took) in &figures.wrapups {
            if let Some(index) = index(Whose::Queue, queue) {
                let took = Duration::from_micros(*took);
                self.queues[index].history.count(time(*at), |row| row.handling += took);
            }
        }
        for (pool, at, counts) in &figures.pools {
            if let Some(index) = index(Whose::Pool, pool) {
                self.pools[index].kept(time(*at), *counts);
            }
        }
    }
}

impl AgentRow {
    fn kept(&self) -> AgentKept {
        AgentKept {
            agent: String::new(),
            at: 0,
            times: self.times.map(micros),
            claims: self.claims,
            unused: self.unused,
            wasted: micros(self.wasted),
            declined: self.declined,
            unanswered: self.unanswered,
            unreachable: self.unreachable,
        }
    }

    fn again(row: &AgentKept) -> Self {
        AgentRow {
            times: row.times.map(Duration::from_micros),
            calls: 0,
            claims: row.claims,
            unused: row.unused,
            wasted: Duration::from_micros(row.wasted),
            declined: row.declined,
            unanswered: row.unanswered,
            unreachable: row.unreachable,
        }
    }
}
