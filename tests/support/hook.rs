//! A firm's own server, to which the program posts: it notes each request, and answers as it is told to, or never.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

pub struct Hook {
    pub port: u16,
    all: Arc<Mutex<Vec<Post>>>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// A request.
#[derive(Clone, Debug)]
pub struct Post {
    /// By their names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

/// What it and the program share.
const KEY: [u8; 24] = [9; 24];

impl Hook {
    /// Answers one request after the other with these statuses, and all that follow with 204.
    pub fn answering(statuses: &[u16]) -> Self {
        Hook::start(statuses.iter().copied().map(Some).collect(), Some(204))
    }

    /// Takes every request, and never answers.
    pub fn hanging() -> Self {
        Hook::start(VecDeque::new(), None)
    }

    fn start(mut first: VecDeque<Option<u16>>, then: Option<u16>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bound");
        let port = listener.local_addr().expect("bound").port();
        let (all, over) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (noted, ended) = (all.clone(), over.clone());
        let thread = std::thread::spawn(move || {
            let mut open = Vec::new();
            for stream in listener.incoming().flatten() {
                if ended.load(Ordering::Relaxed) {
                    break;
                }
                let Some(post) = read(&stream) else { continue };
                noted.lock().expect("whole").push(post);
                let mut stream = stream;
                match first.pop_front().unwrap_or(then) {
                    Some(status) => drop(write!(
                        stream,
                        "HTTP/1.1 {status} Said\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    )),
                    None => open.push(stream),
                }
            }
        });
        Hook { port, all, over, thread: Some(thread) }
    }

    /// The keys of a configuration that say where it is.
    pub fn keys(&self) -> String {
        let (port, secret) = (self.port, warmline_web::mint_webhook_secret(&KEY));
        format!("url = \"http://127.0.0.1:{port}/warmline\"\nsecret = \"{secret}\"\nallow_private = true\n")
    }

    /// All requests so far.
    pub fn posts(&self) -> Vec<Post> {
        self.all.lock().expect("whole").clone()
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // It waits for somebody.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Post {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// Whether it is signed by who has the secret (Standard Webhooks).
    pub fn is_signed(&self) -> bool {
        let of = |name: &str| self.headers.get(name).map_or("", String::as_str);
        let Some(tag) = of("webhook-signature").strip_prefix("v1,").map(base64) else { return false };
        let signed = format!("{}.{}.{}", of("webhook-id"), of("webhook-timestamp"), self.body);
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &KEY);
        ring::hmac::verify(&key, signed.as_bytes(), &tag).is_ok()
    }
}

fn read(stream: &TcpStream) -> Option<Post> {
    stream.set_read_timeout(Some(super::PATIENCE)).ok()?;
    let mut reader = BufReader::new(stream);
    let mut headers = BTreeMap::new();
    let mut line = String::new();
    while reader.read_line(&mut line).ok()? > 2 {
        if let Some((name, value)) = line.split_once(':') {
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        line.clear();
    }
    let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    Some(Post { headers, body: String::from_utf8(body).ok()? })
}

/// The bytes of a text in base64 (RFC 4648 §4).
fn base64(text: &str) -> Vec<u8> {
    let six = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b'=').map(six).collect();
    let bytes = digits.chunks(4).flat_map(|four| {
        let all = four.iter().enumerate().fold(0, |all, (at, six)| all | u32::from(*six) << (18 - 6 * at));
        all.to_be_bytes()[1..four.len()].to_vec()
    });
    bytes.collect()
}
