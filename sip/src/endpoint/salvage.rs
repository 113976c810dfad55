//! What can still be read of a request that the parser refused: enough for one 400 or 505 (RFC 3261 §8.2.6, §21.5.6).

use crate::headers::Via;
use crate::message::{HeaderName, Headers, Message, Start};
use bytes::Bytes;

/// The reply, or `None` where the bytes are a response, an ACK, or not enough of a request: then silence.
///
/// The headers come back as they were, so the reply is about as long as the request.
pub(crate) fn reply_to(datagram: &[u8], status: u16, to_tag: impl FnOnce(&str) -> String) -> Option<Message> {
    let head = std::str::from_utf8(&datagram[..head_length(datagram)]).ok()?;
    let mut lines = head.split("\r\n").flat_map(|line| line.split('\n'));
    let (method, rest) = lines.next()?.split_once(' ')?;
    let is_token = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_token || method == "ACK" || !rest.contains(" SIP/") {
        return None;
    }
    let mut headers = Headers::default();
    let (mut vias, mut once) = (0, [(HeaderName::FROM, false), (HeaderName::TO, false)].to_vec());
    once.extend([(HeaderName::CALL_ID, false), (HeaderName::CSEQ, false)]);
    let mut call_id = String::new();
    for line in lines {
        let Some((name, value)) = line.split_once(':') else { continue };
        let Some(name) = HeaderName::from_token(name.trim()) else { continue };
        let value = value.trim();
        if value.is_empty() || value.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t') {
            continue;
        }
        if name == HeaderName::VIA {
            vias += 1;
            headers.push(name, value);
        } else if let Some(row) = once.iter_mut().find(|row| row.0 == name && !row.1) {
            row.1 = true;
            if name == HeaderName::CALL_ID {
                call_id = value.to_owned();
            }
            headers.push(name, value);
        }
    }
    let via = headers.get(&HeaderName::VIA)?.parse::<Via>().ok()?;
    if vias == 0 || via.branch().is_empty() || once.iter().any(|row| !row.1) {
        return None;
    }
    let to = headers.get(&HeaderName::TO)?.to_owned();
    if !to.to_ascii_lowercase().contains(";tag=") {
        headers.set(HeaderName::TO, format!("{to};tag={}", to_tag(&call_id)));
    }
    let reason = if status == 505 { "Version Not Supported" } else { "Bad Request" };
    Some(Message { start: Start::Response { status, reason: reason.into() }, headers, body: Bytes::new() })
}

/// Up to the empty line, or all of it; 16 KiB at most.
fn head_length(datagram: &[u8]) -> usize {
    let limit = datagram.len().min(16 * 1024);
    datagram[..limit].windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap_or(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\r\nf: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\n\
                        Call-ID: x\r\nCSeq: 1 OPTIONS\r\n";

    fn reply(first: &str) -> Option<Message> {
        let text = format!("{first}\r\n{HEAD}broken line\r\n\r\nbody");
        reply_to(text.as_bytes(), 400, |call_id| format!("t{call_id}"))
    }

    #[test]
    fn answers_a_request_whose_names_can_be_read() {
        let reply = reply("OPTIONS sip:c@d SIP/2.0").unwrap();
        assert_eq!(reply.status(), Some(400));
        assert_eq!(reply.headers.get(&HeaderName::TO), Some("<sip:c@d>;tag=tx"));
        assert_eq!(reply.headers.get(&HeaderName::FROM), Some("<sip:a@b>;tag=1"));
        assert_eq!(reply.via().unwrap().branch(), "z9hG4bKa");
    }

    #[test]
    fn is_silent_to_responses_acks_and_noise() {
        assert_eq!(reply("SIP/2.0 200 OK"), None);
        assert_eq!(reply("ACK sip:c@d SIP/2.0"), None);
        assert_eq!(reply("\u{1}\u{2}"), None);
        assert_eq!(reply_to(b"OPTIONS sip:c@d SIP/2.0\r\n\r\n", 400, |_| String::new()), None);
    }
}
