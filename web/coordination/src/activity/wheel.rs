//! A hierarchical timer wheel: one deadline a row of the table, O(1) to set and to take, whatever the number of rows.
//!
//! After Varghese and Lauck (1987): five wheels of 64 slots, each slot of a wheel as long as the whole wheel below it. A deadline
//! is kept to its tick of 131 ms and comes due with the end of that, never before its time.

use warmline_time::Time;

/// A tick is 2^17 µs.
const TICK_BITS: u32 = 17;
const SLOT_BITS: u32 = 6;
const SLOTS: usize = 1 << SLOT_BITS;
const LEVELS: usize = 5;
/// The furthest deadline, in ticks from now; what is later comes due then and has to be set again.
const FURTHEST: u64 = (SLOTS as u64 - 1) << (SLOT_BITS * (LEVELS as u32 - 1));
const NONE: u32 = u32::MAX;
const UNSET: u16 = u16::MAX;

#[derive(Clone, Copy, Debug)]
struct Node {
    due: u64,
    before: u32,
    behind: u32,
    slot: u16,
}

const FREE: Node = Node { due: 0, before: NONE, behind: NONE, slot: UNSET };

/// See above. Rows are known by their places.
#[derive(Debug)]
pub(super) struct Wheel {
    nodes: Vec<Node>,
    heads: [[u32; SLOTS]; LEVELS],
    occupied: [u64; LEVELS],
    /// Up to this tick everything was taken, but for what is set for it since.
    elapsed: u64,
    set: usize,
}

impl Default for Wheel {
    fn default() -> Self {
        Wheel { nodes: Vec::new(), heads: [[NONE; SLOTS]; LEVELS], occupied: [0; LEVELS], elapsed: 0, set: 0 }
    }
}

fn tick(at: Time) -> u64 {
    at.as_micros() >> TICK_BITS
}

/// The first tick that is not before `at`.
fn tick_after(at: Time) -> u64 {
    at.as_micros().div_ceil(1 << TICK_BITS)
}

fn level(elapsed: u64, due: u64) -> usize {
    let differ = (elapsed ^ due) | (SLOTS as u64 - 1);
    ((63 - differ.leading_zeros()) / SLOT_BITS).min(LEVELS as u32 - 1) as usize
}

impl Wheel {
    /// Sets the deadline of a row, in place of an earlier one.
    pub fn set(&mut self, row: u32, now: Time, at: Time) {
        self.cancel(row);
        if self.set == 0 {
            self.elapsed = self.elapsed.max(tick(now));
        }
        if self.nodes.len() <= row as usize {
            self.nodes.resize(row as usize + 1, FREE);
        }
        let due = tick_after(at).clamp(self.elapsed, self.elapsed + FURTHEST);
        self.nodes[row as usize].due = due;
        self.link(row);
        self.set += 1;
    }

    /// Sets it if it is earlier than what is set.
    pub fn set_earlier(&mut self, row: u32, now: Time, at: Time) {
        let node = self.nodes.get(row as usize).filter(|node| node.slot != UNSET);
        if node.is_none_or(|node| tick_after(at) < node.due) {
            self.set(row, now, at);
        }
    }

    /// Takes the deadline of a row away.
    pub fn cancel(&mut self, row: u32) {
        if self.nodes.get(row as usize).is_some_and(|node| node.slot != UNSET) {
            self.unlink(row);
            self.set -= 1;
        }
    }

    /// When [`Self::pop`] has something to do, which may be no more than to sort what is due later.
    pub fn next(&self) -> Option<Time> {
        self.earliest().map(|(.., due)| Time::from_micros(due << TICK_BITS))
    }

    /// Takes one row that is due at `now`; `steps` is what it may do yet, and none is left when there may be more.
    pub fn pop(&mut self, now: Time, steps: &mut usize) -> Option<u32> {
        let now = tick(now);
        while let Some((level, slot, due)) = self.earliest()
            && due <= now
        {
            if *steps == 0 {
                return None;
            }
            *steps -= 1;
            self.elapsed = self.elapsed.max(due);
            let row = self.heads[level][slot];
            self.unlink(row);
            if level == 0 || self.nodes[row as usize].due <= self.elapsed {
                self.set -= 1;
                return Some(row);
            }
            self.link(row);
        }
        self.elapsed = self.elapsed.max(now);
        None
    }

