//! One amount divided among several.

use super::{Rounding, muldiv_wide};

/// Divides `total` in proportion to the sizes of `weights`, in equal parts when all of them are 0. Cut on the cumulative
/// weight, so that the parts sum to `total` exactly. Without weights there are no parts.
pub(super) fn divide<W: Copy + Into<i128>>(total: i128, weights: &[W]) -> impl Iterator<Item = i128> {
    let sizes = weights.iter().map(|&weight| weight.into().abs());
    let even = sizes.clone().all(|size| size == 0);
    let sizes = sizes.map(move |size| if even { 1 } else { size });
    let whole: i128 = sizes.clone().sum();
    let (mut so_far, mut given) = (0, 0);
    sizes.map(move |size| {
        so_far += size;
        let due = muldiv_wide(total, so_far, whole, Rounding::Down).expect("a part is not above the whole");
        let part = due - given;
        given = due;
        part
    })
}

#[cfg(test)]
mod tests {
    use num_bigint::BigInt;
    use proptest::prelude::*;

    fn divide<T: Into<i128>>(total: T, weights: &[i128]) -> Vec<i128> {
        super::divide(total.into(), weights).collect()
    }

    #[test]
    fn shares_follow_the_weights() {
        assert_eq!(divide(100, &[3, 1]), [75, 25]);
        assert_eq!(divide(100, &[0, 0, 0]), [33, 33, 34]);
        assert_eq!(divide(-7, &[1, 0, 1]), [-3, 0, -4]);
        assert!(divide(7, &[]).is_empty());
        assert_eq!(divide(i64::MIN, &[0, i64::MIN.into()]), [0, i64::MIN.into()]);
        assert_eq!(divide(i64::MAX, &[i64::MIN.into(); 5]).iter().sum::<i128>(), i64::MAX.into());
        assert_eq!(divide(10i128.pow(30), &[10i128.pow(30); 4]), [25 * 10i128.pow(28); 4]);
    }

    /// As large as a cost may be.
    fn number() -> impl Strategy<Value = i128> {
        let most = 10i128.pow(30);
        prop_oneof![Just(0), -most..=most, any::<i64>().prop_map(i128::from), 0..100i128]
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_whole_and_none_is_off_by_a_unit(
            total in number(),
            weights in proptest::collection::vec(number(), 1..4),
        ) {
            let parts = divide(total, &weights);
            prop_assert_eq!(parts.iter().sum::<i128>(), total);
            let whole: i128 = weights.iter().map(|weight| weight.abs()).sum();
            for (part, weight) in parts.iter().zip(&weights).filter(|_| whole > 0) {
                // |part / total - weight / whole| < 1 / total
                let due = BigInt::from(total.abs()) * weight.abs();
                let got = BigInt::from(part.abs()) * whole;
                prop_assert!((due - got).magnitude() < BigInt::from(whole).magnitude());
            }
        }
    }
}
