//! A command line as it is being typed in bash, and how an answer has to be written to stand in it.

/// The words so far; nothing in them is expanded or run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// Those before the one that is being typed, without quotes.
    pub words: Vec<String>,
    /// What there is of the last one, without quotes.
    pub current: String,
    /// The quote that is still open in it.
    quote: Option<char>,
    /// How many bytes of it bash takes for words before: it parts them at these, too.
    parted: usize,
}

/// What bash parts words at, beside white space and quotes.
const PARTS: [char; 3] = ['=', ':', '@'];

impl Line {
    /// The words of a shell that has parted them.
    pub fn of_words(words: Vec<String>, current: String) -> Self {
        Self { words, current, ..Self::default() }
    }

    /// Reads a line up to the cursor.
    pub fn new(text: &str) -> Self {
        let mut line = Self::default();
        let mut is_word = false;
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            match (line.quote, c) {
                (Some('\''), c) if c != '\'' => line.current.push(c),
                (Some(quote), c) if c == quote => line.quote = None,
                (_, '\\') => line.current.extend(chars.next()),
                (Some(_), c) => line.current.push(c),
                (None, '\'' | '"') => {
                    (line.quote, is_word) = (Some(c), true);
                    line.parted = line.current.len();
                }
                (None, c) if c.is_whitespace() => {
                    if is_word {
                        line.words.push(std::mem::take(&mut line.current));
                    }
                    (line.parted, is_word) = (0, false);
                }
                (None, c) => {
                    line.current.push(c);
                    is_word = true;
                    if PARTS.contains(&c) {
                        line.parted = line.current.len();
                    }
                }
            }
            is_word |= !line.current.is_empty();
        }
        line
    }

    /// What bash is to put in the place of what it takes for the word. `None` when that can't be written safely there.
    pub fn answer(&self, value: &str) -> Option<String> {
        let rest = value.get(self.parted..)?;
        match self.quote {
            Some('\'') => Some(rest.replace('\'', r"'\''")),
            // History would be put in for it.
            Some(_) if rest.contains('!') => None,
            Some(_) => Some(escaped(rest, |c| matches!(c, '"' | '\\' | '$' | '`'))),
            None => Some(escaped(rest, |c| c.is_ascii() && !c.is_ascii_alphanumeric() && !"_./:=@%+,-".contains(c))),
        }
    }
}

fn escaped(text: &str, is_special: impl Fn(char) -> bool) -> String {
    text.chars().flat_map(|c| is_special(c).then_some('\\').into_iter().chain([c])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> (Vec<String>, String) {
        let line = Line::new(text);
        (line.words, line.current)
    }

    fn words(words: &[&str], current: &str) -> (Vec<String>, String) {
        (words.iter().map(|word| (*word).to_owned()).collect(), current.to_owned())
    }

    #[test]
    fn words_are_parted_as_a_shell_does() {
        assert_eq!(split("drawdown  balance ac"), words(&["drawdown", "balance"], "ac"));
        assert_eq!(split("drawdown balance "), words(&["drawdown", "balance"], ""));
        assert_eq!(
            split("d 'a b' \"c $(x) \\\"d\" e\\ f '' \"g h"),
            words(&["d", "a b", "c $(x) \"d", "e f", ""], "g h")
        );
        assert_eq!(split("d a\\"), words(&["d"], "a"));
        assert_eq!(split(""), words(&[], ""));
    }

    #[test]
    fn an_answer_is_one_harmless_word() {
        let answer = |line, value| Line::new(line).answer(value);
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(answer("d b ", "a b$(c)'"), some(r"a\ b\$\(c\)\'"));
        assert_eq!(answer("d b '", "a b$(c)'"), some(r"a b$(c)'\''"));
        assert_eq!(answer("d b \"", "a b$(c)`\""), some("a b\\$(c)\\`\\\""));
        assert_eq!(answer("d b \"", "a!b"), None);
        assert_eq!(answer("d b ", "a!b"), some(r"a\!b"));
        assert_eq!(answer("d b ~", "~root"), some(r"\~root"));
    }

    #[test]
    fn what_bash_takes_for_an_earlier_word_is_not_repeated() {
        let answer = |line, value| Line::new(line).answer(value);
        assert_eq!(answer("d --ledger=a", "--ledger=ab").as_deref(), Some("ab"));
        assert_eq!(answer("d balance org:ac", "org:acme").as_deref(), Some("acme"));
        assert_eq!(answer("d balance 'org:ac", "org:acme").as_deref(), Some("org:acme"));
        assert_eq!(answer("d balance é:ac", "ö").as_deref(), None);
    }
}
