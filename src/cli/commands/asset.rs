//! `drawdown asset`.

use crate::billing::{Engine, Facts, Life, MoneyError, NewTopup};
use crate::catalog::Catalog;
use crate::catalog::edit::Under;
use crate::cli::add::{FileFlag, Files, Flags, New, OfAsset, Wanted, questions, tables};
use crate::cli::amount::no_amount;
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::value::code;
use crate::ids::CustomerId;
use crate::money::{Amount, Asset, AssetKind, Book, ConvertError, Rate, parse_units};
use crate::render::{Cell, Column, Table, View};
use crate::time::{Instant, Interval};
use clap::{Args, Subcommand};
use serde::Serialize;
use std::collections::BTreeSet;

/// List, show and add assets, and see what money buys
///
/// Reads the catalog, or the ledger if there is no catalog.
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
    /// Show what an amount of money would buy
    #[command(after_long_help = "\
Examples:
  drawdown asset quote 20 USD CREDIT
  drawdown asset quote 20 USD CREDIT --at 2026-07-01")]
    Quote(AssetQuoteArgs),
}

/// What is written into the catalog.
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

/// Which asset is shown.
#[derive(Debug, Args)]
pub struct AssetShowArgs {
    /// The asset's code, such as USD or CREDIT.
    #[arg(value_name = "ASSET", add = candidates::assets())]
    pub asset: String,
}

/// What is paid, for what, and when.
#[derive(Debug, Args)]
pub struct AssetQuoteArgs {
    /// What would be paid.
    #[arg(value_name = "AMOUNT", allow_negative_numbers = true)]
    pub amount: String,
    /// The currency it would be paid in.
    #[arg(value_name = "CURRENCY", add = candidates::assets())]
    pub currency: String,
    /// The asset that would be bought.
    #[arg(value_name = "ASSET", add = candidates::assets())]
    pub asset: String,
    /// The time whose rate is used [default: now]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
}

#[derive(Serialize)]
struct Assets {
    assets: Vec<AssetLine>,
}

#[derive(Serialize)]
struct AssetLine {
    code: String,
    name: String,
    kind: &'static str,
    precision: u8,
    /// Decimals of a payment.
    payment_digits: u8,
    rounding: &'static str,
    symbol: Option<String>,
    label: Option<String>,
    rates: Vec<RateLine>,
    expires_after: Option<String>,
    overdraft_limit: Option<String>,
}

#[derive(Serialize)]
struct RateLine {
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inverse_rate: Option<String>,
    valid_from: Option<Instant>,
}

/// What a payment would buy.
#[derive(Serialize)]
struct Bought {
    at: Instant,
    paid: Amount,
    currency: String,
    amount: Amount,
    asset: String,
    expires_at: Option<Instant>,
}

pub(super) fn run(command: &AssetCommand, context: &Context) -> Outcome {
    match command {
        AssetCommand::Add(args) => add(args, context),
        AssetCommand::List => list(context),
        AssetCommand::Show(args) => show(args, context),
        AssetCommand::Quote(args) => quote(args, context),
    }
}

fn add(args: &AssetAddArgs, context: &Context) -> Outcome {
    let files = Files::open(context)?;
    let file = files.file(args.file.file.as_deref())?;
    let given = Wanted { code: args.code.clone(), flags: args.flags.given.clone(), ..Wanted::default() };
    let missing = |wanted: &Wanted| tables::missing_of_asset(wanted.code.as_deref(), &wanted.flags);
    let (wanted, asked) = given.completed(&files, questions::asset, missing)?;
    let code = wanted.code.as_deref().unwrap_or_default();
    let new = New { kind: "asset", code, name: wanted.flags.get("name").unwrap_or(code) };
    files.add(new, file, Under::Root("asset"), &tables::asset(code, &wanted.flags), asked)
}

fn list(context: &Context) -> Outcome {
    let catalog = context.offer()?;
    let book = book(&catalog);
    let lines = used(&catalog).into_iter().filter_map(|code| book.asset(code).ok()).map(asset_line);
    let data = Assets { assets: lines.collect() };
    context.out.data("asset list", &data, || table(&data.assets).into())?;
    Ok(Exit::Done)
}

fn show(args: &AssetShowArgs, context: &Context) -> Outcome {
    let catalog = context.offer()?;
    let data = asset_line(asset(&book(&catalog), &catalog, &args.asset)?);
    context.out.data("asset show", &data, || facts(&data).into())?;
    Ok(Exit::Done)
}

