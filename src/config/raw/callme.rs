//! Call me as the file has it: policy, retries, times to choose from.

use super::*;
use warmline_coordination::dial_limits::DialLimits;
use warmline_coordination::dialing::{DialMode, MatchNumber};
use warmline_coordination::settings::CallmeSettings;
use warmline_coordination::spending::Spend;

/// `[firms.callme]`
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields, default)]
pub struct Callme {
    /// Countries that are called, ISO 3166 two letters; the first is the one national numbers are read in.
    pub countries: Vec<Spanned<String>>,
    /// How long it rings: 1 to 30; a campaign's customer is rung 15 at least.
    pub ring_secs: Spanned<u32>,
    /// The version of the consent text that the page shows.
    pub consent_version: String,
    /// When a number that was not reached is dialled again, by how it ended: `busy` (300 s, 3 times), `no_answer` (900, 2), `unreachable`
    /// (300, 3), `machine` (3600, 2), `congestion` (60, 3), `unknown` (60, 1: after a crash), `abandoned` (0 times: he answered
    /// and left before an agent came), `unmatched` (0 times: whoever answered did not key in the digits of the page). One that is named
    /// replaces its default. Every other end is final: a refusal is never retried.
    pub retry: BTreeMap<String, Spanned<Retry>>,
    /// Diallings of one request, whatever their ends: 1 to 20.
    pub max_attempts: Spanned<u32>,
    /// So long after it was due a request is given up: 1 to 168. One that would end while its queue is closed, or its number not to be
    /// called, is kept as long, 12 hours at most, from the next opening on.
    pub expire_hours: Spanned<u32>,
    /// So far ahead visitors may ask to be called: 1 to 365.
    pub ahead_days: Spanned<u32>,
    /// How long the slots are that they choose from: 5 to 240.
    pub slot_minutes: Spanned<u32>,
    /// How many may choose one slot; without: as many as the queue has agents.
    pub per_slot: Option<Spanned<u32>>,
    /// Who is rung first: `customer_first`, once an agent is claimed, who is joined at the answer; `agent_first`, whose customer is dialled
    /// when he has answered; `preview`: the agent looks at the request and starts the call, or leaves it. A queue may say otherwise.
    pub mode: DialMode,
    /// So long an agent may look at it in `preview`: 10 to 600.
    pub preview_secs: Spanned<u32>,
    /// Whether whoever is called keys in two digits of the page before an agent is rung: `off`, `always`, or `unverified`, who is not signed
    /// in at the site. Not with `agent_first`: nobody would ask for them.
    pub match_number: Spanned<MatchNumber>,
    /// What happens where an answering machine answers: `hang_up` (the agent is withdrawn, the call ended) or `connect` (he stays).
    /// Fax and modem are always hung up.
    pub on_machine: OnMachine,
    /// Campaigns may dial more customers than there are agents ready (no); the firm needs 10 agents for it, and `identification.wav` in
    /// `media.prompts` for each language of `countries`.
    pub predictive: Spanned<bool>,
    /// Kinds of numbers that are called: `fixed`, `mobile`, `voip`, `personal`, `toll_free`. Premium rate, shared cost, UAN, pagers,
    /// voicemail, satellite, emergency and short numbers and the firm's own never are.
    pub types: Vec<Spanned<String>>,
    /// Beginnings in E.164 that are not called (`+4470`), beside those that are built in.
    pub deny_prefixes: Vec<Spanned<String>>,
    /// Beginnings that are called all the same; of all that fit the longest decides. Satellite and other numbers of no country never are.
    pub allow_prefixes: Vec<Spanned<String>>,
    /// When somebody is called, by his own clock: `default`, countries (`DE`) and states (`US-FL`), each `08:00-20:00` or
    /// `mon-fri 08:00-20:00; sat 10:00-14:00`. Of several zones that a number may be in, each must allow it.
    pub calling_hours: BTreeMap<String, Spanned<String>>,
    /// Who has just asked to be called now is called whatever the hour: once, and within 15 minutes.
    pub exempt_immediate: bool,
    /// A register of people who want no calls (the files of `do_not_call`, and what programs have imported with `registry`) does not count
    /// for who asks for this very call himself, where that is proven: he is signed in at the site and it is his number there, or
    /// `match_number` has whoever answers key in the digits of the page before an agent is rung. Who said never to the firm, or to its
    /// agent, is not called all the same.
    pub own_request_over_registry: bool,
    /// For so many days a site remembers, for who is not signed in, the number at which his browser asked to be called last; his page shows
    /// it masked (`+49 151 ••••• 34`): 0 (never) to 90.
    pub remember_number_days: Spanned<u32>,
    /// How often it dials, and what may be spent on it.
    pub limits: CallmeLimits,
    /// From this score on who asks to be called has to prove by work of his browser that he is no machine: 0 (never) to 100. What counts:
    /// many requests of an address, several numbers of a visitor or an address, a number of another country than the site's first and
    /// the browser's, a page on which nothing was done. Who is signed in, and programs, never have to.
    pub challenge_score: Spanned<u32>,
    /// How much work: 8 to 24 bits; each doubles it.
    pub challenge_bits: Spanned<u32>,
    /// What its calls cost, by the beginning of the number; of all that fit the longest decides. Where none fits: 5 cents a minute.
    pub prices: Vec<Price>,
}

