//! The layers of ARCHITECTURE.md, file by file: who imports whom is read from the sources. A folder uses only what its row
//! of the table allows, and no two files use one another, directly or around a corner: neither by what they import, nor by
//! the methods that they call on a type of which each writes some.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A module's path below the crate, such as `["ledger", "verify", "events"]`.
type Module = Vec<String>;

/// The program's modules: what each declares and what each re-exports.
#[derive(Default)]
struct Sources {
    files: BTreeMap<Module, PathBuf>,
    /// The code of each file, without comments, strings and unit tests.
    code: BTreeMap<Module, String>,
    /// Names that a module passes on: where each comes from.
    passed_on: BTreeMap<Module, BTreeMap<String, Vec<String>>>,
    /// Modules whose names a module passes on all together (`pub use wallet::*`).
    globs: BTreeMap<Module, Vec<Module>>,
}

impl Sources {
    fn read() -> Self {
        let mut sources = Self::default();
        sources.read_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut Module::new());
        for (module, code) in sources.code.clone() {
            for (is_passed_on, path) in uses(&code) {
                let Some(full) = sources.absolute(&module, &path).filter(|_| is_passed_on) else { continue };
                match full.split_last() {
                    Some((last, before)) if last == "*" => {
                        sources.globs.entry(module.clone()).or_default().push(before.to_vec());
                    }
                    Some((last, _)) => {
                        sources.passed_on.entry(module.clone()).or_default().insert(last.clone(), full);
                    }
                    None => {}
                }
            }
        }
        sources
    }

    fn read_folder(&mut self, folder: &Path, module: &mut Module) {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let stem = entry.file_stem().unwrap().to_str().unwrap().to_owned();
            if entry.is_dir() {
                module.push(stem);
                self.read_folder(&entry, module);
                module.pop();
            } else if entry.extension().is_some_and(|end| end == "rs") && !["tests", "main"].contains(&stem.as_str()) {
                let is_own = ["mod", "lib"].contains(&stem.as_str());
                let name: Module = module.iter().cloned().chain((!is_own).then_some(stem)).collect();
                self.code.insert(name.clone(), bare(&fs::read_to_string(&entry).unwrap()));
                self.files.insert(name, entry);
            }
        }
    }

    /// A path as written in a module, from the crate on; `None` when it leads out of the crate.
    fn absolute(&self, module: &Module, path: &[String]) -> Option<Vec<String>> {
        let mut at = match path.first()?.as_str() {
            "crate" => Module::new(),
            "self" => module.clone(),
            "super" => module[..module.len().checked_sub(1)?].to_vec(),
            first => {
                let mut child = module.clone();
                child.push(first.to_owned());
                return self.files.contains_key(&child).then(|| [child, path[1..].to_vec()].concat());
            }
        };
        for part in &path[1..] {
            if part == "super" { drop(at.pop()) } else { at.push(part.clone()) }
        }
        Some(at)
    }

    /// The module that defines what an absolute path names, through whoever passes it on.
    fn owner(&self, path: &[String]) -> Option<Module> {
        let known = (0..=path.len()).rev().find(|&parts| self.files.contains_key(&path[..parts]))?;
        let (module, rest) = (path[..known].to_vec(), &path[known..]);
        let Some(name) = rest.first() else { return Some(module) };
        if let Some(from) = self.passed_on.get(&module).and_then(|names| names.get(name)) {
            return self.owner(from);
        }
        let defines = |module: &Module| {
            let code = &self.code[module];
            ["struct", "enum", "fn", "const", "static", "type", "trait", "macro_rules!"]
                .iter()
                .any(|kind| code.contains(&format!("{kind} {name}")))
        };
        let globs = self.globs.get(&module).into_iter().flatten();
        let passed = globs.filter_map(|from| self.owner(&[from.as_slice(), rest].concat())).find(defines);
        passed.or(Some(module))
    }

    /// Which files each file imports.
    fn imports(&self) -> BTreeMap<Module, BTreeSet<Module>> {
        let import = |(module, code): (&Module, &String)| {
            let children = self.files.keys().filter(|file| file.starts_with(module) && file.len() == module.len() + 1);
            let starts =
                ["crate", "super"].into_iter().chain(children.filter_map(|file| file.last().map(String::as_str)));
            let inline = inline_paths(code, starts).into_iter().map(|path| (false, path));
            let owners = uses(code).into_iter().chain(inline).filter_map(|(is_passed_on, path)| {
                let owner = self.owner(&self.absolute(module, &path)?)?;
                // A folder passes on what its own files define without using it.
                (!is_passed_on || !owner.starts_with(module)).then_some(owner)
            });
            (module.clone(), owners.filter(|owner| owner != module).collect())
        };
        self.code.iter().map(import).collect()
    }
}

