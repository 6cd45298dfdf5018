//! From one asset into another, at the rate valid at an instant.

use super::{
    Asset, AssetKind, COST_PRECISION, CURRENCY_PRECISION, Cost, Exact, Overflow, Rounding, TooLarge, Units, Value,
    decimal_of, round_decimal, round_product, round_total,
};
use crate::time::Instant;
use rust_decimal::Decimal;
use smallvec::{SmallVec, smallvec};
use std::collections::BTreeMap;
use thiserror::Error;

/// The assets in force, by code, with the currency reports are in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Book {
    /// The currency that revenue and cost are told in.
    pub reporting_currency: String,
    reporting_precision: u8,
    assets: BTreeMap<String, Asset>,
}

/// Why an amount could not be converted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConvertError {
    /// Neither a currency nor declared.
    #[error("unknown asset {code}{}", .meant.as_ref().map(|meant| format!("; did you mean {meant}?")).unwrap_or_default())]
    UnknownAsset {
        /// The code that was given.
        code: String,
        /// The asset whose code differs in capitals or white space alone.
        meant: Option<String>,
    },
    /// No rate leads from one asset to the other at that time.
    #[error("no rate between {from} and {to} is valid at {at}; add one to `rates` of [[asset]] {from}")]
    NoRate {
        /// The asset to convert from.
        from: String,
        /// The asset to convert into.
        to: String,
        /// The instant at which a rate is missing.
        at: Instant,
    },
    /// What comes of it is more than can be counted.
    #[error(transparent)]
    TooLarge(Box<TooLarge>),
}

/// Why a cost could not be told in the reporting currency.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CostError {
    /// It can't be converted.
    #[error("its cost can't be converted: {0}")]
    Convert(#[from] ConvertError),
    /// It is more than a cost can be.
    #[error("the cost {amount} {code} is too large for the ledger (a cost is at most 1000000000000 {reporting})")]
    TooLarge {
        /// The cost, before it is converted.
        amount: Box<Exact>,
        /// What it is in.
        code: String,
        /// What it is converted into.
        reporting: String,
    },
}

/// How amounts of an asset become amounts of the reporting currency: what they are multiplied by, and divided by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversion {
    factors: SmallVec<[Decimal; 2]>,
    divisors: SmallVec<[Decimal; 2]>,
}

impl Conversion {
    /// A sum of products, divided and converted: exact, and rounded half to even to the decimals of a cost.
    ///
    /// # Errors
    /// When it is more than a cost can be, or a divisor is not positive.
    pub fn cost<T: AsRef<[Decimal]>>(&self, terms: &[T], divisor: Decimal) -> Result<Cost, Overflow> {
        let (terms, divisors) = self.fraction(terms, divisor);
        Cost::from_count(round_total::<i64, _>(&terms, &divisors, COST_PRECISION, Rounding::HalfEven)?.count())
    }

    /// The same without any rounding; `None` when a divisor is not positive.
    pub fn exact<T: AsRef<[Decimal]>>(&self, terms: &[T], divisor: Decimal) -> Option<Exact> {
        let (terms, divisors) = self.fraction(terms, divisor);
        Exact::new(&terms, &divisors)
    }

    fn fraction<T: AsRef<[Decimal]>>(&self, terms: &[T], divisor: Decimal) -> (Vec<Vec<Decimal>>, Vec<Decimal>) {
        let terms = terms.iter().map(|term| [term.as_ref(), &self.factors].concat());
        (terms.collect(), [&[divisor], &*self.divisors].concat())
    }
}

impl Book {
    /// A book of declared assets; currencies need no declaration.
    pub fn new(reporting_currency: String, declared: Vec<Asset>) -> Self {
        let mut assets: BTreeMap<_, _> = Asset::currencies().map(|a| (a.code.clone(), a)).collect();
        assets.extend(declared.into_iter().map(|a| (a.code.clone(), a)));
        let reporting_precision = assets.get(&reporting_currency).map_or(CURRENCY_PRECISION, |asset| asset.precision);
        Self { reporting_currency, reporting_precision, assets }
    }

    /// Decimals of the reporting currency, and so of every value.
    pub fn reporting_precision(&self) -> u8 {
        self.reporting_precision
    }

    /// The asset of that code: declared, or a built-in currency.
    ///
    /// # Errors
    /// [`ConvertError::UnknownAsset`].
    pub fn asset(&self, code: &str) -> Result<&Asset, ConvertError> {
        self.assets.get(code).ok_or_else(|| {
            let meant = self.codes().find(|known| known.eq_ignore_ascii_case(code.trim())).map(str::to_owned);
            ConvertError::UnknownAsset { code: code.to_owned(), meant }
        })
    }

    /// All assets, declared and built in, in the order of their codes.
    pub fn assets(&self) -> impl Iterator<Item = &Asset> {
        self.assets.values()
    }

