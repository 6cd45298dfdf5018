//! `drawdown compare`.

mod annotate;
mod answer;
mod args;
mod difference;
mod error;
pub(super) mod history;
mod logged;
pub(super) mod recorded;
pub(super) mod refused;

pub use args::CompareArgs;

use super::report::html::refuse_what_is_no_page;
use crate::cli::context::Context;
use crate::cli::error::{Failure, Outcome};
use crate::cli::format::Format;
use crate::cli::overwriting::refuse_overwriting;
use annotate::Changes;
use answer::{Asked, answer};

pub(super) fn run(args: &CompareArgs, context: &Context) -> Outcome {
    if let Some(path) = &args.output {
        let catalogs = args.with.iter().map(|named| &named.path).chain(&args.history.base);
        let kept = args.history.logs.iter().chain(catalogs).chain([&context.globals.ledger, &context.globals.catalog]);
        refuse_overwriting("--output", path, kept)?;
        if context.globals.format == Format::Html {
            refuse_what_is_no_page(path)?;
        }
    }
    if context.out.prints_rows() && !args.by.is_empty() {
        let message = "CSV has one row for each customer and scenario, and none for --by";
        return Err(Failure::usage(message).with_help("take --format json, which has the groups too"));
    }
    let mut comparison = match args.history.logs.is_empty() {
        true => recorded::compare(args, context)?,
        false => logged::compare(args, context)?,
    };
    comparison.failed = comparison.failing(&args.fail_on);
    comparison.vary(&args.vary);
    let top = if args.all { usize::MAX } else { args.top };
    let base = args.history.base.as_deref().unwrap_or(&context.globals.catalog);
    let changes = Changes { base, with: &args.with, set: &args.set, vary: &args.vary };
    let asked = Asked { conditions: &args.fail_on, top, changes, output: args.output.as_deref() };
    answer(&comparison, &asked, context)
}
