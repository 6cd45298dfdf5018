//! Changes for unit tests.

use super::Change;
use crate::money::Decimal;
use proptest::prelude::*;

pub(super) fn change() -> impl Strategy<Value = Change> {
    let number = || (-999_999i64..999_999, 0u32..9).prop_map(|(n, scale)| Decimal::new(n, scale).normalize());
    let word = "[a-z_]{1,9}".prop_filter("a factor", |word| !word.starts_with('x'));
    prop_oneof![
        number().prop_map(Change::Number),
        number().prop_map(Change::Percent),
        (number(), "[A-Z]{3}").prop_map(|(number, asset)| Change::Payment(number, asset)),
        number().prop_map(|number| Change::Factor(number.abs())),
        proptest::collection::vec(word, 0..4).prop_map(Change::Words),
    ]
}
