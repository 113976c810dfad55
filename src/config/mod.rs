//! Configuration: a TOML file becomes checked values, or an error that names file, line and key.

mod agent;
mod api;
mod asking;
mod callme;
mod calls;
mod chat;
pub mod check;
mod client;
mod contacts;
mod dial_policy;
pub mod diff;
mod identity;
mod mail;
mod menu;
mod oidc;
mod privacy;
pub mod prompts;
mod push;
mod queue;
mod rates;
pub mod raw;
mod routing_point;
mod rules;
mod supervision;
mod turn;
pub mod watch;

use crate::switch::settings::{DidFrom, Listen, Prompts, Route};
use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;
use warmline_coordination::settings::FirmSettings;
use warmline_sip::digest::Credentials;
use warmline_sip::transport::Protocol;
use warmline_web::{
    ApiKey, CrmSettings, MailSettings, OidcSettings, SiteIdentity, TurnServer, WatchPolicy, WebhookSettings,
};

/// A checked configuration. Host names of trunks are not resolved yet: `io` does that at start.
#[derive(Clone, Debug)]
pub struct Config {
    /// Folder of the journal.
    pub data: PathBuf,
    /// Folder of certificates.
    pub certs: PathBuf,
    /// Address in SDP, Contact and candidates, where fixed.
    pub advertise: Option<IpAddr>,
    /// Realm of plain accounts.
    pub domain: String,
    /// So long decisions are kept on the disk; zero: they are not.
    pub decisions: Duration,
    /// SIP listeners.
    pub sip: Vec<Listen>,
    /// Whether phones are offered SHA-256 before MD5.
    pub digest_sha256: bool,
    /// See [`raw::Sip`].
    pub phone_ping: Duration,
    /// See [`raw::Sip`]: refusals, and how long.
    pub ban: (u32, Duration),
    /// What phones dial for the echo test; empty: nothing.
    pub echo_number: String,
    /// Web listeners.
    pub web: Web,
    /// Media.
    pub media: Media,
    /// Trunks.
    pub trunks: Vec<Trunk>,
    /// Firms.
    pub firms: Vec<FirmSettings>,
    /// Keys of the firms' programs.
    pub api_keys: Vec<ApiKey>,
    /// The firms' webhooks.
    pub webhooks: Vec<WebhookSettings>,
    /// Where the firms' CRMs are.
    pub lookups: Vec<CrmSettings>,
    /// Firms' own providers, where their agents log in.
    pub oidc: Vec<OidcSettings>,
    /// The firms' mail servers.
    pub mails: Vec<MailSettings>,
    /// The firms whose visitors are watched.
    pub watches: Vec<WatchPolicy>,
    /// With which keys sites sign who their visitors are, by the site's name.
    pub identities: HashMap<String, SiteIdentity>,
    /// Plain SIP phones.
    pub accounts: Vec<Credentials>,
    /// Static routes.
    pub routes: Vec<Route>,
    /// What the file says, with its defaults, for [`diff`].
    written: serde_json::Value,
}

/// Web listeners.
#[derive(Clone, Debug)]
pub struct Web {
    /// Plain HTTP.
    pub http: SocketAddr,
    /// TLS.
    pub https: SocketAddr,
    /// The page view's origin.
    pub pageview: SocketAddr,
    /// Health and metrics.
    pub admin: SocketAddr,
    /// The demo shop.
    pub shop: Option<SocketAddr>,
    /// Where browsers find the main origin, where that is fixed.
    pub public_url: Option<String>,
    /// Proxies that are believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Certificate and key, PEM.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Reservations a minute that one address may ask for.
    pub reservations_per_minute: u32,
    /// Visitors' sessions a minute that one address may begin.
    pub sessions_per_minute: u32,
    /// The way round networks that let no UDP out.
    pub turn: Option<TurnServer>,
}

/// Media.
#[derive(Clone, Debug)]
pub struct Media {
    /// First and last UDP port.
    pub ports: (u16, u16),
    /// The first worker's WebRTC port.
    pub webrtc_port: u16,
    /// Threads.
    pub workers: u16,
    /// Whether media goes through us.
    pub anchor: bool,
    /// What is said to callers.
    pub prompts: Prompts,
}

/// A carrier, its peers still by name.
#[derive(Clone, Debug)]
pub struct Trunk {
    /// Its name.
    pub name: String,
    /// `host:port`.
    pub peers: Vec<String>,
    /// UDP or TCP.
    pub protocol: Protocol,
    /// Further trusted addresses.
    pub trusted: Vec<IpAddr>,
    /// Where the called number is.
    pub did_from: Vec<DidFrom>,
    /// Calls at a time.
    pub max_calls: usize,
    /// Calls a second.
    pub max_cps: u32,
    /// OPTIONS interval.
    pub ping: Duration,
    /// For REGISTER and challenges.
    pub credentials: Option<Credentials>,
    /// Calls from it for a phone of its own are handed back.
    pub redirect: bool,
}

