//! The agent's side: log-in, streams, presence, what his desktop has drawn, and his call control; and whether his phone is there.

use super::{Firm, GRACE, Timer, problem};
use crate::agent::{OfferEnd, Work};
use crate::cti::Command;
use crate::effect::{Action, Audience};
use crate::ids::{ProbeId, ReservationId};
use crate::request::{Presence, Problem, Reply, RequestId};
use crate::settings::Station;
use crate::view::Notice;
use serde_json::json;
use warmline_time::Time;

/// What a desktop answers to a probe.
pub(crate) struct ProbeReply {
    pub probe: ProbeId,
    pub drawn: Option<String>,
    pub hidden: bool,
    pub microphone: bool,
}

impl Firm {
    /// An agent by his log-in name.
    pub fn agent_named(&self, name: &str) -> Option<usize> {
        // One who was removed is known as long as he is in.
        let here = |&agent: &usize| self.agents[agent].logged_in || !self.agents[agent].retired;
        self.agent_of.get(name).copied().filter(here)
    }

    /// The password was right.
    pub fn login(&mut self, now: Time, request: RequestId, agent: usize) {
        if self.is_out_for_good(agent) {
            return self.refuse(request, 401, "no_session", "Log in first.");
        }
        self.log_in(now, agent);
        self.touch_agent(agent);
        self.answer_desktop(now, request, agent);
        self.finish(now);
    }

    /// Removed from the configuration, and nothing of his is left.
    fn is_out_for_good(&self, agent: usize) -> bool {
        self.agents[agent].retired && !self.agents[agent].logged_in
    }

    fn log_in(&mut self, now: Time, agent: usize) {
        let row = &mut self.agents[agent];
        if !row.logged_in {
            row.logged_in = true;
            row.since = now;
            row.presence = Presence::NotReady;
            row.reason = None;
            row.notice = None;
        }
        // A reload is no way around a supervisor's word.
        row.leaving &= row.sent_off.is_some() || row.retired;
        if row.in_browser() {
            self.give_credential(agent);
        }
        self.board_due = true;
    }

    /// His browser's phone may register from now on.
    pub(super) fn give_credential(&mut self, agent: usize) {
        let row = &mut self.agents[agent];
        let password = self.random.hex();
        let user = row.settings.name.clone();
        row.password.clone_from(&password);
        let realm = self.settings.name.clone();
        self.switch(Command::SetCredential { user, realm, password });
    }

    /// And no longer.
    pub(super) fn drop_credential(&mut self, agent: usize) {
        self.agents[agent].phone = false;
        self.agents[agent].password.clear();
        self.timers.cancel(Timer::Phone(agent));
        let user = self.agents[agent].settings.name.clone();
        let realm = self.settings.name.clone();
        self.switch(Command::DropCredential { user, realm });
    }

    fn answer_desktop(&mut self, now: Time, request: RequestId, agent: usize) {
        let views = Box::new(self.agent_views(now, agent));
        let after = self.agents[agent].after;
        self.act(after, Action::Reply(request, Reply::Agent(views)));
    }

    /// He leaves: at once, or after his call.
    pub fn logout(&mut self, now: Time, request: RequestId, agent: usize) {
        if self.agents[agent].logged_in {
            self.leave(now, agent);
            self.leave_chats(now, agent);
        }
        self.touch_agent(agent);
        self.reply(request, Reply::Done);
        self.finish(now);
    }

    /// Out at once, or after the call he is in.
    pub(super) fn leave(&mut self, now: Time, agent: usize) {
        self.agents[agent].leaving = true;
        self.agents[agent].presence = Presence::NotReady;
        match self.agents[agent].work {
            Work::Talking(_) => {}
            Work::Claimed(_) | Work::Offered { .. } => self.take_back(now, agent, OfferEnd::Rescinded),
            Work::Wrapup { .. } => self.wrapup_over(now, agent),
            Work::Idle => self.make_idle(agent),
        }
    }

