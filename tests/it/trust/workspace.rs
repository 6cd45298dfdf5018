//! A folder with a catalog, and the program run in it.

use drawdown::ledger::{Access, Ledger};
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// Two assets on overdraft, an automatic top-up, a vendor with costs, several prices for one event.
pub const CATALOG: &str = r#"
[catalog]
name = "trust"
reporting_currency = "USD"

[policy]
insufficient_funds = "overdraft"

[[asset]]
code = "CREDIT"
name = "Credits"
precision = 0
rates = [{ source = "USD", rate = 0.05 }]
expires_after = { duration = "month", duration_count = 1 }
overdraft_limit = 100

[[asset]]
code = "MIN"
name = "Minutes"
precision = 3
rates = [{ source = "USD", rate = 0.07 }]

[[vendor]]
code = "openai"
name = "OpenAI"

[[vendor.cost]]
event_type = "image"
usage_type = "unit"
asset = "USD"
values = [{ unit_price = 0.011 }]

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
values = [{ model = "hd", unit_price = 20 }, { unit_price = 12 }]

[[product.price]]
name = "Call"
type = "usage_based"
event_type = "call"
usage_type = "volume"
volume_field = "seconds"
asset = "MIN"
values = [{ volume_rate = 0.35, package_size = 60 }]

[[product.price]]
name = "Call fee"
type = "usage_based"
event_type = "call"
usage_type = "unit"
asset = "CREDIT"
values = [{ unit_price = 1 }]

[[auto_topup]]
asset = "CREDIT"
threshold = 100
amount = "20 USD"
limit = "60 USD"
"#;

/// The columns of [`Log`]'s CSV.
pub const HEADER: &str = "id,customer,event_type,occurred_at,model,seconds,cost.deepgram,cost.aws";

pub struct Workspace(TempDir);

/// What a command said.
#[derive(Debug, PartialEq, Eq)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("a command speaks UTF-8");
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

impl Workspace {
    /// A catalog and no ledger.
    pub fn new() -> Self {
        let this = Self(tempfile::tempdir().unwrap());
        this.write("catalogs/catalog.toml", CATALOG);
        this
    }

