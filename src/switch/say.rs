//! `Say`: prompts for a customer who waits, one after the other, and what he hears afterwards.

use super::Switch;
use super::call::{Call, Speech, Treatment};
use super::leg::Playing;
use super::settings::Prompts;
use std::sync::Arc;
use std::time::Duration;
use warmline_coordination::cti::{Event, Prompt};
use warmline_media::ids::LegId;
use warmline_time::Time;

/// What is said where a language is not there.
const FALLBACK: &str = "en";
/// So much earlier than its length says a speech may be over: frames are sent ahead, and clocks are read one after the other.
const EARLY: Duration = Duration::from_millis(100);

impl Switch {
    /// 200 where he is not answered, and the prompts. One who speaks with somebody hears nothing of it.
    pub(super) fn say(
        &mut self,
        now: Time,
        call: &mut Call,
        prompts: &[Prompt],
        language: &str,
        quiet: bool,
    ) {
        if call.is_customer_joined() {
            return;
        }
        call.said += 1;
        let samples = samples(&self.settings.prompts, prompts, language);
        let nothing = samples.is_empty();
        let speech = Speech { number: call.said, samples, quiet };
        call.treatment = if nothing { speech.afterwards() } else { Treatment::Speech(speech) };
        if call.a.is_waiting() {
            self.answer_a(now, call, None);
        }
        self.arrange(now, call);
        if nothing && !call.over {
            self.tell(call, Event::Played { call: call.id });
        }
    }

    /// The worker has played a leg's speech to its end.
    pub(super) fn played(&mut self, now: Time, call: &mut Call, leg: LegId) {
        if self.asked_again(call, leg) {
            return;
        }
        let Treatment::Speech(speech) = &call.treatment else { return };
        let Some(row) = call.a.leg().filter(|row| row.id == leg) else { return };
        // The report of an earlier speech may have been on its way when this one began.
        let is_this = matches!(row.playing, Some(Playing::Speech { number, ends })
            if number == speech.number && now + EARLY >= ends);
        if is_this {
            call.treatment = speech.afterwards();
            self.tell(call, Event::Played { call: call.id });
            self.arrange(now, call);
        }
    }
}

impl Speech {
    pub(super) fn afterwards(&self) -> Treatment {
        if self.quiet { Treatment::Silence } else { Treatment::Music }
    }
}

/// The prompts in one piece. One alone, as most are, is not copied.
pub(super) fn samples(table: &Prompts, prompts: &[Prompt], language: &str) -> Arc<[i16]> {
    let spoken = table.get(language).or_else(|| table.get(FALLBACK));
    let mut pieces = prompts.iter().filter_map(|prompt| spoken?.get(prompt));
    match (pieces.next(), pieces.next()) {
        (None, _) => Arc::default(),
        (Some(only), None) => only.clone(),
        (Some(first), Some(second)) => {
            let all = [first, second].into_iter().chain(pieces);
            all.flat_map(|piece| piece.iter().copied()).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_come_in_order_and_an_unknown_language_is_english() {
        let words = |base: i16| {
            let prompts = [Prompt::EnterPin, Prompt::Accepted];
            prompts.into_iter().zip(base..).map(|(prompt, sample)| (prompt, Arc::from([sample; 2]))).collect()
        };
        let table: Prompts = [("en".to_owned(), words(1)), ("de".to_owned(), words(5))].into();
        let said = |prompts: &[Prompt], language: &str| samples(&table, prompts, language).to_vec();
        assert_eq!(said(&[Prompt::Accepted, Prompt::EnterPin], "de"), [6, 6, 5, 5]);
        assert_eq!(said(&[Prompt::EnterPin], "fr"), [1, 1]);
        assert_eq!(said(&[Prompt::EnterPin, Prompt::Accepted, Prompt::EnterPin], "en"), [1, 1, 2, 2, 1, 1]);
        assert!(said(&[], "en").is_empty() && said(&[Prompt::WrongPin], "en").is_empty());
    }
}
