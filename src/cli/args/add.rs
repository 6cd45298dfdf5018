//! Commands that write into the catalog. What is left out is asked for on a terminal.

use super::{Money, Pairs, Span, TimedRate, code, number, row, tier};
use crate::catalog::TierPeriod;
use crate::money::Rounding;
use crate::usage::check_name;
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand, ValueEnum, ValueHint};
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
    /// The name people see [default: the code]
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub name: Option<String>,
    /// How many decimals amounts have, 0 to 9; a currency has 9
    #[arg(long, value_name = "DECIMALS", value_parser = number)]
    pub precision: Option<String>,
    /// How fees are rounded [default: half_even]
    #[arg(long, value_name = "HOW", value_parser = words(&Rounding::NAMES))]
    pub rounding: Option<String>,
    /// What stands for it in front of an amount, such as ★
    #[arg(long, value_name = "SYMBOL", value_parser = name)]
    pub symbol: Option<String>,
    /// What stands for it behind an amount, such as CR
    #[arg(long, value_name = "LABEL", value_parser = name)]
    pub label: Option<String>,
    /// The price of one unit, as in "0.05 USD"; another one later, as in "0.04 USD from 2026-07-01"
    #[arg(long, value_name = "RATE")]
    pub rate: Vec<TimedRate>,
    /// How long paid units last, as in "1 year" [default: for ever]
    #[arg(long, value_name = "TIME")]
    pub expires_after: Option<Span>,
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
    pub flags: PriceFlags,
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
    #[arg(value_name = "PRODUCT")]
    pub product: Option<String>,
    /// The price's name, which is on every fee.
    #[arg(value_name = "NAME", value_parser = name)]
    pub name: Option<String>,
    /// The price
    #[command(flatten)]
    pub flags: PriceFlags,
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
    pub usage: UsageFlags,
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
    #[arg(value_name = "VENDOR")]
    pub vendor: Option<String>,
    /// The rule
    #[command(flatten)]
    pub usage: UsageFlags,
}

/// Which file.
#[derive(Debug, Clone, Args)]
pub struct FileFlag {
    /// The file to write into, where the catalog is a folder [default: the only one, or the one with `[catalog]`]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: Option<PathBuf>,
}

/// Everything that can be said of a price.
#[derive(Debug, Clone, Default, Args)]
pub struct PriceFlags {
    /// What kind of price it is
    #[arg(long = "type", value_name = "TYPE")]
    pub kind: Option<PriceType>,
    /// What usage prices and costs have in common.
    #[command(flatten)]
    pub usage: UsageFlags,
    /// How quantities become fees [default: flat]
    #[arg(long, value_name = "MODEL", help_heading = "Usage-based prices")]
    pub pricing_model: Option<ModelFlag>,
    /// When quantities start anew [default: lifetime]
    #[arg(long, value_name = "PERIOD", help_heading = "Usage-based prices", value_parser = words(&TierPeriod::NAMES))]
    pub tier_period: Option<String>,
    /// One tier, as in up_to=1000,unit_price=0; the last has no up_to
    #[arg(long, value_name = "TIER", help_heading = "Usage-based prices", value_parser = tier)]
    pub tier: Vec<Pairs>,
    /// What one unit that the account can't cover costs instead, as in "0.06 USD"
    #[arg(long, value_name = "MONEY", help_heading = "Usage-based prices")]
    pub overage: Option<Money>,
    /// How often it is charged
    #[arg(long, value_name = "UNIT", help_heading = "Fixed prices")]
    pub interval: Option<IntervalFlag>,
    /// How many of these lie between two charges [default: 1]
    #[arg(long, value_name = "COUNT", help_heading = "Fixed prices", value_parser = number, requires = "interval")]
    pub interval_count: Option<String>,
    /// It is charged once, at the start
    #[arg(long, help_heading = "Fixed prices", conflicts_with = "interval")]
    pub one_time: bool,
    /// It is charged for each seat
    #[arg(long, help_heading = "Fixed prices")]
    pub per_seat: bool,
    /// Where it is taken from [default: payment]
    #[arg(long, value_name = "FROM", help_heading = "Fixed prices")]
    pub collection: Option<CollectionFlag>,
}

