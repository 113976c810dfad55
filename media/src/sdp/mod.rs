//! Session descriptions (RFC 8866) and offer/answer (RFC 3264), as far as audio needs them.
//!
//! `description` reads the text, `write` writes it; `offer_answer` is what the switch calls: it never touches SDP text itself.
//! Nothing of the peer's text is written back but tokens that were checked: mids, and what names a rejected line of media.

mod description;
mod offer_answer;
#[cfg(test)]
mod tests;
mod write;

use std::net::{IpAddr, SocketAddr};

/// How a leg's media travels.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Profile {
    /// `RTP/AVP`: a trunk or a desk phone.
    Plain,
    /// `UDP/TLS/RTP/SAVPF` with ICE and DTLS-SRTP: a browser.
    WebRtc,
}

/// A codec as negotiated: what the wire calls it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Codec {
    /// The payload type, 0–127.
    pub payload_type: u8,
    /// The encoding name, upper case: `PCMU`, `PCMA`, `OPUS`, `TELEPHONE-EVENT` …
    pub name: String,
    /// RTP clock rate in Hz.
    pub clock_rate: u32,
    /// `a=fmtp` parameters as written.
    pub fmtp: Option<String>,
}

impl Codec {
    /// G.711 µ-law, payload type 0.
    pub fn pcmu() -> Self {
        Codec { payload_type: 0, name: "PCMU".into(), clock_rate: 8000, fmtp: None }
    }
    /// G.711 A-law, payload type 8.
    pub fn pcma() -> Self {
        Codec { payload_type: 8, name: "PCMA".into(), clock_rate: 8000, fmtp: None }
    }
    /// RFC 4733 events 0–16 under this payload type.
    pub fn telephone_event(payload_type: u8) -> Self {
        Codec { payload_type, name: "TELEPHONE-EVENT".into(), clock_rate: 8000, fmtp: Some("0-16".into()) }
    }
    /// What the switch offers and takes by itself: PCMA, PCMU, telephone-event 101.
    pub fn defaults() -> Vec<Codec> {
        vec![Codec::pcma(), Codec::pcmu(), Codec::telephone_event(101)]
    }
    /// Whether both mean the same encoding, whatever the payload type.
    pub fn same_encoding(&self, other: &Codec) -> bool {
        self.name == other.name && self.clock_rate == other.clock_rate
    }
    /// Whether it carries speech: not events, comfort noise, redundancy or repair.
    pub fn is_voice(&self) -> bool {
        !matches!(
            self.name.as_str(),
            "TELEPHONE-EVENT" | "CN" | "RED" | "ULPFEC" | "FLEXFEC" | "RTX" | "TONE"
        )
    }
    /// Whether it carries key presses (RFC 4733).
    pub fn is_telephone_event(&self) -> bool {
        self.name == "TELEPHONE-EVENT"
    }
}

/// Which way media flows, seen from us (RFC 3264 §6.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs)]
pub enum Direction {
    SendRecv,
    SendOnly,
    RecvOnly,
    Inactive,
}

impl Direction {
    /// Whether we send.
    pub fn sends(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::SendOnly)
    }
    /// Whether we receive.
    pub fn receives(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::RecvOnly)
    }
    /// The same seen from the other side.
    pub fn mirrored(self) -> Self {
        Direction::from_ways(self.receives(), self.sends())
    }
    /// The most that both allow, seen from the same side.
    pub fn both(self, other: Direction) -> Self {
        Direction::from_ways(self.sends() && other.sends(), self.receives() && other.receives())
    }
    fn from_ways(sends: bool, receives: bool) -> Self {
        match (sends, receives) {
            (true, true) => Direction::SendRecv,
            (true, false) => Direction::SendOnly,
            (false, true) => Direction::RecvOnly,
            (false, false) => Direction::Inactive,
        }
    }
}

/// ICE user name fragment and password (RFC 8839).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IceCredentials {
    /// 4–256 characters.
    pub ufrag: String,
    /// 22–256 characters; never shown by `Debug`.
    pub pwd: String,
}

impl std::fmt::Debug for IceCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IceCredentials").field("ufrag", &self.ufrag).finish_non_exhaustive()
    }
}

/// A certificate's SHA-256 (RFC 8122).
pub type Fingerprint = [u8; 32];

/// Who sends the ClientHello (RFC 8842).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs)]
pub enum Setup {
    /// `a=setup:active`: sends the ClientHello.
    Active,
    /// `a=setup:passive`: waits for it.
    Passive,
    /// `a=setup:actpass`: in offers only.
    ActPass,
}

