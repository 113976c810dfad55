//! A world around the firms in virtual time: it plays the store, the switch, the desktops and the pages by reading effects.

use crate::sim::SimCall;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;
use warmline_coordination::activity::Who;
use warmline_coordination::asking::{Asking, Said};
use warmline_coordination::chat::MessageView;
use warmline_coordination::crm::Question;
use warmline_coordination::cti::{Cause, Command, Entry as CallEntry, Event, GROUP, Verified};
use warmline_coordination::decision::Decision;
use warmline_coordination::dial_limits::DialLimits;
use warmline_coordination::effect::{Action, Audience, Effect};
use warmline_coordination::erasure::{Eraser, Erasing, is_erased};
use warmline_coordination::fact::{Entry, Fact};
use warmline_coordination::firms::Firms;
use warmline_coordination::ids::{CallId, PartyId, ReservationId, VisitorId};
use warmline_coordination::invitation::{InvitationView, WatchCommand};
use warmline_coordination::letter::Sending;
use warmline_coordination::request::*;
use warmline_coordination::settings::*;
use warmline_coordination::spending::Spend;
use warmline_coordination::view::{EventEnvelope, Notice, ReservationView};
use warmline_time::Time;

pub const SNAPSHOT: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
pub const MOBILE: &str = "+4915123456789";

/// A desktop as the world plays it.
#[derive(Clone, Debug)]
pub struct Desk {
    pub stream: Option<u64>,
    /// Answers probes.
    pub alive: bool,
    /// Draws pages, and says so.
    pub draws: bool,
    pub hidden: bool,
    pub microphone: bool,
    pub me: serde_json::Value,
    pub current: serde_json::Value,
    pub waiting: serde_json::Value,
    /// Rows of it that were told as news.
    pub waiting_told: usize,
    pub stats: serde_json::Value,
    pub scheduled: serde_json::Value,
    pub colleagues: serde_json::Value,
    pub parked: serde_json::Value,
    pub chats: serde_json::Value,
    pub alerts: serde_json::Value,
    pub visitors: serde_json::Value,
    /// What was written in chats, as it was told, and who writes.
    pub messages: Vec<(ReservationId, MessageView)>,
    pub typing: Vec<bool>,
    /// Calls that a program took at this desktop's phone.
    pub answers: Vec<CallId>,
    pub events: Vec<&'static str>,
    /// The last of each event.
    pub data: BTreeMap<&'static str, serde_json::Value>,
    pub replaced: u32,
    pub floor: serde_json::Value,
    /// Changes of views that were told.
    pub changes: u32,
    /// By whom; nobody: the configuration.
    pub logged_off: Option<Option<String>>,
}

pub struct World {
    pub firms: Firms,
    pub settings: Vec<FirmSettings>,
    pub now: Time,
    pub journal: Vec<Entry>,
    unsynced: VecDeque<Entry>,
    held_back: Vec<(u64, Action)>,
    /// False: the store is slow; nothing is durable until `commit`.
    pub prompt: bool,
    pub replies: BTreeMap<RequestId, Reply>,
    pub open_requests: BTreeSet<RequestId>,
    next: u64,
    pub commands: Vec<Command>,
    /// What was told, in order: commands and notices by a word.
    pub trace: Vec<String>,
    pub calls: BTreeMap<CallId, SimCall>,
    pub desks: BTreeMap<String, Desk>,
    /// As first acknowledged.
    pub pages: BTreeMap<ReservationId, ReservationView>,
    pub page_views: BTreeMap<ReservationId, serde_json::Value>,
    /// What was written in chats, as pages were told, and who writes.
    pub page_messages: BTreeMap<ReservationId, Vec<MessageView>>,
    pub page_typing: Vec<bool>,
    /// Those whose page has shown that they talk.
    pub connected: BTreeSet<ReservationId>,
    /// Every event, as programs with a key hear it.
    pub feed: Vec<EventEnvelope>,
    /// Whose page goes to whom.
    pub shared: BTreeMap<ReservationId, AgentRef>,
    /// What the firm's CRM was asked.
    pub questions: Vec<Question>,
    /// What went to its mail server.
    pub letters: Vec<Sending>,
    /// What pages show unasked.
    pub invitations: BTreeMap<Who, InvitationView>,
    /// Whose whereabouts the firm is told; whom it has rated; who is not to be known any more.
    pub followed: BTreeSet<Who>,
    pub rated: BTreeMap<Who, u8>,
    pub forgotten: Vec<Who>,
    inbox: VecDeque<Input>,
    seed: u64,
    /// A desktop is being opened: the older one is replaced, not logged out.
    taking_over: bool,
    /// The switch answers SDP offers by itself.
    pub answers_offers: bool,
    /// And lets one who changes his channel into his call.
    pub changes: bool,
    /// What the network says of the callers to come.
    pub verified: Verified,
    /// The store commits when the firms have nothing more to do: what follows from one event is one transaction.
    pub groups: bool,
    /// The power fails after so much from now on that lasts (`lasts`): nothing more is done then, until `crash`.
    pub dies_after: Option<u32>,
    /// And once more, counted from the beginning of what the next start does.
    pub dies_again: Option<u32>,
    /// Customers whom the trunk can have on the line at once, and those whom it has.
    pub lines: usize,
    pub lined: BTreeSet<CallId>,
    /// Many desktops and a long day: nobody looks at the lists that all desktops show alike, and nothing is kept of what was told but
    /// what pages were, in order.
    pub quiet: bool,
    pub page_news: Vec<(ReservationId, serde_json::Value)>,
    /// False: the journal is not gone through for people who are erased; the firm is told nothing.
    pub erases: bool,
}

