//! What the switch reports.

use super::{Cause, Verified};
use crate::ids::{CallId, PartyId};

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
        /// For how long a person who has greeted had been quiet by then, in milliseconds.
        quiet_ms: u32,
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
