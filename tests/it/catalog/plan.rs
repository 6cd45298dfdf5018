//! What publishing a catalog would change.

use drawdown::catalog::{Action, Catalog, Plan, Published, PublishedProduct, SourceFile, plan, read};
use drawdown::ids::VersionNumber;
use std::collections::BTreeSet;

const BASE: &str = r#"
[catalog]
name = "glitch"
reporting_currency = "USD"

[[asset]]
code = "CREDIT"
name = "Credits"
precision = 0
rates = [{ rate = 0.05 }]

[[vendor]]
code = "openai"
name = "OpenAI"
[[vendor.cost]]
event_type = "image_generated"
usage_type = "unit"
asset = "USD"
unit_price = 0.1

[[product]]
code = "studio"
name = "Studio"
[[product.price]]
name = "Image"
type = "usage_based"
event_type = "image_generated"
usage_type = "unit"
asset = "CREDIT"
billable_dimensions = ["model"]
values = [{ model = "gli-2", unit_price = 12 }, { unit_price = 10, name = "Other" }]
[[product.price]]
name = "Upscale"
type = "usage_based"
event_type = "image_upscaled"
usage_type = "unit"
asset = "CREDIT"
unit_price = 2
min_amount = 1

[[auto_topup]]
asset = "CREDIT"
threshold = 10
amount = "20 USD"
"#;

fn catalog(text: &str) -> Catalog {
    let reading = read(&[SourceFile { name: "a.toml".into(), text: text.into() }]);
    reading.catalog.unwrap_or_else(|| panic!("{:?}", reading.findings))
}

fn published(catalog: &Catalog, held: &[&str]) -> Published {
    let product = |product: &_| PublishedProduct {
        product: Clone::clone(product),
        version: VersionNumber::from_number(3),
        archived: false,
        subscribers: 7,
    };
    Published {
        terms: catalog.terms.clone(),
        products: catalog.products.iter().map(product).collect(),
        asset_balances: held.iter().map(|&code| code.to_owned()).collect::<BTreeSet<_>>(),
        priced_assets: BTreeSet::new(),
    }
}

/// The plan from [`BASE`] to the same with some texts replaced.
fn after(replacements: &[(&str, &str)], held: &[&str]) -> Plan {
    changed(BASE, replacements, held)
}

fn changed(base: &str, replacements: &[(&str, &str)], held: &[&str]) -> Plan {
    let mut text = base.to_owned();
    for (old, new) in replacements {
        assert!(text.contains(old), "{old}");
        text = text.replacen(old, new, 1);
    }
    plan(Some(&published(&catalog(base), held)), &catalog(&text))
}

fn lines(plan: &Plan) -> Vec<String> {
    let line = |change: &drawdown::catalog::Change| {
        let version = change.version.map_or_else(String::new, |version| format!("@{version}"));
        format!("{:?} {} {}{version}: {}", change.action, change.kind, change.code, change.details.join("; "))
    };
    plan.changes.iter().map(line).collect()
}

#[test]
fn a_first_catalog_is_all_new() {
    let plan = plan(None, &catalog(BASE));
    let added = ["Add asset CREDIT: ", "Add vendor openai: ", "Add auto_topup CREDIT: ", "Add product studio@1: "];
    assert_eq!(lines(&plan), added);
}

#[test]
fn the_same_catalog_changes_nothing() {
    assert_eq!(after(&[], &["CREDIT"]), Plan::default());
    assert_eq!(after(&[("unit_price = 2\n", "unit_price = 2.0\npackage_size = 1\n")], &[]), Plan::default());
}

#[test]
fn another_price_is_the_next_version() {
    let plan = after(
        &[("unit_price = 12 }", "unit_price = 14 }, { model = \"new\", unit_price = 1 }"), ("min_amount = 1\n", "")],
        &[],
    );
    assert_eq!(
        lines(&plan),
        ["Version product studio@4: price \"Image\" gli-2: unit_price 12 -> 14; price \"Image\" new: new row; \
          price \"Upscale\": min_amount 1 -> none"]
    );
    assert_eq!(plan.changes[0].subscribers, 7);
}

