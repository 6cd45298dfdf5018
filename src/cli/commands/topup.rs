//! `drawdown topup`.

use crate::billing::{Engine, Facts, FellDue, Life, LifeError, MoneyError, NewTopup};
use crate::cli::amount::{check_currency, money_failure, payment};
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::fell_due::{FellDueView, ToCome};
use crate::cli::rows::{Rows, Stop, row_time};
use crate::cli::value::new_id;
use crate::ids::{AssetId, CustomerId};
use crate::ledger::{Access, LedgerError, RecordedTopup, Writer};
use crate::money::{Amount, Book, ConvertError, Units};
use crate::render::{Cell, Column, Table, counted};
use crate::time::Instant;
use crate::usage::{Twins, check_name};
use clap::Args;
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Pay money into a customer's wallet
///
/// Credits the same currency one for one, and any other asset at the rate valid then, rounded down.
#[derive(Debug, Args)]
#[command(after_long_help = "\
A file for --import has the columns customer, amount, currency, and may have to, id, at. All of its rows are recorded or, \
when one is wrong, none. A row without an id is recognised by its content, so that importing a file again records nothing \
twice; two rows of one file that say the same are two payments.

Examples:
  drawdown topup acme 50 USD
  drawdown topup acme 20 USD --to CREDIT --id invoice-1042
  drawdown topup --import payments.csv")]
pub struct TopupArgs {
    /// The customer's id.
    #[arg(value_name = "CUSTOMER", add = candidates::customers(), required_unless_present = "import")]
    pub customer: Option<String>,
    /// The amount paid, with no more decimals than the currency has (2 for USD).
    #[arg(value_name = "AMOUNT", required_unless_present = "import", allow_negative_numbers = true)]
    pub amount: Option<String>,
    /// The currency of the payment.
    #[arg(value_name = "CURRENCY", add = candidates::assets(), required_unless_present = "import")]
    pub currency: Option<String>,
    /// The asset to credit [default: the currency itself]
    #[arg(long, value_name = "ASSET", add = candidates::assets())]
    pub to: Option<String>,
    /// An id for this payment, so that running the command again changes nothing [default: made up and printed]
    #[arg(long, value_name = "KEY", value_parser = new_id)]
    pub id: Option<String>,
    /// When it is paid [default: now]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
    /// Allow a time that lies in the future.
    #[arg(long)]
    pub future: bool,
    /// Read many payments from a CSV file, or - for standard input.
    #[arg(long, value_name = "FILE",
          conflicts_with_all = ["customer", "amount", "currency", "to", "id", "at"])]
    pub import: Option<PathBuf>,
}

pub(super) fn run(args: &TopupArgs, context: &Context) -> Outcome {
    match (&args.import, &args.customer, &args.amount, &args.currency) {
        (Some(file), ..) => import(file, args.future, context),
        (None, Some(customer), Some(amount), Some(currency)) => {
            context.booked_at(args.at, args.future)?;
            let payment = Payment {
                customer: customer.clone(),
                amount: amount.clone(),
                currency: currency.clone(),
                to: args.to.clone(),
                at: args.at,
            };
            one(&payment, args.id.clone(), context)
        }
        _ => Err(Failure::usage("give the customer, the amount and the currency, or --import FILE")),
    }
}

/// A payment as it was typed.
struct Payment {
    customer: String,
    amount: String,
    currency: String,
    to: Option<String>,
    at: Option<Instant>,
}

/// Where a payment's id comes from.
enum Id<'t> {
    Given(String),
    /// The next one that is free.
    Made,
    /// From what the payment says, so that the same file says the same ids.
    OfContent(&'t mut Twins),
}

/// A payment in the ledger.
#[derive(Serialize)]
struct Recorded {
    id: String,
    customer: String,
    at: Instant,
    paid: Amount,
    currency: String,
    credited: Amount,
    asset: String,
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

fn one(payment: &Payment, id: Option<String>, context: &Context) -> Outcome {
    let now = context.at(None)?;
    let mut ledger = context.ledger(Access::Write)?;
    let horizon = ledger.stands_at()?;
    let mut writer = ledger.write()?;
    let mut engine = writer.engine()?;
    let id = id.map_or(Id::Made, Id::Given);
    let paid = record(&mut writer, &mut engine, payment, id, now).map_err(Stop::into_failure)?;
    let to_come = paid.to_come(&engine, horizon)?;
    let data = Recorded::new(paid, to_come, &engine, now)?;
    let Recorded { id, customer, paid, currency, credited, asset, .. } = &data;
    let told = format!("{customer} paid {paid} {currency} for {credited} {asset}; recorded as {id}");
    context.commit(writer, &told)?;
    context.out.data("topup", &data, || data.table().into())?;
    context.say_recorded(&told, id, data.recorded, data.recovered);
    data.fell_due.say(data.to_come.as_ref(), context);
    Ok(Exit::Done)
}

impl Recorded {
    fn new(paid: Paid, to_come: Option<ToCome>, engine: &Engine, now: Instant) -> Result<Self, LifeError> {
        let Paid { key, stored, is_new, bought, mut life, facts, paid, by_now } = paid;
        let asset = engine.asset(bought);
        engine.project(&mut life, by_now)?;
        Ok(Self {
            id: key,
            customer: stored.customer,
            at: stored.at,
            paid,
            currency: stored.currency,
            credited: asset.amount(stored.credited),
            asset: stored.target,
            available: asset.amount(life.available(bought, life.clock)),
            available_at: (life.clock > now).then_some(life.clock),
            recorded: is_new,
            fell_due: FellDueView::new(&FellDue::of(&facts), engine),
            to_come,
            recovered: !facts.recoveries.is_empty(),
        })
    }

