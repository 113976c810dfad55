//! What pages show: serialised as they are.

use crate::asking::AskedView;
pub use crate::callback_view::{AttemptView, CallbackView, JobCard, ScheduledView, SlotsView};
use crate::chat::{ChatCard, ChatShown, MessageView};
pub use crate::contact_view::{ContactCard, ContactRow, EditView};
use crate::crm::Record;
use crate::cti::Verified;
use crate::fact::Rater;
use crate::identity::Identity;
use crate::ids::{CallId, ContactId, EventId, ProbeId, ReservationId};
use crate::invitation::{AlertView, MessageChoice};
use crate::notice::AgentNotice;
use crate::queue::Rank;
use crate::request::{Mode, Page};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use std::sync::Arc;

/// What a visitor's page shows of its request.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ReservationView {
    /// Its id.
    pub id: ReservationId,
    /// What really is offered: the mode asked for, another one where that does not work, or `ticket` (nothing works now, kept).
    pub mode: ShownMode,
    /// Where it stands.
    pub state: VisitorState,
    /// RFC 3339: when it entered this state.
    pub since: String,
    /// E.164 to dial.
    pub number: Option<String>,
    /// As people of that country write it.
    pub number_display: Option<String>,
    /// For shared numbers; six digits with a check digit (Luhn). Shown always, asked for later.
    pub pin: Option<String>,
    /// The number is not his alone: whoever calls it is asked for the PIN.
    pub shared: bool,
    /// RFC 3339.
    pub expires_at: Option<String>,
    /// Who will speak.
    pub agent: Option<AgentName>,
    /// How long it may take: zero where an agent is claimed or free, none where nobody serves, for then nothing is known.
    pub wait: Option<Wait>,
    /// The wait is longer than the queue would have him wait (`offer_callback_secs`), and he can be called instead, or at another time.
    pub too_long: bool,
    /// 1-based place in the queue.
    pub position: Option<u32>,
    /// 32 hex digits (W3C trace id).
    pub trace_id: String,
    /// Why it ended, in a stable word: `busy`, `no_answer`, `declined`, `not_found`, `unreachable`, `expired`, `canceled`, `normal`;
    /// of chats also `away` (the page was gone for too long) and `idle` (nobody wrote).
    pub reason: Option<String>,
    /// What he speaks on, in a call: `phone`, `browser`.
    pub channel: Option<&'static str>,
    /// In a call: he waits with music, on hold or parked.
    pub held: bool,
    /// In a call: a third one is there, and hears him.
    pub joined: bool,
    /// What he changes that to, as a request of its own, or how it ended.
    pub change: Option<Box<ReservationView>>,
    /// Of chats: how far they are.
    pub chat: Option<ChatShown>,
    /// What the agent asks of the page, or sees.
    pub share: Option<VisitorShare>,
    /// RFC 3339, of `callme` in `waiting`: he is not called before; where there were attempts, it is the next one.
    pub due: Option<String>,
    /// How often he was called.
    pub attempts: u32,
    /// Two digits that he keys in when he is called, so that he is called by his own wish.
    pub match_digits: Option<String>,
    /// Of `ticket`: his place is `position`; none where nobody can be reached for longer.
    pub ticket: Option<TicketShown>,
}

/// A ticket: its number, and whether it is his turn: he asks once more, within 20 s.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[allow(missing_docs)]
pub struct TicketShown {
    pub number: u32,
    pub turn: bool,
}

/// What the agent a visitor speaks with asks of his page, or sees.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct VisitorShare {
    /// The agent's shown name.
    pub agent: String,
    /// Whether he sees the page as it is now.
    pub live: VisitorLive,
    /// A page he suggests.
    pub push: Option<PushOffer>,
}

/// See [`VisitorShare`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitorLive {
    /// He does not.
    No,
    /// He would like to: yes or no?
    Asked,
    /// He does.
    On,
}

/// A page that is suggested to a visitor.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PushOffer {
    /// Names the answer.
    pub id: u32,
    /// One of the site's `push`.
    pub url: String,
    /// What it is; may be empty.
    pub title: String,
}

/// See [`ReservationView::mode`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ShownMode {
    Dial,
    Callme,
    Browser,
    Ticket,
    Chat,
}