#[test]
fn names_alone_make_no_version() {
    let plan = after(&[("\"Studio\"", "\"Studio 2\""), ("\"Upscale\"", "\"Enlarge\""), ("\"Other\"", "\"Else\"")], &[]);
    assert_eq!(
        lines(&plan),
        ["Rename product studio@3: name \"Studio\" -> \"Studio 2\"; name \"Other\" -> \"Else\"; \
          name \"Upscale\" -> \"Enlarge\""]
    );
    let plan = after(&[("\"Credits\"", "\"Stars\""), ("\"OpenAI\"", "\"Open AI\"")], &[]);
    assert_eq!(lines(&plan), ["Rename asset CREDIT: ", "Rename vendor openai: "]);
}

#[test]
fn another_order_of_rows_is_another_version() {
    let [a, b] = ["{ model = \"gli-2\", unit_price = 12 }", "{ unit_price = 10, name = \"Other\" }"];
    let plan = after(&[(&format!("{a}, {b}"), &format!("{b}, {a}"))], &[]);
    assert_eq!(plan.changes[0].action, Action::Version);
}

const HYBRID: &str = include_str!("good/glitch.toml");

/// What makes the next version of the hybrid product, in words.
fn version(replacements: &[(&str, &str)]) -> String {
    let plan = changed(HYBRID, replacements, &[]);
    let [change] = plan.changes.as_slice() else { panic!("not one change: {plan:?}") };
    assert_eq!((change.action, change.kind), (Action::Version, "product"), "{change:?}");
    change.details.join("; ")
}

#[test]
fn every_change_of_a_fixed_price_is_a_version() {
    for (old, new, words) in [
        ("unit_price = 20\nper", "unit_price = 25.5\nper", "unit_price 20.00 USD -> 25.50 USD"),
        ("interval_count = 1", "interval_count = 3", "billing_model every month -> every 3 months"),
        (
            "\"recurring\", interval = \"month\", interval_count = 1",
            "\"one_time\"",
            "billing_model every month -> once",
        ),
        ("true\ncollection", "false\ncollection", "per_seat yes -> no"),
        ("\"payment\"", "\"balance\"", "collection payment -> balance"),
    ] {
        assert_eq!(version(&[(old, new)]), format!("fixed price \"Platform fee\": {words}"));
    }
    assert_eq!(
        version(&[("\"Platform fee\"", "\"Fee\""), ("unit_price = 20\nper", "unit_price = 30\nper")]),
        "fixed price \"Fee\": new; fixed price \"Platform fee\": gone"
    );
}

#[test]
fn every_change_of_an_entitlement_is_a_version() {
    let rollover = "every month, up to 2000 carried over";
    for (old, new, words) in [
        ("amount = 1000", "amount = 1500", "amount 1000 CREDIT -> 1500 CREDIT"),
        ("\"bundled\"", "\"paid\"", "purpose bundled -> paid"),
        ("priority = 10\n", "", "priority 10 -> 100"),
        ("true\nlifecycle", "false\nlifecycle", "per_seat yes -> no"),
        ("2000", "0", &format!("lifecycle {rollover} -> every month, up to 0 carried over")),
        (", limit = 2000", "", &format!("lifecycle {rollover} -> every month, the rest is carried over")),
        (
            "\"rollover\", limit = 2000",
            "\"expire_and_replace\"",
            &format!("lifecycle {rollover} -> every month, the rest expires"),
        ),
        (
            ", refresh = { strategy = \"rollover\", limit = 2000 }",
            "",
            &format!("lifecycle {rollover} -> once, for 1 month"),
        ),
        ("revenue_basis = 0.00", "revenue_basis = 0.01", "revenue_basis 0 -> 0.01"),
    ] {
        assert_eq!(version(&[(old, new)]), format!("entitlement \"Monthly credits\": {words}"));
    }
    let (_, rest) = HYBRID.split_once("[[product.entitlement]]").unwrap();
    let (entitlement, _) = rest.split_once("[[auto_topup]]").unwrap();
    let gone = version(&[(&format!("[[product.entitlement]]{entitlement}"), "")]);
    assert_eq!(gone, "entitlement \"Monthly credits\": gone");
}

