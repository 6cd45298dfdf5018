//! What comes from files must not drive the terminal it is shown on.

use std::borrow::Cow;

/// Shows what a terminal would obey, or would hide, as an escape that can be read: `\u{1b}`, `\n`, `\u{202e}`.
pub fn sanitize(text: &str) -> Cow<'_, str> {
    escaped(text, is_unsafe)
}

/// Shows controls as escapes and leaves everything else as it is: what programs read, and read back.
pub(super) fn without_controls(text: &str) -> Cow<'_, str> {
    escaped(text, char::is_control)
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_escaped(c) {
            // Only `\n`, `\r`, `\t` have shorter escapes than `\u{..}`; quotes and backslashes never get here.
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// Whether a text has nothing but ASCII that can be seen, spaces and ends of lines: most is, and that is quick to tell.
pub fn is_plain(text: &str) -> bool {
    text.bytes().fold(true, |plain, byte| plain & (byte == b'\n' || (b' '..=b'~').contains(&byte)))
}

/// Controls (C0, DEL, C1), marks that turn the direction of writing, separators that break a line, and the
/// byte order mark.
pub(super) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn controls_are_shown_and_not_obeyed() {
        assert_eq!(sanitize("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(sanitize("two\nlines\r\t\u{7f}\u{9b}"), "two\\nlines\\r\\t\\u{7f}\\u{9b}");
        assert_eq!(sanitize("acme\u{202e}gpj\u{2028}"), "acme\\u{202e}gpj\\u{2028}");
    }

    #[test]
    fn other_text_stays_as_it_is() {
        for text in ["", "Zürich \"★\" C:\\new", "日本 👩‍👩‍👧"] {
            assert!(matches!(sanitize(text), Cow::Borrowed(same) if same == text));
        }
    }

    proptest! {
        #[test]
        fn nothing_unsafe_is_left(text in any::<String>()) {
            prop_assert!(!sanitize(&text).contains(is_unsafe));
            prop_assert!(!is_plain(&text) || !text.replace('\n', "").contains(is_unsafe));
        }
    }
}
