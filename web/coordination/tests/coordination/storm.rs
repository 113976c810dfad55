//! Anything in any order, with a crash at any step: no number has two holders, no agent two calls, no claim sticks, every request is
//! answered, and no promise that was made is lost. Who is parked is there, and who changes his channel keeps his agent or his place.

use crate::storm_operations::*;
use crate::world::*;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Debug;
use std::time::Duration;
use warmline_coordination::cti::{Cause, Command, Device, Event, Prompt};
use warmline_coordination::fact::Fact;
use warmline_coordination::ids::{CallId, PartyId, ReservationId};
use warmline_coordination::program::CallView;
use warmline_coordination::request::*;
use warmline_coordination::routing::Strategy as Turn;
use warmline_coordination::rules::{Condition, RoutingRule, Then};
use warmline_coordination::settings::*;
use warmline_coordination::view::{ReservationView, ShownMode, VisitorState};

/// Without a number of their own, where there is little room.
const PLACES: usize = 1;

/// What firms differ in: whether agents are rung one at a time or all at once, and whether there is so little room that tickets are drawn.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    pub turn: Turn,
    pub crowded: bool,
}

pub fn kind() -> impl Strategy<Value = Kind> {
    let turn = prop_oneof![Just(Turn::RoundRobin), Just(Turn::RingAll)];
    (turn, any::<bool>()).prop_map(|(turn, crowded)| Kind { turn, crowded })
}

fn small(kind: Kind) -> FirmSettings {
    let mut settings = acme();
    settings.pools[0].numbers.truncate(3);
    settings.limits.per_address = 3;
    settings.limits.waiting = 4;
    settings.limits.reservations = if kind.crowded { PLACES } else { settings.limits.reservations };
    settings.calls.park = Duration::from_secs(30);
    settings.calls.slots = SLOTS;
    settings.calls.warm_line = Some(WarmLine { extension: Some(WARM), number: None });
    settings.contacts[0].numbers.push(HIS.into());
    settings.callme.expire = Duration::from_secs(4 * 3600);
    settings.queues.push(QueueSettings { name: "help".into(), ..QueueSettings::default() });
    let queue = &mut settings.queues[0];
    queue.strategy = kind.turn;
    queue.autopause = 2;
    let after = |secs, to| Overflow { after: Duration::from_secs(secs), to };
    let number = Beyond::Number("+4930777888".into());
    queue.overflow = vec![after(10, Beyond::Queue("help".into())), after(40, number)];
    settings.agents[0].backup = Some(Station::Account("203".into()));
    settings.agents[1].backup = Some(Station::Number("+4915199977666".into()));
    queue.menu = Some(Menu {
        greeting: None,
        languages: vec![('1', "de".into())],
        pin_key: Some('9'),
        callback_key: Some('5'),
    });
    let then = Then { queue: Some("help".into()), priority: Some(6), ..Then::default() };
    let when = Condition::compile("page.path.endsWith('/5') || call.language == 'de' && skills.sales == 0");
    settings.rules = vec![RoutingRule { name: "help".into(), when: when.unwrap(), then }];
    settings.agents.push(AgentSettings { skills: Vec::new(), ..agent("erin", Station::Browser) });
    for agent in &mut settings.agents {
        agent.supervisor = Some(Supervision::default());
        agent.calling.outbound = true;
    }
    settings
}

/// Of which kind it is, whatever was taken out or changed.
pub fn kind_of(w: &World) -> Kind {
    let firm = &w.settings[0];
    Kind { turn: firm.queues[0].strategy, crowded: firm.limits.reservations == PLACES }
}

