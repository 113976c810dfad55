//! Callers who are asked for the PIN of their page, or wait behind a call that is on; what becomes of them (E3–E5, E9).

use super::matching::NEVER;
use super::{Firm, Timer};
use crate::call::{Call, Confidence, Phase};
use crate::cti::{Cause, Command, Prompt};
use crate::ids::{CallId, PartyId, ReservationId};
use crate::screen::{Keypad, Press, Screen};
use std::time::Duration;
use warmline_time::Time;

/// What is said is over by then, even where the switch does not say so.
pub(super) const SAID: Duration = Duration::from_secs(20);
/// How long a caller may take to press the first key.
const BEGIN: Duration = Duration::from_secs(10);
/// And the next.
pub(super) const NEXT: Duration = Duration::from_secs(8);
/// How long a second caller waits whether the first call ends.
const BEHIND: Duration = Duration::from_secs(30);

impl Firm {
    /// Whether a caller can be asked for a PIN now.
    pub(super) fn may_ask(&mut self, now: Time, from: Option<&str>) -> bool {
        self.screens.len() < self.settings.limits.waiting && self.guesses.may_ask(now, from)
    }

    /// Whether somebody waits behind this call.
    pub(super) fn is_awaited(&self, call: CallId) -> bool {
        self.screens.values().any(|screen| matches!(screen, Screen::Behind { first, .. } if *first == call))
    }

    /// Asks a caller, who is nobody yet, for the PIN of his page.
    pub(super) fn ask_pin(&mut self, now: Time, call: Call) {
        let id = call.id;
        self.add_call(call);
        self.ask_for_pin(now, id);
    }

    /// The same of one who is on the line.
    pub(super) fn ask_for_pin(&mut self, now: Time, id: CallId) {
        self.screens.insert(id, Screen::Pin(Keypad::default()));
        self.timers.set(Timer::Keypad(id), now + SAID);
        self.say(id, Prompt::EnterPin, true);
    }

    /// Lets a second caller wait behind the call that is on.
    pub(super) fn wait_behind(
        &mut self,
        now: Time,
        call: Call,
        (first, reservation): (CallId, ReservationId),
    ) {
        let id = call.id;
        self.add_call(call);
        self.stay_behind(now, id, Screen::Behind { first, reservation, proved: false });
    }

    fn stay_behind(&mut self, now: Time, id: CallId, screen: Screen) {
        if let Screen::Behind { first, .. } = screen {
            self.doubt(first, true);
        }
        self.screens.insert(id, screen);
        self.timers.set(Timer::Keypad(id), now + BEHIND);
        self.say(id, Prompt::PleaseHold, false);
    }

    /// Whether the customer of a call has lost it is to be found out: it is kept for him then. Where he changes his channel, or speaks from a
    /// page, it is kept already.
    fn doubt(&mut self, first: CallId, on: bool) {
        let Some(call) = self.calls.get(&first).filter(|call| call.phase != Phase::Closing) else { return };
        let kept = call.control.change.is_some() || call.may_return();
        self.switch(Command::WatchCustomer { call: first, on });
        if !kept {
            self.switch(Command::KeepCustomer { call: first, on });
        }
    }

    /// The customer of a call is gone, and whoever waits behind it is he: he goes on with it. False: nobody waits.
    pub(super) fn reconnects(&mut self, now: Time, first: CallId) -> bool {
        let Some(&(from, ..)) = self.behind(first).first() else { return false };
        self.timers.cancel(Timer::Keypad(from));
        self.comes_in_place(now, first, from);
        true
    }

    /// A key.
    pub(super) fn pressed(&mut self, now: Time, id: CallId, who: PartyId, key: char) {
        let his = self.calls.get(&id).is_some_and(|call| call.customer == who);
        let digits = matches!(self.screens.get(&id), Some(Screen::Digits(_)));
        let never = |call: &Call| key == NEVER && !digits && self.may_say_never(call);
        if his && self.calls.get(&id).is_some_and(never) {
            return self.never_again(now, id);
        }
        if !self.screens.contains_key(&id) || self.screens.get(&id) == Some(&Screen::Menu) {
            return if his {
                self.menu_key(now, id, key)
            };
        }
        if digits {
            return if his {
                self.digit_keyed(now, id, key)
            };
        }
        let Some(Screen::Pin(keypad)) = self.screens.get_mut(&id).filter(|_| his) else { return };
        match keypad.press(key) {
            Press::More => self.timers.set(Timer::Keypad(id), now + NEXT),
            Press::Entry(pin) => self.keyed_in(now, id, &pin),
            Press::Nothing => {}
        }
    }

    /// He has heard what he is asked.
    pub(super) fn played(&mut self, now: Time, id: CallId) {
        self.callee_heard(now, id);
        match self.screens.get(&id) {
            Some(Screen::Pin(keypad)) if keypad.is_empty() => {
                self.timers.set(Timer::Keypad(id), now + BEGIN);
            }
            Some(Screen::Digits(digits)) if digits.entry.is_empty() => {
                self.timers.set(Timer::Keypad(id), now + BEGIN);
            }
            Some(Screen::Menu) => self.menu_said(now, id),
            Some(Screen::Goodbye) => self.said_goodbye(now, id),
            _ => {}
        }
    }

    /// He presses nothing, or nothing more; or the first call goes on.
    pub(super) fn keypad_late(&mut self, now: Time, id: CallId) {
        match self.screens.get(&id) {
            Some(Screen::Pin(keypad)) if !keypad.is_empty() => self.wrong_pin(now, id),
            Some(Screen::Goodbye) => self.said_goodbye(now, id),
            Some(Screen::Digits(_)) => self.digits_late(now, id),
            Some(_) => self.let_in(now, id),
            None => {}
        }
    }

