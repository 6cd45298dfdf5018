//! `--format github` and `--format sarif`: what `check`, `test` and `plan` say, for programs that show it beside the
//! lines of the catalog.

use super::context::Context;
use super::error::Failure;
use super::format::Format;
use crate::catalog::Code;
use crate::render::{Annotation, Rule, github, sanitize, sarif};

/// The formats of a command that has annotations.
pub(super) const FORMATS: &[Format] = &[Format::Table, Format::Json, Format::Csv, Format::Github, Format::Sarif];

/// Whether annotations are asked for.
pub(super) fn is_wanted(context: &Context) -> bool {
    matches!(context.globals.format, Format::Github | Format::Sarif)
}

/// Prints annotations of findings, and of the command's own rules. A workflow's log ends with the summary.
///
/// # Errors
/// When standard output can't be written.
pub(super) fn print(
    command: &str,
    own_rules: &[Rule],
    annotations: &[Annotation],
    summary: &str,
    context: &Context,
) -> Result<(), Failure> {
    let text = if context.globals.format == Format::Sarif {
        let codes = Code::ALL.iter().copied().map(Rule::from);
        let rules: Vec<Rule> = codes.chain(own_rules.iter().copied()).collect();
        sarif(command, &rules, annotations).map_err(|error| Failure::bug(error.to_string()))?
    } else {
        format!("{}{}\n", github(annotations), sanitize(summary))
    };
    context.out.raw(&text)
}
