//! The switch as `warmline run` has it, its media workers and its peers, on one clock and one network.

use crate::network::{Network, Packet, Weather};
use crate::phone::Phone;
use bytes::Bytes;
use std::collections::{HashMap, HashSet, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::sync::OnceLock;
use std::time::Duration;
use warmline::ops::certificates;
use warmline::switch::settings::Settings;
use warmline::switch::{DialogNews, LegRecord, Output, Switch};
use warmline_coordination::cti;
use warmline_media::ids::{LegId, RtpPort};
use warmline_media::webrtc::Identity;
use warmline_media::worker::{self, HEADROOM, Socket, Worker, WorkerConfig};
use warmline_sip::endpoint::{Event, SessionId};
use warmline_sip::transport::{Flow, Protocol};
use warmline_time::Time;

/// Media workers of the switch.
pub const WORKERS: usize = 2;
/// Port pairs of each: few, so that every port is used again and again.
pub const PAIRS: u16 = 100;
/// How long a port rests.
pub const COOLING: Duration = Duration::from_secs(5);

/// Where the switch is.
pub fn switch_address() -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 1], 5060))
}

/// Something that happened, in order.
pub enum Happening {
    /// The switch was told.
    Command(cti::Command),
    /// The switch reports.
    Cti(cti::Event),
    /// A peer's endpoint reports.
    Sip(usize, Event),
}

/// Watches which ports are open, so that none is used twice at a time, or too soon again.
#[derive(Default)]
struct PortWatch {
    open: HashMap<LegId, (usize, RtpPort)>,
    closed: HashMap<(usize, RtpPort), Time>,
    legs: HashSet<LegId>,
}

pub struct World {
    pub now: Time,
    pub network: Network,
    pub switch: Switch,
    pub workers: Vec<Worker>,
    pub phones: Vec<Phone>,
    pub happenings: VecDeque<Happening>,
    pub records: Vec<LegRecord>,
    /// Dialogs that the next start would end, by our tag.
    dialogs: HashSet<String>,
    /// When the switch had the first BYE of a dialog, by Call-ID.
    pub byes: HashMap<String, Time>,
    /// What must never be.
    pub broken: Vec<String>,
    /// A fingerprint of all that the switch sent and when, for runs to be compared.
    pub trace: u64,
    hosts: HashMap<IpAddr, usize>,
    ports: PortWatch,
    buffer: Vec<u8>,
}

fn identity() -> Identity {
    static IDENTITY: OnceLock<Identity> = OnceLock::new();
    let make = || {
        let (certificate, key) = certificates::dtls().expect("a certificate");
        Identity::new(certificate, key).expect("that fits its key")
    };
    IDENTITY.get_or_init(make).clone()
}

