//! What may happen in a storm, how often, and how it is done.

use crate::storm::{calls, kind_of, other, seen};
use crate::world::*;
use proptest::prelude::*;
use std::time::Duration;
use warmline_coordination::chat::{ChatVerb, Draft, VisitorVerb};
use warmline_coordination::cti::{Cause, Command, Event};
use warmline_coordination::floor::Order;
use warmline_coordination::ids::{CallId, PartyId, ReservationId};
use warmline_coordination::request::*;
use warmline_coordination::view::ShownMode;

pub const NAMES: [&str; 4] = ["alice", "bob", "carol", "erin"];
pub const SLOTS: (u16, u16) = (701, 702);
pub const WARM: u16 = 700;
/// A contact has two numbers; the second is a visitor's.
const KNOWN: &str = "+4930222333";
pub const HIS: &str = "+4915123456000";

#[derive(Clone, Debug)]
pub enum Op {
    Open(u64, Mode),
    Cancel(usize),
    DialIntent(usize),
    PageGone(usize),
    Renew(usize),
    Offer(usize),
    Dial(usize),
    DialQueue(bool),
    Ready(usize),
    Presence(usize, bool),
    Login(usize),
    Logout(usize),
    Desktop(usize, bool),
    Phone(usize, bool),
    Temper(usize, bool, bool),
    Hangup(usize),
    WrapupDone(usize),
    AgentAnswers(usize),
    AgentFails(usize, Cause),
    AgentLeaves(usize),
    CustomerAnswers(usize),
    CustomerFails(usize, Cause),
    CustomerLeaves(usize),
    Wait(u64),
    Slow(bool),
    Commit,
    Store(bool),
    Trunk(bool),
    Crash,
    /// The power fails after so much that lasts: in the midst of one of the next operations.
    Dies(u32),
    /// Which of what there is, is no more or another.
    Reload(u8),
    Verb(usize, Verb),
    AskedLeaves(usize),
    AgentLost(usize),
    AskedLost(usize),
    AgentBack(usize),
    Press(usize, char),
    /// An agent, or the visitor, in a chat.
    Writes(usize, usize, ChatVerb),
    Visitor(usize, VisitorVerb),
    /// A visitor wants to be forgotten.
    Forget(u64),
    /// The customer of a call wants to go on on another channel, and may do so at once; or rather not; or he is gone meanwhile.
    Change(usize, Mode, bool),
    Keep(usize),
    CustomerLost(usize),
    /// Whether the switch lets him.
    Lets(bool),
    /// An agent's phone dials the warm line, or where somebody is parked.
    Dials(usize, u16),
}

/// What an agent does in his call, or with those who wait.
#[derive(Clone, Debug)]
pub enum Verb {
    Mute(bool),
    Hold(bool),
    Digits,
    Consult(Target),
    Swap,
    Conference,
    ConsultEnd,
    Transfer(Option<Target>),
    Take(usize),
    Outcome(u8),
    Order(usize, Order),
    Park,
    Unpark(u16),
    Call(bool),
    Choose(bool),
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![
        6 => (0..NAMES.len()).prop_map(|n| Target::Agent(NAMES[n].into())),
        1 => Just(Target::Queue("sales".into())),
        2 => Just(Target::Number("+4915199988777".into())),
    ]
}

fn verb() -> impl Strategy<Value = Verb> {
    prop_oneof![
        1 => any::<bool>().prop_map(Verb::Mute),
        2 => any::<bool>().prop_map(Verb::Hold),
        1 => Just(Verb::Digits),
        6 => target().prop_map(Verb::Consult),
        2 => Just(Verb::Swap),
        2 => Just(Verb::Conference),
        1 => Just(Verb::ConsultEnd),
        2 => Just(Verb::Transfer(None)),
        3 => target().prop_map(|target| Verb::Transfer(Some(target))),
        2 => (0..4usize).prop_map(Verb::Take),
        1 => (1..8u8).prop_map(Verb::Outcome),
        2 => (0..NAMES.len(), order()).prop_map(|(n, order)| Verb::Order(n, order)),
        5 => Just(Verb::Park),
        8 => slot().prop_map(Verb::Unpark),
        2 => any::<bool>().prop_map(Verb::Call),
        1 => any::<bool>().prop_map(Verb::Choose),
    ]
}

