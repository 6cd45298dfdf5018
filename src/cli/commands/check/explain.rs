//! `drawdown check --explain`: what a finding's code means, or the reason why an event was not charged.

use super::reasons::{self, Reason};
use crate::catalog::Code;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Outcome};
use crate::render::{Column, Table, View};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::Serialize;

/// A code with its page.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Explained {
    code: &'static str,
    /// Of a finding: `error` or `warning`.
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<&'static str>,
    /// Of a reason, what becomes of the event: `unpriced`, `denied` or `refused`.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    summary: &'static str,
    /// Only where one code was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<&'static str>,
}

impl From<Code> for Explained {
    fn from(code: Code) -> Self {
        let severity = Some(code.severity().name());
        Self { code: code.name(), severity, status: None, summary: code.summary(), page: Some(code.page()) }
    }
}

impl From<Reason> for Explained {
    fn from(reason: Reason) -> Self {
        let (code, page) = (reason.name, Some(reason.page));
        Self { code, severity: None, status: Some(reason.status), summary: reason.summary(), page }
    }
}

#[derive(Serialize)]
struct Data {
    codes: Vec<Explained>,
}

/// All codes: those of findings, then the reasons.
fn all() -> impl Iterator<Item = Explained> {
    Code::ALL.iter().map(|&code| code.into()).chain(reasons::all().map(Explained::from))
}

/// A code, which shells complete and of which the closest is suggested.
pub(super) fn parser() -> impl TypedValueParser<Value = Explained> {
    let names = PossibleValuesParser::new(all().map(|explained| explained.code));
    names.try_map(|name| all().find(|explained| explained.code == name).ok_or("there is no such code"))
}

/// Shows the page of a code, or lists all.
pub(super) fn run(wanted: Option<Explained>, context: &Context) -> Outcome {
    let listed = || all().map(|explained| Explained { page: None, ..explained }).collect();
    let data = Data { codes: wanted.map_or_else(listed, |explained| vec![explained]) };
    let page = wanted.and_then(|explained| explained.page);
    let view = || page.map_or_else(|| table(&data.codes).into(), |page| View::new().rendered(page));
    context.out.data_with_rows("check", &data, view, || table(&data.codes))?;
    Ok(Exit::Done)
}

fn table(codes: &[Explained]) -> Table {
    let mut table = Table::new(["code", "severity", "status", "summary"].map(Column::text).to_vec());
    for Explained { code, severity, status, summary, .. } in codes {
        table.row([code, severity.unwrap_or_default(), status.unwrap_or_default(), summary].map(str::to_owned));
    }
    table
}
