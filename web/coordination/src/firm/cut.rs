//! Calls that are on when the program dies: the journal knows of them while they are, and a restart closes their records (E15).

use super::Firm;
use crate::call::{Call, Confidence, Phase};
use crate::cti::{Cause, Event};
use crate::fact::{CallRecorded, Fact};
use crate::ids::CallId;
use crate::spending::Amount;
use warmline_time::Time;

impl Firm {
    /// The call of which an event may be worth a row.
    pub(super) fn may_be_on(event: &Event) -> Option<CallId> {
        match event {
            Event::Arrived { call, .. }
            | Event::Ringing { call, .. }
            | Event::Answered { call, .. }
            | Event::Bridged { call } => Some(*call),
            _ => None,
        }
    }

    /// Tells the journal of a call that is on, and of each step after which its record would be another. One that is to move another
    /// call has no record of its own, and whom we call is there from his ringing on.
    pub(super) fn note_on(&mut self, now: Time, id: CallId) {
        let Some(call) = self.calls.get(&id).filter(|call| call.phase != Phase::Closing) else { return };
        let bound = call.reservation.and_then(|id| self.reservations.get(id));
        let is_there = !call.is_dialled() || call.treated.rang.is_some() || call.treated.up.is_some();
        let step = (call.treated.up.is_some() && call.is_dialled(), call.control.spoke.len());
        if !is_there || bound.is_some_and(|r| r.moves.is_some()) || call.noted == Some(step) {
            return;
        }
        let record = self.record_of(now, call, Cause::Normal, None);
        if let Some(call) = self.calls.get_mut(&id) {
            call.noted = Some(step);
        }
        self.persist(now, Fact::CallOn(Box::new(record)));
    }

    /// The record of a call that ends now.
    pub(super) fn record_of(
        &self,
        now: Time,
        call: &Call,
        cause: Cause,
        cost: Option<Amount>,
    ) -> CallRecorded {
        let shown = call.reservation.or(call.remembered);
        let page = shown.and_then(|id| self.reservations.get(id));
        CallRecorded {
            call: call.id,
            reservation: shown,
            // Who gives up before an agent has him is found by his number.
            contact: call.contact.or_else(|| self.contacts.by_number(call.own_number()?)),
            channel: call.channel().into(),
            page_title: page.map_or_else(String::new, |r| r.page.title.clone()),
            agent: call.spoke_with.map(|index| self.agents[index].settings.name.clone()),
            started: call.started.as_micros(),
            answered: call.bridged.map(Time::as_micros),
            ended: now.as_micros(),
            cause,
            trace_id: call.trace_id.clone(),
            agents: call
                .control
                .spoke
                .iter()
                .map(|&index| self.agents[index].settings.name.clone())
                .collect(),
            code: call.control.code.clone(),
            caller: call.own_number().cloned().filter(|_| call.confidence == Confidence::Exact),
            verified: call.verified,
            queue: call.asks.map(|asked| self.settings.queues[asked.queue].name.clone()),
            asked: call.asks.map(|asked| asked.at.as_micros()),
            changed_to: call.control.changed.iter().map(|&channel| channel.to_owned()).collect(),
            progress: call.progress.clone(),
            cost,
            known_until: None,
            trunk: self.carrier_of(call),
            dialled: call.is_dialled().then(|| Box::new(call.treated.clone())),
        }
    }

    /// A call was on.
    pub(super) fn on_again(&mut self, record: &CallRecorded) {
        self.called_again(record);
        self.on.insert(record.call, record.clone());
    }

    fn called_again(&mut self, record: &CallRecorded) {
        let r = record.reservation.and_then(|id| self.reservations.get_mut(id));
        if let Some((r, caller)) = r.zip(record.caller.as_ref()) {
            r.called_from(caller);
        }
    }

    /// A record of the journal.
    pub(super) fn rerecord(&mut self, record: &CallRecorded) {
        self.on.remove(&record.call);
        if record.channel != "chat" {
            self.took_recorded(record.agent.as_deref(), record.answered);
        }
        self.turn_recorded(record);
        self.called_again(record);
        self.keep_record_of(record);
        self.counts_again(record);
        self.carried_again(record);
        if let Some(cost) = record.cost {
            let times = (Time::from_micros(record.started), Time::from_micros(record.ended));
            self.spending.recorded(record.call, times, cost);
        }
    }

    /// After the last row: calls of which the journal has no end are over. They were on at its last row, and are not now.
    pub(super) fn close_cut(&mut self, now: Time) {
        for record in std::mem::take(&mut self.on).into_values() {
            let surely = self.replayed_until.as_micros();
            let record = CallRecorded {
                ended: now.as_micros(),
                cause: Cause::NodeRestart,
                known_until: Some(surely),
                ..record
            };
            self.rerecord(&record);
            self.calls_cut += 1;
            self.persist(now, Fact::CallRecorded(Box::new(record)));
        }
    }
}
