//! Somebody withdraws while he is called (E24): the call goes on, and when it is over nothing of him is left in any file; nor is of what is
//! older than the firm keeps.

use super::evidence::evidence;
use crate::support::baresip::{Account, Baresip};
use crate::support::client::{Desktop, Visitor, command, get_with};
use crate::support::journal::age;
use crate::support::switch::{Setup, Switch};
use crate::support::{free_port, until};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

const CALLEE: &str = "+4915112345678";
const NAME: &str = "Wilhelmine Unvergessen";
const KEY: &str = "Bearer wlk_evidence";
/// SHA-256 of `wlk_evidence`.
const HASH: &str = "2ec11eb1aad207b944a46d366b543b08a06eb8e37e829bca941ada9281b68a10";

/// All files of a folder and of those in it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The files of the data folder that have this text in them.
fn with(switch: &Switch, text: &str) -> Vec<String> {
    files(&switch.folder.join("data"))
        .into_iter()
        .filter(|path| {
            let bytes = std::fs::read(path).expect("read");
            bytes.windows(text.len()).any(|window| window == text.as_bytes())
        })
        .map(|path| path.display().to_string())
        .collect()
}

#[test]
fn e24_the_call_goes_on_and_then_nothing_is_left_of_him() {
    let port = free_port();
    let keys = format!(
        "[firms.privacy]\nerase_evidence = true\n\
         [[firms.keys]]\nname = \"privacy\"\nsecret_sha256 = \"{HASH}\"\nrights = [\"erase\", \"evidence\", \"export\"]\n"
    );
    let queues = "[[firms.queues]]".to_owned();
    let replace = vec![(queues.clone(), keys + &queues)];
    let switch = Switch::start(&Setup { carrier: port, replace, ..Setup::default() });
    let mut phone = Baresip::registered("alice-phone", switch.sip, 700.0);
    let mut carrier = Baresip::start_on(&Account { user: CALLEE, ..Account::default() }, port);
    let (visitor, other) = (Visitor::new(&switch.http()), Visitor::new(&switch.http()));
    other.reserve(&other.wish("dial"));
    let mut wish = visitor.callme(CALLEE);
    wish["name"] = NAME.into();
    wish["page"]["title"] = "A page of his own".into();
    wish["snapshot"] = "<!doctype html><h1>A page of his own</h1>".into();
    let reservation = visitor.reserve(&wish);
    let id = reservation["id"].as_str().expect("an id");
    let mut page = visitor.stream(&reservation);
    let mut desktop = Desktop::serving(&switch.http(), "alice");
    desktop.stream.came("the page on the desktop", |message| {
        message["view"] == "current" && message["data"]["reservation"] == id
    });
    carrier.wait("CALL_ESTABLISHED");
    phone.wait("CALL_ESTABLISHED");
    page.view("reservation", |view| view["state"] == "talking");

    let [erasures, exports] = ["erasures", "exports"].map(|path| format!("{}/v1/{path}", switch.http()));
    let (status, erasure) = command(&erasures, KEY, "once", &json!({ "number": CALLEE }));
    assert_eq!((status, &erasure["state"], &erasure["by"]), (202, &json!("waiting"), &json!("privacy")));
    // What the journal has of him he may be told before: all that goes then, and nothing of anybody else.
    let (status, copy) = command(&exports, KEY, "copy", &json!({ "number": CALLEE }));
    let copy = copy.to_string();
    assert_eq!(status, 200, "{copy}");
    for text in [NAME, CALLEE, "A page of his own", id] {
        assert!(copy.contains(text), "{text} is not in {copy}");
    }
    assert!(!copy.contains("Printer 42"), "another visitor's page: {copy}");
    let (status, again) = command(&erasures, KEY, "twice", &json!({ "number": CALLEE }));
    assert_eq!((status, &again["id"]), (200, &erasure["id"]));
    assert_eq!(visitor.post("/v1/web/forget", &json!({ "site": "shop", "visitor": visitor.id })).0, 202);
    let calls = switch.metric("warmline_coordination_calls_live");
    assert_eq!(calls, 1.0, "the call goes on");
    assert!(!with(&switch, NAME).is_empty() && !with(&switch, CALLEE).is_empty(), "this test can fail");

    carrier.hangup();
    phone.wait("CALL_CLOSED");
    page.view("reservation", |view| view["state"] == "ended" && view["reason"] == "normal");
    desktop.stream.view("me", |me| me["state"] == "ready");
    let one = format!("{erasures}/{}", erasure["id"].as_str().expect("an id"));
    until("the erasure is done", || (get_with(&one, KEY).1["state"] == "done").then_some(()));
    for text in [NAME, CALLEE, "A page of his own", id] {
        assert_eq!(with(&switch, text), Vec::<String>::new(), "{text}");
    }
    assert!(!with(&switch, "Printer 42").is_empty(), "another visitor's page is there");
    let (status, problem) = get_with(&format!("{}/v1/evidence/{id}", switch.http()), KEY);
    assert_eq!((status, &problem["code"]), (404, &json!("unknown_reservation")));

    let audited = evidence(&["audit"], Some(&switch.folder.join("warmline.toml")));
    let said = String::from_utf8_lossy(&audited.stdout).into_owned();
    assert!(audited.status.success() && said.contains("about people who are erased"), "{said}");
    switch.ends_sane();
    let mut switch = switch;
    switch.process.kill();
    let switch = Switch::start_in(switch.folder.clone(), switch.sip);
    let erasures = format!("{}/v1/erasures", switch.http());
    let (_, known): (u16, Value) = get_with(&erasures, KEY);
    assert_eq!(known["erasures"][0]["state"], "done", "{known}");
    let (status, problem) = command(&erasures, KEY, "thrice", &json!({ "number": CALLEE }));
    assert_eq!((status, &problem["code"]), (404, &json!("unknown_contact")));
    switch.ends_sane();
}

