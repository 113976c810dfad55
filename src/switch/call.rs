//! A call: its parties, each with its legs, the states a party goes through, and who is to hear whom.

use super::confirm::Question;
use super::leg::Leg;
use super::originate::Plan;
use super::replace::Change;
use super::resume::Handset;
use super::{Switch, Timer};
use std::sync::Arc;
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
    /// The switch: one phone alone, which hears itself.
    Echo,
}

/// Where a party stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum PartyState {
    /// A customer who will be dialled later.
    Awaited,
    /// Its INVITE is here; it has had 100.
    Offered,
    /// It has had 180 or 183.
    Alerted,
    /// We called it; nothing rings yet. A browser: media is not up yet.
    Calling,
    /// We called it; it rings.
    Ringing,
    /// Its phone is answered, perhaps by a machine: it is asked to press 1.
    Asked,
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
    /// It is dialled at last.
    Dial,
    /// Its phone is answered, and it is asked whether it takes the call.
    Ask,
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
            (Awaited, Step::Dial) => Some(Calling),
            (Calling, Step::Ring) => Some(Ringing),
            (Offered | Alerted | Calling | Ringing, Step::Ask) => Some(Asked),
            (Offered | Alerted | Calling | Ringing | Asked, Step::Answer) => Some(Talking),
            (Awaited | Offered | Alerted | Calling | Ringing | Asked | Talking, Step::Leave) => Some(Gone),
            _ => None,
        }
    }
}

/// One party. While its phone rings it may have several legs, a fork; in the call it has one, and a customer a second one while he
/// goes over to it (`replace`).
pub(super) struct Party {
    pub(super) id: PartyId,
    pub(super) state: PartyState,
    pub(super) legs: Vec<Leg>,
    /// How it is called, and where next.
    pub(super) plan: Option<Plan>,
    /// The best failure of the legs of a fork so far, and what of it is passed on.
    pub(super) failure: Option<(u16, warmline_sip::message::Headers)>,
    pub(super) muted: bool,
    /// It was rung with others, of whom the first is in the call.
    pub(super) group: bool,
    /// What whoever answers its phone is asked first, and for how long.
    pub(super) question: Option<Question>,
    /// What its line says is listened to.
    pub(super) listened: Option<super::detect::Listened>,
    /// Its phone, where that is one in a browser that can come back.
    pub(super) handset: Option<Box<Handset>>,
}

impl Party {
    pub(super) fn new(id: PartyId, state: PartyState) -> Self {
        Party {
            id,
            state,
            legs: Vec::new(),
            plan: None,
            failure: None,
            muted: false,
            group: false,
            question: None,
            listened: None,
            handset: None,
        }
    }

    /// Takes a step; false: it means nothing in this state.
    pub(super) fn step(&mut self, step: Step) -> bool {
        let next = self.state.after(step);
        self.state = next.unwrap_or(self.state);
        next.is_some()
    }

    /// Whether we called it and it has not answered, or not yet taken the call.
    pub(super) fn is_called(&self) -> bool {
        matches!(self.state, PartyState::Calling | PartyState::Ringing | PartyState::Asked)
    }

    /// Whether it called us and has not been answered.
    pub(super) fn is_waiting(&self) -> bool {
        matches!(self.state, PartyState::Offered | PartyState::Alerted)
    }

    /// Whether it is in the call.
    pub(super) fn is_talking(&self) -> bool {
        self.state == PartyState::Talking
    }

    /// Whether its phone is lost, and awaited.
    pub(super) fn is_lost(&self) -> bool {
        self.handset.as_ref().is_some_and(|handset| handset.is_lost())
    }

    /// Its only leg, or the first of a fork.
    pub(super) fn leg(&self) -> Option<&Leg> {
        self.legs.first()
    }

    pub(super) fn leg_mut(&mut self) -> Option<&mut Leg> {
        self.legs.first_mut()
    }
}

/// Who is to hear whom.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Joining {
    /// The customer and the first who answered, once one has.
    First(Option<PartyId>),
    /// Those whom the last `Join` named.
    Named(Vec<PartyId>),
}

