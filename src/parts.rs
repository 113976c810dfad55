//! What each part of the program is told of the configuration, at start and when it is read again.

use crate::config::{Config, Trunk};
use crate::io::local::LocalAddress;
use crate::ops::secrets;
use crate::program::Ready;
use crate::switch::settings::{self, Settings};
use std::io::Error;
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;
use warmline_coordination::request::Mode as Channel;
use warmline_coordination::settings::FirmSettings;
use warmline_sip::transport::{Flow, Protocol};
use warmline_web::{AgentLogin, Challenge, PublicOrigin, Rate, SiteInfo, TrustedNet, WebSettings};

/// Where the program is bound: it stays there.
#[derive(Clone, Debug)]
pub struct Place {
    /// SIP, with the real ports: `udp:0.0.0.0:5060`.
    pub sip: Vec<String>,
    /// The page view's port.
    pub pageview: u16,
}

impl From<&Ready> for Place {
    fn from(ready: &Ready) -> Self {
        Place { sip: ready.sip.clone(), pageview: ready.pageview.port() }
    }
}

/// The switch's. Resolves the names of trunks' peers: not on a thread that calls wait for.
pub fn switch_settings(config: &Config, place: &Place) -> Result<Settings, Error> {
    let mut local = LocalAddress::new(config.advertise);
    let ports = |protocol: Protocol| {
        let name = format!("{}:", protocol.via_name().to_lowercase());
        place
            .sip
            .iter()
            .find_map(|text| text.strip_prefix(&name))
            .and_then(|text| text.parse::<SocketAddr>().ok())
    };
    let trunks = config.trunks.iter().map(|trunk| {
        let port = ports(trunk.protocol).map_or(5060, |address| address.port());
        resolve(trunk, port, &mut local)
    });
    let routing_points = config.firms.iter().flat_map(|firm| {
        let numbers = firm.pools.iter().flat_map(|pool| pool.numbers.iter().chain(&pool.shared));
        numbers.map(|number| (number.clone(), firm.name.clone()))
    });
    let boot = u32::from_le_bytes(secrets::random());
    Ok(Settings {
        domain: config.domain.clone(),
        firms: config.firms.iter().map(|firm| firm.name.clone()).collect(),
        digest_sha256: config.digest_sha256,
        ban: config.ban,
        phone_ping: config.phone_ping,
        echo_number: config.echo_number.clone(),
        trunks: trunks.collect::<Result<_, _>>()?,
        accounts: config.accounts.clone(),
        routes: config.routes.clone(),
        routing_points: routing_points.collect(),
        extensions: config.firms.iter().flat_map(extensions).collect(),
        warm_lines: config.firms.iter().filter_map(|f| f.calls.warm_line.as_ref()?.number.clone()).collect(),
        anchor_media: config.media.anchor,
        webrtc_ports: (0..config.media.workers).map(|number| config.media.webrtc_port + number).collect(),
        media_address: Some(local.outward()),
        ring_max: Duration::from_secs(20),
        max_call: Duration::from_secs(4 * 3600),
        port_cooling: Duration::from_secs(5),
        expires: (60, 3600),
        max_calls: 10_000,
        prompts: config.media.prompts.clone(),
        stamp: format!("0.0.{boot:08x}"),
        retransmit: true,
    })
}

/// Host names of a trunk's peers to addresses, by the system's resolver.
fn resolve(trunk: &Trunk, local_port: u16, local: &mut LocalAddress) -> Result<settings::Trunk, Error> {
    let mut peers = Vec::new();
    for peer in &trunk.peers {
        let found = peer
            .to_socket_addrs()
            .map_err(|error| Error::other(format!("trunk {}: {peer}: {error}", trunk.name)))?;
        for remote in found {
            let address = SocketAddr::new(local.towards(remote.ip()), local_port);
            peers.push(Flow { protocol: trunk.protocol, local: address, remote, connection: None });
        }
    }
    let trusted = peers.iter().map(|peer| peer.remote.ip()).chain(trunk.trusted.iter().copied()).collect();
    Ok(settings::Trunk {
        name: trunk.name.clone(),
        peers,
        trusted,
        did_from: trunk.did_from.clone(),
        max_calls: trunk.max_calls,
        max_cps: trunk.max_cps,
        register: trunk.credentials.is_some(),
        credentials: trunk.credentials.clone(),
        ping: trunk.ping,
        redirect: trunk.redirect,
    })
}

/// The web's.
pub fn web_settings(config: &Config, place: &Place, secret: [u8; 64]) -> WebSettings {
    let mut settings = WebSettings::new(secret, {
        let port = place.pageview;
        PublicOrigin::SameHost { http: port, https: port }
    });
    for firm in &config.firms {
        settings.directory.extend(firm.agents.iter().map(|agent| AgentLogin {
            firm: firm.name.clone(),
            agent: agent.name.clone(),
            password_hash: agent.password_hash.clone(),
            whole_firm: agent.leads(),
        }));
        settings.sites.extend(firm.sites.iter().map(|site| SiteInfo {
            name: site.name.clone(),
            firm: firm.name.clone(),
            origins: site.origins.clone(),
            consent_version: firm.callme.consent_version.clone(),
            countries: firm.callme.countries.clone(),
            now_keeps_hours: !firm.callme.policy.hours.exempt_immediate,
            modes: modes(firm),
            brand: crate::config::check::capitalised(&firm.name),
            confirms: firm.mail,
            writes: firm.queues.iter().any(|queue| queue.name == site.queue && queue.mailbox.is_some()),
            asking: site.asking.clone(),
            challenge: Challenge { score: firm.callme.challenge.0, bits: firm.callme.challenge.1 },
        }));
    }
    settings.trusted_proxies =
        config.web.trusted_proxies.iter().map(|&address| TrustedNet::from(address)).collect();
    settings.api_keys = config.api_keys.clone();
    settings.oidc = config.oidc.clone();
    settings.watches = config.watches.clone();
    settings.identities = config.identities.clone();
    settings.turn.clone_from(&config.web.turn);
    settings.limits.reservations = Rate::per_minute(config.web.reservations_per_minute);
    settings.limits.sessions = Rate::per_minute(config.web.sessions_per_minute);
    settings
}

/// What a firm's pages offer: nobody is called back where no country is allowed, nobody chats where no agent may.
fn modes(firm: &FirmSettings) -> Vec<Channel> {
    let callme = (!firm.callme.countries.is_empty()).then_some(Channel::Callme);
    let chat = firm.agents.iter().any(|agent| agent.chats > 0).then_some(Channel::Chat);
    [Some(Channel::Dial), callme, Some(Channel::Browser), chat].into_iter().flatten().collect()
}

/// Short numbers that a firm's phones may dial and coordination knows.
fn extensions(firm: &FirmSettings) -> Vec<(u16, u16)> {
    let warm = firm.calls.warm_line.as_ref().and_then(|line| line.extension);
    std::iter::once(firm.calls.slots).chain(warm.map(|own| (own, own))).collect()
}
