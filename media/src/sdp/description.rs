//! Reading the text of a session description (RFC 8866): tolerant of line ends and unknown lines, strict in bounds.

use super::{Codec, Direction, Fingerprint, IceCredentials, SdpError, Setup, is_usable};
use std::net::{IpAddr, SocketAddr};

/// Bytes of a description at most.
const MAX_BYTES: usize = 64 * 1024;
/// Lines of media at most.
const MAX_MEDIA: usize = 64;
/// Attributes of an audio line, or of the session, at most.
const MAX_ATTRIBUTES: usize = 128;
/// Characters of a token that may be written back.
const MAX_TOKEN: usize = 64;
/// Characters of `a=fmtp` parameters that are kept.
const MAX_FMTP: usize = 256;

/// A description, as far as audio needs it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Description {
    /// All lines of media, in their order.
    pub media: Vec<Media>,
    /// The mids of the first `a=group:BUNDLE`.
    pub bundle: Vec<String>,
}

/// One line of media with its attributes; what the session level says is filled in where it says nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Media {
    /// `audio`, `video` … a token.
    pub kind: String,
    pub port: u16,
    /// Tokens with slashes.
    pub proto: String,
    /// Tokens.
    pub formats: Vec<String>,
    /// From `c=`; `None` also where it is a name.
    pub address: Option<IpAddr>,
    pub rtcp: Option<(u16, Option<IpAddr>)>,
    pub rtcp_mux: bool,
    /// Milliseconds.
    pub ptime: Option<u32>,
    /// A token.
    pub mid: Option<String>,
    /// As the peer says it.
    pub direction: Option<Direction>,
    pub security: Security,
    maps: Vec<(u8, String, u32)>,
    parameters: Vec<(u8, String)>,
}

/// What a browser's description must have, at session or media level.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Security {
    ufrag: Option<String>,
    pwd: Option<String>,
    pub fingerprint: Option<Fingerprint>,
    pub setup: Option<Setup>,
}

impl std::fmt::Debug for Security {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Security")
            .field("ufrag", &self.ufrag)
            .field("setup", &self.setup)
            .finish_non_exhaustive()
    }
}

impl Security {
    /// The credentials, where both are there and of the lengths of RFC 8839 §5.4.
    pub fn ice(&self) -> Option<IceCredentials> {
        Some(IceCredentials { ufrag: self.ufrag.clone()?, pwd: self.pwd.clone()? })
    }

    fn attribute(&mut self, name: &str, value: &str) {
        let ice_text = |min: usize| {
            let valid =
                (min..=256).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_graphic());
            valid.then(|| value.to_owned())
        };
        match name {
            "ice-ufrag" => self.ufrag = ice_text(4),
            "ice-pwd" => self.pwd = ice_text(22),
            "fingerprint" => self.fingerprint = self.fingerprint.or_else(|| sha256(value)),
            "setup" => {
                self.setup = match value {
                    "active" => Some(Setup::Active),
                    "passive" => Some(Setup::Passive),
                    "actpass" => Some(Setup::ActPass),
                    _ => None,
                }
            }
            _ => {}
        }
    }

    fn or(&mut self, session: &Security) {
        if self.ufrag.is_none() && self.pwd.is_none() {
            self.ufrag = session.ufrag.clone();
            self.pwd = session.pwd.clone();
        }
        self.fingerprint = self.fingerprint.or(session.fingerprint);
        self.setup = self.setup.or(session.setup);
    }
}

