//! What strangers wrote, made fit to keep and to show: bounded, without control characters.

use std::collections::BTreeMap;

/// Longest URL of a page, in bytes.
const URL_MAX: usize = 2048;

/// What a page may say of itself: so many attributes, names and texts of so many characters.
const ATTRIBUTES: usize = 20;
const NAME: usize = 40;
const TEXT: usize = 200;

/// At most `max` characters; control and text-direction characters are left out, white space is trimmed.
pub(crate) fn clean(text: &str, max: usize) -> String {
    let kept: String = text.chars().filter(|&c| !is_unfit(c)).take(max).collect();
    kept.trim().to_owned()
}

/// Text of several lines, without control and text-direction characters but line ends.
pub(crate) fn clean_lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\t', " ");
    let kept: String = text.chars().filter(|&c| c == '\n' || !is_unfit(c)).collect();
    kept.trim().to_owned()
}

/// What people write to each other: as [`clean_lines`], but with the joiners that scripts and emoji need.
pub(crate) fn clean_talk(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\t', " ");
    let joins = |c: char| matches!(c, '\u{200c}'..='\u{200f}');
    let kept: String = text.chars().filter(|&c| c == '\n' || joins(c) || !is_unfit(c)).collect();
    kept.trim().to_owned()
}

/// An http or https URL of bounded length, or nothing.
pub(crate) fn clean_url(text: &str) -> String {
    let url = clean(text, URL_MAX);
    let known = url.starts_with("https://") || url.starts_with("http://");
    if known && url.len() <= URL_MAX { url } else { String::new() }
}

/// What a page says, as far as it has the form of [`crate::request::Page::attributes`].
pub(crate) fn clean_attributes(said: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let fits = |name: &str| (1..=NAME).contains(&name.len()) && name.bytes().all(is_of_name);
    let named = said.into_iter().filter(|(name, _)| fits(name));
    named.map(|(name, text)| (name, clean(&text, TEXT))).take(ATTRIBUTES).collect()
}

fn is_of_name(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-')
}

/// A snapshot's name: 64 lower-case hex digits.
pub(crate) fn clean_hash(text: &str) -> Option<String> {
    let hex = text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    hex.then(|| text.to_ascii_lowercase())
}

fn is_unfit(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strips_what_would_deceive() {
        assert_eq!(clean("  Ve\u{0}r\r\na\u{202e} ", 10), "Vera");
        assert_eq!(clean("abcdef", 3), "abc");
        assert_eq!(clean_lines(" a\u{0}\tb\r\n\u{202e}c\rd\n"), "a b\ncd");
        assert_eq!(clean_url("javascript:alert(1)"), "");
        assert_eq!(clean_url("https://shop.test/p\n"), "https://shop.test/p");
        assert_eq!(clean_url(&format!("https://shop.test/{}", "é".repeat(2000))), "");
    }

    #[test]
    fn talk_keeps_emoji_and_persian_but_no_overrides() {
        assert_eq!(
            clean_talk(" 👩\u{200d}👧 می\u{200c}خواهم\u{202e}x\r\n\u{2066}y\u{0} "),
            "👩\u{200d}👧 می\u{200c}خواهمx\ny"
        );
    }

    #[test]
    fn what_a_page_says_is_bounded() {
        let many = (0..30).map(|n| (format!("k{n:02}"), "x".repeat(300)));
        let wrong = ["", "Plan", "a b", "ä", &"k".repeat(41)].map(|name| (name.to_owned(), String::new()));
        let kept = clean_attributes(many.chain(wrong).collect());
        assert_eq!(kept.len(), 20);
        assert!(kept.values().all(|text| text.len() == 200) && kept.contains_key("k00"));
        let kept = clean_attributes([("plan-2".to_owned(), " pro\u{202e}\n ".to_owned())].into());
        assert_eq!(kept["plan-2"], "pro");
    }

    #[test]
    fn hashes_are_hashes() {
        assert_eq!(clean_hash("zz"), None);
        assert_eq!(clean_hash(&"A".repeat(64)), Some("a".repeat(64)));
    }
}
