//! A ledger's own history under other terms.

use super::comparison::{Comparison, Inputs, LeftOut, Outcome};
use super::funding::{Funding, charged};
use super::observer::Observer;
use super::options::{Moves, Options};
use super::readers::{Reader, readers};
use super::stage::{StageError, check_moves};
use crate::billing::Engine;
use crate::catalog::{Catalog, Product, Terms};
use crate::ledger::{
    LatestTerms, Ledger, LedgerError, NewScenario, Rerun, RerunEnd, ScenarioTerms, Since, TermsError, Witness,
    side_by_side,
};
use crate::money::Book;
use crate::report::Names;
use crate::scenario::{Applied, Changed};
use crate::time::Instant;
use crate::wallet::Declines;
use std::any::Any;
use std::collections::BTreeSet;

/// What a ledger's history is billed under.
#[derive(Debug, Clone)]
pub enum Under {
    /// Another catalog, whose terms then hold for all versions.
    Catalog(Box<Catalog>),
    /// Everything that was applied, with other numbers.
    Changed(Changed),
}

/// A scenario of a ledger's history.
#[derive(Debug, Clone)]
pub struct Past {
    /// What the scenario is called.
    pub name: String,
    /// Where its terms come from, as the user named it.
    pub from: String,
    /// Its terms; `None` for those that were applied.
    pub under: Option<Under>,
}

/// What the history is billed under, with who pays when a wallet runs dry.
struct Funded {
    name: String,
    under: Under,
    moves: Moves,
    funding: Funding,
    declines: Option<Declines>,
    since: Option<Since>,
    /// The assets that products take from wallets.
    charged: BTreeSet<String>,
}

impl ScenarioTerms for Funded {
    fn terms(&self, applied: &Terms) -> Result<Terms, TermsError> {
        let mut terms = self.unfunded(applied)?;
        let mut known = known(&terms, &self.charged);
        if self.funding == Funding::AsNeeded(None) {
            // Without a rule it was not charged yet, which has been checked.
            known.retain(|asset| terms.auto_topups.iter().any(|rule| rule.asset == *asset));
        }
        let unfunded = |error| TermsError::Unfunded { scenario: self.name.clone(), why: Box::new(error) };
        self.funding.fund(&mut terms, known).map_err(unfunded)?;
        Ok(terms)
    }

    fn product(&self, version: &Product) -> Result<Product, TermsError> {
        match &self.under {
            Under::Changed(changed) => ScenarioTerms::product(changed, version),
            Under::Catalog(catalog) => {
                let own = product_of(catalog, &version.code, &self.moves);
                let lost = || TermsError::NoProduct { scenario: self.name.clone(), product: version.code.clone() };
                own.cloned().ok_or_else(lost)
            }
        }
    }

    fn reader(&self, event_type: &str, field: &str) -> String {
        let of_scenario = || format!("the scenario {:?}", self.name);
        let Under::Catalog(catalog) = &self.under else { return of_scenario() };
        let own = |reader: &Reader<'_>| (reader.event_type, reader.field) == (event_type, field);
        readers(&self.name, catalog).find(own).map_or_else(of_scenario, |reader| reader.who)
    }

    fn pays_what_is_missing(&self) -> bool {
        self.funding == Funding::Unlimited
    }

    fn declines(&self) -> Option<Declines> {
        self.declines
    }

    fn since(&self) -> Option<Since> {
        self.since
    }

    fn has_own_rules(&self) -> bool {
        matches!(self.funding, Funding::AsNeeded(_))
    }
}

impl Funded {
    fn unfunded(&self, applied: &Terms) -> Result<Terms, TermsError> {
        match &self.under {
            Under::Catalog(catalog) => ScenarioTerms::terms(catalog.as_ref(), applied),
            Under::Changed(changed) => ScenarioTerms::terms(changed, applied),
        }
    }
}

/// The charged assets that terms have: others may have been added later.
fn known(terms: &Terms, charged: &BTreeSet<String>) -> BTreeSet<String> {
    let book = book(terms);
    charged.iter().filter(|asset| book.asset(asset).is_ok()).cloned().collect()
}

/// The product that replaces one of the ledger's.
fn product_of<'c>(catalog: &'c Catalog, code: &str, moves: &Moves) -> Option<&'c Product> {
    let find = |code: &str| catalog.products.iter().find(|own| own.code == code);
    moves.get(code).and_then(|moved| find(moved)).or_else(|| find(code))
}

/// Bills a ledger's own history again, as it was billed and in scenarios, and compares the results. Nothing is written.
/// `on_read` gets the number of events so far.
///
/// # Errors
/// When there is nothing to compare, when the history does not come out as it is recorded, or when a scenario can't be billed.
pub fn compare_history(
    ledger: &Ledger,
    base: Past,
    scenarios: Vec<Past>,
    options: &Options,
    on_read: impl FnMut(u64),
) -> Result<Comparison, StageError> {
    if scenarios.is_empty() {
        return Err(StageError::Nothing);
    }
    // Others may write meanwhile: all of it is read as it is now.
    ledger
        .read(|ledger| Ok(History { ledger, options, applied: ledger.applied()? }.compare(base, scenarios, on_read)))?
}

