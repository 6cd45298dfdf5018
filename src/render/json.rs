//! The JSON that scripts rely on.

use super::sanitize::{is_plain, is_unsafe};
use serde::Serialize;
use std::io::{self, Write};

/// Changes when a script that reads the output would have to change.
pub const FORMAT_VERSION: &str = "1";

#[derive(Serialize)]
struct Envelope<'a, T> {
    format_version: &'static str,
    command: &'a str,
    data: &'a T,
}

/// The one object that a command prints, indented, with a newline at its end.
///
/// # Errors
/// When the value can't be JSON, as a map whose keys aren't texts.
pub fn envelope<T: Serialize>(command: &str, data: &T) -> serde_json::Result<String> {
    document(&Envelope { format_version: FORMAT_VERSION, command, data })
}

/// The same, written as it is made.
///
/// # Errors
/// As [`envelope`], or when it can't be written.
pub fn write_envelope<T: Serialize>(to: impl Write, command: &str, data: &T) -> serde_json::Result<()> {
    let mut to = Escaping(to);
    serde_json::to_writer_pretty(&mut to, &Envelope { format_version: FORMAT_VERSION, command, data })?;
    to.write_all(b"\n").map_err(serde_json::Error::io)
}

/// Escapes what is written through it: texts as a whole, as serde_json writes them.
struct Escaping<W>(W);

impl<W: Write> Write for Escaping<W> {
    fn write(&mut self, json: &[u8]) -> io::Result<usize> {
        let text = str::from_utf8(json).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        match is_plain(text) {
            true => self.0.write_all(json)?,
            false => self.0.write_all(escape(text.to_owned()).as_bytes())?,
        }
        Ok(json.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A value as a file of its own, indented, with a newline at its end.
///
/// # Errors
/// As [`envelope`].
pub fn document<T: Serialize>(value: &T) -> serde_json::Result<String> {
    Ok(escape(serde_json::to_string_pretty(value)?) + "\n")
}

/// A value on one line, with a newline at its end: for streams of objects.
///
/// # Errors
/// As [`envelope`].
pub fn json_line<T: Serialize>(value: &T) -> serde_json::Result<String> {
    Ok(escape(serde_json::to_string(value)?) + "\n")
}

/// JSON lets DEL, C1 and direction marks stand bare in strings; a terminal would obey them, so they are escaped too.
/// They occur nowhere but in strings, and the value that is read back is the same.
fn escape(json: String) -> String {
    if is_plain(&json) {
        return json;
    }
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        if is_unsafe(c) && c != '\n' {
            safe.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            safe.push(c);
        }
    }
    safe
}

/// Lets JSON have a value in the words that people read.
macro_rules! collect_words {
    ($($value:ty)*) => {$(
        impl serde::Serialize for $value {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )*};
}
pub(super) use collect_words;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn the_envelope_names_its_version_and_command() {
        let text = envelope("balance", &json!({"customer": "acme"})).unwrap();
        assert_eq!(
            text,
            "{\n  \"format_version\": \"1\",\n  \"command\": \"balance\",\n  \"data\": {\n    \"customer\": \"acme\"\n  }\n}\n"
        );
    }

    #[test]
    fn a_line_is_one_line() {
        assert_eq!(json_line(&json!("a\nb\u{9b}")).unwrap(), "\"a\\nb\\u009b\"\n");
    }

    proptest! {
        #[test]
        fn escaping_changes_no_value_and_leaves_nothing_unsafe(text in "[\\PC\\x00-\\x1f\\x7f-\\x9f\u{2028}-\u{202e}\u{feff}]*") {
            let line = json_line(&text).unwrap();
            prop_assert!(!line.trim_end_matches('\n').contains(is_unsafe));
            prop_assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
        }

        #[test]
        fn what_is_written_as_it_is_made_is_the_same(
            texts in proptest::collection::vec("[\\PC\\x00-\\x1f\\x7f-\\x9f\u{2028}-\u{202e}\u{feff}]*", 0..4),
        ) {
            let (mut written, data) = (Vec::new(), json!({"texts": texts, "none": [], "nothing": {}}));
            write_envelope(&mut written, "statement", &data).unwrap();
            prop_assert_eq!(String::from_utf8(written).unwrap(), envelope("statement", &data).unwrap());
        }
    }
}
