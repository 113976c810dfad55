//! `[firms.watch]`: visitors who are watched, the criteria, and what follows from them.

use super::check::{Checker, DAY};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use std::time::Duration;
use toml::Spanned;
use warmline_coordination::activity::{
    Criterion, Draft, Kind, Once, PriorityChange, Since, TEMPLATES, WatchSettings, WatchedSite, template,
};
use warmline_coordination::invitation::{Attendance, First, Follow, Message, Picture, Way, Wording};
use warmline_coordination::settings::SiteSettings;
use warmline_web::{WatchPolicy, WithoutConsent};

/// Criteria of a firm, messages of its library.
const MOST: usize = 200;
/// Characters of a message's title and text.
const WORDS: (usize, usize) = (120, 500);
const HOUR: Duration = Duration::from_secs(3_600);

/// `[firms.watch]`
#[derive(Deserialize, Serialize, Debug)]
#[serde(default, deny_unknown_fields)]
pub struct Watch {
    /// `true`: nobody is watched before the page has said that he agrees (`data-consent`, `consent()`). `false`: unless he objects.
    pub consent: bool,
    /// Visitors who have not agreed, or whose browsers keep nothing: `nothing`; `visit`: known for one browser session, by a sealed text
    /// that is gone with it; `table`: by a salted hash of address and browser that is another each day.
    pub without_consent: Spanned<String>,
    /// Those of the table are invited too.
    pub invite_guests: bool,
    /// Visitors' addresses are kept in memory while they are there, and shown to agents.
    pub keep_addresses: bool,
    /// Programs that fetch pages by themselves are left out, as far as they say what they are.
    pub bots: bool,
    /// Who is not heard of for so long is gone, 10 to 86,400.
    pub session_secs: Spanned<u32>,
    /// Visitors at once, 100 to 2,000,000; beyond, whoever was not heard of for longest is forgotten.
    pub most_visitors: Spanned<u32>,
    /// So long a browser is known again, 1 to 400 days.
    pub identity_days: Spanned<u32>,
    /// A second visit makes the priority this at least, 1 to 7; 0: it changes nothing.
    pub return_priority: Spanned<u8>,
    /// The same for a purchase.
    pub purchase_priority: Spanned<u8>,
    /// An alert that nobody takes is over after so long, 10 to 86,400.
    pub alert_secs: Spanned<u32>,
    /// An invitation can be answered for so long, and its agent is kept for it, 10 to 600.
    pub invitation_secs: Spanned<u32>,
    /// Invitations that are open at once in nobody's name, for each agent who is free, 1 to 20.
    pub invitations_per_agent: Spanned<u32>,
    /// How often a visitor is invited in 24 hours, 0 to 20.
    pub invitations_per_day: Spanned<u32>,
    /// Whoever has declined is left in peace for so many hours.
    pub peace_hours: u32,
    /// When visitors are worth a look; at most 200.
    pub criteria: Vec<RawCriterion>,
    /// The library of what they are told; at most 200.
    pub messages: Vec<RawMessage>,
}

impl Default for Watch {
    fn default() -> Self {
        let number = |number| Spanned::new(0..0, number);
        let small = |number| Spanned::new(0..0, number);
        Watch {
            consent: true,
            without_consent: Spanned::new(0..0, "nothing".into()),
            invite_guests: false,
            keep_addresses: false,
            bots: true,
            session_secs: number(300),
            most_visitors: number(100_000),
            identity_days: number(180),
            return_priority: small(0),
            purchase_priority: small(0),
            alert_secs: number(600),
            invitation_secs: number(60),
            invitations_per_agent: number(1),
            invitations_per_day: number(3),
            peace_hours: 24,
            criteria: Vec::new(),
            messages: Vec::new(),
        }
    }
}

