//! When events earned nothing for a reason that a person can mend, that reason and what mends it: however few are unpriced,
//! and when most of a log is denied.

use crate::billing::{Engine, Unpriced, Version};
use crate::catalog::{DimensionValue, Sum, UsagePrice, closest, plain_value};
use crate::ledger::{ImportSummary, MostUnpriced};
use crate::render::{counted, either};
use crate::time::Instant;
use crate::usage::Shape;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What to say; `None` when nothing is unpriced and most of the log was charged, or no one reason stands out.
pub(super) fn hint(summary: &ImportSummary, engine: &Engine, sorted: bool) -> Option<String> {
    let new = summary.charged + summary.unpriced + summary.denied;
    let most = |count: u64| count * 2 > new;
    let share = |count: u64| format!("{count} of {} {}", counted(new, "event"), either(&count, "is", "are"));
    let (first, _) = summary.span?;
    let again = "What is recorded stays: try again with a new ledger, or look first with --dry-run.";
    let early = summary.unpriced_reasons.get(&Unpriced::SubscriptionNotStarted).copied().unwrap_or_default();
    if summary.enrolled > 0 && early > 0 && !sorted {
        return Some(format!(
            "{} unpriced (subscription_not_started): --enroll subscribes customers at their first event in the log, and \
             earlier ones came later; order the log with --sort. {again}",
            share(early)
        ));
    }
    if let Some(most @ MostUnpriced { reason, count, .. }) = &summary.most_unpriced {
        let mend = unpriced(most, summary, engine, &first.to_string());
        let then = match reason {
            Unpriced::NegativeVolume | Unpriced::SubscriptionEnded => String::new(),
            _ => format!(
                " After fixing that, `drawdown rebill --status unpriced` bills {}.",
                either(count, "it", "them")
            ),
        };
        let others = match summary.unpriced - count {
            0 => String::new(),
            1 => " 1 more is unpriced for another reason; `drawdown report usage` says which.".to_owned(),
            others => format!(" {others} more are unpriced for other reasons; `drawdown report usage` counts them."),
        };
        return Some(format!("{} unpriced ({}): {mend}{then}{others}", share(*count), reason.name()));
    }
    let ((reason, asset), count) = summary.denial_reasons.iter().max_by_key(|(_, count)| **count)?;
    let mend = denied(reason, &engine.asset(*asset).code, summary, first);
    most(*count).then(|| {
        format!(
            "{} denied ({reason}): {mend} After fixing that, `drawdown rebill --status denied` bills {}.",
            share(*count),
            either(count, "it", "them")
        )
    })
}

fn denied(reason: &str, asset: &str, summary: &ImportSummary, first: Instant) -> String {
    match reason {
        _ if summary.paid_too_late > 0 => format!(
            "credit of {} takes effect only after the log's end; pay in with `drawdown topup ... --at {first}`.",
            counted(summary.paid_too_late, "customer")
        ),
        "auto_topup_no_rate" => {
            format!("{asset} can't be bought at that time; add a rate to [[asset]] {asset}, and `drawdown apply`.")
        }
        "auto_topup_full" => {
            format!(
                "the account can't hold what a payment buys; lower the rule's amount, or the `precision` of {asset}."
            )
        }
        "auto_topup_limit" => "the automatic top-up's monthly limit is too low; raise `limit`.".to_owned(),
        "overdraft_limit" => format!("the overdraft_limit of {asset} is too low."),
        "past_due" => "renewals have not been paid; `drawdown subscription list` says what is missing.".to_owned(),
        _ => format!(
            "pay in first with `drawdown topup CUSTOMER AMOUNT CURRENCY --to {asset} --at {first}`, or add an [[auto_topup]]."
        ),
    }
}

