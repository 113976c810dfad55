//! The power fails anywhere in the life of jobs (E15, C12): no attempt is dialled twice, nobody while an earlier call may ring yet or after
//! he has spoken, and no job is lost.

use crate::crash::*;
use crate::world::*;
use std::collections::BTreeMap;
use warmline_coordination::request::*;

#[derive(Debug)]
struct Story {
    setting: Setting,
    people: Vec<Person>,
}

#[derive(Debug)]
struct Person {
    comes: u64,
    /// He wants to be called so much later.
    due: Option<u64>,
    answers: Vec<Answer>,
}

impl Story {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let person = |dice: &mut Dice| Person {
            comes: dice.roll(200),
            due: (dice.roll(3) == 0).then(|| 600 + dice.roll(3_000)),
            answers: Answer::some(dice),
        };
        let people = (0..2 + dice.roll(4)).map(|_| person(&mut dice)).collect();
        Story { setting: Setting::new(seed, &mut dice), people }
    }

    fn number(n: usize) -> String {
        format!("+4915123456{n:03}")
    }

    fn run(&self, point: u32, again: Option<u32>) -> Vec<u64> {
        let mut stage = Stage::new(acme(), &self.setting, point, again);
        for (n, person) in self.people.iter().enumerate() {
            stage.answers.insert(Story::number(n), person.answers.clone());
            stage.will(person.comes, Deed::Comes(n));
        }
        let mut asked = BTreeMap::new();
        let comes = |stage: &mut Stage, n: usize| {
            let due = self.people[n].due.map(|after| stage.w.now + secs(after));
            let (number, key) = (Some(Story::number(n)), Some(format!("key-{n}")));
            let wish = OpenReservation { number, due, idempotency_key: key, ..wish(n as u64, Mode::Callme) };
            match stage.insist(Request::Open(Box::new(wish))) {
                Reply::Reservation { view, .. } => drop(asked.insert(n, view.id)),
                other => panic!("{other:?}"),
            }
        };
        stage.play(comes, |stage| stage.w.firms.counters().jobs_open == 0);
        assert_eq!(asked.len(), self.people.len());
        for (n, reservation) in asked {
            let (firm, people) = ("acme".into(), false);
            let Reply::Callback(row) = stage.w.tell(Request::Callback { firm, reservation, people }) else {
                panic!("{n} is forgotten");
            };
            assert!(["dead", "done"].contains(&row.state), "{n}: {}", row.state);
            stage.was_served(&Story::number(n));
        }
        stage.crashes
    }
}

#[test]
fn e15_the_power_fails_anywhere_and_nobody_is_dialled_twice_or_forgotten() {
    fails_everywhere("list_crash", (300, 10_000), Story::new, Story::run);
}
