//! Contacts: found, read and changed by agents and programs; who may see whom, who was faster, and what is left after a crash.

use crate::world::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use warmline_coordination::chat::ChatVerb;
use warmline_coordination::contact_change::ContactChange;
use warmline_coordination::fact::{ContactPart, Fact, Rater};
use warmline_coordination::identity::Identity;
use warmline_coordination::ids::{CallId, ContactId};
use warmline_coordination::request::*;
use warmline_coordination::settings::*;
use warmline_coordination::view::{ContactCard, ContactRow};

fn agent(name: &str) -> Asker {
    Asker::Agent(World::who(name))
}

pub fn program(firm: &str) -> Asker {
    Asker::Program { firm: firm.into(), key: "crm".into() }
}

fn about(by: Asker, verb: ContactVerb) -> Request {
    Request::Contacts { by, verb }
}

fn find(query: &str) -> ContactVerb {
    ContactVerb::Find { query: query.into(), after: None, most: 20 }
}

pub fn found(w: &mut World, by: Asker, query: &str) -> Vec<ContactRow> {
    match w.tell(about(by, find(query))) {
        Reply::Contacts { contacts, .. } => contacts,
        other => panic!("{other:?}"),
    }
}

pub fn names(w: &mut World, by: Asker, query: &str) -> Vec<String> {
    found(w, by, query).into_iter().map(|row| row.name).collect()
}

pub fn card(w: &mut World, by: Asker, id: ContactId) -> ContactCard {
    match w.tell(about(by, ContactVerb::Read(id))) {
        Reply::Contact(card) => *card,
        other => panic!("{other:?}"),
    }
}

fn change(contact: ContactId, version: Option<u64>, change: Value) -> ContactVerb {
    let change: ContactChange = serde_json::from_value(change).unwrap();
    ContactVerb::Change { contact, version, change: Box::new(change) }
}

pub fn changed(w: &mut World, by: Asker, id: ContactId, what: Value) -> ContactCard {
    match w.tell(about(by, change(id, None, what))) {
        Reply::Contact(card) => *card,
        other => panic!("{other:?}"),
    }
}

fn refused(w: &mut World, by: Asker, verb: ContactVerb) -> (u16, &'static str) {
    let (status, code, _) = w.refused(about(by, verb));
    (status, code)
}

/// The one contact of the configuration.
fn vera(w: &mut World) -> ContactId {
    found(w, program("acme"), "vera")[0].id
}

fn signed(n: u64, customer: &str, name: &str, site: &str) -> OpenReservation {
    let identity = Identity {
        customer: customer.into(),
        name: Some(name.into()),
        email: Some(format!("{customer}@post.test")),
        ..Identity::default()
    };
    OpenReservation { site: site.into(), identity: Some(Box::new(identity)), ..wish(n, Mode::Dial) }
}

#[test]
fn somebody_is_found_by_name_number_address_and_customers_id() {
    let mut w = World::new();
    w.desktop("alice");
    w.open(signed(1, "c-4711", "Zoë Müller", "shop"));
    w.open(OpenReservation { number: Some("0151 23456789".into()), ..wish(2, Mode::Callme) });
    let by = || agent("alice");
    for query in ["zoe", "MUL", "Müller zo", "mueller", "c-4711", "C-4711@Post.test", "c-4711@"] {
        assert_eq!(names(&mut w, by(), query), ["Zoë Müller"], "{query}");
    }
    for query in ["+49 30 222333", "030/222333", "2333"] {
        assert_eq!(names(&mut w, by(), query), ["Vera Known"], "{query}");
    }
    assert_eq!(names(&mut w, by(), "6789"), ["Visitor 2"]);
    assert_eq!(found(&mut w, by(), "nobody").len(), 0);
    for short in ["", " ", "123", "+", "-"] {
        assert_eq!(refused(&mut w, by(), find(short)), (422, "query_too_short"), "{short:?}");
    }
    let row = found(&mut w, by(), "2333").remove(0);
    assert_eq!((row.number.as_deref(), row.e164.as_deref()), (Some("030 222333"), Some("+4930222333")));
    assert_eq!((row.priority, row.seen, row.last_agent), (3, None, None));
}