/// `[[firms.watch.criteria]]`
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct RawCriterion {
    /// Unique in the firm; desktops and reports name it.
    pub name: Spanned<String>,
    /// Instead of what is said below it: `attended_shop`, `repeat_visitor`, `checkout_trouble` or `help_desk`.
    pub template: Option<Spanned<String>>,
    /// The firm's sites; none: all.
    #[serde(default)]
    pub sites: Vec<Spanned<String>>,
    /// What is looked at: `arrival`, `view`, `dwell`, `scroll`, `idle`, `active`, `error`, `cart`, `purchase`, `custom`, `leave`; none: each
    /// page that is entered.
    #[serde(default)]
    pub on: Vec<Kind>,
    /// The path of the page, with `*` for anything.
    pub page: Option<String>,
    /// It holds by itself when so much time is over, 1 to 86,400; without `on`.
    pub after_secs: Option<u32>,
    /// Of `after_secs`: `page`, since the page was entered, or `arrival`.
    pub since: Option<Spanned<String>>,
    /// An expression in CEL over `visitor`, `session`, `page` and `event`.
    pub when: Option<Spanned<String>>,
    /// `visit`: once a visit; `page`: once a page; `day`.
    pub once: Option<Spanned<String>>,
    /// Instead: so often …
    pub most: Option<u8>,
    /// … in so many hours.
    pub hours: Option<u16>,
    /// The visitor's priority from then on, 1 to 7.
    pub priority: Option<u8>,
    /// Instead: by so much higher, or lower, -6 to 6.
    pub priority_by: Option<i8>,
    /// It is tried: counted, and nothing follows.
    #[serde(default)]
    pub dry_run: bool,
    /// `alert`: agents are told, and one of them decides; `invite`: the visitor is invited where an agent is free.
    #[serde(default)]
    pub first: First,
    /// Desktops open the alert by themselves.
    #[serde(default)]
    pub pop: bool,
    /// What agents read, at most 200 characters.
    pub text: Option<Spanned<String>>,
    /// Of `invite`: messages of the library; with several, visitors get them in turn, and reports compare them.
    #[serde(default)]
    pub messages: Vec<Spanned<String>>,
    /// What is said outside the queue's hours, a message of the library.
    pub closed: Option<Spanned<String>>,
    /// And while nobody is free.
    pub busy: Option<Spanned<String>>,
}

/// `[[firms.watch.messages]]`
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct RawMessage {
    /// Unique in the firm; agents choose by it.
    pub name: Spanned<String>,
    /// `callme`, `dial`, `browser`, `chat`, `mail`, `conference`, in the order in which they are offered.
    pub options: Spanned<Vec<Way>>,
    /// By language (`en`, `de`): a line and a text. `{agent}`, `{name}` and `{page}` stand for what they say. The first language in the
    /// alphabet is for all others, unless there is `default`.
    pub words: Spanned<BTreeMap<String, RawWords>>,
    /// Of these, the language for who speaks none of them.
    pub default: Option<String>,
    /// `https:` address of a picture.
    pub picture: Option<Spanned<String>>,
    /// What is on it, for who does not see it.
    #[serde(default)]
    pub picture_alt: String,
    /// `https:` address of a recorded voice; it plays when it is asked to.
    pub audio: Option<Spanned<String>>,
    /// And of a video.
    pub video: Option<Spanned<String>>,
    /// `https:` address of the firm's own conference, for `conference`.
    pub conference: Option<Spanned<String>>,
    /// It is suggested to agents for alerts of these criteria; none: of all.
    #[serde(default)]
    pub criteria: Vec<Spanned<String>>,
    /// And to agents with one of these skills.
    #[serde(default)]
    pub skills: Vec<String>,
}

/// `words` of a message.
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct RawWords {
    /// At most 120 characters.
    pub title: String,
    /// At most 500.
    pub text: String,
}