enum Input {
    Switch(Event),
    Web(Request),
}

/// A figure of the long runs, past the harness, which shows what a test prints only where it fails.
pub fn report(figures: &str) {
    let _ = writeln!(std::io::stderr(), "{figures}");
}

/// How many times the stated long runs are wanted: `WARMLINE_LONG=1` and up; none: the short ones.
pub fn long() -> Option<u32> {
    std::env::var("WARMLINE_LONG").ok().map(|value| value.parse().unwrap_or(1))
}

/// Chance that a seed repeats (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    /// Less than `below`.
    pub fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below
    }
}

/// What the firms draw their randomness from.
fn key(seed: u64) -> [u8; 32] {
    [seed.to_le_bytes(); 4].concat().try_into().expect("32 bytes")
}

pub fn acme() -> FirmSettings {
    let numbers = (0..10).map(|n| format!("+49301234500{n}")).collect();
    FirmSettings {
        name: "acme".into(),
        clients: Vec::new(),
        bad_callers: Default::default(),
        sites: vec![SiteSettings {
            name: "shop".into(),
            origins: vec!["https://shop.test".into()],
            pool: "web".into(),
            further: Vec::new(),
            abroad: Default::default(),
            queue: "sales".into(),
            client: None,
            live: LivePolicy::Ask,
            push: vec!["https://shop.test".parse().unwrap()],
            asking: Asking::default(),
        }],
        pools: vec![PoolSettings {
            name: "web".into(),
            numbers,
            trunk: "carrier".into(),
            country: None,
            kind: Default::default(),
            ttl: Duration::from_secs(300),
            claim: Duration::from_secs(45),
            max_hold: Duration::from_secs(900),
            remember: Duration::from_secs(1800),
            cooling: Duration::from_secs(30),
            early: Duration::ZERO,
            trust_open_page: false,
            screen_failed: true,
            shared: None,
        }],
        queues: vec![QueueSettings {
            name: "sales".into(),
            skills: vec!["sales".into()],
            ring: Duration::from_secs(15),
            wrapup: Duration::from_secs(20),
            ..QueueSettings::default()
        }],
        agents: vec![
            agent("alice", Station::Browser),
            agent("bob", Station::Browser),
            agent("carol", Station::Account("203".into())),
            agent("dave", Station::Number("+4930901820".into())),
        ],
        contacts: vec![ContactSettings {
            name: "Vera Known".into(),
            numbers: vec!["+4930222333".into()],
            notes: "likes paper".into(),
            priority: 3,
            customer: None,
        }],
        callme: CallmeSettings {
            countries: vec!["DE".into()],
            ring: Duration::from_secs(30),
            consent_version: "v1".into(),
            // Limits have tests of their own (E13).
            limits: DialLimits {
                number_per_hour: 1_000,
                number_per_day: 10_000,
                prefix_digits: 15,
                prefix_per_hour: 1_000_000,
                site_per_hour: 1_000_000,
                visitor_per_hour: 1_000_000,
                address_per_hour: 1_000_000,
            },
            spend: Spend { prices: Vec::new(), cents_per_hour: u32::MAX, cents_per_day: u32::MAX },
            ..CallmeSettings::default()
        },
        wrapup_codes: vec!["Sold".into(), "Question".into()],
        reasons: vec!["Break".into()],
        own_numbers: Vec::new(),
        calls: CallsSettings::default(),
        rules: Vec::new(),
        lookup: None,
        mail: false,
        privacy: Default::default(),
        attendance: None,
        rates: None,
        chat: ChatSettings::default(),
        limits: Limits { per_visitor: 1, per_address: 5, waiting: 500, reservations: 10_000 },
    }
}

pub fn agent(name: &str, station: Station) -> AgentSettings {
    AgentSettings {
        name: name.into(),
        display_name: name[..1].to_uppercase() + &name[1..],
        picture: None,
        password_hash: String::new(),
        skills: vec![("sales".into(), 3)],
        represents: Represents::default(),
        station,
        calling: CallingSettings::default(),
        supervisor: None,
        rights: Rights { priority: true, contacts: true },
        backup: None,
        warm_code: None,
        chats: 3,
    }
}

pub fn visitor(n: u64) -> VisitorId {
    VisitorId::mint(Time::ZERO, u128::from(n))
}

