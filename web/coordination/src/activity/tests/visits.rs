//! Visits, one thing at a time.

use super::*;
use crate::ids::VisitorId;

fn visitor(n: u128) -> Who {
    Who::Visitor(VisitorId::mint(START, n))
}

fn after(secs: u64) -> Option<Duration> {
    Some(Duration::from_secs(secs))
}

#[test]
fn somebody_comes_in_and_is_there_until_nothing_is_heard_of_him() {
    let mut shop = Shop::new([rule("in", |draft| draft.on = vec![Kind::Arrival])]);
    let seen = shop.arrive(0, visitor(1), Known::default(), &[view("https://shop.test/a?b=1")]);
    assert_eq!((seen.new_visit, seen.known.visits, seen.refused), (true, 1, None));
    assert_eq!(shop.matched(), ["in"]);
    let live = shop.activity.live(0, visitor(1)).unwrap();
    assert_eq!((&*live.page.url, live.pages, live.arrived), ("https://shop.test/a?b=1", 1, START));
    assert_eq!(live.rules, ["in".into()]);
    shop.secs(200);
    assert!(!shop.arrive(0, visitor(1), Known::default(), &[What::Dwell { secs: 200 }]).new_visit);
    shop.secs(299);
    assert!(shop.activity.live(0, visitor(1)).is_some());
    shop.wait(Duration::from_millis(1_200));
    assert_eq!(shop.activity.live(0, visitor(1)), None);
    assert_eq!((shop.activity.list(0, 9), shop.activity.poll_timeout()), ((0, vec![]), None));
    // He comes again with what was sealed: another hour, another visit.
    shop.secs(7_200);
    let seen = shop.arrive(0, visitor(1), seen.known, &[view("/")]);
    assert_eq!((seen.new_visit, seen.known.visits, shop.matched()), (true, 2, vec!["in".to_owned()]));
    let counters = shop.activity.counters();
    assert_eq!((counters.live, counters.expired, counters.visits, counters.events), (1, 1, 2, 3));
}

#[test]
fn who_is_not_there_any_more_begins_anew_even_before_the_wheel_has_turned() {
    let mut shop = Shop::new([]);
    shop.arrive(0, VERA, Known::default(), &[view("/a"), What::Cart { cents: 900, items: 1 }]);
    shop.now = shop.now + Duration::from_secs(300);
    let seen = shop.arrive(0, VERA, Known::default(), &[view("/b")]);
    assert!(seen.new_visit);
    assert_eq!(shop.activity.live(0, VERA).map(|it| (it.pages, it.cart)), Some((1, 0)));
}

#[test]
fn whose_page_has_gone_goes_sooner_and_cannot_come_by_leaving() {
    let mut shop = Shop::new([]);
    shop.arrive(0, VERA, Known::default(), &[view("/a"), What::Leave]);
    shop.secs(50);
    assert!(shop.activity.live(0, VERA).is_some());
    shop.arrive(0, VERA, Known::default(), &[view("/b")]);
    shop.secs(250);
    assert!(shop.activity.live(0, VERA).is_some());
    shop.arrive(0, VERA, Known::default(), &[What::Leave]);
    shop.secs(61);
    assert!(shop.activity.live(0, VERA).is_none());
    shop.arrive(0, VERA, Known::default(), &[What::Leave]);
    assert_eq!(shop.activity.counters().live, 0);
}

#[test]
fn time_alone_makes_a_criterion_true_once_and_not_when_the_page_has_changed() {
    let page = |draft: &mut Draft| (draft.after, draft.page) = (after(30), Some("/help/*".into()));
    let visit = |draft: &mut Draft| (draft.after, draft.since) = (after(100), Since::Arrival);
    let mut shop = Shop::new([
        rule("page", |draft| {
            page(draft);
            draft.once = Once::Page;
        }),
        rule("visit", visit),
    ]);
    assert!(shop.does(VERA, &[view("/help/a")]).is_empty());
    assert!(shop.secs(29).is_empty());
    assert_eq!(shop.wait(Duration::from_millis(1_132)), ["page"]);
    assert!(shop.secs(30).is_empty());
    // Loaded again, it is the same page; another one is another.
    assert!(shop.does(VERA, &[view("/help/a")]).is_empty());
    assert!(shop.secs(20).is_empty());
    assert!(shop.does(VERA, &[view("/help/b")]).is_empty());
    assert_eq!(shop.secs(31), ["visit", "page"]);
    assert!(shop.does(VERA, &[view("/shop")]).is_empty());
    assert!(shop.secs(120).is_empty());
    // Who has left is not waited for; when he is back, what is still to come comes.
    assert!(shop.does(Who::Visit(2), &[view("/help/a"), What::Leave]).is_empty());
    assert!(shop.secs(40).is_empty());
    assert!(shop.does(Who::Visit(2), &[What::Active]).is_empty());
    assert_eq!(shop.secs(70), ["visit"]);
}

