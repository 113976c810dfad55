//! What the web is told: checked configuration, made by `src/config`.

use crate::api::key::ApiKey;
use crate::challenge::Challenge;
use crate::identity::SiteIdentity;
use crate::limit::Rate;
use crate::oidc::settings::OidcSettings;
use crate::origin::PublicOrigin;
use crate::site_files::Pages;
use crate::turn::TurnServer;
use crate::watch::WatchPolicy;
use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;
use warmline_coordination::asking::Asking;
use warmline_coordination::request::{AgentRef, Mode};

/// Everything the web is configured with.
#[derive(Clone)]
pub struct WebSettings {
    /// Who may log in.
    pub directory: Vec<AgentLogin>,
    /// Firms' own providers, where agents log in; one a firm at most.
    pub oidc: Vec<OidcSettings>,
    /// Keys of programs.
    pub api_keys: Vec<ApiKey>,
    /// Sites with the script tag; names are unique over all firms.
    pub sites: Vec<SiteInfo>,
    /// Sites that are no more since a reload: their open pages go on, new requests are refused.
    pub(crate) former_sites: Vec<SiteInfo>,
    /// Agents who are no more since a reload: their open sessions are good until their firm has logged them off; no log-in is.
    pub(crate) former_agents: Vec<AgentRef>,
    /// The firms whose visitors are watched.
    pub watches: Vec<WatchPolicy>,
    /// With which keys sites sign who their visitors are, by the site's name.
    pub identities: HashMap<String, SiteIdentity>,
    /// Origins under which agents open the desktop, `https://desk.acme.test`. Empty: whatever the `Host` header says, which is right
    /// unless a proxy rewrites it.
    pub public_origins: Vec<String>,
    /// Where visitors' pages are looked at.
    pub pageview_origin: PublicOrigin,
    /// Seals cookies and tokens; kept over restarts.
    pub cookie_secret: [u8; 64],
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    pub trusted_proxies: Vec<TrustedNet>,
    /// The way round networks that let no UDP out, where there is one.
    pub turn: Option<TurnServer>,
    /// Limits against strangers.
    pub limits: Limits,
    /// The built pages.
    pub pages: Pages,
}

impl WebSettings {
    /// With a secret, the page-view origin, and nobody and nothing else.
    pub fn new(cookie_secret: [u8; 64], pageview_origin: PublicOrigin) -> Self {
        WebSettings {
            directory: Vec::new(),
            oidc: Vec::new(),
            api_keys: Vec::new(),
            sites: Vec::new(),
            former_sites: Vec::new(),
            former_agents: Vec::new(),
            watches: Vec::new(),
            identities: HashMap::new(),
            public_origins: Vec::new(),
            pageview_origin,
            cookie_secret,
            trusted_proxies: Vec::new(),
            turn: None,
            limits: Limits::default(),
            pages: Pages::embedded(),
        }
    }
}

/// Who may log in, and how that is checked.
#[derive(Clone)]
pub struct AgentLogin {
    /// The firm's name.
    pub firm: String,
    /// Log-in name, unique in the firm.
    pub agent: String,
    /// Argon2 PHC string.
    pub password_hash: String,
    /// He supervises the whole firm, and not some of its queues.
    pub whole_firm: bool,
}

impl AgentLogin {
    /// Who it is.
    pub(crate) fn agent(&self) -> AgentRef {
        AgentRef { firm: self.firm.clone(), agent: self.agent.clone() }
    }
}

/// A site, as far as the web needs to know it.
#[derive(Clone, Debug)]
pub struct SiteInfo {
    /// The public key in the script tag.
    pub name: String,
    /// Whose it is.
    pub firm: String,
    /// `https://shop.test`: no path, no trailing slash.
    pub origins: Vec<String>,
    /// Version of the consent text that is in force.
    pub consent_version: String,
    /// ISO 3166 countries that may be called back.
    pub countries: Vec<String>,
    /// Who wants to be called now is called only within the hours of his number.
    pub now_keeps_hours: bool,
    /// What is offered.
    pub modes: Vec<Mode>,
    /// The firm's name as the widget shows it.
    pub brand: String,
    /// Visitors can be told by e-mail when they are called.
    pub confirms: bool,
    /// Visitors can write to its queue.
    pub writes: bool,
    /// What its visitors are asked.
    pub asking: Asking,
    /// When who wants to be called has to prove that he is no machine.
    pub challenge: Challenge,
}

