//! One catalog, and what becomes of its lines.

use crate::catalog::SourceFile;
use crate::catalog::testing::catalog;
use crate::money::Decimal;
use crate::scenario::applied::Applied;
use crate::scenario::apply::{apply, numbers};
use crate::scenario::{Changed, GridError, Path, Scenario, ScenarioError, Setting, Vary, grid, place, scenarios};

const STUDIO: &str = r#"
[catalog]
reporting_currency = "USD"
[[asset]]
code = "CREDIT"
precision = 0
rates = [{ rate = 0.05 }]
[[asset]]
code = "GIFT"
precision = 0
[[vendor]]
code = "openai"
[[vendor.cost]]
event_type = "image"
usage_type = "unit"
asset = "USD"
billable_dimensions = ["model"]
values = [{ model = "a", unit_price = 0.02 }, { unit_price = 0.01 }]
[[product]]
code = "studio"
[[product.price]]
name = "Platform fee"
type = "fixed"
billing_model = { type = "recurring", interval = "month" }
asset = "USD"
unit_price = 20
[[product.price]]
name = "Image"
type = "usage_based"
event_type = "image"
usage_type = "unit"
asset = "CREDIT"
billable_dimensions = ["model", "quality"]
values = [
  { model = "a", quality = "hd", unit_price = 20 },
  { model = "a", unit_price = 12 },
  { unit_price = 10, max_amount = 100 },
]
overage = { asset = "USD", rate = 0.06 }
[[product.price]]
name = "API"
type = "usage_based"
event_type = "call"
usage_type = "unit"
asset = "USD"
pricing_model = "graduated"
tier_period = "lifetime"
tiers = [{ up_to = 1000, unit_price = 0.006, flat_fee = 5 }, { unit_price = 0.004 }]
[[product.entitlement]]
name = "Monthly credits"
asset = "CREDIT"
amount = 1000
lifecycle = { duration = "month", refresh = { strategy = "rollover", limit = 2000 } }
[[auto_topup]]
asset = "CREDIT"
threshold = 100
amount = "20 USD"
limit = "200 USD"
"#;

pub(super) fn studio() -> Applied {
    Applied::from(&catalog(STUDIO))
}

/// What a line of the example becomes.
fn changed(settings: &[&str], lines: &[(&str, &str)]) {
    let settings: Vec<Setting> = settings.iter().map(|text| text.parse().unwrap()).collect();
    let mut text = STUDIO.to_owned();
    for (from, to) in lines {
        assert_eq!(text.matches(from).count(), 1, "{from}");
        text = text.replace(from, to);
    }
    assert_eq!(apply(&settings, &[studio()]), Ok(vec![Applied::from(&catalog(&text))]), "{settings:?}");
}

