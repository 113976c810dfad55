//! Raw values to checked ones. Every error carries the byte offset of the value it is about.

use super::raw::{self, Raw};
use super::{Config, Media, Trunk, Web, diff, prompts};
use crate::switch::settings::{DidFrom, Listen, Prompts, Route, RouteFrom, Target};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use toml::Spanned;
use warmline_coordination::do_not_call::NumberList;
use warmline_coordination::invitation::Way;
use warmline_coordination::settings as firm;
use warmline_sip::digest::Credentials;
use warmline_sip::transport::Protocol;
use warmline_web::WatchPolicy;

pub(super) const DAY: Duration = Duration::from_secs(86_400);

/// Agents of a firm below which nothing is dialled predictively: with fewer, one who is not there is too many.
const PREDICTIVE: usize = 10;

/// Offset into the text and message.
pub type Found = (usize, String);

pub(super) struct Checker {
    pub(super) errors: Vec<Found>,
    /// Numbers outside that stand in for agents, and where they are written.
    pub(super) beyond: Vec<(usize, String)>,
    /// Files of the queues' greetings; a greeting is known by its place.
    pub(super) greetings: Vec<String>,
    pub(super) watches: Vec<WatchPolicy>,
}

/// Checks everything; `base` is the folder that relative paths start from.
pub fn check(raw: Raw, base: &Path) -> Result<Config, Vec<Found>> {
    let mut checker =
        Checker { errors: Vec::new(), beyond: Vec::new(), greetings: Vec::new(), watches: Vec::new() };
    let mut config = checker.config(raw, base);
    if !checker.errors.is_empty() {
        return Err(checker.errors);
    }
    diff::complete(&mut config);
    Ok(config)
}

/// What sites' pages can offer at all.
fn ways(
    sites: &[firm::SiteSettings],
    writes: &[bool],
    (callme, chat): (bool, bool),
) -> BTreeMap<String, Vec<Way>> {
    let row = |(site, &mail): (&firm::SiteSettings, &bool)| {
        let has = [
            (Way::Dial, true),
            (Way::Callme, callme),
            (Way::Browser, true),
            (Way::Chat, chat),
            (Way::Mail, mail),
        ];
        (site.name.clone(), has.into_iter().filter(|(_, has)| *has).map(|(way, _)| way).collect())
    };
    sites.iter().zip(writes).map(row).collect()
}

impl Checker {
    pub(super) fn error<T>(&mut self, at: &Spanned<T>, message: impl Display) {
        self.errors.push((at.span().start, message.to_string()));
    }

    fn config(&mut self, raw: Raw, base: &Path) -> Config {
        let written = diff::written(&raw);
        let accounts = self.accounts(raw.accounts);
        let trunks: Vec<Trunk> = raw.trunks.into_iter().map(|trunk| self.trunk(trunk)).collect();
        let trunk_names: HashSet<String> = trunks.iter().map(|trunk| trunk.name.clone()).collect();
        let users: HashSet<String> = accounts.iter().map(|account| account.user.clone()).collect();
        let mut seen = Seen::default();
        if *raw.node.decisions_days.get_ref() > 400 {
            self.error(&raw.node.decisions_days, "decisions are kept for 400 days at most");
        }
        let suppressed = self.number_list(raw.node.do_not_call.as_ref(), None, base);
        let spoken = raw.media.prompts.as_ref().map(|folder| base.join(folder.get_ref()));
        let mut firms = Vec::new();
        let (mut api_keys, mut webhooks) = (Vec::new(), Vec::new());
        let (mut lookups, mut identities, mut oidc) = (Vec::new(), HashMap::new(), Vec::new());
        let (mut mails, public_url) =
            (Vec::new(), raw.web.public_url.as_ref().map(|url| url.get_ref().clone()));
        for mut raw in raw.firms {
            self.programs(&mut raw, &mut api_keys, &mut webhooks);
            lookups.extend(self.lookup(&raw));
            oidc.extend(self.oidc(&raw));
            mails.extend(self.mail(&raw, public_url.as_deref(), base));
            self.identities(&raw, base, &mut identities);
            self.identification(&raw, spoken.as_deref());
            self.digits_asked(&raw);
            firms.push(self.firm(raw, (&trunk_names, &users), (base, &suppressed), &mut seen));
        }
        let routes: Vec<Route> =
            raw.routes.into_iter().filter_map(|r| self.route(r, &trunk_names, &users, &firms)).collect();
        let warm = firms.iter().filter_map(|firm| firm.calls.warm_line.as_ref()?.number.clone());
        let own: Vec<String> = routes.iter().filter_map(own_number).chain(warm).collect();
        self.leads_back(|number| seen.numbers.contains(number) || own.iter().any(|own| own == number));
        firms.iter_mut().for_each(|firm| firm.own_numbers.clone_from(&own));
        let advertise =
            raw.node.advertise.as_ref().and_then(|text| self.parsed::<IpAddr>(text, "an IP address"));
        Config {
            data: base.join(raw.node.data),
            certs: base.join(raw.node.certs),
            advertise,
            decisions: DAY * *raw.node.decisions_days.get_ref(),
            domain: raw.node.domain,
            sip: raw.sip.listen.iter().filter_map(|text| self.listen(text)).collect(),
            digest_sha256: raw.sip.digest_sha256,
            phone_ping: self.phone_ping(&raw.sip.phone_ping_secs),
            ban: (raw.sip.ban_after, Duration::from_secs(raw.sip.ban_secs.into())),
            echo_number: self.echo_number(&raw.sip.echo_number),
            web: self.web(raw.web, base),
            media: self.media(raw.media, base),
            trunks,
            firms,
            api_keys,
            webhooks,
            lookups,
            oidc,
            mails,
            watches: std::mem::take(&mut self.watches),
            identities,
            accounts,
            routes,
            written,
        }
    }

