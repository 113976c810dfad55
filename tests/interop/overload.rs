//! Who does not keep up with what he is told is cut off; calls, and whoever else listens, never wait for him (E26).

use crate::support::baresip::{Account, Baresip};
use crate::support::client::{self, Desktop, Stream, Visitor};
use crate::support::switch::{PASSWORD, Setup, Switch};
use crate::support::{free_port, until};
use serde_json::Value;
use socket2::{Domain, Socket, Type};
use std::net::{SocketAddr, TcpStream};
use tungstenite::{Message, WebSocket};

/// A WebSocket whose line takes a few kilobytes and no more.
fn deaf(base: &str, path: &str, headers: &[(&str, &str)]) -> WebSocket<TcpStream> {
    let address: SocketAddr = base.trim_start_matches("http://").parse().expect("an address");
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.set_recv_buffer_size(4_096).expect("set");
    socket.connect(&address.into()).expect("connected");
    tungstenite::client(client::request(base, path, headers), socket.into()).expect("it opens").0
}

/// All that is still on its way before it ends.
fn rest(socket: &mut WebSocket<TcpStream>) -> Vec<Value> {
    let mut heard = Vec::new();
    while let Ok(message) = socket.read() {
        if let Message::Text(text) = message {
            heard.push(serde_json::from_str(&text).expect("JSON"));
        }
    }
    heard
}

fn seqs(heard: &[Value]) -> Vec<u64> {
    heard.iter().filter(|message| message["type"] != "hello").filter_map(|m| m["seq"].as_u64()).collect()
}

#[test]
fn e26_who_does_not_listen_is_cut_and_no_call_waits_for_him() {
    let (key, hash) = warmline_web::mint_key(&[8; 32]);
    let keys = format!(
        "[[firms.keys]]\nname = \"crm\"\nsecret_sha256 = \"{hash}\"\nrights = [\"events\"]\n[[firms.sites]]"
    );
    let carrier_port = free_port();
    let proxied = ("[media]".to_string(), "trusted_proxies = [\"127.0.0.1\"]\n[media]".to_string());
    let replace = vec![("[[firms.sites]]".to_string(), keys), proxied];
    let switch = Switch::start(&Setup { carrier: carrier_port, replace, ..Setup::default() });
    let base = switch.http();
    let account = Account { user: "alice-phone", domain: "warmline", hz: 1_000.0, ..Account::default() };
    let mut phone = Baresip::start(&Account { registrar: Some(switch.sip), password: PASSWORD, ..account });
    let caller = Account { user: "+4915112345678", hz: 450.0, ..Account::default() };
    let mut carrier = Baresip::start_on(&caller, carrier_port);

    let bearer = format!("Bearer {key}");
    let mut program = deaf(&base, "/v1/events", &[("Authorization", &bearer)]);
    // More than the kernel keeps for a line: some megabytes.
    let visitors = (0..200).map(|last| Visitor::from_address(&base, format!("192.0.2.{last}")));
    for visitor in visitors {
        for _ in 0..30 {
            let asked = visitor.reserve(&visitor.wish("dial"));
            assert_eq!(visitor.cancel(&asked), 204);
        }
    }
    let mut alice = Desktop::ready(&base, "alice");
    let visitor = Visitor::from_address(&base, "192.0.2.250".into());
    let reservation = until("a number is free again", || {
        let asked = visitor.reserve(&visitor.wish("dial"));
        if asked["number"].is_string() {
            return Some(asked);
        }
        assert_eq!(visitor.cancel(&asked), 204);
        None
    });
    let number = reservation["number"].as_str().expect("a number");
    // Many had it before him: who has not tapped it is asked for the PIN.
    visitor.dials(&reservation);
    carrier.dial(&format!("sip:{number}@127.0.0.1:{}", switch.sip));
    until("the phone answers", || {
        alice.stream.read();
        phone.has("CALL_ESTABLISHED").then_some(())
    });
    carrier.wait("CALL_ESTABLISHED");
    carrier.hears(1_000.0);
    carrier.hangup();
    phone.wait("CALL_CLOSED");

    until("the program that does not listen is cut", || {
        (switch.metric("warmline_web_streams_stuck_total") > 0.0).then_some(())
    });
    let last = *seqs(&rest(&mut program)).last().expect("it heard the first of them");
    let again = format!("/v1/events?last_seq={last}");
    let mut events = Stream::open(&base, &again, &[("Authorization", &bearer)]);
    events.came("the end of the call", |message| message["type"] == "call.ended");
    let missed = seqs(&events.seen);
    assert!(missed.len() > 1_000, "{} came after the cut", missed.len());
    assert!(missed.iter().copied().eq(last + 1..=last + missed.len() as u64), "all of them, in order");
}
