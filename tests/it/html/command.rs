//! The command: the figures of the page against those of JSON, and the file that it writes.

use super::parse::{Element, parse};
use crate::reports::book::{CATALOG, worked};
use crate::support::{Book, on_ledger};
use serde_json::Value;
use snapbox::str;
use std::fs;
use std::path::Path;

fn stdout(ledger: &Path, args: &[&str]) -> String {
    String::from_utf8(on_ledger(ledger, args).success().get_output().stdout.clone()).unwrap()
}

fn page(book: &Book, args: &[&str]) -> Element {
    parse(&stdout(&book.path(), &[&["report", "profit", "--format", "html"], args].concat()))
}

fn json(book: &Book, by: &str, args: &[&str]) -> Value {
    let text = stdout(&book.path(), &[&["report", "profit", "--format", "json", "--by", by], args].concat());
    serde_json::from_str::<Value>(&text).unwrap()["data"].take()
}

/// The margin as the page rounds it is the one of JSON, which has more digits.
fn same_margin(cell: &str, json: &Value) -> bool {
    let Some(exact) = json.as_str() else { return cell == "–" };
    let digits = |text: &str| text.replace(['.', '%'], "").parse::<i64>().unwrap();
    (digits(cell) * 10 - digits(exact)).abs() <= 5
}

fn compare(section: &Element, report: &Value, by: &[&str]) {
    let table = section.table();
    let (header, rows) = table.split_first().unwrap();
    let mut expected = report["rows"].as_array().unwrap().clone();
    assert_eq!(rows.len(), expected.len() + 1, "{header:?}");
    expected.push(report["total"].clone());
    for (row, json) in rows.iter().zip(&expected) {
        let name = |key: &&str| json[*key].as_str().map_or_else(|| format!("no {key}"), str::to_owned);
        let names: Vec<String> = by.iter().map(name).collect();
        assert!(row[0] == names.join(" / ") || row[0] == "total", "{row:?}");
        for (column, cell) in header.iter().zip(row).skip(1) {
            let json = match column.as_str() {
                "usage" => &json["usage_revenue"],
                "fixed" => &json["fixed_revenue"],
                column => &json[column],
            };
            let same = match column.as_str() {
                "margin" => same_margin(cell, json),
                _ => *cell == json.as_str().map_or_else(|| json.to_string(), str::to_owned),
            };
            assert!(same, "{column} of {}: {cell} {json}", row[0]);
        }
    }
    let columns: Vec<&str> = header.iter().skip(1).map(String::as_str).collect();
    let all = ["events", "denied", "unpriced", "fees", "usage", "breakage", "revenue", "cost", "profit", "margin"];
    assert_eq!(columns, all);
}

#[test]
fn tables_say_what_json_says() {
    let book = worked();
    let page = page(&book, &["--by", "model,price"]);
    compare(page.section("Customers"), &json(&book, "customer", &[]), &["customer"]);
    compare(page.section("Products"), &json(&book, "product", &[]), &["product"]);
    compare(page.section("Over time"), &json(&book, "day", &[]), &["day"]);
    compare(page.section("By model and price"), &json(&book, "model,price", &[]), &["model", "price"]);
    let totals: Vec<String> = page.named("dd").iter().map(|value| value.text()).collect();
    let expected =
        ["25.00 USD", "5.90 USD", "19.10 USD", "76.4%", "6.00 USD", "19.00 USD", "11.00 USD", "6"].map(String::from);
    assert_eq!(totals, expected);
    let remarks = [
        "1 event was denied: not served, so the would-be cost (1.00 USD) is not counted",
        "1 of 6 events earned nothing",
    ];
    for (note, remark) in page.of_class("note").iter().zip(remarks) {
        assert!(note.text().starts_with(remark), "{}", note.text());
    }
}

