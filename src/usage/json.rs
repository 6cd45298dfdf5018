//! JSON logs: one event, or one body of events, a line; or one document that spans lines.

use super::error::{Fault, Problem, ReadError};
use super::json_event::{CUSTOMER, Keys, Place};
use super::json_found::Trouble;
use super::json_found::twice;
use super::json_row::{with_body, with_way};
use super::json_text::{Syntax, check, elements, entries};
use super::lines::Lines;
use super::records::{Records, values_at};
use super::rows::{BESIDE, Form};
use super::sink::Sink;
use super::units::Units;
use crate::catalog::PathStep;
use std::borrow::Cow;

/// A JSON log whose first record has been read.
pub(super) struct Json {
    lines: Lines,
    keys: Keys,
    records: Records,
    /// The current record has not been taken in yet.
    pending: bool,
    /// The values of a document, and how many steps of the way to the records lead there.
    units: Option<(Units, usize)>,
}

impl Json {
    /// Takes the current line as the first record, or the beginning of the only one.
    pub fn open(mut lines: Lines, sink: &mut Sink<'_>) -> Result<Self, ReadError> {
        // A document's next lines are parts of a value; behind a damaged record stand others.
        let is_document = lines.is_long() || goes_on(&lines.buffer) && !is_followed_by_records(&mut lines)?;
        let records = Records::new(sink.mapping);
        // Where the way to the records may be missing, each value is looked at whole.
        let way = if records.are_optional { &[] } else { records.steps.as_slice() };
        let units = is_document.then(|| Units::new(way));
        if is_document {
            lines.again();
        }
        sink.keep_form(|| Form::Json);
        let keys = Keys::new(sink.mapping, sink.rules, &records.around, sink.assembler);
        Ok(Self { lines, keys, records, pending: !is_document, units })
    }

    /// Reads one line, or one value of the document. `false` at the end.
    pub fn read(&mut self, sink: &mut Sink<'_>) -> Result<bool, ReadError> {
        let is_there = match &mut self.units {
            Some((units, _)) => units.next(&mut self.lines)?,
            None => std::mem::take(&mut self.pending) || self.lines.advance()?,
        };
        if !is_there {
            return Ok(false);
        }
        let taken = self.units.as_ref().map(|(_, steps)| *steps);
        let line = self.lines.line;
        let text = match std::str::from_utf8(&self.lines.buffer) {
            Ok(text) => text.trim_ascii(),
            Err(_) if taken.is_some() => return Err(self.lines.fail(Problem::Foreign("not UTF-8 text"))),
            Err(error) => {
                let byte = error.valid_up_to() + 1;
                sink.reject(
                    line,
                    Fault::new(format!("byte {byte} of the line is not UTF-8 text; save the log as UTF-8")),
                );
                sink.keep_row(|| self.lines.buffer.trim_ascii());
                return Ok(true);
            }
        };
        if text.is_empty() {
            return Ok(true);
        }
        let mut record = Record { text, line, offset: 0, keys: &mut self.keys, records: &self.records };
        let Err(error) = record.read(taken.unwrap_or_default(), sink) else { return Ok(true) };
        if taken.is_some() {
            let passed = &text.as_bytes()[..error.at];
            let line = line + passed.iter().filter(|&&byte| byte == b'\n').count() as u64;
            return Err(ReadError { line: Some(line), ..self.lines.fail(Problem::Json(error.to_string())) });
        }
        let column = text[..error.at].chars().count() + 1;
        sink.reject(line, Fault::new(format!("{error} (character {column})")));
        sink.keep_row(|| text);
        Ok(true)
    }
}

/// Whether the first line is the beginning of a value that ends in another line, rather than a damaged record.
fn goes_on(line: &[u8]) -> bool {
    let opens = matches!(line.trim_ascii_end().last(), Some(b'{' | b'[' | b',' | b':'));
    opens && std::str::from_utf8(line).is_ok_and(|text| check(text.trim_ascii()).is_err_and(|error| error.at_end))
}

/// Whether the next lines are whole JSON objects, each by itself.
pub(super) fn is_followed_by_records(lines: &mut Lines) -> Result<bool, ReadError> {
    let is_record = |line: &Vec<u8>| {
        let text = std::str::from_utf8(line).map_or("", str::trim_ascii);
        text.starts_with('{') && check(text).is_ok()
    };
    let next = lines.peek(2)?;
    Ok(!next.is_empty() && next.iter().all(is_record))
}

/// An object's keys and the text of their values.
type Entries<'a> = Vec<(Cow<'a, str>, &'a str)>;

/// One line or document, and how far it has been read.
struct Record<'a, 'k> {
    text: &'a str,
    /// The line that `offset` is in.
    line: u64,
    offset: usize,
    keys: &'k mut Keys,
    records: &'k Records,
}

