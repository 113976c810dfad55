//! Criteria in CEL over what is known of a visitor.
//!
//! What it may name is in docs/activity.md. What functions are given stands in the expression itself, so that it is known what must be
//! remembered; over events they count the last 32 (`windows.rs`). When it is compiled, each thing that it asks of a visitor becomes a
//! leaf with a number, which is answered from the row when the interpreter reaches it: no map is made of a visitor.

use super::arrival::Kind;
use super::glob::Glob;
use super::windows::{Sought, keeps};
use crate::condition::{self, ConditionError, Found, Vocabulary};
use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue};
use cel::common::types::{CelBool, CelDouble, CelInt, CelString};
use cel::common::value::CowVal;
use cel::context::VariableResolver;
use cel::{Context, Env, ExecutionError, Value};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};

/// The longest window over events, in seconds, and over visits, in days.
const LONGEST: u32 = 24 * 3_600;
const DAYS: u32 = 366;
const VARIABLES: [(&str, &[&str]); 4] = [
    (
        "visitor",
        &[
            "visits",
            "purchases",
            "spent",
            "priority",
            "known",
            "days_since_last",
            "visits_in_week",
            "language",
        ],
    ),
    (
        "session",
        &["pages", "secs", "page_secs", "dwell", "idle", "cart", "items", "errors", "scroll", "referrer"],
    ),
    ("page", &["url", "path", "title"]),
    ("event", &["kind", "value", "text", "name", "field"]),
];
const VOCABULARY: Vocabulary =
    Vocabulary { variables: &VARIABLES, functions: &["visits", "seen", "count", "custom"] };
static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// One thing that an expression asks of a visitor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Leaf {
    Visits,
    Purchases,
    Spent,
    Priority,
    Known,
    DaysSinceLast,
    Language,
    Pages,
    Secs,
    PageSecs,
    Dwell,
    Idle,
    Cart,
    Items,
    Errors,
    Scroll,
    Referrer,
    Url,
    Path,
    Title,
    EventKind,
    EventValue,
    EventText,
    EventName,
    EventField,
    /// Days.
    VisitsWithin(u32),
    /// Seconds.
    Seen(Sought, u32),
    Count(Kind, u32),
}

/// What is answered.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Answer<'a> {
    Whole(i64),
    Number(f64),
    Yes(bool),
    Text(&'a str),
}

/// Who can be asked. `nth`: the leaf's place in its expression.
pub(super) trait Scene: Sync {
    fn answer(&self, leaf: &Leaf, nth: usize) -> Answer<'_>;
}

/// A compiled expression that says yes or no.
#[derive(Clone)]
pub struct Expression {
    text: Arc<str>,
    program: Arc<IdedExpr>,
    leaves: Arc<[Leaf]>,
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.text).finish()
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Expression {
    /// Compiles and tries it, with little and with much.
    ///
    /// # Errors
    /// It cannot be read, is too large, names something that is not there, or does not say yes or no.
    pub fn compile(text: &str) -> Result<Self, ConditionError> {
        let program = condition::compile(text, &VOCABULARY)?;
        let (mut lowered, mut leaves) = (program.expression().clone(), Vec::new());
        lower(&mut lowered, &mut leaves).map_err(|found| condition::at(&program, text, found))?;
        let expression = Expression { text: text.into(), program: lowered.into(), leaves: leaves.into() };
        for sample in [Sample::Little, Sample::Much] {
            match expression.value(&sample) {
                Some(
                    Ok(Value::Bool(_))
                    | Err(ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_)),
                ) => {}
                Some(Ok(value)) => {
                    let what = format!("it is of type {}, and must be true or false", value.type_of());
                    return Err(ConditionError::new(what));
                }
                Some(Err(error)) => return Err(ConditionError::new(error.to_string())),
                None => return Err(ConditionError::new("it cannot be evaluated")),
            }
        }
        Ok(expression)
    }

    /// As it is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it asks, by place.
    pub(super) fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }

    /// None: it failed.
    pub(super) fn holds(&self, scene: &dyn Scene) -> Option<bool> {
        match self.value(scene)? {
            Ok(Value::Bool(yes)) => Some(yes),
            _ => None,
        }
    }

    fn value(&self, scene: &dyn Scene) -> Option<Result<Value, ExecutionError>> {
        let asked = Asked { scene, leaves: &self.leaves };
        // A fault of the interpreter must not take the shard with it.
        catch_unwind(AssertUnwindSafe(|| {
            let mut context = Context::with_env(Arc::clone(&ENV));
            context.set_variable_resolver(&asked);
            Value::resolve(&self.program, &context)
        }))
        .ok()
    }
}

/// A leaf stands in the lowered expression as a name that nobody can write: `#` and its place.
struct Asked<'a> {
    scene: &'a dyn Scene,
    leaves: &'a [Leaf],
}

