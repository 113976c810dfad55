//! A proof of work for requests to be called that look like abuse (SPEC E13): what speaks for it is summed up, and from a score on the
//! page's browser has to find a number first. A challenge is good once, for its site, visitor and number, for two minutes; nothing is
//! kept of it before it is answered.

use crate::clock;
use crate::problem::Refusal;
use crate::seal::{Keys, hex};
use crate::settings::SiteInfo;
use crate::state::WebState;
use axum::http::StatusCode;
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use warmline_coordination::calling_hours::is_in_zone;
use warmline_coordination::number::country_of_e164;
use warmline_time::Time;

/// How long a challenge may be answered.
const GOOD: Duration = Duration::from_secs(120);
/// How long requests are remembered at least.
const HOUR: Duration = Duration::from_secs(3_600);
/// Addresses and visitors that are remembered at once; twice that in all.
const ASKERS: usize = 20_000;
/// Requests of one of them.
const REQUESTS: usize = 32;
/// Answered challenges that are still good; when there are more, none is taken.
const USED: usize = 100_000;
/// A challenge and a number behind it, in bytes.
const PROOF: usize = 64 + 1 + 20;
/// Requests of an address that say nothing.
const USUAL: usize = 3;
/// Numbers of an address that say nothing.
const NUMBERS: usize = 2;

/// When a proof of work is asked for, and of how much; configuration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Challenge {
    /// From this score on; 0: never.
    pub score: u32,
    /// Leading zero bits that a SHA-256 has to have.
    pub bits: u32,
}

/// What is looked at of a request to be called.
pub(crate) struct Asked<'a> {
    pub visitor: &'a str,
    /// What stands for the address.
    pub address: &'a str,
    /// E.164: however it is typed, it is the same.
    pub number: &'a str,
    /// The browser's IANA time zone.
    pub zone: Option<&'a str>,
    /// What people have done on the page: keys, clicks, scrolling.
    pub events: u32,
    /// `challenge:number`.
    pub proof: Option<&'a str>,
}

/// Who has asked, and which challenges were answered.
pub(crate) struct Challenges {
    /// Of this start: what was answered before it is good no more.
    start: String,
    askers: Mutex<Askers>,
    used: Mutex<BTreeSet<(u64, String)>>,
}

/// Requests by asker, in two generations as in [`crate::limit`].
#[derive(Default)]
struct Askers {
    young: HashMap<String, Vec<(Time, String)>>,
    old: HashMap<String, Vec<(Time, String)>>,
    since: Time,
}

/// Lets a request pass, or asks for a proof.
///
/// # Errors
/// 422 `challenge_required`, with the challenge.
pub(crate) fn check(state: &WebState, site: &SiteInfo, asked: &Asked<'_>) -> Result<(), Refusal> {
    let Challenge { score, bits } = site.challenge;
    let now = clock::now();
    if score == 0
        || asked.proof.is_some_and(|proof| state.challenges.takes(&state.keys, site, asked, proof, now))
    {
        return Ok(());
    }
    if state.challenges.score(site, asked, now) < score {
        return Ok(());
    }
    metrics::counter!("warmline_callme_challenges_total").increment(1);
    let about = state.challenges.about(site, asked);
    let challenge = state.keys.challenge(&about, expires(now), &hex(&rand::random::<[u8; 8]>()));
    let detail = "Prove first that you are no machine that asks many times.";
    let refusal = Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "challenge_required", detail);
    Err(Refusal { challenge: Some((challenge, bits)), ..refusal })
}

fn expires(now: Time) -> u64 {
    (now + GOOD).as_secs()
}

/// Whether the SHA-256 of a text begins with so many zero bits.
fn is_worked(text: &str, bits: u32) -> bool {
    let hash = Sha256::digest(text.as_bytes());
    let head = hash.iter().take(8).fold(0u64, |head, byte| head << 8 | u64::from(*byte));
    head.leading_zeros() >= bits
}