#[test]
fn a_list_comes_page_by_page_and_nobody_twice() {
    let mut w = World::new();
    for n in 0..45 {
        w.open(OpenReservation { name: Some(format!("Anna Annas {n:02}")), ..wish(n, Mode::Dial) });
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let verb = ContactVerb::Find { query: "ann".into(), after, most: 20 };
        let Reply::Contacts { contacts, next } = w.tell(about(program("acme"), verb)) else { panic!() };
        assert!(contacts.len() <= 20);
        seen.extend(contacts.into_iter().map(|row| row.id));
        // Who comes meanwhile moves nobody.
        w.open(OpenReservation { name: Some("Ann".into()), ..wish(100 + seen.len() as u64, Mode::Dial) });
        after = next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((seen.len(), seen.iter().collect::<BTreeSet<_>>().len()), (45, 45));
    let gone = "con_01ARZ3NDEKTSV4RRFFQ69G5FAV.0".parse().ok();
    let verb = ContactVerb::Find { query: "ann".into(), after: gone, most: 20 };
    assert_eq!(refused(&mut w, program("acme"), verb), (409, "list_changed"));
}

#[test]
fn a_page_of_one_is_one() {
    let mut w = World::new();
    w.open(signed(1, "anna", "Zoe", "shop"));
    w.open(OpenReservation { name: Some("Anna Berg".into()), ..wish(2, Mode::Dial) });
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let verb = ContactVerb::Find { query: "anna".into(), after, most: 1 };
        let Reply::Contacts { contacts, next } = w.tell(about(program("acme"), verb)) else { panic!() };
        assert_eq!(contacts.len(), 1);
        seen.extend(contacts.into_iter().map(|row| row.name));
        after = next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["Zoe", "Anna Berg"], "who has just this id is the first");
}

#[test]
fn a_card_says_all_that_is_kept_and_who_changed_it() {
    let mut w = World::new();
    w.ready("alice");
    let id = vera(&mut w);
    let call = w.dial_queue(Some("+4930222333"));
    w.agent_answers(call);
    w.customer_leaves(call);
    w.done(Request::WrapupDone(World::who("alice")));
    let before = card(&mut w, agent("alice"), id);
    assert_eq!((before.version, before.last_agent.as_deref()), (0, Some("Alice")));
    assert_eq!((before.contact.history.len(), before.contact.notes.as_str()), (1, "likes paper"));
    assert!(before.seen.is_some() && before.edits.is_empty());
    let what = json!({"name": "Vera Neu", "company": "Papier & Söhne", "email": "vera@papier.test", "language": "de",
        "notes": "likes ink", "attributes": {"plan": "pro"}, "priority": 6,
        "numbers": {"add": ["030 444555"], "remove": ["+4930222333"]}});
    let after = changed(&mut w, agent("alice"), id, what);
    assert_eq!((after.contact.name.as_str(), after.company.as_str()), ("Vera Neu", "Papier & Söhne"));
    assert_eq!((after.email.as_deref(), after.language.as_deref()), (Some("vera@papier.test"), Some("de")));
    assert_eq!((after.contact.e164.clone(), after.contact.priority), (vec!["+4930444555".to_owned()], 6));
    assert_eq!(after.attributes["plan"], "pro");
    assert!(after.version > 0);
    let edit = &after.edits[0];
    assert_eq!((edit.of, edit.by.as_deref(), edit.parts.len()), (Rater::Agent, Some("Alice"), 8));
    assert_eq!(after.contact.ratings[0].to, 6);
    // He is found as he is now, and not as he was.
    assert_eq!(names(&mut w, agent("alice"), "soehne"), ["Vera Neu"]);
    assert_eq!(
        (found(&mut w, agent("alice"), "known").len(), found(&mut w, agent("alice"), "2333").len()),
        (0, 0)
    );
    let call = w.dial_queue(Some("+4930444555"));
    assert_eq!(w.desks["alice"].current["contact"]["name"], "Vera Neu");
    w.customer_leaves(call);
    // Nothing changes where nothing is another, and a part that is taken away is away.
    let same =
        changed(&mut w, program("acme"), id, json!({"name": "Vera Neu", "numbers": {"add": ["030 444555"]}}));
    assert_eq!(same.version, after.version);
    let less =
        json!({"company": "", "email": "", "language": null, "attributes": {"plan": null, "other": null}});
    let less = changed(&mut w, program("acme"), id, less);
    assert_eq!((less.company.as_str(), &less.email, less.attributes.len()), ("", &None, 0));
    assert_eq!(less.language, None);
    let edit = &less.edits[0];
    let parts = [ContactPart::Company, ContactPart::Email, ContactPart::Language, ContactPart::Attributes];
    assert_eq!((edit.of, edit.by.as_deref(), &edit.parts[..]), (Rater::Program, Some("crm"), &parts[..]));
    w.crash();
    w.desktop("alice");
    assert_eq!(card(&mut w, agent("alice"), id), less, "all of it is there after a restart");
    assert_eq!(found(&mut w, agent("alice"), "papier.test").len(), 0);
    assert_eq!(names(&mut w, agent("alice"), "4555"), ["Vera Neu"]);
}

