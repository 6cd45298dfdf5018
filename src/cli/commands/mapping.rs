//! `drawdown mapping`: how other systems' logs are read.

use crate::catalog::{BuiltIn, built_in, built_ins};
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::render::{Cell, Column, Table, View};
use clap::{Args, Subcommand};
use serde::Serialize;

/// Find out how a log of another system is read
///
/// A mapping says what a log's columns and keys mean. `replay --map NAME` reads a log by it. Mappings stand in the catalog
/// as tables [mapping.NAME]; for the logs of some systems there are built-in ones.
#[derive(Debug, Subcommand)]
#[command(
    arg_required_else_help = true,
    after_long_help = "\
Examples:
  drawdown mapping list
  drawdown mapping show openai"
)]
pub enum MappingCommand {
    /// List the built-in mappings, and the catalog's
    #[command(after_long_help = "Examples:\n  drawdown mapping list")]
    List,
    /// Show a built-in mapping as it would stand in a catalog
    ///
    /// With what is to be known of such logs. In a catalog, `extends = \"NAME\"` takes it over, and other keys change it.
    Show(ShowArgs),
}

/// Which mapping.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:\n  drawdown mapping show litellm")]
pub struct ShowArgs {
    /// The mapping's name.
    #[arg(value_name = "NAME", add = candidates::built_in_mappings())]
    pub name: String,
}

/// A mapping in a list.
#[derive(Serialize)]
struct Listed {
    name: String,
    is_built_in: bool,
    /// What it reads; nothing is known of the catalog's own.
    about: Option<&'static str>,
}

#[derive(Serialize)]
struct List {
    mappings: Vec<Listed>,
}

/// A built-in mapping.
#[derive(Serialize)]
struct Shown {
    name: &'static str,
    about: &'static str,
    warnings: Vec<&'static str>,
    toml: &'static str,
}

pub(super) fn run(command: &MappingCommand, context: &Context) -> Outcome {
    match command {
        MappingCommand::List => list(context),
        MappingCommand::Show(args) => show(args, context),
    }
}

fn list(context: &Context) -> Outcome {
    // Who has no catalog yet is shown what there is.
    let own = context.catalog().map(|catalog| catalog.mappings.keys().cloned().collect()).unwrap_or_default();
    let own: Vec<String> = own;
    let known = built_ins().filter(|name| !own.iter().any(|own| own == name)).filter_map(built_in);
    let mut mappings: Vec<Listed> =
        known.map(|it| Listed { name: it.name.to_owned(), is_built_in: true, about: Some(it.about()) }).collect();
    mappings.extend(own.iter().map(|name| Listed { name: name.clone(), is_built_in: false, about: None }));
    let list = List { mappings };
    context.out.data("mapping list", &list, || {
        let mut table = Table::new(vec![Column::text("mapping"), Column::text("reads")]);
        for mapping in &list.mappings {
            let about = mapping.about.unwrap_or("As the catalog says.");
            table.row([Cell::from(mapping.name.as_str()), about.into()]);
        }
        View::from(table)
    })?;
    Ok(Exit::Done)
}

fn show(args: &ShowArgs, context: &Context) -> Outcome {
    let Some(source) = built_in(&args.name) else {
        return Err(Failure::unknown("unknown_mapping", "built-in mapping", &args.name, built_ins()));
    };
    let view = || View::new().rendered(source.text);
    context.out.data_with_rows("mapping show", &shown(&source), view, || {
        let mut table = Table::new(vec![Column::text("mapping"), Column::text("toml")]);
        table.row([Cell::from(source.name), source.text.into()]);
        table
    })?;
    Ok(Exit::Done)
}

fn shown(source: &BuiltIn) -> Shown {
    Shown { name: source.name, about: source.about(), warnings: source.warnings(), toml: source.text }
}
