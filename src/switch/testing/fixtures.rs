//! What the tests' switch is set to, and what its peers say.

use super::{POINT, SWITCH};
use crate::switch::settings::{DidFrom, Prompts, Route, RouteFrom, Settings, Target, Trunk};
use std::sync::Arc;
use std::time::Duration;
use warmline_coordination::cti::Prompt;
use warmline_coordination::ids::{CallId, PartyId};
use warmline_sip::digest::Credentials;
use warmline_sip::transport::{ConnectionId, Flow, Protocol};
use warmline_time::Time;

pub fn trunk(name: &str, peers: &[&str]) -> Trunk {
    let peers: Vec<Flow> = peers.iter().map(|peer| flow_to(Protocol::Udp, peer, None)).collect();
    Trunk {
        name: name.into(),
        trusted: peers.iter().map(|peer| peer.remote.ip()).collect(),
        peers,
        did_from: vec![DidFrom::RequestUri, DidFrom::To, DidFrom::Diversion],
        max_calls: 10,
        max_cps: 10,
        credentials: None,
        register: false,
        ping: Duration::ZERO,
        redirect: false,
    }
}

fn flow_to(protocol: Protocol, peer: &str, connection: Option<ConnectionId>) -> Flow {
    Flow { protocol, local: SWITCH.parse().unwrap(), remote: peer.parse().unwrap(), connection }
}

fn route(pattern: &str, from: RouteFrom, target: Target) -> Route {
    Route { pattern: regex::Regex::new(pattern).unwrap(), from, target }
}

pub fn settings() -> Settings {
    let account = |user: &str| Credentials { user: user.into(), password: format!("secret-{user}") };
    let queue = Target::Queue { firm: "acme".into(), queue: "sales".into() };
    let out = Target::Trunk { trunk: "carrier".into(), number: "+49$1".into() };
    Settings {
        domain: "sip.test".into(),
        firms: vec!["acme".into()],
        digest_sha256: true,
        phone_ping: Duration::ZERO,
        ban: (10, Duration::from_secs(600)),
        echo_number: "*43".into(),
        trunks: vec![trunk("carrier", &["198.51.100.10:5060", "198.51.100.11:5060"])],
        accounts: vec![account("201"), account("202")],
        routes: vec![
            route("^\\+493012345100$", RouteFrom::Anyone, Target::Account("201".into())),
            route("^\\+493012345200$", RouteFrom::Anyone, queue),
            route("^0(\\d+)$", RouteFrom::Accounts, out.clone()),
            route("^9", RouteFrom::Anyone, out),
        ],
        routing_points: vec![(POINT.into(), "acme".into())],
        extensions: vec![(701, 720), (799, 799)],
        warm_lines: vec!["+493012345799".into()],
        anchor_media: true,
        webrtc_ports: vec![20000],
        media_address: None,
        ring_max: Duration::from_secs(20),
        max_call: Duration::from_secs(3600),
        port_cooling: Duration::from_secs(5),
        expires: (60, 3600),
        max_calls: 100,
        prompts: prompts(),
        stamp: "1.0.7".into(),
        retransmit: true,
    }
}

/// What is said in tests: a second for the first prompt, two for the second …
pub fn prompts() -> Prompts {
    let all = [Prompt::EnterPin, Prompt::WrongPin, Prompt::Accepted, Prompt::PleaseHold, Prompt::PressOne];
    let spoken = all.into_iter().zip(1..).map(|(prompt, secs)| (prompt, Arc::from(vec![0; 8_000 * secs])));
    [("en".to_owned(), spoken.collect())].into()
}

/// With two seconds for the echo test alone.
pub fn prompts_with_echo() -> Prompts {
    [("en".to_owned(), [(Prompt::EchoTest, Arc::from(vec![0; 16_000]))].into())].into()
}

/// A description of a plain phone.
pub fn sdp(port: u16, formats: &str, direction: &str) -> String {
    format!(
        "v=0\r\no=- {port} 1 IN IP4 203.0.113.5\r\ns=-\r\nc=IN IP4 203.0.113.5\r\nt=0 0\r\n\
         m=audio {port} RTP/AVP {formats}\r\na=rtpmap:101 telephone-event/8000\r\na={direction}\r\n"
    )
}

/// A description of a browser.
pub fn browser_sdp(setup: &str) -> String {
    let print = ["AB"; 32].join(":");
    format!(
        "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
         m=audio 9 UDP/TLS/RTP/SAVPF 111 0 8 126\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=ice-ufrag:abcd\r\n\
         a=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=fingerprint:sha-256 {print}\r\na=setup:{setup}\r\na=rtcp-mux\r\n\
         a=sendrecv\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n\
         a=rtpmap:126 telephone-event/8000\r\n"
    )
}

pub fn party(n: u128) -> PartyId {
    PartyId::mint(Time::ZERO, n)
}

pub fn call_id(n: u128) -> CallId {
    CallId::mint(Time::ZERO, n)
}
