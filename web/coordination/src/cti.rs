//! The CTI link (G p. 11–12): all that coordination and a switch say to each other. Plain values, switch-independent.
//!
//! A call has one customer party and up to [`AGENTS`] agent parties, or up to [`GROUP`] that ring as a group. The switch joins the customer and the first agent who
//! answers by itself; from the first `Join` on, who hears whom is coordination's to say, and a party that answers later
//! waits in silence until it is named in one. When the customer leaves, the switch drops everybody; when the last agent who
//! had answered leaves a bridged call and no other agent rings, it drops the customer, otherwise the customer hears music
//! where he is left alone. An agent party that fails before it answered leaves the others as they were.

use crate::ids::{CallId, PartyId};

/// A phone that the switch can ring.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Device {
    /// A registered phone: `sip:user@realm`.
    Account {
        /// User part of the address of record.
        user: String,
        /// Its realm: a firm's name for agents' own, the node's domain for plain accounts.
        realm: String,
    },
    /// A number behind a trunk.
    Number {
        /// E.164.
        number: String,
        /// The trunk's name.
        trunk: String,
    },
}

/// Whether the network vouches for the caller's number (STIR: RFC 8224; `verstat`: 3GPP TS 24.229 §7.2A.20).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verified {
    /// It does.
    Passed,
    /// It has found that the number is not his.
    Failed,
    /// It says nothing.
    #[default]
    Unknown,
}

impl Verified {
    /// In the stable words of the interfaces.
    pub fn word(self) -> &'static str {
        match self {
            Verified::Passed => "passed",
            Verified::Failed => "failed",
            Verified::Unknown => "unknown",
        }
    }

    /// For serde: whether there is nothing to say.
    pub fn is_unknown(&self) -> bool {
        *self == Verified::Unknown
    }
}

/// Agents' parties of one call at most: the one who has it and the one he asks.
pub const AGENTS: usize = 2;

/// Agents' parties of one call that ring as a group at most: each is a phone that the switch calls and a port of media.
pub const GROUP: usize = 16;

/// Something that is said to a party. Which words, in which language and voice, is the switch's matter.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Prompt {
    /// Please enter the code from the page.
    EnterPin,
    /// That code is not right; once more.
    WrongPin,
    /// Thank you; we connect you.
    Accepted,
    /// You asked to be called: key in the two digits of the page; or 9, and we never call again.
    MatchDigits,
    /// Everybody is busy; please hold the line.
    PleaseHold,
    /// This is the echo test; speak, and you hear yourself.
    EchoTest,
    /// To an agent's phone outside: a call for you.
    NewCall,
    /// The same: a colleague would like to ask you something.
    ColleagueAsks,
    /// The same: the call that you asked for.
    YourCall,
    /// To accept it, press 1.
    PressOne,
    /// The name of a queue, by its [`queue_label`]; not said where nobody has recorded it.
    Queue(u64),
    /// A queue's own greeting, which names its keys: its place among all greetings of the configuration.
    Greeting(u16),
    /// Press the key to be called back; you keep your place.
    OfferCallback,
    /// Press the key if you see a code on the page.
    OfferPin,
    /// Who has called and why nobody speaks, and how not to be called again; goodbye.
    Identification,
    /// We call you back; goodbye.
    CallbackGoodbye,
    /// You are number …
    YouAreNumber,
    /// … in line.
    InLine,
    /// The wait is about …
    WaitAbout,
    /// … one minute.
    OneMinute,
    /// … minutes.
    Minutes,
    /// 1 to [`Prompt::NUMBERS`].
    Number(u8),
}

impl Prompt {
    /// The highest number that can be said.
    pub const NUMBERS: u8 = 20;

