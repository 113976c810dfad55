//! What the switch reports: calls that arrive, ring, are answered, joined and over.

use super::identify::Verdict;
use super::lookup::Subject;
use super::offer::set_state;
use super::overflow::Door;
use super::{Firm, Timer};
use crate::agent::OfferEnd;
use crate::call::{Call, Confidence, Origin, Phase, With};
use crate::cti::{Cause, Command, Entry, Event, Verified};
use crate::fact::{Fact, Progress};
use crate::ids::{CallId, PartyId, ReservationId};
use crate::number::is_e164;
use crate::queue::Waiter;
use crate::request::Reply;
use crate::reservation::{PointRef, Reservation, Token};
use crate::spending::Amount;
use crate::statistics::PoolEvent;
use crate::text::clean;
use crate::view::{ShownMode, VisitorState};
use serde_json::json;
use std::time::Duration;
use warmline_time::Time;

/// Number in E.164 and display name.
type Caller = (Option<String>, String);

/// How long an over call may take to be cleared.
const CLEARING: Duration = Duration::from_secs(60);
/// How long media of a browser may take to flow.
const MEDIA: Duration = Duration::from_secs(30);

impl Firm {
    /// A report about a call of this firm, or one that arrives for it.
    pub fn handle_event(&mut self, now: Time, event: Event) {
        let on = Self::may_be_on(&event);
        self.carries_event(now, &event);
        match event {
            Event::Arrived { call, party, entry, from, from_display, verified } => {
                let from = from.filter(|text| is_e164(text));
                self.arrived(now, (call, party), entry, (from, clean(&from_display, 60)), verified);
                self.has_not_met_if_refused(call);
            }
            Event::Ringing { call, party } => self.rings(now, call, party),
            Event::Answered { call, party } => self.answered(now, call, party),
            Event::BrowserAnswer { call, sdp, .. } => self.browser_answered(now, call, sdp),
            Event::Failed { call, party, cause } => self.failed(now, call, party, cause),
            Event::Bridged { call } => self.bridged(now, call),
            Event::HandedOver { call, party } => {
                self.answered(now, call, party);
                self.bridged(now, call);
                if let Some(call) = self.calls.get_mut(&call) {
                    call.control.elsewhere = true;
                }
            }
            Event::Left { call, party, cause, .. } => self.left(now, call, party, cause),
            Event::Ended { call, cause } => {
                self.settle(now, call, cause);
                self.change_void(now, call);
                self.remove_call(call);
            }
            Event::Replaced { call, from } => self.replaced(now, call, from),
            Event::CustomerLost { call } => self.customer_lost(now, call),
            Event::TrunkUp { trunk } => self.trunk(now, &trunk, true),
            Event::TrunkDown { trunk } => self.trunk(now, &trunk, false),
            Event::Digit { call, party, digit } => self.pressed(now, call, party, digit),
            Event::Played { call } => self.played(now, call),
            Event::Progress { call, party, verdict, evidence, quiet_ms, at_ms, .. } => {
                self.progressed(now, (call, party), (Progress { verdict, evidence, at_ms }, quiet_ms));
            }
            Event::DeviceUp { .. } | Event::DeviceDown { .. } | Event::Dialled { .. } => {}
            Event::PhoneLost { call, party, token } => self.phone_lost_in(now, call, party, token),
            Event::PhoneBack { call, party } => self.phone_back(now, call, party),
        }
        if let Some(call) = on {
            self.note_on(now, call);
        }
        self.finish(now);
    }

