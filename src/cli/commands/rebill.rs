//! `drawdown rebill`.

use crate::billing::{DenialReason, Engine};
use crate::catalog::{plan, read};
use crate::cli::context::Context;
use crate::cli::correct::{Correction, How, correct, refuse, tell};
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::fell_due::FellDueView;
use crate::cli::selection::ToCorrect;
use crate::cli::sum::{Sum, sums, told};
use crate::cli::workspace::sources;
use crate::ids::VersionNumber;
use crate::ledger::{Access, EventStatus, Ledger, NotCovered, Older, Rebills, WhichTerms};
use crate::money::Amount;
use crate::render::{Cell, Column, Table, View, counted, either, shell_word};
use crate::time::Instant;
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Bill recorded events again, and settle the difference
///
/// Use it after adding a missing price or correcting a wrong one, or to bring back voided events. If a fee rises, the
/// difference is charged now; if it falls, the difference is returned. "Now" is the time that the customer has reached, which
/// `advance` moves on. What a void returned is taken from the same lots again, even if they have expired since. An event
/// whose new fee can't be covered stays as it was, and is listed with the reason. An event that comes out the same is left
/// alone. Asks first, unless --yes is given.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown rebill --status unpriced --dry-run
  drawdown rebill --status voided --yes
  drawdown rebill call-7 --terms latest --yes")]
pub struct RebillArgs {
    /// The events that are billed again.
    #[command(flatten)]
    pub events: ToCorrect,
    /// The terms to bill under [default: then; latest with --status unpriced]
    #[arg(long, value_name = "WHICH")]
    pub terms: Option<Terms>,
    /// How they are billed again.
    #[command(flatten)]
    pub how: How,
}

/// Which terms events are billed under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Terms {
    /// The product versions that the customer had when the event happened, a backdated change included; or the latest that it
    /// was billed under
    Then,
    /// The latest versions of the same products
    Latest,
}

/// What is printed.
#[derive(Debug, Serialize)]
struct Data {
    rebilled: u64,
    unchanged: u64,
    auto_topups: u64,
    /// Left voided, because their ids stand for other events now.
    replaced: u64,
    became: Vec<Became>,
    /// What is drawn more; below zero is drawn less.
    difference: Vec<Sum>,
    /// What is drawn from other lots than before.
    moved: Vec<Sum>,
    /// What returned to lots that are over, and so was lost; below zero was taken from them again.
    lost: Vec<Sum>,
    uncovered: Vec<Uncovered>,
    /// How many events have no price even so, by the reason.
    unpriced_reasons: BTreeMap<&'static str, u64>,
    /// Those of them that would have one under the latest terms.
    priced_latest: u64,
    subscription_changes: Vec<String>,
    #[serde(skip)]
    later: Vec<String>,
    dry_run: bool,
    #[serde(flatten)]
    fell_due: FellDueView,
}

#[derive(Debug, Serialize)]
struct Became {
    before: &'static str,
    now: &'static str,
    events: u64,
}

/// An event that stays as it was.
#[derive(Debug, Serialize)]
struct Uncovered {
    event: String,
    customer: String,
    reason: DenialReason,
    asset: String,
    needed: Amount,
    available: Amount,
    at: Instant,
    /// When credit begins that the customer has already.
    #[serde(skip_serializing_if = "Option::is_none")]
    credit_from: Option<Instant>,
}

