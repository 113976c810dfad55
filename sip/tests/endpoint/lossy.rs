//! Hundreds of calls over a bad network: all of them come to their end, and nothing is left over.

use crate::network::{A, B, Dice, Pair, Weather};
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;
use warmline_sip::endpoint::{Body, EndpointConfig, Event, SessionEvent, SessionId};
use warmline_sip::message::Headers;
use warmline_time::Time;

const STORM: Weather = Weather { loss_percent: 10, duplicate_percent: 5, latency: (5, 120) };

/// What A means to do with a call.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Plan {
    /// A hangs up after the answer.
    HangUp,
    /// B hangs up after the answer.
    PeerHangsUp,
    /// B refuses.
    Refuse,
    /// A cancels while it rings, or before anything came, or as B answers.
    Cancel,
    /// Both send re-INVITE at once, then A hangs up.
    Renegotiate,
}

const PLANS: [Plan; 5] = [Plan::HangUp, Plan::PeerHangsUp, Plan::Refuse, Plan::Cancel, Plan::Renegotiate];

#[derive(Clone, Copy, Debug)]
enum Task {
    Call(usize),
    Accept(SessionId),
    Reject(SessionId),
    HangUp(usize, SessionId),
    Reinvite(usize, SessionId),
}

#[derive(Default, Debug)]
struct Tally {
    established: usize,
    refused: usize,
    ended_by_peer: usize,
    renegotiated: usize,
    /// Ends that a network without loss would not have.
    broken: Vec<String>,
}

struct Run {
    pair: Pair,
    dice: Dice,
    agenda: BTreeMap<(Time, u64), Task>,
    entries: u64,
    plans: HashMap<SessionId, Plan>,
    tally: Tally,
}

impl Run {
    fn at(&mut self, after: Duration, task: Task) {
        self.entries += 1;
        self.agenda.insert((self.pair.now + after, self.entries), task);
    }

    fn go(calls: usize, seed: u64, config: EndpointConfig) -> (Tally, Pair) {
        let mut pair = Pair::with(config, seed);
        pair.weather = STORM;
        let (agenda, plans) = (BTreeMap::new(), HashMap::new());
        let mut run = Run { pair, dice: Dice::new(seed), agenda, entries: 0, plans, tally: Tally::default() };
        for call in 0..calls {
            let after = run.dice.millis(0, 20_000);
            run.at(after, Task::Call(call));
        }
        while let Some(at) =
            run.pair.next().into_iter().chain(run.agenda.keys().next().map(|key| key.0)).min()
        {
            run.pair.run_until(at);
            while let Some(entry) = run.agenda.first_entry().filter(|entry| entry.key().0 <= run.pair.now) {
                let task = entry.remove();
                run.perform(task);
            }
            for side in [A, B] {
                while let Some(event) = run.pair.nodes[side].events.pop_front() {
                    run.react(side, event);
                }
            }
        }
        (run.tally, run.pair)
    }

    fn perform(&mut self, task: Task) {
        match task {
            Task::Call(call) => {
                let plan = PLANS[call % PLANS.len()];
                let mut invite = self.pair.invite_to(A);
                invite.token = Some(format!("{plan:?}"));
                let id = self.pair.on(A, |endpoint, now| endpoint.invite(now, invite));
                self.plans.insert(id, plan);
                if plan == Plan::Cancel {
                    let after = self.dice.millis(0, 3_000);
                    self.at(after, Task::HangUp(A, id));
                }
            }
            Task::Accept(id) => {
                let answer = Some(Body::sdp("v=0 answer"));
                let _ = self.pair.on(B, |endpoint, now| endpoint.accept(now, id, Headers::default(), answer));
            }
            Task::Reject(id) => {
                let _ = self.pair.on(B, |endpoint, now| endpoint.reject(now, id, 486, Headers::default()));
            }
            Task::HangUp(side, id) => {
                self.pair.on(side, |endpoint, now| endpoint.hangup(now, id, Some("Q.850;cause=16")));
            }
            Task::Reinvite(side, id) => {
                let _ = self.pair.on(side, |endpoint, now| endpoint.reinvite(now, id, Body::sdp("v=0 hold")));
            }
        }
    }

