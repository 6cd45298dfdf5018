//! No file is forgotten: every source file is declared as a module by another one, and every file beside the tests is read
//! by one of them.

use crate::support::repository;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Texts by their paths in the repository.
type Files = BTreeMap<String, String>;

fn files_below(folder: &Path, found: &mut Files) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files_below(&path, found);
        } else {
            let name = path.strip_prefix(repository("")).unwrap().to_str().unwrap().to_owned();
            found.insert(name, String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned());
        }
    }
}

fn all_files() -> Files {
    let mut files = Files::new();
    ["src", "tests", "benches", "fuzz"].iter().for_each(|folder| files_below(&repository(folder), &mut files));
    files.retain(|path, _| !path.contains("proptest-regressions"));
    files
}

/// A folder and what is named from there, without `..`.
fn join(folder: &str, name: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in name.split('/') {
        match part {
            ".." => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// A path's folder and name.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// Whether cargo takes a file for the beginning of a crate.
fn is_crate(path: &str) -> bool {
    let (folder, name) = split(path);
    let is_program = ["tests", "benches"].contains(&split(folder).0) && name == "main.rs";
    ["src/lib.rs", "src/main.rs", "fuzz/main.rs"].contains(&path)
        || ["tests", "benches"].contains(&folder)
        || is_program
}

/// The files that a source file declares to be its modules.
fn modules(path: &str, text: &str) -> Vec<String> {
    let (folder, name) = split(path);
    let stem = name.trim_end_matches(".rs");
    let own = if is_crate(path) || stem == "mod" { folder.to_owned() } else { join(folder, stem) };
    let mut found = Vec::new();
    let mut before = "";
    for line in text.lines().map(str::trim) {
        let declared = line.split_once("mod ").filter(|(visible, _)| visible.is_empty() || visible.starts_with("pub"));
        if let Some(module) = declared.and_then(|(_, rest)| rest.strip_suffix(';')) {
            match before.strip_prefix("#[path = \"").and_then(|rest| rest.strip_suffix("\"]")) {
                Some(path) => found.push(join(folder, path)),
                None => found.extend([join(&own, &format!("{module}.rs")), join(&own, &format!("{module}/mod.rs"))]),
            }
        }
        before = line;
    }
    found
}

/// The source files that are part of some crate.
fn compiled(files: &Files) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    let mut new: Vec<&str> = files.keys().map(String::as_str).filter(|path| is_crate(path)).collect();
    while let Some(path) = new.pop() {
        if found.insert(path) {
            let declared = modules(path, &files[path]);
            new.extend(declared.iter().filter_map(|path| files.get_key_value(path)).map(|(path, _)| path.as_str()));
        }
    }
    found
}

/// What the tests name.
struct Named {
    /// Files, from where the test is, from `tests/it`, or from the repository.
    files: BTreeSet<String>,
    /// Folders of cases, each of which is a file or a folder of files, by their whole path.
    folders: BTreeSet<String>,
    /// Folders of transcripts.
    transcripts: BTreeSet<String>,
}

impl Named {
    fn by(compiled: &BTreeSet<&str>, files: &Files) -> Self {
        let mut named = Self { files: BTreeSet::new(), folders: BTreeSet::new(), transcripts: BTreeSet::new() };
        // This file names those that are not there.
        let this = join("", file!());
        for path in compiled.iter().filter(|path| path.starts_with("tests/") && **path != this) {
            let mut before = "";
            for text in files[*path].split('"') {
                named.files.extend(["", "tests/it", split(path).0].map(|folder| join(folder, text)));
                named.folders.extend(text.starts_with("tests/it/").then(|| text.to_owned()));
                named.transcripts.extend(before.ends_with("run_transcripts(").then(|| join("tests/it", text)));
                before = text;
            }
        }
        named
    }
}

/// Whether a file beside the tests is read by one of them.
fn is_read(path: &str, files: &Files, named: &Named) -> bool {
    let (folder, name) = split(path);
    // A transcript's own folders: what it begins with must be named in it or be its catalog, and what it must leave behind is
    // looked at.
    let inside = |end: &str| path.split_once(end).map(|(transcript, _)| files.get(&format!("{transcript}.trycmd")));
    if let Some(transcript) = inside(".in/") {
        return transcript.is_some_and(|text| folder.ends_with("/catalogs") || text.contains(name));
    }
    if let Some(transcript) = inside(".out/") {
        return transcript.is_some();
    }
    if name.ends_with(".trycmd") {
        return named.transcripts.contains(folder);
    }
    // A case, or what is expected of one.
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    let is_case = name.ends_with(".toml") || files.contains_key(&format!("{stem}.toml"));
    let is_folder = files.keys().any(|other| other.starts_with(&format!("{stem}/")));
    let of_cases = named.folders.contains(folder) || named.folders.contains(split(folder).0);
    named.files.contains(path) || (of_cases && (is_case || is_folder))
}

/// The files that nothing compiles or reads.
fn forgotten(files: &Files) -> Vec<&str> {
    let compiled = compiled(files);
    let named = Named::by(&compiled, files);
    let is_used = |path: &str| match path {
        _ if path.ends_with(".rs") => compiled.contains(path),
        _ => !path.starts_with("tests/") || is_read(path, files, &named),
    };
    files.keys().map(String::as_str).filter(|path| !is_used(path)).collect()
}

#[test]
fn every_file_is_compiled_or_read_by_a_test() {
    let files = all_files();
    assert_eq!(forgotten(&files), [""; 0]);
    assert!(files.len() > 300, "{} files", files.len());
}

#[test]
fn a_file_that_nothing_uses_would_be_found() {
    let alone = [
        "src/billing/alone.rs",
        "tests/it/add/alone.txt",
        "tests/it/alone/mod.rs",
        "tests/it/catalog/alone.toml",
        "tests/it/catalog/bad/alone.out",
        "tests/it/formats/alone.out/customers.csv",
        "tests/it/golden/alone.rs",
        "tests/it/golden/alone.trycmd",
        "tests/it/pricing/alone.txt",
        "tests/it/year/year.in/alone.csv",
    ];
    let used = [
        "tests/alone.rs",
        "tests/it/catalog/bad/new.out",
        "tests/it/catalog/bad/new.toml",
        "tests/it/people/new.trycmd",
    ];
    let mut files = all_files();
    files.extend(alone.iter().chain(&used).map(|path| ((*path).to_owned(), String::new())));
    assert_eq!(forgotten(&files), alone);
}

/// The tests that ARCHITECTURE.md names beside its promises, as `file::test` of `tests/it/trust`.
#[test]
fn every_promise_has_a_test_that_is_there() {
    let page = fs::read_to_string(repository("ARCHITECTURE.md")).unwrap();
    let promises = page.split("## Promises").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
    let rows: Vec<&str> = promises.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert!(rows.len() >= 9, "{promises}");
    for row in rows {
        let named = row.split('`').filter_map(|name| name.split_once("::"));
        let mut count = 0;
        for (file, test) in named {
            let text = fs::read_to_string(repository(&format!("tests/it/trust/{file}.rs"))).unwrap_or_default();
            assert!(text.contains(&format!("#[test]\nfn {test}()")), "{file}::{test} is not there");
            count += 1;
        }
        assert!(count > 0, "no test shows {row}");
    }
}
