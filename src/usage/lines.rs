//! A log as lines: decompressed, without a byte order mark, counted, and each of bounded length.

use super::error::{Problem, ReadError};
use flate2::bufread::MultiGzDecoder;
use memchr::memchr;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The longest record. What is longer is not a log, and would only fill the memory.
const LONGEST_RECORD: usize = 16 << 20;
/// The longest JSON document that spans lines.
const LONGEST_DOCUMENT: usize = 256 << 20;

/// How many empty lines may follow each other. A megabyte of gzip can hold a thousand times as many.
const MOST_EMPTY: u32 = 1_000_000;

/// How many lines are looked at to find one that says something.
const MOST_PEEKED: u64 = 1_000;

/// A log to read: what the user calls it, and its bytes.
pub struct Source {
    /// The file as the user named it.
    pub name: String,
    /// The bytes as they lie on disk, perhaps compressed.
    pub stream: Box<dyn Read + Send>,
}

impl Source {
    /// A source by the name the user gave; `-` is shown as "standard input".
    pub fn new(name: &str, stream: impl Read + Send + 'static) -> Self {
        let name = if name == "-" { "standard input" } else { name };
        Self { name: name.to_owned(), stream: Box::new(stream) }
    }
}

/// Counts the bytes that go through.
struct Counted {
    stream: Box<dyn Read + Send>,
    bytes: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        self.bytes.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// The lines of one log. The record that is being read stands in `buffer`, with its line ends.
pub(super) struct Lines {
    file: String,
    input: BufReader<Box<dyn Read + Send>>,
    compressed: bool,
    /// The current record's bytes.
    pub buffer: Vec<u8>,
    /// The current record's first line, from 1; 0 before the first.
    pub line: u64,
    /// Lines read so far.
    read: u64,
    /// Empty lines since the last that wasn't.
    empty: u32,
}

impl Lines {
    /// Starts to read; `bytes` counts what was taken from the source.
    pub fn open(source: Source, bytes: Arc<AtomicU64>) -> Result<Self, ReadError> {
        let mut stream = Counted { stream: source.stream, bytes };
        let mut start = Vec::new();
        let opened = stream.by_ref().take(6).read_to_end(&mut start);
        let compressed = start.starts_with(&[0x1f, 0x8b]);
        let foreign = foreign_kind(&start);
        let whole = BufReader::with_capacity(1 << 16, Cursor::new(start).chain(stream));
        let plain: Box<dyn Read + Send> =
            if compressed { Box::new(MultiGzDecoder::new(whole)) } else { Box::new(whole) };
        let input = BufReader::with_capacity(1 << 16, plain);
        let lines = Self { file: source.name, input, compressed, buffer: Vec::new(), line: 0, read: 0, empty: 0 };
        match (opened, foreign) {
            (Err(error), _) => Err(lines.fail(Problem::Io(error))),
            (Ok(_), Some(kind)) => Err(lines.fail(Problem::Foreign(kind))),
            (Ok(_), None) => Ok(lines),
        }
    }

    /// Replaces the record with the next line. `false` at the end.
    pub fn advance(&mut self) -> Result<bool, ReadError> {
        self.buffer.clear();
        self.line = self.read + 1;
        if !self.read_line()? {
            return Ok(false);
        }
        if self.line == 1 && self.buffer.starts_with(b"\xEF\xBB\xBF") {
            self.buffer.drain(..3);
        }
        let is_empty = self.buffer.iter().all(u8::is_ascii_whitespace);
        self.empty = if is_empty { self.empty + 1 } else { 0 };
        match () {
            () if self.empty > MOST_EMPTY => Err(self.fail(Problem::Empties)),
            () if self.buffer.len() > LONGEST_RECORD => Err(self.fail(Problem::LongLine)),
            () => Ok(true),
        }
    }

    /// Adds the next line to the record, which is inside a quoted value.
    pub fn extend(&mut self) -> Result<(), ReadError> {
        if !self.read_line()? || self.buffer.len() > LONGEST_RECORD {
            return Err(self.fail(Problem::UnclosedQuote));
        }
        Ok(())
    }

    /// The next lines that say anything, up to `count` and not far away, which are read again after the record.
    pub fn peek(&mut self, count: usize) -> Result<Vec<Vec<u8>>, ReadError> {
        let (mut all, mut lines) = (Vec::new(), Vec::new());
        let (record, read) = (std::mem::take(&mut self.buffer), self.read);
        while lines.len() < count
            && self.read - read < MOST_PEEKED
            && all.len() <= LONGEST_RECORD
            && self.read_line()?
        {
            all.extend_from_slice(&self.buffer);
            let line = std::mem::take(&mut self.buffer);
            lines.extend(Some(line).filter(|line| !line.trim_ascii().is_empty()));
        }
        (self.buffer, self.read) = (record, read);
        let rest = std::mem::replace(&mut self.input, BufReader::with_capacity(0, Box::new(io::empty())));
        self.input = BufReader::with_capacity(1 << 16, Box::new(Cursor::new(all).chain(rest)));
        Ok(lines)
    }

    /// Adds everything that is left to the record, which is a JSON document.
    pub fn extend_to_end(&mut self) -> Result<(), ReadError> {
        let result = (&mut self.input).take(LONGEST_DOCUMENT as u64 + 1).read_to_end(&mut self.buffer);
        result.map_err(|error| self.fail_io(error))?;
        if self.buffer.len() > LONGEST_DOCUMENT { Err(self.fail(Problem::LongDocument)) } else { Ok(()) }
    }

    /// An error about this record, or about the file when it has none yet.
    pub fn fail(&self, problem: Problem) -> ReadError {
        ReadError { file: self.file.clone(), line: (self.line > 0).then_some(self.line), problem }
    }

    fn read_line(&mut self) -> Result<bool, ReadError> {
        let start = self.buffer.len();
        loop {
            let read = match self.input.fill_buf() {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.fail_io(error)),
            };
            let end = memchr(b'\n', read).map_or(read.len(), |end| end + 1);
            self.buffer.extend_from_slice(&read[..end]);
            self.input.consume(end);
            if end == 0 || self.buffer.ends_with(b"\n") || self.buffer.len() - start > LONGEST_RECORD {
                let is_line = self.buffer.len() > start;
                self.read += u64::from(is_line);
                return Ok(is_line);
            }
        }
    }

    fn fail_io(&self, error: io::Error) -> ReadError {
        let problem = match error.kind() {
            io::ErrorKind::UnexpectedEof if self.compressed => Problem::CutOff,
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData if self.compressed => Problem::Damaged(error),
            _ => Problem::Io(error),
        };
        self.fail(problem)
    }
}

/// What a file that is surely no log is, by its first bytes.
fn foreign_kind(start: &[u8]) -> Option<&'static str> {
    let kinds: [(&[u8], &str); 7] = [
        (b"PK\x03\x04", "a zip archive or a spreadsheet"),
        (b"\x28\xb5\x2f\xfd", "compressed with zstd"),
        (b"BZh", "compressed with bzip2"),
        (b"\xfd7zXZ", "compressed with xz"),
        (b"PAR1", "a Parquet file"),
        (b"\xff\xfe", "UTF-16 text"),
        (b"\xfe\xff", "UTF-16 text"),
    ];
    kinds.into_iter().find(|(magic, _)| start.starts_with(magic)).map(|(_, kind)| kind)
}