#[test]
fn every_change_of_tiers_is_a_version() {
    let tiers = "tiers 0 up to 1000, 5.00 + 0.006 up to 10000, then 0.004";
    for (old, new, words) in [
        ("\"graduated\"", "\"volume\"", "pricing_model graduated -> volume"),
        ("\"month\"\ntiers", "\"cycle\"\ntiers", "tier_period month -> cycle"),
        ("10_000", "20_000", &format!("{tiers} -> 0 up to 1000, 5.00 + 0.006 up to 20000, then 0.004")),
        ("0.004 }", "0.003 }", &format!("{tiers} -> 0 up to 1000, 5.00 + 0.006 up to 10000, then 0.003")),
        (", flat_fee = 5", "", &format!("{tiers} -> 0 up to 1000, 0.006 up to 10000, then 0.004")),
    ] {
        assert_eq!(version(&[(old, new)]), format!("price \"API calls\": {words}"));
    }
    let (_, rest) = HYBRID.split_once("tiers = ").unwrap();
    let (array, _) = rest.split_once('\n').unwrap();
    let flat = version(&[("pricing_model = \"graduated\"\n", ""), (&format!("tiers = {array}"), "unit_price = 1")]);
    assert_eq!(
        flat,
        format!(
            "price \"API calls\": pricing_model graduated -> flat; price \"API calls\": unit_price none -> 1; \
             price \"API calls\": {tiers} -> none"
        )
    );
}

#[test]
fn another_overage_is_another_version() {
    for (new, words) in [
        ("", "0.06 USD -> none"),
        ("overage = { asset = \"USD\", rate = 0.07 }", "0.06 USD -> 0.07 USD"),
        ("overage = { asset = \"EUR\", rate = 0.06 }", "0.06 USD -> 0.06 EUR"),
    ] {
        let details = version(&[("overage = { asset = \"USD\", rate = 0.06 }", new)]);
        assert_eq!(details, format!("price \"Image\": overage {words}"));
    }
}

#[test]
fn names_of_all_kinds_make_no_version() {
    let replacements = [
        ("\"Platform fee\"", "\"Fee\""),
        ("\"Image (other models)\"", "\"Other\""),
        ("\"API calls\"", "\"Calls\""),
        // The example names it too.
        ("\"API calls\"", "\"Calls\""),
        ("\"Monthly credits\"", "\"Credits\""),
    ];
    let plan = changed(HYBRID, &replacements, &[]);
    let names = ["\"Platform fee\" -> \"Fee\"", "\"Image (other models)\" -> \"Other\""];
    let names = [names, ["\"API calls\" -> \"Calls\"", "\"Monthly credits\" -> \"Credits\""]].concat();
    assert_eq!(plan.changes[0].action, Action::Rename);
    assert_eq!(plan.changes[0].details, names.iter().map(|name| format!("name {name}")).collect::<Vec<_>>());
}

/// A row's other name is not told as another order beside what makes the version.
#[test]
fn a_version_names_what_makes_it() {
    let details = version(&[("Image (other models)", "Other"), ("unit_price = 20\nper", "unit_price = 25\nper")]);
    assert_eq!(details, "fixed price \"Platform fee\": unit_price 20.00 USD -> 25.00 USD");
    let [a, b] = [
        "{ model = \"gli-2\", unit_price = 12 }",
        "{ model = \"*\", unit_price = 10, name = \"Image (other models)\" }",
    ];
    let details = version(&[(&format!("{a},\n  {b}"), &format!("{b},\n  {a}"))]);
    assert_eq!(details, "price \"Image\": the order of the rows is different");
}

