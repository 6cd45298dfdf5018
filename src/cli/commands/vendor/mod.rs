//! `drawdown vendor`.

mod import;

use crate::catalog::edit::Under;
use crate::cli::add::{FileFlag, Files, Flags, New, OfCost, Wanted, name, questions, tables};
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::error::Outcome;
use crate::cli::value::code;
use clap::{Args, Subcommand};

/// Add vendors and their costs
#[derive(Debug, Subcommand)]
#[command(
    arg_required_else_help = true,
    after_long_help = "\
Examples:
  drawdown vendor add openai --name OpenAI
  drawdown vendor import prices.json --provider openai"
)]
pub enum VendorCommand {
    /// Write a vendor into the catalog
    ///
    /// With --event-type and the options that go with it, also adds a first cost rule, for logs without costs.
    Add(VendorAddArgs),
    /// Write another cost rule for a vendor into the catalog
    AddCost(VendorCostArgs),
    #[expect(missing_docs, reason = "what it is for stands with its arguments, and is its help")]
    Import(import::ImportArgs),
}

/// What is written into the catalog.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = "\
Examples:
  drawdown vendor add openai --name OpenAI
  drawdown vendor add render --event-type image_generated --usage-type unit \\
      --asset USD --unit-price 0.04")]
pub struct VendorAddArgs {
    /// The vendor's code, as in the column `cost.CODE` of a log.
    #[arg(value_name = "CODE", value_parser = code)]
    pub code: Option<String>,
    /// The name people see [default: the code]
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub name: Option<String>,
    /// The first cost rule
    #[command(flatten)]
    pub flags: Flags<OfCost>,
    /// The file of the catalog to write into
    #[command(flatten)]
    pub file: FileFlag,
}

/// Which vendor, and the rule.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = "\
Examples:
  drawdown vendor add-cost openai --event-type response_completed \\
      --usage-type volume --volume-field output_tokens --asset USD \\
      --volume-rate 10 --package-size 1000000")]
pub struct VendorCostArgs {
    /// The vendor's code.
    #[arg(value_name = "VENDOR", add = candidates::vendors())]
    pub vendor: Option<String>,
    /// The rule
    #[command(flatten)]
    pub flags: Flags<OfCost>,
}

pub(super) fn run(command: &VendorCommand, context: &Context) -> Outcome {
    match command {
        VendorCommand::Add(args) => add(args, context),
        VendorCommand::AddCost(args) => add_cost(args, context),
        VendorCommand::Import(args) => import::run(args, context),
    }
}

fn add(args: &VendorAddArgs, context: &Context) -> Outcome {
    let files = Files::open(context)?;
    let file = files.file(args.file.file.as_deref())?;
    let flags = args.flags.given.clone();
    let given = Wanted { code: args.code.clone(), name: args.name.clone(), price: None, flags };
    let missing = |wanted: &Wanted| {
        let flags = &wanted.flags;
        let rule = if flags.is_empty() { Vec::new() } else { tables::missing_of_usage(flags, true) };
        [tables::absent(&[("CODE", wanted.code.is_none())]), rule].concat()
    };
    let (wanted, asked) = given.completed(&files, questions::vendor, missing)?;
    let code = wanted.code.as_deref().unwrap_or_default();
    let name = wanted.name.as_deref().unwrap_or(code);
    let mut tables = tables::named("vendor", code, name);
    if !wanted.flags.is_empty() {
        tables += &format!("\n{}", tables::cost(&wanted.flags));
    }
    files.add(New { kind: "vendor", code, name }, file, Under::Root("vendor"), &tables, asked)
}

fn add_cost(args: &VendorCostArgs, context: &Context) -> Outcome {
    let files = Files::open(context)?;
    let flags = args.flags.given.clone();
    let given = Wanted { code: args.vendor.clone(), name: None, price: None, flags };
    if let Some(code) = &given.code {
        files.holder("vendor", code)?;
    }
    let missing = |wanted: &Wanted| {
        let own = tables::absent(&[("VENDOR", wanted.code.is_none())]);
        [own, tables::missing_of_usage(&wanted.flags, true)].concat()
    };
    let (wanted, asked) = given.completed(&files, questions::cost, missing)?;
    let code = wanted.code.as_deref().unwrap_or_default();
    let event_type = wanted.flags.get("event_type").unwrap_or_default();
    let under = Under::Entry { section: "vendor", code, key: "cost" };
    let new = New { kind: "cost", code, name: event_type };
    files.add(new, files.holder("vendor", code)?, under, &tables::cost(&wanted.flags), asked)
}
