//! A small SIP phone or carrier: our endpoint over one UDP socket, for registering and for setting calls up.

use crate::support::switch::PASSWORD;
use bytes::Bytes;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use warmline_sip::digest::Credentials;
use warmline_sip::endpoint::{
    Body, Endpoint, EndpointConfig, Event, Invite, OutgoingRequest, SessionEvent, SessionId,
};
use warmline_sip::headers::NameAddr;
use warmline_sip::message::{HeaderName, Headers, Message, Method};
use warmline_sip::transport::{Flow, Protocol};
use warmline_sip::uri::Uri;
use warmline_time::Time;

pub struct Phone {
    endpoint: Endpoint,
    socket: UdpSocket,
    flow: Flow,
    started: Instant,
}

/// The payload type of keys that are pressed (RFC 4733).
pub const KEYS: u8 = 101;
/// What one call takes at most until it is answered.
const PATIENCE: Duration = Duration::from_secs(10);

impl Phone {
    /// On a port of loopback, towards the switch's.
    pub fn bind(port: u16, switch: u16) -> Self {
        let socket = UdpSocket::bind(("127.0.0.1", port)).expect("a free port");
        socket.set_read_timeout(Some(Duration::from_millis(1))).expect("set");
        let flow = Flow {
            protocol: Protocol::Udp,
            local: socket.local_addr().expect("bound"),
            remote: SocketAddr::from(([127, 0, 0, 1], switch)),
            connection: None,
        };
        let seed = crate::support::random();
        let config = EndpointConfig { stamp: format!("bench-{port}"), ..EndpointConfig::default() };
        Phone { endpoint: Endpoint::new(config, seed), socket, flow, started: Instant::now() }
    }

    fn now(&self) -> Time {
        Time::ZERO + self.started.elapsed()
    }

    fn uri(&self, user: &str, address: SocketAddr) -> Uri {
        Uri::sip(Some(user), &address.ip().to_string(), Some(address.port()))
    }

    /// Sends, takes what has come, and the events.
    fn step(&mut self) -> Vec<Event> {
        self.flush();
        let mut buffer = [0; 8_192];
        if let Ok((len, _)) = self.socket.recv_from(&mut buffer) {
            self.endpoint.handle_message(self.now(), self.flow, Bytes::copy_from_slice(&buffer[..len]));
        }
        let now = self.now();
        if self.endpoint.poll_timeout().is_some_and(|due| due <= now) {
            self.endpoint.handle_timeout(now);
        }
        self.flush();
        std::iter::from_fn(|| self.endpoint.poll_event()).collect()
    }

    fn flush(&mut self) {
        while let Some(transmit) = self.endpoint.poll_transmit() {
            let _ = self.socket.send_to(&transmit.payload, transmit.flow.remote);
        }
    }

    /// Registers an account of the domain, its Contact at this port.
    pub fn register(&mut self, user: &str) {
        let address = NameAddr::new(Uri::sip(Some(user), "warmline", None));
        let mut message = Message::request(Method::Register, Uri::sip(None, "warmline", None));
        message.headers.push(HeaderName::FROM, address.to_string());
        message.headers.push(HeaderName::TO, address.to_string());
        message.headers.push(HeaderName::CONTACT, NameAddr::new(self.uri(user, self.flow.local)).to_string());
        message.headers.push(HeaderName::EXPIRES, "3600");
        let credentials = Credentials { user: user.into(), password: PASSWORD.into() };
        let request = OutgoingRequest { flow: self.flow, message, credentials: Some(credentials) };
        self.endpoint.request(self.now(), request);
        let start = Instant::now();
        loop {
            for event in self.step() {
                if let Event::Response { result, .. } = event {
                    result.expect("registered");
                    return;
                }
            }
            assert!(start.elapsed() < PATIENCE, "no answer to the REGISTER");
        }
    }

    /// Sends an INVITE for a number; the moment before it left.
    pub fn invite(&mut self, number: &str, media: u16) -> (SessionId, Instant) {
        let target = self.uri(number, self.flow.remote);
        let invite = Invite {
            flow: self.flow,
            uri: target.clone(),
            from: NameAddr::new(self.uri("+4915112345678", self.flow.local)),
            to: NameAddr::new(target),
            contact_user: None,
            route: Vec::new(),
            token: None,
            headers: Headers::default(),
            body: Some(Body::sdp(description(media))),
            credentials: None,
        };
        let session = self.endpoint.invite(self.now(), invite);
        let sent = Instant::now();
        self.flush();
        (session, sent)
    }

    /// Waits for an INVITE; when it came.
    pub fn invited(&mut self) -> (SessionId, Instant) {
        self.wait("INVITE", |event| match event {
            Event::Invite { session, .. } => Some(*session),
            _ => None,
        })
    }

