//! A firm's checked configuration. `src/config` makes these values; nothing here is looked at twice.

use crate::asking::Asking;
use crate::dial_limits::DialLimits;
use crate::dial_policy::DialPolicy;
use crate::dialing::{DialMode, MatchNumber, RetryPolicy};
use crate::do_not_call::NumberList;
use crate::hours::Hours;
use crate::invitation::Attendance;
use crate::number::PoolKind;
use crate::push::PushPattern;
use crate::routing::Strategy;
use crate::rules::RoutingRule;
use crate::spending::Spend;
use crate::usage::RatePlan;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// One firm: the unit of isolation (N 0024).
#[derive(Clone, PartialEq, Debug)]
pub struct FirmSettings {
    /// Lower case, unique; the realm of its agents' phones.
    pub name: String,
    /// Those in whose name it answers, by the names that agents read; none: itself alone.
    pub clients: Vec<String>,
    /// Its sites.
    pub sites: Vec<SiteSettings>,
    /// Callers who get no visitor's page without his PIN (E4).
    pub bad_callers: NumberList,
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
    /// What is asked of each contact before an agent is looked for: the first that holds is followed.
    pub rules: Vec<RoutingRule>,
    /// Agents' own calls, and calls they park.
    pub calls: CallsSettings,
    /// Whether and how its CRM is asked who somebody is.
    pub lookup: Option<LookupSettings>,
    /// It has a mail server: visitors are told by e-mail when they are called, where they want that.
    pub mail: bool,
    /// What is kept of people who want to be forgotten.
    pub privacy: PrivacySettings,
    /// What its usage costs; none: that is priced elsewhere.
    pub rates: Option<RatePlan>,
    /// How visitors who are watched are attended; none: they are not.
    pub attendance: Option<Arc<Attendance>>,
}

/// See [`FirmSettings::privacy`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PrivacySettings {
    /// Rows of calls that somebody had asked for, which prove that he had, are erased with him (false).
    pub erase_evidence: bool,
    /// Whoever sits at a browser may have erased what is kept of it (true).
    pub visitors_may_erase: bool,
    /// Whoever withdraws his consent to being watched is erased, too, as if he had asked for it (false).
    pub withdrawal_erases: bool,
    /// Of what is older nobody's words, numbers and pages are kept; none: for ever (none).
    pub keep: Option<Duration>,
    /// Whose record nothing has been heard or written of for as long is erased; none: nobody (none).
    pub keep_contacts: Option<Duration>,
}

impl Default for PrivacySettings {
    fn default() -> Self {
        PrivacySettings {
            erase_evidence: false,
            visitors_may_erase: true,
            withdrawal_erases: false,
            keep: None,
            keep_contacts: None,
        }
    }
}

/// Agents' own calls, and calls they park.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallsSettings {
    /// E.164: what an agent may show when he calls a customer, the first unless he says otherwise. None: each pool's first number.
    pub caller_ids: Vec<String>,
    /// How long a call is parked before the one who parked it is rung (120 s).
    pub park: Duration,
    /// The first and the last slot for parked calls (701 to 720).
    pub slots: (u16, u16),
    /// What an agent's phone dials to speak with who is on his screen.
    pub warm_line: Option<WarmLine>,
}

/// A warm line (N 0035).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct WarmLine {
    /// Dialled by agents' phones of the house, by hand or as they are lifted.
    pub extension: Option<u16>,
    /// E.164: dialled by agents' phones of the network, known by their numbers.
    pub number: Option<String>,
}

impl Default for CallsSettings {
    fn default() -> Self {
        CallsSettings {
            caller_ids: Vec::new(),
            park: Duration::from_secs(120),
            slots: (701, 720),
            warm_line: None,
        }
    }
}

/// Asking the firm's CRM; where it is, the web knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LookupSettings {
    /// After so long the desktop says that it waits for it (300 ms).
    pub soon: Duration,
    /// The contact keeps the name, the language and the priority that it answers, where it has none.
    pub keep: bool,
}

