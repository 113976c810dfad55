//! Agents and what is offered to them: choosing, claiming, probing the desktop, ringing, and what follows when it fails.

use super::direct::ruled_priority;
use super::station::asked_for;
use super::{Firm, PATIENCE, PROBE, RING_MAX, Timer};
use crate::agent::{Agent, Hand, OfferEnd, Probe, Work};
use crate::call::{Call, Confidence, Offer, Origin, Phase};
use crate::callback::JobState;
use crate::cti::{Command, Verified};
use crate::fact::Fact;
use crate::ids::{CallId, PartyId, ProbeId, ReservationId};
use crate::queue::{NUISANCE, Place, Waiter};
use crate::reservation::Reservation;
use crate::view::{AgentState, Notice, VisitorState};
use serde_json::json;
use std::time::Duration;
use warmline_time::Time;

/// Should it not come, he goes on to the next after so long.
const GOING: Duration = Duration::from_secs(1);
/// A desktop that answered late this recently is slow, not dead.
const SLOW: Duration = Duration::from_secs(10);

impl Firm {
    /// Binds an available agent to a reservation until `until`, or as long as its job is dialled.
    pub(super) fn claim(&mut self, now: Time, agent: usize, id: ReservationId, until: Option<Time>) {
        let Some(r) = self.reservations.get_mut(id) else { return };
        if r.agent.is_some() || !self.agents[agent].free() {
            self.violations += 1;
            return;
        }
        r.agent = Some(agent);
        r.preferred = Some(agent);
        r.claim_until = until.unwrap_or(r.expires_at);
        let (after, hand) = (r.after, hand_for(r, now, until));
        let (subject, trace_id) = (id.to_string(), r.trace_id.clone());
        if let Some(until) = until {
            self.timers.set(Timer::Claim(id), until);
        }
        let row = &mut self.agents[agent];
        row.work = Work::Claimed(id);
        row.hand = Some(hand);
        row.notice = None;
        row.after = row.after.max(after);
        self.touch_agent(agent);
        self.touch_visitor(id);
        let decision = self.decided(agent, Some(id), None);
        let data = json!({ "agent": self.agents[agent].settings.name, "decision": decision });
        self.emit(now, agent, "agent.claimed", subject, trace_id, data);
    }

    /// The journal learns who is claimed now.
    pub(super) fn persist_claim(&mut self, now: Time, id: ReservationId) {
        let Some(r) = self.reservations.get(id) else { return };
        let agent = r.agent.map(|index| self.agents[index].settings.name.clone());
        let until = r.claim_until.as_micros();
        if agent.is_none() {
            self.estimate(id);
        }
        self.persist(now, Fact::AgentClaimed { reservation: id, agent, until });
    }

    /// Sets the claimed agent free; he stays preferred.
    pub(super) fn unclaim(&mut self, id: ReservationId) {
        self.timers.cancel(Timer::Claim(id));
        let Some(agent) = self.reservations.get(id).and_then(|r| r.agent) else { return };
        if self.agents[agent].work == Work::Claimed(id) {
            self.make_idle(agent);
        }
        if let Some(r) = self.reservations.get_mut(id) {
            r.agent = None;
        }
        self.touch_visitor(id);
    }

    /// Nothing binds the agent any more.
    pub(super) fn make_idle(&mut self, agent: usize) {
        self.timers.cancel(Timer::Probe(agent));
        self.timers.cancel(Timer::Wrapup(agent));
        self.timers.cancel(Timer::Return(agent));
        let row = &mut self.agents[agent];
        row.work = Work::Idle;
        row.hand = None;
        row.probe = None;
        row.decision = None;
        self.serve = true;
        self.touch_agent(agent);
        if self.agents[agent].is_off() {
            self.log_out(agent);
        }
    }

    /// The claim's time is over: the agent is only preferred from now on.
    pub(super) fn claim_over(&mut self, now: Time, id: ReservationId) {
        let Some(r) = self.reservations.get(id) else { return };
        if r.call.is_none() && r.job.is_none() && r.agent.is_some() {
            self.unclaim(id);
            self.persist_claim(now, id);
        }
    }

