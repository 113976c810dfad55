//! Campaigns with real peers: SIPp is the carrier, whose numbers are busy, unknown, declined, or answered by a person.

use crate::evidence::evidence;
use crate::support::baresip::{Account, Baresip};
use crate::support::client::{self, Desktop, Visitor};
use crate::support::sipp::Sipp;
use crate::support::switch::{self, Setup, Switch};
use crate::support::wire::Carrier;
use crate::support::{audio, folder, free_port, until, voice};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::time::Duration;

/// Customers' numbers, by what [`Sipp::by_number`] makes of them.
const BUSY: &str = "+4915112345670";
const DECLINES: &str = "+4915112345671";
const UNKNOWN: &str = "+4915112345672";
const PERSON: &str = "+4915112345678";

/// A program that keeps campaigns.
struct Program {
    base: String,
    bearer: String,
}

/// A switch on which calls are allowed at any hour, and a program of the firm's.
fn start(port: u16, callme: &str, agents: &str) -> (Switch, Program) {
    start_as(Setup { carrier: port, ..Setup::default() }, callme, agents)
}

/// The same of another configuration.
fn start_as(mut setup: Setup, callme: &str, agents: &str) -> (Switch, Program) {
    let (key, hash) = warmline_web::mint_key(&[5; 32]);
    let keys = format!(
        "[[firms.keys]]\nname = \"crm\"\nsecret_sha256 = \"{hash}\"\nrights = [\"campaigns\"]\n[[firms.sites]]"
    );
    let callme = format!("ring_secs = 10{callme}");
    let spoken = folder("prompts");
    std::fs::create_dir(spoken.join("de")).expect("a folder");
    audio::write_tone(&spoken.join("de/identification.wav"), 440.0, 5);
    setup.replace.extend([
        ("[media]\n".into(), format!("[media]\nprompts = \"{}\"\n", spoken.display())),
        ("[[firms.sites]]".into(), keys),
        ("ring_secs = 10".into(), callme),
        (
            "[[accounts]]\nuser = \"alice-phone\"".into(),
            format!("{agents}[[accounts]]\nuser = \"alice-phone\""),
        ),
    ]);
    let switch = Switch::start(&setup);
    let program = Program { base: switch.http(), bearer: format!("Bearer {key}") };
    (switch, program)
}

impl Program {
    fn post(&self, path: &str, body: &Value) -> Value {
        let key = format!("{:x}", crate::support::random());
        let (status, answer) = client::command(&format!("{}{path}", self.base), &self.bearer, &key, body);
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }

    /// A campaign with these numbers, running.
    fn begins(&self, pacing: &str, numbers: &[&str]) -> String {
        let terms = json!({ "name": "Spring", "site": "shop", "pacing": pacing });
        let id = self.post("/v1/campaigns", &terms)["id"].as_str().expect("an id").to_owned();
        let jobs: Vec<Value> =
            numbers.iter().map(|number| json!({ "number": number, "consent": "form 7" })).collect();
        let answer = self.post(&format!("/v1/campaigns/{id}/jobs"), &jobs.into());
        assert_eq!(answer, json!({ "accepted": numbers.len(), "refused": [] }));
        self.post(&format!("/v1/campaigns/{id}/start"), &json!({}));
        id
    }

    fn look(&self, id: &str) -> Value {
        let (status, view) = client::get_with(&format!("{}/v1/campaigns/{id}", self.base), &self.bearer);
        assert_eq!(status, 200, "{view}");
        view
    }
}

