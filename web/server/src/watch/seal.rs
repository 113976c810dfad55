//! The sealed visitor identity (N 0030): what the shop's own storage keeps of a browser, which nobody can read or change.
//!
//! `w1.<key>.<base64>`: AES-256-GCM, bound to its firm. Keys follow from the node's secret and change every 30 days; the number of the key
//! is in the text, and earlier ones open what they sealed for as long as the firm knows browsers again.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use warmline_coordination::activity::{Known, Who};
use warmline_coordination::ids::VisitorId;
use warmline_coordination::invitation::{name_of, who_is};
use warmline_time::Time;

/// So long a key seals.
const PERIOD: u64 = 30 * 86_400;
/// The clock of whoever sealed may be so far ahead.
const AHEAD: Duration = Duration::from_secs(300);
/// No text of ours is longer, in bytes.
const LONGEST: usize = 1_024;
/// One browser session lasts so long at most.
const VISIT: Duration = Duration::from_secs(24 * 3_600);

/// What an identity says.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Identity {
    #[serde(rename = "i")]
    pub visitor: VisitorId,
    #[serde(rename = "k")]
    pub known: Known,
    /// Seconds since the epoch: when it was sealed.
    #[serde(rename = "t")]
    pub sealed: u64,
}

#[derive(Serialize, Deserialize)]
struct Visit {
    #[serde(rename = "v")]
    number: u64,
    #[serde(rename = "t")]
    sealed: u64,
}

/// The keys of what watched pages keep and show.
pub(crate) struct WatchSeals {
    root: hmac::Key,
    stream: hmac::Key,
}

impl WatchSeals {
    /// They follow from the node's secret.
    pub fn new(secret: &[u8; 64]) -> Self {
        let of = |label: &str| {
            let root = hmac::Key::new(hmac::HMAC_SHA256, secret);
            hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&root, label.as_bytes()).as_ref())
        };
        WatchSeals { root: of("warmline identity"), stream: of("warmline watch stream") }
    }

    /// To be kept by the page as it is.
    pub fn seal(&self, firm: &str, identity: &Identity) -> Option<String> {
        self.close("w1", firm, identity.sealed, identity)
    }

    /// Who a page says it has been given; none: it is tampered with, another firm's, too old or from the future.
    pub fn open(&self, firm: &str, text: &str, now: Time, lasts: Duration) -> Option<Identity> {
        let identity: Identity = self.read("w1", firm, text)?;
        in_time(identity.sealed, now, lasts).then_some(identity)
    }

    /// The same for one browser session.
    pub fn seal_visit(&self, firm: &str, number: u64, now: Time) -> Option<String> {
        self.close("v1", firm, now.as_secs(), &Visit { number, sealed: now.as_secs() })
    }

    /// The session of such a text.
    pub fn open_visit(&self, firm: &str, text: &str, now: Time) -> Option<u64> {
        let visit: Visit = self.read("v1", firm, text)?;
        in_time(visit.sealed, now, VISIT).then_some(visit.number)
    }

    /// Lets a page hear what is for this visitor, and answer it.
    pub fn token(&self, firm: &str, who: Who) -> String {
        let name = name_of(who);
        format!(
            "{name}.{}",
            crate::seal::hex(hmac::sign(&self.stream, about(firm, &name).as_bytes()).as_ref())
        )
    }

    /// The visitor of such a token, and the one of `firms` whose it is.
    pub fn open_token<'a>(
        &self,
        mut firms: impl Iterator<Item = &'a str>,
        token: &str,
    ) -> Option<(&'a str, Who)> {
        let (name, claimed) = token.split_once('.')?;
        let claimed = crate::seal::unhex(claimed)?;
        let firm =
            firms.find(|firm| hmac::verify(&self.stream, about(firm, name).as_bytes(), &claimed).is_ok())?;
        Some((firm, who_is(name)?))
    }

    fn close(&self, kind: &str, firm: &str, at: u64, value: &impl Serialize) -> Option<String> {
        let number = at / PERIOD;
        let nonce: [u8; NONCE_LEN] = rand::random();
        let mut sealed = serde_json::to_vec(value).ok()?;
        let head = format!("{kind}.{number:x}");
        let with = Aad::from(about(firm, &head));
        self.key(number)?
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), with, &mut sealed)
            .ok()?;
        Some(format!("{head}.{}", URL_SAFE_NO_PAD.encode([&nonce[..], &sealed[..]].concat())))
    }

    fn read<T: DeserializeOwned>(&self, kind: &str, firm: &str, text: &str) -> Option<T> {
        if text.len() > LONGEST {
            return None;
        }
        let (head, body) = text.rsplit_once('.')?;
        let number = u64::from_str_radix(head.strip_prefix(kind)?.strip_prefix('.')?, 16).ok()?;
        let mut sealed = URL_SAFE_NO_PAD.decode(body).ok()?;
        let (nonce, sealed) = sealed.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let plain = self.key(number)?.open_in_place(nonce, Aad::from(about(firm, head)), sealed).ok()?;
        serde_json::from_slice(plain).ok()
    }

    fn key(&self, number: u64) -> Option<LessSafeKey> {
        let key = hmac::sign(&self.root, &number.to_be_bytes());
        UnboundKey::new(&AES_256_GCM, key.as_ref()).ok().map(LessSafeKey::new)
    }
}

