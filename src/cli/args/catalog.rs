//! Commands about catalogs: what there is to buy, and for how much.

use super::{AssetAddArgs, KeyValue, PriceAddArgs, ProductAddArgs, ProductRef};
use crate::catalog::Code;
use crate::time::Instant;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand, ValueHint};
use std::path::PathBuf;

/// What `check` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown check
  drawdown check catalogs/studio.toml --deny-warnings
  drawdown check --format github
  drawdown check --explain unknown-key")]
pub struct CheckArgs {
    /// Catalogs: files, folders read as one, or folders of such folders [default: the one --catalog names]
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// Exit 1 for warnings too.
    #[arg(long)]
    pub deny_warnings: bool,
    /// Say what a finding's code means, with a catalog that has it and one that has not; without CODE, list all codes.
    #[arg(
        long,
        value_name = "CODE",
        num_args = 0..=1,
        value_parser = finding_code(),
        hide_possible_values = true,
        conflicts_with_all = ["paths", "deny_warnings"],
    )]
    pub explain: Option<Option<Code>>,
}

/// A finding's code, which shells complete and of which the closest is suggested.
fn finding_code() -> impl TypedValueParser<Value = Code> {
    let names = PossibleValuesParser::new(Code::ALL.iter().map(|code| code.name()));
    names.try_map(|name| Code::find(&name).ok_or("there is no such code"))
}

/// What `test` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown test
  drawdown test catalogs/studio.toml --format github")]
pub struct TestArgs {
    /// Catalogs: files, folders read as one, or folders of such folders [default: the one --catalog names]
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// Exit 1 when a catalog has warnings, without running its examples.
    #[arg(long)]
    pub deny_warnings: bool,
}

/// What `plan` and `apply` take.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// The time to write down for the change [default: now]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
    /// Exit 1 when the catalog has warnings, and go no further.
    #[arg(long)]
    pub deny_warnings: bool,
}

/// The commands of `asset`.
#[derive(Debug, Subcommand)]
#[command(
    arg_required_else_help = true,
    after_long_help = "\
Examples:
  drawdown asset list
  drawdown asset quote 20 USD CREDIT"
)]
pub enum AssetCommand {
    /// Write an asset into the catalog
    Add(AssetAddArgs),
    /// List the assets
    #[command(after_long_help = "Examples:\n  drawdown asset list")]
    List,
    /// Show one asset with its rates
    #[command(after_long_help = "Examples:\n  drawdown asset show CREDIT")]
    Show(AssetShowArgs),
    /// What an amount of money would buy
    #[command(after_long_help = "\
Examples:
  drawdown asset quote 20 USD CREDIT
  drawdown asset quote 20 USD CREDIT --at 2026-07-01")]
    Quote(AssetQuoteArgs),
}

/// Which asset.
#[derive(Debug, Args)]
pub struct AssetShowArgs {
    /// The asset's code, such as USD or CREDIT.
    #[arg(value_name = "ASSET")]
    pub asset: String,
}

/// What is paid, for what, and when.
#[derive(Debug, Args)]
pub struct AssetQuoteArgs {
    /// What would be paid.
    #[arg(value_name = "AMOUNT", allow_negative_numbers = true)]
    pub amount: String,
    /// The currency it would be paid in.
    #[arg(value_name = "CURRENCY")]
    pub currency: String,
    /// The asset that would be bought.
    #[arg(value_name = "ASSET")]
    pub asset: String,
    /// When; the rate valid then is used [default: now]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
}

/// The commands of `product`.
#[derive(Debug, Subcommand)]
#[command(
    arg_required_else_help = true,
    after_long_help = "\
Examples:
  drawdown product list
  drawdown product show studio"
)]
pub enum ProductCommand {
    /// Write a product and its first price into the catalog
    Add(Box<ProductAddArgs>),
    /// List the products
    ///
    /// The catalog's, each with its latest version in the ledger and whether that is what the catalog says (applied),
    /// something else (changed), or nothing yet (new); then those that the ledger alone has.
    #[command(after_long_help = "Examples:\n  drawdown product list")]
    List,
    /// Show one product's prices
    #[command(after_long_help = "\
Examples:
  drawdown product show studio
  drawdown product show studio@1")]
    Show(ProductShowArgs),
}

/// Which product.
#[derive(Debug, Args)]
pub struct ProductShowArgs {
    /// The product's code, and its version when not the latest.
    #[arg(value_name = "PRODUCT[@VERSION]")]
    pub product: ProductRef,
}

/// The commands of `price`.
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
    #[arg(value_name = "PRODUCT[@VERSION]")]
    pub product: Option<ProductRef>,
}

/// What `quote` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown quote studio image_generated model=gli-2 quality=hd
  drawdown quote studio response_completed model=gpt-5.1 input_tokens=1200 --format json")]
pub struct QuoteArgs {
    /// The product's code, and its version when not the latest.
    #[arg(value_name = "PRODUCT[@VERSION]")]
    pub product: ProductRef,
    /// What happened, as prices name it.
    #[arg(value_name = "EVENT_TYPE")]
    pub event_type: String,
    /// The event's data: dimensions and volumes.
    #[arg(value_name = "KEY=VALUE")]
    pub data: Vec<KeyValue>,
    /// When it would happen [default: now]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
}
