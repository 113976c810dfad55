//! How often criteria have matched for whom, over visits: what outlasts a row of the table. Bounded; the first to end goes first.

use super::arrival::Who;
use std::collections::{BTreeSet, HashMap};
use warmline_time::Time;

const HOUR: u64 = 3_600;

/// A span that has begun.
#[derive(Clone, Copy, Debug)]
struct Span {
    id: u32,
    count: u8,
    /// Seconds since the epoch.
    ends: u64,
}

/// What was counted of one visitor.
#[derive(Debug)]
pub(super) struct Spans {
    ends: u64,
    spans: Vec<Span>,
}

/// See above. A span begins with the first match in it.
#[derive(Debug, Default)]
pub(super) struct Caps {
    spans: HashMap<(u32, Who), (u64, Vec<Span>)>,
    /// When the last span of each ends.
    order: BTreeSet<(u64, u32, Who)>,
}

impl Caps {
    /// Whether this criterion may match once more.
    pub fn may(&self, now: Time, (firm, who): (u32, Who), id: u32, most: u8) -> bool {
        let spans = self.spans.get(&(firm, who)).into_iter().flat_map(|(_, spans)| spans);
        let mut on = spans.filter(|span| span.id == id && span.ends > now.as_secs());
        on.next().is_none_or(|span| span.count < most)
    }

    /// It has matched. `room`: visitors that may be remembered.
    pub fn count(&mut self, now: Time, (firm, who): (u32, Who), id: u32, hours: u16, room: usize) {
        self.tidy(now, room.saturating_sub(1));
        let secs = now.as_secs();
        let (last, spans) = self.spans.entry((firm, who)).or_default();
        spans.retain(|span| span.ends > secs);
        match spans.iter_mut().find(|span| span.id == id) {
            Some(span) => span.count = span.count.saturating_add(1),
            None => spans.push(Span { id, count: 1, ends: secs + u64::from(hours) * HOUR }),
        }
        let ends = spans.iter().map(|span| span.ends).max().unwrap_or(secs);
        self.order.remove(&(*last, firm, who));
        self.order.insert((ends, firm, who));
        *last = ends;
    }

    /// Who has no span any more goes, and whoever is too many.
    fn tidy(&mut self, now: Time, room: usize) {
        while let Some(&(ends, firm, who)) = self.order.first()
            && (ends <= now.as_secs() || self.order.len() > room)
        {
            self.order.pop_first();
            self.spans.remove(&(firm, who));
        }
    }

    pub fn forget(&mut self, firm: u32, who: Who) -> bool {
        self.take(firm, who).is_some()
    }

    /// What was counted of somebody, to be given to whom he is from now on.
    pub fn take(&mut self, firm: u32, who: Who) -> Option<Spans> {
        let (ends, spans) = self.spans.remove(&(firm, who))?;
        self.order.remove(&(ends, firm, who));
        Some(Spans { ends, spans })
    }

    /// In place of what was counted of him himself.
    pub fn put(&mut self, firm: u32, who: Who, Spans { ends, spans }: Spans) {
        self.forget(firm, who);
        self.order.insert((ends, firm, who));
        self.spans.insert((firm, who), (ends, spans));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: u64) -> Time {
        Time::from_micros(hours * HOUR * 1_000_000)
    }

    #[test]
    fn a_span_begins_with_its_first_match_and_ends_by_itself() {
        let (mut caps, vera) = (Caps::default(), (0, Who::Guest(1)));
        caps.count(at(10), vera, 7, 24, 100);
        caps.count(at(20), vera, 7, 24, 100);
        assert!(
            !caps.may(at(33), vera, 7, 2) && caps.may(at(33), vera, 7, 3) && caps.may(at(33), vera, 8, 1)
        );
        assert!(caps.may(at(34), vera, 7, 2) && caps.may(at(33), (1, vera.1), 7, 1));
        let spans = caps.take(0, vera.1).unwrap();
        caps.put(0, Who::Visit(3), spans);
        assert!(caps.may(at(33), vera, 7, 1) && !caps.may(at(33), (0, Who::Visit(3)), 7, 2));
        assert!(caps.forget(0, Who::Visit(3)) && !caps.forget(0, Who::Visit(3)));
        assert!(caps.order.is_empty() && caps.spans.is_empty());
    }

    #[test]
    fn only_so_many_are_remembered() {
        let mut caps = Caps::default();
        for n in 0..1_000 {
            caps.count(at(10), (0, Who::Guest(n)), 7, if n == 0 { 1 } else { 24 }, 10);
            assert!(caps.order.len() <= 10 && caps.spans.len() == caps.order.len());
        }
        assert!(caps.may(at(10), (0, Who::Guest(0)), 7, 1) && !caps.may(at(10), (0, Who::Guest(999)), 7, 1));
        caps.count(at(40), (0, Who::Guest(5)), 7, 24, 10);
        assert_eq!(caps.spans.len(), 1);
    }
}
