//! Trunks that go down and come back: a number that nobody could reach is taken off its page at once, and given again (E10).

use super::{Firm, Timer};
use crate::fact::{Fact, ReservationChanged};
use crate::ids::ReservationId;
use crate::reservation::{Lost, PointRef, Token};
use crate::view::ShownMode;
use std::collections::BTreeSet;
use warmline_time::Time;

impl Firm {
    /// A trunk is down, or up again.
    pub(super) fn trunk(&mut self, now: Time, name: &str, up: bool) {
        let pools = self.settings.pools.iter().enumerate().filter(|(_, pool)| pool.trunk == name);
        let pools: BTreeSet<usize> = pools.map(|(index, _)| index).collect();
        if pools.is_empty() {
            return;
        }
        let news = if up { self.trunks_down.remove(name) } else { self.trunks_down.insert(name.to_owned()) };
        self.serve = true;
        self.board_due = true;
        // Up again and again: after a restart nobody here knows that it was down.
        if !news && !up {
            return;
        }
        let rows = self.reservations.iter().filter(|r| r.live() && pools.contains(&r.pool));
        let mut rows: Vec<ReservationId> = rows.map(|r| r.id).collect();
        rows.sort_unstable();
        for id in rows {
            if up { self.come_back(now, id) } else { self.leave_dead_trunk(now, id) }
        }
    }

    /// A number of a trunk that is down is shown no longer: the page is the phone, the agent stays claimed.
    pub(super) fn leave_dead_trunk(&mut self, now: Time, id: ReservationId) {
        let r = self.reservations.get(id).filter(|r| r.live() && r.call.is_none());
        let Some(r) = r.filter(|r| r.mode == ShownMode::Dial && !self.trunk_up(r.pool)) else { return };
        if r.moves.is_some() {
            return self.end(now, id, "unreachable");
        }
        let (own, agent) = (r.point.is_some(), r.agent);
        if own && self.reservations.numberless() >= self.settings.limits.reservations {
            return self.end(now, id, "unreachable");
        }
        let free_at = now + self.settings.pools[r.pool].cooling;
        self.give_up_number(now, id, free_at);
        if let Some(r) = self.reservations.get_mut(id) {
            r.mode = ShownMode::Browser;
        }
        self.show_channel(id, agent);
        // Told at once: what it gives up must not wait for the journal.
        self.persist_change(now, id, own.then_some(free_at));
    }

    /// The trunk is up: the number is shown again, where nobody else has it and no other call is on.
    pub(super) fn come_back(&mut self, now: Time, id: ReservationId) {
        let r = self.reservations.get(id).filter(|r| r.call.is_none() && r.mode == ShownMode::Browser);
        let Some((lost, agent)) = r.and_then(|r| Some((r.lost?, r.agent))) else { return };
        let place = match lost {
            Lost::Own(point) => Some(point),
            Lost::Shared => None,
        };
        let free = place.is_none_or(|(pool, index)| {
            let point = self.pools[pool].point(index);
            point.holder().is_none() && point.last() == Some(id) && !point.retired
        });
        if !free || !self.writable {
            return;
        }
        self.take_number_again(now, id, place);
        self.show_channel(id, agent);
        let after = self.persist_change(now, id, None);
        if let Some(r) = self.reservations.get_mut(id) {
            r.after = after;
        }
    }

    /// Its number rests from now on, and remembers it.
    pub(super) fn give_up_number(&mut self, now: Time, id: ReservationId, free_at: Time) {
        let Some(r) = self.reservations.get_mut(id) else { return };
        r.number = None;
        let point = r.point.take();
        r.lost = Some(point.map_or(Lost::Shared, Lost::Own));
        if let Some((pool, index)) = point {
            self.violations += u64::from(!self.pools[pool].cool(index, id, free_at));
            self.pools[pool].leave_trail(index, None);
            self.number_back(now, (pool, index));
            self.timers.set(Timer::Number(pool, index), free_at);
        }
        self.reservations.set_numberless(id, true);
    }

    /// It has its number again: its own, or the shared one.
    pub(super) fn take_number_again(&mut self, now: Time, id: ReservationId, place: Option<PointRef>) {
        let Some(home) = self.reservations.get(id).map(|r| r.pool) else { return };
        let shown = match place {
            Some((pool, index)) => {
                if !self.pools[pool].hold_again(index, id, now) {
                    self.violations += 1;
                    return;
                }
                self.timers.cancel(Timer::Number(pool, index));
                Some(self.number_at((pool, index)))
            }
            None => self.shared_number(home),
        };
        if let Some(r) = self.reservations.get_mut(id).filter(|_| shown.is_some()) {
            r.mode = ShownMode::Dial;
            r.number = shown;
            r.point = place;
            r.lost = None;
            r.token = Token::None;
        }
        self.reservations.set_numberless(id, place.is_none());
    }

    /// Page and desktop learn of the other channel.
    fn show_channel(&mut self, id: ReservationId, agent: Option<usize>) {
        self.touch_visitor(id);
        let Some((agent, r)) = agent.zip(self.reservations.get(id)) else { return };
        if let Some(hand) = &mut self.agents[agent].hand {
            hand.channel = r.channel();
        }
        self.touch_agent(agent);
    }

    /// The journal learns how a reservation stands now.
    pub(super) fn persist_change(&mut self, now: Time, id: ReservationId, free_at: Option<Time>) -> u64 {
        let Some(r) = self.reservations.get(id) else { return 0 };
        let changed = ReservationChanged {
            reservation: id,
            mode: r.mode,
            number: r.number.as_ref().map(|number| number.0.clone()),
            expires_at: r.expires_at.as_micros(),
            number_free_at: free_at.map(Time::as_micros),
        };
        self.persist(now, Fact::ReservationChanged(Box::new(changed)))
    }
}
