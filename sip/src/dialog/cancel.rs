//! CANCEL: ours, held back until it may go, and the peer's (RFC 3261 §9).

use super::{Cancel, Phase};
use crate::endpoint::{
    Answers, Endpoint, Incoming, Outgoing, Owner, SessionEvent, SessionId, TransactionId, User, copy_first,
};
use crate::headers::CSeq;
use crate::message::{HeaderName, Message, Method};
use crate::transaction::ClientInput;
use warmline_time::Time;

impl Endpoint {
    /// Wants our INVITE cancelled: now, or as soon as a provisional response came (§9.1).
    pub(crate) fn cancel(&mut self, now: Time, id: SessionId, reason: Option<String>) {
        if let Some(session) = self.sessions.get_mut(id) {
            session.phase = Phase::Canceling;
            session.cancel = Some(Cancel { reason, sent: false });
            self.cancel_if_wanted(now, id);
        }
    }

    pub(crate) fn cancel_if_wanted(&mut self, now: Time, id: SessionId) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        let invite = session.transaction;
        let Some(cancel) = session.cancel.as_mut().filter(|cancel| !cancel.sent) else { return };
        if self.clients.get(invite).is_some_and(|client| client.may_cancel()) {
            cancel.sent = true;
            let reason = cancel.reason.clone();
            self.send_cancel(now, invite, reason);
        }
    }

    /// Sends the CANCEL of an INVITE or re-INVITE of ours.
    pub(crate) fn send_cancel(&mut self, now: Time, invite: TransactionId, reason: Option<String>) {
        let Some(client) = self.clients.get(invite) else { return };
        let Some(mut cancel) = cancel_of(&client.request) else { return };
        if let Some(reason) = reason {
            cancel.headers.push(HeaderName::REASON, reason);
        }
        let Ok(via) = client.request.via() else { return };
        let flow = client.flow;
        let id = self.next_transaction();
        let outgoing = Outgoing { user: User::Nobody, flow, request: cancel, answers: Answers::default() };
        self.start_client_as(now, id, via.branch(), outgoing);
        self.client_input(now, invite, ClientInput::Canceled, None);
    }

    /// The peer's CANCEL (§9.2). `invite` is the key of the transaction it names.
    pub(crate) fn on_cancel(&mut self, now: Time, incoming: Incoming, invite: &str) {
        let Some(transaction) = self.servers.find(invite) else {
            return self.reply(incoming.flow, &incoming.request, 481);
        };
        let Some(owner) = self.servers.get(transaction).map(|server| server.owner) else { return };
        let reason = incoming.request.headers.get(&HeaderName::REASON).map(str::to_owned);
        let ok = self.stateless_response(&incoming.request, 200, &[]);
        let cancel = self.next_transaction();
        self.start_server(now, cancel, Owner::Nobody, incoming, false);
        self.server_respond(now, cancel, ok);
        match owner {
            Owner::Invite(id) => {
                // After a final response a CANCEL changes nothing.
                let Ok((transaction, terminated)) = self.response_to_invite(id, 487) else { return };
                self.server_respond(now, transaction, terminated);
                self.emit_for(id, SessionEvent::Canceled(reason));
                self.remove_session(now, id);
            }
            Owner::Within(id) if self.is_offered(id, transaction) => self.close_offered(now, id),
            _ => {}
        }
    }
}

/// Only what §9.1 allows: the names of the INVITE, no Require, no credentials.
fn cancel_of(invite: &Message) -> Option<Message> {
    let mut cancel = Message::request(Method::Cancel, invite.uri()?.clone());
    cancel.headers.push(HeaderName::MAX_FORWARDS, "70");
    for route in invite.headers.get_all(&HeaderName::ROUTE) {
        cancel.headers.push(HeaderName::ROUTE, route);
    }
    for name in [HeaderName::FROM, HeaderName::TO, HeaderName::CALL_ID] {
        copy_first(&invite.headers, &mut cancel.headers, name);
    }
    let number = invite.cseq().ok()?.number;
    cancel.headers.push(HeaderName::CSEQ, CSeq { number, method: Method::Cancel }.to_string());
    Some(cancel)
}
