//! The page in a real browser, at the widths of a phone and of a desk, where Chromium is installed.

use super::compare::workspace as what_if;
use super::devtools::{Browser, installed};
use crate::reports::book::{CATALOG, worked};
use crate::support::{Book, program};
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

/// What is wrong with the page that is shown, as a list.
const FAULTS: &str = r"(() => {
  const faults = [];
  const root = document.documentElement;
  const width = root.clientWidth;
  if (root.scrollWidth > width) faults.push(`the page is ${root.scrollWidth} wide`);
  for (const element of document.querySelectorAll('main *')) {
    const box = element.getBoundingClientRect();
    if (element.parentElement.closest('.scroll, .name')) continue;
    if (box.width > 0 && (box.left < -0.5 || box.right > width + 0.5)) {
      faults.push(`${element.tagName} ${element.className.baseVal ?? element.className} ends at ${box.right}`);
    }
  }
  for (const chart of document.querySelectorAll('main svg')) {
    const boxes = [...chart.querySelectorAll('text')].map(text => [text.textContent, text.getBoundingClientRect()]);
    boxes.filter(([, box]) => box.width > 0).forEach(([text, a], index, all) => all.slice(index + 1).forEach(([other, b]) => {
      if (a.left < b.right && b.left < a.right && a.top + 2 < b.bottom && b.top + 2 < a.bottom) faults.push(`${text} is over ${other}`);
    }));
  }
  const light = colour => {
    const [r, g, b] = colour.match(/[\d.]+/g).slice(0, 3).map(c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paper = light(getComputedStyle(document.body).backgroundColor);
  for (const element of document.querySelectorAll('h1, p, .loss, dt, small, td, th, i, summary, figcaption, text, .value')) {
    const style = getComputedStyle(element);
    const ink = light(element.tagName === 'text' ? style.fill : style.color);
    const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    if (contrast < 4.5) faults.push(`${element.tagName} ${element.className.baseVal ?? element.className}: contrast ${contrast}`);
  }
  const requests = performance.getEntriesByType('resource').map(entry => entry.name);
  return faults.concat(requests);
})()";

/// One scenario with keys, and curves beside a condition that holds.
const WHAT_IFS: [(&str, &str); 3] = [
    ("two", "--vary studio/Call/unit_price=1,2 --vary studio/Setup/unit_price=1,2 --fail-on margin>10%"),
    ("one", "--with new=dearer.toml --by vendor"),
    ("curve", "--funding unlimited --vary studio/Call/unit_price=+0%..+95%/5% --fail-on margin>70%"),
];

fn write(book: &Book, path: &Path) {
    let mut command = Command::new(program());
    command.arg("--ledger").arg(book.path()).args("report profit --format html --by model --quiet -o".split(' '));
    assert!(command.arg(path).status().unwrap().success());
}

/// Sixty days of two hundred customers with long and strange names, amounts large and small, and losses.
fn busy() -> Book {
    let mut book = Book::new(CATALOG);
    let mut log = "id,customer,event_type,occurred_at,model,input,output,cost.openai\n".to_owned();
    for customer in 0..200u32 {
        let name = format!("customer {customer} of the <b>longest</b> name that anybody has ever given to שלום & sons");
        book.subscribe(&name, "llm", 1, "2026-07-01").unwrap();
        book.top_up(&name, &format!("{}", 10u64.pow(customer % 6) * 20), "USD", "2026-07-01");
    }
    for event in 0..2000u32 {
        let (customer, day) = (event * 7 % 200, event % 60);
        let name = format!("customer {customer} of the <b>longest</b> name that anybody has ever given to שלום & sons");
        let (month, day) = (7 + day / 31, 1 + day % 31);
        let (volume, cost) = (10u32.pow(customer % 6) * 3, 10u32.pow(event % 5));
        let model =
            ["a", "<script>alert(1)</script>", "unbreakable-model-name-of-sixty-letters-at-the-very-least-really"];
        let model = model[event as usize % 3];
        log +=
            &format!("{event},{name},call,2026-{month:02}-{day:02}T00:00:00Z,{model},{volume},{volume},0.{cost:05}\n");
    }
    book.replay(&sorted(&log));
    book
}

/// Events in the order of their times.
fn sorted(log: &str) -> String {
    let (header, rows) = log.split_once('\n').unwrap();
    let mut rows: Vec<&str> = rows.lines().collect();
    rows.sort_by_key(|row| row.split(',').nth(3));
    format!("{header}\n{}\n", rows.join("\n"))
}

#[test]
fn nothing_runs_over_at_phone_and_desk_width_in_light_and_dark() {
    let Some(program) = installed() else {
        let _ = writeln!(std::io::stderr(), "SKIPPED: no Chromium is installed, so no browser has seen the page");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut browser = Browser::start(&program);
    for (name, book) in [("worked", worked()), ("empty", Book::new(CATALOG)), ("busy", busy())] {
        let path = folder.path().join(format!("{name}.html"));
        write(&book, &path);
        looks_right(&mut browser, &path, name);
    }
    for (name, words) in WHAT_IFS {
        let workspace = what_if();
        workspace.run(&format!("compare usage.csv --enroll studio --format html -o page.html {words}"));
        looks_right(&mut browser, &workspace.folder().join("page.html"), name);
    }
}

/// At every width, with all its tables open.
fn looks_right(browser: &mut Browser, path: &Path, name: &str) {
    for (width, scheme) in [(375, "light"), (375, "dark"), (1280, "light"), (1280, "dark")] {
        browser.show(path, width, scheme);
        browser.value("document.querySelectorAll('details').forEach(details => details.open = true)");
        assert_eq!(browser.value(FAULTS), json!([]), "{name} at {width} in {scheme}");
    }
    assert_eq!(browser.value("document.scripts.length"), 0);
}

#[test]
fn the_browser_would_see_what_is_wrong() {
    let Some(program) = installed() else {
        let _ = writeln!(std::io::stderr(), "SKIPPED: no Chromium is installed");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wrong.html");
    let page = "<main><p style=\"width:900px;color:#ccc\">wide</p><svg><text y=\"9\">one</text><text y=\"9\">two</text></svg></main>";
    fs::write(&path, page).unwrap();
    let mut browser = Browser::start(&program);
    browser.show(&path, 375, "light");
    let Value::Array(faults) = browser.value(FAULTS) else { panic!("a list") };
    let faults: Vec<&str> = faults.iter().filter_map(Value::as_str).collect();
    for part in ["the page is", "P  ends at", "one is over two", "contrast"] {
        assert!(faults.iter().any(|fault| fault.contains(part)), "{part}: {faults:?}");
    }
}