/// `sha-256 AB:CD:…`; other hashes give `None`.
fn sha256(value: &str) -> Option<Fingerprint> {
    let (hash, hex) = value.split_once(' ')?;
    if !hash.eq_ignore_ascii_case("sha-256") {
        return None;
    }
    let mut bytes = [0u8; 32];
    let mut pairs = hex.trim().split(':');
    for byte in &mut bytes {
        let pair = pairs.next()?;
        if pair.len() != 2 || !pair.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    pairs.next().is_none().then_some(bytes)
}

impl Media {
    fn read(value: &str) -> Option<Media> {
        let mut words = value.split_ascii_whitespace();
        let kind = words.next().filter(|kind| is_token(kind))?;
        let port = words.next()?;
        let port = port.split_once('/').map_or(port, |(port, _)| port).parse().ok()?;
        let proto =
            words.next().filter(|proto| proto.split('/').all(is_token) && proto.len() <= MAX_TOKEN)?;
        let formats: Vec<String> = words.map(str::to_owned).collect();
        if !formats.iter().all(|format| is_token(format)) {
            return None;
        }
        Some(Media {
            kind: kind.to_owned(),
            port,
            proto: proto.to_owned(),
            formats,
            address: None,
            rtcp: None,
            rtcp_mux: false,
            ptime: None,
            mid: None,
            direction: None,
            security: Security::default(),
            maps: Vec::new(),
            parameters: Vec::new(),
        })
    }

    /// Whether this is sound.
    pub fn is_audio(&self) -> bool {
        self.kind == "audio"
    }

    fn attribute(&mut self, name: &str, value: &str) {
        match name {
            "rtpmap" => self.maps.extend(rtpmap(value)),
            "fmtp" => self.parameters.extend(fmtp(value)),
            "ptime" => self.ptime = value.parse().ok().filter(|ms| (1..=200).contains(ms)).or(self.ptime),
            "rtcp" => self.rtcp = rtcp(value),
            "rtcp-mux" => self.rtcp_mux = true,
            "mid" => self.mid = is_token(value).then(|| value.to_owned()),
            _ => match direction(name) {
                Some(direction) => self.direction = Some(direction),
                None => self.security.attribute(name, value),
            },
        }
    }

    /// All codecs of the line, in its order; formats that nothing explains are left out.
    pub fn codecs(&self) -> Vec<Codec> {
        let mut codecs: Vec<Codec> = Vec::new();
        for format in &self.formats {
            let Some(payload_type) = payload_type(format) else { continue };
            if codecs.iter().any(|codec| codec.payload_type == payload_type) {
                continue;
            }
            let mapped = self.maps.iter().find(|map| map.0 == payload_type);
            let Some((name, clock_rate)) =
                mapped.map(|map| (map.1.as_str(), map.2)).or_else(|| static_type(payload_type))
            else {
                continue;
            };
            let fmtp = self.parameters.iter().find(|line| line.0 == payload_type).map(|line| line.1.clone());
            codecs.push(Codec { payload_type, name: name.to_owned(), clock_rate, fmtp });
        }
        codecs
    }

    /// Where the peer wants RTP and RTCP (RFC 3605), where they can be sent to.
    pub fn addresses(&self) -> (Option<SocketAddr>, Option<SocketAddr>) {
        let Some(ip) = self.address.filter(|ip| is_usable(*ip)) else { return (None, None) };
        if self.port == 0 {
            return (None, None);
        }
        let rtcp = match self.rtcp {
            _ if self.rtcp_mux => Some(SocketAddr::new(ip, self.port)),
            Some((port, own)) => Some(SocketAddr::new(own.filter(|ip| is_usable(*ip)).unwrap_or(ip), port)),
            None => self.port.checked_add(1).map(|port| SocketAddr::new(ip, port)),
        };
        (Some(SocketAddr::new(ip, self.port)), rtcp)
    }
}

fn direction(name: &str) -> Option<Direction> {
    Some(match name {
        "sendrecv" => Direction::SendRecv,
        "sendonly" => Direction::SendOnly,
        "recvonly" => Direction::RecvOnly,
        "inactive" => Direction::Inactive,
        _ => return None,
    })
}

fn payload_type(format: &str) -> Option<u8> {
    format.parse().ok().filter(|number| *number < 128)
}

/// `101 telephone-event/8000[/1]`. Of several channels only Opus's two, which its rtpmap always says (RFC 7587 §7).
fn rtpmap(value: &str) -> Option<(u8, String, u32)> {
    let (format, encoding) = value.split_once(' ')?;
    let mut parts = encoding.trim().split('/');
    let name = parts.next().filter(|name| is_token(name))?.to_ascii_uppercase();
    let clock_rate = parts.next()?.parse().ok().filter(|rate| (1..=1_000_000).contains(rate))?;
    let channels = parts.next().unwrap_or("1");
    let fits = if name == "OPUS" { channels == "2" } else { channels == "1" };
    fits.then_some((payload_type(format)?, name, clock_rate))
}

fn fmtp(value: &str) -> Option<(u8, String)> {
    let (format, parameters) = value.split_once(' ')?;
    let parameters = parameters.trim();
    is_fmtp(parameters).then_some((payload_type(format)?, parameters.to_owned()))
}

/// `53020 [IN IP4 126.16.64.4]`.
fn rtcp(value: &str) -> Option<(u16, Option<IpAddr>)> {
    let mut words = value.split_ascii_whitespace();
    let port = words.next()?.parse().ok().filter(|port| *port != 0)?;
    Some((port, words.nth(2).and_then(|address| address.parse().ok())))
}

/// `IN IP4 192.0.2.1[/ttl]`; `None` where it is a name.
fn connection(value: &str) -> Option<IpAddr> {
    let address = value.split_ascii_whitespace().nth(2)?;
    let address = address.split_once('/').map_or(address, |(address, _)| address);
    address.parse::<IpAddr>().ok().map(|ip| ip.to_canonical())
}

/// The static types that are met (RFC 3551 §6).
fn static_type(payload_type: u8) -> Option<(&'static str, u32)> {
    Some(match payload_type {
        0 => ("PCMU", 8000),
        3 => ("GSM", 8000),
        4 => ("G723", 8000),
        8 => ("PCMA", 8000),
        9 => ("G722", 8000),
        13 => ("CN", 8000),
        15 => ("G728", 8000),
        18 => ("G729", 8000),
        _ => return None,
    })
}

/// A token of RFC 8866 §9 that is short enough to be written back.
pub(super) fn is_token(text: &str) -> bool {
    let in_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`{|}~".contains(&byte);
    (1..=MAX_TOKEN).contains(&text.len()) && text.bytes().all(in_token)
}

/// Parameters that may be written: printable, one line, short.
pub(super) fn is_fmtp(text: &str) -> bool {
    (1..=MAX_FMTP).contains(&text.len()) && text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

/// Reads a description.
pub(super) fn read(text: &[u8]) -> Result<Description, SdpError> {
    if text.len() > MAX_BYTES {
        return Err(SdpError::Malformed);
    }
    let mut reader = Reader::default();
    for line in text.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        reader.line(line).ok_or(SdpError::Malformed)?;
    }
    reader.finish().ok_or(SdpError::Malformed)
}

/// What was read so far.
#[derive(Default)]
struct Reader {
    begun: bool,
    address: Option<IpAddr>,
    direction: Option<Direction>,
    security: Security,
    bundle: Vec<String>,
    media: Vec<Media>,
    /// Attributes at the level that is being read.
    attributes: usize,
}

impl Reader {
    fn line(&mut self, line: &[u8]) -> Option<()> {
        let [kind, b'=', value @ ..] = line else { return None };
        let Ok(value) = std::str::from_utf8(value) else {
            // Names in the session's title may be in any character set; what is understood here is ASCII.
            return (!b"vmc".contains(kind)).then_some(());
        };
        if !self.begun {
            self.begun = true;
            return (*kind == b'v' && value.trim() == "0").then_some(());
        }
        match kind {
            b'm' => {
                if self.media.len() == MAX_MEDIA {
                    return None;
                }
                self.media.push(Media::read(value)?);
                self.attributes = 0;
            }
            b'c' => match self.media.last_mut() {
                Some(media) => media.address = connection(value),
                None => self.address = connection(value),
            },
            b'a' => {
                let (name, value) = value.split_once(':').unwrap_or((value, ""));
                self.attribute(name.trim(), value.trim())?;
            }
            _ => {}
        }
        Some(())
    }

    fn attribute(&mut self, name: &str, value: &str) -> Option<()> {
        self.attributes += 1;
        match self.media.last_mut() {
            // Of what is not audio only the mid is needed, for the line that rejects it.
            Some(media) if !media.is_audio() => {
                if name == "mid" {
                    media.attribute(name, value);
                }
                return Some(());
            }
            Some(media) => media.attribute(name, value),
            None if name == "group" => self.group(value),
            None => match direction(name) {
                Some(direction) => self.direction = Some(direction),
                None => self.security.attribute(name, value),
            },
        }
        (self.attributes <= MAX_ATTRIBUTES).then_some(())
    }

    fn group(&mut self, value: &str) {
        let mut words = value.split_ascii_whitespace();
        if self.bundle.is_empty() && words.next() == Some("BUNDLE") {
            self.bundle = words.take(MAX_MEDIA).filter(|mid| is_token(mid)).map(str::to_owned).collect();
        }
    }

    fn finish(mut self) -> Option<Description> {
        if !self.begun {
            return None;
        }
        for media in &mut self.media {
            media.address = media.address.or(self.address);
            media.direction = media.direction.or(self.direction);
            media.security.or(&self.security);
        }
        Some(Description { media: self.media, bundle: self.bundle })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn audio(lines: &str) -> Media {
        let text = format!("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n{lines}");
        read(text.as_bytes()).unwrap().media.remove(0)
    }

    #[test]
    fn line_ends_may_be_bare_or_missing() {
        let unix = read(b"v=0\nc=IN IP4 192.0.2.9\nm=audio 4000 RTP/AVP 0").unwrap();
        assert_eq!(unix.media[0].address, Some("192.0.2.9".parse().unwrap()));
        assert_eq!(unix.media[0].formats, ["0"]);
        assert_eq!(read(b"v=0\r\nc=IN IP4 192.0.2.9\r\nm=audio 4000 RTP/AVP 0\r\n\r\n").unwrap(), unix);
    }

    #[test]
    fn media_level_goes_before_session_level() {
        let both = audio(
            "c=IN IP4 192.0.2.9\r\na=sendonly\r\nm=audio 4000 RTP/AVP 0\r\nc=IN IP6 2001:db8::1\r\na=recvonly\r\n",
        );
        assert_eq!(both.address, Some("2001:db8::1".parse().unwrap()));
        assert_eq!(both.direction, Some(Direction::RecvOnly));
        let session = audio("c=IN IP4 192.0.2.9/127\r\na=sendonly\r\nm=audio 4000 RTP/AVP 0\r\n");
        assert_eq!(session.address, Some("192.0.2.9".parse().unwrap()));
        assert_eq!(session.direction, Some(Direction::SendOnly));
    }

    #[test]
    fn codecs_come_in_the_lines_order_with_static_types_known() {
        let media = audio(
            "m=audio 4000 RTP/AVP 18 96 8 0 9 101 97 0\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n\
             a=rtpmap:96 opus/48000/2\r\na=rtpmap:97 L16/8000/2\r\n",
        );
        let codecs = media.codecs();
        let names: Vec<_> =
            codecs.iter().map(|codec| (codec.payload_type, codec.name.as_str(), codec.clock_rate)).collect();
        assert_eq!(
            names,
            [
                (18, "G729", 8000),
                (96, "OPUS", 48000),
                (8, "PCMA", 8000),
                (0, "PCMU", 8000),
                (9, "G722", 8000),
                (101, "TELEPHONE-EVENT", 8000)
            ]
        );
        assert_eq!(codecs[5].fmtp.as_deref(), Some("0-15"));
    }

    #[test]
    fn rtcp_goes_where_the_line_says() {
        let at = |text: &str| text.parse().ok();
        let plain = audio("c=IN IP4 192.0.2.9\r\nm=audio 4000 RTP/AVP 0\r\n");
        assert_eq!(plain.addresses(), (at("192.0.2.9:4000"), at("192.0.2.9:4001")));
        let named = audio("c=IN IP4 192.0.2.9\r\nm=audio 4000 RTP/AVP 0\r\na=rtcp:5000 IN IP4 192.0.2.8\r\n");
        assert_eq!(named.addresses().1, at("192.0.2.8:5000"));
        let multiplexed =
            audio("c=IN IP4 192.0.2.9\r\nm=audio 4000 RTP/AVP 0\r\na=rtcp:5000\r\na=rtcp-mux\r\n");
        assert_eq!(multiplexed.addresses().1, at("192.0.2.9:4000"));
        let last = audio("c=IN IP4 192.0.2.9\r\nm=audio 65535 RTP/AVP 0\r\n");
        assert_eq!(last.addresses(), (at("192.0.2.9:65535"), None));
    }

    #[test]
    fn sha256_is_found_among_other_fingerprints() {
        let hex = ["AB"; 32].join(":");
        let media = audio(&format!(
            "a=fingerprint:sha-256 {hex}\r\na=ice-ufrag:abcd\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n\
             a=fingerprint:sha-1 {}\r\na=ice-pwd:{}\r\n",
            ["00"; 20].join(":"),
            "p".repeat(22)
        ));
        assert_eq!(media.security.fingerprint, Some([0xAB; 32]));
        assert_eq!(media.security.ice(), None, "credentials are not mixed from two levels");
        assert_eq!(sha256("sha-256 AB:CD"), None);
        assert_eq!(sha256(&format!("sha-256 {hex}:00")), None);
        assert_eq!(sha256(&format!("SHA-256 {}", hex.to_lowercase())), Some([0xAB; 32]));
    }

    #[test]
    fn bounds_are_kept() {
        let refused = |text: String| assert_eq!(read(text.as_bytes()), Err(SdpError::Malformed));
        refused(format!("v=0\r\ns={}\r\n", "x".repeat(MAX_BYTES)));
        refused(format!("v=0\r\n{}", "m=audio 1 RTP/AVP 0\r\n".repeat(65)));
        refused(format!("v=0\r\nm=audio 1 RTP/AVP 0\r\n{}", "a=candidate:x\r\n".repeat(129)));
        refused(format!("v=0\r\n{}", "a=x\r\n".repeat(129)));
        refused(String::new());
        refused("v=1\r\n".into());
        refused("v=0\r\nnonsense\r\n".into());
        refused("v=0\r\nm=audio 70000 RTP/AVP 0\r\n".into());
        refused("v=0\r\nm=audio 1 RTP/AVP 0\u{7f}\r\n".into());
        refused(format!("v=0\r\nm=audio 1 RTP/AVP {}\r\n", "9".repeat(65)));
        let video = format!("v=0\r\nm=video 1 RTP/AVP 96\r\n{}", "a=rtcp-fb:96 nack\r\n".repeat(300));
        assert!(read(video.as_bytes()).is_ok(), "a browser's video line is longer, and not read");
    }

    #[test]
    fn a_title_in_latin_1_is_no_fault() {
        assert!(read(b"v=0\r\ns=Caf\xe9\r\nm=audio 1 RTP/AVP 0\r\n").is_ok());
        assert!(read(b"v=0\r\nm=audio 1 RTP/\xe9 0\r\n").is_err());
    }

    #[test]
    fn credentials_are_not_shown() {
        let media =
            audio(&format!("a=ice-ufrag:abcd\r\na=ice-pwd:{}\r\nm=audio 9 RTP/AVP 0\r\n", "S".repeat(22)));
        assert!(media.security.ice().is_some());
        assert!(!format!("{media:?}").contains("SSSS"));
    }
}
