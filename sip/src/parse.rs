//! Bytes to messages, in place: header values are slices of the input (RFC 3261 §7, §25; RFC 4475, RFC 5118).

use crate::headers::text::{is_line_breaker, is_token};
use crate::message::{HeaderName, Headers, Message, Method, Start};
use crate::uri::Uri;
use bytes::Bytes;
use std::ops::Range;

/// The largest message, in bytes.
const MAX_MESSAGE: usize = 64 * 1024;
/// The most header lines.
const MAX_LINES: usize = 256;

/// What is wrong with the bytes. The peer's fault, counted; a request that could still be read enough is answered
/// with [`refusal`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParseError {
    /// Only CR and LF, or nothing: a keep-alive (RFC 5626 §3.5.1).
    KeepAlive,
    /// The first line is neither a request nor a status line.
    StartLine,
    /// The version is not SIP/2.0 (answered 505 where it is a request).
    Version,
    /// A header line without a colon, a bare CR or LF, a NUL, or a name that is no token; or no empty line at the
    /// end of the headers. A NUL that a quoted string escapes is read as a space (RFC 4475 §3.1.1.2).
    Header,
    /// Content-Length is not a number, stands twice with different values, or is more than there is.
    ContentLength,
    /// More than 64 KiB, or more than 256 header lines.
    TooLarge,
}

impl std::fmt::Display for ParseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            ParseError::KeepAlive => "keep-alive",
            ParseError::StartLine => "malformed first line",
            ParseError::Version => "version is not SIP/2.0",
            ParseError::Header => "malformed header line",
            ParseError::ContentLength => "Content-Length does not fit",
            ParseError::TooLarge => "too large",
        })
    }
}

impl std::error::Error for ParseError {}

/// Parses one datagram, or one whole message of a stream. Bytes after Content-Length are dropped (RFC 3261 §18.3).
pub fn parse(datagram: Bytes) -> Result<Message, ParseError> {
    if datagram.len() > MAX_MESSAGE {
        return Err(ParseError::TooLarge);
    }
    let mut lines = Lines::new(&datagram).ok_or(ParseError::KeepAlive)?;
    let first = lines.first_line().ok_or(ParseError::StartLine)?;
    let start = parse_start(&datagram[first])?;
    // A line is 40 bytes on the average: one allocation for nearly every message.
    let mut headers = Headers::with_capacity((datagram.len() / 32).clamp(8, 64));
    let mut length = None;
    let mut count = 0;
    while let Some(line) = lines.next_line()? {
        count += 1;
        if count > MAX_LINES {
            return Err(ParseError::TooLarge);
        }
        let (name, value) = take_line(&datagram, line).ok_or(ParseError::Header)?;
        if name == HeaderName::CONTENT_LENGTH {
            length = Some(content_length(length, &value)?);
        } else {
            headers.push_clean(name, value);
        }
    }
    let rest = datagram.len() - lines.at;
    let length = length.unwrap_or(rest);
    if length > rest {
        return Err(ParseError::ContentLength);
    }
    let body = datagram.slice(lines.at..lines.at + length);
    Ok(Message { start, headers, body })
}

/// The response owed to a request that [`parse`] refused with `error`: 505, 513 or 400 with what is wrong as its
/// phrase. `None` where nothing is owed (keep-alives, responses, ACK), or where the headers that a response needs
/// cannot be found.
pub fn refusal(datagram: &Bytes, error: ParseError) -> Option<Message> {
    let datagram = datagram.slice(..datagram.len().min(MAX_MESSAGE));
    let mut lines = Lines::new(&datagram)?;
    let first = lines.first_line()?;
    let first = std::str::from_utf8(&datagram[first]).ok()?;
    let (method, rest) = first.split_once(' ')?;
    if !is_token(method.as_bytes()) || method == "ACK" || !rest.contains("SIP/") {
        return None;
    }
    let mut request = Message::request(Method::from_token(method), Uri::sip(None, "invalid", None));
    let mut left = MAX_LINES;
    while let Ok(Some(line)) = lines.next_line() {
        left = left.checked_sub(1)?;
        if let Some((name, value)) = take_line(&datagram, line) {
            request.headers.push_clean(name, value);
        }
    }
    request.via().ok()?;
    let needed = [HeaderName::FROM, HeaderName::TO, HeaderName::CALL_ID, HeaderName::CSEQ];
    needed.iter().all(|name| request.headers.contains(name)).then(|| match error {
        ParseError::Version => Message::response_to(&request, 505, "", Some("refused")),
        ParseError::TooLarge => Message::response_to(&request, 513, "", Some("refused")),
        error => Message::response_to(&request, 400, &format!("Bad Request: {error}"), Some("refused")),
    })
}

