//! All firms of the program behind one sans-IO face; single writer.

mod reload;

pub use crate::counters::Counters;
use crate::cti;
use crate::decision::Decision;
use crate::do_not_call::{Suppression, digits};
use crate::effect::{Action, Effect};
use crate::fact::{Entry, Fact};
use crate::figures::FirmFigures;
use crate::firm::desk::ProbeReply;
use crate::firm::outcome::Outcome;
use crate::firm::warm_line::Dialler;
use crate::firm::{Firm, problem};
use crate::identity::Identity;
use crate::ids::{CallId, DecisionId, ReservationId, VisitorId};
use crate::letter::Writing;
use crate::request::{
    AgentRef, Asker, Mode, OpenReservation, Problem, Reply, Request, RequestId, Whence, Whose,
};
use crate::settings::{AgentSettings, FirmSettings, Station};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::fmt;
use warmline_time::{Time, Timers};

/// Every firm.
///
/// Drain [`Firms::poll_effect`] after each `handle_…` and after [`Firms::recovered`].
///
/// A desktop's stream becomes the agent's when the reply to its `StreamOpened` is carried out: what is told to the agent before that
/// ([`crate::view::Notice::Replaced`]) is for the stream before it.
pub struct Firms {
    firms: Vec<Firm>,
    /// Shared by all of them.
    suppression: Suppression,
    named: HashMap<String, usize>,
    sites: HashMap<String, (usize, usize)>,
    reservations: HashMap<ReservationId, usize>,
    calls: HashMap<CallId, usize>,
    /// Whose pools a trunk carries, and whose agents answer at an account of the node.
    trunks: HashMap<String, Vec<usize>>,
    accounts: HashMap<String, Vec<usize>>,
    /// Each firm's next moment: who has nothing to do is not looked at.
    timers: Timers<usize>,
    effects: VecDeque<Effect>,
    /// The moment of this step.
    now: Time,
    /// What each firm had counted after its last step, and all of them together.
    counted: Vec<Counters>,
    total: Counters,
}

impl fmt::Debug for Firms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Firms").field("counters", &self.counters()).finish_non_exhaustive()
    }
}

impl Firms {
    /// With a seed for ids, tokens, PINs and SIP passwords (from the process's random source).
    pub fn new(firms: Vec<FirmSettings>, seed: [u8; 32]) -> Self {
        let named = firms.iter().enumerate().map(|(index, firm)| (firm.name.clone(), index)).collect();
        let mut all = Firms {
            counted: vec![Counters::default(); firms.len()],
            firms: Vec::new(),
            suppression: Suppression::default(),
            named,
            sites: HashMap::new(),
            reservations: HashMap::new(),
            calls: HashMap::new(),
            trunks: HashMap::new(),
            accounts: HashMap::new(),
            timers: Timers::default(),
            effects: VecDeque::new(),
            now: Time::ZERO,
            total: Counters::default(),
        };
        all.firms = firms.into_iter().map(|settings| Firm::new(settings, seed)).collect();
        all.firms.iter_mut().for_each(|firm| firm.suppression = all.suppression.clone());
        (0..all.firms.len()).for_each(|firm| all.index(firm));
        all
    }

    /// Where the parts of a firm are found. A trunk or account that it had before leads to it still: calls may be on.
    fn index(&mut self, firm: usize) {
        let row = &self.firms[firm];
        self.sites.retain(|_, (of, _)| *of != firm);
        self.sites.extend(row.sites().map(|(name, site)| (name, (firm, site))));
        let settings = &row.settings;
        let carried = settings.pools.iter().map(|pool| &pool.trunk);
        let answered = settings.agents.iter().flat_map(accounts_of);
        for (table, names) in [
            (&mut self.trunks, carried.collect::<BTreeSet<_>>()),
            (&mut self.accounts, answered.collect::<BTreeSet<_>>()),
        ] {
            for name in names {
                let firms = table.entry(name.clone()).or_default();
                if !firms.contains(&firm) {
                    firms.push(firm);
                }
            }
        }
    }

    /// One row of the journal at start, in order, before anything else. Rows of a firm or of a number that is no longer configured are
    /// left out quietly.
    pub fn replay(&mut self, entry: &Entry) {
        // Whoever said it to a firm that is no more said it to all.
        if let Fact::DoNotCall(said) = &entry.fact
            && !said.is_the_firms()
            && let Some(number) = digits(&said.number)
        {
            self.suppression.add(number);
        }
        if let Some(&firm) = self.named.get(&entry.firm) {
            self.firms[firm].replay(entry);
            self.index_news(firm);
        }
    }

