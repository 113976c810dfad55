//! Numbers that a visitor can dial: pools by country and type (E25).

use crate::world::*;
use warmline_coordination::cti::{Command, Event};
use warmline_coordination::number::PoolKind;
use warmline_coordination::request::*;
use warmline_coordination::settings::{Abroad, FirmSettings, PoolSettings};
use warmline_coordination::view::{ReservationView, ShownMode};

const GERMAN: &str = "+493012345000";
const AUSTRIAN: &str = "+43155501000";
const FREE: &str = "+498001234567";

fn pool(name: &str, number: &str, country: &str, kind: PoolKind) -> PoolSettings {
    let country = Some(country.to_owned());
    PoolSettings { name: name.into(), numbers: vec![number.into()], country, kind, ..acme().pools[0].clone() }
}

/// The shop has a German pool and an Austrian one.
fn two(change: impl FnOnce(&mut FirmSettings)) -> World {
    let mut acme = acme();
    acme.pools = vec![
        pool("web", GERMAN, "DE", PoolKind::Geographic),
        pool("austria", AUSTRIAN, "AT", PoolKind::Geographic),
    ];
    acme.sites[0].further = vec!["austria".into()];
    acme.limits.per_visitor = 5;
    acme.limits.per_address = 50;
    change(&mut acme);
    let mut w = World::with(vec![acme]);
    w.ready("alice");
    w
}

fn from(country: Option<&str>, region: Option<&str>) -> Whence {
    Whence { country: country.map(str::to_owned), region: region.map(str::to_owned), zone: None }
}

fn ask(w: &mut World, n: u64, whence: Whence) -> ReservationView {
    w.open(OpenReservation { whence, ..wish(n, Mode::Dial) })
}

fn offer(w: &mut World, whence: Whence) -> Vec<Mode> {
    let modes = vec![Mode::Dial, Mode::Callme, Mode::Browser];
    match w.tell(Request::Offer { site: "shop".into(), modes, identity: None, visitor: None, whence }) {
        Reply::Offer { modes, .. } => modes,
        other => panic!("{other:?}"),
    }
}

#[test]
fn e25_the_visitors_country_chooses_the_pool() {
    let mut w = two(|_| {});
    let said = ask(&mut w, 1, from(Some("AT"), Some("DE")));
    assert_eq!(said.number.as_deref(), Some(AUSTRIAN), "his own word goes before his browser's languages");
    assert!(!said.number_display.unwrap().starts_with('+'), "as it is dialled there");
    w.tell(Request::Cancel { reservation: said.id });
    w.wait_secs(60);
    let hinted = ask(&mut w, 2, from(None, Some("AT")));
    assert_eq!(hinted.number.as_deref(), Some(AUSTRIAN));
    let silent = ask(&mut w, 3, Whence::default());
    assert_eq!(silent.number.as_deref(), Some(GERMAN), "who says nothing is at home");
    // Its call comes to the queue of the site, as one of the first pool's does.
    w.done(Request::DialIntent { reservation: hinted.id });
    let call = w.dial(AUSTRIAN, None);
    assert_eq!(w.ringing_at("alice"), Some(call));
    // Who is called is called over a pool of his number's country, and sees its number.
    let mut w = two(|acme| acme.callme.countries = vec!["DE".into(), "AT".into()]);
    w.open(OpenReservation { number: Some("+436641234567".into()), ..wish(4, Mode::Callme) });
    let shown = w.commands.iter().find_map(|command| match command {
        Command::Dial { caller_id, .. } => Some(caller_id.clone()),
        _ => None,
    });
    assert_eq!(shown.as_deref(), Some(AUSTRIAN));
}

#[test]
fn e25_a_language_alone_sends_nobody_abroad() {
    let mut w = two(|_| {});
    let view = ask(&mut w, 1, from(None, Some("US")));
    assert_eq!((view.mode, view.number.as_deref()), (ShownMode::Dial, Some(GERMAN)));
    assert!(!view.number_display.unwrap().starts_with('+'));
    assert_eq!(offer(&mut w, from(None, Some("US")))[0], Mode::Dial);
}

#[test]
fn e25_where_none_fits_other_ways_come_first_and_the_number_is_written_for_abroad() {
    let mut w = two(|_| {});
    let foreign = || from(Some("FR"), None);
    assert_eq!(offer(&mut w, foreign()), [Mode::Callme, Mode::Browser, Mode::Dial]);
    let view = ask(&mut w, 1, foreign());
    assert_eq!((view.mode, view.number.as_deref()), (ShownMode::Dial, Some(GERMAN)));
    assert!(view.number_display.as_deref().unwrap().starts_with("+49 30"), "{:?}", view.number_display);
    w.crash();
    let shown = w.page(view.id);
    assert_eq!(shown.number_display, view.number_display, "and is so after a restart");
}

