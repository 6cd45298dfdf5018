//! A ledger in a folder of its own, and what can be done to it.

use drawdown::billing::{Adjustment, Engine, Facts, Life, MoneyError, NewTerms, NewTopup, Reason};
use drawdown::catalog::{Catalog, SourceFile, plan, read};
use drawdown::ledger::{Access, Import, ImportOptions, Ledger, Writer, resolve_version};
use drawdown::money::parse_units;
use drawdown::time::Instant;
use drawdown::usage::{Batch, LogReader, Source};
use std::io::Cursor;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub const CATALOG: &str = r#"
[catalog]
name = "test"
reporting_currency = "USD"
[policy]
insufficient_funds = "deny"

[[asset]]
code = "CREDIT"
name = "Credits"
precision = 0
rates = [{ source = "USD", rate = 0.05 }]
expires_after = { duration = "month", duration_count = 1 }

[[vendor]]
code = "openai"
name = "OpenAI"

[[product]]
code = "llm"
name = "LLM"
[[product.price]]
name = "Input"
type = "usage_based"
event_type = "call"
usage_type = "volume"
volume_field = "input"
asset = "USD"
billable_dimensions = ["model"]
values = [{ volume_rate = 0.01 }]
[[product.price]]
name = "Output"
type = "usage_based"
event_type = "call"
usage_type = "volume"
volume_field = "output"
asset = "USD"
volume_rate = 0.03

[[product]]
code = "studio"
name = "Studio"
[[product.price]]
name = "Image"
type = "usage_based"
event_type = "image"
usage_type = "unit"
asset = "CREDIT"
unit_price = 20

[[auto_topup]]
asset = "CREDIT"
threshold = 10
amount = "20 USD"
"#;

/// Paid and given credit, two fees and two vendors for one event, a denied and an unpriced one, a payment made by rule,
/// and credit that expires.
pub const LOG: &str = "\
id,customer,event_type,occurred_at,model,input,output,cost.openai,cost.aws
e1,acme,call,2026-07-02T00:00:00Z,a,100,100,0.50,0.30
e2,acme,call,2026-07-03T00:00:00Z,b,200,100,2,
e3,acme,call,2026-07-03T12:00:00Z,a,1000,0,1,
e4,acme,search,2026-07-04T00:00:00Z,,,,,0.10
e5,globex,image,2026-07-05T00:00:00Z,a,,,3,
e6,initech,image,2026-07-20T00:00:00Z,,,,,
";

pub struct Book {
    pub ledger: Ledger,
    folder: tempfile::TempDir,
}

pub fn at(text: &str) -> Instant {
    Instant::parse_argument(text).unwrap()
}

impl Book {
    pub fn new(catalog: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let mut ledger = Ledger::open(&path, Access::Create, Duration::ZERO).unwrap();
        let reading = read(&[SourceFile { name: "test.toml".into(), text: catalog.into() }]);
        let catalog: Catalog = reading.catalog.unwrap_or_else(|| panic!("{:?}", reading.findings));
        let mut writer = ledger.write().unwrap();
        writer.apply(&catalog, &plan(None, &catalog), at("2026-07-01")).unwrap();
        writer.commit().unwrap();
        Self { ledger, folder }
    }

    /// The ledger of [`LOG`].
    pub fn worked() -> Self {
        let mut book = Self::new(CATALOG);
        book.subscribe("acme", "llm");
        book.subscribe("globex", "studio");
        book.subscribe("initech", "studio");
        book.top_up("acme", "10", "USD", "2026-07-01");
        book.gift("acme", "5", "USD", "2026-07-01");
        book.top_up("globex", "20", "CREDIT", "2026-07-01");
        book.replay(LOG);
        book.advance("2026-08-05");
        book
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("ledger.db")
    }

    pub fn subscribe(&mut self, customer: &str, product: &str) {
        let published = self.ledger.published().unwrap().unwrap();
        let mut writer = self.ledger.write().unwrap();
        let mut engine = writer.engine().unwrap();
        let version = resolve_version(&published, &engine, product, None).unwrap();
        writer.add_customer(customer, None, at("2026-07-01")).unwrap();
        let row = writer.customer(customer).unwrap();
        let terms = NewTerms { version, quantity: 1, at: at("2026-07-01") };
        writer.subscribe(&mut engine, &row, terms).unwrap();
        writer.commit().unwrap();
    }

    fn happen(&mut self, customer: &str, what: impl FnOnce(&mut Writer, &mut Engine, &mut Life, &mut Facts)) {
        let mut writer = self.ledger.write().unwrap();
        let mut engine = writer.engine().unwrap();
        writer.add_customer(customer, None, at("2026-07-01")).unwrap();
        let id = writer.customer(customer).unwrap().id;
        let (mut life, mut facts) = (writer.life(id, &engine).unwrap(), Facts::default());
        what(&mut writer, &mut engine, &mut life, &mut facts);
        writer.record(&mut life, &mut facts).unwrap();
        writer.commit().unwrap();
    }

    /// Pays dollars for an asset.
    pub fn top_up(&mut self, customer: &str, dollars: &str, asset: &str, when: &str) {
        self.happen(customer, |writer, engine, life, facts| {
            let new = NewTopup {
                key: format!("{customer}-{when}-{asset}"),
                at: at(when),
                currency: writer.asset_id(engine, "USD").unwrap(),
                paid: parse_units(dollars, 9).unwrap(),
                target: writer.asset_id(engine, asset).unwrap(),
            };
            engine.top_up(life, new, facts).unwrap();
        });
    }

    pub fn gift(&mut self, customer: &str, amount: &str, asset: &str, when: &str) {
        self.adjust(customer, amount, asset, Reason::Gift, when).unwrap();
    }

    pub fn adjust(
        &mut self,
        customer: &str,
        amount: &str,
        asset: &str,
        reason: Reason,
        when: &str,
    ) -> Result<(), MoneyError> {
        let mut done = Ok(());
        self.happen(customer, |writer, engine, life, facts| {
            let id = writer.asset_id(engine, asset).unwrap();
            let new = Adjustment {
                key: format!("{}-{customer}-{when}-{asset}", reason.name()),
                at: at(when),
                asset: id,
                amount: parse_units(amount, engine.asset(id).precision).unwrap(),
                reason,
                expires_at: None,
                priority: None,
            };
            done = engine.adjust(life, new, facts);
        });
        done
    }

    pub fn replay(&mut self, log: &str) {
        let mut writer = self.ledger.write().unwrap();
        let mut engine = writer.engine().unwrap();
        let source = Source::new("log", Cursor::new(log.as_bytes().to_vec()));
        let mut reader = LogReader::new(vec![source], Arc::new(engine.vocabulary()), None);
        let mut on_recorded = |_: &Batch, refusals| assert_eq!(refusals, []);
        let mut import = Import::new(&mut writer, &mut engine, ImportOptions::default(), &mut on_recorded);
        while let Some(batch) = reader.next_batch(3).unwrap() {
            assert_eq!(batch.rejections, []);
            import.batch(batch).unwrap();
        }
        import.finish(true).unwrap();
        writer.commit().unwrap();
    }

    pub fn advance(&mut self, to: &str) {
        let mut writer = self.ledger.write().unwrap();
        let mut engine = writer.engine().unwrap();
        writer.advance_all(&mut engine, at(to)).unwrap();
        writer.commit().unwrap();
    }
}
