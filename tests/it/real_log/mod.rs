//! The main job on a log as inference services write them: no ids, no customer, no event type, times without an offset,
//! the last line without a newline. Fees and costs must equal, to the last digit, what integers say.

use crate::support::{Workspace, repository};
use serde_json::Value;

const LOG: &str = include_str!("requests.csv");

fn run(workspace: &Workspace, args: &[&str]) -> Value {
    let catalog = repository("catalogs/llm-api");
    let more = ["--format", "json", "--catalog", catalog.to_str().unwrap()];
    workspace.ok(&[args, &more].concat()).json()
}

/// Tokens in and out of the whole log.
fn tokens() -> (i128, i128) {
    let row = |line: &str| {
        let mut cells = line.split(',').skip(1).map(|cell| cell.parse::<i128>().unwrap());
        (cells.next().unwrap(), cells.next().unwrap())
    };
    LOG.lines().skip(1).map(row).fold((0, 0), |sum, (input, output)| (sum.0 + input, sum.1 + output))
}

/// An amount's text in billionths.
fn billionths(amount: &Value) -> i128 {
    let text = amount.as_str().unwrap();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{fraction:0<9}").parse().unwrap()
}

#[test]
fn fees_and_costs_are_what_integers_say() {
    let workspace = Workspace::new();
    let log = repository("tests/it/real_log/requests.csv");
    let replay = ["replay", log.to_str().unwrap(), "--map", "azure-llm", "--enroll", "llm-api"];
    run(&workspace, &["apply", "--at", "2026-03-01"]);
    let events = LOG.lines().count() - 1;
    let first = run(&workspace, &replay);
    assert_eq!((&first["events"], &first["charged"]), (&events.into(), &events.into()));

    // Dollars per million tokens, in billionths per token: 1.75 and 14 are charged, 1.25 and 10 are paid.
    let (input, output) = tokens();
    let (fees, cost) = (input * 1_750 + output * 14_000, input * 1_250 + output * 10_000);
    let total = run(&workspace, &["report", "profit", "--by", "customer"])["total"].take();
    assert_eq!((billionths(&total["fees"]), billionths(&total["cost"])), (fees, cost));
    assert_eq!(billionths(&first["fees"][0]["amount"]), fees);
    assert_eq!(billionths(&total["revenue"]), fees, "everything was paid for");

    let again = run(&workspace, &replay);
    assert_eq!((&again["charged"], &again["duplicate"]), (&0.into(), &events.into()));
    assert_eq!(run(&workspace, &["ledger", "verify"])["ok"], true);
}
