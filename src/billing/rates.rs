//! Which rates of assets hold at an instant, and what they make of amounts.

use super::engine::Engine;
use crate::ids::AssetId;
use crate::money::{Book, ConvertError, TooLarge, Units, Value, decimal_of};
use crate::time::Instant;

impl Engine {
    /// Assets have the rates of `book` until an instant, for a what-if whose terms hold from then on: what is billed late is
    /// worth what it was worth at its time.
    pub fn keep_rates_until(&mut self, until: Instant, book: Book) {
        self.earlier = Some(Box::new((until, book)));
    }

    /// The rates that hold at an instant. Those before don't know what only the later terms can convert.
    pub(super) fn book_at(&self, asset: &str, at: Instant) -> &Book {
        let earlier = self.earlier.as_deref().filter(|(until, _)| at < *until).map(|(_, book)| book);
        earlier.filter(|book| book.conversion(asset, at).is_ok()).unwrap_or(&self.book)
    }

    /// What an amount of an asset is worth in the reporting currency.
    ///
    /// # Errors
    /// When no rate leads there.
    pub(super) fn value(&self, units: Units, asset: AssetId, at: Instant) -> Result<Value, ConvertError> {
        if asset == self.reporting {
            return Ok(Value::from_count(units.count()));
        }
        let asset = self.asset(asset);
        self.book_at(&asset.code, at).value(decimal_of(units, asset.precision), &asset.code, at)
    }

    /// What a payment buys of an asset.
    ///
    /// # Errors
    /// As [`Book::purchase`].
    pub(super) fn purchase(
        &self,
        (paid, currency): (Units, AssetId),
        target: AssetId,
        at: Instant,
    ) -> Result<Units, ConvertError> {
        let [currency, target] = [currency, target].map(|id| self.asset(id));
        let book = self.book_at(&target.code, at);
        let earlier = [currency, target].map(|own| book.asset(&own.code).unwrap_or(own));
        match book.purchase(paid, earlier[0], earlier[1], at) {
            // Those before don't sell it for that currency.
            Err(ConvertError::NoRate { .. }) => self.book.purchase(paid, currency, target, at),
            bought => bought,
        }
    }

    /// What an amount of an asset is worth, as a fee's list value is; 0 while the asset has no rate to the reporting currency.
    ///
    /// # Errors
    /// When that is more than can be counted.
    pub fn list_value(&self, amount: Units, asset: AssetId, at: Instant) -> Result<Value, Box<TooLarge>> {
        match self.value(amount, asset, at) {
            Ok(value) => Ok(value),
            Err(ConvertError::TooLarge(error)) => Err(error),
            Err(ConvertError::NoRate { .. } | ConvertError::UnknownAsset { .. }) => Ok(Value::ZERO),
        }
    }
}