impl Sources {
    /// Which files have methods that each file calls on the type that it writes methods for itself (`self.draw(..)` in one
    /// `impl Engine`, where another file's defines `draw`). No `use` names these.
    fn calls(&self) -> BTreeMap<Module, BTreeSet<Module>> {
        let mut all = Vec::new();
        for (module, code) in &self.code {
            all.extend(methods(code).into_iter().map(|(name, body)| (module, self.type_of(module, name), body)));
        }
        let mut defined: BTreeMap<(&Vec<String>, &str), &Module> = BTreeMap::new();
        for (module, of, body) in &all {
            defined.extend(words_after(body, "fn ").map(|name| ((of, name), *module)));
        }
        let mut calls: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
        for (module, of, body) in &all {
            let called = words_after(body, "self.").chain(words_after(body, "Self::"));
            let others = called.filter_map(|name| defined.get(&(of, name))).filter(|other| *other != module);
            calls.entry((*module).clone()).or_default().extend(others.map(|other| (*other).clone()));
        }
        calls
    }

    /// The full path of a type by the name that it has in a module.
    fn type_of(&self, module: &Module, name: &str) -> Vec<String> {
        let mut named = uses(&self.code[module]).into_iter().map(|(_, path)| path);
        let path = named.find(|path| path.last().is_some_and(|last| last == name));
        let full = path.and_then(|path| self.absolute(module, &path));
        let owner = full.and_then(|full| self.owner(&full)).unwrap_or_else(|| module.clone());
        [owner, vec![name.to_owned()]].concat()
    }
}

/// The bodies of `impl Type { .. }`, each with the type's name.
fn methods(code: &str) -> Vec<(&str, &str)> {
    let starts = code.match_indices("impl").filter(|(at, _)| *at == 0 || code[..*at].ends_with('\n'));
    let block = |(at, _): (usize, &str)| {
        let (head, body) = code[at..].split_once('{')?;
        // What comes before the type are parameters: `impl<'a> Lane<'a>`.
        let named = head.trim_start_matches("impl").trim_start();
        let named = if named.starts_with('<') { named.split_once("> ")?.1 } else { named };
        let name = named.split(['<', ' ']).next()?.rsplit("::").next()?;
        let is_of_type = !head.contains(" for ");
        is_of_type.then(|| (name, body.split("\n}").next().unwrap_or(body)))
    };
    starts.filter_map(block).collect()
}

/// The names that follow a mark, as in `fn name`.
fn words_after<'c>(code: &'c str, mark: &'c str) -> impl Iterator<Item = &'c str> {
    code.match_indices(mark).filter_map(move |(at, _)| {
        let rest = &code[at + mark.len()..];
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        (end > 0 && (mark == "fn " || rest[end..].starts_with('('))).then(|| &rest[..end])
    })
}

/// Source text without comments, texts and the unit tests at its end.
fn bare(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let mut code = String::new();
    for line in text.lines() {
        let mut is_text = false;
        let mut before = ' ';
        for (at, c) in line.char_indices() {
            if c == '"' && before != '\\' && before != '\'' {
                is_text = !is_text;
            } else if !is_text && line[at..].starts_with("//") {
                break;
            } else if !is_text {
                code.push(c);
            }
            before = if before == '\\' && c == '\\' { ' ' } else { c };
        }
        code.push('\n');
    }
    code
}

/// Every `use` declaration: where its tree stands in the code, and whether what it names is passed on.
fn declarations(code: &str) -> impl Iterator<Item = (bool, Range<usize>)> {
    code.match_indices("use ").filter_map(|(at, word)| {
        let line_start = code[..at].rfind('\n').map_or(0, |end| end + 1);
        let before = code[line_start..at].trim();
        let start = at + word.len();
        let end = code[start..].find(';').map_or(code.len(), |length| start + length);
        (before.is_empty() || before.starts_with("pub")).then_some((!before.is_empty(), start..end))
    })
}

