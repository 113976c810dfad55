//! Reservations: a visitor's requests and what is held for them, with the indexes that find them.

use crate::asking::Said;
use crate::callback::Job;
use crate::campaign::Member;
use crate::identity::Identity;
use crate::ids::{CallId, ContactId, InvitationId, ReservationId, VisitorId};
use crate::letter::Correspondent;
use crate::request::{Consent, Mode, Page};
use crate::rules::Ruled;
use crate::view::{ReservationView, ShownMode, VisitorState};
use crate::wait_estimate::Told;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use warmline_time::Time;

/// How long an ended one can still be seen, at least.
const KEPT: Duration = Duration::from_secs(600);
/// And how many of them.
const KEPT_MOST: usize = 10_000;

/// Of so many numbers it is known that its customer called from them.
const CALLERS: usize = 4;

/// A call that was tapped is on its way through the network for so long at most.
pub(crate) const TAPPED: Duration = Duration::from_secs(60);

/// The single-use ticket to a browser call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Token {
    /// Not a browser reservation, or the token was lost with a restart.
    None,
    /// Good until.
    Open(String, Time),
    /// Used.
    Used,
}

/// A number of a pool: pool and number by their index.
pub(crate) type PointRef = (usize, usize);

/// A number that was shown and cannot be dialled while its trunk is down.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Lost {
    /// One of its own.
    Own(PointRef),
    /// The pool's shared one.
    Shared,
}

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Reservation {
    pub id: ReservationId,
    pub site: usize,
    pub queue: usize,
    pub pool: usize,
    pub asked: Mode,
    pub mode: ShownMode,
    pub visitor: VisitorId,
    pub contact: ContactId,
    /// For limits; never stored.
    pub address: String,
    pub page: Page,
    pub snapshot: Option<String>,
    pub consent: Option<Consent>,
    /// He was signed in at the site.
    pub identity: Option<Box<Identity>>,
    /// What he has chosen of what the site asks.
    pub said: Said,
    pub key: Option<String>,
    pub trace_id: String,
    pub opened_at: Time,
    pub expires_at: Time,
    /// The number it holds, until it is connected or over.
    pub point: Option<PointRef>,
    /// The number as it is shown: the one it holds or held, or the pool's shared one.
    pub number: Option<(String, String)>,
    pub pin: Option<String>,
    /// It counts among those without a number of their own; see [`Reservations::set_numberless`].
    pub numberless: bool,
    /// Its number is lost to a trunk that is down.
    pub lost: Option<Lost>,
    /// E.164: from where its callers called, the last of them first; who changes phones in a call has called from both.
    pub callers: Vec<String>,
    /// Who is claimed for it or has its call.
    pub agent: Option<usize>,
    /// Who is preferred once the claim is over.
    pub preferred: Option<usize>,
    pub claim_until: Time,
    /// When he tapped the number in his page: agent and number wait for the call, once.
    pub tapped: Option<Time>,
    pub state: VisitorState,
    pub since: Time,
    pub reason: Option<String>,
    /// Its call, or the late one that shows its page.
    pub call: Option<CallId>,
    /// Its number is another country's: it is shown as it is dialled from there.
    pub abroad: bool,
    /// No number is shown to him: none is of his country.
    pub hidden: bool,
    /// A call of its own has come to its number.
    pub called: bool,
    /// The call whose channel it changes: whoever comes with it takes its customer's place.
    pub moves: Option<CallId>,
    pub job: Option<Job>,
    pub token: Token,
    /// Since when the last page that showed it is gone; none: one is there, or none has ever shown it.
    pub page_left: Option<Time>,
    /// The visitor took it back while a call was on.
    pub withdrawn: bool,
    /// The journal has it as closed.
    pub closed: bool,
    pub told: Told,
    pub position: Option<u32>,
    /// What it shows waits for this journal number.
    pub after: u64,
    pub shown: Option<Box<ReservationView>>,
    /// It is not forgotten before, once it is over: whoever was called for it may call back.
    pub keep_until: Time,
    /// What the firm's rules said of it.
    pub ruled: Arc<Ruled>,
    /// How he is told when he is called, and how many letters have said it.
    pub correspondent: Option<Correspondent>,
    pub letters: u32,
    /// Nobody has asked for it: it comes from a campaign.
    pub campaign: Option<Member>,
    /// It follows from this one.
    pub invitation: Option<InvitationId>,
    /// The number of his ticket, where he has one.
    pub ticket: Option<u32>,
}

