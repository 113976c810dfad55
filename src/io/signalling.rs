//! The signalling shard: a plain thread that owns the switch and the UDP sockets of SIP.

use super::clock::Clock;
use super::local::LocalAddress;
use super::media;
use super::stream::Streams;
use crate::store::writer::Writer;
use crate::switch::settings::Settings;
use crate::switch::{Output, Switch};
use bytes::{Bytes, BytesMut};
use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token, Waker};
use std::collections::{BTreeMap, VecDeque};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;
use tokio::sync::mpsc;
use warmline_coordination::cti;
use warmline_media::ids::RtpPort;
use warmline_media::worker;
use warmline_sip::transport::{ConnectionId, Flow, Protocol, Transmit};
use warmline_time::Time;

/// Inputs that may wait. A full inbox: streams read no further, commands and media events wait with their senders.
const INBOX: usize = 8_192;
/// Datagrams read from one socket before the others get their turn.
const BURST: usize = 128;
/// The largest datagram of SIP.
const DATAGRAM: usize = 65_536;
/// Between two looks at what the switch counted.
const PUBLISH: Duration = Duration::from_secs(1);
/// How often the log says at most that a trunk refuses calls with a status.
const REFUSALS: Duration = Duration::from_secs(60);
const WAKE: Token = Token(usize::MAX);

/// What comes from other threads.
#[derive(Debug)]
pub enum Input {
    /// A message of a stream.
    Message(Flow, Bytes),
    /// A stream is closed.
    FlowClosed(ConnectionId),
    /// A command of coordination.
    Command(Box<cti::Command>),
    /// An event of a media worker.
    Media(usize, worker::Event),
    /// Ports that a media worker has bound.
    Ports(usize, Vec<RtpPort>),
    /// Other settings from now on.
    Reload(Box<Settings>),
    /// End the calls in an orderly way, then the thread.
    Stop,
}

/// The way in; cheap to clone.
#[derive(Clone, Debug)]
pub struct Handle {
    inbox: SyncSender<Input>,
    waker: Arc<Waker>,
}

impl Handle {
    /// Hands an input over, or gives it back where the inbox is full.
    pub fn send(&self, input: Input) -> Result<(), Input> {
        match self.inbox.try_send(input) {
            Ok(()) => {
                let _ = self.waker.wake();
                Ok(())
            }
            Err(TrySendError::Full(input)) => Err(input),
            Err(TrySendError::Disconnected(_)) => Ok(()),
        }
    }

