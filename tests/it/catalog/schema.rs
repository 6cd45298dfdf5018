//! The JSON Schema of catalogs is what the readers read: it refuses nothing that they accept, and knows each of their keys.

use crate::support::{Workspace, repository};
use drawdown::catalog::{Code, Finding, Reading, Severity, SourceFile, read, schema};
use jsonschema::Validator;
use serde_json::{Map, Value, json};
use snapbox::{Data, assert_data_eq};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

/// All TOML files below a folder.
fn files(folder: &str) -> Vec<PathBuf> {
    let (mut folders, mut files) = (vec![repository(folder)], Vec::new());
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            match path.extension() {
                _ if path.is_dir() => folders.push(path),
                Some(extension) if extension == "toml" => files.push(path),
                _ => {}
            }
        }
    }
    files.sort();
    assert!(files.len() > 1, "{folder}");
    files
}

fn good() -> Vec<PathBuf> {
    [files("catalogs"), files("tests/it/catalog/good")].concat()
}

fn check(text: String) -> Reading {
    read(&[SourceFile { name: "a.toml".into(), text }])
}

/// A file as editors show it to a schema; `None` when it is not TOML.
fn instance(text: &str) -> Option<Value> {
    Some(plain(serde_json::to_value(text.parse::<toml::Table>().ok()?).unwrap()))
}

/// The value with TOML's own times as texts.
fn plain(value: Value) -> Value {
    match value {
        Value::Object(map) => match map.get("$__toml_private_datetime") {
            Some(time) => time.clone(),
            None => map.into_iter().map(|(key, value)| (key, plain(value))).collect(),
        },
        Value::Array(items) => items.into_iter().map(plain).collect(),
        other => other,
    }
}

/// The value as TOML, all in one line.
fn inline(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let pairs: Vec<_> = map.iter().map(|(key, value)| format!("{key:?} = {}", inline(value))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        scalar => scalar.to_string(),
    }
}

fn document(value: &Value) -> String {
    value.as_object().unwrap().iter().map(|(key, value)| format!("{key:?} = {}\n", inline(value))).collect()
}

fn validator() -> Validator {
    jsonschema::draft7::new(&schema()).unwrap()
}

#[test]
fn the_shipped_file_is_what_the_program_prints() {
    let printed = Workspace::new().ok("schema").stdout;
    assert_data_eq!(printed, Data::read_from(&repository("catalogs/catalog.schema.json"), None).raw());
}

#[test]
fn every_worked_catalog_says_where_its_schema_is() {
    for file in files("catalogs") {
        let text = fs::read_to_string(&file).unwrap();
        let path = text.lines().next().unwrap().strip_prefix("#:schema ").unwrap();
        let named = file.parent().unwrap().join(path).canonicalize().unwrap();
        assert_eq!(named, repository("catalogs/catalog.schema.json").canonicalize().unwrap());
    }
}

#[test]
fn every_made_workspace_has_its_schema_beside_the_catalog() {
    let printed = fs::read_to_string(repository("catalogs/catalog.schema.json")).unwrap();
    let lines = ["init --template hybrid --currency EUR", "init --template prepaid --catalog prices.toml", "demo"];
    for (line, catalog) in
        lines.into_iter().zip(["catalogs/cloud.toml", "prices.toml", "drawdown-demo/catalogs/llm-api.toml"])
    {
        let workspace = Workspace::new();
        workspace.ok(line);
        let catalog = workspace.path(catalog);
        let text = fs::read_to_string(&catalog).unwrap();
        let path = text.lines().find_map(|line| line.strip_prefix("#:schema ")).unwrap();
        assert_eq!(fs::read_to_string(catalog.parent().unwrap().join(path)).unwrap(), printed, "{line}");
    }
}

#[test]
fn good_catalogs_pass() {
    let validator = validator();
    for file in good() {
        let instance = instance(&fs::read_to_string(&file).unwrap()).unwrap();
        let errors: Vec<String> = validator.iter_errors(&instance).map(|error| error.to_string()).collect();
        assert_eq!(errors, [""; 0], "{}", file.display());
    }
}

/// What a schema can tell of one value or one table.
const TOLD: [Code; 6] =
    [Code::WrongType, Code::UnknownValue, Code::NegativeNumber, Code::ZeroNumber, Code::BadCode, Code::UnknownKey];

/// Whether the schema must refuse a file for one of these findings.
fn must_be_told(findings: &[Finding]) -> bool {
    // Which keys a row may have is for its price to say.
    let is_of_a_row = |finding: &Finding| finding.message.contains("key of a row");
    findings.iter().any(|finding| TOLD.contains(&finding.code) && !is_of_a_row(finding))
}

