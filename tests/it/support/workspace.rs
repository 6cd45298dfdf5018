//! A folder, and the program run in it.

use super::dump::dump;
use super::program::{NOW, Ran, Words, drawdown};
use drawdown::ledger::{Access, Ledger};
use rusqlite::Connection;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

pub struct Workspace {
    folder: TempDir,
    now: &'static str,
}

impl Workspace {
    /// An empty folder.
    pub fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), now: NOW }
    }

    /// The same with a file in it.
    pub fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.write(name, content);
        self
    }

    /// The same at another time.
    pub fn at(self, now: &'static str) -> Self {
        Self { now, ..self }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    pub fn ledger(&self) -> PathBuf {
        self.path("ledger.db")
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// A command whose output is caught.
    pub fn command(&self, words: &(impl Words + ?Sized)) -> Command {
        let mut command = drawdown(self.folder());
        command.args(words.words()).env("DRAWDOWN_NOW", self.now);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn start(&self, words: &(impl Words + ?Sized)) -> Child {
        self.command(words).spawn().unwrap()
    }

    /// Runs a command, which may be refused but must not be a bug.
    pub fn run(&self, words: &(impl Words + ?Sized)) -> Ran {
        let ran = Ran::from(self.command(words).output().unwrap());
        assert!(matches!(ran.code, 0..=4), "{:?} is a bug: {ran:?}", words.words());
        ran
    }

    /// Runs a command that must succeed.
    pub fn ok(&self, words: &(impl Words + ?Sized)) -> Ran {
        let ran = self.run(words);
        assert_eq!(ran.code, 0, "{:?}: {}{}", words.words(), ran.stdout, ran.stderr);
        ran
    }

    /// Runs a command that must be refused with that exit code, say all of `told`, and leave the ledger alone.
    pub fn refused(&self, words: &(impl Words + ?Sized), code: i32, told: &[&str]) -> Ran {
        let before = fs::read(self.ledger()).ok();
        let (ran, words) = (self.run(words), words.words());
        assert_eq!(ran.code, code, "{words:?}: {ran:?}");
        assert_eq!(ran.stdout, "", "{words:?}");
        for word in told {
            assert!(ran.stderr.contains(word), "{words:?} does not say {word:?}: {}", ran.stderr);
        }
        assert!(fs::read(self.ledger()).ok() == before, "{words:?} changed the file");
        ran
    }

    /// What a customer has of an asset, as `balance` says it.
    #[track_caller]
    pub fn available(&self, customer: &str, asset: &str) -> String {
        let accounts = self.ok(&format!("balance {customer} --format json")).json()["accounts"].take();
        let of = |account: &&serde_json::Value| account["asset"] == asset;
        accounts.as_array().unwrap().iter().find(of).unwrap()["available"].as_str().unwrap().to_owned()
    }

    pub fn verify(&self) {
        self.ok("ledger verify");
    }

    /// The ledger's file.
    pub fn bytes(&self) -> Vec<u8> {
        fs::read(self.ledger()).unwrap()
    }

    /// The ledger as SQLite has it.
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
            + &dump(&self.sql(), "operation", |table| match table {
                // How many operations and rollups there are depends on how the log was cut, as does which events stand
                // together; what they come to is verified.
                "seal" => Some("name, iif(name LIKE '%_month' OR name = 'operation', 0, facts)"),
                "event" | "customer_month" | "shape_month" | "operation" => None,
                "meta" => Some("name, iif(name = 'hash_key', 0, value)"),
                _ => (!table.starts_with("key_")).then_some("*"),
            })
    }

    /// Every row of the ledger.
    pub fn everything(&self) -> String {
        dump(&self.sql(), "", |_| Some("*"))
    }
}
