//! Words as they are looked for: without capitals, accents and marks.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Characters of a word that count.
const WORD: usize = 40;

/// The words of a text.
pub(super) fn words(text: &str) -> Vec<Box<str>> {
    let mut plain = String::with_capacity(text.len());
    for letter in text.nfkd().filter(|&letter| !is_combining_mark(letter)).flat_map(char::to_lowercase) {
        match undecorated(letter) {
            Some(letters) => plain.push_str(letters),
            None => plain.push(letter),
        }
    }
    let words = plain.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| word.chars().take(WORD).collect::<String>().into_boxed_str()).collect()
}

/// As German is spelled without its umlauts: a second word where there is one.
pub(super) fn spelled(text: &str) -> String {
    let composed: String = text.nfc().collect();
    if !composed.contains(['ä', 'ö', 'ü', 'Ä', 'Ö', 'Ü']) {
        return String::new();
    }
    let letters = composed.chars().map(|letter| match letter {
        'ä' | 'Ä' => "ae".into(),
        'ö' | 'Ö' => "oe".into(),
        'ü' | 'Ü' => "ue".into(),
        other => other.to_string(),
    });
    letters.collect()
}

/// An e-mail address as one word.
pub(super) fn address(text: &str) -> Box<str> {
    text.trim().to_lowercase().into_boxed_str()
}

/// Letters whose mark is a part of them (no decomposition in Unicode), as who has not the key types them.
fn undecorated(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ı' => "i",
        'ħ' => "h",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lose_what_people_leave_out() {
        let read = |text: &str| words(text).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(
            read("Łukasz O'Neill-Ñandú, Groß & Søn"),
            ["lukasz", "o", "neill", "nandu", "gross", "son"]
        );
        assert_eq!(read("Mu\u{308}ller ﬁnn ＡＢＣ"), ["muller", "finn", "abc"]);
        assert_eq!(read("李小龙 İstanbul"), ["李小龙", "istanbul"]);
        assert_eq!(read(" \u{301} - "), Vec::<String>::new());
        assert_eq!(words(&"x".repeat(100))[0].len(), WORD);
        assert_eq!((spelled("Mu\u{308}ller"), spelled("Meier")), ("Mueller".into(), String::new()));
    }
}
