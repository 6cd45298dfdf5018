//! `drawdown sample`: logs for who has none yet.

use crate::support::{NOW, Workspace, repository, run_transcripts};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

#[test]
fn the_same_seed_makes_the_same_bytes_and_what_makes_no_log_says_why() {
    run_transcripts("sample", NOW);
}

/// The catalogs that the project ships.
fn templates() -> Vec<String> {
    let entries = fs::read_dir(repository("catalogs")).unwrap().map(Result::unwrap);
    let folders = entries.filter(|entry| entry.path().is_dir());
    folders.map(|entry| entry.file_name().into_string().unwrap()).collect()
}

fn template(name: &str) -> Workspace {
    let catalog = fs::read_to_string(repository("catalogs").join(name).join("catalog.toml")).unwrap();
    let workspace = Workspace::new().with("catalogs/catalog.toml", catalog);
    workspace.ok("apply --at 2026-01-01");
    workspace
}

fn products(workspace: &Workspace) -> Vec<String> {
    let listed = workspace.ok("product list --format json").json();
    listed["products"].as_array().unwrap().iter().map(|row| row["code"].as_str().unwrap().to_owned()).collect()
}

/// What a replay says of a log: how many events, and what became of them.
fn replayed(workspace: &Workspace, log: &str, product: &str) -> Value {
    workspace.ok(&format!("replay {log} --enroll {product} --dry-run --format json -q")).json()
}

#[test]
fn every_template_has_a_log_in_which_nothing_is_wrong() {
    for name in templates() {
        let workspace = template(&name);
        for product in products(&workspace) {
            workspace.ok(&format!("sample {product} --customers 7 --days 9 --seed 3 -o {product}.csv"));
            let told = replayed(&workspace, &format!("{product}.csv"), &product);
            assert_eq!(told["events"], 7 * 9 * 10, "{name}: {told}");
            // What is sold flat has no prices of events; they are there for what they cost.
            let unpriced = if name == "flat-saas" { 7 * 9 * 10 } else { 0 };
            for (count, expected) in
                [("unpriced", unpriced), ("invalid", 0), ("conflict", 0), ("duplicate", 0), ("late", 0)]
            {
                assert_eq!(told[count], expected, "{name}, {count}: {told}");
            }
        }
    }
}

#[test]
fn where_balances_suffice_everything_is_charged() {
    for name in ["chat-images", "image-credits", "included-usage", "llm-api", "seats-credits", "video-resolution"] {
        let workspace = template(name);
        let product = &products(&workspace)[0];
        workspace.ok(&format!("sample {product} --customers 7 --days 9 -o usage.csv"));
        let told = replayed(&workspace, "usage.csv", product);
        assert_eq!(told["charged"], 7 * 9 * 10, "{name}: {told}");
    }
}

/// The rows of a sample, in their order, by what makes it.
fn rows(workspace: &Workspace, flags: &str) -> Vec<String> {
    let text = workspace.ok(&format!("sample llm-api --customers 40 --days 20 {flags}")).stdout;
    text.lines().skip(1).map(str::to_owned).collect()
}

fn cell(row: &str, column: usize) -> &str {
    row.split(',').nth(column).unwrap()
}

#[test]
fn there_are_as_many_customers_and_events_as_asked_and_a_few_do_most() {
    let workspace = template("llm-api");
    let rows = rows(&workspace, "--events 12345 --until 2026-12-01");
    assert_eq!(rows.len(), 12_345);
    let ids: BTreeSet<_> = rows.iter().map(|row| cell(row, 0)).collect();
    assert_eq!(ids.len(), 12_345);
    let mut by_customer: BTreeMap<&str, usize> = BTreeMap::new();
    rows.iter().for_each(|row| *by_customer.entry(cell(row, 1)).or_default() += 1);
    assert_eq!(by_customer.len(), 40);
    let mut sizes: Vec<usize> = by_customer.into_values().collect();
    sizes.sort_unstable();
    let of_largest: usize = sizes[36..].iter().sum();
    assert!(of_largest > 12_345 * 4 / 10 && of_largest < 12_345 * 7 / 10, "{sizes:?}");
    let times: Vec<&str> = rows.iter().map(|row| cell(row, 3)).collect();
    assert!(times.is_sorted() && times[0] == "2026-11-11T00:00:00Z" && times[12_344] < "2026-12-01T", "{times:?}");
    let by_day = times.iter().filter(|time| (9..18).contains(&time[11..13].parse::<u32>().unwrap())).count();
    assert!(by_day > 12_345 / 2, "{by_day} by day");
    let second_half = times.iter().filter(|time| **time >= "2026-11-21T").count();
    assert!(second_half > 12_345 * 6 / 10, "{second_half} in the second half");
}

#[test]
fn another_seed_makes_another_log_with_other_ids() {
    let workspace = template("llm-api");
    let [one, again, two] = ["--seed 1", "--seed 1", "--seed 2"].map(|seed| rows(&workspace, seed));
    assert_eq!(one, again);
    assert!(one.iter().zip(&two).all(|(one, two)| cell(one, 0) != cell(two, 0)));
    assert_ne!(
        one.iter().map(|row| cell(row, 3)).collect::<Vec<_>>(),
        two.iter().map(|row| cell(row, 3)).collect::<Vec<_>>()
    );
}

#[test]
fn late_events_and_those_that_come_twice_are_the_same_events() {
    let workspace = template("llm-api");
    let plain = rows(&workspace, "");
    let late = rows(&workspace, "--late");
    assert!(!late.iter().map(|row| cell(row, 3)).is_sorted());
    let mut sorted = late;
    sorted.sort_unstable();
    assert_eq!(sorted, plain, "ids are numbered in the order of time");
    let mut twice = rows(&workspace, "--duplicates");
    assert!(twice.len() > plain.len() + 40 && twice.len() < plain.len() + 160, "{}", twice.len());
    twice.sort_unstable();
    twice.dedup();
    assert_eq!(twice, plain);
}

#[test]
fn a_log_is_as_unpleasant_as_asked() {
    let workspace = template("llm-api");
    workspace.ok("sample llm-api --customers 40 --days 20 --late --duplicates --bursts --unknown-models -o rough.csv");
    let told = replayed(&workspace, "rough.csv", "llm-api");
    let count = |key: &str| told[key].as_u64().unwrap();
    assert_eq!((count("charged") + count("unpriced"), count("invalid"), count("conflict")), (8000, 0, 0), "{told}");
    for key in ["late", "duplicate", "unpriced"] {
        assert!(count(key) > 40 && count(key) < 300, "{key}: {told}");
    }
    let busiest = |flags: &str| {
        let mut by_minute: BTreeMap<(String, String), u32> = BTreeMap::new();
        for row in rows(&workspace, flags) {
            *by_minute.entry((cell(&row, 1).to_owned(), cell(&row, 3)[..16].to_owned())).or_default() += 1;
        }
        by_minute.into_values().max().unwrap()
    };
    assert!(busiest("--bursts") > 20 && busiest("") < 10);
}
