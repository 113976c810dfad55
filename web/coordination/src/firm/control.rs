//! An agent's control of the call he is in: mute, hold, keys, whom he speaks with, and his leaving it.

use super::{Firm, problem};
use crate::agent::{OfferEnd, Work};
use crate::call::{Call, Phase, With};
use crate::cti::{Cause, Command};
use crate::ids::CallId;
use crate::request::{Problem, Reply, RequestId};
use serde_json::json;
use warmline_time::Time;

/// Keys of one request.
const DIGITS: usize = 32;

impl Firm {
    /// A verb of a desktop that is done or refused at once.
    pub fn obey(
        &mut self,
        now: Time,
        request: RequestId,
        agent: usize,
        verb: impl FnOnce(&mut Firm, usize) -> Result<(), Problem>,
    ) {
        self.alive(now, agent);
        match verb(self, agent) {
            Ok(()) => self.reply(request, Reply::Done),
            Err(problem) => self.reply(request, Reply::Problem(problem)),
        }
        self.finish(now);
    }

    /// The call an agent has, to do with it as he likes: not one that he is only asked in.
    pub(super) fn talk_of(&self, agent: usize) -> Result<CallId, Problem> {
        let Work::Talking(id) = self.agents[agent].work else {
            return Err(problem(409, "no_call", "You are not in a call."));
        };
        if self.is_guest(agent) {
            return Err(problem(409, "guest", "This is your colleague's call: you can leave it, no more."));
        }
        if self.calls.get(&id).is_none_or(|call| call.bridged.is_none()) {
            return Err(problem(409, "not_joined", "The customer is not on the line yet."));
        }
        self.is_here(id)?;
        Ok(id)
    }

    fn is_here(&self, id: CallId) -> Result<(), Problem> {
        if self.calls.get(&id).is_some_and(|call| call.control.elsewhere) {
            return Err(problem(
                409,
                "call_elsewhere",
                "The call is at your telephone system: use your phone.",
            ));
        }
        Ok(())
    }

    /// Whether he is asked in a colleague's call.
    pub(super) fn is_guest(&self, agent: usize) -> bool {
        let call = self.agents[agent].call().and_then(|id| self.calls.get(&id));
        call.is_some_and(|call| call.guest() == Some(agent))
    }

    /// He mutes himself.
    pub fn mute(&mut self, agent: usize, on: bool) -> Result<(), Problem> {
        let call = self.agents[agent].call().and_then(|id| self.calls.get(&id));
        let Some((call, party)) = call.and_then(|call| Some((call.id, call.party_of(agent)?))) else {
            return Err(problem(409, "no_call", "You are not in a call."));
        };
        self.is_here(call)?;
        if let Some(hand) = &mut self.agents[agent].hand {
            hand.muted = on;
        }
        self.switch(Command::Mute { call, party, on });
        self.touch_agent(agent);
        Ok(())
    }

    /// He declines what rings, or leaves what he is in. A call in which he asks somebody, whose phone may still ring, goes on
    /// without him: nobody hangs up on a customer by leaving a colleague's conversation with him. Any other ends.
    pub fn hangup(&mut self, now: Time, agent: usize) -> Result<(), Problem> {
        match self.agents[agent].work {
            Work::Offered { .. } => self.take_back(now, agent, OfferEnd::Rejected),
            Work::Talking(call) if self.is_guest(agent) => self.drop_asked(now, call, OfferEnd::Rejected),
            Work::Talking(call) => {
                if self.calls.get(&call).is_some_and(|call| call.control.asked.is_some()) {
                    self.hand_over(now, call, true);
                } else {
                    self.switch(Command::Hangup { call, cause: Cause::Normal });
                }
            }
            Work::Idle | Work::Claimed(_) | Work::Wrapup { .. } => {
                return Err(problem(409, "no_call", "You have no call."));
            }
        }
        Ok(())
    }

    /// The customer waits with music, or is spoken with again. While somebody is asked, `on` leads to him and off back to the
    /// customer; one whose phone still rings is let go then, for nobody shall answer into silence.
    pub fn hold(&mut self, now: Time, agent: usize, on: bool) -> Result<(), Problem> {
        let id = self.talk_of(agent)?;
        let Some(call) = self.calls.get(&id) else { return Ok(()) };
        let asked = call.control.asked.as_ref().map(|asked| asked.up);
        let event = if on { "call.held" } else { "call.resumed" };
        let with = match (asked, on) {
            (None, true) => With::Nobody,
            (Some(_), true) => With::Asked,
            (Some(false), false) => {
                self.drop_asked(now, id, OfferEnd::Canceled);
                return Ok(());
            }
            (_, false) if call.on_hold() => With::Customer,
            (_, false) => return Ok(()),
        };
        if self.turn_to(id, with) {
            self.tell(now, agent, id, event);
        }
        Ok(())
    }

