//! How many automatic payments it takes.

/// The most payments one event may cause. A rule that would need more is a mistake (`check` says so), and stopping
/// bounds what it costs.
pub const MAX_PAYMENTS: i64 = 1_000;

use crate::money::Units;

/// What one payment of a rule does, and how far the rule may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payments {
    /// What one payment credits, in units of the account's asset.
    pub credited: Units,
    /// How many payments the calendar month's limit still allows.
    pub allowed: i64,
}

/// How many payments cover `need` when `available` is there, or `None` when no allowed number does: then none is made.
pub fn payments_to_cover(need: Units, available: Units, payments: Payments) -> Option<i64> {
    let count = payments_needed(need, available, payments.credited)?;
    (count <= payments.allowed.min(MAX_PAYMENTS)).then_some(count)
}

/// How many payments are made to bring `available` to at least `threshold`: as many as it takes, or as are allowed.
pub fn payments_to_reach(threshold: Units, available: Units, payments: Payments) -> i64 {
    let Some(wanted) = payments_needed(threshold, available, payments.credited) else { return 0 };
    wanted.min(payments.allowed).clamp(0, MAX_PAYMENTS)
}

fn payments_needed(goal: Units, available: Units, credited: Units) -> Option<i64> {
    let missing = goal.checked_sub(available)?;
    if !missing.is_positive() {
        return Some(0);
    }
    // A payment that buys nothing helps nobody, however often it is made.
    credited.is_positive().then(|| (missing.count() - 1) / credited.count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payments(credited: i64, allowed: i64) -> Payments {
        Payments { credited: Units::from_count(credited), allowed }
    }

    fn to_reach(threshold: i64, available: i64, payments: Payments) -> i64 {
        payments_to_reach(Units::from_count(threshold), Units::from_count(available), payments)
    }

    fn to_cover(need: i64, available: i64, payments: Payments) -> Option<i64> {
        payments_to_cover(Units::from_count(need), Units::from_count(available), payments)
    }

    #[test]
    fn strictly_below_and_again_while_below() {
        let unlimited = payments(10, i64::MAX);
        for (threshold, available, expected) in [(50, 5, 5), (50, 50, 0), (50, 49, 1), (50, 60, 0), (50, -15, 7)] {
            assert_eq!(to_reach(threshold, available, unlimited), expected, "{available}");
        }
        assert_eq!(to_reach(50, 5, payments(10, 2)), 2);
        assert_eq!(to_reach(50, 5, payments(0, 2)), 0);
        assert_eq!(to_reach(1_000_000, 0, payments(1, i64::MAX)), MAX_PAYMENTS);
    }

    #[test]
    fn no_payment_that_would_not_save_the_event() {
        let three = payments(10, 3);
        assert_eq!(to_cover(35, 5, three), Some(3));
        assert_eq!(to_cover(36, 5, three), None);
        assert_eq!(to_cover(5, 5, three), Some(0));
        assert_eq!(to_cover(6, 5, payments(0, 3)), None);
    }
}