/// The history that is billed again.
struct History<'l> {
    ledger: &'l Ledger,
    options: &'l Options,
    applied: Vec<Applied>,
}

impl History<'_> {
    fn since(&self) -> Option<Since> {
        let Options { since, only_new, .. } = self.options;
        since.map(|at| Since { at, only_new: *only_new })
    }

    fn compare(&self, base: Past, scenarios: Vec<Past>, on_read: impl FnMut(u64)) -> Result<Comparison, StageError> {
        let customers = self.ledger.customers()?;
        if customers.is_empty() && !self.applied.is_empty() {
            return Err(StageError::NoHistory);
        }
        let horizon = self.ledger.horizon()?;
        if let Some(since) = self.options.since.filter(|since| *since > horizon) {
            return Err(StageError::TooLate(since, horizon));
        }
        self.check_moves(&base, &scenarios)?;
        // The first is always the ledger as it was billed; others are compared with it unless there is another base.
        let Options { funding, declines, .. } = self.options;
        let is_recorded = base.under.is_none() && *funding == Funding::Recorded && declines.is_none();
        let compared_with = usize::from(!is_recorded);
        let all: Vec<Past> = std::iter::once(base).chain(scenarios).collect();
        let named: Vec<(String, String)> = all.iter().map(|past| (past.name.clone(), past.from.clone())).collect();
        let mut terms: Vec<Box<dyn ScenarioTerms>> = Vec::new();
        for (place, past) in all.into_iter().enumerate().skip(1 - compared_with) {
            let since = self.since().filter(|_| place > 0);
            terms.push(Box::new(self.funded(past, since)?));
        }
        let LatestTerms { engines, vendors } = self.ledger.latest_terms(&terms, compared_with)?;
        let mut witnesses = self.witnesses(&engines)?.into_iter();
        let first = witnesses.next().ok_or(LedgerError::NothingApplied)?;
        let new = terms.into_iter().zip(witnesses).map(|(terms, witness)| NewScenario { terms, witness }).collect();
        let mut ends = match self.ledger.rerun(first, new, compared_with, on_read)? {
            Rerun::Same(ends) => ends,
            Rerun::Differs(difference) => return Err(StageError::Differs(difference)),
        };
        ends.drain(..compared_with);
        let names = Names {
            customers: customers.into_iter().map(|own| (own.id, own.external_id)).collect(),
            vendors: vendors.into_iter().collect(),
        };
        self.answer(named, ends, &names)
    }

    /// Whether there are the products that `--move` names.
    fn check_moves(&self, base: &Past, scenarios: &[Past]) -> Result<(), StageError> {
        let codes = |all: &[Product]| all.iter().map(|product| product.code.clone()).collect::<BTreeSet<_>>();
        let applied: BTreeSet<String> = self.applied.iter().flat_map(|applied| codes(&applied.products)).collect();
        let has = |past: &Past| match &past.under {
            Some(Under::Catalog(catalog)) => codes(&catalog.products),
            _ => applied.clone(),
        };
        check_moves(&self.options.moves, &applied, || std::iter::once(base).chain(scenarios).flat_map(has).collect())
    }

    /// A scenario's terms, checked.
    fn funded(&self, past: Past, since: Option<Since>) -> Result<Funded, StageError> {
        let Past { name, under, .. } = past;
        let under = match under {
            Some(under) => under,
            None => Under::Changed(Changed::new(&[], self.applied.clone())?),
        };
        let Options { moves, funding, declines, .. } = self.options;
        let (moves, declines, charged) = (moves.clone(), *declines, BTreeSet::new());
        let mut own = Funded { name, under, moves, funding: Funding::Recorded, declines, since, charged };
        self.check(&own)?;
        own.charged = self.check_funds(&own)?;
        own.funding = funding.clone();
        Ok(own)
    }

    /// The assets that a scenario's products take from wallets, which can be paid in as soon as there is such a product.
    fn check_funds(&self, own: &Funded) -> Result<BTreeSet<String>, StageError> {
        let (held, mut all) = (self.ledger.products_held()?, BTreeSet::new());
        for applied in &self.applied {
            for product in applied.products.iter().filter(|product| held.contains(&product.code)) {
                all.extend(charged(&own.product(product).map_err(LedgerError::from)?));
            }
            let mut terms = own.unfunded(&applied.terms).map_err(LedgerError::from)?;
            let known = known(&terms, &all);
            let funded = self.options.funding.fund(&mut terms, known);
            funded.map_err(|error| StageError::Fund { scenario: own.name.clone(), error })?;
        }
        Ok(all)
    }

    /// Checks that the ledger's customers can be billed under a scenario.
    fn check(&self, own: &Funded) -> Result<(), StageError> {
        let (scenario, held) = (own.name.clone(), self.ledger.products_held()?);
        if let Under::Catalog(catalog) = &own.under
            && let Some(product) = held.iter().find(|code| product_of(catalog, code, &own.moves).is_none()).cloned()
        {
            let known = catalog.products.iter().map(|product| product.code.clone()).collect();
            let subscribers = Some(self.ledger.subscribers(&product)?);
            return Err(StageError::NoProduct { scenario, product, subscribers, known });
        }
        let mut counted = self.ledger.published()?.map(|published| published.asset_balances).unwrap_or_default();
        if own.since.is_some() {
            // What was subscribed to before goes on, or is changed.
            let products = self.applied.iter().flat_map(|applied| &applied.products);
            let held = products.filter(|product| held.contains(&product.code));
            counted.extend(held.flat_map(|product| product.assets().map(str::to_owned).collect::<Vec<_>>()));
        }
        for applied in &self.applied {
            let terms = own.unfunded(&applied.terms).map_err(LedgerError::from)?;
            if let (before, after) = (&applied.terms.reporting_currency, &terms.reporting_currency)
                && before != after
            {
                return Err(StageError::Currency { scenario, own: after.clone(), base: before.clone() });
            }
            if let Some(asset) = lost(&applied.terms, &terms, &counted) {
                let is_other = book(&terms).asset(&asset).is_ok();
                let holders = Some(self.ledger.holders(&asset)?);
                return Err(StageError::NoAsset { scenario, asset, is_other, holders });
            }
        }
        Ok(())
    }

    /// An observer for each engine.
    fn witnesses(&self, engines: &[Engine]) -> Result<Vec<Box<dyn Witness>>, LedgerError> {
        let priced = engines.iter().flat_map(|engine| engine.vocabulary().into_values());
        let mut dimensions: BTreeSet<String> = priced.flat_map(|interest| interest.dimensions).collect();
        let shapes = self.ledger.shapes()?;
        dimensions.extend(shapes.iter().flat_map(|(_, shape)| shape.dimensions.iter().map(|(name, _)| name.clone())));
        let observer = |engine| -> Result<Box<dyn Witness>, LedgerError> {
            Ok(Box::new(Observer::new(engine, self.options, &dimensions)?))
        };
        engines.iter().map(observer).collect()
    }

    fn answer(
        &self,
        named: Vec<(String, String)>,
        ends: Vec<RerunEnd>,
        names: &Names,
    ) -> Result<Comparison, StageError> {
        let counts = ends.first().map(|end| end.counts).unwrap_or_default();
        let inputs = Inputs {
            logs: Vec::new(),
            events: counts.charged + counts.denied + counts.unpriced,
            horizon: self.ledger.horizon()?,
            funding: self.options.funding.clone(),
            refused: self.options.refused,
            since: self.options.since,
            only_new: self.options.only_new,
            declines: self.options.declines,
        };
        let horizon = inputs.horizon;
        let ended = named.into_iter().zip(ends).collect();
        let mut outcomes = side_by_side(ended, |(name, end)| outcome(name, end, horizon, names)).into_iter();
        let base = outcomes.next().ok_or(LedgerError::NothingApplied)??;
        let others = outcomes.collect::<Result<_, LedgerError>>()?;
        Ok(Comparison { base_matches: Some(true), ..Comparison::new(inputs, base, others, names) })
    }
}