#[test]
fn what_cannot_be_is_refused_and_nothing_of_it_is_done() {
    let mut acme = acme();
    acme.agents[1].rights = Rights::default();
    acme.agents[2].rights = Rights { priority: false, contacts: true };
    let mut w = World::with(vec![acme]);
    ["alice", "bob", "carol"].into_iter().for_each(|name| w.desktop(name));
    let id = vera(&mut w);
    w.open(OpenReservation { number: Some("0151 23456789".into()), ..wish(2, Mode::Callme) });
    let rows = w.facts(|fact| matches!(fact, Fact::ContactStored(_)));
    for (what, refusal) in [
        (json!({"name": "x".repeat(101)}), (422, "too_long")),
        (json!({"email": "nobody"}), (422, "email_invalid")),
        (json!({"language": "deutsch, bitte"}), (422, "language_invalid")),
        (json!({"priority": 8}), (422, "priority_invalid")),
        (json!({"name": "X", "numbers": {"add": ["12"]}}), (422, "number_invalid")),
        (json!({"name": "X", "numbers": {"add": ["+49 151 23456789"]}}), (409, "number_taken")),
        (
            json!({"numbers": {"add": (0..8).map(|n| format!("030 55566{n}")).collect::<Vec<_>>()}}),
            (422, "too_many_numbers"),
        ),
        (
            json!({"attributes": (0..21).map(|n| (format!("k{n}"), "v")).collect::<std::collections::BTreeMap<_, _>>()}),
            (422, "too_many_attributes"),
        ),
    ] {
        assert_eq!(refused(&mut w, agent("alice"), change(id, None, what.clone())), refusal, "{what}");
    }
    let name = || json!({"name": "X"});
    assert_eq!(refused(&mut w, agent("bob"), change(id, None, name())), (403, "edit_not_allowed"));
    let priority = json!({"name": "X", "priority": 7});
    assert_eq!(refused(&mut w, agent("carol"), change(id, None, priority)), (403, "priority_not_allowed"));
    assert_eq!(
        (w.desks["alice"].me["may_edit"].clone(), w.desks["bob"].me["may_edit"].clone()),
        (json!(true), json!(false))
    );
    let nobody = "con_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
    assert_eq!(refused(&mut w, agent("alice"), change(nobody, None, name())), (404, "unknown_contact"));
    w.firms.handle_store(w.now, false);
    assert_eq!(refused(&mut w, agent("alice"), change(id, None, name())), (503, "store_unavailable"));
    w.firms.handle_store(w.now, true);
    assert_eq!(w.facts(|fact| matches!(fact, Fact::ContactStored(_))), rows);
    assert_eq!(card(&mut w, agent("bob"), id).contact.name, "Vera Known", "to look is everybody's");
}

#[test]
fn who_was_slower_is_told_so_and_changes_nothing() {
    let mut w = World::new();
    w.desktop("alice");
    w.desktop("bob");
    let id = vera(&mut w);
    let read = card(&mut w, agent("alice"), id).version;
    let first = change(id, Some(read), json!({"notes": "of Alice"}));
    assert!(matches!(w.tell(about(agent("alice"), first)), Reply::Contact(_)));
    let second = || change(id, Some(read), json!({"notes": "of Bob"}));
    assert_eq!(refused(&mut w, agent("bob"), second()), (409, "contact_changed"));
    assert_eq!(refused(&mut w, program("acme"), second()), (409, "contact_changed"));
    let now = card(&mut w, agent("bob"), id);
    assert_eq!(now.contact.notes, "of Alice");
    let again = change(id, Some(now.version), json!({"notes": "of both"}));
    assert!(matches!(w.tell(about(agent("bob"), again)), Reply::Contact(_)));
    w.crash();
    assert_eq!(
        refused(&mut w, program("acme"), second()),
        (409, "contact_changed"),
        "a restart forgives nothing"
    );
}

