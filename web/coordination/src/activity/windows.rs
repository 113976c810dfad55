//! What a visitor did lately: a ring of his last 32 events, and what is counted over it.
//!
//! Kept are views, errors, changes of the cart, purchases, idle times and custom events: not dwell and scroll, which come by
//! themselves. Who does more than 32 of these within a window is counted with 32: `count("error", 600) > 40` never holds.

use super::arrival::Kind;
use super::glob::Glob;
use std::time::Duration;
use warmline_time::Time;

/// Events that are kept of a visitor.
pub(super) const RING: usize = 32;
/// Patterns and names that the criteria of a firm may look for in the ring.
pub(super) const PATTERNS: usize = 64;

/// One event: sixteen bytes.
#[derive(Clone, Copy, Debug)]
struct Kept {
    /// Which patterns of the firm the page, or the name of a custom event, is of.
    of: u64,
    /// Seconds since the Unix epoch.
    at: u32,
    kind: Kind,
}

/// The last events of a visitor; grows to its size by doubling, since most do little.
#[derive(Clone, Debug, Default)]
pub(super) struct Ring {
    kept: Vec<Kept>,
    /// Of a full ring: the oldest.
    next: u8,
}

/// Whether events of this kind are kept.
pub(super) fn keeps(kind: Kind) -> bool {
    use Kind::{Cart, Custom, Error, Idle, Purchase, View};
    matches!(kind, View | Error | Cart | Purchase | Custom | Idle)
}

fn secs(at: Time) -> u32 {
    u32::try_from(at.as_secs()).unwrap_or(u32::MAX)
}

impl Ring {
    pub fn push(&mut self, at: Time, kind: Kind, of: u64) {
        let kept = Kept { of, at: secs(at), kind };
        if self.kept.len() == RING {
            self.kept[usize::from(self.next)] = kept;
            self.next = (self.next + 1) % RING as u8;
            return;
        }
        if self.kept.len() == self.kept.capacity() {
            let more = self.kept.capacity().clamp(4, RING - self.kept.capacity());
            self.kept.reserve_exact(more);
        }
        self.kept.push(kept);
    }

    fn within(&self, now: Time, window: u32) -> impl Iterator<Item = &Kept> {
        let from = secs(now).saturating_sub(window);
        self.kept.iter().filter(move |kept| kept.at >= from)
    }

    /// Events of a kind within so many seconds.
    pub fn count(&self, now: Time, kind: Kind, window: u32) -> usize {
        self.within(now, window).filter(|kept| kept.kind == kind).count()
    }

    /// Events of a kind that are of a pattern, within so many seconds; none of those before the pattern was known.
    pub fn of(&self, now: Time, kind: Kind, pattern: Pattern, window: u32) -> usize {
        let from = secs(pattern.since);
        let of = |kept: &&Kept| kept.kind == kind && kept.at >= from && kept.of >> pattern.place & 1 == 1;
        self.within(now, window).filter(of).count()
    }
}

/// What criteria look for in the ring.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Sought {
    /// Pages of a pattern.
    Page(Glob),
    /// Custom events of a name.
    Custom(Box<str>),
}

/// Where a pattern stands among those of its firm, and since when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Pattern {
    place: u8,
    since: Time,
}

/// The patterns of a firm, by place. A place that is given to another one says from when on.
#[derive(Clone, Debug, Default)]
pub(super) struct Patterns {
    sought: Vec<Option<(Sought, Time)>>,
}

impl Patterns {
    /// Those that are sought from now on; who was sought before keeps his place.
    pub fn set(&mut self, now: Time, sought: &[Sought]) {
        for place in &mut self.sought {
            if place.as_ref().is_some_and(|(old, _)| !sought.contains(old)) {
                *place = None;
            }
        }
        for new in sought {
            if self.find(new).is_some() {
                continue;
            }
            // An event of this very second may have been kept for what stood there before.
            let since = now + Duration::from_secs(1);
            if let Some(place) = self.sought.iter_mut().find(|place| place.is_none()) {
                *place = Some((new.clone(), since));
            } else if self.sought.len() < PATTERNS {
                self.sought.push(Some((new.clone(), Time::ZERO)));
            }
        }
    }

