//! Routing-point numbers (G op. 324): held → ringing → cooling → free. At most one holder each, least recently used first.

use crate::ids::{CallId, ReservationId};
use crate::number::is_e164;
use std::collections::{BTreeSet, VecDeque};
use warmline_time::Time;

/// How many who had a number are known of it: more do not have it within half an hour, as it is by default.
const BEFORE: usize = 8;

/// Where a number stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NumberState {
    /// May be held.
    Free,
    /// Shown to a visitor.
    Held(ReservationId),
    /// Its call has come and is not yet connected.
    Ringing(ReservationId, CallId),
    /// Rests after use.
    Cooling(Time),
}

/// One number.
#[derive(Clone, Debug)]
pub(crate) struct RoutingPoint {
    /// E.164.
    pub number: String,
    /// As shown to people.
    pub display: String,
    /// Where it stands.
    pub state: NumberState,
    /// Since when it is held, or was held last.
    pub since: Time,
    /// When it was last given back: the order of use.
    used: Time,
    /// Who gave it back, whoever holds it now, the last of them first: each of them may still dial it.
    pub before: VecDeque<ReservationId>,
    /// Whose call it carried last, and that call's trace: told when it is free again.
    pub trail: Option<(usize, String)>,
    /// The pool has it no more: what holds it goes on, and then it is nobody's.
    pub retired: bool,
}

impl RoutingPoint {
    fn new(number: &str) -> Self {
        RoutingPoint {
            number: number.to_owned(),
            display: crate::number::display(number),
            state: NumberState::Free,
            since: Time::ZERO,
            used: Time::ZERO,
            before: VecDeque::new(),
            trail: None,
            retired: false,
        }
    }

    /// Whether it is no number of the pool any more.
    pub fn is_gone(&self) -> bool {
        self.retired && self.state == NumberState::Free
    }

    /// Who gave it back last, whoever holds it now.
    pub fn last(&self) -> Option<ReservationId> {
        self.before.front().copied()
    }

    /// The reservation it belongs to now.
    pub fn holder(&self) -> Option<ReservationId> {
        match self.state {
            NumberState::Held(holder) | NumberState::Ringing(holder, _) => Some(holder),
            NumberState::Free | NumberState::Cooling(_) => None,
        }
    }
}

/// A pool of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pool {
    points: Vec<RoutingPoint>,
    free: BTreeSet<(Time, usize)>,
    taken: usize,
    /// How many are given to nobody any more.
    retired: usize,
    /// All places, whose number was shown to a called person least recently first.
    shown: VecDeque<usize>,
}

impl Pool {
    /// All free.
    pub fn new(numbers: &[String]) -> Self {
        let mut pool = Pool::default();
        for number in numbers {
            pool.add(number);
        }
        pool.shown = (0..numbers.len()).collect();
        pool
    }

    /// One more number, free. Its place.
    pub fn add(&mut self, number: &str) -> usize {
        let index = self.points.len();
        self.points.push(RoutingPoint::new(number));
        self.free.insert((Time::ZERO, index));
        self.shown.push_front(index);
        index
    }

    /// The number that was shown to called persons least recently; only telephone numbers can be.
    pub fn least_shown(&self) -> Option<&str> {
        let mut points = self.shown.iter().map(|&index| &self.points[index]);
        points.find(|point| !point.retired && is_e164(&point.number)).map(|point| point.number.as_str())
    }

    /// A number was shown: whoever has seen it may call it back, and so it is used.
    pub fn was_shown(&mut self, index: usize, now: Time) {
        let point = &mut self.points[index];
        if self.free.remove(&(point.used, index)) {
            point.used = point.used.max(now);
            self.free.insert((point.used, index));
        }
        // Mostly the first.
        if let Some(at) = self.shown.iter().position(|&other| other == index) {
            self.shown.remove(at);
            self.shown.push_back(index);
        }
    }

    /// Whether nobody has it and it does not rest.
    pub fn is_free(&self, index: usize) -> bool {
        self.points[index].state == NumberState::Free
    }

    /// It is given to nobody any more. True: nobody has it, and it is gone already.
    pub fn retire(&mut self, index: usize) -> bool {
        let point = &mut self.points[index];
        self.retired += usize::from(!std::mem::replace(&mut point.retired, true));
        self.free.remove(&(point.used, index));
        point.is_gone()
    }

    /// The pool has it again, before it was gone.
    pub fn keep(&mut self, index: usize) {
        self.retired -= usize::from(std::mem::take(&mut self.points[index].retired));
    }

    /// A number by its place.
    pub fn point(&self, index: usize) -> &RoutingPoint {
        &self.points[index]
    }

    /// How many are free, and how many there are; asked with each number that is given, and so without a look at each.
    pub fn left(&self) -> (usize, usize) {
        (self.free.len(), self.points.len() - self.retired)
    }

    /// Whether one may be held at once.
    pub fn has_free(&self) -> bool {
        !self.free.is_empty()
    }

    /// How many are held or ringing.
    pub fn taken(&self) -> usize {
        self.taken
    }

    /// All numbers.
    pub fn points(&self) -> &[RoutingPoint] {
        &self.points
    }

    /// Remembers whose call a number carried.
    pub fn leave_trail(&mut self, index: usize, trail: Option<(usize, String)>) {
        self.points[index].trail = trail;
    }

    /// Holds the number that has rested longest.
    pub fn hold(&mut self, holder: ReservationId, now: Time) -> Option<usize> {
        let (_, index) = self.free.pop_first()?;
        self.points[index].state = NumberState::Held(holder);
        self.points[index].trail = None;
        self.points[index].since = now;
        self.taken += 1;
        Some(index)
    }

