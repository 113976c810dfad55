//! Stories of people and agents in which the power fails at every point once (E15): after each transaction of the journal, between a
//! transaction and whatever follows from it, and at a share of the points again while the next start recovers.

use crate::world::*;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;
use warmline_coordination::cti::{Cause, Command};
use warmline_coordination::fact::Fact;
use warmline_coordination::ids::CallId;
use warmline_coordination::request::*;
use warmline_coordination::settings::FirmSettings;
use warmline_time::Time;

/// As long as a call may ring, and its transaction live.
const OVER: Duration = Duration::from_secs(30 + 32);
/// Everything is over by then.
const END: Duration = Duration::from_secs(12 * 3600);
/// The second failure comes within so much that lasts of what the next start does.
const RECOVERY: u64 = 12;

pub fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// What is varied in every story.
#[derive(Clone, Debug)]
pub struct Setting {
    seed: u64,
    /// See [`World::groups`].
    groups: bool,
    pub agents: &'static [&'static str],
    /// How long the program is away, in seconds.
    away: u64,
}

impl Setting {
    pub fn new(seed: u64, dice: &mut Dice) -> Self {
        let agents: &[&str] = if dice.roll(3) == 0 { &["alice"] } else { &["alice", "bob"] };
        Setting { seed, groups: dice.roll(2) == 0, agents, away: [0, 2, 40, 90][dice.roll(4) as usize] }
    }
}

/// What somebody does whose phone rings: refuses after so long, or answers and speaks so long.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    Refuses(Cause, u64),
    Speaks(u64, u64),
}

impl Answer {
    /// At his first calls, two at most; at the next one he speaks.
    pub fn some(dice: &mut Dice) -> Vec<Answer> {
        (0..dice.roll(3)).map(|_| Answer::new(dice)).collect()
    }

    fn new(dice: &mut Dice) -> Self {
        match dice.roll(7) {
            0 | 1 => Answer::Refuses(Cause::Busy, dice.roll(4)),
            2 => Answer::Refuses(Cause::NoAnswer, 30),
            3 => Answer::Refuses(Cause::Declined, dice.roll(10)),
            4 => Answer::Refuses(Cause::Unreachable, 0),
            _ => Answer::Speaks(dice.roll(20), dice.roll(100)),
        }
    }
}

/// What is going to happen.
#[derive(Clone, Copy, Debug)]
pub enum Deed {
    /// One of those who come does the next thing he has in mind. Whoever comes knows of no crash.
    Comes(usize),
    /// Who is called refuses, or answers and stays so long.
    Refuses(CallId, Cause),
    Answers(CallId, u64),
    /// An agent whose phone rings does.
    PicksUp(CallId),
    /// The customer hangs up.
    Leaves(CallId),
}

/// What the journal says of somebody who is to be called.
#[derive(Debug, PartialEq)]
enum Said<'a> {
    Meant,
    Ended(&'a str),
    /// He and an agent hear each other.
    Talked,
}

struct Dialled {
    call: CallId,
    at: Time,
    /// The switch was told how it ended before the next crash.
    known: bool,
}

/// One telling of a story.
pub struct Stage {
    pub w: World,
    setting: Setting,
    /// What those do who are called, by number.
    pub answers: BTreeMap<String, Vec<Answer>>,
    plan: BTreeMap<(Time, usize), Deed>,
    planned: usize,
    /// Commands that were looked at.
    seen: usize,
    dials: BTreeMap<String, Vec<Dialled>>,
    tokens: BTreeSet<String>,
    /// What outlasted each failure.
    pub crashes: Vec<u64>,
}

impl Stage {
    /// The power fails after `point` things that last, and after `again` of the next start's.
    pub fn new(settings: FirmSettings, setting: &Setting, point: u32, again: Option<u32>) -> Self {
        let mut w = World::seeded(vec![settings], setting.seed);
        (w.groups, w.dies_after, w.dies_again) = (setting.groups, Some(point), again);
        Stage {
            w,
            setting: setting.clone(),
            answers: BTreeMap::new(),
            plan: BTreeMap::new(),
            planned: 0,
            seen: 0,
            dials: BTreeMap::new(),
            tokens: BTreeSet::new(),
            crashes: Vec::new(),
        }
    }

    pub fn will(&mut self, after: u64, deed: Deed) {
        self.planned += 1;
        self.plan.insert((self.w.now + secs(after), self.planned), deed);
    }

    fn come_in(&mut self) {
        for name in self.setting.agents {
            let who = World::who(name);
            self.w.ask(Request::Login(who.clone()));
            self.w.desktop(name);
            self.w.phone(name, true);
            self.w.ask(Request::Presence(who, Presence::Ready, None));
        }
    }

