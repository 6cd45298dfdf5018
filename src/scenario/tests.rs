//! Changes of whole catalogs: those of the examples, and texts made for what they show.

mod studio;

use super::applied::Applied;
use super::apply::{apply, numbers};
use super::find::{find, is_value};
use super::name::path_to;
use super::*;
use crate::catalog::keys::{Key, Kind};
use crate::catalog::{self, SourceFile, Written, WrittenTable};
use crate::money::Decimal;
use proptest::prelude::*;
use std::fs;
use std::path::{Path as FilePath, PathBuf};

/// Every sound catalog of the project, each as its files.
fn sound() -> Vec<Vec<SourceFile>> {
    let root = FilePath::new(env!("CARGO_MANIFEST_DIR"));
    let entries = |folder: PathBuf| {
        let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    };
    let source = |path: &PathBuf| SourceFile {
        name: path.file_name().unwrap().to_string_lossy().into_owned(),
        text: fs::read_to_string(path).unwrap(),
    };
    let is_catalog = |path: &PathBuf| path.extension().is_some_and(|end| end == "toml");
    let good =
        entries(root.join("tests/it/catalog/good")).into_iter().filter(is_catalog).map(|path| vec![source(&path)]);
    let folders = entries(root.join("catalogs")).into_iter().filter(|path| path.is_dir());
    let folders = folders.map(|folder| entries(folder).iter().filter(|path| is_catalog(path)).map(source).collect());
    good.chain(folders).chain([vec![SourceFile { name: "shop.toml".to_owned(), text: SHOP.to_owned() }]]).collect()
}

fn applied(files: &[SourceFile]) -> Applied {
    Applied::from(&catalog::read(files).catalog.unwrap())
}

/// Names and values that need quotes, numbers that rows share, several rates and cost rules of one event type.
const SHOP: &str = r#"
[catalog]
reporting_currency = "USD"
[policy]
burn_order = ["expires_at"]
[[asset]]
code = "CREDIT"
precision = 2
rates = [{ rate = 0.05 }, { source = "EUR", inverse_rate = 25, valid_from = 2026-01-01T00:00:00.5+02:00 }]
[[asset]]
code = "USD"
precision = 6
rounding = "up"
overdraft_limit = 12.5
[[vendor]]
code = "v"
[[vendor.cost]]
event_type = "a/b:c"
usage_type = "unit"
asset = "USD"
billable_dimensions = ["size"]
values = [{ size = 1.50, unit_price = 0.000001 }, { size = "1.5x", unit_price = 2 }, { unit_price = 3 }]
[[vendor.cost]]
event_type = "a/b:c"
usage_type = "unit"
asset = "EUR"
unit_price = 1
[[product]]
code = "policy"
[[product.price]]
name = "Images \"hd\" [new]/old, best=1: all"
type = "usage_based"
event_type = "a/b:c"
usage_type = "unit_and_volume"
volume_field = "n"
asset = "CREDIT"
billable_dimensions = ["model=x", "is,new", "size"]
unit_price = 1
package_size = 1000
min_amount = 0.25
max_amount = 90
values = [
  { "model=x" = "a]b", "is,new" = true, volume_rate = 0.000000000000000001 },
  { "model=x" = "\\ \"q\"", "is,new" = "true", volume_rate = 2, name = "second" },
  { "is,new" = false, size = 99999999999999999999, volume_rate = 3, unit_price = 7 },
  { size = -1.5e-3, volume_rate = 4 },
]
[[product.entitlement]]
name = "Images \"hd\" [new]/old, best=1: all"
asset = "CREDIT"
amount = 10
[[auto_topup]]
asset = "CREDIT"
threshold = 1
amount = "20.50 EUR"
limit = "200 EUR"
"#;

#[test]
fn what_is_written_is_read_as_what_it_was() {
    for files in sound() {
        let catalog = catalog::read(&files).catalog.unwrap();
        let (text, _) = catalog::write(&catalog.terms, &catalog.products).unwrap().to_toml();
        let reading = catalog::read(&[SourceFile { name: "again".to_owned(), text: text.clone() }]);
        let again = reading.catalog.unwrap_or_else(|| panic!("{text}\n{:#?}", reading.findings));
        assert_eq!(Applied::from(&again), Applied::from(&catalog), "{text}");
    }
}

/// Everything in a file that can be changed: its address, and what stands there.
fn values(file: &WrittenTable) -> Vec<(Vec<usize>, &'static Key, Written)> {
    let mut copy = file.clone();
    let value = |mut address: Vec<usize>| {
        let last = address.pop()?;
        let table = copy.at(&address)?;
        let entry = &table.entries[last];
        let key = table.table.key(&entry.name).filter(|key| is_value(&key.kind))?;
        address.push(last);
        Some((address, key, entry.value.clone()))
    };
    file.to_toml().1.into_iter().map(|(_, address)| address).filter_map(value).collect()
}

fn number(value: &Written) -> Option<Decimal> {
    match value {
        Written::Number(number) | Written::Payment(number, _) => Some(*number),
        _ => None,
    }
}

/// Some numbers near another one, of which `check` takes at least one.
fn near(number: Decimal) -> Vec<Change> {
    let changes = ["x2", "x0.5", "x1.1", "x0.9"].map(|change| change.parse::<Change>().unwrap());
    let near = changes.iter().filter_map(|change| change.of(number).ok());
    let near: Vec<_> = near.filter(|near| *near != number).map(Change::Number).collect();
    near.into_iter().chain(["1", "2", "3", "0.01"].map(|text| text.parse().unwrap())).collect()
}

