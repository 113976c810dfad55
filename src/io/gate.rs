//! While the journal is replayed nobody can be served yet: whoever comes hears so at once (503 with Retry-After), that a trunk goes
//! elsewhere and a page asks again (E15). Streams of SIP wait to be accepted.

use super::web::{self, Mode};
use axum::Router;
use axum::http::{StatusCode, header};
use bytes::BytesMut;
use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token, Waker};
use std::io::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use warmline_sip::endpoint::{Endpoint, EndpointConfig};
use warmline_sip::transport::{Flow, Protocol};
use warmline_time::Time;

const WAKE: Token = Token(usize::MAX);
/// The largest datagram of SIP.
const DATAGRAM: usize = 65_536;
/// Datagrams read from one socket before the others get their turn.
const BURST: usize = 128;
/// Seconds after which a page may ask again.
const RETRY_AFTER: &str = "2";

/// Stands before sockets that are bound, until it is opened.
pub struct Gate {
    thread: std::thread::JoinHandle<()>,
    waker: Waker,
    over: Arc<AtomicBool>,
    webs: Vec<JoinHandle<()>>,
}

impl Gate {
    /// Closes it. Sockets and listeners stay their owner's; here they are used beside him.
    ///
    /// # Errors
    /// Where the system gives no second handle of a socket.
    #[allow(clippy::disallowed_methods)]
    pub fn close(udp: &[std::net::UdpSocket], webs: &[(&TcpListener, Mode)]) -> Result<Self, Error> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKE)?;
        let mut sockets = Vec::new();
        for (index, socket) in udp.iter().enumerate() {
            let mut socket = UdpSocket::from_std(socket.try_clone()?);
            poll.registry().register(&mut socket, Token(index), Interest::READABLE)?;
            sockets.push(socket);
        }
        let over = Arc::new(AtomicBool::new(false));
        let mut doorman = Doorman { endpoint: endpoint(), sockets, over: over.clone() };
        let thread = std::thread::Builder::new().name("gate".into()).spawn(move || doorman.run(poll))?;
        let mut tasks = Vec::new();
        for (listener, mode) in webs {
            let listener = socket2::SockRef::from(*listener).try_clone()?;
            let listener = TcpListener::from_std(listener.into())?;
            tasks.push(tokio::spawn(web::serve(listener, mode.clone(), refusing())));
        }
        Ok(Gate { thread, waker, over, webs: tasks })
    }

    /// Opens it: what comes from now on is its owner's.
    pub async fn open(self) {
        self.over.store(true, Ordering::Release);
        let _ = self.waker.wake();
        for task in self.webs {
            task.abort();
            let _ = task.await;
        }
        let thread = self.thread;
        let _ = tokio::task::spawn_blocking(move || thread.join()).await;
    }
}

/// Takes no transaction: each new request gets its 503 and is forgotten, one of a dialog that is no more its 481. Responses it leaves
/// to be sent again.
fn endpoint() -> Endpoint {
    let config = EndpointConfig { max_transactions: 0, stamp: "gate".into(), ..EndpointConfig::default() };
    Endpoint::new(config, 0)
}

fn refusing() -> Router {
    let headers = [(header::RETRY_AFTER, RETRY_AFTER), (header::CONNECTION, "close")];
    Router::new().fallback(move || async move { (StatusCode::SERVICE_UNAVAILABLE, headers) })
}

struct Doorman {
    endpoint: Endpoint,
    sockets: Vec<UdpSocket>,
    over: Arc<AtomicBool>,
}

impl Doorman {
    fn run(&mut self, mut poll: Poll) {
        let mut events = Events::with_capacity(64);
        let mut buffer = vec![0; DATAGRAM];
        let mut again = false;
        while !self.over.load(Ordering::Acquire) {
            let wait = again.then_some(std::time::Duration::ZERO);
            if poll
                .poll(&mut events, wait)
                .is_err_and(|error| error.kind() != std::io::ErrorKind::Interrupted)
            {
                return;
            }
            again = false;
            for index in 0..self.sockets.len() {
                again |= self.read(index, &mut buffer);
            }
        }
    }

