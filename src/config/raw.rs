//! The file as it is written: serde structs whose doc comments are the reference. An unknown key is an error with its line.

mod agent;
mod callme;
mod mail;
mod oidc;
mod queue;
mod turn;

pub use agent::Agent;
pub use callme::{Callme, CallmeLimits, Price, Retry};
pub use mail::Mail;
pub use oidc::Oidc;
pub use queue::{Beyond, Overflow, Queue, Week};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use toml::Spanned;
pub use turn::Turn;

/// A whole `warmline.toml`.
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Raw {
    /// This program.
    #[serde(default)]
    pub node: Node,
    /// SIP listeners.
    #[serde(default)]
    pub sip: Sip,
    /// Web listeners.
    #[serde(default)]
    pub web: Web,
    /// RTP and WebRTC.
    #[serde(default)]
    pub media: Media,
    /// Carriers.
    #[serde(default)]
    pub trunks: Vec<Trunk>,
    /// Firms with sites, pools, queues and agents.
    #[serde(default)]
    pub firms: Vec<Firm>,
    /// Plain SIP phones.
    #[serde(default)]
    pub accounts: Vec<Account>,
    /// Static routes, the first match wins.
    #[serde(default)]
    pub routes: Vec<Route>,
}

/// `[node]`
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields, default)]
pub struct Node {
    /// Folder of the journal; made if missing.
    pub data: String,
    /// Folder of certificates; development certificates are made there if none are.
    pub certs: String,
    /// Address in SDP, Contact and candidates; default: the one that routes to the peer.
    pub advertise: Option<Spanned<String>>,
    /// Realm and domain of `[[accounts]]`.
    pub domain: String,
    /// Numbers that no firm calls (the provider's suppression list): a file as of the firms' `do_not_call`.
    pub do_not_call: Option<Spanned<PathBuf>>,
    /// For so many days it is kept why which agent was chosen, with all candidates; 0: for an hour, in memory alone. At most 400.
    pub decisions_days: Spanned<u32>,
}

impl Default for Node {
    fn default() -> Self {
        Node {
            data: "data".into(),
            certs: "certs".into(),
            advertise: None,
            domain: "warmline".into(),
            do_not_call: None,
            decisions_days: Spanned::new(0..0, 7),
        }
    }
}

/// `[sip]`
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields, default)]
pub struct Sip {
    /// `udp:…`, `tcp:…`, `tls:…` with address and port. WebSocket is `/sip` on the web listeners.
    pub listen: Vec<Spanned<String>>,
    /// Offer SHA-256 before MD5 to phones (RFC 8760). Many give up at the sight of it: browsers' JsSIP and baresip 1.0 among them.
    pub digest_sha256: bool,
    /// How often a phone that has registered by UDP is asked (OPTIONS) whether it is there. One that does not answer twice in a row, or
    /// not within a second of being rung, is not rung before it answers again. 0: it is not asked; else 10 to 3,600.
    pub phone_ping_secs: Spanned<u32>,
    /// After so many refusals within a minute, of strangers' calls and of wrong passwords, nothing that an address begins is looked at any
    /// more for `ban_secs`; what trunks and registered phones send always is. 0: nobody is banned.
    pub ban_after: u32,
    /// How long.
    pub ban_secs: u32,
    /// What phones of ours dial to hear themselves (default `*43`): digits, `*` and `#`, at most 16. Empty: nothing.
    pub echo_number: Spanned<String>,
}

impl Default for Sip {
    fn default() -> Self {
        let listen = ["udp:0.0.0.0:5060", "tcp:0.0.0.0:5060"];
        Sip {
            listen: listen.iter().map(|text| Spanned::new(0..0, text.to_string())).collect(),
            digest_sha256: false,
            phone_ping_secs: Spanned::new(0..0, 30),
            ban_after: 20,
            ban_secs: 600,
            echo_number: Spanned::new(0..0, "*43".into()),
        }
    }
}

