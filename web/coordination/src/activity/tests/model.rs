//! The shard against a plain model of it, which keeps everything and looks at every rule of everybody.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// All times of the first test are multiples of this, a tick of the wheel, so that deadlines come due when they are.
const TICK: u64 = 1 << 17;
const SESSION: u64 = 300;
const AFTER_LEAVE: u64 = 60;
const MOST: usize = 5;

fn ticks(n: u64) -> Duration {
    Duration::from_micros(n * TICK)
}

fn start() -> Time {
    Time::from_micros(START.as_micros() / TICK * TICK)
}

/// A rule as the model has it: its draft, and what its expression says.
struct Plain {
    draft: Draft,
    page: fn(&str) -> bool,
    when: fn(&Person, u64) -> bool,
}

fn plain(name: &str, change: impl FnOnce(&mut Plain)) -> Plain {
    let draft = Draft { name: name.into(), ..Draft::default() };
    let mut plain = Plain { draft, page: |_| true, when: |_, _| true };
    change(&mut plain);
    plain
}

fn rules() -> Vec<Plain> {
    let page = |rule: &mut Plain, text: &str, is: fn(&str) -> bool| {
        (rule.draft.page, rule.page) = (Some(text.to_owned()), is);
    };
    let when = |rule: &mut Plain, text: &str, is: fn(&Person, u64) -> bool| {
        (rule.draft.when, rule.when) = (Some(text.to_owned()), is);
    };
    vec![
        plain("long on a", |rule| {
            (rule.draft.after, rule.draft.once) = (Some(ticks(80)), Once::Page);
            page(rule, "/a*", |path| path.starts_with("/a"));
        }),
        plain("longer", |rule| rule.draft.after = Some(ticks(170))),
        plain("long visit on b", |rule| {
            (rule.draft.after, rule.draft.since) = (Some(ticks(120)), Since::Arrival);
            page(rule, "/b", |path| path == "/b");
            when(rule, "session.errors < 3", |it, _| it.errors < 3);
        }),
        plain("b", |rule| {
            rule.draft.priority = Some(PriorityChange::By(1));
            page(rule, "/b", |path| path == "/b");
        }),
        plain("errors", |rule| {
            (rule.draft.on, rule.draft.once) =
                (vec![Kind::Error, Kind::Cart], Once::Limit { most: 2, hours: 1 });
            when(rule, "count('error', 20) >= 2", |it, now| {
                it.within(now, 20, |kept| kept.0 == Kind::Error) >= 2
            });
        }),
        plain("back on a", |rule| {
            rule.draft.once = Once::Page;
            page(rule, "*1", |path| path.ends_with('1'));
            when(rule, "seen('/a*', 30) >= 2 && session.pages > 2", |it, now| {
                it.within(now, 30, |kept| kept.0 == Kind::View && kept.1.starts_with("/a")) >= 2
                    && it.pages > 2
            });
        }),
        plain("cart", |rule| {
            (rule.draft.on, rule.draft.once) = (Kind::ALL.to_vec(), Once::Page);
            when(rule, "session.cart > 1.5 || visitor.priority > 5", |it, _| {
                it.cart > 150 || it.priority > 5
            });
        }),
        plain("tried", |rule| {
            (rule.draft.on, rule.draft.dry_run) = (vec![Kind::Cart], true);
            rule.draft.priority = Some(PriorityChange::To(7));
        }),
    ]
}

#[derive(Clone, Debug)]
enum Did {
    View(&'static str),
    Error,
    Cart(u64),
    Dwell,
    Leave,
}

#[derive(Clone, Debug)]
enum Step {
    Wait(u64),
    Arrive(u64, Vec<(u64, Did)>),
    Rate(u64, u8),
    Forget(u64),
}

fn did() -> impl Strategy<Value = Did> {
    prop_oneof![
        4 => prop_oneof![Just("/a1"), Just("/a2"), Just("/b"), Just("/c1")].prop_map(Did::View),
        2 => Just(Did::Error),
        1 => (0u64..300).prop_map(Did::Cart),
        1 => Just(Did::Dwell),
        1 => Just(Did::Leave),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0u64..100).prop_map(Step::Wait),
        1 => (0u64..4_000).prop_map(Step::Wait),
        6 => (0u64..8, proptest::collection::vec((0u64..12, did()), 0..5)).prop_map(|(who, did)| Step::Arrive(who, did)),
        1 => (0u64..8, 0u8..8).prop_map(|(who, priority)| Step::Rate(who, priority)),
        1 => (0u64..8).prop_map(Step::Forget),
    ]
}

fn who(n: u64) -> Who {
    if n < 3 { Who::Guest(n) } else { Who::Visit(n) }
}

