//! Visitors who are watched, after a restart: alerts and invitations that were open are again, of those whose browsers keep an id; where
//! they are now nobody knows before they are seen again.

use super::invite::COMES;
use super::watch::Accepted;
use super::{Firm, Timer};
use crate::activity::Who;
use crate::fact::{Alerted, Invited};
use crate::ids::{AlertId, InvitationId, VisitorId};
use crate::invitation::{
    About, Alert, AlertState, Attendance, Invitation, InvitationView, Message, Occasion, WatchCommand, Way,
};
use warmline_time::Time;

impl Firm {
    pub(super) fn realert(&mut self, time: Time, alerted: &Alerted) {
        let who = alerted.visitor.map(Who::Visitor);
        let Some((who, site)) = who.zip(self.site_named(&alerted.site)) else { return };
        let mut follow = self.settings.attendance.iter().flat_map(|all| &all.follow);
        let follow = follow.find(|row| Some(&row.name) == alerted.rule.as_ref());
        let (text, pop) = follow.map_or((String::new(), false), |row| (row.text.clone(), row.pop));
        let about =
            About { page: alerted.page.clone(), priority: alerted.priority, visits: 1, ..About::default() };
        let row = Alert {
            id: alerted.alert,
            who,
            site,
            rule: alerted.rule.clone(),
            text,
            pop,
            since: time,
            // Whoever had it has to take it anew.
            state: AlertState::Waiting,
            agent: None,
            invitation: None,
            online: false,
            about,
            way: alerted.conference.as_ref().map(|_| Way::Conference),
            conference: alerted.conference.clone(),
        };
        self.watch.alert_of.insert(who, row.id);
        self.watch.alerts.insert(row.id, row);
    }

    pub(super) fn resettle_alert(&mut self, id: AlertId, how: &str) {
        if !matches!(how, "taken" | "released")
            && let Some(alert) = self.watch.alerts.remove(&id)
        {
            self.watch.alert_of.remove(&alert.who);
        }
    }

    pub(super) fn reinvite(&mut self, time: Time, invited: &Invited) {
        self.watch.report.invited(time, invited);
        let Some(who) = invited.visitor.map(Who::Visitor) else { return };
        self.watch.note_invited(who, time);
        let agent = invited.agent.as_ref().and_then(|name| self.agent_of.get(name)).copied();
        let Some(site) = self.site_named(&invited.site) else { return };
        let expires_at = Time::from_micros(invited.expires_at);
        let view = InvitationView {
            id: invited.invitation,
            kind: invited.kind,
            title: invited.title.clone(),
            text: invited.text.clone(),
            language: String::new(),
            agent: None,
            picture: None,
            audio: None,
            video: None,
            options: Vec::new(),
            later: false,
            number: None,
            conference: None,
            expires_at: expires_at.rfc3339(),
        };
        let row = Invitation {
            id: invited.invitation,
            who,
            site,
            alert: invited.alert,
            message: invited.message.clone(),
            agent: None,
            wished: agent,
            expires_at,
            shown: false,
            view: Box::new(view),
            about: About::default(),
        };
        self.watch.invitation_of.insert(who, row.id);
        self.watch.invitations.insert(row.id, row);
    }

    pub(super) fn reanswer(
        &mut self,
        time: Time,
        id: InvitationId,
        (answer, way): (&str, Option<&str>),
        visitor: Option<VisitorId>,
    ) {
        self.watch.report.answered(id, answer);
        if answer == "shown" {
            if let Some(row) = self.watch.invitations.get_mut(&id) {
                row.shown = true;
            }
            return;
        }
        let row = self.watch.invitations.remove(&id);
        if let Some(row) = &row {
            self.watch.invitation_of.remove(&row.who);
            if answer == "declined" {
                self.watch.note_declined(row.who, time);
            }
            if way == Some(Way::Conference.word()) {
                self.waits_again(row);
            }
        }
        let asks = answer == "accepted" && !matches!(way, Some("mail" | "conference"));
        if let Some(visitor) = visitor.filter(|_| asks) {
            let agent = row.and_then(|row| row.wished);
            self.watch.accepted.insert(Who::Visitor(visitor), Accepted { invitation: id, agent, at: time });
            self.watch.report.follows(time, id, visitor);
        }
    }

