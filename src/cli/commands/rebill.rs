//! `drawdown rebill`.

use crate::billing::Engine;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::selection::ToCorrect;
use crate::cli::workspace::counted;
use crate::ids::AssetId;
use crate::ledger::{Access, EventStatus, Rebills, WhichTerms};
use crate::money::{Amount, Total, Units};
use crate::render::{Cell, Column, Table, View, shell_word};
use clap::{Args, ValueEnum};
use serde::Serialize;

/// Bill recorded events again, and settle the difference
///
/// The same events are billed under other prices: after a missing price row was added, or a wrong price was corrected, or
/// to bring back what was voided. What was drawn stands as far as the new fee goes; what is more is charged now, and what
/// is less returns. An event whose new fee can't be covered stays as it was, and is listed. Billed again unchanged, no
/// balance moves. Asks first, unless --yes is given.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown rebill --status unpriced --dry-run
  drawdown rebill --status voided --yes
  drawdown rebill call-7 --terms latest --yes")]
pub struct RebillArgs {
    /// Which events.
    #[command(flatten)]
    pub events: ToCorrect,
    /// The terms to bill under [default: then; latest with --status unpriced]
    #[arg(long, value_name = "WHICH")]
    pub terms: Option<Terms>,
    /// Say what it comes to, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Why, for `ledger log`.
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
}

/// Which terms events are billed under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Terms {
    /// The product versions that the customer had when the event happened, or that it was billed under last
    Then,
    /// The latest version of these products
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
    uncovered: Vec<String>,
    subscription_changes: Vec<String>,
    dry_run: bool,
}

#[derive(Debug, Serialize)]
struct Became {
    before: &'static str,
    now: &'static str,
    events: u64,
}

#[derive(Debug, Serialize)]
struct Sum {
    asset: String,
    amount: Amount,
}

pub(super) fn run(args: &RebillArgs, context: &Context) -> Outcome {
    let mut ledger = context.ledger(Access::Write)?;
    let selection = args.events.selection(&ledger, context)?;
    let default = if selection.status == Some(EventStatus::Unpriced) { Terms::Latest } else { Terms::Then };
    let which = match args.terms.unwrap_or(default) {
        Terms::Then => WhichTerms::Then,
        Terms::Latest => WhichTerms::Latest,
    };
    if !args.dry_run && !context.globals.yes {
        let mut writer = ledger.write()?;
        let mut engine = writer.engine()?;
        let data = Data::new(&refuse(writer.rebill(&mut engine, &selection, which)?)?, true, &engine);
        drop(writer);
        if data.rebilled > 0 {
            context.confirm(&format!("{}. Bill them again?", data.line("would bill")))?;
        }
    }
    let mut writer = ledger.write()?;
    let mut engine = writer.engine()?;
    let rebills = refuse(writer.rebill(&mut engine, &selection, which)?)?;
    let data = Data::new(&rebills, args.dry_run, &engine);
    let told = data.line(if args.dry_run { "would bill" } else { "billed" });
    if args.dry_run {
        drop(writer);
    } else {
        let note = args.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
        context.commit(writer, &format!("{told}{note}"))?;
    }
    context.out.data("rebill", &data, || data.view())?;
    context.out.note(&if args.dry_run { format!("{told}; dry run, nothing was changed") } else { told });
    data.uncovered
        .iter()
        .take(FEW)
        .for_each(|id| context.out.warn(&format!("{id} stays as it was: what it owes now can't be covered")));
    data.subscription_changes
        .iter()
        .take(FEW)
        .for_each(|change| context.out.note(&format!("later events need `{change}`")));
    Ok(if data.uncovered.is_empty() { Exit::Done } else { Exit::Refused })
}

/// Names that are listed for people; scripts get all of them.
const FEW: usize = 20;

/// All events or none.
fn refuse(rebills: Rebills) -> Result<Rebills, Failure> {
    let Some((id, why)) = rebills.refused.first() else { return Ok(rebills) };
    let others = match rebills.refused.len() {
        1 => String::new(),
        many => format!(" (and {} more)", counted(many - 1, "event")),
    };
    let message = format!("event {id:?} can't be billed again{others}: {why}; nothing was changed");
    Err(Failure::refused("not_rebillable", message))
}

impl Sum {
    /// `5.00 USD more is drawn`.
    fn told(&self) -> String {
        let more = if self.amount.is_negative() { "less" } else { "more" };
        format!("{} {} {more} is drawn", self.amount.abs(), self.asset)
    }
}

impl Data {
    fn new(rebills: &Rebills, dry_run: bool, engine: &Engine) -> Self {
        let sum = |(&asset, &units): (&AssetId, &Total<Units>)| Sum {
            asset: engine.asset(asset).code.clone(),
            amount: engine.asset(asset).amount(units),
        };
        let became = |(&(before, now), &events): (&(EventStatus, EventStatus), &u64)| Became {
            before: before.name(),
            now: now.name(),
            events,
        };
        let change = |(customer, product, _, to): &(String, String, u32, u32)| {
            format!("drawdown subscription change {} {product} --to {product}@{to}", shell_word(customer))
        };
        Self {
            rebilled: rebills.count(),
            unchanged: rebills.unchanged,
            replaced: rebills.replaced,
            auto_topups: rebills.auto_topups,
            became: rebills.became.iter().map(became).collect(),
            difference: rebills.difference.iter().filter(|(_, units)| !units.is_zero()).map(sum).collect(),
            uncovered: rebills.uncovered.clone(),
            subscription_changes: rebills.older.iter().map(change).collect(),
            dry_run,
        }
    }

    fn view(&self) -> View {
        let mut table = Table::new(vec![Column::text("what"), Column::number("amount"), Column::text("asset")]);
        for Became { before, now, events } in &self.became {
            table.row([Cell::from(format!("{before} events, now {now}")), (*events).into(), Cell::Empty]);
        }
        for (name, count) in [("unchanged events", self.unchanged), ("events not covered", self.uncovered.len() as u64)]
        {
            if count > 0 {
                table.row([Cell::from(name), count.into(), Cell::Empty]);
            }
        }
        for Sum { asset, amount } in &self.difference {
            let what = if amount.is_negative() { "drawn less" } else { "drawn more" };
            table.row([Cell::from(what), amount.abs().into(), asset.into()]);
        }
        table.into()
    }

    fn line(&self, verb: &str) -> String {
        let mut line = format!("{verb} {} again", counted(self.rebilled, "event"));
        let sums: Vec<String> = self.difference.iter().map(Sum::told).collect();
        line += &match sums.is_empty() {
            true => ": no balance moves".to_owned(),
            false => format!(": {}", sums.join(", ")),
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