    /// A reservation has lost its agent before its call: the next one takes it, page first (E7).
    pub(super) fn rebind(&mut self, now: Time, id: ReservationId) {
        let Some(r) = self.reservations.get(id).filter(|r| r.live()) else { return };
        let (queue, preferred, contact) = (r.queue, r.preferred, r.contact);
        let ruled = r.ruled.clone();
        let claim = self.settings.pools[r.pool].claim;
        let (until, state) = ((now + claim).min(r.expires_at), r.job.as_ref().map(|job| job.state));
        if matches!(state, Some(JobState::Listed | JobState::Probing | JobState::Preview)) {
            return self.list_job(now, id);
        }
        if let Some(agent) = self.pick(queue, preferred, Some(contact), &ruled) {
            self.claim(now, agent, id, state.is_none().then_some(until));
            self.link_call(id, agent);
        }
        self.persist_claim(now, id);
    }

    /// The claimed agent's desktop learns of the call that is being dialled for him.
    pub(super) fn link_call(&mut self, id: ReservationId, agent: usize) {
        let call = self.reservations.get(id).and_then(|r| r.call);
        if let Some(hand) = &mut self.agents[agent].hand {
            hand.call = call;
        }
        self.touch_agent(agent);
    }

    /// Finds an agent for a call without one, or gives it a place in the queue.
    pub(super) fn route(&mut self, now: Time, id: CallId) {
        let Some(call) = self.calls.get(&id) else { return };
        if call.control.lost.is_some() || self.answering.contains_key(&id) {
            // Nobody is rung for a customer who is not there; who cannot wait has an agent chosen otherwise.
            return self.enqueue(now, id);
        }
        let (queue, contact, ruled) = (call.queue, call.contact, call.ruled.clone());
        let agent = self.pick_for(Waiter::Call(id), queue, self.preferred_for(call), contact, &ruled);
        let Some(agent) = agent else { return self.enqueue(now, id) };
        self.alert(now, id);
        self.offer(now, id, agent);
    }

    /// Who was to speak with the caller, or spoke with him.
    pub(super) fn preferred_for(&self, call: &Call) -> Option<usize> {
        let shown = call.reservation.or(call.remembered);
        shown.and_then(|id| self.reservations.get(id)).and_then(|r| r.preferred)
    }

    /// The caller hears ringing; for so long, then music.
    pub(super) fn alert(&mut self, now: Time, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        if call.origin == Origin::Inbound && !call.customer_up && !call.alerted {
            call.alerted = true;
            self.timers.set(Timer::Music(id), now + RING_MAX);
            self.switch(Command::Alert { call: id });
        }
    }

    /// Ringing took long enough: the caller is answered, whoever still rings.
    pub(super) fn ringing_long(&mut self, _now: Time, id: CallId) {
        if matches!(self.phase(id), Some(Phase::Offered { .. })) {
            self.music(id);
        }
    }

    /// Answered with music, unless he hears it already.
    pub(super) fn music(&mut self, id: CallId) {
        let Some(call) = self.calls.get_mut(&id).filter(|call| !call.music) else { return };
        call.music = true;
        call.customer_up = true;
        self.timers.cancel(Timer::Music(id));
        self.switch(Command::Queue { call: id });
    }

    /// Music and a place: that of the request.
    pub(super) fn enqueue(&mut self, now: Time, id: CallId) {
        if self.waits_for_nobody(id) {
            return self.still_agentless(now, id);
        }
        self.music(id);
        self.asks(now, id);
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.phase = Phase::Waiting;
        let priority = ruled_priority(self.contacts.priority(call.contact), &call.ruled);
        let (waiter, passed) = (Waiter::Call(id), call.control.passed);
        let place = Place { waiter, queue: call.queue, since: call.asked_at, priority, passed };
        let (reservation, first) = (call.reservation, std::mem::take(&mut call.control.first));
        let joined = if first { self.waiting.join_first(place) } else { self.waiting.join(place) };
        if !joined {
            self.violations += 1;
        }
        self.board_due = true;
        self.placed(now, reservation, place.waiter);
        self.begin_announcing(now, id);
    }

