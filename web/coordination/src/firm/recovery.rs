//! Rebuilding a firm from its journal: rows in order, then what time has done meanwhile. Nothing is dialled twice.

use super::another_number::MOVED;
use super::offer::set_state;
use super::outbound::TRANSACTION;
use super::predictive::ABANDONED;
use super::trunk_full::TRUNK_FULL;
use super::{Firm, Timer};
use crate::activity::Who;
use crate::callback::{Job, JobState};
use crate::dialing::{ANSWERED, Attempt, UNKNOWN};
use crate::fact::{Commanded, Entry, Fact, ReservationOpened};
use crate::ids::{AttemptId, CallId, JobId, ReservationId};
use crate::request::Whence;
use crate::reservation::{Reservation, Token};
use crate::view::{ShownMode, VisitorState};
use warmline_time::Time;

impl Firm {
    /// One row.
    pub fn replay(&mut self, entry: &Entry) {
        self.replay_row(entry);
        self.count_numbers(entry.time);
    }

    fn replay_row(&mut self, entry: &Entry) {
        self.seq = self.seq.max(entry.seq);
        self.replayed_until = self.replayed_until.max(entry.time);
        self.used(entry.time, &entry.fact);
        match &entry.fact {
            Fact::ReservationOpened(opened) => {
                if opened.invitation.is_some() {
                    self.watch.accepted.remove(&Who::Visitor(opened.visitor));
                }
                self.reopen(entry.time, opened);
            }
            Fact::ReservationClosed { reservation, reason, number_free_at } => {
                self.homeless_over(Some(*reservation));
                self.reclose(entry.time, *reservation, reason, number_free_at.map(Time::from_micros));
            }
            Fact::ReservationChanged(changed) => {
                let shown = (changed.mode, changed.number.as_deref());
                let free_at = changed.number_free_at.map(Time::from_micros);
                let times = (Time::from_micros(changed.expires_at), free_at);
                self.rechange(entry.time, changed.reservation, shown, times);
            }
            Fact::AgentClaimed { reservation, agent, .. } => {
                let agent = agent.as_ref().and_then(|name| self.agent_of.get(name)).copied();
                if let Some(r) = self.reservations.get_mut(*reservation) {
                    r.preferred = agent.or(r.preferred);
                }
            }
            Fact::DialIntended { job, attempt, call, caller_id, .. } => {
                self.reintend(entry.time, *job, *attempt, *call);
                self.homeless_dialled(entry.time, *job, None);
                if let Some((id, shown)) = self.jobs.by_job(*job).zip(caller_id.as_ref()) {
                    self.bind_shown(entry.time, id, shown);
                }
            }
            Fact::DialResolved { job, attempt, outcome, job_done, next, reservation, .. } => {
                self.homeless_over(reservation.filter(|_| *job_done));
                self.homeless_dialled(entry.time, *job, Some(outcome));
                let id = reservation.or_else(|| self.jobs.by_job(*job));
                if let Some(id) = id.filter(|_| outcome == TRUNK_FULL) {
                    self.attempt_back(id);
                } else if let Some(id) = id {
                    let next = next.map(Time::from_micros).filter(|_| !job_done);
                    self.reresolve(entry.time, id, (*attempt, outcome), next);
                }
            }
            Fact::JobDue { reservation, due, expires_at, wanted, himself } => {
                let due = due.map(Time::from_micros);
                let asked_now = himself.then_some(entry.time);
                self.redue(
                    entry.time,
                    *reservation,
                    (due, asked_now),
                    Time::from_micros(*expires_at),
                    *wanted,
                );
            }
            Fact::CallOn(record) => self.on_again(record),
            Fact::CallRecorded(record) => self.rerecord(record),
            Fact::ContactStored(stored) => self.contacts.store_row((entry.seq, entry.time), stored),
            Fact::FiguresKept(figures) => self.figures_again(figures),
            Fact::CallCut { call, since, until, cost } => {
                let times = (Time::from_micros(*since), Time::from_micros(*until));
                self.spending.recorded(*call, times, *cost);
            }
            Fact::PriorityChanged(changed) => self.contacts.rated(entry.time, changed),
            // For those who read the journal.
            Fact::Supervised(_) | Fact::PersonExported { .. } | Fact::Triggered { .. } => {}
            Fact::Commanded(done) => self.recommanded(done),
            // Evidence: no call has survived, so nothing is seen any more.
            Fact::PageShared { .. } => {}
            Fact::ChatPosted(posted) => self.rewrite_line(entry.time, posted),
            Fact::DoNotCall(said) => self.relist(said),
            Fact::NumbersListed { numbers, registry, .. } => self.relist_all(numbers, *registry),
            Fact::CallmeBreaker { open, why, .. } => self.reset_breaker(entry.time, *open, why),
            Fact::CampaignOpened { campaign, terms, .. } => self.refound(entry.time, *campaign, terms),
            Fact::CampaignFilled { campaign, jobs, .. } => self.refill(entry.time, *campaign, jobs),
            Fact::CampaignSet { campaign, state, .. } => self.reset(*campaign, *state),
            Fact::CampaignDropped { campaign, order, outcome } => {
                self.redrop(entry.time, *campaign, *order, outcome);
            }
            Fact::LetterQueued(letter) => self.rekeep(entry.time, entry.seq, letter),
            Fact::LetterSettled { letter, .. } => {
                self.outbox.waiting.remove(letter);
            }
            Fact::ErasureOrdered(ordered) => self.reorder_erasure(entry.time, ordered),
            Fact::ErasureBegun { erasures } => self.rebegin_erasures(entry.seq, erasures),
            Fact::RowsErased(erased) => self.reerase(entry.time, erased),
            Fact::Erased => {}
            Fact::Alerted(alerted) => self.realert(entry.time, alerted),
            Fact::AlertSettled { alert, how, .. } => self.resettle_alert(*alert, how),
            Fact::Invited(invited) => self.reinvite(entry.time, invited),
            Fact::InvitationAnswered { invitation, answer, way, visitor } => {
                self.reanswer(entry.time, *invitation, (answer, way.as_deref()), *visitor);
            }
            Fact::Purchased { cents, invitation, .. } => {
                if let Some(id) = invitation {
                    self.watch.report.bought(*id, *cents);
                }
            }
            Fact::OutcomeNoted(noted) => {
                if let Some(contact) = noted.contact {
                    self.contacts.adopt(contact, noted.call);
                }
                if let (Some(contact), Some(code)) = (noted.contact, &noted.code) {
                    self.contacts.code(contact, noted.call, code);
                }
            }
        }
    }

