//! What a site asks of who wants to talk, beside his number: what it is about, in which language, and questions with choices. What he has
//! chosen says how urgent it is (N 0019): whoever comes out of hours is a job of that priority.

use crate::request::Problem;
use icu_locale_core::Locale;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use warmline_time::Time;

/// Topics and languages of a site, at most.
const TOPICS: usize = 8;
/// Questions of a site, at most.
const QUESTIONS: usize = 4;
/// Choices of a question, at most.
const CHOICES: usize = 6;
/// Characters of a topic, a question or a choice.
const LONGEST: usize = 100;
/// The longest language tag, in bytes (RFC 5646 §4.4.1).
const TAG: usize = 35;
/// The highest priority.
const HIGHEST: u8 = 7;

/// What a site asks. Its texts are shown to visitors and agents as they are.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Asking {
    /// What it may be about; he chooses one or none.
    pub topics: Vec<String>,
    /// In which languages he can be spoken with, BCP 47; pages ask where there are several.
    pub languages: Vec<String>,
    /// The questions.
    pub questions: Vec<Question>,
}

/// A question of a site.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Question {
    /// What is asked.
    pub ask: String,
    /// What he can answer.
    pub choices: Vec<String>,
    /// How urgent each answer makes it, 1–7, 7 first; 0: it says nothing of that. As many as choices. Pages do not learn it.
    #[serde(skip)]
    pub priority: Vec<u8>,
}

/// What is wrong with what a site asks.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[allow(missing_docs)]
pub enum AskingError {
    #[error("at most {TOPICS} topics and {TOPICS} languages")]
    Topics,
    #[error("at most {QUESTIONS} questions")]
    Questions,
    #[error("a question has 2 to {CHOICES} choices")]
    Choices,
    #[error("`{0}` has not 1 to {LONGEST} characters, or control characters among them")]
    Text(String),
    #[error("`{0}` is there twice")]
    Twice(String),
    #[error("`priority` has one number from 0 to 7 for each choice")]
    Priority,
    #[error("`{0}` is no language, such as de or pt-BR")]
    Language(String),
}

impl Asking {
    /// Topics, languages and questions as they are written; languages in their canonical form, no priority where none is said.
    ///
    /// # Errors
    /// Too many of them, too long, or twice.
    pub fn new(
        topics: Vec<String>,
        languages: Vec<String>,
        mut questions: Vec<Question>,
    ) -> Result<Self, AskingError> {
        if topics.len() > TOPICS || languages.len() > TOPICS {
            return Err(AskingError::Topics);
        }
        texts(&topics)?;
        let canonical = |tag: String| language(&tag).ok_or(AskingError::Language(tag));
        let languages = languages.into_iter().map(canonical).collect::<Result<Vec<_>, _>>()?;
        texts(&languages)?;
        if questions.len() > QUESTIONS {
            return Err(AskingError::Questions);
        }
        let asked: Vec<String> = questions.iter().map(|question| question.ask.clone()).collect();
        texts(&asked)?;
        for question in &mut questions {
            if !(2..=CHOICES).contains(&question.choices.len()) {
                return Err(AskingError::Choices);
            }
            texts(&question.choices)?;
            if question.priority.is_empty() {
                question.priority = vec![0; question.choices.len()];
            }
            if question.priority.len() != question.choices.len()
                || question.priority.iter().any(|&priority| priority > HIGHEST)
            {
                return Err(AskingError::Priority);
            }
        }
        Ok(Asking { topics, languages, questions })
    }

    /// What a visitor has chosen; an answer for each question, none where he gave none. Whoever answers nothing may leave them all out.
    ///
    /// # Errors
    /// 422 `topic_unknown`, `language_invalid`, `answers_invalid`.
    pub fn check(
        &self,
        topic: Option<String>,
        spoken: Option<&str>,
        answers: &[Option<u8>],
    ) -> Result<Said, Problem> {
        if topic.as_ref().is_some_and(|topic| !self.topics.contains(topic)) {
            return Err(wrong("topic_unknown", "`topic` is none of the site's."));
        }
        let tag = |tag: &str| {
            language(tag)
                .ok_or_else(|| wrong("language_invalid", "`language` is a BCP 47 tag such as pt-BR."))
        };
        let language = spoken.map(tag).transpose()?;
        if !answers.is_empty() && answers.len() != self.questions.len() {
            return Err(wrong(
                "answers_invalid",
                "`answers` has one for each of the site's questions, or null.",
            ));
        }
        let mut said = Said { topic, language, ..Said::default() };
        for (question, at) in self.questions.iter().zip(answers) {
            let Some(at) = at.map(usize::from) else { continue };
            let Some((choice, priority)) = question.choices.get(at).zip(question.priority.get(at)) else {
                return Err(wrong(
                    "answers_invalid",
                    "An answer is the place of one of its question's choices.",
                ));
            };
            said.answers.push(Answer { ask: question.ask.clone(), choice: choice.clone() });
            said.priority = said.priority.max(Some(*priority).filter(|&priority| priority > 0));
        }
        Ok(said)
    }
}

/// What a visitor has chosen, in the site's words of that moment.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Said {
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// BCP 47.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Those questions that he answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answer>,
    /// How urgent his answers make it, 1–7: the highest of them; where he was asked nothing, what triggers had made of his visit (N 0047).
    /// A visitor's word makes nobody a nuisance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<u8>,
}

/// An answer of his.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Answer {
    /// What was asked.
    pub ask: String,
    /// What he chose.
    pub choice: String,
}

impl Said {
    /// Whether he has chosen nothing.
    pub fn is_empty(&self) -> bool {
        *self == Said::default()
    }

