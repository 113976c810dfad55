//! re-INVITE: ours with its answer and its glare, the peer's with ours (RFC 3261 §14).

use super::invite::dialog_of_response;
use super::request;
use super::{Offering, Phase, SessionTimer};
use crate::endpoint::{
    Answers, Body, Endpoint, Failure, Heard, Incoming, Outgoing, SessionEvent, SessionId, TransactionId,
    User, WrongState,
};
use crate::message::{HeaderName, Message, Method};
use crate::uri::Uri;
use std::time::Duration;
use warmline_time::Time;

/// So often a re-INVITE goes out again after 491.
const MAX_GLARES: u8 = 4;

impl Endpoint {
    pub(crate) fn send_reinvite(&mut self, now: Time, id: SessionId, body: Body) -> Result<(), WrongState> {
        let session = self.sessions.get(id).ok_or(WrongState)?;
        if session.forgotten || session.phase != Phase::Confirmed || session.is_negotiating() {
            return Err(WrongState);
        }
        self.offer(now, id, Some(body), false, 0);
        Ok(())
    }

    /// Sends a re-INVITE, the owner's or a refresh, for the first time or after glare.
    pub(crate) fn offer(&mut self, now: Time, id: SessionId, body: Option<Body>, refresh: bool, glares: u8) {
        let Some((mut request, flow)) = self.next_request(id, Method::Invite) else { return };
        self.ask_refresh(id, &mut request);
        request::add_body(&mut request, body.as_ref());
        let transaction = self.next_transaction();
        let Some(session) = self.sessions.get_mut(id) else { return };
        session.offering = Some(Offering { transaction, body, refresh, glares, waiting: None });
        let answers = Answers::with(session.credentials.clone());
        self.start_client(now, transaction, Outgoing { user: User::Reinvite(id), flow, request, answers });
    }

    /// What came of our re-INVITE.
    pub(crate) fn on_reinvite_heard(
        &mut self,
        now: Time,
        transaction: TransactionId,
        id: SessionId,
        heard: Heard,
    ) {
        match heard {
            Heard::Response(response) => match response.status() {
                Some(100..=199) => {}
                Some(200..=299) => self.on_reinvite_answer(now, transaction, id, response),
                _ => self.on_reinvite_refusal(now, transaction, id, response),
            },
            Heard::Expired => self.send_cancel(now, transaction, None),
            failed => self.offer_failed(now, transaction, id, failed.into_failure()),
        }
    }

    fn on_reinvite_answer(
        &mut self,
        now: Time,
        transaction: TransactionId,
        id: SessionId,
        response: Box<Message>,
    ) {
        let Some(client) = self.clients.get(transaction) else { return };
        if let Some(ack) = client.acks.first() {
            let (flow, wire) = (ack.flow, ack.wire.clone());
            self.counters.retransmissions_absorbed += 1;
            return self.retransmit(flow, wire);
        }
        let flow = client.flow;
        let Some(mut dialog) = dialog_of_response(&client.request, &response, flow) else { return };
        match self.sessions.get_mut(id).and_then(|session| session.dialog.as_mut()) {
            Some(standing) => {
                // The target is refreshed, the route set never (§12.2.1.2).
                if let Ok(Some(contact)) = response.contact() {
                    standing.target = contact.uri;
                }
                dialog.target = standing.target.clone();
                dialog.routes = standing.routes.clone();
                dialog.behind_nat = standing.behind_nat;
                dialog.flow = standing.flow;
            }
            // Hung up meanwhile; the route set is in the request.
            None => {
                let name = HeaderName::ROUTE;
                dialog.routes = client.request.headers.get_all(&name).map(str::to_owned).collect();
            }
        }
        self.send_ack(transaction, &dialog);
        let Some(offering) = self.take_offering(id, transaction) else { return };
        if let Some(session) = self.sessions.get_mut(id) {
            session.local_body = offering.body.or(session.local_body.take());
        }
        self.adopt_refresh(now, id, &response);
        if !offering.refresh {
            self.emit_for(id, SessionEvent::OfferAnswered(response));
        }
    }

