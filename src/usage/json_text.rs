//! Pieces of JSON as they are written: objects and arrays taken apart without being understood, numbers in their own
//! digits.
//!
//! A general parser would look at nested values twice, once to pass them as they are written and once to take them apart,
//! and it would tell less of where a log is damaged. Nothing here recurses on what it passes, so nesting can be as deep as
//! the file is long.

use std::borrow::Cow;
use thiserror::Error;

/// Where a text stops being JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not JSON: {what}")]
pub(super) struct Syntax {
    pub what: &'static str,
    /// The byte, from 0, in the text that was looked at.
    pub at: usize,
    /// More text could have mended it.
    pub at_end: bool,
}

/// An object's keys and the text of their values, in the order they are written.
pub(super) fn entries(text: &str) -> Result<Vec<(Cow<'_, str>, &str)>, Syntax> {
    let mut entries = Vec::new();
    Scanner::whole(text, |scanner| {
        scanner.object(|scanner, key| {
            entries.push((key, scanner.raw()?));
            Ok::<_, Syntax>(())
        })
    })?;
    Ok(entries)
}

/// The text of each element of an array.
pub(super) fn elements(text: &str) -> Result<Vec<&str>, Syntax> {
    let mut elements = Vec::new();
    Scanner::whole(text, |scanner| {
        scanner.array(|scanner| {
            elements.push(scanner.raw()?);
            Ok::<_, Syntax>(())
        })
    })?;
    Ok(elements)
}

/// Whether the text is one JSON value.
pub(super) fn check(text: &str) -> Result<(), Syntax> {
    Scanner::whole(text, |scanner| scanner.raw().map(drop))
}

/// The same JSON without the white space between its tokens.
fn compact(raw: &str) -> String {
    let (mut in_string, mut escaped) = (false, false);
    let mut keep = |c: char| {
        let kept = in_string || !c.is_ascii_whitespace();
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = in_string,
            '"' => in_string = !in_string,
            _ => {}
        }
        kept
    };
    raw.chars().filter(|&c| keep(c)).collect()
}

/// How many bytes stand before the next quote, backslash, or control character. Eight at a time: strings are most of a log.
fn plain_length(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    // The high bit of each byte below `limit`; exact for the first of them, which is the one that counts.
    let below = |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word & HIGH;
    let is = |word: u64, byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = below(word, b' ') | is(word, b'"') | is(word, b'\\');
        if found != 0 {
            return index * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..b' ');
    words.len() * 8 + rest.iter().position(special).unwrap_or(rest.len())
}

