//! `margin<40%`, `change.revenue<-2%`: conditions that the figures of a scenario are held to.

use crate::catalog::closest;
use crate::money::{Decimal, DecimalError, Exact, parse_decimal};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// One figure of a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Metric {
    /// How many customers there are.
    Customers,
    /// Events that were charged.
    Charged,
    /// Events that were denied.
    Denied,
    /// Events that nothing prices.
    Unpriced,
    /// What events were charged.
    Fees,
    /// What use earned.
    UsageRevenue,
    /// What fixed charges earned.
    FixedRevenue,
    /// What lots earned that nobody used.
    Breakage,
    /// All that was earned.
    Revenue,
    /// What vendors charged.
    Cost,
    /// What denied events would have cost, or did.
    RefusedCost,
    /// Revenue less cost.
    Profit,
    /// Profit as a share of revenue.
    Margin,
    /// What was paid.
    CashIn,
    /// Automatic payments.
    AutoTopups,
    /// Automatic payments that were declined.
    DeclinedTopups,
    /// The most that one account ever owed.
    WorstDeficit,
    /// What was paid and not earned yet.
    Deferred,
    /// The share of the profit that may leave before the base earns as much.
    BreakEven,
    /// Customers who pay more than in the base.
    PaysMore,
    /// Customers who pay less than in the base.
    PaysLess,
    /// Customers who pay the same as in the base.
    Same,
    /// Customers who were refused something, and nothing in the base.
    NewlyDenied,
    /// Customers who cost more than they earn, and did not in the base.
    NewlyUnprofitable,
}

/// What a metric counts, and so what a per cent of it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measure {
    /// An amount of the reporting currency, or a number of something: there is no whole that it is a part of.
    Number,
    /// A number of events.
    Events,
    /// A number of customers, against the base.
    Customers,
    /// A share, which is written in per cents.
    Share,
}

impl Metric {
    /// All of them by their names in JSON.
    pub const NAMES: [(&'static str, Self); 24] = [
        ("customers", Self::Customers),
        ("charged", Self::Charged),
        ("denied", Self::Denied),
        ("unpriced", Self::Unpriced),
        ("fees", Self::Fees),
        ("usage_revenue", Self::UsageRevenue),
        ("fixed_revenue", Self::FixedRevenue),
        ("breakage", Self::Breakage),
        ("revenue", Self::Revenue),
        ("cost", Self::Cost),
        ("refused_cost", Self::RefusedCost),
        ("profit", Self::Profit),
        ("margin", Self::Margin),
        ("cash_in", Self::CashIn),
        ("auto_topups", Self::AutoTopups),
        ("declined_topups", Self::DeclinedTopups),
        ("worst_deficit", Self::WorstDeficit),
        ("deferred", Self::Deferred),
        ("break_even", Self::BreakEven),
        ("pays_more", Self::PaysMore),
        ("pays_less", Self::PaysLess),
        ("same", Self::Same),
        ("newly_denied", Self::NewlyDenied),
        ("newly_unprofitable", Self::NewlyUnprofitable),
    ];

    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize].0
    }

    fn measure(self) -> Measure {
        match self {
            Self::Charged | Self::Denied | Self::Unpriced => Measure::Events,
            Self::Margin | Self::BreakEven => Measure::Share,
            Self::PaysMore | Self::PaysLess | Self::Same => Measure::Customers,
            Self::NewlyDenied | Self::NewlyUnprofitable => Measure::Customers,
            _ => Measure::Number,
        }
    }

    /// Whether it tells a scenario from the base already.
    fn is_against_base(self) -> bool {
        self == Self::BreakEven || self.measure() == Measure::Customers
    }
}

/// How a figure is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `<=`
    AtMost,
    /// `>=`
    AtLeast,
    /// `<`
    Below,
    /// `>`
    Above,
    /// `=`
    Equal,
}

impl Operator {
    /// Longer ones first, as they are looked for.
    const NAMES: [(&'static str, Self); 5] =
        [("<=", Self::AtMost), (">=", Self::AtLeast), ("<", Self::Below), (">", Self::Above), ("=", Self::Equal)];

    fn name(self) -> &'static str {
        Self::NAMES[self as usize].0
    }

    fn holds(self, figure: &Exact, number: &Exact) -> bool {
        let order = figure.cmp(number);
        match self {
            Self::AtMost => order.is_le(),
            Self::AtLeast => order.is_ge(),
            Self::Below => order.is_lt(),
            Self::Above => order.is_gt(),
            Self::Equal => order.is_eq(),
        }
    }
}

/// A condition on one figure, such as `margin<40%`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Condition {
    /// The scenario's figure that is compared.
    pub metric: Metric,
    /// Whether it is about the figure's change against the base.
    pub is_change: bool,
    /// How it is compared.
    pub operator: Operator,
    /// What it is compared with.
    pub number: Decimal,
    /// Whether that is a per cent: of the base's figure if it is about a change, else of all customers or events, or a share.
    pub is_percent: bool,
}