    fn on_reinvite_refusal(
        &mut self,
        now: Time,
        transaction: TransactionId,
        id: SessionId,
        response: Box<Message>,
    ) {
        if self.offering_of(id, transaction).is_none() {
            return;
        }
        if let Some(next) = self.answer_challenge(now, transaction, &response) {
            return self.continue_offering(id, next);
        }
        if response.status() == Some(491) && self.wait_after_glare(now, id, &response) {
            return;
        }
        if response.status() == Some(422)
            && self.adopt_min_se(id, &response)
            && let Some(offering) = self.take_offering(id, transaction)
        {
            return self.offer(now, id, offering.body, offering.refresh, offering.glares);
        }
        self.offer_failed(now, transaction, id, Failure::Response(response));
    }

    /// §14.1: the owner of the Call-ID waits longer, so that the two do not meet again.
    fn wait_after_glare(&mut self, now: Time, id: SessionId, response: &Message) -> bool {
        let Some(session) = self.sessions.get_mut(id) else { return false };
        let Some(offering) = session.offering.as_mut().filter(|offering| offering.glares < MAX_GLARES) else {
            return false;
        };
        offering.glares += 1;
        offering.waiting = Some(Box::new(response.clone()));
        let (least, span) = if session.is_caller { (2_100, 191) } else { (0, 201) };
        let wait = Duration::from_millis(least + 10 * self.random.below(span));
        self.set_timer(id, SessionTimer::Glare, now + wait);
        true
    }