pub fn wish(n: u64, mode: Mode) -> OpenReservation {
    OpenReservation {
        site: "shop".into(),
        mode,
        visitor: visitor(n),
        address: format!("192.0.2.{n}"),
        page: Page { url: format!("https://shop.test/p/{n}"), title: format!("Page {n}"), ..Page::default() },
        snapshot: Some(SNAPSHOT.into()),
        consent: Some(Consent { version: "v1".into(), call: true, text: None }),
        number: (mode == Mode::Callme).then(|| MOBILE.into()),
        name: Some(format!("Visitor {n}")),
        whence: Default::default(),
        idempotency_key: None,
        identity: None,
        on_file: false,
        due: None,
        correspondent: None,
        said: Said::default(),
        watched: None,
    }
}

impl World {
    pub fn new() -> Self {
        World::with(vec![acme()])
    }

    pub fn with(settings: Vec<FirmSettings>) -> Self {
        World::seeded(settings, 0x0707_0707_0707_0707)
    }

    /// With other ids, numbers and PINs for each seed.
    pub fn seeded(settings: Vec<FirmSettings>, seed: u64) -> Self {
        World {
            firms: Firms::new(settings.clone(), key(seed)),
            settings,
            now: Time::from_micros(1_795_341_900_000_000),
            journal: Vec::new(),
            unsynced: VecDeque::new(),
            held_back: Vec::new(),
            prompt: true,
            replies: BTreeMap::new(),
            open_requests: BTreeSet::new(),
            next: 0,
            commands: Vec::new(),
            trace: Vec::new(),
            calls: BTreeMap::new(),
            desks: BTreeMap::new(),
            pages: BTreeMap::new(),
            page_views: BTreeMap::new(),
            page_messages: BTreeMap::new(),
            page_typing: Vec::new(),
            connected: BTreeSet::new(),
            feed: Vec::new(),
            shared: BTreeMap::new(),
            questions: Vec::new(),
            letters: Vec::new(),
            invitations: BTreeMap::new(),
            followed: BTreeSet::new(),
            rated: BTreeMap::new(),
            forgotten: Vec::new(),
            inbox: VecDeque::new(),
            seed,
            taking_over: false,
            answers_offers: true,
            changes: true,
            verified: Verified::Unknown,
            groups: false,
            dies_after: None,
            dies_again: None,
            lines: usize::MAX,
            lined: BTreeSet::new(),
            quiet: false,
            page_news: Vec::new(),
            erases: true,
        }
    }

    // --- what tests do ---------------------------------------------------------------------------------------------

    pub fn ask(&mut self, request: Request) -> RequestId {
        let id = self.put(request);
        self.pump();
        id
    }

    /// Asks and expects an answer at once.
    pub fn tell(&mut self, request: Request) -> Reply {
        let id = self.ask(request);
        self.replies.get(&id).cloned().expect("an answer at once")
    }

    pub fn open(&mut self, wish: OpenReservation) -> ReservationView {
        match self.tell(Request::Open(Box::new(wish))) {
            Reply::Reservation { view, .. } => *view,
            other => panic!("{other:?}"),
        }
    }

    pub fn who(name: &str) -> AgentRef {
        AgentRef { firm: "acme".into(), agent: name.into() }
    }

    /// Logs in, opens a desktop, registers the phone, is ready.
    pub fn ready(&mut self, name: &str) {
        self.tell(Request::Login(World::who(name)));
        self.desktop(name);
        self.phone(name, true);
        self.tell(Request::Presence(World::who(name), Presence::Ready, None));
        let state = self.state(name);
        assert!(["ready", "claimed", "ringing"].contains(&state.as_str()), "{:?}", self.desks[name].me);
    }

    pub fn desktop(&mut self, name: &str) {
        self.next += 1;
        let stream = self.next;
        let id = self.put(Request::StreamOpened(World::who(name), stream));
        let desk = self.desks.entry(name.into()).or_insert_with(|| Desk {
            stream: None,
            alive: true,
            draws: true,
            hidden: false,
            microphone: true,
            me: Default::default(),
            current: Default::default(),
            waiting: Default::default(),
            waiting_told: 0,
            stats: Default::default(),
            scheduled: Default::default(),
            colleagues: Default::default(),
            parked: Default::default(),
            chats: Default::default(),
            alerts: Default::default(),
            visitors: Default::default(),
            messages: Vec::new(),
            typing: Vec::new(),
            answers: Vec::new(),
            events: Vec::new(),
            data: BTreeMap::new(),
            replaced: 0,
            floor: Default::default(),
            changes: 0,
            logged_off: None,
        });
        desk.stream = Some(stream);
        desk.me = Default::default();
        desk.current = Default::default();
        self.taking_over = true;
        self.pump();
        self.taking_over = false;
        // One who is no agent any more has no desktop.
        if matches!(self.replies.get(&id), Some(Reply::Problem(_))) {
            self.desks.get_mut(name).unwrap().stream = None;
        }
        // With a slow store the answer comes later.
        let Some(Reply::Agent(views)) = self.replies.get(&id).cloned() else { return };
        let desk = self.desks.get_mut(name).unwrap();
        if desk.me.is_null() {
            desk.me = serde_json::to_value(&views.me).unwrap();
        }
        desk.waiting = serde_json::to_value(&views.waiting).unwrap();
        desk.scheduled = serde_json::to_value(&views.scheduled).unwrap();
        desk.colleagues = serde_json::to_value(&views.colleagues).unwrap();
        desk.parked = serde_json::to_value(&views.parked).unwrap();
        desk.chats = serde_json::to_value(&views.chats).unwrap();
        if let Some(watch) = &views.watch {
            desk.alerts = serde_json::to_value(&watch.alerts).unwrap();
            desk.visitors = watch.visitors.clone();
        }
        if desk.current.is_null() {
            desk.current = serde_json::to_value(&views.current).unwrap();
        }
    }

