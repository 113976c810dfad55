//! Who may see a visitor's page as it is now, and what pages an agent suggests to him. The visitor says yes to one agent, by name, for
//! one call: when the agent leaves the call, or the visitor takes it back, it is over, and whoever comes next asks anew. What is seen
//! never passes here; see `Action::Share`.

use super::{Firm, problem};
use crate::agent::Work;
use crate::effect::Action;
use crate::fact::Fact;
use crate::ids::ReservationId;
use crate::request::{Problem, Reply, RequestId};
use crate::settings::LivePolicy;
use crate::view::{AgentShare, LiveState, PushOffer, PushState, PushedPage, VisitorLive, VisitorShare};
use serde_json::json;
use warmline_time::Time;

/// After so many refusals in a call the visitor is left in peace.
const REFUSALS: u8 = 2;
/// Pages suggested in one call.
const PUSHES: u32 = 50;

/// What an agent and the visitor he speaks with share.
#[derive(Debug)]
pub(crate) struct Share {
    reservation: ReservationId,
    live: LiveState,
    /// How often he said no, or stopped it.
    refusals: u8,
    push: Option<PushedPage>,
    /// Numbers the suggestions.
    pushes: u32,
    /// What opened the relay waits for this journal number; what closes it does not overtake.
    after: u64,
}

impl Firm {
    /// The reservation of the visitor an agent speaks with, if he is there for sure: a probable one's page is not looked at.
    fn shared_by(&self, agent: usize) -> Option<ReservationId> {
        let Work::Talking(call) = self.agents[agent].work else { return None };
        let call = self.calls.get(&call).filter(|call| call.bridged.is_some())?;
        let id = call.reservation?;
        let r = self.reservations.get(id).filter(|r| r.live() && r.agent == Some(agent))?;
        let there = !self.is_guest(agent) && !self.agents[agent].leaving;
        (there && r.call == Some(call.id)).then_some(id)
    }

    fn may_share(&self, agent: usize) -> Result<ReservationId, Problem> {
        let detail = "A page can be shared while you speak with its visitor.";
        self.shared_by(agent).ok_or_else(|| problem(409, "not_shared", detail))
    }

    /// The row of an agent, made where there is none.
    fn share(&mut self, agent: usize, reservation: ReservationId) -> &mut Share {
        self.shares.entry(agent).or_insert(Share {
            reservation,
            live: LiveState::Off,
            refusals: 0,
            push: None,
            pushes: 0,
            after: 0,
        })
    }

    /// The agent would like to see the page as it is, or no longer.
    pub fn look(&mut self, now: Time, agent: usize, on: bool) -> Result<(), Problem> {
        let id = self.may_share(agent)?;
        let policy = self.reservations.get(id).map(|r| self.settings.sites[r.site].live);
        let share = self.share(agent, id);
        match (share.live, on) {
            (LiveState::Asked | LiveState::On, true)
            | (LiveState::Off | LiveState::Refused | LiveState::Stopped, false) => {
                return Ok(());
            }
            (LiveState::On, false) => self.end_live(now, agent, LiveState::Off),
            (LiveState::Asked, false) => share.live = LiveState::Off,
            (LiveState::Off | LiveState::Refused | LiveState::Stopped, true) => match policy {
                None | Some(LivePolicy::Off) => {
                    return Err(problem(409, "live_off", "Pages of this site are not shown live."));
                }
                Some(_) if share.refusals >= REFUSALS => {
                    return Err(problem(409, "refused", "The visitor has said no; he is not asked again."));
                }
                // Whoever stopped it is asked from then on.
                Some(LivePolicy::On) if share.refusals == 0 => self.begin_live(now, agent, id)?,
                Some(_) => {
                    share.live = LiveState::Asked;
                    self.tell_share(now, agent, "page.live_asked");
                }
            },
        }
        self.touch_share(agent, id);
        Ok(())
    }

    /// The visitor's answer, or his change of mind.
    pub fn answer_look(&mut self, now: Time, request: RequestId, id: ReservationId, allow: bool) {
        let done = self.answered_look(now, id, allow);
        self.answer_share(now, request, done);
    }

