//! The whole product but its sockets: firms and switch on one clock, with a store that takes its time, desktops, pages and phones.

use crate::desk::{self, DESKS, Desk};
use crate::dice::{Agenda, Dice};
use crate::model::{self, Model};
use crate::network::Weather;
use crate::plan;
use crate::setting::{self, CARRIER};
use crate::world::{Happening, PAIRS, World, switch_address};
use std::collections::{HashMap, VecDeque};
use std::time::Duration;
use warmline_coordination::cti;
use warmline_coordination::effect::{Action, Audience, Effect};
use warmline_coordination::firms::Firms;
use warmline_coordination::ids::ReservationId;
use warmline_coordination::request::{AgentRef, ChannelChange, Mode, Presence, Reply, Request, RequestId};
use warmline_coordination::routing::Strategy;
use warmline_coordination::view::{AgentViews, Notice, ReservationView, ShownMode};
use warmline_sip::endpoint::{Event, SessionEvent, SessionId};
use warmline_sip::message::{HeaderName, Message};
use warmline_sip::uri::Uri;
use warmline_time::Time;

/// What people do, and how often they do something else; chances in percent.
#[derive(Clone, Copy)]
pub struct Habits {
    /// The desktop answers a probe.
    pub probes: u64,
    /// The agent answers his phone; otherwise he declines or lets it ring.
    pub answers: u64,
    /// How long after the answer the agent hangs up.
    pub talk: (u64, u64),
    /// The agent parks whom he speaks with, or takes up who is parked; the visitor changes the channel.
    pub moves: u64,
}

pub const FAITHFUL: Habits = Habits { probes: 100, answers: 100, talk: (20_000, 20_000), moves: 0 };
pub const HUMAN: Habits = Habits { probes: 90, answers: 75, talk: (1_000, 30_000), moves: 20 };

pub enum Task {
    Web(Request),
    Commit(u64),
    Command(cti::Command),
    Told(cti::Event),
    Notice(Audience, Notice),
    Answered(RequestId, Reply),
    /// A visitor clicks; he dials so long after he has his number.
    Click(usize, Mode),
    Dial(usize),
    /// A visitor in a call asks for a number on which to go on, and dials it, or to be called; or he would rather go on as he is.
    Change(usize, Mode),
    Keep(usize),
    /// His page is still looked at.
    Renew(usize),
    /// A visitor gives up, wherever his call is.
    GiveUp(usize),
    /// A visitor withdraws on his page.
    Withdraw(usize),
    /// A desktop's own hang-up button.
    Button(usize),
    Register(usize, u32),
    Answer(usize, SessionId),
    Refuse(usize, SessionId),
    HangUp(usize, SessionId),
    Speak(usize, SessionId),
}

/// Ways on which nothing overtakes: commands, events, the store, and one for each desktop and page.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Lane {
    Commands,
    Events,
    Store,
    Desk(usize),
    Pages,
}

#[derive(Default)]
pub struct Visitor {
    pub view: Option<ReservationView>,
    /// Dials so long after the number is shown; `None`: never.
    pub dials_after: Option<(u64, u64)>,
    /// Gives up so long after he dialled or was called; `None`: waits.
    pub patience: Option<(u64, u64)>,
    pub session: Option<SessionId>,
}

pub struct Journey {
    pub world: World,
    pub firms: Firms,
    pub model: Model,
    pub desks: Vec<Desk>,
    pub visitors: Vec<Visitor>,
    /// What was seen, in order, in words.
    pub log: Vec<String>,
    pub broken: Vec<String>,
    pub dice: Dice,
    habits: Habits,
    agenda: Agenda<Task>,
    lanes: HashMap<Lane, Time>,
    durable: u64,
    held_back: VecDeque<(u64, Action)>,
    asked: HashMap<RequestId, Request>,
    requests: u64,
}

