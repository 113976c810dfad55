//! Whom a contact goes to: what is looked at of each agent, and the decision with its reasons. The choice itself is `routing`.

use super::Firm;
use crate::agent::Agent;
use crate::decision::{Decision, DecisionView};
use crate::effect::Action;
use crate::fact::CallRecorded;
use crate::ids::{CallId, ContactId, DecisionId, ReservationId};
use crate::notice::AgentNotice;
use crate::queue::{Place, Waiter};
use crate::request::Presence;
use crate::routing::{Candidate, Case, Choice, Needs, Rule, Standing, Strategy, choose, group};
use crate::rules::Ruled;
use crate::settings::{QueueSettings, Take};
use std::sync::Arc;
use std::time::Duration;
use warmline_time::Time;

/// The longest day: the clock goes back an hour.
const LONGEST_DAY: Duration = Duration::from_secs(25 * 3600);
/// Calls of an agent that are counted in a day, at most.
const COUNTED: usize = 2_000;

/// A choice that was made and has led to nothing yet.
#[derive(Debug)]
pub(super) struct Considered {
    queue: usize,
    case: Case,
    candidates: Vec<Candidate>,
    choice: Option<Choice>,
}

impl Considered {
    /// All who are to be rung at once, by their indices; none: the chosen one is asked alone.
    fn group(&self, settings: &QueueSettings) -> Vec<usize> {
        match self.choice {
            Some(Choice { rule: Rule::RingAll, .. }) => group(settings, &self.case, &self.candidates),
            _ => Vec::new(),
        }
    }
}

impl Firm {
    /// What every step begins with: the moment at which it looks at things.
    pub fn tick(&mut self, now: Time) {
        self.clock = now;
    }

    /// Who takes a call whose customer waits for nobody: those only whose phones answer by themselves.
    pub(super) fn pick_at_once(
        &mut self,
        queue: usize,
        contact: Option<ContactId>,
        ruled: &Arc<Ruled>,
    ) -> Option<usize> {
        let mut candidates = self.candidates(queue, None, contact);
        for (candidate, agent) in candidates.iter_mut().zip(&self.agents) {
            candidate.standing.slow = !agent.settings.answers_at_once();
        }
        self.choose_among(queue, Vec::new(), candidates, ruled)
    }

    /// Who takes the next contact of a queue now. It becomes a decision when something follows from it.
    pub(super) fn pick(
        &mut self,
        queue: usize,
        preferred: Option<usize>,
        contact: Option<ContactId>,
        ruled: &Arc<Ruled>,
    ) -> Option<usize> {
        self.consider(queue, Vec::new(), preferred, contact, ruled)
    }

    /// The same for somebody who may have waited already: overflow is open to him.
    pub(super) fn pick_for(
        &mut self,
        waiter: Waiter,
        queue: usize,
        preferred: Option<usize>,
        contact: Option<ContactId>,
        ruled: &Arc<Ruled>,
    ) -> Option<usize> {
        let further = self.further(waiter, queue);
        self.consider(queue, further, preferred, contact, ruled)
    }

    /// Whether it is worth looking closer: somebody who serves his queue, or one of his overflow, is free.
    pub(super) fn somebody_for(&self, place: &Place) -> bool {
        let further = self.further(place.waiter, place.queue);
        self.agents.iter().any(|agent| {
            agent.available()
                && (agent.serves[place.queue] || further.iter().any(|&queue| agent.serves[queue]))
        })
    }

    fn consider(
        &mut self,
        queue: usize,
        further: Vec<usize>,
        preferred: Option<usize>,
        contact: Option<ContactId>,
        ruled: &Arc<Ruled>,
    ) -> Option<usize> {
        let named = || ruled.then.agent.as_deref().and_then(|name| self.agent_named(name));
        let preferred = preferred.or_else(named);
        let candidates = self.candidates(queue, preferred, contact);
        self.choose_among(queue, further, candidates, ruled)
    }

