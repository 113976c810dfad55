//! A small network in virtual time for tests: one switch, SIP endpoints as its peers, a wire, and a media worker that obeys.
//!
//! Nothing but public faces is used, so that whole-system simulations can be built the same way.

mod fixtures;

pub use fixtures::*;

use super::settings::Settings;
use super::{DialogNews, LeftDialog, LegRecord, Output, Switch};
use bytes::Bytes;
use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;
use warmline_coordination::cti::{Command, Device, Event as CtiEvent};
use warmline_coordination::ids::{CallId, PartyId};
use warmline_media::ids::{LegId, RtpPort};
use warmline_media::tone::Sound;
use warmline_media::worker::{self, LegStats};
use warmline_sip::digest::Credentials;
use warmline_sip::endpoint::{
    Body, ClientId, Endpoint, EndpointConfig, Event, Failure, Invite, OutgoingRequest, SessionEvent,
    SessionId,
};
use warmline_sip::headers::NameAddr;
use warmline_sip::message::{HeaderName, Headers, Message, Method};
use warmline_sip::transport::{ConnectionId, Flow, Protocol};
use warmline_sip::uri::Uri;
use warmline_time::Time;

pub const SWITCH: &str = "192.0.2.1:5060";
pub const POINT: &str = "+493012345003";
const LATENCY: Duration = Duration::from_millis(5);

/// One peer of the switch.
pub struct Peer {
    pub endpoint: Endpoint,
    pub flow: Flow,
    pub inbox: Vec<Event>,
    /// Answers OPTIONS with this; none: not at all, nor anything else.
    pub alive: bool,
    /// Answers no OPTIONS, but all else.
    pub deaf: bool,
}

struct Packet {
    from: SocketAddr,
    to: SocketAddr,
    payload: Bytes,
}

/// See the module's text.
pub struct Net {
    pub now: Time,
    pub switch: Switch,
    pub peers: Vec<Peer>,
    wire: BTreeMap<(Time, u64), Packet>,
    sequence: u64,
    pub events: Vec<CtiEvent>,
    pub media: Vec<worker::Command>,
    pub records: Vec<LegRecord>,
    /// Dialogs as they would be known after a kill.
    pub dialogs: BTreeMap<String, LeftDialog>,
    /// What the switch has sent, as text.
    pub sent: Vec<(SocketAddr, String)>,
    ports: HashMap<LegId, RtpPort>,
    /// When what is said to a leg is over.
    speaking: BTreeMap<LegId, Time>,
    /// Panics that were caught.
    pub panics: usize,
}

impl Net {
    pub fn new() -> Self {
        Net::with(settings())
    }

    /// With trunks that are up, as far as their pings are concerned.
    pub fn with(settings: Settings) -> Self {
        let mut net = Net::started(settings);
        net.settle();
        net.events.clear();
        net
    }

    /// With nothing done yet.
    pub fn started(settings: Settings) -> Self {
        let mut switch = Switch::new(settings, [9; 32], [1; 32]);
        switch.add_ports(0, (0..8).map(|n| RtpPort(30000 + 2 * n)).collect());
        Net {
            now: Time::from_micros(1_795_341_900_000_000),
            switch,
            peers: Vec::new(),
            wire: BTreeMap::new(),
            sequence: 0,
            events: Vec::new(),
            media: Vec::new(),
            records: Vec::new(),
            dialogs: BTreeMap::new(),
            sent: Vec::new(),
            ports: HashMap::new(),
            speaking: BTreeMap::new(),
            panics: 0,
        }
    }

    /// The switch is killed, and another one starts on what it has left.
    pub fn restart(&mut self, settings: Settings) {
        self.switch = Switch::new(settings, [9; 32], [2; 32]);
        self.switch.add_ports(0, (0..8).map(|n| RtpPort(30000 + 2 * n)).collect());
        self.sent.clear();
        self.events.clear();
        self.switch.end_left(self.dialogs.values().cloned().collect());
        self.settle();
        // Its trunks are up again.
        self.events.clear();
    }

