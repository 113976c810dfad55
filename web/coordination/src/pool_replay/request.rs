//! A request of the replay: what he does with his number, and until when he has it, as it is configured and as it is tried.

use super::Ttl;
use crate::reservation::TAPPED;
use std::time::Duration;
use warmline_time::Time;

/// By [`Ttl`]: how long a number is held, and with renewals at most.
pub(super) type Terms = [(Duration, Duration); 2];

/// A number in somebody's hands.
#[derive(Clone, Copy, Debug)]
struct Hold {
    /// Until then; a call keeps it longer.
    until: Time,
    /// It was given back then.
    over: bool,
}

/// One request, by [`Ttl`] where that counts.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// When he asked.
    pub opened: Time,
    /// One of his own is kept for him, as the journal says.
    pub kept: bool,
    /// He is shown a number, his own or the shared one.
    shown: bool,
    /// As the journal says.
    expires: Time,
    holds: [Hold; 2],
    late: [u16; 2],
    /// Calls that are on.
    on: u16,
    /// He was answered.
    spoke: bool,
    /// The journal has him as done with it.
    closed: bool,
}

impl Row {
    /// He asks, and has a number until `expires`: his own (`kept`), the shared one, or none.
    pub fn new((opened, expires): (Time, Time), (shown, kept): (bool, bool), terms: Terms) -> Self {
        let holds = terms.map(|(ttl, _)| Hold { until: opened + ttl, over: false });
        Row { opened, shown, kept, expires, holds, late: [0; 2], on: 0, spoke: false, closed: false }
    }

    /// Time goes on: what is over is over, unless a call is on.
    fn passes(&mut self, now: Time) {
        if self.on == 0 {
            self.holds.iter_mut().for_each(|hold| hold.over |= hold.until <= now);
        }
    }

    fn ends(&mut self, at: Time) {
        let held = self.holds.iter_mut().filter(|hold| !hold.over);
        held.for_each(|hold| *hold = Hold { until: at, over: true });
    }

    /// He is shown a number, one of his own or the shared one, or none any more: its trunk is down. Whether one is kept for him again.
    pub fn shows(&mut self, now: Time, shown: bool, own: bool) -> bool {
        self.passes(now);
        if std::mem::replace(&mut self.shown, shown) && !shown {
            self.ends(now);
        }
        let again = own && !self.kept && !self.closed;
        self.kept |= again;
        again
    }

    /// He has it until then, as the journal says: he has tapped it, or asked for more time.
    pub fn prolonged(&mut self, now: Time, expires: Time, terms: Terms) {
        if expires <= self.expires {
            return;
        }
        self.expires = expires;
        let tapped = expires == now + TAPPED && terms[0].0 != TAPPED;
        for (hold, (ttl, most)) in self.holds.iter_mut().zip(terms).filter(|(hold, _)| !hold.over) {
            let until = if tapped { expires } else { (now + ttl).min(self.opened + most) };
            hold.until = hold.until.max(until);
        }
    }

    /// He is done with it. What ended since its time was over goes on where it has more.
    pub fn closed(&mut self, now: Time, reason: &str) {
        self.passes(now);
        self.closed = true;
        if reason == "normal" || now < self.expires {
            self.ends(now);
        }
    }

    /// A call of his comes.
    pub fn call_comes(&mut self, now: Time, counted: bool) {
        self.passes(now);
        for (late, hold) in self.late.iter_mut().zip(self.holds) {
            let is_late = counted && hold.over && !self.spoke;
            *late = late.saturating_add(is_late.into());
        }
        self.on = self.on.saturating_add(1);
    }

    /// It is the call that is connected, not the number.
    pub fn answered(&mut self, at: Time) {
        self.spoke = true;
        self.ends(at);
    }

    /// A call of his is over. Where nobody has answered he has the number for the rest of its time.
    pub fn call_goes(&mut self, now: Time) {
        self.on = self.on.saturating_sub(1);
        let kept_by_it = self.on == 0;
        for hold in self.holds.iter_mut().filter(|hold| kept_by_it && !hold.over && hold.until <= now) {
            *hold = Hold { until: now, over: true };
        }
    }

    /// Until when it is held, as far as is known.
    pub fn held_until(&self, ttl: Ttl) -> Time {
        let hold = self.holds[ttl as usize];
        if hold.over || self.on == 0 { hold.until } else { Time::from_micros(u64::MAX) }
    }

    /// Calls that came when it was over.
    pub fn late(&self, ttl: Ttl) -> u64 {
        self.late[ttl as usize].into()
    }
}
