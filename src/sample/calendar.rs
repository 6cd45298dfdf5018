//! When events happen: by day and by night, on weekdays and at weekends, and more of them as time goes on.

use super::random::Random;
use std::ops::Range;

/// How busy each hour of a day is, in UTC.
const HOURS: [u64; 24] = [10, 7, 5, 4, 4, 5, 8, 15, 30, 50, 65, 70, 65, 60, 68, 70, 65, 55, 45, 38, 32, 27, 20, 14];
/// In milliseconds.
const HOUR: i64 = 3_600_000;
/// The same of a day.
pub(super) const DAY: i64 = 24 * HOUR;
/// So many events are drawn together and sorted. So the log is made in the order of time without being kept.
const TOGETHER: u64 = 64;
/// A burst is over in a minute.
const BURST: u64 = 60_000;

/// The time of an event, in milliseconds since 1970, and in which hour of the log it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment {
    pub millis: i64,
    pub hour: usize,
    /// Which burst it is of.
    pub burst: Option<u64>,
}

/// The hours of a log, with how busy each is.
#[derive(Debug)]
pub(super) struct Calendar {
    start: i64,
    /// How much happens up to the end of each hour.
    sums: Vec<u64>,
}

/// How busy an hour is of itself, whoever is there.
fn busy(at: i64) -> u64 {
    // 1970 began on a Thursday.
    let is_weekend = (at.div_euclid(DAY) + 3).rem_euclid(7) >= 5;
    HOURS[at.rem_euclid(DAY).div_euclid(HOUR) as usize] * if is_weekend { 2 } else { 5 }
}

impl Calendar {
    /// The days after `start`. When an hour begins, so much of the customers is `present`; and they do half as much again at
    /// the end as they did at first.
    pub fn new(start: i64, days: u32, present: impl Fn(i64) -> u64, random: &mut Random) -> Self {
        let hours = days as usize * 24;
        let mut of_day = 0;
        let weights = (0..hours).map(|hour| {
            if hour % 24 == 0 {
                of_day = 8 + random.below(5);
            }
            let growth = 100 + 50 * hour as u64 / hours as u64;
            let at = start + hour as i64 * HOUR;
            busy(at) * of_day * growth * present(at)
        });
        Self { start, sums: summed(weights) }
    }

    /// When an hour of the log begins.
    pub fn begin(&self, hour: usize) -> i64 {
        self.start + hour as i64 * HOUR
    }

    /// The moments of a number of events, in their order. A burst is many of them within a minute.
    pub fn moments(&self, events: u64, bursts: bool, mut random: Random) -> impl Iterator<Item = Moment> {
        let total = u128::from(self.sums.last().copied().unwrap_or_default());
        let mut drawn = 0;
        let mut from = 0;
        let mut together = Vec::new().into_iter();
        std::iter::from_fn(move || {
            if together.len() == 0 && drawn < events {
                let many = TOGETHER.min(events - drawn);
                drawn += many;
                // No larger than the total.
                let end = (total * u128::from(drawn) / u128::from(events)) as u64;
                together = self
                    .draw(from..end, many, (bursts && random.happens(30)).then_some(drawn), &mut random)
                    .into_iter();
                from = end;
            }
            together.next()
        })
    }

    fn draw(&self, within: Range<u64>, many: u64, burst: Option<u64>, random: &mut Random) -> Vec<Moment> {
        let length = (within.end - within.start).max(1);
        let mut moments: Vec<Moment> = match burst {
            None => (0..many).map(|_| self.moment(within.start + random.below(length), None)).collect(),
            Some(_) => {
                let begin = self.moment(within.start + random.below(length), burst);
                // Whoever is there when it begins goes on to its end, and what comes after comes after it.
                let last = self.moment(within.end - 1, burst).millis.max(begin.millis);
                let after = |random: &mut Random| (begin.millis + random.below(BURST) as i64).min(last);
                (0..many).map(|_| Moment { millis: after(random), ..begin }).collect()
            }
        };
        moments.sort_unstable();
        moments
    }

    /// Where so much has happened.
    fn moment(&self, happened: u64, burst: Option<u64>) -> Moment {
        let hour = self.sums.partition_point(|&sum| sum <= happened).min(self.sums.len() - 1);
        let before = hour.checked_sub(1).map_or(0, |before| self.sums[before]);
        let length = u128::from((self.sums[hour] - before).max(1));
        let into = u128::from(happened.saturating_sub(before)) * HOUR as u128 / length;
        // Less than an hour.
        let into = (into as i64).min(HOUR - 1);
        Moment { millis: self.begin(hour) + into, hour, burst }
    }
}

/// A moment in the day after `begin`, at a busy hour more often than at another.
pub(super) fn moment_of_day(begin: i64, random: &mut Random) -> i64 {
    let sums = summed((0..24).map(|hour| busy(begin + hour * HOUR)));
    begin + random.among(&sums) as i64 * HOUR + random.below(HOUR as u64) as i64
}

/// The sums of the first one, the first two, and so on.
pub(super) fn summed(weights: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut sum = 0;
    weights
        .map(|weight| {
            sum += weight;
            sum
        })
        .collect()
}
