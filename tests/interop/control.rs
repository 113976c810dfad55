//! The agent's hands on a call: hold, a colleague asked, three together, handed on, keys, one who waits taken out of turn.

use crate::support::baresip::{Account, Baresip};
use crate::support::client::{self, Desktop, Stream, Visitor};
use crate::support::switch::{self, PASSWORD, Setup, Switch};
use crate::support::{audio, free_port, until};
use serde_json::{Value, json};

const CUSTOMER: f64 = 450.0;
const ALICE: f64 = 1_000.0;
const CAROL: f64 = 1_450.0;

/// Alice and Carol at desk phones, a carrier, and a customer who has reserved a number and speaks with Alice.
struct Talk {
    switch: Switch,
    carrier: Baresip,
    visitor: Visitor,
    reservation: Value,
    alice: (Desktop, Baresip),
    carol: (Desktop, Baresip),
    /// What a program of the firm shows.
    program: String,
}

fn start() -> Talk {
    let carrier_port = free_port();
    let hash = switch::hash();
    let more = format!(
        "[[firms.agents]]\nname = \"carol\"\npassword_hash = \"{hash}\"\nskills = {{ sales = 1 }}\nstation = \"account:carol-phone\"\n\
         [[accounts]]\nuser = \"carol-phone\"\npassword = \"{PASSWORD}\"\n"
    );
    let firm = "name = \"acme\"\n";
    let words = format!("{firm}wrapup_codes = [\"Sold\", \"Question\"]\nnot_ready_reasons = [\"Break\"]\n");
    let (key, hash) = warmline_web::mint_key(&[9; 32]);
    let site = "[[firms.sites]]";
    let rights = "[\"events\", \"read\", \"calls\"]";
    let program =
        format!("[[firms.keys]]\nname = \"crm\"\nsecret_sha256 = \"{hash}\"\nrights = {rights}\n{site}");
    let replace = vec![(firm.into(), words), (site.into(), program)];
    let switch = Switch::start(&Setup { carrier: carrier_port, more, replace });
    let alice_phone = Baresip::registered("alice-phone", switch.sip, ALICE);
    let carol_phone = Baresip::registered("carol-phone", switch.sip, CAROL);
    let mut carrier = Baresip::start_on(
        &Account { user: "+4915112345678", hz: CUSTOMER, ..Account::default() },
        carrier_port,
    );
    let base = switch.http();
    let mut alice = (Desktop::ready(&base, "alice"), alice_phone);
    let carol = (Desktop::login(&base, "carol"), carol_phone);
    let visitor = Visitor::new(&base);
    let reservation = visitor.reserve(&visitor.wish("dial"));
    alice.0.stream.view("current", |current| current["state"] == "claimed");
    let number = reservation["number"].as_str().expect("a number");
    carrier.dial(&format!("sip:{number}@127.0.0.1:{}", switch.sip));
    answered(&mut alice);
    carrier.wait("CALL_ESTABLISHED");
    carrier.hears(ALICE);
    Talk { switch, carrier, visitor, reservation, alice, carol, program: format!("Bearer {key}") }
}

/// His phone rings and answers by itself; his desktop is read meanwhile.
fn answered((desktop, phone): &mut (Desktop, Baresip)) {
    until("the phone answers", || {
        desktop.stream.read();
        phone.has("CALL_ESTABLISHED").then_some(())
    });
    phone.wait("CALL_ESTABLISHED");
    desktop.stream.view("current", |current| current["state"] == "talking");
}

/// Waits until exactly these tones are what an ear has heard for a second.
fn hears_only(ear: &Baresip, wanted: &[f64]) {
    let all = [CUSTOMER, ALICE, CAROL];
    until(&format!("{} hears {wanted:?}", ear.folder.display()), || {
        let file = ear.ears()?;
        let share = |hz: f64| audio::recent(&file, 1.0, hz);
        let fits = all.iter().all(|&hz| {
            if wanted.contains(&hz) { share(hz) > 0.6 / wanted.len() as f64 } else { share(hz) < 0.01 }
        });
        fits.then_some(())
    });
}

/// Music: something, and none of the tones.
fn hears_music(ear: &Baresip) {
    hears_only(ear, &[]);
    let file = ear.ears().expect("recorded");
    until("music", || audio::level_at_end(&file, 1.0).filter(|level| *level > 1_000.0));
    hears_only(ear, &[]);
}

