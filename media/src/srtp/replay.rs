//! Which packets of each SSRC were seen: rollover estimate (RFC 3711 §3.3.1, appendix A) and replay window (§3.3.2).

use super::SrtpError;

/// SSRCs with state in one direction; only authenticated packets make one.
pub(super) const MAX_SOURCES: usize = 16;
/// Packets behind the newest that may still come.
const WINDOW: u64 = u128::BITS as u64;

/// What was seen of one SSRC.
#[derive(Clone, Copy)]
struct Row {
    ssrc: u32,
    highest: u64,
    /// Bit n: index `highest - n` was seen.
    seen: u128,
}

/// The rows of one direction.
pub(super) struct Sources {
    rows: Vec<Row>,
}

impl Default for Sources {
    fn default() -> Self {
        Sources { rows: Vec::with_capacity(MAX_SOURCES) }
    }
}

/// Where an SSRC's row is, or that it has none yet.
#[derive(Clone, Copy)]
pub(super) struct Slot(Option<usize>);

impl Sources {
    /// The row of an SSRC; an error if it has none and none is free.
    pub(super) fn find(&self, ssrc: u32) -> Result<Slot, SrtpError> {
        match self.rows.iter().position(|row| row.ssrc == ssrc) {
            None if self.rows.len() >= MAX_SOURCES => Err(SrtpError::TooManySources),
            found => Ok(Slot(found)),
        }
    }
}

impl Slot {
    /// The highest index seen.
    pub(super) fn highest(self, sources: &Sources) -> Option<u64> {
        self.0.map(|at| sources.rows[at].highest)
    }

    /// Refuses what was seen or is too old to tell.
    pub(super) fn check(self, sources: &Sources, index: u64) -> Result<(), SrtpError> {
        let Some(row) = self.0.map(|at| sources.rows[at]) else { return Ok(()) };
        match row.highest.checked_sub(index) {
            Some(behind) if behind >= WINDOW || row.seen >> behind & 1 == 1 => Err(SrtpError::Replay),
            _ => Ok(()),
        }
    }

    /// Notes an authenticated packet.
    pub(super) fn accept(self, sources: &mut Sources, ssrc: u32, index: u64) {
        let Some(at) = self.0 else {
            sources.rows.push(Row { ssrc, highest: index, seen: 1 });
            return;
        };
        let row = &mut sources.rows[at];
        match index.checked_sub(row.highest) {
            Some(ahead) => {
                row.seen = if ahead < WINDOW { row.seen << ahead | 1 } else { 1 };
                row.highest = index;
            }
            None => row.seen |= 1_u128.checked_shl((row.highest - index) as u32).unwrap_or(0),
        }
    }
}

/// The index that a sequence number most likely means; `None` before the first or behind the last of 2^48.
pub(super) fn estimate(highest: Option<u64>, sequence: u16) -> Option<u64> {
    let Some(highest) = highest else { return Some(u64::from(sequence)) };
    let (rollovers, last) = (highest >> 16, highest as u16);
    let rollovers = if last < 0x8000 && sequence.saturating_sub(last) > 0x8000 {
        rollovers.checked_sub(1)?
    } else if last >= 0x8000 && last - 0x8000 > sequence {
        rollovers + 1
    } else {
        rollovers
    };
    (rollovers <= u64::from(u32::MAX)).then_some(rollovers << 16 | u64::from(sequence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_estimate_follows_the_sequence_number_around() {
        assert_eq!(estimate(None, 7), Some(7));
        assert_eq!(estimate(Some(65_535), 0), Some(65_536));
        assert_eq!(estimate(Some(65_536), 65_535), Some(65_535));
        assert_eq!(estimate(Some(3 << 16 | 0x9000), 0x0fff), Some(4 << 16 | 0x0fff));
        assert_eq!(estimate(Some(3 << 16 | 0x9000), 0x1000), Some(3 << 16 | 0x1000));
        assert_eq!(estimate(Some(10), 65_000), None);
        assert_eq!(estimate(Some((1 << 48) - 1), 0), None);
    }

    #[test]
    fn the_window_takes_each_index_once_and_nothing_too_old() {
        let mut sources = Sources::default();
        let put = |sources: &mut Sources, index| {
            let row = sources.find(1)?;
            row.check(sources, index)?;
            row.accept(sources, 1, index);
            Ok::<(), SrtpError>(())
        };
        assert_eq!(put(&mut sources, 1000), Ok(()));
        assert_eq!(put(&mut sources, 1000), Err(SrtpError::Replay));
        assert_eq!(put(&mut sources, 1100), Ok(()));
        assert_eq!(put(&mut sources, 1000), Err(SrtpError::Replay));
        assert_eq!(put(&mut sources, 973), Ok(()));
        assert_eq!(put(&mut sources, 973), Err(SrtpError::Replay));
        assert_eq!(put(&mut sources, 972), Err(SrtpError::Replay));
        assert_eq!(put(&mut sources, 100_000), Ok(()));
        assert_eq!(put(&mut sources, 1100), Err(SrtpError::Replay));
    }

    #[test]
    fn rows_are_bounded() {
        let mut sources = Sources::default();
        for ssrc in 0..MAX_SOURCES as u32 {
            let row = sources.find(ssrc).expect("free");
            row.accept(&mut sources, ssrc, 0);
        }
        assert!(matches!(sources.find(99), Err(SrtpError::TooManySources)));
        assert!(sources.find(3).is_ok());
    }
}