#[test]
fn an_agent_works_a_list_off_and_each_end_is_counted() {
    let port = free_port();
    let (switch, program) = start_as(Setup { carrier: port, ..Setup::default() }.insistent(), "", "");
    let carrier = Sipp::by_number(port);
    let mut phone = Baresip::registered("alice-phone", switch.sip, 700.0);
    let mut alice = Desktop::ready(&switch.http(), "alice");
    let id = program.begins("progressive", &[BUSY, DECLINES, UNKNOWN, PERSON]);
    let speaks = std::thread::scope(|scope| {
        let invite = scope.spawn(|| carrier.wait_for("INVITE", PERSON));
        alice.stream.view("current", |current| current["state"] == "talking");
        voice::say(&invite.join().expect("dialled"), &voice::tone(&[(4_000, 450)]))
    });
    let current = alice.stream.view("current", |current| current["state"] == "talking");
    assert_eq!(current["page"]["title"], "Spring", "the desktop says what the call is about");
    phone.wait("CALL_ESTABLISHED");
    phone.hears(450.0);
    drop(speaks);
    phone.hangup();
    carrier.wait("BYE");
    alice.stream.view("me", |me| me["state"] == "ready");
    let view = until("the list is worked off", || {
        Some(program.look(&id)).filter(|view| view["outcomes"]["busy"] == 3)
    });
    assert_eq!(
        view["outcomes"],
        json!({ "busy": 3, "declined": 1, "not_found": 1, "answered": 1 }),
        "{view}"
    );
    assert_eq!((&view["dialled"], &view["answered"], &view["abandoned"]), (&6.into(), &1.into(), &0.into()));
    let calls = [BUSY, DECLINES, UNKNOWN, PERSON].map(|number| carrier.calls_to(number));
    assert_eq!(calls, [3, 1, 1, 1], "only who was busy is dialled again");
    switch.ends_sane();
}

/// Ten agents at telephones outside, which are said to answer by themselves.
fn ten(last: u8) -> String {
    let hash = switch::hash();
    let agent = |n: usize| {
        format!(
            "[[firms.agents]]\nname = \"ten{n}\"\npassword_hash = \"{hash}\"\nskills = {{ sales = 1 }}\n\
             station = \"+4930555{n}123{last}\"\nconfirm = false\n"
        )
    };
    (0..10).map(agent).collect()
}

#[test]
fn e19_whoever_answers_and_gets_no_agent_in_time_hears_who_called_and_is_counted() {
    let port = free_port();
    // Their phones ring on.
    let (switch, program) = start(port, ", predictive = true", &ten(3));
    let carrier = Sipp::by_number(port);
    let mut desktops: Vec<Desktop> =
        (0..10).map(|n| Desktop::ready(&switch.http(), &format!("ten{n}"))).collect();
    let id = program.begins("predictive", &[PERSON]);
    let invite = carrier.wait_for("INVITE", PERSON);
    let _speaks = voice::say(&invite, &voice::speech("de", "Ja, hallo?", 20));
    let abandoned = until("he is abandoned", || {
        desktops.iter_mut().for_each(|desktop| desktop.stream.read());
        Some(program.look(&id)).filter(|view| view["abandoned"] == 1)
    });
    assert_eq!((&abandoned["answered"], &abandoned["last_24_h"]["abandoned"]), (&1.into(), &1.into()));
    // Of the agent's phone, which shows no missed call; then of the customer, who has heard the message to its end.
    let cancelled = carrier.wait("CANCEL");
    assert!(cancelled.contains("cause=200"), "{cancelled}");
    carrier.wait_for("BYE", "");
    let rung: HashSet<String> = desktops
        .iter_mut()
        .filter_map(|desktop| {
            let me = desktop.stream.view("me", |me| me["state"] == "ready");
            let rang = desktop.stream.seen.iter().any(|event| event["event"] == "call.offered");
            rang.then(|| me["agent"].to_string())
        })
        .collect();
    assert_eq!(rung.len(), 1, "one of them was asked: {rung:?}");
    switch.ends_sane();
    let proof = proof(&switch, PERSON);
    assert!(proof.contains("He was told identification (de; to its end, "), "{proof}");

    let config = switch.folder.join("warmline.toml");
    let summary = evidence(&["campaign", "Spring", "--firm", "acme"], Some(&config)).stdout;
    let file = switch.folder.join("spring.json");
    std::fs::write(&file, &summary).expect("written");
    let text = String::from_utf8(summary).expect("text");
    assert!(!text.contains(PERSON.trim_start_matches('+')), "nobody is in it: {text}");
    let total = serde_json::from_str::<Value>(&text).expect("JSON")["content"]["total"].clone();
    let counted =
        ["dialled", "live_answers", "abandoned", "without_message"].map(|name| total[name].as_u64());
    assert_eq!(counted, [Some(1), Some(1), Some(1), Some(0)], "{total}");
    assert!(total["longest_to_message_ms"].as_u64().is_some_and(|ms| ms <= 2_000), "{total}");
    let file = file.to_str().expect("a name");
    let verified = evidence(&["verify", file], None);
    let told = String::from_utf8(verified.stdout).expect("text");
    assert!(verified.status.success(), "{told}");
    assert!(told.contains("NOT KEPT. Abandoned: 1 of 1") && told.contains("Kept. The message"), "{told}");
    assert!(evidence(&["audit", "--bundle", file], Some(&config)).status.success());
}

