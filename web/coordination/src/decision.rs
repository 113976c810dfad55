//! Why this agent: each choice with whom it was made among, kept for a while, to be explained and made again with other settings.

use crate::ids::{CallId, DecisionId, ReservationId};
use crate::routing::{self, Candidate, Case, Choice, Rule, Strategy, choose};
use crate::rules::{self, RoutingRule, Ruled, Verdict};
use crate::settings::QueueSettings;
use crate::view::AgentState;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use warmline_time::Time;

/// How long a decision can be asked for.
const KEPT: Duration = Duration::from_secs(3600);
/// How many of a firm are kept at most.
const KEPT_MOST: usize = 2_000;
/// And how many candidates in all of them, some 20 MB: a firm of many agents keeps fewer.
const CANDIDATES: usize = 200_000;
/// How many are listed at most.
pub(crate) const LISTED: usize = 50;

/// A choice that led to a claim, to an offer, or to a place in the queue.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Decision {
    /// Its id.
    pub id: DecisionId,
    /// For which reservation.
    pub reservation: Option<ReservationId>,
    /// For which call.
    pub call: Option<CallId>,
    /// The queue's strategy then.
    pub strategy: Strategy,
    /// Time, queues, whose turn it was.
    pub case: Case,
    /// All agents of the firm.
    pub candidates: Vec<Candidate>,
    /// Who was chosen; none: nobody could.
    pub choice: Option<Choice>,
    /// All whose phones were rung at once, the chosen one first, by their places; empty where he was alone.
    pub rung: Vec<usize>,
}

impl Decision {
    /// Who would have been chosen with these settings of the queue, the agents and the queues of overflow as they were.
    pub fn replay(&self, settings: &QueueSettings) -> Option<Choice> {
        choose(settings, &self.case, &self.candidates)
    }

    /// Who would have been rung at once with these settings; one where somebody is asked alone.
    pub fn replay_group(&self, settings: &QueueSettings) -> Vec<usize> {
        match self.replay(settings) {
            Some(Choice { rule: Rule::RingAll, .. }) => {
                routing::group(settings, &self.case, &self.candidates)
            }
            alone => alone.into_iter().map(|choice| choice.chosen).collect(),
        }
    }

    /// What other rules would have made of it, over the same values.
    pub fn rule_again(&self, rules: &[RoutingRule]) -> Ruled {
        rules::evaluate(rules, self.case.ruled.facts.clone())
    }

    /// Who would have been chosen under other rules, by the settings of the queue to which they would have led.
    pub fn replay_ruled(&self, ruled: Ruled, settings: &QueueSettings) -> Option<Choice> {
        let case = Case { ruled: ruled.into(), ..self.case.clone() };
        choose(settings, &case, &self.candidates)
    }

    /// The agent of a choice among these candidates, by log-in name.
    pub fn name(&self, choice: Choice) -> Option<&str> {
        self.candidates.get(choice.chosen).map(|candidate| &*candidate.agent)
    }

    /// As the interfaces show it.
    pub fn view(&self) -> DecisionView {
        DecisionView {
            id: self.id,
            at: self.case.at,
            time: self.case.at.rfc3339(),
            reservation: self.reservation,
            call: self.call,
            queue: self.case.home.queue.clone(),
            overflow: self.case.further.iter().map(|needs| needs.queue.clone()).collect(),
            strategy: self.strategy,
            chosen: self.choice.and_then(|choice| self.name(choice)).map(str::to_owned),
            rule: self.choice.map(|choice| choice.rule),
            rung: self.rung.iter().map(|&index| self.candidates[index].agent.to_string()).collect(),
            candidates: self.candidates.iter().map(|candidate| self.candidate_view(candidate)).collect(),
            rules: self
                .case
                .ruled
                .verdicts
                .iter()
                .map(|(name, verdict)| RuleView { name: name.clone(), verdict: *verdict })
                .collect(),
        }
    }

