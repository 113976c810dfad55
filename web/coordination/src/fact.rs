//! Facts: what the journal keeps, and from which a firm is rebuilt. Serialised as JSON; fields are only ever added.

use crate::asking::Said;
use crate::campaign::{CampaignState, Imported, Member, Terms};
use crate::chat::MessageKind;
use crate::cti::{Cause, Verdict, Verified};
use crate::erasure::{ErasureOrdered, RowsErased};
use crate::identity::Identity;
use crate::ids::{
    AlertId, AttemptId, CallId, CampaignId, ContactId, ErasureId, InvitationId, JobId, ReservationId,
    VisitorId,
};
use crate::invitation::Occasion;
use crate::letter::{Correspondent, Letter};
use crate::request::{Consent, Mode, Page};
use crate::rules::Then;
use crate::view::ShownMode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use warmline_time::Time;

/// One row of the journal.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// Rises by one in each firm, from 1.
    pub seq: u64,
    /// When it was decided.
    pub time: Time,
    /// The firm.
    pub firm: String,
    /// What.
    pub fact: Fact,
}

/// A fact.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// A visitor's request was granted. Durable first.
    ReservationOpened(Box<ReservationOpened>),
    /// As it stands from now on: renewed, or its number is lost to a trunk that is down, or given again.
    ReservationChanged(Box<ReservationChanged>),
    /// It is over: the number cools from `number_free_at` − cooling.
    ReservationClosed {
        /// Which.
        reservation: ReservationId,
        /// Why, in the page's words.
        reason: String,
        /// Microseconds since the epoch from when its number may be held again.
        number_free_at: Option<u64>,
    },
    /// A reservation's agent changed (claimed, or released with `None`).
    AgentClaimed {
        /// Which.
        reservation: ReservationId,
        /// Who.
        agent: Option<String>,
        /// Microseconds since the epoch.
        until: u64,
    },
    /// A job is about to be dialled. Durable before the INVITE.
    DialIntended {
        /// The job.
        job: JobId,
        /// This dialling.
        attempt: AttemptId,
        /// Its call.
        call: CallId,
        /// E.164: what of ours is shown to whom is called.
        #[serde(default)]
        caller_id: Option<String>,
        /// What was asked before, and let it pass. None: an earlier version did not keep it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        checked: Option<Box<Checked>>,
    },
    /// How a dialling ended, or that the person answered. A second one of the same attempt says what turned out of its answer.
    DialResolved {
        /// The job.
        job: JobId,
        /// This dialling.
        attempt: AttemptId,
        /// `answered` or a reason.
        outcome: String,
        /// Whether the job is over.
        job_done: bool,
        /// Microseconds since the epoch: when it is dialled again.
        #[serde(default)]
        next: Option<u64>,
        /// Whose job it is.
        #[serde(default)]
        reservation: Option<ReservationId>,
        /// Milliseconds for which it rang, as far as the network has told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ring_ms: Option<u32>,
    },
    /// A job is to be dialled at another time. Durable first where a person has asked for it.
    JobDue {
        /// Whose.
        reservation: ReservationId,
        /// Microseconds since the epoch; none: as soon as can be.
        due: Option<u64>,
        /// Microseconds since the epoch: when it is given up.
        expires_at: u64,
        /// The visitor's wish: his place counts from here.
        wanted: bool,
        /// The person himself has asked to be called now: not a program, and for no later time.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        himself: bool,
    },
    /// A call is on: its record as far as it goes, without an end. The program's next start closes it where none has come. Durable
    /// behind.
    CallOn(Box<CallRecorded>),
    /// A call record. Durable behind.
    CallRecorded(Box<CallRecorded>),
    /// A contact as it is from now on.
    ContactStored(Box<ContactStored>),
    /// What an agent noted of a contact's call, or how he rated the contact. Durable first.
    OutcomeNoted(Box<OutcomeNoted>),
    /// What figures are made of and no other row says, since the row of this kind before. Durable behind.
    FiguresKept(Box<FiguresKept>),
    /// Somebody changed a contact's priority. In the row behind the contact as it is from then on.
    PriorityChanged(Box<PriorityChanged>),
    /// What a supervisor ordered. Done before it is durable, told after.
    Supervised(Box<Supervised>),
    /// What a program did. Done before it is durable, told after.
    Commanded(Box<Commanded>),
    /// A visitor let an agent see his page from now on, or that is over: kept as evidence, a restart ends it. Durable first.
    PageShared {
        /// Whose page.
        reservation: ReservationId,
        /// Who saw it.
        agent: String,
        /// From now on; false: no longer.
        on: bool,
    },
    /// Something was written in a chat, or who has it changed. Durable first.
    ChatPosted(Box<ChatPosted>),
    /// Somebody said that he is never to be called again: no firm calls him. Or a firm put a number on its list, or took it off. Durable first.
    DoNotCall(Box<DoNotCall>),
    /// A firm put these on its list at once. Durable first.
    NumbersListed {
        /// E.164.
        numbers: Vec<String>,
        /// The key's name.
        by: String,
        /// They are those of a register.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        registry: bool,
    },
    /// A call that we had made was on when the program stopped, and is paid for so far.
    CallCut {
        /// Which.
        call: CallId,
        /// Microseconds since the epoch: its answer.
        since: u64,
        /// The latest moment at which it may have ended, an hour later at most.
        until: u64,
        /// In sixtieths of a cent.
        cost: u64,
    },
    /// Call me dials nobody from now on, or does again.
    CallmeBreaker {
        /// From now on.
        open: bool,
        /// `hour`, `day` (the budget that is spent), `program`, `time`, `settings`.
        why: String,
        /// The key's name, where a program did it; durable first then.
        #[serde(default)]
        by: Option<String>,
    },
    /// A letter is to be sent: its number is that of its row. Durable first.
    LetterQueued(Box<Letter>),
    /// The mail server has it (`sent`), or will never have it (`refused`, `expired`).
    LetterSettled {
        /// Which.
        letter: u64,
        /// How.
        outcome: String,
    },
    /// A campaign is there, not started. Durable first.
    CampaignOpened {
        /// Which.
        campaign: CampaignId,
        /// What it is to be.
        terms: Box<Terms>,
        /// The key's name, or `agent:` and a log-in name; none: it was not noted yet.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
    /// Jobs were put into its hopper, in this order. Durable first. One leaves it by [`ReservationOpened::campaign`].
    CampaignFilled {
        /// Which.
        campaign: CampaignId,
        /// With their numbers in E.164.
        jobs: Vec<Imported>,
        /// The key's name, or `agent:` and a log-in name; none: it was not noted yet.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
    /// It was started, paused or stopped. Durable first.
    CampaignSet {
        /// Which.
        campaign: CampaignId,
        /// From now on.
        state: CampaignState,
        /// The key's name, or `agent:` and a log-in name; none: its time was over, or it was not noted yet.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
    /// One of its jobs leaves the hopper without being dialled.
    CampaignDropped {
        /// Which.
        campaign: CampaignId,
        /// The job's number in it.
        order: u32,
        /// Why.
        outcome: String,
    },
    /// A criterion has found a visitor whom agents should look at, or one of them has picked him. Durable behind.
    Alerted(Box<Alerted>),
    /// It is another way with an alert. Durable behind.
    AlertSettled {
        /// Which.
        alert: AlertId,
        /// `taken`, `released`; it is over: `dismissed`, `left`, `expired`, `answered`.
        how: String,
        /// The agent's log-in name.
        agent: Option<String>,
    },
    /// A visitor is invited to talk. Durable first: it is kept before he sees it.
    Invited(Box<Invited>),
    /// He has seen it, or it has come to something.
    InvitationAnswered {
        /// Which.
        invitation: InvitationId,
        /// `shown`, `declined`, `accepted`; nobody has answered: `expired`, `withdrawn`.
        answer: String,
        /// What he has chosen, as [`crate::invitation::Way`] is written.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        way: Option<String>,
        /// Under which id his browser asks from then on: a request of it within two minutes follows from this one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        visitor: Option<VisitorId>,
    },
    /// A visitor has bought something, by his shop's word. Durable behind.
    Purchased {
        /// Where.
        site: String,
        /// Who.
        visitor: VisitorId,
        /// In hundredths of the shop's currency.
        cents: u64,
        /// The invitation from which it follows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        invitation: Option<InvitationId>,
    },
    /// A trigger has changed the priority of a visitor who has not asked for anything yet (N 0047).
    Triggered {
        /// The site's name.
        site: String,
        /// Who.
        visitor: VisitorId,
        /// `return`, `purchase`, or a criterion's name after `criterion `.
        trigger: String,
        /// Before.
        from: u8,
        /// From then on.
        to: u8,
    },
    /// A copy of all that is kept of somebody was made.
    PersonExported {
        /// His record.
        contact: ContactId,
        /// The key's name.
        by: String,
    },
    /// A person is to be erased as soon as he has left (E24). Durable first.
    ErasureOrdered(Box<ErasureOrdered>),
    /// These people have left: memory has forgotten them, and the rows up to this one are gone through for them.
    ErasureBegun {
        /// Whose.
        erasures: Vec<ErasureId>,
    },
    /// What is left of rows that were about people who are erased. Written when it stands there: a row that has its first digest yet, and
    /// whose text has another, is one of these or was tampered with.
    RowsErased(Box<RowsErased>),
    /// In the place of a row about a person who is erased.
    Erased,
}

/// See [`Fact::DoNotCall`].
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DoNotCall {
    /// E.164.
    pub number: String,
    /// How he said it: `key_9`, `revoked`; `agent`: to an agent of the firm, `listed`: it is the firm's word, both for itself alone.
    pub why: String,
    /// False: the firm has taken it off its list.
    #[serde(default = "yes")]
    pub on: bool,
    /// The key's name, where a program did it; the agent's log-in name.
    #[serde(default)]
    pub by: Option<String>,
    /// In or after which call he said it to the agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallId>,
}

fn yes() -> bool {
    true
}

impl DoNotCall {
    /// Why, where it is the firm's own word.
    pub const LISTED: &str = "listed";
    /// Why, where he said it to an agent.
    pub const AGENT: &str = "agent";

    /// Whether it counts for this firm alone.
    pub fn is_the_firms(&self) -> bool {
        [Self::LISTED, Self::AGENT].contains(&self.why.as_str())
    }
}

/// See [`Fact::Alerted`].
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Alerted {
    /// Its id.
    pub alert: AlertId,
    /// Where.
    pub site: String,
    /// The criterion's name; none: an agent has picked him.
    pub rule: Option<String>,
    /// Who, where his browser has let us keep an id.
    pub visitor: Option<VisitorId>,
    /// Which page, without what it says.
    pub page: Page,
    /// 1–7.
    pub priority: u8,
    /// Whose it is from the beginning: a log-in name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// He waits there already: the address of the firm's own conference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conference: Option<String>,
}

/// See [`Fact::Invited`].
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Invited {
    /// Its id.
    pub invitation: InvitationId,
    /// The alert from which it comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert: Option<AlertId>,
    /// Where.
    pub site: String,
    /// The criterion's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The name of the library's message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Who, where his browser has let us keep an id.
    pub visitor: Option<VisitorId>,
    /// In whose name: a log-in name; none: nobody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// What he reads.
    pub title: String,
    /// And below it.
    pub text: String,
    /// What it is.
    #[serde(default)]
    pub kind: Occasion,
    /// Microseconds since the epoch.
    pub expires_at: u64,
}

/// See [`Fact::PriorityChanged`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PriorityChanged {
    /// Whose.
    pub contact: ContactId,
    /// What it was, 0–7.
    pub from: u8,
    /// What it is.
    pub to: u8,
    /// Who did it.
    pub of: Rater,
    /// An agent's log-in name, a key's, or a site's; none: the firm's CRM.
    pub by: Option<String>,
    /// In or after which call or chat, where it was about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallId>,
}

/// Who changes priorities.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rater {
    /// An agent with the right to do so.
    Agent,
    /// A program of the firm.
    Program,
    /// A site, by what it signs of its visitor.
    Site,
    /// The firm's CRM.
    Crm,
}