    /// Somebody has taken a place: his page says so at once.
    pub(super) fn placed(&mut self, now: Time, reservation: Option<ReservationId>, waiter: Waiter) {
        let call = if let Waiter::Call(id) = waiter { Some(id) } else { None };
        self.decided_nobody(reservation, call);
        self.begin_wait(now, waiter);
        let position = self.waiting.position(waiter);
        let Some(r) = reservation.and_then(|id| self.reservations.get_mut(id)) else {
            return self.enters_line(now, waiter, None);
        };
        r.position = position;
        set_state(r, VisitorState::Waiting, now);
        let id = r.id;
        self.estimate(id);
        self.touch_visitor(id);
        self.enters_line(now, waiter, reservation);
    }

    /// He waits no more.
    pub(super) fn unplace(&mut self, waiter: Waiter, reservation: Option<ReservationId>) {
        self.board_due |= self.waiting.leave(waiter);
        if let Some(r) = reservation.and_then(|id| self.reservations.get_mut(id)) {
            r.position = None;
            self.visitors_touched.insert(r.id);
        }
    }

    /// Serves who waits, in order, as far as there are agents.
    pub(super) fn serve_waiting(&mut self, now: Time) {
        while std::mem::take(&mut self.serve) {
            if self.waiting.is_empty() || !(self.somebody_chats() || self.agents.iter().any(Agent::available))
            {
                return;
            }
            let places: Vec<Place> = self.waiting.iter().copied().collect();
            let mut giving = self.giving();
            for place in places {
                if let Waiter::Chat(id) = place.waiter {
                    if self.somebody_chats_with(id, &place) {
                        self.serve_chat(now, id);
                    }
                } else if self.somebody_for(&place, &giving) {
                    self.serve_place(now, place);
                    giving = self.giving();
                }
            }
        }
    }

    fn serve_place(&mut self, now: Time, place: Place) {
        let reservation = match place.waiter {
            Waiter::Call(id) => self.calls.get(&id).and_then(|call| call.reservation),
            Waiter::Job(id) | Waiter::Chat(id) => Some(id),
        };
        let row = reservation.and_then(|id| self.reservations.get(id));
        match place.waiter {
            Waiter::Call(id) => {
                // Nobody is there to be spoken with until he is back.
                let here = |call: &&Call| call.control.lost.is_none();
                let Some(call) = self.calls.get(&id).filter(here) else { return };
                let (preferred, contact, ruled) =
                    (self.preferred_for(call), call.contact, call.ruled.clone());
                let agent = self.pick_for(place.waiter, place.queue, preferred, contact, &ruled);
                let Some(agent) = agent else { return };
                self.give(now, place.waiter, agent);
            }
            Waiter::Job(id) => {
                let Some(r) = row else { return };
                let (preferred, contact, ruled) = (r.preferred, Some(r.contact), r.ruled.clone());
                if let Some(later) = self.limited_until(now, id) {
                    // No agent is claimed in vain.
                    return self.schedule(now, id, later);
                }
                let wanted = place.priority != NUISANCE && self.dialable(id);
                let agent = self.pick_for(place.waiter, place.queue, preferred, contact, &ruled);
                let agent = agent.filter(|_| wanted);
                let Some(agent) = agent else { return };
                self.give(now, place.waiter, agent);
            }
            Waiter::Chat(_) => {}
        }
    }

    /// Whether a job can be dialled now.
    pub(super) fn dialable(&self, id: ReservationId) -> bool {
        !self.leaving.values().any(|leaving| *leaving == id)
            && self.reservations.get(id).is_some_and(|r| self.callme_up(r.pool))
    }

    /// Who waited goes to an agent.
    pub(super) fn give(&mut self, now: Time, waiter: Waiter, agent: usize) {
        self.unplace(waiter, self.reservation_of(waiter));
        self.given(now, waiter);
        match waiter {
            Waiter::Call(id) => self.offer(now, id, agent),
            Waiter::Job(id) => {
                self.claim(now, agent, id, None);
                self.persist_claim(now, id);
                self.prepare_job(now, id);
            }
            Waiter::Chat(id) => self.serve_chat(now, id),
        }
    }