/// Our side of one leg, from which its descriptions are written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Local {
    /// Address and port in `c=` and `m=`; for browsers also the one ICE candidate.
    pub address: SocketAddr,
    /// How media travels.
    pub profile: Profile,
    /// For browsers.
    pub ice: Option<IceCredentials>,
    /// For browsers: our certificate.
    pub fingerprint: Option<Fingerprint>,
    /// `o=` session id, constant for the leg.
    pub session_id: u64,
    /// `o=` version, one more with every description that differs.
    pub version: u64,
}

/// What an offer and its answer agreed on, for one leg: all the worker needs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Negotiated {
    /// How media travels.
    pub profile: Profile,
    /// Codecs both sides have, the preferred first, with the payload types under which we *send* (the peer's numbers).
    pub codecs: Vec<Codec>,
    /// The payload types under which we *receive* them (our numbers), in the order of `codecs`.
    pub receive: Vec<u8>,
    /// The peer's RTP address as its description says; `None` for browsers (ICE finds it) or port 0.
    pub remote: Option<SocketAddr>,
    /// The peer's RTCP address (RFC 3605; the next port otherwise; the same with `rtcp-mux`).
    pub remote_rtcp: Option<SocketAddr>,
    /// RTP and RTCP on one port (RFC 5761).
    pub rtcp_mux: bool,
    /// The peer's ICE credentials.
    pub ice: Option<IceCredentials>,
    /// The peer's certificate.
    pub fingerprint: Option<Fingerprint>,
    /// Our role in DTLS: `Active` or `Passive`.
    pub setup: Option<Setup>,
    /// Which way media flows, seen from us.
    pub direction: Direction,
    /// Milliseconds a packet (20 unless said).
    pub ptime: u32,
}

/// An offer that was read and found usable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offer {
    /// How the peer wants its media.
    pub profile: Profile,
    /// All codecs of the audio line, in its order, known to us or not.
    pub codecs: Vec<Codec>,
    /// Which way the peer wants it, seen from us (its `sendonly` is our `RecvOnly`).
    pub direction: Direction,
    /// What was read, for the answer.
    description: description::Description,
    /// Which of its lines of media is meant.
    line: usize,
}

/// Why a description is refused: 488 with this as the Warning's text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SdpError {
    /// The text is no session description, has no address, or is larger than 64 KiB, 64 lines of media or 128
    /// attributes of an audio line.
    Malformed,
    /// No audio line that is not rejected.
    NoAudio,
    /// A transport we do not speak (SDES, plain SAVPF …).
    Profile,
    /// No codec in common.
    Codec,
    /// A browser's description without credentials, fingerprint (SHA-256) or `rtcp-mux`.
    Security,
}

impl std::fmt::Display for SdpError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            SdpError::Malformed => "malformed session description",
            SdpError::NoAudio => "no audio offered",
            SdpError::Profile => "media transport not supported",
            SdpError::Codec => "no codec in common",
            SdpError::Security => "ICE credentials, SHA-256 fingerprint or rtcp-mux missing",
        })
    }
}

impl std::error::Error for SdpError {}

/// Reads an offer: its first audio line that can be used.
pub fn read_offer(text: &[u8]) -> Result<Offer, SdpError> {
    offer_answer::read_offer(text)
}

/// Writes the answer to an offer with those of `codecs` that it has (payload types of the offer, its order),
/// at most one voice codec and telephone-event. Further media lines of the offer are answered with port 0, in their place.
/// `direction`: what we want; the answer says the most that both allow. BUNDLE, mid, rtcp-mux, setup as the offer needs (we answer
/// `passive` to a browser's actpass). Browsers need credentials, fingerprint, candidate, `setup` and the mid of the offer.
///
/// # Errors
/// `Profile` where `local` is of the other one, `Security` where it lacks credentials for a browser, `Codec`.
pub fn answer(
    offer: &Offer,
    local: &Local,
    codecs: &[Codec],
    direction: Direction,
) -> Result<(String, Negotiated), SdpError> {
    offer_answer::answer(offer, local, codecs, direction)
}

/// Writes an offer of one audio line. A codec whose name is no token, and a payload type's second one, are left out.
pub fn offer(local: &Local, codecs: &[Codec], direction: Direction) -> String {
    offer_answer::offer(local, codecs, direction)
}

/// Reads the answer to an offer of ours (`local`, `offered`).
pub fn read_answer(local: &Local, offered: &[Codec], text: &[u8]) -> Result<Negotiated, SdpError> {
    offer_answer::read_answer(local, offered, text)
}

/// Whether an address is one that media may be sent to: no multicast, broadcast, or unspecified.
pub fn is_usable(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(ip) => !(ip.is_multicast() || ip.is_broadcast() || ip.is_unspecified()),
        IpAddr::V6(ip) => !(ip.is_multicast() || ip.is_unspecified()),
    }
}
