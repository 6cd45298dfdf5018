//! In which tables a key belongs that stands in the wrong one.

use super::keys::{Kind, Table};

/// `[[product.price]] or [mapping.NAME]`: the tables that have a key of that name, those nearest to the root first;
/// `None` when there are none, or so many that none of them is likely to be meant.
pub(super) fn home(root: &Table, key: &str) -> Option<String> {
    /// More tables would only say that the name is a common one.
    const MOST: usize = 3;
    let mut homes: Vec<String> = Vec::new();
    collect(root, "", key, &mut homes);
    homes.sort_by_key(|home| home.matches('.').count());
    homes.dedup();
    (1..=MOST).contains(&homes.len()).then(|| homes.join(" or ").trim_end_matches(',').to_owned())
}

/// Adds the header of each table below `table` that has the key.
fn collect(table: &Table, header: &str, key: &str, homes: &mut Vec<String>) {
    for own in table.keys() {
        let path = if header.is_empty() { own.name.to_owned() } else { format!("{header}.{}", own.name) };
        let (below, written) = match own.kind {
            Kind::Table(below) => (below, format!("`[{path}]`")),
            Kind::Named(below) => (below, format!("`[{path}.NAME]`")),
            Kind::Tables(below) => (below, format!("`[[{path}]]`")),
            _ => continue,
        };
        match below.key(key).map(|key| key.kind) {
            Some(Kind::Tables(_)) => homes.push(format!("{written}, as `[[{path}.{key}]]`,")),
            Some(_) => homes.push(written),
            None => {}
        }
        collect(below, &path, key, homes);
    }
}
