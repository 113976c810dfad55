//! A call as the world's switch has it, and what is heard and said in it.

use crate::world::{World, wish};
use warmline_coordination::cti::{Cause, Event};
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

    /// He is gone; whether he had answered.
    pub fn remove(&mut self, party: PartyId) -> Option<bool> {
        if let Some((_, up)) = self.agent.filter(|(id, _)| *id == party) {
            self.agent = self.asked.take();
            return Some(up);
        }
        self.asked.take_if(|(id, _)| *id == party).map(|(_, up)| up)
    }
}

impl World {
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
