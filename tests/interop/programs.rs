//! A firm's own programs: one with a key hears a call as it happens, and asks why its agent was chosen; another is told by signed posts.

use crate::support::baresip::{Account, Baresip};
use crate::support::client::{self, Desktop, Stream, Visitor};
use crate::support::hook::Hook;
use crate::support::switch::{Setup, Switch};
use crate::support::{free_port, until};
use serde_json::Value;

/// Alice is ready at her phone, a customer's is at the carrier, and a program has a key.
struct Office {
    switch: Switch,
    phone: Baresip,
    carrier: Baresip,
    desktop: Desktop,
    bearer: String,
}

fn office(rights: &str) -> Office {
    let (key, hash) = warmline_web::mint_key(&[7; 32]);
    let keys = format!(
        "[[firms.keys]]\nname = \"crm\"\nsecret_sha256 = \"{hash}\"\nrights = {rights}\n[[firms.sites]]"
    );
    let port = free_port();
    let replace = vec![("[[firms.sites]]".to_string(), keys)];
    let switch = Switch::start(&Setup { carrier: port, replace, ..Setup::default() });
    let phone = Baresip::registered("alice-phone", switch.sip, 1_000.0);
    let caller = Account { user: "+4915112345678", hz: 450.0, ..Account::default() };
    let carrier = Baresip::start_on(&caller, port);
    let desktop = Desktop::ready(&switch.http(), "alice");
    Office { switch, phone, carrier, desktop, bearer: format!("Bearer {key}") }
}

#[test]
fn a_program_with_a_key_hears_the_call_and_asks_why_this_agent() {
    let Office { mut switch, mut phone, mut carrier, mut desktop, bearer } = office("[\"events\", \"read\"]");
    let base = switch.http();
    let mut events = Stream::open(&base, "/v1/events", &[("Authorization", &bearer)]);
    events.came("hello", |message| message["type"] == "hello");

    let visitor = Visitor::new(&base);
    let reservation = visitor.reserve(&visitor.wish("dial"));
    let number = reservation["number"].as_str().expect("a number");
    carrier.dial(&format!("sip:{number}@127.0.0.1:{}", switch.sip));
    until("the phone answers", || {
        desktop.stream.read();
        phone.has("CALL_ESTABLISHED").then_some(())
    });
    carrier.wait("CALL_ESTABLISHED");
    carrier.hangup();
    let told: Vec<usize> =
        ["reservation.created", "call.offered", "call.answered", "call.bridged", "call.ended"]
            .into_iter()
            .map(|name| events.came(name, |message| message["type"] == name))
            .collect();
    assert!(told.is_sorted(), "in the order in which it happened: {told:?}");
    let gaps = events.seen.iter().filter_map(|message| message["seq"].as_u64()).collect::<Vec<_>>();
    assert!(gaps.is_sorted(), "{gaps:?}");

    let id = reservation["id"].as_str().expect("an id");
    let (status, answer) = client::get_with(&format!("{base}/v1/decisions?subject={id}"), &bearer);
    assert_eq!(status, 200, "{answer}");
    let decision = &answer["decisions"][0];
    assert_eq!((&decision["chosen"], &decision["reservation"]), (&"alice".into(), &reservation["id"]));
    let why_not = |agent: &str| -> Value {
        let all = decision["candidates"].as_array().expect("candidates");
        all.iter().find(|candidate| candidate["agent"] == agent).expect("everybody")["why_not"].clone()
    };
    assert_eq!(why_not("alice"), serde_json::json!([]));
    assert_eq!(why_not("bob"), serde_json::json!(["not_logged_in"]));
    assert_eq!(client::get_with(&format!("{base}/v1/decisions"), "Bearer wlk_0").0, 401);
    // Had the queue asked for a language that Alice does not speak, nobody could have been chosen.
    let french = serde_json::json!({ "subject": id, "skills": ["french"] });
    let again = client::command(&format!("{base}/v1/decisions/replay"), &bearer, "once", &french);
    assert_eq!((again.0, &again.1["nobody_now"]), (200, &again.1["looked_at"]), "{}", again.1);
    let difference = &again.1["decisions"][0];
    assert_eq!((&difference["before"], &difference["after"]), (&"alice".into(), &Value::Null));

    // A restart forgets none of it, and it can be made again.
    let decision = decision["id"].as_str().expect("an id").to_owned();
    until("the decision is on the disk", || {
        let file = rusqlite::Connection::open(switch.folder.join("data/decisions.db")).ok()?;
        file.query_row("SELECT 1 FROM decisions WHERE id = $1", [&decision], |_| Ok(())).ok()
    });
    switch.process.kill();
    let switch = Switch::start_in(switch.folder.clone(), switch.sip);
    let base = switch.http();
    let (status, kept) = client::get_with(&format!("{base}/v1/decisions/{decision}"), &bearer);
    assert_eq!((status, &kept["chosen"]), (200, &"alice".into()), "{kept}");
    let (_, listed) = client::get_with(&format!("{base}/v1/decisions?subject={id}"), &bearer);
    assert!(
        listed["decisions"]
            .as_array()
            .is_some_and(|rows| rows.iter().any(|row| row["id"] == decision.as_str()))
    );
    let of_before =
        serde_json::json!({ "subject": id, "skills": ["french"], "from": "2026-01-01T00:00:00Z" });
    let again = client::command(&format!("{base}/v1/decisions/replay"), &bearer, "later", &of_before);
    assert_eq!((again.0, &again.1["nobody_now"]), (200, &again.1["looked_at"]), "{}", again.1);
    assert_ne!(again.1["looked_at"], 0);
}

