//! What is said to customers: WAV files by language, and short melodies where a file is missing.

use crate::switch::settings::Prompts;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use warmline_coordination::cti::{Prompt, label};
use warmline_coordination::number::language_of;
use warmline_media::tone::melody;
use warmline_media::wav::read_wav;

/// Each prompt's file within the folder of a language.
pub const FILES: [(Prompt, &str); 39] = [
    (Prompt::EnterPin, "enter-pin.wav"),
    (Prompt::MatchDigits, "match-digits.wav"),
    (Prompt::WrongPin, "wrong-pin.wav"),
    (Prompt::Accepted, "accepted.wav"),
    (Prompt::PleaseHold, "please-hold.wav"),
    (Prompt::NewCall, "new-call.wav"),
    (Prompt::ColleagueAsks, "colleague-asks.wav"),
    (Prompt::YourCall, "your-call.wav"),
    (Prompt::PressOne, "press-one.wav"),
    (Prompt::EchoTest, "echo-test.wav"),
    (Prompt::OfferCallback, "offer-callback.wav"),
    (Prompt::OfferPin, "offer-pin.wav"),
    (Prompt::Identification, "identification.wav"),
    (Prompt::CallbackGoodbye, "callback-goodbye.wav"),
    (Prompt::YouAreNumber, "you-are-number.wav"),
    (Prompt::InLine, "in-line.wav"),
    (Prompt::WaitAbout, "wait-about.wav"),
    (Prompt::OneMinute, "one-minute.wav"),
    (Prompt::Minutes, "minutes.wav"),
    (Prompt::Number(1), "number-1.wav"),
    (Prompt::Number(2), "number-2.wav"),
    (Prompt::Number(3), "number-3.wav"),
    (Prompt::Number(4), "number-4.wav"),
    (Prompt::Number(5), "number-5.wav"),
    (Prompt::Number(6), "number-6.wav"),
    (Prompt::Number(7), "number-7.wav"),
    (Prompt::Number(8), "number-8.wav"),
    (Prompt::Number(9), "number-9.wav"),
    (Prompt::Number(10), "number-10.wav"),
    (Prompt::Number(11), "number-11.wav"),
    (Prompt::Number(12), "number-12.wav"),
    (Prompt::Number(13), "number-13.wav"),
    (Prompt::Number(14), "number-14.wav"),
    (Prompt::Number(15), "number-15.wav"),
    (Prompt::Number(16), "number-16.wav"),
    (Prompt::Number(17), "number-17.wav"),
    (Prompt::Number(18), "number-18.wav"),
    (Prompt::Number(19), "number-19.wav"),
    (Prompt::Number(20), "number-20.wav"),
];

/// Recordings of queues' names, `queue-FIRM-QUEUE.wav`, said to agents' phones outside.
const QUEUES: &str = "queue-";

/// The language that stands in for others: it is always there.
const FALLBACK: &str = "en";
/// No file is read that is larger: a minute of the richest sound that is taken is smaller.
const LARGEST: u64 = 16 << 20;

/// Melodies alone: what is played where no folder is set.
pub fn melodies() -> Prompts {
    [(FALLBACK.to_owned(), FILES.iter().map(|(prompt, _)| (*prompt, melody_of(*prompt))).collect())].into()
}

/// Reads `LANGUAGE/FILE` for all languages in the folder, the queues' greetings among them. What is missing is a melody; a greeting
/// or what belongs to an announcement is left out.
///
/// # Errors
/// A sentence for each thing that is wrong.
pub fn load(folder: &Path, greetings: &[String]) -> Result<Prompts, Vec<String>> {
    let unreadable = |error| vec![format!("the folder {} cannot be read: {error}", folder.display())];
    let mut prompts = melodies();
    let mut errors = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') || !entry.path().is_dir() {
            continue;
        }
        if matches!(name.len(), 2..=3) && name.bytes().all(|byte| byte.is_ascii_lowercase()) {
            match load_language(&entry.path(), greetings) {
                Ok(spoken) => drop(prompts.insert(name, spoken)),
                Err(found) => errors.extend(found),
            }
        } else {
            errors.push(format!("{} is no language, such as `en` or `de`", entry.path().display()));
        }
    }
    errors.sort();
    if errors.is_empty() { Ok(prompts) } else { Err(errors) }
}