#[test]
fn e19_whoever_answers_a_predictive_campaign_speaks_with_an_agent() {
    let port = free_port();
    let (switch, program) = start(port, ", predictive = true", &ten(9));
    let carrier = Sipp::by_number(port);
    let mut desktops: Vec<Desktop> =
        (0..10).map(|n| Desktop::ready(&switch.http(), &format!("ten{n}"))).collect();
    let id = program.begins("predictive", &[PERSON, BUSY]);
    let _speaks = voice::say(&carrier.wait_for("INVITE", PERSON), &voice::speech("de", "Ja, hallo?", 20));
    let talking = |desktop: &mut Desktop| {
        desktop.stream.read();
        desktop.stream.seen.iter().any(|message| message["data"]["state"] == "talking")
    };
    let who = until("one of them speaks", || desktops.iter_mut().position(talking));
    let view =
        until("both are over or on", || Some(program.look(&id)).filter(|view| view["outcomes"]["busy"] == 1));
    assert_eq!((&view["answered"], &view["abandoned"]), (&1.into(), &0.into()), "{view}");
    assert_eq!(desktops[who].post("/v1/agent/hangup", &json!({})), 204);
    desktops[who].stream.view("me", |me| me["state"] == "ready");
    switch.ends_sane();
}

/// What the evidence about a number says, from the beginning.
fn proof(switch: &Switch, number: &str) -> String {
    let of = ["export", "--firm", "acme", "--number", number];
    String::from_utf8(evidence(&of, Some(&switch.folder.join("warmline.toml"))).stdout).expect("text")
}

#[test]
fn e19_after_the_34th_answer_customers_are_dialled_before_an_agent_is_claimed() {
    let port = free_port();
    let (switch, program) = start(port, ", predictive = true", &ten(9));
    let _carrier = Sipp::by_number(port);
    let mut desktops: Vec<Desktop> =
        (0..10).map(|n| Desktop::ready(&switch.http(), &format!("ten{n}"))).collect();
    let numbers: Vec<String> = (0..60).map(|n| format!("+491511234{n:02}18")).collect();
    let id = program.begins("predictive", &numbers.iter().map(String::as_str).collect::<Vec<_>>());
    // Whoever talks hangs up.
    let mut work = |answered: u64| {
        until(&format!("{answered} have answered"), || {
            for desktop in &mut desktops {
                let known = desktop.stream.seen.len();
                desktop.stream.read();
                let talks =
                    |message: &Value| message["view"] == "current" && message["data"]["state"] == "talking";
                if desktop.stream.seen[known..].iter().any(talks) {
                    desktop.post("/v1/agent/hangup", &json!({}));
                }
            }
            Some(program.look(&id)).filter(|view| view["answered"].as_u64() >= Some(answered))
        })
    };
    for answered in [20, 40] {
        work(answered);
    }
    let view = work(60);
    // 3 % of 60 is what the law allows.
    assert!(view["abandoned"].as_u64().is_some_and(|abandoned| abandoned <= 1), "{view}");
    assert_eq!(view["dialled"], 60, "nobody twice");
    let claimed_first = |number: &String| {
        let text = proof(&switch, number);
        let claimed = text.find("was claimed for it").expect("an agent");
        claimed < text.find("was decided").expect("dialled")
    };
    assert!(numbers[..30].iter().all(claimed_first), "nobody may be abandoned yet");
    assert!(!numbers[34..].iter().all(claimed_first), "some were dialled ahead");
}