    fn arrived(
        &mut self,
        now: Time,
        ids: (CallId, PartyId),
        entry: Entry,
        caller: Caller,
        verified: Verified,
    ) {
        if self.calls.contains_key(&ids.0) {
            return;
        }
        // Who borrows a number takes nobody's place.
        let own = caller.0.clone().filter(|_| verified != Verified::Failed);
        let (asked_at, met) = self.meet_job(now, ids.0, own.as_deref());
        match entry {
            Entry::RoutingPoint { number, .. } => {
                if let Some(&pool) = self.shared_of.get(&number) {
                    self.statistics.pool(now, pool, PoolEvent::Ambiguous);
                    let call = self.nobodys(now, ids, pool, asked_at, caller);
                    let mut call = Call { dialled: Some(number), verified, ..call };
                    if self.shows_met(&mut call, met) {
                        return self.take_in(now, call);
                    }
                    return self.prove(now, call);
                }
                let Some(&point) = self.number_of.get(&number) else {
                    return self.switch(Command::Reject { call: ids.0, cause: Cause::NotFound });
                };
                self.arrived_at(now, ids, point, (asked_at, met), (caller, verified));
            }
            Entry::Queue { queue, .. } => {
                let Some(queue) = self.queue_named(&queue) else {
                    return self.switch(Command::Reject { call: ids.0, cause: Cause::NotFound });
                };
                let contact = caller.0.as_deref().and_then(|number| self.contacts.by_number(number));
                let call =
                    Call::plain(ids, (queue, self.first_pool(), asked_at), caller, now, self.random.hex());
                let mut call = Call { contact, verified, ..call };
                self.shows_met(&mut call, met);
                self.take_in(now, call);
            }
        }
    }

    /// A call to a number of a pool.
    fn arrived_at(
        &mut self,
        now: Time,
        ids: (CallId, PartyId),
        point: PointRef,
        (asked_at, met): (Time, Option<ReservationId>),
        (caller, verified): (Caller, Verified),
    ) {
        let verdict = self.judge(now, point, caller.0.as_deref(), verified);
        let own = caller.0.clone().filter(|_| verified != Verified::Failed);
        let called = self.was_shown(now, point, own.as_deref());
        if let Verdict::Of(id) = verdict
            && !called.is_some_and(|called| self.is_another(id, called, own.as_deref()))
        {
            self.number_called(now, point.0, Confidence::Exact);
            return self.matched(now, ids, id, caller, verified);
        }
        let mut call = self.nobodys(now, ids, point.0, asked_at, caller);
        call.verified = verified;
        call.dialled = Some(self.number_at(point).0);
        if self.shows_met(&mut call, met.or(called)) {
            self.number_called(now, point.0, call.confidence);
            return self.take_in(now, call);
        }
        match verdict {
            Verdict::Remembered(id) => {
                self.number_called(now, point.0, Confidence::Recent);
                self.recall(&mut call, id, Confidence::Recent);
                self.take_in(now, call);
            }
            Verdict::Behind(first, reservation) => {
                self.number_called(now, point.0, Confidence::Exact);
                self.wait_behind(now, call, (first, reservation));
            }
            Verdict::Ask => {
                self.statistics.pool(now, point.0, PoolEvent::Ambiguous);
                self.prove(now, call);
            }
            Verdict::Of(_) | Verdict::Nobody => {
                self.number_called(now, point.0, Confidence::None);
                self.take_in(now, call);
            }
        }
    }

    /// A call over a pool's number that is nobody's yet.
    fn nobodys(
        &mut self,
        now: Time,
        ids: (CallId, PartyId),
        pool: usize,
        asked_at: Time,
        caller: Caller,
    ) -> Call {
        let place = (self.queue_of_pool(pool), pool, asked_at);
        Call::plain(ids, place, caller, now, self.random.hex())
    }

    /// The caller must prove himself, unless too much was guessed: then he is nobody.
    fn prove(&mut self, now: Time, call: Call) {
        if self.may_ask(now, call.caller.0.as_deref()) {
            self.ask_pin(now, call);
        } else {
            self.take_in(now, call);
        }
    }

    /// Shows a call the page of a request that is over. The record is the caller's own where that page names nobody.
    pub(super) fn recall(&mut self, call: &mut Call, reservation: ReservationId, confidence: Confidence) {
        let Some(r) = self.reservations.get_mut(reservation) else { return };
        // Who is only thought to be he may have been another.
        r.called |= confidence == Confidence::Exact;
        let owner = call.own_number().and_then(|number| self.contacts.by_number(number));
        let contact = owner.filter(|_| self.contacts.is_unknown(r.contact)).unwrap_or(r.contact);
        call.remember(r, contact, confidence);
        self.late_calls += 1;
    }

