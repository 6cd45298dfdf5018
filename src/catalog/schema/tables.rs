//! Every table and key of a catalog: the one place that editors learn them from.

use super::Kind::{Amount, Code, Flag, Map, Payment, Positive, Signed, Text, Time, Whole};
use super::{Kind, Table, When, words};
use crate::catalog::read::{BillingModel, FIXED_KEYS, PriceType, USAGE_KEYS};
use crate::catalog::{Collection, InsufficientFunds, PricingModel, TierPeriod, UsageType};
use crate::money::Rounding;
use crate::time::Unit;
use crate::wallet::{BurnKey, DEFAULT_PRIORITY, Purpose};
use serde_json::json;

/// The tables that stand in lists, by the name that [`Kind::Tables`] has for them.
pub(super) fn listed() -> [(&'static str, Table); 13] {
    [
        ("asset", asset()),
        ("auto_topup", auto_topup()),
        ("cost", cost()),
        ("cost_row", cost_row()),
        ("entitlement", entitlement()),
        ("example", example()),
        ("expected_fee", expected_fee()),
        ("price", price()),
        ("product", product()),
        ("rate", rate()),
        ("row", row()),
        ("tier", tier()),
        ("vendor", vendor()),
    ]
}

/// One file. No table must stand in it: all files of a folder are one catalog.
pub(super) fn file() -> Table {
    Table::default()
        .may("catalog", Kind::Table(catalog()), "What holds for the whole catalog. It stands in one file of it.")
        .may(
            "policy",
            Kind::Table(policy()),
            "What happens when an account can't cover a fee, and which credits are used first.",
        )
        .may(
            "asset",
            Kind::Tables("asset"),
            "What a wallet can hold: units of your own, such as credits, and what you say of \
             currencies. Every ISO 4217 currency is built in.",
        )
        .may("vendor", Kind::Tables("vendor"), "Who bills you, and what for.")
        .may(
            "product",
            Kind::Tables("product"),
            "What customers subscribe to. A product whose prices or entitlements change gets its next \
             version.",
        )
        .may(
            "auto_topup",
            Kind::Tables("auto_topup"),
            "Rules that pay in when a balance runs low, for customers who have none of their own.",
        )
        .may("mapping", Kind::Named(mapping()), "How another system's log is read: `replay --map NAME`.")
        .may("example", Kind::Tables("example"), "The catalog's own tests, which `drawdown test` runs.")
}

fn catalog() -> Table {
    Table::default().may("name", Text, "What it is called.").by_default(json!("catalog")).need(
        "reporting_currency",
        Code,
        "The ISO 4217 currency that revenue, cost and profit are told in, such as USD.",
    )
}

fn policy() -> Table {
    Table::default()
        .may(
            "insufficient_funds",
            words(&InsufficientFunds::NAMES),
            "What happens when an account can't cover a fee: the event is denied, or the account goes \
             below zero, down to the asset's `overdraft_limit`.",
        )
        .by_default(json!("deny"))
        .may(
            "burn_order",
            Kind::List(Box::new(words(&BurnKey::NAMES))),
            "Which credits are used first: the keys by which they are put in order. The lot's id \
             decides last.",
        )
        .by_default(json!(BurnKey::NAMES.map(|(name, _)| name)))
}

fn asset() -> Table {
    Table::default()
        .need("code", Code, "The code that prices and wallets name it by, such as CREDIT or EUR.")
        .may("name", Text, "The name that people see. The code, if there is none.")
        .may(
            "precision",
            Whole(0, 9),
            "How many decimals amounts have. A unit of your own needs it; a currency has 9 in the \
             ledger. It can't change once the ledger holds any.",
        )
        .may("rounding", words(&Rounding::NAMES), "How a fee that has more decimals is rounded.")
        .by_default(json!("half_even"))
        .may("symbol", Text, "A sign for amounts, such as ★.")
        .may("label", Text, "A short word for amounts, such as CR.")
        .may("rates", Kind::Tables("rate"), "What one unit costs. Without a rate it can't be bought.")
        .may("expires_after", Kind::Table(life()), "How long what is bought lives. For ever, if absent.")
        .may(
            "overdraft_limit",
            Amount,
            "How far below zero an account may go under `insufficient_funds = \"overdraft\"`. Any \
             depth, if absent.",
        )
}

fn life() -> Table {
    Table::default()
        .need("duration", words(&Unit::NAMES), "The unit of time.")
        .may("duration_count", Whole(1, 9_999), "How many of it.")
        .by_default(json!(1))
}

fn rate() -> Table {
    Table::default()
        .may("source", Code, "What is paid with. The reporting currency, if absent.")
        .may("rate", Positive, "What one unit costs in the source.")
        .may("inverse_rate", Positive, "How many units one unit of the source buys.")
        .may("valid_from", Time, "From when on the rate holds, such as 2026-07-01T00:00:00Z. Always, if absent.")
        .either("rate", "inverse_rate")
}

fn vendor() -> Table {
    Table::default()
        .need("code", Code, "The code that logs name it by: the column `cost.CODE`.")
        .may("name", Text, "The name that people see. The code, if there is none.")
        .may(
            "cost",
            Kind::Tables("cost"),
            "What events cost you, for logs that do not say. The keys are those of a usage price, \
             without tiers.",
        )
}

fn cost() -> Table {
    let table = Table::default()
        .may("name", Text, "For you alone.")
        .may("type", Kind::Words(vec!["usage_based", "usage-based"]), "May be left out.")
        .may("billing_model", Kind::Table(real_time()), "May be left out.");
    let table = numbers(usage(table.need("asset", Code, "What the vendor charges in.")))
        .may("pricing_model", Kind::Words(vec!["flat"]), "May be left out.")
        .may("values", Kind::Tables("cost_row"), ROWS);
    counted(table)
}

fn real_time() -> Table {
    Table::default().need("type", Kind::Words(vec!["real_time"]), "As events happen.")
}

fn product() -> Table {
    Table::default()
        .need("code", Code, "The code that commands name it by.")
        .may("name", Text, "The name that people see. The code, if there is none.")
        .may(
            "price",
            Kind::Tables("price"),
            "What is charged: flat amounts (`type = \"fixed\"`), and fees for events (`type = \
             \"usage_based\"`).",
        )
        .may("entitlement", Kind::Tables("entitlement"), "The credits that subscribers are granted.")
}

/// The keys of both kinds of prices, so that an editor offers them before it knows which it is.
fn price() -> Table {
    let table = Table::default()
        .need("name", Text, "The name, unique in the product.")
        .need("type", words(&PriceType::NAMES), "Whether events are charged, or a flat amount.")
        .need("asset", Code, "What is charged.")
        .may("billing_model", Kind::Table(billing_model()), "When it is charged. Fixed prices need it.")
        .may("per_seat", Flag, "Fixed prices: whether it is charged for each seat of the subscription.")
        .by_default(json!(false))
        .may(
            "collection",
            words(&Collection::NAMES),
            "Fixed prices: whether a payment is recorded, or the wallet is debited.",
        )
        .by_default(json!("payment"));
    let table = numbers(usage(table))
        .may(
            "pricing_model",
            words(&PricingModel::NAMES),
            "How quantities become amounts: every unit at the same price; every unit at its own \
             tier's price; all units at the price of the tier reached; whole blocks of \
             `package_size`.",
        )
        .by_default(json!("flat"))
        .may("tier_period", words(&TierPeriod::NAMES), "When quantities start from zero again.")
        .by_default(json!("lifetime"))
        .may("tiers", Kind::Tables("tier"), "The tiers of a graduated or volume price, upwards. The last has no end.")
        .may("overage", Kind::Table(overage()), "What is charged instead of what the account can't cover.")
        .may("values", Kind::Tables("row"), ROWS);
    counted(table)
        .when(When::new("type", &["fixed"]).needs(&["billing_model", "unit_price"]).refuses(USAGE_KEYS.keys))
        .when(
            When::new("type", &["usage_based", "usage-based"])
                .needs(&["event_type", "usage_type"])
                .refuses(FIXED_KEYS.keys),
        )
}

const ROWS: &str = "Rows for the values of `billable_dimensions`; a dimension that is absent or \"*\" is any value. \
                    The row with the most exact dimensions wins.";

/// What is counted, and by what.
fn usage(table: Table) -> Table {
    table
        .may("event_type", Text, "The events that it is for.")
        .may(
            "usage_type",
            words(&UsageType::NAMES),
            "What is counted: each event as one, the number in `volume_field`, or both.",
        )
        .may("volume_field", Text, "The field of the event's data that holds the volume.")
        .may("billable_dimensions", Kind::List(Box::new(Text)), "The fields of the event's data that rows may name.")
}

/// What hangs on what is counted.
fn counted(table: Table) -> Table {
    table
        .when(When::new("usage_type", &["unit"]).refuses(&["volume_field", "volume_rate"]))
        .when(When::new("usage_type", &["volume"]).needs(&["volume_field"]).refuses(&["unit_price"]))
        .when(When::new("usage_type", &["unit_and_volume"]).needs(&["volume_field"]))
}

/// The numbers of a row, which may stand beside `values` for all rows that have none of their own.
fn numbers(table: Table) -> Table {
    table
        .may("unit_price", Amount, "For one event; for a fixed price, each time (and each seat).")
        .may("volume_rate", Amount, "For `package_size` of volume.")
        .may(
            "package_size",
            Positive,
            "How much volume (or how many events) the price is for. `flat` charges a part of it pro \
             rata, `package` charges whole blocks.",
        )
        .by_default(json!(1))
        .may("min_amount", Amount, "The least that one event owes.")
        .may("max_amount", Amount, "The most that one event owes.")
}

fn billing_model() -> Table {
    Table::default()
        .need(
            "type",
            words(&BillingModel::NAMES),
            "At the start of each interval, once at the start, or as events happen.",
        )
        .may("interval", words(&Unit::NAMES), "The unit of time between two charges.")
        .may("interval_count", Whole(1, 9_999), "How many of it.")
        .by_default(json!(1))
        .when(When::new("type", &["recurring"]).needs(&["interval"]))
        .when(When::new("type", &["one_time", "real_time"]).refuses(&["interval", "interval_count"]))
}

fn overage() -> Table {
    Table::default()
        .need("asset", Code, "Another asset than the price's, such as the currency that customers pay in.")
        .need("rate", Positive, "For one unit of the price's asset.")
}

fn row() -> Table {
    cost_row().may("tiers", Kind::Tables("tier"), "The tiers of this row, if it has its own.")
}

fn cost_row() -> Table {
    let table = Table::default().may("name", Text, "A name for this row alone.");
    numbers(table).others()
}

fn tier() -> Table {
    Table::default()
        .may("up_to", Positive, "The last quantity of the tier, which belongs to it. The last tier has none.")
        .may("unit_price", Amount, "For one event, with `usage_type = \"unit\"`.")
        .may("volume_rate", Amount, "For `package_size` of volume, with `usage_type = \"volume\"`.")
        .may("flat_fee", Amount, "Owed once, when the tier is entered.")
        .by_default(json!(0))
        .either("unit_price", "volume_rate")
}

fn entitlement() -> Table {
    Table::default()
        .need("name", Text, "The name, unique among the product's entitlements.")
        .need("asset", Code, "What is granted.")
        .need("amount", Positive, "How much each time (and each seat).")
        .may("purpose", words(&Purpose::NAMES), "Why it is granted. A promotion earns nothing.")
        .by_default(json!("bundled"))
        .may("priority", Whole(i32::MIN.into(), i32::MAX.into()), "Lower is used first.")
        .by_default(json!(DEFAULT_PRIORITY))
        .may("per_seat", Flag, "Whether it is granted for each seat of the subscription.")
        .by_default(json!(false))
        .may(
            "lifecycle",
            Kind::Table(lifecycle()),
            "When it ends and comes round. Granted once and for as long as the subscription, if absent.",
        )
        .may("accounting", Kind::Table(accounting()), "What it earns.")
}

fn lifecycle() -> Table {
    life().may("refresh", Kind::Table(refresh()), "What comes after. Nothing, if absent.")
}

fn refresh() -> Table {
    Table::default()
        .need(
            "strategy",
            Kind::Words(vec!["expire_and_replace", "rollover"]),
            "It expires, or it is carried on to the next refresh.",
        )
        .may(
            "limit",
            Amount,
            "The most that is carried on (for each seat, if the entitlement is). All of it, if absent.",
        )
        .when(When::new("strategy", &["expire_and_replace"]).refuses(&["limit"]))
}

fn accounting() -> Table {
    Table::default()
        .may(
            "revenue_basis",
            Amount,
            "What one unit earns when it is used, in the reporting currency; so much less is earned \
             by time.",
        )
        .by_default(json!(0))
}

fn auto_topup() -> Table {
    Table::default()
        .need("asset", Code, "The asset that is topped up.")
        .need("threshold", Amount, "A payment is made when the balance is below this.")
        .need("amount", Payment, "What is paid, such as \"20 USD\".")
        .may("limit", Payment, "The most that is paid in a calendar month, such as \"200 USD\".")
}

fn mapping() -> Table {
    Table::default()
        .may(
            "columns",
            Map,
            "Our name for a field, and the log's column that holds it. Other columns keep their names.",
        )
        .may("constants", Map, "Fields that every record has, and their values.")
        .may(
            "time_format",
            Text,
            "The layout of `occurred_at` in strptime's letters, such as \"%Y-%m-%d %H:%M:%S%.f\". \
             Read as UTC, if it has no offset.",
        )
        .may("id", Kind::Words(vec!["content"]), "Makes ids from each record's content. Without it, ids are read.")
}

fn example() -> Table {
    Table::default()
        .need("name", Text, "What it shows.")
        .need("product", Code, "The product's code.")
        .need("event", Kind::Table(event()), "The event.")
        .need("expect", Kind::Tables("expected_fee"), "The fees it makes, in any order.")
}

fn event() -> Table {
    Table::default()
        .need("event_type", Text, "What happened.")
        .may("occurred_at", Time, "When it happened, such as 2026-07-01T00:00:00Z.")
        .may("data", Map, "Its dimensions and volumes.")
}

fn expected_fee() -> Table {
    Table::default().need("price", Text, "The name of its price, or of the row.").need(
        "amount",
        Signed,
        "How much, such as \"20 CREDIT\".",
    )
}
