//! What has come of invitations, by day, criterion and message: counted from the journal's rows, so that a restart counts the same.

use crate::fact::Invited;
use crate::ids::{InvitationId, VisitorId};
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use warmline_time::Time;

/// Days that are kept.
const DAYS: u64 = 90;
/// Invitations whose later fate is still counted.
const FOLLOWED: usize = 50_000;
/// A purchase so long after an invitation was accepted is counted as having followed from it.
const FOLLOWS: Duration = Duration::from_secs(24 * 3_600);
/// What stands for an invitation by an agent, and for his own words.
const NONE: &str = "";

/// What became of some invitations.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[allow(missing_docs)]
pub struct Fate {
    pub invited: u64,
    /// He saw it.
    pub shown: u64,
    pub accepted: u64,
    pub declined: u64,
    /// He spoke or wrote with an agent.
    pub answered: u64,
    /// He bought something within a day.
    pub converted: u64,
    /// What for, in hundredths of the shop's currency.
    pub cents: u64,
}

impl Fate {
    fn add(&mut self, other: &Fate) {
        self.invited += other.invited;
        self.shown += other.shown;
        self.accepted += other.accepted;
        self.declined += other.declined;
        self.answered += other.answered;
        self.converted += other.converted;
        self.cents = self.cents.saturating_add(other.cents);
    }
}

/// Day since the epoch, criterion, message.
type Key = (u64, String, String);

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct InvitationReport {
    rows: BTreeMap<Key, Fate>,
    /// Where each is counted, and who has accepted it: the other side of `by_visitor`.
    of: BTreeMap<InvitationId, (Key, Option<VisitorId>)>,
    order: VecDeque<InvitationId>,
    /// Which each has accepted last, and when.
    by_visitor: BTreeMap<VisitorId, (InvitationId, Time)>,
}

fn day(at: Time) -> u64 {
    at.as_secs() / 86_400
}

impl InvitationReport {
    /// One more.
    pub fn invited(&mut self, at: Time, fact: &Invited) {
        let word = |name: &Option<String>| name.clone().unwrap_or_else(|| NONE.to_owned());
        let key = (day(at), word(&fact.rule), word(&fact.message));
        while let Some(first) = self.rows.first_entry()
            && first.key().0 + DAYS <= key.0
        {
            first.remove();
        }
        self.rows.entry(key.clone()).or_default().invited += 1;
        self.of.insert(fact.invitation, (key, None));
        self.order.push_back(fact.invitation);
        if self.order.len() > FOLLOWED
            && let Some(oldest) = self.order.pop_front()
            && let Some((_, Some(visitor))) = self.of.remove(&oldest)
        {
            self.by_visitor.remove(&visitor);
        }
    }

    fn row(&mut self, id: InvitationId) -> Option<&mut Fate> {
        self.rows.get_mut(&self.of.get(&id)?.0)
    }

    /// As the journal has the answer.
    pub fn answered(&mut self, id: InvitationId, answer: &str) {
        let Some(row) = self.row(id) else { return };
        match answer {
            "shown" => row.shown += 1,
            "declined" => row.declined += 1,
            "accepted" => row.accepted += 1,
            _ => {}
        }
    }

    /// Whose purchases count for it from now on.
    pub fn follows(&mut self, at: Time, id: InvitationId, visitor: VisitorId) {
        let Some((_, his)) = self.of.get_mut(&id) else { return };
        if let Some(before) = his.replace(visitor) {
            self.by_visitor.remove(&before);
        }
        if let Some((earlier, _)) = self.by_visitor.insert(visitor, (id, at))
            && let Some((_, his)) = self.of.get_mut(&earlier)
        {
            *his = None;
        }
    }

    /// The invitation from which a purchase follows.
    pub fn invitation_of(&self, now: Time, visitor: VisitorId) -> Option<InvitationId> {
        let (id, at) = self.by_visitor.get(&visitor)?;
        (*at + FOLLOWS > now).then_some(*id)
    }

    /// He has spoken with an agent.
    pub fn talked(&mut self, id: InvitationId) {
        if let Some(row) = self.row(id) {
            row.answered += 1;
        }
    }

    /// He has bought something.
    pub fn bought(&mut self, id: InvitationId, cents: u64) {
        if let Some(row) = self.row(id) {
            row.converted += 1;
            row.cents = row.cents.saturating_add(cents);
        }
    }

