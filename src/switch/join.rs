//! `Join`: coordination says who hears whom.

use super::Switch;
use super::call::{Call, Joining, Treatment};
use warmline_coordination::ids::PartyId;
use warmline_time::Time;

impl Switch {
    /// Exactly these hear each other from now on, or as soon as they have answered; the customer, where he is alone, hears music.
    /// What is being said to him is said to its end where he is one of them and nobody else is there yet.
    pub(super) fn join(&mut self, now: Time, call: &mut Call, parties: Vec<PartyId>) {
        call.joining = Joining::Named(parties);
        let named = call.names(call.a.id);
        match &mut call.treatment {
            Treatment::Speech(speech) if named => speech.quiet = false,
            treatment => *treatment = Treatment::Music,
        }
        if call.a.is_waiting() && call.answering_agent().is_some() {
            self.answer_a(now, call, None);
        }
        self.arrange(now, call);
    }
}
