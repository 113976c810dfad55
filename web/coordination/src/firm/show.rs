//! What is shown: views to desktops and pages when they change.

use super::resume::Return;
use super::whence::Choice;
use super::{BOARD, BOARD_REFRESH, Firm, Timer};
use crate::agent::{Hand, Work};
use crate::call::Call;
use crate::callback::JobState;
use crate::effect::{Action, Audience};
use crate::fact::Rater;
use crate::ids::ReservationId;
use crate::queue::{PRIORITY, Place, Waiter};
use crate::request::{AgentRef, Mode};
use crate::reservation::Reservation;
use crate::view::{
    AgentName, AgentViews, ContactView, CurrentView, HistoryView, Notice, ReservationView, ShownMode,
    StatsView, VisitorState, Wait, WatchViews,
};
use crate::wait_estimate::Line;
use serde::Serialize;
use serde_json::Value;
use std::time::Duration;
use warmline_time::Time;

/// Places of each queue that are told as soon as they change.
const HEAD: u32 = 10;

/// Between two rounds in which all places are told.
const PLACES: Duration = Duration::from_secs(1);

impl Firm {
    /// Shows what this step touched, and the coalesced views where they are due.
    pub(super) fn show_touched(&mut self, now: Time) {
        for agent in std::mem::take(&mut self.agents_touched) {
            self.show_agent(now, agent);
            self.colleagues_touched.insert(agent);
        }
        self.show_board(now);
        self.show_watch(now);
        self.show_parked();
        self.show_colleagues(now);
        for id in std::mem::take(&mut self.visitors_touched) {
            self.announce_changes(now, id);
            self.show_visitor(id);
        }
    }

    /// Sends `me` and `current` where they differ from what his desktop has.
    pub(super) fn show_agent(&mut self, now: Time, agent: usize) {
        self.settle_state(now, agent);
        let me = self.agents[agent].me(&self.settings, self.queue_names(), self.pools_short(agent));
        let current = self.current_view(agent);
        let row = &mut self.agents[agent];
        if row.stream.is_none() {
            return;
        }
        self.show_chats(agent);
        let row = &mut self.agents[agent];
        let new_me = row.shown_me.as_ref() != Some(&me);
        let new_current = row.shown_current.as_ref() != Some(&current);
        if new_current {
            row.shown_current = Some(current.clone());
            self.notify_agent(agent, view("current", &current));
        }
        if new_me {
            self.agents[agent].shown_me = Some(me.clone());
            self.notify_agent(agent, view("me", &me));
        }
    }

    fn settle_state(&mut self, now: Time, agent: usize) {
        let row = &mut self.agents[agent];
        let state = row.state_now();
        let moved = row.state != state;
        if moved {
            row.state = state;
            row.since = now;
            self.board_due = true;
        }
        if let Some(hand) = &mut row.hand
            && hand.state != state
        {
            hand.state = state;
            hand.since = now;
        }
        if moved {
            self.announce_state(now, agent, state);
        }
        self.agents[agent].moved_by = None;
        self.clock(now, agent);
    }

    /// An agent's whole desktop.
    pub(super) fn agent_views(&mut self, now: Time, agent: usize) -> AgentViews {
        self.settle_state(now, agent);
        let me = self.agents[agent].me(&self.settings, self.queue_names(), self.pools_short(agent));
        let current = self.current_view(agent);
        let row = &mut self.agents[agent];
        row.shown_me = Some(me.clone());
        row.shown_current = Some(current.clone());
        let chats = self.chat_cards(agent);
        self.agents[agent].shown_chats = Some(chats.clone());
        AgentViews {
            me,
            current,
            waiting: self.waiting_views(),
            scheduled: self.scheduled_views(),
            stats: self.stats(now),
            colleagues: self.colleagues_of(agent),
            parked: self.parked_views(),
            chats,
            watch: self.settings.attendance.is_some().then(|| WatchViews {
                visitors: self.visitors_view(agent),
                alerts: self.alert_views(agent),
                messages: self.message_choices(),
            }),
        }
    }

