//! Price catalogs: TOML text to findings and a [`Catalog`], and the plan that compares one with what a ledger has.

mod model;

pub use model::*;

/// Whether two versions of a product charge the same. Names do not count.
pub fn same_prices(a: &[Price], b: &[Price]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.usage == b.usage)
}
