//! What `report profit` says below its figures, as a table and as a page.

use crate::render::{counted, either};
use crate::report::Refused;
use crate::report::profit::ProfitReport;

/// What the figures leave out, and where to look for the reasons.
pub(super) fn remarks(report: &ProfitReport) -> Vec<String> {
    let total = &report.total;
    let mut notes = Vec::new();
    if total.denied > 0 {
        let cost = report.currency.precise(total.denied_cost).shown();
        let denied = format!("{} {}", counted(total.denied, "event"), either(&total.denied, "was", "were"));
        let code = &report.currency.code;
        notes.push(match report.refused {
            Refused::Avoided => format!(
                "{denied} denied: not served, so the would-be cost ({cost} {code}) is not counted, as --refused incurred \
                 does; `drawdown report usage` says why"
            ),
            Refused::Incurred => format!(
                "{denied} denied, and the would-be cost ({cost} {code}) is counted; `drawdown report usage` says why"
            ),
        });
    }
    if total.unpriced > 0 {
        let was = either(&total.unpriced, "it was", "they were");
        let its = either(&total.unpriced, "its", "their");
        let which = match (total.unpriced, total.events) {
            (1, 1) => "the only event".to_owned(),
            (unpriced, events) => format!("{unpriced} of {events} events"),
        };
        notes.push(format!(
            "{which} earned nothing: {was} unpriced, though {its} cost counts; `drawdown report usage` says why"
        ));
    }
    notes
}
