//! A solution in words, as a table for people, and as rows for a spreadsheet.

use super::tables::assumed;
use crate::money::{Asset, Percent};
use crate::render::margin::{share_in_percent, share_in_tenths};
use crate::render::table::{Cell, Column, Table};
use crate::render::view::View;
use crate::render::words::{counted, either};
use crate::whatif::{Measure, Point, Solution, Told};
use std::ops::RangeInclusive;

/// The answer, what is beside it, and the whole curve.
pub fn solution_view(solution: &Solution) -> View {
    let mut view = View::new();
    match solution.answer() {
        Some(place) => {
            let answer = &solution.curve[place];
            view = view.line(format!("{}: {}.", found(solution, answer), told(solution, answer, |_| true)));
            view = view.line(beneath(solution));
            let others = [crossings(solution), plateau(solution, place), left_out(answer)];
            view = others.into_iter().flatten().fold(view, View::line);
        }
        None => {
            view = view.line(no_solution(solution));
            view = plateau(solution, 0).into_iter().fold(view, View::line);
        }
    }
    view.line(assumed(&solution.comparison)).line("").table(curve(solution))
}

fn found(solution: &Solution, answer: &Point) -> String {
    let of = match solution.curve.len() {
        1 => "meets".to_owned(),
        tried => format!("is the least of {tried} values that meets"),
    };
    format!("{}={} {of} {}", solution.path, answer.value, targets(solution))
}

/// That no value meets all targets, and which comes closest.
pub fn no_solution(solution: &Solution) -> String {
    let tried = match solution.curve.len() {
        1 => "The value that was tried does not meet".to_owned(),
        tried => format!("None of {tried} values meets"),
    };
    let closest = solution.closest().map_or_else(String::new, |point| {
        format!(" {}={} comes closest: {}.", solution.path, point.value, told(solution, point, |_| true))
    });
    format!("{tried} {}.{closest}", targets(solution))
}

fn targets(solution: &Solution) -> String {
    solution.targets.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}

/// Some of what a value comes to: `revenue 12.00, margin 60.0%`.
fn told(solution: &Solution, point: &Point, is_wanted: impl Fn(Measure) -> bool) -> String {
    let currency = &solution.comparison.currency;
    let pairs = solution.measures().into_iter().zip(&point.figures).filter(|(measure, _)| is_wanted(*measure));
    let told = pairs.map(|(measure, told)| {
        let name = measure.name().replace("_percent", "").replace('_', " ");
        let told = told.map_or_else(|| "none".to_owned(), |told| in_words(currency, told, measure.is_change));
        format!("{name} {told}")
    });
    told.collect::<Vec<_>>().join(", ")
}

fn in_words(currency: &Asset, told: Told, is_change: bool) -> String {
    let (text, is_more) = match told {
        Told::Count(count) => (count.to_string(), count > 0),
        Told::Money(amount) => (currency.precise(amount).to_string(), amount.is_positive()),
        Told::Share(share) => (share_in_percent(share), share.thousandths() > 0),
        Told::Percent(Percent(share)) => (share_in_percent(share), share.ten_thousandths() > 0),
    };
    if is_change && is_more { format!("+{text}") } else { text }
}

/// What the value before the answer misses.
fn beneath(solution: &Solution) -> String {
    let Some(below) = solution.below() else {
        return "It is the least value that was tried, so smaller ones may do as well.".to_owned();
    };
    let missed: Vec<_> = solution.targets.iter().zip(&below.met).filter(|(_, met)| !**met).collect();
    let is_missed = |measure: Measure| missed.iter().any(|(target, _)| measure.is_of(target));
    format!("The value before it, {}, does not: {}.", below.value, told(solution, below, is_missed))
}

/// What the answer refuses beside events.
fn left_out(answer: &Point) -> Option<String> {
    match answer.scenario.left_out.len() {
        0 => None,
        count => {
            let (commands, are) = (counted(count, "command"), either(&count, "is", "are"));
            Some(format!("Under it, {commands} would be refused and {are} left out."))
        }
    }
}

