//! `drawdown statement`.

use super::Context;
use super::args::StatementArgs;
use super::error::{Exit, Failure, Outcome};
use crate::ledger::Access;
use crate::render::{Column, Table};
use crate::report::statement::{Kind, Movement, Statement, statement};

pub(super) fn run(args: &StatementArgs, context: &Context) -> Outcome {
    if let (Some(from), Some(to)) = (args.from, args.to)
        && to < from
    {
        return Err(Failure::usage(format!("--to {to} is before --from {from}")));
    }
    let statement = context
        .ledger(Access::Read)?
        .read(|ledger| statement(ledger, &ledger.engine()?, &ledger.customer(&args.customer)?, args.from, args.to))?;
    context.out.data("statement", &statement, || table(&statement).into())?;
    Ok(Exit::Done)
}

fn table(statement: &Statement) -> Table {
    let mut table = Table::new(vec![
        Column::text("asset"),
        Column::text("at"),
        Column::text("kind"),
        Column::text("id"),
        Column::text("details"),
        Column::number("amount"),
        Column::number("balance"),
    ]);
    for account in &statement.accounts {
        let edge = |at: String, kind: &str, balance: &str| {
            let nothing = String::new;
            vec![account.asset.clone(), at, kind.to_owned(), nothing(), nothing(), nothing(), balance.to_owned()]
        };
        let from = statement.from.map(|from| from.to_string()).unwrap_or_default();
        table.row(edge(from, "opening", &account.opening));
        for movement in &account.movements {
            table.row(movement_row(&account.asset, movement));
        }
        table.row(edge(statement.to.to_string(), "closing", &account.closing));
    }
    table.note(format!("{} until {}", statement.customer, statement.to));
    table
}

fn movement_row(asset: &str, movement: &Movement) -> Vec<String> {
    let (kind, id, details) = match &movement.kind {
        Kind::Topup { id, paid, currency } => ("topup", id.clone(), format!("paid {paid} {currency}")),
        Kind::AutoTopup { event, paid, currency } => ("auto_topup", event.clone(), format!("paid {paid} {currency}")),
        Kind::Adjustment { id, reason } => ("adjustment", id.clone(), reason.name().to_owned()),
        Kind::Fee { event, price, product, version } => ("fee", event.clone(), format!("{price}, {product}@{version}")),
        Kind::Expiry { lot } => ("expiry", format!("lot {lot}"), String::new()),
        Kind::Repayment { lot, repaid } => ("repayment", format!("lot {lot}"), format!("{repaid} of what was owed")),
    };
    let (amount, balance) = (movement.amount.clone(), movement.balance.clone());
    vec![asset.to_owned(), movement.at.to_string(), kind.to_owned(), id, details, amount, balance]
}
