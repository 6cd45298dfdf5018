//! What a subscription waits for whose renewal the wallet could not pay, and the command that mends it.

use crate::billing::{Engine, LapseFact, Life};
use crate::money::{Asset, AssetKind, Rounding, decimal_of, minor_step, round_product};
use crate::time::Instant;
use serde::Serialize;

/// What a past due subscription waits for. Amounts are decimals of the asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PastDue {
    /// The product's code.
    pub product: String,
    /// Since when.
    pub since: Instant,
    /// What was short.
    pub asset: String,
    /// What the renewal needs.
    pub needed: String,
    /// What the account can give.
    pub available: String,
    /// The command that pays for it.
    pub command: String,
}

impl PastDue {
    /// What an unpaid renewal of a customer still waits for.
    pub fn new(engine: &Engine, life: &Life, customer: &str, lapse: &LapseFact) -> Self {
        let asset = engine.asset(lapse.asset);
        let available = life.available(lapse.asset, life.clock).max(0);
        // A renewal may need more than one asset; then something is missing although this one suffices.
        let missing = lapse.needed.saturating_sub(available).max(1);
        Self {
            product: product_of(engine, life, lapse),
            since: lapse.at,
            asset: asset.code.clone(),
            needed: asset.format(lapse.needed),
            available: asset.format(available),
            command: command(engine, life.clock, customer, asset, missing),
        }
    }

    /// What the customer's products wait for.
    pub fn all(engine: &Engine, life: &Life, customer: &str) -> Vec<Self> {
        let open = life.past_due.iter().filter(|lapse| life.line_end(lapse.origin) > life.clock);
        open.map(|lapse| Self::new(engine, life, customer, lapse)).collect()
    }

    /// The same in a sentence.
    pub fn text(&self) -> String {
        let Self { product, since, asset, needed, available, command } = self;
        format!(
            "{product} is past due since {since}: its renewal needs {needed} {asset}, and {available} is available; \
             `{command}` pays for it"
        )
    }
}

/// The code of the product whose renewal lapsed.
pub(super) fn product_of(engine: &Engine, life: &Life, lapse: &LapseFact) -> String {
    let line = life.subscriptions.iter().rfind(|s| s.origin == lapse.origin && s.started_at <= lapse.at);
    line.map(|s| engine.version(s.version).product.clone()).unwrap_or_default()
}

/// The command that brings in `missing` units of an asset: a payment where money buys it, else a correction.
fn command(engine: &Engine, at: Instant, customer: &str, asset: &Asset, missing: i64) -> String {
    let customer = shell_word(customer);
    let code = &asset.code;
    let sources = asset.rates.iter().filter_map(|rate| asset.rate_at(&rate.source, at));
    let mut bought = sources.filter_map(|rate| {
        let money = engine.book.asset(&rate.source).ok().filter(|asset| is_currency(asset))?;
        let units = decimal_of(missing, asset.precision);
        let price = if rate.inverse {
            round_product(&[units], &[rate.value], money.precision, Rounding::Up)
        } else {
            round_product(&[units, rate.value], &[], money.precision, Rounding::Up)
        };
        Some((money, price.ok()?))
    });
    if is_currency(asset) {
        format!("drawdown topup {customer} {} {code}", payable(asset, missing))
    } else if let Some((money, price)) = bought.next() {
        format!("drawdown topup {customer} {} {} --to {code}", payable(money, price), money.code)
    } else {
        format!("drawdown adjust {customer} {} {code} --reason other", asset.format(missing))
    }
}

fn is_currency(asset: &Asset) -> bool {
    matches!(asset.kind, AssetKind::Currency { .. })
}

/// The least payment that is not less, as text.
fn payable(currency: &Asset, units: i64) -> String {
    let step = minor_step(currency.precision, currency.payment_digits());
    let whole = i128::from(units).div_euclid(i128::from(step)) + i128::from(units % step != 0);
    currency.format(whole * i128::from(step))
}

/// A customer's id as a shell takes it.
fn shell_word(name: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "._-@+:/".contains(c);
    if !name.is_empty() && name.chars().all(is_plain) && !name.starts_with('-') {
        return name.to_owned();
    }
    // A quote ends the quoted part, stands for itself, and begins the next one.
    format!("'{}'", name.replace('\'', "'\\''"))
}
