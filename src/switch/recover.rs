//! After a panic: the call that was being handled ends in an orderly way, and nothing of it is left. All others go on.

use super::call::Call;
use super::hangup::Ending;
use super::{Switch, Timer, cause};
use warmline_coordination::cti::{Cause, Event};
use warmline_coordination::ids::CallId;
use warmline_media::ids::LegId;
use warmline_media::worker::Command;
use warmline_sip::endpoint::SessionId;
use warmline_sip::message::Headers;
use warmline_time::Time;

impl Switch {
    /// To be called when a panic was caught that one of the `handle_*` let out: the call it was about is ended (500, CANCEL or BYE
    /// to its legs, `Internal` to coordination), and what else had come is handled. Should it panic in turn, call it again:
    /// each time it comes further.
    pub fn recover(&mut self, now: Time) {
        if let Some(session) = self.arriving.take().filter(|session| !self.sessions.contains_key(session)) {
            self.refuse_or_hang_up(now, session);
        }
        while let Some(mut call) = self.wrecks.pop() {
            if std::mem::replace(&mut call.wrecked, true) {
                // It panicked again on the way: now without going through its parties.
                self.strike(now, &call);
            } else {
                self.in_hands(Box::new(call), |switch, call| switch.wind_up(now, call));
            }
        }
        self.pump(now);
    }

    fn wind_up(&mut self, now: Time, call: &mut Call) {
        // It may have been at its end already, without having reached it.
        call.over = false;
        let refusal = Some((500, Headers::default()));
        self.finish(now, call, Ending { refusal, ..Ending::from(Cause::Internal) });
        self.timers.cancel(Timer::Unheard(call.id));
        if let Some(change) = &call.change {
            self.tell(call, Event::Ended { call: change.from, cause: Cause::Internal });
        }
        self.sweep(now, call.id, call.worker);
    }

    fn strike(&mut self, now: Time, call: &Call) {
        self.timers.cancel(Timer::MaxCall(call.id));
        self.timers.cancel(Timer::RingMax(call.id));
        for party in call.parties() {
            self.timers.cancel(Timer::Ring(call.id, party.id));
            self.timers.cancel(Timer::Present(call.id, party.id));
            self.forget_handset(call.id, party.id, None);
        }
        self.sweep(now, call.id, call.worker);
        self.tell(call, Event::Ended { call: call.id, cause: Cause::Internal });
    }

    /// Legs that were in nobody's hands when the panic came: the indexes still know them.
    fn sweep(&mut self, now: Time, call: CallId, worker: usize) {
        let lost = |(session, row): (&SessionId, &(CallId, LegId))| (row.0 == call).then_some(*session);
        let sessions: Vec<SessionId> = self.sessions.iter().filter_map(lost).collect();
        for session in sessions {
            self.sessions.remove(&session);
            self.refuse_or_hang_up(now, session);
        }
        self.handsets.retain(|_, at| at.0 != call);
        let legs: Vec<LegId> =
            self.legs.iter().filter(|(_, row)| row.call == call).map(|(leg, _)| *leg).collect();
        for leg in legs {
            self.forget_leg(worker, leg);
        }
    }

    fn refuse_or_hang_up(&mut self, now: Time, session: SessionId) {
        if self.endpoint.reject(now, session, 500, Headers::default()).is_err() {
            self.endpoint.hangup(now, session, cause::reason(Cause::Internal));
        }
    }

    /// Takes a leg out of the tables: its place on a trunk, its media.
    pub(super) fn forget_leg(&mut self, worker: usize, leg: LegId) {
        let Some(&row) = self.legs.get(&leg) else { return };
        if row.media {
            self.send_media(worker, Command::Close { leg });
            self.closing.insert(leg);
        }
        if let Some(trunk) = row.trunk {
            self.trunks[trunk].leave();
        }
        // Last, so that what stops us on the way is not the end of it.
        self.legs.remove(&leg);
    }

    /// Where tests let a panic happen: when the first fuse of the list has burnt down, then when the next has.
    #[cfg(test)]
    pub(super) fn burn(&mut self) {
        match self.fuses.first_mut() {
            Some(0) => {
                self.fuses.remove(0);
                panic!("a fuse has burnt down");
            }
            Some(left) => *left -= 1,
            None => {}
        }
    }

    #[cfg(not(test))]
    pub(super) fn burn(&mut self) {}
}