/// What is missing of the message to those for whom nobody is there (docs/pacing.md): one file for each language of these countries;
/// nothing stands in for words.
pub fn unidentified<'a>(folder: Option<&Path>, countries: impl Iterator<Item = &'a str>) -> Vec<PathBuf> {
    let name =
        FILES.iter().find(|(prompt, _)| *prompt == Prompt::Identification).map_or("", |(_, name)| name);
    let languages: BTreeSet<&str> = countries.map(language_of).collect();
    let within = folder.unwrap_or(Path::new("prompts"));
    let files = languages.into_iter().map(|language| within.join(language).join(name));
    files.filter(|file| folder.is_none() || !file.is_file()).collect()
}

fn load_language(folder: &Path, greetings: &[String]) -> Result<BTreeMap<Prompt, Arc<[i16]>>, Vec<String>> {
    let mut errors = unknown_files(folder, greetings);
    let mut spoken = BTreeMap::new();
    let greetings = greetings.iter().map(String::as_str);
    let greetings = (0..).map(Prompt::Greeting).zip(greetings);
    for (prompt, name) in FILES.into_iter().chain(greetings) {
        let file = folder.join(name);
        match read(&file) {
            Ok(samples) => {
                spoken.insert(prompt, samples.unwrap_or_else(|| melody_of(prompt)));
            }
            Err(error) => errors.push(format!("{} cannot be used: {error}", file.display())),
        }
    }
    for name in wav_files(folder).iter().filter(|name| name.starts_with(QUEUES)) {
        match read(&folder.join(name)) {
            Ok(samples) => {
                let prompt = Prompt::Queue(label(name.trim_end_matches(".wav")));
                spoken.extend(samples.map(|samples| (prompt, samples)));
            }
            Err(error) => errors.push(format!("{} cannot be used: {error}", folder.join(name).display())),
        }
    }
    if errors.is_empty() { Ok(spoken) } else { Err(errors) }
}

fn wav_files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.ends_with(".wav")).collect()
}

/// A misspelt file would be replaced by a melody, and nobody would know why.
fn unknown_files(folder: &Path, greetings: &[String]) -> Vec<String> {
    if std::fs::read_dir(folder).is_err() {
        return vec![format!("the folder {} cannot be read", folder.display())];
    }
    let known = |name: &String| {
        name.starts_with(QUEUES) || greetings.contains(name) || FILES.iter().any(|(_, file)| file == name)
    };
    let unknown = wav_files(folder).into_iter().filter(|name| !known(name));
    let known = FILES.map(|(_, name)| name).join(", ");
    unknown.map(|name| format!("{} is none of {known}", folder.join(name).display())).collect()
}

/// A file's samples; `None`: it is not there.
fn read(file: &Path) -> Result<Option<Arc<[i16]>>, String> {
    match std::fs::metadata(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
        Ok(data) if data.len() > LARGEST => return Err("larger than 16 MiB".into()),
        Ok(_) => {}
    }
    let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
    read_wav(&bytes).map(Some).map_err(|error| error.to_string())
}

