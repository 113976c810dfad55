//! A visitor asks to talk: policy, limits, then agent and number held in one step, told when that is durable.

use super::gate::Gate;
use super::ladder::Grant;
use super::lookup::Subject;
use super::rate::By;
use super::{Firm, Timer, problem};
use crate::call::Phase;
use crate::callback::Job;
use crate::calling_hours::{Callee, lived_in};
use crate::fact::{Fact, ReservationOpened};
use crate::ids::{CallId, ContactId, JobId, ReservationId, VisitorId};
use crate::letter::Correspondent;
use crate::number::{Refusal, check};
use crate::request::{Mode, OpenReservation, Page, Problem, Reply, RequestId, Whence};
use crate::reservation::{PointRef, Reservation, Token};
use crate::text::{clean, clean_attributes, clean_hash, clean_url};
use crate::view::{ShownMode, VisitorState};
use std::sync::Arc;
use warmline_time::Time;

/// When somebody refused for now may ask again, in seconds.
const RETRY: u32 = 30;

/// Characters of the words that were agreed to.
const CONSENT: usize = 500;
/// The version of a consent that was given by a key.
pub(super) const PHONE: &str = "phone";

/// Whether who asks now has asked for this one too: with this browser, or, by the site's word, as this customer.
fn is_his(r: &Reservation, site: usize, asked: &OpenReservation) -> bool {
    let customer = asked.identity.as_ref().map(|identity| &identity.customer);
    let same = customer.is_some() && customer == r.identity.as_ref().map(|identity| &identity.customer);
    r.visitor == asked.visitor || (same && r.site == site)
}

impl Firm {
    /// Answers with a reservation, new or known, or says why not.
    pub fn open(&mut self, now: Time, request: RequestId, site: usize, asked: OpenReservation) {
        match self.try_open(now, site, asked) {
            Ok((id, created)) => self.answer_view(now, request, id, created),
            Err(problem) => self.reply(request, Reply::Problem(problem)),
        }
        self.finish(now);
    }

    fn try_open(
        &mut self,
        now: Time,
        site: usize,
        asked: OpenReservation,
    ) -> Result<(ReservationId, bool), Problem> {
        self.can_keep()?;
        let asked = tidy(asked);
        let known =
            asked.idempotency_key.as_ref().and_then(|key| self.reservations.by_key(asked.visitor, key));
        if let Some(id) = known {
            return Ok((id, false));
        }
        if let Some(id) = self.still_in_line(site, &asked) {
            return Ok((id, false));
        }
        let number = match asked.mode {
            Mode::Callme => Some(self.callable(&asked, Some(self.queue_of_site(site)))?),
            Mode::Dial | Mode::Browser | Mode::Chat if asked.due.is_some() => {
                return Err(problem(422, "due_invalid", "Only who is called can choose a time."));
            }
            Mode::Dial | Mode::Browser | Mode::Chat => None,
        };
        if let Some(number) = &number
            && let himself = self.will_be_own(&asked, number, Some(self.queue_of_site(site)))
            && let Gate::Never(_) = self.gate(now, number, himself)
        {
            return Err(problem(422, "number_not_allowed", "We cannot call this number."));
        }
        let waits = number.as_ref().and_then(|number| self.jobs.by_number(number));
        if let Some(id) = waits.filter(|&id| !self.is_campaigns(id)) {
            // A number is no proof of who he is: another visitor learns nothing of the request, and cannot change it.
            let own = self.reservations.get(id).filter(|r| is_his(r, site, &asked));
            let waits = || problem(409, "number_waits", "Somebody is to be called at this number already.");
            let other_time = own.ok_or_else(waits)?.job.as_ref().is_some_and(|job| job.wanted != asked.due);
            if other_time {
                let after = self.put_off(now, id, (asked.due, true))?;
                if let Some(r) = self.reservations.get_mut(id) {
                    r.after = r.after.max(after);
                }
            }
            return Ok((id, false));
        }
        if let Some(number) = &number {
            // Whoever is refused keeps what he has.
            self.check_dial_limits(now, site, &asked, number)?;
            self.campaign_yields(now, number);
        }
        let preferred = match self.supersede(now, site, &asked, number.as_ref()) {
            Earlier::Stands(id) => return Ok((id, false)),
            Earlier::Moves(old) => {
                let Some(number) = number else { return Err(problem(422, "number_missing", "No number.")) };
                return Ok((self.move_job(now, (site, old), asked, number)?, true));
            }
            Earlier::Waits(call) => {
                let Some(number) = number else { return Err(problem(422, "number_missing", "No number.")) };
                let queue = self.calls.get(&call).map_or_else(|| self.queue_of_site(site), |call| call.queue);
                let due = self.wanted(now, asked.due, queue)?;
                let asked = OpenReservation { due, ..asked };
                return Ok((self.call_instead(now, call, site, asked, number), true));
            }
            Earlier::Gone(preferred) => preferred,
        };
        self.check_limits(&asked)?;
        let due = self.wanted(now, asked.due, self.queue_of_site(site))?;
        let asked = OpenReservation { due, ..asked };
        Ok((self.grant(now, site, (asked, false), number, (preferred, None)), true))
    }

