//! From a catalog on disk to its prices in force: what a founder types, and what they see. Each transcript is a file in
//! `tests/it/pricing`; SNAPSHOTS=overwrite writes them anew.

mod many_rows;
mod one_event;
mod tokens;
mod values;

use crate::support::{Ran, TEST, Transcript, Words, Workspace, repository};
use drawdown::billing::{Adjustment, Facts, NewTerms, Reason, Seats};
use drawdown::ledger::{Access, Ledger, resolve_version};
use drawdown::money::Units;
use drawdown::time::Instant;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// The time of the transcripts.
const NOW: &str = "2026-07-01T00:00:00Z";

/// A workspace, and what was typed in it.
struct Session {
    workspace: Workspace,
    transcript: Transcript,
}

impl Session {
    fn new(workspace: Workspace) -> Self {
        Self { workspace, transcript: Transcript::default() }
    }

    /// One of the catalogs that come with the program, under a name of its own.
    fn copy(&self, catalog: &str, name: &str) {
        self.workspace.write(name, fs::read(repository("catalogs").join(catalog).join("catalog.toml")).unwrap());
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        self.workspace.write(name, content);
    }

    fn run(&mut self, words: &(impl Words + ?Sized)) -> Ran {
        let ran = self.workspace.run(words);
        let shown = words.words().into_iter().map(|word| {
            if word.contains(|c: char| c == ' ' || c.is_control()) { format!("{word:?}") } else { word.to_owned() }
        });
        self.transcript.add(&shown.collect::<Vec<_>>().join(" "), &ran);
        ran
    }

    fn assert(self, name: &str) {
        self.transcript.assert(&format!("pricing/{name}"));
    }
}

const SHOP: &str = r#"
[catalog]
reporting_currency = "USD"

[[asset]]
code = "CREDIT"
precision = 0
rates = [{ source = "USD", rate = 0.05 }]

[[vendor]]
code = "openai"

[[vendor.cost]]
event_type = "image"
usage_type = "unit"
asset = "USD"
unit_price = 0.20

[[product]]
code = "studio"
name = "Studio"

[[product.price]]
name = "Image"
type = "usage_based"
event_type = "image"
usage_type = "unit"
asset = "CREDIT"
billable_dimensions = ["model"]
values = [{ model = "gli-2", unit_price = 12 }, { model = "gli-3", unit_price = 15 }]

[[product.price]]
name = "Upscale"
type = "usage_based"
event_type = "upscale"
usage_type = "volume"
volume_field = "pixels"
asset = "CREDIT"
volume_rate = 0.1

[[example]]
name = "an image of the old model"
product = "studio"
event = { event_type = "image", data = { model = "gli-2" } }
expect = [{ price = "Image", amount = "12 CREDIT" }]
"#;

fn shop() -> Session {
    Session::new(Workspace::new().with("catalogs/shop.toml", SHOP).at(NOW))
}

#[test]
fn our_catalogs_have_no_findings_and_their_examples_hold() {
    let (workspace, ours) = (Workspace::new().at(NOW), repository("catalogs"));
    let ours = ours.to_str().unwrap();
    workspace.ok(&["check", ours, "--deny-warnings"]);
    let test = workspace.ok(&["test", ours, "--format", "json"]).json();
    assert_eq!(test["failed"], 0, "{test}");
    assert_eq!(test["examples"], test["passed"]);
    assert!(test["examples"].as_u64() > Some(10));
}

#[test]
fn check_finds_everything_in_every_catalog_of_a_folder() {
    let mut session = shop();
    session.write("catalogs/good/a.toml", SHOP);
    session.write("all/broken/a.toml", "[catalog]\nreporting_curency = \"USD\"\n");
    session.write("all/latin1/a.toml", b"# fine\n# caf\xe9\n");
    session.write("all/stale/a.toml", SHOP.replace("\"12 CREDIT\"", "\"11 CREDIT\""));
    session.run(&["check"]);
    session.run(&["check", "all"]);
    session.run(&["check", "all", "--format", "csv"]);
    session.run(&["check", "all/stale", "--format", "json"]);
    session.run(&["check", "all/stale", "--deny-warnings"]);
    session.run(&["check", "nowhere"]);
    session.run(&["apply", "--catalog", "all"]);
    session.assert("check.txt");
}

