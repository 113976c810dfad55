//! Checks of the form of what strangers type and pages send.

use crate::origin::is_authority;
use crate::problem::Refusal;
use serde_json::Value;
use std::collections::BTreeMap;

/// A line that a person typed: no control characters, at most `longest` characters.
pub(crate) fn line(field: &'static str, text: &str, longest: usize) -> Result<(), Refusal> {
    if text.chars().any(|letter| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}')) {
        let detail = format!("`{field}` must not contain control characters.");
        return Err(Refusal::rule("control_characters", detail));
    }
    if text.chars().nth(longest).is_some() {
        return Err(Refusal::rule("too_long", format!("`{field}` has at most {longest} characters.")));
    }
    Ok(())
}

/// A [`line`] with something in it.
pub(crate) fn filled_line(field: &'static str, text: &str, longest: usize) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::rule("empty", format!("`{field}` must not be empty.")));
    }
    line(field, text, longest)
}

/// Text of several lines that a person typed, with line ends as `\n`: no other control characters than these and tabs, at most
/// `longest` characters.
pub(crate) fn paragraphs(field: &'static str, text: &str, longest: usize) -> Result<String, Refusal> {
    let text = text.replace("\r\n", "\n");
    if text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\t')) {
        let detail = format!("`{field}` must not contain control characters other than line ends.");
        return Err(Refusal::rule("control_characters", detail));
    }
    if text.chars().nth(longest).is_some() {
        return Err(Refusal::rule("too_long", format!("`{field}` has at most {longest} characters.")));
    }
    Ok(text)
}

/// A page's address: http or https with a host, at most 2,048 bytes, nothing that is no URL.
pub(crate) fn page_url(url: &str) -> Result<(), Refusal> {
    let refused = |why: &'static str| Err(Refusal::rule("url_not_allowed", why));
    if url.len() > 2_048 {
        return refused("`page.url` has at most 2,048 bytes.");
    }
    if url.chars().any(|letter| letter.is_control() || letter.is_whitespace() || "<>\"".contains(letter)) {
        return refused("`page.url` contains characters that an address has not.");
    }
    let scheme_end = url.find("://").unwrap_or(0);
    let (scheme, rest) = url.split_at(scheme_end);
    let scheme_fits = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let authority = rest.trim_start_matches("://").split(['/', '?', '#']).next().unwrap_or("");
    if !scheme_fits || !is_authority(authority) {
        return refused("`page.url` must be an http or https address.");
    }
    Ok(())
}

/// Parameters of a page's address that say what he looks at, not who he is: those that the widget keeps too.
const HARMLESS: [&str; 15] = [
    "id", "q", "query", "search", "s", "p", "page", "product", "sku", "category", "cat", "variant", "color",
    "size", "lang",
];

/// An address without its fragment and all parameters but the harmless ones.
pub(crate) fn without_secrets(url: &str) -> String {
    let url = url.split('#').next().unwrap_or_default();
    let Some((page, query)) = url.split_once('?') else { return url.to_owned() };
    let harmless = |pair: &&str| HARMLESS.contains(&pair.split('=').next().unwrap_or_default());
    let kept = query.split('&').filter(harmless).collect::<Vec<_>>();
    if kept.is_empty() { page.to_owned() } else { format!("{page}?{}", kept.join("&")) }
}

