//! Names that look alike and are not the same.

use unicode_normalization::UnicodeNormalization;

/// A name as it looks: the same for an accent that is a part of its letter and for one that follows it, without signs that
/// have no width, and with every kind of space a plain one.
pub fn likeness(name: &str) -> String {
    name.chars().filter(|c| !has_no_width(*c)).map(|c| if c.is_whitespace() { ' ' } else { c }).nfc().collect()
}

/// Soft hyphens, joiners, marks that turn the direction of writing, variants of the sign before, and the byte order mark.
fn has_no_width(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_the_same_is_the_same() {
        for (a, b) in [
            ("Caf\u{e9}", "Cafe\u{301}"),
            ("acme", "ac\u{200b}me"),
            ("acme", "acme\u{feff}"),
            ("acme ltd", "acme\u{a0}ltd"),
            ("\u{ac00}", "\u{1100}\u{1161}"),
        ] {
            assert_ne!(a, b);
            assert_eq!(likeness(a), likeness(b), "{a}");
        }
        for (a, b) in [("Café", "Cafe"), ("acme", "Acme"), ("x2", "x²"), ("a b", "ab")] {
            assert_ne!(likeness(a), likeness(b), "{a}");
        }
    }
}
