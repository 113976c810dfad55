//! The program itself, on free ports.

use super::process::Process;
use super::{client, folder, free_port, port_range};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

pub struct Switch {
    pub folder: PathBuf,
    pub process: Process,
    pub ready: Value,
    pub sip: u16,
}

/// What a test wants to be different.
pub struct Setup {
    /// The carrier's SIP port.
    pub carrier: u16,
    /// Appended to the file.
    pub more: String,
    /// `firms.limits` and the like replace the text on the left by that on the right.
    pub replace: Vec<(String, String)>,
}

impl Setup {
    /// Alice at a telephone of the network, which needs no registration.
    pub fn outside(carrier: u16) -> Self {
        let station = ("account:alice-phone".to_string(), "+493055512345".to_string());
        Setup { carrier, replace: vec![station], ..Setup::default() }
    }

    /// Whoever may be dialled again is, a second later, three times in all.
    pub fn insistent(mut self) -> Self {
        let row = |end| format!("{end} = {{ after_secs = 1, times = 2 }}");
        let retry = warmline_coordination::dialing::RETRIED.map(row).join(", ");
        self.replace.push(("max_attempts = 1".into(), format!("max_attempts = 3, retry = {{ {retry} }}")));
        self
    }
}

impl Default for Setup {
    fn default() -> Self {
        Setup { carrier: free_port(), more: String::new(), replace: Vec::new() }
    }
}

/// The password of every agent and account.
pub const PASSWORD: &str = "correct horse";

/// A firm with two agents at SIP phones and one at a browser, one trunk, ten numbers.
pub fn configuration(sip: u16, setup: &Setup) -> String {
    let (first, last) = port_range(200);
    let hash = hash();
    let text = format!(
        r#"
[node]
data = "data"
certs = "certs"
advertise = "127.0.0.1"
[sip]
listen = ["udp:127.0.0.1:{sip}", "tcp:127.0.0.1:{sip}"]
[web]
http = "127.0.0.1:0"
https = "127.0.0.1:0"
pageview = "127.0.0.1:0"
admin = "127.0.0.1:0"
shop = "127.0.0.1:0"
reservations_per_minute = 1000000
[media]
rtp_ports = "{first}-{last}"
webrtc_port = {webrtc}
[[trunks]]
name = "carrier"
peers = ["127.0.0.1:{carrier}"]
max_cps = 1000
max_calls = 1000
ping_secs = 0
[[firms]]
name = "acme"
callme = {{ countries = ["DE"], consent_version = "2026-11", ring_secs = 10, max_attempts = 1, challenge_score = 0, calling_hours = {{ default = "00:00-24:00", DE = "00:00-24:00" }}, limits = {{ number_per_hour = 1000, number_per_day = 1000, prefix_per_hour = 1000000, site_per_hour = 1000000, visitor_per_hour = 1000000, address_per_hour = 1000000, cents_per_hour = 1000000000, cents_per_day = 1000000000 }} }}
limits = {{ per_visitor = 1, per_address = 100000 }}
[[firms.sites]]
name = "shop"
origins = ["https://shop.test"]
pool = "web"
[[firms.pools]]
name = "web"
numbers = ["+493012345000..+493012345009"]
trunk = "carrier"
cooling_secs = 1
early_secs = 0
[[firms.queues]]
name = "sales"
skills = ["sales"]
ring_secs = 5
wrapup_secs = 1
[[firms.agents]]
name = "alice"
rights = ["priority"]
password_hash = "{hash}"
skills = {{ sales = 3 }}
station = "account:alice-phone"
[[firms.agents]]
name = "bob"
password_hash = "{hash}"
skills = {{ sales = 3 }}
station = "browser"
[[accounts]]
user = "alice-phone"
password = "{PASSWORD}"
[[accounts]]
user = "201"
password = "{PASSWORD}"
[[accounts]]
user = "202"
password = "{PASSWORD}"
[[routes]]
match = '^\+493012345100$'
to = "account:201"
[[routes]]
match = '^\+493012345200$'
to = "queue:acme/sales"
[[routes]]
match = '^0(\d+)$'
from = "accounts"
to = "trunk:carrier/+49$1"
[[routes]]
match = '^20\d$'
to = "account:202"
"#,
        webrtc = free_port(),
        carrier = setup.carrier,
    );
    let text = setup.replace.iter().fold(text, |text, (from, to)| text.replace(from, to));
    text + &setup.more
}

/// The hash of [`PASSWORD`].
pub fn hash() -> String {
    static HASH: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    HASH.get_or_init(|| warmline::cli::hash(PASSWORD).expect("hashed")).clone()
}

impl Switch {
    pub fn start(setup: &Setup) -> Self {
        let folder = folder("switch");
        let sip = free_port();
        std::fs::write(folder.join("warmline.toml"), configuration(sip, setup)).expect("written");
        Self::start_in(folder, sip)
    }

    /// Again on the same folder, after `kill`.
    pub fn start_in(folder: PathBuf, sip: u16) -> Self {
        let (process, line) = Process::start_reading(&mut command(&folder), &folder.join("warmline.log"));
        let ready: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no ready line: {line}"));
        Switch { folder, process, ready: ready["ready"].clone(), sip }
    }

    pub fn http(&self) -> String {
        format!("http://{}", self.ready["http"].as_str().expect("bound"))
    }

    /// Waits until all calls are cleared; nothing went wrong inside meanwhile.
    pub fn ends_sane(&self) {
        super::until("all calls are cleared", || {
            (self.metric("warmline_coordination_calls_live") == 0.0).then_some(())
        });
        assert_eq!(self.metric("reservation_invariant_violations_total"), 0.0);
        assert_eq!(self.metric("warmline_panics_total"), 0.0);
    }

    /// What the program has written so far, read beside it: each row's time in microseconds, and its fact.
    pub fn journal(&self) -> Vec<(u64, Value)> {
        let file = rusqlite::Connection::open(self.folder.join("data/warmline.db")).expect("a file");
        let mut rows = file.prepare("SELECT time, fact FROM journal ORDER BY id").expect("a query");
        let row = |row: &rusqlite::Row| Ok((row.get(0)?, row.get::<_, String>(1)?));
        let rows = rows.query_map([], row).expect("read").map(|row| row.expect("a row"));
        rows.map(|(time, fact)| (time, serde_json::from_str(&fact).expect("JSON"))).collect()
    }

    pub fn metric(&self, name: &str) -> f64 {
        let admin = self.ready["admin"].as_str().expect("bound");
        let text = client::get(&format!("http://{admin}/metrics"));
        let rows = text.lines().filter(|line| line.starts_with(name) && !line.starts_with('#'));
        rows.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }
}

/// The command that runs the program on a folder's configuration.
pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warmline"));
    command.args(["run", "--config"]).arg(folder.join("warmline.toml"));
    command
}