    /// A visitor is erased.
    pub fn forget(&mut self, visitor: VisitorId) {
        if let Some((id, _)) = self.by_visitor.remove(&visitor)
            && let Some((_, his)) = self.of.get_mut(&id)
        {
            *his = None;
        }
    }

    /// By criterion and message, for these days (since the epoch), both of them in it; then by day for all together. `place`: where a
    /// message stands among those of a criterion.
    pub fn view(&self, (from, to): (u64, u64), place: impl Fn(&str, &str) -> usize) -> InvitationReportView {
        let mut by_message: BTreeMap<(&str, &str), Fate> = BTreeMap::new();
        let mut by_day: BTreeMap<u64, Fate> = BTreeMap::new();
        for ((day, rule, message), fate) in
            self.rows.iter().filter(|((day, ..), _)| (from..=to).contains(day))
        {
            by_message.entry((rule, message)).or_default().add(fate);
            by_day.entry(*day).or_default().add(fate);
        }
        let mut firsts: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
        for &(rule, message) in by_message.keys() {
            let mine = (place(rule, message), message);
            let first = firsts.entry(rule).or_insert(mine);
            *first = mine.min(*first);
        }
        let rows = by_message.iter().map(|(&(rule, message), fate)| {
            let (_, first) = firsts[rule];
            let other = (first != message).then(|| by_message[&(rule, first)]);
            MessageFate {
                rule: Some(rule.to_owned()).filter(|rule| !rule.is_empty()),
                message: Some(message.to_owned()).filter(|message| !message.is_empty()),
                fate: *fate,
                accepted_share: Share::of(fate.accepted, fate.shown),
                differs: other
                    .map(|first| differs((fate.accepted, fate.shown), (first.accepted, first.shown))),
            }
        });
        let days = by_day.into_iter().map(|(day, fate)| DayFate {
            date: Time::from_micros(day * 86_400_000_000).rfc3339().chars().take(10).collect(),
            fate,
        });
        InvitationReportView { messages: rows.collect(), days: days.collect() }
    }
}

/// What has come of a firm's invitations.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct InvitationReportView {
    /// By criterion and message, in their order.
    pub messages: Vec<MessageFate>,
    /// By day, in UTC.
    pub days: Vec<DayFate>,
}

/// See [`InvitationReportView::messages`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct MessageFate {
    /// The criterion's name; none: an agent.
    pub rule: Option<String>,
    /// The message's; none: an agent's own words.
    pub message: Option<String>,
    /// What came of it.
    #[serde(flatten)]
    pub fate: Fate,
    /// Of those who saw it; none: nobody did.
    pub accepted_share: Option<Share>,
    /// How sure it is that this share is another than that of the criterion's first message: 0.95 is as sure as is mostly asked for. None:
    /// it is the first.
    pub differs: Option<Ratio>,
}

/// See [`InvitationReportView::days`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[allow(missing_docs)]
pub struct DayFate {
    pub date: String,
    #[serde(flatten)]
    pub fate: Fate,
}

/// A share, and between what it surely is (Wilson's interval, 95 %).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[allow(missing_docs)]
pub struct Share {
    pub share: Ratio,
    pub low: Ratio,
    pub high: Ratio,
}

/// A number from 0 to 1, in steps of a ten-thousandth.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Debug)]
pub struct Ratio(u16);

impl Ratio {
    fn of(value: f64) -> Self {
        Ratio((value.clamp(0.0, 1.0) * 10_000.0).round() as u16)
    }

    /// As it is.
    pub fn value(self) -> f64 {
        f64::from(self.0) / 10_000.0
    }
}

impl Serialize for Ratio {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.value())
    }
}

impl Share {
    fn of(some: u64, all: u64) -> Option<Share> {
        const Z: f64 = 1.96;
        if all == 0 {
            return None;
        }
        let (n, share) = (all as f64, some.min(all) as f64 / all as f64);
        let middle = share + Z * Z / (2.0 * n);
        let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
        let under = 1.0 + Z * Z / n;
        let (low, high) = ((middle - half) / under, (middle + half) / under);
        Some(Share { share: Ratio::of(share), low: Ratio::of(low), high: Ratio::of(high) })
    }
}

