//! Visitors who have not asked for anything yet: alerts, invitations, and what comes of them (N 0033-34, 0042-57).

use crate::world::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use warmline_coordination::activity::{Trigger, Who};
use warmline_coordination::fact::Fact;
use warmline_coordination::hours::Hours;
use warmline_coordination::ids::AlertId;
use warmline_coordination::invitation::*;
use warmline_coordination::request::*;
use warmline_coordination::settings::*;
use warmline_coordination::view::ShownMode;

fn words(title: &str, text: &str) -> Vec<(String, Wording)> {
    let wording = |title: &str, text: &str| Wording { title: title.into(), text: text.into() };
    vec![("en".into(), wording(title, text)), ("de".into(), wording("Hallo", "Kann ich helfen?"))]
}

fn message(name: &str, title: &str, text: &str, ways: &[Way]) -> Message {
    Message {
        name: name.into(),
        wordings: words(title, text),
        ways: ways.to_vec(),
        picture: None,
        audio: None,
        video: None,
        conference: None,
        rules: Vec::new(),
        skills: Vec::new(),
    }
}

fn follow(name: &str, first: First, messages: &[&str]) -> Follow {
    Follow {
        name: name.into(),
        first,
        pop: false,
        text: "has trouble at the checkout".into(),
        messages: messages.iter().map(|name| (*name).to_owned()).collect(),
        closed: Some("closed".into()),
        busy: None,
    }
}

fn shop() -> FirmSettings {
    let all = [Way::Callme, Way::Dial, Way::Browser, Way::Chat];
    FirmSettings {
        attendance: Some(Arc::new(Attendance {
            follow: vec![
                follow("trouble", First::Alert, &[]),
                follow("second visit", First::Invite, &["welcome", "short"]),
            ],
            messages: vec![
                message("welcome", "Welcome back, {name}", "Shall we help with {page}?", &all),
                message("short", "Hello", "Need help?", &[Way::Chat]),
                message("by name", "I am {agent}", "Ask me.", &[Way::Browser, Way::Callme, Way::Mail]),
                message(
                    "closed",
                    "We are closed",
                    "Shall we call you?",
                    &[Way::Callme, Way::Chat, Way::Mail],
                ),
            ],
            alert_lasts: Duration::from_secs(600),
            invitation_lasts: Duration::from_secs(60),
            per_agent: 1,
            per_day: 3,
            peace: Duration::from_secs(86_400),
            guests: false,
            ways: BTreeMap::from([("shop".to_owned(), all.to_vec())]),
        })),
        ..acme()
    }
}

/// The shop with something else about how visitors are attended.
fn shop_with(change: impl FnOnce(&mut Attendance)) -> FirmSettings {
    let mut settings = shop();
    change(Arc::make_mut(settings.attendance.as_mut().unwrap()));
    settings
}

fn who(n: u64) -> Who {
    Who::Visitor(visitor(n))
}

fn sighting(w: &World, who: Who) -> Sighting {
    Sighting {
        who,
        site: "shop".into(),
        page: Page { url: "https://shop.test/checkout".into(), title: "Checkout".into(), ..Page::default() },
        arrived: w.now,
        since: w.now,
        pages: 4,
        visits: 2,
        purchases: 1,
        cart: 12_900,
        items: 2,
        priority: 4,
        language: "en-GB".into(),
        address: None,
        rules: vec!["trouble".into()],
    }
}

fn holds(w: &mut World, rule: &str, sighting: Sighting) {
    let asked = Request::Matched { site: "shop".into(), rule: rule.into(), sighting: Box::new(sighting) };
    w.done(asked);
    // What desktops are told of it comes five times a second at most.
    w.wait(Duration::from_millis(250));
}

fn alerted(w: &mut World, n: u64) -> AlertId {
    let seen = sighting(w, who(n));
    holds(w, "trouble", seen);
    alert_of(w, n)
}

fn alert_of(w: &World, n: u64) -> AlertId {
    let name = visitor(n).to_string();
    let rows = w.desks["alice"].alerts.as_array().unwrap();
    let row = rows.iter().find(|row| row["visitor"] == name).expect("an alert");
    row["id"].as_str().unwrap().parse().unwrap()
}

fn verb(agent: &str, alert: AlertId, verb: AlertVerb) -> Request {
    Request::Alert { agent: World::who(agent), alert, verb }
}

