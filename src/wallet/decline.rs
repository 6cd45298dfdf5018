//! Automatic payments that are declined, for a what-if: which of them, and when they are tried again.

use crate::ids::{AssetId, CustomerId};
use crate::money::{Decimal, parse_decimal};
use crate::time::Instant;
use std::fmt;
use std::str::FromStr;

/// When a payment that was declined is tried again, in hours after it was tried first.
const AGAIN: [i64; 3] = [1, 3, 7];
const HOUR: i64 = 3_600_000_000;

/// How many of all tries are declined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeclineRate {
    percent: Decimal,
    part: u64,
    of: u64,
}

impl FromStr for DeclineRate {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let percent = text.strip_suffix('%').ok_or("write a per cent, as in 5%")?;
        let percent = parse_decimal(percent).map_err(|_| "write a per cent, as in 5%")?.normalize();
        // A per cent with nine decimals has parts that can be counted.
        let of = 10u64.pow(percent.scale().min(10)) * 100;
        let part = u64::try_from(percent.mantissa()).ok().filter(|part| percent.scale() <= 9 && *part <= of);
        let part = part.ok_or("it is from 0% to 100%, with at most nine decimals")?;
        Ok(Self { percent, part, of })
    }
}

impl fmt::Display for DeclineRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.percent)
    }
}

/// Which automatic payments are declined: a try meets the same luck however and wherever it is billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declines {
    /// How many of all tries.
    pub rate: DeclineRate,
    /// What luck is drawn from.
    pub seed: u64,
}

/// One try of an automatic payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Try {
    /// The customer whose account is topped up.
    pub customer: CustomerId,
    /// The asset that the payment buys.
    pub asset: AssetId,
    /// How many payments their account has begun before.
    pub payment: u64,
    /// How often this one was tried before.
    pub before: usize,
}

impl Declines {
    /// Whether a try is declined.
    pub fn hits(&self, own: Try) -> bool {
        let words = [own.customer.number() as u64, own.asset.number() as u64, own.payment, own.before as u64];
        let drawn = words.into_iter().fold(mixed(self.seed), |state, word| mixed(state ^ mixed(word)));
        u128::from(drawn) * u128::from(self.rate.of) < u128::from(self.rate.part) << 64
    }
}

/// When a payment is tried that was first declined at an instant, and so many times until now; `None` when it is given up.
pub fn tried_again(first: Instant, tries: usize) -> Option<Instant> {
    let hours = AGAIN.get(tries.checked_sub(1)?)?;
    first.micros().checked_add(hours * HOUR).map(Instant::from_micros)
}

/// A number from another one, as random as numbers from 0 on need to be made: SplitMix64, which is the same everywhere.
fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declined(rate: &str, seed: u64) -> usize {
        let declines = Declines { rate: rate.parse().unwrap(), seed };
        let tries = (0..100).flat_map(|customer| (0..100).map(move |payment| (customer, payment)));
        let hits = tries.filter(|&(customer, payment)| {
            let (customer, asset) = (CustomerId::from_number(customer), AssetId::FIRST);
            declines.hits(Try { customer, asset, payment, before: 0 })
        });
        hits.count()
    }

    #[test]
    fn so_many_are_declined() {
        assert_eq!([declined("0%", 1), declined("100%", 1)], [0, 10_000]);
        for seed in 1..6 {
            // Five standard deviations on each side.
            assert!((391..=609).contains(&declined("5%", seed)), "{}", declined("5%", seed));
            assert!((4_750..=5_250).contains(&declined("50%", seed)), "{}", declined("50%", seed));
        }
        assert_ne!(declined("5%", 1), declined("5%", 2));
    }

    #[test]
    fn a_rate_is_a_per_cent() {
        for rate in ["0%", "5%", "0.5%", "33.333333333%", "100%"] {
            assert_eq!(rate.parse::<DeclineRate>().unwrap().to_string(), rate);
        }
        for slip in ["5", "0.05", "-5%", "101%", "100.1%", "5 %", "%", "1.0000000001%", ""] {
            assert!(slip.parse::<DeclineRate>().is_err(), "{slip}");
        }
    }

    #[test]
    fn it_is_tried_after_one_three_and_seven_hours() {
        let hours = |tries| tried_again(Instant::EPOCH, tries).map(|at| at.micros() / HOUR);
        assert_eq!([0, 1, 2, 3, 4].map(hours), [None, Some(1), Some(3), Some(7), None]);
    }
}