fn quote(args: &AssetQuoteArgs, context: &Context) -> Outcome {
    let catalog = context.offer()?;
    let at = context.at(args.at)?;
    let mut engine = Engine::of_catalog(&catalog);
    if let Some(meant) = reordered(args, &engine.book) {
        let failure = Failure::usage("the amount comes first, then the currency, then the asset that it buys");
        return Err(failure.with_help(meant));
    }
    let currency = asset(&engine.book, &catalog, &args.currency)?.clone();
    let target = asset(&engine.book, &catalog, &args.asset)?.clone();
    let paid = parse_units(&args.amount, currency.precision).map_err(|error| {
        let why = no_amount(error, &currency, currency.payment_digits());
        Failure::usage(format!("the amount {:?}: {why}", args.amount))
    })?;
    let id = |code: &str| engine.asset_id(code).ok_or_else(|| Failure::bug(format!("{code} has no number")));
    let new = NewTopup { key: String::new(), at, currency: id(&currency.code)?, paid, target: id(&target.code)? };
    // The very purchase that `topup` would make, by somebody who is forgotten at once.
    let mut facts = Facts::default();
    engine.top_up(&mut Life::new(CustomerId::FIRST), new, &mut facts).map_err(|error| not_bought(&error, &target))?;
    let [lot] = facts.lots.as_slice() else { return Err(Failure::bug("a payment that buys no lot")) };
    let data = Bought {
        at,
        paid: currency.amount(paid),
        currency: currency.code,
        amount: target.amount(lot.amount),
        asset: target.code,
        expires_at: lot.expires_at,
    };
    context.out.data_with_rows("asset quote", &data, || bought_view(&data), || bought_table(&data))?;
    Ok(Exit::Done)
}

/// The command as it was meant, where its words stand in another order: what buys and what is bought follow from the rates.
fn reordered(args: &AssetQuoteArgs, book: &Book) -> Option<String> {
    let is_number = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let words = [&args.amount, &args.currency, &args.asset].map(String::as_str);
    let mut numbers = words.into_iter().filter(|word| is_number(word));
    let (Some(amount), None) = (numbers.next(), numbers.next()) else { return None };
    let mut others = words.into_iter().filter(|word| !is_number(word));
    let (first, second) = (others.next()?, others.next()?);
    let buys = |currency: &str, target: &str| {
        book.asset(target).is_ok_and(|target| target.rates.iter().any(|rate| rate.source == currency))
    };
    let is_currency = |code: &str| Asset::currency(code).is_some();
    let is_turned = buys(second, first) || is_currency(second) && !is_currency(first);
    let (currency, target) = if is_turned && !buys(first, second) { (second, first) } else { (first, second) };
    (words != [amount, currency, target]).then(|| format!("`drawdown asset quote {amount} {currency} {target}`"))
}

fn not_bought(error: &MoneyError, target: &Asset) -> Failure {
    let failure = Failure::refused("not_bought", error.to_string());
    match error {
        MoneyError::Convert(ConvertError::NoRate { .. }) if !target.rates.is_empty() => {
            let rates: Vec<String> = target.rates.iter().map(|rate| rate_line(rate).text()).collect();
            failure.with_help(format!("{} has these rates: {}", target.code, rates.join(", ")))
        }
        _ => failure,
    }
}

fn book(catalog: &Catalog) -> Book {
    Book::new(catalog.terms.reporting_currency.clone(), catalog.terms.assets.clone())
}

/// An asset that a command names: one that is used, or any currency.
fn asset<'b>(book: &'b Book, catalog: &Catalog, code: &str) -> Result<&'b Asset, Failure> {
    book.asset(code).map_err(|_| Failure::unknown("unknown_asset", "asset", code, used(catalog)))
}

/// The assets that matter here out of all there are: declared ones, and currencies that something is priced or paid in.
fn used(catalog: &Catalog) -> BTreeSet<&str> {
    let terms = &catalog.terms;
    let declared = terms.assets.iter().map(|asset| &asset.code);
    let sources = terms.assets.iter().flat_map(|asset| asset.rates.iter().map(|rate| &rate.source));
    let prices = catalog.products.iter().flat_map(|product| product.prices.iter().map(|price| &price.usage.asset));
    let paid = terms.auto_topups.iter().map(|rule| &rule.amount.asset);
    let all = std::iter::once(&terms.reporting_currency).chain(declared).chain(sources).chain(prices).chain(paid);
    all.map(String::as_str).collect()
}

