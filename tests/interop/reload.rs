//! Another configuration for the running program, with a call up and a visitor who holds a number (E28).

use crate::support::baresip::{Account, Baresip};
use crate::support::client::{Desktop, Visitor, agent};
use crate::support::switch::{PASSWORD, Setup, Switch, hash};
use crate::support::{audio, free_port, until};
use serde_json::json;
use std::process::{Command, Output};

/// The command line beside the program.
fn warmline(switch: &Switch, arguments: &[&str]) -> Output {
    let file = switch.folder.join("warmline.toml");
    let admin = switch.ready["admin"].as_str().expect("bound");
    Command::new(env!("CARGO_BIN_EXE_warmline"))
        .args(arguments)
        .arg("--config")
        .arg(file)
        .args(["--admin", admin])
        .output()
        .expect("it runs")
}

fn lines(bytes: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect()
}

fn rewrite(switch: &Switch, change: impl FnOnce(String) -> String) {
    let file = switch.folder.join("warmline.toml");
    let text = std::fs::read_to_string(&file).expect("there");
    std::fs::write(file, change(text)).expect("written");
}

fn login(switch: &Switch, name: &str) -> u16 {
    let base = switch.http();
    let request = agent().post(format!("{base}/v1/agent/login")).header("Origin", &base);
    request.send_json(json!({ "agent": name, "password": PASSWORD })).expect("answered").status().as_u16()
}

fn refused(switch: &Switch, count: f64) {
    let name = "warmline_config_reloads_total{result=\"refused\"}";
    until("a refused reload", || (switch.metric(name) >= count).then_some(()));
}

