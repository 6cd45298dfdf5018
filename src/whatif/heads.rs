//! What scenarios are called side by side.

use super::comparison::{Comparison, Scenario};
use super::varied::Varied;
use crate::scenario::Vary;

impl Comparison {
    /// Notes that the last scenarios are those of these values.
    pub fn vary(&mut self, varies: &[Vary]) {
        self.varied = Varied::new(varies).filter(|varied| varied.values.len() <= self.scenarios.len());
    }

    /// The scenarios that differ by the values of some numbers, each with its values.
    pub fn with_values(&self) -> impl Iterator<Item = (&Scenario, &str)> {
        let values = self.varied.iter().flat_map(|varied| &varied.values);
        let first = self.scenarios.len() - values.clone().count();
        self.scenarios[first..].iter().zip(values.map(String::as_str))
    }

    /// Whether scenarios are told apart by their values where what these are of is said: no other one is called so.
    pub fn is_told_by_values(&self) -> bool {
        let Some(varied) = &self.varied else { return false };
        let others = self.all().take(1 + self.scenarios.len() - varied.values.len());
        !others.into_iter().any(|own| varied.values.contains(&own.name))
    }

    /// What the base and the scenarios are called side by side: by their names, or by their values.
    pub fn heads(&self) -> Vec<&str> {
        let mut heads: Vec<&str> = self.all().map(|own| own.name.as_str()).collect();
        if self.is_told_by_values() {
            let first = heads.len() - self.with_values().count();
            heads.splice(first.., self.with_values().map(|(_, value)| value));
        }
        heads
    }
}
