//! What programs do with a firm's campaigns, durable first, and how they are rebuilt. Their jobs: `campaign_jobs`.

use super::{Firm, Timer, problem};
use crate::callback::JobState;
use crate::campaign::{
    Campaign, CampaignState, CampaignVerb, ImportView, Imported, JOBS, Pacing, REQUEST, RefusedLine, Terms,
    fits, hours,
};
use crate::do_not_call::digits;
use crate::effect::Action;
use crate::fact::Fact;
use crate::ids::{CampaignId, ReservationId};
use crate::number::{Refusal, check};
use crate::request::{Problem, Reply, RequestId};
use crate::text::{clean, clean_attributes};
use std::collections::BTreeSet;
use warmline_time::Time;

/// Characters of a proof of consent, at most.
const PROOF: usize = 200;

/// Why a queue in which agents choose has no campaigns.
const QUEUE_PULLS: &str =
    "In this site's queue agents take who waits: nobody would be offered whom a campaign has reached.";

impl Firm {
    /// A new campaign, not started.
    pub fn open_campaign(&mut self, now: Time, (request, by): (RequestId, String), terms: Terms) {
        match self.found(now, by, terms) {
            Ok((id, after)) => self.answer_campaign(now, (request, after), id),
            Err(problem) => self.reply(request, Reply::Problem(problem)),
        }
        self.finish(now);
    }

    fn found(&mut self, now: Time, by: String, terms: Terms) -> Result<(CampaignId, u64), Problem> {
        self.can_keep()?;
        let terms = Terms { name: clean(&terms.name, 100), ..terms };
        self.check_terms(now, &terms)?;
        if !self.campaigns.room() {
            return Err(problem(409, "too_many", "The firm has as many campaigns as it can: stop one."));
        }
        let id = CampaignId::mint(now, self.random.bits());
        let fact = Fact::CampaignOpened { campaign: id, terms: Box::new(terms.clone()), by: Some(by) };
        let after = self.persist(now, fact);
        self.campaigns.rows.insert(id, Campaign::new(id, terms, now));
        Ok((id, after))
    }

    fn check_terms(&self, now: Time, terms: &Terms) -> Result<(), Problem> {
        let Some(site) = self.site_named(&terms.site) else {
            return Err(problem(422, "unknown_site", "There is no such site."));
        };
        if self.is_pull(self.queue_of_site(site)) {
            return Err(problem(422, "queue_pulls", QUEUE_PULLS));
        }
        let own = self.settings.caller_ids();
        if terms.caller_id.as_ref().is_some_and(|shown| !own.iter().any(|view| &view.number == shown)) {
            return Err(problem(422, "caller_id_not_allowed", "This is none of the firm's numbers."));
        }
        if terms.retry.as_ref().is_some_and(|retry| !fits(retry)) {
            let detail =
                "Attempts are 1 to 20, each 30 seconds later at least, after ends that may be tried again.";
            return Err(problem(422, "retry_invalid", detail));
        }
        let zone = self.slot_hours(self.queue_of_site(site));
        if terms.window.as_ref().is_some_and(|window| hours(window, zone.zone_name()).is_none()) {
            return Err(problem(422, "window_invalid", "A window is from HH:MM until a later HH:MM."));
        }
        let starts = terms.starts.unwrap_or_default();
        if terms.ends.is_some_and(|ends| ends <= now.as_micros() || ends <= starts) {
            return Err(problem(422, "ends_invalid", "It would be over before it begins."));
        }
        if terms.pacing == Pacing::Predictive && !self.settings.callme.predictive {
            let detail = "The configuration does not let this firm dial predictively.";
            return Err(problem(422, "predictive_off", detail));
        }
        Ok(())
    }

    /// Where a site is, which is not removed.
    pub(super) fn site_named(&self, name: &str) -> Option<usize> {
        let mut sites = self.settings.sites.iter().enumerate();
        sites.find(|(site, row)| row.name == name && !self.gone.sites.contains(site)).map(|(site, _)| site)
    }

