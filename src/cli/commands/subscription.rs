//! `drawdown subscription`.

use crate::billing::{Engine, Seats};
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::subscriptions::{Deed, Told, subscription_table, version, when};
use crate::cli::value::ProductRef;
use crate::ledger::{Access, Change, CustomerRow, LedgerError, Writer};
use crate::report::PastDue;
use crate::report::subscriptions::{SubscriptionState, subscriptions};
use crate::time::Instant;
use clap::{Args, Subcommand};

/// List and change subscriptions
#[derive(Debug, Subcommand)]
#[command(
    arg_required_else_help = true,
    after_long_help = "\
Examples:
  drawdown subscription list acme
  drawdown subscription change acme studio --quantity 5 --yes"
)]
pub enum SubscriptionCommand {
    /// List subscriptions and their states
    ///
    /// A subscription has one row for each of its terms. States: scheduled (starts later), active, changing (other
    /// terms follow), ending, past_due (its renewal is unpaid, and its events are denied), changed (other terms
    /// followed), ended. All as of the latest time the ledger has processed.
    #[command(after_long_help = "\
Examples:
  drawdown subscription list
  drawdown subscription list acme")]
    List(SubscriptionListArgs),
    /// Change the product, version or seats of a subscription
    ///
    /// When it takes effect, the unused part of the old charge is credited, the rest of the period is charged at the new
    /// terms, both by exact time, and the difference is collected or credited to the wallet. A change in the future, or at the
    /// period's end, is planned and charged when it comes. Shows the amounts and asks first, unless --yes is given.
    #[command(after_long_help = "\
Examples:
  drawdown subscription change acme studio --quantity 5 --yes
  drawdown subscription change acme studio --to pro --at 2026-07-15 --yes
  drawdown subscription change acme studio --to studio@2 --period-end --yes")]
    Change(SubscriptionChangeArgs),
    /// Undo an end or a change that is still to come
    #[command(after_long_help = "\
Examples:
  drawdown subscription resume acme studio")]
    Resume(SubscriptionResumeArgs),
}

/// What `subscription change` takes.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("terms").args(["to", "quantity"]).required(true).multiple(true)))]
pub struct SubscriptionChangeArgs {
    /// The customer's id.
    #[arg(value_name = "CUSTOMER", add = candidates::customers())]
    pub customer: String,
    /// The code of the product they have now.
    #[arg(value_name = "PRODUCT", add = candidates::products())]
    pub product: String,
    /// The new product, and its version if not the default [default: the one they have]
    #[arg(long, value_name = "PRODUCT[@VERSION]", add = candidates::products())]
    pub to: Option<ProductRef>,
    /// The new number of seats [default: as many as they have]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub quantity: Option<u32>,
    /// When it changes [default: now]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
    /// Change it at the end of the period that contains that time.
    #[arg(long)]
    pub period_end: bool,
}

/// What `subscription resume` takes.
#[derive(Debug, Args)]
pub struct SubscriptionResumeArgs {
    /// The customer's id.
    #[arg(value_name = "CUSTOMER", add = candidates::customers())]
    pub customer: String,
    /// The product's code.
    #[arg(value_name = "PRODUCT", add = candidates::products())]
    pub product: String,
    /// When to undo it; must be before it takes effect [default: now]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
    /// Allow a time that lies in the future.
    #[arg(long)]
    pub future: bool,
}

/// Whose subscriptions `subscription list` prints.
#[derive(Debug, Args)]
pub struct SubscriptionListArgs {
    /// Only this customer's [default: everybody's]
    #[arg(value_name = "CUSTOMER", add = candidates::customers())]
    pub customer: Option<String>,
}

pub(super) fn run(command: &SubscriptionCommand, context: &Context) -> Outcome {
    match command {
        SubscriptionCommand::List(args) => list(args, context),
        SubscriptionCommand::Change(args) => change(args, context),
        SubscriptionCommand::Resume(args) => resume(args, context),
    }
}

fn change(args: &SubscriptionChangeArgs, context: &Context) -> Outcome {
    let now = context.at(None)?;
    let (who, product) = (&args.customer, &args.product);
    let act = |writer: &mut Writer<'_>, engine: &mut Engine, customer: &CustomerRow| {
        // An event within the grace may have taken the customer a little beyond now.
        let at = args.at.map_or_else(|| writer.life(customer.id, engine).map(|life| now.max(life.clock)), Ok)?;
        let when = when(args.period_end, at, context)?;
        let mut terms = writer.terms(customer, product, at)?;
        if let Some(to) = &args.to {
            terms.version = version(writer, engine, &to.code, to.version)?;
        }
        terms.quantity = args.quantity.map_or(terms.quantity, Seats::from);
        let changed = writer.change_subscription(engine, customer, product, terms, (when, now));
        changed.map_err(|error| past_due(error, writer, engine, customer, at))
    };
    let what = |told: &Told, from: Instant| {
        let new = told.change.subscription;
        let (old, new) = (told.terms(told.previous(new)?)?, told.terms(new)?);
        Ok(format!("{who}'s {old} becomes {new} at {from}{}.", told.consequences()?))
    };
    let deed = Deed { command: "subscription change", customer: who, act: &act };
    deed.done(context, Some(("Change it?", &what)), |told, now| {
        let terms = held(now);
        match told.change.takes_effect {
            Some(from) => format!("{who} has {terms} from {from}"),
            None => format!("{who} has {terms} from {} already, nothing changed", now.started_at),
        }
    })
}

/// What a customer has of a subscription: `studio@1 (quantity 3)`.
fn held(now: &SubscriptionState) -> String {
    format!("{}@{} (quantity {})", now.product, now.version, now.quantity)
}

/// What a customer's products wait for, if that may be why a change was refused.
fn past_due(error: LedgerError, writer: &Writer<'_>, engine: &Engine, customer: &CustomerRow, at: Instant) -> Failure {
    let failure = Failure::from(error);
    let Ok(mut life) = writer.life(customer.id, engine) else { return failure };
    if engine.project(&mut life, at).is_err() {
        return failure;
    }
    match PastDue::all(engine, &life, &customer.external_id).first() {
        Some(first) if failure.help.is_none() => failure.with_help(first.to_string()),
        _ => failure,
    }
}

fn resume(args: &SubscriptionResumeArgs, context: &Context) -> Outcome {
    let at = context.booked_at(args.at, args.future)?;
    let act = |writer: &mut Writer<'_>, engine: &mut Engine, customer: &CustomerRow| -> Result<Change, Failure> {
        Ok(writer.resume(engine, customer, &args.product, at)?)
    };
    let deed = Deed { command: "subscription resume", customer: &args.customer, act: &act };
    deed.done(context, None, |_, now| format!("{}'s subscription to {} goes on", args.customer, held(now)))
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
    list.rows.iter().filter_map(|row| row.past_due.as_ref()).for_each(|due| context.out.note(&due.to_string()));
    Ok(Exit::Done)
}
