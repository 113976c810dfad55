//! Patterns of paths: text with `*`, which stands for any letters, `/` too.

/// The longest pattern, in bytes.
const LONGEST: usize = 200;
/// Stars in one, at most.
const STARS: usize = 8;

/// A pattern of paths. Letters count as they are; query and fragment are no part of a path.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Glob {
    text: Box<str>,
}

impl Glob {
    /// Checks it.
    ///
    /// # Errors
    /// A sentence: it is empty, too long, or does not begin with `/` or `*`.
    pub fn new(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.len() > LONGEST {
            return Err(format!("a pattern must have 1 to {LONGEST} bytes"));
        }
        if !text.starts_with(['/', '*']) {
            return Err("a pattern must begin with `/` or `*`".into());
        }
        if text.contains(['?', '#']) {
            return Err("a pattern is one of paths: without `?` and `#`".into());
        }
        if text.matches('*').count() > STARS {
            return Err(format!("a pattern may have {STARS} stars"));
        }
        Ok(Glob { text: text.into() })
    }

    /// As it is written.
    pub fn text(&self) -> &str {
        &self.text
    }
}
