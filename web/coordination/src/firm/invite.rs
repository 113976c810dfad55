//! Invitations (N 0033-34, 0042-43, 0053-57): what a visitor is offered unasked, by an agent or by a criterion alone, and what he makes of
//! it. What he accepts ends in the machinery that every request has.

use super::feed::Event;
use super::watch::Accepted;
use super::{Firm, Timer, problem};
use crate::activity::Who;
use crate::effect::Action;
use crate::fact::{Fact, Invited};
use crate::ids::{AlertId, InvitationId, VisitorId};
use crate::invitation::{
    About, AlertState, Attendance, Follow, Invitation, InvitationView, InvitingAgent, Message, OWN_WORDS,
    Occasion, Response, WatchCommand, Way, Wording, visitor_of,
};
use crate::request::{Mode, Problem, Reply, RequestId, Whence};
use crate::settings::AgentSettings;
use crate::text::clean;
use serde_json::json;
use std::time::Duration;
use warmline_time::Time;

/// Whoever has accepted has so long to say what is needed: the agent is kept for him.
pub(super) const COMES: Duration = Duration::from_secs(120);
/// All there are.
const MODES: [Mode; 4] = [Mode::Callme, Mode::Dial, Mode::Browser, Mode::Chat];

/// Where an invitation comes from: an alert, a criterion, an agent.
pub(super) type From<'a> = (Option<AlertId>, Option<&'a str>, Option<usize>);

impl Firm {
    /// Which message a criterion sends now, and why: in turn where it has several, the one for when nobody is there, or none.
    pub(super) fn choose_message(
        &mut self,
        now: Time,
        site: usize,
        follow: &Follow,
        attendance: &Attendance,
    ) -> Option<(String, Occasion)> {
        let (_, open) = self.offered(now, site, &MODES, (None, &Whence::default()));
        if open.out_of_hours {
            return follow.closed.clone().map(|name| (name, Occasion::Closed));
        }
        let queue = self.queue_of_site(site);
        let nameless = self.watch.invitations.values();
        let nameless = nameless.filter(|row| row.agent.is_none() && self.queue_of_site(row.site) == queue);
        let most = self.free_agents(now, queue, &self.facts_of(site)) * attendance.per_agent as usize;
        if nameless.count() >= most {
            return follow.busy.clone().map(|name| (name, Occasion::Busy));
        }
        let turn = self.watch.turns.entry(follow.name.clone()).or_insert(0);
        let name = follow.messages.get(*turn % follow.messages.len().max(1))?.clone();
        *turn = turn.wrapping_add(1);
        Some((name, Occasion::Invitation))
    }

    /// An agent invites the visitor of an alert that is his, with a message of the library or in his own words. The journal's number.
    pub(super) fn invite_by_hand(
        &mut self,
        now: Time,
        agent: usize,
        alert: AlertId,
        (message, text, language): (Option<String>, Option<String>, Option<String>),
    ) -> Result<u64, Problem> {
        let row = self.own_alert(agent, alert)?;
        let (site, who, rule, about) = (row.site, row.who, row.rule.clone(), row.about.clone());
        let invited = row.invitation.is_some();
        self.can_keep()?;
        if invited || self.agents[agent].inviting.is_some() {
            return Err(problem(409, "invited", "You have invited somebody: wait for the answer."));
        }
        if !self.agents[agent].keeps_inviting() {
            let detail = "You can invite somebody while you are ready and have nothing else in hand.";
            return Err(problem(409, "busy", detail));
        }
        let Some(attendance) = self.settings.attendance.clone() else {
            return Err(problem(409, "gone", "Visitors are not watched any more."));
        };
        if !attendance.invites(who) {
            let detail =
                "This visitor lets nothing be kept of him, and the firm does not invite such visitors.";
            return Err(problem(409, "not_invited", detail));
        }
        let language = language.unwrap_or_else(|| about.language.clone());
        let named =
            message.as_ref().and_then(|name| attendance.messages.iter().find(|row| row.name == *name));
        if message.is_some() && named.is_none() {
            return Err(problem(422, "message_unknown", "There is no such message in the library."));
        }
        let own = text.map(|text| crate::text::clean_talk(&text)).filter(|text| !text.trim().is_empty());
        if own.as_ref().is_some_and(|text| text.chars().count() > OWN_WORDS) {
            return Err(problem(422, "too_long", "An invitation has 500 characters at most."));
        }
        // His own words take the offers of the message that they were made of, or all there are.
        let all = Message::of_all_ways();
        let base = named.unwrap_or(&all);
        let (tag, wording) = match (own, named.and_then(|row| row.wording(&language))) {
            (Some(text), known) => {
                let title = known.map(|(_, row)| row.title.clone()).unwrap_or_default();
                (known.map_or(language, |(tag, _)| tag.clone()), Wording { title, text })
            }
            (None, Some((tag, row))) => (tag.clone(), row.clone()),
            (None, None) => return Err(problem(422, "text_missing", "Choose a message or write one.")),
        };
        let from = (Some(alert), rule.as_deref(), Some(agent));
        let detail = "Nothing can be offered to this visitor at this moment.";
        self.invite(now, (site, who), from, (base, &(tag, wording), Occasion::Invitation), &about)
            .ok_or_else(|| problem(409, "not_now", detail))
    }

