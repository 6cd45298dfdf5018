//! CSV logs: a header, then one event a row.
//!
//! Rows are split here because a log needs what a general CSV reader does not tell: where a quote was opened that is
//! never closed, and that a row is damaged, without giving up on the next. Nearly all rows have no quotes; they are
//! split where they lie.

use super::columns::Texts;
use super::error::{Fault, HeaderFault, Problem, ReadError};
use super::layout::{Layout, MOST_COLUMNS};
use super::lines::Lines;
use super::rows::{Form, begins_beside, behind, beside_count, cells as written};
use super::sink::Sink;
use std::ops::Range;

/// A CSV log behind its header.
pub(super) struct Csv {
    lines: Lines,
    layout: Layout,
    cells: Cells,
    /// How many columns at the beginning only say why a record was refused before.
    beside: usize,
}

/// Where the current row's values are in the line buffer, and room for those that must be unquoted.
struct Cells {
    /// What stands between values.
    delimiter: u8,
    ranges: Vec<Range<usize>>,
    unquoted: Vec<u8>,
    /// How many columns without a name stand behind the others, and so may in rows.
    spare: usize,
    /// The buffers are swapped: the line's has the values, and the other one the row as it is written.
    is_unquoted: bool,
}

impl Csv {
    /// Takes the current line as the header, unless the mapping says the names of the columns.
    /// `before` are the lines before it, as they are.
    pub fn open(mut lines: Lines, before: Vec<u8>, sink: &mut Sink<'_>) -> Result<Self, ReadError> {
        let delimiter = sink.delimiter();
        let mut cells = Cells { delimiter, ranges: Vec::new(), unquoted: Vec::new(), spare: 0, is_unquoted: false };
        let mapping = sink.mapping;
        // Rows that were refused stand below a header, whatever the log has.
        let given = mapping.and_then(|mapping| mapping.header.as_ref()).filter(|_| !begins_beside(&lines.buffer));
        let header = match given {
            Some(given) => {
                lines.again();
                given.clone()
            }
            None => cells.header(&mut lines)?,
        };
        let beside = beside_count(&header);
        sink.keep_form(|| {
            let header = match given {
                Some(names) => written(delimiter, names.iter().map(String::as_str)),
                None => behind(cells.row(&lines), delimiter, beside).to_vec(),
            };
            Form::Csv { delimiter, before, header }
        });
        match Layout::new(header, mapping, sink.rules, sink.assembler) {
            Ok((layout, dropped)) => {
                sink.batch.passed.dropped.extend(dropped);
                Ok(Self { lines, layout, cells, beside })
            }
            Err(fault) => Err(lines.fail(fault.into())),
        }
    }

    /// Reads one row. `false` at the end.
    pub fn read(&mut self, sink: &mut Sink<'_>) -> Result<bool, ReadError> {
        if !self.lines.advance()? {
            return Ok(false);
        }
        // Spreadsheets end with rows that have nothing in any column. A row with something mostly begins with it.
        let delimiter = self.cells.delimiter;
        let is_empty = |byte: &u8| *byte == delimiter || matches!(byte, b' ' | b'\r' | b'\n');
        let row = self.lines.buffer.as_slice();
        if row.iter().all(is_empty) && row.len() <= MOST_COLUMNS + 1 && (row.len() <= 2 || row.contains(&delimiter)) {
            return Ok(true);
        }
        let split = self.cells.split(&mut self.lines)?;
        if let Err(fault) = split.and_then(|()| self.add_row(sink)) {
            sink.reject(self.lines.line, fault);
        }
        sink.keep_row(|| behind(self.cells.row(&self.lines), self.cells.delimiter, self.beside));
        Ok(true)
    }

    fn add_row(&mut self, sink: &mut Sink<'_>) -> Result<(), Fault> {
        self.check_width()?;
        let (ranges, layout) = (self.cells.ranges.as_slice(), &mut self.layout);
        let text = std::str::from_utf8(&self.lines.buffer).map_err(|error| {
            let index = ranges.iter().position(|range| range.end > error.valid_up_to()).unwrap_or(0);
            Fault::at(layout.header[index].as_str(), "is not UTF-8 text; save the log as UTF-8")
        })?;
        let column = |column: usize| &text[ranges[column].clone()];
        let columns = layout.columns(column, sink.rules, sink.assembler);
        sink.add_record(self.lines.line, columns, Texts { column, around: &[] }, None)
    }

    fn check_width(&self) -> Result<(), Fault> {
        let (found, wanted) = (self.cells.ranges.len(), self.layout.header.len());
        let behind = self.cells.ranges.get(wanted..).unwrap_or_default();
        if found == wanted
            || (wanted..=wanted + self.cells.spare).contains(&found) && behind.iter().all(Range::is_empty)
        {
            return Ok(());
        }
        if found > MOST_COLUMNS {
            return Err(Fault::new(format!(
                "the row has more than {MOST_COLUMNS} values; a log can't have so many columns"
            )));
        }
        let delimiter = match self.cells.delimiter {
            b',' => "comma",
            b';' => "semicolon",
            b'\t' => "tab",
            _ => "delimiter",
        };
        let hint = format!("; a value that holds a {delimiter} must stand in quotes");
        let hint = if found > wanted { hint.as_str() } else { "" };
        let values = if found == 1 { "value" } else { "values" };
        Err(Fault::new(format!("the row has {found} {values}, but the header has {wanted} columns{hint}")))
    }
}

