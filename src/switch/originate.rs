//! Calling a party: all its phones at once, or a number by the trunk's peers one after the other.

use super::call::{Call, Kind, Party, PartyState};
use super::leg::{self, profile_of};
use super::registrar::{Aor, Binding};
use super::resume::Page;
use super::settings::Target;
use super::trunk::own_uri;
use super::{Switch, cause, identity};
use std::collections::VecDeque;
use std::time::Duration;
use warmline_coordination::cti::{AGENTS, Cause, Confirm, Device, Event, GROUP};
use warmline_coordination::ids::{CallId, PartyId};
use warmline_media::sdp::{Codec, Profile};
use warmline_sip::digest::Credentials;
use warmline_sip::endpoint::{Body, Invite};
use warmline_sip::headers::NameAddr;
use warmline_sip::message::{HeaderName, Headers};
use warmline_sip::transport::Flow;
use warmline_sip::uri::Uri;
use warmline_time::Time;

/// Where a party is reached.
pub(super) enum Reach {
    /// All phones registered under an address of record.
    Phone(Aor),
    /// A number behind a trunk, by the peers that are left to try.
    Trunk { trunk: usize, number: String, peers: VecDeque<Flow> },
}

/// What the INVITEs to a party have in common, whichever phone or peer they go to.
pub(super) struct Plan {
    pub(super) reach: Reach,
    /// As in the record: `account:201`, `agent:alice@acme`, `trunk:carrier`.
    pub(super) peer: String,
    /// From: display name and user part.
    pub(super) display: String,
    pub(super) user: String,
    pub(super) headers: Headers,
    pub(super) codecs: Vec<Codec>,
    /// The caller's own offer, where media does not go through us.
    pub(super) passthrough: Option<Body>,
    pub(super) token: Option<String>,
}

/// `Dial`, as coordination gave it.
pub(super) struct Dial {
    pub(super) call: CallId,
    pub(super) party: PartyId,
    pub(super) number: String,
    pub(super) trunk: String,
    pub(super) caller_id: String,
    pub(super) token: String,
    pub(super) limit: Duration,
    pub(super) beside: Option<CallId>,
    pub(super) detect: bool,
}

/// `Ring`, as coordination gave it.
pub(super) struct Ring {
    pub(super) party: PartyId,
    pub(super) device: Device,
    pub(super) caller_name: String,
    pub(super) caller_number: Option<String>,
    pub(super) auto_answer: bool,
    pub(super) limit: Duration,
    pub(super) confirm: Option<Confirm>,
    pub(super) group: bool,
}

/// One INVITE's own part.
pub(super) struct Hop {
    flow: Flow,
    profile: Profile,
    uri: Uri,
    from: Uri,
    to: Uri,
    route: Vec<Uri>,
    trunk: Option<usize>,
    credentials: Option<Credentials>,
    page: Option<Page>,
}

impl Hop {
    /// To a registered phone.
    pub(super) fn to_phone(user: &str, aor: &Aor, binding: &Binding, page: Option<Page>) -> Self {
        Hop {
            flow: binding.flow,
            profile: profile_of(&binding.flow),
            uri: binding.contact.clone(),
            from: Uri::sip(Some(user), &aor.realm, None),
            to: Uri::sip(Some(&aor.user), &aor.realm, None),
            route: binding.path.clone(),
            trunk: None,
            credentials: None,
            page,
        }
    }
}

impl Switch {
    /// Rings an agent's device for a call; [`AGENTS`] at a time or [`GROUP`] of a group, one more is too much (`Overload`).
    pub(super) fn ring(&mut self, now: Time, call: &mut Call, ring: Ring) {
        let Ring { party, limit, group, .. } = ring;
        // A party is rung once.
        if call.party(party).is_some() {
            return;
        }
        // Whoever is handed to another switch has the call at once; of a group that is decided here.
        if !group && self.redirect(now, call, party, &ring.device) {
            return;
        }
        let most = if group { GROUP } else { AGENTS };
        let refusal = match () {
            () if group && call.agents.iter().any(Party::is_talking) => Some(Cause::Elsewhere),
            () if call.agents.len() >= most => Some(Cause::Overload),
            () => None,
        };
        let refusal = refusal.or_else(|| {
            let mut agent = Party::new(party, PartyState::Calling);
            agent.group = group;
            agent.question = ring.confirm.as_ref().map(|confirm| self.question(confirm));
            match self.ring_plan(now, call, ring) {
                Ok(plan) => agent.plan = Some(plan),
                Err(cause) => return Some(cause),
            }
            call.agents.push(agent);
            let failed = self.place(now, call, party).err();
            call.agents.retain(|agent| failed.is_none() || agent.id != party);
            failed
        });
        match refusal {
            Some(cause) => self.tell(call, Event::Failed { call: call.id, party, cause }),
            None => {
                self.limit_ringing(now, call.id, party, limit);
                let plan = call.party(party).and_then(|party| party.plan.as_ref());
                if let Some(Reach::Phone(aor)) = plan.map(|plan| &plan.reach) {
                    self.ask_rung(now, call.id, party, aor);
                }
            }
        }
    }

