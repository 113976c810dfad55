//! One row for each leg: what happened to it, whichever way it ended.

use super::call::Call;
use super::leg::Leg;
use warmline_coordination::cti;
use warmline_time::Time;

/// One row for each leg (CDR).
#[derive(Clone, PartialEq, Debug, serde::Serialize)]
pub struct LegRecord {
    /// The call it belonged to.
    pub call: String,
    /// Its own number within the process.
    pub leg: u64,
    /// `trunk:carrier`, `account:201`, `agent:alice@acme`, `browser`.
    pub peer: String,
    /// `in` or `out`.
    pub direction: &'static str,
    /// SIP Call-ID; empty for browsers' SDP legs.
    pub sip_call_id: String,
    /// Microseconds since the epoch.
    pub started: u64,
    /// When it was answered.
    pub answered: Option<u64>,
    /// When it ended.
    pub ended: u64,
    /// The final SIP status, or 0.
    pub status: u16,
    /// Why.
    pub cause: cti::Cause,
}

impl LegRecord {
    /// Of a leg that ends now.
    pub(super) fn of(now: Time, call: &Call, leg: &Leg, cause: cti::Cause) -> Self {
        LegRecord {
            call: call.id.to_string(),
            leg: leg.id.0,
            peer: leg.peer.clone(),
            direction: if leg.inbound { "in" } else { "out" },
            sip_call_id: leg.sip_call_id.clone(),
            started: leg.started.as_micros(),
            answered: leg.answered.map(Time::as_micros),
            ended: now.as_micros(),
            status: leg.status,
            cause,
        }
    }
}