/// What the head of a message on a stream says of the length of its body; lines that cannot be read are passed over.
pub(crate) fn length_in_head(head: &Bytes) -> Result<Option<usize>, ParseError> {
    let Some(mut lines) = Lines::new(head) else { return Ok(None) };
    if lines.first_line().is_none() {
        return Ok(None);
    }
    let mut length = None;
    while let Some(line) = lines.next_line()? {
        match take_line(head, line) {
            Some((name, value)) if name == HeaderName::CONTENT_LENGTH => {
                length = Some(content_length(length, &value)?);
            }
            _ => {}
        }
    }
    Ok(length)
}

/// One header line, still folded.
struct Line {
    range: Range<usize>,
    /// Whether it holds line breaks or NULs, so that its value cannot be a slice.
    odd: bool,
}

/// The lines of a head, one after the other.
struct Lines<'a> {
    bytes: &'a [u8],
    /// Where the next line begins; behind the empty line once [`Lines::next_line`] gave `None`.
    at: usize,
}

impl<'a> Lines<'a> {
    /// Past line breaks in front of the message (RFC 3261 §7.5). `None` where there is nothing else.
    fn new(bytes: &'a [u8]) -> Option<Self> {
        let at = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n'))?;
        Some(Lines { bytes, at })
    }

    fn first_line(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        let end = next_breaker(self.bytes, start)?;
        self.is_break(end).then(|| {
            self.at = end + 2;
            start..end
        })
    }

    /// The next header line; `None` at the empty line that ends them.
    fn next_line(&mut self) -> Result<Option<Line>, ParseError> {
        let start = self.at;
        if self.is_break(start) {
            self.at = start + 2;
            return Ok(None);
        }
        let (mut from, mut odd) = (start, false);
        loop {
            let end = next_breaker(self.bytes, from).ok_or(ParseError::Header)?;
            if self.is_break(end) {
                if !matches!(self.bytes.get(end + 2), Some(b' ' | b'\t')) {
                    self.at = end + 2;
                    return Ok(Some(Line { range: start..end, odd }));
                }
            } else if self.bytes[end] != 0 {
                return Err(ParseError::Header);
            }
            odd = true;
            from = end + if self.bytes[end] == 0 { 1 } else { 3 };
        }
    }

    fn is_break(&self, at: usize) -> bool {
        self.bytes.get(at..at + 2) == Some(b"\r\n")
    }
}

/// Where the next CR, LF or NUL is: eight bytes at a time, as most have none.
fn next_breaker(bytes: &[u8], from: usize) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = ONES << 7;
    const LIMIT: u64 = ONES * (b'\r' as u64 + 1);
    let (words, tail) = bytes.get(from..)?.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let number = u64::from_le_bytes(*word);
        // The top bit of each byte that is less than or equal to CR, and perhaps of some behind such a one.
        let low = number.wrapping_sub(LIMIT) & !number & TOPS;
        if low == 0 {
            continue;
        }
        let first = low.trailing_zeros() as usize / 8;
        if let Some(at) = word[first..].iter().position(|&byte| is_line_breaker(byte)) {
            return Some(from + index * 8 + first + at);
        }
    }
    let at = tail.iter().position(|&byte| is_line_breaker(byte))?;
    Some(from + words.len() * 8 + at)
}