/// What the customer hears while he is alone.
#[derive(Clone, Debug)]
pub(super) enum Treatment {
    /// Nothing was asked for.
    None,
    Silence,
    /// An agent's, whose customer's phone rings.
    Ringback,
    Music,
    Speech(Speech),
}

/// Something that is said to the customer.
#[derive(Clone, Debug)]
pub(super) struct Speech {
    /// Tells it from the one before: counted within the call.
    pub(super) number: u64,
    /// 8,000 a second.
    pub(super) samples: Arc<[i16]>,
    /// Silence afterwards, not music.
    pub(super) quiet: bool,
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
    /// The customer; a plain call's caller.
    pub(super) a: Party,
    /// The agents in the order in which they were rung, `cti::AGENTS` at most, or `cti::GROUP` that ring; a plain call's callee.
    pub(super) agents: Vec<Party>,
    pub(super) joining: Joining,
    pub(super) treatment: Treatment,
    /// How much has been said to the customer.
    pub(super) said: u64,
    /// The legs that the worker lets hear each other: none, or two and more.
    pub(super) connected: Vec<LegId>,
    /// The customer goes over to another leg: his second one.
    pub(super) change: Option<Change>,
    /// The call goes on without any leg of the customer's: he may come back.
    pub(super) kept: bool,
    /// Whether coordination knows of it, and is to hear of its end.
    pub(super) known: bool,
    /// Whether customer and agent have ever heard each other.
    pub(super) bridged: bool,
    pub(super) over: bool,
    /// A panic came while it was wound up after a panic.
    pub(super) wrecked: bool,
}

impl Call {
    /// All parties, the customer first.
    pub(super) fn parties(&self) -> impl Iterator<Item = &Party> {
        std::iter::once(&self.a).chain(&self.agents)
    }

    pub(super) fn party(&self, id: PartyId) -> Option<&Party> {
        self.parties().find(|party| party.id == id)
    }

    pub(super) fn party_mut(&mut self, id: PartyId) -> Option<&mut Party> {
        std::iter::once(&mut self.a).chain(&mut self.agents).find(|party| party.id == id)
    }

    pub(super) fn is_customer(&self, id: PartyId) -> bool {
        self.a.id == id
    }

    pub(super) fn is_controlled(&self) -> bool {
        self.kind == Kind::Controlled
    }

    /// The party and place of a leg.
    pub(super) fn find(&self, leg: LegId) -> Option<(PartyId, usize)> {
        self.parties().find_map(|party| {
            let place = party.legs.iter().position(|row| row.id == leg)?;
            Some((party.id, place))
        })
    }

    pub(super) fn leg_mut(&mut self, leg: LegId) -> Option<&mut Leg> {
        let (party, place) = self.find(leg)?;
        self.party_mut(party)?.legs.get_mut(place)
    }

    pub(super) fn legs(&self) -> usize {
        self.parties().map(|party| party.legs.len()).sum()
    }

    /// Whether a party is one of those who are to hear each other.
    pub(super) fn names(&self, party: PartyId) -> bool {
        match &self.joining {
            Joining::First(first) => self.is_customer(party) || *first == Some(party),
            Joining::Named(named) => named.contains(&party),
        }
    }

    /// Those who are to hear each other and have answered, where they are two at least.
    pub(super) fn joined(&self) -> Vec<PartyId> {
        let is_there = |party: &&Party| {
            let up = party.is_talking() && !party.is_lost();
            up && self.names(party.id) && party.leg().is_some_and(Leg::is_negotiated)
        };
        let mut there: Vec<PartyId> = self.parties().filter(is_there).map(|party| party.id).collect();
        if there.len() < 2 {
            there.clear();
        }
        there
    }

    /// Whether the customer hears somebody, or waits for one who has put him on hold.
    pub(super) fn is_customer_joined(&self) -> bool {
        self.joined().contains(&self.a.id)
    }

