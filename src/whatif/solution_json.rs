//! A solution as scripts read it:
//! `{"path","answer","metrics":{..},"below":{..},"curve":[{"value",..,"meets","left_out"}],"runs"}`.

use super::json::JsonLeftOut;
use super::solution::{Measure, Point, Solution, Told};
use crate::money::Asset;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// What a value comes to.
struct Row<'a> {
    point: &'a Point,
    measures: &'a [Measure],
    currency: &'a Asset,
    /// Whether it says which value.
    has_value: bool,
    /// Whether it says that the targets are met, and what was left out.
    has_meets: bool,
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if self.has_value {
            map.serialize_entry("value", &self.point.value.to_string())?;
        }
        for (measure, told) in self.measures.iter().zip(&self.point.figures) {
            let name = measure.name();
            match told {
                None => map.serialize_entry(&name, &None::<&str>)?,
                Some(Told::Count(count)) => map.serialize_entry(&name, count)?,
                Some(Told::Money(amount)) => map.serialize_entry(&name, &self.currency.precise(*amount))?,
                Some(Told::Share(share)) => map.serialize_entry(&name, share)?,
                Some(Told::Percent(percent)) => map.serialize_entry(&name, percent)?,
            }
        }
        if self.has_meets {
            map.serialize_entry("meets", &self.point.is_met())?;
            map.serialize_entry("left_out", &JsonLeftOut::all(&self.point.scenario))?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct JsonSolution<'a> {
    path: String,
    answer: Option<String>,
    metrics: Option<Row<'a>>,
    below: Option<Row<'a>>,
    curve: Vec<Row<'a>>,
    runs: usize,
}

impl Serialize for Solution {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (measures, currency) = (self.measures(), &self.comparison.currency);
        let row = |has_value, has_meets| {
            let measures = &measures;
            move |point| Row { point, measures, currency, has_value, has_meets }
        };
        let answer = self.answer().map(|place| &self.curve[place]);
        let json = JsonSolution {
            path: self.path.to_string(),
            answer: answer.map(|point| point.value.to_string()),
            metrics: answer.map(row(false, false)),
            below: self.below().map(row(true, false)),
            curve: self.curve.iter().map(row(true, true)).collect(),
            runs: self.curve.len(),
        };
        json.serialize(serializer)
    }
}