    /// Offers a call to an agent who is claimed for it or available, and to those who are rung beside him: page on screen, then
    /// the probe.
    pub(super) fn offer(&mut self, now: Time, id: CallId, agent: usize) {
        self.asks(now, id);
        // A group has to pick up: who cannot wait rings at one phone, which answers by itself.
        let others = if self.answering.contains_key(&id) { Vec::new() } else { self.rung_beside(agent) };
        let Some(call) = self.calls.get_mut(&id) else { return };
        let bound = call.reservation.is_some_and(|r| self.agents[agent].work == Work::Claimed(r));
        call.phase = Phase::Offered { agent, party: None };
        call.beside = others.iter().map(|&agent| Offer { agent, party: None }).collect();
        let call = call.clone();
        self.present(now, &call, agent, bound);
        if !bound || !others.is_empty() {
            self.decided(agent, call.reservation, Some(id));
        }
        if let Some(reservation) = call.reservation {
            self.bind_call(now, reservation, agent, bound);
        }
        for &other in &others {
            self.present(now, &call, other, false);
            self.agents[other].decision = self.agents[agent].decision;
        }
        let data = json!({ "decision": self.agents[agent].decision });
        for offer in call.offers() {
            let subject = id.to_string();
            self.emit(now, offer.agent, "call.offered", subject, call.trace_id.clone(), data.clone());
        }
        if bound && call.origin == Origin::Callme {
            // His desktop was probed before the callee was dialled: whoever answers a call he asked for waits for nobody.
            return self.ring(now, id, agent);
        }
        call.offers().for_each(|offer| self.probe(now, offer.agent));
    }

    /// Page and record of a call that is offered go to an agent's screen; `bound`: they may be there already. Where others are
    /// rung too nobody's phone answers by itself: it would always be the first.
    fn present(&mut self, now: Time, call: &Call, agent: usize, bound: bool) {
        let mut hand = self.hand_of(call, now);
        let alone = call.beside.is_empty();
        hand.auto_answer = alone && self.agents[agent].answers_itself(call.answers_itself());
        hand.drawn = bound && self.agents[agent].hand.as_ref().is_some_and(|hand| hand.drawn);
        let after = call.reservation.and_then(|id| self.reservations.get(id)).map_or(0, |r| r.after);
        let row = &mut self.agents[agent];
        row.work = Work::Offered { call: call.id, ringing: false };
        row.hand = Some(hand);
        row.notice = None;
        row.after = row.after.max(after);
        self.touch_agent(agent);
    }

    /// Page and record of a call, for an agent who comes to it.
    pub(super) fn hand_of(&self, call: &Call, now: Time) -> Hand {
        let hand = match call.reservation.and_then(|id| self.reservations.get(id)) {
            Some(r) => hand_for(r, now, None),
            None => match call.remembered.and_then(|id| self.reservations.get(id)) {
                Some(r) => hand_remembered(r, call, now),
                None => hand_of_call(call, now),
            },
        };
        Hand {
            call: Some(call.id),
            channel: call.channel_now(),
            caller: call.caller.clone(),
            verified: call.verified,
            auto_answer: false,
            from: call.control.from.clone(),
            code: call.control.code.clone(),
            ..hand
        }
    }

    pub(super) fn bind_call(&mut self, now: Time, id: ReservationId, agent: usize, bound: bool) {
        self.timers.cancel(Timer::Claim(id));
        let Some(r) = self.reservations.get_mut(id) else { return };
        r.agent = Some(agent);
        r.preferred = Some(agent);
        r.position = None;
        let (after, trace_id) = (r.after, r.trace_id.clone());
        self.agents[agent].after = self.agents[agent].after.max(after);
        self.touch_visitor(id);
        if !bound {
            self.persist_claim(now, id);
            let row = &self.agents[agent];
            let data = json!({ "agent": row.settings.name, "decision": row.decision });
            self.emit(now, agent, "agent.claimed", id.to_string(), trace_id, data);
        }
    }

    /// Asks the desktop whether it is alive and shows the page.
    pub(super) fn probe(&mut self, now: Time, agent: usize) {
        self.show_agent(now, agent);
        let id = ProbeId::mint(now, self.random.bits());
        let row = &mut self.agents[agent];
        row.probe = Some(Probe { id, sent: now, alive: false });
        let hand = row.hand.as_ref();
        let notice = Notice::Probe {
            id,
            reservation: hand.and_then(|hand| hand.reservation),
            snapshot: hand.and_then(|hand| hand.snapshot.clone()),
        };
        self.timers.set(Timer::Probe(agent), now + PROBE);
        self.notify_agent(agent, notice);
    }