#[test]
fn e28_a_reload_leaves_the_call_and_the_held_number_alone() {
    let carrier_port = free_port();
    let support =
        "[[firms.queues]]\nname = \"support\"\nskills = [\"sales\"]\n[[firms.agents]]\nname = \"alice\"";
    let replace = vec![("[[firms.agents]]\nname = \"alice\"".to_owned(), support.to_owned())];
    let switch = Switch::start(&Setup { carrier: carrier_port, replace, ..Setup::default() });
    let mut phone = Baresip::registered("alice-phone", switch.sip, 650.0);
    let caller = Account { user: "+4915112345678", hz: 1_150.0, ..Account::default() };
    let mut carrier = Baresip::start_on(&caller, carrier_port);
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    let first = Visitor::new(&switch.http());
    let first = first.reserve(&first.wish("dial"));
    carrier.dial(&format!("sip:{}@127.0.0.1:{}", first["number"].as_str().expect("a number"), switch.sip));
    carrier.wait("CALL_ESTABLISHED");
    carrier.hears(650.0);
    let second = Visitor::new(&switch.http());
    let held = second.reserve(&second.wish("dial"));
    let mut page = second.stream(&held);
    let held = held["number"].as_str().expect("a number").to_owned();

    // Wrong: file, line and key, to the caller and into the log; nothing changes.
    let good = std::fs::read_to_string(switch.folder.join("warmline.toml")).expect("there");
    rewrite(&switch, |text| text.replacen("trunk = \"carrier\"", "trunk = \"carier\"", 1));
    let line = 1 + good.lines().position(|line| line == "trunk = \"carrier\"").expect("the pool's");
    let wrong = format!("warmline.toml:{line}: ");
    let out = warmline(&switch, &["reload"]);
    assert!(!out.status.success());
    assert!(lines(&out.stderr).iter().any(|row| row.contains(&wrong) && row.contains("carier")), "{out:?}");
    switch.process.signal("-HUP");
    refused(&switch, 1.0);
    let log = std::fs::read_to_string(switch.folder.join("warmline.log")).expect("a log");
    assert!(log.lines().any(|row| row.contains("not reloaded") && row.contains(&wrong)), "{log}");
    // Needs a restart: named, and nothing changes.
    let slower = |text: &str| text.replacen("wrapup_secs = 1", "wrapup_secs = 2", 1);
    let restart = slower(&good).replacen("webrtc_port = ", "workers = 2\nwebrtc_port = ", 1);
    rewrite(&switch, |_| restart);
    let out = warmline(&switch, &["reload"]);
    assert!(
        !out.status.success() && lines(&out.stderr).iter().any(|row| row.contains("media.workers")),
        "{out:?}"
    );

    // Alice, the queue and all numbers but the last five go; Dora comes.
    let dora = format!(
        "name = \"dora\"\npassword_hash = \"{}\"\nskills = {{ sales = 3 }}\nstation = \"browser\"\n[[firms.agents]]\nname = \"bob\"",
        hash()
    );
    let alice = |text: &str| {
        let from = text.find("[[firms.queues]]\nname = \"support\"").expect("there");
        let to = from + text[from..].find("name = \"bob\"").expect("there");
        format!("{}[[firms.agents]]\n{}", &text[..from], &text[to..])
    };
    rewrite(&switch, |_| {
        alice(&slower(&good)).replacen("name = \"bob\"", &dora, 1).replacen(
            "+493012345000..",
            "+493012345005..",
            1,
        )
    });
    let out = warmline(&switch, &["check", "--running"]);
    assert!(out.status.success(), "{out:?}");
    let told = lines(&out.stdout);
    for wanted in [
        "+ agent acme/dora",
        "~ queue acme/sales: wrapup_secs 1 -> 2",
        "- agent acme/alice",
        "- queue acme/support",
    ] {
        assert!(told.iter().any(|row| row.starts_with(wanted)), "{wanted}: {told:?}");
    }
    assert!(told.iter().any(|row| row.starts_with(&format!("- number acme/web/{held}"))), "{told:?}");
    assert_eq!((told.last().map(String::as_str), login(&switch, "dora")), (Some("ok"), 401), "only asked");
    let out = warmline(&switch, &["reload"]);
    assert!(out.status.success(), "{out:?}");
    assert_eq!(lines(&out.stdout)[..told.len() - 1], told[..told.len() - 1]);

    // The call is heard on; who is new is in, who is gone is told so.
    let ears = carrier.ears().expect("recorded");
    let before = audio::heard_at(&ears, 650.0).len();
    until("the agent is heard on", || (audio::heard_at(&ears, 650.0).len() > before + 10).then_some(()));
    desktop.stream.view("me", |me| me["notice"]["code"] == "removed" && me["state"] == "talking");
    Desktop::login(&switch.http(), "dora");
    // The number that was taken out leads to the one who holds it.
    let mut other = Baresip::start(&Account { user: "+4915187654321", hz: 900.0, ..Account::default() });
    other.dial(&format!("sip:{held}@127.0.0.1:{}", switch.sip));
    other.wait("CALL_ESTABLISHED");
    page.view("reservation", |view| view["state"] == "waiting");
    other.hangup();
    carrier.hangup();
    phone.wait("CALL_CLOSED");
    desktop
        .stream
        .came("the end of the session", |told| told["type"] == "logged_off" && told["by"].is_null());
    assert_eq!(login(&switch, "alice"), 401);
    // The same once more, by a signal.
    switch.process.signal("-HUP");
    let applied = "warmline_config_reloads_total{result=\"applied\"}";
    until("the file is read again", || (switch.metric(applied) == 2.0).then_some(()));
    switch.ends_sane();
}

#[test]
fn e28_only_who_can_read_the_programs_secret_may_reload() {
    let switch = Switch::start(&Setup::default());
    let admin = switch.ready["admin"].as_str().expect("bound");
    let body = json!({ "config": switch.folder.join("warmline.toml"), "check": false });
    let ask = |authorization: &str| {
        let request = agent().post(format!("http://{admin}/reload")).header("Authorization", authorization);
        request.send_json(&body).expect("answered").status().as_u16()
    };
    let wrong = "0".repeat(64);
    for shown in ["", "Bearer ", &format!("Bearer {wrong}")] {
        assert_eq!(ask(shown), 401, "{shown}");
    }
    let secret =
        std::fs::read(switch.folder.join("data/secret")).expect("kept").try_into().expect("64 bytes");
    let right = format!("Bearer {}", warmline::ops::reload::token(&secret));
    let request = agent().post(format!("http://{admin}/reload")).header("Authorization", &right);
    let from_a_page = request.header("Origin", "http://localhost").send_json(&body).expect("answered");
    assert_eq!(from_a_page.status().as_u16(), 401);
    assert_eq!(ask(&right), 200);
}
