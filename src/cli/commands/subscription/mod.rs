//! `drawdown subscribe`, `unsubscribe` and `subscription`.

mod deed;
mod effects;

use crate::billing::{Engine, NewTerms};
use crate::cli::args::{
    SubscribeArgs, SubscriptionChangeArgs, SubscriptionCommand, SubscriptionListArgs, SubscriptionResumeArgs,
    UnsubscribeArgs,
};
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::ids::VersionId;
use crate::ledger::{Access, Change, CustomerRow, LedgerError, When, Writer, resolve_version};
use crate::render::{Column, Table};
use crate::report::PastDue;
use crate::report::subscriptions::{SubscriptionState, subscriptions};
use crate::time::Instant;
use deed::{Deed, Told};

/// One row for each subscription.
pub(super) fn subscription_table<'a>(subscriptions: impl IntoIterator<Item = &'a SubscriptionState>) -> Table {
    let mut table = Table::new(vec![
        Column::text("customer"),
        Column::text("product"),
        Column::number("version"),
        Column::number("quantity"),
        Column::text("state"),
        Column::text("started_at"),
        Column::text("ended_at"),
        Column::text("next_renewal"),
        Column::text("next_refresh"),
    ]);
    let time = |at: Option<Instant>| at.map(|at| at.to_string()).unwrap_or_default();
    for s in subscriptions {
        table.row(vec![
            s.customer.clone(),
            s.product.clone(),
            s.version.to_string(),
            s.quantity.to_string(),
            s.state.name().to_owned(),
            s.started_at.to_string(),
            time(s.ended_at),
            time(s.next_renewal),
            time(s.next_refresh),
        ]);
    }
    table
}

pub(super) fn run(command: &SubscriptionCommand, context: &Context) -> Outcome {
    match command {
        SubscriptionCommand::List(args) => list(args, context),
        SubscriptionCommand::Change(args) => change(args, context),
        SubscriptionCommand::Resume(args) => resume(args, context),
    }
}

pub(super) fn subscribe(args: &SubscribeArgs, context: &Context) -> Outcome {
    let at = context.at(args.at)?;
    let product = &args.product.code;
    let quantity = i64::from(args.quantity);
    let act = |writer: &mut Writer<'_>, engine: &mut Engine, customer: &CustomerRow| {
        let version = version(writer, engine, product, args.product.version)?;
        Ok(writer.subscribe(engine, customer, NewTerms { version, quantity, at })?)
    };
    let deed = Deed { command: "subscribe", customer: &args.customer, act: &act };
    deed.done(context, None, |told, now| {
        let SubscriptionState { customer, product, version, started_at, ended_at, .. } = now;
        let until = ended_at.map_or(String::new(), |end| format!(" until {end}"));
        match told.change.takes_effect {
            Some(_) => format!("{customer} subscribes to {product}@{version} from {started_at}{until}"),
            None => {
                format!("{customer} is already subscribed to {product}@{version} since {started_at}, nothing changed")
            }
        }
    })
}

fn version(
    writer: &Writer<'_>,
    engine: &Engine,
    product: &str,
    version: Option<u32>,
) -> Result<VersionId, LedgerError> {
    let published = writer.published()?.ok_or(LedgerError::NothingApplied)?;
    resolve_version(&published, engine, product, version)
}