    /// Jobs for a campaign's hopper.
    pub fn fill_campaign(
        &mut self,
        now: Time,
        (request, by): (RequestId, String),
        id: CampaignId,
        jobs: Vec<(usize, Result<Imported, &'static str>)>,
    ) {
        match self.fill(now, by, id, jobs) {
            Ok((view, after)) => self.act(after, Action::Reply(request, Reply::Imported(Box::new(view)))),
            Err(problem) => self.reply(request, Reply::Problem(problem)),
        }
        self.finish(now);
    }

    fn fill(
        &mut self,
        now: Time,
        by: String,
        id: CampaignId,
        jobs: Vec<(usize, Result<Imported, &'static str>)>,
    ) -> Result<(ImportView, u64), Problem> {
        self.can_keep()?;
        let row = self.campaigns.rows.get(&id).ok_or_else(unknown)?;
        if row.state == CampaignState::Stopped {
            return Err(stopped());
        }
        if jobs.len() > REQUEST || row.next() as usize + jobs.len() > JOBS {
            let detail = "A request has at most 1,000 jobs, a campaign 100,000.";
            return Err(problem(422, "too_many", detail));
        }
        let (mut taken, mut refused, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
        for (line, job) in jobs {
            match job.and_then(|job| self.fit_job(id, job, &mut seen)) {
                Ok(job) => taken.push(job),
                Err(code) => refused.push(RefusedLine { line, code }),
            }
        }
        let view = ImportView { accepted: taken.len(), refused };
        if taken.is_empty() {
            return Ok((view, 0));
        }
        self.refill(now, id, &taken);
        Ok((view, self.persist(now, Fact::CampaignFilled { campaign: id, jobs: taken, by: Some(by) })))
    }

    /// A job whose number may be called, tidy; or why not.
    fn fit_job(
        &self,
        id: CampaignId,
        job: Imported,
        seen: &mut BTreeSet<u64>,
    ) -> Result<Imported, &'static str> {
        let policy = &self.settings.callme;
        let allowed = (&policy.countries[..], &policy.policy.numbers);
        let number = check(&job.number, allowed, |number| self.is_own(number)).map_err(|why| match why {
            Refusal::Invalid => "number_invalid",
            Refusal::NotAllowed => "number_not_allowed",
        })?;
        let key = digits(&number).ok_or("number_invalid")?;
        let consent = clean(&job.consent, PROOF);
        match () {
            () if consent.is_empty() => return Err("consent_missing"),
            () if !(1..=7).contains(&job.priority) => return Err("priority_invalid"),
            () if self.is_never_called(&number) => return Err("do_not_call"),
            () if self.campaigns.rows.get(&id).is_some_and(|row| row.knows(key)) || !seen.insert(key) => {
                return Err("duplicate");
            }
            () => {}
        }
        let (name, attributes) = (clean(&job.name, 100), clean_attributes(job.attributes));
        Ok(Imported { number, name, attributes, consent, ..job })
    }

    /// Starts, pauses or stops one.
    pub fn set_campaign(
        &mut self,
        now: Time,
        (request, by): (RequestId, String),
        id: CampaignId,
        verb: CampaignVerb,
    ) {
        let state = match verb {
            CampaignVerb::Start => CampaignState::Running,
            CampaignVerb::Pause => CampaignState::Paused,
            CampaignVerb::Stop => CampaignState::Stopped,
        };
        match self.set(now, Some(by), id, state) {
            Ok(after) => self.answer_campaign(now, (request, after), id),
            Err(problem) => self.reply(request, Reply::Problem(problem)),
        }
        self.finish(now);
    }

    /// The journal's number of the change; 0 where there is none.
    fn set(
        &mut self,
        now: Time,
        by: Option<String>,
        id: CampaignId,
        state: CampaignState,
    ) -> Result<u64, Problem> {
        self.can_keep()?;
        let row = self.campaigns.rows.get(&id).ok_or_else(unknown)?;
        if row.state == state {
            return Ok(0);
        }
        let over = row.terms.ends.is_some_and(|ends| ends <= now.as_micros());
        if row.state == CampaignState::Stopped || over && state == CampaignState::Running {
            return Err(stopped());
        }
        let open: Vec<ReservationId> = row.open.iter().copied().collect();
        let after = self.persist(now, Fact::CampaignSet { campaign: id, state, by });
        self.reset(id, state);
        if state == CampaignState::Stopped {
            // What rings goes on, once.
            let waits = |id: &ReservationId| {
                let job =
                    self.reservations.get(*id).filter(|r| r.call.is_none()).and_then(|r| r.job.as_ref());
                job.is_some_and(|job| job.state.is_open() && !matches!(job.state, JobState::Intended { .. }))
            };
            let over: Vec<ReservationId> = open.into_iter().filter(waits).collect();
            over.into_iter().for_each(|id| self.end(now, id, "stopped"));
        }
        Ok(after)
    }

    /// Its time has come, or is over.
    pub(super) fn campaign_due(&mut self, now: Time, id: CampaignId) {
        let Some(row) = self.campaigns.rows.get(&id).filter(|row| row.state != CampaignState::Stopped) else {
            return;
        };
        let Some(ends) = row.terms.ends.map(Time::from_micros) else { return };
        if ends > now {
            return self.timers.set(Timer::Campaign(id), ends);
        }
        if self.set(now, None, id, CampaignState::Stopped).is_err() {
            // The store takes nothing now: again soon.
            self.timers.set(Timer::Campaign(id), now + super::BOARD_REFRESH);
        }
    }

    /// All of them, or one.
    pub fn answer_campaigns(&mut self, now: Time, request: RequestId, which: Option<CampaignId>) {
        let rows = self.campaigns.rows.values().filter(|row| which.is_none_or(|id| row.id == id));
        let views: Vec<_> = rows.map(|row| row.view(now, self.dialling(row))).collect();
        match which {
            Some(_) if views.is_empty() => self.reply(request, Reply::Problem(unknown())),
            _ => self.reply(request, Reply::Campaigns(views)),
        }
    }

    fn answer_campaign(&mut self, now: Time, (request, after): (RequestId, u64), id: CampaignId) {
        let Some(row) = self.campaigns.rows.get(&id) else { return };
        let view = row.view(now, self.dialling(row));
        self.act(after, Action::Reply(request, Reply::Campaign(Box::new(view))));
    }

    /// How many of its jobs are being dialled.
    fn dialling(&self, row: &Campaign) -> usize {
        let job = |id: &&ReservationId| {
            let job = self.reservations.get(**id).and_then(|r| r.job.as_ref());
            job.is_some_and(|job| job.state.word() == "dialing")
        };
        row.open.iter().filter(job).count()
    }

    /// After a restart.
    pub(super) fn refound(&mut self, time: Time, id: CampaignId, terms: &Terms) {
        self.campaigns.room();
        self.campaigns.rows.insert(id, Campaign::new(id, terms.clone(), time));
    }

    /// Jobs whose numbers are in E.164 come into the hopper.
    pub(super) fn refill(&mut self, at: Time, id: CampaignId, jobs: &[Imported]) {
        let Some(row) = self.campaigns.rows.get_mut(&id) else { return };
        for job in jobs {
            row.put(at, digits(&job.number).unwrap_or_default(), job.clone());
        }
    }

    /// It is in this state from now on.
    pub(super) fn reset(&mut self, id: CampaignId, state: CampaignState) {
        let Some(row) = self.campaigns.rows.get_mut(&id) else { return };
        row.state = state;
        if state == CampaignState::Stopped {
            row.empty();
            self.timers.cancel(Timer::Campaign(id));
        } else if let Some(ends) = row.terms.ends {
            self.timers.set(Timer::Campaign(id), Time::from_micros(ends));
        }
    }

    /// A job that is never dialled.
    pub(super) fn redrop(&mut self, time: Time, id: CampaignId, order: u32, outcome: &str) {
        let Some(row) = self.campaigns.rows.get_mut(&id) else { return };
        if row.take(order).is_some() {
            row.ends(time, outcome, None);
        }
    }
}

fn unknown() -> Problem {
    problem(404, "unknown_campaign", "There is no such campaign.")
}

fn stopped() -> Problem {
    problem(409, "stopped", "This campaign is over.")
}
