//! What the web asks of a firm, and what it is answered.

use crate::activity::{Trigger, Who};
use crate::asking::Said;
use crate::campaign::{CampaignVerb, CampaignView, ImportView, Imported, Terms};
use crate::chat::{ChatVerb, MessageView, VisitorVerb};
pub use crate::contact::Spot;
use crate::contact_change::ContactChange;
use crate::crm::{Answer, LookupId};
use crate::decision::{Decision, DecisionView};
use crate::decision_replay::{Replay, ReplayView};
use crate::erasure::{ErasureView, Person};
use crate::figures::{Past, PastView, StatisticsView};
use crate::floor::{FloorView, Order};
use crate::identity::Identity;
use crate::ids::{
    AlertId, CallId, CampaignId, ContactId, DecisionId, ErasureId, InvitationId, ProbeId, ReservationId,
    VisitorId,
};
use crate::invitation::{AlertVerb, Response, Sighting, Way};
use crate::invitation_report::InvitationReportView;
use crate::letter::{Correspondent, Sent, Writing};
use crate::page_report::PageReportView;
use crate::program::{CallView, ProgramCommand};
use crate::spending::BreakerView;
use crate::usage::UsageReport;
use crate::view::{
    AgentViews, CallbackView, ContactCard, ContactRow, HistoryView, ReservationView, SlotsView,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use warmline_time::Time;

/// Names a request until its reply.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct RequestId(pub u64);

/// An agent of a firm.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct AgentRef {
    /// The firm's name.
    pub firm: String,
    /// The agent's log-in name.
    pub agent: String,
}

/// How the visitor wants to talk.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The visitor dials a reserved number.
    Dial,
    /// We dial the visitor's number.
    Callme,
    /// From the browser.
    Browser,
    /// In writing.
    Chat,
}

/// The page a visitor looks at. All of it is the stranger's text: shown as text, never run, never taken for the record.
#[derive(Clone, Default, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Page {
    /// http or https, at most 2,048 bytes.
    pub url: String,
    /// At most 300 characters.
    pub title: String,
    /// What the page says of itself and of who looks at it, at most 20: names of `a-z0-9_-`, 40 at most, and texts of at most
    /// 200 characters. Whoever has the page in his browser can write anything there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

impl Page {
    /// Where and what it is, without what it says.
    pub(crate) fn bare(&self) -> Page {
        Page { url: self.url.clone(), title: self.title.clone(), attributes: BTreeMap::new() }
    }
}

/// A visitor's request to talk (`POST /v1/web/reservations`), checked in form by the web.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpenReservation {
    /// The site's name.
    pub site: String,
    /// The channel.
    pub mode: Mode,
    /// Who.
    pub visitor: VisitorId,
    /// From where: whatever stands for the client's address, for limits; stored with call-me requests alone, so that limits outlive a
    /// restart, and never the address itself.
    pub address: String,
    /// What is looked at.
    pub page: Page,
    /// SHA-256 of the snapshot, hex; the text is in the store already.
    pub snapshot: Option<String>,
    /// The version of the consent text shown, and that calling was agreed to.
    pub consent: Option<Consent>,
    /// What was typed, for `Callme`.
    pub number: Option<String>,
    /// Where he is, as far as is known.
    pub whence: Whence,
    /// What the visitor calls himself, where asked; at most 100 characters.
    pub name: Option<String>,
    /// `Idempotency-Key`: the same key of the same visitor is answered the same reservation.
    pub idempotency_key: Option<String>,
    /// Who he is by a token of the site that was checked.
    pub identity: Option<Box<Identity>>,
    /// For `Callme`: at the number on file, or at that of this browser's last request, instead of `number`.
    pub on_file: bool,
    /// For `Callme`: when he wants to be called; none: as soon as can be. 422 `due_invalid`, `closed_then`, 409 `slot_full`.
    pub due: Option<Time>,
    /// For `Callme` with `due`: how he is told of it.
    pub correspondent: Option<Correspondent>,
    /// What he has chosen of what the site asks ([`crate::asking::Asking::check`]).
    pub said: Said,
    /// 1–7 where his visit was watched: what triggers have made of his priority (N 0047), for who has answered nothing else and whom
    /// nobody has rated.
    pub watched: Option<u8>,
}

/// Where a visitor is; countries as in ISO 3166, `DE`.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Whence {
    /// By his page's word, or his site's.
    pub country: Option<String>,
    /// By his browser's languages: a hint.
    pub region: Option<String>,
    /// By his browser's clock: IANA. Who is to be called is called at hours that are his there too.
    pub zone: Option<String>,
}

