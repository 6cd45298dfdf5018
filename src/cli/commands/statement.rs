//! `drawdown statement`.

use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::long::{Around, Rows, Visit};
use crate::ids::LotId;
use crate::ledger::{Access, LedgerError};
use crate::money::Amount;
use crate::render::{Cell, Column, Table, View};
use crate::report::statement::{FixedCharge, Kind, LostEarly, Movement, PriceName, Statement, statement};
use crate::time::Instant;
use clap::Args;
use std::ops::ControlFlow;

/// Show everything that moved a customer's balances, in order
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown statement acme
  drawdown statement acme --from 2026-07-01 --to 2026-08-01 --format csv")]
pub struct StatementArgs {
    /// The customer's id.
    #[arg(value_name = "CUSTOMER", add = candidates::customers())]
    pub customer: String,
    /// From this time on [default: the beginning]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub from: Option<Instant>,
    /// Before this time [default: now, or where the ledger stands if that is earlier]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub to: Option<Instant>,
}

pub(super) fn run(args: &StatementArgs, context: &Context) -> Outcome {
    if let (Some(from), Some(to)) = (args.from, args.to)
        && to < from
    {
        return Err(Failure::usage(format!("--to {to} is before --from {from}")));
    }
    let (written, around) = context.ledger(Access::Read)?.read(|ledger| {
        let engine = ledger.engine()?;
        let statement = statement(ledger, &engine, &ledger.customer(&args.customer)?, args.from, args.to)?;
        let shown = |visit: Visit<'_>| tell_accounts(&statement, visit).map(drop);
        let rows = |visit: Visit<'_>| tell_all(&statement, visit);
        let (shown, rows) = (Rows::new(columns(), &shown), Rows::new(columns(), &rows));
        Ok((context.out.write_down("statement", &statement, shown, rows), around(&statement)))
    })?;
    context.out.print_written(written?, around)?;
    Ok(Exit::Done)
}

fn columns() -> Vec<Column> {
    vec![
        Column::text("asset"),
        Column::text("at"),
        Column::text("kind"),
        Column::text("id"),
        Column::text("details"),
        Column::number("amount"),
        Column::number("balance"),
    ]
}

/// What people see below the accounts: what payments collected.
fn around(statement: &Statement<'_>) -> Around {
    let notes = vec![format!("{} until {}", statement.customer, statement.to)];
    let has_charges = !statement.charges.is_empty();
    let below = if has_charges { View::new().line("").table(charges(statement)) } else { View::new() };
    Around { notes, below, ..Around::default() }
}

