//! `drawdown check`.

mod explain;
mod reasons;

use crate::catalog::{Code, Finding, Place, Severity, SourceFile};
use crate::cli::annotated;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::examples::findings;
use crate::cli::globals::prints;
use crate::cli::workspace::{catalogs, sources};
use crate::render::findings::annotate;
use crate::render::{Annotation, Column, Table, View, counted};
use clap::Args;
use explain::Explained;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Find every mistake in catalogs, without a ledger
///
/// Reports all findings at once, each with its file, line, column, a stable code, and what to do. Exits 1 if there is
/// an error. `--explain CODE` explains a code, and why events are not charged.
#[derive(Debug, Args)]
#[command(arg = prints(annotated::FORMATS), after_long_help = "\
Examples:
  drawdown check
  drawdown check catalogs/studio.toml --deny-warnings
  drawdown check --format github
  drawdown check --explain unknown-key
  drawdown check --explain no_price")]
pub struct CheckArgs {
    /// Catalogs: files, folders read as one, or folders of such folders [default: the one --catalog names]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Exit 1 for warnings too.
    #[arg(long)]
    pub deny_warnings: bool,
    /// Explain a finding's code, with a catalog that has the mistake and one that doesn't, or a reason such as
    /// `no_price` that reports and replays give; without CODE, list all.
    #[arg(
        long,
        value_name = "CODE",
        num_args = 0..=1,
        value_parser = explain::parser(),
        hide_possible_values = true,
        conflicts_with_all = ["paths", "deny_warnings"],
    )]
    pub explain: Option<Option<Explained>>,
}

#[derive(Default, Serialize)]
struct Data {
    files: usize,
    errors: usize,
    warnings: usize,
    findings: Vec<Finding>,
}

/// One catalog: its files, and what is wrong with them.
struct Checked {
    sources: Vec<SourceFile>,
    findings: Vec<Finding>,
}

pub(super) fn run(args: &CheckArgs, context: &Context) -> Outcome {
    if let Some(code) = args.explain {
        return explain::run(code, context);
    }
    let paths = if args.paths.is_empty() { std::slice::from_ref(&context.globals.catalog) } else { &args.paths };
    let mut data = Data::default();
    let mut text = String::new();
    for path in paths {
        for path in catalogs(path)? {
            let Checked { sources, findings } = check(&path);
            text += &annotate(&findings, &sources, context.out.look().color);
            data.files += sources.len().max(1);
            data.findings.extend(findings);
        }
    }
    let count = |severity| data.findings.iter().filter(|finding| finding.severity == severity).count();
    (data.errors, data.warnings) = (count(Severity::Error), count(Severity::Warning));
    if annotated::is_wanted(context) {
        let annotations: Vec<_> = data.findings.iter().map(Annotation::from).collect();
        annotated::print("check", &[], &annotations, &summary(&data), context)?;
    } else {
        context.out.data_with_rows("check", &data, || view(&data, text), || table(&data.findings))?;
    }
    let wanting = data.errors > 0 || (args.deny_warnings && data.warnings > 0);
    Ok(if wanting { Exit::Refused } else { Exit::Done })
}

fn check(path: &Path) -> Checked {
    let sources = match sources(path) {
        Ok(sources) => sources,
        Err(failure) => return Checked { sources: Vec::new(), findings: vec![unreadable(path, failure)] },
    };
    let findings = findings(&sources);
    Checked { sources, findings }
}

/// A file that can't be read hides what it says, but not what is wrong elsewhere.
fn unreadable(path: &Path, failure: Failure) -> Finding {
    let place = failure.place.unwrap_or_default();
    let line = place.line.and_then(|line| usize::try_from(line).ok()).unwrap_or(1);
    let file = if place.file.is_empty() { path.display().to_string() } else { place.file };
    let mut finding = Finding::new(Code::Unreadable, failure.message, Place { file, line, column: 1 });
    finding.help = failure.help;
    finding
}

fn view(data: &Data, text: String) -> View {
    let view = if text.is_empty() { View::new() } else { View::new().rendered(text) };
    view.line(summary(data))
}

fn summary(data: &Data) -> String {
    let [files, errors, warnings] = [(data.files, "file"), (data.errors, "error"), (data.warnings, "warning")]
        .map(|(many, what)| counted(many, what));
    format!("checked {files}: {errors}, {warnings}")
}

fn table(findings: &[Finding]) -> Table {
    let texts = |names: &[&str]| names.iter().map(|name| Column::text(*name)).collect::<Vec<_>>();
    let numbers = ["line", "column"].map(Column::number);
    let columns = [texts(&["severity", "code", "file"]), numbers.to_vec(), texts(&["message", "help"])];
    let mut table = Table::new(columns.concat());
    for finding in findings {
        table.row(vec![
            finding.severity.name().to_owned(),
            finding.code.to_string(),
            finding.file.clone(),
            finding.line.to_string(),
            finding.column.to_string(),
            finding.message.clone(),
            finding.help.clone().unwrap_or_default(),
        ]);
    }
    table
}
