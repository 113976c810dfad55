//! What is handed out and must come back unchanged: visitor ids, stream tokens, bearer keys, snapshot tokens. All are HMAC-SHA256
//! under keys of their own, so that none can stand for another. What must not be read either is encrypted (AES-256-GCM).

use crate::limit::address_key;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use std::net::IpAddr;
use subtle::ConstantTimeEq;
use warmline_coordination::ids::{ReservationId, VisitorId};
use warmline_time::Time;

/// How long a snapshot's address is good at least; at most twice as long.
const SNAPSHOT_SECS: u64 = 3_600;
/// So long a form without a script is the same visitor's.
const HOUR_SECS: u64 = 3_600;
/// Letters of a challenge.
const CHALLENGE: usize = 64;
/// Digits that stand for an address.
const ADDRESS: usize = 32;

/// Keys derived from the cookie secret.
pub(crate) struct Keys {
    visitor: hmac::Key,
    stream: hmac::Key,
    bearer: hmac::Key,
    snapshot: hmac::Key,
    external: hmac::Key,
    nonce: hmac::Key,
    live: hmac::Key,
    callback: hmac::Key,
    address: hmac::Key,
    challenge: hmac::Key,
    form: hmac::Key,
    place: Option<LessSafeKey>,
}

impl Keys {
    pub fn new(secret: &[u8; 64]) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let derive =
            |label: &str| hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&root, label.as_bytes()).as_ref());
        let place = hmac::sign(&root, b"warmline place");
        Keys {
            form: derive("warmline form"),
            // 32 bytes are a key: there always is one.
            place: UnboundKey::new(&AES_256_GCM, place.as_ref()).ok().map(LessSafeKey::new),
            visitor: derive("warmline visitor"),
            stream: derive("warmline stream"),
            bearer: derive("warmline bearer"),
            snapshot: derive("warmline snapshot"),
            external: derive("warmline external visitor"),
            nonce: derive("warmline page nonce"),
            live: derive("warmline live"),
            callback: derive("warmline callback"),
            address: derive("warmline address"),
            challenge: derive("warmline challenge"),
        }
    }

    /// A visitor id as browsers of this firm's sites keep it: `wlv_….tag`.
    pub fn seal_visitor(&self, firm: &str, visitor: VisitorId) -> String {
        let id = visitor.to_string();
        format!("{id}.{}", tag(&self.visitor, &[firm, &id]))
    }

    /// The visitor id in a text that `seal_visitor` made for this firm.
    pub fn open_visitor(&self, firm: &str, text: &str) -> Option<VisitorId> {
        let (id, claimed) = text.split_once('.')?;
        holds(&self.visitor, &[firm, id], claimed).then(|| id.parse().ok()).flatten()
    }

    /// The visitor whom a site's server knows by an id of its own: always the same one.
    pub fn external_visitor(&self, firm: &str, external: &str) -> VisitorId {
        visitor_of(bits(&self.external, &[firm, external]))
    }

    /// Who has no identity yet, by the random text that his page has made: always the same one, for good and as one session.
    pub fn nonce_visitor(&self, firm: &str, nonce: &str) -> (VisitorId, u64) {
        let bits = bits(&self.nonce, &[firm, nonce]);
        (visitor_of(bits), bits as u64)
    }

    /// Who asks by a form without a script, where no browser keeps who he is: the same for a page that is loaded again within the hour.
    pub fn form_visitor(
        &self,
        (firm, site): (&str, &str),
        address: IpAddr,
        browser: &str,
        now: Time,
    ) -> VisitorId {
        let hour = now.as_secs() / HOUR_SECS;
        let parts: [&str; 5] = [firm, site, &address.to_canonical().to_string(), browser, &hour.to_string()];
        VisitorId::mint(Time::from_micros(hour * HOUR_SECS * 1_000_000), bits(&self.form, &parts))
    }

    /// Where a list goes on, for these alone (firm, asker, question) and to be read by nobody.
    pub fn seal_place(&self, whose: &[&str], place: &str) -> Option<String> {
        let nonce: [u8; NONCE_LEN] = rand::random();
        let mut sealed = place.as_bytes().to_vec();
        let (number, with) = (Nonce::assume_unique_for_key(nonce), Aad::from(message(whose)));
        self.place.as_ref()?.seal_in_place_append_tag(number, with, &mut sealed).ok()?;
        Some(URL_SAFE_NO_PAD.encode([&nonce[..], &sealed[..]].concat()))
    }

    /// The place in a text that `seal_place` made for these.
    pub fn open_place(&self, whose: &[&str], text: &str) -> Option<String> {
        let mut sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, sealed) = sealed.split_at_mut_checked(NONCE_LEN)?;
        let number = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let place = self.place.as_ref()?.open_in_place(number, Aad::from(message(whose)), sealed).ok()?;
        String::from_utf8(place.to_vec()).ok()
    }

    /// What stands for a visitor's address (a /64 in IPv6) in a firm's limits: the same for the same, and nobody else's to read.
    pub fn address(&self, firm: &str, address: IpAddr) -> String {
        let mut tag = tag(&self.address, &[firm, &address_key(address).to_string()]);
        tag.truncate(ADDRESS);
        tag
    }

    /// A challenge about these, good until then (seconds since the epoch): 64 letters, a block of SHA-256.
    pub fn challenge(&self, about: &[String; 4], until: u64, random: &str) -> String {
        let head = format!("{until:08x}.{random:.16}");
        let mut parts: Vec<&str> = about.iter().map(String::as_str).collect();
        parts.push(&head);
        let tag = tag(&self.challenge, &parts);
        format!("{head}.{}", &tag[..CHALLENGE - head.len() - 1])
    }

    /// Until when a challenge that is ours and about these is good.
    pub fn challenge_until(&self, about: &[String; 4], text: &str) -> Option<u64> {
        let (until, random) = text.get(..25).filter(|_| text.len() == CHALLENGE)?.split_once('.')?;
        let until = u64::from_str_radix(until, 16).ok()?;
        let same = self.challenge(about, until, random);
        bool::from(same.as_bytes().ct_eq(text.as_bytes())).then_some(until)
    }

    /// Opens the stream of a reservation, from the site's pages only.
    pub fn stream_token(&self, site: &str, reservation: ReservationId) -> String {
        let id = reservation.to_string();
        format!("{id}.{}", tag(&self.stream, &[site, &id]))
    }

    /// The reservation of a stream token, where one of `sites` made it.
    pub fn open_stream_token<'a>(
        &self,
        mut sites: impl Iterator<Item = &'a str>,
        token: &str,
    ) -> Option<ReservationId> {
        let (id, claimed) = token.split_once('.')?;
        sites.any(|site| holds(&self.stream, &[site, id], claimed)).then(|| id.parse().ok()).flatten()
    }

    /// The bearer key of a reservation.
    pub fn bearer(&self, site: &str, reservation: ReservationId) -> String {
        tag(&self.bearer, &[site, &reservation.to_string()])
    }

    /// The one of `sites` with a reservation of which this is the bearer key.
    pub fn bearer_site<'a>(
        &self,
        mut sites: impl Iterator<Item = &'a str>,
        reservation: ReservationId,
        claimed: &str,
    ) -> Option<&'a str> {
        let id = reservation.to_string();
        sites.find(|site| holds(&self.bearer, &[site, &id], claimed))
    }

    /// The address of a visitor's request for who has its letter: seen, put off, taken back.
    pub fn callback_token(&self, site: &str, reservation: ReservationId) -> String {
        let id = reservation.to_string();
        format!("{id}.{}", tag(&self.callback, &[site, &id]))
    }

    /// The request of a token that `callback_token` made, and the one of `sites` whose it is.
    pub fn open_callback_token<'a>(
        &self,
        mut sites: impl Iterator<Item = &'a str>,
        token: &str,
    ) -> Option<(ReservationId, &'a str)> {
        let (id, claimed) = token.split_once('.')?;
        let site = sites.find(|site| holds(&self.callback, &[site, id], claimed))?;
        Some((id.parse().ok()?, site))
    }

    /// Lets a desktop look at a snapshot. The same for a whole hour: an address that changed with every view would reload the frame.
    pub fn snapshot_token(&self, hash: &str, desktop: &str, now: Time) -> String {
        let expires = format!("{:x}", (now.as_secs() / SNAPSHOT_SECS + 2) * SNAPSHOT_SECS);
        let tag = tag(&self.snapshot, &[hash, desktop, &expires]);
        format!("{expires}.{tag}")
    }

    /// Whether a snapshot token is good now for this hash, shown on this desktop.
    pub fn snapshot_token_holds(&self, hash: &str, desktop: &str, token: &str, now: Time) -> bool {
        let Some((expires, claimed)) = token.split_once('.') else { return false };
        holds(&self.snapshot, &[hash, desktop, expires], claimed)
            && u64::from_str_radix(expires, 16).is_ok_and(|expires| now.as_secs() < expires)
    }

    /// Lets a desktop look at a page as it is now, in this showing of it and no other.
    pub fn live_token(&self, reservation: ReservationId, number: u64, desktop: &str) -> String {
        tag(&self.live, &[&reservation.to_string(), &number.to_string(), desktop])
    }

    /// Whether a text is the token of this showing on this desktop.
    pub fn live_token_holds(
        &self,
        reservation: ReservationId,
        number: u64,
        desktop: &str,
        claimed: &str,
    ) -> bool {
        holds(&self.live, &[&reservation.to_string(), &number.to_string(), desktop], claimed)
    }
}