pub(super) fn run(args: &RebillArgs, context: &Context) -> Outcome {
    let mut ledger = context.ledger(Access::Write)?;
    let (selection, exit) = args.events.selection("rebill", &ledger, context)?;
    let default = if selection.status == Some(EventStatus::Unpriced) { Terms::Latest } else { Terms::Then };
    let which = match args.terms.unwrap_or(default) {
        Terms::Then => WhichTerms::Then,
        Terms::Latest => WhichTerms::Latest,
    };
    let data = correct(context, &mut ledger, &args.how, "Bill them again?", |writer, engine| {
        let rebills = writer.rebill(engine, &selection, which)?;
        refuse("not_rebillable", "can't be billed again", &rebills.refused)?;
        Ok(Data::new(&rebills, args.how.dry_run, engine))
    })?;
    context.out.data("rebill", &data, || data.view())?;
    tell(context, &args.how, &data);
    data.uncovered.iter().take(FEW).for_each(|own| context.out.warn(&own.told()));
    if let Some(more) = data.uncovered.len().checked_sub(FEW).filter(|more| *more > 0) {
        context.out.warn(&format!("so do {}: --format json lists them", counted(more, "other event")));
    }
    if let Some(at) = data.uncovered.iter().filter_map(|own| own.credit_from).max() {
        context.out.note(&format!("credit that takes effect later counts after `drawdown advance --to {at}`"));
    }
    tell_unpriced(&data, &ledger, context)?;
    data.later.iter().for_each(|later| context.out.note(later));
    Ok(if data.uncovered.is_empty() { exit } else { Exit::Refused })
}

/// Says why events have no price even so, and what may give them one.
fn tell_unpriced(data: &Data, ledger: &Ledger, context: &Context) -> Result<(), Failure> {
    for (reason, events) in &data.unpriced_reasons {
        let (events, have) = (counted(*events, "event"), either(events, "has", "have"));
        context.out.note(&format!(
            "{events} {have} no price even so ({reason}); `drawdown check --explain {reason}` says what mends it"
        ));
    }
    if data.priced_latest > 0 {
        let events = counted(data.priced_latest, "event");
        context.out.note(&format!("{events} without a price would have one under --terms latest"));
    } else if !data.unpriced_reasons.is_empty() && is_unapplied(ledger, context)? {
        context.out.note("the catalog has changes that are not applied; `drawdown plan` shows them");
    }
    Ok(())
}

/// Whether the catalog that the options name, if there is one without an error, would change the ledger.
fn is_unapplied(ledger: &Ledger, context: &Context) -> Result<bool, Failure> {
    let catalog = sources(&context.globals.catalog).ok().and_then(|sources| read(&sources).catalog);
    let published = ledger.published()?;
    Ok(catalog.is_some_and(|catalog| !plan(published.as_ref(), &catalog).changes.is_empty()))
}

/// How many events are listed for people; scripts get all of them.
const FEW: usize = 20;

impl Uncovered {
    fn new(own: &NotCovered, engine: &Engine) -> Self {
        let (denial, asset) = (&own.denial, engine.asset(own.denial.asset));
        Self {
            event: own.id.clone(),
            customer: own.customer.clone(),
            reason: denial.reason,
            asset: asset.code.clone(),
            needed: asset.amount(denial.needed),
            available: asset.amount(denial.available),
            at: own.at,
            credit_from: own.credit_from,
        }
    }

    fn told(&self) -> String {
        let Self { event, customer, reason, asset, needed, available, at, .. } = self;
        let why = match reason {
            DenialReason::PastDue => "and the subscription is past due".to_owned(),
            reason => format!("and has {available} {asset} ({})", reason.name()),
        };
        format!("{event} stays as it was: {customer} needs {needed} {asset} more at {at}, {why}")
    }
}

/// What later events need, in a line for all customers who need the same.
fn later(older: &BTreeSet<Older>) -> Vec<String> {
    let mut all: BTreeMap<(&str, VersionNumber), Vec<&str>> = BTreeMap::new();
    for Older { customer, product, latest, .. } in older {
        all.entry((product, *latest)).or_default().push(customer);
    }
    let line = |((product, to), customers): ((&str, VersionNumber), Vec<&str>)| match customers[..] {
        [customer] => format!("later events need `{}`", change(&shell_word(customer), product, to)),
        _ => {
            let who = counted(customers.len(), "customer");
            format!("later events of {who} need `{}`, such as {}", change("CUSTOMER", product, to), customers[0])
        }
    };
    all.into_iter().map(line).collect()
}

/// The command that brings a customer under other terms.
fn change(customer: &str, product: &str, to: VersionNumber) -> String {
    format!("drawdown subscription change {customer} {product} --to {product}@{to}")
}

/// `5.00 USD more is drawn`.
fn drawn(Sum { amount, asset }: &Sum) -> String {
    let more = if amount.is_negative() { "less" } else { "more" };
    format!("{} {asset} {more} is drawn", amount.abs())
}

