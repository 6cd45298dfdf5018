//! Catalogs as files: the worked ones are sound, and each bad one has the findings beside it.

mod codes;
mod hostile;
mod plan;
mod schema;

use drawdown::catalog::{Code, Finding, Product, Reading, Severity, SourceFile, read};
use drawdown::render::findings::annotate;
use snapbox::{Assert, Data, assert::DEFAULT_ACTION_ENV};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn source(path: &Path) -> SourceFile {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    SourceFile { name, text: fs::read_to_string(path).unwrap() }
}

fn entries(folder: &str) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(at(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// The files of one case: a file, or a folder read as one.
fn sources(path: &Path) -> Vec<SourceFile> {
    if path.is_file() {
        return vec![source(path)];
    }
    let mut paths: Vec<_> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| source(path)).collect()
}

fn bad_cases() -> Vec<PathBuf> {
    entries("tests/it/catalog/bad").into_iter().filter(|path| path.extension().is_none_or(|e| e == "toml")).collect()
}

#[test]
fn the_worked_catalogs_are_sound() {
    for folder in entries("catalogs").into_iter().filter(|path| path.is_dir()) {
        let reading = read(&sources(&folder));
        assert_eq!(reading.findings, [], "{}", folder.display());
        assert!(!reading.catalog.unwrap().examples.is_empty(), "{}", folder.display());
    }
}

/// Run with `SNAPSHOTS=overwrite` to write the expected findings anew.
#[test]
fn bad_catalogs_have_the_findings_beside_them() {
    let assert = Assert::new().action_env(DEFAULT_ACTION_ENV);
    for case in bad_cases() {
        let sources = sources(&case);
        let found = annotate(&read(&sources).findings, &sources, false);
        assert.eq(found, Data::read_from(&case.with_extension("out"), None).raw());
    }
}

#[test]
fn a_catalog_is_given_unless_something_is_an_error() {
    for case in bad_cases() {
        let Reading { catalog, findings } = read(&sources(&case));
        let has_errors = findings.iter().any(|finding| finding.severity == Severity::Error);
        assert_eq!(catalog.is_none(), has_errors, "{}", case.display());
    }
}

/// The form in which the ledger keeps a product; what was kept reads the same for ever.
#[test]
fn good_catalogs_are_kept_as_the_json_beside_them() {
    let assert = Assert::new().action_env(DEFAULT_ACTION_ENV);
    for case in
        entries("tests/it/catalog/good").into_iter().filter(|path| path.extension().is_some_and(|e| e == "toml"))
    {
        let Reading { catalog, findings } = read(&[source(&case)]);
        assert_eq!(findings, [], "{}", case.display());
        let products = catalog.unwrap().products;
        let json = serde_json::to_string_pretty(&products).unwrap() + "\n";
        assert_eq!(serde_json::from_str::<Vec<Product>>(&json).unwrap(), products);
        assert.eq(json, Data::read_from(&case.with_extension("json"), None).raw());
    }
}

/// What `check` finds beside the reader: a file that can't be read, and an example that can't be run by the reader.
const BESIDE_THE_READER: [Code; 2] = [Code::ExampleFails, Code::Unreadable];

#[test]
fn every_finding_code_has_a_case() {
    let found: BTreeSet<Code> =
        bad_cases().iter().flat_map(|case| read(&sources(case)).findings).map(|finding| finding.code).collect();
    let all = Code::ALL.iter().copied().filter(|code| !BESIDE_THE_READER.contains(code)).collect();
    assert_eq!(found, all);
}

#[test]
fn a_finding_is_written_as_json_scripts_can_rely_on() {
    let text = "[catalog]\nreporting_currency = \"USD\"\nnaem = \"é\"\n";
    let sources = [SourceFile { name: "a.toml".into(), text: text.into() }];
    let findings: Vec<Finding> = read(&sources).findings;
    assert_eq!(
        serde_json::to_string(&findings).unwrap(),
        "[{\"code\":\"unknown-key\",\"severity\":\"error\",\"message\":\"the key `naem` is unknown here\",\
         \"file\":\"a.toml\",\"line\":3,\"column\":1,\"help\":\"did you mean `name`?\"}]"
    );
}

#[test]
fn numbers_are_taken_from_their_own_text() {
    let price = |number: &str| {
        let text = format!(
            "[catalog]\nreporting_currency = \"USD\"\n[[product]]\ncode = \"p\"\n[[product.price]]\nname = \"n\"\n\
             type = \"usage-based\"\nevent_type = \"e\"\nusage_type = \"unit\"\nasset = \"USD\"\nunit_price = {number}\n"
        );
        let reading = read(&[SourceFile { name: "a.toml".into(), text }]);
        match reading.catalog {
            Some(catalog) => catalog.products[0].prices[0].usage.rows[0].unit_price.unwrap().to_string(),
            None => reading.findings[0].code.to_string(),
        }
    };
    for (written, read) in [
        ("0.00000015", "0.00000015"),
        ("\"0.00000015\"", "0.00000015"),
        ("1.25e-06", "0.00000125"),
        ("1_000_000.000_1", "1000000.0001"),
        ("0.1234567890123456789", "bad-number"),
        ("0xff", "bad-number"),
        ("0o7", "bad-number"),
        ("inf", "bad-number"),
        ("nan", "bad-number"),
        ("\"1_000\"", "bad-number"),
        ("-1", "negative-number"),
        ("-0", "0"),
        ("true", "wrong-type"),
    ] {
        assert_eq!(price(written), read, "{written}");
    }
}
