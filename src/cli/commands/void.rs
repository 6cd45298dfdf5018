//! `drawdown void`.

use crate::billing::Engine;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::selection::ToCorrect;
use crate::cli::workspace::counted;
use crate::ids::AssetId;
use crate::ledger::{Access, Voided};
use crate::money::{Amount, Total, Units};
use crate::render::{Cell, Column, Table, View};
use clap::Args;
use serde::Serialize;
use std::collections::BTreeMap;

/// Take recorded events back
///
/// What was drawn for them returns to the lots that it came from (where a lot is over, it is lost again at the lot's end),
/// their quantities no longer count, and their revenue and cost are taken back at their own time. Events that were recorded
/// later keep what they were charged, and automatic top-ups stay. Nothing is deleted: `explain` still shows the event.
/// Replaying the same log later does not bill these events again; `rebill` does. Asks first, unless --yes is given.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown void call-7 --yes
  drawdown void --operation 7 --dry-run
  drawdown void --log usage.csv --yes
  drawdown void --customer acme --status unpriced \\
      --from 2026-07-01 --yes --note 'the wrong mapping'")]
pub struct VoidArgs {
    /// Which events.
    #[command(flatten)]
    pub events: ToCorrect,
    /// Say what it comes to, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Why, for `ledger log`.
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
}

/// What is printed.
#[derive(Debug, Serialize)]
struct Data {
    voided: u64,
    charged: u64,
    denied: u64,
    unpriced: u64,
    voided_before: u64,
    returned: Vec<Sum>,
    lost: Vec<Sum>,
    dry_run: bool,
}

#[derive(Debug, Serialize)]
struct Sum {
    asset: String,
    amount: Amount,
}

pub(super) fn run(args: &VoidArgs, context: &Context) -> Outcome {
    let mut ledger = context.ledger(Access::Write)?;
    let selection = args.events.selection(&ledger, context)?;
    let asks = !args.dry_run && !context.globals.yes;
    if asks {
        let mut writer = ledger.write()?;
        let mut engine = writer.engine()?;
        let voided = refuse(writer.void(&mut engine, &selection)?)?;
        drop(writer);
        if voided.count() > 0 {
            context
                .confirm(&format!("{}. Take them back?", Data::new(&voided, true, &engine).line("would take back")))?;
        }
    }
    let mut writer = ledger.write()?;
    let mut engine = writer.engine()?;
    let voided = refuse(writer.void(&mut engine, &selection)?)?;
    let data = Data::new(&voided, args.dry_run, &engine);
    let told = data.line(if args.dry_run { "would take back" } else { "took back" });
    if args.dry_run {
        drop(writer);
    } else {
        let note = args.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
        context.commit(writer, &format!("{told}{note}"))?;
    }
    context.out.data("void", &data, || data.view())?;
    context.out.note(&if args.dry_run { format!("{told}; dry run, nothing was changed") } else { told });
    Ok(Exit::Done)
}

/// All events or none.
fn refuse(voided: Voided) -> Result<Voided, Failure> {
    let Some((id, why)) = voided.refused.first() else { return Ok(voided) };
    let others = match voided.refused.len() {
        1 => String::new(),
        many => format!(" (and {} more)", counted(many - 1, "event")),
    };
    Err(Failure::refused(
        "not_voidable",
        format!("event {id:?} can't be taken back{others}: {why}; nothing was changed"),
    ))
}

impl Data {
    fn new(voided: &Voided, dry_run: bool, engine: &Engine) -> Self {
        let sums = |all: &BTreeMap<AssetId, Total<Units>>| {
            let sum = |(&asset, &units): (&AssetId, &Total<Units>)| Sum {
                asset: engine.asset(asset).code.clone(),
                amount: engine.asset(asset).amount(units),
            };
            all.iter().filter(|(_, units)| !units.is_zero()).map(sum).collect::<Vec<_>>()
        };
        Self {
            voided: voided.count(),
            charged: voided.charged,
            denied: voided.denied,
            unpriced: voided.unpriced,
            voided_before: voided.before,
            returned: sums(&voided.returned),
            lost: sums(&voided.lost),
            dry_run,
        }
    }

    fn view(&self) -> View {
        let mut table = Table::new(vec![Column::text("what"), Column::number("amount"), Column::text("asset")]);
        let counts = [("charged", self.charged), ("denied", self.denied), ("unpriced", self.unpriced)];
        for (name, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            table.row([Cell::from(format!("{name} events")), count.into(), Cell::Empty]);
        }
        for (name, sums) in [("returned", &self.returned), ("lost at its end", &self.lost)] {
            for Sum { asset, amount } in sums {
                table.row([Cell::from(name), (*amount).into(), asset.into()]);
            }
        }
        table.into()
    }

    fn line(&self, verb: &str) -> String {
        let sums =
            |sums: &[Sum]| sums.iter().map(|s| format!("{} {}", s.amount, s.asset)).collect::<Vec<_>>().join(" + ");
        let mut line = format!("{verb} {}", counted(self.voided, "event"));
        if !self.returned.is_empty() {
            line += &format!(": {} returned", sums(&self.returned));
        }
        if !self.lost.is_empty() {
            line += &format!(", {} of it to lots that are over, and so lost again", sums(&self.lost));
        }
        if self.voided_before > 0 {
            line += &format!("; {} taken back before", self.voided_before);
        }
        line
    }
}
