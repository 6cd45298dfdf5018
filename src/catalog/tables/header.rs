//! `[catalog]`: what holds for the whole catalog.

use super::context::not_a_currency;
use crate::catalog::codes::Code;
use crate::catalog::fields::Fields;
use crate::catalog::finding::{Findings, Spot};
use crate::catalog::keys::{Key, Kind, Table, Usual};
use crate::catalog::written::WrittenTable;
use crate::money::currency_minor_digits;

/// The name of a catalog that gives none.
const UNNAMED: &str = "catalog";

const NAME: Key = Key::new("name", Kind::Text, "The catalog's name.").by_default(Usual::Text(UNNAMED)).is_name();
const REPORTING_CURRENCY: Key = Key::new(
    "reporting_currency",
    Kind::Code,
    "The ISO 4217 currency that revenue, cost and profit are reported in, such as USD.",
)
.needed()
.note("of revenue, cost and profit");

/// `[catalog]`.
pub static CATALOG: Table = Table::new("catalog", &[&[NAME, REPORTING_CURRENCY]]);

/// The name and the reporting currency.
pub(in crate::catalog) fn header(table: Option<Fields<'_>>, findings: &mut Findings) -> (String, String) {
    let Some(mut table) = table else {
        if !findings.has_syntax_errors() {
            let spot = Spot { file: 0, start: 0, end: 0 };
            let finding = findings.add(Code::MissingKey, spot, "the table [catalog] is missing");
            finding.help("add [catalog] with `reporting_currency = \"USD\"` to one of the files");
        }
        return (UNNAMED.into(), "USD".into());
    };
    let name = table.name(&NAME, findings).unwrap_or_else(|| UNNAMED.into());
    let currency = table.get(&REPORTING_CURRENCY, findings).and_then(|node| {
        let code = node.code(findings)?;
        currency_minor_digits(&code).map(|_| code.clone()).or_else(|| {
            not_a_currency(&code, node.spot, findings);
            None
        })
    });
    table.finish(findings);
    (name, currency.unwrap_or_else(|| "USD".into()))
}

/// The table that the reporting currency is read from.
pub(in crate::catalog) fn write_header(reporting_currency: &str) -> WrittenTable {
    WrittenTable::new(&CATALOG).with(&REPORTING_CURRENCY, reporting_currency)
}
