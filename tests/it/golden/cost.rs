//! What events cost us by the vendors' rates, and what is charged at rates of our own.

use super::case::{Case, Expect::*, check, ids_of};
use crate::support::One;
use drawdown::money::{Precise, Units};
use std::fmt::Write;

/// Rates per so many tokens, and the tokens of one request.
struct Request {
    per: &'static str,
    /// Field, and rate by the size of the request's context (`*` is any).
    rates: &'static [(&'static str, &'static str, &'static str)],
    data: &'static [(&'static str, &'static str)],
}

const MILLION: &str = "1_000_000";
const FLAT: &[(&str, &str, &str)] =
    &[("input", "*", "5"), ("output", "*", "25"), ("cache_read", "*", "0.5"), ("cache_write", "*", "6.25")];
const BY_CONTEXT: &[(&str, &str, &str)] = &[
    ("input", "*", "1"),
    ("input", "above_200k", "2"),
    ("output", "*", "2"),
    ("output", "above_200k", "4"),
    ("cache_read", "*", "0.5"),
    ("cache_read", "above_200k", "1"),
];

/// What is asked for: the cost in USD. The tier of a request's context is a dimension that the log names.
const COSTS: &[Case<Request>] = &[
    (
        "autumn-cost-1",
        Request { per: MILLION, rates: FLAT, data: &[("input", "1000"), ("output", "500")] },
        Same("0.0175"),
    ),
    (
        "autumn-cost-2",
        Request {
            per: MILLION,
            rates: FLAT,
            data: &[("input", "1000"), ("output", "500"), ("cache_read", "2000"), ("cache_write", "100")],
        },
        Same("0.019125"),
    ),
    (
        "autumn-cost-3-context",
        Request {
            per: MILLION,
            rates: BY_CONTEXT,
            data: &[("input", "300000"), ("output", "1000"), ("context", "above_200k")],
        },
        Same("0.604"),
    ),
    (
        "autumn-cost-4-context",
        Request { per: MILLION, rates: BY_CONTEXT, data: &[("input", "100000"), ("output", "1000")] },
        Same("0.102"),
    ),
    (
        "autumn-cost-5-context",
        Request {
            per: MILLION,
            rates: BY_CONTEXT,
            data: &[("input", "300000"), ("cache_read", "1000"), ("context", "above_200k")],
        },
        Same("0.601"),
    ),
    (
        "autumn-cost-6",
        Request { per: MILLION, rates: BY_CONTEXT, data: &[("input", "1000"), ("cache_read", "1000")] },
        Same("0.0015"),
    ),
    (
        "autumn-cost-7-missing-rate",
        Request {
            per: MILLION,
            rates: &[("input", "*", "10"), ("output", "*", "20")],
            data: &[("cache_read", "1000")],
        },
        Other { theirs: "0.01", ours: "0.00", why: "what has no rate costs nothing; theirs takes the input rate" },
    ),
    (
        "langmart-cost-1",
        Request {
            per: "1_000",
            rates: &[("input", "*", "0.001"), ("output", "*", "0.002")],
            data: &[("input", "1000"), ("output", "500")],
        },
        Same("0.002"),
    ),
];

/// The vendor's and our own rate per million input tokens, then for output tokens; a markup is written out as a price.
type Markup = [(&'static str, &'static str); 2];

/// What is asked for: cost and charge of a request with 1000 input and 500 output tokens.
const MARKUPS: &[Case<Markup>] = &[
    ("autumn-markup-1", [("1000", "1000"), ("2000", "2000")], Same("2.00 charged 2.00")),
    ("autumn-markup-2", [("1000", "1500"), ("2000", "3000")], Same("2.00 charged 3.00")),
    ("autumn-markup-3", [("1000", "1200"), ("2000", "2400")], Same("2.00 charged 2.40")),
    ("autumn-markup-4", [("1000", "1100"), ("2000", "2200")], Same("2.00 charged 2.20")),
    ("autumn-markup-5", [("1000", "1000"), ("2000", "2000")], Same("2.00 charged 2.00")),
    ("autumn-cost-8-markup", [("5", "7.5"), ("25", "37.5")], Same("0.0175 charged 0.02625")),
];

pub fn ids() -> Vec<&'static str> {
    [ids_of(COSTS), ids_of(MARKUPS)].concat()
}

/// A rule or price of one volume field; `values` are its rows without braces.
fn rule(table: &str, field: &str, values: &[String]) -> String {
    let values: Vec<_> = values.iter().map(|row| format!("{{ {row} }}")).collect();
    format!(
        "[[{table}]]\nevent_type = \"request\"\nusage_type = \"volume\"\nvolume_field = \"{field}\"\nasset = \"USD\"\n\
         billable_dimensions = [\"context\"]\nvalues = [{}]\n",
        values.join(", ")
    )
}

fn costs(request: &Request) -> String {
    let mut text = String::new();
    let fields = ["input", "output", "cache_read", "cache_write"];
    for field in fields {
        let rows = request.rates.iter().filter(|rate| rate.0 == field);
        let rows: Vec<_> = rows
            .map(|(_, context, rate)| {
                format!("context = \"{context}\", volume_rate = {rate}, package_size = {}", request.per)
            })
            .collect();
        if !rows.is_empty() {
            text += &rule("vendor.cost", field, &rows);
        }
    }
    text
}

fn told_cost(one: &One) -> String {
    let costs = &one.facts.events.last().unwrap().costs;
    one.engine.reporting_currency().precise(costs.iter().map(|cost| cost.amount).sum::<Precise>()).to_string()
}

const VENDOR: &str = "[[vendor]]\ncode = \"v\"\nname = \"V\"\n";

#[test]
fn what_a_request_costs() {
    check(COSTS, |request| {
        let mut one = One::subscriber(&format!("{VENDOR}{}", costs(request)));
        one.event("request", "2024-01-01", request.data);
        told_cost(&one)
    });
}

#[test]
fn what_a_request_costs_and_is_charged() {
    check(MARKUPS, |rates| {
        let (mut vendor, mut product) = (VENDOR.to_owned(), "[[product]]\ncode = \"p\"\nname = \"P\"\n".to_owned());
        for (field, (cost, charged)) in ["input", "output"].into_iter().zip(rates) {
            vendor += &rule("vendor.cost", field, &[format!("volume_rate = {cost}, package_size = {MILLION}")]);
            product += &rule("product.price", field, &[format!("volume_rate = {charged}, package_size = {MILLION}")]);
            writeln!(product, "name = \"{field}\"\ntype = \"usage_based\"").unwrap();
        }
        let mut one = One::subscriber(&format!("{vendor}{product}"));
        one.pay("10", "USD", "2024-01-01");
        let event = one.event("request", "2024-01-02", &[("input", "1000"), ("output", "500")]);
        let charged = event.fees.iter().map(|fee| fee.amount).sum::<Units>();
        let charged = one.engine.reporting_currency().format(charged);
        format!("{} charged {charged}", told_cost(&one))
    });
}
