//! What `init` takes.

use super::template::Template;
use crate::cli::advice::Units;
use crate::cli::candidates;
use crate::cli::value::{code, currency, unit_code};
use clap::Args;
use std::path::PathBuf;

/// Make a workspace: a commented catalog and an empty ledger
///
/// On a terminal it asks the questions of `drawdown guide` and for the few names it needs; Esc goes back, and nothing
/// is written before the last answer. With --template and --yes, or without a terminal, it asks nothing. Existing files
/// are never overwritten.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = "\
Examples:
  drawdown init
  drawdown init --template prepaid
  drawdown init --template usage-pools
  drawdown init billing --template hybrid --product team \\
      --currency EUR --asset TOKEN --yes")]
pub struct InitArgs {
    /// The folder, created if missing.
    #[arg(value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,
    /// The catalog to start from [default: asked for, after the questions of `drawdown guide`]
    #[arg(long, value_name = "TEMPLATE")]
    pub template: Option<Template>,
    /// What balances are kept in [default: the template's, fiat, or custom with --asset]
    #[arg(long, value_name = "UNITS")]
    pub units: Option<Units>,
    /// The product's code, as in `subscribe acme PRODUCT` [default: the template's]
    #[arg(long, value_name = "PRODUCT", value_parser = code)]
    pub product: Option<String>,
    /// The currency that prices and reports are in [default: USD]
    #[arg(long, value_name = "CURRENCY", add = candidates::currencies(), value_parser = currency)]
    pub currency: Option<String>,
    /// The code of the custom unit [default: the template's]
    #[arg(long, value_name = "ASSET", value_parser = unit_code)]
    pub asset: Option<String>,
}