    /// Keys for the one he speaks with: the customer, or whom he asks; a guest's for whoever hears him.
    pub fn digits(&mut self, agent: usize, digits: &str) -> Result<(), Problem> {
        let digits = digits.to_ascii_uppercase();
        let known = |c: char| c.is_ascii_digit() || matches!(c, '*' | '#' | 'A'..='D');
        if digits.is_empty() || digits.len() > DIGITS || !digits.chars().all(known) {
            return Err(problem(422, "digits_invalid", "Keys are 0 to 9, *, # and A to D, at most 32."));
        }
        let call = self.agents[agent].call().and_then(|id| self.calls.get(&id));
        let Some((call, own)) = call.and_then(|call| Some((call, call.party_of(agent)?))) else {
            return Err(problem(409, "no_call", "You are not in a call."));
        };
        self.is_here(call.id)?;
        // The customer is named first where he hears.
        let up = call.control.asked.as_ref().is_none_or(|asked| asked.up);
        let hearing = call.hearing();
        let hears = hearing.contains(&own) && up;
        let Some(&party) = hearing.iter().find(|&&party| party != own).filter(|_| hears) else {
            return Err(problem(409, "nobody_hears", "Nobody is on the line with you."));
        };
        let call = call.id;
        self.switch(Command::Digits { call, party, digits });
        Ok(())
    }

    /// From the customer to the one asked, or back; from a conference to the one asked alone.
    pub fn swap(&mut self, now: Time, agent: usize) -> Result<(), Problem> {
        let id = self.asking(agent)?;
        let to_asked = self.calls.get(&id).is_some_and(|call| !call.on_hold());
        self.turn_to(id, if to_asked { With::Asked } else { With::Customer });
        self.tell(now, agent, id, if to_asked { "call.held" } else { "call.resumed" });
        Ok(())
    }

    /// All three hear each other.
    pub fn conference(&mut self, now: Time, agent: usize) -> Result<(), Problem> {
        let id = self.asking(agent)?;
        if !self.turn_to(id, With::Everybody) {
            return Ok(());
        }
        let guest = self.calls.get(&id).and_then(Call::guest);
        if let Some(call) = self.calls.get_mut(&id) {
            let spoke = &mut call.control.spoke;
            spoke.extend(guest.filter(|guest| !spoke.contains(guest)));
            if let Some(asked) = &mut call.control.asked {
                asked.met = true;
            }
        }
        self.tell(now, agent, id, "call.conferenced");
        Ok(())
    }

    /// The one asked is let go.
    pub fn consult_end(&mut self, now: Time, agent: usize) -> Result<(), Problem> {
        let id = self.talk_of(agent)?;
        self.somebody_asked(id)?;
        self.drop_asked(now, id, OfferEnd::Canceled);
        Ok(())
    }

    /// The call in which somebody who is asked has answered.
    fn asking(&self, agent: usize) -> Result<CallId, Problem> {
        let id = self.talk_of(agent)?;
        self.somebody_asked(id)?;
        let up =
            self.calls.get(&id).and_then(|call| call.control.asked.as_ref()).is_some_and(|asked| asked.up);
        up.then_some(id).ok_or_else(|| problem(409, "not_answered", "Nobody has answered there yet."))
    }

    /// The agent who has the call speaks with these from now on. False: he did before.
    pub(super) fn turn_to(&mut self, id: CallId, with: With) -> bool {
        let Some(call) = self.calls.get_mut(&id).filter(|call| call.control.with != with) else {
            return false;
        };
        call.control.with = with;
        self.rejoin(id);
        true
    }

    /// Tells the switch who hears each other, where that is news, and their desktops.
    pub(super) fn rejoin(&mut self, id: CallId) {
        let now = self.clock;
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.control.held = if call.on_hold() { call.control.held.or(Some(now)) } else { None };
        let (parties, visitor, agents) = (call.hearing(), call.reservation, [call.agent(), call.guest()]);
        if call.control.joined.as_ref() != Some(&parties) {
            call.control.joined = Some(parties.clone());
            self.switch(Command::Join { call: id, parties });
        }
        agents.into_iter().flatten().for_each(|agent| self.touch_agent(agent));
        visitor.into_iter().for_each(|id| self.touch_visitor(id));
    }

    /// An agent has answered. Where others spoke with the customer before him the switch does not join them by itself.
    pub(super) fn goes_on(&mut self, now: Time, id: CallId) {
        let Some(call) = self.calls.get_mut(&id).filter(|call| call.bridged.is_some()) else { return };
        let Phase::Talking { agent, .. } = call.phase else { return };
        call.music = false;
        call.spoke_with = Some(agent);
        call.control.since = Some(now);
        if !call.control.spoke.contains(&agent) {
            call.control.spoke.push(agent);
        }
        self.rejoin(id);
    }

    /// Whether the customer of the call an agent is in waits with music.
    pub(super) fn held(&self, agent: usize) -> bool {
        let call = self.agents[agent].call().and_then(|id| self.calls.get(&id));
        call.is_some_and(Call::on_hold)
    }

    /// Since when.
    pub(super) fn held_since(&self, agent: usize) -> Option<Time> {
        let call = self.agents[agent].call().and_then(|id| self.calls.get(&id))?;
        call.control.held.filter(|_| call.on_hold())
    }

    /// An event about a call, to the agent who has it.
    pub(super) fn tell(&mut self, now: Time, agent: usize, id: CallId, event: &'static str) {
        let Some(trace_id) = self.calls.get(&id).map(|call| call.trace_id.clone()) else { return };
        self.emit(now, agent, event, id.to_string(), trace_id, json!({}));
    }
}
