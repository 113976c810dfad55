//! The switch: a sans-IO back-to-back user agent over `warmline-sip` and `warmline-media`'s values.
//!
//! It obeys the commands and reports the events of `cti`; registrar, trunks, routes and policy are its own. `io` and the simulator
//! drive the very same object.
//!
//! Polling order: after every `handle_*`, drain [`Switch::poll_output`]; then wait until [`Switch::poll_timeout`].

pub mod settings;

use bytes::Bytes;
use settings::Settings;
use warmline_coordination::cti;
use warmline_media::ids::RtpPort;
use warmline_media::sdp::Fingerprint;
use warmline_media::worker;
use warmline_sip::transport::{ConnectionId, Flow, Transmit};
use warmline_time::Time;

/// Something for `io` to do, in order.
#[derive(Clone, PartialEq, Debug)]
pub enum Output {
    /// A SIP message for the wire.
    Transmit(Transmit),
    /// A command for a media worker.
    Media {
        /// The worker's number, from 0.
        worker: usize,
        /// What.
        command: worker::Command,
    },
    /// An event for coordination.
    Event(cti::Event),
    /// A leg's record. Durable behind.
    Record(LegRecord),
}

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

/// What the switch refused or counted; for metrics.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Counters {
    pub calls_started: u64,
    pub calls_live: u64,
    pub legs_live: u64,
    pub registrations: u64,
    pub auth_refused: u64,
    /// Requests from strangers: neither a trunk's nor authenticated.
    pub strangers_refused: u64,
    pub unknown_number: u64,
    /// Calls refused by `max_calls`, `max_cps` or for lack of ports.
    pub overload: u64,
    pub media_refused: u64,
}

/// The switch. One signalling shard owns one.
#[derive(Debug)]
pub struct Switch {}

impl Switch {
    /// `fingerprint`: of the media workers' certificate. `seed`: from the process's random source.
    pub fn new(settings: Settings, fingerprint: Fingerprint, seed: [u8; 32]) -> Self {
        let _ = (settings, fingerprint, seed);
        todo!()
    }
    /// Free, bound port pairs of a worker join the stock (at start, and again when they have cooled).
    pub fn add_ports(&mut self, worker: usize, ports: Vec<RtpPort>) {
        let _ = (worker, ports);
        todo!()
    }
    /// One SIP message. `flow.remote` is whom it really came from.
    pub fn handle_message(&mut self, now: Time, flow: Flow, payload: Bytes) {
        let _ = (now, flow, payload);
        todo!()
    }
    /// A stream is closed: bindings over it are gone, its transactions fail.
    pub fn handle_flow_closed(&mut self, now: Time, connection: ConnectionId) {
        let _ = (now, connection);
        todo!()
    }
    /// A command of coordination.
    pub fn handle_command(&mut self, now: Time, command: cti::Command) {
        let _ = (now, command);
        todo!()
    }
    /// An event of a media worker.
    pub fn handle_media(&mut self, now: Time, worker: usize, event: worker::Event) {
        let _ = (now, worker, event);
        todo!()
    }
    /// Timers.
    pub fn handle_timeout(&mut self, now: Time) {
        let _ = now;
        todo!()
    }
    /// Ends everything in an orderly way (shutdown): BYE, CANCEL, 503 with Retry-After to what comes.
    pub fn drain(&mut self, now: Time) {
        let _ = now;
        todo!()
    }
    /// The next output.
    pub fn poll_output(&mut self) -> Option<Output> {
        todo!()
    }
    /// When to call `handle_timeout`.
    pub fn poll_timeout(&self) -> Option<Time> {
        todo!()
    }
    /// What was counted.
    pub fn counters(&self) -> Counters {
        todo!()
    }
    /// Calls, legs, SIP sessions + transactions, timers (beyond periodic ones) and ports in use: all 0 when everything is over.
    pub fn live(&self) -> [usize; 5] {
        todo!()
    }
}
