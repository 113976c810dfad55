//! The program under test: the defaults but for limits that protect against what a bench does.

use crate::support::switch::{PASSWORD, Switch};
use crate::support::{folder, free_port, until};

/// What a part wants to be different.
pub struct Wish {
    /// First and last port of RTP.
    pub rtp_ports: (u16, u16),
    pub anchor: bool,
    /// The carrier's port.
    pub carrier: u16,
    /// Tables after those of the firm's agents.
    pub more: String,
    /// Further keys of `callme`.
    pub callme: String,
    /// Visitors that may wait, and requests that may be there.
    pub limit: u32,
}

impl Default for Wish {
    fn default() -> Self {
        Wish {
            rtp_ports: (30_100, 30_199),
            anchor: true,
            carrier: port(),
            more: String::new(),
            callme: String::new(),
            limit: 50_000,
        }
    }
}

/// Ports of RTP where a part needs many calls at a time: 9,000 pairs. A pair rests 5 s after its call, so the default of
/// 5,000 pairs would itself be a limit of 500 calls a second, and these are one of 900.
pub const MANY_PORTS: (u16, u16) = (41_000, 58_999);

/// A free port that no program of a bench takes for RTP.
pub fn port() -> u16 {
    until("a free port", || Some(free_port()).filter(|port| !(MANY_PORTS.0..=MANY_PORTS.1).contains(port)))
}

/// Starts it on fresh files.
pub fn start(wish: &Wish) -> Switch {
    let folder = folder("bench");
    let sip = port();
    std::fs::write(folder.join("warmline.toml"), text(sip, wish)).expect("written");
    Switch::start_in(folder, sip)
}

/// Ends it; its files go.
pub fn stop(switch: Switch) {
    let folder = switch.folder.clone();
    drop(switch);
    let _ = std::fs::remove_dir_all(folder);
}

/// The number that is routed to account 201.
pub const NUMBER: &str = "+493012345100";

/// The file.
pub fn text(sip: u16, wish: &Wish) -> String {
    let hash = warmline::cli::hash(PASSWORD).expect("hashed");
    let (first, last) = wish.rtp_ports;
    format!(
        r#"
[node]
advertise = "127.0.0.1"
[sip]
listen = ["udp:127.0.0.1:{sip}", "tcp:127.0.0.1:{sip}"]
[web]
http = "127.0.0.1:0"
https = "127.0.0.1:0"
pageview = "127.0.0.1:0"
admin = "127.0.0.1:0"
trusted_proxies = ["127.0.0.1"]
reservations_per_minute = 1000000
[media]
rtp_ports = "{first}-{last}"
webrtc_port = {webrtc}
anchor = {anchor}
[[trunks]]
name = "carrier"
peers = ["127.0.0.1:{carrier}"]
max_cps = 100000
max_calls = 10000
ping_secs = 0
[[firms]]
name = "acme"
limits = {{ waiting = {limit}, reservations = {limit} }}
callme = {{ countries = ["DE"], consent_version = "1", challenge_score = 0, limits = {{ number_per_hour = 1000, number_per_day = 1000, prefix_per_hour = 1000000, site_per_hour = 1000000, visitor_per_hour = 1000000, address_per_hour = 1000000, cents_per_hour = 1000000000, cents_per_day = 1000000000 }} {callme} }}
[[firms.sites]]
name = "shop"
origins = ["https://shop.test"]
pool = "web"
[[firms.pools]]
name = "web"
numbers = ["+493020000000..+493020024999"]
trunk = "carrier"
early_secs = 0
[[firms.queues]]
name = "sales"
skills = ["sales"]
wrapup_secs = 0
[[firms.agents]]
name = "alice"
password_hash = "{hash}"
skills = {{ sales = 3 }}
station = "browser"
[[firms.agents]]
name = "bob"
password_hash = "{hash}"
skills = {{ sales = 3 }}
station = "account:202"
{more}
[[accounts]]
user = "201"
password = "{PASSWORD}"
[[accounts]]
user = "202"
password = "{PASSWORD}"
[[routes]]
match = '^\+493012345100$'
to = "account:201"
"#,
        webrtc = port(),
        anchor = wish.anchor,
        more = wish.more,
        limit = wish.limit,
        callme = if wish.callme.is_empty() { String::new() } else { format!(", {}", wish.callme) },
        carrier = wish.carrier,
    )
}
