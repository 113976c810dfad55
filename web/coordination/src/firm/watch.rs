//! Visitors who are watched (N 0030-34): what follows when a criterion holds, and the list of those who are there.

use super::show::view;
use super::{BOARD, Firm, Timer, problem};
use crate::activity::{Trigger, Who};
use crate::effect::Action;
use crate::fact::{ContactStored, Fact};
use crate::ids::{AlertId, ContactId, InvitationId, ReservationId, VisitorId};
use crate::invitation::{
    Alert, Attendance, First, Follow, Invitation, PageView, Sighting, VisitorView, WatchCommand, name_of,
    visitor_of, who_is,
};
use crate::invitation_report::InvitationReport;
use crate::queue::NUISANCE;
use crate::request::{Problem, Reply, Report, RequestId};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;
use warmline_time::Time;

/// Whose latest invitations are remembered; the oldest are forgotten.
const REMEMBERED: usize = 20_000;
/// Visitors of the live list.
const LISTED: usize = 100;
/// Rows that visitors who have not asked for anything make in a minute, and a minute.
const ROWS: usize = 300;
/// And purchases.
const BOUGHT: usize = 60;
const MINUTE: Duration = Duration::from_secs(60);

/// What a firm knows of its visitors who have not asked for anything yet.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    pub alerts: BTreeMap<AlertId, Alert>,
    pub alert_of: BTreeMap<Who, AlertId>,
    pub invitations: BTreeMap<InvitationId, Invitation>,
    pub invitation_of: BTreeMap<Who, InvitationId>,
    /// Whose next request follows from which.
    pub accepted: BTreeMap<Who, Accepted>,
    lately: BTreeMap<Who, Lately>,
    /// When strangers had something written lately.
    written: VecDeque<Time>,
    bought: VecDeque<Time>,
    rated: VecDeque<Time>,
    order: VecDeque<Who>,
    /// The live list as it was told last, and how many there are in all.
    seen: (usize, Vec<Sighting>),
    /// By criterion: which of its messages is next.
    pub turns: BTreeMap<String, usize>,
    /// Alerts, or the list, are another way than desktops were told.
    pub touched: bool,
    list_touched: bool,
    shown: Option<Time>,
    /// Agents who are kept for somebody whom they have invited.
    pub inviting: BTreeSet<usize>,
    pub counted: Counted,
    pub report: InvitationReport,
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counted {
    pub alerts: u64,
    pub invitations: u64,
    /// Nobody was free, too often, left in peace, nothing worked.
    pub withheld: u64,
}

/// See [`Watch::accepted`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Accepted {
    pub invitation: InvitationId,
    pub agent: Option<usize>,
    pub at: Time,
}

#[derive(Debug, Default)]
struct Lately {
    invited: VecDeque<Time>,
    declined: Option<Time>,
    /// Under which id he has asked for something, who is watched without one.
    asks_as: Option<VisitorId>,
}

impl Lately {
    /// When he was invited in the last 24 hours.
    fn within_a_day(&mut self, now: Time) -> &mut VecDeque<Time> {
        const DAY: Duration = Duration::from_secs(86_400);
        while self.invited.front().is_some_and(|&at| at + DAY <= now) {
            self.invited.pop_front();
        }
        &mut self.invited
    }
}

/// Whether one more fits into this minute; then it is in it.
fn takes(lately: &mut VecDeque<Time>, now: Time, most: usize) -> bool {
    while lately.front().is_some_and(|&at| at + MINUTE <= now) {
        lately.pop_front();
    }
    let fits = lately.len() < most;
    if fits {
        lately.push_back(now);
    }
    fits
}

impl Watch {
    /// Whether one more row may be written since a stranger's page says something: whoever makes up visitors fills no disk with them.
    fn may_write(&mut self, now: Time) -> bool {
        let may = takes(&mut self.written, now, ROWS);
        self.counted.withheld += u64::from(!may);
        may
    }

