//! What a packet of one leg becomes for the other, by its payload type: decided at negotiation, one look-up a packet.

use crate::sdp::{Codec, Negotiated};
use crate::tone::{A_TO_MU, Law, MU_TO_A};

/// What is done with the payload.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Action {
    /// The other side has no such encoding.
    Drop,
    /// As it is; not G.711.
    Pass,
    /// G.711, as it is.
    Speech(Law),
    /// To the other G.711: this one.
    Convert(Law),
    /// A key press (RFC 4733), as it is.
    Event,
    /// A key press that the receiver has no number for.
    Key,
    /// G.711, for the mixer: this one.
    Mix(Law),
}

/// The row of one payload type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Target {
    /// Under which the receiver knows it.
    pub payload_type: u8,
    pub action: Action,
}

/// All payload types that one leg sends, for the leg that hears them.
#[derive(Clone, Debug)]
pub(super) struct Route {
    rows: [Target; 128],
}

/// What `apply` made of a packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Applied {
    /// To be sent under this payload type.
    Send(u8),
    /// A key press, to be told, and sent under this payload type.
    Event(u8),
    /// A key press, to be told only.
    Key,
    /// For the mixer.
    Mix(Law),
    /// Not to be sent.
    Drop,
}

impl Route {
    /// Where nothing goes through.
    pub fn closed() -> Self {
        Route { rows: [Target { payload_type: 0, action: Action::Drop }; 128] }
    }

    /// From what `from` sends us to what `to` wants to hear.
    pub fn between(from: &Negotiated, to: &Negotiated) -> Self {
        Route::of(from, |codec| target(codec, &to.codecs))
    }

    /// Where nobody hears it: its key presses are told.
    pub fn alone(from: &Negotiated) -> Self {
        Route::of(from, |codec| target(codec, &[]))
    }

    /// Into the mixer.
    pub fn mixed(from: &Negotiated) -> Self {
        Route::of(from, |codec| match law(codec) {
            Some(law) => Target { payload_type: 0, action: Action::Mix(law) },
            None => target(codec, &[]),
        })
    }

    fn of(from: &Negotiated, target: impl Fn(&Codec) -> Target) -> Self {
        let mut route = Route::closed();
        for (codec, payload_type) in received(from) {
            // Our number goes before one that only the peer's side of the negotiation says.
            let row = &mut route.rows[usize::from(payload_type & 0x7F)];
            if row.action == Action::Drop {
                *row = target(codec);
            }
        }
        route
    }

    /// Changes the payload in place as its type needs; `muted`: to silence, where the encoding has one.
    pub fn apply(&self, payload_type: u8, payload: &mut [u8], muted: bool) -> Applied {
        let target = self.rows[usize::from(payload_type & 0x7F)];
        match (target.action, muted) {
            (Action::Pass | Action::Speech(_), false) => Applied::Send(target.payload_type),
            (Action::Convert(law), false) => {
                let table = match law {
                    Law::Mu => &A_TO_MU,
                    Law::A => &MU_TO_A,
                };
                for byte in payload {
                    *byte = table[usize::from(*byte)];
                }
                Applied::Send(target.payload_type)
            }
            _ => target.seldom(payload, muted),
        }
    }
}

impl Target {
    /// All but voice that goes through.
    #[cold]
    fn seldom(self, payload: &mut [u8], muted: bool) -> Applied {
        match (self.action, muted) {
            (Action::Mix(law), _) => {
                if muted {
                    payload.fill(law.silence());
                }
                Applied::Mix(law)
            }
            (Action::Speech(law) | Action::Convert(law), _) => {
                payload.fill(law.silence());
                Applied::Send(self.payload_type)
            }
            (Action::Event, false) => Applied::Event(self.payload_type),
            (Action::Event, true) | (Action::Key, _) => Applied::Key,
            (Action::Drop | Action::Pass, _) => Applied::Drop,
        }
    }
}

/// The codecs of a leg with the payload types under which they may come: ours; then the peer's own, which some send under.
fn received(leg: &Negotiated) -> impl Iterator<Item = (&Codec, u8)> {
    let ours = leg.codecs.iter().zip(leg.receive.iter().copied());
    ours.chain(leg.codecs.iter().map(|codec| (codec, codec.payload_type)))
}

/// A bit for each payload type that a leg may send us.
pub(super) fn accepted(leg: &Negotiated) -> u128 {
    received(leg).fold(0, |bits, (_, payload_type)| bits | 1 << (payload_type & 0x7F))
}

/// Which G.711 comes under a payload type.
pub(super) fn law_of(leg: &Negotiated, payload_type: u8) -> Option<Law> {
    received(leg).find(|(_, own)| *own == payload_type).and_then(|(codec, _)| law(codec))
}

/// Which G.711 a codec is.
pub(super) fn law(codec: &Codec) -> Option<Law> {
    match (codec.name.as_str(), codec.clock_rate) {
        ("PCMU", 8000) => Some(Law::Mu),
        ("PCMA", 8000) => Some(Law::A),
        _ => None,
    }
}

