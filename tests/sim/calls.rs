//! A run of planned calls: the peers do their part, a script stands for coordination, all of it is noted.

use crate::dice::{Agenda, Dice};
use crate::model::Model;
use crate::network::Weather;
use crate::phone::Phone;
use crate::plan::{self, End, Plan, Seen, Way};
use crate::setting::{self, ACCOUNTS, AGENTS, CARRIER};
use crate::world::{Happening, World};
use std::collections::HashMap;
use std::time::Duration;
use warmline_coordination::cti::{Cause, Command, Device, Event as Cti};
use warmline_coordination::ids::{CallId, PartyId};
use warmline_sip::endpoint::{Event, SessionEvent, SessionId};
use warmline_sip::message::Message;
use warmline_sip::uri::Uri;
use warmline_time::Time;

/// Phones have registered by then, whatever the weather.
const WARM_UP: Duration = Duration::from_secs(40);
/// After the last call's beginning, everything must be over by then.
const PATIENCE: Duration = Duration::from_secs(400);

enum Task {
    Call(usize),
    Command(Box<Command>),
    Answer(usize, SessionId),
    Refuse(usize, SessionId, u16),
    HangUp(usize, SessionId),
    Hold(usize, SessionId, bool),
    Speak(usize, SessionId),
    Register(usize),
    Drain,
}

/// A run's wishes.
#[derive(Clone, Copy)]
pub struct Wish {
    pub calls: usize,
    pub seed: u64,
    pub weather: Weather,
    pub retransmit: bool,
    /// Port pairs of each media worker.
    pub pairs: u16,
    /// The switch is told to stop so long after the first call.
    pub drain: Option<Duration>,
}

pub struct Run {
    pub world: World,
    pub plans: Vec<Plan>,
    /// By call, side and phone.
    pub seen: HashMap<(usize, u8, usize), Vec<Seen>>,
    /// Why parties of a call failed.
    pub causes: HashMap<usize, Vec<Cause>>,
    pub model: Model,
    pub seed: u64,
    dice: Dice,
    agenda: Agenda<Task>,
    sessions: HashMap<(usize, SessionId), (usize, u8)>,
    /// The session of the phone that answers.
    sides: HashMap<(usize, u8), (usize, SessionId)>,
    ids: HashMap<CallId, usize>,
    begin: Time,
    last: Time,
}

impl Run {
    /// Runs to the end.
    pub fn of(wish: Wish) -> Self {
        let world = setting::world(wish.seed, wish.weather, wish.retransmit, wish.pairs);
        let mut dice = Dice::new(wish.seed ^ 0x5eed);
        let plan = |call| Plan::of(call, ACCOUNTS, AGENTS, &mut dice);
        let plans: Vec<Plan> = (0..wish.calls).map(plan).collect();
        let begin = world.now + WARM_UP;
        let mut run = Run {
            plans,
            seen: HashMap::new(),
            causes: HashMap::new(),
            model: Model::default(),
            seed: wish.seed,
            agenda: Agenda::default(),
            sessions: HashMap::new(),
            sides: HashMap::new(),
            ids: HashMap::new(),
            begin,
            last: begin,
            dice,
            world,
        };
        run.prepare(wish);
        run.go();
        run
    }

    fn prepare(&mut self, wish: Wish) {
        let now = self.world.now;
        for agent in 0..AGENTS {
            self.agenda.at(now, Task::Command(setting::credential(agent).into()));
        }
        for phone in 1..self.world.phones.len() {
            let at = now + self.dice.millis(1, 5_000);
            self.agenda.at(at, Task::Register(phone));
        }
        // Four calls begin in a second.
        let spread = wish.calls as u64 * 250;
        for call in 0..wish.calls {
            let at = self.begin + self.dice.millis(0, spread);
            self.last = self.last.max(at);
            self.agenda.at(at, Task::Call(call));
        }
        if let Some(after) = wish.drain {
            self.agenda.at(self.begin + after, Task::Drain);
        }
    }

    fn go(&mut self) {
        while let Some(at) = self.world.next().into_iter().chain(self.agenda.next()).min() {
            let over = self.world.now > self.last && self.agenda.next().is_none() && self.is_over();
            if over || at > self.last + PATIENCE {
                return;
            }
            self.world.advance(at);
            while let Some(task) = self.agenda.pop(self.world.now) {
                self.perform(task);
            }
            while let Some(happening) = self.world.happenings.pop_front() {
                self.react(happening);
            }
        }
    }

    fn is_over(&self) -> bool {
        self.world.is_clear() && self.world.phones.iter().all(|phone| phone.endpoint.live().0 == 0)
    }

