//! A comparison as a comment on a pull request: what it comes to on top, and the rest folded below.

use super::figures::{figures, values_of};
use super::tables::{assumed, checked, customers, groups, prices};
use super::{Headline, headlines};
use crate::render::markdown::{code, html_code, prose};
use crate::render::table::Table;
use crate::render::words::either;
use crate::whatif::{Comparison, Failed, LeftOut, Scenario};

/// By this line, which nobody sees, a comment is found again and replaced.
pub const MARK: &str = "<!-- drawdown compare -->";

/// GitHub takes 65,536 characters; the rest is left out.
const MOST_BYTES: usize = 60_000;
/// So many things that were left out are listed.
const MOST_LEFT_OUT: usize = 10;

/// The comment, with so many customers of each scenario. `asked` are the conditions that were looked at.
pub fn comparison_markdown(comparison: &Comparison, asked: &[String], top: usize) -> String {
    let mut text = format!("{MARK}\n");
    for Headline { why, name, told } in headlines(comparison) {
        let told = prose(&told);
        text += &match (why, name.map(code)) {
            (Some(why), Some(name)) => format!("- {why} under {name}: {told}\n"),
            (_, Some(name)) => format!("- {name}: {told}\n"),
            _ => format!("**{told}**\n"),
        };
    }
    text += &conditions(comparison, asked);
    text += &values_of(comparison, code).map_or_else(String::new, |told| format!("\n{told}, side by side:\n"));
    text += &format!("\n{}", figures(comparison).markdown(&["figure"]));
    text += &format!("\n{}\n", prose(&assumed(comparison)));
    for told in checked(comparison) {
        text += &format!("\n{}\n", prose(told));
    }
    let mut blocks = comparison.scenarios.iter().flat_map(|scenario| folded(comparison, scenario, top));
    for block in blocks.by_ref() {
        if text.len() + block.len() > MOST_BYTES {
            text += "\nThe rest is longer than a comment may be: `--top` shows fewer customers.\n";
            break;
        }
        text += &block;
    }
    text
}

/// Which conditions hold, and where.
fn conditions(comparison: &Comparison, asked: &[String]) -> String {
    let holds = |failed: &Failed| {
        format!("- **{} holds** in {}\n", code(&failed.condition.to_string()), code(&failed.scenario))
    };
    match (asked.is_empty(), comparison.failed.is_empty()) {
        (true, _) => String::new(),
        (_, true) => {
            let none = either(&asked.len(), "It does not hold", "None of these holds");
            format!("\n{none}: {}.\n", asked.iter().map(|one| code(one)).collect::<Vec<_>>().join(", "))
        }
        _ => format!("\n{}", comparison.failed.iter().map(holds).collect::<String>()),
    }
}

/// What belongs to one scenario, under lines that open it.
fn folded(comparison: &Comparison, scenario: &Scenario, top: usize) -> Vec<String> {
    let under = match comparison.scenarios.len() {
        1 => String::new(),
        _ => format!(" under {}", html_code(&scenario.name)),
    };
    let block = |title: String, body: String| {
        format!("\n<details><summary>{title}{under}</summary>\n\n{}\n</details>\n", body.trim_start())
    };
    let table = |title: String, table: Table| block(title, table.markdown(&["what"]));
    let mut blocks = vec![table("Customers".to_owned(), customers(comparison, scenario, top))];
    blocks.extend(prices(comparison, scenario).map(|prices| table("Revenue by price".to_owned(), prices)));
    if !comparison.by.is_empty() {
        let keys: Vec<String> = comparison.by.iter().map(|key| html_code(key)).collect();
        blocks.push(table(
            format!("By {}", keys.join(", ")),
            groups(comparison, (&comparison.by, &scenario.groups), top),
        ));
    }
    if !scenario.left_out.is_empty() {
        blocks.push(block(format!("Left out: {}", scenario.left_out.len()), left_out(scenario)));
    }
    blocks
}

/// What a scenario refused beside events.
fn left_out(scenario: &Scenario) -> String {
    let line =
        |out: &LeftOut| format!("- {}: {}\n", code(&out.customer), prose(&format!("{}: {}", out.step, out.reason)));
    let listed = scenario.left_out.iter().take(MOST_LEFT_OUT).map(line).collect::<String>();
    match scenario.left_out.len().saturating_sub(MOST_LEFT_OUT) {
        0 => listed,
        more => format!("{listed}- and {more} more; `--format json` lists them\n"),
    }
}
