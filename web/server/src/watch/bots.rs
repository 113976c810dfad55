//! Programs that fetch pages by themselves, as far as they say so.

/// Parts of the names by which they introduce themselves.
const NAMES: [&str; 24] = [
    "bot",
    "crawl",
    "spider",
    "slurp",
    "preview",
    "scrap",
    "monitor",
    "pingdom",
    "lighthouse",
    "archive",
    "fetch",
    "curl",
    "wget",
    "python",
    "java/",
    "go-http",
    "okhttp",
    "axios",
    "node-fetch",
    "libwww",
    "httpclient",
    "facebookexternal",
    "whatsapp",
    "phantomjs",
];

/// Whether a browser's name is a program's. Nobody has none.
pub(super) fn is_bot(browser: &str) -> bool {
    let browser = browser.to_ascii_lowercase();
    browser.is_empty() || NAMES.iter().any(|name| browser.contains(name))
}

#[cfg(test)]
mod tests {
    use super::is_bot;

    #[test]
    fn browsers_are_people_and_what_says_otherwise_is_not() {
        for browser in [
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
        ] {
            assert!(!is_bot(browser), "{browser}");
        }
        for program in [
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 (compatible; bingbot/2.0)",
            "curl/8.5.0",
            "python-requests/2.32",
            "",
        ] {
            assert!(is_bot(program), "{program}");
        }
    }
}
