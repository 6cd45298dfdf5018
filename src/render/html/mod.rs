//! A page to look at: everything in one file, that asks nothing of any network and runs no script.

mod amounts;
mod bars;
mod columns;
mod markup;
mod name;
mod page;
mod scale;
mod tables;

pub use page::profit_page;