    /// Nothing binds him: he is out, his phone's credential is gone.
    pub(super) fn log_out(&mut self, agent: usize) {
        self.warm_late(agent);
        let by = self.agents[agent].sent_off.take();
        if by.is_some() || self.agents[agent].retired {
            // Heard where the sessions are kept, whether a desktop is open or not.
            let (after, to) = (self.agents[agent].after, Audience::Agent(self.agent_ref(agent)));
            self.act(after, Action::Notify(to, Notice::LoggedOff { by }));
        } else {
            self.notify_agent(agent, Notice::Replaced);
        }
        let row = &mut self.agents[agent];
        row.logged_in = false;
        row.leaving = false;
        row.wrong_codes = 0;
        row.presence = Presence::NotReady;
        row.reason = None;
        row.stream = None;
        row.notice = None;
        row.shown_me = None;
        row.shown_current = None;
        row.shown_chats = None;
        self.timers.cancel(Timer::Desk(agent));
        if self.agents[agent].in_browser() {
            self.drop_credential(agent);
        }
        self.touch_agent(agent);
    }

    /// Ready or not, perhaps with one of the firm's reasons; in a call it counts after it.
    pub fn presence(
        &mut self,
        now: Time,
        agent: usize,
        (presence, reason): (Presence, Option<String>),
    ) -> Result<(), Problem> {
        let reason = reason.filter(|_| presence == Presence::NotReady);
        let row = &mut self.agents[agent];
        if !row.logged_in || row.leaving {
            return Err(problem(409, "not_logged_in", "You are not logged in."));
        }
        if reason.as_ref().is_some_and(|reason| !self.settings.reasons.contains(reason)) {
            return Err(problem(422, "unknown_reason", "This is none of your firm's reasons."));
        }
        if presence == Presence::Ready && row.presence == Presence::NotReady {
            row.idle_since = now;
        }
        row.presence = presence;
        row.reason = reason;
        row.notice = None;
        self.serve = true;
        self.touch_agent(agent);
        // What rings at him alone may be answered; what rings at others too is left to them.
        let pending =
            matches!(self.agents[agent].work, Work::Claimed(_) | Work::Offered { ringing: false, .. })
                || self.rings_with_others(agent);
        if presence == Presence::NotReady {
            self.rescind_chats(now, agent);
        }
        if presence == Presence::NotReady && pending {
            self.take_back(now, agent, OfferEnd::Rescinded);
        }
        Ok(())
    }

    /// A desktop is there. After a restart its session is still good: the log-in is made again, not ready.
    pub fn stream_opened(&mut self, now: Time, request: RequestId, agent: usize, stream: u64) {
        if self.is_out_for_good(agent) {
            return self.refuse(request, 401, "no_session", "Log in first.");
        }
        if self.agents[agent].stream.is_some_and(|newer| newer > stream) {
            self.refuse(request, 409, "replaced", "A newer desktop has taken over.");
            return self.finish(now);
        }
        // The older stream hears of it before the newer one's reply makes that the agent's.
        self.notify_agent(agent, Notice::Replaced);
        if !self.agents[agent].logged_in {
            self.log_in(now, agent);
        }
        self.agents[agent].stream = Some(stream);
        self.newcomers = true;
        self.waiting_told.newcomers = true;
        self.watchers.remove(&agent);
        self.timers.cancel(Timer::Desk(agent));
        self.timers.cancel(Timer::ChatDesk(agent));
        if let Some(hand) = &mut self.agents[agent].hand {
            hand.drawn = false;
        }
        self.alive(now, agent);
        self.serve = true;
        self.touch_agent(agent);
        self.answer_desktop(now, request, agent);
        if self.agents[agent].probe.is_some() {
            self.ask_again(agent);
        }
        self.finish(now);
    }

    /// A probe is on its way to a stream that is gone: the new one is asked too.
    fn ask_again(&mut self, agent: usize) {
        let row = &self.agents[agent];
        let (Some(probe), Some(hand)) = (row.probe, row.hand.as_ref()) else { return };
        let notice =
            Notice::Probe { id: probe.id, reservation: hand.reservation, snapshot: hand.snapshot.clone() };
        self.notify_agent(agent, notice);
    }

    /// A desktop is gone.
    pub fn stream_closed(&mut self, now: Time, request: RequestId, agent: usize, stream: u64) {
        if self.agents[agent].stream == Some(stream) {
            self.agents[agent].stream = None;
            self.agents[agent].shown_me = None;
            self.agents[agent].shown_current = None;
            self.agents[agent].shown_chats = None;
            self.chats_without_desk(now, agent);
            self.timers.set(Timer::Desk(agent), now + GRACE);
            self.touch_agent(agent);
        }
        self.reply(request, Reply::Done);
        self.finish(now);
    }

