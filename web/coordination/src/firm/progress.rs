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
use std::time::Duration;
use warmline_time::Time;

impl Firm {
    /// The switch has told a verdict of a customer who was dialled. The last one is kept.
    pub(super) fn progressed(
        &mut self,
        now: Time,
        (id, who): (CallId, PartyId),
        (progress, quiet_ms): (Progress, u32),
    ) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        if call.customer != who || call.phase == Phase::Closing {
            return;
        }
        let verdict = progress.verdict;
        let data = json!({ "verdict": verdict, "evidence": progress.evidence, "at_ms": progress.at_ms });
        call.progress = Some(progress);
        let (agent, trace) = (call.agent(), call.trace_id.clone());
        let call = call.clone();
        if let Some(agent) = agent {
            self.emit(now, agent, "call.progress", id.to_string(), trace, data);
        }
        if verdict == Verdict::Person {
            self.has_greeted(now, id, Duration::from_millis(quiet_ms.into()));
        }
        if let Some(cause) = self.consequence(&call, verdict) {
            self.turns_out(now, &call, verdict, cause);
        }
    }

    /// The cause with which the call is ended; none: it goes on.
    fn consequence(&self, call: &Call, verdict: Verdict) -> Option<Cause> {
        // An agent who calls a customer himself hears whom he has reached.
        let own = call.out.is_some();
        match verdict {
            Verdict::Ringback | Verdict::Person | Verdict::Unknown => None,
            _ if own && call.customer_up => None,
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
        if let Some(row) = self.calls.get_mut(&id) {
            row.turned_out = Some(verdict.word());
        }
        if call.out.is_some() {
            return self.call_out_over(now, id, cause);
        }
        if let Some(reservation) = call.reservation {
            self.resolve_dial(now, reservation, verdict.word());
        }
        // Phones that still ring show no missed call.
        for party in call.offers().filter_map(|offer| offer.party) {
            self.switch(Command::Drop { call: id, party, cause: Cause::Elsewhere });
        }
        self.switch(Command::Hangup { call: id, cause });
        self.settle(now, id, cause);
    }
}