#[test]
fn a_hook_is_told_of_a_call_signed_and_again_when_it_did_not_take_it() {
    let hook = Hook::answering(&[500]);
    let row = format!("[[firms.webhooks]]\n{}events = [\"call.*\"]\n[[firms.sites]]", hook.keys());
    let port = free_port();
    let replace = vec![("[[firms.sites]]".to_string(), row)];
    let switch = Switch::start(&Setup { carrier: port, replace, ..Setup::default() });
    let mut phone = Baresip::registered("alice-phone", switch.sip, 1_000.0);
    let caller = Account { user: "+4915112345678", hz: 450.0, ..Account::default() };
    let mut carrier = Baresip::start_on(&caller, port);
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    let visitor = Visitor::new(&switch.http());
    let reservation = visitor.reserve(&visitor.wish("dial"));
    let number = reservation["number"].as_str().expect("a number");
    carrier.dial(&format!("sip:{number}@127.0.0.1:{}", switch.sip));
    talks(&mut desktop, &mut phone, &mut carrier, "Printer 42");
    let posts = until("it has all of the call", || {
        let posts = hook.posts();
        posts.iter().any(|post| post.json()["type"] == "call.ended").then_some(posts)
    });
    assert!(posts.iter().all(|post| post.is_signed()), "{posts:?}");
    let mut forged = posts[0].clone();
    forged.body.push(' ');
    assert!(!forged.is_signed());
    // The first was refused: it comes again, as it was, and only then what followed it.
    let ids: Vec<&String> = posts.iter().map(|post| &post.headers["webhook-id"]).collect();
    assert_eq!((ids[0], &posts[0].body), (ids[1], &posts[1].body));
    let once: std::collections::BTreeSet<_> = ids[1..].iter().collect();
    assert_eq!(once.len(), ids.len() - 1, "all others once");
    let told: Vec<String> = posts[1..].iter().map(|post| post.json()["type"].to_string()).collect();
    let seq = posts[1..].iter().map(|post| post.json()["seq"].as_u64());
    assert!(seq.is_sorted() && told.iter().all(|name| name.starts_with("\"call.")), "{told:?}");
    let trace = &reservation["trace_id"];
    assert!(posts.iter().all(|post| post.json()["trace_id"] == *trace), "one id from the click on");
    switch.ends_sane();
}

/// Three requests, as a stream tells them.
fn created(stream: &mut Stream) -> Vec<Value> {
    until("three requests are told", || {
        stream.read();
        let told = stream.seen.iter().filter(|event| event["type"] == "reservation.created");
        Some(told.cloned().collect()).filter(|told: &Vec<Value>| told.len() == 3)
    })
}