#[test]
fn paths_name_what_they_say() {
    let (hd, a, any) = ("unit_price = 20 }", "unit_price = 12 }", "{ unit_price = 10, max_amount = 100 }");
    changed(&["studio/Platform fee/unit_price=25"], &[("unit_price = 20\n", "unit_price = 25\n")]);
    changed(&["studio/Image[model=a,quality=hd]/unit_price=+20%"], &[(hd, "unit_price = 24 }")]);
    changed(&["studio/Image[model=a,quality=*]/unit_price=11"], &[(a, "unit_price = 11 }")]);
    changed(&["studio/Image[3]/unit_price=11"], &[(any, "{ unit_price = 11, max_amount = 100 }")]);
    changed(&["studio/Image[model=a]/unit_price=x0.5"], &[(hd, "unit_price = 10 }"), (a, "unit_price = 6 }")]);
    let all = [(hd, "unit_price = 30 }"), (a, "unit_price = 18 }"), (any, "{ unit_price = 15, max_amount = 150 }")];
    changed(&["studio/Image/*=x1.5"], &all);
    changed(&["studio/Image/max_amount=150", "studio/Image/unit_price=x1.5"], &all);
    changed(&["studio/Image/overage/rate=0.07"], &[("rate = 0.06", "rate = 0.07")]);
    let tiers = [
        ("unit_price = 0.006", "unit_price = 0.012"),
        ("flat_fee = 5", "flat_fee = 10"),
        ("{ unit_price = 0.004 }", "{ unit_price = 0.008 }"),
    ];
    changed(&["studio/API/*=+100%"], &tiers);
    changed(&["studio/API/tiers[2]/unit_price=0.008"], &tiers[2..]);
    changed(&["studio/API/tiers/unit_price=x2"], &[tiers[0], tiers[2]]);
    changed(&["studio/API/tiers[2]/flat_fee=7"], &[("{ unit_price = 0.004 }", "{ unit_price = 0.004, flat_fee = 7 }")]);
    changed(&["studio/Monthly credits/amount=500"], &[("amount = 1000", "amount = 500")]);
    changed(&["studio/Monthly credits/lifecycle/refresh/limit=0"], &[("limit = 2000", "limit = 0")]);
    changed(&["studio/Monthly credits/priority=5"], &[("amount = 1000", "amount = 1000\npriority = 5")]);
    changed(&["asset CREDIT/rate=0.04"], &[("rate = 0.05", "rate = 0.04")]);
    changed(&["asset CREDIT/overdraft_limit=50"], &[("rates = [", "overdraft_limit = 50\nrates = [")]);
    changed(
        &["auto_topup CREDIT/amount=50", "auto_topup CREDIT/threshold=+50%"],
        &[("20 USD", "50 USD"), ("= 100\na", "= 150\na")],
    );
    changed(
        &["auto_topup CREDIT/amount=50 USD", "auto_topup CREDIT/limit=250.5 USD"],
        &[("20 USD", "50 USD"), ("200 USD", "250.5 USD")],
    );
    changed(&["vendor openai/image[model=a]/unit_price=0.03"], &[("unit_price = 0.02", "unit_price = 0.03")]);
    changed(
        &["vendor openai/*=x3"],
        &[("unit_price = 0.02", "unit_price = 0.06"), ("unit_price = 0.01 ", "unit_price = 0.03 ")],
    );
    let policy = (
        "[[vendor]]",
        "[policy]\ninsufficient_funds = \"overdraft\"\nburn_order = [\"expires_at\", \"priority\"]\n[[vendor]]",
    );
    changed(&["policy/insufficient_funds=overdraft", "policy/burn_order=expires_at,priority"], &[policy]);
    changed(&["studio/API/tier_period=month"], &[("tier_period = \"lifetime\"", "tier_period = \"month\"")]);
    changed(&["studio/Platform fee/per_seat=true"], &[("unit_price = 20\n", "unit_price = 20\nper_seat = true\n")]);
}

