//! Two endpoints, virtual time, and a network with loss, duplication, reordering, latency and NAT from a seed.

use bytes::Bytes;
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;
use warmline_sip::endpoint::{Body, Endpoint, EndpointConfig, Event, Invite, SessionEvent, SessionId};
use warmline_sip::headers::NameAddr;
use warmline_sip::message::Headers;
use warmline_sip::transport::{ConnectionId, Flow, Protocol};
use warmline_time::Time;

/// The side that calls.
pub const A: usize = 0;
/// The side that is called.
pub const B: usize = 1;

/// Numbers from a seed (splitmix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Dice(seed)
    }
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
    pub fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }
    pub fn millis(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(least + self.below(most - least + 1))
    }
}

/// What the network does to datagrams. Streams only have the latency.
#[derive(Clone, Copy)]
pub struct Weather {
    pub loss_percent: u64,
    pub duplicate_percent: u64,
    /// Latency in milliseconds, least and most; where they differ, datagrams overtake each other.
    pub latency: (u64, u64),
}

pub const CALM: Weather = Weather { loss_percent: 0, duplicate_percent: 0, latency: (10, 10) };

/// Whether a message is dropped: sender and first line.
pub type Filter = Box<dyn FnMut(usize, &str) -> bool>;

pub struct Node {
    pub endpoint: Endpoint,
    pub address: SocketAddr,
    /// The address that the others see, where a NAT is before this one.
    pub outside: Option<SocketAddr>,
    pub events: VecDeque<Event>,
}

struct Packet {
    to: usize,
    flow: Flow,
    payload: Bytes,
}

pub struct Pair {
    pub now: Time,
    pub nodes: [Node; 2],
    pub weather: Weather,
    /// Datagrams that got lost.
    pub lost: u64,
    /// First lines of what was sent: sender and text.
    pub log: Vec<(usize, String)>,
    pub protocol: Protocol,
    pub connection: Option<ConnectionId>,
    /// Drops what it says true to: sender and first line.
    pub filter: Filter,
    dice: Dice,
    queue: BTreeMap<(Time, u64), Packet>,
    sent: u64,
}

impl Pair {
    pub fn new(seed: u64) -> Self {
        Pair::with(EndpointConfig::default(), seed)
    }

    pub fn with(config: EndpointConfig, seed: u64) -> Self {
        let node = |number: u64| Node {
            endpoint: Endpoint::new(
                EndpointConfig { stamp: format!("{number}.0.1"), ..config.clone() },
                seed * 2 + number,
            ),
            address: format!("192.0.2.{}:5060", number + 1).parse().unwrap(),
            outside: None,
            events: VecDeque::new(),
        };
        Pair {
            now: Time::from_micros(1_000_000),
            nodes: [node(0), node(1)],
            weather: CALM,
            lost: 0,
            log: Vec::new(),
            protocol: Protocol::Udp,
            connection: None,
            filter: Box::new(|_, _| false),
            dice: Dice::new(seed),
            queue: BTreeMap::new(),
            sent: 0,
        }
    }

    /// The way from `from` to the other side.
    pub fn flow(&self, from: usize) -> Flow {
        let (here, there) = (&self.nodes[from], &self.nodes[1 - from]);
        Flow {
            protocol: self.protocol,
            local: here.address,
            remote: there.outside.unwrap_or(there.address),
            connection: self.connection,
        }
    }

    pub fn invite_to(&self, from: usize) -> Invite {
        let flow = self.flow(from);
        Invite {
            flow,
            uri: format!("sip:bob@{}", flow.remote).parse().unwrap(),
            from: "\"Alice\" <sip:alice@a.test>".parse::<NameAddr>().unwrap(),
            to: "<sip:bob@b.test>".parse::<NameAddr>().unwrap(),
            contact_user: Some("alice".into()),
            route: Vec::new(),
            token: None,
            headers: Headers::default(),
            body: Some(Body::sdp("v=0 offer")),
            credentials: None,
        }
    }

    /// A calls B.
    pub fn call(&mut self) -> SessionId {
        let invite = self.invite_to(A);
        let id = self.nodes[A].endpoint.invite(self.now, invite);
        self.drain();
        id
    }

    /// A calls B, B answers, the ACK has come.
    pub fn talk(&mut self) -> (SessionId, SessionId) {
        let a = self.call();
        self.pass(Duration::from_millis(100));
        let b = self.offered_session();
        let now = self.now;
        self.nodes[B].endpoint.accept(now, b, Headers::default(), Some(Body::sdp("v=0 answer"))).unwrap();
        self.pass(Duration::from_millis(100));
        assert!(matches!(self.event(A, a), Some(SessionEvent::Established(_))));
        assert!(matches!(self.event(B, b), Some(SessionEvent::Confirmed(_))));
        (a, b)
    }

