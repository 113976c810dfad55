//! Sessions: INVITE dialogs from the INVITE to the last message of the BYE (RFC 3261 §12–§15). A verb a file.

mod accept;
mod ack;
mod bye;
mod cancel;
mod info;
mod invite;
mod left;
mod progress;
mod refresh;
mod reinvite;
mod reject;
mod request;
mod route;
pub(crate) mod stray;
mod update;
mod within;

use crate::digest::Credentials;
use crate::endpoint::{Body, Endpoint, Owner, Row, SessionEvent, SessionId, Standing, TransactionId};
use crate::message::{HeaderName, Headers, Message};
use crate::transport::{ConnectionId, Flow};
use crate::uri::Uri;
use std::collections::HashMap;
use warmline_time::Time;

/// Early dialogs of one INVITE at most; a fork beyond it is answered nothing.
const MAX_FORKS: usize = 16;

/// The timers of a session.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) enum SessionTimer {
    /// Our 2xx again (RFC 3261 §13.3.1.4).
    Answer,
    /// Our 2xx has no ACK (§13.3.1.4).
    NoAck,
    /// Our provisional response again, once a minute (§13.3.1.1).
    Progress,
    /// Our re-INVITE again after glare (§14.1).
    Glare,
    /// Our turn to refresh (RFC 4028 §10).
    Refresh,
    /// No refresh came or succeeded (RFC 4028 §10).
    Expiry,
}

const TIMERS: [SessionTimer; 6] = [
    SessionTimer::Answer,
    SessionTimer::NoAck,
    SessionTimer::Progress,
    SessionTimer::Glare,
    SessionTimer::Refresh,
    SessionTimer::Expiry,
];

/// Where a session is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Phase {
    /// Our INVITE has no final response yet.
    Calling,
    /// The same, and CANCEL is sent or will be.
    Canceling,
    /// The peer's INVITE has no final response yet.
    Incoming,
    /// A 2xx went over.
    Confirmed,
    /// Our BYE is under way.
    Ending,
}

/// The peer's side of one dialog (§12).
#[derive(Debug)]
pub(crate) struct Dialog {
    /// The peer's tag; none before RFC 3261.
    pub(crate) remote_tag: Option<String>,
    /// The To of our requests.
    pub(crate) remote: String,
    /// The peer's Contact.
    pub(crate) target: Uri,
    /// The route set, as name-addrs.
    pub(crate) routes: Vec<String>,
    /// The peer's last CSeq.
    pub(crate) remote_cseq: Option<u32>,
    /// The way that the peer's latest message in this dialog came.
    pub(crate) flow: Flow,
    /// What the peer says of its address is not how we see it: requests go back on the flow.
    pub(crate) behind_nat: bool,
}

/// A 2xx of ours that has no ACK yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    pub(crate) transaction: TransactionId,
    pub(crate) cseq: u32,
    pub(crate) tries: u32,
    /// To the first INVITE; otherwise to a re-INVITE.
    pub(crate) first: bool,
}

/// A re-INVITE or UPDATE of ours that has no final response yet.
#[derive(Debug)]
pub(crate) struct Offering {
    pub(crate) transaction: TransactionId,
    pub(crate) body: Option<Body>,
    /// Only to refresh: the owner hears nothing of it.
    pub(crate) refresh: bool,
    /// How often it met glare.
    pub(crate) glares: u8,
    /// The 491 after which it waits to go out again.
    pub(crate) waiting: Option<Box<Message>>,
}

/// A CANCEL of ours, sent or waiting for a provisional response.
#[derive(Debug)]
pub(crate) struct Cancel {
    /// Its Reason; that of the BYE too where a 2xx crosses it.
    pub(crate) reason: Option<String>,
    pub(crate) sent: bool,
}

/// The session's interval (RFC 4028).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Refresh {
    pub(crate) seconds: u32,
    /// We refresh; otherwise the peer.
    pub(crate) ours: bool,
}