    /// By the name of its recording, without the ending; of a queue's by what it names it.
    pub fn word(self) -> String {
        let word = match self {
            Prompt::EnterPin => "enter-pin",
            Prompt::WrongPin => "wrong-pin",
            Prompt::Accepted => "accepted",
            Prompt::MatchDigits => "match-digits",
            Prompt::PleaseHold => "please-hold",
            Prompt::EchoTest => "echo-test",
            Prompt::NewCall => "new-call",
            Prompt::ColleagueAsks => "colleague-asks",
            Prompt::YourCall => "your-call",
            Prompt::PressOne => "press-one",
            Prompt::OfferCallback => "offer-callback",
            Prompt::OfferPin => "offer-pin",
            Prompt::Identification => "identification",
            Prompt::CallbackGoodbye => "callback-goodbye",
            Prompt::YouAreNumber => "you-are-number",
            Prompt::InLine => "in-line",
            Prompt::WaitAbout => "wait-about",
            Prompt::OneMinute => "one-minute",
            Prompt::Minutes => "minutes",
            Prompt::Queue(label) => return format!("queue-{label:016x}"),
            Prompt::Greeting(place) => return format!("greeting-{place}"),
            Prompt::Number(number) => return format!("number-{number}"),
        };
        word.to_owned()
    }
}

/// What [`Prompt::Queue`] names a queue by: the same over restarts and machines.
pub fn queue_label(firm: &str, queue: &str) -> u64 {
    label(&format!("queue-{firm}-{queue}"))
}

/// The label of a queue by the name of its recording, `queue-FIRM-QUEUE` (FNV-1a).
pub fn label(recording: &str) -> u64 {
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    recording.bytes().fold(0xcbf2_9ce4_8422_2325, fold)
}

/// A phone that a machine may answer. Whoever answers it hears this again and again; the party has answered, for
/// coordination and the others in the call, once it has keyed the code. It hangs up or does not: `NoAnswer`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Confirm {
    /// One after the other.
    pub prompts: Vec<Prompt>,
    /// ISO 639 language, lower case.
    pub language: String,
    /// Seconds it has for it once its phone is answered.
    pub secs: u32,
    /// What it keys: `1`, or what only the agent knows.
    pub code: String,
}

impl Confirm {
    /// The key that says yes.
    pub const YES: &str = "1";
}

