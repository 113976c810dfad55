//! The table of visitors: bounded rows in a slab, found by who they are, left by who was not seen for longest.

use super::arrival::Who;
use super::row::Row;
use super::wheel::Wheel;
use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher, RandomState};

const NONE: u32 = u32::MAX;

/// The neighbours of a row in the order in which rows were seen.
#[derive(Clone, Copy, Debug)]
struct Link {
    before: u32,
    behind: u32,
}

/// An order of rows: who was seen last is last.
#[derive(Clone, Copy, Debug)]
struct Order {
    first: u32,
    last: u32,
}

const EMPTY: Order = Order { first: NONE, last: NONE };

/// Whom a firm sees.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// Priority from the highest, the latest arrival, and the row.
    order: BTreeSet<(u8, u64, u32)>,
    pub version: u64,
}

/// See above.
#[derive(Debug)]
pub(super) struct Table {
    rows: Vec<Option<Row>>,
    free: Vec<u32>,
    /// By the hash of firm and visitor; the row itself says who it is.
    places: hashbrown::HashTable<u32>,
    hasher: RandomState,
    links: Vec<Link>,
    /// Those of whom nothing is kept in their browser, and all others.
    guests: Order,
    others: Order,
    firms: HashMap<u32, Shown>,
    pub wheel: Wheel,
}

impl Default for Table {
    fn default() -> Self {
        Table {
            rows: Vec::new(),
            free: Vec::new(),
            places: hashbrown::HashTable::new(),
            hasher: RandomState::new(),
            links: Vec::new(),
            guests: EMPTY,
            others: EMPTY,
            firms: HashMap::new(),
            wheel: Wheel::default(),
        }
    }
}

fn key_of(row: &Row, place: u32) -> (u8, u64, u32) {
    (7 - row.known.priority.min(7), u64::MAX - row.arrived.as_micros(), place)
}

impl Table {
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Places that rows have or had.
    pub fn places(&self) -> usize {
        self.rows.len()
    }

    /// Where a visitor stands.
    pub fn find(&self, firm: u32, who: Who) -> Option<u32> {
        let hash = self.hasher.hash_one((firm, who));
        self.places.find(hash, |&place| self.is(place, firm, who)).copied()
    }

    fn is(&self, place: u32, firm: u32, who: Who) -> bool {
        self.row(place).is_some_and(|row| row.firm == firm && row.who == who)
    }

    pub fn row(&self, place: u32) -> Option<&Row> {
        self.rows.get(place as usize)?.as_ref()
    }

    /// What is changed here must not be his firm, who he is, when he arrived, or his priority.
    pub fn row_mut(&mut self, place: u32) -> Option<&mut Row> {
        self.rows.get_mut(place as usize)?.as_mut()
    }

    /// Puts somebody in who is not there.
    pub fn insert(&mut self, row: Row) -> u32 {
        let place = self.free.pop().unwrap_or_else(|| {
            self.rows.push(None);
            self.links.push(Link { before: NONE, behind: NONE });
            self.rows.len() as u32 - 1
        });
        let shown = self.firms.entry(row.firm).or_default();
        shown.order.insert(key_of(&row, place));
        shown.version += 1;
        self.rows[place as usize] = Some(row);
        self.enlist(place);
        self.push_last(place);
        place
    }

    /// Into the index of who is where.
    fn enlist(&mut self, place: u32) {
        let Some(row) = self.row(place) else { return };
        let hash = self.hasher.hash_one((row.firm, row.who));
        let (rows, hasher) = (&self.rows, &self.hasher);
        let rehash = |&place: &u32| {
            let row = rows[place as usize].as_ref();
            row.map_or(0, |row| hasher.hash_one((row.firm, row.who)))
        };
        self.places.insert_unique(hash, place, rehash);
    }

    fn delist(&mut self, place: u32) {
        let Some(row) = self.row(place) else { return };
        let hash = self.hasher.hash_one((row.firm, row.who));
        if let Ok(entry) = self.places.find_entry(hash, |&other| other == place) {
            entry.remove();
        }
    }

    pub fn remove(&mut self, place: u32) -> Option<Row> {
        self.delist(place);
        self.unlink(place);
        self.wheel.cancel(place);
        let row = self.rows.get_mut(place as usize)?.take()?;
        self.free.push(place);
        if let Some(shown) = self.firms.get_mut(&row.firm) {
            shown.order.remove(&key_of(&row, place));
            shown.version += 1;
        }
        Some(row)
    }

    pub fn set_priority(&mut self, place: u32, priority: u8) {
        let Some(row) = self.rows.get_mut(place as usize).and_then(Option::as_mut) else { return };
        if row.known.priority == priority {
            return;
        }
        let old = key_of(row, place);
        row.known.priority = priority;
        if let Some(shown) = self.firms.get_mut(&row.firm) {
            shown.order.remove(&old);
            shown.order.insert(key_of(row, place));
            shown.version += 1;
        }
    }

    /// What is shown of him has changed.
    pub fn changed(&mut self, firm: u32) {
        if let Some(shown) = self.firms.get_mut(&firm) {
            shown.version += 1;
        }
    }

    pub fn version(&self, firm: u32) -> u64 {
        self.firms.get(&firm).map_or(0, |shown| shown.version)
    }

    /// Those of a firm, the highest priority first, then the latest arrival.
    pub fn of_firm(&self, firm: u32) -> impl ExactSizeIterator<Item = u32> + '_ {
        static NOBODY: BTreeSet<(u8, u64, u32)> = BTreeSet::new();
        let order = self.firms.get(&firm).map_or(&NOBODY, |shown| &shown.order);
        order.iter().map(|&(.., place)| place)
    }

    /// Who goes first when there is no room.
    pub fn longest_unseen(&self) -> Option<u32> {
        [self.guests.first, self.others.first].into_iter().find(|&place| place != NONE)
    }

    /// He was seen.
    pub fn seen(&mut self, place: u32) {
        self.unlink(place);
        self.push_last(place);
    }

    fn order(&mut self, place: u32) -> Option<&mut Order> {
        let guest = self.row(place)?.is_guest();
        Some(if guest { &mut self.guests } else { &mut self.others })
    }

    fn push_last(&mut self, place: u32) {
        let Some(order) = self.order(place) else { return };
        let before = std::mem::replace(&mut order.last, place);
        if before == NONE {
            order.first = place;
        } else {
            self.links[before as usize].behind = place;
        }
        self.links[place as usize] = Link { before, behind: NONE };
    }

    fn unlink(&mut self, place: u32) {
        let Some(&Link { before, behind }) = self.links.get(place as usize) else { return };
        let Some(order) = self.order(place) else { return };
        if before == NONE {
            order.first = behind;
        }
        if behind == NONE {
            order.last = before;
        }
        if before != NONE {
            self.links[before as usize].behind = behind;
        }
        if behind != NONE {
            self.links[behind as usize].before = before;
        }
    }
}