impl Checker {
    /// What the firm does, and what the web is to watch.
    pub(super) fn watch(
        &mut self,
        raw: Watch,
        (firm, at): (&str, usize),
        (sites, ways): (&[SiteSettings], BTreeMap<String, Vec<Way>>),
    ) -> (Attendance, WatchPolicy) {
        let messages = self.messages(raw.messages);
        let mut criteria = Vec::new();
        let mut follow = Vec::new();
        let mut names = HashSet::new();
        if let Some(one_too_many) = raw.criteria.get(MOST) {
            self.error(&one_too_many.name, format!("these are more than {MOST} criteria"));
        }
        for row in raw.criteria {
            if !names.insert(row.name.get_ref().clone()) {
                self.error(&row.name, format!("two criteria are named `{}`", row.name.get_ref()));
            }
            self.criterion(row, sites, &messages, (&mut criteria, &mut follow));
        }
        for (message, at) in messages.iter().flat_map(|(row, wanted)| wanted.iter().map(move |at| (row, at)))
        {
            if !follow.iter().any(|row: &Follow| row.name == *at.get_ref()) {
                self.error(
                    at,
                    format!("message `{}`: no criterion is named `{}`", message.name, at.get_ref()),
                );
            }
        }
        let attendance = Attendance {
            follow,
            messages: messages.into_iter().map(|(row, _)| row).collect(),
            alert_lasts: self.secs(&raw.alert_secs, "alert_secs", (10, 86_400)),
            invitation_lasts: self.secs(&raw.invitation_secs, "invitation_secs", (10, 600)),
            per_agent: self.within(&raw.invitations_per_agent, "invitations_per_agent", (1, 20)),
            per_day: self.within(&raw.invitations_per_day, "invitations_per_day", (0, 20)),
            peace: HOUR * raw.peace_hours.min(24 * 400),
            guests: raw.invite_guests,
            ways,
        };
        let without = match raw.without_consent.get_ref().as_str() {
            "nothing" => WithoutConsent::Nothing,
            "visit" => WithoutConsent::Visit,
            "table" => WithoutConsent::Table,
            other => {
                self.error(&raw.without_consent, format!("`{other}` is not nothing, visit or table"));
                WithoutConsent::Nothing
            }
        };
        let watched = |site: &SiteSettings| WatchedSite { firm: 0, name: site.name.clone() };
        let settings = WatchSettings {
            sites: sites.iter().map(watched).collect(),
            criteria,
            most_visitors: self.within(&raw.most_visitors, "most_visitors", (100, 2_000_000)) as usize,
            session: self.secs(&raw.session_secs, "session_secs", (10, 86_400)),
            purchase_priority: self.priority(&raw.purchase_priority, "purchase_priority"),
            return_priority: self.priority(&raw.return_priority, "return_priority"),
            ..WatchSettings::default()
        };
        if let Err(wrong) = settings.check() {
            self.errors.push((at, wrong));
        }
        let policy = WatchPolicy {
            firm: firm.to_owned(),
            consent: raw.consent,
            without,
            keep_addresses: raw.keep_addresses,
            bots: raw.bots,
            identity: DAY * self.within(&raw.identity_days, "identity_days", (1, 400)),
            settings,
        };
        (attendance, policy)
    }

    fn within(&mut self, value: &Spanned<u32>, name: &str, (least, most): (u32, u32)) -> u32 {
        if !(least..=most).contains(value.get_ref()) {
            self.error(value, format!("`{name}` is {}, not {least} to {most}", value.get_ref()));
        }
        *value.get_ref()
    }

    fn secs(&mut self, value: &Spanned<u32>, name: &str, range: (u32, u32)) -> Duration {
        Duration::from_secs(self.within(value, name, range).into())
    }

    fn priority(&mut self, value: &Spanned<u8>, name: &str) -> u8 {
        if *value.get_ref() > 7 {
            self.error(value, format!("`{name}` is 0 to 7"));
        }
        *value.get_ref()
    }

    fn criterion(
        &mut self,
        raw: RawCriterion,
        sites: &[SiteSettings],
        messages: &[(Message, Vec<Spanned<String>>)],
        (criteria, follow): (&mut Vec<Criterion>, &mut Vec<Follow>),
    ) {
        let name = raw.name.get_ref().clone();
        let row = Follow {
            name: name.clone(),
            first: raw.first,
            pop: raw.pop,
            text: raw.text.as_ref().map(|text| text.get_ref().clone()).unwrap_or_default(),
            messages: raw.messages.iter().map(|name| name.get_ref().clone()).collect(),
            closed: raw.closed.as_ref().map(|name| name.get_ref().clone()),
            busy: raw.busy.as_ref().map(|name| name.get_ref().clone()),
        };
        self.follows(&raw, messages);
        let mut places = Vec::new();
        for site in &raw.sites {
            match sites.iter().position(|row| row.name == *site.get_ref()) {
                Some(place) => places.push(place as u32),
                None => {
                    self.error(site, format!("criterion `{name}`: no site is named `{}`", site.get_ref()))
                }
            }
        }
        let drafts = self.drafts(&raw, places);
        let several = drafts.len() > 1;
        let once = raw.once.as_ref().map(|word| word.get_ref().as_str());
        let once = self.said(raw.once.as_ref().unwrap_or(&raw.name), Once::of(once, raw.most, raw.hours));
        let priority = self.said(&raw.name, PriorityChange::of(raw.priority, raw.priority_by));
        for (number, draft) in drafts.into_iter().enumerate() {
            let name = if several { format!("{name} {}", number + 1) } else { name.clone() };
            let once = once.unwrap_or(draft.once);
            let priority = priority.or(draft.priority);
            let draft = Draft { name: name.clone(), once, priority, dry_run: raw.dry_run, ..draft };
            match Criterion::new(draft) {
                Ok(criterion) => {
                    criteria.push(criterion);
                    follow.push(Follow { name, ..row.clone() });
                }
                Err(wrong) => self.error(&raw.name, format!("criterion `{name}`: {wrong}")),
            }
        }
    }

