//! What `plan` and `apply` say of the changes that a catalog brings.

use super::context::Context;
use super::error::Failure;
use crate::catalog::{Action, Catalog, Change, Plan};
use crate::render::{Column, Table, View, counted, either, sanitize};
use anstyle::{AnsiColor, Style};
use serde::Serialize;

/// What `plan` and `apply` answer.
#[derive(Serialize)]
struct Data<'a> {
    changes: &'a [Change],
    applied: bool,
}

/// The catalog, with a word on its warnings.
pub(super) fn catalog(deny_warnings: bool, context: &Context) -> Result<Catalog, Failure> {
    let (catalog, warnings) = context.catalog_at(&context.globals.catalog, deny_warnings)?;
    warn(warnings, context);
    Ok(catalog)
}

pub(super) fn warn(warnings: usize, context: &Context) {
    if warnings > 0 {
        let many = counted(warnings, "warning");
        context.out.warn(&format!("the catalog has {many}; `drawdown check` shows what to do"));
    }
}

/// Says everything that forbids a plan.
pub(super) fn refuse(context: &Context, plan: &Plan) -> Result<(), Failure> {
    let failures =
        plan.refused.iter().map(|forbidden| Failure::refused("refused_change", &forbidden.reason).with_help(NEVER));
    let mut failures: Vec<Failure> = failures.collect();
    let Some(last) = failures.pop() else { return Ok(()) };
    failures.iter().for_each(|failure| context.out.error(failure));
    Err(last)
}

pub(super) const NEVER: &str = "a ledger's amounts and their meaning never change";

pub(super) fn show(command: &str, plan: &Plan, applied: bool, context: &Context) -> Result<(), Failure> {
    let data = Data { changes: &plan.changes, applied };
    context.out.data_with_rows(command, &data, || view(&plan.changes), || table(&plan.changes))
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

pub(super) fn title(change: &Change) -> String {
    let kind = change.kind.replace('_', " ");
    match (change.kind, change.version) {
        ("policy", _) => kind,
        (_, Some(version)) => format!("{kind} {}@{version}", change.code),
        _ => format!("{kind} {}", change.code),
    }
}

/// The sign and colour of what happens, and the words that the sign alone does not say.
pub(super) fn look(action: Action) -> (char, AnsiColor, &'static str) {
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
pub(super) fn touched(change: &Change) -> String {
    match (change.action, change.subscribers) {
        (_, 0) => String::new(),
        (Action::Version, many) => {
            format!(" ({} {} the old one)", counted(many, "subscriber"), either(&many, "keeps", "keep"))
        }
        (_, many) => format!(" ({})", counted(many, "subscriber")),
    }
}

pub(super) fn summary(changes: &[Change]) -> String {
    let count = |sign: char| changes.iter().filter(|change| look(change.action).0 == sign).count();
    format!("{} to add, {} to change, {} to archive or remove", count('+'), count('~'), count('-'))
}

/// One change on one line, and what is different below it.
pub(super) fn description(change: &Change) -> String {
    let (sign, _, word) = look(change.action);
    let mut lines = vec![format!("{sign} {}{word}{}", title(change), touched(change))];
    lines.extend(change.details.iter().cloned());
    lines.join("\n")
}
