//! `drawdown adjust`.

use crate::billing::{Adjustment, Facts, FellDue, Reason};
use crate::cli::amount::{money_failure, units};
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::fell_due::{FellDueView, ToCome};
use crate::cli::value::new_id;
use crate::ids::AssetId;
use crate::ledger::{Access, LedgerError, RecordedAdjustment};
use crate::money::{Amount, Book, Units};
use crate::render::{Cell, Column, Table};
use crate::time::Instant;
use crate::wallet::Priority;
use clap::{Args, ValueEnum};
use serde::Serialize;

/// Correct a balance, up or down
///
/// A negative amount takes from paid credit first, and can't take a balance below zero.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown adjust acme 500 CREDIT --reason gift --expires 2026-12-31
  drawdown adjust acme -5 USD --reason external_refund --id refund-7")]
pub struct AdjustArgs {
    /// The customer's id.
    #[arg(value_name = "CUSTOMER", add = candidates::customers())]
    pub customer: String,
    /// The amount to add, or with a minus sign to take.
    #[arg(value_name = "AMOUNT", allow_negative_numbers = true)]
    pub amount: String,
    /// The asset's code.
    #[arg(value_name = "ASSET", add = candidates::assets())]
    pub asset: String,
    /// Why the balance is corrected.
    #[arg(long, value_name = "REASON")]
    pub reason: AdjustReason,
    /// When the added amount expires [default: never]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub expires: Option<Instant>,
    /// The priority of the added amount; lower is used first.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub priority: Option<i32>,
    /// An id for this adjustment, so that running the command again changes nothing [default: made up and printed]
    #[arg(long, value_name = "KEY", value_parser = new_id)]
    pub id: Option<String>,
    /// When it takes effect [default: now]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
    /// Allow a time that lies in the future.
    #[arg(long)]
    pub future: bool,
}

/// Why a balance is corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum AdjustReason {
    /// Given away
    Gift,
    /// Paid somewhere else
    ExternalTopup,
    /// Paid back somewhere else
    ExternalRefund,
    /// Anything else
    Other,
}

/// A correction in the ledger.
#[derive(Serialize)]
struct Recorded {
    id: String,
    customer: String,
    at: Instant,
    asset: String,
    amount: Amount,
    reason: Reason,
    available: Amount,
    /// As of when, if the customer's time has come further than now.
    #[serde(skip_serializing_if = "Option::is_none")]
    available_at: Option<Instant>,
    recorded: bool,
    #[serde(flatten)]
    fell_due: FellDueView,
    #[serde(skip_serializing_if = "Option::is_none")]
    to_come: Option<ToCome>,
    /// Whether it has paid for something that was past due.
    #[serde(skip)]
    recovered: bool,
}

pub(super) fn run(args: &AdjustArgs, context: &Context) -> Outcome {
    let at = context.booked_at(args.at, args.future)?;
    let mut ledger = context.ledger(Access::Write)?;
    let horizon = ledger.stands_at()?;
    let mut writer = ledger.write()?;
    let mut engine = writer.engine()?;
    let customer = writer.customer(&args.customer)?;
    let asset_id = writer.asset_id(&mut engine, &args.asset)?;
    let asset = engine.asset(asset_id).clone();
    let amount = units(&args.amount, &asset, asset.precision)?;
    if amount.is_negative() && (args.expires.is_some() || args.priority.is_some()) {
        return Err(Failure::usage("--expires and --priority are for what is added, not for what is taken"));
    }
    let key = args.id.clone().map_or_else(|| writer.new_adjustment_key(), Ok)?;
    let mut life = writer.life(customer.id, &engine)?;
    let before = writer.recorded_adjustment(&key)?;
    let mut facts = Facts::default();
    if let Some(before) = &before {
        check_same(&key, before, args, amount, &engine.book)?;
    } else {
        let at = if amount.is_negative() { context.acts_at(args.at, life.clock)? } else { at };
        let new = args.adjustment(&key, at, asset_id, amount);
        engine.adjust(&mut life, new, &mut facts).map_err(money_failure)?;
        writer.record(&engine, &mut life, &mut facts.clone())?;
    }
    let stored = writer.recorded_adjustment(&key)?.ok_or_else(|| Failure::bug("the adjustment is not there"))?;
    let told = format!("{}: {} {}, recorded as {key}", stored.customer, asset.amount(stored.amount), stored.asset);
    context.commit(writer, &told)?;
    let is_new = before.is_none();
    // What is still to come is not there now.
    let now = context.at(None)?;
    let by_now = stored.at.min(now);
    let to_come = if is_new { ToCome::new(&engine, &life, horizon, by_now)? } else { None };
    engine.project(&mut life, by_now)?;
    let data = Recorded {
        id: key,
        customer: stored.customer,
        at: stored.at,
        asset: stored.asset,
        amount: asset.amount(stored.amount),
        reason: stored.reason,
        available: asset.amount(life.available(asset_id, life.clock)),
        available_at: (life.clock > now).then_some(life.clock),
        recorded: is_new,
        fell_due: FellDueView::new(&FellDue::of(&facts), &engine),
        to_come,
        recovered: !facts.recoveries.is_empty(),
    };
    data.say(context)?;
    Ok(Exit::Done)
}

