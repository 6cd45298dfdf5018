//! Who makes the events: a few customers nearly all of them, and many customers a few.

use super::calendar::{DAY, moment_of_day, summed};
use super::random::Random;

/// The customers in the order in which they come.
#[derive(Debug)]
pub(super) struct Customers {
    /// The first event of each, in milliseconds since 1970.
    pub joined: Vec<i64>,
    /// How much those up to each one do together.
    sums: Vec<u64>,
}

impl Customers {
    /// Somebody is there from the start. Half of them come in the first tenth of the log, the others by and by. The
    /// second largest does half as much as the largest, the third a third, and so on (Zipf's law); how large one is has
    /// nothing to do with when they come.
    pub fn new(many: usize, start: i64, days: u32, random: &mut Random) -> Self {
        let days_of_first = u64::from(days).div_ceil(10);
        let days_of_others = (u64::from(days) * 4 / 5).max(1);
        let mut joined: Vec<i64> = (0..many)
            .map(|customer| {
                let day = random.below(if customer % 2 == 0 { days_of_first } else { days_of_others });
                moment_of_day(start + day as i64 * DAY, random)
            })
            .collect();
        joined.sort_unstable();
        joined.iter_mut().take(1).for_each(|first| *first = start);
        let mut weights: Vec<u64> = (1..=many as u64).map(|rank| 1_000_000 / rank).collect();
        for place in (1..many).rev() {
            weights.swap(place, random.place(place + 1));
        }
        Self { joined, sums: summed(weights.into_iter()) }
    }

    /// How many have come by an instant in milliseconds.
    fn present(&self, by: i64) -> usize {
        self.joined.partition_point(|&joined| joined <= by)
    }

    /// How much those do together who have come by an instant in milliseconds.
    pub fn weight(&self, by: i64) -> u64 {
        self.present(by).checked_sub(1).map_or(0, |last| self.sums[last])
    }

    /// One of those who have come by an instant in milliseconds, the large ones more often.
    pub fn draw(&self, by: i64, random: &mut Random) -> usize {
        random.among(&self.sums[..self.present(by)])
    }
}
