//! How often call me dials: settings, and the diallings of a day that they are held against (SPEC E13).

use crate::ids::VisitorId;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use warmline_time::Time;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// Diallings of call me at most; configuration. Each is at least 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DialLimits {
    /// Of one number in an hour (4).
    pub number_per_hour: u32,
    /// Of one number in a day (10).
    pub number_per_day: u32,
    /// How many digits of a number in E.164, country and area, its neighbours share (6).
    pub prefix_digits: u32,
    /// Of neighbours in an hour (60).
    pub prefix_per_hour: u32,
    /// For one site in an hour (600).
    pub site_per_hour: u32,
    /// For one visitor in an hour (6).
    pub visitor_per_hour: u32,
    /// For one address in an hour (6).
    pub address_per_hour: u32,
}

impl Default for DialLimits {
    fn default() -> Self {
        DialLimits {
            number_per_hour: 4,
            number_per_day: 10,
            prefix_digits: 6,
            prefix_per_hour: 60,
            site_per_hour: 600,
            visitor_per_hour: 6,
            address_per_hour: 6,
        }
    }
}

/// One of the limits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Limit {
    NumberHour,
    NumberDay,
    Prefix,
    Site,
    Visitor,
    Address,
}

impl Limit {
    /// All of them, in the order of their places.
    pub const ALL: [Limit; 6] =
        [Limit::NumberHour, Limit::NumberDay, Limit::Prefix, Limit::Site, Limit::Visitor, Limit::Address];

    /// Its word in metrics.
    pub fn word(self) -> &'static str {
        match self {
            Limit::NumberHour => "number_hour",
            Limit::NumberDay => "number_day",
            Limit::Prefix => "prefix",
            Limit::Site => "site",
            Limit::Visitor => "visitor",
            Limit::Address => "address",
        }
    }
}

/// What a dialling counts for.
#[derive(Clone, Debug)]
pub(crate) struct Dialling {
    /// E.164.
    pub number: String,
    /// Who asked for it; none: the firm itself, by a campaign.
    pub asker: Option<Asker>,
}

/// Who asked to be called.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    /// On which site.
    pub site: usize,
    pub visitor: VisitorId,
    /// From where, as the web writes it; empty: that is not known.
    pub address: String,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Key {
    Number(String),
    Prefix(String),
    Site(usize),
    Visitor(VisitorId),
    Address(String),
}

impl Dialling {
    fn keys(&self, limits: &DialLimits) -> Vec<Key> {
        let mut keys = vec![Key::Number(self.number.clone())];
        let Some(asker) = &self.asker else { return keys };
        keys.push(Key::Prefix(self.number.chars().take(1 + limits.prefix_digits as usize).collect()));
        keys.push(Key::Site(asker.site));
        keys.push(Key::Visitor(asker.visitor));
        if !asker.address.is_empty() {
            keys.push(Key::Address(asker.address.clone()));
        }
        keys
    }
}

impl Key {
    /// How often it may be dialled in which time.
    fn most(&self, limits: &DialLimits) -> Vec<(Limit, Duration, u32)> {
        match self {
            Key::Number(_) => vec![
                (Limit::NumberHour, HOUR, limits.number_per_hour),
                (Limit::NumberDay, DAY, limits.number_per_day),
            ],
            Key::Prefix(_) => vec![(Limit::Prefix, HOUR, limits.prefix_per_hour)],
            Key::Site(_) => vec![(Limit::Site, HOUR, limits.site_per_hour)],
            Key::Visitor(_) => vec![(Limit::Visitor, HOUR, limits.visitor_per_hour)],
            Key::Address(_) => vec![(Limit::Address, HOUR, limits.address_per_hour)],
        }
    }

    fn kept(&self) -> Duration {
        if matches!(self, Key::Number(_)) { DAY } else { HOUR }
    }
}

/// The diallings of the last hour, and by number of the last day.
#[derive(Default, Debug)]
pub(crate) struct Diallings {
    times: BTreeMap<Key, VecDeque<Time>>,
    /// What is forgotten next: numbers, and all others.
    order: [VecDeque<(Time, Key)>; 2],
}

impl Diallings {
    /// A number is dialled.
    pub fn note(&mut self, now: Time, dialling: &Dialling, limits: &DialLimits) {
        self.forget(now);
        for key in dialling.keys(limits) {
            self.times.entry(key.clone()).or_default().push_back(now);
            let order = usize::from(key.kept() == HOUR);
            self.order[order].push_back((now, key));
        }
    }

    /// A number was not dialled at that moment, after all.
    pub fn take_back(&mut self, at: Time, dialling: &Dialling, limits: &DialLimits) {
        for key in dialling.keys(limits) {
            let order = &mut self.order[usize::from(key.kept() == HOUR)];
            let lately = order.iter().rev().take_while(|row| row.0 >= at);
            let Some(back) = lately.enumerate().find(|(_, row)| row.0 == at && row.1 == key) else {
                continue;
            };
            let place = order.len() - 1 - back.0;
            order.remove(place);
            let Some(times) = self.times.get_mut(&key) else { continue };
            if let Some(place) = times.iter().rposition(|&time| time == at) {
                times.remove(place);
            }
            if times.is_empty() {
                self.times.remove(&key);
            }
        }
    }