    pub fn close_desktop(&mut self, name: &str) {
        if let Some(stream) = self.desks.get_mut(name).and_then(|desk| desk.stream.take()) {
            self.ask(Request::StreamClosed(World::who(name), stream));
        }
    }

    pub fn phone(&mut self, name: &str, up: bool) {
        let (user, realm) = match name {
            "carol" => ("203", "node.test"),
            "dave" => return,
            other => (other, "acme"),
        };
        let (user, realm) = (user.to_owned(), realm.to_owned());
        self.event(if up { Event::DeviceUp { user, realm } } else { Event::DeviceDown { user, realm } });
    }

    pub fn event(&mut self, event: Event) {
        self.inbox.push_back(Input::Switch(event));
        self.pump();
    }

    /// A call to one of the pool's numbers.
    pub fn dial(&mut self, number: &str, from: Option<&str>) -> CallId {
        let entry = CallEntry::RoutingPoint { firm: "acme".into(), number: number.into() };
        self.arrive(entry, from)
    }

    pub fn dial_queue(&mut self, from: Option<&str>) -> CallId {
        self.dial_to("sales", from)
    }

    pub fn dial_to(&mut self, queue: &str, from: Option<&str>) -> CallId {
        self.arrive(CallEntry::Queue { firm: "acme".into(), queue: queue.into() }, from)
    }

    fn arrive(&mut self, entry: CallEntry, from: Option<&str>) -> CallId {
        self.next += 1;
        let call = CallId::mint(self.now, u128::from(self.next));
        let party = PartyId::mint(self.now, u128::from(self.next));
        self.calls.insert(call, SimCall::new(party));
        let from = from.map(str::to_owned);
        self.event(Event::Arrived {
            call,
            party,
            entry,
            from,
            from_display: "Some\u{7} Body".into(),
            verified: self.verified,
        });
        call
    }

    /// The call whose agent leg rings now at the device of `name`.
    pub fn ringing_at(&self, name: &str) -> Option<CallId> {
        let current = &self.desks[name].current;
        (current["state"] == "ringing").then(|| current["call"].as_str().unwrap().parse().unwrap())
    }

    pub fn customer_answers(&mut self, call: CallId) {
        let sim = self.calls.get_mut(&call).expect("a call");
        (sim.customer_up, sim.awaited) = (true, false);
        let party = sim.customer;
        self.event(Event::Answered { call, party });
        self.join(call);
    }

    pub fn join(&mut self, call: CallId) {
        let Some(sim) = self.calls.get_mut(&call) else { return };
        if !sim.joined && sim.hears.is_none() && sim.customer_up && sim.agent.is_some_and(|(_, up)| up) {
            sim.joined = true;
            self.event(Event::Bridged { call });
        }
    }

    pub fn customer_fails(&mut self, call: CallId, cause: Cause) {
        let party = self.calls[&call].customer;
        self.event(Event::Failed { call, party, cause });
        self.end_call(call, cause);
    }

    pub fn customer_leaves(&mut self, call: CallId) {
        let Some(sim) = self.calls.get(&call).cloned() else { return };
        if sim.customer_up {
            let (party, cause) = (sim.customer, Cause::Normal);
            self.event(Event::Left { call, party, cause, by_itself: true });
            self.end_call(call, Cause::Normal);
        } else {
            for party in sim.ringing() {
                self.event(Event::Failed { call, party, cause: Cause::Canceled });
            }
            self.end_call(call, Cause::Canceled);
        }
    }

    pub fn end_call(&mut self, call: CallId, cause: Cause) {
        if self.calls.remove(&call).is_some() {
            self.event(Event::Ended { call, cause });
        }
    }

    /// The configuration is another.
    pub fn reload(&mut self, change: impl FnOnce(&mut FirmSettings)) {
        change(&mut self.settings[0]);
        self.firms.reload(self.now, self.settings.clone());
        self.pump();
    }

    /// Goes on in time; timers fire when they are due.
    pub fn wait(&mut self, by: Duration) {
        let until = self.now + by;
        while let Some(at) = self.firms.poll_timeout().filter(|&at| at <= until) {
            self.now = self.now.max(at);
            self.firms.handle_timeout(self.now);
            self.pump();
        }
        self.now = until;
    }

    pub fn wait_secs(&mut self, secs: u64) {
        self.wait(Duration::from_secs(secs));
    }

