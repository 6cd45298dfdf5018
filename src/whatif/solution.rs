//! Which value of a number meets all targets, after each value was tried on the same history.

use super::comparison::{Comparison, Scenario};
use super::figures::Figure;
use crate::money::{Exact, Percent, Precise, Share};
use crate::scenario::{Change, Condition, Metric, Path};
use std::ops::RangeInclusive;

/// A figure that is shown for each value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// The scenario's figure that it is taken from.
    pub metric: Metric,
    /// Whether it is the change against the base.
    pub is_change: bool,
    /// Whether that change is in per cent.
    pub is_percent: bool,
}

/// A figure as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Customers, events or payments.
    Count(i128),
    /// An amount of the reporting currency.
    Money(Precise),
    /// A share, or the difference of two.
    Share(Share),
    /// A per cent of what there was.
    Percent(Percent),
}

impl Measure {
    /// The figures that are always shown.
    const ALWAYS: [Metric; 3] = [Metric::Revenue, Metric::Margin, Metric::Profit];

    const fn of(metric: Metric) -> Self {
        Self { metric, is_change: false, is_percent: false }
    }

    /// Those, and the ones that targets are about.
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

    /// As in a target: `margin`, `change.revenue`; in per cent: `change.revenue_percent`.
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
        let percent =
            |more: i128, before: i128| Share::of(more, before.abs()).map(|share| Self::Percent(Percent(share)));
        match (self, before) {
            (Self::Count(own), Self::Count(before)) if is_percent => percent(own - before, before),
            (Self::Money(own), Self::Money(before)) if is_percent => percent((own - before).count(), before.count()),
            (Self::Count(own), Self::Count(before)) => Some(Self::Count(own - before)),
            (Self::Money(own), Self::Money(before)) => Some(Self::Money(own - before)),
            (Self::Share(own), Self::Share(before)) => Some(Self::Share(own - before)),
            _ => None,
        }
    }
}

/// A value that was tried.
#[derive(Debug, Clone)]
pub struct Point {
    /// The value that was tried.
    pub value: Change,
    /// Its figures, in the order of [`Solution::measures`]; `None` where there is none.
    pub figures: Vec<Option<Told>>,
    /// Whether it meets each target.
    pub met: Vec<bool>,
    /// The scenario, without its rows by customer, price and other keys.
    pub scenario: Scenario,
    /// How far it is from each target.
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
            scenario: Scenario {
                people: Vec::new(),
                prices: Vec::new(),
                groups: Vec::new(),
                models: Vec::new(),
                ..own.clone()
            },
        }
    }

    /// Whether all targets are met.
    pub fn is_met(&self) -> bool {
        self.met.iter().all(|met| *met)
    }

    /// Whether all its figures are the same as those of another value.
    fn is_same(&self, other: &Self) -> bool {
        let counted = |point: &Self| {
            let own = &point.scenario;
            (own.figures, own.cash_in, own.deferred, own.auto_topups, own.refused_fees, own.earned_by_service)
        };
        counted(self) == counted(other) && self.figures == other.figures
    }

    /// Orders values by how close they are: first by how many targets are missed, then by how far the first missed one is.
    /// An empty figure is farthest.
    fn distance(&self) -> (usize, Vec<(bool, Option<&Exact>)>) {
        let missed = self.distances.iter().zip(&self.met).filter(|(_, met)| !**met);
        let missed: Vec<_> = missed.map(|(distance, _)| (distance.is_none(), distance.as_ref())).collect();
        (missed.len(), missed)
    }
}

/// All values that were tried, with their figures.
#[derive(Debug, Clone)]
pub struct Solution {
    /// The number whose values were tried.
    pub path: Path,
    /// What must hold.
    pub targets: Vec<Condition>,
    /// What was compared. It has no scenarios: those are the curve.
    pub comparison: Comparison,
    /// Every value that was tried, least first.
    pub curve: Vec<Point>,
}

impl Solution {
    /// The points of one comparison, whose scenarios have these values.
    pub fn points(comparison: &Comparison, values: &[Change], targets: &[Condition]) -> Vec<Point> {
        let tried = comparison.scenarios.iter().zip(values);
        tried.map(|(own, value)| Point::new(comparison, own, (value.clone(), targets))).collect()
    }

    /// The solution. `comparison` is any one of those made, which all have the same base.
    pub fn new(path: Path, targets: Vec<Condition>, comparison: Comparison, curve: Vec<Point>) -> Self {
        Self { path, targets, comparison: Comparison { scenarios: Vec::new(), ..comparison }, curve }
    }

    /// The figures that are shown for each value.
    pub fn measures(&self) -> Vec<Measure> {
        Measure::all(&self.targets)
    }

    /// The place on the curve of the least value that meets all targets.
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

    /// The place of the last value in a row that comes to the same as the one at `place`.
    pub fn same_until(&self, place: usize) -> usize {
        let rest = &self.curve[place..];
        place + rest.iter().take_while(|point| point.is_same(&rest[0])).count() - 1
    }

    /// How many different results there are along the curve.
    pub fn steps(&self) -> usize {
        self.curve.chunk_by(Point::is_same).count()
    }

    /// The value that comes closest to all targets; the least, if there are several.
    pub fn closest(&self) -> Option<&Point> {
        self.curve.iter().min_by(|one, other| one.distance().cmp(&other.distance()))
    }
}
