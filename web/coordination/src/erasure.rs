//! The erasure of a person (E24): what is left of the journal's rows that were about him.
//!
//! What a queue, an agent, a trunk or a campaign has done stays countable: kind, moment, queue, agent, outcome and cost of such a row are
//! kept, and its ids become others, the same in all rows of one erasure, that lead to nobody. Names, numbers, words, pages and what could
//! tell him from others are gone. Where the firm has to keep the evidence of calls that he had asked for, their rows stay.

mod age;

use crate::fact::{
    Alerted, CallRecorded, ChatPosted, Checked, ContactStored, DoNotCall, Fact, Invited, ReservationOpened,
};
use crate::ids::{CallId, ContactId, ErasureId, JobId, ReservationId, VisitorId};
use crate::letter::Content;
use crate::request::Page;
pub use age::Aged;
use age::{Age, is_left, is_left_of_call};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use warmline_time::Time;

/// Who is erased.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Person {
    /// His record; none: a browser alone, whose record is also of others' making.
    pub contact: Option<ContactId>,
    /// His browsers.
    pub visitors: Vec<VisitorId>,
    /// His record's numbers, E.164; none where a browser has only typed them: they may be anybody's.
    pub numbers: Vec<String>,
    /// The firm says who he is.
    pub known: bool,
    /// The last row that may be of his browsers: who comes back is somebody new.
    pub until: u64,
}

/// People of a firm whose rows are to be looked for in its journal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Erasing {
    /// The firm's name.
    pub firm: String,
    /// Who.
    pub people: Vec<Person>,
    /// Or, with no people: everybody, as far as it is too old.
    pub aged: Option<Aged>,
    /// The evidence of calls that they had asked for stays.
    pub keep_evidence: bool,
    /// Their other ids follow from it; nobody keeps it.
    pub key: [u8; 32],
}

/// Where an erasure is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErasureState {
    /// He is in a call or a chat, or an agent still writes about it.
    Waiting,
    /// The journal is being read.
    Erasing,
    /// It is done.
    Done,
}

/// An erasure as programs see it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ErasureView {
    /// Its id.
    pub id: ErasureId,
    /// Where it is.
    pub state: ErasureState,
    /// Who ordered it: the key's name; none: he himself.
    pub by: Option<String>,
    /// RFC 3339.
    pub ordered: String,
    /// RFC 3339; none: it is not over.
    pub done: Option<String>,
}

/// See [`Fact::ErasureOrdered`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ErasureOrdered {
    /// Which.
    pub erasure: ErasureId,
    /// His record.
    pub contact: Option<ContactId>,
    /// His browsers.
    pub visitors: Vec<VisitorId>,
    /// The key's name; none: he himself.
    pub by: Option<String>,
}

/// See [`Fact::RowsErased`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RowsErased {
    /// Whose.
    pub erasures: Vec<ErasureId>,
    /// The rows, and the digest of what stands there now, in hex.
    pub rows: Vec<(u64, String)>,
    /// There are no more: these erasures are done.
    pub done: bool,
    /// Of nobody's, but because they are older than this, in microseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub older: Option<u64>,
}

/// Goes through a firm's rows in their order and says what is left of them.
#[derive(Debug)]
pub struct Eraser {
    contacts: BTreeSet<ContactId>,
    /// Those of them whose numbers are theirs.
    known: BTreeSet<ContactId>,
    /// With the last row that may be theirs.
    visitors: BTreeMap<VisitorId, u64>,
    numbers: BTreeSet<String>,
    keep_evidence: bool,
    key: [u8; 32],
    age: Option<Age>,
    /// Requests that led to calls of his, whoever had made them.
    led: BTreeSet<ReservationId>,
    reservations: BTreeSet<ReservationId>,
    /// Requests whose rows stay, with their jobs and calls.
    kept: Kept,
    jobs: BTreeSet<JobId>,
    calls: BTreeSet<CallId>,
}

#[derive(Debug, Default)]
struct Kept {
    reservations: BTreeSet<ReservationId>,
    jobs: BTreeSet<JobId>,
    calls: BTreeSet<CallId>,
}

