//! Words as a shell takes them.

/// A word that stands for itself, and is never taken for an option.
pub fn shell_word(word: &str) -> String {
    if word.starts_with('-') { quoted(word) } else { shell_line([word]) }
}

/// A command line of these words, options among them.
pub fn shell_line<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "._-@+:/=,".contains(c);
    let word = |word: &str| if !word.is_empty() && word.chars().all(is_plain) { word.to_owned() } else { quoted(word) };
    words.into_iter().map(word).collect::<Vec<_>>().join(" ")
}

/// A quote ends the quoted part, stands for itself, and begins the next one.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_takes_any_name_as_one_word() {
        for plain in ["acme", "a.b-c@d", "日本"] {
            assert_eq!(shell_word(plain), plain);
        }
        assert_eq!(["", "-x", "a b", "it's"].map(shell_word), ["''", "'-x'", "'a b'", "'it'\\''s'"]);
    }

    #[test]
    fn options_of_a_line_stay_as_they_are() {
        let words = ["record", "acme", "use", "model=gpt 5", "--at", "2026-07-01"];
        assert_eq!(shell_line(words), "record acme use 'model=gpt 5' --at 2026-07-01");
    }
}
