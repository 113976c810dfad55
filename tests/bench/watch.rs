//! Many WebSockets read by one thread: what they hear is counted, and looked through for a word.

use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token, Waker};
use std::collections::HashMap;
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;
use tungstenite::client::IntoClientRequest;
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Message, WebSocket};

/// A blocking one, as `tungstenite` opens it.
pub type Socket = WebSocket<MaybeTlsStream<std::net::TcpStream>>;

/// Opens a visitor's stream; `visitor` is the address that a proxy in front would have seen.
pub fn open(base: &str, path: &str, origin: &str, visitor: u32) -> Socket {
    let url = format!("{}{path}", base.replacen("http", "ws", 1));
    let mut request = url.into_client_request().expect("a URL");
    let from = std::net::Ipv4Addr::from(0x0a00_0000 + visitor).to_string();
    for (name, value) in [("origin", origin), ("x-forwarded-for", &from)] {
        request.headers_mut().insert(name, value.parse().expect("a value"));
    }
    tungstenite::connect(request).expect("it opens").0
}

/// A word that is looked for, and when it was first seen in each socket.
#[derive(Default)]
pub struct Watch {
    looked: Mutex<Looked>,
    all: Condvar,
}

#[derive(Default)]
struct Looked {
    word: String,
    wanted: usize,
    seen: HashMap<usize, Instant>,
}

impl Watch {
    /// From now on this word, until so many have seen it.
    pub fn look_for(&self, word: &str, wanted: usize) {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        *looked = Looked { word: word.into(), wanted, seen: HashMap::new() };
    }

    /// When each socket saw it; those that did not until then are missing.
    pub fn seen(&self, until: Instant) -> Vec<Instant> {
        let looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let patience = until.saturating_duration_since(Instant::now());
        let missing = |looked: &mut Looked| looked.seen.len() < looked.wanted;
        let waited = self.all.wait_timeout_while(looked, patience, missing);
        let (looked, _) = waited.unwrap_or_else(PoisonError::into_inner);
        looked.seen.values().copied().collect()
    }

    fn hears(&self, index: usize, text: &str) {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        if !looked.word.is_empty() && !looked.seen.contains_key(&index) && text.contains(&looked.word) {
            looked.seen.insert(index, Instant::now());
            self.all.notify_all();
        }
    }
}

enum Order {
    Add(usize, Box<Socket>),
    Remove(usize),
}

/// Sockets that a thread reads until the process ends.
pub struct Sockets {
    orders: Mutex<Sender<Order>>,
    waker: Waker,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    open: AtomicUsize,
    messages: AtomicU64,
    bytes: AtomicU64,
}

impl Sockets {
    /// What they hear is looked through.
    pub fn watched(watch: Arc<Watch>) -> Self {
        Self::start(Some(watch))
    }

    /// What they hear is only counted.
    pub fn open_ended() -> Self {
        Self::start(None)
    }

    fn start(watch: Option<Arc<Watch>>) -> Self {
        let poll = Poll::new().expect("epoll");
        let waker = Waker::new(poll.registry(), Token(usize::MAX)).expect("a waker");
        let (orders, taken) = channel();
        let counts = Arc::new(Counts::default());
        let mut reader = Reader { poll, taken, watch, counts: Arc::clone(&counts), sockets: HashMap::new() };
        std::thread::spawn(move || reader.run());
        Sockets { orders: Mutex::new(orders), waker, counts }
    }

    /// Reads this one too, in place of an earlier one of that index.
    pub fn add(&self, index: usize, socket: Socket) {
        self.order(Order::Add(index, Box::new(socket)));
    }

    /// Closes it.
    pub fn remove(&self, index: usize) {
        self.order(Order::Remove(index));
    }

    /// How many are open.
    pub fn open(&self) -> usize {
        self.counts.open.load(Ordering::Relaxed)
    }

    /// Messages and bytes so far.
    pub fn heard(&self) -> (u64, u64) {
        (self.counts.messages.load(Ordering::Relaxed), self.counts.bytes.load(Ordering::Relaxed))
    }

    fn order(&self, order: Order) {
        let _ = self.orders.lock().unwrap_or_else(PoisonError::into_inner).send(order);
        let _ = self.waker.wake();
    }
}

struct Reader {
    poll: Poll,
    taken: Receiver<Order>,
    watch: Option<Arc<Watch>>,
    counts: Arc<Counts>,
    sockets: HashMap<usize, Socket>,
}

impl Reader {
    fn run(&mut self) {
        let mut events = Events::with_capacity(1_024);
        loop {
            if self.poll.poll(&mut events, None).is_err() {
                continue;
            }
            for event in &events {
                self.read(event.token().0);
            }
            while let Ok(order) = self.taken.try_recv() {
                self.obey(order);
            }
            self.counts.open.store(self.sockets.len(), Ordering::Relaxed);
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Remove(index) => drop(self.sockets.remove(&index)),
            Order::Add(index, socket) => {
                let MaybeTlsStream::Plain(stream) = socket.get_ref() else { return };
                stream.set_nonblocking(true).expect("set");
                let (handle, registry) = (stream.as_raw_fd(), self.poll.registry());
                registry
                    .register(&mut SourceFd(&handle), Token(index), Interest::READABLE)
                    .expect("registered");
                self.sockets.insert(index, *socket);
                // What the handshake read ahead wakes nobody.
                self.read(index);
            }
        }
    }

    fn read(&mut self, index: usize) {
        loop {
            let Some(socket) = self.sockets.get_mut(&index) else { return };
            match socket.read() {
                Ok(message) => self.hear(index, &message),
                Err(tungstenite::Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    return;
                }
                Err(_) => {
                    self.sockets.remove(&index);
                    return;
                }
            }
        }
    }

    fn hear(&self, index: usize, message: &Message) {
        if let Message::Text(text) = message {
            self.counts.messages.fetch_add(1, Ordering::Relaxed);
            self.counts.bytes.fetch_add(text.len() as u64, Ordering::Relaxed);
            if let Some(watch) = &self.watch {
                watch.hears(index, text);
            }
        }
    }
}