/// What is wrong with a configuration, where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConfigError {
    /// The file.
    pub file: PathBuf,
    /// From 1; 0 where it is about the whole file.
    pub line: usize,
    /// What is wrong, with the key.
    pub message: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file.display(), self.message),
            line => write!(f, "{}:{line}: {}", self.file.display(), self.message),
        }
    }
}

impl std::error::Error for ConfigError {}

/// Reads and checks a file. All errors that can be told at once are.
pub fn load(file: &Path) -> Result<Config, Vec<ConfigError>> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        vec![ConfigError { file: file.into(), line: 0, message: format!("cannot be read: {error}") }]
    })?;
    parse(file, &text)
}

/// Checks a text; `file` is for messages and relative folders.
pub fn parse(file: &Path, text: &str) -> Result<Config, Vec<ConfigError>> {
    let raw: raw::Raw = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(0, |span| line_of(text, span.start));
        vec![ConfigError { file: file.into(), line, message: error.message().to_string() }]
    })?;
    check::check(raw, file.parent().unwrap_or(Path::new("."))).map_err(|mut found| {
        found.sort_by_key(|error| error.0);
        found
            .into_iter()
            .map(|(at, message)| ConfigError {
                file: file.into(),
                line: if at == 0 { 0 } else { line_of(text, at) },
                message,
            })
            .collect()
    })
}

fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())].iter().filter(|&&byte| byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = include_str!("../../docs/example.toml");

    fn errors(text: &str) -> Vec<String> {
        parse(Path::new("w.toml"), text).unwrap_err().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn takes_the_documented_example() {
        let config = parse(Path::new("w.toml"), WHOLE).expect("the example is valid");
        assert_eq!(config.firms[0].pools[0].numbers.len(), 10);
        assert_eq!(config.firms[0].pools[0].numbers[9], "+493012345009");
        assert_eq!(config.firms[0].sites[0].queue, "sales");
        assert_eq!(config.trunks[0].did_from, [DidFrom::RequestUri, DidFrom::To, DidFrom::Diversion]);
        assert_eq!(config.media.ports, (20000, 29999));
    }

    #[test]
    fn routing_points_are_numbers_extensions_and_addresses() {
        let numbers = |list: &str| {
            let ours = "numbers = [\"+493012345000..+493012345009\"]";
            assert!(WHOLE.contains(ours));
            WHOLE.replace(ours, &format!("numbers = {list}"))
        };
        let config =
            parse(Path::new("w.toml"), &numbers(r#"["8001..8003", "sip:help-1@shop.test"]"#)).unwrap();
        assert_eq!(config.firms[0].pools[0].numbers, ["8001", "8002", "8003", "sip:help-1@shop.test"]);
        for wrong in
            ["0800", "8", "8003..8001", "8001..+8002", "sip:8001@shop.test", "sip:Help@shop.test", "sip:a@"]
        {
            let said = errors(&numbers(&format!("[\"{wrong}\"]")));
            assert!(
                said.iter().any(|text| text.contains("is not a number +4930…, an extension")),
                "{said:?}"
            );
        }
    }

    #[test]
    fn an_empty_file_has_every_default() {
        let config = parse(Path::new("w.toml"), "").expect("valid");
        assert_eq!(config.web.http.port(), 8080);
        assert_eq!(config.sip.len(), 2);
        assert_eq!(config.web.sessions_per_minute, 60);
        let config = parse(Path::new("w.toml"), "web.sessions_per_minute = 600").expect("valid");
        assert_eq!(config.web.sessions_per_minute, 600);
    }

    #[test]
    fn names_line_and_key_of_what_is_wrong() {
        assert_eq!(
            errors("[node]\ndata = \"d\"\ncolour = 1\n"),
            [
                "w.toml:3: unknown field `colour`, expected one of `data`, `certs`, `advertise`, `domain`, `do_not_call`, `decisions_days`"
            ]
        );
        let text = WHOLE.replace("trunk = \"carrier\"", "trunk = \"carier\"");
        let found = errors(&text);
        assert!(found[0].contains("no trunk is named `carier`"), "{found:?}");
        let line = text.lines().position(|line| line.contains("carier")).unwrap() + 1;
        assert!(found[0].starts_with(&format!("w.toml:{line}: ")), "{found:?}");
    }

    #[test]
    fn e12_a_backup_is_another_phone_of_one_in_a_browser() {
        let with = |backup: &str| {
            WHOLE.replacen(
                "station = \"browser\"",
                &format!("station = \"browser\"\nbackup = \"{backup}\""),
                1,
            )
        };
        let backup =
            |text: &str| parse(Path::new("w.toml"), text).expect("valid").firms[0].agents[0].backup.clone();
        assert_eq!(backup(WHOLE), None);
        let number = warmline_coordination::settings::Station::Number("+4915199988777".into());
        assert_eq!(backup(&with("+4915199988777")), Some(number));
        for wrong in ["browser", "account:nobody", "0151"] {
            assert!(errors(&with(wrong))[0].contains("backup is account:USER"), "{wrong}");
        }
        let desk = with("+4915199988777").replacen("station = \"browser\"", "station = \"+4930777888\"", 1);
        assert!(errors(&desk)[0].contains("only an agent with station"));
    }

    #[test]
    fn programs_have_keys_and_webhooks() {
        let firm = |lines: &str| {
            let name = "[[firms.queues]]\nname = \"sales\"\nskills = [\"sales\"]";
            assert!(WHOLE.contains(name));
            WHOLE.replace(name, &format!("{lines}\n{name}"))
        };
        let hash = "ab".repeat(32);
        let key =
            format!("[[firms.keys]]\nname = \"crm\"\nsecret_sha256 = \"{hash}\"\nrights = [\"events\"]\n");
        let secret = warmline_web::mint_webhook_secret(&[1; 24]);
        let hook = |url: &str, secret: &str, more: &str| {
            format!(
                "[[firms.webhooks]]\nurl = \"{url}\"\nsecret = \"{secret}\"\nevents = [\"call.*\"]\n{more}\n"
            )
        };
        let whole = key.clone() + &hook("https://crm.test/", &secret, "");
        let config = parse(Path::new("w.toml"), &firm(&whole)).expect("valid");
        assert_eq!((config.api_keys.len(), config.webhooks.len()), (1, 1));
        assert_eq!(config.webhooks[0].firm, "acme");
        for (lines, expected) in [
            (format!("{key}{key}"), "two keys are named `crm`"),
            (
                key.replace("events", "write"),
                "`write` is not events, read, visitors, calls, people, contacts, campaigns, do_not_call, evidence, erase or export",
            ),
            (key.replace(&hash, "wlk_1"), "secret_sha256 is not 64"),
            (hook("http://crm.test/", &secret, ""), "only with allow_private"),
            (hook("https://crm.test/", "guess", ""), "secret is not whsec_"),
            (hook("https://crm.test/", &secret, "retries = 3"), "unknown field `retries`"),
        ] {
            let found = errors(&firm(&lines));
            assert!(found[0].contains(expected), "{found:?}");
            assert!(!found[0].starts_with("w.toml: "), "{found:?} names no line");
        }
        let inside = hook("http://10.0.0.7/", &secret, "allow_private = true");
        assert!(parse(Path::new("w.toml"), &firm(&inside)).is_ok());
    }

    #[test]
    fn tells_several_errors_at_once() {
        let text = "[[trunks]]\nname = \"a\"\npeers = [\"nonsense\"]\ndid_from = [\"via\"]\n[[routes]]\nmatch = \"(\"\nto = \"account:9\"\n";
        let found = errors(text);
        assert_eq!(found.len(), 4, "{found:?}");
        assert!(found[0].starts_with("w.toml:3: "), "{found:?}");
        assert!(found[2].starts_with("w.toml:6: "), "{found:?}");
    }

    #[test]
    fn pages_are_shared_when_the_visitor_says_yes_and_only_the_sites_own_are_suggested() {
        use warmline_coordination::settings::LivePolicy;
        let with =
            |lines: &str| WHOLE.replacen("[[firms.sites]]\n", &format!("[[firms.sites]]\n{lines}\n"), 1);
        assert!(WHOLE.contains("[[firms.sites]]\n"));
        let site = |text: &str| parse(Path::new("w.toml"), text).expect("valid").firms[0].sites[0].clone();
        let usual = site(WHOLE);
        assert_eq!(usual.live, LivePolicy::Ask);
        assert_eq!(usual.push.iter().map(ToString::to_string).collect::<Vec<_>>(), usual.origins);
        let said = site(&with("live = \"on\"\npush = [\"https://help.test/returns/\"]"));
        assert_eq!(
            (said.live, said.push[0].to_string().as_str()),
            (LivePolicy::On, "https://help.test/returns/")
        );
        assert!(site(&with("push = []")).push.is_empty());
        for (lines, expected) in [
            ("live = \"always\"".to_owned(), "unknown variant `always`"),
            ("push = [\"help.test\"]".to_owned(), "`help.test`: not an address"),
            (format!("push = [{}]", "\"https://a.test\",".repeat(51)), "at most 50"),
        ] {
            let found = errors(&with(&lines));
            assert!(found[0].contains(expected), "{found:?}");
        }
    }

    #[test]
    fn a_folder_of_prompts_that_is_not_there_is_named() {
        let found = errors("[media]\nprompts = \"no/such/folder\"\n");
        assert_eq!(found.len(), 1, "{found:?}");
        let start = "w.toml:2: media.prompts: the folder no/such/folder cannot be read: ";
        assert!(found[0].starts_with(start), "{found:?}");
        let config = parse(Path::new("w.toml"), "").expect("valid");
        assert_eq!(config.media.prompts, prompts::melodies());
    }

    #[test]
    fn a_number_belongs_to_one_pool() {
        let text = WHOLE.replace(
            "[[firms.queues]]",
            "[[firms.pools]]\nname = \"two\"\nnumbers = [\"+493012345004\"]\ntrunk = \"carrier\"\n\n[[firms.queues]]",
        );
        assert!(errors(&text)[0].contains("+493012345004 is in two pools"), "{:?}", errors(&text));
    }
}
