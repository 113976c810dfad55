//! Connectivity checks on the wire (RFC 8489, RFC 8445 §7.3): a cheap strict reading, then the password, then the answer.
//!
//! The reading allocates nothing, so that strangers' datagrams cost little. It also sees what the STUN library does not
//! tell: where an attribute stands relative to MESSAGE-INTEGRITY.

use rtc_stun::attributes::{
    ATTR_FINGERPRINT, ATTR_ICE_CONTROLLED, ATTR_ICE_CONTROLLING, ATTR_MESSAGE_INTEGRITY,
    ATTR_MESSAGE_INTEGRITY_SHA256, ATTR_PRIORITY, ATTR_USE_CANDIDATE, ATTR_USERNAME, AttrType,
};
use rtc_stun::crypto::providers::RingCrypto;
use rtc_stun::fingerprint::FINGERPRINT;
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{BINDING_REQUEST, BINDING_SUCCESS, MAGIC_COOKIE, Message, Setter};
use rtc_stun::xoraddr::XorMappedAddress;
use std::net::SocketAddr;

/// The largest check looked at, in bytes; a browser's has about 120.
const MAX_LENGTH: usize = 1500;
const HEADER: usize = 20;

/// A well-formed binding request of ICE, not yet authenticated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Check<'a> {
    /// The receiver's user name fragment: ours.
    pub local: &'a str,
    /// The sender's.
    pub peer: &'a str,
    /// USE-CANDIDATE is there.
    pub nominates: bool,
}

/// What was read of the attributes so far.
#[derive(Default)]
struct Seen<'a> {
    username: Option<&'a str>,
    nominates: bool,
    integrity: bool,
    fingerprint: bool,
}

/// Reads a binding request. `None` where anything is missing, doubled, out of place, of a wrong length or, being
/// comprehension-required, unknown. Whatever follows MESSAGE-INTEGRITY, FINGERPRINT aside, is outside the password's
/// protection: such a message is refused as a whole.
pub(super) fn read(packet: &[u8]) -> Option<Check<'_>> {
    let (header, mut rest) = packet.split_first_chunk::<HEADER>()?;
    let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
    let is_request = header[..2] == BINDING_REQUEST.value().to_be_bytes();
    let has_cookie = header[4..8] == MAGIC_COOKIE.to_be_bytes();
    if !is_request || !has_cookie || length != rest.len() || packet.len() > MAX_LENGTH {
        return None;
    }
    let mut seen = Seen::default();
    while !rest.is_empty() {
        let (head, body) = rest.split_first_chunk::<4>()?;
        let size = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let value = body.get(..size)?;
        rest = body.get(size.next_multiple_of(4)..)?;
        seen.attribute(AttrType(u16::from_be_bytes([head[0], head[1]])), value)?;
    }
    if !seen.integrity || !seen.fingerprint {
        return None;
    }
    let (local, peer) = seen.username?.split_once(':')?;
    let plausible = |ufrag: &str| (4..=256).contains(&ufrag.len());
    (plausible(local) && plausible(peer)).then_some(Check { local, peer, nominates: seen.nominates })
}

impl<'a> Seen<'a> {
    fn attribute(&mut self, kind: AttrType, value: &'a [u8]) -> Option<()> {
        let in_place = match kind {
            _ if self.fingerprint => false,
            ATTR_FINGERPRINT => {
                self.fingerprint = true;
                value.len() == 4 && self.integrity
            }
            ATTR_MESSAGE_INTEGRITY_SHA256 => self.integrity,
            _ if self.integrity => false,
            ATTR_MESSAGE_INTEGRITY => {
                self.integrity = true;
                value.len() == 20
            }
            ATTR_USERNAME => {
                let first = self.username.is_none();
                self.username = Some(std::str::from_utf8(value).ok()?);
                first
            }
            ATTR_USE_CANDIDATE => {
                self.nominates = true;
                value.is_empty()
            }
            ATTR_PRIORITY => value.len() == 4,
            // We are lite and thus always controlled; a peer that says it is controlled too has it wrong, and finds
            // out by itself: there is no tie to break with an agent that can have one role only.
            ATTR_ICE_CONTROLLED | ATTR_ICE_CONTROLLING => value.len() == 8,
            other => other.optional(),
        };
        in_place.then_some(())
    }
}

/// Checks fingerprint and password; the message if both are right.
pub(super) fn authenticate(packet: &[u8], password: &str) -> Option<Message> {
    let mut message = Message::new();
    message.unmarshal_binary(packet).ok()?;
    FINGERPRINT.check(&message).ok()?;
    MessageIntegrity::check(&mut message, password.as_bytes(), &RingCrypto).ok()?;
    Some(message)
}

