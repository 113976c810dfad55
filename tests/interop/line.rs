//! Callers in line: the menu's key, the place they hear, and the call they would rather get (C9), with real phones.

use crate::support::baresip::{Account, Baresip};
use crate::support::client::{Desktop, Visitor};
use crate::support::switch::{Setup, Switch};
use crate::support::{audio, folder, free_port, until};

const WELCOME: f64 = 500.0;
const GOODBYE: f64 = 700.0;
const PLACE: f64 = 900.0;

/// The switch with words that are tones, and a carrier whose caller has a number that may be called back.
fn start(queue: &str) -> (Switch, Baresip) {
    let prompts = folder("prompts");
    let german = prompts.join("de");
    std::fs::create_dir_all(&german).expect("a folder");
    let words = [("callback-goodbye.wav", GOODBYE), ("you-are-number.wav", PLACE)];
    // A greeting that no queue names is taken for a misspelt file.
    let greeting = queue.contains("welcome.wav").then_some(("welcome.wav", WELCOME));
    for (name, hz) in words.into_iter().chain(greeting) {
        audio::write_tone(&german.join(name), hz, 1);
    }
    let port = free_port();
    let replace = vec![
        ("[media]\n".to_owned(), format!("[media]\nprompts = {prompts:?}\n")),
        ("wrapup_secs = 1\n".to_owned(), format!("wrapup_secs = 1\n{queue}\n")),
    ];
    let switch = Switch::start(&Setup { carrier: port, replace, ..Setup::default() });
    let caller = Account { user: "+4915112345678", hz: 450.0, ..Account::default() };
    (switch, Baresip::start_on(&caller, port))
}

fn hears(phone: &Baresip, what: &str, hz: f64) {
    until(what, || phone.ears().filter(|ears| audio::heard(ears, hz)));
}

#[test]
fn a_caller_hears_the_greeting_presses_five_and_a_job_stands_in_for_him() {
    let (switch, mut carrier) =
        start("menu = { greeting = \"welcome.wav\", languages = { \"1\" = \"de\" }, callback_key = \"5\" }");
    carrier.dial(&format!("sip:+493012345200@127.0.0.1:{}", switch.sip));
    carrier.wait("CALL_ESTABLISHED");
    hears(&carrier, "the greeting", WELCOME);
    carrier.press("5");
    hears(&carrier, "the goodbye", GOODBYE);
    carrier.wait("CALL_CLOSED");
    switch.ends_sane();
    assert_eq!(switch.metric("warmline_jobs_open"), 1.0, "he is called when it is his turn");
}

#[test]
fn who_waits_hears_his_place_again_and_again() {
    let (switch, mut carrier) = start("announce_secs = 10");
    carrier.dial(&format!("sip:+493012345200@127.0.0.1:{}", switch.sip));
    carrier.wait("CALL_ESTABLISHED");
    until("his place, twice, with music between", || {
        let at = audio::heard_at(&carrier.ears()?, PLACE);
        let (first, last) = (at.first()?, at.last()?);
        (at.len() >= 10 && last - first > 8.0).then_some(())
    });
    carrier.hangup();
    carrier.wait("CALL_CLOSED");
    switch.ends_sane();
}

#[test]
fn c9_the_page_shows_the_phones_place_and_call_me_instead_keeps_it() {
    let (switch, mut carrier) = start("announce_secs = 0");
    let visitor = Visitor::new(&switch.http());
    let reservation = visitor.reserve(&visitor.wish("dial"));
    let mut page = visitor.stream(&reservation);
    let number = reservation["number"].as_str().expect("a number").to_owned();
    carrier.dial(&format!("sip:{number}@127.0.0.1:{}", switch.sip));
    carrier.wait("CALL_ESTABLISHED");
    page.view("reservation", |view| view["state"] == "waiting" && view["position"] == 1);
    let instead = visitor.reserve(&visitor.callme("+4915112345678"));
    assert_eq!((&instead["mode"], &instead["position"]), (&"callme".into(), &1.into()));
    hears(&carrier, "the goodbye", GOODBYE);
    carrier.wait("CALL_CLOSED");
    page.view("reservation", |view| view["state"] == "ended");
    switch.ends_sane();
}

#[test]
fn a_language_and_the_pin_are_keyed_by_phone_and_lead_to_the_agent_who_has_the_page() {
    const AGENT: f64 = 1_150.0;
    const SPOKEN: [(&str, f64); 2] = [("de", 600.0), ("en", 850.0)];
    let prompts = folder("prompts");
    for (language, enter) in SPOKEN {
        let folder = prompts.join(language);
        std::fs::create_dir_all(&folder).expect("a folder");
        audio::write_tone(&folder.join("welcome.wav"), WELCOME, 1);
        audio::write_tone(&folder.join("enter-pin.wav"), enter, 1);
    }
    let menu =
        "menu = { greeting = \"welcome.wav\", languages = { \"1\" = \"de\", \"2\" = \"en\" }, pin = true }";
    let replace = vec![
        ("[media]\n".to_owned(), format!("[media]\nprompts = {prompts:?}\n")),
        ("wrapup_secs = 1\n".to_owned(), format!("wrapup_secs = 1\n{menu}\n")),
    ];
    let switch = Switch::start(&Setup { replace, ..Setup::default() });
    let mut phone = Baresip::registered("alice-phone", switch.sip, AGENT);
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    let visitor = Visitor::new(&switch.http());
    let reservation = visitor.reserve(&visitor.wish("dial"));
    desktop.stream.view("current", |current| current["state"] == "claimed");
    let mut caller = Baresip::start(&Account { user: "+4915112345678", hz: 450.0, ..Account::default() });
    // The firm's own number, which leads to no page.
    caller.dial(&format!("sip:+493012345200@127.0.0.1:{}", switch.sip));
    caller.wait("CALL_ESTABLISHED");
    hears(&caller, "the greeting", WELCOME);
    caller.press("2");
    caller.press("9");
    let [(_, german), (_, english)] = SPOKEN;
    hears(&caller, "the question for the PIN, in English", english);
    assert!(!phone.has("CALL_INCOMING"), "rung before the caller proved who he is");
    caller.press(reservation["pin"].as_str().expect("a PIN"));
    until("the agent's phone answers", || {
        desktop.stream.read();
        phone.has("CALL_ESTABLISHED").then_some(())
    });
    let current = desktop.stream.view("current", |current| current["state"] == "talking");
    assert_eq!((&current["reservation"], &current["confidence"]), (&reservation["id"], &"exact".into()));
    assert_eq!(current["page"]["title"], "Printer 42");
    caller.hears(AGENT);
    phone.hears(450.0);
    assert!(!audio::heard(&caller.ears().expect("recorded"), german), "he has chosen English");
    caller.hangup();
    phone.wait("CALL_CLOSED");
    switch.ends_sane();
}
