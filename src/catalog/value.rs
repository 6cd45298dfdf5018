//! What a value is, however it is spelled. Programs write one number as `1080`, `1080.0` or `1.08e3`, and one boolean as
//! `true`, `True` or `TRUE`.

use crate::money::parse_decimal;
use std::borrow::Cow;

/// The plainest spelling of a value: the same for all spellings of a number or a boolean. Any other text is its own.
pub fn plain_value(text: &str) -> Cow<'_, str> {
    match text.as_bytes() {
        b"True" | b"TRUE" => "true".into(),
        b"False" | b"FALSE" => "false".into(),
        [b'0'..=b'9' | b'-', ..] if !is_plain_whole(text) => {
            parse_decimal(text).map_or(text.into(), |number| number.to_string().into())
        }
        _ => text.into(),
    }
}

/// Most numbers are this plain already.
fn is_plain_whole(text: &str) -> bool {
    !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_one_value_are_one() {
        for spellings in [
            ["1080", "1080.0", "1.08e3", "01080"],
            ["0", "-0", "0.00", "0e5"],
            ["-1.5", "-1.50", "-15e-1", "-001.5"],
            ["true", "True", "TRUE", "true"],
            ["false", "False", "FALSE", "false"],
        ] {
            assert_eq!(spellings.map(plain_value), [spellings[0]; 4]);
        }
    }

    #[test]
    fn other_texts_are_their_own() {
        for text in ["", "-", "1,080", "1080p", " 1080", "1080 ", "+1", "tRUE", "2026-07-01", "1e99", "1.2.3", "Trues"]
        {
            assert_eq!(plain_value(text), text);
        }
    }

    proptest! {
        #[test]
        fn numbers_are_one_if_they_are_equal(a in "-?[0-9]{1,4}([.][0-9]{1,3})?(e-?[0-3])?", b in "-?[0-9]{1,2}([.][0-9]{1,3})?") {
            let equal = parse_decimal(&a).unwrap() == parse_decimal(&b).unwrap();
            prop_assert_eq!(plain_value(&a) == plain_value(&b), equal);
        }
    }
}
