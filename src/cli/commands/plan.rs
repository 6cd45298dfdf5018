//! `drawdown plan` and `drawdown apply`.

use crate::catalog::{Action, Catalog, Change, Place, Plan, SourceFile, declared, plan, read};
use crate::cli::annotated;
use crate::cli::args::PlanArgs;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::format::Format;
use crate::cli::workspace::{accepted, counted, many, sources};
use crate::ledger::Access;
use crate::render::{Annotation, Column, Level, Rule, Table, View, sanitize};
use crate::time::Instant;
use anstyle::{AnsiColor, Style};
use serde::Serialize;

/// What `plan` and `apply` answer.
#[derive(Serialize)]
struct Data<'a> {
    changes: &'a [Change],
    applied: bool,
}

pub(super) fn run(args: &PlanArgs, context: &Context) -> Outcome {
    if annotated::is_wanted(context) {
        return annotate(args, context);
    }
    let plan = plan(context.published()?.as_ref(), &catalog(args, context)?);
    refuse(context, &plan)?;
    show("plan", &plan, false, context)?;
    if !plan.changes.is_empty() {
        let at = args.at.map_or_else(String::new, |at| format!(" --at {at}"));
        context.out.note(&format!("nothing was changed; `drawdown apply{at}` brings this into force"));
    }
    Ok(Exit::Done)
}

pub(super) fn apply(args: &PlanArgs, context: &Context) -> Outcome {
    let catalog = catalog(args, context)?;
    let at = context.at(args.at)?;
    let published = context.published()?;
    let before = plan(published.as_ref(), &catalog);
    refuse(context, &before)?;
    if published.is_some() && before.changes.is_empty() {
        show("apply", &before, false, context)?;
        return Ok(Exit::Done);
    }
    // A first catalog changes nobody's prices. Whoever is asked sees what about, and the ledger is not held meanwhile.
    let asked = published.is_some() && !context.globals.yes;
    let shown = asked && context.globals.format == Format::Table;
    if shown {
        show("apply", &before, false, context)?;
    }
    if asked {
        context.confirm(&format!("Apply {} to {}?", counted(before.changes.len(), "change"), ledger(context)))?;
    }
    let done = publish(&catalog, asked.then_some(&before), at, context)?;
    if !shown {
        show("apply", &done, true, context)?;
    }
    let many = counted(done.changes.len(), "change");
    context.out.note(&format!("applied {many} to {} as of {at}", ledger(context)));
    Ok(Exit::Done)
}

/// Carries the plan out as the ledger is now, which must still be what was agreed to.
fn publish(catalog: &Catalog, agreed: Option<&Plan>, at: Instant, context: &Context) -> Result<Plan, Failure> {
    let mut ledger = context.ledger(Access::Create)?;
    let mut writer = ledger.write()?;
    let plan = plan(writer.published()?.as_ref(), catalog);
    refuse(context, &plan)?;
    if agreed.is_some_and(|agreed| *agreed != plan) {
        let failure = Failure::refused("plan_changed", "the ledger changed meanwhile, and nothing was applied");
        return Err(failure.with_help("run `drawdown apply` again and look at the new plan"));
    }
    writer.apply(catalog, &plan, at)?;
    writer.commit()?;
    Ok(plan)
}

/// The catalog, with a word on its warnings.
fn catalog(args: &PlanArgs, context: &Context) -> Result<Catalog, Failure> {
    let (catalog, warnings) = context.catalog_at(&context.globals.catalog, args.deny_warnings)?;
    warn(warnings, context);
    Ok(catalog)
}

fn warn(warnings: usize, context: &Context) {
    if warnings > 0 {
        let many = counted(warnings, "warning");
        context.out.warn(&format!("the catalog has {many}; `drawdown check` shows what to do"));
    }
}

fn ledger(context: &Context) -> String {
    context.globals.ledger.display().to_string()
}