#[test]
fn what_a_hook_and_a_stream_have_missed_outlives_a_kill() {
    let hook = Hook::answering(&[500]);
    let (key, hash) = warmline_web::mint_key(&[7; 32]);
    let rows = format!(
        "[[firms.keys]]\nname = \"crm\"\nsecret_sha256 = \"{hash}\"\nrights = [\"events\"]\n\
         [[firms.webhooks]]\n{}events = [\"reservation.*\"]\n[[firms.sites]]",
        hook.keys()
    );
    let replace = vec![("[[firms.sites]]".to_string(), rows)];
    let mut switch = Switch::start(&Setup { carrier: free_port(), replace, ..Setup::default() });
    let bearer = format!("Bearer {key}");
    let headers = [("authorization", bearer.as_str())];
    let mut stream = Stream::open(&switch.http(), "/v1/events", &headers);
    let hello = stream.came("its beginning", |event| event["type"] == "hello");
    let hello = stream.seen[hello]["seq"].clone();
    let visitors: Vec<Visitor> = (0..3).map(|_| Visitor::new(&switch.http())).collect();
    visitors.iter().for_each(|visitor| drop(visitor.reserve(&visitor.wish("dial"))));
    let told = created(&mut stream);
    until("the hook has refused the first", || (!hook.posts().is_empty()).then_some(()));
    switch.process.kill();
    let switch = Switch::start_in(switch.folder.clone(), switch.sip);
    let path = format!("/v1/events?last_seq={hello}");
    let mut stream = Stream::open(&switch.http(), &path, &headers);
    let again = created(&mut stream);
    assert!(stream.seen.iter().all(|message| message["type"] != "resync"), "nothing is missing");
    assert_eq!(again, told, "in order, as they were");
    let posts = until("the hook has them all", || {
        let posts: Vec<_> = hook.posts().into_iter().skip(1).collect();
        (posts.iter().filter(|post| post.json()["type"] == "reservation.created").count() >= 3)
            .then_some(posts)
    });
    assert!(posts.iter().all(|post| post.is_signed()));
    let posted: Vec<Value> =
        posts.iter().map(|post| post.json()).filter(|e| e["type"] == "reservation.created").collect();
    assert_eq!(posted, told, "each, in order, with the id that it had");
    switch.ends_sane();
}

#[test]
fn g26_a_sites_server_reserves_for_its_visitor_and_the_call_brings_the_page() {
    let Office { switch, mut phone, mut carrier, mut desktop, bearer } = office("[\"visitors\"]");
    let base = switch.http();
    let url = format!("{base}/v1/reservations");
    let wish = |mode: &str, title: &str| {
        serde_json::json!({
            "site": "shop", "mode": mode, "visitor": "customer 17", "number": "0151 12345678",
            "page": { "url": "https://shop.test/printers/42", "title": title },
            "snapshot": format!("<!doctype html><title>{title}</title><h1>{title}</h1>"),
            "consent": { "version": "2026-11", "call": true },
        })
    };
    assert_eq!(client::command(&url, "Bearer wlk_0", "one", &wish("dial", "Printer 42")).0, 401);
    let (status, reservation) = client::command(&url, &bearer, "one", &wish("dial", "Printer 42"));
    assert_eq!((status, &reservation["mode"]), (201, &"dial".into()), "{reservation}");
    // Asked again, as programs do: it is the same.
    let (status, again) = client::command(&url, &bearer, "one", &wish("dial", "Printer 42"));
    assert_eq!((status, &again["id"]), (200, &reservation["id"]));
    let shown = desktop.stream.view("current", |current| current["state"] == "claimed");
    assert_eq!((&shown["page"]["title"], shown["snapshot"].is_string()), (&"Printer 42".into(), true));
    let number = reservation["number"].as_str().expect("a number");
    carrier.dial(&format!("sip:{number}@127.0.0.1:{}", switch.sip));
    talks(&mut desktop, &mut phone, &mut carrier, "Printer 42");

    // And to be called: the switch dials.
    let (status, reservation) = client::command(&url, &bearer, "two", &wish("callme", "The cart"));
    assert_eq!((status, &reservation["mode"]), (201, &"callme".into()), "{reservation}");
    talks(&mut desktop, &mut phone, &mut carrier, "The cart");
    switch.ends_sane();
}

/// The agent who has the page speaks with the customer, until he hangs up.
fn talks(desktop: &mut Desktop, phone: &mut Baresip, carrier: &mut Baresip, title: &str) {
    until("the phone answers", || {
        desktop.stream.read();
        phone.has("CALL_ESTABLISHED").then_some(())
    });
    phone.wait("CALL_ESTABLISHED");
    let current = desktop.stream.view("current", |current| current["state"] == "talking");
    assert_eq!((&current["page"]["title"], &current["confidence"]), (&title.into(), &"exact".into()));
    assert!(current["snapshot"].is_string(), "its picture too");
    carrier.hears(1_000.0);
    phone.hears(450.0);
    carrier.hangup();
    phone.wait("CALL_CLOSED");
    desktop.stream.view("me", |me| me["state"] == "ready");
}