#[test]
fn bad_catalogs_are_refused_for_what_a_schema_can_tell() {
    let validator = validator();
    let (mut refused, mut passed) = (0, 0);
    for file in files("tests/it/catalog/bad") {
        let text = fs::read_to_string(&file).unwrap();
        let Some(instance) = instance(&text) else { continue };
        let findings = check(text).findings;
        if must_be_told(&findings) {
            assert!(!validator.is_valid(&instance), "{}: {findings:?}", file.display());
            refused += 1;
        } else if findings.iter().all(|finding| finding.severity == Severity::Warning) {
            assert!(validator.is_valid(&instance), "{}", file.display());
            passed += 1;
        }
    }
    assert!(refused >= 10 && passed >= 2, "{refused} refused, {passed} passed");
}

/// The paths of all values below one.
fn paths(value: &Value, here: &str, found: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => {
            map.iter().map(|(key, value)| (key.replace('~', "~0").replace('/', "~1"), value)).collect()
        }
        Value::Array(items) => items.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    for (key, value) in children {
        let path = format!("{here}/{key}");
        paths(value, &path, found);
        found.push(path);
    }
}

/// The catalog with one value replaced, in each way there is, and with one removed.
fn mutations(catalog: &Value) -> impl Iterator<Item = Value> {
    let others = || {
        [
            json!({}),
            json!([]),
            json!([{}]),
            json!(""),
            json!("no such word"),
            json!("1.5e0"),
            json!("-3"),
            json!(true),
            json!(-1),
            json!(0),
            json!(7),
            json!(0.5),
        ]
    };
    let mut found = Vec::new();
    paths(catalog, "", &mut found);
    found.into_iter().flat_map(move |path| {
        let replaced = others().into_iter().map(|other| {
            let mut catalog = catalog.clone();
            *catalog.pointer_mut(&path).unwrap() = other;
            catalog
        });
        let (parent, key) = path.rsplit_once('/').unwrap();
        let mut without = catalog.clone();
        match without.pointer_mut(parent).unwrap() {
            Value::Object(map) => drop(map.remove(key)),
            Value::Array(items) => drop(items.remove(key.parse().unwrap())),
            _ => unreachable!(),
        }
        replaced.chain([without]).collect::<Vec<_>>()
    })
}

#[test]
fn the_schema_refuses_what_it_should_and_nothing_that_is_right() {
    let validator = validator();
    let (mut refused, mut passed) = (0, 0);
    for file in files("tests/it/catalog/good") {
        for catalog in mutations(&instance(&fs::read_to_string(&file).unwrap()).unwrap()) {
            let text = document(&catalog);
            let Reading { catalog: read, findings } = check(text.clone());
            if read.is_some() {
                let error = validator.validate(&catalog).err().map(|error| error.to_string());
                assert_eq!(error, None, "the reader accepts\n{text}");
                passed += 1;
            } else if must_be_told(&findings) {
                assert!(!validator.is_valid(&catalog), "the reader says {findings:?} of\n{text}");
                refused += 1;
            }
        }
    }
    assert!(refused > 1000 && passed > 100, "{refused} refused, {passed} passed");
}

/// The part of the schema for a table, and the keys that must not stand in it as it is.
struct Described {
    keys: BTreeSet<String>,
    refused: BTreeSet<String>,
    /// What holds for keys that do not stand there.
    defaults: Map<String, Value>,
}

/// What the schema says of the table at a path; `None` where keys are the user's own.
fn described(schema: &Value, catalog: &Value, path: &str) -> Option<Described> {
    let mut part = schema;
    for step in path.split('/').skip(1) {
        part = if step.parse::<usize>().is_ok() {
            &part["items"]
        } else {
            part["properties"].get(step).unwrap_or(&part["additionalProperties"])
        };
        if let Some(name) = part["$ref"].as_str() {
            part = &schema["definitions"][name.rsplit('/').next().unwrap()];
        }
    }
    if part["additionalProperties"] != json!(false) {
        return None;
    }
    let table = catalog.pointer(path).unwrap();
    let keys = |part: &Value| part["properties"].as_object().unwrap_or(&Map::new()).keys().cloned().collect();
    let holds = |condition: &&Value| {
        let (key, is) = condition["if"]["properties"].as_object().unwrap().iter().next().unwrap();
        is["enum"].as_array().unwrap().contains(&table[key])
    };
    let conditions = part["allOf"].as_array().into_iter().flatten().filter(holds);
    let mut refused: BTreeSet<String> = conditions.flat_map(|condition| keys(&condition["then"])).collect();
    // Of two keys that exclude each other, the one that does not stand there.
    let either = part["oneOf"].as_array().into_iter().flatten().map(|one| one["required"][0].as_str().unwrap());
    refused.extend(either.filter(|key| table.get(key).is_none()).map(str::to_owned));
    let described = part["properties"].as_object().into_iter().flatten();
    let defaults = described.filter_map(|(key, part)| Some((key.clone(), part.get("default")?.clone()))).collect();
    Some(Described { keys: keys(part), refused, defaults })
}