impl From<Mode> for ShownMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Dial => ShownMode::Dial,
            Mode::Callme => ShownMode::Callme,
            Mode::Browser => ShownMode::Browser,
            Mode::Chat => ShownMode::Chat,
        }
    }
}

/// Where a visitor's request stands, in the page's words.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitorState {
    /// Number held, call awaited.
    Held,
    /// In the list or the queue.
    Waiting,
    /// We dial the visitor.
    Dialing,
    /// The agent's phone rings.
    Ringing,
    /// They speak.
    Talking,
    /// Over; see `reason`.
    Ended,
}

/// An agent's name for visitors.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct AgentName {
    /// First name or what the firm set.
    pub display_name: String,
}

/// Wait estimate in seconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Wait {
    /// Half of those waiting wait less.
    pub p50_secs: u32,
    /// Nine of ten wait less.
    pub p90_secs: u32,
    /// Why it is longer than was told before; none once it is no longer.
    pub cause: Option<WaitCause>,
}

/// Why a wait takes longer than was told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitCause {
    /// Fewer agents serve the queue.
    AgentsLeft,
    /// Somebody who goes first has come.
    Priority,
    /// More wait than before, agents have been taken, or contacts take longer.
    Busier,
}

/// All of a desktop.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct AgentViews {
    /// The agent himself.
    pub me: MeView,
    /// What is in hand.
    pub current: Option<CurrentView>,
    /// Who waits, in the order they will be served.
    pub waiting: Vec<WaitingView>,
    /// Who is called later, the next first; at most 50.
    pub scheduled: Vec<ScheduledView>,
    /// The line at the top.
    pub stats: StatsView,
    /// The others of the firm who are logged in, by name.
    pub colleagues: Vec<ColleagueView>,
    /// His chats, the oldest first.
    pub chats: Vec<ChatCard>,
    /// Calls that are parked, by slot.
    pub parked: Vec<ParkedView>,
    /// Where the firm's visitors are watched.
    #[serde(flatten)]
    pub watch: Option<WatchViews>,
}

/// What a desktop shows of visitors who have not asked for anything yet.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct WatchViews {
    /// Who is there.
    pub visitors: Value,
    /// Whom agents should look at.
    pub alerts: Vec<AlertView>,
    /// The library.
    pub messages: Vec<MessageChoice>,
}

/// A parked call.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ParkedView {
    /// Its slot: what is dialled or clicked to take it up.
    pub slot: u16,
    /// Name or number of the customer.
    pub name: String,
    /// `phone`, `callme`, `browser`, `outbound`.
    pub channel: &'static str,
    /// Shown name of the agent who parked it.
    pub by: String,
    /// RFC 3339.
    pub since: String,
    /// RFC 3339: when the one who parked it is rung.
    pub until: String,
}

/// A number of the firm that an agent may show.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CallerIdView {
    /// E.164.
    pub number: String,
    /// As people of its country write it.
    pub display: String,
}

/// A colleague.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ColleagueView {
    /// Log-in name: for `Target::Agent`.
    pub agent: String,
    /// Shown name.
    pub display_name: String,
    /// His state.
    pub state: AgentState,
    /// RFC 3339: since when.
    pub since: String,
    /// Why he is not ready, where he said so.
    pub reason: Option<String>,
}

