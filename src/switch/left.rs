//! What a switch that dies leaves to the next one: its confirmed dialogs, ended by BYE at the next start (E15).

use super::trunk::Periodic;
use super::{Output, Switch};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::time::Duration;
use warmline_sip::endpoint::{Left, Standing};
use warmline_sip::transport::{Flow, Protocol};
use warmline_time::Time;

/// BYEs go out so many at a time, so far apart: 200 a second, that no trunk is flooded.
const TURN: usize = 10;
const PAUSE: Duration = Duration::from_millis(50);
/// Why, for the peer.
pub(super) const REASON: &str = "Q.850;cause=41;text=\"Switch restarted\"";

/// A confirmed dialog as it is kept over a restart. It names people: it is for the store's working table alone.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LeftDialog {
    /// Our tag, which no other dialog has.
    pub tag: String,
    /// The Call-ID.
    pub call_id: String,
    /// The From of our requests, with our tag.
    pub local: String,
    /// The To of our requests, with the peer's.
    pub remote: String,
    /// The peer's Contact.
    pub target: String,
    /// The route set, as name-addrs.
    pub routes: Vec<String>,
    /// Of our last request, about.
    pub cseq: u32,
    /// `UDP`, `TCP`, `TLS`.
    pub transport: String,
    /// Our address on the way to the peer.
    pub from: SocketAddr,
    /// The next hop.
    pub to: SocketAddr,
    /// The trunk, whose credentials answer a challenge.
    #[serde(default)]
    pub trunk: Option<String>,
}

/// What becomes of a confirmed dialog.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DialogNews {
    /// It stands, as it is from now on.
    Stands(Box<LeftDialog>),
    /// The one with this tag of ours is over.
    Over(String),
}

impl LeftDialog {
    fn of(left: Left, trunk: Option<String>) -> Self {
        LeftDialog {
            tag: left.local_tag,
            call_id: left.call_id,
            local: left.local,
            remote: left.remote,
            target: left.target,
            routes: left.routes,
            cseq: left.cseq,
            transport: left.flow.protocol.via_name().to_owned(),
            from: left.flow.local,
            to: left.flow.remote,
            trunk,
        }
    }

    /// For the endpoint; none: it was written by who knows other transports.
    fn left(self) -> Option<(Left, Option<String>)> {
        let known = [Protocol::Udp, Protocol::Tcp, Protocol::Tls];
        let protocol = known.into_iter().find(|protocol| protocol.via_name() == self.transport)?;
        let left = Left {
            call_id: self.call_id,
            local_tag: self.tag,
            local: self.local,
            remote: self.remote,
            target: self.target,
            routes: self.routes,
            cseq: self.cseq,
            flow: Flow { protocol, local: self.from, remote: self.to, connection: None },
        };
        Some((left, self.trunk))
    }
}

impl Switch {
    /// At start, before anything else: these dialogs of the process before are ended, one after the other. Each is over
    /// ([`DialogNews::Over`]) when its BYE goes out.
    pub fn end_left(&mut self, left: Vec<LeftDialog>) {
        self.left.extend(left);
        self.periodic.set(Periodic::Left, Time::ZERO);
    }

    /// The next of them.
    pub(super) fn end_some_left(&mut self, now: Time) {
        // Who is being stopped leaves the rest to the next one.
        if self.draining {
            return;
        }
        for _ in 0..TURN {
            let Some(row) = self.left.pop_front() else { return };
            // Before the attempt: a row that cannot be dealt with shall not come back with every start.
            self.outputs.push_back(Output::Dialog(DialogNews::Over(row.tag.clone())));
            let Some((left, trunk)) = row.left() else { continue };
            let trunk = trunk.and_then(|name| self.settings.trunks.iter().find(|trunk| trunk.name == name));
            let credentials = trunk.and_then(|trunk| trunk.credentials.clone());
            self.endpoint.end_left(now, &left, credentials, REASON);
        }
        if !self.left.is_empty() {
            self.periodic.set(Periodic::Left, now + PAUSE);
        }
    }

    /// What the endpoint has to tell of dialogs.
    pub(super) fn tell_dialogs(&mut self) {
        while let Some(standing) = self.endpoint.poll_standing() {
            let news = match standing {
                Standing::Over(tag) => DialogNews::Over(tag),
                Standing::Stands(session, left) => {
                    let leg = self.sessions.get(&session).map(|(_, leg)| leg);
                    let trunk = leg.and_then(|leg| self.legs.get(leg)).and_then(|row| row.trunk);
                    let name = trunk.map(|trunk| self.settings.trunks[trunk].name.clone());
                    DialogNews::Stands(Box::new(LeftDialog::of(*left, name)))
                }
            };
            self.outputs.push_back(Output::Dialog(news));
        }
    }
}