#[test]
fn a_page_entered_late_in_the_visit_is_due_at_once() {
    let mut shop = Shop::new([rule("late", |draft| {
        (draft.after, draft.since, draft.page) = (after(60), Since::Arrival, Some("/pay".into()));
    })]);
    shop.does(VERA, &[view("/")]);
    shop.secs(90);
    assert!(shop.does(VERA, &[view("/pay")]).is_empty());
    assert_eq!(shop.secs(1), ["late"]);
}

#[test]
fn a_deadline_before_the_end_of_the_visit_is_kept_by_a_late_driver() {
    let mut shop = Shop::new([rule("long", |draft| draft.after = after(200))]);
    shop.does(VERA, &[view("/")]);
    shop.now = shop.now + Duration::from_secs(1_000);
    let seen = shop.arrive(0, VERA, Known::default(), &[view("/")]);
    assert!(seen.new_visit);
    let found = shop.activity.poll_match().unwrap();
    assert_eq!((&*found.criterion, found.at), ("long", START + Duration::from_secs(200)));
}

#[test]
fn how_often_a_criterion_matches_is_capped_over_visits_too() {
    let on = |name: &str, once| rule(name, |draft| draft.once = once);
    let mut shop = Shop::new([
        on("visit", Once::Visit),
        on("page", Once::Page),
        on("day", Once::Day),
        on("limit", Once::Limit { most: 3, hours: 2 }),
    ]);
    assert_eq!(shop.does(VERA, &[view("/a")]), ["visit", "page", "day", "limit"]);
    assert_eq!(shop.does(VERA, &[view("/a")]), ["limit"]);
    assert_eq!(shop.does(VERA, &[view("/b")]), ["page", "limit"]);
    assert_eq!(shop.does(VERA, &[view("/a")]), ["page"]);
    shop.secs(3_600);
    assert_eq!(shop.does(VERA, &[view("/a")]), ["visit", "page"]);
    shop.secs(3_600);
    assert_eq!(shop.does(VERA, &[view("/a")]), ["visit", "page", "limit"]);
    shop.secs(22 * 3_600);
    assert_eq!(shop.does(VERA, &[view("/a")]), ["visit", "page", "day", "limit"]);
    assert!(shop.activity.counters().capped > 5);
}

