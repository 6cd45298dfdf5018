//! `drawdown customer`.

use crate::cli::balances::as_of;
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::doubt::look_alikes;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::rows::{Rows, Stop, row_time};
use crate::cli::rules::{RuleView, rule_table, rules};
use crate::cli::subscriptions::subscription_table;
use crate::cli::value::new_id;
use crate::ledger::{Access, CustomerRow, LedgerError};
use crate::render::{Cell, Column, Table, View};
use crate::report::balances::{AccountBalance, balance};
use crate::report::subscriptions::{SubscriptionState, subscriptions};
use crate::time::Instant;
use crate::usage::check_name;
use clap::{Args, Subcommand};
use serde::Serialize;
use std::path::PathBuf;

/// Add, import, list and show customers
#[derive(Debug, Subcommand)]
#[command(
    arg_required_else_help = true,
    after_long_help = "\
Examples:
  drawdown customer add acme
  drawdown customer import customers.csv"
)]
pub enum CustomerCommand {
    /// Add one customer; adding the same one again changes nothing
    #[command(after_long_help = "\
Examples:
  drawdown customer add acme
  drawdown customer add acme --name \"Acme Ltd\" --at 2026-07-01")]
    Add(CustomerAddArgs),
    /// List the customers
    #[command(after_long_help = "Examples:\n  drawdown customer list --format csv")]
    List,
    /// Show one customer: subscriptions, balances, rules
    #[command(after_long_help = "Examples:\n  drawdown customer show acme")]
    Show(CustomerShowArgs),
    /// Add many customers from a CSV file: all of them or, if one row is wrong, none
    #[command(after_long_help = "\
The file has a column `customer` and may have the columns `name` and `created_at`, as `customer list --format csv` prints \
them.

Examples:
  drawdown customer import customers.csv")]
    Import(CustomerImportArgs),
}

/// Who is added.
#[derive(Debug, Args)]
pub struct CustomerAddArgs {
    /// The customer's id, as usage logs name it.
    #[arg(value_name = "CUSTOMER", value_parser = new_id)]
    pub customer: String,
    /// A name for people to read.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// When they became a customer [default: now]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
    /// Allow a time that lies in the future.
    #[arg(long)]
    pub future: bool,
}

/// Who is shown.
#[derive(Debug, Args)]
pub struct CustomerShowArgs {
    /// The customer's id.
    #[arg(value_name = "CUSTOMER", add = candidates::customers())]
    pub customer: String,
}

/// Who are added.
#[derive(Debug, Args)]
pub struct CustomerImportArgs {
    /// The CSV file, or - for standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// When they became a customer [default: now]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
    /// Allow a time that lies in the future.
    #[arg(long)]
    pub future: bool,
}

pub(super) fn run(command: &CustomerCommand, context: &Context) -> Outcome {
    match command {
        CustomerCommand::Add(args) => add(args, context),
        CustomerCommand::List => list(context),
        CustomerCommand::Show(args) => show(args, context),
        CustomerCommand::Import(args) => import(args, context),
    }
}

#[derive(Serialize)]
struct CustomerView {
    customer: String,
    name: Option<String>,
    created_at: Instant,
}

impl CustomerView {
    fn new(row: CustomerRow) -> Self {
        Self { customer: row.external_id, name: row.name, created_at: row.created_at }
    }
}

fn customer_table<'a>(customers: impl IntoIterator<Item = &'a CustomerView>) -> Table {
    let mut table = Table::new(vec![Column::text("customer"), Column::text("name"), Column::text("created_at")]);
    for customer in customers {
        let CustomerView { customer, name, created_at } = customer;
        table.row([Cell::from(customer), name.as_ref().into(), (*created_at).into()]);
    }
    table
}

#[derive(Serialize)]
struct Added {
    #[serde(flatten)]
    customer: CustomerView,
    added: bool,
}

fn add(args: &CustomerAddArgs, context: &Context) -> Outcome {
    let at = context.booked_at(args.at, args.future)?;
    let mut ledger = context.ledger(Access::Write)?;
    let mut writer = ledger.write()?;
    let added = writer.add_customer(&args.customer, args.name.as_deref(), at).map_err(named_already)?;
    let customer = CustomerView::new(writer.customer(&args.customer)?);
    let alike = look_alikes(&writer.look_alikes(added.into())?);
    context.commit(writer, &format!("added {}", args.customer))?;
    let data = Added { customer, added };
    context.out.data("customer add", &data, || customer_table([&data.customer]).into())?;
    let done = if added { "added" } else { "is there already, nothing changed" };
    context.out.note(&format!("{} {done}", args.customer));
    alike.iter().for_each(|warning| context.out.warn(warning));
    Ok(Exit::Done)
}

