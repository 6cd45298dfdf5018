//! `drawdown price`.

use crate::catalog::Product;
use crate::cli::add;
use crate::cli::add::PriceAddArgs;
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Outcome};
use crate::cli::offer::version_of;
use crate::cli::prices::{PriceLine, lines, rows, table};
use crate::cli::value::ProductRef;
use clap::{Args, Subcommand};
use serde::Serialize;

/// See the prices, and add some
///
/// As the catalog has them; where there is no catalog, and for a version such as `studio@2`, as the ledger has.
#[derive(Debug, Subcommand)]
#[command(
    arg_required_else_help = true,
    after_long_help = "\
Examples:
  drawdown price list studio"
)]
pub enum PriceCommand {
    /// Write a price into the catalog
    ///
    /// Says which lines it adds, and to which file; nothing else in the file changes. What `drawdown check` would call an
    /// error is refused, and nothing is written.
    Add(Box<PriceAddArgs>),
    /// List prices, one line for each row of dimensions
    ///
    /// From the catalog; `studio@2` is version 2 in the ledger. A price without a version is not applied yet.
    #[command(after_long_help = "\
Examples:
  drawdown price list
  drawdown price list studio --format csv")]
    List(PriceListArgs),
}

/// Whose prices.
#[derive(Debug, Args)]
pub struct PriceListArgs {
    /// Only this product's [default: every product's]
    #[arg(value_name = "PRODUCT[@VERSION]", add = candidates::products())]
    pub product: Option<ProductRef>,
}

#[derive(Serialize)]
struct Data {
    prices: Vec<PriceLine>,
}

pub(super) fn run(command: &PriceCommand, context: &Context) -> Outcome {
    match command {
        PriceCommand::Add(args) => add::price(args, context),
        PriceCommand::List(args) => list(args, context),
    }
}

fn list(args: &PriceListArgs, context: &Context) -> Outcome {
    let catalog = args.product.as_ref().map_or_else(|| context.offer(), |product| context.offer_of(product))?;
    let named = args.product.as_ref().and_then(|product| product.version);
    let published = if named.is_some() { None } else { context.published()? };
    let version = |product: &Product| named.or_else(|| version_of(published.as_ref(), &catalog, &product.code));
    let lines = catalog.products.iter().flat_map(|product| lines(product, version(product), &catalog));
    let data = Data { prices: lines.collect() };
    context.out.data_with_rows("price list", &data, || table(&data.prices).into(), || rows(&data.prices))?;
    Ok(Exit::Done)
}
