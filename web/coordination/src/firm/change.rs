//! A visitor changes the channel of a live call and keeps the agent, or his place in line (C8): from his browser to a phone, by a number
//! that he dials or a call to his own, or from a phone to his browser, or to another phone; or from one page to the next.
//!
//! What he changes to is a reservation of its own, bound to the call. Its call comes, and the switch puts its customer in the place of
//! the one who is there (`Replace`): the same call, page and record. Whatever fails on the way, the call goes on as it was. Where the
//! call ends first, the reservation is one like any other, with that agent preferred.

use super::feed::Event;
use super::ladder::Grant;
use super::{Firm, PATIENCE, Timer, problem};
use crate::call::{Call, Origin, Phase};
use crate::cti::{Cause, Command};
use crate::fact::{Fact, ReservationOpened};
use crate::ids::{CallId, ReservationId};
use crate::request::{ChannelChange, Mode, OpenReservation, Problem, Reply, RequestId, Whence};
use crate::reservation::Reservation;
use crate::rules::Ruled;
use crate::view::{CustomerChange, ShownMode};
use serde_json::json;
use std::time::Duration;
use warmline_time::Time;

/// So long a call is kept whose customer is gone while he changes to another channel.
const GRACE: Duration = Duration::from_secs(20);
/// So long a call is kept of whose page nothing is heard any more: the next one needs as long until it speaks.
const RETURN: Duration = Duration::from_secs(10);
/// How long the switch may take to put him in his place.
const OVER: Duration = Duration::from_secs(5);

impl Firm {
    /// The visitor asks for another channel of his live call.
    pub fn change_channel(&mut self, now: Time, request: RequestId, id: ReservationId, asked: ChannelChange) {
        match self.try_change(now, id, asked) {
            Ok(to) => {
                let token = self.token(now, to);
                self.answer_shown(request, id, false, token);
            }
            Err(problem) => self.reply(request, Reply::Problem(problem)),
        }
        self.finish(now);
    }

    /// He would rather go on as he is.
    pub fn keep_channel(&mut self, now: Time, request: RequestId, id: ReservationId) {
        if let Some(to) = self.changing(id) {
            self.take_back_change(now, to);
        }
        self.reply(request, Reply::Done);
        self.finish(now);
    }

    fn take_back_change(&mut self, now: Time, to: ReservationId) {
        match self.reservations.get(to).and_then(|r| r.call) {
            Some(call) => {
                if let Some(r) = self.reservations.get_mut(to) {
                    r.withdrawn = true;
                }
                // `Ended` follows and settles the rest.
                self.switch(Command::Hangup { call, cause: Cause::Normal });
            }
            None => self.end(now, to, "canceled"),
        }
    }

    /// The live reservation that a call's visitor changes to.
    pub(super) fn changing(&self, id: ReservationId) -> Option<ReservationId> {
        let call = self.reservations.get(id)?.call?;
        let to = self.calls.get(&call)?.control.change?;
        self.reservations.get(to).is_some_and(|r| r.live() && r.moves == Some(call)).then_some(to)
    }

    fn try_change(
        &mut self,
        now: Time,
        id: ReservationId,
        asked: ChannelChange,
    ) -> Result<ReservationId, Problem> {
        self.can_keep()?;
        let over = || problem(409, "over", "This call is over: ask again.");
        let r = self.reservations.get(id).filter(|r| r.live() && r.moves.is_none()).ok_or_else(over)?;
        let call = r.call.and_then(|call| self.calls.get(&call)).ok_or_else(over)?;
        if !can_change(call) {
            return Err(problem(409, "not_now", "The call cannot go on elsewhere at this moment."));
        }
        if asked.mode == Mode::Chat {
            return Err(problem(409, "same_channel", "The call cannot go on there: it is a call."));
        }
        let (call, wish) = (call.id, wish(r, asked));
        let number = match wish.mode {
            Mode::Callme => Some(self.callable(&wish, None)?),
            Mode::Dial | Mode::Browser | Mode::Chat => None,
        };
        if let Some(to) = self.changing(id) {
            let before = self.reservations.get(to);
            let callee = before.and_then(|r| r.job.as_ref()).map(|job| &job.number);
            if before.is_some_and(|r| r.asked == wish.mode) && callee == number.as_ref() {
                return Ok(to);
            }
            if before.is_some_and(|r| r.call.is_some()) {
                let detail = "The call is on its way to another phone already.";
                return Err(problem(409, "change_under_way", detail));
            }
        }
        if let Some(number) = &number {
            self.breaker_refuses(now)?;
            let of = self.reservations.get(id).map_or(0, |r| r.site);
            self.check_dial_limits(now, of, &wish, number)?;
            self.campaign_yields(now, number);
        }
        if number.as_ref().is_some_and(|number| self.jobs.by_number(number).is_some()) {
            return Err(problem(409, "number_waits", "This number is being called already."));
        }
        self.grant_change(now, call, wish, number)
    }