impl VariableResolver for Asked<'_> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let nth: usize = variable.strip_prefix('#')?.parse().ok()?;
        Some(match self.scene.answer(self.leaves.get(nth)?, nth) {
            Answer::Whole(whole) => CowVal::owned(CelInt::from(whole)),
            Answer::Number(number) => CowVal::owned(CelDouble::from(number)),
            Answer::Yes(yes) => CowVal::owned(CelBool::from(yes)),
            Answer::Text(text) => CowVal::owned(CelString::from(text)),
        })
    }
}

/// Puts what an expression asks in the place of how that is written.
fn lower(part: &mut IdedExpr, leaves: &mut Vec<Leaf>) -> Result<(), Found> {
    let id = part.id;
    let leaf = match &mut part.expr {
        Expr::Select(select) => match &select.operand.expr {
            Expr::Ident(name) if VOCABULARY.fields(name).is_some() && select.test => {
                return Err((format!("`{name}` has all its fields always"), id));
            }
            Expr::Ident(name) => field(name, &select.field),
            _ => None,
        },
        Expr::Ident(name) if VOCABULARY.fields(name).is_some() => {
            return Err((format!("`{name}` is no value itself: say which field of it"), id));
        }
        Expr::Call(call) => function(call).map_err(|what| (what, id))?,
        Expr::Comprehension(inner) if VOCABULARY.fields(&inner.iter_var).is_some() => {
            return Err((format!("`{}` is taken", inner.iter_var), id));
        }
        _ => None,
    };
    if let Some(leaf) = leaf {
        let place = leaves.iter().position(|known| *known == leaf).unwrap_or_else(|| {
            leaves.push(leaf);
            leaves.len() - 1
        });
        part.expr = Expr::Ident(format!("#{place}"));
        return Ok(());
    }
    match &mut part.expr {
        Expr::Select(select) => lower(&mut select.operand, leaves),
        Expr::Call(call) => {
            let mut parts = call.target.iter_mut().map(AsMut::as_mut).chain(&mut call.args);
            parts.try_for_each(|part| lower(part, leaves))
        }
        Expr::List(list) => list.elements.iter_mut().try_for_each(|element| lower(element, leaves)),
        Expr::Comprehension(inner) => {
            lower(&mut inner.iter_range, leaves)?;
            [&mut inner.accu_init, &mut inner.loop_cond, &mut inner.loop_step, &mut inner.result]
                .into_iter()
                .try_for_each(|part| lower(part, leaves))
        }
        Expr::Unspecified | Expr::Struct(_) | Expr::Map(_) | Expr::Literal(_) | Expr::Ident(_) => Ok(()),
    }
}

fn field(of: &str, name: &str) -> Option<Leaf> {
    Some(match (of, name) {
        ("visitor", "visits") => Leaf::Visits,
        ("visitor", "purchases") => Leaf::Purchases,
        ("visitor", "spent") => Leaf::Spent,
        ("visitor", "priority") => Leaf::Priority,
        ("visitor", "known") => Leaf::Known,
        ("visitor", "days_since_last") => Leaf::DaysSinceLast,
        ("visitor", "visits_in_week") => Leaf::VisitsWithin(7),
        ("visitor", "language") => Leaf::Language,
        ("session", "pages") => Leaf::Pages,
        ("session", "secs") => Leaf::Secs,
        ("session", "page_secs") => Leaf::PageSecs,
        ("session", "dwell") => Leaf::Dwell,
        ("session", "idle") => Leaf::Idle,
        ("session", "cart") => Leaf::Cart,
        ("session", "items") => Leaf::Items,
        ("session", "errors") => Leaf::Errors,
        ("session", "scroll") => Leaf::Scroll,
        ("session", "referrer") => Leaf::Referrer,
        ("page", "url") => Leaf::Url,
        ("page", "path") => Leaf::Path,
        ("page", "title") => Leaf::Title,
        ("event", "kind") => Leaf::EventKind,
        ("event", "value") => Leaf::EventValue,
        ("event", "text") => Leaf::EventText,
        ("event", "name") => Leaf::EventName,
        ("event", "field") => Leaf::EventField,
        _ => return None,
    })
}

/// One of our functions; none: another one.
fn function(call: &CallExpr) -> Result<Option<Leaf>, String> {
    let name = call.func_name.as_str();
    if !VOCABULARY.functions.contains(&name) {
        return Ok(None);
    }
    if call.target.is_some() {
        return Err(format!("`{name}` is asked of nothing: write {name}(…)"));
    }
    let text = |part: &IdedExpr| match &part.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner().to_owned()),
        _ => None,
    };
    let number = |part: &IdedExpr, most: u32| match &part.expr {
        Expr::Literal(LiteralValue::Int(number)) => {
            u32::try_from(*number.inner()).ok().filter(|number| (1..=most).contains(number))
        }
        _ => None,
    };
    match (name, &call.args[..]) {
        ("visits", [days]) => match number(days, DAYS) {
            Some(days) => Ok(Some(Leaf::VisitsWithin(days))),
            None => Err(format!("`visits` takes a plain number of days, 1 to {DAYS}")),
        },
        ("seen" | "count" | "custom", [what, secs]) => {
            let shape =
                || format!("`{name}` takes a plain text and a plain number of seconds, 1 to {LONGEST}");
            let (what, secs) = text(what).zip(number(secs, LONGEST)).ok_or_else(shape)?;
            window(name, &what, secs).map(Some)
        }
        ("visits", _) => Err("`visits` takes a number of days".into()),
        _ => Err(format!("`{name}` takes a text and a number of seconds")),
    }
}

