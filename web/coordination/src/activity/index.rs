//! Which criteria an event may make true: by site, kind of event and page, so that nothing else is looked at.

use super::arrival::Kind;
use super::expression::Leaf;
use super::glob::Shape;
use super::settings::Criterion;
use super::windows::{Pattern, Patterns};
use std::collections::HashMap;
use std::sync::Arc;
use warmline_time::Time;

/// A criterion in use.
#[derive(Debug)]
pub(super) struct Rule {
    /// Its number, the same over reloads for the same firm and name.
    pub id: u32,
    pub name: Arc<str>,
    pub criterion: Criterion,
    /// In use since then: what was due before never comes true.
    pub since: Time,
    /// Where what it looks for in the ring stands, by leaf.
    pub patterns: Box<[Option<Pattern>]>,
}

impl Rule {
    pub fn new((id, name): (u32, Arc<str>), criterion: Criterion, since: Time, patterns: &Patterns) -> Self {
        let leaves = criterion.when.as_ref().map_or(&[][..], |when| when.leaves());
        let pattern = |leaf: &Leaf| match leaf {
            Leaf::Seen(sought, _) => patterns.find(sought),
            _ => None,
        };
        let patterns = leaves.iter().map(pattern).collect();
        Rule { id, name, criterion, since, patterns }
    }
}

/// By page: rules are known by their places in the settings.
#[derive(Debug, Default)]
struct Pages {
    any: Vec<u32>,
    exact: HashMap<Box<str>, Vec<u32>>,
    prefix: HashMap<Box<str>, Vec<u32>>,
    /// Lengths that prefixes have, in bytes.
    lengths: Vec<usize>,
    /// To be tried one by one.
    others: Vec<u32>,
}

impl Pages {
    fn add(&mut self, place: u32, rule: &Rule) {
        let list = match rule.criterion.page.as_ref().map(|page| page.shape()) {
            None | Some(Shape::Any) => &mut self.any,
            Some(Shape::Exact(path)) => self.exact.entry(path.into()).or_default(),
            Some(Shape::Prefix(start)) => {
                if !self.lengths.contains(&start.len()) {
                    self.lengths.push(start.len());
                }
                self.prefix.entry(start.into()).or_default()
            }
            Some(Shape::Other) => &mut self.others,
        };
        list.push(place);
    }

    fn find(&self, rules: &[Rule], path: &str, found: &mut Vec<u32>) {
        found.extend(&self.any);
        found.extend(self.exact.get(path).into_iter().flatten());
        for start in self.lengths.iter().filter_map(|&length| path.get(..length)) {
            found.extend(self.prefix.get(start).into_iter().flatten());
        }
        let is = |place: &&u32| {
            let page = rules[**place as usize].criterion.page.as_ref();
            page.is_some_and(|page| page.matches(path))
        };
        found.extend(self.others.iter().filter(is));
    }
}

/// The rules of a site.
#[derive(Debug, Default)]
struct Site {
    /// By kind of event.
    on: [Pages; Kind::ALL.len()],
    after: Pages,
}

/// All rules, and where to find them.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub rules: Vec<Rule>,
    /// By the site's number.
    sites: HashMap<u32, Site>,
}

impl Index {
    /// `sites`: number and firm of each site that is watched, and its place in the settings.
    pub fn new(rules: Vec<Rule>, sites: &[(u32, u32, u32)]) -> Self {
        let mut index = Index { rules, sites: HashMap::new() };
        for (place, rule) in index.rules.iter().enumerate() {
            let criterion = &rule.criterion;
            let of = |&&(_, firm, site): &&(u32, u32, u32)| {
                firm == criterion.firm && (criterion.sites.is_empty() || criterion.sites.contains(&site))
            };
            for &(number, ..) in sites.iter().filter(of) {
                let site = index.sites.entry(number).or_default();
                for &kind in &criterion.on {
                    site.on[kind as usize].add(place as u32, rule);
                }
                if criterion.after.is_some() {
                    site.after.add(place as u32, rule);
                }
            }
        }
        index
    }

    /// Rules that look at such an event there, in the order of the settings.
    pub fn on(&self, site: u32, kind: Kind, path: &str, found: &mut Vec<u32>) {
        found.clear();
        if let Some(site) = self.sites.get(&site) {
            site.on[kind as usize].find(&self.rules, path, found);
            found.sort_unstable();
        }
    }

    /// Rules that come true there by elapsed time, in the order of the settings.
    pub fn after(&self, site: u32, path: &str, found: &mut Vec<u32>) {
        found.clear();
        if let Some(site) = self.sites.get(&site) {
            site.after.find(&self.rules, path, found);
            found.sort_unstable();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::Draft;
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    proptest! {
        #[test]
        fn what_is_found_is_what_looking_at_every_rule_finds(
            drafts in proptest::collection::vec(
                ("(/|\\*)[ab/*]{0,4}|/", 0usize..13, proptest::collection::vec(0u32..4, 0..3), 0u32..2),
                0..40,
            ),
            path in "/[ab/]{0,5}", site in 0u32..4,
        ) {
            let sites = [(7, 0, 0), (8, 1, 1), (9, 0, 2), (10, 1, 3)];
            let rule = |(page, kind, of, firm): (String, usize, Vec<u32>, u32)| {
                let mut draft = Draft { name: "x".into(), firm, sites: of, ..Draft::default() };
                draft.page = (page.len() > 1).then_some(page);
                match kind {
                    11 => draft.on = Kind::ALL.to_vec(),
                    12 => draft.after = Some(Duration::from_secs(9)),
                    kind => draft.on = vec![Kind::ALL[kind]],
                }
                let criterion = Criterion::new(draft).unwrap();
                Rule::new((0, "x".into()), criterion, Time::ZERO, &Patterns::default())
            };
            let index = Index::new(drafts.into_iter().map(rule).collect(), &sites);
            let (number, firm, place) = sites[site as usize];
            let naive = |is: &dyn Fn(&Criterion) -> bool| -> Vec<u32> {
                let all = (0..).zip(&index.rules).filter(|(_, rule)| {
                    let it = &rule.criterion;
                    let there = it.firm == firm && (it.sites.is_empty() || it.sites.contains(&place));
                    there && it.page.as_ref().is_none_or(|page| page.matches(&path)) && is(it)
                });
                all.map(|(place, _)| place).collect()
            };
            let mut found = Vec::new();
            for kind in Kind::ALL {
                index.on(number, kind, &path, &mut found);
                prop_assert_eq!(&found, &naive(&|it| it.on.contains(&kind)));
            }
            index.after(number, &path, &mut found);
            prop_assert_eq!(&found, &naive(&|it| it.after.is_some()));
        }
    }
}
