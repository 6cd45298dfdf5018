//! `drawdown subscribe`.

use crate::billing::{Engine, NewTerms, Seats};
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::error::Outcome;
use crate::cli::subscriptions::{Deed, version};
use crate::cli::value::ProductRef;
use crate::ledger::{CustomerRow, Writer};
use crate::report::subscriptions::SubscriptionState;
use crate::time::Instant;
use clap::Args;

/// Subscribe a customer to a product
///
/// From its start, events are charged by its prices, its fixed prices are charged, and what it includes is granted. The
/// subscription keeps its product version until it is changed. From a start in the past, what has come round by the time that
/// the customer has reached is charged and granted at once; `advance` moves that time on.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown subscribe acme studio
  drawdown subscribe acme studio@2 --quantity 5 --at 2026-07-01")]
pub struct SubscribeArgs {
    /// The customer's id.
    #[arg(value_name = "CUSTOMER", add = candidates::customers())]
    pub customer: String,
    /// The product's code, and its version if not the default.
    #[arg(value_name = "PRODUCT[@VERSION]", add = candidates::products())]
    pub product: ProductRef,
    /// The number of seats, which multiplies per-seat prices and entitlements.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub quantity: u32,
    /// When it starts [default: now]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
    /// Allow a time that lies in the future.
    #[arg(long)]
    pub future: bool,
}

pub(super) fn run(args: &SubscribeArgs, context: &Context) -> Outcome {
    let at = context.booked_at(args.at, args.future)?;
    let product = &args.product.code;
    let quantity = Seats::from(args.quantity);
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