/// `[web]`
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields, default)]
pub struct Web {
    /// Plain HTTP: API, desktop, widget.
    pub http: Spanned<String>,
    /// The same over TLS, and WSS.
    pub https: Spanned<String>,
    /// The page view's own origin, HTTP or TLS as the browser comes.
    pub pageview: Spanned<String>,
    /// `/healthz`, `/readyz`, `/metrics`.
    pub admin: Spanned<String>,
    /// The demo shop, HTTP or TLS; none by default.
    pub shop: Option<Spanned<String>>,
    /// Where browsers find the main origin, `https://switch.example`; default: the host they came by.
    pub public_url: Option<Spanned<String>>,
    /// Proxies whose X-Forwarded-For and -Proto are believed.
    pub trusted_proxies: Vec<Spanned<String>>,
    /// PEM files; default: development certificates in `node.certs`.
    pub certificate: Option<String>,
    /// The certificate's key.
    pub private_key: Option<String>,
    /// Reservations a minute that one address may ask for.
    pub reservations_per_minute: u32,
    /// Page loads with the widget a minute that one address may have: an office behind one address needs more.
    pub sessions_per_minute: u32,
    /// A TURN server beside us.
    pub turn: Option<Turn>,
}

impl Default for Web {
    fn default() -> Self {
        let at = |text: &str| Spanned::new(0..0, text.to_string());
        Web {
            http: at("0.0.0.0:8080"),
            https: at("0.0.0.0:8443"),
            pageview: at("0.0.0.0:8444"),
            admin: at("127.0.0.1:9060"),
            shop: None,
            public_url: None,
            trusted_proxies: Vec::new(),
            certificate: None,
            private_key: None,
            reservations_per_minute: 20,
            sessions_per_minute: 60,
            turn: None,
        }
    }
}

/// `[media]`
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields, default)]
pub struct Media {
    /// First and last port of RTP and RTCP.
    pub rtp_ports: Spanned<String>,
    /// UDP port of browsers' media; plus the worker's number.
    pub webrtc_port: Spanned<u16>,
    /// Threads.
    pub workers: Spanned<u16>,
    /// Whether media goes through us. Only benches say false.
    pub anchor: bool,
    /// Folder of what is said to callers: `LANGUAGE/enter-pin.wav`, `wrong-pin.wav`, `accepted.wav`, `please-hold.wav`, and to agents'
    /// phones outside: `new-call.wav`, `colleague-asks.wav`, `your-call.wav`, `press-one.wav`, `queue-FIRM-QUEUE.wav`; with ISO 639
    /// languages such as `en`, which stands in for those that are not there. Where a file is missing a short melody is played.
    pub prompts: Option<Spanned<String>>,
}

impl Default for Media {
    fn default() -> Self {
        Media {
            rtp_ports: Spanned::new(0..0, "20000-29999".into()),
            webrtc_port: Spanned::new(0..0, 20000),
            workers: Spanned::new(0..0, 1),
            anchor: true,
            prompts: None,
        }
    }
}

/// `[[trunks]]`
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Trunk {
    /// Unique.
    pub name: Spanned<String>,
    /// `host:port`, in order of preference. Requests from here are trusted; OPTIONS go here.
    pub peers: Vec<Spanned<String>>,
    /// `udp` or `tcp`.
    #[serde(default = "udp")]
    pub transport: Spanned<String>,
    /// Further addresses whose requests are the trunk's.
    #[serde(default)]
    pub trusted: Vec<Spanned<String>>,
    /// Where the called number is looked for, in order: `ruri`, `to`, `diversion`, `history-info`.
    #[serde(default = "did_from")]
    pub did_from: Vec<Spanned<String>>,
    /// Calls at a time.
    #[serde(default = "max_calls")]
    pub max_calls: usize,
    /// New calls a second, out.
    #[serde(default = "max_cps")]
    pub max_cps: u32,
    /// Seconds between OPTIONS; 0: none, the trunk counts as up.
    #[serde(default = "ping_secs")]
    pub ping_secs: u32,
    /// REGISTER towards it with this user.
    pub register: Option<Register>,
    /// It is a telephone system with phones of its own: a call that comes from it for an agent there (station
    /// `extension:TRUNK/NUMBER`) is handed back with 302 and does not pass through us.
    #[serde(default)]
    pub redirect: bool,
}

fn udp() -> Spanned<String> {
    Spanned::new(0..0, "udp".into())
}
fn did_from() -> Vec<Spanned<String>> {
    ["ruri", "to", "diversion"].iter().map(|text| Spanned::new(0..0, text.to_string())).collect()
}
fn max_calls() -> usize {
    60
}
fn max_cps() -> u32 {
    10
}
fn ping_secs() -> u32 {
    30
}

