//! The corpus as sounds and labels, to be listened to: where `WARMLINE_CORPUS` names a folder.

use crate::Set;
use std::fs::{OpenOptions, create_dir_all, write};
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use warmline_media::progress::{Told, Verdict};

const RATE: u32 = 8_000;

/// One call as it arrives, what it is, and what was told of it: a file, and a line of `labels.csv`.
pub fn keep(set: Set, name: &str, right: Option<Verdict>, told: Option<Told>, samples: &[i16]) {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let Some(folder) = std::env::var_os("WARMLINE_CORPUS").map(PathBuf::from) else { return };
    create_dir_all(&folder).expect("a folder");
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let file = format!("{set:?}-{number:05}-{}.wav", name.replace([' ', ','], "-")).to_lowercase();
    write(folder.join(&file), wave(samples)).expect("written");
    let word = |verdict: Option<Verdict>| {
        verdict.map_or_else(String::new, |verdict| format!("{verdict:?}").to_lowercase())
    };
    let at = told.map_or_else(String::new, |told| told.at_ms.to_string());
    let line =
        format!("{file};{set:?};{name};{};{};{at}\n", word(right), word(told.map(|told| told.verdict)));
    let labels = OpenOptions::new().create(true).append(true).open(folder.join("labels.csv"));
    labels.expect("labels").write_all(line.as_bytes()).expect("written");
}

/// 16-bit mono.
fn wave(samples: &[i16]) -> Vec<u8> {
    let len = samples.len() as u32 * 2;
    let mut file = Vec::from(*b"RIFF");
    file.extend((36 + len).to_le_bytes());
    file.extend(*b"WAVEfmt ");
    file.extend(16u32.to_le_bytes());
    file.extend([1, 0, 1, 0]);
    file.extend(RATE.to_le_bytes());
    file.extend((RATE * 2).to_le_bytes());
    file.extend([2, 0, 16, 0]);
    file.extend(*b"data");
    file.extend(len.to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}