    /// After the last row: expires what is due, releases claims, resolves unknown dial attempts (never dials twice), sets timers.
    pub fn recovered(&mut self, now: Time) {
        self.now = now;
        for firm in 0..self.firms.len() {
            self.step(firm).recovered(now);
            self.settle(firm);
        }
    }

    /// Of each firm the sites that are not configured any more but have open jobs in the journal, and how many: nobody is called for them.
    pub fn homeless(&self) -> Vec<(&str, &str, usize)> {
        let mut rows = Vec::new();
        for firm in &self.firms {
            let sites = firm.homeless().into_iter();
            rows.extend(sites.map(|(site, jobs)| (firm.settings.name.as_str(), site, jobs)));
        }
        rows
    }

    /// A request of the web. Its reply is an effect, perhaps later; each gets exactly one.
    pub fn handle_request(&mut self, now: Time, id: RequestId, request: Request) {
        self.now = now;
        match request {
            Request::Open(asked) => self.open(now, id, *asked),
            Request::Cancel { reservation } => {
                self.for_visitor(id, reservation, |firm| firm.cancel(now, id, reservation));
            }
            Request::DialIntent { reservation } => {
                self.for_visitor(id, reservation, |firm| firm.dial_intent(now, id, reservation));
            }
            Request::Renew { reservation } => {
                self.for_visitor(id, reservation, |firm| firm.renew(now, id, reservation));
            }
            Request::ChangeChannel { reservation, to } => {
                self.for_visitor(id, reservation, |firm| firm.change_channel(now, id, reservation, to));
            }
            Request::KeepChannel { reservation } => {
                self.for_visitor(id, reservation, |firm| firm.keep_channel(now, id, reservation));
            }
            Request::Reschedule { reservation, due } => {
                self.for_visitor(id, reservation, |firm| firm.reschedule(now, id, reservation, due));
            }
            Request::Slots { site, from, days, whose, zone } => {
                self.slots(now, id, (&site, &whose, zone.as_deref()), (from, days));
            }
            Request::View { reservation } => {
                self.for_visitor(id, reservation, |firm| firm.stream_opens(now, id, reservation));
            }
            Request::PageGone { reservation } => {
                self.for_visitor(id, reservation, |firm| firm.stream_closes(now, id, reservation));
            }
            Request::BrowserOffer { reservation, token, sdp } => {
                self.for_visitor(id, reservation, |firm| {
                    firm.browser_offer(now, id, reservation, (token, sdp));
                });
            }
            Request::AnswerLook { reservation, allow } => {
                self.for_visitor(id, reservation, |firm| firm.answer_look(now, id, reservation, allow));
            }
            Request::AnswerPush { reservation, push, accept } => {
                self.for_visitor(id, reservation, |firm| {
                    firm.answer_push(now, id, reservation, (push, accept));
                });
            }
            Request::Offer { site, modes, identity, visitor, whence } => {
                self.offered(now, id, (&site, modes, &whence), (identity.as_deref(), visitor));
            }
            Request::Held { site, visitor } => {
                self.for_site(id, &site, |firm, site| firm.answer_held(id, site, visitor));
            }
            Request::LookedUp { firm, id: lookup, answer } => {
                if let Some(&firm) = self.named.get(&firm) {
                    self.step(firm).looked_up(now, lookup, answer);
                    self.settle(firm);
                }
                self.answer(id, Reply::Done);
            }
            Request::Write(writing) => self.write(now, id, *writing),
            Request::Mailed { firm, letter, sent } => {
                if let Some(&firm) = self.named.get(&firm) {
                    self.step(firm).mailed(now, letter, sent);
                    self.settle(firm);
                }
                self.answer(id, Reply::Done);
            }
            Request::VisitorChat { reservation, verb } => {
                self.for_visitor(id, reservation, |firm| firm.visitor_chat(now, id, reservation, verb));
            }
            Request::AgentChat { agent: who, chat, verb } => {
                self.for_agent(id, &who, |firm, agent| firm.agent_chat(now, id, agent, chat, verb));
            }
            Request::Decision { firm, id: decision } => self.decision(now, id, &firm, decision),
            Request::Decisions { firm, subject, before } => {
                self.decisions(now, id, &firm, (subject.as_deref(), before));
            }
            Request::ReplayDecisions { firm, replay, of } => {
                self.for_firm(id, &firm, |firm| firm.answer_replay(now, id, (&replay, of.as_deref())));
            }
            Request::Program { firm, by, command, people } => {
                self.for_firm(id, &firm, |firm| firm.program(now, id, &by, (command, people)));
            }
            Request::Calls { firm, call, people } => {
                self.for_firm(id, &firm, |firm| firm.answer_calls(id, call, people));
            }
            Request::FirmStatistics { firm } => {
                self.for_firm(id, &firm, |firm| firm.answer_firm_statistics(now, id));
            }
            Request::Past { firm, past } => {
                self.for_firm(id, &firm, |firm| firm.answer_past(now, id, past));
            }
            Request::Overview { firm } => self.for_firm(id, &firm, |firm| firm.answer_overview(now, id)),
            Request::Reservation { firm, reservation } => {
                self.for_firm(id, &firm, |firm| firm.answer_reservation(id, reservation));
            }
            other => self.callback_request(now, id, other),
        }
    }