/// `register` of a trunk.
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// User name.
    pub user: String,
    /// Password; `${NAME}` takes it from the environment.
    pub password: String,
}

/// `[[firms]]`
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Firm {
    /// Lower case letters, digits and hyphens; the realm of its agents' phones.
    pub name: Spanned<String>,
    /// Those in whose name it answers, where it answers for others.
    #[serde(default)]
    pub clients: Vec<Client>,
    /// Web sites.
    #[serde(default)]
    pub sites: Vec<Site>,
    /// Pools of numbers.
    #[serde(default)]
    pub pools: Vec<Pool>,
    /// Queues.
    #[serde(default)]
    pub queues: Vec<Queue>,
    /// Agents.
    #[serde(default)]
    pub agents: Vec<Agent>,
    /// What is asked of each contact before an agent is looked for; the first that holds is followed. At most 100.
    #[serde(default)]
    pub rules: Vec<super::rules::Rule>,
    /// Customers known from the start.
    #[serde(default)]
    pub contacts: Vec<Contact>,
    /// More of them: a CSV file (UTF-8, with a header) with the columns `name`, `numbers` (E.164, separated by spaces or
    /// semicolons), `notes`, `priority` and `customer_id`, in any order; all but `name` may be missing.
    pub contacts_file: Option<Spanned<PathBuf>>,
    /// Whom it calls back.
    #[serde(default)]
    pub callme: Callme,
    /// Numbers it never calls: a text or CSV file, one a line, in the first column; read again with each reload.
    pub do_not_call: Option<Spanned<PathBuf>>,
    /// Callers of whom nothing good comes, a file as of `do_not_call`: at a number that somebody holds or held they are asked for the PIN.
    pub bad_callers: Option<Spanned<PathBuf>>,
    /// Limits against strangers.
    #[serde(default)]
    pub limits: Limits,
    /// What a contact was about: an agent chooses one during or after it. At most 50.
    #[serde(default)]
    pub wrapup_codes: Vec<Spanned<String>>,
    /// Why an agent is not ready: he chooses one. At most 20.
    #[serde(default)]
    pub not_ready_reasons: Vec<Spanned<String>>,
    /// E.164: what agents may show to customers they call, the first unless they choose another; default: each pool's first number.
    #[serde(default)]
    pub caller_ids: Vec<Spanned<String>>,
    /// How long a call is parked before the one who parked it is rung.
    #[serde(default = "park_secs")]
    pub park_secs: u32,
    /// The first and the last slot of parked calls: extensions that desk phones may dial, at most 100.
    #[serde(default = "park_slots")]
    pub park_slots: Spanned<String>,
    /// The extension of the warm line: an agent's phone that dials it, as desk phones may whenever they are lifted (hotline), calls the
    /// customer who is on his screen, or has the call that is offered to him.
    pub warm_line: Option<Spanned<u16>>,
    /// E.164: the same for agents whose station is a number, known by it.
    pub warm_line_number: Option<Spanned<String>>,
    /// How its agents chat.
    #[serde(default)]
    pub chat: Chat,
    /// Keys of the firm's own programs.
    #[serde(default)]
    pub keys: Vec<Key>,
    /// Where its events are posted to.
    #[serde(default)]
    pub webhooks: Vec<Webhook>,
    /// Its CRM, asked who visitors and callers are.
    pub lookup: Option<Lookup>,
    /// Its OpenID Connect provider, where its agents log in.
    pub oidc: Option<Oidc>,
    /// Its mail server.
    pub mail: Option<Mail>,
    /// What becomes of people who want to be forgotten.
    #[serde(default)]
    pub privacy: Privacy,
    /// What its usage costs (`GET /v1/usage`).
    pub rates: Option<Rates>,
    /// Visitors of its sites are watched, and whoever may want help is offered it; without it they are not.
    pub watch: Option<super::watch::Watch>,
}

