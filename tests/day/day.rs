//! A day: what happens when, and what follows from what the firm asks of the switch.

use crate::centre::{OPENS, Plan, firm};
use crate::dice::Agenda;
use crate::measure::Measure;
use crate::people::{Fate, Page, People, Way};
use crate::world::{World, wish};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use warmline_coordination::campaign::{CampaignVerb, Imported, Pacing, REQUEST, Terms};
use warmline_coordination::cti::{Cause, Command, Device, Event, Prompt, Verdict};
use warmline_coordination::ids::{CallId, CampaignId, PartyId, ReservationId};
use warmline_coordination::request::{Mode, Presence, Reply, Request};
use warmline_coordination::view::ShownMode;
use warmline_time::Time;

/// Agents stay so long after the doors are closed.
const STAY: Duration = Duration::from_secs(1800);
/// From the tap to the call's arrival.
const CONNECTS: Duration = Duration::from_secs(4);
/// From the greeting's end until who hears nobody was abandoned, and a moment more.
const HEARD: Duration = Duration::from_millis(2_100);
/// By then a job that nobody could be reached for is over: a day after it was due.
const EMPTY: Duration = Duration::from_secs(30 * 3600);

/// Numbers of a campaign's list; no visitor has one.
const LIST: &str = "+49152";

/// What is to happen.
#[derive(Clone, Debug)]
enum What {
    Comes,
    /// A visitor taps the number of his page, closes it, dials the number, keys in his PIN.
    Taps(Holder),
    Closes(ReservationId),
    Dials(Holder),
    Keys(CallId, String),
    Cancels(ReservationId),
    /// An agent answers his phone, or lets it ring.
    PicksUp(CallId, PartyId, String),
    Ignores(CallId, PartyId, String),
    /// A caller gives up unless somebody speaks with him.
    GivesUp(CallId),
    /// A conversation ends.
    Ends(CallId),
    /// What becomes of a number that is dialled.
    Meets(CallId, PartyId, Fate),
    /// What has answered is heard to be a machine.
    Heard(CallId, PartyId),
    /// Whom a campaign has called says hello; two seconds later.
    Greets(CallId, PartyId),
    Listens(CallId),
    Presses(CallId),
    WrapsUp(String),
    Presence(String, Presence),
    Leaves(String),
    Hour,
}

/// Somebody with a number of a page, by his own.
#[derive(Clone, Debug)]
struct Holder {
    n: u64,
    reservation: ReservationId,
    number: String,
    pin: Option<String>,
    /// He dials when the number's time is over.
    late: bool,
}

pub struct Day {
    pub plan: Plan,
    pub w: World,
    pub m: Measure,
    agenda: Agenda<What>,
    people: People,
    came: u64,
    /// Who has which call, once they speak.
    speaks: BTreeMap<CallId, String>,
    /// Who dialled a number of a page.
    callers: BTreeMap<CallId, Holder>,
    /// Numbers that were dialled last as which call.
    dialled: BTreeMap<String, CallId>,
    campaign: Option<CampaignId>,
    /// Its calls, and those of all that somebody has spoken in.
    cold: BTreeSet<CallId>,
    spoke: BTreeSet<CallId>,
    closed: bool,
}

impl Day {
    /// Runs a whole day, until nothing of it is left.
    pub fn run(plan: Plan) -> Day {
        let mut w = World::with(vec![firm(&plan)]);
        (w.now, w.quiet) = (OPENS, true);
        let (people, agenda) = (People::new(&plan), Agenda::default());
        let mut day = Day {
            plan,
            w,
            m: Measure::default(),
            agenda,
            people,
            came: 0,
            speaks: BTreeMap::new(),
            callers: BTreeMap::new(),
            dialled: BTreeMap::new(),
            campaign: None,
            cold: BTreeSet::new(),
            spoke: BTreeSet::new(),
            closed: false,
        };
        day.opens();
        let over = plan.closes() + EMPTY;
        while day.w.now < over && !(day.closed && day.is_empty()) {
            day.step(over);
        }
        day.closes();
        day
    }

