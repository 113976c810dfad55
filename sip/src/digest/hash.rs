//! The hashes of digest authentication and the comparison of their results (RFC 7616 §3.4.1).

use md5::Md5;
use sha2::{Digest, Sha256};

/// An algorithm we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Algorithm {
    Md5,
    Sha256,
}

impl Algorithm {
    /// As on the wire.
    pub(super) fn name(self) -> &'static str {
        match self {
            Algorithm::Md5 => "MD5",
            Algorithm::Sha256 => "SHA-256",
        }
    }
    /// From the wire; MD5 where none is named (RFC 7616 §3.3).
    pub(super) fn from_name(name: Option<&str>) -> Option<Self> {
        let name = name.unwrap_or("MD5");
        [Algorithm::Md5, Algorithm::Sha256].into_iter().find(|known| known.name().eq_ignore_ascii_case(name))
    }
    /// The hash of the parts with colons between them, in lower-case hexadecimal.
    fn hash(self, parts: &[&str]) -> String {
        match self {
            Algorithm::Md5 => hash::<Md5>(parts),
            Algorithm::Sha256 => hash::<Sha256>(parts),
        }
    }
}

/// What goes into a response.
#[derive(Clone, Copy)]
pub(super) struct Inputs<'a> {
    pub(super) user: &'a str,
    pub(super) realm: &'a str,
    pub(super) password: &'a str,
    pub(super) method: &'a str,
    pub(super) uri: &'a str,
    pub(super) nonce: &'a str,
    /// Nonce count and cnonce of qop=auth; `None` where the server offered no qop (RFC 2617 §3.2.2.1).
    pub(super) auth: Option<(&'a str, &'a str)>,
}

impl Inputs<'_> {
    /// The response parameter, in lower-case hexadecimal.
    pub(super) fn response(&self, algorithm: Algorithm) -> String {
        let secret = algorithm.hash(&[self.user, self.realm, self.password]);
        let request = algorithm.hash(&[self.method, self.uri]);
        match self.auth {
            Some((count, cnonce)) => algorithm.hash(&[&secret, self.nonce, count, cnonce, "auth", &request]),
            None => algorithm.hash(&[&secret, self.nonce, &request]),
        }
    }
}

fn hash<D: Digest>(parts: &[&str]) -> String {
    let mut hasher = D::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            hasher.update(b":");
        }
        hasher.update(part.as_bytes());
    }
    hex(&hasher.finalize())
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Compares in a time that depends on the lengths alone.
pub(super) fn equal(one: &[u8], other: &[u8]) -> bool {
    let difference =
        one.iter().zip(other).fold(0, |difference, (a, b)| std::hint::black_box(difference | (a ^ b)));
    one.len() == other.len() && difference == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7616 §3.9.1.
    #[test]
    fn the_example_of_the_rfc() {
        let inputs = Inputs {
            user: "Mufasa",
            realm: "http-auth@example.org",
            password: "Circle of Life",
            method: "GET",
            uri: "/dir/index.html",
            nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
            auth: Some(("00000001", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")),
        };
        assert_eq!(inputs.response(Algorithm::Md5), "8ca523f5e9506fed4657c9700eebdbec");
        assert_eq!(
            inputs.response(Algorithm::Sha256),
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
        );
    }

    /// RFC 2617 had no qop: the example of RFC 2069 as corrected by its erratum.
    #[test]
    fn without_qop() {
        let inputs = Inputs {
            user: "Mufasa",
            realm: "testrealm@host.com",
            password: "CircleOfLife",
            method: "GET",
            uri: "/dir/index.html",
            nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093",
            auth: None,
        };
        assert_eq!(inputs.response(Algorithm::Md5), "1949323746fe6a43ef61f9606e7febea");
    }

    #[test]
    fn comparison() {
        assert!(equal(b"abc", b"abc") && equal(b"", b""));
        assert!(!equal(b"abc", b"abd") && !equal(b"abc", b"ab") && !equal(b"", b"a"));
    }
}