fn invite(message: &str) -> AlertVerb {
    AlertVerb::Invite { message: Some(message.into()), text: None, language: None }
}

fn code(w: &mut World, request: Request) -> &'static str {
    match w.tell(request) {
        Reply::Problem(problem) => problem.code,
        other => panic!("{other:?}"),
    }
}

fn answer(w: &World, n: u64, answer: Response, way: Option<Way>) -> Request {
    let invitation = w.invitations[&who(n)].id;
    Request::AnswerInvitation { firm: "acme".into(), who: who(n), invitation, answer, way, visitor: None }
}

fn report(w: &mut World) -> serde_json::Value {
    match w.tell(Request::Report { firm: "acme".into(), what: Report::Invitations, days: (0, u64::MAX) }) {
        Reply::Invitations(view) => serde_json::to_value(view).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// Claim 1: monitored, alerted, invited by an agent, accepted, connected with just him.
#[test]
fn an_alert_is_taken_by_one_who_invites_and_speaks() {
    let mut settings = shop();
    let bob = settings.agents.iter_mut().find(|agent| agent.name == "bob").unwrap();
    bob.picture = Some("https://shop.test/bob.jpg".into());
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    w.ready("bob");
    let alert = alerted(&mut w, 1);
    assert!(w.followed.contains(&who(1)));
    let row = &w.desks["bob"].alerts[0];
    assert_eq!(
        (&row["state"], &row["page"]["title"], &row["cart"], &row["visits"]),
        (&"waiting".into(), &"Checkout".into(), &129.0.into(), &2.into())
    );
    assert_eq!(code(&mut w, verb("bob", alert, invite("by name"))), "not_yours");
    w.done(verb("bob", alert, AlertVerb::Take));
    assert_eq!(code(&mut w, verb("alice", alert, AlertVerb::Take)), "taken");
    assert_eq!(code(&mut w, verb("alice", alert, AlertVerb::Dismiss)), "taken");
    w.done(verb("bob", alert, invite("by name")));
    let shown = &w.invitations[&who(1)];
    assert_eq!((shown.title.as_str(), shown.text.as_str()), ("I am Bob", "Ask me."));
    let agent = shown.agent.as_ref().unwrap();
    assert_eq!(
        (agent.display_name.as_str(), agent.picture.as_deref()),
        ("Bob", Some("https://shop.test/bob.jpg"))
    );
    // Nobody reads letters here: what does not work is not offered.
    assert_eq!(shown.options, [Way::Browser, Way::Callme]);
    assert_eq!(w.state("bob"), "claimed");
    w.done(answer(&w, 1, Response::Shown, None));
    w.done(answer(&w, 1, Response::Accepted, Some(Way::Browser)));
    assert!(!w.invitations.contains_key(&who(1)));
    assert_eq!(w.state("bob"), "claimed", "he is kept for who comes");
    // Alice has waited longer, and it is Bob whom he knows.
    let view = w.open(wish(1, Mode::Browser));
    assert_eq!(view.agent.unwrap().display_name, "Bob");
    assert_eq!(w.state("alice"), "ready");
    let fate = report(&mut w)["messages"][0].clone();
    assert_eq!((&fate["rule"], &fate["message"]), (&"trouble".into(), &"by name".into()));
    assert_eq!((&fate["invited"], &fate["shown"], &fate["accepted"]), (&1.into(), &1.into(), &1.into()));
    assert_eq!(w.violations(), 0);
}

/// Claims 2 and 4: whoever accepts to be called is called at once, with the agent who has invited him on the line.
#[test]
fn who_accepts_to_be_called_is_called_with_his_agent() {
    let mut w = World::with(vec![shop()]);
    w.ready("alice");
    let alert = alerted(&mut w, 1);
    w.done(verb("alice", alert, AlertVerb::Take));
    w.done(verb("alice", alert, invite("by name")));
    w.done(answer(&w, 1, Response::Accepted, Some(Way::Callme)));
    let view = w.open(wish(1, Mode::Callme));
    assert_eq!(view.agent.as_ref().unwrap().display_name, "Alice");
    let call = *w.calls.keys().next().expect("he is dialled");
    w.customer_answers(call);
    assert_eq!(w.ringing_at("alice"), Some(call));
    w.agent_answers(call);
    assert_eq!(w.state("alice"), "talking");
    w.end_call(call, warmline_coordination::cti::Cause::Normal);
    let fate = report(&mut w)["messages"][0].clone();
    assert_eq!((&fate["accepted"], &fate["answered"]), (&1.into(), &1.into()));
    // What he buys within a day follows from it.
    w.done(Request::Purchased { site: "shop".into(), visitor: visitor(1), cents: 9_900 });
    w.wait_secs(25 * 3_600);
    w.done(Request::Purchased { site: "shop".into(), visitor: visitor(1), cents: 100 });
    let fate = report(&mut w)["messages"][0].clone();
    assert_eq!((&fate["converted"], &fate["cents"]), (&1.into(), &9_900.into()));
    // And all of that is in the journal.
    let before = report(&mut w);
    w.crash();
    assert_eq!(report(&mut w), before);
}

/// Claim 3: the visitor first, in nobody's name, as many at once as could be served.
#[test]
fn invitations_in_nobodys_name_are_as_many_as_agents_are_free() {
    let mut w = World::with(vec![shop()]);
    w.ready("alice");
    let seen = sighting(&w, who(1));
    holds(&mut w, "second visit", seen);
    let first = w.invitations[&who(1)].clone();
    assert_eq!((first.title.as_str(), first.text.as_str()), ("Welcome back", "Shall we help with Checkout?"));
    assert_eq!((first.agent, first.kind), (None, Occasion::Invitation));
    assert_eq!(w.state("alice"), "ready", "nobody is kept for it");
    let seen = sighting(&w, who(2));
    holds(&mut w, "second visit", seen.clone());
    assert!(!w.invitations.contains_key(&who(2)), "one agent, one invitation");
    w.ready("bob");
    holds(&mut w, "second visit", seen);
    assert_eq!(w.invitations[&who(2)].title, "Hello", "the second message in turn");
    // Nobody answers: they are gone, and there is room again.
    w.wait_secs(61);
    assert!(w.invitations.is_empty());
    let seen = Sighting { language: "de-AT".into(), ..sighting(&w, who(3)) };
    holds(&mut w, "second visit", seen);
    assert_eq!((w.invitations[&who(3)].title.as_str(), &*w.invitations[&who(3)].language), ("Hallo", "de"));
    let counters = w.firms.counters();
    assert_eq!((counters.invitations, counters.invitations_withheld), (3, 1));
}

#[test]
fn who_declines_is_left_in_peace_and_nobody_is_invited_too_often() {
    let mut w = World::with(vec![shop()]);
    w.ready("alice");
    let seen = sighting(&w, who(1));
    holds(&mut w, "second visit", seen.clone());
    w.done(answer(&w, 1, Response::Declined, None));
    w.wait_secs(3_600);
    holds(&mut w, "second visit", seen.clone());
    assert!(w.invitations.is_empty(), "he has said no");
    w.wait_secs(24 * 3_600);
    for _ in 0..3 {
        holds(&mut w, "second visit", seen.clone());
        assert!(w.invitations.contains_key(&who(1)));
        w.wait_secs(61);
    }
    holds(&mut w, "second visit", seen);
    assert!(w.invitations.is_empty(), "three times a day");
    // A restart forgets neither.
    w.crash();
    w.ready("alice");
    let seen = sighting(&w, who(1));
    holds(&mut w, "second visit", seen);
    assert!(w.invitations.is_empty());
}

#[test]
fn nobody_who_is_a_nuisance_or_helped_already_is_looked_at() {
    let mut w = World::with(vec![shop()]);
    w.ready("alice");
    let seen = Sighting { priority: 0, ..sighting(&w, who(1)) };
    holds(&mut w, "trouble", seen);
    w.open(wish(2, Mode::Dial));
    let seen = sighting(&w, who(2));
    holds(&mut w, "trouble", seen);
    assert_eq!(w.desks["alice"].alerts.as_array().map_or(0, Vec::len), 0);
    // Who becomes a nuisance while he is alerted of is let go.
    let alert = alerted(&mut w, 3);
    let list = Some((1, vec![sighting(&w, who(3))]));
    w.done(Request::Watched { firm: "acme".into(), list, followed: Vec::new() });
    let rated =
        Request::RateVisitor { agent: World::who("alice"), visitor: visitor(3).to_string(), priority: 0 };
    w.done(rated);
    assert_eq!(w.rated[&who(3)], 0);
    assert_eq!(code(&mut w, verb("alice", alert, AlertVerb::Take)), "gone");
    let greet = Request::Greet { agent: World::who("alice"), visitor: visitor(3).to_string() };
    assert_eq!(code(&mut w, greet), "never");
    // It is his record's from now on, and in the journal by whom.
    let changed = |fact: &Fact| matches!(fact, Fact::PriorityChanged(row) if row.to == 0 && row.by.as_deref() == Some("alice"));
    assert_eq!(w.facts(changed), 1);
    let seen = sighting(&w, who(3));
    holds(&mut w, "trouble", seen);
    assert_eq!(w.desks["alice"].alerts.as_array().map_or(0, Vec::len), 0);
}

/// Fig. 6f: outside the hours and with nobody there what he wants is taken down.
#[test]
fn outside_the_hours_only_what_works_then_is_offered() {
    let mut settings = shop();
    let week = std::array::from_fn(|_| vec!["00:00-01:00".parse().unwrap()]);
    settings.queues[0].hours = Some(Hours::new("Europe/Berlin".parse().unwrap(), Some(week), Vec::new()));
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    let seen = sighting(&w, who(1));
    holds(&mut w, "second visit", seen);
    let shown = &w.invitations[&who(1)];
    assert_eq!((shown.kind, shown.title.as_str()), (Occasion::Closed, "We are closed"));
    assert_eq!((shown.options.as_slice(), shown.later), (&[Way::Callme][..], true));
}

#[test]
fn an_agent_who_has_something_else_to_do_is_not_promised_any_more() {
    let mut w = World::with(vec![shop()]);
    w.ready("alice");
    let alert = alerted(&mut w, 1);
    w.done(verb("alice", alert, AlertVerb::Take));
    w.done(verb("alice", alert, invite("by name")));
    assert_eq!(code(&mut w, verb("alice", alert, invite("by name"))), "invited");
    // A call that comes meanwhile goes to nobody: she is kept.
    let call = w.dial_queue(None);
    assert_eq!(w.ringing_at("alice"), None);
    w.customer_leaves(call);
    w.close_desktop("alice");
    w.wait_secs(6);
    assert!(w.invitations.is_empty(), "she is gone, and so is her name");
    assert_eq!(w.violations(), 0);
}

#[test]
fn own_words_are_bounded_and_plain() {
    let mut w = World::with(vec![shop()]);
    w.ready("alice");
    let alert = alerted(&mut w, 1);
    w.done(verb("alice", alert, AlertVerb::Take));
    let say = |text: &str| AlertVerb::Invite { message: None, text: Some(text.into()), language: None };
    assert_eq!(code(&mut w, verb("alice", alert, say("  "))), "text_missing");
    assert_eq!(code(&mut w, verb("alice", alert, say(&"x".repeat(501)))), "too_long");
    assert_eq!(code(&mut w, verb("alice", alert, invite("nothing of ours"))), "message_unknown");
    w.done(verb("alice", alert, say("Can I help\u{202e} you?\u{0}")));
    let shown = &w.invitations[&who(1)];
    assert_eq!(shown.text, "Can I help you?");
    assert_eq!(shown.options, [Way::Callme, Way::Dial, Way::Browser, Way::Chat]);
}

#[test]
fn an_alert_goes_with_its_visitor_and_comes_back_after_a_restart() {
    let mut w = World::with(vec![shop()]);
    w.ready("alice");
    let (one, two) = (alerted(&mut w, 1), alerted(&mut w, 2));
    w.done(verb("alice", two, AlertVerb::Take));
    let gone = vec![(who(1), None), (who(2), None)];
    w.done(Request::Watched { firm: "acme".into(), list: None, followed: gone });
    assert_eq!(code(&mut w, verb("alice", one, AlertVerb::Take)), "gone");
    w.wait(Duration::from_millis(250));
    assert_eq!(
        (&w.desks["alice"].alerts[0]["id"], &w.desks["alice"].alerts[0]["online"]),
        (&two.to_string().into(), &false.into())
    );
    w.crash();
    w.ready("alice");
    assert!(w.followed.contains(&who(2)));
    assert_eq!(w.desks["alice"].alerts[0]["state"], "waiting");
    w.done(verb("alice", two, AlertVerb::Take));
}

#[test]
fn an_invitation_outlives_a_restart_and_is_answered_after_it() {
    let mut w = World::with(vec![shop()]);
    w.ready("alice");
    w.ready("bob");
    let seen = sighting(&w, who(1));
    holds(&mut w, "second visit", seen);
    let before = w.invitations[&who(1)].clone();
    w.invitations.clear();
    // Within its time, and with an agent at work again.
    w.crash();
    w.ready("alice");
    let accepted = Request::AnswerInvitation {
        firm: "acme".into(),
        who: who(1),
        invitation: before.id,
        answer: Response::Accepted,
        way: Some(Way::Callme),
        visitor: None,
    };
    // With nobody logged in yet only this worked when the program came up again.
    assert_eq!(w.invitations[&who(1)].options, [Way::Callme]);
    w.done(accepted);
    let view = w.open(wish(1, Mode::Callme));
    let named =
        |fact: &Fact| matches!(fact, Fact::ReservationOpened(row) if row.invitation == Some(before.id));
    assert_eq!((w.facts(named), view.mode), (1, ShownMode::Callme));
}

/// E24: whoever objects is known no more from that moment.
#[test]
fn e24_who_objects_to_being_watched_is_forgotten_at_once() {
    let mut w = World::with(vec![shop()]);
    w.ready("alice");
    let alert = alerted(&mut w, 1);
    w.done(verb("alice", alert, AlertVerb::Take));
    w.done(verb("alice", alert, invite("by name")));
    w.done(Request::Unwatch { site: "shop".into(), who: who(1) });
    assert!(w.invitations.is_empty() && w.followed.is_empty());
    assert_eq!(w.forgotten, [who(1)]);
    assert_eq!(w.state("alice"), "ready");
    assert_eq!(code(&mut w, verb("alice", alert, AlertVerb::Take)), "gone");
}

/// N 0028: an agent sees and invites visitors of those alone in whose name he answers.
#[test]
fn other_clients_visitors_are_not_seen() {
    let mut settings = shop();
    settings.clients = vec!["Acme".into(), "Globex".into()];
    settings.sites[0].client = Some("Globex".into());
    settings.agents[0].represents.clients = vec!["Acme".into()];
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    w.ready("bob");
    let seen = sighting(&w, who(1));
    holds(&mut w, "trouble", seen.clone());
    w.done(Request::Watched { firm: "acme".into(), list: Some((7, vec![seen])), followed: Vec::new() });
    w.wait(Duration::from_millis(250));
    assert_eq!(w.desks["alice"].alerts.as_array().map_or(0, Vec::len), 0);
    assert_eq!(
        (&w.desks["alice"].visitors["total"], w.desks["alice"].visitors["list"].as_array().unwrap().len()),
        (&0.into(), 0)
    );
    assert_eq!(w.desks["bob"].visitors["total"], 7);
    let alert: AlertId = w.desks["bob"].alerts[0]["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(code(&mut w, verb("alice", alert, AlertVerb::Take)), "not_your_site");
    let greet = Request::Greet { agent: World::who("alice"), visitor: visitor(1).to_string() };
    assert_eq!(code(&mut w, greet), "not_your_site");
}

#[test]
fn an_agent_picks_somebody_of_the_list() {
    let mut w = World::with(vec![shop()]);
    w.ready("alice");
    let guest = Who::Guest(7);
    let list =
        vec![sighting(&w, who(1)), Sighting { address: Some("192.0.2.7".into()), ..sighting(&w, guest) }];
    w.done(Request::Watched { firm: "acme".into(), list: Some((2, list)), followed: Vec::new() });
    w.wait(Duration::from_millis(250));
    let rows = &w.desks["alice"].visitors["list"];
    assert_eq!(
        (&rows[0]["consent"], &rows[1]["consent"], &rows[1]["address"]),
        (&"granted".into(), &"none".into(), &"192.0.2.7".into())
    );
    let name = rows[1]["id"].as_str().unwrap().to_owned();
    let greet = Request::Greet { agent: World::who("alice"), visitor: name };
    let Reply::Alert(alert) = w.tell(greet.clone()) else { panic!("an alert") };
    assert_eq!(w.tell(greet.clone()), Reply::Alert(alert), "it is his already");
    // By an agent, too, they are invited only where the policy says so (N 0058).
    assert_eq!(code(&mut w, verb("alice", alert, invite("by name"))), "not_invited");
    let seen = sighting(&w, Who::Guest(8));
    holds(&mut w, "second visit", seen);
    assert_eq!((w.invitations.len(), w.firms.counters().invitations_withheld), (0, 1));
    w.reload(|settings| Arc::make_mut(settings.attendance.as_mut().unwrap()).guests = true);
    w.done(verb("alice", alert, invite("by name")));
    assert!(w.invitations.contains_key(&guest));
    // Of a guest nothing is in the journal that is the same tomorrow.
    let named = |fact: &Fact| matches!(fact, Fact::Alerted(row) if row.visitor.is_some());
    assert_eq!(w.facts(named), 0);
}

/// Whose browser keeps no id is known by the one under which he asks, as long as what he has asked for is open.
#[test]
fn a_guest_who_is_helped_is_not_alerted_of() {
    let mut w = World::with(vec![shop_with(|attendance| attendance.guests = true)]);
    w.ready("alice");
    let guest = Who::Guest(7);
    let seen = sighting(&w, guest);
    holds(&mut w, "second visit", seen.clone());
    let invitation = w.invitations[&guest].id;
    w.done(Request::AnswerInvitation {
        firm: "acme".into(),
        who: guest,
        invitation,
        answer: Response::Accepted,
        way: Some(Way::Dial),
        visitor: None,
    });
    w.done(Request::FollowInvitation { firm: "acme".into(), who: guest, invitation, visitor: visitor(1) });
    let view = w.open(wish(1, Mode::Dial));
    holds(&mut w, "trouble", seen.clone());
    assert_eq!(w.desks["alice"].alerts.as_array().map_or(0, Vec::len), 0);
    w.done(Request::Cancel { reservation: view.id });
    holds(&mut w, "trouble", seen);
    assert_eq!(w.desks["alice"].alerts.as_array().unwrap().len(), 1);
}

/// N 0047: what a trigger makes of his priority goes with him into the queue, unless somebody has rated him.
#[test]
fn a_triggered_priority_counts_in_the_queue() {
    let mut w = World::with(vec![shop()]);
    for (n, watched) in [(1, None), (2, Some(7))] {
        let number = Some(format!("+493055500{n}"));
        w.open(OpenReservation { watched, number, ..wish(n, Mode::Callme) });
    }
    w.ready("alice");
    assert_eq!(w.desks["alice"].current["page"]["title"], "Page 2");
    // The number on the firm's list has a record that says 3: that stands.
    let rated =
        OpenReservation { watched: Some(7), number: Some("+4930222333".into()), ..wish(3, Mode::Callme) };
    w.open(rated);
    w.ready("bob");
    assert_eq!(w.desks["bob"].current["page"]["title"], "Page 1");
}

/// Who accepts the firm's own conference does not sit there alone.
#[test]
fn who_goes_to_the_conference_is_waited_for_there() {
    const ROOM: &str = "https://meet.shop.test/help";
    let mut w = World::with(vec![shop_with(|attendance| {
        for name in ["welcome", "by name"] {
            let message = attendance.messages.iter_mut().find(|message| message.name == name).unwrap();
            message.ways.push(Way::Conference);
            message.conference = Some(ROOM.into());
        }
    })]);
    w.ready("alice");
    // Invited by an agent: he is told where.
    let alert = alerted(&mut w, 1);
    w.done(verb("alice", alert, AlertVerb::Take));
    w.done(verb("alice", alert, invite("by name")));
    w.done(answer(&w, 1, Response::Accepted, Some(Way::Conference)));
    w.wait(Duration::from_millis(250));
    let row = &w.desks["alice"].alerts[0];
    assert_eq!(
        (&row["state"], &row["way"], &row["conference"]),
        (&"accepted".into(), &"conference".into(), &ROOM.into())
    );
    assert_eq!(w.state("alice"), "ready");
    w.wait_secs(30);
    assert_eq!(w.desks["alice"].alerts.as_array().unwrap().len(), 1, "for some time");
    w.wait_secs(100);
    assert_eq!(w.desks["alice"].alerts.as_array().unwrap().len(), 0);
    // Invited in nobody's name: whoever is there hears of it, also after a restart, and though his page is closed.
    let seen = sighting(&w, who(2));
    holds(&mut w, "second visit", seen);
    w.done(answer(&w, 2, Response::Accepted, Some(Way::Conference)));
    w.done(Request::Watched { firm: "acme".into(), list: None, followed: vec![(who(2), None)] });
    w.crash();
    w.ready("alice");
    w.wait(Duration::from_millis(250));
    let row = &w.desks["alice"].alerts[0];
    assert_eq!(
        (&row["state"], &row["way"], &row["conference"], &row["page"]["title"]),
        (&"waiting".into(), &"conference".into(), &ROOM.into(), &"Checkout".into())
    );
    let alert = alert_of(&w, 2);
    w.done(verb("alice", alert, AlertVerb::Take));
    w.wait(Duration::from_millis(250));
    assert_eq!(w.desks["alice"].alerts[0]["state"], "claimed");
    assert_eq!(w.violations(), 0);
}

/// Who withdraws while an agent sees his page live.
fn withdraws(settings: FirmSettings) -> World {
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    let view = w.open(wish(1, Mode::Dial));
    let call = w.dial(&view.number.unwrap(), None);
    w.agent_answers(call);
    w.done(Request::Look(World::who("alice"), true));
    w.done(Request::AnswerLook { reservation: view.id, allow: true });
    assert!(w.shared.contains_key(&view.id));
    w.done(Request::Unwatch { site: "shop".into(), who: who(1) });
    assert!(!w.shared.contains_key(&view.id), "nothing more is seen of his page");
    assert_eq!((w.state("alice").as_str(), w.forgotten.first()), ("talking", Some(&who(1))));
    w.end_call(call, warmline_coordination::cti::Cause::Normal);
    w.done(Request::WrapupDone(World::who("alice")));
    w.wait_secs(3_600);
    w
}

fn erasures(w: &mut World) -> usize {
    match w.tell(Request::Erasures { firm: "acme".into(), erasure: None }) {
        Reply::Erasures(rows) => rows.len(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn e24_withdrawn_the_live_view_closes_and_the_call_goes_on() {
    let mut w = withdraws(shop());
    assert_eq!(erasures(&mut w), 0, "his request is no visit: it stays");
}

#[test]
fn e24_withdrawn_where_the_policy_says_so_he_is_erased_too() {
    let privacy = PrivacySettings { withdrawal_erases: true, ..PrivacySettings::default() };
    let mut w = withdraws(FirmSettings { privacy, ..shop() });
    assert_eq!(erasures(&mut w), 1);
    let journal = w.journal.iter().map(|entry| format!("{entry:?}")).collect::<String>();
    assert!(!journal.contains("Visitor 1") && !journal.contains("Page 1"), "nothing of him is left");
}

/// Of who was watched, alerted of and invited nothing is left but what is counted.
#[test]
fn e24_what_was_written_of_a_watched_visitor_goes_with_him() {
    let mut w = World::with(vec![shop()]);
    w.ready("alice");
    let alert = alerted(&mut w, 1);
    w.done(verb("alice", alert, AlertVerb::Take));
    let own = AlertVerb::Invite { message: None, text: Some("A word of hers.".into()), language: None };
    w.done(verb("alice", alert, own));
    w.done(answer(&w, 1, Response::Shown, None));
    w.done(answer(&w, 1, Response::Accepted, Some(Way::Callme)));
    let (visitor, site) = (visitor(1), "shop".to_owned());
    let change = (4, 6);
    w.done(Request::Triggered { site: site.clone(), visitor, trigger: Trigger::Purchase, change });
    w.done(Request::Purchased { site: site.clone(), visitor, cents: 4_200 });
    w.wait_secs(200);
    let text = |w: &World| {
        let facts = w.journal.iter().map(|entry| serde_json::to_string(&entry.fact).unwrap());
        // That he was to be erased is said first of all.
        facts.filter(|fact| !fact.contains("erasure_ordered")).collect::<Vec<_>>().join("\n")
    };
    let his = [visitor.to_string(), "A word of hers.".into(), "shop.test/checkout".into()];
    for word in &his {
        assert!(text(&w).contains(word), "this test can fail: {word}");
    }
    let before = report(&mut w);
    w.tell(Request::Forget { site, visitor });
    w.wait_secs(3_600);
    for word in &his {
        assert!(!text(&w).contains(word), "{word} is still in {}", text(&w));
    }
    assert_eq!(w.facts(|fact| matches!(fact, Fact::Triggered { from: 4, to: 6, .. })), 1);
    w.crash();
    assert_eq!(report(&mut w), before, "what was counted is counted");
    assert_eq!((w.rated.len(), w.violations()), (0, 0));
}

/// Whoever makes up visitors fills neither the list nor the disk.
#[test]
fn made_up_visitors_are_bounded() {
    let mut w = World::with(vec![shop()]);
    w.ready("alice");
    for n in 0..400 {
        let seen = sighting(&w, who(n));
        let asked =
            Request::Matched { site: "shop".into(), rule: "trouble".into(), sighting: Box::new(seen) };
        w.done(asked);
    }
    assert_eq!(w.facts(|fact| matches!(fact, Fact::Alerted(_))), 300);
    w.wait(Duration::from_millis(250));
    assert_eq!(w.desks["alice"].alerts.as_array().unwrap().len(), 200);
    assert_eq!(w.firms.counters().invitations_withheld, 100);
    w.wait_secs(61);
    let seen = Sighting { priority: 7, ..sighting(&w, who(900)) };
    holds(&mut w, "trouble", seen);
    assert_eq!(w.desks["alice"].alerts[0]["priority"], 7);
}

#[test]
fn who_is_not_ready_invites_nobody() {
    let mut w = World::with(vec![shop()]);
    w.ready("alice");
    let alert = alerted(&mut w, 1);
    w.done(verb("alice", alert, AlertVerb::Take));
    w.done(verb("alice", alert, invite("by name")));
    w.done(Request::Presence(World::who("alice"), Presence::NotReady, None));
    assert!(w.invitations.is_empty(), "she would not take it");
    assert_eq!(code(&mut w, verb("alice", alert, invite("by name"))), "busy");
}

/// Whoever accepts and then objects does not keep the agent for himself.
#[test]
fn an_agent_is_free_again_when_who_has_accepted_is_forgotten() {
    let mut w = World::with(vec![shop()]);
    w.ready("alice");
    let alert = alerted(&mut w, 1);
    w.done(verb("alice", alert, AlertVerb::Take));
    w.done(verb("alice", alert, invite("by name")));
    w.done(answer(&w, 1, Response::Accepted, Some(Way::Browser)));
    assert_eq!(w.state("alice"), "claimed");
    let other = alerted(&mut w, 2);
    w.done(verb("alice", other, AlertVerb::Take));
    assert_eq!(code(&mut w, verb("alice", other, invite("by name"))), "invited", "one at a time");
    w.done(Request::Unwatch { site: "shop".into(), who: who(1) });
    assert_eq!(w.state("alice"), "ready");
    // And who does not come in time is not waited for.
    w.done(verb("alice", other, invite("by name")));
    w.done(answer(&w, 2, Response::Accepted, Some(Way::Browser)));
    w.wait_secs(121);
    assert_eq!(w.state("alice"), "ready");
}

#[test]
fn a_visitor_on_another_site_and_a_list_without_watching_show_nothing() {
    let mut w = World::with(vec![shop()]);
    w.ready("alice");
    let alert = alerted(&mut w, 1);
    w.done(verb("alice", alert, AlertVerb::Take));
    let page = Page { url: "https://other.test/".into(), title: "Other".into(), ..Page::default() };
    let elsewhere = Sighting { site: "other".into(), page, ..sighting(&w, who(1)) };
    w.done(Request::Watched { firm: "acme".into(), list: None, followed: vec![(who(1), Some(elsewhere))] });
    w.wait(Duration::from_millis(250));
    let row = &w.desks["alice"].alerts[0];
    assert_eq!((&row["page"]["title"], &row["online"]), (&"Checkout".into(), &false.into()));
    let list = Some((1, vec![sighting(&w, who(2))]));
    w.done(Request::Watched { firm: "acme".into(), list, followed: Vec::new() });
    w.reload(|settings| settings.attendance = None);
    w.wait(Duration::from_millis(250));
    assert_eq!(
        (&w.desks["alice"].visitors["total"], w.desks["alice"].alerts.as_array().unwrap().len()),
        (&0.into(), 0)
    );
}