    /// The power fails: what was not durable is gone, and so are calls, streams and phones.
    pub fn crash(&mut self) {
        self.dies_after = self.dies_again.take();
        self.seed = self.seed.wrapping_add(0x0101_0101_0101_0101);
        self.unsynced.clear();
        self.held_back.clear();
        self.inbox.clear();
        self.open_requests.clear();
        self.calls.clear();
        self.desks.values_mut().for_each(|desk| desk.stream = None);
        self.firms = Firms::new(self.settings.clone(), key(self.seed));
        for entry in &self.journal {
            self.firms.replay(entry);
        }
        self.firms.recovered(self.now);
        self.pump();
    }

    /// What was written so far is durable.
    pub fn commit(&mut self) {
        self.sync();
        self.pump();
    }

    /// One transaction.
    fn sync(&mut self) {
        if self.lasts() {
            while let Some(entry) = self.unsynced.pop_front() {
                self.append(entry);
            }
            self.release();
        }
    }

    /// The store is slow, or prompt again.
    pub fn slow(&mut self, slow: bool) {
        while !self.unsynced.is_empty() && !self.is_dead() {
            self.commit();
        }
        self.prompt = !slow;
    }

    pub fn state(&self, name: &str) -> String {
        self.desks[name].me["state"].as_str().unwrap_or("?").to_owned()
    }

    /// What the firm says of a request, where it says anything; the power does not fail meanwhile.
    pub fn look(&mut self, reservation: ReservationId) -> Option<ReservationView> {
        if self.is_dead() {
            return None;
        }
        let dies_after = self.dies_after.take();
        let id = self.ask(Request::View { reservation });
        self.dies_after = dies_after;
        match self.replies.get(&id) {
            Some(Reply::Reservation { view, .. }) => Some((**view).clone()),
            _ => None,
        }
    }

    pub fn page(&mut self, id: ReservationId) -> ReservationView {
        match self.tell(Request::View { reservation: id }) {
            Reply::Reservation { view, .. } => *view,
            other => panic!("{other:?}"),
        }
    }

    pub fn count(&self, wanted: impl Fn(&Command) -> bool) -> usize {
        self.commands.iter().filter(|command| wanted(command)).count()
    }

    pub fn facts(&self, wanted: impl Fn(&Fact) -> bool) -> usize {
        self.journal.iter().filter(|entry| wanted(&entry.fact)).count()
    }

    /// The facts behind the first `rows` of the journal, as they are written.
    pub fn written_since(&self, rows: usize) -> String {
        let rows = self.journal.iter().skip(rows);
        rows.map(|entry| serde_json::to_string(&entry.fact).expect("facts serialise")).collect()
    }

    /// Whether nothing waits for the store.
    pub fn is_settled(&self) -> bool {
        self.held_back.is_empty() && self.unsynced.is_empty()
    }

    pub fn violations(&self) -> u64 {
        self.firms.counters().invariant_violations
    }

    // --- how it is played ------------------------------------------------------------------------------------------

    fn put(&mut self, request: Request) -> RequestId {
        self.next += 1;
        let id = RequestId(self.next);
        self.open_requests.insert(id);
        self.firms.handle_request(self.now, id, request);
        id
    }

    pub fn pump(&mut self) {
        loop {
            while let Some(effect) = self.firms.poll_effect() {
                self.take(effect);
            }
            match self.inbox.pop_front() {
                Some(Input::Switch(event)) => self.firms.handle_switch(self.now, event),
                Some(Input::Web(request)) => {
                    self.put(request);
                }
                None if self.groups && !self.unsynced.is_empty() && !self.is_dead() => self.sync(),
                None => break,
            }
        }
        assert_eq!(self.violations(), 0, "after {:?}", self.trace.iter().rev().take(8).collect::<Vec<_>>());
    }

    /// Whether the power has failed.
    pub fn is_dead(&self) -> bool {
        self.dies_after == Some(0)
    }

    /// Something happens that outlasts the program: a transaction, or what others are told. False: the power is gone before it.
    fn lasts(&mut self) -> bool {
        match self.dies_after.as_mut() {
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
            None => true,
        }
    }

    /// All that outlasts the program, as one number: the journal, what was commanded, and to whom what was promised.
    pub fn outlasting(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for entry in &self.journal {
            (entry.seq, entry.time.as_micros(), format!("{:?}", entry.fact)).hash(&mut hasher);
        }
        format!("{:?} {:?}", self.commands, self.pages.keys()).hash(&mut hasher);
        hasher.finish()
    }

    fn take(&mut self, effect: Effect) {
        if self.is_dead() {
            return;
        }
        match effect {
            Effect::Persist(entry) if self.prompt && !self.groups => {
                assert!(self.unsynced.is_empty());
                if self.lasts() {
                    self.append(entry);
                }
            }
            Effect::Persist(entry) => self.unsynced.push_back(entry),
            Effect::Act { firm, after, action } => {
                let durable = self.journal.iter().rev().find(|e| e.firm == firm).map_or(0, |e| e.seq);
                if after <= durable {
                    self.act(action);
                } else {
                    self.held_back.push((after, action));
                }
            }
        }
    }