    fn after(&mut self, least: u64, most: u64, task: Task) {
        let at = self.world.now + self.dice.millis(least, most);
        self.agenda.at(at, task);
    }

    fn note(&mut self, phone: usize, session: SessionId, seen: Seen) {
        if let Some(&(call, side)) = self.sessions.get(&(phone, session)) {
            self.seen.entry((call, side, phone)).or_default().push(seen);
        }
    }

    fn perform(&mut self, task: Task) {
        match task {
            Task::Call(call) => self.begin_call(call),
            Task::Command(command) => self.world.command(*command),
            Task::Answer(phone, session) => {
                if self.world.on(phone, |phone, now| phone.answer(now, session)) {
                    self.note(phone, session, Seen::Answering);
                }
            }
            Task::Refuse(phone, session, status) => {
                if self.world.on(phone, |phone, now| phone.refuse(now, session, status)) {
                    self.note(phone, session, Seen::Refused);
                }
            }
            Task::HangUp(phone, session) => {
                // Whose 200 is still on its way waits for it, where giving up is not what is planned.
                if self.is_early(phone, session) {
                    self.after(100, 200, Task::HangUp(phone, session));
                } else if self.is_there(phone, session) {
                    self.note(phone, session, Seen::HungUp);
                    self.world.on(phone, |phone, now| phone.hang_up(now, session));
                }
            }
            Task::Hold(phone, session, on) => {
                let there = self.is_there(phone, session);
                if there && !self.world.on(phone, |phone, now| phone.hold(now, session, on)) {
                    self.after(200, 400, Task::Hold(phone, session, on));
                }
            }
            Task::Speak(phone, session) => {
                if self.world.speak(phone, session) {
                    self.after(20, 20, Task::Speak(phone, session));
                }
            }
            Task::Register(phone) => {
                self.world.on(phone, |phone, now| phone.register(now, 3_600));
                if self.world.now < self.last {
                    self.after(60_000, 120_000, Task::Register(phone));
                }
            }
            Task::Drain => {
                let now = self.world.now;
                self.world.switch.drain(now);
                self.world.advance(now);
            }
        }
    }

    fn is_there(&self, phone: usize, session: SessionId) -> bool {
        self.world.phones[phone].legs.get(&session).is_some_and(|leg| !leg.over)
    }

    fn is_early(&self, phone: usize, session: SessionId) -> bool {
        let leg = self.world.phones[phone].legs.get(&session).filter(|leg| !leg.over);
        leg.is_some_and(|leg| leg.answered.is_none() && self.plans[leg.call].end.is_answered())
    }

    fn begin_call(&mut self, call: usize) {
        let plan = self.plans[call];
        let here = crate::world::switch_address();
        let number = |user: &str| Uri::sip(Some(user), &here.ip().to_string(), Some(here.port()));
        let from_trunk = plan::customer(call);
        let (phone, to, from) = match plan.way {
            Way::Neighbour => {
                let to = Uri::sip(Some(&setting::account(plan.to)), setting::DOMAIN, None);
                (setting::phone_of(plan.from), to, setting::account(plan.from))
            }
            Way::TrunkToAccount => {
                (CARRIER, number(&format!("+4930111{}", setting::account(plan.to))), from_trunk)
            }
            Way::AccountToTrunk => {
                let dialled = plan::dialled_number(call).replace('+', "0");
                let to = Uri::sip(Some(&dialled), setting::DOMAIN, None);
                (setting::phone_of(plan.from), to, setting::account(plan.from))
            }
            Way::Queue => (CARRIER, number("+4930222"), from_trunk),
            Way::RoutingPoint => (CARRIER, number(&setting::point(call)), from_trunk),
            Way::Dialled => return self.dial(call),
        };
        let trace = Some(plan::session_id(call));
        let session = self.world.on(phone, |phone, now| phone.call(now, call, &to, &from, trace));
        self.sessions.insert((phone, session), (call, 0));
        self.sides.insert((call, 0), (phone, session));
        match plan.end {
            End::Cancel => self.after(0, 3_000, Task::HangUp(phone, session)),
            End::Race => self.after(300, 5_000, Task::HangUp(phone, session)),
            _ => {}
        }
    }

