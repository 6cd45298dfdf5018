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

/// `part` of `whole` in ten-thousandths, to the nearest. None of those here lies in the middle.
fn ten_thousandths(part: i128, whole: i128) -> String {
    let share = (part * 20_000 + whole) / (whole * 2);
    format!("0.{share:04}")
}

/// What if the tokens that models write cost a fifth more: 16.80 dollars a million instead of 14. By hand, in integers.
#[test]
fn a_fifth_more_is_what_integers_say() {
    let workspace = Workspace::new();
    let log = repository("tests/it/real_log/requests.csv");
    let set = "dearer:llm-api/Output tokens/*=+20%";
    let words = ["compare", log.to_str().unwrap(), "--map", "azure-llm", "--enroll", "llm-api", "--set", set];
    let answer = run(&workspace, &[&words[..], &["--funding", "unlimited", "--by", "product,price"]].concat());
    let ((input, output), events) = (tokens(), LOG.lines().count() - 1);
    let (before, after) = (input * 1_750 + output * 14_000, input * 1_750 + output * 16_800);
    let (cost, more) = (input * 1_250 + output * 10_000, output * 2_800);
    let [base, dearer] = [0, 1].map(|place| &answer["scenarios"][place]);
    for (own, revenue) in [(base, before), (dearer, after)] {
        assert_eq!((&own["charged"], &own["denied"], &own["unpriced"]), (&events.into(), &0.into(), &0.into()));
        let told = ["fees", "revenue", "usage_revenue"].map(|key| billionths(&own[key]));
        assert_eq!((told, billionths(&own["cost"])), ([revenue; 3], cost));
        // One payment of the catalog's rule.
        assert_eq!((&own["cash_in"], billionths(&own["deferred"])), (&"20.00".into(), 20_000_000_000 - revenue));
        assert_eq!(billionths(&own["profit"]), revenue - cost);
        assert_eq!(own["margin"], ten_thousandths(revenue - cost, revenue));
    }
    let change = &dearer["change"];
    assert_eq!([&change["revenue"], &change["revenue_by_price"], &change["profit"]].map(billionths), [more; 3]);
    assert_eq!(dearer["break_even"], ten_thousandths(more, after - cost));
    let prices = answer["prices"].as_array().unwrap();
    let of = |name: &str| prices.iter().find(|row| row["price"] == name).map(|row| billionths(&row["change"]));
    assert_eq!(["Output tokens", "Input tokens", "breakage"].map(of), [Some(more), Some(0), Some(0)]);
    let customers = answer["customers"].as_array().unwrap();
    let [spend_before, spend_after] =
        ["spend_before", "spend_after"].map(|key| customers.iter().map(|own| billionths(&own[key])).sum::<i128>());
    assert_eq!([spend_before, spend_after], [before, after]);
    assert_eq!(change["pays_more"], customers.len());
    let groups = answer["groups"].as_array().unwrap();
    assert_eq!(groups.iter().map(|row| billionths(&row["change"])).sum::<i128>(), more);
}