    /// Offers it, durable first. None: nothing that the message offers works now.
    pub(super) fn invite(
        &mut self,
        now: Time,
        (site, who): (usize, Who),
        (alert, rule, agent): From<'_>,
        (message, (tag, wording), occasion): (&Message, &(String, Wording), Occasion),
        about: &About,
    ) -> Option<u64> {
        let (options, later) = self.ways_now(now, site, message, occasion)?;
        let lasts = self.settings.attendance.as_ref()?.invitation_lasts;
        let visitor = visitor_of(who);
        let contact = visitor.and_then(|visitor| self.contacts.by_visitor(visitor));
        let name = self.name_on_record(contact).unwrap_or_default();
        let inviting = agent.map(|index| {
            let AgentSettings { display_name, picture, .. } = &self.agents[index].settings;
            InvitingAgent { display_name: display_name.clone(), picture: picture.clone() }
        });
        let shown = inviting.as_ref().map_or("", |agent| &agent.display_name);
        let words = wording.filled(shown, &name, &about.page.title);
        let id = InvitationId::mint(now, self.random.bits());
        let expires_at = now + lasts;
        let fact = Invited {
            invitation: id,
            alert,
            site: self.settings.sites[site].name.clone(),
            rule: rule.map(str::to_owned),
            message: Some(message.name.clone()).filter(|name| !name.is_empty()),
            visitor,
            agent: agent.map(|index| self.agents[index].settings.name.clone()),
            title: clean(&words.title, 120),
            text: crate::text::clean_talk(&words.text),
            kind: occasion,
            expires_at: expires_at.as_micros(),
        };
        let view = InvitationView {
            id,
            kind: occasion,
            title: fact.title.clone(),
            text: fact.text.clone(),
            language: tag.clone(),
            agent: inviting,
            picture: message.picture.clone(),
            audio: message.audio.clone(),
            video: message.video.clone(),
            options,
            later,
            number: self.number_on_file(now, None, visitor),
            conference: message.conference.clone(),
            expires_at: expires_at.rfc3339(),
        };
        let data = json!({ "site": fact.site, "rule": rule, "message": fact.message, "agent": fact.agent });
        self.watch.report.invited(now, &fact);
        let after = self.persist(now, Fact::Invited(Box::new(fact)));
        let row = Invitation {
            id,
            who,
            site,
            alert,
            message: Some(message.name.clone()),
            agent,
            wished: agent,
            expires_at,
            shown: false,
            view: Box::new(view),
            about: about.clone(),
        };
        self.keep_invitation(now, row, after);
        self.watch.counted.invitations += 1;
        let (subject, trace_id) = (id.to_string(), String::new());
        self.announce(now, after, Event { name: "invitation.sent", subject, trace_id, data });
        Some(after)
    }

    /// Of what a message offers, what works now, and whether a call can be had later. None: nothing.
    pub(super) fn ways_now(
        &self,
        now: Time,
        site: usize,
        message: &Message,
        occasion: Occasion,
    ) -> Option<(Vec<Way>, bool)> {
        let attendance = self.settings.attendance.as_ref()?;
        let has = attendance.ways.get(&self.settings.sites[site].name)?;
        let (works, open) = self.offered(now, site, &MODES, (None, &Whence::default()));
        let there = occasion == Occasion::Invitation;
        let later = works.contains(&Mode::Callme);
        let works_now = |way: &Way| match way {
            Way::Mail => true,
            Way::Conference => there && message.conference.is_some(),
            // Who is to be called later needs nobody now.
            Way::Callme => later && (there || open.callme_later_only || occasion == Occasion::Busy),
            _ => there && way.mode().is_some_and(|mode| works.contains(&mode)),
        };
        let offered = |way: &Way| (has.contains(way) || *way == Way::Conference) && works_now(way);
        let options: Vec<Way> = message.ways.iter().copied().filter(offered).collect();
        (!options.is_empty()).then_some((options, later))
    }

