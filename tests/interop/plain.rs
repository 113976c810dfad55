//! The switch without the web: phones, routes, queues, and what strangers may not do.

use crate::support::baresip::{Account, Baresip};
use crate::support::client::{self, Desktop, Visitor};
use crate::support::switch::{PASSWORD, Setup, Switch};
use crate::support::wire::{Caller, Carrier};
use crate::support::{audio, free_port, until};
use serde_json::Value;

fn switch(carrier: u16) -> Switch {
    Switch::start(&Setup { carrier, ..Setup::default() })
}

fn phone(switch: &Switch, user: &str, hz: f64, auto: bool) -> Baresip {
    Baresip::start(&Account {
        user,
        domain: "warmline",
        registrar: Some(switch.sip),
        password: PASSWORD,
        auto,
        hz,
        ..Account::default()
    })
}

fn carrier(port: u16) -> Baresip {
    Baresip::start_on(&Account { user: "+4915112345678", hz: 450.0, ..Account::default() }, port)
}

#[test]
fn one_phone_calls_another() {
    let switch = switch(free_port());
    let mut one = phone(&switch, "201", 600.0, false);
    let mut two = phone(&switch, "202", 1_050.0, false);
    one.dial("sip:202@warmline");
    two.wait("CALL_INCOMING");
    assert!(!one.has("CALL_ESTABLISHED"));
    two.accept();
    one.wait("CALL_ESTABLISHED");
    one.hears(1_050.0);
    two.hears(600.0);
    two.hangup();
    one.wait("CALL_CLOSED");
    switch.ends_sane();
}

#[test]
fn a_phone_hears_itself_at_the_echo_and_by_its_number() {
    let switch = switch(free_port());
    let mut phone = phone(&switch, "201", 700.0, false);
    for address in ["sip:echo@warmline", "sip:*43@warmline"] {
        phone.dial(address);
        phone.wait("CALL_ESTABLISHED");
        phone.hears(700.0);
        phone.hangup();
        phone.wait("CALL_CLOSED");
    }
    switch.ends_sane();
}

#[test]
fn a_number_of_the_trunk_reaches_its_phone_and_an_unknown_one_nobody() {
    let port = free_port();
    let switch = switch(port);
    let mut phone = phone(&switch, "201", 1_000.0, true);
    let mut carrier = carrier(port);
    carrier.dial(&format!("sip:+493012345100@127.0.0.1:{}", switch.sip));
    phone.wait("CALL_ESTABLISHED");
    carrier.wait("CALL_ESTABLISHED");
    carrier.hears(1_000.0);
    phone.hears(450.0);
    carrier.hangup();
    phone.wait("CALL_CLOSED");
    carrier.wait("CALL_CLOSED");
    carrier.dial(&format!("sip:+493012349999@127.0.0.1:{}", switch.sip));
    let closed = carrier.wait("CALL_CLOSED");
    assert!(closed["param"].as_str().is_some_and(|reason| reason.starts_with("404")), "{closed}");
    assert!(!phone.has("CALL_INCOMING"));
    switch.ends_sane();
}

#[test]
fn a_caller_without_an_agent_hears_music_until_one_is_ready() {
    let port = free_port();
    let switch = switch(port);
    let mut phone = phone(&switch, "alice-phone", 1_200.0, true);
    let mut carrier = carrier(port);
    carrier.dial(&format!("sip:+493012345200@127.0.0.1:{}", switch.sip));
    carrier.wait("CALL_ESTABLISHED");
    until("music", || {
        let ears = carrier.ears()?;
        audio::level_at_end(&ears, 0.5).filter(|level| *level > 1_000.0)
    });
    let mut desktop = Desktop::serving(&switch.http(), "alice");
    until("the agent's phone answers", || {
        desktop.stream.read();
        phone.has("CALL_ESTABLISHED").then_some(())
    });
    carrier.hears(1_200.0);
    phone.hears(450.0);
    let current = desktop.stream.view("current", |current| current["state"] == "talking");
    assert_eq!((&current["confidence"], &current["page"]), (&"none".into(), &Value::Null));
    // The agent hangs up: the caller is cleared.
    assert_eq!(desktop.post("/v1/agent/hangup", &serde_json::json!({})), 204);
    carrier.wait("CALL_CLOSED");
    phone.wait("CALL_CLOSED");
    desktop.stream.view("me", |me| me["state"] == "ready");
    switch.ends_sane();
}

