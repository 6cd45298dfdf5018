//! `[[example]]`: the catalog's own tests. That they hold is for whoever can rate an event; their names are checked here.

use super::topup::money;
use super::{Context, Unique};
use crate::catalog::fields::{Fields, Node};
use crate::catalog::finding::{Findings, quoted};
use crate::catalog::{Code, Example, ExpectedFee, Product};
use crate::time::Instant;
use std::collections::BTreeMap;

/// Reads all examples.
pub(super) fn examples(tables: Vec<Fields<'_>>, products: &[Product], cx: &mut Context<'_, '_>) -> Vec<Example> {
    let mut names = Unique::new("example");
    tables.into_iter().map(|table| example(table, products, &mut names, cx)).collect()
}

fn example(mut table: Fields<'_>, products: &[Product], names: &mut Unique, cx: &mut Context<'_, '_>) -> Example {
    let place = cx.findings.place(table.spot);
    let name_spot = table.get("name").map_or(table.spot, |node| node.spot);
    let name = table.need_name("name", cx.findings);
    names.add(Code::DuplicateName, &name, name_spot, cx.findings);
    let node = table.need("product", cx.findings);
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
    let event = table.need("event", cx.findings).and_then(|node| node.fields(cx.findings));
    let expect = table.need("expect", cx.findings);
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
    if let Some(node) = table.need("event_type", findings) {
        example.event_type = node.name(findings).unwrap_or_default();
        let types = || product.into_iter().flat_map(|p| &p.prices).map(|price| price.usage.event_type.as_str());
        if product.is_some() && !example.event_type.is_empty() && !types().any(|known| known == example.event_type) {
            let message = format!("no price of the product is for {}", quoted(&example.event_type));
            let finding = findings.add(Code::UnknownEventType, node.spot, message);
            finding.suggest(&example.event_type, types());
        }
    }
    if let Some(at) = table.get("occurred_at").and_then(|node| node.instant(findings)) {
        example.occurred_at = at;
    }
    for entry in table.table("data", findings).into_iter().flat_map(|data| data.entries()) {
        if let Some(text) = entry.scalar(findings) {
            example.data.insert(entry.key.to_owned(), text);
        }
    }
    table.finish(findings);
}

/// One fee; it is named by its price, or by the row that has a name of its own.
fn expected_fee(item: Node<'_>, product: Option<&Product>, cx: &mut Context<'_, '_>) -> Option<ExpectedFee> {
    let mut table = item.fields(cx.findings)?;
    let node = table.need("price", cx.findings);
    let price = node.and_then(|node| node.name(cx.findings));
    if let (Some(node), Some(price), Some(product)) = (node, &price, product) {
        check_name(price, node, product, cx.findings);
    }
    let amount = table.need("amount", cx.findings).and_then(|node| money(node, cx));
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
