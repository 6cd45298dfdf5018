//! `drawdown balance`.

use super::Context;
use super::args::BalanceArgs;
use super::error::{Exit, Outcome};
use crate::ledger::Access;
use crate::render::{Column, Table};
use crate::report::balances::{Balance, Balances, balance, balances};

pub(super) fn run(args: &BalanceArgs, context: &Context) -> Outcome {
    let ledger = context.ledger(Access::Read)?;
    match &args.customer {
        Some(customer) => {
            let balance =
                ledger.read(|ledger| balance(ledger, &ledger.engine()?, &ledger.customer(customer)?, args.at))?;
            context.out.data("balance", &balance, || one(&balance).into())?;
        }
        None => {
            let balances = ledger.read(|ledger| balances(ledger, &ledger.engine()?, args.at))?;
            context.out.data("balance", &balances, || everybody(&balances).into())?;
        }
    }
    Ok(Exit::Done)
}

/// A row for each account, without a lot, and below it one for each of its lots.
fn one(balance: &Balance) -> Table {
    let mut table = Table::new(vec![
        Column::text("asset"),
        Column::text("lot"),
        Column::number("available"),
        Column::number("of"),
        Column::text("purpose"),
        Column::number("priority"),
        Column::text("effective_at"),
        Column::text("expires_at"),
    ]);
    for account in &balance.accounts {
        let mut row = vec![account.asset.clone(), String::new(), account.available.clone()];
        row.resize(8, String::new());
        table.row(row);
        for lot in &account.lots {
            table.row(vec![
                account.asset.clone(),
                lot.id.to_string(),
                lot.available.clone(),
                lot.amount.clone(),
                lot.purpose.name().to_owned(),
                lot.priority.to_string(),
                lot.effective_at.to_string(),
                lot.expires_at.map(|end| end.to_string()).unwrap_or_default(),
            ]);
        }
    }
    table.note(format!("{} as of {}", balance.customer, balance.at));
    table
}

/// A row for each account of each customer.
pub(super) fn everybody(balances: &Balances) -> Table {
    let mut table = Table::new(vec![
        Column::text("customer"),
        Column::text("asset"),
        Column::number("available"),
        Column::number("lots"),
    ]);
    for row in &balances.rows {
        table.row(vec![row.customer.clone(), row.asset.clone(), row.available.clone(), row.lots.to_string()]);
    }
    table.note(format!("as of {}", balances.at));
    table
}