/// One less the chance with which two equal shares would lie at least so far apart (two proportions, pooled, two sides).
fn differs(one: (u64, u64), other: (u64, u64)) -> Ratio {
    let (n, m) = (one.1 as f64, other.1 as f64);
    if n < 1.0 || m < 1.0 {
        return Ratio(0);
    }
    let pooled = (one.0 + other.0) as f64 / (n + m);
    let spread = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
    if spread == 0.0 {
        return Ratio(0);
    }
    let z = (one.0 as f64 / n - other.0 as f64 / m).abs() / spread;
    Ratio::of(error_function(z / std::f64::consts::SQRT_2))
}

/// erf of a number that is not negative, to 1.5e-7 (Abramowitz and Stegun 7.1.26).
fn error_function(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let terms = [0.254_829_592, -0.284_496_736, 1.421_413_741, -1.453_152_027, 1.061_405_429];
    let sum = terms.iter().rev().fold(0.0, |sum, term| (sum + term) * t);
    1.0 - sum * (-x * x).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invited(invitation: InvitationId, rule: Option<&str>, message: Option<&str>) -> Invited {
        Invited {
            invitation,
            alert: None,
            site: "shop".into(),
            rule: rule.map(str::to_owned),
            message: message.map(str::to_owned),
            visitor: None,
            agent: None,
            title: String::new(),
            text: String::new(),
            kind: Default::default(),
            expires_at: 0,
        }
    }

    #[test]
    fn who_has_accepted_is_known_until_it_is_too_old_or_he_is_forgotten() {
        let (mut report, at) = (InvitationReport::default(), Time::from_micros(1_000_000));
        let id = |n| InvitationId::mint(at, n);
        let visitor = |n| VisitorId::mint(at, n);
        let add = |report: &mut InvitationReport, at, n| report.invited(at, &invited(id(n), None, None));
        (0..3).for_each(|n| add(&mut report, at, n));
        report.follows(at, id(0), visitor(7));
        report.follows(at, id(1), visitor(7));
        assert_eq!(report.invitation_of(at, visitor(7)), Some(id(1)), "the last");
        // He asks under another id: what follows is that one's.
        report.follows(at, id(1), visitor(8));
        assert_eq!(
            (report.invitation_of(at, visitor(7)), report.invitation_of(at, visitor(8))),
            (None, Some(id(1)))
        );
        report.follows(at, id(2), visitor(7));
        report.forget(visitor(8));
        let known =
            |report: &InvitationReport| report.of.values().filter_map(|(_, his)| *his).collect::<Vec<_>>();
        assert_eq!(known(&report), [visitor(7)], "nothing of who is forgotten is left");
        // So many later ones push it out, and days that are too old go.
        let later = Time::from_micros((DAYS + 1) * 86_400_000_000);
        (3..FOLLOWED as u128 + 3).for_each(|n| add(&mut report, later, n));
        assert_eq!((report.of.len(), report.by_visitor.len(), report.rows.len()), (FOLLOWED, 0, 1));
    }

    #[test]
    fn messages_are_compared_with_the_first_of_their_criterion() {
        let (mut report, at) = (InvitationReport::default(), Time::from_micros(1_000_000));
        for (n, message) in ["zebra", "apple", "zebra", "apple"].into_iter().enumerate() {
            let id = InvitationId::mint(at, n as u128);
            report.invited(at, &invited(id, Some("stumbles"), Some(message)));
            report.answered(id, "shown");
        }
        let place = |_: &str, message: &str| usize::from(message == "apple");
        let view = report.view((0, 1), place);
        let rows: Vec<_> = view.messages.iter().map(|row| (row.message.as_deref(), row.differs)).collect();
        // As many of both: only one of them is the first, and it is not the alphabet's.
        assert_eq!(rows, [(Some("apple"), Some(Ratio(0))), (Some("zebra"), None)]);
    }

    #[test]
    fn shares_and_differences_are_those_of_the_textbooks() {
        let share = Share::of(8, 10).unwrap();
        assert_eq!((share.share, share.low, share.high), (Ratio(8_000), Ratio(4_902), Ratio(9_433)));
        assert_eq!(Share::of(0, 0), None);
        // z = 1.96 is 95 %.
        assert!((error_function(1.96 / std::f64::consts::SQRT_2) - 0.95).abs() < 1e-4);
        assert!(differs((60, 100), (40, 100)) > Ratio(9_900));
        assert!(differs((51, 100), (50, 100)) < Ratio(2_000));
        assert_eq!(differs((1, 0), (1, 10)), Ratio(0));
    }
}
