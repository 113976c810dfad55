//! `push` of `[[firms.sites]]`: the pages that agents may suggest.

use super::check::Checker;
use toml::Spanned;
use warmline_coordination::push::PushPattern;

/// Entries of one site: each desktop is told them all.
const MOST: usize = 50;

impl Checker {
    /// The pages that may be suggested; all of the site's own where nothing is said.
    pub(super) fn push_patterns(
        &mut self,
        said: Option<Vec<Spanned<String>>>,
        origins: &[Spanned<String>],
    ) -> Vec<PushPattern> {
        let Some(said) = said else {
            return origins.iter().filter_map(|origin| origin.get_ref().parse().ok()).collect();
        };
        if let Some(excess) = said.get(MOST) {
            self.error(excess, format!("`push` has at most {MOST} entries"));
        }
        let mut patterns = Vec::new();
        for text in &said {
            match text.get_ref().parse() {
                Ok(pattern) => patterns.push(pattern),
                Err(why) => self.error(text, format!("`{}`: {why}", text.get_ref())),
            }
        }
        patterns
    }
}