/// `[firms.rates]`: in the currency, four decimals at most.
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// As it is printed: `EUR`.
    pub currency: Spanned<String>,
    /// A visitor's request, whatever the channel.
    #[serde(default = "nothing")]
    pub reservation: Spanned<f64>,
    /// A number held for an hour; parts of it in part.
    #[serde(default = "nothing")]
    pub number_hour: Spanned<f64>,
    /// A minute of calls.
    #[serde(default = "nothing")]
    pub minute: Spanned<f64>,
    /// A chat.
    #[serde(default = "nothing")]
    pub chat: Spanned<f64>,
    /// An invitation.
    #[serde(default = "nothing")]
    pub invitation: Spanned<f64>,
    /// A letter.
    #[serde(default = "nothing")]
    pub letter: Spanned<f64>,
}

fn nothing() -> Spanned<f64> {
    Spanned::new(0..0, 0.0)
}

/// `[firms.privacy]`
#[derive(Deserialize, Serialize, Debug)]
#[serde(default, deny_unknown_fields)]
pub struct Privacy {
    /// With a person the evidence of the calls that he had asked for is erased, which else stays in the journal (docs/evidence.md).
    pub erase_evidence: bool,
    /// Whoever sits at a browser may have erased what is kept of it (`forget()` of the widget); `false`: the firm does it by its programs.
    pub visitors_may_erase: bool,
    /// Whoever withdraws his consent to being watched is erased, as if he had asked for it.
    pub withdrawal_erases: bool,
    /// After so many days nobody's numbers, words and pages are kept (1 to 3650); 0: for ever. Evidence stays, unless `erase_evidence`.
    pub keep_days: Spanned<u32>,
    /// Whose record nothing has been heard or written of for so many days is erased (1 to 3650); 0: nobody.
    pub contact_days: Spanned<u32>,
}

impl Default for Privacy {
    fn default() -> Self {
        Privacy {
            erase_evidence: false,
            visitors_may_erase: true,
            withdrawal_erases: false,
            keep_days: Spanned::new(0..0, 0),
            contact_days: Spanned::new(0..0, 0),
        }
    }
}

/// `[[firms.clients]]`
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// As agents read it, unique in the firm; at most 60 characters.
    pub name: Spanned<String>,
}

/// `[firms.lookup]`
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    /// `https://crm.example/lookup`; `http:` only with `allow_private`.
    pub url: Spanned<String>,
    /// `whsec_…`: `warmline webhook-secret` makes one; `${NAME}` takes it from the environment.
    pub secret: Spanned<String>,
    /// After so long the desktop says that it waits for it, 1 to 5000; nothing else ever waits.
    #[serde(default = "lookup_ms")]
    pub timeout_ms: u32,
    /// Of the answer's `fields`, those that are shown, in this order; without: all, at most 20.
    #[serde(default)]
    pub fields: Vec<String>,
    /// Contacts keep the name, the language and the priority that it answers, where they have none.
    #[serde(default)]
    pub keep: bool,
    /// It may be in the switch's own network (private and loopback addresses), and plain http.
    #[serde(default)]
    pub allow_private: bool,
}

fn lookup_ms() -> u32 {
    300
}

fn park_secs() -> u32 {
    120
}

fn park_slots() -> Spanned<String> {
    Spanned::new(0..0, "701-720".into())
}

/// `chat` of a firm.
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields, default)]
pub struct Chat {
    /// Chats that an agent holds at a time, 20 at most; 0: there are none. An agent's own `chats` goes before.
    pub chats: Spanned<u32>,
    /// New chats are offered to agents who are in a call, too.
    pub during_calls: bool,
    /// Calls are offered to agents who hold as many chats as they can, too.
    pub calls_when_full: bool,
    /// `click`: the agent takes each; `auto`: it is his at once.
    pub accept: Spanned<String>,
    /// How long a visitor's page may be gone before his chat is over.
    pub grace_secs: Spanned<u32>,
    /// How long nobody may write before a chat is over.
    pub idle_secs: Spanned<u32>,
}

impl Default for Chat {
    fn default() -> Self {
        Chat {
            chats: Spanned::new(0..0, 3),
            during_calls: false,
            calls_when_full: true,
            accept: Spanned::new(0..0, "click".into()),
            grace_secs: Spanned::new(0..0, 120),
            idle_secs: Spanned::new(0..0, 1_800),
        }
    }
}