impl Challenges {
    pub fn new() -> Self {
        let start = hex(&rand::random::<[u8; 8]>());
        Challenges { start, askers: Mutex::default(), used: Mutex::default() }
    }

    /// What a challenge is bound to.
    fn about(&self, site: &SiteInfo, asked: &Asked<'_>) -> [String; 4] {
        let bits = format!("{} {}", site.challenge.bits, self.start);
        [site.name.clone(), asked.visitor.to_owned(), asked.number.to_owned(), bits]
    }

    fn takes(&self, keys: &Keys, site: &SiteInfo, asked: &Asked<'_>, proof: &str, now: Time) -> bool {
        let Some((challenge, _)) = proof.rsplit_once(':').filter(|_| proof.len() <= PROOF) else {
            return false;
        };
        let Some(until) = keys.challenge_until(&self.about(site, asked), challenge) else { return false };
        let good = now.as_secs() < until && is_worked(proof, site.challenge.bits);
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        while used.first().is_some_and(|(until, _)| *until <= now.as_secs()) {
            used.pop_first();
        }
        good && used.len() < USED && used.insert((until, challenge.to_owned()))
    }

    /// What speaks for abuse; the request is remembered.
    fn score(&self, site: &SiteInfo, asked: &Asked<'_>, now: Time) -> u32 {
        let (requests, near) = self.note(format!("a{}{}", site.firm, asked.address), asked.number, now);
        let (_, own) = self.note(format!("v{}", asked.visitor), asked.number, now);
        let many = requests.saturating_sub(USUAL) + near.saturating_sub(NUMBERS) + 2 * own.saturating_sub(1);
        let idle = u32::from(asked.events == 0);
        many as u32 + 2 * u32::from(is_foreign(site, asked)) + idle
    }

    /// How often it has asked in the last hour, this time included, and for how many numbers.
    fn note(&self, asker: String, number: &str, now: Time) -> (usize, usize) {
        let mut askers = self.askers.lock().unwrap_or_else(PoisonError::into_inner);
        if now.since(askers.since) > HOUR || askers.young.len() >= ASKERS {
            askers.old = std::mem::take(&mut askers.young);
            askers.since = now;
        }
        let kept = askers.old.remove(&asker);
        let rows = askers.young.entry(asker).or_insert_with(|| kept.unwrap_or_default());
        rows.retain(|(at, _)| *at + HOUR > now);
        if rows.len() >= REQUESTS {
            rows.remove(0);
        }
        rows.push((now, number.to_owned()));
        (rows.len(), rows.iter().map(|(_, number)| number).collect::<BTreeSet<_>>().len())
    }
}

/// A number of another country than the site's first and the browser's.
fn is_foreign(site: &SiteInfo, asked: &Asked<'_>) -> bool {
    let Some(country) = country_of_e164(asked.number) else { return false };
    site.countries.first() != Some(&country) && !asked.zone.is_some_and(|zone| is_in_zone(&country, zone))
}

#[cfg(test)]
mod tests {
    use super::*;
    use warmline_coordination::asking::Asking;

    fn site() -> SiteInfo {
        SiteInfo {
            name: "shop".into(),
            firm: "acme".into(),
            origins: Vec::new(),
            consent_version: "1".into(),
            countries: vec!["DE".into(), "US".into()],
            modes: Vec::new(),
            brand: String::new(),
            confirms: false,
            writes: false,
            asking: Asking::default(),
            now_keeps_hours: false,
            challenge: Challenge { score: 3, bits: 8 },
        }
    }

