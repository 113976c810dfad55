//! Who else of the firm is logged in, and how he is: told when it changed, with the other coalesced views.

use super::Firm;
use super::show::view;
use crate::view::{AgentState, ColleagueView};

impl Firm {
    /// The others who are logged in, by name.
    pub(super) fn colleagues_of(&self, agent: usize) -> Vec<ColleagueView> {
        self.people().into_iter().filter(|(index, _)| *index != agent).map(|(_, row)| row).collect()
    }

    /// Tells every desktop of its colleagues, where anything of them is news.
    pub(super) fn show_colleagues(&mut self) {
        let people = self.people();
        if people == self.colleagues_shown {
            return;
        }
        for agent in 0..self.agents.len() {
            if self.agents[agent].stream.is_some() {
                let others: Vec<&ColleagueView> =
                    people.iter().filter(|(index, _)| *index != agent).map(|(_, row)| row).collect();
                self.notify_agent(agent, view("colleagues", &others));
            }
        }
        self.colleagues_shown = people;
    }

    fn people(&self) -> Vec<(usize, ColleagueView)> {
        let mut people: Vec<(usize, ColleagueView)> = self
            .agents
            .iter()
            .enumerate()
            .filter(|(_, row)| row.logged_in)
            .map(|(index, row)| {
                let person = ColleagueView {
                    agent: row.settings.name.clone(),
                    display_name: row.settings.display_name.clone(),
                    state: row.state,
                    since: row.since.rfc3339(),
                    reason: row.reason.clone().filter(|_| row.state == AgentState::NotReady),
                };
                (index, person)
            })
            .collect();
        people.sort_by(|(_, a), (_, b)| (&a.display_name, &a.agent).cmp(&(&b.display_name, &b.agent)));
        people
    }
}
