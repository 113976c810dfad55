//! RTP both ways of many calls: 172 bytes every 20 ms a stream, evenly spread; counted and timed where it arrives.

use crate::report::percentile;
use mio::{Events, Interest, Poll, Token};
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const PACKET: usize = 172;
const EVERY: Duration = Duration::from_millis(20);

/// The sockets of both ends of all calls: a call's are neighbours.
pub struct Ends {
    sockets: Vec<UdpSocket>,
}

impl Ends {
    pub fn bind(calls: usize) -> Self {
        let bind = || {
            let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
            socket.set_nonblocking(true).expect("set");
            socket
        };
        Ends { sockets: (0..calls * 2).map(|_| bind()).collect() }
    }

    pub fn ports(&self) -> Vec<u16> {
        self.sockets.iter().map(|socket| socket.local_addr().expect("bound").port()).collect()
    }

    /// Starts traffic: what socket n sends goes to `to[n]`.
    pub fn run(&self, to: &[SocketAddr]) -> Traffic {
        assert_eq!(to.len(), self.sockets.len());
        let shared = Arc::new(Shared::default());
        let started = Instant::now();
        let copies = || self.sockets.iter().map(|socket| socket.try_clone().expect("cloned")).collect();
        let sockets: Vec<UdpSocket> = copies();
        let (state, to) = (shared.clone(), to.to_vec());
        let sender = std::thread::spawn(move || send(&state, &sockets, &to, started));
        let (state, sockets) = (shared.clone(), copies());
        let receiver = std::thread::spawn(move || receive(&state, sockets, started));
        Traffic { shared, threads: vec![sender, receiver] }
    }
}

#[derive(Default)]
struct Shared {
    stop_sending: AtomicBool,
    stop_receiving: AtomicBool,
    sent: AtomicU64,
    received: AtomicU64,
    /// Sent later than 20 ms after their moment: the load was not what it says.
    late: AtomicU64,
    delays: Mutex<Vec<u32>>,
}

pub struct Traffic {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

/// What became of all packets, and how long they took one way, in microseconds.
pub struct Summary {
    pub sent: u64,
    pub lost: u64,
    pub late: u64,
    pub p50: f64,
    pub p99: f64,
}

impl Traffic {
    pub fn received(&self) -> u64 {
        self.shared.received.load(Ordering::Relaxed)
    }

    /// Sends no more, waits for what is on its way.
    pub fn stop(self) -> Summary {
        self.shared.stop_sending.store(true, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(300));
        self.shared.stop_receiving.store(true, Ordering::Relaxed);
        for thread in self.threads {
            thread.join().expect("it ends");
        }
        let shared = &self.shared;
        let sent = shared.sent.load(Ordering::Relaxed);
        let mut delays = std::mem::take(&mut *shared.delays.lock().expect("not poisoned"));
        delays.sort_unstable();
        Summary {
            sent,
            lost: sent.saturating_sub(shared.received.load(Ordering::Relaxed)),
            late: shared.late.load(Ordering::Relaxed),
            p50: percentile(&delays, 0.5),
            p99: percentile(&delays, 0.99),
        }
    }
}

fn send(shared: &Shared, sockets: &[UdpSocket], to: &[SocketAddr], started: Instant) {
    let spacing = EVERY / sockets.len() as u32;
    let mut packet = [0x55; PACKET];
    // Other streams each time: a stream whose numbers jump back is not what is measured.
    let source = crate::support::random() as u32;
    for number in 0_u64.. {
        let due = spacing * u32::try_from(number).expect("a bounded time");
        while let Some(wait) = due.checked_sub(started.elapsed()).filter(|wait| !wait.is_zero()) {
            if shared.stop_sending.load(Ordering::Relaxed) {
                return;
            }
            std::thread::sleep(wait);
        }
        let stream = (number % sockets.len() as u64) as usize;
        let sequence = number / sockets.len() as u64;
        let now = started.elapsed();
        packet[..2].copy_from_slice(&[0x80, 8]);
        packet[2..4].copy_from_slice(&(sequence as u16).to_be_bytes());
        packet[4..8].copy_from_slice(&(sequence as u32).wrapping_mul(160).to_be_bytes());
        packet[8..12].copy_from_slice(&source.wrapping_add(stream as u32).to_be_bytes());
        packet[12..20].copy_from_slice(&(now.as_micros() as u64).to_be_bytes());
        if sockets[stream].send_to(&packet, to[stream]).is_ok() {
            shared.sent.fetch_add(1, Ordering::Relaxed);
        }
        if now > due + EVERY {
            shared.late.fetch_add(1, Ordering::Relaxed);
        }
        if shared.stop_sending.load(Ordering::Relaxed) {
            return;
        }
    }
}

fn receive(shared: &Shared, sockets: Vec<UdpSocket>, started: Instant) {
    let mut poll = Poll::new().expect("epoll");
    let mut sockets: Vec<_> = sockets.into_iter().map(mio::net::UdpSocket::from_std).collect();
    for (index, socket) in sockets.iter_mut().enumerate() {
        poll.registry().register(socket, Token(index), Interest::READABLE).expect("registered");
    }
    let mut events = Events::with_capacity(1_024);
    let mut buffer = [0; 2_048];
    let mut delays = Vec::new();
    while !shared.stop_receiving.load(Ordering::Relaxed) {
        let _ = poll.poll(&mut events, Some(Duration::from_millis(50)));
        for event in &events {
            while let Ok((len, _)) = sockets[event.token().0].recv_from(&mut buffer) {
                if len == PACKET {
                    let sent = u64::from_be_bytes(buffer[12..20].try_into().expect("eight"));
                    delays.push((started.elapsed().as_micros() as u64).saturating_sub(sent) as u32);
                    shared.received.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    }
    *shared.delays.lock().expect("not poisoned") = delays;
}
