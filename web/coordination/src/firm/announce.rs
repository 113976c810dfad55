//! Who waits on the phone hears his place and the wait, again and again; never more than he was told before.

use super::matching::NEVER;
use super::{Firm, Timer};
use crate::call::Phase;
use crate::cti::Prompt;
use crate::ids::CallId;
use crate::queue::Waiter;
use crate::wait_estimate::{Line, Told};
use std::time::Duration;
use warmline_time::Time;

/// The first time he hears it.
const FIRST: Duration = Duration::from_secs(5);

/// What a caller was told of his place.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Announced {
    told: Told,
    /// The last place and minutes he heard.
    position: Option<u32>,
    minutes: Option<u32>,
    /// When he hears the next.
    next: Time,
    times: u32,
    /// The wait was too long when he heard it last.
    too_long: bool,
}

impl Firm {
    /// A caller has a place.
    pub(super) fn begin_announcing(&mut self, now: Time, id: CallId) {
        let Some(queue) = self.calls.get(&id).map(|call| call.queue) else { return };
        let every = self.settings.queues[queue].announce;
        if every.is_zero() {
            return;
        }
        let fresh = Announced { next: now + every.min(FIRST), ..Announced::default() };
        let known = self.announced.entry(id).or_insert(fresh);
        let next = known.next.max(now + Duration::from_secs(1));
        self.timers.set(Timer::Announce(id), next);
    }

    /// He hears it, unless an agent is on his way: then nothing is begun.
    pub(super) fn announce_place(&mut self, now: Time, id: CallId) {
        let Some(call) = self.calls.get(&id).filter(|call| call.phase == Phase::Waiting) else { return };
        let queue = call.queue;
        let Some(position) = self.waiting.position(Waiter::Call(id)) else { return };
        let (page, callback) = (call.reservation, self.settings.queues[queue].menu.as_ref());
        // Whom we have called would say never by that key.
        let says_never = |key| key == NEVER && self.may_say_never(call);
        let callback = callback.and_then(|menu| menu.callback_key).is_some_and(|key| !says_never(key));
        let callback = callback && self.callback_number(call).is_some();
        let shown = page.and_then(|id| self.reservations.get(id)).map(|r| r.told);
        let line = Line { position, placed: true, ..self.line(queue) };
        let estimator = self.estimators[queue];
        let every = self.settings.queues[queue].announce;
        let Some(row) = self.announced.get_mut(&id) else { return };
        match shown {
            // His page and his ear are told the same.
            Some(told) => row.told = told,
            None => row.told.update(&estimator, line),
        }
        let wait = row.told.wait;
        let too_long = wait.is_some_and(|wait| self.is_too_long(queue, wait.p50_secs));
        let Some(row) = self.announced.get_mut(&id) else { return };
        let minutes = wait.map(|wait| wait.p50_secs.div_ceil(60));
        let mut prompts = row.place(position);
        prompts.extend(row.wait(minutes));
        // Each second time, and at once when it has become too long.
        let was_too_long = std::mem::replace(&mut row.too_long, too_long);
        if callback && (row.times % 2 == 0 || (too_long && !was_too_long)) {
            prompts.push(Prompt::OfferCallback);
        }
        row.times += 1;
        row.next = now + every;
        self.timers.set(Timer::Announce(id), row.next);
        self.say_all(id, prompts, false);
    }
}

impl Announced {
    /// A place behind the one he heard has a cause that he cannot see: he is asked for patience.
    fn place(&mut self, position: u32) -> Vec<Prompt> {
        let fits = u8::try_from(position).ok().filter(|n| (1..=Prompt::NUMBERS).contains(n));
        match fits.filter(|_| self.position.is_none_or(|heard| position <= heard)) {
            Some(number) => {
                self.position = Some(position);
                vec![Prompt::YouAreNumber, Prompt::Number(number), Prompt::InLine]
            }
            None => vec![Prompt::PleaseHold],
        }
    }

    /// The wait where it is known and no longer than the one he heard.
    fn wait(&mut self, minutes: Option<u32>) -> Vec<Prompt> {
        let told = minutes.filter(|minutes| self.minutes.is_none_or(|heard| *minutes <= heard));
        let Some(number) = told.and_then(|n| u8::try_from(n).ok()).filter(|n| *n <= Prompt::NUMBERS) else {
            return Vec::new();
        };
        self.minutes = told;
        match number {
            0 => Vec::new(),
            1 => vec![Prompt::WaitAbout, Prompt::OneMinute],
            _ => vec![Prompt::WaitAbout, Prompt::Number(number), Prompt::Minutes],
        }
    }
}