impl Eraser {
    /// Before the first row.
    pub fn new(erasing: &Erasing) -> Self {
        let people = || erasing.people.iter();
        Eraser {
            contacts: people().filter_map(|person| person.contact).collect(),
            known: people().filter(|person| person.known).filter_map(|person| person.contact).collect(),
            visitors: people()
                .flat_map(|person| person.visitors.iter().map(|visitor| (*visitor, person.until)))
                .collect(),
            numbers: people().flat_map(|person| person.numbers.iter().cloned()).collect(),
            keep_evidence: erasing.keep_evidence,
            key: erasing.key,
            age: erasing.aged.clone().map(Age::new),
            led: BTreeSet::new(),
            reservations: BTreeSet::new(),
            kept: Kept::default(),
            jobs: BTreeSet::new(),
            calls: BTreeSet::new(),
        }
    }

    /// A row comes, whatever it says: before it is learnt from.
    pub fn passes(&mut self, at: Time) {
        if let Some(age) = &mut self.age {
            age.passes(at);
        }
    }

    /// Learns from a row what is his beside what his record says now: before the first row is looked at, all are learnt from.
    pub fn learn(&mut self, at: (u64, Time), fact: &Fact) {
        if let Some(age) = &mut self.age {
            return age.learn(at, fact);
        }
        match fact {
            Fact::ContactStored(stored) if self.known.contains(&stored.contact) => {
                self.numbers.extend(stored.numbers.iter().cloned());
            }
            Fact::CallOn(record) | Fact::CallRecorded(record)
                if record.contact.is_some_and(|id| self.contacts.contains(&id)) =>
            {
                self.led.extend(record.reservation);
            }
            _ => {}
        }
    }

