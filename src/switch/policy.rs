//! Who a request comes from, and what he may do. Decided before routing, for every call.

use super::Switch;
use super::bans::{self, Strike};
use super::route::{self, Destination};
use super::settings::{DidFrom, Target};
use std::net::IpAddr;
use warmline_sip::digest::Verdict;
use warmline_sip::message::{HeaderName, Message};
use warmline_sip::transport::{Flow, Protocol};
use warmline_time::Time;

/// Who calls.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Caller {
    /// A trunk, by its place in the settings.
    Trunk(usize),
    /// A plain account that has proven itself.
    Account(String),
    /// An agent's phone that has proven itself.
    Agent {
        /// User part.
        user: String,
        /// The firm, which is the realm.
        firm: String,
    },
}

/// A status, and headers that go with it.
pub(super) type Refusal = (u16, Vec<(HeaderName, String)>);

impl Switch {
    /// Whose INVITE it is; a refusal for strangers, and a challenge first for those who claim to be ours.
    pub(super) fn caller(&mut self, now: Time, request: &Message, flow: &Flow) -> Result<Caller, Refusal> {
        if let Some(trunk) = self.trunk_of(flow) {
            return Ok(Caller::Trunk(trunk));
        }
        let from = request.from().map_err(|_| (400, Vec::new()))?;
        let Some(realm) = self.realm(&from.uri.host, flow) else {
            self.counters.strangers_refused += 1;
            self.knocked(now, flow, Strike::Refused);
            return Err((403, Vec::new()));
        };
        let user = self.authenticate(now, request, flow, &realm)?;
        if from.uri.user.as_ref() != Some(&user) {
            self.counters.strangers_refused += 1;
            return Err((403, Vec::new()));
        }
        let plain = realm == self.settings.domain;
        Ok(if plain { Caller::Account(user) } else { Caller::Agent { user, firm: realm } })
    }

    /// The trunk whose request this is. A peer's very address and port says it; the address alone only where no phone is
    /// registered over this flow; a WebSocket never.
    fn trunk_of(&self, flow: &Flow) -> Option<usize> {
        if matches!(flow.protocol, Protocol::Ws | Protocol::Wss) {
            return None;
        }
        let trunks = &self.settings.trunks;
        let exact = trunks.iter().position(|trunk| {
            trunk.trusted.contains(&flow.remote.ip())
                && trunk.peers.iter().any(|peer| peer.remote == flow.remote)
        });
        exact.or_else(|| {
            let by_address = || trunks.iter().position(|trunk| trunk.trusted.contains(&flow.remote.ip()));
            if self.registrar.is_phone(flow) { None } else { by_address() }
        })
    }

    /// Whether this message is not looked at: who is banned begins nothing; what is on goes on.
    pub(super) fn is_banned(&self, now: Time, flow: &Flow, payload: &[u8]) -> bool {
        self.bans.holds(now, flow)
            && self.trunk_of(flow).is_none()
            && !self.registrar.is_phone(flow)
            && bans::begins(payload)
    }

    fn knocked(&mut self, now: Time, flow: &Flow, why: Strike) {
        if !self.registrar.is_phone(flow) {
            self.counters.bans += u64::from(self.bans.strike(now, flow, why, self.settings.ban));
        }
    }

    /// The realm that a host part names: a firm, or the domain of plain accounts by its name or our address.
    pub(super) fn realm(&self, host: &str, flow: &Flow) -> Option<String> {
        let host = host.to_ascii_lowercase();
        if self.settings.firms.contains(&host) {
            return Some(host);
        }
        let ours = host.parse::<IpAddr>().is_ok_and(|address| address == flow.local.ip());
        (host == self.settings.domain || ours).then(|| self.settings.domain.clone())
    }

    /// The user who proves himself for a realm; otherwise a 401 with challenges.
    pub(super) fn authenticate(
        &mut self,
        now: Time,
        request: &Message,
        flow: &Flow,
        realm: &str,
    ) -> Result<String, Refusal> {
        let peer = flow.remote.ip();
        let user = self.verifier.user(request, realm).map(str::to_owned);
        let password = user.as_ref().and_then(|user| {
            self.credentials.get(&(user.clone(), realm.to_owned())).map(|password| password.to_owned())
        });
        let verdict = self.verifier.verify(now, peer, realm, request, password.as_deref());
        let stale = match (verdict, user) {
            (Verdict::Accepted, Some(user)) => {
                self.bans.proved(flow);
                return Ok(user);
            }
            (Verdict::Challenge { stale }, _) => {
                self.knocked(now, flow, Strike::Asked);
                stale
            }
            (verdict, _) => {
                self.counters.auth_refused += 1;
                let wrong = verdict == Verdict::Wrong;
                self.knocked(now, flow, if wrong { Strike::Wrong } else { Strike::Refused });
                false
            }
        };
        let [sha256, md5] = self.verifier.challenge(now, peer, realm, stale);
        let offered = self.settings.digest_sha256.then_some(sha256).into_iter().chain([md5]);
        Err((401, offered.map(|value| (HeaderName::WWW_AUTHENTICATE, value)).collect()))
    }

    /// Where this caller's call goes; `None`: nowhere (404).
    pub(super) fn destination(&self, caller: &Caller, request: &Message, flow: &Flow) -> Option<Destination> {
        let (order, name) = match caller {
            Caller::Trunk(trunk) => {
                let trunk = &self.settings.trunks[*trunk];
                (trunk.did_from.as_slice(), Some(trunk.name.as_str()))
            }
            _ => ([DidFrom::RequestUri].as_slice(), None),
        };
        if let Some(echo) = self.echo_wanted(caller, request, flow) {
            return Some(echo);
        }
        let candidates = route::candidates(request, order);
        if let (Caller::Trunk(_), Some(number)) = (caller, self.warm_line(&candidates)) {
            return Some(Destination::Extension(number));
        }
        let found = self.routes.find(&candidates, |route| route::takes(route, caller, name));
        let found = found.or_else(|| match caller {
            Caller::Account(_) => self.neighbour(request, flow),
            _ => None,
        });
        found.or_else(|| match caller {
            Caller::Trunk(_) => None,
            Caller::Account(_) | Caller::Agent { .. } => {
                let number = candidates.first()?;
                let dialled: u16 = number.parse().ok()?;
                let mut extensions = self.settings.extensions.iter();
                let known = extensions.any(|(first, last)| (*first..=*last).contains(&dialled));
                known.then(|| Destination::Extension(number.clone()))
            }
        })
    }

    /// The warm line's number that a trunk's call is for.
    fn warm_line(&self, candidates: &[String]) -> Option<String> {
        let digits = |number: &str| number.trim_start_matches('+').to_owned();
        let own = |candidate: &String| {
            self.settings.warm_lines.iter().find(|number| digits(number) == digits(candidate)).cloned()
        };
        candidates.iter().find_map(own)
    }

    /// Another account of the domain, dialled by its name.
    fn neighbour(&self, request: &Message, flow: &Flow) -> Option<Destination> {
        let uri = request.uri()?;
        let user = uri.user.clone()?;
        let domain = &self.settings.domain;
        let here = self.realm(&uri.host, flow).as_ref() == Some(domain);
        let known = self.settings.accounts.iter().any(|account| account.user == user);
        (here && known).then_some(Destination::Target(Target::Account(user)))
    }
}
