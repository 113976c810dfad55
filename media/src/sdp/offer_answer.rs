//! Offer and answer (RFC 3264; for browsers RFC 8829, RFC 8842): which line, which codecs, which way.

use super::description::{self, Description, Media};
use super::write::{self, Audio};
use super::{Codec, Direction, Local, Negotiated, Offer, Profile, SdpError, Setup};

/// Milliseconds a packet where nothing is said (RFC 3551 §4.2).
const PTIME: u32 = 20;
/// Our only mid.
const MID: &str = "0";

pub(super) fn read_offer(text: &[u8]) -> Result<Offer, SdpError> {
    let description = description::read(text)?;
    let (line, profile) = choose(&description)?;
    let media = &description.media[line];
    let codecs = media.codecs();
    let direction = ours(media, profile);
    Ok(Offer { profile, codecs, direction, description, line })
}

/// The first audio line that can be used; where there is none, what is wrong with the first that is not rejected.
fn choose(description: &Description) -> Result<(usize, Profile), SdpError> {
    let mut fault = SdpError::NoAudio;
    for (line, media) in description.media.iter().enumerate() {
        if !media.is_audio() || media.port == 0 {
            continue;
        }
        match usable(media) {
            Ok(profile) => return Ok((line, profile)),
            Err(other) if fault == SdpError::NoAudio => fault = other,
            Err(_) => {}
        }
    }
    Err(fault)
}

/// The profile of an audio line that has all its profile needs.
fn usable(media: &Media) -> Result<Profile, SdpError> {
    match media.proto.as_str() {
        "RTP/AVP" | "RTP/AVPF" => {
            // Without an address, or with one that is everybody's, nothing can be exchanged; 0.0.0.0 is a hold.
            let address = media.address.ok_or(SdpError::Malformed)?;
            let fits = super::is_usable(address) || address.is_unspecified();
            if fits { Ok(Profile::Plain) } else { Err(SdpError::Malformed) }
        }
        "UDP/TLS/RTP/SAVPF" | "UDP/TLS/RTP/SAVP" => {
            let security = &media.security;
            let secure = security.ice().is_some() && security.fingerprint.is_some() && media.rtcp_mux;
            if secure { Ok(Profile::WebRtc) } else { Err(SdpError::Security) }
        }
        _ => Err(SdpError::Profile),
    }
}

/// The way of the line seen from us. On a plain line 0.0.0.0 means "send me nothing" (RFC 3264 §8.4); browsers write it always.
fn ours(media: &Media, profile: Profile) -> Direction {
    let direction = media.direction.unwrap_or(Direction::SendRecv).mirrored();
    let held = profile == Profile::Plain && media.address.is_some_and(|ip| ip.is_unspecified());
    if held { direction.both(Direction::RecvOnly) } else { direction }
}

pub(super) fn answer(
    offer: &Offer,
    local: &Local,
    codecs: &[Codec],
    direction: Direction,
) -> Result<(String, Negotiated), SdpError> {
    if local.profile != offer.profile {
        return Err(SdpError::Profile);
    }
    let browser = offer.profile == Profile::WebRtc;
    if browser && (local.ice.is_none() || local.fingerprint.is_none()) {
        return Err(SdpError::Security);
    }
    let media = &offer.description.media[offer.line];
    let (said, agreed) = common(&offer.codecs, codecs).ok_or(SdpError::Codec)?;
    let setup = browser.then_some(our_setup(media));
    let mid = media.mid.as_deref();
    let audio = Audio {
        proto: &media.proto,
        mid,
        bundle: browser && mid.is_some_and(|mid| offer.description.bundle.iter().any(|other| other == mid)),
        rtcp_mux: media.rtcp_mux,
        setup,
        direction: direction.both(offer.direction),
    };
    let mut text = write::session(local, &audio);
    for (line, other) in offer.description.media.iter().enumerate() {
        if line == offer.line {
            write::audio(&mut text, local, &said, &audio);
        } else {
            write::rejected(&mut text, other);
        }
    }
    let receive = said.iter().map(|codec| codec.payload_type).collect();
    let negotiated = negotiated(media, offer.profile, agreed, receive, setup, audio.direction);
    Ok((text, negotiated))
}

