//! `drawdown product`.

use crate::catalog::edit::Under;
use crate::catalog::keys::Kind;
use crate::catalog::{Catalog, Product, Published, words};
use crate::cli::add::{FileFlag, Files, Flags, New, OfPrice, Wanted, name, questions, tables};
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::offer::version_of;
use crate::cli::prices::{self, PriceLine};
use crate::cli::value::{ProductRef, code};
use crate::ids::VersionNumber;
use crate::money::Book;
use crate::render::{Column, Table, View};
use clap::{Args, Subcommand};
use serde::{Serialize, Serializer};

/// List, show and add products
///
/// Reads the catalog. If there is none, or for a version such as `studio@2`, reads the ledger.
#[derive(Debug, Subcommand)]
#[command(
    arg_required_else_help = true,
    after_long_help = "\
Examples:
  drawdown product list
  drawdown product show studio"
)]
pub enum ProductCommand {
    /// Write a product and its first price into the catalog
    Add(Box<ProductAddArgs>),
    /// List the products
    ///
    /// Lists the catalog's products, each with its latest version in the ledger and its state: applied, changed since,
    /// or new. Products that only the ledger has come last.
    #[command(after_long_help = "Examples:\n  drawdown product list")]
    List,
    /// Show one product's prices
    #[command(after_long_help = "\
Examples:
  drawdown product show studio
  drawdown product show studio@1")]
    Show(ProductShowArgs),
}

/// What is written into the catalog.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = "\
Examples:
  drawdown product add team --name Team \\
      --price Seat --type fixed --asset USD --unit-price 20 \\
      --interval month --per-seat
  drawdown product add api --price Calls --type usage_based \\
      --event-type api_call --usage-type unit --asset USD --unit-price 0.002")]
pub struct ProductAddArgs {
    /// The product's code, as in `subscribe acme CODE`.
    #[arg(value_name = "CODE", value_parser = code)]
    pub code: Option<String>,
    /// The name people see [default: the code]
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub name: Option<String>,
    /// The name of its first price; `price add` adds others
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub price: Option<String>,
    /// The first price
    #[command(flatten)]
    pub flags: Flags<OfPrice>,
    /// The file of the catalog to write into
    #[command(flatten)]
    pub file: FileFlag,
}

/// The product that `product show` prints.
#[derive(Debug, Args)]
pub struct ProductShowArgs {
    /// The product's code, and its version if not the latest.
    #[arg(value_name = "PRODUCT[@VERSION]", add = candidates::products())]
    pub product: ProductRef,
}

#[derive(Serialize)]
struct Products {
    products: Vec<ProductLine>,
}

#[derive(Serialize)]
struct ProductLine {
    code: String,
    name: String,
    /// The latest that was applied.
    version: Option<VersionNumber>,
    /// `applied`, `changed` and `new` as the catalog stands to the ledger, or `archived`.
    state: &'static str,
    subscribers: u64,
    prices: usize,
    entitlements: usize,
}

#[derive(Serialize)]
struct Shown {
    code: String,
    name: String,
    version: Option<VersionNumber>,
    prices: Vec<PriceLine>,
    entitlements: Vec<EntitlementLine>,
}

/// An entitlement. What is told of it follows from the declarations of its keys.
struct EntitlementLine(Vec<words::Shown>);

impl Serialize for EntitlementLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|shown| (shown.key.name, &shown.value)))
    }
}

pub(super) fn run(command: &ProductCommand, context: &Context) -> Outcome {
    match command {
        ProductCommand::Add(args) => add(args, context),
        ProductCommand::List => list(context),
        ProductCommand::Show(args) => show(args, context),
    }
}

fn add(args: &ProductAddArgs, context: &Context) -> Outcome {
    let files = Files::open(context)?;
    let file = files.file(args.file.file.as_deref())?;
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
    let (wanted, asked) = given.completed(&files, questions::product, missing)?;
    let code = wanted.code.as_deref().unwrap_or_default();
    let name = wanted.name.as_deref().unwrap_or(code);
    let price = wanted.price.as_deref().unwrap_or_default();
    let tables = format!(
        "{}\n{}",
        tables::named("product", code, name),
        tables::price(price, &wanted.flags, &files.currencies())
    );
    files.add(New { kind: "product", code, name }, file, Under::Root("product"), &tables, asked)
}

