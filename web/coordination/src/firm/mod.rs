//! One firm: the single writer of its agents, numbers, queues, jobs, contacts and calls. Its verbs are a file each.

mod alerts;
mod announce;
mod another_number;
mod attempt;
mod breaker;
mod calibration;
mod call_out;
mod callback;
mod campaign;
mod campaign_jobs;
mod carried;
mod change;
pub(crate) mod chat;
mod colleagues;
mod consult;
mod contacts;
mod contacts_import;
mod control;
mod cut;
mod decision_replay;
pub(crate) mod desk;
mod direct;
mod do_not_call;
mod erase;
mod feed;
mod floor;
mod gate;
mod group;
mod homeless;
mod identify;
mod inbound;
mod invite;
mod jobs;
mod ladder;
mod later;
mod limits;
mod lookup;
mod mail;
mod matching;
mod menu;
mod met;
mod modes;
mod offer;
mod offered;
mod open;
mod outbound;
pub(crate) mod outcome;
mod overflow;
mod park;
mod pause;
mod pool;
mod predictive;
mod program;
mod progress;
mod rate;
mod recovery;
mod reload;
mod renew;
mod represent;
pub(crate) mod resume;
mod retention;
mod route;
mod schedule;
mod screen;
mod share;
mod show;
mod station;
mod statistics;
mod supervise;
mod take;
mod tickets;
mod transfer;
mod treated;
mod trunk;
mod trunk_full;
mod usage;
mod visitor;
mod waiting;
pub(crate) mod warm_line;
mod watch;
mod watch_again;
mod whence;
mod wrapup;

use self::announce::Announced;
use self::overflow::Wait;
use self::reload::Gone;
use self::route::Considered;
use crate::agent::{Agent, Work};
use crate::call::{Call, Phase};
use crate::callback::ListServer;
use crate::caller_id::Shown;
use crate::campaign::Campaigns;
use crate::contact::Contacts;
use crate::conversation::Conversations;
use crate::crm::LookupId;
use crate::cti::Command;
use crate::decision::Decisions;
use crate::dial_limits::{Diallings, Limit};
use crate::do_not_call::{Listing, Suppression};
use crate::effect::{Action, Effect};
use crate::fact::{CallRecorded, Entry, Fact};
use crate::firms::Counters;
use crate::ids::{AlertId, CallId, CampaignId, InvitationId, ReservationId};
use crate::last_numbers::LastNumbers;
use crate::letter::Outbox;
use crate::page_report::PageReport;
use crate::queue::{Waiter, WaitingList};
use crate::random::Random;
use crate::request::{Problem, Reply, RequestId};
use crate::reservation::Reservations;
use crate::routing::Needs;
use crate::routing_point::Pool;
use crate::screen::{Guesses, Screen};
use crate::settings::{FirmSettings, SiteSettings, Station};
use crate::spending::{CENT, Spending};
use crate::statistics::Statistics;
use crate::usage::Usage;
use crate::wait_estimate::{Estimator, Line};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use warmline_time::{Time, Timers};

/// How long a desktop may take to answer a probe.
const PROBE: Duration = Duration::from_millis(250);
/// How long a lost desktop or phone may take to come back (a reload) before its agent loses what he has.
const GRACE: Duration = Duration::from_secs(5);
/// A caller hears ringing at most this long, then he is answered with music.
const RING_MAX: Duration = Duration::from_secs(20);
/// `waiting`, `stats` and the pages of those who wait are told at most this often.
const BOARD: Duration = Duration::from_millis(200);
/// And at least this often while somebody waits.
const BOARD_REFRESH: Duration = Duration::from_secs(5);
/// How much later than it promised the switch may answer before it is given up.
const PATIENCE: Duration = Duration::from_secs(5);

