//! All firms of the program behind one sans-IO face; single writer.

use crate::cti;
use crate::effect::Effect;
use crate::fact::Entry;
use crate::request::{Request, RequestId};
use crate::settings::FirmSettings;
use warmline_time::Time;

/// Every firm. See the crate's text.
#[derive(Debug)]
pub struct Firms {}

/// What was counted; for metrics.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Counters {
    pub reservations_live: u64,
    pub numbers_held: u64,
    pub calls_live: u64,
    pub jobs_open: u64,
    pub waiting: u64,
    /// Stays 0: two live holders of one number, a claim without owner, …
    pub invariant_violations: u64,
}

impl Firms {
    /// With a seed for ids, tokens, PINs and SIP passwords (from the process's random source).
    pub fn new(firms: Vec<FirmSettings>, seed: [u8; 32]) -> Self {
        let _ = (firms, seed);
        todo!()
    }
    /// One row of the journal at start, in order, before anything else. Rows of a firm or of a number that is no longer configured are
    /// left out quietly.
    pub fn replay(&mut self, entry: &Entry) {
        let _ = entry;
        todo!()
    }
    /// After the last row: expires what is due, releases claims, resolves unknown dial attempts (never dials twice), sets timers.
    pub fn recovered(&mut self, now: Time) {
        let _ = now;
        todo!()
    }
    /// A request of the web. Its reply is an effect, perhaps later; each gets exactly one.
    pub fn handle_request(&mut self, now: Time, id: RequestId, request: Request) {
        let _ = (now, id, request);
        todo!()
    }
    /// An event of the switch.
    pub fn handle_switch(&mut self, now: Time, event: cti::Event) {
        let _ = (now, event);
        todo!()
    }
    /// Whether the store takes writes: without it no new durable-first facts (503), live calls go on.
    pub fn handle_store(&mut self, now: Time, writable: bool) {
        let _ = (now, writable);
        todo!()
    }
    /// Timers.
    pub fn handle_timeout(&mut self, now: Time) {
        let _ = now;
        todo!()
    }
    /// The next effect.
    pub fn poll_effect(&mut self) -> Option<Effect> {
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
    /// The firm and settings of a site, by name.
    pub fn site(&self, name: &str) -> Option<(&FirmSettings, &crate::settings::SiteSettings)> {
        let _ = name;
        todo!()
    }
}
