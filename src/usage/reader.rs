//! All logs of one run, read in turn into batches.

use super::assemble::Assembler;
use super::csv::Csv;
use super::error::{Problem, ReadError};
use super::json::{Json, is_followed_by_records};
use super::lines::{Lines, Source};
use super::made::MadeTexts;
use super::rules::Rules;
use super::shape::{Batch, Room, Vocabulary};
use super::sink::{Sink, Tally};
use crate::catalog::{LogFormat, Mapping};
use crate::time::Instant;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::vec;

/// Reads logs one after the other. Customers and shapes are numbered through all of them.
pub struct LogReader {
    names: Vec<String>,
    waiting: vec::IntoIter<Source>,
    current: Option<Log>,
    /// How many logs have been opened.
    opened: u32,
    assembler: Assembler,
    mapping: Option<Mapping>,
    rules: Rules,
    made: MadeTexts,
    tally: Tally,
    bytes: Arc<AtomicU64>,
    /// What the latest batch took. The next is as large, and growing would take time.
    latest: Room,
    /// A batch that is no longer needed, for its memory.
    spare: Batch,
    /// Whether batches have the records themselves.
    keeps_rows: bool,
}

/// A log that is being read.
enum Log {
    Csv(Csv),
    Json(Json),
}

impl Log {
    /// Finds out what kind of log it is by what the mapping says or by its first character; and by the next lines, where the
    /// first may be the end of a JSON record that was cut. `lines` stands before the first line.
    fn open(mut lines: Lines, sink: &mut Sink<'_>) -> Result<Self, ReadError> {
        let mut before = Vec::new();
        for _ in 0..sink.mapping.map_or(0, |mapping| mapping.skip_lines) {
            if !lines.advance()? {
                break;
            }
            before.extend_from_slice(if sink.keeps_rows { &lines.buffer } else { &[] });
        }
        let format = sink.mapping.and_then(|mapping| mapping.format);
        while lines.begin()? {
            let first = lines.buffer.trim_ascii_start().first().copied();
            let is_json = match (format, first) {
                (_, None) => continue,
                (Some(format), _) => format == LogFormat::Json,
                (None, Some(b'{' | b'[')) => true,
                (None, Some(_)) => lines.buffer.trim_ascii_end().ends_with(b"}") && is_followed_by_records(&mut lines)?,
            };
            if let Some(key) = sink.mapping.and_then(|mapping| mapping.idle_key(is_json)) {
                let kind = if is_json { "JSON" } else { "CSV" };
                return Err(lines.fail(Problem::IdleKey { key, kind }));
            }
            return match is_json {
                true => Json::open(lines, sink).map(Self::Json),
                false if lines.is_long() => Err(lines.fail(Problem::LongLine)),
                false => Csv::open(lines, before, sink).map(Self::Csv),
            };
        }
        Err(ReadError { line: None, ..lines.fail(Problem::Empty) })
    }

    /// Reads one record. `false` at the end.
    fn read(&mut self, sink: &mut Sink<'_>) -> Result<bool, ReadError> {
        match self {
            Self::Csv(log) => log.read(sink),
            Self::Json(log) => log.read(sink),
        }
    }
}

impl LogReader {
    /// A reader of these logs. The vocabulary says which data values become part of an event's shape and which must be
    /// numbers; the mapping, if any, is for all of the logs.
    pub fn new(sources: Vec<Source>, vocabulary: Arc<Vocabulary>, mapping: Option<Mapping>) -> Self {
        Self {
            names: sources.iter().map(|source| source.name.clone()).collect(),
            waiting: sources.into_iter(),
            current: None,
            opened: 0,
            rules: Rules::new(mapping.as_ref(), &vocabulary),
            assembler: Assembler::new(vocabulary, mapping.as_ref()),
            mapping,
            made: MadeTexts::default(),
            tally: Tally::default(),
            bytes: Arc::default(),
            latest: Room::default(),
            spare: Batch::default(),
            keeps_rows: false,
        }
    }

    /// The same, which rejects events after `latest`.
    #[must_use]
    pub fn until(mut self, latest: Instant) -> Self {
        self.assembler.latest = latest;
        self
    }