#[test]
fn what_can_not_be_is_refused() {
    for (setting, why) in [
        ("studoi/Image/unit_price=1", "there is no product \"studoi\"; did you mean studio?"),
        ("asset CREDITS/rate=1", "there is no asset \"CREDITS\"; did you mean CREDIT?"),
        ("asset USD/rate=1", "there is no asset \"USD\"; there is CREDIT, GIFT"),
        ("studio/Imag/unit_price=1", "studio has no \"Imag\"; did you mean Image?"),
        ("studio/Image/unit_prise=1", "studio/Image has no \"unit_prise\"; did you mean unit_price?"),
        ("studio/API/unit_price=1", "studio/API/unit_price=1: `unit_price` does not belong in a price with"),
        ("studio/API/tiers=1", "studio/API/tiers is not one number"),
        ("studio/API/tiers[3]/unit_price=1", "studio/API has no tiers[3]"),
        ("studio/Image[modle=a]/unit_price=1", "none of its rows has \"modle\"; did you mean model?"),
        ("studio/Image[modle=*]/unit_price=1", "none of its rows has \"modle\"; did you mean model?"),
        ("studio/Image[model=a,quality=hf]/unit_price=1", "none of its rows is for quality=hf; did you mean hd?"),
        ("studio/Image[model=*,quality=hd]/unit_price=1", "none of its rows is for all of these"),
        ("studio/Image[9]/unit_price=1", "it has 3 rows, so none is number 9"),
        ("studio/API[model=a]/tiers/unit_price=1", "none of its rows has \"model\""),
        ("studio/Platform fee[model=a]/unit_price=1", "it has no rows to choose from"),
        ("studio/Image/event_type=1", "event_type can't be changed here"),
        ("studio/Platform fee/max_amount=1", "studio/Platform fee has no \"max_amount\""),
        ("studio/Image/min_amount=+5%", "there is no number to change yet; write the number itself"),
        ("studio/*=5", "studio/*=5: * stands for every price: write how much to change them by"),
        ("asset CREDIT/*=+5%", "asset CREDIT has no \"*\""),
        ("policy/insufficient_funds=1", "it is one of: deny, overdraft"),
        (
            "policy/insufficient_funds=overdarft",
            "policy/insufficient_funds=overdarft: `insufficient_funds` can't be `overdarft`; did you mean `overdraft`?",
        ),
        ("studio/Platform fee/per_seat=yes", "it is true or false"),
        ("studio/Image/unit_price=overdraft", "overdraft is not a number"),
        (
            "studio/Image[3]/unit_price=-1",
            "studio/Image[3]/unit_price=-1: studio/Image[model=*,quality=*]/unit_price: `unit_price` is negative",
        ),
        ("studio/*=-150%", "studio/Platform fee/unit_price: `unit_price` is negative"),
        (
            "studio/Platform fee/unit_price=+0.01%",
            "studio/Platform fee/unit_price=+0.01%: `unit_price` has more decimals than USD can be paid in; use at most 2",
        ),
        ("studio/Image/unit_price=x0.1234567890123456789", "18 significant digits"),
        ("studio/Monthly credits/amount=0.5", "`amount`: "),
        ("studio/API/tiers[1]/up_to=-1", "studio/API/tiers[1]/up_to=-1: `up_to` is negative"),
        ("auto_topup CREDIT/limit=10", "`limit` is less than `amount`"),
        ("auto_topup CREDIT/amount=20 EUR", "it is paid in USD, so write 20 USD, or 20"),
        ("auto_topup CREDIT/amount=20 usd", "it is paid in USD, so write 20 USD, or 20"),
        ("auto_topup CREDIT/threshold=50 CREDIT", "it is a number without a unit, so write 50"),
        ("studio/Platform fee/unit_price=25 USD", "it is a number without a unit, so write 25"),
        ("policy/insufficient_funds=1 USD", "it is one of: deny, overdraft"),
        ("asset GIFT/rate=0.05", "asset GIFT has no \"rate\""),
        ("asset CREDIT/inverse_rate=20", "asset CREDIT has no \"inverse_rate\"; there is precision, rate, rates"),
        ("studio/Image/pricing_model=graduated", "needs it"),
    ] {
        let error = match setting.parse::<Setting>() {
            Ok(setting) => apply(&[setting], &[studio()]).unwrap_err().to_string(),
            Err(error) => error.to_string(),
        };
        assert!(error.contains(why), "{setting}: {error}");
    }
}

#[test]
fn every_version_changes_from_its_own_value() {
    let mut applied = studio();
    let mut newer = applied.products[0].clone();
    newer.prices.retain(|price| price.name == "Image");
    newer.prices[0].usage.rows[0].unit_price = Some(Decimal::from(30));
    applied.products.push(newer);
    let path: Path = "studio/Image[quality=hd]/unit_price".parse().unwrap();
    assert_eq!(numbers(&path, std::slice::from_ref(&applied)), Ok(vec![Decimal::from(20), Decimal::from(30)]));
    let setting = |change: &str| Setting { path: path.clone(), change: change.parse().unwrap() };
    let after = apply(&[setting("+10%")], std::slice::from_ref(&applied)).unwrap();
    assert_eq!(numbers(&path, &after), Ok(vec![Decimal::from(22), Decimal::from(33)]));
    // What only one version has is enough.
    assert!(apply(&["studio/API/*=+5%".parse().unwrap()], std::slice::from_ref(&applied)).is_ok());
    let empty = Applied { products: Vec::new(), ..studio() };
    assert!(apply(&[setting("5")], &[empty.clone(), studio()]).is_ok());
    assert!(apply(&[setting("5")], &[empty]).unwrap_err().to_string().contains("there is no product \"studio\""));
}

#[test]
fn a_product_in_a_lost_asset_stays_as_it_is() {
    let mut applied = studio();
    let mut old = applied.products[0].clone();
    old.code = "old".to_owned();
    old.entitlements[0].asset = "LOST".to_owned();
    applied.products.push(old);
    let before = std::slice::from_ref(&applied);
    for setting in ["studio/Image/unit_price=+50%", "asset CREDIT/rate=0.04", "asset CREDIT/precision=1"] {
        let after = apply(&[setting.parse().unwrap()], before).unwrap();
        assert_eq!(after[0].products[1], applied.products[1]);
        assert_ne!(after[0], applied);
    }
    assert!(apply(&["old/Image/unit_price=5".parse().unwrap()], before).is_err());
}