impl Talk {
    /// Carol is ready, and Alice asks her.
    fn consult(&mut self) {
        assert_eq!(self.carol.0.put("/v1/agent/state", &json!({ "state": "ready" })), 204);
        self.alice.0.stream.view("colleagues", |all| {
            all[0]["agent"] == "carol" && all[0]["display_name"] == "Carol" && all[0]["state"] == "ready"
        });
        let target = json!({ "target": { "agent": "carol" } });
        assert_eq!(self.alice.0.post("/v1/agent/consult", &target), 204);
        answered(&mut self.carol);
        let asked = self.carol.0.stream.view("current", |current| current["guest"] == true);
        assert_eq!(asked["from"], "Alice");
        assert_eq!(asked["page"]["url"], "https://shop.test/printers/42", "the page travels along");
        self.alice.0.stream.view("current", |current| current["consult"]["state"] == "talking");
    }

    fn end(mut self) {
        let mut page = self.visitor.stream(&self.reservation);
        self.carrier.hangup();
        page.view("reservation", |view| view["state"] == "ended" && view["reason"] == "normal");
        self.switch.ends_sane();
    }
}

#[test]
fn a_customer_on_hold_hears_music_and_the_agent_nobody() {
    let mut talk = start();
    let (desktop, phone) = &mut talk.alice;
    assert_eq!(desktop.post("/v1/agent/hold", &json!({ "on": true })), 204);
    desktop.stream.view("current", |current| current["held"] == true);
    hears_music(&talk.carrier);
    let ears = phone.ears().expect("recorded");
    until("the agent hears silence", || audio::level_at_end(&ears, 0.5).filter(|level| *level < 100.0));
    assert_eq!(desktop.post("/v1/agent/hold", &json!({ "on": false })), 204);
    desktop.stream.view("current", |current| current["held"] == false);
    hears_only(&talk.carrier, &[ALICE]);
    hears_only(phone, &[CUSTOMER]);
    talk.end();
}

#[test]
fn a_colleague_is_asked_joined_and_left_with_the_customer() {
    let mut talk = start();
    talk.consult();
    hears_music(&talk.carrier);
    hears_only(&talk.alice.1, &[CAROL]);
    hears_only(&talk.carol.1, &[ALICE]);
    // To the customer and back.
    assert_eq!(talk.alice.0.post("/v1/agent/swap", &json!({})), 204);
    hears_only(&talk.carrier, &[ALICE]);
    assert_eq!(talk.alice.0.post("/v1/agent/swap", &json!({})), 204);
    hears_only(&talk.carol.1, &[ALICE]);
    // All three.
    assert_eq!(talk.alice.0.post("/v1/agent/conference", &json!({})), 204);
    talk.alice.0.stream.view("current", |current| current["consult"]["state"] == "conference");
    hears_only(&talk.carrier, &[ALICE, CAROL]);
    hears_only(&talk.alice.1, &[CUSTOMER, CAROL]);
    hears_only(&talk.carol.1, &[CUSTOMER, ALICE]);
    // Alice leaves; the page stays with Carol.
    assert_eq!(talk.alice.0.post("/v1/agent/transfer", &json!({})), 204);
    talk.alice.1.wait("CALL_CLOSED");
    hears_only(&talk.carrier, &[CAROL]);
    hears_only(&talk.carol.1, &[CUSTOMER]);
    let now = talk.carol.0.stream.view("current", |current| current["guest"] == false);
    assert_eq!((&now["from"], &now["page"]["title"]), (&"Alice".into(), &"Printer 42".into()));
    talk.end();
}

#[test]
fn a_colleague_who_declines_leaves_the_call_as_it_was() {
    let mut talk = start();
    assert_eq!(talk.carol.0.put("/v1/agent/state", &json!({ "state": "ready" })), 204);
    let target = json!({ "target": { "agent": "carol" } });
    talk.alice.0.stream.view("colleagues", |all| all[0]["state"] == "ready");
    assert_eq!(talk.alice.0.post("/v1/agent/consult", &target), 204);
    talk.carol.0.stream.view("current", |current| current["guest"] == true);
    assert_eq!(talk.carol.0.post("/v1/agent/hangup", &json!({})), 204);
    talk.alice.0.stream.view("current", |current| current["consult"].is_null() && current["held"] == false);
    hears_only(&talk.carrier, &[ALICE]);
    talk.end();
}