    fn drafts(&mut self, raw: &RawCriterion, sites: Vec<u32>) -> Vec<Draft> {
        let Some(wanted) = &raw.template else {
            let since = raw.since.as_ref().map(|word| word.get_ref().as_str());
            let since = self.said(raw.since.as_ref().unwrap_or(&raw.name), Since::of(since));
            return vec![Draft {
                sites,
                on: raw.on.clone(),
                page: raw.page.clone(),
                after: raw.after_secs.map(|secs| Duration::from_secs(secs.into())),
                since,
                when: raw.when.as_ref().map(|text| text.get_ref().clone()),
                ..Draft::default()
            }];
        };
        let said = !raw.on.is_empty() || raw.page.is_some() || raw.after_secs.is_some() || raw.when.is_some();
        if said {
            self.error(
                wanted,
                "a template says itself on what it looks: leave `on`, `page`, `after_secs` and `when` out",
            );
        }
        // Its own place is any: what it looks at is the same on all sites.
        let Some(drafts) = template(wanted.get_ref(), 0, 0) else {
            self.error(wanted, format!("`{}` is none of {}", wanted.get_ref(), TEMPLATES.join(", ")));
            return Vec::new();
        };
        drafts.into_iter().map(|draft| Draft { sites: sites.clone(), ..draft }).collect()
    }

    /// What it is, or that it is wrong at this place.
    fn said<T: Default>(&mut self, place: &Spanned<String>, said: Result<T, String>) -> T {
        said.unwrap_or_else(|wrong| {
            self.error(place, wrong);
            T::default()
        })
    }

    /// Whether what follows is there, and can be said by nobody.
    fn follows(&mut self, raw: &RawCriterion, messages: &[(Message, Vec<Spanned<String>>)]) {
        let name = raw.name.get_ref();
        if let Some(text) = raw.text.as_ref().filter(|text| text.get_ref().chars().count() > 200) {
            self.error(text, format!("criterion `{name}`: `text` has 200 characters at most"));
        }
        if raw.first == First::Invite && raw.messages.is_empty() {
            self.error(
                &raw.name,
                format!("criterion `{name}`: whoever invites says what: `messages` is empty"),
            );
        }
        for wanted in raw.messages.iter().chain(&raw.closed).chain(&raw.busy) {
            match messages.iter().find(|(row, _)| row.name == *wanted.get_ref()) {
                None => self
                    .error(wanted, format!("criterion `{name}`: no message is named `{}`", wanted.get_ref())),
                Some((row, _))
                    if raw.first == First::Invite && row.wordings.iter().any(|(_, w)| w.names_agent()) =>
                {
                    let said = format!(
                        "criterion `{name}`: `{}` speaks of {{agent}}, and nobody is chosen yet when it is sent",
                        row.name
                    );
                    self.error(wanted, said);
                }
                Some(_) => {}
            }
        }
    }

