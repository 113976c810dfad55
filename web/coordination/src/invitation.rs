//! Alerts and invitations (N 0033-34, 0042-56): what agents are told of visitors who may want help, and what visitors are offered unasked.

use crate::activity::Who;
use crate::ids::{AlertId, ContactId, InvitationId, VisitorId};
use crate::request::{Mode, Page};
use crate::text::{clean, clean_url};
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;
use warmline_time::Time;

/// What an agent writes himself, in characters at most.
pub const OWN_WORDS: usize = 500;

/// How a firm attends its visitors.
#[derive(Clone, PartialEq, Debug)]
pub struct Attendance {
    /// What follows from each criterion, by its index.
    pub follow: Vec<Follow>,
    /// The library.
    pub messages: Vec<Message>,
    /// An alert that nobody has taken is over after so long (600 s).
    pub alert_lasts: Duration,
    /// How long an invitation can be answered, and an agent in whose name it is is kept for it (60 s).
    pub invitation_lasts: Duration,
    /// Invitations in nobody's name that are open at once, for each agent who is free (1).
    pub per_agent: u32,
    /// How often a visitor is invited within 24 hours (3).
    pub per_day: u32,
    /// Whoever has declined is left in peace for so long (24 h).
    pub peace: Duration,
    /// Those who have let no id be kept in their browsers are invited too.
    pub guests: bool,
    /// What each site can offer at all, by its name.
    pub ways: BTreeMap<String, Vec<Way>>,
}

/// What follows from a criterion that holds.
#[derive(Clone, PartialEq, Debug)]
pub struct Follow {
    /// The criterion's name.
    pub name: String,
    /// To whom it speaks first (N 0042).
    pub first: First,
    /// Agents' desktops open the alert by themselves; else it waits in their list.
    pub pop: bool,
    /// What agents read.
    pub text: String,
    /// Of the library: with several, visitors are given them in turn, and reports compare them.
    pub messages: Vec<String>,
    /// Of the library: what is said outside the queue's hours, or while nobody is free. None: nothing.
    pub closed: Option<String>,
    /// The same.
    pub busy: Option<String>,
}

/// See [`Follow::first`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum First {
    /// Agents: one of them decides.
    #[default]
    Alert,
    /// The visitor, where an agent is free for him.
    Invite,
}

/// What can be offered, in the words of pages and configuration.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Way {
    Callme,
    Dial,
    Browser,
    Chat,
    Mail,
    Conference,
}

impl Way {
    /// The channel that it is; none: a letter, or the firm's own tool.
    pub fn mode(self) -> Option<Mode> {
        match self {
            Way::Callme => Some(Mode::Callme),
            Way::Dial => Some(Mode::Dial),
            Way::Browser => Some(Mode::Browser),
            Way::Chat => Some(Mode::Chat),
            Way::Mail | Way::Conference => None,
        }
    }

    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Way::Callme => "callme",
            Way::Dial => "dial",
            Way::Browser => "browser",
            Way::Chat => "chat",
            Way::Mail => "mail",
            Way::Conference => "conference",
        }
    }
}

/// A message of the library.
#[derive(Clone, PartialEq, Debug)]
pub struct Message {
    /// Unique in the firm.
    pub name: String,
    /// By language, BCP 47, the first one for all others. At least one.
    pub wordings: Vec<(String, Wording)>,
    /// What it offers, in this order; of them those that work then.
    pub ways: Vec<Way>,
    /// An address of a picture, and what is on it.
    pub picture: Option<Picture>,
    /// An address of a recorded voice; nothing plays before it is asked to.
    pub audio: Option<String>,
    /// And of a video.
    pub video: Option<String>,
    /// Where the firm's own conference is, for [`Way::Conference`].
    pub conference: Option<String>,
    /// It is suggested to agents for alerts of these criteria; empty: of all.
    pub rules: Vec<String>,
    /// And to agents with one of these skills; empty: to all.
    pub skills: Vec<String>,
}

