//! When events earned nothing, each reason and what mends it: however few are unpriced, and when most of a log is denied.

use crate::billing::{Engine, Unpriced, Version};
use crate::catalog::{DimensionValue, Sum, UsagePrice, closest, plain_value};
use crate::ids::VersionNumber;
use crate::ledger::{ImportSummary, MostUnpriced};
use crate::render::{counted, either, shell_word};
use crate::time::Instant;
use crate::usage::Shape;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

/// What a hint depends on beside the summary.
#[derive(Clone, Copy)]
pub(super) struct Asked<'e> {
    pub engine: &'e Engine,
    /// The events were sorted by time first.
    pub is_sorted: bool,
    /// What was billed is recorded, so that it can be billed again.
    pub is_recorded: bool,
    /// Our names of fields that stand deeper in the log's records than they are read, and where.
    pub deeper: &'e BTreeMap<String, String>,
    /// The logs, and the mapping that they were read with.
    pub files: &'e [PathBuf],
    pub map: Option<&'e str>,
}

impl Asked<'_> {
    /// What to write where events lack one of these fields and have it deeper.
    fn deeper<'n>(self, fields: impl Iterator<Item = &'n str>, shape: &Shape) -> Option<String> {
        let lacks = |name: &&str| shape.dimension(name).is_none() && !shape.fields.iter().any(|field| field == *name);
        let mut found = fields.filter(lacks).filter_map(|ours| Some((ours, self.deeper.get(ours)?)));
        let (ours, path) = found.next()?;
        let place =
            if self.map.is_some() { "in the mapping" } else { "in a [mapping.NAME], and read the log with --map NAME" };
        Some(format!(
            "prices ask for {ours}, which stands deeper in the log: write columns = {{ {ours} = \"{path}\" }} {place}."
        ))
    }

    /// The command that takes back what was unpriced for this reason, so that the logs can be read in another way.
    fn take_back(self, reason: Unpriced) -> String {
        let mut command = "drawdown void".to_owned();
        for file in self.files {
            command += &match file.as_os_str().to_str() {
                Some("-") | None => " --log FILE".to_owned(),
                Some(name) => format!(" --log {}", shell_word(name)),
            };
        }
        if let Some(map) = self.map {
            command += &format!(" --map {}", shell_word(map));
        }
        format!("{command} --reason {}", reason.name())
    }
}

/// What to say: each reason for unpriced events, or why most of the log was denied. Nothing when no one reason stands out.
pub(super) fn hints(summary: &ImportSummary, asked: Asked<'_>) -> Vec<String> {
    let Some((first, _)) = summary.span else { return Vec::new() };
    let unpriced = summary.most_unpriced.iter().map(|most| unpriced_hint(most, summary, asked, first));
    let mut hints: Vec<String> = unpriced.collect();
    if hints.is_empty() {
        hints.extend(denied_hint(summary, asked, first));
    }
    hints
}

/// How many of the new events are so.
fn share(count: u64, summary: &ImportSummary) -> String {
    let new = summary.charged + summary.unpriced + summary.denied;
    format!("{count} of {} {}", counted(new, "event"), either(&count, "is", "are"))
}

fn unpriced_hint(most: &MostUnpriced, summary: &ImportSummary, asked: Asked<'_>, first: Instant) -> String {
    let (count, reason) = (most.count, most.reason);
    let share = share(count, summary);
    if summary.enrolled > 0 && reason == Unpriced::SubscriptionNotStarted && !asked.is_sorted {
        let again = match asked.is_recorded {
            true => " What is recorded stays: try again with a new ledger, or look first with --dry-run.",
            false => "",
        };
        return format!(
            "{share} unpriced (subscription_not_started): --enroll subscribes customers at their first event in the log, \
             and earlier ones came later; order the log with --sort.{again}"
        );
    }
    let (mend, is_deeper) = unpriced(most, summary, asked, &first.to_string());
    let then = match reason {
        _ if is_deeper && asked.is_recorded => {
            format!(" `{}` first, then `drawdown replay` again.", asked.take_back(reason))
        }
        _ if is_deeper => String::new(),
        _ if asked.is_recorded => then(most, asked),
        Unpriced::NoVolume => "; map the column with --map, or correct the price's volume_field.".to_owned(),
        _ => String::new(),
    };
    format!("{share} unpriced ({}): {mend}{then}", reason.name())
}

/// What bills unpriced events once it is mended why they are, or what takes them back.
fn then(most: &MostUnpriced, asked: Asked<'_>) -> String {
    let them = either(&most.count, "it", "them");
    let rebill = format!("`drawdown rebill --status unpriced` bills {them}");
    match most.reason {
        Unpriced::NegativeVolume => {
            " That is never billed: `drawdown void EVENT_ID` takes back what was too much, and the right event is recorded \
             under another id."
                .to_owned()
        }
        Unpriced::NoVolume => format!(
            ". To map a column, `{}` first, then `drawdown replay` with --map. If the price is wrong, correct its volume_field \
             and `drawdown apply`; then {rebill}.",
            asked.take_back(most.reason)
        ),
        Unpriced::NoPrice => format!(
            " If a price is missing, add it and `drawdown apply`; then {rebill}. If the log has the wrong word, `{}` first, \
             then `drawdown replay` it corrected, or with a mapping.",
            asked.take_back(most.reason)
        ),
        Unpriced::NoDimensionRow => format!(" After that and `drawdown apply`, {rebill}."),
        Unpriced::NoSubscription | Unpriced::SubscriptionNotStarted | Unpriced::SubscriptionEnded => {
            format!(" After fixing that, {rebill}.")
        }
    }
}