    fn decision(&mut self, now: Time, id: RequestId, firm: &str, decision: DecisionId) {
        let Some(view) = self.decision_of(now, firm, decision).map(Decision::view) else {
            return self.refuse(id, "unknown_decision", "This decision is not known any more.");
        };
        self.answer(id, Reply::Decision(Box::new(view)));
    }

    fn decisions(
        &mut self,
        now: Time,
        id: RequestId,
        firm: &str,
        (subject, before): (Option<&str>, Option<DecisionId>),
    ) {
        let Some(&firm) = self.named.get(firm) else {
            return self.refuse(id, "unknown_firm", "There is no such firm.");
        };
        let views = self.firms[firm].decision_views(now, subject, before);
        self.answer(id, Reply::Decisions(views));
    }

    fn slots(
        &mut self,
        now: Time,
        id: RequestId,
        (site, whose, zone): (&str, &Whose, Option<&str>),
        days: (Time, u32),
    ) {
        self.for_site(id, site, |firm, site| firm.answer_slots(now, id, (site, whose, zone), days));
    }

    /// What programs ask of the list server.
    fn callback_request(&mut self, now: Time, id: RequestId, request: Request) {
        match request {
            Request::Callbacks { firm, state, after, most, people } => {
                self.for_firm(id, &firm, |firm| firm.answer_callbacks(id, state, (after, most), people));
            }
            Request::Callback { firm, reservation, people } => {
                self.for_firm(id, &firm, |firm| firm.answer_callback(id, reservation, people));
            }
            Request::ChangeCallback { firm, by, reservation, verb, people } => {
                self.for_firm(id, &firm, |firm| {
                    firm.change_callback(now, (id, &by), (reservation, verb), people);
                });
            }
            Request::Breaker { firm, by, open } => {
                self.for_firm(id, &firm, |firm| firm.set_breaker(now, id, &by, open));
            }
            Request::DoNotCall { firm, by, number, verb } => {
                self.for_firm(id, &firm, |firm| firm.do_not_call(now, (id, &by), &number, verb));
            }
            Request::ListNumbers { firm, by, numbers, registry } => {
                self.for_firm(id, &firm, |firm| firm.list_numbers(now, (id, &by), (numbers, registry)));
            }
            Request::OpenCampaign { firm, by, terms } => {
                self.for_firm(id, &firm, |firm| firm.open_campaign(now, (id, by), *terms));
            }
            Request::FillCampaign { firm, by, campaign, jobs } => {
                self.for_firm(id, &firm, |firm| firm.fill_campaign(now, (id, by), campaign, jobs));
            }
            Request::SetCampaign { firm, by, campaign, verb } => {
                self.for_firm(id, &firm, |firm| firm.set_campaign(now, (id, by), campaign, verb));
            }
            Request::Campaigns { firm, campaign } => {
                self.for_firm(id, &firm, |firm| firm.answer_campaigns(now, id, campaign));
            }
            Request::Erase { firm, by, whom } => {
                self.for_firm(id, &firm, |firm| firm.erase(now, (id, &by), &whom));
            }
            Request::Export { firm, by, whom } => {
                self.for_firm(id, &firm, |firm| firm.export(now, (id, &by), &whom));
            }
            Request::Erasures { firm, erasure } => {
                self.for_firm(id, &firm, |firm| firm.answer_erasures(id, erasure));
            }
            Request::Forget { site, visitor } => {
                self.for_site(id, &site, |firm, _| firm.forget_visitor(now, id, visitor));
            }
            Request::RowsErased { firm, rows, older } => {
                if let Some(&firm) = self.named.get(&firm) {
                    self.step(firm).rows_erased(now, rows, older);
                    self.settle(firm);
                }
                self.answer(id, Reply::Done);
            }
            Request::Contacts { by: Asker::Agent(who), verb } => {
                self.for_agent(id, &who, |firm, agent| firm.agents_contacts(now, id, agent, verb));
            }
            Request::Contacts { by: Asker::Program { firm, key }, verb } => {
                self.for_firm(id, &firm, |firm| firm.programs_contacts(now, id, &key, verb));
            }
            Request::NeverCall { reservation } => {
                self.for_visitor(id, reservation, |firm| firm.revoke(now, id, reservation));
            }
            other => self.watch_request(now, id, other),
        }
    }

