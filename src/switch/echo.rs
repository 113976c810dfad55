//! The echo test: a phone of ours calls the switch and hears what it says, so that whoever speaks knows what others hear of him.
//!
//! Two ways in: `sip:echo@REALM`, for programs, which is an echo from the first packet; and a number that people dial, who are told
//! first what they have reached. Trunks have neither: the network makes no test calls through us. Coordination never hears of it.

use super::call::{Call, Kind, Speech, Treatment};
use super::policy::Caller;
use super::route::Destination;
use super::{Switch, Timer, say};
use std::time::Duration;
use warmline_coordination::cti::Prompt;
use warmline_media::worker::Command;
use warmline_sip::message::Message;
use warmline_sip::transport::Flow;
use warmline_time::Time;

/// The user part of the echo's own address. An account of that name keeps its calls.
const USER: &str = "echo";
/// Long enough to hear oneself, too short to be used for anything else.
const LONGEST: Duration = Duration::from_secs(30);

impl Switch {
    /// Whether a phone asks for the echo, in its own realm.
    pub(super) fn echo_wanted(&self, caller: &Caller, request: &Message, flow: &Flow) -> Option<Destination> {
        let own = match caller {
            Caller::Trunk(_) => return None,
            Caller::Account(_) => &self.settings.domain,
            Caller::Agent { firm, .. } => firm,
        };
        let uri = request.uri()?;
        let user = uri.user.as_deref()?;
        if self.realm(&uri.host, flow).as_ref() != Some(own) {
            return None;
        }
        let told = !self.settings.echo_number.is_empty() && user == self.settings.echo_number;
        let taken = || {
            *own == self.settings.domain && self.settings.accounts.iter().any(|account| account.user == USER)
        };
        (told || (user == USER && !taken())).then_some(Destination::Echo { told })
    }

    /// Answers at once; the call is over by itself after [`LONGEST`].
    pub(super) fn echo(&mut self, now: Time, call: &mut Call, told: bool) {
        self.timers.set(Timer::MaxCall(call.id), now + LONGEST);
        let prompts: &[Prompt] = if told { &[Prompt::EchoTest] } else { &[] };
        let samples = say::samples(&self.settings.prompts, prompts, "en");
        if !samples.is_empty() {
            call.said += 1;
            call.treatment = Treatment::Speech(Speech { number: call.said, samples, quiet: true });
        }
        self.answer_a(now, call, None);
        self.arrange(now, call);
    }

    /// What the caller of an echo hears: what there is to be said, then himself.
    pub(super) fn arrange_echo(&mut self, now: Time, call: &mut Call) {
        debug_assert!(call.kind == Kind::Echo);
        let Some(leg) = call.a.leg().filter(|leg| leg.is_negotiated()).map(|leg| leg.id) else { return };
        if matches!(call.treatment, Treatment::Speech(_)) {
            let speech = call.treatment.clone();
            return self.play(now, call, leg, &speech);
        }
        if call.connected != [leg] {
            call.connected = vec![leg];
            self.send_media(call.worker, Command::Echo { leg });
        }
    }
}
