//! The power fails anywhere in the life of jobs (E15, C12): after every row of the journal, and between a row and what follows from it.
//! No attempt is dialled twice, nobody while an earlier call may ring yet, and no job is lost.

use crate::world::*;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use warmline_coordination::cti::{Cause, Command};
use warmline_coordination::fact::Fact;
use warmline_coordination::ids::{CallId, ReservationId};
use warmline_coordination::request::*;
use warmline_time::Time;

/// As long as a call may ring, and its transaction live.
const OVER: Duration = Duration::from_secs(30 + 32);
const PEOPLE: u64 = 5;

/// What a person does when his phone rings.
fn answer_of(person: u64, time: usize) -> Option<Cause> {
    match (person, time) {
        (1, 0) | (4, 0) => Some(Cause::Busy),
        (2, 0) | (2, 1) => Some(Cause::NoAnswer),
        (3, 0) => Some(Cause::Declined),
        _ => None,
    }
}

/// One run in which the power fails after `point` effects.
struct Run {
    w: World,
    asked: BTreeMap<u64, ReservationId>,
    seen: usize,
    /// By number: when it was dialled, and whether the switch was told how it ended before the next crash.
    dials: BTreeMap<String, Vec<(Time, bool)>>,
    tokens: BTreeSet<String>,
    spoken: BTreeSet<String>,
    crashes: u32,
}

impl Run {
    fn new(point: u32) -> Self {
        let mut w = World::new();
        w.dies_after = Some(point);
        Run {
            w,
            asked: BTreeMap::new(),
            seen: 0,
            dials: BTreeMap::new(),
            tokens: BTreeSet::new(),
            spoken: BTreeSet::new(),
            crashes: 0,
        }
    }

    /// Where the power has failed, everything starts anew.
    fn revive(&mut self) {
        if !self.w.is_dead() {
            return;
        }
        self.crashes += 1;
        self.w.crash();
        self.come_in();
    }

    fn come_in(&mut self) {
        for name in ["alice", "bob"] {
            let who = World::who(name);
            self.w.ask(Request::Login(who.clone()));
            self.w.desktop(name);
            self.w.phone(name, true);
            self.w.ask(Request::Presence(who, Presence::Ready, None));
        }
    }

    fn person(n: u64) -> String {
        format!("+4915123456{n:03}")
    }

    /// He asks until he is told that it is kept.
    fn ask_for(&mut self, n: u64) {
        let due = (n > 3).then(|| self.w.now + Duration::from_secs(600 * n));
        let number = Some(Run::person(n));
        let key = Some(format!("key-{n}"));
        let wish = OpenReservation { number, due, idempotency_key: key, ..wish(n, Mode::Callme) };
        for _ in 0..3 {
            let id = self.w.ask(Request::Open(Box::new(wish.clone())));
            if let Some(Reply::Reservation { view, .. }) = self.w.replies.get(&id) {
                self.asked.insert(n, view.id);
                self.follow();
                return;
            }
            self.revive();
        }
        panic!("{n} is never answered");
    }

    /// Phones that were dialled do what their people do.
    fn follow(&mut self) {
        self.revive();
        while self.seen < self.w.commands.len() {
            let command = self.w.commands[self.seen].clone();
            self.seen += 1;
            if let Command::Dial { call, number, token, .. } = command {
                assert!(self.tokens.insert(token), "an attempt is dialled twice");
                self.rings(call, number);
            }
            self.revive();
        }
    }

    fn rings(&mut self, call: CallId, number: String) {
        let now = self.w.now;
        let before = self.dials.entry(number.clone()).or_default();
        if let Some((at, known)) = before.last() {
            assert!(*known || now >= *at + OVER, "{number} is dialled while it may ring yet");
        }
        assert!(!self.spoken.contains(&number), "dialled again after the talk was in the journal");
        let time = before.len();
        before.push((now, false));
        let person = number[number.len() - 3..].parse().unwrap();
        if !self.w.calls.contains_key(&call) {
            return;
        }
        match answer_of(person, time) {
            Some(cause) => self.w.customer_fails(call, cause),
            None => {
                self.w.customer_answers(call);
                if self.w.calls.get(&call).is_some_and(|sim| !sim.ringing().is_empty()) {
                    self.w.agent_answers(call);
                }
                self.w.customer_leaves(call);
            }
        }
        if !self.w.is_dead() {
            self.dials.get_mut(&number).unwrap().last_mut().unwrap().1 = true;
            if answer_of(person, time).is_none() {
                self.spoken.insert(number);
            }
        }
    }

    fn run_out(&mut self) {
        for _ in 0..(8 * 60) {
            // Half a minute at a time, so that the power may fail at any of its steps.
            let until = self.w.now + Duration::from_secs(60);
            while self.w.now < until {
                self.w.wait(Duration::from_secs(30));
                self.follow();
            }
            for name in ["alice", "bob"] {
                self.w.ask(Request::WrapupDone(World::who(name)));
                self.w.ask(Request::Presence(World::who(name), Presence::Ready, None));
                self.follow();
            }
            if self.w.dies_after.is_none() && self.w.firms.counters().jobs_open == 0 {
                return;
            }
        }
    }
}

fn run(point: u32) -> u32 {
    let mut run = Run::new(point);
    run.come_in();
    run.revive();
    for n in 1..=PEOPLE {
        run.ask_for(n);
    }
    run.run_out();
    run.revive();
    // Beyond the end of the story no power fails while it is looked at.
    run.w.dies_after = None;
    assert_eq!(run.w.firms.counters().jobs_open, 0, "{point}: a job hangs");
    for (n, id) in run.asked.clone() {
        let number = Run::person(n);
        let dialled = run.dials.get(&number).map_or(0, Vec::len);
        assert!(dialled > 0, "{point}: {n} is lost");
        let (firm, people) = ("acme".into(), false);
        let Reply::Callback(row) = run.w.tell(Request::Callback { firm, reservation: id, people }) else {
            panic!("{point}: {n} is forgotten");
        };
        assert!(["dead", "done"].contains(&row.state), "{point}: {n}");
        let refused = n == 3;
        // The power may fail when the two have been joined, which the journal knows.
        let talked = run.w.facts(|fact| {
            matches!(fact, Fact::ReservationClosed { reservation, reason, .. } if *reservation == id && reason == "normal")
        });
        let spoken = run.spoken.contains(&number) || talked > 0;
        assert!(refused || spoken || dialled > 1, "{point}: {n} is lost after a call");
    }
    run.crashes
}

#[test]
fn e15_the_power_fails_anywhere_and_nobody_is_dialled_twice_or_forgotten() {
    let long = std::env::var_os("WARMLINE_LONG").is_some();
    let most = if long { 10_000 } else { 300 };
    let (mut point, mut crashes, mut whole) = (1, 0, 0);
    while crashes + whole < most {
        match run(point) {
            0 => {
                // Beyond the end of the story: once more from the beginning, other ids.
                whole += 1;
                point = 1;
                if !long {
                    break;
                }
            }
            more => {
                crashes += more;
                point += 1;
            }
        }
    }
    assert!(crashes > 100, "{crashes} crashes in {point} runs");
}
