//! Who takes part: the switch's configuration, its carrier, accounts (one with two phones) and agents, some behind NATs.

use crate::network::Weather;
use crate::phone::Phone;
use crate::world::{COOLING, WORKERS, World, switch_address};
use std::net::SocketAddr;
use std::time::Duration;
use warmline::switch::settings::{DidFrom, Route, RouteFrom, Settings, Target, Trunk};
use warmline_coordination::cti::Command;
use warmline_sip::digest::Credentials;
use warmline_sip::transport::{Flow, Protocol};

pub const DOMAIN: &str = "warmline.test";
pub const FIRM: &str = "acme";
pub const TRUNK: &str = "carrier";
pub const ACCOUNTS: usize = 8;
pub const AGENTS: usize = 6;
/// The carrier's place among the peers.
pub const CARRIER: usize = 0;
const POINTS: usize = 10;

/// User name of an account.
pub fn account(index: usize) -> String {
    format!("{}", 201 + index)
}

/// User name of an agent.
pub fn agent(index: usize) -> String {
    format!("agent{index}")
}

/// A routing point.
pub fn point(index: usize) -> String {
    format!("+493033300{}", index % POINTS)
}

/// The first phone of an account, among the peers.
pub fn phone_of(account: usize) -> usize {
    1 + account
}

/// An agent's phone, among the peers.
pub fn phone_of_agent(agent: usize) -> usize {
    1 + ACCOUNTS + agent
}

fn password(user: &str) -> String {
    format!("secret of {user}")
}

/// The agent's phone may register from now on.
pub fn credential(index: usize) -> Command {
    let user = agent(index);
    Command::SetCredential { password: password(&user), user, realm: FIRM.into() }
}

fn carrier_address() -> SocketAddr {
    SocketAddr::from(([10, 9, 0, 1], 5060))
}

pub fn settings(retransmit: bool) -> Settings {
    let local = switch_address();
    let peer = Flow { protocol: Protocol::Udp, local, remote: carrier_address(), connection: None };
    let pattern = |text: &str| regex::Regex::new(text).expect("a pattern");
    let from_trunk = || RouteFrom::Trunk(TRUNK.into());
    let mut routes: Vec<Route> = (0..ACCOUNTS)
        .map(|index| Route {
            pattern: pattern(&format!("^\\+4930111{}$", account(index))),
            from: from_trunk(),
            target: Target::Account(account(index)),
        })
        .collect();
    routes.push(Route {
        pattern: pattern("^\\+4930222$"),
        from: from_trunk(),
        target: Target::Queue { firm: FIRM.into(), queue: "sales".into() },
    });
    routes.push(Route {
        pattern: pattern("^0(.*)$"),
        from: RouteFrom::Accounts,
        target: Target::Trunk { trunk: TRUNK.into(), number: "+${1}".into() },
    });
    Settings {
        domain: DOMAIN.into(),
        warm_lines: Vec::new(),
        firms: vec![FIRM.into()],
        trunks: vec![Trunk {
            name: TRUNK.into(),
            peers: vec![peer],
            trusted: vec![peer.remote.ip()],
            did_from: vec![DidFrom::RequestUri, DidFrom::To],
            max_calls: 10_000,
            max_cps: 1_000,
            credentials: None,
            register: false,
            ping: Duration::from_secs(30),
            redirect: false,
        }],
        accounts: (0..ACCOUNTS)
            .map(|index| Credentials { user: account(index), password: password(&account(index)) })
            .collect(),
        routes,
        routing_points: (0..POINTS).map(|index| (point(index), FIRM.to_owned())).collect(),
        extensions: Vec::new(),
        anchor_media: true,
        ban: (20, Duration::from_secs(600)),
        // A tenth of all packets is lost: a phone that answers nothing within a second is there all the same.
        phone_ping: Duration::ZERO,
        digest_sha256: false,
        echo_number: "*43".into(),
        prompts: Default::default(),
        webrtc_ports: vec![7_000; WORKERS],
        media_address: None,
        ring_max: Duration::from_secs(20),
        max_call: Duration::from_secs(4 * 3600),
        port_cooling: COOLING,
        expires: (60, 3600),
        max_calls: 10_000,
        stamp: "0.0.5eed".into(),
        retransmit,
    }
}

/// The switch with the carrier and all phones; nobody is registered.
pub fn world(seed: u64, weather: Weather, retransmit: bool, pairs: u16) -> World {
    let mut world = World::new(seed, settings(retransmit), weather, pairs);
    let here = switch_address();
    world.add_phone(Phone::new("trunk", "carrier.test", None, carrier_address(), here, seed ^ 0xCA));
    let accounts = (0..ACCOUNTS).map(|index| (account(index), DOMAIN, 0));
    let agents = (0..AGENTS).map(|index| (agent(index), FIRM, 0));
    // The first account has a second phone, which rings along and never answers.
    let second = [(account(0), DOMAIN, 1)];
    for (index, (user, realm, place)) in accounts.chain(agents).chain(second).enumerate() {
        let host = index as u8 + 1;
        let address = SocketAddr::from(([192, 168, host, 2], 5060));
        let seed = seed.wrapping_mul(31) + u64::from(host);
        let mut phone = Phone::new(&user, realm, Some(&password(&user)), address, here, seed);
        phone.place = place;
        if index % 3 == 0 {
            world.network.add_nat(address.ip(), SocketAddr::from(([203, 0, 113, host], 0)).ip());
        }
        world.add_phone(phone);
    }
    world
}