/// A picture of a message.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Picture {
    /// https.
    pub url: String,
    /// What is on it, for who does not see it.
    pub alt: String,
}

/// What a message says in a language. `{agent}`, `{name}`, `{page}` stand for what they say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wording {
    /// A line.
    pub title: String,
    /// Some.
    pub text: String,
}

impl Wording {
    /// Whether it speaks of an agent by name: only an agent can send it then.
    pub fn names_agent(&self) -> bool {
        self.title.contains(AGENT) || self.text.contains(AGENT)
    }

    /// With the names put in; a visitor without a name is left out with the comma before him.
    pub fn filled(&self, agent: &str, name: &str, page: &str) -> Wording {
        let fill = |text: &str| {
            let text = match name.is_empty() {
                true => text.replace(", {name}", "").replace(" {name}", "").replace(NAME, ""),
                false => text.replace(NAME, name),
            };
            text.replace(AGENT, agent).replace(PAGE, page)
        };
        Wording { title: fill(&self.title), text: fill(&self.text) }
    }
}

const AGENT: &str = "{agent}";
const NAME: &str = "{name}";
const PAGE: &str = "{page}";

impl Message {
    /// What an agent's own words offer.
    pub(crate) fn of_all_ways() -> Self {
        Message {
            name: String::new(),
            wordings: Vec::new(),
            ways: vec![Way::Callme, Way::Dial, Way::Browser, Way::Chat, Way::Mail],
            picture: None,
            audio: None,
            video: None,
            conference: None,
            rules: Vec::new(),
            skills: Vec::new(),
        }
    }

    /// In the visitor's language, or else the first.
    pub fn wording(&self, language: &str) -> Option<&(String, Wording)> {
        let whole = self.wordings.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(language));
        let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let near = || self.wordings.iter().find(|(tag, _)| primary(tag) == primary(language));
        whole.or_else(near).or(self.wordings.first())
    }
}

/// Why a visitor is spoken to (N Fig. 6).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// Somebody is there for him.
    #[default]
    Invitation,
    /// It is outside the hours: he can leave what he wants (Fig. 6f).
    Closed,
    /// Nobody is free now: the same.
    Busy,
}

/// An alert that is not over.
#[derive(Clone, Debug)]
pub(crate) struct Alert {
    pub id: AlertId,
    pub who: Who,
    pub site: usize,
    /// The criterion's name; none: an agent has picked him.
    pub rule: Option<String>,
    pub text: String,
    pub pop: bool,
    pub since: Time,
    pub state: AlertState,
    pub agent: Option<usize>,
    pub invitation: Option<InvitationId>,
    /// He is on a page of the site now.
    pub online: bool,
    pub about: About,
    /// What he has accepted.
    pub way: Option<Way>,
    /// Where he waits: the firm's own conference.
    pub conference: Option<String>,
}

/// What is known of a visitor who is alerted of.
#[derive(Clone, PartialEq, Debug, Default)]
#[allow(missing_docs)]
pub struct About {
    pub page: Page,
    pub priority: u8,
    pub visits: u32,
    pub purchases: u32,
    pub cart: u64,
    pub language: String,
    pub address: Option<String>,
}

/// Where an alert is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum AlertState {
    Waiting,
    Claimed,
    Invited,
    Shown,
    Accepted,
    Declined,
}

/// An invitation that is not over.
#[derive(Clone, Debug)]
pub(crate) struct Invitation {
    pub id: InvitationId,
    pub who: Who,
    pub site: usize,
    pub alert: Option<AlertId>,
    pub message: Option<String>,
    /// Kept for it until it is answered.
    pub agent: Option<usize>,
    /// In whose name it was sent: he is preferred, where he is free.
    pub wished: Option<usize>,
    pub expires_at: Time,
    pub shown: bool,
    pub view: Box<InvitationView>,
    /// As he was when he was invited.
    pub about: About,
}