fn window(name: &str, what: &str, secs: u32) -> Result<Leaf, String> {
    match name {
        "seen" => Ok(Leaf::Seen(Sought::Page(Glob::new(what)?), secs)),
        "custom" => Ok(Leaf::Seen(Sought::Custom(what.into()), secs)),
        _ => {
            let kind = Kind::ALL.into_iter().find(|kind| kind.word() == what && keeps(*kind));
            let kind = kind.ok_or("`count` knows view, error, cart, purchase, custom and idle")?;
            Ok(Leaf::Count(kind, secs))
        }
    }
}

/// For a first try.
enum Sample {
    Little,
    Much,
}

impl Scene for Sample {
    fn answer(&self, leaf: &Leaf, _nth: usize) -> Answer<'_> {
        let much = matches!(self, Sample::Much);
        match leaf {
            Leaf::Known => Answer::Yes(much),
            Leaf::Spent | Leaf::Cart | Leaf::EventValue => Answer::Number(if much { 1e6 } else { 0.0 }),
            Leaf::Language
            | Leaf::Referrer
            | Leaf::Url
            | Leaf::Path
            | Leaf::Title
            | Leaf::EventKind
            | Leaf::EventText
            | Leaf::EventName
            | Leaf::EventField => Answer::Text(if much { "/sample" } else { "" }),
            _ => Answer::Whole(if much { 1_000_000 } else { 0 }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        Expression::compile(text).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn what_is_written_is_asked() {
        let expression = Expression::compile(
            "session.cart > 100 && (session.errors > 0 || seen('/checkout/*', 600) > 2) && session.cart < 1000000.5",
        )
        .unwrap();
        let glob = Glob::new("/checkout/*").unwrap();
        assert_eq!(expression.leaves(), [Leaf::Cart, Leaf::Errors, Leaf::Seen(Sought::Page(glob), 600)]);
        assert_eq!(expression.holds(&Sample::Much), Some(true));
        assert_eq!(expression.holds(&Sample::Little), Some(false));
        let known =
            "visitor.known && page.path.startsWith('/s') && ['x', '/sample'].exists(p, p == page.path)";
        assert_eq!(Expression::compile(known).unwrap().holds(&Sample::Much), Some(true));
        assert_eq!(Expression::compile("visits(7) >= 2").unwrap().holds(&Sample::Much), Some(true));
        assert_eq!(Expression::compile("1 / session.pages > 1").unwrap().holds(&Sample::Little), None);
    }

    #[test]
    fn every_name_means_something_and_is_in_the_guide() {
        let guide = include_str!("../../../../docs/activity.md");
        for (variable, fields) in VARIABLES {
            for name in fields {
                let same = format!("{variable}.{name} == {variable}.{name}");
                assert_eq!(Expression::compile(&same).unwrap().leaves().len(), 1, "{same}");
                let told = [format!("`{variable}.{name}`"), format!("`.{name}`")];
                assert!(told.iter().any(|told| guide.contains(told)), "{variable}.{name}");
            }
        }
        assert!(VOCABULARY.functions.iter().all(|name| guide.contains(&format!("`{name}("))));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        assert_eq!(wrong("session.cash > 1"), "`session` has no `cash` (line 1, column 8 of it)");
        assert!(wrong("session > 1").starts_with("`session` is no value itself"));
        assert!(wrong("has(page.url)").starts_with("`page` has all its fields"));
        assert!(wrong("visits(session.pages) > 1").starts_with("`visits` takes a plain number of days"));
        assert!(wrong("count('dwell', 60) > 1").starts_with("`count` knows"));
        assert!(wrong("count('error', 100000) > 1").starts_with("`count` takes a plain text"));
        assert!(wrong("seen('shop', 60) > 1").starts_with("a pattern must begin"));
        assert!(wrong("'x'.visits(3) > 1").starts_with("`visits` is asked of nothing"));
        assert!(wrong("['a'].exists(page, page == 'a')").starts_with("`page` is"));
        assert!(wrong("session.pages").contains("must be true or false"));
        // Each branch is tried.
        assert!(!wrong("session.pages > 5 && page.url > 3").is_empty());
        assert!(wrong("size(map(x, x))").contains("there is no function `map`"));
        assert!(wrong(&"(".repeat(40)).contains("nested deeper"));
        assert!(wrong(&"1 == 1 && ".repeat(200)).contains("longer than"));
    }
}