#[test]
fn a_window_and_months() {
    let mut book = worked();
    book.replay("id,customer,event_type,occurred_at,model,input,output,cost.openai\nlate,acme,call,2026-11-02T00:00:00Z,a,1,1,4\n");
    let whole = page(&book, &[]);
    let report = json(&book, "month", &[]);
    compare(whole.section("Over time"), &report, &["month"]);
    assert_eq!(report["rows"].as_array().unwrap().len(), 3);
    let window = ["--from", "2026-07-03", "--to", "2026-08-02"];
    let page = page(&book, &window);
    compare(page.section("Over time"), &json(&book, "day", &window), &["day"]);
    assert_eq!(page.of_class("period")[0].text(), "From 2026-07-03T00:00:00Z to 2026-08-02T00:00:00Z");
}

#[test]
fn a_ledger_without_events_has_a_page() {
    let page = page(&Book::new(CATALOG), &["--by", "model"]);
    assert_eq!(page.named("h1")[0].text(), "Nothing was used, earned or spent in this time.");
    assert!(page.of_class("period").is_empty());
}

#[test]
fn a_page_is_replaced_and_nothing_else_is() {
    let book = worked();
    let folder = tempfile::tempdir().unwrap();
    let report = |file: &str| on_ledger(&book.path(), &["report", "profit", "--format", "html", "-o", file]);
    let path = folder.path().join("profit.html");
    let file = path.to_str().unwrap();
    report(file).success().stdout_eq("").stderr_eq(format!("{file} is written; open it in a browser\n"));
    let page = fs::read_to_string(&path).unwrap();
    assert_eq!(page, stdout(&book.path(), &["report", "profit", "--format", "html"]));
    fs::write(&path, "<!doctype html>an older page").unwrap();
    report(file).success();
    assert_eq!(fs::read_to_string(&path).unwrap(), page);
    on_ledger(&book.path(), &["report", "profit", "--format", "html", "-o", file, "--quiet"]).success().stderr_eq("");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left there");

    let ledger = book.path();
    let before = fs::read(&ledger).unwrap();
    report(ledger.to_str().unwrap()).code(1).stdout_eq("").stderr_eq(str![[r#"
error: [..]ledger.db exists and is not an HTML page
  help: name another file; --format html replaces nothing but a page

"#]]);
    assert_eq!(fs::read(&ledger).unwrap(), before);
    let nowhere = folder.path().join("no/where.html");
    report(nowhere.to_str().unwrap()).code(1).stderr_eq("error: can't write [..]where.html: [..]\n");
    report(folder.path().to_str().unwrap()).code(1).stderr_eq("error: can't write [..]: [..]\n");
}

#[cfg(unix)]
#[test]
fn a_link_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let book = worked();
    let folder = tempfile::tempdir().unwrap();
    let (page, link) = (folder.path().join("secret.html"), folder.path().join("latest.html"));
    fs::write(&page, "").unwrap();
    fs::set_permissions(&page, fs::Permissions::from_mode(0o600)).unwrap();
    symlink("secret.html", &link).unwrap();
    on_ledger(&book.path(), &["report", "profit", "--format", "html", "-o", link.to_str().unwrap()]).success();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::metadata(&page).unwrap().permissions().mode() & 0o777, 0o600);
    parse(&fs::read_to_string(&page).unwrap());
}

#[test]
fn what_has_no_page_is_refused_before_anything_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("ledger.db");
    fs::write(folder.path().join("catalog.toml"), CATALOG).unwrap();
    let catalog = folder.path().join("catalog.toml");
    for args in [
        &["apply", "--yes", "--catalog", catalog.to_str().unwrap(), "--format", "html"][..],
        &["report", "usage", "--format", "html"],
    ] {
        on_ledger(&ledger, args).code(2).stdout_eq("").stderr_eq(str![[r#"
error: --format html works only with `compare` and `report profit`
  help: use --format table, json or csv

"#]]);
    }
    assert!(!ledger.exists());
    on_ledger(&ledger, &["report", "profit", "--format", "csv", "-o", "profit.csv"]).code(2).stdout_eq("").stderr_eq(
        str![[r#"
error: --output is for --format html
  help: add --format html, or send other formats to a file with >

"#]],
    );
}