/// How events become fees, or costs.
#[derive(Debug, Clone, Default, Args)]
pub struct UsageFlags {
    /// What it is in: a currency, or a unit of your own
    #[arg(long, value_name = "ASSET")]
    pub asset: Option<String>,
    /// For one event, or of a fixed price
    #[arg(long, value_name = "AMOUNT", value_parser = number)]
    pub unit_price: Option<String>,
    /// The type of event
    #[arg(long, value_name = "EVENT_TYPE", help_heading = "Usage-based prices", value_parser = name)]
    pub event_type: Option<String>,
    /// What is counted
    #[arg(long, value_name = "TYPE", help_heading = "Usage-based prices")]
    pub usage_type: Option<UsageFlag>,
    /// The field of the event's data that holds the volume
    #[arg(long, value_name = "FIELD", help_heading = "Usage-based prices", value_parser = name)]
    pub volume_field: Option<String>,
    /// For one unit of volume, or for --package-size of them
    #[arg(long, value_name = "AMOUNT", help_heading = "Usage-based prices", value_parser = number)]
    pub volume_rate: Option<String>,
    /// How many units the price is for
    #[arg(long, value_name = "UNITS", help_heading = "Usage-based prices", value_parser = number)]
    pub package_size: Option<String>,
    /// The least that an event owes
    #[arg(long, value_name = "AMOUNT", help_heading = "Usage-based prices", value_parser = number)]
    pub min_amount: Option<String>,
    /// The most that an event owes
    #[arg(long, value_name = "AMOUNT", help_heading = "Usage-based prices", value_parser = number)]
    pub max_amount: Option<String>,
    /// The price of some events, as in model=gli-2,unit_price=12: what is not a number of a price is a dimension
    #[arg(long, value_name = "ROW", help_heading = "Usage-based prices", value_parser = row)]
    pub row: Vec<Pairs>,
}

impl UsageFlags {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        let texts = [&self.asset, &self.unit_price, &self.event_type, &self.volume_field, &self.volume_rate];
        let more = [&self.package_size, &self.min_amount, &self.max_amount];
        let all = || texts.iter().chain(&more);
        all().all(|text| text.is_none()) && self.usage_type.is_none() && self.row.is_empty()
    }
}

/// The kinds of prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum PriceType {
    /// Usage: events are charged as they happen
    #[value(alias = "usage-based")]
    UsageBased,
    /// Fixed: a flat charge, once or again and again
    Fixed,
}

/// What a usage price counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum UsageFlag {
    /// Every event is one
    Unit,
    /// A number in the event, such as its tokens
    Volume,
    /// Both: so much for the event, and so much for its volume
    UnitAndVolume,
}

/// How quantities become fees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum ModelFlag {
    /// Flat: the same for every unit
    Flat,
    /// Graduated: every unit at the price of its own tier
    Graduated,
    /// Volume: all units at the price of the tier that is reached
    Volume,
    /// Package: whole blocks of units
    Package,
}

/// How often a fixed price is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum IntervalFlag {
    /// Every month
    Month,
    /// Every year
    Year,
    /// Every quarter
    Quarter,
    /// Every week
    Week,
    /// Every day
    Day,
}

/// Where a fixed charge is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum CollectionFlag {
    /// A payment, in a currency
    Payment,
    /// The customer's balance
    Balance,
}

/// A catalog's own spellings.
fn words<T>(names: &[(&'static str, T)]) -> PossibleValuesParser {
    PossibleValuesParser::new(names.iter().map(|(name, _)| *name))
}

/// A name that people see, or that logs have.
///
/// # Errors
/// See [`check_name`].
pub fn name(text: &str) -> Result<String, String> {
    check_name("name", text).map(|()| text.to_owned()).map_err(|fault| fault.reason)
}