/// One session.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) call_id: String,
    pub(crate) local_tag: String,
    /// The From of our requests.
    pub(crate) local: String,
    pub(crate) contact_user: Option<String>,
    pub(crate) credentials: Option<Credentials>,
    /// The INVITE's transaction, ours or the peer's.
    pub(crate) transaction: TransactionId,
    /// We sent the INVITE: the Call-ID is ours.
    pub(crate) is_caller: bool,
    pub(crate) phase: Phase,
    /// The owner has hung up: he hears nothing any more.
    pub(crate) forgotten: bool,
    /// Server transactions within the dialog that are alive.
    pub(crate) open_requests: u32,
    pub(crate) local_cseq: u32,
    pub(crate) dialog: Option<Dialog>,
    /// Early dialogs of our INVITE.
    pub(crate) forks: Vec<Dialog>,
    /// The CANCEL that is wanted.
    pub(crate) cancel: Option<Cancel>,
    pub(crate) answer: Option<Answer>,
    /// The BYE that waits for the ACK of our 2xx: its Reason.
    pub(crate) bye_after_ack: Option<Option<String>>,
    pub(crate) offering: Option<Offering>,
    /// The peer's re-INVITE or UPDATE that the owner has to answer.
    pub(crate) offered: Option<TransactionId>,
    pub(crate) refresh: Option<Refresh>,
    /// The last description we sent: a refresh by re-INVITE repeats it.
    pub(crate) local_body: Option<Body>,
    pub(crate) peer_takes_update: bool,
    /// What was told of its dialog last, where that was.
    pub(crate) told: Option<left::Told>,
}

impl Session {
    pub(crate) fn new(
        call_id: String,
        local_tag: String,
        local: String,
        transaction: TransactionId,
        phase: Phase,
    ) -> Self {
        Session {
            call_id,
            local_tag,
            local,
            contact_user: None,
            credentials: None,
            transaction,
            is_caller: phase == Phase::Calling,
            phase,
            forgotten: false,
            open_requests: 0,
            local_cseq: 0,
            dialog: None,
            forks: Vec::new(),
            cancel: None,
            answer: None,
            bye_after_ack: None,
            offering: None,
            offered: None,
            refresh: None,
            local_body: None,
            peer_takes_update: false,
            told: None,
        }
    }

    pub(crate) fn next_cseq(&mut self) -> u32 {
        self.local_cseq += 1;
        self.local_cseq
    }

    /// Whether an offer is under way in either direction, or our 2xx is not acknowledged.
    pub(crate) fn is_negotiating(&self) -> bool {
        self.offering.is_some() || self.offered.is_some() || self.answer.is_some()
    }

    /// The dialog with this tag of the peer: the confirmed one or an early one.
    pub(crate) fn dialog_with(&mut self, tag: Option<&str>) -> Option<&mut Dialog> {
        self.dialog.iter_mut().chain(&mut self.forks).find(|dialog| dialog.remote_tag.as_deref() == tag)
    }
}

/// The sessions and their index by our tag.
#[derive(Default, Debug)]
pub(crate) struct Sessions {
    rows: HashMap<SessionId, Session>,
    by_tag: HashMap<String, SessionId>,
}

impl Sessions {
    pub(crate) fn get(&self, id: SessionId) -> Option<&Session> {
        self.rows.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: SessionId) -> Option<&mut Session> {
        self.rows.get_mut(&id)
    }

    pub(crate) fn insert(&mut self, id: SessionId, session: Session) {
        self.by_tag.insert(session.local_tag.clone(), id);
        self.rows.insert(id, session);
    }