    fn messages(&mut self, raw: Vec<RawMessage>) -> Vec<(Message, Vec<Spanned<String>>)> {
        if let Some(one_too_many) = raw.get(MOST) {
            self.error(&one_too_many.name, format!("these are more than {MOST} messages"));
        }
        let mut names = HashSet::new();
        let mut rows = Vec::new();
        for message in raw {
            let name = message.name.get_ref().clone();
            if name.trim().is_empty() || name.chars().count() > 60 {
                self.error(&message.name, format!("`{name}` has not 1 to 60 characters"));
            }
            if !names.insert(name.clone()) {
                self.error(&message.name, format!("two messages are named `{name}`"));
            }
            let ways = message.options.get_ref().clone();
            if ways.is_empty() {
                self.error(&message.options, format!("message `{name}` offers nothing"));
            }
            if ways.contains(&Way::Conference) != message.conference.is_some() {
                self.error(
                    &message.options,
                    format!("message `{name}`: `conference` is an option and an address, or neither"),
                );
            }
            let wordings = self.wordings(&name, &message.words, message.default.as_deref());
            let url = message.picture.as_ref().and_then(|text| self.media_address(text));
            rows.push((
                Message {
                    wordings,
                    ways,
                    picture: url.map(|url| Picture { url, alt: message.picture_alt.clone() }),
                    audio: message.audio.as_ref().and_then(|text| self.media_address(text)),
                    video: message.video.as_ref().and_then(|text| self.media_address(text)),
                    conference: message.conference.as_ref().and_then(|text| self.media_address(text)),
                    rules: message.criteria.iter().map(|name| name.get_ref().clone()).collect(),
                    skills: message.skills,
                    name,
                },
                message.criteria,
            ));
        }
        rows
    }

    fn wordings(
        &mut self,
        message: &str,
        words: &Spanned<BTreeMap<String, RawWords>>,
        default: Option<&str>,
    ) -> Vec<(String, Wording)> {
        if words.get_ref().is_empty() {
            self.error(words, format!("message `{message}` says nothing"));
        }
        if let Some(tag) = default.filter(|tag| !words.get_ref().contains_key(*tag)) {
            self.error(words, format!("message `{message}` has no words in `{tag}`, its default"));
        }
        let mut rows: Vec<(String, Wording)> = Vec::new();
        for (tag, said) in words.get_ref() {
            let long = |text: &str, most: usize| text.trim().is_empty() || text.chars().count() > most;
            if long(&said.title, WORDS.0) || long(&said.text, WORDS.1) {
                let said = format!(
                    "message `{message}`, `{tag}`: a title has 1 to {} characters, a text 1 to {}",
                    WORDS.0, WORDS.1
                );
                self.error(words, said);
            }
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            if tag.len() < 2 || tag.len() > 35 || !tag.bytes().all(fits) {
                self.error(
                    words,
                    format!("message `{message}`: `{tag}` is no language, such as `en` or `pt-BR`"),
                );
            }
            rows.push((tag.clone(), Wording { title: said.title.clone(), text: said.text.clone() }));
        }
        rows.sort_by_key(|(tag, _)| Some(tag.as_str()) != default);
        rows
    }

    /// An address that a shop's page may load from.
    pub(super) fn media_address(&mut self, text: &Spanned<String>) -> Option<String> {
        let url = text.get_ref();
        let host = url.strip_prefix("https://").unwrap_or_default();
        let fits = !host.is_empty() && url.len() <= 500 && url.bytes().all(|byte| byte.is_ascii_graphic());
        if !fits || host.starts_with('/') || url.contains(['"', '\'', '<', '>', '\\']) {
            self.error(text, format!("`{url}` is not an address https://…"));
            return None;
        }
        Some(url.clone())
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, ConfigError, parse};
    use std::path::Path;
    use warmline_coordination::invitation::{First, Way};
    use warmline_web::WithoutConsent;

    const WHOLE: &str = include_str!("../../docs/example.toml");

    /// The example with this behind the firm's own keys.
    fn with(watch: &str) -> Result<Config, Vec<ConfigError>> {
        let (head, tail) = WHOLE.split_once("[[firms.sites]]\n").expect("a site");
        parse(Path::new("w.toml"), &format!("{head}{watch}[[firms.sites]]\n{tail}"))
    }

    const MESSAGE: &str = "[[firms.watch.messages]]\nname = \"hello\"\noptions = [\"browser\", \"callme\"]\n\
        words.de = { title = \"Hallo\", text = \"Fragen?\" }\nwords.en = { title = \"Hello\", text = \"Questions?\" }\ndefault = \"en\"\n";