/// Notes as an agent has written them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct WrittenNotes {
    /// At most 4,000 characters.
    pub text: String,
    /// As he read them before: 409 `notes_changed` where they are others by now. None: whatever is there is replaced.
    pub read: Option<String>,
}

impl From<&str> for WrittenNotes {
    /// In place of whatever is there.
    fn from(text: &str) -> Self {
        WrittenNotes { text: text.to_owned(), read: None }
    }
}

/// Proof of consent.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Consent {
    /// Version of the text.
    pub version: String,
    /// Whether calling was agreed to.
    pub call: bool,
    /// The very words that were agreed to, in the language in which they were shown; none: they are not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// Another channel for a live call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChannelChange {
    /// `Dial`: he calls a number that he is shown; `Callme`: his phone is called; `Browser`.
    pub mode: Mode,
    /// For `Callme`, as of [`OpenReservation`].
    pub number: Option<String>,
    /// For `Callme`.
    pub consent: Option<Consent>,
    /// For `Callme`: at the number on file.
    pub on_file: bool,
}

/// Whether somebody can take a call of a site's visitor at this moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct OpenNow {
    /// The queue is closed, and nobody stands in.
    pub out_of_hours: bool,
    /// It is open, and no agent is free.
    pub all_busy: bool,
    /// `callme` is among what is offered for a later time only.
    pub callme_later_only: bool,
}

/// Whose number a time is looked for, as far as that is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Whose {
    /// It is not.
    Anybody,
    /// Somebody's in this country, ISO 3166.
    Country(String),
    /// As it was typed.
    Number(String),
    /// The one of a visitor who types none.
    OnFile(Option<Box<Identity>>, Option<VisitorId>),
    /// That of a request of the same site; its own slot is free for it.
    Request(ReservationId),
}

/// What an agent sets himself to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Presence {
    Ready,
    NotReady,
}

/// Whom an agent wants in his call.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A colleague, by his log-in name.
    Agent(String),
    /// A queue, by its name: whoever is next there. Not for a consultation.
    Queue(String),
    /// A telephone number that may be called (countries as for call me).
    Number(String),
}

/// What a program does about a number of the list of those who are never called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum ListVerb {
    Ask,
    Add,
    Remove,
}

/// Who is meant, in the words of a program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Whom {
    /// By his record.
    Contact(ContactId),
    /// By a number of his record, E.164.
    Number(String),
    /// By the firm's own id of him.
    Customer(String),
}

/// What is reported of some days.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Report {
    /// What has come of invitations.
    Invitations,
    /// From which pages people came, and how long they waited.
    Pages,
}