/// See [`Fact::Supervised`].
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Supervised {
    /// Whom.
    pub agent: String,
    /// Who, by his log-in name.
    pub by: String,
    /// `ready`, `not_ready` or `log_off`.
    pub order: String,
    /// For not ready, where he gave one.
    pub reason: Option<String>,
}

/// See [`Fact::Commanded`].
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Commanded {
    /// The key's name.
    pub by: String,
    /// The command's name.
    pub command: String,
    /// The id or log-in name of what it was about.
    pub subject: String,
}

/// See [`Fact::ChatPosted`].
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ChatPosted {
    /// In which chat.
    pub reservation: ReservationId,
    /// Rises by one in each chat, from 1.
    pub seq: u32,
    /// The agent's log-in name; none: the visitor.
    pub agent: Option<String>,
    /// What it is.
    pub kind: MessageKind,
    /// What was written.
    #[serde(default)]
    pub text: String,
    /// The sender's own name of it.
    #[serde(default)]
    pub client_id: Option<String>,
    /// The queue in which it waits from now on, where it was handed on to one.
    #[serde(default)]
    pub queue: Option<String>,
}

/// See [`Fact::ReservationChanged`].
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ReservationChanged {
    /// Which.
    pub reservation: ReservationId,
    /// What is offered.
    pub mode: ShownMode,
    /// The number shown.
    pub number: Option<String>,
    /// Microseconds since the epoch.
    pub expires_at: u64,
    /// Microseconds since the epoch from when the number that it has lost may be held again.
    pub number_free_at: Option<u64>,
}