    /// A catalog and a ledger that has it.
    pub fn applied() -> Self {
        let this = Self::new();
        this.ok(&["apply", "--yes"]);
        this
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn ledger(&self) -> PathBuf {
        self.path("ledger.db")
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub fn bytes(&self) -> Vec<u8> {
        std::fs::read(self.ledger()).unwrap()
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_drawdown"));
        command.args(args).current_dir(self.0.path()).env("DRAWDOWN_NOW", "2026-01-01T00:00:00Z");
        command.env_remove("DRAWDOWN_LEDGER").env_remove("DRAWDOWN_CATALOG");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn start(&self, args: &[&str]) -> Child {
        self.command(args).spawn().unwrap()
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        let ran = Ran::from(self.command(args).output().unwrap());
        assert!(matches!(ran.code, Some(0..=4)), "{args:?} is a bug: {ran:?}");
        ran
    }

    pub fn ok(&self, args: &[&str]) -> Ran {
        let ran = self.run(args);
        assert_eq!(ran.code, Some(0), "{args:?}: {}", ran.stderr);
        ran
    }

    /// Runs a command that must be refused with that exit code, say all of `words`, and leave the file alone.
    pub fn refused(&self, args: &[&str], code: i32, words: &[&str]) -> Ran {
        let before = std::fs::read(self.ledger()).ok();
        let ran = self.run(args);
        assert_eq!(ran.code, Some(code), "{args:?}: {ran:?}");
        assert_eq!(ran.stdout, "", "{args:?}");
        for word in words {
            assert!(ran.stderr.contains(word), "{args:?} does not say {word:?}: {}", ran.stderr);
        }
        assert!(std::fs::read(self.ledger()).ok() == before, "{args:?} changed the file");
        ran
    }

    pub fn sql(&self) -> Connection {
        Connection::open(self.ledger()).unwrap()
    }

    /// Every event, and every row of the ledger's other tables but what depends on its own random key.
    pub fn facts(&self) -> String {
        let mut events = String::new();
        if self.ledger().exists() {
            let ledger = Ledger::open(&self.ledger(), Access::Read, Duration::ZERO).unwrap();
            let told = ledger.for_each_event(|event| {
                writeln!(events, "{event:?}").unwrap();
                Ok(())
            });
            told.unwrap();
        }
        events
            + &dump(&self.ledger(), |table| match table {
                // How many rollups there are depends on how the log was cut, as does which events stand together; what they come
                // to is verified.
                "seal" => Some("name, iif(name LIKE '%_month', 0, facts)"),
                "event" | "customer_month" | "shape_month" => None,
                "meta" => Some("name, iif(name = 'hash_key', 0, value)"),
                _ => (!table.starts_with("key_")).then_some("*"),
            })
    }

    /// Every row of the ledger.
    pub fn everything(&self) -> String {
        dump(&self.ledger(), |_| Some("*"))
    }

    pub fn verify(&self) {
        self.ok(&["ledger", "verify"]);
    }
}

/// The rows of the tables, with the columns that are wanted of each.
fn dump(path: &Path, wanted: impl Fn(&str) -> Option<&'static str>) -> String {
    let connection = Connection::open(path).unwrap();
    let mut text = String::new();
    for table in tables(&connection) {
        let Some(columns) = wanted(&table) else { continue };
        let mut statement = connection.prepare(&format!("SELECT {columns} FROM {table}")).unwrap();
        let width = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            text += &table;
            for column in 0..width {
                match row.get_ref_unwrap(column) {
                    ValueRef::Integer(integer) => write!(text, " {integer}").unwrap(),
                    other => write!(text, " {other:?}").unwrap(),
                }
            }
            text += "\n";
        }
    }
    text
}

pub fn tables(connection: &Connection) -> Vec<String> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
    let mut statement = connection.prepare(sql).unwrap();
    let names = statement.query_map([], |row| row.get(0)).unwrap();
    names.map(Result::unwrap).collect()
}

/// Panics with the first difference only: whole ledgers are long.
pub fn assert_same(what: &str, left: &str, right: &str) {
    if let Some((left, right)) = left.lines().zip(right.lines()).find(|(left, right)| left != right) {
        panic!("{what} differ:\n  {left}\n  {right}");
    }
    assert_eq!(left.lines().count(), right.lines().count(), "{what} differ in length");
}

/// Usage events that are the same every time: half a minute apart, of `customers` customers.
pub struct Log {
    pub rows: Vec<Row>,
}

pub struct Row {
    id: u64,
    customer: u64,
    seconds_since_start: u64,
    /// Of an image; else it is a call of so many seconds.
    model: Option<&'static str>,
    seconds: u64,
}

impl Log {
    pub fn new(events: u64, customers: u64, spacing: u64) -> Self {
        let mut state = 0x2545_F491_4F6C_DD1D_u64;
        let mut random = |below: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % below
        };
        let rows = (0..events).map(|id| Row {
            id,
            customer: random(customers),
            seconds_since_start: id * spacing,
            model: [Some("hd"), Some("sd"), None][random(3) as usize],
            seconds: 1 + random(900),
        });
        Self { rows: rows.collect() }
    }

    pub fn csv(&self) -> String {
        csv(&self.rows)
    }

    pub fn jsonl(&self) -> String {
        self.rows.iter().map(Row::json).collect()
    }
}

pub fn csv(rows: &[Row]) -> String {
    rows.iter().fold(format!("{HEADER}\n"), |text, row| text + &row.csv())
}

impl Row {
    fn at(&self) -> String {
        let (days, seconds) = (self.seconds_since_start / 86_400, self.seconds_since_start % 86_400);
        let (month, day) = (1 + days / 28, 1 + days % 28);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        format!("2026-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }

    fn csv(&self) -> String {
        let (id, customer, at) = (self.id, self.customer, self.at());
        match self.model {
            Some(model) => format!("e{id},c{customer},image,{at},{model},,,\n"),
            None => {
                let seconds = self.seconds;
                format!("e{id},c{customer},call,{at},,{seconds},0.0{seconds},0.00000015\n")
            }
        }
    }

    fn json(&self) -> String {
        let (id, customer, at, seconds) = (self.id, self.customer, self.at(), self.seconds);
        let start = format!(r#"{{"id":"e{id}","customer":"c{customer}","occurred_at":"{at}","event_type":"#);
        match self.model {
            Some(model) => format!("{start}\"image\",\"data\":{{\"model\":\"{model}\"}}}}\n"),
            None => format!(
                "{start}\"call\",\"data\":{{\"seconds\":{seconds}}},\"costs\":[{{\"vendor\":\"deepgram\",\"amount\":\
                 0.0{seconds}}},{{\"vendor\":\"aws\",\"amount\":1.5e-7}}]}}\n"
            ),
        }
    }
}