/// A request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Request {
    /// → `Reply::Reservation`, durable first.
    Open(Box<OpenReservation>),
    /// What a site can offer at this moment → `Reply::Offer`.
    Offer {
        /// The site's name.
        site: String,
        /// What it is configured to offer.
        modes: Vec<Mode>,
        /// Who asks, by a token that was checked.
        identity: Option<Box<Identity>>,
        /// And by his browser's seal.
        visitor: Option<VisitorId>,
        /// From where.
        whence: Whence,
    },
    /// The firm's CRM has answered, or will not → `Reply::Done`.
    LookedUp {
        /// The firm's name.
        firm: String,
        /// To which question.
        id: LookupId,
        /// What.
        answer: Answer,
    },
    /// A visitor writes to his queue → `Reply::Done`, durable first; 422 `mode_not_offered` where it has no mailbox, 429 `too_many`.
    Write(Box<Writing>),
    /// What became of a letter → `Reply::Done`.
    Mailed {
        /// The firm's name.
        firm: String,
        /// Which.
        letter: u64,
        /// What.
        sent: Sent,
    },
    /// The visitor withdraws (before or in a call) → `Reply::Done`.
    Cancel {
        /// Which.
        reservation: ReservationId,
    },
    /// The visitor tapped the number: the claim is prolonged once, and the number stays for 60 s at least → `Reply::Done`.
    DialIntent {
        /// Which.
        reservation: ReservationId,
    },
    /// The visitor wants to be called at another time, or (none) as soon as can be → `Reply::Reservation`, durable first; 422
    /// `due_invalid`, `closed_then`, 409 `slot_full`, `dialing` (he is being called), `over`.
    Reschedule {
        /// Which.
        reservation: ReservationId,
        /// When.
        due: Option<Time>,
    },
    /// When a site's visitors can be called → `Reply::Slots`; 404 `unknown_site`.
    Slots {
        /// The site's name.
        site: String,
        /// From this moment on; not before now.
        from: Time,
        /// So many days of the queue's calendar, 1 to 31.
        days: u32,
        /// Who is to be called: what his hours forbid is left out.
        whose: Whose,
        /// The zone of the browser in which it is asked, IANA; of a request it is the one in which that was.
        zone: Option<String>,
    },
    /// A firm's call-me jobs, in the order in which they were asked for → `Reply::Callbacks`.
    Callbacks {
        /// The firm's name.
        firm: String,
        /// Only these; none: all that are open.
        state: Option<CallbackState>,
        /// Those asked for after this one.
        after: Option<ReservationId>,
        /// So many at most.
        most: usize,
        /// The answer may say who the customers are.
        people: bool,
    },
    /// One of them, open or kept → `Reply::Callback`; 404 `unknown_callback`.
    Callback {
        /// The firm's name.
        firm: String,
        /// Which, by its reservation.
        reservation: ReservationId,
        /// The answer may say who the customer is.
        people: bool,
    },
    /// A program does something about a job → `Reply::Callback` as it is then, durable first; 404 `unknown_callback`, else as
    /// `Reschedule`, or 409 `refused`, `number_waits`, `not_over`.
    ChangeCallback {
        /// The firm's name.
        firm: String,
        /// The key's name.
        by: String,
        /// Which, by its reservation.
        reservation: ReservationId,
        /// What.
        verb: CallbackVerb,
        /// The answer may say who the customer is.
        people: bool,
    },
    /// A program asks about the firm's list of those whom it never calls, or changes it → `Reply::Listed` as it is then, durable first;
    /// 422 `number_invalid`, `too_many`, 409 `own_word` for who has said it himself.
    DoNotCall {
        /// The firm's name.
        firm: String,
        /// The key's name.
        by: String,
        /// As written.
        number: String,
        /// What.
        verb: ListVerb,
    },
    /// Puts numbers on that list → `Reply::Imported`, durable first; 422 `too_many`. What is on it is taken once more.
    ListNumbers {
        /// The firm's name.
        firm: String,
        /// The key's.
        by: String,
        /// As written, by their lines; those of an `Err` are refused with this code.
        numbers: Vec<(usize, Result<String, &'static str>)>,
        /// They are those of a register: who asks himself may count for more ([`crate::dial_policy::DialPolicy::own_request`]).
        registry: bool,
    },
    /// A program opens or closes the breaker of call me, or asks → `Reply::Breaker` as it is then, durable first.
    Breaker {
        /// The firm's name.
        firm: String,
        /// The key's.
        by: String,
        /// From now on; none: as it is.
        open: Option<bool>,
    },
    /// A program opens a campaign → `Reply::Campaign`, durable first; 422 `unknown_site`, `caller_id_not_allowed`, `retry_invalid`,
    /// `window_invalid`, `ends_invalid`, `predictive_off`, 409 `too_many`.
    OpenCampaign {
        /// The firm's name.
        firm: String,
        /// The key's name, or `agent:` and a log-in name.
        by: String,
        /// What it is to be.
        terms: Box<Terms>,
    },
    /// Puts jobs into a campaign → `Reply::Imported`, durable first; 404 `unknown_campaign`, 409 `stopped`, 422 `too_many`.
    FillCampaign {
        /// The firm's name.
        firm: String,
        /// The key's name, or `agent:` and a log-in name.
        by: String,
        /// Which.
        campaign: CampaignId,
        /// Jobs by their lines, in their order; those of an `Err` are refused with this code.
        jobs: Vec<(usize, Result<Imported, &'static str>)>,
    },
    /// Starts, pauses or stops it → `Reply::Campaign`, durable first; 404 `unknown_campaign`, 409 `stopped`.
    SetCampaign {
        /// The firm's name.
        firm: String,
        /// The key's name, or `agent:` and a log-in name.
        by: String,
        /// Which.
        campaign: CampaignId,
        /// What.
        verb: CampaignVerb,
    },
    /// A firm's campaigns, the oldest first, or one of them → `Reply::Campaigns`; 404 `unknown_campaign`.
    Campaigns {
        /// The firm's name.
        firm: String,
        /// Only this one.
        campaign: Option<CampaignId>,
    },
    /// The visitor who wanted to be called is never to be called again, by nobody → `Reply::Done`, durable first; 409 `no_number`.
    NeverCall {
        /// Whose.
        reservation: ReservationId,
    },
    /// The visitor still wants to call: what he holds is kept for `PoolSettings::ttl` from now, `PoolSettings::max_hold` at
    /// most after it was issued → `Reply::Done`, durable first; 409 `max_hold` where that is reached, 409 `over`.
    Renew {
        /// Which.
        reservation: ReservationId,
    },
    /// A visitor's stream opened: what it shows now → `Reply::Reservation`.
    View {
        /// Which.
        reservation: ReservationId,
    },
    /// The last of its pages' streams is closed → `Reply::Done`: an agent who chats with him is told, and whoever calls its number
    /// may be another (E3).
    PageGone {
        /// Which.
        reservation: ReservationId,
    },
    /// The visitor would rather speak on another channel, in the same call → `Reply::Reservation` of the call's reservation, with
    /// `change` and, for `Mode::Browser`, the token of what it changes to; durable first. 409 `not_now`, `same_channel`, `no_number`,
    /// `change_under_way`, `number_waits`, `over`.
    ChangeChannel {
        /// Whose call it is.
        reservation: ReservationId,
        /// Which.
        to: ChannelChange,
    },
    /// He would rather go on as he is → `Reply::Done`.
    KeepChannel {
        /// Whose call it is.
        reservation: ReservationId,
    },
    /// A browser call's offer; the token is good once and for 60 s → `Reply::Sdp` once the switch has answered.
    BrowserOffer {
        /// Which.
        reservation: ReservationId,
        /// From the reservation's reply.
        token: String,
        /// Opaque.
        sdp: String,
    },
    /// The password was right → `Reply::Agent`; a SIP credential is minted.
    Login(AgentRef),
    /// → `Reply::Done`.
    Logout(AgentRef),
    /// With a reason for not ready, one of the firm's → `Reply::Done`, or 409 where the state does not allow it (in a call:
    /// takes effect after it).
    Presence(AgentRef, Presence, Option<String>),
    /// A stream of the desktop opened → `Reply::Agent` with all views; `stream` counts up with each. A later one takes over.
    StreamOpened(AgentRef, u64),
    /// That stream closed (a newer one may be open).
    StreamClosed(AgentRef, u64),
    /// The page view has drawn the snapshot of a reservation.
    Rendered {
        /// Whose desktop.
        agent: AgentRef,
        /// For which.
        reservation: ReservationId,
        /// What was drawn.
        snapshot: Option<String>,
    },
    /// The desktop's answer to a probe.
    ProbeAnswer {
        /// Whose desktop.
        agent: AgentRef,
        /// To which.
        probe: ProbeId,
        /// The snapshot on screen for the probe's reservation.
        drawn: Option<String>,
        /// The tab is in the background.
        hidden: bool,
        /// The microphone may be used (browser phones).
        microphone: bool,
    },
    /// The agent mutes himself at the switch → `Reply::Done`.
    Mute(AgentRef, bool),
    /// The agent declines what rings or leaves his call → `Reply::Done`. The call ends with it, unless he asks somebody in it:
    /// then it goes on as after `Transfer` without a target. Whoever is only asked leaves alone.
    Hangup(AgentRef),
    /// The customer waits with music while the agent is on the call (true), or they speak again (false) → `Reply::Done`. While
    /// somebody is asked: to him, or back to the customer, and whoever still rings is let go.
    Hold(AgentRef, bool),
    /// The agent presses keys for the customer (or for whom he consults, while he speaks with him) → `Reply::Done`.
    Digits(AgentRef, String),
    /// The agent asks somebody: the customer waits with music, the other's phone rings, page and record are on his screen
    /// first → `Reply::Done`.
    Consult(AgentRef, Target),
    /// From the customer to the one consulted, or back; the other waits → `Reply::Done`.
    Swap(AgentRef),
    /// All three hear each other → `Reply::Done`.
    Conference(AgentRef),
    /// The one consulted is let go, the agent speaks with the customer again → `Reply::Done`.
    ConsultEnd(AgentRef),
    /// Without a target: the one consulted takes over at once, ringing or not. With one: the customer goes there unannounced
    /// → `Reply::Done`. The agent is in wrap-up.
    Transfer(AgentRef, Option<Target>),
    /// The agent, ready or not, idle or in wrap-up, takes someone who waits, out of turn → `Reply::Done`, 409 `gone` where
    /// another was faster.
    Take {
        /// Who takes.
        agent: AgentRef,
        /// `WaitingView::id`.
        waiting: String,
    },
    /// The agent calls a customer: his own phone is rung first → `Reply::Done`; 403 `outbound_not_allowed`, 422 for a number or
    /// caller ID that is not allowed, 409 where he has something in hand.
    Call {
        /// Who calls.
        agent: AgentRef,
        /// As typed.
        number: String,
        /// E.164, one of the firm's; none: the first.
        caller_id: Option<String>,
    },
    /// The agent whose phone is on the warm line chooses whom it calls → `Reply::Done`; 409 `gone`.
    WarmLine {
        /// Who.
        agent: AgentRef,
        /// One of `MeView::warm_line`.
        number: String,
    },
    /// The agent starts the call of the request that he looks at (preview) → `Reply::Done`, 409 `no_preview`, `trunk_down`.
    StartJob(AgentRef),
    /// He leaves it to another, or to a later moment → `Reply::Done`, 409 `no_preview`.
    SkipJob(AgentRef),
    /// The customer waits with music where every agent can take him up, the agent is in wrap-up → `Reply::Done`; 409 `park_full`.
    Park(AgentRef),
    /// The agent takes up the call in a slot → `Reply::Done`, 409 `gone` where another was faster or the customer has left.
    Unpark(AgentRef, u16),
    /// What the contact was about; in a call or in wrap-up. → `Reply::Done`; 409 `notes_changed`.
    Outcome {
        /// Whose.
        agent: AgentRef,
        /// In or after which call: 409 `other_call` where he has another in hand by now. None: the one in hand.
        call: Option<CallId>,
        /// One of the firm's wrap-up codes; none: as it was.
        code: Option<String>,
        /// The contact's notes from now on; none: as they were.
        notes: Option<WrittenNotes>,
        /// The contact's priority from now on, 0–7.
        priority: Option<u8>,
    },
    /// The customer wants never to be called again: his number is on the firm's list → `Reply::Done`, durable first; 409 `no_contact`,
    /// `guest`, `other_call`, `no_number`.
    NeverAgain {
        /// Who notes it.
        agent: AgentRef,
        /// In or after which call; none: the one in hand.
        call: Option<CallId>,
    },
    /// The agent ends wrap-up → `Reply::Done`.
    WrapupDone(AgentRef),
    /// The agent would like to see the visitor's page as it is now (true), or no longer → `Reply::Done`; the visitor is asked.
    Look(AgentRef, bool),
    /// The visitor lets the agent see it, or no longer → `Reply::Done`.
    AnswerLook {
        /// Whose.
        reservation: ReservationId,
        /// Yes.
        allow: bool,
    },
    /// The agent suggests a page to the visitor he speaks with → `Reply::Done`, 422 `push_not_allowed`.
    Push {
        /// Who.
        agent: AgentRef,
        /// http or https, one of the site's `push`.
        url: String,
        /// What it is, in the agent's words; may be empty. At most 100 characters.
        title: String,
    },
    /// The visitor opens the page suggested, or does not want it → `Reply::Done`, 409 `gone`.
    AnswerPush {
        /// Whose.
        reservation: ReservationId,
        /// `PushOffer::id`.
        push: u32,
        /// He opens it.
        accept: bool,
    },
    /// A program has a person erased, as soon as he has left → `Reply::Erasure`, durable first; 404 `unknown_contact`, 409 `configured`, 429
    /// `too_many`.
    Erase {
        /// The firm's name.
        firm: String,
        /// The key's name.
        by: String,
        /// Who.
        whom: Whom,
    },
    /// A program has a copy of all that is kept of a person: who he is, for whoever reads the journal → `Reply::Person`, durable first; 404
    /// `unknown_contact`.
    Export {
        /// The firm's name.
        firm: String,
        /// The key's name.
        by: String,
        /// Who.
        whom: Whom,
    },
    /// A visitor has erased what a site's firm keeps of his browser → `Reply::Erasure`, durable first, or `Reply::Done` where there is
    /// nothing; 403 `not_offered`, 429 `too_many`.
    Forget {
        /// The site's name.
        site: String,
        /// Which.
        visitor: VisitorId,
    },
    /// The number that a visitor of a site holds and has not called yet → `Reply::Reservation`, 404 `nothing_held`.
    Held {
        /// The site's name.
        site: String,
        /// Whose.
        visitor: VisitorId,
    },
    /// Where erasures are → `Reply::Erasures`, the latest first, or one of them → `Reply::Erasure`; 404 `unknown_erasure`.
    Erasures {
        /// The firm's name.
        firm: String,
        /// Only this one.
        erasure: Option<ErasureId>,
    },
    /// What has become of the rows of those who are erased → `Reply::Done`.
    RowsErased {
        /// The firm's name.
        firm: String,
        /// The rows, and in hex the digest of what stands there now; none: the journal could not be read or written.
        rows: Option<Vec<(u64, String)>>,
        /// Up to here what is too old was gone through, where that was asked for.
        older: Option<Time>,
    },
    /// Why an agent was chosen, or nobody → `Reply::Decision`; 404 `unknown_decision` after an hour at most.
    Decision {
        /// The firm's name.
        firm: String,
        /// Which.
        id: DecisionId,
    },
    /// The latest decisions → `Reply::Decisions`, the latest first, at most 50.
    Decisions {
        /// The firm's name.
        firm: String,
        /// Only those of this reservation or call, by its id.
        subject: Option<String>,
        /// Only those before this one.
        before: Option<DecisionId>,
    },
    /// Decisions made again with other settings → `Reply::Replay`.
    ReplayDecisions {
        /// The firm's name.
        firm: String,
        /// Which, and with what.
        replay: Box<Replay>,
        /// The latest first; none: those of the last hour.
        of: Option<Vec<Decision>>,
    },
    /// How queues of his firm do and he himself, now and in the last 24 hours → `Reply::Statistics`. Supervisors see their agents'
    /// figures too.
    Statistics {
        /// Who asks.
        agent: AgentRef,
    },
    /// A supervisor orders an agent about → `Reply::Done`; 403 `not_supervisor`, `not_your_team`.
    Supervise {
        /// Who.
        by: AgentRef,
        /// Whom, by his log-in name.
        agent: String,
        /// What.
        order: Order,
    },
    /// A supervisor's floor → `Reply::Floor`; 403 `not_supervisor`.
    Floor {
        /// Who asks.
        agent: AgentRef,
    },
    /// A program's command → `Reply::Call`, `Reply::Done` where it is about no call, or `Reply::Problem`.
    Program {
        /// The firm's name.
        firm: String,
        /// The key's name.
        by: String,
        /// What.
        command: ProgramCommand,
        /// Its answer may say who the customer is.
        people: bool,
    },
    /// The firm's live calls, or one of them → `Reply::Calls`; 404 `unknown_call`.
    Calls {
        /// The firm's name.
        firm: String,
        /// Only this one.
        call: Option<CallId>,
        /// The answer may say who the customers are.
        people: bool,
    },
    /// An agent changes the priority of who waits → `Reply::Done`; 403 `priority_not_allowed`, 409 `gone`.
    Rate {
        /// Who.
        agent: AgentRef,
        /// The id of a row of the list.
        waiting: String,
        /// 0–7.
        priority: u8,
    },
    /// All agents, queues, pools and trunks of a firm, for a program → `Reply::Floor`.
    Overview {
        /// The firm's name.
        firm: String,
    },
    /// A firm's statistics, for a program: everybody's, with pools and trunks → `Reply::Statistics`.
    FirmStatistics {
        /// The firm's name.
        firm: String,
    },
    /// The same of days gone by, in rows of hours or days → `Reply::Past`.
    Past {
        /// The firm's name.
        firm: String,
        /// Which.
        past: Past,
    },
    /// Contacts are looked for, read or changed → `Reply::Contacts`, `Reply::Contact`, a change durable first. Of an agent only those of
    /// the clients and sites for which he answers: 404 `unknown_contact`. 403 `edit_not_allowed`, `priority_not_allowed`, 409
    /// `contact_changed` (another was faster), `number_taken`, `list_changed`, 422 `query_too_short`, `number_invalid` …
    Contacts {
        /// Who asks.
        by: Asker,
        /// What.
        verb: ContactVerb,
    },
    /// A visitor's request, for a program of his firm → `Reply::Reservation`; 404 `unknown_reservation`.
    Reservation {
        /// The firm's name.
        firm: String,
        /// Which.
        reservation: ReservationId,
    },
    /// His desktop shows the floor from now on, or no longer: the view `floor` and its changes → `Reply::Done`.
    WatchFloor {
        /// Whose desktop.
        agent: AgentRef,
        /// From now on.
        on: bool,
    },
    /// A criterion holds for a visitor who is watched → `Reply::Done`.
    Matched {
        /// The site's name.
        site: String,
        /// The criterion's.
        rule: String,
        /// Who, and where he is.
        sighting: Box<Sighting>,
    },
    /// Who is on a firm's sites now, and where those are whom it follows → `Reply::Done`.
    Watched {
        /// The firm's name.
        firm: String,
        /// How many there are, and the first of them; none: as before.
        list: Option<(usize, Vec<Sighting>)>,
        /// Those of [`crate::invitation::WatchCommand::Follow`] about whom there is news; without a sighting he is gone.
        followed: Vec<(Who, Option<Sighting>)>,
    },
    /// A visitor is watched no more, by his own word → `Reply::Done`.
    Unwatch {
        /// The site's name.
        site: String,
        /// Who.
        who: Who,
    },
    /// A trigger has changed a visitor's priority → `Reply::Done`, durable behind.
    Triggered {
        /// The site's name.
        site: String,
        /// Who.
        visitor: VisitorId,
        /// What it was.
        trigger: Trigger,
        /// Before, and from then on.
        change: (u8, u8),
    },
    /// A visitor has bought something → `Reply::Done`, durable behind.
    Purchased {
        /// The site's name.
        site: String,
        /// Who.
        visitor: VisitorId,
        /// In hundredths of the shop's currency.
        cents: u64,
    },
    /// What a visitor makes of an invitation → `Reply::Done`, durable first; 409 `over`, 422 `way_unknown`.
    AnswerInvitation {
        /// The firm's name.
        firm: String,
        /// To whom it was sent.
        who: Who,
        /// Which.
        invitation: InvitationId,
        /// What.
        answer: Response,
        /// Which of its ways he takes.
        way: Option<Way>,
        /// Under which id his browser will ask.
        visitor: Option<VisitorId>,
    },
    /// Who has accepted an invitation asks under this id → `Reply::Done`; before his request.
    FollowInvitation {
        /// The firm's name.
        firm: String,
        /// To whom it was sent.
        who: Who,
        /// Which.
        invitation: InvitationId,
        /// Under which.
        visitor: VisitorId,
    },
    /// What an agent does about an alert → `Reply::Done`, invitations durable first; 409 `gone`, `taken`, `not_yours`, `invited`, `busy`,
    /// `not_now`, 403 `not_your_site`, 422 `message_unknown`, `text_missing`, `too_long`.
    Alert {
        /// Who.
        agent: AgentRef,
        /// Which.
        alert: AlertId,
        /// What.
        verb: AlertVerb,
    },
    /// An agent picks a visitor of the list → `Reply::Alert`, which is his; 409 `gone`, `never`, `taken`, `not_now`.
    Greet {
        /// Who.
        agent: AgentRef,
        /// [`crate::invitation::VisitorView::id`].
        visitor: String,
    },
    /// An agent changes a visitor's priority → `Reply::Done`, durable first; 403 `priority_not_allowed`, 409 `gone`.
    RateVisitor {
        /// Who.
        agent: AgentRef,
        /// [`crate::invitation::VisitorView::id`].
        visitor: String,
        /// 0–7.
        priority: u8,
    },
    /// What a firm and its clients have used → `Reply::Usage`.
    Usage {
        /// The firm's name.
        firm: String,
        /// Days since the epoch, UTC: the first and the last.
        days: (u64, u64),
        /// Each day for itself.
        by_day: bool,
    },
    /// The same as [`Request::Report`], for a supervisor; 403 `not_supervisor`.
    AgentReport {
        /// Who asks.
        agent: AgentRef,
        /// Which.
        what: Report,
        /// Days since the epoch, UTC: the first and the last.
        days: (u64, u64),
    },
    /// A report of a firm → `Reply::Invitations`, `Reply::Pages`.
    Report {
        /// The firm's name.
        firm: String,
        /// Which.
        what: Report,
        /// Days since the epoch, UTC: the first and the last.
        days: (u64, u64),
    },
    /// What a visitor does in his chat.
    VisitorChat {
        /// Which.
        reservation: ReservationId,
        /// What.
        verb: VisitorVerb,
    },
    /// What an agent does in a chat.
    AgentChat {
        /// Who.
        agent: AgentRef,
        /// Which.
        chat: ReservationId,
        /// What.
        verb: ChatVerb,
    },
}

/// Who asks about contacts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Asker {
    /// An agent.
    Agent(AgentRef),
    /// A program, which may do all that is asked for here.
    Program {
        /// The firm's name.
        firm: String,
        /// The key's.
        key: String,
    },
}