    /// About visitors who have not asked for anything yet.
    fn watch_request(&mut self, now: Time, id: RequestId, request: Request) {
        match request {
            Request::Matched { site, rule, sighting } => {
                self.for_site(id, &site, |firm, site| firm.criterion_held(now, id, site, (&rule, &sighting)));
            }
            Request::Watched { firm, list, followed } => {
                self.for_firm(id, &firm, |firm| firm.watched(now, id, list, followed));
            }
            Request::Unwatch { site, who } => self.for_site(id, &site, |firm, _| firm.unwatch(now, id, who)),
            Request::Triggered { site, visitor, trigger, change } => {
                self.for_site(id, &site, |firm, site| {
                    firm.triggered(now, id, site, (visitor, trigger, change))
                });
            }
            Request::Purchased { site, visitor, cents } => {
                self.for_site(id, &site, |firm, site| firm.purchased(now, id, site, (visitor, cents)));
            }
            Request::AnswerInvitation { firm, who, invitation, answer, way, visitor } => {
                self.for_firm(id, &firm, |firm| {
                    firm.answer_invitation(now, id, (invitation, who), (answer, way, visitor));
                });
            }
            Request::FollowInvitation { firm, who, invitation, visitor } => {
                self.for_firm(id, &firm, |firm| firm.asks_as(now, id, (invitation, who), visitor));
            }
            Request::Alert { agent: who, alert, verb } => {
                self.for_agent(id, &who, |firm, agent| firm.alert_verb(now, id, agent, (alert, verb)));
            }
            Request::Greet { agent: who, visitor } => {
                self.for_agent(id, &who, |firm, agent| firm.greet(now, id, agent, &visitor));
            }
            Request::RateVisitor { agent: who, visitor, priority } => {
                self.for_agent(id, &who, |firm, agent| {
                    firm.rate_visitor(now, id, agent, (&visitor, priority));
                });
            }
            Request::AgentReport { agent: who, what, days } => {
                self.for_agent(id, &who, |firm, agent| {
                    firm.answer_agent_report(now, id, agent, (what, days));
                });
            }
            Request::Usage { firm, days, by_day } => {
                self.for_firm(id, &firm, |firm| firm.answer_usage(id, days, by_day));
            }
            Request::Report { firm, what, days } => {
                self.for_firm(id, &firm, |firm| firm.answer_report(id, what, days));
            }
            other => self.desk_request(now, id, other),
        }
    }

    fn desk_request(&mut self, now: Time, id: RequestId, request: Request) {
        match request {
            Request::Login(who) => self.for_agent(id, &who, |firm, agent| firm.login(now, id, agent)),
            Request::Logout(who) => self.for_agent(id, &who, |firm, agent| firm.logout(now, id, agent)),
            Request::StreamOpened(who, stream) => {
                self.for_agent(id, &who, |firm, agent| firm.stream_opened(now, id, agent, stream));
            }
            Request::StreamClosed(who, stream) => {
                self.for_agent(id, &who, |firm, agent| firm.stream_closed(now, id, agent, stream));
            }
            Request::Rendered { agent: who, reservation, snapshot } => {
                self.for_agent(id, &who, |firm, agent| {
                    firm.rendered(now, id, agent, (reservation, snapshot));
                });
            }
            Request::ProbeAnswer { agent: who, probe, drawn, hidden, microphone } => {
                let answer = ProbeReply { probe, drawn, hidden, microphone };
                self.for_agent(id, &who, |firm, agent| firm.probe_answered(now, id, agent, answer));
            }
            Request::WrapupDone(who) => {
                self.for_agent(id, &who, |firm, agent| firm.wrapup_done(now, id, agent));
            }
            Request::Statistics { agent: who } => {
                self.for_agent(id, &who, |firm, agent| firm.answer_statistics(now, id, agent));
            }
            Request::Floor { agent: who } => {
                self.for_agent(id, &who, |firm, agent| firm.answer_floor(now, id, agent));
            }
            Request::Rate { agent: who, waiting, priority } => {
                self.for_agent(id, &who, |firm, agent| firm.rate(now, id, agent, (&waiting, priority)));
            }
            Request::Outcome { agent: who, call, code, notes, priority } => {
                let outcome = Outcome { call, code, notes, priority };
                self.for_agent(id, &who, |firm, agent| firm.outcome(now, id, agent, outcome));
            }
            Request::NeverAgain { agent: who, call } => {
                self.for_agent(id, &who, |firm, agent| firm.tells_agent_never(now, id, agent, call));
            }
            other => self.call_control(now, id, other),
        }
    }

