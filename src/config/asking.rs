//! `topics`, `languages` and `questions` of `[[firms.sites]]`: what its visitors are asked.

use super::check::Checker;
use super::raw;
use toml::Spanned;
use warmline_coordination::asking::{Asking, Question};

impl Checker {
    /// What a site asks, each fault at its line.
    pub(super) fn asking(
        &mut self,
        topics: Vec<Spanned<String>>,
        languages: Vec<Spanned<String>>,
        questions: Vec<Spanned<raw::Question>>,
    ) -> Asking {
        let (topics_at, languages_at) = (at(&topics), at(&languages));
        let plain = |texts: Vec<Spanned<String>>| texts.into_iter().map(Spanned::into_inner).collect();
        let topics = self.checked(topics_at, Asking::new(plain(topics), Vec::new(), Vec::new())).topics;
        let languages =
            self.checked(languages_at, Asking::new(Vec::new(), plain(languages), Vec::new())).languages;
        let mut asked: Vec<Question> = Vec::new();
        for raw in questions {
            let place = raw.span().start;
            let raw = raw.into_inner();
            let question =
                Question { ask: raw.ask.into_inner(), choices: raw.choices, priority: raw.priority };
            // With those before it: too many, and twice, are faults of the later one.
            let so_far = asked.iter().cloned().chain([question]).collect();
            let checked = Asking::new(Vec::new(), Vec::new(), so_far);
            match checked {
                Ok(whole) => asked = whole.questions,
                Err(why) => self.errors.push((place, why.to_string())),
            }
        }
        Asking { topics, languages, questions: asked }
    }

    fn checked<E: ToString>(&mut self, at: usize, asking: Result<Asking, E>) -> Asking {
        asking.unwrap_or_else(|why| {
            self.errors.push((at, why.to_string()));
            Asking::default()
        })
    }
}

/// Where a list begins.
fn at(texts: &[Spanned<String>]) -> usize {
    texts.first().map_or(0, |first| first.span().start)
}

#[cfg(test)]
mod tests {
    use crate::config::parse;
    use std::path::Path;

    const WHOLE: &str = include_str!("../../docs/example.toml");

    fn with(lines: &str) -> String {
        WHOLE.replacen("[[firms.sites]]\n", &format!("[[firms.sites]]\n{lines}\n"), 1)
    }

    #[test]
    fn a_site_asks_what_the_file_says() {
        let lines = "topics = [\"Sales\", \"Repair\"]\nlanguages = [\"DE\", \"en\"]\n\
            questions = [{ ask = \"Urgent?\", choices = [\"Yes\", \"No\"], priority = [7, 0] }]";
        let config = parse(Path::new("w.toml"), &with(lines)).unwrap_or_else(|errors| panic!("{errors:?}"));
        let asking = &config.firms[0].sites[0].asking;
        assert_eq!((asking.topics.len(), asking.languages[0].as_str()), (2, "de"));
        assert_eq!(
            (asking.questions[0].ask.as_str(), &asking.questions[0].priority[..]),
            ("Urgent?", &[7, 0][..])
        );
    }

    #[test]
    fn each_fault_has_its_line() {
        let question = "{ ask = \"a\", choices = [\"Yes\", \"No\"] }";
        for (lines, expected) in [
            (format!("topics = [{}]", "\"a\",".repeat(9)), "at most 8 topics"),
            ("topics = [\"a\", \"a\"]".to_owned(), "`a` is there twice"),
            ("languages = [\"german!\"]".to_owned(), "`german!` is no language"),
            (format!("questions = [{question}, {question}]"), "`a` is there twice"),
            (
                question.replace(" }", ", priority = [1] }").replacen("{", "questions = [{", 1) + "]",
                "one number",
            ),
            (
                question.replace(" }", ", urgent = true }").replacen("{", "questions = [{", 1) + "]",
                "unknown field",
            ),
        ] {
            let found = parse(Path::new("w.toml"), &with(&lines)).expect_err("wrong");
            assert!(found[0].message.contains(expected), "{found:?}");
            assert!(found[0].line > 0, "{found:?}");
        }
    }
}