impl<'a> Record<'a, '_> {
    /// Takes in an event, a body, or an array of them; or what the mapping's path leads to, behind the steps of it that were
    /// taken before. An error means that the record is
    /// not JSON.
    fn read(&mut self, taken: usize, sink: &mut Sink<'_>) -> Result<(), Syntax> {
        let steps = &self.records.steps[taken..];
        if taken > 0 {
            let around = self.records.around_of(self.text, steps, &[])?;
            return self.within(self.text, steps, &around, None, sink);
        }
        let is_listed = steps.first().is_none_or(|step| !step.key.is_empty());
        if !(self.text.starts_with('[') && is_listed) {
            return self.within(self.text, steps, &[], None, sink);
        }
        for (index, element) in elements(self.text)?.into_iter().enumerate() {
            self.within(element, steps, &[], Some(index), sink)?;
        }
        Ok(())
    }

    /// Takes in what a path leads to. `around` are the texts that were found on the way.
    fn within(
        &mut self,
        text: &'a str,
        steps: &[PathStep],
        around: &[String],
        index: Option<usize>,
        sink: &mut Sink<'_>,
    ) -> Result<(), Syntax> {
        let Some((step, rest)) = steps.split_first() else {
            return self.kept_element(text, steps, around, index, sink);
        };
        let value = match step.key.as_str() {
            "" => Some(text),
            key => {
                let mut values = values_at(text, key)?;
                let first = values.next();
                if values.next().is_some() {
                    let line = self.line_of(text);
                    sink.reject(line, twice(key));
                    sink.keep_row(|| with_way(text, self.records, self.passed(steps), around).into_owned());
                    return Ok(());
                }
                first
            }
        };
        match value {
            Some("null") => Ok(()),
            Some(list) if step.is_list && list.starts_with('[') => {
                for (index, element) in elements(list)?.into_iter().enumerate() {
                    let around = self.records.around_of(element, rest, around)?;
                    self.within(element, rest, &around, Some(index), sink)?;
                }
                Ok(())
            }
            Some(value) if !step.is_list => self.within(value, rest, around, index, sink),
            None if self.records.are_optional => self.kept_element(text, steps, around, index, sink),
            found => {
                let line = self.line_of(text);
                let reason = if found.is_some() { "must be a list" } else { "is missing" };
                let reason = format!("{reason}; the mapping's records are at {}", self.records);
                sink.reject(line, Fault::at(step.key.as_str(), reason));
                sink.keep_row(|| with_way(text, self.records, self.passed(steps), around).into_owned());
                Ok(())
            }
        }
    }

    /// How many steps of the way to the records have been taken where these are left.
    fn passed(&self, left: &[PathStep]) -> usize {
        self.records.steps.len() - left.len()
    }

    /// Takes in an event or a body, to which these steps were left, and keeps it if records are kept.
    fn kept_element(
        &mut self,
        text: &'a str,
        left: &[PathStep],
        around: &[String],
        index: Option<usize>,
        sink: &mut Sink<'_>,
    ) -> Result<(), Syntax> {
        self.element(text, left.len(), around, index, sink)?;
        sink.keep_row(|| with_way(text, self.records, self.passed(left), around).into_owned());
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

    /// Takes in an event or a body, to which so many steps were left.
    fn element(
        &mut self,
        text: &'a str,
        left: usize,
        around: &[String],
        index: Option<usize>,
        sink: &mut Sink<'_>,
    ) -> Result<(), Syntax> {
        let place = Place::Alone(around);
        let line = self.line_of(text);
        if !text.starts_with('{') {
            // The text may still not be JSON at all; that is the better thing to say.
            check(text)?;
            sink.reject(line, Fault::new("a record must be a JSON object: {\"id\": ..., \"customer\": ...}"));
            return Ok(());
        }
        let offset = self.offset;
        let in_record = |syntax: Syntax| Syntax { at: syntax.at + offset, ..syntax };
        let added = match self.keys.add_known(text, place, line, sink) {
            Some(added) => added,
            None => match self.body_entries(text, left).map_err(in_record)? {
                Some(entries) => self.body(text, entries, sink),
                None => match self.keys.add_event(text, place, line, sink) {
                    Err(Trouble::Syntax(syntax)) if index.is_none() => return Err(in_record(syntax)),
                    added => added.map_err(Trouble::into_fault),
                },
            },
        };
        if let Err(fault) = added {
            sink.reject(line, inside(fault, index.map(|index| format!("[{index}]"))));
        }
        Ok(())
    }

    /// What the object holds, if it is a body of events. A source whose records may stand elsewhere has bodies of nothing else.
    fn body_entries(&self, text: &'a str, left: usize) -> Result<Option<Entries<'a>>, Syntax> {
        let (steps, is_optional) = (self.records.steps.len(), self.records.are_optional);
        let may_be = steps == 0 || is_optional && left == steps;
        if !text.contains("\"events\"") || self.keys.is_mapped("events") || !may_be {
            return Ok(None);
        }
        let is_body = |entries: &Entries<'_>| {
            let is_alone = entries.iter().all(|(key, _)| key == "events" || key == BESIDE);
            entries.iter().any(|(key, _)| key == "events") && (steps == 0 || is_alone)
        };
        Ok(Some(entries(text)?).filter(is_body))
    }

    /// Takes in `{"customer_id": ..., "events": [...]}`. The fault is the whole body's; its events have their own.
    fn body(&mut self, text: &str, mut entries: Entries<'a>, sink: &mut Sink<'_>) -> Result<(), Fault> {
        let at = entries.iter().position(|(key, _)| key == "events").unwrap_or_default();
        let (_, list) = entries.remove(at);
        if entries.iter().any(|(key, _)| key == "events") {
            return Err(twice("events"));
        }
        let events = match list.starts_with('[') {
            true => elements(list).map_err(|error| Fault::at("events", error.to_string()))?,
            false => return Err(Fault::at("events", "must be an array of events")),
        };
        let customer = self.keys.body_customer(entries, sink)?;
        let place = Place::Body(customer.as_deref());
        for (index, event) in events.into_iter().enumerate() {
            let line = self.line_of(event);
            let added = match self.keys.add_known(event, place, line, sink) {
                Some(added) => added,
                None if !event.starts_with('{') => Err(Fault::new("an event must be a JSON object")),
                None => self.keys.add_event(event, place, line, sink).map_err(Trouble::into_fault),
            };
            if let Err(fault) = added {
                sink.reject(line, inside(fault, Some(format!("events[{index}]"))));
            }
            sink.keep_row(|| with_body(event, text, |key| CUSTOMER.contains(&key)));
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