fn slot() -> impl Strategy<Value = u16> {
    SLOTS.0..=SLOTS.1
}

fn draft() -> impl Strategy<Value = Draft> {
    (0..40u8).prop_map(|n| Draft { text: format!("line {n}"), client_id: format!("{n}") })
}

fn chat_verb() -> impl Strategy<Value = ChatVerb> {
    prop_oneof![
        6 => Just(ChatVerb::Accept),
        1 => Just(ChatVerb::Decline),
        3 => draft().prop_map(ChatVerb::Post),
        1 => (0..5u32).prop_map(ChatVerb::Seen),
        1 => any::<bool>().prop_map(ChatVerb::Typing),
        1 => Just(ChatVerb::ProposeCall),
        2 => target().prop_map(ChatVerb::Transfer),
        1 => Just(ChatVerb::End),
        1 => Just(ChatVerb::Close),
    ]
}

fn visitor_verb() -> impl Strategy<Value = VisitorVerb> {
    prop_oneof![
        3 => draft().prop_map(VisitorVerb::Post),
        1 => (0..5u32).prop_map(|read| VisitorVerb::Seen { delivered: read, read }),
    ]
}

fn order() -> impl Strategy<Value = Order> {
    prop_oneof![
        2 => Just(Order::Ready),
        1 => Just(Order::NotReady(None)),
        1 => any::<bool>().prop_map(|now| Order::LogOff { now }),
    ]
}

fn mode() -> impl Strategy<Value = Mode> {
    prop_oneof![3 => Just(Mode::Dial), 1 => Just(Mode::Callme), 1 => Just(Mode::Browser), 1 => Just(Mode::Chat)]
}

/// In and around calls that go on elsewhere, or are left and taken up.
fn moving() -> impl Strategy<Value = Op> {
    let channel = prop_oneof![2 => Just(Mode::Dial), 1 => Just(Mode::Callme), 1 => Just(Mode::Browser)];
    prop_oneof![
        6 => (0..9usize, channel, any::<bool>()).prop_map(|(call, mode, comes)| Op::Change(call, mode, comes)),
        1 => (0..9usize).prop_map(Op::Keep),
        1 => (0..9usize).prop_map(Op::CustomerLost),
        1 => prop::bool::weighted(0.8).prop_map(Op::Lets),
        3 => (0..NAMES.len(), prop_oneof![Just(WARM), slot()]).prop_map(|(who, number)| Op::Dials(who, number)),
    ]
}

fn cause() -> impl Strategy<Value = Cause> {
    prop_oneof![
        Just(Cause::Busy),
        Just(Cause::NoAnswer),
        Just(Cause::Declined),
        Just(Cause::Unreachable),
        Just(Cause::Canceled),
        Just(Cause::Internal)
    ]
}

