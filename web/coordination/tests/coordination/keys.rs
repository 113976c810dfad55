//! What callers hear and press, for the tests of numbers.

use crate::world::*;
use warmline_coordination::cti::{Command, Event, Prompt};
use warmline_coordination::ids::CallId;

pub const NUMBER: &str = "+493012345000";

impl World {
    /// The customer of a call presses keys, one after the other.
    pub fn press(&mut self, call: CallId, keys: &str) {
        let party = self.calls[&call].customer;
        for digit in keys.chars() {
            self.event(Event::Digit { call, party, digit });
        }
    }

    /// What a caller was told, in order.
    pub fn said(&self, call: CallId) -> Vec<Prompt> {
        let said = |command: &Command| match command {
            Command::Say { call: whose, prompts, .. } if *whose == call => prompts.clone(),
            _ => Vec::new(),
        };
        self.commands.iter().flat_map(said).collect()
    }

    /// Who is shown to an agent: the page's title, and how sure that is.
    pub fn screen(&self, name: &str) -> (Option<String>, String) {
        let current = &self.desks[name].current;
        let title = current["page"]["title"].as_str().map(str::to_owned);
        (title, current["confidence"].as_str().unwrap_or("nothing").to_owned())
    }

    /// How many phones ring or were answered.
    pub fn rung(&self) -> usize {
        self.count(|command| matches!(command, Command::Ring { .. }))
    }
}

/// A screen as [`World::screen`] gives it.
pub fn shows(title: &str, confidence: &str) -> (Option<String>, String) {
    (Some(title.to_owned()), confidence.to_owned())
}

/// A PIN that is nobody's of these.
pub fn other_pin(pins: &[&str]) -> String {
    let fits = |n: &u32| !pins.contains(&format!("{n:06}").as_str());
    format!("{:06}", (100_000u32..).find(fits).unwrap())
}