    fn candidate_view(&self, candidate: &Candidate) -> CandidateView {
        let (home, further) = (&self.case.home, &self.case.further);
        let serves = candidate.serving(&home.skills, further).map(|step| match step.checked_sub(1) {
            None => home.queue.clone(),
            Some(step) => further[step].queue.clone(),
        });
        let obstacles = candidate.obstacles(&home.skills, further).into_iter();
        let obstacles = obstacles.chain(candidate.falls_short(&self.case.ruled.then.skills));
        let obstacles = obstacles.chain(candidate.represents.obstacle(&self.case.ruled.facts));
        let obstacles = obstacles.chain(candidate.pulls(&self.case));
        CandidateView {
            agent: candidate.agent.to_string(),
            state: candidate.state,
            skills: candidate.skills.iter().cloned().collect(),
            serves,
            idle_since: candidate.idle_since.rfc3339(),
            calls_today: candidate.calls_today,
            preferred: candidate.preferred,
            last_talk: candidate.last_talk.map(Time::rfc3339),
            why_not: obstacles.map(|obstacle| obstacle.to_string()).collect(),
        }
    }

    /// Whether it is about this reservation or call.
    fn is_about(&self, subject: &str) -> bool {
        self.reservation.is_some_and(|id| id.to_string() == subject)
            || self.call.is_some_and(|id| id.to_string() == subject)
    }
}

/// A decision as the interfaces show it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct DecisionView {
    /// Its id.
    pub id: DecisionId,
    #[serde(skip)]
    at: Time,
    /// RFC 3339.
    pub time: String,
    /// For which reservation.
    pub reservation: Option<ReservationId>,
    /// For which call.
    pub call: Option<CallId>,
    /// The queue that was asked.
    pub queue: String,
    /// Queues whose agents could be taken too.
    pub overflow: Vec<String>,
    /// The queue's strategy.
    pub strategy: Strategy,
    /// Log-in name; none: nobody could, and the person has a place in the queue.
    pub chosen: Option<String>,
    /// The rule that chose him.
    pub rule: Option<Rule>,
    /// Log-in names of all whose phones were rung at once (`ring_all`), the chosen one first; empty: he was asked alone, or is
    /// only claimed.
    pub rung: Vec<String>,
    /// All agents of the firm.
    pub candidates: Vec<CandidateView>,
    /// The firm's routing rules, in order, as far as they were asked when the contact came.
    pub rules: Vec<RuleView>,
}

/// A rule as a decision found it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RuleView {
    /// Its name.
    pub name: String,
    /// What became of it.
    pub verdict: Verdict,
}

/// An agent as a decision found him.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CandidateView {
    /// Log-in name.
    pub agent: String,
    /// What he was.
    pub state: AgentState,
    /// All of his skills, with levels 1–5.
    pub skills: BTreeMap<String, u8>,
    /// The queue by which he could be taken.
    pub serves: Option<String>,
    /// RFC 3339: since when he waited for work.
    pub idle_since: String,
    /// Calls taken since midnight.
    pub calls_today: u32,
    /// He was claimed or named for this contact before.
    pub preferred: bool,
    /// RFC 3339: when he spoke with the customer, if nobody had since.
    pub last_talk: Option<String>,
    /// What kept him: `not_logged_in`, `not_ready`, `paused`, `just_passed`, `busy`, `no_phone`, `slow_phone`, `no_desktop`,
    /// `missing_skill:x`, `low_skill:x`, `other_client`, `other_site`. Empty: he could have been taken.
    pub why_not: Vec<String>,
}

/// The latest decisions of a firm.
#[derive(Debug, Default)]
pub(crate) struct Decisions {
    rows: VecDeque<Arc<Decision>>,
    last: Option<DecisionId>,
    candidates: usize,
}

impl Decisions {
    /// One more; what is old or too much goes.
    pub fn keep(&mut self, decision: Arc<Decision>) {
        let now = decision.case.at;
        self.candidates += decision.candidates.len();
        self.rows.push_back(decision);
        while self.rows.front().is_some_and(|oldest| {
            self.rows.len() > KEPT_MOST || self.candidates > CANDIDATES || now.since(oldest.case.at) > KEPT
        }) {
            let gone = self.rows.pop_front().map_or(0, |oldest| oldest.candidates.len());
            self.candidates -= gone;
        }
    }

    /// Those about requests of people who are erased are forgotten.
    pub fn forget(&mut self, theirs: impl Fn(ReservationId) -> bool) {
        self.rows.retain(|row| !row.reservation.is_some_and(&theirs));
        self.candidates = self.rows.iter().map(|row| row.candidates.len()).sum();
    }