    fn append(&mut self, entry: Entry) {
        if self.quiet {
            self.journal.clear();
            return self.journal.push(entry);
        }
        let json = serde_json::to_string(&entry.fact).expect("facts serialise");
        let fact: Fact = serde_json::from_str(&json).expect("and read back");
        assert_eq!(fact, entry.fact);
        let last = self.journal.iter().rev().find(|e| e.firm == entry.firm).map_or(0, |e| e.seq);
        assert_eq!(entry.seq, last + 1, "the journal has no gap");
        self.journal.push(entry);
    }

    fn release(&mut self) {
        let durable = self.journal.last().map_or(0, |entry| entry.seq);
        let (due, rest) =
            std::mem::take(&mut self.held_back).into_iter().partition(|(after, _)| *after <= durable);
        self.held_back = rest;
        let due: Vec<(u64, Action)> = due;
        due.into_iter().for_each(|(_, action)| self.act(action));
    }

    fn act(&mut self, action: Action) {
        let outlasts = match &action {
            // That something is so, or was done by whoever asked, is no promise.
            Action::Reply(_, reply) => {
                !matches!(reply, Reply::Done | Reply::Agent(_) | Reply::Campaigns(_) | Reply::Callback(_))
            }
            Action::Switch(_) | Action::Mail(_) | Action::Erase(_) => true,
            _ => false,
        };
        let happens = if outlasts { self.lasts() } else { !self.is_dead() };
        if !happens {
            return;
        }
        match action {
            Action::Notify(Audience::Desktops(_) | Audience::Firm(_), _) if self.quiet => {}
            Action::Notify(Audience::Visitor(id), Notice::View { data, .. }) if self.quiet => {
                self.page_news.push((id, data));
            }
            Action::Switch(command) => self.obey(command),
            Action::Reply(id, reply) => {
                if let Reply::Reservation { view, .. } = &reply {
                    self.pages.entry(view.id).or_insert_with(|| (**view).clone());
                }
                // Requests from before a crash are answered by nobody.
                if self.open_requests.remove(&id) {
                    assert!(self.replies.insert(id, reply).is_none());
                } else {
                    panic!("answered twice: {id:?}");
                }
            }
            Action::Notify(Audience::Visitor(id), Notice::View { data, .. }) => {
                self.trace.push(format!("page {} {}", id, data["state"]));
                if data["state"] == "talking" {
                    self.connected.insert(id);
                }
                self.page_views.insert(id, data);
            }
            Action::Notify(Audience::Visitor(id), Notice::Message { message, .. }) => {
                self.page_messages.entry(id).or_default().push(*message);
            }
            Action::Notify(Audience::Visitor(_), Notice::Typing { on, .. }) => self.page_typing.push(on),
            Action::Notify(Audience::Visitor(_), other) => panic!("{other:?}"),
            Action::Notify(Audience::Agent(who), notice) => self.notice(&who, notice),
            Action::Notify(Audience::Desktops(firm), notice) => {
                let open = self.desks.iter().filter(|(_, desk)| desk.stream.is_some());
                let open: Vec<String> = open.map(|(agent, _)| agent.clone()).collect();
                for agent in open {
                    self.notice(&AgentRef { firm: firm.clone(), agent }, notice.clone());
                }
            }
            Action::Notify(Audience::Firm(_), Notice::Event(event)) => self.feed.push(event),
            Action::Notify(Audience::Firm(_), other) => panic!("{other:?}"),
            Action::Share { reservation, to: Some(to), .. } => {
                self.shared.insert(reservation, to);
            }
            Action::Share { reservation, to: None, .. } => {
                self.shared.remove(&reservation);
            }
            Action::Lookup(question) => self.questions.push(*question),
            Action::Mail(sending) => self.letters.push(*sending),
            Action::Watch { who, command, .. } => self.watched(who, command),
            Action::Erase(erasing) if self.erases => self.erase_rows(&erasing),
            Action::Erase(_) => {}
            Action::Decided { .. } if self.quiet => {}
            // As it is kept, so it is read again.
            Action::Decided { decision, .. } => {
                let text = serde_json::to_string(&decision).expect("written");
                assert_eq!(serde_json::from_str::<Decision>(&text).expect("read"), *decision);
            }
        }
    }

    fn watched(&mut self, who: Who, command: WatchCommand) {
        match command {
            WatchCommand::Show(Some(view)) => drop(self.invitations.insert(who, *view)),
            WatchCommand::Show(None) => drop(self.invitations.remove(&who)),
            WatchCommand::Follow(true) => drop(self.followed.insert(who)),
            WatchCommand::Follow(false) => drop(self.followed.remove(&who)),
            WatchCommand::Rate(priority) => drop(self.rated.insert(who, priority)),
            WatchCommand::Forget => self.forgotten.push(who),
        }
    }