/// One voice codec and telephone-event that both have: as our answer says them (our parameters), and as the peer does.
fn common(offered: &[Codec], ours: &[Codec]) -> Option<(Vec<Codec>, Vec<Codec>)> {
    let find = |wanted: &dyn Fn(&Codec) -> bool| {
        let theirs = offered.iter().filter(|codec| wanted(codec));
        theirs.filter_map(|theirs| Some((ours.iter().find(|own| own.same_encoding(theirs))?, theirs))).next()
    };
    let voice = find(&|codec| codec.is_voice())?;
    // Events at the voice's clock rate where there are such (RFC 4733 §2.1), else at any that both have.
    let events = find(&|codec| codec.is_telephone_event() && codec.clock_rate == voice.1.clock_rate)
        .or_else(|| find(&|codec| codec.is_telephone_event()));
    let mut said = Vec::with_capacity(2);
    let mut agreed = Vec::with_capacity(2);
    for (own, theirs) in std::iter::once(voice).chain(events) {
        said.push(Codec { payload_type: theirs.payload_type, ..own.clone() });
        agreed.push(theirs.clone());
    }
    Some((said, agreed))
}

pub(super) fn offer(local: &Local, codecs: &[Codec], direction: Direction) -> String {
    let browser = local.profile == Profile::WebRtc;
    let audio = Audio {
        proto: if browser { "UDP/TLS/RTP/SAVPF" } else { "RTP/AVP" },
        mid: browser.then_some(MID),
        bundle: browser,
        rtcp_mux: browser,
        setup: browser.then_some(Setup::ActPass),
        direction,
    };
    let mut text = write::session(local, &audio);
    write::audio(&mut text, local, codecs, &audio);
    text
}

pub(super) fn read_answer(local: &Local, offered: &[Codec], text: &[u8]) -> Result<Negotiated, SdpError> {
    let description = description::read(text)?;
    let (line, profile) = choose(&description)?;
    if profile != local.profile {
        return Err(SdpError::Profile);
    }
    let media = &description.media[line];
    let (mut agreed, mut receive) = (Vec::new(), Vec::new());
    for theirs in media.codecs() {
        let Some(own) = offered.iter().find(|own| own.same_encoding(&theirs)) else { continue };
        // A second payload type of the same encoding says nothing new.
        if !agreed.iter().any(|known: &Codec| known.same_encoding(&theirs)) {
            agreed.push(theirs);
            receive.push(own.payload_type);
        }
    }
    if !agreed.iter().any(Codec::is_voice) {
        return Err(SdpError::Codec);
    }
    let setup = (profile == Profile::WebRtc).then_some(our_setup(media));
    Ok(negotiated(media, profile, agreed, receive, setup, ours(media, profile)))
}

/// Our role beside the peer's (RFC 8842 §5.3): only its `passive` leaves us `active`; one that says nothing is active.
fn our_setup(media: &Media) -> Setup {
    match media.security.setup {
        Some(Setup::Passive) => Setup::Active,
        _ => Setup::Passive,
    }
}

fn negotiated(
    media: &Media,
    profile: Profile,
    codecs: Vec<Codec>,
    receive: Vec<u8>,
    setup: Option<Setup>,
    direction: Direction,
) -> Negotiated {
    let browser = profile == Profile::WebRtc;
    let (remote, remote_rtcp) = if browser { (None, None) } else { media.addresses() };
    Negotiated {
        profile,
        codecs,
        receive,
        remote,
        remote_rtcp,
        rtcp_mux: media.rtcp_mux,
        ice: media.security.ice().filter(|_| browser),
        fingerprint: media.security.fingerprint.filter(|_| browser),
        setup,
        direction,
        ptime: media.ptime.unwrap_or(PTIME),
    }
}
