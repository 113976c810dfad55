//! The page as it is now, and pages suggested: who may see what, when, and how it ends.

use crate::world::*;
use warmline_coordination::fact::Fact;
use warmline_coordination::ids::ReservationId;
use warmline_coordination::request::*;
use warmline_coordination::settings::LivePolicy;

fn alice() -> AgentRef {
    World::who("alice")
}

fn bob() -> AgentRef {
    World::who("bob")
}

/// Alice speaks with a visitor who dialled his number.
fn talk(w: &mut World) -> ReservationId {
    w.ready("alice");
    let view = w.open(wish(1, Mode::Dial));
    let call = w.dial(&view.number.unwrap(), None);
    w.agent_answers(call);
    assert_eq!(w.state("alice"), "talking");
    view.id
}

fn look(on: bool) -> Request {
    Request::Look(alice(), on)
}

fn answer(reservation: ReservationId, allow: bool) -> Request {
    Request::AnswerLook { reservation, allow }
}

fn push(url: &str) -> Request {
    Request::Push { agent: alice(), url: url.into(), title: "Returns".into() }
}

fn live<'a>(w: &'a World, name: &str) -> &'a serde_json::Value {
    &w.desks[name].current["share"]["live"]
}

fn seen_by(w: &World, id: ReservationId) -> Option<&str> {
    w.shared.get(&id).map(|who| who.agent.as_str())
}

fn code(w: &mut World, request: Request) -> &'static str {
    match w.tell(request) {
        Reply::Problem(problem) => problem.code,
        other => panic!("{other:?}"),
    }
}

/// He was asked and said yes.
fn seen(w: &mut World) -> ReservationId {
    let id = talk(w);
    w.done(look(true));
    w.done(answer(id, true));
    assert_eq!(seen_by(w, id), Some("alice"));
    id
}

#[test]
fn nothing_is_seen_before_the_visitor_says_yes_and_that_is_kept_first() {
    let mut w = World::new();
    let id = talk(&mut w);
    assert_eq!(
        (live(&w, "alice"), &w.desks["alice"].current["share"]["may_look"]),
        (&"off".into(), &true.into())
    );
    assert_eq!(code(&mut w, answer(id, true)), "not_asked");
    w.done(look(true));
    assert_eq!(w.page_views[&id]["share"]["live"], "asked");
    assert_eq!(w.page_views[&id]["share"]["agent"], "Alice");
    assert_eq!((live(&w, "alice"), seen_by(&w, id)), (&"asked".into(), None));
    w.slow(true);
    w.done(answer(id, true));
    assert_eq!(
        (live(&w, "alice"), seen_by(&w, id)),
        (&"asked".into(), None),
        "the consent is not on the disk yet"
    );
    w.commit();
    assert_eq!((live(&w, "alice"), seen_by(&w, id)), (&"on".into(), Some("alice")));
    assert_eq!(w.page_views[&id]["share"]["live"], "on");
    assert_eq!(w.facts(|fact| matches!(fact, Fact::PageShared { on: true, .. })), 1);
}

#[test]
fn e24_taken_back_it_ends_at_once_and_the_call_goes_on() {
    let mut w = World::new();
    let id = seen(&mut w);
    w.done(answer(id, false));
    assert_eq!((live(&w, "alice"), seen_by(&w, id)), (&"stopped".into(), None));
    assert!(w.page_views[&id]["share"].is_null());
    assert_eq!(w.state("alice"), "talking");
    assert_eq!(w.facts(|fact| matches!(fact, Fact::PageShared { on: false, .. })), 1);
    w.done(look(true));
    w.done(answer(id, false));
    assert_eq!(live(&w, "alice"), "refused");
    assert_eq!(w.desks["alice"].current["share"]["may_look"], false);
    assert_eq!(code(&mut w, look(true)), "refused", "he is left in peace");
    w.done(answer(id, false));
}

#[test]
fn a_stop_does_not_overtake_the_start_that_waits_for_the_disk() {
    let mut w = World::new();
    let id = talk(&mut w);
    w.done(look(true));
    w.slow(true);
    w.done(answer(id, true));
    w.done(answer(id, false));
    w.slow(false);
    assert_eq!(seen_by(&w, id), None);
}

#[test]
fn it_ends_with_the_call_and_is_not_there_for_the_next_one() {
    let mut w = World::new();
    let id = seen(&mut w);
    w.done(Request::Hangup(alice()));
    assert_eq!((w.state("alice").as_str(), seen_by(&w, id)), ("wrapup", None));
    assert!(w.desks["alice"].current["share"].is_null());
    assert!(w.page_views[&id]["share"].is_null());
    assert_eq!(code(&mut w, look(true)), "not_shared");
    assert_eq!(code(&mut w, answer(id, true)), "not_asked");
}

