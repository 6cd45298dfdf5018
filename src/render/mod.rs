//! Values become text: a table for people, one JSON object for scripts, CSV for spreadsheets.
//!
//! Nothing here prints or asks; it only makes strings that are safe to show.

mod annotation;
mod comparison;
mod csv;
mod explain;
pub mod findings;
mod github;
pub mod html;
mod json;
mod look;
mod margin;
mod markdown;
mod past_due;
mod payments;
mod sanitize;
mod sarif;
mod shell;
mod table;
mod view;
mod words;
mod wrap;

pub use self::csv::{CsvWriter, csv, csv_cell, plain_cell};
pub use annotation::{Annotation, Level, Rule};
pub use comparison::{
    comparison_markdown, comparison_rows, comparison_view, headline, no_solution, signed, signed_percent,
    solution_rows, solution_view,
};
pub use github::{github, github_anywhere};
pub use json::{FORMAT_VERSION, document, envelope, json_line, write_envelope};
pub use look::{Look, messages_width, terminal_width};
pub use margin::{margin_in_percent, share_in_percent};
pub use sanitize::{is_plain, sanitize};
pub use sarif::sarif;
pub use shell::{shell_line, shell_word};
pub use table::{Cell, Column, LongTable, Table};
pub use view::View;
pub use words::{counted, either, row_noun};
pub use wrap::wrapped;
