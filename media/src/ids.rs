//! Names of media things.

/// A leg: one party's media, from `Open` to `Close`. The switch mints it; never used twice in a process.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct LegId(pub u64);

/// An even local UDP port of a worker's stock, bound together with the next one (RTP and RTCP, RFC 3550 §11).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct RtpPort(pub u16);
