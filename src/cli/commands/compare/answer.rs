//! How `compare` answers: in which format, and where to.

use super::annotate::{Changes, annotations};
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::format::Format;
use crate::files::put;
use crate::render::html::comparison_page;
use crate::render::{comparison_markdown, comparison_rows, comparison_view};
use crate::scenario::Condition;
use crate::whatif::Comparison;
use std::path::Path;

/// The formats of an answer.
pub(super) const FORMATS: &[Format] =
    &[Format::Table, Format::Json, Format::Csv, Format::Html, Format::Markdown, Format::Github];

/// What was asked of a comparison.
pub(super) struct Asked<'a> {
    /// What must not hold.
    pub conditions: &'a [Condition],
    /// How many customers of each scenario are shown.
    pub top: usize,
    /// What scenarios change.
    pub changes: Changes<'a>,
    /// Where the answer goes; standard output if absent.
    pub output: Option<&'a Path>,
}

/// Prints the answer, or writes it to `--output`. A condition that holds is a refusal.
///
/// # Errors
/// When it can't be written.
pub(super) fn answer(comparison: &Comparison, asked: &Asked, context: &Context) -> Outcome {
    let (view, rows) = (|| comparison_view(comparison, asked.top), || comparison_rows(comparison));
    let own = own_form(comparison, asked, context);
    // Rows and the page don't say which conditions hold, and nobody sees a file at once.
    let is_said = !context.out.prints_rows() && context.globals.format != Format::Html && asked.output.is_none();
    match (asked.output, own) {
        (None, Some(text)) => context.out.raw(&text)?,
        (None, None) => context.out.data_with_rows("compare", comparison, view, rows)?,
        (Some(path), own) => {
            let text = match own {
                Some(text) => text,
                None => context.out.text_with_rows("compare", comparison, view, rows)?,
            };
            put(path, text.as_bytes()).map_err(|error| Failure::io("write", path, &error))?;
            let how = if context.globals.format == Format::Html { "; open it in a browser" } else { "" };
            context.out.note(&format!("{} is written{how}", path.display()));
        }
    }
    if !is_said {
        comparison.failed.iter().for_each(|failed| context.out.warn(&failed.to_string()));
    }
    Ok(if comparison.failed.is_empty() { Exit::Done } else { Exit::Refused })
}

/// The answer in a format that only few commands have.
fn own_form(comparison: &Comparison, asked: &Asked, context: &Context) -> Option<String> {
    match context.globals.format {
        Format::Markdown => {
            let conditions: Vec<String> = asked.conditions.iter().map(ToString::to_string).collect();
            Some(comparison_markdown(comparison, &conditions, asked.top))
        }
        Format::Html => Some(comparison_page(comparison, asked.top)),
        Format::Github => Some(annotations(comparison, &asked.changes)),
        _ => None,
    }
}
