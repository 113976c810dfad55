//! Visitors who are watched: their events go to the firm's table of activity, what becomes true there goes to the firm, and what the firm
//! has to say to a visitor goes to his page, by an open stream or with the answer to its next events.

mod answer;
mod beacon;
mod bots;
mod desk;
mod dry_run;
mod events;
mod ingest;
mod policy;
mod report;
mod seal;
mod stream;
mod tick;

pub use policy::{WatchPolicy, WithoutConsent};
pub use tick::start as start_watching;

pub(crate) use answer::{answer, follow, priority_now};
pub(crate) use beacon::activity;
pub(crate) use desk::routes as agent_routes;
pub(crate) use report::routes as program_routes;
pub(crate) use seal::WatchSeals;
pub(crate) use stream::{sse, websocket};

use crate::limit::{Bucket, Rate};
use crate::queue::{End, Queue};
use crate::state::WebState;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use tokio::sync::Semaphore;
use warmline_coordination::activity::{
    Activity, Arrival, Counters, CriterionCount, Known, Line, LiveVisitor, Match, Rated, Recorder,
    RecordingKey, Seen, WatchSettings, Who,
};
use warmline_coordination::invitation::{InvitationView, Sighting, WatchCommand};
use warmline_coordination::request::{Page, Request};
use warmline_time::Time;

/// Parts of a firm's table, each behind a lock of its own.
const SHARDS: u16 = 4;
/// Streams of one visitor: his open tabs.
const STREAMS_A_VISITOR: usize = 4;
/// Visitors of the live list.
const LISTED: usize = 100;
/// Bytes of each firm's recording.
const RECORDED: usize = 8 * 1024 * 1024;
/// What goes to a firm of its visitors: matches, as many purchases, as many changes of priority.
const TOLD: Rate = Rate { per_minute: 6_000, burst: 300 };

/// All firms whose visitors are watched.
pub(crate) struct Watching {
    firms: RwLock<HashMap<String, Arc<WatchedFirm>>>,
    seals: OnceLock<Arc<WatchSeals>>,
    /// Criteria are tried by one firm at a time, in turns.
    dry_runs: Arc<Semaphore>,
}

/// One of them.
pub(crate) struct WatchedFirm {
    policy: RwLock<Arc<WatchPolicy>>,
    shards: Vec<Mutex<Activity>>,
    shown: Mutex<Shown>,
    /// What came lately, for criteria that are tried.
    recorder: Mutex<Recorder>,
    recording_key: RecordingKey,
    /// The day, and what is mixed into the hash of guests on it: nobody can say tomorrow who they were.
    salt: Mutex<(u64, [u8; 32])>,
    /// What this firm's visitors may bring about: no firm's flood takes the way of another's.
    matches: Mutex<Bucket>,
    purchases: Mutex<Bucket>,
    rated: Mutex<Bucket>,
    /// Its criteria are tried.
    dry_run: Arc<Semaphore>,
}

#[derive(Default)]
struct Shown {
    /// What visitors' pages show now.
    invitations: HashMap<Who, Arc<InvitationView>>,
    streams: HashMap<Who, Vec<Arc<Queue>>>,
    open: usize,
    /// Those whose whereabouts the firm wants to be told, and what it was told last.
    followed: BTreeMap<Who, Option<LiveVisitor>>,
    /// The list as it was told last.
    version: Option<u64>,
}

/// What a shard has to say after each step.
struct News {
    matches: Vec<Match>,
    rated: Vec<Rated>,
}

impl News {
    fn of(shard: &mut Activity) -> Self {
        News {
            matches: std::iter::from_fn(|| shard.poll_match()).collect(),
            rated: std::iter::from_fn(|| shard.poll_rated()).collect(),
        }
    }
}