fn book(terms: &Terms) -> Book {
    Book::new(terms.reporting_currency.clone(), terms.assets.clone())
}

/// An asset that customers may hold and that the scenario counts in another way, or not at all.
fn lost(before: &Terms, after: &Terms, counted: &BTreeSet<String>) -> Option<String> {
    let (before, after) = (book(before), book(after));
    let told = |book: &Book, asset: &str| book.asset(asset).ok().map(|asset| (asset.precision, asset.rounding));
    counted.iter().find(|asset| told(&before, asset).is_some_and(|own| told(&after, asset) != Some(own))).cloned()
}

/// The result of a scenario.
fn outcome(
    (name, from): (String, String),
    end: RerunEnd,
    horizon: Instant,
    names: &Names,
) -> Result<Outcome, LedgerError> {
    let RerunEnd { witness, engine, before, left_out, otherwise, .. } = end;
    let witness: Box<dyn Any> = witness;
    let observer = witness.downcast::<Observer>().expect("every history was given an observer");
    let before = before.as_ref();
    let engine_at = |at: Instant| before.filter(|(since, _)| at < *since).map_or(&engine, |(_, before)| before);
    let observed = observer.finish(engine_at, horizon, names)?;
    let left_out = left_out.into_iter().map(|left| {
        Ok(LeftOut {
            customer: names.customer(left.customer)?.to_owned(),
            step: left.step,
            reason: left.reason.to_string(),
        })
    });
    let left_out = left_out.collect::<Result<_, LedgerError>>()?;
    Ok(Outcome { name, from, observed, otherwise, left_out })
}