    pub(crate) fn find(&self, local_tag: &str) -> Option<SessionId> {
        self.by_tag.get(local_tag).copied()
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    fn remove(&mut self, id: SessionId) -> Option<Session> {
        let session = self.rows.remove(&id)?;
        self.by_tag.remove(&session.local_tag);
        Some(session)
    }
}

impl Endpoint {
    pub(crate) fn session_timeout(&mut self, now: Time, id: SessionId, timer: SessionTimer) {
        match timer {
            SessionTimer::Answer => self.repeat_answer(now, id),
            SessionTimer::NoAck => self.ack_missing(now, id),
            SessionTimer::Progress => self.repeat_progress(now, id),
            SessionTimer::Glare => self.offer_again(now, id),
            SessionTimer::Refresh => self.send_refresh(now, id),
            SessionTimer::Expiry => self.refresh_missing(now, id),
        }
    }

    /// Ends a session for its owner, in whatever phase it is.
    pub(crate) fn end(&mut self, now: Time, id: SessionId, reason: Option<&str>) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        if session.forgotten {
            return;
        }
        let reason = reason.map(str::to_owned);
        match session.phase {
            Phase::Calling => {
                session.forgotten = true;
                self.cancel(now, id, reason);
            }
            Phase::Incoming => {
                let mut headers = Headers::default();
                if let Some(reason) = reason {
                    headers.push(HeaderName::REASON, reason);
                }
                // The phase allows it.
                let _ = self.send_reject(now, id, 603, headers);
            }
            // §15: no BYE before the ACK of our 2xx came or will not come any more.
            Phase::Confirmed if session.answer.is_some_and(|answer| answer.first) => {
                session.forgotten = true;
                session.bye_after_ack = Some(reason);
            }
            Phase::Confirmed => self.send_bye(now, id, reason),
            Phase::Canceling | Phase::Ending => {}
        }
    }

    /// The endpoint ends a session by itself: `Ended`, and BYE.
    pub(crate) fn give_up(&mut self, now: Time, id: SessionId, reason: &str) {
        let reason = Some(reason.to_owned());
        self.emit_for(id, SessionEvent::Ended { by_peer: false, reason: reason.clone() });
        self.send_bye(now, id, reason);
    }

    /// Takes a session out of every table. A request of the peer that is still open in it gets 487 (§15.1.2).
    pub(crate) fn remove_session(&mut self, now: Time, id: SessionId) {
        self.close_offered(now, id);
        let Some(session) = self.sessions.remove(id) else { return };
        if session.told.is_some() {
            self.standings.push_back(Standing::Over(session.local_tag.clone()));
        }
        if let Some(dialog) = &session.dialog {
            self.unbind(dialog.flow, Row::Session(id));
        }
        self.stop_timers(id);
        if let Some(server) = self.servers.get_mut(session.transaction)
            && server.owner == Owner::Invite(id)
        {
            server.owner = Owner::Nobody;
        }
    }

    pub(crate) fn stop_timers(&mut self, id: SessionId) {
        for timer in TIMERS {
            self.timers.cancel(crate::endpoint::Key::Session(id, timer));
        }
    }

    pub(crate) fn set_timer(&mut self, id: SessionId, timer: SessionTimer, at: Time) {
        self.timers.set(crate::endpoint::Key::Session(id, timer), at);
    }

    pub(crate) fn stop_timer(&mut self, id: SessionId, timer: SessionTimer) {
        self.timers.cancel(crate::endpoint::Key::Session(id, timer));
    }

    /// The dialog that stands: from now on its flow is watched.
    pub(crate) fn set_dialog(&mut self, id: SessionId, dialog: Dialog) {
        let flow = dialog.flow;
        if let Some(session) = self.sessions.get_mut(id) {
            session.dialog = Some(dialog);
            self.bind(flow, Row::Session(id));
        }
    }

    /// The stream of a session is closed: a later message opens another one, or finds no way.
    pub(crate) fn session_flow_closed(&mut self, id: SessionId, connection: ConnectionId) {
        let Some(dialog) = self.sessions.get_mut(id).and_then(|session| session.dialog.as_mut()) else {
            return;
        };
        if dialog.flow.connection == Some(connection) {
            dialog.flow.connection = None;
        }
    }
}