#[test]
fn a_number_that_is_not_held_reaches_the_queue_without_anybodys_page() {
    let port = free_port();
    let forget = ("cooling_secs = 1".to_string(), "cooling_secs = 1\nremember_secs = 0".to_string());
    let switch = Switch::start(&Setup { carrier: port, replace: vec![forget], ..Setup::default() });
    let mut phone = phone(&switch, "alice-phone", 1_200.0, false);
    let mut carrier = carrier(port);
    let visitor = Visitor::new(&switch.http());
    let given_up = visitor.reserve(&visitor.wish("dial"));
    let number = given_up["number"].as_str().expect("a number");
    assert_eq!(visitor.cancel(&given_up), 204);
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    carrier.dial(&format!("sip:{number}@127.0.0.1:{}", switch.sip));
    until("the agent's phone rings", || {
        desktop.stream.read();
        phone.has("CALL_INCOMING").then_some(())
    });
    let current = desktop.stream.view("current", |current| current["state"] == "ringing");
    assert_eq!(current["confidence"], "none");
    assert_eq!((&current["reservation"], &current["page"]), (&Value::Null, &Value::Null));
    phone.accept();
    carrier.wait("CALL_ESTABLISHED");
    carrier.hears(1_200.0);
    // The phone hangs up, not the desktop.
    phone.hangup();
    carrier.wait("CALL_CLOSED");
    switch.ends_sane();
}

#[test]
fn strangers_reach_no_trunk() {
    let port = free_port();
    let switch = switch(port);
    let carrier = Carrier::start(port, "486 Busy Here");
    for (from, more, wanted) in [
        ("201@warmline", "", vec![401]),
        ("201@127.0.0.1", "", vec![401]),
        ("alice@acme", "", vec![401]),
        ("carrier@127.0.0.1", "", vec![401]),
        ("mallory@evil.example", "", vec![401, 403]),
        ("201@warmline", "P-Asserted-Identity: <sip:201@warmline>\r\n", vec![401]),
        (
            "201@warmline",
            "Authorization: Digest username=\"201\", realm=\"warmline\", nonce=\"00\", uri=\"sip:x\", response=\"00\"\r\n",
            vec![401, 403],
        ),
    ] {
        let stranger = Caller::at("127.0.0.2", switch.sip);
        let status = stranger.ask(&stranger.request("INVITE", "03012345678", from, more));
        assert!(wanted.contains(&status), "{from}: {status}");
    }
    // What the trunk itself sends may not go out again either.
    let looped = Caller::at("127.0.0.1", switch.sip);
    assert_eq!(looped.ask(&looped.request("INVITE", "03012345678", "201@warmline", "")), 404);
    // A phone that has proven itself is the first whose call the carrier hears of.
    let mut phone = phone(&switch, "201", 600.0, false);
    phone.dial("sip:03099887766@warmline");
    let closed = phone.wait("CALL_CLOSED");
    assert!(closed["param"].as_str().is_some_and(|reason| reason.starts_with("486")), "{closed}");
    assert_eq!(carrier.dialled(), ["+493099887766"]);
    switch.ends_sane();
}

#[test]
fn e29_a_scanner_that_finds_a_reserved_number_is_refused_then_banned_and_the_trunk_is_heard() {
    let port = free_port();
    let replace = vec![("[sip]\n".to_string(), "[sip]\nban_after = 3\n".to_string())];
    let switch = Switch::start(&Setup { carrier: port, replace, ..Setup::default() });
    let mut phone = phone(&switch, "alice-phone", 1_000.0, true);
    let mut carrier = carrier(port);
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    let visitor = Visitor::new(&switch.http());
    let reservation = visitor.reserve(&visitor.wish("dial"));
    let number = reservation["number"].as_str().expect("a number");
    let scanner = Caller::at("127.0.0.2", switch.sip);
    let invite = |turn: usize| {
        let text = scanner.request("INVITE", number, "100@scanner.example", "");
        text.replace("Call-ID: ", &format!("Call-ID: {turn}-")).replace("z9hG4bK", &format!("z9hG4bK{turn}-"))
    };
    for turn in 0..3 {
        assert_eq!(scanner.ask(&invite(turn)), 403);
    }
    until("it is banned", || (switch.metric("warmline_bans_total") == 1.0).then_some(()));
    until("it is not looked at any more", || {
        scanner.send(invite(3).as_bytes());
        (switch.metric("warmline_banned_dropped_total") >= 1.0).then_some(())
    });
    // Anybody else is heard, on the next port of the same address, too.
    Caller::alive("127.0.0.2", switch.sip);
    assert!(!phone.has("CALL_INCOMING"));
    carrier.dial(&format!("sip:{number}@127.0.0.1:{}", switch.sip));
    until("the phone answers", || {
        desktop.stream.read();
        phone.has("CALL_ESTABLISHED").then_some(())
    });
    let current = desktop.stream.view("current", |current| current["state"] == "talking");
    assert_eq!((&current["confidence"], &current["reservation"]), (&"exact".into(), &reservation["id"]));
    carrier.hangup();
    phone.wait("CALL_CLOSED");
    switch.ends_sane();
}