    /// What is done or refused at once.
    fn call_control(&mut self, now: Time, id: RequestId, request: Request) {
        match request {
            Request::Presence(who, presence, reason) => {
                self.obey(now, id, &who, |firm, agent| firm.presence(now, agent, (presence, reason)));
            }
            Request::Mute(who, on) => self.obey(now, id, &who, |firm, agent| firm.mute(agent, on)),
            Request::Hangup(who) => self.obey(now, id, &who, |firm, agent| firm.hangup(now, agent)),
            Request::Hold(who, on) => self.obey(now, id, &who, |firm, agent| firm.hold(now, agent, on)),
            Request::Digits(who, digits) => {
                self.obey(now, id, &who, |firm, agent| firm.digits(agent, &digits));
            }
            Request::Consult(who, target) => {
                self.obey(now, id, &who, |firm, agent| firm.consult(now, agent, target));
            }
            Request::Swap(who) => self.obey(now, id, &who, |firm, agent| firm.swap(now, agent)),
            Request::Conference(who) => self.obey(now, id, &who, |firm, agent| firm.conference(now, agent)),
            Request::ConsultEnd(who) => self.obey(now, id, &who, |firm, agent| firm.consult_end(now, agent)),
            Request::Transfer(who, target) => {
                self.obey(now, id, &who, |firm, agent| firm.transfer(now, agent, target));
            }
            Request::Take { agent: who, waiting } => {
                self.obey(now, id, &who, |firm, agent| firm.take(now, agent, &waiting));
            }
            Request::Call { agent: who, number, caller_id } => {
                self.obey(now, id, &who, |firm, agent| {
                    firm.call_out(now, agent, &number, caller_id.as_deref())
                });
            }
            Request::WarmLine { agent: who, number } => {
                self.obey(now, id, &who, |firm, agent| firm.warm_choice(now, agent, &number));
            }
            Request::StartJob(who) => self.obey(now, id, &who, |firm, agent| firm.start_job(now, agent)),
            Request::SkipJob(who) => self.obey(now, id, &who, |firm, agent| firm.skip_job(now, agent)),
            Request::Park(who) => self.obey(now, id, &who, |firm, agent| firm.park(now, agent)),
            Request::Unpark(who, slot) => {
                self.obey(now, id, &who, |firm, agent| firm.unpark(now, agent, slot));
            }
            Request::Supervise { by, agent: name, order } => {
                self.obey(now, id, &by, |firm, by| firm.supervise(now, by, &name, order));
            }
            Request::WatchFloor { agent: who, on } => {
                self.obey(now, id, &who, |firm, agent| firm.watch_floor(now, agent, on));
            }
            Request::Look(who, on) => self.obey(now, id, &who, |firm, agent| firm.look(now, agent, on)),
            Request::Push { agent: who, url, title } => {
                self.obey(now, id, &who, |firm, agent| firm.push(now, agent, (url, title)));
            }
            Request::Login(_)
            | Request::Logout(_)
            | Request::StreamOpened(..)
            | Request::StreamClosed(..)
            | Request::Rendered { .. }
            | Request::ProbeAnswer { .. }
            | Request::WrapupDone(_)
            | Request::Outcome { .. }
            | Request::NeverAgain { .. }
            | Request::Statistics { .. }
            | Request::Floor { .. }
            | Request::Open(_)
            | Request::Cancel { .. }
            | Request::DialIntent { .. }
            | Request::Renew { .. }
            | Request::Reschedule { .. }
            | Request::Slots { .. }
            | Request::Callbacks { .. }
            | Request::Callback { .. }
            | Request::ChangeCallback { .. }
            | Request::DoNotCall { .. }
            | Request::ListNumbers { .. }
            | Request::Breaker { .. }
            | Request::NeverCall { .. }
            | Request::Erase { .. }
            | Request::Export { .. }
            | Request::Forget { .. }
            | Request::Erasures { .. }
            | Request::RowsErased { .. }
            | Request::Contacts { .. }
            | Request::OpenCampaign { .. }
            | Request::FillCampaign { .. }
            | Request::SetCampaign { .. }
            | Request::Campaigns { .. }
            | Request::View { .. }
            | Request::PageGone { .. }
            | Request::ChangeChannel { .. }
            | Request::KeepChannel { .. }
            | Request::AnswerLook { .. }
            | Request::AnswerPush { .. }
            | Request::Offer { .. }
            | Request::Matched { .. }
            | Request::Watched { .. }
            | Request::Unwatch { .. }
            | Request::Purchased { .. }
            | Request::Triggered { .. }
            | Request::AnswerInvitation { .. }
            | Request::FollowInvitation { .. }
            | Request::Alert { .. }
            | Request::Greet { .. }
            | Request::RateVisitor { .. }
            | Request::Report { .. }
            | Request::AgentReport { .. }
            | Request::Usage { .. }
            | Request::Held { .. }
            | Request::LookedUp { .. }
            | Request::Write(_)
            | Request::Mailed { .. }
            | Request::Decision { .. }
            | Request::Decisions { .. }
            | Request::ReplayDecisions { .. }
            | Request::VisitorChat { .. }
            | Request::AgentChat { .. }
            | Request::Program { .. }
            | Request::Calls { .. }
            | Request::Overview { .. }
            | Request::FirmStatistics { .. }
            | Request::Past { .. }
            | Request::Rate { .. }
            | Request::Reservation { .. }
            | Request::BrowserOffer { .. } => {}
        }
    }