    /// Whoever was invited to the firm's conference may be there still; who came by himself has an alert of his own.
    fn waits_again(&mut self, row: &Invitation) {
        let messages = self.settings.attendance.iter().flat_map(|all| &all.messages);
        let message = messages.into_iter().find(|message| Some(&message.name) == row.message.as_ref());
        let conference = message.and_then(|message| message.conference.clone());
        if let Some(alert) = row.alert.and_then(|id| self.watch.alerts.get_mut(&id)) {
            (alert.way, alert.conference) = (Some(Way::Conference), conference);
        }
    }

    /// Other settings count: where visitors are watched no more, nobody waits for them.
    pub(super) fn watch_reloaded(&mut self, now: Time) {
        self.watch.touched = true;
        if self.settings.attendance.is_some() {
            return;
        }
        for id in self.watch.invitations.keys().copied().collect::<Vec<_>>() {
            self.end_invitation(now, id, "withdrawn");
        }
        for id in self.watch.alerts.keys().copied().collect::<Vec<_>>() {
            self.close_alert(now, id, "expired");
        }
        self.watch.accepted.clear();
        self.seen_nobody();
    }

    /// After the last row.
    pub(super) fn watch_again(&mut self, now: Time) {
        let attendance = self.settings.attendance.clone();
        for (id, since) in self.watch.alerts.values().map(|row| (row.id, row.since)).collect::<Vec<_>>() {
            let lasts = attendance.as_ref().map_or(now, |all| since + all.alert_lasts);
            if lasts <= now {
                self.close_alert(now, id, "expired");
                continue;
            }
            self.timers.set(Timer::Alert(id), lasts);
            let who = self.watch.alerts[&id].who;
            self.command_watch(0, who, WatchCommand::Follow(true));
        }
        for id in self.watch.invitations.keys().copied().collect::<Vec<_>>() {
            if !self.show_again(now, id, attendance.as_deref()) {
                self.end_invitation(now, id, "expired");
            }
        }
        self.watch.accepted.retain(|_, row| row.at + COMES > now);
        for row in self.watch.accepted.values() {
            self.timers.set(Timer::Invitation(row.invitation), row.at + COMES);
        }
    }

    /// False: it is too late, or nothing of it works any more.
    fn show_again(&mut self, now: Time, id: InvitationId, attendance: Option<&Attendance>) -> bool {
        let Some(row) = self.watch.invitations.get(&id).filter(|row| row.expires_at > now) else {
            return false;
        };
        let all = Message::of_all_ways();
        let named = attendance.and_then(|rows| {
            rows.messages.iter().find(|message| Some(&message.name) == row.message.as_ref())
        });
        let message = named.unwrap_or(&all);
        let (site, who, kind, expires_at) = (row.site, row.who, row.view.kind, row.expires_at);
        let Some((options, later)) = self.ways_now(now, site, message, kind) else { return false };
        let number = self.number_on_file(now, None, crate::invitation::visitor_of(who));
        if let Some(row) = self.watch.invitations.get_mut(&id) {
            let view = &mut row.view;
            (view.options, view.later, view.number) = (options, later, number);
            view.picture.clone_from(&message.picture);
            (view.audio, view.video) = (message.audio.clone(), message.video.clone());
            view.conference = message.conference.clone().filter(|_| kind == Occasion::Invitation);
            let view = view.clone();
            self.command_watch(0, who, WatchCommand::Show(Some(view)));
        }
        self.timers.set(Timer::Invitation(id), expires_at);
        true
    }
}