    /// A reservation's call has come, to its number or with its PIN; perhaps the caller is on the line already.
    pub(super) fn matched(
        &mut self,
        now: Time,
        (id, party): (CallId, PartyId),
        reservation: ReservationId,
        caller: Caller,
        verified: Verified,
    ) {
        let Some(r) = self.reservations.get_mut(reservation) else { return };
        let (point, held) = (r.point, r.agent);
        r.call = Some(id);
        r.called = true;
        let own = verified != Verified::Failed;
        if let Some(number) = caller.0.as_ref().filter(|_| own) {
            r.called_from(number);
        }
        if r.mode == ShownMode::Browser {
            // One call at a time.
            r.token = Token::Used;
        }
        // Only this call: who borrows a phone does not become its owner for good.
        let owner = caller.0.as_deref().filter(|_| own).and_then(|number| self.contacts.by_number(number));
        if let Some(owner) = owner.filter(|_| self.contacts.is_unknown(r.contact)) {
            r.contact = owner;
        }
        let call = Call::of_reservation(r, id, party, Origin::Inbound, caller, now);
        let call = Call { dialled: r.number.as_ref().map(|number| number.0.clone()), verified, ..call };
        let trace_id = r.trace_id.clone();
        if let Some((pool, index)) = point {
            self.violations += u64::from(!self.pools[pool].ring(index, reservation, id));
        }
        match self.calls.get_mut(&id) {
            Some(known) => {
                let (customer_up, alerted, music) = (known.customer_up, known.alerted, known.music);
                *known = Call { started: known.started, customer_up, alerted, music, ..call };
            }
            None => self.add_call(call),
        }
        if held.is_none() {
            self.rule_matched(now, id);
        }
        self.touch_visitor(reservation);
        self.look_up_again(now, reservation, id);
        if self.comes_over(now, id) {
            return;
        }
        let Some(agent) = held else { return self.route(now, id) };
        let data = json!({ "call": id });
        self.emit(now, agent, "reservation.matched", reservation.to_string(), trace_id, data);
        self.alert(now, id);
        self.gather(id, agent);
        self.offer(now, id, agent);
    }

    /// A call that has just come looks for an agent, unless too many wait already, or goes where callers go outside the hours.
    fn take_in(&mut self, now: Time, mut call: Call) {
        let id = call.id;
        self.rule_call(now, &mut call);
        let beyond = match self.door(now, call.queue) {
            Door::Open(queue) => {
                call.queue = queue;
                None
            }
            Door::Number(number) => Some(number),
            Door::Shut => return self.turn_away(now, id),
        };
        let full = beyond.is_none() && self.waiting.len() >= self.settings.limits.waiting;
        if full
            && self.pick(call.queue, self.preferred_for(&call), call.contact, &call.ruled.clone()).is_none()
        {
            return self.switch(Command::Reject { call: id, cause: Cause::Overload });
        }
        let asks = beyond.is_none() && self.has_menu(&call);
        self.add_call(call);
        self.shows_page(id);
        self.look_up(now, Subject::Call(id));
        if asks {
            return self.open_menu(now, id);
        }
        match beyond {
            Some(number) => self.put_through(now, id, number),
            None => self.route(now, id),
        }
    }

    /// A page that is over is shown in this call, and in no other until it is over too. Who has proved that it is his is
    /// known by his number from now on.
    pub(super) fn shows_page(&mut self, id: CallId) {
        let Some(call) = self.calls.get(&id) else { return };
        let Some(r) = call.remembered.and_then(|id| self.reservations.get_mut(id)) else { return };
        // A job that may be dialled yet has no call before it is.
        r.call = Some(id).filter(|_| !r.live()).or(r.call);
        if let Some(number) = call.own_number().filter(|_| call.confidence == Confidence::Exact) {
            r.called_from(number);
        }
    }

