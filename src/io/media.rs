//! A media worker's thread: it owns its sockets and its legs.

use super::clock::Clock;
use super::signalling::{self, Input};
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::eventfd::{EfdFlags, EventFd};
use std::collections::VecDeque;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;
use warmline_media::ids::RtpPort;
use warmline_media::worker::{self, HEADROOM, Socket, Worker};
use warmline_time::Time;

/// Commands that may wait; a full inbox makes signalling wait: the worker never waits for signalling.
const INBOX: usize = 8_192;
/// Datagrams read from the socket that all browsers share before the others get their turn. A socket of RTP seldom has more
/// than one: asking whether it has would cost as much as a packet, and epoll, level-triggered, says so by itself.
const BURST: usize = 64;
/// No RTP is larger on any link that carries it.
const DATAGRAM: usize = 2_048;
/// Between two looks at what the worker counted.
const PUBLISH: Duration = Duration::from_secs(1);
const WAKE: u64 = u64::MAX;

/// The way in; cheap to clone.
#[derive(Clone, Debug)]
pub struct Handle {
    inbox: SyncSender<worker::Command>,
    waker: Arc<EventFd>,
}

impl Handle {
    /// Hands a command over, in order.
    pub fn send(&self, command: worker::Command) {
        if self.inbox.send(command).is_ok() {
            let _ = self.waker.write(1);
        }
    }
}

/// What a worker binds.
#[derive(Clone, Copy, Debug)]
pub struct Sockets {
    /// The address of all its sockets.
    pub bind: IpAddr,
    /// First and last port of its share; busy pairs are left out.
    pub ports: (u16, u16),
    /// Pairs at most.
    pub pairs: usize,
    /// Its WebRTC port.
    pub webrtc: u16,
}

struct Row {
    which: Socket,
    socket: UdpSocket,
}

struct Thread {
    number: usize,
    worker: Worker,
    clock: Clock,
    rows: Vec<Row>,
    /// Port → row + 1; 0 for none.
    by_port: Vec<u32>,
    signalling: signalling::Handle,
    /// Events that signalling had no room for yet; bounded by the legs there are.
    events: VecDeque<worker::Event>,
    waker: Arc<EventFd>,
    published: Time,
}

/// Binds the sockets and starts the thread. The free ports are told to signalling. An error names the port that is busy.
#[allow(clippy::disallowed_methods)]
pub fn start(
    number: usize,
    worker: Worker,
    clock: Clock,
    sockets: Sockets,
    signalling: signalling::Handle,
) -> std::io::Result<Handle> {
    let poll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    let waker = Arc::new(EventFd::from_flags(EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)?);
    poll.add(&*waker, EpollEvent::new(EpollFlags::EPOLLIN, WAKE))?;
    let (inbox, receiver) = sync_channel(INBOX);
    let mut thread = Thread {
        number,
        worker,
        clock,
        rows: Vec::new(),
        by_port: vec![0; 65_537],
        signalling,
        events: VecDeque::new(),
        waker: waker.clone(),
        published: Time::ZERO,
    };
    let webrtc = bind(sockets.bind, sockets.webrtc).map_err(|error| {
        std::io::Error::new(error.kind(), format!("media.webrtc_port {} (UDP): {error}", sockets.webrtc))
    })?;
    thread.add(&poll, Socket::WebRtc, webrtc)?;
    let ports = thread.bind_pairs(&poll, sockets)?;
    if ports.is_empty() {
        let (first, last) = sockets.ports;
        return Err(std::io::Error::new(
            ErrorKind::AddrInUse,
            format!("media.rtp_ports {first}-{last}: no free pair"),
        ));
    }
    let _ = thread.signalling.send(Input::Ports(number, ports));
    std::thread::Builder::new()
        .name(format!("media-{number}"))
        .spawn(move || thread.run(&poll, &receiver))?;
    Ok(Handle { inbox, waker })
}

fn bind(address: IpAddr, port: u16) -> std::io::Result<UdpSocket> {
    let socket = UdpSocket::bind((address, port))?;
    socket.set_nonblocking(true)?;
    // Bursts while the thread is busy elsewhere are kept; the kernel gives what its limit allows.
    let _ = socket2::SockRef::from(&socket).set_recv_buffer_size(if port == 0 { 1 << 16 } else { 1 << 18 });
    Ok(socket)
}

impl Thread {
    fn add(&mut self, poll: &Epoll, which: Socket, socket: UdpSocket) -> std::io::Result<()> {
        poll.add(&socket, EpollEvent::new(EpollFlags::EPOLLIN, self.rows.len() as u64))?;
        self.by_port[index_of(which)] = self.rows.len() as u32 + 1;
        self.rows.push(Row { which, socket });
        Ok(())
    }

