//! `drawdown void`.

use crate::billing::Engine;
use crate::cli::context::Context;
use crate::cli::correct::{Correction, How, correct, refuse, tell};
use crate::cli::error::Outcome;
use crate::cli::fell_due::FellDueView;
use crate::cli::selection::ToCorrect;
use crate::cli::sum::{Sum, sums, told};
use crate::ledger::{Access, Voided};
use crate::render::{Cell, Column, Table, View, counted};
use clap::Args;
use serde::Serialize;

/// Take recorded events back
///
/// The credit that was drawn for the events returns to its lots; a lot that has ended loses it again, as of its end. The
/// quantities of the events no longer count, and their revenue and cost are removed at the time of the events. Later events
/// keep what they were charged, and automatic top-ups stay. Nothing is deleted: `explain` still shows the events. Replaying
/// the same log does not bill them again; `rebill` does. Asks first, unless --yes is given.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown void call-7 --yes
  drawdown void --operation 7 --dry-run
  drawdown void --log usage.csv --yes
  drawdown void --customer acme --status unpriced \\
      --from 2026-07-01 --yes --note 'the wrong mapping'")]
pub struct VoidArgs {
    /// The events that are taken back.
    #[command(flatten)]
    pub events: ToCorrect,
    /// How they are taken back.
    #[command(flatten)]
    pub how: How,
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
    #[serde(flatten)]
    fell_due: FellDueView,
}

pub(super) fn run(args: &VoidArgs, context: &Context) -> Outcome {
    let mut ledger = context.ledger(Access::Write)?;
    let (selection, exit) = args.events.selection("void", &ledger, context)?;
    let data = correct(context, &mut ledger, &args.how, "Take them back?", |writer, engine| {
        let voided = writer.void(engine, &selection)?;
        let refused = voided.refused.iter().map(|(id, why)| (format!("event {id:?}"), why.to_string()));
        refuse("not_voidable", "can't be taken back", &refused.collect::<Vec<_>>())?;
        Ok(Data::new(&voided, args.how.dry_run, engine))
    })?;
    context.out.data("void", &data, || data.view())?;
    tell(context, &args.how, &data);
    Ok(exit)
}

impl Data {
    fn new(voided: &Voided, dry_run: bool, engine: &Engine) -> Self {
        Self {
            voided: voided.count(),
            charged: voided.charged,
            denied: voided.denied,
            unpriced: voided.unpriced,
            voided_before: voided.before,
            returned: sums(&voided.returned, engine),
            lost: sums(&voided.lost, engine),
            dry_run,
            fell_due: FellDueView::new(&voided.fell_due, engine),
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
}

impl Correction for Data {
    fn count(&self) -> u64 {
        self.voided
    }

    fn fell_due(&self) -> &FellDueView {
        &self.fell_due
    }

    fn line(&self, is_done: bool) -> String {
        let verb = if is_done { "took back" } else { "would take back" };
        let mut line = format!("{verb} {}", counted(self.voided, "event"));
        if !self.returned.is_empty() {
            line += &format!(": {} returned", told(&self.returned));
        }
        if !self.lost.is_empty() {
            line += &format!(", {} of it to lots that have ended, so it is lost again", told(&self.lost));
        }
        if self.voided_before > 0 {
            line += &format!("; {} taken back before", self.voided_before);
        }
        line
    }
}
