//! The ICE-lite agent of one leg (RFC 8445 §2.5): answers checks and remembers which addresses they came from.

use super::stun::{self, Check};
use crate::sdp::IceCredentials;
use std::collections::VecDeque;
use std::net::SocketAddr;
use warmline_time::Time;

/// Addresses remembered as valid.
const MAX_SOURCES: usize = 16;
/// Answers that wait to be sent; checks come faster only from somebody who overdoes it.
const MAX_ANSWERS: usize = 16;

/// An address that a valid check came from.
struct Source {
    address: SocketAddr,
    checked: Time,
    /// The user name fragment it used for itself.
    peer: String,
}

/// The agent.
pub(super) struct Agent {
    local: IceCredentials,
    /// Ours before a restart, until the peer used the new ones.
    former_local: Option<IceCredentials>,
    peer: Option<String>,
    former_peer: Option<String>,
    sources: Vec<Source>,
    nominated: Option<SocketAddr>,
    latest: Option<SocketAddr>,
    answers: VecDeque<(SocketAddr, Vec<u8>)>,
}

impl Agent {
    pub(super) fn new(local: IceCredentials) -> Self {
        Agent {
            local,
            former_local: None,
            peer: None,
            former_peer: None,
            sources: Vec::new(),
            nominated: None,
            latest: None,
            answers: VecDeque::new(),
        }
    }

    /// Our credentials anew.
    pub(super) fn set_local(&mut self, local: IceCredentials) {
        if local != self.local {
            self.former_local = Some(std::mem::replace(&mut self.local, local));
        }
    }

    /// The peer's credentials, for the first time or anew. Addresses that used others before any were known are forgotten;
    /// at a restart the former stay until the new ones are used, so that media goes on.
    pub(super) fn set_peer(&mut self, peer: &IceCredentials) {
        if self.peer.as_deref() == Some(&peer.ufrag) {
            return;
        }
        self.former_peer = self.peer.replace(peer.ufrag.clone());
        if self.former_peer.is_none() {
            self.forget_others(&peer.ufrag);
        }
    }

    /// Handles a datagram; true where it is a valid check, which is then answered and its address remembered.
    pub(super) fn handle(&mut self, now: Time, from: SocketAddr, packet: &[u8]) -> bool {
        let Some(check) = stun::read(packet) else { return false };
        let Some(password) = self.password(check) else { return false };
        let Some(message) = stun::authenticate(packet, password) else { return false };
        let Some(answer) = stun::answer(&message, from, password) else { return false };
        if self.answers.len() >= MAX_ANSWERS {
            self.answers.pop_front();
        }
        self.answers.push_back((from, answer));
        self.learn(now, from, check);
        true
    }

    /// Our password for a check between fragments that are ours and the peer's.
    fn password(&self, check: Check<'_>) -> Option<&str> {
        let is_peer = self.peer.as_deref().is_none_or(|peer| peer == check.peer)
            || self.former_peer.as_deref() == Some(check.peer);
        let local = [Some(&self.local), self.former_local.as_ref()].into_iter().flatten();
        let mut ours = local.filter(|local| local.ufrag == check.local);
        ours.next().filter(|_| is_peer).map(|local| local.pwd.as_str())
    }

    fn learn(&mut self, now: Time, from: SocketAddr, check: Check<'_>) {
        if self.peer.as_deref() == Some(check.peer) {
            if check.local == self.local.ufrag {
                self.former_local = None;
            }
            if self.former_peer.take().is_some() {
                self.forget_others(check.peer);
            }
        }
        let known = self.sources.iter_mut().find(|source| source.address == from);
        if let Some(source) = known {
            source.checked = now;
            if source.peer != check.peer {
                source.peer = check.peer.to_owned();
            }
        } else {
            self.make_room();
            self.sources.push(Source { address: from, checked: now, peer: check.peer.to_owned() });
        }
        self.latest = Some(from);
        if check.nominates {
            self.nominated = Some(from);
        }
    }

    /// Evicts the address that was silent longest, but not the one media goes to.
    fn make_room(&mut self) {
        if self.sources.len() < MAX_SOURCES {
            return;
        }
        let kept = self.remote();
        let candidates = self.sources.iter().enumerate().filter(|(_, source)| Some(source.address) != kept);
        if let Some((at, _)) = candidates.min_by_key(|(_, source)| source.checked) {
            self.sources.swap_remove(at);
        }
    }

    fn forget_others(&mut self, peer: &str) {
        self.sources.retain(|source| source.peer == peer);
        let sources = &self.sources;
        self.nominated = self.nominated.filter(|at| sources.iter().any(|source| source.address == *at));
        self.latest = sources.iter().max_by_key(|source| source.checked).map(|source| source.address);
    }

    /// Whether a valid check came from there.
    pub(super) fn is_valid(&self, address: SocketAddr) -> bool {
        self.sources.iter().any(|source| source.address == address)
    }

    /// The nominated address, else the one of the latest check.
    pub(super) fn remote(&self) -> Option<SocketAddr> {
        self.nominated.or(self.latest)
    }

    /// The next answer to send.
    pub(super) fn poll_transmit(&mut self) -> Option<(SocketAddr, Vec<u8>)> {
        self.answers.pop_front()
    }
}