impl World {
    pub fn new(seed: u64, settings: Settings, weather: Weather, pairs: u16) -> Self {
        let mut bytes = [7; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let mut switch = Switch::new(settings, identity().fingerprint(), bytes);
        for worker in 0..WORKERS {
            switch.add_ports(worker, ports(worker, pairs));
        }
        let worker = |number: usize| {
            Worker::new(WorkerConfig {
                identity: identity(),
                inactive_after: Duration::from_secs(60),
                seed: seed ^ number as u64,
                max_legs: 20_000,
            })
        };
        World {
            now: Time::from_micros(1_795_341_900_000_000),
            network: Network::new(seed, weather),
            switch,
            workers: (0..WORKERS).map(worker).collect(),
            phones: Vec::new(),
            happenings: VecDeque::new(),
            records: Vec::new(),
            dialogs: HashSet::new(),
            byes: HashMap::new(),
            broken: Vec::new(),
            trace: 0,
            hosts: HashMap::new(),
            ports: PortWatch::default(),
            buffer: vec![0; 2_048 + HEADROOM],
        }
    }

    /// One more peer, with an address of its own.
    pub fn add_phone(&mut self, phone: Phone) -> usize {
        let index = self.phones.len();
        self.hosts.insert(phone.address.ip(), index);
        self.phones.push(phone);
        index
    }

    /// A verb on a peer; what it sends goes out.
    pub fn on<T>(&mut self, phone: usize, verb: impl FnOnce(&mut Phone, Time) -> T) -> T {
        let result = verb(&mut self.phones[phone], self.now);
        self.drain();
        result
    }

    /// A command of coordination.
    pub fn command(&mut self, command: cti::Command) {
        self.happenings.push_back(Happening::Command(command.clone()));
        self.switch.handle_command(self.now, command);
        self.drain();
    }

    /// A peer's RTP.
    pub fn speak(&mut self, phone: usize, session: SessionId) -> bool {
        let packet = self.phones[phone].speak(self.now, session);
        let spoken = packet.is_some();
        if let Some((from, to, payload)) = packet {
            self.network.send(self.now, from, to, payload);
        }
        spoken
    }

    /// When something happens next by itself.
    pub fn next(&self) -> Option<Time> {
        let phones = self.phones.iter().filter_map(|phone| phone.endpoint.poll_timeout());
        let workers = self.workers.iter().filter_map(Worker::poll_timeout);
        let own = [self.network.next(), self.switch.poll_timeout()].into_iter().flatten();
        own.chain(workers).chain(phones).min()
    }

    /// Goes to a moment, at which everything that is due is done.
    pub fn advance(&mut self, at: Time) {
        self.now = self.now.max(at);
        while let Some(packet) = self.network.arrived(self.now) {
            self.deliver(packet);
        }
        let now = self.now;
        let due = |timeout: Option<Time>| timeout.is_some_and(|timeout| timeout <= now);
        if due(self.switch.poll_timeout()) {
            self.switch.handle_timeout(now);
        }
        for worker in self.workers.iter_mut().filter(|worker| due(worker.poll_timeout())) {
            worker.handle_timeout(now);
        }
        for phone in self.phones.iter_mut().filter(|phone| due(phone.endpoint.poll_timeout())) {
            phone.endpoint.handle_timeout(now);
        }
        self.drain();
    }

    /// Whether the switch and its workers have nothing left but what goes on for ever.
    pub fn is_clear(&self) -> bool {
        self.dialogs.is_empty()
            && self.switch.live() == [0; 5]
            && self.workers.iter().all(|worker| worker.legs() == 0)
    }

    /// What is left, in words.
    pub fn left_over(&self) -> String {
        let legs: Vec<usize> = self.workers.iter().map(Worker::legs).collect();
        let peers = self.phones.iter().map(|phone| phone.endpoint.live().0).sum::<usize>();
        format!("switch {:?}, workers' legs {legs:?}, peers' sessions {peers}", self.switch.live())
    }

    /// Every leg that was opened has exactly one record.
    pub fn check_records(&mut self) {
        let mut seen = HashSet::new();
        for record in &self.records {
            if !seen.insert(record.leg) {
                self.broken.push(format!("leg {} has two records", record.leg));
            }
            let ordered = record.answered.is_none_or(|at| (record.started..=record.ended).contains(&at));
            if record.started > record.ended || !ordered {
                self.broken.push(format!("leg {} was answered or ended before it began", record.leg));
            }
        }
        let unknown = self.ports.legs.iter().filter(|leg| !seen.contains(&leg.0)).count();
        if unknown > 0 {
            self.broken.push(format!("{unknown} legs have no record"));
        }
    }

    fn deliver(&mut self, packet: Packet) {
        let here = switch_address();
        if packet.to == here {
            self.note_bye(&packet.payload);
            let flow = Flow { protocol: Protocol::Udp, local: here, remote: packet.from, connection: None };
            self.switch.handle_message(self.now, flow, packet.payload);
        } else if packet.to.ip() == here.ip() {
            self.deliver_media(packet);
        } else if let Some(&phone) = self.hosts.get(&packet.to.ip()) {
            let phone = &mut self.phones[phone];
            if packet.to.port() != phone.address.port() {
                phone.hear(self.now, packet.to.port(), &packet.payload);
                return;
            }
            let local = phone.address;
            let flow = Flow { protocol: Protocol::Udp, local, remote: packet.from, connection: None };
            phone.endpoint.handle_message(self.now, flow, packet.payload);
        }
        self.drain();
    }

    fn deliver_media(&mut self, packet: Packet) {
        let port = packet.to.port();
        let Some(worker) = (0..WORKERS).find(|&worker| (first(worker)..first(worker + 1)).contains(&port))
        else {
            return;
        };
        let socket =
            if port.is_multiple_of(2) { Socket::Rtp(RtpPort(port)) } else { Socket::Rtcp(RtpPort(port - 1)) };
        let len = packet.payload.len();
        self.buffer[..len].copy_from_slice(&packet.payload);
        let worker = &mut self.workers[worker];
        if let Some(forward) = worker.handle_packet(self.now, socket, packet.from, &mut self.buffer, len) {
            let payload = Bytes::copy_from_slice(&self.buffer[..forward.len]);
            self.network.send(self.now, of_socket(forward.socket), forward.to, payload);
        }
    }

    fn note_bye(&mut self, payload: &[u8]) {
        if payload.starts_with(b"BYE ") {
            let text = String::from_utf8_lossy(payload);
            let id = text.lines().find_map(|line| line.strip_prefix("Call-ID: "));
            if let Some(id) = id {
                self.byes.entry(id.to_owned()).or_insert(self.now);
            }
        }
    }

    fn drain(&mut self) {
        loop {
            let mut quiet = true;
            while let Some(output) = self.switch.poll_output() {
                quiet = false;
                self.carry_out(output);
            }
            for index in 0..WORKERS {
                while let Some(sent) = self.workers[index].poll_transmit() {
                    self.network.send(self.now, of_socket(sent.socket), sent.to, sent.payload.into());
                }
                while let Some(event) = self.workers[index].poll_event() {
                    quiet = false;
                    self.watch_closed(index, &event);
                    self.switch.handle_media(self.now, index, event);
                }
            }
            for index in 0..self.phones.len() {
                let phone = &mut self.phones[index];
                while let Some(sent) = phone.endpoint.poll_transmit() {
                    self.network.send(self.now, phone.address, sent.flow.remote, sent.payload);
                }
                while let Some(event) = phone.endpoint.poll_event() {
                    self.happenings.push_back(Happening::Sip(index, event));
                }
            }
            if quiet {
                return;
            }
        }
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            Output::Transmit(sent) => {
                self.fold(&sent.payload);
                self.network.send(self.now, switch_address(), sent.flow.remote, sent.payload);
            }
            Output::Media { worker, command } => {
                self.watch_opened(worker, &command);
                self.workers[worker].handle_command(self.now, command);
            }
            Output::Event(event) => self.happenings.push_back(Happening::Cti(event)),
            Output::Record(record) => self.records.push(record),
            Output::Dialog(DialogNews::Stands(dialog)) => drop(self.dialogs.insert(dialog.tag)),
            Output::Dialog(DialogNews::Over(tag)) => drop(self.dialogs.remove(&tag)),
        }
    }

