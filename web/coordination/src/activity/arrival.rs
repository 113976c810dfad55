//! What comes in: who a visitor is, what he did, and what is sealed into his identity.

use crate::ids::VisitorId;
use serde::{Deserialize, Serialize};
use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use warmline_time::Time;

/// Events of one arrival that are looked at; further ones are counted and left.
pub const MOST_EVENTS: usize = 32;
/// Earlier visits that an identity remembers.
pub const LAST_VISITS: usize = 8;
/// The priority of whom nobody has rated.
pub const PRIORITY: u8 = 4;

/// Who it is, as far as he lets us know. The same value at two firms is two visitors.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Who {
    /// He has consented: the id of his sealed identity.
    Visitor(VisitorId),
    /// Known for this browser session only.
    Visit(u64),
    /// Nothing is kept in his browser: the salted hash of the session table. The first to go when that is full.
    Guest(u64),
}

impl Who {
    /// Which of so many shards he is in; the same for every firm.
    pub fn shard(self, shards: u16) -> u16 {
        let mut hasher = Fnv::default();
        self.hash(&mut hasher);
        (hasher.finish() % u64::from(shards.max(1))) as u16
    }
}

/// The same on every node and at every start, which the standard library does not promise of its own; FNV-1a, 64 bits, folded.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }
}

/// What the sealed identity says of earlier visits. Of a visit and of a guest it is [`Known::default`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Known {
    /// Visits begun, with the one that is on once [`Seen::known`] has told it.
    pub visits: u32,
    /// Purchases so far.
    pub purchases: u32,
    /// What was spent so far, in minor units of the shop's currency.
    pub spent: u64,
    /// When the last visits began, in hours since the Unix epoch, the latest first; 0: none.
    pub last_visits: [u32; LAST_VISITS],
    /// 0–7, 7 first; 0: a nuisance, who matches nothing.
    pub priority: u8,
}

impl Default for Known {
    fn default() -> Self {
        Known { visits: 0, purchases: 0, spent: 0, last_visits: [0; LAST_VISITS], priority: PRIORITY }
    }
}

/// The page that an arrival speaks of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PageSeen<'a> {
    /// http or https; kept to 240 bytes, without its query where it is longer.
    pub url: &'a str,
    /// Kept to 120 bytes.
    pub title: &'a str,
    /// Where he came from; kept to 120 bytes, of the first page of a visit.
    pub referrer: Option<&'a str>,
}

/// One request of a page: some events of one visitor.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// The site's place in [`super::WatchSettings::sites`].
    pub site: u32,
    /// Who.
    pub who: Who,
    /// What his identity says; looked at when a visit begins, afterwards the table knows better.
    pub known: Known,
    /// BCP 47; kept to 15 bytes.
    pub language: Option<&'a str>,
    /// Only where the site's policy keeps it.
    pub address: Option<IpAddr>,
    /// The page he is on: taken as entered where the table knows of none and the first event is no view.
    pub page: Option<PageSeen<'a>>,
    /// What happened, in order; 32 at most.
    pub events: &'a [Event<'a>],
}

/// One thing that a visitor did.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Event<'a> {
    /// When; later than now, it is taken as now, and before his last event, as that.
    pub at: Time,
    /// What.
    pub what: What<'a>,
}

/// See [`Event::what`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum What<'a> {
    /// A page was entered, also by a change of route.
    View {
        /// As [`PageSeen::url`].
        url: &'a str,
        /// As [`PageSeen::title`].
        title: &'a str,
    },
    /// So many seconds on this page so far.
    Dwell {
        /// Seconds.
        secs: u32,
    },
    /// Seen so far down.
    Scroll {
        /// 0–100.
        percent: u8,
    },
    /// No input for a while.
    Idle {
        /// Seconds.
        secs: u32,
    },
    /// Input again.
    Active,
    /// A form's field was found invalid.
    Error {
        /// Its name.
        field: &'a str,
    },
    /// What is in the cart now.
    Cart {
        /// Minor units.
        cents: u64,
        /// How many.
        items: u32,
    },
    /// Something was bought; the cart is empty then.
    Purchase {
        /// Minor units.
        cents: u64,
    },
    /// Whatever else the shop's script says.
    Custom {
        /// `a-z0-9_-`.
        name: &'a str,
        /// A number or a text.
        value: Said<'a>,
    },
    /// The page is gone.
    Leave,
}

/// What a custom event says.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Said<'a> {
    /// Nothing.
    Nothing,
    /// A number; no NaN.
    Number(f64),
    /// A text; looked at to 100 bytes.
    Text(&'a str),
}

/// What a criterion may wait for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Kind {
    /// A visit begins: before the first event.
    Arrival,
    View,
    Dwell,
    Scroll,
    Idle,
    Active,
    Error,
    Cart,
    Purchase,
    Custom,
    Leave,
}

impl Kind {
    /// All of them, in order.
    pub const ALL: [Kind; 11] = [
        Kind::Arrival,
        Kind::View,
        Kind::Dwell,
        Kind::Scroll,
        Kind::Idle,
        Kind::Active,
        Kind::Error,
        Kind::Cart,
        Kind::Purchase,
        Kind::Custom,
        Kind::Leave,
    ];

    /// As the configuration and expressions name it.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Arrival => "arrival",
            Kind::View => "view",
            Kind::Dwell => "dwell",
            Kind::Scroll => "scroll",
            Kind::Idle => "idle",
            Kind::Active => "active",
            Kind::Error => "error",
            Kind::Cart => "cart",
            Kind::Purchase => "purchase",
            Kind::Custom => "custom",
            Kind::Leave => "leave",
        }
    }
}

impl What<'_> {
    /// What kind it is of.
    pub fn kind(&self) -> Kind {
        match self {
            What::View { .. } => Kind::View,
            What::Dwell { .. } => Kind::Dwell,
            What::Scroll { .. } => Kind::Scroll,
            What::Idle { .. } => Kind::Idle,
            What::Active => Kind::Active,
            What::Error { .. } => Kind::Error,
            What::Cart { .. } => Kind::Cart,
            What::Purchase { .. } => Kind::Purchase,
            What::Custom { .. } => Kind::Custom,
            What::Leave => Kind::Leave,
        }
    }
}

/// What became of an arrival.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seen {
    /// A visit has begun with it.
    pub new_visit: bool,
    /// As it is to be sealed into his identity now.
    pub known: Known,
    /// Nothing was kept, for this reason.
    pub refused: Option<Refused>,
}

/// Why an arrival was not kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refused {
    /// No site has this place, or it is gone.
    Site,
    /// The table may hold nobody.
    Full,
}
