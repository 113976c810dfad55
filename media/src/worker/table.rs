//! The legs of a worker and the ways to find one: by id, by local port, by authenticated source, by user name fragment.

use super::leg::{Leg, Link};
use crate::ids::{LegId, RtpPort};
use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};
use std::net::SocketAddr;

/// Sources at most that a browser's leg is known by: paths it has probed.
const MAX_SOURCES: usize = 8;
/// Marks a port without leg.
const NONE: u32 = u32::MAX;

/// A leg's place in the table; used again after it is over.
pub(super) type Slot = u32;

/// All legs. Finding one by port or source is one step and allocates nothing.
#[derive(Debug)]
pub(super) struct Legs {
    slots: Vec<Option<Leg>>,
    free: Vec<Slot>,
    by_id: HashMap<LegId, Slot>,
    /// Indexed by half the port: pairs begin at even ones.
    by_port: Vec<Slot>,
    by_source: HashMap<SocketAddr, Slot, Seeded>,
    by_ufrag: HashMap<String, Slot>,
}

impl Legs {
    /// None.
    pub fn new(seed: u64) -> Self {
        Legs {
            slots: Vec::new(),
            free: Vec::new(),
            by_id: HashMap::new(),
            by_port: vec![NONE; 1 << 15],
            by_source: HashMap::with_hasher(Seeded(seed)),
            by_ufrag: HashMap::new(),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Takes a leg in; false where its id, port or user name fragment is taken.
    pub fn insert(&mut self, leg: Leg) -> bool {
        let taken = match &leg.link {
            Link::Plain { port, .. } => self.by_port[place(*port)] != NONE,
            Link::WebRtc { ufrag, .. } => self.by_ufrag.contains_key(ufrag),
        };
        if taken || self.by_id.contains_key(&leg.id) {
            return false;
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            (self.slots.len() - 1) as Slot
        });
        self.by_id.insert(leg.id, slot);
        match &leg.link {
            Link::Plain { port, .. } => self.by_port[place(*port)] = slot,
            Link::WebRtc { ufrag, .. } => {
                self.by_ufrag.insert(ufrag.clone(), slot);
            }
        }
        self.slots[slot as usize] = Some(leg);
        true
    }

    /// Takes a leg out of every index.
    pub fn remove(&mut self, slot: Slot) -> Option<Leg> {
        let leg = self.slots.get_mut(slot as usize)?.take()?;
        self.free.push(slot);
        self.by_id.remove(&leg.id);
        match &leg.link {
            Link::Plain { port, .. } => self.by_port[place(*port)] = NONE,
            Link::WebRtc { ufrag, sources, .. } => {
                self.by_ufrag.remove(ufrag);
                for source in sources {
                    self.by_source.remove(source);
                }
            }
        }
        Some(leg)
    }

    pub fn get(&self, slot: Slot) -> Option<&Leg> {
        self.slots.get(slot as usize)?.as_ref()
    }

    pub fn get_mut(&mut self, slot: Slot) -> Option<&mut Leg> {
        self.slots.get_mut(slot as usize)?.as_mut()
    }

    pub fn by_id(&self, id: LegId) -> Option<Slot> {
        self.by_id.get(&id).copied()
    }

    pub fn by_port(&self, port: RtpPort) -> Option<Slot> {
        Some(self.by_port[place(port)]).filter(|slot| *slot != NONE)
    }

    pub fn by_source(&self, source: SocketAddr) -> Option<Slot> {
        self.by_source.get(&source).copied()
    }

    pub fn by_ufrag(&self, ufrag: &str) -> Option<Slot> {
        self.by_ufrag.get(ufrag).copied()
    }

    /// A source proved to be this browser's: it is nobody else's any more.
    pub fn learn(&mut self, slot: Slot, source: SocketAddr) {
        match self.by_source.insert(source, slot) {
            Some(known) if known == slot => return,
            Some(former) => self.forget(former, source),
            None => {}
        }
        let Some(Some(Leg { link: Link::WebRtc { sources, transport, .. }, .. })) =
            self.slots.get_mut(slot as usize)
        else {
            return;
        };
        if sources.len() == MAX_SOURCES {
            // The oldest that is not in use.
            let used = transport.remote();
            let oldest = sources.iter().position(|source| Some(*source) != used).unwrap_or(0);
            self.by_source.remove(&sources.remove(oldest));
        }
        sources.push(source);
    }

    fn forget(&mut self, slot: Slot, source: SocketAddr) {
        if let Some(Leg { link: Link::WebRtc { sources, .. }, .. }) = self.get_mut(slot) {
            sources.retain(|other| *other != source);
        }
    }
}

fn place(port: RtpPort) -> usize {
    usize::from(port.0 >> 1)
}

/// A quick hash for addresses that have proved themselves, seeded so that they cannot be chosen to collide.
#[derive(Clone, Copy, Debug)]
struct Seeded(u64);

impl BuildHasher for Seeded {
    type Hasher = Mixer;
    fn build_hasher(&self) -> Mixer {
        Mixer(self.0)
    }
}

#[derive(Clone, Copy, Debug)]
struct Mixer(u64);

impl Mixer {
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.mix(u64::from_le_bytes(word));
        }
    }
    fn write_u16(&mut self, word: u16) {
        self.mix(u64::from(word));
    }
    fn write_u32(&mut self, word: u32) {
        self.mix(u64::from(word));
    }
    fn write_isize(&mut self, word: isize) {
        self.mix(word as u64);
    }
    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }
}