    /// As the store does it.
    fn erase_rows(&mut self, erasing: &Erasing) {
        let mut eraser = Eraser::new(erasing);
        let his = |entry: &&Entry| entry.firm == erasing.firm;
        for entry in self.journal.iter().filter(his) {
            eraser.passes(entry.time);
            eraser.learn((entry.seq, entry.time), &entry.fact);
        }
        let rows = self.journal.iter_mut().filter(|entry| entry.firm == erasing.firm);
        let mut changed = Vec::new();
        for entry in rows {
            if let Some(left) = eraser.look((entry.seq, entry.time), &entry.fact) {
                assert!(is_erased(&left), "{left:?}");
                entry.fact = left;
                changed.push((entry.seq, "digest".to_owned()));
            }
        }
        let (firm, older) = (erasing.firm.clone(), eraser.older());
        let request = Request::RowsErased { firm, rows: Some(changed), older };
        self.inbox.push_back(Input::Web(request));
    }

    fn notice(&mut self, who: &AgentRef, notice: Notice) {
        let Some(desk) = self.desks.get_mut(&who.agent) else { return };
        match notice {
            Notice::View { view, data } => {
                if view == "current" || view == "me" {
                    self.trace.push(format!("{} {view} {}", who.agent, data["state"]));
                }
                match view {
                    "me" => desk.me = data,
                    "colleagues" | "floor" if self.quiet => {}
                    "current" => {
                        let reservation = data["reservation"].as_str().and_then(|id| id.parse().ok());
                        let snapshot = data["snapshot"].as_str().map(str::to_owned);
                        desk.current = data;
                        if let Some(reservation) = reservation.filter(|_| desk.draws && desk.alive) {
                            let request = Request::Rendered { agent: who.clone(), reservation, snapshot };
                            self.inbox.push_back(Input::Web(request));
                        }
                    }
                    "waiting" => desk.waiting = data,
                    "scheduled" => desk.scheduled = data,
                    "colleagues" => desk.colleagues = data,
                    "parked" => desk.parked = data,
                    "floor" => desk.floor = data,
                    "chats" => desk.chats = data,
                    "alerts" => desk.alerts = data,
                    "visitors" => desk.visitors = data,
                    _ => desk.stats = data,
                }
            }
            Notice::Probe { id, .. } => {
                self.trace.push(format!("{} probe", who.agent));
                if desk.alive && desk.stream.is_some() {
                    let drawn = desk.current["snapshot"].as_str().filter(|_| desk.draws).map(str::to_owned);
                    let (hidden, microphone) = (desk.hidden, desk.microphone);
                    let agent = who.clone();
                    let request = Request::ProbeAnswer { agent, probe: id, drawn, hidden, microphone };
                    self.inbox.push_back(Input::Web(request));
                }
            }
            Notice::Replaced => {
                desk.replaced += 1;
                if !self.taking_over {
                    desk.stream = None;
                }
            }
            Notice::LoggedOff { by } => {
                desk.logged_off = Some(by);
                desk.stream = None;
            }
            Notice::Change { .. } if self.quiet => {}
            Notice::Change { view, data } => {
                desk.changes += 1;
                match view {
                    "colleagues" => learn_colleagues(&mut desk.colleagues, &data),
                    "waiting" => {
                        desk.waiting_told += data["set"].as_array().unwrap().len();
                        desk.waiting_told += data["gone"].as_array().unwrap().len();
                        learn_waiting(&mut desk.waiting, &data);
                    }
                    _ => learn_rows(&mut desk.floor, Arc::unwrap_or_clone(data)),
                }
            }
            Notice::Message { chat, message } => desk.messages.push((chat, *message)),
            Notice::Typing { on, .. } => desk.typing.push(on),
            Notice::Answer { call } => desk.answers.push(call),
            Notice::Event(event) => {
                desk.events.push(event.event);
                desk.data.insert(event.event, event.data);
            }
        }
    }