    /// The pool of a request, by its name; as it would be chosen today where that is not known any more.
    fn pool_again(&self, site: usize, opened: &ReservationOpened) -> usize {
        let named = opened.pool.as_ref().and_then(|name| self.pool_named(name));
        let chosen =
            || self.pool_for(site, &Whence::default(), opened.callee.as_deref(), Some(opened.contact));
        named.unwrap_or_else(|| chosen().pool)
    }

    fn reopen(&mut self, time: Time, opened: &ReservationOpened) {
        // Also where nothing else is left of it: whose he is decides who may see him.
        let vouched = opened.identity.is_some() || opened.campaign.is_some();
        if self.is_surely(opened.contact, opened.visitor, vouched) {
            self.contacts.met(opened.contact, &opened.site, time);
        }
        let Some(site) = self.settings.sites.iter().position(|site| site.name == opened.site) else {
            return self.note_homeless(time, opened);
        };
        let ruled = opened.then.as_ref().and_then(|then| self.queue_named(then.queue.as_ref()?));
        let queue = ruled.unwrap_or_else(|| self.queue_of_site(site));
        let mut pool = self.pool_again(site, opened);
        let mut point = None;
        if let Some(number) = &opened.number {
            // A number that is no longer ours can route no call.
            let place = self.number_of.get(number).copied();
            let of = place.map(|(pool, _)| pool).or_else(|| self.shared_of.get(number).copied());
            let Some(of) = of else { return };
            if let Some((pool, index)) = place {
                if !self.pools[pool].hold_again(index, opened.reservation, time) {
                    self.violations += 1;
                    return;
                }
                self.timers.cancel(Timer::Number(pool, index));
            }
            pool = of;
            point = place;
            self.number_given(time, pool, point.is_some());
        }
        let job = opened.job.zip(opened.callee.clone());
        let wanted = opened.due.map(Time::from_micros);
        let job = job.map(|(id, number)| {
            let job = Job::new(id, number, wanted, opened.match_digits.clone());
            let himself = wanted.is_none() && !opened.anew && opened.campaign.is_none();
            Job { anew: opened.anew, asked_now: himself.then_some(time), zone: opened.zone.clone(), ..job }
        });
        let row = self.restored(time, opened, (site, queue, pool), point, job);
        self.let_go_of_number(&row);
        self.insert(time, row);
        self.rechat(time, opened.reservation);
    }

