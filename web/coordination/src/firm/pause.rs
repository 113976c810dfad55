//! Agents who let offers pass (E8): after so many in a row they are not ready; until then they are left alone for a moment.

use super::{Firm, Timer};
use crate::agent::{OfferEnd, Work};
use crate::notice::AgentNotice;
use crate::request::Presence;
use std::time::Duration;

/// So long nothing is offered to an agent who let an offer pass and stays ready.
pub(super) const LEFT_ALONE: Duration = Duration::from_secs(10);

impl Firm {
    /// An offer of a queue was not accepted. A phone or browser that cannot be rung is at once a reason to be not ready:
    /// nothing would reach him.
    pub(super) fn pause(&mut self, agent: usize, queue: usize, end: OfferEnd) {
        self.statistics.missed(self.clock, agent, end, self.agents[agent].reachable());
        self.touch_agent(agent);
        if let Some(notice) = end.notice() {
            self.let_pass(agent, queue, end, notice);
        }
    }

    /// He let one pass. Who is busy with something else is only left alone.
    pub(super) fn let_pass(&mut self, agent: usize, queue: usize, end: OfferEnd, notice: AgentNotice) {
        let most = self.settings.queues[queue].autopause;
        let row = &mut self.agents[agent];
        row.missed = row.missed.saturating_add(1);
        let his = matches!(end, OfferEnd::Rejected | OfferEnd::Timeout);
        if his && (most == 0 || row.missed < most || row.work != Work::Idle) {
            row.passed = true;
            row.idle_since = self.clock;
            self.timers.set(Timer::LeftAlone(agent), self.clock + LEFT_ALONE);
            return;
        }
        row.missed = 0;
        row.presence = Presence::NotReady;
        row.reason = None;
        row.notice = Some(notice);
    }

    /// He is given contacts again.
    pub(super) fn left_alone(&mut self, agent: usize) {
        self.agents[agent].passed = false;
        self.serve = true;
        self.touch_agent(agent);
    }
}