pub fn op() -> impl Strategy<Value = Op> {
    let who = 0..NAMES.len();
    prop_oneof![
        9 => (0..6u64, mode()).prop_map(|(n, mode)| Op::Open(n, mode)),
        1 => (0..9usize).prop_map(Op::Cancel),
        1 => (0..9usize).prop_map(Op::DialIntent),
        1 => (0..9usize).prop_map(Op::PageGone),
        2 => (0..9usize).prop_map(Op::Renew),
        2 => (0..9usize).prop_map(Op::Offer),
        10 => moving(),
        5 => (0..3usize).prop_map(Op::Dial),
        1 => any::<bool>().prop_map(Op::DialQueue),
        5 => who.clone().prop_map(Op::Ready),
        2 => (who.clone(), any::<bool>()).prop_map(|(who, ready)| Op::Presence(who, ready)),
        1 => who.clone().prop_map(Op::Login),
        1 => who.clone().prop_map(Op::Logout),
        2 => (who.clone(), any::<bool>()).prop_map(|(who, open)| Op::Desktop(who, open)),
        2 => (who.clone(), any::<bool>()).prop_map(|(who, up)| Op::Phone(who, up)),
        1 => (who.clone(), any::<bool>(), any::<bool>()).prop_map(|(who, alive, draws)| Op::Temper(who, alive, draws)),
        1 => who.clone().prop_map(Op::Hangup),
        1 => who.clone().prop_map(Op::WrapupDone),
        12 => (who, verb()).prop_map(|(who, verb)| Op::Verb(who, verb)),
        1 => (0..9usize).prop_map(Op::AskedLeaves),
        2 => (0..9usize).prop_map(Op::AgentLost),
        1 => (0..9usize).prop_map(Op::AskedLost),
        1 => (0..9usize).prop_map(Op::AgentBack),
        2 => (0..9usize, prop_oneof![2 => Just('5'), 1 => Just('9'), 1 => Just('1'), 1 => Just('#')])
            .prop_map(|(call, key)| Op::Press(call, key)),
        4 => (0..NAMES.len(), 0..9usize, chat_verb()).prop_map(|(who, chat, verb)| Op::Writes(who, chat, verb)),
        2 => (0..9usize, visitor_verb()).prop_map(|(chat, verb)| Op::Visitor(chat, verb)),
        5 => (0..9usize).prop_map(Op::AgentAnswers),
        1 => (0..9usize, cause()).prop_map(|(call, cause)| Op::AgentFails(call, cause)),
        1 => (0..9usize).prop_map(Op::AgentLeaves),
        4 => (0..9usize).prop_map(Op::CustomerAnswers),
        1 => (0..9usize, cause()).prop_map(|(call, cause)| Op::CustomerFails(call, cause)),
        2 => (0..9usize).prop_map(Op::CustomerLeaves),
        4 => prop_oneof![Just(250), Just(1_000), Just(6_000), Just(46_000), Just(301_000)].prop_map(Op::Wait),
        1 => any::<bool>().prop_map(Op::Slow),
        2 => Just(Op::Commit),
        1 => any::<bool>().prop_map(Op::Store),
        1 => any::<bool>().prop_map(Op::Trunk),
        1 => Just(Op::Crash),
        2 => (1..12u32).prop_map(Op::Dies),
        1 => (0..6u64).prop_map(Op::Forget),
        3 => any::<u8>().prop_map(Op::Reload),
    ]
}

/// What happens in and around calls that are controlled.
pub fn call_op() -> impl Strategy<Value = Op> {
    let who = 0..NAMES.len();
    prop_oneof![
        10 => moving(),
        24 => (who.clone(), verb()).prop_map(|(who, verb)| Op::Verb(who, verb)),
        12 => (0..9usize).prop_map(Op::AgentAnswers),
        2 => (0..9usize, cause()).prop_map(|(call, cause)| Op::AgentFails(call, cause)),
        2 => (0..9usize).prop_map(Op::AgentLeaves),
        2 => (0..9usize).prop_map(Op::AskedLeaves),
        1 => (0..9usize).prop_map(Op::CustomerLeaves),
        2 => Just(Op::DialQueue(true)),
        4 => who.clone().prop_map(Op::Ready),
        1 => (who.clone(), any::<bool>()).prop_map(|(who, ready)| Op::Presence(who, ready)),
        1 => who.clone().prop_map(Op::Logout),
        2 => (who.clone(), any::<bool>()).prop_map(|(who, open)| Op::Desktop(who, open)),
        1 => (who.clone(), any::<bool>()).prop_map(|(who, up)| Op::Phone(who, up)),
        1 => (who.clone(), any::<bool>()).prop_map(|(who, draws)| Op::Temper(who, true, draws)),
        1 => who.clone().prop_map(Op::Hangup),
        2 => who.prop_map(Op::WrapupDone),
        2 => any::<u8>().prop_map(Op::Reload),
        1 => (1..12u32).prop_map(Op::Dies),
        3 => prop_oneof![Just(250), Just(1_000), Just(6_000), Just(46_000)].prop_map(Op::Wait),
    ]
}

