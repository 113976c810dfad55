//! INFO and OPTIONS within a dialog, answered at once (RFC 6086, RFC 3261 §11.2).

use crate::endpoint::{ALLOW, Endpoint, Incoming, SessionEvent, SessionId};
use crate::message::{HeaderName, Message};
use warmline_time::Time;

impl Endpoint {
    pub(crate) fn on_info(&mut self, now: Time, id: SessionId, incoming: Incoming) {
        let request = Box::new(incoming.request.clone());
        let ok = Message::response_to(&request, 200, "", None);
        let transaction = self.start_within(now, id, incoming);
        self.server_respond(now, transaction, ok);
        self.emit_for(id, SessionEvent::Info(request));
    }

    pub(crate) fn on_options(&mut self, now: Time, id: SessionId, incoming: Incoming) {
        let mut ok = Message::response_to(&incoming.request, 200, "", None);
        ok.headers.push(HeaderName::ALLOW, ALLOW);
        ok.headers.push(HeaderName::ACCEPT, "application/sdp");
        ok.headers.push(HeaderName::SUPPORTED, super::request::SUPPORTED);
        let transaction = self.start_within(now, id, incoming);
        self.server_respond(now, transaction, ok);
    }
}