/// The agent himself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct MeView {
    /// The firm.
    pub firm: String,
    /// Log-in name.
    pub agent: String,
    /// Shown name.
    pub display_name: String,
    /// `not_ready`, `ready`, `claimed`, `ringing`, `talking`, `wrapup`, `unreachable` (ready, but no phone or desktop).
    pub state: AgentState,
    /// RFC 3339.
    pub since: String,
    /// After the call: not ready.
    pub pending_not_ready: bool,
    /// Whether his phone can be rung.
    pub phone: bool,
    /// `browser`, `account` or `number`.
    pub station: &'static str,
    /// For the browser phone: user and password, realm = firm. Empty password otherwise.
    pub sip_user: String,
    /// Lives as long as the session.
    pub sip_password: String,
    /// RFC 3339, in `wrapup`.
    pub wrapup_ends: Option<String>,
    /// Why he is not ready, where he said so.
    pub reason: Option<String>,
    /// What he may say for it.
    pub reasons: Vec<String>,
    /// What a contact may have been about.
    pub wrapup_codes: Vec<String>,
    /// The firm's queues, for transfers.
    pub queues: Vec<String>,
    /// Whether he may call customers.
    pub outbound: bool,
    /// He may change customers' priority.
    pub may_rate: bool,
    /// He may change their records.
    pub may_edit: bool,
    /// What he may show to them, the first unless he says otherwise.
    pub caller_ids: Vec<CallerIdView>,
    /// Why he was set to not ready by the system, why whom he asked did not come, what a supervisor did.
    pub notice: Option<AgentNotice>,
    /// Whether he may look at the floor.
    pub supervisor: bool,
    /// Pools of his queues, or of those he supervises, that run out of numbers; empty: none does.
    pub pools: Vec<PoolNotice>,
    /// His phone is on the warm line and he has to choose whom it calls; empty: it is not.
    pub warm_line: Vec<WarmChoice>,
}

/// A pool that runs out of numbers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PoolNotice {
    /// Its name.
    pub pool: String,
    /// How bad it is.
    pub state: PoolState,
}

/// See [`PoolNotice`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PoolState {
    /// Few are left, and not enough have become free since.
    Low,
    /// Somebody wanted one, and none has become free since.
    Dry,
}

/// A number that the warm line may call.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct WarmChoice {
    /// E.164.
    pub number: String,
    /// As it is shown.
    pub display: String,
}

/// An agent's state.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum AgentState {
    NotReady,
    Ready,
    Claimed,
    Ringing,
    Talking,
    Wrapup,
    Unreachable,
}

/// What an agent has in hand: a claim, a call, or the wrap-up of one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CurrentView {
    /// Where it came from; none for plain inbound calls.
    pub reservation: Option<ReservationId>,
    /// Once there is a call.
    pub call: Option<CallId>,
    /// `claimed`, `ringing`, `talking`, `wrapup`.
    pub state: AgentState,
    /// RFC 3339: since when in this state.
    pub since: String,
    /// RFC 3339: when the visitor asked.
    pub asked_at: String,
    /// RFC 3339: when the claim ends.
    pub claim_ends: Option<String>,
    /// `phone`, `callme`, `browser`: what the customer speaks on now.
    pub channel: &'static str,
    /// In whose name it is answered, where the firm has several clients.
    pub client: Option<String>,
    /// `exact`; `recent` (probably: the number's last holder, to be confirmed); `none` for calls without context.
    pub confidence: &'static str,
    /// What the network says of the caller's number: `failed`: it is not his.
    pub verified: Verified,
    /// The page at the click.
    pub page: Option<Page>,
    /// Its snapshot's SHA-256; `web/server` adds `snapshot_url`.
    pub snapshot: Option<String>,
    /// The customer.
    pub contact: ContactView,
    /// Who he is by his site's signature; none: nothing says so but he himself.
    pub identity: Option<Box<Identity>>,
    /// What the firm's CRM says of him; none where it is not asked, or a moment ago.
    pub crm: Option<CrmView>,
    /// Muted at the switch.
    pub muted: bool,
    /// The customer waits with music.
    pub held: bool,
    /// Whom the agent asks.
    pub consult: Option<ConsultView>,
    /// Who handed it on, or asks: shown name.
    pub from: Option<String>,
    /// Whether this agent is asked, not the one who has the call: he has no control but to leave, mute and press keys.
    pub guest: bool,
    /// The wrap-up code chosen.
    pub code: Option<String>,
    /// His number is never called, as he or the firm has said; none: none is known from the call.
    pub never_call: Option<bool>,
    /// The phone is asked to answer by itself (call me).
    pub auto_answer: bool,
    /// The customer changes his channel.
    pub change: Option<CustomerChange>,
    /// The agent's own call, until the customer answers: `phone` (his own phone is rung), `dialing`, `ringing`.
    pub dialing: Option<&'static str>,
    /// The number that the agent has called, as people write it; none where the customer came himself.
    pub dialed: Option<String>,
    /// What can be shared of the visitor's page; none where nothing can. While it is live, `web/server` adds `live_url`.
    pub share: Option<AgentShare>,
    /// The call-me request that he is claimed for, until it is dialled.
    pub job: Option<JobCard>,
    /// What he has chosen of what the site asks, when he wanted to be called, and how often he was.
    pub asked: Option<Box<AskedView>>,
    /// RFC 3339: since when the customer is on hold, where he is.
    pub held_since: Option<String>,
    /// The agent's phone is lost in this call, and what is done about it.
    pub phone: Option<PhoneState>,
    /// The token of the call that brings a lost browser phone back (`X-Warmline-Resume`): the desktop answers it by itself.
    pub resume: Option<String>,
}