impl AdjustArgs {
    fn adjustment(&self, key: &str, at: Instant, asset: AssetId, amount: Units) -> Adjustment {
        Adjustment {
            key: key.to_owned(),
            at,
            asset,
            amount,
            reason: reason(self.reason),
            expires_at: self.expires,
            priority: self.priority.map(Priority::from),
        }
    }
}

impl Recorded {
    fn say(&self, context: &Context) -> Result<(), Failure> {
        context.out.data("adjust", self, || self.table().into())?;
        let Self { id, customer, asset, amount, available, .. } = self;
        let available = match self.available_at {
            Some(at) => format!("{available} available at {at}, which the customer's time has come to"),
            None => format!("now {available} available"),
        };
        let told = format!("{customer}: {amount} {asset}, {available}; recorded as {id}");
        context.say_recorded(&told, id, self.recorded, self.recovered);
        self.fell_due.say(self.to_come.as_ref(), context);
        Ok(())
    }

    fn table(&self) -> Table {
        let mut table = Table::new(vec![
            Column::text("id"),
            Column::text("customer"),
            Column::text("at"),
            Column::number("amount"),
            Column::text("asset"),
            Column::text("reason"),
            Column::number("available"),
        ]);
        table.row([
            Cell::from(&self.id),
            (&self.customer).into(),
            self.at.into(),
            self.amount.into(),
            (&self.asset).into(),
            self.reason.name().into(),
            self.available.into(),
        ]);
        table
    }
}

fn reason(reason: AdjustReason) -> Reason {
    match reason {
        AdjustReason::Gift => Reason::Gift,
        AdjustReason::ExternalTopup => Reason::ExternalTopup,
        AdjustReason::ExternalRefund => Reason::ExternalRefund,
        AdjustReason::Other => Reason::Other,
    }
}

/// An id that was used before must stand for the same correction. Options that are not given were left to the first time.
fn check_same(
    key: &str,
    before: &RecordedAdjustment,
    args: &AdjustArgs,
    amount: Units,
    book: &Book,
) -> Result<(), LedgerError> {
    let now = RecordedAdjustment {
        customer: args.customer.clone(),
        at: args.at.unwrap_or(before.at),
        asset: args.asset.clone(),
        amount,
        reason: reason(args.reason),
        expires_at: args.expires.or(before.expires_at),
        priority: args.priority.map(Priority::from).or(before.priority),
    };
    if now == *before {
        return Ok(());
    }
    let describe = |adjustment: &RecordedAdjustment| -> Result<String, LedgerError> {
        let RecordedAdjustment { customer, at, asset, amount, reason, expires_at, priority } = adjustment;
        let amount = book.asset(asset).map_err(|error| LedgerError::Damaged(error.to_string()))?.format(*amount);
        let expires = expires_at.map(|end| format!(", expires {end}")).unwrap_or_default();
        let priority = priority.map(|priority| format!(", priority {priority}")).unwrap_or_default();
        Ok(format!("{customer} {amount} {asset}, {}, at {at}{expires}{priority}", reason.name()))
    };
    let (before, now) = (describe(before)?, describe(&now)?);
    Err(LedgerError::Conflict { key: key.to_owned(), before, now })
}
