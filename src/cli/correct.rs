//! Correcting what was recorded: shows what would happen, asks, and does it.

use super::context::Context;
use super::error::Failure;
use super::fell_due::FellDueView;
use crate::billing::Engine;
use crate::ledger::{Ledger, Writer};
use crate::render::counted;
use clap::Args;

/// How events are corrected.
#[derive(Debug, Args)]
pub struct How {
    /// Show what would happen, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// The reason, for `ledger log`.
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
}

/// The result of a correction.
pub trait Correction {
    /// How many events it changes.
    fn count(&self) -> u64;

    /// What was done, or would be, in a line.
    fn line(&self, is_done: bool) -> String;

    /// What was past due, and paid by what returned.
    fn fell_due(&self) -> &FellDueView;
}

/// Makes a correction, unless it is a dry run. Shows what would happen, and asks first.
///
/// # Errors
/// When the answer is no, or it can't be done.
pub fn correct<D: Correction>(
    context: &Context,
    ledger: &mut Ledger,
    how: &How,
    question: &str,
    work: impl Fn(&mut Writer<'_>, &mut Engine) -> Result<D, Failure>,
) -> Result<D, Failure> {
    if !how.dry_run && !context.globals.yes {
        let mut writer = ledger.write()?;
        let mut engine = writer.engine()?;
        let done = work(&mut writer, &mut engine)?;
        drop(writer);
        if done.count() > 0 {
            context.confirm(&format!("{}. {question}", done.line(false)))?;
        }
    }
    let mut writer = ledger.write()?;
    let mut engine = writer.engine()?;
    let done = work(&mut writer, &mut engine)?;
    if how.dry_run {
        drop(writer);
    } else {
        let note =
            how.note.as_ref().filter(|note| !note.is_empty()).map(|note| format!(" ({note})")).unwrap_or_default();
        context.commit(writer, &format!("{}{note}", done.line(true)))?;
    }
    Ok(done)
}

/// Says what was done, or would be.
pub fn tell(context: &Context, how: &How, done: &impl Correction) {
    let told = done.line(!how.dry_run);
    context.out.note(&if how.dry_run { format!("{told}; dry run, nothing was changed") } else { told });
    done.fell_due().lines().iter().for_each(|line| context.out.note(line));
}

/// All events or none: the failure for those that can't be, by what they are and why.
///
/// # Errors
/// When there are any.
pub fn refuse(code: &'static str, cannot: &str, refused: &[(String, String)]) -> Result<(), Failure> {
    let Some((what, why)) = refused.first() else { return Ok(()) };
    let others = match refused.len() {
        1 => String::new(),
        many => format!(" (and {} more)", counted(many - 1, "event")),
    };
    Err(Failure::refused(code, format!("{what} {cannot}{others}: {why}; nothing was changed")))
}