/// `small`, with what each bit takes out, changes or adds.
pub fn other(which: u8, kind: Kind) -> FirmSettings {
    let mut settings = small(kind);
    let bit = |n: u8| which & (1 << n) != 0;
    settings.agents.retain(|agent| !(bit(0) && agent.name == "alice" || bit(1) && agent.name == "bob"));
    if bit(2) {
        settings.queues[0].overflow.clear();
        settings.rules.clear();
        settings.queues.truncate(1);
    }
    settings.pools[0].numbers.drain(..usize::from(bit(3)));
    if bit(4) {
        let taken = settings.pools[0].numbers.split_off(1);
        let pool = PoolSettings { name: "other".into(), numbers: taken, ..settings.pools[0].clone() };
        settings.pools.push(pool);
    }
    if bit(5) {
        settings.agents.iter_mut().for_each(|agent| agent.station = Station::Number("+4930901821".into()));
    }
    if bit(6) {
        settings.queues[0].wrapup = Duration::from_secs(60);
    }
    if bit(7) {
        settings.queues[0].name = "sold".into();
        settings.sites[0].queue = "sold".into();
    }
    settings
}

/// What the firm says of its calls, where it says anything; the power does not fail meanwhile.
pub fn calls(w: &mut World) -> Vec<CallView> {
    let told = |reply: &Reply| match reply {
        Reply::Calls(calls) => Some(calls.clone()),
        _ => None,
    };
    aside(w, Request::Calls { firm: "acme".into(), call: None, people: false }, told).unwrap_or_default()
}

/// As a program sees it: that does not tell the firm that somebody looks at a page. What is not durable yet, only a page is not told.
pub fn seen(w: &mut World, reservation: ReservationId) -> Option<ReservationView> {
    if !w.is_settled() {
        return w.look(reservation);
    }
    let told = |reply: &Reply| match reply {
        Reply::Reservation { view, .. } => Some((**view).clone()),
        _ => None,
    };
    aside(w, Request::Reservation { firm: "acme".into(), reservation }, told)
}

fn aside<T>(w: &mut World, request: Request, told: impl Fn(&Reply) -> Option<T>) -> Option<T> {
    if w.is_dead() {
        return None;
    }
    let dies_after = w.dies_after.take();
    let id = w.ask(request);
    w.dies_after = dies_after;
    w.replies.get(&id).and_then(told)
}

/// One operation; the power may fail in its midst.
fn step(w: &mut World, op: Op) {
    if let Op::Crash = op {
        // What a file takes out is gone with a restart: here nothing may be.
        let kind = kind_of(w);
        w.reload(|settings| *settings = small(kind));
        let before = Before::new(w);
        return crash(w, before);
    }
    let before = w.dies_after.is_some().then(|| Before::new(w));
    let places = Places::new(w);
    apply(w, op.clone());
    // In time much else may happen.
    if !matches!(op, Op::Wait(_)) {
        places.are_kept(w);
    }
    let Some(before) = before.filter(|_| w.is_dead()) else { return };
    crash(w, before);
    // Who was not told anything asks again.
    if let Op::Open(..) = op {
        apply(w, op);
    }
}

/// All pages that are not forgotten, as first told and as they are.
fn pages(w: &mut World) -> Vec<(ReservationView, ReservationView)> {
    let first: Vec<ReservationView> = w.pages.values().cloned().collect();
    first.into_iter().filter_map(|first| Some((first.clone(), seen(w, first.id)?))).collect()
}

/// The tickets that are drawn, and their places in line; none: it is his turn.
fn tickets(w: &mut World) -> BTreeMap<u32, (ReservationId, Option<u32>)> {
    let mut tickets = BTreeMap::new();
    for (_, view) in pages(w) {
        let waits = view.state != VisitorState::Ended;
        let Some(ticket) = view.ticket.filter(|_| waits && view.mode == ShownMode::Ticket) else { continue };
        let place = view.position.filter(|_| !ticket.turn);
        let other = tickets.insert(ticket.number, (view.id, place));
        assert_eq!(other, None, "two have ticket {}", ticket.number);
    }
    tickets
}

/// The promises that stand: acknowledged, a number shown, never connected, not over, within the time first told.
fn promises(w: &mut World) -> HashMap<ReservationId, String> {
    let now = w.now.rfc3339();
    pages(w)
        .into_iter()
        .filter(|(first, _)| {
            first.mode == ShownMode::Dial && first.expires_at.as_ref().is_some_and(|at| *at > now)
        })
        .filter_map(|(first, view)| {
            let kept = w.connected.contains(&first.id) || view.state == VisitorState::Talking;
            let stands = !kept && view.state != VisitorState::Ended;
            // A trunk that went down has taken it off the page.
            (stands && view.number == first.number).then(|| (first.id, first.number.unwrap()))
        })
        .collect()
}