    fn lately(&mut self, who: Who) -> &mut Lately {
        if !self.lately.contains_key(&who) {
            self.order.push_back(who);
            if self.order.len() > REMEMBERED
                && let Some(oldest) = self.order.pop_front()
            {
                self.lately.remove(&oldest);
            }
        }
        self.lately.entry(who).or_default()
    }

    /// He was invited.
    pub fn note_invited(&mut self, who: Who, at: Time) {
        self.lately(who).within_a_day(at).push_back(at);
    }

    /// He does not want to be.
    pub fn note_declined(&mut self, who: Who, at: Time) {
        self.lately(who).declined = Some(at);
    }

    /// Somebody of whom no id was known asks under this one.
    pub fn note_asks_as(&mut self, who: Who, visitor: VisitorId) {
        if visitor_of(who).is_none() {
            self.lately(who).asks_as = Some(visitor);
        }
    }

    fn asks_as(&self, who: Who) -> Option<VisitorId> {
        visitor_of(who).or_else(|| self.lately.get(&who)?.asks_as)
    }

    /// Whether he may be invited once more.
    pub fn may_invite(&mut self, now: Time, who: Who, attendance: &Attendance) -> bool {
        let Some(row) = self.lately.get_mut(&who) else { return true };
        let left_alone = row.declined.is_some_and(|at| at + attendance.peace > now);
        !left_alone && row.within_a_day(now).len() < attendance.per_day as usize
    }

    fn forget_lately(&mut self, who: Who) {
        if self.lately.remove(&who).is_some() {
            self.order.retain(|other| *other != who);
        }
    }
}

impl Firm {
    /// A criterion holds for a visitor of a site.
    pub fn criterion_held(
        &mut self,
        now: Time,
        request: RequestId,
        site: usize,
        (rule, sighting): (&str, &Sighting),
    ) {
        self.follow_criterion(now, site, rule, sighting);
        self.reply(request, Reply::Done);
        self.finish(now);
    }

    fn follow_criterion(&mut self, now: Time, site: usize, rule: &str, sighting: &Sighting) {
        let sighting = &sighting.tidy();
        let Some(attendance) = self.settings.attendance.clone() else { return };
        let Some(follow) = attendance.follow.iter().find(|row| row.name == rule) else { return };
        let who = sighting.who;
        let priority = self.priority_of(sighting);
        if priority == NUISANCE || self.is_helped(who) {
            return;
        }
        if let Some(id) = self.watch.alert_of.get(&who).copied() {
            return self.sighted(id, Some(sighting));
        }
        if !self.watch.may_write(now) {
            return;
        }
        match follow.first {
            First::Alert => {
                self.raise_alert(now, (site, Some(rule)), sighting, (&follow.text, follow.pop), None);
            }
            First::Invite => self.invite_first(now, site, (follow, &attendance), sighting),
        }
    }

    /// The visitor first: in nobody's name, as many at once as agents are free (N 0042).
    fn invite_first(
        &mut self,
        now: Time,
        site: usize,
        (follow, attendance): (&Follow, &Attendance),
        sighting: &Sighting,
    ) {
        let who = sighting.who;
        let may = self.watch.may_invite(now, who, attendance)
            && attendance.invites(who)
            && !self.watch.invitation_of.contains_key(&who)
            && self.writable;
        let chosen = if may { self.choose_message(now, site, follow, attendance) } else { None };
        let Some((name, occasion)) = chosen else {
            self.watch.counted.withheld += 1;
            return;
        };
        let message = attendance.messages.iter().find(|message| message.name == name);
        let Some((message, wording)) =
            message.and_then(|message| Some((message, message.wording(&sighting.language)?.clone())))
        else {
            return;
        };
        let from = (None, Some(follow.name.as_str()), None);
        if self.invite(now, (site, who), from, (message, &wording, occasion), &sighting.about()).is_none() {
            self.watch.counted.withheld += 1;
        }
    }

