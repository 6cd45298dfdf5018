//! Damaged ledgers: no command falls over, and one that prints other figures than before without an error prints them from a
//! ledger that `verify` finds fault with.

use crate::Wrong;
use crate::random::Random;
use rusqlite::Connection;
use rusqlite::types::Value;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

const VERIFY: &str = "ledger verify";

/// What reads a ledger.
const COMMANDS: [&str; 24] = [
    "balance",
    "balance acme",
    "balance acme --at 2026-07-10",
    "statement acme",
    "statement globex",
    "report balances",
    "report profit --by customer,product",
    "report profit --by product,month",
    "report profit --by vendor",
    "report usage",
    "report usage --by price",
    "report revenue",
    "events",
    "events --status denied",
    "explain call-001",
    "payments list",
    "customer list",
    "customer show acme",
    "subscription list",
    "ledger info",
    "ledger log",
    "product list",
    "authorize acme response_completed model=gpt-5.1 input_tokens=1 output_tokens=1",
    "replay usage.csv --dry-run",
];
/// How many of them each damage is tried on.
const TRIED: usize = 4;

/// What came of a command: how it ended, and what it printed.
#[derive(Debug, PartialEq, Eq)]
struct Ran {
    code: Option<i32>,
    printed: Vec<u8>,
    said: String,
}

/// A ledger that is as it should be, what commands print of it, and a place for damaged copies.
pub struct Good {
    folder: TempDir,
    bytes: Vec<u8>,
    answers: Vec<Ran>,
    damaged: Cell<usize>,
    /// How often each command printed other figures without an error.
    unnoticed: RefCell<BTreeMap<&'static str, usize>>,
}

impl Good {
    /// The worked example's ledger, after some more commands.
    pub fn new() -> Result<Self, Box<dyn Error>> {
        let folder = TempDir::new()?;
        let demo = folder.path().join("drawdown-demo");
        let mut good =
            Self { folder, bytes: Vec::new(), answers: Vec::new(), damaged: 0.into(), unnoticed: RefCell::default() };
        good.run(good.folder.path(), "demo");
        for line in ["void call-002 --yes", "rebill call-003 --yes", "advance --to 2026-10-01", "ledger backup copy.db"]
        {
            let ran = good.run(&demo, line);
            if ran.code != Some(0) {
                return Err(format!("{line}: {ran:?}").into());
            }
        }
        // A copy has no pages that are not in use.
        good.bytes = fs::read(demo.join("copy.db"))?;
        fs::write(good.path(), &good.bytes)?;
        good.answers = COMMANDS.iter().map(|line| good.run(&demo, line)).collect();
        match COMMANDS.iter().zip(&good.answers).find(|(_, ran)| !matches!(ran.code, Some(0 | 3))) {
            Some((line, ran)) => Err(format!("{line}: {ran:?}").into()),
            None => Ok(good),
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("drawdown-demo/ledger.db")
    }

    fn run(&self, folder: &Path, line: &str) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_drawdown"));
        command.args(line.split(' ')).current_dir(folder).stdin(Stdio::null());
        command.env("DRAWDOWN_NOW", "2026-12-30T00:00:00Z").env("HOME", folder);
        command.env_remove("DRAWDOWN_LEDGER").env_remove("DRAWDOWN_CATALOG");
        let output = command.output().expect("the program can be started");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Ran { code: output.status.code(), printed: output.stdout, said }
    }