    /// The switch of the contract in `cti`.
    fn obey(&mut self, command: Command) {
        self.commands.push(command.clone());
        let mut later = Vec::new();
        match command {
            Command::Alert { .. } => self.trace.push("alert".into()),
            Command::Queue { call } => {
                self.trace.push("queue".into());
                if let Some(sim) = self.calls.get_mut(&call) {
                    sim.customer_up = true;
                }
            }
            Command::Reject { call, cause } => {
                self.calls.remove(&call);
                later.push(Event::Ended { call, cause });
            }
            Command::Ring { call, party, group: true, auto_answer, .. } => {
                self.trace.push("ring".into());
                if let Some(sim) = self.calls.get_mut(&call) {
                    assert!(sim.agent.is_none() && sim.group.len() < GROUP && !auto_answer);
                    sim.group.push(party);
                    later.push(Event::Ringing { call, party });
                }
            }
            Command::Ring { call, party, .. } => {
                self.trace.push("ring".into());
                if let Some(sim) = self.calls.get_mut(&call) {
                    assert!(sim.group.is_empty(), "one alone beside a group");
                    assert!(sim.agent.is_none() || sim.asked.is_none(), "two agents a call");
                    let free = if sim.agent.is_none() { &mut sim.agent } else { &mut sim.asked };
                    *free = Some((party, false));
                    later.push(Event::Ringing { call, party });
                }
            }
            Command::Prepare { call, party } => {
                let prepared = SimCall { awaited: true, ..SimCall::new(party) };
                assert!(self.calls.insert(call, prepared).is_none());
            }
            Command::Dial { call, party, .. } => {
                self.trace.push("dial".into());
                self.lined.retain(|call| self.calls.contains_key(call));
                if self.lined.len() >= self.lines {
                    // The switch ends a call with its agents first.
                    let agent = self.calls.remove(&call).and_then(|sim| sim.agent);
                    let cause = Cause::Full;
                    if let Some((party, _)) = agent {
                        later.push(Event::Left { call, party, cause, by_itself: false });
                    }
                    later.push(Event::Failed { call, party, cause });
                    later.push(Event::Ended { call, cause });
                    return self.inbox.extend(later.into_iter().map(Input::Switch));
                }
                self.lined.insert(call);
                match self.calls.get(&call) {
                    Some(prepared) => assert!(prepared.customer == party && !prepared.customer_up),
                    None => drop(self.calls.insert(call, SimCall::new(party))),
                }
                later.push(Event::Ringing { call, party });
            }
            Command::BrowserOffer { call, party, sdp, .. } => {
                self.calls.insert(call, SimCall::new(party));
                if self.answers_offers {
                    later.push(Event::BrowserAnswer { call, party, sdp: format!("answer to {sdp}") });
                }
            }
            Command::Replace { call, from } => {
                let there = self.calls.contains_key(&call) && self.calls.contains_key(&from);
                if self.changes && there {
                    self.calls.remove(&from);
                    later.push(Event::Replaced { call, from });
                }
            }
            Command::KeepCustomer { .. } | Command::WatchCustomer { .. } => {}
            Command::Mute { .. } => {}
            Command::Drop { call, party, cause } => {
                let Some(sim) = self.calls.get_mut(&call) else { return };
                match sim.remove(party) {
                    Some(true) => later.push(Event::Left { call, party, cause, by_itself: false }),
                    Some(false) => later.push(Event::Failed { call, party, cause }),
                    None => {}
                }
            }
            Command::Join { call, parties } => {
                self.trace.push("join".into());
                let Some(sim) = self.calls.get_mut(&call) else { return };
                let known = |id: &PartyId| {
                    *id == sim.customer
                        || [sim.agent, sim.asked].iter().flatten().any(|(party, _)| party == id)
                };
                assert!(parties.iter().all(known), "a stranger is joined");
                sim.hears = Some(parties);
            }
            Command::Adopt { call, party, confirm, .. } => {
                self.trace.push("adopt".into());
                let Some(sim) = self.calls.get_mut(&call) else { return };
                assert!(sim.agent.is_none(), "the customer is alone");
                sim.customer_up |= !sim.awaited;
                // Who is asked for a code is not there yet.
                sim.agent = Some((party, confirm.is_none()));
                if confirm.is_none() {
                    later.push(Event::Answered { call, party });
                }
            }
            Command::Digits { .. } => {}
            Command::Hangup { call, cause } => {
                if self.calls.remove(&call).is_some() {
                    later.push(Event::Ended { call, cause });
                }
            }
            Command::Say { call, prompts, .. } => {
                self.trace.push(format!("say {prompts:?}"));
                if let Some(sim) = self.calls.get_mut(&call) {
                    sim.customer_up = true;
                    later.push(Event::Played { call });
                }
            }
            Command::SetCredential { .. }
            | Command::DropCredential { .. }
            | Command::ReleaseNumber { .. } => {}
        }
        self.inbox.extend(later.into_iter().map(Input::Switch));
    }
}

/// As a desktop does it: rows by name, sorted by the shown one.
fn learn_colleagues(all: &mut serde_json::Value, news: &serde_json::Value) {
    let Some(rows) = all.as_array_mut() else { return };
    let set = news["set"].as_array().unwrap();
    let gone = news["gone"].as_array().unwrap();
    rows.retain(|row| !gone.contains(&row["agent"]) && set.iter().all(|new| new["agent"] != row["agent"]));
    rows.extend(set.iter().cloned());
    rows.sort_by_key(|row| {
        (row["display_name"].as_str().map(str::to_owned), row["agent"].as_str().map(str::to_owned))
    });
}

fn learn_waiting(all: &mut serde_json::Value, news: &serde_json::Value) {
    let Some(rows) = all.as_array_mut() else { return };
    let set = news["set"].as_array().unwrap();
    let gone = news["gone"].as_array().unwrap();
    rows.retain(|row| !gone.contains(&row["rank"]) && set.iter().all(|new| new["rank"] != row["rank"]));
    rows.extend(set.iter().cloned());
    rows.sort_by_key(|row| [0, 1, 2].map(|part| row["rank"][part].as_u64()));
}

/// Rows by their name, which is their list's in the singular; everything else is new.
fn learn_rows(all: &mut serde_json::Value, news: serde_json::Value) {
    let serde_json::Value::Object(news) = news else { panic!("{news}") };
    for (field, value) in news {
        let (Some(rows), Some(new)) = (all[&field].as_array_mut(), value.as_array()) else {
            all[&field] = value;
            continue;
        };
        let name = field.trim_end_matches('s');
        for row in new {
            let place = rows.iter_mut().find(|old| old[name] == row[name]);
            *place.expect("a row that is known") = row.clone();
        }
    }
}
