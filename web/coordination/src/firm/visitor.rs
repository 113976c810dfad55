//! A visitor's requests about his reservation, and the end of reservations and of numbers' use.

use super::{Firm, Timer};
use crate::call::{Call, Origin, Phase};
use crate::cti::{Cause, Command};
use crate::fact::Fact;
use crate::ids::{CallId, PartyId, ReservationId, VisitorId};
use crate::queue::Waiter;
use crate::request::{Mode, Reply, RequestId};
use crate::reservation::{Reservation, Token};
use crate::view::{ShownMode, VisitorState};
use serde_json::json;
use std::time::Duration;
use warmline_time::Time;

/// How long a browser's token is good.
const TOKEN: Duration = Duration::from_secs(60);
/// How long the switch may take to answer an offer.
const SDP_ANSWER: Duration = Duration::from_secs(10);
/// The longest offer.
const SDP_MAX: usize = 64 * 1024;

impl Firm {
    /// The visitor takes his request back.
    pub fn cancel(&mut self, now: Time, request: RequestId, id: ReservationId) {
        self.withdraw(now, id);
        self.reply(request, Reply::Done);
        self.finish(now);
    }

    /// Before a call, or in it.
    pub(super) fn withdraw(&mut self, now: Time, id: ReservationId) {
        let call = self.reservations.get(id).filter(|r| r.live()).and_then(|r| r.call);
        if let Some(call) = call {
            if let Some(r) = self.reservations.get_mut(id) {
                r.withdrawn = true;
            }
            // `Ended` follows and settles the rest.
            self.switch(Command::Hangup { call, cause: Cause::Normal });
        } else {
            self.end(now, id, "canceled");
        }
    }

    /// The reservation as it stands; a browser's with a token that is good.
    pub fn answer_view(&mut self, now: Time, request: RequestId, id: ReservationId, created: bool) {
        let token = self.token(now, id);
        let view = self.reservations.get(id).map(|r| Box::new(self.reservation_view(r)));
        if let Some(r) = self.reservations.get_mut(id) {
            r.shown = view;
        }
        self.answer_shown(request, id, created, token);
    }

    /// The reservation as it is shown, with this token.
    pub(super) fn answer_shown(
        &mut self,
        request: RequestId,
        id: ReservationId,
        created: bool,
        token: Option<String>,
    ) {
        let Some(r) = self.reservations.get(id) else {
            return self.refuse(request, 404, "unknown_reservation", "This request is not known any more.");
        };
        let (after, view) = (r.after, Box::new(self.reservation_view(r)));
        self.act(after, crate::effect::Action::Reply(request, Reply::Reservation { created, view, token }));
    }

    /// The number that a visitor holds, of a request that nobody has called for yet.
    pub fn answer_held(&mut self, request: RequestId, site: usize, visitor: VisitorId) {
        let his = self.reservations.of_visitor(visitor).iter().copied();
        let holds = |r: &Reservation| {
            r.site == site && r.asked == Mode::Dial && r.number.is_some() && r.live() && r.call.is_none()
        };
        match his.into_iter().find(|&id| self.reservations.get(id).is_some_and(holds)) {
            Some(id) => self.answer_shown(request, id, false, None),
            None => self.refuse(request, 404, "nothing_held", "There is no number that is kept for you."),
        }
    }

    /// A page's stream opens: it is there.
    pub fn stream_opens(&mut self, now: Time, request: RequestId, id: ReservationId) {
        if let Some(r) = self.reservations.get_mut(id) {
            r.page_left = None;
        }
        self.chat_page_here(id);
        self.answer_view(now, request, id, false);
        self.finish(now);
    }

    /// The last of its pages' streams is closed: nobody looks at it now.
    pub fn stream_closes(&mut self, now: Time, request: RequestId, id: ReservationId) {
        if let Some(r) = self.reservations.get_mut(id) {
            r.page_left = Some(now);
        }
        self.chat_page_gone(now, id);
        self.reply(request, Reply::Done);
        self.finish(now);
    }

    /// The token of a browser reservation that has no call yet: the one given out, or a new one where that is stale.
    pub(super) fn token(&mut self, now: Time, id: ReservationId) -> Option<String> {
        let r = self.reservations.get_mut(id)?;
        if r.mode != ShownMode::Browser || !r.live() {
            return None;
        }
        match &r.token {
            Token::Used => None,
            Token::Open(token, until) if now < *until => Some(token.clone()),
            Token::Open(..) | Token::None => {
                let token = self.random.hex();
                r.token = Token::Open(token.clone(), now + TOKEN);
                Some(token)
            }
        }
    }

    /// A browser wants to talk: the switch answers its offer.
    pub fn browser_offer(
        &mut self,
        now: Time,
        request: RequestId,
        id: ReservationId,
        (token, sdp): (String, String),
    ) {
        match self.accept_offer(now, request, id, &token, sdp) {
            Ok(()) => {}
            Err((status, code, detail)) => self.refuse(request, status, code, detail),
        }
        self.finish(now);
    }

