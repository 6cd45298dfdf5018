//! `drawdown init`: a workspace to begin with.

mod names;
mod template;

use crate::cli::args::{InitArgs, Template, Units};
use crate::cli::ask::can_ask;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::globals::Globals;
use crate::cli::schema;
use crate::ledger::{Access, Ledger};
use crate::render::{Column, Table};
use names::Names;
use serde::Serialize;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;
use template::source;

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
    let schema = place.write(&catalog, &names)?;
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
    let named = crate::cli::ask::spelling(&template);
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

/// Where the workspace's files go.
struct Place {
    /// The catalog's file, or the folder that it goes to.
    catalogs: PathBuf,
    ledger: PathBuf,
}

impl Place {
    /// Where later commands look for them, when run in `dir`.
    fn new(dir: &Path, globals: &Globals) -> Self {
        let inside = |path: &Path| if dir == Path::new(".") { path.to_owned() } else { dir.join(path) };
        Self { catalogs: inside(&globals.catalog), ledger: inside(&globals.ledger) }
    }

    fn is_one_file(&self) -> bool {
        self.catalogs.extension().is_some_and(|extension| extension == "toml")
    }

    /// The catalog's file.
    fn catalog(&self, product: &str) -> PathBuf {
        if self.is_one_file() { self.catalogs.clone() } else { self.catalogs.join(format!("{product}.toml")) }
    }

    fn refuse_what_exists(&self) -> Result<(), Failure> {
        // The files of a folder are read as one catalog, so that a second one beside a first would break both.
        let is_toml = |entry: fs::DirEntry| entry.path().extension().is_some_and(|extension| extension == "toml");
        let has_catalog = if self.is_one_file() {
            self.catalogs.symlink_metadata().is_ok()
        } else {
            fs::read_dir(&self.catalogs).is_ok_and(|mut entries| entries.any(|entry| entry.is_ok_and(is_toml)))
        };
        if has_catalog {
            let what = if self.is_one_file() { "exists already" } else { "has a catalog already" };
            return Err(exists(&self.catalogs, what));
        }
        if self.ledger.symlink_metadata().is_ok() {
            return Err(exists(&self.ledger, "exists already"));
        }
        Ok(())
    }

    /// Writes everything, and says where the catalog's schema is.
    fn write(&self, catalog: &Path, names: &Names) -> Result<PathBuf, Failure> {
        for file in [catalog, &self.ledger] {
            let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            fs::create_dir_all(folder).map_err(|error| Failure::io("make", folder, &error))?;
        }
        let text = names.source().text(&names.product, &names.currency, &names.asset);
        let written = File::create_new(catalog).and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|error| Failure::io("write", catalog, &error))?;
        Ledger::open(&self.ledger, Access::Create, Duration::ZERO)?;
        schema::put_beside(catalog)
    }
}

fn exists(path: &Path, what: &str) -> Failure {
    let failure = Failure::refused("exists", format!("{} {what}", path.display()));
    failure
        .with_help("nothing is overwritten: name a new folder, as in `drawdown init DIR`, or go on with what is there")
}

fn table(data: &Data) -> Table {
    let mut table = Table::new(["made", "file", "from"].map(Column::text).to_vec());
    let asset = data.asset.as_ref().map(|asset| format!(", {asset}")).unwrap_or_default();
    let from =
        format!("template {}: {}, {}{asset}", crate::cli::ask::spelling(&data.template), data.product, data.currency);
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
}
