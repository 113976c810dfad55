//! Routing rules: from the file to compiled conditions. What a rule leads to must be there.

use super::check::Checker;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use toml::Spanned;
use warmline_coordination::rules::{Condition, RoutingRule, Then};
use warmline_coordination::settings::{AgentSettings, QueueSettings};

/// Rules of a firm, at most: each is evaluated for each contact.
const MOST: usize = 100;

/// `[[firms.rules]]`
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Unique in the firm; decisions name it.
    pub name: Spanned<String>,
    /// An expression in CEL over `contact`, `page`, `call`, `queue`, `hours`, `now` and `skills`.
    pub when: Spanned<String>,
    /// What follows, one thing at least.
    pub then: Spanned<Consequence>,
}

/// `then` of a rule.
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Consequence {
    /// A queue of the firm.
    pub queue: Option<Spanned<String>>,
    /// 0–7, 7 first.
    pub priority: Option<Spanned<u8>>,
    /// Skills an agent must have besides those of the queue, each at this level at least.
    #[serde(default)]
    pub skills: BTreeMap<String, Spanned<u8>>,
    /// An agent of the firm, who is asked first.
    pub agent: Option<Spanned<String>>,
    /// The language of what is said, `de`; agents who have it as a skill come first.
    pub language: Option<Spanned<String>>,
}

impl Checker {
    pub(super) fn rules(
        &mut self,
        raw: Vec<Rule>,
        queues: &[QueueSettings],
        agents: &[AgentSettings],
    ) -> Vec<RoutingRule> {
        if let Some(one_too_many) = raw.get(MOST) {
            self.error(&one_too_many.name, format!("these are more than {MOST} rules"));
        }
        let mut names = HashSet::new();
        let mut rules = Vec::new();
        for rule in raw {
            let name = rule.name.get_ref().clone();
            if name.trim().is_empty() || name.chars().count() > 60 {
                self.error(&rule.name, format!("`{name}` has not 1 to 60 characters"));
            }
            if !names.insert(name.clone()) {
                self.error(&rule.name, format!("two rules are named `{name}`"));
            }
            let then = self.consequence(&name, rule.then, queues, agents);
            match Condition::compile(rule.when.get_ref()) {
                Ok(when) => rules.push(RoutingRule { name, when, then }),
                Err(wrong) => self.error(&rule.when, format!("rule `{name}`: {wrong}")),
            }
        }
        rules
    }

    fn consequence(
        &mut self,
        rule: &str,
        raw: Spanned<Consequence>,
        queues: &[QueueSettings],
        agents: &[AgentSettings],
    ) -> Then {
        let at = raw.span().start;
        let raw = raw.into_inner();
        if let Some(queue) =
            raw.queue.as_ref().filter(|name| !queues.iter().any(|q| &q.name == name.get_ref()))
        {
            self.error(queue, format!("rule `{rule}`: no queue is named `{}`", queue.get_ref()));
        }
        if let Some(agent) =
            raw.agent.as_ref().filter(|name| !agents.iter().any(|a| &a.name == name.get_ref()))
        {
            self.error(agent, format!("rule `{rule}`: no agent is named `{}`", agent.get_ref()));
        }
        if let Some(priority) = raw.priority.as_ref().filter(|priority| *priority.get_ref() > 7) {
            self.error(priority, format!("rule `{rule}`: a priority is 0 to 7"));
        }
        for (skill, level) in &raw.skills {
            let most = agents.iter().flat_map(|agent| &agent.skills).filter(|(name, _)| name == skill);
            let most = most.map(|(_, level)| *level).max().unwrap_or(0);
            if *level.get_ref() == 0 || most < *level.get_ref() {
                let said = format!("rule `{rule}`: no agent has `{skill}` at level {}", level.get_ref());
                self.error(level, said);
            }
        }
        if let Some(language) = &raw.language {
            self.language(language);
        }
        let then = Then {
            queue: raw.queue.map(Spanned::into_inner),
            priority: raw.priority.map(Spanned::into_inner),
            skills: raw.skills.into_iter().map(|(skill, level)| (skill, level.into_inner())).collect(),
            agent: raw.agent.map(Spanned::into_inner),
            language: raw.language.map(Spanned::into_inner),
        };
        if then == Then::default() {
            self.errors.push((at, format!("rule `{rule}`: nothing follows from it")));
        }
        then
    }