/// See [`Fact::FiguresKept`]. Intervals by the second since the epoch in which they begin.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FiguresKept {
    /// What agents have done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub agents: Vec<AgentKept>,
    /// Microseconds of wrap-up after a queue's calls: its name, the interval, the time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wrapups: Vec<(String, u64, u64)>,
    /// Of a pool, by its name, in an interval: requests for which no number was free; calls that were the holder's, the last holder's,
    /// asked for the PIN, nobody's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pools: Vec<(String, u64, [u64; 5])>,
}

/// What an agent has done in an interval.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AgentKept {
    /// His log-in name.
    pub agent: String,
    /// Seconds since the epoch: when the interval begins.
    pub at: u64,
    /// Microseconds: not ready, ready, claimed, ringing, talking, in wrap-up, unreachable.
    pub times: [u64; 7],
    /// Claims that began.
    #[serde(default, skip_serializing_if = "none")]
    pub claims: u64,
    /// Claims that ended without a call for them, and microseconds that they had lasted.
    #[serde(default, skip_serializing_if = "none")]
    pub unused: u64,
    #[allow(missing_docs)]
    #[serde(default, skip_serializing_if = "none")]
    pub wasted: u64,
    /// Offers that he declined, let pass, or could not be reached for.
    #[serde(default, skip_serializing_if = "none")]
    pub declined: u64,
    #[allow(missing_docs)]
    #[serde(default, skip_serializing_if = "none")]
    pub unanswered: u64,
    #[allow(missing_docs)]
    #[serde(default, skip_serializing_if = "none")]
    pub unreachable: u64,
}