fn denied_hint(summary: &ImportSummary, asked: Asked<'_>, first: Instant) -> Option<String> {
    let ((reason, asset), &count) = summary.denial_reasons.iter().max_by_key(|(_, count)| **count)?;
    let mend = denied(reason, &asked.engine.asset(*asset).code, summary, first);
    let is_most = count * 2 > summary.charged + summary.unpriced + summary.denied;
    let then = match asked.is_recorded {
        true => {
            format!(" After fixing that, `drawdown rebill --status denied` bills {}.", either(&count, "it", "them"))
        }
        false => String::new(),
    };
    is_most.then(|| format!("{} denied ({reason}): {mend}{then}", share(count, summary)))
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

/// Why events are unpriced, and whether what the prices ask for stands deeper in the log.
fn unpriced(most: &MostUnpriced, summary: &ImportSummary, asked_of: Asked<'_>, first: &str) -> (String, bool) {
    let engine = asked_of.engine;
    let MostUnpriced { reason, shape, .. } = most;
    let event_type = &shape.event_type;
    // Of the versions that such events were billed under.
    let asked = summary.asked.iter().filter(|(place, _)| Arc::ptr_eq(&summary.shapes[*place].0, shape));
    let versions: Vec<&Version> = asked.map(|(_, version)| engine.version(*version)).collect();
    let prices = versions.iter().flat_map(|version| &version.prices).map(|(_, price)| &price.usage);
    let own: Vec<&UsagePrice> = prices.filter(|price| price.event_type == *event_type).collect();
    let deeper = match *reason {
        Unpriced::NoDimensionRow => {
            let dimensions = own.iter().flat_map(|price| &price.billable_dimensions).map(String::as_str);
            asked_of.deeper(dimensions, shape)
        }
        Unpriced::NoVolume => asked_of.deeper(own.iter().flat_map(|price| price.volume_fields()), shape),
        _ => None,
    };
    match deeper {
        Some(deeper) => (deeper, true),
        None => (why(most, &own, engine, first), false),
    }
}

/// Why events are unpriced, where these prices are of their type.
fn why(most: &MostUnpriced, own: &[&UsagePrice], engine: &Engine, first: &str) -> String {
    let MostUnpriced { reason, count, shape, .. } = most;
    let event_type = &shape.event_type;
    match *reason {
        Unpriced::NoSubscription => {
            let whose = either(count, "its customer has", "their customers have");
            format!("{whose} no subscription; subscribe with `drawdown subscribe CUSTOMER PRODUCT --at {first}`.")
        }
        Unpriced::SubscriptionNotStarted => format!(
            "{} later; subscribe with --at {first}, or order the log with --sort.",
            either(count, "the customer's subscription starts", "the customers' subscriptions start")
        ),
        Unpriced::SubscriptionEnded => format!(
            "{} had ended by then; if that is wrong, subscribe again with `drawdown subscribe CUSTOMER PRODUCT --at {first}`.",
            either(count, "the customer's subscription", "the customers' subscriptions")
        ),
        Unpriced::NoPrice => format!(
            "no price of {} is for the event type {event_type:?}{}.",
            either(count, "its customer's subscriptions", "their customers' subscriptions"),
            priced_elsewhere(event_type, engine)
        ),
        Unpriced::NoDimensionRow => no_row(most, own),
        Unpriced::NoVolume => no_volume(most, own),
        Unpriced::NegativeVolume => format!("{} volume is below zero.", either(count, "its", "their")),
    }
}

/// Which other products price events of this type, or else which type may be meant.
fn priced_elsewhere(event_type: &str, engine: &Engine) -> String {
    let prices = engine.versions().flat_map(|(_, v)| v.prices.iter().map(move |(_, price)| (v, &price.usage)));
    let prices: Vec<(&Version, &str)> = prices.map(|(v, price)| (v, price.event_type.as_str())).collect();
    let own = prices.iter().filter(|(_, other)| *other == event_type);
    let products: BTreeMap<&str, VersionNumber> = own.map(|(v, _)| (v.product.as_str(), v.number)).collect();
    let mut named: Vec<String> = products.iter().map(|(product, number)| format!("{product}@{number}")).collect();
    if named.is_empty() {
        let meant = closest(event_type, prices.iter().map(|(_, other)| *other).collect::<Vec<_>>());
        return meant.map_or(String::new(), |close| format!(" (did you mean {close:?}?)"));
    }
    let has = either(&(named.len() as u64), "has", "have");
    if let Some(more) = named.len().checked_sub(FEW).filter(|more| *more > 0) {
        named.truncate(FEW);
        named.push(format!("{more} more"));
    }
    format!("; {} {has} one", named.join(", "))
}

/// How many products are named.
const FEW: usize = 3;

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
            "no price row matches {values}, but one has `{name} = \"{value}\"`: without quotes it matches any spelling."
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
            format!("the price needs {wanted}, which {} not have", either(count, "the event does", "the events do"))
        }
        has => format!("the price needs {wanted}, and {} {has}", either(count, "the event has", "the events have")),
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
