//! `drawdown payments`.

use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Outcome};
use crate::ledger::Access;
use crate::render::{Cell, Column, Table};
use crate::report::payments::{Payment, PaymentKind, PaymentState, payments};
use clap::{Args, Subcommand};

/// List payments, and those still to be collected
#[derive(Debug, Subcommand)]
#[command(
    arg_required_else_help = true,
    after_long_help = "\
Examples:
  drawdown payments list
  drawdown payments list acme --format csv"
)]
pub enum PaymentsCommand {
    /// List payments: collected, paid back, and still to be collected
    ///
    /// Still to be collected is what has fallen due by the ledger's latest time but is not booked yet, and each customer's next
    /// renewal as it stands now. `report revenue` counts what has fallen due, and `advance` books it.
    #[command(after_long_help = "Examples:\n  drawdown payments list\n  drawdown payments list acme --format csv")]
    List(PaymentsListArgs),
}

/// Whose payments are listed.
#[derive(Debug, Args)]
pub struct PaymentsListArgs {
    /// Only payments of this customer.
    #[arg(value_name = "CUSTOMER", add = candidates::customers())]
    pub customer: Option<String>,
}

pub(super) fn run(command: &PaymentsCommand, context: &Context) -> Outcome {
    let PaymentsCommand::List(args) = command;
    let list = context.ledger(Access::Read)?.read(|ledger| {
        let customer = args.customer.as_ref().map(|id| ledger.customer(id)).transpose()?;
        payments(ledger, customer.as_ref())
    })?;
    context.out.data("payments list", &list, || table(&list.rows).into())?;
    if list.rows.is_empty() {
        context.out.note("no payments");
    }
    Ok(Exit::Done)
}

fn table(rows: &[Payment]) -> Table {
    let text = |name: &str| Column::text(name);
    let columns = [
        text("id"),
        text("customer"),
        text("at"),
        text("kind"),
        text("state"),
        Column::number("amount"),
        text("currency"),
        Column::number("refunded"),
        text("for"),
    ];
    let mut table = Table::new(columns.into());
    for Payment { id, customer, at, kind, state, amount, currency, refunded, bought } in rows {
        table.row([
            id.as_ref().map_or(Cell::Empty, Cell::from),
            customer.into(),
            (*at).into(),
            kind_name(*kind).into(),
            state_name(*state).into(),
            (*amount).into(),
            currency.into(),
            (*refunded).into(),
            bought.to_string().into(),
        ]);
    }
    table
}

fn kind_name(kind: PaymentKind) -> &'static str {
    match kind {
        PaymentKind::Topup => "topup",
        PaymentKind::AutoTopup => "auto_topup",
        PaymentKind::ExternalTopup => "external_topup",
        PaymentKind::Charge => "charge",
        PaymentKind::Refund => "refund",
        PaymentKind::ExternalRefund => "external_refund",
    }
}

fn state_name(state: PaymentState) -> &'static str {
    match state {
        PaymentState::Collected => "collected",
        PaymentState::PaidBack => "paid_back",
        PaymentState::ToCollect => "to_collect",
    }
}
