//! What the rows of a report are called in a sentence.

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
    if count == 1 { noun } else { noun + "s" }
}