    /// What the customer hears where he is alone: never nothing, and who has spoken with somebody is not left in silence.
    pub(super) fn treatment_alone(&self) -> Treatment {
        match (&self.treatment, self.bridged) {
            (Treatment::None, true) => Treatment::Music,
            (Treatment::None, false) => Treatment::Silence,
            (treatment, _) => treatment.clone(),
        }
    }

    /// The agent whom the customer is to be answered with.
    pub(super) fn answering_agent(&self) -> Option<&Party> {
        let meets = |agent: &&Party| agent.is_talking() && self.names(agent.id) && self.names(self.a.id);
        self.agents.iter().find(meets)
    }

    /// An agent has answered: where nobody was joined by a command, the first one is joined by itself.
    pub(super) fn note_first(&mut self, agent: PartyId) {
        if let Joining::First(first) = self.joining
            && !first.and_then(|first| self.party(first)).is_some_and(Party::is_talking)
        {
            self.joining = Joining::First(Some(agent));
        }
    }
}

/// A call in somebody's hands. Where a panic takes it from them, it is kept, to be wound up.
struct Hands<'a> {
    switch: &'a mut Switch,
    call: Option<Box<Call>>,
}

impl Drop for Hands<'_> {
    fn drop(&mut self) {
        self.switch.wrecks.extend(self.call.take().map(|call| *call));
    }
}

impl Switch {
    /// A new call with one party, in the table.
    pub(super) fn new_call(
        &mut self,
        now: Time,
        id: CallId,
        kind: Kind,
        a: Party,
        worker: usize,
        trace: Option<String>,
    ) {
        self.counters.calls_started += u64::from(kind != Kind::Echo);
        self.timers.set(Timer::MaxCall(id), now + self.settings.max_call);
        let call = Box::new(Call {
            id,
            kind,
            trace: trace.unwrap_or_else(|| self.mint.hex(32)),
            worker,
            anchored: self.settings.anchor_media || kind != Kind::Plain,
            max_forwards: 70,
            known: a.is_called() || a.state == PartyState::Awaited,
            a,
            agents: Vec::new(),
            joining: Joining::First(None),
            treatment: Treatment::None,
            said: 0,
            connected: Vec::new(),
            change: None,
            kept: false,
            bridged: false,
            over: false,
            wrecked: false,
        });
        self.calls.insert(id, call);
    }

    /// Takes a call out, does something to it, and puts it back, unless it is over.
    pub(super) fn with_call(&mut self, id: CallId, act: impl FnOnce(&mut Switch, &mut Call)) {
        let Some(call) = self.calls.remove(&id) else { return };
        if let Some(call) = self.in_hands(call, act).filter(|call| !call.over) {
            self.calls.insert(id, call);
        }
    }

    /// Does something to a call that is in no table; a panic does not lose it.
    pub(super) fn in_hands(
        &mut self,
        call: Box<Call>,
        act: impl FnOnce(&mut Switch, &mut Call),
    ) -> Option<Box<Call>> {
        let mut hands = Hands { switch: self, call: Some(call) };
        let Hands { switch, call } = &mut hands;
        if let Some(call) = call {
            act(switch, call);
        }
        hands.call.take()
    }

    /// Whether there is room for one more call.
    pub(super) fn has_room(&mut self) -> bool {
        let room = !self.draining && self.calls.len() < self.settings.max_calls;
        self.counters.overload += u64::from(!room);
        room
    }

    /// Tells coordination, where the call is its business.
    pub(super) fn tell(&mut self, call: &Call, event: cti::Event) {
        self.burn();
        if call.is_controlled() && call.known {
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
        assert_eq!((Awaited.after(Step::Dial), Awaited.after(Step::Answer)), (Some(Calling), None));
        assert_eq!(Ringing.after(Step::Ask), Some(Asked));
        assert_eq!(Asked.after(Step::Answer), Some(Talking));
        assert_eq!(Talking.after(Step::Ask), None);
        for step in [Step::Alert, Step::Ring, Step::Dial, Step::Ask, Step::Answer, Step::Leave] {
            assert_eq!(Gone.after(step), None);
        }
    }
}