#[test]
fn terms_change_without_versions() {
    let plan = after(
        &[
            ("rate = 0.05 }", "rate = 0.05 }, { inverse_rate = 25, valid_from = 2026-07-01T00:00:00Z }"),
            (
                "unit_price = 0.1",
                "unit_price = 0.2\n[[vendor.cost]]\nevent_type = \"image_generated\"\nusage_type = \"unit\"\nasset = \"USD\"\nunit_price = 0.3",
            ),
            ("amount = \"20 USD\"", "amount = \"30 USD\"\nlimit = \"90 USD\""),
            ("[[asset]]", "[policy]\ninsufficient_funds = \"overdraft\"\n[[asset]]"),
        ],
        &[],
    );
    assert_eq!(
        lines(&plan),
        [
            "Change policy policy: insufficient_funds deny -> overdraft",
            "Change asset CREDIT: rates 0.05 USD -> 0.05 USD, 25 per 1 USD from 2026-07-01T00:00:00Z",
            "Change vendor openai: cost image_generated: unit_price 0.1 -> 0.2; cost image_generated (2): new",
            "Change auto_topup CREDIT: amount 20.00 USD -> 30.00 USD; limit none -> 90.00 USD",
        ]
    );
    assert_eq!(plan.refused, []);
}

#[test]
fn what_the_ledger_holds_keeps_its_precision() {
    let replacement = [("precision = 0", "precision = 2")];
    assert_eq!(after(&replacement, &["USD"]).refused, []);
    let refused = after(&replacement, &["CREDIT"]).refused;
    let refused: Vec<&str> = refused.iter().map(|forbidden| forbidden.reason.as_str()).collect();
    assert_eq!(refused, ["CREDIT: precision 0 -> 2 can't change once the ledger holds any"]);
}

#[test]
fn a_currency_that_is_held_keeps_its_precision_declared_or_not() {
    let declared = |precision: &str| format!("{BASE}\n[[asset]]\ncode = \"IDR\"\n{precision}");
    let refused = |before: &str, next: &str, held: &[&str]| {
        let refused = plan(Some(&published(&catalog(before), held)), &catalog(next)).refused;
        refused.into_iter().map(|forbidden| forbidden.reason).collect::<Vec<_>>()
    };
    let (none, four) = (declared(""), declared("precision = 4\n"));
    let finer = |from: u8, to: u8| [format!("IDR: precision {from} -> {to} can't change once the ledger holds any")];
    assert_eq!(refused(BASE, &four, &["IDR"]), finer(9, 4));
    assert_eq!(refused(&none, &four, &["IDR"]), finer(9, 4));
    assert_eq!(refused(&four, BASE, &["IDR"]), finer(4, 9));
    assert_eq!(refused(BASE, &none, &["IDR"]), [""; 0]);
    assert_eq!(refused(BASE, &four, &["USD"]), [""; 0]);
    // Whatever is held has a value in the reporting currency.
    let reporting = format!("{BASE}\n[[asset]]\ncode = \"USD\"\nprecision = 4\n");
    assert_eq!(refused(BASE, &reporting, &[]), [""; 0]);
    assert_eq!(
        refused(BASE, &reporting, &["CREDIT"]),
        ["USD: precision 9 -> 4 can't change once the ledger holds any"]
    );
}

#[test]
fn what_is_gone_is_archived_and_can_come_back() {
    let text = "[catalog]\nreporting_currency = \"EUR\"\n";
    let mut before = published(&catalog(BASE), &["CREDIT"]);
    let gone = plan(Some(&before), &catalog(text));
    assert_eq!(
        lines(&gone),
        [
            "Change catalog reporting_currency: USD -> EUR",
            "Archive asset CREDIT: ",
            "Archive vendor openai: ",
            "Archive auto_topup CREDIT: ",
            "Archive product studio@3: "
        ]
    );
    assert_eq!(gone.refused.len(), 2, "{:?}", gone.refused);

    before.products[0].archived = true;
    let product_gone = plan(Some(&before), &Catalog { products: Vec::new(), ..catalog(BASE) });
    assert_eq!(lines(&product_gone), [""; 0]);
    assert_eq!(lines(&plan(Some(&before), &catalog(BASE))), ["Restore product studio@3: "]);
}

#[test]
fn a_plan_is_written_as_json_scripts_can_rely_on() {
    let plan = after(&[("unit_price = 2\n", "unit_price = 3\n")], &[]);
    assert_eq!(
        serde_json::to_string(&plan.changes).unwrap(),
        "[{\"action\":\"version\",\"kind\":\"product\",\"code\":\"studio\",\"version\":4,\"subscribers\":7,\
         \"details\":[\"price \\\"Upscale\\\": unit_price 2 -> 3\"]}]"
    );
}