    fn current_view(&self, agent: usize) -> Option<CurrentView> {
        let row = &self.agents[agent];
        if row.work == Work::Idle {
            return None;
        }
        let hand = row.hand.as_ref()?;
        Some(CurrentView {
            reservation: hand.reservation,
            call: hand.call,
            state: hand.state,
            since: hand.since.rfc3339(),
            asked_at: hand.asked_at.rfc3339(),
            claim_ends: hand.claim_ends.map(Time::rfc3339),
            channel: hand.channel,
            client: self.shown_client(&hand.client),
            confidence: hand.confidence,
            // He may have changed his phone in the call.
            verified: hand
                .call
                .and_then(|id| self.calls.get(&id))
                .map_or(hand.verified, |call| call.verified),
            page: hand.page.clone(),
            snapshot: hand.snapshot.clone(),
            contact: self.contact_view(agent, hand),
            identity: hand.identity.clone(),
            crm: self.crm_view(hand),
            held: self.held(agent),
            consult: self.consult_view(agent),
            from: hand.from.clone(),
            guest: hand.guest,
            code: hand.code.clone(),
            never_call: self.shown_never(hand),
            muted: hand.muted,
            auto_answer: hand.auto_answer,
            change: self.customer_change(agent),
            dialing: self.dialing(agent),
            dialed: hand.dialed().map(crate::number::display),
            share: self.agent_share(agent),
            job: self.job_card(agent),
            asked: hand.reservation.and_then(|id| self.asked_view(id)),
            held_since: self.held_since(agent).map(Time::rfc3339),
            phone: hand.back.as_ref().map(Return::view),
            resume: hand.back.as_ref().and_then(Return::token).cloned(),
        })
    }

    fn contact_view(&self, agent: usize, hand: &Hand) -> ContactView {
        let stored = hand.contact.and_then(|id| self.contacts.view(id, &self.sight_at(agent, id)));
        let view = stored.unwrap_or_else(|| ContactView {
            id: None,
            name: hand.caller.1.clone(),
            numbers: hand.caller.0.iter().map(|number| crate::number::display(number)).collect(),
            e164: hand.caller.0.iter().cloned().collect(),
            notes: String::new(),
            priority: PRIORITY,
            ratings: Vec::new(),
            history: Vec::new(),
            older: None,
        });
        self.named_contact(view)
    }

    /// A record with the shown names of who spoke.
    pub(super) fn named_contact(&self, mut view: ContactView) -> ContactView {
        // Records keep log-in names; people read the shown ones.
        for row in view.ratings.iter_mut().filter(|row| row.of == Rater::Agent) {
            if let Some(agent) = row.by.as_deref().and_then(|name| self.agent_named(name)) {
                row.by = Some(self.agents[agent].settings.display_name.clone());
            }
        }
        self.name_history(&mut view.history);
        view
    }

    /// Earlier contacts with the shown names of who spoke.
    pub(super) fn name_history(&self, history: &mut [HistoryView]) {
        for row in history {
            if let Some(agent) = row.agent.as_deref().and_then(|name| self.agent_named(name)) {
                row.agent = Some(self.agents[agent].settings.display_name.clone());
            }
        }
    }

    fn show_visitor(&mut self, id: ReservationId) {
        let Some(r) = self.reservations.get(id) else { return };
        let (view_now, after) = (Box::new(self.reservation_view(r)), r.after);
        if r.shown.as_ref() == Some(&view_now) {
            return;
        }
        let notice = view("reservation", &view_now);
        if let Some(r) = self.reservations.get_mut(id) {
            r.shown = Some(view_now);
        }
        self.act(after, Action::Notify(Audience::Visitor(id), notice));
    }

