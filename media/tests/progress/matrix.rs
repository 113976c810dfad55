//! The confusion matrix: what was played, and what was told of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Formatter};
use warmline_media::progress::{Sit, Told, Verdict};

/// Verdicts by what was played, in the order in which it was.
#[derive(Default)]
pub struct Matrix {
    rows: Vec<Row>,
}

/// What was told of one sort of sound.
pub struct Row {
    /// What was played.
    pub played: &'static str,
    /// What should be told.
    pub right: Option<Verdict>,
    /// How often each was told; `None`: nothing.
    told: BTreeMap<Option<Verdict>, u32>,
}

impl Matrix {
    /// One more.
    pub fn count(&mut self, played: &'static str, right: Option<Verdict>, told: Option<Told>) {
        let place = self.rows.iter().position(|row| row.played == played).unwrap_or_else(|| {
            self.rows.push(Row { played, right, told: BTreeMap::new() });
            self.rows.len() - 1
        });
        *self.rows[place].told.entry(told.map(|told| told.verdict)).or_default() += 1;
    }

    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The row of what was played.
    pub fn row(&self, played: &str) -> &Row {
        self.rows.iter().find(|row| row.played == played).expect("it was played")
    }
}

impl Row {
    /// How often it was played.
    pub fn all(&self) -> u32 {
        self.told.values().sum()
    }

    /// How often such a verdict was told of it.
    pub fn of(&self, is_such: impl Fn(Option<Verdict>) -> bool) -> u32 {
        self.told.iter().filter(|(told, _)| is_such(**told)).map(|(_, count)| count).sum()
    }

    /// How often the right one was.
    pub fn right(&self) -> u32 {
        self.of(|told| told == self.right)
    }
}

/// As Markdown: a column for each verdict that is right or was told; what is right is bold.
impl Display for Matrix {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let used = |row: &Row| row.told.keys().copied().chain([row.right]).collect::<Vec<_>>();
        // What is told of nothing comes last.
        let columns: BTreeSet<_> =
            self.rows.iter().flat_map(used).map(|told| (told.is_none(), told)).collect();
        write!(f, "| Played | How many |")?;
        columns.iter().try_for_each(|(_, told)| write!(f, " {} |", name(*told)))?;
        write!(f, "\n|---|--:|")?;
        columns.iter().try_for_each(|_| write!(f, "--:|"))?;
        for row in &self.rows {
            write!(f, "\n| {} | {} |", row.played, row.all())?;
            for (_, told) in &columns {
                match (row.told.get(told), *told == row.right) {
                    (None, false) => write!(f, " |")?,
                    (Some(count), false) => write!(f, " {count} |")?,
                    (count, true) => write!(f, " **{}** |", count.unwrap_or(&0))?,
                }
            }
        }
        writeln!(f)
    }
}

fn name(told: Option<Verdict>) -> &'static str {
    match told {
        Some(Verdict::Ringback) => "ringback",
        Some(Verdict::Busy) => "busy",
        Some(Verdict::Congestion) => "congestion",
        Some(Verdict::Sit(Sit::Intercept)) => "intercept",
        Some(Verdict::Sit(Sit::VacantCode)) => "vacant code",
        Some(Verdict::Sit(Sit::NoCircuit)) => "no circuit",
        Some(Verdict::Sit(Sit::Reorder)) => "reorder",
        Some(Verdict::Sit(Sit::Unspecified)) => "special",
        Some(Verdict::Fax) => "fax",
        Some(Verdict::Modem) => "modem",
        Some(Verdict::Machine) => "machine",
        Some(Verdict::Person) => "person",
        Some(Verdict::Unknown) => "unknown",
        None => "nothing",
    }
}
