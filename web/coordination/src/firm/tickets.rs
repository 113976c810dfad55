//! The last step of the ladder (C4): to whom nothing can be offered, since there is no number and no place left, has a ticket. As soon as
//! there is room the first in line is told that it is his turn, and room is kept for him until his page has asked once more.

use super::identify::has_left;
use super::whence::Choice;
use super::{Firm, Timer};
use crate::ids::{ReservationId, VisitorId};
use crate::request::{Mode, OpenReservation};
use crate::reservation::Reservation;
use crate::view::{ShownMode, TicketShown};
use std::collections::VecDeque;
use std::time::Duration;
use warmline_time::Time;

/// For how long room is kept for whose turn it is.
const TURN: Duration = Duration::from_secs(20);
/// Tickets of a firm at most: whoever comes then is told to come later.
const LINE: usize = 1_000;

/// Who has drawn one.
#[derive(Debug, Default)]
pub(super) struct Tickets {
    line: VecDeque<ReservationId>,
    /// Whose turn it is, until when.
    turns: VecDeque<(Time, ReservationId)>,
    /// The last number that was drawn; the first is 1 whenever nobody waits.
    last: u32,
    /// Somebody has a place, or has one no longer, since pages were told.
    changed: bool,
}

impl Tickets {
    /// How many wait, and those whose turn it is.
    pub fn len(&self) -> usize {
        self.line.len() + self.turns.len()
    }

    fn is_turn(&self, id: ReservationId) -> bool {
        self.turns.iter().any(|turn| turn.1 == id)
    }
}

impl Firm {
    /// A number for whoever is the last in line from now on; none: the line is too long.
    pub(super) fn draw(&mut self) -> Option<u32> {
        if self.tickets.line.len() >= LINE {
            self.leave_gone();
        }
        let tickets = &mut self.tickets;
        if tickets.len() == 0 {
            tickets.last = 0;
        }
        (tickets.line.len() < LINE).then(|| {
            tickets.last += 1;
            tickets.last
        })
    }

    /// Whoever has left his page has no place any more.
    fn leave_gone(&mut self) {
        let gone = |id: &ReservationId| self.has_gone(self.clock, *id);
        let gone: Vec<_> = self.tickets.line.iter().copied().filter(gone).collect();
        for id in gone {
            self.end(self.clock, id, "expired");
            self.leave_line(id);
        }
    }

    /// Nobody looks at its page any more, or it is erased. A page that is loaded anew, or another of the site, is back in time.
    fn has_gone(&self, now: Time, id: ReservationId) -> bool {
        self.reservations.get(id).is_none_or(|r| has_left(now, r))
    }

    /// Into the line, or back into it after a restart.
    pub(super) fn keep_ticket(&mut self, id: ReservationId) {
        if let Some(number) = self.reservations.get(id).and_then(|r| r.ticket) {
            self.tickets.last = self.tickets.last.max(number);
            self.tickets.line.push_back(id);
            self.tickets.changed = true;
        }
    }

    /// After a restart: all whose tickets are not over, in the order in which they were drawn.
    pub(super) fn line_up_again(&mut self) {
        let waits = |r: &&Reservation| r.ticket.is_some() && r.mode == ShownMode::Ticket && !r.closed;
        let mut line: Vec<_> =
            self.reservations.iter().filter(waits).map(|r| (r.opened_at, r.ticket, r.id)).collect();
        line.sort_unstable();
        line.into_iter().for_each(|row| self.keep_ticket(row.2));
    }

    /// Nothing is kept for this one any more.
    pub(super) fn leave_line(&mut self, id: ReservationId) {
        let before = self.tickets.len();
        self.tickets.line.retain(|&other| other != id);
        self.tickets.turns.retain(|turn| turn.1 != id);
        self.tickets.changed |= self.tickets.len() != before;
    }

    /// His ticket at a site.
    pub(super) fn ticket_of(&self, visitor: VisitorId, site: usize) -> Option<&Reservation> {
        let all = self.tickets.line.iter().chain(self.tickets.turns.iter().map(|turn| &turn.1));
        let mut all = all.filter_map(|&id| self.reservations.get(id));
        all.find(|r| r.visitor == visitor && r.site == site)
    }