    /// Into the table, onto the page, with its timer; its agent is kept for it.
    pub(super) fn keep_invitation(&mut self, now: Time, row: Invitation, after: u64) {
        if let Some(earlier) = self.watch.invitation_of.get(&row.who).copied() {
            self.end_invitation(now, earlier, "withdrawn");
        }
        self.timers.set(Timer::Invitation(row.id), row.expires_at);
        self.watch.invitation_of.insert(row.who, row.id);
        self.watch.note_invited(row.who, now);
        if let Some(agent) = row.agent {
            self.agents[agent].inviting = Some(row.id);
            self.watch.inviting.insert(agent);
            self.touch_agent(agent);
        }
        if let Some(alert) = row.alert.and_then(|id| self.watch.alerts.get_mut(&id)) {
            (alert.state, alert.invitation) = (AlertState::Invited, Some(row.id));
        }
        self.watch.touched = true;
        self.command_watch(after, row.who, WatchCommand::Show(Some(row.view.clone())));
        self.watch.invitations.insert(row.id, row);
    }

    /// What he makes of it. `visitor`: under which id his browser asks.
    pub fn answer_invitation(
        &mut self,
        now: Time,
        request: RequestId,
        (id, who): (InvitationId, Who),
        (answer, way, visitor): (Response, Option<Way>, Option<VisitorId>),
    ) {
        match self.take_answer(now, (id, who), (answer, way, visitor)) {
            Ok(after) => self.act(after, Action::Reply(request, Reply::Done)),
            Err(problem) => self.reply(request, Reply::Problem(problem)),
        }
        self.finish(now);
    }

    fn take_answer(
        &mut self,
        now: Time,
        (id, who): (InvitationId, Who),
        (answer, way, visitor): (Response, Option<Way>, Option<VisitorId>),
    ) -> Result<u64, Problem> {
        let over = || problem(409, "over", "This invitation is over.");
        let row = self.watch.invitations.get(&id).filter(|row| row.who == who).ok_or_else(over)?;
        if answer == Response::Shown && row.shown {
            return Ok(0);
        }
        let visitor = visitor_of(row.who).or(visitor);
        let way = way.filter(|_| answer == Response::Accepted);
        if answer == Response::Accepted {
            // Who chooses none yet chooses in the sheet.
            if way.is_some_and(|way| !row.view.options.contains(&way)) {
                return Err(problem(422, "way_unknown", "This was not offered."));
            }
            self.can_keep()?;
        }
        let (alert, agent) = (row.alert, row.agent);
        let after = self.persist(
            now,
            Fact::InvitationAnswered {
                invitation: id,
                answer: answer.word().to_owned(),
                way: way.map(|way| way.word().to_owned()),
                visitor: visitor.filter(|_| answer == Response::Accepted),
            },
        );
        self.watch.report.answered(id, answer.word());
        match answer {
            Response::Shown => {
                if let Some(row) = self.watch.invitations.get_mut(&id) {
                    row.shown = true;
                }
                if let Some(alert) = alert.and_then(|id| self.watch.alerts.get_mut(&id)) {
                    alert.state = AlertState::Shown;
                }
                self.watch.touched = true;
            }
            Response::Declined => {
                self.watch.note_declined(who, now);
                self.drop_invitation(id);
                self.free_inviting(agent, id);
                if let Some(alert) = alert {
                    self.settle_alert(now, alert, (AlertState::Declined, None, None));
                }
            }
            Response::Accepted => self.accept(now, id, (way, visitor)),
        }
        self.tell_answer(now, after, id, answer, way);
        Ok(after)
    }

    fn tell_answer(&mut self, now: Time, after: u64, id: InvitationId, answer: Response, way: Option<Way>) {
        let name = match answer {
            Response::Shown => "invitation.shown",
            Response::Declined => "invitation.declined",
            Response::Accepted => "invitation.accepted",
        };
        let (subject, trace_id) = (id.to_string(), String::new());
        self.announce(now, after, Event { name, subject, trace_id, data: json!({ "way": way }) });
    }

    /// He comes: what his browser asks for next follows from it, and its agent stays kept for him until then.
    fn accept(&mut self, now: Time, id: InvitationId, (way, visitor): (Option<Way>, Option<VisitorId>)) {
        let Some(row) = self.drop_invitation(id) else { return };
        let conference = row.view.conference.clone().filter(|_| way == Some(Way::Conference));
        match (row.alert, conference) {
            (Some(alert), conference) => {
                self.settle_alert(now, alert, (AlertState::Accepted, way, conference));
            }
            // Nobody has invited him: whoever is there is told that he waits.
            (None, Some(conference)) => {
                self.waits_in_conference(now, (row.site, row.who), &conference, row.about.clone());
            }
            (None, None) => {}
        }
        let asks = way.is_none_or(|way| way.mode().is_some());
        if !asks {
            return self.free_inviting(row.agent, id);
        }
        let accepted = Accepted { invitation: id, agent: row.wished, at: now };
        self.watch.accepted.insert(visitor.map_or(row.who, Who::Visitor), accepted);
        if let Some(visitor) = visitor {
            self.watch.note_asks_as(row.who, visitor);
            self.watch.report.follows(now, id, visitor);
        }
        self.timers.set(Timer::Invitation(id), now + COMES);
    }

