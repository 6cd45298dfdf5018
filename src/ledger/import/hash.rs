//! Keyed hashes of event ids.

use crate::usage::EventId;
use siphasher::sip::SipHasher13;

/// The keyed hash of an event id: 48 bits, of which a million among ten million are mistaken for another's once in thirty
/// times.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::ledger) struct IdHash(u64);

/// All 64 bits of the keyed hash of an event id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct WholeHash(u64);

impl IdHash {
    /// How many bytes there are of it, and bits.
    pub const BYTES: usize = 6;
    pub const BITS: u32 = 8 * Self::BYTES as u32;

    pub fn of(key: &[u8; 16], id: &EventId<'_>) -> Self {
        WholeHash::of(key, id).short()
    }

    /// The hash that has these bits, which are no more than it can have.
    pub(super) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// Its bits, the highest of which are zero.
    pub const fn bits(self) -> u64 {
        self.0
    }
}

impl WholeHash {
    pub fn of(key: &[u8; 16], id: &EventId<'_>) -> Self {
        Self(SipHasher13::new_with_key(key).hash(id.bytes()))
    }

    /// The part that is stored: the highest bits.
    pub const fn short(self) -> IdHash {
        IdHash(self.0 >> (u64::BITS - IdHash::BITS))
    }

    #[cfg(test)]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}
