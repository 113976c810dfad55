//! Recomputes a bundle, and says in plain words what holds.

use super::bundle::{Bundle, Content, FORMAT, Item, Place};
use super::concerns::Request;
use super::key::unhex;
use super::timeline;
use crate::store::chain::{self, Hash};
use warmline_coordination::fact::Fact;
use warmline_coordination::ids::ReservationId;

/// One thing that was looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Whether it holds.
    pub holds: bool,
    /// A sentence.
    pub what: String,
}

/// What was found.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Report {
    /// In the order in which it was looked at.
    pub findings: Vec<Finding>,
    /// What else there is to say.
    pub notes: Vec<String>,
}

impl Report {
    /// Whether all of it holds.
    pub fn holds(&self) -> bool {
        !self.findings.is_empty() && self.findings.iter().all(|finding| finding.holds)
    }

    pub(super) fn add(&mut self, holds: bool, yes: impl Into<String>, no: impl Into<String>) {
        self.findings.push(Finding { holds, what: if holds { yes.into() } else { no.into() } });
    }

    pub(super) fn note(&mut self, what: String) {
        self.notes.push(what);
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for finding in &self.findings {
            writeln!(
                f,
                "{} {}",
                if finding.holds { "holds:        " } else { "DOES NOT HOLD:" },
                finding.what
            )?;
        }
        for note in &self.notes {
            writeln!(f, "{note}")?;
        }
        f.write_str(if self.holds() {
            "All of it holds."
        } else {
            "This is no evidence: see what does not hold."
        })
    }
}

/// The bundles of a file: one, or a list of them.
///
/// # Errors
/// Where it is none, in a sentence.
pub fn read(text: &str) -> Result<Vec<Bundle>, String> {
    let none = |error: serde_json::Error| format!("this is no bundle of evidence: {error}");
    if text.trim_start().starts_with('[') {
        return serde_json::from_str(text).map_err(none);
    }
    serde_json::from_str(text).map(|bundle| vec![bundle]).map_err(none)
}

/// What is looked at, in this order, where a key is trusted.
pub const CHECKS: [&str; 7] = ["format", "signature", "key", "chain", "head", "rows", "timeline"];

/// Looks at a bundle. `key`: the public key that is trusted, in hexadecimal.
pub fn verify(bundle: &Bundle, key: Option<&str>) -> Report {
    let mut report = Report::default();
    let content = &bundle.content;
    report.add(
        content.format == FORMAT,
        format!("The file is a bundle of evidence about {} of firm {}.", content.reservation, content.firm),
        format!("The file calls itself {:?}, not {FORMAT}: another version wrote it.", content.format),
    );
    report.add(
        bundle.is_signed(),
        format!("The key {} has signed it, made at {}.", bundle.key, content.made_at),
        format!("The key {} has not signed this: something in it was changed, or the signature.", bundle.key),
    );
    if let Some(key) = key {
        let trusted = key.trim().eq_ignore_ascii_case(&bundle.key);
        report.add(trusted, "That is the key you trust.", format!("You trust another key: {}.", key.trim()));
    }
    let chain = follow(content);
    report.add(
        chain.is_ok(),
        format!(
            "The rows {} to {} follow one from the other, from the link before to the link after: none was changed, \
             removed, moved or added.",
            content.before.seq.saturating_add(1),
            content.after.seq
        ),
        chain.err().unwrap_or_default(),
    );
    let head = (content.head.seq, &content.head.link);
    let after = (content.after.seq, &content.after.link);
    report.add(
        unhex::<32>(&content.head.link).is_some() && (head.0 > after.0 || head == after),
        format!("The journal had {} rows then; its head was {}.", content.head.seq, content.head.link),
        "The journal's head is before the last row.",
    );
    let own = about(content);
    report.add(
        own.is_ok(),
        "Each row that can be read is about this request, the first and the last of them too.",
        own.err().unwrap_or_default(),
    );
    if content.words != timeline::WORDS {
        let other = "The timeline is in the words of another version: read the rows, it was not recomputed.";
        report.add(true, other, other);
    } else {
        let rows = content.rows.iter().filter_map(|item| match item {
            Item::Row(row) => Some(row),
            Item::Others(_) => None,
        });
        report.add(
            timeline::of(rows) == content.timeline,
            "The timeline says what the rows say.",
            "The timeline is not what the rows say.",
        );
    }
    report
}

fn link(place: &Place, what: &str) -> Result<Hash, String> {
    unhex(&place.link).ok_or_else(|| format!("The link {what} is none."))
}

/// Makes the links anew.
fn follow(content: &Content) -> Result<(), String> {
    let mut last = link(&content.before, "before the rows")?;
    let mut seq = content.before.seq;
    let mut step = |number: u64, digest: Hash| {
        if Some(number) != seq.checked_add(1) {
            return Err(format!("Row {number} stands behind row {seq}: rows are missing, or were moved."));
        }
        (seq, last) = (number, chain::link(&last, &digest));
        Ok(())
    };
    for item in &content.rows {
        match item {
            Item::Row(row) => step(row.seq, row.digest(&content.firm))?,
            Item::Others(others) => {
                for (place, digest) in others.digests.iter().enumerate() {
                    let number = others.from.saturating_add(place as u64);
                    let digest =
                        unhex(digest).ok_or_else(|| format!("The digest of row {number} is none."))?;
                    step(number, digest)?;
                }
            }
        }
    }
    if seq != content.after.seq || last != link(&content.after, "after the rows")? {
        return Err(format!(
            "The rows do not lead to the link after them: a row between {} and {} was changed, removed, moved or added.",
            content.before.seq.saturating_add(1),
            content.after.seq
        ));
    }
    Ok(())
}

/// Whether the rows are those of the request, from its opening on.
fn about(content: &Content) -> Result<(), String> {
    let id: ReservationId =
        content.reservation.parse().map_err(|_| "The request's id is none.".to_owned())?;
    let mut request = Request::new(id);
    let mut facts: Vec<(u64, Fact)> = Vec::new();
    for item in &content.rows {
        if let Item::Row(row) = item {
            let unknown = |error| format!("Row {} cannot be read: {error}.", row.seq);
            let fact = serde_json::from_str(&row.fact).map_err(unknown)?;
            request.learn(row.seq, &fact);
            facts.push((row.seq, fact));
        }
    }
    if let Some((seq, _)) = facts.iter().find(|(_, fact)| !request.concerns(fact)) {
        return Err(format!("Row {seq} is about something else."));
    }
    if !matches!(content.rows.first(), Some(Item::Row(_)))
        || !matches!(content.rows.last(), Some(Item::Row(_)))
    {
        return Err("It does not begin and end with a row of this request.".to_owned());
    }
    if !matches!(facts.first(), Some((_, Fact::ReservationOpened(_)))) {
        return Err("The row that opened the request is missing.".to_owned());
    }
    Ok(())
}