    /// Whether he has asked for something already.
    pub(super) fn is_helped(&self, who: Who) -> bool {
        let Some(visitor) = self.watch.asks_as(who) else { return false };
        let live = |id: &ReservationId| self.reservations.get(*id).is_some_and(|r| r.live());
        self.reservations.of_visitor(visitor).iter().any(live)
    }

    /// By his record, where an agent, a program or the firm's list has said so; else what his browser keeps.
    pub(super) fn priority_of(&self, sighting: &Sighting) -> u8 {
        let contact = visitor_of(sighting.who).and_then(|visitor| self.contacts.by_visitor(visitor));
        let rated = contact.filter(|&id| self.contacts.is_rated(id));
        rated.map_or(sighting.priority, |id| self.contacts.priority(Some(id)))
    }

    /// Who is on the firm's sites now, and where those are whom alerts are about.
    pub fn watched(
        &mut self,
        now: Time,
        request: RequestId,
        list: Option<(usize, Vec<Sighting>)>,
        followed: Vec<(Who, Option<Sighting>)>,
    ) {
        if let Some(list) = list {
            self.watch.seen = (list.0, list.1.iter().take(LISTED).map(Sighting::tidy).collect());
            self.watch.list_touched = true;
        }
        for (who, sighting) in followed {
            if let Some(id) = self.watch.alert_of.get(&who).copied() {
                self.sighted(id, sighting.map(|sighting| sighting.tidy()).as_ref());
                if !self.watch.alerts.get(&id).is_some_and(|alert| alert.online) {
                    self.alert_left(now, id);
                }
            }
        }
        self.reply(request, Reply::Done);
        self.finish(now);
    }

    /// Nobody is on the list: visitors are watched no more.
    pub(super) fn seen_nobody(&mut self) {
        self.watch.seen = (0, Vec::new());
        self.watch.list_touched = true;
    }

    /// He does not want to be watched any more: nothing more is known of him at once, and no agent sees his page live any more; a call of
    /// his goes on. Where the firm says so he is erased, too (E24).
    pub fn unwatch(&mut self, now: Time, request: RequestId, who: Who) {
        let visitor = self.watch.asks_as(who);
        self.forget_watched(now, who);
        let his = visitor.map_or_else(Vec::new, |visitor| self.reservations.of_visitor(visitor).to_vec());
        his.into_iter().for_each(|id| self.stop_live(now, id));
        let erased = visitor.filter(|_| self.settings.privacy.withdrawal_erases);
        let done = erased.map_or(Ok(()), |visitor| {
            self.order_erasure_of(now, visitor).map(|_| self.look_for_erasures(now))
        });
        self.reply(request, done.map_or_else(Reply::Problem, |()| Reply::Done));
        self.finish(now);
    }

    /// What memory has of him as one who is watched.
    pub(super) fn forget_watched(&mut self, now: Time, who: Who) {
        if let Some(id) = self.watch.invitation_of.get(&who).copied() {
            self.end_invitation(now, id, "withdrawn");
        }
        if let Some(id) = self.watch.alert_of.get(&who).copied() {
            self.close_alert(now, id, "left");
        }
        self.forget_seen(who);
    }

    /// What memory has of him goes without a word, where the journal says already that he is erased.
    pub(super) fn forget_seen(&mut self, who: Who) {
        if let Some(id) = self.watch.alert_of.remove(&who) {
            self.watch.alerts.remove(&id);
            self.watch.touched = true;
        }
        if let Some(id) = self.watch.invitation_of.remove(&who) {
            self.watch.invitations.remove(&id);
        }
        self.watch.accepted.remove(&who);
        if let Some(visitor) = visitor_of(who) {
            self.watch.report.forget(visitor);
        }
        self.watch.forget_lately(who);
        let before = self.watch.seen.1.len();
        self.watch.seen.1.retain(|sighting| sighting.who != who);
        self.watch.list_touched |= self.watch.seen.1.len() != before;
        self.command_watch(self.seq, who, WatchCommand::Forget);
    }

