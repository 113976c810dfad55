//! Tone plans: which frequencies and cadences a country's network uses (ITU-T E.180, its supplement on national tones).

/// What a tone says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Signal {
    Ringback,
    Busy,
    Congestion,
}

/// One tone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ToneRow {
    /// What it says.
    pub signal: Signal,
    /// Its frequencies in Hz, sounding together: one or two.
    pub hertz: &'static [u16],
    /// Milliseconds on, off, and so on: two, four or six of them, then from the beginning.
    pub steps: &'static [u16],
}

/// The tones of one country.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Plan {
    /// ISO 3166 code; empty: of no country.
    pub country: &'static str,
    /// Country codes (E.164) for which it holds, without the plus.
    prefixes: &'static [&'static str],
    /// Its tones.
    pub tones: &'static [ToneRow],
}

const fn tone(signal: Signal, hertz: &'static [u16], steps: &'static [u16]) -> ToneRow {
    ToneRow { signal, hertz, steps }
}

const fn ringback(hertz: &'static [u16], steps: &'static [u16]) -> ToneRow {
    tone(Signal::Ringback, hertz, steps)
}

const fn busy(hertz: &'static [u16], steps: &'static [u16]) -> ToneRow {
    tone(Signal::Busy, hertz, steps)
}

const fn congestion(hertz: &'static [u16], steps: &'static [u16]) -> ToneRow {
    tone(Signal::Congestion, hertz, steps)
}

const fn plan(country: &'static str, prefixes: &'static [&'static str], tones: &'static [ToneRow]) -> Plan {
    Plan { country, prefixes, tones }
}

/// Where the country is not in the table: what most of them use.
static ANYWHERE: Plan = plan(
    "",
    &[],
    &[
        ringback(&[425], &[1000, 4000]),
        ringback(&[425], &[1500, 3500]),
        ringback(&[400, 450], &[400, 200, 400, 2000]),
        ringback(&[440, 480], &[2000, 4000]),
        busy(&[425], &[500, 500]),
        busy(&[425], &[375, 375]),
        busy(&[480, 620], &[500, 500]),
        congestion(&[425], &[250, 250]),
        congestion(&[425], &[200, 200]),
        congestion(&[480, 620], &[250, 250]),
    ],
);

/// The usual European ones.
const EUROPE: &[ToneRow] =
    &[ringback(&[425], &[1000, 4000]), busy(&[425], &[500, 500]), congestion(&[425], &[200, 200])];

/// By country code.
static PLANS: [Plan; 20] = [
    plan(
        "DE",
        &["49"],
        &[ringback(&[425], &[1000, 4000]), busy(&[425], &[480, 480]), congestion(&[425], &[240, 240])],
    ),
    plan(
        "GB",
        &["44"],
        &[
            ringback(&[400, 450], &[400, 200, 400, 2000]),
            busy(&[400], &[375, 375]),
            congestion(&[400], &[400, 350, 225, 525]),
        ],
    ),
    // Older networks have 440 Hz, newer ones the European 425.
    plan(
        "FR",
        &["33"],
        &[
            ringback(&[440], &[1500, 3500]),
            busy(&[440], &[500, 500]),
            congestion(&[440], &[250, 250]),
            ringback(&[425], &[1500, 3500]),
            busy(&[425], &[500, 500]),
            congestion(&[425], &[250, 250]),
        ],
    ),
    // The North American numbering plan.
    plan(
        "US",
        &["1"],
        &[
            ringback(&[440, 480], &[2000, 4000]),
            busy(&[480, 620], &[500, 500]),
            congestion(&[480, 620], &[250, 250]),
        ],
    ),
    plan("IT", &["39"], EUROPE),
    plan(
        "ES",
        &["34"],
        &[
            ringback(&[425], &[1500, 3000]),
            busy(&[425], &[200, 200]),
            congestion(&[425], &[200, 200, 200, 200, 200, 600]),
        ],
    ),
    plan(
        "NL",
        &["31"],
        &[ringback(&[425], &[1000, 4000]), busy(&[425], &[500, 500]), congestion(&[425], &[250, 250])],
    ),
    plan("CH", &["41"], EUROPE),
    plan(
        "AT",
        &["43"],
        &[ringback(&[420], &[1000, 5000]), busy(&[420], &[400, 400]), congestion(&[420], &[200, 200])],
    ),
    // Its congestion tone is its busy tone.
    plan("PL", &["48"], &[ringback(&[425], &[1000, 4000]), busy(&[425], &[500, 500])]),
    plan(
        "SE",
        &["46"],
        &[ringback(&[425], &[1000, 5000]), busy(&[425], &[250, 250]), congestion(&[425], &[250, 750])],
    ),
    // Its ringback is 400 Hz, modulated by 16 Hz; it has no congestion tone of its own.
    plan("JP", &["81"], &[ringback(&[384, 416], &[1000, 2000]), busy(&[400], &[500, 500])]),
    // Its congestion tone is its busy tone, each second one softer.
    plan("AU", &["61"], &[ringback(&[400, 450], &[400, 200, 400, 2000]), busy(&[425], &[375, 375])]),
    plan(
        "BE",
        &["32"],
        &[ringback(&[425], &[1000, 3000]), busy(&[425], &[500, 500]), congestion(&[425], &[167, 167])],
    ),
    // Some exchanges are said to have 250 ms for congestion.
    plan(
        "DK",
        &["45"],
        &[
            ringback(&[425], &[1000, 4000]),
            busy(&[425], &[500, 500]),
            congestion(&[425], &[200, 200]),
            congestion(&[425], &[250, 250]),
        ],
    ),
    plan("NO", &["47"], EUROPE),
    plan(
        "FI",
        &["358"],
        &[ringback(&[425], &[1000, 4000]), busy(&[425], &[300, 300]), congestion(&[425], &[200, 200])],
    ),
    plan(
        "PT",
        &["351"],
        &[ringback(&[425], &[1000, 5000]), busy(&[425], &[500, 500]), congestion(&[425], &[200, 200])],
    ),
    plan(
        "CZ",
        &["420"],
        &[ringback(&[425], &[1000, 4000]), busy(&[425], &[330, 330]), congestion(&[425], &[165, 165])],
    ),
    plan(
        "IE",
        &["353"],
        &[
            ringback(&[400, 450], &[400, 200, 400, 2000]),
            busy(&[425], &[500, 500]),
            congestion(&[425], &[400, 350, 225, 525]),
        ],
    ),
];

impl Plan {
    /// All that are known by country.
    pub fn all() -> &'static [Plan] {
        &PLANS
    }

    /// Of no country: what most of them use.
    pub fn anywhere() -> &'static Plan {
        &ANYWHERE
    }

    /// Of the country in which a number (E.164, with its plus) is.
    pub fn of_number(number: &str) -> &'static Plan {
        let digits = number.strip_prefix('+').unwrap_or_default();
        let is_its = |plan: &&Plan| plan.prefixes.iter().any(|prefix| digits.starts_with(prefix));
        PLANS.iter().find(is_its).unwrap_or(&ANYWHERE)
    }
}
