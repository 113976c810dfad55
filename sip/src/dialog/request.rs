//! Messages of a dialog: what every request and response of ours in it carries (RFC 3261 §12.2.1.1, §13).

use super::Dialog;
use super::route;
use crate::endpoint::{ALLOW, Body, Endpoint, SessionId};
use crate::headers::CSeq;
use crate::message::{HeaderName, Headers, Message, Method};
use crate::transport::Flow;

/// Option tags that we understand (§20.37).
pub(crate) const SUPPORTED: &str = "timer";

/// The names that one dialog's requests share.
#[derive(Debug)]
pub(crate) struct Names<'a> {
    pub(crate) call_id: &'a str,
    pub(crate) local: &'a str,
    pub(crate) product: &'a str,
}

/// A request of ours in a dialog, without Via and Contact.
pub(crate) fn request_in(dialog: &Dialog, names: &Names<'_>, method: Method, number: u32) -> Message {
    let (uri, routes) = route::addressed(&dialog.target, &dialog.routes);
    let mut request = Message::request(method.clone(), uri);
    request.headers.push(HeaderName::MAX_FORWARDS, "70");
    for route in routes {
        request.headers.push(HeaderName::ROUTE, route);
    }
    request.headers.push(HeaderName::FROM, names.local);
    request.headers.push(HeaderName::TO, dialog.remote.as_str());
    request.headers.push(HeaderName::CALL_ID, names.call_id);
    request.headers.push(HeaderName::CSEQ, CSeq { number, method }.to_string());
    if !names.product.is_empty() {
        request.headers.push(HeaderName::USER_AGENT, names.product);
    }
    request
}

/// Adds what the owner wants said, but for what the dialog decides.
pub(crate) fn add_headers(message: &mut Message, headers: &Headers) {
    const DECIDED: [HeaderName; 8] = [
        HeaderName::VIA,
        HeaderName::FROM,
        HeaderName::TO,
        HeaderName::CALL_ID,
        HeaderName::CSEQ,
        HeaderName::CONTENT_LENGTH,
        HeaderName::CONTENT_TYPE,
        HeaderName::RECORD_ROUTE,
    ];
    for (name, value) in headers.iter() {
        if let (false, Ok(value)) = (DECIDED.contains(name), std::str::from_utf8(value)) {
            message.headers.push(name.clone(), value);
        }
    }
}

pub(crate) fn add_body(message: &mut Message, body: Option<&Body>) {
    if let Some(body) = body {
        message.set_body(&body.content_type, body.content.clone());
    }
}

/// What INVITE, UPDATE and their 2xx say of us (§13.2.1, §13.3.1.4).
pub(crate) fn add_abilities(message: &mut Message, contact: String) {
    message.headers.set(HeaderName::CONTACT, contact);
    if message.headers.get(&HeaderName::ALLOW).is_none() {
        message.headers.push(HeaderName::ALLOW, ALLOW);
    }
    message.headers.push(HeaderName::SUPPORTED, SUPPORTED);
}

impl Endpoint {
    /// A request in the standing dialog, its CSeq counted up, and the way it goes.
    pub(crate) fn next_request(&mut self, id: SessionId, method: Method) -> Option<(Message, Flow)> {
        let product = self.config.product.as_str();
        let session = self.sessions.get_mut(id)?;
        session.dialog.as_ref()?;
        let number = session.next_cseq();
        let dialog = session.dialog.as_ref()?;
        let names = Names { call_id: &session.call_id, local: &session.local, product };
        let refreshes = matches!(method, Method::Invite | Method::Update);
        let mut request = request_in(dialog, &names, method, number);
        let flow = route::next_hop(dialog);
        if refreshes {
            add_abilities(&mut request, route::contact(session.contact_user.as_deref(), &flow));
        }
        self.tell_standing(id);
        Some((request, flow))
    }
}