impl Default for Watching {
    fn default() -> Self {
        Watching { firms: RwLock::default(), seals: OnceLock::new(), dry_runs: Arc::new(Semaphore::new(1)) }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Watching {
    /// The seals of this node.
    pub fn seal_with(&self, seals: Arc<WatchSeals>) {
        let _ = self.seals.set(seals);
    }

    fn seals(&self) -> Option<&WatchSeals> {
        self.seals.get().map(Arc::as_ref)
    }

    /// These firms' visitors are watched from now on, and no others'. Who is there stays.
    pub fn configure(&self, now: Time, policies: &[WatchPolicy]) {
        let mut firms = self.firms.write().unwrap_or_else(PoisonError::into_inner);
        for (_, firm) in firms.extract_if(|name, _| !policies.iter().any(|policy| policy.firm == *name)) {
            firm.end();
        }
        for policy in policies {
            match firms.get(&policy.firm) {
                Some(firm) => firm.set_policy(now, policy.clone()),
                None => {
                    firms.insert(policy.firm.clone(), Arc::new(WatchedFirm::new(policy.clone())));
                }
            }
        }
    }

    /// A firm, where its visitors are watched.
    pub fn firm(&self, name: &str) -> Option<Arc<WatchedFirm>> {
        self.firms.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn all(&self) -> Vec<(String, Arc<WatchedFirm>)> {
        let firms = self.firms.read().unwrap_or_else(PoisonError::into_inner);
        firms.iter().map(|(name, firm)| (name.clone(), Arc::clone(firm))).collect()
    }

    /// What the firm wants done.
    pub fn obey(&self, firm: &str, who: Who, command: WatchCommand) {
        let Some(row) = self.firm(firm) else { return };
        match command {
            WatchCommand::Show(view) => row.show(self.seals(), firm, who, view),
            WatchCommand::Follow(true) => {
                let live = row.shard(who).live(0, who);
                locked(&row.shown).followed.insert(who, live);
            }
            WatchCommand::Follow(false) => {
                locked(&row.shown).followed.remove(&who);
            }
            WatchCommand::Rate(priority) => {
                row.shard(who).rate(0, who, priority);
            }
            WatchCommand::Forget => row.forget(who),
        }
    }
}

/// What a page is told: an invitation, with what answers it, or that there is none any more.
fn invitation_value(
    seals: Option<&WatchSeals>,
    firm: &str,
    who: Who,
    view: Option<&InvitationView>,
) -> Value {
    let mut value = json!(view);
    if let (Some(fields), Some(seals)) = (value.as_object_mut(), seals) {
        fields.insert("key".into(), seals.token(firm, who).into());
    }
    value
}

impl WatchedFirm {
    fn new(policy: WatchPolicy) -> Self {
        let settings = shard_settings(&policy);
        WatchedFirm {
            policy: RwLock::new(Arc::new(policy)),
            shards: (0..SHARDS).map(|_| Mutex::new(Activity::new(settings.clone()))).collect(),
            shown: Mutex::default(),
            recorder: Mutex::new(Recorder::new(RECORDED)),
            recording_key: rand::random(),
            salt: Mutex::new((0, [0; 32])),
            matches: Mutex::new(Bucket::full(TOLD, Time::ZERO)),
            purchases: Mutex::new(Bucket::full(TOLD, Time::ZERO)),
            rated: Mutex::new(Bucket::full(TOLD, Time::ZERO)),
            dry_run: Arc::new(Semaphore::new(1)),
        }
    }

    /// As the firm has it.
    pub fn policy(&self) -> Arc<WatchPolicy> {
        Arc::clone(&self.policy.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Visitors stay: the table knows sites and criteria by their names.
    fn set_policy(&self, now: Time, policy: WatchPolicy) {
        if *self.policy() == policy {
            return;
        }
        let settings = shard_settings(&policy);
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policy);
        for shard in &self.shards {
            locked(shard).set_settings(now, settings.clone());
        }
    }

    fn shard(&self, who: Who) -> MutexGuard<'_, Activity> {
        locked(&self.shards[usize::from(who.shard(SHARDS))])
    }

    /// Somebody of one session has agreed: his visit goes on under his own name.
    fn adopt(&self, now: Time, (from, to): (Who, Who), known: Known) {
        let parted = self.shard(from).part(now, 0, from);
        if let Some(parted) = parted {
            self.shard(to).join(now, to, known, parted);
        }
    }

    /// A visitor of this site has done something. What he has bought goes to the firm where he is known by an id.
    fn handle(&self, state: &WebState, now: Time, site: &str, arrival: Arrival<'_>) -> Seen {
        let line = Line::of(now, &arrival, &self.recording_key);
        locked(&self.recorder).keep(line);
        let (seen, news) = {
            let mut shard = self.shard(arrival.who);
            let seen = shard.handle_activity(now, arrival);
            (seen, News::of(&mut shard))
        };
        self.tell(state, now, news);
        let cents = events::purchases(arrival.events).fold(0u64, u64::saturating_add);
        if let Who::Visitor(visitor) = arrival.who
            && cents > 0
            && !(may_tell(&self.purchases, state, now)
                && state.tell(Request::Purchased { site: site.to_owned(), visitor, cents }))
        {
            metrics::counter!("warmline_watch_purchases_dropped_total").increment(1);
        }
        seen
    }

    /// Time has passed.
    fn time(&self, state: &WebState, now: Time) {
        for shard in &self.shards {
            // In turns: whoever sends events meanwhile does not wait for all that is due.
            for _ in 0..64 {
                let mut shard = locked(shard);
                if shard.poll_timeout().is_none_or(|due| due > now) {
                    break;
                }
                shard.handle_timeout(now);
                let news = News::of(&mut shard);
                drop(shard);
                self.tell(state, now, news);
            }
        }
    }

    /// What has become true goes to the firm, as long as half its way is free: calls go first (E26).
    fn tell(&self, state: &WebState, now: Time, News { matches, rated }: News) {
        if matches.is_empty() && rated.is_empty() {
            return;
        }
        let policy = self.policy();
        for Rated { who, site, trigger, from, to, .. } in rated {
            let site = policy.settings.sites.get(site as usize).map(|site| site.name.clone());
            let (Some(site), Who::Visitor(visitor)) = (site, who) else { continue };
            let change = (from, to);
            if !may_tell(&self.rated, state, now)
                || !state.tell(Request::Triggered { site, visitor, trigger, change })
            {
                metrics::counter!("warmline_watch_ratings_dropped_total").increment(1);
            }
        }
        for found in matches.into_iter().filter(|found| !found.dry_run) {
            let rule = found.criterion.to_string();
            let Some(sighting) = sighting(&policy, &found.visitor) else { continue };
            let site = sighting.site.clone();
            let sighting = Box::new(sighting);
            if !may_tell(&self.matches, state, now) || !state.tell(Request::Matched { site, rule, sighting })
            {
                metrics::counter!("warmline_watch_matches_dropped_total").increment(1);
            }
        }
    }

    /// How many are there, and the first of them, where that is news.
    fn list_news(&self, policy: &WatchPolicy) -> Option<(usize, Vec<Sighting>)> {
        let version = self.shards.iter().map(|shard| locked(shard).version(0)).fold(0u64, u64::wrapping_add);
        if locked(&self.shown).version.replace(version) == Some(version) {
            return None;
        }
        let mut total = 0;
        let mut rows = Vec::new();
        for shard in &self.shards {
            let (all, list) = locked(shard).list(0, LISTED);
            total += all;
            rows.extend(list);
        }
        rows.sort_by_key(|row| (std::cmp::Reverse(row.priority), std::cmp::Reverse(row.arrived)));
        rows.truncate(LISTED);
        Some((total, rows.iter().filter_map(|row| sighting(policy, row)).collect()))
    }

    /// Where those are whom the firm follows, as far as that is news.
    fn followed_news(&self, policy: &WatchPolicy) -> Vec<(Who, Option<Sighting>)> {
        let followed: Vec<Who> = locked(&self.shown).followed.keys().copied().collect();
        let mut news = Vec::new();
        for who in followed {
            let live = self.shard(who).live(0, who);
            let mut shown = locked(&self.shown);
            let Some(told) = shown.followed.get_mut(&who) else { continue };
            // Who is not there yet after a restart may come back.
            let other = match (&told, &live) {
                (Some(told), Some(live)) => differs(told, live),
                (None, None) => false,
                _ => true,
            };
            if other {
                news.push((who, live.as_ref().and_then(|live| sighting(policy, live))));
                *told = live;
            }
        }
        news
    }

    fn show(&self, seals: Option<&WatchSeals>, firm: &str, who: Who, view: Option<Box<InvitationView>>) {
        let mut shown = locked(&self.shown);
        let told = match view {
            Some(view) => {
                let view: Arc<InvitationView> = Arc::from(view);
                shown.invitations.insert(who, Arc::clone(&view));
                Some(view)
            }
            None => {
                if shown.invitations.remove(&who).is_none() {
                    return;
                }
                None
            }
        };
        let text = invitation_text(seals, firm, who, told.as_deref());
        for queue in shown.streams.get(&who).into_iter().flatten() {
            queue.push(Some("invitation"), text.as_str().into());
        }
    }

    /// What a visitor's page shows now.
    fn invitation(&self, who: Who) -> Option<Arc<InvitationView>> {
        locked(&self.shown).invitations.get(&who).cloned()
    }

    /// Nothing is left of him.
    fn forget(&self, who: Who) {
        self.shard(who).forget(0, who);
        locked(&self.recorder).forget(who, &self.recording_key);
        let mut shown = locked(&self.shown);
        shown.invitations.remove(&who);
        shown.followed.remove(&who);
        for queue in shown.streams.get(&who).into_iter().flatten() {
            queue.end(End::Over);
        }
    }

    fn open_stream(&self, who: Who, most: usize) -> Option<Arc<Queue>> {
        let mut shown = locked(&self.shown);
        if shown.open >= most {
            return None;
        }
        let queue = Arc::new(Queue::default());
        queue.go_live();
        let queues = shown.streams.entry(who).or_default();
        queues.push(Arc::clone(&queue));
        if queues.len() > STREAMS_A_VISITOR {
            queues.remove(0).end(End::Replaced);
        } else {
            shown.open += 1;
        }
        Some(queue)
    }

    fn close_stream(&self, who: Who, queue: &Arc<Queue>) {
        let mut shown = locked(&self.shown);
        let Some(queues) = shown.streams.get_mut(&who) else { return };
        let Some(index) = queues.iter().position(|open| Arc::ptr_eq(open, queue)) else { return };
        queues.remove(index);
        if queues.is_empty() {
            shown.streams.remove(&who);
        }
        shown.open -= 1;
    }

    /// What stands for somebody whose browser keeps nothing: another number each day, which leads back to nobody (N 0058).
    fn guest(&self, now: Time, site: &str, (address, browser): (IpAddr, &str)) -> u64 {
        let today = now.as_secs() / 86_400;
        let mut salt = locked(&self.salt);
        if salt.0 != today {
            *salt = (today, rand::random());
        }
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &salt.1);
        drop(salt);
        let about = format!("{site} {} {browser}", crate::limit::address_key(address));
        let tag = ring::hmac::sign(&key, about.as_bytes());
        tag.as_ref().iter().take(8).fold(0, |bits, &byte| bits << 8 | u64::from(byte))
    }

    /// What came lately, the earliest first.
    fn recorded(&self) -> Vec<Arc<str>> {
        locked(&self.recorder).lines().collect()
    }

    /// Nobody is watched any more.
    fn end(&self) {
        let shown = locked(&self.shown);
        shown.streams.values().flatten().for_each(|queue| queue.end(End::Over));
    }

    /// Invitations that nobody has taken back are over with their time.
    fn sweep(&self, now: Time) {
        let now = now.rfc3339();
        locked(&self.shown).invitations.retain(|_, view| view.expires_at > now);
    }

    fn counters(&self) -> Vec<Counters> {
        self.shards.iter().map(|shard| locked(shard).counters()).collect()
    }

    fn criteria(&self) -> Vec<CriterionCount> {
        self.shards.iter().flat_map(|shard| locked(shard).criteria()).collect()
    }
}

/// Whether one more of these may take the firms' common way.
fn may_tell(bucket: &Mutex<Bucket>, state: &WebState, now: Time) -> bool {
    locked(bucket).take(TOLD, now).is_ok() && state.has_room()
}

fn shard_settings(policy: &WatchPolicy) -> WatchSettings {
    let most_visitors = policy.settings.most_visitors.div_ceil(SHARDS.into());
    WatchSettings { most_visitors, ..policy.settings.clone() }
}

fn invitation_text(
    seals: Option<&WatchSeals>,
    firm: &str,
    who: Who,
    view: Option<&InvitationView>,
) -> String {
    json!({ "type": "invitation", "invitation": invitation_value(seals, firm, who, view) }).to_string()
}

/// Whether what agents see of him is another.
fn differs(one: &LiveVisitor, other: &LiveVisitor) -> bool {
    let shown = |row: &LiveVisitor| {
        (row.page.clone(), row.pages, row.visits, row.purchases, row.cart, row.priority, row.site)
    };
    shown(one) != shown(other)
}

fn sighting(policy: &WatchPolicy, live: &LiveVisitor) -> Option<Sighting> {
    let site = policy.settings.sites.get(live.site as usize)?.name.clone();
    Some(Sighting {
        who: live.who,
        site,
        page: Page {
            url: live.page.url.to_string(),
            title: live.page.title.to_string(),
            attributes: BTreeMap::new(),
        },
        arrived: live.arrived,
        since: live.since,
        pages: live.pages,
        visits: live.visits,
        purchases: live.purchases,
        cart: live.cart,
        items: live.items,
        priority: live.priority,
        language: live.language.to_string(),
        address: live.address.map(|address| address.to_string()),
        rules: live.rules.iter().map(ToString::to_string).collect(),
    })
}
