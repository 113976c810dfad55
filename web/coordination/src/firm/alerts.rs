//! Alerts: who of a site's visitors agents should look at, and which of them does (N 0033, 0046, 0050). One has one; of two who take it at
//! once the second is told so.

use super::feed::Event;
use super::invite::COMES;
use super::{Firm, Timer, problem};
use crate::activity::Who;
use crate::effect::Action;
use crate::fact::{Alerted, Fact};
use crate::ids::AlertId;
use crate::invitation::{
    About, Alert, AlertState, AlertVerb, AlertView, Colleague, MessageChoice, PageView, Sighting,
    WatchCommand, Way, name_of, visitor_of,
};
use crate::request::{Problem, Reply, RequestId};
use serde_json::json;
use std::time::Duration;
use warmline_time::Time;

/// Alerts of a firm at once; beyond, the one of the lowest priority that nobody has goes.
const MOST: usize = 200;
/// How long an agent still sees what has become of his.
const SETTLED: Duration = Duration::from_secs(15);
/// And whose page is gone: he may be between two of them.
const AWAY: Duration = Duration::from_secs(30);

impl Firm {
    /// A new one; to whom it belongs where an agent has picked the visitor. None: there are too many.
    pub(super) fn raise_alert(
        &mut self,
        now: Time,
        (site, rule): (usize, Option<&str>),
        sighting: &Sighting,
        (text, pop): (&str, bool),
        agent: Option<usize>,
    ) -> Option<AlertId> {
        let about = About { priority: self.priority_of(sighting), ..sighting.about() };
        self.open_alert(now, (site, sighting.who, rule), about, (text, pop, None), agent)
    }

    /// Who has come to the firm's conference by himself waits for somebody there.
    pub(super) fn waits_in_conference(
        &mut self,
        now: Time,
        (site, who): (usize, Who),
        conference: &str,
        about: About,
    ) {
        let conference = Some(conference.to_owned());
        if let Some(alert) = self.watch.alert_of.get(&who).and_then(|id| self.watch.alerts.get_mut(id)) {
            (alert.way, alert.conference) = (Some(Way::Conference), conference);
            self.watch.touched = true;
        } else {
            self.open_alert(now, (site, who, None), about, ("", true, conference), None);
        }
    }

    fn open_alert(
        &mut self,
        now: Time,
        (site, who, rule): (usize, Who, Option<&str>),
        about: About,
        (text, pop, conference): (&str, bool, Option<String>),
        agent: Option<usize>,
    ) -> Option<AlertId> {
        let priority = about.priority;
        self.make_room(now, priority)?;
        let id = AlertId::mint(now, self.random.bits());
        let fact = Alerted {
            alert: id,
            site: self.settings.sites[site].name.clone(),
            rule: rule.map(str::to_owned),
            visitor: visitor_of(who),
            page: about.page.bare(),
            priority,
            agent: agent.map(|agent| self.agents[agent].settings.name.clone()),
            conference: conference.clone(),
        };
        let after = self.persist(now, Fact::Alerted(Box::new(fact)));
        let state = if agent.is_some() { AlertState::Claimed } else { AlertState::Waiting };
        let row = Alert {
            id,
            who,
            site,
            rule: rule.map(str::to_owned),
            text: text.to_owned(),
            pop,
            since: now,
            state,
            agent,
            invitation: None,
            online: true,
            about,
            way: conference.as_ref().map(|_| Way::Conference),
            conference,
        };
        self.keep_alert(now, row);
        self.watch.counted.alerts += 1;
        let site = &self.settings.sites[site].name;
        let data = json!({ "site": site, "rule": rule, "priority": priority });
        let (subject, trace_id) = (id.to_string(), String::new());
        self.announce(now, after, Event { name: "alert.created", subject, trace_id, data });
        Some(id)
    }

    /// Into the table, with its timer.
    pub(super) fn keep_alert(&mut self, now: Time, row: Alert) {
        let lasts = self.settings.attendance.as_ref().map_or(AWAY, |all| all.alert_lasts);
        self.timers.set(Timer::Alert(row.id), now + lasts);
        self.watch.alert_of.insert(row.who, row.id);
        self.command_watch(0, row.who, WatchCommand::Follow(true));
        self.watch.alerts.insert(row.id, row);
        self.watch.touched = true;
    }

    fn make_room(&mut self, now: Time, priority: u8) -> Option<()> {
        if self.watch.alerts.len() < MOST {
            return Some(());
        }
        let waiting = self.watch.alerts.values().filter(|alert| alert.agent.is_none());
        let lowest = waiting.min_by_key(|alert| (alert.about.priority, alert.since))?;
        let (id, lower) = (lowest.id, lowest.about.priority <= priority);
        lower.then(|| self.close_alert(now, id, "expired"))
    }

