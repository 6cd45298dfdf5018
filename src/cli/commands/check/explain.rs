//! `drawdown check --explain`: what a finding's code means.

use crate::catalog::{Code, Severity};
use crate::cli::context::Context;
use crate::cli::error::{Exit, Outcome};
use crate::render::{Column, Table, View};
use serde::Serialize;

#[derive(Serialize)]
struct Data {
    codes: Vec<Explained>,
}

#[derive(Serialize)]
struct Explained {
    code: Code,
    severity: Severity,
    summary: &'static str,
    /// Only where one code was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<&'static str>,
}

/// Shows the page of a code, or lists all.
pub(super) fn run(code: Option<Code>, context: &Context) -> Outcome {
    let wanted = code.as_ref().map_or(Code::ALL, std::slice::from_ref);
    let explained = wanted.iter().map(|&each| Explained {
        code: each,
        severity: each.severity(),
        summary: each.summary(),
        page: code.map(Code::page),
    });
    let data = Data { codes: explained.collect() };
    let view = || code.map_or_else(|| table(&data.codes).into(), |code| View::new().rendered(code.page()));
    context.out.data_with_rows("check", &data, view, || table(&data.codes))?;
    Ok(Exit::Done)
}

fn table(codes: &[Explained]) -> Table {
    let mut table = Table::new(["code", "severity", "summary"].map(Column::text).to_vec());
    for Explained { code, severity, summary, .. } in codes {
        table.row(vec![code.to_string(), severity.name().to_owned(), (*summary).to_owned()]);
    }
    table
}