/// Datagrams that are no SIP, or SIP that lies about itself.
fn noise(caller: &Caller) -> Vec<Vec<u8>> {
    let good = caller.request("INVITE", "+493012345100", "a@b.example", "");
    let with = |from: &str, to: &str| good.replace(from, to).into_bytes();
    let mut datagrams: Vec<Vec<u8>> = vec![
        vec![0],
        vec![0xff; 1_500],
        b"\r\n\r\n".to_vec(),
        b"INVITE".to_vec(),
        b"INVITE sip:x SIP/2.0\r\n\r\n".to_vec(),
        b"SIP/2.0 200 OK\r\n\r\n".to_vec(),
        b"SIP/2.0 99999999999 OK\r\nVia: x\r\n\r\n".to_vec(),
        with("Content-Length: ", "Content-Length: 99999"),
        with("Content-Length: ", "Content-Length: -"),
        with("Content-Length: ", "Content-Length: 1\r\nContent-Length: "),
        with("CSeq: 1 INVITE", "CSeq: 99999999999 INVITE"),
        with("CSeq: 1 INVITE", "CSeq: 1 BYE"),
        with("CSeq: 1 INVITE\r\n", ""),
        with("Call-ID: ", "Call-ID: a\nX: b\rY: "),
        with("From: <sip:", "From: \"unclosed <sip:"),
        with("To: ", "To\0: "),
        with("Via: SIP/2.0/UDP", "Via: SIP/9.0/UDP"),
        with("branch=z9hG4bK", "branch=;;;=="),
        with("sip:+493012345100@", "sip:%00%0d%0aInjected:1@"),
        with("v=0", "v=\0"),
        with("m=audio", "m=audio 99999999 RTP/AVP 8\r\nm=audio"),
        with("Max-Forwards: 70", "Max-Forwards: 0"),
        with("From: ", &format!("X: {}\r\nFrom: ", "a".repeat(40_000))),
        with("From: ", &format!("{}From: ", "Via: SIP/2.0/UDP 127.0.0.9\r\n".repeat(1_500))),
    ];
    datagrams.extend((1..good.len()).step_by(7).map(|len| good.as_bytes()[..len].to_vec()));
    datagrams
}

#[test]
fn noise_on_the_wire_changes_nothing() {
    let port = free_port();
    let switch = switch(port);
    let carrier = Carrier::start(port, "486 Busy Here");
    for address in ["127.0.0.1", "127.0.0.2"] {
        for datagram in noise(&Caller::at(address, switch.sip)) {
            Caller::at(address, switch.sip).send(&datagram);
        }
        Caller::alive(address, switch.sip);
    }
    assert!(carrier.dialled().is_empty());
    switch.ends_sane();
}

#[test]
fn bodies_that_cannot_be_are_refused() {
    let switch = switch(free_port());
    let visitor = Visitor::new(&switch.http());
    let refused = |body: &str| {
        let (status, problem) = visitor.post_text("/v1/web/reservations", body, None).expect("answered");
        (status, problem["code"].as_str().unwrap_or_default().to_string())
    };
    let with = |name: &str, value: &str| {
        let mut wish = visitor.callme("+4915112345678");
        wish[name] = value.into();
        wish.to_string()
    };
    let rule = |code: &str| (422, code.to_string());
    assert_eq!(
        refused(&with("number", "+4915112345678\r\nRoute: <sip:evil.example>")),
        rule("control_characters")
    );
    assert_eq!(refused(&with("number", "+49151\n12345678")), rule("control_characters"));
    assert_eq!(refused(&with("name", "Eve\r\nX: 1")), rule("control_characters"));
    assert_eq!(refused(&with("number", "+49151;phone-context=evil.example")), rule("number_invalid"));
    assert_eq!(refused(&with("number", &"1".repeat(41))), rule("too_long"));
    assert_eq!(refused(&with("name", &"x".repeat(101))), rule("too_long"));
    assert_eq!(refused(&with("visitor", "wlv_somebody")), rule("unknown_visitor"));
    assert_eq!(refused(&with("site", "nowhere")), (404, "unknown_site".into()));
    assert_eq!(refused(&with("snapshot", &"x".repeat(400_001))), rule("snapshot_too_large"));
    assert_eq!(refused(&with("snapshot", &"x".repeat(600_000))), (413, "body_too_large".into()));
    for text in ["", "{", "[]", "null", "{\"site\":7}", "\u{0}", &"[".repeat(100_000)] {
        assert_eq!(refused(text), (400, "invalid_json".into()), "{}", &text[..text.len().min(20)]);
    }
    assert_eq!(visitor.reserve(&visitor.wish("dial"))["mode"], "dial", "it still works");
    assert!(
        !client::get(&format!("http://{}/healthz", switch.ready["admin"].as_str().expect("bound")))
            .is_empty()
    );
    switch.ends_sane();
}
