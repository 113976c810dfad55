//! Clients of a firm (N 0028, 0055): who answers in whose name, and that nobody else is given, or takes, a contact of theirs.

use crate::routing::decisions;
use crate::world::*;
use warmline_coordination::request::*;
use warmline_coordination::rules::{Condition, RoutingRule, Then};
use warmline_coordination::settings::*;

/// The shop is Shoes'. Alice answers for Hats alone, Bob for all, Carol for another site alone.
fn firm() -> FirmSettings {
    let mut settings = acme();
    settings.clients = vec!["Shoes".into(), "Hats".into()];
    settings.sites[0].client = Some("Shoes".into());
    let hats = SiteSettings { name: "hats".into(), client: Some("Hats".into()), ..settings.sites[0].clone() };
    settings.sites.push(hats);
    settings.agents[0].represents.clients = vec!["Hats".into()];
    settings.agents[2].represents.sites = vec!["hats".into()];
    settings
}

fn world() -> World {
    World::with(vec![firm()])
}

fn why_not(w: &mut World, subject: impl ToString, name: &str) -> Vec<String> {
    let rows = decisions(w, subject).remove(0).candidates;
    rows.into_iter().find(|row| row.agent == name).unwrap().why_not
}

#[test]
fn a_contact_goes_to_whoever_answers_for_its_client_and_site() {
    let mut w = world();
    for name in ["alice", "carol", "bob"] {
        w.ready(name);
        w.wait_secs(1);
    }
    let page = w.open(wish(1, Mode::Dial));
    assert_eq!(page.agent.unwrap().display_name, "Bob", "who has waited least");
    assert_eq!(why_not(&mut w, page.id, "alice"), ["other_client"]);
    assert_eq!(why_not(&mut w, page.id, "carol"), ["other_site"]);
    assert_eq!(w.desks["bob"].current["client"], "Shoes");
    let hats = w.open(OpenReservation { site: "hats".into(), ..wish(2, Mode::Dial) });
    assert_eq!(hats.agent.unwrap().display_name, "Alice");
    assert_eq!(w.desks["alice"].current["client"], "Hats");
    let chat = w.open(OpenReservation { site: "hats".into(), ..wish(3, Mode::Chat) });
    let cards = ["bob", "carol"].map(|name| w.desks[name].chats[0]["id"] == chat.id.to_string());
    assert_eq!(cards, [false, true]);
    assert_eq!(w.desks["carol"].chats[0]["client"], "Hats");
}

#[test]
fn a_caller_waits_rather_than_being_answered_in_another_name() {
    let mut w = world();
    w.ready("alice");
    let page = w.open(wish(1, Mode::Dial));
    assert!(page.agent.is_none());
    let call = w.dial(page.number.as_deref().unwrap(), None);
    w.wait_secs(1);
    assert_eq!((w.firms.counters().waiting, w.ringing_at("alice")), (1, None));
    let row = w.desks["alice"].waiting[0].clone();
    assert_eq!(row["client"], "Shoes");
    let waiting = row["id"].as_str().unwrap().to_owned();
    let refused = w.refused(Request::Take { agent: World::who("alice"), waiting });
    assert_eq!(refused, (409, "other_client", "You do not answer for Shoes.".into()));
    // A restart knows whose he is.
    w.customer_leaves(call);
    w.crash();
    w.ready("alice");
    let call = w.dial(page.number.as_deref().unwrap(), None);
    assert_eq!(w.ringing_at("alice"), None);
    w.ready("bob");
    assert_eq!(w.ringing_at("bob"), Some(call));
}

#[test]
fn nobody_hands_a_customer_to_one_who_does_not_answer_for_him() {
    let mut w = world();
    let call = w.talk("bob", 1);
    w.ready("alice");
    w.ready("carol");
    let to = |name: &str| Target::Agent(name.into());
    let refused = w.refused(Request::Consult(World::who("bob"), to("alice")));
    assert_eq!(refused, (409, "other_client", "Alice does not answer for Shoes.".into()));
    let refused = w.refused(Request::Transfer(World::who("bob"), Some(to("carol"))));
    assert_eq!(refused, (409, "other_site", "Carol does not answer for shop.".into()));
    // To the queue he may go; there he waits for one who does.
    w.done(Request::Transfer(World::who("bob"), Some(Target::Queue("sales".into()))));
    assert_eq!((w.ringing_at("alice"), w.ringing_at("carol")), (None, None));
    w.done(Request::WrapupDone(World::who("bob")));
    assert_eq!(w.ringing_at("bob"), Some(call));
    w.agent_answers(call);
    w.done(Request::Park(World::who("bob")));
    let refused = w.refused(Request::Unpark(World::who("alice"), 701));
    assert_eq!((refused.0, refused.1), (409, "other_client"));
}

#[test]
fn without_a_page_the_queue_says_whose_it_is_and_rules_may_ask() {
    let mut settings = firm();
    settings.queues[0].client = Some("Hats".into());
    let help = QueueSettings { name: "help".into(), skills: vec!["none".into()], ..QueueSettings::default() };
    settings.queues.push(help);
    let when = Condition::compile("page.client == 'Hats' && page.site == 'hats'").unwrap();
    let then = Then { queue: Some("help".into()), ..Then::default() };
    settings.rules = vec![RoutingRule { name: "hats' pages".into(), when, then }];
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    let call = w.dial_queue(None);
    assert_eq!(w.ringing_at("alice"), Some(call));
    assert_eq!(w.desks["alice"].current["client"], "Hats");
    w.customer_leaves(call);
    let page = w.open(OpenReservation { site: "hats".into(), ..wish(2, Mode::Dial) });
    assert!(page.agent.is_none(), "nobody serves that queue");
}

#[test]
fn a_firm_with_one_client_needs_no_name_on_the_screen() {
    let mut settings = firm();
    settings.clients.truncate(1);
    let mut w = World::with(vec![settings]);
    w.ready("bob");
    w.open(wish(1, Mode::Dial));
    assert!(w.desks["bob"].current["client"].is_null());
}
