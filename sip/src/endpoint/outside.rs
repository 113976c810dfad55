//! Requests outside dialogs: REGISTER, OPTIONS, … in both directions (RFC 3261 §8).

use super::{
    Answers, ClientId, Endpoint, Event, Heard, Outgoing, OutgoingRequest, Owner, RequestId, TransactionId,
    User, WrongState,
};
use crate::headers::{CSeq, NameAddr};
use crate::message::{HeaderName, Message, Method};
use crate::uri::Uri;
use warmline_time::Time;

impl Endpoint {
    pub(crate) fn send_request(&mut self, now: Time, outgoing: OutgoingRequest) -> ClientId {
        let OutgoingRequest { flow, mut message, credentials } = outgoing;
        let client = ClientId(self.next_id());
        let id = self.next_transaction();
        self.complete(&mut message);
        let user = User::Request(client);
        let outgoing = Outgoing { user, flow, request: message, answers: Answers::with(credentials) };
        self.start_client(now, id, outgoing);
        client
    }

    /// Adds what §8.1.1 asks for and the caller left out.
    fn complete(&mut self, message: &mut Message) {
        message.headers.remove(&HeaderName::VIA);
        let from = message.from().unwrap_or_else(|_| anonymous());
        if from.tag().is_none() {
            let tag = self.new_name(None);
            message.headers.set(HeaderName::FROM, from.with_tag(&tag).to_string());
        }
        if message.headers.get(&HeaderName::TO).is_none()
            && let Some(uri) = message.uri()
        {
            let to = NameAddr::new(uri.clone()).to_string();
            message.headers.push(HeaderName::TO, to);
        }
        if message.headers.get(&HeaderName::CALL_ID).is_none() {
            let call_id = self.new_name(None);
            message.headers.push(HeaderName::CALL_ID, call_id);
        }
        if message.cseq().is_err() {
            let method = message.method().unwrap_or(Method::Options);
            message.headers.set(HeaderName::CSEQ, CSeq { number: 1, method }.to_string());
        }
        if message.headers.get(&HeaderName::MAX_FORWARDS).is_none() {
            message.headers.push(HeaderName::MAX_FORWARDS, "70");
        }
        if !self.config.product.is_empty() && message.headers.get(&HeaderName::USER_AGENT).is_none() {
            message.headers.push(HeaderName::USER_AGENT, self.config.product.as_str());
        }
    }

    pub(crate) fn on_request_heard(&mut self, now: Time, id: TransactionId, client: ClientId, heard: Heard) {
        let result = match heard {
            Heard::Response(response) => match response.status() {
                Some(100..=199) => return,
                Some(200..=299) => Ok(response),
                _ if self.answer_challenge(now, id, &response).is_some() => return,
                _ => Err(Heard::Response(response).into_failure()),
            },
            other => Err(other.into_failure()),
        };
        self.emit(Event::Response { client, result });
    }

    pub(crate) fn send_response(
        &mut self,
        now: Time,
        request_id: RequestId,
        response: Message,
    ) -> Result<(), WrongState> {
        let id = TransactionId(request_id.0);
        let server = self.servers.get_mut(id).ok_or(WrongState)?;
        if server.owner != Owner::Outside(request_id) || response.status().is_none() {
            return Err(WrongState);
        }
        if response.status().is_some_and(|status| status >= 200) {
            server.owner = Owner::Nobody;
        }
        self.server_respond(now, id, response);
        Ok(())
    }
}

/// The From of a request that has none (RFC 3261 §8.1.1.3).
fn anonymous() -> NameAddr {
    NameAddr::new(Uri::sip(Some("anonymous"), "anonymous.invalid", None))
}