    /// The number of a call-me request in this queue, where consent and policy allow to dial it; none: beside a live call.
    pub(super) fn callable(&self, asked: &OpenReservation, queue: Option<usize>) -> Result<String, Problem> {
        let policy = &self.settings.callme;
        let agreed = asked.consent.as_ref().is_some_and(|c| c.call && c.version == policy.consent_version);
        if !agreed {
            let detail = "You have to agree to be called, to the text as it is now.";
            return Err(problem(422, "consent_missing", detail));
        }
        let on_file = asked.on_file.then(|| self.on_file(asked)).transpose()?;
        let typed = on_file.as_deref().or(asked.number.as_deref()).unwrap_or_default();
        if typed.is_empty() {
            return Err(problem(422, "number_missing", "Your number is needed to call you."));
        }
        let allowed = (&policy.countries[..], &policy.policy.numbers);
        let number =
            check(typed, allowed, |number| self.is_own(number)).map_err(|refusal| match refusal {
                Refusal::Invalid => problem(422, "number_invalid", "This is not a telephone number."),
                Refusal::NotAllowed => problem(422, "number_not_allowed", "We cannot call this number."),
            })?;
        self.may_be_asked((&number, asked), self.will_be_own(asked, &number, queue))?;
        Ok(number)
    }

    /// The number at which a visitor is called who types none; the page knows it masked only (G p. 14).
    fn on_file(&self, asked: &OpenReservation) -> Result<String, Problem> {
        if asked.identity.is_none() && self.settings.callme.remember_number.is_zero() {
            return Err(problem(422, "identity_required", "Only who is signed in has a number on file."));
        }
        self.known_number(self.clock, asked.identity.as_deref(), Some(asked.visitor))
            .ok_or_else(|| problem(422, "number_missing", "There is no number of yours on file: type it."))
    }

    pub(super) fn is_own(&self, number: &str) -> bool {
        self.number_of.contains_key(number)
            || self.shared_of.contains_key(number)
            || self.settings.own_numbers.iter().any(|own| own == number)
    }

    /// A visitor's earlier request on this site: the same wish is answered the same; another wish takes its place, with the
    /// same agent where he is free, unless a call is on already.
    fn supersede(
        &mut self,
        now: Time,
        site: usize,
        asked: &OpenReservation,
        number: Option<&String>,
    ) -> Earlier {
        let live = self.reservations.of_visitor(asked.visitor).to_vec();
        let mut preferred = None;
        for id in live {
            let of_site = |r: &&Reservation| r.site == site && r.moves.is_none();
            let Some(r) = self.reservations.get(id).filter(of_site) else { continue };
            if self.beside(id, asked.mode) && (asked.mode != Mode::Chat || r.call.is_some()) {
                preferred = preferred.or(r.agent);
                continue;
            }
            let waits = |call: &CallId| self.phase(*call) == Some(Phase::Waiting);
            if let Some(call) = r.call.filter(waits).filter(|_| asked.mode == Mode::Callme && r.job.is_none())
            {
                return Earlier::Waits(call);
            }
            if Firm::is_for_another(r, asked, number) {
                return Earlier::Moves(id);
            }
            if r.asked == asked.mode || r.call.is_some() {
                return Earlier::Stands(id);
            }
            preferred = r.agent.or(r.preferred);
            self.end(now, id, "canceled");
        }
        Earlier::Gone(preferred)
    }

    fn check_limits(&self, asked: &OpenReservation) -> Result<(), Problem> {
        let limits = &self.settings.limits;
        let live = self.reservations.of_visitor(asked.visitor).iter();
        let mine = live.filter(|&&id| !self.beside(id, asked.mode)).count() as u32;
        let near = self.reservations.at_address(&asked.address);
        if mine >= limits.per_visitor.max(1) || near >= limits.per_address.max(1) {
            let problem = problem(429, "too_many", "Too many requests from here: try again later.");
            return Err(Problem { retry_after_secs: Some(RETRY), ..problem });
        }
        Ok(())
    }

