//! What a supervisor may do to an agent: set him ready or not, and end his session. Checked here, whatever a page shows; kept in the
//! journal and told to the agent, with who did it.

use super::{Firm, Timer, problem};
use crate::agent::{OfferEnd, Work};
use crate::fact::{Fact, Supervised};
use crate::firm::feed::Event;
use crate::floor::Order;
use crate::notice::AgentNotice;
use crate::request::{Presence, Problem, Target};
use serde_json::json;
use warmline_time::Time;

impl Firm {
    /// A supervisor's word about an agent, by his log-in name.
    pub fn supervise(&mut self, now: Time, by: usize, name: &str, order: Order) -> Result<(), Problem> {
        let agent = self.supervised(by, name)?;
        self.is_in(agent, matches!(order, Order::LogOff { .. }))?;
        // Whatever this changes names him: at once, or at the end of this step.
        self.agents[agent].moved_by = Some(self.agents[by].settings.name.clone());
        let done = match &order {
            Order::Ready => self.force_ready(now, agent, self.shown(by)),
            Order::NotReady(reason) => self.force_not_ready(now, agent, self.shown(by), reason.clone()),
            Order::LogOff { now: at_once } => {
                self.send_off(now, by, agent, *at_once);
                Ok(())
            }
        };
        if done.is_err() {
            self.agents[agent].moved_by = None;
            return done;
        }
        self.record_order(now, by, agent, &order);
        Ok(())
    }

    /// Whether he sees this agent's figures and may order him about.
    pub(super) fn oversees(&self, by: usize, agent: usize) -> bool {
        let row = &self.agents[agent];
        let fits = |scope: &Vec<bool>| scope.iter().zip(&row.serves).any(|(mine, his)| *mine && *his);
        self.agents[by].oversees.as_ref().is_some_and(|scope| scope.is_empty() || fits(scope))
    }

    /// Whether he sees this queue on his floor.
    pub(super) fn oversees_queue(&self, by: usize, queue: usize) -> bool {
        self.agents[by].oversees.as_ref().is_some_and(|scope| scope.get(queue).copied().unwrap_or(true))
    }

    /// He is a supervisor.
    pub(super) fn is_supervisor(&self, agent: usize) -> Result<(), Problem> {
        let fits = self.agents[agent].oversees.is_some();
        fits.then_some(()).ok_or_else(|| problem(403, "not_supervisor", "Only supervisors may do this."))
    }

    fn supervised(&self, by: usize, name: &str) -> Result<usize, Problem> {
        self.is_supervisor(by)?;
        if !self.agents[by].logged_in {
            return Err(problem(409, "not_logged_in", "You are not logged in."));
        }
        let unknown = || problem(404, "unknown_agent", "There is no such agent.");
        let agent = self.agent_named(name).ok_or_else(unknown)?;
        if agent == by {
            return Err(problem(409, "yourself", "That is you: set your state at the top."));
        }
        if !self.oversees(by, agent) {
            return Err(problem(403, "not_your_team", "This agent serves none of the queues you supervise."));
        }
        Ok(agent)
    }

    /// He is logged in, and stays, unless it is his leaving that is ordered.
    pub(super) fn is_in(&self, agent: usize, leaves: bool) -> Result<(), Problem> {
        let row = &self.agents[agent];
        let shown = &row.settings.display_name;
        if !row.logged_in {
            return Err(problem(409, "agent_logged_out", &format!("{shown} is not logged in.")));
        }
        if row.leaving && !leaves {
            return Err(problem(409, "agent_leaving", &format!("{shown} logs off after this call.")));
        }
        Ok(())
    }

    fn shown(&self, agent: usize) -> String {
        self.agents[agent].settings.display_name.clone()
    }

    fn inform(&mut self, agent: usize, notice: AgentNotice) {
        self.agents[agent].notice = Some(notice);
        self.touch_agent(agent);
    }

    /// Of no use to an agent whom nothing can reach: his supervisor is told so instead.
    pub(super) fn force_ready(&mut self, now: Time, agent: usize, by: String) -> Result<(), Problem> {
        let row = &self.agents[agent];
        let shown = &row.settings.display_name;
        if !row.phone {
            let detail = format!("{shown}'s phone cannot be rung: no call would reach him.");
            return Err(problem(409, "agent_phone_down", &detail));
        }
        if row.stream.is_none() || row.frozen {
            let detail = format!("{shown}'s desktop does not answer: no call would reach him.");
            return Err(problem(409, "agent_desktop_gone", &detail));
        }
        self.presence(now, agent, (Presence::Ready, None))?;
        self.agents[agent].missed = 0;
        self.timers.cancel(Timer::LeftAlone(agent));
        self.left_alone(agent);
        self.inform(agent, AgentNotice::ForcedReady { by });
        Ok(())
    }

    pub(super) fn force_not_ready(
        &mut self,
        now: Time,
        agent: usize,
        by: String,
        reason: Option<String>,
    ) -> Result<(), Problem> {
        self.presence(now, agent, (Presence::NotReady, reason))?;
        self.inform(agent, AgentNotice::ForcedNotReady { by });
        Ok(())
    }

    fn send_off(&mut self, now: Time, by: usize, agent: usize, at_once: bool) {
        let shown = self.shown(by);
        self.agents[agent].sent_off = Some(shown.clone());
        self.leave(now, agent);
        if !matches!(self.agents[agent].work, Work::Talking(_)) {
            return;
        }
        if at_once {
            self.take_out(now, agent);
        } else {
            self.inform(agent, AgentNotice::LoggingOff { by: shown });
        }
    }

    /// Out of his call. The customer is not dropped for it: who is asked has him, else he waits in the call's queue again.
    fn take_out(&mut self, now: Time, agent: usize) {
        let Work::Talking(id) = self.agents[agent].work else { return };
        if self.is_guest(agent) {
            return self.drop_asked(now, id, OfferEnd::Rescinded);
        }
        let call = self.calls.get(&id);
        let asks = call.is_some_and(|call| call.control.asked.is_some());
        let queue = call.map(|call| self.settings.queues[call.queue].name.clone());
        let back = queue.filter(|_| !asks).map(Target::Queue);
        if (asks || back.is_some()) && self.transfer(now, agent, back).is_ok() {
            return;
        }
        // Nobody is on the line with him yet.
        let _ = self.hangup(now, agent);
    }

    /// Into the journal and the feed. What was ordered is done already: a store that takes nothing must not keep an agent ready.
    fn record_order(&mut self, now: Time, by: usize, agent: usize, order: &Order) {
        let (name, by) = (self.agents[agent].settings.name.clone(), self.agents[by].settings.name.clone());
        let reason = match order {
            Order::NotReady(reason) => reason.clone(),
            Order::Ready | Order::LogOff { .. } => None,
        };
        let at_once = !matches!(self.agents[agent].work, Work::Talking(_) | Work::Wrapup { .. });
        let data = json!({
            "agent": name, "by": by, "order": order.word(), "reason": reason, "pending": !at_once,
        });
        let done = Supervised { agent: name.clone(), by, order: order.word().to_owned(), reason };
        let after = self.persist(now, Fact::Supervised(Box::new(done)));
        let event = Event { name: "agent.supervised", subject: name, trace_id: String::new(), data };
        self.announce(now, after, event);
    }
}