    /// Asks until it is answered; what came before a crash may be done already.
    pub fn insist(&mut self, request: Request) -> Reply {
        for _ in 0..4 {
            let id = self.w.ask(request.clone());
            let reply = self.w.replies.get(&id).cloned();
            self.follow();
            if let Some(reply) = reply {
                return reply;
            }
        }
        panic!("{request:?} is never answered");
    }

    /// Phones that were dialled, before a failure too, do what their people do.
    pub fn follow(&mut self) {
        loop {
            while let Some(command) = self.w.commands.get(self.seen).cloned() {
                self.seen += 1;
                self.hears(command);
            }
            if !self.w.is_dead() {
                return;
            }
            self.fails();
        }
    }

    /// Everything starts anew.
    fn fails(&mut self) {
        self.crashes.push(self.w.outlasting());
        self.plan.retain(|_, deed| matches!(deed, Deed::Comes(_)));
        self.w.now = self.w.now + secs(self.setting.away);
        self.w.crash();
        self.come_in();
    }

    fn hears(&mut self, command: Command) {
        match command {
            Command::Dial { call, number, token, .. } => {
                assert!(self.tokens.insert(token), "an attempt is dialled twice");
                self.rings(call, number);
            }
            Command::Ring { call, .. } => self.will(1, Deed::PicksUp(call)),
            _ => {}
        }
    }

    fn rings(&mut self, call: CallId, number: String) {
        let now = self.w.now;
        assert!(!self.has_talked(&number), "{number} is dialled again after the talk was in the journal");
        let before = self.dials.entry(number.clone()).or_default();
        if let Some(Dialled { at, known, .. }) = before.last() {
            assert!(*known || now >= *at + OVER, "{number} is dialled while it may ring yet");
        }
        let time = before.len();
        before.push(Dialled { call, at: now, known: false });
        let answer = self.answers.get(&number).and_then(|answers| answers.get(time));
        match *answer.unwrap_or(&Answer::Speaks(3, 20)) {
            Answer::Refuses(cause, after) => self.will(after, Deed::Refuses(call, cause)),
            Answer::Speaks(after, long) => self.will(after, Deed::Answers(call, long)),
        }
    }

    /// Of a call that is there.
    fn does(&mut self, deed: Deed) {
        match deed {
            Deed::Refuses(call, cause) if self.w.calls.contains_key(&call) => {
                self.w.customer_fails(call, cause);
                self.knows(call);
            }
            Deed::Answers(call, long) if self.w.calls.contains_key(&call) => {
                self.w.customer_answers(call);
                self.will(long, Deed::Leaves(call));
            }
            Deed::PicksUp(call) => {
                let ringing = self.w.calls.get(&call).and_then(|sim| sim.ringing().first().copied());
                let _ = ringing.map(|party| self.w.party_answers(call, party));
                self.talk_is_known(call);
            }
            Deed::Leaves(call) if self.w.calls.contains_key(&call) => {
                self.w.customer_leaves(call);
                self.knows(call);
            }
            _ => {}
        }
    }

    /// Once they hear each other, and not when he leaves, the journal knows.
    fn talk_is_known(&self, call: CallId) {
        let joined = self.w.calls.get(&call).is_some_and(|sim| sim.joined) && !self.w.is_dead();
        let mut dials = self.dials.iter();
        let his = dials.find(|(_, dials)| dials.iter().any(|dialled| dialled.call == call));
        if let Some((number, _)) = his.filter(|_| joined) {
            assert!(self.has_talked(number), "{number} talks, and the journal does not know");
        }
    }

    fn knows(&mut self, call: CallId) {
        let dead = self.w.is_dead();
        for dialled in self.dials.values_mut().flatten().filter(|dialled| dialled.call == call) {
            dialled.known |= !dead;
        }
    }

    /// Until nobody comes any more and it is `over`. Beyond that no power fails.
    pub fn play(&mut self, mut comes: impl FnMut(&mut Stage, usize), over: impl Fn(&mut Stage) -> bool) {
        self.come_in();
        self.follow();
        let end = self.w.now + END;
        while self.w.now < end && !(self.plan.is_empty() && over(self)) {
            let next = self.plan.first_key_value().map(|(&(at, _), _)| at);
            let at = [next, self.w.firms.poll_timeout()].into_iter().flatten().min().unwrap_or(end);
            self.w.wait(at.max(self.w.now).since(self.w.now));
            self.follow();
            while let Some(first) = self.plan.first_entry().filter(|first| first.key().0 <= self.w.now) {
                match first.remove() {
                    Deed::Comes(n) => comes(self, n),
                    deed => self.does(deed),
                }
                self.follow();
            }
        }
        self.follow();
        self.w.dies_after = None;
        assert!(over(self), "something hangs");
    }