#[test]
fn every_number_can_be_named_and_set_and_nothing_else_changes() {
    let mut count = 0;
    for files in sound() {
        let applied = applied(&files);
        let file = catalog::write(&applied.terms, &applied.products).unwrap();
        for (address, _, value) in values(&file) {
            let path = path_to(&file, &address);
            assert_eq!(path.to_string().parse(), Ok(path.clone()));
            let Some(number) = number(&value) else { continue };
            let set = near(number).into_iter().find_map(|change| {
                let setting = Setting { path: path.clone(), change: change.clone() };
                Some((change, apply(&[setting], std::slice::from_ref(&applied)).ok()?.pop()?))
            });
            let (change, changed) = set.unwrap_or_else(|| panic!("{path} can't be set"));
            assert_eq!(numbers(&path, std::slice::from_ref(&changed)), Ok(vec![change.of(number).unwrap()]), "{path}");
            let mut expected = file.clone();
            for found in find(&file, &path, false).ok().unwrap() {
                let table = expected.at(&found.address).unwrap();
                super::change::set(table, found.key, &change).unwrap();
            }
            assert_eq!(catalog::write(&changed.terms, &changed.products), Some(expected), "{path}={change}");
            assert!(find(&file, &path, false).ok().unwrap().iter().any(|found| address.starts_with(&found.address)));
            count += 1;
        }
    }
    assert!(count > 100, "{count}");
}

#[test]
fn nothing_more_changes_nothing() {
    for files in sound() {
        let before = [applied(&files)];
        let file = catalog::write(&before[0].terms, &before[0].products).unwrap();
        let (numbers, words): (Vec<_>, Vec<_>) =
            values(&file).into_iter().partition(|(.., value)| number(value).is_some());
        let paths: Vec<_> = numbers.iter().map(|(address, ..)| path_to(&file, address)).collect();
        // A word in a list has the path of all of them.
        let words = words.iter().filter(|(_, key, _)| !matches!(key.kind, Kind::List(_))).map(|(address, _, word)| {
            Setting { path: path_to(&file, address), change: word.as_text().unwrap().parse().unwrap() }
        });
        let words: Vec<_> = words.collect();
        assert!(words.len() > 2);
        for change in ["+0%", "-0%", "x1"] {
            let setting = |path: &Path| Setting { path: path.clone(), change: change.parse().unwrap() };
            let settings: Vec<_> = paths.iter().map(setting).chain(words.iter().cloned()).collect();
            assert_eq!(apply(&settings, &before), Ok(before.to_vec()));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn rows_are_named_by_whatever_they_are_for(
        name in "[\\PC&&[^*]]{1,6}",
        dimensions in proptest::collection::btree_set("[a-z/\\[\\]=,:\"\\\\ ]{1,5}", 1..3),
        values in proptest::collection::btree_set("[a-c/\\[\\]=,:\"\\\\ 1.-]{1,4}", 1..5),
    ) {
        let mut applied = studio::studio();
        let price = &mut applied.products[0].prices[0];
        price.name = name.clone();
        price.usage.billable_dimensions = dimensions.iter().cloned().collect();
        let row = price.usage.rows[0].clone();
        let others = || dimensions.iter().skip(1).map(|_| None);
        let rows = values.iter().map(|value| crate::catalog::PriceRow {
            dimensions: std::iter::once(Some(crate::catalog::DimensionValue::Text(value.clone()))).chain(others()).collect(),
            ..row.clone()
        });
        price.usage.rows = rows.collect();
        let before = [applied];
        let file = catalog::write(&before[0].terms, &before[0].products).unwrap();
        let read = catalog::read(&[SourceFile { name: String::new(), text: file.to_toml().0 }]);
        prop_assert_eq!(read.catalog.map(|catalog| Applied::from(&catalog)), Some(before[0].clone()));
        for (address, ..) in values_of_rows(&file) {
            let path = path_to(&file, &address).to_string();
            let setting = format!("{path}=x2").parse::<Setting>();
            prop_assert!(setting.is_ok(), "{}: {:?}", path, setting);
            let after = apply(&[setting.unwrap()], &before).unwrap();
            let changed = |applied: &Applied| applied.products[0].prices[0].usage.rows.iter().map(|row| row.unit_price).collect::<Vec<_>>();
            let differ = changed(&before[0]).iter().zip(changed(&after[0])).filter(|(old, new)| *old != new).count();
            prop_assert_eq!(differ, 1, "{}", path);
        }
    }
}

/// The unit prices of a product's rows, where there are several.
fn values_of_rows(file: &WrittenTable) -> Vec<(Vec<usize>, &'static Key, Written)> {
    let is_of_row = |address: &[usize]| {
        let path = path_to(file, address);
        path.section == "product"
            && path.parts.len() == 3
            && matches!(path.parts[1].select, super::path::Select::Cells(_))
    };
    let is_price = |(address, key, _): &(Vec<usize>, &'static Key, Written)| key.is_price && is_of_row(address);
    values(file).into_iter().filter(is_price).filter(|(_, key, _)| key.name == "unit_price").collect()
}