    fn react(&mut self, side: usize, event: Event) {
        match event {
            Event::Invite { session, request, .. } => self.called(session, request.call_id().unwrap()),
            Event::Session { session, event } => self.session(side, session, event),
            other => panic!("not asked for: {other:?}"),
        }
    }

    fn called(&mut self, id: SessionId, call_id: &str) {
        self.pair
            .on(B, |endpoint, now| endpoint.progress(now, id, 180, Headers::default(), None))
            .expect("a new INVITE rings");
        let plan = *PLANS.iter().find(|plan| call_id.contains(&format!("{plan:?}"))).expect("a plan");
        let after = self.dice.millis(100, 3_000);
        if plan == Plan::Refuse {
            return self.at(after, Task::Reject(id));
        }
        self.at(after, Task::Accept(id));
        match plan {
            Plan::PeerHangsUp => self.at(after + Duration::from_secs(4), Task::HangUp(B, id)),
            Plan::Renegotiate => self.at(after + Duration::from_secs(4), Task::Reinvite(B, id)),
            _ => {}
        }
    }

    fn session(&mut self, side: usize, id: SessionId, event: SessionEvent) {
        let plan = (side == A).then(|| self.plans[&id]);
        match event {
            SessionEvent::Established(_) => {
                self.tally.established += 1;
                match plan {
                    Some(Plan::HangUp) => self.at(Duration::from_secs(5), Task::HangUp(A, id)),
                    Some(Plan::Renegotiate) => {
                        self.at(Duration::from_secs(4), Task::Reinvite(A, id));
                        self.at(Duration::from_secs(90), Task::HangUp(A, id));
                    }
                    _ => {}
                }
            }
            SessionEvent::Offer(_) => {
                let answer = Some(Body::sdp("v=0 again"));
                let _ = self.pair.on(side, |endpoint, now| endpoint.answer_offer(now, id, answer));
            }
            SessionEvent::OfferAnswered(_) => self.tally.renegotiated += 1,
            SessionEvent::Failed(failure) if plan == Some(Plan::Refuse) && failure.status() == 486 => {
                self.tally.refused += 1;
            }
            SessionEvent::Ended { by_peer: true, .. } => self.tally.ended_by_peer += 1,
            SessionEvent::Progress(_)
            | SessionEvent::Confirmed(_)
            | SessionEvent::Canceled(_)
            | SessionEvent::OfferRefused(_) => {}
            other => self.tally.broken.push(format!("{side} {plan:?}: {other:?}")),
        }
    }
}

#[test]
fn every_call_comes_to_its_planned_end_and_leaves_nothing() {
    for seed in 1..=3 {
        let calls = 200;
        let (tally, pair) = Run::go(calls, seed, EndpointConfig::default());
        assert!(pair.lost > 100, "seed {seed} lost {} only", pair.lost);
        assert!(tally.broken.is_empty(), "seed {seed}: {:?}", tally.broken);
        assert_eq!(tally.refused, calls / 5, "seed {seed}");
        assert!(tally.established >= calls * 3 / 5, "seed {seed}: {tally:?}");
        assert!(tally.renegotiated >= calls / 5, "seed {seed}: {tally:?}");
        assert!(tally.ended_by_peer >= calls * 3 / 5, "seed {seed}: {tally:?}");
        for node in &pair.nodes {
            assert_eq!(node.endpoint.live(), (0, 0, 0), "seed {seed}");
            assert!(node.endpoint.counters().retransmissions_sent > 0);
        }
    }
}

#[test]
fn without_retransmission_calls_break_and_are_left_over() {
    let config = EndpointConfig { retransmit: false, ..EndpointConfig::default() };
    let (tally, pair) = Run::go(200, 1, config);
    assert!(!tally.broken.is_empty());
    assert!(tally.refused < 40);
    let live = pair.nodes.each_ref().map(|node| node.endpoint.live());
    // Who lost the BYE still talks; the transactions are over even so.
    assert!(live.iter().any(|live| live.0 > 0), "{live:?}");
    assert!(live.iter().all(|live| (live.1, live.2) == (0, 0)), "{live:?}");
    assert!(pair.nodes.iter().all(|node| node.endpoint.counters().retransmissions_sent == 0));
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = || Run::go(40, 9, EndpointConfig::default()).1.log;
    assert_eq!(run(), run());
}