#[test]
fn priority_follows_what_he_does_and_what_people_say_and_nought_stays() {
    let mut watched = settings([
        rule("more", |draft| {
            (draft.on, draft.priority) = (vec![Kind::Cart], Some(PriorityChange::By(1)));
        }),
        rule("late", |draft| {
            draft.on = vec![Kind::Cart];
            draft.when = Some("visitor.priority == 5 && event.value > 100 && session.cart == 120.5".into());
            draft.priority = Some(PriorityChange::To(1));
        }),
    ]);
    (watched.purchase_priority, watched.return_priority) = (6, 5);
    let mut shop = Shop { activity: Activity::new(watched), now: START };
    assert_eq!(shop.does(VERA, &[view("/"), What::Cart { cents: 12_050, items: 2 }]), ["more", "late"]);
    assert_eq!(shop.activity.live(0, VERA).map(|it| it.priority), Some(1));
    let seen = shop.arrive(0, VERA, Known::default(), &[What::Purchase { cents: 12_050 }]);
    assert_eq!((seen.known.priority, seen.known.purchases, seen.known.spent), (6, 1, 12_050));
    assert_eq!(shop.activity.live(0, VERA).map(|it| (it.cart, it.items)), Some((0, 0)));
    let back = Known { visits: 3, ..Known::default() };
    assert_eq!(shop.arrive(0, visitor(5), back, &[view("/")]).known.priority, 5);
    // A nuisance matches nothing, whatever he buys.
    assert!(shop.activity.rate(0, visitor(5), 0) && !shop.activity.rate(0, visitor(6), 0));
    shop.arrive(0, visitor(5), back, &[What::Cart { cents: 12_050, items: 1 }, What::Purchase { cents: 1 }]);
    assert_eq!((shop.matched(), shop.activity.counters().never), (vec![], 1));
    assert_eq!(shop.activity.live(0, visitor(5)).map(|it| it.priority), Some(0));
    // What triggers have done is told, once each, and of nobody without an id.
    let known = visitor(7);
    shop.does(known, &[view("/"), What::Cart { cents: 12_050, items: 2 }, What::Purchase { cents: 12_050 }]);
    let rated: Vec<_> = std::iter::from_fn(|| shop.activity.poll_rated()).collect();
    let told = |it: &Rated| (it.who, it.trigger.clone(), it.from, it.to);
    let criterion = |name: &str| Trigger::Criterion(name.into());
    let expected = [
        (visitor(5), Trigger::Return, 4, 5),
        (known, criterion("more"), 4, 5),
        (known, criterion("late"), 5, 1),
        (known, Trigger::Purchase, 1, 6),
    ];
    assert_eq!(rated.iter().map(told).collect::<Vec<_>>(), expected);
}

#[test]
fn a_full_table_lets_guests_go_first_then_who_was_seen_longest_ago() {
    let mut watched = settings([]);
    watched.most_visitors = 3;
    let mut shop = Shop { activity: Activity::new(watched), now: START };
    let [a, b] = [visitor(1), visitor(2)];
    for who in [a, b, Who::Guest(1), Who::Guest(2), a] {
        shop.does(who, &[view("/")]);
        shop.secs(1);
    }
    let there =
        |shop: &Shop| [a, b, Who::Guest(1), Who::Guest(2)].map(|who| shop.activity.live(0, who).is_some());
    assert_eq!(there(&shop), [true, true, false, true]);
    shop.does(visitor(3), &[view("/")]);
    assert_eq!(there(&shop), [true, true, false, false]);
    shop.does(visitor(4), &[view("/")]);
    assert_eq!((there(&shop), shop.activity.counters().evicted), ([true, false, false, false], 3));
    shop.activity.set_settings(shop.now, WatchSettings { most_visitors: 0, ..settings([]) });
    assert_eq!(shop.arrive(0, a, Known::default(), &[]).refused, Some(Refused::Full));
    assert_eq!(shop.arrive(9, a, Known::default(), &[]).refused, Some(Refused::Site));
    assert_eq!((shop.activity.counters().live, shop.activity.counters().refused), (0, 2));
}

#[test]
fn the_list_has_the_highest_priority_first_then_the_latest_and_says_when_it_changes() {
    let mut shop = Shop::new([]);
    for n in 1..=4 {
        shop.does(Who::Visit(n), &[view("/")]);
        shop.secs(1);
    }
    shop.arrive(1, Who::Visit(1), Known::default(), &[view("/")]);
    shop.activity.rate(0, Who::Visit(2), 7);
    shop.activity.rate(0, Who::Visit(4), 0);
    let (total, list) = shop.activity.list(0, 3);
    assert_eq!((total, list.iter().map(|it| it.who).collect()), (4, [2, 3, 1].map(Who::Visit).to_vec()));
    assert_eq!(shop.activity.list(1, 9).0, 1);
    let (version, other) = (shop.activity.version(0), shop.activity.version(1));
    shop.does(Who::Visit(2), &[What::Dwell { secs: 15 }, What::Scroll { percent: 50 }]);
    assert_eq!(shop.activity.version(0), version);
    shop.does(Who::Visit(2), &[view("/b")]);
    assert!(shop.activity.version(0) > version && shop.activity.version(1) == other);
}