    /// The same, whose batches have the records themselves, so that those that are refused can be written again.
    #[must_use]
    pub fn keeping_rows(mut self, keeps: bool) -> Self {
        self.keeps_rows = keeps;
        self
    }

    /// The logs as the user named them, in the order that [`BatchEvent::file`](super::BatchEvent::file) counts in.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Takes a batch that is no longer needed: the next one is read into its memory.
    pub fn reuse(&mut self, spare: Batch) {
        self.spare = spare;
    }

    /// Reads the next records, `max` or so: a record that holds many events is not divided. `None` at the end.
    ///
    /// # Errors
    /// When the rest can't be read. Then the records before it in the same batch are lost, and there are no more.
    pub fn next_batch(&mut self, max: usize) -> Result<Option<Batch>, ReadError> {
        // Batches may be twice as large from one to the next.
        let count = max.min(2 * self.latest.events);
        let mut batch = std::mem::take(&mut self.spare).emptied(count, &self.latest);
        let filled = self.fill(&mut batch, max.max(1));
        self.latest = batch.room();
        batch.bytes_read = self.bytes.load(Ordering::Relaxed);
        if filled.is_err() {
            self.current = None;
            self.waiting = Vec::new().into_iter();
        }
        filled.map(|()| (!batch.is_empty()).then_some(batch))
    }

    fn fill(&mut self, batch: &mut Batch, max: usize) -> Result<(), ReadError> {
        while batch.events.len() + batch.rejections.len() < max && !batch.is_full() {
            let next = match self.current {
                Some(_) => None,
                None => match self.waiting.next() {
                    Some(source) => Some(source),
                    None => break,
                },
            };
            self.opened += u32::from(next.is_some());
            let file = self.opened - 1;
            let mut sink = Sink {
                assembler: &mut self.assembler,
                batch,
                mapping: self.mapping.as_ref(),
                rules: &self.rules,
                made: &mut self.made,
                tally: &mut self.tally,
                keeps_rows: self.keeps_rows,
                file,
                name: &self.names[file as usize],
            };
            if let Some(source) = next {
                sink.assembler.start_file();
                let lines = Lines::open(source, self.bytes.clone())?;
                self.current = Some(Log::open(lines, &mut sink)?);
            }
            if let Some(log) = &mut self.current
                && !log.read(&mut sink)?
            {
                sink.batch.passed.left_out.extend(sink.tally.finish(sink.name, sink.rules));
                self.current = None;
                let is_last = self.waiting.len() == 0;
                sink.batch.passed.idle.extend(sink.rules.idle().into_iter().filter(|_| is_last));
            }
            if let Some(problem) = sink.assembler.excess() {
                return Err(ReadError { file: sink.name.to_owned(), line: None, problem });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usage::Interest;
    use std::fmt::Write;
    use std::io::Cursor;

    /// Reads a log of so many users' calls, of which there may be events of three kinds; `user` is a dimension or not.
    fn read(users: usize, is_dimension: bool) -> Result<usize, String> {
        let mut log = "id,customer,event_type,occurred_at,user\n".to_owned();
        for n in 0..2 * users {
            writeln!(log, "e{n},acme,call,2026-01-01T00:00:00Z,u{}", n % users).unwrap();
        }
        let dimensions = is_dimension.then(|| "user".to_owned()).into_iter().collect();
        let vocabulary = Vocabulary::from([("call".to_owned(), Interest { dimensions, ..Interest::default() })]);
        let source = Source::new("log.csv", Cursor::new(log));
        let mut reader = LogReader::new(vec![source], Arc::new(vocabulary), None);
        reader.assembler.most_kinds = 3;
        let batch = reader.next_batch(100).map_err(|error| error.to_string())?;
        Ok(batch.map_or(0, |batch| batch.events.len()))
    }

    #[test]
    fn kinds_of_events_are_not_held_without_end() {
        assert_eq!(read(3, true), Ok(6));
        assert_eq!(read(9, false), Ok(18));
        let said = read(4, true).unwrap_err();
        assert!(said.starts_with("log.csv: ") && said.contains("the dimension user of call has 4 values"), "{said}");
    }
}