    /// The session of the INVITE that B was told of.
    pub fn offered_session(&mut self) -> SessionId {
        match self.nodes[B].events.pop_front() {
            Some(Event::Invite { session, .. }) => session,
            other => panic!("no INVITE but {other:?}"),
        }
    }

    /// The next event of a session; those of others stay.
    pub fn event(&mut self, side: usize, id: SessionId) -> Option<SessionEvent> {
        let events = &mut self.nodes[side].events;
        let place = events
            .iter()
            .position(|event| matches!(event, Event::Session { session, .. } if *session == id))?;
        match events.remove(place) {
            Some(Event::Session { event, .. }) => Some(event),
            _ => None,
        }
    }

    /// A verb on one endpoint; what it sends goes out.
    pub fn on<T>(&mut self, side: usize, verb: impl FnOnce(&mut Endpoint, Time) -> T) -> T {
        let result = verb(&mut self.nodes[side].endpoint, self.now);
        self.drain();
        result
    }

    fn drain(&mut self) {
        for side in [A, B] {
            while let Some(transmit) = self.nodes[side].endpoint.poll_transmit() {
                self.send(side, transmit.flow, transmit.payload);
            }
            while let Some(event) = self.nodes[side].endpoint.poll_event() {
                self.nodes[side].events.push_back(event);
            }
        }
    }

    fn send(&mut self, from: usize, way: Flow, payload: Bytes) {
        let line = String::from_utf8_lossy(&payload).lines().next().unwrap_or("").to_owned();
        let dropped = (self.filter)(from, &line);
        self.log.push((from, line));
        let to = 1 - from;
        let reachable = self.nodes[to].outside.unwrap_or(self.nodes[to].address);
        if dropped || way.remote != reachable {
            self.lost += 1;
            return;
        }
        let mut copies = 1;
        if !way.protocol.is_reliable() {
            if self.dice.percent(self.weather.loss_percent) {
                self.lost += 1;
                return;
            }
            copies += u64::from(self.dice.percent(self.weather.duplicate_percent));
        }
        let flow = Flow {
            protocol: way.protocol,
            local: self.nodes[to].address,
            remote: self.nodes[from].outside.unwrap_or(self.nodes[from].address),
            connection: way.connection,
        };
        for _ in 0..copies {
            let (least, most) = self.weather.latency;
            let at = self.now + self.dice.millis(least, most);
            self.sent += 1;
            self.queue.insert((at, self.sent), Packet { to, flow, payload: payload.clone() });
        }
    }

    /// When something happens next.
    pub fn next(&self) -> Option<Time> {
        let packet = self.queue.keys().next().map(|key| key.0);
        let timers = self.nodes.iter().filter_map(|node| node.endpoint.poll_timeout());
        packet.into_iter().chain(timers).min()
    }

    /// Goes to `until`, doing what is due on the way.
    pub fn run_until(&mut self, until: Time) {
        self.drain();
        while let Some(at) = self.next().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            while let Some(entry) = self.queue.first_entry().filter(|entry| entry.key().0 <= self.now) {
                let packet = entry.remove();
                let node = &mut self.nodes[packet.to];
                node.endpoint.handle_message(self.now, packet.flow, packet.payload);
            }
            for node in &mut self.nodes {
                if node.endpoint.poll_timeout().is_some_and(|at| at <= self.now) {
                    node.endpoint.handle_timeout(self.now);
                }
            }
            self.drain();
        }
        self.now = self.now.max(until);
    }

    pub fn pass(&mut self, time: Duration) {
        self.run_until(self.now + time);
    }

    /// Runs until no packet flies and no timer is set; both sides must have forgotten everything.
    pub fn finish(&mut self) {
        self.drain();
        let limit = self.now + Duration::from_secs(1000);
        while let Some(at) = self.next() {
            assert!(at < limit, "never ends: {:?}", self.nodes.each_ref().map(|node| node.endpoint.live()));
            self.run_until(at);
        }
        for node in &self.nodes {
            assert_eq!(node.endpoint.live(), (0, 0, 0));
        }
    }

    /// How often a first line that begins so was sent.
    pub fn count(&self, from: usize, start: &str) -> usize {
        self.log.iter().filter(|row| row.0 == from && row.1.starts_with(start)).count()
    }
}