    /// Whatever can be offered is held, durable first. `anew`: a program has asked, once more, for what somebody had asked for; `since`: his
    /// place counts from then.
    pub(super) fn grant(
        &mut self,
        now: Time,
        site: usize,
        (mut asked, anew): (OpenReservation, bool),
        number: Option<String>,
        (preferred, since): (Option<usize>, Option<Time>),
    ) -> ReservationId {
        let companion = self.companion(site, &asked);
        if let Some((chat, _)) = companion {
            self.same_screen(chat, &mut asked);
        }
        let companion = companion.map(|(_, agent)| agent);
        let followed = if anew { None } else { self.follows_invitation(now, asked.visitor) };
        let preferred = companion.or(followed.and_then(|row| row.agent)).or(preferred);
        let id = ReservationId::mint(now, self.random.bits());
        let queue = self.queue_of_site(site);
        let contact = self.meet(now, &asked, number.as_deref());
        if !self.contacts.is_rated(contact) {
            asked.said.priority = asked.said.priority.or(asked.watched);
        }
        let choice = self.pool_for(site, &asked.whence, number.as_deref(), Some(contact));
        let pool = choice.pool;
        let ruled = self.rule_request(now, site, &asked, number.as_deref(), contact);
        let queue = self.ruled_queue(&ruled).unwrap_or(queue);
        let open = self.open_queue(asked.due.unwrap_or(now), queue);
        let queue = open.unwrap_or(queue);
        // Who has a place already, or speaks with somebody, needs no ticket; for whom a program asks has no page to wait on.
        let placed = since.is_some() || anew || companion.is_some();
        let turn = self.give_ticket(now, site, &asked) || placed;
        let grant = match open {
            Some(_) if asked.due.is_some() => self.schedulable(contact),
            Some(_) => {
                let whom = (preferred, companion, contact);
                self.offerable(now, id, (asked.mode, turn), (queue, choice), whom, &ruled)
            }
            None => Grant::plain(contact, ShownMode::Ticket, None),
        };
        let row = self.new_row(now, id, asked, (site, queue, pool), number, &grant);
        let mut row = Reservation {
            ruled,
            opened_at: since.unwrap_or(now),
            abroad: choice.abroad,
            hidden: choice.hidden,
            invitation: followed.map(|row| row.invitation),
            ..row
        };
        if let Some(job) = &mut row.job {
            job.anew = anew;
            job.asked_now = job.asked_now.filter(|_| !anew);
        }
        let opened = self.opened(&row, grant.agent);
        let opened = ReservationOpened { asked_at: since.map(Time::as_micros), ..opened };
        let after = self.persist(now, Fact::ReservationOpened(Box::new(opened)));
        self.insert(now, Reservation { after, preferred: companion, ..row });
        self.keep_ticket(id);
        self.confirm_appointment(now, id, false);
        self.follow_from_now(id);
        self.look_up(now, Subject::Reservation(id));
        if let Some(agent) = grant.agent {
            self.bind(now, id, agent);
            return id;
        }
        self.announce_opened(now, id);
        if grant.mode == ShownMode::Chat {
            self.begin_chat(now, id, preferred);
        } else if grant.mode == ShownMode::Callme {
            self.list_job(now, id);
        } else {
            self.decided_nobody(Some(id), None);
            self.estimate(id);
        }
        id
    }

    /// The visitor's record: known, or made now.
    pub(super) fn meet(&mut self, now: Time, asked: &OpenReservation, number: Option<&str>) -> ContactId {
        let fresh = ContactId::mint(now, self.random.bits());
        let name = asked.name.as_deref().unwrap_or_default();
        let (contact, stored) = match &asked.identity {
            Some(identity) => self.contacts.identify(asked.visitor, identity, name, fresh),
            None => self.contacts.learn(asked.visitor, name, number, fresh),
        };
        if let Some(stored) = stored {
            self.keep_contact(now, stored, By::site(&asked.site));
        }
        contact
    }

