//! The grammar that headers share: tokens, quoted strings, lists, parameters; read and written (RFC 3261 §25.1).

use std::fmt;

/// Parameters in order: name in lower case, value unquoted.
pub(crate) type Params = Vec<(String, Option<String>)>;

const TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        table[byte] = b.is_ascii_alphanumeric()
            || matches!(b, b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~');
        byte += 1;
    }
    table
};

/// Whether the byte may stand in a token.
pub(crate) fn is_token_byte(byte: u8) -> bool {
    TOKEN[usize::from(byte)]
}

/// Whether these bytes are a token.
pub(crate) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|&byte| is_token_byte(byte))
}

/// Whether the byte would end or cut a header line: CR, LF, NUL.
pub(crate) fn is_line_breaker(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n' | 0)
}

/// Without white space at either end.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// The elements of a list: split at the commas outside quotes and angle brackets; empty elements are left out.
#[derive(Debug, Clone)]
pub(crate) struct ListItems<'a> {
    rest: &'a str,
}

impl<'a> ListItems<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        ListItems { rest: text }
    }
}

impl<'a> Iterator for ListItems<'a> {
    type Item = &'a str;
    fn next(&mut self) -> Option<&'a str> {
        while !self.rest.is_empty() {
            let end = comma(self.rest.as_bytes());
            let item = trim(&self.rest[..end]);
            self.rest = self.rest.get(end + 1..).unwrap_or("");
            if !item.is_empty() {
                return Some(item);
            }
        }
        None
    }
}

/// Where the first comma outside quotes and angle brackets is, or the end.
fn comma(bytes: &[u8]) -> usize {
    let (mut quoted, mut angle) = (false, false);
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quoted => at += 1,
            b'"' if !angle => quoted = !quoted,
            b'<' if !quoted => angle = true,
            b'>' if !quoted => angle = false,
            b',' if !quoted && !angle => return at,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// Reads a quoted string off the front: its content without escapes, and the rest.
pub(crate) fn take_quoted(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix('"')?;
    let mut content = String::new();
    let mut chars = inner.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((content, &inner[at + 1..])),
            '\\' => content.push(chars.next()?.1),
            c => content.push(c),
        }
    }
    None
}

/// Reads `;name=value;name…`. `None` where it is malformed; one trailing semicolon is let pass.
pub(crate) fn parse_params(text: &str) -> Option<Params> {
    let mut params = Params::new();
    let mut rest = trim(text);
    while !rest.is_empty() {
        rest = trim(rest.strip_prefix(';')?);
        if rest.is_empty() {
            break;
        }
        let end = rest.bytes().position(|byte| !is_token_byte(byte)).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if name.is_empty() {
            return None;
        }
        rest = trim(after);
        let mut value = None;
        if let Some(after) = rest.strip_prefix('=') {
            (value, rest) = take_value(trim(after))?;
        }
        params.push((name.to_ascii_lowercase(), value));
    }
    Some(params)
}

/// Reads a parameter's value. An empty one counts as none: `rport=` is `rport`.
fn take_value(text: &str) -> Option<(Option<String>, &str)> {
    if text.starts_with('"') {
        let (content, rest) = take_quoted(text)?;
        return Some((Some(content), trim(rest)));
    }
    let end = text.find(';').unwrap_or(text.len());
    let value = trim(&text[..end]);
    let plain = !value.bytes().any(|b| b <= b' ' || matches!(b, b'"' | b',' | b'<' | b'>' | b'\\' | 0x7f));
    plain.then(|| ((!value.is_empty()).then(|| value.to_owned()), &text[end..]))
}

/// Writes a quoted string. CR, LF and NUL become spaces.
pub(crate) fn write_quoted(f: &mut impl fmt::Write, text: &str) -> fmt::Result {
    f.write_char('"')?;
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        if is_line_breaker(byte) {
            f.write_str(&text[from..at])?;
            f.write_char(' ')?;
            from = at + 1;
        } else if matches!(byte, b'"' | b'\\' | 0x7f) || (byte < b' ' && byte != b'\t') {
            f.write_str(&text[from..at])?;
            f.write_char('\\')?;
            from = at;
        }
    }
    f.write_str(&text[from..])?;
    f.write_char('"')
}

/// Writes `;name=value;name…`, quoting values that are no token. Bytes that no name can hold are left out.
pub(crate) fn write_params(f: &mut impl fmt::Write, params: &[(String, Option<String>)]) -> fmt::Result {
    for (name, value) in params {
        if !name.bytes().any(is_token_byte) {
            continue;
        }
        f.write_char(';')?;
        write_token(f, name)?;
        match value {
            None => {}
            Some(value) if is_plain(name, value) => write!(f, "={value}")?,
            Some(value) => {
                f.write_char('=')?;
                write_quoted(f, value)?;
            }
        }
    }
    Ok(())
}

