//! HTTP/1.1 over one kept connection: as little of a client as the figures allow.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

pub struct Connection {
    stream: BufReader<TcpStream>,
    host: SocketAddr,
    request: Vec<u8>,
}

impl Connection {
    pub fn open(host: SocketAddr) -> Self {
        let stream = TcpStream::connect(host).expect("it listens");
        stream.set_nodelay(true).expect("set");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
        Connection { stream: BufReader::new(stream), host, request: Vec::new() }
    }

    /// Status and body. `visitor` is written as the address that a proxy in front would have seen.
    pub fn post(&mut self, path: &str, visitor: u32, body: &str) -> (u16, Vec<u8>) {
        self.ask("POST", path, visitor, "", body)
    }

    /// Status of a reservation's end; `key` is its own.
    pub fn cancel(&mut self, id: &str, visitor: u32, key: &str) -> u16 {
        let bearer = format!("Authorization: Bearer {key}\r\n");
        self.ask("DELETE", &format!("/v1/web/reservations/{id}"), visitor, &bearer, "").0
    }

    fn ask(&mut self, verb: &str, path: &str, visitor: u32, more: &str, body: &str) -> (u16, Vec<u8>) {
        let from = std::net::Ipv4Addr::from(0x0a00_0000 + visitor);
        self.request.clear();
        write!(
            self.request,
            "{verb} {path} HTTP/1.1\r\nHost: {}\r\nOrigin: https://shop.test\r\nX-Forwarded-For: {from}\r\n{more}\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.host,
            body.len()
        )
        .expect("memory");
        self.stream.get_mut().write_all(&self.request).expect("it reads");
        self.answer()
    }

    fn answer(&mut self) -> (u16, Vec<u8>) {
        let (mut status, mut len) = (0, 0);
        let mut line = String::new();
        for number in 0.. {
            line.clear();
            self.stream.read_line(&mut line).expect("it answers");
            let text = line.trim_end();
            if number == 0 {
                status = text.split(' ').nth(1).and_then(|text| text.parse().ok()).expect("a status");
            } else if text.is_empty() {
                break;
            } else if let Some((name, value)) = text.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                len = value.trim().parse().expect("a length");
            }
        }
        let mut body = vec![0; len];
        self.stream.read_exact(&mut body).expect("a whole body");
        (status, body)
    }
}
