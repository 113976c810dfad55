//! A new INVITE: who calls, where to, and a call with its first leg. Refusals leave nothing behind.

use super::call::{Call, Kind, Party, PartyState};
use super::hangup::{Ending, retry_after};
use super::identity::{self, Identity};
use super::leg::{self, profile_of};
use super::originate::{Plan, Reach};
use super::policy::{Caller, Refusal};
use super::registrar::Aor;
use super::route::Destination;
use super::settings::Target;
use super::{Switch, cause};
use std::time::Duration;
use warmline_coordination::cti::{Cause, Entry, Event};
use warmline_media::sdp::{self, Offer};
use warmline_sip::endpoint::{Body, SessionId};
use warmline_sip::message::{HeaderName, Headers, Message};
use warmline_sip::transport::Flow;
use warmline_time::Time;

/// A plain call's callee rings so long at most: phones and trunks give up long before.
const PLAIN_RING: Duration = Duration::from_secs(120);

/// An INVITE that was let in.
pub(super) struct Guest {
    session: SessionId,
    flow: Flow,
    pub(super) caller: Caller,
    destination: Destination,
    pub(super) identity: Identity,
    offer: Option<Offer>,
    max_forwards: u32,
}

impl Switch {
    /// A new INVITE outside a dialog.
    pub(super) fn invited(&mut self, now: Time, session: SessionId, request: &Message, flow: Flow) {
        self.arriving = Some(session);
        let admitted = self.admit(now, session, request, flow);
        self.arriving = None;
        if let Err((status, rows)) = admitted {
            let mut headers = if status == 503 { retry_after() } else { Headers::default() };
            rows.into_iter().for_each(|(name, value)| headers.push(name, value));
            // The caller may have withdrawn in the same breath.
            let _ = self.endpoint.reject(now, session, status, headers);
        }
    }

    fn admit(&mut self, now: Time, session: SessionId, request: &Message, flow: Flow) -> Result<(), Refusal> {
        if !self.has_room() {
            return Err((503, Vec::new()));
        }
        let caller = self.caller(now, request, &flow)?;
        let max_forwards = max_forwards(request)?;
        let Some(destination) = self.destination(&caller, request, &flow) else {
            self.counters.unknown_number += 1;
            return Err((404, Vec::new()));
        };
        let identity = identity::of(request, matches!(caller, Caller::Trunk(_)));
        let plain = kind_of(&destination) == Kind::Plain;
        let offer = if self.settings.anchor_media || !plain { self.read_body(request)? } else { None };
        let guest = Guest { session, flow, caller, destination, identity, offer, max_forwards };
        self.take_in(now, guest, request)
    }