/// The first 128 bits of a tag.
fn visitor_of(bits: u128) -> VisitorId {
    let millis = (bits >> 80) as u64;
    VisitorId::mint(Time::from_micros(millis * 1_000), bits)
}

fn bits(key: &hmac::Key, parts: &[&str]) -> u128 {
    let tag = context(key, parts).sign();
    let mut bits = [0; 16];
    bits.copy_from_slice(&tag.as_ref()[..16]);
    u128::from_be_bytes(bits)
}

fn context(key: &hmac::Key, parts: &[&str]) -> hmac::Context {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    context
}

fn tag(key: &hmac::Key, parts: &[&str]) -> String {
    hex(context(key, parts).sign().as_ref())
}

/// Parts in one, so that no other parts are the same.
fn message(parts: &[&str]) -> Vec<u8> {
    let mut message = Vec::new();
    for part in parts {
        message.extend_from_slice(&(part.len() as u64).to_be_bytes());
        message.extend_from_slice(part.as_bytes());
    }
    message
}

fn holds(key: &hmac::Key, parts: &[&str], claimed: &str) -> bool {
    let message = message(parts);
    unhex(claimed).is_some_and(|claimed| hmac::verify(key, &message, &claimed).is_ok())
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| DIGITS[digit as usize] as char).collect()
}

