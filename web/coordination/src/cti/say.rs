//! What is said to a party, and what it is asked for.

/// Something that is said to a party. Which words, in which language and voice, is the switch's matter.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Prompt {
    /// Please enter the code from the page.
    EnterPin,
    /// That code is not right; once more.
    WrongPin,
    /// Thank you; we connect you.
    Accepted,
    /// You asked to be called: key in the two digits of the page; or 9, and we never call again.
    MatchDigits,
    /// Everybody is busy; please hold the line.
    PleaseHold,
    /// This is the echo test; speak, and you hear yourself.
    EchoTest,
    /// To an agent's phone outside: a call for you.
    NewCall,
    /// The same: a colleague would like to ask you something.
    ColleagueAsks,
    /// The same: the call that you asked for.
    YourCall,
    /// To accept it, press 1.
    PressOne,
    /// The name of a queue, by its [`queue_label`]; not said where nobody has recorded it.
    Queue(u64),
    /// A queue's own greeting, which names its keys: its place among all greetings of the configuration.
    Greeting(u16),
    /// Press the key to be called back; you keep your place.
    OfferCallback,
    /// Press the key if you see a code on the page.
    OfferPin,
    /// Who has called and why nobody speaks, and how not to be called again; goodbye.
    Identification,
    /// We call you back; goodbye.
    CallbackGoodbye,
    /// You are number …
    YouAreNumber,
    /// … in line.
    InLine,
    /// The wait is about …
    WaitAbout,
    /// … one minute.
    OneMinute,
    /// … minutes.
    Minutes,
    /// 1 to [`Prompt::NUMBERS`].
    Number(u8),
}

impl Prompt {
    /// The highest number that can be said.
    pub const NUMBERS: u8 = 20;

    /// By the name of its recording, without the ending; of a queue's by what it names it.
    pub fn word(self) -> String {
        let word = match self {
            Prompt::EnterPin => "enter-pin",
            Prompt::WrongPin => "wrong-pin",
            Prompt::Accepted => "accepted",
            Prompt::MatchDigits => "match-digits",
            Prompt::PleaseHold => "please-hold",
            Prompt::EchoTest => "echo-test",
            Prompt::NewCall => "new-call",
            Prompt::ColleagueAsks => "colleague-asks",
            Prompt::YourCall => "your-call",
            Prompt::PressOne => "press-one",
            Prompt::OfferCallback => "offer-callback",
            Prompt::OfferPin => "offer-pin",
            Prompt::Identification => "identification",
            Prompt::CallbackGoodbye => "callback-goodbye",
            Prompt::YouAreNumber => "you-are-number",
            Prompt::InLine => "in-line",
            Prompt::WaitAbout => "wait-about",
            Prompt::OneMinute => "one-minute",
            Prompt::Minutes => "minutes",
            Prompt::Queue(label) => return format!("queue-{label:016x}"),
            Prompt::Greeting(place) => return format!("greeting-{place}"),
            Prompt::Number(number) => return format!("number-{number}"),
        };
        word.to_owned()
    }
}

/// What [`Prompt::Queue`] names a queue by: the same over restarts and machines.
pub fn queue_label(firm: &str, queue: &str) -> u64 {
    label(&format!("queue-{firm}-{queue}"))
}

/// The label of a queue by the name of its recording, `queue-FIRM-QUEUE` (FNV-1a).
pub fn label(recording: &str) -> u64 {
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    recording.bytes().fold(0xcbf2_9ce4_8422_2325, fold)
}

/// A phone that a machine may answer. Whoever answers it hears this again and again; the party has answered, for
/// coordination and the others in the call, once it has keyed the code. It hangs up or does not: `NoAnswer`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Confirm {
    /// One after the other.
    pub prompts: Vec<Prompt>,
    /// ISO 639 language, lower case.
    pub language: String,
    /// Seconds it has for it once its phone is answered.
    pub secs: u32,
    /// What it keys: `1`, or what only the agent knows.
    pub code: String,
}

impl Confirm {
    /// The key that says yes.
    pub const YES: &str = "1";
}
