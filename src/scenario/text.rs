//! Texts in which some characters part and double quotes keep them from it.

use thiserror::Error;

/// What parts a path. A part with one of them stands in double quotes, in which a quote is doubled.
const SIGNS: [char; 6] = ['/', '[', ']', '=', ',', ':'];

/// Why the next part of a text can't be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TextError {
    /// A double quote stands within a part that does not begin with one.
    #[error("{0} has a quote in it: put it in quotes, and write the inner quote twice")]
    QuoteWithin(String),
    /// A part begins with a double quote, and has no second one.
    #[error("a quote has no end")]
    OpenQuote,
    /// The text ends too early.
    #[error("{0} is missing at its end")]
    MissingAtEnd(&'static str),
    /// Something else comes next.
    #[error("{wanted} is missing before {rest:?}")]
    Missing {
        /// What should come next, in words.
        wanted: &'static str,
        /// The rest of the text.
        rest: String,
    },
}

/// A text that is read from left to right.
pub(super) struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { rest: text }
    }

    /// What is left.
    pub fn rest(&self) -> &'t str {
        self.rest
    }

    /// Whether `sign` comes next, which is then passed over.
    pub fn takes(&mut self, sign: char) -> bool {
        let rest = self.rest.strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// One part, up to the next sign, and whether it stands in quotes.
    pub fn part(&mut self) -> Result<(String, bool), TextError> {
        self.rest = self.rest.trim_start();
        if self.takes('"') { Ok((self.quoted()?, true)) } else { Ok((self.bare()?, false)) }
    }

    fn bare(&mut self) -> Result<String, TextError> {
        let (part, rest) = self.rest.split_at(self.rest.find(SIGNS).unwrap_or(self.rest.len()));
        self.rest = rest;
        match part.trim_end() {
            "" => Err(self.expected("a name")),
            part if part.contains('"') => Err(TextError::QuoteWithin(part.to_owned())),
            part => Ok(part.to_owned()),
        }
    }

    fn quoted(&mut self) -> Result<String, TextError> {
        let mut part = String::new();
        loop {
            let Some((text, rest)) = self.rest.split_once('"') else {
                return Err(TextError::OpenQuote);
            };
            part.push_str(text);
            self.rest = rest;
            if !self.takes('"') {
                self.rest = self.rest.trim_start();
                return Ok(part);
            }
            part.push('"');
        }
    }

    /// An error: something else should come next.
    pub fn expected(&self, wanted: &'static str) -> TextError {
        match self.rest {
            "" => TextError::MissingAtEnd(wanted),
            rest => TextError::Missing { wanted, rest: rest.to_owned() },
        }
    }
}

/// A part as it is read again: in quotes where it needs them.
pub(super) fn written(part: &str) -> String {
    let is_plain = !part.is_empty() && part.trim() == part && !part.contains(SIGNS) && !part.contains('"');
    if is_plain { part.to_owned() } else { in_quotes(part) }
}

pub(super) fn in_quotes(part: &str) -> String {
    format!("\"{}\"", part.replace('"', "\"\""))
}

/// Where `sign` first stands outside quotes and brackets.
pub(super) fn outside(text: &str, sign: char) -> Option<usize> {
    let (mut is_quoted, mut depth) = (false, 0);
    text.char_indices().find_map(|(at, c)| {
        match c {
            '"' => is_quoted = !is_quoted,
            '[' if !is_quoted => depth += 1,
            ']' if !is_quoted => depth -= 1,
            _ => {}
        }
        (c == sign && !is_quoted && depth <= 0).then_some(at)
    })
}

/// What `sign` parts outside quotes and brackets.
pub(super) fn split(mut text: &str, sign: char) -> Vec<&str> {
    let mut parts = Vec::new();
    while let Some(at) = outside(text, sign) {
        parts.push(&text[..at]);
        text = &text[at + sign.len_utf8()..];
    }
    parts.push(text);
    parts
}