/// What coordination asks of the switch. A call or party that is gone: ignored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Command {
    /// Sends 180 to the customer of an inbound call that is not answered.
    Alert {
        /// Which.
        call: CallId,
    },
    /// Answers the customer if need be and plays music until an agent is joined.
    Queue {
        /// Which.
        call: CallId,
    },
    /// A number that was taken out of its pool is held by nobody any more: it is what the configuration says of it, or nobody's.
    ReleaseNumber {
        /// E.164.
        number: String,
    },
    /// Refuses an inbound call that is not answered.
    Reject {
        /// Which.
        call: CallId,
        /// Why.
        cause: Cause,
    },
    /// Rings an agent's device for a call. Answers: `Ringing`, then `Answered` or `Failed`.
    Ring {
        /// Which.
        call: CallId,
        /// The agent's party, minted by coordination.
        party: PartyId,
        /// Which phone.
        device: Device,
        /// What the phone shows: the customer's name or number.
        caller_name: String,
        /// The customer's number, where it may be shown.
        caller_number: Option<String>,
        /// The phone is asked to answer by itself (Call-Info `answer-after=0`, Alert-Info).
        auto_answer: bool,
        /// Seconds until `Failed` with `NoAnswer`.
        ring_secs: u32,
        /// A machine may answer there: the party is asked first.
        confirm: Option<Confirm>,
        /// It rings with others of the call, for whoever is first. As soon as one of them is in the call the switch withdraws
        /// the rest by itself: `Failed` with `Elsewhere`, after his `Answered`. One that comes too late fares the same.
        group: bool,
    },
    /// A call whose customer is dialled later: his agent is rung first. `Dial` with the same call and party goes on with it, and
    /// is heard as ringback by the agent meanwhile. Answer: none, or `Failed` and `Ended` (`Full`) where there is no room.
    Prepare {
        /// The call, minted by coordination.
        call: CallId,
        /// The customer's party.
        party: PartyId,
    },
    /// Dials a customer: a new call, or one that is prepared. Answers: `Ringing`, then `Answered` or `Failed` (then `Ended`); `Full` only
    /// where no INVITE left.
    Dial {
        /// The call, minted by coordination.
        call: CallId,
        /// The customer's party.
        party: PartyId,
        /// E.164.
        number: String,
        /// The trunk's name.
        trunk: String,
        /// E.164 of ours that is shown.
        caller_id: String,
        /// Part of Call-ID and tag: the attempt.
        token: String,
        /// Seconds until `Failed` with `NoAnswer`.
        ring_secs: u32,
        /// The call in which he is to `Replace` the customer.
        beside: Option<CallId>,
        /// What the line says is listened to, from early media on to ten seconds after the answer at most: `Progress`.
        detect: bool,
    },
    /// A browser's SDP offer: a new call whose customer is already there. Answers: `BrowserAnswer` or `Failed`.
    BrowserOffer {
        /// The call, minted by coordination.
        call: CallId,
        /// The customer's party.
        party: PartyId,
        /// Opaque to coordination.
        sdp: String,
        /// The call in which he is to `Replace` the customer.
        beside: Option<CallId>,
    },
    /// The customer of a call without agents is the customer of another one, who goes over to this phone or browser: answered if need
    /// be, and in his place as soon as it is heard; what he had before is ended then. Answer: `Replaced`, or `Ended` of `from`, and the
    /// call goes on as it was. Where that call is over, or has no customer who has answered, nothing is done: `from` is as it was.
    Replace {
        /// The call that goes on.
        call: CallId,
        /// The call that is none any more with `Replaced`.
        from: CallId,
    },
    /// The customer may come back by `Replace`: from now on the call does not end where his phone or browser is lost or hangs up
    /// (`CustomerLost`), until he has come or this is taken back.
    KeepCustomer {
        /// Which call.
        call: CallId,
        /// From now on; false: no longer.
        on: bool,
    },
    /// The customer may be calling anew because he has lost this call: with `on` his media counts as lost when nothing of it has come for
    /// three seconds, counted from now on; without, after as long as anybody's.
    WatchCustomer {
        /// Which call.
        call: CallId,
        /// Whether.
        on: bool,
    },
    /// A phone that has dialled (`Dialled`) becomes an agent's party of a call, answered at once. Answer: `Answered` or `Failed`; what
    /// it had dialled with is no call any more, without a word.
    Adopt {
        /// Which call.
        call: CallId,
        /// The agent's party, minted by coordination.
        party: PartyId,
        /// What `Dialled` named.
        from: CallId,
        /// It is asked first.
        confirm: Option<Confirm>,
    },
    /// What the party says is heard as silence, or heard again.
    Mute {
        /// Which call.
        call: CallId,
        /// Whose voice.
        party: PartyId,
        /// Whether.
        on: bool,
    },
    /// Exactly these parties hear each other from now on; the customer, where he is not one of them, hears music, an agent
    /// silence. Parties that have not answered join when they do. Replaces the last `Join` (or the joining by itself).
    Join {
        /// Which call.
        call: CallId,
        /// Nobody twice; empty: everybody is alone.
        parties: Vec<PartyId>,
    },
    /// Keys are pressed for the party to hear: RFC 4733 events where it takes them, otherwise tones.
    Digits {
        /// Which call.
        call: CallId,
        /// Who hears them.
        party: PartyId,
        /// `0`–`9`, `*`, `#`, `A`–`D`; at most 32.
        digits: String,
    },
    /// Answers the customer if need be and says something to him, once; afterwards he hears music, or silence with `quiet`.
    /// Answer: `Played`, unless he was joined or something else was played before the end.
    Say {
        /// Which call.
        call: CallId,
        /// One after the other.
        prompts: Vec<Prompt>,
        /// ISO 639 language, lower case; one that the switch has not is said in English.
        language: String,
        /// Silence afterwards: digits are awaited.
        quiet: bool,
    },
    /// Takes one party out: CANCEL or BYE. An agent's: the customer stays, with music where he is alone.
    Drop {
        /// Which call.
        call: CallId,
        /// Who.
        party: PartyId,
        /// Why.
        cause: Cause,
    },
    /// Ends a call with all its parties.
    Hangup {
        /// Which.
        call: CallId,
        /// Why.
        cause: Cause,
    },
    /// An agent's phone may register as `sip:user@realm` with this password from now on.
    SetCredential {
        /// User part.
        user: String,
        /// The firm's name.
        realm: String,
        /// The password.
        password: String,
    },
    /// And no longer: its bindings are removed too.
    DropCredential {
        /// User part.
        user: String,
        /// The firm's name.
        realm: String,
    },
}