/// Says everything that forbids a plan.
fn refuse(context: &Context, plan: &Plan) -> Result<(), Failure> {
    let failures =
        plan.refused.iter().map(|forbidden| Failure::refused("refused_change", &forbidden.reason).with_help(NEVER));
    let mut failures: Vec<Failure> = failures.collect();
    let Some(last) = failures.pop() else { return Ok(()) };
    failures.iter().for_each(|failure| context.out.error(failure));
    Err(last)
}

const NEVER: &str = "a ledger's amounts and their meaning never change";

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
    summary: "The ledger can't bear this change of the catalog.",
    page: "The ledger can't bear this change of the catalog.\n\nA ledger's amounts and their meaning never change: what \
           an asset's units are, while the ledger holds any, and what reports are told in. Take the change back, or \
           declare a new asset.\n",
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

/// One change on one line, and what is different below it.
fn description(change: &Change) -> String {
    let (sign, _, word) = look(change.action);
    let mut lines = vec![format!("{sign} {}{word}{}", title(change), touched(change))];
    lines.extend(change.details.iter().cloned());
    lines.join("\n")
}

fn show(command: &str, plan: &Plan, applied: bool, context: &Context) -> Result<(), Failure> {
    let data = Data { changes: &plan.changes, applied };
    let csv = context.globals.format == Format::Csv;
    context.out.data(command, &data, || if csv { table(&plan.changes).into() } else { view(&plan.changes) })
}

fn table(changes: &[Change]) -> Table {
    let texts = ["action", "kind", "code"].map(Column::text);
    let numbers = ["version", "subscribers"].map(Column::number);
    let mut table = Table::new(texts.into_iter().chain(numbers).chain([Column::text("details")]).collect());
    for change in changes {
        table.row(vec![
            change.action.name().to_owned(),
            change.kind.to_owned(),
            change.code.clone(),
            change.version.map(|version| version.to_string()).unwrap_or_default(),
            change.subscribers.to_string(),
            change.details.join("; "),
        ]);
    }
    table
}

fn view(changes: &[Change]) -> View {
    if changes.is_empty() {
        return View::new().line("nothing to change: the ledger has this catalog");
    }
    let mut text = String::new();
    for change in changes {
        let (sign, color, word) = look(change.action);
        let style = Style::new().fg_color(Some(color.into()));
        let title = format!("{}{word}{}", title(change), touched(change));
        text += &format!("{style}{sign}{style:#} {}\n", sanitize(&title));
        change.details.iter().for_each(|detail| text += &format!("    {}\n", sanitize(detail)));
    }
    View::new().rendered(text).line("").line(summary(changes))
}

fn title(change: &Change) -> String {
    let kind = change.kind.replace('_', " ");
    match (change.kind, change.version) {
        ("policy", _) => kind,
        (_, Some(version)) => format!("{kind} {}@{version}", change.code),
        _ => format!("{kind} {}", change.code),
    }
}

/// The sign and colour of what happens, and the words that the sign alone does not say.
fn look(action: Action) -> (char, AnsiColor, &'static str) {
    match action {
        Action::Add => ('+', AnsiColor::Green, ""),
        Action::Version => ('~', AnsiColor::Yellow, ": next version"),
        Action::Change => ('~', AnsiColor::Yellow, ""),
        Action::Rename => ('~', AnsiColor::Yellow, ": other names"),
        Action::Archive => ('-', AnsiColor::Red, ""),
        Action::Restore => ('+', AnsiColor::Green, ": for sale again"),
    }
}

/// Who feels it: nobody does before the subscription changes, and that is worth saying.
fn touched(change: &Change) -> String {
    match (change.action, change.subscribers) {
        (_, 0) => String::new(),
        (Action::Version, 1) => " (1 subscriber keeps the old one)".to_owned(),
        (Action::Version, many) => format!(" ({many} subscribers keep the old one)"),
        (_, many) => format!(" ({})", counted(many, "subscriber")),
    }
}

fn summary(changes: &[Change]) -> String {
    let count = |sign: char| changes.iter().filter(|change| look(change.action).0 == sign).count();
    format!("{} to add, {} to change, {} to archive or remove", count('+'), count('~'), count('-'))
}