    fn table(&self) -> Table {
        let text = |name: &str| Column::text(name);
        let number = |name: &str| Column::number(name);
        let mut table = Table::new(vec![
            text("id"),
            text("customer"),
            text("at"),
            number("paid"),
            text("currency"),
            number("credited"),
            text("asset"),
            number("available"),
        ]);
        let Self { id, customer, at, paid, currency, credited, asset, available, .. } = self;
        table.row([
            Cell::from(id),
            customer.into(),
            (*at).into(),
            (*paid).into(),
            currency.into(),
            (*credited).into(),
            asset.into(),
            (*available).into(),
        ]);
        if let Some(at) = self.available_at {
            table.note(format!("available at {at}, which the customer's time has come to"));
        }
        table
    }
}

/// What became of a payment.
struct Paid {
    key: String,
    stored: RecordedTopup,
    paid: Amount,
    bought: AssetId,
    /// It was not recorded before.
    is_new: bool,
    /// The customer, and what happened to them at once.
    life: Life,
    facts: Facts,
    /// When it takes effect; what is still to come is not there now.
    by_now: Instant,
}

impl Paid {
    /// What is still to fall due until it takes effect: a payment moves no time.
    fn to_come(&self, engine: &Engine, horizon: Instant) -> Result<Option<ToCome>, LifeError> {
        if self.is_new { ToCome::new(engine, &self.life, horizon, self.by_now) } else { Ok(None) }
    }
}

/// Records a payment, unless its id says that this was done before.
fn record(
    writer: &mut Writer<'_>,
    engine: &mut Engine,
    wanted: &Payment,
    id: Id<'_>,
    now: Instant,
) -> Result<Paid, Stop> {
    let Payment { customer, amount, currency, to, at } = wanted;
    let row = writer.customer(customer).map_err(|e| Stop::row("customer", e))?;
    let paid_in = writer.asset_id(engine, currency).map_err(|e| Stop::row("currency", e))?;
    check_currency(engine.asset(paid_in)).map_err(|e| Stop::row("currency", e))?;
    let paid = payment(amount, engine.asset(paid_in)).map_err(|e| Stop::row("amount", e))?;
    let target = to.as_ref().unwrap_or(currency);
    let bought = writer.asset_id(engine, target).map_err(|e| Stop::row("to", e))?;
    let key = match id {
        Id::Given(id) => id,
        Id::Made => writer.new_topup_key()?,
        Id::OfContent(twins) => content_id(twins, wanted, paid, target),
    };
    let mut life = writer.life(row.id, engine)?;
    let before = writer.recorded_topup(&key)?;
    if writer.recorded_refund(&key)?.is_some() {
        let failure = Failure::refused("id_taken", format!("{key:?} is the id of a refund"));
        return Err(Stop::row("id", failure.with_help("give the payment another id")));
    }
    let mut facts = Facts::default();
    if let Some(before) = &before {
        check_same(&key, before, wanted, paid, &engine.book).map_err(|e| Stop::row("id", e))?;
    } else {
        let new = NewTopup { key: key.clone(), at: at.unwrap_or(now), currency: paid_in, paid, target: bought };
        engine.top_up(&mut life, new, &mut facts).map_err(|error| {
            let no_rate =
                matches!(error, MoneyError::Convert(ConvertError::NoRate { .. } | ConvertError::UnknownAsset { .. }));
            let column = if no_rate { "currency" } else { "amount" };
            Stop::row(column, money_failure(error))
        })?;
        writer.record(engine, &mut life, &mut facts.clone())?;
    }
    let stored = writer.recorded_topup(&key)?;
    let stored = stored.ok_or_else(|| Stop::All(Failure::bug("the payment is not there")))?;
    let (by_now, paid) = (stored.at.min(now), engine.asset(paid_in).amount(stored.paid));
    Ok(Paid { key, stored, paid, bought, is_new: before.is_none(), life, facts, by_now })
}

/// The time is part of it only where it was given: it must not differ from one import to the next.
fn content_id(twins: &mut Twins, payment: &Payment, paid: Units, target: &str) -> String {
    let at = payment.at.unwrap_or(Instant::EPOCH);
    twins.content.start(&payment.customer, "topup", at, Some(target));
    twins.content.field("currency", &payment.currency);
    twins.content.field("paid", &paid.to_string());
    let mut id = String::new();
    twins.add_id(&mut id);
    id
}

/// An id that was used before must stand for the same payment.
fn check_same(
    key: &str,
    before: &RecordedTopup,
    payment: &Payment,
    paid: Units,
    book: &Book,
) -> Result<(), LedgerError> {
    let now = RecordedTopup {
        customer: payment.customer.clone(),
        at: payment.at.unwrap_or(before.at),
        currency: payment.currency.clone(),
        paid,
        target: payment.to.as_ref().unwrap_or(&payment.currency).clone(),
        credited: before.credited,
    };
    if now == *before {
        return Ok(());
    }
    let describe = |topup: &RecordedTopup| -> Result<String, LedgerError> {
        let RecordedTopup { customer, at, currency, paid, target, .. } = topup;
        let paid = book.asset(currency).map_err(|error| LedgerError::Damaged(error.to_string()))?.format(*paid);
        Ok(format!("{customer} pays {paid} {currency} for {target} at {at}"))
    };
    let (before, now) = (describe(before)?, describe(&now)?);
    Err(LedgerError::Conflict { key: key.to_owned(), before, now })
}

#[derive(Serialize)]
struct Imported {
    read: usize,
    recorded: usize,
    recorded_before: usize,
    #[serde(flatten)]
    fell_due: FellDueView,
    #[serde(skip_serializing_if = "Option::is_none")]
    to_come: Option<ToCome>,
}

/// Who paid in a file, what happened at once, and when the latest payment takes effect.
#[derive(Default)]
struct Payers {
    customers: BTreeSet<CustomerId>,
    fell_due: FellDue,
    recovered: bool,
    latest: Option<Instant>,
}

impl Payers {
    fn add(&mut self, paid: &Paid) {
        self.customers.insert(paid.life.customer);
        self.fell_due.add(&paid.facts);
        self.recovered |= !paid.facts.recoveries.is_empty();
        self.latest = self.latest.max(Some(paid.by_now));
    }

