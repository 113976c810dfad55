//! Conditions and the choice among rules.

use super::*;

fn wrong(text: &str) -> String {
    Condition::compile(text).expect_err(text).to_string()
}

fn rule(name: &str, when: &str, then: Then) -> RoutingRule {
    RoutingRule {
        name: name.into(),
        when: Condition::compile(when).unwrap_or_else(|e| panic!("{when}: {e}")),
        then,
    }
}

fn yes(when: &str, facts: &Facts) -> bool {
    evaluate(&[rule("r", when, Then::default())], facts.clone()).matched().is_some()
}

fn facts() -> Facts {
    Facts {
        contact: ContactFacts {
            known: true,
            name_known: true,
            priority: 6,
            last_agent: "alice".into(),
            visits: 3,
            verified: Verified::Passed,
        },
        page: Some(Page {
            url: "https://shop.test/printers/42?x=/cart#y".into(),
            title: "Printer 42".into(),
            attributes: [("plan".to_owned(), "pro".to_owned()), ("items".to_owned(), "3".to_owned())].into(),
        }),
        site: "shop".into(),
        client: "Shoes".into(),
        call: CallFacts {
            channel: "phone".into(),
            number: "+493012345003".into(),
            from: "+33612345678".into(),
            language: "fr".into(),
        },
        request: Said {
            topic: Some("Repair".into()),
            language: Some("pt-BR".into()),
            priority: Some(7),
            ..Said::default()
        },
        queue: "sales".into(),
        open: true,
        now: Wall { year: 2026, month: 11, day: 23, hour: 9, minute: 5, weekday: "mon".into() },
        skills: [("french".to_owned(), 0), ("sales".to_owned(), 2)].into(),
    }
}

#[test]
fn every_variable_has_its_value() {
    let facts = facts();
    for when in [
        "contact.known && contact.name_known && contact.priority >= 6 && contact.visits == 3",
        "contact.last_agent == 'alice' && contact.language == 'fr' && contact.verified == 'passed'",
        "page.path == '/printers/42' && page.url.contains('x=') && page.title.startsWith('Printer')",
        "page.site == 'shop' && page.path.startsWith('/printers/')",
        "call.channel == 'phone' && call.cli_known && call.from.startsWith('+33') && call.number.endsWith('003')",
        "request.topic == 'Repair' && request.language.startsWith('pt') && request.priority == 7",
        "queue == 'sales' && hours.open",
        "now.date == '2026-11-23' && now.time >= '09:00' && now.time < '17:00' && now.weekday in ['mon', 'tue']",
        "now.year == 2026 && now.month == 11 && now.day == 23 && now.hour == 9 && now.minute == 5",
        "skills.french == 0 && skills['sales'] > 1 && !('german' in skills)",
        "['/printers/', '/toner/'].exists(p, page.path.startsWith(p))",
        "has(skills.french) && !has(skills.german) && size(page.title) > 3",
        "contact.priority > 5 ? true : false",
        "page.attributes['plan'] == 'pro' && page.attributes.plan != 'basic' && int(page.attributes.items) > 2",
        "'plan' in page.attributes && has(page.attributes.plan) && !has(page.attributes.tier) && !('x' in page.attributes)",
    ] {
        assert!(yes(when, &facts), "{when}");
    }
    let nobody = Facts::default();
    assert!(yes("contact.verified == 'unknown'", &nobody));
    assert!(yes("page.url == '' && page.path == '' && !call.cli_known && contact.visits == 0", &nobody));
}

#[test]
fn the_first_that_holds_is_followed_and_the_rest_is_told() {
    let to = |queue: &str| Then { queue: Some(queue.into()), ..Then::default() };
    let rules = [
        rule("never", "false", to("a")),
        rule("broken", "skills['nobody has it'] > 0 || queue == 'sales' && skills.x > 0", to("b")),
        rule("french", "contact.language == 'fr'", to("c")),
        rule("too late", "true", to("d")),
    ];
    let ruled = evaluate(&rules, facts());
    let words: Vec<Verdict> = ruled.verdicts.iter().map(|(_, verdict)| *verdict).collect();
    assert_eq!(words, [Verdict::NotMatched, Verdict::Failed, Verdict::Matched, Verdict::NotReached]);
    assert_eq!((ruled.matched(), ruled.failed()), (Some("french"), 1));
    assert_eq!(ruled.then, to("c"));
    assert_eq!(evaluate(&rules, facts()), ruled, "the same values, the same choice");
    assert_eq!(evaluate(&[], facts()).then, Then::default());
}

#[test]
fn what_a_page_does_not_say_is_no_failure() {
    let to = |queue: &str| Then { queue: Some(queue.into()), ..Then::default() };
    let rules = [
        rule("tier", "page.attributes['tier'] == 'gold'", to("a")),
        rule("not", "page.attributes['tier'] != 'gold'", to("a")),
        rule("or", "page.attributes.tier == 'gold' || contact.priority > 6", to("a")),
        rule("other", "page.attributes['tier'] == 'gold' || contact.priority > 5", to("b")),
    ];
    let ruled = evaluate(&rules, facts());
    assert_eq!((ruled.matched(), ruled.failed()), (Some("other"), 0));
    let without = Facts { page: None, ..facts() };
    assert_eq!(evaluate(&rules[..3], without).failed(), 0, "nor where there is no page");
    let number = rule("number", "int(page.attributes['plan']) > 1", to("a"));
    assert_eq!(evaluate(&[number], facts()).failed(), 1, "what it says is not a number");
    assert!(wrong("page.attributes['tier']").contains("must be true or false"));
    assert!(wrong("page.attributes > 3").contains("overload"));
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    assert!(wrong("contact.priority >").contains("(line 1, column "), "{}", wrong("contact.priority >"));
    assert_eq!(wrong("true &&\n  visitor.vip"), "`visitor` is not known (line 2, column 3 of it)");
    assert!(wrong("contact.vip").starts_with("`contact` has no `vip` (line 1"), "{}", wrong("contact.vip"));
    assert!(wrong("page.url.matches('a')").starts_with("there is no function `matches`"));
    assert!(wrong("contact.priority").contains("must be true or false"), "{}", wrong("contact.priority"));
    assert!(wrong("page.url > 3").contains("overload"), "{}", wrong("page.url > 3"));
    assert!(wrong("").contains("line 1"), "{}", wrong(""));
    assert!(wrong("{'a': true}.a").contains("no meaning here"));
}

#[test]
fn an_expression_cannot_grow_beyond_bounds() {
    assert!(wrong(&format!("'{}' == ''", "x".repeat(1_000))).contains("longer than"));
    assert!(wrong(&format!("{}true{}", "(".repeat(100), ")".repeat(100))).contains("nested deeper"));
    let many = format!("[{}].exists(x, x > 1)", vec!["1"; 480].join(","));
    assert!(wrong(&many).contains("too many parts"));
    assert!(wrong("[1,2].all(x, [1,2].all(y, x == y))").contains("within another"));
    // Whatever is written, it is an answer and no fault.
    for text in [
        "!".repeat(999),
        "-".repeat(999),
        "a.".repeat(499),
        "1?".repeat(300),
        "[".repeat(24),
        "\u{0}'\"".into(),
    ] {
        assert!(Condition::compile(&text).is_err());
    }
    assert!(Condition::compile(&format!("{}true", "!".repeat(40))).is_ok());
}
