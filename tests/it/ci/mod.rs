//! `check`, `test` and `plan` as CI runs them: annotations for GitHub, SARIF logs, exit codes, and what a code means.

use crate::support::{Ran, Workspace, repository};
use drawdown::billing::{DenialReason, Unpriced};
use drawdown::catalog::Code;
use serde_json::{Value, json};
use snapbox::{assert_data_eq, str};
use std::fs;

const SOUND: &str = r#"[catalog]
reporting_currency = "USD"

[[asset]]
code = "CREDIT"
precision = 0
rates = [{ rate = 0.05 }]

[[product]]
code = "studio"

[[product.price]]
name = "Image"
type = "usage_based"
event_type = "image"
usage_type = "unit"
asset = "CREDIT"
unit_price = 12

[[example]]
name = "an image, 100%"
product = "studio"
event = { event_type = "image" }
expect = [{ price = "Image", amount = "12 CREDIT" }]
"#;

const CATALOG: &str = "catalogs/studio.toml";

fn workspace(catalog: &str) -> Workspace {
    Workspace::new().with(CATALOG, catalog)
}

/// The only run of a SARIF log, which is as the standard says, and the exit code.
fn sarif(workspace: &Workspace, line: &str) -> (i32, Value) {
    let Ran { code, stdout, stderr } = workspace.run(&format!("{line} --format sarif"));
    assert_eq!(stderr, "", "{line}");
    let schema = serde_json::from_str(include_str!("sarif.schema.json")).unwrap();
    let schema = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let log: Value = serde_json::from_str(&stdout).unwrap();
    let errors: Vec<String> = schema.iter_errors(&log).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert_eq!(errors, [""; 0], "{line}");
    (code, log["runs"][0].clone())
}

/// Each result in short: its rule, its level, and its first line and column.
fn results(run: &Value) -> Vec<(&str, &str, u64, u64)> {
    let short = |result: &'_ Value| {
        let region = &result["locations"][0]["physicalLocation"]["region"];
        (region["startLine"].as_u64().unwrap(), region["startColumn"].as_u64().unwrap())
    };
    let results = run["results"].as_array().unwrap().iter();
    results.map(|r| (r["ruleId"].as_str().unwrap(), r["level"].as_str().unwrap(), short(r).0, short(r).1)).collect()
}