/// The timers of a firm; pools, numbers and agents by their index.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Timer {
    /// A reservation's time is over.
    Expiry(ReservationId),
    /// Its agent is free again.
    Claim(ReservationId),
    /// A number has rested.
    Number(usize, usize),
    /// A desktop's answer is late.
    Probe(usize),
    /// A lost desktop has not come back.
    Desk(usize),
    /// A lost phone has not come back.
    Phone(usize),
    /// Wrap-up is over.
    Wrapup(usize),
    /// The switch owes something for this call.
    Guard(CallId),
    /// Ringing becomes music.
    Music(CallId),
    /// The switch owes something for the one who is asked in this call.
    Asked(CallId),
    /// Somebody has waited long enough for the next step of overflow.
    Overflow(Waiter),
    /// An agent who let an offer pass is given contacts again.
    LeftAlone(usize),
    /// A caller who was asked for his PIN presses nothing, or waits behind another long enough.
    Keypad(CallId),
    /// A call was parked long enough.
    Park(CallId),
    /// The customer of a call is gone and has not come back on the channel he changes to.
    Change(CallId),
    /// Who waits is told his place.
    Announce(CallId),
    /// The firm's CRM has not answered for a while.
    Lookup(LookupId),
    /// A letter is to be sent, or the mail server owes an answer.
    Letter(u64),
    /// An offer of a chat, or its wrap-up, has taken long enough.
    Chat(ReservationId),
    /// The page of a chat has not come back.
    ChatAway(ReservationId),
    /// The desktop of an agent with chats has not come back.
    ChatDesk(usize),
    /// The coalesced views are due.
    Board,
    /// What changed about colleagues is due.
    People,
    /// The floor is due to those who look at it.
    Floor,
    /// An agent's lost phone has not come back into his call.
    Return(usize),
    /// An agent whose phone is on the warm line has not chosen.
    WarmLine(usize),
    /// A job's time has come, or an attempt that nothing was heard of is over.
    Due(ReservationId),
    /// A campaign begins, ends, or has a job whose time has come.
    Campaign(CampaignId),
    /// Somebody who was dialled without an agent has said nothing, or nobody is there for him.
    Agentless(CallId),
    /// Somebody whose turn it is has not asked.
    Ticket,
    /// A budget of call me may be spent.
    Spending,
    /// The breaker of call me may be closed.
    Breaker,
    /// A trunk that was full is tried again.
    Trunks,
    /// Somebody who is to be erased may have left.
    Erasures,
    Retention,
    /// An alert has waited long enough.
    Alert(AlertId),
    /// An invitation, or who has accepted it, has.
    Invitation(InvitationId),
    /// Desktops are to be told of visitors.
    Watch,
}

