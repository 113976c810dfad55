//! The client's side: answers to challenges (RFC 3261 §22.2, RFC 7616 §3.4).

use super::Credentials;
use super::fields::Fields;
use super::hash::{Algorithm, Inputs};
use super::quote;
use crate::message::{HeaderName, Message, Method};

/// The header value that answers a 401 or 407, or `None` where no challenge can be answered
/// (unknown algorithm, qop, or another realm than `realm` where one is given). Prefers SHA-256.
///
/// The nonce count is always 1: each challenge is answered once. `cnonce` is to be unpredictable, and a token.
pub fn answer(
    challenge: &Message,
    credentials: &Credentials,
    realm: Option<&str>,
    method: &Method,
    uri: &str,
    cnonce: &str,
) -> Option<(HeaderName, String)> {
    let (asked, given) = match challenge.status()? {
        401 => (HeaderName::WWW_AUTHENTICATE, HeaderName::AUTHORIZATION),
        407 => (HeaderName::PROXY_AUTHENTICATE, HeaderName::PROXY_AUTHORIZATION),
        _ => return None,
    };
    let (algorithm, fields) = challenge
        .headers
        .get_all(&asked)
        .flat_map(Fields::all)
        .filter_map(|fields| Some((usable(&fields, realm)?, fields)))
        // The first of the strongest: the server's order counts among equals.
        .reduce(|best, next| if next.0 > best.0 { next } else { best })?;
    Some((given, credentials_for(algorithm, &fields, credentials, method, uri, cnonce)?))
}

/// The algorithm of a challenge that we can answer.
fn usable(fields: &Fields<'_>, realm: Option<&str>) -> Option<Algorithm> {
    let offered = fields.get("realm").filter(|_| !fields.malformed)?;
    fields.get("nonce")?;
    let realm_fits = realm.is_none_or(|realm| quote(realm) == format!("\"{offered}\""));
    let auth_offered = fields.get("qop").is_none_or(|qop| qop.split(',').any(is_auth));
    Algorithm::from_name(fields.get("algorithm")).filter(|_| realm_fits && auth_offered)
}

fn is_auth(qop: &str) -> bool {
    qop.trim().eq_ignore_ascii_case("auth")
}

fn credentials_for(
    algorithm: Algorithm,
    fields: &Fields<'_>,
    credentials: &Credentials,
    method: &Method,
    uri: &str,
    cnonce: &str,
) -> Option<String> {
    let (realm, nonce) = (fields.get("realm")?, fields.get("nonce")?);
    // What is hashed is what stands between the quotes.
    let (user, uri, cnonce) = (quote(&credentials.user), quote(uri), quote(cnonce));
    let inner = |quoted: &'_ str| quoted[1..quoted.len() - 1].to_owned();
    let (user, uri, cnonce) = (inner(&user), inner(&uri), inner(&cnonce));
    const COUNT: &str = "00000001";
    let qop = fields.get("qop").is_some();
    let response = Inputs {
        user: &user,
        realm,
        password: &credentials.password,
        method: method.as_str(),
        uri: &uri,
        nonce,
        auth: qop.then_some((COUNT, &cnonce)),
    }
    .response(algorithm);
    let mut value = format!(
        "Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", response=\"{response}\""
    );
    if fields.get("algorithm").is_some() {
        value += ", algorithm=";
        value += algorithm.name();
    }
    if let Some(opaque) = fields.get("opaque") {
        value += &format!(", opaque=\"{opaque}\"");
    }
    if qop {
        value += &format!(", qop=auth, cnonce=\"{cnonce}\", nc={COUNT}");
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uri::Uri;

    fn challenge(status: u16, values: &[&str]) -> Message {
        let request = Message::request(Method::Register, Uri::sip(None, "example.com", None));
        let mut response = Message::response_to(&request, status, "", None);
        for value in values {
            let name =
                if status == 401 { HeaderName::WWW_AUTHENTICATE } else { HeaderName::PROXY_AUTHENTICATE };
            response.headers.push(name, *value);
        }
        response
    }

    fn reply(status: u16, values: &[&str], realm: Option<&str>) -> Option<(HeaderName, String)> {
        let bob = Credentials { user: "Mufasa".into(), password: "Circle of Life".into() };
        let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        answer(&challenge(status, values), &bob, realm, &Method::from_token("GET"), "/dir/index.html", cnonce)
    }

    /// RFC 7616 §3.9.1, both algorithms offered.
    const MD5: &str = r#"Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#;

    #[test]
    fn the_example_of_the_rfc_is_answered_with_the_stronger_algorithm() {
        let sha = MD5.replace("MD5", "SHA-256");
        let (name, value) = reply(401, &[MD5, &sha], None).unwrap();
        assert_eq!(name, HeaderName::AUTHORIZATION);
        assert!(
            value.contains("response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\"")
        );
        assert!(value.contains(
            "algorithm=SHA-256, opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\", qop=auth"
        ));
        let (name, value) = reply(407, &[MD5], Some("http-auth@example.org")).unwrap();
        assert_eq!(name, HeaderName::PROXY_AUTHORIZATION);
        assert!(value.contains("response=\"8ca523f5e9506fed4657c9700eebdbec\""));
        assert!(value.ends_with("nc=00000001"));
    }

    #[test]
    fn challenges_in_one_line_and_without_qop_are_answered() {
        let both = format!("Basic realm=\"x\", {MD5}, {}", MD5.replace("MD5", "SHA-256"));
        assert!(reply(401, &[&both], None).unwrap().1.contains("algorithm=SHA-256"));
        let (_, value) = reply(401, &[r#"Digest realm="a", nonce="b""#], None).unwrap();
        assert!(
            !value.contains("qop") && !value.contains("algorithm") && !value.contains("cnonce"),
            "{value}"
        );
    }

    #[test]
    fn what_we_do_not_know_is_not_answered() {
        for bad in [
            r#"Digest realm="a", nonce="b", algorithm=SHA-512-256"#,
            r#"Digest realm="a", nonce="b", algorithm=MD5-sess"#,
            r#"Digest realm="a", nonce="b", qop="auth-int""#,
            r#"Digest realm="a""#,
            r#"Digest nonce="a""#,
            r#"Digest realm="a", nonce="b", nonce="c""#,
            r#"Basic realm="a""#,
            "",
        ] {
            assert_eq!(reply(401, &[bad], None), None, "{bad}");
        }
        assert_eq!(reply(401, &[MD5], Some("another")), None);
        assert_eq!(reply(403, &[MD5], None), None);
    }

    #[test]
    fn nothing_breaks_out_of_its_quotes() {
        let evil = Credentials { user: "a\", realm=\"b\r\nEvil: 1".into(), password: "p".into() };
        let (name, value) =
            answer(&challenge(401, &[MD5]), &evil, None, &Method::Invite, "sip:\"@h", "c\"").unwrap();
        assert!(!value.contains(['\r', '\n']));
        let mut message = Message::request(Method::Invite, Uri::sip(None, "h", None));
        message.headers.push(name.clone(), value);
        let all = Fields::all(message.headers.get(&name).unwrap());
        assert!(!all[0].malformed);
        assert_eq!(all[0].get("realm"), Some("http-auth@example.org"));
    }
}
