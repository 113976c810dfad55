//! Replies without a transaction (RFC 3261 §8.2.7): one a request, to where it came from, whatever `maddr` says.

use super::Endpoint;
use super::salvage;
use crate::message::{HeaderName, Message};
use crate::transport::Flow;

/// What the endpoint understands within a dialog (RFC 3261 §20.5).
pub(crate) const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE";

impl Endpoint {
    /// A final response that is forgotten at once. Its To-tag is the same whenever the request comes again.
    pub(crate) fn reply(&mut self, flow: Flow, request: &Message, status: u16) {
        self.reply_with(flow, request, status, &[]);
    }

    /// The same with more headers.
    pub(crate) fn reply_with(
        &mut self,
        flow: Flow,
        request: &Message,
        status: u16,
        headers: &[(HeaderName, String)],
    ) {
        let response = self.stateless_response(request, status, headers);
        self.transmit(flow, response.write());
    }

    pub(crate) fn stateless_response(
        &self,
        request: &Message,
        status: u16,
        headers: &[(HeaderName, String)],
    ) -> Message {
        let cseq = request.headers.get(&HeaderName::CSEQ).unwrap_or("");
        let from = request.headers.get(&HeaderName::FROM).unwrap_or("");
        let tag = self.random.same_for(&[request.call_id().unwrap_or(""), from, cseq]);
        let tag = format!("{}-{tag}", self.config.stamp);
        let mut response = Message::response_to(request, status, "", Some(&tag));
        for (name, value) in headers {
            response.headers.push(name.clone(), value.as_str());
        }
        self.add_product(&mut response);
        response
    }

    /// A reply to bytes that are no message but look like a request.
    pub(crate) fn reply_to_malformed(&mut self, flow: Flow, datagram: &[u8], status: u16) {
        let (stamp, random) = (&self.config.stamp, &self.random);
        let tag = |call_id: &str| format!("{stamp}-{}", random.same_for(&[call_id]));
        if let Some(response) = salvage::reply_to(datagram, status, tag) {
            self.transmit(flow, response.write());
        }
    }

    /// 503 to a new request when there are too many (§21.5.4), spread over some seconds.
    pub(crate) fn shed(&mut self, flow: Flow, request: &Message) {
        self.counters.shed += 1;
        let seconds = 1 + self.random.below(5);
        self.reply_with(flow, request, 503, &[(HeaderName::RETRY_AFTER, seconds.to_string())]);
    }
}
