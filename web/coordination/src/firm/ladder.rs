//! What can be offered to who asks, from a number of his own down to a ticket (C4).

use super::Firm;
use super::whence::Choice;
use crate::ids::{ContactId, ReservationId};
use crate::queue::NUISANCE;
use crate::request::Mode;
use crate::reservation::PointRef;
use crate::rules::Ruled;
use crate::view::ShownMode;
use std::sync::Arc;
use warmline_time::Time;

/// How often a PIN is drawn before it is given up: they are all taken then.
const PIN_DRAWS: usize = 64;

/// What is held for a new reservation.
pub(super) struct Grant {
    pub contact: ContactId,
    pub mode: ShownMode,
    pub agent: Option<usize>,
    pub point: Option<PointRef>,
    pub pin: Option<String>,
    pub ticket: Option<u32>,
}

impl Grant {
    /// Without a number.
    pub(super) fn plain(contact: ContactId, mode: ShownMode, agent: Option<usize>) -> Self {
        Grant { contact, mode, agent, point: None, pin: None, ticket: None }
    }

    /// Whether a job is to be dialled.
    pub(super) fn is_callme(&self) -> bool {
        self.mode == ShownMode::Callme
    }
}

impl Firm {
    /// What can be offered, and in which mode: never a dead end (C4). No number free: the shared one with a PIN; not that
    /// either: the page itself is the phone; nothing at all: a ticket, until there is room.
    pub(super) fn offerable(
        &mut self,
        now: Time,
        id: ReservationId,
        (mode, turn): (Mode, bool),
        (queue, choice): (usize, Choice),
        (preferred, companion, contact): (Option<usize>, Option<usize>, ContactId),
        ruled: &Arc<Ruled>,
    ) -> Grant {
        if mode == Mode::Chat {
            let full = self.reservations.numberless() >= self.settings.limits.reservations
                || self.waiting.len() >= self.settings.limits.waiting;
            let mode =
                if full || !self.chats_in(queue, &ruled.facts) { ShownMode::Ticket } else { ShownMode::Chat };
            return Grant::plain(contact, mode, None);
        }
        let Choice { pool, hidden, .. } = choice;
        let ticket =
            |firm: &mut Firm| Grant { ticket: firm.draw(), ..Grant::plain(contact, ShownMode::Ticket, None) };
        if !turn && self.is_others_turn(mode, &choice) {
            if mode == Mode::Dial && !hidden {
                self.pool_dry(now, pool);
            }
            return ticket(self);
        }
        let agent = self.pick(queue, preferred, Some(contact), ruled);
        let agent = companion.map_or(agent, |chats| agent.filter(|&a| a == chats).or(self.spare(chats)));
        let dialable = self.trunk_up(pool) && !self.calls_nobody();
        let numberless = self.reservations.numberless() >= self.settings.limits.reservations;
        if mode == Mode::Dial
            && !hidden
            && let Some(leased) = self.lease(now, id, pool, contact)
        {
            return Grant { agent, ..leased };
        }
        let crowded = agent.is_none() && self.waiting.len() >= self.settings.limits.waiting;
        if numberless || crowded {
            return ticket(self);
        }
        let mode = if mode == Mode::Callme { ShownMode::Callme } else { ShownMode::Browser };
        // A job whose trunk is down waits in the list, and so does a nuisance's; it must not keep an agent from others.
        let wanted = dialable && self.contacts.priority(Some(contact)) != NUISANCE;
        Grant::plain(contact, mode, agent.filter(|_| mode != ShownMode::Callme || wanted))
    }

    /// A job for later: no agent is kept from others for it.
    pub(super) fn schedulable(&self, contact: ContactId) -> Grant {
        let full = self.reservations.numberless() >= self.settings.limits.reservations;
        Grant::plain(contact, if full { ShownMode::Ticket } else { ShownMode::Callme }, None)
    }

    /// A number of the pool, or its shared one with a PIN; none: neither is to be had, or the trunk is down.
    pub(super) fn lease(
        &mut self,
        now: Time,
        id: ReservationId,
        pool: usize,
        contact: ContactId,
    ) -> Option<Grant> {
        if !self.trunk_up(pool) {
            return None;
        }
        let dial = Grant::plain(contact, ShownMode::Dial, None);
        if let Some(index) = self.pools[pool].hold(id, now) {
            self.pool_ebbs(now, pool);
            self.number_given(now, pool, true);
            return Some(Grant { point: Some((pool, index)), pin: self.mint_pin(), ..dial });
        }
        self.pool_dry(now, pool);
        let numberless = self.reservations.numberless() >= self.settings.limits.reservations;
        let shared = self.settings.pools[pool].shared.is_some() && !numberless;
        // Without a PIN nobody could tell whose call it is.
        let pin = shared.then(|| self.mint_pin()).flatten()?;
        self.number_given(now, pool, false);
        Some(Grant { pin: Some(pin), ..dial })
    }

    /// A PIN that no other reservation of the firm has, live or remembered.
    fn mint_pin(&mut self) -> Option<String> {
        (0..PIN_DRAWS).map(|_| self.random.pin()).find(|pin| self.reservations.by_pin(pin).is_none())
    }
}