impl Journey {
    /// A firm whose agents are logged in and ready, and are chosen like this.
    pub fn begin(
        seed: u64,
        weather: Weather,
        habits: Habits,
        strategy: Strategy,
        agents: std::ops::Range<usize>,
        numbers: usize,
    ) -> Self {
        let world = setting::world(seed, weather, true, PAIRS);
        let mut bytes = [9; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let mut firm = desk::firm(agents.clone(), numbers);
        firm.queues[0].strategy = strategy;
        let mut firms = Firms::new(vec![firm], bytes);
        firms.recovered(world.now);
        let mut journey = Journey {
            world,
            firms,
            model: Model::default(),
            desks: (0..DESKS).map(Desk::of).collect(),
            visitors: Vec::new(),
            log: Vec::new(),
            broken: Vec::new(),
            dice: Dice::new(seed ^ 0x1077),
            habits,
            agenda: Agenda::default(),
            lanes: HashMap::new(),
            durable: 0,
            held_back: VecDeque::new(),
            asked: HashMap::new(),
            requests: 0,
        };
        for index in agents.clone() {
            let who = journey.desks[index].who.clone();
            journey.after(0, 10, Task::Web(Request::Login(who.clone())));
            journey.after(500, 1_000, Task::Web(Request::StreamOpened(who.clone(), 1)));
            journey.after(2_000, 3_000, Task::Register(journey.desks[index].phone, 3_600));
            journey.after(35_000, 36_000, Task::Web(Request::Presence(who, Presence::Ready, None)));
        }
        journey.pass(Duration::from_secs(40));
        for index in agents {
            assert_eq!(journey.state(index), "ready", "seed {seed}: {:?}", journey.desks[index].me);
        }
        journey
    }

    /// One more visitor, who knows what he will do.
    pub fn visitor(&mut self, visitor: Visitor) -> usize {
        self.visitors.push(visitor);
        self.visitors.len() - 1
    }

    pub fn state(&self, desk: usize) -> &str {
        self.desks[desk].me["state"].as_str().unwrap_or_default()
    }

    pub fn after(&mut self, least: u64, most: u64, task: Task) {
        let at = self.world.now + self.dice.millis(least, most);
        self.agenda.at(at, task);
    }

    fn behind(&mut self, lane: Lane, most: u64, task: Task) {
        let wanted = self.world.now + self.dice.millis(0, most);
        let at = self.lanes.get(&lane).map_or(wanted, |last| wanted.max(*last));
        self.lanes.insert(lane, at);
        self.agenda.at(at, task);
    }

    /// Lets time pass.
    pub fn pass(&mut self, time: Duration) {
        let until = self.world.now + time;
        while let Some(at) = self.next().filter(|at| *at <= until) {
            self.world.advance(at);
            if self.firms.poll_timeout().is_some_and(|due| due <= self.world.now) {
                self.firms.handle_timeout(self.world.now);
            }
            while let Some(task) = self.agenda.pop(self.world.now) {
                self.perform(task);
                self.settle();
            }
            self.settle();
        }
        self.world.advance(until);
        self.settle();
    }

    fn next(&self) -> Option<Time> {
        [self.world.next(), self.agenda.next(), self.firms.poll_timeout()].into_iter().flatten().min()
    }

    fn settle(&mut self) {
        while let Some(happening) = self.world.happenings.pop_front() {
            self.react(happening);
        }
        while let Some(effect) = self.firms.poll_effect() {
            match effect {
                Effect::Persist(entry) => self.behind(Lane::Store, 5, Task::Commit(entry.seq)),
                Effect::Act { after, action, .. } if after <= self.durable => self.act(action),
                Effect::Act { after, action, .. } => self.held_back.push_back((after, action)),
            }
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Switch(command) => self.behind(Lane::Commands, 3, Task::Command(command)),
            Action::Notify(audience, notice) => {
                let lane = match &audience {
                    Audience::Agent(who) => Lane::Desk(self.desk_of(who)),
                    Audience::Visitor(_) => Lane::Pages,
                    // The same events come to the desktops they concern.
                    Audience::Firm(_) => return,
                    // Who waits, and the figures: no desktop here acts on them.
                    Audience::Desktops(_) => return,
                };
                self.behind(lane, 60, Task::Notice(audience, notice));
            }
            // No firm of the simulation has a CRM or a mail server.
            Action::Lookup(_) | Action::Mail(_) | Action::Erase(_) | Action::Decided { .. } => {}
            Action::Reply(id, reply) => {
                let lane = match self.asked.get(&id).and_then(desk::asking) {
                    Some(who) => Lane::Desk(self.desk_of(&who)),
                    None => Lane::Pages,
                };
                self.behind(lane, 60, Task::Answered(id, reply));
            }
            // Nobody shows his page here, and nobody is watched.
            Action::Share { .. } | Action::Watch { .. } => {}
        }
    }

    fn desk_of(&self, who: &AgentRef) -> usize {
        self.desks.iter().position(|desk| desk.who == *who).expect("an agent of ours")
    }

    fn ask(&mut self, request: Request) {
        self.requests += 1;
        let id = RequestId(self.requests);
        self.asked.insert(id, request.clone());
        self.firms.handle_request(self.world.now, id, request);
    }

    fn perform(&mut self, task: Task) {
        match task {
            Task::Web(request) => self.ask(request),
            Task::Commit(seq) => {
                self.durable = self.durable.max(seq);
                while self.held_back.front().is_some_and(|(after, _)| *after <= self.durable) {
                    if let Some((_, action)) = self.held_back.pop_front() {
                        self.act(action);
                    }
                }
            }
            Task::Command(command) => {
                self.log.push(model::word(&command).into());
                self.world.command(command);
            }
            Task::Told(event) => self.firms.handle_switch(self.world.now, event),
            Task::Notice(audience, notice) => self.noticed(audience, notice),
            Task::Answered(id, reply) => self.answered(id, reply),
            Task::Click(visitor, mode) => self.ask(Request::Open(Box::new(desk::click(visitor, mode)))),
            Task::Dial(visitor) => self.dial(visitor),
            Task::Change(visitor, mode) => {
                let asked = desk::click(visitor, mode);
                let to = ChannelChange { mode, number: asked.number, consent: asked.consent, on_file: false };
                self.of_page(visitor, |reservation| Request::ChangeChannel { reservation, to });
            }
            Task::Keep(visitor) => self.of_page(visitor, |reservation| Request::KeepChannel { reservation }),
            Task::Renew(visitor) => self.of_page(visitor, |reservation| Request::Renew { reservation }),
            Task::GiveUp(visitor) => {
                if let Some(session) = self.visitors[visitor].session {
                    self.hang_up(CARRIER, session);
                }
            }
            Task::Withdraw(visitor) => self.of_page(visitor, |reservation| Request::Cancel { reservation }),
            Task::Button(desk) => self.ask(Request::Hangup(self.desks[desk].who.clone())),
            Task::Register(phone, expires) => self.world.on(phone, |phone, now| phone.register(now, expires)),
            Task::Answer(phone, session) => {
                self.world.on(phone, |phone, now| phone.answer(now, session));
            }
            Task::Refuse(phone, session) => {
                self.world.on(phone, |phone, now| phone.refuse(now, session, 486));
            }
            Task::HangUp(phone, session) => self.hang_up(phone, session),
            Task::Speak(phone, session) => {
                if self.world.speak(phone, session) {
                    self.after(200, 200, Task::Speak(phone, session));
                }
            }
        }
    }

    /// What a visitor asks on his page, where he has one.
    fn of_page(&mut self, visitor: usize, request: impl FnOnce(ReservationId) -> Request) {
        if let Some(id) = self.visitors[visitor].view.as_ref().map(|view| view.id) {
            self.ask(request(id));
        }
    }

    fn hang_up(&mut self, phone: usize, session: SessionId) {
        let there = self.world.phones[phone].legs.get(&session).is_some_and(|leg| !leg.over);
        if there {
            self.log.push(format!("{} hangs up", if phone == CARRIER { "visitor" } else { "agent" }));
            self.world.on(phone, |phone, now| phone.hang_up(now, session));
        }
    }

    /// What the web answers.
    fn answered(&mut self, id: RequestId, reply: Reply) {
        let Some(request) = self.asked.remove(&id) else {
            self.broken.push(format!("a second answer: {reply:?}"));
            return;
        };
        match (request, reply) {
            (Request::Open(asked), Reply::Reservation { view, .. }) => {
                let visitor = asked.page.title.trim_start_matches("Page ").parse().expect("a visitor");
                self.log.push(format!("shown {:?}", view.mode));
                self.opened(visitor, *view);
            }
            (Request::ChangeChannel { reservation, .. }, Reply::Reservation { view, .. }) => {
                let his =
                    |visitor: &Visitor| visitor.view.as_ref().is_some_and(|view| view.id == reservation);
                let visitor = self.visitors.iter().position(his).expect("a visitor");
                self.log.push("shown another number".into());
                self.opened(visitor, *view.change.expect("what he changes to"));
            }
            (Request::Login(who), Reply::Agent(views)) => {
                let desk = self.desk_of(&who);
                if Desk::has_session_phone(desk) {
                    let phone = self.desks[desk].phone;
                    self.world.phones[phone].password = Some(views.me.sip_password.clone());
                }
                self.show(desk, &views);
            }
            (Request::StreamOpened(who, _), Reply::Agent(views)) => self.show(self.desk_of(&who), &views),
            _ => {}
        }
    }

    fn show(&mut self, desk: usize, views: &AgentViews) {
        let desk = &mut self.desks[desk];
        desk.me = serde_json::to_value(&views.me).expect("a view");
        desk.current = serde_json::to_value(&views.current).expect("a view");
    }

    fn opened(&mut self, visitor: usize, view: ReservationView) {
        let dials = self.visitors[visitor].dials_after.filter(|_| view.mode == ShownMode::Dial);
        self.visitors[visitor].view = Some(view);
        if let Some((least, most)) = dials {
            self.after(least, most, Task::Dial(visitor));
        }
    }

    fn dial(&mut self, visitor: usize) {
        let number = self.visitors[visitor].view.as_ref().and_then(|view| view.number.clone());
        let Some(number) = number else { return };
        let here = switch_address();
        let to = Uri::sip(Some(&number), &here.ip().to_string(), Some(here.port()));
        let (from, trace) = (desk::visitor_number(visitor), Some(plan::session_id(visitor)));
        let session = self.world.on(CARRIER, |phone, now| phone.call(now, visitor, &to, &from, trace));
        self.log.push("visitor dials".into());
        self.in_call(visitor, session);
    }

    fn in_call(&mut self, visitor: usize, session: SessionId) {
        self.visitors[visitor].session = Some(session);
        if let Some((least, most)) = self.visitors[visitor].patience {
            self.after(least, most, Task::GiveUp(visitor));
        }
    }

    /// A desktop or a page is told something.
    fn noticed(&mut self, audience: Audience, notice: Notice) {
        match (audience, notice) {
            (Audience::Agent(who), notice) => self.desk_noticed(self.desk_of(&who), notice),
            (Audience::Visitor(id), Notice::View { data, .. }) => {
                self.log.push(format!("page {}", data["state"].as_str().unwrap_or_default()));
                self.page_of(id, &data);
            }
            _ => {}
        }
    }

    fn page_of(&mut self, id: ReservationId, data: &serde_json::Value) {
        let shown = data["id"].as_str() == Some(id.to_string().as_str());
        if !shown {
            self.broken.push(format!("{id} is shown another's page"));
        }
        let his = |visitor: &Visitor| visitor.view.as_ref().is_some_and(|view| view.id == id);
        let Some(visitor) = self.visitors.iter().position(his) else { return };
        if data["ticket"]["turn"] == true {
            self.log.push("it is his turn".into());
            self.after(100, 3_000, Task::Click(visitor, Mode::Dial));
        }
        if data["state"] == "talking" && self.dice.percent(self.habits.moves) {
            let mode = if self.dice.percent(40) { Mode::Callme } else { Mode::Dial };
            self.after(200, 10_000, Task::Change(visitor, mode));
        }
    }

    fn desk_noticed(&mut self, index: usize, notice: Notice) {
        let agent = self.desks[index].who.clone();
        match notice {
            Notice::View { view: "me", data } => {
                self.log.push(format!("{} {}", agent.agent, data["state"].as_str().unwrap_or_default()));
                if data["state"] == "talking" && self.dice.percent(self.habits.moves) {
                    self.after(200, 10_000, Task::Web(Request::Park(agent.clone())));
                }
                self.desks[index].me = data;
                if self.desks[index].is_paused() {
                    self.after(500, 3_000, Task::Web(Request::Presence(agent, Presence::Ready, None)));
                }
            }
            Notice::View { view: "parked", data } => {
                let slot = data[0]["slot"].as_u64().filter(|_| self.dice.percent(2 * self.habits.moves));
                if let Some(slot) = slot {
                    self.after(500, 60_000, Task::Web(Request::Unpark(agent, slot as u16)));
                }
            }
            Notice::View { view: "current", data } => {
                let title = data["page"]["title"].as_str().unwrap_or("no page");
                self.log.push(format!("{} sees {title}", agent.agent));
                self.desks[index].current = data;
                if let Some((reservation, snapshot)) = self.desks[index].page() {
                    let drawn = Request::Rendered { agent, reservation, snapshot };
                    self.after(10, 120, Task::Web(drawn));
                }
            }
            Notice::Probe { id, .. } => {
                self.log.push(format!("{} probed", agent.agent));
                if self.dice.percent(self.habits.probes) {
                    let drawn = self.desks[index].page().and_then(|page| page.1);
                    let answer =
                        Request::ProbeAnswer { agent, probe: id, drawn, hidden: false, microphone: true };
                    self.after(5, 60, Task::Web(answer));
                }
            }
            Notice::Event(event) => self.log.push(format!("event {}", event.event)),
            Notice::Message { .. }
            | Notice::Typing { .. }
            | Notice::View { .. }
            | Notice::Change { .. }
            | Notice::Answer { .. }
            | Notice::Replaced
            | Notice::LoggedOff { .. } => {}
        }
    }

    fn react(&mut self, happening: Happening) {
        match happening {
            Happening::Command(command) => self.model.command(&command),
            Happening::Cti(event) => {
                if let Err(why) = self.model.event(&event) {
                    self.broken.push(why);
                }
                if matches!(event, cti::Event::Bridged { .. }) {
                    self.log.push("bridged".into());
                }
                self.behind(Lane::Events, 3, Task::Told(event));
            }
            Happening::Sip(phone, Event::Invite { session, request, .. }) => {
                self.called(phone, session, &request);
            }
            Happening::Sip(phone, Event::Request { request_id, request, .. }) => {
                let response = Message::response_to(&request, 200, "OK", Some("options"));
                let _ = self.world.on(phone, |phone, now| phone.endpoint.respond(now, request_id, response));
            }
            Happening::Sip(_, Event::Response { result, .. }) => {
                if let Err(failure) = result {
                    self.broken.push(format!("a phone could not register: {}", failure.status()));
                }
            }
            Happening::Sip(phone, Event::Session { session, event }) => self.session(phone, session, event),
        }
    }

    /// A phone rings: an agent's, or that of a visitor who asked to be called.
    fn called(&mut self, phone: usize, session: SessionId, request: &Message) {
        let Some(visitor) = visitor_of(request).filter(|visitor| *visitor < self.visitors.len()) else {
            self.broken.push(format!("an INVITE for nobody: {:?}", request.uri()));
            return;
        };
        let side = u8::from(phone != CARRIER);
        self.world.on(phone, |phone, now| phone.ring(now, session, visitor, side, request));
        if phone == CARRIER {
            self.in_call(visitor, session);
            return self.after(500, 6_000, Task::Answer(phone, session));
        }
        self.log.push("agent's phone rings".into());
        if self.dice.percent(self.habits.answers) {
            self.after(500, 4_000, Task::Answer(phone, session));
        } else if self.dice.percent(40) {
            self.after(500, 4_000, Task::Refuse(phone, session));
        }
    }

    fn session(&mut self, phone: usize, session: SessionId, event: SessionEvent) {
        match event {
            SessionEvent::Established(response) => {
                self.world.on(phone, |phone, now| phone.take_answer(now, session, &response));
                self.after(0, 20, Task::Speak(phone, session));
            }
            SessionEvent::Confirmed(_) => {
                self.after(0, 20, Task::Speak(phone, session));
                if phone != CARRIER {
                    let (least, most) = self.habits.talk;
                    self.after(least, most, Task::HangUp(phone, session));
                }
            }
            SessionEvent::Failed(_) | SessionEvent::Canceled(_) | SessionEvent::Ended { .. } => {
                self.world.on(phone, |phone, _| phone.end_leg(session));
            }
            _ => {}
        }
    }

    /// What must be true when all is over; `agents`: who must be ready again.
    pub fn finish(&mut self, agents: std::ops::Range<usize>) {
        for index in agents.clone() {
            self.desks[index].stream += 1;
            let (who, stream) = (self.desks[index].who.clone(), self.desks[index].stream);
            self.after(0, 10, Task::Web(Request::StreamOpened(who, stream)));
        }
        self.pass(Duration::from_secs(2));
        for index in agents {
            if self.state(index) != "ready" || !self.desks[index].current.is_null() {
                let (me, current) = (&self.desks[index].me, &self.desks[index].current);
                self.broken.push(format!("agent {index} is stuck: {me} {current}"));
            }
        }
        let counters = self.firms.counters();
        let left = [
            counters.reservations_live,
            counters.numbers_held,
            counters.calls_live,
            counters.jobs_open,
            counters.waiting,
            counters.tickets_waiting,
            counters.invariant_violations,
        ];
        if left != [0; 7] {
            self.broken.push(format!("the firm is left with {counters:?}"));
        }
        let calls = self.world.phones.iter().map(|phone| phone.endpoint.live().0).sum::<usize>();
        if self.model.open() > 0 || calls > 0 || self.world.switch.live()[0] > 0 {
            self.broken.push(format!("{} open calls; {}", self.model.open(), self.world.left_over()));
        }
        if !self.asked.is_empty() {
            self.broken.push(format!("never answered: {:?}", self.asked.values()));
        }
        self.check_media();
        self.broken.append(&mut self.world.broken);
    }

    /// Each hears the other of his call only.
    fn check_media(&mut self) {
        for leg in self.world.phones.iter().flat_map(|phone| phone.legs.values()) {
            let strange = |words: &crate::phone::Words| words.call != leg.call || words.side == leg.side;
            let strangers = leg.heard.iter().filter(|heard| strange(&heard.1)).count();
            if strangers > 0 {
                self.broken.push(format!("visitor {} side {} hears {strangers} others", leg.call, leg.side));
            }
        }
    }
}

/// Whose call it is: by the trace he gave it, the number that is dialled, or the number that is shown.
fn visitor_of(request: &Message) -> Option<usize> {
    let trace = request.headers.get(&HeaderName::SESSION_ID).unwrap_or_default();
    let traced = trace.starts_with("5e551d").then(|| plan::call_of(request)).flatten();
    let number = |uri: &Uri| desk::visitor_of_number(uri.user.as_deref()?);
    traced.or_else(|| number(request.uri()?)).or_else(|| number(&request.from().ok()?.uri))
}