    /// Where he is now; none: on none of the site's pages.
    pub(super) fn sighted(&mut self, id: AlertId, sighting: Option<&Sighting>) {
        // On another site he is somebody else's to help.
        let same = |sighting: &&Sighting| {
            let site = self.watch.alerts.get(&id).and_then(|alert| self.settings.sites.get(alert.site));
            site.is_some_and(|site| site.name == sighting.site)
        };
        let sighting = sighting.filter(same);
        let priority = sighting.map(|sighting| self.priority_of(sighting));
        let Some(alert) = self.watch.alerts.get_mut(&id) else { return };
        let about = sighting.map_or_else(|| alert.about.clone(), Sighting::about);
        let about = About { priority: priority.unwrap_or(about.priority), ..about };
        let online = sighting.is_some();
        self.watch.touched |= alert.online != online || alert.about != about;
        (alert.online, alert.about) = (online, about);
    }

    /// He is gone: who waits for nobody is not waited for. The firm's conference is another page.
    pub(super) fn alert_left(&mut self, now: Time, id: AlertId) {
        match self.watch.alerts.get(&id).map(|alert| (alert.conference.is_some(), alert.state)) {
            Some((true, _)) => {}
            Some((false, AlertState::Waiting)) => self.close_alert(now, id, "left"),
            _ => self.timers.set(Timer::Alert(id), now + AWAY),
        }
    }

    /// What an agent does about one.
    pub fn alert_verb(
        &mut self,
        now: Time,
        request: RequestId,
        agent: usize,
        (id, verb): (AlertId, AlertVerb),
    ) {
        self.alive(now, agent);
        let done = match verb {
            AlertVerb::Take => self.take_alert(now, agent, id).map(|()| 0),
            AlertVerb::Release => self.release_alert(now, agent, id).map(|()| 0),
            AlertVerb::Dismiss => self.dismiss_alert(now, agent, id).map(|()| 0),
            AlertVerb::Invite { message, text, language } => {
                self.invite_by_hand(now, agent, id, (message, text, language))
            }
        };
        match done {
            Ok(after) => self.act(after, Action::Reply(request, Reply::Done)),
            Err(problem) => self.reply(request, Reply::Problem(problem)),
        }
        self.finish(now);
    }

    /// One that is there, and for which he may answer.
    fn alert_for(&self, agent: usize, id: AlertId) -> Result<&Alert, Problem> {
        let gone = || problem(409, "gone", "This visitor has left, or a colleague has helped already.");
        let alert = self.watch.alerts.get(&id).ok_or_else(gone)?;
        self.may_attend(agent, alert.site)?;
        Ok(alert)
    }

    /// The same, and it is his.
    pub(super) fn own_alert(&self, agent: usize, id: AlertId) -> Result<&Alert, Problem> {
        let alert = self.alert_for(agent, id)?;
        if alert.agent != Some(agent) {
            return Err(problem(409, "not_yours", "Take this visitor first."));
        }
        Ok(alert)
    }

    pub(super) fn take_alert(&mut self, now: Time, agent: usize, id: AlertId) -> Result<(), Problem> {
        let alert = self.alert_for(agent, id)?;
        match alert.agent {
            Some(other) if other == agent => return Ok(()),
            Some(_) => return Err(problem(409, "taken", "A colleague was faster.")),
            None => {}
        }
        self.set_alert(id, AlertState::Claimed, Some(agent));
        self.persist_alert(now, id, "taken", Some(agent));
        Ok(())
    }

    fn release_alert(&mut self, now: Time, agent: usize, id: AlertId) -> Result<(), Problem> {
        self.own_alert(agent, id)?;
        self.end_invitation_by_alert(now, id);
        self.set_alert(id, AlertState::Waiting, None);
        self.persist_alert(now, id, "released", Some(agent));
        Ok(())
    }

    fn dismiss_alert(&mut self, now: Time, agent: usize, id: AlertId) -> Result<(), Problem> {
        let alert = self.alert_for(agent, id)?;
        if alert.agent.is_some_and(|other| other != agent) {
            return Err(problem(409, "taken", "A colleague was faster."));
        }
        self.end_invitation_by_alert(now, id);
        self.close_alert_by(now, id, "dismissed", Some(agent));
        Ok(())
    }

    fn end_invitation_by_alert(&mut self, now: Time, id: AlertId) {
        if let Some(invitation) = self.watch.alerts.get(&id).and_then(|alert| alert.invitation) {
            self.end_invitation(now, invitation, "withdrawn");
        }
    }

    pub(super) fn set_alert(&mut self, id: AlertId, state: AlertState, agent: Option<usize>) {
        if let Some(alert) = self.watch.alerts.get_mut(&id) {
            (alert.state, alert.agent) = (state, agent);
            self.watch.touched = true;
        }
    }

    /// What has become of it is shown for a moment yet; as long as he waits somewhere else, for longer.
    pub(super) fn settle_alert(
        &mut self,
        now: Time,
        id: AlertId,
        (state, way, conference): (AlertState, Option<Way>, Option<String>),
    ) {
        if let Some(alert) = self.watch.alerts.get_mut(&id) {
            (alert.state, alert.invitation, alert.way) = (state, None, way);
            let shown = if conference.is_some() { COMES } else { SETTLED };
            alert.conference = conference;
            self.watch.touched = true;
            self.timers.set(Timer::Alert(id), now + shown);
        }
    }

