//! Routing rules: conditions in CEL over values, and what follows from the first that holds. Pure: the same values, the same choice.
//!
//! An expression comes from the configuration, its values from strangers. So it is bounded when it is compiled (`condition.rs`).
//! What is wrong with it otherwise shows itself then too: it is evaluated once over values of every kind.

use crate::asking::Said;
use crate::condition::{self, Vocabulary};
use crate::cti::Verified;
use crate::request::Page;
use cel::common::ast::{Expr, IdedExpr, LiteralValue};
use cel::{Context, ExecutionError, Program, Value};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

pub use crate::condition::ConditionError;

/// What an expression may name, and the fields of each; none: it is a value itself, or a map of any keys.
const VARIABLES: [(&str, &[&str]); 8] = [
    ("contact", &["known", "name_known", "priority", "language", "last_agent", "visits", "verified"]),
    ("page", &["url", "path", "title", "site", "client", "attributes"]),
    ("call", &["channel", "number", "from", "cli_known", "language"]),
    ("request", &["topic", "language", "priority"]),
    ("queue", &[]),
    ("hours", &["open"]),
    ("now", &["date", "time", "year", "month", "day", "hour", "minute", "weekday"]),
    ("skills", &[]),
];

const VOCABULARY: Vocabulary = Vocabulary { variables: &VARIABLES, functions: &[] };

/// A compiled expression that says yes or no.
#[derive(Clone)]
pub struct Condition {
    text: Arc<str>,
    program: Arc<Program>,
    /// The attributes of the page that it names: where one is missing, it does not hold.
    named: Arc<[String]>,
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Condition").field(&self.text).finish()
    }
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Condition {
    /// Compiles and tries it.
    ///
    /// # Errors
    /// It cannot be read, is too large, names something that is not there, or does not say yes or no.
    pub fn compile(text: &str) -> Result<Self, ConditionError> {
        let program = condition::compile(text, &VOCABULARY)?;
        let mut named = Vec::new();
        attributes(program.expression(), &mut named);
        let condition = Condition { text: text.into(), program: Arc::new(program), named: named.into() };
        match condition.value(&context(&Facts::sample(&condition.named))) {
            // Whether a skill is there is the firm's matter.
            Some(
                Ok(Value::Bool(_)) | Err(ExecutionError::NoSuchKey(_) | ExecutionError::IndexOutOfBounds(_)),
            ) => Ok(condition),
            Some(Ok(value)) => Err(ConditionError::new(format!(
                "it is of type {}, and must be true or false",
                value.type_of()
            ))),
            Some(Err(error)) => Err(ConditionError::new(error.to_string())),
            None => Err(ConditionError::new("it cannot be evaluated")),
        }
    }

    /// As it is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// None: it failed.
    fn holds(&self, context: &Context<'_, '_>, facts: &Facts) -> Option<bool> {
        match self.value(context) {
            Some(Ok(Value::Bool(yes))) => Some(yes),
            // Most pages say nothing: that is no failure.
            _ => self.lacks(facts).then_some(false),
        }
    }

    fn lacks(&self, facts: &Facts) -> bool {
        let said = |name: &String| facts.page.as_ref().is_some_and(|page| page.attributes.contains_key(name));
        !self.named.iter().all(said)
    }

    fn value(&self, context: &Context<'_, '_>) -> Option<Result<Value, ExecutionError>> {
        // A fault of the interpreter must not take the firm with it.
        catch_unwind(AssertUnwindSafe(|| self.program.execute(context))).ok()
    }
}

/// The attributes that a part names: `page.attributes["x"]`, `page.attributes.x`.
fn attributes(part: &IdedExpr, named: &mut Vec<String>) {
    let of_page = |part: &IdedExpr| match &part.expr {
        Expr::Select(select) => {
            select.field == "attributes"
                && matches!(&select.operand.expr, Expr::Ident(name) if name == "page")
        }
        _ => false,
    };
    match &part.expr {
        Expr::Select(select) => {
            if of_page(&select.operand) && !select.test {
                named.push(select.field.to_string());
            }
            attributes(&select.operand, named);
        }
        Expr::Call(call) => {
            let parts = || call.target.iter().map(AsRef::as_ref).chain(&call.args);
            if let [map, key] = &call.args[..]
                && of_page(map)
                && let Expr::Literal(LiteralValue::String(key)) = &key.expr
            {
                named.push(key.inner().to_owned());
            }
            parts().for_each(|part| attributes(part, named));
        }
        Expr::List(list) => list.elements.iter().for_each(|part| attributes(part, named)),
        Expr::Comprehension(inner) => {
            [&inner.iter_range, &inner.accu_init, &inner.loop_cond, &inner.loop_step, &inner.result]
                .into_iter()
                .for_each(|part| attributes(part, named));
        }
        Expr::Unspecified | Expr::Struct(_) | Expr::Map(_) | Expr::Literal(_) | Expr::Ident(_) => {}
    }
}