pub fn nth_call(w: &World, n: usize) -> Option<CallId> {
    (!w.calls.is_empty()).then(|| *w.calls.keys().nth(n % w.calls.len()).unwrap())
}

fn nth_page(w: &World, n: usize) -> Option<ReservationId> {
    (!w.pages.is_empty()).then(|| *w.pages.keys().rev().nth(n % w.pages.len().min(9)).unwrap())
}

fn nth_chat(w: &World, n: usize) -> Option<ReservationId> {
    let chats: Vec<ReservationId> = w
        .pages
        .values()
        .rev()
        .filter(|page| page.mode == ShownMode::Chat)
        .map(|page| page.id)
        .take(4)
        .collect();
    chats.get(n % chats.len().max(1)).copied()
}

pub fn apply(w: &mut World, op: Op) {
    match op {
        Op::Open(n, mode) => {
            let number = (mode == Mode::Callme).then(|| format!("+4915123456{n:03}"));
            let address = format!("192.0.2.{}", n / 3);
            w.ask(Request::Open(Box::new(OpenReservation { number, address, ..wish(n, mode) })));
        }
        Op::Cancel(n) => {
            let _ = nth_page(w, n).map(|reservation| w.ask(Request::Cancel { reservation }));
        }
        Op::DialIntent(n) => {
            let _ = nth_page(w, n).map(|reservation| w.ask(Request::DialIntent { reservation }));
        }
        Op::PageGone(n) => {
            let _ = nth_page(w, n).map(|reservation| w.ask(Request::PageGone { reservation }));
        }
        Op::Renew(n) => {
            let _ = nth_page(w, n).map(|reservation| renew(w, reservation));
        }
        Op::Offer(n) => offer(w, n),
        Op::Dial(n) => {
            w.dial(&format!("+49301234500{n}"), None);
        }
        Op::DialQueue(known) => {
            w.dial_queue(known.then_some("+4915123456000"));
        }
        Op::Ready(n) => {
            w.desktop(NAMES[n]);
            w.phone(NAMES[n], true);
            w.ask(Request::Presence(World::who(NAMES[n]), Presence::Ready, None));
        }
        Op::Presence(n, ready) => {
            let presence = if ready { Presence::Ready } else { Presence::NotReady };
            w.ask(Request::Presence(World::who(NAMES[n]), presence, None));
        }
        Op::Login(n) => {
            w.ask(Request::Login(World::who(NAMES[n])));
        }
        Op::Logout(n) => {
            w.ask(Request::Logout(World::who(NAMES[n])));
        }
        Op::Desktop(n, true) => w.desktop(NAMES[n]),
        Op::Desktop(n, false) if w.desks.contains_key(NAMES[n]) => w.close_desktop(NAMES[n]),
        Op::Desktop(..) => {}
        Op::Phone(n, up) => w.phone(NAMES[n], up),
        Op::Temper(n, alive, draws) => {
            if let Some(desk) = w.desks.get_mut(NAMES[n]) {
                (desk.alive, desk.draws) = (alive, draws);
            }
        }
        Op::Hangup(n) => {
            w.ask(Request::Hangup(World::who(NAMES[n])));
        }
        Op::WrapupDone(n) => {
            w.ask(Request::WrapupDone(World::who(NAMES[n])));
        }
        Op::Wait(millis) => w.wait(Duration::from_millis(millis)),
        Op::Slow(slow) => w.slow(slow),
        Op::Commit => w.commit(),
        Op::Forget(n) => {
            w.ask(Request::Forget { site: "shop".into(), visitor: visitor(n) });
        }
        Op::Store(writable) => {
            w.firms.handle_store(w.now, writable);
            w.pump();
        }
        Op::Trunk(up) => {
            let trunk = "carrier".to_owned();
            w.event(if up { Event::TrunkUp { trunk } } else { Event::TrunkDown { trunk } });
        }
        Op::Dies(after) => w.dies_after = Some(after),
        Op::Reload(which) => {
            let kind = kind_of(w);
            w.reload(|settings| *settings = other(which, kind));
        }
        Op::Writes(n, chat, verb) => {
            let agent = World::who(NAMES[n]);
            let _ = nth_chat(w, chat).map(|chat| w.ask(Request::AgentChat { agent, chat, verb }));
        }
        Op::Visitor(chat, verb) => {
            let _ = nth_chat(w, chat).map(|reservation| w.ask(Request::VisitorChat { reservation, verb }));
        }
        Op::Press(n, key) => {
            if let Some(call) = nth_call(w, n).filter(|call| w.calls[call].customer_up) {
                w.press(call, &key.to_string());
            }
        }
        Op::Verb(n, verb) => {
            let request = request_of(w, n, verb);
            w.ask(request);
        }
        Op::Change(n, mode, comes) => {
            let _ = nth_talk(w, n).map(|reservation| change(w, reservation, mode, comes));
        }
        Op::Keep(n) => {
            let _ = nth_talk(w, n).map(|reservation| w.ask(Request::KeepChannel { reservation }));
        }
        Op::Lets(lets) => w.changes = lets,
        Op::Dials(n, number) => dials(w, NAMES[n], number),
        call => apply_to_call(w, call),
    }
}

