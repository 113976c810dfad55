//! Queues: from the file to checked values. What a queue refers to must be there, and nothing must be said that does nothing.

use super::check::{Checker, is_e164};
use super::raw;
use std::collections::HashSet;
use std::str::FromStr;
use std::time::Duration;
use toml::Spanned;
use warmline_coordination::hours::{Holiday, Hours, HoursError, Slot, Zone};
use warmline_coordination::routing::Strategy;
use warmline_coordination::settings::{Beyond, Overflow, QueueSettings};

/// Whom a queue may name.
struct Others<'a> {
    names: &'a [String],
    own: &'a str,
    /// The firm has a trunk for calls to numbers.
    trunk: bool,
}

impl Checker {
    /// All queues of a firm. `trunk`: it has a pool, whose trunk carries calls to numbers.
    pub(super) fn queues(&mut self, raw: Vec<raw::Queue>, trunk: bool) -> Vec<QueueSettings> {
        let names: Vec<String> = raw.iter().map(|queue| queue.name.get_ref().clone()).collect();
        let mut seen = HashSet::new();
        let mut queues = Vec::new();
        for queue in raw {
            if !seen.insert(queue.name.get_ref().clone()) {
                self.error(&queue.name, format!("two queues are named `{}`", queue.name.get_ref()));
            }
            queues.push(self.queue(queue, &names, trunk));
        }
        queues
    }

    fn queue(&mut self, raw: raw::Queue, names: &[String], trunk: bool) -> QueueSettings {
        self.user_name(&raw.name);
        let others = Others { names, own: raw.name.get_ref(), trunk };
        let strategy = raw.strategy.get_ref().parse().unwrap_or_else(|_| {
            let text = raw.strategy.get_ref();
            let all = "longest_idle, round_robin, least_calls, skill_level or ring_all";
            self.error(&raw.strategy, format!("`{text}` is not {all}"));
            Strategy::default()
        });
        let closed = raw.closed.and_then(|closed| {
            let at = closed.span().start;
            let raw::Beyond { queue, number } = closed.into_inner();
            self.beyond(at, queue, number, &others)
        });
        let hours = self.hours(raw.zone, raw.open, raw.holidays);
        if closed.is_some() && hours.is_none() {
            self.error(&raw.name, "`closed` needs `open` or `holidays`: this queue is always open");
        }
        let overflow = self.overflow(raw.overflow, raw.max_wait_secs, &others);
        QueueSettings {
            skills: raw.skills,
            client: None,
            ring: Duration::from_secs(self.figure(&raw.ring_secs, 1, 120).into()),
            wrapup: Duration::from_secs(raw.wrapup_secs.into()),
            strategy,
            affinity: Duration::from_secs(u64::from(raw.affinity_days) * 86_400),
            autopause: raw.autopause,
            hours,
            closed,
            service_level: Duration::from_secs(raw.service_level_secs.into()),
            announce: match *raw.announce_secs.get_ref() {
                0 => Duration::ZERO,
                _ => Duration::from_secs(self.figure(&raw.announce_secs, 10, 3_600).into()),
            },
            offer_callback: Duration::from_secs(raw.offer_callback_secs.into()),
            menu: raw.menu.map(|menu| self.menu(menu)),
            dialing: raw.callme_mode,
            mailbox: raw.mailbox.map(Spanned::into_inner),
            overflow,
            take: raw.take,
            name: raw.name.into_inner(),
        }
    }

    /// A value of the hours; what it says is wrong is said of its text.
    fn hour<T: FromStr<Err = HoursError>>(&mut self, text: &Spanned<String>) -> Option<T> {
        text.get_ref().parse().map_err(|wrong| self.error(text, format!("`{}` {wrong}", text.get_ref()))).ok()
    }

