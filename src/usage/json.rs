//! JSON logs: one event, or one body of events, a line; or one document that spans lines.

use super::error::{Fault, Problem, ReadError};
use super::json_event::Keys;
use super::json_text::{Object, elements, message};
use super::lines::Lines;
use super::sink::Sink;
use std::borrow::Cow;

/// A JSON log whose first record has been read.
pub(super) struct Json {
    lines: Lines,
    keys: Keys,
    /// The current record has not been taken in yet.
    pending: bool,
    /// The current record is the rest of the file.
    is_document: bool,
}

impl Json {
    /// Takes the current line as the first record, or the beginning of the only one.
    pub fn open(mut lines: Lines, sink: &mut Sink<'_>) -> Result<Self, ReadError> {
        let is_document = goes_on(&lines.buffer);
        if is_document {
            lines.extend_to_end()?;
        }
        let keys = Keys::new(sink.mapping, sink.assembler);
        Ok(Self { lines, keys, pending: true, is_document })
    }

    /// Reads one line, or the document. `false` at the end.
    pub fn read(&mut self, sink: &mut Sink<'_>) -> Result<bool, ReadError> {
        if !std::mem::take(&mut self.pending) && !self.lines.advance()? {
            return Ok(false);
        }
        let line = self.lines.line;
        let text = match std::str::from_utf8(&self.lines.buffer) {
            Ok(text) => text.trim_ascii(),
            Err(_) if self.is_document => return Err(self.lines.fail(Problem::Foreign("not UTF-8 text"))),
            Err(error) => {
                let byte = error.valid_up_to() + 1;
                sink.reject(
                    line,
                    Fault::new(format!("byte {byte} of the line is not UTF-8 text; save the log as UTF-8")),
                );
                return Ok(true);
            }
        };
        if text.is_empty() {
            return Ok(true);
        }
        let mut record = Record { text, line, offset: 0, keys: &mut self.keys };
        match record.read(sink) {
            Ok(()) => Ok(true),
            Err(error) if self.is_document => {
                let line = Some(line + error.line() as u64 - 1);
                Err(ReadError { line, ..self.lines.fail(Problem::Json(message(&error))) })
            }
            Err(error) => {
                sink.reject(line, Fault::new(format!("{} in column {}", message(&error), error.column())));
                Ok(true)
            }
        }
    }
}

/// Whether the first line is the beginning of a value that ends in another line, rather than a damaged record.
fn goes_on(line: &[u8]) -> bool {
    let opens = matches!(line.trim_ascii_end().last(), Some(b'{' | b'[' | b',' | b':'));
    opens && serde_json::from_slice::<serde::de::IgnoredAny>(line).is_err_and(|error| error.is_eof())
}

/// One line or document, and how far it has been read.
struct Record<'a, 'k> {
    text: &'a str,
    /// The line that `offset` is in.
    line: u64,
    offset: usize,
    keys: &'k mut Keys,
}

impl<'a> Record<'a, '_> {
    /// Takes in an event, a body, or an array of them. An error means that the record is not JSON.
    fn read(&mut self, sink: &mut Sink<'_>) -> serde_json::Result<()> {
        if !self.text.starts_with('[') {
            self.element(self.text, None, sink)?;
            return Ok(());
        }
        for (index, element) in elements(self.text)?.into_iter().enumerate() {
            self.element(element, Some(index), sink)?;
        }
        Ok(())
    }

    /// The line of a part of the text. Parts come in their order.
    fn line_of(&mut self, part: &str) -> u64 {
        let offset = part.as_ptr() as usize - self.text.as_ptr() as usize;
        let passed = self.text.as_bytes().get(self.offset..offset).unwrap_or_default();
        self.line += passed.iter().filter(|&&byte| byte == b'\n').count() as u64;
        self.offset = offset;
        self.line
    }

    fn element(&mut self, text: &'a str, index: Option<usize>, sink: &mut Sink<'_>) -> serde_json::Result<()> {
        let line = self.line_of(text);
        if !text.starts_with('{') {
            // The text may still not be JSON at all; that is the better thing to say.
            serde_json::from_str::<serde::de::IgnoredAny>(text)?;
            sink.reject(line, Fault::new("a record must be a JSON object: {\"id\": ..., \"customer\": ...}"));
            return Ok(());
        }
        let Object(entries) = serde_json::from_str(text)?;
        let path = || index.map(|index| format!("[{index}]"));
        if entries.iter().any(|(key, _)| key == "events") && !self.keys.is_mapped("events") {
            if let Err(fault) = self.body(entries, sink) {
                sink.reject(line, inside(fault, path()));
            }
        } else if let Err(fault) = self.keys.add_event(entries, None, line, sink) {
            sink.reject(line, inside(fault, path()));
        }
        Ok(())
    }

    /// Takes in `{"customer_id": ..., "events": [...]}`. The fault is the whole body's; its events have their own.
    fn body(&mut self, mut entries: Vec<(Cow<'a, str>, &'a str)>, sink: &mut Sink<'_>) -> Result<(), Fault> {
        let at = entries.iter().position(|(key, _)| key == "events").unwrap_or_default();
        let (_, list) = entries.remove(at);
        let events = match list.starts_with('[') {
            true => elements(list).map_err(|error| Fault::at("events", message(&error)))?,
            false => return Err(Fault::at("events", "must be an array of events")),
        };
        let customer = self.keys.body_customer(entries)?;
        for (index, event) in events.into_iter().enumerate() {
            let line = self.line_of(event);
            let added = match serde_json::from_str::<Object<'_>>(event) {
                Ok(Object(entries)) => self.keys.add_event(entries, customer.as_deref(), line, sink),
                Err(_) => Err(Fault::new("an event must be a JSON object")),
            };
            if let Err(fault) = added {
                sink.reject(line, inside(fault, Some(format!("events[{index}]"))));
            }
        }
        Ok(())
    }
}

/// The fault with the place of its event in front of its key.
fn inside(fault: Fault, path: Option<String>) -> Fault {
    let column = match (path, fault.column) {
        (Some(path), Some(column)) => Some(format!("{path}.{column}")),
        (path, column) => path.or(column),
    };
    Fault { column, ..fault }
}