/// Times in ticks from the start.
#[derive(Debug)]
struct Person {
    arrived: u64,
    since: u64,
    last: u64,
    last_event: u64,
    looked: Option<u64>,
    left: Option<u64>,
    seen: u64,
    path: &'static str,
    pages: u32,
    errors: u32,
    cart: u64,
    priority: u8,
    kept: Vec<(Kind, &'static str, u64)>,
    /// Whether the rule may match again on this page.
    told: BTreeMap<usize, bool>,
}

fn secs(at: u64) -> u64 {
    (start() + ticks(at)).as_secs()
}

impl Person {
    fn within(&self, now: u64, window: u64, is: impl Fn(&(Kind, &'static str)) -> bool) -> usize {
        let last = self.kept.len().saturating_sub(32);
        let lately = self.kept[last..].iter().filter(|kept| secs(kept.2) + window >= secs(now));
        lately.filter(|kept| is(&(kept.0, kept.1))).count()
    }

    fn expires(&self) -> u64 {
        let silent = self.last + SESSION;
        self.left.map_or(silent, |left| silent.min(left + AFTER_LEAVE))
    }
}

#[derive(Default)]
struct Model {
    rules: Vec<Plain>,
    now: u64,
    turn: u64,
    there: BTreeMap<u64, Person>,
    limits: BTreeMap<(u64, usize), (u8, u64)>,
    matched: Vec<(String, u64, u64)>,
    expired: u64,
    evicted: u64,
}

impl Model {
    fn try_rule(&mut self, n: u64, nth: usize, at: u64) {
        let Some(it) = self.there.get_mut(&n) else { return };
        let rule = &self.rules[nth];
        let limit = self.limits.get(&(n, nth)).filter(|limit| limit.1 > secs(at)).copied();
        let may = match rule.draft.once {
            Once::Visit => !it.told.contains_key(&nth),
            Once::Page => it.told.get(&nth).is_none_or(|again| *again),
            Once::Limit { most, .. } => limit.is_none_or(|(count, _)| count < most),
            Once::Day => unreachable!(),
        };
        if !may || !(rule.page)(it.path) || !(rule.when)(it, at) || it.priority == 0 {
            return;
        }
        it.told.insert(nth, false);
        if let Once::Limit { hours, .. } = rule.draft.once {
            let (count, ends) = limit.unwrap_or((0, secs(at) + u64::from(hours) * 3_600));
            self.limits.insert((n, nth), (count + 1, ends));
        }
        if let Some(PriorityChange::By(by)) = rule.draft.priority.filter(|_| !rule.draft.dry_run) {
            it.priority = (it.priority as i8 + by).clamp(1, 7) as u8;
        }
        self.matched.push((rule.draft.name.clone(), n, at));
    }

    fn elapse(&mut self, n: u64, until: u64) {
        let Some(it) = self.there.get_mut(&n).filter(|it| it.left.is_none() && it.pages > 0) else { return };
        let mut due = Vec::new();
        for (nth, rule) in self.rules.iter().enumerate() {
            let Some(after) = rule.draft.after else { continue };
            let after = after.as_micros() as u64 / TICK;
            let at = match rule.draft.since {
                Since::Page => it.since + after,
                Since::Arrival => (it.arrived + after).max(it.since),
            };
            if it.looked.is_none_or(|looked| at > looked) && at <= until && (rule.page)(it.path) {
                due.push((at, nth));
            }
        }
        due.sort_unstable();
        if !due.is_empty() {
            it.looked = Some(until);
        }
        for (at, nth) in due {
            self.try_rule(n, nth, at);
        }
    }

    fn wait(&mut self, now: u64) {
        self.now = now;
        for n in self.there.keys().copied().collect::<Vec<_>>() {
            let expires = self.there[&n].expires();
            self.elapse(n, now.min(expires));
            if expires <= now {
                self.there.remove(&n);
                self.expired += 1;
            }
        }
    }

    fn look(&mut self, n: u64, kind: Kind, at: u64) {
        for nth in 0..self.rules.len() {
            if self.rules[nth].draft.after.is_none() && self.on(nth).contains(&kind) {
                self.try_rule(n, nth, at);
            }
        }
    }

    fn on(&self, nth: usize) -> Vec<Kind> {
        let on = &self.rules[nth].draft.on;
        if on.is_empty() { vec![Kind::View] } else { on.clone() }
    }

    fn arrive(&mut self, n: u64, did: &[(u64, Did)]) {
        let leaves = !did.is_empty() && did.iter().all(|(_, did)| matches!(did, Did::Leave));
        let new = !self.there.contains_key(&n);
        if new && leaves {
            return;
        }
        if new && self.there.len() == MOST {
            let guests = self.there.iter().any(|(n, _)| *n < 3);
            let goes = self.there.iter().filter(|(n, _)| !guests || **n < 3).min_by_key(|(_, it)| it.seen);
            let goes = *goes.unwrap().0;
            self.there.remove(&goes);
            self.evicted += 1;
        }
        let at = did.first().map_or(self.now, |(ago, _)| self.now.saturating_sub(*ago));
        self.turn += 1;
        let it = self.there.entry(n).or_insert_with(|| Person {
            arrived: at,
            since: at,
            last: 0,
            last_event: at,
            looked: None,
            left: None,
            seen: 0,
            path: "",
            pages: 0,
            errors: 0,
            cart: 0,
            priority: PRIORITY,
            kept: Vec::new(),
            told: BTreeMap::new(),
        });
        (it.last, it.seen) = (self.now, self.turn);
        let entered = matches!(did.first(), Some((_, Did::View(_)))) && new;
        if let Some((_, Did::View(path))) = did.first().filter(|_| new) {
            self.enter(n, path, at);
        }
        if new {
            self.look(n, Kind::Arrival, at);
        }
        for (nth, (ago, did)) in did.iter().enumerate() {
            let it = &self.there[&n];
            let at = self.now.saturating_sub(*ago).max(it.last_event);
            self.elapse(n, at);
            let kind = match did {
                Did::View(path) => {
                    if nth > 0 || !entered {
                        self.enter(n, path, at);
                    }
                    Kind::View
                }
                Did::Error => Kind::Error,
                Did::Cart(_) => Kind::Cart,
                Did::Dwell => Kind::Dwell,
                Did::Leave => Kind::Leave,
            };
            let it = self.there.get_mut(&n).unwrap();
            it.last_event = at;
            if kind == Kind::Leave {
                it.left.get_or_insert(at);
            } else if it.left.take().is_some() {
                it.looked = Some(at);
            }
            match did {
                Did::Error => it.errors += 1,
                Did::Cart(cents) => it.cart = *cents,
                _ => {}
            }
            if matches!(kind, Kind::Error | Kind::Cart) {
                it.kept.push((kind, "", at));
            }
            self.look(n, kind, at);
        }
    }

    fn enter(&mut self, n: u64, path: &'static str, at: u64) {
        let it = self.there.get_mut(&n).unwrap();
        if it.path != path {
            it.told.values_mut().for_each(|again| *again = true);
        }
        (it.path, it.since, it.looked, it.left, it.last_event) = (path, at, None, None, at);
        it.pages += 1;
        it.kept.push((Kind::View, path, at));
    }
}

fn arrive(activity: &mut Activity, now: u64, n: u64, did: &[(u64, Did)]) {
    let event = |(ago, did): &(u64, Did)| {
        let what = match did {
            Did::View(path) => What::View { url: path, title: "" },
            Did::Error => What::Error { field: "x" },
            Did::Cart(cents) => What::Cart { cents: *cents, items: 1 },
            Did::Dwell => What::Dwell { secs: 1 },
            Did::Leave => What::Leave,
        };
        Event { at: start() + ticks(now) - ticks(*ago), what }
    };
    let events: Vec<Event<'_>> = did.iter().map(event).collect();
    let arrival = Arrival {
        site: 0,
        who: who(n),
        known: Known::default(),
        language: None,
        address: None,
        page: None,
        events: &events,
    };
    activity.handle_activity(start() + ticks(now), arrival);
}

fn shard() -> Activity {
    let criteria: Vec<Criterion> =
        rules().into_iter().map(|rule| Criterion::new(rule.draft).unwrap()).collect();
    let bounds = WatchSettings {
        most_visitors: MOST,
        session: ticks(SESSION),
        after_leave: ticks(AFTER_LEAVE),
        ..settings(criteria)
    };
    Activity::new(bounds)
}

/// Everything that is there is as the model has it, by every way to it.
fn compare(activity: &Activity, model: &Model) -> Result<(), TestCaseError> {
    let (total, list) = activity.list(0, 100);
    prop_assert_eq!(total, model.there.len());
    prop_assert!(total <= MOST);
    let mut walk: Vec<&u64> = model.there.keys().collect();
    walk.sort_by_key(|n| (7 - model.there[n].priority, u64::MAX - model.there[n].arrived));
    let order = |it: &LiveVisitor| (7 - it.priority, u64::MAX - it.arrived.as_micros());
    prop_assert!(list.is_sorted_by_key(order));
    let mut seen: Vec<Who> = list.iter().map(|it| it.who).collect();
    let mut expected: Vec<Who> = walk.iter().map(|n| who(**n)).collect();
    seen.sort_unstable();
    expected.sort_unstable();
    prop_assert_eq!(seen, expected);
    for (n, it) in &model.there {
        let live = activity.live(0, who(*n)).unwrap();
        prop_assert_eq!((&*live.page.url, live.pages, live.cart), (it.path, it.pages, it.cart));
        prop_assert_eq!((live.priority, live.since), (it.priority, start() + ticks(it.since)));
    }
    let counters = activity.counters();
    prop_assert_eq!((counters.expired, counters.evicted), (model.expired, model.evicted));
    prop_assert_eq!(counters.failed, 0);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn the_shard_does_what_the_model_does(steps in proptest::collection::vec(step(), 1..60)) {
        let (mut activity, mut now) = (shard(), 20);
        let mut model = Model { rules: rules(), ..Model::default() };
        model.wait(now);
        activity.handle_timeout(start() + ticks(now));
        for step in steps {
            match step {
                Step::Wait(span) => {
                    now += span;
                    model.wait(now);
                    while activity.poll_timeout().is_some_and(|due| due <= start() + ticks(now)) {
                        activity.handle_timeout(start() + ticks(now));
                    }
                }
                Step::Arrive(n, did) => {
                    model.arrive(n, &did);
                    arrive(&mut activity, now, n, &did);
                    // What was due in the past of its events is due now.
                    model.wait(now);
                    activity.handle_timeout(start() + ticks(now));
                }
                Step::Rate(n, priority) => {
                    prop_assert_eq!(activity.rate(0, who(n), priority), model.there.contains_key(&n));
                    if let Some(it) = model.there.get_mut(&n) {
                        it.priority = priority;
                    }
                }
                Step::Forget(n) => {
                    activity.forget(0, who(n));
                    model.there.remove(&n);
                    model.limits.retain(|(of, _), _| *of != n);
                }
            }
            let mut matched: Vec<(String, Who, Time)> = std::iter::from_fn(|| activity.poll_match())
                .map(|it| (it.criterion.to_string(), it.visitor.who, it.at))
                .collect();
            let mut expected: Vec<(String, Who, Time)> = std::mem::take(&mut model.matched)
                .into_iter()
                .map(|(name, n, at)| (name, who(n), start() + ticks(at)))
                .collect();
            matched.sort();
            expected.sort();
            prop_assert_eq!(matched, expected);
            compare(&activity, &model)?;
        }
        // When all are gone, nothing is left that could come due.
        activity.handle_timeout(start() + ticks(now + 2 * SESSION));
        prop_assert_eq!((activity.list(0, 9).0, activity.poll_timeout()), (0, None));
    }

    #[test]
    fn elapsed_time_is_told_within_a_second_and_once(
        arrivals in proptest::collection::vec((0u64..20_000_000, 0u64..40, 1u64..3), 1..60),
    ) {
        let rule = |name: &str, micros: u64| rule(name, |draft| {
            (draft.after, draft.once) = (Some(Duration::from_micros(micros)), Once::Page);
        });
        let mut shop = Shop::new([rule("short", 7_654_321), rule("long", 61_000_007)]);
        let mut entered: Vec<(Time, Option<Time>, u64)> = Vec::new();
        let mut told: Vec<(String, Who, Time)> = Vec::new();
        let mut late = Duration::ZERO;
        let mut take = |shop: &mut Shop| while let Some(found) = shop.activity.poll_match() {
            late = late.max(shop.now.since(found.at));
            told.push((found.criterion.to_string(), found.visitor.who, found.at));
        };
        let drive = |shop: &mut Shop, until: Time, take: &mut dyn FnMut(&mut Shop)| {
            while let Some(due) = shop.activity.poll_timeout().filter(|&due| due <= until) {
                shop.now = shop.now.max(due);
                shop.activity.handle_timeout(shop.now);
                take(shop);
            }
            shop.now = until;
        };
        let mut page = 0;
        for (gap, n, _) in arrivals {
            let until = shop.now + Duration::from_micros(gap);
            drive(&mut shop, until, &mut take);
            page += 1;
            let url = format!("/{page}");
            shop.arrive(0, Who::Visit(n), Known::default(), &[What::View { url: &url, title: "" }]);
            take(&mut shop);
            if let Some(last) = entered.iter_mut().rev().find(|it| it.2 == n) {
                last.1 = Some(shop.now);
            }
            entered.push((shop.now, None, n));
        }
        let until = shop.now + Duration::from_secs(1_000);
        drive(&mut shop, until, &mut take);
        let mut expected = Vec::new();
        for (at, until, n) in entered {
            for (name, micros) in [("short", 7_654_321), ("long", 61_000_007)] {
                let due = at + Duration::from_micros(micros);
                if until.is_none_or(|until| due <= until) {
                    expected.push((name.to_owned(), Who::Visit(n), due));
                }
            }
        }
        expected.sort();
        told.sort();
        prop_assert_eq!(told, expected);
        prop_assert!(late < Duration::from_secs(1), "{late:?}");
    }
}