    fn fold(&mut self, payload: &[u8]) {
        let moment = self.now.as_micros().to_be_bytes();
        for byte in moment.iter().chain(payload) {
            self.trace = (self.trace ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn watch_opened(&mut self, worker: usize, command: &worker::Command) {
        let worker::Command::OpenPlain { leg, port } = command else { return };
        self.ports.legs.insert(*leg);
        let here = (worker, *port);
        if self.ports.open.values().any(|open| *open == here) {
            self.broken.push(format!("{port:?} is used twice"));
        }
        if self.ports.closed.get(&here).is_some_and(|closed| self.now.since(*closed) < COOLING) {
            self.broken.push(format!("{port:?} did not cool"));
        }
        self.ports.open.insert(*leg, here);
    }

    fn watch_closed(&mut self, worker: usize, event: &worker::Event) {
        if let worker::Event::Closed { leg, port: Some(port), .. } = event {
            self.ports.open.remove(leg);
            self.ports.closed.insert((worker, *port), self.now);
        }
    }
}

fn first(worker: usize) -> u16 {
    20_000 + worker as u16 * 2 * PAIRS
}

fn ports(worker: usize, pairs: u16) -> Vec<RtpPort> {
    (0..pairs.min(PAIRS)).map(|pair| RtpPort(first(worker) + 2 * pair)).collect()
}

/// The address of a socket of a media worker.
fn of_socket(socket: Socket) -> SocketAddr {
    let port = match socket {
        Socket::Rtp(port) => port.0,
        Socket::Rtcp(port) => port.0 + 1,
        Socket::WebRtc => 7_000,
    };
    SocketAddr::new(switch_address().ip(), port)
}
