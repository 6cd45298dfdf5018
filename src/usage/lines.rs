//! A log as lines: decompressed, without a byte order mark, counted, and each of bounded length.

use super::error::{Problem, ReadError};
use super::gzip::{Members, Trailing};
use super::json_end::ValueScan;
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
        let (gzip, zstd) = (start.starts_with(&[0x1f, 0x8b]), start.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]));
        let foreign = foreign_kind(&start);
        let whole = BufReader::with_capacity(1 << 16, Cursor::new(start).chain(stream));
        let plain: Box<dyn Read + Send> = match (gzip, zstd) {
            (true, _) => Box::new(Members::new(whole)),
            (_, true) => match zstd::stream::read::Decoder::with_buffer(whole) {
                Ok(decoder) => Box::new(decoder),
                Err(error) => return Err(ReadError { file: source.name, line: None, problem: Problem::Io(error) }),
            },
            _ => Box::new(whole),
        };
        let input = BufReader::with_capacity(1 << 16, plain);
        let lines =
            Self { file: source.name, input, compressed: gzip || zstd, buffer: Vec::new(), line: 0, read: 0, empty: 0 };
        match (opened, foreign) {
            (Err(error), _) => Err(lines.fail(Problem::Io(error))),
            (Ok(_), Some(kind)) => Err(lines.fail(Problem::Foreign(kind))),
            (Ok(_), None) => Ok(lines),
        }
    }

    /// Replaces the record with the next line. `false` at the end.
    pub fn advance(&mut self) -> Result<bool, ReadError> {
        let is_line = self.begin()?;
        if self.is_long() { Err(self.fail(Problem::LongLine)) } else { Ok(is_line) }
    }

    /// Whether the record is only the beginning of a line that is longer than any record.
    pub fn is_long(&self) -> bool {
        self.buffer.len() > LONGEST_RECORD
    }

    /// The same for a line that may be the beginning of a document.
    pub fn begin(&mut self) -> Result<bool, ReadError> {
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
            () => Ok(true),
        }
    }

    /// Lets the current record be read once more.
    pub fn again(&mut self) {
        let record = std::mem::take(&mut self.buffer);
        self.read -= 1;
        let rest = std::mem::replace(&mut self.input, BufReader::with_capacity(0, Box::new(io::empty())));
        self.input = BufReader::with_capacity(1 << 16, Box::new(Cursor::new(record).chain(rest)));
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

    /// Passes white space and gives the byte behind it, which becomes the current line's. None at the end.
    pub fn space(&mut self) -> Result<Option<u8>, ReadError> {
        loop {
            let read = self.fill()?;
            let Some(length) = read.iter().position(|byte| !byte.is_ascii_whitespace()) else {
                let length = read.len();
                if length == 0 {
                    return Ok(None);
                }
                self.pass_bytes(length);
                continue;
            };
            self.pass_bytes(length);
            self.line = self.read + 1;
            return Ok(self.fill()?.first().copied());
        }
    }

    /// Passes the next byte.
    pub fn pass(&mut self) {
        self.pass_bytes(1);
    }

    /// Passes a JSON value, which is next; it becomes the record if it is kept. What stands in it is looked at later.
    pub fn value(&mut self, is_kept: bool) -> Result<(), ReadError> {
        self.buffer.clear();
        let mut scan = ValueScan::default();
        loop {
            let read = self.fill()?;
            if read.is_empty() {
                return if scan.may_end() {
                    Ok(())
                } else {
                    Err(self.fail(Problem::Json("not JSON: it ends too early".to_owned())))
                };
            }
            let end = read.iter().position(|&byte| scan.ends_before(byte));
            let length = end.unwrap_or(read.len());
            if is_kept {
                let bytes = read[..length].to_vec();
                self.buffer.extend_from_slice(&bytes);
            }
            self.pass_bytes(length);
            if self.buffer.len() > LONGEST_DOCUMENT {
                return Err(self.fail(Problem::LongDocument));
            }
            if end.is_some() {
                return Ok(());
            }
        }
    }

    fn fill(&mut self) -> Result<&[u8], ReadError> {
        while let Err(error) = self.input.fill_buf() {
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(self.fail_io(error));
            }
        }
        // What was read is still there.
        Ok(self.input.buffer())
    }

    fn pass_bytes(&mut self, count: usize) {
        let lines = memchr::memchr_iter(b'\n', &self.input.buffer()[..count]).count();
        self.read += lines as u64;
        self.input.consume(count);
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
            _ if error.get_ref().is_some_and(|inner| inner.is::<Trailing>()) => Problem::Trailing,
            io::ErrorKind::UnexpectedEof if self.compressed => Problem::CutOff,
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::Other if self.compressed => {
                Problem::Damaged(error)
            }
            _ => Problem::Io(error),
        };
        self.fail(problem)
    }
}

/// What a file that is surely no log is, by its first bytes.
fn foreign_kind(start: &[u8]) -> Option<&'static str> {
    let kinds: [(&[u8], &str); 6] = [
        (b"PK\x03\x04", "a zip archive or a spreadsheet"),
        (b"BZh", "compressed with bzip2"),
        (b"\xfd7zXZ", "compressed with xz"),
        (b"PAR1", "a Parquet file"),
        (b"\xff\xfe", "UTF-16 text"),
        (b"\xfe\xff", "UTF-16 text"),
    ];
    kinds.into_iter().find(|(magic, _)| start.starts_with(magic)).map(|(_, kind)| kind)
}
