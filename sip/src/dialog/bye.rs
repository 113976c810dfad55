//! BYE: ours, the peer's, and that of a fork nobody wants (RFC 3261 §15).

use super::request::{self, Names};
use super::{Dialog, Phase, route};
use crate::endpoint::{
    Answers, Endpoint, Heard, Incoming, Outgoing, Owner, SessionEvent, SessionId, TransactionId, User,
};
use crate::message::{HeaderName, Message, Method};
use warmline_time::Time;

impl Endpoint {
    /// Sends BYE; the session stays, unseen by its owner, until that is answered.
    pub(crate) fn send_bye(&mut self, now: Time, id: SessionId, reason: Option<String>) {
        self.close_offered(now, id);
        self.stop_timers(id);
        let Some((mut bye, flow)) = self.next_request(id, Method::Bye) else {
            return self.remove_session(now, id);
        };
        if let Some(reason) = reason {
            bye.headers.push(HeaderName::REASON, reason);
        }
        let transaction = self.next_transaction();
        let Some(session) = self.sessions.get_mut(id) else { return };
        session.phase = Phase::Ending;
        session.forgotten = true;
        session.answer = None;
        session.offering = None;
        let answers = Answers::with(session.credentials.clone());
        let outgoing = Outgoing { user: User::Bye(id), flow, request: bye, answers };
        self.start_client(now, transaction, outgoing);
    }

    /// Whatever came of our BYE, the session is over (§15.1.1).
    pub(crate) fn on_bye_heard(
        &mut self,
        now: Time,
        transaction: TransactionId,
        id: SessionId,
        heard: Heard,
    ) {
        if let Heard::Response(response) = &heard {
            let provisional = response.status().is_some_and(|status| status < 200);
            if provisional || self.answer_challenge(now, transaction, response).is_some() {
                return;
            }
        }
        self.remove_session(now, id);
    }

    /// The BYE of a dialog that a second 2xx made (§13.2.2.4). `invite` is our INVITE's transaction.
    pub(crate) fn send_fork_bye(&mut self, now: Time, invite: TransactionId, dialog: &Dialog) {
        let Some(client) = self.clients.get(invite) else { return };
        let Ok(cseq) = client.request.cseq() else { return };
        let names = Names {
            call_id: client.request.headers.get(&HeaderName::CALL_ID).unwrap_or(""),
            local: client.request.headers.get(&HeaderName::FROM).unwrap_or(""),
            product: &self.config.product,
        };
        let bye = request::request_in(dialog, &names, Method::Bye, cseq.number + 1);
        let answers = Answers::with(client.answers.credentials.clone());
        let id = self.next_transaction();
        let outgoing = Outgoing { user: User::Nobody, flow: route::next_hop(dialog), request: bye, answers };
        self.start_client(now, id, outgoing);
    }

    /// The peer's BYE (§15.1.2).
    pub(crate) fn on_bye(&mut self, now: Time, id: SessionId, incoming: Incoming) {
        let reason = incoming.request.headers.get(&HeaderName::REASON).map(str::to_owned);
        let ok = Message::response_to(&incoming.request, 200, "", None);
        let bye = self.next_transaction();
        self.start_server(now, bye, Owner::Nobody, incoming, false);
        self.server_respond(now, bye, ok);
        let Ok((invite, terminated)) = self.response_to_invite(id, 487) else {
            self.emit_for(id, SessionEvent::Ended { by_peer: true, reason });
            return self.remove_session(now, id);
        };
        // A caller may end an early dialog by BYE.
        self.server_respond(now, invite, terminated);
        self.emit_for(id, SessionEvent::Ended { by_peer: true, reason });
        self.remove_session(now, id);
    }
}