    /// None: there was no place left for it.
    pub fn find(&self, sought: &Sought) -> Option<Pattern> {
        let is = |place: &Option<(Sought, Time)>| place.as_ref().is_some_and(|(known, _)| known == sought);
        let place = self.sought.iter().position(is)?;
        let since = self.sought[place].as_ref()?.1;
        Some(Pattern { place: place as u8, since })
    }

    /// Those a page is of.
    pub fn of_page(&self, path: &str) -> u64 {
        self.which(|sought| matches!(sought, Sought::Page(glob) if glob.matches(path)))
    }

    /// Those a custom event is of.
    pub fn of_custom(&self, name: &str) -> u64 {
        self.which(|sought| matches!(sought, Sought::Custom(known) if **known == *name))
    }

    fn which(&self, is: impl Fn(&Sought) -> bool) -> u64 {
        let places = self.sought.iter().enumerate();
        let of = places.filter(|(_, place)| place.as_ref().is_some_and(|(sought, _)| is(sought)));
        of.fold(0, |bits, (place, _)| bits | 1 << place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(secs: u64) -> Time {
        Time::from_micros(secs * 1_000_000)
    }

    fn glob(text: &str) -> Sought {
        Sought::Page(Glob::new(text).unwrap())
    }

    proptest! {
        #[test]
        fn counted_as_over_a_list(
            did in proptest::collection::vec((0u64..30, 0usize..3, 0usize..4), 0..120),
            window in 1u32..600,
        ) {
            let pages = ["/a", "/a/b", "/b", "/c"];
            let mut patterns = Patterns::default();
            patterns.set(at(0), &[glob("/a*"), glob("*b"), Sought::Custom("/c".into())]);
            let (mut ring, mut list, mut now) = (Ring::default(), Vec::new(), 1_000);
            for (gap, kind, page) in did {
                now += gap;
                let kind = [Kind::View, Kind::Custom, Kind::Error][kind];
                let of = match kind {
                    Kind::View => patterns.of_page(pages[page]),
                    Kind::Custom => patterns.of_custom(pages[page]),
                    _ => 0,
                };
                ring.push(at(now), kind, of);
                list.push((now, kind, pages[page]));
                let lately = &list[list.len().saturating_sub(RING)..];
                let naive = |is: fn(&(u64, Kind, &str)) -> bool| {
                    lately.iter().filter(|it| it.0 + u64::from(window) >= now && is(it)).count()
                };
                let of = |sought, kind| ring.of(at(now), kind, patterns.find(&sought).unwrap(), window);
                prop_assert_eq!(ring.count(at(now), Kind::Error, window), naive(|it| it.1 == Kind::Error));
                prop_assert_eq!(of(glob("/a*"), Kind::View), naive(|it| it.1 == Kind::View && it.2.starts_with("/a")));
                prop_assert_eq!(of(glob("*b"), Kind::View), naive(|it| it.1 == Kind::View && it.2.ends_with('b')));
                let custom = of(Sought::Custom("/c".into()), Kind::Custom);
                prop_assert_eq!(custom, naive(|it| it.1 == Kind::Custom && it.2 == "/c"));
                prop_assert!(ring.kept.capacity() <= RING);
            }
        }
    }

    #[test]
    fn a_place_is_given_again_and_says_since_when() {
        let mut patterns = Patterns::default();
        let all: Vec<Sought> = (0..PATTERNS + 1).map(|n| glob(&format!("/{n}"))).collect();
        patterns.set(at(5), &all);
        assert_eq!(patterns.find(&all[PATTERNS]), None);
        patterns.set(at(9), &all[1..]);
        assert_eq!(patterns.find(&all[PATTERNS]), Some(Pattern { place: 0, since: at(10) }));
        assert_eq!(patterns.find(&all[1]), Some(Pattern { place: 1, since: at(0) }));
        assert_eq!((patterns.find(&all[0]), patterns.of_page("/64"), patterns.of_page("/0")), (None, 1, 0));
    }

    #[test]
    fn an_event_costs_sixteen_bytes() {
        assert_eq!(size_of::<Kept>(), 16);
    }
}
