//! A campaign's jobs: from the hopper into the list server, one for each agent who is ready and has nothing of a visitor's waiting.
//!
//! They have no place in any queue: whoever asks himself always goes first.

use super::direct::ruled_priority;
use super::gate::Gate;
use super::ladder::Grant;
use super::predictive::ABANDONED;
use super::schedule::LOOK_AHEAD;
use super::{BOARD, Firm, Timer};
use crate::callback::JobState;
use crate::campaign::{Campaign, CampaignState, Imported, Member, Turn, hours, turn};
use crate::dialing::{ANSWERED, RetryPolicy};
use crate::fact::Fact;
use crate::ids::{CampaignId, ContactId, ReservationId, VisitorId};
use crate::queue::{NUISANCE, Waiter};
use crate::request::{Consent, Mode, OpenReservation, Page};
use crate::reservation::Reservation;
use std::sync::Arc;
use std::time::Duration;
use warmline_time::Time;

/// Jobs of a hopper or line that are looked at in one step; what is left is looked at soon.
const LOOKED_AT: usize = 50;
/// What becomes of a nuisance's job: priority 0 is never called (N 0018).
pub(super) const UNWANTED: &str = "nuisance";
/// A number that is being called for another job is put off for so long.
const BUSY: Duration = Duration::from_secs(900);
/// Who was abandoned is dialled with his agent first for so long, whatever job it is for.
pub(super) const AGENT_FIRST: Duration = Duration::from_secs(86_400);
/// A campaign's job is given up so long after its first dialling was due.
const EXPIRE: Duration = Duration::from_secs(7 * 86_400);

impl Firm {
    /// At the end of each step, when all who wait were served: agents who are ready get jobs of campaigns, one campaign after the other.
    pub(super) fn serve_campaigns(&mut self, now: Time) {
        self.serve_answering(now);
        if !self.writable || self.campaigns.rows.is_empty() {
            return;
        }
        let mut ids = self.campaigns.running();
        while !ids.is_empty() {
            ids.retain(|&id| {
                let served = self.serve_campaign(now, id);
                self.campaigns.served = if served { Some(id) } else { self.campaigns.served };
                served
            });
        }
    }

    /// One job of a campaign for one agent. False: there is none, or nobody for it.
    fn serve_campaign(&mut self, now: Time, id: CampaignId) -> bool {
        // What is over ends by its timer, which nothing puts off any more.
        let over = |row: &&Campaign| row.terms.ends.is_some_and(|ends| ends <= now.as_micros());
        let Some(row) = self.campaigns.rows.get(&id).filter(|row| !over(row)) else { return false };
        let Some(site) = self.site_named(&row.terms.site) else { return false };
        let (queue, pool) = (self.queue_of_site(site), self.pool_of_site(site));
        if let Some(later) = self.campaign_shut(now, row, queue) {
            self.wake_campaign(now, id, later);
            return false;
        }
        // Nobody is offered its answered customers: it stands still until the queue gives out again.
        if !self.callme_up(pool) || self.is_pull(queue) {
            return false;
        }
        let paced = self.paced(now, row, queue);
        let spare = self.spare_agents(queue);
        if spare > 0 && self.serve_line(now, id, paced.is_some()) {
            return true;
        }
        if let Some(more) = paced {
            return more > 0 && self.dial_unclaimed(now, id, site);
        }
        if spare == 0 {
            return false;
        }
        let free = self.agents.iter().filter(|agent| agent.available()).count();
        for _ in 0..LOOKED_AT {
            // Who is for others than those who are free keeps nobody else from them, as far as so many are looked at.
            let in_line = self.campaigns.rows.get(&id).map_or(0, Campaign::waiting_for_agents);
            if in_line >= free + LOOKED_AT || self.pick(queue, None, None, &Arc::default()).is_none() {
                return false;
            }
            let Some(next) = self.next_of_hopper(now, id, site) else { return false };
            if self.turn_of(next).is_some_and(|(id, turn)| self.serve_turn(now, id, &turn)) {
                return true;
            }
        }
        false
    }

