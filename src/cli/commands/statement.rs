//! `drawdown statement`.

use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::ids::LotId;
use crate::ledger::Access;
use crate::money::Amount;
use crate::render::{Cell, Column, Table, View};
use crate::report::statement::{FixedCharge, Kind, LostEarly, Movement, PriceName, Statement, statement};
use crate::time::Instant;
use clap::Args;

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
    let statement = context
        .ledger(Access::Read)?
        .read(|ledger| statement(ledger, &ledger.engine()?, &ledger.customer(&args.customer)?, args.from, args.to))?;
    context.out.data_with_rows("statement", &statement, || view(&statement), || rows(&statement))?;
    Ok(Exit::Done)
}

/// The accounts, and beside them what payments collected.
fn view(statement: &Statement) -> View {
    let view = View::from(table(statement));
    if statement.charges.is_empty() { view } else { view.line("").table(charges(statement)) }
}

/// All of it in rows of one kind.
fn rows(statement: &Statement) -> Table {
    let mut rows = table(statement);
    statement.charges.iter().for_each(|charge| rows.row(charge_row(charge)));
    rows
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
        let edge = |at: Option<Instant>, kind: &str, balance: Amount| {
            let nothing = Cell::Empty;
            [(&account.asset).into(), at.into(), kind.into(), nothing.clone(), nothing.clone(), nothing, balance.into()]
        };
        table.row(edge(statement.from, "opening", account.opening));
        for movement in &account.movements {
            table.row(movement_row(&account.asset, movement));
        }
        table.row(edge(Some(statement.to), "closing", account.closing));
    }
    table.note(format!("{} until {}", statement.customer, statement.to));
    table
}

fn movement_row(asset: &str, movement: &Movement) -> [Cell; 7] {
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
    [asset.into(), at.into(), kind.into(), id.into(), details.into(), amount.into(), balance.into()]
}

/// A charge that a payment collected among the rows of a CSV, which are of one kind: it has no balance, for it moves none.
fn charge_row(charge: &FixedCharge) -> [Cell; 7] {
    let FixedCharge { at, of, from, to, amount, asset, paid, refund } = charge;
    let paid = paid.as_ref().map(|paid| format!("; paid {paid} {asset}")).unwrap_or_default();
    let (kind, id) = refund.as_ref().map_or(("paid_charge", Cell::Empty), |id| ("refund", id.into()));
    let details = format!("{}{}{paid}", priced(of), period(*from, *to));
    [asset.into(), (*at).into(), kind.into(), id, details.into(), (*amount).into(), Cell::Empty]
}

fn priced(of: &PriceName) -> String {
    format!("{}, {}@{}", of.price, of.product, of.version)
}

/// The service period of a charge; nothing for what is charged once.
fn period(from: Instant, to: Instant) -> String {
    if from < to { format!(", {from} to {to}") } else { String::new() }
}

fn charges(statement: &Statement) -> Table {
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