impl Reservation {
    /// Its customer has called from this number.
    pub fn called_from(&mut self, number: &str) {
        self.callers.retain(|known| known != number);
        self.callers.insert(0, number.to_owned());
        self.callers.truncate(CALLERS);
    }

    /// Whether it is not over.
    pub fn live(&self) -> bool {
        self.state != VisitorState::Ended && self.mode != ShownMode::Ticket
    }

    /// Since when he waits, as his place counts: from the time he wants to be called at, if he does not want it at once.
    pub fn waits_since(&self) -> Time {
        let job = self.job.as_ref();
        job.and_then(|job| job.wanted.or(job.put_forward)).unwrap_or(self.opened_at)
    }

    /// As agents and reports call it.
    pub fn channel(&self) -> &'static str {
        match self.mode {
            ShownMode::Callme => "callme",
            ShownMode::Browser => "browser",
            ShownMode::Chat => "chat",
            ShownMode::Dial | ShownMode::Ticket => "phone",
        }
    }
}

/// A firm's, with indexes.
#[derive(Debug)]
pub(crate) struct Reservations {
    rows: HashMap<ReservationId, Reservation>,
    by_visitor: HashMap<VisitorId, Vec<ReservationId>>,
    by_key: HashMap<(VisitorId, String), ReservationId>,
    by_address: HashMap<String, u32>,
    by_pin: HashMap<String, ReservationId>,
    keep: Duration,
    kept: VecDeque<(Time, ReservationId)>,
    /// Those that are kept longer.
    longer: VecDeque<(Time, ReservationId)>,
    live: usize,
    numberless: usize,
    /// Live ones that are no jobs of the list server.
    jobless: BTreeSet<ReservationId>,
    /// Rows that came and went, for the index over all firms.
    pub news: Vec<(ReservationId, bool)>,
}

impl Reservations {
    /// None; those that end are kept for `remember` at least.
    pub fn new(remember: Duration) -> Self {
        Reservations {
            rows: HashMap::new(),
            by_visitor: HashMap::new(),
            by_key: HashMap::new(),
            by_address: HashMap::new(),
            by_pin: HashMap::new(),
            keep: remember.max(KEPT),
            kept: VecDeque::new(),
            longer: VecDeque::new(),
            live: 0,
            numberless: 0,
            jobless: BTreeSet::new(),
            news: Vec::new(),
        }
    }

    /// Those that end are kept for so long at least.
    pub fn keep_for(&mut self, remember: Duration) {
        self.keep = remember.max(KEPT);
    }

    /// One row.
    pub fn get(&self, id: ReservationId) -> Option<&Reservation> {
        self.rows.get(&id)
    }

    /// One row, to change; never its visitor, key, address, PIN, or whether it is live, numberless or a job.
    pub fn get_mut(&mut self, id: ReservationId) -> Option<&mut Reservation> {
        self.rows.get_mut(&id)
    }

    /// All rows: for recovery and audits.
    pub fn iter(&self) -> impl Iterator<Item = &Reservation> {
        self.rows.values()
    }

    /// Live ones that are no jobs: the list of those may be very long.
    pub fn jobless(&self) -> impl Iterator<Item = ReservationId> {
        self.jobless.iter().copied()
    }

    /// How many live.
    pub fn live(&self) -> usize {
        self.live
    }

    /// How many live that have no number of their own.
    pub fn numberless(&self) -> usize {
        self.numberless
    }

    /// A live one has lost its number, or has it again.
    pub fn set_numberless(&mut self, id: ReservationId, numberless: bool) {
        let Some(row) = self.rows.get_mut(&id).filter(|row| row.live()) else { return };
        self.numberless -= usize::from(row.numberless);
        self.numberless += usize::from(numberless);
        row.numberless = numberless;
    }

    /// The one with this PIN, live or not yet forgotten.
    pub fn by_pin(&self, pin: &str) -> Option<ReservationId> {
        self.by_pin.get(pin).copied()
    }

    /// A visitor's live ones.
    pub fn of_visitor(&self, visitor: VisitorId) -> &[ReservationId] {
        self.by_visitor.get(&visitor).map_or(&[], Vec::as_slice)
    }

    /// The one a visitor opened with this key.
    pub fn by_key(&self, visitor: VisitorId, key: &str) -> Option<ReservationId> {
        self.by_key.get(&(visitor, key.to_owned())).copied()
    }

