//! Whose call it is that comes to a number: the holder's, the last holder's, or somebody's who must prove himself (E2–E6).
//! The number is the key; the caller's number only raises or lowers confidence, and one that the network has found to be borrowed
//! counts for nothing. A wrong screen is worse than none.

use super::Firm;
use crate::cti::Verified;
use crate::do_not_call::digits;
use crate::ids::{CallId, ReservationId};
use crate::queue::NUISANCE;
use crate::reservation::{PointRef, Reservation, TAPPED};
use crate::routing_point::{NumberState, RoutingPoint};
use std::time::Duration;
use warmline_time::Time;

/// A page that is loaded anew, or another of the site, is back by then.
const BACK: Duration = Duration::from_secs(10);

/// Whose call it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    /// That of a live reservation without a call.
    Of(ReservationId),
    /// Probably that of the one that held the number last and is over.
    Remembered(ReservationId),
    /// The reservation's call is on, from the same number: perhaps he lost it.
    Behind(CallId, ReservationId),
    /// He must prove himself.
    Ask,
    /// Nobody's.
    Nobody,
}

impl Firm {
    /// Judges a call to a number from what is known when it comes.
    pub(super) fn judge(
        &self,
        now: Time,
        (pool, index): PointRef,
        from: Option<&str>,
        verified: Verified,
    ) -> Verdict {
        let point = self.pools[pool].point(index);
        let last = point.last().and_then(|id| self.remembered(now, id));
        let holder = match point.state {
            NumberState::Held(id) | NumberState::Ringing(id, _) => self.reservations.get(id),
            NumberState::Cooling(_) | NumberState::Free => last,
        };
        let borrowed = verified == Verified::Failed && self.settings.pools[pool].screen_failed;
        if borrowed || (self.is_bad(from) && !holder.is_some_and(|r| self.knows(from, r))) {
            let idle = matches!(point.state, NumberState::Cooling(_) | NumberState::Free);
            return if idle && last.is_none() { Verdict::Nobody } else { Verdict::Ask };
        }
        match point.state {
            NumberState::Held(id) => match self.reservations.get(id) {
                Some(holder) if self.is_holders(now, from, holder, point) => Verdict::Of(id),
                _ => Verdict::Ask,
            },
            NumberState::Ringing(id, first) => self.second(id, first, from),
            NumberState::Cooling(_) | NumberState::Free => match last {
                None => Verdict::Nobody,
                Some(r) => match r.call {
                    Some(first) => self.second(r.id, first, from),
                    None if self.contradicts(from, r) => Verdict::Ask,
                    None if r.live() => Verdict::Of(r.id),
                    None if self.may_be_anothers(now, from, r, point) => Verdict::Ask,
                    None => Verdict::Remembered(r.id),
                },
            },
        }
    }

    /// A reservation that is live, or over for no longer than numbers remember their last holder.
    pub(super) fn remembered(&self, now: Time, id: ReservationId) -> Option<&Reservation> {
        let r = self.reservations.get(id)?;
        (r.live() || now < r.since + self.settings.pools[r.pool].remember).then_some(r)
    }

    /// Whether nothing speaks against the holder: it is not too early for a person to have dialled (E4), and the caller's
    /// number is not known as somebody else's, least of all as that of one who had the number before; nor may it be one of
    /// those who calls late, or one who was called from the number and withholds his own, while nobody looks at the holder's
    /// page (E3). Who has tapped the number in his page is about to call; who looks at it may be.
    fn is_holders(&self, now: Time, from: Option<&str>, holder: &Reservation, point: &RoutingPoint) -> bool {
        if self.knows(from, holder) {
            return true;
        }
        let early =
            !has_tapped(now, holder) && now < holder.opened_at + self.settings.pools[holder.pool].early;
        let numbered = self.contacts.get(holder.contact).is_some_and(|contact| !contact.numbers.is_empty());
        let calls_back = from.is_none() && is_idle(now, holder) && self.shown.is_out(now, &point.number);
        let anothers = numbered && self.is_anothers(from, holder);
        !(early || calls_back || anothers || self.may_be_anothers(now, from, holder, point))
    }