    /// What a visitor's page shows.
    pub(super) fn reservation_view(&self, r: &Reservation) -> ReservationView {
        let bound = r.agent.filter(|_| r.live());
        let scheduled = r.job.as_ref().filter(|job| r.live() && job.state == JobState::Scheduled);
        let expires = r.live() && matches!(r.mode, ShownMode::Dial | ShownMode::Browser);
        ReservationView {
            id: r.id,
            mode: r.mode,
            state: r.state,
            since: r.since.rfc3339(),
            number: r.number.as_ref().map(|number| number.0.clone()),
            number_display: r.number.as_ref().map(|number| match r.abroad {
                true => crate::number::from_abroad(&number.0),
                false => number.1.clone(),
            }),
            pin: r.pin.clone().filter(|_| r.number.is_some()),
            shared: r.number.is_some() && r.number == self.shared_number(r.pool),
            expires_at: expires.then(|| r.expires_at.rfc3339()),
            agent: bound
                .map(|agent| AgentName { display_name: self.agents[agent].settings.display_name.clone() })
                .or_else(|| self.chat_partner(r.id)),
            wait: if bound.is_some() { Some(Wait::default()) } else { r.told.wait.filter(|_| r.live()) },
            too_long: bound.is_none() && self.waits_too_long(r),
            position: r.position,
            trace_id: r.trace_id.clone(),
            reason: r.reason.clone(),
            channel: self.speaks_on(r),
            held: self.call_shown(r).is_some_and(Call::hears_music),
            joined: self.call_shown(r).is_some_and(Call::is_of_three),
            change: self.shown_change(r),
            share: self.visitor_share(r.id),
            chat: self.chat_shown(r.id),
            due: scheduled.and_then(|job| job.due).map(Time::rfc3339),
            attempts: r.job.as_ref().map_or(0, |job| job.attempts.len() as u32),
            match_digits: self.digits_shown(r),
            ticket: self.ticket_shown(r),
        }
    }

    /// He would wait longer than his queue would have him, and can be called instead, or at another time.
    fn waits_too_long(&self, r: &Reservation) -> bool {
        let waits =
            matches!(r.state, VisitorState::Held | VisitorState::Waiting) && r.mode != ShownMode::Chat;
        let told = r.told.wait.filter(|_| r.live() && waits);
        told.is_some_and(|wait| self.is_too_long(r.queue, wait.p50_secs))
            && !self.working(self.clock, r.site, &[Mode::Callme], &Choice::of(r.pool)).is_empty()
    }

    /// His call, while it is this request's.
    fn call_shown(&self, r: &Reservation) -> Option<&Call> {
        r.call.and_then(|id| self.calls.get(&id)).filter(|call| call.reservation == Some(r.id))
    }

