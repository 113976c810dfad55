//! Patterns of paths: text with `*`, which stands for any letters, `/` too.

/// The longest pattern, in bytes.
const LONGEST: usize = 200;
/// Stars in one, at most.
const STARS: usize = 8;

/// A pattern of paths. Letters count as they are; query and fragment are no part of a path.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Glob {
    text: Box<str>,
}

/// How a pattern can be looked up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape<'a> {
    /// Every path.
    Any,
    /// This path.
    Exact(&'a str),
    /// Every path that begins so.
    Prefix(&'a str),
    /// It has to be tried.
    Other,
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

    pub(super) fn shape(&self) -> Shape<'_> {
        match self.text.split_once('*') {
            None => Shape::Exact(&self.text),
            Some(("" | "/", "")) => Shape::Any,
            Some((start, "")) => Shape::Prefix(start),
            Some(_) => Shape::Other,
        }
    }

    /// Whether the whole path is of this pattern. Between stars each text is taken where it stands first, which is enough.
    pub fn matches(&self, path: &str) -> bool {
        let Some((start, rest)) = self.text.split_once('*') else { return *self.text == *path };
        let Some(mut left) = path.strip_prefix(start) else { return false };
        let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
        for part in middle.split('*').filter(|part| !part.is_empty()) {
            let Some(at) = left.find(part) else { return false };
            left = &left[at + part.len()..];
        }
        left.ends_with(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn glob(text: &str) -> Glob {
        Glob::new(text).unwrap()
    }

    /// Slow and plain.
    fn naive(pattern: &[u8], path: &[u8]) -> bool {
        match pattern {
            [] => path.is_empty(),
            [b'*', rest @ ..] => (0..=path.len()).any(|from| naive(rest, &path[from..])),
            [byte, rest @ ..] => path.first() == Some(byte) && naive(rest, &path[1..]),
        }
    }

    #[test]
    fn a_pattern_says_what_it_is_of() {
        assert!(glob("/checkout/*").matches("/checkout/pay"));
        assert!(!glob("/checkout/*").matches("/checkout"));
        assert!(glob("*/help/*").matches("/de/help/phones"));
        assert!(!glob("/a*b*b").matches("/ab"));
        assert_eq!(glob("/*").shape(), Shape::Any);
        assert_eq!(glob("/check*").shape(), Shape::Prefix("/check"));
        assert_eq!(glob("/check").shape(), Shape::Exact("/check"));
        assert_eq!(glob("*/x").shape(), Shape::Other);
        for wrong in ["", "checkout", "/a?b", "/a#b", "/*********", &"/".repeat(201)] {
            assert!(Glob::new(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn as_a_plain_matcher_has_it(pattern in "[/*][ab/*]{0,6}", path in "/[ab/]{0,8}") {
            let found = glob(&pattern).matches(&path);
            prop_assert_eq!(found, naive(pattern.as_bytes(), path.as_bytes()));
            // "/*" is of every path: each begins with a stroke.
            let by_shape = match glob(&pattern).shape() {
                Shape::Any => true,
                Shape::Exact(text) => text == path,
                Shape::Prefix(start) => path.starts_with(start),
                Shape::Other => found,
            };
            prop_assert_eq!(by_shape, found);
        }
    }
}
