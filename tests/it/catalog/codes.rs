//! Every code's page is true: its catalog has the finding, as the page shows it, and the mended one is sound.
//!
//! A page's `toml` blocks are files: those above its `text` block have the finding, which stands in it, and those below
//! are what they are mended to. `SNAPSHOTS=overwrite cargo test --test it codes` writes what is found now into the pages.

use crate::support::{Ran, Workspace, repository};
use drawdown::catalog::Code;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

fn pages() -> PathBuf {
    repository("src/catalog/codes")
}

/// The fenced blocks of a page: what stands after the fence, and the text.
fn blocks(page: &str) -> Vec<(&str, String)> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let body = lines.by_ref().take_while(|line| *line != "```");
        blocks.push((info, body.map(|line| format!("{line}\n")).collect()));
    }
    blocks
}

/// Writes a block to the file that it names, `prices.toml` if none.
fn write(info: &str, bytes: &[u8], workspace: &Workspace) {
    workspace.write(info.strip_prefix("toml ").unwrap_or("prices.toml"), bytes);
}

/// A file with a finding. One called `latin-1.toml` is what its name says.
fn bytes(info: &str, text: &str) -> Vec<u8> {
    if info != "toml latin-1.toml" {
        return text.as_bytes().to_vec();
    }
    text.chars().map(|c| u8::try_from(c).unwrap()).collect()
}

/// What `check` says of the catalog in a workspace, and whether it passes.
fn check(workspace: &Workspace, args: &[&str]) -> (String, bool) {
    let mut files: Vec<_> = fs::read_dir(workspace.folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let path = if files.len() == 1 { files.remove(0) } else { ".".into() };
    let Ran { stdout, stderr, code } = workspace.run(&[&["check", &path], args].concat());
    assert_eq!(stderr, "");
    (stdout, code == 0)
}

/// The page with what is found in its catalog now; the mended catalog must be sound.
fn renewed(code: Code, page: &str) -> String {
    let workspace = Workspace::new();
    let blocks = blocks(page);
    let (found_at, (_, shown)) = blocks.iter().enumerate().find(|(_, (info, _))| *info == "text").unwrap();
    blocks[..found_at].iter().for_each(|(info, text)| write(info, &bytes(info, text), &workspace));
    let (found, _) = check(&workspace, &[]);
    let word = code.severity().name();
    assert!(found.contains(&format!("{word}[{code}]: ")), "{code}: its catalog has not that finding:\n{found}");
    blocks[found_at + 1..].iter().for_each(|(info, text)| write(info, text.as_bytes(), &workspace));
    let (mended, is_sound) = check(&workspace, &["--deny-warnings"]);
    assert!(is_sound, "{code}: what it is mended to is not sound:\n{mended}");
    page.replacen(&format!("```text\n{shown}```\n"), &format!("```text\n{found}```\n"), 1)
}

#[test]
fn every_page_shows_what_is_found_and_how_to_mend_it() {
    for &code in Code::ALL {
        let renewed = renewed(code, code.page());
        if std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite") {
            fs::write(pages().join(format!("{code}.md")), renewed).unwrap();
        } else {
            snapbox::assert_data_eq!(code.page(), snapbox::Data::text(renewed).raw());
        }
    }
}

#[test]
fn every_page_begins_with_its_code_and_one_sentence() {
    for code in Code::ALL {
        let lines: Vec<&str> = code.page().lines().take(4).collect();
        let [title, "", summary, ""] = lines[..] else { panic!("{code}: {lines:?}") };
        assert_eq!(title, format!("# {code}"));
        assert_eq!(summary, code.summary());
        assert!(summary.ends_with('.') && summary.chars().count() < 120, "{code}: {summary}");
    }
}

#[test]
fn no_page_is_without_a_code() {
    let names = fs::read_dir(pages()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let codes: BTreeSet<String> = Code::ALL.iter().map(|code| format!("{code}.md")).collect();
    assert_eq!(names.collect::<BTreeSet<_>>(), codes);
}
