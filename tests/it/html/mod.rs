//! `report profit --format html`: the page as markup, as figures, as a file, and in a browser.

mod browser;
mod command;
mod devtools;
mod page;
mod parse;