impl Command {
    /// The call it is about.
    pub fn call(&self) -> Option<CallId> {
        match self {
            Command::Alert { call }
            | Command::Queue { call }
            | Command::Reject { call, .. }
            | Command::Ring { call, .. }
            | Command::Prepare { call, .. }
            | Command::Dial { call, .. }
            | Command::BrowserOffer { call, .. }
            | Command::Replace { call, .. }
            | Command::KeepCustomer { call, .. }
            | Command::WatchCustomer { call, .. }
            | Command::Adopt { call, .. }
            | Command::Mute { call, .. }
            | Command::Join { call, .. }
            | Command::Digits { call, .. }
            | Command::Say { call, .. }
            | Command::Drop { call, .. }
            | Command::Hangup { call, .. } => Some(*call),
            Command::SetCredential { .. }
            | Command::DropCredential { .. }
            | Command::ReleaseNumber { .. } => None,
        }
    }
}

/// Where an inbound call entered.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Entry {
    /// A routing point: a number of a pool.
    RoutingPoint {
        /// The firm that owns the number.
        firm: String,
        /// E.164.
        number: String,
    },
    /// A route to a queue.
    Queue {
        /// The firm.
        firm: String,
        /// The queue's name.
        queue: String,
    },
}

/// Why a party or a call is over, or never came to be.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Hung up in the ordinary way.
    Normal,
    /// 486, 600.
    Busy,
    /// Rang out: 408 after ringing, 480, or our ring limit.
    NoAnswer,
    /// 603 and other 6xx: a person's word, or his network's for him.
    Declined,
    /// 404, 410, 484, 604.
    NotFound,
    /// No phone registered, trunk down, transport failed, or the network refuses us.
    Unreachable,
    /// The caller or the switch withdrew before an answer.
    Canceled,
    /// Answered by another phone, of its own or of its group.
    Elsewhere,
    /// No media, or no codec in common.
    Media,
    /// Limits of trunk or switch.
    Overload,
    /// The customer was not dialled at all: his trunk, or the switch, has no room for one more call.
    Full,
    /// Our fault.
    Internal,
    /// The program died with it: a record's cause, closed at the next start.
    NodeRestart,
}

impl Cause {
    /// In the stable words of the interfaces (see `ReservationView::reason`).
    pub fn reason(self) -> &'static str {
        match self {
            Cause::Busy => "busy",
            Cause::NoAnswer => "no_answer",
            Cause::Declined => "declined",
            Cause::NotFound => "not_found",
            Cause::NodeRestart => "node_restart",
            Cause::Canceled => "canceled",
            Cause::Normal | Cause::Elsewhere => "normal",
            Cause::Unreachable | Cause::Media | Cause::Overload | Cause::Full | Cause::Internal => {
                "unreachable"
            }
        }
    }
}

/// What a dialled line turned out to be (G p. 15).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It rings.
    Ringback,
    /// Busy tone.
    Busy,
    /// No line, or no place in the network: congestion tone, or special information tones that do not say otherwise.
    Congestion,
    /// No such number: special information tones of that meaning.
    NotFound,
    /// A fax.
    Fax,
    /// A modem.
    Modem,
    /// An answering machine or announcement.
    Machine,
    /// A person.
    Person,
    /// Nothing was recognised: to be treated as a person.
    Unknown,
}

impl Verdict {
    /// In the stable words of the interfaces.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Ringback => "ringback",
            Verdict::Busy => "busy",
            Verdict::Congestion => "congestion",
            Verdict::NotFound => "not_found",
            Verdict::Fax => "fax",
            Verdict::Modem => "modem",
            Verdict::Machine => "machine",
            Verdict::Person => "person",
            Verdict::Unknown => "unknown",
        }
    }
}