impl Data {
    fn new(rebills: &Rebills, dry_run: bool, engine: &Engine) -> Self {
        let became = |(&(before, now), &events): (&(EventStatus, EventStatus), &u64)| Became {
            before: before.name(),
            now: now.name(),
            events,
        };
        let needed = |older: &Older| change(&shell_word(&older.customer), &older.product, older.latest);
        Self {
            rebilled: rebills.count(),
            unchanged: rebills.unchanged,
            replaced: rebills.replaced,
            auto_topups: rebills.auto_topups,
            became: rebills.became.iter().map(became).collect(),
            difference: sums(&rebills.difference, engine),
            moved: sums(&rebills.moved, engine),
            lost: sums(&rebills.lost, engine),
            uncovered: rebills.uncovered.iter().map(|own| Uncovered::new(own, engine)).collect(),
            unpriced_reasons: rebills.unpriced.iter().map(|(reason, &count)| (reason.name(), count)).collect(),
            priced_latest: rebills.priced_latest,
            subscription_changes: rebills.older.iter().map(needed).collect(),
            later: later(&rebills.older),
            dry_run,
            fell_due: FellDueView::new(&rebills.fell_due, engine),
        }
    }

    fn view(&self) -> View {
        let mut table = Table::new(vec![Column::text("what"), Column::number("amount"), Column::text("asset")]);
        for Became { before, now, events } in &self.became {
            table.row([Cell::from(format!("{before} events, now {now}")), (*events).into(), Cell::Empty]);
        }
        if self.unchanged > 0 {
            table.row([Cell::from("unchanged events"), self.unchanged.into(), Cell::Empty]);
        }
        let mut short: BTreeMap<&str, u64> = BTreeMap::new();
        self.uncovered.iter().for_each(|own| *short.entry(own.reason.name()).or_default() += 1);
        for (reason, count) in short {
            table.row([Cell::from(format!("events not covered ({reason})")), count.into(), Cell::Empty]);
        }
        for Sum { asset, amount } in &self.difference {
            let what = if amount.is_negative() { "drawn less" } else { "drawn more" };
            table.row([Cell::from(what), amount.abs().into(), asset.into()]);
        }
        for Sum { asset, amount } in &self.moved {
            table.row([Cell::from("drawn from other lots"), (*amount).into(), asset.into()]);
        }
        for Sum { asset, amount } in &self.lost {
            let what = if amount.is_negative() { "lost before, and drawn now" } else { "lost at its end" };
            table.row([Cell::from(what), amount.abs().into(), asset.into()]);
        }
        table.into()
    }
}

impl Correction for Data {
    fn count(&self) -> u64 {
        self.rebilled
    }

    fn fell_due(&self) -> &FellDueView {
        &self.fell_due
    }

    fn line(&self, is_done: bool) -> String {
        let verb = if is_done { "billed" } else { "would bill" };
        let mut line = format!("{verb} {} again", counted(self.rebilled, "event"));
        let mut moves: Vec<String> = self.difference.iter().map(drawn).collect();
        if !self.moved.is_empty() {
            moves.push(format!("{} is drawn from other lots", told(&self.moved)));
        }
        for Sum { asset, amount } in &self.lost {
            let sum = format!("{} {asset}", amount.abs());
            moves.push(match amount.is_negative() {
                true => format!("{sum} of it had been lost"),
                false => format!("{sum} is lost with lots that have ended"),
            });
        }
        line += &match moves.is_empty() {
            true => ": no balance moves".to_owned(),
            false => format!(": {}", moves.join(", ")),
        };
        if self.auto_topups > 0 {
            line += &format!(", after {}", counted(self.auto_topups, "automatic top-up"));
        }
        if self.replaced > 0 {
            line += &format!("; {} left, whose ids stand for other events now", self.replaced);
        }
        if self.unchanged > 0 {
            line += &format!("; {} unchanged", self.unchanged);
        }
        if !self.uncovered.is_empty() {
            line += &format!("; {} can't be covered", self.uncovered.len());
        }
        line
    }
}