    /// An event of the switch.
    pub fn handle_switch(&mut self, now: Time, event: cti::Event) {
        self.now = now;
        match &event {
            cti::Event::Arrived { call, entry, .. } => self.arrived(now, *call, entry.clone(), event),
            cti::Event::Dialled { call, user, realm, number } => {
                self.dialled(now, *call, (user, realm), number);
            }
            cti::Event::DeviceUp { user, realm } => self.device(now, user, realm, true),
            cti::Event::DeviceDown { user, realm } => self.device(now, user, realm, false),
            cti::Event::TrunkUp { trunk } | cti::Event::TrunkDown { trunk } => {
                for firm in self.trunks.get(trunk).cloned().unwrap_or_default() {
                    self.step(firm).handle_event(now, event.clone());
                    self.settle(firm);
                }
            }
            cti::Event::Ringing { call, .. }
            | cti::Event::Answered { call, .. }
            | cti::Event::BrowserAnswer { call, .. }
            | cti::Event::Failed { call, .. }
            | cti::Event::Digit { call, .. }
            | cti::Event::Played { call }
            | cti::Event::Bridged { call }
            | cti::Event::Progress { call, .. }
            | cti::Event::HandedOver { call, .. }
            | cti::Event::Left { call, .. }
            | cti::Event::PhoneLost { call, .. }
            | cti::Event::PhoneBack { call, .. }
            | cti::Event::Replaced { call, .. }
            | cti::Event::CustomerLost { call }
            | cti::Event::Ended { call, .. } => {
                if let Some(&firm) = self.calls.get(call) {
                    self.step(firm).handle_event(now, event);
                    self.settle(firm);
                } else if let cti::Event::Answered { call, .. } = event {
                    self.end_stray(call);
                }
            }
        }
    }

    /// Whether the store takes writes: without it no new durable-first facts (503), live calls go on.
    pub fn handle_store(&mut self, now: Time, writable: bool) {
        self.now = now;
        for firm in 0..self.firms.len() {
            self.step(firm).handle_store(now, writable);
            self.settle(firm);
        }
    }

    /// The clock that `now` comes from is wrong, or right again: as long as it is wrong nobody is dialled for call me or a campaign.
    pub fn handle_clock(&mut self, now: Time, off: bool) {
        self.now = now;
        for firm in 0..self.firms.len() {
            self.step(firm).handle_clock(now, off);
            self.settle(firm);
        }
    }