/// A name is as much a fact as what was paid under it.
fn named_already(error: LedgerError) -> Failure {
    let conflict = matches!(error, LedgerError::Conflict { .. });
    let failure = Failure::from(error);
    if !conflict {
        return failure;
    }
    failure
        .with_help("a customer keeps the name that they were added with: leave --name out, or add another customer id")
}

#[derive(Serialize)]
struct List {
    rows: Vec<CustomerView>,
}

fn list(context: &Context) -> Outcome {
    let rows = context.ledger(Access::Read)?.customers()?.into_iter().map(CustomerView::new).collect();
    let list = List { rows };
    context.out.data("customer list", &list, || customer_table(&list.rows).into())?;
    if list.rows.is_empty() {
        context.out.note("no customers yet; `drawdown customer add` adds one");
    }
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    customer: CustomerView,
    at: Instant,
    accounts: Vec<AccountBalance>,
    subscriptions: Vec<SubscriptionState>,
    auto_topups: Vec<RuleView>,
}

fn show(args: &CustomerShowArgs, context: &Context) -> Outcome {
    let shown = context.ledger(Access::Read)?.read(|ledger| {
        let customer = ledger.customer(&args.customer)?;
        let subscriptions = subscriptions(ledger, Some(&customer))?.rows;
        // Before the first apply there is a customer and nothing else.
        let (at, accounts, auto_topups) = match ledger.engine() {
            Ok(engine) => {
                let balance = balance(ledger, &engine, &customer, None)?;
                (balance.at, balance.accounts, rules(ledger, &engine, Some(&customer))?)
            }
            Err(LedgerError::NothingApplied) => (ledger.stands_at()?, Vec::new(), Vec::new()),
            Err(error) => return Err(error),
        };
        Ok(Shown { customer: CustomerView::new(customer), at, accounts, subscriptions, auto_topups })
    })?;
    context.out.data("customer show", &shown, || {
        let mut balances = Table::new(vec![Column::text("asset"), Column::number("available")]);
        for account in &shown.accounts {
            balances.row([Cell::from(&account.asset), account.available.into()]);
        }
        balances.note(as_of(shown.at));
        View::new()
            .table(customer_table([&shown.customer]))
            .line("")
            .table(subscription_table(&shown.subscriptions))
            .line("")
            .table(balances)
            .line("")
            .table(rule_table(&shown.auto_topups))
    })?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Imported {
    read: usize,
    added: usize,
    already_there: usize,
}

fn import(args: &CustomerImportArgs, context: &Context) -> Outcome {
    let at = context.booked_at(args.at, args.future)?;
    let mut rows = Rows::read(&args.file, &["customer"], &["name", "created_at"])?;
    let mut ledger = context.ledger(Access::Write)?;
    let mut writer = ledger.write()?;
    let mut added = 0;
    rows.for_each(|cell| {
        let customer = cell("customer").unwrap_or_default();
        if let Err(fault) = check_name("customer", &customer) {
            return Err(Stop::row("customer", Failure::refused("bad_name", fault.to_string())));
        }
        let at = cell("created_at").map_or(Ok(at), |at| row_time("created_at", &at))?;
        let at = context.booked_at(Some(at), args.future).map_err(|failure| Stop::row("created_at", failure))?;
        match writer.add_customer(&customer, cell("name").as_deref(), at) {
            Ok(new) => added += usize::from(new),
            Err(conflict @ LedgerError::Conflict { .. }) => return Err(Stop::row("name", named_already(conflict))),
            Err(error) => return Err(error.into()),
        }
        Ok(())
    })?;
    let read = rows.len();
    rows.refuse_faults(context)?;
    let told = format!("{added} added, {} already there", read - added);
    let alike = look_alikes(&writer.look_alikes(added as u64)?);
    context.commit(writer, &told)?;
    let imported = Imported { read, added, already_there: read - added };
    context.out.data("customer import", &imported, || {
        let mut table = Table::new(["read", "added", "already_there"].map(Column::number).into());
        table.row([read, added, read - added]);
        table.into()
    })?;
    context.out.note(&told);
    alike.iter().for_each(|warning| context.out.warn(warning));
    Ok(Exit::Done)
}
