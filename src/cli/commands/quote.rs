//! `drawdown quote`.

use crate::catalog::{Catalog, DimensionValue, Price, Product, TierPeriod, UsagePrice, closest, quoted, words};
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::trial::{Fee, Owed, Trial};
use crate::cli::value::{KeyValue, ProductRef};
use crate::ids::VersionNumber;
use crate::money::{Amount, Asset, Book, Decimal, Precise, Rounding, Value, decimal_of, muldiv_wide};
use crate::rating::{Quantity, row_candidates};
use crate::render::{Cell, Column, Table, View};
use crate::time::Instant;
use crate::usage::UsageEvent;
use clap::Args;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Show what one event would cost
///
/// Rates the event as a customer's first, from the catalog alone: no customer or ledger is needed. `studio@2` is
/// version 2 in the ledger. Also shows what the vendors would charge, and what is left. Exits 1 if no price applies,
/// and says why.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown quote studio image_generated model=gli-2 quality=hd
  drawdown quote studio response_completed model=gpt-5.1 \\
      input_tokens=1200 --format json")]
pub struct QuoteArgs {
    /// The product's code, and its version if not the latest.
    #[arg(value_name = "PRODUCT[@VERSION]", add = candidates::products())]
    pub product: ProductRef,
    /// The type of event, as prices name it.
    #[arg(value_name = "EVENT_TYPE", add = candidates::event_types())]
    pub event_type: String,
    /// The event's data: dimensions and volumes.
    #[arg(value_name = "KEY=VALUE")]
    pub data: Vec<KeyValue>,
    /// When it would happen [default: now]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
}