    fn opens(&mut self) {
        let names: Vec<String> = self.plan.names().collect();
        for name in names {
            self.w.ready(&name);
            self.breaks(name.clone());
            self.agenda.at(self.plan.closes() + STAY, What::Leaves(name));
        }
        if let Some(pacing) = self.plan.load.pacing() {
            self.begins(pacing);
        }
        self.agenda.at(OPENS, What::Comes);
        for hour in 1..=self.plan.hours {
            self.agenda.at(OPENS + Duration::from_secs(3600 * hour as u64), What::Hour);
        }
        self.follow();
    }

    /// A campaign that lasts the day.
    fn begins(&mut self, pacing: Pacing) {
        let (firm, by) = (|| "acme".to_owned(), || "crm".to_owned());
        let terms = Terms {
            name: "A day".into(),
            site: "shop".into(),
            caller_id: None,
            retry: None,
            window: None,
            starts: None,
            ends: Some(self.plan.closes().as_micros()),
            pacing,
        };
        let open = Request::OpenCampaign { firm: firm(), by: by(), terms: Box::new(terms) };
        let Reply::Campaign(view) = self.w.tell(open) else { panic!("no campaign") };
        let campaign = view.id;
        // As many as its agents could dial, whatever becomes of them.
        for first in (0..self.plan.agents as u64 * self.plan.hours as u64 * 60).step_by(REQUEST) {
            let jobs = (first..first + REQUEST as u64).map(customer).enumerate().collect();
            self.w.tell(Request::FillCampaign { firm: firm(), by: by(), campaign, jobs });
        }
        let verb = CampaignVerb::Start;
        self.w.tell(Request::SetCampaign { firm: firm(), by: by(), campaign, verb });
        self.campaign = Some(campaign);
    }

    /// How the campaign is doing, by the firm's own count, and by what its customers have heard.
    fn looks_at_campaign(&mut self) {
        let Some(campaign) = self.campaign else { return };
        let look = Request::Campaigns { firm: "acme".into(), campaign: Some(campaign) };
        if let Reply::Campaigns(mut rows) = self.w.tell(look) {
            self.m.campaign = rows.pop();
        }
        if self.m.greeted >= 100 {
            let share = self.m.left_alone as f64 / self.m.greeted as f64;
            self.m.worst = self.m.worst.max(share);
        }
    }

    fn closes(&mut self) {
        self.looks_at_campaign();
        let counters = self.w.firms.counters();
        let left = [
            ("reservations", counters.reservations_live),
            ("numbers", counters.numbers_held),
            ("calls", counters.calls_live),
            ("jobs", counters.jobs_open),
            ("waiting", counters.waiting),
            ("violations", counters.invariant_violations),
            ("calls of the switch", self.w.calls.len() as u64),
            ("requests without an answer", self.w.open_requests.len() as u64),
        ];
        let left = left.iter().filter(|(_, count)| *count > 0);
        self.m.wrong.extend(left.map(|(what, count)| format!("{count} {what} are left")));
        self.m.close();
    }

    fn is_empty(&self) -> bool {
        let counters = self.w.firms.counters();
        counters.reservations_live + counters.calls_live + counters.jobs_open == 0 && self.w.calls.is_empty()
    }

    /// On to whatever is next: something of the agenda, or a timer of the firm.
    fn step(&mut self, over: Time) {
        let timer = self.w.firms.poll_timeout().unwrap_or(over);
        let next = self.agenda.next().unwrap_or(over).min(timer).max(self.w.now).min(over);
        self.w.wait(next.since(self.w.now));
        self.follow();
        while let Some(what) = self.agenda.pop(self.w.now) {
            self.happens(what);
            self.follow();
        }
        self.m.steps += 1;
    }

    fn at(&mut self, after: Duration, what: What) {
        self.agenda.at(self.w.now + after, what);
    }

    // --- what people do --------------------------------------------------------------------------------------------