    fn hours(
        &mut self,
        zone: Option<Spanned<String>>,
        open: Option<Spanned<raw::Week>>,
        holidays: Vec<Spanned<String>>,
    ) -> Option<Hours> {
        let timed = open.as_ref().map(|open| open.span()).or(holidays.first().map(|day| day.span()));
        let Some(zone) = zone else {
            if let Some(span) = timed {
                self.errors
                    .push((span.start, "`open` and `holidays` need a `zone`, such as Europe/Berlin".into()));
            }
            return None;
        };
        let checked: Option<Zone> = self.hour(&zone);
        if timed.is_none() {
            // Alone it is the day of `least_calls`: open at any time.
            return Some(Hours::new(checked?, None, Vec::new()));
        }
        let week = open.map(|open| {
            let raw::Week { mon, tue, wed, thu, fri, sat, sun } = open.into_inner();
            [mon, tue, wed, thu, fri, sat, sun].map(|day| self.day(&day))
        });
        let mut dates = HashSet::new();
        let mut days = Vec::new();
        for text in &holidays {
            let Some(day) = self.hour::<Holiday>(text) else { continue };
            if !dates.insert(day.date().to_string()) {
                self.error(text, format!("`{}`: this day is there twice", text.get_ref()));
            }
            days.push(day);
        }
        Some(Hours::new(checked?, week, days))
    }

    fn day(&mut self, texts: &[Spanned<String>]) -> Vec<Slot> {
        let mut slots: Vec<Slot> = Vec::new();
        for text in texts {
            let Some(slot) = self.hour::<Slot>(text) else { continue };
            if slots.iter().any(|other| other.overlaps(slot)) {
                self.error(text, format!("`{}` overlaps another stretch of the day", text.get_ref()));
            }
            slots.push(slot);
        }
        slots
    }

    fn overflow(
        &mut self,
        raw: Vec<Spanned<raw::Overflow>>,
        max_wait: Option<Spanned<u32>>,
        others: &Others<'_>,
    ) -> Vec<Overflow> {
        if let Some(most) = max_wait.as_ref().filter(|_| raw.is_empty()) {
            self.error(
                most,
                "max_wait_secs needs a step of `overflow`: without one nothing would happen then",
            );
        }
        let most = max_wait.map(Spanned::into_inner);
        let count = raw.len();
        let (mut steps, mut before): (Vec<Overflow>, u32) = (Vec::new(), 0);
        for (index, step) in raw.into_iter().enumerate() {
            let (at, last) = (step.span().start, index + 1 == count);
            let raw::Overflow { after_secs, queue, number } = step.into_inner();
            if number.is_some() && !last {
                self.errors.push((at, "a step with a number is the last: nobody comes after it".into()));
            }
            let after = match (after_secs.map(Spanned::into_inner), most) {
                (Some(after), most) => after.min(most.unwrap_or(after)),
                (None, Some(most)) if last => most,
                (None, _) => {
                    self.errors.push((
                        at,
                        "after_secs is missing; only the last step may leave it to max_wait_secs".into(),
                    ));
                    continue;
                }
            };
            if index > 0 && after < before {
                self.errors.push((
                    at,
                    format!("this step comes after {after} s, the one before it after {before} s"),
                ));
            }
            before = after;
            let to = self.beyond(at, queue, number, others);
            steps.extend(to.map(|to| Overflow { after: Duration::from_secs(after.into()), to }));
        }
        steps
    }

    fn beyond(
        &mut self,
        at: usize,
        queue: Option<Spanned<String>>,
        number: Option<Spanned<String>>,
        others: &Others<'_>,
    ) -> Option<Beyond> {
        match (queue, number) {
            (Some(queue), None) => {
                let name = queue.get_ref();
                if name == others.own {
                    self.error(&queue, format!("`{name}` is this queue itself"));
                } else if !others.names.contains(name) {
                    self.error(&queue, format!("no queue is named `{name}`"));
                }
                Some(Beyond::Queue(queue.into_inner()))
            }
            (None, Some(number)) => {
                let text = number.get_ref();
                if !text.strip_prefix('+').is_some_and(is_e164) {
                    self.error(&number, format!("`{text}` is not a number +49…"));
                } else if !others.trunk {
                    self.error(
                        &number,
                        format!("no trunk leads to `{text}`: the firm has no [[firms.pools]]"),
                    );
                }
                self.beyond.push((number.span().start, text.clone()));
                Some(Beyond::Number(number.into_inner()))
            }
            _ => {
                self.errors.push((at, "this is `queue` or `number`, one of the two".into()));
                None
            }
        }
    }

