//! `drawdown authorize`: would this event be allowed?

use crate::billing::{
    BillError, Broken, DenialReason, Engine, EventFact, EventInput, Facts, FeeFact, Life, LifeError, Status,
};
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::event::{batch, usage_event};
use crate::cli::explanation::overage_line;
use crate::cli::value::KeyValue;
use crate::ids::{AssetId, ShapeId};
use crate::ledger::Access;
use crate::money::Amount;
use crate::render::{Cell, Column, Table, View};
use crate::report::PastDue;
use crate::time::Instant;
use crate::usage::Batch;
use clap::Args;
use serde::Serialize;
use std::collections::BTreeSet;

/// Check whether an event would be allowed; exits 0 for yes, 3 for no
///
/// Bills the event as `record` would, shows what it would cost and what is available, and records nothing.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown authorize acme image_generated model=gli-2 quality=hd
  drawdown authorize acme api_call --at 2026-07-01 --quiet")]
pub struct AuthorizeArgs {
    /// The customer's id.
    #[arg(value_name = "CUSTOMER", add = candidates::customers())]
    pub customer: String,
    /// The type of event, as prices name it.
    #[arg(value_name = "EVENT_TYPE", add = candidates::event_types())]
    pub event_type: String,
    /// The event's data: dimensions and volumes.
    #[arg(value_name = "KEY=VALUE")]
    pub data: Vec<KeyValue>,
    /// When it would happen [default: now]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
}

/// The `data` of `authorize`.
#[derive(Debug, Serialize)]
struct Answer {
    allowed: bool,
    reason: Option<String>,
    fees: Vec<Fee>,
    available: Vec<Available>,
    auto_topups: usize,
    /// What the customer's products wait for, when that is why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    past_due: Vec<PastDue>,
}

#[derive(Debug, Serialize)]
struct Fee {
    price: String,
    asset: String,
    amount: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    overage: Option<Overage>,
}

/// The part of a fee that its account could not cover, and what it would cost instead.
#[derive(Debug, Serialize)]
struct Overage {
    units: Amount,
    asset: String,
    amount: Amount,
}

#[derive(Debug, Serialize)]
struct Available {
    asset: String,
    before: Amount,
    after: Amount,
}

pub(super) fn run(args: &AuthorizeArgs, context: &Context) -> Outcome {
    let ledger = context.ledger(Access::Read)?;
    let (mut engine, mut life) = ledger.read(|ledger| {
        let engine = ledger.engine()?;
        let life = ledger.life(ledger.customer(&args.customer)?.id, &engine)?;
        Ok((engine, life))
    })?;
    let at = match args.at {
        Some(at) => at,
        None => context.at(None)?.max(life.clock),
    };
    let vocabulary = engine.vocabulary();
    let event = usage_event("authorize", &args.customer, &args.event_type, &args.data, at, &vocabulary)?;
    let batch = batch(&event, vocabulary)?;
    engine.advance(&mut life, at, &mut Facts::default())?;
    let answer = answer(&mut engine, &life, &batch, &args.customer)?;
    context.out.data_with_rows("authorize", &answer, || view(&answer), || fee_table(&answer.fees))?;
    Ok(if answer.allowed { Exit::Done } else { Exit::No })
}

/// Bills the event in a life that is thrown away: the same engine, so it tells the truth.
fn answer(engine: &mut Engine, before: &Life, batch: &Batch, customer: &str) -> Result<Answer, Failure> {
    let (event, shape) = (&batch.events[0], &batch.new_shapes[0]);
    let mut after = before.clone();
    let mut facts = Facts::default();
    // Costs do not matter here, so no vendor needs its number.
    let input = EventInput {
        shape_id: ShapeId::FIRST,
        shape,
        vendors: &[],
        occurred_at: event.occurred_at,
        volumes: batch.volumes(event, shape),
        costs: &[],
    };
    let status = engine.bill(&mut after, input, &mut facts)?;
    let fact = &facts.events[0];
    let reason = match (status, facts.denials.first()) {
        (Status::Unpriced(reason), _) => Some(format!("unpriced: {}", reason.name())),
        (_, Some(denial)) => Some(denial.reason.name().to_owned()),
        _ => None,
    };
    Ok(Answer {
        allowed: status != Status::Denied,
        reason,
        fees: fees(engine, before, fact).map_err(LifeError::from)?,
        available: available(engine, before, &after, fact).map_err(LifeError::from)?,
        auto_topups: facts.topups.len(),
        past_due: match facts.denials.first() {
            Some(denial) if denial.reason == DenialReason::PastDue => PastDue::all(engine, before, customer),
            _ => Vec::new(),
        },
    })
}

fn fees(engine: &Engine, life: &Life, fact: &EventFact) -> Result<Vec<Fee>, Broken> {
    let fee = |fee: &FeeFact| {
        let (asset, price) = engine.fee_price(life, fee)?;
        let asset = engine.asset(asset);
        let overage = fee.overage.zip(engine.overage_asset(life, fee)?).map(|(overage, other)| {
            let other = engine.asset(other);
            let (units, amount) = (asset.amount(overage.units), other.amount(overage.amount));
            Overage { units, asset: other.code.clone(), amount }
        });
        let amount = asset.amount(fee.amount);
        Ok(Fee { price: price.name.clone(), asset: asset.code.clone(), amount, overage })
    };
    fact.fees.iter().map(fee).collect()
}

/// What the assets concerned, those that overage would be charged in too, hold before and after.
fn available(engine: &Engine, before: &Life, after: &Life, fact: &EventFact) -> Result<Vec<Available>, Broken> {
    let mut assets = BTreeSet::new();
    for fee in &fact.fees {
        assets.insert(engine.fee_price(before, fee)?.0);
        assets.extend(engine.overage_asset(before, fee)?);
    }
    let row = |id: AssetId| {
        let asset = engine.asset(id);
        let show = |life: &Life| asset.amount(life.available(id, life.clock));
        Available { asset: asset.code.clone(), before: show(before), after: show(after) }
    };
    Ok(assets.into_iter().map(row).collect())
}

fn fee_table(fees: &[Fee]) -> Table {
    let mut table = Table::new(vec![Column::text("price"), Column::number("amount"), Column::text("asset")]);
    for fee in fees {
        table.row([Cell::from(&fee.price), fee.amount.into(), (&fee.asset).into()]);
    }
    table
}

fn view(answer: &Answer) -> View {
    let verdict = if answer.allowed { "allowed" } else { "denied" };
    let reason = answer.reason.as_ref().map_or(String::new(), |reason| format!(" ({reason})"));
    let mut view = View::new().line(format!("{verdict}{reason}"));
    if !answer.fees.is_empty() {
        view = view.table(fee_table(&answer.fees));
    }
    for fee in &answer.fees {
        if let Some(Overage { units, asset, amount }) = &fee.overage {
            view = view.line(overage_line(*units, &fee.asset, *amount, asset));
        }
    }
    for account in &answer.available {
        view = view.line(format!("{} available: {}, then {}", account.asset, account.before, account.after));
    }
    view = answer.past_due.iter().fold(view, |view, due| view.line(due.to_string()));
    match answer.auto_topups {
        0 => view,
        count => view.line(format!("automatic top-ups it would cause: {count}")),
    }
}

impl From<BillError> for Failure {
    fn from(error: BillError) -> Self {
        match error {
            BillError::Life(error) => error.into(),
            other => Self::refused("out_of_range", other.to_string()),
        }
    }
}
