//! A firm's checked configuration. `src/config` makes these values; nothing here is looked at twice.

use crate::hours::Hours;
use crate::routing::Strategy;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One firm: the unit of isolation (N 0024).
#[derive(Clone, PartialEq, Debug)]
pub struct FirmSettings {
    /// Lower case, unique; the realm of its agents' phones.
    pub name: String,
    /// Its sites.
    pub sites: Vec<SiteSettings>,
    /// Its pools of routing-point numbers.
    pub pools: Vec<PoolSettings>,
    /// Its queues. At least one.
    pub queues: Vec<QueueSettings>,
    /// Its agents.
    pub agents: Vec<AgentSettings>,
    /// Contacts that are known from the start.
    pub contacts: Vec<ContactSettings>,
    /// Call-me policy.
    pub callme: CallmeSettings,
    /// Limits against strangers.
    pub limits: Limits,
    /// What a contact may have been about; agents choose one. At most 50, each at most 60 characters.
    pub wrapup_codes: Vec<String>,
    /// Why an agent may be not ready; he chooses one. At most 20, each at most 60 characters.
    pub reasons: Vec<String>,
    /// E.164: numbers that lead back to this switch by its routes; never called back.
    pub own_numbers: Vec<String>,
    /// How agents chat.
    pub chat: ChatSettings,
}

/// A web site with the script tag.
#[derive(Clone, PartialEq, Debug)]
pub struct SiteSettings {
    /// Unique over all firms: the public key in the script tag.
    pub name: String,
    /// `https://shop.test`: no path, no trailing slash.
    pub origins: Vec<String>,
    /// The pool its numbers come from.
    pub pool: String,
    /// The queue its visitors wait in.
    pub queue: String,
}

/// Routing points (G op. 324).
#[derive(Clone, PartialEq, Debug)]
pub struct PoolSettings {
    /// Unique in the firm.
    pub name: String,
    /// E.164, each in one pool only.
    pub numbers: Vec<String>,
    /// The trunk that carries them, also for call me.
    pub trunk: String,
    /// How long a number is held for a visitor (300 s).
    pub ttl: Duration,
    /// How long an agent is claimed for it (45 s); afterwards only preferred.
    pub claim: Duration,
    /// How long a number rests after use (30 s).
    pub cooling: Duration,
    /// However often it is renewed, a number is held no longer (15 min; E30).
    pub max_hold: Duration,
    /// For so long after it was given back a call to an idle number is thought to be its last holder's (30 min; E2).
    pub remember: Duration,
    /// Nobody dials this soon after a number was issued, unless he tapped it: such a caller is asked for the PIN (2 s; zero:
    /// nobody is; E4).
    pub early: Duration,
    /// E.164: dialled with the PIN when all numbers are taken. On the same trunk, in no pool, nobody's alone.
    pub shared: Option<String>,
}

/// Where callers wait.
#[derive(Clone, PartialEq, Debug)]
pub struct QueueSettings {
    /// Unique in the firm.
    pub name: String,
    /// Skills an agent must have to serve it.
    pub skills: Vec<String>,
    /// How long one agent is rung (15 s).
    pub ring: Duration,
    /// Rest after a call (20 s).
    pub wrapup: Duration,
    /// Who of those who could is asked.
    pub strategy: Strategy,
    /// For so long the agent who spoke with a customer last is preferred (7 days; zero: never).
    pub affinity: Duration,
    /// After so many offers in a row that an agent let pass he is not ready (1; 0: never).
    pub autopause: u32,
    /// When it is open; none: always.
    pub hours: Option<Hours>,
    /// Where callers go outside these hours; none: they are refused, visitors get a ticket.
    pub closed: Option<Beyond>,
    /// What is tried for who waits too long, in this order: `after` rises, a number is the last.
    pub overflow: Vec<Overflow>,
}

impl Default for QueueSettings {
    fn default() -> Self {
        QueueSettings {
            name: String::new(),
            skills: Vec::new(),
            ring: Duration::from_secs(15),
            wrapup: Duration::from_secs(20),
            strategy: Strategy::default(),
            affinity: Duration::from_secs(7 * 86_400),
            autopause: 1,
            hours: None,
            closed: None,
            overflow: Vec::new(),
        }
    }
}

/// Where a queue's callers go when it cannot serve them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Beyond {
    /// The agents of another queue of the firm, by its name.
    Queue(String),
    /// A number outside, E.164, over the pool's trunk.
    Number(String),
}

/// One step of overflow.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Overflow {
    /// How long somebody waits before it is taken.
    pub after: Duration,
    /// Who takes him then, beside the queue's own agents.
    pub to: Beyond,
}

/// Which phone an agent answers with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Station {
    /// JsSIP in the desktop, registered as `agent@firm` with the session's credential.
    Browser,
    /// The SIP phone registered under this `[[accounts]]` user.
    Account(String),
    /// A phone number behind a trunk.
    Number(String),
}

/// An agent.
#[derive(Clone, PartialEq, Debug)]
pub struct AgentSettings {
    /// Log-in name, unique in the firm.
    pub name: String,
    /// What visitors see.
    pub display_name: String,
    /// Argon2 PHC string; checked by `web/server`.
    pub password_hash: String,
    /// Skill and level 1–5.
    pub skills: Vec<(String, u8)>,
    /// His phone.
    pub station: Station,
    /// Chats he holds at a time; 0: none.
    pub chats: u32,
}

/// A contact of the configuration.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ContactSettings {
    /// Name.
    pub name: String,
    /// E.164.
    pub numbers: Vec<String>,
    /// Free text.
    pub notes: String,
    /// 0–7, 7 first.
    pub priority: u8,
}

/// Who may be called back.
#[derive(Clone, PartialEq, Debug)]
pub struct CallmeSettings {
    /// Calling codes' countries, ISO 3166 two letters.
    pub countries: Vec<String>,
    /// How long it rings at most (30 s).
    pub ring: Duration,
    /// Plain text consent version that the widget must name.
    pub consent_version: String,
}

/// How a firm's agents chat.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChatSettings {
    /// New chats are offered to agents who are in a call, too (no).
    pub during_calls: bool,
    /// Calls are offered to agents who hold as many chats as they can, too (yes).
    pub calls_when_full: bool,
    /// A chat is the agent's without his click (no).
    pub auto_accept: bool,
    /// How long a visitor's page may be gone before his chat is over (2 min).
    pub grace: Duration,
    /// How long nobody may write before a chat is over (30 min).
    pub idle: Duration,
}

impl Default for ChatSettings {
    fn default() -> Self {
        ChatSettings {
            during_calls: false,
            calls_when_full: true,
            auto_accept: false,
            grace: Duration::from_secs(120),
            idle: Duration::from_secs(1800),
        }
    }
}

/// Limits against strangers; configuration.
#[derive(Clone, PartialEq, Debug)]
pub struct Limits {
    /// Live reservations and open jobs of one visitor (1).
    pub per_visitor: u32,
    /// Live reservations of one address (5).
    pub per_address: u32,
    /// Callers and visitors waiting in the firm (500).
    pub waiting: usize,
    /// Live reservations without a number (queued, ticket …) in the firm (10,000).
    pub reservations: usize,
}
