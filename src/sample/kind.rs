//! What a catalog says of the events of a product: their types, the values of their dimensions, and their volumes.

use super::calendar::summed;
use super::error::SampleError;
use super::random::Random;
use super::volume::Volume;
use crate::catalog::{Catalog, DimensionValue, Operand, Product, Sum, UsagePrice};
use crate::money::Decimal;

/// The columns of every log that say no data.
pub(super) const FIXED: [&str; 4] = ["id", "customer", "event_type", "occurred_at"];

/// One type of events.
#[derive(Debug)]
pub(super) struct Kind<'c> {
    event_type: &'c str,
    dimensions: Vec<Dimension<'c>>,
    volumes: Vec<Volume>,
    /// What volumes are added up from.
    counted: Vec<&'c Sum>,
    /// For each row of the prices the values that it names, by dimension.
    rows: Vec<Vec<Option<&'c DimensionValue>>>,
    /// The first rows are drawn more often.
    sums: Vec<u64>,
}

#[derive(Debug)]
struct Dimension<'c> {
    name: &'c str,
    /// What rows name.
    values: Vec<&'c DimensionValue>,
}

/// All types of events of a product, and the columns that they have together.
#[derive(Debug)]
pub(super) struct Kinds<'c> {
    kinds: Vec<Kind<'c>>,
    sums: Vec<u64>,
    /// The data columns.
    pub columns: Vec<String>,
}

impl<'c> Kinds<'c> {
    /// Those that the product has prices for; if there are none, those that cost something.
    pub fn new(catalog: &'c Catalog, product: &'c Product) -> Result<Self, SampleError> {
        let costs: Vec<_> = catalog.terms.vendors.iter().flat_map(|vendor| &vendor.costs).collect();
        let prices: Vec<_> = product.prices.iter().map(|price| &price.usage).collect();
        let first = if prices.is_empty() { &costs } else { &prices };
        let mut types: Vec<&str> = Vec::new();
        for price in first {
            if !types.contains(&&*price.event_type) {
                types.push(&price.event_type);
            }
        }
        if types.is_empty() {
            return Err(SampleError::NothingToCount);
        }
        let of_type = |list: &[&'c UsagePrice], event_type: &str| -> Vec<&'c UsagePrice> {
            list.iter().copied().filter(|price| price.event_type == event_type).collect()
        };
        let kind = |event_type: &&'c str| {
            let own = of_type(first, event_type);
            let costs = if prices.is_empty() { Vec::new() } else { of_type(&costs, event_type) };
            Kind::new(event_type, &own, &costs)
        };
        let kinds: Vec<_> = types.iter().map(kind).collect();
        let mut columns: Vec<String> = Vec::new();
        for name in kinds.iter().flat_map(Kind::fields) {
            if FIXED.contains(&name) || name == "subject" || name.starts_with("cost.") {
                return Err(SampleError::Column(name.to_owned()));
            }
            if !columns.iter().any(|known| known == name) {
                columns.push(name.to_owned());
            }
        }
        Ok(Self { sums: falling(kinds.len()), kinds, columns })
    }

    /// Whether any row names a value, so that there can be one that none names.
    pub fn have_values(&self) -> bool {
        self.kinds.iter().flat_map(|kind| &kind.dimensions).any(|dimension| !dimension.values.is_empty())
    }

    /// Draws an event's type, and its data in the order of the columns; `unknown` asks for a value that no row names.
    pub fn draw(&self, unknown: bool, random: &mut Random) -> (&'c str, Vec<String>) {
        let kind = &self.kinds[random.among(&self.sums)];
        let data = kind.draw(unknown, random);
        let of_column = |column: &String| data.iter().find(|(name, _)| name == column).map(|(_, value)| value.clone());
        (kind.event_type, self.columns.iter().map(|column| of_column(column).unwrap_or_default()).collect())
    }
}