    /// Two or three small letters.
    pub(super) fn language(&mut self, text: &Spanned<String>) {
        let code = text.get_ref();
        if !matches!(code.len(), 2..=3) || !code.bytes().all(|byte| byte.is_ascii_lowercase()) {
            self.error(text, format!("`{code}` is no language, such as `en` or `de`"));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::parse;
    use std::path::Path;
    use warmline_coordination::rules::Then;

    const WHOLE: &str = include_str!("../../docs/example.toml");

    /// The example with these rules, which begin at that line.
    fn with(rules: &str) -> (String, usize) {
        let (head, tail) = WHOLE.split_once("[[firms.agents]]\n").expect("an agent");
        (format!("{head}{rules}[[firms.agents]]\n{tail}"), head.lines().count() + 1)
    }

    fn wrong(rules: &str) -> Vec<(usize, String)> {
        let (text, at) = with(rules);
        let errors = parse(Path::new("w.toml"), &text).expect_err("wrong");
        errors.into_iter().map(|error| (error.line + 1 - at, error.message)).collect()
    }

    #[test]
    fn takes_every_key() {
        let text = with(
            "[[firms.rules]]\nname = \"vip\"\nwhen = \"contact.priority >= 6\"\n\
            then = { queue = \"sales\", priority = 7, skills = { sales = 3 }, agent = \"alice\", language = \"de\" }\n",
        );
        let config = parse(Path::new("w.toml"), &text.0).unwrap_or_else(|errors| panic!("{errors:?}"));
        let rule = &config.firms[0].rules[0];
        assert_eq!((rule.name.as_str(), rule.when.text()), ("vip", "contact.priority >= 6"));
        let then = Then {
            queue: Some("sales".into()),
            priority: Some(7),
            skills: vec![("sales".into(), 3)],
            agent: Some("alice".into()),
            language: Some("de".into()),
        };
        assert_eq!(rule.then, then);
    }

    #[test]
    fn each_fault_has_its_rule_line_and_place() {
        let rules = "[[firms.rules]]\nname = \"a\"\nwhen = \"contact.vip\"\nthen = { priority = 7 }\n\
            [[firms.rules]]\nname = \"a\"\nwhen = \"true &&\"\nthen = { queue = \"nowhere\" }\n\
            [[firms.rules]]\nname = \"b\"\nwhen = \"true\"\nthen = { agent = \"zoe\", priority = 8 }\n\
            [[firms.rules]]\nname = \"c\"\nwhen = \"true\"\nthen = { skills = { sales = 4 }, language = \"German\" }\n\
            [[firms.rules]]\nname = \"d\"\nwhen = \"queue\"\nthen = { }\n";
        let found = wrong(rules);
        let said = |line: usize, text: &str| {
            assert!(
                found.iter().any(|(at, message)| *at == line && message.contains(text)),
                "{line} {text}: {found:?}"
            );
        };
        said(3, "rule `a`: `contact` has no `vip` (line 1, column 8 of it)");
        said(6, "two rules are named `a`");
        said(7, "rule `a`: ");
        said(8, "rule `a`: no queue is named `nowhere`");
        said(12, "rule `b`: no agent is named `zoe`");
        said(12, "rule `b`: a priority is 0 to 7");
        said(16, "rule `c`: no agent has `sales` at level 4");
        said(16, "`German` is no language");
        said(19, "rule `d`: it is of type string, and must be true or false");
        said(20, "rule `d`: nothing follows from it");
    }
}