/// See the module.
pub(crate) struct Firm {
    pub settings: FirmSettings,
    random: Random,
    seq: u64,
    feed: feed::Feed,
    writable: bool,
    /// Nobody is dialled by it: hours would be others' (E15).
    clock_off: bool,
    out: VecDeque<Effect>,
    timers: Timers<Timer>,
    pools: Vec<Pool>,
    number_of: HashMap<String, (usize, usize)>,
    /// Pools by the number that is dialled with a PIN.
    shared_of: HashMap<String, usize>,
    /// Of these, those that no pool has any more, and pages show yet.
    shared_going: BTreeSet<String>,
    /// Pools that had no number for somebody and have had none since.
    dry: BTreeSet<usize>,
    dry_asked: u64,
    tickets: tickets::Tickets,
    /// Pools of which few numbers were left, and not enough have become free since.
    low: BTreeSet<usize>,
    pub reservations: Reservations,
    agents: Vec<Agent>,
    agent_of: HashMap<String, usize>,
    /// Accounts of the node that are registered, and under which realm.
    devices: HashMap<String, String>,
    /// Rows of the settings that are kept for what holds them only.
    gone: Gone,
    waiting: WaitingList,
    calls: HashMap<CallId, Call>,
    /// Calls that came and went, for the index over all firms.
    pub call_news: Vec<(CallId, bool)>,
    /// Callers who are nobody yet.
    screens: BTreeMap<CallId, Screen>,
    guesses: Guesses,
    /// What callers who wait were told of their place.
    announced: HashMap<CallId, Announced>,
    /// Jobs of callers who are still being told goodbye: not dialled before they have hung up.
    leaving: HashMap<CallId, ReservationId>,
    pins_right: u64,
    pins_wrong: u64,
    /// How often agents were looked at for somebody.
    choices: u64,
    numbers_taken: u64,
    numbers_shared: u64,
    late_calls: u64,
    jobs: ListServer,
    diallings: Diallings,
    /// How often each limit has put off a dialling or refused a request.
    limited: [u64; Limit::ALL.len()],
    spending: Spending,
    breaker: Option<breaker::Breaker>,
    breaker_opened: u64,
    shown: Shown,
    /// Those who said that they are never to be called; all firms' together.
    pub suppression: Suppression,
    /// Those whom the firm itself has put on its list.
    listed: BTreeMap<u64, Listing>,
    /// Of these, those that a register has besides somebody's word.
    registered: BTreeSet<u64>,
    /// Where browsers asked to be called last.
    last_numbers: LastNumbers,
    contacts: Contacts,
    chats: Conversations,
    estimators: Vec<Estimator>,
    /// Waits that have not ended.
    entered: HashMap<Waiter, calibration::Entered>,
    statistics: Statistics,
    trunks_down: BTreeSet<String>,
    /// Trunks that had no room for a call, by name; how many calls they had none for.
    trunks_full: BTreeMap<String, trunk_full::Full>,
    trunk_full: u64,
    /// Somebody may be served who could not be before.
    serve: bool,
    agents_touched: BTreeSet<usize>,
    visitors_touched: BTreeSet<ReservationId>,
    board_due: bool,
    board_shown: Option<Time>,
    waiting_told: waiting::Told,
    later_told: later::Told,
    /// When all who wait were last told their places.
    places_shown: Option<Time>,
    /// Agents who may be another way than their colleagues were told, when these were told last, and whether desktops opened since.
    colleagues_touched: BTreeSet<usize>,
    colleagues_told: Option<Time>,
    newcomers: bool,
    /// Supervisors who look at the floor.
    watchers: BTreeMap<usize, floor::Watcher>,
    /// The moment of this step.
    clock: Time,
    /// What queues ask of their agents; whose turn it was last in each.
    needs: Vec<Arc<Needs>>,
    turns: Vec<Option<usize>>,
    considered: Option<Considered>,
    decisions: Decisions,
    waits: HashMap<Waiter, Wait>,
    /// By agent: what he and the visitor he speaks with share.
    shares: BTreeMap<usize, share::Share>,
    /// Callers outside the hours who were refused, and those who were put through to a number.
    turned_away: u64,
    overflowed: u64,
    rules_failed: u64,
    /// Each queue's line when the pages were last told.
    lines_shown: Vec<Line>,
    parking: park::Parking,
    violations: u64,
    lookups: lookup::Lookups,
    outbox: Outbox,
    campaigns: Campaigns,
    /// Who was dialled without an agent and has answered, and whether he has greeted.
    answering: BTreeMap<CallId, bool>,
    /// Jobs of sites that are not configured any more, and which.
    homeless: BTreeMap<ReservationId, homeless::Homeless>,
    /// Calls of which the journal has no end so far, as they were last: while it is replayed.
    on: BTreeMap<CallId, CallRecorded>,
    /// The moment of its last row.
    replayed_until: Time,
    /// Calls whose records the start has closed.
    calls_cut: u64,
    /// Callers who are to be called, and have come themselves and spoken with nobody yet; and their jobs.
    meeting: BTreeMap<CallId, ReservationId>,
    /// Numbers of campaigns' customers who found no agent, and when.
    abandoned: BTreeMap<String, Time>,
    erasures: erase::Erasures,
    /// What is older was gone through.
    kept_from: Time,
    watch: watch::Watch,
    usage: Usage,
    pages: PageReport,
}