    /// The codes of all assets, declared and built in, in their order.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.assets.keys().map(String::as_str)
    }

    /// What a payment of `paid` units of `source` buys of `target`: one for one in the same asset, otherwise paid / rate,
    /// rounded down to the target's precision.
    ///
    /// # Errors
    /// When the target has no rate in that source at `at`: a purchase never goes by a chain of rates.
    pub fn purchase(&self, paid: Units, source: &Asset, target: &Asset, at: Instant) -> Result<Units, ConvertError> {
        if source.code == target.code {
            return Ok(paid);
        }
        let rate = target.rate_at(&source.code, at).ok_or_else(|| ConvertError::NoRate {
            from: target.code.clone(),
            to: source.code.clone(),
            at,
        })?;
        let amount = decimal_of(paid, source.precision);
        let units = if rate.inverse {
            round_product(&[amount, rate.value], &[], target.precision, Rounding::Down)
        } else {
            round_product(&[amount], &[rate.value], target.precision, Rounding::Down)
        };
        let too_large = |Overflow| ConvertError::TooLarge(TooLarge::new(amount, &source.code, target).into());
        units.map_err(too_large)
    }

    /// What `amount` of `code` is worth in the reporting currency at `at`, rounded half to even.
    ///
    /// Goes by the asset's own rate, or the other side's, or through one currency between them.
    ///
    /// # Errors
    /// When no rate leads there, or the value does not fit.
    pub fn value(&self, amount: Decimal, code: &str, at: Instant) -> Result<Value, ConvertError> {
        let value = if code == self.reporting_currency {
            round_decimal(amount, self.reporting_precision, Rounding::HalfEven)
        } else {
            let Conversion { mut factors, divisors } = self.conversion(code, at)?;
            factors.push(amount);
            round_product(&factors, &divisors, self.reporting_precision, Rounding::HalfEven)
        };
        match value {
            Ok(value) => Ok(value),
            Err(Overflow) => {
                let reporting = self.asset(&self.reporting_currency)?;
                Err(ConvertError::TooLarge(TooLarge::new(amount, code, reporting).into()))
            }
        }
    }

    /// What `amount` of `code` costs us, in the reporting currency at `at`: exact, unless that has more decimals than a cost.
    ///
    /// # Errors
    /// When no rate leads there, or it is more than a cost can be.
    pub fn cost(&self, amount: Decimal, code: &str, at: Instant) -> Result<Cost, CostError> {
        let cost = if code == self.reporting_currency {
            Cost::rounded(amount)
        } else {
            self.conversion(code, at)?.cost(&[[amount]], Decimal::ONE)
        };
        cost.map_err(|Overflow| self.too_large(amount.into(), code))
    }

    /// The error of a cost that is more than one can be.
    pub fn too_large(&self, amount: Exact, code: &str) -> CostError {
        CostError::TooLarge { amount: amount.into(), code: code.to_owned(), reporting: self.reporting_currency.clone() }
    }

    /// How amounts of an asset become ones of the reporting currency at `at`.
    ///
    /// # Errors
    /// When no rate leads there.
    pub fn conversion(&self, code: &str, at: Instant) -> Result<Conversion, ConvertError> {
        let mut conversion = Conversion { factors: smallvec![], divisors: smallvec![] };
        if code == self.reporting_currency {
            return Ok(conversion);
        }
        let to = self.asset(&self.reporting_currency)?;
        let from = self.asset(code)?;
        let steps = self.path(from, to, at).ok_or_else(|| ConvertError::NoRate {
            from: from.code.clone(),
            to: to.code.clone(),
            at,
        })?;
        for step in steps {
            match step {
                Step::Multiply(rate) => conversion.factors.push(rate),
                Step::Divide(rate) => conversion.divisors.push(rate),
            }
        }
        Ok(conversion)
    }

    /// The steps that lead from one asset to another: directly, or through one currency between them.
    fn path(&self, from: &Asset, to: &Asset, at: Instant) -> Option<SmallVec<[Step; 2]>> {
        if let Some(step) = step(from, to, at) {
            return Some(smallvec![step]);
        }
        self.assets
            .values()
            .filter(|mid| matches!(mid.kind, AssetKind::Currency { .. }))
            .find_map(|mid| Some(smallvec![step(from, mid, at)?, step(mid, to, at)?]))
    }
}

/// What one rate does to an amount.
enum Step {
    Multiply(Decimal),
    Divide(Decimal),
}

