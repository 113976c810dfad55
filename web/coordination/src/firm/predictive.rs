//! Predictive dialling (N 0052, E19): customers are dialled with no agent claimed, and one is found when somebody has greeted. Whoever does
//! not hear an agent within two seconds hears who called, and is not called again without an agent who is there first.

use super::campaign_jobs::AGENT_FIRST;
use super::{Firm, Timer};
use crate::agent::{Agent, OfferEnd};
use crate::call::{Call, Origin, Phase};
use crate::callback::JobState;
use crate::campaign::{Campaign, Pacing};
use crate::cti::{Command, Prompt};
use crate::ids::{CallId, CampaignId, ReservationId};
use crate::pacing::{AGENTS, PATIENCE, Situation, budget, more};
use crate::reservation::Reservation;
use crate::screen::Screen;
use std::time::Duration;
use warmline_time::Time;

/// So long it is listened for a greeting; who says nothing is a person who waits.
const LISTENED: Duration = Duration::from_secs(4);
/// How long the message may take.
const MESSAGE: Duration = Duration::from_secs(30);
/// What becomes of who is dialled and has no agent.
pub(super) const ABANDONED: &str = "abandoned";

impl Firm {
    /// How many customers of a campaign are to be dialled now without agents. None: it dials progressively, as it wants to or because
    /// there are too few agents, or nobody more may be abandoned: visitors who call may take the agents who were there when others were
    /// dialled.
    pub(super) fn paced(&self, now: Time, row: &Campaign, queue: usize) -> Option<usize> {
        if row.terms.pacing != Pacing::Predictive || !self.settings.callme.predictive {
            return None;
        }
        let serves =
            |agent: &&Agent| agent.serves[queue] && agent.serving() && agent.settings.answers_at_once();
        let serving = self.agents.iter().filter(serves).count();
        if serving < AGENTS {
            return None;
        }
        if budget(now, &row.tally) == 0 {
            return None;
        }
        let idle = self.agents.iter().filter(serves).filter(|agent| agent.available()).count();
        let busy = vec![row.answers.handling(); serving - idle];
        let situation = Situation {
            idle,
            serving,
            busy: &busy,
            ringing: self.unclaimed(queue),
            answer_rate: row.answers.rate(),
            ring_time: row.answers.ring_time(),
        };
        Some(more(now, &row.tally, &situation))
    }

    /// Customers who were dialled without an agent, and count on those of a queue: they ring, or have answered and wait.
    fn unclaimed(&self, queue: usize) -> usize {
        let shared = |other: usize| {
            other == queue || self.agents.iter().any(|agent| agent.serves[other] && agent.serves[queue])
        };
        let counts = |call: &&Call| {
            let r = call.reservation.and_then(|id| self.reservations.get(id));
            let ahead = r.is_some_and(|r| r.campaign.is_some() && r.agent.is_none());
            ahead && call.phase == Phase::Arriving && call.turned_out.is_none() && shared(call.queue)
        };
        self.calls.values().filter(counts).count()
    }

    /// How many agents of a queue nobody who was dialled counts on: as many can be claimed for a campaign.
    pub(super) fn spare_agents(&self, queue: usize) -> usize {
        let free = self.agents.iter().filter(|agent| agent.serves[queue] && agent.available()).count();
        if free == 0 { 0 } else { free.saturating_sub(self.unclaimed(queue)) }
    }

    /// Dials one of a campaign's customers, for whoever will be free. False: there is none.
    pub(super) fn dial_unclaimed(&mut self, now: Time, id: CampaignId, site: usize) -> bool {
        let Some(next) = self.next_unclaimed(id).or_else(|| self.next_of_hopper(now, id, site)) else {
            return false;
        };
        if self.reservations.get(next).is_some_and(|r| self.needs_agent(r)) {
            // It stands in the line, for whoever is free.
            return true;
        }
        self.leaves_lines(next);
        if self.may_dial(now, next) {
            self.dial_for(now, next, None);
        }
        true
    }

    fn next_unclaimed(&self, id: CampaignId) -> Option<ReservationId> {
        let row = self.campaigns.rows.get(&id)?;
        let fits = |r: &Reservation| {
            let job = r.job.as_ref().filter(|job| job.state == JobState::Listed);
            r.live() && r.agent.is_none() && r.call.is_none() && job.is_some() && !self.needs_agent(r)
        };
        row.in_line().find(|id| self.reservations.get(*id).is_some_and(fits))
    }

    /// Somebody whom a campaign has dialled has answered, and speaks with nobody yet: it is listened whether he is one, and when he has
    /// greeted.
    pub(super) fn begins_to_wait(&mut self, now: Time, id: CallId) {
        self.answering.insert(id, false);
        self.timers.set(Timer::Agentless(id), now + LISTENED);
    }

