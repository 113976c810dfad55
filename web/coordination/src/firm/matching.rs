//! Number matching (C14): whoever is called keys in two digits that only the page shows, before an agent is rung. Who did not ask for the
//! call says so with one key, then or as long as he waits for somebody, and is never called again.

use super::open::PHONE;
use super::predictive::ABANDONED;
use super::screen::{NEXT, SAID};
use super::{Firm, Timer};
use crate::call::{Call, Origin, Phase};
use crate::cti::{Cause, Command, Prompt};
use crate::dialing::{DialMode, MatchNumber};
use crate::ids::{CallId, ReservationId};
use crate::number::language;
use crate::request::OpenReservation;
use crate::reservation::Reservation;
use crate::screen::{Digits, Screen};
use warmline_time::Time;

/// What becomes of who was asked for the digits and did not know them: a person who has not asked, or nobody.
pub(super) const UNMATCHED: &str = "unmatched";
/// What becomes of who says never.
pub(super) const NEVER_AGAIN: &str = "never_again";
/// How often he is asked.
const TRIES: u8 = 3;
/// Never again; of who is asked for digits, twice, or once and nothing more. No page shows it.
pub(super) const NEVER: char = '9';

impl Firm {
    /// The digits of a new request in a queue, where its number must be matched. Who presses a key to be called back is on that phone
    /// already; where the agent is rung first he hears himself who answers, and nobody is asked.
    pub(super) fn matching(&mut self, asked: &OpenReservation, queue: usize) -> Option<String> {
        self.is_matched(asked, queue).then(|| {
            let bits = self.random.bits();
            format!("{}{}", bits % 9, bits / 9 % 9)
        })
    }

    /// Whether a request in a queue has digits.
    pub(super) fn is_matched(&self, asked: &OpenReservation, queue: usize) -> bool {
        let on_phone = asked.consent.as_ref().is_some_and(|consent| consent.version == PHONE);
        let wanted = match self.settings.callme.match_number {
            MatchNumber::Off => false,
            MatchNumber::Always => true,
            MatchNumber::Unverified => asked.identity.is_none(),
        };
        let asks = self.mode_of_queue(queue) != DialMode::AgentFirst;
        wanted && asks && !on_phone
    }

    /// The digits that the page shows: none where nobody would ask for them, as when the queue is dialled otherwise since.
    pub(super) fn digits_shown(&self, r: &Reservation) -> Option<String> {
        let digits = r.job.as_ref()?.matching.clone()?;
        (r.live() && self.dial_mode(r.id) != DialMode::AgentFirst).then_some(digits)
    }

    /// Whoever has answered is asked for the digits, while his agent stays claimed. False: there are none.
    pub(super) fn asks_digits(&mut self, now: Time, id: CallId, reservation: ReservationId) -> bool {
        let r = self.reservations.get(reservation).filter(|r| r.moves.is_none());
        let Some(job) = r.and_then(|r| r.job.as_ref()).filter(|job| job.matching.is_some()) else {
            return false;
        };
        let spoken = match r.map_or("", |r| r.said.spoken()) {
            "" => language(&job.number).to_owned(),
            chosen => chosen.to_owned(),
        };
        if let Some(call) = self.calls.get_mut(&id) {
            call.language.get_or_insert(spoken);
        }
        self.ask_digits(now, id, Digits::default());
        true
    }

    fn ask_digits(&mut self, now: Time, id: CallId, digits: Digits) {
        self.screens.insert(id, Screen::Digits(digits));
        self.timers.set(Timer::Keypad(id), now + SAID);
        self.say(id, Prompt::MatchDigits, true);
    }