/// Name and value of a line. `None`: no colon, a name that is no token, a NUL that nothing escapes.
fn take_line(datagram: &Bytes, line: Line) -> Option<(HeaderName, Bytes)> {
    let bytes = &datagram[line.range.clone()];
    let colon = bytes.iter().position(|&byte| byte == b':')?;
    // White space in front of the colon is allowed, a fold is not.
    let name_end = bytes[..colon].iter().rposition(|&byte| !is_blank(byte))? + 1;
    let name = HeaderName::from_bytes(&bytes[..name_end])?;
    let value = &bytes[colon + 1..];
    if line.odd {
        return unfold(value).map(|value| (name, value));
    }
    let first = value.iter().position(|&byte| !is_blank(byte)).unwrap_or(value.len());
    let length = value[first..].iter().rposition(|&byte| !is_blank(byte)).map_or(0, |last| last + 1);
    let start = line.range.start + colon + 1 + first;
    Some((name, datagram.slice(start..start + length)))
}

/// A value without its folds: each is one space (RFC 3261 §7.3.1). A NUL that a quoted string escapes becomes a space.
fn unfold(value: &[u8]) -> Option<Bytes> {
    let mut out = Vec::with_capacity(value.len());
    let (mut quoted, mut escaped) = (false, false);
    let mut at = 0;
    while at < value.len() {
        let byte = value[at];
        at += 1;
        match byte {
            0 if !(quoted && escaped) => return None,
            0 => out.push(b' '),
            b'\r' | b'\n' => {
                while at < value.len()
                    && (is_blank(value[at]) || is_line_breaker(value[at]) && value[at] != 0)
                {
                    at += 1;
                }
                out.push(b' ');
            }
            byte => {
                quoted ^= byte == b'"' && !escaped;
                out.push(byte);
            }
        }
        escaped = quoted && !escaped && byte == b'\\';
    }
    let first = out.iter().position(|&byte| !is_blank(byte)).unwrap_or(out.len());
    let end = out.iter().rposition(|&byte| !is_blank(byte)).map_or(first, |last| last + 1);
    Some(Bytes::from(out).slice(first..end))
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn content_length(before: Option<usize>, value: &[u8]) -> Result<usize, ParseError> {
    let number =
        std::str::from_utf8(value).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let number = number.and_then(|digits| digits.parse().ok()).ok_or(ParseError::ContentLength)?;
    match before {
        Some(before) if before != number => Err(ParseError::ContentLength),
        _ => Ok(number),
    }
}

fn parse_start(line: &[u8]) -> Result<Start, ParseError> {
    if line.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"SIP/")) {
        return parse_status_line(line);
    }
    let line = std::str::from_utf8(line).map_err(|_| ParseError::StartLine)?;
    let mut parts = line.split(' ');
    let (Some(method), Some(uri), Some(version), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(ParseError::StartLine);
    };
    if !is_token(method.as_bytes()) {
        return Err(ParseError::StartLine);
    }
    check_version(version.as_bytes())?;
    let uri = uri.parse().map_err(|_| ParseError::StartLine)?;
    Ok(Start::Request { method: Method::from_token(method), uri })
}

fn parse_status_line(line: &[u8]) -> Result<Start, ParseError> {
    let space = line.iter().position(|&byte| byte == b' ').ok_or(ParseError::StartLine)?;
    check_version(&line[..space])?;
    let (digits, reason) = line[space + 1..].split_at_checked(3).ok_or(ParseError::StartLine)?;
    let digits =
        std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let status = digits.and_then(|digits| digits.parse().ok()).filter(|status| (100..700).contains(status));
    let status = status.ok_or(ParseError::StartLine)?;
    // The space behind the status is required, but often missing where there is no phrase.
    let reason = match reason {
        [] => reason,
        [b' ', phrase @ ..] => phrase,
        _ => return Err(ParseError::StartLine),
    };
    Ok(Start::Response { status, reason: String::from_utf8_lossy(reason).into_owned() })
}