    fn bind_pairs(&mut self, poll: &Epoll, sockets: Sockets) -> std::io::Result<Vec<RtpPort>> {
        let mut ports = Vec::new();
        let (first, last) = sockets.ports;
        for port in (first.next_multiple_of(2)..last).step_by(2) {
            if ports.len() == sockets.pairs {
                break;
            }
            let (Ok(rtp), Ok(rtcp)) = (bind(sockets.bind, port), bind(sockets.bind, port + 1)) else {
                continue;
            };
            self.add(poll, Socket::Rtp(RtpPort(port)), rtp)?;
            self.add(poll, Socket::Rtcp(RtpPort(port)), rtcp)?;
            ports.push(RtpPort(port));
        }
        Ok(ports)
    }

    fn run(&mut self, poll: &Epoll, inbox: &Receiver<worker::Command>) {
        let mut events = vec![EpollEvent::empty(); 1_024];
        let mut buffer = vec![0; DATAGRAM + HEADROOM];
        loop {
            let count = match poll.wait(&mut events, self.wait()) {
                Ok(count) => count,
                Err(Errno::EINTR) => 0,
                Err(error) => {
                    tracing::error!(%error, "waiting for media failed");
                    return;
                }
            };
            for event in &events[..count] {
                match event.data() {
                    WAKE => drop(self.waker.read()),
                    index => self.read(index as usize, &mut buffer),
                }
            }
            loop {
                match inbox.try_recv() {
                    Ok(command) => self.worker.handle_command(self.clock.now(), command),
                    Err(std::sync::mpsc::TryRecvError::Empty) => break,
                    Err(std::sync::mpsc::TryRecvError::Disconnected) => return,
                }
            }
            let now = self.clock.now();
            if self.worker.poll_timeout().is_some_and(|due| due <= now) {
                self.worker.handle_timeout(now);
            }
            self.drain();
            self.publish(now);
        }
    }

    fn wait(&self) -> EpollTimeout {
        let wait = if self.events.is_empty() {
            self.worker.poll_timeout().map_or(PUBLISH, |due| self.clock.until(due)).min(PUBLISH)
        } else {
            Duration::from_millis(1)
        };
        // Whole milliseconds, never too early: a timer that is not due yet would be asked for again and again.
        EpollTimeout::try_from(wait + Duration::from_micros(999)).unwrap_or(EpollTimeout::MAX)
    }

    /// What the worker counted, for `/metrics`.
    fn publish(&mut self, now: Time) {
        if now.since(self.published) < PUBLISH {
            return;
        }
        self.published = now;
        let counted = self.worker.counters();
        let number = self.number.to_string();
        metrics::gauge!("warmline_media_legs", "worker" => number.clone()).set(self.worker.legs() as f64);
        metrics::counter!("warmline_rtp_received_total", "worker" => number.clone())
            .absolute(counted.received);
        metrics::counter!("warmline_rtp_forwarded_total", "worker" => number.clone())
            .absolute(counted.forwarded);
        metrics::counter!("warmline_rtp_played_total", "worker" => number.clone()).absolute(counted.played);
        metrics::counter!("warmline_rtp_refused_total", "worker" => number).absolute(counted.refused);
    }

    fn read(&mut self, index: usize, buffer: &mut [u8]) {
        let which = self.rows[index].which;
        let now = self.clock.now();
        let burst = if which == Socket::WebRtc { BURST } else { 1 };
        for _ in 0..burst {
            match self.rows[index].socket.recv_from(&mut buffer[..DATAGRAM]) {
                Ok((len, from)) => {
                    if let Some(forward) = self.worker.handle_packet(now, which, from, buffer, len) {
                        self.send(forward.socket, forward.to, &buffer[..forward.len]);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                // An ICMP error of an earlier send; the socket is fine.
                Err(_) => {}
            }
        }
    }

    fn send(&self, socket: Socket, to: SocketAddr, payload: &[u8]) {
        let row = self.by_port[index_of(socket)];
        // What the kernel refuses now (a full buffer, no route) is lost like any datagram.
        if row != 0 {
            let _ = self.rows[row as usize - 1].socket.send_to(payload, to);
        }
    }

    fn drain(&mut self) {
        while let Some(transmit) = self.worker.poll_transmit() {
            self.send(transmit.socket, transmit.to, &transmit.payload);
        }
        while let Some(event) = self.worker.poll_event() {
            self.events.push_back(event);
        }
        while let Some(event) = self.events.pop_front() {
            if let Err(Input::Media(_, event)) = self.signalling.send(Input::Media(self.number, event)) {
                self.events.push_front(event);
                return;
            }
        }
    }
}

/// Row of a socket in the table by port; the WebRTC port has the last.
fn index_of(socket: Socket) -> usize {
    match socket {
        Socket::Rtp(port) => port.0.into(),
        Socket::Rtcp(port) => usize::from(port.0) + 1,
        Socket::WebRtc => 65_536,
    }
}
