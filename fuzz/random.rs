//! Chance that is the same each time, and what it makes of good input.

/// Numbers that follow from a seed (splitmix64).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    /// A number below another.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    /// Whether something happens that happens once in so many times.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    /// A part of something so long.
    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length + 1);
        let most = if self.one_in(4) { length } else { 12 };
        start..(start + self.below(most + 1)).min(length)
    }

    /// Changes bytes a few times: bits, parts of it, words that often matter, and parts of another input.
    pub fn change(&mut self, bytes: &mut Vec<u8>, words: &[&str], other: &[u8]) {
        for _ in 0..1 + self.below(6) {
            let range = self.range(bytes.len());
            let at = self.below(bytes.len() + 1);
            match self.below(8) {
                0 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                1 if at < bytes.len() => bytes[at] = self.next() as u8,
                2 => drop(bytes.drain(range)),
                3 => {
                    let part = bytes[range].to_vec();
                    let part = part.repeat(1 + self.below(3));
                    bytes.splice(at..at, part);
                }
                4 => {
                    let range = self.range(other.len());
                    bytes.splice(at..at, other[range].iter().copied());
                }
                5 if self.one_in(8) => bytes.truncate(at),
                _ => {
                    let word = self.pick(words).as_bytes();
                    let word = if self.one_in(20) { word.repeat(300) } else { word.to_vec() };
                    let replaced = if self.one_in(2) { range } else { at..at };
                    bytes.splice(replaced, word);
                }
            }
        }
    }

    /// The same of text.
    pub fn change_text(&mut self, text: &str, words: &[&str], other: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        self.change(&mut bytes, words, other.as_bytes());
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
