//! Evidence (C15): a real call me, its bundle by command and by key, and what becomes of it when bundle or journal are tampered with.

use crate::progress::{self, Ended};
use crate::support::baresip::{Account, Baresip};
use crate::support::client::{Desktop, Visitor, get_with};
use crate::support::sipp::Sipp;
use crate::support::switch::{Setup, Switch};
use crate::support::{free_port, until, voice};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use warmline_time::Time;

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
}

/// Somebody is called and speaks with Alice; somebody else, who is named, asked too, and took it back.
fn called() -> (Called, String) {
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
    (Called { reservation: id(&reservation), switch }, id(&other))
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

    /// A bundle in which this became that.
    fn is_not_believed(&self, whole: &str, from: &str, to: &str) {
        assert!(whole.contains(from), "{from}");
        let tampered = self.switch.folder.join("tampered.json");
        std::fs::write(&tampered, whole.replacen(from, to, 1)).expect("written");
        let (holds, said) = verified(&tampered, &[]);
        assert!(!holds, "{from} became {to}: {said}");
    }
}

/// Lines of its timeline begin so, one after the other.
fn tells(bundle: &Value, steps: &[&str]) {
    let timeline = bundle["content"]["timeline"].as_array().expect("lines");
    let told: Vec<&str> = timeline.iter().filter_map(|row| row["what"].as_str()).collect();
    let mut from = 0;
    for step in steps {
        let found = told[from..].iter().position(|line| line.starts_with(step));
        from += found.unwrap_or_else(|| panic!("`{step}` after line {from} of {told:#?}"));
    }
}

fn verified(file: &Path, more: &[&str]) -> (bool, String) {
    let name = file.to_str().expect("a name");
    let output = evidence(&[&["verify", name], more].concat(), None);
    (output.status.success(), text(&output))
}

#[test]
fn c15_a_call_is_proved_and_tampering_with_its_bundle_is_found() {
    let (called, other) = called();
    let (file, bundle) = called.export("bundle.json");
    let whole = std::fs::read_to_string(&file).expect("read");
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
    tells(&bundle, &steps);
    assert!(whole.contains(CALLEE));
    assert!(!whole.contains(OTHER) && !whole.contains(&other), "other people's data is in it");
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
        called.is_not_believed(&whole, from, to);
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
    let (mut called, _) = called();
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

/// The bundle of a call to nobody holds, and says what was heard, in what words and when, as the record in the journal does; its figures.
fn proved(ended: Ended, verdict: &str, answered: bool) -> Vec<i32> {
    let called = Called { switch: ended.switch, reservation: ended.reservation };
    let journal = until("all of it is written", || {
        let rows: Vec<Value> = called.switch.journal().into_iter().map(|(_, fact)| fact).collect();
        let has = |kind: &&str| rows.iter().any(|fact| fact["fact"] == **kind);
        ["call_recorded", "reservation_closed"].iter().all(has).then_some(rows)
    });
    let records: Vec<&Value> = journal.iter().filter(|fact| fact["fact"] == "call_recorded").collect();
    let [record] = records[..] else { panic!("{records:#?}") };
    let (file, bundle) = called.export("bundle.json");
    let (holds, said) = verified(&file, &[]);
    assert!(holds, "{said}");
    let heard = &record["progress"];
    assert_eq!(heard["verdict"], verdict, "{record}");
    let evidence = heard["evidence"].as_str().expect("words");
    let micros = |value: &Value| value.as_u64().expect("a time");
    let at = micros(&record["started"]) + micros(&heard["at_ms"]) * 1_000;

    let rows = bundle["content"]["rows"].as_array().expect("rows");
    let fact = |row: &Value| -> Option<Value> { serde_json::from_str(row["fact"].as_str()?).ok() };
    let row = rows.iter().find(|row| fact(row).as_ref() == Some(record)).expect("the record");
    let what = format!("The line turned out to be: {verdict} ({evidence}).");
    let line = json!({ "time": Time::from_micros(at).rfc3339(), "what": what, "row": row["seq"] });
    let timeline = bundle["content"]["timeline"].as_array().expect("lines");
    assert!(timeline.contains(&line), "{line} in {timeline:#?}");
    let end = format!("The request was over: {verdict}.");
    tells(&bundle, &["Dialling att_", &what, "The call ended: ", &end]);
    let place = |what: &str| timeline.iter().position(|line| line["what"] == what);
    let before = place("It was answered.").map(|up| Some(up) < place(&what));
    assert_eq!(before, answered.then_some(true), "{timeline:#?}");

    let whole = std::fs::read_to_string(&file).expect("read");
    let written = |verdict: &str| format!(r#"\"verdict\":\"{verdict}\""#);
    called.is_not_believed(&whole, &written(verdict), &written("person"));
    called.is_not_believed(&whole, &format!("({evidence})"), "(nothing recognised)");
    evidence.split([' ', ',']).filter_map(|word| word.parse().ok()).collect()
}

/// To the accuracy of a hearing.
fn near(heard: &[i32], played: &[i32]) {
    let far = |(heard, played): (&i32, &i32)| heard.abs_diff(*played) > 10;
    assert!(heard.len() >= played.len() && !heard.iter().zip(played).any(far), "{heard:?} for {played:?}");
}

#[test]
fn c15_that_a_machine_has_answered_is_proved_by_its_greeting_and_its_tone() {
    let ended = progress::ends_as(Sipp::answering_at_once, &progress::short_machine(), ("machine", "BYE"));
    let figures = proved(ended, "machine", true);
    near(&figures, &[1_000]);
    let [_, _, greeting] = figures[..] else { panic!("{figures:?}") };
    assert!(greeting > 2_000, "{greeting} ms of speech before it");
}

#[test]
fn c15_that_a_number_is_not_in_use_is_proved_by_the_tones_before_the_answer() {
    let ended = progress::ends_as(Sipp::early, &progress::special(), ("not_found", "CANCEL"));
    near(&proved(ended, "not_found", false), &[985, 1_371, 1_777]);
}

#[test]
fn c15_that_a_fax_is_there_before_the_answer_is_proved_by_its_tone() {
    let fax = voice::tone(&[(800, 0), (3_500, 2_100)]);
    let ended = progress::ends_as(Sipp::early, &fax, ("fax", "CANCEL"));
    near(&proved(ended, "fax", false), &[2_100]);
}