/// What is asked about contacts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ContactVerb {
    /// Those with such a number, name, company, address or customer's id.
    Find {
        /// As typed.
        query: String,
        /// Behind this row of the page before.
        after: Option<Spot>,
        /// So many at most.
        most: usize,
    },
    /// All that is kept of one.
    Read(ContactId),
    /// His earlier contacts → `Reply::History`; 409 `list_changed` where `before` is not among them.
    History {
        /// Whose.
        contact: ContactId,
        /// Behind this one; none: the latest.
        before: Option<CallId>,
        /// So many at most.
        most: usize,
    },
    /// It is so from now on.
    Change {
        /// Which.
        contact: ContactId,
        /// As it was read; none: whatever it is by now.
        version: Option<u64>,
        /// What.
        change: Box<ContactChange>,
    },
    /// Lines of a list: each is a contact as it is from now on, or refused → `Reply::Imported`; 422 `too_many`.
    Import(Vec<(usize, Result<ImportedContact, &'static str>)>),
}

/// A line of a list of contacts: who it is, by the firm's own id of him, else by the first of his numbers that leads to anybody; where
/// nobody is known by them he is new.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ImportedContact {
    /// At most 200 bytes.
    pub customer: Option<String>,
    /// What it says of him, with numbers to add.
    pub change: ContactChange,
}