/// Writes what of the text may stand in a token.
pub(crate) fn write_token(f: &mut impl fmt::Write, text: &str) -> fmt::Result {
    if is_token(text.as_bytes()) {
        return f.write_str(text);
    }
    text.bytes().filter(|&byte| is_token_byte(byte)).try_for_each(|byte| f.write_char(char::from(byte)))
}

/// Whether a parameter's value can stand without quotes.
///
/// Feature tags (`+sip.instance`) are always quoted (RFC 3840 §9). Tags and branches of peers that do not keep to
/// tokens are given back as they came: a peer that finds its tag in quotes does not know it any more.
fn is_plain(name: &str, value: &str) -> bool {
    let byte_fits: fn(u8) -> bool = match name {
        "tag" | "branch" => {
            |b| b.is_ascii_graphic() && !matches!(b, b'"' | b',' | b';' | b'<' | b'>' | b'\\')
        }
        name if name.starts_with('+') => |_| false,
        _ => |b| is_token_byte(b) || matches!(b, b'[' | b']' | b':'),
    };
    !value.is_empty() && value.bytes().all(byte_fits)
}

/// Writes a part of a URI: bytes that are not `safe` are escaped, escapes that stand in the text are left alone.
pub(crate) fn write_escaped(f: &mut impl fmt::Write, text: &str, safe: fn(u8) -> bool) -> fmt::Result {
    let bytes = text.as_bytes();
    let mut from = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if safe(byte) || (byte == b'%' && is_escape(&bytes[at..])) {
            continue;
        }
        // Both ends of the run are at ASCII bytes or at the end of a character that was escaped byte by byte.
        f.write_str(text.get(from..at).unwrap_or(""))?;
        write!(f, "%{byte:02X}")?;
        from = at + 1;
    }
    f.write_str(text.get(from..).unwrap_or(""))
}

/// Whether these bytes begin with `%` and two hexadecimal digits.
pub(crate) fn is_escape(bytes: &[u8]) -> bool {
    matches!(bytes, [b'%', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(text: &str) -> Vec<&str> {
        ListItems::new(text).collect()
    }

    #[test]
    fn lists_split_at_bare_commas_only() {
        assert_eq!(items(r#"a, b ,c"#), ["a", "b", "c"]);
        assert_eq!(
            items(r#""x, \"y\", <z" <sip:a,b@h>, <sip:c@d>"#),
            [r#""x, \"y\", <z" <sip:a,b@h>"#, "<sip:c@d>"]
        );
        assert_eq!(items(",, a,,\t,b,"), ["a", "b"]);
        assert_eq!(items(r#""open, a"#), [r#""open, a"#]);
        assert_eq!(items(""), [""; 0]);
        assert_eq!(items(r#""end\"#), [r#""end\"#]);
    }

    #[test]
    fn parameters_are_read_with_white_space_quotes_and_escapes() {
        let params =
            parse_params(r#" ;  TAG  =  a1 ; lr; +sip.instance="<urn:uuid:\"1\";,>" ; rport= "#).unwrap();
        assert_eq!(
            params,
            [
                ("tag".to_owned(), Some("a1".to_owned())),
                ("lr".to_owned(), None),
                ("+sip.instance".to_owned(), Some(r#"<urn:uuid:"1";,>"#.to_owned())),
                ("rport".to_owned(), None),
            ]
        );
        for bad in [";;a", ";a;;", "a", ";=b", r#";a="b"#, r#";a="b"c"#, ";a=b c", ";a=b,c", r#";a="b\"#] {
            assert_eq!(parse_params(bad), None, "{bad}");
        }
        assert_eq!(parse_params(";a;").unwrap().len(), 1);
    }

    #[test]
    fn what_is_written_can_be_read_again_and_breaks_no_line() {
        let params = vec![
            ("tag".to_owned(), Some("a@b:c".to_owned())),
            ("x".to_owned(), Some("with \"quotes\" \\ and é".to_owned())),
            ("+sip.instance".to_owned(), Some("plain".to_owned())),
            ("empty".to_owned(), Some(String::new())),
            ("lr".to_owned(), None),
        ];
        let mut text = String::new();
        write_params(&mut text, &params).unwrap();
        assert!(text.starts_with(r#";tag=a@b:c;x="with"#), "{text}");
        assert!(text.contains(r#"+sip.instance="plain""#));
        assert_eq!(parse_params(&text).unwrap(), params);

        let evil = vec![
            ("a\r\nEvil: 1".to_owned(), Some("b\r\nEvil: 2\0".to_owned())),
            ("tag".to_owned(), Some("t\r\n".to_owned())),
            ("\r\n".to_owned(), None),
        ];
        let mut text = String::new();
        write_params(&mut text, &evil).unwrap();
        assert_eq!(text, r#";aEvil1="b  Evil: 2 ";tag="t  ""#);
    }

    #[test]
    fn escaping_keeps_what_is_escaped_already() {
        let mut text = String::new();
        write_escaped(&mut text, "a%40b%zz\r\né%", |b| b.is_ascii_alphanumeric()).unwrap();
        assert_eq!(text, "a%40b%25zz%0D%0A%C3%A9%25");
    }
}