#[test]
fn e24_what_is_older_than_the_firm_keeps_is_in_no_file() {
    let port = free_port();
    let keys = format!(
        "[firms.privacy]\nkeep_days = 30\n\
         [[firms.keys]]\nname = \"privacy\"\nsecret_sha256 = \"{HASH}\"\nrights = [\"read\", \"people\"]\n"
    );
    let queues = "[[firms.queues]]".to_owned();
    let replace = vec![(queues.clone(), keys + &queues)];
    let mut switch = Switch::start(&Setup { carrier: port, replace, ..Setup::default() });
    let mut phone = Baresip::registered("alice-phone", switch.sip, 700.0);
    let mut carrier = Baresip::start_on(&Account { user: CALLEE, ..Account::default() }, port);
    let visitor = Visitor::new(&switch.http());
    let mut wish = visitor.wish("dial");
    wish["name"] = NAME.into();
    wish["page"]["title"] = "A page of his own".into();
    wish["snapshot"] = "<!doctype html><h1>A page of his own</h1>".into();
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    let reservation = visitor.reserve(&wish);
    let number = reservation["number"].as_str().expect("a number");
    carrier.dial(&format!("sip:{number}@127.0.0.1:{}", switch.sip));
    until("the phone answers", || {
        desktop.stream.read();
        phone.has("CALL_ESTABLISHED").then_some(())
    });
    carrier.wait("CALL_ESTABLISHED");
    carrier.hangup();
    phone.wait("CALL_CLOSED");
    desktop.stream.view("me", |me| me["state"] == "ready");
    let contacts = |switch: &Switch| {
        let (status, found) = get_with(&format!("{}/v1/contacts?q=Wilhelmine", switch.http()), KEY);
        assert_eq!(status, 200, "{found}");
        let id = found["contacts"][0]["id"].as_str().expect("he is found").to_owned();
        get_with(&format!("{}/v1/contacts/{id}", switch.http()), KEY).1
    };
    assert_eq!(contacts(&switch)["history"].as_array().map(Vec::len), Some(1));
    switch.process.kill();
    age(&switch.folder, Duration::from_secs(40 * 86_400));
    let id = reservation["id"].as_str().expect("an id");
    let gone = ["A page of his own", CALLEE, id];
    for text in gone {
        assert!(!with(&switch, text).is_empty(), "{text}: this test can fail");
    }
    let mut switch = Switch::start_in(switch.folder.clone(), switch.sip);
    let young = Visitor::new(&switch.http());
    young.reserve(&young.wish("dial"));
    for text in gone {
        until(&format!("{text} is gone"), || with(&switch, text).is_empty().then_some(()));
    }
    assert!(!with(&switch, "Printer 42").is_empty(), "what is young is there");
    for _ in 0..2 {
        let card = contacts(&switch);
        assert_eq!((card["name"].as_str(), card["history"].as_array().map(Vec::len)), (Some(NAME), Some(0)));
        until("what is left is vouched for", || {
            let audited = evidence(&["audit"], Some(&switch.folder.join("warmline.toml")));
            audited.status.success().then_some(())
        });
        switch.process.kill();
        switch = Switch::start_in(switch.folder.clone(), switch.sip);
    }
    switch.ends_sane();
}
