//! `report profit --format html` and that of `compare`: the page as markup, as figures, as a file, and in a browser.

mod browser;
mod command;
mod compare;
mod devtools;
mod page;
mod parse;
