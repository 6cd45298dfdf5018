//! Commands that write into the catalog. What is left out is asked for on a terminal.

use super::flags::{Flags, OfAsset, OfCost, OfPrice, name};
use crate::cli::candidates;
use crate::cli::value::code;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What `asset add` takes.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = "\
Examples:
  drawdown asset add CREDIT --precision 0 --rate \"0.05 USD\"
  drawdown asset add MIN --name Minutes --precision 2 --expires-after \"1 year\"
  drawdown asset add EUR --rate \"1.08 USD\" --rate \"1.10 USD from 2026-07-01\"")]
pub struct AssetAddArgs {
    /// The asset's code: a unit of your own, or a currency to give it a rate.
    #[arg(value_name = "CODE", value_parser = code)]
    pub code: Option<String>,
    /// The asset
    #[command(flatten)]
    pub flags: Flags<OfAsset>,
    /// The file of the catalog to write into
    #[command(flatten)]
    pub file: FileFlag,
}

/// What `product add` takes.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = "\
Examples:
  drawdown product add team --name Team --price Seat --type fixed --asset USD --unit-price 20 --interval month --per-seat
  drawdown product add api --price Calls --type usage_based --event-type api_call --usage-type unit --asset USD --unit-price 0.002")]
pub struct ProductAddArgs {
    /// The product's code, as in `subscribe acme CODE`.
    #[arg(value_name = "CODE", value_parser = code)]
    pub code: Option<String>,
    /// The name people see [default: the code]
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub name: Option<String>,
    /// The name of its first price; `price add` adds others
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub price: Option<String>,
    /// The first price
    #[command(flatten)]
    pub flags: Flags<OfPrice>,
    /// The file of the catalog to write into
    #[command(flatten)]
    pub file: FileFlag,
}

/// What `price add` takes.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = "\
Examples:
  drawdown price add studio \"Platform fee\" --type fixed --asset USD --unit-price 20 --interval month
  drawdown price add studio Image --type usage_based --event-type image_generated --usage-type unit --asset CREDIT --row model=gli-2,unit_price=12 --row unit_price=10
  drawdown price add api Calls --type usage_based --event-type api_call --usage-type unit --asset USD --pricing-model graduated --tier-period month --tier up_to=1000,unit_price=0 --tier unit_price=0.004")]
pub struct PriceAddArgs {
    /// The product's code.
    #[arg(value_name = "PRODUCT", add = candidates::products())]
    pub product: Option<String>,
    /// The price's name, which is on every fee.
    #[arg(value_name = "NAME", value_parser = name)]
    pub name: Option<String>,
    /// The price
    #[command(flatten)]
    pub flags: Flags<OfPrice>,
}

/// The commands of `vendor`.
#[derive(Debug, Subcommand)]
#[command(
    arg_required_else_help = true,
    after_long_help = "\
Examples:
  drawdown vendor add openai --name OpenAI"
)]
pub enum VendorCommand {
    /// Write a vendor into the catalog
    ///
    /// With --event-type and what goes with it, a first cost rule too, for logs that carry no costs.
    Add(VendorAddArgs),
    /// Write another cost rule of a vendor into the catalog
    AddCost(VendorCostArgs),
}

/// What `vendor add` takes.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = "\
Examples:
  drawdown vendor add openai --name OpenAI
  drawdown vendor add render --event-type image_generated --usage-type unit --asset USD --unit-price 0.04")]
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

/// What `vendor add-cost` takes.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = "\
Examples:
  drawdown vendor add-cost openai --event-type response_completed --usage-type volume --volume-field output_tokens --asset USD --volume-rate 10 --package-size 1000000")]
pub struct VendorCostArgs {
    /// The vendor's code.
    #[arg(value_name = "VENDOR", add = candidates::vendors())]
    pub vendor: Option<String>,
    /// The rule
    #[command(flatten)]
    pub flags: Flags<OfCost>,
}

/// Which file.
#[derive(Debug, Clone, Args)]
pub struct FileFlag {
    /// The file to write into, where the catalog is a folder [default: the only one, or the one with `[catalog]`]
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
}
