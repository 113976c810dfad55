//! Names of headers: known ones are one static text each, found by a hash built at compile time (RFC 3261 §7.3.1).

use crate::headers::text::is_token;
use std::borrow::Cow;
use std::hash::{Hash, Hasher};

/// A header's name: canonical for those we know (compact forms included), otherwise as written; compared without case.
#[derive(Clone, Debug)]
pub struct HeaderName(Cow<'static, str>);

macro_rules! header_names {
    ($($constant:ident $name:literal,)* ; $($other:literal,)*) => {
        #[allow(missing_docs)]
        impl HeaderName {
            $(pub const $constant: HeaderName = HeaderName::known($name);)*
        }
        /// Every name in the IANA registry that is in use, and a few that never got there.
        const KNOWN: &[&str] = &[$($name,)* $($other,)*];
    };
}

header_names! {
    ACCEPT "Accept",
    ACCEPT_ENCODING "Accept-Encoding",
    ACCEPT_LANGUAGE "Accept-Language",
    ALERT_INFO "Alert-Info",
    ALLOW "Allow",
    ALLOW_EVENTS "Allow-Events",
    AUTHENTICATION_INFO "Authentication-Info",
    AUTHORIZATION "Authorization",
    CALL_ID "Call-ID",
    CALL_INFO "Call-Info",
    CONTACT "Contact",
    CONTENT_DISPOSITION "Content-Disposition",
    CONTENT_ENCODING "Content-Encoding",
    CONTENT_LENGTH "Content-Length",
    CONTENT_TYPE "Content-Type",
    CSEQ "CSeq",
    DATE "Date",
    DIVERSION "Diversion",
    EVENT "Event",
    EXPIRES "Expires",
    FROM "From",
    HISTORY_INFO "History-Info",
    IN_REPLY_TO "In-Reply-To",
    JOIN "Join",
    MAX_FORWARDS "Max-Forwards",
    MIN_EXPIRES "Min-Expires",
    MIN_SE "Min-SE",
    P_ASSERTED_IDENTITY "P-Asserted-Identity",
    P_PREFERRED_IDENTITY "P-Preferred-Identity",
    PATH "Path",
    PRIVACY "Privacy",
    PROXY_AUTHENTICATE "Proxy-Authenticate",
    PROXY_AUTHORIZATION "Proxy-Authorization",
    PROXY_REQUIRE "Proxy-Require",
    RACK "RAck",
    REASON "Reason",
    RECORD_ROUTE "Record-Route",
    REFER_TO "Refer-To",
    REFERRED_BY "Referred-By",
    REMOTE_PARTY_ID "Remote-Party-ID",
    REPLACES "Replaces",
    REQUIRE "Require",
    RETRY_AFTER "Retry-After",
    ROUTE "Route",
    RSEQ "RSeq",
    SERVER "Server",
    SERVICE_ROUTE "Service-Route",
    SESSION_EXPIRES "Session-Expires",
    SESSION_ID "Session-ID",
    SUBJECT "Subject",
    SUBSCRIPTION_STATE "Subscription-State",
    SUPPORTED "Supported",
    TARGET_DIALOG "Target-Dialog",
    TIMESTAMP "Timestamp",
    TO "To",
    UNSUPPORTED "Unsupported",
    USER_AGENT "User-Agent",
    VIA "Via",
    WARNING "Warning",
    WWW_AUTHENTICATE "WWW-Authenticate",
    ;
    "Accept-Contact", "Accept-Resource-Priority", "Answer-Mode", "Content-ID", "Content-Language", "DC-Info",
    "Encryption", "Error-Info", "Feature-Caps", "Flow-Timer", "Geolocation", "Geolocation-Error",
    "Geolocation-Routing", "Hide", "Identity", "Identity-Info", "Info-Package", "Max-Breadth", "MIME-Version",
    "Organization", "P-Access-Network-Info", "P-Answer-State", "P-Asserted-Service", "P-Associated-URI",
    "P-Called-Party-ID", "P-Charging-Function-Addresses", "P-Charging-Vector", "P-Early-Media", "P-Preferred-Service",
    "P-Profile-Key", "P-Served-User", "P-Visited-Network-ID", "Permission-Missing", "Policy-Contact", "Policy-ID",
    "Priority", "Priv-Answer-Mode", "Recv-Info", "Refer-Events-At", "Refer-Sub", "Reject-Contact",
    "Request-Disposition", "Resource-Priority", "Response-Key", "Response-Source", "Security-Client",
    "Security-Server", "Security-Verify", "SIP-ETag", "SIP-If-Match", "Suppress-If-Match", "Trigger-Consent",
    "User-to-User",
}

/// Rows of the hash table; a power of two, so large that few names share a row.
const ROWS: usize = 1024;
/// An empty row.
const NONE: u8 = u8::MAX;

/// Name by hash, with linear probing.
const TABLE: [u8; ROWS] = {
    let mut table = [NONE; ROWS];
    let mut index = 0;
    while index < KNOWN.len() {
        let mut row = hash(KNOWN[index].as_bytes());
        while table[row] != NONE {
            row = (row + 1) % ROWS;
        }
        table[row] = index as u8;
        index += 1;
    }
    table
};

/// Length, first, middle and last letter tell nearly all names apart.
const fn hash(name: &[u8]) -> usize {
    let length = name.len();
    let first = name[0].to_ascii_lowercase() as usize;
    let middle = name[length / 2].to_ascii_lowercase() as usize;
    let last = name[length - 1].to_ascii_lowercase() as usize;
    (first * 37 + middle * 101 + last * 11 + length * 173) % ROWS
}

impl HeaderName {
    pub(crate) const fn known(name: &'static str) -> Self {
        HeaderName(Cow::Borrowed(name))
    }
    /// From the wire or the code: long or compact form, any case. Refused: empty, or not a token.
    pub fn from_token(token: &str) -> Option<HeaderName> {
        HeaderName::from_bytes(token.as_bytes())
    }
    /// As [`HeaderName::from_token`]. Allocates only for a name that we do not know.
    pub(crate) fn from_bytes(token: &[u8]) -> Option<HeaderName> {
        if let [letter] = token
            && let Some(name) = long_form(*letter)
        {
            return Some(HeaderName::known(name));
        }
        if token.is_empty() {
            return None;
        }
        let mut row = hash(token);
        while TABLE[row] != NONE {
            let name = KNOWN[usize::from(TABLE[row])];
            // Nearly everybody writes the canonical form, and comparing that is cheaper.
            if name.as_bytes() == token || name.as_bytes().eq_ignore_ascii_case(token) {
                return Some(HeaderName::known(name));
            }
            row = (row + 1) % ROWS;
        }
        let name = std::str::from_utf8(token).ok().filter(|name| is_token(name.as_bytes()))?;
        Some(HeaderName(Cow::Owned(name.to_owned())))
    }
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a compact form stands for (RFC 3261 §7.3.3 and the IANA registry).
fn long_form(letter: u8) -> Option<&'static str> {
    Some(match letter.to_ascii_lowercase() {
        b'a' => "Accept-Contact",
        b'b' => "Referred-By",
        b'c' => "Content-Type",
        b'd' => "Request-Disposition",
        b'e' => "Content-Encoding",
        b'f' => "From",
        b'i' => "Call-ID",
        b'j' => "Reject-Contact",
        b'k' => "Supported",
        b'l' => "Content-Length",
        b'm' => "Contact",
        b'n' => "Identity-Info",
        b'o' => "Event",
        b'r' => "Refer-To",
        b's' => "Subject",
        b't' => "To",
        b'u' => "Allow-Events",
        b'v' => "Via",
        b'x' => "Session-Expires",
        b'y' => "Identity",
        _ => return None,
    })
}

impl PartialEq for HeaderName {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            // Both canonical.
            (Cow::Borrowed(one), Cow::Borrowed(other)) => one == other,
            (one, other) => one.eq_ignore_ascii_case(other),
        }
    }
}