#[test]
fn from_half_to_double_are_values_that_can_be() {
    let grid = |path: &str| {
        let values = grid(&path.parse().unwrap(), &[studio()], 100)?;
        Ok::<_, GridError>(values.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    let values = grid("studio/Platform fee/unit_price").unwrap();
    assert_eq!((values.len(), &*values[0], &*values[1], &*values[24]), (25, "10", "11.25", "40"));
    let values = grid("asset CREDIT/rate").unwrap();
    assert_eq!((values.len(), &*values[0], &*values[1], &*values[24]), (25, "0.025", "0.028125", "0.1"));
    // Whole credits, and as many as fit between.
    let values = grid("studio/Monthly credits/amount").unwrap();
    assert_eq!((values.len(), &*values[0], &*values[1], &*values[24]), (25, "500", "562", "2000"));
    let values = grid("studio/API/tiers/unit_price").unwrap();
    assert_eq!((values.len(), &*values[0], &*values[8], &*values[24]), (25, "x0.5", "x1", "x2"));
    assert!(grid("studio/API/tiers[2]/flat_fee").unwrap_err().to_string().contains("say which values to try"));
    assert!(grid("policy/insufficient_funds").unwrap_err().to_string().contains("is not a number"));
    assert!(grid("studio/Image/min_amount").unwrap_err().to_string().contains("has no number yet"));
    assert!(grid("auto_topup CREDIT/limit").is_ok());
    assert_eq!(grid("a/b=1..100/1").unwrap().len(), 100);
    assert_eq!(grid("a/b=1..101/1").unwrap_err().to_string(), "a/b: more than 100 values; take larger steps");
}

#[test]
fn scenarios_are_counted_and_named() {
    let set = |text: &str| Setting::named(text).unwrap();
    let vary = |text: &str| text.parse::<Vary>().unwrap();
    let names = |catalogs: &[&str], sets: &[&str], varies: &[&str], most| {
        let catalogs = catalogs.iter().map(|name| ((*name).to_owned(), catalog(STUDIO))).collect();
        let varies: Vec<_> = varies.iter().map(|text| vary(text)).collect();
        let all = scenarios(catalogs, sets.iter().map(|text| set(text)).collect(), &varies, most)?;
        Ok::<_, ScenarioError>(
            all.iter()
                .map(|s| format!("{}:{}{}", s.name, s.settings.len(), if s.catalog.is_some() { "+" } else { "" }))
                .collect::<Vec<_>>(),
        )
    };
    let sets = ["a/b=1", "new:a/b=2", "c/d=x2", "other:a/b=3", "other:c/d=4"];
    let all = names(&["new", "newer"], &sets, &["a/b=1,2", "c/d=+0%..+10%/10%"], 20).unwrap();
    let varied = ["a/b=1, c/d=+0%:2", "a/b=1, c/d=+10%:2", "a/b=2, c/d=+0%:2", "a/b=2, c/d=+10%:2"];
    assert_eq!(all[..4], ["new:1+", "newer:0+", "other:2", "a/b=1, c/d=x2:2"]);
    assert_eq!(all[4..], varied);
    assert_eq!(names(&[], &[], &["a/b=1..20/1"], 20).unwrap().len(), 20);
    for (catalogs, sets, varies, why) in [
        (&["a", "a"][..], &[][..], &[][..], "two scenarios are called \"a\""),
        (&["base"], &[], &[], "use another name"),
        (&[], &["base:a/b=1"], &[], "use another name"),
        (&[], &["a/b=1"], &["a/b=1,2"], "two scenarios are called \"a/b=1\""),
        (&[], &[], &["a/b=1..21/1"], "more than 20 scenarios"),
        (&["a"], &[], &["a/b=1..20/1"], "more than 20 scenarios"),
        (&[], &[], &["a/b=1..5/1", "c/d=1..5/1"], "more than 20 scenarios"),
        (&[], &[], &["a/b=0..1e8/1e-9", "c/d=0..1e8/1e-9", "e/f=0..1e8/1e-9"], "more than 20 scenarios"),
        (&[], &[], &["a/b=1", "a/b=2"], "a/b is varied twice"),
        (&[], &[], &["a/b"], "has no values"),
        (&[], &["a/b=1", "c/d=1", "a/b=2"], &[], "a/b is set twice"),
        (&["new"], &["new:a/b=1", "new:a/b=+5%"], &[], "--set a:a/b=VALUE --set b:a/b=VALUE"),
    ] {
        let error = names(catalogs, sets, varies, 20).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn paths_have_places_in_files() {
    let files = [
        SourceFile { name: "a.toml".to_owned(), text: "[catalog]\nreporting_currency = \"USD\"\n".to_owned() },
        SourceFile {
            name: "b.toml".to_owned(),
            text: STUDIO.split_once("[[asset]]").map(|(_, rest)| format!("[[asset]]{rest}")).unwrap(),
        },
        SourceFile { name: "c.toml".to_owned(), text: super::SHOP.to_owned() },
    ];
    for (path, file, line) in [
        ("asset CREDIT/rate", "b.toml", "rates = [{ rate = 0.05 }]"),
        ("studio/Platform fee/unit_price", "b.toml", "unit_price = 20"),
        ("studio/Image[model=a,quality=*]/unit_price", "b.toml", "  { model = \"a\", unit_price = 12 },"),
        (
            "studio/API/tiers[2]/unit_price",
            "b.toml",
            "tiers = [{ up_to = 1000, unit_price = 0.006, flat_fee = 5 }, { unit_price = 0.004 }]",
        ),
        (
            "studio/Monthly credits/lifecycle/refresh/limit",
            "b.toml",
            "lifecycle = { duration = \"month\", refresh = { strategy = \"rollover\", limit = 2000 } }",
        ),
        ("auto_topup CREDIT/limit", "b.toml", "limit = \"200 USD\""),
        // What rows share, and what is not there, stands at the row or the table.
        ("policy/burn_order", "c.toml", "burn_order = [\"expires_at\"]"),
        ("policy/insufficient_funds", "c.toml", "[policy]"),
        ("studio/Image/nothing", "b.toml", "[[product.price]]"),
    ] {
        let place = place(&files, &path.parse().unwrap()).unwrap_or_else(|| panic!("{path}"));
        let text = &files.iter().find(|file| file.name == place.file).unwrap().text;
        assert_eq!((&*place.file, text.lines().nth(place.line - 1).unwrap()), (file, line), "{path}");
    }
    assert_eq!(place(&files, &"nobody/Image/unit_price".parse().unwrap()), None);
}

#[test]
fn a_scenario_is_another_catalog_with_changes_of_it() {
    let set = |text: &str| Setting::named(text).unwrap();
    let cheap = catalog(&STUDIO.replace("unit_price = 20\n", "unit_price = 10\n"));
    let base = catalog(STUDIO);
    let sets = vec![set("cheap:studio/Platform fee/unit_price=+10%"), set("studio/Platform fee/unit_price=+10%")];
    let all = scenarios(vec![("cheap".to_owned(), cheap)], sets, &[], 20).unwrap();
    let fees: Vec<_> =
        all.iter().map(|scenario| scenario.catalog(&base).unwrap().products[0].fixed_prices[0].unit_price).collect();
    assert_eq!(fees.iter().map(|fee| fee.count() / 10_000_000).collect::<Vec<_>>(), [1100, 2200]);
    let none = Scenario { name: "none".to_owned(), catalog: None, settings: Vec::new() };
    assert_eq!(none.catalog(&base), Ok(base));
}

#[test]
fn a_history_changes_where_it_was_applied() {
    let first = studio();
    let mut later = studio();
    later.products[0].fixed_prices.clear();
    later.terms.policy.burn_order.clear();
    let settings = ["studio/Image/*=+50%".parse().unwrap(), "policy/insufficient_funds=overdraft".parse().unwrap()];
    let changed = Changed::new(&settings, vec![first.clone(), later.clone()]).unwrap();
    let expected = apply(&settings, &[first.clone(), later.clone()]).unwrap();
    for (before, after) in [first, later.clone()].iter().zip(&expected) {
        assert_eq!(changed.terms(&before.terms), Some(&after.terms));
        assert_eq!(changed.product(&before.products[0]), Some(&after.products[0]));
        assert_ne!(before, after);
    }
    later.terms.reporting_currency = "EUR".to_owned();
    later.products[0].prices.clear();
    assert_eq!((changed.terms(&later.terms), changed.product(&later.products[0])), (None, None));
}