    /// When a campaign may dial that may not now; none: it may.
    fn campaign_shut(&self, now: Time, row: &Campaign, queue: usize) -> Option<Time> {
        if let Some(starts) = row.terms.starts.map(Time::from_micros).filter(|&at| at > now) {
            return Some(starts);
        }
        let never = now + Duration::from_secs(86_400);
        let window = row.terms.window.as_ref();
        let window = window.and_then(|window| hours(window, self.slot_hours(queue).zone_name()));
        if let Some(window) = window.filter(|window| !window.is_open(now)) {
            return Some(window.next_open(now, LOOK_AHEAD).unwrap_or(never));
        }
        // The queue's own hours: that another one stands in for it opens nothing.
        let hours = self.settings.queues[queue].hours.as_ref();
        let later = || hours.and_then(|hours| hours.next_open(now, LOOK_AHEAD)).unwrap_or(never);
        (!self.is_open(now, queue)).then(later)
    }

    /// It is looked at then, if nothing happens before; not after its end, and never in this very moment.
    fn wake_campaign(&mut self, now: Time, id: CampaignId, at: Time) {
        let ends = self.campaigns.rows.get(&id).and_then(|row| row.terms.ends).map(Time::from_micros);
        let at = ends.map_or(at, |ends| ends.min(at));
        self.timers.set(Timer::Campaign(id), at.max(now + BOARD));
    }

    /// Who is due again, or could not be given an agent before, goes before those who were never dialled. Of a campaign
    /// that dials without agents only those who need one. Of a long line a part is looked at in each step, from the front to the end.
    fn serve_line(&mut self, now: Time, id: CampaignId, agents_first: bool) -> bool {
        let row = self.campaigns.rows.get(&id);
        let turns = row.map(|row| row.look_along(LOOKED_AT)).unwrap_or_default();
        let last = turns.last().copied().filter(|_| turns.len() == LOOKED_AT);
        for turn in turns {
            let row = self.reservations.get(turn.2);
            let waits = row.is_none_or(|r| !agents_first || self.needs_agent(r));
            if waits && self.serve_turn(now, id, &turn) {
                self.looked_along(id, None);
                return true;
            }
        }
        self.looked_along(id, last);
        if last.is_some() {
            self.wake_campaign(now, id, now);
        }
        false
    }

    /// One of a line gets an agent. False: nobody is there for him, or he waits no longer.
    fn serve_turn(&mut self, now: Time, id: CampaignId, turn: &Turn) -> bool {
        let job = turn.2;
        let waits = |r: &&Reservation| {
            let listed = r.job.as_ref().is_some_and(|job| job.state == JobState::Listed);
            r.live() && r.agent.is_none() && r.call.is_none() && listed
        };
        let Some(r) = self.reservations.get(job).filter(waits) else {
            self.leaves_line(id, turn);
            return false;
        };
        let (queue, preferred, contact, ruled) = (r.queue, r.preferred, r.contact, r.ruled.clone());
        if !self.may_dial(now, job) {
            self.leaves_line(id, turn);
            return false;
        }
        let agent = self.pick_for(Waiter::Job(job), queue, preferred, Some(contact), &ruled);
        let Some(agent) = agent else { return false };
        self.leaves_line(id, turn);
        self.claim(now, agent, job, None);
        self.persist_claim(now, job);
        self.prepare_job(now, job);
        true
    }

    fn looked_along(&mut self, id: CampaignId, last: Option<Turn>) {
        if let Some(row) = self.campaigns.rows.get_mut(&id) {
            row.looked_at(last);
        }
    }

    fn leaves_line(&mut self, id: CampaignId, turn: &Turn) {
        if let Some(row) = self.campaigns.rows.get_mut(&id) {
            row.leaves_line(turn);
        }
    }

    /// The next job of a hopper that may be dialled now becomes one of the list server.
    pub(super) fn next_of_hopper(&mut self, now: Time, id: CampaignId, site: usize) -> Option<ReservationId> {
        // Half of the room is the visitors'.
        if self.reservations.numberless() >= self.settings.limits.reservations / 2 {
            return None;
        }
        for _ in 0..LOOKED_AT {
            let row = self.campaigns.rows.get_mut(&id)?;
            let Some((order, job)) = row.first(now) else {
                if let Some(at) = row.comes_up() {
                    self.wake_campaign(now, id, at);
                }
                return None;
            };
            let number = job.number.clone();
            let gate = match self.is_nuisance(self.contacts.by_number(&number)) {
                true => Gate::Never(UNWANTED),
                false => self.dial_gate(now, &number),
            };
            let row = self.campaigns.rows.get_mut(&id)?;
            match gate {
                Gate::Never(why) => {
                    let outcome = why.to_owned();
                    self.persist(now, Fact::CampaignDropped { campaign: id, order, outcome });
                    self.redrop(now, id, order, why);
                }
                Gate::Later(at) => row.put_off(order, at.max(now + BOARD)),
                Gate::Open if self.jobs.by_number(&number).is_some() => row.put_off(order, now + BUSY),
                Gate::Open => {
                    let job = row.take(order)?;
                    let priority = job.priority;
                    return Some(self.out_of_hopper(
                        now,
                        site,
                        Member { campaign: id, order, priority },
                        job,
                    ));
                }
            }
        }
        self.wake_campaign(now, id, now + BOARD);
        None
    }