#[test]
fn a_call_handed_to_the_queue_reaches_the_next_agent_with_its_page() {
    let mut talk = start();
    let target = json!({ "target": { "queue": "sales" } });
    assert_eq!(talk.alice.0.put("/v1/agent/state", &json!({ "state": "not_ready", "reason": "Break" })), 204);
    assert_eq!(talk.alice.0.post("/v1/agent/transfer", &target), 204);
    talk.alice.1.wait("CALL_CLOSED");
    hears_music(&talk.carrier);
    let waiting = talk.carol.0.stream.view("waiting", |list| list[0]["page"]["title"] == "Printer 42");
    assert_eq!(waiting[0]["channel"], "phone");
    assert_eq!(talk.carol.0.put("/v1/agent/state", &json!({ "state": "ready" })), 204);
    answered(&mut talk.carol);
    hears_only(&talk.carrier, &[CAROL]);
    let now = talk.carol.0.stream.view("current", |current| current["state"] == "talking");
    assert_eq!((&now["from"], &now["page"]["title"]), (&"Alice".into(), &"Printer 42".into()));
    talk.alice.0.stream.view("me", |me| me["state"] == "not_ready" && me["reason"] == "Break");
    talk.end();
}

#[test]
fn keys_are_heard_by_the_customers_phone() {
    let mut talk = start();
    assert_eq!(talk.alice.0.post("/v1/agent/digits", &json!({ "digits": "4711#" })), 204);
    let heard: String = (0..5)
        .map(|_| talk.carrier.wait("CALL_DTMF_START")["param"].as_str().unwrap_or("?").to_owned())
        .collect();
    assert_eq!(heard, "4711#");
    hears_only(&talk.carrier, &[ALICE]);
    talk.end();
}

#[test]
fn what_it_was_about_is_kept_with_the_contact() {
    let mut talk = start();
    let outcome = json!({ "code": "Sold", "notes": "Wants the large one.", "priority": 6 });
    assert_eq!(talk.alice.0.post("/v1/agent/outcome", &outcome), 204);
    assert_eq!(talk.alice.0.post("/v1/agent/outcome", &json!({ "code": "Nonsense" })), 422);
    let current = talk.alice.0.stream.view("current", |current| current["code"] == "Sold");
    assert_eq!(current["contact"]["notes"], "Wants the large one.");
    assert_eq!(current["contact"]["priority"], 6);
    talk.carrier.hangup();
    talk.alice.0.stream.view("me", |me| me["state"] == "ready");
    // The next time it is there, also after a crash.
    let Talk { mut switch, visitor, .. } = talk;
    switch.process.kill();
    let switch = Switch::start_in(switch.folder.clone(), switch.sip);
    let base = switch.http();
    let _phone = Baresip::registered("alice-phone", switch.sip, ALICE);
    let mut alice = Desktop::ready(&base, "alice");
    let again = visitor.at(&base);
    again.reserve(&again.wish("dial"));
    let current = alice.stream.view("current", |current| current["state"] == "claimed");
    assert_eq!(current["contact"]["notes"], "Wants the large one.");
    assert_eq!(current["contact"]["history"][0]["code"], "Sold");
}