    /// The same, and where its description wants media.
    pub fn invited_to(&mut self) -> (SessionId, Instant, SocketAddr) {
        let ((session, media), came) = self.wait("INVITE", |event| match event {
            Event::Invite { session, request, .. } => Some((*session, media_of(request))),
            _ => None,
        });
        (session, came, media)
    }

    /// Answers at once.
    pub fn answer(&mut self, session: SessionId, media: u16) {
        let body = Body::sdp(description(media));
        self.endpoint.accept(self.now(), session, Headers::default(), Some(body)).expect("it rings");
        self.flush();
    }

    /// Waits until its call is answered, and acknowledges; where its media goes.
    pub fn answered(&mut self) -> SocketAddr {
        let (media, _) = self.wait("200", |event| match event {
            Event::Session { event: SessionEvent::Established(answer), .. } => Some(media_of(answer)),
            _ => None,
        });
        self.flush();
        media
    }

    /// Waits for the ACK to its answer.
    pub fn acknowledged(&mut self) {
        self.wait("ACK", |event| {
            matches!(event, Event::Session { event: SessionEvent::Confirmed(_), .. }).then_some(())
        });
    }

    /// Sends a BYE; the moment before it left.
    pub fn bye(&mut self, session: SessionId) -> Instant {
        self.endpoint.hangup(self.now(), session, None);
        let sent = Instant::now();
        self.flush();
        sent
    }

    /// Waits for a BYE; when it came.
    pub fn hung_up(&mut self) -> Instant {
        self.wait("BYE", |event| {
            matches!(event, Event::Session { event: SessionEvent::Ended { by_peer: true, .. }, .. })
                .then_some(())
        })
        .1
    }

    fn wait<T>(&mut self, what: &str, mut pick: impl FnMut(&Event) -> Option<T>) -> (T, Instant) {
        let start = Instant::now();
        loop {
            let events = self.step();
            let came = Instant::now();
            if let Some(found) = events.iter().find_map(&mut pick) {
                return (found, came);
            }
            assert!(start.elapsed() < PATIENCE, "no {what}");
        }
    }

    /// Answers every call at once until the end; `rings` is told when each came.
    pub fn answer_all(&mut self, ended: &AtomicBool, rings: impl Fn(Instant)) {
        while !ended.load(Ordering::Relaxed) {
            let events = self.step();
            let came = Instant::now();
            for event in events {
                if let Event::Invite { session, .. } = event {
                    rings(came);
                    self.answer(session, 40_002);
                }
            }
        }
    }

    /// Takes what still comes for a while: the answer to a BYE.
    pub fn settle(&mut self, time: Duration) {
        let start = Instant::now();
        while start.elapsed() < time {
            self.step();
        }
    }

    /// Calls a number; `callee` answers. Both give the port of their media and learn where the other side is to send:
    /// (for the caller, for the callee).
    pub fn call(&mut self, callee: &mut Phone, number: &str, media: (u16, u16)) -> (SocketAddr, SocketAddr) {
        self.invite(number, media.0);
        let (mut for_caller, mut for_callee) = (None, None);
        let start = Instant::now();
        while for_caller.is_none() || for_callee.is_none() {
            for event in self.step() {
                match event {
                    Event::Session { event: SessionEvent::Established(answer), .. } => {
                        for_caller = Some(media_of(&answer));
                    }
                    Event::Session { event: SessionEvent::Failed(failure), .. } => {
                        panic!("the call failed: {}", failure.status())
                    }
                    _ => {}
                }
            }
            for event in callee.step() {
                if let Event::Invite { session, request, .. } = event {
                    for_callee = Some(media_of(&request));
                    let (now, body) = (callee.now(), Body::sdp(description(media.1)));
                    callee.endpoint.accept(now, session, Headers::default(), Some(body)).expect("it rings");
                }
            }
            assert!(start.elapsed() < PATIENCE, "no answer to the INVITE");
        }
        self.flush();
        callee.step();
        (for_caller.expect("answered"), for_callee.expect("offered"))
    }
}

fn description(port: u16) -> String {
    format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
         m=audio {port} RTP/AVP 8 {KEYS}\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:{KEYS} telephone-event/8000\r\n"
    )
}

/// Where a description wants its media.
fn media_of(message: &Message) -> SocketAddr {
    let text = String::from_utf8_lossy(&message.body);
    let line = |prefix: &str| text.lines().find_map(|line| line.strip_prefix(prefix).map(str::to_owned));
    let host = line("c=IN IP4 ").expect("an address");
    let port = line("m=audio ").and_then(|rest| rest.split(' ').next()?.parse().ok()).expect("a port");
    SocketAddr::new(host.trim().parse().expect("an address"), port)
}