    /// He has greeted, and been quiet for so long since.
    pub(super) fn has_greeted(&mut self, now: Time, id: CallId, quiet: Duration) {
        let Some(greeted) = self.answering.get_mut(&id).filter(|greeted| !**greeted) else { return };
        *greeted = true;
        self.timers.set(Timer::Agentless(id), now + PATIENCE.saturating_sub(quiet));
        self.finds_agent(now, id);
    }

    /// Nothing was heard, or nobody speaks with him.
    pub(super) fn agentless_late(&mut self, now: Time, id: CallId) {
        match self.answering.get_mut(&id) {
            Some(true) => self.abandon(now, id),
            Some(greeted) => {
                *greeted = true;
                self.timers.set(Timer::Agentless(id), now + PATIENCE);
                self.finds_agent(now, id);
            }
            None => {}
        }
    }

    /// Those who have greeted get the agents who are free by now, before anybody else is dialled.
    pub(super) fn serve_answering(&mut self, now: Time) {
        let waiting: Vec<CallId> =
            self.answering.iter().filter(|(_, greeted)| **greeted).map(|(id, _)| *id).collect();
        for id in waiting {
            self.finds_agent(now, id);
        }
    }

    fn finds_agent(&mut self, now: Time, id: CallId) {
        let Some(call) = self.calls.get(&id).filter(|call| call.phase == Phase::Arriving) else { return };
        let (queue, contact, ruled) = (call.queue, call.contact, call.ruled.clone());
        if let Some(agent) = self.pick_at_once(queue, contact, &ruled) {
            self.offer(now, id, agent);
        }
    }

    /// An agent to whom he was offered has not come: another has what is left of the two seconds.
    pub(super) fn still_agentless(&mut self, now: Time, id: CallId) {
        if self.answering.get(&id) != Some(&true) {
            return self.abandon(now, id);
        }
        if let Some(call) = self.calls.get_mut(&id) {
            call.phase = Phase::Arriving;
        }
        self.finds_agent(now, id);
    }

    /// He speaks with somebody, or has gone.
    pub(super) fn agentless_no_more(&mut self, id: CallId) {
        self.answering.remove(&id);
        self.timers.cancel(Timer::Agentless(id));
    }

    /// Whether a call is one whose customer the firm wanted to speak with, and who has not spoken with anybody: he does not wait.
    pub(super) fn waits_for_nobody(&self, id: CallId) -> bool {
        let Some(call) = self.calls.get(&id) else { return false };
        let r = call.reservation.and_then(|id| self.reservations.get(id));
        let fresh = call.bridged.is_none() && call.control.spoke.is_empty();
        call.origin == Origin::Callme && fresh && r.is_some_and(|r| r.campaign.is_some())
    }

    /// No agent is there: he hears who has called, and his call is over.
    pub(super) fn abandon(&mut self, now: Time, id: CallId) {
        self.agentless_no_more(id);
        // Phones that have not answered yet show no missed call.
        let offers: Vec<_> = self.calls.get(&id).map_or_else(Vec::new, |call| call.offers().collect());
        for offer in offers {
            if let Some(party) = offer.party {
                self.switch(Command::Drop { call: id, party, cause: OfferEnd::Elsewhere.cause() });
            }
            self.release_offer(id, offer.agent, OfferEnd::Elsewhere);
        }
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.turned_out = Some(ABANDONED);
        call.phase = Phase::Arriving;
        let reservation = call.reservation;
        if let Some(reservation) = reservation {
            self.resolve_dial(now, reservation, ABANDONED);
        }
        self.screens.insert(id, Screen::Goodbye);
        self.timers.set(Timer::Keypad(id), now + MESSAGE);
        self.say(id, Prompt::Identification, true);
    }

    /// Whether a campaign's customer is claimed by an agent who has to pick his phone up: then his is rung first.
    pub(super) fn has_slow_agent(&self, r: &Reservation) -> bool {
        let slow = |agent: usize| !self.agents[agent].settings.answers_at_once();
        r.campaign.is_some() && r.agent.is_some_and(slow)
    }

    /// Whether he was abandoned before, for this job or lately for another.
    pub(super) fn needs_agent(&self, r: &Reservation) -> bool {
        let Some(job) = r.job.as_ref().filter(|_| r.campaign.is_some()) else { return false };
        let lately = self.abandoned.get(&job.number).is_some_and(|at| self.clock.since(*at) < AGENT_FIRST);
        lately || job.attempts.iter().any(|one| one.outcome == ABANDONED)
    }
}