/// Every path of the `use` declarations, with whether it is passed on.
fn uses(code: &str) -> Vec<(bool, Vec<String>)> {
    let mut found = Vec::new();
    for (is_passed_on, tree) in declarations(code) {
        let tokens: String = code[tree].split_whitespace().collect::<Vec<_>>().join(" ");
        let mut paths = Vec::new();
        branches(&tokens, &[], &mut paths);
        found.extend(paths.into_iter().map(|path| (is_passed_on, path)));
    }
    found
}

/// The paths of a `use` tree: `a::{b, c::d as e}` names `a::b` and `a::c::d`.
fn branches(tree: &str, before: &[String], paths: &mut Vec<Vec<String>>) {
    let (head, group) = match tree.split_once('{') {
        Some((head, group)) => (head, Some(group.trim_end().strip_suffix('}').unwrap_or(group))),
        None => (tree.split(" as ").next().unwrap_or_default(), None),
    };
    let parts = head.split("::").map(str::trim).filter(|part| !part.is_empty() && *part != "self" || before.is_empty());
    let path: Vec<String> = before.iter().cloned().chain(parts.filter(|p| !p.is_empty()).map(str::to_owned)).collect();
    let Some(group) = group else { return paths.push(path) };
    let (mut depth, mut start) = (0, 0);
    for (at, c) in group.char_indices().chain([(group.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let branch = group[start..at].trim();
                if !branch.is_empty() {
                    branches(branch, &path, paths);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

/// Paths outside of `use` declarations that begin with one of these names: `crate`, `super` or a module of the file's own.
fn inline_paths<'s>(code: &str, starts: impl Iterator<Item = &'s str>) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let declared: Vec<Range<usize>> = declarations(code).map(|(_, tree)| tree).collect();
    for start in starts {
        for (at, _) in code.match_indices(&format!("{start}::")) {
            let before = code[..at].chars().next_back();
            let is_within = before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':');
            // `pub(in crate::cli)` says who may use something, and uses nothing.
            let is_visibility = code[..at].ends_with("(in ");
            if is_within || is_visibility || declared.iter().any(|tree| tree.contains(&at)) {
                continue;
            }
            let end = code[at..].find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
            let path = &code[at..end.map_or(code.len(), |end| at + end)];
            found.push(path.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect());
        }
    }
    found
}

/// For each folder the folders that ARCHITECTURE.md lets it use; `None` where that is everything.
fn layers() -> BTreeMap<String, Option<BTreeSet<String>>> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md")).unwrap();
    let rows = text.lines().skip_while(|line| !line.starts_with("| folder |")).skip(2);
    let mut layers: BTreeMap<String, Option<BTreeSet<String>>> = BTreeMap::new();
    for row in rows.take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let folder = cells[0].trim_matches('`').to_owned();
        let named = cells[2].split('`').skip(1).step_by(2).map(str::to_owned);
        let allowed = match cells[2] {
            "everything" => None,
            "all above" => Some(layers.keys().cloned().collect()),
            _ => Some(named.collect()),
        };
        layers.insert(folder, allowed);
    }
    layers
}

#[test]
fn a_folder_uses_only_what_its_layer_allows() {
    let sources = Sources::read();
    let layers = layers();
    let mut wrong = Vec::new();
    for (module, imports) in sources.imports() {
        let Some(folder) = module.first() else { continue };
        let allowed = layers.get(folder).unwrap_or_else(|| panic!("ARCHITECTURE.md has no row for src/{folder}"));
        let Some(allowed) = allowed else { continue };
        let above = imports.iter().filter_map(|import| import.first());
        for used in above.filter(|used| *used != folder && !allowed.contains(*used)) {
            wrong.push(format!("{} uses {used}", module.join("/")));
        }
    }
    assert!(wrong.is_empty(), "not in the table of ARCHITECTURE.md:\n{}", wrong.join("\n"));
}

