//! From a letter to a message (RFC 5322, MIME): plain text, no picture, nothing loaded; what strangers wrote is text and never a header.

use super::calendar;
use super::settings::MailSettings;
use super::words::{Words, words};
use crate::dates::{Slot, Tongue};
use crate::seal::Keys;
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MessageBuilder, MultiPart, SinglePart};
use lettre::{Address, Message};
use std::fmt::Write;
use std::time::{Duration, SystemTime};
use warmline_coordination::letter::{Appointment, Content, Letter, Sending, Written};
use warmline_time::Time;

/// Characters of a subject that a stranger has a part in.
const SUBJECT: usize = 150;

/// The message; none where it is addressed to nobody.
pub(super) fn message(settings: &MailSettings, keys: &Keys, sending: &Sending) -> Option<Message> {
    let letter = &sending.what;
    let to = Mailbox::new(None, letter.to.parse().ok()?);
    let words = words(Tongue::of(&letter.language));
    let begun = Message::builder()
        .from(settings.from.clone())
        .to(to)
        // Sent twice, it is one letter: the same id.
        .message_id(Some(format!("<{}.{}@{}>", sending.firm, sending.letter, settings.from.email.domain())))
        .date(SystemTime::UNIX_EPOCH + Duration::from_micros(sending.written.as_micros()));
    match &letter.content {
        Content::Written(written) => for_the_firm(begun, words, letter, written),
        Content::Appointment(of) => {
            let token = keys.callback_token(&letter.site, of.reservation);
            let link = format!("{}/callback/{token}", settings.links);
            for_the_visitor(begun, (settings, words), (letter, of), sending.written, &link)
        }
    }
}

fn for_the_firm(begun: MessageBuilder, words: &Words, letter: &Letter, written: &Written) -> Option<Message> {
    let address: Address = written.email.parse().ok()?;
    let plain: String = written.name.chars().filter(|letter| !letter.is_control()).collect();
    let name = Some(plain.as_str()).filter(|name| !name.is_empty());
    let about = written.topic.as_deref().unwrap_or(&letter.page.title);
    let subject = format!("{} {}: {about}", words.written, name.unwrap_or(words.no_name));
    let mut text = format!("{}\n\n-- \n", written.text);
    line(&mut text, words.from, name.unwrap_or(words.no_name));
    line(&mut text, words.reply, &written.email);
    line(&mut text, words.numbers, &written.numbers.join(", "));
    line(&mut text, words.topic, written.topic.as_deref().unwrap_or_default());
    line(&mut text, words.page, &letter.page.title);
    line(&mut text, "", &letter.page.url);
    let _ = writeln!(text, "\n{}", words.answer);
    let reply_to = Mailbox::new(name.map(str::to_owned), address);
    let begun = begun.reply_to(reply_to).subject(short(&subject));
    begun.header(ContentType::TEXT_PLAIN).body(text).ok()
}

fn for_the_visitor(
    begun: MessageBuilder,
    (settings, words): (&MailSettings, &Words),
    (letter, of): (&Letter, &Appointment),
    written: Time,
    link: &str,
) -> Option<Message> {
    let tongue = Tongue::of(&letter.language);
    // Nothing that a stranger has written goes to an address that a stranger has typed.
    let slot = of.at.and_then(|at| Slot::new(Time::from_micros(at), of.minutes, &of.zone));
    let when = slot.map(|slot| format!("{}, {} ({})", slot.day(tongue), slot.hours(), of.zone));
    let (subject, what) = match &when {
        _ if of.withdrawn => (words.withdrawn.to_owned(), words.not_called),
        None => (words.soon.to_owned(), words.as_soon),
        Some(when) if of.sequence > 0 => (format!("{} {when}", words.moved), words.we_call),
        Some(when) => (format!("{} {when}", words.agreed), words.we_call),
    };
    let mut text = format!("{}\n\n{what}\n\n", words.hello);
    line(&mut text, words.time, when.as_deref().unwrap_or_default());
    line(&mut text, words.number, &of.number);
    if !of.withdrawn {
        let _ = write!(text, "\n{}\n{link}\n\n{}\n", words.change, words.not_you);
    }
    let _ = write!(text, "\n{}\n{}\n", words.regards, settings.brand);
    let summary = format!("{}: {}", settings.brand, of.number);
    let organizer = settings.from.email.to_string();
    let event = calendar::file(of, written, (&summary, &text, link), (&organizer, &letter.to))?;
    let kind = format!("text/calendar; charset=utf-8; method={}", calendar::method(of));
    let file = Attachment::new("call.ics".to_owned()).body(event, ContentType::parse(&kind).ok()?);
    let parts = MultiPart::mixed().singlepart(SinglePart::plain(text)).singlepart(file);
    begun.subject(short(&subject)).multipart(parts).ok()
}

