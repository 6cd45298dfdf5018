//! `drawdown balance`.

use crate::cli::balances::{as_of, print};
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Outcome};
use crate::ledger::Access;
use crate::render::{Cell, Column, Table};
use crate::report::balances::{Balance, LotBalance, balance};
use crate::time::Instant;
use clap::Args;

/// Show what a customer, or everybody, can spend
#[derive(Debug, Args)]
#[command(after_long_help = "\
CSV has a row for each lot of a customer, and one without a lot for what an account owes. Without a customer it has a row \
for each account.

Examples:
  drawdown balance
  drawdown balance acme
  drawdown balance acme --at 2026-08-01 --format json")]
pub struct BalanceArgs {
    /// The customer's id, to see each lot [default: one line for each customer and asset]
    #[arg(value_name = "CUSTOMER", add = candidates::customers())]
    pub customer: Option<String>,
    /// The time of the balance [default: now, or where the ledger stands if that is earlier]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
}

pub(super) fn run(args: &BalanceArgs, context: &Context) -> Outcome {
    match &args.customer {
        Some(customer) => {
            let ledger = context.ledger(Access::Read)?;
            let balance =
                ledger.read(|ledger| balance(ledger, &ledger.engine()?, &ledger.customer(customer)?, args.at))?;
            context.out.data_with_rows("balance", &balance, || accounts(&balance).into(), || lots(&balance))?;
        }
        None => print("balance", args.at, context)?,
    }
    Ok(Exit::Done)
}

/// A row for each account, without a lot, and below it one for each of its lots.
fn accounts(balance: &Balance) -> Table {
    let owed = balance.accounts.iter().any(|account| !account.owed.is_zero());
    let mut table = Table::new(columns(owed));
    for account in &balance.accounts {
        let mut row = vec![Cell::from(&account.asset), Cell::Empty, account.available.into()];
        row.extend((!account.owed.is_zero()).then(|| account.owed.into()));
        table.row(row);
        account.lots.iter().for_each(|lot| table.row(lot_row(&account.asset, lot, owed)));
    }
    table.note(match balance.at {
        Instant::EPOCH => as_of(Instant::EPOCH),
        at => format!("{} {}", balance.customer, as_of(at)),
    });
    table
}

/// The lots, and what each account owes in a row without a lot: so that all that is available less all that is owed is what
/// the account has.
fn lots(balance: &Balance) -> Table {
    let mut table = Table::new(columns(true));
    for account in &balance.accounts {
        account.lots.iter().for_each(|lot| table.row(lot_row(&account.asset, lot, true)));
        if !account.owed.is_zero() {
            let owed = [Cell::from(&account.asset), Cell::Empty, Cell::Empty, account.owed.into()];
            table.row(owed.into_iter().chain(std::iter::repeat_n(Cell::Empty, 5)));
        }
    }
    table
}

fn columns(owed: bool) -> Vec<Column> {
    let mut columns = vec![Column::text("asset"), Column::text("lot"), Column::number("available")];
    columns.extend(owed.then(|| Column::number("owed")));
    columns.extend([Column::number("of"), Column::text("purpose"), Column::number("priority")]);
    columns.extend([Column::text("effective_at"), Column::text("expires_at")]);
    columns
}

fn lot_row(asset: &str, lot: &LotBalance, owed: bool) -> Vec<Cell> {
    let mut row = vec![Cell::from(asset), lot.id.to_string().into(), lot.available.into()];
    row.extend(owed.then_some(Cell::Empty));
    row.extend([lot.amount.into(), lot.purpose.name().into(), lot.priority.number().into()]);
    row.extend([Cell::from(lot.effective_at), lot.expires_at.into()]);
    row
}
