//! What a subscription waits for whose renewal the wallet could not pay, and what mends it.

use crate::billing::{Engine, LapseFact, Life};
use crate::money::{Amount, Asset, AssetKind, Rounding, Total, Units, decimal_of, minor_step, round_product};
use crate::time::Instant;
use serde::Serialize;

/// What a past due subscription waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PastDue {
    /// The product's code.
    pub product: String,
    /// When the renewal was due.
    pub since: Instant,
    /// The code of the asset that was short.
    pub asset: String,
    /// What the renewal needs.
    pub needed: Amount,
    /// What the account can give.
    pub available: Amount,
    /// What pays for it.
    #[serde(rename = "command")]
    pub remedy: Remedy,
}

/// What brings in what is missing. Its words, a command, are [`crate::render`]'s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// A payment into the wallet.
    TopUp {
        /// The customer's external id.
        customer: String,
        /// How much is to be paid.
        paid: Amount,
        /// The currency's code.
        currency: String,
        /// What it buys, perhaps the currency itself.
        asset: String,
    },
    /// A correction, where no money buys it.
    Adjust {
        /// The customer's external id.
        customer: String,
        /// How much is missing.
        amount: Amount,
        /// The asset's code.
        asset: String,
    },
}

impl PastDue {
    /// What an unpaid renewal of a customer still waits for.
    pub fn new(engine: &Engine, life: &Life, customer: &str, lapse: &LapseFact) -> Self {
        let asset = engine.asset(lapse.asset);
        let available = life.available(lapse.asset, life.clock).max(Units::ZERO);
        // A renewal may need more than one asset; then something is missing although this one suffices.
        let missing = (lapse.needed - available).max(Units::from_count(1));
        Self {
            product: product_of(engine, life, lapse).expect("a life is loaded only when its lapses have subscriptions"),
            since: lapse.at,
            asset: asset.code.clone(),
            needed: asset.amount(lapse.needed),
            available: asset.amount(available),
            remedy: remedy(engine, life.clock, customer, asset, missing),
        }
    }

    /// What the customer's products wait for.
    pub fn all(engine: &Engine, life: &Life, customer: &str) -> Vec<Self> {
        let open = life.past_due.iter().filter(|lapse| life.line_end(lapse.origin) > life.clock);
        open.map(|lapse| Self::new(engine, life, customer, lapse)).collect()
    }
}

/// The code of the product whose renewal lapsed; `None` where there is no such subscription.
pub(super) fn product_of(engine: &Engine, life: &Life, lapse: &LapseFact) -> Option<String> {
    life.lapsed(lapse).map(|own| engine.version(own.version).product.clone())
}

/// What brings in `missing` units of an asset: a payment where money buys it, else a correction.
fn remedy(engine: &Engine, at: Instant, customer: &str, asset: &Asset, missing: Units) -> Remedy {
    let customer = customer.to_owned();
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
    let payment = if is_currency(asset) { Some((asset, missing)) } else { bought.next() };
    let code = asset.code.clone();
    match payment {
        Some((money, price)) => {
            Remedy::TopUp { customer, paid: payable(money, price), currency: money.code.clone(), asset: code }
        }
        None => Remedy::Adjust { customer, amount: asset.amount(missing), asset: code },
    }
}

fn is_currency(asset: &Asset) -> bool {
    matches!(asset.kind, AssetKind::Currency { .. })
}

/// The least payment that is not less.
fn payable(currency: &Asset, units: Units) -> Amount {
    let step = minor_step(currency.precision, currency.payment_digits());
    let rest = i128::from(!units.is_multiple_of(step));
    let (units, step) = (i128::from(units), i128::from(step));
    currency.amount(Total::<Units>::from_count((units.div_euclid(step) + rest) * step))
}
