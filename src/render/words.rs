//! Words that agree with how many there are.

use std::fmt::Display;

/// `1 error`, `2 errors`.
pub fn counted<N: Display + PartialEq + From<u8>>(many: N, noun: &str) -> String {
    let ending = either(&many, "", "s");
    format!("{many} {noun}{ending}")
}

/// A word for one, or for several: `either(count, "is", "are")`.
pub fn either<'w, N: PartialEq + From<u8>>(many: &N, one: &'w str, several: &'w str) -> &'w str {
    if *many == N::from(1) { one } else { several }
}

/// What so many rows of a report by these keys are: `customer`, `event types`; `rows` where several keys, or a
/// dimension, name them.
pub fn row_noun(by: &[String], count: usize) -> String {
    let noun = match by {
        [key]
            if ["customer", "product", "price", "event_type", "vendor", "day", "month", "year"]
                .contains(&key.as_str()) =>
        {
            key.replace('_', " ")
        }
        _ => "row".to_owned(),
    };
    noun + either(&count, "", "s")
}
