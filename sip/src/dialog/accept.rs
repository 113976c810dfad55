//! 200 to a peer's INVITE or re-INVITE, repeated until its ACK (RFC 3261 §13.3.1.4).

use super::request;
use super::{Answer, Phase, SessionTimer};
use crate::endpoint::{Body, Endpoint, SessionId, TransactionId, WrongState};
use crate::message::{Headers, Message};
use warmline_time::Time;

impl Endpoint {
    pub(crate) fn send_accept(
        &mut self,
        now: Time,
        id: SessionId,
        headers: Headers,
        body: Option<Body>,
    ) -> Result<(), WrongState> {
        let (transaction, mut response) = self.response_to_invite(id, 200)?;
        request::add_headers(&mut response, &headers);
        request::add_body(&mut response, body.as_ref());
        let session = self.sessions.get_mut(id).ok_or(WrongState)?;
        session.phase = Phase::Confirmed;
        session.local_body = body;
        self.stop_timer(id, SessionTimer::Progress);
        self.answer_invite(now, id, transaction, response, true);
        Ok(())
    }

    /// Sends a 2xx to an INVITE within the session and waits for its ACK.
    pub(crate) fn answer_invite(
        &mut self,
        now: Time,
        id: SessionId,
        transaction: TransactionId,
        mut response: Message,
        first: bool,
    ) {
        if let Some(contact) = self.contact_of(id) {
            request::add_abilities(&mut response, contact);
        }
        self.offer_refresh(now, id, transaction, &mut response);
        let cseq = response.cseq().map_or(0, |cseq| cseq.number);
        if let Some(session) = self.sessions.get_mut(id) {
            session.answer = Some(Answer { transaction, cseq, tries: 0, first });
        }
        self.tell_standing(id);
        self.server_respond(now, transaction, response);
        self.set_timer(id, SessionTimer::Answer, now + self.timing.backoff(0));
        self.set_timer(id, SessionTimer::NoAck, now + self.timing.patience());
    }

    /// Also on streams: the hop that loses it may be another one.
    pub(crate) fn repeat_answer(&mut self, now: Time, id: SessionId) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        let Some(answer) = &mut session.answer else { return };
        answer.tries += 1;
        let (transaction, tries) = (answer.transaction, answer.tries);
        self.server_resend(transaction);
        self.set_timer(id, SessionTimer::Answer, now + self.timing.backoff(tries));
    }

    /// No ACK in 64·T1: the dialog stands, the session ends (§13.3.1.4).
    pub(crate) fn ack_missing(&mut self, now: Time, id: SessionId) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        session.answer = None;
        match session.bye_after_ack.take() {
            Some(reason) => self.send_bye(now, id, reason),
            None => self.give_up(now, id, "SIP;cause=408;text=\"no ACK\""),
        }
    }
}
