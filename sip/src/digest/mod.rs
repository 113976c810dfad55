//! Digest access authentication, both sides (RFC 8760, RFC 7616): SHA-256 and MD5, qop=auth.

mod client;
mod fields;
mod hash;
mod nonce;

pub use client::answer;

use crate::headers::text::write_quoted;
use crate::message::{HeaderName, Message, Start};
use crate::uri::Uri;
use fields::Fields;
use hash::{Algorithm, Inputs, equal};
use nonce::{Nonces, Spent};
use std::net::IpAddr;
use warmline_time::Time;

/// A user's secret, as configured.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user name.
    pub user: String,
    /// The password; never shown by `Debug`.
    pub password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

/// The server's side: stateless nonces, HMAC-SHA-256 over time and peer address under a secret of this process.
pub struct Verifier {
    nonces: Nonces,
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier").finish_non_exhaustive()
    }
}

/// What an Authorization header amounted to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The password is right.
    Accepted,
    /// No header for this realm, or the nonce is too old, not ours, or its count was used before (`stale`): challenge.
    Challenge {
        /// Whether only the nonce was wrong: the password is right.
        stale: bool,
    },
    /// Wrong password, user or digest URI, in answer to a challenge of ours to this very peer, which nobody can forge: challenge again, count.
    Wrong,
    /// The same in answer to no challenge of ours, or a malformed header.
    Refused,
}

/// Stands in for the password of an unknown user, so that the same work is done.
const NO_PASSWORD: &str = "unknown user";

impl Verifier {
    /// With a secret from the process's random source.
    pub fn new(secret: [u8; 32]) -> Self {
        Verifier { nonces: Nonces::new(&secret) }
    }
    /// Values of WWW-Authenticate or Proxy-Authenticate, SHA-256 first, then MD5.
    pub fn challenge(&self, now: Time, peer: IpAddr, realm: &str, stale: bool) -> [String; 2] {
        let nonce = self.nonces.issue(now, peer, realm);
        let realm = quote(realm);
        let stale = if stale { ", stale=true" } else { "" };
        [Algorithm::Sha256, Algorithm::Md5].map(|algorithm| {
            let name = algorithm.name();
            format!("Digest realm={realm}, nonce=\"{nonce}\", algorithm={name}, qop=\"auth\"{stale}")
        })
    }
    /// The user name that the request claims for this realm, so that the caller can look its password up.
    pub fn user<'a>(&self, request: &'a Message, realm: &str) -> Option<&'a str> {
        credentials(request, realm)?.get("username")
    }
    /// Checks Authorization and Proxy-Authorization of this realm. `password` is `None` for an unknown user: the
    /// same work is done, the verdict is that of a wrong password. Nonces live 5 minutes; a (nonce, nc) pair is accepted once,
    /// in a bounded table.
    pub fn verify(
        &mut self,
        now: Time,
        peer: IpAddr,
        realm: &str,
        request: &Message,
        password: Option<&str>,
    ) -> Verdict {
        let Start::Request { method, uri } = &request.start else { return Verdict::Refused };
        let Some(fields) = credentials(request, realm) else { return Verdict::Challenge { stale: false } };
        let Some(claim) = Claim::read(&fields) else { return Verdict::Refused };
        let expected =
            Inputs { password: password.unwrap_or(NO_PASSWORD), method: method.as_str(), ..claim.inputs }
                .response(claim.algorithm);
        let right = equal(expected.as_bytes(), claim.response.to_ascii_lowercase().as_bytes());
        let same_target = claim.inputs.uri.parse::<Uri>().is_ok_and(|claimed| claimed.same_target(uri));
        if !(right & same_target & password.is_some()) {
            let ours = self.nonces.is_ours(peer, realm, claim.inputs.nonce);
            return if ours { Verdict::Wrong } else { Verdict::Refused };
        }
        match self.nonces.spend(now, peer, realm, claim.inputs.nonce, claim.count) {
            Spent::Fresh => Verdict::Accepted,
            Spent::Again | Spent::Stale => Verdict::Challenge { stale: true },
        }
    }
}

