//! `[firms.callme]`: whom the firm calls, and when.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use toml::Spanned;

/// `[firms.callme]`
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields, default)]
pub struct Callme {
    /// Countries that are called, ISO 3166 two letters; the first is the one national numbers are read in.
    pub countries: Vec<Spanned<String>>,
    /// How long it rings.
    pub ring_secs: u32,
    /// The version of the consent text that the page shows.
    pub consent_version: String,
    /// Kinds of numbers that are called: `fixed`, `mobile`, `voip`, `personal`, `toll_free`. Premium rate, shared cost, UAN, pagers,
    /// voicemail, satellite, emergency and short numbers and the firm's own never are.
    pub types: Vec<Spanned<String>>,
    /// Beginnings in E.164 that are not called (`+4470`), beside those that are built in.
    pub deny_prefixes: Vec<Spanned<String>>,
    /// Beginnings that are called all the same; of all that fit the longest decides. Satellite and other numbers of no country never are.
    pub allow_prefixes: Vec<Spanned<String>>,
    /// When somebody is called, by his own clock: `default`, countries (`DE`) and states (`US-FL`), each `08:00-20:00` or
    /// `mon-fri 08:00-20:00; sat 10:00-14:00`. Of several zones that a number may be in, each must allow it.
    pub calling_hours: BTreeMap<String, Spanned<String>>,
    /// Who has just asked to be called now is called whatever the hour: once, and within 15 minutes.
    pub exempt_immediate: bool,
}

impl Default for Callme {
    fn default() -> Self {
        Callme {
            countries: Vec::new(),
            ring_secs: 30,
            consent_version: "1".into(),
            types: ["fixed", "mobile"].map(|kind| Spanned::new(0..0, kind.to_owned())).into(),
            deny_prefixes: Vec::new(),
            allow_prefixes: Vec::new(),
            calling_hours: BTreeMap::new(),
            exempt_immediate: true,
        }
    }
}
