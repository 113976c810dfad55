//! Evidence (C15): a real call me, its bundle by command and by key, and what becomes of it when bundle or journal are tampered with.

use crate::support::baresip::{Account, Baresip};
use crate::support::client::{Desktop, Visitor, get_with};
use crate::support::free_port;
use crate::support::switch::{Setup, Switch};
use rusqlite::Connection;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const CALLEE: &str = "+4915112345678";
const OTHER: &str = "+4915187654321";
const KEY: &str = "wlk_evidence";
/// SHA-256 of `wlk_evidence`.
const HASH: &str = "2ec11eb1aad207b944a46d366b543b08a06eb8e37e829bca941ada9281b68a10";
const READ: &str = "wlk_read";
/// SHA-256 of `wlk_read`.
const READ_HASH: &str = "94221a1c518bc02a03a2b278a93972a90bc8ce2186d8709cc657d6b797005b3b";

pub fn evidence(arguments: &[&str], config: Option<&Path>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warmline"));
    command.arg("evidence").args(arguments);
    if let Some(config) = config {
        command.arg("--config").arg(config);
    }
    command.output().expect("runs")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

struct Called {
    switch: Switch,
    reservation: String,
    other: String,
}

/// Somebody is called and speaks with Alice; somebody else asked too, and took it back.
fn called() -> Called {
    let port = free_port();
    let keys = format!(
        "[[firms.keys]]\nname = \"auditor\"\nsecret_sha256 = \"{HASH}\"\nrights = [\"evidence\"]\n\
         [[firms.keys]]\nname = \"reader\"\nsecret_sha256 = \"{READ_HASH}\"\nrights = [\"read\", \"people\"]\n"
    );
    let queues = "[[firms.queues]]".to_owned();
    let replace = vec![(queues.clone(), keys + &queues)];
    let switch = Switch::start(&Setup { carrier: port, replace, ..Setup::default() });
    let mut phone = Baresip::registered("alice-phone", switch.sip, 700.0);
    let mut carrier = Baresip::start_on(&Account { user: CALLEE, ..Account::default() }, port);
    // Nobody is ready yet: this one only waits, and its rows are in between.
    let (visitor, second) = (Visitor::new(&switch.http()), Visitor::new(&switch.http()));
    let reservation = visitor.reserve(&visitor.callme(CALLEE));
    let other = second.reserve(&second.callme(OTHER));
    assert_eq!(second.cancel(&other), 204);
    let mut page = visitor.stream(&reservation);
    let mut desktop = Desktop::serving(&switch.http(), "alice");
    desktop.stream.came("the page on the desktop", |message| {
        message["view"] == "current" && message["data"]["reservation"] == reservation["id"]
    });
    carrier.wait("CALL_ESTABLISHED");
    phone.wait("CALL_ESTABLISHED");
    page.view("reservation", |view| view["state"] == "talking");
    carrier.hangup();
    phone.wait("CALL_CLOSED");
    page.view("reservation", |view| view["state"] == "ended" && view["reason"] == "normal");
    desktop.stream.view("me", |me| me["state"] == "ready");
    let id = |view: &Value| view["id"].as_str().expect("an id").to_owned();
    Called { reservation: id(&reservation), other: id(&other), switch }
}

impl Called {
    fn config(&self) -> PathBuf {
        self.switch.folder.join("warmline.toml")
    }

    fn export(&self, name: &str) -> (PathBuf, Value) {
        let of = ["export", "--firm", "acme", "--reservation", &self.reservation];
        let output = evidence(&of, Some(&self.config()));
        assert!(output.status.success(), "{}", text(&output));
        let file = self.switch.folder.join(name);
        std::fs::write(&file, &output.stdout).expect("written");
        (file, serde_json::from_slice(&output.stdout).expect("JSON"))
    }
}

fn verified(file: &Path, more: &[&str]) -> (bool, String) {
    let name = file.to_str().expect("a name");
    let output = evidence(&[&["verify", name], more].concat(), None);
    (output.status.success(), text(&output))
}

#[test]
fn c15_a_call_is_proved_and_tampering_with_its_bundle_is_found() {
    let called = called();
    let (file, bundle) = called.export("bundle.json");
    let whole = std::fs::read_to_string(&file).expect("read");
    let told: Vec<&str> = bundle["content"]["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|row| row["what"].as_str())
        .collect();
    let steps = [
        "Asked for `callme`",
        "Agreed to be called: consent text \"2026-11\"",
        "Do-not-call: the number is on none of the lists",
        "Calling hours:",
        "Dialling att_",
        "It was answered.",
        "He and agent alice heard each other",
        "The call ended: normal.",
    ];
    let mut from = 0;
    for step in steps {
        let found = told[from..].iter().position(|line| line.starts_with(step));
        from += found.unwrap_or_else(|| panic!("`{step}` after line {from} of {told:#?}"));
    }
    assert!(whole.contains(CALLEE));
    assert!(!whole.contains(OTHER) && !whole.contains(&called.other), "other people's data is in it");
    assert!(whole.contains("\"digests\""), "though their rows are, as digests");

    let public = text(&evidence(&["key"], Some(&called.config())));
    let (holds, said) = verified(&file, &["--key", public.trim()]);
    assert!(holds, "{said}");
    println!("{said}");
    let (holds, said) = verified(&file, &["--key", &"00".repeat(32)]);
    assert!(!holds && said.contains("You trust another key"), "{said}");
    for (from, to) in [
        ("\"2026-11\\\"", "\"2026-12\\\""),
        ("heard each other", "hated each other"),
        ("\"reservation\": \"rsv_", "\"reservation\": \"rsv_0"),
        ("\"digests\": [", "\"digests\": [\n\"00\","),
        ("\"content\": {", "\"content\": {\"more\": 1,"),
    ] {
        assert!(whole.contains(from), "{from}");
        let tampered = called.switch.folder.join("tampered.json");
        std::fs::write(&tampered, whole.replacen(from, to, 1)).expect("written");
        let (holds, said) = verified(&tampered, &[]);
        assert!(!holds, "{from} became {to}: {said}");
    }

    // The same by key, for whoever has the right.
    let url = format!("{}/v1/evidence/{}", called.switch.http(), called.reservation);
    let (status, answer) = get_with(&url, &format!("Bearer {KEY}"));
    assert_eq!((status, &answer["content"]["rows"]), (200, &bundle["content"]["rows"]));
    assert_eq!(answer["key"], bundle["key"]);
    let (status, problem) = get_with(&url, &format!("Bearer {READ}"));
    assert_eq!((status, &problem["code"]), (403, &"right_missing".into()));
    let unknown = url.replace(&called.reservation, "rsv_00000000000000000000000000");
    assert_eq!(get_with(&unknown, &format!("Bearer {KEY}")).0, 404);
    let none = ["export", "--firm", "other", "--reservation", &called.reservation];
    assert!(!evidence(&none, Some(&called.config())).status.success(), "another firm has it not");
    let number = ["export", "--firm", "acme", "--number", CALLEE];
    let all: Value = serde_json::from_slice(&evidence(&number, Some(&called.config())).stdout).expect("JSON");
    assert_eq!(all[0]["content"]["reservation"], called.reservation.as_str());
}

#[test]
fn c15_a_changed_or_deleted_row_of_the_journal_is_found() {
    let mut called = called();
    let (file, bundle) = called.export("bundle.json");
    called.switch.process.signal("-TERM");
    assert!(called.switch.process.wait(), "it ends in order");
    let config = called.config();
    let database = called.switch.folder.join("data/warmline.db");
    let audit = evidence(&["audit", "--bundle", file.to_str().unwrap()], Some(&config));
    assert!(audit.status.success() && text(&audit).contains("the chain holds"), "{}", text(&audit));

    // The file alone, without a log beside it.
    let settled = Connection::open(&database).expect("opens");
    settled.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").expect("settled");
    drop(settled);
    let kept = std::fs::read(&database).expect("read");
    let last = bundle["content"]["after"]["seq"].as_u64().expect("a row");
    let damaged = |change: &str| {
        std::fs::write(&database, &kept).expect("as it was");
        let connection = Connection::open(&database).expect("opens");
        connection.execute_batch(change).expect("changed");
        drop(connection);
        evidence(&["audit", "--bundle", file.to_str().unwrap()], Some(&config))
    };
    for change in [
        "UPDATE journal SET fact = replace(fact, '\"2026-11\"', '\"2026-12\"') WHERE instr(fact, '\"2026-11\"')",
        "DELETE FROM journal WHERE seq = 2",
        "DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)",
    ] {
        let audit = damaged(change);
        assert!(!audit.status.success(), "{change}: {}", text(&audit));
    }
    let audit = damaged(&format!("UPDATE journal SET time = time + 1 WHERE seq = {last}"));
    assert!(!audit.status.success() && text(&audit).contains(&format!("row {last}")), "{}", text(&audit));
    let of = ["export", "--firm", "acme", "--reservation", &called.reservation];
    let refused = evidence(&of, Some(&config));
    assert!(
        !refused.status.success() && text(&refused).contains("the journal was changed"),
        "{}",
        text(&refused)
    );
}