/// Where the targets are met, if not everywhere from the answer on.
fn crossings(solution: &Solution) -> Option<String> {
    let met = solution.met();
    if let [only] = &met[..]
        && only.end() + 1 == solution.curve.len()
    {
        return None;
    }
    let value = |place: &usize| &solution.curve[*place].value;
    let stretch = |range: &RangeInclusive<usize>| match range.start() == range.end() {
        true => format!("at {}", value(range.start())),
        false => format!("from {} to {}", value(range.start()), value(range.end())),
    };
    let stretches: Vec<String> = met.iter().map(stretch).collect();
    Some(format!("Not every greater value does: the targets are met {}.", stretches.join(" and ")))
}

/// Which values come to the same as the one at this place, or that all do.
fn plateau(solution: &Solution, place: usize) -> Option<String> {
    let (tried, steps) = (solution.curve.len(), solution.steps());
    if steps == tried {
        return None;
    }
    if steps == 1 {
        return Some(format!("All {tried} values come to the same: {} changes nothing here.", solution.path));
    }
    let last = solution.same_until(place);
    let value = |place: usize| &solution.curve[place].value;
    let same = match solution.answer() {
        Some(_) if last > place => format!("; the answer's is {} to {}", value(place), value(last)),
        _ => String::new(),
    };
    Some(format!("The {tried} values make {steps} steps, within which nothing changes{same}."))
}

fn headers(solution: &Solution, share: &str) -> Vec<Column> {
    let name = |measure: Measure| match measure.name() {
        name if measure.is_percent && !share.is_empty() => Column::number(name.replace("_percent", share)),
        name if measure.is_share() => Column::number(name + share),
        name => Column::number(name),
    };
    solution.measures().into_iter().map(name).collect()
}

fn curve(solution: &Solution) -> Table {
    let currency = &solution.comparison.currency;
    let titles = headers(solution, ", %");
    let mut table = Table::new([vec![Column::number("value")], titles, vec![Column::text("targets")]].concat());
    let answer = solution.answer();
    let closest = solution.closest().filter(|_| answer.is_none()).map(|point| &point.value);
    for (place, point) in solution.curve.iter().enumerate() {
        let cell = |told: &Option<Told>| match *told {
            None => Cell::Empty,
            Some(Told::Count(count)) => Cell::Count(count),
            Some(Told::Money(amount)) => currency.precise(amount).into(),
            Some(Told::Share(share) | Told::Percent(Percent(share))) => share_in_tenths(share).into(),
        };
        let targets = match answer {
            Some(answer) if answer == place => "answer",
            _ if point.is_met() => "met",
            _ if closest == Some(&point.value) => "closest",
            _ => "",
        };
        let figures = point.figures.iter().map(cell);
        table.row([Cell::from(point.value.to_string())].into_iter().chain(figures).chain([targets.into()]));
    }
    table
}

/// A row for each value, as a spreadsheet wants them.
pub fn solution_rows(solution: &Solution) -> Table {
    let currency = &solution.comparison.currency;
    let last = ["meets", "currency"].map(Column::text).to_vec();
    let mut table = Table::new([vec![Column::number("value")], headers(solution, ""), last].concat());
    for point in &solution.curve {
        let cell = |told: &Option<Told>| match *told {
            None => Cell::Empty,
            Some(Told::Count(count)) => Cell::Count(count),
            Some(Told::Money(amount)) => currency.precise(amount).into(),
            Some(Told::Share(share)) => share.to_string().into(),
            Some(Told::Percent(percent)) => percent.to_string().into(),
        };
        let end = [Cell::from(point.is_met().to_string()), (&currency.code).into()];
        let figures = point.figures.iter().map(cell);
        table.row([Cell::from(point.value.to_string())].into_iter().chain(figures).chain(end));
    }
    table
}
