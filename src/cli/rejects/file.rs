//! The file that refused records are written to, as their log has them.

use crate::cli::error::Failure;
use crate::cli::overwriting::refuse_overwriting;
use crate::render::csv_cell;
use crate::usage::{Beside, Form};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file for each form that refused records have: the one that was asked for, and numbered ones beside it.
pub struct RefusedRows {
    path: PathBuf,
    /// What must not be written over.
    kept: Vec<PathBuf>,
    /// It was made before anything was read, and waits for its first record.
    first: Option<File>,
    written: Vec<Written>,
}

struct Written {
    form: Form,
    path: PathBuf,
    file: BufWriter<File>,
}

impl RefusedRows {
    /// Makes the file that was asked for, which must be none of those that are needed.
    pub fn new(path: &Path, kept: Vec<PathBuf>) -> Result<Self, Failure> {
        refuse_overwriting("--rejects", path, &kept)?;
        let first = File::create(path).map_err(|e| Failure::io("write", path, &e))?;
        Ok(Self { path: path.to_path_buf(), kept, first: Some(first), written: Vec::new() })
    }

    /// Writes a record of a log of this form.
    pub fn write(&mut self, form: &Form, row: &[u8], said: Beside<'_>) -> Result<(), Failure> {
        let place = self.written.iter().position(|written| written.form.is_like(form));
        let place = place.map_or_else(|| self.begin(form), Ok)?;
        let Written { path, file, .. } = &mut self.written[place];
        let line = match form {
            Form::Json => form.line(row, said),
            Form::Csv { .. } => {
                // The row stays as it is, and what we add must be no formula.
                let [file, column, reason] = [said.file, said.column.unwrap_or_default(), said.reason].map(csv_cell);
                form.line(row, Beside { file: &file, column: Some(&column), reason: &reason, ..said })
            }
        };
        file.write_all(&line).map_err(|e| Failure::io("write", path, &e))
    }

    /// Begins the file for a form of which there was no record yet.
    fn begin(&mut self, form: &Form) -> Result<usize, Failure> {
        let (path, file) = match self.first.take() {
            Some(file) => (self.path.clone(), Ok(file)),
            None => {
                let path = numbered(&self.path, self.written.len() + 1);
                refuse_overwriting("--rejects", &path, &self.kept)?;
                let file = File::create(&path);
                (path, file)
            }
        };
        let start = |file: File| -> io::Result<_> {
            let mut file = BufWriter::new(file);
            file.write_all(&form.start())?;
            Ok(file)
        };
        let file = file.and_then(start).map_err(|e| Failure::io("write", &path, &e))?;
        self.written.push(Written { form: form.clone(), path, file });
        Ok(self.written.len() - 1)
    }

    /// Ends the files. Returns those that have records.
    pub fn finish(self) -> Result<Vec<PathBuf>, Failure> {
        let end = |Written { path, mut file, .. }| match file.flush() {
            Ok(()) => Ok(path),
            Err(error) => Err(Failure::io("write", &path, &error)),
        };
        self.written.into_iter().map(end).collect()
    }
}

/// `rejects.csv` becomes `rejects-2.csv`.
fn numbered(path: &Path, number: usize) -> PathBuf {
    let mut name = path.file_stem().map(OsString::from).unwrap_or_default();
    name.push(format!("-{number}"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}
