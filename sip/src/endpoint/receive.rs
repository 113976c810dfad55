//! Sorting of what comes from the wire: response, repetition, in a dialog, new, or noise (RFC 3261 §8.2, §18.2).

use super::servers::{self, Incoming, Owner};
use super::{Endpoint, Event, RequestId};
use crate::headers::{CSeq, Via};
use crate::message::{HeaderName, Message, Method, Start};
use crate::parse::{ParseError, parse};
use crate::transaction::ServerInput;
use crate::transport::Flow;
use bytes::Bytes;
use warmline_time::Time;

impl Endpoint {
    pub(crate) fn receive(&mut self, now: Time, flow: Flow, payload: Bytes) {
        self.counters.received += 1;
        match parse(payload.clone()) {
            Ok(message) => match &message.start {
                Start::Response { .. } => self.receive_response(now, flow, message),
                Start::Request { .. } => self.receive_request(now, flow, message),
            },
            Err(ParseError::KeepAlive) => {}
            Err(error) => {
                self.counters.malformed += 1;
                let status = if error == ParseError::Version { 505 } else { 400 };
                self.reply_to_malformed(flow, &payload, status);
            }
        }
    }

    fn receive_request(&mut self, now: Time, flow: Flow, mut request: Message) {
        let Ok(mut via) = request.via() else {
            self.counters.malformed += 1;
            return;
        };
        mark_source(&mut request, &mut via, &flow);
        let Some((method, cseq)) = mandatory(&request) else {
            self.counters.malformed += 1;
            let is_ack = matches!(&request.start, Start::Request { method: Method::Ack, .. });
            if !is_ack {
                self.reply(flow, &request, 400);
            }
            return;
        };
        if method == Method::Ack {
            return self.receive_ack(now, flow, &via, cseq, request);
        }
        let key = servers::key_of(&request, &via, &cseq, &method);
        if let Some(id) = self.servers.find(&key) {
            self.server_input(now, id, ServerInput::Request, None);
            return;
        }
        if method == Method::Cancel {
            let invite = servers::key_of(&request, &via, &cseq, &Method::Invite);
            return self.on_cancel(now, Incoming { request, flow, cseq, key }, &invite);
        }
        if let Some(unknown) = self.unknown_extensions(&request, &method) {
            return self.reply_with(flow, &request, 420, &[(HeaderName::UNSUPPORTED, unknown)]);
        }
        let in_dialog = request.to().is_ok_and(|to| to.tag().is_some());
        let incoming = Incoming { request, flow, cseq, key };
        if in_dialog { self.receive_within(now, incoming) } else { self.receive_new(now, incoming) }
    }

    /// An ACK: of a final response other than 2xx by its transaction, of a 2xx by its dialog (§13.3.1.4).
    fn receive_ack(&mut self, now: Time, flow: Flow, via: &Via, cseq: CSeq, request: Message) {
        let key = servers::key_of(&request, via, &cseq, &Method::Invite);
        if let Some(id) = self.servers.find(&key)
            && self.server_input(now, id, ServerInput::Ack, None)
        {
            return;
        }
        self.on_ack(now, flow, cseq, request);
    }

    /// A request outside any dialog.
    fn receive_new(&mut self, now: Time, incoming: Incoming) {
        let Incoming { request, flow, cseq, .. } = &incoming;
        let flow = *flow;
        match cseq.method {
            // These live in dialogs only; a To without a tag names none (§12.2.2).
            Method::Bye | Method::Update | Method::Info | Method::Prack => {
                return self.reply(flow, request, 481);
            }
            // A UAS may answer OPTIONS and REGISTER that go no further (§11, §16.3).
            Method::Options | Method::Register => {}
            _ if hops_left(request) == Some(0) => return self.reply(flow, request, 483),
            _ => {}
        }
        if hops_left(request).is_none() {
            return self.reply(flow, request, 400);
        }
        if self.servers.is_merged(&servers::merge_key_of(request, cseq)) {
            return self.reply(flow, request, 482);
        }
        // New INVITEs give way first: a registration or a probe costs little and keeps phones reachable.
        let limit = self.config.max_transactions;
        if cseq.method == Method::Invite {
            if self.servers.len() >= limit {
                return self.shed(flow, request);
            }
            return self.on_invite(now, incoming);
        }
        if self.servers.len() >= limit.saturating_mul(2) {
            return self.shed(flow, request);
        }
        let id = self.next_transaction();
        let request_id = RequestId(id.0);
        let request = Box::new(request.clone());
        self.start_server(now, id, Owner::Outside(request_id), incoming, true);
        self.emit(Event::Request { request_id, request, flow });
    }

    /// The option tags of Require that are not ours (§8.2.2.3), comma-separated.
    fn unknown_extensions(&self, request: &Message, method: &Method) -> Option<String> {
        let name = HeaderName::REQUIRE;
        let known = |tag: &str| tag == "timer" || (tag == "path" && *method == Method::Register);
        let unknown: Vec<&str> =
            request.headers.list(&name).into_iter().map(str::trim).filter(|tag| !known(tag)).collect();
        (!unknown.is_empty()).then(|| unknown.join(", "))
    }
}

/// Notes in the topmost Via where the request came from (§18.2.1, RFC 3581 §4).
fn mark_source(request: &mut Message, via: &mut Via, flow: &Flow) {
    let source = flow.remote.ip().to_string();
    let wants_port = via.param("rport").is_some();
    if !wants_port && via.host == source {
        return;
    }
    if wants_port {
        via.set_param("rport", Some(&flow.remote.port().to_string()));
    }
    via.set_param("received", Some(&source));
    let name = HeaderName::VIA;
    let others: Vec<String> = request.headers.list(&name).into_iter().skip(1).map(str::to_owned).collect();
    request.headers.remove(&name);
    for other in others.into_iter().rev() {
        request.headers.push_front(HeaderName::VIA, other);
    }
    request.headers.push_front(HeaderName::VIA, via.to_string());
}

/// The headers that every request has (§8.1.1), and a CSeq that names its method.
fn mandatory(request: &Message) -> Option<(Method, CSeq)> {
    let method = request.method().ok()?;
    let cseq = request.cseq().ok()?;
    request.from().ok()?;
    request.to().ok()?;
    let call_id = request.call_id().ok()?;
    (cseq.method == method && !call_id.is_empty()).then_some((method, cseq))
}

/// Max-Forwards (§20.22): 70 where there is none, `None` where it is no number.
fn hops_left(request: &Message) -> Option<u32> {
    match request.headers.get(&HeaderName::MAX_FORWARDS) {
        Some(value) => value.trim().parse().ok(),
        None => Some(70),
    }
}
