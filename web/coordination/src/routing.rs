//! Who takes a contact: a pure function of a queue's settings and of all agents as they were looked at.

use crate::cti::GROUP;
use crate::rules::{Facts, Ruled};
use crate::settings::{QueueSettings, Represents, Take};
use crate::view::AgentState;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use warmline_time::Time;

/// How a queue chooses among those who could.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Who has waited for work longest.
    #[default]
    LongestIdle,
    /// One after the other, in the order of the configuration.
    RoundRobin,
    /// Who has taken the fewest calls since midnight in the queue's zone (UTC where it has none).
    LeastCalls,
    /// Whose levels of the queue's skills add up to the most.
    SkillLevel,
    /// All who could at once, [`GROUP`] at most; whoever answers first has it.
    RingAll,
}

/// Not the name of a strategy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnknownStrategy;

impl FromStr for Strategy {
    type Err = UnknownStrategy;
    fn from_str(text: &str) -> Result<Self, UnknownStrategy> {
        match text {
            "longest_idle" => Ok(Strategy::LongestIdle),
            "round_robin" => Ok(Strategy::RoundRobin),
            "least_calls" => Ok(Strategy::LeastCalls),
            "skill_level" => Ok(Strategy::SkillLevel),
            "ring_all" => Ok(Strategy::RingAll),
            _ => Err(UnknownStrategy),
        }
    }
}

/// By which rule somebody was chosen.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// He was claimed or named for this contact before.
    Preferred,
    /// He spoke with the customer last, not too long ago.
    LastAgent,
    /// See [`Strategy::LongestIdle`].
    LongestIdle,
    /// See [`Strategy::RoundRobin`].
    RoundRobin,
    /// See [`Strategy::LeastCalls`].
    LeastCalls,
    /// See [`Strategy::SkillLevel`].
    SkillLevel,
    /// See [`Strategy::RingAll`].
    RingAll,
}

impl From<Strategy> for Rule {
    fn from(strategy: Strategy) -> Self {
        match strategy {
            Strategy::LongestIdle => Rule::LongestIdle,
            Strategy::RoundRobin => Rule::RoundRobin,
            Strategy::LeastCalls => Rule::LeastCalls,
            Strategy::SkillLevel => Rule::SkillLevel,
            Strategy::RingAll => Rule::RingAll,
        }
    }
}

/// What keeps an agent from a contact.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Obstacle {
    /// He is out.
    NotLoggedIn,
    /// He says so, or leaves after his call.
    NotReady,
    /// The system set him to not ready: he let offers pass, or his phone failed.
    Paused,
    /// He let an offer pass a moment ago.
    JustPassed,
    /// He has something in hand.
    Busy,
    /// His phone cannot be rung.
    NoPhone,
    /// The customer cannot wait until he has picked his phone up: it does not answer by itself.
    SlowPhone,
    /// No desktop of his answers.
    NoDesktop,
    /// He has not this skill of the queue.
    MissingSkill(String),
    /// He has this skill at a lower level than a rule asks for.
    LowSkill(String),
    /// He does not answer in this client's name.
    OtherClient,
    /// He does not answer for this site.
    OtherSite,
    /// He could, and takes contacts of this queue by himself.
    Pull,
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Obstacle::NotLoggedIn => f.write_str("not_logged_in"),
            Obstacle::NotReady => f.write_str("not_ready"),
            Obstacle::Paused => f.write_str("paused"),
            Obstacle::JustPassed => f.write_str("just_passed"),
            Obstacle::Busy => f.write_str("busy"),
            Obstacle::NoPhone => f.write_str("no_phone"),
            Obstacle::SlowPhone => f.write_str("slow_phone"),
            Obstacle::NoDesktop => f.write_str("no_desktop"),
            Obstacle::MissingSkill(skill) => write!(f, "missing_skill:{skill}"),
            Obstacle::LowSkill(skill) => write!(f, "low_skill:{skill}"),
            Obstacle::OtherClient => f.write_str("other_client"),
            Obstacle::OtherSite => f.write_str("other_site"),
            Obstacle::Pull => f.write_str("pull"),
        }
    }
}

impl Represents {
    /// What keeps him from a contact of this client and site.
    pub fn obstacle(&self, facts: &Facts) -> Option<Obstacle> {
        let other = |of: &String, his: &[String]| !of.is_empty() && !his.is_empty() && !his.contains(of);
        match () {
            () if other(&facts.client, &self.clients) => Some(Obstacle::OtherClient),
            () if other(&facts.site, &self.sites) => Some(Obstacle::OtherSite),
            () => None,
        }
    }
}

/// How an agent stood when he was looked at; all but `paused` and `just_passed` are what a contact needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Standing {
    pub logged_in: bool,
    pub ready: bool,
    /// Not ready, and not by his own word.
    pub paused: bool,
    pub just_passed: bool,
    /// Nothing in hand.
    pub idle: bool,
    pub phone: bool,
    /// He has to pick it up, for a customer who waits for nobody.
    pub slow: bool,
    pub desktop: bool,
}

