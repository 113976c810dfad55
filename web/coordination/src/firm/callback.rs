//! A caller who waits would rather be called: a job takes exactly his place, and his call ends with a goodbye (C9).

use super::gate::Gate;
use super::ladder::Grant;
use super::open::PHONE;
use super::{Firm, Timer};
use crate::asking::Said;
use crate::call::{Call, Phase};
use crate::cti::{Cause, Command, Prompt};
use crate::fact::{Fact, ReservationOpened};
use crate::ids::{CallId, ReservationId, VisitorId};
use crate::number::check;
use crate::queue::{Place, Waiter};
use crate::request::{Consent, Mode, OpenReservation, Page, Whence};
use crate::reservation::Reservation;
use crate::rules::{Facts, Ruled};
use crate::screen::Screen;
use crate::view::ShownMode;
use std::time::Duration;
use warmline_time::Time;

/// The goodbye is over by then, even where the switch does not say so.
const SAID: Duration = Duration::from_secs(20);

impl Firm {
    /// The number at which a caller can be called back: his own, where policy allows to dial it, now or at some hour. Nobody is promised a
    /// call, and loses his place for it, who is never called.
    pub(super) fn callback_number(&self, call: &Call) -> Option<String> {
        let countries = &self.settings.callme.countries;
        let policy = (&countries[..], &self.settings.callme.policy.numbers);
        let number = check(call.own_number()?, policy, |number| self.is_own(number)).ok()?;
        if let Gate::Never(_) = self.dial_gate(self.clock, &number) {
            return None;
        }
        let free = self.jobs.by_number(&number).is_none_or(|id| self.is_campaigns(id));
        let can = free && self.writable && call.pool < self.settings.pools.len();
        (can && self.site_of(call).is_some()).then_some(number)
    }

    fn site_of(&self, call: &Call) -> Option<usize> {
        let shown = call.reservation.or(call.remembered).and_then(|id| self.reservations.get(id));
        let pool = self.settings.pools.get(call.pool).map(|pool| &pool.name);
        let of_pool = || {
            self.settings
                .sites
                .iter()
                .position(|site| pool.is_some_and(|pool| site.pool == *pool || site.further.contains(pool)))
        };
        shown.map(|r| r.site).or_else(of_pool).or((!self.settings.sites.is_empty()).then_some(0))
    }

    /// By a key of his phone: that is his consent.
    pub(super) fn call_back(&mut self, now: Time, id: CallId, number: String) {
        self.campaign_yields(now, &number);
        let Some(call) = self.calls.get(&id).cloned() else { return };
        let Some(site) = self.site_of(&call) else { return };
        let shown = call.reservation.or(call.remembered).and_then(|id| self.reservations.get(id));
        let asked = OpenReservation {
            site: self.settings.sites[site].name.clone(),
            mode: Mode::Callme,
            visitor: shown.map_or_else(|| VisitorId::mint(now, self.random.bits()), |r| r.visitor),
            address: String::new(),
            page: shown.map_or_else(Page::default, |r| r.page.clone()),
            snapshot: shown.and_then(|r| r.snapshot.clone()),
            consent: Some(Consent { version: PHONE.into(), call: true, text: None }),
            number: Some(number.clone()),
            whence: Whence::default(),
            name: Some(call.caller.1.clone()),
            idempotency_key: None,
            identity: shown.and_then(|r| r.identity.clone()),
            on_file: false,
            due: None,
            correspondent: None,
            said: shown.map_or_else(Said::default, |r| r.said.clone()),
            watched: None,
        };
        self.call_instead(now, id, site, asked, number);
    }

