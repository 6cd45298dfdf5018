//! The exact figures of a scenario by name, for conditions.

use super::changes::Class;
use super::comparison::{Comparison, Failed, Scenario};
use crate::money::{COST_PRECISION, Exact, Precise};
use crate::scenario::{Condition, Metric};

impl Comparison {
    /// Which of these conditions hold, in any scenario but the base.
    pub fn failing(&self, conditions: &[Condition]) -> Vec<Failed> {
        let base = |metric| self.figure(&self.base, metric);
        let holds = |condition: &Condition, own: &Scenario| condition.holds(&|metric| self.figure(own, metric), &base);
        let of = |condition: &Condition| {
            let own = self.scenarios.iter().filter(|own| holds(condition, own));
            own.map(|own| Failed { condition: condition.clone(), scenario: own.name.clone() }).collect::<Vec<_>>()
        };
        conditions.iter().flat_map(of).collect()
    }

    /// A figure of a scenario, exactly. Amounts are numbers of the reporting currency, and shares fractions of 1.
    pub fn figure(&self, own: &Scenario, metric: Metric) -> Option<Exact> {
        match self.counted(own, metric)? {
            Figure::Count(count) => Exact::ratio(count, 1),
            Figure::Money(amount) => Exact::ratio(amount.count(), 10i128.pow(COST_PRECISION.into())),
            Figure::Share(part, whole) => Exact::ratio(part, whole),
        }
    }

    /// A figure of a scenario; `None` where it is empty.
    pub(super) fn counted(&self, own: &Scenario, metric: Metric) -> Option<Figure> {
        use Figure::{Count, Money, Share};
        let figures = &own.figures;
        let count = |count: usize| Count(count as i128);
        let (profit, base) = (figures.profit().count(), self.base.figures.profit().count());
        Some(match metric {
            Metric::Customers => Count(own.customers.into()),
            Metric::Charged => Count(own.charged().into()),
            Metric::Denied => Count(figures.denied.into()),
            Metric::Unpriced => Count(figures.unpriced.into()),
            Metric::Fees => Money(figures.fees),
            Metric::UsageRevenue => Money(figures.usage_revenue),
            Metric::FixedRevenue => Money(figures.fixed_revenue),
            Metric::Breakage => Money(figures.breakage),
            Metric::Revenue => Money(figures.revenue()),
            Metric::Cost => Money(figures.cost),
            Metric::RefusedCost => Money(figures.denied_cost),
            Metric::Profit => Money(figures.profit()),
            Metric::Margin if figures.revenue().is_positive() => Share(profit, figures.revenue().count()),
            Metric::BreakEven if profit > base && profit > 0 => Share(profit - base, profit),
            Metric::Margin | Metric::BreakEven => return None,
            Metric::CashIn => Money(own.cash_in),
            Metric::AutoTopups => Count(own.auto_topups.into()),
            Metric::DeclinedTopups => Count(own.declined_topups.into()),
            Metric::WorstDeficit => Money(own.worst_deficit),
            Metric::Deferred => Money(own.deferred),
            Metric::PaysMore => count(own.count(Class::PaysMore)),
            Metric::PaysLess => count(own.count(Class::PaysLess)),
            Metric::Same => count(own.count(Class::Same)),
            Metric::NewlyDenied => count(own.newly_denied()),
            Metric::NewlyUnprofitable => count(own.newly_unprofitable()),
        })
    }
}

/// A figure by what it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Figure {
    /// Customers, events or payments.
    Count(i128),
    /// An amount of the reporting currency.
    Money(Precise),
    /// The first as a share of the second.
    Share(i128, i128),
}
