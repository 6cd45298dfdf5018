//! `drawdown schema`.

use crate::cli::error::{Exit, Outcome};
use crate::cli::globals::prints;
use crate::cli::output::Output;
use crate::cli::schema::text;
use clap::Args;

/// Print the JSON Schema of catalogs, for editors
///
/// Editors that know TOML complete, explain and check the keys of a file whose first line is `#:schema PATH`, where
/// PATH leads from that file to this schema. `init` writes both; after an update of drawdown, `drawdown schema >
/// catalogs/catalog.schema.json` renews the schema.
#[derive(Debug, Args)]
#[command(arg = prints(&[]), after_long_help = "Examples:\n  drawdown schema")]
pub struct SchemaArgs {}

/// Prints the schema.
///
/// # Errors
/// When standard output can't be written.
pub fn run(out: &Output) -> Outcome {
    out.raw(&text()?)?;
    Ok(Exit::Done)
}
