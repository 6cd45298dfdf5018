//! `drawdown init`: a workspace to begin with.

pub mod args;
mod names;
mod place;
pub mod template;

use crate::cli::advice::Units;
use crate::cli::ask::{can_ask, spelling};
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::render::{Column, Table};
use args::InitArgs;
use names::Names;
use place::Place;
use serde::Serialize;
use std::path::Path;
use template::{Template, source};

#[derive(Serialize)]
struct Data {
    template: Template,
    product: String,
    currency: String,
    /// The custom unit, where there is one.
    asset: Option<String>,
    catalog: String,
    ledger: String,
    schema: String,
}

pub(super) fn run(args: &InitArgs, context: &Context) -> Outcome {
    refuse_contradictions(args)?;
    let place = Place::new(&args.dir, &context.globals);
    place.refuse_what_exists()?;
    let names =
        if can_ask() && !context.globals.yes { Names::asked(args, context, &place)? } else { Names::given(args)? };
    refuse_a_second_product(&names)?;
    let catalog = place.catalog(&names.product);
    let schema = place.write(&catalog, &names.text())?;
    let data = Data {
        template: names.template,
        asset: names.own_unit().map(str::to_owned),
        product: names.product,
        currency: names.currency,
        catalog: catalog.display().to_string(),
        ledger: place.ledger.display().to_string(),
        schema: schema.display().to_string(),
    };
    context.out.data("init", &data, || table(&data).into())?;
    say_what_is_next(args, &data, context);
    Ok(Exit::Done)
}

fn refuse_contradictions(args: &InitArgs) -> Result<(), Failure> {
    let refuse = |flag: &str, why: String| Err(Failure::usage(why).with_help(format!("leave --{flag} out")));
    if args.asset.is_some() && args.units == Some(Units::Fiat) {
        return refuse("asset", "--asset names a custom unit, but balances are in money with --units fiat".to_owned());
    }
    let Some(template) = args.template else { return Ok(()) };
    let named = spelling(&template);
    let is_custom = source(template, args.units.unwrap_or(Units::Custom)).unit.is_some();
    if args.asset.is_some() && !is_custom {
        return refuse("asset", format!("--asset names a custom unit, and the template \"{named}\" has none"));
    }
    if args.units.is_some_and(|units| (units == Units::Custom) != is_custom) {
        return refuse("units", format!("the template \"{named}\" has units of its own"));
    }
    Ok(())
}

/// Several products of a template can't have one code.
fn refuse_a_second_product(names: &Names) -> Result<(), Failure> {
    if !names.source().has_another(&names.product) {
        return Ok(());
    }
    let failure = Failure::usage(format!("another product of the template has the code {:?}", names.product));
    Err(failure.with_help("give --product a code of its own"))
}

fn table(data: &Data) -> Table {
    let mut table = Table::new(["made", "file", "from"].map(Column::text).to_vec());
    let asset = data.asset.as_ref().map(|asset| format!(", {asset}")).unwrap_or_default();
    let from = format!("template {}: {}, {}{asset}", spelling(&data.template), data.product, data.currency);
    table.row(vec!["catalog".to_owned(), data.catalog.clone(), from]);
    table.row(vec!["ledger".to_owned(), data.ledger.clone(), "nothing applied yet".to_owned()]);
    table.row(vec!["schema".to_owned(), data.schema.clone(), "for editors: they complete and check keys".to_owned()]);
    table
}

fn say_what_is_next(args: &InitArgs, data: &Data, context: &Context) {
    let note = |text: &str| context.out.note(text);
    note(&format!("Put your own prices and event types into {}. Then:", data.catalog));
    if args.dir != Path::new(".") {
        note(&format!("  cd {}", args.dir.display()));
    }
    note("  drawdown check");
    note("  drawdown apply");
    note(&format!("  drawdown replay usage.csv --enroll {}", data.product));
    note("  drawdown report profit --by customer");
    note("A log of another system? `drawdown mapping guess FILE` finds out how it is read.");
    note(&format!("No usage log yet? `drawdown sample {} -o usage.csv` makes one from the catalog.", data.product));
}