    /// Timers.
    pub fn handle_timeout(&mut self, now: Time) {
        self.now = now;
        while let Some(firm) = self.timers.pop(now) {
            self.step(firm).handle_timeout(now);
            self.settle(firm);
        }
    }

    /// The next effect.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// When to call `handle_timeout`.
    pub fn poll_timeout(&self) -> Option<Time> {
        self.timers.next()
    }

    /// What was counted.
    pub fn counters(&self) -> Counters {
        self.total
    }

    /// The ways to talk that a site can offer at this moment; none outside its queue's hours, without agents, or where there is no
    /// such site.
    pub fn open_modes(&self, now: Time, site: &str) -> Vec<Mode> {
        let all = [Mode::Dial, Mode::Callme, Mode::Browser, Mode::Chat];
        let found = self.sites.get(site);
        found.map_or_else(Vec::new, |&(firm, site)| self.firms[firm].working_at_home(now, site, &all))
    }

    /// Nothing is changed by it, so no firm is driven.
    fn offered(
        &mut self,
        now: Time,
        id: RequestId,
        (site, modes, whence): (&str, Vec<Mode>, &Whence),
        (identity, visitor): (Option<&Identity>, Option<VisitorId>),
    ) {
        let Some(&(firm, site)) = self.sites.get(site) else {
            return self.refuse(id, "unknown_site", "There is no such site.");
        };
        let row = &self.firms[firm];
        let ((modes, open), on_file) =
            (row.offered(now, site, &modes, (identity, whence)), row.number_on_file(now, identity, visitor));
        self.answer(id, Reply::Offer { modes, on_file, now: open });
    }

    /// A decision of a firm, to be made again with other settings: [`Decision::replay`].
    pub fn decision_of(&self, now: Time, firm: &str, id: DecisionId) -> Option<&Decision> {
        self.firms[*self.named.get(firm)?].decision(now, id)
    }

    /// How each firm's queues and agents do up to `now`; costs about as much as an answered [`Request::Statistics`].
    pub fn figures(&mut self, now: Time) -> Vec<FirmFigures> {
        self.firms.iter_mut().map(|firm| firm.figures(now)).collect()
    }

    /// A firm that is driven: a whole step looks at things at the same moment. [`Self::settle`] follows.
    fn step(&mut self, firm: usize) -> &mut Firm {
        self.total.firm_steps += 1;
        let row = &mut self.firms[firm];
        row.tick(self.now);
        row
    }

    /// The firm and settings of a site, by name.
    pub fn site(&self, name: &str) -> Option<(&FirmSettings, &crate::settings::SiteSettings)> {
        let &(firm, site) = self.sites.get(name)?;
        let settings = &self.firms[firm].settings;
        Some((settings, &settings.sites[site]))
    }

    /// Somebody answered a call that was given up: he is not kept waiting for nobody.
    fn end_stray(&mut self, call: CallId) {
        let command = cti::Command::Hangup { call, cause: cti::Cause::Canceled };
        let action = Action::Switch(command);
        self.effects.push_back(Effect::Act { firm: String::new(), after: 0, action });
    }

    fn open(&mut self, now: Time, id: RequestId, asked: OpenReservation) {
        let site = asked.site.clone();
        self.for_site(id, &site, |firm, site| firm.open(now, id, site, asked));
    }

    fn write(&mut self, now: Time, id: RequestId, writing: Writing) {
        let site = writing.site.clone();
        self.for_site(id, &site, |firm, site| firm.write_letter(now, id, site, writing));
    }

    fn for_visitor(&mut self, id: RequestId, reservation: ReservationId, verb: impl FnOnce(&mut Firm)) {
        let Some(&firm) = self.reservations.get(&reservation) else {
            return self.refuse(id, "unknown_reservation", "This request is not known any more.");
        };
        verb(self.step(firm));
        self.settle(firm);
    }

    fn for_site(&mut self, id: RequestId, name: &str, verb: impl FnOnce(&mut Firm, usize)) {
        let Some(&(firm, site)) = self.sites.get(name) else {
            return self.refuse(id, "unknown_site", "There is no such site.");
        };
        verb(self.step(firm), site);
        self.settle(firm);
    }

    fn for_firm(&mut self, id: RequestId, name: &str, verb: impl FnOnce(&mut Firm)) {
        let Some(&firm) = self.named.get(name) else {
            return self.refuse(id, "unknown_firm", "There is no such firm.");
        };
        verb(self.step(firm));
        self.settle(firm);
    }