/// The accounts, one after another. Says whether the visitor broke off.
fn tell_accounts(statement: &Statement<'_>, visit: Visit<'_>) -> Result<ControlFlow<()>, LedgerError> {
    for account in &statement.accounts {
        let edge = |at: Option<Instant>, kind: &str, balance: Amount| {
            let nothing = Cell::Empty;
            vec![
                (&account.asset).into(),
                at.into(),
                kind.into(),
                nothing.clone(),
                nothing.clone(),
                nothing,
                balance.into(),
            ]
        };
        let mut flow = visit(edge(statement.from, "opening", account.opening));
        if flow.is_continue() {
            statement.for_each_movement(account, |movement| {
                flow = visit(movement_row(&account.asset, &movement));
                flow
            })?;
        }
        if flow.is_break() || visit(edge(Some(statement.to), "closing", account.closing)).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// All of it in rows of one kind.
fn tell_all(statement: &Statement<'_>, visit: Visit<'_>) -> Result<(), LedgerError> {
    if tell_accounts(statement, visit)?.is_continue() {
        let _ = statement.charges.iter().map(charge_row).try_for_each(visit);
    }
    Ok(())
}

fn movement_row(asset: &str, movement: &Movement) -> Vec<Cell> {
    let paid = |paid: &Amount, currency: &str| format!("paid {paid} {currency}");
    let lot = |lot: &LotId| format!("lot {lot}");
    let (kind, id, details) = match &movement.kind {
        Kind::Topup { id, paid: amount, currency } => ("topup", id.clone(), paid(amount, currency)),
        Kind::AutoTopup { event, paid: amount, currency } => {
            ("auto_topup", event.clone().unwrap_or_default(), paid(amount, currency))
        }
        Kind::Adjustment { id, reason } => ("adjustment", id.clone(), reason.name().to_owned()),
        Kind::Refund { id, paid_back, currency } => ("refund", id.clone(), format!("paid back {paid_back} {currency}")),
        Kind::Grant { lot: id, entitlement, product, version } => {
            ("grant", lot(id), format!("{entitlement}, {product}@{version}"))
        }
        Kind::Rollover { lot: id, into, carried_on } => {
            ("rollover", lot(id), format!("{carried_on} carried over into lot {into}"))
        }
        Kind::Charge { of, from, to } => ("charge", String::new(), format!("{}{}", priced(of), period(*from, *to))),
        Kind::Credit { of } => ("credit", String::new(), format!("unused part of {}", priced(of))),
        Kind::Fee { event, of } => ("fee", event.clone(), priced(of)),
        Kind::Overage { event, of } => ("overage", event.clone(), priced(of)),
        Kind::GiveBack { event, of } => ("give_back", event.clone(), priced(of)),
        Kind::Void { event, of } => ("void", event.clone(), priced(of)),
        Kind::Expiry { lot: id, reason } => ("expiry", lot(id), reason.map_or("", LostEarly::sentence).to_owned()),
        Kind::Repayment { lot: id, repaid } => ("repayment", lot(id), format!("{repaid} of what was owed")),
    };
    let Movement { at, amount, balance, .. } = *movement;
    vec![asset.into(), at.into(), kind.into(), id.into(), details.into(), amount.into(), balance.into()]
}

/// A charge that a payment collected among the rows of a CSV, which are of one kind: it has no balance, for it moves none.
fn charge_row(charge: &FixedCharge) -> Vec<Cell> {
    let FixedCharge { at, of, from, to, amount, asset, paid, refund } = charge;
    let paid = paid.as_ref().map(|paid| format!("; paid {paid} {asset}")).unwrap_or_default();
    let (kind, id) = refund.as_ref().map_or(("paid_charge", Cell::Empty), |id| ("refund", id.into()));
    let details = format!("{}{}{paid}", priced(of), period(*from, *to));
    vec![asset.into(), (*at).into(), kind.into(), id, details.into(), (*amount).into(), Cell::Empty]
}

fn priced(of: &PriceName) -> String {
    format!("{}, {}@{}", of.price, of.product, of.version)
}

/// The service period of a charge; nothing for what is charged once.
fn period(from: Instant, to: Instant) -> String {
    if from < to { format!(", {from} to {to}") } else { String::new() }
}

fn charges(statement: &Statement<'_>) -> Table {
    let mut columns = vec![
        Column::text("at"),
        Column::text("price"),
        Column::text("product"),
        Column::text("from"),
        Column::text("to"),
        Column::number("amount"),
        Column::number("paid"),
        Column::text("asset"),
    ];
    let has_refunds = statement.charges.iter().any(|charge| charge.refund.is_some());
    columns.extend(has_refunds.then(|| Column::text("refund")));
    let mut table = Table::new(columns);
    for charge in &statement.charges {
        let refund = charge.refund.as_ref().map_or(Cell::Empty, Cell::from);
        let cells = [
            Cell::from(charge.at),
            (&charge.of.price).into(),
            format!("{}@{}", charge.of.product, charge.of.version).into(),
            charge.from.into(),
            charge.to.into(),
            charge.amount.into(),
            charge.paid.into(),
            (&charge.asset).into(),
        ];
        table.row(cells.into_iter().chain(has_refunds.then_some(refund)));
    }
    table.note("charges that payments collected, beside the accounts");
    table
}