    fn to_come(&self, writer: &Writer<'_>, engine: &Engine, horizon: Instant) -> Result<Option<ToCome>, Failure> {
        let Some(latest) = self.latest else { return Ok(None) };
        let lives = self.customers.iter().map(|&customer| writer.life(customer, engine));
        Ok(ToCome::of_all(engine, &lives.collect::<Result<Vec<_>, _>>()?, horizon, latest)?)
    }
}

fn import(file: &Path, future: bool, context: &Context) -> Outcome {
    let mut rows = Rows::read(file, &["customer", "amount", "currency"], &["to", "id", "at"])?;
    let now = context.at(None)?;
    let mut ledger = context.ledger(Access::Write)?;
    let horizon = ledger.stands_at()?;
    let mut writer = ledger.write()?;
    let mut engine = writer.engine()?;
    let mut twins = Twins::default();
    let (mut recorded, mut without_id, mut payers) = (0, false, Payers::default());
    rows.for_each(|cell| {
        let at = cell("at").map(|at| booked_at(&at, future, context)).transpose()?;
        let [customer, amount, currency] =
            ["customer", "amount", "currency"].map(|name| cell(name).unwrap_or_default());
        let payment = Payment { customer, amount, currency, to: cell("to"), at };
        let id = cell("id").map(row_id).transpose()?;
        without_id |= id.is_none();
        let id = id.map_or_else(|| Id::OfContent(&mut twins), Id::Given);
        let paid = record(&mut writer, &mut engine, &payment, id, now)?;
        if paid.is_new {
            recorded += 1;
            payers.add(&paid);
        }
        Ok(())
    })?;
    let read = rows.len();
    rows.refuse_faults(context)?;
    let told = format!("{} recorded, {} recorded before", counted(recorded, "payment"), read - recorded);
    let to_come = payers.to_come(&writer, &engine, horizon)?;
    context.commit(writer, &told)?;
    let fell_due = FellDueView::new(&payers.fell_due, &engine);
    let imported = Imported { read, recorded, recorded_before: read - recorded, fell_due, to_come };
    context.out.data("topup", &imported, || imported.table().into())?;
    if without_id {
        context.out.note(
            "rows without an id are recognised by their content: to record an equal payment again from a later file, \
             give it its own id or time",
        );
    }
    context.out.note(&told);
    if payers.recovered {
        context.out.note("what was past due is paid");
    }
    imported.fell_due.say(imported.to_come.as_ref(), context);
    Ok(Exit::Done)
}

impl Imported {
    fn table(&self) -> Table {
        let mut table = Table::new(["read", "recorded", "recorded_before"].map(Column::number).into());
        table.row([self.read, self.recorded, self.recorded_before]);
        table
    }
}

fn booked_at(text: &str, future: bool, context: &Context) -> Result<Instant, Stop> {
    let at = row_time("at", text)?;
    context.booked_at(Some(at), future).map_err(|failure| Stop::row("at", failure))
}

fn row_id(id: String) -> Result<String, Stop> {
    let wrong = |fault: crate::usage::Fault| Stop::row("id", Failure::refused("bad_name", fault.to_string()));
    check_name("id", &id).map_err(wrong)?;
    Ok(id)
}