/// A customer who changes the channel of the call he is in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CustomerChange {
    /// `phone`, `browser`.
    pub to: &'static str,
    /// He has left the one he had: nobody is there until he comes, and the call is kept for a while.
    pub lost: bool,
}

/// What an agent and the visitor he speaks with share.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct AgentShare {
    /// Whether the visitor can be asked to show his page.
    pub may_look: bool,
    /// Whether it is shown.
    pub live: LiveState,
    /// Names what is shown, while it is: another one each time.
    pub number: Option<u64>,
    /// The pages that may be suggested, as patterns.
    pub push_to: Vec<String>,
    /// What was suggested last.
    pub push: Option<PushedPage>,
}

/// Whether a visitor's page is shown as it is now.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LiveState {
    /// It is not.
    Off,
    /// The visitor is asked.
    Asked,
    /// He said no.
    Refused,
    /// It is.
    On,
    /// It was, until the visitor stopped it.
    Stopped,
}

/// A page that an agent suggested.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PushedPage {
    /// Counts up in a call.
    pub id: u32,
    /// Where.
    pub url: String,
    /// What it is; may be empty.
    pub title: String,
    /// What came of it.
    pub state: PushState,
}

/// See [`PushedPage`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PushState {
    /// The visitor has not answered.
    Offered,
    /// He opened it.
    Accepted,
    /// He did not want it.
    Declined,
}

/// An agent's phone that was lost in a call. The customer hears silence, after two seconds music.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PhoneState {
    /// It is called as soon as it has registered.
    Resuming,
    /// It did not come back in time: his other phone rings.
    Backup,
}

/// See [`CurrentView::crm`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CrmView {
    /// Where it stands.
    pub state: CrmState,
    /// In `found`.
    pub record: Option<Box<Record>>,
}

/// See [`CrmView`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CrmState {
    /// It takes its time.
    Asking,
    /// Here is its record.
    Found,
    /// It does not know him.
    Unknown,
    /// It did not answer.
    Failed,
}

/// Somebody beside agent and customer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ConsultView {
    /// A colleague's shown name, or the number as people write it.
    pub name: String,
    /// Where he stands.
    pub state: ConsultState,
}

/// See [`ConsultView`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsultState {
    /// His phone rings (or his desktop is asked first).
    Ringing,
    /// He speaks with the agent; the customer hears music.
    Talking,
    /// He waits; the agent speaks with the customer.
    Held,
    /// All three hear each other.
    Conference,
}

/// A customer's record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ContactView {
    /// Its id, once stored.
    pub id: Option<ContactId>,
    /// Name, or empty.
    pub name: String,
    /// Numbers as people write them.
    pub numbers: Vec<String>,
    /// The same in E.164, to be called.
    pub e164: Vec<String>,
    /// Free text.
    pub notes: String,
    /// 0–7.
    pub priority: u8,
    /// Who changed it, the latest first, at most 10.
    pub ratings: Vec<RatingView>,
    /// The latest first, at most 20.
    pub history: Vec<HistoryView>,
    /// Behind which older ones go on; none: there are none.
    pub older: Option<CallId>,
}

/// A change of a customer's priority.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RatingView {
    /// RFC 3339.
    pub time: String,
    /// `agent`, `program`, `site` (signed), `crm`.
    pub of: Rater,
    /// An agent's shown name, a key's or a site's.
    pub by: Option<String>,
    /// What it was.
    pub from: u8,
    /// What it was from then on.
    pub to: u8,
}

