//! What happened in the engine, in the model's lines.

use super::run::Run;
use super::world::{ASSETS, micros};
use drawdown::billing::{EventFact, FeeFact, Status};
use drawdown::ids::{AssetId, LotId};
use drawdown::money::Units;
use drawdown::time::Instant;
use drawdown::wallet::Draw;

/// The tick of an instant; that of the end of the calendar is never.
fn tick(at: Instant) -> i64 {
    assert_eq!((at.micros() - micros(0)) % 43_200_000_000, 0, "{at} is off the grid");
    (at.micros() - micros(0)) / 43_200_000_000
}

/// Everything but events in its own order by kind; the model tells the same in the order of time.
pub fn story(run: &Run<'_>, refused: impl Fn(usize) -> String) -> Vec<String> {
    let facts = &run.facts;
    let mut lines: Vec<String> = run.refused.iter().map(|&number| refused(number)).collect();
    for c in &facts.charges {
        let (at, from, to, amount) = (tick(c.at), tick(c.from), tick(c.to), c.amount);
        lines.push(format!("charge at {at}: {amount} for {from}..{to} of price {} of {}", c.price, c.subscription));
    }
    for r in &facts.rollovers {
        lines.push(format!("rollover at {}: {} of lot {} into {}", tick(r.at), r.amount, r.lot, r.into));
    }
    lines.extend(facts.lapses.iter().map(|lapse| format!("lapse of {} at {}", lapse.origin, tick(lapse.at))));
    for recovery in &facts.recoveries {
        let lapse = facts.lapses.iter().find(|lapse| lapse.id == recovery.lapse).unwrap();
        lines.push(format!("recovery of {} at {}", lapse.origin, tick(recovery.at)));
    }
    lines.extend(facts.events.iter().map(|event| event_line(run, event)));
    lines.sort();
    lines
}

/// What there is in the end.
pub fn stand(run: &Run<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for fact in &run.facts.lots {
        let to = fact.expires_at.map_or("ever".to_owned(), |end| tick(end).to_string());
        let by = fact.granted_by.map_or(0, |by| by.subscription.number());
        let (from, amount, asset, left) =
            (tick(fact.granted_at), fact.amount, code(run, fact.asset), run.lots[&fact.id].left);
        lines.push(format!("lot {}: {from}..{to} {amount} {asset} of {by}, {left} left", fact.id));
    }
    let owed = |code: &str| {
        let asset = run.engine.asset_id(code).unwrap();
        run.life.accounts.get(asset).map_or(0, |account| account.deficit().count())
    };
    lines.push(format!("owed {:?}", ASSETS.map(owed)));
    lines
}

fn code<'r>(run: &'r Run<'_>, asset: AssetId) -> &'r str {
    &run.engine.asset(asset).code
}

fn event_line(run: &Run<'_>, event: &EventFact) -> String {
    let amount =
        |fee: &FeeFact| format!("{} {}", fee.amount, code(run, run.engine.fee_price(&run.life, fee).unwrap().0));
    let amounts = event.fees.iter().map(amount).collect::<Vec<_>>().join(" + ");
    let what = match event.status {
        Status::Unpriced(reason) => format!("unpriced: {}", reason.name()),
        Status::Denied => {
            let denial = run.facts.denials.iter().find(|denial| denial.event == event.seq).unwrap();
            format!("denied {amounts}: {} of {}", denial.reason.name(), code(run, denial.asset))
        }
        Status::Charged => {
            let draws = event.fees.iter().map(fee_draws).collect::<Vec<_>>();
            format!("charged {amounts} from {}", draws.join(" + "))
        }
    };
    format!("event at {}: {what}", tick(event.occurred_at))
}

/// Draws of the same lot in a row are one: giving back may take several steps.
fn fee_draws(fee: &FeeFact) -> String {
    let mut merged: Vec<(Option<LotId>, Units)> = Vec::new();
    for Draw { lot, amount, .. } in &fee.draws {
        match merged.last_mut().filter(|(other, _)| other == lot) {
            Some((_, sum)) => *sum += *amount,
            None => merged.push((*lot, *amount)),
        }
    }
    let told = |(lot, amount): &(Option<LotId>, Units)| match lot {
        Some(lot) => format!("{amount} of lot {lot}"),
        None => format!("{amount} owed"),
    };
    let draws = merged.iter().map(told).collect::<Vec<_>>().join(", ");
    let overage = fee.overage.map_or((0, 0), |overage| (overage.units.count(), overage.amount.count()));
    format!("[{draws}] overage {overage:?}")
}
