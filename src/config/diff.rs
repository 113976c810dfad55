//! What one configuration changes about another: by kind, name and key. A text may be a secret or somebody's name: of values only numbers
//! and switches are told.

use super::Config;
use super::raw::Raw;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::path::Path;

/// Tables that a file has several of: their key, what one is called, and which of its keys names it.
const TABLES: [(&str, &str, &str); 12] = [
    ("firms", "firm", "name"),
    ("trunks", "trunk", "name"),
    ("accounts", "account", "user"),
    ("routes", "route", "match"),
    ("clients", "client", "name"),
    ("sites", "site", "name"),
    ("pools", "pool", "name"),
    ("queues", "queue", "name"),
    ("agents", "agent", "name"),
    ("rules", "rule", "name"),
    ("keys", "key", "name"),
    ("webhooks", "webhook", "url"),
];

/// Of the tables of the program itself, the keys that count at once; all others need a restart.
const LIVE: [&str; 10] = [
    "node.do_not_call",
    "sip.digest_sha256",
    "sip.phone_ping_secs",
    "sip.ban_after",
    "sip.ban_secs",
    "sip.echo_number",
    "web.trusted_proxies",
    "web.reservations_per_minute",
    "web.sessions_per_minute",
    "media.prompts",
];

/// What became of something.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum What {
    Added,
    Changed,
    Removed,
}

/// One difference.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Change {
    /// What became of it.
    pub change: What,
    /// `agent`, `queue`, `number`, `trunk` …; `key` for one of the program's own.
    pub kind: String,
    /// `acme/alice`, `sip.listen`.
    pub name: String,
    /// Which keys are others, with their values where these are numbers or switches.
    pub keys: Vec<String>,
    /// It counts after a restart only.
    pub restart: bool,
}

impl Change {
    /// What becomes of those who hold something that is removed.
    pub fn drained(&self) -> Option<&'static str> {
        (self.change == What::Removed).then_some(match self.kind.as_str() {
            "agent" => "ends what he has in hand, then he is logged off",
            "queue" => "who waits goes on in the queue of his site or pool",
            "number" | "pool" => "what is held leads to its visitor until it is over",
            "site" => "open pages go on, new requests are refused",
            "trunk" => "its calls go on, nothing new",
            "account" => "its calls go on, it is not registered any more",
            "webhook" => "what waits is delivered yet",
            _ => return None,
        })
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.change {
            What::Added => '+',
            What::Changed => '~',
            What::Removed => '-',
        };
        write!(f, "{sign} {} {}", self.kind, self.name)?;
        if !self.keys.is_empty() {
            write!(f, ": {}", self.keys.join(", "))?;
        }
        if let Some(drained) = self.drained() {
            write!(f, " ({drained})")?;
        }
        if self.restart { write!(f, " [needs a restart]") } else { Ok(()) }
    }
}

/// What a file says, with its defaults, to be compared: made before it is checked, completed by [`complete`].
pub(super) fn written(raw: &Raw) -> Value {
    serde_json::to_value(raw).unwrap_or_default()
}

/// What is not in the file's text itself: folders from the file's own, numbers of ranges, contacts of CSV files, order of routes.
pub(super) fn complete(config: &mut Config) {
    let path = |path: &Path| json!(std::path::absolute(path).unwrap_or_else(|_| path.to_owned()));
    let mut written = std::mem::take(&mut config.written);
    written["node"]["data"] = path(&config.data);
    written["node"]["certs"] = path(&config.certs);
    for (index, firm) in config.firms.iter().enumerate() {
        let row = &mut written["firms"][index];
        row["contacts"] = json!(firm.contacts);
        for (pool, settings) in firm.pools.iter().enumerate() {
            row["pools"][pool]["numbers"] = json!(settings.numbers);
        }
    }
    config.written = written;
}

/// What `new` changes about `old`.
pub fn diff(old: &Config, new: &Config) -> Vec<Change> {
    let mut changes = Vec::new();
    let (Value::Object(old), Value::Object(new)) = (&old.written, &new.written) else { return changes };
    for (table, before) in old {
        let Some(after) = new.get(table) else { continue };
        match (before, after) {
            (Value::Object(before), Value::Object(after)) => {
                for (key, told) in differing(before, after) {
                    let name = format!("{table}.{key}");
                    let restart = !LIVE.contains(&name.as_str());
                    let keys = told.into_iter().collect();
                    changes.push(Change { change: What::Changed, kind: "key".into(), name, keys, restart });
                }
            }
            _ => rows(table, "", before, after, &mut changes),
        }
    }
    changes
}

