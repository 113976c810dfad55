//! Letters over a real mail server: a visitor is told when he is called, changes it by the link, and writes to a queue (G p. 15, N 0043).

use crate::support::client::{Visitor, agent};
use crate::support::exim::Exim;
use crate::support::switch::{Setup, Switch};
use crate::support::until;
use serde_json::{Value, json};

fn switch(exim: &Exim) -> Switch {
    let mail = format!(
        "[firms.mail]\nserver = \"localhost:{}\"\nfrom = \"Acme <calls@acme.test>\"\nuser = \"warmline\"\n\
         password = \"letters\"\nca = \"{}/cert.pem\"\n[[firms.sites]]",
        exim.port,
        exim.folder.display()
    );
    let replace = [
        ("[[firms.sites]]", mail.as_str()),
        ("name = \"sales\"\n", "name = \"sales\"\nmailbox = \"sales@acme.test\"\n"),
        ("[web]\n", "[web]\npublic_url = \"https://sw.test\"\n"),
    ];
    let replace = replace.map(|(from, to)| (from.to_owned(), to.to_owned())).to_vec();
    Switch::start(&Setup { replace, ..Setup::default() })
}

/// The body as it was before quoted-printable, and the headers.
fn read(letter: &str) -> String {
    let text = letter.replace("\r\n", "\n").replace("=\n", "");
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::new(), 0);
    while at < bytes.len() {
        let code = bytes.get(at..at + 3).filter(|three| three[0] == b'=');
        let code = code.and_then(|three| u8::from_str_radix(std::str::from_utf8(&three[1..]).ok()?, 16).ok());
        out.push(code.unwrap_or(bytes[at]));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Times at which a German number may be called, whatever the season.
fn by_day(times: impl Iterator<Item = String>) -> Vec<String> {
    let hour = |time: &String| time.get(11..13).and_then(|hour| hour.parse::<u32>().ok()).expect("an hour");
    times.filter(|time| (9..16).contains(&hour(time))).collect()
}

fn slots(switch: &Switch) -> Vec<String> {
    let request = agent().get(format!("{}/v1/web/slots?site=shop&days=3", switch.http()));
    let mut response = request.header("Origin", "https://shop.test").call().expect("answered");
    let slots: Value = response.body_mut().read_json().expect("JSON");
    let slots = slots["slots"].as_array().expect("slots").clone();
    by_day(slots.iter().map(|slot| slot.as_str().expect("a time").to_owned()))
}

#[test]
fn g17_a_visitor_is_told_by_mail_and_changes_the_time_by_its_link() {
    let exim = Exim::start();
    let switch = switch(&exim);
    let visitor = Visitor::new(&switch.http());
    let mut wish = visitor.callme("+4915112345678");
    wish["due"] = slots(&switch)[2].clone().into();
    wish["email"] = "vera@home.test".into();
    wish["language"] = "de".into();
    visitor.reserve(&wish);
    let letter = read(&exim.letters(1)[0]);
    assert!(
        letter.contains("To: vera@home.test") && letter.contains("wir rufen Sie zu der Zeit an"),
        "{letter}"
    );
    assert!(letter.contains("METHOD:REQUEST") && letter.contains("SEQUENCE:0"), "{letter}");
    let link = letter.split("https://sw.test").nth(1).expect("a link").split_whitespace().next().unwrap();
    let page = format!("{}{link}", switch.http());
    let shown = agent().get(&page).call().expect("answered").body_mut().read_to_string().expect("text");
    let times = shown.split("<option value=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let other = by_day(times.map(str::to_owned)).swap_remove(4);
    let moved = agent().post(&page).send_form([("due", other.as_str())]).expect("answered");
    assert_eq!(moved.status().as_u16(), 200);
    let letters = exim.letters(2);
    assert!(letters.iter().any(|letter| read(letter).contains("SEQUENCE:1")), "{letters:?}");
    let gone = agent().post(&page).send_form([("cancel", "1")]).expect("answered");
    assert_eq!(gone.status().as_u16(), 200);
    let letters = exim.letters(3);
    assert!(letters.iter().any(|letter| read(letter).contains("METHOD:CANCEL")), "{letters:?}");
    assert_eq!(agent().get(&page).call().expect("answered").status().as_u16(), 404);
    until("all are settled", || (switch.metric("warmline_letters_waiting") == 0.0).then_some(()));
    assert_eq!(switch.metric("warmline_mails_total{firm=\"acme\",outcome=\"sent\"}"), 3.0);
}

#[test]
fn n25_what_a_visitor_writes_survives_a_dead_mail_server_and_a_restart() {
    let exim = Exim::start();
    let mut switch = switch(&exim);
    let (folder, port) = exim.stop();
    let visitor = Visitor::new(&switch.http());
    let message = json!({
        "site": "shop", "visitor": visitor.id, "name": "Vera\u{fc}", "email": "vera@home.test",
        "page": { "url": "https://shop.test/printers/42", "title": "Printer 42" },
        "text": "Does it print on both sides?\nVera",
    });
    let (status, answer) = visitor.post("/v1/web/messages", &message);
    assert_eq!(status, 202, "{answer}");
    until("it is tried in vain", || {
        (switch.metric("warmline_mails_total{firm=\"acme\",outcome=\"unreachable\"}") >= 1.0).then_some(())
    });
    switch.process.kill();
    let exim = Exim::start_in(folder, port);
    let switch = Switch::start_in(switch.folder.clone(), switch.sip);
    let letter = read(&exim.letters(1)[0]);
    assert!(letter.contains("To: sales@acme.test") && letter.contains("both sides?\nVera"), "{letter}");
    let reply = letter.lines().find(|line| line.starts_with("Reply-To:")).expect("a Reply-To");
    assert!(reply.contains("vera@home.test"), "{letter}");
    assert!(letter.contains("https://shop.test/printers/42"), "{letter}");
    until("it is settled", || (switch.metric("warmline_letters_waiting") == 0.0).then_some(()));
}
