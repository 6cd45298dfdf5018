//! `[[example]]`: the catalog's own tests. That they hold is for whoever can rate an event; their names are checked here.

use super::amounts::{Money, money};
use super::context::{Context, Unique};
use super::product::Product;
use crate::catalog::codes::Code;
use crate::catalog::fields::{Fields, Node};
use crate::catalog::finding::{Findings, Place, quoted};
use crate::catalog::keys::{Key, Kind, Table};
use crate::time::Instant;
use std::collections::BTreeMap;

const NAME: Key = Key::new("name", Kind::Text, "What the example shows.").needed().is_name();
const PRODUCT: Key = Key::new("product", Kind::Code, "The product's code.").needed();
const EVENT: Key = Key::new("event", Kind::Table(&EVENT_TABLE), "The event to bill.").needed();
const EXPECT: Key = Key::new("expect", Kind::Tables(&EXPECTED), "The fees it makes, in any order.").needed();

/// `[[example]]`.
pub static EXAMPLE: Table = Table::new("example", &[&[NAME, PRODUCT, EVENT, EXPECT]]);

const EVENT_TYPE: Key = Key::new("event_type", Kind::Text, "The event's type.").needed();
const OCCURRED_AT: Key = Key::new("occurred_at", Kind::Time, "When it happened, such as 2026-07-01T00:00:00Z.");
const DATA: Key = Key::new("data", Kind::Map, "Its dimensions and volumes.");
static EVENT_TABLE: Table = Table::new("event", &[&[EVENT_TYPE, OCCURRED_AT, DATA]]);

const PRICE: Key = Key::new("price", Kind::Text, "The name of its price, or of the row.").needed();
const AMOUNT: Key = Key::new("amount", Kind::Signed, "The fee, such as \"20 CREDIT\".").needed();
static EXPECTED: Table = Table::new("expected_fee", &[&[PRICE, AMOUNT]]);

/// One of the catalog's own tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// What the example shows, in a sentence.
    pub name: String,
    /// The product's code.
    pub product: String,
    /// The event's type.
    pub event_type: String,
    /// When the event happens; the epoch when the example does not say.
    pub occurred_at: Instant,
    /// The event's data.
    pub data: BTreeMap<String, String>,
    /// The fees it must make, in any order.
    pub expect: Vec<ExpectedFee>,
    /// Where it is written, for messages.
    pub place: Place,
}

/// One fee an example expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedFee {
    /// The price's name.
    pub price: String,
    /// The exact amount.
    pub amount: Money,
}

/// Reads all examples.
pub(in crate::catalog) fn examples(
    tables: Vec<Fields<'_>>,
    products: &[Product],
    cx: &mut Context<'_, '_>,
) -> Vec<Example> {
    let mut names = Unique::new("example");
    tables.into_iter().map(|table| example(table, products, &mut names, cx)).collect()
}

fn example(mut table: Fields<'_>, products: &[Product], names: &mut Unique, cx: &mut Context<'_, '_>) -> Example {
    let place = cx.findings.place(table.spot);
    let name = names.name(&mut table, &NAME, cx.findings);
    let node = table.get(&PRODUCT, cx.findings);
    let product = node.and_then(|node| find_product(node, products, cx.findings));
    let mut example = Example {
        name,
        product: product.map(|product| product.code.clone()).unwrap_or_default(),
        event_type: String::new(),
        occurred_at: Instant::EPOCH,
        data: BTreeMap::new(),
        expect: Vec::new(),
        place,
    };
    let event = table.get(&EVENT, cx.findings).and_then(|node| node.fields(cx.findings));
    let expect = table.get(&EXPECT, cx.findings);
    let expected = expect.map(|node| node.items(cx.findings)).unwrap_or_default();
    if let Some(event) = event {
        // An example that expects nothing may be about an event that nobody prices.
        read_event(event, &mut example, product.filter(|_| !expected.is_empty()), cx.findings);
    }
    example.expect = expected.into_iter().filter_map(|item| expected_fee(item, product, cx)).collect();
    table.finish(cx.findings);
    example
}

fn find_product<'p>(node: Node<'_>, products: &'p [Product], findings: &mut Findings) -> Option<&'p Product> {
    let code = node.name(findings)?;
    let found = products.iter().find(|product| product.code == code);
    if found.is_none() {
        let finding = findings.add(Code::UnknownProduct, node.spot, format!("there is no product {}", quoted(&code)));
        finding.suggest(&code, products.iter().map(|product| product.code.as_str()));
    }
    found
}

fn read_event(mut table: Fields<'_>, example: &mut Example, product: Option<&Product>, findings: &mut Findings) {
    if let Some(node) = table.get(&EVENT_TYPE, findings) {
        example.event_type = node.name(findings).unwrap_or_default();
        let types = || product.into_iter().flat_map(|p| &p.prices).map(|price| price.usage.event_type.as_str());
        if product.is_some() && !example.event_type.is_empty() && !types().any(|known| known == example.event_type) {
            let message = format!("no price of the product is for {}", quoted(&example.event_type));
            let finding = findings.add(Code::UnknownEventType, node.spot, message);
            finding.suggest(&example.event_type, types());
        }
    }
    if let Some(at) = table.get(&OCCURRED_AT, findings).and_then(|node| node.instant(findings)) {
        example.occurred_at = at;
    }
    for entry in table.table(&DATA, findings).into_iter().flat_map(|data| data.entries()) {
        if let Some(text) = entry.scalar(findings) {
            example.data.insert(entry.key.to_owned(), text);
        }
    }
    table.finish(findings);
}

/// One fee; it is named by its price, or by the row that has a name of its own.
fn expected_fee(item: Node<'_>, product: Option<&Product>, cx: &mut Context<'_, '_>) -> Option<ExpectedFee> {
    let mut table = item.fields(cx.findings)?;
    let node = table.get(&PRICE, cx.findings);
    let price = node.and_then(|node| node.name(cx.findings));
    if let (Some(node), Some(price), Some(product)) = (node, &price, product) {
        check_name(price, node, product, cx.findings);
    }
    let amount = table.get(&AMOUNT, cx.findings).and_then(|node| money(node, cx));
    table.finish(cx.findings);
    Some(ExpectedFee { price: price?, amount: amount?.0 })
}

fn check_name(name: &str, node: Node<'_>, product: &Product, findings: &mut Findings) {
    let names = || {
        let rows = product.prices.iter().flat_map(|p| p.usage.rows.iter().filter_map(|row| row.name.as_deref()));
        product.prices.iter().map(|p| p.name.as_str()).chain(rows)
    };
    if names().any(|known| known == name) {
        return;
    }
    if product.fixed_prices.iter().any(|price| price.name == name) {
        let message = format!("{} is a fixed price, which no event is charged for", quoted(name));
        findings.add(Code::UnknownPrice, node.spot, message).help("remove it from `expect`");
    } else {
        let message = format!("the product {} has no price {}", quoted(&product.code), quoted(name));
        findings.add(Code::UnknownPrice, node.spot, message).suggest(name, names());
    }
}
