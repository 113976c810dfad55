//! Answers to INVITEs of a process that is gone: ended, so that nobody is left on the line after a restart.

use super::invite::dialog_of;
use super::request::{self, Names};
use crate::endpoint::{Answers, Endpoint, Outgoing, User, via_value};
use crate::message::{HeaderName, Message, Method};
use crate::transport::Flow;
use warmline_time::Time;

/// So many such answers at most in the life of an endpoint: a forger cannot make us send for ever.
pub(crate) const BUDGET: u32 = 10_000;

impl Endpoint {
    /// A 2xx that fits no transaction of ours. Where its From-tag is a predecessor's it gets ACK and BYE, both on
    /// the way it came, whatever its Contact says.
    pub(crate) fn end_stray(&mut self, now: Time, flow: Flow, response: &Message) {
        let Some((dialog, number)) = self.left_over(flow, response) else { return };
        self.strays_left -= 1;
        self.counters.strays_ended += 1;
        let local = response.headers.get(&HeaderName::FROM).unwrap_or("");
        let call_id = response.call_id().unwrap_or("");
        let names = Names { call_id, local, product: &self.config.product };
        let mut ack = request::request_in(&dialog, &names, Method::Ack, number);
        let bye = request::request_in(&dialog, &names, Method::Bye, number.saturating_add(1));
        let branch = self.new_branch();
        ack.headers.push_front(HeaderName::VIA, via_value(&flow, &branch));
        self.transmit(flow, ack.write());
        let id = self.next_transaction();
        let outgoing = Outgoing { user: User::Nobody, flow, request: bye, answers: Answers::default() };
        self.start_client(now, id, outgoing);
    }

    /// The dialog of such an answer and the CSeq of its INVITE.
    fn left_over(&self, flow: Flow, response: &Message) -> Option<(super::Dialog, u32)> {
        let cseq = response.cseq().ok()?;
        let is_answer = cseq.method == Method::Invite && matches!(response.status(), Some(200..=299));
        // `node.shard.boot`: the same node and shard, another boot.
        let (family, _) = self.config.stamp.rsplit_once('.')?;
        let from = response.from().ok()?;
        let of_another_boot = from.tag()?.strip_prefix(family)?.starts_with('.')
            && !from.tag()?.starts_with(&format!("{}-", self.config.stamp));
        if !is_answer || !of_another_boot || self.strays_left == 0 {
            return None;
        }
        let target = response.contact().ok()??.uri;
        Some((dialog_of(response, target, flow)?, cseq.number))
    }
}
