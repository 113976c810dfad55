//! Requests within dialogs: which dialog, in which order, and whose they are (RFC 3261 §12.2.2).

use super::{Phase, route};
use crate::endpoint::{ALLOW, Endpoint, Incoming, Owner, SessionId, TransactionId};
use crate::message::{HeaderName, Method};
use warmline_time::Time;

/// Requests of one dialog that are alive at most; a peer that sends more is told to wait.
const MAX_OPEN: u32 = 64;

impl Endpoint {
    pub(crate) fn receive_within(&mut self, now: Time, incoming: Incoming) {
        let (flow, request) = (incoming.flow, &incoming.request);
        let (Ok(to), Ok(from)) = (request.to(), request.from()) else { return };
        let found = to.tag().and_then(|tag| self.sessions.find(tag));
        let Some((id, session)) = found.and_then(|id| Some((id, self.sessions.get_mut(id)?))) else {
            return self.reply(flow, request, 481);
        };
        if request.call_id() != Ok(session.call_id.as_str()) {
            return self.reply(flow, request, 481);
        }
        let phase = session.phase;
        let open = session.open_requests;
        let Some(dialog) = session.dialog_with(from.tag()) else {
            // It may have overtaken the response that makes its dialog.
            let status = if phase == Phase::Calling { 500 } else { 481 };
            return self.reply(flow, request, status);
        };
        match (phase, &incoming.cseq.method) {
            (Phase::Ending, Method::Bye) => return self.reply(flow, request, 200),
            (Phase::Ending | Phase::Canceling, _) | (Phase::Calling, Method::Bye) => {
                return self.reply(flow, request, 481);
            }
            _ => {}
        }
        if dialog.remote_cseq.is_some_and(|last| incoming.cseq.number < last) {
            return self.reply(flow, request, 500);
        }
        if open >= MAX_OPEN && incoming.cseq.method != Method::Bye {
            return self.reply_with(flow, request, 500, &[(HeaderName::RETRY_AFTER, "10".into())]);
        }
        dialog.remote_cseq = Some(incoming.cseq.number);
        self.learn_flow(id, from.tag(), flow, route::is_behind_nat(request, &flow));
        self.dispatch(now, id, incoming);
    }

    fn dispatch(&mut self, now: Time, id: SessionId, incoming: Incoming) {
        let (flow, request) = (incoming.flow, &incoming.request);
        match &incoming.cseq.method {
            Method::Bye => self.on_bye(now, id, incoming),
            Method::Invite => self.on_reinvite(now, id, incoming),
            Method::Update => self.on_update(now, id, incoming),
            Method::Info => self.on_info(now, id, incoming),
            Method::Options => self.on_options(now, id, incoming),
            // No reliable provisional response of ours is open (RFC 3262 §3), no subscription (RFC 6665 §4.1.3).
            Method::Prack | Method::Notify => self.reply(flow, request, 481),
            Method::Other(_) => self.reply(flow, request, 501),
            _ => self.reply_with(flow, request, 405, &[(HeaderName::ALLOW, ALLOW.into())]),
        }
    }

    /// Takes a request of the session into a transaction.
    pub(crate) fn start_within(&mut self, now: Time, id: SessionId, incoming: Incoming) -> TransactionId {
        let transaction = self.next_transaction();
        self.start_server(now, transaction, Owner::Within(id), incoming, false);
        transaction
    }
}