/// The rows of one of [`TABLES`].
fn rows(table: &str, within: &str, before: &Value, after: &Value, changes: &mut Vec<Change>) {
    let Some(&(_, kind, naming)) = TABLES.iter().find(|(key, ..)| *key == table) else { return };
    let (before, after) = (named(before, naming), named(after, naming));
    let (places, kept) = (index(&before), index(&after));
    let restart = kind == "firm";
    let change = |change, name: &str, keys, restart| Change {
        change,
        kind: kind.into(),
        name: format!("{within}{name}"),
        keys,
        restart,
    };
    for (name, row) in &after {
        let Some(&place) = places.get(name) else {
            changes.push(change(What::Added, name, Vec::new(), restart));
            continue;
        };
        let (was, inside) = (before[place].1, format!("{within}{name}/"));
        // A list of names, as an agent's `clients`, is no table of them.
        let names = |list: &Value| list.as_array().into_iter().flatten().any(Value::is_string);
        let told_apart = |key: &String| {
            let table = TABLES.iter().any(|(table, ..)| table == key);
            table && !names(&was[key]) && !names(&row[key]) || (kind == "pool" && key == "numbers")
        };
        let keys: Vec<String> = differing(was, row)
            .into_iter()
            .filter(|(key, _)| !told_apart(key))
            .map(|(key, told)| told.map_or(key.clone(), |told| format!("{key} {told}")))
            .collect();
        if !keys.is_empty() {
            changes.push(change(What::Changed, name, keys, false));
        }
        if kind == "pool" {
            numbers(&inside, &was["numbers"], &row["numbers"], changes);
        }
        for (key, value) in row.iter() {
            rows(key, &inside, &was[key], value, changes);
        }
    }
    let gone = before.iter().filter(|(name, _)| !kept.contains_key(name));
    changes.extend(gone.map(|(name, _)| change(What::Removed, name, Vec::new(), restart)));
    let common = |rows: &[(String, &Map<String, Value>)], other: &HashMap<&String, usize>| {
        let names = rows.iter().map(|(name, _)| name).filter(|name| other.contains_key(name));
        names.cloned().collect::<Vec<_>>()
    };
    if matches!(kind, "route" | "rule") && common(&before, &kept) != common(&after, &places) {
        changes.push(change(What::Changed, "the order", Vec::new(), false));
    }
}

fn numbers(within: &str, before: &Value, after: &Value, changes: &mut Vec<Change>) {
    let all = |list: &Value| -> BTreeSet<String> {
        list.as_array().into_iter().flatten().filter_map(|number| Some(number.as_str()?.to_owned())).collect()
    };
    let (before, after) = (all(before), all(after));
    let change = |change, number: &String| Change {
        change,
        kind: "number".into(),
        name: format!("{within}{number}"),
        keys: Vec::new(),
        restart: false,
    };
    changes.extend(after.difference(&before).map(|number| change(What::Added, number)));
    changes.extend(before.difference(&after).map(|number| change(What::Removed, number)));
}

/// Rows by their names; those of one name are counted. An address is named without its query.
fn named<'a>(rows: &'a Value, naming: &str) -> Vec<(String, &'a Map<String, Value>)> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let rows = rows.as_array().into_iter().flatten().filter_map(Value::as_object);
    rows.map(|row| {
        let name = row.get(naming).and_then(Value::as_str).unwrap_or_default();
        let name = if naming == "url" { name.split('?').next().unwrap_or_default() } else { name };
        let times = seen.entry(name.to_owned()).or_default();
        *times += 1;
        (if *times == 1 { name.to_owned() } else { format!("{name} #{times}") }, row)
    })
    .collect()
}

fn index<'a>(rows: &'a [(String, &Map<String, Value>)]) -> HashMap<&'a String, usize> {
    rows.iter().enumerate().map(|(place, (name, _))| (name, place)).collect()
}

