//! CSV files that commands import whole: all of their rows or none.

use super::context::Context;
use super::error::Failure;
use crate::catalog::closest;
use crate::ledger::LedgerError;
use crate::render::{counted, either, plain_cell};
use crate::time::Instant;
use csv::{ByteRecord, StringRecord};
use std::io::Read;
use std::path::Path;

/// A file's rows, and what is wrong with it so far.
pub(super) struct Rows {
    file: String,
    /// Where each known column stands.
    columns: Vec<(&'static str, usize)>,
    rows: Vec<Row>,
    faults: Vec<Failure>,
}

/// One row that could be read.
pub(super) struct Row {
    line: u64,
    cells: StringRecord,
}

impl Rows {
    /// Reads a file, or standard input for `-`. Rows that can't be read are kept as faults.
    ///
    /// # Errors
    /// When the file can't be read, or its header is wrong.
    pub fn read(path: &Path, required: &[&'static str], optional: &[&'static str]) -> Result<Self, Failure> {
        let mut bytes = Vec::new();
        let read = if path == Path::new("-") {
            std::io::stdin().lock().read_to_end(&mut bytes)
        } else {
            std::fs::File::open(path).and_then(|mut file| file.read_to_end(&mut bytes))
        };
        read.map_err(|error| Failure::io("read", path, &error))?;
        let file = if path == Path::new("-") { "<stdin>".to_owned() } else { path.display().to_string() };
        Self::parse(file, &bytes, required, optional)
    }

    fn parse(
        file: String,
        bytes: &[u8],
        required: &[&'static str],
        optional: &[&'static str],
    ) -> Result<Self, Failure> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        let mut records = reader.byte_records();
        // Rows are read from memory: nothing fails but text that is not UTF-8, and that is seen to below.
        let header = records.next().and_then(Result::ok).unwrap_or_default();
        let columns = columns(&header, required, optional).map_err(|failure| failure.at(file.clone(), 1, None))?;
        let mut this = Self { file, columns, rows: Vec::new(), faults: Vec::new() };
        for record in records.filter_map(Result::ok) {
            let line = record.position().map_or(0, csv::Position::line);
            match row(record, header.len()) {
                Ok(cells) => this.rows.push(Row { line, cells }),
                Err(failure) => this.faults.push(failure.at(this.file.clone(), line, None)),
            }
        }
        Ok(this)
    }

    /// The number of rows that could be read.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Gives each row to `take`, with a reader of its cells: an empty one is as good as none. What is wrong with one row
    /// is kept.
    ///
    /// # Errors
    /// What `take` fails with beyond one row.
    pub fn for_each(
        &mut self,
        mut take: impl FnMut(&dyn Fn(&str) -> Option<String>) -> Result<(), Stop>,
    ) -> Result<(), Failure> {
        for row in &self.rows {
            let cell = |name: &str| {
                let (_, index) = self.columns.iter().find(|(column, _)| *column == name)?;
                row.cells.get(*index).filter(|cell| !cell.is_empty()).map(|cell| plain_cell(cell).to_owned())
            };
            match take(&cell) {
                Ok(()) => {}
                Err(Stop::Row { column, failure }) => {
                    self.faults.push(failure.at(self.file.clone(), row.line, Some(column.to_owned())));
                }
                Err(Stop::All(failure)) => return Err(failure),
            }
        }
        Ok(())
    }

    /// Ends in an error when a row was wrong, after saying what is wrong with each.
    ///
    /// # Errors
    /// When a row was wrong.
    pub fn refuse_faults(mut self, context: &Context) -> Result<(), Failure> {
        if self.faults.is_empty() {
            return Ok(());
        }
        self.faults.sort_by_key(|failure| failure.place.as_ref().and_then(|place| place.line));
        self.faults.iter().for_each(|failure| context.out.error(failure));
        let count = self.faults.len();
        let what = format!("{} {} wrong", counted(count, "row"), either(&count, "is", "are"));
        let failure = Failure::refused("bad_rows", format!("{}: {what}, so nothing was recorded", self.file));
        Err(failure.with_help("fix the file and run the command again"))
    }
}

/// Why a row is not taken.
pub(super) enum Stop {
    /// The row is wrong.
    Row {
        /// The column that is wrong.
        column: &'static str,
        /// What is wrong with it.
        failure: Failure,
    },
    /// No row can be taken.
    All(Failure),
}

impl Stop {
    /// Says in which column a row is wrong.
    pub fn row(column: &'static str, failure: impl Into<Failure>) -> Self {
        Self::Row { column, failure: failure.into() }
    }

    /// What is wrong, without the column: a command line has none.
    pub fn into_failure(self) -> Failure {
        match self {
            Self::Row { failure, .. } | Self::All(failure) => failure,
        }
    }
}

impl From<LedgerError> for Stop {
    fn from(error: LedgerError) -> Self {
        Self::All(error.into())
    }
}

/// The time in a row's cell.
///
/// # Errors
/// When it is none.
pub(super) fn row_time(column: &'static str, text: &str) -> Result<Instant, Stop> {
    let wrong = |error| Stop::row(column, Failure::refused("bad_time", format!("{text:?} is {error}")));
    Instant::parse_argument(text).map_err(wrong)
}

/// Where each column that the header names stands.
fn columns(
    header: &ByteRecord,
    required: &[&'static str],
    optional: &[&'static str],
) -> Result<Vec<(&'static str, usize)>, Failure> {
    let all = || required.iter().chain(optional).copied();
    let expected = all().collect::<Vec<_>>().join(", ");
    let mut columns: Vec<(&'static str, usize)> = Vec::new();
    for (index, name) in header.iter().enumerate() {
        let name = String::from_utf8_lossy(name).trim().to_owned();
        let Some(known) = all().find(|column| *column == name) else {
            let failure = Failure::refused("unknown_column", format!("unknown column {name:?}"));
            return Err(match closest(&name, all()) {
                Some(close) => failure.with_help(format!("did you mean {close:?}?")),
                None => failure.with_help(format!("the columns are: {expected}")),
            });
        };
        if columns.iter().any(|(column, _)| *column == known) {
            return Err(Failure::refused("unknown_column", format!("the column {known:?} is there twice")));
        }
        columns.push((known, index));
    }
    match required.iter().find(|name| !columns.iter().any(|(column, _)| column == *name)) {
        Some(missing) => Err(Failure::refused("missing_column", format!("the column {missing:?} is missing"))
            .with_help(format!("the first line names the columns: {expected}"))),
        None => Ok(columns),
    }
}

fn row(record: ByteRecord, width: usize) -> Result<StringRecord, Failure> {
    let bad = |what| Failure::refused("bad_row", what);
    if record.len() != width {
        let (cells, columns) = (counted(record.len(), "cell"), counted(width, "column"));
        return Err(bad(format!("the row has {cells}, but the header has {columns}")));
    }
    StringRecord::from_byte_record(record).map_err(|_| bad("the row is not UTF-8 text".to_owned()))
}