    fn accept_offer(
        &mut self,
        now: Time,
        request: RequestId,
        id: ReservationId,
        token: &str,
        sdp: String,
    ) -> Result<(), (u16, &'static str, &'static str)> {
        let full = self.waiting.len() >= self.settings.limits.waiting;
        let r = self.reservations.get_mut(id).filter(|r| r.live());
        let r = r.ok_or((404, "unknown_reservation", "This request is over."))?;
        match &r.token {
            Token::Used => return Err((409, "token_used", "This token was used already.")),
            Token::Open(known, until) if known == token && now < *until => {}
            Token::Open(known, _) if known == token => {
                return Err((409, "token_expired", "This token is too old: ask again."));
            }
            Token::Open(..) | Token::None => return Err((409, "token_invalid", "This token is not known.")),
        }
        if sdp.is_empty() || sdp.len() > SDP_MAX {
            return Err((422, "sdp_invalid", "This is no session description."));
        }
        let beside = r.moves;
        if full && r.agent.is_none() && beside.is_none() {
            return Err((429, "too_many", "Too many people are waiting."));
        }
        r.token = Token::Used;
        let call = CallId::mint(now, self.random.bits());
        let party = PartyId::mint(now, self.random.bits());
        r.call = Some(call);
        let mut row = Call::of_reservation(r, call, party, Origin::Browser, (None, String::new()), now);
        row.sdp_for = Some(request);
        let agent = r.agent;
        self.timers.cancel(Timer::Claim(id));
        self.add_call(row);
        self.timers.set(Timer::Guard(call), now + SDP_ANSWER);
        if let Some(agent) = agent {
            self.link_call(id, agent);
        }
        self.touch_visitor(id);
        self.switch(Command::BrowserOffer { call, party, sdp, beside });
        Ok(())
    }

    /// Its time is over; not while its call is on.
    pub(super) fn expired(&mut self, now: Time, id: ReservationId) {
        if self.reservations.get(id).is_some_and(|r| r.live() && r.call.is_none()) {
            self.end(now, id, "expired");
        }
    }

    /// It is over: nothing is held for it any more. An over one stays as it is.
    pub(super) fn end(&mut self, now: Time, id: ReservationId, reason: &str) {
        if !self.reservations.get(id).is_some_and(|r| r.state != VisitorState::Ended) {
            return;
        }
        let reason = self.settle_chat(now, id, reason);
        if self.reservations.get(id).is_some_and(|r| r.ticket.is_some()) {
            self.leave_line(id);
        }
        self.timers.cancel(Timer::Expiry(id));
        self.unclaim(id);
        self.unplace(Waiter::Job(id), Some(id));
        self.forget_wait(Waiter::Job(id));
        self.wait_given_up(now, Waiter::Job(id));
        self.number_unused(now, id, reason);
        self.close(now, id, reason);
        self.too_early(now, id);
        if let Some(r) = self.reservations.get_mut(id) {
            r.call = None;
        }
        self.finish_job(now, id, reason);
        self.reservations.end(now, id, reason);
        self.touch_visitor(id);
        self.change_over(id);
    }

    /// Gives its number back and tells the journal that nothing is left to be rebuilt. Once.
    pub(super) fn close(&mut self, now: Time, id: ReservationId, reason: &str) {
        let Some(r) = self.reservations.get_mut(id).filter(|r| !r.closed) else { return };
        r.closed = true;
        let point = r.point.take();
        let trace_id = r.trace_id.clone();
        let talker = r.call.and_then(|call| self.calls.get(&call)).and_then(|call| match call.phase {
            Phase::Talking { agent, .. } => Some(agent),
            _ => None,
        });
        let free_at = point.map(|(pool, index)| {
            let until = now + self.settings.pools[pool].cooling;
            self.violations += u64::from(!self.pools[pool].cool(index, id, until));
            self.number_back(now, (pool, index));
            self.pools[pool].leave_trail(index, talker.map(|agent| (agent, trace_id.clone())));
            self.timers.set(Timer::Number(pool, index), until);
            until.as_micros()
        });
        self.touch_visitor(id);
        let reason = reason.to_owned();
        self.persist(now, Fact::ReservationClosed { reservation: id, reason, number_free_at: free_at });
        if let (Some((pool, index)), Some(agent)) = (point, talker) {
            let number = self.pools[pool].point(index).number.clone();
            self.emit(now, agent, "number.cooling", number, trace_id, json!({ "reservation": id }));
        }
    }

    /// A number has rested.
    pub(super) fn number_rested(&mut self, now: Time, pool: usize, index: usize) {
        if !self.pools[pool].free(index) {
            self.violations += 1;
            return;
        }
        if self.pools[pool].point(index).is_gone() {
            return self.number_gone((pool, index), None);
        }
        self.pool_fills(pool);
        let point = self.pools[pool].point(index);
        if let Some((agent, trace_id)) = point.trail.clone() {
            let number = point.number.clone();
            self.emit(now, agent, "number.free", number, trace_id, json!({}));
        }
    }
}