    fn dial(&mut self, call: usize) {
        let now = self.world.now;
        let id = CallId::mint(now, call as u128);
        self.ids.insert(id, call);
        let party = self.mint_party();
        let number = plan::dialled_number(call);
        let (trunk, caller_id) = (setting::TRUNK.to_owned(), setting::point(0));
        let ring_secs = if self.plans[call].end == End::NoAnswer { 4 } else { 30 };
        let token = format!("attempt-{call}");
        self.world.command(Command::Dial {
            call: id,
            party,
            number,
            trunk,
            caller_id,
            token,
            ring_secs,
            beside: None,
            detect: false,
        });
        let hang_up = Task::Command(Command::Hangup { call: id, cause: Cause::Canceled }.into());
        match self.plans[call].end {
            End::Cancel => self.after(0, 3_000, hang_up),
            End::Race => self.after(300, 6_000, hang_up),
            _ => {}
        }
    }

    fn mint_party(&mut self) -> PartyId {
        let random = u128::from(self.dice.below(u64::MAX));
        PartyId::mint(self.world.now, random)
    }

    fn react(&mut self, happening: Happening) {
        match happening {
            Happening::Command(command) => self.model.command(&command),
            Happening::Cti(event) => {
                if let Err(why) = self.model.event(&event) {
                    self.world.broken.push(why);
                }
                self.follow_script(event);
            }
            Happening::Sip(phone, Event::Invite { session, request, .. }) => {
                self.called(phone, session, &request);
            }
            Happening::Sip(phone, Event::Request { request_id, request, .. }) => {
                let response = Message::response_to(&request, 200, "OK", Some("options"));
                let _ = self.world.on(phone, |phone, now| phone.endpoint.respond(now, request_id, response));
            }
            Happening::Sip(phone, Event::Response { result, .. }) => {
                if let Err(failure) = result {
                    self.world.broken.push(format!("phone {phone} could not register: {}", failure.status()));
                }
            }
            Happening::Sip(phone, Event::Session { session, event }) => {
                self.session(phone, session, event);
            }
        }
    }

    /// A phone of ours is rung.
    fn called(&mut self, phone: usize, session: SessionId, request: &Message) {
        let Some(call) = plan::call_of(request).filter(|call| *call < self.plans.len()) else {
            self.world.broken.push("an INVITE of no call".into());
            return;
        };
        let plan = self.plans[call];
        let side = u8::from(!(plan.way == Way::Dialled && phone == CARRIER));
        self.sessions.insert((phone, session), (call, side));
        self.note(phone, session, Seen::Invited);
        if !self.world.on(phone, |phone, now| phone.ring(now, session, call, side, request)) {
            self.world.broken.push(format!("call {call}: the switch's offer cannot be used"));
        }
        let answers = self.world.phones[phone].place == 0;
        if answers {
            self.sides.insert((call, side), (phone, session));
        }
        if plan.speaks && answers {
            self.after(0, 20, Task::Speak(phone, session));
        }
        match plan.end {
            End::Busy => self.after(100, 2_000, Task::Refuse(phone, session, 486)),
            End::NoAnswer if !plan.way.is_controlled() => {
                self.after(3_000, 6_000, Task::Refuse(phone, session, 480));
            }
            End::NoAnswer | End::Cancel => {}
            _ if answers => self.after(300, 3_000, Task::Answer(phone, session)),
            _ => {}
        }
    }

    fn session(&mut self, phone: usize, session: SessionId, event: SessionEvent) {
        let Some(&(call, side)) = self.sessions.get(&(phone, session)) else { return };
        let end_leg = |phone: &mut Phone, _| phone.end_leg(session);
        let plan = self.plans[call];
        match event {
            SessionEvent::Progress(_) | SessionEvent::Info(_) => {}
            SessionEvent::Established(response) => {
                self.take_answer(phone, session, &response, Seen::Established);
                if plan.speaks {
                    self.after(0, 20, Task::Speak(phone, session));
                }
                if !plan.way.is_controlled() && plan.end != End::SecondHangsUp {
                    self.plan_end(call);
                }
            }
            SessionEvent::Confirmed(_) => {
                self.note(phone, session, Seen::Confirmed);
                if side == 1 && !plan.way.is_controlled() && plan.end == End::SecondHangsUp {
                    self.plan_end(call);
                }
            }
            SessionEvent::OfferAnswered(response) => {
                self.take_answer(phone, session, &response, Seen::OfferAnswered);
                let seen = &self.seen[&(call, side, phone)];
                let answered = seen.iter().filter(|seen| **seen == Seen::OfferAnswered).count();
                if answered == 1 {
                    self.after(1_000, 2_000, Task::Hold(phone, session, false));
                } else {
                    self.after(500, 2_000, Task::HangUp(phone, session));
                }
            }
            SessionEvent::Failed(failure) => {
                self.note(phone, session, Seen::Failed(failure.status()));
                self.world.on(phone, end_leg);
            }
            SessionEvent::Canceled(_) => {
                self.note(phone, session, Seen::Canceled);
                self.world.on(phone, end_leg);
            }
            SessionEvent::Ended { by_peer, .. } => {
                self.note(phone, session, Seen::Ended(by_peer));
                self.world.on(phone, end_leg);
            }
            // The ACK of what was agreed before is still on its way: as people do, once more.
            SessionEvent::OfferRefused(failure) if failure.status() == 491 => {
                let on = !self.seen[&(call, side, phone)].contains(&Seen::OfferAnswered);
                self.after(1_000, 3_000, Task::Hold(phone, session, on));
            }
            SessionEvent::OfferRefused(failure) => {
                let why = format!("call {call} {plan:?}: an offer was refused with {}", failure.status());
                self.world.broken.push(why);
            }
            SessionEvent::Offer(_) => {
                self.world.broken.push(format!("call {call}: an offer of the switch's own"))
            }
        }
    }