    fn asked<'a>(visitor: &'a str, address: &'a str, number: &'a str) -> Asked<'a> {
        Asked { visitor, address, number, zone: Some("Europe/Berlin"), events: 9, proof: None }
    }

    fn at(secs: u64) -> Time {
        Time::from_micros((1_000_000_000 + secs) * 1_000_000)
    }

    #[test]
    fn e13_people_have_no_score_and_who_asks_for_many_has_one() {
        let (all, site) = (Challenges::new(), site());
        assert_eq!(all.score(&site, &asked("v1", "a1", "0151 1"), at(0)), 0);
        assert_eq!(all.score(&site, &asked("v1", "a1", "0151 1"), at(1)), 0, "the same number");
        assert_eq!(all.score(&site, &asked("v1", "a1", "0151 2"), at(2)), 2);
        assert!(all.score(&site, &asked("v1", "a1", "0151 3"), at(3)) >= 3);
        assert_eq!(all.score(&site, &asked("v2", "a2", "0151 3"), at(3)), 0, "somebody else");
        assert_eq!(all.score(&site, &asked("v1", "a1", "0151 4"), at(4_000)), 0, "an hour later");
    }

    #[test]
    fn e13_an_address_with_many_visitors_has_one_too() {
        let (all, site) = (Challenges::new(), site());
        let numbers: Vec<String> = (0..6).map(|n| format!("0151 {n}")).collect();
        let ask = |n: usize| all.score(&site, &asked(&format!("v{n}"), "office", &numbers[n]), at(n as u64));
        assert_eq!((0..6).map(ask).collect::<Vec<_>>(), [0, 0, 1, 3, 5, 7]);
    }

    #[test]
    fn e13_a_foreign_number_and_a_page_that_nobody_touched_count() {
        let (all, site) = (Challenges::new(), site());
        let american = asked("v1", "a1", "+12125550123");
        assert_eq!(all.score(&site, &american, at(0)), 2);
        let there = Asked { zone: Some("America/New_York"), ..asked("v2", "a2", "+12125550123") };
        assert_eq!(all.score(&site, &there, at(0)), 0);
        let idle = Asked { events: 0, ..asked("v3", "a3", "+12125550123") };
        assert_eq!(all.score(&site, &idle, at(0)), 3);
    }

    #[test]
    fn e13_a_proof_is_good_once_for_its_visitor_and_number_and_for_two_minutes() {
        let (all, site, keys) = (Challenges::new(), site(), Keys::new(&[7; 64]));
        let wish = asked("v1", "a1", "0151 23456789");
        let challenge = keys.challenge(&all.about(&site, &wish), expires(at(0)), "0011223344556677");
        assert_eq!(challenge.len(), 64, "a block of SHA-256");
        let work = |challenge: &str| {
            let proofs = (0..).map(|n| format!("{challenge}:{n}"));
            proofs.into_iter().find(|proof| is_worked(proof, 8)).unwrap()
        };
        let proof = work(&challenge);
        let lazy = (0..).map(|n| format!("{challenge}:{n}")).find(|proof| !is_worked(proof, 8)).unwrap();
        let takes = |wish: &Asked<'_>, proof: &str, secs| all.takes(&keys, &site, wish, proof, at(secs));
        assert!(!takes(&wish, &lazy, 1), "no work");
        assert!(!takes(&asked("v2", "a1", "0151 23456789"), &proof, 1), "another visitor");
        assert!(!takes(&asked("v1", "a1", "0151 23456780"), &proof, 1), "another number");
        assert!(!takes(&wish, &proof, 120), "too late");
        assert!(takes(&wish, &proof, 119));
        assert!(!takes(&wish, &proof, 119), "once");
        assert!(!takes(&wish, &work(&challenge.replace('3', "4")), 1), "not ours");
        let later = Challenges::new();
        assert!(
            !later.takes(&keys, &site, &wish, &proof, at(119)),
            "it is not good once more after a restart"
        );
        assert_eq!(all.used.lock().unwrap().len(), 1);
    }

    #[test]
    fn e13_what_is_remembered_is_bounded() {
        let (all, site) = (Challenges::new(), site());
        for n in 0..50_000 {
            all.score(&site, &asked(&n.to_string(), &n.to_string(), "0151 1"), at(0));
        }
        let askers = all.askers.lock().unwrap();
        assert!(askers.young.len() + askers.old.len() <= 2 * ASKERS + 2);
    }
}