    /// His ticket for just this, as long as it is not his turn. Who wants to be called later waits for nothing.
    pub(super) fn still_in_line(&self, site: usize, asked: &OpenReservation) -> Option<ReservationId> {
        let his = self.ticket_of(asked.visitor, site).filter(|_| asked.due.is_none())?;
        (his.asked == asked.mode && !self.tickets.is_turn(his.id)).then_some(his.id)
    }

    /// His ticket is over, since he asks for something else, or it is his turn: the latter. A chat is beside it.
    pub(super) fn give_ticket(&mut self, now: Time, site: usize, asked: &OpenReservation) -> bool {
        let his = self.ticket_of(asked.visitor, site).filter(|_| asked.mode != Mode::Chat);
        let Some(id) = his.map(|r| r.id) else { return false };
        let turn = self.tickets.is_turn(id);
        self.end(now, id, if turn { "moved" } else { "canceled" });
        turn
    }

    /// Whether what there is belongs to those who have waited for it.
    pub(super) fn is_others_turn(&self, mode: Mode, choice: &Choice) -> bool {
        if self.tickets.len() == 0 {
            return false;
        }
        let number = mode == Mode::Dial && !choice.hidden && self.spare_number(choice.pool);
        let dials = |id: &ReservationId| {
            self.reservations.get(*id).is_some_and(|r| dials(r) && r.pool == choice.pool)
        };
        match number {
            true => self.tickets.line.iter().any(dials),
            false => !self.tickets.line.is_empty() || !self.spare_place(),
        }
    }

    /// A number that is kept for nobody.
    fn spare_number(&self, pool: usize) -> bool {
        self.trunk_up(pool) && self.pools[pool].left().0 > self.tickets.turns.len()
    }

    /// Room for one without a number that is kept for nobody.
    fn spare_place(&self) -> bool {
        let (kept, limits) = (self.tickets.turns.len(), &self.settings.limits);
        self.reservations.numberless() + kept < limits.reservations
            && self.waiting.len() + kept < limits.waiting
    }

    /// Whoever can be served is told so, the first first; the others, how far they are.
    pub(super) fn call_tickets(&mut self, now: Time) {
        while let Some(place) = self.next_in_line() {
            let Some(id) = self.tickets.line.remove(place) else { break };
            self.tickets.changed = true;
            if self.has_gone(now, id) {
                self.end(now, id, "expired");
                continue;
            }
            self.tickets.turns.push_back((now + TURN, id));
            self.timers.set(Timer::Ticket, self.tickets.turns[0].0);
            self.touch_visitor(id);
        }
        if !std::mem::take(&mut self.tickets.changed) {
            return;
        }
        for (place, id) in self.tickets.line.iter().enumerate() {
            let position = Some(place as u32 + 1);
            if let Some(r) = self.reservations.get_mut(*id).filter(|r| r.position != position) {
                r.position = position;
                self.visitors_touched.insert(*id);
            }
        }
    }

    /// The place in line of the next for whom there is room.
    fn next_in_line(&self) -> Option<usize> {
        let line = &self.tickets.line;
        if line.is_empty() || self.spare_place() {
            return (!line.is_empty()).then_some(0);
        }
        // Mostly there is none, and nobody has to be looked at.
        if !(0..self.pools.len()).any(|pool| self.spare_number(pool)) {
            return None;
        }
        let fits = |r: &Reservation| dials(r) && self.spare_number(r.pool);
        line.iter().position(|&id| self.reservations.get(id).is_some_and(fits))
    }

    /// Those who have not come when it was their turn have missed it.
    pub(super) fn tickets_late(&mut self, now: Time) {
        while let Some(&(until, id)) = self.tickets.turns.front() {
            if now < until {
                return self.timers.set(Timer::Ticket, until);
            }
            self.end(now, id, "expired");
            self.leave_line(id);
        }
    }

    /// As his page shows it.
    pub(super) fn ticket_shown(&self, r: &Reservation) -> Option<TicketShown> {
        let number = r.ticket.filter(|_| !r.closed)?;
        Some(TicketShown { number, turn: self.tickets.is_turn(r.id) })
    }
}

/// He has asked for a number that he could be shown.
fn dials(r: &Reservation) -> bool {
    r.asked == Mode::Dial && !r.hidden
}
