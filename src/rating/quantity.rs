//! How much was used.

use crate::catalog::{Operand, Sum, Term, UsagePrice, UsageType};
use crate::money::{Decimal, DecimalSum, parse_quantity};
use crate::usage::Shape;
use serde::{Serialize, Serializer};
use std::fmt;

/// A number of events and a volume. A price that counts only one of them leaves the other at zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quantity {
    /// How many events there were.
    pub count: u64,
    /// How much of the price's `volume_field`.
    pub volume: DecimalSum,
}

impl Quantity {
    /// What a price counts of an event; `None` when its volume is not there. `number_of` is the event's number in a field.
    pub fn of(price: &UsagePrice, number_of: impl Fn(&str) -> Option<Decimal>) -> Option<Self> {
        let count = u64::from(price.usage_type != UsageType::Volume);
        let volume = match &price.volume_field {
            Some(field) if price.usage_type != UsageType::Unit => volume(field, number_of)?,
            _ => DecimalSum::ZERO,
        };
        Some(Self { count, volume })
    }

    /// The quantity of a stored event under a price, read from its data again: `values` are those of the shape's fields,
    /// after the subject. `None` when the price's volume is not there.
    pub fn of_event(price: &UsagePrice, shape: &Shape, values: &[String]) -> Option<Self> {
        Self::of(price, |field| {
            let own = shape.fields.iter().position(|f| f == field);
            let own = own.and_then(|index| values.get(index + usize::from(shape.has_subject)));
            parse_quantity(own.map(String::as_str).or_else(|| shape.dimension(field))?).ok()
        })
    }

    /// What tiers are measured by: the volume where the price counts volume, else the number of events.
    pub(super) fn tiered(&self, usage_type: UsageType) -> DecimalSum {
        if usage_type == UsageType::Unit { Decimal::from(self.count).into() } else { self.volume }
    }

    /// Whether the volume is below zero.
    pub fn is_negative(&self) -> bool {
        self.volume.is_negative()
    }

    /// Whether another quantity is no more than this one, in both parts.
    pub fn contains(&self, other: &Self) -> bool {
        self.minus(other).is_some()
    }

    /// The exact sum; `None` when it is more than can be counted.
    #[inline]
    pub fn plus(&self, other: &Self) -> Option<Self> {
        Some(Self {
            count: self.count.checked_add(other.count)?,
            volume: if other.volume.is_zero() { self.volume } else { self.volume.checked_add(&other.volume)? },
        })
    }

    /// What is left without a part of it, exactly; `None` when that is more than it.
    pub fn minus(&self, part: &Self) -> Option<Self> {
        let volume = self.volume.checked_sub(&part.volume)?;
        let rest = Self { count: self.count.checked_sub(part.count)?, volume };
        (!rest.is_negative()).then_some(rest)
    }
}

/// What a sum of fields comes to, exactly, where a field that is not there counts as nothing; `None` when none is there.
pub fn volume(sum: &Sum, number_of: impl Fn(&str) -> Option<Decimal>) -> Option<DecimalSum> {
    let (mut volume, mut is_there) = (DecimalSum::ZERO, false);
    for Term { is_minus, operand } in sum.terms() {
        let number = match operand {
            Operand::Number(number) => *number,
            Operand::Field(name) => match number_of(name) {
                Some(number) => number,
                None => continue,
            },
        };
        is_there |= matches!(operand, Operand::Field(_));
        // It would take a thousand million terms to come to more than can be counted.
        volume = volume.checked_add(&if *is_minus { -number } else { number }.into())?;
    }
    is_there.then_some(volume)
}

impl fmt::Display for Quantity {
    /// The part that counts; both as `3 + 12.5` when both do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.count, self.volume.is_zero()) {
            (count, true) => write!(f, "{count}"),
            (0, false) => write!(f, "{}", self.volume),
            (count, false) => write!(f, "{count} + {}", self.volume),
        }
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