/// `[firms.callme.limits]`: agents' own calls do not count, campaigns' jobs for their numbers and the budgets alone. What is over is
/// refused where somebody asks (429 `callme_limited` or `callme_not_now`) and waited for before each dialling.
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields, default)]
pub struct CallmeLimits {
    /// Diallings of one number in an hour: 1 to 1,000.
    pub number_per_hour: Spanned<u32>,
    /// Diallings of one number in a day: 1 to 1,000.
    pub number_per_day: Spanned<u32>,
    /// How many digits of a number in E.164, country and area, its neighbours share: 1 to 15.
    pub prefix_digits: Spanned<u32>,
    /// Diallings of neighbours in an hour: 1 to 1,000,000.
    pub prefix_per_hour: Spanned<u32>,
    /// Diallings for one site in an hour: 1 to 1,000,000.
    pub site_per_hour: Spanned<u32>,
    /// Diallings for one visitor in an hour: 1 to 1,000,000.
    pub visitor_per_hour: Spanned<u32>,
    /// Diallings for one address (a /64 in IPv6) in an hour: 1 to 1,000,000.
    pub address_per_hour: Spanned<u32>,
    /// What an hour's calls may cost, their talk and a minute for each that was answered, before nobody is called any more for an
    /// hour: 1 to 1,000,000,000.
    pub cents_per_hour: Spanned<u32>,
    /// The same of a day: nobody is called until less was spent in the last 24 hours.
    pub cents_per_day: Spanned<u32>,
}

/// `[[firms.callme.prices]]`
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// The beginning of numbers in E.164 (`+49`); `+`: of all.
    pub prefix: Spanned<String>,
    /// 0 to 10,000.
    pub cents_per_minute: Spanned<u32>,
}

impl Default for CallmeLimits {
    fn default() -> Self {
        let (dials, spend) = (DialLimits::default(), Spend::default());
        let figure = |figure| Spanned::new(0..0, figure);
        CallmeLimits {
            number_per_hour: figure(dials.number_per_hour),
            number_per_day: figure(dials.number_per_day),
            prefix_digits: figure(dials.prefix_digits),
            prefix_per_hour: figure(dials.prefix_per_hour),
            site_per_hour: figure(dials.site_per_hour),
            visitor_per_hour: figure(dials.visitor_per_hour),
            address_per_hour: figure(dials.address_per_hour),
            cents_per_hour: figure(spend.cents_per_hour),
            cents_per_day: figure(spend.cents_per_day),
        }
    }
}

/// `on_machine`
#[derive(Deserialize, Serialize, Clone, Copy, Default, Debug)]
#[serde(rename_all = "snake_case")]
pub enum OnMachine {
    /// The agent is withdrawn, the call ended.
    #[default]
    HangUp,
    /// He stays.
    Connect,
}

impl From<OnMachine> for warmline_coordination::settings::OnMachine {
    fn from(raw: OnMachine) -> Self {
        match raw {
            OnMachine::HangUp => Self::HangUp,
            OnMachine::Connect => Self::Connect,
        }
    }
}

/// After one kind of end.
#[derive(Deserialize, Serialize, Debug, Clone, Copy)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// How long it is waited: at most a day.
    pub after_secs: u32,
    /// How often it is tried again for this reason: 0 to 20.
    pub times: u32,
}

impl Default for Callme {
    fn default() -> Self {
        let figure = |figure| Spanned::new(0..0, figure);
        let (score, bits) = CallmeSettings::default().challenge;
        Callme {
            countries: Vec::new(),
            ring_secs: figure(30),
            consent_version: "1".into(),
            retry: BTreeMap::new(),
            max_attempts: figure(6),
            expire_hours: figure(24),
            ahead_days: figure(30),
            slot_minutes: figure(15),
            per_slot: None,
            mode: DialMode::default(),
            preview_secs: figure(60),
            match_number: Spanned::new(0..0, MatchNumber::default()),
            on_machine: OnMachine::default(),
            predictive: Spanned::new(0..0, false),
            types: ["fixed", "mobile"].map(|kind| Spanned::new(0..0, kind.to_owned())).into(),
            deny_prefixes: Vec::new(),
            allow_prefixes: Vec::new(),
            calling_hours: BTreeMap::new(),
            exempt_immediate: true,
            own_request_over_registry: false,
            remember_number_days: figure(7),
            limits: CallmeLimits::default(),
            challenge_score: figure(score),
            challenge_bits: figure(bits),
            prices: Vec::new(),
        }
    }
}
