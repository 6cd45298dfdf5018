//! A page to look at: everything in one file, that asks nothing of any network and runs no script.

mod amounts;
mod bars;
mod columns;
mod comparison;
mod curve;
mod frame;
mod markup;
mod moves;
mod name;
mod page;
mod scale;
mod sheet;
mod tables;

pub use comparison::comparison_page;
pub use page::profit_page;