fn check_version(version: &[u8]) -> Result<(), ParseError> {
    if version.eq_ignore_ascii_case(b"SIP/2.0") {
        return Ok(());
    }
    let is_sip = version.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"SIP/"));
    Err(if is_sip { ParseError::Version } else { ParseError::StartLine })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:c@d>;tag=1\r\n\
                        To: <sip:a@b>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n";

    fn with(rest: &str) -> Result<Message, ParseError> {
        parse(Bytes::from(format!("{HEAD}{rest}")))
    }

    #[test]
    fn values_are_slices_of_the_datagram() {
        let datagram = Bytes::from(format!("{HEAD}Subject: \t here \t\r\nContent-Length: 2\r\n\r\nabc"));
        let message = parse(datagram.clone()).unwrap();
        let within = datagram.as_ptr_range();
        for (name, value) in message.headers.rows() {
            assert!(within.contains(&value.as_ptr()), "{} was copied", name.as_str());
        }
        assert!(within.contains(&message.body.as_ptr()));
        assert_eq!(
            (message.headers.get(&HeaderName::SUBJECT), &message.body[..]),
            (Some("here"), &b"ab"[..])
        );
        assert!(!message.headers.contains(&HeaderName::CONTENT_LENGTH));
    }

    #[test]
    fn folds_become_one_space() {
        let message = with("Subject :\r\n first\r\n\t \t second  \r\n   \r\ns:\r\n\r\nbody").unwrap();
        let name = HeaderName::SUBJECT;
        assert_eq!(message.headers.get_all(&name).collect::<Vec<_>>(), ["first second", ""]);
        assert_eq!(message.body, "body");
    }

    #[test]
    fn what_could_smuggle_a_line_is_refused() {
        for bad in [
            "A: b\nC: d\r\n\r\n",
            "A: b\rC: d\r\n\r\n",
            "A: b\r\r\n\r\n",
            "A: b\0\r\n\r\n",
            "A: \\\0\r\n\r\n",
            "A: \"\\\\\0\"\r\n\r\n",
            "A\r\n : b\r\n\r\n",
            "A b: c\r\n\r\n",
            ": c\r\n\r\n",
            "no colon\r\n\r\n",
            "A: b\r\n",
            "A: b",
            "",
            "A: b\r\n ",
            "A: b\r\n\n",
            "A: b\n\n",
            "\u{e9}: b\r\n\r\n",
        ] {
            assert_eq!(with(bad), Err(ParseError::Header), "{bad:?}");
        }
        let folded_start = HEAD.replacen("\r\nVia", "\r\n Via", 1) + "\r\n";
        assert_eq!(parse(Bytes::from(folded_start)), Err(ParseError::Header));
        let escaped = with("s: \"\\\0\"\r\n\r\n").unwrap();
        assert_eq!(escaped.headers.get(&HeaderName::SUBJECT), Some("\"\\ \""), "but not an escaped NUL");
    }

    #[test]
    fn the_length_of_the_body_must_be_plain() {
        for bad in ["-1", "+1", "1 2", "1, 1", "", "x", "4", "99999999999999999999", "0x1"] {
            let text = format!("Content-Length: {bad}\r\n\r\nabc");
            let wanted =
                if bad.is_empty() { Err(ParseError::ContentLength) } else { with(&text).map(|_| ()) };
            assert_eq!(wanted, Err(ParseError::ContentLength), "{bad}");
        }
        assert_eq!(with("l: 1\r\nContent-Length: 2\r\n\r\nabc"), Err(ParseError::ContentLength));
        assert_eq!(with("l: 1\r\nContent-Length: 01\r\n\r\nabc").unwrap().body, "a");
        assert_eq!(with("\r\nabc").unwrap().body, "abc", "without one, the datagram is the bound");
    }

    #[test]
    fn sizes_are_bounded() {
        assert!(with(&("A: b\r\n".repeat(MAX_LINES - 5) + "\r\n")).is_ok());
        assert_eq!(with(&("A: b\r\n".repeat(MAX_LINES - 4) + "\r\n")), Err(ParseError::TooLarge));
        let room = MAX_MESSAGE - HEAD.len() - 2;
        assert!(with(&("\r\n".to_owned() + &"x".repeat(room))).is_ok());
        assert_eq!(with(&("\r\n".to_owned() + &"x".repeat(room + 1))), Err(ParseError::TooLarge));
    }

    #[test]
    fn keep_alives_and_first_lines() {
        for (text, error) in [
            ("", ParseError::KeepAlive),
            ("\r\n\r\n", ParseError::KeepAlive),
            ("\r\n\r\nx", ParseError::StartLine),
            ("OPTIONS sip:a@b\r\n\r\n", ParseError::StartLine),
            ("OPTIONS sip:a@b HTTP/1.1\r\n\r\n", ParseError::StartLine),
            ("OPTIONS sip:a@b SIP/3.0\r\n\r\n", ParseError::Version),
            ("OPT(ONS sip:a@b SIP/2.0\r\n\r\n", ParseError::StartLine),
            ("OPTIONS sip:a\0@b SIP/2.0\r\n\r\n", ParseError::StartLine),
            ("OPTIONS sip:a@b SIP/2.0\n\n", ParseError::StartLine),
            ("SIP/3.0 200 OK\r\n\r\n", ParseError::Version),
            ("SIP/2.0 99 OK\r\n\r\n", ParseError::StartLine),
            ("SIP/2.0 700 OK\r\n\r\n", ParseError::StartLine),
            ("SIP/2.0 2000 OK\r\n\r\n", ParseError::StartLine),
            ("SIP/2.0 +20 OK\r\n\r\n", ParseError::StartLine),
        ] {
            assert_eq!(parse(Bytes::from_static(text.as_bytes())), Err(error), "{text:?}");
        }
        let empty = |text: &'static str| parse(Bytes::from_static(text.as_bytes())).unwrap().start;
        for text in ["SIP/2.0 180\r\n\r\n", "\r\n\r\nsip/2.0 180 \r\n\r\n"] {
            assert_eq!(empty(text), Start::Response { status: 180, reason: String::new() });
        }
    }

    #[test]
    fn a_refused_request_is_answered_if_it_can_be() {
        let refuse = |text: String| {
            let datagram = Bytes::from(text);
            let error = parse(datagram.clone()).unwrap_err();
            refusal(&datagram, error)
        };
        let answer = refuse(HEAD.replace("SIP/2.0\r\nVia", "SIP/7.0\r\nVia") + "\r\n").unwrap();
        assert_eq!((answer.status(), answer.to().unwrap().tag().is_some()), (Some(505), true));
        let answer = refuse(format!("{HEAD}no colon\r\nContent-Length: -1\r\n\r\n")).unwrap();
        assert_eq!(
            answer.start,
            Start::Response { status: 400, reason: "Bad Request: malformed header line".into() }
        );
        assert_eq!(answer.call_id(), Ok("x"));
        let answer = refuse(format!("{HEAD}\r\n{}", "x".repeat(MAX_MESSAGE))).unwrap();
        assert_eq!(answer.status(), Some(513));

        assert_eq!(refuse(HEAD.replace("OPTIONS sip", "ACK sip") + "no colon\r\n\r\n"), None);
        assert_eq!(
            refuse(HEAD.replace("OPTIONS sip:a@b SIP/2.0", "SIP/2.0 200 OK") + "no colon\r\n\r\n"),
            None
        );
        assert_eq!(refuse(HEAD.replace("Call-ID", "Call-No") + "no colon\r\n\r\n"), None);
        assert_eq!(refuse("\r\n\r\n".to_owned()), None);
    }

    #[test]
    fn the_search_by_words_finds_what_the_search_by_bytes_finds() {
        for length in 0..40 {
            for at in 0..length {
                for byte in [b'\r', b'\n', 0] {
                    let mut bytes = vec![b'\t'; length];
                    bytes[length / 2] = 0xff;
                    bytes[at] = byte;
                    assert_eq!(next_breaker(&bytes, 0), Some(at));
                    assert_eq!(next_breaker(&bytes, at), Some(at));
                    assert_eq!(next_breaker(&bytes, at + 1), None);
                }
            }
        }
    }
}
