//! Identifiers: ULIDs with a prefix that says what they name (`rsv_01J…`).

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;
use warmline_time::Time;

/// In microseconds.
const DAY: u64 = 86_400_000_000;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A text that is not the id it should be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InvalidId;

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an id of this kind")
    }
}

impl std::error::Error for InvalidId {}

fn mint(now: Time, random: u128) -> u128 {
    (u128::from(now.as_micros() / 1000) << 80) | (random & ((1 << 80) - 1))
}

fn write_ulid(value: u128, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    (0..26).rev().try_for_each(|digit| {
        let index = (value >> (digit * 5)) & 31;
        write!(f, "{}", ALPHABET[index as usize] as char)
    })
}

fn read_ulid(text: &str) -> Option<u128> {
    if text.len() != 26 || text.as_bytes()[0] > b'7' {
        return None;
    }
    text.bytes().try_fold(0u128, |value, byte| {
        let digit = ALPHABET.iter().position(|&letter| letter == byte)?;
        Some(value << 5 | digit as u128)
    })
}

macro_rules! id {
    ($name:ident, $prefix:literal, $doc:literal) => {
        #[doc = $doc]
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(u128);

        impl $name {
            /// A new one: the moment and 80 random bits.
            pub fn mint(now: Time, random: u128) -> Self {
                $name(mint(now, random))
            }

            /// When it was minted, to the millisecond.
            pub fn minted(self) -> Time {
                Time::from_micros((self.0 >> 80) as u64 * 1000)
            }

            /// Another one of the same day, always the same for this key: without the key nobody can tell which one it was.
            pub fn renamed(self, key: &[u8; 32]) -> Self {
                let digest = Sha256::new().chain_update(key).chain_update(self.0.to_be_bytes()).finalize();
                let random = digest.iter().take(10).fold(0, |bits, &byte| bits << 8 | u128::from(byte));
                let day = self.minted().as_micros() / DAY * DAY;
                $name(mint(Time::from_micros(day), random))
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($prefix)?;
                write_ulid(self.0, f)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.strip_prefix($prefix).and_then(read_ulid).map($name).ok_or(InvalidId)
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id!(CallId, "cal_", "A call: the customer's party and an agent's, from the first leg to the last.");
impl CallId {
    /// A chat is no call, yet it is one contact in a customer's history: known there by its reservation's digits.
    pub(crate) fn of_chat(chat: ReservationId) -> Self {
        CallId(chat.0)
    }
}

id!(PartyId, "pty_", "One party of a call.");
id!(ReservationId, "rsv_", "A visitor's request and what was held for it, whatever the channel.");
id!(CampaignId, "cmp_", "A campaign: jobs that a firm puts in itself.");
id!(JobId, "job_", "A call-me job of the list server.");
id!(AttemptId, "att_", "One dialling of a job: durable before the INVITE.");
id!(ContactId, "con_", "A customer's record.");
id!(VisitorId, "wlv_", "A visitor's browser, opaque.");
id!(EventId, "evt_", "An event of the interfaces.");
id!(DecisionId, "dec_", "One choice of an agent, with whom it was made among.");
id!(AlertId, "alr_", "A call for agents' attention: a visitor whom a criterion has found.");
id!(InvitationId, "inv_", "What a visitor was offered unasked.");
id!(ErasureId, "era_", "The erasure of a person.");
id!(ProbeId, "prb_", "One round trip to a desktop.");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_back_what_they_write() {
        let id = ReservationId::mint(Time::from_micros(1_795_341_900_000_000), 7);
        let text = id.to_string();
        assert_eq!((text.len(), id.minted()), (30, Time::from_micros(1_795_341_900_000_000)));
        assert!(text.starts_with("rsv_01"), "{text}");
        assert_eq!(text.parse(), Ok(id));
        assert_eq!(text.replace("rsv_", "cal_").parse::<ReservationId>(), Err(InvalidId));
        assert_eq!("rsv_".parse::<ReservationId>(), Err(InvalidId));
    }
}