#[test]
fn others_see_it_at_once_where_they_look() {
    let mut w = World::new();
    w.ready("alice");
    w.desktop("bob");
    let call = w.dial_queue(Some("+4930222333"));
    w.agent_answers(call);
    let id = vera(&mut w);
    w.slow(true);
    let request = w.ask(about(agent("bob"), change(id, None, json!({"name": "Vera Neu"}))));
    assert!(!w.replies.contains_key(&request), "durable first");
    assert!(!w.desks["alice"].data.contains_key("contact.changed"));
    w.commit();
    assert!(matches!(w.replies[&request], Reply::Contact(_)));
    assert_eq!(w.desks["alice"].current["contact"]["name"], "Vera Neu");
    for name in ["alice", "bob"] {
        assert_eq!(
            w.desks[name].data["contact.changed"],
            json!({"parts": ["name"], "of": "agent", "by": "bob"})
        );
    }
    let told = w.feed.iter().rev().find(|event| event.event == "contact.changed").unwrap();
    assert_eq!(told.subject, id.to_string());
    assert!(!told.data.to_string().contains("Vera"), "names are in no event");
}

#[test]
fn what_a_person_said_no_visitor_and_no_site_changes() {
    let mut w = World::new();
    w.open(signed(1, "c-1", "Zoe", "shop"));
    let id = found(&mut w, program("acme"), "c-1")[0].id;
    changed(&mut w, program("acme"), id, json!({"name": "Zoë Müller", "email": "zoe@firm.test"}));
    w.crash();
    w.open(OpenReservation { idempotency_key: Some("2".into()), ..signed(1, "c-1", "Zoe again", "shop") });
    let now = card(&mut w, program("acme"), id);
    assert_eq!((now.contact.name.as_str(), now.email.as_deref()), ("Zoë Müller", Some("zoe@firm.test")));
    // Who is known by his browser alone neither.
    w.open(OpenReservation { name: Some("Eve".into()), ..wish(5, Mode::Dial) });
    let id = found(&mut w, program("acme"), "eve")[0].id;
    changed(&mut w, program("acme"), id, json!({"name": "Eva Berg"}));
    w.open(OpenReservation {
        name: Some("Mallory".into()),
        idempotency_key: Some("3".into()),
        ..wish(5, Mode::Dial)
    });
    assert_eq!(card(&mut w, program("acme"), id).contact.name, "Eva Berg");
}

/// The shop is Shoes', the other site Hats'. Alice answers for Hats alone, Carol for the site `hats`, Bob for all.
fn clients() -> FirmSettings {
    let mut settings = acme();
    settings.clients = vec!["Shoes".into(), "Hats".into()];
    settings.sites[0].client = Some("Shoes".into());
    let hats = SiteSettings { name: "hats".into(), client: Some("Hats".into()), ..settings.sites[0].clone() };
    settings.sites.push(hats);
    settings.queues[0].client = Some("Shoes".into());
    settings.agents[0].represents.clients = vec!["Hats".into()];
    settings.agents[2].represents.sites = vec!["hats".into()];
    settings
}