fn none(count: &u64) -> bool {
    *count == 0
}

/// See [`Fact::OutcomeNoted`].
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct OutcomeNoted {
    /// In or after which.
    pub call: CallId,
    /// Whose.
    pub contact: Option<ContactId>,
    /// Who noted it.
    pub agent: String,
    /// The wrap-up code, where one was chosen.
    pub code: Option<String>,
    /// The contact's priority, where it was set.
    pub priority: Option<u8>,
}

/// See [`Fact::ReservationOpened`].
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ReservationOpened {
    pub reservation: ReservationId,
    pub site: String,
    pub asked: Mode,
    pub mode: ShownMode,
    pub visitor: VisitorId,
    pub contact: ContactId,
    pub page: Page,
    pub snapshot: Option<String>,
    pub consent: Option<Consent>,
    pub idempotency_key: Option<String>,
    pub trace_id: String,
    /// The number held (dial), and its PIN.
    pub number: Option<String>,
    pub pin: Option<String>,
    /// Microseconds since the epoch.
    pub expires_at: u64,
    pub agent: Option<String>,
    pub claim_until: u64,
    /// Call me.
    pub job: Option<JobId>,
    pub callee: Option<String>,
    /// Microseconds since the epoch: since when he has asked, where that is earlier: a caller who is called back instead.
    #[serde(default)]
    pub asked_at: Option<u64>,
    /// The call whose channel it changes.
    #[serde(default)]
    pub moves: Option<CallId>,
    /// What followed from the firm's rules.
    #[serde(default)]
    pub then: Option<Then>,
    /// Call me: when the visitor wants to be called, in microseconds since the epoch.
    #[serde(default)]
    pub due: Option<u64>,
    /// Call me: the zone of the browser in which it was asked for, IANA.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Call me: two digits that whoever is called must key in.
    #[serde(default)]
    pub match_digits: Option<String>,
    /// He was signed in at the site.
    #[serde(default)]
    pub identity: Option<Box<Identity>>,
    /// How he is told when he is called.
    #[serde(default)]
    pub correspondent: Option<Correspondent>,
    /// What he has chosen of what the site asks.
    #[serde(default, skip_serializing_if = "Said::is_empty")]
    pub said: Said,
    /// The campaign from whose hopper it comes.
    #[serde(default)]
    pub campaign: Option<Member>,
    /// Call me: a keyed digest of the address from which it was asked for, for limits alone.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub asked_from: String,
    /// No pool of the site is of the visitor's country: the number is shown as it is dialled from there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub abroad: bool,
    /// The number of his ticket, where he has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<u32>,
    /// None of the pool's numbers is shown to him.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
    /// The pool whose trunk carries its calls, by name; none: an earlier version did not keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    /// Call me: a program has asked for it anew, so that it keeps calling hours.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub anew: bool,
    /// It follows from this invitation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<InvitationId>,
}

