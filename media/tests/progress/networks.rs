//! Tones of networks, written from what is published of them and not from the detector's plans: ITU-T E.180 Supplement 2 (in
//! seconds, as there) where it is quoted, the tables of exchanges that name it, North America's precise tone plan.

use warmline_media::progress::Signal::{self, Busy, Congestion, Ringback};

/// A country's.
pub struct Network {
    /// The beginning of its numbers.
    pub number: &'static str,
    pub tones: &'static [Tone],
}

/// One tone.
pub struct Tone {
    pub signal: Signal,
    /// What sounds together, Hz. A tone that is modulated has its carrier and both bands.
    pub hertz: &'static [f32],
    /// On, off, and so on.
    pub seconds: &'static [f32],
}

const fn tone(signal: Signal, hertz: &'static [f32], seconds: &'static [f32]) -> Tone {
    Tone { signal, hertz, seconds }
}

/// Where congestion has the cadence of busy, it is told so and has no row.
pub const ALL: &[Network] = &[
    // Germany: older and newer exchanges.
    Network {
        number: "+49",
        tones: &[
            tone(Ringback, &[425.0], &[1.0, 4.0]),
            tone(Busy, &[425.0], &[0.48, 0.48]),
            tone(Busy, &[425.0], &[0.5, 0.5]),
            tone(Congestion, &[425.0], &[0.24, 0.24]),
            tone(Congestion, &[425.0], &[0.2, 0.2]),
        ],
    },
    Network {
        number: "+44",
        tones: &[
            tone(Ringback, &[400.0, 450.0], &[0.4, 0.2, 0.4, 2.0]),
            tone(Busy, &[400.0], &[0.375, 0.375]),
            tone(Congestion, &[400.0], &[0.4, 0.35, 0.225, 0.525]),
        ],
    },
    // France: 440 Hz, and the European 425 Hz in newer networks.
    Network {
        number: "+33",
        tones: &[
            tone(Ringback, &[440.0], &[1.5, 3.5]),
            tone(Busy, &[440.0], &[0.5, 0.5]),
            tone(Busy, &[425.0], &[0.5, 0.5]),
            tone(Congestion, &[440.0], &[0.25, 0.25]),
        ],
    },
    Network {
        number: "+1",
        tones: &[
            tone(Ringback, &[440.0, 480.0], &[2.0, 4.0]),
            tone(Busy, &[480.0, 620.0], &[0.5, 0.5]),
            tone(Congestion, &[480.0, 620.0], &[0.25, 0.25]),
        ],
    },
    Network {
        number: "+39",
        tones: &[
            tone(Ringback, &[425.0], &[1.0, 4.0]),
            tone(Busy, &[425.0], &[0.5, 0.5]),
            tone(Congestion, &[425.0], &[0.2, 0.2]),
        ],
    },
    Network {
        number: "+34",
        tones: &[
            tone(Ringback, &[425.0], &[1.5, 3.0]),
            tone(Busy, &[425.0], &[0.2, 0.2]),
            tone(Congestion, &[425.0], &[0.2, 0.2, 0.2, 0.2, 0.2, 0.6]),
        ],
    },
    Network {
        number: "+31",
        tones: &[
            tone(Ringback, &[425.0], &[1.0, 4.0]),
            tone(Busy, &[425.0], &[0.5, 0.5]),
            tone(Congestion, &[425.0], &[0.25, 0.25]),
        ],
    },
    Network {
        number: "+41",
        tones: &[
            tone(Ringback, &[425.0], &[1.0, 4.0]),
            tone(Busy, &[425.0], &[0.5, 0.5]),
            tone(Congestion, &[425.0], &[0.2, 0.2]),
        ],
    },
    Network {
        number: "+43",
        tones: &[
            tone(Ringback, &[420.0], &[1.0, 5.0]),
            tone(Busy, &[420.0], &[0.4, 0.4]),
            tone(Congestion, &[420.0], &[0.2, 0.2]),
        ],
    },
    Network {
        number: "+48",
        tones: &[tone(Ringback, &[425.0], &[1.0, 4.0]), tone(Busy, &[425.0], &[0.5, 0.5])],
    },
    Network {
        number: "+46",
        tones: &[
            tone(Ringback, &[425.0], &[1.0, 5.0]),
            tone(Busy, &[425.0], &[0.25, 0.25]),
            tone(Congestion, &[425.0], &[0.25, 0.75]),
        ],
    },
    // Japan: 400 Hz modulated by 16 Hz.
    Network {
        number: "+81",
        tones: &[
            tone(Ringback, &[384.0, 400.0, 416.0], &[1.0, 2.0]),
            tone(Ringback, &[384.0, 416.0], &[1.0, 2.0]),
            tone(Busy, &[400.0], &[0.5, 0.5]),
        ],
    },
    // Australia: fixed and mobile networks.
    Network {
        number: "+61",
        tones: &[
            tone(Ringback, &[413.0, 438.0], &[0.4, 0.2, 0.4, 2.0]),
            tone(Ringback, &[400.0, 450.0], &[0.4, 0.2, 0.4, 2.0]),
            tone(Busy, &[425.0], &[0.375, 0.375]),
        ],
    },
    Network {
        number: "+32",
        tones: &[
            tone(Ringback, &[425.0], &[1.0, 3.0]),
            tone(Busy, &[425.0], &[0.5, 0.5]),
            tone(Congestion, &[425.0], &[0.167, 0.167]),
        ],
    },
    Network {
        number: "+45",
        tones: &[
            tone(Ringback, &[425.0], &[1.0, 4.0]),
            tone(Busy, &[425.0], &[0.5, 0.5]),
            tone(Congestion, &[425.0], &[0.2, 0.2]),
        ],
    },
    Network {
        number: "+47",
        tones: &[
            tone(Ringback, &[425.0], &[1.0, 4.0]),
            tone(Busy, &[425.0], &[0.5, 0.5]),
            tone(Congestion, &[425.0], &[0.2, 0.2]),
        ],
    },
    Network {
        number: "+358",
        tones: &[
            tone(Ringback, &[425.0], &[1.0, 4.0]),
            tone(Busy, &[425.0], &[0.3, 0.3]),
            tone(Congestion, &[425.0], &[0.2, 0.2]),
        ],
    },
    Network {
        number: "+351",
        tones: &[
            tone(Ringback, &[425.0], &[1.0, 5.0]),
            tone(Busy, &[425.0], &[0.5, 0.5]),
            tone(Congestion, &[425.0], &[0.2, 0.2]),
        ],
    },
    Network {
        number: "+420",
        tones: &[
            tone(Ringback, &[425.0], &[1.0, 4.0]),
            tone(Busy, &[425.0], &[0.33, 0.33]),
            tone(Congestion, &[425.0], &[0.165, 0.165]),
        ],
    },
    Network {
        number: "+353",
        tones: &[tone(Ringback, &[400.0, 450.0], &[0.4, 0.2, 0.4, 2.0]), tone(Busy, &[425.0], &[0.5, 0.5])],
    },
];