impl Firm {
    /// With nobody logged in and all numbers free.
    pub fn new(settings: FirmSettings, seed: [u8; 32]) -> Self {
        let pools: Vec<Pool> = settings.pools.iter().map(|pool| Pool::new(&pool.numbers)).collect();
        let mut number_of = HashMap::new();
        for (pool, list) in settings.pools.iter().enumerate() {
            for (index, number) in list.numbers.iter().enumerate() {
                number_of.entry(number.clone()).or_insert((pool, index));
            }
        }
        let shared_of = settings.pools.iter().enumerate();
        let shared_of = shared_of.filter_map(|(pool, list)| Some((list.shared.clone()?, pool))).collect();
        let remember = settings.pools.iter().map(|pool| pool.remember).max().unwrap_or_default();
        let agents: Vec<Agent> = settings.agents.iter().cloned().map(Agent::new).collect();
        let agent_of =
            settings.agents.iter().enumerate().map(|(index, agent)| (agent.name.clone(), index)).collect();
        let mut firm = Firm {
            random: Random::new(seed, &settings.name),
            seq: 0,
            feed: feed::Feed::default(),
            writable: true,
            clock_off: false,
            out: VecDeque::new(),
            timers: Timers::default(),
            pools,
            number_of,
            shared_of,
            shared_going: BTreeSet::new(),
            dry: BTreeSet::new(),
            dry_asked: 0,
            tickets: tickets::Tickets::default(),
            low: BTreeSet::new(),
            reservations: Reservations::new(remember),
            agents,
            agent_of,
            devices: HashMap::new(),
            gone: Gone::default(),
            waiting: WaitingList::default(),
            calls: HashMap::new(),
            call_news: Vec::new(),
            screens: BTreeMap::new(),
            guesses: Guesses::default(),
            announced: HashMap::new(),
            leaving: HashMap::new(),
            pins_right: 0,
            pins_wrong: 0,
            choices: 0,
            numbers_taken: 0,
            numbers_shared: 0,
            late_calls: 0,
            jobs: ListServer::default(),
            diallings: Diallings::default(),
            limited: Default::default(),
            spending: Spending::default(),
            breaker: None,
            breaker_opened: 0,
            shown: Shown::default(),
            suppression: Suppression::default(),
            listed: BTreeMap::new(),
            registered: BTreeSet::new(),
            last_numbers: LastNumbers::default(),
            contacts: Contacts::new(&settings.name, &settings.contacts),
            chats: Conversations::default(),
            estimators: Vec::new(),
            entered: HashMap::new(),
            statistics: Statistics::default(),
            trunks_down: BTreeSet::new(),
            trunks_full: BTreeMap::new(),
            trunk_full: 0,
            serve: false,
            agents_touched: BTreeSet::new(),
            visitors_touched: BTreeSet::new(),
            board_due: false,
            board_shown: None,
            waiting_told: waiting::Told::default(),
            later_told: later::Told::default(),
            places_shown: None,
            colleagues_touched: BTreeSet::new(),
            colleagues_told: None,
            newcomers: false,
            watchers: BTreeMap::new(),
            clock: Time::ZERO,
            needs: Vec::new(),
            turns: Vec::new(),
            considered: None,
            decisions: Decisions::default(),
            waits: HashMap::new(),
            shares: BTreeMap::new(),
            turned_away: 0,
            overflowed: 0,
            rules_failed: 0,
            lines_shown: Vec::new(),
            parking: park::Parking::default(),
            violations: 0,
            lookups: lookup::Lookups::default(),
            outbox: Outbox::default(),
            campaigns: Campaigns::default(),
            answering: BTreeMap::new(),
            homeless: BTreeMap::new(),
            on: BTreeMap::new(),
            replayed_until: Time::ZERO,
            calls_cut: 0,
            meeting: BTreeMap::new(),
            abandoned: BTreeMap::new(),
            erasures: erase::Erasures::default(),
            kept_from: Time::ZERO,
            watch: watch::Watch::default(),
            usage: Usage::default(),
            pages: PageReport::default(),
            settings,
        };
        firm.assign();
        firm.timers.set(Timer::Retention, Time::ZERO);
        firm
    }