/// See [`Fact::CallRecorded`].
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct CallRecorded {
    pub call: CallId,
    pub reservation: Option<ReservationId>,
    pub contact: Option<ContactId>,
    pub channel: String,
    pub page_title: String,
    pub agent: Option<String>,
    /// Microseconds since the epoch.
    pub started: u64,
    pub answered: Option<u64>,
    pub ended: u64,
    pub cause: Cause,
    pub trace_id: String,
    /// All who spoke; `agent` is the last of them.
    #[serde(default)]
    pub agents: Vec<String>,
    /// The wrap-up code chosen before its end.
    #[serde(default)]
    pub code: Option<String>,
    /// E.164: from where the reservation's caller called.
    #[serde(default)]
    pub caller: Option<String>,
    /// The queue in which it asked for an agent first, and when: microseconds since the epoch. None: it never did.
    #[serde(default)]
    pub queue: Option<String>,
    #[serde(default)]
    pub asked: Option<u64>,
    /// The channels it was changed to, one after the other: `phone`, `browser`.
    #[serde(default)]
    pub changed_to: Vec<String>,
    /// What the network said of the caller's number.
    #[serde(default, skip_serializing_if = "Verified::is_unknown")]
    pub verified: Verified,
    /// What the dialled line turned out to be.
    #[serde(default)]
    pub progress: Option<Progress>,
    /// What it has cost where somebody was called for a job and answered, in sixtieths of a cent.
    #[serde(default)]
    pub cost: Option<u64>,
    /// Where we called him: how he was treated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialled: Option<Box<Dialled>>,
    /// Cause `node_restart`: it was on at this moment, in microseconds since the epoch, and over at `ended`; when is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_until: Option<u64>,
    /// The trunk of its customer's side; none: a browser, or a route whose trunk the firm is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trunk: Option<String>,
}

