//! Writing our descriptions: one audio line of ours, and rejected lines in the places of the peer's others.

use super::description::{Media, is_fmtp, is_token};
use super::{Codec, Direction, Local, Profile, Setup};
use std::fmt::Write;
use std::net::IpAddr;

/// What is said of our audio line beside codecs.
pub(super) struct Audio<'a> {
    /// As the offer has it, or that of the profile.
    pub proto: &'a str,
    /// Checked to be a token.
    pub mid: Option<&'a str>,
    /// Whether `mid` is bundled.
    pub bundle: bool,
    pub rtcp_mux: bool,
    /// For browsers.
    pub setup: Option<Setup>,
    pub direction: Direction,
}

/// The session level: `v=` to `t=` and what is said of all lines.
pub(super) fn session(local: &Local, audio: &Audio<'_>) -> String {
    let mut text = String::with_capacity(1024);
    let address = network_address(local.address.ip());
    push(&mut text, format_args!("v=0"));
    push(&mut text, format_args!("o=- {} {} IN {address}", local.session_id, local.version));
    push(&mut text, format_args!("s=-"));
    push(&mut text, format_args!("c=IN {address}"));
    push(&mut text, format_args!("t=0 0"));
    if local.profile == Profile::WebRtc {
        push(&mut text, format_args!("a=ice-lite"));
    }
    if let (true, Some(mid)) = (audio.bundle, audio.mid) {
        push(&mut text, format_args!("a=group:BUNDLE {mid}"));
    }
    text
}

/// Our audio line.
pub(super) fn audio(text: &mut String, local: &Local, codecs: &[Codec], audio: &Audio<'_>) {
    let codecs = writable(codecs);
    let _ = write!(text, "m=audio {} {}", local.address.port(), audio.proto);
    for codec in &codecs {
        let _ = write!(text, " {}", codec.payload_type);
    }
    text.push_str("\r\n");
    if let Some(mid) = audio.mid {
        push(text, format_args!("a=mid:{mid}"));
    }
    for codec in &codecs {
        let channels = if codec.name == "OPUS" { "/2" } else { "" };
        let name = if codec.name == "TELEPHONE-EVENT" { "telephone-event" } else { &codec.name };
        push(text, format_args!("a=rtpmap:{} {name}/{}{channels}", codec.payload_type, codec.clock_rate));
        if let Some(fmtp) = codec.fmtp.as_deref().filter(|fmtp| is_fmtp(fmtp)) {
            push(text, format_args!("a=fmtp:{} {fmtp}", codec.payload_type));
        }
    }
    push(text, format_args!("a=ptime:20"));
    push(text, format_args!("a={}", direction(audio.direction)));
    if audio.rtcp_mux {
        push(text, format_args!("a=rtcp-mux"));
    }
    if local.profile == Profile::WebRtc {
        browser(text, local, audio.setup);
    }
}

/// Credentials, certificate and the one candidate.
fn browser(text: &mut String, local: &Local, setup: Option<Setup>) {
    if let Some(ice) = &local.ice {
        push(text, format_args!("a=ice-ufrag:{}", ice.ufrag));
        push(text, format_args!("a=ice-pwd:{}", ice.pwd));
    }
    if let Some(fingerprint) = &local.fingerprint {
        text.push_str("a=fingerprint:sha-256 ");
        for (place, byte) in fingerprint.iter().enumerate() {
            let _ = write!(text, "{}{byte:02X}", if place == 0 { "" } else { ":" });
        }
        text.push_str("\r\n");
    }
    if let Some(setup) = setup {
        let role = match setup {
            Setup::Active => "active",
            Setup::Passive => "passive",
            Setup::ActPass => "actpass",
        };
        push(text, format_args!("a=setup:{role}"));
    }
    // One stream of one track, so that a page finds it in `event.streams`.
    push(text, format_args!("a=msid:warmline audio"));
    let (ip, port) = (local.address.ip(), local.address.port());
    // Priority of a host candidate's first component (RFC 8445 §5.1.2).
    push(text, format_args!("a=candidate:1 1 udp 2130706431 {ip} {port} typ host"));
    push(text, format_args!("a=end-of-candidates"));
}

/// A line of the peer's offer, rejected (RFC 3264 §6): its own tokens and port 0.
pub(super) fn rejected(text: &mut String, media: &Media) {
    let _ = write!(text, "m={} 0 {}", media.kind, media.proto);
    for format in &media.formats {
        let _ = write!(text, " {format}");
    }
    text.push_str(if media.formats.is_empty() { " 0\r\n" } else { "\r\n" });
    if let Some(mid) = &media.mid {
        push(text, format_args!("a=mid:{mid}"));
    }
    push(text, format_args!("a=inactive"));
}

/// Those that a line can say: each payload type once, names that are tokens.
fn writable(codecs: &[Codec]) -> Vec<&Codec> {
    let mut seen = 0u128;
    let fits = |codec: &&Codec| codec.payload_type < 128 && is_token(&codec.name);
    let mut fitting: Vec<&Codec> = codecs.iter().filter(fits).collect();
    fitting.retain(|codec| {
        let bit = 1u128 << codec.payload_type;
        let new = seen & bit == 0;
        seen |= bit;
        new
    });
    fitting
}

fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::SendRecv => "sendrecv",
        Direction::SendOnly => "sendonly",
        Direction::RecvOnly => "recvonly",
        Direction::Inactive => "inactive",
    }
}

fn network_address(ip: IpAddr) -> String {
    format!("{} {ip}", if ip.is_ipv4() { "IP4" } else { "IP6" })
}

fn push(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = text.write_fmt(line);
    text.push_str("\r\n");
}
