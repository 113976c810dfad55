//! Expressions in CEL that come from a configuration while their values come from strangers: bounded when they are compiled.
//!
//! Length, nesting, one comprehension within no other, no functions that make large values, no names that are not there.

use cel::Program;
use cel::common::ast::{Expr, IdedExpr};
use std::panic::catch_unwind;
use thiserror::Error;

/// The longest expression, in bytes.
const LONGEST: usize = 1_000;
/// How deep brackets and calls may be nested.
const DEEPEST: usize = 24;
/// Parts of an expression, at most.
const PARTS: usize = 400;
/// Functions besides operators. None makes a value larger than it is given.
const FUNCTIONS: [&str; 7] = ["size", "contains", "startsWith", "endsWith", "int", "double", "string"];

/// What is wrong with an expression.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("{what}{}", .at.map_or_else(String::new, |(line, column)| format!(" (line {line}, column {column} of it)")))]
pub struct ConditionError {
    /// A sentence.
    pub what: String,
    /// Line and column within the expression, from 1.
    pub at: Option<(u32, u32)>,
}

impl ConditionError {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        ConditionError { what: what.into(), at: None }
    }
}

/// What an expression may name.
pub(crate) struct Vocabulary {
    /// Variables and the fields of each; none: it is a value itself, or a map of any keys.
    pub variables: &'static [(&'static str, &'static [&'static str])],
    /// Functions besides those that every expression has.
    pub functions: &'static [&'static str],
}

impl Vocabulary {
    pub(crate) fn fields(&self, name: &str) -> Option<&'static [&'static str]> {
        self.variables.iter().find(|(known, _)| *known == name).map(|(_, fields)| *fields)
    }
}

/// What is wrong with a part, and the part's number.
pub(crate) type Found = (String, u64);

/// Compiles it, if it is within the bounds and names nothing but what is there.
pub(crate) fn compile(text: &str, words: &Vocabulary) -> Result<Program, ConditionError> {
    if text.len() > LONGEST {
        return Err(ConditionError::new(format!("it is longer than {LONGEST} bytes")));
    }
    if nesting(text) > DEEPEST {
        return Err(ConditionError::new(format!("it is nested deeper than {DEEPEST}")));
    }
    let program = catch_unwind(|| Program::compile(text));
    let program = program.map_err(|_| ConditionError::new("it cannot be read"))?.map_err(|errors| {
        let Some(first) = errors.errors.first() else { return ConditionError::new("it cannot be read") };
        let place = |n: isize| u32::try_from(n).ok().filter(|&n| n > 0);
        let at = place(first.pos.0).zip(place(first.pos.1));
        ConditionError { what: first.msg.clone(), at }
    })?;
    let mut parts = 0;
    look(program.expression(), words, (0, false), &mut parts).map_err(|found| at(&program, text, found))?;
    Ok(program)
}

/// The error with its place.
pub(crate) fn at(program: &Program, text: &str, (what, id): Found) -> ConditionError {
    ConditionError { what, at: position(program, text, id) }
}

/// How deep brackets are nested, whatever stands in strings.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn position(program: &Program, text: &str, id: u64) -> Option<(u32, u32)> {
    let offset = program.source_info().offset_for(id)?.0 as usize;
    let before: String = text.chars().take(offset).collect();
    let line = before.matches('\n').count() as u32 + 1;
    let column = before.chars().rev().take_while(|&letter| letter != '\n').count() as u32 + 1;
    Some((line, column))
}

/// Looks at a part and what it is made of; `within`: its depth, and whether it is in a comprehension.
fn look(
    part: &IdedExpr,
    words: &Vocabulary,
    (depth, looped): (usize, bool),
    parts: &mut usize,
) -> Result<(), Found> {
    *parts += 1;
    let wrong = |what: String| Err((what, part.id));
    if *parts > PARTS || depth > DEEPEST * 4 {
        return wrong("it has too many parts".into());
    }
    let next = (depth + 1, looped);
    match &part.expr {
        Expr::Unspecified => wrong("something is missing".into()),
        Expr::Struct(_) | Expr::Map(_) => wrong("{…} has no meaning here".into()),
        Expr::Literal(_) => Ok(()),
        Expr::Ident(name) if looped || words.fields(name).is_some() => Ok(()),
        Expr::Ident(name) => wrong(format!("`{name}` is not known")),
        Expr::Select(select) => {
            if let Expr::Ident(name) = &select.operand.expr
                && let Some(known) = words.fields(name).filter(|known| !known.is_empty())
                && !known.contains(&select.field.as_str())
            {
                return wrong(format!("`{name}` has no `{}`", select.field));
            }
            look(&select.operand, words, next, parts)
        }
        Expr::Call(call) => {
            let named = call.func_name.starts_with(|letter: char| letter.is_ascii_alphabetic());
            let known = |name: &str| FUNCTIONS.contains(&name) || words.functions.contains(&name);
            if named && !known(&call.func_name) {
                return wrong(format!("there is no function `{}`", call.func_name));
            }
            let mut arguments = call.target.iter().map(AsRef::as_ref).chain(&call.args);
            arguments.try_for_each(|argument| look(argument, words, next, parts))
        }
        Expr::List(list) => list.elements.iter().try_for_each(|element| look(element, words, next, parts)),
        Expr::Comprehension(_) if looped => wrong("`all`, `exists`, `map` or `filter` within another".into()),
        Expr::Comprehension(inner) => {
            look(&inner.iter_range, words, next, parts)?;
            [&inner.accu_init, &inner.loop_cond, &inner.loop_step, &inner.result]
                .into_iter()
                .try_for_each(|part| look(part, words, (depth + 1, true), parts))
        }
    }
}