    #[test]
    fn what_is_commented_in_the_example_is_taken() {
        let commented: String = WHOLE
            .lines()
            .skip_while(|line| !line.starts_with("# [firms.watch]"))
            .take_while(|line| !line.is_empty())
            .map(|line| line.trim_start_matches("# ").to_owned() + "\n")
            .collect();
        let config = with(&commented).unwrap_or_else(|errors| panic!("{errors:?}"));
        let policy = &config.watches[0];
        assert_eq!(
            (policy.consent, policy.without, policy.settings.criteria.len()),
            (true, WithoutConsent::Nothing, 2)
        );
        let attendance = config.firms[0].attendance.as_ref().unwrap();
        assert_eq!(attendance.follow[1].first, First::Invite);
        assert!(attendance.ways.values().all(|ways| ways.contains(&Way::Browser)));
    }

    #[test]
    fn a_template_makes_its_criteria_and_the_default_language_is_first() {
        let text = format!(
            "[firms.watch]\n[[firms.watch.criteria]]\nname = \"trouble\"\ntemplate = \"checkout_trouble\"\npop = true\n{MESSAGE}"
        );
        let config = with(&text).unwrap_or_else(|errors| panic!("{errors:?}"));
        let names: Vec<&str> = config.watches[0].settings.criteria.iter().map(|row| row.name()).collect();
        assert_eq!(names, ["trouble 1", "trouble 2"]);
        let attendance = config.firms[0].attendance.as_ref().unwrap();
        assert!(attendance.follow.iter().all(|row| row.pop));
        assert_eq!(attendance.messages[0].wordings[0].0, "en");
    }

    #[test]
    fn an_agents_picture_is_an_address() {
        let named = |picture: &str| {
            let agent = "station = \"browser\"";
            assert!(WHOLE.contains(agent));
            parse(
                Path::new("w.toml"),
                &WHOLE.replacen(agent, &format!("{agent}\npicture = \"{picture}\""), 1),
            )
        };
        let config = named("https://shop.test/alice.jpg").unwrap_or_else(|errors| panic!("{errors:?}"));
        assert_eq!(config.firms[0].agents[0].picture.as_deref(), Some("https://shop.test/alice.jpg"));
        let errors = named("http://shop.test/alice.jpg").expect_err("not https");
        assert!(errors[0].message.contains("is not an address https://"), "{errors:?}");
    }

    #[test]
    fn each_fault_is_said_at_its_place() {
        let text = format!(
            "[firms.watch]\nwithout_consent = \"all\"\nsession_secs = 1\n\
            [[firms.watch.criteria]]\nname = \"a\"\nwhen = \"visitor.age > 3\"\nsites = [\"nowhere\"]\nfirst = \"invite\"\n\
            [[firms.watch.criteria]]\nname = \"a\"\nafter_secs = 30\non = [\"view\"]\nmessages = [\"what\"]\n\
            [[firms.watch.criteria]]\nname = \"b\"\ntemplate = \"magic\"\nonce = \"never\"\npriority = 5\npriority_by = 1\n\
            [[firms.watch.messages]]\nname = \"m\"\noptions = [\"conference\"]\npicture = \"javascript:1\"\n\
            words.en = {{ title = \"\", text = \"x\" }}\ncriteria = [\"zzz\"]\n{MESSAGE}"
        );
        let errors = with(&text).expect_err("wrong");
        let said: Vec<String> = errors.into_iter().map(|error| error.message).collect();
        for part in [
            "`all` is not nothing, visit or table",
            "`session_secs` is 1, not 10 to 86400",
            "criterion `a`: no site is named `nowhere`",
            "criterion `a`: whoever invites says what",
            "two criteria are named `a`",
            "criterion `a`: no message is named `what`",
            "`magic` is none of attended_shop",
            "`never` is not visit, page or day",
            "`priority` and `priority_by` exclude each other",
            "`conference` is an option and an address, or neither",
            "`javascript:1` is not an address https://",
            "a title has 1 to 120 characters",
            "message `m`: no criterion is named `zzz`",
        ] {
            assert!(said.iter().any(|message| message.contains(part)), "{part}: {said:#?}");
        }
    }
}