    fn rings(&mut self, now: Time, id: CallId, ringing: PartyId) {
        self.callee_rings(now, id, ringing);
        self.trunk_reaches(id, ringing);
        if self.asked_rings(now, id, ringing) {
            return;
        }
        if self.customer_rings(id, ringing) {
            return;
        }
        let Some(call) = self.calls.get(&id) else { return };
        let Some(agent) = call.offered_at(ringing) else { return };
        let (reservation, trace_id) = (call.reservation, call.trace_id.clone());
        self.show_state(now, reservation, VisitorState::Ringing);
        self.emit(now, agent, "call.ringing", id.to_string(), trace_id, json!({}));
    }

    pub(super) fn show_state(&mut self, now: Time, reservation: Option<ReservationId>, state: VisitorState) {
        if let Some(r) = reservation.and_then(|id| self.reservations.get_mut(id)).filter(|r| r.live()) {
            set_state(r, state, now);
            let id = r.id;
            self.touch_visitor(id);
        }
    }

    fn answered(&mut self, now: Time, id: CallId, who: PartyId) {
        self.callee_up(now, id, who);
        self.trunk_reaches(id, who);
        if self.asked_answered(now, id, who)
            || self.outside_answered(now, id, who)
            || self.customer_answered(id, who)
            || self.backup_answered(now, id, who)
        {
            return;
        }
        let Some(call) = self.calls.get_mut(&id) else { return };
        match call.phase {
            Phase::Arriving if who == call.customer => {
                call.customer_up = true;
                match call.origin {
                    Origin::Callme => self.callee_answered(now, id),
                    Origin::Browser => self.browser_up(now, id),
                    Origin::Inbound | Origin::Outbound => {}
                }
            }
            Phase::Offered { .. } => {
                if let Some(agent) = call.offered_at(who) {
                    self.taken(now, id, agent, who);
                }
            }
            _ => {}
        }
    }

    /// A browser's media flows: it is offered to whom it was claimed for.
    fn browser_up(&mut self, now: Time, id: CallId) {
        self.timers.cancel(Timer::Guard(id));
        if self.comes_over(now, id) {
            return;
        }
        let reservation = self.calls.get(&id).and_then(|call| call.reservation);
        let agent = reservation.and_then(|id| self.reservations.get(id)).and_then(|r| r.agent);
        match agent {
            Some(agent) => {
                self.gather(id, agent);
                self.offer(now, id, agent);
            }
            None => self.route(now, id),
        }
    }