/// `[[firms.keys]]`
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Unique in the firm; names the program.
    pub name: Spanned<String>,
    /// SHA-256 of the key's text, hexadecimal: `warmline key` makes a key and prints both.
    pub secret_sha256: Spanned<String>,
    /// `events` (hear them), `read` (see webhooks, calls, agents, queues, requests), `visitors` (ask for the site's visitors), `calls` (do with
    /// calls and agents what desktops can), `people` (see calls' customers; with `read`, contacts), `contacts` (change their records, which takes
    /// both), `campaigns` (put in jobs of the firm's own), `do_not_call` (say who is never called), `evidence` (have that of a request,
    /// numbers and names in it).
    pub rights: Vec<Spanned<String>>,
}

/// `[[firms.webhooks]]`
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// `https://crm.example/hook`; `http:` only with `allow_private`.
    pub url: Spanned<String>,
    /// `whsec_…`: `warmline webhook-secret` makes one; `${NAME}` takes it from the environment.
    pub secret: Spanned<String>,
    /// `*`, `call.*`, `reservation.created` …
    pub events: Vec<String>,
    /// It may be in the switch's own network (private and loopback addresses), and plain http.
    #[serde(default)]
    pub allow_private: bool,
}

/// `[[firms.sites]]`
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Unique over all firms; `data-site` of the script tag.
    pub name: Spanned<String>,
    /// `https://shop.test`.
    pub origins: Vec<Spanned<String>>,
    /// The pool its numbers come from: the first of them, and of the country whose visitors say nothing of theirs.
    pub pool: Spanned<String>,
    /// Further pools, in this order: a visitor is given a number of a pool of his country, by what he says (`country`, or the number he
    /// types), by the numbers of his record, or by his browser's languages.
    #[serde(default)]
    pub pools: Vec<Spanned<String>>,
    /// Whose country no pool has: `show`, other ways to talk come first and a number is written as it is dialled from abroad; `hide`, he is
    /// shown none. A toll-free number is shown only in its country.
    #[serde(default)]
    pub abroad: warmline_coordination::settings::Abroad,
    /// The queue its visitors wait in; default: the firm's first.
    pub queue: Option<Spanned<String>>,
    /// The client whose it is, of `[[firms.clients]]`.
    pub client: Option<Spanned<String>>,
    /// Whether agents may see its pages as they are now: `off`, `ask` (the default: when the visitor said yes) or `on`.
    #[serde(default)]
    pub live: warmline_coordination::settings::LivePolicy,
    /// The pages that agents may suggest to its visitors: `https://shop.test`, `https://shop.test/help/` (all below),
    /// `https://shop.test/returns` (this one); default: the site's origins; empty: none.
    pub push: Option<Vec<Spanned<String>>>,
    /// What a request may be about, as its visitors read it: at most 8, each at most 100 characters.
    #[serde(default)]
    pub topics: Vec<Spanned<String>>,
    /// Languages that visitors can ask for, `["de", "pt-BR"]`: at most 8; pages ask where there are several.
    #[serde(default)]
    pub languages: Vec<Spanned<String>>,
    /// What who wants to be called is asked besides: at most 4.
    #[serde(default)]
    pub questions: Vec<Spanned<Question>>,
    /// With this the site signs who its visitors are (JWT, HS256): 32 bytes at least; `${NAME}` takes it from the environment.
    pub identity_secret: Option<Spanned<String>>,
    /// Or the public half of the key with which it does (RS256, ES256 or EdDSA): a PEM file.
    pub identity_public_key: Option<Spanned<PathBuf>>,
    /// Several keys, each with a `kid`: to change them without a gap.
    #[serde(default)]
    pub identity_keys: Vec<IdentityKey>,
    /// No token gives a higher priority, 0 to 7.
    #[serde(default = "identity_priority")]
    pub identity_priority: u8,
}

/// `[[firms.sites.questions]]`
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The question, at most 100 characters.
    pub ask: Spanned<String>,
    /// 2 to 6 answers, each at most 100 characters.
    pub choices: Vec<String>,
    /// How urgent each of them makes the request: 1–7, 7 first; 0: it says nothing of that. Default: all 0. The highest of all that are
    /// chosen counts, where no rule says otherwise.
    #[serde(default)]
    pub priority: Vec<u8>,
}

/// `[[firms.sites.identity_keys]]`: a secret or a public key.
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct IdentityKey {
    /// As tokens name it.
    pub kid: Spanned<String>,
    /// See `identity_secret`.
    pub secret: Option<Spanned<String>>,
    /// See `identity_public_key`.
    pub public_key: Option<Spanned<PathBuf>>,
}

