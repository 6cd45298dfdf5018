//! From a table to a mapping.

use super::columns::{Columns, time};
use super::ids;
use super::known::Known;
use super::log::Log;
use super::model::Mapping;
use super::values::Values;
use crate::catalog::codes::Code;
use crate::catalog::fields::Fields;
use crate::catalog::finding::{Findings, Spot, quoted};

/// Reads a mapping over the one that it extends.
pub(super) fn mapping(
    mut table: Fields<'_>,
    base: Mapping,
    known: Option<&Known<'_>>,
    findings: &mut Findings,
) -> Mapping {
    let mut log = Log {
        format: base.format,
        records: base.records,
        delimiter: base.delimiter,
        decimal: base.numbers.map(|format| format.decimal),
        thousands: base.numbers.and_then(|format| format.thousands),
        skip_lines: Some(base.skip_lines),
        header: base.header,
    };
    let Mapping { columns, optional, spread, constants, defaults, .. } = base;
    let mut columns = Columns { columns, optional, spread, constants, defaults };
    let Mapping { values, skip_when_empty, skip_when, drop, base_drop, keep, .. } = base;
    let mut values = Values { values, skip_when_empty, skip_when, drop, base_drop, keep, own_patterns: Vec::new() };
    log.take(&mut table, findings);
    columns.take(&mut table, known, findings);
    values.take(&mut table, findings);
    let time = time(&mut table, base.time, findings);
    let (id_node, totals_node) = (table.get(&ids::ID, findings), table.get(&ids::TOTALS, findings));
    let id = id_node.and_then(|node| ids::id(node, &mut columns, findings));
    let totals = totals_node.map_or(base.totals, |node| ids::totals(node, &columns, findings));
    let id = if id_node.is_some() { id } else { base.id };
    if id == Some(ids::MadeId::Content) {
        let spot = id_node.map_or(table.spot, |node| node.key_spot);
        check_content_ids(&columns, known, spot, findings);
    } else if let Some(node) = totals_node {
        let message = "`totals` has no effect unless ids are made from the content";
        findings.add(Code::ConflictingKeys, node.key_spot, message).help("write `id = \"content\"`, or remove it");
    }
    table.finish(findings);
    Mapping {
        numbers: log.numbers(),
        format: log.format,
        records: log.records,
        delimiter: log.delimiter,
        skip_lines: log.skip_lines.unwrap_or_default(),
        header: log.header,
        skip_when_empty: values.skip_when_empty,
        skip_when: values.skip_when,
        columns: columns.columns,
        optional: columns.optional,
        spread: columns.spread,
        constants: columns.constants,
        defaults: columns.defaults,
        values: values.values,
        drop: values.drop,
        base_drop: values.base_drop,
        keep: values.keep,
        own_patterns: values.own_patterns,
        time,
        id,
        totals,
        warnings: base.warnings,
    }
}

/// Ids that are made from the content should be made from whatever prices and costs read.
fn check_content_ids(columns: &Columns, known: Option<&Known<'_>>, spot: Spot, findings: &mut Findings) {
    let event_type = columns.constants.get("event_type").map(String::as_str);
    let unnamed = known.map(|known| known.unnamed(event_type, |field| columns.has(field))).unwrap_or_default();
    if unnamed.is_empty() {
        return;
    }
    let fields = unnamed.into_iter().map(quoted).collect::<Vec<_>>().join(", ");
    let message = format!("prices or costs read {fields}, which the content ids are not made from");
    findings
        .add(Code::UnnamedField, spot, message)
        .help("name it in `columns`: rows that differ in nothing else are told apart only by their order in a file");
}