    /// The offer of an INVITE; `None`: it brings none, and wants ours.
    fn read_body(&mut self, request: &Message) -> Result<Option<Offer>, Refusal> {
        if request.body.is_empty() {
            return Ok(None);
        }
        let kind = request.headers.get(&HeaderName::CONTENT_TYPE).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/sdp") {
            return Err((415, vec![(HeaderName::ACCEPT, "application/sdp".into())]));
        }
        let offer = sdp::read_offer(&request.body).map_err(|error| error.to_string());
        let usable = offer.and_then(|offer| match leg::usable(&offer.codecs).iter().any(leg::is_voice) {
            true => Ok(offer),
            false => Err(sdp::SdpError::Codec.to_string()),
        });
        usable.map(Some).map_err(|text| {
            self.counters.media_refused += 1;
            (488, vec![(HeaderName::WARNING, format!("399 warmline \"{text}\""))])
        })
    }

    /// Makes the call and its first leg, and sends it where it goes.
    fn take_in(&mut self, now: Time, guest: Guest, request: &Message) -> Result<(), Refusal> {
        let Some(worker) = self.ports.roomiest(|_| true).or(Some(0)) else { return Err((503, Vec::new())) };
        let kind = kind_of(&guest.destination);
        let (id, party) = (self.mint.call(now), self.mint.party(now));
        let trace = identity::session_id(request);
        self.new_call(now, id, kind, Party::new(party, PartyState::Offered), worker, trace);
        self.with_call(id, |switch, call| switch.begin(now, call, guest, request));
        Ok(())
    }

    fn begin(&mut self, now: Time, call: &mut Call, guest: Guest, request: &Message) {
        call.max_forwards = guest.max_forwards - 1;
        let peer = self.peer_name(&guest.caller);
        let mut leg = self.new_leg(now, call, Some(guest.session), true, peer);
        let profile = guest.offer.as_ref().map_or_else(|| profile_of(&guest.flow), |offer| offer.profile);
        let mut equipped = match guest.caller {
            Caller::Trunk(trunk) if !self.enter_trunk(leg.id, trunk) => Err(Cause::Overload),
            _ => Ok(()),
        };
        if equipped.is_ok() {
            equipped = self.equip(call, &mut leg, profile, Some(&guest.flow));
        }
        if let Some(media) = &mut leg.media {
            media.offer = guest.offer.clone();
        }
        call.a.legs.push(leg);
        match equipped {
            Err(cause) => self.finish(now, call, cause.into()),
            Ok(()) => self.send_on(now, call, guest, request),
        }
    }

    fn peer_name(&self, caller: &Caller) -> String {
        match caller {
            Caller::Trunk(trunk) => format!("trunk:{}", self.settings.trunks[*trunk].name),
            Caller::Account(user) => format!("account:{user}"),
            Caller::Agent { user, firm } => format!("agent:{user}@{firm}"),
        }
    }

    fn send_on(&mut self, now: Time, call: &mut Call, guest: Guest, request: &Message) {
        let entry = match &guest.destination {
            Destination::RoutingPoint { firm, number } => {
                Entry::RoutingPoint { firm: firm.clone(), number: number.clone() }
            }
            Destination::Target(Target::Queue { firm, queue }) => {
                Entry::Queue { firm: firm.clone(), queue: queue.clone() }
            }
            Destination::Echo { told } => return self.echo(now, call, *told),
            Destination::Extension(number) => {
                let number = number.clone();
                return self.report_dialled(now, call, &guest, number);
            }
            Destination::Target(target) => {
                let target = target.clone();
                return self.call_plainly(now, call, guest, target, request);
            }
        };
        self.limit_waiting(now, call);
        let Identity { number, display, verified, .. } = guest.identity;
        call.known = true;
        let party = call.a.id;
        self.emit(Event::Arrived {
            call: call.id,
            party,
            entry,
            from: number,
            from_display: display,
            verified,
        });
    }

    /// One phone calls another, or a number behind a trunk.
    fn call_plainly(&mut self, now: Time, call: &mut Call, guest: Guest, target: Target, request: &Message) {
        let party = self.mint.party(now);
        let placed = self.plain_plan(now, call, &guest, target, request).and_then(|plan| {
            let mut callee = Party::new(party, PartyState::Calling);
            callee.plan = Some(plan);
            call.agents.push(callee);
            self.place(now, call, party)
        });
        match placed {
            Ok(()) => self.limit_ringing(now, call.id, party, PLAIN_RING),
            Err(cause) => {
                let headers = if cause == Cause::Overload { retry_after() } else { Headers::default() };
                // A trunk that is down is our trouble, a phone that is not there the callee's.
                let down = guest_to_trunk(&guest.destination) && cause == Cause::Unreachable;
                let status = if down { 503 } else { cause::to_status(cause) };
                let refusal = Some((status, headers));
                self.finish(now, call, Ending { refusal, ..Ending::from(cause) });
            }
        }
    }

    fn plain_plan(
        &mut self,
        now: Time,
        call: &Call,
        guest: &Guest,
        target: Target,
        request: &Message,
    ) -> Result<Plan, Cause> {
        let (reach, peer) = match target {
            Target::Account(user) => {
                let realm = self.settings.domain.clone();
                (Reach::Phone(Aor { user: user.clone(), realm }), format!("account:{user}"))
            }
            Target::Trunk { trunk, number } => {
                (self.trunk_reach(now, &trunk, number)?, format!("trunk:{trunk}"))
            }
            Target::Queue { .. } => return Err(Cause::Internal),
        };
        let from_trunk = matches!(guest.caller, Caller::Trunk(_));
        let to_trunk = matches!(reach, Reach::Trunk { .. });
        let mut headers = identity::pass_request(request, from_trunk, to_trunk);
        identity::push_session_id(&mut headers, &call.trace);
        let codecs = match &guest.offer {
            Some(offer) => leg::usable(&offer.codecs),
            None => leg::preferring(None),
        };
        let body = Body::sdp(request.body.clone());
        let passthrough = (!call.anchored && !request.body.is_empty()).then_some(body);
        Ok(Plan {
            reach,
            peer,
            display: guest.identity.display.clone(),
            user: guest.identity.user.clone(),
            headers,
            codecs,
            passthrough,
            token: None,
        })
    }
}

/// Who decides what happens to a call that goes there.
fn kind_of(destination: &Destination) -> Kind {
    match destination {
        Destination::Target(Target::Account(_) | Target::Trunk { .. }) => Kind::Plain,
        Destination::RoutingPoint { .. }
        | Destination::Target(Target::Queue { .. })
        | Destination::Extension(_) => Kind::Controlled,
        Destination::Echo { .. } => Kind::Echo,
    }
}

fn guest_to_trunk(destination: &Destination) -> bool {
    matches!(destination, Destination::Target(Target::Trunk { .. }))
}

/// Max-Forwards of a request that may go one hop further (RFC 3261 §16.3).
fn max_forwards(request: &Message) -> Result<u32, Refusal> {
    match request.headers.get(&HeaderName::MAX_FORWARDS).map(|text| text.trim().parse::<u32>()) {
        None => Ok(70),
        Some(Ok(0)) => Err((483, Vec::new())),
        Some(Ok(hops)) => Ok(hops.min(70)),
        Some(Err(_)) => Err((400, Vec::new())),
    }
}