    fn restored(
        &self,
        time: Time,
        opened: &ReservationOpened,
        (site, queue, pool): (usize, usize, usize),
        point: Option<(usize, usize)>,
        job: Option<Job>,
    ) -> Reservation {
        let waiting = matches!(opened.mode, ShownMode::Callme | ShownMode::Ticket | ShownMode::Chat);
        let shown = match point {
            Some(point) => Some(self.number_at(point)),
            None => self.shared_number(pool).filter(|_| opened.number.is_some()),
        };
        Reservation {
            id: opened.reservation,
            site,
            queue,
            pool,
            asked: opened.asked,
            mode: opened.mode,
            visitor: opened.visitor,
            contact: opened.contact,
            address: opened.asked_from.clone(),
            page: opened.page.clone(),
            snapshot: opened.snapshot.clone(),
            consent: opened.consent.clone(),
            identity: opened.identity.clone(),
            said: opened.said.clone(),
            key: opened.idempotency_key.clone(),
            trace_id: opened.trace_id.clone(),
            opened_at: opened.asked_at.map_or(time, Time::from_micros),
            expires_at: Time::from_micros(opened.expires_at),
            point,
            number: shown,
            pin: opened.pin.clone(),
            numberless: false,
            lost: None,
            callers: Vec::new(),
            agent: None,
            preferred: opened.agent.as_ref().and_then(|name| self.agent_of.get(name)).copied(),
            claim_until: Time::from_micros(opened.claim_until),
            tapped: None,
            state: if waiting { VisitorState::Waiting } else { VisitorState::Held },
            since: time,
            reason: None,
            call: None,
            called: false,
            abroad: opened.abroad,
            hidden: opened.hidden,
            // No call has survived.
            moves: None,
            job,
            token: Token::None,
            // It would have moved a call that has not survived either.
            page_left: None,
            withdrawn: opened.moves.is_some(),
            closed: false,
            told: Default::default(),
            position: None,
            after: 0,
            shown: None,
            keep_until: Time::ZERO,
            correspondent: opened.correspondent.clone(),
            letters: 0,
            ruled: self.ruled_again(opened.then.as_ref(), site, &opened.said),
            campaign: opened.campaign,
            invitation: opened.invitation,
            ticket: opened.ticket,
        }
    }

    /// Renewed, or on another channel, or back.
    fn rechange(
        &mut self,
        time: Time,
        id: ReservationId,
        (mode, number): (ShownMode, Option<&str>),
        (expires_at, free_at): (Time, Option<Time>),
    ) {
        let Some(r) = self.reservations.get_mut(id).filter(|r| r.live()) else { return };
        r.mode = mode;
        r.expires_at = expires_at;
        self.timers.set(Timer::Expiry(id), expires_at);
        let shown = r.number.as_ref().map(|number| number.0.as_str());
        match number {
            None if shown.is_some() => self.give_up_number(time, id, free_at.unwrap_or(time)),
            Some(number) if shown.is_none() => {
                let place = self.number_of.get(number).copied();
                self.take_number_again(time, id, place);
            }
            _ => {}
        }
    }