    /// A key of his.
    pub(super) fn digit_keyed(&mut self, now: Time, id: CallId, key: char) {
        let Some(Screen::Digits(digits)) = self.screens.get_mut(&id) else { return };
        if !key.is_ascii_digit() {
            return;
        }
        digits.entry.push(key);
        if digits.entry.len() < 2 {
            return self.timers.set(Timer::Keypad(id), now + NEXT);
        }
        let entry = std::mem::take(&mut digits.entry);
        let reservation = self.calls.get(&id).and_then(|call| call.reservation);
        let job = reservation.and_then(|id| self.reservations.get(id)).and_then(|r| r.job.as_ref());
        let right = job.is_some_and(|job| job.matching.as_ref() == Some(&entry));
        match reservation {
            _ if entry.chars().all(|key| key == NEVER) => self.never_again(now, id),
            Some(reservation) if right => {
                self.unscreen(id);
                self.callee_matched(id, true);
                self.callee_there(now, id, reservation);
            }
            _ => self.ask_once_more(now, id),
        }
    }

    /// He presses nothing more.
    pub(super) fn digits_late(&mut self, now: Time, id: CallId) {
        let Some(Screen::Digits(digits)) = self.screens.get_mut(&id) else { return };
        if std::mem::take(&mut digits.entry).starts_with(NEVER) {
            return self.never_again(now, id);
        }
        self.ask_once_more(now, id);
    }

    fn ask_once_more(&mut self, now: Time, id: CallId) {
        let Some(Screen::Digits(digits)) = self.screens.get(&id) else { return };
        let digits = Digits { entry: String::new(), tries: digits.tries + 1 };
        if digits.tries < TRIES {
            return self.ask_digits(now, id, digits);
        }
        self.part_unmatched(now, id, UNMATCHED);
    }

    /// Whether whom we have called may say never: as long as he has spoken with nobody, whatever he hears.
    pub(super) fn may_say_never(&self, call: &Call) -> bool {
        let fresh = call.bridged.is_none() && call.control.spoke.is_empty() && call.phase != Phase::Closing;
        // Who changes his channel has asked for it in a call that is on.
        let r = call.reservation.and_then(|id| self.reservations.get(id));
        call.origin == Origin::Callme && call.customer_up && fresh && r.is_none_or(|r| r.moves.is_none())
    }

    /// He does: his call is over, and so is what was to be called for him.
    pub(super) fn never_again(&mut self, now: Time, id: CallId) {
        let number = self.calls.get(&id).and_then(|call| call.caller.0.clone());
        match self.screens.get(&id) {
            Some(Screen::Digits(_)) => self.part_unmatched(now, id, NEVER_AGAIN),
            _ => self.part_waiting(now, id),
        }
        if let Some(number) = number {
            self.never_call(now, &number, "key_9");
        }
    }

    /// He waits for an agent, who may ring already, or hears why there is none.
    fn part_waiting(&mut self, now: Time, id: CallId) {
        let Some(call) = self.calls.get(&id).cloned() else { return };
        if call.turned_out.is_none() {
            // For the figures he has answered, and nobody was there, as if he had hung up.
            if let Some(reservation) = call.reservation {
                self.reservations.get_mut(reservation).into_iter().for_each(|r| r.withdrawn = true);
                self.resolve_dial(now, reservation, ABANDONED);
            }
            self.calls.get_mut(&id).into_iter().for_each(|call| call.turned_out = Some(NEVER_AGAIN));
        }
        // Phones that still ring show no missed call.
        for party in call.offers().filter_map(|offer| offer.party) {
            self.switch(Command::Drop { call: id, party, cause: Cause::Elsewhere });
        }
        self.switch(Command::Hangup { call: id, cause: Cause::Normal });
        self.settle(now, id, Cause::Normal);
    }

    /// No agent is rung for him.
    fn part_unmatched(&mut self, now: Time, id: CallId, outcome: &str) {
        self.unscreen(id);
        self.callee_matched(id, false);
        let Some(reservation) = self.calls.get(&id).and_then(|call| call.reservation) else { return };
        if !self.resolve_dial(now, reservation, outcome) {
            self.end(now, reservation, outcome);
        }
        self.switch(Command::Hangup { call: id, cause: Cause::Normal });
        self.settle(now, id, Cause::Normal);
    }
}