    /// The job leaves the hopper, in the one row of the journal that makes it the list server's.
    fn out_of_hopper(&mut self, now: Time, site: usize, member: Member, job: Imported) -> ReservationId {
        let id = ReservationId::mint(now, self.random.bits());
        let visitor = VisitorId::mint(now, self.random.bits());
        let row = self.campaigns.rows.get(&member.campaign);
        let title = row.map_or_else(String::new, |row| row.terms.name.clone());
        let ends = row.and_then(|row| row.terms.ends).map(Time::from_micros);
        let number = Some(job.number);
        let asked = OpenReservation {
            site: self.settings.sites[site].name.clone(),
            mode: Mode::Callme,
            visitor,
            address: String::new(),
            page: Page { url: String::new(), title, attributes: job.attributes },
            snapshot: None,
            consent: Some(Consent { version: job.consent, call: true, text: None }),
            number: number.clone(),
            whence: Default::default(),
            name: Some(job.name),
            idempotency_key: None,
            identity: None,
            on_file: false,
            due: None,
            correspondent: None,
            said: Default::default(),
            watched: None,
        };
        let contact = self.meet(now, &asked, number.as_deref());
        let ruled = self.rule_request(now, site, &asked, number.as_deref(), contact);
        let queue = self.ruled_queue(&ruled).unwrap_or_else(|| self.queue_of_site(site));
        let grant = Grant::plain(contact, crate::view::ShownMode::Callme, None);
        let pool = self.pool_of_site(site);
        let mut row = self.new_row(now, id, asked, (site, queue, pool), number, &grant);
        row.expires_at = ends.map_or(now + EXPIRE, |ends| ends.min(now + EXPIRE));
        row.claim_until = row.claim_until.min(row.expires_at);
        (row.campaign, row.ruled) = (Some(member), ruled);
        if let Some(job) = &mut row.job {
            // Digits of a page prove nothing where nobody has one; and nobody has asked.
            (job.matching, job.asked_now) = (None, None);
        }
        let after = self.persist(now, Fact::ReservationOpened(Box::new(self.opened(&row, None))));
        self.insert(now, Reservation { after, ..row });
        self.follow_from_now(id);
        self.announce_opened(now, id);
        self.list_job(now, id);
        id
    }

    /// Whether a campaign's customer is one whom the firm does not call: his record says so, or its rules.
    pub(super) fn campaign_spares(&self, r: &Reservation) -> bool {
        let rated = self.contacts.priority(Some(r.contact));
        r.campaign.is_some() && ruled_priority(rated, &r.ruled) == NUISANCE
    }

    fn is_nuisance(&self, contact: Option<ContactId>) -> bool {
        contact.is_some_and(|contact| self.contacts.priority(Some(contact)) == NUISANCE)
    }

    /// A job of a campaign is in the list server, and in its hopper no longer.
    pub(super) fn joins_campaign(&mut self, row: &Reservation) {
        let Some(member) = row.campaign else { return };
        if let Some(campaign) = self.campaigns.rows.get_mut(&member.campaign) {
            campaign.take(member.order);
            campaign.open.insert(row.id);
        }
    }

    /// A job whose time has come waits for an agent, beside all queues.
    pub(super) fn line_up(&mut self, id: ReservationId) {
        let Some(r) = self.reservations.get_mut(id) else { return };
        let (Some(member), Some(job)) = (r.campaign, &mut r.job) else { return };
        job.state = JobState::Listed;
        job.due = None;
        let turn = turn(&member, r.opened_at, id);
        match self.campaigns.rows.get_mut(&member.campaign) {
            Some(row) => row.line_up(turn),
            None => self.violations += 1,
        }
    }

    /// A job waits in its campaign's line no longer.
    pub(super) fn leaves_lines(&mut self, id: ReservationId) {
        if let Some((campaign, turn)) = self.turn_of(id) {
            self.leaves_line(campaign, &turn);
        }
    }

    fn turn_of(&self, id: ReservationId) -> Option<(CampaignId, Turn)> {
        let r = self.reservations.get(id)?;
        let member = r.campaign?;
        Some((member.campaign, turn(&member, r.opened_at, id)))
    }

