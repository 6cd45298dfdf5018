//! Tables that commands write into a catalog. The transcript is in `tests/it/add`; SNAPSHOTS=overwrite writes it anew.

use crate::support::{Ran, Transcript, Workspace, expected};
use snapbox::assert_data_eq;
use std::fs;

const SHOP: &str = "\
# The shop's prices.
[catalog]
reporting_currency = \"USD\"

[[product]] # what people buy
code = \"studio\"

[[product.price]]
name = \"Image\"
type = \"usage_based\"
event_type = \"image\"
usage_type = \"unit\"
asset = \"USD\"
unit_price = 0.10 # ten cents
# to be raised in spring

# Second hand.
[[product]]
code = \"used\"
price = [{ name = \"Any\", type = \"fixed\", billing_model.type = \"one_time\", asset = \"USD\", unit_price = 1 }]
";

fn workspace(text: &str) -> Workspace {
    Workspace::new().with("catalogs/shop.toml", text)
}

const IMAGE: &[&str] = &["--type", "usage_based", "--event-type", "pdf", "--usage-type", "unit", "--asset", "USD"];

#[test]
fn a_catalog_grows_by_commands() {
    let workspace = workspace(SHOP);
    let lines = [
        "asset add CREDIT --precision 0 --rate '0.05 USD' --rate '0.04 USD from 2026-07-01' --expires-after '1 year'",
        "price add studio Fee --type fixed --asset USD --unit-price 20.00 --interval month --per-seat",
        "price add studio Credits --type fixed --asset CREDIT --unit-price 5 --one-time",
        "price add studio Upscale --type usage_based --event-type upscale --usage-type volume --volume-field pixels \
         --asset CREDIT --row model=gli-2,volume_rate=0.1 --row 'volume_rate=2e-1,name=Other \"models\"' \
         --overage '0.06 USD'",
        "product add api --name API --price Calls --type usage_based --event-type api_call --usage-type unit --asset USD \
         --pricing-model graduated --tier-period month --tier up_to=1000,unit_price=0 --tier unit_price=0.004",
        "vendor add gpu --name 'GPU house' --event-type upscale --usage-type unit --asset USD --unit-price 0.002",
        "vendor add-cost gpu --event-type image --usage-type unit --asset USD --unit-price 0.04 --format csv",
        "asset add EUR --rate '1.08 USD' --format json",
        "price add studio Again --type usage_based --event-type upscale --usage-type unit --asset CREDIT --unit-price 1",
        // What check warns of.
        "asset add POINT --precision 0",
        "price add studio Points --type usage_based --event-type game --usage-type unit --asset POINT --unit-price 1",
        // What check refuses.
        "price add studio Fee --type fixed --asset CREDT --unit-price 20 --one-time",
        "price add studio Fee --type fixed --asset CREDT --unit-price 20 --one-time --format json",
        "asset add USD --precision 1",
        "vendor add gpu",
        // What makes no sense.
        "price add stduio Fee --type fixed --asset USD --unit-price 20 --one-time",
        "price add used Fee --type fixed --asset USD --unit-price 20 --one-time",
        "vendor add-cost gpt --event-type image --usage-type unit --asset USD --unit-price 0.04",
        "asset add",
        "product add x",
        "price add",
        "price add studio x --type fixed",
        "price add studio x --type usage_based --usage-type volume --pricing-model volume",
        "vendor add-cost gpu --usage-type unit_and_volume",
        "price add studio x --row unitprice=1",
        "price add studio x --type usagebased",
        "asset add X --expires-after '1 yaer'",
        "asset add X --precision 0 --file other.toml",
        "check",
        // What an account may owe.
        "asset add DATA --precision 2 --overdraft-limit 50.00",
        "asset add DATUM --overdraft-limit=-1 --precision 0",
    ];
    let mut transcript = Transcript::default();
    for line in lines {
        transcript.add(line, &workspace.run(line));
    }
    transcript.assert("add/commands.txt");
    assert_data_eq!(workspace.read("catalogs/shop.toml"), expected("add/shop.toml"));
}

#[test]
fn what_was_there_stays_to_the_byte_line_ends_and_byte_order_mark_too() {
    let text = format!("\u{feff}{}", SHOP.replace('\n', "\r\n"));
    let workspace = workspace(&text);
    let file = workspace.path("catalogs/shop.toml");
    let price = [&["price", "add", "studio", "PDF", "--unit-price", "1"], IMAGE].concat();
    assert_eq!(workspace.run(&price).code, 0);
    let new = fs::read_to_string(&file).unwrap();
    let at = text.find("\r\n# Second hand").unwrap();
    let (before, after) = (&text[..at], &text[at..]);
    assert!(new.starts_with(before) && new.ends_with(after), "{new}");
    let added = &new[at..new.len() - after.len()];
    assert!(added.starts_with("\r\n[[product.price]]\r\nname = \"PDF\"\r\n"), "{added:?}");
    assert_eq!(added.matches('\n').count(), added.matches("\r\n").count());
    assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn what_is_refused_leaves_the_file_alone() {
    let workspace = workspace(SHOP);
    let file = workspace.path("catalogs/shop.toml");
    let wrong = [&["price", "add", "studio", "Image", "--unit-price", "1"], IMAGE].concat();
    assert_eq!(workspace.run(&wrong).code, 1);
    assert_eq!(fs::read_to_string(&file).unwrap(), SHOP);
    fs::write(&file, "[[product]\n").unwrap();
    let Ran { code, stderr, .. } = workspace.run(&["asset", "add", "X", "--precision", "0"]);
    assert!(code == 1 && stderr.contains("not TOML"), "{stderr}");
    fs::remove_file(&file).unwrap();
    let Ran { code, stderr, .. } = workspace.run(&["asset", "add", "X", "--precision", "0"]);
    assert!(code == 1 && stderr.contains("catalogs"), "{stderr}");
}

#[test]
fn an_error_that_is_there_may_be_mended_by_what_is_added() {
    let workspace =
        workspace(&SHOP.replace("asset = \"USD\"\nunit_price = 0.10", "asset = \"CREDIT\"\nunit_price = 1"));
    assert_eq!(workspace.run(&["check"]).code, 1);
    let Ran { code, stderr, .. } = workspace.run(&["asset", "add", "CREDIT", "--precision", "0", "--rate", "0.05 USD"]);
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(workspace.run(&["check"]).code, 0);
}

#[test]
fn in_a_folder_the_file_is_the_products_or_that_of_the_catalog_or_the_one_named() {
    let workspace = workspace("[[vendor]]\ncode = \"gpu\"\n");
    let catalogs = workspace.path("catalogs");
    fs::write(catalogs.join("main.toml"), "[catalog]\nreporting_currency = \"USD\"\n").unwrap();
    fs::write(catalogs.join("products.toml"), &SHOP[SHOP.find("[[product]]").unwrap()..]).unwrap();
    for (line, file) in [
        ("asset add CREDIT --precision 0", "main.toml"),
        ("asset add MIN --precision 0 --file shop.toml", "shop.toml"),
        ("vendor add cpu --file catalogs/products.toml", "products.toml"),
        ("price add studio Fee --type fixed --asset USD --unit-price 1 --one-time", "products.toml"),
    ] {
        let before = fs::read_to_string(catalogs.join(file)).unwrap();
        let Ran { code, stdout, stderr } = workspace.run(line);
        assert!(code == 0 && stdout.starts_with(&format!("catalogs/{file}:")), "{line}\n{stdout}{stderr}");
        assert_ne!(fs::read_to_string(catalogs.join(file)).unwrap(), before);
    }
    fs::remove_file(catalogs.join("main.toml")).unwrap();
    let Ran { code, stderr, .. } = workspace.run(&["asset", "add", "X", "--precision", "0"]);
    assert!(code == 2 && stderr.contains("--file: catalogs/products.toml, catalogs/shop.toml"), "{stderr}");
}

#[test]
fn names_are_written_as_they_are_and_never_become_keys() {
    let workspace = workspace(SHOP);
    for (index, name) in ["a\"b\\", "''' \"\"\"", "x\" \n[[asset]]", "é ★ 価格", "\u{1b}[2J", " x"].iter().enumerate()
    {
        let price = [&["price", "add", "studio", name, "--unit-price", "1"], IMAGE].concat();
        let Ran { code, stderr, .. } = workspace.run(&price);
        assert!(!stderr.contains('\u{1b}'), "{stderr:?}");
        let is_taken = ![2, 4, 5].contains(&index);
        assert_eq!(code, if is_taken { 0 } else { 2 }, "{name:?}: {stderr}");
    }
    let prices = workspace.ok("price list studio --format json").json();
    let names: Vec<_> = prices["prices"].as_array().unwrap().iter().map(|p| p["price"].clone()).collect();
    assert_eq!(names, ["Image", "a\"b\\", "''' \"\"\"", "é ★ 価格"]);
}
