//! Queues as the file has them: hours, strategy, overflow, menu.

use super::*;

/// `[[firms.queues]]`
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// Unique in the firm.
    pub name: Spanned<String>,
    /// Who of those who could is asked: `longest_idle`; `round_robin`, one after the other; `least_calls`, who has taken the
    /// fewest since midnight (in `zone`, otherwise UTC); `skill_level`, whose levels of `skills` add up to the most;
    /// `ring_all`, all of them at once.
    #[serde(default = "longest_idle")]
    pub strategy: Spanned<String>,
    /// So many days the agent who spoke with a customer last is preferred; 0: never.
    #[serde(default = "affinity_days")]
    pub affinity_days: u32,
    /// After so many offers in a row that an agent let pass he is not ready; 0: never.
    #[serde(default = "autopause")]
    pub autopause: u32,
    /// The time zone of `open` and `holidays`, `Europe/Berlin`; the zones are those of this program, not of the machine.
    pub zone: Option<Spanned<String>>,
    /// When it is open; without: always, but for the holidays.
    pub open: Option<Spanned<Week>>,
    /// Days on which it is closed, `2026-12-25`, or open otherwise, `2026-12-24 09:00-12:00`.
    #[serde(default)]
    pub holidays: Vec<Spanned<String>>,
    /// Where callers go when it is closed, `{ queue = "night" }` or `{ number = "+49…" }`; without: they are refused (480),
    /// and visitors get a ticket.
    pub closed: Option<Spanned<Beyond>>,
    /// What is tried for who waits too long, one after the other.
    #[serde(default)]
    pub overflow: Vec<Spanned<Overflow>>,
    /// Who is answered within so long is served well: the service level of figures and metrics.
    #[serde(default = "service_level_secs")]
    pub service_level_secs: u32,
    /// How often who waits on the phone hears his place and the wait; 0: never.
    #[serde(default = "announce_secs")]
    pub announce_secs: Spanned<u32>,
    /// Whose wait is thought to be longer (half of those like him wait less) is offered to be called back, by voice with the next
    /// announcement and in the page as `too_long`; 0: never.
    #[serde(default = "offer_callback_secs")]
    pub offer_callback_secs: u32,
    /// What callers without a page are asked before they wait.
    pub menu: Option<Spanned<crate::config::menu::Menu>>,
    /// Its e-mail address, for what visitors write; needs `[firms.mail]`.
    pub mailbox: Option<Spanned<String>>,
    /// Who is rung first for its call-me requests, where it is not as `mode` of `[firms.callme]` says.
    pub callme_mode: Option<warmline_coordination::dialing::DialMode>,
    /// `push`: the switch gives its contacts out, in their order, and no agent takes one out of turn; `pull`: agents take them out of the
    /// waiting list, in any order, and nothing is offered by itself but to an agent whom a rule names, to whom a colleague hands it, and to
    /// those of `overflow`; call-me requests are dialled when an agent takes them; `both`.
    #[serde(default)]
    pub take: warmline_coordination::settings::Take,
    /// Nobody waits longer before the last step of `overflow` is taken.
    pub max_wait_secs: Option<Spanned<u32>>,
    /// The client in whose name callers without a page are answered, of `[[firms.clients]]`.
    pub client: Option<Spanned<String>>,
    /// Skills an agent must have.
    #[serde(default)]
    pub skills: Vec<String>,
    /// How long one agent is rung: 1 to 120.
    #[serde(default = "ring_secs")]
    pub ring_secs: Spanned<u32>,
    /// Rest after a call.
    #[serde(default = "wrapup_secs")]
    pub wrapup_secs: u32,
}

/// `open` of a queue: stretches of each day, `["09:00-12:00", "13:00-17:00"]`.
#[derive(Deserialize, Serialize, Debug, Default)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs)]
pub struct Week {
    pub mon: Vec<Spanned<String>>,
    pub tue: Vec<Spanned<String>>,
    pub wed: Vec<Spanned<String>>,
    pub thu: Vec<Spanned<String>>,
    pub fri: Vec<Spanned<String>>,
    pub sat: Vec<Spanned<String>>,
    pub sun: Vec<Spanned<String>>,
}

/// Where people go whom a queue cannot serve: one of the two.
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Beyond {
    /// The agents of another queue of the firm.
    pub queue: Option<Spanned<String>>,
    /// A number outside, E.164, over the trunk of the pool by which the call came.
    pub number: Option<Spanned<String>>,
}

/// A step of `overflow`.
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Overflow {
    /// How long somebody waits before it is taken; the last one may leave it to `max_wait_secs`.
    pub after_secs: Option<Spanned<u32>>,
    /// The agents of another queue of the firm help.
    pub queue: Option<Spanned<String>>,
    /// A number outside is rung; the last step.
    pub number: Option<Spanned<String>>,
}

fn announce_secs() -> Spanned<u32> {
    Spanned::new(0..0, 30)
}
fn offer_callback_secs() -> u32 {
    180
}
fn service_level_secs() -> u32 {
    20
}
fn affinity_days() -> u32 {
    7
}
fn autopause() -> u32 {
    1
}
fn longest_idle() -> Spanned<String> {
    Spanned::new(0..0, "longest_idle".into())
}
fn ring_secs() -> Spanned<u32> {
    Spanned::new(0..0, 15)
}
fn wrapup_secs() -> u32 {
    20
}
