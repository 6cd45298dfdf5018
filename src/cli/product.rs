//! `drawdown product`.

use super::Context;
use super::args::{ProductCommand, ProductShowArgs};
use super::error::{Exit, Failure, Outcome};
use super::offer::version_of;
use super::price::{self, PriceLine};
use crate::catalog::{Catalog, Published};
use crate::render::{Column, Table, View};
use serde::Serialize;

#[derive(Serialize)]
struct Products {
    products: Vec<ProductLine>,
}

#[derive(Serialize)]
struct ProductLine {
    code: String,
    name: String,
    /// The latest that was applied.
    version: Option<u32>,
    /// `applied`, `changed` and `new` as the catalog stands to the ledger, or `archived`.
    state: &'static str,
    subscribers: u64,
    prices: usize,
}

#[derive(Serialize)]
struct Shown {
    code: String,
    name: String,
    version: Option<u32>,
    prices: Vec<PriceLine>,
}

pub(super) fn run(command: &ProductCommand, context: &Context) -> Outcome {
    match command {
        ProductCommand::List => list(context),
        ProductCommand::Show(args) => show(args, context),
    }
}

fn list(context: &Context) -> Outcome {
    let catalog = context.offer()?;
    let data = Products { products: lines(&catalog, context.published()?.as_ref()) };
    context.out.data("product list", &data, || table(&data.products).into())?;
    Ok(Exit::Done)
}

/// The catalog's products, then those that the ledger alone has.
fn lines(catalog: &Catalog, published: Option<&Published>) -> Vec<ProductLine> {
    let known = published.map_or(&[][..], |published| &published.products);
    let find = |code: &str| known.iter().find(|known| known.product.code == code);
    let offered = catalog.products.iter().map(|product| ProductLine {
        code: product.code.clone(),
        name: product.name.clone(),
        version: find(&product.code).map(|known| known.version),
        state: match (find(&product.code), version_of(published, catalog, &product.code)) {
            (None, _) => "new",
            (Some(_), None) => "changed",
            (Some(_), Some(_)) => "applied",
        },
        subscribers: find(&product.code).map_or(0, |known| known.subscribers),
        prices: product.prices.len(),
    });
    let gone = known.iter().filter(|known| catalog.products.iter().all(|p| p.code != known.product.code));
    let gone = gone.map(|known| ProductLine {
        code: known.product.code.clone(),
        name: known.product.name.clone(),
        version: Some(known.version),
        state: if known.archived { "archived" } else { "not in the catalog" },
        subscribers: known.subscribers,
        prices: known.product.prices.len(),
    });
    offered.chain(gone).collect()
}

fn table(products: &[ProductLine]) -> Table {
    let [code, name, state] = ["code", "name", "state"].map(Column::text);
    let [version, subscribers, prices] = ["version", "subscribers", "prices"].map(Column::number);
    let mut table = Table::new(vec![code, name, version, state, subscribers, prices]);
    for product in products {
        table.row(vec![
            product.code.clone(),
            product.name.clone(),
            product.version.map(|version| version.to_string()).unwrap_or_default(),
            product.state.to_owned(),
            product.subscribers.to_string(),
            product.prices.to_string(),
        ]);
    }
    table
}

fn show(args: &ProductShowArgs, context: &Context) -> Outcome {
    let catalog = context.offer_of(&args.product)?;
    let [product] = catalog.products.as_slice() else { return Err(Failure::bug("not one product")) };
    let version = match args.product.version {
        Some(version) => Some(version),
        None => version_of(context.published()?.as_ref(), &catalog, &product.code),
    };
    let data = Shown {
        code: product.code.clone(),
        name: product.name.clone(),
        version,
        prices: price::lines(product, version, &catalog),
    };
    let title = match version {
        Some(version) => format!("{} ({}@{version})", data.name, data.code),
        None => format!("{} ({}, not applied)", data.name, data.code),
    };
    let format = context.globals.format;
    context
        .out
        .data("product show", &data, || View::new().line(title).line("").table(price::table(&data.prices, format)))?;
    Ok(Exit::Done)
}
