//! `drawdown test`.

use crate::catalog::read;
use crate::cli::annotated;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Outcome};
use crate::cli::examples::{Tried, try_all};
use crate::cli::globals::prints;
use crate::cli::workspace::{accepted, catalogs, sources};
use crate::render::{Annotation, Column, Level, Table, View, counted};
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;

/// Run the catalogs' own examples
///
/// Bills the event of each `[[example]]` and compares its fees with what the example expects. Exits 1 if one differs.
#[derive(Debug, Args)]
#[command(arg = prints(annotated::FORMATS), after_long_help = "\
Examples:
  drawdown test
  drawdown test catalogs/studio.toml --format github")]
pub struct TestArgs {
    /// Catalogs: files, folders read as one, or folders of such folders [default: the one --catalog names]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Exit 1 if a catalog has warnings, without running its examples.
    #[arg(long)]
    pub deny_warnings: bool,
}

#[derive(Serialize)]
struct Data {
    examples: usize,
    passed: usize,
    failed: usize,
    results: Vec<Tried>,
}

impl Data {
    fn new(results: Vec<Tried>) -> Self {
        let passed = results.iter().filter(|tried| tried.ok).count();
        Self { examples: results.len(), passed, failed: results.len() - passed, results }
    }

    fn summary(&self) -> String {
        format!("{}: {} passed, {} failed", counted(self.examples, "example"), self.passed, self.failed)
    }
}

pub(super) fn run(args: &TestArgs, context: &Context) -> Outcome {
    let paths = if args.paths.is_empty() { std::slice::from_ref(&context.globals.catalog) } else { &args.paths };
    let paths = paths.iter().map(|path| catalogs(path)).collect::<Result<Vec<_>, _>>()?.concat();
    if annotated::is_wanted(context) {
        return annotate(&paths, args.deny_warnings, context);
    }
    let mut results = Vec::new();
    for path in paths {
        results.extend(try_all(&context.catalog_at(&path, args.deny_warnings)?.0));
    }
    let data = Data::new(results);
    context.out.data_with_rows("test", &data, || view(&data), || table(&data.results))?;
    Ok(if data.failed == 0 { Exit::Done } else { Exit::Refused })
}

/// Tells other programs which examples fail, and what keeps examples from being run.
fn annotate(paths: &[PathBuf], deny_warnings: bool, context: &Context) -> Outcome {
    let mut annotations = Vec::new();
    let mut results = Vec::new();
    for path in paths {
        let sources = sources(path)?;
        match accepted(read(&sources), deny_warnings) {
            Ok((catalog, _)) => {
                let tried = try_all(&catalog);
                let failed = tried.iter().filter(|tried| !tried.ok).map(|tried| tried.finding(&sources));
                // What `check` warns of is what this command is for.
                annotations.extend(failed.map(|f| Annotation { level: Level::Error, ..Annotation::from(&f) }));
                results.extend(tried);
            }
            Err(findings) => annotations.extend(findings.iter().map(Annotation::from)),
        }
    }
    annotated::print("test", &[], &annotations, &Data::new(results).summary(), context)?;
    Ok(if annotations.is_empty() { Exit::Done } else { Exit::Refused })
}

fn view(data: &Data) -> View {
    let mut view = View::new();
    for tried in &data.results {
        view = view.line(format!("{} {}", if tried.ok { "ok  " } else { "FAIL" }, tried.name));
        if !tried.ok {
            let (expected, got) = tried.difference();
            let place = &tried.place;
            view = view.line(format!("       expected {expected}"));
            view = view.line(format!("       got      {got}"));
            view = view.line(format!("       at       {}:{}", place.file, place.line));
        }
    }
    if data.examples == 0 {
        return view.line("no examples: write some as [[example]] with `product`, `event` and `expect`");
    }
    view.line("").line(data.summary())
}

fn table(results: &[Tried]) -> Table {
    let mut columns = ["name", "ok", "expected", "got", "file"].map(Column::text).to_vec();
    columns.push(Column::number("line"));
    let mut table = Table::new(columns);
    for tried in results {
        let (expected, got) = tried.difference();
        let ok = tried.ok.to_string();
        table.row(vec![tried.name.clone(), ok, expected, got, tried.place.file.clone(), tried.place.line.to_string()]);
    }
    table
}
