//! The catalog's files, and what becomes of them when tables are added.

use crate::catalog::edit::{Addition, EditError, Under, codes, has_table, new_findings};
use crate::catalog::{Code, Finding, Severity, SourceFile, read};
use crate::cli::ask::{agree, declined};
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::examples::findings;
use crate::cli::workspace::sources;
use crate::files::put;
use crate::money::Asset;
use crate::render::findings::annotate;
use crate::render::{Column, Table, View, counted};
use clap::Args;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The flag that names the file to write into.
#[derive(Debug, Clone, Args)]
pub struct FileFlag {
    /// The file to write to, if the catalog is a folder [default: the only one, or the one with `[catalog]`]
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// The catalog as it is, in its files.
pub(in crate::cli) struct Files<'c> {
    pub context: &'c Context,
    sources: Vec<SourceFile>,
    findings: Vec<Finding>,
}

/// What is added.
#[derive(Clone, Copy)]
pub(in crate::cli) struct New<'n> {
    /// `asset`, `product`, `price`, `vendor` or `cost`.
    pub kind: &'static str,
    /// The code of it, or of what it belongs to.
    pub code: &'n str,
    /// Its name; of a cost rule its event type.
    pub name: &'n str,
}

/// The catalog with an addition.
struct Added {
    sources: Vec<SourceFile>,
    /// The lines that are new, with their numbers.
    lines: Vec<(usize, String)>,
    /// What `check` would say of them.
    warnings: Vec<Finding>,
}

#[derive(Serialize)]
struct Data<'n> {
    kind: &'static str,
    code: &'n str,
    name: &'n str,
    file: String,
    line: usize,
    added: Vec<String>,
    warnings: Vec<Finding>,
}

