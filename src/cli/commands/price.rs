//! `drawdown price`.

use crate::catalog::Product;
use crate::catalog::edit::Under;
use crate::cli::add::{Files, Flags, New, OfPrice, Wanted, name, questions, tables};
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Outcome};
use crate::cli::offer::version_of;
use crate::cli::prices::{PriceLine, lines, rows, table};
use crate::cli::value::ProductRef;
use clap::{Args, Subcommand};
use serde::Serialize;

/// List and add prices
///
/// Reads the catalog. If there is none, or for a version such as `studio@2`, reads the ledger.
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
    /// Prints the lines it adds and the file it adds them to; nothing else in the file changes. If `drawdown check`
    /// would find an error, nothing is written.
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

/// What is written into the catalog.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = "\
Examples:
  drawdown price add studio \"Platform fee\" --type fixed \\
      --asset USD --unit-price 20 --interval month
  drawdown price add studio Image --type usage_based \\
      --event-type image_generated --usage-type unit --asset CREDIT \\
      --row model=gli-2,unit_price=12 --row unit_price=10
  drawdown price add api Calls --type usage_based \\
      --event-type api_call --usage-type unit --asset USD \\
      --pricing-model graduated --tier-period month \\
      --tier up_to=1000,unit_price=0 --tier unit_price=0.004")]
pub struct PriceAddArgs {
    /// The product's code.
    #[arg(value_name = "PRODUCT", add = candidates::products())]
    pub product: Option<String>,
    /// The price's name, shown with every fee.
    #[arg(value_name = "NAME", value_parser = name)]
    pub name: Option<String>,
    /// The price
    #[command(flatten)]
    pub flags: Flags<OfPrice>,
}

/// The product whose prices `price list` prints.
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
        PriceCommand::Add(args) => add(args, context),
        PriceCommand::List(args) => list(args, context),
    }
}

fn add(args: &PriceAddArgs, context: &Context) -> Outcome {
    let files = Files::open(context)?;
    let given =
        Wanted { code: args.product.clone(), name: None, price: args.name.clone(), flags: args.flags.given.clone() };
    if let Some(code) = &given.code {
        files.holder("product", code)?;
    }
    let missing = |wanted: &Wanted| {
        let own = [("PRODUCT", wanted.code.is_none()), ("NAME", wanted.price.is_none())];
        [tables::absent(&own), tables::missing_of_price(&wanted.flags)].concat()
    };
    let (wanted, asked) = given.completed(&files, questions::price, missing)?;
    let code = wanted.code.as_deref().unwrap_or_default();
    let name = wanted.price.as_deref().unwrap_or_default();
    let tables = tables::price(name, &wanted.flags, &files.currencies());
    let under = Under::Entry { section: "product", code, key: "price" };
    files.add(New { kind: "price", code, name }, files.holder("product", code)?, under, &tables, asked)
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