    /// All agents as they are looked at for a contact.
    pub(super) fn candidates(
        &self,
        queue: usize,
        preferred: Option<usize>,
        contact: Option<ContactId>,
    ) -> Vec<Candidate> {
        let last = contact.and_then(|id| self.contacts.get(id)).and_then(|contact| contact.last_talk());
        let last = last.and_then(|(name, at)| Some((self.agent_named(name)?, at)));
        let midnight = self.midnight(queue);
        let looked_at = |(index, agent)| Candidate {
            preferred: preferred == Some(index),
            last_talk: last.filter(|&(who, _)| who == index).map(|(_, at)| at),
            ..looked_at(agent, midnight)
        };
        self.agents.iter().enumerate().map(looked_at).collect()
    }

    /// Who of these it is. It becomes a decision when something follows from it.
    pub(super) fn choose_among(
        &mut self,
        queue: usize,
        further: Vec<usize>,
        candidates: Vec<Candidate>,
        ruled: &Arc<Ruled>,
    ) -> Option<usize> {
        let case = Case {
            at: self.clock,
            home: self.needs[queue].clone(),
            further: further.into_iter().map(|queue| self.needs[queue].clone()).collect(),
            turn: self.turns[queue],
            ruled: ruled.clone(),
        };
        let choice = choose(&self.settings.queues[queue], &case, &candidates);
        self.considered = Some(Considered { queue, case, candidates, choice });
        choice.map(|choice| choice.chosen)
    }

    /// A call has come for the agent who is claimed for it: looked at again where all are rung, for others may be free by now.
    pub(super) fn gather(&mut self, id: CallId, claimed: usize) {
        let Some(call) = self.calls.get(&id) else { return };
        let (queue, contact, ruled) = (call.queue, call.contact, call.ruled.clone());
        if self.settings.queues[queue].strategy != Strategy::RingAll {
            return;
        }
        let further = self.further(Waiter::Call(id), queue);
        let mut candidates = self.candidates(queue, Some(claimed), contact);
        // What he has in hand is this.
        candidates[claimed].standing.idle = true;
        self.choose_among(queue, further, candidates, &ruled);
    }

    /// Who is to be rung beside an agent, where a choice of now says so.
    pub(super) fn rung_beside(&self, agent: usize) -> Vec<usize> {
        let made = self.considered.as_ref();
        let made = made.filter(|made| made.choice.is_some_and(|choice| choice.chosen == agent));
        let group = made.map_or_else(Vec::new, |made| made.group(&self.settings.queues[made.queue]));
        group.into_iter().filter(|&other| other != agent).collect()
    }

    /// The day of a queue began.
    fn midnight(&self, queue: usize) -> Time {
        match &self.settings.queues[queue].hours {
            Some(hours) => hours.midnight(self.clock),
            None => self.clock - Duration::from_micros(self.clock.as_micros() % 86_400_000_000),
        }
    }

    /// An agent is given a contact. Where that follows from a choice of now, it is kept.
    pub(super) fn decided(
        &mut self,
        agent: usize,
        reservation: Option<ReservationId>,
        call: Option<CallId>,
    ) -> Option<DecisionId> {
        let id = self.chosen(agent, reservation, call);
        self.agents[agent].decision = id;
        id
    }

    /// Keeps a choice of now that led to this agent.
    pub(super) fn chosen(
        &mut self,
        agent: usize,
        reservation: Option<ReservationId>,
        call: Option<CallId>,
    ) -> Option<DecisionId> {
        let considered = self.considered.take();
        let made = considered.filter(|made| made.choice.is_some_and(|choice| choice.chosen == agent));
        made.map(|made| {
            if made.choice.is_some_and(|choice| choice.rule == Rule::RoundRobin) {
                self.turns[made.queue] = Some(agent);
            }
            self.keep(made, reservation, call)
        })
    }

