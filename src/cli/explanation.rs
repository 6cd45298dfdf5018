//! What became of an event, as `explain` and `record` show it.

use crate::money::Amount;
use crate::render::{Cell, Column, Table, View};
use crate::report::{Before, ExplainedFee, Explanation, Refusal};

/// The event, its fees as a table, and with `steps` the way to each of them.
pub(super) fn view(explanation: &Explanation, steps: bool) -> View {
    let mut view = about_event(explanation, View::new());
    if steps {
        view = view.line(data(explanation));
    }
    if !explanation.fees.is_empty() {
        view = view.table(fees(&explanation.fees));
    }
    view = about_no_fee(explanation, view);
    if steps { with_steps(explanation, view) } else { with_overages(explanation, view) }
}

/// What became of it, and why that may surprise.
fn about_event(explanation: &Explanation, mut view: View) -> View {
    let event = &explanation.event;
    view = view.line(format!(
        "{} of {} at {}: {}{}",
        event.event_type,
        event.customer,
        event.occurred_at,
        explanation.status,
        explanation.reason.as_ref().map_or(String::new(), |reason| format!(" ({reason})"))
    ));
    if let Some(past_due) = &explanation.past_due {
        view = view.line(past_due.to_string());
    }
    if let Some(operation) = explanation.voided_by {
        let log = format!("`drawdown ledger log show {operation}`");
        let until_then = match &explanation.reason {
            None => "charged as follows",
            Some(Refusal::Denied { .. }) => "denied",
            Some(Refusal::Unpriced(_)) => "unpriced",
        };
        view = view.line(format!("operation {operation} took it back ({log}); until then it was {until_then}"));
    }
    if let Some(Before { recorded_by: Some(first), voided_by: Some(voided), rebilled_by: Some(again) }) =
        explanation.before
    {
        let taken_back = if voided == again { String::new() } else { format!(", taken back by operation {voided}") };
        view = view.line(format!("recorded by operation {first}{taken_back}, billed again by operation {again}"));
    }
    if let Some(posted_at) = explanation.posted_at {
        view = view.line(format!("it came late: priced as of its own time, paid as of {posted_at}"));
    }
    view
}

fn data(explanation: &Explanation) -> String {
    let event = &explanation.event;
    let subject = event.subject.iter().map(|subject| format!("subject={subject}"));
    let data: Vec<String> = subject.chain(event.data.iter().map(|(k, v)| format!("{k}={v}"))).collect();
    format!("data: {}", if data.is_empty() { "none".to_owned() } else { data.join(" ") })
}

/// Prices that make no fee of it, and products without a price for it.
fn about_no_fee(explanation: &Explanation, mut view: View) -> View {
    for missed in &explanation.missed {
        view =
            view.line("").line(format!("{} ({}@{}) makes no fee of it", missed.price, missed.product, missed.version));
        view = missed.steps.iter().fold(view, |view, step| view.line(format!("  {step}")));
    }
    for own in &explanation.without_price {
        let types: Vec<String> = own.event_types.iter().map(|known| format!("`{known}`")).collect();
        let has = match types[..] {
            [] => "it charges for no event at all".to_owned(),
            _ => format!("it has prices for {}", types.join(", ")),
        };
        let (product, version, kind) = (&own.product, own.version, &explanation.event.event_type);
        view = view.line(format!("{product}@{version} has no price for the event type `{kind}`; {has}"));
    }
    view
}

fn with_overages(explanation: &Explanation, view: View) -> View {
    let overages = explanation.fees.iter().filter_map(|fee| Some((fee, fee.overage.as_ref()?)));
    overages.fold(view, |view, (fee, overage)| {
        view.line(overage_line(overage.units, &fee.asset, overage.amount, &overage.asset))
    })
}

/// The way to each fee, and what the event costs us.
fn with_steps(explanation: &Explanation, mut view: View) -> View {
    for fee in &explanation.fees {
        view = view.line("").line(format!("{} ({}@{})", fee.price, fee.product, fee.version));
        view = fee.steps.iter().fold(view, |view, step| view.line(format!("  {step}")));
    }
    if !explanation.costs.is_empty() {
        view = view.line("").line("Cost");
    }
    for cost in &explanation.costs {
        view = view.line(format!("  {} {} at {}", cost.amount, cost.currency, cost.vendor));
    }
    view
}

/// What an overage means for people; one below zero is given back.
pub(super) fn overage_line(units: Amount, asset: &str, amount: Amount, other: &str) -> String {
    if units.is_negative() {
        return format!("{} {asset} of it had cost {} {other}, which come back instead", units.abs(), amount.abs());
    }
    format!("{units} {asset} of it could not be covered and cost {amount} {other} instead")
}

/// One row for each fee.
pub(super) fn fees(fees: &[ExplainedFee]) -> Table {
    let mut table = Table::new(vec![
        Column::text("price"),
        Column::text("row"),
        Column::number("quantity"),
        Column::number("amount"),
        Column::text("asset"),
    ]);
    for fee in fees {
        let ExplainedFee { price, row, quantity, amount, asset, .. } = fee;
        let (row, quantity) = (row.to_string(), quantity.to_string());
        table.row([Cell::from(price), row.into(), quantity.into(), (*amount).into(), asset.into()]);
    }
    table
}
