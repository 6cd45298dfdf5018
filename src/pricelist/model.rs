//! One model of a list: which of its prices are taken, and which models are left out.

use crate::money::Decimal;
use std::collections::BTreeMap;

/// What a million tokens cost in USD.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Input that is billed in full.
    pub input: Decimal,
    /// Input from the cache; as other input where the list has no price for it.
    pub cached: Decimal,
    /// Input that is written to the cache; as other input where the list has no price for it.
    pub cache_write: Decimal,
    /// Output; embeddings have none, and where the list has none for another model, it costs nothing.
    pub output: Option<Decimal>,
}

/// One model with its prices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Who bills it.
    pub provider: String,
    /// Its name, without the provider's before it.
    pub model: String,
    /// What tokens cost.
    pub base: Rates,
    /// It writes, and the list has no price for that.
    pub lacks_output: bool,
    /// What all tokens of a request cost whose input is longer than so many tokens.
    pub above: BTreeMap<u64, Rates>,
}

/// Why a model is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOut {
    /// It makes images, audio or video, or does something else than write text or embed it.
    OtherMedia,
    /// Nothing is said of tokens: it is billed by images, seconds, characters or queries.
    NoTokenPrices,
    /// Everything is 0, which mostly stands for a price that nobody knows.
    Free,
    /// A price is below 0.
    Negative,
    /// A token costs more than a cent: a price for a million tokens in a list of prices for one.
    Implausible,
    /// A price is so low that it may be that of a token where one of a million is meant.
    TooLow,
    /// A price is no number, or one with more digits than a catalog has.
    Unreadable,
    /// A name that no row can have.
    Name,
}

impl LeftOut {
    /// What is said of such models after their number.
    pub fn why(self) -> &'static str {
        match self {
            Self::OtherMedia => "for images, audio and the like",
            Self::NoTokenPrices => "without token prices",
            Self::Free => "whose prices are all 0",
            Self::Negative => "with a price below 0",
            Self::Implausible => "with a price above 0.01 USD a token",
            Self::TooLow => "with a price below 0.0000000001 USD a token",
            Self::Unreadable => "with a price that can't be read",
            Self::Name => "with a name that no row can have",
        }
    }
}

/// Prices as they stand, each for a million tokens.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Stated {
    pub input: Option<Decimal>,
    pub cached: Option<Decimal>,
    pub cache_write: Option<Decimal>,
    pub output: Option<Decimal>,
}

/// A model as it stands.
pub(super) struct Entry {
    pub provider: String,
    pub model: String,
    pub is_text: bool,
    /// It embeds texts, and writes none.
    pub is_embedding: bool,
    pub base: Stated,
    pub above: BTreeMap<u64, Stated>,
}

/// An entry, or the provider and the name of one that can't be read.
pub(super) type Found = Result<Entry, (String, String, LeftOut)>;

impl Entry {
    /// The model with its prices.
    pub fn listed(self) -> Result<Listed, LeftOut> {
        if !self.is_text {
            return Err(LeftOut::OtherMedia);
        }
        // A star at the end makes a pattern of a name.
        if self.model.is_empty() || self.model.ends_with('*') || self.model.chars().any(char::is_control) {
            return Err(LeftOut::Name);
        }
        let base = self.base;
        let stated = || self.above.values().chain([&base]).flat_map(Stated::all);
        if stated().any(|price| price.is_sign_negative() && !price.is_zero()) {
            return Err(LeftOut::Negative);
        }
        if stated().any(|price| price > MOST) {
            return Err(LeftOut::Implausible);
        }
        if stated().any(|price| !price.is_zero() && price < LEAST) {
            return Err(LeftOut::TooLow);
        }
        let Some(input) = base.input else { return Err(LeftOut::NoTokenPrices) };
        if stated().all(|price| price.is_zero()) {
            return Err(LeftOut::Free);
        }
        let rates = |own: &Stated| {
            let input = own.input.unwrap_or(input);
            Rates {
                input,
                cached: own.cached.or(base.cached).unwrap_or(input),
                cache_write: own.cache_write.or(base.cache_write).unwrap_or(input),
                output: own.output.or(base.output),
            }
        };
        let above = self.above.iter().map(|(length, own)| (*length, rates(own))).collect();
        let lacks_output = base.output.is_none() && !self.is_embedding;
        Ok(Listed { base: rates(&base), lacks_output, above, provider: self.provider, model: self.model })
    }
}

/// A million tokens at a cent each.
const MOST: Decimal = Decimal::from_parts(10_000, 0, 0, false, 0);
/// A million tokens for a hundredth of a cent: a tenth of what anybody has asked for, and a price of one token is a millionth.
const LEAST: Decimal = Decimal::from_parts(1, 0, 0, false, 4);

impl Stated {
    fn all(&self) -> impl Iterator<Item = Decimal> + use<> {
        [self.input, self.cached, self.cache_write, self.output].into_iter().flatten()
    }
}