    fn take_answer(&mut self, phone: usize, session: SessionId, response: &Message, seen: Seen) {
        self.note(phone, session, seen);
        if !self.world.on(phone, |phone, now| phone.take_answer(now, session, response)) {
            self.world.broken.push("the switch's answer cannot be used".into());
        }
    }

    /// Both sides are there: from now on the call comes to its end.
    fn plan_end(&mut self, call: usize) {
        let plan = self.plans[call];
        let talk = if plan.speaks { (4_000, 8_000) } else { (500, 15_000) };
        let Some(&(phone, session)) = self.sides.get(&(call, 0)) else { return };
        let second = self.sides.get(&(call, 1)).copied();
        match plan.end {
            End::FirstHangsUp => self.after(talk.0, talk.1, Task::HangUp(phone, session)),
            End::Hold => self.after(1_000, 2_000, Task::Hold(phone, session, true)),
            End::SecondHangsUp => {
                if let Some((phone, session)) = second {
                    self.after(talk.0, talk.1, Task::HangUp(phone, session));
                }
            }
            End::BothHangUp => {
                let at = self.world.now + self.dice.millis(talk.0, talk.1);
                for (phone, session) in [(phone, session)].into_iter().chain(second) {
                    let at = at + self.dice.millis(0, 150);
                    self.agenda.at(at, Task::HangUp(phone, session));
                }
            }
            End::Busy | End::Cancel | End::NoAnswer | End::Race => {}
        }
    }

    /// Coordination's part.
    fn follow_script(&mut self, event: Cti) {
        match event {
            Cti::Arrived { call, from, .. } => {
                let known = from.as_deref().and_then(plan::call_of_number);
                let Some(index) = known else {
                    self.world.broken.push("a caller without his number".into());
                    return;
                };
                self.ids.insert(call, index);
                if self.plans[index].way == Way::Queue {
                    self.after(1, 100, Task::Command(Command::Queue { call }.into()));
                    self.ring_agent(call, index, (500, 4_000));
                } else {
                    self.after(1, 20, Task::Command(Command::Alert { call }.into()));
                    self.ring_agent(call, index, (20, 500));
                }
            }
            Cti::Answered { call, .. } => {
                let Some(&index) = self.ids.get(&call) else { return };
                let both = self.sides.contains_key(&(index, 1));
                if self.plans[index].way == Way::Dialled && !both {
                    self.ring_agent(call, index, (20, 500));
                }
            }
            Cti::Bridged { call } => {
                let Some(&index) = self.ids.get(&call) else { return };
                self.plan_end(index);
            }
            Cti::Failed { call, cause, .. } => {
                let Some(&index) = self.ids.get(&call) else { return };
                self.causes.entry(index).or_default().push(cause);
                let command = match self.plans[index].way {
                    Way::Queue | Way::Dialled => Command::Hangup { call, cause },
                    _ => Command::Reject { call, cause },
                };
                self.after(1, 100, Task::Command(command.into()));
            }
            _ => {}
        }
    }

    fn ring_agent(&mut self, call: CallId, index: usize, when: (u64, u64)) {
        let plan = self.plans[index];
        let command = Command::Ring {
            call,
            party: self.mint_party(),
            device: Device::Account { user: setting::agent(plan.to), realm: setting::FIRM.into() },
            caller_name: "Visitor".into(),
            caller_number: Some(plan::dialled_number(index)),
            auto_answer: false,
            ring_secs: if plan.end == End::NoAnswer { 4 } else { 30 },
            confirm: None,
            group: false,
        };
        self.after(when.0, when.1, Task::Command(command.into()));
    }
}