    /// An agent picks somebody of the list: an alert that is his.
    pub fn greet(&mut self, now: Time, request: RequestId, agent: usize, name: &str) {
        self.alive(now, agent);
        let done = self.pick_visitor(now, agent, name);
        self.reply(request, done.map_or_else(Reply::Problem, Reply::Alert));
        self.finish(now);
    }

    fn pick_visitor(&mut self, now: Time, agent: usize, name: &str) -> Result<AlertId, Problem> {
        let gone = || problem(409, "gone", "This visitor is not there any more.");
        let who = who_is(name).ok_or_else(gone)?;
        let sighting = self.watch.seen.1.iter().find(|row| row.who == who).cloned().ok_or_else(gone)?;
        let site = self.site_named(&sighting.site).ok_or_else(gone)?;
        self.may_attend(agent, site)?;
        if self.priority_of(&sighting) == NUISANCE {
            return Err(problem(409, "never", "This visitor is not to be spoken to (priority 0)."));
        }
        if self.is_helped(who) {
            return Err(problem(409, "taken", "This visitor is being helped already."));
        }
        if let Some(id) = self.watch.alert_of.get(&who).copied() {
            self.take_alert(now, agent, id)?;
            return Ok(id);
        }
        self.raise_alert(now, (site, None), &sighting, ("", false), Some(agent))
            .ok_or_else(|| problem(409, "not_now", "There are too many alerts: close some first."))
    }

    /// He rates a visitor, whose record it is from then on where he has let us keep one. The journal's number.
    pub fn rate_visitor(
        &mut self,
        now: Time,
        request: RequestId,
        agent: usize,
        (name, priority): (&str, u8),
    ) {
        self.alive(now, agent);
        match self.rate_watched(now, agent, name, priority) {
            Ok(after) => self.act(after, Action::Reply(request, Reply::Done)),
            Err(problem) => self.reply(request, Reply::Problem(problem)),
        }
        self.finish(now);
    }

    fn rate_watched(&mut self, now: Time, agent: usize, name: &str, priority: u8) -> Result<u64, Problem> {
        let gone = || problem(409, "gone", "This visitor is not there any more.");
        self.may_rate(agent)?;
        if priority > super::rate::HIGHEST {
            return Err(problem(422, "priority_invalid", "Priority is 0 to 7."));
        }
        let who = who_is(name).ok_or_else(gone)?;
        let listed = self.watch.seen.1.iter().find(|row| row.who == who).map(|row| row.site.clone());
        let alert = self.watch.alert_of.get(&who).and_then(|id| self.watch.alerts.get(id));
        let site = alert.map(|alert| alert.site).or_else(|| self.site_named(listed.as_deref()?));
        let site = site.ok_or_else(gone)?;
        self.may_attend(agent, site)?;
        let after = match visitor_of(who) {
            Some(visitor) => {
                self.can_keep()?;
                self.rate_browser(now, agent, visitor, site, priority)
            }
            None => 0,
        };
        if let Some(row) = self.watch.seen.1.iter_mut().find(|row| row.who == who) {
            row.priority = priority;
            self.watch.list_touched = true;
        }
        if let Some(id) = self.watch.alert_of.get(&who).copied()
            && let Some(alert) = self.watch.alerts.get_mut(&id)
        {
            alert.about.priority = priority;
            self.watch.touched = true;
            if priority == NUISANCE {
                self.end_invitation_of(now, who, "withdrawn");
                self.close_alert(now, id, "dismissed");
            }
        }
        self.command_watch(after, who, WatchCommand::Rate(priority));
        Ok(after)
    }

