//! `report profit --format html`: the page as markup, as figures, as a file, and in a browser.

#[path = "html/browser.rs"]
mod browser;
#[path = "html/command.rs"]
mod command;
#[path = "html/devtools.rs"]
mod devtools;
#[path = "html/page.rs"]
mod page;
#[path = "html/parse.rs"]
mod parse;

#[path = "reports/book.rs"]
mod book;
