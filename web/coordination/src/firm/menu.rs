//! What callers without a page are asked before they look for an agent: their language, whether they have a PIN, whether they
//! would rather be called back. Whatever they press or do not press, they come to the queue.

use super::{Firm, Timer};
use crate::call::{Call, Confidence, Phase};
use crate::cti::Prompt;
use crate::ids::CallId;
use crate::screen::Screen;
use std::time::Duration;
use warmline_time::Time;

/// The longest greeting is over by then, even where the switch does not say so.
const SAID: Duration = Duration::from_secs(60);
/// How long a caller may think once he has heard what he can press.
const THINK: Duration = Duration::from_secs(5);

impl Firm {
    /// Whether a call that has just come is asked.
    pub(super) fn has_menu(&self, call: &Call) -> bool {
        self.settings.queues[call.queue].menu.is_some()
            && call.confidence != Confidence::Exact
            && self.screens.len() < self.settings.limits.waiting
    }

    /// He is answered and hears what he can press.
    pub(super) fn open_menu(&mut self, now: Time, id: CallId) {
        let Some(menu) = self.calls.get(&id).and_then(|call| self.settings.queues[call.queue].menu.as_ref())
        else {
            return self.route(now, id);
        };
        let mut prompts: Vec<Prompt> = menu.greeting.map(Prompt::Greeting).into_iter().collect();
        prompts.extend(self.menu_offers(id));
        self.ask_key(now, id, prompts);
    }

    fn ask_key(&mut self, now: Time, id: CallId, prompts: Vec<Prompt>) {
        self.screens.insert(id, Screen::Menu);
        self.timers.set(Timer::Keypad(id), now + SAID);
        self.say_all(id, prompts, true);
    }

    /// What can be pressed besides a language.
    fn menu_offers(&self, id: CallId) -> Vec<Prompt> {
        let Some(call) = self.calls.get(&id) else { return Vec::new() };
        let Some(menu) = &self.settings.queues[call.queue].menu else { return Vec::new() };
        let pin = menu.pin_key.map(|_| Prompt::OfferPin);
        let callback = menu.callback_key.filter(|_| self.callback_number(call).is_some());
        pin.into_iter().chain(callback.map(|_| Prompt::OfferCallback)).collect()
    }

    /// He has heard it.
    pub(super) fn menu_said(&mut self, now: Time, id: CallId) {
        self.timers.set(Timer::Keypad(id), now + THINK);
    }

    /// A key: in the menu, or of one who waits. One without meaning is passed over; `#` leads on to the queue.
    pub(super) fn menu_key(&mut self, now: Time, id: CallId, key: char) {
        let Some(call) = self.calls.get(&id) else { return };
        let asked = self.screens.get(&id) == Some(&Screen::Menu);
        let Some(menu) = self.settings.queues[call.queue].menu.as_ref() else { return };
        if !asked && call.phase != Phase::Waiting {
            return;
        }
        if menu.callback_key == Some(key) {
            if let Some(number) = self.callback_number(call) {
                self.call_back(now, id, number);
            }
            return;
        }
        if !asked {
            return;
        }
        if key == '#' {
            return self.let_in(now, id);
        }
        let from = call.caller.0.clone();
        if menu.pin_key == Some(key) {
            return if self.may_ask(now, from.as_deref()) {
                self.ask_for_pin(now, id)
            } else {
                self.let_in(now, id)
            };
        }
        let chosen = menu.languages.iter().find(|(its, _)| *its == key).map(|(_, language)| language.clone());
        if let Some(language) = chosen {
            self.choose_language(now, id, language);
        }
    }

    /// What else can be pressed he hears in his language.
    fn choose_language(&mut self, now: Time, id: CallId, language: String) {
        if let Some(call) = self.calls.get_mut(&id) {
            call.language = Some(language);
        }
        let offers = self.menu_offers(id);
        if offers.is_empty() {
            return self.let_in(now, id);
        }
        self.ask_key(now, id, offers);
    }
}
