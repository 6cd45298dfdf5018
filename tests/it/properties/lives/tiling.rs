//! What is paid for fixed prices covers exactly the time they are held, and comes to what the time is worth.

use super::run::Run;
use drawdown::billing::{ChargeFact, Subscription};
use drawdown::ids::FixedPriceIndex;
use drawdown::money::{CURRENCY_PRECISION, Units};
use drawdown::time::Instant;

/// For lives in which everything is paid at once.
pub fn check(run: &Run<'_>) {
    let subscriptions = &run.life.subscriptions;
    for (index, first) in subscriptions.iter().enumerate() {
        let same = |s: &&Subscription| (s.origin, s.version) == (first.origin, first.version);
        if subscriptions[..index].iter().any(|s| same(&s)) {
            continue;
        }
        let line: Vec<&Subscription> = subscriptions.iter().filter(same).collect();
        for (price, _) in FixedPriceIndex::each(&run.engine.version(first.version).fixed_prices) {
            check_price(run, &line, price);
        }
    }
}

/// `terms` are those of one version in one line.
fn check_price(run: &Run<'_>, terms: &[&Subscription], price: FixedPriceIndex) {
    let fixed = &run.engine.version(terms[0].version).fixed_prices[price.place()].1;
    let own = |c: &&ChargeFact| c.price == price && terms.iter().any(|s| s.id == c.subscription);
    let charges: Vec<&ChargeFact> = run.facts.charges.iter().filter(own).collect();
    let Some(interval) = fixed.interval else {
        // Once, as a line begins.
        let is_priced = fixed.total(terms[0].quantity.number()).is_some_and(Units::is_positive);
        let times = usize::from(is_priced && terms[0].id == terms[0].origin);
        return assert_eq!(charges.len(), times, "{charges:?}");
    };
    let now = run.life.clock;
    let mut edges: Vec<Instant> = charges.iter().flat_map(|c| [c.from, c.to]).collect();
    edges.extend(terms.iter().flat_map(|s| [s.started_at, s.ended_at.min(now)]));
    edges.sort_unstable();
    edges.dedup();
    // In hundred-millionths of the smallest unit.
    let (mut worth, scale) = (0i128, 100_000_000i128);
    let mut is_paid_before = false;
    for edge in edges.windows(2) {
        let covering = charges.iter().filter(|c| c.from <= edge[0] && edge[1] <= c.to);
        let times: i64 = covering.map(|c| c.amount.count().signum()).sum();
        let held = terms.iter().find(|s| s.started_at <= edge[0] && edge[0] < s.ended_at.min(now));
        // What was paid goes on to its period's end, whether that is to come or the terms have ended within it.
        let begins = terms.iter().any(|s| s.started_at == edge[0]);
        let may_go_on = (begins || is_paid_before) && held.is_none();
        assert!(
            times == i64::from(held.is_some()) || (may_go_on && times == 1),
            "{times} times in {edge:?}: {charges:#?}"
        );
        is_paid_before = times == 1;
        if times == 0 {
            continue;
        }
        let begun = |s: &&&Subscription| s.started_at <= edge[0].min(now) && s.started_at <= s.ended_at;
        let terms = held.or_else(|| terms.iter().rfind(begun)).unwrap_or(&terms[0]);
        let amount = fixed.total(terms.quantity.number()).unwrap().count();
        let mut from = edge[0];
        while from < edge[1] {
            let whole = interval.period(terms.anchor, from).unwrap();
            let part = whole.to.min(edge[1]).micros() - from.micros();
            worth +=
                i128::from(amount) * i128::from(part) * scale / i128::from(whole.to.micros() - whole.from.micros());
            from = whole.to.min(edge[1]);
        }
    }
    let paid: i128 = charges.iter().map(|c| i128::from(c.amount)).sum();
    let half_a_cent = 10i128.pow(u32::from(CURRENCY_PRECISION) - 2) / 2;
    let off = (paid * scale - worth).abs();
    assert!(
        off <= charges.len() as i128 * (half_a_cent + 1) * scale,
        "paid {paid}, worth {worth} / {scale}: {charges:#?}"
    );
}