/// A rule.
#[derive(Clone, PartialEq, Debug)]
pub struct RoutingRule {
    /// Unique in the firm.
    pub name: String,
    /// When it holds.
    pub when: Condition,
    /// What follows.
    pub then: Then,
}

/// What follows from a rule. Each part that is missing stays as it was.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Then {
    /// The queue, by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// 0–7, 7 first. A contact that an agent has rated a nuisance stays one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<u8>,
    /// Skills an agent must have besides those of the queue, each at this level at least.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<(String, u8)>,
    /// Log-in name: who is asked first, where he can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// ISO 639: the language of what is said to him. Agents who have it as a skill come first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// What is known of a contact when it asks for an agent.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Facts {
    pub contact: ContactFacts,
    pub page: Option<Page>,
    /// Of the page.
    pub site: String,
    /// In whose name it is answered: the client of the site, without a page that of the queue; empty: the firm's own.
    pub client: String,
    pub call: CallFacts,
    /// What the visitor has chosen of what the site asks.
    pub request: Said,
    /// The queue that was asked, by its name.
    pub queue: String,
    /// Whether that is open.
    pub open: bool,
    /// In that queue's zone.
    pub now: Wall,
    /// How many agents who have a skill could take a contact now; a skill that somebody has is there with 0 too.
    pub skills: BTreeMap<String, u32>,
}

/// See [`Facts::contact`].
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ContactFacts {
    /// There is a record.
    pub known: bool,
    /// And it names him.
    pub name_known: bool,
    pub priority: u8,
    /// Who spoke with him last, by log-in name; empty: nobody.
    pub last_agent: String,
    /// Earlier contacts that are remembered.
    pub visits: usize,
    /// What the network says of the number he calls from.
    pub verified: Verified,
}

/// See [`Facts::call`].
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct CallFacts {
    /// `phone`, `callme`, `browser`.
    pub channel: Cow<'static, str>,
    /// E.164: the number of ours that was called; empty where none was.
    pub number: String,
    /// E.164: the caller's, or the one to be called; empty where it is withheld.
    pub from: String,
    /// ISO 639: chosen in the menu or on the page, otherwise that of his number's country; empty: not known.
    pub language: String,
}

/// What a clock and a calendar on the wall show.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Wall {
    pub year: i64,
    pub month: i64,
    pub day: i64,
    pub hour: i64,
    pub minute: i64,
    /// `mon` … `sun`.
    pub weekday: Cow<'static, str>,
}

impl Facts {
    /// Values of every kind, for a first try; `said`: the attributes that the page has.
    fn sample(said: &[String]) -> Facts {
        Facts {
            page: Some(Page {
                url: "https://shop.test/a".into(),
                title: "A".into(),
                attributes: said.iter().map(|name| (name.clone(), "1".to_owned())).collect(),
            }),
            site: "shop".into(),
            call: CallFacts {
                channel: "phone".into(),
                number: "+4930".into(),
                from: "+4930".into(),
                language: "de".into(),
            },
            queue: "sales".into(),
            now: Wall { year: 2026, month: 1, day: 1, hour: 12, minute: 0, weekday: "thu".into() },
            ..Facts::default()
        }
    }
}

/// `/path` of an address, without query and fragment.
fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').map_or("/", |at| &rest[at..]);
    path.split(['?', '#']).next().unwrap_or(path)
}

fn record<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let map: HashMap<String, Value> =
        fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    map.into()
}