    fn for_agent(&mut self, id: RequestId, who: &AgentRef, verb: impl FnOnce(&mut Firm, usize)) {
        let firm = self.named.get(&who.firm).copied();
        let found = firm.and_then(|firm| Some((firm, self.firms[firm].agent_named(&who.agent)?)));
        let Some((firm, agent)) = found else {
            return self.refuse(id, "unknown_agent", "There is no such agent.");
        };
        verb(self.step(firm), agent);
        self.settle(firm);
    }

    fn obey(
        &mut self,
        now: Time,
        id: RequestId,
        who: &AgentRef,
        verb: impl FnOnce(&mut Firm, usize) -> Result<(), Problem>,
    ) {
        self.for_agent(id, who, |firm, agent| firm.obey(now, id, agent, verb));
    }

    fn arrived(&mut self, now: Time, call: CallId, entry: cti::Entry, event: cti::Event) {
        let (cti::Entry::RoutingPoint { firm, .. } | cti::Entry::Queue { firm, .. }) = entry;
        let Some(&index) = self.named.get(&firm) else {
            let command = cti::Command::Reject { call, cause: cti::Cause::NotFound };
            let action = Action::Switch(command);
            return self.effects.push_back(Effect::Act { firm, after: 0, action });
        };
        self.step(index).handle_event(now, event);
        self.settle(index);
    }

    /// A phone of an agent has dialled a short number: his firm knows it, or nobody does.
    fn dialled(&mut self, now: Time, call: CallId, (user, realm): (&str, &str), number: &str) {
        let named = self.named.get(realm).copied();
        let firms = named.map_or(0..self.firms.len(), |firm| firm..firm + 1);
        let dialler = match named {
            Some(_) => Dialler::Own(user),
            None if realm.is_empty() => Dialler::Telephone(user),
            None => Dialler::Account(user),
        };
        for firm in firms {
            if self.firms[firm].dialled(now, call, dialler, number) {
                return self.settle(firm);
            }
        }
        let command = cti::Command::Reject { call, cause: cti::Cause::NotFound };
        let action = Action::Switch(command);
        self.effects.push_back(Effect::Act { firm: String::new(), after: 0, action });
    }

    /// A phone of an agent's own is known under his firm's name, an account under the node's.
    fn device(&mut self, now: Time, user: &str, realm: &str, up: bool) {
        if let Some(&firm) = self.named.get(realm) {
            self.step(firm).device(now, user, realm, true, up);
            return self.settle(firm);
        }
        for firm in self.accounts.get(user).cloned().unwrap_or_default() {
            self.step(firm).device(now, user, realm, false, up);
            self.settle(firm);
        }
    }

    /// A refusal that is no firm's.
    fn refuse(&mut self, id: RequestId, code: &'static str, detail: &str) {
        self.answer(id, Reply::Problem(problem(404, code, detail)));
    }

    /// At once; nothing of it waits for a journal.
    fn answer(&mut self, id: RequestId, reply: Reply) {
        let action = Action::Reply(id, reply);
        self.effects.push_back(Effect::Act { firm: String::new(), after: 0, action });
    }

    /// After a step of a firm: its effects, its next timer, what it has counted, its rows in the indexes.
    fn settle(&mut self, firm: usize) {
        self.firms[firm].drain_into(&mut self.effects);
        match self.firms[firm].next_timeout() {
            Some(at) => self.timers.set(firm, at),
            None => self.timers.cancel(firm),
        }
        let mut counted = Counters::default();
        self.firms[firm].count(&mut counted);
        let before = std::mem::replace(&mut self.counted[firm], counted);
        self.total.replace(before, counted);
        self.index_news(firm);
    }

    fn index_news(&mut self, firm: usize) {
        let row = &mut self.firms[firm];
        for (id, here) in row.reservations.news.drain(..) {
            if here {
                self.reservations.insert(id, firm);
            } else {
                self.reservations.remove(&id);
            }
        }
        for (id, here) in row.call_news.drain(..) {
            if here {
                self.calls.insert(id, firm);
            } else {
                self.calls.remove(&id);
            }
        }
    }
}

/// The accounts of the node at which an agent answers: his phone's, and that of the one that stands in for it.
fn accounts_of(agent: &AgentSettings) -> impl Iterator<Item = &String> {
    std::iter::once(&agent.station).chain(&agent.backup).filter_map(|phone| match phone {
        Station::Account(user) => Some(user),
        Station::Browser | Station::Number(_) | Station::Extension { .. } => None,
    })
}