#[test]
fn after_a_reload_visitors_and_caps_are_as_before_and_nothing_of_the_past_comes_true() {
    let page = |name: &str, secs| rule(name, |draft| (draft.after, draft.once) = (after(secs), Once::Visit));
    let mut shop = Shop::new([rule("view", |_| ()), page("old", 60)]);
    assert_eq!(shop.does(VERA, &[view("/")]), ["view"]);
    shop.arrive(2, Who::Visit(2), Known::default(), &[view("/")]);
    assert_eq!(shop.matched(), ["view"]);
    shop.secs(40);
    let mut next = settings([page("new", 30), page("soon", 50), page("old", 60), rule("view", |_| ())]);
    // The places of sites change, one is gone, and visits are shorter.
    next.sites = vec![site(1, "other"), site(0, "shop")];
    next.session = Duration::from_secs(100);
    shop.activity.set_settings(shop.now, next);
    assert_eq!(shop.activity.poll_timeout(), Some(shop.now));
    assert_eq!(shop.secs(15), ["soon"]);
    assert_eq!(shop.activity.live(0, VERA).map(|it| it.site), Some(1));
    assert_eq!((shop.activity.list(0, 9).0, shop.activity.live(0, Who::Visit(2))), (1, None));
    assert_eq!(shop.secs(10), ["old"]);
    shop.arrive(1, VERA, Known::default(), &[view("/")]);
    assert!(shop.matched().is_empty());
    assert_eq!(shop.secs(101), ["new"]);
    assert_eq!(shop.activity.counters().live, 0);
    // A criterion that waits for less than before does not come true of the past either.
    let long = |secs| [rule("long", |draft| draft.after = after(secs))];
    shop.activity.set_settings(shop.now, settings(long(100)));
    assert!(shop.does(VERA, &[view("/")]).is_empty() && shop.secs(50).is_empty());
    shop.activity.set_settings(shop.now, settings(long(40)));
    assert!(shop.secs(10).is_empty());
    // What matched while it was tried has not matched when it is meant.
    let tried = |dry| rule("try", |draft| draft.dry_run = dry);
    shop.activity.set_settings(shop.now, settings([tried(true)]));
    assert_eq!(shop.does(VERA, &[view("/")]), ["try?"]);
    assert!(shop.activity.live(0, VERA).is_some_and(|it| it.rules.is_empty()));
    shop.activity.set_settings(shop.now, settings([tried(false)]));
    assert_eq!(shop.does(VERA, &[view("/")]), ["try"]);
    let counted = shop.activity.criteria();
    assert_eq!((counted[0].matched, counted[0].dry), (1, 1));
}

#[test]
fn what_came_true_at_the_very_moment_of_a_reload_or_of_another_site_does_so_once() {
    let often = || {
        rule("often", |draft| {
            (draft.after, draft.once) = (after(30), Once::Limit { most: 9, hours: 1 });
        })
    };
    let mut shop = Shop::new([often()]);
    shop.does(VERA, &[view("/")]);
    shop.now = shop.now + Duration::from_secs(30);
    assert_eq!(shop.does(VERA, &[What::Active]), ["often"]);
    shop.activity.set_settings(shop.now, settings([often()]));
    assert!(shop.secs(1).is_empty());
    shop.arrive(2, VERA, Known::default(), &[What::Active]);
    assert!(shop.secs(60).is_empty());
}

#[test]
fn windows_over_events_keep_their_meaning_over_a_reload() {
    let asks = |name: &str, when: &str| {
        rule(name, |draft| (draft.when, draft.once) = (Some(when.into()), Once::Page))
    };
    let seen = asks("seen", "seen('/a*', 600) >= 2");
    let mut shop = Shop::new([seen.clone(), asks("wish", "custom('wish', 600) >= 1")]);
    assert!(shop.does(VERA, &[view("/a1")]).is_empty());
    assert_eq!(shop.does(VERA, &[view("/a2")]), ["seen"]);
    shop.does(VERA, &[What::Custom { name: "wish", value: Said::Nothing }]);
    // `/b*` takes the place of `wish`, whose event does not count for it.
    shop.activity.set_settings(shop.now, settings([asks("other", "seen('/b*', 600) >= 1"), seen]));
    shop.secs(2);
    assert_eq!(shop.does(VERA, &[view("/c")]), ["seen"]);
    assert_eq!(shop.does(VERA, &[view("/b")]), ["other", "seen"]);
}

