//! `drawdown check`.

use super::Context;
use super::args::{CheckArgs, Format};
use super::error::{Exit, Failure, Outcome};
use super::examples::{Tried, try_all};
use super::workspace::{catalogs, counted, sources};
use crate::catalog::{Finding, Reading, Severity, SourceFile, quoted, read};
use crate::render::findings::annotate;
use crate::render::{Column, Table, View};
use serde::Serialize;
use std::path::Path;

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
    let paths = if args.paths.is_empty() { std::slice::from_ref(&context.globals.catalog) } else { &args.paths };
    let mut data = Data::default();
    let mut annotated = String::new();
    for path in paths {
        for path in catalogs(path)? {
            let Checked { sources, findings } = check(&path);
            annotated += &annotate(&findings, &sources, context.out.look().color);
            data.files += sources.len().max(1);
            data.findings.extend(findings);
        }
    }
    let count = |severity| data.findings.iter().filter(|finding| finding.severity == severity).count();
    (data.errors, data.warnings) = (count(Severity::Error), count(Severity::Warning));
    context.out.data("check", &data, || view(&data, annotated, context.globals.format))?;
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

/// Everything that is wrong with a catalog, its own examples included.
pub(super) fn findings(sources: &[SourceFile]) -> Vec<Finding> {
    let Reading { catalog, mut findings } = read(sources);
    if let Some(catalog) = catalog {
        let failed = try_all(&catalog).into_iter().filter(|tried| !tried.ok);
        findings.extend(failed.map(|tried| example_fails(&tried, sources)));
    }
    findings
}

/// A file that can't be read hides what it says, but not what is wrong elsewhere.
fn unreadable(path: &Path, failure: Failure) -> Finding {
    let place = failure.place.unwrap_or_default();
    let line = place.line.and_then(|line| usize::try_from(line).ok());
    Finding {
        code: "unreadable",
        severity: Severity::Error,
        message: failure.message,
        file: if place.file.is_empty() { path.display().to_string() } else { place.file },
        line: line.unwrap_or(1),
        column: 1,
        span: 0..0,
        help: failure.help,
    }
}

fn example_fails(tried: &Tried, sources: &[SourceFile]) -> Finding {
    let (expected, got) = tried.difference();
    let place = tried.place.clone();
    let text = sources.iter().find(|source| source.name == place.file).map_or("", |source| source.text.as_str());
    let start: usize = text.split_inclusive('\n').take(place.line.saturating_sub(1)).map(str::len).sum();
    let line = text[start..].lines().next().unwrap_or_default();
    Finding {
        code: "example-fails",
        severity: Severity::Warning,
        message: format!("the example {} does not hold: expected {expected}, got {got}", quoted(&tried.name)),
        file: place.file,
        line: place.line,
        column: place.column,
        span: start..start + line.len(),
        help: Some("change the price, or what the example expects".to_owned()),
    }
}

fn view(data: &Data, annotated: String, format: Format) -> View {
    if format == Format::Csv {
        return table(&data.findings).into();
    }
    let view = if annotated.is_empty() { View::new() } else { View::new().rendered(annotated) };
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
        let severity = if finding.severity == Severity::Error { "error" } else { "warning" };
        table.row(vec![
            severity.to_owned(),
            finding.code.to_owned(),
            finding.file.clone(),
            finding.line.to_string(),
            finding.column.to_string(),
            finding.message.clone(),
            finding.help.clone().unwrap_or_default(),
        ]);
    }
    table
}