    fn browser_answered(&mut self, now: Time, id: CallId, sdp: String) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        if let Some(request) = call.sdp_for.take() {
            if call.phase == Phase::Arriving {
                self.timers.set(Timer::Guard(id), now + MEDIA);
            }
            self.reply(request, Reply::Sdp(sdp));
        }
    }

    fn bridged(&mut self, now: Time, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        if let Phase::Outside { up: true, .. } = call.phase {
            return self.outside_bridged(now, id);
        }
        let Phase::Talking { agent, .. } = call.phase else { return };
        if call.bridged.is_some() {
            return;
        }
        call.bridged = Some(now);
        call.spoke_with = Some(agent);
        call.control.spoke.push(agent);
        call.control.since = Some(now);
        call.control.passed = 0;
        self.agentless_no_more(id);
        self.has_met(now, id);
        let Some(call) = self.calls.get(&id) else { return };
        let (reservation, trace_id) = (call.reservation, call.trace_id.clone());
        if call.may_return() {
            self.switch(Command::KeepCustomer { call: id, on: true });
        }
        let Some(call) = self.calls.get(&id) else { return };
        if let Some(asked) = call.asks {
            self.statistics.answered(now, asked);
        }
        self.wait_ended(now, Waiter::Call(id));
        self.touch_agent(agent);
        self.emit(now, agent, "call.bridged", id.to_string(), trace_id, json!({}));
        if let Some(reservation) = reservation {
            // The call is connected, not the number (G p. 13): nothing of the reservation is left to be rebuilt after a restart.
            self.close(now, reservation, "normal");
        }
    }

    fn failed(&mut self, now: Time, id: CallId, who: PartyId, cause: Cause) {
        let Some(call) = self.calls.get(&id) else { return };
        if call.is_calling_out() && (who == call.customer || matches!(call.phase, Phase::Talking { .. })) {
            return self.call_out_over(now, id, cause);
        }
        if who == call.customer {
            return self.settle(now, id, cause);
        }
        let end = match cause {
            Cause::NoAnswer => OfferEnd::Timeout,
            Cause::Declined | Cause::Busy => OfferEnd::Rejected,
            Cause::Elsewhere => OfferEnd::Elsewhere,
            Cause::Canceled => OfferEnd::Canceled,
            _ => OfferEnd::Failed,
        };
        if let Some(agent) = call.offered_at(who) {
            // A phone that is known to be gone is waited for: he need not say that he is back.
            let gone = end == OfferEnd::Failed && !self.agents[agent].phone;
            return self.offer_over(now, id, agent, if gone { OfferEnd::Rescinded } else { end });
        }
        match call.phase {
            Phase::Outside { party, up: false } if party == who => self.outside_failed(now, id),
            _ if self.is_asked(id, who) => self.asked_over(now, id, end),
            _ => self.backup_failed(now, id, who),
        }
    }

    fn left(&mut self, now: Time, id: CallId, who: PartyId, cause: Cause) {
        let Some(call) = self.calls.get(&id) else { return };
        if who == call.customer {
            return self.settle(now, id, cause);
        }
        if self.is_asked(id, who) {
            return self.asked_left(now, id);
        }
        let agent = match call.phase {
            Phase::Talking { party, .. } if party == who && call.is_calling_out() => {
                return self.call_out_over(now, id, cause);
            }
            Phase::Talking { agent, party } if party == who => agent,
            Phase::Outside { party, .. } if party == who => return self.settle(now, id, cause),
            _ => return,
        };
        if call.control.asked.as_ref().is_some_and(|asked| asked.party.is_some()) {
            return self.hand_over(now, id, false);
        }
        if call.bridged.is_some() {
            return self.settle(now, id, cause);
        }
        // He answered, but never heard the customer: the customer goes on to the next.
        self.release_offer(id, agent, OfferEnd::Failed);
        self.route(now, id);
    }

    /// The switch owes an answer for too long.
    pub(super) fn switch_late(&mut self, now: Time, id: CallId) {
        let Some(call) = self.calls.get(&id) else { return };
        match call.phase {
            Phase::Arriving => {
                let cause = if call.origin == Origin::Callme { Cause::NoAnswer } else { Cause::Media };
                self.switch(Command::Hangup { call: id, cause });
                self.settle(now, id, cause);
            }
            Phase::Offered { .. } => self.phones_late(now, id),
            Phase::Outside { party, up: false } => {
                self.switch(Command::Drop { call: id, party, cause: Cause::NoAnswer });
                self.outside_failed(now, id);
            }
            Phase::Closing => {
                self.change_void(now, id);
                self.remove_call(id);
            }
            Phase::Talking { .. } if call.is_calling_out() => self.call_out_over(now, id, Cause::NoAnswer),
            Phase::Waiting if self.waiting.get(Waiter::Call(id)).is_none() => self.route(now, id),
            Phase::Waiting
            | Phase::Parked { .. }
            | Phase::Talking { .. }
            | Phase::Outside { up: true, .. } => {}
        }
    }

    /// The call is over for coordination: everybody is let go, the record is written. Once, whichever event comes first.
    pub(super) fn settle(&mut self, now: Time, id: CallId, cause: Cause) {
        let Some(call) = self.calls.get(&id).filter(|call| call.phase != Phase::Closing).cloned() else {
            return;
        };
        if let Some(agent) = call.agent() {
            let data = json!({ "cause": cause });
            self.emit(now, agent, "call.ended", id.to_string(), call.trace_id.clone(), data);
        }
        match call.phase {
            Phase::Offered { .. } => self.release_all(id, OfferEnd::Canceled),
            Phase::Talking { agent, .. } if call.bridged.is_none() => {
                self.release_offer(id, agent, OfferEnd::Canceled);
            }
            Phase::Waiting => self.unplace(Waiter::Call(id), call.reservation),
            Phase::Parked { slot } => self.leaves_slot(slot, id),
            Phase::Talking { .. } | Phase::Arriving | Phase::Outside { .. } | Phase::Closing => {}
        }
        if cause == Cause::Full {
            self.trunk_filled(now, call.pool);
        }
        self.wait_given_up(now, Waiter::Call(id));
        self.part_asked(now, id, OfferEnd::Canceled);
        self.campaign_handled(now, &call);
        let cost = self.call_costs(now, id);
        if let Some(row) = self.calls.get_mut(&id) {
            row.control.with = With::Customer;
            row.phase = Phase::Closing;
            row.sdp_for = None;
        }
        self.unscreen(id);
        self.agentless_no_more(id);
        self.timers.cancel(Timer::Music(id));
        self.timers.set(Timer::Guard(id), now + CLEARING);
        if let Some(request) = call.sdp_for {
            self.refuse(request, 503, "call_failed", "The call could not be set up.");
        }
        // Who only changes his channel has one call, the one that goes on.
        let bound = call.reservation.and_then(|id| self.reservations.get(id));
        if bound.is_none_or(|r| r.moves.is_none()) && !self.never_left(&call, cause) {
            self.record(now, &call, cause, cost);
            self.counts(now, &call);
        }
        if let (Phase::Talking { agent, .. }, Some(bridged)) = (call.phase, call.bridged) {
            match call.turned_out {
                // He has spoken with nobody: there is nothing to be written down.
                Some(_) => self.make_idle(agent),
                None => self.wrap_up(now, agent, &call, call.control.since.unwrap_or(bridged)),
            }
        }
        if let Some(reservation) = call.reservation {
            self.part(now, reservation, &call, cause);
        }
        if let Some(r) = call.remembered.and_then(|id| self.reservations.get_mut(id)) {
            r.call = r.call.filter(|&shown| shown != id);
        }
        self.follow(now, id);
    }

    fn record(&mut self, now: Time, call: &Call, cause: Cause, cost: Option<Amount>) {
        let record = self.record_of(now, call, cause, cost);
        self.keep_record_of(&record);
        self.persist(now, Fact::CallRecorded(Box::new(record)));
    }

    /// What becomes of the reservation of a call that is over. A caller who gave up before anybody spoke keeps his number
    /// for the rest of its time: he, or the one it was meant for, may dial again.
    fn part(&mut self, now: Time, id: ReservationId, call: &Call, cause: Cause) {
        if cause == Cause::Full && self.found_no_room(now, id, call) {
            return;
        }
        let reason = call.turned_out.unwrap_or_else(|| outcome(call, cause));
        // Its job may go on without this call, by now or since somebody found out that a machine has answered.
        let parted = |r: &Reservation| r.job.is_some() && r.call != Some(call.id);
        let known = match call.origin {
            _ if call.bridged.is_some() || call.turned_out.is_some() => reason,
            // His agent has hung up before the customer was there.
            Origin::Outbound if reason == "canceled" => "unknown",
            _ if call.customer_up => "abandoned",
            _ => reason,
        };
        if self.reservations.get(id).is_some_and(parted) || self.resolve_dial(now, id, known) {
            return;
        }
        let Some(r) = self.reservations.get_mut(id).filter(|r| r.live()) else { return };
        let again = call.bridged.is_none() && !r.withdrawn && now < r.expires_at && r.mode == ShownMode::Dial;
        if !again {
            return self.end(now, id, reason);
        }
        r.call = None;
        set_state(r, VisitorState::Held, now);
        if let Some((pool, index)) = r.point {
            self.violations += u64::from(!self.pools[pool].unring(index, id));
        }
        self.estimate(id);
        self.touch_visitor(id);
        self.not_over(now, id);
        self.leave_dead_trunk(now, id);
    }
}

/// In the page's words.
fn outcome(call: &Call, cause: Cause) -> &'static str {
    match cause {
        _ if call.bridged.is_some() => "normal",
        Cause::Normal | Cause::Canceled | Cause::Elsewhere => "canceled",
        other => other.reason(),
    }
}
