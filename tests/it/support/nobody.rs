//! A witness of a what-if who keeps nothing.

use drawdown::billing::{DenialReason, Engine, EventFact, Facts, Life, Rollup};
use drawdown::ids::ShapeId;
use drawdown::ledger::Witness;
use drawdown::usage::Shape;

pub struct Nobody;

impl Witness for Nobody {
    fn shape(&mut self, _: ShapeId, _: &Shape) {}
    fn event(&mut self, _: &EventFact, _: Option<DenialReason>, _: &Life, _: &Engine) {}
    fn rollup(&mut self, _: &Rollup) {}
    fn facts(&mut self, _: Facts) {}
    fn end(&mut self, _: &[Life]) {}
}
