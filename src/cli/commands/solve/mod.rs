//! `drawdown solve`.

mod args;
mod logged;
mod pass;
mod recorded;
mod within;

pub use args::SolveArgs;

use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::overwriting::refuse_overwriting;
use crate::files::put;
use crate::render::{no_solution, solution_rows, solution_view};

pub(super) fn run(args: &SolveArgs, context: &Context) -> Outcome {
    if let Some(path) = &args.output {
        let catalogs = args.with.iter().map(|named| &named.path).chain(&args.history.base);
        let kept = args.history.logs.iter().chain(catalogs).chain([&context.globals.ledger, &context.globals.catalog]);
        refuse_overwriting("--output", path, kept)?;
    }
    let solution = match args.history.logs.is_empty() {
        true => recorded::solve(args, context)?,
        false => logged::solve(args, context)?,
    };
    let (view, rows) = (|| solution_view(&solution), || solution_rows(&solution));
    match &args.output {
        None => context.out.data_with_rows("solve", &solution, view, rows)?,
        Some(path) => {
            let text = context.out.text_with_rows("solve", &solution, view, rows)?;
            put(path, text.as_bytes()).map_err(|error| Failure::io("write", path, &error))?;
            context.out.note(&format!("{} is written", path.display()));
        }
    }
    if solution.answer().is_some() {
        return Ok(Exit::Done);
    }
    if args.output.is_some() || !context.out.prints_view() {
        context.out.note(&no_solution(&solution));
    }
    Ok(Exit::No)
}
