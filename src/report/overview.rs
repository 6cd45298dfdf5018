//! Profit seen from all sides at once, for a page that shows them together.

use super::profit::{Figures, ProfitReport, Row, profit};
use super::query::Query;
use crate::ledger::{Ledger, LedgerError};
use crate::time::{Instant, Interval, Unit};
use foldhash::HashMap;

/// The same money by customer, by product and over time.
#[derive(Debug, Clone)]
pub struct Overview {
    /// Profit by customer.
    pub customers: ProfitReport,
    /// Profit by product.
    pub products: ProfitReport,
    /// By the keys of the query, when these are other than a single customer or product.
    pub asked: Option<ProfitReport>,
    /// Profit by day, month or year.
    pub periods: Periods,
}

/// Figures over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Periods {
    /// How long each period is: a day, a month or a year.
    pub unit: Unit,
    /// Every period from the first to the last that has something, in their order; what lies between is there though
    /// it may be empty.
    pub rows: Vec<Period>,
}

/// A day, a month or a year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// As reports name it: `2026-07-14`, `2026-07`, `2026`.
    pub name: String,
    /// The figures of the period.
    pub figures: Figures,
}

/// Asks for everything, of one state of the ledger.
///
/// # Errors
/// As [`profit`].
pub fn overview(ledger: &Ledger, query: &Query) -> Result<Overview, LedgerError> {
    let by = |keys: &[&str]| {
        let by = keys.iter().map(|key| (*key).to_owned()).collect();
        profit(ledger, &Query { by, ..query.clone() })
    };
    ledger.read(|ledger| {
        let asked = match query.by.as_slice() {
            [] => None,
            [key] if key == "customer" || key == "product" => None,
            _ => Some(profit(ledger, query)?),
        };
        Ok(Overview {
            asked,
            customers: by(&["customer"])?,
            products: by(&["product"])?,
            periods: Periods::of_days(&by(&["day"])?.rows)?,
        })
    })
}

/// So many days, or months, are told one by one.
const MOST: usize = 62;

impl Periods {
    /// Days as they are when they are few, else summed to months, else to years.
    ///
    /// # Errors
    /// When the figures are of no day.
    fn of_days(days: &[Row<Figures>]) -> Result<Self, LedgerError> {
        let days = days.iter().map(|row| Ok((day_of(row)?, row.figures)));
        let days: Vec<(Instant, Figures)> = days.collect::<Result<_, LedgerError>>()?;
        let at = || days.iter().map(|(day, _)| *day);
        let (Some(first), Some(last)) = (at().min(), at().max()) else {
            return Ok(Self { unit: Unit::Day, rows: Vec::new() });
        };
        let few = |unit: &Unit| starts(*unit, first, last).nth(MOST).is_none();
        let unit = [Unit::Day, Unit::Month].into_iter().find(few).unwrap_or(Unit::Year);
        let mut rows: Vec<Period> = starts(unit, first, last)
            .map(|start| Period { name: name(unit, &start.date()).to_owned(), figures: Figures::default() })
            .collect();
        let numbers: HashMap<String, usize> = rows.iter().map(|row| row.name.clone()).zip(0..).collect();
        for (day, figures) in days {
            rows[numbers[name(unit, &day.date())]].figures += figures;
        }
        Ok(Self { unit, rows })
    }
}

/// The day that a row is of.
fn day_of(row: &Row<Figures>) -> Result<Instant, LedgerError> {
    let day = row.keys.first().and_then(Option::as_deref);
    let at = day.and_then(|day| Instant::parse_argument(day).ok());
    at.ok_or_else(|| LedgerError::Damaged(format!("events are of the day {:?}, which is none", day.unwrap_or("?"))))
}

/// The starts of all periods from that of `first` to that of `last`.
fn starts(unit: Unit, first: Instant, last: Instant) -> impl Iterator<Item = Instant> {
    let (start, interval) = (first.start_of(unit), Interval { unit, count: 1 });
    (0..).map(move |n| interval.nth(start, n)).take_while(move |start| *start <= last)
}

/// The period that a day is in: the part of its date that all its days share.
fn name(unit: Unit, day: &str) -> &str {
    let length = match unit {
        Unit::Month => "2026-07".len(),
        Unit::Year => "2026".len(),
        _ => day.len(),
    };
    day.get(..length).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Total;

    fn periods(days: &[(&str, i128)]) -> (Unit, Vec<(String, i128)>) {
        let row = |(day, cost): &(&str, i128)| Row {
            keys: vec![Some((*day).to_owned())],
            figures: Figures { cost: Total::from_count(*cost), ..Figures::default() },
        };
        let Periods { unit, rows } = Periods::of_days(&days.iter().map(row).collect::<Vec<_>>()).unwrap();
        (unit, rows.into_iter().map(|row| (row.name, row.figures.cost.count())).collect())
    }

    #[test]
    fn days_without_anything_are_there() {
        assert_eq!(periods(&[]), (Unit::Day, Vec::new()));
        let (unit, rows) = periods(&[("2026-02-27", 1), ("2026-03-01", 2)]);
        let named = |(name, cost): (&str, i128)| (name.to_owned(), cost);
        assert_eq!(
            (unit, rows),
            (Unit::Day, [("2026-02-27", 1), ("2026-02-28", 0), ("2026-03-01", 2)].map(named).into())
        );
    }

    #[test]
    fn figures_of_no_day_are_damage() {
        for day in [None, Some("2026-02-30"), Some("")] {
            let row = |day: Option<&str>| Row { keys: vec![day.map(str::to_owned)], figures: Figures::default() };
            let days = [row(Some("2026-02-27")), row(day), row(Some("2026-03-01"))];
            assert!(matches!(Periods::of_days(&days), Err(LedgerError::Damaged(_))), "{day:?}");
        }
    }

    #[test]
    fn many_days_are_months_and_many_months_are_years() {
        let (unit, rows) = periods(&[("2026-07-01", 1), ("2026-08-31", 2)]);
        assert_eq!((unit, rows.len()), (Unit::Day, 62));
        let (unit, rows) = periods(&[("2026-07-01", 1), ("2026-07-31", 2), ("2026-09-01", 4)]);
        let months = [("2026-07", 3), ("2026-08", 0), ("2026-09", 4)];
        assert_eq!((unit, rows), (Unit::Month, months.map(|(name, cost)| (name.to_owned(), cost)).into()));
        let (unit, rows) = periods(&[("2020-01-31", 1), ("2025-02-28", 2), ("2025-03-01", 4)]);
        assert_eq!((unit, rows.len(), &rows[5]), (Unit::Year, 6, &("2025".to_owned(), 6)));
        let (unit, rows) = periods(&[("1970-01-01", 1), ("2199-12-31", 2)]);
        assert_eq!((unit, rows.len()), (Unit::Year, 230));
    }
}
