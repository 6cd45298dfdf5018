//! Catalogs: every finding can be shown at its place, and a catalog without errors is written as it was read.

use crate::random::Random;
use crate::{Wrong, checked};
use drawdown::catalog::{Severity, SourceFile, plan, read, write};
use drawdown::render::findings::annotate;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const WORDS: [&str; 30] = [
    "=",
    "\n",
    "\"",
    "[[price]]",
    "[[product.price]]",
    "[product]",
    "tiers",
    "up_to",
    "0",
    "-1",
    "1e400",
    "0.000000001",
    "9223372036854775807",
    "999999999999999999",
    "18446744073709551616",
    "nan",
    "true",
    "{ }",
    "[]",
    "'''",
    "é",
    "\u{202e}",
    "\0",
    "type = \"fixed\"",
    "pricing_model = \"volume\"",
    "asset = \"USD\"",
    "2026-02-30",
    "# ",
    "duration_count = 0",
    ".",
];

/// The repository's catalogs, and those of its tests that are read without errors.
pub fn seeds() -> io::Result<Vec<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    ["catalogs", "tests/it/catalog/good"].iter().try_for_each(|folder| collect(&root.join(folder), &mut files))?;
    files.sort();
    files.iter().map(fs::read_to_string).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|end| end == "toml") {
            files.push(path);
        }
    }
    Ok(())
}

pub fn round(seeds: Vec<String>) -> impl FnMut(Random) -> Option<Wrong> {
    move |mut random| {
        let (seed, other) = (random.pick(&seeds), random.pick(&seeds));
        let text = random.change_text(seed, &WORDS, other);
        checked(text.as_bytes(), || check(&text)).err()
    }
}

fn check(text: &str) -> Result<(), String> {
    let files = [SourceFile { name: "catalog.toml".into(), text: text.to_owned() }];
    let reading = read(&files);
    annotate(&reading.findings, &files, true);
    let errors = reading.findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let Some(catalog) = reading.catalog else {
        return if errors > 0 { Ok(()) } else { Err("it is refused without an error".into()) };
    };
    if errors > 0 {
        return Err("it is read in spite of an error".into());
    }
    plan(None, &catalog);
    write(&catalog.terms, &catalog.products).map(drop).ok_or_else(|| "what was read can't be written".into())
}