    /// Whether a number waits for a campaign only: nobody rings for it.
    pub(super) fn is_campaigns(&self, id: ReservationId) -> bool {
        let r = self.reservations.get(id).filter(|r| r.campaign.is_some() && r.call.is_none());
        let job = r.and_then(|r| r.job.as_ref());
        job.is_some_and(|job| matches!(job.state, JobState::Scheduled | JobState::Listed))
    }

    /// He asks himself: what a campaign wanted of him is done with that.
    pub(super) fn campaign_yields(&mut self, now: Time, number: &str) {
        if let Some(id) = self.jobs.by_number(number).filter(|&id| self.is_campaigns(id)) {
            self.end(now, id, "met");
        }
    }

    /// How long the customer's phone rings at most.
    pub(super) fn ring_of(&self, id: ReservationId) -> Duration {
        let ring = self.settings.callme.ring;
        let of_campaign = self.reservations.get(id).is_some_and(|r| r.campaign.is_some());
        if of_campaign { ring.max(crate::pacing::RING) } else { ring }
    }

    /// An agent has spoken with a campaign's customer.
    pub(super) fn campaign_handled(&mut self, now: Time, call: &crate::call::Call) {
        let (Some(bridged), Some(id)) = (call.bridged, call.reservation) else { return };
        let Some(member) = self.reservations.get(id).and_then(|r| r.campaign) else { return };
        let took = now.since(bridged) + self.settings.queues[call.queue].wrapup;
        if let Some(row) = self.campaigns.rows.get_mut(&member.campaign) {
            row.answers.handled(took);
        }
    }

    /// How often and when a job is dialled again.
    pub(super) fn retry_of(&self, r: &Reservation) -> &RetryPolicy {
        let own = self.campaign_of(r).and_then(|row| row.retry.as_ref());
        own.unwrap_or(&self.settings.callme.retry)
    }

    /// Whether its campaign is over: it is not dialled again.
    pub(super) fn is_stopped(&self, r: &Reservation) -> bool {
        self.campaign_of(r).is_some_and(|row| row.state == CampaignState::Stopped)
    }

    /// What its campaign shows to whom is called.
    pub(super) fn campaigns_number(&self, id: ReservationId) -> Option<String> {
        self.campaign_of(self.reservations.get(id)?)?.terms.caller_id.clone()
    }

    pub(super) fn campaign_of(&self, r: &Reservation) -> Option<&Campaign> {
        r.campaign.and_then(|member| self.campaigns.rows.get(&member.campaign))
    }

    /// A job is dialled.
    pub(super) fn campaign_dials(&mut self, id: ReservationId) {
        if let Some(row) = self.campaign_of_job(id) {
            row.dials();
        }
    }

    /// It was not, after all.
    pub(super) fn campaign_takes_back(&mut self, id: ReservationId) {
        if let Some(row) = self.campaign_of_job(id) {
            row.takes_back();
        }
    }

    fn campaign_of_job(&mut self, id: ReservationId) -> Option<&mut Campaign> {
        let member = self.reservations.get(id)?.campaign?;
        self.campaigns.rows.get_mut(&member.campaign)
    }

    /// A dialling has ended so, `before` which something else was said of it; or a job, without one.
    pub(super) fn campaign_ends(
        &mut self,
        at: Time,
        id: ReservationId,
        (outcome, before): (&str, Option<&str>),
        over: bool,
    ) {
        let r = self.reservations.get(id);
        let member = r.and_then(|r| r.campaign);
        let job = r.and_then(|r| r.job.as_ref());
        let tried = job.and_then(|job| job.attempts.last()).map(|attempt| attempt.at);
        if let Some(job) = job.filter(|_| member.is_some() && outcome == ABANDONED) {
            self.abandoned.insert(job.number.clone(), at);
            self.abandoned.retain(|_, since| at.since(*since) < AGENT_FIRST);
        }
        let Some(row) = member.and_then(|member| self.campaigns.rows.get_mut(&member.campaign)) else {
            return;
        };
        // The first word of a dialling; what ends without one says nothing of who answers.
        if let Some(tried) = tried.filter(|_| before == Some("")) {
            row.answers.note(at, outcome == ANSWERED, at.since(tried));
        }
        row.ends(at, outcome, before.filter(|before| !before.is_empty()));
        if over {
            row.open.remove(&id);
        } else {
            row.open.insert(id);
        }
    }
}
