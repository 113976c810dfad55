//! The warm line (N 0035–0039, 0044–0045): an agent lifts his handset, which dials the warm line by itself, and speaks with the
//! customer who is on his screen. Whoever is called is never dialled on the phone: the number comes from the contact in hand; where there are
//! several, the agent chooses on the screen while his phone rings.

use super::gate::Gate;
use super::{Firm, PATIENCE, Timer};
use crate::agent::Work;
use crate::call::{Call, Confidence, Origin, Out, Phase};
use crate::callback::JobState;
use crate::cti::{Cause, Command, Confirm, Prompt};
use crate::ids::{CallId, ContactId, PartyId, ReservationId};
use crate::notice::AgentNotice;
use crate::number::{display, language};
use crate::request::Problem;
use crate::settings::Station;
use crate::view::WarmChoice;
use std::time::Duration;
use warmline_time::Time;

/// How long a phone on the warm line waits for the agent to choose: as long as it rings unanswered.
const CHOOSE: Duration = Duration::from_secs(20);
/// Numbers to choose from at most.
const CHOICES: usize = 20;
/// Who was on the warm line so often without his code is not heard there any more before he logs in again.
const WRONG_CODES: u8 = 3;
/// How long a code may take to be keyed.
const CODE: u32 = 20;

/// A phone of ours, or one of the telephone network, that has dialled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Dialler<'a> {
    /// The phone of an agent's own, by his log-in name.
    Own(&'a str),
    /// An account of the node.
    Account(&'a str),
    /// E.164, as its trunk vouches.
    Telephone(&'a str),
}

/// A phone that waits until its agent has chosen.
#[derive(Clone, Debug)]
pub(crate) struct Choosing {
    from: CallId,
    choices: Vec<Choice>,
    /// It is a phone of the network.
    outside: bool,
}

/// One whom the agent may mean.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Choice {
    /// E.164.
    number: String,
    contact: Option<ContactId>,
    /// His request, where it is live and has no call.
    reservation: Option<ReservationId>,
}

impl Choosing {
    /// As the desktop shows them.
    pub fn views(&self) -> Vec<WarmChoice> {
        let view =
            |choice: &Choice| WarmChoice { display: display(&choice.number), number: choice.number.clone() };
        self.choices.iter().map(view).collect()
    }
}

impl Firm {
    /// The agents whose phone it is.
    pub(super) fn agents_with(&self, dialler: Dialler<'_>) -> Vec<usize> {
        match dialler {
            Dialler::Own(user) => self.agents_at(user, true),
            Dialler::Account(user) => self.agents_at(user, false),
            Dialler::Telephone(number) => {
                let his = |agent: &usize| matches!(&self.agents[*agent].settings.station, Station::Number(own) if own == number);
                (0..self.agents.len()).filter(his).collect()
            }
        }
    }

    /// Whether it is the warm line that was dialled.
    pub(super) fn is_warm_line(&self, dialler: Dialler<'_>, number: &str) -> bool {
        let Some(line) = &self.settings.calls.warm_line else { return false };
        match dialler {
            Dialler::Own(_) | Dialler::Account(_) => {
                line.extension.as_ref().is_some_and(|own| own.to_string() == number)
            }
            Dialler::Telephone(_) => line.number.as_deref() == Some(number),
        }
    }

    /// An agent's phone is on the warm line: it answers what is offered to him, or calls who is on his screen. Who comes from the network
    /// may be anybody with his number: nothing that is under way follows from it.
    pub(super) fn warm_line(&mut self, now: Time, from: CallId, agent: usize, outside: bool) {
        self.warm_late(agent);
        let locked = outside && self.agents[agent].wrong_codes >= WRONG_CODES;
        let work = self.agents[agent].work;
        match work {
            Work::Offered { call, .. } if !outside => return self.lifts_for(now, from, agent, call),
            _ if locked || !self.may_start(agent, outside) => {
                return self.switch(Command::Reject { call: from, cause: Cause::Busy });
            }
            _ => {}
        }
        let choices = self.on_screen(agent);
        match choices.as_slice() {
            [] => {
                self.agents[agent].notice = Some(AgentNotice::NobodyOnScreen);
                self.touch_agent(agent);
                self.switch(Command::Reject { call: from, cause: Cause::NotFound });
            }
            [choice] => {
                let choice = choice.clone();
                self.warm_call(now, from, agent, choice);
            }
            _ => {
                self.agents[agent].choosing = Some(Choosing { from, choices, outside });
                self.timers.set(Timer::WarmLine(agent), now + CHOOSE);
                self.touch_agent(agent);
            }
        }
    }

    /// Whether he has nothing in hand but a contact that is his to call.
    fn may_start(&self, agent: usize, outside: bool) -> bool {
        match self.agents[agent].work {
            Work::Claimed(_) if outside => false,
            Work::Claimed(id) => self.reservations.get(id).is_some_and(|r| r.call.is_none()),
            _ => self.willing(agent).is_ok(),
        }
    }

    /// The agent has chosen on the screen.
    pub fn warm_choice(&mut self, now: Time, agent: usize, number: &str) -> Result<(), Problem> {
        let gone = || super::problem(409, "gone", "Your phone is on the warm line no more: lift it again.");
        let choosing = self.agents[agent].choosing.take().ok_or_else(gone)?;
        self.timers.cancel(Timer::WarmLine(agent));
        self.touch_agent(agent);
        let choice = choosing.choices.iter().find(|choice| choice.number == number).cloned();
        let Some(choice) = choice.filter(|_| self.may_start(agent, choosing.outside)) else {
            self.switch(Command::Reject { call: choosing.from, cause: Cause::NotFound });
            return Err(gone());
        };
        self.warm_call(now, choosing.from, agent, choice);
        Ok(())
    }

    /// He has not chosen, or lifts another phone, or is gone.
    pub(super) fn warm_late(&mut self, agent: usize) {
        self.timers.cancel(Timer::WarmLine(agent));
        if let Some(choosing) = self.agents[agent].choosing.take() {
            self.switch(Command::Reject { call: choosing.from, cause: Cause::NoAnswer });
            self.touch_agent(agent);
        }
    }

    /// What is offered to him is answered with this phone; the one that rings for it is let go.
    fn lifts_for(&mut self, now: Time, from: CallId, agent: usize, id: CallId) {
        let Some(call) = self.calls.get_mut(&id).filter(|call| call.beside.is_empty()) else {
            return self.switch(Command::Reject { call: from, cause: Cause::Busy });
        };
        let Phase::Offered { party: ringing, .. } = call.phase else {
            return self.switch(Command::Reject { call: from, cause: Cause::Busy });
        };
        let party = PartyId::mint(now, self.random.bits());
        call.phase = Phase::Offered { agent, party: Some(party) };
        if let Some(ringing) = ringing {
            self.switch(Command::Drop { call: id, party: ringing, cause: Cause::Elsewhere });
        }
        self.join_line(now, from, agent, id, party);
    }

    /// Who may be meant: the contact in hand, or else those with whom he chats.
    fn on_screen(&self, agent: usize) -> Vec<Choice> {
        let row = &self.agents[agent];
        let mut choices: Vec<Choice> = Vec::new();
        let mut add = |number: &str, contact, reservation| {
            let known = choices.iter().any(|choice| choice.number == number);
            if !known
                && choices.len() < CHOICES
                && self.outside_by(number, self.warm_pool(reservation)).is_ok()
            {
                choices.push(Choice { number: number.to_owned(), contact, reservation });
            }
        };
        let of = |contact: Option<ContactId>| contact.and_then(|id| self.contacts.get(id));
        if let Some(hand) = &row.hand {
            let reservation = match row.work {
                Work::Claimed(id) => Some(id),
                _ => None,
            };
            let job = reservation.and_then(|id| self.reservations.get(id)).and_then(|r| r.job.as_ref());
            let asked = job.map(|job| job.number.as_str());
            let known = of(hand.contact).map_or(&[][..], |contact| &contact.numbers);
            for number in
                asked.into_iter().chain(hand.caller.0.as_deref()).chain(known.iter().map(String::as_str))
            {
                add(number, hand.contact, reservation);
            }
            return choices;
        }
        for chat in row.chats.iter().copied() {
            let contact = self.reservations.get(chat).map(|r| r.contact);
            for number in of(contact).map_or(&[][..], |contact| &contact.numbers) {
                add(number, contact, None);
            }
        }
        choices
    }

    /// The customer is dialled as soon as the agent's phone is in the call.
    fn warm_call(&mut self, now: Time, from: CallId, agent: usize, choice: Choice) {
        let pool = self.warm_pool(choice.reservation);
        let caller_id = self.warm_caller_id(now, pool, &choice);
        // As for any call that an agent makes himself: lists count, hours do not; and he asks for no digits.
        let asked = choice.reservation.and_then(|id| self.reservations.get(id));
        let vouched = asked.is_some_and(|r| self.own_request(r) == Some("signed_in"));
        let open = !matches!(self.gate(now, &choice.number, vouched), Gate::Never(_));
        let Some(caller_id) = caller_id.filter(|_| open && self.trunk_up(pool)) else {
            self.agents[agent].notice = Some(AgentNotice::LineUnreachable);
            self.touch_agent(agent);
            return self.switch(Command::Reject { call: from, cause: Cause::Unreachable });
        };
        let ids = (CallId::mint(now, self.random.bits()), PartyId::mint(now, self.random.bits()));
        let party = PartyId::mint(now, self.random.bits());
        let caller = (Some(choice.number), String::new());
        let coded = self.agents[agent].settings.warm_code.is_some()
            && matches!(self.agents[agent].settings.station, Station::Number(_));
        let out = Some(Out { caller_id, rings: false, coded });
        let phase = Phase::Offered { agent, party: Some(party) };
        let claimed = choice.reservation.and_then(|id| self.reservations.get(id)).filter(|r| r.job.is_some());
        let call = match claimed {
            // His request to be called is what is done here.
            Some(r) => {
                let call = Call::of_reservation(r, ids.0, ids.1, Origin::Outbound, caller, now);
                Call { phase, out, ..call }
            }
            None => {
                let queue = self.agents[agent]
                    .serves
                    .iter()
                    .position(|serves| *serves)
                    .unwrap_or_else(|| self.first_queue());
                let plain = Call::plain(ids, (queue, pool, now), caller, now, self.random.hex());
                Call { origin: Origin::Outbound, phase, contact: choice.contact, out, ..plain }
            }
        };
        let call = self.warm_request(now, call, choice.reservation);
        self.wrapup_over(now, agent);
        let hand = self.hand_of(&call, now);
        let (id, customer) = (call.id, call.customer);
        self.add_call(call);
        let row = &mut self.agents[agent];
        row.work = Work::Offered { call: id, ringing: true };
        row.hand = Some(hand);
        row.notice = None;
        self.switch(Command::Prepare { call: id, party: customer });
        self.join_line(now, from, agent, id, party);
    }

    /// The pool whose trunk the call takes: that of his request to be called, else the firm's first.
    fn warm_pool(&self, reservation: Option<ReservationId>) -> usize {
        let r = reservation.and_then(|id| self.reservations.get(id));
        r.filter(|r| r.job.is_some()).map_or_else(|| self.first_pool(), |r| r.pool)
    }

    /// What the customer is shown: where he is to be called, as any call for that shows it; else a number that agents show.
    fn warm_caller_id(&self, now: Time, pool: usize, choice: &Choice) -> Option<String> {
        let is_job = |id: &ReservationId| self.reservations.get(*id).is_some_and(|r| r.job.is_some());
        let Some(job) = choice.reservation.filter(is_job) else {
            return self.settings.caller_ids().into_iter().next().map(|view| view.number);
        };
        let shown = self.campaigns_number(job);
        let shown = shown.unwrap_or_else(|| self.shown_number(now, pool, &choice.number));
        Some(shown).filter(|shown| !shown.is_empty())
    }

    /// The request of the customer who is called: bound to the call where he is to be called; met where he wanted to call himself.
    fn warm_request(&mut self, now: Time, mut call: Call, reservation: Option<ReservationId>) -> Call {
        let Some(id) = reservation else { return call };
        if call.reservation.is_some() {
            if let Some(r) = self.reservations.get_mut(id) {
                r.call = Some(call.id);
                if let Some(job) = &mut r.job {
                    job.state = JobState::Probing;
                }
            }
            self.timers.cancel(Timer::Claim(id));
            self.timers.cancel(Timer::Due(id));
            self.touch_visitor(id);
            return call;
        }
        self.end(now, id, "called");
        if let Some(r) = self.reservations.get(id) {
            call.remember(r, r.contact, Confidence::Exact);
        }
        call
    }

    /// The phone becomes the agent's party; where a code is set for phones outside, it is asked for first.
    fn join_line(&mut self, now: Time, from: CallId, agent: usize, id: CallId, party: PartyId) {
        self.agents[agent].work = Work::Offered { call: id, ringing: true };
        self.touch_agent(agent);
        self.show_agent(now, agent);
        let settings = &self.agents[agent].settings;
        let confirm = match (&settings.station, &settings.warm_code) {
            (Station::Number(number), Some(code)) => Some(Confirm {
                prompts: vec![Prompt::EnterPin],
                language: language(number).to_owned(),
                secs: CODE,
                code: code.clone(),
            }),
            _ => None,
        };
        let asked = confirm.as_ref().map_or(0, |confirm| confirm.secs);
        self.timers.set(Timer::Guard(id), now + PATIENCE + Duration::from_secs(u64::from(asked)));
        self.switch(Command::Adopt { call: id, party, from, confirm });
    }
}
