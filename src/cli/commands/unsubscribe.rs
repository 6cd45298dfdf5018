//! `drawdown unsubscribe`.

use crate::billing::Engine;
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::error::Outcome;
use crate::cli::subscriptions::{Deed, Told, when};
use crate::ledger::{CustomerRow, Writer};
use crate::time::Instant;
use clap::Args;

/// End a subscription
///
/// From the end on, events are unpriced unless another subscription prices them. Paid credit stays, included credit
/// ends, and nothing is refunded. Asks first, unless --yes is given.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown unsubscribe acme studio --yes
  drawdown unsubscribe acme studio --period-end --yes
  drawdown unsubscribe acme studio --at 2026-08-01 --yes")]
pub struct UnsubscribeArgs {
    /// The customer's id.
    #[arg(value_name = "CUSTOMER", add = candidates::customers())]
    pub customer: String,
    /// The product's code.
    #[arg(value_name = "PRODUCT", add = candidates::products())]
    pub product: String,
    /// When it ends [default: now]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
    /// End it at the end of the period that contains that time.
    #[arg(long)]
    pub period_end: bool,
}

pub(super) fn run(args: &UnsubscribeArgs, context: &Context) -> Outcome {
    let at = context.at(args.at)?;
    let (who, product) = (&args.customer, &args.product);
    let when = when(args.period_end, at, context)?;
    let act = |writer: &mut Writer<'_>, engine: &mut Engine, customer: &CustomerRow| {
        Ok(writer.unsubscribe(engine, customer, product, at, when)?)
    };
    let what = |told: &Told, end: Instant| {
        let terms = told.terms(told.change.subscription)?;
        Ok(format!("{who}'s subscription to {terms} ends at {end}{}{}.", taken_back(told), told.consequences()?))
    };
    let deed = Deed { command: "unsubscribe", customer: who, act: &act };
    deed.done(context, Some(("End it?", &what)), |told, now| {
        let ends = format!("{who}'s subscription to {}@{} ends at", now.product, now.version);
        match told.change.takes_effect {
            Some(end) if end < told.horizon => format!(
                "{ends} {end}; events after that which are recorded already stay charged (until {})",
                told.horizon
            ),
            Some(end) => format!("{ends} {end}{}", taken_back(told)),
            None => match now.ended_at {
                Some(end) if end >= at => {
                    format!("{who}'s subscription to {product} ends at {end} already, nothing changed")
                }
                _ => format!("{who}'s subscription to {product} had ended already, nothing changed"),
            },
        }
    })
}

/// Says that a planned change does not happen.
fn taken_back(told: &Told) -> String {
    match told.taken_back() {
        Some(at) => format!("; the change that was planned for {at} is taken back"),
        None => String::new(),
    }
}
