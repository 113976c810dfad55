//! Letters: written, kept until the mail server has them, and tried again (N 0043; the confirmation of G p. 15).

use super::rate::By;
use super::{Firm, Timer, problem};
use crate::effect::Action;
use crate::fact::Fact;
use crate::ids::{ContactId, ReservationId};
use crate::letter::{ANSWER, Appointment, Content, Letter, Outbox, Sending, Sent, WAITING, Writing, Written};
use crate::request::{Problem, Reply, RequestId};
use crate::text::{clean, clean_attributes, clean_talk, clean_url};
use warmline_time::Time;

/// Refused for lack of room: how long, in seconds.
const LATER: u32 = 600;

impl Firm {
    /// A visitor writes to his queue.
    pub fn write_letter(&mut self, now: Time, request: RequestId, site: usize, writing: Writing) {
        match self.try_write(now, site, writing) {
            Ok(after) => self.act(after, Action::Reply(request, Reply::Done)),
            Err(problem) => self.reply(request, Reply::Problem(problem)),
        }
        self.finish(now);
    }

    fn try_write(&mut self, now: Time, site: usize, writing: Writing) -> Result<u64, Problem> {
        self.can_keep()?;
        let queue = &self.settings.queues[self.queue_of_site(site)];
        let Some(mailbox) = queue.mailbox.clone() else {
            return Err(problem(422, "mode_not_offered", "Nobody reads letters here."));
        };
        let queue = queue.name.clone();
        let full = self.outbox.waiting.len() >= WAITING;
        if full || !self.outbox.may_write(now, writing.visitor, &writing.address) {
            let problem = problem(429, "too_many", "Too many messages from here: try again later.");
            return Err(Problem { retry_after_secs: Some(LATER), ..problem });
        }
        let name = clean(&writing.name, 100);
        let fresh = ContactId::mint(now, self.random.bits());
        let identity = writing.identity.and_then(|identity| identity.tidy());
        let (contact, stored) = match &identity {
            Some(identity) => self.contacts.identify(writing.visitor, identity, &name, fresh),
            None => self.contacts.learn(writing.visitor, &name, None, fresh),
        };
        if let Some(stored) = stored {
            let by = By::site(&self.settings.sites[site].name);
            self.keep_contact(now, stored, by);
        }
        let written = Written {
            visitor: writing.visitor,
            contact,
            name,
            email: clean(&writing.email, 254),
            topic: writing.topic.map(|topic| clean(&topic, 100)),
            text: clean_talk(&writing.text).chars().take(4_000).collect(),
            numbers: self.contacts.get(contact).map(|row| row.numbers.clone()).unwrap_or_default(),
            queue,
        };
        let page = crate::request::Page {
            url: clean_url(&writing.page.url),
            title: clean(&writing.page.title, 300),
            attributes: clean_attributes(writing.page.attributes),
        };
        let site = self.settings.sites[site].name.clone();
        let language = clean(&writing.language, 35);
        let content = Content::Written(Box::new(written));
        Ok(self.post(now, Letter { site, to: mailbox, language, page, content }))
    }

    /// The visitor of a request is told when he is called, if he has said where; nothing is told twice.
    pub(super) fn confirm_appointment(&mut self, now: Time, id: ReservationId, withdrawn: bool) {
        if !self.settings.mail || !self.writable {
            return;
        }
        let Some(r) = self.reservations.get(id) else { return };
        let Some((correspondent, job)) = r.correspondent.clone().zip(r.job.as_ref()) else { return };
        let at = job.wanted.map(Time::as_micros);
        let told = r.letters;
        if told == 0 && (at.is_none() || withdrawn) || self.outbox.waiting.len() >= WAITING {
            return;
        }
        let appointment = Appointment {
            reservation: id,
            at,
            withdrawn,
            minutes: (self.settings.callme.slot.as_secs() / 60) as u32,
            zone: self.slot_hours(r.queue).zone_name().to_owned(),
            number: crate::identity::masked(&job.number),
            sequence: told,
        };
        let letter = Letter {
            site: self.settings.sites[r.site].name.clone(),
            to: correspondent.email,
            language: correspondent.language,
            page: r.page.bare(),
            content: Content::Appointment(appointment),
        };
        if self.outbox.may_tell(now, &letter.to) {
            self.post(now, letter);
        }
    }

