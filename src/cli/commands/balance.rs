//! `drawdown balance`.

use crate::cli::balances::{everybody, is_owed};
use crate::cli::context::Context;
use crate::cli::error::{Exit, Outcome};
use crate::cli::format::Format;
use crate::ledger::Access;
use crate::render::{Column, Table};
use crate::report::balances::{Balance, balance, balances};
use crate::time::Instant;
use clap::Args;

/// What a customer, or everybody, can spend
#[derive(Debug, Args)]
#[command(after_long_help = "\
CSV has a row for each lot of a customer, or without a customer one for each account.

Examples:
  drawdown balance
  drawdown balance acme
  drawdown balance acme --at 2026-08-01 --format json")]
pub struct BalanceArgs {
    /// The customer's id, to see each lot [default: one line for each customer and asset]
    #[arg(value_name = "CUSTOMER")]
    pub customer: Option<String>,
    /// As of when [default: the latest time the ledger has processed]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
}

pub(super) fn run(args: &BalanceArgs, context: &Context) -> Outcome {
    let ledger = context.ledger(Access::Read)?;
    match &args.customer {
        Some(customer) => {
            let balance =
                ledger.read(|ledger| balance(ledger, &ledger.engine()?, &ledger.customer(customer)?, args.at))?;
            context.out.data("balance", &balance, || one(&balance, context.globals.format).into())?;
        }
        None => {
            let balances = ledger.read(|ledger| balances(ledger, &ledger.engine()?, args.at))?;
            context.out.data("balance", &balances, || everybody(&balances, context.globals.format).into())?;
        }
    }
    Ok(Exit::Done)
}

/// A row for each account, without a lot, and below it one for each of its lots. CSV has the lots alone, so that its rows
/// are of one kind; the accounts are what `balance` without a customer gives.
fn one(balance: &Balance, format: Format) -> Table {
    let owed = balance.accounts.iter().any(|account| is_owed(&account.owed)) && format != Format::Csv;
    let mut columns = vec![Column::text("asset"), Column::text("lot"), Column::number("available")];
    columns.extend(owed.then(|| Column::number("owed")));
    columns.extend([Column::number("of"), Column::text("purpose"), Column::number("priority")]);
    columns.extend([Column::text("effective_at"), Column::text("expires_at")]);
    let mut table = Table::new(columns);
    for account in &balance.accounts {
        if format != Format::Csv {
            let mut row = vec![account.asset.clone(), String::new(), account.available.clone()];
            row.extend(is_owed(&account.owed).then(|| account.owed.clone()));
            table.row(row);
        }
        for lot in &account.lots {
            let mut row = vec![account.asset.clone(), lot.id.to_string(), lot.available.clone()];
            row.extend(owed.then(String::new));
            row.extend([lot.amount.clone(), lot.purpose.name().to_owned(), lot.priority.to_string()]);
            row.extend([lot.effective_at.to_string(), lot.expires_at.map(|end| end.to_string()).unwrap_or_default()]);
            table.row(row);
        }
    }
    table.note(format!("{} as of {}", balance.customer, balance.at));
    table
}