#[test]
fn an_agent_who_logs_out_sees_nothing_more_though_his_call_goes_on() {
    let mut w = World::new();
    let id = seen(&mut w);
    w.done(Request::Logout(alice()));
    assert_eq!((seen_by(&w, id), &w.page_views[&id]["share"]), (None, &serde_json::Value::Null));
    assert_eq!(w.calls.len(), 1);
}

#[test]
fn whoever_takes_over_asks_anew() {
    let mut w = World::new();
    let id = seen(&mut w);
    w.ready("bob");
    w.done(Request::Consult(alice(), Target::Agent("bob".into())));
    let call = w.ringing_at("bob").unwrap();
    w.agent_answers(call);
    assert_eq!(
        (seen_by(&w, id), &w.desks["bob"].current["share"]),
        (Some("alice"), &serde_json::Value::Null)
    );
    assert_eq!(code(&mut w, Request::Look(bob(), true)), "not_shared", "who is only asked sees the picture");
    w.done(Request::Transfer(alice(), None));
    assert_eq!(seen_by(&w, id), None);
    assert_eq!(live(&w, "bob"), "off");
    w.done(Request::Look(bob(), true));
    assert_eq!(w.page_views[&id]["share"]["agent"], "Bob");
    w.done(answer(id, true));
    assert_eq!(seen_by(&w, id), Some("bob"));
}

#[test]
fn a_call_without_its_page_for_sure_shares_nothing() {
    let mut w = World::new();
    w.ready("alice");
    let call = w.dial_queue(None);
    w.agent_answers(call);
    assert!(w.desks["alice"].current["share"].is_null());
    assert_eq!(code(&mut w, look(true)), "not_shared");
    assert_eq!(code(&mut w, push("https://shop.test/")), "not_shared");
}

#[test]
fn a_site_says_whether_it_is_asked_for_at_all() {
    let mut settings = acme();
    settings.sites[0].live = LivePolicy::Off;
    let mut w = World::with(vec![settings.clone()]);
    talk(&mut w);
    assert_eq!(w.desks["alice"].current["share"]["may_look"], false);
    assert_eq!(code(&mut w, look(true)), "live_off");
    settings.sites[0].live = LivePolicy::On;
    let mut w = World::with(vec![settings]);
    let id = talk(&mut w);
    assert_eq!(seen_by(&w, id), None, "the agent says when");
    w.done(look(true));
    assert_eq!((seen_by(&w, id), &w.page_views[&id]["share"]["live"]), (Some("alice"), &"on".into()));
    w.done(answer(id, false));
    w.done(look(true));
    assert_eq!((seen_by(&w, id), live(&w, "alice")), (None, &"asked".into()), "who stopped it is asked");
}

#[test]
fn n33_a_page_is_suggested_and_only_the_visitor_opens_it() {
    let mut w = World::new();
    let id = talk(&mut w);
    for url in
        ["https://evil.test/", "https://shop.test@evil.test/", "javascript:1", "https://shop.test/../x"]
    {
        assert_eq!(code(&mut w, push(url)), "push_not_allowed", "{url}");
    }
    assert!(w.page_views[&id]["share"].is_null());
    w.done(push("https://shop.test/returns"));
    let offer = w.page_views[&id]["share"]["push"].clone();
    assert_eq!((&offer["url"], &offer["title"]), (&"https://shop.test/returns".into(), &"Returns".into()));
    assert_eq!(w.desks["alice"].current["share"]["push"]["state"], "offered");
    w.done(push("https://shop.test/help"));
    let old = Request::AnswerPush { reservation: id, push: 1, accept: true };
    assert_eq!(code(&mut w, old), "gone", "a later one has taken its place");
    let yes = Request::AnswerPush { reservation: id, push: 2, accept: true };
    w.done(yes.clone());
    assert_eq!(w.desks["alice"].current["share"]["push"]["state"], "accepted");
    assert!(w.page_views[&id]["share"].is_null());
    assert_eq!(code(&mut w, yes), "gone");
    w.done(push("https://shop.test/help"));
    w.done(Request::AnswerPush { reservation: id, push: 3, accept: false });
    assert_eq!(w.desks["alice"].current["share"]["push"]["state"], "declined");
    let told: Vec<_> =
        w.feed.iter().map(|event| event.event).filter(|event| event.starts_with("page.")).collect();
    assert_eq!(
        told,
        ["page.pushed", "page.pushed", "page.push_accepted", "page.pushed", "page.push_declined"]
    );
}

#[test]
fn a_restart_ends_it() {
    let mut w = World::new();
    let id = seen(&mut w);
    w.crash();
    w.desktop("alice");
    assert_eq!(code(&mut w, look(true)), "not_shared");
    assert_eq!(code(&mut w, answer(id, true)), "not_asked");
}