/// Why a text is not a condition.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConditionError {
    /// It has no sign that compares.
    #[error("{0:?} is not a condition: write it as in margin<40% or change.revenue<-2%")]
    ComparesNothing(String),
    /// No figure has that name.
    #[error("there is no figure {name:?}; {}", help(.close))]
    NoMetric {
        /// What stands where a figure should.
        name: String,
        /// The figure that may be meant.
        close: Option<&'static str>,
    },
    /// What the figure is compared with is no number.
    #[error("{text:?}, after {sign}: {error}")]
    Number {
        /// The whole condition.
        text: String,
        /// The sign before the number.
        sign: &'static str,
        /// What is wrong with it.
        error: DecimalError,
    },
    /// It is about the change of a figure that is a change.
    #[error("{0} is already relative to the base; leave out `change.`")]
    ChangeOfChange(&'static str),
    /// A share is compared with a number without `%`.
    #[error("{0} is a share: write it in per cents, as in {0}<40%")]
    Share(&'static str),
    /// There is no whole that the figure could be a per cent of.
    #[error("{0} can't be a per cent of anything; did you mean change.{0}, or a number without `%`?")]
    NoWhole(&'static str),
}

fn help(close: &Option<&str>) -> String {
    match close {
        Some(close) => format!("did you mean {close}?"),
        None => format!("the figures are {}", Metric::NAMES.map(|(name, _)| name).join(", ")),
    }
}

/// What a metric comes to; `None` is empty. Amounts are numbers of the reporting currency, and shares are fractions of 1.
pub type Figures<'f> = &'f dyn Fn(Metric) -> Option<Exact>;

impl Condition {
    /// Whether it holds, exactly: nothing is rounded before it is compared. Where a figure is empty, or the per cent of
    /// nothing, it does not.
    pub fn holds(&self, scenario: Figures<'_>, base: Figures<'_>) -> bool {
        self.measured(scenario, base).is_some_and(|figure| self.operator.holds(&figure, &self.number.into()))
    }

    /// How far the figure is from the number that it is compared with, in that number's unit; `None` where it is empty.
    pub fn distance(&self, scenario: Figures<'_>, base: Figures<'_>) -> Option<Exact> {
        Some(self.measured(scenario, base)?.minus(&self.number.into()).abs())
    }

    /// What is compared with the number.
    fn measured(&self, scenario: Figures<'_>, base: Figures<'_>) -> Option<Exact> {
        if self.is_change { self.change(scenario, base) } else { self.figure(scenario) }
    }

    /// The figure in the unit of the number that it is compared with.
    fn figure(&self, scenario: Figures<'_>) -> Option<Exact> {
        let figure = scenario(self.metric)?;
        match self.metric.measure() {
            Measure::Share => Some(in_percent(&figure)),
            _ if !self.is_percent => Some(figure),
            Measure::Events => {
                let events = scenario(Metric::Charged)?.plus(&scenario(Metric::Denied)?);
                in_percent(&figure).over(&events.plus(&scenario(Metric::Unpriced)?))
            }
            _ => in_percent(&figure).over(&scenario(Metric::Customers)?),
        }
    }

    /// How much more it is than in the base. That of a share is in percentage points.
    fn change(&self, scenario: Figures<'_>, base: Figures<'_>) -> Option<Exact> {
        let before = base(self.metric)?;
        let change = scenario(self.metric)?.minus(&before);
        match self.metric.measure() {
            _ if self.is_percent => in_percent(&change).over(&before.abs()),
            Measure::Share => Some(in_percent(&change)),
            _ => Some(change),
        }
    }

    /// Why the number can't be compared with the figure.
    fn check(&self) -> Result<(), ConditionError> {
        let (name, measure) = (self.metric.name(), self.metric.measure());
        if self.is_change && self.metric.is_against_base() {
            return Err(ConditionError::ChangeOfChange(name));
        }
        match (self.is_change, self.is_percent, measure) {
            (false, false, Measure::Share) => Err(ConditionError::Share(name)),
            (false, true, Measure::Number) => Err(ConditionError::NoWhole(name)),
            _ => Ok(()),
        }
    }
}

fn in_percent(share: &Exact) -> Exact {
    share.times(&Decimal::ONE_HUNDRED.into())
}

impl FromStr for Condition {
    type Err = ConditionError;

    fn from_str(text: &str) -> Result<Self, ConditionError> {
        let at = text.find(['<', '>', '=']);
        let found = at.and_then(|at| {
            let of = |(sign, operator): (&'static str, Operator)| {
                text[at..].starts_with(sign).then_some((at, sign, operator))
            };
            Operator::NAMES.into_iter().find_map(of)
        });
        let (at, sign, operator) = found.ok_or_else(|| ConditionError::ComparesNothing(text.to_owned()))?;
        let name = text[..at].trim();
        let (is_change, name) = name.strip_prefix("change.").map_or((false, name), |name| (true, name));
        let metric = metric(name)?;
        let number = text[at + sign.len()..].trim();
        let (number, is_percent) = number.strip_suffix('%').map_or((number, false), |number| (number.trim_end(), true));
        let number = parse_decimal(number.strip_prefix('+').unwrap_or(number));
        let number = number.map_err(|error| ConditionError::Number { text: text.to_owned(), sign, error })?;
        let condition = Self { metric, is_change, operator, number, is_percent };
        condition.check().map(|()| condition)
    }
}

/// The figure of that name.
fn metric(name: &str) -> Result<Metric, ConditionError> {
    if let Some((_, metric)) = Metric::NAMES.into_iter().find(|(known, _)| *known == name) {
        return Ok(metric);
    }
    let close = closest(name, Metric::NAMES.map(|(name, _)| name));
    Err(ConditionError::NoMetric { name: name.to_owned(), close })
}

impl fmt::Display for Condition {
    /// As it is read again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let change = if self.is_change { "change." } else { "" };
        let percent = if self.is_percent { "%" } else { "" };
        write!(f, "{change}{}{}{}{percent}", self.metric.name(), self.operator.name(), self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn condition(text: &str) -> Condition {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn scenario(metric: Metric) -> Option<Exact> {
        Some(match metric {
            Metric::Customers => Exact::ratio(40, 1)?,
            Metric::PaysMore => Exact::ratio(4, 1)?,
            Metric::Charged => Exact::ratio(90, 1)?,
            Metric::Denied => Exact::ratio(6, 1)?,
            Metric::Unpriced => Exact::ratio(4, 1)?,
            Metric::Revenue => Exact::ratio(98, 1)?,
            Metric::Profit => Exact::ratio(-5, 1)?,
            Metric::Margin => Exact::ratio(1, 3)?,
            Metric::Cost => Exact::ratio(0, 1)?,
            _ => return None,
        })
    }

    fn base(metric: Metric) -> Option<Exact> {
        Some(match metric {
            Metric::Revenue => Exact::ratio(100, 1)?,
            Metric::Profit => Exact::ratio(-10, 1)?,
            Metric::Margin => Exact::ratio(2, 3)?,
            Metric::Cost => Exact::ratio(0, 1)?,
            _ => return None,
        })
    }

    #[test]
    fn figures_are_compared_exactly() {
        for (text, holds) in [
            ("margin<33.3333333333333334%", true),
            ("margin<33.3333333333333333%", false),
            ("margin > 33.3333333333333333 %", true),
            ("profit<0", true),
            ("profit>=-5", true),
            ("profit>-5", false),
            ("revenue=98", true),
            ("pays_more>10%", false),
            ("pays_more>=10%", true),
            ("pays_more>3", true),
            ("denied>5.9%", true),
            ("denied>6%", false),
            ("change.revenue<-1.9%", true),
            ("change.revenue<-2%", false),
            ("change.revenue<=-2", true),
            ("change.profit>=+50%", true),
            ("change.profit=5", true),
            ("change.margin=-50%", true),
            ("change.margin<-33", true),
            ("change.margin<-34", false),
            // What is empty never holds, and neither does a per cent of nothing.
            ("break_even<100%", false),
            ("break_even>=0%", false),
            ("newly_denied>=0", false),
            ("newly_denied>=0%", false),
            ("change.fees>=0", false),
            ("change.cost>=0%", false),
            ("change.cost=0", true),
        ] {
            assert_eq!(condition(text).holds(&scenario, &base), holds, "{text}");
        }
        let nobody = |metric| if metric == Metric::Customers { Exact::ratio(0, 1) } else { scenario(metric) };
        assert!(!condition("pays_more>=0%").holds(&nobody, &base));
    }

    #[test]
    fn errors_say_what_to_write() {
        for (text, why) in [
            ("margn<40%", "there is no figure \"margn\"; did you mean margin?"),
            ("colour<40%", "the figures are customers, charged, denied"),
            ("change.revnue<2%", "did you mean revenue?"),
            ("margin", "is not a condition: write it as in margin<40%"),
            ("margin<", "after <: not a number"),
            ("margin<>40%", "after <: not a number"),
            ("margin==40%", "after =: not a number"),
            ("margin<40", "margin is a share: write it in per cents"),
            ("profit<10%", "did you mean change.profit"),
            ("customers<10%", "did you mean change.customers"),
            ("change.pays_more>1", "already relative to the base"),
            ("change.break_even>1%", "already relative to the base"),
            ("<40%", "there is no figure \"\""),
            ("profit<0.1234567890123456789", "18 significant digits"),
        ] {
            let error = text.parse::<Condition>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn every_condition_is_read_as_it_is_printed(
            metric in 0..Metric::NAMES.len(),
            operator in 0..Operator::NAMES.len(),
            (n, scale) in (-9999i64..9999, 0u32..4),
            is_change: bool,
            is_percent: bool,
        ) {
            let (name, metric) = Metric::NAMES[metric];
            prop_assert_eq!(metric.name(), name);
            let operator = Operator::NAMES[operator].1;
            let number = Decimal::new(n, scale).normalize();
            let condition = Condition { metric, is_change, operator, number, is_percent };
            match condition.check() {
                Ok(()) => prop_assert_eq!(condition.to_string().parse(), Ok(condition)),
                Err(error) => prop_assert_eq!(condition.to_string().parse::<Condition>(), Err(error)),
            }
        }
    }
}