    /// What is kept elsewhere about these goes too: requests and calls, those among them whose rows stay.
    pub fn subjects(&self) -> impl Iterator<Item = String> + '_ {
        // What stays was gone through before, where it is too old.
        let of_now = |minted: Time| self.age.as_ref().is_none_or(|age| age.is_of_now(minted));
        let kept = self.kept.reservations.iter().filter(move |id| of_now(id.minted()));
        let kept_calls = self.kept.calls.iter().filter(move |id| of_now(id.minted()));
        let requests = self.reservations.iter().chain(kept).map(ToString::to_string);
        requests.chain(self.calls.iter().chain(kept_calls).map(ToString::to_string))
    }

    /// Up to here what is too old was gone through.
    pub fn older(&self) -> Option<Time> {
        self.age.as_ref().map(Age::older)
    }

    /// What stands in the place of this row from now on; none: it stays as it is.
    pub fn look(&mut self, (seq, at): (u64, Time), fact: &Fact) -> Option<Fact> {
        if self.age.as_ref().is_some_and(|age| at >= age.older()) {
            return None;
        }
        match fact {
            Fact::ReservationOpened(opened) => self.opened(seq, opened),
            Fact::ReservationChanged(changed) => self.is_his(changed.reservation).then(|| {
                let reservation = self.renamed(changed.reservation);
                let changed = crate::fact::ReservationChanged { reservation, ..(**changed).clone() };
                Fact::ReservationChanged(Box::new(changed))
            }),
            Fact::ReservationClosed { reservation, reason, number_free_at } => {
                self.is_his(*reservation).then(|| Fact::ReservationClosed {
                    reservation: self.renamed(*reservation),
                    reason: reason.clone(),
                    number_free_at: *number_free_at,
                })
            }
            Fact::AgentClaimed { reservation, agent, until } => {
                self.is_his(*reservation).then(|| Fact::AgentClaimed {
                    reservation: self.renamed(*reservation),
                    agent: agent.clone(),
                    until: *until,
                })
            }
            Fact::JobDue { reservation, due, expires_at, wanted, himself } => {
                self.is_his(*reservation).then(|| Fact::JobDue {
                    reservation: self.renamed(*reservation),
                    due: *due,
                    expires_at: *expires_at,
                    wanted: *wanted,
                    himself: *himself,
                })
            }
            Fact::DialIntended { .. } | Fact::DialResolved { .. } => self.dialled(fact),
            Fact::CallOn(record) => self.called(record).map(|row| Fact::CallOn(Box::new(row))),
            Fact::CallRecorded(record) => self.called(record).map(|row| Fact::CallRecorded(Box::new(row))),
            Fact::CallCut { call, since, until, cost } => self.calls.contains(call).then(|| Fact::CallCut {
                call: call.renamed(&self.key),
                since: *since,
                until: *until,
                cost: *cost,
            }),
            Fact::ChatPosted(posted) => self.is_his(posted.reservation).then(|| {
                let reservation = self.renamed(posted.reservation);
                let posted =
                    ChatPosted { reservation, text: String::new(), client_id: None, ..(**posted).clone() };
                Fact::ChatPosted(Box::new(posted))
            }),
            Fact::CampaignFilled { campaign, jobs, by } => {
                let old = self.age.as_ref().is_some_and(|age| age.takes_campaign(*campaign));
                let his = |number: &String| self.numbers.contains(number) || old && !number.is_empty();
                jobs.iter().any(|job| his(&job.number)).then(|| {
                    let mut jobs = jobs.clone();
                    for job in jobs.iter_mut().filter(|job| his(&job.number)) {
                        job.number.clear();
                        job.name.clear();
                        job.attributes.clear();
                        job.consent.clear();
                    }
                    Fact::CampaignFilled { campaign: *campaign, jobs, by: by.clone() }
                })
            }
            Fact::ContactStored(stored) if let Some(age) = &self.age => age.version(seq, stored),
            Fact::ContactStored(stored) if !self.contacts.contains(&stored.contact) => {
                let others: Vec<VisitorId> =
                    stored.visitors.iter().copied().filter(|id| !self.has(seq, id)).collect();
                (others.len() < stored.visitors.len()).then(|| {
                    let stored = ContactStored { visitors: others, ..(**stored).clone() };
                    Fact::ContactStored(Box::new(stored))
                })
            }
            Fact::DoNotCall(said) => said
                .call
                .filter(|call| self.calls.contains(call))
                .map(|_| Fact::DoNotCall(Box::new(DoNotCall { call: None, ..(**said).clone() }))),
            // Where evidence of his stays his ids are in it, and a replay has to know them.
            Fact::ErasureOrdered(ordered) if self.kept.reservations.is_empty() => {
                let his = ordered.contact.is_some_and(|id| self.contacts.contains(&id))
                    || ordered.visitors.iter().any(|id| self.has(seq, id));
                his.then(|| {
                    let contact = ordered.contact.map(|id| id.renamed(&self.key));
                    let ordered = ErasureOrdered { contact, visitors: Vec::new(), ..(**ordered).clone() };
                    Fact::ErasureOrdered(Box::new(ordered))
                })
            }
            Fact::PersonExported { contact, by } if self.contacts.contains(contact) => {
                Some(Fact::PersonExported { contact: contact.renamed(&self.key), by: by.clone() })
            }
            Fact::Alerted(_)
            | Fact::Invited(_)
            | Fact::InvitationAnswered { .. }
            | Fact::Triggered { .. }
            | Fact::Purchased { .. } => self.watched((seq, at), fact),
            _ => self.goes(seq, fact).then_some(Fact::Erased),
        }
    }

    /// What of a row is about him, and about nobody else; none: nothing. What an erasure would take, and what keeps him from being called.
    pub fn own(&mut self, at: (u64, Time), fact: &Fact) -> Option<Fact> {
        let his = |number: &String| self.numbers.contains(number);
        if matches!(fact, Fact::DoNotCall(said) if his(&said.number)) {
            return Some(fact.clone());
        }
        self.look(at, fact)?;
        let his = |number: &String| self.numbers.contains(number);
        match fact {
            Fact::ContactStored(stored) if !self.contacts.contains(&stored.contact) => None,
            Fact::CampaignFilled { campaign, jobs, by } => {
                let jobs = jobs.iter().filter(|job| his(&job.number)).cloned().collect();
                Some(Fact::CampaignFilled { campaign: *campaign, jobs, by: by.clone() })
            }
            _ => Some(fact.clone()),
        }
    }

    /// How often visitors were invited, and what came of it, is counted on; who it was is gone.
    fn watched(&self, (seq, at): (u64, Time), fact: &Fact) -> Option<Fact> {
        let old = self.age.is_some();
        let has = |visitor: &VisitorId| old || self.has(seq, visitor);
        let his = |visitor: &Option<VisitorId>| visitor.as_ref().is_some_and(has);
        // Of an id that has become another nothing tells.
        let has = |visitor: &VisitorId| self.age.as_ref().is_none_or(|age| age.is_new(at)) && has(visitor);
        match fact {
            Fact::Alerted(alerted) if his(&alerted.visitor) => {
                let alerted = Alerted { visitor: None, page: Page::default(), ..(**alerted).clone() };
                Some(Fact::Alerted(Box::new(alerted)))
            }
            Fact::Invited(invited) if his(&invited.visitor) => {
                let (title, text) = (String::new(), String::new());
                let invited = Invited { visitor: None, title, text, ..(**invited).clone() };
                Some(Fact::Invited(Box::new(invited)))
            }
            Fact::InvitationAnswered { invitation, answer, way, visitor } if his(visitor) => {
                Some(Fact::InvitationAnswered {
                    invitation: *invitation,
                    answer: answer.clone(),
                    way: way.clone(),
                    visitor: None,
                })
            }
            Fact::Triggered { site, visitor, trigger, from, to } if has(visitor) => Some(Fact::Triggered {
                site: site.clone(),
                visitor: visitor.renamed(&self.key),
                trigger: trigger.clone(),
                from: *from,
                to: *to,
            }),
            Fact::Purchased { site, visitor, cents, invitation } if has(visitor) => Some(Fact::Purchased {
                site: site.clone(),
                visitor: visitor.renamed(&self.key),
                cents: *cents,
                invitation: *invitation,
            }),
            _ => None,
        }
    }

    /// Whether a row goes that nothing is counted by.
    fn goes(&self, seq: u64, fact: &Fact) -> bool {
        let call_of = |call: &CallId| self.calls.contains(call);
        match fact {
            Fact::ContactStored(stored) => self.contacts.contains(&stored.contact),
            Fact::PriorityChanged(changed) => self.contacts.contains(&changed.contact),
            Fact::OutcomeNoted(noted) => {
                let kept = self.kept.calls.contains(&noted.call);
                let old = self.age.as_ref().is_some_and(|age| age.takes_note(noted.call));
                let his = noted.contact.is_some_and(|id| self.contacts.contains(&id));
                !kept && (old || his || call_of(&noted.call))
            }
            Fact::PageShared { reservation, .. } => self.is_his(*reservation),
            Fact::Commanded(done) => {
                done.subject.parse().is_ok_and(|id| self.is_his(id))
                    || done.subject.parse().is_ok_and(|id| call_of(&id))
            }
            Fact::LetterQueued(letter) => match &letter.content {
                Content::Written(text) => {
                    let old = self.age.as_ref().is_some_and(|age| age.takes_letter(seq));
                    old || self.contacts.contains(&text.contact) || self.has(seq, &text.visitor)
                }
                Content::Appointment(of) => self.is_his(of.reservation),
            },
            _ => false,
        }
    }

    /// Whether a row is of one of his browsers, by what it names and where it stands.
    fn has(&self, seq: u64, visitor: &VisitorId) -> bool {
        self.visitors.get(visitor).is_some_and(|until| seq <= *until)
    }

    fn is_his(&self, reservation: ReservationId) -> bool {
        self.reservations.contains(&reservation)
    }

    fn renamed(&self, reservation: ReservationId) -> ReservationId {
        reservation.renamed(&self.key)
    }

    fn opened(&mut self, seq: u64, opened: &ReservationOpened) -> Option<Fact> {
        let his = self.age.as_mut().is_some_and(|age| age.takes(opened))
            || self.contacts.contains(&opened.contact)
            || self.has(seq, &opened.visitor)
            || self.led.contains(&opened.reservation);
        if !his {
            return None;
        }
        if self.keep_evidence && opened.job.is_some() {
            self.kept.reservations.insert(opened.reservation);
            self.kept.jobs.extend(opened.job);
            return None;
        }
        self.reservations.insert(opened.reservation);
        self.jobs.extend(opened.job);
        let reservation = self.renamed(opened.reservation);
        let opened = ReservationOpened {
            reservation,
            visitor: opened.visitor.renamed(&self.key),
            contact: opened.contact.renamed(&self.key),
            page: Page::default(),
            snapshot: None,
            consent: None,
            idempotency_key: None,
            trace_id: String::new(),
            pin: None,
            job: opened.job.map(|job| job.renamed(&self.key)),
            // No two jobs are for one number.
            callee: opened.callee.as_ref().map(|_| reservation.to_string()),
            moves: opened.moves.map(|call| call.renamed(&self.key)),
            match_digits: None,
            zone: None,
            identity: None,
            correspondent: None,
            said: Default::default(),
            asked_from: String::new(),
            ..opened.clone()
        };
        Some(Fact::ReservationOpened(Box::new(opened)))
    }

    fn dialled(&mut self, fact: &Fact) -> Option<Fact> {
        match fact {
            Fact::DialIntended { job, attempt, call, caller_id, checked } => {
                if self.kept.jobs.contains(job) {
                    self.kept.calls.insert(*call);
                }
                if let Some(age) = &mut self.age {
                    age.dialled(*job, *call);
                }
                if !self.jobs.contains(job) {
                    return None;
                }
                self.calls.insert(*call);
                // Where he lives is in the clocks.
                let checked =
                    checked.as_ref().map(|row| Box::new(Checked { clocks: Vec::new(), ..(**row).clone() }));
                Some(Fact::DialIntended {
                    job: job.renamed(&self.key),
                    attempt: attempt.renamed(&self.key),
                    call: call.renamed(&self.key),
                    caller_id: caller_id.clone(),
                    checked,
                })
            }
            Fact::DialResolved { job, attempt, outcome, job_done, next, reservation, ring_ms } => {
                self.jobs.contains(job).then(|| Fact::DialResolved {
                    job: job.renamed(&self.key),
                    attempt: attempt.renamed(&self.key),
                    outcome: outcome.clone(),
                    job_done: *job_done,
                    next: *next,
                    reservation: reservation.map(|id| self.renamed(id)),
                    ring_ms: *ring_ms,
                })
            }
            _ => None,
        }
    }

    fn called(&mut self, record: &CallRecorded) -> Option<CallRecorded> {
        let (call, of) = (record.call, record.reservation);
        if of.is_some_and(|id| self.kept.reservations.contains(&id)) || self.kept.calls.contains(&call) {
            self.kept.calls.insert(call);
            return None;
        }
        let old = self.age.as_mut().is_some_and(|age| age.takes_call(record));
        let his = old
            || of.is_some_and(|id| self.is_his(id))
            || record.contact.is_some_and(|id| self.contacts.contains(&id))
            || self.calls.contains(&call)
            || record.contact.is_none()
                && record.caller.as_ref().is_some_and(|number| self.numbers.contains(number));
        his.then(|| {
            self.calls.insert(call);
            CallRecorded {
                call: call.renamed(&self.key),
                reservation: of.map(|id| self.renamed(id)),
                contact: record.contact.filter(|id| !old && !self.contacts.contains(id)),
                page_title: String::new(),
                trace_id: String::new(),
                caller: None,
                ..record.clone()
            }
        })
    }
}

/// Whether a row can be what an erasure has left: nobody's words or number is in it. Of kinds that have neither nothing can be said.
pub fn is_erased(fact: &Fact) -> bool {
    match fact {
        Fact::ReservationOpened(opened) => is_left(opened),
        Fact::CallOn(record) | Fact::CallRecorded(record) => is_left_of_call(record),
        Fact::ChatPosted(posted) => posted.text.is_empty(),
        Fact::DialIntended { checked, .. } => checked.as_ref().is_none_or(|row| row.clocks.is_empty()),
        Fact::CampaignFilled { jobs, .. } => jobs.iter().any(|job| job.number.is_empty()),
        Fact::DoNotCall(said) => said.call.is_none(),
        _ => true,
    }
}
