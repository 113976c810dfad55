//! A call: its two parties, each with its legs, and the states a party goes through.

use super::leg::Leg;
use super::originate::Plan;
use super::{Switch, Timer};
use std::time::Duration;
use warmline_coordination::cti;
use warmline_coordination::ids::{CallId, PartyId};
use warmline_media::ids::LegId;
use warmline_time::Time;

/// Who decides what happens to a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// The switch, by its routes: one phone calls another.
    Plain,
    /// Coordination, by commands.
    Controlled,
}

/// One of the two sides of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Side {
    /// The customer; a plain call's caller.
    A,
    /// The agent; a plain call's callee.
    B,
}

/// Where a party stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum PartyState {
    /// Its INVITE is here; it has had 100.
    Offered,
    /// It has had 180 or 183.
    Alerted,
    /// We called it; nothing rings yet. A browser: media is not up yet.
    Calling,
    /// We called it; it rings.
    Ringing,
    /// It is in the call.
    Talking,
    /// It is out of the call, and that was reported.
    Gone,
}

/// What can happen to a party.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    /// We send it 180 or 183.
    Alert,
    /// It sends 180 or 183.
    Ring,
    /// It answers, or is answered.
    Answer,
    /// It leaves, fails or is taken out.
    Leave,
}

impl PartyState {
    /// The state after a step; `None` where the step means nothing.
    pub(super) fn after(self, step: Step) -> Option<PartyState> {
        use PartyState::*;
        match (self, step) {
            (Offered, Step::Alert) => Some(Alerted),
            (Calling, Step::Ring) => Some(Ringing),
            (Offered | Alerted | Calling | Ringing, Step::Answer) => Some(Talking),
            (Offered | Alerted | Calling | Ringing | Talking, Step::Leave) => Some(Gone),
            _ => None,
        }
    }
}

/// One party. While its phone rings it may have several legs, a fork; in the call it has one.
pub(super) struct Party {
    pub(super) id: PartyId,
    pub(super) state: PartyState,
    pub(super) legs: Vec<Leg>,
    /// How it is called, and where next.
    pub(super) plan: Option<Plan>,
    /// The best failure of the legs of a fork so far, and what of it is passed on.
    pub(super) failure: Option<(u16, warmline_sip::message::Headers)>,
    pub(super) muted: bool,
}

impl Party {
    pub(super) fn new(id: PartyId, state: PartyState) -> Self {
        Party { id, state, legs: Vec::new(), plan: None, failure: None, muted: false }
    }

    /// Takes a step; false: it means nothing in this state.
    pub(super) fn step(&mut self, step: Step) -> bool {
        let next = self.state.after(step);
        self.state = next.unwrap_or(self.state);
        next.is_some()
    }

    /// Whether we called it and it has not answered.
    pub(super) fn is_called(&self) -> bool {
        matches!(self.state, PartyState::Calling | PartyState::Ringing)
    }

    /// Whether it called us and has not been answered.
    pub(super) fn is_waiting(&self) -> bool {
        matches!(self.state, PartyState::Offered | PartyState::Alerted)
    }

    /// Whether it is in the call.
    pub(super) fn is_talking(&self) -> bool {
        self.state == PartyState::Talking
    }

    /// Its only leg, or the first of a fork.
    pub(super) fn leg(&self) -> Option<&Leg> {
        self.legs.first()
    }

    pub(super) fn leg_mut(&mut self) -> Option<&mut Leg> {
        self.legs.first_mut()
    }
}

/// What the customer hears while nobody is joined.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Treatment {
    /// Nothing of ours.
    None,
    Silence,
    Music,
}

/// One call.
pub(super) struct Call {
    pub(super) id: CallId,
    pub(super) kind: Kind,
    /// Its Session-ID on every leg.
    pub(super) trace: String,
    /// All its legs are on this media worker.
    pub(super) worker: usize,
    /// Whether media goes through us.
    pub(super) anchored: bool,
    /// What the next hop may still do.
    pub(super) max_forwards: u32,
    pub(super) a: Party,
    pub(super) b: Option<Party>,
    pub(super) treatment: Treatment,
    /// What of it the worker plays already.
    pub(super) played: Treatment,
    /// The legs that hear each other.
    pub(super) connected: Option<(LegId, LegId)>,
    pub(super) bridged: bool,
    pub(super) over: bool,
}