fn identity_priority() -> u8 {
    5
}

/// `[[firms.pools]]`
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// Unique in the firm.
    pub name: Spanned<String>,
    /// Routing points: E.164 numbers, extensions of the house, ranges of either (`+493012345000..+493012345009`, `8001..8009`), or
    /// `sip:user@host`.
    pub numbers: Vec<Spanned<String>>,
    /// The trunk that carries them.
    pub trunk: Spanned<String>,
    /// The country of its numbers, ISO 3166 (`DE`); default: that of the first that is a number of the network.
    pub country: Option<Spanned<String>>,
    /// What they are: `geographic`, `mobile`, `national`, `toll_free`; default: what the first that is a number of the network is.
    #[serde(rename = "type")]
    pub kind: Option<warmline_coordination::number::PoolKind>,
    /// How long a number is held.
    #[serde(default = "ttl_secs")]
    pub ttl_secs: u32,
    /// How long an agent is claimed.
    #[serde(default = "claim_secs")]
    pub claim_secs: u32,
    /// How long a number rests after use.
    #[serde(default = "cooling_secs")]
    pub cooling_secs: u32,
    /// However often it is renewed, a number is held no longer.
    #[serde(default = "max_hold_secs")]
    pub max_hold_secs: u32,
    /// So long after it was given back a call to an idle number is thought to be its last holder's.
    #[serde(default = "remember_secs")]
    pub remember_secs: u32,
    /// A call so soon after its number was issued is asked for the PIN: nobody dials that fast. 0: nobody is asked.
    #[serde(default = "early_secs")]
    pub early_secs: u32,
    /// A caller is taken for the holder while somebody looks at his page, even if one who had the number before may still dial it:
    /// for pools of few numbers, where to ask nearly everybody for the PIN is worse than now and then another's page.
    #[serde(default)]
    pub trust_open_page: bool,
    /// A caller whose number the carrier has found not to be his (`verstat`) is asked for the PIN, as one who calls too early is.
    #[serde(default = "agent::yes")]
    pub screen_failed: bool,
    /// E.164, on the same trunk and in no pool: dialled with the PIN when all numbers are taken.
    pub shared: Option<Spanned<String>>,
}

fn ttl_secs() -> u32 {
    300
}
fn claim_secs() -> u32 {
    45
}
fn cooling_secs() -> u32 {
    30
}
fn max_hold_secs() -> u32 {
    900
}
fn early_secs() -> u32 {
    2
}
fn remember_secs() -> u32 {
    1800
}

/// `[[firms.contacts]]`
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// Name.
    pub name: String,
    /// E.164.
    #[serde(default)]
    pub numbers: Vec<Spanned<String>>,
    /// Free text.
    #[serde(default)]
    pub notes: String,
    /// 0–7, 7 first.
    #[serde(default = "priority")]
    pub priority: Spanned<u8>,
    /// The firm's own id of him: what a signed token calls `sub`. He may be called at the first of `numbers` without typing it.
    pub customer_id: Option<String>,
}

/// Of a contact that names none.
pub const PRIORITY: u8 = 4;

fn priority() -> Spanned<u8> {
    Spanned::new(0..0, PRIORITY)
}

/// `[firms.limits]`
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Live reservations of one visitor.
    pub per_visitor: u32,
    /// Live reservations of one address.
    pub per_address: u32,
    /// Callers and visitors waiting.
    pub waiting: usize,
    /// Live reservations without a number.
    pub reservations: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { per_visitor: 1, per_address: 5, waiting: 500, reservations: 10_000 }
    }
}

/// `[[accounts]]`
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// User name.
    pub user: Spanned<String>,
    /// Password; `${NAME}` takes it from the environment.
    pub password: String,
}

/// `[[routes]]`
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// A regular expression over the called number or user.
    #[serde(rename = "match")]
    pub pattern: Spanned<String>,
    /// `trunk:NAME`, `accounts`; default: anyone who may call.
    pub from: Option<Spanned<String>>,
    /// `account:USER`, `queue:FIRM/QUEUE`, `trunk:NAME/NUMBER` (`$0`, `$1` from the match).
    pub to: Spanned<String>,
}
