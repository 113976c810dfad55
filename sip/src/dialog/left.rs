//! Confirmed dialogs as a later process has to know them, so that it can end what this one leaves behind (RFC 3261 §15).

use super::request::{self, Names};
use super::{Dialog, Phase, route};
use crate::digest::Credentials;
use crate::endpoint::{Answers, Endpoint, Left, Outgoing, SessionId, Standing, User};
use crate::message::{HeaderName, Method};
use crate::transport::{Flow, Protocol};
use crate::uri::Uri;
use warmline_time::Time;

/// What was told counts for so many of our requests; a later process begins behind twice as many (§12.2.1.1 allows gaps).
const TOLD_AGAIN: u32 = 500;
const JUMP: u32 = 2 * TOLD_AGAIN;

/// What was told of a dialog last.
#[derive(Debug)]
pub(crate) struct Told {
    flow: Flow,
    target: Uri,
    cseq: u32,
}

impl Endpoint {
    /// Tells of a confirmed dialog where that is news: it stands since now, or has another way or target.
    pub(crate) fn tell_standing(&mut self, id: SessionId) {
        if !self.config.tell_dialogs {
            return;
        }
        let Some(session) = self.sessions.get_mut(id) else { return };
        let Some(dialog) = session.dialog.as_ref().filter(|_| session.phase == Phase::Confirmed) else {
            return;
        };
        let flow = route::next_hop_anew(dialog);
        // No other process has a way to a browser: it is the browser that opens its WebSocket (RFC 7118 §5).
        if matches!(flow.protocol, Protocol::Ws | Protocol::Wss) {
            return;
        }
        let known = session.told.as_ref().is_some_and(|told| {
            told.flow == flow && told.target == dialog.target && session.local_cseq < told.cseq + TOLD_AGAIN
        });
        if known {
            return;
        }
        let left = Left {
            call_id: session.call_id.clone(),
            local_tag: session.local_tag.clone(),
            local: session.local.clone(),
            remote: dialog.remote.clone(),
            target: dialog.target.to_string(),
            routes: dialog.routes.clone(),
            cseq: session.local_cseq,
            flow,
        };
        session.told = Some(Told { flow, target: dialog.target.clone(), cseq: session.local_cseq });
        self.standings.push_back(Standing::Stands(id, Box::new(left)));
    }

    /// BYE in a dialog of a predecessor. Whatever comes of it, no more can be done.
    pub(crate) fn send_left_bye(
        &mut self,
        now: Time,
        left: &Left,
        credentials: Option<Credentials>,
        reason: &str,
    ) -> bool {
        let Ok(target) = left.target.parse::<Uri>() else { return false };
        let dialog = Dialog {
            remote_tag: None,
            remote: left.remote.clone(),
            target,
            routes: left.routes.clone(),
            remote_cseq: None,
            flow: left.flow,
            behind_nat: false,
        };
        let names = Names { call_id: &left.call_id, local: &left.local, product: &self.config.product };
        let mut bye = request::request_in(&dialog, &names, Method::Bye, left.cseq.saturating_add(JUMP));
        bye.headers.push(HeaderName::REASON, reason);
        let id = self.next_transaction();
        let answers = Answers::with(credentials);
        self.start_client(now, id, Outgoing { user: User::Nobody, flow: left.flow, request: bye, answers });
        self.counters.left_ended += 1;
        true
    }
}
