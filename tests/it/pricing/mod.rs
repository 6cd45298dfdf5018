//! From a catalog on disk to its prices in force: what a founder types, and what they see. Each transcript is a file in
//! `tests/it/pricing`; SNAPSHOTS=overwrite writes them anew.

use drawdown::billing::{Adjustment, Facts, NewTerms, Reason};
use drawdown::ledger::{Access, Ledger, resolve_version};
use drawdown::money::Units;
use drawdown::time::Instant;
use snapbox::{Data, assert_data_eq};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

const CATALOGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/catalogs");

struct Workspace {
    folder: TempDir,
    transcript: String,
}

impl Workspace {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), transcript: String::new() }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, file: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// One of the catalogs that come with the program.
    fn ours(&self, name: &str) -> String {
        fs::read_to_string(format!("{CATALOGS}/{name}/catalog.toml")).unwrap()
    }

    /// Runs the program and adds what came of it to the transcript.
    fn run(&mut self, args: &[&str]) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_drawdown"));
        command.current_dir(self.path()).args(args).env("DRAWDOWN_NOW", "2026-07-01T00:00:00Z");
        let output = command.env_remove("DRAWDOWN_LEDGER").env_remove("DRAWDOWN_CATALOG").output().unwrap();
        let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        let code = output.status.code().unwrap();
        let shown = args.iter().map(|arg| {
            if arg.contains(|c: char| c == ' ' || c.is_control()) { format!("{arg:?}") } else { (*arg).to_owned() }
        });
        self.transcript += &format!("$ drawdown {}\n{stdout}", shown.collect::<Vec<_>>().join(" "));
        self.transcript += &stderr.lines().map(|line| format!("! {line}\n")).collect::<String>();
        self.transcript += &if code == 0 { "\n".to_owned() } else { format!("? {code}\n\n") };
        (code, stdout)
    }

    fn json(&mut self, args: &[&str]) -> serde_json::Value {
        let (_, stdout) = self.run(&[args, &["--format", "json"]].concat());
        serde_json::from_str(&stdout).unwrap()
    }

    fn assert(self, name: &str) {
        let path = format!("{}/tests/it/pricing/{name}.txt", env!("CARGO_MANIFEST_DIR"));
        assert_data_eq!(self.transcript, Data::read_from(Path::new(&path), None).raw());
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

fn shop() -> Workspace {
    let workspace = Workspace::new();
    workspace.write("catalogs/shop.toml", SHOP);
    workspace
}

#[test]
fn our_catalogs_have_no_findings_and_their_examples_hold() {
    let mut workspace = Workspace::new();
    assert_eq!(workspace.run(&["check", CATALOGS, "--deny-warnings"]).0, 0, "{}", workspace.transcript);
    let test = workspace.json(&["test", CATALOGS]);
    assert_eq!(test["data"]["failed"], 0, "{test}");
    assert_eq!(test["data"]["examples"], test["data"]["passed"]);
    assert!(test["data"]["examples"].as_u64() > Some(10));
}

#[test]
fn check_finds_everything_in_every_catalog_of_a_folder() {
    let mut workspace = shop();
    workspace.write("catalogs/good/a.toml", SHOP);
    workspace.write("all/broken/a.toml", "[catalog]\nreporting_curency = \"USD\"\n");
    workspace.write("all/latin1/a.toml", b"# fine\n# caf\xe9\n");
    workspace.write("all/stale/a.toml", SHOP.replace("\"12 CREDIT\"", "\"11 CREDIT\""));
    workspace.run(&["check"]);
    workspace.run(&["check", "all"]);
    workspace.run(&["check", "all", "--format", "csv"]);
    workspace.run(&["check", "all/stale", "--format", "json"]);
    workspace.run(&["check", "all/stale", "--deny-warnings"]);
    workspace.run(&["check", "nowhere"]);
    workspace.run(&["apply", "--catalog", "all"]);
    workspace.assert("check");
}

#[test]
fn examples_say_what_was_expected_and_what_came() {
    let mut workspace = shop();
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
    workspace.write("more/a.toml", format!("{SHOP}{more}"));
    workspace.run(&["test"]);
    workspace.run(&["test", "more"]);
    workspace.run(&["test", "more", "--format", "csv"]);
    workspace.run(&["test", "more", "--format", "json"]);
    workspace.write("none.toml", "[catalog]\nreporting_currency = \"USD\"\n");
    workspace.run(&["test", "none.toml"]);
    workspace.assert("test");
}

#[test]
fn a_catalog_is_planned_applied_and_changed() {
    let mut workspace = shop();
    workspace.run(&["plan"]);
    assert!(!workspace.path().join("ledger.db").exists(), "plan makes no ledger");
    workspace.run(&["apply"]);
    workspace.run(&["apply"]);
    workspace.run(&["plan", "--format", "json"]);
    let dearer = SHOP.replace("unit_price = 12", "unit_price = 14").replace("\"12 CREDIT\"", "\"14 CREDIT\"");
    workspace.write("catalogs/shop.toml", dearer.replace("rate = 0.05", "rate = 0.04"));
    workspace.run(&["plan", "--at", "2026-08-01"]);
    workspace.run(&["product", "list"]);
    workspace.run(&["apply"]);
    workspace.run(&["apply", "--format", "json"]);
    workspace.run(&["apply", "--yes", "--at", "2026-08-01", "--format", "csv"]);
    workspace.run(&["quote", "studio", "image", "model=gli-2"]);
    workspace.run(&["quote", "studio@1", "image", "model=gli-2"]);
    workspace.run(&["price", "list", "studio@1"]);
    workspace.write("catalogs/shop.toml", "[catalog]\nreporting_currency = \"EUR\"\n");
    workspace.run(&["plan"]);
    workspace.assert("apply");
}

#[test]
fn what_can_not_be_applied_is_refused() {
    let mut workspace = shop();
    workspace.run(&["apply", "--quiet"]);
    a_subscriber_with_credits(&workspace.path().join("ledger.db"));
    let dearer = SHOP.replace("unit_price = 15", "unit_price = 16");
    workspace.write("catalogs/shop.toml", dearer.replace("name = \"Upscale\"", "name = \"Upscaling\""));
    workspace.run(&["plan"]);
    let finer = dearer.replace("precision = 0", "precision = 2");
    let finer = finer.replace("reporting_currency = \"USD\"", "reporting_currency = \"EUR\"");
    workspace.write("catalogs/shop.toml", finer);
    workspace.run(&["plan"]);
    workspace.run(&["apply", "--yes", "--format", "json"]);
    workspace.write("catalogs/shop.toml", SHOP);
    workspace.run(&["plan"]);
    workspace.assert("refused");
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
    writer.subscribe(&mut engine, &customer, NewTerms { version, quantity: 1, at }).unwrap();
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
    writer.record(&mut life, &mut facts).unwrap();
    writer.commit().unwrap();
}

#[test]
fn quotes_say_what_is_missing() {
    let mut workspace = shop();
    let ours = workspace.ours("llm-api");
    workspace.write("llm.toml", ours);
    workspace.run(&["quote", "studio", "image", "model=gli-2"]);
    workspace.run(&["quote", "studio", "image", "model=gli-2", "--format", "json"]);
    workspace.run(&["quote", "studio", "image", "model=gli-4"]);
    workspace.run(&["quote", "studio", "image", "modle=gli-3"]);
    workspace.run(&["quote", "studio", "imagine"]);
    workspace.run(&["quote", "studio", "video", "--format", "json"]);
    workspace.run(&["quote", "studio", "upscale"]);
    workspace.run(&["quote", "studio", "upscale", "pixels=4"]);
    workspace.run(&["quote", "studio", "upscale", "pixels=-4"]);
    workspace.run(&["quote", "studio", "upscale", "pixels=4k"]);
    workspace.run(&["quote", "studio", "upscale", "pixels=1", "pixels=2"]);
    workspace.run(&["quote", "studio", "upscale", "pixels=900000000000000000", "--format", "csv"]);
    workspace.run(&["quote", "studio", "image", "model=\u{1b}[31m\n=1+1", "cost.openai=0.7"]);
    workspace.run(&["quote", "stdio", "image"]);
    workspace.run(&["quote", "studio@1", "image"]);
    let tokens = ["model=gpt-5.1", "input_tokens=1200", "output_tokens=350"];
    workspace.run(&[&["--catalog", "llm.toml", "quote", "llm-api", "response_completed"], &tokens[..]].concat());
    workspace.run(&["--catalog", "llm.toml", "quote", "llm-api", "response_completed", tokens[0], tokens[1]]);
    workspace.assert("quote");
}

#[test]
fn what_there_is_to_buy() {
    let mut workspace = shop();
    let ours = workspace.ours("image-credits");
    workspace.write("images.toml", ours);
    workspace.run(&["product", "list"]);
    workspace.run(&["product", "show", "studio"]);
    workspace.run(&["price", "list", "--format", "csv"]);
    workspace.run(&["price", "list", "stodio"]);
    workspace.run(&["asset", "list"]);
    workspace.run(&["asset", "show", "CREDIT", "--format", "json"]);
    workspace.run(&["asset", "show", "CREDIT", "--catalog", "images.toml"]);
    workspace.run(&["asset", "show", "CREDITS"]);
    workspace.run(&["asset", "quote", "20", "USD", "CREDIT"]);
    workspace.run(&["asset", "quote", "20", "USD", "CREDIT", "--catalog", "images.toml", "--format", "json"]);
    for wrong in [["20.001", "USD"], ["-20", "USD"], ["0.01", "USD"], ["1e3x", "USD"], ["20", "EUR"], ["20", "UDS"]] {
        workspace.run(&["asset", "quote", wrong[0], wrong[1], "CREDIT"]);
    }
    workspace.run(&["apply", "--quiet"]);
    workspace.run(&["apply", "--quiet", "--yes", "--catalog", "images.toml"]);
    fs::remove_dir_all(workspace.path().join("catalogs")).unwrap();
    workspace.run(&["price", "list"]);
    workspace.run(&["price", "list", "--ledger", "none.db"]);
    workspace.assert("buy");
}

#[test]
fn fixed_prices_entitlements_and_tiers_are_shown() {
    let mut workspace = Workspace::new();
    let hybrid = include_str!("../catalog/good/glitch.toml");
    workspace.write("catalogs/glitch.toml", hybrid);
    workspace.write("every-kind.toml", include_str!("../catalog/good/every-kind.toml"));
    workspace.run(&["product", "list"]);
    workspace.run(&["product", "show", "studio"]);
    workspace.run(&["product", "show", "studio", "--format", "json"]);
    workspace.run(&["price", "list", "--catalog", "every-kind.toml"]);
    workspace.run(&["price", "list", "--catalog", "every-kind.toml", "--format", "csv"]);
    workspace.run(&["product", "show", "granted", "--catalog", "every-kind.toml"]);
    workspace.run(&["quote", "studio", "image_generated", "model=gli-2"]);
    workspace.run(&["quote", "studio", "image_generated", "model=gli-2", "--format", "json"]);
    workspace.run(&["quote", "studio", "api_call"]);
    workspace.run(&["quote", "fixed", "image_generated", "--catalog", "every-kind.toml"]);
    workspace.run(&["apply", "--quiet"]);
    let dearer = hybrid.replace("unit_price = 20\n", "unit_price = 25\n").replace("amount = 1000", "amount = 1200");
    workspace.write("catalogs/glitch.toml", dearer);
    workspace.run(&["plan"]);
    workspace.run(&["product", "show", "studio@1"]);
    workspace.assert("hybrid");
}