    /// What is due at `now`.
    pub fn handle_timeout(&mut self, now: Time) {
        while let Some(timer) = self.timers.pop(now) {
            // A choice leads to nothing that is due beside it.
            self.considered = None;
            match timer {
                Timer::Expiry(id) => self.expired(now, id),
                Timer::Claim(id) => self.claim_over(now, id),
                Timer::Number(pool, index) => self.number_rested(now, pool, index),
                Timer::Probe(agent) => self.probe_late(now, agent),
                Timer::Desk(agent) => self.desk_lost(now, agent),
                Timer::Phone(agent) => self.phone_lost(now, agent),
                Timer::Wrapup(agent) => self.wrapup_over(now, agent),
                Timer::Guard(call) => self.switch_late(now, call),
                Timer::Music(call) => self.ringing_long(now, call),
                Timer::Asked(call) => self.asked_late(now, call),
                Timer::Overflow(waiter) => self.overflow_due(now, waiter),
                Timer::LeftAlone(agent) => self.left_alone(agent),
                Timer::Keypad(call) => self.keypad_late(now, call),
                Timer::Park(call) => self.parked_long(now, call),
                Timer::Change(call) => self.change_late(call),
                Timer::Announce(call) => self.announce_place(now, call),
                Timer::Lookup(id) => self.lookup_late(now, id),
                Timer::Letter(number) => self.letter_due(now, number),
                Timer::Chat(id) => self.chat_due(now, id),
                Timer::ChatAway(id) => self.chat_away(now, id),
                Timer::ChatDesk(agent) => self.leave_chats(now, agent),
                Timer::Board => self.board_due = true,
                // `finish` tells.
                Timer::People => {}
                Timer::Floor => self.floor_due(now),
                Timer::Return(agent) => self.return_late(now, agent),
                Timer::WarmLine(agent) => self.warm_late(agent),
                Timer::Due(id) => self.job_due(now, id),
                Timer::Campaign(id) => self.campaign_due(now, id),
                Timer::Agentless(id) => self.agentless_late(now, id),
                Timer::Ticket => self.tickets_late(now),
                Timer::Spending => self.check_spending(now),
                Timer::Breaker => self.breaker_due(now),
                Timer::Trunks => self.trunks_due(now),
                Timer::Erasures => self.look_for_erasures(now),
                Timer::Retention => self.look_for_old(now),
                Timer::Alert(id) => self.alert_due(now, id),
                Timer::Invitation(id) => self.invitation_due(now, id),
                // `finish` tells.
                Timer::Watch => {}
            }
        }
        self.finish(now);
    }

    /// Whether the store takes writes.
    pub fn handle_store(&mut self, now: Time, writable: bool) {
        self.serve |= writable && !self.writable;
        self.writable = writable;
        self.finish(now);
    }

    /// Whether the clock that times go by is a wrong one.
    pub fn handle_clock(&mut self, now: Time, off: bool) {
        (self.serve, self.board_due) = (self.serve || self.clock_off && !off, true);
        self.clock_off = off;
        self.finish(now);
    }

    /// When `handle_timeout` is due.
    pub fn next_timeout(&self) -> Option<Time> {
        self.timers.next()
    }

    /// Hands over what is to be done.
    pub fn drain_into(&mut self, effects: &mut VecDeque<Effect>) {
        effects.append(&mut self.out);
    }

    /// For metrics.
    pub fn count(&self, counters: &mut Counters) {
        counters.reservations_live += self.reservations.live() as u64;
        counters.numbers_held += self.pools.iter().map(Pool::taken).sum::<usize>() as u64;
        counters.calls_live += self.calls.len() as u64;
        counters.jobs_open += self.jobs.len() as u64;
        counters.jobs_homeless += self.homeless.len() as u64;
        counters.waiting += self.waiting.len() as u64;
        counters.calls_cut += self.calls_cut;
        counters.turned_away += self.turned_away;
        counters.overflowed += self.overflowed;
        counters.rules_failed += self.rules_failed;
        counters.pool_dry += self.dry_asked;
        counters.tickets_waiting += self.tickets.len() as u64;
        counters.late_calls += self.late_calls;
        counters.pins_right += self.pins_right;
        counters.pins_wrong += self.pins_wrong;
        counters.choices += self.choices;
        counters.contact_numbers_taken += self.numbers_taken;
        counters.contact_numbers_shared += self.numbers_shared;
        counters.letters_waiting += self.outbox.waiting.len() as u64;
        counters.letters_sent += self.outbox.sent;
        counters.letters_given_up += self.outbox.given_up;
        counters.letters_withheld += self.outbox.withheld;
        counters.invariant_violations += self.violations;
        counters.callme_spent_cents += self.spending.total / CENT;
        counters.breakers_open += u64::from(self.breaker.is_some());
        counters.breakers_opened += self.breaker_opened;
        counters.trunk_full += self.trunk_full;
        counters.erasures += self.erasures.count;
        counters.alerts += self.watch.counted.alerts;
        counters.invitations += self.watch.counted.invitations;
        counters.invitations_withheld += self.watch.counted.withheld;
        counters.callme_limited.iter_mut().zip(self.limited).for_each(|(all, own)| *all += own);
    }