#[test]
fn examples_say_what_was_expected_and_what_came() {
    let mut session = shop();
    let more = r#"
[[example]]
name = "a wrong amount, and a fee that does not come"
product = "studio"
event = { event_type = "image", data = { model = "gli-3" } }
expect = [{ price = "Image", amount = "14 CREDIT" }, { price = "Upscale", amount = "1 CREDIT" }]

[[example]]
name = "=1+1, not a number"
product = "studio"
event = { event_type = "upscale", data = { pixels = "many" } }
expect = []
"#;
    session.write("more/a.toml", format!("{SHOP}{more}"));
    session.run(&["test"]);
    session.run(&["test", "more"]);
    session.run(&["test", "more", "--format", "csv"]);
    session.run(&["test", "more", "--format", "json"]);
    session.write("none.toml", "[catalog]\nreporting_currency = \"USD\"\n");
    session.run(&["test", "none.toml"]);
    session.assert("test.txt");
}

#[test]
fn a_catalog_is_planned_applied_and_changed() {
    let mut session = shop();
    session.run(&["plan"]);
    assert!(!session.workspace.ledger().exists(), "plan makes no ledger");
    session.run(&["apply"]);
    session.run(&["apply"]);
    session.run(&["plan", "--format", "json"]);
    let dearer = SHOP.replace("unit_price = 12", "unit_price = 14").replace("\"12 CREDIT\"", "\"14 CREDIT\"");
    session.write("catalogs/shop.toml", dearer.replace("rate = 0.05", "rate = 0.04"));
    session.run(&["plan", "--at", "2026-08-01"]);
    session.run(&["product", "list"]);
    session.run(&["apply"]);
    session.run(&["apply", "--format", "json"]);
    session.run(&["apply", "--yes", "--at", "2026-08-01", "--future", "--format", "csv"]);
    session.run(&["quote", "studio", "image", "model=gli-2"]);
    session.run(&["quote", "studio@1", "image", "model=gli-2"]);
    session.run(&["price", "list", "studio@1"]);
    session.write("catalogs/shop.toml", "[catalog]\nreporting_currency = \"EUR\"\n");
    session.run(&["plan"]);
    session.assert("apply.txt");
}

#[test]
fn what_can_not_be_applied_is_refused() {
    let mut session = shop();
    session.run(&["apply", "--quiet"]);
    a_subscriber_with_credits(&session.workspace.ledger());
    let dearer = SHOP.replace("unit_price = 15", "unit_price = 16");
    session.write("catalogs/shop.toml", dearer.replace("name = \"Upscale\"", "name = \"Upscaling\""));
    session.run(&["plan"]);
    let finer = dearer.replace("precision = 0", "precision = 2");
    let finer = finer.replace("reporting_currency = \"USD\"", "reporting_currency = \"EUR\"");
    session.write("catalogs/shop.toml", finer);
    session.run(&["plan"]);
    session.run(&["apply", "--yes", "--format", "json"]);
    session.write("catalogs/shop.toml", SHOP);
    session.run(&["plan"]);
    session.assert("refused.txt");
}

fn a_subscriber_with_credits(ledger: &Path) {
    let mut ledger = Ledger::open(ledger, Access::Write, Duration::ZERO).unwrap();
    let published = ledger.published().unwrap().unwrap();
    let mut writer = ledger.write().unwrap();
    let mut engine = writer.engine().unwrap();
    let at = Instant::parse_argument("2026-07-01").unwrap();
    writer.add_customer("acme", None, at).unwrap();
    let customer = writer.customer("acme").unwrap();
    let version = resolve_version(&published, &engine, "studio", None).unwrap();
    writer.subscribe(&mut engine, &customer, NewTerms { version, quantity: Seats::ONE, at }).unwrap();
    let mut life = writer.life(customer.id, &engine).unwrap();
    let gift = Adjustment {
        key: "gift".to_owned(),
        at,
        asset: writer.asset_id(&mut engine, "CREDIT").unwrap(),
        amount: Units::from_count(100),
        reason: Reason::Gift,
        expires_at: None,
        priority: None,
    };
    let mut facts = Facts::default();
    engine.adjust(&mut life, gift, &mut facts).unwrap();
    writer.record(&engine, &mut life, &mut facts).unwrap();
    writer.commit(TEST).unwrap();
}