#[derive(Serialize)]
struct Data {
    product: String,
    version: Option<VersionNumber>,
    event_type: String,
    at: Instant,
    fees: Vec<FeeLine>,
    /// What `value`, `cost`, `profit` and the costs are in.
    currency: String,
    /// All fees at their assets' rates; nothing when one has no rate.
    value: Option<Amount>,
    costs: Vec<CostLine>,
    cost: Option<Amount>,
    profit: Option<Amount>,
    margin: Option<Decimal>,
    /// What else the fees hang on, and what else a subscription pays and gets.
    notes: Vec<String>,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct FeeLine {
    price: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<String>,
    asset: String,
    amount: Amount,
    value: Option<Amount>,
    quantity: String,
    dimensions: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct CostLine {
    vendor: String,
    amount: Amount,
}

pub(super) fn run(args: &QuoteArgs, context: &Context) -> Outcome {
    let catalog = context.offer_of(&args.product)?;
    // `offer_of` leaves exactly the product that was asked for.
    let [product] = catalog.products.as_slice() else { return Err(Failure::bug("not one product")) };
    let event = event(args, context.at(args.at)?)?;
    let mut trial = Trial::new(&catalog);
    let owed = trial.owed(product, &event).map_err(|problem| Failure::refused("bad_event", problem.to_string()))?;
    let data = answer(args, &event, &owed, &catalog, &trial.engine.book)?;
    if !context.out.prints_value() {
        data.warnings.iter().for_each(|warning| context.out.warn(warning));
    }
    context.out.data_with_rows("quote", &data, || view(&data), || table(&data))?;
    Ok(if data.fees.is_empty() { Exit::Refused } else { Exit::Done })
}

fn event(args: &QuoteArgs, at: Instant) -> Result<UsageEvent, Failure> {
    let mut event = UsageEvent {
        id: "quote".to_owned(),
        customer: "quote".to_owned(),
        event_type: args.event_type.clone(),
        occurred_at: at,
        subject: None,
        data: BTreeMap::new(),
        costs: Vec::new(),
    };
    for field in &args.data {
        let taken = event.set(&field.key, &field.value);
        taken.map_err(|fault| Failure::refused("bad_event", fault.to_string()))?;
    }
    Ok(event)
}

fn answer(
    args: &QuoteArgs,
    event: &UsageEvent,
    owed: &Owed<'_>,
    catalog: &Catalog,
    book: &Book,
) -> Result<Data, Failure> {
    let reporting = book.asset(&book.reporting_currency).map_err(|error| Failure::bug(error.to_string()))?;
    let values: Vec<Option<Value>> = owed.fees.iter().map(|fee| value(fee, book, event.occurred_at)).collect();
    let total = if values.is_empty() { None } else { values.iter().copied().try_fold(Value::ZERO, add) };
    let costs = owed.costs.iter().map(|(vendor, amount)| (vendor.clone(), *amount));
    let cost = (!owed.costs.is_empty()).then(|| costs.clone().map(|(_, cost)| cost).sum::<Precise>());
    let worth = total.map(|total| Precise::of_values(total, reporting.precision));
    let profit = worth.zip(cost).map(|(worth, cost)| worth - cost);
    let amount = |value: Option<Value>| value.map(|value| reporting.amount(value));
    let lines = owed.fees.iter().zip(&values).map(|(fee, value)| fee_line(fee, amount(*value)));
    Ok(Data {
        product: args.product.code.clone(),
        version: args.product.version,
        event_type: event.event_type.clone(),
        at: event.occurred_at,
        fees: lines.collect(),
        currency: reporting.code.clone(),
        value: amount(total),
        costs: costs.map(|(vendor, amount)| CostLine { vendor, amount: reporting.precise(amount) }).collect(),
        cost: cost.map(|cost| reporting.precise(cost)),
        profit: profit.map(|profit| reporting.precise(profit)),
        margin: profit.zip(worth).and_then(|(profit, worth)| margin(profit, worth)),
        notes: notes(owed, catalog, book),
        warnings: warnings(event, owed, catalog),
    })
}

fn add(sum: Value, more: Option<Value>) -> Option<Value> {
    sum.checked_add(more?)
}

/// The fee at its asset's rate.
fn value(fee: &Fee<'_>, book: &Book, at: Instant) -> Option<Value> {
    book.value(decimal_of(fee.amount, fee.asset.precision), &fee.asset.code, at).ok()
}

/// Profit by list value, as a fraction with four decimals; nothing where the value is nothing.
fn margin(profit: Precise, worth: Precise) -> Option<Decimal> {
    let units = muldiv_wide(profit.count(), 10_000, worth.count(), Rounding::HalfEven)?;
    Some(Decimal::try_from_i128_with_scale(units, 4).ok()?.normalize())
}

fn fee_line(fee: &Fee<'_>, value: Option<Amount>) -> FeeLine {
    FeeLine {
        price: fee.price.name.clone(),
        row: fee.row.name.clone(),
        asset: fee.asset.code.clone(),
        amount: fee.asset.amount(fee.amount),
        value,
        quantity: fee.quantity.to_string(),
        dimensions: fee.dimensions().map(|(name, value)| (name.to_owned(), value.into_owned())).collect(),
    }
}

/// What a quote of one event does not show: the tiers that further events reach, what is charged when the balance is not
/// enough, and what a subscription pays and gets whatever its usage.
fn notes(owed: &Owed<'_>, catalog: &Catalog, book: &Book) -> Vec<String> {
    let mut notes = Vec::new();
    for fee in &owed.fees {
        let (name, usage) = (fee.row.name.as_ref().unwrap_or(&fee.price.name), &fee.price.usage);
        if !fee.row.tiers.is_empty() {
            let tiers = words::tiers(&fee.row.tiers, &usage.asset, book);
            notes.push(format!("{name}: {tiers} ({}); {}", usage.pricing_model.name(), counted(usage)));
        }
        if let Some(overage) = &usage.overage {
            let rate = words::overage(overage);
            notes.push(format!("{name}: each {} that the balance lacks is charged as {rate}", usage.asset));
        }
    }
    for product in &catalog.products {
        let fixed = product.fixed_prices.iter().map(|price| (&price.name, words::fixed_price(price, book)));
        let granted = product.entitlements.iter().map(|e| (&e.name, words::entitlement(e, book)));
        notes.extend(fixed.map(|(name, text)| format!("a subscription pays {text} ({name})")));
        notes.extend(granted.map(|(name, text)| format!("a subscription gets {text} ({name})")));
    }
    notes
}

/// Which of its period's events the quoted one is.
fn counted(usage: &UsagePrice) -> String {
    match usage.tier_period {
        TierPeriod::Lifetime => "this is the first event of all".to_owned(),
        TierPeriod::Event => "every event is rated by itself".to_owned(),
        other => format!("this is the first event of its {}", other.name()),
    }
}

/// Everything that may not be as meant: prices that make no fee of the event, and data that nothing asks for.
fn warnings(event: &UsageEvent, owed: &Owed<'_>, catalog: &Catalog) -> Vec<String> {
    let [product] = catalog.products.as_slice() else { return Vec::new() };
    let own: Vec<&Price> = product.prices.iter().filter(|p| p.usage.event_type == event.event_type).collect();
    if own.is_empty() {
        return vec![no_price(event, product)];
    }
    let without_fee = own.iter().filter(|price| owed.fees.iter().all(|fee| fee.price.name != price.name));
    let mut warnings: Vec<String> = without_fee.map(|price| no_fee(price, event)).collect();
    warnings.extend(owed.fees.iter().filter_map(less_than_a_unit));
    let without_rate = owed.fees.iter().filter(|fee| fee.asset.rates.is_empty() && !is_currency(&fee.asset));
    let without_rate: BTreeSet<&str> = without_rate.map(|fee| fee.asset.code.as_str()).collect();
    let no_rate = |code| format!("{code} has no rate, so what it is worth is unknown; add `rates` to its [[asset]]");
    warnings.extend(without_rate.into_iter().map(no_rate));
    warnings.extend(unasked(event, &own, catalog));
    warnings
}

fn is_currency(asset: &Asset) -> bool {
    matches!(asset.kind, crate::money::AssetKind::Currency { .. })
}

fn no_price(event: &UsageEvent, product: &Product) -> String {
    let types: BTreeSet<&str> = product.prices.iter().map(|price| price.usage.event_type.as_str()).collect();
    let help = match closest(&event.event_type, types.iter().copied()) {
        _ if types.is_empty() => "it charges for no event at all".to_owned(),
        Some(close) => format!("did you mean {}?", quoted(close)),
        None => format!("it has prices for {}", listed(types.into_iter().map(quoted))),
    };
    format!("{} has no price for the event type {}; {help}", quoted(&product.code), quoted(&event.event_type))
}

/// Why a price of the event's type makes no fee of it.
fn no_fee(price: &Price, event: &UsageEvent) -> String {
    let value_of = |name: &str| event.data.get(name).map(String::as_str);
    let fits = row_candidates(&price.usage, value_of).iter().any(|row| row.ruled_out_by.is_none());
    let has_volume = price.usage.volume_fields().any(|field| event.data.contains_key(field));
    let why = match &price.usage.volume_field {
        _ if !fits => {
            let dimensions = price.usage.billable_dimensions.iter();
            let values = dimensions.enumerate().map(|(index, name)| dimension(price, index, name, value_of(name)));
            format!("has no row that fits: {}", values.collect::<Vec<_>>().join(", "))
        }
        Some(sum) if !has_volume => {
            let field = sum.fields().next().unwrap_or_default();
            format!("counts {}, which the event does not have; add {field}=NUMBER", quoted(&sum.to_string()))
        }
        _ => "counts a volume that is below zero".to_owned(),
    };
    format!("the price {} makes no fee: it {why}", quoted(&price.name))
}

/// Why something that has a price may owe nothing.
fn less_than_a_unit(fee: &Fee<'_>) -> Option<String> {
    let row = fee.row;
    let first_tier = row.tiers.first().map(|tier| tier.price);
    let free = [row.unit_price, row.volume_rate, first_tier].into_iter().flatten().all(|price| price.is_zero());
    if !fee.amount.is_zero() || free || (fee.quantity == Quantity::default()) {
        return None;
    }
    let (price, asset) = (quoted(&fee.price.name), &fee.asset.code);
    Some(format!(
        "{price} is less than the smallest amount of {asset}; it is charged once further events make that whole"
    ))
}

/// The event's value of a dimension, and the values that rows have when it is none of them.
fn dimension(price: &Price, index: usize, name: &str, value: Option<&str>) -> String {
    let of_rows = || price.usage.rows.iter().map(|row| row.dimensions.get(index).and_then(Option::as_ref));
    let known: BTreeSet<&DimensionValue> = of_rows().flatten().collect();
    let any = of_rows().any(|wanted| wanted.is_none());
    let shown = value.map_or_else(|| format!("{name} is missing"), |value| format!("{name} is {}", quoted(value)));
    if any || value.is_some_and(|value| known.iter().any(|wanted| wanted.equals(value))) {
        return shown;
    }
    let known: Vec<String> = known.iter().map(|wanted| wanted.as_text().into_owned()).collect();
    match value.and_then(|value| closest(value, known.iter().map(String::as_str))) {
        Some(close) => format!("{shown} (did you mean {}?)", quoted(close)),
        None => format!("{shown} (there is {})", listed(known.iter().map(|value| quoted(value)))),
    }
}

/// Data that neither a price of the product nor a cost rule asks for: often a slip of the pen.
fn unasked(event: &UsageEvent, own: &[&Price], catalog: &Catalog) -> Vec<String> {
    let rules = catalog.terms.vendors.iter().flat_map(|vendor| &vendor.costs);
    let rules = rules.filter(|rule| rule.event_type == event.event_type);
    let usages = own.iter().map(|price| &price.usage).chain(rules);
    let asked: BTreeSet<&str> = usages.flat_map(UsagePrice::fields).collect();
    let unasked = event.data.keys().filter(|key| !asked.contains(key.as_str()));
    let warning = |key: &String| {
        let free = asked.iter().copied().filter(|name| !event.data.contains_key(*name));
        let help = closest(key, free).map_or_else(String::new, |close| format!("; did you mean {}?", quoted(close)));
        format!("no price or cost asks for {}{help}", quoted(key))
    };
    unasked.map(warning).collect()
}

/// A few of many.
fn listed(names: impl Iterator<Item = String>) -> String {
    const MOST: usize = 8;
    let mut names: Vec<String> = names.collect();
    if names.len() > MOST {
        let more = names.len() - MOST;
        names.truncate(MOST);
        names.push(format!("and {more} more"));
    }
    names.join(", ")
}

fn view(data: &Data) -> View {
    if data.fees.is_empty() {
        return View::new().line("no fee");
    }
    let mut view = View::new().table(table(data));
    let currency = &data.currency;
    if let (Some(cost), Some(profit)) = (&data.cost, &data.profit) {
        let vendors: Vec<&str> = data.costs.iter().map(|cost| cost.vendor.as_str()).collect();
        let percent = |margin: Decimal| (margin * Decimal::ONE_HUNDRED).normalize();
        let margin = data.margin.map(|margin| format!(" ({}%)", percent(margin)));
        let (vendors, margin) = (vendors.join(", "), margin.unwrap_or_default());
        view = view.line("").line(format!("cost   {cost} {currency} ({vendors})"));
        view = view.line(format!("profit {profit} {currency}{margin}, when paid at the list value"));
    }
    if !data.notes.is_empty() {
        view = view.line("");
    }
    data.notes.iter().fold(view, |view, note| view.line(note))
}

fn table(data: &Data) -> Table {
    let [price, dimensions, asset] = ["price", "dimensions", "asset"].map(Column::text);
    let [quantity, amount, value] = ["quantity", "amount", "value"].map(Column::number);
    let mut table = Table::new(vec![price, dimensions, quantity, amount, asset, value]);
    for fee in &data.fees {
        let dimensions: Vec<String> = fee.dimensions.iter().map(|(name, value)| format!("{name}={value}")).collect();
        table.row([
            Cell::from(fee.row.as_ref().unwrap_or(&fee.price)),
            dimensions.join(" ").into(),
            (&fee.quantity).into(),
            fee.amount.into(),
            (&fee.asset).into(),
            fee.value.into(),
        ]);
    }
    if let (Some(value), 2..) = (data.value, data.fees.len()) {
        let mut total = vec![Cell::Empty; 6];
        (total[0], total[5]) = (format!("total in {}", data.currency).into(), value.into());
        table.total(total);
    }
    table
}
