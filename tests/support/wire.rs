//! SIP by hand over a UDP socket: a carrier that notes who is dialled, and requests that no phone would send.

use super::{PATIENCE, random, until};
use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A carrier that gives every call the same answer.
pub struct Carrier {
    /// By Call-ID: who was called, and when that was heard of first.
    calls: Arc<Mutex<BTreeMap<String, (String, Instant)>>>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Carrier {
    /// Answers INVITEs with a status such as `486 Busy Here`; with a provisional one it rings until it is cancelled.
    pub fn start(port: u16, status: &'static str) -> Self {
        Self::answering(port, move |_| vec![status])
    }

    /// Answers INVITEs with these statuses, one after the other, by the number that is called; with a `200 OK` somebody is there who
    /// says nothing, until he is hung up.
    pub fn answering(port: u16, statuses: impl Fn(&str) -> Vec<&'static str> + Send + 'static) -> Self {
        let socket = UdpSocket::bind(("127.0.0.1", port)).expect("bound");
        socket.set_read_timeout(Some(Duration::from_millis(50))).expect("set");
        let (calls, over) = (Arc::new(Mutex::new(BTreeMap::new())), Arc::new(AtomicBool::new(false)));
        let (noted, ended) = (calls.clone(), over.clone());
        let thread = std::thread::spawn(move || {
            let mut buffer = [0; 65_535];
            while !ended.load(Ordering::Relaxed) {
                let Ok((len, from)) = socket.recv_from(&mut buffer) else { continue };
                let text = String::from_utf8_lossy(&buffer[..len]).into_owned();
                if text.starts_with("INVITE ") {
                    let id = header(&text, "Call-ID").unwrap_or_default();
                    noted.lock().expect("whole").entry(id).or_insert_with(|| (called(&text), Instant::now()));
                }
                for answer in answers(&text, &statuses) {
                    let _ = socket.send_to(answer.as_bytes(), from);
                }
            }
        });
        Carrier { calls, over, thread: Some(thread) }
    }

    /// Whom each call of so far was for, a retransmitted INVITE counted once.
    pub fn dialled(&self) -> Vec<String> {
        self.calls.lock().expect("whole").values().map(|call| call.0.clone()).collect()
    }

    /// When each call came, the first first.
    pub fn moments(&self) -> Vec<Instant> {
        let mut moments: Vec<_> = self.calls.lock().expect("whole").values().map(|call| call.1).collect();
        moments.sort_unstable();
        moments
    }

    /// How many calls so far.
    pub fn count(&self) -> usize {
        self.calls.lock().expect("whole").len()
    }

    /// How often a number was dialled.
    pub fn times(&self, number: &str) -> usize {
        self.dialled().iter().filter(|dialled| *dialled == number).count()
    }
}

impl Drop for Carrier {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The user part of the Request-URI.
fn called(request: &str) -> String {
    let uri = request.split(' ').nth(1).unwrap_or_default();
    uri.trim_start_matches("sip:").split('@').next().unwrap_or_default().to_string()
}

/// The first header of that name.
pub fn header(message: &str, name: &str) -> Option<String> {
    let mut rows = message.split("\r\n").skip(1).take_while(|row| !row.is_empty());
    rows.find_map(|row| {
        let (found, value) = row.split_once(':')?;
        found.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_string())
    })
}

fn answers(request: &str, statuses: impl Fn(&str) -> Vec<&'static str>) -> Vec<String> {
    let method = request.split(' ').next().unwrap_or_default();
    match method {
        "ACK" | "" => Vec::new(),
        _ if method.starts_with("SIP/") => Vec::new(),
        "INVITE" => {
            statuses(&called(request)).iter().map(|status| answer(request, status, "INVITE")).collect()
        }
        "CANCEL" => {
            vec![answer(request, "200 OK", "CANCEL"), answer(request, "487 Request Terminated", "INVITE")]
        }
        other => vec![answer(request, "200 OK", other)],
    }
}

fn answer(request: &str, status: &str, method: &str) -> String {
    let of = |name| header(request, name).unwrap_or_default();
    let to = of("To");
    let tag = if to.contains(";tag=") { "" } else { ";tag=wire" };
    let number = of("CSeq").split(' ').next().unwrap_or("1").to_string();
    let vias: String = request
        .split("\r\n")
        .take_while(|row| !row.is_empty())
        .filter(|row| row.to_ascii_lowercase().starts_with("via:"))
        .map(|row| format!("{row}\r\n"))
        .collect();
    // Who answers is found at the address that was called.
    let host = request.split(' ').nth(1).and_then(|uri| uri.split(['@', ';']).nth(1)).unwrap_or("127.0.0.1");
    let (kind, body) = match (method, &status[..1]) {
        ("INVITE", "2") => ("Content-Type: application/sdp\r\n", SILENT),
        _ => ("", ""),
    };
    format!(
        "SIP/2.0 {status}\r\n{vias}From: {}\r\nTo: {to}{tag}\r\nCall-ID: {}\r\nCSeq: {number} {method}\r\n\
         Contact: <sip:wire@{host}>\r\n{kind}Content-Length: {}\r\n\r\n{body}",
        of("From"),
        of("Call-ID"),
        body.len(),
    )
}

/// The description of one who says nothing and hears nothing: nobody listens at the port for what is discarded.
const SILENT: &str =
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 8\r\n";

/// A caller that is no more than its socket.
pub struct Caller {
    socket: UdpSocket,
    switch: SocketAddr,
    id: u64,
}

impl Caller {
    /// `address` is any of loopback's; the carrier's is 127.0.0.1.
    pub fn at(address: &str, switch: u16) -> Self {
        let socket = UdpSocket::bind((address, 0)).expect("bound");
        socket.set_read_timeout(Some(Duration::from_millis(50))).expect("set");
        Caller { socket, switch: SocketAddr::from(([127, 0, 0, 1], switch)), id: random() }
    }