#[test]
fn github_shows_findings_beside_their_lines() {
    let bad =
        SOUND.replace("unit_price = 12", "unit_prize = 12").replace("usage_type = \"unit\"", "usage_type = \"unti\"");
    let workspace = workspace(&bad.replace("rates = [{ rate = 0.05 }]", "rates = \"100%\\u001b\""));
    let Ran { code, stdout, stderr } = workspace.run("check --format github");
    assert_eq!((code, stderr.as_str()), (1, ""));
    assert_data_eq!(
        stdout,
        str![[r#"
::error file=catalogs/studio.toml,line=7,col=9,endColumn=20,title=wrong-type::`rates` is a string; it should be an array
::error file=catalogs/studio.toml,line=16,col=14,endColumn=19,title=unknown-value::`usage_type` can't be `unti`%0Ahelp: did you mean `unit`?
::error file=catalogs/studio.toml,line=18,col=1,endColumn=10,title=unknown-key::the key `unit_prize` is unknown here%0Ahelp: did you mean `unit_price`?
checked 1 file: 3 errors, 0 warnings

"#]]
    );
    let Ran { code, stderr, .. } = workspace.run("test --format github");
    assert_eq!((code, stderr.as_str()), (1, ""));
}

#[test]
fn github_shows_examples_that_fail() {
    let workspace = workspace(&SOUND.replace("unit_price = 12", "unit_price = 14"));
    let Ran { code, stdout, stderr } = workspace.run("test --format github");
    assert_eq!((code, stderr.as_str()), (1, ""));
    assert_data_eq!(
        stdout,
        str![[r#"
::error file=catalogs/studio.toml,line=20,col=1,endColumn=11,title=example-fails::the example `an image, 100%25` does not hold: expected Image 12 CREDIT, got Image 14 CREDIT%0Ahelp: change the price, or what the example expects
1 example: 0 passed, 1 failed

"#]]
    );
    // To `check`, a failing example is a warning.
    let Ran { code, stdout, .. } = workspace.run("check --format github");
    assert_eq!(code, 0);
    assert!(stdout.starts_with("::warning file=catalogs/studio.toml,line=20,"), "{stdout}");
}

#[test]
fn github_shows_what_a_plan_would_change_and_what_it_may_not() {
    let workspace = workspace(SOUND);
    workspace.ok("apply");
    let Ran { code, stdout, .. } = workspace.run("plan --format github");
    assert_eq!((code, stdout.as_str()), (0, "0 to add, 0 to change, 0 to archive or remove\n"));
    workspace.ok("customer add acme");
    workspace.ok("subscribe acme studio");
    workspace.ok("topup acme 20 USD --to CREDIT");
    let changed = SOUND.replace("unit_price = 12", "unit_price = 14").replace("\"12 CREDIT\"", "\"14 CREDIT\"");
    workspace.write(CATALOG, &changed);
    let Ran { code, stdout, stderr } = workspace.run("plan --format github");
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert_data_eq!(
        stdout,
        str![[r#"
::notice file=catalogs/studio.toml,line=9,col=1,title=planned-change::~ product studio@2: next version (1 subscriber keeps the old one)%0Aprice "Image": unit_price 12 -> 14
0 to add, 1 to change, 0 to archive or remove

"#]]
    );
    workspace.write(CATALOG, changed.replace("precision = 0", "precision = 2"));
    let Ran { code, stdout, stderr } = workspace.run("plan --format github");
    assert_eq!((code, stderr.as_str()), (1, ""));
    assert_data_eq!(
        stdout,
        str![[r#"
::error file=catalogs/studio.toml,line=4,col=1,title=refused-change::CREDIT: precision 0 -> 2 can't change once the ledger holds any%0Ahelp: a ledger's amounts and their meaning never change
::notice file=catalogs/studio.toml,line=4,col=1,title=planned-change::~ asset CREDIT%0Aprecision 0 -> 2
::notice file=catalogs/studio.toml,line=9,col=1,title=planned-change::~ product studio@2: next version (1 subscriber keeps the old one)%0Aprice "Image": unit_price 12 -> 14
0 to add, 2 to change, 0 to archive or remove

"#]]
    );
}

#[test]
fn sarif_has_a_rule_for_every_code_and_a_result_for_every_finding() {
    let bad = fs::read_to_string(repository("tests/it/catalog/bad/examples.toml")).unwrap();
    let workspace = workspace(&bad);
    let (code, run) = sarif(&workspace, "check");
    assert_eq!(code, 1);
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let expected: Vec<Value> = Code::ALL.iter().map(|code| json!(code.name())).collect();
    assert_eq!(rules.iter().map(|rule| rule["id"].clone()).collect::<Vec<_>>(), expected);
    for (rule, code) in rules.iter().zip(Code::ALL) {
        assert_eq!(rule["help"]["markdown"], code.page());
        assert_eq!(rule["defaultConfiguration"]["level"], code.severity().name());
    }
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
    let found = workspace.run("check --format json").json();
    let found = found["findings"].as_array().unwrap();
    let found = found.iter().map(|finding| {
        let text = |key: &str| finding[key].as_str().unwrap();
        (text("code"), text("severity"), finding["line"].as_u64().unwrap(), finding["column"].as_u64().unwrap())
    });
    assert_eq!(results(&run), found.collect::<Vec<_>>());
}

#[test]
fn sarif_of_every_bad_catalog_is_as_the_standard_says() {
    let bad = repository("tests/it/catalog/bad");
    for entry in fs::read_dir(bad).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() || entry.extension().is_some_and(|extension| extension == "toml") {
            let workspace = workspace(SOUND);
            let (_, run) = sarif(&workspace, &format!("check {}", entry.display()));
            assert!(!results(&run).is_empty(), "{}", entry.display());
        }
    }
    let workspace = workspace(SOUND);
    workspace.write(CATALOG, [0xff]);
    assert_eq!(results(&sarif(&workspace, "check").1), [("unreadable", "error", 1, 1)]);
}

#[test]
fn sarif_has_failing_examples_changes_and_what_forbids_them() {
    let workspace = workspace(SOUND);
    assert_eq!(sarif(&workspace, "test").0, 0);
    let (code, run) = sarif(&workspace, "plan");
    let added = [("planned-change", "note", 4, 1), ("planned-change", "note", 9, 1)];
    assert_eq!((code, results(&run)), (0, added.to_vec()));
    workspace.ok("apply");
    workspace.ok("customer add acme");
    workspace.ok("topup acme 20 USD --to CREDIT");
    workspace
        .write(CATALOG, SOUND.replace("unit_price = 12", "unit_price = 14").replace("precision = 0", "precision = 2"));
    let (code, run) = sarif(&workspace, "test");
    assert_eq!((code, results(&run)), (1, vec![("example-fails", "error", 20, 1)]));
    let (code, run) = sarif(&workspace, "plan");
    let refused =
        [("refused-change", "error", 4, 1), ("planned-change", "note", 4, 1), ("planned-change", "note", 9, 1)];
    assert_eq!((code, results(&run)), (1, refused.to_vec()));
    // What has left the catalog has no line of its own.
    workspace.write(CATALOG, SOUND.split("\n[[product]]").next().unwrap());
    assert_eq!(results(&sarif(&workspace, "plan").1), [("planned-change", "note", 1, 1)]);
}

#[test]
fn other_commands_refuse_these_formats_before_anything_is_done() {
    let workspace = workspace(SOUND);
    let owners = [("github", "`check`, `test`, `plan` and `compare`"), ("sarif", "`check`, `test` and `plan`")];
    for (format, owners) in owners {
        for command in ["apply --yes", "product list", "report usage", "ledger info"] {
            let Ran { code, stdout, stderr } = workspace.run(&format!("{command} --format {format}"));
            let expected =
                format!("error: --format {format} works only with {owners}\n  help: use --format table, json or csv\n");
            assert_eq!((code, stdout.as_str(), stderr), (2, "", expected), "{command}");
        }
    }
    assert!(!workspace.ledger().exists());
}

#[test]
fn warnings_are_denied_where_that_is_asked_for() {
    let warned = SOUND.replace("rates = [{ rate = 0.05 }]\n", "");
    let workspace = workspace(&warned);
    for command in ["check", "test", "plan", "apply"] {
        let Ran { code, stdout, stderr } = workspace.run(&format!("{command} --deny-warnings"));
        assert_eq!(code, 1, "{command}");
        assert!((stdout + &stderr).contains("warning[unbuyable-asset]"), "{command}");
    }
    assert!(!workspace.ledger().exists());
    for command in ["check", "test", "plan"] {
        let (code, run) = sarif(&workspace, &format!("{command} --deny-warnings"));
        assert_eq!((code, results(&run)), (1, vec![("unbuyable-asset", "warning", 16, 9)]), "{command}");
    }
    for command in ["check", "test", "plan", "apply"] {
        workspace.ok(command);
    }
    workspace.write(CATALOG, SOUND);
    for command in ["check", "test", "plan", "apply --yes"] {
        workspace.ok(&format!("{command} --deny-warnings"));
    }
}

/// How many reasons there are beside the codes of findings.
const REASONS: usize = Unpriced::NAMES.len() + DenialReason::NAMES.len() + 5;

#[test]
fn a_code_is_explained() {
    let workspace = workspace(SOUND);
    for code in Code::ALL {
        let expected = Ran { code: 0, stdout: code.page().to_owned(), stderr: String::new() };
        assert_eq!(workspace.run(&format!("check --explain {code}")), expected);
    }
    let data = workspace.run("check --explain below-cost --format json").json();
    let code = Code::BelowCost;
    assert_eq!(
        data["codes"],
        json!([{ "code": "below-cost", "severity": "warning", "summary": code.summary(), "page": code.page() }])
    );
    let Ran { code, stdout, .. } = workspace.run("check --explain --format csv");
    assert_eq!((code, stdout.lines().count()), (0, 1 + Code::ALL.len() + REASONS));
}

#[test]
fn an_unknown_code_is_told_with_the_closest_or_where_all_are() {
    let Ran { code, stdout, stderr } = workspace(SOUND).run("check --explain unknown-kye");
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(stderr.contains("a similar value exists: 'unknown-key'"), "{stderr}");
    assert!(!stderr.contains("volume-cliff"), "{stderr}");
    let Ran { code, stderr, .. } = workspace(SOUND).run("check --explain nonsense");
    assert_eq!(code, 2);
    assert!(stderr.contains("`drawdown check --explain` lists the codes"), "{stderr}");
}

#[test]
fn the_reasons_of_reports_and_replays_are_explained_too() {
    let workspace = workspace(SOUND);
    let reasons = [
        ("unpriced", Unpriced::NAMES.map(|(name, _)| name).to_vec()),
        ("denied", DenialReason::NAMES.map(|(name, _)| name).to_vec()),
        ("refused", vec!["invalid_row", "future", "unknown_customer", "out_of_range", "conflict"]),
    ];
    for (status, name) in reasons.iter().flat_map(|(status, names)| names.iter().map(move |name| (*status, *name))) {
        let data = workspace.ok(&format!("check --explain {name} --format json")).json();
        let explained = &data["codes"][0];
        assert_eq!((explained["code"].as_str(), explained["status"].as_str()), (Some(name), Some(status)));
        let page = explained["page"].as_str().unwrap();
        assert_eq!(workspace.ok(&format!("check --explain {name}")).stdout, page);
        assert_eq!(page.lines().nth(2), explained["summary"].as_str());
    }
    let Ran { code, stderr, .. } = workspace.run("check --explain no-pricee");
    assert_eq!(code, 2);
    assert!(stderr.contains("a similar value exists: 'no_price'"), "{stderr}");
}