fn asset_line(asset: &Asset) -> AssetLine {
    AssetLine {
        code: asset.code.clone(),
        name: asset.name.clone(),
        kind: if matches!(asset.kind, AssetKind::Custom) { "custom" } else { "currency" },
        precision: asset.precision,
        payment_digits: asset.payment_digits(),
        rounding: asset.rounding.name(),
        symbol: asset.symbol.clone(),
        label: asset.label.clone(),
        rates: asset.rates.iter().map(rate_line).collect(),
        expires_after: asset.expires_after.map(|Interval { unit, count }| format!("{count} {}", unit.name())),
        overdraft_limit: asset.overdraft_limit.map(|units| asset.format(units)),
    }
}

fn rate_line(rate: &Rate) -> RateLine {
    let value = Some(rate.value.to_string());
    let (rate_value, inverse_rate) = if rate.inverse { (None, value) } else { (value, None) };
    RateLine { source: rate.source.clone(), rate: rate_value, inverse_rate, valid_from: rate.valid_from }
}

impl RateLine {
    fn text(&self) -> String {
        let from = self.valid_from.map_or_else(String::new, |from| format!(" from {from}"));
        match (&self.rate, &self.inverse_rate) {
            (Some(rate), _) => format!("{rate} {}{from}", self.source),
            (None, Some(inverse)) => format!("{inverse} per 1 {}{from}", self.source),
            (None, None) => String::new(),
        }
    }
}

fn table(assets: &[AssetLine]) -> Table {
    let texts = ["code", "name", "kind", "rounding", "rates", "expires_after"].map(Column::text);
    let mut columns = texts.to_vec();
    columns.insert(3, Column::number("precision"));
    let mut table = Table::new(columns);
    for asset in assets {
        let rates: Vec<String> = asset.rates.iter().map(RateLine::text).collect();
        table.row(vec![
            asset.code.clone(),
            asset.name.clone(),
            asset.kind.to_owned(),
            asset.precision.to_string(),
            asset.rounding.to_owned(),
            rates.join("; "),
            asset.expires_after.clone().unwrap_or_default(),
        ]);
    }
    table
}

/// Everything about one asset. What it does not have is left out.
fn facts(asset: &AssetLine) -> Table {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut facts = vec![
        ("code", asset.code.clone()),
        ("name", asset.name.clone()),
        ("kind", asset.kind.to_owned()),
        ("precision", asset.precision.to_string()),
        ("payment_digits", asset.payment_digits.to_string()),
        ("rounding", asset.rounding.to_owned()),
        ("symbol", text(&asset.symbol)),
        ("label", text(&asset.label)),
        ("expires_after", text(&asset.expires_after)),
        ("overdraft_limit", text(&asset.overdraft_limit)),
    ];
    facts.extend(asset.rates.iter().map(|rate| ("rate", rate.text())));
    let mut table = Table::new(["property", "value"].map(Column::text).to_vec());
    for (name, value) in facts.into_iter().filter(|(_, value)| !value.is_empty()) {
        table.row(vec![name.to_owned(), value]);
    }
    table
}

fn bought_view(bought: &Bought) -> View {
    let Bought { at, paid, currency, amount, asset, expires_at } = bought;
    let life = expires_at.map_or_else(String::new, |until| format!(", good until {until}"));
    View::new().line(format!("{paid} {currency} buys {amount} {asset} at {at}{life}"))
}

fn bought_table(bought: &Bought) -> Table {
    let [at, currency, asset, expires_at] = ["at", "currency", "asset", "expires_at"].map(Column::text);
    let [paid, amount] = ["paid", "amount"].map(Column::number);
    let mut table = Table::new(vec![at, paid, currency, amount, asset, expires_at]);
    table.row([
        Cell::from(bought.at),
        bought.paid.into(),
        (&bought.currency).into(),
        bought.amount.into(),
        (&bought.asset).into(),
        bought.expires_at.into(),
    ]);
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tables::ASSET;
    use crate::money::Units;
    use crate::render::csv;
    use crate::time::Unit;

    #[test]
    fn every_key_of_an_asset_is_shown() {
        let usd = Asset::currency("USD").unwrap();
        let rate = Rate { source: "EUR".to_owned(), value: 2.into(), inverse: false, valid_from: None };
        let asset = Asset {
            symbol: Some("$".to_owned()),
            label: Some("dollars".to_owned()),
            rates: vec![rate],
            expires_after: Some(Interval { unit: Unit::Year, count: 1 }),
            overdraft_limit: Some(Units::from_count(1)),
            ..usd
        };
        let line = asset_line(&asset);
        let json = serde_json::to_value(&line).unwrap();
        let shown = csv(&facts(&line)).unwrap().replace("\nrate,", "\nrates,");
        for key in ASSET.keys().map(|key| key.name) {
            assert!(!json[key].is_null(), "{key} in {json}");
            assert!(shown.contains(&format!("\n{key},")), "{key} in {shown}");
        }
    }
}
