//! A catalog's own examples, which `test` runs and `check` looks at.

use super::trial::{Fee, Trial};
use crate::catalog::{Catalog, Code, Example, ExpectedFee, Finding, Place, Reading, SourceFile, quoted, read};
use crate::money::Book;
use crate::usage::UsageEvent;
use serde::Serialize;

/// What became of one example.
#[derive(Serialize)]
pub(super) struct Tried {
    pub name: String,
    pub ok: bool,
    expected: Vec<FeeText>,
    got: Vec<FeeText>,
    /// Why the event can't be rated at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    #[serde(flatten)]
    pub place: Place,
}

/// A fee in words.
#[derive(Serialize)]
struct FeeText {
    price: String,
    asset: String,
    amount: String,
}

/// Everything that is wrong with a catalog, its own examples included.
pub(super) fn findings(sources: &[SourceFile]) -> Vec<Finding> {
    let Reading { catalog, mut findings } = read(sources);
    if let Some(catalog) = catalog {
        let failed = try_all(&catalog).into_iter().filter(|tried| !tried.ok);
        findings.extend(failed.map(|tried| tried.finding(sources)));
    }
    findings
}

/// Rates the event of every example of a catalog.
pub(super) fn try_all(catalog: &Catalog) -> Vec<Tried> {
    let mut trial = Trial::new(catalog);
    catalog.examples.iter().map(|example| try_one(example, catalog, &mut trial)).collect()
}

fn try_one<'c>(example: &'c Example, catalog: &'c Catalog, trial: &mut Trial<'c>) -> Tried {
    let event = UsageEvent {
        id: "example".to_owned(),
        customer: "example".to_owned(),
        event_type: example.event_type.clone(),
        occurred_at: example.occurred_at,
        subject: None,
        data: example.data.clone(),
        costs: Vec::new(),
    };
    let product = catalog.products.iter().find(|product| product.code == example.product);
    let owed = match product {
        Some(product) => trial.owed(product, &event).map(|owed| owed.fees).map_err(|error| error.to_string()),
        None => Err(format!("there is no product {}", example.product)),
    };
    let (fees, problem) = match owed {
        Ok(fees) => (fees, None),
        Err(problem) => (Vec::new(), Some(problem)),
    };
    Tried {
        name: example.name.clone(),
        ok: problem.is_none() && holds(&example.expect, &fees),
        expected: example.expect.iter().map(|expected| expected_text(expected, &trial.engine.book)).collect(),
        got: fees.iter().map(got_text).collect(),
        problem,
        place: example.place.clone(),
    }
}

/// Whether the fees are those expected, in any order. A fee goes by its price's name, or by its row's own.
fn holds(expected: &[ExpectedFee], fees: &[Fee<'_>]) -> bool {
    let mut left: Vec<&Fee<'_>> = fees.iter().collect();
    let mut take = |expected: &&ExpectedFee, by_row: bool| {
        let found = left.iter().position(|fee| {
            let name = if by_row { fee.row.name.as_ref() } else { Some(&fee.price.name) };
            name == Some(&expected.price)
                && (&fee.asset.code, fee.amount) == (&expected.amount.asset, expected.amount.units)
        });
        found.map(|index| left.swap_remove(index)).is_some()
    };
    let by_row: Vec<&ExpectedFee> = expected.iter().filter(|expected| !take(expected, false)).collect();
    by_row.iter().all(|expected| take(expected, true)) && left.is_empty()
}

fn expected_text(expected: &ExpectedFee, book: &Book) -> FeeText {
    let money = &expected.amount;
    let amount = book.asset(&money.asset).map_or_else(|_| money.units.to_string(), |asset| asset.format(money.units));
    FeeText { price: expected.price.clone(), asset: money.asset.clone(), amount }
}

fn got_text(fee: &Fee<'_>) -> FeeText {
    let amount = fee.asset.format(fee.amount);
    FeeText { price: fee.price.name.clone(), asset: fee.asset.code.clone(), amount }
}

impl Tried {
    /// The finding that an example which does not hold is.
    pub fn finding(&self, sources: &[SourceFile]) -> Finding {
        let (expected, got) = self.difference();
        let message = format!("the example {} does not hold: expected {expected}, got {got}", quoted(&self.name));
        let mut finding = Finding::new(Code::ExampleFails, message, self.place.clone());
        finding.help = Some("change the price, or what the example expects".to_owned());
        let (file, line) = (&self.place.file, self.place.line);
        let text = sources.iter().find(|source| source.name == *file).map_or("", |source| source.text.as_str());
        let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let header = text[start..].lines().next().unwrap_or_default();
        finding.span = start..start + header.len();
        finding.end = (line, header.chars().count() + 1);
        finding
    }

    /// Expected and got, in words; for an example that does not hold.
    pub fn difference(&self) -> (String, String) {
        let list = |fees: &[FeeText]| {
            let fees = fees.iter().map(|fee| format!("{} {} {}", fee.price, fee.amount, fee.asset));
            let list = fees.collect::<Vec<_>>().join(", ");
            if list.is_empty() { "no fee".to_owned() } else { list }
        };
        (list(&self.expected), self.problem.clone().unwrap_or_else(|| list(&self.got)))
    }
}