/// What stood before an operation in which the power may fail.
struct Before {
    promises: HashMap<ReservationId, String>,
    tickets: BTreeMap<u32, (ReservationId, Option<u32>)>,
    calls: Vec<CallId>,
    rows: usize,
}

impl Before {
    fn new(w: &mut World) -> Self {
        let (promises, tickets) = (promises(w), tickets(w));
        Before { promises, tickets, calls: w.calls.keys().copied().collect(), rows: w.journal.len() }
    }

    /// The tickets that nothing has ended since.
    fn drawn(&self, rows: &str) -> BTreeSet<(u32, ReservationId)> {
        let drawn = self.tickets.iter().map(|(&number, &(id, _))| (number, id));
        drawn.filter(|(_, id)| !rows.contains(&id.to_string())).collect()
    }

    /// The promises that nothing has ended since: time, an answered call, or one of these rows.
    fn left(&self, w: &World, rows: &str) -> HashMap<ReservationId, String> {
        let now = w.now.rfc3339();
        // Of whoever was erased meanwhile the row that ended it has another id.
        let erased = rows.contains("erasure_begun");
        let stands = |id: &ReservationId| {
            let in_time = w.pages[id].expires_at.as_ref().is_some_and(|at| *at > now);
            in_time && !erased && !w.connected.contains(id) && !rows.contains(&id.to_string())
        };
        self.promises.clone().into_iter().filter(|(id, _)| stands(id)).collect()
    }
}

fn crash(w: &mut World, before: Before) {
    let rows = w.written_since(before.rows);
    let (promised, settled, kept) = (before.left(w, &rows), w.is_settled(), w.journal.len());
    let (drawn, since) = (before.drawn(&rows), before.rows);
    let on: Vec<CallId> = before.calls.into_iter().chain(w.calls.keys().copied()).collect();
    w.settings = vec![small(kind_of(w))];
    w.crash();
    for entry in w.journal.iter().skip(kept).filter(|_| settled) {
        // A chat of whoever wants to be forgotten may end at the start as well.
        if let Fact::CallRecorded(record) = &entry.fact
            && record.cause == Cause::NodeRestart
        {
            // Of whoever is erased by now the call has another id.
            let erased = record.trace_id.is_empty();
            let was_on = on.contains(&record.call) || rows.contains(&record.call.to_string());
            assert!(erased || was_on, "cut off, though it was over: {record:?}");
        }
    }
    // Whoever wants to be forgotten is promised nothing any more.
    let erasures = w.tell(Request::Erasures { firm: "acme".into(), erasure: None });
    let Reply::Erasures(erasures) = erasures else { panic!("{erasures:?}") };
    let begun = w.written_since(since).contains("erasure_begun");
    if begun || erasures.iter().any(|row| row.done.is_none()) {
        return;
    }
    let still: BTreeSet<(u32, ReservationId)> =
        tickets(w).into_iter().map(|(number, (id, _))| (number, id)).collect();
    assert!(drawn.is_subset(&still), "a ticket is lost: {drawn:?} {still:?}");
    let after = promises(w);
    for (id, number) in &promised {
        assert_eq!(after.get(id), Some(number), "a promise is lost");
    }
    if let Some((&id, number)) = promised.iter().min() {
        let call = w.dial(number, None);
        if w.said(call).last() == Some(&Prompt::EnterPin) {
            let pin = w.look(id).and_then(|view| view.pin).expect("a number has a PIN");
            w.press(call, &pin);
        }
        w.wait(Duration::from_millis(300));
        let view = w.look(id).unwrap();
        assert!(matches!(view.state, VisitorState::Waiting | VisitorState::Ringing), "{:?}", view.state);
        w.customer_leaves(call);
    }
}