impl<'c> Kind<'c> {
    fn new(event_type: &'c str, own: &[&'c UsagePrice], costs: &[&'c UsagePrice]) -> Self {
        let mut dimensions: Vec<Dimension<'c>> = Vec::new();
        let mut volumes: Vec<Volume> = Vec::new();
        for price in own.iter().chain(costs) {
            for (place, name) in price.billable_dimensions.iter().enumerate() {
                let known = dimensions.iter().position(|dimension| dimension.name == name);
                let known = known.unwrap_or_else(|| {
                    dimensions.push(Dimension { name, values: Vec::new() });
                    dimensions.len() - 1
                });
                for value in price.rows.iter().filter_map(|row| row.dimensions[place].as_ref()) {
                    if !dimensions[known].values.contains(&value) {
                        dimensions[known].values.push(value);
                    }
                }
            }
            for field in price.volume_fields() {
                if volumes.iter().all(|known| known.field != field) {
                    volumes.push(Volume::new(field, price));
                }
            }
        }
        let counted = own.iter().chain(costs).filter_map(|price| price.volume_field.as_ref()).collect();
        let mut rows = Vec::new();
        for price in own {
            let place =
                |dimension: &Dimension<'_>| price.billable_dimensions.iter().position(|own| own == dimension.name);
            for row in &price.rows {
                let value = |dimension| place(dimension).and_then(|place| row.dimensions[place].as_ref());
                rows.push(dimensions.iter().map(value).collect());
            }
        }
        Self { event_type, sums: falling(rows.len()), dimensions, volumes, counted, rows }
    }

    fn fields(&self) -> impl Iterator<Item = &str> {
        let dimensions = self.dimensions.iter().map(|dimension| dimension.name);
        dimensions.chain(self.volumes.iter().map(|volume| volume.field.as_str()))
    }

    /// Follows one row, which so matches; what it leaves open is any of the values that other rows name.
    fn draw(&self, unknown: bool, random: &mut Random) -> Vec<(&str, String)> {
        let row = &self.rows[random.among(&self.sums)];
        let mut data: Vec<(&str, String)> = Vec::new();
        for (dimension, own) in self.dimensions.iter().zip(row) {
            let value = match own {
                Some(value) => one(value),
                None => dimension.any(random),
            };
            data.push((dimension.name, value));
        }
        let named: Vec<usize> = (0..row.len()).filter(|&place| !self.dimensions[place].values.is_empty()).collect();
        if unknown && !named.is_empty() {
            let model = named.iter().copied().find(|&place| self.dimensions[place].name.contains("model"));
            let place = model.unwrap_or_else(|| named[random.place(named.len())]);
            data[place].1 = self.dimensions[place].unknown(random);
        }
        for volume in &self.volumes {
            // A field may be a dimension as well.
            if data.iter().all(|(name, _)| *name != volume.field) {
                data.push((&volume.field, volume.draw(random)));
            }
        }
        self.counted.iter().for_each(|sum| keep_above_zero(sum, &mut data));
        data
    }
}

/// Takes nothing off where more would be taken off than there is.
fn keep_above_zero(sum: &Sum, data: &mut [(&str, String)]) {
    let value_of = |name: &str| data.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str());
    if !matches!(sum.value(false, value_of), Ok(Some(value)) if value < Decimal::ZERO) {
        return;
    }
    for term in sum.terms().iter().filter(|term| term.is_minus) {
        let Operand::Field(field) = &term.operand else { continue };
        data.iter_mut().filter(|(own, _)| own == field).for_each(|(_, value)| "0".clone_into(value));
    }
}

/// A value that a row is for.
fn one(wanted: &DimensionValue) -> String {
    match wanted {
        DimensionValue::Text(text) | DimensionValue::Value { value: text } => text.clone(),
        // What begins so and goes on is mostly a date, which nobody need know.
        DimensionValue::Prefix { prefix } if prefix.ends_with(char::is_alphanumeric) => prefix.clone(),
        DimensionValue::Prefix { prefix } => format!("{prefix}1"),
        DimensionValue::Range(range) => range.one().to_string(),
    }
}

impl Dimension<'_> {
    /// One of the values that rows name, or none; of a boolean also the other one, and of a number one that is below ranges.
    fn any(&self, random: &mut Random) -> String {
        let overs = self.values.iter().filter_map(|value| match value {
            DimensionValue::Range(range) => range.over,
            _ => None,
        });
        let Some(value) = self.values.get(random.place(self.values.len() + 1)) else {
            if let Some(over) = overs.min() {
                return over.to_string();
            }
            let is_truth =
                self.values.iter().any(|value| matches!(value, DimensionValue::Value { value } if value == "true"));
            return if is_truth { "false".to_owned() } else { String::new() };
        };
        one(value)
    }

    /// A value that no row names.
    fn unknown(&self, random: &mut Random) -> String {
        let number = random.below(3) + 1;
        let value = format!("unknown-{}-{number}", self.name);
        if self.values.iter().any(|known| known.equals(&value)) { format!("{value}-new") } else { value }
    }
}

/// Weights that fall as 1, 1/2, 1/3, ..., summed up.
fn falling(many: usize) -> Vec<u64> {
    summed((1..=many as u64).map(|rank| 1_000_000 / rank))
}