    fn happens(&mut self, what: What) {
        match what {
            What::Comes => self.comes(),
            What::Taps(holder) => {
                let reservation = holder.reservation;
                self.w.ask(Request::DialIntent { reservation });
                self.w.ask(Request::PageGone { reservation });
                self.at(CONNECTS, What::Dials(holder));
            }
            What::Closes(reservation) => drop(self.w.ask(Request::PageGone { reservation })),
            What::Dials(holder) => self.dials(holder),
            What::Keys(call, pin) => self.keys(call, &pin),
            What::Cancels(reservation) => drop(self.w.ask(Request::Cancel { reservation })),
            What::PicksUp(call, party, name) => self.picks_up(call, party, name),
            What::Ignores(call, party, name) => {
                if self.rings(call, party) {
                    self.w.party_fails(call, party, Cause::NoAnswer);
                    let back = self.people.soon(60.0, 180.0);
                    self.at(back, What::Presence(name, Presence::Ready));
                }
            }
            What::GivesUp(call) => {
                if self.w.calls.get(&call).is_some_and(|sim| !sim.joined) {
                    self.w.customer_leaves(call);
                }
            }
            What::Ends(call) => self.ends(call),
            What::Meets(call, party, fate) => self.meets(call, party, fate),
            What::Heard(call, party) => {
                if self.w.calls.contains_key(&call) {
                    let (verdict, evidence) = (Verdict::Machine, "greeting".into());
                    self.w.event(Event::Progress {
                        call,
                        party,
                        verdict,
                        evidence,
                        quiet_ms: 0,
                        at_ms: 26_000,
                        answered: true,
                    });
                }
            }
            What::Greets(call, party) => {
                if self.w.calls.contains_key(&call) {
                    self.m.greeted += 1;
                    let (verdict, evidence) = (Verdict::Person, "speech 600 ms".into());
                    let greeted = Event::Progress {
                        call,
                        party,
                        verdict,
                        evidence,
                        quiet_ms: 800,
                        at_ms: 9_000,
                        answered: true,
                    };
                    self.w.event(greeted);
                    self.at(HEARD, What::Listens(call));
                }
            }
            What::Listens(call) => self.m.left_alone += u64::from(!self.spoke.contains(&call)),
            What::Presses(call) => {
                if let Some(sim) = self.w.calls.get(&call).filter(|sim| !sim.joined) {
                    let party = sim.customer;
                    self.w.event(Event::Digit { call, party, digit: '5' });
                }
            }
            What::WrapsUp(name) => {
                if self.w.state(&name) == "wrapup" {
                    self.w.ask(Request::WrapupDone(World::who(&name)));
                }
            }
            What::Presence(name, presence) => self.presence(name, presence),
            What::Leaves(name) => {
                self.closed = true;
                self.w.ask(Request::Logout(World::who(&name)));
                self.w.close_desktop(&name);
            }
            What::Hour => {
                let figures = self.w.firms.figures(self.w.now).remove(0);
                self.m.hour(figures);
                self.looks_at_campaign();
            }
        }
    }

    fn comes(&mut self) {
        let gap = self.people.gap(&self.plan, self.w.now);
        if self.w.now + gap < self.plan.closes() {
            self.at(gap, What::Comes);
        }
        self.came += 1;
        let (n, way) = (self.came, self.people.way());
        *self.m.came.entry(way.name()).or_default() += 1;
        let (site, queue) = if self.people.chance(50) { ("shop", "sales") } else { ("help", "service") };
        let from = format!("+49151{n:08}");
        if way == Way::Plain {
            self.m.plain += 1;
            let call = self.w.dial_to(queue, Some(&from));
            return self.is_patient(call);
        }
        let mode = if way == Way::Dials { Mode::Dial } else { Mode::Callme };
        let later = self.people.later();
        let due = (way == Way::Later).then(|| (self.w.now + later).min(self.plan.closes()));
        let number = (mode == Mode::Callme).then(|| from.clone());
        let asked = wish(n, mode);
        let reply =
            self.w.tell(Request::Open(Box::new(OpenWish { site: site.into(), due, number, ..asked })));
        let view = match reply {
            Reply::Reservation { view, .. } => view,
            Reply::Problem(problem) => {
                return *self.m.refused.entry(problem.code).or_default() += 1;
            }
            other => return self.m.wrong.push(format!("{other:?}")),
        };
        let data = serde_json::to_value(&view).expect("views serialise");
        self.m.page(self.w.now, view.id, &data);
        match (view.mode, view.number) {
            (ShownMode::Dial, Some(number)) => {
                self.holds(Holder { n, reservation: view.id, number, pin: view.pin, late: false });
            }
            // It would be the microphone's turn: these only look.
            (ShownMode::Browser, _) => {
                let after = self.people.soon(10.0, 60.0);
                self.at(after, What::Cancels(view.id));
            }
            _ => {}
        }
    }

