//! The customer of an inbound call while no agent is there: alerted, queued with music, or refused.

use super::call::{Call, Step, Treatment};
use super::{Switch, Timer};
use warmline_coordination::cti::Cause;
use warmline_sip::message::Headers;
use warmline_time::Time;

impl Switch {
    /// `Alert`: 180.
    pub(super) fn alert(&mut self, now: Time, call: &mut Call) {
        if let Some(session) = call.a.leg().and_then(|leg| leg.session)
            && call.a.step(Step::Alert)
        {
            // A caller that has just cancelled is told nothing more.
            let _ = self.endpoint.progress(now, session, 180, Headers::default(), None);
        }
    }

    /// `Queue`: 200 where he is not answered, and music until an agent is joined.
    pub(super) fn queue(&mut self, now: Time, call: &mut Call) {
        if call.is_customer_joined() {
            return;
        }
        call.treatment = Treatment::Music;
        if call.a.is_waiting() {
            self.answer_a(now, call, None);
        }
        self.arrange(now, call);
    }

    /// `Reject`.
    pub(super) fn reject(&mut self, now: Time, call: &mut Call, cause: Cause) {
        if call.a.is_waiting() {
            self.finish(now, call, cause.into());
        }
    }

    /// Nobody rings for ever: at `ring_max` the customer is answered with music, whatever coordination does.
    pub(super) fn ring_max(&mut self, now: Time, call: &mut Call) {
        if call.a.is_waiting() {
            self.queue(now, call);
        }
    }

    /// How long a customer may wait unanswered.
    pub(super) fn limit_waiting(&mut self, now: Time, call: &Call) {
        self.timers.set(Timer::RingMax(call.id), now + self.settings.ring_max);
    }
}