    fn reclose(&mut self, time: Time, id: ReservationId, reason: &str, free_at: Option<Time>) {
        let Some(r) = self.reservations.get_mut(id).filter(|r| !r.closed) else { return };
        r.closed = true;
        if !r.live() {
            self.reservations.end(time, id, reason);
            return;
        }
        self.number_unused(time, id, reason);
        let point = self.reservations.get_mut(id).and_then(|r| r.point.take());
        self.finish_job(time, id, reason);
        if let Some((pool, index)) = point {
            let until = free_at.unwrap_or(time);
            self.violations += u64::from(!self.pools[pool].cool(index, id, until));
            self.number_back(time, (pool, index));
            self.timers.set(Timer::Number(pool, index), until);
        }
        self.timers.cancel(Timer::Expiry(id));
        self.reservations.end(time, id, reason);
        self.reclose_chat(time, id);
        self.reservations.forget(time);
    }

    fn reintend(&mut self, time: Time, job: JobId, attempt: AttemptId, call: CallId) {
        let id = self.jobs.by_job(job);
        if let Some(id) = id {
            self.campaign_dials(id);
            self.count_dialling(time, id);
        }
        let r = id.and_then(|id| self.reservations.get_mut(id));
        if let Some(job) = r.and_then(|r| r.job.as_mut()) {
            job.state = JobState::Intended { attempt, call };
            job.attempts.push(Attempt { at: time, outcome: String::new() });
        }
    }

    /// What was asked for anew is asked for once; the rest is for those who read the journal.
    fn recommanded(&mut self, done: &Commanded) {
        let id = (done.command == super::jobs::RETRY).then(|| done.subject.parse().ok()).flatten();
        if let Some(id) = id {
            self.jobs.revive(id);
        }
    }

    fn reresolve(
        &mut self,
        time: Time,
        id: ReservationId,
        (attempt, outcome): (AttemptId, &str),
        next: Option<Time>,
    ) {
        // What a call has cost that went on on another channel is in the other one's record.
        let moved = self.reservations.get(id).is_none_or(|r| r.withdrawn);
        let Some(job) = self.reservations.get_mut(id).and_then(|r| r.job.as_mut()) else { return };
        if let (JobState::Intended { call, .. }, ANSWERED, false) = (job.state, outcome, moved) {
            self.spending.answers(time, call, self.settings.callme.spend.price(&job.number));
        }
        let before = job.attempts.last().map(|attempt| attempt.outcome.clone());
        job.note(outcome);
        job.due = next;
        job.state = match job.state {
            _ if next.is_some() => JobState::Scheduled,
            JobState::Intended { call, .. } if outcome == ANSWERED => JobState::Answered { attempt, call },
            _ => JobState::Done,
        };
        let job = job.clone();
        self.campaign_ends(time, id, (outcome, before.as_deref()), next.is_none());
        if next.is_none() {
            self.jobs.close(&job);
            return self.keep_ended(time, id, outcome);
        }
        self.jobs.revive(id);
        if self.jobs.by_number(&job.number) != Some(id) {
            self.violations += u64::from(!self.jobs.open(&job, id));
        }
        self.reservations.revive(id);
        if let Some(r) = self.reservations.get_mut(id) {
            r.closed = false;
            self.timers.set(Timer::Expiry(id), r.expires_at);
        }
        self.book(id);
    }

    fn redue(
        &mut self,
        at: Time,
        id: ReservationId,
        (due, asked_now): (Option<Time>, Option<Time>),
        expires_at: Time,
        wanted: bool,
    ) {
        if wanted {
            self.unbook(id);
            return self.want(at, id, (due, asked_now), expires_at);
        }
        if let Some(job) = self.reservations.get_mut(id).and_then(|r| r.job.as_mut()) {
            job.due = due;
        }
    }