    /// Damages a copy and asks it.
    pub fn round(&self, mut random: Random) -> Result<(), Wrong> {
        if !self.damage(&mut random) {
            return Ok(());
        }
        let bytes = fs::read(self.path()).unwrap_or_default();
        let folder = self.folder.path().join("drawdown-demo");
        let wrong = |line: &str, ran: &Ran, what: &str| Err((bytes.clone(), format!("{line} {what}: {ran:?}")));
        let ends_well = |ran: &Ran| matches!(ran.code, Some(0..=4));
        let verified = self.run(&folder, VERIFY);
        if !ends_well(&verified) {
            return wrong(VERIFY, &verified, "falls over");
        }
        self.damaged.set(self.damaged.get() + usize::from(verified.code != Some(0)));
        for _ in 0..TRIED {
            let number = random.below(COMMANDS.len());
            let (line, answer) = (COMMANDS[number], &self.answers[number]);
            let ran = self.run(&folder, line);
            let is_other = ran.code == answer.code && ran.printed != answer.printed;
            match () {
                () if !ends_well(&ran) => return wrong(line, &ran, "falls over"),
                () if is_other && verified.code == Some(0) => {
                    return wrong(line, &ran, "differs, and verify is content");
                }
                () if is_other => *self.unnoticed.borrow_mut().entry(line).or_default() += 1,
                () => {}
            }
        }
        Ok(())
    }

    /// Flips bytes of the file, or changes a value in a table. `false` where SQLite does not let it be changed.
    fn damage(&self, random: &mut Random) -> bool {
        let mut bytes = self.bytes.clone();
        let flipped = random.one_in(3);
        if flipped {
            for _ in 0..1 + random.below(4) {
                let at = random.below(bytes.len());
                bytes[at] ^= 1 << random.below(8);
            }
        }
        fs::write(self.path(), bytes).is_ok() && (flipped || self.meddle(random).is_ok())
    }

    fn meddle(&self, random: &mut Random) -> rusqlite::Result<()> {
        let connection = Connection::open(self.path())?;
        connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY")?;
        let all = |sql: &str| -> rusqlite::Result<Vec<String>> {
            connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
        };
        let tables =
            all("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")?;
        // Half of the changes are to the packed events.
        let table = if random.one_in(2) { "event" } else { random.pick(&tables) };
        let columns = all(&format!("SELECT name FROM pragma_table_info('{table}') ORDER BY name"))?;
        let column = if table == "event" && !random.one_in(4) { "body" } else { random.pick(&columns) };
        let count: u32 = connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?;
        let place = random.below(count as usize);
        let key = if all(&format!("SELECT sql FROM sqlite_schema WHERE name = '{table}'"))?[0].contains("WITHOUT ROWID")
        {
            columns.join(", ")
        } else {
            "rowid".to_owned()
        };
        let row = format!("({key}) IN (SELECT {key} FROM {table} LIMIT 1 OFFSET {place})");
        let value: Value =
            connection.query_row(&format!("SELECT {column} FROM {table} WHERE {row}"), [], |r| r.get(0))?;
        let changed =
            connection.execute(&format!("UPDATE {table} SET {column} = ?1 WHERE {row}"), [other(value, random)])?;
        if changed == 1 { Ok(()) } else { Err(rusqlite::Error::QueryReturnedNoRows) }
    }

    /// How many ledgers were damaged, and which commands printed other figures than before without an error.
    pub fn told(&self) -> String {
        let unnoticed: Vec<_> = self.unnoticed.borrow().iter().map(|(line, count)| format!("{line} {count}")).collect();
        format!(
            "verify found {} damaged ledgers; others printed otherwise: {}",
            self.damaged.get(),
            unnoticed.join(", ")
        )
    }
}

/// Another value of the same kind.
fn other(value: Value, random: &mut Random) -> Value {
    const WORDS: [&str; 8] = ["", "0", "\u{0}", "[", "\"", "999", "USD", "\u{7f}"];
    match value {
        Value::Integer(integer) => Value::Integer(match random.below(4) {
            0 => integer ^ 1 << random.below(64),
            1 => integer.wrapping_add(random.below(5) as i64 - 2),
            2 => integer.wrapping_neg(),
            _ => *random.pick(&[0, 1, -1, i64::MAX, i64::MIN]),
        }),
        Value::Text(text) => Value::Text(random.change_text(&text, &WORDS, &text)),
        Value::Blob(mut bytes) => {
            let other = bytes.clone();
            random.change(&mut bytes, &WORDS, &other);
            Value::Blob(bytes)
        }
        Value::Null | Value::Real(_) => Value::Integer(random.next() as i64),
    }
}