    /// The desktop is there: the phone may ring, or the callee be dialled.
    pub(super) fn probe_passed(&mut self, now: Time, agent: usize) {
        self.timers.cancel(Timer::Probe(agent));
        self.agents[agent].probe = None;
        match self.agents[agent].work {
            Work::Offered { call, .. } if self.is_guest(agent) => self.ring_asked(now, call),
            Work::Offered { call, ringing: false } => self.ring(now, call, agent),
            Work::Claimed(id) => self.dial_job(now, id),
            _ => {}
        }
    }

    /// No answer in time: a desk phone is rung all the same, a browser's is skipped.
    pub(super) fn probe_late(&mut self, now: Time, agent: usize) {
        let row = &mut self.agents[agent];
        let Some(probe) = row.probe.take() else { return };
        let slow = row.late.is_some_and(|late| now.since(late) < SLOW);
        let alive = row.stream.is_some() && (probe.alive || row.seen > probe.sent || slow);
        if alive || !row.in_browser() {
            return self.probe_passed(now, agent);
        }
        row.frozen = true;
        self.touch_agent(agent);
        self.take_back(now, agent, OfferEnd::Rescinded);
    }

    /// Takes from an agent what he has not accepted yet; it goes to the next.
    pub(super) fn take_back(&mut self, now: Time, agent: usize, end: OfferEnd) {
        match self.agents[agent].work {
            Work::Claimed(id) => {
                self.unclaim(id);
                let queue = self.reservations.get(id).map_or(0, |r| r.queue);
                self.pause(agent, queue, end);
                self.rebind(now, id);
            }
            Work::Offered { call, .. } if self.is_guest(agent) => self.drop_asked(now, call, end),
            Work::Offered { call, .. } => {
                let offer = self.calls.get(&call).and_then(|c| c.offers().find(|offer| offer.agent == agent));
                if let Some(party) = offer.and_then(|offer| offer.party) {
                    self.switch(Command::Drop { call, party, cause: end.cause() });
                }
                self.offer_over(now, call, agent, end);
            }
            Work::Idle | Work::Talking(_) | Work::Wrapup { .. } => {}
        }
    }

    /// An offer was not accepted: the agent is paused where that was his doing, the caller goes on, never dropped, and before others (E8). He
    /// goes on ringing at those who were rung beside him.
    pub(super) fn offer_over(&mut self, now: Time, id: CallId, agent: usize, end: OfferEnd) {
        if self.calls.get(&id).is_some_and(Call::is_calling_out) {
            return self.own_phone_failed(now, id, end);
        }
        self.release_offer(id, agent, end);
        match self.phase(id) {
            // The switch withdraws a phone of itself when the caller has gone: that he has is on its way to us (E17).
            Some(Phase::Waiting) if end == OfferEnd::Canceled => {
                self.tell(now, agent, id, "call.ended");
                self.timers.set(Timer::Guard(id), now + GOING);
            }
            Some(Phase::Waiting) => {
                if let Some(call) = self.calls.get_mut(&id) {
                    call.control.passed = call.control.passed.saturating_add(1);
                }
                self.route(now, id);
            }
            _ => {}
        }
    }

