//! The firm of the journeys, and its agents' desktops: they draw pages, answer probes, and come back when they were paused.

use crate::setting::{self, FIRM, TRUNK};
use serde_json::Value;
use std::time::Duration;
use warmline_coordination::dial_limits::DialLimits;
use warmline_coordination::ids::{ReservationId, VisitorId};
use warmline_coordination::request::{AgentRef, Consent, Mode, OpenReservation, Page, Request};
use warmline_coordination::settings::{
    AgentSettings, CallingSettings, CallmeSettings, CallsSettings, ChatSettings, FirmSettings, Limits,
    LivePolicy, PoolSettings, QueueSettings, Represents, SiteSettings, Station,
};
use warmline_coordination::spending::Spend;
use warmline_time::Time;

/// Agents of the firm; the last has a desk phone of the node's.
pub const DESKS: usize = 3;

/// Visitors who have no number of their own, at most: the next have tickets.
const PLACES: usize = 1;

/// One agent.
pub struct Desk {
    pub who: AgentRef,
    /// His phone among the peers, and the name it is registered under.
    pub phone: usize,
    pub stream: u64,
    pub me: Value,
    pub current: Value,
}

impl Desk {
    pub fn of(index: usize) -> Self {
        let phone = if index == DESKS - 1 { setting::phone_of(1) } else { setting::phone_of_agent(index) };
        Desk {
            who: AgentRef { firm: FIRM.into(), agent: setting::agent(index) },
            phone,
            stream: 1,
            me: Value::Null,
            current: Value::Null,
        }
    }

    /// Whether he uses the credential of his session.
    pub fn has_session_phone(index: usize) -> bool {
        index != DESKS - 1
    }

    /// What of the current contact is to be drawn.
    pub fn page(&self) -> Option<(ReservationId, Option<String>)> {
        let reservation = self.current["reservation"].as_str()?.parse().ok()?;
        Some((reservation, self.current["snapshot"].as_str().map(str::to_owned)))
    }

    pub fn is_paused(&self) -> bool {
        self.me["state"] == "not_ready" && !self.me["notice"].is_null()
    }
}

/// What a visitor's own phone has as its number.
pub fn visitor_number(visitor: usize) -> String {
    format!("+491512345{visitor:04}")
}

/// Whose number it is.
pub fn visitor_of_number(number: &str) -> Option<usize> {
    number.strip_prefix("+491512345")?.parse().ok()
}

/// A click.
pub fn click(visitor: usize, mode: Mode) -> OpenReservation {
    OpenReservation {
        site: "shop".into(),
        mode,
        visitor: VisitorId::mint(Time::ZERO, visitor as u128),
        address: format!("192.0.2.{}", visitor % 250),
        page: Page {
            url: format!("https://shop.test/{visitor}"),
            title: format!("Page {visitor}"),
            ..Page::default()
        },
        snapshot: Some("ab".repeat(32)),
        consent: Some(Consent { version: "v1".into(), call: true, text: None }),
        number: (mode == Mode::Callme).then(|| visitor_number(visitor)),
        name: Some(format!("Visitor {visitor}")),
        whence: Default::default(),
        idempotency_key: None,
        identity: None,
        on_file: false,
        due: None,
        correspondent: None,
        said: Default::default(),
        watched: None,
    }
}

/// The firm, with so many agents and numbers.
pub fn firm(agents: std::ops::Range<usize>, numbers: usize) -> FirmSettings {
    let agent = |index: usize| AgentSettings {
        name: setting::agent(index),
        display_name: format!("Agent {index}"),
        picture: None,
        password_hash: String::new(),
        skills: vec![("sales".into(), 3)],
        represents: Represents::default(),
        station: match Desk::has_session_phone(index) {
            true => Station::Browser,
            false => Station::Account(setting::account(1)),
        },
        calling: CallingSettings { outbound: true, ..CallingSettings::default() },
        supervisor: None,
        rights: Default::default(),
        backup: None,
        warm_code: None,
        chats: 3,
    };
    FirmSettings {
        name: FIRM.into(),
        clients: Vec::new(),
        bad_callers: Default::default(),
        sites: vec![SiteSettings {
            name: "shop".into(),
            origins: vec!["https://shop.test".into()],
            pool: "web".into(),
            further: Vec::new(),
            abroad: Default::default(),
            queue: "sales".into(),
            client: None,
            live: LivePolicy::Ask,
            push: Vec::new(),
            asking: Default::default(),
        }],
        pools: vec![PoolSettings {
            name: "web".into(),
            numbers: (0..numbers).map(setting::point).collect(),
            trunk: TRUNK.into(),
            country: None,
            kind: Default::default(),
            ttl: Duration::from_secs(300),
            claim: Duration::from_secs(45),
            max_hold: Duration::from_secs(900),
            early: Duration::ZERO,
            trust_open_page: false,
            screen_failed: true,
            shared: None,
            remember: Duration::from_secs(1800),
            cooling: Duration::from_secs(30),
        }],
        queues: vec![QueueSettings {
            name: "sales".into(),
            skills: vec!["sales".into()],
            ring: Duration::from_secs(15),
            wrapup: Duration::from_secs(20),
            // What is said to those who wait has tests of its own.
            announce: Duration::ZERO,
            ..QueueSettings::default()
        }],
        agents: agents.map(agent).collect(),
        contacts: Vec::new(),
        callme: CallmeSettings {
            countries: vec!["DE".into()],
            ring: Duration::from_secs(30),
            consent_version: "v1".into(),
            // A dialling is judged by itself.
            retry: warmline_coordination::dialing::RetryPolicy { max_attempts: 1, ..Default::default() },
            // A few visitors ask all day long.
            limits: DialLimits {
                number_per_hour: 1_000,
                number_per_day: 10_000,
                prefix_digits: 15,
                prefix_per_hour: 1_000_000,
                site_per_hour: 1_000_000,
                visitor_per_hour: 1_000_000,
                address_per_hour: 1_000_000,
            },
            spend: Spend { prices: Vec::new(), cents_per_hour: u32::MAX, cents_per_day: u32::MAX },
            ..CallmeSettings::default()
        },
        wrapup_codes: vec!["Sold".into(), "Question".into()],
        reasons: vec!["Break".into()],
        own_numbers: Vec::new(),
        calls: CallsSettings { slots: (701, 702), ..CallsSettings::default() },
        rules: Vec::new(),
        lookup: None,
        mail: false,
        privacy: Default::default(),
        attendance: None,
        rates: None,
        chat: ChatSettings::default(),
        limits: Limits { per_visitor: 1, per_address: 5, waiting: 500, reservations: PLACES },
    }
}

/// The agent whose desktop asks.
pub fn asking(request: &Request) -> Option<AgentRef> {
    match request {
        Request::Login(who)
        | Request::Logout(who)
        | Request::Presence(who, ..)
        | Request::StreamOpened(who, _)
        | Request::StreamClosed(who, _)
        | Request::Mute(who, _)
        | Request::Hold(who, _)
        | Request::Digits(who, _)
        | Request::Consult(who, _)
        | Request::Swap(who)
        | Request::Conference(who)
        | Request::ConsultEnd(who)
        | Request::Transfer(who, _)
        | Request::Hangup(who)
        | Request::Park(who)
        | Request::Unpark(who, _)
        | Request::WrapupDone(who) => Some(who.clone()),
        Request::Rendered { agent, .. }
        | Request::ProbeAnswer { agent, .. }
        | Request::Take { agent, .. }
        | Request::Call { agent, .. }
        | Request::Outcome { agent, .. } => Some(agent.clone()),
        _ => None,
    }
}