fn about(firm: &str, what: &str) -> String {
    format!("{}:{firm}{what}", firm.len())
}

fn in_time(sealed: u64, now: Time, lasts: Duration) -> bool {
    let now = now.as_secs();
    sealed <= now + AHEAD.as_secs() && now.saturating_sub(sealed) <= lasts.as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY: Duration = Duration::from_secs(86_400);

    fn at(days: u64) -> Time {
        Time::from_micros((20_000 + days) * 86_400_000_000)
    }

    fn someone(now: Time) -> Identity {
        let known = Known { visits: 3, purchases: 1, spent: 12_900, ..Known::default() };
        Identity { visitor: VisitorId::mint(now, 7), known, sealed: now.as_secs() }
    }

    #[test]
    fn an_identity_is_known_again_by_its_firm_alone_and_in_time() {
        let seals = WatchSeals::new(&[3; 64]);
        let identity = someone(at(0));
        let text = seals.seal("acme", &identity).unwrap();
        assert!(text.len() < 400, "{}", text.len());
        assert_eq!(seals.open("acme", &text, at(0), DAY * 180).as_ref(), Some(&identity));
        assert_eq!(seals.open("globex", &text, at(0), DAY * 180), None);
        assert_eq!(WatchSeals::new(&[4; 64]).open("acme", &text, at(0), DAY * 180), None);
        // Keys have changed six times; then its time is over.
        assert_eq!(seals.open("acme", &text, at(180), DAY * 180), Some(identity));
        assert_eq!(seals.open("acme", &text, at(181), DAY * 180), None);
        let text = seals.seal("acme", &someone(at(2))).unwrap();
        assert_eq!(seals.open("acme", &text, at(1), DAY * 180), None, "it comes from the future");
    }

    #[test]
    fn keys_change_and_their_number_is_part_of_what_is_sealed() {
        let seals = WatchSeals::new(&[3; 64]);
        let (one, other) =
            (seals.seal("acme", &someone(at(0))).unwrap(), seals.seal("acme", &someone(at(40))).unwrap());
        let number = |text: &str| text.split('.').nth(1).map(str::to_owned).unwrap();
        assert_ne!(number(&one), number(&other));
        let renumbered = one.replacen(&number(&one), &number(&other), 1);
        assert_eq!(seals.open("acme", &renumbered, at(0), DAY * 180), None);
    }

    #[test]
    fn a_visit_is_no_identity_and_a_token_names_its_visitor() {
        let seals = WatchSeals::new(&[3; 64]);
        let text = seals.seal_visit("acme", 5, at(0)).unwrap();
        assert_eq!(seals.open_visit("acme", &text, at(0)), Some(5));
        assert_eq!(seals.open_visit("acme", &text, at(2)), None);
        assert_eq!(seals.open("acme", &text, at(0), DAY), None);
        let token = seals.token("acme", Who::Visit(5));
        assert_eq!(seals.open_token(["globex", "acme"].into_iter(), &token), Some(("acme", Who::Visit(5))));
        assert_eq!(seals.open_token(["globex"].into_iter(), &token), None);
    }

    proptest! {
        /// Whatever is changed in a text, it opens nothing; and nothing that is no text of ours does.
        #[test]
        fn tampered_texts_open_nothing(place in 0usize..400, letter in "[A-Za-z0-9_.-]", noise in ".{0,200}") {
            let seals = WatchSeals::new(&[3; 64]);
            let text = seals.seal("acme", &someone(at(0))).unwrap();
            let place = place % text.len();
            let mut changed = text.clone();
            changed.replace_range(place..=place, &letter);
            let opened = seals.open("acme", &changed, at(0), DAY);
            // The last letter of base64 has bits that say nothing.
            if changed != text && place + 1 < text.len() {
                prop_assert_eq!(opened, None);
            }
            prop_assert_eq!(seals.open("acme", &noise, at(0), DAY), None);
        }
    }
}