    /// Somebody has the number of a page before him.
    fn holds(&mut self, holder: Holder) {
        let reservation = holder.reservation;
        self.w.ask(Request::View { reservation });
        if let Some(after) = self.people.dials_after() {
            return match self.people.page() {
                Page::Tapped => self.at(after.saturating_sub(CONNECTS), What::Taps(holder)),
                Page::Open => self.at(after, What::Dials(holder)),
                Page::Closed => {
                    self.at(after, What::Closes(reservation));
                    self.at(after * 2, What::Dials(holder));
                }
            };
        }
        let after = self.people.soon(10.0, 60.0);
        if self.people.chance(50) {
            return self.at(after, What::Cancels(reservation));
        }
        self.at(after, What::Closes(reservation));
        if let Some(late) = self.people.dials_late() {
            let over = self.w.settings[0].pools[0].ttl;
            self.at(over + late, What::Dials(Holder { late: true, ..holder }));
        }
    }

    fn dials(&mut self, holder: Holder) {
        if self.closed {
            return;
        }
        self.m.screens.late += u64::from(holder.late);
        let call = self.w.dial(&holder.number, Some(&format!("+49151{:08}", holder.n)));
        self.callers.insert(call, holder);
        self.is_patient(call);
    }

    /// He is asked for his PIN, and has it.
    fn keys(&mut self, call: CallId, pin: &str) {
        let Some(party) = self.w.calls.get(&call).map(|sim| sim.customer) else { return };
        for digit in pin.chars() {
            self.w.event(Event::Digit { call, party, digit });
        }
    }

    /// An agent speaks with somebody: whose page does he see?
    fn sees(&mut self, call: CallId, name: &str) {
        let Some(holder) = self.callers.get(&call) else { return };
        let shown = self.w.desks[name].current["page"]["title"].as_str();
        let screens = &mut self.m.screens;
        let own = shown.is_some_and(|title| title == format!("Page {}", holder.n));
        screens.late_spoke += u64::from(holder.late);
        screens.late_own += u64::from(holder.late && own);
        match shown {
            Some(_) if own => screens.own += 1,
            Some(_) => screens.wrong += 1,
            None => screens.none += 1,
        }
    }

    fn is_patient(&mut self, call: CallId) {
        let patience = self.people.patience();
        self.at(patience, What::GivesUp(call));
    }

    fn rings(&self, call: CallId, party: PartyId) -> bool {
        self.w.calls.get(&call).is_some_and(|sim| sim.ringing().contains(&party))
    }

    fn picks_up(&mut self, call: CallId, party: PartyId, name: String) {
        if !self.rings(call, party) {
            return;
        }
        self.w.party_answers(call, party);
        if self.w.calls.get(&call).is_some_and(|sim| sim.joined) {
            self.sees(call, &name);
            self.speaks.insert(call, name);
            self.spoke.insert(call);
            let talk = self.people.talk();
            self.at(talk, What::Ends(call));
        }
    }

    fn ends(&mut self, call: CallId) {
        let Some(name) = self.speaks.remove(&call).filter(|_| self.w.calls.contains_key(&call)) else {
            return;
        };
        if self.people.chance(80) {
            self.w.customer_leaves(call);
        } else {
            self.w.ask(Request::Hangup(World::who(&name)));
        }
        if let Some(after) = self.people.wraps_up() {
            self.at(after, What::WrapsUp(name));
        }
    }

