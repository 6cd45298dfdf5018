//! The logs that commands read: their files, and the mapping that they are read by.

use super::context::Context;
use super::error::Failure;
use crate::catalog::{Mapping, built_in, built_ins};
use crate::render::shell_word;
use crate::usage::{Problem, ReadError, Source};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The mapping of that name: the catalog's, or else one that is built in. What logs of its source can't say is told.
pub(super) fn mapping(name: &str, context: &Context) -> Result<Mapping, Failure> {
    let own = context.catalog().map(|catalog| catalog.mappings.clone());
    let found = own.as_ref().ok().and_then(|mappings| mappings.get(name)).cloned();
    if let Some(mapping) = found.or_else(|| Some(built_in(name)?.mapping)) {
        mapping.warnings.iter().for_each(|warning| context.out.warn(warning));
        return Ok(mapping);
    }
    let own = own?;
    let known: Vec<String> = own.into_keys().chain(built_ins().map(str::to_owned)).collect();
    Err(Failure::unknown("unknown_mapping", "mapping", name, known.iter().map(String::as_str)))
}

/// Opens every log before anything is done with one, and adds up their sizes where all are known.
pub(super) fn open_all(files: &[PathBuf]) -> Result<(Vec<Source>, Option<u64>), Failure> {
    let mut sources = Vec::new();
    let mut bytes = Some(0);
    let mut stdin = false;
    for path in files {
        if path == Path::new("-") {
            if std::mem::replace(&mut stdin, true) {
                return Err(Failure::usage("standard input can be read only once, so give - once"));
            }
            sources.push(Source::new("-", begun(std::io::stdin()).map_err(|e| Failure::io("read", path, &e))?));
            bytes = None;
            continue;
        }
        let failed = |e| Failure::io("read", path, &e);
        let file = File::open(path).map_err(failed)?;
        let meta = file.metadata().map_err(failed)?;
        if meta.is_dir() {
            let failure = Failure::refused("io", format!("can't read {}: it is a directory", path.display()));
            return Err(failure.with_help("name the logs in it one by one"));
        }
        bytes = bytes.filter(|_| meta.is_file()).map(|sum| sum + meta.len());
        let name = path.display().to_string();
        sources.push(if meta.is_file() {
            Source::new(&name, file)
        } else {
            Source::new(&name, begun(file).map_err(failed)?)
        });
    }
    Ok((sources, bytes))
}

/// A stream that has begun to say something. Until then nobody else has to wait for the ledger.
fn begun(mut stream: impl Read) -> io::Result<impl Read> {
    let mut first = vec![0; 8192];
    let length = stream.read(&mut first)?;
    first.truncate(length);
    Ok(io::Cursor::new(first).chain(stream))
}

/// What helps where a log is not written as ours are.
pub(super) fn mapping_help(file: &str) -> String {
    let file = if file == "standard input" { "-".to_owned() } else { shell_word(file) };
    format!("`drawdown mapping guess {file}` finds out how the log is read")
}

/// A log that can't be read, and what that leaves undone.
pub(super) fn unreadable(error: &ReadError, outcome: &str) -> Failure {
    let failure = Failure::refused("unreadable_log", format!("{}: {}; {outcome}", error.file, error.problem));
    let failure = match &error.problem {
        Problem::Header(_) => failure.with_help(mapping_help(&error.file)),
        _ => failure,
    };
    match error.line {
        Some(line) => failure.at(error.file.clone(), line, None),
        None => failure,
    }
}
