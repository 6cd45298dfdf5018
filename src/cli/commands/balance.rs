//! `drawdown balance`.

use crate::cli::args::BalanceArgs;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Outcome};
use crate::cli::format::Format;
use crate::ledger::Access;
use crate::render::{Column, Table};
use crate::report::balances::{Balance, Balances, balance, balances};

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

/// A row for each account of each customer; people are told of what is owed where something is.
pub(super) fn everybody(balances: &Balances, format: Format) -> Table {
    let owed = format == Format::Csv || balances.rows.iter().any(|row| is_owed(&row.owed));
    let mut columns = vec![Column::text("customer"), Column::text("asset"), Column::number("available")];
    columns.extend(owed.then(|| Column::number("owed")));
    columns.push(Column::number("lots"));
    let mut table = Table::new(columns);
    for row in &balances.rows {
        let mut cells = vec![row.customer.clone(), row.asset.clone(), row.available.clone()];
        cells.extend(owed.then(|| row.owed.clone()));
        cells.push(row.lots.to_string());
        table.row(cells);
    }
    table.note(format!("as of {}", balances.at));
    table
}

/// Whether a decimal, which is never below zero, is not zero.
fn is_owed(owed: &str) -> bool {
    owed.contains(|c| matches!(c, '1'..='9'))
}