/// The first credentials of this realm.
fn credentials<'a>(request: &'a Message, realm: &str) -> Option<Fields<'a>> {
    const NAMES: &[HeaderName] = &[HeaderName::AUTHORIZATION, HeaderName::PROXY_AUTHORIZATION];
    let realm = quote(realm);
    let is_ours =
        |fields: &Fields<'_>| fields.get("realm").is_some_and(|given| format!("\"{given}\"") == realm);
    NAMES.iter().flat_map(|name| request.headers.get_all(name)).flat_map(Fields::all).find(is_ours)
}

/// Credentials that hold all they must.
struct Claim<'a> {
    algorithm: Algorithm,
    /// Password and method are still empty.
    inputs: Inputs<'a>,
    response: &'a str,
    count: u32,
}

impl<'a> Claim<'a> {
    fn read(fields: &Fields<'a>) -> Option<Self> {
        if fields.malformed || !fields.get("qop")?.eq_ignore_ascii_case("auth") {
            return None;
        }
        let count = fields.get("nc").filter(|count| count.len() == 8)?;
        let is_hex = count.bytes().all(|byte| byte.is_ascii_hexdigit());
        Some(Claim {
            algorithm: Algorithm::from_name(fields.get("algorithm"))?,
            inputs: Inputs {
                user: fields.get("username")?,
                realm: fields.get("realm")?,
                password: "",
                method: "",
                uri: fields.get("uri")?,
                nonce: fields.get("nonce")?,
                auth: Some((count, fields.get("cnonce")?)),
            },
            response: fields.get("response")?,
            count: u32::from_str_radix(count, 16).ok().filter(|_| is_hex)?,
        })
    }
}