    /// The language without script and country, as voices and agents' skills are named; empty: he has chosen none.
    pub fn spoken(&self) -> &str {
        self.language.as_deref().and_then(|tag| tag.split('-').next()).unwrap_or_default()
    }
}

/// What desktops show of a request that was asked for: what it is about, when, and how often it was tried.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct AskedView {
    /// What he has chosen.
    #[serde(flatten)]
    pub said: Said,
    /// RFC 3339: when the visitor wants to be called.
    pub wanted: Option<String>,
    /// How often he was called.
    pub attempts: u32,
}

impl AskedView {
    /// None where there is nothing to say.
    pub(crate) fn of(said: &Said, wanted: Option<Time>, attempts: usize) -> Option<Box<Self>> {
        let nothing = said.is_empty() && wanted.is_none() && attempts == 0;
        let view =
            || AskedView { said: said.clone(), wanted: wanted.map(Time::rfc3339), attempts: attempts as u32 };
        (!nothing).then(|| Box::new(view()))
    }
}

/// A language tag in its canonical form.
pub(crate) fn language(tag: &str) -> Option<String> {
    let fits = (2..=TAG).contains(&tag.len());
    let canonical = fits.then(|| Locale::normalize(tag).ok()).flatten()?;
    (canonical.len() <= TAG).then(|| canonical.into_owned())
}

fn texts(texts: &[String]) -> Result<(), AskingError> {
    for (at, text) in texts.iter().enumerate() {
        let fits = !text.trim().is_empty() && text.chars().count() <= LONGEST;
        if !fits || text.chars().any(char::is_control) {
            return Err(AskingError::Text(text.clone()));
        }
        if texts[..at].contains(text) {
            return Err(AskingError::Twice(text.clone()));
        }
    }
    Ok(())
}

fn wrong(code: &'static str, detail: &str) -> Problem {
    Problem { status: 422, code, detail: detail.to_owned(), retry_after_secs: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(ask: &str, priority: &[u8]) -> Question {
        let choices = ["Yes", "No", "Later"].map(str::to_owned).to_vec();
        Question { ask: ask.into(), choices, priority: priority.to_vec() }
    }

    fn site() -> Asking {
        let topics = vec!["Sales".into(), "Repair".into()];
        let questions = vec![question("Does it stand still?", &[7, 2, 0]), question("A customer?", &[])];
        Asking::new(topics, vec!["DE".into(), "pt-br".into()], questions).expect("fits")
    }

    #[test]
    fn answers_are_kept_in_words_and_the_highest_counts() {
        let said = site().check(Some("Sales".into()), Some("EN-gb"), &[Some(1), Some(0)]).expect("known");
        assert_eq!((said.topic.as_deref(), said.language.as_deref()), (Some("Sales"), Some("en-GB")));
        let answers: Vec<_> = said.answers.iter().map(|a| (a.ask.as_str(), a.choice.as_str())).collect();
        assert_eq!(answers, [("Does it stand still?", "No"), ("A customer?", "Yes")]);
        assert_eq!((said.priority, said.spoken()), (Some(2), "en"), "0 says nothing, and makes no nuisance");
        let later = site().check(None, None, &[Some(2), None]).expect("known");
        assert_eq!(later.priority, None);
        assert!(site().check(None, None, &[]).expect("nothing").is_empty());
        assert_eq!(site().languages, ["de", "pt-BR"]);
    }

    #[test]
    fn what_the_site_does_not_ask_has_codes_of_its_own() {
        let code = |topic: Option<&str>, language: Option<&str>, answers: &[Option<u8>]| {
            site().check(topic.map(str::to_owned), language, answers).expect_err("wrong").code
        };
        assert_eq!(code(Some("sales"), None, &[]), "topic_unknown");
        let long = "a".repeat(36);
        for tag in ["", "d", "de_", "de-", "deutsch!", "de\u{0}", &long, "de--DE"] {
            assert_eq!(code(None, Some(tag), &[]), "language_invalid", "{tag}");
        }
        for answers in [&[Some(3), None][..], &[Some(0)], &[None, None, None], &[Some(255), None]] {
            assert_eq!(code(None, None, answers), "answers_invalid", "{answers:?}");
        }
    }

    #[test]
    fn a_site_asks_only_so_much() {
        let topics = |n: usize| (0..n).map(|n| n.to_string()).collect::<Vec<_>>();
        let with = |questions| Asking::new(Vec::new(), Vec::new(), questions).err();
        assert_eq!(Asking::new(topics(9), Vec::new(), Vec::new()), Err(AskingError::Topics));
        assert!(Asking::new(topics(8), topics(0), Vec::new()).is_ok());
        let twice = vec!["a".into(), "a".into()];
        assert_eq!(Asking::new(twice, Vec::new(), Vec::new()), Err(AskingError::Twice("a".into())));
        for text in ["", " ", "a\nb", &"x".repeat(101)] {
            let wrong = Asking::new(vec![text.into()], Vec::new(), Vec::new());
            assert_eq!(wrong, Err(AskingError::Text(text.into())));
        }
        assert_eq!(
            with((0..5).map(|n| question(&n.to_string(), &[])).collect()),
            Some(AskingError::Questions)
        );
        assert_eq!(with(vec![question("a", &[1, 2])]), Some(AskingError::Priority));
        assert_eq!(with(vec![question("a", &[1, 2, 8])]), Some(AskingError::Priority));
        let one = Question { choices: vec!["a".into()], ..question("a", &[]) };
        assert_eq!(with(vec![one]), Some(AskingError::Choices));
        let wrong = Asking::new(Vec::new(), vec!["german!".into()], Vec::new());
        assert_eq!(wrong, Err(AskingError::Language("german!".into())));
    }
}