    /// Into the table, with its job and its timer.
    pub(super) fn insert(&mut self, now: Time, row: Reservation) {
        let (id, expires_at, live) = (row.id, row.expires_at, row.live());
        if let Some(job) = &row.job
            && !self.jobs.open(job, id)
        {
            self.violations += 1;
        }
        if live {
            self.joins_campaign(&row);
        }
        self.remember_number(&row);
        if self.is_surely(row.contact, row.visitor, row.identity.is_some() || row.campaign.is_some()) {
            self.contacts.met(row.contact, &self.settings.sites[row.site].name, now);
        }
        self.reservations.insert(now, row);
        if live {
            self.timers.set(Timer::Expiry(id), expires_at);
            self.book(id);
        }
        self.touch_visitor(id);
    }

    /// Whether who asks is whose record it is, by his browser or by the site's word: whoever only types a number opens its owner's record to
    /// nobody.
    pub(super) fn is_surely(&self, contact: ContactId, visitor: VisitorId, vouched: bool) -> bool {
        vouched || self.contacts.by_visitor(visitor) == Some(contact)
    }

    /// A browser has asked for a call to this number. Of who is signed in the site knows it, of who pressed a key no page has typed it.
    fn remember_number(&mut self, row: &Reservation) {
        let by_key = row.consent.as_ref().is_some_and(|consent| consent.version == PHONE);
        let typed = row.campaign.is_none() && row.identity.is_none() && !by_key;
        let kept = self.settings.callme.remember_number;
        if let Some(job) = row.job.as_ref().filter(|job| typed && !job.anew && !kept.is_zero()) {
            self.last_numbers.note(row.since, row.visitor, &job.number, kept);
        }
    }

    /// The new reservation's agent is claimed: page and record go to his desktop now.
    fn bind(&mut self, now: Time, id: ReservationId, agent: usize) {
        let Some(r) = self.reservations.get(id) else { return };
        let (trace_id, data, job) = (r.trace_id.clone(), self.opening(r), r.job.is_some());
        let until = (!job).then_some(r.claim_until);
        self.agents[agent].after = self.agents[agent].after.max(r.after);
        let subject = id.to_string();
        self.emit(now, agent, "reservation.created", subject, trace_id, data);
        self.claim(now, agent, id, until);
        if job {
            self.prepare_job(now, id);
        }
    }

    pub(super) fn new_row(
        &mut self,
        now: Time,
        id: ReservationId,
        asked: OpenReservation,
        (site, queue, pool): (usize, usize, usize),
        number: Option<String>,
        grant: &Grant,
    ) -> Reservation {
        let settings = &self.settings.pools[pool];
        let due = asked.due.filter(|_| grant.mode == ShownMode::Callme);
        let wanted = due.unwrap_or(now);
        let expires_at = match (grant.mode, &number) {
            (ShownMode::Callme, Some(number)) => {
                self.kept_until(wanted, Callee { number, zone: asked.whence.zone.as_deref() }, queue)
            }
            (ShownMode::Chat, _) => wanted + self.settings.chat.idle,
            _ => wanted + settings.ttl,
        };
        let claim_until = (now + settings.claim).min(expires_at);
        let shown = match grant.point {
            Some(point) => Some(self.number_at(point)),
            None => self.shared_number(pool).filter(|_| grant.mode == ShownMode::Dial),
        };
        let callee = number.filter(|_| grant.mode == ShownMode::Callme);
        let matching = callee.as_ref().and_then(|_| self.matching(&asked, queue));
        let waiting = matches!(grant.mode, ShownMode::Callme | ShownMode::Ticket | ShownMode::Chat);
        Reservation {
            id,
            site,
            queue,
            pool,
            asked: asked.mode,
            mode: grant.mode,
            visitor: asked.visitor,
            contact: grant.contact,
            address: asked.address,
            page: asked.page,
            snapshot: asked.snapshot,
            consent: asked.consent,
            identity: asked.identity,
            said: asked.said,
            key: asked.idempotency_key,
            trace_id: self.random.hex(),
            opened_at: now,
            expires_at,
            point: grant.point,
            pin: grant.pin.clone(),
            number: shown,
            numberless: false,
            lost: None,
            callers: Vec::new(),
            agent: None,
            preferred: None,
            claim_until,
            tapped: None,
            state: if waiting { VisitorState::Waiting } else { VisitorState::Held },
            since: now,
            reason: None,
            call: None,
            called: false,
            abroad: false,
            hidden: false,
            moves: None,
            job: callee.map(|number| {
                let job = Job::new(JobId::mint(now, self.random.bits()), number, due, matching);
                Job { asked_now: due.is_none().then_some(now), zone: asked.whence.zone, ..job }
            }),
            token: Token::None,
            page_left: None,
            withdrawn: false,
            closed: false,
            told: Default::default(),
            position: None,
            after: 0,
            shown: None,
            keep_until: Time::ZERO,
            ruled: Arc::default(),
            correspondent: asked.correspondent.filter(|_| due.is_some()),
            letters: 0,
            campaign: None,
            invitation: None,
            ticket: grant.ticket,
        }
    }