#[test]
fn an_agent_sees_the_contacts_of_those_for_whom_he_answers_and_of_others_nothing() {
    let mut w = World::with(vec![clients()]);
    ["alice", "bob", "carol"].into_iter().for_each(|name| w.desktop(name));
    w.open(signed(1, "shoes-1", "Zoe Shoe", "shop"));
    w.open(signed(2, "hats-1", "Zoe Hat", "hats"));
    w.open(signed(4, "18", "Max Shoe", "shop"));
    let shoe = found(&mut w, program("acme"), "shoes-1")[0].id;
    for again in [false, true] {
        if again {
            // After a restart as before, also once the site is configured no more.
            w.settings[0].sites.remove(0);
            w.crash();
            ["alice", "bob", "carol"].into_iter().for_each(|name| w.desktop(name));
        }
        let all: BTreeSet<String> = names(&mut w, agent("bob"), "zoe").into_iter().collect();
        assert_eq!(all, ["Zoe Hat", "Zoe Shoe"].map(String::from).into());
        for name in ["alice", "carol"] {
            let all = names(&mut w, agent(name), "zoe");
            assert_eq!(all, ["Zoe Hat"], "{name}, {again}");
            for query in ["shoe", "shoes-1@post.test"] {
                assert_eq!(found(&mut w, agent(name), query), [], "{name} {query}");
            }
            // What is not his he cannot tell from what is not there.
            assert_eq!(found(&mut w, agent(name), "shoes-1"), []);
            assert_eq!(refused(&mut w, agent(name), ContactVerb::Read(shoe)), (404, "unknown_contact"));
            let what = change(shoe, None, json!({"name": "Mine"}));
            assert_eq!(refused(&mut w, agent(name), what), (404, "unknown_contact"));
        }
        // The firm's own list is everybody's.
        assert_eq!(names(&mut w, agent("alice"), "vera"), ["Vera Known"]);
    }
    // Nor by an id so short that nothing else is looked for by it.
    w.open(signed(3, "17", "Paul Shoe", "hats"));
    assert_eq!(names(&mut w, agent("alice"), "17"), ["Paul Shoe"]);
    assert_eq!(refused(&mut w, agent("alice"), find("18")), (422, "query_too_short"));
    let before = w.desks["alice"].events.len();
    changed(&mut w, agent("bob"), shoe, json!({"company": "Leather"}));
    assert_eq!(w.desks["alice"].events.len(), before, "she is not told that there is one");
    assert!(w.desks["bob"].events.contains(&"contact.changed"));
}

#[test]
fn a_caller_is_of_the_queue_that_he_called() {
    let mut w = World::with(vec![clients()]);
    w.ready("bob");
    w.desktop("alice");
    let call = w.dial_queue(Some("+4930777888"));
    w.agent_answers(call);
    let notes = Request::Outcome {
        agent: World::who("bob"),
        call: None,
        code: None,
        notes: Some("asks for laces".into()),
        priority: None,
    };
    w.done(notes);
    for again in [false, true] {
        if again {
            w.customer_leaves(call);
            w.crash();
            w.desktop("alice");
            w.desktop("bob");
        }
        assert_eq!(found(&mut w, agent("alice"), "7888"), [], "{again}");
        assert_eq!(found(&mut w, agent("bob"), "7888").len(), 1);
    }
}

#[test]
fn those_of_the_list_are_everybodys_wherever_they_were_met() {
    let mut w = World::with(vec![clients()]);
    w.ready("bob");
    w.desktop("alice");
    let call = w.dial_queue(Some("+4930222333"));
    w.agent_answers(call);
    w.customer_leaves(call);
    assert_eq!(names(&mut w, agent("alice"), "vera"), ["Vera Known"]);
}

#[test]
fn what_a_reload_removes_is_theirs_alone_who_answer_for_all() {
    let mut w = World::with(vec![clients()]);
    w.desktop("bob");
    w.desktop("carol");
    w.open(signed(2, "hats-1", "Zoe Hat", "hats"));
    assert_eq!(names(&mut w, agent("carol"), "zoe"), ["Zoe Hat"]);
    w.reload(|settings| settings.sites.truncate(1));
    assert_eq!(found(&mut w, agent("carol"), "zoe"), []);
    assert_eq!(names(&mut w, agent("bob"), "zoe"), ["Zoe Hat"]);
}

