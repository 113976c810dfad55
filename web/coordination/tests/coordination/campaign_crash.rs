//! The power fails anywhere in the life of a campaign (E15, C12): no number is dialled twice for one attempt, none while an earlier call
//! may ring yet, and no job is lost.

use crate::campaign::{fill, firm, job, number, terms};
use crate::world::*;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use warmline_coordination::campaign::CampaignVerb;
use warmline_coordination::cti::{Cause, Command};
use warmline_coordination::ids::CampaignId;
use warmline_coordination::request::*;
use warmline_time::Time;

const PEOPLE: u64 = 5;
const OVER: Duration = Duration::from_secs(30 + 32);

struct Run {
    w: World,
    seen: usize,
    dials: BTreeMap<String, Vec<(Time, bool)>>,
    tokens: BTreeSet<String>,
    spoken: BTreeSet<String>,
    crashes: u32,
}

impl Run {
    fn come_in(&mut self) {
        for name in ["alice", "bob"] {
            let who = World::who(name);
            self.w.ask(Request::Login(who.clone()));
            self.w.desktop(name);
            self.w.phone(name, true);
            self.w.ask(Request::Presence(who, Presence::Ready, None));
        }
    }

    fn revive(&mut self) {
        if self.w.is_dead() {
            self.crashes += 1;
            self.w.crash();
            self.come_in();
        }
    }

    /// Asks until it is answered; what came before a crash may be done already.
    fn insist(&mut self, request: Request) -> Reply {
        for _ in 0..3 {
            let id = self.w.ask(request.clone());
            if let Some(reply) = self.w.replies.get(&id).cloned() {
                self.follow();
                return reply;
            }
            self.revive();
        }
        panic!("{request:?} is never answered");
    }

    fn campaign(&mut self) -> CampaignId {
        let Reply::Campaigns(rows) = self.insist(Request::Campaigns { firm: firm(), campaign: None }) else {
            panic!("no campaigns");
        };
        if let Some(row) = rows.first() {
            return row.id;
        }
        match self.insist(Request::OpenCampaign { firm: firm(), terms: Box::new(terms()) }) {
            Reply::Campaign(view) => view.id,
            other => panic!("{other:?}"),
        }
    }

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

    fn rings(&mut self, call: warmline_coordination::ids::CallId, number: String) {
        let now = self.w.now;
        let before = self.dials.entry(number.clone()).or_default();
        if let Some((at, known)) = before.last() {
            assert!(*known || now >= *at + OVER, "{number} is dialled while it may ring yet");
        }
        assert!(!self.spoken.contains(&number), "dialled again after the talk was in the journal");
        let first = before.is_empty();
        before.push((now, false));
        if !self.w.calls.contains_key(&call) {
            return;
        }
        let busy = first && number.ends_with('2');
        if busy {
            self.w.customer_fails(call, Cause::Busy);
        } else {
            self.w.customer_answers(call);
            if self.w.calls.get(&call).is_some_and(|sim| !sim.ringing().is_empty()) {
                self.w.agent_answers(call);
            }
            self.w.customer_leaves(call);
        }
        if !self.w.is_dead() {
            self.dials.get_mut(&number).unwrap().last_mut().unwrap().1 = true;
            if !busy {
                self.spoken.insert(number);
            }
        }
    }

    fn run_out(&mut self, id: CampaignId) {
        for _ in 0..240 {
            self.w.wait(Duration::from_secs(30));
            self.follow();
            for name in ["alice", "bob"] {
                self.w.ask(Request::WrapupDone(World::who(name)));
                self.w.ask(Request::Presence(World::who(name), Presence::Ready, None));
                self.follow();
            }
            let asked = self.w.ask(Request::Campaigns { firm: firm(), campaign: Some(id) });
            let waiting = match self.w.replies.get(&asked) {
                Some(Reply::Campaigns(rows)) => rows[0].waiting,
                _ => usize::MAX,
            };
            self.follow();
            if waiting == 0 && self.w.firms.counters().jobs_open == 0 {
                return;
            }
        }
    }
}

fn run(point: u32) -> u32 {
    let mut w = World::new();
    w.dies_after = Some(point);
    let (dials, tokens, spoken) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
    let mut run = Run { w, seen: 0, dials, tokens, spoken, crashes: 0 };
    run.come_in();
    run.revive();
    let id = run.campaign();
    let jobs: Vec<_> = (1..=PEOPLE).map(|n| (n as usize, Ok(job(n, 4)))).collect();
    run.insist(Request::FillCampaign { firm: firm(), campaign: id, jobs });
    run.insist(Request::SetCampaign { firm: firm(), campaign: id, verb: CampaignVerb::Start });
    run.run_out(id);
    run.w.dies_after = None;
    for n in 1..=PEOPLE {
        assert!(run.dials.contains_key(&number(n)), "{point}: {n} is lost");
    }
    assert_eq!(crate::campaign::look(&mut run.w, id).waiting, 0, "{point}: a job hangs");
    assert_eq!(fill(&mut run.w, id, vec![job(1, 4)]).accepted, 0, "{point}: a number is forgotten");
    assert_eq!(run.w.violations(), 0, "{point}");
    run.crashes
}

#[test]
fn e15_the_power_fails_anywhere_in_a_campaign_and_nobody_is_dialled_twice_or_lost() {
    let (mut point, mut crashes) = (1, 0);
    loop {
        match run(point) {
            0 => break,
            more => crashes += more,
        }
        point += 1;
    }
    assert!(crashes > 50, "{crashes} crashes in {point} runs");
}