#[test]
fn a_file_of_customers_is_read_line_by_line_and_those_it_takes_are_dialled() {
    let port = free_port();
    let (switch, program) = start(port, "", "");
    let carrier = Sipp::by_number(port);
    let _phone = Baresip::registered("alice-phone", switch.sip, 700.0);
    let mut alice = Desktop::ready(&switch.http(), "alice");
    let terms = json!({ "name": "Spring", "site": "shop", "pacing": "progressive" });
    let id = program.post("/v1/campaigns", &terms)["id"].as_str().expect("an id").to_owned();
    // As a spreadsheet writes it; lines as an editor counts them.
    let file = format!(
        "\u{feff}number;consent;name;plan\r\n{UNKNOWN};form 7;\"Berger; Vera\";gold\r\n0151 12345678;form 8;Otto;silver\r\n\
         +499001234567;form 9;;\r\n{DECLINES};;Nobody;\r\n"
    );
    let url = format!("{}/v1/campaigns/{id}/jobs", program.base);
    let (status, answer) = client::post_text(&url, &program.bearer, ("text/csv", &file));
    let refused =
        json!([{ "line": 4, "code": "number_not_allowed" }, { "line": 5, "code": "consent_missing" }]);
    assert_eq!((status, &answer), (200, &json!({ "accepted": 2, "refused": refused })));
    program.post(&format!("/v1/campaigns/{id}/start"), &json!({}));
    let current = alice.stream.view("current", |current| current["state"] == "talking");
    assert_eq!(
        (&current["page"]["attributes"]["plan"], &current["contact"]["name"]),
        (&"silver".into(), &"Otto".into())
    );
    assert_eq!([UNKNOWN, PERSON].map(|number| carrier.calls_to(number)), [1, 1]);
    assert_eq!(alice.post("/v1/agent/hangup", &json!({})), 204);
    carrier.wait("BYE");
    assert_eq!(carrier.calls(), 2);
    switch.ends_sane();
}

/// Two agents at phones of their own, ready.
fn two(switch: &Switch) -> [(Baresip, Desktop); 2] {
    [("alice", "alice-phone"), ("bob", "201")].map(|(name, user)| {
        let phone = Baresip::registered(user, switch.sip, 700.0);
        (phone, Desktop::ready(&switch.http(), name))
    })
}

/// Both have phones of ours, and the trunk is another.
fn two_phones(carrier: u16, (usual, trunk): (&str, &str)) -> Setup {
    let bobs = ("station = \"browser\"".into(), "station = \"account:201\"".into());
    Setup { carrier, replace: vec![bobs, (usual.into(), trunk.into())], ..Setup::default() }
}

#[test]
fn g19_a_trunk_of_one_channel_carries_one_customer_at_a_time() {
    let port = free_port();
    let (switch, program) = start_as(two_phones(port, ("max_calls = 1000", "max_calls = 1")), "", "");
    let carrier = Sipp::by_number(port);
    let mut agents = two(&switch);
    let id = program.begins("progressive", &[PERSON, "+4915112345679"]);
    let mut spoken = HashSet::new();
    for turn in 1..=2 {
        let talks = until("one of them speaks", || {
            agents.iter_mut().position(|(_, desktop)| {
                desktop.stream.read();
                let talking =
                    |message: &&Value| message["view"] == "current" && message["data"]["state"] == "talking";
                let mut calls = desktop
                    .stream
                    .seen
                    .iter()
                    .filter(talking)
                    .map(|message| message["data"]["call"].to_string());
                calls.any(|call| spoken.insert(call))
            })
        });
        // The other agent's customer is tried, and finds the trunk full.
        until("the trunk is full", || {
            agents.iter_mut().for_each(|(_, desktop)| desktop.stream.read());
            (switch.metric("warmline_trunk_full_total") > 0.0).then_some(())
        });
        assert_eq!(carrier.calls(), turn, "one channel");
        agents[talks].0.hangup();
    }
    let view = until("both were called", || Some(program.look(&id)).filter(|view| view["answered"] == 2));
    // What found the trunk full was no dialling.
    assert_eq!((&view["dialled"], &view["waiting"]), (&2.into(), &0.into()), "{view}");
    switch.ends_sane();
}

