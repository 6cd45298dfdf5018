//! One amount divided among several.

use super::Value;
use smallvec::SmallVec;

/// Divides `total` in proportion to the sizes of `weights`, in equal parts when all of them are 0. Cut on the cumulative
/// weight, so that the parts sum to `total` exactly. Without weights there are no parts.
pub fn divide(total: Value, weights: &[Value]) -> SmallVec<[Value; 2]> {
    let total = total.count();
    let even = weights.iter().all(|weight| weight.is_zero());
    let weights = weights.iter().map(|weight| if even { 1 } else { u128::from(weight.count().unsigned_abs()) });
    let whole: u128 = weights.clone().sum();
    let (mut weight_so_far, mut given) = (0, 0);
    weights
        .map(|weight| {
            weight_so_far += weight;
            let due = portion(total.unsigned_abs(), weight_so_far, whole);
            // No part is larger than the total, so it fits.
            let part = (due - given) as i64;
            given = due;
            Value::from_count(if total < 0 { part.wrapping_neg() } else { part })
        })
        .collect()
}

/// `total * part / whole`, rounded down, where `part` is at most `whole`. In two steps of 32 bits, since the whole
/// product may not fit.
fn portion(total: u64, part: u128, whole: u128) -> u64 {
    let (high, low) = (u128::from(total >> 32), u128::from(total & 0xffff_ffff));
    let first = high * part;
    let rest = ((first % whole) << 32) + low * part;
    (((first / whole) << 32) + rest / whole) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same of bare numbers.
    fn divide(total: i64, weights: &[i64]) -> SmallVec<[i64; 2]> {
        let weights: Vec<Value> = weights.iter().copied().map(Value::from_count).collect();
        super::divide(Value::from_count(total), &weights).into_iter().map(Value::count).collect()
    }

    #[test]
    fn shares_follow_the_weights() {
        assert_eq!(divide(100, &[3, 1])[..], [75, 25]);
        assert_eq!(divide(100, &[0, 0, 0])[..], [33, 33, 34]);
        assert_eq!(divide(-7, &[1, 0, 1])[..], [-3, 0, -4]);
        assert!(divide(7, &[]).is_empty());
        assert_eq!(divide(i64::MIN, &[0, i64::MIN])[..], [0, i64::MIN]);
        assert_eq!(divide(i64::MAX, &[i64::MIN; 5]).iter().sum::<i64>(), i64::MAX);
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_whole_and_none_is_off_by_a_unit(
            total: i64,
            weights in proptest::collection::vec(prop_oneof![Just(0), any::<i64>(), 0..100i64], 1..4),
        ) {
            let parts = divide(total, &weights);
            prop_assert_eq!(parts.iter().map(|&part| i128::from(part)).sum::<i128>(), i128::from(total));
            let whole: u128 = weights.iter().map(|weight| u128::from(weight.unsigned_abs())).sum();
            for (part, weight) in parts.iter().zip(&weights).filter(|_| whole > 0) {
                // |part / total - weight / whole| < 1 / total
                let due = u128::from(total.unsigned_abs()) * u128::from(weight.unsigned_abs());
                let got = u128::from(part.unsigned_abs()) * whole;
                prop_assert!(due.abs_diff(got) < whole);
            }
        }
    }
}