    /// After the last row: claims are over, what is due has expired, attempts whose end is not known are waited for until they are
    /// surely over, the other jobs are in the list again or wait for their time.
    pub fn recovered(&mut self, now: Time) {
        self.restart_feed(now);
        self.close_cut(now);
        self.keep_homeless(now);
        self.statistics.starts();
        for (call, since, until, cost) in self.spending.restarts(now) {
            let (since, until) = (since.as_micros(), until.as_micros());
            self.persist(now, Fact::CallCut { call, since, until, cost });
        }
        self.forget_older(self.kept_from);
        self.check_spending(now);
        self.send_kept(now);
        let mut live: Vec<(Time, ReservationId)> =
            self.reservations.iter().filter(|r| r.live()).map(|r| (r.opened_at, r.id)).collect();
        live.sort_unstable();
        for (_, id) in live {
            // Its site was gone for a while, and its number was asked for elsewhere: one job a number.
            if self.is_second_job(id) {
                self.end(now, id, MOVED);
                continue;
            }
            self.resume(now, id);
        }
        self.line_up_again();
        self.look_for_erasures(now);
        self.watch_again(now);
        self.handle_timeout(now);
    }

    /// While its site was gone, the number of a job was asked for elsewhere: the later request counts.
    fn let_go_of_number(&mut self, row: &Reservation) {
        let number = row.job.as_ref().map(|job| &job.number);
        let first = number.and_then(|number| self.jobs.by_number(number)).filter(|first| *first != row.id);
        if let Some(job) = first.and_then(|first| self.reservations.get(first)).and_then(|r| r.job.as_ref()) {
            self.jobs.close(job);
        }
    }

    fn is_second_job(&self, id: ReservationId) -> bool {
        let job =
            self.reservations.get(id).and_then(|r| r.job.as_ref()).filter(|job| job.state != JobState::Done);
        job.and_then(|job| self.jobs.by_number(&job.number)).is_some_and(|first| first != id)
    }

    fn resume(&mut self, now: Time, id: ReservationId) {
        let Some(r) = self.reservations.get(id) else { return };
        match r.job.as_ref().map(|job| job.state) {
            Some(JobState::Intended { .. }) if r.withdrawn => {
                self.resolve_dial(now, id, UNKNOWN);
                self.end(now, id, "unreachable");
            }
            Some(_) if r.withdrawn => self.end(now, id, "unreachable"),
            Some(JobState::Intended { .. }) => self.wait_for_evidence(now, id),
            Some(JobState::Answered { .. }) if r.campaign.is_some() => self.was_cut_off(now, id, ABANDONED),
            Some(_) if self.is_stopped(r) => self.end(now, id, "stopped"),
            Some(JobState::Answered { .. }) => self.was_cut_off(now, id, UNKNOWN),
            Some(JobState::Done) => self.end(now, id, "unreachable"),
            _ if r.expires_at <= now => self.end(now, id, "expired"),
            Some(JobState::Scheduled | JobState::Listed | JobState::Probing | JobState::Preview) => {
                self.list_job(now, id);
            }
            None if r.mode == ShownMode::Chat => self.resume_chat(now, id),
            None => {}
        }
    }

    /// Who has spoken with an agent has no reservation any more: nobody was there for him. A campaign's customer was abandoned (E19); who
    /// had asked to be called is called again, or is among those whom nobody has reached.
    fn was_cut_off(&mut self, now: Time, id: ReservationId, outcome: &str) {
        if !self.resolve_dial(now, id, outcome) {
            self.end(now, id, "unreachable");
        }
    }

    /// The call of an attempt that was under way when the switch stopped may ring on for as long as its limit and a transaction: before
    /// that nobody is dialled again (E15).
    fn wait_for_evidence(&mut self, now: Time, id: ReservationId) {
        let ring = self.ring_of(id);
        let Some(r) = self.reservations.get_mut(id) else { return };
        let Some(at) = r.job.as_ref().and_then(|job| job.attempts.last()).map(|attempt| attempt.at) else {
            return;
        };
        set_state(r, VisitorState::Dialing, now);
        self.timers.set(Timer::Due(id), at + ring + TRANSACTION);
        self.touch_visitor(id);
    }
}