/// What the switch reports.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// An inbound call waits for a decision (`Alert`, `Ring`, `Queue`, `Reject`).
    Arrived {
        /// Minted by the switch.
        call: CallId,
        /// The customer's party.
        party: PartyId,
        /// Where it entered.
        entry: Entry,
        /// The caller's number in E.164 where it could be read and is not withheld.
        from: Option<String>,
        /// The caller's display name, unchecked.
        from_display: String,
        /// What a trunk says of his number.
        verified: Verified,
    },
    /// A phone of ours has dialled a short number that coordination may know, a slot of parked calls or a warm line; or a phone of the
    /// network a warm line's number. It waits for `Adopt` or `Reject`; if it hangs up before, nothing is told.
    Dialled {
        /// Minted by the switch.
        call: CallId,
        /// User part of the phone's account; of the network, its number in E.164, or nothing.
        user: String,
        /// Its realm; empty: the network's.
        realm: String,
        /// Digits; in E.164 where it came from the network.
        number: String,
    },
    /// The party's phone rings.
    Ringing {
        /// Which call.
        call: CallId,
        /// Who.
        party: PartyId,
    },
    /// The party answered.
    Answered {
        /// Which call.
        call: CallId,
        /// Who.
        party: PartyId,
    },
    /// The answer to `BrowserOffer`; `Answered` follows when media can flow.
    BrowserAnswer {
        /// Which call.
        call: CallId,
        /// Who.
        party: PartyId,
        /// Opaque to coordination.
        sdp: String,
    },
    /// The party never answered.
    Failed {
        /// Which call.
        call: CallId,
        /// Who.
        party: PartyId,
        /// Why.
        cause: Cause,
    },
    /// The party has pressed a key.
    Digit {
        /// Which call.
        call: CallId,
        /// Who.
        party: PartyId,
        /// `0`–`9`, `*`, `#`, `A`–`D`.
        digit: char,
    },
    /// What was to be said has been said to its end.
    Played {
        /// Which call.
        call: CallId,
    },
    /// What a party that was dialled with `detect` turned out to be. The call is as it was; before the answer it may hear nothing more.
    Progress {
        /// Which call.
        call: CallId,
        /// Who.
        party: PartyId,
        /// What.
        verdict: Verdict,
        /// Why, briefly: frequencies and durations, nothing of what was said.
        evidence: String,
        /// Milliseconds since it was dialled.
        at_ms: u32,
        /// Whether it had answered.
        answered: bool,
    },
    /// Customer and agent hear each other, for the first time.
    Bridged {
        /// Which.
        call: CallId,
    },
    /// Another switch was told to connect the customer with the party; neither is here any more, and nothing will be heard of
    /// them. The call is there until `Hangup`. In place of `Answered` and `Bridged`.
    HandedOver {
        /// Which call.
        call: CallId,
        /// The agent's party.
        party: PartyId,
    },
    /// A party that had answered is gone.
    Left {
        /// Which call.
        call: CallId,
        /// Who.
        party: PartyId,
        /// Why.
        cause: Cause,
        /// Whether it hung up by itself (false: it was dropped).
        by_itself: bool,
    },
    /// The call is over and all its legs are cleared. The last event of a call.
    Ended {
        /// Which.
        call: CallId,
        /// Why.
        cause: Cause,
    },
    /// A phone has registered.
    DeviceUp {
        /// User part.
        user: String,
        /// Its realm.
        realm: String,
    },
    /// The last binding of a phone is gone.
    DeviceDown {
        /// User part.
        user: String,
        /// Its realm.
        realm: String,
    },
    /// A trunk answers OPTIONS (again).
    TrunkUp {
        /// Its name.
        trunk: String,
    },
    /// A trunk answers no more.
    TrunkDown {
        /// Its name.
        trunk: String,
    },
    /// The browser phone of an agent who speaks is lost; the call is kept, those who were to hear him hear silence, then music.
    /// The switch calls the phone as soon as it has registered: `PhoneBack`. Coordination says how long is long enough: `Drop`.
    PhoneLost {
        /// Which call.
        call: CallId,
        /// Who.
        party: PartyId,
        /// What the INVITE that brings him back carries; for his desktop alone.
        token: String,
    },
    /// The customer is heard on the phone or browser of the other call, which is none any more, and on nothing else.
    Replaced {
        /// Which call.
        call: CallId,
        /// The other one.
        from: CallId,
    },
    /// The customer is not there any more, and kept (`KeepCustomer`). Who was to hear him hears music.
    CustomerLost {
        /// Which call.
        call: CallId,
    },
    /// It is back in the call, as if nothing had been.
    PhoneBack {
        /// Which call.
        call: CallId,
        /// Who.
        party: PartyId,
    },
}