fn target(codec: &Codec, heard: &[Codec]) -> Target {
    let same = heard.iter().find(|other| other.same_encoding(codec));
    let other_law = || heard.iter().find_map(|other| Some((other.payload_type, law(other)?)));
    match (same, law(codec)) {
        (Some(same), Some(law)) => Target { payload_type: same.payload_type, action: Action::Speech(law) },
        (Some(same), None) if codec.is_telephone_event() => {
            Target { payload_type: same.payload_type, action: Action::Event }
        }
        (Some(same), None) => Target { payload_type: same.payload_type, action: Action::Pass },
        (None, Some(_)) => match other_law() {
            Some((payload_type, law)) => Target { payload_type, action: Action::Convert(law) },
            None => Target { payload_type: 0, action: Action::Drop },
        },
        (None, None) if codec.is_telephone_event() => Target { payload_type: 0, action: Action::Key },
        (None, None) => Target { payload_type: 0, action: Action::Drop },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdp::{Direction, Profile};

    fn leg(codecs: &[Codec], receive: &[u8]) -> Negotiated {
        Negotiated {
            profile: Profile::Plain,
            codecs: codecs.to_vec(),
            receive: receive.to_vec(),
            remote: None,
            remote_rtcp: None,
            rtcp_mux: false,
            ice: None,
            fingerprint: None,
            setup: None,
            direction: Direction::SendRecv,
            ptime: 20,
        }
    }

    fn opus(payload_type: u8) -> Codec {
        Codec { payload_type, name: "OPUS".into(), clock_rate: 48_000, fmtp: None }
    }

    #[test]
    fn payload_types_are_mapped_by_encoding() {
        let a = leg(&[Codec::pcmu(), opus(111), Codec::telephone_event(126)], &[0, 111, 126]);
        let b = leg(&[opus(96), Codec::pcmu(), Codec::telephone_event(101)], &[96, 0, 101]);
        let route = Route::between(&a, &b);
        let mut payload = [1, 2, 3];
        assert_eq!(route.apply(0, &mut payload, false), Applied::Send(0));
        assert_eq!(route.apply(111, &mut payload, false), Applied::Send(96));
        assert_eq!(route.apply(126, &mut payload, false), Applied::Event(101));
        assert_eq!(route.apply(8, &mut payload, false), Applied::Drop);
        assert_eq!(payload, [1, 2, 3]);
        assert_eq!(accepted(&a), 1 | 1 << 111 | 1 << 126);
    }

    #[test]
    fn received_numbers_are_ours_and_sent_ones_the_peers() {
        let a = leg(&[Codec::pcmu(), Codec::telephone_event(96)], &[0, 101]);
        let b = leg(&[Codec::pcmu(), Codec::telephone_event(97)], &[0, 97]);
        let route = Route::between(&a, &b);
        assert_eq!(route.apply(101, &mut [], false), Applied::Event(97));
        assert_eq!(
            route.apply(96, &mut [], false),
            Applied::Event(97),
            "a peer that sends under its own number"
        );
        assert_eq!(Route::between(&b, &a).apply(97, &mut [], false), Applied::Event(96));
    }

    #[test]
    fn g711_is_converted_where_the_laws_differ() {
        let (mu, a) = (leg(&[Codec::pcmu()], &[0]), leg(&[Codec::pcma()], &[8]));
        let mut payload = [0x00, 0x80, 0xFF];
        assert_eq!(Route::between(&mu, &a).apply(0, &mut payload, false), Applied::Send(8));
        assert_eq!(payload, [MU_TO_A[0], MU_TO_A[0x80], MU_TO_A[0xFF]]);
        assert_eq!(Route::between(&a, &mu).apply(8, &mut payload, false), Applied::Send(0));
        assert_eq!(payload[..2], [0x00, 0x80]);
        let other = leg(&[opus(96)], &[96]);
        assert_eq!(Route::between(&mu, &other).apply(0, &mut payload, false), Applied::Drop);
    }

    #[test]
    fn keys_are_told_and_g711_mixed_where_nobody_else_hears() {
        let from = leg(&[Codec::pcma(), opus(111), Codec::telephone_event(101)], &[8, 111, 101]);
        let mut payload = [1; 4];
        let apply = |route: &Route, payload: &mut [u8], muted| {
            [8, 111, 101, 0].map(|payload_type| route.apply(payload_type, payload, muted))
        };
        use Applied::{Drop, Key, Mix};
        assert_eq!(apply(&Route::alone(&from), &mut payload, false), [Drop, Drop, Key, Drop]);
        let to = leg(&[opus(111)], &[111]);
        assert_eq!(
            apply(&Route::between(&from, &to), &mut payload, false),
            [Drop, Applied::Send(111), Key, Drop]
        );
        assert_eq!(apply(&Route::mixed(&from), &mut payload, false), [Mix(Law::A), Drop, Key, Drop]);
        assert_eq!(payload, [1; 4]);
        assert_eq!(apply(&Route::mixed(&from), &mut payload, true), [Mix(Law::A), Drop, Key, Drop]);
        assert_eq!(payload, [0xD5; 4]);
    }

    #[test]
    fn mute_is_silence_of_what_is_heard_and_no_keys() {
        let a = leg(&[Codec::pcmu(), opus(111), Codec::telephone_event(101)], &[0, 111, 101]);
        let b = leg(&[Codec::pcma(), opus(111), Codec::telephone_event(101)], &[8, 111, 101]);
        let route = Route::between(&a, &b);
        let mut payload = [1; 160];
        assert_eq!(route.apply(0, &mut payload, true), Applied::Send(8));
        assert_eq!(payload, [0xD5; 160]);
        assert_eq!(route.apply(101, &mut payload, true), Applied::Key, "told, not heard");
        assert_eq!(route.apply(111, &mut payload, true), Applied::Drop);
        let same = Route::between(&a, &a);
        assert_eq!(same.apply(0, &mut payload, true), Applied::Send(0));
        assert_eq!(payload, [0xFF; 160]);
    }
}