    /// A peer at this address.
    pub fn join(&mut self, protocol: Protocol, address: &str) -> usize {
        let index = self.peers.len();
        let stream = protocol.is_reliable();
        let connection = stream.then_some(ConnectionId { id: index as u32, generation: 0 });
        let flow =
            Flow { protocol, local: address.parse().unwrap(), remote: SWITCH.parse().unwrap(), connection };
        let endpoint = Endpoint::new(EndpointConfig::default(), 100 + index as u64);
        self.peers.push(Peer { endpoint, flow, inbox: Vec::new(), alive: true, deaf: false });
        index
    }

    pub fn carrier(&mut self) -> usize {
        self.join(Protocol::Udp, "198.51.100.10:5060")
    }

    /// Runs for a while.
    pub fn run(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            self.collect();
            let arrival = self.wire.keys().next().map(|key| key.0);
            let timers = self.peers.iter().filter_map(|peer| peer.endpoint.poll_timeout());
            let spoken = self.speaking.values().copied();
            let next = timers.chain(arrival).chain(spoken).chain(self.switch.poll_timeout()).min();
            let Some(at) = next.filter(|&at| at <= end) else { break };
            self.now = self.now.max(at);
            self.step();
        }
        self.now = end;
    }

    /// Runs until what is on the wire has arrived.
    pub fn settle(&mut self) {
        self.run(Duration::from_millis(100));
    }

    fn step(&mut self) {
        while let Some(entry) = self.wire.first_entry()
            && entry.key().0 <= self.now
        {
            let packet = entry.remove();
            self.deliver(packet);
            self.collect();
        }
        let over = self.speaking.iter().find(|(_, at)| **at <= self.now).map(|(leg, _)| *leg);
        if let Some(leg) = over {
            self.speaking.remove(&leg);
            self.guarded(|switch, now| switch.handle_media(now, 0, worker::Event::Played { leg }));
        }
        if self.switch.poll_timeout().is_some_and(|at| at <= self.now) {
            self.guarded(|switch, now| switch.handle_timeout(now));
        }
        for peer in &mut self.peers {
            if peer.endpoint.poll_timeout().is_some_and(|at| at <= self.now) {
                peer.endpoint.handle_timeout(self.now);
            }
        }
    }

    fn deliver(&mut self, packet: Packet) {
        let here: SocketAddr = SWITCH.parse().unwrap();
        if packet.to == here {
            let peer = self.peers.iter().find(|peer| peer.flow.local == packet.from).unwrap();
            let flow = Flow { local: here, remote: packet.from, ..peer.flow };
            self.guarded(|switch, now| switch.handle_message(now, flow, packet.payload));
        } else if let Some(peer) =
            self.peers.iter_mut().find(|peer| peer.flow.local == packet.to && peer.alive)
        {
            peer.endpoint.handle_message(self.now, peer.flow, packet.payload);
        }
    }

    fn send(&mut self, from: SocketAddr, to: SocketAddr, payload: Bytes) {
        self.sequence += 1;
        self.wire.insert((self.now + LATENCY, self.sequence), Packet { from, to, payload });
    }

    /// Takes everything out of everybody.
    pub fn collect(&mut self) {
        while let Some(output) = self.switch.poll_output() {
            match output {
                Output::Transmit(transmit) => {
                    let text = String::from_utf8_lossy(&transmit.payload).into_owned();
                    self.sent.push((transmit.flow.remote, text));
                    self.send(transmit.flow.local, transmit.flow.remote, transmit.payload);
                }
                Output::Media { worker, command } => self.obey(worker, command),
                Output::Event(event) => self.events.push(event),
                Output::Record(record) => self.records.push(record),
                Output::Dialog(DialogNews::Stands(dialog)) => {
                    self.dialogs.insert(dialog.tag.clone(), *dialog);
                }
                Output::Dialog(DialogNews::Over(tag)) => {
                    self.dialogs.remove(&tag);
                }
            }
        }
        for index in 0..self.peers.len() {
            while let Some(transmit) = self.peers[index].endpoint.poll_transmit() {
                if self.peers[index].alive {
                    self.send(transmit.flow.local, transmit.flow.remote, transmit.payload);
                }
            }
            while let Some(event) = self.peers[index].endpoint.poll_event() {
                self.hear(index, event);
            }
        }
    }

    fn hear(&mut self, index: usize, event: Event) {
        match event {
            Event::Request { request, .. }
                if request.method() == Ok(Method::Options) && self.peers[index].deaf => {}
            Event::Request { request_id, request, .. } if request.method() == Ok(Method::Options) => {
                let response = Message::response_to(&request, 200, "", Some("pong"));
                let _ = self.peers[index].endpoint.respond(self.now, request_id, response);
            }
            event => self.peers[index].inbox.push(event),
        }
    }

    fn obey(&mut self, worker: usize, command: worker::Command) {
        match &command {
            worker::Command::OpenPlain { leg, port } => {
                self.ports.insert(*leg, *port);
            }
            worker::Command::Close { leg } => {
                let (leg, port) = (*leg, self.ports.remove(leg));
                let event = worker::Event::Closed { leg, port, stats: LegStats::default() };
                self.speaking.remove(&leg);
                self.guarded(|switch, now| switch.handle_media(now, worker, event));
            }
            worker::Command::Play { leg, sound } => {
                self.speaking.remove(leg);
                if let Sound::Speech(samples) = sound {
                    let length = Duration::from_micros(samples.len() as u64 * 125);
                    self.speaking.insert(*leg, self.now + length);
                }
            }
            worker::Command::Connect { a, b } => {
                self.speaking.retain(|leg, _| leg != a && leg != b);
            }
            worker::Command::Echo { leg } => {
                self.speaking.remove(leg);
            }
            worker::Command::Conference { legs } => {
                self.speaking.retain(|leg, _| !legs.contains(leg));
            }
            _ => {}
        }
        self.media.push(command);
    }

    /// As the signalling thread does it: a panic is caught, and the switch recovers.
    fn guarded(&mut self, work: impl FnOnce(&mut Switch, Time)) {
        let (switch, now) = (&mut self.switch, self.now);
        let mut caught = catch_unwind(AssertUnwindSafe(|| work(switch, now))).is_err();
        while caught {
            self.panics += 1;
            caught = catch_unwind(AssertUnwindSafe(|| self.switch.recover(now))).is_err();
        }
    }

    pub fn command(&mut self, command: Command) {
        self.order(command);
        self.settle();
    }

    /// A command, and not a moment more.
    pub fn order(&mut self, command: Command) {
        self.guarded(|switch, now| switch.handle_command(now, command));
        self.collect();
    }

    pub fn media_event(&mut self, event: worker::Event) {
        self.report(event);
        self.settle();
    }

    /// What the worker says, and not a moment more.
    pub fn report(&mut self, event: worker::Event) {
        self.guarded(|switch, now| switch.handle_media(now, 0, event));
        self.collect();
    }

    /// What happened since the last look.
    pub fn events(&mut self) -> Vec<CtiEvent> {
        self.collect();
        std::mem::take(&mut self.events)
    }

    /// Media commands since the last look, by name and leg.
    pub fn media(&mut self) -> Vec<String> {
        self.collect();
        let name = |command: worker::Command| match command {
            worker::Command::OpenPlain { leg, .. } => format!("open {}", leg.0),
            worker::Command::OpenWebRtc { leg, .. } => format!("open webrtc {}", leg.0),
            worker::Command::Negotiate { leg, negotiated } => {
                format!("negotiate {} {}", leg.0, negotiated.codecs[0].name)
            }
            worker::Command::Connect { a, b } => format!("connect {} {}", a.0, b.0),
            worker::Command::Echo { leg } => format!("echo {}", leg.0),
            worker::Command::Conference { legs } => {
                let ids: Vec<String> = legs.iter().map(|leg| leg.0.to_string()).collect();
                format!("conference {}", ids.join(" "))
            }
            worker::Command::Digits { leg, digits } => format!("digits {} {digits}", leg.0),
            worker::Command::Disconnect { leg } => format!("disconnect {}", leg.0),
            worker::Command::Play { leg, sound: Sound::Speech(samples) } => {
                format!("play {} Speech {}", leg.0, samples.len() / 8_000)
            }
            worker::Command::Play { leg, sound } => format!("play {} {sound:?}", leg.0),
            worker::Command::Mute { leg, on } => format!("mute {} {on}", leg.0),
            worker::Command::Listen { leg, settings } => {
                format!("listen {} {:?}", leg.0, settings.map(|settings| settings.phase))
            }
            worker::Command::Close { leg } => format!("close {}", leg.0),
            worker::Command::Watch { leg, within } => {
                format!("watch {} {}", leg.0, within.map_or(0, |within| within.as_secs()))
            }
        };
        std::mem::take(&mut self.media).into_iter().map(name).collect()
    }

    /// Sends an INVITE to the switch.
    pub fn invite(&mut self, peer: usize, from: &str, to: &str, body: Option<String>) -> SessionId {
        self.invite_with(peer, from, to, body, Headers::default(), None)
    }

    pub fn invite_with(
        &mut self,
        peer: usize,
        from: &str,
        to: &str,
        body: Option<String>,
        headers: Headers,
        credentials: Option<Credentials>,
    ) -> SessionId {
        let uri: Uri = to.parse().unwrap();
        let invite = Invite {
            flow: self.peers[peer].flow,
            to: NameAddr::new(uri.clone()),
            uri,
            from: from.parse().unwrap(),
            contact_user: None,
            route: Vec::new(),
            token: None,
            headers,
            body: body.map(Body::sdp),
            credentials,
        };
        let session = self.peers[peer].endpoint.invite(self.now, invite);
        self.settle();
        session
    }

    /// The carrier's call to a number.
    pub fn carrier_calls(&mut self, carrier: usize, number: &str) -> SessionId {
        let from = "\"Erika\" <sip:+4917012345678@198.51.100.10>";
        let to = format!("sip:{number}@192.0.2.1");
        self.invite(carrier, from, &to, Some(sdp(40000, "8 0 101", "sendrecv")))
    }

    /// The carrier's call to a routing point, as far as `Arrived`.
    pub fn arrive(&mut self, carrier: usize) -> (SessionId, CallId, PartyId) {
        let session = self.carrier_calls(carrier, POINT);
        let events = self.events();
        let Some(CtiEvent::Arrived { call, party, .. }) = events.last() else { panic!("{events:?}") };
        (session, *call, *party)
    }

    /// The next INVITE that a peer got.
    pub fn invited(&mut self, peer: usize) -> (SessionId, Message) {
        let inbox = &mut self.peers[peer].inbox;
        let place = inbox.iter().position(|event| matches!(event, Event::Invite { .. })).expect("an INVITE");
        let Event::Invite { session, request, .. } = inbox.remove(place) else { unreachable!() };
        (session, *request)
    }

    pub fn is_invited(&self, peer: usize) -> bool {
        self.peers[peer].inbox.iter().any(|event| matches!(event, Event::Invite { .. }))
    }

    pub fn progress(&mut self, peer: usize, session: SessionId, status: u16, body: Option<String>) {
        let peer = &mut self.peers[peer];
        peer.endpoint.progress(self.now, session, status, Headers::default(), body.map(Body::sdp)).unwrap();
        self.settle();
    }

    pub fn answer(&mut self, peer: usize, session: SessionId, body: String) {
        let peer = &mut self.peers[peer];
        peer.endpoint.accept(self.now, session, Headers::default(), Some(Body::sdp(body))).unwrap();
        self.settle();
    }

    pub fn reject(&mut self, peer: usize, session: SessionId, status: u16) {
        self.peers[peer].endpoint.reject(self.now, session, status, Headers::default()).unwrap();
        self.settle();
    }

    pub fn hangup(&mut self, peer: usize, session: SessionId, reason: Option<&str>) {
        self.peers[peer].endpoint.hangup(self.now, session, reason);
        self.settle();
    }

    /// From, To and Call-ID of what a peer sends within a dialog that the switch has answered or acknowledged.
    pub fn dialog(&self, peer: usize, session: SessionId) -> [String; 3] {
        let call_id = self.peers[peer].endpoint.call_id(session).expect("a dialog");
        let row = |text: &str, name: &str| {
            let row = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            row.expect("a header").to_owned()
        };
        let ours = |text: &&str| text.contains(call_id);
        let texts = || self.sent.iter().map(|(_, text)| text.as_str()).filter(ours);
        let answer = texts().find(|text| text.starts_with("SIP/2.0 200") && text.contains(" INVITE\r\n"));
        let answer = answer.map(|text| [row(text, "From"), row(text, "To")]);
        let acknowledged = || {
            let ack = texts().find(|text| text.starts_with("ACK ")).expect("an answer or an ACK");
            [row(ack, "To"), row(ack, "From")]
        };
        let [own, other] = answer.unwrap_or_else(acknowledged);
        [own, other, call_id.to_owned()]
    }

    /// A peer sends this.
    pub fn inject(&mut self, peer: usize, payload: Bytes) {
        let flow = self.peers[peer].flow;
        self.send(flow.local, flow.remote, payload);
        self.settle();
    }

    /// Lets the switch panic after so many steps, and after so many more.
    pub fn light(&mut self, fuses: &[u32]) {
        self.switch.fuses = fuses.to_vec();
    }

    /// A peer asks for another direction of its media: hold, resume.
    pub fn reoffer(&mut self, peer: usize, session: SessionId, body: String) {
        self.peers[peer].endpoint.reinvite(self.now, session, Body::sdp(body)).unwrap();
        self.settle();
    }

    /// What a session of a peer has heard, in short: `180`, `200`, `failed 486`, `canceled …`, `ended …`.
    pub fn heard(&mut self, peer: usize, session: SessionId) -> Vec<String> {
        let mut heard = Vec::new();
        self.peers[peer].inbox.retain(|event| {
            let Event::Session { session: id, event } = event else { return true };
            if *id != session {
                return true;
            }
            let text = match event {
                SessionEvent::Progress(response) => response.status().unwrap().to_string(),
                SessionEvent::Established(_) => "200".into(),
                SessionEvent::Failed(failure) => format!("failed {}", failure.status()),
                SessionEvent::Canceled(reason) => format!("canceled {}", reason.as_deref().unwrap_or("-")),
                SessionEvent::Ended { reason, .. } => format!("ended {}", reason.as_deref().unwrap_or("-")),
                SessionEvent::Confirmed(_) => return false,
                other => format!("{other:?}"),
            };
            heard.push(text);
            false
        });
        heard
    }

    /// The last message with a body that a session of a peer got.
    pub fn description(&self, peer: usize, session: SessionId) -> String {
        let body = |event: &Event| {
            let Event::Session { session: id, event } = event else { return None };
            match event {
                SessionEvent::Progress(message)
                | SessionEvent::Established(message)
                | SessionEvent::OfferAnswered(message)
                    if *id == session =>
                {
                    Some(message.body.clone())
                }
                _ => None,
            }
        };
        let body = self.peers[peer].inbox.iter().rev().find_map(body).expect("a message");
        String::from_utf8(body.to_vec()).unwrap()
    }

    /// Sends a REGISTER; the final status.
    pub fn register(
        &mut self,
        peer: usize,
        aor: &str,
        password: Option<&str>,
        contacts: &[&str],
        expires: Option<u32>,
    ) -> (u16, Option<Message>) {
        let uri: Uri = aor.parse().unwrap();
        let registrar = Uri::sip(None, &uri.host, None);
        let mut message = Message::request(Method::Register, registrar);
        message.headers.push(HeaderName::FROM, NameAddr::new(uri.clone()).to_string());
        message.headers.push(HeaderName::TO, NameAddr::new(uri.clone()).to_string());
        contacts.iter().for_each(|contact| message.headers.push(HeaderName::CONTACT, *contact));
        if let Some(expires) = expires {
            message.headers.push(HeaderName::EXPIRES, expires.to_string());
        }
        let user = uri.user.unwrap();
        let credentials = password.map(|password| Credentials { user, password: password.into() });
        let flow = self.peers[peer].flow;
        let client =
            self.peers[peer].endpoint.request(self.now, OutgoingRequest { flow, message, credentials });
        self.settle();
        self.response(peer, client)
    }

    fn response(&mut self, peer: usize, client: ClientId) -> (u16, Option<Message>) {
        let inbox = &mut self.peers[peer].inbox;
        let ours = |event: &Event| matches!(event, Event::Response { client: id, .. } if *id == client);
        let place = inbox.iter().position(ours).expect("a response");
        let Event::Response { result, .. } = inbox.remove(place) else { unreachable!() };
        match result {
            Ok(response) => (response.status().unwrap(), Some(*response)),
            Err(Failure::Response(response)) => (response.status().unwrap(), Some(*response)),
            Err(failure) => (failure.status(), None),
        }
    }

    /// A registered phone of an account of the domain.
    pub fn phone(&mut self, user: &str, address: &str) -> usize {
        let peer = self.join(Protocol::Udp, address);
        let contact = format!("<sip:{user}@{address}>");
        let password = format!("secret-{user}");
        let aor = format!("sip:{user}@sip.test");
        assert_eq!(self.register(peer, &aor, Some(&password), &[&contact], None).0, 200);
        self.events();
        peer
    }

    /// An agent's registered browser.
    pub fn agent(&mut self, user: &str, address: &str) -> usize {
        let (user, realm) = (user.to_owned(), "acme".to_owned());
        self.command(Command::SetCredential { user: user.clone(), realm, password: "key".into() });
        let peer = self.join(Protocol::Wss, address);
        let contact = format!("<sip:{user}@x.invalid;transport=ws>");
        let aor = format!("sip:{user}@acme");
        assert_eq!(self.register(peer, &aor, Some("key"), &[&contact], None).0, 200);
        self.events();
        peer
    }

    /// `Ring` for an account's phone or an agent's browser.
    pub fn ring(&mut self, call: CallId, party: PartyId, user: &str, realm: &str) {
        let device = Device::Account { user: user.into(), realm: realm.into() };
        self.ring_device(call, party, device);
    }

    pub fn ring_device(&mut self, call: CallId, party: PartyId, device: Device) {
        self.command(Command::Ring {
            call,
            party,
            device,
            caller_name: "Erika M".into(),
            caller_number: Some("+4917012345678".into()),
            auto_answer: false,
            ring_secs: 15,
            confirm: None,
            group: false,
        });
    }

    /// Everything is over: nothing is left of it anywhere.
    pub fn assert_clear(&mut self) {
        self.run(Duration::from_secs(80));
        assert_eq!(self.switch.live(), [0; 5]);
        assert!(self.dialogs.is_empty(), "ended at the next start: {:?}", self.dialogs);
        for (index, peer) in self.peers.iter().enumerate() {
            assert_eq!(peer.endpoint.live(), (0, 0, 0), "peer {index}");
        }
        assert_eq!(self.switch.counters().calls_live, 0);
    }
}