    fn keyed_in(&mut self, now: Time, id: CallId, pin: &str) {
        let whose = self.reservations.by_pin(pin).and_then(|id| self.remembered(now, id));
        let Some((reservation, on)) = whose.map(|r| (r.id, r.call)) else {
            return self.wrong_pin(now, id);
        };
        self.pins_right += 1;
        match on {
            Some(first) => self.stay_behind(now, id, Screen::Behind { first, reservation, proved: true }),
            None => {
                self.unscreen(id);
                self.say(id, Prompt::Accepted, false);
                self.lead(now, id, reservation, Confidence::Exact);
            }
        }
    }

    fn wrong_pin(&mut self, now: Time, id: CallId) {
        let from = self.calls.get(&id).and_then(|call| call.caller.0.clone());
        self.guesses.count(now, from.as_deref());
        self.pins_wrong += 1;
        let asked = self.guesses.may_ask(now, from.as_deref());
        let again = match self.screens.get_mut(&id) {
            Some(Screen::Pin(keypad)) => keypad.wrong(),
            _ => false,
        };
        if !(again && asked) {
            return self.let_in(now, id);
        }
        self.timers.set(Timer::Keypad(id), now + SAID);
        self.say(id, Prompt::WrongPin, true);
    }

    /// He has not proved himself: a caller like any other, who sees nobody's page on.
    pub(super) fn let_in(&mut self, now: Time, id: CallId) {
        self.unscreen(id);
        if !self.enters(now, id) {
            return;
        }
        let Some(call) = self.calls.get(&id) else { return };
        let (queue, silent, ruled) = (call.queue, !call.music, call.ruled.clone());
        if silent {
            if self.pick(queue, None, None, &ruled).is_some() {
                self.music(id);
            } else {
                self.say(id, Prompt::PleaseHold, false);
            }
        }
        self.admit(now, id);
    }

    /// A caller on the line is led to the reservation that is his: he is its call if it is live, shows its page if it is over.
    fn lead(&mut self, now: Time, id: CallId, reservation: ReservationId, confidence: Confidence) {
        let Some(call) = self.calls.get(&id) else { return };
        let (ids, caller, verified) = ((id, call.customer), call.caller.clone(), call.verified);
        match self.remembered(now, reservation).map(|r| (r.live(), r.call)) {
            Some((true, None)) => self.matched(now, ids, reservation, caller, verified),
            Some((false, None)) => {
                let mut call = call.clone();
                self.recall(&mut call, reservation, confidence);
                self.calls.insert(id, call);
                self.shows_page(id);
                if self.enters(now, id) {
                    self.admit(now, id);
                }
            }
            Some((_, Some(_))) | None => self.let_in(now, id),
        }
    }

    /// Who waits behind a call, for which page, and whether he has proved himself; those who have first.
    fn behind(&self, call: CallId) -> Vec<(CallId, ReservationId, bool)> {
        let behind = |(&id, screen): (&CallId, &Screen)| match *screen {
            Screen::Behind { first, reservation, proved } if first == call => Some((id, reservation, proved)),
            _ => None,
        };
        let mut rows: Vec<(CallId, ReservationId, bool)> = self.screens.iter().filter_map(behind).collect();
        rows.sort_by_key(|&(id, _, proved)| (!proved, id));
        rows
    }

    /// A call is over: who waits behind it comes into its place.
    pub(super) fn follow(&mut self, now: Time, over: CallId) {
        for (id, reservation, proved) in self.behind(over) {
            self.unscreen(id);
            let confidence = if proved { Confidence::Exact } else { Confidence::Recent };
            self.lead(now, id, reservation, confidence);
        }
    }

    /// Nothing is asked of him any more.
    pub(super) fn unscreen(&mut self, id: CallId) {
        self.timers.cancel(Timer::Keypad(id));
        let Some(Screen::Behind { first, .. }) = self.screens.remove(&id) else { return };
        if !self.behind(first).is_empty() {
            return;
        }
        self.doubt(first, false);
        let lost = |call: &Call| call.control.lost.is_some() && call.control.change.is_none();
        if self.calls.get(&first).is_some_and(lost) {
            // He was to come back to it, and does not.
            self.switch(Command::Hangup { call: first, cause: Cause::Normal });
        }
    }

    /// A caller who is on the line looks for an agent, unless too many wait already.
    fn admit(&mut self, now: Time, id: CallId) {
        let Some(call) = self.calls.get(&id) else { return };
        let full = self.waiting.len() >= self.settings.limits.waiting;
        let (queue, contact, ruled) = (call.queue, call.contact, call.ruled.clone());
        if full && self.pick(queue, self.preferred_for(call), contact, &ruled).is_none() {
            self.switch(Command::Hangup { call: id, cause: Cause::Overload });
            return self.settle(now, id, Cause::Overload);
        }
        self.route(now, id);
    }

    /// Says something to the customer, who is answered by it.
    pub(super) fn say(&mut self, id: CallId, prompt: Prompt, quiet: bool) {
        self.say_all(id, vec![prompt], quiet);
    }

    /// The same, one after the other, in his language: the chosen one, otherwise that of the number he called.
    pub(super) fn say_all(&mut self, id: CallId, prompts: Vec<Prompt>, quiet: bool) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.customer_up = true;
        call.music = !quiet;
        let of_number = || {
            let pool = self.settings.pools.get(call.pool)?;
            Some(crate::number::language(pool.shared.as_ref().or(pool.numbers.first())?).to_owned())
        };
        let chosen = call.language.clone().or_else(|| call.ruled.then.language.clone());
        let language = chosen.or_else(of_number).unwrap_or_else(|| "en".to_owned());
        self.callee_told(id, &prompts, &language);
        self.switch(Command::Say { call: id, prompts, language, quiet });
    }
}