/// An agent as he was looked at. Each agent of the firm is one, in the order of the configuration.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Candidate {
    /// Log-in name.
    pub agent: Arc<str>,
    /// All of his skills, with levels 1–5.
    pub skills: Arc<[(String, u8)]>,
    /// In whose name he answers.
    pub represents: Arc<Represents>,
    /// What he was.
    pub state: AgentState,
    /// Why he could, or could not.
    pub standing: Standing,
    /// Since when he waits for work.
    #[serde(with = "crate::micros")]
    pub idle_since: Time,
    /// Calls taken since midnight.
    pub calls_today: u32,
    /// He was claimed or named for this contact before.
    pub preferred: bool,
    /// Where a chat is routed: how many he has. Among equals fewer come first.
    pub chats: u32,
    /// When he spoke with the customer, if nobody has since.
    #[serde(with = "crate::micros::optional")]
    pub last_talk: Option<Time>,
}

impl Candidate {
    /// Whether nothing but skills keeps him from a contact.
    pub fn available(&self) -> bool {
        let s = &self.standing;
        s.logged_in && s.ready && !s.just_passed && s.idle && s.phone && !s.slow && s.desktop
    }

    /// The level of a skill; 0: he has it not.
    fn level(&self, skill: &str) -> u8 {
        self.skills.iter().find(|(name, _)| name == skill).map_or(0, |(_, level)| *level)
    }

    fn serves(&self, skills: &[String]) -> bool {
        skills.iter().all(|skill| self.level(skill) > 0)
    }

    fn levels(&self, skills: &[String]) -> u32 {
        skills.iter().map(|skill| u32::from(self.level(skill))).sum()
    }

    /// The first of the queues that he serves: 0 is the one asked, from 1 those of overflow.
    pub fn serving(&self, skills: &[String], further: &[Arc<Needs>]) -> Option<usize> {
        if self.serves(skills) {
            return Some(0);
        }
        further.iter().position(|needs| self.serves(&needs.skills)).map(|step| step + 1)
    }

    /// The same of the queues that give their contacts out by themselves; to him whom a rule names any does. The first are the
    /// skills of the one asked, and whether it does not.
    fn given_by(&self, (skills, pull): (&[String], bool), case: &Case) -> Option<usize> {
        let named = case.ruled.then.agent.as_deref() == Some(&*self.agent);
        let gives = |(skills, pull): (&[String], bool)| (named || !pull) && self.serves(skills);
        if gives((skills, pull)) {
            return Some(0);
        }
        let step = case.further.iter().position(|needs| gives((&needs.skills, needs.pull)));
        step.map(|step| step + 1)
    }

    /// Whether nothing but the queue's policy keeps him from a contact: he may take it.
    pub fn pulls(&self, case: &Case) -> Option<Obstacle> {
        let serves = self.serving(&case.home.skills, &case.further).is_some();
        let given = self.given_by((&case.home.skills, case.home.pull), case);
        (serves && given.is_none()).then_some(Obstacle::Pull)
    }

    /// Whether he has the skills that a rule asks for.
    pub fn meets(&self, skills: &[(String, u8)]) -> bool {
        skills.iter().all(|(skill, least)| self.level(skill) >= *least)
    }

    /// Those of them that he has not, or not well enough.
    pub fn falls_short(&self, skills: &[(String, u8)]) -> Vec<Obstacle> {
        let short = skills.iter().filter(|(skill, least)| self.level(skill) < *least);
        let obstacle = |(skill, _): &(String, u8)| match self.level(skill) {
            0 => Obstacle::MissingSkill(skill.clone()),
            _ => Obstacle::LowSkill(skill.clone()),
        };
        short.map(obstacle).collect()
    }

    /// All that keeps him from a contact of a queue with these skills, or of those of overflow.
    pub fn obstacles(&self, skills: &[String], further: &[Arc<Needs>]) -> Vec<Obstacle> {
        let s = &self.standing;
        let missing = || skills.iter().filter(|skill| self.level(skill) == 0);
        let strange = self.serving(skills, further).is_none();
        if !s.logged_in {
            let strange = missing().filter(|_| strange).cloned().map(Obstacle::MissingSkill);
            return std::iter::once(Obstacle::NotLoggedIn).chain(strange).collect();
        }
        let paused = !s.ready && s.paused;
        [
            (!s.ready && !paused, Obstacle::NotReady),
            (paused, Obstacle::Paused),
            (s.just_passed, Obstacle::JustPassed),
            (!s.idle, Obstacle::Busy),
            (!s.phone, Obstacle::NoPhone),
            (s.slow, Obstacle::SlowPhone),
            (!s.desktop, Obstacle::NoDesktop),
        ]
        .into_iter()
        .filter_map(|(holds, obstacle)| holds.then_some(obstacle))
        .chain(missing().filter(|_| strange).cloned().map(Obstacle::MissingSkill))
        .collect()
    }
}