    /// Something is held for it, durable first.
    fn grant_change(
        &mut self,
        now: Time,
        id: CallId,
        wish: OpenReservation,
        number: Option<String>,
    ) -> Result<ReservationId, Problem> {
        let gone = || problem(409, "over", "This call is over: ask again.");
        let call = self.calls.get(&id).cloned().ok_or_else(gone)?;
        let of = call.reservation.and_then(|of| self.reservations.get(of)).ok_or_else(gone)?;
        let (abroad, hidden) = (of.abroad, of.hidden);
        let (of, site, pool, contact) = (of.id, of.site, of.pool, of.contact);
        let to = ReservationId::mint(now, self.random.bits());
        let grant = match wish.mode {
            Mode::Browser | Mode::Chat => Grant::plain(contact, ShownMode::Browser, None),
            Mode::Callme if self.trunk_up(pool) => Grant::plain(contact, ShownMode::Callme, None),
            Mode::Callme => return Err(no_line()),
            Mode::Dial if hidden => return Err(no_line()),
            Mode::Dial => self.lease(now, to, pool, contact).ok_or_else(no_line)?,
        };
        if let Some(before) = self.changing(of) {
            // The call goes on for the new one, also where he has left what he had.
            if let Some(r) = self.reservations.get_mut(before) {
                r.moves = None;
            }
            self.end(now, before, "canceled");
        }
        if call.control.lost.is_some() {
            match grant.is_callme() {
                // How long his phone may ring has a limit of its own.
                true => self.timers.cancel(Timer::Change(id)),
                false => self.timers.set(Timer::Change(id), now + GRACE),
            }
        }
        let preferred = call.agent().or(call.spoke_with);
        let then = self.then_in(&call.ruled, call.queue);
        let ruled = Ruled { then: then.clone(), ..(*call.ruled).clone() };
        let row = self.new_row(now, to, wish, (site, call.queue, pool), number, &grant);
        let mut row = Reservation { moves: Some(id), preferred, ruled: ruled.into(), abroad, hidden, ..row };
        if let Some(job) = &mut row.job {
            // He is on the line, and says himself where he wants to be called.
            job.matching = None;
        }
        let opened = self.opened(&row, preferred);
        let opened = ReservationOpened { then: Some(then), moves: Some(id), ..opened };
        let after = self.persist(now, Fact::ReservationOpened(Box::new(opened)));
        self.insert(now, Reservation { after, ..row });
        self.follow_from_now(to);
        self.announce_opened(now, to);
        if let Some(of) = self.reservations.get_mut(of) {
            of.after = of.after.max(after);
        }
        if let Some(call) = self.calls.get_mut(&id) {
            call.control.change = Some(to);
        }
        self.touch_talkers(id);
        self.switch(Command::KeepCustomer { call: id, on: true });
        if grant.is_callme() {
            // `callable` has asked in this very step.
            self.keep_checked(now, to);
            self.dial_for(now, to, Some(id));
        }
        Ok(to)
    }

    /// The customer of this call has come: to his agent if he changes his channel. False: he does not.
    pub(super) fn comes_over(&mut self, now: Time, from: CallId) -> bool {
        let reservation = self.calls.get(&from).and_then(|call| call.reservation);
        let moves = reservation.and_then(|id| self.reservations.get(id)).and_then(|r| r.moves);
        let Some(call) = moves.filter(|call| self.calls.contains_key(call)) else { return false };
        self.timers.cancel(Timer::Change(call));
        self.comes_in_place(now, call, from);
        true
    }