/// A text, and how much of it has been passed. Every method passes white space behind what it passes.
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    /// Begins to read a text.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Reads a text that must end where `read` ends.
    pub fn whole<E: From<Syntax>>(text: &'a str, read: impl FnOnce(&mut Self) -> Result<(), E>) -> Result<(), E> {
        let mut scanner = Self::new(text);
        scanner.space();
        read(&mut scanner)?;
        match scanner.peek() {
            None => Ok(()),
            Some(_) => Ok(scanner.fail("something follows the value")?),
        }
    }

    /// Passes an object; `entry` is called with each key and must pass its value.
    pub fn object<E: From<Syntax>>(
        &mut self,
        mut entry: impl FnMut(&mut Self, Cow<'a, str>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.expect(b'{', "expected an object")?;
        let mut more = !self.eat(b'}');
        while more {
            let key = self.key()?;
            entry(self, key)?;
            more = self.goes_on(b'}')?;
        }
        Ok(())
    }

    /// Passes an array; `element` is called before each element and must pass it.
    pub fn array<E: From<Syntax>>(&mut self, mut element: impl FnMut(&mut Self) -> Result<(), E>) -> Result<(), E> {
        self.expect(b'[', "expected an array")?;
        let mut more = !self.eat(b']');
        while more {
            element(self)?;
            more = self.goes_on(b']')?;
        }
        Ok(())
    }

    /// The first byte of what is next: it tells what kind of value that is.
    pub fn peek(&self) -> Option<u8> {
        self.rest().first().copied()
    }

    /// Whether the next value is a string, a number, or `null`.
    pub fn is_scalar(&self) -> bool {
        !matches!(self.peek(), Some(b'{' | b'[' | b't' | b'f'))
    }

    /// How many bytes have been passed.
    pub fn position(&self) -> usize {
        self.at
    }

    /// Passes this text, if it is next.
    pub fn take_text(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text.as_bytes());
        self.at += if found { text.len() } else { 0 };
        found
    }

    /// Passes a value and gives it as our data has it: a string's content, a number's digits, an array or object without
    /// spaces. `null` is none.
    #[inline]
    pub fn text(&mut self) -> Result<Option<Cow<'a, str>>, Syntax> {
        let start = self.at;
        let text = match self.peek() {
            Some(b'"') => Some(self.string()?),
            Some(b'{' | b'[') => Some(Cow::Owned(compact(self.raw()?))),
            first => {
                self.scalar()?;
                (first != Some(b'n')).then(|| Cow::Borrowed(&self.text[start..self.at]))
            }
        };
        self.space();
        Ok(text)
    }

    fn rest(&self) -> &'a [u8] {
        &self.text.as_bytes()[self.at..]
    }

    fn fail<T>(&self, what: &'static str) -> Result<T, Syntax> {
        let at_end = self.at == self.text.len();
        Err(Syntax { what: if at_end { "it ends too early" } else { what }, at: self.at, at_end })
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    /// Passes all bytes of a kind, and tells how many there were.
    fn skip(&mut self, kind: impl Fn(u8) -> bool) -> usize {
        let rest = self.rest();
        let count = rest.iter().position(|&byte| !kind(byte)).unwrap_or(rest.len());
        self.at += count;
        count
    }

    /// Passes this byte, if it is next.
    fn take(&mut self, byte: u8) -> bool {
        let found = self.rest().first() == Some(&byte);
        self.at += usize::from(found);
        found
    }

    /// The same, and white space behind it.
    fn eat(&mut self, byte: u8) -> bool {
        let found = self.take(byte);
        if found {
            self.space();
        }
        found
    }

    fn expect(&mut self, byte: u8, what: &'static str) -> Result<(), Syntax> {
        if self.eat(byte) { Ok(()) } else { self.fail(what) }
    }

    /// After a value in an object or array: whether there is another, or it is closed by this byte.
    fn goes_on(&mut self, close: u8) -> Result<bool, Syntax> {
        match close {
            _ if self.eat(close) => Ok(false),
            b'}' => self.expect(b',', "expected , or }").map(|()| true),
            _ => self.expect(b',', "expected , or ]").map(|()| true),
        }
    }

    /// Passes a value and gives it as it is written.
    pub fn raw(&mut self) -> Result<&'a str, Syntax> {
        let start = self.at;
        // The brackets that must still be closed.
        let mut open = Vec::new();
        loop {
            if let Some(close) = self.open_bracket() {
                open.push(close);
                if self.rest().first() != Some(&close) {
                    self.key_within(close)?;
                    continue;
                }
            } else {
                self.scalar()?;
            }
            if !self.close_brackets(&mut open)? {
                break;
            }
        }
        let raw = &self.text[start..self.at];
        self.space();
        Ok(raw)
    }

    /// Passes an opening bracket and white space behind it; gives the bracket that closes it.
    fn open_bracket(&mut self) -> Option<u8> {
        match self.rest().first() {
            Some(b'{') => self.eat(b'{').then_some(b'}'),
            Some(b'[') => self.eat(b'[').then_some(b']'),
            _ => None,
        }
    }

    /// Behind a value: passes closing brackets, and up to the next value if there is one.
    fn close_brackets(&mut self, open: &mut Vec<u8>) -> Result<bool, Syntax> {
        while let Some(&close) = open.last() {
            self.space();
            if !self.take(close) {
                self.goes_on(close)?;
                return self.key_within(close).map(|()| true);
            }
            open.pop();
        }
        Ok(false)
    }

    /// Passes a key where the bracket is an object's.
    fn key_within(&mut self, close: u8) -> Result<(), Syntax> {
        if close == b'}' { self.key().map(drop) } else { Ok(()) }
    }

    /// Passes a key and its colon.
    fn key(&mut self) -> Result<Cow<'a, str>, Syntax> {
        if self.peek() != Some(b'"') {
            return self.fail("expected a key in quotes");
        }
        let key = self.string()?;
        self.space();
        self.expect(b':', "expected :")?;
        Ok(key)
    }

    /// Passes a string and gives its content. White space behind it is left.
    #[inline]
    fn string(&mut self) -> Result<Cow<'a, str>, Syntax> {
        let start = self.at + 1;
        let end = start + plain_length(&self.text.as_bytes()[start..]);
        if self.text.as_bytes().get(end) == Some(&b'"') {
            self.at = end + 1;
            return Ok(Cow::Borrowed(&self.text[start..end]));
        }
        self.escaped_string()
    }

    fn escaped_string(&mut self) -> Result<Cow<'a, str>, Syntax> {
        let start = self.at;
        self.pass_string()?;
        match serde_json::from_str(&self.text[start..self.at]) {
            Ok(text) => Ok(Cow::Owned(text)),
            Err(_) => self.fail("a \\u escape is half of a pair"),
        }
    }

    /// Passes a string, a number, or a literal.
    fn scalar(&mut self) -> Result<(), Syntax> {
        match self.rest() {
            [b'"', ..] => self.pass_string(),
            [b'-' | b'0'..=b'9', ..] => self.number(),
            rest => match [&b"true"[..], b"false", b"null"].into_iter().find(|literal| rest.starts_with(literal)) {
                Some(literal) => {
                    self.at += literal.len();
                    Ok(())
                }
                None => self.fail("expected a value"),
            },
        }
    }

    /// Passes a string that is next.
    fn pass_string(&mut self) -> Result<(), Syntax> {
        self.at += 1;
        loop {
            self.at += plain_length(self.rest());
            match self.rest() {
                [b'"', ..] => {
                    self.at += 1;
                    return Ok(());
                }
                [b'\\', b'u', a, b, c, d, ..] if [a, b, c, d].into_iter().all(u8::is_ascii_hexdigit) => self.at += 6,
                [b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => self.at += 2,
                [b'\\', ..] => return self.fail("an escape that JSON does not have"),
                _ => return self.fail("a control character in a string; write it as an escape"),
            }
        }
    }

    /// Passes `-?digits[.digits][e[+-]digits]` without leading zeros.
    fn number(&mut self) -> Result<(), Syntax> {
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _sign = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Syntax> {
        match self.skip(|byte| byte.is_ascii_digit()) {
            0 => self.fail("expected a digit"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn try_read(raw: &str) -> Result<Option<String>, Syntax> {
        let mut read = None;
        Scanner::whole(raw, |scanner| {
            read = scanner.text()?.map(Cow::into_owned);
            Ok::<_, Syntax>(())
        })?;
        Ok(read)
    }

    fn read(raw: &str) -> Option<String> {
        try_read(raw).unwrap()
    }

    #[test]
    fn values_keep_their_text() {
        assert_eq!(read("0.10e-6").as_deref(), Some("0.10e-6"));
        assert_eq!(read(r#""a\u00e9\n""#).as_deref(), Some("aé\n"));
        assert_eq!(read("null"), None);
        assert_eq!(read("true").as_deref(), Some("true"));
        assert_eq!(read(r#"{ "a b" : [ 1.0, "\" \\" , "x y" ] }"#).as_deref(), Some(r#"{"a b":[1.0,"\" \\","x y"]}"#));
        assert!(try_read(r#""\ud800""#).is_err());
    }

    #[test]
    fn objects_are_taken_apart() {
        let text = "{ \"a\" : [ { } , [ ] ] , \"b\\n\":-0.5e+3,\"\":{\"x\":{}} }";
        let wanted = [("a", "[ { } , [ ] ]"), ("b\n", "-0.5e+3"), ("", "{\"x\":{}}")];
        let entries = entries(text).unwrap();
        assert_eq!(entries.iter().map(|(key, raw)| (key.as_ref(), *raw)).collect::<Vec<_>>(), wanted);
        assert_eq!(elements("[1 , \"]\",[2,3] ]").unwrap(), ["1", "\"]\"", "[2,3]"]);
    }

    proptest! {
        #[test]
        fn json_is_what_it_is_to_everybody(
            text in "([\\[\\]{},: ]|\"[a\\\\nu0-9\u{1}é]{0,5}\"|-?[0-9.eE+-]{1,4}|true|false|null|nul){0,12}"
        ) {
            let everybody = serde_json::from_str::<serde::de::IgnoredAny>(&text);
            prop_assert_eq!(check(&text).is_ok(), everybody.is_ok(), "{:?}", everybody);
        }

        #[test]
        fn plain_text_ends_where_it_does(bytes in prop::collection::vec(prop_oneof![4 => any::<u8>(), 1 => Just(b'"')], 0..40)) {
            let end = bytes.iter().position(|&byte| byte < b' ' || byte == b'"' || byte == b'\\');
            prop_assert_eq!(plain_length(&bytes), end.unwrap_or(bytes.len()));
        }

        #[test]
        fn nested_values_are_passed_whole(text in value_text()) {
            let array = format!("[{text} , {text}]");
            prop_assert_eq!(elements(&array).unwrap(), [&*text, &*text]);
            let object = format!("{{\"k\":{text} ,\"l\" : {text}}}");
            prop_assert_eq!(entries(&object).unwrap(), [("k".into(), &*text), ("l".into(), &*text)]);
            prop_assert_eq!(check(&compact(&text)), Ok(()));
        }
    }

    fn value_text() -> impl Strategy<Value = String> {
        let leaf =
            prop_oneof![Just("null".to_owned()), "-?[1-9][0-9]{0,3}(\\.[0-9]{1,2})?", "\"[a-z ,{}\\[\\]]{0,4}\""];
        leaf.prop_recursive(3, 16, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(|items| format!("[ {} ]", items.join(" ,"))),
                prop::collection::vec(inner, 0..3).prop_map(|items| {
                    let items: Vec<_> = items.iter().map(|item| format!("\"k\" :{item}")).collect();
                    format!("{{{} }}", items.join(", "))
                }),
            ]
        })
    }
}