fn check(w: &mut World) {
    let mut holders = HashMap::new();
    for (id, number) in promises(w) {
        assert_eq!(holders.insert(number, id), None, "two holders");
    }
    let line: Vec<u32> = tickets(w).into_values().filter_map(|(_, place)| place).collect();
    assert!(line.is_sorted_by(|a, b| a < b), "who has drawn first is not the first: {line:?}");
    let mut talking: Vec<&str> = Vec::new();
    for desk in w.desks.values().filter(|desk| desk.stream.is_some()) {
        let has = desk.current["state"] == "talking" && desk.current["guest"] == false;
        talking.extend(desk.current["call"].as_str().filter(|_| has));
    }
    let all = talking.len();
    talking.sort_unstable();
    talking.dedup();
    assert_eq!(talking.len(), all, "two agents have one call");
    if w.is_settled() {
        nobody_is_deaf(w);
        calls_are_where_they_are_shown(w);
    }
}

/// An agent has one place to speak: one call, and his phone rings for one. Who is parked is on the line, alone, and all see where.
fn calls_are_where_they_are_shown(w: &mut World) {
    let views = calls(w);
    if w.is_dead() {
        return;
    }
    let mut busy = BTreeSet::new();
    for agent in views.iter().flat_map(|view| [&view.agent, &view.guest]).flatten() {
        assert!(busy.insert(agent), "{agent} has two calls: {views:?}");
    }
    let ids: BTreeSet<CallId> = views.iter().map(|view| view.id).collect();
    assert_eq!(ids, w.calls.keys().copied().collect(), "firm and switch have other calls");
    let mut phones = BTreeSet::new();
    for party in w.calls.values().flat_map(|sim| [sim.agent, sim.asked].into_iter().flatten()) {
        let phone = phone_of(w, party.0);
        assert!(phone.as_ref().is_none_or(|user| phones.insert(user.clone())), "{phone:?} has two calls");
    }
    let mut slots = BTreeSet::new();
    for view in &views {
        let Some(slot) = view.slot else { continue };
        let sim = &w.calls[&view.id];
        let alone = sim.customer_up && sim.agent.is_none() && sim.asked.is_none() && sim.group.is_empty();
        assert!(alone && slots.insert(u64::from(slot)), "a parked call: {view:?} {sim:?}");
    }
    for (name, desk) in w.desks.iter().filter(|(_, desk)| desk.stream.is_some()) {
        let rows = desk.parked.as_array().into_iter().flatten();
        let shown: BTreeSet<u64> = rows.filter_map(|row| row["slot"].as_u64()).collect();
        assert_eq!(shown, slots, "what {name} sees of who is parked");
    }
}

/// The phone of an agent's own that is rung as this party: others' may be rung for somebody else.
fn phone_of(w: &World, id: PartyId) -> Option<String> {
    w.commands.iter().rev().find_map(|command| match command {
        Command::Ring { party, device: Device::Account { user, realm }, .. } => {
            (*party == id && realm == "acme").then(|| user.clone())
        }
        _ => None,
    })
}

/// Who speaks with whom, or waits where, before an operation.
struct Places {
    calls: BTreeMap<CallId, (Option<String>, Option<u32>)>,
    commands: usize,
}

impl Places {
    fn new(w: &mut World) -> Self {
        let views = if w.is_settled() { calls(w) } else { Vec::new() };
        let place = |w: &mut World, of: Option<ReservationId>| seen(w, of?)?.position;
        let calls =
            views.into_iter().map(|view| (view.id, (view.agent, place(w, view.reservation)))).collect();
        Places { calls, commands: w.commands.len() }
    }

    /// Whoever has gone on on another channel has the agent whom he had, or his place in line.
    fn are_kept(self, w: &mut World) {
        let moved = |w: &World, command: &Command| match command {
            Command::Replace { call, from } => (!w.calls.contains_key(from)).then_some(*call),
            _ => None,
        };
        let moved: Vec<CallId> = w.commands[self.commands..].iter().filter_map(|c| moved(w, c)).collect();
        if moved.is_empty() {
            return;
        }
        let after = Places::new(w);
        for call in moved.iter().filter(|_| w.is_settled() && !w.is_dead()) {
            let Some((agent, place)) = self.calls.get(call) else { continue };
            let Some((now, at)) = after.calls.get(call) else { panic!("a call is lost: {call:?}") };
            assert!(agent.is_none() || now == agent, "another agent: {now:?}, not {agent:?}");
            assert!(now.is_some() || at == place, "another place: {at:?}, not {place:?}");
        }
    }
}