fn unpriced(most: &MostUnpriced, summary: &ImportSummary, engine: &Engine, first: &str) -> String {
    let MostUnpriced { reason, count, shape, .. } = most;
    let event_type = &shape.event_type;
    // Of the versions that such events were billed under.
    let asked = summary.asked.iter().filter(|(place, _)| Arc::ptr_eq(&summary.shapes[*place].0, shape));
    let versions: Vec<&Version> = asked.map(|(_, version)| engine.version(*version)).collect();
    let prices = versions.iter().flat_map(|version| &version.prices).map(|(_, price)| &price.usage);
    let own: Vec<&UsagePrice> = prices.filter(|price| price.event_type == *event_type).collect();
    match *reason {
        Unpriced::NoSubscription => {
            let whose = either(count, "its customer has", "their customers have");
            format!("{whose} no subscription; subscribe with `drawdown subscribe CUSTOMER PRODUCT --at {first}`.")
        }
        Unpriced::SubscriptionNotStarted => format!(
            "{} later; subscribe with --at {first}, or order the log with --sort.",
            either(count, "the customer's subscription starts", "the customers' subscriptions start")
        ),
        Unpriced::SubscriptionEnded => {
            format!(
                "{} had ended by then.",
                either(count, "the customer's subscription", "the customers' subscriptions")
            )
        }
        Unpriced::NoPrice => {
            let known: Vec<&str> = engine
                .versions()
                .flat_map(|(_, v)| v.prices.iter().map(|(_, p)| p.usage.event_type.as_str()))
                .collect();
            let meant = closest(event_type, known).map_or(String::new(), |c| format!(" (did you mean {c:?}?)"));
            format!(
                "no price of {} is for the event type {event_type:?}{meant}.",
                either(count, "its customer's subscriptions", "their customers' subscriptions")
            )
        }
        Unpriced::NoDimensionRow => no_row(most, &own),
        Unpriced::NoVolume => no_volume(most, &own),
        Unpriced::NegativeVolume => format!("{} volume is below zero.", either(count, "its", "their")),
    }
}

/// Why no row of these prices is for the events.
fn no_row(most: &MostUnpriced, own: &[&UsagePrice]) -> String {
    let MostUnpriced { count, alike, shape, .. } = most;
    let values: Vec<String> = shape.dimensions.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let numbers: BTreeSet<&str> = own.iter().flat_map(|price| ranged(price, shape)).collect();
    let numbers = numbers.into_iter().collect::<Vec<_>>().join(" and ");
    let values = match (values.as_slice(), &*numbers) {
        ([], "") => "no dimensions at all".to_owned(),
        ([], numbers) => format!("their {numbers}"),
        (values, "") => values.join(" "),
        (values, numbers) => format!("{} with their {numbers}", values.join(" ")),
    };
    let values =
        if alike < count { format!("{values} (as {alike} of them {})", either(alike, "has", "have")) } else { values };
    match own.iter().find_map(|price| quoted_value(price, shape)) {
        Some((name, value)) => format!(
            "no price row matches {values}, but one has `{name} = \"{value}\"`: without quotes it is any spelling of it."
        ),
        None => format!("no price row matches {values}; add one, or one with \"*\"."),
    }
}

/// Which volume the prices need, and what the events have.
fn no_volume(most: &MostUnpriced, own: &[&UsagePrice]) -> String {
    let MostUnpriced { count, shape, .. } = most;
    let mut wanted: Vec<String> =
        own.iter().filter_map(|price| price.volume_field.as_ref()).map(Sum::to_string).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let wanted = wanted.join(" or ");
    match shape.fields.join(", ") {
        none if none.is_empty() => {
            format!(
                "the price needs {wanted}, which {} not have; map the column with --map.",
                either(count, "the event does", "the events do")
            )
        }
        has => format!(
            "the price needs {wanted}, and {} {has}; map the column with --map.",
            either(count, "the event has", "the events have")
        ),
    }
}

/// The dimensions of which events of a shape have a number of their own.
fn ranged<'p>(price: &'p UsagePrice, shape: &Shape) -> impl Iterator<Item = &'p str> {
    let dimensions = price.billable_dimensions.iter().filter(|name| shape.dimension(name).is_none());
    dimensions.filter(|name| shape.volumes.contains(name)).map(String::as_str)
}

/// The text in quotes that a row has where the event has another spelling of the same value.
fn quoted_value<'p>(price: &'p UsagePrice, shape: &Shape) -> Option<(&'p str, &'p str)> {
    let is_meant = |name: &str, wanted: &str| {
        shape.dimension(name).is_some_and(|value| value != wanted && plain_value(value) == plain_value(wanted))
    };
    let cells = price.rows.iter().flat_map(|row| price.billable_dimensions.iter().zip(&row.dimensions));
    let mut texts = cells.filter_map(|(name, wanted)| match wanted {
        Some(DimensionValue::Text(text)) => Some((name.as_str(), text.as_str())),
        _ => None,
    });
    texts.find(|(name, wanted)| is_meant(name, wanted))
}