    pub(crate) fn offer_again(&mut self, now: Time, id: SessionId) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        let Some(offering) = session.offering.take() else { return };
        self.offer(now, id, offering.body, offering.refresh, offering.glares);
    }

    /// Our offer is refused or lost. 408 and 481 end the session (§12.2.1.2, §14.1).
    pub(crate) fn offer_failed(
        &mut self,
        now: Time,
        transaction: TransactionId,
        id: SessionId,
        failure: Failure,
    ) {
        let Some(offering) = self.take_offering(id, transaction) else { return };
        let status = failure.status();
        if !offering.refresh {
            self.emit_for(id, SessionEvent::OfferRefused(failure));
        }
        if matches!(status, 408 | 481) {
            self.give_up(now, id, &format!("SIP;cause={status};text=\"dialog is gone\""));
        } else if offering.refresh {
            self.refresh_later(now, id);
        }
    }

    pub(crate) fn offering_of(&self, id: SessionId, transaction: TransactionId) -> Option<&Offering> {
        let offering = self.sessions.get(id)?.offering.as_ref()?;
        (offering.transaction == transaction).then_some(offering)
    }

    /// Our offer goes on in another transaction, with credentials.
    pub(crate) fn continue_offering(&mut self, id: SessionId, transaction: TransactionId) {
        if let Some(offering) = self.sessions.get_mut(id).and_then(|session| session.offering.as_mut()) {
            offering.transaction = transaction;
        }
    }

    pub(crate) fn set_target(&mut self, id: SessionId, target: Uri) {
        if let Some(dialog) = self.sessions.get_mut(id).and_then(|session| session.dialog.as_mut()) {
            dialog.target = target;
        }
        self.tell_standing(id);
    }

    pub(crate) fn take_offering(&mut self, id: SessionId, transaction: TransactionId) -> Option<Offering> {
        self.offering_of(id, transaction)?;
        self.sessions.get_mut(id)?.offering.take()
    }

    /// A re-INVITE of the peer: a question for the owner, unless offers cross (§14.2).
    pub(crate) fn on_reinvite(&mut self, now: Time, id: SessionId, incoming: Incoming) {
        if self.refuse_short_interval(incoming.flow, &incoming.request) || self.refuse_crossing(id, &incoming)
        {
            return;
        }
        self.refresh_target(id, &incoming.request);
        let request = Box::new(incoming.request.clone());
        let trying = Message::response_to(&request, 100, "", None);
        let transaction = self.start_within(now, id, incoming);
        self.server_respond(now, transaction, trying);
        self.set_offered(id, transaction);
        self.emit_for(id, SessionEvent::Offer(request));
    }

    /// 491 where our offer is open, 500 where the peer's earlier one is (§14.2, RFC 3311 §5.2).
    pub(crate) fn refuse_crossing(&mut self, id: SessionId, incoming: &Incoming) -> bool {
        let Some(session) = self.sessions.get_mut(id) else { return true };
        let (flow, request) = (incoming.flow, &incoming.request);
        if session.offered.is_some() || session.phase == Phase::Incoming {
            let seconds = self.random.below(11).to_string();
            self.reply_with(flow, request, 500, &[(HeaderName::RETRY_AFTER, seconds)]);
            return true;
        }
        let waiting = session.offering.as_mut().and_then(|offering| offering.waiting.take());
        if let Some(glare) = waiting {
            // The peer's offer came first; ours would be about a description that no longer holds.
            let refresh = session.offering.take().is_some_and(|offering| offering.refresh);
            self.stop_timer(id, SessionTimer::Glare);
            if !refresh {
                self.emit_for(id, SessionEvent::OfferRefused(Failure::Response(glare)));
            }
            return false;
        }
        if session.is_negotiating() || session.phase != Phase::Confirmed {
            self.reply(flow, request, 491);
            return true;
        }
        false
    }

    /// The peer's Contact is where our requests go from now on (§12.2.2).
    pub(crate) fn refresh_target(&mut self, id: SessionId, request: &Message) {
        let (Ok(from), Ok(Some(contact))) = (request.from(), request.contact()) else { return };
        let dialog = self.sessions.get_mut(id).and_then(|session| session.dialog_with(from.tag()));
        if let Some(dialog) = dialog {
            dialog.target = contact.uri;
        }
        self.tell_standing(id);
    }

    pub(crate) fn set_offered(&mut self, id: SessionId, transaction: TransactionId) {
        if let Some(session) = self.sessions.get_mut(id) {
            session.offered = Some(transaction);
        }
    }

    pub(crate) fn is_offered(&self, id: SessionId, transaction: TransactionId) -> bool {
        self.sessions.get(id).is_some_and(|session| session.offered == Some(transaction))
    }

    /// The stream of the peer's offer is closed: there is nobody to answer.
    pub(crate) fn on_offer_unreachable(&mut self, id: SessionId, transaction: TransactionId) {
        if self.is_offered(id, transaction)
            && let Some(session) = self.sessions.get_mut(id)
        {
            session.offered = None;
        }
    }

    /// The peer's offer, cancelled or overtaken by the end: 487.
    pub(crate) fn close_offered(&mut self, now: Time, id: SessionId) {
        let Some(transaction) = self.sessions.get_mut(id).and_then(|session| session.offered.take()) else {
            return;
        };
        if let Some(server) = self.servers.get(transaction) {
            let response = Message::response_to(&server.request, 487, "", None);
            self.server_respond(now, transaction, response);
        }
    }

    /// The owner's answer to the peer's offer.
    pub(crate) fn send_answer(
        &mut self,
        now: Time,
        id: SessionId,
        body: Option<Body>,
    ) -> Result<(), WrongState> {
        let (transaction, mut response) = self.response_to_offer(id, 200)?;
        request::add_body(&mut response, body.as_ref());
        let session = self.sessions.get_mut(id).ok_or(WrongState)?;
        session.offered = None;
        session.local_body = body.or(session.local_body.take());
        if response.method() == Ok(Method::Invite) {
            self.answer_invite(now, id, transaction, response, false);
        } else {
            self.answer_update(now, id, transaction, response);
        }
        Ok(())
    }

    pub(crate) fn send_refusal(&mut self, now: Time, id: SessionId, status: u16) -> Result<(), WrongState> {
        if !(300..=699).contains(&status) {
            return Err(WrongState);
        }
        let (transaction, response) = self.response_to_offer(id, status)?;
        if let Some(session) = self.sessions.get_mut(id) {
            session.offered = None;
        }
        self.server_respond(now, transaction, response);
        Ok(())
    }

    fn response_to_offer(&self, id: SessionId, status: u16) -> Result<(TransactionId, Message), WrongState> {
        let session = self.sessions.get(id).filter(|session| !session.forgotten).ok_or(WrongState)?;
        let transaction = session.offered.ok_or(WrongState)?;
        let server = self.servers.get(transaction).ok_or(WrongState)?;
        Ok((transaction, Message::response_to(&server.request, status, "", None)))
    }
}