    fn answered_look(&mut self, now: Time, id: ReservationId, allow: bool) -> Result<(), Problem> {
        let not_asked = || problem(409, "not_asked", "Nobody asks to see this page now.");
        let Some((agent, live)) = self.sharer(id).map(|(agent, share)| (agent, share.live)) else {
            return if allow { Err(not_asked()) } else { Ok(()) };
        };
        match (live, allow) {
            (LiveState::Asked, true) => self.begin_live(now, agent, id)?,
            (LiveState::On, true) => return Ok(()),
            (LiveState::Asked, false) => {
                self.refused(agent);
                self.share(agent, id).live = LiveState::Refused;
                self.tell_share(now, agent, "page.live_refused");
            }
            (LiveState::On, false) => {
                self.refused(agent);
                self.end_live(now, agent, LiveState::Stopped);
            }
            (_, true) => return Err(not_asked()),
            (_, false) => return Ok(()),
        }
        self.touch_share(agent, id);
        Ok(())
    }

    /// The visitor is to be erased: of his page nothing more is seen.
    pub(super) fn stop_live(&mut self, now: Time, id: ReservationId) {
        if self.sharer(id).is_some_and(|(_, share)| share.live == LiveState::On) {
            // Refusing needs no consent that could fail to be kept.
            let _ = self.answered_look(now, id, false);
        }
    }

    /// The agent suggests a page; a later one takes its place.
    pub fn push(&mut self, now: Time, agent: usize, (url, title): (String, String)) -> Result<(), Problem> {
        let id = self.may_share(agent)?;
        let site = self.reservations.get(id).map(|r| r.site);
        let patterns = site.map_or(&[][..], |site| &self.settings.sites[site].push);
        if !patterns.iter().any(|pattern| pattern.allows(&url)) {
            let detail = "This page may not be suggested: it is not on the site's list.";
            return Err(problem(422, "push_not_allowed", detail));
        }
        let share = self.share(agent, id);
        if share.pushes >= PUSHES {
            return Err(problem(409, "too_many_pushes", "You have suggested enough pages in this call."));
        }
        share.pushes += 1;
        share.push = Some(PushedPage { id: share.pushes, url, title, state: PushState::Offered });
        self.tell_share(now, agent, "page.pushed");
        self.touch_share(agent, id);
        Ok(())
    }

    /// The visitor opens the page suggested, or does not want it.
    pub fn answer_push(
        &mut self,
        now: Time,
        request: RequestId,
        id: ReservationId,
        (push, accept): (u32, bool),
    ) {
        let done = self.answered_push(now, id, push, accept);
        self.answer_share(now, request, done);
    }

    fn answered_push(
        &mut self,
        now: Time,
        id: ReservationId,
        push: u32,
        accept: bool,
    ) -> Result<(), Problem> {
        let row = self.sharer(id).and_then(|(agent, share)| Some((agent, share.push.as_mut()?)));
        let offered = row.filter(|(_, page)| page.id == push && page.state == PushState::Offered);
        let (agent, page) =
            offered.ok_or_else(|| problem(409, "gone", "This page is not suggested any more."))?;
        page.state = if accept { PushState::Accepted } else { PushState::Declined };
        self.tell_share(now, agent, if accept { "page.push_accepted" } else { "page.push_declined" });
        self.touch_share(agent, id);
        Ok(())
    }

    fn answer_share(&mut self, now: Time, request: RequestId, done: Result<(), Problem>) {
        self.reply(request, done.map_or_else(Reply::Problem, |()| Reply::Done));
        self.finish(now);
    }

    /// Who shares a reservation's page.
    fn sharer(&mut self, id: ReservationId) -> Option<(usize, &mut Share)> {
        let agent = self.reservations.get(id)?.agent?;
        self.shares.get_mut(&agent).filter(|share| share.reservation == id).map(|share| (agent, share))
    }

    fn refused(&mut self, agent: usize) {
        if let Some(share) = self.shares.get_mut(&agent) {
            share.refusals = share.refusals.saturating_add(1);
        }
    }