    fn ring_plan(&mut self, now: Time, call: &Call, ring: Ring) -> Result<Plan, Cause> {
        let mut headers = Headers::default();
        if ring.auto_answer {
            headers.push(HeaderName::CALL_INFO, "<sip:auto.invalid>;answer-after=0");
            headers.push(HeaderName::ALERT_INFO, "<sip:auto.invalid>;info=alert-autoanswer;delay=0");
        }
        identity::push_session_id(&mut headers, &call.trace);
        let (reach, peer) = match ring.device {
            Device::Account { user, realm } => {
                let kind = if realm == self.settings.domain { "account" } else { "agent" };
                let peer =
                    if kind == "agent" { format!("agent:{user}@{realm}") } else { format!("account:{user}") };
                (Reach::Phone(Aor { user, realm }), peer)
            }
            Device::Number { number, trunk } => match self.routes.inside(&number) {
                Some(Target::Account(user)) => {
                    let realm = self.settings.domain.clone();
                    (Reach::Phone(Aor { user: user.clone(), realm }), format!("account:{user}"))
                }
                // A queue or routing point of ours: nobody's phone, and the trunk would only bring it back.
                Some(_) => return Err(Cause::NotFound),
                None if self.routes.is_own(&number) => return Err(Cause::NotFound),
                None => (self.trunk_reach(now, &trunk, number)?, format!("trunk:{trunk}")),
            },
        };
        Ok(Plan {
            reach,
            peer,
            display: ring.caller_name,
            user: ring.caller_number.unwrap_or_else(|| "anonymous".into()),
            headers,
            codecs: self.codecs_of_a(call),
            passthrough: None,
            token: None,
        })
    }

    /// What the other side is offered: A's codec first once it is chosen, else what A offers.
    pub(super) fn codecs_of_a(&self, call: &Call) -> Vec<Codec> {
        let Some(a) = call.a.leg() else { return Codec::defaults() };
        let offer = a.media.as_ref().and_then(|media| media.offer.as_ref());
        match (a.voice(), offer) {
            (Some(voice), _) => leg::preferring(Some(voice)),
            (None, Some(offer)) => leg::usable(&offer.codecs),
            (None, None) => Codec::defaults(),
        }
    }

    /// Dials a customer. A number that leads back to us is no customer's: there is nobody behind the trunk (`NotFound`), and the
    /// trunk is not asked.
    pub(super) fn dial(&mut self, now: Time, dial: Dial) {
        let (id, party) = (dial.call, dial.party);
        if self.calls.contains_key(&id) {
            return self.with_call(id, |switch, call| switch.dial_prepared(now, call, &dial));
        }
        let beside = dial.beside.and_then(|call| self.calls.get(&call));
        let (near, trace) = beside.map(|call| (call.worker, call.trace.clone())).unzip();
        let worker = near.or_else(|| self.ports.roomiest(|_| true)).unwrap_or(0);
        let customer = Party {
            listened: super::detect::Listened::of(now, &dial),
            ..Party::new(party, PartyState::Calling)
        };
        if self.routes.is_own(&dial.number) {
            return self.stillborn(id, party, Cause::NotFound);
        }
        if !self.has_room() {
            return self.stillborn(id, party, Cause::Full);
        }
        self.new_call(now, id, Kind::Controlled, customer, worker, trace);
        self.with_call(id, |switch, call| {
            let placed = switch.dial_plan(now, call, &dial).and_then(|plan| {
                call.a.plan = Some(plan);
                switch.place(now, call, party)
            });
            match placed {
                Ok(()) => switch.limit_ringing(now, id, party, dial.limit),
                Err(cause) => switch.finish(now, call, cause::before_invite(cause).into()),
            }
        });
    }

    /// A call that coordination asked for and that cannot even begin.
    pub(super) fn stillborn(&mut self, call: CallId, party: PartyId, cause: Cause) {
        self.emit(Event::Failed { call, party, cause });
        self.emit(Event::Ended { call, cause });
    }

    pub(super) fn dial_plan(&mut self, now: Time, call: &Call, dial: &Dial) -> Result<Plan, Cause> {
        let reach = self.trunk_reach(now, &dial.trunk, dial.number.clone())?;
        let mut headers = Headers::default();
        if let Reach::Trunk { peers, .. } = &reach
            && let Some(flow) = peers.front()
        {
            let asserted = NameAddr::new(own_uri(Some(&dial.caller_id), flow));
            headers.push(HeaderName::P_ASSERTED_IDENTITY, asserted.to_string());
        }
        identity::push_session_id(&mut headers, &call.trace);
        let beside = dial.beside.and_then(|id| self.calls.get(&id));
        let mut agents = call.agents.iter().chain(beside.into_iter().flat_map(|call| &call.agents));
        Ok(Plan {
            reach,
            peer: format!("trunk:{}", dial.trunk),
            display: String::new(),
            user: dial.caller_id.clone(),
            headers,
            codecs: leg::preferring(agents.find_map(|agent| agent.leg()?.voice())),
            passthrough: None,
            token: Some(dial.token.clone()),
        })
    }

