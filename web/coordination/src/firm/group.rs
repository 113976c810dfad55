//! An offer that was taken, of one agent's phone or of several that rang as a group (E18): whoever answers first has the call. The
//! switch decides that; here the others are free again as if nothing had rung.

use super::{Firm, Timer};
use crate::agent::{OfferEnd, Work};
use crate::call::{Offer, Phase};
use crate::cti::{Cause, Command};
use crate::ids::{CallId, PartyId, ReservationId};
use crate::notice::AgentNotice;
use crate::queue::Waiter;
use crate::view::VisitorState;
use serde_json::json;
use warmline_time::Time;

impl Firm {
    /// An agent a call was offered to has answered as this party.
    pub(super) fn taken(&mut self, now: Time, id: CallId, agent: usize, party: PartyId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let others: Vec<usize> =
            call.offers().map(|offer| offer.agent).filter(|&other| other != agent).collect();
        call.phase = Phase::Talking { agent, party };
        call.beside.clear();
        let own = call.is_calling_out();
        call.customer_up |= !own;
        call.control.wished = false;
        let (reservation, trace_id) = (call.reservation, call.trace_id.clone());
        self.timers.cancel(Timer::Guard(id));
        self.timers.cancel(Timer::Music(id));
        self.agents[agent].work = Work::Talking(id);
        if !own {
            self.took_call(agent, now);
        }
        self.forget_wait(Waiter::Call(id));
        self.touch_agent(agent);
        self.too_late(now, id, agent, others);
        if let Some(id) = reservation {
            self.rebind_call(now, id, agent);
        }
        self.show_state(now, reservation, VisitorState::Talking);
        self.emit(now, agent, "call.answered", id.to_string(), trace_id, json!({}));
        self.goes_on(now, id);
        if own {
            self.dial_out(now, id);
        }
    }

    /// Those at whom it rang too are ready as before; each is told who has it.
    fn too_late(&mut self, now: Time, id: CallId, agent: usize, others: Vec<usize>) {
        let name = self.agents[agent].settings.display_name.clone();
        let trace_id = self.calls.get(&id).map_or_else(String::new, |call| call.trace_id.clone());
        for other in others {
            let about = ("call.offer_ended", id.to_string(), trace_id.clone());
            self.offer_ended(now, other, about, OfferEnd::Elsewhere);
            self.make_idle(other);
            self.agents[other].notice = Some(AgentNotice::AnsweredBy { name: name.clone() });
        }
    }

    /// A reservation's call was answered by another than the one who came first.
    fn rebind_call(&mut self, now: Time, id: ReservationId, agent: usize) {
        if self.reservations.get(id).is_some_and(|r| r.live() && r.preferred != Some(agent)) {
            self.bind_call(now, id, agent, false);
        }
    }

    /// The switch owes an answer of every phone that rings.
    pub(super) fn phones_late(&mut self, now: Time, id: CallId) {
        let offers: Vec<Offer> = self.calls.get(&id).map_or_else(Vec::new, |call| call.offers().collect());
        for Offer { agent, party } in offers {
            if let Some(party) = party {
                self.switch(Command::Drop { call: id, party, cause: Cause::NoAnswer });
                self.offer_over(now, id, agent, OfferEnd::Timeout);
            }
        }
    }

    /// Nobody is to take it any more.
    pub(super) fn release_all(&mut self, id: CallId, end: OfferEnd) {
        let offers: Vec<Offer> = self.calls.get(&id).map_or_else(Vec::new, |call| call.offers().collect());
        // The first one last: nobody is to come in his place.
        offers.iter().rev().for_each(|offer| self.release_offer(id, offer.agent, end));
    }

    /// Whether a call is offered to him and to others.
    pub(super) fn rings_with_others(&self, agent: usize) -> bool {
        let call = self.agents[agent].call().and_then(|id| self.calls.get(&id));
        call.is_some_and(|call| !call.beside.is_empty() && call.offers().any(|offer| offer.agent == agent))
    }
}