impl Eq for HeaderName {}

impl Hash for HeaderName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for byte in self.0.bytes() {
            state.write_u8(byte.to_ascii_lowercase());
        }
        state.write_u8(0xff);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_known_name_is_found_in_any_case_without_allocation() {
        for name in KNOWN {
            for written in [name.to_string(), name.to_lowercase(), name.to_uppercase()] {
                let found = HeaderName::from_token(&written).unwrap();
                assert_eq!(found.as_str(), *name);
                assert!(matches!(found.0, Cow::Borrowed(_)), "{name}");
            }
        }
        assert_eq!(KNOWN.iter().collect::<HashSet<_>>().len(), KNOWN.len());
    }

    #[test]
    fn probing_stays_short() {
        let longest = KNOWN
            .iter()
            .map(|name| {
                let home = hash(name.as_bytes());
                (0..).find(|step| KNOWN[usize::from(TABLE[(home + step) % ROWS])] == *name).unwrap_or(ROWS)
            })
            .max();
        assert!(longest <= Some(4), "{longest:?}");
    }

    #[test]
    fn compact_forms_are_the_long_ones() {
        for (letter, name) in [
            ("v", HeaderName::VIA),
            ("F", HeaderName::FROM),
            ("t", HeaderName::TO),
            ("i", HeaderName::CALL_ID),
            ("m", HeaderName::CONTACT),
            ("c", HeaderName::CONTENT_TYPE),
            ("L", HeaderName::CONTENT_LENGTH),
            ("k", HeaderName::SUPPORTED),
            ("x", HeaderName::SESSION_EXPIRES),
            ("r", HeaderName::REFER_TO),
        ] {
            assert_eq!(HeaderName::from_token(letter), Some(name));
        }
        let compact: Vec<_> = (b'a'..=b'z').filter_map(long_form).collect();
        assert!(compact.iter().all(|name| KNOWN.contains(name)));
        assert_eq!(compact.len(), 20);
    }

    #[test]
    fn unknown_names_are_kept_as_written_and_compared_without_case() {
        let name = HeaderName::from_token("X-Firm").unwrap();
        assert_eq!(name.as_str(), "X-Firm");
        assert_eq!(name, HeaderName::from_token("x-firm").unwrap());
        assert!(HashSet::from([name]).contains(&HeaderName::from_token("X-FIRM").unwrap()));
        assert_eq!(HeaderName::from_token("q").unwrap().as_str(), "q");
    }

    #[test]
    fn what_is_no_token_is_no_name() {
        for bad in ["", "a b", "a:", "a\r\nb", "a\0", "é", "<a>", " Via"] {
            assert_eq!(HeaderName::from_token(bad), None, "{bad:?}");
        }
    }
}
