//! A program's list of contacts: who is known is changed, who is not is new, a list that comes twice changes nothing, a crash loses none.

use crate::world::*;
use serde_json::json;
use warmline_coordination::campaign::ImportView;
use warmline_coordination::contact_change::{ContactChange, NumbersChange};
use warmline_coordination::fact::Fact;
use warmline_coordination::request::*;
use warmline_coordination::settings::Supervision;
use warmline_coordination::view::ContactCard;

fn line(customer: Option<&str>, numbers: &[&str], name: &str) -> ImportedContact {
    let add = numbers.iter().map(|number| (*number).to_owned()).collect();
    ImportedContact {
        customer: customer.map(str::to_owned),
        change: ContactChange {
            name: Some(name.to_owned()).filter(|name| !name.is_empty()),
            numbers: NumbersChange { add, remove: Vec::new() },
            ..ContactChange::default()
        },
    }
}

fn asked(verb: ContactVerb) -> Request {
    Request::Contacts { by: Asker::Program { firm: "acme".into(), key: "crm".into() }, verb }
}

fn import(w: &mut World, lines: &[ImportedContact]) -> ImportView {
    let lines = lines.iter().cloned().enumerate().map(|(index, line)| (index + 2, Ok(line)));
    match w.tell(asked(ContactVerb::Import(lines.collect()))) {
        Reply::Imported(view) => *view,
        other => panic!("{other:?}"),
    }
}

fn refused(view: &ImportView) -> Vec<(usize, &'static str)> {
    view.refused.iter().map(|refused| (refused.line, refused.code)).collect()
}

fn found(w: &mut World, query: &str) -> Vec<ContactCard> {
    let verb = ContactVerb::Find { query: query.into(), after: None, most: 10 };
    let Reply::Contacts { contacts, .. } = w.tell(asked(verb)) else { panic!() };
    let ids: Vec<_> = contacts.iter().map(|row| row.id).collect();
    let read = |id| match w.tell(asked(ContactVerb::Read(id))) {
        Reply::Contact(card) => *card,
        other => panic!("{other:?}"),
    };
    ids.into_iter().map(read).collect()
}

#[test]
fn each_line_is_a_contact_from_now_on_and_the_list_may_come_again() {
    let mut w = World::new();
    let list = [
        line(Some("c-1"), &["030 111111", "+49301111112"], "Jane Dove"),
        line(None, &["+4930222333"], "Vera Wellknown"),
        line(Some("c-2"), &[], "Max Byid"),
    ];
    let view = import(&mut w, &list);
    assert_eq!((view.accepted, refused(&view)), (3, vec![]));
    let jane = &found(&mut w, "Dove")[0];
    assert_eq!((jane.contact.e164.len(), jane.customer.as_deref()), (2, Some("c-1")));
    let vera = &found(&mut w, "+4930222333")[0];
    assert_eq!((vera.contact.name.as_str(), vera.contact.notes.as_str()), ("Vera Wellknown", "likes paper"));
    let told = w.feed.iter().filter(|event| event.event == "contact.changed").count();
    assert_eq!(told, 3);
    let last = w.feed.last().unwrap();
    assert_eq!(last.data, json!({ "parts": ["name"], "of": "program", "by": "crm" }));
    // Once more, and after a crash.
    let rows = w.journal.len();
    assert_eq!(import(&mut w, &list).accepted, 3);
    w.crash();
    assert_eq!(import(&mut w, &list).accepted, 3);
    assert_eq!(w.facts(|fact| matches!(fact, Fact::ContactStored(_))), 3);
    assert_eq!(w.written_since(rows), "", "what is so already makes no row");
    // By the firm's own id he is found again, whatever else is new.
    import(&mut w, &[line(Some("c-2"), &["+49303333"], "Max Power")]);
    let max = &found(&mut w, "c-2")[0];
    assert_eq!((max.contact.name.as_str(), &max.contact.e164[..]), ("Max Power", &["+49303333".into()][..]));
    // Who calls from an imported number is he.
    w.ready("alice");
    w.dial_queue(Some("+49301111112"));
    assert_eq!(w.desks["alice"].current["contact"]["name"], "Jane Dove");
}

#[test]
fn of_those_who_answer_calls_only_a_supervisor_of_the_whole_firm_sends_a_list() {
    let list = || ContactVerb::Import(vec![(2, Ok(line(None, &["+49301111113"], "Jane")))]);
    for (supervisor, may) in [
        (None, false),
        (Some(Supervision { queues: vec!["sales".into()] }), false),
        (Some(Supervision { queues: Vec::new() }), true),
    ] {
        let mut settings = acme();
        settings.agents[0].supervisor = supervisor;
        let mut w = World::with(vec![settings]);
        w.ready("alice");
        let by = Asker::Agent(AgentRef { firm: "acme".into(), agent: "alice".into() });
        match w.tell(Request::Contacts { by, verb: list() }) {
            Reply::Imported(view) => assert!(may && view.accepted == 1),
            Reply::Problem(problem) => assert_eq!((may, problem.code), (false, "edit_not_allowed")),
            other => panic!("{other:?}"),
        }
        assert_eq!(
            found(&mut w, "Jane").iter().filter(|card| card.contact.numbers.len() == 1).count(),
            usize::from(may)
        );
    }
}

#[test]
fn a_bad_line_spoils_no_other() {
    let mut w = World::new();
    let long = "x".repeat(101);
    let view = import(
        &mut w,
        &[
            line(None, &[], "Nobody"),
            line(None, &["5"], "Short"),
            line(None, &["+49301111111"], &long),
            line(Some("c-1"), &["+49301111111"], "Jane"),
            line(Some("c-9"), &["+49301111111"], "Joan"),
            line(None, &["+49301111111", "+4930222333"], "Both"),
            line(None, &["+49301111113"], "Last"),
        ],
    );
    let codes = [
        (2, "number_missing"),
        (3, "number_invalid"),
        (4, "too_long"),
        (6, "customer_differs"),
        (7, "number_taken"),
    ];
    assert_eq!((view.accepted, refused(&view)), (2, codes.to_vec()));
    assert_eq!(found(&mut w, "Last").len(), 1);
    let lines = vec![(2, Err("line_invalid")); 1_001];
    let refused = w.refused(asked(ContactVerb::Import(lines)));
    assert_eq!((refused.0, refused.1), (422, "too_many"));
}
