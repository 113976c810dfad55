//! What coordination asks of the switch.

use super::{Cause, Confirm, Device, Prompt};
use crate::ids::{CallId, PartyId};

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