#[test]
fn g19_a_trunk_of_one_call_a_second_is_given_no_more() {
    let port = free_port();
    let (switch, program) = start_as(two_phones(port, ("max_cps = 1000", "max_cps = 1")), "", "");
    let carrier = Carrier::start(port, "404 Not Found");
    let mut agents = two(&switch);
    let numbers = [2, 12, 22].map(|last| format!("+49151123456{last:02}"));
    let id = program.begins("progressive", &numbers.each_ref().map(String::as_str));
    let view = until("all were called", || {
        agents.iter_mut().for_each(|(_, desktop)| desktop.stream.read());
        Some(program.look(&id)).filter(|view| view["outcomes"]["not_found"] == 3)
    });
    assert_eq!((&view["dialled"], &view["waiting"]), (&3.into(), &0.into()), "{view}");
    assert_eq!(numbers.map(|number| carrier.times(&number)), [1; 3]);
    // Two seconds, of which this machine may have kept one.
    let moments = carrier.moments();
    assert!(moments[2] - moments[0] > Duration::from_secs(1), "{moments:?}");
    assert!(switch.metric("warmline_trunk_full_total") >= 1.0, "two agents were ready in the same second");
    switch.ends_sane();
}

#[test]
fn c14_a_customer_who_presses_9_before_an_agent_speaks_is_never_called_again() {
    let port = free_port();
    let (switch, program) = start(port, ", predictive = true", &ten(3));
    // No agent's phone is reached there: the customer hears who has called.
    let mut customer = Baresip::start_on(&Account { user: PERSON, hz: 700.0, ..Account::default() }, port);
    let mut desktops: Vec<Desktop> =
        (0..10).map(|n| Desktop::ready(&switch.http(), &format!("ten{n}"))).collect();
    let id = program.begins("predictive", &[PERSON]);
    until("he hears who called", || {
        desktops.iter_mut().for_each(|desktop| desktop.stream.read());
        audio::heard(&customer.ears()?, 440.0).then_some(())
    });
    customer.press("9");
    customer.wait("CALL_CLOSED");
    let view = until("he is counted", || Some(program.look(&id)).filter(|view| view["waiting"] == 0));
    assert_eq!(view["abandoned"], 1, "{view}");
    let terms = json!({ "name": "Autumn", "site": "shop", "pacing": "progressive" });
    let other = program.post("/v1/campaigns", &terms)["id"].as_str().expect("an id").to_owned();
    let jobs = json!([{ "number": PERSON, "consent": "form 8" }]);
    let refused = program.post(&format!("/v1/campaigns/{other}/jobs"), &jobs);
    assert_eq!(refused, json!({ "accepted": 0, "refused": [{ "line": 1, "code": "do_not_call" }] }));
    let visitor = Visitor::new(&switch.http());
    let (status, problem) = visitor.post("/v1/web/reservations", &visitor.callme(PERSON));
    assert_eq!((status, &problem["code"]), (422, &"do_not_call".into()), "{problem}");
    assert!(!customer.has("CALL_INCOMING"));
    let proof = proof(&switch, PERSON);
    assert!(proof.contains("never called again: key_9"), "{proof}");
    switch.ends_sane();
}