#[test]
fn what_a_file_passes_on_from_elsewhere_it_uses() {
    let mut sources = Sources::default();
    for (module, code) in [
        (vec!["rating"], "mod sum;\npub use sum::Sum;\npub use crate::{ledger::Ledger};\n"),
        (vec!["rating", "sum"], "pub struct Sum;\npub(crate) use super::super::{report};\n"),
        (vec!["ledger"], "pub struct Ledger;\n"),
        (vec!["report"], ""),
    ] {
        let module: Module = module.into_iter().map(str::to_owned).collect();
        sources.files.insert(module.clone(), PathBuf::new());
        sources.code.insert(module, code.to_owned());
    }
    let imports = sources.imports();
    let used = |module: &[&str]| -> Vec<String> {
        imports[&module.iter().map(|part| (*part).to_owned()).collect::<Module>()]
            .iter()
            .map(|to| to.join("/"))
            .collect()
    };
    assert_eq!(used(&["rating"]), ["ledger"]);
    assert_eq!(used(&["rating", "sum"]), ["report"]);
}

#[test]
fn what_a_file_names_through_its_own_module_it_uses() {
    let mut sources = Sources::default();
    for (module, code) in [
        (vec!["rating"], "pub use flat::Flat;\nfn rate() { flat::rate(); flatly::rate(); }\n"),
        (vec!["rating", "flat"], "pub(in crate::rating) struct Flat;\npub fn rate() {}\n"),
    ] {
        let module: Module = module.into_iter().map(str::to_owned).collect();
        sources.files.insert(module.clone(), PathBuf::new());
        sources.code.insert(module, code.to_owned());
    }
    let imports = sources.imports();
    let used: Vec<usize> = imports.values().map(BTreeSet::len).collect();
    assert_eq!(used, [1, 0]);
}

#[test]
fn a_method_that_another_file_defines_is_used() {
    let mut sources = Sources::default();
    for (module, code) in [
        (vec!["billing", "engine"], "pub struct Engine;\nimpl Engine {\n    fn asset() {}\n}\n"),
        (vec!["billing", "take"], "use super::engine::Engine;\nimpl Engine {\n    fn take(&self) { self.pay() }\n}\n"),
        (vec!["billing", "pay"], "use super::engine::Engine;\nimpl Engine {\n    fn pay(&self) { Self::take() }\n}\n"),
        (vec!["billing", "other"], "struct Engine;\nimpl Engine {\n    fn other(&self) { self.pay() }\n}\n"),
    ] {
        let module: Module = module.into_iter().map(str::to_owned).collect();
        sources.files.insert(module.clone(), PathBuf::new());
        sources.code.insert(module, code.to_owned());
    }
    let calls = sources.calls();
    let told: Vec<String> = calls
        .iter()
        .flat_map(|(from, all)| all.iter().map(|to| format!("{} {}", from.join("/"), to.join("/"))))
        .collect();
    assert_eq!(told, ["billing/pay billing/take", "billing/take billing/pay"]);
}

#[test]
fn no_files_import_one_another() {
    let sources = Sources::read();
    let mut imports = sources.imports();
    for (module, called) in sources.calls() {
        imports.entry(module).or_default().extend(called);
    }
    let circles: BTreeSet<Vec<String>> = imports.keys().filter_map(|module| circle_of(module, &imports)).collect();
    let told: Vec<String> = circles.iter().map(|circle| circle.join(" -> ")).collect();
    assert!(told.is_empty(), "files that import one another:\n{}", told.join("\n"));
}

/// The shortest way from a module back to itself.
fn circle_of(module: &Module, imports: &BTreeMap<Module, BTreeSet<Module>>) -> Option<Vec<String>> {
    let mut from: BTreeMap<&Module, &Module> = BTreeMap::new();
    let mut next = vec![module];
    while let Some(at) = next.first().copied() {
        next.remove(0);
        for to in &imports[at] {
            if to == module {
                let mut way = vec![at.join("/")];
                let mut at = at;
                while at != module {
                    at = from[at];
                    way.push(at.join("/"));
                }
                way.rotate_right(1);
                way.reverse();
                // Every file of a circle finds it: it is told once, from its first file on.
                let first = (0..way.len()).min_by_key(|&index| way[index].clone()).unwrap_or_default();
                way.rotate_left(first);
                return Some(way);
            }
            if !from.contains_key(to) {
                from.insert(to, at);
                next.push(to);
            }
        }
    }
    None
}