/// The keys that a reader asks a table for: it names them when it meets one that it does not know.
fn asked(catalog: &Value, path: &str) -> BTreeSet<String> {
    let mut catalog = catalog.clone();
    catalog.pointer_mut(path).unwrap()["no such key at all"] = json!(1);
    let findings = check(document(&catalog)).findings;
    let unknown: Vec<_> = findings.iter().filter(|finding| finding.code == Code::UnknownKey).collect();
    let [finding] = unknown[..] else { panic!("{path}: {findings:?}") };
    let keys = finding.help.as_ref().unwrap().strip_prefix("these keys may stand here: ").unwrap();
    keys.split(", ").map(str::to_owned).collect()
}

#[test]
fn the_schema_has_the_keys_that_the_readers_ask_for() {
    let schema = schema();
    let (mut of_schema, mut of_readers) = (BTreeSet::new(), BTreeSet::new());
    for file in good() {
        let catalog = instance(&fs::read_to_string(&file).unwrap()).unwrap();
        let mut found = vec![String::new()];
        paths(&catalog, "", &mut found);
        for path in found.into_iter().filter(|path| catalog.pointer(path).is_some_and(Value::is_object)) {
            let Some(Described { keys, refused, .. }) = described(&schema, &catalog, &path) else { continue };
            let asked = asked(&catalog, &path);
            assert!(asked.is_subset(&keys), "{path}: the schema has {keys:?}, the reader {asked:?}");
            let allowed: BTreeSet<_> = keys.difference(&refused).cloned().collect();
            assert!(allowed.is_subset(&asked), "{path}: the schema allows {allowed:?}, the reader {asked:?}");
            // A kind of table, wherever it stands, is called as its key is.
            let kind = path.split('/').rfind(|step| step.parse::<usize>().is_err()).unwrap_or_default();
            of_schema.extend(keys.iter().map(|key| format!("{kind}.{key}")));
            of_readers.extend(asked.iter().map(|key| format!("{kind}.{key}")));
        }
    }
    assert_eq!(
        of_schema.difference(&of_readers).collect::<Vec<_>>(),
        [""; 0],
        "the schema has keys that no reader asks for"
    );
    assert!(of_readers.len() > 70, "{of_readers:?}");
}

#[test]
fn a_key_that_is_absent_means_what_is_declared_as_its_default() {
    let schema = schema();
    let mut told = BTreeSet::new();
    for file in good() {
        let catalog = instance(&fs::read_to_string(&file).unwrap()).unwrap();
        let meant = check(document(&catalog)).catalog;
        let mut found = vec![String::new()];
        paths(&catalog, "", &mut found);
        for path in found.into_iter().filter(|path| catalog.pointer(path).is_some_and(Value::is_object)) {
            let Some(Described { refused, defaults, .. }) = described(&schema, &catalog, &path) else { continue };
            for (key, default) in defaults.into_iter().filter(|(key, _)| !refused.contains(key)) {
                let mut catalog = catalog.clone();
                let table = catalog.pointer_mut(&path).unwrap().as_object_mut().unwrap();
                if table.contains_key(&key) {
                    continue;
                }
                table.insert(key.clone(), default);
                let Reading { catalog: said, findings } = check(document(&catalog));
                // Beside some words of other keys, it may not be said.
                if findings.iter().all(|finding| finding.code != Code::ConflictingKeys) {
                    assert_eq!(said, meant, "{path}/{key} in {}", file.display());
                    told.insert(key);
                }
            }
        }
    }
    assert!(told.len() > 10, "{told:?}");
}

/// A dimension can't have the name of a key of every row, so the reader says which those are.
#[test]
fn the_schema_has_the_keys_of_a_row() {
    let schema = schema();
    let keys = |table: &str| {
        schema["definitions"][table]["properties"].as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>()
    };
    let is_key_of_a_row = |name: &String| {
        let mut catalog =
            instance(&fs::read_to_string(repository("tests/it/catalog/good/every-kind.toml")).unwrap()).unwrap();
        catalog["product"][2]["price"][0]["billable_dimensions"] = json!([name]);
        check(document(&catalog)).findings.iter().any(|finding| finding.code == Code::BadName)
    };
    let all: BTreeSet<String> = keys("price").union(&keys("row")).cloned().collect();
    assert_eq!(all.into_iter().filter(is_key_of_a_row).collect::<BTreeSet<_>>(), keys("row"));
}
