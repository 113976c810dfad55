//! Those who are never called: who has said so himself, to all firms; and whom a firm put on its list, by file or by program.

use super::{Firm, problem};
use crate::campaign::{ImportView, RefusedLine};
use crate::do_not_call::digits;
use crate::effect::Action;
use crate::fact::{DoNotCall, Fact};
use crate::ids::ReservationId;
use crate::number::e164;
use crate::request::{ListVerb, Problem, Reply, RequestId};
use warmline_time::Time;

/// Numbers that a firm lists by program at most; a file holds more.
const MOST: usize = 1_000_000;
/// Numbers that one request puts on it.
const REQUEST: usize = 10_000;

impl Firm {
    /// Whether a number is on a list: the firm's, the provider's, or of those who said so.
    pub(super) fn is_never_called(&self, number: &str) -> bool {
        self.never_by(number).is_some()
    }

    /// By whose word a number is never called: the person's own, the firm's, or of a file.
    fn never_by(&self, number: &str) -> Option<&'static str> {
        let policy = &self.settings.callme.policy;
        let number = digits(number)?;
        match () {
            () if self.suppression.has(number) => Some("person"),
            () if self.listed.contains(&number) => Some("firm"),
            () if policy.do_not_call.has(number) || policy.suppressed.has(number) => Some("file"),
            () => None,
        }
    }

    /// Whoever has this number (E.164) is never called again, by no firm; durable first where somebody is told: answers with the journal's
    /// number. His open job is ended. `why` in a word: `key_9`, `revoked`.
    pub(super) fn never_call(&mut self, now: Time, number: &str, why: &str) -> u64 {
        let after = self.note_never(now, number, (why, true), None);
        if let Some(number) = digits(number) {
            self.suppression.add(number);
        }
        self.give_up_job(now, number);
        after
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
                let by = self.never_by(&number);
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
            ListVerb::Add if self.listed.contains(&key) => return Ok((number, 0)),
            ListVerb::Add if self.listed.len() >= MOST => {
                return Err(problem(
                    422,
                    "too_many",
                    "The list is full: a file of the configuration holds more.",
                ));
            }
            ListVerb::Remove if !self.listed.contains(&key) && self.never_by(&number).is_some() => {
                let detail = "This is not on the list that programs keep: the person said it, or a file of the configuration.";
                return Err(problem(409, "own_word", detail));
            }
            ListVerb::Remove if !self.listed.contains(&key) => return Ok((number, 0)),
            ListVerb::Add | ListVerb::Remove => self.can_keep()?,
        }
        let on = verb == ListVerb::Add;
        let after = self.note_never(now, &number, (DoNotCall::LISTED, on), Some(by));
        if on {
            self.listed.insert(key);
            self.give_up_job(now, &number);
        } else {
            self.listed.remove(&key);
        }
        Ok((number, after))
    }

    /// Many at once, put on the firm's list by a program.
    pub fn list_numbers(
        &mut self,
        now: Time,
        (request, by): (RequestId, &str),
        numbers: Vec<(usize, Result<String, &'static str>)>,
    ) {
        match self.import(now, by, numbers) {
            Ok((view, after)) => self.act(after, Action::Reply(request, Reply::Imported(Box::new(view)))),
            Err(problem) => self.reply(request, Reply::Problem(problem)),
        }
        self.finish(now);
    }

    fn import(
        &mut self,
        now: Time,
        by: &str,
        lines: Vec<(usize, Result<String, &'static str>)>,
    ) -> Result<(ImportView, u64), Problem> {
        self.can_keep()?;
        if lines.len() > REQUEST || self.listed.len() + lines.len() > MOST {
            let detail = "A request has at most 10,000 numbers, the list a million: a file of the configuration holds more.";
            return Err(problem(422, "too_many", detail));
        }
        let mut view = ImportView { accepted: 0, refused: Vec::new() };
        let mut numbers = Vec::new();
        for (line, typed) in lines {
            let read = typed.and_then(|typed| self.read(&typed).ok_or("number_invalid"));
            match read {
                Ok((key, number)) => {
                    view.accepted += 1;
                    if self.listed.insert(key) {
                        numbers.push(number);
                    }
                }
                Err(code) => view.refused.push(RefusedLine { line, code }),
            }
        }
        if numbers.is_empty() {
            return Ok((view, 0));
        }
        let after = self.persist(now, Fact::NumbersListed { numbers: numbers.clone(), by: by.to_owned() });
        numbers.iter().for_each(|number| self.give_up_job(now, number));
        Ok((view, after))
    }

    /// A number as it is typed, national ones of the firm's first country: its digits, and in E.164.
    fn read(&self, typed: &str) -> Option<(u64, String)> {
        let number = e164(typed, self.settings.callme.countries.first())?;
        Some((digits(&number)?, number))
    }

    /// After a restart; what people said themselves is on the list of all firms by then.
    pub(super) fn relist(&mut self, said: &DoNotCall) {
        let Some(number) = digits(&said.number).filter(|_| said.why == DoNotCall::LISTED) else { return };
        if said.on {
            self.listed.insert(number);
        } else {
            self.listed.remove(&number);
        }
    }

    fn note_never(&mut self, now: Time, number: &str, (why, on): (&str, bool), by: Option<&str>) -> u64 {
        let (why, by) = (why.to_owned(), by.map(str::to_owned));
        let listed = DoNotCall { number: number.to_owned(), why, on, by };
        self.persist(now, Fact::DoNotCall(Box::new(listed)))
    }

    fn give_up_job(&mut self, now: Time, number: &str) {
        if let Some(id) = self.jobs.by_number(number) {
            self.withdraw(now, id);
        }
    }
}