impl<'c> Files<'c> {
    /// Reads the catalog that the options name. It may have errors, which an addition may mend, but must be TOML.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn open(context: &'c Context) -> Result<Self, Failure> {
        let sources = sources(&context.globals.catalog)?;
        let files = Self { context, findings: findings(&sources), sources };
        let broken: Vec<_> =
            files.findings.iter().filter(|finding| finding.code == Code::TomlSyntax).cloned().collect();
        if broken.is_empty() {
            return Ok(files);
        }
        files.tell(&broken, &files.sources);
        let failure = Failure::refused("bad_catalog", "the catalog is not TOML, so nothing can be added to it");
        Err(failure.with_help("`drawdown check` explains each error"))
    }

    /// Which file new entries go to.
    ///
    /// # Errors
    /// When there are several and nothing says which.
    pub fn file(&self, named: Option<&Path>) -> Result<usize, Failure> {
        let paths = || self.sources.iter().map(|source| Path::new(&source.name));
        if let Some(named) = named {
            let is_it = |path: &Path| path == named || path.file_name() == Some(named.as_os_str());
            let known = self.sources.iter().map(|source| source.name.as_str());
            let unknown = || Failure::unknown("unknown_file", "file of the catalog", &named.to_string_lossy(), known);
            return paths().position(is_it).ok_or_else(unknown);
        }
        let main = self.sources.iter().position(|source| has_table(source, "catalog"));
        main.or((self.sources.len() == 1).then_some(0)).ok_or_else(|| {
            let names: Vec<&str> = self.sources.iter().map(|source| source.name.as_str()).collect();
            Failure::usage("the catalog has several files, none of them with [catalog]")
                .with_help(format!("name one with --file: {}", names.join(", ")))
        })
    }

    /// The file that has an entry.
    ///
    /// # Errors
    /// When none has it.
    pub fn holder(&self, section: &'static str, code: &str) -> Result<usize, Failure> {
        let mut known = Vec::new();
        for (index, source) in self.sources.iter().enumerate() {
            let here = codes(source, section).map_err(|error| no_place(&error, &source.name))?;
            if here.iter().any(|known| known == code) {
                return Ok(index);
            }
            known.extend(here);
        }
        let unknown = if section == "product" { "unknown_product" } else { "unknown_vendor" };
        Err(Failure::unknown(unknown, section, code, known.iter().map(String::as_str)))
    }

    /// The codes of all entries of a section.
    pub fn codes(&self, section: &'static str) -> Vec<String> {
        self.sources.iter().flat_map(|source| codes(source, section).unwrap_or_default()).collect()
    }

    /// The codes of all currencies.
    pub fn currencies(&self) -> Vec<String> {
        Asset::currencies().map(|currency| currency.code).collect()
    }

    /// The currency of reports, while the catalog is whole.
    pub fn reporting_currency(&self) -> Option<String> {
        read(&self.sources).catalog.map(|catalog| catalog.terms.reporting_currency)
    }

    /// Adds tables to a file and says so. Nothing is written when that makes an error, or when a person who was `asked`
    /// says no.
    ///
    /// # Errors
    /// When it makes an error, or when the file can't be written or has changed meanwhile.
    pub fn add(&self, new: New<'_>, file: usize, under: Under<'_>, tables: &str, asked: bool) -> Outcome {
        let out = &self.context.out;
        let New { kind, code, name } = new;
        let Added { sources, lines, warnings } = self.added(kind, file, under, tables)?;
        let source = &self.sources[file];
        if asked {
            self.confirm(&lines, &source.name)?;
        }
        self.write(source, &sources[file].text)?;
        let line = lines.first().map_or(1, |(line, _)| *line);
        let added = lines.into_iter().map(|(_, text)| text).collect();
        let data = Data { kind, code, name, file: source.name.clone(), line, added, warnings };
        let command = if kind == "cost" { "vendor add-cost".to_owned() } else { format!("{kind} add") };
        out.data_with_rows(&command, &data, || data.view(asked), || data.table())?;
        out.rendered_error(&annotate(&data.warnings, &sources, out.color_on_stderr()));
        out.note("`drawdown plan` shows what this changes; `drawdown apply` brings it into force");
        Ok(Exit::Done)
    }

    /// Writes tables to the end of a file and says no more than what `check` would. Gives the line that they begin in.
    ///
    /// # Errors
    /// When that makes an error, or when the file can't be written or has changed meanwhile.
    pub fn append(&self, kind: &'static str, file: usize, tables: &str) -> Result<usize, Failure> {
        let Added { sources, lines, warnings } = self.added(kind, file, Under::End, tables)?;
        self.write(&self.sources[file], &sources[file].text)?;
        let out = &self.context.out;
        out.rendered_error(&annotate(&warnings, &sources, out.color_on_stderr()));
        Ok(lines.first().map_or(1, |(line, _)| *line))
    }

    /// What the catalog is with more tables in a file.
    fn added(&self, kind: &'static str, file: usize, under: Under<'_>, tables: &str) -> Result<Added, Failure> {
        let source = &self.sources[file];
        let addition = Addition::new(&source.text, under, tables).map_err(|error| no_place(&error, &source.name))?;
        let mut sources = self.sources.clone();
        sources[file].text = addition.applied(&source.text);
        let found = new_findings(&self.findings, findings(&sources), &source.name, &addition);
        let (errors, warnings): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|finding| finding.severity == Severity::Error);
        if !errors.is_empty() {
            self.tell(&errors, &sources);
            let (what, name) = (kind, &source.name);
            let many = counted(errors.len(), "error");
            let failure = Failure::refused("bad_addition", format!("with this {what} {name} would have {many} more"));
            return Err(failure.with_help("nothing was written; the lines above would have been"));
        }
        Ok(Added { lines: addition.lines(&source.text), sources, warnings })
    }

    /// The text of a file.
    pub fn text(&self, file: usize) -> &str {
        &self.sources[file].text
    }

    /// The name of a file.
    pub fn name(&self, file: usize) -> &str {
        &self.sources[file].name
    }

    /// Makes sure that the catalog has no error with other texts of some files, and says how many warnings it has then.
    ///
    /// # Errors
    /// When it has one.
    pub fn check(&self, texts: &BTreeMap<usize, String>) -> Result<usize, Failure> {
        let mut sources = self.sources.clone();
        for (file, text) in texts {
            sources[*file].text.clone_from(text);
        }
        let (errors, warnings): (Vec<_>, Vec<_>) =
            findings(&sources).into_iter().partition(|finding| finding.severity == Severity::Error);
        if errors.is_empty() {
            return Ok(warnings.len());
        }
        self.tell(&errors, &sources);
        let failure =
            Failure::refused("bad_addition", format!("the catalog would have {}", counted(errors.len(), "error")));
        Err(failure.with_help("nothing was written; the lines above would have been"))
    }

    /// Writes other texts of some files.
    ///
    /// # Errors
    /// When one can't be written, or has changed meanwhile.
    pub fn replace(&self, texts: &BTreeMap<usize, String>) -> Result<(), Failure> {
        texts.iter().try_for_each(|(file, text)| self.write(&self.sources[*file], text))
    }

    /// Shows findings on text that is not on disk, and to scripts one by one.
    fn tell(&self, errors: &[Finding], sources: &[SourceFile]) {
        let out = &self.context.out;
        out.rendered_error(&annotate(errors, sources, out.color_on_stderr()));
        if self.context.out.prints_value() {
            for finding in errors {
                let failure = Failure::refused(finding.code.name(), finding.message.clone());
                let failure = failure.at(finding.file.clone(), finding.line as u64, None);
                let help = finding.help.clone();
                out.error(&help.map_or(failure.clone(), |help| failure.with_help(help)));
            }
        }
    }

    fn confirm(&self, lines: &[(usize, String)], file: &str) -> Result<(), Failure> {
        for (_, line) in lines {
            self.context.out.note(format!("+ {line}").trim_end());
        }
        let line = lines.first().map_or(1, |(line, _)| *line);
        let question = format!("Write these lines into {file}, at line {line}?");
        match agree(&question)? {
            Some(true) => Ok(()),
            _ => Err(declined()),
        }
    }

    /// Replaces the file, unless somebody else has changed it since it was read.
    fn write(&self, source: &SourceFile, text: &str) -> Result<(), Failure> {
        let path = Path::new(&source.name);
        let now = fs::read(path).map_err(|error| Failure::io("read", path, &error))?;
        // A byte order mark is no part of the text, and stays.
        let Some(mark) = now.strip_suffix(source.text.as_bytes()) else {
            let failure = Failure::refused("changed", format!("{} was changed meanwhile", source.name));
            return Err(failure.with_help("nothing was written; run the command again"));
        };
        put(path, &[mark, text.as_bytes()].concat()).map_err(|error| Failure::io("write", path, &error))
    }
}

impl Data<'_> {
    /// The lines as a difference; those that were shown before they were agreed to are not shown again.
    fn view(&self, is_shown: bool) -> View {
        let place = format!("{}:{}", self.file, self.line);
        if is_shown {
            return View::new().line(format!("{} written at {place}", counted(self.added.len(), "line")));
        }
        self.added.iter().fold(View::new().line(place), |view, line| view.line(format!("+ {line}").trim_end()))
    }

    fn table(&self) -> Table {
        let mut table = Table::new(vec![Column::text("file"), Column::number("line"), Column::text("added")]);
        for (number, line) in (self.line..).zip(&self.added) {
            table.row(vec![self.file.clone(), number.to_string(), line.clone()]);
        }
        table
    }
}

/// Why nothing can be added to a file.
pub(in crate::cli) fn no_place(error: &EditError, file: &str) -> Failure {
    let failure = Failure::refused("no_place", format!("can't add to {file}: {error}"));
    match error {
        EditError::Inline(_) => failure.with_help("turn it into tables, or add to it by hand"),
        EditError::Missing | EditError::Syntax(_) => failure,
    }
}