#[test]
fn firms_are_apart() {
    let other = FirmSettings {
        name: "globex".into(),
        sites: vec![SiteSettings { name: "globex".into(), ..acme().sites[0].clone() }],
        pools: vec![PoolSettings { numbers: vec!["+493099999999".into()], ..acme().pools[0].clone() }],
        contacts: Vec::new(),
        ..acme()
    };
    let mut w = World::with(vec![acme(), other]);
    let id = vera(&mut w);
    let stranger =
        || [program("globex"), Asker::Agent(AgentRef { firm: "globex".into(), agent: "alice".into() })];
    for by in stranger() {
        for query in ["vera", "+4930222333", "2333"] {
            assert_eq!(found(&mut w, by.clone(), query), []);
        }
        assert_eq!(refused(&mut w, by.clone(), ContactVerb::Read(id)), (404, "unknown_contact"));
        let what = change(id, None, json!({"name": "Ours"}));
        assert_eq!(refused(&mut w, by.clone(), what), (404, "unknown_contact"));
        let after = format!("{id}.0").parse().ok();
        let verb = ContactVerb::Find { query: "vera".into(), after, most: 5 };
        assert_eq!(refused(&mut w, by, verb), (409, "list_changed"));
    }
    // Its own customer may have the same number.
    w.open(OpenReservation {
        site: "globex".into(),
        number: Some("030 222333".into()),
        ..wish(9, Mode::Callme)
    });
    assert_eq!(names(&mut w, program("globex"), "2333"), ["Visitor 9"]);
    assert_eq!(names(&mut w, program("acme"), "2333"), ["Vera Known"]);
}

#[test]
fn the_power_fails_anywhere_and_what_was_answered_is_there() {
    let mut kept = BTreeSet::new();
    for point in 0..40 {
        let mut w = World::new();
        w.desktop("alice");
        let id = vera(&mut w);
        w.dies_after = Some(point);
        let mut answered = None;
        for n in 0..3 {
            let what =
                json!({"name": format!("Vera {n}"), "priority": n, "attributes": {format!("k{n}"): "v"}});
            let request = w.ask(about(agent("alice"), change(id, None, what)));
            if w.is_dead() {
                break;
            }
            assert!(matches!(w.replies.get(&request), Some(Reply::Contact(_))));
            answered = Some(n);
        }
        w.crash();
        let now = card(&mut w, program("acme"), id);
        let stands = now.contact.name.strip_prefix("Vera ").and_then(|n| n.parse::<u8>().ok());
        assert!(stands >= answered, "{point}: {stands:?} after {answered:?}");
        // A record and who made it so are one row.
        assert_eq!(now.edits.is_empty(), stands.is_none(), "{point}");
        assert_eq!(now.attributes.len(), stands.map_or(0, |n| usize::from(n) + 1), "{point}");
        assert_eq!(names(&mut w, program("acme"), "vera"), std::slice::from_ref(&now.contact.name));
        assert_eq!(now.contact.priority, stands.unwrap_or(3), "{point}");
        kept.insert(stands);
    }
    assert_eq!(kept.len(), 4, "it has failed before, between and behind them: {kept:?}");
}

fn noted(name: &str, text: &str, read: Option<&str>) -> Request {
    let notes = WrittenNotes { text: text.into(), read: read.map(str::to_owned) };
    Request::Outcome { agent: World::who(name), call: None, code: None, notes: Some(notes), priority: None }
}

#[test]
fn notes_of_a_call_do_not_overwrite_what_was_changed_meanwhile() {
    let mut w = World::new();
    let vera = vera(&mut w);
    w.ready("alice");
    let call = w.dial_queue(Some("+4930222333"));
    w.agent_answers(call);
    w.customer_leaves(call);
    assert_eq!(w.state("alice"), "wrapup");
    let theirs = "likes ink\npays by invoice";
    changed(&mut w, program("acme"), vera, json!({ "notes": theirs }));
    let (status, code, _) = w.refused(noted("alice", "likes paper, in blue", Some("likes paper")));
    assert_eq!((status, code), (409, "notes_changed"));
    assert_eq!(card(&mut w, program("acme"), vera).contact.notes, theirs);
    assert_eq!(w.desks["alice"].current["contact"]["notes"], theirs, "she is shown what is there");
    w.done(noted("alice", "likes ink\npays by invoice\nin blue", Some(theirs)));
    let version = card(&mut w, program("acme"), vera).version;
    let rows = w.facts(|_| true);
    // The same again, as after an answer that was lost, is no other word.
    w.done(noted("alice", " likes ink\npays by invoice\nin blue\n", Some(theirs)));
    assert_eq!((card(&mut w, program("acme"), vera).version, w.facts(|_| true)), (version, rows));
    w.done(Request::WrapupDone(World::who("alice")));
    // A caller whose record is new.
    let call = w.dial_queue(Some("+4930777888"));
    w.agent_answers(call);
    w.done(noted("alice", "one", Some("")));
    w.crash();
    assert_eq!(card(&mut w, program("acme"), vera).contact.notes, "likes ink\npays by invoice\nin blue");
    let caller = found(&mut w, program("acme"), "7888")[0].id;
    assert_eq!(card(&mut w, program("acme"), caller).contact.notes, "one");
}