    /// It has not come back: what he had goes to the next. A desk phone that rings already may go on.
    pub(super) fn desk_lost(&mut self, now: Time, agent: usize) {
        let rings = matches!(self.agents[agent].work, Work::Offered { ringing: true, .. });
        if !rings || self.agents[agent].in_browser() {
            self.take_back(now, agent, OfferEnd::Rescinded);
        }
        self.rescind_chats(now, agent);
        self.touch_agent(agent);
    }

    /// His phone has registered, or its last binding is gone.
    pub fn device(&mut self, now: Time, user: &str, realm: &str, own_realm: bool, up: bool) {
        if !own_realm {
            match up {
                true => self.devices.insert(user.to_owned(), realm.to_owned()),
                false => self.devices.remove(user),
            };
            for agent in 0..self.agents.len() {
                self.find_backup(agent);
            }
        }
        for agent in self.agents_at(user, own_realm) {
            let row = &mut self.agents[agent];
            row.phone = up;
            if up {
                row.realm = Some(realm.to_owned());
                self.timers.cancel(Timer::Phone(agent));
                self.serve = true;
            } else {
                self.timers.set(Timer::Phone(agent), now + GRACE);
            }
            self.touch_agent(agent);
        }
        self.finish(now);
    }

    /// Where the phone is that stands in for his.
    pub(super) fn find_backup(&mut self, agent: usize) {
        let row = &mut self.agents[agent];
        row.backup_realm = match &row.settings.backup {
            Some(Station::Account(user)) => self.devices.get(user).cloned(),
            _ => None,
        };
    }

    /// It has not come back.
    pub(super) fn phone_lost(&mut self, now: Time, agent: usize) {
        self.take_back(now, agent, OfferEnd::Rescinded);
        self.touch_agent(agent);
    }

    /// A sign of life of his desktop.
    pub(super) fn alive(&mut self, now: Time, agent: usize) {
        let row = &mut self.agents[agent];
        row.seen = now;
        if row.frozen {
            row.frozen = false;
            self.serve = true;
            self.touch_agent(agent);
        }
    }

    /// The page is on his screen.
    pub fn rendered(
        &mut self,
        now: Time,
        request: RequestId,
        agent: usize,
        (reservation, snapshot): (ReservationId, Option<String>),
    ) {
        self.alive(now, agent);
        if let Some(hand) =
            self.agents[agent].hand.as_mut().filter(|hand| hand.reservation == Some(reservation))
            && hand.snapshot == snapshot
        {
            let first = !std::mem::replace(&mut hand.drawn, true);
            let trace_id = hand.trace_id.clone();
            if first {
                let data = json!({ "snapshot_hash": snapshot });
                self.emit(now, agent, "context.rendered", reservation.to_string(), trace_id, data);
            }
            if self.agents[agent].probe.is_some_and(|probe| probe.alive) {
                self.probe_passed(now, agent);
            }
        }
        self.reply(request, Reply::Done);
        self.finish(now);
    }

    /// His desktop answers: a drawn page or a hidden tab rings at once, one that still draws has the rest of its time.
    pub fn probe_answered(&mut self, now: Time, request: RequestId, agent: usize, answer: ProbeReply) {
        self.alive(now, agent);
        let row = &mut self.agents[agent];
        if let Some(probe) = row.probe.filter(|probe| probe.id == answer.probe) {
            let (drawn, wanted) = match &row.hand {
                Some(hand) => (hand.drawn || answer.drawn == hand.snapshot, row.in_browser()),
                None => (true, row.in_browser()),
            };
            if wanted && !answer.microphone {
                row.probe = None;
                self.timers.cancel(Timer::Probe(agent));
                self.take_back(now, agent, OfferEnd::Mute);
            } else if drawn || answer.hidden {
                self.probe_passed(now, agent);
            } else {
                row.probe = Some(crate::agent::Probe { alive: true, ..probe });
            }
        } else {
            row.late = Some(now);
        }
        self.reply(request, Reply::Done);
        self.finish(now);
    }

    /// He needs no more rest.
    pub fn wrapup_done(&mut self, now: Time, request: RequestId, agent: usize) {
        self.alive(now, agent);
        self.wrapup_over(now, agent);
        self.reply(request, Reply::Done);
        self.finish(now);
    }
}