#[test]
fn who_is_forgotten_was_never_there() {
    let mut shop = Shop::new([rule("day", |draft| draft.once = Once::Day)]);
    shop.arrive(0, VERA, Known::default(), &[view("/")]);
    assert!(shop.activity.forget(0, VERA) && !shop.activity.forget(0, VERA));
    assert_eq!((shop.activity.live(0, VERA), shop.activity.poll_match()), (None, None));
    assert_eq!(shop.activity.poll_timeout(), None);
    assert_eq!(shop.does(VERA, &[view("/")]), ["day"]);
    shop.secs(400);
    assert!(shop.activity.forget(0, VERA), "the cap was his too");
    assert_eq!(shop.does(VERA, &[view("/")]), ["day"]);
    assert!(!shop.activity.forget(1, VERA));
}

#[test]
fn who_consents_goes_on_with_his_visit() {
    let mut shop = Shop::new([rule("view", |_| ()), rule("day", |draft| draft.once = Once::Day)]);
    assert_eq!(shop.does(VERA, &[view("/")]), ["view", "day"]);
    shop.does(VERA, &[What::Cart { cents: 5, items: 1 }, What::Purchase { cents: 300 }]);
    let known = Known { visits: 4, spent: 1_000, priority: 7, ..Known::default() };
    let parted = shop.activity.part(shop.now, 0, VERA).unwrap();
    assert!(shop.activity.join(shop.now, visitor(1), known, parted));
    assert!(shop.activity.part(shop.now, 0, VERA).is_none());
    let live = shop.activity.live(0, visitor(1)).unwrap();
    assert_eq!((live.visits, live.spent, live.purchases, live.priority, live.pages), (5, 1_300, 1, 7, 1));
    assert!(shop.does(visitor(1), &[view("/")]).is_empty());
    assert_eq!(shop.activity.list(0, 9).0, 1);
    assert_eq!(shop.secs(301), Vec::<String>::new());
    assert_eq!(shop.activity.list(0, 9).0, 0);
    // And in another shard.
    shop.does(VERA, &[view("/help")]);
    let mut other = Shop::new([rule("view", |_| ()), rule("day", |draft| draft.once = Once::Day)]);
    let parted = shop.activity.part(shop.now, 0, VERA).unwrap();
    assert_eq!((shop.activity.live(0, VERA), shop.activity.poll_timeout()), (None, None));
    other.now = shop.now;
    assert!(other.activity.join(other.now, visitor(2), known, parted));
    assert!(other.does(visitor(2), &[view("/")]).is_empty());
    assert_eq!(other.activity.live(0, visitor(2)).map(|it| it.rules.len()), Some(2));
    other.secs(301);
    assert_eq!(other.activity.counters().expired, 1);
    assert!(visitor(7).shard(4) < 4 && VERA.shard(0) == 0);
    let spread: Vec<u16> = (0..4_000).map(|n| Who::Visit(n).shard(4)).collect();
    assert!((0..4).all(|shard| (800..1_200).contains(&spread.iter().filter(|it| **it == shard).count())));
}

