//! Whatever the log, rows add up to the total.

use super::book::CATALOG;
use crate::support::{Book, at};
use drawdown::money::{Total, Units};
use drawdown::report::Query;
use drawdown::report::profit::{Figures, profit};
use drawdown::report::usage::{Usage, usage};
use proptest::prelude::*;
use std::collections::BTreeMap;

const KEYS: [&str; 8] = ["customer", "product", "price", "event_type", "vendor", "day", "month", "model"];

fn line() -> impl Strategy<Value = String> {
    let cost = || prop_oneof!["", "-?[0-9]{1,3}(\\.[0-9]{1,9})?", "-?0\\.[0-9]{10,22}", Just("0".to_owned())];
    let event = (0..3usize, 0..3usize, 0..3usize, (7..9u32, 1..29u32));
    (event, 0..9_000u32, 0..9_000u32, cost(), cost()).prop_map(
        |((customer, event_type, model, (month, day)), input, output, openai, aws)| {
            let customer = ["acme", "globex", "initech"][customer];
            let event_type = ["call", "image", "search"][event_type];
            let model = ["", "a", "b"][model];
            format!(
                "{customer},{event_type},2026-{month:02}-{day:02}T10:00:00Z,{model},{input},{output},{openai},{aws}\n"
            )
        },
    )
}

fn book(lines: &[String], overdraft: bool) -> Book {
    let mut book =
        Book::new(&if overdraft { CATALOG.replace("\"deny\"", "\"overdraft\"") } else { CATALOG.to_owned() });
    for (customer, product) in [("acme", "llm"), ("acme", "studio"), ("globex", "studio"), ("initech", "llm")] {
        book.subscribe(customer, product, 1, "2026-07-01").unwrap();
    }
    book.gift("acme", "33.33", "USD", "2026-07-01");
    book.top_up("acme", "200", "USD", "2026-07-01");
    book.top_up("globex", "7", "CREDIT", "2026-07-01");
    // In two logs, so that there are several sums of the same.
    for (number, lines) in lines.chunks(20).enumerate() {
        let mut log = "id,customer,event_type,occurred_at,model,input,output,cost.openai,cost.aws\n".to_owned();
        for (id, line) in lines.iter().enumerate() {
            log += &format!("{number}-{id},{line}");
        }
        book.replay(&log);
    }
    book.top_up("initech", "50", "USD", "2026-09-02");
    book.advance("2026-09-05");
    book
}

/// A cost in 10^-18, by its digits alone; digits beyond are rounded half to even.
fn digits(cost: &str) -> i128 {
    let (sign, cost) = cost.strip_prefix('-').map_or((1, cost), |cost| (-1, cost));
    let (whole, decimals) = cost.split_once('.').unwrap_or((cost, ""));
    let padded = format!("{decimals:0<18}");
    let (kept, rest) = padded.split_at(18);
    let kept: i128 = format!("{whole}{kept}").parse().unwrap_or(0);
    let rest = rest.trim_end_matches('0');
    let is_up = rest > "5" || rest == "5" && kept % 2 == 1;
    sign * (kept + i128::from(is_up))
}

fn subsets() -> impl Iterator<Item = Vec<String>> {
    (1..1u32 << KEYS.len())
        .filter(|mask| mask.count_ones() <= 2 || mask.count_ones() == 8)
        .map(|mask| (0..KEYS.len()).filter(|bit| mask >> bit & 1 == 1).map(|bit| KEYS[bit].to_owned()).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]

    #[test]
    fn parts_sum_to_the_total_for_every_grouping(lines in proptest::collection::vec(line(), 1..30), overdraft: bool) {
        let book = book(&lines, overdraft);
        for by in subsets() {
            let query = Query { by: by.clone(), ..Query::default() };
            let report = profit(&book.ledger, &query).unwrap();
            let mut sum = Figures::default();
            report.rows.iter().for_each(|row| sum += row.figures);
            prop_assert_eq!(report.total.events, lines.len() as i64);
            let costs = lines.iter().flat_map(|line| line.trim_end().rsplitn(3, ',').take(2)).map(digits);
            let cost = report.total.cost + report.total.denied_cost;
            prop_assert_eq!(cost.count(), costs.sum::<i128>(), "{:?}", by);
            let splits = by.iter().any(|key| ["product", "price", "vendor"].contains(&key.as_str()));
            if splits {
                prop_assert!(sum.events >= report.total.events);
                let Figures { events, denied, unpriced, .. } = report.total;
                sum = Figures { events, denied, unpriced, ..sum };
            }
            prop_assert_eq!(sum, report.total, "{:?}", by);
            if by.iter().all(|key| key != "vendor") {
                let report = usage(&book.ledger, &query).unwrap();
                check_usage(&report.rows.iter().map(|row| &row.figures).collect::<Vec<_>>(), &report.total)?;
            }
        }
    }
}

/// The rows of a report, by their keys without the last `without`.
fn rows(book: &Book, query: &Query, without: usize) -> BTreeMap<Vec<Option<String>>, Figures> {
    let mut rows: BTreeMap<_, Figures> = BTreeMap::new();
    for row in profit(&book.ledger, query).unwrap().rows {
        *rows.entry(row.keys[..row.keys.len() - without].to_vec()).or_default() += row.figures;
    }
    rows
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]

    /// Days are read from the events themselves; what does without them, and goes by whole months, is read from rollups.
    #[test]
    fn rollups_say_what_the_events_say(lines in proptest::collection::vec(line(), 1..40), overdraft: bool) {
        let book = book(&lines, overdraft);
        let windows = [(None, None), (Some("2026-08-01"), None), (None, Some("2026-08-01"))];
        for by in subsets().filter(|by| by.iter().all(|key| key != "day")).chain([Vec::new()]) {
            let by_day = [by.clone(), vec!["day".to_owned()]].concat();
            for (from, to) in windows {
                let query = |by: &[String]| Query { from: from.map(at), to: to.map(at), by: by.to_vec(), ..Query::default() };
                let mut events = rows(&book, &query(&by_day), 1);
                if by.is_empty() {
                    // There is a total even where there are no days.
                    events.entry(Vec::new()).or_default();
                }
                prop_assert_eq!(rows(&book, &query(&by), 0), events, "{:?} {:?}", by, (from, to));
            }
        }
        prop_assert!(book.ledger.verify().unwrap().ok);
    }
}

fn check_usage(rows: &[&Usage], total: &Usage) -> Result<(), TestCaseError> {
    for (asset, units) in &total.fees {
        prop_assert_eq!(rows.iter().map(|row| row.fee(*asset)).sum::<Total<Units>>(), *units);
    }
    for row in rows.iter().copied().chain([total]) {
        prop_assert_eq!(row.events, row.charged + row.denied.iter().sum::<i64>() + row.unpriced.iter().sum::<i64>());
    }
    Ok(())
}