    /// By its id.
    pub fn get(&self, now: Time, id: DecisionId) -> Option<&Decision> {
        self.latest(now).find(|decision| decision.id == id)
    }

    /// Of a reservation or call, or of all, before this one; the latest first.
    pub fn about(&self, now: Time, subject: Option<&str>, before: DecisionId) -> Vec<&Decision> {
        self.kept(now, subject).filter(|row| row.id < before).take(LISTED).collect()
    }

    /// The id of the next.
    pub fn next_id(&mut self, minted: DecisionId) -> DecisionId {
        let id = self.last.map_or(minted, |last| minted.behind(last));
        self.last = Some(id);
        id
    }

    /// All of them; the latest first.
    pub fn kept(&self, now: Time, subject: Option<&str>) -> impl Iterator<Item = &Decision> {
        let about = move |decision: &&Decision| subject.is_none_or(|subject| decision.is_about(subject));
        self.latest(now).filter(about)
    }

    fn latest(&self, now: Time) -> impl Iterator<Item = &Decision> {
        self.rows
            .iter()
            .rev()
            .map(|row| &**row)
            .take_while(move |decision| now.since(decision.case.at) <= KEPT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::{Needs, Standing};

    fn decision(secs: u64, agents: usize) -> Decision {
        let at = Time::from_micros(secs * 1_000_000);
        let home = Arc::new(Needs { queue: "sales".into(), skills: Vec::new(), pull: false });
        let candidate = |n: usize| Candidate {
            agent: format!("agent{n}").into(),
            skills: [].into(),
            represents: Arc::default(),
            state: AgentState::NotReady,
            standing: Standing::default(),
            idle_since: Time::ZERO,
            calls_today: 0,
            preferred: false,
            chats: 0,
            last_talk: None,
        };
        Decision {
            id: DecisionId::mint(at, u128::from(secs)),
            reservation: Some(ReservationId::mint(at, u128::from(secs % 2))),
            call: None,
            strategy: Strategy::LongestIdle,
            case: Case { at, home, further: Vec::new(), turn: None, ruled: Arc::default() },
            candidates: (0..agents).map(candidate).collect(),
            choice: None,
            rung: Vec::new(),
        }
    }

    #[test]
    fn an_hour_two_thousand_and_so_many_candidates() {
        let mut kept = Decisions::default();
        let (first, second) = (decision(0, 1), decision(3601, 1));
        kept.keep(first.clone().into());
        let hour = Time::from_micros(3_600_000_000);
        assert!(kept.get(hour, first.id).is_some());
        assert!(kept.get(hour + Duration::from_secs(1), first.id).is_none());
        kept.keep(second.into());
        assert_eq!(kept.rows.len(), 1);
        for n in 0..KEPT_MOST as u64 + 9 {
            kept.keep(decision(4000 + n / 1000, 2).into());
        }
        assert_eq!(kept.rows.len(), KEPT_MOST);
        (0..3).for_each(|_| kept.keep(decision(4100, CANDIDATES / 2).into()));
        assert_eq!((kept.rows.len(), kept.candidates), (2, CANDIDATES));
    }

    #[test]
    fn found_by_subject_the_latest_first() {
        let mut kept = Decisions::default();
        let rows: Vec<Decision> = (0..4).map(|secs| decision(secs, 1)).collect();
        rows.iter().cloned().for_each(|row| kept.keep(row.into()));
        let now = Time::from_micros(5_000_000);
        let subject = rows[1].reservation.unwrap().to_string();
        assert_eq!(kept.about(now, Some(&subject), DecisionId::LAST), [&rows[1]]);
        assert_eq!(kept.about(now, None, DecisionId::LAST).len(), 4);
        assert_eq!(kept.about(now, None, DecisionId::LAST)[0], &rows[3]);
        assert_eq!(kept.about(now, None, rows[2].id), [&rows[1], &rows[0]]);
        // In one millisecond, too, each is behind the one before.
        let at = Time::from_micros(7_000_000);
        let ids: Vec<_> = [9, 3, 8, 1].map(|bits| kept.next_id(DecisionId::mint(at, bits))).into();
        assert!(ids.is_sorted_by(|one, next| one < next), "{ids:?}");
    }
}
