//! Rest after a call: how long it is, and what comes after it.

use super::{Firm, Timer};
use crate::agent::Work;
use crate::call::{Call, Origin};
use crate::view::AgentState;
use serde_json::json;
use warmline_time::Time;

impl Firm {
    /// The agent who had the call since `since` is done with it.
    pub(super) fn wrap_up(&mut self, now: Time, agent: usize, call: &Call, since: Time) {
        let wrapup = self.settings.queues[call.queue].wrapup;
        if call.origin != Origin::Outbound {
            self.estimators[call.queue].learn(now.since(since) + wrapup);
        }
        let bound = call.reservation.and_then(|id| self.reservations.get_mut(id));
        if let Some(r) = bound.filter(|r| r.agent == Some(agent)) {
            r.agent = None;
            let id = r.id;
            self.touch_visitor(id);
        }
        self.rest(now, agent, call);
    }

    /// Rest after a call.
    pub(super) fn rest(&mut self, now: Time, agent: usize, call: &Call) {
        let wrapup = self.settings.queues[call.queue].wrapup;
        self.no_return(agent);
        let row = &mut self.agents[agent];
        row.work = Work::Wrapup { until: now + wrapup };
        row.idle_since = now;
        row.notice = None;
        self.touch_agent(agent);
        self.emit(now, agent, "agent.wrapup", call.id.to_string(), call.trace_id.clone(), json!({}));
        if wrapup.is_zero() || self.agents[agent].is_going() {
            self.wrapup_over(now, agent);
        } else {
            self.timers.set(Timer::Wrapup(agent), now + wrapup);
        }
    }

    /// Rest is over: ready again, or not where he has said so.
    pub(super) fn wrapup_over(&mut self, now: Time, agent: usize) {
        if !matches!(self.agents[agent].work, Work::Wrapup { .. }) {
            return;
        }
        let hand = self.agents[agent].hand.as_ref();
        let trace_id = hand.map_or_else(String::new, |hand| hand.trace_id.clone());
        if let Some(call) = hand.and_then(|hand| hand.call) {
            let (subject, trace_id) = (call.to_string(), trace_id.clone());
            self.emit(now, agent, "agent.wrapup_ended", subject, trace_id, json!({}));
        }
        self.agents[agent].idle_since = now;
        self.make_idle(agent);
        if self.agents[agent].state_now() == AgentState::Ready {
            let name = self.agents[agent].settings.name.clone();
            self.emit(now, agent, "agent.ready", name, trace_id, json!({}));
        }
    }
}