/// Told apart by ear: a question rises, an error falls, a yes is a triad, waiting is two notes back and forth, "speak now" is two notes up.
fn melody_of(prompt: Prompt) -> Arc<[i16]> {
    match prompt {
        Prompt::MatchDigits => melody(&[(659, 180), (523, 180), (0, 60), (659, 320)]),
        Prompt::EnterPin => melody(&[(523, 180), (659, 180), (0, 60), (784, 320)]),
        Prompt::WrongPin => melody(&[(392, 260), (0, 60), (294, 420)]),
        Prompt::Accepted => melody(&[(523, 120), (659, 120), (784, 120), (1047, 300)]),
        Prompt::PleaseHold => melody(&[(587, 240), (440, 240), (587, 240), (440, 360)]),
        Prompt::NewCall => melody(&[(659, 160), (880, 160), (659, 160), (880, 320)]),
        Prompt::ColleagueAsks => melody(&[(494, 200), (659, 200), (494, 320)]),
        Prompt::YourCall => melody(&[(440, 160), (554, 160), (659, 320)]),
        Prompt::PressOne => melody(&[(1047, 140), (0, 60), (1047, 260)]),
        Prompt::EchoTest => melody(&[(698, 160), (0, 60), (880, 240)]),
        Prompt::Identification => melody(&[(659, 200), (523, 200), (440, 420)]),
        Prompt::CallbackGoodbye => melody(&[(784, 160), (659, 160), (523, 360)]),
        // Keys and numbers cannot be told by notes: without words nothing is said.
        Prompt::Greeting(_)
        | Prompt::OfferCallback
        | Prompt::OfferPin
        | Prompt::YouAreNumber
        | Prompt::InLine
        | Prompt::WaitAbout
        | Prompt::OneMinute
        | Prompt::Minutes
        | Prompt::Queue(_)
        | Prompt::Number(_) => Arc::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::secrets;

    struct Folder(std::path::PathBuf);

    impl Folder {
        fn new() -> Self {
            let name = format!("warmline-prompts-{:016x}", u64::from_le_bytes(secrets::random()));
            let folder = std::env::temp_dir().join(name);
            std::fs::create_dir_all(&folder).unwrap();
            Folder(folder)
        }

        fn write(&self, name: &str, bytes: &[u8]) {
            let file = self.0.join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, bytes).unwrap();
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn files_are_read_and_what_is_missing_is_a_melody() {
        let folder = Folder::new();
        folder.write("de/enter-pin.wav", &crate::demo::wav(&[7; 800]));
        folder.write("de/welcome.wav", &crate::demo::wav(&[9; 800]));
        folder.write("de/README.txt", b"spoken by nobody");
        folder.write("notes.txt", b"");
        folder.write(".git/config", b"");
        let prompts = load(&folder.0, &["welcome.wav".to_owned()]).expect("a good folder");
        assert_eq!(prompts.keys().collect::<Vec<_>>(), ["de", "en"]);
        assert_eq!(prompts["de"][&Prompt::EnterPin].to_vec(), [7; 800]);
        assert_eq!(prompts["de"][&Prompt::Greeting(0)].to_vec(), [9; 800]);
        assert_eq!(prompts["de"][&Prompt::Accepted], melodies()["en"][&Prompt::Accepted]);
        let english = &prompts["en"];
        // Numbers and keys have no melody.
        let melodies = FILES.into_iter().filter(|(prompt, _)| !english[prompt].is_empty());
        assert_eq!(melodies.clone().count(), 12);
        for (prompt, _) in melodies {
            assert!((2_000..16_000).contains(&english[&prompt].len()));
            assert!(FILES.iter().all(|(other, _)| *other == prompt || english[other] != english[&prompt]));
        }
    }

    #[test]
    fn each_fault_is_a_sentence() {
        let folder = Folder::new();
        folder.write("de/enter-pin.wav", b"no sound at all");
        folder.write("de/enterpin.wav", b"");
        folder.write("German/accepted.wav", b"");
        let errors = load(&folder.0, &["welcome.wav".to_owned()]).unwrap_err();
        assert_eq!(errors.len(), 3, "{errors:?}");
        assert!(errors[0].ends_with("German is no language, such as `en` or `de`"), "{errors:?}");
        assert!(errors[1].ends_with("de/enter-pin.wav cannot be used: no RIFF/WAVE file"), "{errors:?}");
        assert!(
            errors[2].contains("de/enterpin.wav is none of enter-pin.wav, match-digits.wav"),
            "{errors:?}"
        );
        let nowhere = load(&folder.0.join("nowhere"), &[]).unwrap_err();
        assert!(nowhere[0].contains("nowhere cannot be read: No such file"), "{nowhere:?}");
    }
}