/// A web site with the script tag.
#[derive(Clone, PartialEq, Debug)]
pub struct SiteSettings {
    /// Unique over all firms: the public key in the script tag.
    pub name: String,
    /// `https://shop.test`: no path, no trailing slash.
    pub origins: Vec<String>,
    /// The pool its numbers come from; of several the first.
    pub pool: String,
    /// Its other pools, in the order of the configuration.
    pub further: Vec<String>,
    /// What who is in none of their countries is shown (the number, as it is dialled from there).
    pub abroad: Abroad,
    /// The queue its visitors wait in.
    pub queue: String,
    /// The client whose it is.
    pub client: Option<String>,
    /// Whether agents may see its pages as they are now.
    pub live: LivePolicy,
    /// The pages that agents may suggest to its visitors; none: no page.
    pub push: Vec<PushPattern>,
    /// What its visitors are asked.
    pub asking: Asking,
}

/// Whether the agent a visitor speaks with may see his page as it is now, beside its picture at the request.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LivePolicy {
    /// Never.
    Off,
    /// When the visitor has said yes, in this call and to this agent.
    #[default]
    Ask,
    /// Without a question, where the site has its visitors' consent; he sees that it is on, and once he stopped it he is asked.
    On,
}

/// What a visitor is shown in whose country a site has no number.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Abroad {
    /// Other ways to talk first, then the number as it is dialled from abroad; no toll-free one.
    #[default]
    Show,
    /// No number.
    Hide,
}

/// Routing points (G op. 324).
#[derive(Clone, PartialEq, Debug)]
pub struct PoolSettings {
    /// Unique in the firm.
    pub name: String,
    /// Routing points, each in one pool only: E.164, extensions of the house, or `sip:user@host`.
    pub numbers: Vec<String>,
    /// The trunk that carries them, also for call me.
    pub trunk: String,
    /// Where they are, ISO 3166; none: they are no numbers of the network, and the same for everybody.
    pub country: Option<String>,
    /// What they are.
    pub kind: PoolKind,
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
    /// A caller is taken for the holder as long as somebody looks at his page, even while one who had the number before may
    /// still dial it (no: he is asked for the PIN, unless the number was tapped; E3).
    pub trust_open_page: bool,
    /// A caller whose number the network has found not to be his is asked for the PIN at a number that somebody holds or held
    /// last (yes; E4).
    pub screen_failed: bool,
    /// E.164: dialled with the PIN when all numbers are taken. On the same trunk, in no pool, nobody's alone.
    pub shared: Option<String>,
}

impl PoolSettings {
    /// What is shown to whom is called over its trunk: its first number of the network.
    pub(crate) fn caller_id(&self) -> Option<&String> {
        self.numbers.iter().find(|number| crate::number::is_e164(number))
    }
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
    /// The client in whose name callers without a page are answered.
    pub client: Option<String>,
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
    /// Who is answered within so long is served well (20 s).
    pub service_level: Duration,
    /// How often who waits hears his place (30 s; zero: never).
    pub announce: Duration,
    /// Whose wait is thought to be longer is offered to be called back (180 s; zero: never).
    pub offer_callback: Duration,
    /// What callers are asked before they look for an agent.
    pub menu: Option<Menu>,
    /// Who is rung first for its jobs; none: as [`CallmeSettings::mode`] says.
    pub dialing: Option<DialMode>,
    /// Its e-mail address, for what visitors write; none: they cannot.
    pub mailbox: Option<String>,
    /// What is tried for who waits too long, in this order: `after` rises, a number is the last.
    pub overflow: Vec<Overflow>,
    /// Who chooses: the switch, or its agents (both).
    pub take: Take,
}

