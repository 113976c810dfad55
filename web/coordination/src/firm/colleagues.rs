//! Who else of the firm is logged in, and how he is: whole to a desktop that opens, then only whoever is news, once a second at most.
//! Each message is as long as what happened, however many are logged in.

use super::{Firm, Timer};
use crate::view::{AgentState, ColleagueView, Notice};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use warmline_time::Time;

/// Changes are told at most this often.
const PEOPLE: Duration = Duration::from_secs(1);

impl Firm {
    /// The others who are logged in, by name.
    pub(super) fn colleagues_of(&self, agent: usize) -> Vec<ColleagueView> {
        let others = (0..self.agents.len()).filter(|&index| index != agent);
        let mut people: Vec<ColleagueView> = others.filter_map(|index| self.colleague_view(index)).collect();
        people.sort_by(|a, b| (&a.display_name, &a.agent).cmp(&(&b.display_name, &b.agent)));
        people
    }

    /// Tells every desktop which others are another way than they were told last.
    pub(super) fn show_colleagues(&mut self, now: Time) {
        if self.colleagues_touched.is_empty() {
            return;
        }
        if let Some(next) = self.colleagues_told.map(|told| told + PEOPLE).filter(|&next| next > now) {
            self.timers.set(Timer::People, next);
            return;
        }
        let open: Vec<usize> =
            (0..self.agents.len()).filter(|&index| self.agents[index].stream.is_some()).collect();
        // Whoever opened his desktop since then was told something between the two.
        let newcomers = std::mem::take(&mut self.newcomers);
        let mut changed: BTreeMap<usize, Option<ColleagueView>> = BTreeMap::new();
        for agent in std::mem::take(&mut self.colleagues_touched) {
            let is = self.colleague_view(agent);
            if newcomers || is != self.agents[agent].shown_others {
                self.agents[agent].shown_others.clone_from(&is);
                changed.insert(agent, is);
            }
        }
        if changed.is_empty() {
            return;
        }
        self.colleagues_told = Some(now);
        let all = self.told_of(&changed, None).map(Arc::new);
        for agent in open {
            let own = changed.contains_key(&agent);
            let data = if own { self.told_of(&changed, Some(agent)).map(Arc::new) } else { all.clone() };
            if let Some(data) = data {
                self.notify_agent(agent, Notice::Change { view: "colleagues", data });
            }
        }
    }

    /// The news for all but `own`, who is no colleague of himself. None: there are none.
    fn told_of(&self, changed: &BTreeMap<usize, Option<ColleagueView>>, own: Option<usize>) -> Option<Value> {
        let others = || changed.iter().filter(|(agent, _)| Some(**agent) != own);
        let set: Vec<&ColleagueView> = others().filter_map(|(_, row)| row.as_ref()).collect();
        let left = others().filter(|(_, row)| row.is_none());
        let gone: Vec<&String> = left.map(|(agent, _)| &self.agents[*agent].settings.name).collect();
        (!set.is_empty() || !gone.is_empty()).then(|| json!({ "set": set, "gone": gone }))
    }

    /// None: he is not logged in.
    fn colleague_view(&self, agent: usize) -> Option<ColleagueView> {
        let row = &self.agents[agent];
        row.logged_in.then(|| ColleagueView {
            agent: row.settings.name.clone(),
            display_name: row.settings.display_name.clone(),
            state: row.state,
            since: row.since.rfc3339(),
            reason: row.reason.clone().filter(|_| row.state == AgentState::NotReady),
        })
    }
}