/// Bytes that are looked at together: as many as a word has bits.
const BLOCK: usize = 64;
/// A one in each byte.
const EACH: u64 = u64::from_ne_bytes([1; 8]);

/// A bit for every delimiter of the block, the lowest for the first byte.
fn delimiters(block: &[u8; BLOCK], delimiter: u8) -> u64 {
    let marks = block.map(|byte| if byte == delimiter { 0xff } else { 0 });
    // Each byte keeps another bit. Multiplied, all of them come to lie in the highest byte.
    let bits = |eight: &[u8; 8]| (u64::from_le_bytes(*eight) & 0x8040_2010_0804_0201).wrapping_mul(EACH) >> 56;
    marks.as_chunks().0.iter().rev().fold(0, |found, eight| found << 8 | bits(eight))
}

impl Cells {
    /// The names in the current line.
    fn header(&mut self, lines: &mut Lines) -> Result<Vec<String>, ReadError> {
        if let Err(fault) = self.split(lines)? {
            return Err(lines.fail(Problem::Header(HeaderFault::Malformed(fault.reason))));
        }
        let Ok(text) = std::str::from_utf8(&lines.buffer) else {
            return Err(lines.fail(Problem::Foreign("not UTF-8 text")));
        };
        if text.contains('\0') {
            return Err(lines.fail(Problem::Foreign("a binary file")));
        }
        let mut names: Vec<String> = self.ranges.iter().map(|range| text[range.clone()].trim().to_owned()).collect();
        // Spreadsheets write columns that have nothing behind the others.
        let last = names.iter().rposition(|name| !name.is_empty()).unwrap_or_default();
        self.spare = names.len() - (last + 1);
        names.truncate(last + 1);
        Ok(names)
    }

    /// Splits the current record; a quoted value may go on in the next lines. The fault is the row's.
    fn split(&mut self, lines: &mut Lines) -> Result<Result<(), Fault>, ReadError> {
        self.ranges.clear();
        self.is_unquoted = false;
        let line = lines.buffer.strip_suffix(b"\n").unwrap_or(&lines.buffer);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if !self.split_plain(line) {
            self.ranges.clear();
            return self.split_quoted(lines);
        }
        Ok(Ok(()))
    }

    /// Splits a record without quotes, sixty-four bytes at a time: values are so short that a search for each delimiter costs
    /// more than it finds. `false` when there is a quote.
    fn split_plain(&mut self, line: &[u8]) -> bool {
        let (blocks, rest) = line.as_chunks::<BLOCK>();
        // What fills the last block up is neither delimiter nor quote.
        let mut last = [0; BLOCK];
        last[..rest.len()].copy_from_slice(rest);
        let (mut start, mut has_quotes) = (0, false);
        for (index, block) in blocks.iter().chain([&last]).enumerate() {
            // So many are refused, but a quote may still follow.
            self.ranges.truncate(MOST_COLUMNS + 1);
            has_quotes |= block.iter().fold(false, |any, &byte| any | (byte == b'"'));
            let mut found = delimiters(block, self.delimiter);
            while found != 0 {
                let at = BLOCK * index + found.trailing_zeros() as usize;
                self.ranges.push(start..at);
                start = at + 1;
                found &= found - 1;
            }
        }
        self.ranges.push(start..line.len());
        !has_quotes
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
                let behind = &lines.buffer[at..];
                if !matches!(behind, [] | b"\n" | b"\r\n") && behind.first() != Some(&self.delimiter) {
                    let number = self.ranges.len() + 1;
                    let reason =
                        format!("value {number} goes on after its closing quote; write a quote inside it as \"\"");
                    outcome = Err(Fault::new(reason));
                }
            }
            let rest = &lines.buffer[at..];
            let length = rest.iter().position(|&byte| byte == self.delimiter || byte == b'\n').unwrap_or(rest.len());
            let is_last = rest.get(length) != Some(&self.delimiter);
            let value = &rest[..length];
            let value = if is_last { value.strip_suffix(b"\r").unwrap_or(value) } else { value };
            self.unquoted.extend(value);
            self.ranges.truncate(MOST_COLUMNS);
            self.ranges.push(start..self.unquoted.len());
            at += length + 1;
            if is_last {
                break;
            }
        }
        std::mem::swap(&mut lines.buffer, &mut self.unquoted);
        self.is_unquoted = true;
        Ok(outcome)
    }

    /// The row that was split, as it is written.
    fn row<'a>(&'a self, lines: &'a Lines) -> &'a [u8] {
        if self.is_unquoted { &self.unquoted } else { &lines.buffer }
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