    /// How many live ones came from an address.
    pub fn at_address(&self, address: &str) -> u32 {
        self.by_address.get(address).copied().unwrap_or(0)
    }

    /// A new row.
    pub fn insert(&mut self, now: Time, mut row: Reservation) {
        let id = row.id;
        row.numberless = row.live() && row.point.is_none();
        if let Some(pin) = &row.pin {
            self.by_pin.entry(pin.clone()).or_insert(id);
        }
        if let Some(key) = &row.key {
            self.by_key.insert((row.visitor, key.clone()), id);
        }
        self.news.push((id, true));
        if row.live() {
            self.live += 1;
            self.numberless += usize::from(row.numberless);
            if row.job.is_none() {
                self.jobless.insert(id);
            }
            self.by_visitor.entry(row.visitor).or_default().push(id);
            if !row.address.is_empty() {
                *self.by_address.entry(row.address.clone()).or_default() += 1;
            }
        } else if row.ticket.is_none() {
            self.kept.push_back((now, id));
        }
        self.rows.insert(id, row);
        self.forget(now);
    }

    /// It is over. False: it was not live.
    pub fn end(&mut self, now: Time, id: ReservationId, reason: &str) -> bool {
        let Some(row) = self.rows.get_mut(&id).filter(|row| row.state != VisitorState::Ended) else {
            return false;
        };
        let live = row.live();
        row.state = VisitorState::Ended;
        row.since = now;
        row.reason = Some(reason.to_owned());
        row.position = None;
        if !live {
            if row.ticket.is_some() {
                self.kept.push_back((now, id));
            }
            return false;
        }
        self.live -= 1;
        self.jobless.remove(&id);
        self.numberless -= usize::from(row.numberless);
        if let Some(list) = self.by_visitor.get_mut(&row.visitor) {
            list.retain(|&other| other != id);
            if list.is_empty() {
                self.by_visitor.remove(&row.visitor);
            }
        }
        if let Some(count) = self.by_address.get_mut(&row.address) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&row.address);
            }
        }
        self.kept.push_back((now, id));
        true
    }

    /// One that was over goes on: its job is dialled again.
    pub fn revive(&mut self, id: ReservationId) {
        let Some(row) = self.rows.get_mut(&id).filter(|row| row.state == VisitorState::Ended) else { return };
        (row.state, row.reason) = (VisitorState::Waiting, None);
        row.numberless = row.point.is_none();
        self.live += 1;
        self.numberless += usize::from(row.numberless);
        self.by_visitor.entry(row.visitor).or_default().push(id);
        if !row.address.is_empty() {
            *self.by_address.entry(row.address.clone()).or_default() += 1;
        }
        self.kept.retain(|&(_, kept)| kept != id);
    }

    /// Lets go of what ended long ago.
    pub fn forget(&mut self, now: Time) {
        self.forget_longer(now);
        while let Some(&(ended, id)) = self.kept.front() {
            if self.kept.len() <= KEPT_MOST && now < ended + self.keep {
                return;
            }
            self.kept.pop_front();
            let until = self.rows.get(&id).map_or(Time::ZERO, |row| row.keep_until);
            if now < until {
                self.longer.push_back((until, id));
                continue;
            }
            self.drop_row(id);
        }
    }

    /// Lets go of those that were kept longer.
    fn forget_longer(&mut self, now: Time) {
        while let Some(&(until, id)) = self.longer.front() {
            if self.longer.len() <= KEPT_MOST && now < until {
                return;
            }
            self.longer.pop_front();
            // It may have gone on meanwhile.
            if self.rows.get(&id).is_some_and(|row| row.state == VisitorState::Ended) {
                self.drop_row(id);
            }
        }
    }

    /// One that is over is gone.
    pub fn erase(&mut self, id: ReservationId) {
        if self.rows.get(&id).is_some_and(|row| !row.live()) {
            self.drop_row(id);
        }
    }

    fn drop_row(&mut self, id: ReservationId) {
        let Some(row) = self.rows.remove(&id) else { return };
        self.news.push((id, false));
        if let Some(pin) = &row.pin
            && self.by_pin.get(pin) == Some(&id)
        {
            self.by_pin.remove(pin);
        }
        if let Some(key) = row.key
            && self.by_key.get(&(row.visitor, key.clone())) == Some(&id)
        {
            self.by_key.remove(&(row.visitor, key));
        }
    }
}