#[test]
fn e25_or_no_number_is_shown() {
    let mut w = two(|acme| acme.sites[0].abroad = Abroad::Hide);
    let foreign = || from(Some("FR"), None);
    assert_eq!(offer(&mut w, foreign()), [Mode::Callme, Mode::Browser]);
    let view = ask(&mut w, 1, foreign());
    assert_eq!((view.mode, view.number, view.pin), (ShownMode::Browser, None, None));
    assert_eq!(w.firms.counters().numbers_held, 0);
    w.reload(|acme| acme.sites[0].abroad = Abroad::Show);
    assert_eq!(ask(&mut w, 2, foreign()).mode, ShownMode::Dial);
}

#[test]
fn e25_toll_free_is_for_its_country_only() {
    let mut w = two(|acme| {
        acme.pools = vec![pool("web", FREE, "DE", PoolKind::TollFree)];
        acme.sites[0].further = Vec::new();
    });
    assert_eq!(ask(&mut w, 1, from(Some("DE"), None)).number.as_deref(), Some(FREE));
    w.wait_secs(400);
    for (n, whence) in [(2, from(Some("AT"), None)), (3, from(None, Some("AT")))] {
        assert_eq!(offer(&mut w, whence.clone()), [Mode::Callme, Mode::Browser]);
        let view = ask(&mut w, n, whence);
        assert_eq!((view.mode, view.number), (ShownMode::Browser, None));
    }
    // With a number of a place beside it that one is shown.
    w.reload(|acme| {
        acme.pools.push(pool("berlin", GERMAN, "DE", PoolKind::Geographic));
        acme.sites[0].further = vec!["berlin".into()];
    });
    let view = ask(&mut w, 4, from(Some("AT"), None));
    assert_eq!(view.number.as_deref(), Some(GERMAN));
    assert!(view.number_display.unwrap().starts_with("+49 30"));
}

#[test]
fn e25_a_dry_or_dead_pool_is_followed_by_the_next_of_the_country() {
    let mut w = two(|acme| {
        acme.pools[1] = pool("more", "+493099999000", "DE", PoolKind::Geographic);
        acme.pools[1].trunk = "other".into();
        acme.sites[0].further = vec!["more".into()];
    });
    assert_eq!(ask(&mut w, 1, Whence::default()).number.as_deref(), Some(GERMAN));
    assert_eq!(ask(&mut w, 2, Whence::default()).number.as_deref(), Some("+493099999000"));
    assert_eq!(ask(&mut w, 3, Whence::default()).mode, ShownMode::Browser, "then the ladder");
    w.wait_secs(400);
    w.event(Event::TrunkDown { trunk: "carrier".into() });
    assert_eq!(ask(&mut w, 4, Whence::default()).number.as_deref(), Some("+493099999000"));
}

#[test]
fn e25_the_numbers_tell_what_a_pool_is() {
    use warmline_coordination::number::{country_of_e164, kind_of_e164};
    for (number, country, kind) in [
        (GERMAN, "DE", PoolKind::Geographic),
        (AUSTRIAN, "AT", PoolKind::Geographic),
        (FREE, "DE", PoolKind::TollFree),
        ("+4915123456789", "DE", PoolKind::Mobile),
        ("+12125550123", "US", PoolKind::Geographic),
        ("+18005550123", "US", PoolKind::TollFree),
    ] {
        assert_eq!(
            (country_of_e164(number).as_deref(), kind_of_e164(number)),
            (Some(country), kind),
            "{number}"
        );
    }
}

#[test]
fn e25_his_number_says_over_which_pool_he_is_called_also_after_a_restart() {
    let mut w = two(|acme| acme.callme.countries = vec!["DE".into(), "AT".into()]);
    let number = Some("+436641234567".to_owned());
    let due = Some(w.now + std::time::Duration::from_secs(3_600));
    // Whatever country a page says: who pays for the call is not the page's to choose.
    w.open(OpenReservation { number, due, whence: from(Some("DE"), None), ..wish(4, Mode::Callme) });
    w.crash();
    w.ready("alice");
    w.wait_secs(3_700);
    let shown = w.commands.iter().find_map(|command| match command {
        Command::Dial { caller_id, .. } => Some(caller_id.clone()),
        _ => None,
    });
    assert_eq!(shown.as_deref(), Some(AUSTRIAN));
}

#[test]
fn e25_what_is_hidden_stays_hidden_where_the_channel_changes() {
    let mut w = two(|acme| acme.sites[0].abroad = Abroad::Hide);
    let asked = OpenReservation { whence: from(Some("FR"), None), ..wish(1, Mode::Browser) };
    let Reply::Reservation { view, token: Some(token), .. } = w.tell(Request::Open(Box::new(asked))) else {
        panic!("no token")
    };
    w.tell(Request::BrowserOffer { reservation: view.id, token, sdp: "v=0".into() });
    let call = *w.calls.keys().next_back().unwrap();
    w.customer_answers(call);
    w.agent_answers(call);
    w.wait_secs(5);
    let to = ChannelChange { mode: Mode::Dial, number: None, consent: None, on_file: false };
    let refused = w.tell(Request::ChangeChannel { reservation: view.id, to });
    assert!(matches!(refused, Reply::Problem(_)), "{refused:?}");
    assert_eq!(w.firms.counters().numbers_held, 0);
}