    /// Numbers that stand in for agents must not come back to this switch: each call would make another.
    pub(super) fn leads_back(&mut self, ours: impl Fn(&str) -> bool) {
        let found = std::mem::take(&mut self.beyond).into_iter().filter(|(_, number)| ours(number));
        self.errors.extend(found.map(|(at, number)| (at, format!("{number} leads back to this switch"))));
    }
}

#[cfg(test)]
mod tests {
    use crate::config::parse;
    use std::path::Path;
    use std::time::Duration;
    use warmline_coordination::routing::Strategy;
    use warmline_coordination::settings::{Beyond, Overflow, QueueSettings};
    use warmline_time::Time;

    const WHOLE: &str = include_str!("../../docs/example.toml");

    /// The example with these keys for its queue, which begin at that line, and a second queue.
    fn with(keys: &str) -> (String, usize) {
        let (head, rest) = WHOLE.split_once("[[firms.queues]]\n").expect("a queue");
        let (_, tail) = rest.split_once("[[firms.agents]]\n").expect("an agent");
        let queues =
            format!("[[firms.queues]]\n{keys}name = \"sales\"\n[[firms.queues]]\nname = \"support\"\n");
        (format!("{head}{queues}[[firms.agents]]\n{tail}"), head.lines().count() + 2)
    }

    fn queue(keys: &str) -> QueueSettings {
        let config = parse(Path::new("w.toml"), &with(keys).0).unwrap_or_else(|errors| panic!("{errors:?}"));
        config.firms[0].queues[0].clone()
    }

    /// Lines counted from the first of the keys, and what is said.
    fn wrong(keys: &str) -> Vec<(usize, String)> {
        let (text, at) = with(keys);
        let errors = parse(Path::new("w.toml"), &text).expect_err("wrong");
        errors.into_iter().map(|error| (error.line + 1 - at, error.message)).collect()
    }

    #[test]
    fn every_key_has_a_default() {
        let queue = queue("");
        assert_eq!((queue.strategy, queue.autopause), (Strategy::LongestIdle, 1));
        assert_eq!(queue.affinity, Duration::from_secs(7 * 86_400));
        assert_eq!((queue.hours, queue.closed, queue.overflow), (None, None, vec![]));
    }

    #[test]
    fn takes_every_key() {
        let queue = queue(
            "strategy = \"skill_level\"\naffinity_days = 0\nautopause = 3\nzone = \"Europe/Berlin\"\n\
             open = { mon = [\"09:00-12:00\", \"13:00-17:00\"], sat = [\"10:00-24:00\"] }\n\
             holidays = [\"2026-12-25\", \"2026-12-26 10:00-12:00\"]\nclosed = { queue = \"support\" }\n\
             overflow = [{ after_secs = 60, queue = \"support\" }, { number = \"+4930777888\" }]\nmax_wait_secs = 180\n",
        );
        assert_eq!((queue.strategy, queue.autopause), (Strategy::SkillLevel, 3));
        assert!(queue.affinity.is_zero());
        assert_eq!(queue.closed, Some(Beyond::Queue("support".into())));
        let step = |secs, to| Overflow { after: Duration::from_secs(secs), to };
        let number = Beyond::Number("+4930777888".into());
        assert_eq!(queue.overflow, [step(60, Beyond::Queue("support".into())), step(180, number)]);
        let hours = queue.hours.expect("hours");
        let at = |secs: u64| Time::from_micros(secs * 1_000_000);
        // 2026-11-23, a Monday, at 11:30 and 12:30 in Berlin; 2026-12-26, a Saturday, at 11:00 and 13:00.
        let open =
            [1_795_429_800, 1_795_433_400, 1_798_279_200, 1_798_286_400].map(|secs| hours.is_open(at(secs)));
        assert_eq!(open, [true, false, true, false]);
    }