    fn meets(&mut self, call: CallId, party: PartyId, fate: Fate) {
        if !self.w.calls.contains_key(&call) {
            return *self.m.dialled.entry("withdrawn").or_default() += 1;
        }
        let (word, cause) = match fate {
            Fate::Person => ("person", None),
            Fate::Machine => ("machine", None),
            Fate::Busy => ("busy", Some(Cause::Busy)),
            Fate::NoAnswer => ("no answer", Some(Cause::NoAnswer)),
            Fate::Nobody => ("no such number", Some(Cause::NotFound)),
        };
        *self.m.dialled.entry(word).or_default() += 1;
        if let Some(cause) = cause {
            return self.w.customer_fails(call, cause);
        }
        self.w.customer_answers(call);
        match fate {
            Fate::Machine => self.at(Duration::from_secs(2), What::Heard(call, party)),
            _ if self.cold.contains(&call) => {
                let (greets, gives_up) = (self.people.soon(0.8, 1.6), self.people.says_hello());
                self.at(greets, What::Greets(call, party));
                self.at(gives_up, What::GivesUp(call));
            }
            _ => self.is_patient(call),
        }
    }

    /// His next break, and its end.
    fn breaks(&mut self, name: String) {
        let (works, rests) = self.people.shift();
        self.at(works, What::Presence(name.clone(), Presence::NotReady));
        self.at(works + rests, What::Presence(name, Presence::Ready));
    }

    fn presence(&mut self, name: String, presence: Presence) {
        if self.closed {
            return;
        }
        self.w.ask(Request::Presence(World::who(&name), presence, None));
        if presence == Presence::Ready {
            self.breaks(name);
        }
    }

    // --- what follows ----------------------------------------------------------------------------------------------

    /// What the firm has asked of the switch, and told pages.
    fn follow(&mut self) {
        loop {
            let commands = std::mem::take(&mut self.w.commands);
            for (id, view) in std::mem::take(&mut self.w.page_news) {
                self.m.page(self.w.now, id, &view);
            }
            if commands.is_empty() {
                break;
            }
            commands.into_iter().for_each(|command| self.command(command));
        }
        self.w.trace.clear();
        self.w.replies.clear();
        self.w.pages.clear();
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Ring {
                call,
                party,
                device: Device::Account { user, .. },
                auto_answer,
                ring_secs,
                ..
            } => match self.people.picks_up(auto_answer) {
                Some(after) => self.at(after, What::PicksUp(call, party, user)),
                None => self.at(Duration::from_secs(ring_secs.into()), What::Ignores(call, party, user)),
            },
            Command::Dial { call, party, number, .. } => {
                let before = self.dialled.insert(number.clone(), call);
                if before.is_some_and(|before| self.w.calls.contains_key(&before)) {
                    self.m.wrong.push("a number is dialled twice at once".into());
                }
                let (fate, after) = if is_customer(&number) {
                    self.cold.insert(call);
                    self.people.cold()
                } else {
                    self.people.fate()
                };
                self.at(after, What::Meets(call, party, fate));
            }
            Command::Say { call, prompts, .. } if prompts.contains(&Prompt::EnterPin) => {
                self.m.screens.asked += 1;
                let pin = self.callers.get(&call).and_then(|holder| holder.pin.clone());
                if let Some(pin) = pin.filter(|_| self.people.chance(80)) {
                    let after = self.people.soon(4.0, 8.0);
                    self.at(after, What::Keys(call, pin));
                }
            }
            Command::Say { call, prompts, .. } if prompts.contains(&Prompt::OfferCallback) => {
                // In the menu he does not know yet how long it takes.
                let chance = if prompts.contains(&Prompt::InLine) { 10 } else { 2 };
                if self.people.chance(chance) {
                    let after = self.people.soon(2.0, 4.5);
                    self.at(after, What::Presses(call));
                }
            }
            _ => {}
        }
    }
}

type OpenWish = warmline_coordination::request::OpenReservation;

/// Of a campaign's list.
fn customer(n: u64) -> Result<Imported, &'static str> {
    let consent = "form 7, 2026-11-02".into();
    let (number, name, attributes) = (format!("{LIST}{n:08}"), String::new(), BTreeMap::new());
    Ok(Imported { number, name, attributes, due: None, priority: 4, consent })
}

fn is_customer(number: &str) -> bool {
    number.starts_with(LIST)
}