/// The keys that differ, those of inner tables behind a dot, and what may be told of their values.
fn differing(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    for (key, is) in after {
        let was = before.get(key).unwrap_or(&Value::Null);
        match (was, is) {
            _ if was == is => {}
            (Value::Object(was), Value::Object(is)) => {
                let inner = differing(was, is).into_iter();
                found.extend(inner.map(|(inner, told)| (format!("{key}.{inner}"), told)));
            }
            (Value::Number(_) | Value::Bool(_), Value::Number(_) | Value::Bool(_)) => {
                found.push((key.clone(), Some(format!("{was} -> {is}"))));
            }
            _ => found.push((key.clone(), None)),
        }
    }
    // Of maps such as skills: entries that are no more.
    found.extend(before.keys().filter(|key| !after.contains_key(*key)).map(|key| (key.clone(), None)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = include_str!("../../docs/example.toml");

    fn parse(text: &str) -> Config {
        super::super::parse(Path::new("w.toml"), text).expect("valid")
    }

    fn told(change: impl Fn(&str) -> String) -> Vec<String> {
        diff(&parse(WHOLE), &parse(&change(WHOLE))).iter().map(ToString::to_string).collect()
    }

    fn replaced(from: &str, to: &str) -> Vec<String> {
        assert!(WHOLE.contains(from), "{from}");
        told(|text| text.replacen(from, to, 1))
    }

    #[test]
    fn e28_the_same_is_no_change_whether_a_default_is_written_or_not() {
        assert_eq!(told(str::to_owned), [""; 0]);
        assert_eq!(told(|text| format!("# other words\n{text}")), [""; 0]);
        assert_eq!(replaced("\nautopause = 1 ", "\n# autopause "), [""; 0]);
    }

    #[test]
    fn e28_what_is_added_changed_and_removed_is_named() {
        assert_eq!(
            replaced("\nautopause = 1 ", "\nautopause = 3 "),
            ["~ queue acme/sales: autopause 1 -> 3"]
        );
        let pools = "pool = \"web\"\npools = [\"web\"]\n";
        assert_eq!(replaced("pool = \"web\"\n", pools), ["~ site acme/shop: pools"], "names are no rows");
        let more = "[[accounts]]\nuser = \"299\"\npassword = \"hidden\"\n";
        assert_eq!(told(|text| format!("{text}\n{more}")), ["+ account 299"]);
        let with = parse(&format!("{WHOLE}\n{more}"));
        let gone: Vec<String> = diff(&with, &parse(WHOLE)).iter().map(ToString::to_string).collect();
        assert_eq!(gone, ["- account 299 (its calls go on, it is not registered any more)"]);
    }

    #[test]
    fn e28_a_number_that_leaves_a_range_is_named_and_no_secret_is() {
        let found = replaced("+493012345009", "+493012345008");
        assert_eq!(
            found,
            ["- number acme/web/+493012345009 (what is held leads to its visitor until it is over)"]
        );
        let account =
            |word: &str| parse(&format!("{WHOLE}\n[[accounts]]\nuser = \"299\"\npassword = \"{word}\"\n"));
        let found: Vec<String> =
            diff(&account("old-word"), &account("new-word")).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["~ account 299: password"]);
    }

    #[test]
    fn e28_keys_of_the_program_itself_need_a_restart_and_are_named() {
        let new = "[sip]\nlisten = [\"udp:0.0.0.0:5070\"]\necho_number = \"*44\"\n[media]\nworkers = 2\n[web]\nsessions_per_minute = 9\n";
        let mut found: Vec<(String, bool)> =
            diff(&parse(""), &parse(new)).into_iter().map(|change| (change.name, change.restart)).collect();
        found.sort();
        let expected = [
            ("media.workers", true),
            ("sip.echo_number", false),
            ("sip.listen", true),
            ("web.sessions_per_minute", false),
        ];
        assert_eq!(found, expected.map(|(name, restart)| (name.to_owned(), restart)));
        let firm = "[[firms]]\nname = \"beta\"\n[[firms.queues]]\nname = \"q\"\n";
        let found: Vec<String> = diff(&parse(""), &parse(firm)).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["+ firm beta [needs a restart]"]);
    }

    #[test]
    fn e28_the_order_of_routes_is_a_change() {
        let account = "[[accounts]]\nuser = \"9\"\npassword = \"p\"\n";
        let route = |pattern: &str| format!("[[routes]]\nmatch = \"{pattern}\"\nto = \"account:9\"\n");
        let (one, other) = (route("^1$"), route("^2"));
        let (old, new) = (parse(&format!("{account}{one}{other}")), parse(&format!("{account}{other}{one}")));
        let found: Vec<String> = diff(&old, &new).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["~ route the order"]);
    }
}