/// A page's title, which no one typed: cut to 300 characters, control characters to spaces.
pub(crate) fn page_title(title: &str) -> String {
    title.chars().take(300).map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// What a page says of itself: an object of at most 20 texts, of 200 characters each, control characters to spaces; names of
/// `a-z0-9_-`, 40 characters at most.
pub(crate) fn page_attributes(said: Value) -> Result<BTreeMap<String, String>, Refusal> {
    let fits = |name: &str| {
        let known = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        (1..=40).contains(&name.len()) && name.bytes().all(known)
    };
    let attribute = |(name, value): (String, Value)| match value {
        Value::String(text) if fits(&name) && text.chars().nth(200).is_none() => {
            Some((name, page_title(&text)))
        }
        _ => None,
    };
    let said = match said {
        Value::Null => Some(BTreeMap::new()),
        Value::Object(all) if all.len() <= 20 => all.into_iter().map(attribute).collect(),
        _ => None,
    };
    said.ok_or_else(|| {
        let detail = "`page.attributes` has at most 20 texts of at most 200 characters, by names of at most 40 of a-z, 0-9, _ and -.";
        Refusal::rule("attributes_invalid", detail)
    })
}

/// An `Idempotency-Key`: 1 to 200 visible ASCII characters.
pub(crate) fn idempotency_key(value: &[u8]) -> Result<String, Refusal> {
    let fits = (1..=200).contains(&value.len()) && value.iter().all(u8::is_ascii_graphic);
    let text = std::str::from_utf8(value).ok().filter(|_| fits);
    text.map(str::to_owned).ok_or_else(|| {
        let detail = "`Idempotency-Key` is 1 to 200 visible ASCII characters.";
        Refusal::rule("idempotency_key_invalid", detail)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn code<T>(result: Result<T, Refusal>) -> &'static str {
        result.err().map_or("ok", |refusal| refusal.code)
    }

    #[test]
    fn lines_are_lines() {
        assert_eq!(code(line("name", "Zoë O'Neill 李", 100)), "ok");
        for wrong in ["a\r\nTo: b", "a\0", "a\tb", "a\u{85}b", "a\u{2028}b", "\u{7f}"] {
            assert_eq!(code(line("name", wrong, 100)), "control_characters", "{wrong:?}");
        }
        assert_eq!(code(line("name", &"ä".repeat(100), 100)), "ok");
        assert_eq!(code(line("name", &"ä".repeat(101), 100)), "too_long");
    }

    #[test]
    fn notes_have_lines_and_nothing_else_that_steers() {
        assert_eq!(paragraphs("notes", "one\r\ntwo\n\tthree", 100).unwrap(), "one\ntwo\n\tthree");
        for wrong in ["a\0", "a\rb", "a\u{1b}[2J", "a\u{85}b"] {
            assert_eq!(code(paragraphs("notes", wrong, 100)), "control_characters", "{wrong:?}");
        }
        assert_eq!(code(paragraphs("notes", &"ä".repeat(100), 100)), "ok");
        assert_eq!(code(paragraphs("notes", &"ä".repeat(101), 100)), "too_long");
        assert_eq!(code(paragraphs("notes", "", 100)), "ok", "notes may be wiped");
        assert_eq!(code(filled_line("code", " ", 100)), "empty");
    }

    #[test]
    fn addresses_of_pages() {
        for right in [
            "https://shop.test",
            "HTTP://shop.test:8080/p?q=1#f",
            "https://[::1]/ä",
            "http://shop.test?x",
            "http://shop.test/?a=`\\",
        ] {
            assert_eq!(code(page_url(right)), "ok", "{right}");
        }
        for wrong in [
            "javascript:alert(1)",
            "javascript://shop.test/%0aalert(1)",
            "https://",
            "https:///x",
            "//shop.test",
            "https://a b",
            "https://shop.test\\@evil.test/",
            "https://shop.test/\r\nX: y",
            "https://user@shop.test/",
            "data:text/html,x",
            "",
        ] {
            assert_eq!(code(page_url(wrong)), "url_not_allowed", "{wrong}");
        }
        let long = format!("https://shop.test/{}", "a".repeat(2_030));
        assert_eq!(code(page_url(&long)), "ok");
        assert_eq!(code(page_url(&format!("{long}a"))), "url_not_allowed");
    }

    #[test]
    fn titles_are_cut_not_refused() {
        assert_eq!(page_title("<b>Printer\r\n42</b>"), "<b>Printer  42</b>");
        assert_eq!(page_title(&"ä".repeat(301)).chars().count(), 300);
    }

    #[test]
    fn what_pages_say_has_a_form() {
        let long = "ä".repeat(200);
        let said = page_attributes(json!({"plan": "a\nb", "k-1_": long})).unwrap();
        assert_eq!((said["plan"].as_str(), said["k-1_"].as_str()), ("a b", long.as_str()));
        assert_eq!(page_attributes(Value::Null).unwrap().len(), 0);
        let all = |count: usize| (0..count).map(|n| (format!("k{n}"), json!("")));
        assert_eq!(code(page_attributes(Value::Object(all(20).collect()))), "ok");
        for wrong in [
            Value::Object(all(21).collect()),
            json!({"Plan": ""}),
            json!({"": ""}),
            json!({"a b": ""}),
            json!({"a".repeat(41): ""}),
            json!({"plan": "ä".repeat(201)}),
            json!({"plan": 3}),
            json!({"plan": {"a": "b"}}),
            json!(["plan"]),
            json!("plan"),
        ] {
            assert_eq!(code(page_attributes(wrong.clone())), "attributes_invalid", "{wrong}");
        }
    }

    #[test]
    fn idempotency_keys_are_visible() {
        assert_eq!(idempotency_key(b"7b2e-1").unwrap(), "7b2e-1");
        for wrong in [&b""[..], b"a b", b"a\tb", b"\xc3\xa4", &[b'a'; 201]] {
            assert_eq!(code(idempotency_key(wrong)), "idempotency_key_invalid");
        }
    }
}
