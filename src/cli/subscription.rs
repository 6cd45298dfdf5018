//! `drawdown subscribe`, `unsubscribe` and `subscription`.

use super::Context;
use super::args::{SubscribeArgs, SubscriptionCommand, SubscriptionListArgs, UnsubscribeArgs};
use super::error::{Exit, Failure, Outcome};
use crate::billing::NewTerms;
use crate::ledger::{Access, LedgerError, SubscriptionRow, When, Writer, resolve_version};
use crate::render::{Column, Table};
use crate::time::Instant;
use serde::Serialize;

/// A subscription as it is shown.
#[derive(Serialize)]
pub(super) struct SubscriptionView {
    customer: String,
    product: String,
    version: u32,
    quantity: i64,
    started_at: Instant,
    ended_at: Option<Instant>,
}

impl SubscriptionView {
    pub(super) fn new(row: SubscriptionRow) -> Self {
        let SubscriptionRow { customer, product, version, quantity, started_at, ended_at, .. } = row;
        Self { customer, product, version, quantity, started_at, ended_at }
    }
}

/// One row for each subscription.
pub(super) fn subscription_table<'a>(subscriptions: impl IntoIterator<Item = &'a SubscriptionView>) -> Table {
    let mut table = Table::new(vec![
        Column::text("customer"),
        Column::text("product"),
        Column::number("version"),
        Column::number("quantity"),
        Column::text("started_at"),
        Column::text("ended_at"),
    ]);
    for s in subscriptions {
        table.row(vec![
            s.customer.clone(),
            s.product.clone(),
            s.version.to_string(),
            s.quantity.to_string(),
            s.started_at.to_string(),
            s.ended_at.map(|end| end.to_string()).unwrap_or_default(),
        ]);
    }
    table
}

/// What a command did to one subscription.
#[derive(Serialize)]
struct Changed {
    #[serde(flatten)]
    subscription: SubscriptionView,
    changed: bool,
}

pub(super) fn subscribe(args: &SubscribeArgs, context: &Context) -> Outcome {
    let at = context.at(args.at)?;
    let mut ledger = context.ledger(Access::Write)?;
    let mut writer = ledger.write()?;
    let mut engine = writer.engine()?;
    let published = writer.published()?.ok_or(LedgerError::NothingApplied)?;
    let product = &args.product.code;
    let version = resolve_version(&published, &engine, product, args.product.version)?;
    let customer = writer.customer(&args.customer)?;
    let terms = NewTerms { version, quantity: i64::from(args.quantity), at };
    let new = writer.subscribe(&mut engine, &customer, terms)?;
    let held = |s: &SubscriptionRow| s.version_id == version && s.ended_at.is_none_or(|end| at < end);
    let subscription = find(&writer, customer.id, held)?;
    writer.commit()?;
    let data = Changed { subscription, changed: new.is_some() };
    context.out.data("subscribe", &data, || subscription_table([&data.subscription]).into())?;
    let SubscriptionView { version, started_at, ended_at, .. } = &data.subscription;
    let until = ended_at.map_or(String::new(), |end| format!(" until {end}"));
    let who = &args.customer;
    context.out.note(&match data.changed {
        true => format!("{who} subscribes to {product}@{version} from {started_at}{until}"),
        false => format!("{who} is already subscribed to {product}@{version} since {started_at}, nothing changed"),
    });
    Ok(Exit::Done)
}

/// The subscription that a command has just made, ended, or found as it should be.
fn find(
    writer: &Writer<'_>,
    customer: i64,
    is_it: impl Fn(&SubscriptionRow) -> bool,
) -> Result<SubscriptionView, Failure> {
    let found = writer.subscriptions(customer)?.into_iter().rfind(is_it);
    found.map(SubscriptionView::new).ok_or_else(|| Failure::bug("the subscription is not there"))
}

pub(super) fn unsubscribe(args: &UnsubscribeArgs, context: &Context) -> Outcome {
    let at = context.at(args.at)?;
    let (who, product) = (&args.customer, &args.product);
    let mut ledger = context.ledger(Access::Write)?;
    let held = ledger.subscriptions(Some(ledger.customer(who)?.id))?;
    let horizon = ledger.horizon()?;
    if held.iter().any(|s| s.product == *product && s.ended_at.is_none() && s.started_at < at) {
        context.confirm(&format!("End {who}'s subscription to {product} at {at}?"))?;
    }
    let mut writer = ledger.write()?;
    let customer = writer.customer(who)?;
    let mut engine = writer.engine()?;
    let ended = writer.unsubscribe(&mut engine, &customer, product, at, When::Now)?;
    let subscription =
        find(&writer, customer.id, |s| s.product == *product && s.ended_at.is_some_and(|end| end <= at))?;
    writer.commit()?;
    let data = Changed { subscription, changed: ended.is_some() };
    context.out.data("unsubscribe", &data, || subscription_table([&data.subscription]).into())?;
    context.out.note(&match data.changed {
        true => format!("{who}'s subscription to {product}@{} ends at {at}", data.subscription.version),
        false => format!("{who}'s subscription to {product} had ended already, nothing changed"),
    });
    if data.changed && at < horizon {
        context.out.note(&format!("events after that which are recorded already stay charged (until {horizon})"));
    }
    Ok(Exit::Done)
}

pub(super) fn run(command: &SubscriptionCommand, context: &Context) -> Outcome {
    match command {
        SubscriptionCommand::List(args) => list(args, context),
    }
}

#[derive(Serialize)]
struct List {
    rows: Vec<SubscriptionView>,
}

fn list(args: &SubscriptionListArgs, context: &Context) -> Outcome {
    let rows = context.ledger(Access::Read)?.read(|ledger| {
        let customer = args.customer.as_deref().map(|id| ledger.customer(id)).transpose()?;
        ledger.subscriptions(customer.map(|customer| customer.id))
    })?;
    let list = List { rows: rows.into_iter().map(SubscriptionView::new).collect() };
    context.out.data("subscription list", &list, || subscription_table(&list.rows).into())?;
    if list.rows.is_empty() {
        context.out.note("no subscriptions; `drawdown subscribe` makes one");
    }
    Ok(Exit::Done)
}