    /// Whether it may be one who had the number before its holder, or before the last of them, and is thought of still: his
    /// number says so, or he has never called it and nothing tells that it is not he.
    fn may_be_anothers(
        &self,
        now: Time,
        from: Option<&str>,
        holder: &Reservation,
        point: &RoutingPoint,
    ) -> bool {
        let idle = is_idle(now, holder);
        let doubt = !has_tapped(now, holder) && !self.settings.pools[holder.pool].trust_open_page;
        let may_call = |r: &Reservation| {
            let likely = if r.called { idle && point.last() == Some(r.id) } else { idle || doubt };
            likely && !self.contradicts(from, r)
        };
        let remembered = point.before.iter().filter_map(|id| self.remembered(now, *id));
        remembered
            .filter(|r| r.visitor != holder.visitor && r.contact != holder.contact)
            .any(|r| self.knows(from, r) || may_call(r))
    }

    /// A call while the reservation's call is on: nobody is rung for it a second time (E5).
    fn second(&self, reservation: ReservationId, first: CallId, from: Option<&str>) -> Verdict {
        let same =
            from.is_some() && self.calls.get(&first).is_some_and(|call| call.caller.0.as_deref() == from);
        let waits = self.is_awaited(first);
        if same && !waits { Verdict::Behind(first, reservation) } else { Verdict::Ask }
    }

    /// Whether the caller's number is known as his: he called from it, or his record names it.
    pub(super) fn knows(&self, from: Option<&str>, r: &Reservation) -> bool {
        let Some(from) = from else { return false };
        let recorded = |number: &String| {
            number == from && self.contacts.by_number(from).is_none_or(|id| id == r.contact)
        };
        r.callers.iter().any(|number| number == from)
            || self.contacts.get(r.contact).is_some_and(|contact| contact.numbers.iter().any(recorded))
    }

    /// Whether the caller's number is in the record of somebody else.
    fn is_anothers(&self, from: Option<&str>, r: &Reservation) -> bool {
        from.and_then(|from| self.contacts.by_number(from)).is_some_and(|owner| owner != r.contact)
    }

    /// Whether nothing good is known to come of the caller's number: it is on the firm's list, or its contact is a nuisance.
    fn is_bad(&self, from: Option<&str>) -> bool {
        let Some(from) = from else { return false };
        let listed = digits(from).is_some_and(|number| self.settings.bad_callers.has(number));
        listed || self.contacts.by_number(from).is_some_and(|id| self.contacts.priority(Some(id)) == NUISANCE)
    }

    /// Whether it cannot be the last holder: he called from another number, or the caller's is somebody else's, while it is
    /// known who the holder was.
    fn contradicts(&self, from: Option<&str>, r: &Reservation) -> bool {
        let elsewhere = from.is_some() && !r.callers.is_empty();
        let known = !self.contacts.is_unknown(r.contact);
        !self.knows(from, r) && (elsewhere || (known && self.is_anothers(from, r)))
    }
}

/// Whether nobody looks at the holder's page any more, and he has not tapped its number either: a telephone stops its pages while it
/// dials. What was held without a page, by a site's server or in a form, is never idle.
fn is_idle(now: Time, holder: &Reservation) -> bool {
    !has_tapped(now, holder) && has_left(now, holder)
}

/// Whether the number was tapped in the holder's page just now.
fn has_tapped(now: Time, holder: &Reservation) -> bool {
    holder.tapped.is_some_and(|at| now < at + TAPPED)
}

/// Whether nobody looks at a reservation's page any more.
pub(super) fn has_left(now: Time, r: &Reservation) -> bool {
    r.page_left.is_some_and(|left| now >= left + BACK)
}
