//! Who is never called: what an agent notes for him (C17), whom a register names, and what his own request counts for against either.

use crate::list::dialled;
use crate::world::*;
use warmline_coordination::cti::Command;
use warmline_coordination::dialing::MatchNumber;
use warmline_coordination::do_not_call::NumberList;
use warmline_coordination::fact::{DoNotCall, Fact};
use warmline_coordination::identity::Identity;
use warmline_coordination::program::ProgramCommand;
use warmline_coordination::request::*;
use warmline_coordination::settings::FirmSettings;
use warmline_coordination::view::VisitorState;

const OTHER: &str = "+4915123456788";

fn code(reply: Reply) -> (u16, &'static str) {
    match reply {
        Reply::Problem(problem) => (problem.status, problem.code),
        other => panic!("{other:?}"),
    }
}

fn asks(w: &mut World, wish: OpenReservation) -> (u16, &'static str) {
    code(w.tell(Request::Open(Box::new(wish))))
}

fn listed(w: &mut World, number: &str, verb: ListVerb) -> Option<&'static str> {
    let asked = Request::DoNotCall { firm: "acme".into(), by: "tower".into(), number: number.into(), verb };
    match w.tell(asked) {
        Reply::Listed { by, .. } => by,
        other => panic!("{other:?}"),
    }
}

fn never(agent: &str, call: Option<warmline_coordination::ids::CallId>) -> Request {
    Request::NeverAgain { agent: World::who(agent), call }
}

/// Alice speaks with whom she was to call.
fn talking(w: &mut World, n: u64) -> warmline_coordination::ids::CallId {
    w.ready("alice");
    w.open(wish(n, Mode::Callme));
    let call = *dialled(w).last().expect("dialled");
    w.customer_answers(call);
    w.agent_answers(call);
    call
}

fn noted(w: &World) -> Vec<DoNotCall> {
    let said = |fact: &Fact| match fact {
        Fact::DoNotCall(said) => Some((**said).clone()),
        _ => None,
    };
    w.journal.iter().filter_map(|entry| said(&entry.fact)).collect()
}

#[test]
fn c17_an_agent_notes_in_the_call_that_he_wants_never_to_be_called_again() {
    let mut w = World::new();
    let call = talking(&mut w, 1);
    assert_eq!(w.desks["alice"].current["never_call"], false);
    w.done(never("alice", Some(call)));
    assert_eq!(w.desks["alice"].current["never_call"], true);
    let row = &noted(&w)[0];
    assert_eq!((row.number.as_str(), row.why.as_str(), row.on), (MOBILE, "agent", true));
    assert_eq!((row.by.as_deref(), row.call), (Some("alice"), Some(call)), "who, and in which call");
    w.done(never("alice", None));
    assert_eq!(noted(&w).len(), 1, "said twice it is one entry");
    assert_eq!(listed(&mut w, MOBILE, ListVerb::Ask), Some("agent"));
    w.customer_leaves(call);
    assert_eq!(asks(&mut w, wish(2, Mode::Callme)), (422, "do_not_call"));
    w.crash();
    w.ready("alice");
    assert_eq!(asks(&mut w, wish(2, Mode::Callme)), (422, "do_not_call"), "also after a restart");
    // He has changed his mind, and told a program.
    assert_eq!(listed(&mut w, MOBILE, ListVerb::Remove), None);
    w.open(wish(2, Mode::Callme));
    assert_eq!(w.violations(), 0);
}

#[test]
fn c17_in_wrap_up_his_open_request_ends_and_nobody_dials_him() {
    let mut settings = acme();
    settings.queues[0].wrapup = std::time::Duration::from_secs(60);
    let mut w = World::with(vec![settings]);
    // He calls himself, from the number at which he is to be called in an hour.
    let due = Some(w.now + std::time::Duration::from_secs(3_600));
    let job = w.open(OpenReservation { due, ..wish(1, Mode::Callme) });
    w.ready("alice");
    let held = w.open(wish(2, Mode::Dial));
    let call = w.dial(held.number.as_deref().expect("held"), Some(MOBILE));
    w.agent_answers(call);
    w.customer_leaves(call);
    assert_eq!(w.state("alice"), "wrapup");
    let again = w.open(OpenReservation { due, ..wish(3, Mode::Callme) });
    w.done(never("alice", Some(call)));
    let ended = [job.id, again.id].iter().all(|&id| w.page(id).state == VisitorState::Ended);
    assert!(ended && w.firms.counters().jobs_open == 0);
    w.wait_secs(7_200);
    assert!(dialled(&w).is_empty());
    assert_eq!(code(w.tell(never("alice", None))), (409, "no_contact"), "the wrap-up is over");
}

#[test]
fn c17_without_a_number_and_for_other_contacts_nothing_is_noted() {
    let mut w = World::new();
    w.ready("alice");
    let held = w.open(wish(1, Mode::Dial));
    let call = w.dial(held.number.as_deref().expect("held"), None);
    w.agent_answers(call);
    assert!(w.desks["alice"].current["never_call"].is_null());
    assert_eq!(code(w.tell(never("alice", None))), (409, "no_number"));
    let other = warmline_coordination::ids::CallId::mint(w.now, 9);
    assert_eq!(code(w.tell(never("alice", Some(other)))), (409, "other_call"));
    assert_eq!(code(w.tell(never("bob", None))), (409, "no_contact"));
    assert!(noted(&w).is_empty());
}

