//! Routing rules: where they lead requests and calls, what decisions tell of them, and what a restart keeps.

use crate::world::*;
use warmline_coordination::cti::Command;
use warmline_coordination::decision::DecisionView;
use warmline_coordination::ids::DecisionId;
use warmline_coordination::request::*;
use warmline_coordination::routing::Rule as Chosen;
use warmline_coordination::rules::{Condition, RoutingRule, Then, Verdict};
use warmline_coordination::settings::*;

const KNOWN: Option<&str> = Some("+4930222333");

fn rule(name: &str, when: &str, then: Then) -> RoutingRule {
    RoutingRule { name: name.into(), when: Condition::compile(when).expect(when), then }
}

fn to(queue: &str) -> Then {
    Then { queue: Some(queue.into()), ..Then::default() }
}

/// Alice sells, bob supports, carol sells better and speaks German.
fn ruled(rules: Vec<RoutingRule>) -> FirmSettings {
    let mut settings = acme();
    settings.queues.push(QueueSettings {
        name: "support".into(),
        skills: vec!["support".into()],
        ..QueueSettings::default()
    });
    settings.agents[1].skills = vec![("support".into(), 2)];
    settings.agents[2].skills = vec![("sales".into(), 5), ("de".into(), 5)];
    settings.rules = rules;
    settings
}

fn decisions(w: &mut World, subject: impl ToString) -> Vec<DecisionView> {
    match w.tell(Request::Decisions { firm: "acme".into(), subject: Some(subject.to_string()), before: None })
    {
        Reply::Decisions(list) => list,
        other => panic!("{other:?}"),
    }
}

fn verdicts(decision: &DecisionView) -> Vec<(&str, Verdict)> {
    decision.rules.iter().map(|rule| (rule.name.as_str(), rule.verdict)).collect()
}

#[test]
fn the_page_leads_a_request_and_its_call_to_a_queue() {
    let rules = vec![
        rule("never", "page.title == 'Nothing'", to("sales")),
        rule("help", "page.path.startsWith('/p/')", to("support")),
        rule("rest", "true", Then { priority: Some(7), ..Then::default() }),
    ];
    let mut w = World::with(vec![ruled(rules)]);
    w.ready("alice");
    w.ready("bob");
    let view = w.open(wish(1, Mode::Dial));
    assert_eq!((w.state("alice").as_str(), w.state("bob").as_str()), ("ready", "claimed"));
    let decision = decisions(&mut w, view.id).remove(0);
    assert_eq!((decision.queue.as_str(), decision.chosen.as_deref()), ("support", Some("bob")));
    let told = [("never", Verdict::NotMatched), ("help", Verdict::Matched), ("rest", Verdict::NotReached)];
    assert_eq!(verdicts(&decision), told);
    let json = serde_json::to_value(&decision).unwrap();
    assert_eq!(json["rules"][1], serde_json::json!({ "name": "help", "verdict": "matched" }));
    let call = w.dial(view.number.as_deref().unwrap(), None);
    assert_eq!(w.ringing_at("bob"), Some(call));
}

#[test]
fn a_caller_is_known_by_his_number_and_a_level_keeps_others_out() {
    let expert = Then { skills: vec![("sales".into(), 4)], ..Then::default() };
    let mut w =
        World::with(vec![ruled(vec![rule("vera", "contact.name_known && contact.priority == 3", expert)])]);
    w.ready("alice");
    let stranger = w.dial_queue(None);
    assert_eq!(w.ringing_at("alice"), Some(stranger));
    w.customer_leaves(stranger);
    let vera = w.dial_queue(KNOWN);
    assert_eq!(w.ringing_at("alice"), None, "he has the skill, at a lower level");
    let decision = decisions(&mut w, vera).remove(0);
    let alice = decision.candidates.iter().find(|row| row.agent == "alice").unwrap();
    assert_eq!(
        (decision.chosen.as_deref(), alice.why_not.as_slice()),
        (None, &["low_skill:sales".to_owned()][..])
    );
    let bob = decision.candidates.iter().find(|row| row.agent == "bob").unwrap();
    assert!(bob.why_not.contains(&"missing_skill:sales".to_owned()), "{:?}", bob.why_not);
    w.ready("carol");
    assert_eq!(w.ringing_at("carol"), Some(vera));
}