    /// The end of every `handle_…`: who can be served is served, what changed is shown, what was touched is checked.
    fn finish(&mut self, now: Time) {
        self.settle_inviting(now);
        self.drain_agents(now);
        self.serve_waiting(now);
        self.serve_campaigns(now);
        self.call_tickets(now);
        self.considered = None;
        self.count_numbers(now);
        self.check_touched();
        self.announce_trunks(now);
        self.settle_shares(now);
        if !self.shared_going.is_empty() && !self.visitors_touched.is_empty() {
            self.release_shared();
        }
        self.show_touched(now);
        self.reservations.forget(now);
        self.keep_figures(now);
    }

    /// Cheap checks of what must always hold, on what this step touched.
    fn check_touched(&mut self) {
        let agent_fits = |&index: &usize| match self.agents[index].work {
            Work::Claimed(id) => {
                self.reservations.get(id).is_some_and(|r| r.live() && r.agent == Some(index))
            }
            Work::Offered { call, .. } | Work::Talking(call) => {
                let offered = |call: &Call| call.offers().any(|offer| offer.agent == index);
                let his =
                    |call: &Call| call.agent() == Some(index) || call.guest() == Some(index) || offered(call);
                let rung =
                    |call: &Call| call.offers().all(|offer| self.agents[offer.agent].call() == Some(call.id));
                self.calls.get(&call).is_some_and(|call| his(call) && call.is_sound() && rung(call))
            }
            Work::Idle | Work::Wrapup { .. } => true,
        };
        let visitor_fits = |id: &ReservationId| {
            let Some(r) = self.reservations.get(*id) else { return true };
            let holds = r
                .point
                .is_none_or(|(pool, index)| r.live() && self.pools[pool].point(index).holder() == Some(*id));
            let bound = r.agent.is_none_or(|agent| {
                let work = self.agents[agent].work;
                r.live()
                    && (work == Work::Claimed(*id)
                        || (r.call.is_some() && self.agents[agent].call() == r.call))
            });
            holds && bound
        };
        let wrong = self.agents_touched.iter().filter(|index| !agent_fits(index)).count()
            + self.visitors_touched.iter().filter(|id| !visitor_fits(id)).count();
        let all = self.calls.len() + self.jobs.len() + self.chats.on();
        let idle_waits = self.waits.len() > all || self.entered.len() > all;
        self.violations += wrong as u64 + u64::from(idle_waits);
    }

    fn persist(&mut self, now: Time, fact: Fact) -> u64 {
        self.used(now, &fact);
        self.seq += 1;
        let entry = Entry { seq: self.seq, time: now, firm: self.settings.name.clone(), fact };
        self.out.push_back(Effect::Persist(entry));
        self.seq
    }

    /// Whether something can be promised that must be in the journal first.
    fn can_keep(&self) -> Result<(), Problem> {
        let refusal = problem(503, "store_unavailable", "Requests cannot be kept at the moment.");
        if self.writable { Ok(()) } else { Err(Problem { retry_after_secs: Some(5), ..refusal }) }
    }

    fn act(&mut self, after: u64, action: Action) {
        let firm = self.settings.name.clone();
        self.out.push_back(Effect::Act { firm, after, action });
    }

    /// At once, save for calls that the switch does not know yet: there nothing overtakes the dialling.
    fn switch(&mut self, command: Command) {
        self.carries_command(&command);
        let after = command.call().and_then(|id| self.calls.get(&id)).map_or(0, |call| call.after);
        self.act(after, Action::Switch(command));
    }

    fn reply(&mut self, id: RequestId, reply: Reply) {
        self.act(0, Action::Reply(id, reply));
    }

    fn refuse(&mut self, id: RequestId, status: u16, code: &'static str, detail: &str) {
        self.reply(id, Reply::Problem(problem(status, code, detail)));
    }

    fn touch_agent(&mut self, agent: usize) {
        self.agents_touched.insert(agent);
        self.board_due = true;
    }

    fn touch_visitor(&mut self, id: ReservationId) {
        self.visitors_touched.insert(id);
        self.touch_later(id);
        // What a visitor changes to is shown with the call that he has.
        let call = self.reservations.get(id).and_then(|r| r.moves).and_then(|call| self.calls.get(&call));
        self.visitors_touched.extend(call.and_then(|call| call.reservation));
    }

    /// A call is born; the index over all firms learns of it.
    fn add_call(&mut self, call: Call) {
        self.call_news.push((call.id, true));
        self.calls.insert(call.id, call);
    }

