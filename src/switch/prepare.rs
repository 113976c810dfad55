//! A call whose customer is dialled later: the agent who wants him is rung first.

use super::call::{Call, Kind, Party, PartyState, Step};
use super::originate::Dial;
use super::{Switch, cause};
use warmline_coordination::cti::Cause;
use warmline_coordination::ids::{CallId, PartyId};
use warmline_time::Time;

impl Switch {
    /// `Prepare`.
    pub(super) fn prepare(&mut self, now: Time, id: CallId, party: PartyId) {
        if self.calls.contains_key(&id) {
            return;
        }
        if !self.has_room() {
            return self.stillborn(id, party, Cause::Full);
        }
        let worker = self.ports.roomiest(|_| true).unwrap_or(0);
        let customer = Party::new(party, PartyState::Awaited);
        self.new_call(now, id, Kind::Controlled, customer, worker, None);
    }

    /// `Dial` of a call that was prepared; any other is on its way already.
    pub(super) fn dial_prepared(&mut self, now: Time, call: &mut Call, dial: &Dial) {
        if call.a.id != dial.party || !call.a.step(Step::Dial) {
            return;
        }
        call.a.listened = super::detect::Listened::of(now, dial);
        let placed = match self.routes.is_own(&dial.number) {
            true => Err(Cause::NotFound),
            false => self.dial_plan(now, call, dial).and_then(|plan| {
                call.a.plan = Some(plan);
                self.place(now, call, dial.party)
            }),
        };
        match placed {
            Ok(()) => self.limit_ringing(now, call.id, dial.party, dial.limit),
            Err(cause) => self.finish(now, call, cause::before_invite(cause).into()),
        }
    }
}
