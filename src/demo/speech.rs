//! What the demo says, spoken by espeak-ng at set-up: its carrier's voice, as a WAV that baresip plays (16-bit mono, 8 kHz), and the
//! prompts of the switch.

use crate::config::prompts::FILES;
use std::io::Error;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use warmline_coordination::cti::Prompt;
use warmline_media::wav::read_wav;

const RATE: u32 = 8_000;
/// baresip ends the call where the file ends: it must outlast any demo.
const SECONDS: usize = 600;
const PAUSE: usize = 3 * RATE as usize;
const TEXT: &str = "Hello, this is the customer of the demo. Thank you for calling me back. \
                    I am looking at the printer on your page and have a question about it.";
const LANGUAGES: [&str; 3] = ["en", "de", "es"];

/// The words of a prompt.
fn words(prompt: Prompt, language: &str) -> String {
    let of = |english: &str, german: &str, spanish: &str| {
        match language {
            "de" => german,
            "es" => spanish,
            _ => english,
        }
        .to_owned()
    };
    match prompt {
        Prompt::EnterPin => of(
            "Please enter the code that is shown on the page.",
            "Bitte geben Sie jetzt die Zahl ein, die auf der Seite steht.",
            "Introduzca el código que aparece en la página.",
        ),
        Prompt::MatchDigits => of(
            "You asked on our page to be called. Please enter the two digits that it shows. If you did not ask for this call, press nine, and we never call again.",
            "Sie haben auf unserer Seite um einen Anruf gebeten. Bitte geben Sie die zwei Ziffern ein, die dort stehen. Wenn Sie nicht angerufen werden wollen, drücken Sie die Neun, und wir rufen nie wieder an.",
            "Usted ha pedido en nuestra página que le llamemos. Introduzca las dos cifras que aparecen en ella. Si no ha pedido esta llamada, pulse nueve y no volveremos a llamar.",
        ),
        Prompt::WrongPin => of(
            "That code is not right. Please try once more.",
            "Diese Zahl ist nicht richtig. Bitte versuchen Sie es noch einmal.",
            "El código no es correcto. Inténtelo de nuevo.",
        ),
        Prompt::Accepted => of(
            "Thank you. We are connecting you.",
            "Vielen Dank. Wir verbinden Sie.",
            "Gracias. Le ponemos en contacto.",
        ),
        Prompt::PleaseHold => of(
            "Everybody is busy at the moment. Please hold the line.",
            "Im Moment sind alle im Gespräch. Bitte bleiben Sie in der Leitung.",
            "En este momento todos están ocupados. Siga a la espera, por favor.",
        ),
        Prompt::Greeting(_) => {
            of("Welcome to the shop.", "Willkommen bei unserem Geschäft.", "Bienvenido a nuestra tienda.")
        }
        Prompt::OfferCallback => of(
            "If you would like us to call you back, press five. You keep your place.",
            "Wenn wir Sie zurückrufen sollen, drücken Sie die Fünf. Sie behalten Ihren Platz.",
            "Si prefiere que le llamemos, pulse cinco. Conserva su puesto.",
        ),
        Prompt::OfferPin => of(
            "If you see a code on our page, press nine.",
            "Wenn Sie auf unserer Seite eine Zahl sehen, drücken Sie die Neun.",
            "Si ve un código en nuestra página, pulse nueve.",
        ),
        Prompt::Identification => of(
            "This was a call from Acme. Nobody is free to speak with you just now; we are sorry. If we are to call you never again, press nine. Goodbye.",
            "Dies war ein Anruf von Acme. Gerade ist niemand frei, der mit Ihnen spricht; das tut uns leid. Wenn wir nie wieder anrufen sollen, drücken Sie die Neun. Auf Wiederhören.",
            "Ha sido una llamada de Acme. Ahora mismo nadie puede atenderle; lo sentimos. Si no quiere que le llamemos nunca más, pulse nueve. Adiós.",
        ),
        Prompt::CallbackGoodbye => of(
            "Thank you. We call you back as soon as it is your turn. Goodbye.",
            "Vielen Dank. Wir rufen Sie zurück, sobald Sie an der Reihe sind. Auf Wiederhören.",
            "Gracias. Le llamaremos cuando sea su turno. Adiós.",
        ),
        Prompt::YouAreNumber => of("You are number", "Sie sind Nummer", "Usted es el número"),
        Prompt::InLine => of("in line.", "in der Warteschlange.", "en la cola."),
        Prompt::WaitAbout => {
            of("The wait is about", "Die Wartezeit beträgt etwa", "El tiempo de espera es de unos")
        }
        Prompt::OneMinute => of("one minute.", "eine Minute.", "un minuto."),
        Prompt::Minutes => of("minutes.", "Minuten.", "minutos."),
        Prompt::Number(number) => number.to_string(),
        Prompt::EchoTest => of(
            "This is the echo test. Speak, and you hear yourself.",
            "Dies ist der Echotest. Sprechen Sie, und Sie hören sich selbst.",
            "Esta es la prueba de eco. Hable y se oirá a sí mismo.",
        ),
        Prompt::NewCall => of("A call for you.", "Ein Anruf für Sie.", "Una llamada para usted."),
        Prompt::ColleagueAsks => of(
            "A colleague would like to speak with you.",
            "Eine Kollegin oder ein Kollege möchte Sie sprechen.",
            "Un compañero quiere hablar con usted.",
        ),
        Prompt::YourCall => of(
            "The call that you asked for.",
            "Der Anruf, den Sie gewünscht haben.",
            "La llamada que ha pedido.",
        ),
        Prompt::PressOne => {
            of("To accept it, press 1.", "Zum Annehmen drücken Sie die Eins.", "Para aceptarla, pulse uno.")
        }
        Prompt::Queue(_) => String::new(),
    }
}

