//! `asset` and `billing_model`: what a price charges, and when.

use super::life::{MOST_UNITS, UNITS, interval, write_interval};
use crate::catalog::codes::Code;
use crate::catalog::fields::{Fields, Foreign};
use crate::catalog::finding::Findings;
use crate::catalog::keys::{Key, Kind, Table, Usual, When, plain_words};
use crate::catalog::written::WrittenTable;
use crate::time::{Interval, Unit};
use serde_json::{Value, json};

/// What a price is in.
pub(super) const ASSET: Key = Key::new("asset", Kind::Code, "The asset that is charged.").needed();
/// When a price is charged.
pub(super) const BILLING_MODEL: Key =
    Key::new("billing_model", Kind::Table(&MODEL), "When it is charged. Required for fixed prices.");

const TYPE: Key = Key::new(
    "type",
    Kind::Words(&plain_words(&BillingModel::NAMES)),
    "At the start of each interval, once at the start, or as events happen.",
)
.needed();
const INTERVAL: Key =
    Key::new("interval", Kind::Words(UNITS), "The unit of time between two charges.").placeholder("UNIT");
const INTERVAL_COUNT: Key = Key::new("interval_count", Kind::Whole(1, MOST_UNITS as i64), "How many units of time.")
    .by_default(Usual::Number(1));

const INTERVALS: &[Key] = &[INTERVAL, INTERVAL_COUNT];

/// When a price is charged.
pub static MODEL: Table = Table::new("billing_model", &[&[TYPE], INTERVALS]).when(&[
    When::new(TYPE, &["recurring"]).needs(&[INTERVAL]),
    When::new(TYPE, &["one_time", "real_time"]).refuses(&[INTERVALS]),
]);

const OF_USAGE: Key = Key::new("type", Kind::Words(&plain_words(&[("real_time", ())])), "As events happen.").needed();
/// The only way to charge a usage price.
pub static REAL_TIME: Table = Table::new("real_time", &[&[OF_USAGE]]);

const ONCE: Foreign =
    Foreign { keys: &[INTERVALS], why: "a charge that is made once", help: "remove it, or set `type = \"recurring\"`" };

/// When a price is charged: `billing_model.type`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum BillingModel {
    /// As events happen.
    RealTime,
    /// At the start of each interval.
    Recurring,
    /// At the start of the subscription.
    OneTime,
}

impl BillingModel {
    /// The catalog's spellings; the first is that of usage.
    const NAMES: [(&'static str, Self); 3] =
        [("real_time", Self::RealTime), ("recurring", Self::Recurring), ("one_time", Self::OneTime)];
}

/// When a fixed price recurs; `None` is once.
pub(super) fn recurrence(table: &mut Fields<'_>, findings: &mut Findings) -> Option<Interval> {
    let stand_in = Interval { unit: Unit::Month, count: 1 };
    let Some(node) = table.get(&BILLING_MODEL, findings) else {
        let finding = findings.add(Code::MissingKey, table.spot, "the key `billing_model` is missing");
        finding.help("add `billing_model = { type = \"recurring\", interval = \"month\" }`");
        return Some(stand_in);
    };
    let Some(mut model) = node.fields(findings) else { return Some(stand_in) };
    let kind = model.get(&TYPE, findings);
    match kind.and_then(|node| node.choice(&BillingModel::NAMES[1..], findings)) {
        Some(BillingModel::Recurring) => {
            let interval = interval(&mut model, [&INTERVAL, &INTERVAL_COUNT], findings);
            model.finish(findings);
            Some(interval)
        }
        Some(BillingModel::OneTime) => {
            model.finish_beside(&ONCE, findings);
            None
        }
        _ => Some(stand_in),
    }
}

/// The table that a recurrence is read from; `None` is once.
pub(super) fn write_recurrence(interval: Option<Interval>) -> WrittenTable {
    let [_, recurring, once] = BillingModel::NAMES.map(|(name, _)| WrittenTable::new(&MODEL).with(&TYPE, name));
    interval.map_or(once, |interval| write_interval(recurring, [&INTERVAL, &INTERVAL_COUNT], interval))
}

/// When a fixed price recurs, for scripts: in the catalog's keys.
pub(super) fn recurrence_as_value(interval: Option<Interval>) -> Value {
    match interval {
        None => json!({ TYPE.name: "one_time" }),
        Some(Interval { unit, count }) => {
            json!({ TYPE.name: "recurring", INTERVAL.name: unit.name(), INTERVAL_COUNT.name: count })
        }
    }
}

/// Usage is charged as it happens, whether the price says so or not.
pub(super) fn check_real_time(table: &mut Fields<'_>, findings: &mut Findings) {
    let Some(mut model) = table.table(&BILLING_MODEL, findings) else { return };
    let Some(node) = model.get(&TYPE, findings) else { return };
    match node.choice(&BillingModel::NAMES, findings) {
        Some(BillingModel::RealTime) => model.finish(findings),
        Some(BillingModel::Recurring | BillingModel::OneTime) => {
            let message =
                "this billing model does not belong in a usage-based price, which is charged as events happen";
            let finding = findings.add(Code::ConflictingKeys, node.spot, message);
            finding.help("remove it, or set `type = \"fixed\"` on the price");
        }
        None => {}
    }
}