/// 32 bytes from lower-case hexadecimal.
pub(crate) fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |letter: u8| match letter {
            b'0'..=b'9' => Some(letter - b'0'),
            b'a'..=b'f' => Some(letter - b'a' + 10),
            _ => None,
        };
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

/// Whether a text is a SHA-256 in lower-case hexadecimal.
pub(crate) fn is_hash(text: &str) -> bool {
    unhex(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn keys() -> Keys {
        Keys::new(&[7; 64])
    }

    fn flipped(text: &str) -> String {
        let mut letters: Vec<char> = text.chars().collect();
        let last = letters.last_mut().unwrap();
        *last = if *last == '0' { '1' } else { '0' };
        letters.into_iter().collect()
    }

    #[test]
    fn a_visitor_is_who_we_said() {
        let keys = keys();
        let id = VisitorId::mint(Time::from_micros(1_000_000), 5);
        let sealed = keys.seal_visitor("acme", id);
        assert_eq!(keys.open_visitor("acme", &sealed), Some(id));
        assert_eq!(keys.open_visitor("globex", &sealed), None);
        assert_eq!(keys.open_visitor("acme", &flipped(&sealed)), None);
        assert_eq!(keys.open_visitor("acme", &id.to_string()), None);
        assert_eq!(Keys::new(&[8; 64]).open_visitor("acme", &sealed), None);
    }

    #[test]
    fn what_stands_for_an_address_is_a_subscribers_and_the_firms() {
        let of = |firm: &str, address: &str| keys().address(firm, address.parse().unwrap());
        assert_eq!(of("acme", "2001:db8::1"), of("acme", "2001:db8::2"));
        assert_ne!(of("acme", "192.0.2.1"), of("acme", "192.0.2.2"));
        assert_ne!(of("acme", "192.0.2.1"), of("globex", "192.0.2.1"));
    }

    #[test]
    fn a_sites_own_ids_are_visitors_of_their_firm() {
        let keys = keys();
        let id = keys.external_visitor("acme", "customer 7");
        assert_eq!(keys.external_visitor("acme", "customer 7"), id);
        assert_ne!(keys.external_visitor("acme", "customer 8"), id);
        assert_ne!(keys.external_visitor("globex", "customer 7"), id);
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn a_form_that_is_sent_again_within_the_hour_is_the_same_visitors() {
        let (keys, now) = (keys(), Time::from_micros(7_200_000_000));
        let of = |site: &str, address: &str, browser: &str, now: Time| {
            keys.form_visitor(("acme", site), address.parse().unwrap(), browser, now)
        };
        let id = of("shop", "192.0.2.1", "lynx", now);
        assert_eq!(of("shop", "192.0.2.1", "lynx", now + Duration::from_secs(3_599)), id);
        assert_eq!(id.minted(), now);
        for other in [
            of("blog", "192.0.2.1", "lynx", now),
            of("shop", "192.0.2.2", "lynx", now),
            of("shop", "192.0.2.1", "links", now),
            of("shop", "192.0.2.1", "lynx", now + Duration::from_secs(3_600)),
        ] {
            assert_ne!(other, id);
        }
    }

    #[test]
    fn where_a_list_goes_on_is_read_by_nobody_and_good_for_one_asker() {
        let (keys, whose) = (keys(), ["agent", "acme", "alice", "vera"]);
        let sealed = keys.seal_place(&whose, "con_1.0").unwrap();
        assert!(!sealed.contains("con_") && sealed != keys.seal_place(&whose, "con_1.0").unwrap());
        assert_eq!(keys.open_place(&whose, &sealed).as_deref(), Some("con_1.0"));
        for other in [
            ["agent", "acme", "bob", "vera"],
            ["program", "acme", "alice", "vera"],
            ["agent", "acme", "alice", "v"],
        ] {
            assert_eq!(keys.open_place(&other, &sealed), None);
        }
        for wrong in ["", "con_1.0", "AAAA", &sealed[1..], &sealed[..sealed.len() - 2]] {
            assert_eq!(keys.open_place(&whose, wrong), None, "{wrong}");
        }
        assert_eq!(Keys::new(&[8; 64]).open_place(&whose, &sealed), None);
    }

    #[test]
    fn tokens_of_one_kind_are_no_good_for_another() {
        let keys = keys();
        let id = ReservationId::mint(Time::from_micros(1_000_000), 5);
        let other = ReservationId::mint(Time::from_micros(1_000_000), 6);
        let token = keys.stream_token("shop", id);
        let bearer = keys.bearer("shop", id);
        let shop = || ["shop"].into_iter();
        assert_eq!(keys.open_stream_token(shop(), &token), Some(id));
        assert_eq!(keys.open_stream_token(["blog"].into_iter(), &token), None);
        assert_eq!(keys.open_stream_token(shop(), &format!("{id}.{bearer}")), None);
        assert_eq!(keys.bearer_site(["blog", "shop"].into_iter(), id, &bearer), Some("shop"));
        assert_eq!(keys.bearer_site(shop(), other, &bearer), None);
        assert_eq!(keys.bearer_site(shop(), id, token.split_once('.').unwrap().1), None);
        assert_eq!(keys.bearer_site(shop(), id, ""), None);
    }

    #[test]
    fn snapshot_tokens_expire_and_stay_the_same_within_an_hour() {
        let keys = keys();
        let now = Time::from_micros(7_200_000_000);
        let hash = hex(&[1; 32]);
        let token = keys.snapshot_token(&hash, "http://desk", now);
        assert_eq!(token, keys.snapshot_token(&hash, "http://desk", now + Duration::from_secs(3_599)));
        let holds =
            |secs| keys.snapshot_token_holds(&hash, "http://desk", &token, now + Duration::from_secs(secs));
        assert!(holds(0) && holds(3_600) && holds(7_199));
        assert!(!holds(7_200));
        assert!(!keys.snapshot_token_holds(&hash, "http://evil", &token, now));
        assert!(!keys.snapshot_token_holds(&hex(&[2; 32]), "http://desk", &token, now));
        let (_, tag) = token.split_once('.').unwrap();
        assert!(!keys.snapshot_token_holds(&hash, "http://desk", &format!("ffffffff.{tag}"), now));
    }

    #[test]
    fn hashes_are_lower_case_and_whole() {
        assert!(is_hash(&hex(&[0xab; 32])));
        assert!(!is_hash(&hex(&[0xab; 32]).to_uppercase()));
        assert!(!is_hash("ab"));
        assert!(!is_hash(&"ä".repeat(32)));
    }
}
