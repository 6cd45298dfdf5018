//! `drawdown schema`.

use crate::cli::error::{Exit, Outcome};
use crate::cli::output::Output;
use crate::cli::schema::text;

/// Prints the schema.
///
/// # Errors
/// When standard output can't be written.
pub fn run(out: &Output) -> Outcome {
    out.raw(&text()?)?;
    Ok(Exit::Done)
}