/// Writes the carrier's voice if it is not there. Without espeak-ng a soft two-tone signal takes the place of the words.
pub fn prepare(file: &Path) -> Result<(), Error> {
    if file.exists() {
        return Ok(());
    }
    let spoken = spoken(file, "en", TEXT);
    let mut samples = spoken.map_or_else(chime, |spoken| spoken.to_vec());
    samples.extend(std::iter::repeat_n(0, PAUSE));
    let samples: Vec<i16> = samples.iter().copied().cycle().take(SECONDS * RATE as usize).collect();
    std::fs::write(file, wav(&samples))
}

/// Writes the prompts that are not there. Without espeak-ng there are none: the switch plays its melodies.
pub fn prepare_prompts(folder: &Path) -> Result<(), Error> {
    for language in LANGUAGES {
        let folder = folder.join(language);
        std::fs::create_dir_all(&folder)?;
        for (prompt, name) in FILES {
            let file = folder.join(name);
            if !file.exists()
                && let Some(samples) = spoken(&file, language, &words(prompt, language))
            {
                std::fs::write(file, wav(&samples))?;
            }
        }
    }
    Ok(())
}

fn spoken(beside: &Path, voice: &str, text: &str) -> Option<Arc<[i16]>> {
    let raw = beside.with_extension("espeak");
    let done =
        Command::new("espeak-ng").args(["-v", voice, "-s", "150", "-w"]).arg(&raw).arg(text).output().ok()?;
    let bytes = std::fs::read(&raw).ok()?;
    let _ = std::fs::remove_file(&raw);
    done.status.success().then_some(())?;
    read_wav(&bytes).ok()
}

fn chime() -> Vec<i16> {
    let tone = |hz: f64| {
        (0..RATE).map(move |n| {
            let seconds = f64::from(n) / f64::from(RATE);
            (6_000.0 * (-3.0 * seconds).exp() * (std::f64::consts::TAU * hz * seconds).sin()) as i16
        })
    };
    tone(523.25).chain(tone(659.25)).collect()
}

/// A file of 16-bit PCM, mono, 8 kHz.
pub(crate) fn wav(samples: &[i16]) -> Vec<u8> {
    let size = samples.len() as u32 * 2;
    let mut bytes = Vec::with_capacity(44 + size as usize);
    bytes.extend(b"RIFF");
    bytes.extend((36 + size).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(RATE.to_le_bytes());
    bytes.extend((RATE * 2).to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend(size.to_le_bytes());
    bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::prompts;

    #[test]
    fn the_prompts_are_what_the_switch_takes() {
        let name = format!("warmline-speech-{:016x}", u64::from_le_bytes(crate::ops::secrets::random()));
        let folder = std::env::temp_dir().join(name);
        prepare_prompts(&folder).expect("written");
        let loaded = prompts::load(&folder, &[]).expect("a good folder");
        let spoken = folder.join("de/please-hold.wav").exists();
        let _ = std::fs::remove_dir_all(&folder);
        assert_eq!(loaded.keys().collect::<Vec<_>>(), ["de", "en", "es"]);
        // With espeak-ng each is words, in its language; without it a melody.
        for (prompt, _) in FILES {
            let [german, english] = ["de", "en"].map(|language| &loaded[language][&prompt]);
            assert_eq!(german != english, spoken, "{prompt:?}");
            let silent = !spoken && german.is_empty();
            assert!(silent || (2_000..120_000).contains(&german.len()), "{prompt:?}: {}", german.len());
        }
    }

    #[test]
    fn a_file_that_is_written_is_read_again() {
        assert_eq!(read_wav(&wav(&[1, -2, 300])).expect("good").to_vec(), [1, -2, 300]);
    }
}
