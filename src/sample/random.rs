//! Numbers that look random and follow from a seed, in whole numbers only: the same on every machine and for ever.

/// SplitMix64 (Steele, Lea and Flood, 2014): a counter that is mixed.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

/// 2^(k/16) for k from 0 to 15, in 65536ths.
const SIXTEENTHS: [u64; 16] = [
    65_536, 68_438, 71_468, 74_632, 77_936, 81_386, 84_990, 88_752, 92_682, 96_785, 101_070, 105_545, 110_218, 115_098,
    120_194, 125_515,
];

impl Random {
    /// A stream of its own for each purpose, so that one more number for one of them changes nothing for the others.
    pub fn new(seed: u64, purpose: u64) -> Self {
        let mut random = Self(seed);
        random.0 = random.next().wrapping_add(purpose.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to and without `end`, which is at least 1.
    pub fn below(&mut self, end: u64) -> u64 {
        let scaled = (u128::from(self.next()) * u128::from(end)) >> 64;
        // Smaller than `end`, so it fits.
        scaled as u64
    }

    /// A place from 0 up to and without `end`, which is at least 1.
    pub fn place(&mut self, end: usize) -> usize {
        self.below(end as u64) as usize
    }

    /// Whether something happens that happens so many times in a thousand.
    pub fn happens(&mut self, in_a_thousand: u64) -> bool {
        self.below(1000) < in_a_thousand
    }

    /// One of `sums`, which rise: each as often as it is larger than the one before.
    pub fn among(&mut self, sums: &[u64]) -> usize {
        let drawn = self.below(sums.last().copied().unwrap_or(1).max(1));
        sums.partition_point(|&sum| sum <= drawn).min(sums.len().saturating_sub(1))
    }

    /// A size around `median`, at least 1: half are smaller, two thirds lie between 2/5 and 5/2 of it, and a few are up to
    /// twenty times as large (log-normal, nearly).
    pub fn size(&mut self, median: u64) -> u64 {
        // The sum of four is nearly normal: around 510, and 148 from it as a rule. So 21 sixteenths of a doubling.
        let sum: u64 = (0..4).map(|_| self.below(256)).sum();
        let sixteenths = sum / 7 + 16 * 16 - 510 / 7;
        let (doublings, part) = (sixteenths / 16, sixteenths % 16);
        let scaled = (u128::from(median) * u128::from(SIXTEENTHS[part as usize])) << doublings;
        // Between two sixteenths there are sizes too.
        let scaled = scaled + scaled / 1024 * u128::from(self.below(45));
        u64::try_from(scaled >> (16 + 16)).unwrap_or(u64::MAX).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_that_the_generator_is_known_for() {
        let mut random = Random(1_234_567);
        let known = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!([(); 3].map(|()| random.next()), known);
    }

    #[test]
    fn sizes_lie_around_their_median() {
        let mut random = Random::new(7, 0);
        let mut sizes: Vec<u64> = (0..10_000).map(|_| random.size(1000)).collect();
        sizes.sort_unstable();
        assert!((900..1100).contains(&sizes[5000]), "{}", sizes[5000]);
        assert!((300..500).contains(&sizes[1600]) && (2000..3200).contains(&sizes[8400]));
        assert!(sizes[0] >= 40 && sizes[9999] < 25_000, "{} {}", sizes[0], sizes[9999]);
    }

    #[test]
    fn what_is_drawn_is_one_of_them() {
        let mut random = Random::new(1, 1);
        let mut drawn = [0; 3];
        (0..1000).for_each(|_| drawn[random.among(&[1, 1, 10])] += 1);
        assert!(drawn[0] > 50 && drawn[1] == 0 && drawn[2] > 800, "{drawn:?}");
    }
}
