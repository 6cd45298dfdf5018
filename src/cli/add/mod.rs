//! `asset add`, `product add`, `price add` and `vendor add`: tables that are written into the catalog.

mod book;
mod questions;
mod tables;

use super::args::{
    AssetAddArgs, PriceAddArgs, PriceFlags, ProductAddArgs, VendorAddArgs, VendorCommand, VendorCostArgs,
};
use super::ask::can_ask;
use super::context::Context;
use super::error::{Failure, Outcome};
use crate::catalog::edit::Under;
use book::{Book, New};
use questions::Wanted;

/// Writes an asset.
pub(super) fn asset(args: &AssetAddArgs, context: &Context) -> Outcome {
    let book = Book::open(context)?;
    let file = book.file(args.file.file.as_deref())?;
    let missing = tables::missing_of_asset(args);
    let asked = !missing.is_empty() && asks(context);
    let args = if asked { questions::asset(args, &book)? } else { args.clone() };
    refuse(&tables::missing_of_asset(&args))?;
    let code = args.code.as_deref().unwrap_or_default();
    let new = New { kind: "asset", code, name: args.name.as_deref().unwrap_or(code) };
    book.add(new, file, Under::Root("asset"), &tables::asset(&args), asked)
}

/// Writes a product and its first price.
pub(super) fn product(args: &ProductAddArgs, context: &Context) -> Outcome {
    let book = Book::open(context)?;
    let file = book.file(args.file.file.as_deref())?;
    let given = Wanted {
        code: args.code.clone(),
        name: args.name.clone(),
        price: args.price.clone(),
        flags: args.flags.clone(),
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
    let given = Wanted { code: args.product.clone(), name: None, price: args.name.clone(), flags: args.flags.clone() };
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
    let flags = PriceFlags { usage: args.usage.clone(), ..PriceFlags::default() };
    let given = Wanted { code: args.code.clone(), name: args.name.clone(), price: None, flags };
    let missing = |wanted: &Wanted| {
        let usage = &wanted.flags.usage;
        let rule = if usage.is_empty() { Vec::new() } else { tables::missing_of_usage(usage, true) };
        [tables::absent(&[("CODE", wanted.code.is_none())]), rule].concat()
    };
    let asked = !missing(&given).is_empty() && asks(context);
    let wanted = if asked { questions::vendor(given, &book)? } else { given };
    refuse(&missing(&wanted))?;
    let code = wanted.code.as_deref().unwrap_or_default();
    let name = wanted.name.as_deref().unwrap_or(code);
    let mut tables = tables::named("vendor", code, name);
    if !wanted.flags.usage.is_empty() {
        tables += &format!("\n{}", tables::cost(&wanted.flags.usage));
    }
    book.add(New { kind: "vendor", code, name }, file, Under::Root("vendor"), &tables, asked)
}

fn vendor_cost(args: &VendorCostArgs, context: &Context) -> Outcome {
    let book = Book::open(context)?;
    let flags = PriceFlags { usage: args.usage.clone(), ..PriceFlags::default() };
    let given = Wanted { code: args.vendor.clone(), name: None, price: None, flags };
    if let Some(code) = &given.code {
        book.holder("vendor", code)?;
    }
    let missing = |wanted: &Wanted| {
        let own = tables::absent(&[("VENDOR", wanted.code.is_none())]);
        [own, tables::missing_of_usage(&wanted.flags.usage, true)].concat()
    };
    let asked = !missing(&given).is_empty() && asks(context);
    let wanted = if asked { questions::cost(given, &book)? } else { given };
    refuse(&missing(&wanted))?;
    let code = wanted.code.as_deref().unwrap_or_default();
    let event_type = wanted.flags.usage.event_type.as_deref().unwrap_or_default();
    let under = Under::Entry { section: "vendor", code, key: "cost" };
    let new = New { kind: "cost", code, name: event_type };
    book.add(new, book.holder("vendor", code)?, under, &tables::cost(&wanted.flags.usage), asked)
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
