//! A call as the world's switch has it, and what is heard and said in it.

use crate::world::{World, wish};
use warmline_coordination::cti::{Cause, Command, Device, Event};
use warmline_coordination::ids::{CallId, PartyId};
use warmline_coordination::request::{Mode, Reply, Request};

/// A call as the world's switch has it.
#[derive(Clone, Debug)]
pub struct SimCall {
    pub customer: PartyId,
    pub customer_up: bool,
    /// He is dialled after his agent has answered.
    pub awaited: bool,
    pub agent: Option<(PartyId, bool)>,
    /// Who is asked beside him.
    pub asked: Option<(PartyId, bool)>,
    /// Phones that ring as a group.
    pub group: Vec<PartyId>,
    /// Customer and agent have heard each other.
    pub joined: bool,
    /// As coordination said last; none: the switch joins by itself.
    pub hears: Option<Vec<PartyId>>,
}

impl SimCall {
    pub fn new(customer: PartyId) -> Self {
        SimCall {
            customer,
            customer_up: false,
            awaited: false,
            agent: None,
            asked: None,
            group: Vec::new(),
            joined: false,
            hears: None,
        }
    }

    /// Who is in one conversation.
    pub fn talking(&self) -> Vec<PartyId> {
        let up = |party: &PartyId| {
            (*party == self.customer && self.customer_up)
                || [self.agent, self.asked].into_iter().flatten().any(|(id, up)| id == *party && up)
        };
        let all = match (&self.hears, self.agent) {
            (Some(hears), _) => hears.clone(),
            (None, Some((agent, _))) => vec![self.customer, agent],
            (None, None) => vec![],
        };
        let there: Vec<PartyId> = all.into_iter().filter(up).collect();
        if there.len() > 1 { there } else { vec![] }
    }

    /// Agents' phones that ring.
    pub fn ringing(&self) -> Vec<PartyId> {
        let alone = [self.agent, self.asked].into_iter().flatten().filter(|(_, up)| !up);
        alone.map(|(party, _)| party).chain(self.group.iter().copied()).collect()
    }

    /// One that rings answers. Those of his group that are too late.
    pub fn answers(&mut self, party: PartyId) -> Vec<PartyId> {
        if self.group.contains(&party) {
            self.agent = Some((party, true));
            return std::mem::take(&mut self.group).into_iter().filter(|&other| other != party).collect();
        }
        let row = [&mut self.agent, &mut self.asked].into_iter().flatten().find(|(id, _)| *id == party);
        row.expect("a ringing agent").1 = true;
        Vec::new()
    }

    /// He is gone; whether he had answered.
    pub fn remove(&mut self, party: PartyId) -> Option<bool> {
        if let Some(place) = self.group.iter().position(|id| *id == party) {
            self.group.remove(place);
            return Some(false);
        }
        if let Some((_, up)) = self.agent.filter(|(id, _)| *id == party) {
            self.agent = self.asked.take();
            return Some(up);
        }
        self.asked.take_if(|(id, _)| *id == party).map(|(_, up)| up)
    }
}

impl World {
    /// The party as which an agent's phone was rung last.
    pub fn party_of(&self, name: &str) -> PartyId {
        let account = if name == "carol" { "203" } else { name };
        let rung = self.commands.iter().rev().find_map(|command| match command {
            Command::Ring { party, device: Device::Account { user, .. }, .. } if user == account => {
                Some(*party)
            }
            _ => None,
        });
        rung.expect("his phone was rung")
    }

    /// Whoever rings answers, of a group the first.
    pub fn agent_answers(&mut self, call: CallId) {
        self.party_answers(call, self.calls[&call].ringing()[0]);
    }

    /// One that rings answers; the switch withdraws the rest of its group.
    pub fn party_answers(&mut self, call: CallId, party: PartyId) {
        let sim = self.calls.get_mut(&call).expect("a call");
        let late = sim.answers(party);
        sim.customer_up |= !sim.awaited;
        self.event(Event::Answered { call, party });
        for party in late {
            self.event(Event::Failed { call, party, cause: Cause::Elsewhere });
        }
        self.join(call);
    }

    pub fn agent_fails(&mut self, call: CallId, cause: Cause) {
        self.party_fails(call, self.calls[&call].ringing()[0], cause);
    }

    pub fn party_fails(&mut self, call: CallId, party: PartyId, cause: Cause) {
        self.calls.get_mut(&call).expect("a call").remove(party);
        self.event(Event::Failed { call, party, cause });
    }

    /// The agent's phone, or that of the one he asks, hangs up.
    pub fn agent_leaves(&mut self, call: CallId, party: PartyId) {
        let sim = self.calls.get_mut(&call).expect("a call");
        assert_eq!(sim.remove(party), Some(true), "he had answered");
        let (customer, others) = (sim.customer, sim.agent.is_some());
        let cause = Cause::Normal;
        if others || !sim.joined {
            return self.event(Event::Left { call, party, cause, by_itself: true });
        }
        self.calls.remove(&call);
        self.event(Event::Left { call, party, cause, by_itself: true });
        self.event(Event::Left { call, party: customer, cause, by_itself: false });
        self.event(Event::Ended { call, cause });
    }

    /// An agent who talks with somebody who dialled in by his page.
    pub fn talk(&mut self, name: &str, visitor: u64) -> CallId {
        self.ready(name);
        let view = self.open(wish(visitor, Mode::Dial));
        let call = self.dial(view.number.as_deref().unwrap(), None);
        assert_eq!(self.ringing_at(name), Some(call));
        self.agent_answers(call);
        assert_eq!(self.state(name), "talking");
        call
    }

    /// What is done without a word.
    pub fn done(&mut self, request: Request) {
        assert_eq!(self.tell(request), Reply::Done);
    }

    /// Status, code and sentence of a refusal.
    pub fn refused(&mut self, request: Request) -> (u16, &'static str, String) {
        match self.tell(request) {
            Reply::Problem(problem) => (problem.status, problem.code, problem.detail),
            other => panic!("{other:?}"),
        }
    }

    /// Who hears whom: `c`ustomer, `a`gent, one who is asked (`x`).
    pub fn hear(&self, call: CallId) -> String {
        let sim = &self.calls[&call];
        let who = |party: &PartyId| match () {
            () if *party == sim.customer => 'c',
            () if sim.agent.is_some_and(|(id, _)| id == *party) => 'a',
            () => 'x',
        };
        let mut all: Vec<char> = sim.talking().iter().map(who).collect();
        all.sort_by_key(|who| "cax".find(*who));
        all.into_iter().collect()
    }
}