/// What a visitor's page shows of an invitation.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct InvitationView {
    /// Its id.
    pub id: InvitationId,
    /// What it is.
    pub kind: Occasion,
    /// One line.
    pub title: String,
    /// Plain text.
    pub text: String,
    /// BCP 47: of these words.
    pub language: String,
    /// In whose name, as long as he is there for it.
    pub agent: Option<InvitingAgent>,
    /// A picture.
    pub picture: Option<Picture>,
    /// A recorded voice.
    pub audio: Option<String>,
    /// A recorded video.
    pub video: Option<String>,
    /// What works now, of what it offers.
    pub options: Vec<Way>,
    /// He can be called at a time that he chooses.
    pub later: bool,
    /// Where he is called who types no number, masked.
    pub number: Option<String>,
    /// The firm's own conference.
    pub conference: Option<String>,
    /// RFC 3339.
    pub expires_at: String,
}

/// See [`InvitationView::agent`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct InvitingAgent {
    /// As visitors read it.
    pub display_name: String,
    /// https.
    pub picture: Option<String>,
}

/// A visitor as desktops list him.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[allow(missing_docs)]
pub struct VisitorView {
    pub id: String,
    pub site: String,
    pub client: Option<String>,
    pub page: PageView,
    /// RFC 3339, as are all times.
    pub arrived: String,
    /// On this page.
    pub since: String,
    pub pages: u32,
    pub visits: u32,
    pub purchases: u32,
    /// In hundredths of the shop's currency; shown in that.
    #[serde(serialize_with = "in_units")]
    pub cart: u64,
    pub items: u32,
    /// 0–7.
    pub priority: u8,
    pub language: String,
    /// `granted`, `none`.
    pub consent: &'static str,
    pub address: Option<String>,
    pub name: Option<String>,
    pub contact: Option<ContactId>,
    /// The criteria that have held.
    pub rules: Vec<String>,
    pub invited: bool,
}

fn in_units<S: Serializer>(cents: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(*cents as f64 / 100.0)
}

/// A page as it is listed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[allow(missing_docs)]
pub struct PageView {
    pub url: String,
    pub title: String,
}

/// An alert as desktops show it (N 0046, 0050).
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[allow(missing_docs)]
pub struct AlertView {
    pub id: AlertId,
    /// As [`VisitorView::id`].
    pub visitor: String,
    pub site: String,
    pub client: Option<String>,
    pub rule: Option<String>,
    pub text: String,
    pub page: PageView,
    pub priority: u8,
    pub since: String,
    pub name: Option<String>,
    pub contact: Option<ContactId>,
    pub visits: u32,
    pub purchases: u32,
    #[serde(serialize_with = "in_units")]
    pub cart: u64,
    pub language: String,
    pub address: Option<String>,
    pub pop: bool,
    pub state: AlertState,
    pub agent: Option<Colleague>,
    pub mine: bool,
    /// Messages of the library.
    pub suggestions: Vec<String>,
    pub online: bool,
    /// What he has accepted.
    pub way: Option<Way>,
    /// Where he waits: the address of the firm's own conference.
    pub conference: Option<String>,
}

/// Who has an alert.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[allow(missing_docs)]
pub struct Colleague {
    pub id: String,
    pub display_name: String,
}

/// A message of the library as desktops show it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[allow(missing_docs)]
pub struct MessageChoice {
    pub id: String,
    pub name: String,
    pub texts: BTreeMap<String, String>,
    pub options: Vec<Way>,
}

/// A visitor in the words of desktops: his id, or what stands for one who has none.
pub fn name_of(who: Who) -> String {
    match who {
        Who::Visitor(id) => id.to_string(),
        Who::Visit(number) => format!("visit_{number:016x}"),
        Who::Guest(number) => format!("guest_{number:016x}"),
    }
}

