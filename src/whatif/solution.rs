//! Which value of one number meets all targets: a value after another was tried on the same history.

use super::comparison::{Comparison, Scenario};
use super::figures::Figure;
use super::share::Share;
use crate::money::{Exact, Precise};
use crate::scenario::{Change, Condition, Metric, Path};
use std::ops::RangeInclusive;

/// A figure that is told of each value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// Which one.
    pub metric: Metric,
    /// Whether its change against the base is meant.
    pub is_change: bool,
    /// Whether that is told in per cent.
    pub is_percent: bool,
}

/// A figure as it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Customers, events or payments.
    Count(i128),
    /// An amount of the reporting currency.
    Money(Precise),
    /// A share, or the difference of two.
    Share(Share),
    /// The same of what there was, in per cent.
    Percent(Share),
}

impl Measure {
    /// What is always told.
    const ALWAYS: [Metric; 3] = [Metric::Revenue, Metric::Margin, Metric::Profit];

    const fn of(metric: Metric) -> Self {
        Self { metric, is_change: false, is_percent: false }
    }

    /// What is always told, and what the targets are about.
    fn all(targets: &[Condition]) -> Vec<Self> {
        let mut all = Self::ALWAYS.map(Self::of).to_vec();
        for target in targets {
            let is_percent = target.is_change && target.is_percent && !matches!(target.metric, Metric::Margin);
            let own = Self { metric: target.metric, is_change: target.is_change, is_percent };
            if !all.contains(&own) {
                all.push(own);
            }
        }
        all
    }

    /// As in a target: `margin`, `change.revenue`; of per cents `change.revenue_percent`.
    pub fn name(self) -> String {
        let change = if self.is_change { "change." } else { "" };
        let percent = if self.is_percent { "_percent" } else { "" };
        format!("{change}{}{percent}", self.metric.name())
    }

    /// Whether it is a share.
    pub fn is_share(self) -> bool {
        matches!(self.metric, Metric::Margin | Metric::BreakEven)
    }

    /// Whether it is what a target is about.
    pub fn is_of(self, target: &Condition) -> bool {
        (self.metric, self.is_change) == (target.metric, target.is_change)
    }

    fn told(self, comparison: &Comparison, own: &Scenario) -> Option<Told> {
        let told = |own| comparison.counted(own, self.metric).and_then(Told::of);
        if self.is_change { told(own)?.less(told(&comparison.base)?, self.is_percent) } else { told(own) }
    }
}

impl Told {
    fn of(figure: Figure) -> Option<Self> {
        Some(match figure {
            Figure::Count(count) => Self::Count(count),
            Figure::Money(amount) => Self::Money(amount),
            Figure::Share(part, whole) => Self::Share(Share::of(part, whole)?),
        })
    }

    /// How much more it is, or by how many per cent.
    fn less(self, before: Self, is_percent: bool) -> Option<Self> {
        let percent = |more: i128, before: i128| Share::of(more, before.abs()).map(Self::Percent);
        match (self, before) {
            (Self::Count(own), Self::Count(before)) if is_percent => percent(own - before, before),
            (Self::Money(own), Self::Money(before)) if is_percent => percent((own - before).count(), before.count()),
            (Self::Count(own), Self::Count(before)) => Some(Self::Count(own - before)),
            (Self::Money(own), Self::Money(before)) => Some(Self::Money(own - before)),
            (Self::Share(own), Self::Share(before)) => Some(Self::Share(Share {
                ten_thousandths: own.ten_thousandths - before.ten_thousandths,
                thousandths: own.thousandths - before.thousandths,
            })),
            _ => None,
        }
    }
}

/// A value that was tried.
#[derive(Debug, Clone)]
pub struct Point {
    /// The value.
    pub value: Change,
    /// What it comes to, by [`Solution::measures`]; `None` where that is empty.
    pub figures: Vec<Option<Told>>,
    /// For each target whether it is met.
    pub met: Vec<bool>,
    /// The scenario, without what is told by customer, price and other keys.
    pub scenario: Scenario,
    /// How far each target is away.
    distances: Vec<Option<Exact>>,
}

