//! What a firm has said of watching its visitors.

use std::time::Duration;
use warmline_coordination::activity::WatchSettings;

/// How a firm's visitors are watched.
#[derive(Clone, PartialEq, Debug)]
pub struct WatchPolicy {
    /// The firm's name.
    pub firm: String,
    /// Nobody is watched before he has agreed; else until he objects.
    pub consent: bool,
    /// What becomes of those who are not to be known again.
    pub without: WithoutConsent,
    /// Addresses are kept in memory, and shown to agents.
    pub keep_addresses: bool,
    /// What says that it is a program is left out.
    pub bots: bool,
    /// So long a browser is known again.
    pub identity: Duration,
    /// Its sites, criteria and bounds; the only firm in it has the place 0.
    pub settings: WatchSettings,
}

/// See [`WatchPolicy::without`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum WithoutConsent {
    /// Nothing is known of them.
    #[default]
    Nothing,
    /// They are known for one browser session (N 0058); where the browser keeps nothing at all, by the table.
    Visit,
    /// By the session-activity table alone (N 0058-59, Fig. 7).
    Table,
}
