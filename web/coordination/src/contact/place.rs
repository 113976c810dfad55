//! Where contacts were met: in whose name they are answered follows from it (N 0028, 0055).

use std::collections::BTreeMap;

/// Places kept of one contact; whoever has been at more is known by these.
pub(super) const PLACES: usize = 32;

/// A site's page, or, of who called without one, the queue.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Place {
    /// By its name.
    Site(String),
    /// By its name.
    Queue(String),
}

impl Place {
    /// As a row of the journal names it: the site, or, without one, the queue.
    pub fn of(site: Option<&String>, queue: Option<&String>) -> Option<Self> {
        site.cloned().map(Place::Site).or_else(|| queue.cloned().map(Place::Queue))
    }

    /// Site and queue, one of them.
    pub fn names(&self) -> (Option<String>, Option<String>) {
        match self {
            Place::Site(name) => (Some(name.clone()), None),
            Place::Queue(name) => (None, Some(name.clone())),
        }
    }
}

/// All places of a firm, by numbers: a contact keeps two bytes of each of his.
#[derive(Debug, Default)]
pub(crate) struct Places {
    numbers: BTreeMap<Place, u16>,
    all: Vec<Place>,
}

impl Places {
    /// He was here; its number.
    pub fn note(&mut self, his: &mut Vec<u16>, place: Place) -> Option<u16> {
        let number = self.number(place)?;
        Places::add(his, number);
        Some(number)
    }

    /// He was at this one.
    pub fn add(his: &mut Vec<u16>, number: u16) {
        if !his.contains(&number) && his.len() < PLACES {
            his.push(number);
        }
    }

    /// The number of a place, from now on where it has none yet.
    pub fn number(&mut self, place: Place) -> Option<u16> {
        if let Some(known) = self.known(&place) {
            return Some(known);
        }
        let number = u16::try_from(self.all.len()).ok()?;
        self.all.push(place.clone());
        self.numbers.insert(place, number);
        Some(number)
    }

    /// Its number, where it has one.
    pub fn known(&self, place: &Place) -> Option<u16> {
        self.numbers.get(place).copied()
    }

    /// The place of a number.
    pub fn get(&self, number: u16) -> Option<&Place> {
        self.all.get(usize::from(number))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Which of them are so, by their numbers.
    pub fn which(&self, so: impl Fn(&Place) -> bool) -> Vec<bool> {
        self.all.iter().map(so).collect()
    }

    /// Whether one of somebody's is so; who was met nowhere is everybody's.
    pub fn is_any(&self, his: &[u16], so: impl Fn(&Place) -> bool) -> bool {
        his.is_empty() || his.iter().filter_map(|&number| self.get(number)).any(so)
    }
}

/// Whether somebody who sees what is of these places sees a contact. Who was met nowhere is the firm's own: everybody's.
pub(crate) fn is_seen(his: &[u16], seen: &[bool]) -> bool {
    his.is_empty() || his.iter().any(|&number| seen.get(usize::from(number)).copied().unwrap_or(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_seen_by_whom_one_of_his_places_is_open_to() {
        let (mut places, mut vera, mut max) = (Places::default(), Vec::new(), Vec::new());
        let site = |name: &str| Place::Site(name.into());
        places.note(&mut vera, site("shop"));
        places.note(&mut vera, Place::Queue("shop".into()));
        places.note(&mut vera, site("shop"));
        places.note(&mut max, site("hats"));
        assert_eq!((vera.len(), max.len()), (2, 1));
        let by_queue = |place: &Place| *place == Place::Queue("shop".into());
        assert!(
            places.is_any(&vera, by_queue) && !places.is_any(&max, by_queue) && places.is_any(&[], by_queue)
        );
        let seen = places.which(by_queue);
        assert_eq!((is_seen(&vera, &seen), is_seen(&max, &seen), is_seen(&[], &seen)), (true, false, true));
        for n in 0..100 {
            places.note(&mut max, site(&n.to_string()));
        }
        assert_eq!(max.len(), PLACES);
    }
}