    /// A request is over before the time that its visitor was told.
    pub(super) fn too_early(&mut self, now: Time, id: ReservationId) {
        let Some(r) = self.reservations.get(id).filter(|r| r.letters > 0) else { return };
        let wanted = r.job.as_ref().filter(|job| job.attempts.is_empty()).and_then(|job| job.wanted);
        if wanted.is_some_and(|at| at > now) {
            self.confirm_appointment(now, id, true);
        }
    }

    /// Into the journal, and out as soon as it is there. The journal's number.
    fn post(&mut self, now: Time, letter: Letter) -> u64 {
        let number = self.persist(now, Fact::LetterQueued(Box::new(letter.clone())));
        self.keep_letter(now, number, letter);
        self.send(now, number, number);
        number
    }

    fn keep_letter(&mut self, written: Time, number: u64, letter: Letter) {
        match &letter.content {
            Content::Written(text) => self.contacts.wrote(text, written, &letter.page.title),
            Content::Appointment(of) => {
                if let Some(r) = self.reservations.get_mut(of.reservation) {
                    r.letters = of.sequence + 1;
                }
            }
        }
        self.outbox.push(number, written, letter);
    }

    /// To the mail server, once the journal is durable up to `after`.
    fn send(&mut self, now: Time, number: u64, after: u64) {
        let Some(row) = self.outbox.waiting.get_mut(&number) else { return };
        row.out = true;
        row.attempts += 1;
        let firm = self.settings.name.clone();
        let sending = Sending { firm, letter: number, written: row.written, what: row.letter.clone() };
        self.timers.set(Timer::Letter(number), now + ANSWER);
        self.act(after, Action::Mail(Box::new(sending)));
    }

    /// What became of it.
    pub fn mailed(&mut self, now: Time, number: u64, sent: Sent) {
        self.settle_letter(now, number, sent);
        self.finish(now);
    }

    fn settle_letter(&mut self, now: Time, number: u64, sent: Sent) {
        let Some(row) = self.outbox.waiting.get_mut(&number).filter(|row| row.out) else { return };
        row.out = false;
        let outcome = match sent {
            Sent::Taken => "sent",
            Sent::Refused => "refused",
            Sent::Failed => match Outbox::pause(row.attempts, row.written, now) {
                Some(pause) => return self.timers.set(Timer::Letter(number), now + pause),
                None => "expired",
            },
        };
        self.timers.cancel(Timer::Letter(number));
        self.outbox.waiting.remove(&number);
        match sent {
            Sent::Taken => self.outbox.sent += 1,
            Sent::Refused | Sent::Failed => self.outbox.given_up += 1,
        }
        self.persist(now, Fact::LetterSettled { letter: number, outcome: outcome.to_owned() });
    }

    /// A letter's next attempt is due, or the mail server owes an answer.
    pub(super) fn letter_due(&mut self, now: Time, number: u64) {
        match self.outbox.waiting.get(&number).map(|row| row.out) {
            Some(true) => self.settle_letter(now, number, Sent::Failed),
            Some(false) => {
                // What was read from the journal is in it.
                let kept = self.outbox.waiting.get(&number).is_some_and(|row| row.kept);
                self.send(now, number, if kept { 0 } else { number });
            }
            None => {}
        }
    }

    /// A row of the journal: it waits.
    pub(super) fn rekeep(&mut self, time: Time, number: u64, letter: &Letter) {
        if matches!(letter.content, Content::Appointment(_)) {
            self.outbox.may_tell(time, &letter.to);
        }
        self.keep_letter(time, number, letter.clone());
        if let Some(row) = self.outbox.waiting.get_mut(&number) {
            row.kept = true;
        }
    }

    /// After a restart: whatever the mail server is not known to have is sent, under the same Message-ID.
    pub(super) fn send_kept(&mut self, now: Time) {
        let numbers: Vec<u64> = self.outbox.waiting.keys().copied().collect();
        numbers.into_iter().for_each(|number| self.timers.set(Timer::Letter(number), now));
    }
}
