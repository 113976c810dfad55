//! The reference model of the CTI link: which events of a call may follow which. Independent of how the switch does it.

use std::collections::HashMap;
use warmline_coordination::cti::{Command, Event};
use warmline_coordination::ids::{CallId, PartyId};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Party {
    /// It is called later, or not at all.
    Awaited,
    /// It called: nothing is reported of it but its leaving.
    Came,
    Called,
    Ringing,
    Up,
    Over,
}

#[derive(Debug)]
struct Call {
    customer: PartyId,
    agent: Option<PartyId>,
    parties: HashMap<PartyId, Party>,
    /// The agent who was last bridged.
    bridged: Option<PartyId>,
    /// Its customer was to take the place of another call's: that he has left is told there.
    given: bool,
    ended: bool,
}

impl Call {
    fn of(customer: PartyId, state: Party) -> Self {
        let parties = [(customer, state)].into();
        Call { customer, agent: None, parties, bridged: None, given: false, ended: false }
    }
}

/// All calls of coordination that there were.
#[derive(Default)]
pub struct Model {
    calls: HashMap<CallId, Call>,
    pub events: usize,
}

impl Model {
    /// Coordination asks for a party.
    pub fn command(&mut self, command: &Command) {
        match command {
            Command::Ring { call, party, .. } => {
                if let Some(call) = self.calls.get_mut(call).filter(|call| !call.ended) {
                    call.parties.insert(*party, Party::Called);
                    call.agent = call.agent.filter(|agent| is_there(call, *agent)).or(Some(*party));
                }
            }
            Command::Replace { from, .. } => {
                if let Some(other) = self.calls.get_mut(from) {
                    other.given = true;
                }
            }
            Command::Prepare { call, party } => {
                self.calls.insert(*call, Call::of(*party, Party::Awaited));
            }
            Command::Dial { call, party, .. } | Command::BrowserOffer { call, party, .. } => {
                let call = self.calls.entry(*call).or_insert_with(|| Call::of(*party, Party::Called));
                call.parties.insert(*party, Party::Called);
            }
            _ => {}
        }
    }

    /// The switch reports; an error says what may not be.
    pub fn event(&mut self, event: &Event) -> Result<(), String> {
        self.events += 1;
        if let Event::Arrived { call, party, .. } = event {
            let fresh = self.calls.insert(*call, Call::of(*party, Party::Came)).is_none();
            return if fresh { Ok(()) } else { Err(format!("{call} arrived twice")) };
        }
        let Some(id) = call_of(event) else { return Ok(()) };
        if let Event::Replaced { from, .. } = event {
            let other = self.calls.get_mut(from).filter(|other| !other.ended);
            other.ok_or_else(|| format!("he came from nowhere: {event:?}"))?.ended = true;
        }
        let call = self.calls.get_mut(&id).ok_or_else(|| format!("unknown call: {event:?}"))?;
        if call.ended {
            return Err(format!("after the end: {event:?}"));
        }
        step(call, event).map_err(|why| format!("{why}: {event:?} with {call:?}"))
    }

    /// Calls that have not ended.
    pub fn open(&self) -> usize {
        self.calls.values().filter(|call| !call.ended).count()
    }
}

fn is_there(call: &Call, party: PartyId) -> bool {
    matches!(call.parties.get(&party), Some(Party::Called | Party::Ringing | Party::Up))
}

