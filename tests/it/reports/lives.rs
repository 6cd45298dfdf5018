//! Whatever customers do, every window proves itself, and `verify` finds nothing wrong.

use super::hybrid::hybrid;
use crate::support::{Book, at};
use drawdown::billing::Reason;
use drawdown::ledger::When;
use drawdown::money::Precise;
use drawdown::report::Query;
use drawdown::report::profit::{Figures, profit};
use drawdown::report::revenue::{Position, revenue};
use drawdown::time::Instant;
use proptest::prelude::*;

const CUSTOMERS: [&str; 2] = ["acme", "globex"];
const PRODUCTS: [&str; 6] = ["studio", "pro", "desk", "track", "club", "club"];
const DAY: i64 = 86_400_000_000;
/// 2026-01-20T00:00:00Z
const START: i64 = 1_768_867_200_000_000;
/// How many days a book goes on.
const DAYS: i64 = 100;

#[derive(Debug, Clone)]
enum What {
    Hold { product: usize, seats: i64 },
    Change { held: usize, into: usize, seats: i64, how: When },
    End { held: usize, how: When },
    Pay { dollars: i64, credits: bool },
    Give(i64),
    TakeBack { amount: i64, credits: bool, refund: bool },
    Use { calls: bool, count: usize, late: bool },
    Advance,
}

/// Something that a customer does on a day.
#[derive(Debug, Clone)]
struct Step {
    day: i64,
    who: usize,
    what: What,
}

