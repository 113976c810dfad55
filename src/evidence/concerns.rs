//! Which rows are about a request, and which are other people's.

use std::collections::BTreeSet;
use warmline_coordination::fact::Fact;
use warmline_coordination::ids::{CallId, JobId, ReservationId};
use warmline_coordination::letter::Content;

/// What is known of a request from its rows.
#[derive(Clone, Debug)]
pub struct Request {
    reservation: ReservationId,
    text: String,
    job: Option<JobId>,
    /// E.164: who is to be called.
    number: Option<String>,
    calls: BTreeSet<CallId>,
    letters: BTreeSet<u64>,
    /// Texts of which each row about it has one.
    marks: Vec<String>,
}

impl Request {
    /// Nothing but its id.
    pub fn new(reservation: ReservationId) -> Self {
        let text = reservation.to_string();
        let (calls, letters, marks) = (BTreeSet::new(), BTreeSet::new(), vec![text.clone()]);
        Request { reservation, text, job: None, number: None, calls, letters, marks }
    }

    /// Whether a row may be about it, by its text: so that not every row of others has to be read.
    pub fn may_concern(&self, fact: &str) -> bool {
        self.marks.iter().any(|mark| fact.contains(mark.as_str()))
    }

    /// Learns from a row which others are about it.
    pub fn learn(&mut self, seq: u64, fact: &Fact) {
        match fact {
            Fact::ReservationOpened(opened) if opened.reservation == self.reservation => {
                self.job = opened.job;
                self.number.clone_from(&opened.callee);
                self.marks.extend(self.job.map(|job| job.to_string()));
                self.marks.extend(self.number.clone());
            }
            Fact::DialIntended { job, call, .. } if Some(*job) == self.job => self.learn_call(*call),
            Fact::CallRecorded(record) | Fact::CallOn(record)
                if record.reservation == Some(self.reservation) =>
            {
                self.learn_call(record.call);
            }
            Fact::LetterQueued(_) if self.concerns(fact) && self.letters.insert(seq) => {
                self.marks.push(format!("\"letter\":{seq},"));
            }
            _ => {}
        }
    }

    fn learn_call(&mut self, call: CallId) {
        if self.calls.insert(call) {
            self.marks.push(call.to_string());
        }
    }

    /// Whether a row is about it, and about nobody else.
    pub fn concerns(&self, fact: &Fact) -> bool {
        let own = |id: &ReservationId| *id == self.reservation;
        match fact {
            Fact::ReservationOpened(opened) => own(&opened.reservation),
            Fact::ReservationChanged(changed) => own(&changed.reservation),
            Fact::ReservationClosed { reservation, .. }
            | Fact::AgentClaimed { reservation, .. }
            | Fact::JobDue { reservation, .. }
            | Fact::PageShared { reservation, .. } => own(reservation),
            Fact::ChatPosted(posted) => own(&posted.reservation),
            Fact::DialIntended { job, .. } => Some(*job) == self.job,
            Fact::DialResolved { job, reservation, .. } => {
                reservation.as_ref().map_or(Some(*job) == self.job, own)
            }
            // A call that went over to another request is that one's.
            Fact::CallRecorded(record) | Fact::CallOn(record) => match &record.reservation {
                Some(reservation) => own(reservation),
                None => self.calls.contains(&record.call),
            },
            Fact::CallCut { call, .. } => self.calls.contains(call),
            Fact::OutcomeNoted(noted) => self.calls.contains(&noted.call),
            Fact::Commanded(done) => {
                done.subject == self.text || self.calls.iter().any(|call| call.to_string() == done.subject)
            }
            Fact::DoNotCall(said) => Some(&said.number) == self.number.as_ref(),
            // A list of many is of everybody on it.
            Fact::NumbersListed { numbers, .. } => {
                matches!(&numbers[..], [alone] if Some(alone) == self.number.as_ref())
            }
            Fact::LetterQueued(letter) => {
                matches!(&letter.content, Content::Appointment(row) if own(&row.reservation))
            }
            Fact::LetterSettled { letter, .. } => self.letters.contains(letter),
            // A contact's record is of more than this; the rest is of everybody.
            Fact::ContactStored(_)
            | Fact::PriorityChanged(_)
            | Fact::Supervised(_)
            | Fact::FiguresKept(_)
            | Fact::CallmeBreaker { .. }
            | Fact::CampaignOpened { .. }
            | Fact::CampaignFilled { .. }
            | Fact::CampaignSet { .. }
            | Fact::CampaignDropped { .. }
            // What he was told before he asked: the row that opens the request names the invitation.
            | Fact::Invited(_)
            | Fact::InvitationAnswered { .. }
            | Fact::Alerted(_)
            | Fact::AlertSettled { .. }
            | Fact::Purchased { .. }
            | Fact::Triggered { .. }
            | Fact::PersonExported { .. }
            | Fact::ErasureOrdered(_)
            | Fact::ErasureBegun { .. }
            | Fact::RowsErased(_)
            | Fact::Erased => false,
        }
    }
}
