//! Those who are never called: who has said so himself, to all firms; and whom a firm put on its list, by file, by program or by an agent.

use super::{Firm, problem};
use crate::agent::Hand;
use crate::campaign::{ImportView, RefusedLine};
use crate::cti::Verified;
use crate::do_not_call::{Listing, Never, digits};
use crate::effect::Action;
use crate::fact::{DoNotCall, Fact};
use crate::ids::{CallId, ReservationId};
use crate::number::e164;
use crate::request::{ListVerb, Problem, Reply, RequestId};
use warmline_time::Time;

/// Numbers that a firm lists by program at most; a file holds more.
const MOST: usize = 1_000_000;
/// Numbers that one request puts on it.
const REQUEST: usize = 10_000;

/// Numbers by their lines, as they are typed, or why a line has none.
type Lines = Vec<(usize, Result<String, &'static str>)>;

impl Firm {
    /// Whether a number is on a list: the firm's, the provider's, or of those who said so.
    pub(super) fn is_never_called(&self, number: &str) -> bool {
        self.never_by(number).is_some()
    }

    /// By whose word a number is never called: the person's own before the firm's, and that before a register's.
    pub(super) fn never_by(&self, number: &str) -> Option<Never> {
        let policy = &self.settings.callme.policy;
        let number = digits(number)?;
        let listed = self.listed.get(&number).copied();
        let file = policy.do_not_call.has(number) || policy.suppressed.has(number);
        match listed {
            _ if self.suppression.has(number) => Some(Never::Person),
            Some(why) => Some(Never::Listed(why)),
            None => file.then_some(Never::File),
        }
    }

    /// A number is on the firm's list from now on; what counts for more stays. A register's row is remembered behind somebody's word.
    fn put_on_list(&mut self, number: u64, why: Listing) {
        let row = self.listed.entry(number).or_insert(why);
        if (*row == Listing::Registry) != (why == Listing::Registry) {
            self.registered.insert(number);
        }
        *row = why.max(*row);
    }

    /// Somebody's word counts no longer: where a register has the number too, that does; else, and of a register alone, nothing is left.
    fn take_off_list(&mut self, number: u64) {
        self.listed.remove(&number);
        if self.registered.remove(&number) {
            self.listed.insert(number, Listing::Registry);
        }
    }

    /// Whoever has this number (E.164) is never called again, by no firm; durable first where somebody is told: answers with the journal's
    /// number. His open job is ended. `why` in a word: `key_9`, `revoked`.
    pub(super) fn never_call(&mut self, now: Time, number: &str, why: &str) -> u64 {
        let after = self.note_never(now, number, (why, true), (None, None));
        if let Some(number) = digits(number) {
            self.suppression.add(number);
        }
        self.last_numbers.forget(number);
        self.give_up_job(now, number);
        after
    }

    /// The person says to an agent that he wants to be called never again (C17): the firm's list has it from now on.
    pub fn tells_agent_never(&mut self, now: Time, request: RequestId, agent: usize, call: Option<CallId>) {
        self.alive(now, agent);
        match self.note_never_again(now, agent, call) {
            Ok(after) => self.act(after, Action::Reply(request, Reply::Done)),
            Err(problem) => self.reply(request, Reply::Problem(problem)),
        }
        self.finish(now);
    }

    /// The same, of the call that the agent has in hand or had last; the journal's number.
    pub(super) fn note_never_again(
        &mut self,
        now: Time,
        agent: usize,
        call: Option<CallId>,
    ) -> Result<u64, Problem> {
        let in_hand = self.contact_in_hand(agent)?;
        if call.is_some_and(|meant| meant != in_hand) {
            return Err(problem(409, "other_call", "You have another contact in hand by now."));
        }
        // Who borrows a number says nothing for its owner.
        let hand = self.agents[agent].hand.as_ref().filter(|hand| hand.verified != Verified::Failed);
        let number = hand.and_then(|hand| hand.caller.0.clone());
        let known = number.and_then(|number| Some((digits(&number)?, number)));
        let no_number = || problem(409, "no_number", "No number of this customer is known from the call.");
        let (key, number) = known.ok_or_else(no_number)?;
        if self.listed.get(&key) == Some(&Listing::Agent) {
            return Ok(0);
        }
        self.has_place_for(&key)?;
        self.can_keep()?;
        let name = self.agents[agent].settings.name.clone();
        let after = self.note_never(now, &number, (DoNotCall::AGENT, true), (Some(&name), Some(in_hand)));
        self.put_on_list(key, Listing::Agent);
        self.last_numbers.forget(&number);
        self.give_up_job(now, &number);
        self.touch_agent(agent);
        Ok(after)
    }

    /// Whether the number of what an agent has in hand is never called, by the person's word or the firm's; none: there is no number.
    pub(super) fn shown_never(&self, hand: &Hand) -> Option<bool> {
        let his = !hand.guest && hand.verified != Verified::Failed;
        let number = hand.caller.0.as_deref().filter(|number| his && digits(number).is_some())?;
        Some(self.never_by(number).is_some_and(|never| !never.is_registry()))
    }

    fn has_place_for(&self, key: &u64) -> Result<(), Problem> {
        let room = self.listed.len() < MOST || self.listed.contains_key(key);
        let full = || problem(422, "too_many", "The list is full: a file of the configuration holds more.");
        room.then_some(()).ok_or_else(full)
    }

    /// A visitor who wanted to be called says never (E24).
    pub fn revoke(&mut self, now: Time, request: RequestId, id: ReservationId) {
        let number = self.reservations.get(id).and_then(|r| r.job.as_ref()).map(|job| job.number.clone());
        let noted = match (number, self.can_keep()) {
            (_, Err(problem)) => Err(problem),
            (None, Ok(())) => Err(problem(409, "no_number", "This request has no number of yours.")),
            (Some(number), Ok(())) => Ok(self.never_call(now, &number, "revoked")),
        };
        match noted {
            Ok(after) => self.act(after, Action::Reply(request, Reply::Done)),
            Err(problem) => self.reply(request, Reply::Problem(problem)),
        }
        self.finish(now);
    }

    /// A program's word about the firm's list.
    pub fn do_not_call(&mut self, now: Time, (request, by): (RequestId, &str), typed: &str, verb: ListVerb) {
        match self.list(now, by, typed, verb) {
            Ok((number, after)) => {
                let by = self.never_by(&number).map(Never::word);
                self.act(after, Action::Reply(request, Reply::Listed { number, by }));
            }
            Err(problem) => self.reply(request, Reply::Problem(problem)),
        }
        self.finish(now);
    }

    /// The number, and what its answer waits for.
    fn list(&mut self, now: Time, by: &str, typed: &str, verb: ListVerb) -> Result<(String, u64), Problem> {
        let invalid = || problem(422, "number_invalid", "This is not a telephone number.");
        let (key, number) = self.read(typed).ok_or_else(invalid)?;
        match verb {
            ListVerb::Ask => return Ok((number, 0)),
            ListVerb::Add if self.listed.get(&key) >= Some(&Listing::Firm) => return Ok((number, 0)),
            ListVerb::Add => self.has_place_for(&key)?,
            ListVerb::Remove if !self.listed.contains_key(&key) && self.never_by(&number).is_some() => {
                let detail = "This is not on the list that programs keep: the person said it, or a file of the configuration.";
                return Err(problem(409, "own_word", detail));
            }
            ListVerb::Remove if !self.listed.contains_key(&key) => return Ok((number, 0)),
            ListVerb::Remove => {}
        }
        self.can_keep()?;
        let on = verb == ListVerb::Add;
        let after = self.note_never(now, &number, (DoNotCall::LISTED, on), (Some(by), None));
        if on {
            self.put_on_list(key, Listing::Firm);
            self.give_up_job(now, &number);
        } else {
            self.take_off_list(key);
        }
        Ok((number, after))
    }

    /// Many at once, put on the firm's list by a program; perhaps those of a register.
    pub fn list_numbers(
        &mut self,
        now: Time,
        (request, by): (RequestId, &str),
        (numbers, registry): (Lines, bool),
    ) {
        match self.import(now, by, (numbers, registry)) {
            Ok((view, after)) => self.act(after, Action::Reply(request, Reply::Imported(Box::new(view)))),
            Err(problem) => self.reply(request, Reply::Problem(problem)),
        }
        self.finish(now);
    }

    fn import(
        &mut self,
        now: Time,
        by: &str,
        (lines, registry): (Lines, bool),
    ) -> Result<(ImportView, u64), Problem> {
        self.can_keep()?;
        if lines.len() > REQUEST || self.listed.len() + lines.len() > MOST {
            let detail = "A request has at most 10,000 numbers, the list a million: a file of the configuration holds more.";
            return Err(problem(422, "too_many", detail));
        }
        let why = if registry { Listing::Registry } else { Listing::Firm };
        let mut view = ImportView { accepted: 0, refused: Vec::new() };
        let mut numbers = Vec::new();
        for (line, typed) in lines {
            let read = typed.and_then(|typed| self.read(&typed).ok_or("number_invalid"));
            match read {
                Ok((key, number)) => {
                    view.accepted += 1;
                    let unknown = registry && !self.registered.contains(&key);
                    let known = self.listed.get(&key).copied();
                    if known < Some(why) || (unknown && known != Some(why)) {
                        self.put_on_list(key, why);
                        numbers.push(number);
                    }
                }
                Err(code) => view.refused.push(RefusedLine { line, code }),
            }
        }
        if numbers.is_empty() {
            return Ok((view, 0));
        }
        let by = by.to_owned();
        let after = self.persist(now, Fact::NumbersListed { numbers: numbers.clone(), by, registry });
        numbers.iter().for_each(|number| self.give_up_listed(now, number));
        Ok((view, after))
    }

    /// A number as it is typed, national ones of the firm's first country: its digits, and in E.164.
    fn read(&self, typed: &str) -> Option<(u64, String)> {
        let number = e164(typed, self.settings.callme.countries.first())?;
        Some((digits(&number)?, number))
    }

    /// After a restart; what people said themselves is on the list of all firms by then.
    pub(super) fn relist(&mut self, said: &DoNotCall) {
        if said.on && said.why != DoNotCall::LISTED {
            self.last_numbers.forget(&said.number);
        }
        let Some(number) = digits(&said.number).filter(|_| said.is_the_firms()) else { return };
        match said.on {
            true if said.why == DoNotCall::AGENT => self.put_on_list(number, Listing::Agent),
            true => self.put_on_list(number, Listing::Firm),
            false => self.take_off_list(number),
        }
    }

    /// The same of many.
    pub(super) fn relist_all(&mut self, numbers: &[String], registry: bool) {
        let why = if registry { Listing::Registry } else { Listing::Firm };
        numbers.iter().filter_map(|number| digits(number)).for_each(|number| self.put_on_list(number, why));
    }

    fn note_never(
        &mut self,
        now: Time,
        number: &str,
        (why, on): (&str, bool),
        (by, call): (Option<&str>, Option<CallId>),
    ) -> u64 {
        let (why, by) = (why.to_owned(), by.map(str::to_owned));
        let listed = DoNotCall { number: number.to_owned(), why, on, by, call };
        self.persist(now, Fact::DoNotCall(Box::new(listed)))
    }

    /// What a register takes away: not the call of who has asked for it himself, where that counts for more.
    fn give_up_listed(&mut self, now: Time, number: &str) {
        let asked = self.jobs.by_number(number).and_then(|id| self.reservations.get(id));
        let registry = self.never_by(number).is_some_and(Never::is_registry);
        if !registry || asked.is_none_or(|r| self.own_request(r).is_none()) {
            self.give_up_job(now, number);
        }
    }

    fn give_up_job(&mut self, now: Time, number: &str) {
        if let Some(id) = self.jobs.by_number(number) {
            self.withdraw(now, id);
        }
    }
}
