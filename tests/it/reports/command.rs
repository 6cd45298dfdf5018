//! The command, as a user meets it.

use super::book::{CATALOG, worked};
use super::hybrid::hybrid;
use crate::support::{Book, on_ledger};
use snapbox::cmd::OutputAssert;
use snapbox::str;

fn report(book: &Book, args: &[&str]) -> OutputAssert {
    on_ledger(&book.path(), &[&["report"], args].concat())
}

#[test]
fn tables_say_who_loses_money_and_why_events_earned_nothing() {
    let book = worked();
    report(&book, &["profit", "--by", "vendor"]).success().stderr_eq("").stdout_eq(str![[r#"
Profit in USD, without the cost of denied events to 2026-08-05T00:00:00Z
vendor  events  denied  unpriced   fees  usage revenue  breakage  revenue  cost  profit  margin
───────────────────────────────────────────────────────────────────────────────────────────────
openai       4       1         0   8.50           5.00      0.00     5.00  5.50   -0.50  -10.0%
aws          2       0         1   1.50           0.00      0.00     0.00  0.40   -0.40       -
-            1       0         0   1.00           1.00     19.00    20.00  0.00   20.00  100.0%
───────────────────────────────────────────────────────────────────────────────────────────────
total        6       1         1  11.00           6.00     19.00    25.00  5.90   19.10   76.4%
1 event was denied: not served, so the would-be cost (1.00 USD) is not counted, as --refused incurred does; `drawdown report usage` says why
1 of 6 events earned nothing: it was unpriced, though its cost counts; `drawdown report usage` says why

"#]]);
    report(&book, &["profit", "--to", "2026-07-03"]).success().stdout_eq(str![[r#"
Profit in USD to 2026-07-03T00:00:00Z
events  fees  revenue  cost  profit  margin
───────────────────────────────────────────
     1  4.00     0.00  0.80   -0.80       -

"#]]);
    report(&book, &["usage", "--by", "price"]).success().stdout_eq(str![[r#"
Usage to 2026-08-05T00:00:00Z
price   events  charged  denied  unpriced  quantity  fees CREDIT  fees USD  reasons
────────────────────────────────────────────────────────────────────────────────────────────────────────────
Input        3        2       1         0       300            0      3.00  insufficient_funds 1
Output       3        2       1         0       200            0      6.00  insufficient_funds 1
Image        2        2       0         0         2           40      0.00
-            1        0       0         1         0            0      0.00  no_price 1
────────────────────────────────────────────────────────────────────────────────────────────────────────────
total        6        4       1         1                     40      9.00  insufficient_funds 1, no_price 1

"#]]);
}

#[test]
fn revenue_is_a_statement() {
    let mut book = Book::new(&hybrid());
    book.subscribe("acme", "studio", 2, "2026-07-01").unwrap();
    book.replay("id,customer,event_type,occurred_at\ne1,acme,image,2026-07-05T00:00:00Z\n");
    book.advance("2026-08-11");
    let august = ["revenue", "--from", "2026-08-01", "--to", "2026-09-01"];
    report(&book, &august).success().stderr_eq(str![[r#"
warning: the ledger is processed up to 2026-08-11T00:00:00Z, and nothing is earned after that; `drawdown advance --to 2026-09-01T00:00:00Z` moves it on

"#]]).stdout_eq(str![[r#"
Revenue in USD from 2026-08-01T00:00:00Z to 2026-09-01T00:00:00Z
earned           USD
────────────────────
usage           0.00
fixed charges  16.00
breakage        5.58
────────────────────
revenue        21.58

paid, not earned     USD
────────────────────────
deferred before    11.78
cash in            62.00
refunds             0.00
revenue           -21.58
────────────────────────
deferred           52.20

"#]]);
    report(&book, &["revenue", "--to", "2026-08-01", "--format", "csv"]).success().stdout_eq(str![[r#"
currency,from,to,deferred_before,cash_in,refunds,usage_revenue,fixed_revenue,breakage,revenue,deferred
USD,,2026-08-01T00:00:00Z,0.00,74.00,0.00,0.62,61.60,0.00,62.22,11.78

"#]]);
    report(&book, &["revenue", "--from", "2026-08-01", "--format", "json"]).success().stdout_eq(str![[r#"
{
  "format_version": "1",
  "command": "report revenue",
  "data": {
    "currency": "USD",
    "from": "2026-08-01T00:00:00Z",
    "to": "2026-08-11T00:00:00Z",
    "processed_to": "2026-08-11T00:00:00Z",
    "deferred_before": "11.78",
    "cash_in": "62.00",
    "refunds": "0.00",
    "usage_revenue": "0.00",
    "fixed_revenue": "16.00",
    "breakage": "5.58",
    "revenue": "21.58",
    "deferred": "52.20"
  }
}

"#]]);
    report(&book, &["revenue", "--from", "2026-08-01", "--to", "2026-07-01"]).code(2).stderr_eq(str![[r#"
error: --to 2026-07-01T00:00:00Z is not later than --from 2026-08-01T00:00:00Z
  help: a report begins at --from and ends before --to

"#]]);
    report(&book, &["revenue", "--by", "customer"]).code(2).stdout_eq("").stderr_eq(str![[r#"
error: unexpected argument '--by' found

Usage: drawdown report revenue [OPTIONS]

For more information, try '--help'.

"#]]);
    report(&book, &["profit", "--by", "product,price"]).success().stdout_eq(str![[r#"
Profit in USD to 2026-08-11T00:00:00Z
product  price         events  fees  usage revenue  fixed revenue  breakage  revenue  cost  profit  margin
──────────────────────────────────────────────────────────────────────────────────────────────────────────
studio   Image              1  0.50           0.62           0.00      0.00     0.62  0.00    0.62  100.0%
studio   -                  0  0.00           0.00           0.00      5.58     5.58  0.00    5.58  100.0%
studio   Setup              0  0.00           0.00          12.00      0.00    12.00  0.00   12.00  100.0%
studio   Platform fee       0  0.00           0.00          65.60      0.00    65.60  0.00   65.60  100.0%
──────────────────────────────────────────────────────────────────────────────────────────────────────────
total                       1  0.50           0.62          77.60      5.58    83.80  0.00   83.80  100.0%

"#]]);
}

#[test]
fn a_flat_fee_and_costs_tell_who_is_worth_it() {
    let mut book = Book::new(&hybrid());
    book.subscribe("acme", "track", 1, "2026-07-01").unwrap();
    book.subscribe("globex", "track", 1, "2026-07-01").unwrap();
    book.replay(
        "id,customer,event_type,occurred_at,cost.gpu\n1,acme,image,2026-07-05T00:00:00Z,1.50\n2,globex,call,\
         2026-07-30T00:00:00Z,70\n",
    );
    report(&book, &["profit", "--by", "customer"]).success().stderr_eq("").stdout_eq(str![[r#"
Profit in USD to 2026-07-30T00:00:00Z
customer  events  unpriced  fees  fixed revenue  revenue   cost  profit  margin
───────────────────────────────────────────────────────────────────────────────
globex         1         1  0.00          58.00    58.00  70.00  -12.00  -20.7%
acme           1         1  0.00          58.00    58.00   1.50   56.50   97.4%
───────────────────────────────────────────────────────────────────────────────
total          2         2  0.00         116.00   116.00  71.50   44.50   38.4%
1 of 2 customers loses money: globex (-12.00 USD)
2 of 2 events earned nothing: they were unpriced, though their cost counts; `drawdown report usage` says why

"#]]);
}

#[test]
fn csv_has_every_column() {
    let book = worked();
    report(&book, &["profit", "--by", "price,model", "--format", "csv"]).success().stdout_eq(str![[r#"
price,model,events,denied,unpriced,fees,usage_revenue,fixed_revenue,breakage,revenue,cost,profit,margin,denied_cost,currency
Image,,2,0,0,2.00,2.00,0.00,0.00,2.00,3.00,-1.00,-0.5000,0.00,USD
Output,a,2,1,0,3.00,0.00,0.00,0.00,0.00,0.60,-0.60,,0.00,USD
Input,a,2,1,0,1.00,0.00,0.00,0.00,0.00,0.20,-0.20,,1.00,USD
Input,b,1,0,0,2.00,1.00,0.00,0.00,1.00,0.80,0.20,0.2000,0.00,USD
Output,b,1,0,0,3.00,3.00,0.00,0.00,3.00,1.20,1.80,0.6000,0.00,USD
,,1,0,1,0.00,0.00,0.00,19.00,19.00,0.10,18.90,0.9947,0.00,USD

"#]]);
    report(&book, &["usage", "--by", "event_type", "--format", "csv"]).success().stdout_eq(str![[r#"
event_type,events,charged,denied,unpriced,voided,fees_CREDIT,fees_USD,reasons
call,3,2,1,0,0,0,9.00,insufficient_funds 1
image,2,2,0,0,0,40,0.00,
search,1,0,0,1,0,0,0.00,no_price 1

"#]]);
}

#[test]
fn what_makes_no_sense_is_told() {
    let book = worked();
    report(&book, &["profit", "--by", "custmer"]).code(1).stdout_eq("").stderr_eq(str![[r#"
error: there is no report key "custmer"
  help: did you mean "customer"? the keys are: customer, product, price, event_type, vendor, day, month, model

"#]]);
    report(&book, &["usage", "--by", "vendor"]).code(1).stderr_eq(str![[r#"
error: there is no report key "vendor"
  help: the keys are: customer, product, price, event_type, day, month, model

"#]]);
    report(&book, &["usage", "--by", "day,day"]).code(1).stderr_eq(str![[r#"
error: the key "day" is named twice

"#]]);
    report(&book, &["profit", "--from", "2026-08-01", "--to", "2026-07-01"]).code(2).stderr_eq(str![[r#"
error: --to 2026-07-01T00:00:00Z is not later than --from 2026-08-01T00:00:00Z
  help: a report begins at --from and ends before --to

"#]]);
}

#[test]
fn names_from_logs_are_harmless() {
    let mut book = Book::new(CATALOG);
    book.subscribe("=1+1", "llm", 1, "2026-07-01").unwrap();
    book.replay("id,customer,event_type,occurred_at,model,input\n1,=1+1,call,2026-07-01T00:00:00Z,\u{1b}[2Jx,0\n");
    report(&book, &["profit", "--by", "customer,model", "--format", "csv"]).success().stdout_eq(str![[r#"
customer,model,events,denied,unpriced,fees,usage_revenue,fixed_revenue,breakage,revenue,cost,profit,margin,denied_cost,currency
'=1+1,/u{1b}[2Jx,1,0,0,0.00,0.00,0.00,0.00,0.00,0.00,0.00,,0.00,USD

"#]]);
    report(&book, &["usage", "--by", "customer,model"]).success().stdout_eq(str![[r#"
Usage to 2026-07-01T00:00:00Z
customer  model       events  fees USD
──────────────────────────────────────
=1+1      /u{1b}[2Jx       1      0.00
──────────────────────────────────────
total                      1      0.00

"#]]);
}