/// The visitor of such a name.
pub fn who_is(name: &str) -> Option<Who> {
    let number = |digits: &str| (digits.len() == 16).then(|| u64::from_str_radix(digits, 16).ok())?;
    if let Some(digits) = name.strip_prefix("visit_") {
        return number(digits).map(Who::Visit);
    }
    if let Some(digits) = name.strip_prefix("guest_") {
        return number(digits).map(Who::Guest);
    }
    name.parse().ok().map(Who::Visitor)
}

/// His id, where his browser has let us keep one.
pub(crate) fn visitor_of(who: Who) -> Option<VisitorId> {
    match who {
        Who::Visitor(id) => Some(id),
        Who::Visit(_) | Who::Guest(_) => None,
    }
}

/// What is to be done about visitors who are watched.
#[derive(Clone, PartialEq, Debug)]
pub enum WatchCommand {
    /// Their page shows this from now on, or (none) nothing more.
    Show(Option<Box<InvitationView>>),
    /// Where they are is told from now on, or no longer.
    Follow(bool),
    /// 0–7.
    Rate(u8),
    /// What is known of them is forgotten at once.
    Forget,
}

/// What a visitor does with an invitation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// He sees it.
    Shown,
    /// He does not want it.
    Declined,
    /// He takes one of its ways.
    Accepted,
}

impl Response {
    /// As the journal has it.
    pub fn word(self) -> &'static str {
        match self {
            Response::Shown => "shown",
            Response::Declined => "declined",
            Response::Accepted => "accepted",
        }
    }
}

/// What an agent does about an alert.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AlertVerb {
    /// It is his from now on.
    Take,
    /// And no longer.
    Release,
    /// It needs nobody.
    Dismiss,
    /// The visitor is invited in his name.
    Invite {
        /// One of the library.
        message: Option<String>,
        /// His own words, at most 500 characters.
        text: Option<String>,
        /// BCP 47: of the message; none: the visitor's.
        language: Option<String>,
    },
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A visitor as those who watch have seen him.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sighting {
    /// Who.
    pub who: Who,
    /// The site's name.
    pub site: String,
    /// Which page, without what it says.
    pub page: Page,
    /// When he came.
    pub arrived: Time,
    /// Since when he is on this page.
    pub since: Time,
    /// Pages of this visit.
    pub pages: u32,
    /// With this one.
    pub visits: u32,
    /// So far.
    pub purchases: u32,
    /// In hundredths of the shop's currency.
    pub cart: u64,
    /// In it.
    pub items: u32,
    /// 0–7, by what his browser keeps of it.
    pub priority: u8,
    /// BCP 47.
    pub language: String,
    /// Where the firm keeps it.
    pub address: Option<String>,
    /// The criteria that have held in this visit.
    pub rules: Vec<String>,
}

impl Sighting {
    /// What a stranger wrote, bounded and without control characters.
    pub(crate) fn tidy(&self) -> Sighting {
        let page = Page {
            url: clean_url(&self.page.url),
            title: clean(&self.page.title, 300),
            attributes: BTreeMap::new(),
        };
        let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
        let language = self.language.chars().filter(|&letter| fits(letter)).take(35).collect();
        Sighting { page, language, ..self.clone() }
    }

    pub(crate) fn about(&self) -> About {
        About {
            page: self.page.clone(),
            priority: self.priority,
            visits: self.visits,
            purchases: self.purchases,
            cart: self.cart,
            language: self.language.clone(),
            address: self.address.clone(),
        }
    }
}

impl Attendance {
    /// Whether such a visitor may be invited at all (N 0058).
    pub(crate) fn invites(&self, who: Who) -> bool {
        self.guests || !matches!(who, Who::Guest(_))
    }

    /// Whether a message is said where nobody is there, and else never.
    pub(crate) fn only_out_of_hours(&self, message: &str) -> bool {
        let closed =
            |follow: &Follow| [&follow.closed, &follow.busy].into_iter().flatten().any(|m| m == message);
        let else_too = |follow: &Follow| follow.messages.iter().any(|name| name == message);
        self.follow.iter().any(closed) && !self.follow.iter().any(else_too)
    }
}