    /// Holds this number, as the journal says. False: somebody has it.
    pub fn hold_again(&mut self, index: usize, holder: ReservationId, now: Time) -> bool {
        let point = &mut self.points[index];
        if point.holder().is_some() || point.is_gone() {
            return false;
        }
        self.free.remove(&(point.used, index));
        point.state = NumberState::Held(holder);
        point.since = now;
        self.taken += 1;
        true
    }

    /// The holder's call has come. False: it is not his to ring, or it rings already.
    pub fn ring(&mut self, index: usize, holder: ReservationId, call: CallId) -> bool {
        let fits = self.points[index].state == NumberState::Held(holder);
        if fits {
            self.points[index].state = NumberState::Ringing(holder, call);
        }
        fits
    }

    /// The call went before it was connected: held again.
    pub fn unring(&mut self, index: usize, holder: ReservationId) -> bool {
        let fits = matches!(self.points[index].state, NumberState::Ringing(owner, _) if owner == holder);
        if fits {
            self.points[index].state = NumberState::Held(holder);
        }
        fits
    }

    /// The holder is done with it. False: it was not his.
    pub fn cool(&mut self, index: usize, holder: ReservationId, until: Time) -> bool {
        let fits = self.points[index].holder() == Some(holder);
        if fits {
            let point = &mut self.points[index];
            point.state = NumberState::Cooling(until);
            if point.last() != Some(holder) {
                point.before.push_front(holder);
                point.before.truncate(BEFORE);
            }
            self.taken -= 1;
        }
        fits
    }

    /// Its rest is over; one that is retired is gone then. False: it does not rest.
    pub fn free(&mut self, index: usize) -> bool {
        let point = &mut self.points[index];
        let NumberState::Cooling(until) = point.state else { return false };
        point.state = NumberState::Free;
        point.used = until;
        if !point.retired {
            self.free.insert((until, index));
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rsv(n: u128) -> ReservationId {
        ReservationId::mint(Time::ZERO, n)
    }

    #[test]
    fn the_longest_rested_goes_first() {
        let mut pool = Pool::new(&["+493012345000".into(), "+493012345001".into(), "+493012345002".into()]);
        assert_eq!(pool.hold(rsv(1), Time::ZERO), Some(0));
        assert_eq!(pool.hold(rsv(2), Time::ZERO), Some(1));
        assert!(pool.cool(0, rsv(1), Time::from_micros(5)));
        assert!(pool.free(0));
        assert_eq!(pool.hold(rsv(3), Time::ZERO), Some(2));
        assert_eq!(pool.hold(rsv(4), Time::ZERO), Some(0));
        assert_eq!(pool.hold(rsv(5), Time::ZERO), None);
        assert_eq!(pool.taken(), 3);
    }

    #[test]
    fn what_a_called_person_has_just_seen_is_given_to_a_visitor_last() {
        let mut pool = Pool::new(&["+493012345000".into(), "+493012345001".into(), "+493012345002".into()]);
        pool.was_shown(0, Time::from_micros(1));
        let given = [1, 2, 3].map(|n| pool.hold(rsv(n), Time::from_micros(2)));
        assert_eq!(given, [Some(1), Some(2), Some(0)]);
        pool.was_shown(0, Time::from_micros(3));
        assert_eq!(pool.left().0, 0, "it is held as before");
    }

    #[test]
    fn the_least_recently_shown_is_shown_next() {
        let mut pool = Pool::new(&["+493012345000".into(), "house.12".into(), "+493012345002".into()]);
        assert_eq!(pool.least_shown(), Some("+493012345000"));
        pool.was_shown(0, Time::from_micros(1));
        assert_eq!(pool.least_shown(), Some("+493012345002"), "an extension is no number to call back");
        pool.was_shown(2, Time::from_micros(2));
        assert_eq!(pool.least_shown(), Some("+493012345000"));
        pool.add("+493012345003");
        assert_eq!(pool.least_shown(), Some("+493012345003"), "a new one was never shown");
        assert!(pool.retire(3));
        pool.retire(0);
        assert_eq!(pool.least_shown(), Some("+493012345002"));
        pool.retire(0);
        assert_eq!(pool.left(), (2, 2));
        pool.keep(0);
        pool.keep(0);
        assert_eq!(pool.left().1, 3);
    }

    #[test]
    fn only_the_holder_moves_it() {
        let mut pool = Pool::new(&["+493012345000".into()]);
        let call = CallId::mint(Time::ZERO, 1);
        pool.hold(rsv(1), Time::ZERO);
        assert!(!pool.ring(0, rsv(2), call));
        assert!(pool.ring(0, rsv(1), call));
        assert!(!pool.ring(0, rsv(1), CallId::mint(Time::ZERO, 2)), "a second call does not ring it");
        assert!(!pool.cool(0, rsv(2), Time::ZERO));
        assert!(pool.unring(0, rsv(1)));
        assert!(pool.cool(0, rsv(1), Time::ZERO));
        assert!(!pool.cool(0, rsv(1), Time::ZERO), "twice is once");
        assert_eq!(pool.point(0).last(), Some(rsv(1)));
        assert!(!pool.hold_again(0, rsv(2), Time::ZERO) || pool.point(0).holder() == Some(rsv(2)));
        assert_eq!(pool.point(0).last(), Some(rsv(1)), "whoever holds it now");
    }
}