#[test]
fn a_rule_names_an_agent_a_language_and_a_priority() {
    let named = Then { agent: Some("carol".into()), ..Then::default() };
    let german = Then { language: Some("de".into()), ..Then::default() };
    let first = Then { priority: Some(7), ..Then::default() };
    let rules = vec![
        rule("named", "call.from == '+4930222333'", named),
        rule("german", "call.from.startsWith('+4930')", german),
        rule("first", "call.from.startsWith('+33')", first),
    ];
    let mut w = World::with(vec![ruled(rules)]);
    w.ready("alice");
    w.wait_secs(5);
    w.ready("carol");
    let call = w.dial_queue(KNOWN);
    assert_eq!(w.ringing_at("carol"), Some(call), "alice is idle for longer");
    assert_eq!(decisions(&mut w, call)[0].rule, Some(Chosen::Preferred));
    w.customer_leaves(call);
    let call = w.dial_queue(Some("+4930555666"));
    assert_eq!(w.ringing_at("carol"), Some(call), "she speaks German");
    let next = w.dial_queue(Some("+4930555777"));
    assert_eq!(w.ringing_at("alice"), Some(next), "and nobody is kept waiting for want of it");
    let (plain, french) = (w.dial_queue(Some("+12125552368")), w.dial_queue(Some("+33612345678")));
    w.customer_leaves(next);
    assert_eq!(w.ringing_at("alice"), Some(french), "{plain:?} came first, at an ordinary priority");
    w.wait_secs(1);
    assert_eq!(w.desks["alice"].waiting[0]["priority"], 4);
}

#[test]
fn what_fails_is_counted_and_does_not_match() {
    let mut w = World::with(vec![ruled(vec![rule("broken", "skills.nobody > 0", to("support"))])]);
    w.ready("alice");
    let call = w.dial_queue(None);
    assert_eq!(w.ringing_at("alice"), Some(call));
    assert_eq!(verdicts(&decisions(&mut w, call)[0]), [("broken", Verdict::Failed)]);
    assert_eq!(w.firms.counters().rules_failed, 1);
}

#[test]
fn a_decision_is_made_again_under_other_rules() {
    let mut w = World::with(vec![ruled(vec![])]);
    w.ready("alice");
    w.wait_secs(5);
    w.ready("carol");
    let call = w.dial_queue(KNOWN);
    let id: DecisionId = decisions(&mut w, call)[0].id;
    let settings = w.settings[0].queues[0].clone();
    let decision = w.firms.decision_of(w.now, "acme", id).expect("kept").clone();
    let who = |choice| decision.name(choice).map(str::to_owned);
    assert_eq!(decision.choice.and_then(who).as_deref(), Some("alice"));
    let expert = Then { skills: vec![("sales".into(), 4)], ..Then::default() };
    let other = [rule("vera", "contact.name_known && call.cli_known && skills.sales == 2", expert)];
    let again = decision.rule_again(&other);
    assert_eq!(again.matched(), Some("vera"), "over the values of then");
    assert_eq!(decision.replay_ruled(again.clone(), &settings).and_then(who).as_deref(), Some("carol"));
    assert_eq!(decision.rule_again(&other), again);
}

#[test]
fn what_followed_survives_a_crash() {
    let then = Then { queue: Some("support".into()), priority: Some(6), ..Then::default() };
    let mut w = World::with(vec![ruled(vec![rule("help", "page.site == 'shop'", then)])]);
    let view = w.open(wish(1, Mode::Callme));
    w.settings[0].rules.clear();
    w.crash();
    w.ready("alice");
    assert_eq!(w.state("alice"), "ready");
    w.wait_secs(1);
    assert_eq!(w.desks["alice"].waiting[0]["priority"], 6);
    w.ready("bob");
    assert_eq!(w.state("bob"), "claimed", "{view:?}");
    assert_eq!(w.count(|command| matches!(command, Command::Dial { .. })), 1);
}
