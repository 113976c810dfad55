//! The power fails anywhere in the life of numbers and claims (E15): who was told a number reaches his own page under it until its time is
//! over, no number has two holders or is lost, and no agent stays claimed.

use crate::crash::*;
use crate::world::*;
use std::collections::{BTreeMap, BTreeSet};
use warmline_coordination::fact::Fact;
use warmline_coordination::ids::ReservationId;
use warmline_coordination::request::*;
use warmline_coordination::settings::FirmSettings;
use warmline_coordination::view::{ReservationView, ShownMode, VisitorState};

const NUMBERS: usize = 3;

/// What a visitor does next.
#[derive(Clone, Copy, Debug)]
enum Step {
    Asks,
    Taps,
    Renews,
    Calls(u64),
    GivesUp,
}

#[derive(Debug)]
struct Story {
    setting: Setting,
    /// Of each visitor: what he does, after so long each.
    visitors: Vec<Vec<(u64, Step)>>,
}

fn firm() -> FirmSettings {
    let mut settings = acme();
    settings.pools[0].numbers.truncate(NUMBERS);
    settings
}

/// He asks, and what comes of it: he calls, at once or late, taps or renews before, gives up, or does nothing more.
fn steps(dice: &mut Dice) -> Vec<(u64, Step)> {
    let mut steps = vec![(dice.roll(120), Step::Asks)];
    for _ in 0..dice.roll(4) {
        let step = match dice.roll(8) {
            0 => Step::Taps,
            1 => Step::Renews,
            2 => Step::GivesUp,
            _ => Step::Calls(dice.roll(60)),
        };
        steps.push(([2, 10, 60, 350][dice.roll(4) as usize], step));
    }
    steps
}

impl Story {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let visitors = (0..2 + dice.roll(4)).map(|_| steps(&mut dice)).collect();
        Story { setting: Setting::new(seed, &mut dice), visitors }
    }

    fn run(&self, point: u32, again: Option<u32>) -> Vec<u64> {
        let mut stage = Stage::new(firm(), &self.setting, point, again);
        for (n, steps) in self.visitors.iter().enumerate() {
            stage.will(steps[0].0, Deed::Comes(n));
        }
        let mut at = vec![0; self.visitors.len()];
        let mut told = BTreeMap::new();
        let comes = |stage: &mut Stage, n: usize| {
            does(stage, &mut told, n, self.visitors[n][at[n]].1);
            at[n] += 1;
            if let Some((after, _)) = self.visitors[n].get(at[n]) {
                stage.will(*after, Deed::Comes(n));
            }
        };
        stage.play(comes, |stage| {
            let counters = stage.w.firms.counters();
            (counters.reservations_live, counters.numbers_held, counters.calls_live) == (0, 0, 0)
        });
        self.comes_to_rest(&mut stage.w);
        stage.crashes
    }

    fn comes_to_rest(&self, w: &mut World) {
        w.wait_secs(60);
        for name in self.setting.agents {
            assert_eq!(w.state(name), "ready", "{name} is stuck");
        }
        let given = (0..NUMBERS as u64).map(|n| w.open(wish(100 + n, Mode::Dial)).number);
        let given: BTreeSet<_> = given.collect();
        assert!(given.len() == NUMBERS && !given.contains(&None), "a number is lost: {given:?}");
    }
}

fn does(stage: &mut Stage, told: &mut BTreeMap<usize, ReservationView>, n: usize, step: Step) {
    if let Step::Asks = step {
        let key = Some(format!("key-{n}"));
        let wish = OpenReservation { idempotency_key: key, ..wish(n as u64, Mode::Dial) };
        match stage.insist(Request::Open(Box::new(wish))) {
            Reply::Reservation { view, .. } => drop(told.insert(n, *view)),
            other => panic!("{other:?}"),
        }
        return one_holder(stage, told);
    }
    let view = told[&n].clone();
    let reservation = view.id;
    match step {
        Step::Asks => {}
        Step::Taps => drop(stage.insist(Request::DialIntent { reservation })),
        Step::Renews => drop(stage.insist(Request::Renew { reservation })),
        Step::GivesUp => drop(stage.insist(Request::Cancel { reservation })),
        Step::Calls(long) => calls(stage, n, &view, long),
    }
}

/// He calls the number that he was told, until somebody hears him.
fn calls(stage: &mut Stage, n: usize, view: &ReservationView, long: u64) {
    let Some(number) = view.number.as_deref().filter(|_| view.mode == ShownMode::Dial) else { return };
    for _ in 0..3 {
        let in_time = view.expires_at.as_ref().is_some_and(|at| *at > stage.w.now.rfc3339());
        let state = stage.w.look(view.id).filter(|now| now.number == view.number).map(|now| now.state);
        let live = state.is_some_and(|state| state != VisitorState::Ended);
        assert!(live || !in_time || is_over(&stage.w, view.id), "his number was taken away: {state:?}");
        let failures = stage.crashes.len();
        let call = stage.w.dial(number, Some(&format!("+493055500{n}")));
        let reached = stage.w.look(view.id).map(|now| now.state);
        stage.follow();
        if stage.crashes.len() == failures {
            let his = matches!(reached, Some(VisitorState::Waiting | VisitorState::Ringing));
            assert!(his || state != Some(VisitorState::Held), "a call to his number is not his: {reached:?}");
            return stage.will(long, Deed::Leaves(call));
        }
    }
    panic!("{n} is never heard");
}

/// Whether the journal says so.
fn is_over(w: &World, id: ReservationId) -> bool {
    w.facts(|fact| matches!(fact, Fact::ReservationClosed { reservation, .. } if *reservation == id)) > 0
}

fn one_holder(stage: &mut Stage, told: &BTreeMap<usize, ReservationView>) {
    let mut holders = BTreeMap::new();
    for view in told.values() {
        let now = stage.w.look(view.id).filter(|now| {
            now.mode == ShownMode::Dial && !matches!(now.state, VisitorState::Ended | VisitorState::Talking)
        });
        if let Some(number) = now.and_then(|now| now.number) {
            assert_eq!(holders.insert(number, view.id), None, "two holders");
        }
    }
}

#[test]
fn e15_the_power_fails_anywhere_and_a_number_still_leads_to_whom_it_was_shown() {
    fails_everywhere("dial_crash", (300, 10_000), Story::new, Story::run);
}