    /// The slot that is due first; of equal ones the longest, whose rows have to be sorted first.
    fn earliest(&self) -> Option<(usize, usize, u64)> {
        let mut found: Option<(usize, usize, u64)> = None;
        for level in (0..LEVELS).filter(|&level| self.occupied[level] != 0) {
            let shift = SLOT_BITS * level as u32;
            let here = (self.elapsed >> shift) % SLOTS as u64;
            let ahead = self.occupied[level].rotate_right(here as u32).trailing_zeros();
            let slot = (here as usize + ahead as usize) % SLOTS;
            let due = ((self.elapsed >> shift) + u64::from(ahead)) << shift;
            if found.is_none_or(|(.., first)| due <= first) {
                found = Some((level, slot, due));
            }
        }
        found
    }

    fn link(&mut self, row: u32) {
        let due = self.nodes[row as usize].due;
        let level = level(self.elapsed, due);
        let slot = (due >> (SLOT_BITS * level as u32)) as usize % SLOTS;
        let head = &mut self.heads[level][slot];
        let behind = std::mem::replace(head, row);
        if behind != NONE {
            self.nodes[behind as usize].before = row;
        }
        let slot_of = (level * SLOTS + slot) as u16;
        self.nodes[row as usize] = Node { due, before: NONE, behind, slot: slot_of };
        self.occupied[level] |= 1 << slot;
    }

    fn unlink(&mut self, row: u32) {
        let node = std::mem::replace(&mut self.nodes[row as usize], FREE);
        self.nodes[row as usize].due = node.due;
        let (level, slot) = (node.slot as usize / SLOTS, node.slot as usize % SLOTS);
        match node.before {
            NONE => self.heads[level][slot] = node.behind,
            before => self.nodes[before as usize].behind = node.behind,
        }
        if node.behind != NONE {
            self.nodes[node.behind as usize].before = node.before;
        }
        if self.heads[level][slot] == NONE {
            self.occupied[level] &= !(1 << slot);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use std::time::Duration;

    const TICK: Duration = Duration::from_micros(1 << TICK_BITS);

    #[derive(Clone, Debug)]
    enum Step {
        Set(u32, u64),
        Earlier(u32, u64),
        Cancel(u32),
        Wait(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        // From microseconds to weeks: every level is met.
        let span = || (0u32..46, 0u64..1_000).prop_map(|(bits, part)| (part << bits) / 1_000);
        prop_oneof![
            (0u32..8, span()).prop_map(|(row, span)| Step::Set(row, span)),
            (0u32..8, span()).prop_map(|(row, span)| Step::Earlier(row, span)),
            (0u32..8).prop_map(Step::Cancel),
            span().prop_map(Step::Wait),
        ]
    }

    proptest! {
        #[test]
        fn nothing_is_early_late_or_lost(
            start in 0u64..2_000_000_000_000_000,
            steps in proptest::collection::vec(step(), 1..60),
            few in proptest::bool::ANY,
        ) {
            let (mut wheel, mut now) = (Wheel::default(), Time::from_micros(start));
            let mut model: BTreeMap<u32, Time> = BTreeMap::new();
            for step in steps {
                match step {
                    Step::Set(row, span) => {
                        model.insert(row, now + Duration::from_micros(span));
                        wheel.set(row, now, now + Duration::from_micros(span));
                    }
                    Step::Earlier(row, span) => {
                        let at = now + Duration::from_micros(span);
                        let kept = model.get(&row).is_some_and(|&set| tick_after(set) <= tick_after(at));
                        if !kept {
                            model.insert(row, at);
                        }
                        wheel.set_earlier(row, now, at);
                    }
                    Step::Cancel(row) => {
                        model.remove(&row);
                        wheel.cancel(row);
                    }
                    Step::Wait(span) => now = now + Duration::from_micros(span),
                }
                loop {
                    let mut budget = if few { 1 } else { 1_000 };
                    let popped = wheel.pop(now, &mut budget);
                    if let Some(row) = popped {
                        let at = model.remove(&row);
                        prop_assert!(at.is_some_and(|at| at <= now), "{row} at {at:?}, now {now:?}");
                    } else if budget > 0 {
                        break;
                    }
                }
                prop_assert_eq!(wheel.set, model.len());
                for at in model.values() {
                    prop_assert!(*at + TICK > now, "{at:?} is late at {now:?}");
                    prop_assert!(wheel.next().is_some_and(|next| next <= *at + TICK));
                }
                prop_assert!(wheel.next().is_none_or(|next| next > now));
            }
        }
    }

    #[test]
    fn a_deadline_too_far_away_comes_due_before_it_is_lost() {
        let mut wheel = Wheel::default();
        wheel.set(3, Time::ZERO, Time::from_micros(u64::MAX));
        let far = Time::from_micros(FURTHEST << TICK_BITS);
        assert_eq!(wheel.pop(far - TICK, &mut 10), None);
        assert_eq!((wheel.pop(far, &mut 10), wheel.next()), (Some(3), None));
    }
}