/// Which jobs are asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallbackState {
    /// Their time has not come.
    Scheduled,
    /// In line for an agent.
    Listed,
    /// An agent is claimed, or they are being dialled.
    Dialing,
    /// Over without a talk; the latest 10,000.
    Dead,
    /// The customer was reached; the latest 10,000.
    Done,
}

/// What a program does about a job.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallbackVerb {
    /// At this time; none: as soon as can be.
    Reschedule(Option<Time>),
    /// It is taken back.
    Cancel,
    /// One that reached nobody is asked for anew: a new job with the same page, record and consent, which is the answer. A refusal is
    /// never retried.
    Retry,
}

/// What is answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reply {
    /// A reservation as it stands. `created` false: it was there already (same key, same number).
    Reservation {
        /// Whether it is new: 201, otherwise 200.
        created: bool,
        /// What the page shows.
        view: Box<ReservationView>,
        /// For `Mode::Browser`: the single-use token.
        token: Option<String>,
    },
    /// Of the ways to talk that were asked for, those that work now, and the end of the number at which he can be called
    /// without typing one.
    Offer {
        /// In the order asked for.
        modes: Vec<Mode>,
        /// `+49 151 ••••• 34`.
        on_file: Option<String>,
        /// Whether somebody can take a call at this moment.
        now: OpenNow,
    },
    /// When a site's visitors can be called.
    Slots(Box<SlotsView>),
    /// A job.
    Callback(Box<CallbackView>),
    /// Whether a number is never called, and by whose word: `firm`, its own list; `file`; `person`, his own.
    Listed {
        /// E.164.
        number: String,
        /// None: it may be called.
        by: Option<&'static str>,
    },
    /// Whether call me dials.
    Breaker(Box<BreakerView>),
    /// A campaign as it is then.
    Campaign(Box<CampaignView>),
    /// Campaigns, the oldest first.
    Campaigns(Vec<CampaignView>),
    /// What came of an import.
    Imported(Box<ImportView>),
    /// Jobs.
    Callbacks {
        /// In the order in which they were asked for.
        callbacks: Vec<CallbackView>,
        /// There are later ones.
        more: bool,
    },
    /// Contacts that were found, by the word or number that was looked for.
    Contacts {
        /// None, where much had to be looked at and `next` says where to go on.
        contacts: Vec<ContactRow>,
        /// Where it goes on; none: nothing follows.
        next: Option<Spot>,
    },
    /// Earlier contacts with one, the latest first.
    History {
        /// They.
        history: Vec<HistoryView>,
        /// Behind which the next page begins; none: nothing follows.
        next: Option<CallId>,
    },
    /// A contact as it is then.
    Contact(Box<ContactCard>),
    /// An SDP answer.
    Sdp(String),
    /// An erasure. `created` false: it was ordered before.
    Erasure {
        /// Whether it is new: 202, otherwise 200.
        created: bool,
        /// Where it is.
        view: Box<ErasureView>,
    },
    /// Erasures.
    Erasures(Vec<ErasureView>),
    /// Somebody, whose rows are to be looked for in the journal.
    Person(Box<Person>),
    /// An alert that is the agent's now.
    Alert(AlertId),
    /// What has come of invitations.
    Invitations(Box<InvitationReportView>),
    /// From which pages people came, and how long they waited.
    Pages(Box<PageReportView>),
    /// What was used.
    Usage(Box<UsageReport>),
    /// A decision.
    Decision(Box<DecisionView>),
    /// Decisions.
    Decisions(Vec<DecisionView>),
    /// Decisions made again.
    Replay(Box<ReplayView>),
    /// An agent's whole desktop.
    Agent(Box<AgentViews>),
    /// A firm's statistics.
    Statistics(Box<StatisticsView>),
    /// And its past.
    Past(Box<PastView>),
    /// A supervisor's floor, or a program's.
    Floor(Box<FloorView>),
    /// A call as it is now.
    Call(Box<CallView>),
    /// Live calls, the oldest first.
    Calls(Vec<CallView>),
    /// What was written in a chat, in its order.
    Messages {
        /// At most [`crate::chat::PAGE`].
        messages: Vec<MessageView>,
        /// There are later ones.
        more: bool,
    },
    /// A message is kept. `created` false: it was already (same `client_id`).
    Posted {
        /// Whether it is new: 201, otherwise 200.
        created: bool,
        /// As it is shown.
        message: Box<MessageView>,
    },
    /// It is done.
    Done,
    /// It is not.
    Problem(Problem),
}

/// A refusal: `application/problem+json` with a stable `code`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Problem {
    /// HTTP status: 404, 409, 422, 429, 503.
    pub status: u16,
    /// Stable, snake_case: `number_not_allowed`, `consent_missing`, `too_many`, `unknown_site`, `token_used` …
    pub code: &'static str,
    /// One sentence for the person who reads it.
    pub detail: String,
    /// For 429 and 503.
    #[serde(skip)]
    pub retry_after_secs: Option<u32>,
}