    fn persist_alert(&mut self, now: Time, id: AlertId, how: &str, agent: Option<usize>) {
        let agent = agent.map(|agent| self.agents[agent].settings.name.clone());
        self.persist(now, Fact::AlertSettled { alert: id, how: how.to_owned(), agent });
    }

    /// It is over.
    pub(super) fn close_alert(&mut self, now: Time, id: AlertId, how: &str) {
        let agent = self.watch.alerts.get(&id).and_then(|alert| alert.agent);
        self.close_alert_by(now, id, how, agent);
    }

    fn close_alert_by(&mut self, now: Time, id: AlertId, how: &str, agent: Option<usize>) {
        if self.drop_alert(id).is_some() {
            self.persist_alert(now, id, how, agent);
        }
    }

    /// Out of the table.
    pub(super) fn drop_alert(&mut self, id: AlertId) -> Option<Alert> {
        let alert = self.watch.alerts.remove(&id)?;
        self.watch.alert_of.remove(&alert.who);
        self.timers.cancel(Timer::Alert(id));
        self.command_watch(0, alert.who, WatchCommand::Follow(false));
        self.watch.touched = true;
        Some(alert)
    }

    /// Nobody has taken it, or he has had it long enough.
    pub(super) fn alert_due(&mut self, now: Time, id: AlertId) {
        let Some(alert) = self.watch.alerts.get(&id) else { return };
        match alert.state {
            // An invitation has a time of its own.
            AlertState::Invited | AlertState::Shown if alert.invitation.is_some() => {}
            AlertState::Accepted | AlertState::Declined => self.close_alert(now, id, "answered"),
            _ => self.close_alert(now, id, if alert.online { "expired" } else { "left" }),
        }
    }

    /// An agent's list, the highest priority first, then who waits longest.
    pub(super) fn alert_views(&self, agent: usize) -> Vec<AlertView> {
        let mut rows = self.attended(agent, self.watch.alerts.values().map(|alert| (alert.site, alert)));
        rows.sort_by_key(|(alert, _)| (std::cmp::Reverse(alert.about.priority), alert.since, alert.id));
        rows.into_iter().map(|(alert, client)| self.alert_view(agent, alert, client)).collect()
    }

    fn alert_view(&self, agent: usize, alert: &Alert, client: Option<String>) -> AlertView {
        let about = &alert.about;
        let contact = visitor_of(alert.who).and_then(|visitor| self.contacts.by_visitor(visitor));
        AlertView {
            id: alert.id,
            visitor: name_of(alert.who),
            site: self.settings.sites[alert.site].name.clone(),
            client,
            rule: alert.rule.clone(),
            text: alert.text.clone(),
            page: PageView { url: about.page.url.clone(), title: about.page.title.clone() },
            priority: about.priority,
            since: alert.since.rfc3339(),
            name: self.name_on_record(contact),
            contact,
            visits: about.visits,
            purchases: about.purchases,
            cart: about.cart,
            language: about.language.clone(),
            address: about.address.clone(),
            pop: alert.pop && alert.agent.is_none(),
            state: alert.state,
            agent: alert.agent.map(|index| Colleague {
                id: self.agents[index].settings.name.clone(),
                display_name: self.agents[index].settings.display_name.clone(),
            }),
            mine: alert.agent == Some(agent),
            suggestions: self.suggestions(agent, alert.rule.as_deref()),
            online: alert.online,
            way: alert.way,
            conference: alert.conference.clone(),
        }
    }

    /// Messages that fit visitor and agent (N 0034), those that are for just this first.
    fn suggestions(&self, agent: usize, rule: Option<&str>) -> Vec<String> {
        let Some(attendance) = &self.settings.attendance else { return Vec::new() };
        let skills = &self.agents[agent].skills;
        let fits_skill = |wanted: &[String]| {
            wanted.is_empty() || wanted.iter().any(|skill| skills.iter().any(|(name, _)| name == skill))
        };
        let mut fitting: Vec<_> = attendance
            .messages
            .iter()
            .filter(|message| !attendance.only_out_of_hours(&message.name))
            .filter(|message| fits_skill(&message.skills))
            .filter(|message| {
                message.rules.is_empty() || message.rules.iter().any(|name| Some(&**name) == rule)
            })
            .collect();
        fitting.sort_by_key(|message| (message.rules.is_empty(), message.skills.is_empty()));
        fitting.into_iter().map(|message| message.name.clone()).collect()
    }

    /// The library, as desktops choose from it.
    pub(super) fn message_choices(&self) -> Vec<MessageChoice> {
        let Some(attendance) = &self.settings.attendance else { return Vec::new() };
        let sendable = attendance.messages.iter().filter(|row| !attendance.only_out_of_hours(&row.name));
        sendable
            .map(|message| {
                let words = message.wordings.iter();
                MessageChoice {
                    id: message.name.clone(),
                    name: message.name.clone(),
                    texts: words.map(|(tag, row)| (tag.clone(), row.text.clone())).collect(),
                    options: message.ways.clone(),
                }
            })
            .collect()
    }
}