/// The step from an asset to another, by the rate of either.
fn step(from: &Asset, to: &Asset, at: Instant) -> Option<Step> {
    if let Some(rate) = from.rate_at(&to.code, at) {
        return Some(if rate.inverse { Step::Divide(rate.value) } else { Step::Multiply(rate.value) });
    }
    let rate = to.rate_at(&from.code, at)?;
    Some(if rate.inverse { Step::Multiply(rate.value) } else { Step::Divide(rate.value) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::{Rate, parse_decimal, parse_units};

    fn asset(code: &str, precision: u8, rates: &[(&str, &str, bool)]) -> Asset {
        let rates = rates.iter().map(|&(source, value, inverse)| Rate {
            source: source.into(),
            value: parse_decimal(value).unwrap(),
            inverse,
            valid_from: None,
        });
        let base = Asset::currency(code).unwrap_or_else(|| Asset {
            code: code.into(),
            kind: AssetKind::Custom,
            precision,
            ..Asset::currency("USD").unwrap()
        });
        Asset { rates: rates.collect(), ..base }
    }

    fn usd(text: &str) -> Units {
        parse_units(text, 9).unwrap()
    }

    fn worth(text: &str) -> Value {
        Value::from_count(usd(text).count())
    }

    #[test]
    fn a_purchase_rounds_down() {
        let credit = asset("CREDIT", 0, &[("USD", "0.07", false)]);
        let book = Book::new("USD".into(), vec![credit.clone()]);
        let dollars = book.asset("USD").unwrap();
        assert_eq!(book.purchase(usd("10"), dollars, &credit, Instant::EPOCH), Ok(Units::from_count(142)));
        let per_dollar = asset("TOKEN", 2, &[("USD", "33.333", true)]);
        assert_eq!(book.purchase(usd("1"), dollars, &per_dollar, Instant::EPOCH), Ok(Units::from_count(3333)));
    }

    #[test]
    fn value_goes_through_one_currency() {
        let book = Book::new(
            "USD".into(),
            vec![asset("CREDIT", 0, &[("EUR", "0.05", false)]), asset("EUR", 9, &[("USD", "1.1", false)])],
        );
        assert_eq!(book.value(Decimal::from(100), "CREDIT", Instant::EPOCH), Ok(worth("5.5")));
        assert_eq!(book.value(Decimal::TWO, "EUR", Instant::EPOCH), Ok(worth("2.2")));
        assert!(matches!(book.value(Decimal::ONE, "JPY", Instant::EPOCH), Err(ConvertError::NoRate { .. })));
        for (code, told) in [("NOPE", "unknown asset NOPE"), ("eur", "unknown asset eur; did you mean EUR?")] {
            assert_eq!(book.value(Decimal::ONE, code, Instant::EPOCH).unwrap_err().to_string(), told);
        }
    }

    #[test]
    fn long_rates_lead_through_a_currency_too() {
        let amount = parse_decimal("12.345678912").unwrap();
        let (euro, dollar) = ("0.0123456789012345", "1.08123456789012345");
        let multiplied = [asset("CREDIT", 9, &[("EUR", euro, false)]), asset("EUR", 9, &[("USD", dollar, false)])];
        let book = Book::new("USD".into(), multiplied.into());
        assert_eq!(book.value(amount, "CREDIT", Instant::EPOCH), Ok(worth("0.164797218")));

        let (pound, dollar) = ("33.3333333333333333", "0.923456789012345678");
        let divided = [asset("CREDIT", 9, &[("GBP", pound, true)]), asset("GBP", 9, &[("USD", dollar, true)])];
        let book = Book::new("USD".into(), divided.into());
        assert_eq!(book.value(Decimal::ONE_HUNDRED, "CREDIT", Instant::EPOCH), Ok(worth("3.248663106")));
        assert_eq!(book.value(amount, "CREDIT", Instant::EPOCH), Ok(worth("0.401069516")));
    }

    #[test]
    fn a_cost_is_converted_to_its_last_digit() {
        let book = Book::new(
            "USD".into(),
            vec![asset("EUR", 9, &[("USD", "1.1", false)]), asset("GBP", 2, &[("USD", "3", true)])],
        );
        let cost = |text: &str, code| {
            let cost = book.cost(parse_decimal(text).unwrap(), code, Instant::EPOCH);
            cost.map(|cost| cost.decimal().unwrap().to_string()).map_err(|error| error.to_string())
        };
        assert_eq!(cost("0.0000000004", "USD").unwrap(), "0.0000000004");
        assert_eq!(cost("-0.0000000004", "EUR").unwrap(), "-0.00000000044");
        assert_eq!(cost("2", "GBP").unwrap(), "0.666666666666666667");
        let error = "the cost 910000000000 EUR is too large for the ledger (a cost is at most 1000000000000 USD)";
        assert_eq!(cost("910000000000", "EUR"), Err(error.to_owned()));
        assert_eq!(cost("909090909090", "EUR").unwrap(), "999999999999");
    }

    #[test]
    fn the_latest_rate_that_has_begun_is_valid() {
        let mut credit = asset("CREDIT", 0, &[("USD", "0.05", false), ("USD", "0.04", false)]);
        credit.rates[1].valid_from = Some(Instant::from_micros(1_000));
        assert_eq!(credit.rate_at("USD", Instant::from_micros(999)).unwrap().value.to_string(), "0.05");
        assert_eq!(credit.rate_at("USD", Instant::from_micros(1_000)).unwrap().value.to_string(), "0.04");
    }
}