/// Whether a queue's contacts are given out, or taken out of the waiting list (N 0050).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Take {
    /// Given out, in their order; nobody takes one out of turn.
    Push,
    /// Taken by agents, in any order; offered by itself to whom a rule names and to agents of overflow only.
    Pull,
    /// Given out, and agents may take one out of turn.
    #[default]
    Both,
}

impl Default for QueueSettings {
    fn default() -> Self {
        QueueSettings {
            name: String::new(),
            skills: Vec::new(),
            ring: Duration::from_secs(15),
            client: None,
            wrapup: Duration::from_secs(20),
            strategy: Strategy::default(),
            affinity: Duration::from_secs(7 * 86_400),
            autopause: 1,
            hours: None,
            closed: None,
            service_level: Duration::from_secs(20),
            announce: Duration::from_secs(30),
            offer_callback: Duration::from_secs(180),
            menu: None,
            dialing: None,
            mailbox: None,
            overflow: Vec::new(),
            take: Take::default(),
        }
    }
}

/// What callers without a page are asked once, by keys. Nothing pressed leads on to the queue.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Menu {
    /// Which greeting is played: its place among all of the configuration.
    pub greeting: Option<u16>,
    /// Keys and the languages they choose, ISO 639.
    pub languages: Vec<(char, String)>,
    /// Who presses it is asked for the PIN of his page.
    pub pin_key: Option<char>,
    /// Who presses it, here or while he waits, is called back at his place.
    pub callback_key: Option<char>,
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
    /// A phone of another switch.
    Extension {
        /// The trunk that leads to that switch.
        trunk: String,
        /// What is dialled there.
        extension: String,
    },
}

/// An agent.
#[derive(Clone, PartialEq, Debug)]
pub struct AgentSettings {
    /// Log-in name, unique in the firm.
    pub name: String,
    /// What visitors see.
    pub display_name: String,
    /// An address of his picture, https: invitations in his name show it.
    pub picture: Option<String>,
    /// Argon2 PHC string; checked by `web/server`.
    pub password_hash: String,
    /// Skill and level 1–5.
    pub skills: Vec<(String, u8)>,
    /// In whose name he answers.
    pub represents: Represents,
    /// His phone.
    pub station: Station,
    /// Chats he holds at a time; 0: none.
    pub chats: u32,
    /// What rings when his browser phone is lost in a call and does not come back: an account or a number.
    pub backup: Option<Station>,
    /// How it is called, and whom he may call.
    pub calling: CallingSettings,
    /// What he keys on the warm line from a phone of the network.
    pub warm_code: Option<String>,
    /// Whether he sees the floor and may order other agents about.
    pub supervisor: Option<Supervision>,
    /// What he may do besides.
    pub rights: Rights,
}

/// What an agent may do besides what all may.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Rights {
    /// Change the priority of customers (N 0047); supervisors may, too.
    pub priority: bool,
    /// Change customers' records; supervisors may, too.
    pub contacts: bool,
}

impl AgentSettings {
    /// Whether he may change customers' records.
    pub fn may_edit(&self) -> bool {
        self.rights.contacts || self.supervisor.is_some()
    }

    /// Whether he supervises the whole firm, and answers for all of it.
    pub fn leads(&self) -> bool {
        self.supervisor.as_ref().is_some_and(|scope| scope.queues.is_empty()) && self.represents.is_all()
    }

    /// Whether he may change customers' priority.
    pub fn may_rate(&self) -> bool {
        self.rights.priority || self.supervisor.is_some()
    }

    /// Whether he is in a call as soon as he is rung for a customer who is there: nothing is to be picked up, no key to be pressed.
    pub fn answers_at_once(&self) -> bool {
        let asked = matches!(self.station, Station::Number(_)) && self.calling.confirm;
        self.calling.auto_answer != AutoAnswer::Never && !asked
    }
}

