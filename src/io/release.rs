//! What waits for the disk, by firm. Nothing that waited for a number overtakes, or is overtaken by, what waits for the same one:
//! the firm's events keep their order.

use std::collections::{HashMap, VecDeque};

/// See the module.
pub struct Release<A> {
    firms: HashMap<String, Firm<A>>,
}

struct Firm<A> {
    /// The journal as it was last looked at.
    durable: u64,
    waiting: VecDeque<(u64, A)>,
}

impl<A> Release<A> {
    /// Nothing waits.
    pub fn new() -> Self {
        Release { firms: HashMap::new() }
    }

    /// An action that is due when the firm's journal is durable up to `after`; it is now up to `durable`. Everything that is due goes
    /// to `ready`, what waited first.
    pub fn push(&mut self, firm: &str, (after, action): (u64, A), durable: u64, ready: &mut Vec<A>) {
        if !self.firms.contains_key(firm) {
            self.firms.insert(firm.to_owned(), Firm { durable, waiting: VecDeque::new() });
        }
        let Some(row) = self.firms.get_mut(firm) else { return };
        row.look(durable, ready);
        if after <= row.durable {
            ready.push(action);
        } else {
            row.waiting.push_back((after, action));
        }
    }

    /// What is due now that journals have gone on: `durable` says how far.
    pub fn look(&mut self, durable: impl Fn(&str) -> u64, ready: &mut Vec<A>) {
        for (firm, row) in self.firms.iter_mut().filter(|(_, row)| !row.waiting.is_empty()) {
            row.look(durable(firm), ready);
        }
    }
}

impl<A> Firm<A> {
    fn look(&mut self, durable: u64, ready: &mut Vec<A>) {
        if durable <= self.durable {
            return;
        }
        self.durable = durable;
        let waiting = std::mem::take(&mut self.waiting);
        for (after, action) in waiting {
            if after <= durable {
                ready.push(action);
            } else {
                self.waiting.push_back((after, action));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_becomes_durable_between_two_effects_does_not_swap_them() {
        let (mut release, mut ready) = (Release::new(), Vec::new());
        release.push("acme", (7, "first"), 6, &mut ready);
        assert!(ready.is_empty());
        release.push("acme", (0, "needs nothing"), 6, &mut ready);
        release.push("acme", (7, "second"), 7, &mut ready);
        assert_eq!(ready, ["needs nothing", "first", "second"]);
    }

    #[test]
    fn what_is_durable_is_not_kept_by_what_is_not() {
        let (mut release, mut ready) = (Release::new(), Vec::new());
        release.push("acme", (9, "late"), 5, &mut ready);
        release.push("acme", (6, "early"), 5, &mut ready);
        release.push("globex", (2, "other"), 1, &mut ready);
        release.look(|firm| if firm == "acme" { 6 } else { 1 }, &mut ready);
        assert_eq!(ready, ["early"]);
        release.push("acme", (6, "early too"), 6, &mut ready);
        release.look(|_| 9, &mut ready);
        assert_eq!(ready[..3], ["early", "early too", ready[2]]);
        assert_eq!(ready.len(), 4);
    }
}