/// Limits against strangers.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Reservations of an address (20 a minute).
    pub reservations: Rate,
    /// Sessions of an address (60 a minute).
    pub sessions: Rate,
    /// Other visitors' calls and streams of an address (120 a minute).
    pub visitor_calls: Rate,
    /// Messages of visitors' chats, sent and asked for, of an address (600 a minute).
    pub chat_calls: Rate,
    /// Wrong passwords of an address for one name (5 a minute).
    pub wrong_passwords: Rate,
    /// Wrong passwords of an address for all names together (60 a minute), those that are being checked among them.
    pub wrong_log_ins: Rate,
    /// Wrong API keys of an address (10 a minute).
    pub wrong_keys: Rate,
    /// Calls with one API key (600 a minute).
    pub api_calls: Rate,
    /// Open event streams of a firm (16).
    pub event_streams: usize,
    /// Open visitors' streams (10,000).
    pub visitor_streams: usize,
    /// Open streams of a firm's visitors who have not asked for anything yet (4,000).
    pub watch_streams: usize,
    /// What an address tells of its visitors' doings (1,200 requests a minute: an office may be behind it).
    pub activity: Rate,
    /// How often a stream is pinged (20 s).
    pub ping_every: Duration,
    /// A stream that said nothing for so long is dead (60 s).
    pub dead_after: Duration,
    /// How long a write to a stream may take (10 s).
    pub write_within: Duration,
    /// How long a firm may take to answer a request (10 s).
    pub answer_within: Duration,
    /// How long a body may take to arrive (20 s).
    pub body_within: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            reservations: Rate::per_minute(20),
            sessions: Rate::per_minute(60),
            visitor_calls: Rate::per_minute(120),
            chat_calls: Rate::per_minute(600),
            wrong_passwords: Rate::per_minute(5),
            wrong_log_ins: Rate::per_minute(60),
            wrong_keys: Rate::per_minute(10),
            api_calls: Rate::per_minute(600),
            event_streams: 16,
            visitor_streams: 10_000,
            watch_streams: 4_000,
            activity: Rate::per_minute(1_200),
            ping_every: Duration::from_secs(20),
            dead_after: Duration::from_secs(60),
            write_within: Duration::from_secs(10),
            answer_within: Duration::from_secs(10),
            body_within: Duration::from_secs(20),
        }
    }
}

/// An address range, `10.0.0.0/8` or `::1`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TrustedNet {
    address: IpAddr,
    prefix: u8,
}

/// A text that is not an address range.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InvalidNet;

impl fmt::Display for InvalidNet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an address or a range such as 10.0.0.0/8")
    }
}

impl std::error::Error for InvalidNet {}

impl FromStr for TrustedNet {
    type Err = InvalidNet;
    fn from_str(text: &str) -> Result<Self, InvalidNet> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| InvalidNet)?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.parse().ok().filter(|&bits| bits <= longest).ok_or(InvalidNet)?,
            None => longest,
        };
        Ok(TrustedNet { address, prefix })
    }
}

impl From<IpAddr> for TrustedNet {
    /// Just this address.
    fn from(address: IpAddr) -> Self {
        TrustedNet { address, prefix: if address.is_ipv4() { 32 } else { 128 } }
    }
}

impl TrustedNet {
    /// Whether an address is in the range.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(net), IpAddr::V4(address)) => {
                let host_bits = 32 - u32::from(self.prefix);
                u64::from(net.to_bits()) >> host_bits == u64::from(address.to_bits()) >> host_bits
            }
            (IpAddr::V6(net), IpAddr::V6(address)) => {
                let host_bits = 128 - u32::from(self.prefix);
                net.to_bits().checked_shr(host_bits) == address.to_bits().checked_shr(host_bits)
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_their_addresses_and_no_others() {
        let net: TrustedNet = "10.1.0.0/16".parse().unwrap();
        assert!(net.contains("10.1.255.3".parse().unwrap()));
        assert!(net.contains("::ffff:10.1.0.1".parse().unwrap()));
        assert!(!net.contains("10.2.0.1".parse().unwrap()));
        assert!(!net.contains("::1".parse().unwrap()));
        let one: TrustedNet = "2001:db8::7".parse().unwrap();
        assert!(one.contains("2001:db8::7".parse().unwrap()));
        assert!(!one.contains("2001:db8::8".parse().unwrap()));
        assert!("0.0.0.0/0".parse::<TrustedNet>().unwrap().contains("203.0.113.9".parse().unwrap()));
        assert!("::/0".parse::<TrustedNet>().unwrap().contains("2001:db8::8".parse().unwrap()));
        for wrong in ["10.0.0.0/33", "10.0.0/8", "::/129", "x", "10.0.0.0/"] {
            assert_eq!(wrong.parse::<TrustedNet>(), Err(InvalidNet), "{wrong}");
        }
    }
}
