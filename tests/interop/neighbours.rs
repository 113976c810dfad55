//! Two firms in one program: one has a call, the other, with every right and all ids, neither sees nor touches it (N38).

use crate::support::baresip::{Account, Baresip};
use crate::support::client::{Desktop, Stream, Visitor, command, get_with};
use crate::support::switch::{Setup, Switch, hash};
use crate::support::{free_port, until};
use serde_json::json;

const CALLER: &str = "+4915112345678";
const RIGHTS: &str = "[\"events\", \"read\", \"visitors\", \"calls\", \"people\", \"contacts\", \"campaigns\", \"do_not_call\", \"evidence\", \"erase\", \"export\"]";

/// A firm in the same trade, with an agent of the same name.
fn other(secret: &str) -> String {
    format!(
        r#"
[[firms]]
name = "other"
[[firms.keys]]
name = "crm"
secret_sha256 = "{secret}"
rights = {RIGHTS}
[[firms.sites]]
name = "hats"
origins = ["https://hats.test"]
pool = "hats"
[[firms.pools]]
name = "hats"
numbers = ["+493099999000..+493099999001"]
trunk = "carrier"
[[firms.queues]]
name = "sales"
skills = ["sales"]
[[firms.agents]]
name = "alice"
password_hash = "{}"
skills = {{ sales = 3 }}
station = "browser"
supervisor = true
rights = ["priority", "contacts"]
"#,
        hash()
    )
}

#[test]
fn a_neighbour_with_every_right_and_all_ids_neither_sees_nor_touches_a_call() {
    let (key, secret) = warmline_web::mint_key(&[7; 32]);
    let (own, own_secret) = warmline_web::mint_key(&[8; 32]);
    let keys = format!(
        "[[firms.keys]]\nname = \"crm\"\nsecret_sha256 = \"{own_secret}\"\nrights = {RIGHTS}\n[[firms.sites]]"
    );
    let port = free_port();
    let replace = vec![("[[firms.sites]]".to_string(), keys)];
    let switch = Switch::start(&Setup { carrier: port, replace, more: other(&secret) });
    let base = switch.http();
    let (own, key) = (format!("Bearer {own}"), format!("Bearer {key}"));
    let mut phone = Baresip::registered("alice-phone", switch.sip, 1_000.0);
    let mut carrier = Baresip::start_on(&Account { user: CALLER, hz: 450.0, ..Account::default() }, port);
    let mut alice = Desktop::of_firm(&base, Some("acme"), "alice");
    assert_eq!(alice.put("/v1/agent/state", &json!({ "state": "ready" })), 204);
    alice.stream.view("me", |me| me["state"] == "ready");
    let mut neighbour = Desktop::of_firm(&base, Some("other"), "alice");
    let mut events = Stream::open(&base, "/v1/events", &[("Authorization", &key)]);
    events.came("hello", |message| message["type"] == "hello");

    let visitor = Visitor::new(&base);
    let mut wish = visitor.wish("dial");
    wish["name"] = "Vera Nachbar".into();
    let reservation = visitor.reserve(&wish);
    let number = reservation["number"].as_str().expect("a number");
    carrier.dial(&format!("sip:{number}@127.0.0.1:{}", switch.sip));
    until("the phone answers", || {
        alice.stream.read();
        phone.has("CALL_ESTABLISHED").then_some(())
    });
    carrier.wait("CALL_ESTABLISHED");

    let (_, calls) = get_with(&format!("{base}/v1/calls"), &own);
    let call = calls["calls"][0]["id"].as_str().expect("a call").to_owned();
    let (_, found) = get_with(&format!("{base}/v1/contacts?q=Nachbar"), &own);
    let contact = found["contacts"][0]["id"].as_str().expect("a contact").to_owned();
    let (_, decisions) = get_with(&format!("{base}/v1/decisions"), &own);
    let decision = decisions["decisions"][0]["id"].as_str().expect("a decision").to_owned();
    let id = reservation["id"].as_str().expect("an id");

    for path in [
        format!("calls/{call}"),
        format!("reservations/{id}"),
        format!("contacts/{contact}"),
        format!("contacts/{contact}/history"),
        format!("decisions/{decision}"),
        format!("evidence/{id}"),
        format!("callbacks/{id}"),
    ] {
        let url = format!("{base}/v1/{path}");
        assert_eq!(get_with(&url, &key).0, 404, "{path}");
        let known = get_with(&url, &own).0;
        assert!(
            known == 200 || path.starts_with("evidence") || path.starts_with("callbacks"),
            "{path}: {known}"
        );
    }
    for (path, body) in [
        (format!("calls/{call}/hangup"), json!({})),
        (format!("calls/{call}/hold"), json!({})),
        (format!("calls/{call}/mute"), json!({})),
        (format!("reservations/{id}/cancel"), json!({})),
        ("erasures".to_owned(), json!({ "contact": contact })),
        ("exports".to_owned(), json!({ "contact": contact })),
        ("exports".to_owned(), json!({ "number": CALLER })),
    ] {
        assert_eq!(command(&format!("{base}/v1/{path}"), &key, &path, &body).0, 404, "{path} {body}");
    }
    for list in ["calls", "contacts?q=Nachbar", "callbacks", "decisions", "agents", "queues", "statistics"] {
        let (status, rows) = get_with(&format!("{base}/v1/{list}"), &key);
        let text = rows.to_string();
        assert_eq!(status, 200, "{list}: {text}");
        for theirs in [call.as_str(), &contact, id, "Nachbar", "bob", CALLER] {
            assert!(!text.contains(theirs), "{list} has {theirs}: {text}");
        }
    }
    assert_eq!(neighbour.post("/v1/agent/hangup", &json!({})), 409, "he has none in hand");
    assert_eq!(neighbour.post("/v1/agent/take", &json!({ "waiting": call })), 409);

    // The customer noticed nothing of it.
    carrier.hears(1_000.0);
    carrier.hangup();
    phone.wait("CALL_CLOSED");
    alice.stream.view("me", |me| me["state"] == "ready");
    // Something of his own, behind all of that.
    assert_eq!(neighbour.put("/v1/agent/state", &json!({ "state": "ready" })), 204);
    events.came("his own", |message| message["type"] == "agent.state_changed");
    neighbour.stream.view("me", |me| me["state"] != "not_ready");
    let heard = events.seen.iter().chain(&neighbour.stream.seen).map(ToString::to_string);
    for text in heard {
        for theirs in [call.as_str(), &contact, id, "Nachbar", "\"acme\"", number, CALLER] {
            assert!(!text.contains(theirs), "{theirs} was told: {text}");
        }
    }
}