/// One earlier contact.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct HistoryView {
    /// RFC 3339.
    pub time: String,
    /// `phone`, `callme`, `browser`, `chat`, `mail`.
    pub channel: String,
    /// Page title.
    pub page: String,
    /// `talked`, `written` (mail), `fax`, `modem` or `machine` (which answered) or a reason.
    pub outcome: String,
    /// Seconds spoken.
    pub talk_secs: u32,
    /// The chat, whose transcript can be read while it is kept.
    pub chat: Option<ReservationId>,
    /// The request it came of, of which there is evidence.
    pub reservation: Option<ReservationId>,
    /// Who spoke, the last of them.
    pub agent: Option<String>,
    /// The wrap-up code.
    pub code: Option<String>,
}

/// Someone who waits.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct WaitingView {
    /// Its place among all rows, ascending.
    pub rank: Rank,
    /// The reservation's or the call's id.
    pub id: String,
    /// Name, or empty.
    pub name: String,
    /// `phone`, `callme`, `browser`, `chat`.
    pub channel: &'static str,
    /// 0–7.
    pub priority: u8,
    /// RFC 3339.
    pub since: String,
    /// The page, where there is one.
    pub page: Option<Page>,
    /// What the network says of the caller's number.
    pub verified: Verified,
    /// In whose name it is answered, where the firm has several clients.
    pub client: Option<String>,
    /// What it is about, when he wanted to be called, and how often he was.
    pub asked: Option<Box<AskedView>>,
    /// Agents of its queue may take it out of turn.
    pub take: bool,
}

/// The line at the top of the desktop.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct StatsView {
    /// People waiting.
    pub waiting: u32,
    /// Seconds the longest has waited.
    pub longest_secs: u32,
    /// Agents that could take a call now.
    pub agents_ready: u32,
    /// Agents logged in.
    pub agents_in: u32,
    /// Whether every trunk of the firm answers.
    pub trunk_up: bool,
}

fn shared<S: Serializer>(data: &Arc<Value>, to: S) -> Result<S::Ok, S::Error> {
    data.as_ref().serialize(to)
}

/// One message to a stream. Serialised: `{"type":"view","view":"current","data":…}`, `{"type":"probe",…}`, or an event.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Notice {
    /// A view replaces the one of the same name.
    View {
        /// `me`, `current`, `waiting`, `scheduled`, `stats`, `colleagues`, `parked`, `chats`, `floor` for agents; `reservation` for visitors.
        view: &'static str,
        /// The whole view.
        data: Value,
    },
    /// What of a view is news; never left out, for the next one does not repeat it.
    Change {
        /// `colleagues` and `waiting`: `set`, rows that are new or another way, and `gone`, log-in names or ranks. `floor`: of
        /// each list the rows that are another way.
        view: &'static str,
        /// The news, which many are told alike.
        #[serde(serialize_with = "shared")]
        data: Arc<Value>,
    },
    /// Answer at once.
    Probe {
        /// Names the answer.
        id: ProbeId,
        /// Whose page should be on screen.
        reservation: Option<ReservationId>,
        /// And which snapshot.
        snapshot: Option<String>,
    },
    /// A program takes the call that rings, at this desktop's phone.
    Answer {
        /// Which.
        call: CallId,
    },
    /// This desktop's session was taken over by a newer one, or logged out; the stream ends.
    Replaced,
    /// This agent's sessions were ended, also where no stream is open.
    LoggedOff {
        /// Which supervisor did it: shown name. None: the configuration has the agent no more.
        by: Option<String>,
    },
    /// Something was written in a chat.
    Message {
        /// Which.
        chat: ReservationId,
        /// What. A page that misses one before it asks for the transcript.
        message: Box<MessageView>,
    },
    /// The other side of a chat is writing, or is not any more.
    Typing {
        /// Which.
        chat: ReservationId,
        /// Whether.
        on: bool,
    },
    /// An event of the interfaces.
    Event(EventEnvelope),
}

/// An event (SPEC D): stream, webhook and log have the same body.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct EventEnvelope {
    /// Its id.
    pub id: EventId,
    /// Dotted past tense: `reservation.created`.
    pub event: &'static str,
    /// RFC 3339.
    pub time: String,
    /// Rises by one in each firm.
    pub seq: u64,
    /// The firm.
    pub firm: String,
    /// What it is about.
    pub subject: String,
    /// 32 hex digits.
    pub trace_id: String,
    /// More.
    pub data: Value,
}
