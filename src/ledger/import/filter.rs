//! Which hashes were surely never seen.
//!
//! A [Bloom filter](https://en.wikipedia.org/wiki/Bloom_filter) of which each hash has but one word, in the order of the
//! hashes: those of a batch, which are in order too, are looked for from its beginning to its end.

use super::hash::IdHash;

/// Bits there are for each hash, with which one in a thousand is mistaken for one that was seen.
const BITS_A_HASH: usize = 24;
/// Bits that a hash sets in its word.
const BITS_SET: u32 = 5;
/// The least that a part is made for: three megabytes.
const LEAST: usize = 1 << 20;
/// Hashes of a command rather than of a log, for which three kilobytes do.
const FEW: usize = 1 << 10;

/// Hashes that were seen, more or less: a hash that was is told for sure, one that was not nearly always.
#[derive(Default)]
pub(super) struct Seen {
    /// Each is about half as large as those before together, and only the last has room.
    parts: Vec<Part>,
    /// How many hashes have been added, and how many there is room for.
    count: usize,
    room: usize,
}

/// One filter. The bits of its hashes are zero: memory that begins with zeros would be mapped twice, first to be looked at
/// and then to be written to, which takes as long again as all of this.
struct Part(Vec<u64>);

impl Seen {
    /// Makes room for so many more.
    pub fn reserve(&mut self, more: usize) {
        if self.count + more > self.room {
            let room = more.max(self.room / 2).max(if more < FEW { FEW } else { LEAST });
            self.parts.push(Part(vec![u64::MAX; (room * BITS_A_HASH).div_ceil(u64::BITS as usize)]));
            self.room = self.count + room;
        }
    }

    /// Adds a hash. There must be room for it.
    pub fn add(&mut self, hash: IdHash) {
        self.count += 1;
        if let Some(Part(words)) = self.parts.last_mut() {
            let place = place(words, hash);
            words[place] &= !mask(hash);
        }
    }

    pub fn may_have(&self, hash: IdHash) -> bool {
        let mask = mask(hash);
        self.parts.iter().any(|Part(words)| words[place(words, hash)] & mask == 0)
    }
}

/// The word of a hash, by its highest bits.
fn place(words: &[u64], hash: IdHash) -> usize {
    const HIGHEST: u32 = 32;
    (((hash.bits() >> (IdHash::BITS - HIGHEST)) * words.len() as u64) >> HIGHEST) as usize
}

/// The bits of a hash in its word, by all of its own.
fn mask(hash: IdHash) -> u64 {
    // Fibonacci hashing: the highest bits of the product hang together with every bit of the hash.
    let mixed = hash.bits().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (1..=BITS_SET).fold(0, |mask, bit| mask | (1 << ((mixed >> (u64::BITS - 6 * bit)) & 63)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hashes that are spread as keyed ones would be.
    fn spread(numbers: std::ops::Range<u64>) -> impl Iterator<Item = IdHash> {
        let bits = |number: u64| number.wrapping_mul(0xd6e8_feb8_6659_fd93) >> (u64::BITS - IdHash::BITS);
        numbers.map(move |number| IdHash::from_bits(bits(number)))
    }

    #[test]
    fn what_was_seen_is_told_and_what_was_not_seldom() {
        let mut seen = Seen::default();
        assert!(!seen.may_have(IdHash::from_bits(7)));
        let many = 7 * LEAST as u64 / 2;
        for start in (0..many).step_by(FEW) {
            seen.reserve(FEW);
            spread(start..start + FEW as u64).for_each(|hash| seen.add(hash));
        }
        assert!(seen.parts.len() > 1);
        assert!(spread(0..many).all(|hash| seen.may_have(hash)));
        let mistaken = spread(many..2 * many).filter(|&hash| seen.may_have(hash)).count() as u64;
        assert!(mistaken < many / 200, "{mistaken} of {many}");
    }

    #[test]
    fn the_highest_hash_has_a_word() {
        let mut seen = Seen::default();
        seen.reserve(2);
        let both = [0, (1 << IdHash::BITS) - 1].map(IdHash::from_bits);
        both.into_iter().for_each(|hash| seen.add(hash));
        assert!(both.into_iter().all(|hash| seen.may_have(hash)));
    }
}