fn list(context: &Context) -> Outcome {
    let catalog = context.offer()?;
    let data = Products { products: lines(&catalog, context.published()?.as_ref()) };
    let grants = data.products.iter().any(|product| product.entitlements > 0);
    let products = &data.products;
    context.out.data_with_rows("product list", &data, || table(products, grants).into(), || table(products, true))?;
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
        prices: price_count(product),
        entitlements: product.entitlements.len(),
    });
    let gone = known.iter().filter(|known| catalog.products.iter().all(|p| p.code != known.product.code));
    let gone = gone.map(|known| ProductLine {
        code: known.product.code.clone(),
        name: known.product.name.clone(),
        version: Some(known.version),
        state: if known.archived { "archived" } else { "not in the catalog" },
        subscribers: known.subscribers,
        prices: price_count(&known.product),
        entitlements: known.product.entitlements.len(),
    });
    offered.chain(gone).collect()
}

fn price_count(product: &Product) -> usize {
    product.fixed_prices.len() + product.prices.len()
}

/// People are told of entitlements (`grants`) where there are any.
fn table(products: &[ProductLine], grants: bool) -> Table {
    let [code, name, state] = ["code", "name", "state"].map(Column::text);
    let [version, subscribers, prices] = ["version", "subscribers", "prices"].map(Column::number);
    let entitlements = grants.then(|| Column::number("entitlements"));
    let columns = [code, name, version, state, subscribers, prices].into_iter().chain(entitlements);
    let mut table = Table::new(columns.collect());
    for product in products {
        let mut cells = vec![
            product.code.clone(),
            product.name.clone(),
            product.version.map(|version| version.to_string()).unwrap_or_default(),
            product.state.to_owned(),
            product.subscribers.to_string(),
            product.prices.to_string(),
        ];
        cells.extend(grants.then(|| product.entitlements.to_string()));
        table.row(cells);
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
        prices: prices::lines(product, version, &catalog),
        entitlements: entitlements(product, &catalog),
    };
    context.out.data_with_rows("product show", &data, || view(&data), || prices::rows(&data.prices))?;
    Ok(Exit::Done)
}

fn entitlements(product: &Product, catalog: &Catalog) -> Vec<EntitlementLine> {
    let book = Book::new(catalog.terms.reporting_currency.clone(), catalog.terms.assets.clone());
    let line = |entitlement| EntitlementLine(words::shown_of_entitlement(entitlement, &book));
    product.entitlements.iter().map(line).collect()
}

fn view(data: &Shown) -> View {
    let title = match data.version {
        Some(version) => format!("{} ({}@{version})", data.name, data.code),
        None => format!("{} ({}, not applied)", data.name, data.code),
    };
    let mut view = View::new().line(title).line("");
    if !data.prices.is_empty() {
        view = view.table(prices::table(&data.prices));
    }
    match (data.prices.is_empty(), data.entitlements.is_empty()) {
        (_, true) => view,
        (true, false) => view.table(entitlement_table(&data.entitlements)),
        (false, false) => view.line("").table(entitlement_table(&data.entitlements)),
    }
}

fn entitlement_table(entitlements: &[EntitlementLine]) -> Table {
    let column = |shown: &words::Shown| match shown.key.kind {
        Kind::Amount | Kind::Positive | Kind::Whole(..) => Column::number(shown.heading),
        _ => Column::text(shown.heading),
    };
    let first = entitlements.first().map(|line| line.0.iter().map(column).collect());
    let mut table = Table::new(first.unwrap_or_default());
    for line in entitlements {
        table.row(line.0.iter().map(|shown| shown.text.as_deref().unwrap_or_default()));
    }
    table
}
