//! No text makes reading a catalog panic, and no finding points outside its file.

use drawdown::catalog::{SourceFile, read};
use drawdown::render::findings::annotate;
use drawdown::render::{Annotation, github};
use proptest::prelude::*;

const CATALOGS: [&str; 6] = [
    include_str!("../../../catalogs/llm-api/catalog.toml"),
    include_str!("../../../catalogs/image-credits/catalog.toml"),
    include_str!("../../../catalogs/video-resolution/catalog.toml"),
    include_str!("../../../catalogs/speech-minutes/catalog.toml"),
    include_str!("good/glitch.toml"),
    include_str!("good/every-kind.toml"),
];

/// Pieces that mean something in a catalog.
const PIECES: [&str; 24] = [
    "\"",
    "'''",
    "{",
    "}",
    "[",
    "]]",
    "=",
    ",",
    "\n",
    ".",
    "-1",
    "1e99",
    "nan",
    "0x1",
    "true",
    "2026-01-01",
    "\u{1b}[2J",
    "é\u{202e}",
    "values = [{}]",
    "[[product.price]]",
    "tiers = [{}]",
    "fixed",
    "volume",
    "28e27",
];

fn check(text: String) {
    let sources = [SourceFile { name: "a.toml".into(), text }];
    let findings = read(&sources).findings;
    for finding in &findings {
        assert!(finding.line >= 1 && finding.line <= sources[0].text.split('\n').count(), "{finding:?}");
        assert!(finding.column >= 1);
    }
    let annotations: Vec<Annotation> = findings.iter().map(Annotation::from).collect();
    let commands = github(&annotations);
    assert_eq!(commands.matches('\n').count(), findings.len(), "{commands:?}");
    let shown = annotate(&findings, &sources, false);
    assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown:?}");
}

#[test]
fn deep_nesting_is_a_finding() {
    for text in ["[".repeat(50_000), "a.".repeat(50_000), format!("x = {}", "[{a=".repeat(50_000)), "{".repeat(50_000)]
    {
        check(text);
    }
}

#[test]
fn no_files_are_no_catalog() {
    let reading = read(&[]);
    assert_eq!((reading.catalog, reading.findings.len()), (None, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn mutated_catalogs_do_not_panic(
        which in 0..CATALOGS.len(),
        edits in proptest::collection::vec((any::<prop::sample::Index>(), 0usize..30, 0..PIECES.len()), 1..6),
    ) {
        let mut text: Vec<char> = CATALOGS[which].chars().collect();
        for (at, removed, piece) in edits {
            let start = at.index(text.len());
            let end = (start + removed).min(text.len());
            text.splice(start..end, PIECES[piece].chars());
        }
        check(text.into_iter().collect());
    }

    #[test]
    fn any_text_does_not_panic(text in "(\\PC|[\\[\\]{}=.,\"'#\r\n\t\u{0}-\u{1f}]){0,80}") {
        check(text);
    }
}