/// As a quoted string.
fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    // Writing into a string cannot fail.
    let _ = write_quoted(&mut quoted, text);
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Method;

    const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const REALM: &str = "warm \"line\"";

    fn at(seconds: u64) -> Time {
        Time::from_micros(seconds * 1_000_000)
    }

    fn bob() -> Credentials {
        Credentials { user: "bob".into(), password: "zanzibar".into() }
    }

    fn register() -> Message {
        Message::request(Method::Register, "sip:example.com;transport=tcp".parse().unwrap())
    }

    /// A request that answers the challenge at index `which` (0 SHA-256, 1 MD5) of second 1000.
    fn answered(verifier: &Verifier, which: usize, credentials: &Credentials) -> Message {
        let mut response = Message::response_to(&register(), 401, "", None);
        let challenge = verifier.challenge(at(1000), PEER, REALM, false)[which].clone();
        response.headers.push(HeaderName::WWW_AUTHENTICATE, challenge);
        let uri = register().uri().unwrap().to_string();
        let (name, value) =
            answer(&response, credentials, Some(REALM), &Method::Register, &uri, "c0ffee").unwrap();
        let mut request = register();
        request.headers.push(name, value);
        request
    }

    fn edited(request: &Message, from: &str, to: &str) -> Message {
        let value = request.headers.get(&HeaderName::AUTHORIZATION).unwrap();
        assert!(value.contains(from), "{from} in {value}");
        let mut edited = request.clone();
        edited.headers.set(HeaderName::AUTHORIZATION, value.replace(from, to));
        edited
    }

    #[test]
    fn the_right_password_is_accepted_once_with_either_algorithm() {
        let mut verifier = Verifier::new([7; 32]);
        for which in [0, 1] {
            let request = answered(&verifier, which, &bob());
            assert_eq!(verifier.user(&request, REALM), Some("bob"));
            assert_eq!(verifier.verify(at(1010), PEER, REALM, &request, Some("zanzibar")), Verdict::Accepted);
            let again = Verdict::Challenge { stale: true };
            assert_eq!(verifier.verify(at(1010), PEER, REALM, &request, Some("zanzibar")), again);
        }
        let [sha, md5] = verifier.challenge(at(1), PEER, "r", true);
        assert!(
            sha.contains("algorithm=SHA-256") && md5.contains("algorithm=MD5") && sha.ends_with("stale=true")
        );
    }

    #[test]
    fn whatever_is_wrong_is_refused_and_spends_nothing() {
        let mut verifier = Verifier::new([7; 32]);
        let good = answered(&verifier, 0, &bob());
        let mut refused = vec![answered(&verifier, 0, &Credentials { password: "zanzibaR".into(), ..bob() })];
        for (from, to) in [
            ("qop=auth, ", ""),
            ("qop=auth", "qop=auth-int"),
            ("nc=00000001", "nc=00000002"),
            ("nc=00000001", "nc=+0000001"),
            ("nc=00000001", "nc=1"),
            ("algorithm=SHA-256", "algorithm=MD5"),
            ("algorithm=SHA-256", "algorithm=SHA-256-sess"),
            ("username=\"bob\", ", ""),
            ("username=\"bob\"", "username=\"alice\""),
            ("username=\"bob\"", "username=\"bob\", username=\"bob\""),
            ("cnonce=\"c0ffee\"", "cnonce=\"c0ffef\""),
            ("response=\"", "response=\"0"),
            ("sip:example.com", "sip:other.example.com"),
        ] {
            refused.push(edited(&good, from, to));
        }
        let mut elsewhere = good.clone();
        elsewhere.start =
            Start::Request { method: Method::Register, uri: "sip:other.example.com".parse().unwrap() };
        refused.push(elsewhere);
        let mut other_method = good.clone();
        other_method.start =
            Start::Request { method: Method::Invite, uri: register().uri().unwrap().clone() };
        refused.push(other_method);
        for request in &refused {
            let verdict = verifier.verify(at(1010), PEER, REALM, request, Some("zanzibar"));
            assert!(matches!(verdict, Verdict::Wrong | Verdict::Refused), "{verdict:?}");
        }
        assert_eq!(verifier.verify(at(1010), PEER, REALM, &refused[0], Some("zanzibar")), Verdict::Wrong);
        assert_eq!(verifier.verify(at(1010), PEER, REALM, &good, None), Verdict::Wrong);
        let unknown = answered(&verifier, 0, &Credentials { user: "x".into(), password: NO_PASSWORD.into() });
        assert_eq!(verifier.verify(at(1010), PEER, REALM, &unknown, None), Verdict::Wrong);
        assert_eq!(verifier.verify(at(1010), PEER, REALM, &good, Some("zanzibar")), Verdict::Accepted);
    }

    #[test]
    fn old_and_foreign_nonces_are_stale_only_with_the_right_password() {
        let mut verifier = Verifier::new([7; 32]);
        let request = answered(&verifier, 0, &bob());
        let wrong = answered(&verifier, 0, &Credentials { password: "x".into(), ..bob() });
        let stale = Verdict::Challenge { stale: true };
        let peer = "192.0.2.9".parse().unwrap();
        assert_eq!(verifier.verify(at(1000), peer, REALM, &request, Some("zanzibar")), stale);
        assert_eq!(verifier.verify(at(1301), PEER, REALM, &request, Some("zanzibar")), stale);
        assert_eq!(verifier.verify(at(1301), PEER, REALM, &wrong, Some("zanzibar")), Verdict::Wrong);
        assert_eq!(verifier.verify(at(1000), peer, REALM, &wrong, Some("zanzibar")), Verdict::Refused);
        assert_eq!(Verifier::new([8; 32]).verify(at(1000), PEER, REALM, &request, Some("zanzibar")), stale);
        assert_eq!(verifier.verify(at(1300), PEER, REALM, &request, Some("zanzibar")), Verdict::Accepted);
    }

    #[test]
    fn without_credentials_of_this_realm_a_challenge_follows() {
        let mut verifier = Verifier::new([7; 32]);
        let ask = Verdict::Challenge { stale: false };
        let mut request = register();
        assert_eq!(verifier.verify(at(1), PEER, REALM, &request, None), ask);
        request.headers.push(HeaderName::AUTHORIZATION, "NoOneKnowsThisScheme opaque-data=here");
        request.headers.push(HeaderName::AUTHORIZATION, "Digest realm=\"another\", username=\"eve\"");
        assert_eq!(verifier.verify(at(1), PEER, REALM, &request, Some("x")), ask);
        assert_eq!(verifier.user(&request, REALM), None);
        let value =
            answered(&verifier, 1, &bob()).headers.get(&HeaderName::AUTHORIZATION).unwrap().to_owned();
        request.headers.push(HeaderName::PROXY_AUTHORIZATION, value);
        assert_eq!(verifier.verify(at(1000), PEER, REALM, &request, Some("zanzibar")), Verdict::Accepted);
    }

    #[test]
    fn secrets_are_not_shown() {
        assert!(!format!("{:?} {:?}", bob(), Verifier::new([7; 32])).contains(['7', 'z']));
    }
}
