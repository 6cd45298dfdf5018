//! Random worlds.

use super::world::{
    Action, Entitlement, Every, Fixed, How, Model, Product, Refresh, Row, Rule, TierPeriod, USD, Usage, What, When,
    World,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

fn every() -> impl Strategy<Value = Every> {
    let days = [3, 7, 10, 14].map(Every::Days);
    let months = [1, 1, 1, 2, 12].map(Every::Months);
    proptest::sample::select([days.to_vec(), months.to_vec()].concat())
}

fn fixed() -> impl Strategy<Value = Fixed> {
    let kind = prop_oneof![2 => Just((USD, false)), 1 => Just((USD, true)), 1 => Just((0, true))];
    let tiers = option::weighted(0.3, (1i64..5, 0i64..2_000, any::<bool>()));
    (option::weighted(0.85, every()), kind, 0i64..2_000, any::<bool>(), tiers).prop_map(
        |(every, (asset, balance), amount, per_seat, tiers)| {
            let price = |amount: i64| if asset == USD { amount } else { amount / 20 };
            let tiers = tiers.map(|(up_to, other, is_volume)| (up_to, price(other), is_volume));
            Fixed { every, asset, price: price(amount), per_seat, balance, tiers }
        },
    )
}

fn entitlement() -> impl Strategy<Value = Entitlement> {
    let refresh = prop_oneof![
        1 => Just(Refresh::Never),
        2 => Just(Refresh::Replace),
        3 => option::of(0i64..400).prop_map(Refresh::RollOver),
    ];
    let lifecycle = option::weighted(0.8, (every(), refresh));
    let asset = prop_oneof![3 => Just(0), 1 => Just(USD)];
    let kind = (0usize..3, asset, any::<bool>(), 99i64..102, any::<bool>());
    (kind, 1i64..150, lifecycle, 0i64..30).prop_map(
        |((name, asset, promotion, priority, per_seat), amount, lifecycle, basis)| {
            let basis = if promotion { 0 } else { basis };
            Entitlement { name, asset, amount, promotion, priority, per_seat, lifecycle, basis }
        },
    )
}

fn row(model: Option<usize>) -> impl Strategy<Value = Row> {
    (1i64..20, [0i64..80, 0i64..40], [0i64..20, 0i64..20], any::<bool>()).prop_map(
        move |(up_to, [first, second], fees, falls)| {
            let prices = [first, if falls { second.min(first / 4) } else { second }];
            let flat_fees = fees.map(|fee| if fee < 14 || falls { 0 } else { fee });
            Row { model, up_to, prices, flat_fees }
        },
    )
}

fn usage() -> impl Strategy<Value = Usage> {
    let model =
        proptest::sample::select(vec![Model::Flat, Model::Graduated, Model::Volume, Model::Volume, Model::Package]);
    let period = prop_oneof![
        3 => Just(TierPeriod::Lifetime),
        3 => Just(TierPeriod::Month),
        3 => Just(TierPeriod::Cycle),
        2 => Just(TierPeriod::Event),
    ];
    let rows = (option::of(row(Some(0))), row(None)).prop_map(|(own, any)| own.into_iter().chain([any]).collect());
    let asset = prop_oneof![3 => Just(0), 1 => Just(USD)];
    (0usize..4, asset, model, 1i64..5, period, rows, option::of(1i64..30)).prop_map(
        |(kind, asset, model, package, period, rows, overage)| {
            let overage = overage.filter(|_| asset != USD);
            Usage { event_type: kind / 3, asset, model, package, period, rows, overage }
        },
    )
}

fn product() -> impl Strategy<Value = Product> {
    (vec(fixed(), 0..4), vec(entitlement(), 0..3), vec(usage(), 1..4)).prop_map(
        |(fixed, mut entitlements, mut usage)| {
            if entitlements.len() == 2 && entitlements[0].name == entitlements[1].name {
                entitlements[1].name += 3;
            }
            let product = Product { fixed, entitlements, usage: Vec::new() };
            if product.cycle().is_none() {
                let of_cycle = usage.iter_mut().filter(|usage| usage.period == TierPeriod::Cycle);
                of_cycle.for_each(|usage| usage.period = TierPeriod::Month);
            }
            Product { usage, ..product }
        },
    )
}

fn rule() -> impl Strategy<Value = Option<Rule>> {
    let limit = option::weighted(0.7, 0i64..3);
    let on = (0i64..60, 1i64..12, limit).prop_map(|(threshold, amount, more)| Rule {
        threshold,
        amount,
        limit: more.map(|more| amount * (more + 1) + more),
    });
    option::weighted(0.4, on)
}

fn what() -> impl Strategy<Value = What> {
    let which = || 0usize..4;
    let start = prop_oneof![4 => Just(0i64), 1 => -120i64..0, 1 => 0i64..60];
    let end = option::weighted(0.15, 1i64..200);
    let how = prop_oneof![3 => Just(How::Now), 1 => (0i64..60).prop_map(How::Later), 2 => Just(How::PeriodEnd)];
    let when = prop_oneof![
        3 => (-20i64..60).prop_map(When::At),
        2 => Just(When::PeriodEnd),
        1 => Just(When::TermsBegin),
        1 => Just(When::TermsEnd)
    ];
    prop_oneof![
        3 => (0usize..3, 1i64..4, start, end)
            .prop_map(|(product, seats, start, end)| What::Subscribe { product, seats, start, end }),
        5 => (which(), 0usize..3, 1i64..5, how)
            .prop_map(|(which, product, seats, how)| What::Change { which, product, seats, how }),
        1 => (which(), when).prop_map(|(which, when)| What::Cancel { which, when }),
        1 => which().prop_map(|which| What::Resume { which }),
        3 => (1i64..5_000, 0usize..2).prop_map(|(cents, asset)| What::Pay { cents, asset }),
        1 => (1i64..800, 0usize..2, option::of(1i64..80))
            .prop_map(|(amount, asset, ticks)| What::Gift { amount, asset, ticks }),
        1 => (1i64..200, 0usize..2, any::<bool>())
            .prop_map(|(amount, asset, refund)| What::TakeBack { amount, asset, refund }),
        24 => (
            0usize..4,
            option::weighted(0.2, 0usize..2),
            0i64..16,
            prop::bool::weighted(0.2),
            prop_oneof![5 => Just(0i64), 1 => 0i64..80],
        )
            .prop_map(|(kind, model, volume, is_tiny, ago)| {
                What::Use { event_type: kind / 3, model, volume, is_tiny, ago }
            }),
        2 => Just(What::Advance),
    ]
}

/// Time goes on by a few days at a time, now and then by months.
fn actions(most: usize) -> impl Strategy<Value = Vec<Action>> {
    let step = prop_oneof![2 => Just(0i64), 6 => 0i64..24, 1 => 30i64..150];
    let first = (0usize..3, 1i64..4, 1i64..5).prop_map(|(product, seats, tick)| {
        let what = What::Subscribe { product, seats, start: 0, end: None };
        Action { tick, what }
    });
    (first, vec((step, what()), 1..most)).prop_map(|(first, steps)| {
        let mut now = first.tick;
        let act = |(step, what)| {
            now += step;
            Action { tick: now, what }
        };
        let actions: Vec<Action> = steps.into_iter().map(act).collect();
        [vec![first], actions].concat()
    })
}

pub fn worlds(most_actions: usize) -> impl Strategy<Value = World> {
    let limits = [option::of(0i64..60), option::of(0i64..400)];
    let lives = [option::weighted(0.3, 5i64..60), option::weighted(0.3, 5i64..60)];
    (prop::bool::weighted(0.3), limits, lives, [rule(), rule()], vec(product(), 3), actions(most_actions)).prop_map(
        |(overdraft, overdraft_limits, expires_after, rules, products, actions)| World {
            overdraft,
            overdraft_limits,
            expires_after,
            rules,
            products,
            actions,
        },
    )
}