    /// What the visitor of a call speaks on.
    fn speaks_on(&self, r: &Reservation) -> Option<&'static str> {
        let call = self.call_shown(r)?;
        Some(if call.channel_now() == "browser" { "browser" } else { "phone" })
    }

    /// What he changes to, or how that ended.
    fn shown_change(&self, r: &Reservation) -> Option<Box<ReservationView>> {
        let call = self.call_shown(r)?;
        let to = self.reservations.get(call.control.change?)?;
        Some(Box::new(self.reservation_view(to)))
    }

    /// Tells anew how long a person without an agent may wait.
    pub(super) fn estimate(&mut self, id: ReservationId) {
        let Some(r) = self.reservations.get(id) else { return };
        let queue = r.queue;
        let (placed, line) = (r.position, self.line(queue));
        if let Some(r) = self.reservations.get_mut(id) {
            let position = placed.unwrap_or(line.position);
            r.told.update(
                &self.estimators[queue],
                Line { position, called: r.job.is_some(), placed: placed.is_some(), ..line },
            );
        }
    }

    /// Where the next to come to a queue would stand. Who says ready yet has no desktop or phone serves nobody.
    pub(super) fn line(&self, queue: usize) -> Line {
        let waiting = self.waiting.in_queue(queue);
        let head_secs = self.head_secs(queue);
        let mut line = Line { position: waiting + 1, waiting, head_secs, ..Line::default() };
        for agent in self.agents.iter().filter(|agent| agent.serving() && agent.serves[queue]) {
            line.serving += u32::from(agent.work != Work::Idle || agent.reachable());
            line.free += u32::from(agent.available());
        }
        line
    }

    /// `waiting`, `stats` and the places of those who wait: at most five times a second.
    fn show_board(&mut self, now: Time) {
        if !self.board_due {
            return;
        }
        if let Some(next) = self.board_shown.map(|shown| shown + BOARD).filter(|&next| next > now) {
            self.timers.set(Timer::Board, next);
            return;
        }
        self.board_due = false;
        self.board_shown = Some(now);
        self.show_places(now);
        // Never before what one of them was told earlier.
        let open = self.agents.iter().filter(|agent| agent.stream.is_some());
        if let Some(after) = open.map(|agent| agent.after).max() {
            let later = self.scheduled_news();
            let waiting = self.waiting_news();
            for notice in waiting.into_iter().chain(later).chain([view("stats", &self.stats(now))]) {
                let all = Audience::Desktops(self.settings.name.clone());
                self.act(after, Action::Notify(all, notice));
            }
        }
        if !self.waiting.is_empty() {
            let round = self.places_shown.filter(|_| self.board_due).map(|shown| shown + PLACES);
            self.timers.set(Timer::Board, round.unwrap_or(now + BOARD_REFRESH));
        }
    }

    /// Those at the head of a line see at once how it moves; to all others it is told once a second, as it moves them all.
    fn show_places(&mut self, now: Time) {
        let all = self.places_shown.is_none_or(|shown| shown + PLACES <= now);
        if all {
            self.places_shown = Some(now);
        }
        let mut next = vec![[0; 2]; self.settings.queues.len()];
        let lines: Vec<Line> = (0..next.len()).map(|queue| self.line(queue)).collect();
        let places: Vec<Place> = self.waiting.iter().copied().collect();
        for place in places {
            let position = &mut next[place.queue][usize::from(place.waiter.is_chat())];
            *position += 1;
            let Some(id) = self.reservation_of(place.waiter) else { continue };
            if let Some(r) = self.reservations.get_mut(id) {
                if !all && *position > HEAD && r.position.is_some() {
                    self.board_due = true;
                    continue;
                }
                r.position = Some(*position);
                let called = matches!(place.waiter, Waiter::Job(_));
                let line = Line { position: *position, called, placed: true, ..lines[place.queue] };
                if !place.waiter.is_chat() {
                    r.told.update(&self.estimators[place.queue], line);
                }
                self.visitors_touched.insert(id);
            }
        }
        self.show_prospects(&lines);
    }

    /// Those who hold a number without an agent learn what their wait would be, as soon as it is another.
    fn show_prospects(&mut self, lines: &[Line]) {
        let still: Vec<Line> = lines.iter().map(|line| line.still()).collect();
        if self.lines_shown == still {
            return;
        }
        self.lines_shown = still;
        // Whose job is for later waits in no line.
        let jobless: Vec<ReservationId> = self.reservations.jobless().collect();
        for id in jobless {
            let Some(r) = self.reservations.get_mut(id) else { continue };
            let may_call = r.mode != ShownMode::Chat && r.agent.is_none() && r.call.is_none();
            if may_call && r.position.is_none() {
                let told = r.told.wait;
                r.told.update(&self.estimators[r.queue], lines[r.queue]);
                if r.told.wait != told {
                    self.visitors_touched.insert(r.id);
                }
            }
        }
    }

    pub(super) fn reservation_of(&self, waiter: Waiter) -> Option<ReservationId> {
        match waiter {
            Waiter::Call(id) => self.calls.get(&id).and_then(|call| call.reservation),
            Waiter::Job(id) | Waiter::Chat(id) => Some(id),
        }
    }

    fn stats(&self, now: Time) -> StatsView {
        let oldest = self.waiting.iter().map(|place| place.since).min();
        StatsView {
            waiting: self.waiting.len() as u32,
            longest_secs: oldest.map_or(0, |since| now.since(since).as_secs() as u32),
            agents_ready: self.agents.iter().filter(|agent| agent.available()).count() as u32,
            agents_in: self.agents.iter().filter(|agent| agent.logged_in).count() as u32,
            trunk_up: self.trunks_down.is_empty(),
        }
    }

    /// To an agent's desktop; never before what it was told earlier.
    pub(super) fn notify_agent(&mut self, agent: usize, notice: Notice) {
        let row = &self.agents[agent];
        if row.stream.is_none() {
            return;
        }
        let (after, to) = (row.after, self.agent_ref(agent));
        self.act(after, Action::Notify(Audience::Agent(to), notice));
    }

    /// An agent's name among all firms.
    pub(super) fn agent_ref(&self, agent: usize) -> AgentRef {
        AgentRef { firm: self.settings.name.clone(), agent: self.agents[agent].settings.name.clone() }
    }
}

pub(super) fn view(name: &'static str, data: &impl Serialize) -> Notice {
    // Views are plain structs with text keys: they always serialise.
    Notice::View { view: name, data: serde_json::to_value(data).unwrap_or(Value::Null) }
}