pub(super) fn unsubscribe(args: &UnsubscribeArgs, context: &Context) -> Outcome {
    let at = context.at(args.at)?;
    let (who, product) = (&args.customer, &args.product);
    let act = |writer: &mut Writer<'_>, engine: &mut Engine, customer: &CustomerRow| {
        Ok(writer.unsubscribe(engine, customer, product, at, when(args.period_end))?)
    };
    let what = |told: &Told, end: Instant| {
        let terms = told.terms(told.change.subscription);
        format!("{who}'s subscription to {terms} ends at {end}{}.", told.consequences())
    };
    let deed = Deed { command: "unsubscribe", customer: who, act: &act };
    deed.done(context, Some(("End it?", &what)), |told, now| match told.change.takes_effect {
        Some(end) if end < told.horizon => format!(
            "{who}'s subscription to {product}@{} ends at {end}; events after that which are recorded already stay charged (until {})",
            now.version, told.horizon
        ),
        Some(end) => format!("{who}'s subscription to {product}@{} ends at {end}", now.version),
        None => match now.ended_at {
            Some(end) if end >= at => format!("{who}'s subscription to {product} ends at {end} already, nothing changed"),
            _ => format!("{who}'s subscription to {product} had ended already, nothing changed"),
        },
    })
}

fn when(period_end: bool) -> When {
    if period_end { When::PeriodEnd } else { When::Now }
}

fn change(args: &SubscriptionChangeArgs, context: &Context) -> Outcome {
    let at = context.at(args.at)?;
    let (who, product) = (&args.customer, &args.product);
    let act = |writer: &mut Writer<'_>, engine: &mut Engine, customer: &CustomerRow| {
        let mut terms = writer.terms(customer, product, at)?;
        if let Some(to) = &args.to {
            terms.version = version(writer, engine, &to.code, to.version)?;
        }
        terms.quantity = args.quantity.map_or(terms.quantity, i64::from);
        let changed = writer.change_subscription(engine, customer, product, terms, when(args.period_end));
        changed.map_err(|error| past_due(error, writer, engine, customer, at))
    };
    let what = |told: &Told, from: Instant| {
        let new = told.change.subscription;
        let (old, new) = (told.previous(new).map(|old| told.terms(old)).unwrap_or_default(), told.terms(new));
        format!("{who}'s {old} becomes {new} at {from}{}.", told.consequences())
    };
    let deed = Deed { command: "subscription change", customer: who, act: &act };
    deed.done(context, Some(("Change it?", &what)), |told, now| {
        let terms = told.terms(now.id);
        match told.change.takes_effect {
            Some(from) => format!("{who} has {terms} from {from}"),
            None => format!("{who} has {terms} from {} already, nothing changed", now.started_at),
        }
    })
}

/// What a customer's products wait for, if that may be why a change was refused.
fn past_due(error: LedgerError, writer: &Writer<'_>, engine: &Engine, customer: &CustomerRow, at: Instant) -> Failure {
    let failure = Failure::from(error);
    let Ok(mut life) = writer.life(customer.id, engine) else { return failure };
    engine.project(&mut life, at);
    match PastDue::all(engine, &life, &customer.external_id).first() {
        Some(first) if failure.help.is_none() => failure.with_help(first.text()),
        _ => failure,
    }
}

fn resume(args: &SubscriptionResumeArgs, context: &Context) -> Outcome {
    let at = context.at(args.at)?;
    let act = |writer: &mut Writer<'_>, engine: &mut Engine, customer: &CustomerRow| -> Result<Change, Failure> {
        Ok(writer.resume(engine, customer, &args.product, at)?)
    };
    let deed = Deed { command: "subscription resume", customer: &args.customer, act: &act };
    deed.done(context, None, |told, now| format!("{}'s subscription to {} goes on", args.customer, told.terms(now.id)))
}

fn list(args: &SubscriptionListArgs, context: &Context) -> Outcome {
    let list = context.ledger(Access::Read)?.read(|ledger| {
        let customer = args.customer.as_deref().map(|id| ledger.customer(id)).transpose()?;
        subscriptions(ledger, customer.as_ref())
    })?;
    context.out.data("subscription list", &list, || subscription_table(&list.rows).into())?;
    if list.rows.is_empty() {
        context.out.note("no subscriptions; `drawdown subscribe` makes one");
    }
    list.rows.iter().filter_map(|row| row.past_due.as_ref()).for_each(|due| context.out.note(&due.text()));
    Ok(Exit::Done)
}