    /// How often the switch was told to dial a number.
    pub fn dialled(&self, number: &str) -> usize {
        self.dials.get(number).map_or(0, Vec::len)
    }

    /// What the journal says of a number, in order.
    fn said_of(&self, number: &str) -> Vec<Said<'_>> {
        let (mut jobs, mut reservations) = (BTreeSet::new(), BTreeSet::new());
        let mut said = Vec::new();
        for entry in &self.w.journal {
            match &entry.fact {
                Fact::ReservationOpened(opened) if opened.callee.as_deref() == Some(number) => {
                    jobs.extend(opened.job);
                    reservations.insert(opened.reservation);
                }
                Fact::DialIntended { job, .. } if jobs.contains(job) => said.push(Said::Meant),
                Fact::DialResolved { job, outcome, .. } if jobs.contains(job) => {
                    said.push(Said::Ended(outcome))
                }
                Fact::ReservationClosed { reservation, reason, .. }
                    if reservations.contains(reservation) && reason == "normal" =>
                {
                    said.push(Said::Talked);
                }
                _ => {}
            }
        }
        said
    }

    fn has_talked(&self, number: &str) -> bool {
        self.said_of(number).contains(&Said::Talked)
    }

    /// How each attempt at a number ended that was meant: of one that was told twice, as it was told last.
    pub fn attempts(&self, number: &str) -> Vec<&str> {
        let mut attempts = Vec::new();
        for said in self.said_of(number) {
            match said {
                Said::Meant => attempts.push(""),
                Said::Ended(outcome) => *attempts.last_mut().expect("meant") = outcome,
                Said::Talked => {}
            }
        }
        attempts
    }

    /// He was called as often as the policy says, once for each attempt but for one that a failure cut off, and not given up before; and
    /// not meant to be called again once he talked.
    pub fn was_served(&self, number: &str) {
        let (attempts, dialled) = (self.attempts(number), self.dialled(number));
        let cut = self.crashes.len();
        let once = dialled <= attempts.len() && dialled + cut >= attempts.len();
        assert!(once, "{number}: {dialled} calls for {attempts:?}");
        let ends = |outcome: &str| attempts.iter().filter(|end| **end == outcome).count();
        assert!(ends("unknown") <= cut, "{number}: unknown without a failure");
        let said = self.said_of(number);
        let mut talk = said.iter().skip_while(|said| **said != Said::Talked);
        assert!(talk.all(|said| *said == Said::Talked), "{number}: something comes after the talk: {said:?}");
        match *attempts.last().unwrap_or_else(|| panic!("{number} is lost")) {
            // Where he had left before an agent was there, his are that, too.
            "answered" | "abandoned" => assert_eq!(ends("answered") + ends("abandoned"), 1, "{number}"),
            "declined" | "never_again" => {}
            "unknown" => assert_eq!(ends("unknown"), 2, "{number}: given up after one failure"),
            other => panic!("{number}: given up after {other}: {attempts:?}"),
        }
    }
}

/// Tells stories, each with every point of failure once, until there are `goal` points that differ in what outlasted the failure; in a
/// long run `long_goal`. `run` tells one, and what outlasted its failures: nothing where its end comes before the point.
pub fn fails_everywhere<S: std::fmt::Debug + std::panic::RefUnwindSafe>(
    name: &str,
    (goal, long_goal): (usize, usize),
    story: impl Fn(u64) -> S,
    run: impl Fn(&S, u32, Option<u32>) -> Vec<u64> + std::panic::RefUnwindSafe,
) {
    let goal = long().map_or(goal, |times| long_goal * times as usize);
    let (mut points, mut runs, mut again) = (HashSet::new(), 0, 0);
    let mut stories = 0;
    while points.len() < goal {
        stories += 1;
        let told = story(stories);
        for point in 1.. {
            // At one point in three.
            let second = Dice(stories << 32 | u64::from(point)).roll(3 * RECOVERY);
            let second = (second < RECOVERY).then_some(second as u32);
            let crashes = std::panic::catch_unwind(|| run(&told, point, second));
            let crashes =
                crashes.unwrap_or_else(|_| panic!("story {stories}, {point}, then {second:?}: {told:?}"));
            if crashes.is_empty() {
                break;
            }
            runs += 1;
            again += usize::from(crashes.len() > 1);
            points.extend(crashes);
        }
    }
    let points = points.len();
    if long().is_some() {
        report(&format!(
            "{name}: {points} distinct points of failure in {runs} runs of {stories} stories, {again} with a second failure; nobody twice, nothing lost"
        ));
    }
    assert!(points >= goal && again > runs / 10, "{points} points, {again} of {runs} twice");
}
