//! The parameters of a challenge or of credentials: raw slices of the header (RFC 7616 §3.3, §3.4).

use crate::headers::text::{ListItems, is_token, trim};

/// One `Digest …` of a header.
///
/// Values are without their quotes but with the escapes inside: that is what goes into the hash (RFC 7616 §3.4, `unq`).
#[derive(Debug, Default, Clone)]
pub(super) struct Fields<'a> {
    params: Vec<(&'a str, &'a str)>,
    /// A parameter stood twice, or was none: which one counts would be a guess.
    pub(super) malformed: bool,
}

impl<'a> Fields<'a> {
    /// Every Digest of one header value; other schemes are passed over. Bounded by the length of the message.
    pub(super) fn all(value: &'a str) -> Vec<Fields<'a>> {
        let mut found: Vec<Fields<'a>> = Vec::new();
        let mut in_digest = false;
        for item in ListItems::new(value) {
            let mut param = item;
            if let Some((scheme, rest)) = scheme(item) {
                in_digest = scheme.eq_ignore_ascii_case("Digest");
                if in_digest {
                    found.push(Fields::default());
                }
                param = rest;
            }
            if in_digest && let Some(fields) = found.last_mut() {
                fields.add(param);
            }
        }
        found
    }

    /// The value of a parameter.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.params.iter().find(|param| param.0.eq_ignore_ascii_case(name)).map(|param| param.1)
    }

    fn add(&mut self, param: &'a str) {
        match param.split_once('=').and_then(|(name, value)| Some((trim(name), unquoted(trim(value))?))) {
            Some((name, value)) if is_token(name.as_bytes()) && self.get(name).is_none() => {
                self.params.push((name, value));
            }
            _ => self.malformed = true,
        }
    }
}

/// Splits `Digest realm="x"` into scheme and first parameter; `None` where no scheme is in front.
fn scheme(item: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = item.split_once([' ', '\t'])?;
    let rest = trim(rest);
    (is_token(scheme.as_bytes()) && !rest.starts_with('=')).then_some((scheme, rest))
}

/// The inside of a quoted string, or a bare value.
fn unquoted(value: &str) -> Option<&str> {
    let Some(inner) = value.strip_prefix('"') else {
        return (!value.contains(['"', ' ', '\t'])).then_some(value);
    };
    let mut escaped = false;
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return (at + 1 == inner.len()).then_some(&inner[..at]),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_digest_of_a_value_is_read() {
        let value = r#"Basic realm="b", Digest realm = "a, \"b\"" , qop="auth,auth-int",algorithm=MD5, NewScheme x=1, y=2, digest realm=c"#;
        let all = Fields::all(value);
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].get("REALM"), Some(r#"a, \"b\""#));
        assert_eq!(
            (all[0].get("qop"), all[0].get("algorithm"), all[0].get("y")),
            (Some("auth,auth-int"), Some("MD5"), None)
        );
        assert_eq!(all[1].get("realm"), Some("c"));
        assert!(all.iter().all(|fields| !fields.malformed));
        assert_eq!(Fields::all("NoOneKnowsThisScheme opaque-data=here").len(), 0);
    }

    #[test]
    fn doubled_and_broken_parameters_are_marked() {
        for bad in [
            r#"Digest realm="a", realm="b""#,
            r#"Digest realm="a", nonce"#,
            r#"Digest realm="a", nonce="b" c"#,
            r#"Digest realm="a", nonce="open"#,
            r#"Digest realm="a", =b"#,
            r#"Digest realm="a", nonce=b"c"#,
        ] {
            let all = Fields::all(bad);
            assert!(all[0].malformed, "{bad}");
            assert_eq!(all[0].get("realm"), Some("a"));
        }
    }
}