    fn phone_ping(&mut self, secs: &Spanned<u32>) -> Duration {
        if !matches!(secs.get_ref(), 0 | 10..=3_600) {
            self.error(secs, format!("`phone_ping_secs` is {}, not 0 or 10 to 3600", secs.get_ref()));
        }
        Duration::from_secs((*secs.get_ref()).into())
    }

    fn parsed<T: std::str::FromStr>(&mut self, text: &Spanned<String>, what: &str) -> Option<T> {
        let value = text.get_ref().parse().ok();
        if value.is_none() {
            self.error(text, format!("`{}` is not {what}", text.get_ref()));
        }
        value
    }

    fn address(&mut self, text: &Spanned<String>) -> SocketAddr {
        self.parsed(text, "an address with port, such as 0.0.0.0:8080")
            .unwrap_or(SocketAddr::from(([0; 4], 0)))
    }

    fn echo_number(&mut self, text: &Spanned<String>) -> String {
        let number = text.get_ref();
        let dialled = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'*' | b'#');
        if number.len() > 16 || !number.bytes().all(dialled) {
            self.error(text, format!("`{number}` is not digits, `*` and `#`, 16 at most"));
        }
        number.clone()
    }

    fn listen(&mut self, text: &Spanned<String>) -> Option<Listen> {
        let parsed = text.get_ref().split_once(':').and_then(|(name, address)| {
            let protocol = match name {
                "udp" => Protocol::Udp,
                "tcp" => Protocol::Tcp,
                "tls" => Protocol::Tls,
                _ => return None,
            };
            Some(Listen { protocol, address: address.parse().ok()? })
        });
        if parsed.is_none() {
            self.error(
                text,
                format!("`{}` is not udp:, tcp: or tls: with an address and port", text.get_ref()),
            );
        }
        parsed
    }

    fn web(&mut self, raw: raw::Web, base: &Path) -> Web {
        let tls = match (raw.certificate, raw.private_key) {
            (Some(certificate), Some(key)) => Some((base.join(certificate), base.join(key))),
            (None, None) => None,
            _ => {
                self.errors.push((0, "web.certificate and web.private_key go together".into()));
                None
            }
        };
        if let Some(origin) = &raw.public_url {
            self.origin(origin);
        }
        Web {
            http: self.address(&raw.http),
            https: self.address(&raw.https),
            pageview: self.address(&raw.pageview),
            admin: self.address(&raw.admin),
            public_url: raw.public_url.map(Spanned::into_inner),
            shop: raw.shop.as_ref().map(|text| self.address(text)),
            trusted_proxies: raw
                .trusted_proxies
                .iter()
                .filter_map(|text| self.parsed(text, "an IP address"))
                .collect(),
            tls: tls.map(|(certificate, key): (PathBuf, PathBuf)| (certificate, key)),
            reservations_per_minute: raw.reservations_per_minute.max(1),
            sessions_per_minute: raw.sessions_per_minute.max(1),
            turn: raw.turn.map(|turn| self.turn(turn)),
        }
    }

    fn origin(&mut self, origin: &Spanned<String>) {
        let text = origin.get_ref();
        let host = text.strip_prefix("https://").or(text.strip_prefix("http://")).unwrap_or("");
        if host.is_empty() || host.contains(['/', '?', '#', ' ']) {
            self.error(
                origin,
                format!("`{text}` is not an origin such as https://shop.test (no path, no slash at the end)"),
            );
        }
    }

    fn media(&mut self, raw: raw::Media, base: &Path) -> Media {
        let range = raw.rtp_ports.get_ref().split_once('-').and_then(|(first, last)| {
            let (first, last) = (first.trim().parse::<u16>().ok()?, last.trim().parse::<u16>().ok()?);
            (first >= 1024 && last > first).then_some((first, last))
        });
        if range.is_none() {
            self.error(
                &raw.rtp_ports,
                format!("`{}` is not FIRST-LAST with ports from 1024", raw.rtp_ports.get_ref()),
            );
        }
        let workers = *raw.workers.get_ref();
        if !(1..=64).contains(&workers) {
            self.error(&raw.workers, "media.workers is 1 to 64");
        }
        Media {
            ports: range.unwrap_or((20000, 29999)),
            webrtc_port: *raw.webrtc_port.get_ref(),
            workers,
            anchor: raw.anchor,
            prompts: self.prompts(raw.prompts.as_ref(), base),
        }
    }

    fn prompts(&mut self, folder: Option<&Spanned<String>>, base: &Path) -> Prompts {
        let Some(folder) = folder else { return prompts::melodies() };
        prompts::load(&base.join(folder.get_ref()), &self.greetings).unwrap_or_else(|errors| {
            errors.iter().for_each(|error| self.error(folder, format!("media.prompts: {error}")));
            Prompts::new()
        })
    }

    pub(super) fn secret(&mut self, text: &str) -> String {
        let Some(name) = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) else {
            return text.to_string();
        };
        std::env::var(name).unwrap_or_else(|_| {
            self.errors.push((0, format!("the environment has no variable `{name}` for a secret")));
            String::new()
        })
    }

    fn accounts(&mut self, raw: Vec<raw::Account>) -> Vec<Credentials> {
        let mut seen = HashSet::new();
        raw.into_iter()
            .map(|account| {
                if !seen.insert(account.user.get_ref().clone()) {
                    self.error(&account.user, format!("two accounts are named `{}`", account.user.get_ref()));
                }
                self.user_name(&account.user);
                let password = self.secret(&account.password);
                Credentials { user: account.user.into_inner(), password }
            })
            .collect()
    }

    pub(super) fn user_name(&mut self, name: &Spanned<String>) {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.+".contains(&byte);
        let text = name.get_ref();
        if text.is_empty() || text.len() > 64 || !text.bytes().all(fits) {
            self.error(name, format!("`{text}` is no name: 1 to 64 letters, digits, - _ . +"));
        }
    }

    fn trunk(&mut self, raw: raw::Trunk) -> Trunk {
        self.user_name(&raw.name);
        if raw.peers.is_empty() {
            self.error(&raw.name, format!("trunk `{}` has no peers", raw.name.get_ref()));
        }
        for peer in &raw.peers {
            let port = peer.get_ref().rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
            if port.is_none() {
                self.error(peer, format!("`{}` is not host:port", peer.get_ref()));
            }
        }
        let protocol = match raw.transport.get_ref().as_str() {
            "udp" => Protocol::Udp,
            "tcp" => Protocol::Tcp,
            other => {
                self.error(&raw.transport, format!("`{other}` is not udp or tcp"));
                Protocol::Udp
            }
        };
        let did_from = raw.did_from.iter().filter_map(|place| match place.get_ref().as_str() {
            "ruri" => Some(DidFrom::RequestUri),
            "to" => Some(DidFrom::To),
            "diversion" => Some(DidFrom::Diversion),
            "history-info" => Some(DidFrom::HistoryInfo),
            other => {
                self.error(place, format!("`{other}` is not ruri, to, diversion or history-info"));
                None
            }
        });
        let did_from = did_from.collect();
        let credentials = raw
            .register
            .map(|register| Credentials { user: register.user, password: self.secret(&register.password) });
        Trunk {
            name: raw.name.into_inner(),
            peers: raw.peers.into_iter().map(Spanned::into_inner).collect(),
            protocol,
            trusted: raw.trusted.iter().filter_map(|text| self.parsed(text, "an IP address")).collect(),
            did_from,
            max_calls: raw.max_calls,
            max_cps: raw.max_cps,
            redirect: raw.redirect,
            ping: Duration::from_secs(raw.ping_secs.into()),
            credentials,
        }
    }

    fn firm(
        &mut self,
        mut raw: raw::Firm,
        (trunks, users): (&HashSet<String>, &HashSet<String>),
        (base, suppressed): (&Path, &NumberList),
        seen: &mut Seen,
    ) -> firm::FirmSettings {
        let name = raw.name.get_ref().clone();
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.is_empty() || !name.bytes().all(fits) {
            self.error(&raw.name, format!("`{name}` is no firm's name: lower case letters, digits, -"));
        }
        if !seen.firms.insert(name.clone()) {
            self.error(&raw.name, format!("two firms are named `{name}`"));
        }
        if raw.queues.is_empty() {
            self.error(&raw.name, format!("firm `{name}` has no [[firms.queues]]"));
        }
        let pools: Vec<_> = raw.pools.into_iter().map(|pool| self.pool(pool, trunks, seen)).collect();
        let clients = self.clients(raw.clients);
        let whose: Vec<_> =
            raw.queues.iter_mut().map(|queue| self.client(queue.client.take(), &clients)).collect();
        let queues = self.queues(raw.queues, !pools.is_empty()).into_iter().zip(whose);
        let queues: Vec<_> = queues.map(|(queue, client)| firm::QueueSettings { client, ..queue }).collect();
        let mut sites = Vec::new();
        for mut site in raw.sites {
            let client = self.client(site.client.take(), &clients);
            sites.push(firm::SiteSettings { client, ..self.site(site, &pools, &queues, seen) });
        }
        self.at_most_chats(&raw.chat.chats);
        let chats = *raw.chat.chats.get_ref();
        let mut names = HashSet::new();
        let mut agents = Vec::new();
        for agent in raw.agents {
            if !names.insert(agent.name.get_ref().clone()) {
                self.error(&agent.name, format!("two agents are named `{}`", agent.name.get_ref()));
            }
            let each = self.chats_each(agent.chats.as_ref(), chats);
            let supervisor = self.supervision(&agent, &queues);
            let represents = self.represents((&agent.clients, &clients), (&agent.sites, &sites));
            let agent = self.agent(agent, users, trunks, each);
            agents.push(firm::AgentSettings { supervisor, represents, ..agent });
        }
        let rules = self.rules(raw.rules, &queues, &agents);
        let at_once = agents.iter().filter(|agent| agent.answers_at_once()).count();
        if *raw.callme.predictive.get_ref() && at_once < PREDICTIVE {
            let few = format!(
                "predictive dialling needs {PREDICTIVE} agents whose phones answer by themselves: the firm has {at_once}"
            );
            self.error(&raw.callme.predictive, few);
        }
        let home = raw.callme.countries.first();
        let listed = self.number_list(raw.do_not_call.as_ref(), home, base);
        let bad_callers = self.number_list(raw.bad_callers.as_ref(), home, base);
        let callme = self.callme(raw.callme, (listed, suppressed.clone()));
        let mut contacts: Vec<_> = raw.contacts.into_iter().map(|contact| self.contact(contact)).collect();
        if let Some(file) = &raw.contacts_file {
            match super::contacts::read(&base.join(file.get_ref()), raw::PRIORITY) {
                Ok(more) => contacts.extend(more),
                Err(errors) => errors.into_iter().for_each(|error| self.error(file, error)),
            }
        }
        let calls = self.calls(
            &raw.caller_ids,
            raw.park_secs,
            &raw.park_slots,
            (raw.warm_line.as_ref(), raw.warm_line_number.as_ref()),
        );
        let lookup = raw.lookup.as_ref().map(|lookup| firm::LookupSettings {
            soon: Duration::from_millis(lookup.timeout_ms.into()),
            keep: lookup.keep,
        });
        let mail = raw.mail.is_some();
        let chat = self.chat(&raw.chat);
        let rates = raw.rates.map(|rates| self.rates(&rates));
        let attendance = raw.watch.map(|watch| {
            let writes: Vec<bool> = sites
                .iter()
                .map(|site| queues.iter().any(|queue| queue.name == site.queue && queue.mailbox.is_some()))
                .collect();
            let ways = ways(
                &sites,
                &writes,
                (!callme.countries.is_empty(), agents.iter().any(|agent| agent.chats > 0)),
            );
            let (attendance, policy) = self.watch(watch, (&name, raw.name.span().start), (&sites, ways));
            self.watches.push(policy);
            Arc::new(attendance)
        });
        firm::FirmSettings {
            name,
            clients,
            sites,
            bad_callers,
            pools,
            queues,
            agents,
            contacts,
            callme,
            limits: firm::Limits {
                per_visitor: raw.limits.per_visitor,
                per_address: raw.limits.per_address,
                waiting: raw.limits.waiting,
                reservations: raw.limits.reservations,
            },
            privacy: self.privacy(&raw.privacy),
            wrapup_codes: self.words(raw.wrapup_codes, 50),
            reasons: self.words(raw.not_ready_reasons, 20),
            own_numbers: Vec::new(),
            calls,
            rules,
            lookup,
            mail,
            chat,
            attendance,
            rates,
        }
    }

    /// What agents choose from.
    fn words(&mut self, raw: Vec<Spanned<String>>, most: usize) -> Vec<String> {
        if let Some(one_too_many) = raw.get(most) {
            self.error(one_too_many, format!("these are more than {most}"));
        }
        for word in &raw {
            if word.get_ref().trim().is_empty() || word.get_ref().chars().count() > 60 {
                self.error(word, format!("`{}` has not 1 to 60 characters", word.get_ref()));
            }
        }
        raw.into_iter().map(Spanned::into_inner).collect()
    }

    fn pool(&mut self, raw: raw::Pool, trunks: &HashSet<String>, seen: &mut Seen) -> firm::PoolSettings {
        if !trunks.contains(raw.trunk.get_ref()) {
            self.error(&raw.trunk, format!("no trunk is named `{}`", raw.trunk.get_ref()));
        }
        let mut numbers = Vec::new();
        for text in &raw.numbers {
            for number in self.numbers(text) {
                if !seen.numbers.insert(number.clone()) {
                    self.error(text, format!("{number} is in two pools"));
                }
                numbers.push(number);
            }
        }
        if let Some(shared) = &raw.shared {
            let number = shared.get_ref();
            if !number.strip_prefix('+').is_some_and(is_e164) {
                self.error(shared, format!("`{number}` is not a number +49…"));
            } else if !seen.numbers.insert(number.clone()) {
                self.error(shared, format!("{number} is in a pool, or shared by another"));
            }
        }
        let (country, kind) = self.whence(raw.country, raw.kind, &numbers);
        firm::PoolSettings {
            country,
            kind,
            name: raw.name.into_inner(),
            numbers,
            trunk: raw.trunk.into_inner(),
            ttl: Duration::from_secs(raw.ttl_secs.max(1).into()),
            claim: Duration::from_secs(raw.claim_secs.max(1).into()),
            cooling: Duration::from_secs(raw.cooling_secs.into()),
            max_hold: Duration::from_secs(raw.max_hold_secs.max(raw.ttl_secs).max(1).into()),
            remember: Duration::from_secs(raw.remember_secs.into()),
            early: Duration::from_secs(raw.early_secs.into()),
            trust_open_page: raw.trust_open_page,
            screen_failed: raw.screen_failed,
            shared: raw.shared.map(Spanned::into_inner),
        }
    }

    fn site(
        &mut self,
        raw: raw::Site,
        pools: &[firm::PoolSettings],
        queues: &[firm::QueueSettings],
        seen: &mut Seen,
    ) -> firm::SiteSettings {
        self.user_name(&raw.name);
        if !seen.sites.insert(raw.name.get_ref().clone()) {
            self.error(&raw.name, format!("two sites are named `{}`", raw.name.get_ref()));
        }
        for origin in &raw.origins {
            let text = origin.get_ref();
            let host = text.strip_prefix("https://").or(text.strip_prefix("http://")).unwrap_or("");
            if host.is_empty() || host.contains(['/', '?', '#', ' ']) {
                self.error(
                    origin,
                    format!(
                        "`{text}` is not an origin such as https://shop.test (no path, no slash at the end)"
                    ),
                );
            }
        }
        if !pools.iter().any(|pool| pool.name == *raw.pool.get_ref()) {
            self.error(&raw.pool, format!("no pool is named `{}`", raw.pool.get_ref()));
        }
        let queue = match raw.queue {
            Some(name) if !queues.iter().any(|queue| queue.name == *name.get_ref()) => {
                self.error(&name, format!("no queue is named `{}`", name.get_ref()));
                String::new()
            }
            Some(name) => name.into_inner(),
            None => queues.first().map(|queue| queue.name.clone()).unwrap_or_default(),
        };
        let push = self.push_patterns(raw.push, &raw.origins);
        let asking = self.asking(raw.topics, raw.languages, raw.questions);
        firm::SiteSettings {
            name: raw.name.into_inner(),
            origins: raw.origins.into_iter().map(Spanned::into_inner).collect(),
            pool: raw.pool.into_inner(),
            further: self.further_pools(&raw.pools, pools),
            abroad: raw.abroad,
            queue,
            client: None,
            live: raw.live,
            push,
            asking,
        }
    }

    fn contact(&mut self, raw: raw::Contact) -> firm::ContactSettings {
        if *raw.priority.get_ref() > 7 {
            self.error(&raw.priority, "priority is 0 to 7");
        }
        for number in &raw.numbers {
            if !number.get_ref().strip_prefix('+').is_some_and(is_e164) {
                self.error(number, format!("`{}` is not a number +49…", number.get_ref()));
            }
        }
        firm::ContactSettings {
            name: raw.name,
            numbers: raw.numbers.into_iter().map(Spanned::into_inner).collect(),
            notes: raw.notes,
            priority: raw.priority.into_inner(),
            customer: raw.customer_id.filter(|id| !id.is_empty()),
        }
    }

    fn route(
        &mut self,
        raw: raw::Route,
        trunks: &HashSet<String>,
        users: &HashSet<String>,
        firms: &[firm::FirmSettings],
    ) -> Option<Route> {
        let pattern = regex::RegexBuilder::new(raw.pattern.get_ref()).size_limit(1 << 20).build();
        if pattern.is_err() {
            self.error(&raw.pattern, format!("`{}` is no regular expression", raw.pattern.get_ref()));
        }
        let from = match raw.from.as_ref().map(|from| from.get_ref().as_str()) {
            None => RouteFrom::Anyone,
            Some("accounts") => RouteFrom::Accounts,
            Some(text) => match text.strip_prefix("trunk:").filter(|name| trunks.contains(*name)) {
                Some(name) => RouteFrom::Trunk(name.to_string()),
                None => {
                    self.error(raw.from.as_ref()?, format!("`{text}` is not accounts or trunk:NAME"));
                    return None;
                }
            },
        };
        let text = raw.to.get_ref();
        let target = match text.split_once(':') {
            Some(("account", user)) if users.contains(user) => Some(Target::Account(user.to_string())),
            Some(("queue", path)) => path.split_once('/').and_then(|(name, queue)| {
                let firm = firms.iter().find(|firm| firm.name == name)?;
                firm.queues
                    .iter()
                    .any(|known| known.name == queue)
                    .then(|| Target::Queue { firm: name.into(), queue: queue.into() })
            }),
            Some(("trunk", path)) => path
                .split_once('/')
                .filter(|(trunk, number)| trunks.contains(*trunk) && !number.is_empty())
                .map(|(trunk, number)| Target::Trunk { trunk: trunk.into(), number: number.into() }),
            _ => None,
        };
        if target.is_none() {
            self.error(
                &raw.to,
                format!(
                    "`{text}` leads nowhere: account:USER, queue:FIRM/QUEUE or trunk:NAME/NUMBER of this file"
                ),
            );
        }
        Some(Route { pattern: pattern.ok()?, from, target: target? })
    }
}

/// What must be unique over all firms.
#[derive(Default)]
struct Seen {
    firms: HashSet<String>,
    sites: HashSet<String>,
    numbers: HashSet<String>,
}

/// The number of a route that is for one number and leads to a phone or queue of ours.
fn own_number(route: &Route) -> Option<String> {
    let digits = route.pattern.as_str().strip_prefix("^\\+")?.strip_suffix('$')?;
    let ours = !matches!(route.target, Target::Trunk { .. });
    (ours && is_e164(digits)).then(|| format!("+{digits}"))
}

/// 7 to 15 digits that do not begin with 0.
pub(super) fn is_e164(digits: &str) -> bool {
    (7..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// With a capital first letter.
pub fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