    /// As `send`, waiting for room: for tasks of the web.
    pub async fn send_waiting(&self, mut input: Input) {
        while let Err(back) = self.send(input) {
            input = back;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// The inbox before the thread is started, so that others can be given the handle first.
#[derive(Debug)]
pub struct Inbox {
    poll: Poll,
    receiver: Receiver<Input>,
}

/// Makes handle and inbox.
pub fn inbox() -> std::io::Result<(Handle, Inbox)> {
    let poll = Poll::new()?;
    let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
    let (inbox, receiver) = sync_channel(INBOX);
    Ok((Handle { inbox, waker }, Inbox { poll, receiver }))
}

/// Where the shard's outputs go.
#[derive(Debug)]
pub struct Outlets {
    /// The media workers, by number.
    pub media: Vec<media::Handle>,
    /// To coordination.
    pub events: mpsc::Sender<cti::Event>,
    /// Stream connections.
    pub streams: Arc<Streams>,
    /// For records; none where nothing is kept.
    pub writer: Option<Writer>,
}

struct Shard {
    switch: Switch,
    clock: Clock,
    sockets: Vec<UdpSocket>,
    addresses: Vec<SocketAddr>,
    local: LocalAddress,
    outlets: Outlets,
    /// Events that coordination had no room for yet; bounded by the calls there are.
    events: VecDeque<cti::Event>,
    again: VecDeque<usize>,
    published: Time,
    /// What the log has said of trunks that refuse: how often by then, and when.
    refusals_told: BTreeMap<(String, u16), (u64, Time)>,
    stopping: bool,
}

/// Starts the thread. The sockets are bound already.
#[allow(clippy::disallowed_methods)]
pub fn start(
    switch: Switch,
    clock: Clock,
    inbox: Inbox,
    sockets: Vec<std::net::UdpSocket>,
    local: LocalAddress,
    outlets: Outlets,
) -> std::io::Result<std::thread::JoinHandle<()>> {
    let mut shard = Shard {
        switch,
        clock,
        addresses: sockets.iter().map(std::net::UdpSocket::local_addr).collect::<Result<_, _>>()?,
        sockets: sockets.into_iter().map(UdpSocket::from_std).collect(),
        local,
        outlets,
        events: VecDeque::new(),
        again: VecDeque::new(),
        published: Time::ZERO,
        refusals_told: BTreeMap::new(),
        stopping: false,
    };
    for (index, socket) in shard.sockets.iter_mut().enumerate() {
        inbox.poll.registry().register(socket, Token(index), Interest::READABLE)?;
    }
    std::thread::Builder::new().name("signalling".into()).spawn(move || shard.run(inbox))
}

impl Shard {
    fn run(&mut self, mut inbox: Inbox) {
        let mut events = Events::with_capacity(256);
        let mut buffer = vec![0; DATAGRAM];
        loop {
            let wait = self.wait();
            if let Err(error) = inbox.poll.poll(&mut events, wait)
                && error.kind() != ErrorKind::Interrupted
            {
                tracing::error!(%error, "waiting for SIP failed");
                return;
            }
            for index in std::mem::take(&mut self.again) {
                self.read(index, &mut buffer);
            }
            for event in events.iter().filter(|event| event.token() != WAKE) {
                self.read(event.token().0, &mut buffer);
            }
            for input in inbox.receiver.try_iter().take(INBOX) {
                self.input(input);
            }
            let now = self.clock.now();
            if self.switch.poll_timeout().is_some_and(|due| due <= now) {
                self.guarded(|switch| switch.handle_timeout(now));
            }
            self.drain();
            self.publish(now);
            if self.stopping && self.switch.is_over() {
                return;
            }
        }
    }

    fn wait(&self) -> Option<Duration> {
        if !self.again.is_empty() || !self.events.is_empty() {
            return Some(Duration::from_millis(u64::from(self.again.is_empty())));
        }
        let due = self.switch.poll_timeout().map(|due| self.clock.until(due) + Duration::from_micros(50));
        Some(due.unwrap_or(PUBLISH).min(PUBLISH))
    }

    /// What the switch counted, for `/metrics`.
    fn publish(&mut self, now: Time) {
        if now.since(self.published) < PUBLISH {
            return;
        }
        self.published = now;
        let counted = self.switch.counters();
        metrics::gauge!("warmline_calls_live").set(counted.calls_live as f64);
        metrics::gauge!("warmline_legs_live").set(counted.legs_live as f64);
        metrics::gauge!("warmline_registrations").set(counted.registrations as f64);
        metrics::counter!("warmline_calls_started_total").absolute(counted.calls_started);
        metrics::counter!("warmline_auth_refused_total").absolute(counted.auth_refused);
        metrics::counter!("warmline_strangers_refused_total").absolute(counted.strangers_refused);
        metrics::gauge!("warmline_phones_silent").set(counted.phones_silent as f64);
        metrics::counter!("warmline_phones_gone_total").absolute(counted.phones_gone);
        metrics::counter!("warmline_bans_total").absolute(counted.bans);
        metrics::counter!("warmline_banned_dropped_total").absolute(counted.banned_dropped);
        let (banned, time) = self.switch.newly_banned();
        for address in banned {
            tracing::warn!("{address} is banned for {} s: too many refusals within a minute", time.as_secs());
        }
        metrics::counter!("warmline_unknown_number_total").absolute(counted.unknown_number);
        metrics::counter!("warmline_overload_total").absolute(counted.overload);
        metrics::counter!("warmline_media_refused_total").absolute(counted.media_refused);
        self.publish_refusals(now);
        let sip = self.switch.sip_counters();
        metrics::counter!("warmline_sip_received_total").absolute(sip.received);
        metrics::counter!("warmline_sip_sent_total").absolute(sip.sent);
        metrics::counter!("warmline_sip_retransmissions_total").absolute(sip.retransmissions_sent);
        metrics::counter!("warmline_sip_malformed_total", "part" => "message").absolute(sip.malformed);
        metrics::counter!("warmline_sip_shed_total").absolute(sip.shed);
        metrics::counter!("warmline_restart_dialogs_ended_total").absolute(sip.left_ended);
        metrics::counter!("warmline_restart_answers_ended_total").absolute(sip.strays_ended);
    }

    /// What trunks refuse us: counted, and said in the log, of each trunk and status once a minute at most.
    fn publish_refusals(&mut self, now: Time) {
        for (trunk, status, count) in self.switch.trunk_refusals() {
            metrics::counter!("warmline_trunk_refused_total", "trunk" => trunk.to_owned(), "status" => status.to_string())
                .absolute(count);
            let told = self.refusals_told.entry((trunk.to_owned(), status)).or_insert((0, Time::ZERO));
            if count > told.0 && (told.0 == 0 || now.since(told.1) >= REFUSALS) {
                tracing::warn!(times = count - told.0, "trunk {trunk} refuses: {status}");
                *told = (count, now);
            }
        }
    }

    /// A panic ends the call that it was about, never the switch.
    fn guarded(&mut self, work: impl FnOnce(&mut Switch)) {
        let (switch, clock) = (&mut self.switch, self.clock);
        let mut caught = catch_unwind(AssertUnwindSafe(|| work(switch))).is_err();
        // Each attempt takes out of the way what made the one before it panic.
        while caught {
            metrics::counter!("warmline_panics_total", "part" => "switch").increment(1);
            tracing::error!("a call was ended: handling it panicked");
            caught = catch_unwind(AssertUnwindSafe(|| switch.recover(clock.now()))).is_err();
        }
    }

    fn read(&mut self, index: usize, buffer: &mut [u8]) {
        for _ in 0..BURST {
            match self.sockets[index].recv_from(buffer) {
                Ok((len, remote)) => {
                    let address =
                        SocketAddr::new(self.local.towards(remote.ip()), self.addresses[index].port());
                    let flow = Flow { protocol: Protocol::Udp, local: address, remote, connection: None };
                    let payload = BytesMut::from(&buffer[..len]).freeze();
                    let now = self.clock.now();
                    self.guarded(|switch| switch.handle_message(now, flow, payload));
                    self.drain();
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                // An ICMP error of an earlier send; the socket is fine.
                Err(_) => {}
            }
        }
        self.again.push_back(index);
    }

    fn input(&mut self, input: Input) {
        let now = self.clock.now();
        match input {
            Input::Message(flow, payload) => self.guarded(|switch| switch.handle_message(now, flow, payload)),
            Input::FlowClosed(connection) => {
                self.guarded(|switch| switch.handle_flow_closed(now, connection))
            }
            Input::Command(command) => self.guarded(|switch| switch.handle_command(now, *command)),
            Input::Media(worker, event) => self.guarded(|switch| switch.handle_media(now, worker, event)),
            Input::Ports(worker, ports) => self.switch.add_ports(worker, ports),
            Input::Reload(settings) => self.guarded(|switch| switch.reload(now, *settings)),
            Input::Stop => {
                self.stopping = true;
                self.guarded(|switch| switch.drain(now));
            }
        }
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.switch.poll_output() {
            match output {
                Output::Transmit(transmit) => self.transmit(transmit),
                Output::Media { worker, command } => self.outlets.media[worker].send(command),
                Output::Event(event) => self.events.push_back(event),
                Output::Record(record) => {
                    if let Some(writer) = &self.outlets.writer {
                        writer.record(record);
                    }
                }
                Output::Dialog(news) => {
                    if let Some(writer) = &self.outlets.writer {
                        writer.dialog(news);
                    }
                }
            }
        }
        while let Some(event) = self.events.pop_front() {
            match self.outlets.events.try_send(event) {
                Ok(()) => {}
                Err(mpsc::error::TrySendError::Full(event)) => {
                    self.events.push_front(event);
                    return;
                }
                Err(mpsc::error::TrySendError::Closed(_)) => {}
            }
        }
    }

    fn transmit(&mut self, transmit: Transmit) {
        let flow = transmit.flow;
        if flow.protocol != Protocol::Udp {
            self.outlets.streams.send(transmit);
            return;
        }
        let index = self.addresses.iter().position(|bound| {
            bound.port() == flow.local.port()
                && bound.is_ipv4() == flow.remote.is_ipv4()
                && (bound.ip() == flow.local.ip() || bound.ip().is_unspecified())
        });
        let index = index
            .or_else(|| self.addresses.iter().position(|bound| bound.is_ipv4() == flow.remote.is_ipv4()));
        let sent = index.map(|index| self.sockets[index].send_to(&transmit.payload, flow.remote));
        if !matches!(sent, Some(Ok(_))) {
            metrics::counter!("warmline_sip_send_failures_total").increment(1);
        }
    }
}