fn request_of(w: &World, n: usize, verb: Verb) -> Request {
    let agent = World::who(NAMES[n]);
    match verb {
        Verb::Mute(on) => Request::Mute(agent, on),
        Verb::Hold(on) => Request::Hold(agent, on),
        Verb::Digits => Request::Digits(agent, "1#".into()),
        Verb::Consult(target) => Request::Consult(agent, target),
        Verb::Swap => Request::Swap(agent),
        Verb::Conference => Request::Conference(agent),
        Verb::ConsultEnd => Request::ConsultEnd(agent),
        Verb::Transfer(target) => Request::Transfer(agent, target),
        Verb::Take(at) => {
            let list = w.desks.get(NAMES[n]).map(|desk| desk.waiting[at]["id"].clone());
            let waiting = list.and_then(|id| Some(id.as_str()?.to_owned())).unwrap_or_default();
            Request::Take { agent, waiting }
        }
        Verb::Park => Request::Park(agent),
        Verb::Unpark(slot) => Request::Unpark(agent, slot),
        Verb::Call(his) => Request::Call { agent, number: number_of(his), caller_id: None },
        Verb::Choose(his) => Request::WarmLine { agent, number: number_of(his) },
        Verb::Order(of, order) => Request::Supervise { by: agent, agent: NAMES[of].into(), order },
        Verb::Outcome(priority) => Request::Outcome {
            call: None,
            agent,
            code: Some("Sold".into()),
            notes: Some("n".into()),
            priority: Some(priority),
        },
    }
}

fn number_of(his: bool) -> String {
    if his { HIS } else { KNOWN }.to_owned()
}

/// The visitor in one of the calls.
pub fn nth_talk(w: &mut World, n: usize) -> Option<ReservationId> {
    let all: Vec<ReservationId> = calls(w).into_iter().filter_map(|call| call.reservation).collect();
    (!all.is_empty()).then(|| all[n % all.len()])
}

/// What he changes to is a promise like that of any page.
fn change(w: &mut World, reservation: ReservationId, mode: Mode, comes: bool) {
    let number = (mode == Mode::Callme).then(|| format!("+49151999000{}", w.pages.len() % 10));
    let consent = Some(Consent { version: "v1".into(), call: true, text: None });
    let to = ChannelChange { mode, number, consent, on_file: false };
    let id = w.ask(Request::ChangeChannel { reservation, to });
    let Some(Reply::Reservation { view, token, .. }) = w.replies.get(&id).cloned() else { return };
    let Some(to) = view.change else { return };
    w.pages.entry(to.id).or_insert_with(|| (*to).clone());
    match (to.number, token) {
        (Some(number), _) if comes => drop(w.dial(&number, None)),
        (_, Some(token)) if comes => {
            w.ask(Request::BrowserOffer { reservation: to.id, token, sdp: "v=0".into() });
        }
        _ => {}
    }
}