#[test]
fn c17_a_program_notes_it_for_the_call_that_an_agent_has() {
    let mut w = World::new();
    let call = talking(&mut w, 1);
    let command = ProgramCommand::NeverCall { call };
    let asked = Request::Program { firm: "acme".into(), by: "tower".into(), command, people: false };
    assert!(matches!(w.tell(asked), Reply::Call(_)));
    assert_eq!(noted(&w)[0].why, "agent");
    assert_eq!(w.facts(|fact| matches!(fact, Fact::Commanded(done) if done.command == "never_call")), 1);
}

/// Of which nobody has said anything, but a register has it.
fn registered(own_request: bool, match_number: MatchNumber) -> FirmSettings {
    let mut firm = acme();
    firm.callme.policy.do_not_call = NumberList::new(vec![4_915_123_456_789]);
    firm.callme.policy.own_request = own_request;
    firm.callme.match_number = match_number;
    firm
}

fn vera() -> Option<Box<Identity>> {
    let phone = Some(MOBILE.to_owned());
    Some(Box::new(Identity { customer: "c-1".into(), phone, ..Identity::default() }))
}

#[test]
fn a_register_and_his_own_word_are_two_reasons() {
    let mut w = World::with(vec![registered(false, MatchNumber::Always)]);
    // Strict unless the firm says so; and whose word it is nobody learns by asking.
    assert_eq!(asks(&mut w, wish(1, Mode::Callme)), (422, "do_not_call"));
    let signed = OpenReservation { identity: vera(), ..wish(1, Mode::Callme) };
    assert_eq!(asks(&mut w, signed), (422, "do_not_call"));
    listed(&mut w, OTHER, ListVerb::Add);
    let other = OpenReservation { number: Some(OTHER.into()), ..wish(1, Mode::Callme) };
    assert_eq!(asks(&mut w, other), (422, "do_not_call"));
}

#[test]
fn his_own_request_goes_before_a_register_where_the_digits_of_the_page_are_asked_for() {
    let mut w = World::with(vec![registered(true, MatchNumber::Always)]);
    w.ready("alice");
    let view = w.open(wish(1, Mode::Callme));
    assert_eq!(dialled(&w).len(), 1);
    let checked = w.journal.iter().find_map(|entry| match &entry.fact {
        Fact::DialIntended { checked, .. } => checked.clone(),
        _ => None,
    });
    let checked = checked.expect("kept");
    assert_eq!(checked.own_request.as_deref(), Some("digits"));
    assert!(!checked.lists.iter().any(|row| row.list == "firm_file"), "only lists that he is not on");
    w.customer_answers(dialled(&w)[0]);
    assert!(
        !w.commands.iter().any(|command| matches!(command, Command::Ring { .. })),
        "no agent before them"
    );
    w.tell(Request::Cancel { reservation: view.id });
    // He says never: that is his own word, and no request of his goes before it.
    w.open(wish(2, Mode::Callme));
    let job = w.open(wish(2, Mode::Callme));
    w.done(Request::NeverCall { reservation: job.id });
    assert_eq!(asks(&mut w, wish(3, Mode::Callme)), (422, "do_not_call"));
}

#[test]
fn without_a_proof_a_register_counts_for_who_asks_too() {
    let mut w = World::with(vec![registered(true, MatchNumber::Off)]);
    w.ready("alice");
    assert_eq!(asks(&mut w, wish(1, Mode::Callme)), (422, "on_registry"));
    let other = Some(Box::new(Identity { customer: "c-2".into(), ..Identity::default() }));
    let typed = OpenReservation { identity: other, ..wish(1, Mode::Callme) };
    assert_eq!(asks(&mut w, typed), (422, "on_registry"), "the site does not say that it is his");
    w.open(OpenReservation { identity: vera(), ..wish(1, Mode::Callme) });
    assert_eq!(dialled(&w).len(), 1, "signed in, and it is his number there");
}

#[test]
fn a_program_imports_a_register_and_that_is_nobodys_word() {
    let mut w = World::with(vec![registered(true, MatchNumber::Always)]);
    let import = |registry: bool| Request::ListNumbers {
        firm: "acme".into(),
        by: "tower".into(),
        numbers: vec![(1, Ok(OTHER.to_owned()))],
        registry,
    };
    let number = Some(OTHER.to_owned());
    let open = w.open(OpenReservation { number: number.clone(), ..wish(1, Mode::Callme) });
    w.tell(import(true));
    assert_eq!(listed(&mut w, OTHER, ListVerb::Ask), Some("registry"));
    assert_eq!(w.page(open.id).state, VisitorState::Waiting, "what he has asked for himself stands");
    w.crash();
    assert_eq!(listed(&mut w, OTHER, ListVerb::Ask), Some("registry"));
    w.ready("alice");
    assert_eq!(dialled(&w).len(), 1);
    w.tell(Request::Cancel { reservation: open.id });
    w.tell(import(false));
    assert_eq!(listed(&mut w, OTHER, ListVerb::Ask), Some("firm"));
    w.tell(import(true));
    assert_eq!(listed(&mut w, OTHER, ListVerb::Ask), Some("firm"), "a register takes no word away");
    assert_eq!(asks(&mut w, OpenReservation { number, ..wish(2, Mode::Callme) }), (422, "do_not_call"));
    // With the firm's word taken back the register still has it; and with that taken off nobody does.
    assert_eq!(listed(&mut w, OTHER, ListVerb::Remove), Some("registry"));
    w.crash();
    assert_eq!(listed(&mut w, OTHER, ListVerb::Ask), Some("registry"));
    assert_eq!(listed(&mut w, OTHER, ListVerb::Remove), None);
    w.crash();
    assert_eq!(listed(&mut w, OTHER, ListVerb::Ask), None);
}