#[test]
fn a_program_alone_conducts_the_call() {
    let mut talk = start();
    let base = talk.switch.http();
    let mut events = Stream::open(&base, "/v1/events", &[("Authorization", &talk.program)]);
    events.came("hello", |message| message["type"] == "hello");
    let (status, all) = client::get_with(&format!("{base}/v1/calls"), &talk.program);
    assert_eq!(
        (status, &all["calls"][0]["agent"], &all["calls"][0]["state"]),
        (200, &"alice".into(), &"talking".into())
    );
    let call = all["calls"][0]["id"].as_str().expect("an id").to_owned();
    assert!(all["calls"][0].get("number").is_none(), "it may not see people");
    let program = talk.program.clone();
    let command = |key: &str, word: &str, body: Value| {
        client::command(&format!("{base}/v1/calls/{call}/{word}"), &program, key, &body)
    };

    let (status, held) = command("1", "hold", json!({}));
    assert_eq!((status, &held["call"]["held"]), (200, &true.into()));
    hears_music(&talk.carrier);
    events.came("call.held", |event| event["type"] == "call.held" && event["subject"] == *call);
    assert_eq!(command("2", "unhold", json!({})).0, 200);
    hears_only(&talk.carrier, &[ALICE]);
    assert_eq!(command("3", "dtmf", json!({ "digits": "5#" })).0, 200);
    let keys = [(); 2].map(|()| talk.carrier.wait("CALL_DTMF_START")["param"].clone());
    assert_eq!(keys, ["5", "#"]);

    let state = format!("{base}/v1/agents/carol/state");
    assert_eq!(client::put_with(&state, &talk.program, &json!({ "state": "ready" })).0, 200);
    let target = json!({ "target": { "agent": "carol" } });
    assert_eq!(command("4", "consult", target.clone()).0, 200);
    assert_eq!(command("4", "consult", target).0, 200, "the same command again");
    answered(&mut talk.carol);
    events.send(&json!({ "type": "command", "id": "5", "command": "complete_transfer", "call": call }));
    let result = events.came("the result", |message| message["type"] == "result");
    assert_eq!(events.seen[result]["status"], 200, "{}", events.seen[result]);
    let told = events.came("the transfer", |event| event["type"] == "call.transferred");
    assert!(told < result, "what it did is told first");
    hears_only(&talk.carrier, &[CAROL]);
    talk.alice.1.wait("CALL_CLOSED");
    let (status, _) = command("6", "hangup", json!({}));
    assert_eq!(status, 200);
    talk.carol.1.wait("CALL_CLOSED");
    events.came("call.ended", |event| event["type"] == "call.ended" && event["subject"] == *call);
    assert_eq!(command("7", "hold", json!({})).1["code"], "unknown_call");
    let done = events.seen.iter().filter(|event| event["type"] == "program.commanded");
    let done: Vec<&str> = done.filter_map(|event| event["data"]["command"].as_str()).collect();
    assert_eq!(done, ["hold", "unhold", "dtmf", "state", "consult", "complete_transfer", "hangup"]);
    talk.switch.ends_sane();
}

#[test]
fn a_number_outside_is_asked_joined_and_left_with_the_customer() {
    let carrier_port = free_port();
    let mut outside =
        Baresip::start_on(&Account { user: "+493055512345", hz: CAROL, ..Account::default() }, carrier_port);
    let switch = Switch::start(&Setup { carrier: carrier_port, ..Setup::default() });
    let phone = Baresip::registered("alice-phone", switch.sip, ALICE);
    let mut customer =
        Baresip::start(&Account { user: "+4915112345678", hz: CUSTOMER, ..Account::default() });
    let mut alice = (Desktop::ready(&switch.http(), "alice"), phone);
    let visitor = Visitor::new(&switch.http());
    let reservation = visitor.reserve(&visitor.wish("dial"));
    alice.0.stream.view("current", |current| current["state"] == "claimed");
    let number = reservation["number"].as_str().expect("a number");
    customer.dial(&format!("sip:{number}@127.0.0.1:{}", switch.sip));
    answered(&mut alice);
    customer.hears(ALICE);
    // Nobody is called whom the firm may not call.
    let asked = |number: &str| json!({ "target": { "number": number } });
    assert_eq!(alice.0.post("/v1/agent/consult", &asked("0900 1234567")), 422);
    assert_eq!(alice.0.post("/v1/agent/consult", &asked("030 55512345")), 204);
    outside.wait("CALL_ESTABLISHED");
    alice.0.stream.view("current", |current| current["consult"]["state"] == "talking");
    hears_only(&outside, &[ALICE]);
    hears_only(&alice.1, &[CAROL]);
    hears_music(&customer);
    assert_eq!(alice.0.post("/v1/agent/conference", &json!({})), 204);
    hears_only(&outside, &[CUSTOMER, ALICE]);
    hears_only(&customer, &[ALICE, CAROL]);
    // Alice leaves the two with each other.
    assert_eq!(alice.0.post("/v1/agent/transfer", &json!({})), 204);
    alice.1.wait("CALL_CLOSED");
    hears_only(&outside, &[CUSTOMER]);
    hears_only(&customer, &[CAROL]);
    customer.hangup();
    outside.wait("CALL_CLOSED");
    switch.ends_sane();
}