#[test]
fn quotes_say_what_is_missing() {
    let mut session = shop();
    session.copy("llm-api", "llm.toml");
    session.run(&["quote", "studio", "image", "model=gli-2"]);
    session.run(&["quote", "studio", "image", "model=gli-2", "--format", "json"]);
    session.run(&["quote", "studio", "image", "model=gli-4"]);
    session.run(&["quote", "studio", "image", "modle=gli-3"]);
    session.run(&["quote", "studio", "imagine"]);
    session.run(&["quote", "studio", "video", "--format", "json"]);
    session.run(&["quote", "studio", "upscale"]);
    session.run(&["quote", "studio", "upscale", "pixels=4"]);
    session.run(&["quote", "studio", "upscale", "pixels=-4"]);
    session.run(&["quote", "studio", "upscale", "pixels=4k"]);
    session.run(&["quote", "studio", "upscale", "pixels=1", "pixels=2"]);
    session.run(&["quote", "studio", "upscale", "pixels=900000000000000000", "--format", "csv"]);
    session.run(&["quote", "studio", "image", "model=\u{1b}[31m\n=1+1", "cost.openai=0.7"]);
    session.run(&["quote", "stdio", "image"]);
    session.run(&["quote", "studio@1", "image"]);
    let tokens = ["model=gpt-5.1", "input_tokens=1200", "output_tokens=350"];
    session.run(&[&["--catalog", "llm.toml", "quote", "llm-api", "response_completed"], &tokens[..]].concat());
    session.run(&["--catalog", "llm.toml", "quote", "llm-api", "response_completed", tokens[0], tokens[1]]);
    session.assert("quote.txt");
}

#[test]
fn what_there_is_to_buy() {
    let mut session = shop();
    session.copy("image-credits", "images.toml");
    session.run(&["product", "list"]);
    session.run(&["product", "show", "studio"]);
    session.run(&["price", "list", "--format", "csv"]);
    session.run(&["price", "list", "stodio"]);
    session.run(&["asset", "list"]);
    session.run(&["asset", "show", "CREDIT", "--format", "json"]);
    session.run(&["asset", "show", "CREDIT", "--catalog", "images.toml"]);
    session.run(&["asset", "show", "CREDITS"]);
    session.run(&["asset", "quote", "20", "USD", "CREDIT"]);
    session.run(&["asset", "quote", "20", "USD", "CREDIT", "--catalog", "images.toml", "--format", "json"]);
    for wrong in [["20.001", "USD"], ["-20", "USD"], ["0.01", "USD"], ["1e3x", "USD"], ["20", "EUR"], ["20", "UDS"]] {
        session.run(&["asset", "quote", wrong[0], wrong[1], "CREDIT"]);
    }
    session.run(&["apply", "--quiet"]);
    session.run(&["apply", "--quiet", "--yes", "--catalog", "images.toml"]);
    fs::remove_dir_all(session.workspace.path("catalogs")).unwrap();
    session.run(&["price", "list"]);
    session.run(&["price", "list", "--ledger", "none.db"]);
    session.assert("buy.txt");
}

#[test]
fn fixed_prices_entitlements_and_tiers_are_shown() {
    let mut session = Session::new(Workspace::new().at(NOW));
    let hybrid = include_str!("../catalog/good/glitch.toml");
    session.write("catalogs/glitch.toml", hybrid);
    session.write("every-kind.toml", include_str!("../catalog/good/every-kind.toml"));
    session.run(&["product", "list"]);
    session.run(&["product", "show", "studio"]);
    session.run(&["product", "show", "studio", "--format", "json"]);
    session.run(&["price", "list", "--catalog", "every-kind.toml"]);
    session.run(&["price", "list", "--catalog", "every-kind.toml", "--format", "csv"]);
    session.run(&["product", "show", "granted", "--catalog", "every-kind.toml"]);
    session.run(&["quote", "studio", "image_generated", "model=gli-2"]);
    session.run(&["quote", "studio", "image_generated", "model=gli-2", "--format", "json"]);
    session.run(&["quote", "studio", "api_call"]);
    session.run(&["quote", "fixed", "image_generated", "--catalog", "every-kind.toml"]);
    session.run(&["apply", "--quiet"]);
    let dearer = hybrid.replace("unit_price = 20\n", "unit_price = 25\n").replace("amount = 1000", "amount = 1200");
    session.write("catalogs/glitch.toml", dearer);
    session.run(&["plan"]);
    session.run(&["product", "show", "studio@1"]);
    session.assert("hybrid.txt");
}

#[test]
fn a_quote_in_another_order_is_told_the_right_one() {
    let workspace = Workspace::new().with("catalogs/shop.toml", SHOP);
    for order in ["USD 10 CREDIT", "CREDIT 10 USD", "USD CREDIT 10", "CREDIT USD 10", "10 CREDIT USD"] {
        let told = ["the amount comes first", "help: `drawdown asset quote 10 USD CREDIT`\n"];
        workspace.refused(&format!("asset quote {order}"), 2, &told);
    }
    workspace.ok("asset quote 10 USD CREDIT");
    workspace.ok("asset quote 10 USD USD");
}