    /// Whether there is more.
    fn read(&mut self, index: usize, buffer: &mut [u8]) -> bool {
        let socket = &self.sockets[index];
        let Ok(local) = socket.local_addr() else { return false };
        for _ in 0..BURST {
            if self.over.load(Ordering::Acquire) {
                return false;
            }
            match socket.recv_from(buffer) {
                Ok((len, remote)) => answer(&mut self.endpoint, socket, (local, remote), &buffer[..len]),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return false,
                // An ICMP error of an earlier send; the socket is fine.
                Err(_) => {}
            }
        }
        true
    }
}

fn answer(
    endpoint: &mut Endpoint,
    socket: &UdpSocket,
    (local, remote): (SocketAddr, SocketAddr),
    bytes: &[u8],
) {
    let flow = Flow { protocol: Protocol::Udp, local, remote, connection: None };
    endpoint.handle_message(Time::ZERO, flow, BytesMut::from(bytes).freeze());
    while let Some(transmit) = endpoint.poll_transmit() {
        metrics::counter!("warmline_gate_refused_total").increment(1);
        let _ = socket.send_to(&transmit.payload, transmit.flow.remote);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::time::Duration;

    fn request(method: &str, local: SocketAddr, to_tag: &str) -> String {
        format!(
            "{method} sip:+493012345003@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bK{method}{to_tag};rport\r\n\
             From: <sip:a@127.0.0.1>;tag=a\r\nTo: <sip:b@127.0.0.1>{to_tag}\r\nCall-ID: c\r\nCSeq: 1 {method}\r\n\
             Contact: <sip:a@{local}>\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        )
    }

    #[tokio::test]
    async fn e15_who_calls_while_the_journal_is_read_is_told_to_try_again_and_then_is_heard() {
        let udp = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        udp.set_nonblocking(true).unwrap();
        let own = udp.local_addr().unwrap();
        let caller = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        caller.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let local = caller.local_addr().unwrap();
        let udp = [udp];
        let gate = Gate::close(&udp, &[]).unwrap();
        let mut buffer = [0; 2_000];
        for (method, tag, expected) in
            [("INVITE", "", "503"), ("OPTIONS", "", "503"), ("BYE", ";tag=gone", "481")]
        {
            caller.send_to(request(method, local, tag).as_bytes(), own).unwrap();
            let len = caller.recv(&mut buffer).unwrap();
            let text = String::from_utf8_lossy(&buffer[..len]).into_owned();
            assert!(text.starts_with(&format!("SIP/2.0 {expected} ")), "{text}");
            assert_eq!(text.contains("Retry-After: "), expected == "503", "{text}");
        }
        gate.open().await;
        caller.send_to(b"after", own).unwrap();
        let poll = || udp[0].recv(&mut buffer).ok();
        let len = std::iter::repeat_with(poll).find_map(|len| {
            len.or_else(|| {
                std::thread::yield_now();
                None
            })
        });
        assert_eq!(len, Some(5), "what comes then is left to the owner");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn e15_a_page_that_asks_meanwhile_gets_503_and_the_next_one_the_owner() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let ask = move || {
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            stream.write_all(b"GET /v1/web/x HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
            let mut text = String::new();
            stream.read_to_string(&mut text).unwrap();
            text.to_ascii_lowercase()
        };
        let gate = Gate::close(&[], &[(&listener, Mode::Plain)]).unwrap();
        let text = tokio::task::spawn_blocking(ask).await.unwrap();
        assert!(text.starts_with("http/1.1 503") && text.contains("retry-after: 2"), "{text}");
        gate.open().await;
        let mine = tokio::spawn(async move { listener.accept().await.is_ok() });
        let _stream = tokio::net::TcpStream::connect(address).await.unwrap();
        assert!(mine.await.unwrap());
    }
}