fn context(facts: &Facts) -> Context<'static, 'static> {
    let mut context = Context::default();
    let text = |text: &str| Value::from(text);
    let (contact, call, now) = (&facts.contact, &facts.call, &facts.now);
    let (url, title) = facts.page.as_ref().map_or(("", ""), |page| (page.url.as_str(), page.title.as_str()));
    let date = format!("{:04}-{:02}-{:02}", now.year, now.month, now.day);
    let time = format!("{:02}:{:02}", now.hour, now.minute);
    context.add_variable_from_value(
        "contact",
        record([
            ("known", contact.known.into()),
            ("name_known", contact.name_known.into()),
            ("priority", i64::from(contact.priority).into()),
            ("language", text(&call.language)),
            ("last_agent", text(&contact.last_agent)),
            ("visits", (contact.visits as i64).into()),
            ("verified", text(contact.verified.word())),
        ]),
    );
    let said = facts.page.iter().flat_map(|page| &page.attributes);
    let said: HashMap<String, Value> = said.map(|(name, value)| (name.clone(), text(value))).collect();
    let path = if url.is_empty() { "" } else { path(url) };
    context.add_variable_from_value(
        "page",
        record([
            ("url", text(url)),
            ("path", text(path)),
            ("title", text(title)),
            ("site", text(&facts.site)),
            ("client", text(&facts.client)),
            ("attributes", said.into()),
        ]),
    );
    context.add_variable_from_value(
        "call",
        record([
            ("channel", text(&call.channel)),
            ("number", text(&call.number)),
            ("from", text(&call.from)),
            ("cli_known", (!call.from.is_empty()).into()),
            ("language", text(&call.language)),
        ]),
    );
    let asked = &facts.request;
    context.add_variable_from_value(
        "request",
        record([
            ("topic", text(asked.topic.as_deref().unwrap_or_default())),
            ("language", text(asked.language.as_deref().unwrap_or_default())),
            ("priority", i64::from(asked.priority.unwrap_or(0)).into()),
        ]),
    );
    context.add_variable_from_value("queue", text(&facts.queue));
    context.add_variable_from_value("hours", record([("open", facts.open.into())]));
    context.add_variable_from_value(
        "now",
        record([
            ("date", text(&date)),
            ("time", text(&time)),
            ("year", now.year.into()),
            ("month", now.month.into()),
            ("day", now.day.into()),
            ("hour", now.hour.into()),
            ("minute", now.minute.into()),
            ("weekday", text(&now.weekday)),
        ]),
    );
    let skills: HashMap<String, Value> =
        facts.skills.iter().map(|(skill, count)| (skill.clone(), i64::from(*count).into())).collect();
    context.add_variable_from_value("skills", skills);
    context
}

/// What became of a rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It held: it was followed.
    Matched,
    /// It did not hold.
    NotMatched,
    /// It could not be evaluated: as if it did not hold.
    Failed,
    /// One before it held.
    NotReached,
}

/// What was made of the rules for one contact.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Ruled {
    /// What they were evaluated over.
    pub facts: Facts,
    /// Each rule by its name, in order.
    pub verdicts: Vec<(String, Verdict)>,
    /// What follows from the one that held.
    pub then: Then,
}

impl Ruled {
    /// The rule that held.
    pub fn matched(&self) -> Option<&str> {
        self.verdicts.iter().find(|(_, verdict)| *verdict == Verdict::Matched).map(|(name, _)| name.as_str())
    }

    /// How many failed.
    pub fn failed(&self) -> usize {
        self.verdicts.iter().filter(|(_, verdict)| *verdict == Verdict::Failed).count()
    }
}

/// The first rule that holds is followed.
pub fn evaluate(rules: &[RoutingRule], facts: Facts) -> Ruled {
    let mut ruled = Ruled { facts, ..Ruled::default() };
    if rules.is_empty() {
        return ruled;
    }
    let context = context(&ruled.facts);
    let mut found = false;
    for rule in rules {
        let verdict = match found {
            true => Verdict::NotReached,
            false => match rule.when.holds(&context, &ruled.facts) {
                Some(true) => Verdict::Matched,
                Some(false) => Verdict::NotMatched,
                None => Verdict::Failed,
            },
        };
        if verdict == Verdict::Matched {
            found = true;
            ruled.then = rule.then.clone();
        }
        ruled.verdicts.push((rule.name.clone(), verdict));
    }
    ruled
}

#[cfg(test)]
mod tests;