    /// A number as it is shown.
    pub(super) fn number_at(&self, (pool, index): PointRef) -> (String, String) {
        let point = self.pools[pool].point(index);
        (point.number.clone(), point.display.clone())
    }

    /// The number of a pool that is dialled with a PIN, as it is shown.
    pub(super) fn shared_number(&self, pool: usize) -> Option<(String, String)> {
        let number = self.settings.pools[pool].shared.as_ref()?;
        Some((number.clone(), crate::number::display(number)))
    }

    pub(super) fn opened(&self, r: &Reservation, agent: Option<usize>) -> ReservationOpened {
        ReservationOpened {
            reservation: r.id,
            site: self.settings.sites[r.site].name.clone(),
            asked: r.asked,
            mode: r.mode,
            visitor: r.visitor,
            contact: r.contact,
            page: r.page.clone(),
            snapshot: r.snapshot.clone(),
            consent: r.consent.clone(),
            idempotency_key: r.key.clone(),
            trace_id: r.trace_id.clone(),
            number: r.number.as_ref().map(|number| number.0.clone()),
            pin: r.pin.clone(),
            expires_at: r.expires_at.as_micros(),
            agent: agent.map(|index| self.agents[index].settings.name.clone()),
            claim_until: r.claim_until.as_micros(),
            job: r.job.as_ref().map(|job| job.id),
            callee: r.job.as_ref().map(|job| job.number.clone()),
            asked_at: None,
            moves: None,
            then: r.ruled.matched().map(|_| r.ruled.then.clone()),
            due: r.job.as_ref().and_then(|job| job.wanted).map(Time::as_micros),
            zone: r.job.as_ref().and_then(|job| job.zone.clone()),
            match_digits: r.job.as_ref().and_then(|job| job.matching.clone()),
            identity: r.identity.clone(),
            correspondent: r.correspondent.clone(),
            said: r.said.clone(),
            campaign: r.campaign,
            invitation: r.invitation,
            ticket: r.ticket,
            abroad: r.abroad,
            hidden: r.hidden,
            pool: self.settings.pools.get(r.pool).map(|pool| pool.name.clone()),
            asked_from: r.job.as_ref().map_or_else(String::new, |_| r.address.clone()),
            anew: r.job.as_ref().is_some_and(|job| job.anew),
        }
    }
}

/// What became of a visitor's earlier request.
enum Earlier {
    /// It stands: it is the answer.
    Stands(ReservationId),
    /// Its call waits in a queue, and he would rather be called.
    Waits(CallId),
    /// It is to be called, at another number than he asks for now.
    Moves(ReservationId),
    /// There is none any more; its agent is preferred.
    Gone(Option<usize>),
}

/// Everything a stranger wrote, bounded.
fn tidy(asked: OpenReservation) -> OpenReservation {
    OpenReservation {
        address: clean(&asked.address, 64),
        page: Page {
            url: clean_url(&asked.page.url),
            title: clean(&asked.page.title, 300),
            attributes: clean_attributes(asked.page.attributes),
        },
        snapshot: asked.snapshot.as_deref().and_then(clean_hash),
        consent: asked.consent.map(|mut consent| {
            consent.version = clean(&consent.version, 64);
            consent.text = consent.text.map(|text| clean(&text, CONSENT)).filter(|text| !text.is_empty());
            consent
        }),
        correspondent: asked
            .correspondent
            .map(|to| Correspondent { email: clean(&to.email, 254), language: clean(&to.language, 35) }),
        number: asked.number.map(|number| clean(&number, 40)),
        whence: Whence { zone: asked.whence.zone.as_deref().and_then(lived_in), ..asked.whence },
        name: asked.name.map(|name| clean(&name, 100)),
        identity: asked.identity.and_then(|identity| identity.tidy()).map(Box::new),
        idempotency_key: asked.idempotency_key.map(|key| clean(&key, 255)).filter(|key| !key.is_empty()),
        ..asked
    }
}