/// Who hears whom is what the desktops show, and a customer who is not spoken with has music.
fn nobody_is_deaf(w: &World) {
    for (&call, sim) in &w.calls {
        let named = sim.hears.as_ref().is_some_and(|hears| hears.contains(&sim.customer));
        assert!(!named || w.hear(call).contains('c'), "the customer hears nothing");
    }
    for desk in w.desks.values().filter(|desk| desk.stream.is_some()) {
        let current = &desk.current;
        let call = current["call"].as_str().map(|id| id.parse().unwrap());
        let Some(call) = call.filter(|_| current["state"] == "talking" && current["guest"] == false) else {
            continue;
        };
        if !w.calls.get(&call).is_some_and(|sim| sim.joined) {
            continue;
        }
        let expected = match current["consult"]["state"].as_str() {
            Some("ringing") => "",
            Some("talking") => "ax",
            Some("conference") => "cax",
            _ if current["held"] == true || current["phone"] == "backup" => "",
            _ => "ca",
        };
        assert_eq!(w.hear(call), expected, "{current}");
    }
}

/// Callers are rung for, talk, or wait; nobody has a call that is gone; and nobody waits while an agent is ready.
fn nobody_is_forgotten(w: &mut World) {
    let waiting = w.firms.counters().waiting;
    let offered = |call: &CallId| w.desks.values().any(|desk| desk.current["call"] == call.to_string());
    let alone = |(call, sim): &(&CallId, &crate::sim::SimCall)| {
        sim.customer_up && sim.agent.is_none() && !offered(call)
    };
    let alone = w.calls.iter().filter(alone).count() as u64;
    assert!(alone <= waiting, "{alone} callers alone, {waiting} wait");
    // Erin helps only after a while; who let an offer pass is ready, but left alone: the figures know.
    let open = |name: &str| w.desks.get(name).filter(|desk| desk.stream.is_some());
    let ready = NAMES[..3].iter().filter_map(|name| open(name)).any(|desk| desk.me["state"] == "ready");
    let helper = open("erin").is_some_and(|desk| desk.me["state"] == "ready");
    let stats = NAMES.iter().find_map(|name| open(name)).map(|desk| desk.stats["agents_ready"].clone());
    let free = stats.and_then(|count| count.as_u64()).unwrap_or(0).saturating_sub(u64::from(helper));
    assert!(waiting == 0 || !ready || free == 0, "{waiting} wait though somebody is ready");
    for (name, desk) in w.desks.iter().filter(|(_, desk)| desk.stream.is_some()) {
        let call = desk.current["call"].as_str().map(|id| id.parse::<CallId>().unwrap());
        let bound = ["talking", "ringing"].contains(&desk.current["state"].as_str().unwrap_or_default());
        assert!(!bound || call.is_some_and(|call| w.calls.contains_key(&call)), "{name} has a ghost");
    }
}

/// Each decision made again is the same, and tells why it was not another.
fn decisions_are_explained(w: &mut World) {
    let Reply::Decisions(list) =
        w.tell(Request::Decisions { firm: "acme".into(), subject: None, before: None })
    else {
        panic!("no decisions")
    };
    for view in list {
        let kept = w.firms.decision_of(w.now, "acme", view.id).expect("listed");
        let queues: Vec<QueueSettings> =
            [small(kind_of(w)), other(1 << 7, kind_of(w))].into_iter().flat_map(|firm| firm.queues).collect();
        let settings = queues.iter().find(|queue| queue.name == view.queue).expect("a queue");
        assert_eq!(kept.replay(settings), kept.choice);
        assert!(kept.rung.is_empty() || kept.replay_group(settings) == kept.rung, "{view:?}");
        let free = |name: &str| view.candidates.iter().any(|row| row.agent == name && row.why_not.is_empty());
        assert_eq!(view.chosen.is_some(), view.candidates.iter().any(|row| row.why_not.is_empty()));
        assert!(view.chosen.as_deref().is_none_or(free), "{view:?}");
    }
}

