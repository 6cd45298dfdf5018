//! `asset add`, `product add`, `price add` and `vendor add`: tables that are written into the catalog.

mod args;
mod book;
mod flags;
mod notation;
mod questions;
mod tables;

use super::ask::can_ask;
use super::context::Context;
use super::error::{Failure, Outcome};
use crate::catalog::edit::Under;
pub use args::*;
use book::{Book, New};
use questions::Wanted;

/// Writes an asset.
pub(super) fn asset(args: &AssetAddArgs, context: &Context) -> Outcome {
    let book = Book::open(context)?;
    let file = book.file(args.file.file.as_deref())?;
    let given = Wanted { code: args.code.clone(), flags: args.flags.given.clone(), ..Wanted::default() };
    let missing = |wanted: &Wanted| tables::missing_of_asset(wanted.code.as_deref(), &wanted.flags);
    let asked = !missing(&given).is_empty() && asks(context);
    let wanted = if asked { questions::asset(given, &book)? } else { given };
    refuse(&missing(&wanted))?;
    let code = wanted.code.as_deref().unwrap_or_default();
    let new = New { kind: "asset", code, name: wanted.flags.get("name").unwrap_or(code) };
    book.add(new, file, Under::Root("asset"), &tables::asset(code, &wanted.flags), asked)
}

/// Writes a product and its first price.
pub(super) fn product(args: &ProductAddArgs, context: &Context) -> Outcome {
    let book = Book::open(context)?;
    let file = book.file(args.file.file.as_deref())?;
    let given = Wanted {
        code: args.code.clone(),
        name: args.name.clone(),
        price: args.price.clone(),
        flags: args.flags.given.clone(),
    };
    let missing = |wanted: &Wanted| {
        let own = [("CODE", wanted.code.is_none()), ("--price NAME", wanted.price.is_none())];
        [tables::absent(&own), tables::missing_of_price(&wanted.flags)].concat()
    };
    let asked = !missing(&given).is_empty() && asks(context);
    let wanted = if asked { questions::product(given, &book)? } else { given };
    refuse(&missing(&wanted))?;
    let code = wanted.code.as_deref().unwrap_or_default();
    let name = wanted.name.as_deref().unwrap_or(code);
    let price = wanted.price.as_deref().unwrap_or_default();
    let tables = format!(
        "{}\n{}",
        tables::named("product", code, name),
        tables::price(price, &wanted.flags, &book.currencies())
    );
    book.add(New { kind: "product", code, name }, file, Under::Root("product"), &tables, asked)
}

/// Writes a price of a product that is there.
pub(super) fn price(args: &PriceAddArgs, context: &Context) -> Outcome {
    let book = Book::open(context)?;
    let given =
        Wanted { code: args.product.clone(), name: None, price: args.name.clone(), flags: args.flags.given.clone() };
    if let Some(code) = &given.code {
        book.holder("product", code)?;
    }
    let missing = |wanted: &Wanted| {
        let own = [("PRODUCT", wanted.code.is_none()), ("NAME", wanted.price.is_none())];
        [tables::absent(&own), tables::missing_of_price(&wanted.flags)].concat()
    };
    let asked = !missing(&given).is_empty() && asks(context);
    let wanted = if asked { questions::price(given, &book)? } else { given };
    refuse(&missing(&wanted))?;
    let code = wanted.code.as_deref().unwrap_or_default();
    let name = wanted.price.as_deref().unwrap_or_default();
    let tables = tables::price(name, &wanted.flags, &book.currencies());
    let under = Under::Entry { section: "product", code, key: "price" };
    book.add(New { kind: "price", code, name }, book.holder("product", code)?, under, &tables, asked)
}

pub(super) fn vendor(command: &VendorCommand, context: &Context) -> Outcome {
    match command {
        VendorCommand::Add(args) => new_vendor(args, context),
        VendorCommand::AddCost(args) => vendor_cost(args, context),
    }
}

fn new_vendor(args: &VendorAddArgs, context: &Context) -> Outcome {
    let book = Book::open(context)?;
    let file = book.file(args.file.file.as_deref())?;
    let flags = args.flags.given.clone();
    let given = Wanted { code: args.code.clone(), name: args.name.clone(), price: None, flags };
    let missing = |wanted: &Wanted| {
        let flags = &wanted.flags;
        let rule = if flags.is_empty() { Vec::new() } else { tables::missing_of_usage(flags, true) };
        [tables::absent(&[("CODE", wanted.code.is_none())]), rule].concat()
    };
    let asked = !missing(&given).is_empty() && asks(context);
    let wanted = if asked { questions::vendor(given, &book)? } else { given };
    refuse(&missing(&wanted))?;
    let code = wanted.code.as_deref().unwrap_or_default();
    let name = wanted.name.as_deref().unwrap_or(code);
    let mut tables = tables::named("vendor", code, name);
    if !wanted.flags.is_empty() {
        tables += &format!("\n{}", tables::cost(&wanted.flags));
    }
    book.add(New { kind: "vendor", code, name }, file, Under::Root("vendor"), &tables, asked)
}

fn vendor_cost(args: &VendorCostArgs, context: &Context) -> Outcome {
    let book = Book::open(context)?;
    let flags = args.flags.given.clone();
    let given = Wanted { code: args.vendor.clone(), name: None, price: None, flags };
    if let Some(code) = &given.code {
        book.holder("vendor", code)?;
    }
    let missing = |wanted: &Wanted| {
        let own = tables::absent(&[("VENDOR", wanted.code.is_none())]);
        [own, tables::missing_of_usage(&wanted.flags, true)].concat()
    };
    let asked = !missing(&given).is_empty() && asks(context);
    let wanted = if asked { questions::cost(given, &book)? } else { given };
    refuse(&missing(&wanted))?;
    let code = wanted.code.as_deref().unwrap_or_default();
    let event_type = wanted.flags.get("event_type").unwrap_or_default();
    let under = Under::Entry { section: "vendor", code, key: "cost" };
    let new = New { kind: "cost", code, name: event_type };
    book.add(new, book.holder("vendor", code)?, under, &tables::cost(&wanted.flags), asked)
}

fn asks(context: &Context) -> bool {
    can_ask() && !context.globals.yes
}

/// Nothing is made up: what is left out and can't be asked for is wrong usage.
fn refuse(missing: &[String]) -> Result<(), Failure> {
    if missing.is_empty() {
        return Ok(());
    }
    let failure = Failure::usage(format!("this is missing: {}", missing.join(", ")));
    Err(failure.with_help("on a terminal it is asked for; --help has examples"))
}