    fn remove_call(&mut self, id: CallId) {
        self.call_costs(self.clock, id);
        self.timers.cancel(Timer::Guard(id));
        self.timers.cancel(Timer::Music(id));
        self.timers.cancel(Timer::Asked(id));
        self.timers.cancel(Timer::Park(id));
        self.forget_wait(Waiter::Call(id));
        self.entered.remove(&Waiter::Call(id));
        self.unscreen(id);
        self.announced.remove(&id);
        self.timers.cancel(Timer::Announce(id));
        self.agentless_no_more(id);
        self.has_not_met(id);
        self.serve |= self.leaving.remove(&id).is_some();
        self.carries_no_more(id);
        if self.calls.remove(&id).is_some() {
            self.call_news.push((id, false));
        }
    }

    fn phase(&self, id: CallId) -> Option<Phase> {
        self.calls.get(&id).map(|call| call.phase)
    }

    /// Whether call me's jobs can be dialled over a pool's trunk now.
    fn callme_up(&self, pool: usize) -> bool {
        self.writable && !self.calls_nobody() && self.trunk_up(pool) && !self.is_full_trunk(pool)
    }

    fn trunk_up(&self, pool: usize) -> bool {
        !self.trunks_down.contains(&self.settings.pools[pool].trunk)
    }

    /// The queue of callers who come over a pool's number without a reservation.
    fn queue_of_pool(&self, pool: usize) -> usize {
        let name = &self.settings.pools[pool].name;
        let mut sites = self.settings.sites.iter().enumerate();
        let has = |row: &SiteSettings| &row.pool == name || row.further.contains(name);
        let site = sites.find(|(site, row)| has(row) && !self.gone.sites.contains(site));
        site.map_or_else(|| self.first_queue(), |(site, _)| self.queue_of_site(site))
    }

    /// The queue of a site's visitors.
    fn queue_of_site(&self, site: usize) -> usize {
        self.queue_named(&self.settings.sites[site].queue).unwrap_or_else(|| self.first_queue())
    }

    /// The pool of a site's numbers.
    fn pool_of_site(&self, site: usize) -> usize {
        self.pool_named(&self.settings.sites[site].pool).unwrap_or_else(|| self.first_pool())
    }

    /// The firm's first pool, for calls that come or go by none; 0 where it has none.
    fn first_pool(&self) -> usize {
        (0..self.settings.pools.len()).find(|pool| !self.gone.pools.contains(pool)).unwrap_or(0)
    }

    /// The firm's first queue, in the order of the file.
    fn first_queue(&self) -> usize {
        self.queues().next().unwrap_or(0)
    }

    /// The queues there are.
    fn queues(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.settings.queues.len()).filter(|queue| !self.gone.queues.contains(queue))
    }

    fn queue_names(&self) -> Vec<String> {
        self.queues().map(|queue| self.settings.queues[queue].name.clone()).collect()
    }

    fn queue_named(&self, name: &str) -> Option<usize> {
        self.queues().find(|&queue| self.settings.queues[queue].name == name)
    }

    fn pool_named(&self, name: &str) -> Option<usize> {
        let mut pools = self.settings.pools.iter().enumerate();
        let pool = pools.find(|(pool, row)| row.name == name && !self.gone.pools.contains(pool));
        pool.map(|(pool, _)| pool)
    }

    /// The agents there are; one who was removed as long as he is in.
    fn people(&self) -> impl Iterator<Item = usize> + '_ {
        let here = |agent: &Agent| agent.logged_in || !agent.retired;
        (0..self.agents.len()).filter(move |&agent| here(&self.agents[agent]))
    }

    /// The agents whose phone is this account.
    fn agents_at(&self, user: &str, own_realm: bool) -> Vec<usize> {
        let fits = |agent: &Agent| match &agent.settings.station {
            Station::Browser => own_realm && agent.settings.name == user,
            Station::Account(account) => !own_realm && account == user,
            Station::Number(_) | Station::Extension { .. } => false,
        };
        (0..self.agents.len()).filter(|&index| fits(&self.agents[index])).collect()
    }
}

/// A refusal without `Retry-After`.
pub(crate) fn problem(status: u16, code: &'static str, detail: &str) -> Problem {
    Problem { status, code, detail: detail.to_owned(), retry_after_secs: None }
}
