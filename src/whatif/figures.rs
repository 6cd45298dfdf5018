//! The figures of a scenario by name, exactly, for the conditions that they are held to.

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

    /// A figure of a scenario. Amounts are numbers of the reporting currency, and shares fractions of 1.
    pub fn figure(&self, own: &Scenario, metric: Metric) -> Option<Exact> {
        let figures = &own.figures;
        let money = |amount: Precise| Exact::ratio(amount.count(), 10i128.pow(COST_PRECISION.into()));
        let count = |count: i128| Exact::ratio(count, 1);
        let (profit, base) = (figures.profit().count(), self.base.figures.profit().count());
        match metric {
            Metric::Customers => count(own.customers.into()),
            Metric::Charged => count(own.charged().into()),
            Metric::Denied => count(figures.denied.into()),
            Metric::Unpriced => count(figures.unpriced.into()),
            Metric::Fees => money(figures.fees),
            Metric::UsageRevenue => money(figures.usage_revenue),
            Metric::FixedRevenue => money(figures.fixed_revenue),
            Metric::Breakage => money(figures.breakage),
            Metric::Revenue => money(figures.revenue()),
            Metric::Cost => money(figures.cost),
            Metric::RefusedCost => money(figures.denied_cost),
            Metric::Profit => money(figures.profit()),
            Metric::Margin if figures.revenue().is_positive() => Exact::ratio(profit, figures.revenue().count()),
            Metric::BreakEven if profit > base && profit > 0 => Exact::ratio(profit - base, profit),
            Metric::Margin | Metric::BreakEven => None,
            Metric::CashIn => money(own.cash_in),
            Metric::AutoTopups => count(own.auto_topups.into()),
            Metric::Deferred => money(own.deferred),
            Metric::PaysMore => count(own.count(Class::PaysMore) as i128),
            Metric::PaysLess => count(own.count(Class::PaysLess) as i128),
            Metric::Same => count(own.count(Class::Same) as i128),
            Metric::NewlyDenied => count(own.newly_denied() as i128),
            Metric::NewlyUnprofitable => count(own.newly_unprofitable() as i128),
        }
    }
}