    /// Nobody could be found for it: that is kept too.
    pub(super) fn decided_nobody(&mut self, reservation: Option<ReservationId>, call: Option<CallId>) {
        if let Some(made) = self.considered.take().filter(|made| made.choice.is_none()) {
            self.keep(made, reservation, call);
        }
    }

    fn keep(
        &mut self,
        made: Considered,
        reservation: Option<ReservationId>,
        call: Option<CallId>,
    ) -> DecisionId {
        let id = DecisionId::mint(made.case.at, self.random.bits());
        let settings = &self.settings.queues[made.queue];
        let strategy = settings.strategy;
        // A claim rings nowhere, and a chat is one agent's.
        let rung = if call.is_some() { made.group(settings) } else { Vec::new() };
        let Considered { case, candidates, choice, .. } = made;
        let decision = Decision { id, reservation, call, strategy, case, candidates, choice, rung };
        let decision = Arc::new(decision);
        self.decisions.keep(decision.clone());
        let firm = self.settings.name.clone();
        self.act(0, Action::Decided { firm, decision });
        id
    }

    /// A decision that is not forgotten.
    pub fn decision(&self, now: Time, id: DecisionId) -> Option<&Decision> {
        self.decisions.get(now, id)
    }

    /// Those of a reservation or call, or of all; the latest first.
    pub fn decision_views(&self, now: Time, subject: Option<&str>) -> Vec<DecisionView> {
        self.decisions.about(now, subject).into_iter().map(Decision::view).collect()
    }

    /// An agent has taken a call: it counts for the day, and he lets none pass.
    pub(super) fn took_call(&mut self, agent: usize, at: Time) {
        let row = &mut self.agents[agent];
        row.missed = 0;
        row.taken.push_back(at);
        while row
            .taken
            .front()
            .is_some_and(|&first| at.since(first) > LONGEST_DAY || row.taken.len() > COUNTED)
        {
            row.taken.pop_front();
        }
    }

    /// Whose turn it was last, as far as calls that were answered tell.
    pub(super) fn turn_recorded(&mut self, record: &CallRecorded) {
        let queue = record.queue.as_ref().and_then(|name| self.queue_named(name));
        let first = record.agents.first().and_then(|name| self.agent_named(name));
        let Some((queue, agent)) = queue.zip(first) else { return };
        if self.settings.queues[queue].strategy == Strategy::RoundRobin {
            self.turns[queue] = Some(agent);
        }
    }

    /// The same for a call of the journal.
    pub(super) fn took_recorded(&mut self, agent: Option<&str>, answered: Option<u64>) {
        let agent = agent.and_then(|name| self.agent_named(name));
        if let (Some(agent), Some(answered)) = (agent, answered) {
            self.took_call(agent, Time::from_micros(answered));
        }
    }
}

/// What queues ask of their agents.
pub(super) fn needs(queues: &[QueueSettings]) -> Vec<Arc<Needs>> {
    let needs = |queue: &QueueSettings| Needs {
        queue: queue.name.clone(),
        skills: queue.skills.clone(),
        pull: queue.take == Take::Pull,
    };
    queues.iter().map(|queue| Arc::new(needs(queue))).collect()
}

fn looked_at(agent: &Agent, midnight: Time) -> Candidate {
    let ready = agent.presence == Presence::Ready && !agent.leaving;
    let today = agent.taken.iter().rev().take_while(|&&at| at >= midnight).count();
    Candidate {
        agent: agent.name.clone(),
        skills: agent.skills.clone(),
        represents: agent.represents.clone(),
        state: agent.state_now(),
        standing: Standing {
            logged_in: agent.logged_in,
            ready,
            paused: !ready && agent.notice.as_ref().is_some_and(AgentNotice::paused),
            just_passed: agent.passed,
            idle: agent.is_idle() && !agent.full,
            phone: agent.phone,
            slow: false,
            desktop: agent.stream.is_some() && !agent.frozen,
        },
        idle_since: agent.idle_since,
        calls_today: today as u32,
        preferred: false,
        chats: 0,
        last_talk: None,
    }
}