    /// The record of a visitor, made where there is none, has this priority from now on.
    fn rate_browser(
        &mut self,
        now: Time,
        agent: usize,
        visitor: VisitorId,
        site: usize,
        priority: u8,
    ) -> u64 {
        let fresh = ContactId::mint(now, self.random.bits());
        let (contact, new) = self.contacts.learn(visitor, "", None, fresh);
        let stored = new.unwrap_or_else(|| self.contacts.noted(contact, &Default::default(), None));
        let site = Some(self.settings.sites[site].name.clone());
        let by = self.by_agent(agent, None);
        self.keep_contact(now, ContactStored { priority, rated: true, site, ..stored }, by)
    }

    /// Refuses an agent who does not serve a site's queue or answer for it.
    pub(super) fn may_attend(&self, agent: usize, site: usize) -> Result<(), Problem> {
        if !self.agents[agent].logged_in || self.agents[agent].leaving {
            return Err(problem(409, "not_logged_in", "You are not logged in."));
        }
        let row = &self.agents[agent];
        let serves = row.serves.get(self.queue_of_site(site)).copied().unwrap_or(false);
        if (serves || row.oversees.is_some()) && self.represents(agent, &self.facts_of(site)) {
            return Ok(());
        }
        Err(problem(403, "not_your_site", "You do not serve the visitors of this site."))
    }

    /// Of rows about visitors of sites those that he may attend, each with the site's client as he reads it. Each site is looked at once.
    pub(super) fn attended<T>(
        &self,
        agent: usize,
        rows: impl Iterator<Item = (usize, T)>,
    ) -> Vec<(T, Option<String>)> {
        let mut sites: BTreeMap<usize, Option<Option<String>>> = BTreeMap::new();
        let client_of = |site| {
            let client = || self.shown_client(&self.facts_of(site).client);
            self.may_attend(agent, site).is_ok().then(client)
        };
        let his = |(site, row)| {
            let client = sites.entry(site).or_insert_with(|| client_of(site)).clone()?;
            Some((row, client))
        };
        rows.filter_map(his).collect()
    }

    pub(super) fn command_watch(&mut self, after: u64, who: Who, command: WatchCommand) {
        let firm = self.settings.name.clone();
        self.act(after, Action::Watch { firm, who, command });
    }

    /// Tells desktops, five times a second at most.
    pub(super) fn show_watch(&mut self, now: Time) {
        if !self.watch.touched && !self.watch.list_touched {
            return;
        }
        if let Some(next) = self.watch.shown.map(|shown| shown + BOARD).filter(|&next| next > now) {
            return self.timers.set(Timer::Watch, next);
        }
        self.watch.shown = Some(now);
        let (alerts, list) =
            (std::mem::take(&mut self.watch.touched), std::mem::take(&mut self.watch.list_touched));
        let open: Vec<usize> =
            (0..self.agents.len()).filter(|&agent| self.agents[agent].stream.is_some()).collect();
        for agent in open {
            if alerts {
                let rows = self.alert_views(agent);
                self.notify_agent(agent, view("alerts", &rows));
            }
            if list {
                let rows = self.visitors_view(agent);
                self.notify_agent(agent, view("visitors", &rows));
            }
        }
    }

    /// Those of the live list whom an agent may see.
    pub(super) fn visitors_view(&self, agent: usize) -> serde_json::Value {
        let seen = self.watch.seen.1.iter();
        let known = seen.filter_map(|sighting| Some((self.site_named(&sighting.site)?, sighting)));
        let his = self.attended(agent, known);
        let rows: Vec<VisitorView> =
            his.into_iter().map(|(sighting, client)| self.visitor_view(sighting, client)).collect();
        // Of other clients' visitors he does not even learn how many there are.
        let total = if rows.len() == self.watch.seen.1.len() { self.watch.seen.0 } else { rows.len() };
        serde_json::json!({ "total": total, "list": rows })
    }

