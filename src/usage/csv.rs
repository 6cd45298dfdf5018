//! CSV logs: a header, then one event a row.
//!
//! Rows are split here because a log needs what a general CSV reader does not tell: where a quote was opened that is
//! never closed, and that a row is damaged, without giving up on the next. Nearly all rows have no quotes; they are
//! split where they lie.

use super::error::{Fault, Problem, ReadError};
use super::layout::Layout;
use super::lines::Lines;
use super::sink::Sink;
use memchr::{memchr, memchr_iter};
use std::ops::Range;

/// A CSV log behind its header.
pub(super) struct Csv {
    lines: Lines,
    layout: Layout,
    cells: Cells,
}

/// Where the current row's values are in the line buffer, and room for those that must be unquoted.
#[derive(Default)]
struct Cells {
    ranges: Vec<Range<usize>>,
    unquoted: Vec<u8>,
}

impl Csv {
    /// Takes the current line as the header.
    pub fn open(mut lines: Lines, sink: &mut Sink<'_>) -> Result<Self, ReadError> {
        let mut cells = Cells::default();
        if let Err(fault) = cells.split(&mut lines)? {
            return Err(lines.fail(Problem::Header(format!("in the header, {}", fault.reason))));
        }
        let Ok(text) = std::str::from_utf8(&lines.buffer) else {
            return Err(lines.fail(Problem::Foreign("not UTF-8 text")));
        };
        if text.contains('\0') {
            return Err(lines.fail(Problem::Foreign("a binary file")));
        }
        let header = cells.ranges.iter().map(|range| text[range.clone()].trim().to_owned()).collect();
        match Layout::new(header, sink.mapping, sink.assembler) {
            Ok(layout) => Ok(Self { lines, layout, cells }),
            Err(reason) => Err(lines.fail(Problem::Header(reason))),
        }
    }

    /// Reads one row. `false` at the end.
    pub fn read(&mut self, sink: &mut Sink<'_>) -> Result<bool, ReadError> {
        if !self.lines.advance()? {
            return Ok(false);
        }
        if matches!(&*self.lines.buffer, b"\n" | b"\r\n") {
            return Ok(true);
        }
        let split = self.cells.split(&mut self.lines)?;
        if let Err(fault) = split.and_then(|()| self.add_row(sink)) {
            sink.reject(self.lines.line, fault);
        }
        Ok(true)
    }

    fn add_row(&self, sink: &mut Sink<'_>) -> Result<(), Fault> {
        let (ranges, layout) = (self.cells.ranges.as_slice(), &self.layout);
        self.check_width()?;
        let text = std::str::from_utf8(&self.lines.buffer).map_err(|error| {
            let index = ranges.iter().position(|range| range.end > error.valid_up_to()).unwrap_or(0);
            Fault::at(layout.header[index].as_str(), "is not UTF-8 text; save the log as UTF-8")
        })?;
        let time_format = sink.mapping.and_then(|mapping| mapping.time_format.as_deref());
        let parts = layout.columns.parts(|column| &text[ranges[column].clone()], None, time_format)?;
        sink.add(self.lines.line, &parts)
    }

    fn check_width(&self) -> Result<(), Fault> {
        let (found, wanted) = (self.cells.ranges.len(), self.layout.header.len());
        if found == wanted {
            return Ok(());
        }
        let hint = if found > wanted { "; a value that holds a comma must stand in quotes" } else { "" };
        Err(Fault::new(format!("the row has {found} values, but the header has {wanted} columns{hint}")))
    }
}

impl Cells {
    /// Splits the current record; a quoted value may go on in the next lines. The fault is the row's.
    fn split(&mut self, lines: &mut Lines) -> Result<Result<(), Fault>, ReadError> {
        self.ranges.clear();
        if memchr(b'"', &lines.buffer).is_some() {
            return self.split_quoted(lines);
        }
        let line = lines.buffer.strip_suffix(b"\n").unwrap_or(&lines.buffer);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let mut start = 0;
        for at in memchr_iter(b',', line) {
            self.ranges.push(start..at);
            start = at + 1;
        }
        self.ranges.push(start..line.len());
        Ok(Ok(()))
    }

    /// Replaces the record by its unquoted values.
    fn split_quoted(&mut self, lines: &mut Lines) -> Result<Result<(), Fault>, ReadError> {
        self.unquoted.clear();
        let mut at = 0;
        let mut outcome = Ok(());
        loop {
            let start = self.unquoted.len();
            if lines.buffer.get(at) == Some(&b'"') {
                at = self.unquote(lines, at + 1)?;
                if !matches!(&lines.buffer[at..], [] | [b',', ..] | b"\n" | b"\r\n") {
                    let number = self.ranges.len() + 1;
                    let reason =
                        format!("value {number} goes on after its closing quote; write a quote inside it as \"\"");
                    outcome = Err(Fault::new(reason));
                }
            }
            let rest = &lines.buffer[at..];
            let length = rest.iter().position(|byte| matches!(byte, b',' | b'\n')).unwrap_or(rest.len());
            let is_last = rest.get(length) != Some(&b',');
            let value = &rest[..length];
            let value = if is_last { value.strip_suffix(b"\r").unwrap_or(value) } else { value };
            self.unquoted.extend(value);
            self.ranges.push(start..self.unquoted.len());
            at += length + 1;
            if is_last {
                break;
            }
        }
        std::mem::swap(&mut lines.buffer, &mut self.unquoted);
        Ok(outcome)
    }

    /// Copies a quoted value that begins at `at`, and returns where its closing quote ends.
    fn unquote(&mut self, lines: &mut Lines, mut at: usize) -> Result<usize, ReadError> {
        loop {
            match &lines.buffer[at..] {
                [] => lines.extend()?,
                [b'"', b'"', ..] => {
                    self.unquoted.push(b'"');
                    at += 2;
                }
                [b'"', ..] => return Ok(at + 1),
                [byte, ..] => {
                    self.unquoted.push(*byte);
                    at += 1;
                }
            }
        }
    }
}