#[test]
fn what_cannot_be_is_made_plain() {
    let mut shop = Shop::new([rule("all", |draft| {
        (draft.on, draft.once) = (Kind::ALL.to_vec(), Once::Limit { most: 255, hours: 1 });
        draft.when =
            Some("event.value >= 0.0 && session.secs >= 0 && session.idle >= 0 && visits(366) > 0".into());
    })]);
    let known = Known {
        visits: u32::MAX,
        purchases: u32::MAX,
        spent: u64::MAX,
        last_visits: [u32::MAX; LAST_VISITS],
        priority: 255,
    };
    let events = [
        Event { at: Time::from_micros(u64::MAX), what: What::View { url: "", title: "\u{0}" } },
        Event { at: Time::ZERO, what: What::Purchase { cents: u64::MAX } },
        Event { at: shop.now, what: What::Cart { cents: u64::MAX, items: u32::MAX } },
        Event { at: shop.now, what: What::Custom { name: "", value: Said::Number(f64::NAN) } },
        Event { at: shop.now, what: What::Idle { secs: u32::MAX } },
        Event { at: shop.now, what: What::Scroll { percent: 255 } },
        Event { at: shop.now, what: What::Dwell { secs: u32::MAX } },
        Event { at: shop.now, what: What::View { url: "\u{7f}//[", title: "" } },
    ];
    let many: Vec<Event<'_>> = events.into_iter().cycle().take(40).collect();
    let arrival = Arrival {
        site: 0,
        who: VERA,
        known,
        language: Some("\u{202e}"),
        address: None,
        page: None,
        events: &many,
    };
    let seen = shop.activity.handle_activity(shop.now, arrival);
    assert_eq!((seen.known.visits, seen.known.spent, seen.known.priority), (u32::MAX, u64::MAX, 7));
    let counters = shop.activity.counters();
    assert_eq!((counters.events, counters.events_left, counters.failed), (32, 8, 0));
    assert!(counters.events_untimely >= 8);
    assert_eq!(shop.matched().len(), 33);
    assert_eq!(shop.activity.live(0, VERA).map(|it| (it.since, it.last)), Some((START, START)));
    // Nor does the clock run backwards.
    shop.activity.handle_activity(Time::ZERO, arrival);
    assert_eq!(shop.activity.live(0, VERA).map(|it| it.last), Some(START));
}

#[test]
fn the_page_of_a_request_counts_where_none_is_known() {
    let mut shop = Shop::new([rule("page", |draft| draft.page = Some("/a".into()))]);
    let page = PageSeen { url: "https://shop.test/a", title: "A", referrer: Some("https://search.test/") };
    let event = [Event { at: START, what: What::Dwell { secs: 15 } }];
    let arrival = Arrival {
        site: 0,
        who: VERA,
        known: Known::default(),
        language: Some("de-AT"),
        address: Some([192, 0, 2, 1].into()),
        page: Some(page),
        events: &event,
    };
    shop.activity.handle_activity(shop.now, arrival);
    assert_eq!(shop.matched(), ["page"]);
    let other = PageSeen { url: "https://shop.test/b", ..page };
    shop.activity.handle_activity(shop.now, Arrival { page: Some(other), ..arrival });
    let live = shop.activity.live(0, VERA).unwrap();
    assert_eq!((&*live.page.url, &*live.page.referrer, live.pages), (page.url, "https://search.test/", 1));
    assert_eq!((&*live.language, live.address), ("de-AT", arrival.address));
}

#[test]
fn templates_do_what_they_are_called() {
    let criteria = TEMPLATES.iter().flat_map(|name| template(name, 0, 0).unwrap());
    let mut shop = Shop::new(criteria.map(|draft| Criterion::new(draft).unwrap()));
    shop.activity.settings.check().unwrap();
    assert_eq!(template("none", 0, 0), None);
    let hour = (START.as_secs() / 3_600) as u32;
    let week = Known { visits: 1, last_visits: [hour - 160, 0, 0, 0, 0, 0, 0, 0], ..Known::default() };
    shop.arrive(0, visitor(1), week, &[view("https://shop.test/")]);
    assert_eq!(shop.matched(), ["attended_shop", "repeat_visitor"]);
    let long_ago = Known { last_visits: [hour - 170, 0, 0, 0, 0, 0, 0, 0], ..week };
    shop.arrive(0, visitor(2), long_ago, &[view("https://shop.test/checkout/pay")]);
    assert_eq!(shop.matched(), ["attended_shop"]);
    let error = What::Error { field: "iban" };
    assert!(shop.does(visitor(2), &[error, error]).is_empty());
    assert_eq!(shop.does(visitor(2), &[error, What::Cart { cents: 10_100, items: 1 }]), ["checkout_errors"]);
    assert_eq!(shop.secs(121), ["checkout_dwell"]);
    assert!(shop.does(visitor(1), &[view("https://shop.test/help/delivery")]).is_empty());
    assert_eq!(shop.secs(181), ["help_desk"]);
    // Other sites of the firm are not meant.
    shop.arrive(2, visitor(3), week, &[view("https://shop.test/")]);
    assert!(shop.matched().is_empty());
}