    /// The limit that forbids a dialling longest, and until when; none: it is allowed now.
    pub fn forbids(&self, now: Time, dialling: &Dialling, limits: &DialLimits) -> Option<(Limit, Time)> {
        let mut longest: Option<(Limit, Time)> = None;
        for key in dialling.keys(limits) {
            let Some(times) = self.times.get(&key) else { continue };
            for (limit, within, most) in key.most(limits) {
                // The one that must be over before there is room for another.
                let last = times.len().checked_sub(most.max(1) as usize).and_then(|place| times.get(place));
                let until = last.map(|&at| at + within).filter(|&until| until > now);
                if let Some(until) = until.filter(|&until| longest.is_none_or(|(_, other)| until > other)) {
                    longest = Some((limit, until));
                }
            }
        }
        longest
    }

    fn forget(&mut self, now: Time) {
        for order in &mut self.order {
            while let Some((at, key)) = order.front().filter(|(at, key)| *at + key.kept() <= now) {
                if let Some(times) = self.times.get_mut(key) {
                    if times.front() == Some(at) {
                        times.pop_front();
                    }
                    if times.is_empty() {
                        self.times.remove(key);
                    }
                }
                order.pop_front();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Time {
        Time::from_micros((1_000_000 + secs) * 1_000_000)
    }

    fn dialling(n: u64, visitor: u64) -> Dialling {
        let visitor = VisitorId::mint(Time::ZERO, u128::from(visitor));
        let asker = Asker { site: 0, visitor, address: format!("a{n}") };
        Dialling { number: format!("+4930123{n:04}"), asker: Some(asker) }
    }

    #[test]
    fn a_number_has_its_hour_and_its_day() {
        let (limits, mut log) = (DialLimits::default(), Diallings::default());
        let one = Dialling { asker: None, ..dialling(1, 1) };
        for hour in 0..2 {
            for n in 0..4 {
                assert_eq!(log.forbids(at(hour * 3_700 + n), &one, &limits), None);
                log.note(at(hour * 3_700 + n), &one, &limits);
            }
            let told = log.forbids(at(hour * 3_700 + 10), &one, &limits);
            assert_eq!(told, Some((Limit::NumberHour, at(hour * 3_700 + 3_600))));
        }
        (0..2).for_each(|n| log.note(at(7_400 + n), &one, &limits));
        assert_eq!(log.forbids(at(7_500), &one, &limits), Some((Limit::NumberDay, at(86_400))));
        assert_eq!(log.forbids(at(86_400), &one, &limits), None);
    }

    #[test]
    fn each_limit_is_one_of_its_own_and_a_campaign_has_its_numbers_only() {
        let (limits, mut log) = (DialLimits::default(), Diallings::default());
        (0..6).for_each(|n| log.note(at(n), &dialling(n, 7), &limits));
        assert_eq!(log.forbids(at(9), &dialling(9, 7), &limits), Some((Limit::Visitor, at(3_600))));
        assert_eq!(log.forbids(at(9), &dialling(9, 8), &limits), None, "another visitor");
        (6..60).for_each(|n| log.note(at(n), &dialling(n, 100 + n), &limits));
        assert_eq!(log.forbids(at(99), &dialling(99, 8), &limits), Some((Limit::Prefix, at(3_600))));
        let campaigns = Dialling { asker: None, ..dialling(99, 8) };
        assert_eq!(log.forbids(at(99), &campaigns, &limits), None);
        let elsewhere = Dialling { number: "+4989123".into(), ..dialling(99, 8) };
        assert_eq!(log.forbids(at(99), &elsewhere, &limits), None);
    }

    #[test]
    fn what_was_not_dialled_after_all_leaves_no_trace() {
        let (limits, mut log) = (DialLimits::default(), Diallings::default());
        (0..3).for_each(|_| log.note(at(1), &dialling(1, 1), &limits));
        log.note(at(2), &dialling(2, 1), &limits);
        (0..9).for_each(|n| {
            log.note(at(3 + n), &dialling(1, 1), &limits);
            log.take_back(at(3 + n), &dialling(1, 1), &limits);
        });
        assert_eq!(log.forbids(at(20), &dialling(1, 1), &limits), None);
        log.take_back(at(1), &dialling(2, 1), &limits);
        log.note(at(20), &dialling(1, 1), &limits);
        assert_eq!(log.forbids(at(21), &dialling(1, 1), &limits), Some((Limit::NumberHour, at(3_601))));
        (0..3).for_each(|_| log.take_back(at(1), &dialling(1, 1), &limits));
        log.take_back(at(2), &dialling(2, 1), &limits);
        log.take_back(at(20), &dialling(1, 1), &limits);
        assert!(log.times.is_empty() && log.order.iter().all(VecDeque::is_empty));
    }

    #[test]
    fn what_is_over_is_forgotten() {
        let (limits, mut log) = (DialLimits::default(), Diallings::default());
        (0..5_000).for_each(|n| log.note(at(n * 60), &dialling(n, n), &limits));
        let numbers = log.times.keys().filter(|key| matches!(key, Key::Number(_))).count();
        assert!(numbers <= 1_441 && log.times.len() <= 1_441 + 200, "{numbers} {}", log.times.len());
        assert!(log.order.iter().map(VecDeque::len).sum::<usize>() <= 1_441 + 4 * 61);
    }
}