fn come_to_rest(w: &mut World) {
    w.dies_after = None;
    w.changes = true;
    w.slow(false);
    w.firms.handle_store(w.now, true);
    w.pump();
    w.event(Event::TrunkUp { trunk: "carrier".into() });
    let kind = kind_of(w);
    w.reload(|settings| *settings = small(kind));
    // Who chats has his page open again, also where the answer to his request was lost: he has asked again.
    let opened = |fact: &Fact| match fact {
        Fact::ReservationOpened(opened) => Some(opened.reservation),
        _ => None,
    };
    let pages: Vec<ReservationId> = w.journal.iter().filter_map(|entry| opened(&entry.fact)).collect();
    for reservation in pages {
        w.look(reservation);
    }
    // Until whoever is asked for a PIN has been silent long enough.
    w.wait_secs(45);
    nobody_is_forgotten(w);
    decisions_are_explained(w);
    while let Some(call) = nth_call(w, 0) {
        w.customer_leaves(call);
    }
    w.wait_secs(5 * 3600);
    let counters = w.firms.counters();
    assert_eq!(
        (
            counters.reservations_live,
            counters.numbers_held,
            counters.calls_live,
            counters.jobs_open,
            counters.waiting,
            counters.tickets_waiting
        ),
        (0, 0, 0, 0, 0, 0)
    );
    assert!(calls(w).is_empty() && tickets(w).is_empty());
    assert!(w.open_requests.is_empty(), "unanswered: {:?}", w.open_requests);
    for name in NAMES {
        w.desktop(name);
        let state = w.state(name);
        assert!(["ready", "not_ready", "unreachable"].contains(&state.as_str()), "{name} is stuck: {state}");
    }
    for name in NAMES {
        w.ask(Request::Logout(World::who(name)));
    }
    w.wait_secs(3600);
    assert_eq!(w.firms.poll_timeout(), None, "a timer is left");
}

/// Tries sequences of up to `most` operations in settings; in a long run many more, and says how many operations those were.
pub fn in_any_order<S: Debug, O: Debug>(
    name: &str,
    most: usize,
    (settings, operation): (impl Strategy<Value = S>, impl Strategy<Value = O>),
    test: impl Fn(S, Vec<O>),
) {
    let cases = long().map_or(256, |times| 10_000 * times);
    let mut runner =
        TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() });
    let count = Cell::new(0);
    let told =
        runner.run(&(settings, prop::collection::vec(operation, 1..most)), |(settings, operations)| {
            count.set(count.get() + operations.len());
            test(settings, operations);
            Ok(())
        });
    told.unwrap_or_else(|failed| panic!("{failed}"));
    if long().is_some() {
        report(&format!("{name}: {} operations in {cases} sequences", count.get()));
    }
}

#[test]
fn nothing_sticks_and_no_promise_is_lost() {
    in_any_order("storm", 90, (kind(), op()), |kind, ops| {
        let mut w = World::with(vec![small(kind)]);
        for op in ops {
            step(&mut w, op);
            check(&mut w);
        }
        come_to_rest(&mut w);
    });
}

#[test]
fn whoever_is_in_a_call_hears_whom_he_sees() {
    in_any_order("storm in calls", 60, (kind(), call_op()), |kind, ops| {
        let mut w = World::with(vec![small(kind)]);
        w.talk("alice", 1);
        w.ready("bob");
        w.ready("carol");
        for op in ops {
            step(&mut w, op);
            check(&mut w);
        }
        come_to_rest(&mut w);
    });
}

#[test]
fn a_chat_whose_request_was_not_answered_any_more_is_served_when_it_is_asked_for_again() {
    let mut w = World::with(vec![small(Kind { turn: Turn::RoundRobin, crowded: false })]);
    let ops =
        [Op::Slow(true), Op::Ready(0), Op::Dies(1), Op::Open(0, Mode::Chat), Op::Slow(false), Op::Ready(0)];
    for op in ops {
        step(&mut w, op);
        check(&mut w);
    }
    assert_eq!(w.firms.counters().waiting, 1);
    come_to_rest(&mut w);
}
