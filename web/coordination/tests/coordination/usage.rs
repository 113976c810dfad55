//! What a firm's clients have used (N 0028): every kind once, for the client whose site it was, and the same after a restart.

use crate::world::*;
use warmline_coordination::chat::ChatVerb;
use warmline_coordination::cti::{Cause, Event};
use warmline_coordination::request::*;
use warmline_coordination::settings::*;
use warmline_coordination::usage::{UsageRow, Used};

fn firm() -> FirmSettings {
    let mut settings = acme();
    settings.clients = vec!["Hats".into(), "Shoes".into()];
    let hats = SiteSettings { name: "hats".into(), client: Some("Hats".into()), ..settings.sites[0].clone() };
    settings.sites[0].client = Some("Shoes".into());
    settings.sites.push(hats);
    settings
}

fn usage(w: &mut World) -> Vec<UsageRow> {
    match w.tell(Request::Usage { firm: "acme".into(), days: (0, u64::MAX), by_day: false }) {
        Reply::Usage(report) => report.rows,
        other => panic!("{other:?}"),
    }
}

fn used(w: &mut World, client: &str) -> Used {
    let row = usage(w).into_iter().find(|row| row.client == client);
    row.map_or_else(Used::default, |row| row.used)
}

#[test]
fn calls_chats_and_numbers_are_counted_once_and_for_their_client() {
    let mut w = World::with(vec![firm()]);
    w.ready("alice");
    // A call of a minute by a number that was held for 10 s before.
    let view = w.open(wish(1, Mode::Dial));
    w.wait_secs(10);
    let call = w.dial(&view.number.unwrap(), None);
    w.agent_answers(call);
    w.wait_secs(60);
    w.end_call(call, Cause::Normal);
    w.done(Request::WrapupDone(World::who("alice")));
    // A chat of a minute is a chat, and no call.
    let chat = w.open(OpenReservation { site: "hats".into(), ..wish(2, Mode::Chat) });
    w.page(chat.id);
    let by = |verb| Request::AgentChat { agent: World::who("alice"), chat: chat.id, verb };
    w.done(by(ChatVerb::Accept));
    w.wait_secs(60);
    w.done(by(ChatVerb::End));
    w.done(by(ChatVerb::Close));
    w.wait_secs(3_600);
    let shoes = used(&mut w, "Shoes");
    assert_eq!((shoes.reservations, shoes.calls, shoes.call_secs, shoes.chats), (1, 1, 60, 0));
    // Until the agent answered, and at rest.
    assert_eq!(shoes.number_secs, 40);
    let hats = used(&mut w, "Hats");
    assert_eq!(hats, Used { reservations: 1, chats: 1, ..Used::default() });
    let before = usage(&mut w);
    w.crash();
    assert_eq!(usage(&mut w), before);
    assert_eq!(w.violations(), 0);
}

/// Who goes on with his call at a telephone has asked for nothing new, but for a number.
#[test]
fn a_call_that_changes_its_channel_is_one_request() {
    let mut w = World::with(vec![firm()]);
    w.ready("alice");
    let Reply::Reservation { view, token: Some(token), .. } =
        w.tell(Request::Open(Box::new(wish(1, Mode::Browser))))
    else {
        panic!("no token")
    };
    w.tell(Request::BrowserOffer { reservation: view.id, token, sdp: "v=0".into() });
    let call = *w.calls.keys().next_back().unwrap();
    w.customer_answers(call);
    w.agent_answers(call);
    let to = ChannelChange { mode: Mode::Dial, number: None, consent: None, on_file: false };
    let Reply::Reservation { view, .. } = w.tell(Request::ChangeChannel { reservation: view.id, to }) else {
        panic!("a number")
    };
    w.wait_secs(20);
    w.dial(&view.change.unwrap().number.unwrap(), None);
    w.wait_secs(40);
    w.tell(Request::Hangup(World::who("alice")));
    w.wait_secs(600);
    let shoes = used(&mut w, "Shoes");
    assert_eq!((shoes.reservations, shoes.calls, shoes.call_secs), (1, 1, 60));
    assert!(shoes.number_secs >= 20, "{shoes:?}");
}

/// A number that its trunk takes away, and gives back, is counted as long as it was held.
#[test]
fn a_number_that_its_trunk_takes_away_is_counted_until_then() {
    let mut w = World::with(vec![firm()]);
    w.ready("alice");
    let trunk = "carrier".to_owned();
    let view = w.open(wish(1, Mode::Dial));
    w.wait_secs(100);
    w.event(Event::TrunkDown { trunk: trunk.clone() });
    let lost = used(&mut w, "Shoes").number_secs;
    assert!((100..=140).contains(&lost), "{lost}");
    w.wait_secs(60);
    w.event(Event::TrunkUp { trunk });
    assert!(w.page(view.id).number.is_some(), "it is given back");
    w.wait_secs(20);
    w.done(Request::Cancel { reservation: view.id });
    w.wait_secs(100);
    let all = used(&mut w, "Shoes").number_secs;
    assert!((lost + 20..=lost + 60).contains(&all), "{lost} and {all}");
}