    #[test]
    fn no_step_comes_after_the_longest_wait() {
        let queue = queue("max_wait_secs = 90\noverflow = [{ after_secs = 300, queue = \"support\" }]\n");
        assert_eq!(queue.overflow[0].after, Duration::from_secs(90));
    }

    #[test]
    fn names_line_and_reason() {
        let cases = [
            (
                "strategy = \"ring_group\"\n",
                "`ring_group` is not longest_idle, round_robin, least_calls, skill_level or ring_all",
            ),
            (
                "zone = \"Europe/Atlantis\"\n",
                "`Europe/Atlantis` is no time zone of the IANA database, such as Europe/Berlin",
            ),
            (
                "open = { mon = [\"09:00-17:00\"] }\n",
                "`open` and `holidays` need a `zone`, such as Europe/Berlin",
            ),
            (
                "closed = { queue = \"support\" }\n",
                "`closed` needs `open` or `holidays`: this queue is always open",
            ),
            (
                "max_wait_secs = 9\n",
                "max_wait_secs needs a step of `overflow`: without one nothing would happen then",
            ),
            ("overflow = [{ after_secs = 9 }]\n", "this is `queue` or `number`, one of the two"),
            (
                "overflow = [{ queue = \"support\" }]\n",
                "after_secs is missing; only the last step may leave it to max_wait_secs",
            ),
            ("overflow = [{ after_secs = 9, queue = \"nobody\" }]\n", "no queue is named `nobody`"),
            ("overflow = [{ after_secs = 9, queue = \"sales\" }]\n", "`sales` is this queue itself"),
            ("overflow = [{ after_secs = 9, number = \"110\" }]\n", "`110` is not a number +49…"),
            (
                "overflow = [{ after_secs = 9, number = \"+493012345003\" }]\n",
                "+493012345003 leads back to this switch",
            ),
            (
                "overflow = [{ after_secs = 9, number = \"+493012345100\" }]\n",
                "+493012345100 leads back to this switch",
            ),
            ("ring_secs = 0\n", "this is 1 to 120"),
            ("ring_secs = 121\n", "this is 1 to 120"),
            ("autopause = -1\n", "invalid value: integer `-1`, expected u32"),
        ];
        for (keys, reason) in cases {
            let found = wrong(keys);
            assert!(found.iter().any(|(_, message)| message == reason), "{keys}: {found:?}");
            assert_eq!(found.len(), 1, "{keys}: {found:?}");
        }
        let zoned = "zone = \"Europe/Berlin\"\n";
        let found = wrong(&format!(
            "{zoned}open = {{ mon = [\n\"22:00-06:00\",\n\"9-5\"],\ntue = [\"09:00-12:00\", \"11:00-13:00\"] }}\n"
        ));
        let lines: Vec<usize> = found.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [3, 4, 5], "{found:?}");
        assert!(found[2].1.contains("overlaps"), "{found:?}");
        let found = wrong(&format!(
            "{zoned}holidays = [\n\"2026-12-25\",\n\"2026-12-25 09:00-10:00\",\n\"Christmas\"]\n"
        ));
        assert_eq!(found.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [4, 5], "{found:?}");
        let found = wrong(
            "overflow = [\n{ after_secs = 60, number = \"+4930777888\" },\n{ after_secs = 30, queue = \"support\" }]\n",
        );
        assert_eq!(found.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 3], "{found:?}");
    }

    #[test]
    fn two_queues_of_one_name_are_one_too_many() {
        let text =
            WHOLE.replace("[[firms.agents]]", "[[firms.queues]]\nname = \"sales\"\n\n[[firms.agents]]");
        let found = parse(Path::new("w.toml"), &text).expect_err("wrong");
        assert_eq!(found[0].message, "two queues are named `sales`");
    }
}
