//! The centre: two queues with agents of their own and some for both, pages with numbers, and how many come in each hour.

use crate::world::{acme, agent};
use std::time::Duration;
use warmline_coordination::campaign::Pacing;
use warmline_coordination::settings::*;
use warmline_time::Time;

/// 08:00 in Berlin, Monday, 2026-11-23.
pub const OPENS: Time = Time::from_micros(1_795_417_200_000_000);

/// Talk: log-normal, so that its mean is 220 s.
pub const TALK_MEDIAN: f64 = 160.0;
pub const TALK_SIGMA: f64 = 0.8;
/// What one who comes costs an agent in the mean, with wrap-up, ringing, and what is dialled or claimed for nothing.
const COSTS: f64 = 219.0;
/// The part of the agents who are not at a break.
const AT_WORK: f64 = 0.93;
/// How many come in each hour from 8 on, as parts of the busiest.
const PROFILE: [f64; 12] = [0.7, 0.9, 1.0, 1.0, 0.9, 0.85, 0.9, 1.0, 0.95, 0.9, 0.8, 0.6];

/// How much there is to do, for agents at work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Load {
    /// 75 % in the busiest hours.
    Light,
    /// 90 %.
    Busy,
    /// 80 %, and 125 % from eleven to one.
    Noon,
    /// 30 %, and a campaign that dials one customer for each agent who is free.
    Progressive,
    /// The same, dialled ahead.
    Predictive,
}

impl Load {
    pub const ALL: [Load; 5] = [Load::Light, Load::Busy, Load::Noon, Load::Progressive, Load::Predictive];

    pub fn name(self) -> &'static str {
        match self {
            Load::Light => "light",
            Load::Busy => "busy",
            Load::Noon => "noon",
            Load::Progressive => "progressive",
            Load::Predictive => "predictive",
        }
    }

    /// How its campaign dials.
    pub fn pacing(self) -> Option<Pacing> {
        match self {
            Load::Light | Load::Busy | Load::Noon => None,
            Load::Progressive => Some(Pacing::Progressive),
            Load::Predictive => Some(Pacing::Predictive),
        }
    }

    fn of_hour(self, hour: usize) -> f64 {
        let profile = PROFILE[hour % PROFILE.len()];
        match self {
            Load::Light => 0.75 * profile,
            Load::Busy => 0.9 * profile,
            Load::Noon if (3..5).contains(&hour) => 1.25,
            Load::Noon => 0.8 * profile,
            Load::Progressive | Load::Predictive => 0.3 * profile,
        }
    }
}

/// What a day is made of.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub agents: usize,
    pub hours: usize,
    pub load: Load,
    pub seed: u64,
    /// Numbers of the pool for each ten agents.
    pub numbers: usize,
}

impl Plan {
    pub fn closes(&self) -> Time {
        OPENS + Duration::from_secs(3600 * self.hours as u64)
    }

    /// Seconds between two who come, in the mean.
    pub fn gap(&self, now: Time) -> f64 {
        let hour = now.since(OPENS).as_secs() / 3600;
        COSTS / (self.load.of_hour(hour as usize) * self.agents as f64 * AT_WORK)
    }

    pub fn names(&self) -> impl Iterator<Item = String> {
        (0..self.agents).map(|n| format!("a{n:03}"))
    }
}

/// A firm as its configuration would have it. Four of ten agents are in sales, four in service, two in both.
pub fn firm(plan: &Plan) -> FirmSettings {
    let base = acme();
    let queue = |name: &str| QueueSettings {
        name: name.into(),
        skills: vec![name.into()],
        wrapup: Duration::from_secs(25),
        menu: Some(Menu { callback_key: Some('5'), ..Menu::default() }),
        ..QueueSettings::default()
    };
    let site = |name: &str, queue: &str| SiteSettings {
        name: name.into(),
        queue: queue.into(),
        ..base.sites[0].clone()
    };
    let agents = plan.names().enumerate().map(|(n, name)| {
        let skills: &[&str] = match n % 5 {
            0 | 1 => &["sales"],
            2 | 3 => &["service"],
            _ => &["sales", "service"],
        };
        let skills = skills.iter().map(|skill| ((*skill).to_owned(), 3)).collect();
        AgentSettings { skills, ..agent(&name, Station::Browser) }
    });
    let numbers = (0..(plan.agents * plan.numbers).div_ceil(10)).map(|n| format!("+493012{n:06}")).collect();
    let mut callme = base.callme.clone();
    callme.predictive = plan.load == Load::Predictive;
    FirmSettings {
        bad_callers: Default::default(),
        sites: vec![site("shop", "sales"), site("help", "service")],
        pools: vec![PoolSettings { numbers, ..base.pools[0].clone() }],
        queues: vec![queue("sales"), queue("service")],
        agents: agents.collect(),
        contacts: Vec::new(),
        callme,
        ..base
    }
}
