//! `warmline evidence`: bundles, their verification and the journal's, at the command line.

use super::audit::{Kept, audit};
use super::collect::{about_number, collect};
use super::key::{FILE, Key};
use super::verify::{Report, read, verify};
use super::{campaign, summary};
use crate::config::Config;
use crate::io::clock;
use crate::store::StoreError;
use crate::store::sqlite::Reader;
use std::path::{Path, PathBuf};
use warmline_coordination::ids::ReservationId;
use warmline_coordination::number::is_e164;

/// What a bundle is wanted of.
#[derive(Clone, Debug)]
pub enum Of {
    /// One request.
    Reservation(ReservationId),
    /// All requests of who has this number, E.164.
    Number(String),
}

fn journal(config: &Config) -> Result<Reader, String> {
    Reader::open(&config.data.join("warmline.db")).map_err(|error| said(&error))
}

fn said(error: &StoreError) -> String {
    error.to_string()
}

/// The bundles as they are to be written: of a number as a list. The journal is read only, beside the program that runs or without it.
///
/// # Errors
/// Why there are none, in a sentence.
pub fn export(config: &Config, firm: &str, of: &Of) -> Result<String, String> {
    let mut journal = journal(config)?;
    let key =
        Key::read(&config.data).map_err(|error| format!("{}: {error}", config.data.join(FILE).display()))?;
    let now = clock::wall();
    let mut bundle = |id: ReservationId| {
        let content = collect(&mut journal, firm, id, now).map_err(|why| format!("{id}: {why}"))?;
        content.signed(&key).map_err(|error| error.to_string())
    };
    match of {
        Of::Reservation(id) => bundle(*id)?.text().map_err(|error| error.to_string()),
        Of::Number(number) => {
            if !is_e164(number) {
                return Err(format!("`{number}` is no number in E.164, such as +4930901820"));
            }
            let mut reading = self::journal(config)?;
            let found = about_number(&mut reading, firm, number).map_err(|why| why.to_string())?;
            if found.is_empty() {
                return Err(format!("{firm} has no request of this number"));
            }
            // One that cannot be had keeps nobody from the others.
            let (bundles, without): (Vec<_>, Vec<_>) = found.into_iter().map(bundle).partition(Result::is_ok);
            without.iter().filter_map(|why| why.as_ref().err()).for_each(|why| eprintln!("left out: {why}"));
            let bundles: Vec<_> = bundles.into_iter().filter_map(Result::ok).collect();
            if bundles.is_empty() {
                return Err(format!(
                    "none of the requests of this number can be proved; {} were left out",
                    without.len()
                ));
            }
            let text = serde_json::to_string_pretty(&bundles).map_err(|error| error.to_string())?;
            Ok(text + "\n")
        }
    }
}

/// The public key.
///
/// # Errors
/// Where there is none that can be read, in a sentence.
pub fn key(config: &Config) -> Result<String, String> {
    let key =
        Key::read(&config.data).map_err(|error| format!("{}: {error}", config.data.join(FILE).display()))?;
    Ok(key.public())
}

/// Looks at each bundle of a file. The report, and whether all of it holds.
///
/// # Errors
/// Where the file is none, in a sentence.
pub fn verify_file(file: &Path, key: Option<&str>) -> Result<(String, bool), String> {
    let reports: Vec<Report> = match summary_of(file)? {
        Some(summary) => vec![summary::verify(&summary, key)],
        None => bundles(file)?.iter().map(|bundle| verify(bundle, key)).collect(),
    };
    let mut text: Vec<String> = reports.iter().map(ToString::to_string).collect();
    if key.is_none() {
        text.push("Whose key that is was not looked at: `--key` names the one you trust.".to_owned());
    }
    Ok((text.join("\n"), !reports.is_empty() && reports.iter().all(Report::holds)))
}

/// A campaign's summary as it is to be written.
///
/// # Errors
/// Why there is none, in a sentence.
pub fn campaign(config: &Config, firm: &str, campaign: &str, until: Option<u64>) -> Result<String, String> {
    let mut journal = journal(config)?;
    let key =
        Key::read(&config.data).map_err(|error| format!("{}: {error}", config.data.join(FILE).display()))?;
    let now = clock::wall();
    let content = campaign::collect(&mut journal, firm, campaign, until, now);
    let content = content.map_err(|why| format!("{campaign}: {why}"))?;
    content.signed(&key).and_then(|summary| summary.text()).map_err(|error| error.to_string())
}

/// A day of the command line, `2026-11-30`, in days since the epoch.
///
/// # Errors
/// Where it is none, in a sentence.
pub fn day(text: &str) -> Result<u64, String> {
    warmline_web::day(text).ok_or_else(|| format!("`{text}` is no day, such as 2026-11-30"))
}

/// None: it is another kind of file.
fn summary_of(file: &Path) -> Result<Option<summary::Summary>, String> {
    let named = |error: String| format!("{}: {error}", file.display());
    let text = std::fs::read_to_string(file).map_err(|error| named(error.to_string()))?;
    summary::read(&text).transpose().map_err(named)
}

fn bundles(file: &Path) -> Result<Vec<super::bundle::Bundle>, String> {
    let named = |error: String| format!("{}: {error}", file.display());
    let text = std::fs::read_to_string(file).map_err(|error| named(error.to_string()))?;
    read(&text).map_err(named)
}

/// Follows the chains of the whole journal; `heads` and the links of `files` are to be in them. The report, and whether all of it holds.
///
/// # Errors
/// Where the journal or a file cannot be read, in a sentence.
pub fn audit_all(config: &Config, heads: &[String], files: &[PathBuf]) -> Result<(String, bool), String> {
    let mut kept = Kept::default();
    for head in heads {
        kept.head(head)?;
    }
    for file in files {
        if let Some(summary) = summary_of(file)? {
            if !summary::verify(&summary, None).holds() {
                return Err(format!(
                    "{}: this summary does not hold; see `warmline evidence verify`",
                    file.display()
                ));
            }
            kept.summary(&summary);
            continue;
        }
        for bundle in bundles(file)? {
            if !verify(&bundle, None).holds() {
                return Err(format!(
                    "{}: this bundle does not hold; see `warmline evidence verify`",
                    file.display()
                ));
            }
            kept.bundle(&bundle);
        }
    }
    let firms = audit(&mut journal(config)?, &kept).map_err(|error| said(&error))?;
    let text: Vec<String> = firms.iter().map(ToString::to_string).collect();
    let holds = firms.iter().all(super::audit::Audited::holds);
    Ok((if text.is_empty() { "the journal is empty".to_owned() } else { text.join("\n") }, holds))
}