    /// The job of a caller who waits, or is asked for a key, at his place, or at the time he has chosen. His call ends; it is dialled once he
    /// has hung up.
    pub(super) fn call_instead(
        &mut self,
        now: Time,
        id: CallId,
        site: usize,
        asked: OpenReservation,
        number: String,
    ) -> ReservationId {
        let reservation = ReservationId::mint(now, self.random.bits());
        let Some(call) = self.calls.get(&id).cloned() else { return reservation };
        let contact = self.meet(now, &asked, Some(&number));
        let place = self.waiting.get(Waiter::Call(id));
        let since = place.map_or(call.asked_at, |place| place.since);
        if let Some(old) = call.reservation {
            self.part_from(now, id, old);
        }
        let grant = Grant::plain(contact, ShownMode::Callme, None);
        let row = self.new_row(now, reservation, asked, (site, call.queue, call.pool), Some(number), &grant);
        let then = self.then_in(&call.ruled, call.queue);
        let facts = Facts { request: row.said.clone(), ..call.ruled.facts.clone() };
        let ruled = Ruled { then: then.clone(), facts, ..(*call.ruled).clone() };
        let row = Reservation { opened_at: since, ruled: ruled.into(), ..row };
        let opened = self.opened(&row, None);
        let opened = ReservationOpened { asked_at: Some(since.as_micros()), then: Some(then), ..opened };
        let after = self.persist(now, Fact::ReservationOpened(Box::new(opened)));
        let due = row.job.as_ref().and_then(|job| job.wanted);
        self.insert(now, Reservation { after, ..row });
        self.follow_from_now(reservation);
        self.announce_opened(now, reservation);
        self.leaving.insert(id, reservation);
        self.confirm_appointment(now, reservation, false);
        match due {
            Some(due) => {
                self.unplace(Waiter::Call(id), None);
                self.forget_wait(Waiter::Call(id));
                self.schedule(now, reservation, due);
            }
            None => self.take_place(now, (id, reservation), place, &call),
        }
        self.say_goodbye(now, id, after);
        reservation
    }

    fn take_place(
        &mut self,
        now: Time,
        (id, reservation): (CallId, ReservationId),
        place: Option<Place>,
        call: &Call,
    ) {
        let (from, to) = (Waiter::Call(id), Waiter::Job(reservation));
        match place {
            Some(_) => {
                self.violations += u64::from(!self.waiting.hand_on(from, to));
                self.hand_on_wait(from, to);
                self.hand_on_entry(from, to);
            }
            None => {
                let rated = self.contacts.priority(call.contact);
                let priority = super::direct::ruled_priority(rated, &call.ruled);
                let place = Place {
                    waiter: to,
                    queue: call.queue,
                    since: call.asked_at,
                    priority,
                    passed: call.control.passed,
                };
                self.violations += u64::from(!self.waiting.join(place));
            }
        }
        self.board_due = true;
        self.placed(now, Some(reservation), to);
    }

    /// The request whose call it was is over; its number is given back.
    fn part_from(&mut self, now: Time, id: CallId, reservation: ReservationId) {
        if let Some(call) = self.calls.get_mut(&id) {
            call.reservation = None;
        }
        if let Some(r) = self.reservations.get_mut(reservation) {
            (r.call, r.position) = (None, None);
        }
        self.end(now, reservation, "callback");
    }

    fn say_goodbye(&mut self, now: Time, id: CallId, after: u64) {
        self.unscreen(id);
        self.timers.cancel(Timer::Announce(id));
        let Some(call) = self.calls.get_mut(&id) else { return };
        // Neither served nor lost: his job is.
        call.asks = None;
        call.phase = Phase::Arriving;
        // Nobody is told that he will be called before that is durable.
        call.after = call.after.max(after);
        self.screens.insert(id, Screen::Goodbye);
        self.timers.set(Timer::Keypad(id), now + SAID);
        self.say(id, Prompt::CallbackGoodbye, true);
    }

    /// He has heard it.
    pub(super) fn said_goodbye(&mut self, now: Time, id: CallId) {
        self.switch(Command::Hangup { call: id, cause: Cause::Normal });
        self.settle(now, id, Cause::Normal);
    }
}