/// What a queue asks of its agents.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Needs {
    /// Its name.
    pub queue: String,
    /// The skills.
    pub skills: Vec<String>,
    /// They take its contacts by themselves, and are offered none.
    pub pull: bool,
}

/// What besides settings and agents a choice depends on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Case {
    /// When.
    #[serde(with = "crate::micros")]
    pub at: Time,
    /// The queue that was asked.
    pub home: Arc<Needs>,
    /// Queues whose agents may be taken too, after its own: overflow.
    pub further: Vec<Arc<Needs>>,
    /// Whose turn it was last, by his place in the candidates (round robin).
    pub turn: Option<usize>,
    /// What the firm's rules said of it.
    pub ruled: Arc<Ruled>,
}

/// Who was chosen, and why he.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Choice {
    /// His place in the candidates.
    pub chosen: usize,
    /// The rule.
    pub rule: Rule,
}

/// Chooses: the preferred, the one who spoke with the customer last, then by the queue's strategy; its own agents before those
/// of overflow, those who speak a language that a rule names before the others; among equals the longest idle, then the first of
/// the configuration. Where all are rung nobody is preferred but whom a rule names; who was claimed is the first of [`group`].
/// None: nobody can.
pub fn choose(settings: &QueueSettings, case: &Case, candidates: &[Candidate]) -> Option<Choice> {
    let able = able(settings, case, candidates);
    let first = |fits: &dyn Fn(&Candidate) -> bool, rule| {
        let found = able.iter().find(|&&(index, _)| fits(&candidates[index]));
        found.map(|&(chosen, _)| Choice { chosen, rule })
    };
    let named = |candidate: &Candidate| case.ruled.then.agent.as_deref() == Some(&*candidate.agent);
    let alone = |candidate: &Candidate| settings.strategy != Strategy::RingAll || named(candidate);
    let lately = |at: Time| !settings.affinity.is_zero() && case.at.since(at) <= settings.affinity;
    first(&|candidate| candidate.preferred && alone(candidate), Rule::Preferred)
        .or_else(|| first(&|candidate| candidate.last_talk.is_some_and(lately), Rule::LastAgent))
        .or_else(|| {
            let best = able.iter().min_by_key(|&&place| order(settings, case, candidates, place));
            best.map(|&(chosen, _)| Choice { chosen, rule: settings.strategy.into() })
        })
}

/// All who are rung at once where the rule is [`Rule::RingAll`], in the order of the choice: the chosen one first.
pub fn group(settings: &QueueSettings, case: &Case, candidates: &[Candidate]) -> Vec<usize> {
    let mut able = able(settings, case, candidates);
    able.sort_by_key(|&place| order(settings, case, candidates, place));
    able.into_iter().take(GROUP).map(|(index, _)| index).collect()
}

/// Those who could, each with the step of overflow by which he serves.
fn able(settings: &QueueSettings, case: &Case, candidates: &[Candidate]) -> Vec<(usize, usize)> {
    let able = |(index, candidate): (usize, &Candidate)| {
        let step = candidate.given_by((&settings.skills, settings.take == Take::Pull), case)?;
        let can = candidate.available()
            && candidate.meets(&case.ruled.then.skills)
            && candidate.represents.obstacle(&case.ruled.facts).is_none();
        can.then_some((index, step))
    };
    candidates.iter().enumerate().filter_map(able).collect()
}

/// The lowest comes first.
fn order(
    settings: &QueueSettings,
    case: &Case,
    all: &[Candidate],
    place: (usize, usize),
) -> impl Ord + use<> {
    let (index, step) = place;
    let candidate = &all[index];
    // Elsewhere the preferred are chosen before there is an order.
    let claimed = settings.strategy == Strategy::RingAll && candidate.preferred;
    let language = case.ruled.then.language.as_ref();
    let strange = language.is_some_and(|language| candidate.level(language) == 0);
    let rank = rank(settings, case, all, place);
    (!claimed, step, strange, rank, candidate.chats, candidate.idle_since, index)
}

/// By the strategy; the lowest comes first.
fn rank(settings: &QueueSettings, case: &Case, all: &[Candidate], (index, step): (usize, usize)) -> u64 {
    match settings.strategy {
        Strategy::LongestIdle | Strategy::RingAll => 0,
        Strategy::LeastCalls => all[index].calls_today.into(),
        Strategy::RoundRobin => {
            let next = case.turn.map_or(0, |turn| turn + 1);
            ((index + all.len() - next % all.len()) % all.len()) as u64
        }
        Strategy::SkillLevel => {
            let skills = step.checked_sub(1).map_or(&settings.skills, |step| &case.further[step].skills);
            u64::from(u32::MAX - all[index].levels(skills))
        }
    }
}

#[cfg(test)]
mod tests;