#[test]
fn a_dry_run_over_a_recording_finds_what_live_would_have() {
    let criteria = || {
        [
            rule("cart", |draft| {
                draft.on = vec![Kind::Cart];
                draft.when = Some("session.cart > 50 && seen('/a', 600) > 0".into());
                draft.priority = Some(PriorityChange::To(7));
            }),
            rule("long", |draft| (draft.after, draft.page) = (after(40), Some("/a".into()))),
            rule("broken", |draft| draft.when = Some("10 / (session.pages - 2) > 0".into())),
        ]
    };
    let mut recorder = Recorder::new(1_000_000);
    let mut shop = Shop::new(criteria());
    let mut live: Vec<String> = Vec::new();
    for n in 0..300u64 {
        let what = match n % 3 {
            0 => view("/a"),
            1 => What::Cart { cents: n * 100, items: 1 },
            _ => view("/b"),
        };
        let who = if n % 2 == 0 { visitor(u128::from(n % 10)) } else { Who::Guest(n % 7) };
        let event = [Event { at: shop.now, what }];
        let arrival = Arrival {
            site: (n % 11 == 0).into(),
            who,
            known: Known::default(),
            language: None,
            address: None,
            page: None,
            events: &event,
        };
        recorder.keep(Line::of(shop.now, &arrival, &[1; 16]));
        shop.activity.handle_activity(shop.now, arrival);
        live.append(&mut shop.matched());
        let mut more = if n == 299 { vec![] } else { shop.secs(n % 23) };
        live.append(&mut more);
    }
    let recorded = recorder.lines().filter_map(|line| ArrivalOwned::read(&line).ok());
    let report = replay(settings(criteria()), recorded);
    assert_eq!((report.arrivals, report.events, report.refused), (300, 300, 0));
    assert_eq!(report.span.as_ref().map(|span| span.0.as_str()), Some("2026-11-22T10:00:00.000Z"));
    for criterion in &report.criteria {
        let matched = live.iter().filter(|name| **name == criterion.name).count() as u64;
        assert_eq!(criterion.matched, matched, "{criterion:?}");
        assert_eq!(criterion.hours.values().sum::<u64>(), matched);
        assert!(criterion.examples.len() <= 5 && criterion.visitors <= matched);
    }
    let [cart, long, broken] = &report.criteria[..] else { panic!() };
    assert!(cart.matched > 5 && long.matched > 5 && broken.failed > 5, "{report:?}");
    assert_eq!(cart.examples.len(), 5);
    serde_json::to_string(&report).unwrap();
}

#[test]
fn what_criteria_must_be_is_checked() {
    let wrong = |change: fn(&mut Draft)| {
        let mut draft = Draft { name: "x".into(), ..Draft::default() };
        change(&mut draft);
        Criterion::new(draft).unwrap_err().to_string()
    };
    assert!(wrong(|draft| draft.name.clear()).starts_with("`name`"));
    assert!(wrong(|draft| draft.page = Some("shop".into())).starts_with("`page`: a pattern must begin"));
    assert!(wrong(|draft| draft.after = Some(Duration::ZERO)).starts_with("`after`"));
    assert!(wrong(|draft| (draft.after, draft.on) = (after(1), vec![Kind::View])).contains("exclude"));
    assert!(wrong(|draft| draft.once = Once::Limit { most: 0, hours: 1 }).contains("limit"));
    assert!(wrong(|draft| draft.priority = Some(PriorityChange::To(0))).starts_with("`priority`"));
    assert!(wrong(|draft| draft.when = Some("1".into())).starts_with("`when`: it is of type int"));
    let check = |criteria: Vec<Criterion>| settings(criteria).check().unwrap_err();
    assert_eq!(check(vec![rule("a", |_| ()), rule("a", |_| ())]), "there are two criteria `a`");
    assert!(check(vec![rule("a", |draft| draft.sites = vec![1])]).contains("does not have"));
    let many =
        (0..65).map(|n| rule(&format!("r{n}"), |draft| draft.when = Some(format!("seen('/{n}', 60) > 1"))));
    assert!(check(many.collect()).ends_with("`r64` is one too many"));
}