fn what() -> impl Strategy<Value = What> {
    let how = || prop_oneof![Just(When::Now), Just(When::PeriodEnd)];
    let product = || 0..PRODUCTS.len();
    prop_oneof![
        2 => (product(), 1..4i64).prop_map(|(product, seats)| What::Hold { product, seats }),
        4 => (0..3usize, product(), 1..4i64, how())
            .prop_map(|(held, into, seats, how)| What::Change { held, into, seats, how }),
        1 => (0..3usize, how()).prop_map(|(held, how)| What::End { held, how }),
        4 => (1..60i64, any::<bool>()).prop_map(|(dollars, credits)| What::Pay { dollars, credits }),
        1 => (1..30i64).prop_map(What::Give),
        2 => (1..40i64, any::<bool>(), any::<bool>())
            .prop_map(|(amount, credits, refund)| What::TakeBack { amount, credits, refund }),
        6 => (any::<bool>(), 1..30usize, prop::bool::weighted(0.2))
            .prop_map(|(calls, count, late)| What::Use { calls, count, late }),
        1 => Just(What::Advance),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = |days| (0..days, 0..CUSTOMERS.len(), what()).prop_map(|(day, who, what)| Step { day, who, what });
    // Everybody begins with some product and some money, so that there is something to happen to.
    let first = (0..4i64, 0..PRODUCTS.len(), 5..50i64, 1..4i64);
    let first = (0..CUSTOMERS.len()).map(move |who| {
        first.clone().prop_map(move |(day, product, dollars, seats)| {
            let pay = What::Pay { dollars, credits: false };
            [What::Hold { product, seats }, pay].map(|what| Step { day, who, what })
        })
    });
    (first.collect::<Vec<_>>(), proptest::collection::vec(step(DAYS), 4..22)).prop_map(|(first, rest)| {
        let mut steps: Vec<Step> = first.into_iter().flatten().chain(rest).collect();
        steps.sort_by_key(|step| step.day);
        steps
    })
}

fn instant(day: i64) -> Instant {
    Instant::from_micros(START + day * DAY)
}

/// One of the products that a customer holds at a time, counted round.
fn held(book: &Book, customer: &str, when: &str, number: usize) -> Option<String> {
    let id = book.ledger.customer(customer).unwrap().id;
    let mut held = book.ledger.subscriptions(Some(id)).unwrap();
    held.retain(|subscription| subscription.is_active(at(when)));
    let number = number.checked_rem(held.len())?;
    Some(held.swap_remove(number).product)
}

/// Does it; what is refused changes nothing.
fn step(book: &mut Book, number: usize, step: &Step) {
    let (who, at) = (CUSTOMERS[step.who], instant(step.day).to_string());
    // Money has an id of its own, which is made of its time.
    let apart = Instant::from_micros(START + step.day * DAY + number as i64).to_string();
    match step.what {
        What::Hold { product, seats } => drop(book.subscribe(who, PRODUCTS[product], seats, &at)),
        What::Change { held, into, seats, how } => {
            let Some(product) = self::held(book, who, &at, held) else { return };
            drop(book.change(who, &product, (PRODUCTS[into], seats), &at, how));
        }
        What::End { held, how } => {
            let Some(product) = self::held(book, who, &at, held) else { return };
            drop(book.end(who, &product, &at, how));
        }
        What::Pay { dollars, credits } => {
            book.top_up(who, &dollars.to_string(), if credits { "CREDIT" } else { "USD" }, &apart);
        }
        What::Give(amount) => book.gift(who, &amount.to_string(), "CREDIT", &apart),
        What::TakeBack { amount, credits, refund } => {
            let reason = if refund { Reason::ExternalRefund } else { Reason::Other };
            let asset = if credits { "CREDIT" } else { "USD" };
            drop(book.adjust(who, &format!("-{amount}"), asset, reason, &apart));
        }
        What::Use { calls, count, late } => {
            let event_type = if calls { "call" } else { "image" };
            let at = if late { instant((step.day - 9).max(0)).to_string() } else { at };
            let line = |n: usize| format!("{number}-{n},{who},{event_type},{at},0.1{n}\n");
            book.replay(
                &("id,customer,event_type,occurred_at,cost.gpu\n".to_owned()
                    + &(0..count).map(line).collect::<String>()),
            );
        }
        What::Advance => book.advance(&at),
    }
}

fn within(book: &Book, from: Option<i64>, to: Option<i64>) -> (Position, Position) {
    let query = Query { from: from.map(instant), to: to.map(instant), by: Vec::new(), ..Query::default() };
    let report = revenue(&book.ledger, &query).unwrap();
    (report.before, report.within())
}

/// What is deferred at the ledger's horizon, added up from the rows alone.
fn deferred(book: &Book) -> i128 {
    let connection = book.sql();
    let sum = |sql: &str| {
        let mut statement = connection.prepare(sql).unwrap();
        let horizon = book.ledger.horizon().unwrap().micros();
        let mut rows = statement.query([horizon]).unwrap();
        let mut sum = 0i128;
        while let Some(row) = rows.next().unwrap() {
            let [value, from, to] = [0, 1, 2].map(|column| i128::from(row.get::<_, i64>(column).unwrap()));
            let gone = i128::from(horizon) - from;
            sum += if to - from > gone { value - value * gone / (to - from) } else { 0 };
        }
        sum
    };
    let lots: i64 = connection.query_row("SELECT sum(basis - released) FROM lot", [], |row| row.get(0)).unwrap_or(0);
    let charges = sum("SELECT value, from_at, to_at FROM charge WHERE from_at <= ?1");
    let grants = sum("SELECT basis, granted_at, coalesce(expires_at, granted_at) FROM lot
                      WHERE subscription > 0 AND id NOT IN (SELECT into_lot FROM rollover)
                      AND id NOT IN (SELECT lot FROM expiry) AND ?1 > 0");
    i128::from(lots) + charges - grants
}

fn sum_of(book: &Book, by: &[&str], query: &Query) -> (Figures, Figures) {
    let by = by.iter().map(|key| (*key).to_owned()).collect();
    let report = profit(&book.ledger, &Query { by, ..query.clone() }).unwrap();
    let mut sum = Figures::default();
    report.rows.iter().for_each(|row| sum += row.figures);
    (sum, report.total)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn every_window_proves_itself(
        steps in steps(),
        mut cuts in proptest::collection::vec(-5..DAYS + 5, 2..4),
        move_on in any::<bool>(),
    ) {
        let mut book = Book::new(&hybrid());
        CUSTOMERS.iter().for_each(|customer| book.attempt_for(customer, |_, _, _| Ok(())).unwrap());
        for (number, it) in steps.iter().enumerate() {
            step(&mut book, number, it);
        }
        if move_on {
            book.advance(&instant(DAYS).to_string());
        }
        let found = book.ledger.verify().unwrap();
        prop_assert!(found.ok, "{:?}", found.checks.iter().filter(|check| !check.ok).collect::<Vec<_>>());

        cuts.sort_unstable();
        let mut windows = vec![(None, Some(cuts[0]))];
        windows.extend(cuts.windows(2).map(|pair| (Some(pair[0]), Some(pair[1]))));
        windows.push((Some(cuts[cuts.len() - 1]), None));
        let mut sum = Position::default();
        for (from, to) in windows {
            let (before, p) = within(&book, from, to);
            prop_assert_eq!(before.deferred, sum.deferred, "what one window leaves the next one finds");
            prop_assert_eq!(before.deferred + p.cash_in - p.refunds, p.revenue() + p.deferred, "{:?} {:?}", from, to);
            sum = Position {
                cash_in: sum.cash_in + p.cash_in,
                refunds: sum.refunds + p.refunds,
                usage_revenue: sum.usage_revenue + p.usage_revenue,
                fixed_revenue: sum.fixed_revenue + p.fixed_revenue,
                breakage: sum.breakage + p.breakage,
                deferred: p.deferred,
            };
            let query = Query { from: from.map(instant), to: to.map(instant), by: Vec::new(), ..Query::default() };
            for by in [&["customer"][..], &["month"], &["day", "customer"], &["product", "price"]] {
                let (rows, total) = sum_of(&book, by, &query);
                let figures = |f: Figures| (f.usage_revenue, f.fixed_revenue, f.breakage, f.cost);
                prop_assert_eq!(figures(rows), figures(total), "{:?}", by);
                let [usage, fixed, breakage] =
                    [p.usage_revenue, p.fixed_revenue, p.breakage].map(|value| Precise::of_values(value, 9));
                prop_assert_eq!(figures(total), (usage, fixed, breakage, total.cost), "{:?}", by);
            }
        }
        let (_, whole) = within(&book, None, None);
        prop_assert_eq!(sum, whole, "windows add up");

        // What was due is what happens.
        let horizon = book.ledger.horizon().unwrap();
        book.advance(&horizon.to_string());
        prop_assert_eq!(within(&book, None, None).1, whole);
        prop_assert_eq!(deferred(&book), whole.deferred.count());
    }
}