/// `Name: value`, where there is one.
fn line(text: &mut String, name: &str, value: &str) {
    if !value.is_empty() {
        let colon = if name.is_empty() { "" } else { ": " };
        let _ = writeln!(text, "{name}{colon}{value}");
    }
}

fn short(subject: &str) -> String {
    subject.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(SUBJECT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::settings::MailTls;
    use warmline_coordination::hours::instant;
    use warmline_coordination::ids::{ContactId, ReservationId, VisitorId};
    use warmline_coordination::request::Page;

    fn settings() -> MailSettings {
        let from = "Acme <calls@acme.test>";
        MailSettings::new(
            ("acme", "Acme"),
            ("127.0.0.1:25", MailTls::Never, Vec::new()),
            from,
            "https://sw.test/",
            None,
        )
        .unwrap()
    }

    fn sent(to: &str, language: &str, content: Content) -> Option<String> {
        let page = Page { url: "https://shop.test/p".into(), title: "Printer 42".into(), ..Page::default() };
        let (site, to, language) = ("shop".to_owned(), to.to_owned(), language.to_owned());
        let what = Letter { site, to, language, page, content };
        let written = instant("2026-11-29T10:00:00Z").unwrap();
        let sending = Sending { firm: "acme".into(), letter: 7, written, what };
        let message = message(&settings(), &Keys::new(&[7; 64]), &sending)?;
        Some(String::from_utf8(message.formatted()).unwrap())
    }

    fn appointment(withdrawn: bool, at: Option<&str>, sequence: u32) -> Content {
        Content::Appointment(Appointment {
            reservation: ReservationId::mint(Time::from_micros(1), 1),
            at: at.map(|at| instant(at).unwrap().as_micros()),
            withdrawn,
            minutes: 15,
            zone: "Europe/Berlin".into(),
            number: "•••0142".into(),
            sequence,
        })
    }

    fn written(name: &str, email: &str, text: &str) -> Content {
        let now = Time::from_micros(1);
        Content::Written(Box::new(Written {
            visitor: VisitorId::mint(now, 1),
            contact: ContactId::mint(now, 2),
            name: name.into(),
            email: email.into(),
            topic: None,
            text: text.into(),
            numbers: vec!["+493012345".into()],
            queue: "sales".into(),
        }))
    }

    #[test]
    fn an_appointment_is_told_with_its_link_and_a_file_for_the_calendar() {
        let text = sent("vera@home.test", "de", appointment(false, Some("2026-12-01T09:15:00Z"), 0)).unwrap();
        assert!(text.contains("Message-ID: <acme.7@acme.test>"), "{text}");
        assert!(text.contains("https://sw.test/callback/"), "{text}");
        assert!(text.contains("10:15") && text.contains("Dienstag, 1. Dezember 2026"), "{text}");
        let file = text.replace("=3D", "=");
        assert!(file.contains("method=REQUEST") && file.contains("DTSTART:20261201T091500Z"), "{text}");
        assert!(file.contains("SEQUENCE:0") && file.contains("STATUS:CONFIRMED"), "{text}");
        let again =
            sent("vera@home.test", "en", appointment(false, Some("2026-12-01T09:15:00Z"), 1)).unwrap();
        assert!(again.contains("SEQUENCE:1") && again.contains("New time"), "{again}");
        let gone = sent("vera@home.test", "en", appointment(true, Some("2026-12-01T09:15:00Z"), 2)).unwrap();
        assert!(gone.contains("method=CANCEL") && gone.contains("STATUS:CANCELLED"), "{gone}");
        assert!(!gone.contains("Change the time"), "{gone}");
        let soon = sent("vera@home.test", "es", appointment(false, None, 1)).unwrap();
        assert!(soon.contains("method=CANCEL") && !soon.contains("DTSTART"), "{soon}");
    }

    #[test]
    fn nothing_that_a_visitor_writes_becomes_a_header() {
        let name = "Eve\r\nBcc: all@acme.test\r\n";
        let text =
            sent("sales@acme.test", "en", written(name, "eve@home.test", "Hi\r\n.\r\nRCPT TO:<x@y.test>"))
                .unwrap();
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        assert!(!head.contains("\r\nBcc") && head.contains("eve@home.test"), "{head}");
        assert_eq!(
            sent("sales@acme.test", "en", written("Eve", "eve@home.test\r\nBcc: a@b.test", "Hi")),
            None
        );
        assert_eq!(sent("sales@acme.test, b@c.test", "en", written("Eve", "eve@home.test", "Hi")), None);
    }

    #[test]
    fn a_letter_to_the_firm_is_answered_to_the_visitor() {
        let text =
            sent("sales@acme.test", "en", written("Vera Müller", "vera@home.test", "Zwei Fragen")).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let reply = head.lines().find(|line| line.starts_with("Reply-To:")).unwrap();
        assert!(reply.contains("vera@home.test"), "{head}");
        assert!(body.contains("https://shop.test/p") && body.contains("+493012345"), "{body}");
    }
}