#[test]
fn of_a_contact_in_common_each_sees_what_was_at_the_places_he_answers_for() {
    let mut w = World::with(vec![clients()]);
    ["alice", "bob"].into_iter().for_each(|name| w.ready(name));
    // Of the queue's client, for whom Alice does not answer.
    let call = w.dial_queue(Some("+4930222333"));
    w.agent_answers(call);
    w.done(noted("bob", "likes paper\nsize 40", Some("likes paper")));
    w.customer_leaves(call);
    w.done(Request::WrapupDone(World::who("bob")));
    let vera = vera(&mut w);
    changed(&mut w, agent("bob"), vera, json!({ "company": "Vera Ltd" }));
    for again in [false, true] {
        if again {
            w.crash();
            ["alice", "bob"].into_iter().for_each(|name| w.desktop(name));
        }
        let whole = card(&mut w, agent("bob"), vera);
        let hers = card(&mut w, agent("alice"), vera);
        assert_eq!((whole.contact.notes.as_str(), whole.contact.history.len()), ("likes paper\nsize 40", 1));
        assert_eq!((hers.contact.notes.as_str(), hers.contact.history.len()), ("likes paper", 0), "{again}");
        assert_eq!((&hers.last_agent, &hers.last_talk, &hers.seen), (&None, &None, &None));
        assert_eq!((&hers.contact.numbers, &hers.company), (&whole.contact.numbers, &whole.company));
        let notes = |card: &ContactCard| card.edits.iter().any(|edit| edit.parts == [ContactPart::Notes]);
        assert!(notes(&whole) && !notes(&hers), "nor that there are any");
        let row = &found(&mut w, agent("alice"), "vera")[0];
        assert_eq!((row.last_agent.as_ref(), row.seen.as_ref()), (None, None));
    }
    // Nor what was written there.
    w.ready("bob");
    let chat = w.open(OpenReservation { mode: Mode::Chat, ..signed(3, "shoes-3", "Zoe Shoe", "shop") }).id;
    let reads = |name: &str| Request::AgentChat { agent: World::who(name), chat, verb: ChatVerb::Read(0) };
    assert!(matches!(w.tell(reads("bob")), Reply::Messages { .. }));
    assert_eq!(w.refused(reads("alice")).1, "unknown_chat");
    // What she writes leaves what she has not read; what she changes stays where it was.
    changed(&mut w, agent("alice"), vera, json!({ "notes": "likes ink\nfelt" }));
    assert_eq!(card(&mut w, agent("alice"), vera).contact.notes, "likes ink\nfelt");
    assert_eq!(card(&mut w, agent("bob"), vera).contact.notes, "likes ink\nsize 40\nfelt");
}

#[test]
fn what_is_so_already_is_no_change() {
    let mut w = World::new();
    let vera = vera(&mut w);
    let what = json!({"name": "Vera Known", "company": "Vera Ltd", "notes": "likes ink", "priority": 5,
        "attributes": {"plan": "pro"}, "numbers": {"add": ["+4930222334"]}});
    let first = changed(&mut w, program("acme"), vera, what.clone());
    w.desktop("bob");
    let (rows, events) = (w.facts(|_| true), w.desks["bob"].events.len());
    let again = changed(&mut w, agent("bob"), vera, what);
    assert_eq!(
        (again.version, again.edits, again.contact.ratings),
        (first.version, first.edits, first.contact.ratings)
    );
    assert_eq!((w.facts(|_| true), w.desks["bob"].events.len()), (rows, events));
}