impl Point {
    fn new(comparison: &Comparison, own: &Scenario, (value, targets): (Change, &[Condition])) -> Self {
        let base = |metric| comparison.figure(&comparison.base, metric);
        let figure = |metric| comparison.figure(own, metric);
        let told = |measure: Measure| measure.told(comparison, own);
        Self {
            value,
            figures: Measure::all(targets).into_iter().map(told).collect(),
            met: targets.iter().map(|target| target.holds(&figure, &base)).collect(),
            distances: targets.iter().map(|target| target.distance(&figure, &base)).collect(),
            scenario: Scenario { people: Vec::new(), prices: Vec::new(), groups: Vec::new(), ..own.clone() },
        }
    }

    /// Whether all targets are met.
    pub fn is_met(&self) -> bool {
        self.met.iter().all(|met| *met)
    }

    /// Whether it comes to the same as another value in whatever is counted.
    fn is_same(&self, other: &Self) -> bool {
        let counted = |point: &Self| {
            let own = &point.scenario;
            (own.figures, own.cash_in, own.deferred, own.auto_topups, own.refused_fees, own.earned_by_service)
        };
        counted(self) == counted(other) && self.figures == other.figures
    }

    /// Less for what is closer to all targets: fewer are missed, and then the first one by less. What is empty is farthest.
    fn distance(&self) -> (usize, Vec<(bool, Option<&Exact>)>) {
        let missed = self.distances.iter().zip(&self.met).filter(|(_, met)| !**met);
        let missed: Vec<_> = missed.map(|(distance, _)| (distance.is_none(), distance.as_ref())).collect();
        (missed.len(), missed)
    }
}

/// What was tried, and what it came to.
#[derive(Debug, Clone)]
pub struct Solution {
    /// The number that was another one each time.
    pub path: Path,
    /// What must hold.
    pub targets: Vec<Condition>,
    /// What was compared, and with what. It has no scenarios: these are the curve.
    pub comparison: Comparison,
    /// Every value that was tried, the least first.
    pub curve: Vec<Point>,
}

impl Solution {
    /// What one comparison has shown: its scenarios have these values, one each.
    pub fn points(comparison: &Comparison, values: &[Change], targets: &[Condition]) -> Vec<Point> {
        let tried = comparison.scenarios.iter().zip(values);
        tried.map(|(own, value)| Point::new(comparison, own, (value.clone(), targets))).collect()
    }

    /// The answer. All comparisons had the same base; `comparison` is one of them.
    pub fn new(path: Path, targets: Vec<Condition>, comparison: Comparison, curve: Vec<Point>) -> Self {
        Self { path, targets, comparison: Comparison { scenarios: Vec::new(), ..comparison }, curve }
    }

    /// What is told of each value.
    pub fn measures(&self) -> Vec<Measure> {
        Measure::all(&self.targets)
    }

    /// Where on the curve the least value is that meets all targets.
    pub fn answer(&self) -> Option<usize> {
        self.curve.iter().position(Point::is_met)
    }

    /// The value before the answer, which misses a target.
    pub fn below(&self) -> Option<&Point> {
        self.curve.get(self.answer()?.checked_sub(1)?)
    }

    /// The stretches of the curve on which all targets are met.
    pub fn met(&self) -> Vec<RangeInclusive<usize>> {
        let stretches = self.curve.chunk_by(|one, next| one.is_met() == next.is_met());
        let mut end = 0;
        let placed = stretches.map(|stretch| {
            end += stretch.len();
            (stretch[0].is_met(), end - stretch.len()..=end - 1)
        });
        placed.filter(|(is_met, _)| *is_met).map(|(_, places)| places).collect()
    }

    /// How many values, one after another, come to the same as the one at this place, and where the last of them is.
    pub fn same_until(&self, place: usize) -> usize {
        let rest = &self.curve[place..];
        place + rest.iter().take_while(|point| point.is_same(&rest[0])).count() - 1
    }

    /// How many stretches of values come to something else than those before.
    pub fn steps(&self) -> usize {
        self.curve.chunk_by(Point::is_same).count()
    }

    /// The value that comes closest to all targets, and the least of those.
    pub fn closest(&self) -> Option<&Point> {
        self.curve.iter().min_by(|one, other| one.distance().cmp(&other.distance()))
    }
}