    fn visitor_view(&self, sighting: &Sighting, client: Option<String>) -> VisitorView {
        let who = sighting.who;
        let contact = visitor_of(who).and_then(|visitor| self.contacts.by_visitor(visitor));
        VisitorView {
            id: name_of(who),
            site: sighting.site.clone(),
            client,
            page: PageView { url: sighting.page.url.clone(), title: sighting.page.title.clone() },
            arrived: sighting.arrived.rfc3339(),
            since: sighting.since.rfc3339(),
            pages: sighting.pages,
            visits: sighting.visits,
            purchases: sighting.purchases,
            cart: sighting.cart,
            items: sighting.items,
            priority: self.priority_of(sighting),
            language: sighting.language.clone(),
            consent: if visitor_of(who).is_some() { "granted" } else { "none" },
            address: sighting.address.clone(),
            name: self.name_on_record(contact),
            contact,
            rules: sighting.rules.clone(),
            invited: self.watch.invitation_of.contains_key(&who),
        }
    }

    pub(super) fn name_on_record(&self, contact: Option<ContactId>) -> Option<String> {
        let name = contact.and_then(|id| self.contacts.get(id)).map(|contact| contact.name.clone());
        name.filter(|name| !name.is_empty())
    }

    /// A report for a supervisor.
    pub fn answer_agent_report(
        &mut self,
        now: Time,
        request: RequestId,
        agent: usize,
        (what, days): (Report, (u64, u64)),
    ) {
        self.alive(now, agent);
        if self.agents[agent].oversees.is_none() {
            return self.refuse(request, 403, "not_supervisor", "Reports are for supervisors.");
        }
        self.answer_report(request, what, days);
    }

    /// A report of the firm.
    pub fn answer_report(&mut self, request: RequestId, what: Report, days: (u64, u64)) {
        match what {
            Report::Invitations => self.answer_invitation_report(request, days),
            Report::Pages => self.answer_page_report(request, days),
        }
    }

    /// What has come of invitations, from the first to the last of these days.
    fn answer_invitation_report(&mut self, request: RequestId, days: (u64, u64)) {
        let follow = self.settings.attendance.as_ref().map_or(&[][..], |attendance| &attendance.follow);
        let place = |rule: &str, message: &str| {
            let messages = follow.iter().find(|row| row.name == rule).map_or(&[][..], |row| &row.messages);
            messages.iter().position(|name| name == message).unwrap_or(messages.len())
        };
        let view = self.watch.report.view(days, place);
        self.reply(request, Reply::Invitations(Box::new(view)));
    }

    /// A trigger has changed a visitor's priority: who has, and when, stays.
    pub fn triggered(
        &mut self,
        now: Time,
        request: RequestId,
        site: usize,
        (visitor, trigger, (from, to)): (VisitorId, Trigger, (u8, u8)),
    ) {
        if takes(&mut self.watch.rated, now, ROWS) {
            let site = self.settings.sites[site].name.clone();
            let trigger = match trigger {
                Trigger::Return => "return".to_owned(),
                Trigger::Purchase => "purchase".to_owned(),
                Trigger::Criterion(name) => format!("criterion {name}"),
            };
            self.persist(now, Fact::Triggered { site, visitor, trigger, from, to });
        }
        self.reply(request, Reply::Done);
        self.finish(now);
    }

    /// A visitor has bought something.
    pub fn purchased(
        &mut self,
        now: Time,
        request: RequestId,
        site: usize,
        (visitor, cents): (VisitorId, u64),
    ) {
        if !takes(&mut self.watch.bought, now, BOUGHT) {
            return self.refuse(request, 429, "too_many", "Too much was bought in this minute to be true.");
        }
        let invitation = self.watch.report.invitation_of(now, visitor);
        if let Some(id) = invitation {
            self.watch.report.bought(id, cents);
        }
        let site = self.settings.sites[site].name.clone();
        self.persist(now, Fact::Purchased { site, visitor, cents, invitation });
        self.reply(request, Reply::Done);
        self.finish(now);
    }
}