impl CallRecorded {
    /// Microseconds since the epoch: until when it lasted at least.
    pub fn surely_until(&self) -> u64 {
        self.known_until.unwrap_or(self.ended)
    }
}

/// What was asked before a dialling, and let it pass (C15).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Checked {
    /// Microseconds since the epoch: when.
    pub at: u64,
    /// The lists of those whom nobody calls: the number was on none of them.
    pub lists: Vec<Looked>,
    /// It was on a register, and was dialled since he had asked for it himself: how that is known. `signed_in`: by the site's word it is his
    /// number; `digits`: whoever answers is asked for the digits of the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_request: Option<String>,
    /// `open`: within calling hours and the queue's; `exempt`: he had asked for it just before.
    pub hours: String,
    /// The clocks of whom is called: all those that he may live by.
    pub clocks: Vec<Clock>,
}

/// A list that was looked at.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Looked {
    /// `said_never`: who has said so, to any firm; `firm`: the firm's own, of programs; `firm_file`, `provider_file`.
    pub list: String,
    /// How many numbers it had.
    pub numbers: u64,
}

/// What a clock showed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Clock {
    /// As IANA names it.
    pub zone: String,
    /// `2026-11-23T09:05 mon`.
    pub local: String,
    /// Whether it is within calling hours there.
    pub open: bool,
}

/// How whom we called was treated (C15).
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Dialled {
    /// Microseconds since the epoch: since when it rang.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rang: Option<u64>,
    /// When it was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub up: Option<u64>,
    /// What was said to him, in this order; of many the first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub said: Vec<Spoken>,
    /// Whether he keyed in the digits of the page, where he was asked for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matched: Option<bool>,
}

/// What was said.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Spoken {
    /// By the names of their recordings.
    pub prompts: Vec<String>,
    /// ISO 639.
    pub language: String,
    /// Microseconds since the epoch: from when.
    pub at: u64,
    /// To its end; none: it was broken off.
    #[serde(default)]
    pub until: Option<u64>,
}

/// The verdict of the call progress detector.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Progress {
    pub verdict: Verdict,
    /// Frequencies and durations.
    pub evidence: String,
    /// Milliseconds since it was dialled.
    pub at_ms: u32,
}

/// See [`Fact::ContactStored`].
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ContactStored {
    pub contact: ContactId,
    pub name: String,
    pub numbers: Vec<String>,
    pub notes: String,
    pub priority: u8,
    pub visitors: Vec<VisitorId>,
    /// Its priority is somebody's word: without it 0 only says that nobody has rated him.
    #[serde(default)]
    pub rated: bool,
    #[serde(default)]
    pub vouched: Vouched,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub company: String,
    /// What the firm keeps of him besides.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// What is an agent's or a program's word: no visitor and no site changes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edited: Vec<ContactPart>,
    /// Who changed it, and what; none: it is new, or an earlier version did not keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit: Option<Box<ContactEdit>>,
    /// The site, or, without one, the queue where he was met just now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// Where the lines of the notes were written, from the first on; those behind, and all of earlier versions, are everybody's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes_at: Vec<NotesAt>,
}

/// So many lines of notes in a row that were written at one site, or, without one, at one queue.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct NotesAt {
    pub lines: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
}

/// A change of a contact's record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ContactEdit {
    /// Who did it.
    pub of: Rater,
    /// An agent's log-in name, a key's, or a site's; none: the firm's CRM.
    pub by: Option<String>,
    /// What is another than before.
    pub parts: Vec<ContactPart>,
}

/// What a contact's record consists of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ContactPart {
    Name,
    Company,
    Numbers,
    Email,
    Language,
    Attributes,
    Notes,
    Priority,
}

/// What is known of a contact by more than his own word: his site's signature, or the firm's list.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Vouched {
    /// The firm's own id of him.
    pub customer: Option<String>,
    /// His address.
    pub email: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    /// E.164: at which he is called when he types no number.
    pub on_file: Option<String>,
}