fn step(call: &mut Call, event: &Event) -> Result<(), &'static str> {
    let change = |call: &mut Call, party: &PartyId, from: &[Party], to: Party| {
        let state = call.parties.get_mut(party).ok_or("a party that nobody asked for")?;
        if !from.contains(state) {
            return Err("not in this state");
        }
        *state = to;
        Ok(())
    };
    match event {
        Event::Ringing { party, .. } => change(call, party, &[Party::Called], Party::Ringing),
        Event::Answered { party, .. } => {
            change(call, party, &[Party::Called, Party::Ringing], Party::Up)?;
            // Of a group he is the one, whoever was rung first.
            if *party != call.customer && call.agent.is_none_or(|agent| call.parties[&agent] != Party::Up) {
                call.agent = Some(*party);
            }
            let other = call.parties.iter().any(|(id, state)| {
                id != party && *id != call.customer && *party != call.customer && *state == Party::Up
            });
            if other { Err("two agents in one call") } else { Ok(()) }
        }
        Event::Failed { party, .. } => change(call, party, &[Party::Called, Party::Ringing], Party::Over),
        Event::Left { party, .. } => change(call, party, &[Party::Came, Party::Up], Party::Over),
        Event::Bridged { .. } => {
            let agent = call.agent.ok_or("bridged with nobody")?;
            let customer = call.parties[&call.customer];
            if call.parties[&agent] != Party::Up || !matches!(customer, Party::Came | Party::Up) {
                return Err("bridged without both");
            }
            if call.bridged == Some(agent) {
                return Err("bridged twice");
            }
            call.bridged = Some(agent);
            Ok(())
        }
        Event::Ended { .. } => {
            let mut parties = call.parties.iter();
            if parties.any(|(id, state)| *id != call.customer && *state != Party::Over) {
                return Err("ended with an agent in it");
            }
            let customer = call.parties[&call.customer];
            // One who came and was never answered has not left; one who spoke has.
            let never = customer == Party::Awaited || call.given;
            if !(never || customer == Party::Over || (customer == Party::Came && call.bridged.is_none())) {
                return Err("ended with the customer in it");
            }
            call.ended = true;
            Ok(())
        }
        Event::BrowserAnswer { .. }
        | Event::Digit { .. }
        | Event::Played { .. }
        | Event::Replaced { .. }
        | Event::Progress { .. }
        | Event::CustomerLost { .. } => Ok(()),
        _ => Err("no event of a call"),
    }
}

fn call_of(event: &Event) -> Option<CallId> {
    match event {
        Event::Arrived { call, .. }
        | Event::Ringing { call, .. }
        | Event::Answered { call, .. }
        | Event::BrowserAnswer { call, .. }
        | Event::Failed { call, .. }
        | Event::Digit { call, .. }
        | Event::Played { call }
        | Event::Bridged { call }
        | Event::HandedOver { call, .. }
        | Event::Left { call, .. }
        | Event::PhoneLost { call, .. }
        | Event::PhoneBack { call, .. }
        | Event::Replaced { call, .. }
        | Event::Progress { call, .. }
        | Event::CustomerLost { call }
        | Event::Ended { call, .. } => Some(*call),
        Event::Dialled { .. }
        | Event::DeviceUp { .. }
        | Event::DeviceDown { .. }
        | Event::TrunkUp { .. }
        | Event::TrunkDown { .. } => None,
    }
}

/// A command as logs have it.
pub fn word(command: &Command) -> &'static str {
    match command {
        Command::Alert { .. } => "alert",
        Command::Queue { .. } => "queue",
        Command::Reject { .. } => "reject",
        Command::Ring { .. } => "ring",
        Command::Dial { .. } => "dial",
        Command::Prepare { .. } => "prepare",
        Command::Adopt { .. } => "adopt",
        Command::BrowserOffer { .. } => "browser offer",
        Command::Replace { .. } => "replace",
        Command::KeepCustomer { .. } => "keep",
        Command::WatchCustomer { .. } => "watch",
        Command::Mute { .. } => "mute",
        Command::Join { .. } => "join",
        Command::Digits { .. } => "digits",
        Command::Say { .. } => "say",
        Command::Drop { .. } => "drop",
        Command::Hangup { .. } => "hang up",
        Command::SetCredential { .. } => "credential",
        Command::DropCredential { .. } => "no credential",
        Command::ReleaseNumber { .. } => "release",
    }
}