#[test]
fn whether_a_number_is_anothers_is_told_to_those_who_may_see_him_alone() {
    let mut w = World::with(vec![clients()]);
    ["alice", "bob"].into_iter().for_each(|name| w.desktop(name));
    w.open(signed(1, "shoes-1", "Zoe Shoe", "shop"));
    w.open(signed(2, "hats-1", "Zoe Hat", "hats"));
    let shoe = found(&mut w, agent("bob"), "zoe shoe")[0].id;
    let hat = found(&mut w, agent("alice"), "zoe hat")[0].id;
    let add = |number: &str| json!({"numbers": {"add": [number]}});
    changed(&mut w, program("acme"), shoe, add("+4930555111"));
    let taken = |by: Asker| (by, change(hat, None, add("+4930555111")));
    for by in [agent("bob"), program("acme")] {
        let (by, what) = taken(by);
        assert_eq!(refused(&mut w, by, what), (409, "number_taken"));
    }
    let counted = |w: &World| {
        let counters = w.firms.counters();
        (counters.contact_numbers_taken, counters.contact_numbers_shared)
    };
    assert_eq!(counted(&w), (2, 0));
    // Alice must not know of the other: she is answered as with a number that nobody has.
    let free = changed(&mut w, agent("alice"), hat, add("+4930555222"));
    let both = changed(&mut w, agent("alice"), hat, add("+4930555111"));
    assert_eq!((free.contact.e164.len(), both.contact.e164.len()), (1, 2));
    assert_eq!(counted(&w), (2, 1));
    let callers = |w: &mut World| found(w, program("acme"), "555111").len();
    assert_eq!(callers(&mut w), 2);
    w.crash();
    assert_eq!(callers(&mut w), 2);
    changed(&mut w, program("acme"), hat, add("+4930555111"));
}

/// A page of a contact's history: when each of it was, and behind which the next begins.
fn page(
    w: &mut World,
    by: Asker,
    contact: ContactId,
    before: Option<CallId>,
) -> (Vec<String>, Option<CallId>) {
    match w.tell(about(by, ContactVerb::History { contact, before, most: 20 })) {
        Reply::History { history, next } => (history.into_iter().map(|row| row.time).collect(), next),
        other => panic!("{other:?}"),
    }
}

#[test]
fn older_history_comes_by_pages_and_is_there_after_a_crash() {
    let mut w = World::with(vec![clients()]);
    ["alice", "bob"].into_iter().for_each(|name| w.ready(name));
    for _ in 0..45 {
        let call = w.dial_queue(Some("+4930222333"));
        w.agent_answers(call);
        w.customer_leaves(call);
        w.done(Request::WrapupDone(World::who("bob")));
    }
    let vera = vera(&mut w);
    let mut before_crash = None;
    for again in [false, true] {
        if again {
            w.crash();
            ["alice", "bob"].into_iter().for_each(|name| w.desktop(name));
        }
        let shown = card(&mut w, agent("bob"), vera).contact;
        assert_eq!(shown.history.len(), 20);
        let mut all: Vec<String> = shown.history.into_iter().map(|row| row.time).collect();
        let mut older = shown.older;
        let mut sizes = Vec::new();
        while older.is_some() {
            let (rows, next) = page(&mut w, agent("bob"), vera, older);
            sizes.push(rows.len());
            all.extend(rows);
            older = next;
        }
        assert_eq!(sizes, [20, 5]);
        assert!(all.is_sorted_by(|later, earlier| later >= earlier), "{all:?}");
        assert_eq!(*before_crash.get_or_insert_with(|| all.clone()), all, "{again}");
        // Who does not answer for the place sees none of it, nor that there is any, nor goes on behind one of it.
        let hers = card(&mut w, agent("alice"), vera).contact;
        assert_eq!((hers.history.len(), hers.older), (0, None));
        assert_eq!(page(&mut w, agent("alice"), vera, None), (vec![], None));
        let theirs = card(&mut w, agent("bob"), vera).contact.older;
        let verb = ContactVerb::History { contact: vera, before: theirs, most: 20 };
        assert_eq!(refused(&mut w, agent("alice"), verb), (409, "list_changed"));
    }
}

#[test]
fn a_known_customer_who_gives_up_in_line_has_it_in_his_history() {
    let mut w = World::with(vec![clients()]);
    w.desktop("bob");
    let call = w.dial_queue(Some("+4930222333"));
    w.wait_secs(9);
    w.customer_leaves(call);
    let vera = vera(&mut w);
    for again in [false, true] {
        if again {
            w.crash();
            w.desktop("bob");
        }
        let history = card(&mut w, agent("bob"), vera).contact.history;
        let rows: Vec<_> = history.iter().map(|row| (row.outcome.as_str(), row.talk_secs)).collect();
        assert_eq!(rows, [("canceled", 0)], "{again}");
    }
}