    pub fn send(&self, bytes: &[u8]) {
        self.socket.send_to(bytes, self.switch).expect("sent");
    }

    /// A request with an offer of PCMA, as text.
    pub fn request(&self, method: &str, to: &str, from: &str, more: &str) -> String {
        let local = self.socket.local_addr().expect("bound");
        let (ip, port, id) = (local.ip(), local.port(), self.id);
        let body = match method {
            "INVITE" => format!(
                "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP 8\r\n"
            ),
            _ => String::new(),
        };
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        format!(
            "{method} sip:{to}@127.0.0.1:{} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bK{id:x}\r\n\
             From: <sip:{from}>;tag={id:x}\r\nTo: <sip:{to}@127.0.0.1>\r\nCall-ID: {id:x}@test\r\nCSeq: 1 {method}\r\n\
             Contact: <sip:wire@{local}>\r\nMax-Forwards: 70\r\n{more}{kind}Content-Length: {}\r\n\r\n{body}",
            self.switch.port(),
            body.len()
        )
    }

    /// Sends it, again as UDP asks for, until an answer is there that is not 100; its status.
    pub fn ask(&self, request: &str) -> u16 {
        let (start, mut sent) = (Instant::now(), Instant::now());
        self.send(request.as_bytes());
        let mut buffer = [0; 65_535];
        while start.elapsed() < PATIENCE {
            if sent.elapsed() > Duration::from_millis(500) {
                self.send(request.as_bytes());
                sent = Instant::now();
            }
            let Ok(len) = self.socket.recv(&mut buffer) else { continue };
            let text = String::from_utf8_lossy(&buffer[..len]).into_owned();
            let status = text.strip_prefix("SIP/2.0 ").and_then(|rest| rest.get(..3)?.parse().ok());
            if let Some(status) = status.filter(|status| *status != 100) {
                return status;
            }
        }
        panic!("never answered: {request}");
    }

    /// Sends it every few milliseconds, to whoever may not be there yet, until something comes back: all of it.
    pub fn insists(&self, request: &str) -> String {
        self.socket.set_read_timeout(Some(Duration::from_millis(2))).expect("set");
        let mut buffer = [0; 65_535];
        until("an answer", || {
            (0..8).find_map(|_| {
                let _ = self.socket.send_to(request.as_bytes(), self.switch);
                let len = self.socket.recv(&mut buffer).ok()?;
                Some(String::from_utf8_lossy(&buffer[..len]).into_owned())
            })
        })
    }

    /// Whether OPTIONS is answered: the program lives.
    pub fn alive(address: &str, switch: u16) {
        until("OPTIONS is answered", || {
            let caller = Caller::at(address, switch);
            (caller.ask(&caller.request("OPTIONS", "ping", "ping@127.0.0.1", "")) > 0).then_some(())
        });
    }
}