impl Call {
    pub(super) fn party(&self, side: Side) -> Option<&Party> {
        match side {
            Side::A => Some(&self.a),
            Side::B => self.b.as_ref(),
        }
    }

    pub(super) fn party_mut(&mut self, side: Side) -> Option<&mut Party> {
        match side {
            Side::A => Some(&mut self.a),
            Side::B => self.b.as_mut(),
        }
    }

    pub(super) fn is_controlled(&self) -> bool {
        self.kind == Kind::Controlled
    }

    /// The side and place of a leg.
    pub(super) fn find(&self, leg: LegId) -> Option<(Side, usize)> {
        [Side::A, Side::B].into_iter().find_map(|side| {
            let place = self.party(side)?.legs.iter().position(|row| row.id == leg)?;
            Some((side, place))
        })
    }

    pub(super) fn leg_mut(&mut self, leg: LegId) -> Option<&mut Leg> {
        let (side, place) = self.find(leg)?;
        self.party_mut(side)?.legs.get_mut(place)
    }

    /// The side that a party is on.
    pub(super) fn side_of(&self, party: PartyId) -> Option<Side> {
        [Side::A, Side::B].into_iter().find(|&side| self.party(side).is_some_and(|row| row.id == party))
    }

    pub(super) fn legs(&self) -> usize {
        self.a.legs.len() + self.b.as_ref().map_or(0, |party| party.legs.len())
    }
}

impl Switch {
    /// A new call with one party. It is not in the table until [`Switch::keep`].
    pub(super) fn new_call(
        &mut self,
        now: Time,
        id: CallId,
        kind: Kind,
        a: Party,
        worker: usize,
        trace: Option<String>,
    ) -> Box<Call> {
        self.counters.calls_started += 1;
        self.timers.set(Timer::MaxCall(id), now + self.settings.max_call);
        Box::new(Call {
            id,
            kind,
            trace: trace.unwrap_or_else(|| self.mint.hex(32)),
            worker,
            anchored: self.settings.anchor_media || kind == Kind::Controlled,
            max_forwards: 70,
            a,
            b: None,
            treatment: Treatment::None,
            played: Treatment::None,
            connected: None,
            bridged: false,
            over: false,
        })
    }

    /// Puts a call (back) into the table, unless it is over.
    pub(super) fn keep(&mut self, call: Box<Call>) {
        if !call.over {
            self.calls.insert(call.id, call);
        }
    }

    /// Takes a call out, does something to it, and puts it back.
    pub(super) fn with_call(&mut self, id: CallId, act: impl FnOnce(&mut Switch, &mut Call)) {
        if let Some(mut call) = self.calls.remove(&id) {
            act(self, &mut call);
            self.keep(call);
        }
    }

    /// Whether there is room for one more call.
    pub(super) fn has_room(&mut self) -> bool {
        let room = !self.draining && self.calls.len() < self.settings.max_calls;
        self.counters.overload += u64::from(!room);
        room
    }

    /// Tells coordination, where the call is its business.
    pub(super) fn tell(&mut self, call: &Call, event: cti::Event) {
        if call.is_controlled() {
            self.emit(event);
        }
    }

    /// How long a party that we call may take.
    pub(super) fn limit_ringing(&mut self, now: Time, call: CallId, party: PartyId, limit: Duration) {
        self.timers.set(Timer::Ring(call, party), now + limit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_party_goes_through_its_states_and_never_back() {
        use PartyState::*;
        assert_eq!(Offered.after(Step::Alert), Some(Alerted));
        assert_eq!(Alerted.after(Step::Alert), None);
        assert_eq!(Alerted.after(Step::Answer), Some(Talking));
        assert_eq!(Calling.after(Step::Ring), Some(Ringing));
        assert_eq!(Ringing.after(Step::Ring), None);
        assert_eq!(Talking.after(Step::Answer), None);
        assert_eq!(Talking.after(Step::Leave), Some(Gone));
        for step in [Step::Alert, Step::Ring, Step::Answer, Step::Leave] {
            assert_eq!(Gone.after(step), None);
        }
    }
}
