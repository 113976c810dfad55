//! What the trunks carry, counted from what is said to the switch and from what it answers; and the numbers of the pools.

use super::Firm;
use crate::call::{Call, Confidence, Origin};
use crate::cti::{Cause, Command, Device, Entry, Event};
use crate::fact::CallRecorded;
use crate::ids::{CallId, ReservationId};
use crate::reservation::PointRef;
use crate::settings::Station;
use crate::statistics::{Carried, PoolEvent};
use std::collections::BTreeSet;
use warmline_time::Time;

impl Firm {
    /// The trunks that are counted: those of its pools, and those behind which its agents' phones are.
    pub(super) fn known_trunks(&self) -> BTreeSet<String> {
        let pools = self.settings.pools.iter().enumerate();
        let pools = pools.filter(|(pool, _)| !self.gone.pools.contains(pool)).map(|(_, pool)| &pool.trunk);
        let phones = self.settings.agents.iter().filter_map(|agent| match &agent.station {
            Station::Extension { trunk, .. } => Some(trunk),
            _ => None,
        });
        pools.chain(phones).cloned().collect()
    }

    /// A command leaves for the switch.
    pub(super) fn carries_command(&mut self, command: &Command) {
        let now = self.clock;
        match command {
            Command::Dial { call, party, trunk, .. } => {
                self.statistics.trunks.begins(now, (*call, *party), trunk, false);
                if let Some(call) = self.calls.get_mut(call) {
                    call.trunk = Some(trunk.clone());
                }
            }
            Command::Ring { call, party, device: Device::Number { trunk, .. }, .. } => {
                self.statistics.trunks.begins(now, (*call, *party), trunk, false);
            }
            // Of a call that was turned away at once nothing more is heard.
            Command::Reject { call, .. } => self.statistics.trunks.over(now, *call, Cause::Canceled),
            _ => {}
        }
    }

    /// The switch reports something, before anything follows from it.
    pub(super) fn carries_event(&mut self, now: Time, event: &Event) {
        let trunks = &mut self.statistics.trunks;
        match event {
            Event::Arrived { call, party, entry: Entry::RoutingPoint { number, .. }, .. } => {
                let pool = self.shared_of.get(number).copied();
                let pool = pool.or_else(|| self.number_of.get(number).map(|&(pool, _)| pool));
                if let Some(pool) = pool.filter(|_| !self.calls.contains_key(call)) {
                    trunks.begins(now, (*call, *party), &self.settings.pools[pool].trunk, true);
                }
            }
            Event::Answered { call, party } | Event::HandedOver { call, party } => {
                trunks.answers(now, *call, *party);
            }
            Event::Bridged { call } => trunks.joined(now, *call),
            Event::Failed { call, party, cause } | Event::Left { call, party, cause, .. } => {
                trunks.leaves(now, *call, *party, *cause);
            }
            Event::Replaced { call, from } => {
                if let Some(customer) = self.calls.get(call).map(|call| call.customer) {
                    trunks.replaced(now, *call, customer, *from);
                }
            }
            Event::Ended { call, cause } => trunks.over(now, *call, *cause),
            Event::TrunkUp { trunk } => trunks.is(now, trunk, true),
            Event::TrunkDown { trunk } => trunks.is(now, trunk, false),
            _ => {}
        }
    }

    /// The switch has nothing more to say of a call.
    pub(super) fn carries_no_more(&mut self, id: CallId) {
        self.statistics.trunks.over(self.clock, id, Cause::Canceled);
    }

    /// The trunk of a call's customer, where that is known.
    pub(super) fn carrier_of(&self, call: &Call) -> Option<String> {
        let came = call.origin == Origin::Inbound && call.dialled.is_some();
        let of_pool = || self.settings.pools.get(call.pool).map(|pool| pool.trunk.clone());
        call.trunk.clone().or_else(|| came.then(of_pool).flatten())
    }

    /// A call of before the restart.
    pub(super) fn carried_again(&mut self, record: &CallRecorded) {
        if let Some(r) = record.reservation.and_then(|id| self.reservations.get_mut(id)) {
            r.called = true;
        }
        let Some(trunk) = &record.trunk else { return };
        let dialled = record.dialled.as_ref();
        let answered = dialled.map_or(record.answered.is_some(), |dialled| dialled.up.is_some());
        let carried = Carried {
            trunk,
            inbound: dialled.is_none(),
            started: Time::from_micros(record.started),
            answered,
            cause: record.cause,
        };
        self.statistics.trunks.recorded(&carried);
    }

    /// How many numbers of each pool are in use now.
    pub(super) fn count_numbers(&mut self, now: Time) {
        for (pool, row) in self.pools.iter().enumerate() {
            self.statistics.in_use(now, pool, row.taken());
        }
    }

    /// A request has a number of its own, or the pool's shared one.
    pub(super) fn number_given(&mut self, now: Time, pool: usize, own: bool) {
        let event = if own { PoolEvent::Given } else { PoolEvent::Shared };
        self.statistics.pool(now, pool, event);
    }

    /// A number was given back.
    pub(super) fn number_back(&mut self, now: Time, (pool, index): PointRef) {
        let held = now.since(self.pools[pool].point(index).since);
        self.statistics.pool(now, pool, PoolEvent::Back(held));
    }

    /// Somebody's time is over: whether he had a number, and has not called.
    pub(super) fn number_unused(&mut self, now: Time, id: ReservationId, reason: &str) {
        let r = self.reservations.get(id).filter(|r| reason == "expired" && !r.called);
        if let Some((pool, _)) = r.and_then(|r| r.point) {
            self.statistics.pool(now, pool, PoolEvent::Unused);
        }
    }

    /// Whose call it is that has come to a pool's number.
    pub(super) fn number_called(&mut self, now: Time, pool: usize, confidence: Confidence) {
        let event = match confidence {
            Confidence::Exact => PoolEvent::Exact,
            Confidence::Recent => PoolEvent::Recent,
            Confidence::None => PoolEvent::Unmatched,
        };
        self.statistics.pool(now, pool, event);
    }
}