    /// The customer of a call takes the place of another one's, who is he.
    pub(super) fn comes_in_place(&mut self, now: Time, call: CallId, from: CallId) {
        self.timers.set(Timer::Guard(from), now + OVER + PATIENCE);
        self.switch(Command::Replace { call, from });
    }

    /// He is there.
    pub(super) fn replaced(&mut self, now: Time, id: CallId, from: CallId) {
        let Some(other) = self.calls.get(&from).cloned() else { return };
        self.spending.moves(now, from, id);
        self.timers.cancel(Timer::Change(id));
        // Nobody was offered a customer who was not there.
        self.serve = true;
        if let Some(call) = self.calls.get_mut(&id) {
            call.control.lost = None;
        }
        self.remove_call(from);
        let Some(call) = self.calls.get_mut(&id) else { return };
        let before = call.channel_now();
        let to = if other.origin == Origin::Browser { "browser" } else { "phone" };
        call.control.change = None;
        if to != before {
            call.control.changed.push(to);
        }
        let first = call.own_number().cloned();
        if other.caller.0.is_some() {
            call.caller.0.clone_from(&other.caller.0);
            call.verified = other.verified;
        }
        let (of, call) = (call.reservation, call.clone());
        if call.may_return() {
            self.switch(Command::KeepCustomer { call: id, on: true });
        }
        if let Some((r, number)) = of.and_then(|id| self.reservations.get_mut(id)).zip(other.own_number()) {
            r.called_from(number);
        }
        if let Some(r) = other.reservation.and_then(|id| self.reservations.get_mut(id)) {
            r.moves = None;
            // He has seen its number, and may dial it from his first phone too.
            first.into_iter().for_each(|number| r.called_from(&number));
        }
        if let Some(done) = other.reservation {
            self.end(now, done, "normal");
        }
        self.touch_talkers(id);
        let mut data = json!({ "from": before, "to": to });
        let Some(agent) = call.agent() else {
            let (subject, trace_id) = (id.to_string(), call.trace_id);
            self.announce(now, 0, Event { name: "call.channel_changed", subject, trace_id, data });
            return;
        };
        data["agent"] = json!(self.agents[agent].settings.name);
        self.emit(now, agent, "call.channel_changed", id.to_string(), call.trace_id, data);
    }

    /// The switch has lost him, and keeps the call for a while.
    pub(super) fn customer_lost(&mut self, now: Time, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.control.lost = Some(now);
        let (of, agent, returns) = (call.reservation, call.agent(), call.may_return());
        let withdrawn = of.and_then(|of| self.reservations.get(of)).is_none_or(|of| of.withdrawn);
        let to = of.and_then(|of| self.changing(of)).and_then(|to| self.reservations.get(to));
        match to.map(|to| to.call) {
            // He has called once more.
            None if self.reconnects(now, id) => {}
            // His page may be another one.
            None if returns && !withdrawn => self.timers.set(Timer::Change(id), now + RETURN),
            // Nobody can come back.
            None => self.switch(Command::Hangup { call: id, cause: Cause::Normal }),
            // He is on his way: that has a limit of its own.
            Some(Some(_)) => {}
            Some(None) => self.timers.set(Timer::Change(id), now + GRACE),
        }
        self.touch_talkers(id);
        if let Some(agent) = agent {
            self.tell(now, agent, id, "call.customer_lost");
        }
    }

    /// He has not come back.
    pub(super) fn change_late(&mut self, id: CallId) {
        self.switch(Command::Hangup { call: id, cause: Cause::Normal });
    }

    /// The call that was to bring him is over; its reservation may bring another one.
    pub(super) fn not_over(&mut self, now: Time, to: ReservationId) {
        let Some(r) = self.reservations.get(to).filter(|r| r.live()) else { return };
        let Some(id) = r.moves else { return };
        if self.calls.get(&id).is_some_and(|call| call.control.lost.is_some()) {
            self.timers.set(Timer::Change(id), now + GRACE);
        }
        self.touch_talkers(id);
    }