/// Where it is granted, what is promised lasts longer.
fn renew(w: &mut World, reservation: ReservationId) {
    let id = w.ask(Request::Renew { reservation });
    if w.replies.get(&id) != Some(&Reply::Done) {
        return;
    }
    let Some(view) = seen(w, reservation) else { return };
    let change = view.change.clone().map(|to| *to);
    for now in [Some(view), change].into_iter().flatten() {
        if let Some(first) = w.pages.get_mut(&now.id) {
            first.expires_at = now.expires_at.or(first.expires_at.take());
        }
    }
}

fn dials(w: &mut World, name: &str, number: u16) {
    let (user, realm) = if name == "carol" { ("203", "node.test") } else { (name, "acme") };
    let call = CallId::mint(w.now, 1_000_000 + w.commands.len() as u128);
    let (user, realm) = (user.into(), realm.into());
    w.event(Event::Dialled { call, user, realm, number: number.to_string() });
}

/// Whether the switch keeps a call without its customer.
fn keeps(w: &World, id: CallId) -> bool {
    let last = w.commands.iter().rev().find_map(|command| match command {
        Command::KeepCustomer { call, on } if *call == id => Some(*on),
        _ => None,
    });
    last == Some(true)
}

fn apply_to_call(w: &mut World, op: Op) {
    let (Op::AgentAnswers(n)
    | Op::AgentFails(n, _)
    | Op::AgentLeaves(n)
    | Op::AskedLeaves(n)
    | Op::AgentLost(n)
    | Op::AskedLost(n)
    | Op::AgentBack(n)
    | Op::CustomerAnswers(n)
    | Op::CustomerFails(n, _)
    | Op::CustomerLost(n)
    | Op::CustomerLeaves(n)) = op
    else {
        unreachable!()
    };
    let Some(call) = nth_call(w, n) else { return };
    let sim = w.calls[&call].clone();
    let ringing = sim.ringing();
    // Of a group any may be the next to do something.
    let next = ringing.get(n / w.calls.len() % ringing.len().max(1)).copied();
    let there =
        |who: Option<(PartyId, bool)>| who.filter(|&(_, up)| up && sim.joined).map(|(party, _)| party);
    // Whom an agent calls is not dialled before the agent has answered.
    let dialled = |w: &World| w.count(|c| matches!(c, Command::Dial { call: id, .. } if *id == call)) > 0;
    let called = !sim.awaited || dialled(w);
    match op {
        Op::AgentAnswers(_) => {
            let _ = next.map(|party| w.party_answers(call, party));
        }
        Op::AgentFails(_, cause) => {
            let _ = next.map(|party| w.party_fails(call, party, cause));
        }
        Op::AgentLeaves(_) => {
            let _ = there(sim.agent).map(|party| w.agent_leaves(call, party));
        }
        Op::AskedLeaves(_) => {
            let _ = there(sim.asked).map(|party| w.agent_leaves(call, party));
        }
        Op::AgentLost(_) => {
            let _ =
                there(sim.agent).map(|party| w.event(Event::PhoneLost { call, party, token: "t".into() }));
        }
        Op::AskedLost(_) => {
            let _ =
                there(sim.asked).map(|party| w.event(Event::PhoneLost { call, party, token: "t".into() }));
        }
        Op::AgentBack(_) => {
            let _ = there(sim.agent).map(|party| w.event(Event::PhoneBack { call, party }));
        }
        Op::CustomerAnswers(_) if !sim.customer_up && called => w.customer_answers(call),
        Op::CustomerFails(_, cause) if !sim.customer_up && called => w.customer_fails(call, cause),
        Op::CustomerLost(_) if keeps(w, call) => w.event(Event::CustomerLost { call }),
        Op::CustomerLeaves(_) if !sim.awaited => w.customer_leaves(call),
        _ => {}
    }
}

fn offer(w: &mut World, n: usize) {
    let Some(reservation) = nth_page(w, n) else { return };
    let id = w.ask(Request::View { reservation });
    if let Some(Reply::Reservation { token: Some(token), .. }) = w.replies.get(&id).cloned() {
        w.ask(Request::BrowserOffer { reservation, token, sdp: "v=0".into() });
    }
}