/// In whose name an agent answers. Contacts that are of no client, or of no site, are everybody's.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Represents {
    /// These clients' alone; empty: all of the firm's.
    pub clients: Vec<String>,
    /// These sites' alone; empty: all of them.
    pub sites: Vec<String>,
}

impl Represents {
    /// Whether it is everybody's.
    pub fn is_all(&self) -> bool {
        self.clients.is_empty() && self.sites.is_empty()
    }
}

/// How an agent's phone is called, and whom he may call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CallingSettings {
    /// Whoever answers his phone outside presses 1 to have the call, so that no machine gets a customer (yes).
    pub confirm: bool,
    /// When his phone is asked to answer by itself (calls that are asked for).
    pub auto_answer: AutoAnswer,
    /// He may call customers from his desktop (no).
    pub outbound: bool,
}

impl Default for CallingSettings {
    fn default() -> Self {
        CallingSettings { confirm: true, auto_answer: AutoAnswer::Wished, outbound: false }
    }
}

/// When a phone is asked to answer by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AutoAnswer {
    /// Never.
    Never,
    /// For calls that the customer or he himself has asked for: call me, his own calls, a parked one that he takes up.
    Wished,
    /// For every call.
    Always,
}

/// What a supervisor supervises.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Supervision {
    /// These queues and the agents who serve one of them; empty: the whole firm.
    pub queues: Vec<String>,
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
    /// The firm's own id of him: what a signed token calls `sub`.
    #[serde(default)]
    pub customer: Option<String>,
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
    /// When a number that was not reached is dialled again.
    pub retry: RetryPolicy,
    /// How long after it was due a job is given up (24 h).
    pub expire: Duration,
    /// How far ahead a visitor may ask to be called (30 days).
    pub ahead: Duration,
    /// How long a slot is that visitors choose from (15 min).
    pub slot: Duration,
    /// How many visitors may choose one slot; none: as many as the queue has agents.
    pub per_slot: Option<u32>,
    /// Who is rung first.
    pub mode: DialMode,
    /// How long an agent may look at a job before it is another's ([`DialMode::Preview`]; 60 s).
    pub preview: Duration,
    /// Whether whoever is called keys in two digits of the page.
    pub match_number: MatchNumber,
    /// Which numbers, when, and who is never called.
    pub policy: DialPolicy,
    /// What happens where a machine answers.
    pub on_machine: OnMachine,
    /// Campaigns may dial more customers than there are agents ready (no).
    pub predictive: bool,
    /// How often it dials.
    pub limits: DialLimits,
    /// What its calls cost, and what may be spent on them.
    pub spend: Spend,
    /// How long a browser's number is remembered, for who is not signed in (7 days; zero: never).
    pub remember_number: Duration,
    /// For the web: from which score on a page has to prove that it is no machine (3; 0: never), by how many bits of work (18).
    pub challenge: (u32, u32),
}

impl Default for CallmeSettings {
    fn default() -> Self {
        CallmeSettings {
            countries: Vec::new(),
            ring: Duration::from_secs(30),
            consent_version: "1".into(),
            retry: RetryPolicy::default(),
            expire: Duration::from_secs(24 * 3600),
            ahead: Duration::from_secs(30 * 86_400),
            slot: Duration::from_secs(900),
            per_slot: None,
            mode: DialMode::default(),
            preview: Duration::from_secs(60),
            match_number: MatchNumber::default(),
            policy: DialPolicy::default(),
            on_machine: OnMachine::default(),
            predictive: false,
            limits: DialLimits::default(),
            spend: Spend::default(),
            remember_number: Duration::from_secs(7 * 86_400),
            challenge: (3, 18),
        }
    }
}

/// What becomes of a call that an answering machine has answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OnMachine {
    /// The agent is withdrawn, the call is ended.
    #[default]
    HangUp,
    /// The agent stays.
    Connect,
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
    /// Live reservations without a number (called by us, in the browser, with the shared one …) in the firm (10,000).
    pub reservations: usize,
}