    /// Parts a call and an agent it was offered to.
    pub(super) fn release_offer(&mut self, id: CallId, agent: usize, end: OfferEnd) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.withdraw(agent);
        let (reservation, queue, next) = (call.reservation, call.queue, call.agent());
        let about = ("call.offer_ended", id.to_string(), call.trace_id.clone());
        if next.is_none() {
            call.control.wished = false;
            self.timers.cancel(Timer::Guard(id));
        }
        self.offer_ended(self.clock, agent, about, end);
        self.make_idle(agent);
        self.pause(agent, queue, end);
        if let Some(r) = reservation.and_then(|id| self.reservations.get_mut(id)) {
            r.agent = next.filter(|_| r.live());
            let id = r.id;
            self.touch_visitor(id);
        }
    }

    /// Rings the phone of an agent a call is offered to.
    pub(super) fn ring(&mut self, now: Time, id: CallId, agent: usize) {
        let Some(call) = self.calls.get(&id).cloned() else { return };
        if !call.offers().any(|offer| offer == Offer { agent, party: None }) {
            return;
        }
        let trunk = self.settings.pools.get(call.pool).map_or("", |pool| pool.trunk.as_str());
        let Some(device) = self.agents[agent].device(&self.settings.name, trunk) else {
            return self.offer_over(now, id, agent, OfferEnd::Failed);
        };
        let party = PartyId::mint(now, self.random.bits());
        let ring = self.settings.queues[call.queue].ring;
        let confirm = self.confirm(agent, self.why_rung(&call));
        let auto_answer = self.agents[agent].hand.as_ref().is_some_and(|hand| hand.auto_answer);
        if let Some(call) = self.calls.get_mut(&id) {
            call.rings_at(agent, party);
        }
        self.agents[agent].work = Work::Offered { call: id, ringing: true };
        self.touch_agent(agent);
        self.show_agent(now, agent);
        // As long as the switch may need for the slowest of them.
        let due = now + ring + asked_for(confirm.as_ref()) + PATIENCE;
        let due = self.timers.get(Timer::Guard(id)).map_or(due, |other| other.max(due));
        self.timers.set(Timer::Guard(id), due);
        self.switch(Command::Ring {
            call: id,
            party,
            device,
            caller_name: self.caller_name(&call),
            caller_number: call.caller.0.clone(),
            auto_answer,
            ring_secs: ring.as_secs().clamp(1, 600) as u32,
            confirm,
            group: !call.beside.is_empty(),
        });
    }

    pub(super) fn caller_name(&self, call: &Call) -> String {
        let known = call.contact.and_then(|id| self.contacts.get(id)).map(|contact| contact.name.clone());
        let name = known.filter(|name| !name.is_empty()).unwrap_or_else(|| call.caller.1.clone());
        if !name.is_empty() {
            return name;
        }
        call.caller.0.as_deref().map_or_else(|| "Website visitor".to_owned(), crate::number::display)
    }
}

/// A page's new state, since now where it is new.
pub(super) fn set_state(r: &mut Reservation, state: VisitorState, now: Time) {
    if r.state != state {
        r.state = state;
        r.since = now;
    }
}

fn hand_for(r: &Reservation, now: Time, claim_ends: Option<Time>) -> Hand {
    Hand {
        reservation: Some(r.id),
        call: r.call,
        since: now,
        state: AgentState::Claimed,
        asked_at: r.opened_at,
        claim_ends,
        channel: r.channel(),
        confidence: Confidence::Exact.word(),
        page: Some(r.page.clone()),
        snapshot: r.snapshot.clone(),
        contact: Some(r.contact),
        client: r.ruled.facts.client.clone(),
        identity: r.identity.clone(),
        caller: (r.job.as_ref().map(|job| job.number.clone()), String::new()),
        verified: Verified::Unknown,
        muted: false,
        auto_answer: r.job.is_some(),
        trace_id: r.trace_id.clone(),
        drawn: false,
        guest: false,
        from: None,
        code: None,
        back: None,
    }
}

/// The page of a request that is over, for a call of now.
fn hand_remembered(r: &Reservation, call: &Call, now: Time) -> Hand {
    Hand {
        asked_at: call.asked_at,
        contact: call.contact,
        confidence: call.confidence.word(),
        verified: call.verified,
        identity: r.identity.clone().filter(|_| call.confidence == Confidence::Exact),
        ..hand_for(r, now, None)
    }
}

fn hand_of_call(call: &Call, now: Time) -> Hand {
    Hand {
        reservation: None,
        call: Some(call.id),
        since: now,
        state: AgentState::Claimed,
        asked_at: call.asked_at,
        claim_ends: None,
        channel: call.channel(),
        confidence: Confidence::None.word(),
        page: None,
        snapshot: None,
        contact: call.contact,
        client: call.ruled.facts.client.clone(),
        identity: None,
        caller: call.caller.clone(),
        verified: call.verified,
        muted: false,
        auto_answer: false,
        trace_id: call.trace_id.clone(),
        drawn: false,
        guest: false,
        from: None,
        code: None,
        back: None,
    }
}