    /// Nothing is seen before the consent is on the disk.
    fn begin_live(&mut self, now: Time, agent: usize, id: ReservationId) -> Result<(), Problem> {
        if !self.writable {
            let problem = problem(503, "store_unavailable", "Consent cannot be kept at the moment.");
            return Err(Problem { retry_after_secs: Some(5), ..problem });
        }
        let name = self.agents[agent].settings.name.clone();
        let after = self.persist(now, Fact::PageShared { reservation: id, agent: name, on: true });
        let share = self.share(agent, id);
        share.live = LiveState::On;
        share.after = after;
        // What both are told follows it.
        self.agents[agent].after = self.agents[agent].after.max(after);
        if let Some(r) = self.reservations.get_mut(id) {
            r.after = r.after.max(after);
        }
        let to = self.agent_ref(agent);
        self.act(after, Action::Share { reservation: id, to: Some(to), number: after });
        self.tell_share(now, agent, "page.live_started");
        Ok(())
    }

    /// What is seen ends.
    fn end_live(&mut self, now: Time, agent: usize, state: LiveState) {
        let Some(share) = self.shares.get_mut(&agent) else { return };
        share.live = state;
        let (reservation, after) = (share.reservation, share.after);
        self.act(after, Action::Share { reservation, to: None, number: after });
        let name = self.agents[agent].settings.name.clone();
        self.persist(now, Fact::PageShared { reservation, agent: name, on: false });
        self.tell_share(now, agent, "page.live_ended");
    }

    /// Before a step is shown: whoever does not speak with his visitor any more sees nothing of him.
    pub(super) fn settle_shares(&mut self, now: Time) {
        let touched = self.visitors_touched.iter().filter_map(|id| self.reservations.get(*id)?.agent);
        let touched = touched.chain(self.agents_touched.iter().copied());
        let over = |agent: &usize| {
            self.shares.get(agent).is_some_and(|share| self.shared_by(*agent) != Some(share.reservation))
        };
        let over: Vec<usize> = touched.filter(over).collect();
        for agent in over {
            if self.shares.get(&agent).is_some_and(|share| share.live == LiveState::On) {
                self.end_live(now, agent, LiveState::Off);
            }
            if let Some(share) = self.shares.remove(&agent) {
                self.touch_share(agent, share.reservation);
            }
        }
    }

    fn touch_share(&mut self, agent: usize, id: ReservationId) {
        self.touch_agent(agent);
        self.touch_visitor(id);
    }

    fn tell_share(&mut self, now: Time, agent: usize, event: &'static str) {
        let Some(id) = self.shares.get(&agent).map(|share| share.reservation) else { return };
        let Some(trace_id) = self.reservations.get(id).map(|r| r.trace_id.clone()) else { return };
        self.emit(now, agent, event, id.to_string(), trace_id, json!({}));
    }

    /// What an agent is shown of it; none where nothing can be shared.
    pub(super) fn agent_share(&self, agent: usize) -> Option<AgentShare> {
        let id = self.shared_by(agent)?;
        let site = &self.settings.sites[self.reservations.get(id)?.site];
        let share = self.shares.get(&agent).filter(|share| share.reservation == id);
        let refused = share.is_some_and(|share| share.refusals >= REFUSALS);
        Some(AgentShare {
            may_look: site.live != LivePolicy::Off && !refused,
            live: share.map_or(LiveState::Off, |share| share.live),
            number: share.filter(|share| share.live == LiveState::On).map(|share| share.after),
            push_to: site.push.iter().map(ToString::to_string).collect(),
            push: share.and_then(|share| share.push.clone()),
        })
    }

    /// What a visitor is asked and told of it; none where there is nothing.
    pub(super) fn visitor_share(&self, id: ReservationId) -> Option<VisitorShare> {
        let agent = self.reservations.get(id)?.agent?;
        let share = self.shares.get(&agent).filter(|share| share.reservation == id)?;
        let live = match share.live {
            LiveState::Asked => VisitorLive::Asked,
            LiveState::On => VisitorLive::On,
            LiveState::Off | LiveState::Refused | LiveState::Stopped => VisitorLive::No,
        };
        let offered = share.push.as_ref().filter(|page| page.state == PushState::Offered);
        let push =
            offered.map(|page| PushOffer { id: page.id, url: page.url.clone(), title: page.title.clone() });
        (live != VisitorLive::No || push.is_some()).then(|| VisitorShare {
            agent: self.agents[agent].settings.display_name.clone(),
            live,
            push,
        })
    }
}