/// The success response, telling the sender its address.
pub(super) fn answer(request: &Message, from: SocketAddr, password: &str) -> Option<Vec<u8>> {
    let integrity =
        MessageIntegrity::new_short_term_integrity_with_provider(password.to_owned(), &RingCrypto);
    let setters: [Box<dyn Setter + '_>; 5] = [
        Box::new(BINDING_SUCCESS),
        Box::new(request.transaction_id),
        Box::new(XorMappedAddress { ip: from.ip().to_canonical(), port: from.port() }),
        Box::new(integrity),
        Box::new(FINGERPRINT),
    ];
    let mut message = Message::new();
    message.build(&setters).ok()?;
    Some(message.raw)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rtc_stun::attributes::RawAttribute;
    use rtc_stun::message::{Getter, TransactionId};

    const PASSWORD: &str = "0123456789012345678901";

    fn raw(typ: AttrType, value: &[u8]) -> Box<dyn Setter> {
        Box::new(RawAttribute { typ, length: 0, value: value.to_vec() })
    }

    fn integrity() -> Box<dyn Setter> {
        Box::new(MessageIntegrity::new_short_term_integrity_with_provider(PASSWORD.to_owned(), &RingCrypto))
    }

    fn request(attributes: Vec<Box<dyn Setter>>) -> Vec<u8> {
        let mut setters: Vec<Box<dyn Setter>> =
            vec![Box::new(BINDING_REQUEST), Box::new(TransactionId([7; 12]))];
        setters.extend(attributes);
        let mut message = Message::new();
        message.build(&setters).expect("built");
        message.raw
    }

    fn username() -> Box<dyn Setter> {
        raw(ATTR_USERNAME, b"ours:theirs")
    }

    #[test]
    fn a_check_is_read_authenticated_and_answered() {
        let packet = request(vec![
            username(),
            raw(ATTR_PRIORITY, &[0, 0, 1, 0]),
            raw(ATTR_ICE_CONTROLLING, &[0; 8]),
            raw(AttrType(0xc057), &[0; 4]),
            integrity(),
            Box::new(FINGERPRINT),
        ]);
        assert_eq!(read(&packet), Some(Check { local: "ours", peer: "theirs", nominates: false }));
        assert!(authenticate(&packet, "another password, long").is_none());
        let message = authenticate(&packet, PASSWORD).expect("authentic");
        let from: SocketAddr = "192.0.2.7:4711".parse().expect("address");
        let answer = answer(&message, from, PASSWORD).expect("answered");
        let mut read_back = Message::new();
        read_back.unmarshal_binary(&answer).expect("well-formed");
        assert_eq!((read_back.typ, read_back.transaction_id), (BINDING_SUCCESS, TransactionId([7; 12])));
        FINGERPRINT.check(&read_back).expect("fingerprint");
        MessageIntegrity::check(&mut read_back, PASSWORD.as_bytes(), &RingCrypto).expect("integrity");
        let mut address = XorMappedAddress::default();
        address.get_from(&read_back).expect("address");
        assert_eq!(SocketAddr::new(address.ip, address.port), from);
    }

    #[test]
    fn use_candidate_counts_before_message_integrity_only() {
        let nominate = || raw(ATTR_USE_CANDIDATE, &[]);
        let before = request(vec![username(), nominate(), integrity(), Box::new(FINGERPRINT)]);
        assert!(read(&before).is_some_and(|check| check.nominates));
        let behind = request(vec![username(), integrity(), nominate(), Box::new(FINGERPRINT)]);
        assert!(authenticate(&behind, PASSWORD).is_some(), "the library alone would take it");
        assert_eq!(read(&behind), None);
    }

    #[test]
    fn what_is_missing_doubled_unknown_or_out_of_place_is_refused() {
        let good = || vec![username(), integrity()];
        assert_eq!(read(&request(good())), None, "no fingerprint");
        assert_eq!(read(&request(vec![username(), Box::new(FINGERPRINT)])), None, "no integrity");
        assert_eq!(read(&request(vec![integrity(), Box::new(FINGERPRINT)])), None, "no user name");
        let doubled = vec![username(), username(), integrity(), Box::new(FINGERPRINT)];
        assert_eq!(read(&request(doubled)), None, "two user names");
        let unknown = vec![username(), raw(AttrType(0x0030), &[]), integrity(), Box::new(FINGERPRINT)];
        assert_eq!(read(&request(unknown)), None, "comprehension required");
        let mut behind = good();
        behind.push(Box::new(FINGERPRINT));
        behind.push(raw(AttrType(0x8022), b"x"));
        assert_eq!(read(&request(behind)), None, "behind the fingerprint");
        let short = vec![username(), raw(ATTR_MESSAGE_INTEGRITY, &[]), Box::new(FINGERPRINT)];
        assert_eq!(read(&request(short)), None, "empty integrity");
        let whole = request(vec![username(), integrity(), Box::new(FINGERPRINT)]);
        assert!(read(&whole).is_some());
        assert_eq!(read(&[whole.as_slice(), &[0; 4]].concat()), None, "trailing bytes");
        let mut changed = whole;
        changed[24] ^= 1;
        assert!(authenticate(&changed, PASSWORD).is_none());
    }

    proptest! {
        #[test]
        fn arbitrary_attributes_never_panic(
            kinds in prop::collection::vec((0_u16..0x40, prop::collection::vec(any::<u8>(), 0..24)), 0..8),
            cut in 0_usize..40,
            flip in 0_usize..400,
        ) {
            let attributes = kinds.iter().map(|(kind, value)| raw(AttrType(*kind), value)).collect();
            let mut packet = request(attributes);
            let at = flip % packet.len();
            packet[at] ^= flip as u8;
            packet.truncate(packet.len() - cut.min(packet.len()));
            let _ = read(&packet);
            let _ = authenticate(&packet, PASSWORD);
        }
    }
}