    /// What he changes to is over before he is there: taken back, expired, or nobody answered. The call goes on as it is.
    pub(super) fn change_over(&mut self, to: ReservationId) {
        let Some(id) = self.reservations.get_mut(to).and_then(|r| r.moves.take()) else { return };
        self.timers.cancel(Timer::Change(id));
        let Some(call) = self.calls.get_mut(&id).filter(|call| call.phase != Phase::Closing) else { return };
        // Its end is shown, unless he has ended it himself.
        let canceled = self.reservations.get(to).is_some_and(|r| r.reason.as_deref() == Some("canceled"));
        if canceled {
            call.control.change = None;
        }
        let (lost, kept) = (call.control.lost.is_some(), call.may_return());
        self.touch_talkers(id);
        match lost {
            true => self.switch(Command::Hangup { call: id, cause: Cause::Normal }),
            false if kept => {}
            false => self.switch(Command::KeepCustomer { call: id, on: false }),
        }
    }

    /// A call is over whose customer was changing his channel: a number stays his, and leads to the same agent where he is free; a call
    /// that has come to it meanwhile is one like any other.
    pub(super) fn change_void(&mut self, now: Time, id: CallId) {
        self.timers.cancel(Timer::Change(id));
        let to = self.calls.get(&id).and_then(|call| call.control.change);
        let Some(r) = to.and_then(|to| self.reservations.get_mut(to)).filter(|r| r.moves == Some(id)) else {
            return;
        };
        r.moves = None;
        let (to, from, dials) = (r.id, r.call, r.mode == ShownMode::Dial);
        let of = self.calls.get(&id).and_then(|call| call.reservation);
        let withdrawn = of.and_then(|of| self.reservations.get(of)).is_some_and(|of| of.withdrawn);
        match from {
            Some(from) if dials && !withdrawn => {
                self.timers.cancel(Timer::Guard(from));
                self.route(now, from);
            }
            None if dials && !withdrawn => self.touch_visitor(to),
            _ => self.take_back_change(now, to),
        }
    }

    /// What an agent sees of it.
    pub(super) fn customer_change(&self, agent: usize) -> Option<CustomerChange> {
        let call = self.calls.get(&self.agents[agent].call()?)?;
        let lost = call.control.lost.is_some();
        let to = call.control.change.and_then(|to| self.reservations.get(to));
        let Some(to) = to.filter(|r| r.live() && r.moves == Some(call.id)) else {
            return (lost && call.may_return()).then_some(CustomerChange { to: "browser", lost });
        };
        let channel = if to.mode == ShownMode::Browser { "browser" } else { "phone" };
        Some(CustomerChange { to: channel, lost })
    }

    /// Everybody's view of a call: of the agents in it, and of its visitor.
    fn touch_talkers(&mut self, id: CallId) {
        let Some(call) = self.calls.get(&id) else { return };
        let (agents, of, channel) = ([call.agent(), call.guest()], call.reservation, call.channel_now());
        for agent in agents.into_iter().flatten() {
            if let Some(hand) = self.agents[agent].hand.as_mut().filter(|hand| hand.call == Some(id)) {
                hand.channel = channel;
            }
            self.touch_agent(agent);
        }
        self.board_due = true;
        if let Some(of) = of {
            self.touch_visitor(of);
        }
    }
}

/// Whether the customer of a call is on the line, as far as the switch lets him be replaced.
fn can_change(call: &Call) -> bool {
    let there = match call.phase {
        Phase::Talking { .. } | Phase::Waiting | Phase::Parked { .. } | Phase::Outside { .. } => true,
        Phase::Offered { .. } => call.customer_up,
        Phase::Arriving | Phase::Closing => false,
    };
    there && !call.control.elsewhere && !call.is_calling_out()
}

/// What he changes to, as a request: all but the channel is as it was.
fn wish(r: &Reservation, asked: ChannelChange) -> OpenReservation {
    OpenReservation {
        site: String::new(),
        mode: asked.mode,
        visitor: r.visitor,
        address: r.address.clone(),
        page: r.page.clone(),
        snapshot: r.snapshot.clone(),
        consent: asked.consent,
        number: asked.number.map(|number| crate::text::clean(&number, 40)),
        whence: Whence::default(),
        name: None,
        idempotency_key: None,
        identity: r.identity.clone(),
        on_file: asked.on_file,
        due: None,
        correspondent: None,
        said: r.said.clone(),
        watched: None,
    }
}

fn no_line() -> Problem {
    problem(409, "no_number", "No telephone number is free at the moment; your call goes on as it is.")
}