    /// A number behind a trunk: where a peer is up and the trunk has a token for one more call a second.
    pub(super) fn trunk_reach(&mut self, now: Time, name: &str, number: String) -> Result<Reach, Cause> {
        let trunk = self.trunk_named(name).ok_or(Cause::Unreachable)?;
        let settings = &self.settings.trunks[trunk];
        let peers: VecDeque<Flow> = self.trunks[trunk].usable(settings).into();
        if peers.is_empty() {
            return Err(Cause::Unreachable);
        }
        if !self.trunks[trunk].take_token(now, settings) {
            self.counters.overload += 1;
            return Err(Cause::Overload);
        }
        Ok(Reach::Trunk { trunk, number, peers })
    }

    pub(super) fn trunk_named(&self, name: &str) -> Option<usize> {
        self.settings.trunks.iter().position(|trunk| trunk.name == name)
    }

    /// Sends the INVITEs to a party: to all its phones, or to the next peer of its trunk. An error: none was sent.
    pub(super) fn place(&mut self, now: Time, call: &mut Call, party: PartyId) -> Result<(), Cause> {
        let mut plan = call.party_mut(party).and_then(|party| party.plan.take()).ok_or(Cause::Internal)?;
        let mut legs = Vec::new();
        let mut failed = Cause::Unreachable;
        for hop in self.hops(&mut plan) {
            match self.send_invite(now, call, &plan, hop) {
                Ok(leg) => legs.push(leg),
                Err(cause) => failed = cause,
            }
        }
        let Some(party) = call.party_mut(party) else { return Err(Cause::Internal) };
        party.plan = Some(plan);
        if legs.is_empty() {
            return Err(failed);
        }
        party.legs.extend(legs);
        Ok(())
    }

    fn hops(&self, plan: &mut Plan) -> Vec<Hop> {
        match &mut plan.reach {
            Reach::Phone(aor) => {
                let (aor, user) = (&*aor, &plan.user);
                let hop = |row: &Binding| Hop::to_phone(user, aor, row, self.page_of(aor, row));
                self.registrar.reachable(aor).map(hop).collect()
            }
            Reach::Trunk { trunk, number, peers } => {
                let hop = |flow: Flow| {
                    let host = flow.remote.ip().to_string();
                    let uri = Uri::sip(Some(number), &host, Some(flow.remote.port()));
                    Hop {
                        flow,
                        profile: profile_of(&flow),
                        to: uri.clone(),
                        uri,
                        from: own_uri(Some(&plan.user), &flow),
                        route: Vec::new(),
                        trunk: Some(*trunk),
                        credentials: self.settings.trunks[*trunk].credentials.clone(),
                        page: None,
                    }
                };
                peers.pop_front().into_iter().map(hop).collect()
            }
        }
    }

    pub(super) fn send_invite(
        &mut self,
        now: Time,
        call: &Call,
        plan: &Plan,
        hop: Hop,
    ) -> Result<super::leg::Leg, Cause> {
        let mut leg = self.new_leg(now, call, None, false, plan.peer.clone());
        leg.page = hop.page;
        if let Some(trunk) = hop.trunk
            && !self.enter_trunk(leg.id, trunk)
        {
            // It never was: no record either.
            self.forget_leg(call.worker, leg.id);
            return Err(Cause::Overload);
        }
        if let Err(cause) = self.equip(call, &mut leg, hop.profile, Some(&hop.flow)) {
            self.close_leg(now, call, leg, cause);
            return Err(cause);
        }
        let body = match &mut leg.media {
            Some(media) => Some(Body::sdp(media.make_offer(plan.codecs.clone()))),
            None => plan.passthrough.clone(),
        };
        let mut from = NameAddr::new(hop.from);
        from.display = plan.display.clone();
        let mut headers = plan.headers.clone();
        headers.set(HeaderName::MAX_FORWARDS, call.max_forwards.to_string());
        let session = self.endpoint.invite(
            now,
            Invite {
                flow: hop.flow,
                uri: hop.uri,
                from,
                to: NameAddr::new(hop.to),
                contact_user: None,
                route: hop.route,
                token: plan.token.clone(),
                headers,
                body,
                credentials: hop.credentials,
            },
        );
        self.bind(call, &mut leg, session);
        Ok(leg)
    }
}
