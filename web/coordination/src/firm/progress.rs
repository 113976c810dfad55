//! What a dialled line turned out to be (G p. 15), and what follows: an agent is withdrawn from a machine, a busy tone ends the call.
//!
//! The agent is there from the answer on; the detector beside the call may only withdraw him. What it does not recognise is a person.

use super::Firm;
use crate::call::{Call, Phase};
use crate::cti::{Cause, Command, Verdict};
use crate::fact::Progress;
use crate::ids::{CallId, PartyId};
use crate::settings::OnMachine;
use serde_json::json;
use warmline_time::Time;

impl Firm {
    /// Who has answered is listened to: how his dialling ended is said once that is clear.
    pub(super) fn listens_to(&mut self, id: CallId) -> bool {
        let Some(call) = self.calls.get_mut(&id) else { return false };
        call.listens =
            call.reservation.and_then(|id| self.reservations.get(id)).is_some_and(|r| r.moves.is_none());
        call.listens
    }

    /// The switch has told a verdict of a customer who was dialled. The last one is kept.
    pub(super) fn progressed(&mut self, now: Time, (id, who): (CallId, PartyId), progress: Progress) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        if call.customer != who || call.phase == Phase::Closing {
            return;
        }
        let verdict = progress.verdict;
        let data = json!({ "verdict": verdict, "evidence": progress.evidence, "at_ms": progress.at_ms });
        call.progress = Some(progress);
        let (agent, trace, listens) = (call.agent(), call.trace_id.clone(), call.listens);
        let call = call.clone();
        if let Some(agent) = agent {
            self.emit(now, agent, "call.progress", id.to_string(), trace, data);
        }
        match self.consequence(&call, verdict) {
            Some(cause) => self.turns_out(now, &call, verdict, cause),
            None if listens && verdict != Verdict::Ringback => self.is_answered(now, id),
            None => {}
        }
    }

    /// The cause with which the call is ended; none: it goes on.
    fn consequence(&self, call: &Call, verdict: Verdict) -> Option<Cause> {
        // An agent who calls a customer himself hears whom he has reached.
        let own = call.out.is_some();
        let answered = call.listens || call.customer_up;
        match verdict {
            Verdict::Ringback | Verdict::Person | Verdict::Unknown => None,
            _ if own && answered => None,
            Verdict::Busy => Some(Cause::Busy),
            Verdict::Congestion => Some(Cause::Unreachable),
            Verdict::NotFound => Some(Cause::NotFound),
            Verdict::Fax | Verdict::Modem => Some(Cause::Normal),
            Verdict::Machine => {
                (self.settings.callme.on_machine == OnMachine::HangUp).then_some(Cause::Normal)
            }
        }
    }

    /// It is nobody: the agent is free again, as if he had not been asked, and the call is ended.
    fn turns_out(&mut self, now: Time, call: &Call, verdict: Verdict, cause: Cause) {
        let id = call.id;
        if call.out.is_some() {
            return self.call_out_over(now, id, cause);
        }
        if let Some(row) = self.calls.get_mut(&id) {
            row.turned_out = Some(verdict.word());
        }
        // Phones that still ring show no missed call.
        for party in call.offers().filter_map(|offer| offer.party) {
            self.switch(Command::Drop { call: id, party, cause: Cause::Elsewhere });
        }
        self.switch(Command::Hangup { call: id, cause });
        self.settle(now, id, cause);
    }

    /// It is somebody, or may be.
    fn is_answered(&mut self, now: Time, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.listens = false;
        if let Some(reservation) = call.reservation {
            self.resolve_dial(now, reservation, "answered");
        }
    }
}
