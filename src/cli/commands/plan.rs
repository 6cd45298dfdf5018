//! `drawdown plan`.

use crate::catalog::{Place, SourceFile, declared, plan, read};
use crate::cli::annotated;
use crate::cli::changes::{NEVER, catalog, description, refuse, show, summary, warn};
use crate::cli::context::Context;
use crate::cli::error::{Exit, Outcome};
use crate::cli::globals::prints;
use crate::cli::workspace::{accepted, many, sources};
use crate::render::{Annotation, Level, Rule};
use crate::time::Instant;
use clap::Args;

/// Show what `apply` would change
///
/// Compares the catalog with the ledger: `+` new, `~` next version, `-` archived, and how many subscribers each change
/// affects. Changes nothing.
#[derive(Debug, Args)]
#[command(arg = prints(annotated::FORMATS), after_long_help = "\
Examples:
  drawdown plan
  drawdown plan --catalog catalogs/studio.toml --format json")]
pub struct PlanArgs {
    /// The time for the `apply` that the plan ends with; `plan` itself records nothing [default: now]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
    /// Stop and exit 1 if the catalog has warnings.
    #[arg(long)]
    pub deny_warnings: bool,
}

pub(super) fn run(args: &PlanArgs, context: &Context) -> Outcome {
    if annotated::is_wanted(context) {
        return annotate(args, context);
    }
    let plan = plan(context.published()?.as_ref(), &catalog(args.deny_warnings, context)?);
    refuse(context, &plan)?;
    show("plan", &plan, false, context)?;
    if !plan.changes.is_empty() {
        let at = args.at.map_or_else(String::new, |at| format!(" --at {at}"));
        context.out.note(&format!("nothing was changed; `drawdown apply{at}` brings this into force"));
    }
    Ok(Exit::Done)
}

/// What a change and what forbids one are to programs that show them beside the catalog's lines.
const CHANGE: Rule = Rule {
    name: "planned-change",
    level: Level::Note,
    summary: "The catalog differs from what the ledger has.",
    page: "The catalog differs from what the ledger has.\n\n`drawdown apply` brings the change into force. Existing \
           subscriptions keep the version of their product.\n",
};
const REFUSED: Rule = Rule {
    name: "refused-change",
    level: Level::Error,
    summary: "The ledger can't take this change of the catalog.",
    page: "The ledger can't take this change of the catalog.\n\nA ledger's amounts and their meaning never change: what \
           an asset's units are, while the ledger holds any, and the currency of reports. Undo the change, or declare a \
           new asset.\n",
};

/// Tells other programs what would change, and what keeps it from being applied.
fn annotate(args: &PlanArgs, context: &Context) -> Outcome {
    let sources = sources(&context.globals.catalog)?;
    let (catalog, warnings) = match accepted(read(&sources), args.deny_warnings) {
        Ok(accepted) => accepted,
        Err(findings) => {
            let annotations: Vec<_> = findings.iter().map(Annotation::from).collect();
            let summary = format!("the catalog has {}", many(&findings));
            annotated::print("plan", &[CHANGE, REFUSED], &annotations, &summary, context)?;
            return Ok(Exit::Refused);
        }
    };
    warn(warnings, context);
    let plan = plan(context.published()?.as_ref(), &catalog);
    let refused = plan.refused.iter().map(|forbidden| {
        let help = Some(NEVER.to_owned());
        annotation(&REFUSED, forbidden.reason.clone(), help, (forbidden.kind, &forbidden.code), &sources)
    });
    let changes = plan
        .changes
        .iter()
        .map(|change| annotation(&CHANGE, description(change), None, (change.kind, &change.code), &sources));
    let annotations: Vec<_> = refused.chain(changes).collect();
    annotated::print("plan", &[CHANGE, REFUSED], &annotations, &summary(&plan.changes), context)?;
    Ok(if plan.refused.is_empty() { Exit::Done } else { Exit::Refused })
}

/// What left the catalog is told where the catalog begins.
fn annotation(
    rule: &Rule,
    message: String,
    help: Option<String>,
    (kind, code): (&str, &str),
    sources: &[SourceFile],
) -> Annotation {
    let first = || Place { file: sources.first().map(|s| s.name.clone()).unwrap_or_default(), line: 1, column: 1 };
    let place = declared(sources, kind, code).unwrap_or_else(first);
    let end = (place.line, place.column);
    Annotation { level: rule.level, rule: rule.name, message, help, place, end }
}
