//! Chats by intervals, beside the calls of their queue and never among them: a chat is counted in the queue in which it asked first.

use super::history::{History, Row, parted};
use super::{Asked, mean_secs};
use crate::figures::{ChatFigures, Interval, Past, SHORT, Share};
use std::time::Duration;
use warmline_time::Time;

#[derive(Clone, Default, Debug)]
struct ChatRow {
    offered: u64,
    answered: u64,
    in_time: u64,
    abandoned: u64,
    short: u64,
    waited: Duration,
    handled: u64,
    handling: Duration,
}

impl Row for ChatRow {
    fn add(&mut self, other: &Self) {
        self.offered += other.offered;
        self.answered += other.answered;
        self.in_time += other.in_time;
        self.abandoned += other.abandoned;
        self.short += other.short;
        self.waited += other.waited;
        self.handled += other.handled;
        self.handling += other.handling;
    }
}

impl ChatRow {
    fn figures(&self) -> ChatFigures {
        let asked = self.answered + self.abandoned - self.short;
        ChatFigures {
            offered: self.offered,
            answered: self.answered,
            answered_in_time: self.in_time,
            abandoned: self.abandoned,
            abandoned_short: self.short,
            service_level: Share::of(self.in_time, asked),
            abandonment: Share::of(self.abandoned - self.short, asked),
            asa_secs: mean_secs(self.waited, self.answered),
            handled: self.handled,
            handling_secs: self.handling.as_secs(),
            aht_secs: mean_secs(self.handling, self.answered),
        }
    }
}

/// One queue's.
#[derive(Clone, Default, Debug)]
pub(super) struct ChatLine(History<ChatRow>);

impl ChatLine {
    pub fn offered(&mut self, asked: Asked) {
        self.0.count(asked.at, |row| row.offered += 1);
    }

    pub fn answered(&mut self, now: Time, asked: Asked, level: Duration) {
        let wait = now.since(asked.at);
        self.0.count(now, |row| {
            row.answered += 1;
            row.in_time += u64::from(wait <= level);
            row.waited += wait;
        });
    }

    /// It is over, with an agent or without.
    pub fn ended(&mut self, now: Time, asked: Asked, answered: bool) {
        let short = now.since(asked.at) < SHORT;
        self.0.count(now, |row| {
            row.handled += u64::from(answered);
            row.abandoned += u64::from(!answered);
            row.short += u64::from(!answered && short);
        });
    }

    /// An agent had one on his screen, open or in its wrap-up.
    pub fn handles(&mut self, from: Time, until: Time) {
        parted(from, until, |at, took| self.0.count(at, |row| row.handling += took));
    }

    pub fn today(&self, now: Time) -> ChatFigures {
        self.0.today(now).figures()
    }

    pub fn intervals(&self, now: Time) -> Vec<Interval<ChatFigures>> {
        self.0.intervals(now, |row, _| row.figures())
    }

    pub fn past(&self, now: Time, past: Past) -> Vec<Interval<ChatFigures>> {
        self.0.past(now, past, |row, _| row.figures())
    }
}