    /// Somebody of whom no id was known then asks under this one now.
    pub fn asks_as(
        &mut self,
        now: Time,
        request: RequestId,
        (id, who): (InvitationId, Who),
        visitor: VisitorId,
    ) {
        if self.watch.accepted.get(&who).is_some_and(|row| row.invitation == id)
            && let Some(row) = self.watch.accepted.remove(&who)
        {
            self.watch.accepted.insert(Who::Visitor(visitor), row);
            self.watch.note_asks_as(who, visitor);
            self.watch.report.follows(now, id, visitor);
        }
        self.reply(request, Reply::Done);
    }

    /// A visitor asks for something: the invitation that he has accepted, whose agent is free for him now.
    pub(super) fn follows_invitation(&mut self, now: Time, visitor: VisitorId) -> Option<Accepted> {
        let accepted =
            self.watch.accepted.remove(&Who::Visitor(visitor)).filter(|row| row.at + COMES > now)?;
        self.timers.cancel(Timer::Invitation(accepted.invitation));
        self.free_inviting(accepted.agent, accepted.invitation);
        Some(accepted)
    }

    /// Its time is over, or that of who has accepted it.
    pub(super) fn invitation_due(&mut self, now: Time, id: InvitationId) {
        if self.watch.invitations.contains_key(&id) {
            return self.end_invitation(now, id, "expired");
        }
        let late = self.watch.accepted.iter().find(|(_, row)| row.invitation == id);
        if let Some((who, row)) = late.map(|(who, row)| (*who, *row)) {
            self.watch.accepted.remove(&who);
            self.free_inviting(row.agent, id);
        }
    }

    /// Nobody has answered it, and nobody can any more.
    pub(super) fn end_invitation(&mut self, now: Time, id: InvitationId, how: &str) {
        let Some(row) = self.drop_invitation(id) else { return };
        self.free_inviting(row.agent, id);
        let how = how.to_owned();
        self.persist(
            now,
            Fact::InvitationAnswered { invitation: id, answer: how.clone(), way: None, visitor: None },
        );
        self.watch.report.answered(id, &how);
        if let Some(alert) = row.alert.and_then(|id| self.watch.alerts.get(&id)) {
            let (id, agent) = (alert.id, alert.agent);
            self.timers.set(Timer::Alert(id), now + COMES);
            self.set_alert(id, AlertState::Claimed, agent);
        }
    }

    pub(super) fn end_invitation_of(&mut self, now: Time, who: Who, how: &str) {
        if let Some(id) = self.watch.invitation_of.get(&who).copied() {
            self.end_invitation(now, id, how);
        }
    }

    /// Off the page and out of the table.
    pub(super) fn drop_invitation(&mut self, id: InvitationId) -> Option<Invitation> {
        let row = self.watch.invitations.remove(&id)?;
        self.watch.invitation_of.remove(&row.who);
        self.timers.cancel(Timer::Invitation(id));
        if let Some(alert) = row.alert.and_then(|id| self.watch.alerts.get_mut(&id)) {
            alert.invitation = None;
        }
        self.watch.touched = true;
        // What shows it may wait for the disk yet: this does not overtake it.
        self.command_watch(self.seq, row.who, WatchCommand::Show(None));
        Some(row)
    }

    /// An agent is kept for this invitation no longer.
    fn free_inviting(&mut self, agent: Option<usize>, id: InvitationId) {
        let Some(agent) = agent.filter(|&agent| self.agents[agent].inviting == Some(id)) else { return };
        self.agents[agent].inviting = None;
        self.watch.inviting.remove(&agent);
        self.touch_agent(agent);
        self.serve = true;
    }

    /// Nobody is kept for whom he has not invited any more; and whose agent is there no more, or has something else in hand, is invited
    /// in nobody's name: it is taken back.
    pub(super) fn settle_inviting(&mut self, now: Time) {
        for agent in self.watch.inviting.clone() {
            let Some(id) = self.agents[agent].inviting else { continue };
            let open = self.watch.invitations.contains_key(&id);
            let comes = self.watch.accepted.values().any(|row| row.invitation == id);
            match self.agents[agent].keeps_inviting() {
                true if open || comes => {}
                false if open => self.end_invitation(now, id, "withdrawn"),
                _ => self.free_inviting(Some(agent), id),
            }
        }
    }
}
