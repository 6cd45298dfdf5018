//! The program under test, in the same surroundings wherever the tests are run.

use snapbox::cmd::OutputAssert;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The program's clock, where a test does not set it.
pub const NOW: &str = "2026-12-30T00:00:00Z";

/// Where the program is.
pub fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_drawdown"))
}

/// The program, to be run in a folder.
pub fn drawdown(folder: &Path) -> Command {
    let mut command = Command::new(program());
    surround(&mut command, folder);
    command
}

/// The program with a ledger, to be compared with what it should print.
pub fn on_ledger(ledger: &Path, args: &[&str]) -> OutputAssert {
    let mut command = drawdown(ledger.parent().unwrap());
    command.arg("--ledger").arg(ledger).args(args);
    snapbox::cmd::Command::from_std(command).assert()
}

/// Runs a command in a folder as its home, with the program first on the path, a fixed clock, and none of the settings of
/// whoever runs the tests.
pub fn surround<'c>(command: &'c mut Command, folder: &Path) -> &'c mut Command {
    let others = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(program().parent().unwrap().to_owned()).chain(std::env::split_paths(&others));
    let path = std::env::join_paths(folders).unwrap();
    command.current_dir(folder).env("HOME", folder).env("PATH", path).env("LC_ALL", "C.UTF-8").env("DRAWDOWN_NOW", NOW);
    command.env_remove("DRAWDOWN_LEDGER").env_remove("DRAWDOWN_CATALOG").stdin(Stdio::null())
}

/// What came of a command.
#[derive(Debug, PartialEq, Eq)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Ran {
    fn from(Output { status, stdout, stderr }: Output) -> Self {
        let [stdout, stderr] = [stdout, stderr].map(|bytes| String::from_utf8(bytes).expect("a command speaks UTF-8"));
        let code = status.code().unwrap_or_else(|| panic!("it was killed: {status}\n{stdout}{stderr}"));
        Self { code, stdout, stderr }
    }
}

impl Ran {
    /// The `data` of what was printed as JSON.
    pub fn json(&self) -> serde_json::Value {
        let mut value: serde_json::Value = serde_json::from_str(&self.stdout).unwrap_or_else(|_| panic!("{self:?}"));
        value["data"].take()
    }
}

/// The words of a command: one by one, or in a line, where single quotes hold words together.
pub trait Words {
    fn words(&self) -> Vec<&str>;
}

impl Words for str {
    fn words(&self) -> Vec<&str> {
        let parts = self.split('\'').enumerate();
        parts.flat_map(|(i, part)| if i % 2 == 1 { vec![part] } else { part.split_whitespace().collect() }).collect()
    }
}

impl Words for String {
    fn words(&self) -> Vec<&str> {
        self.as_str().words()
    }
}

impl Words for [&str] {
    fn words(&self) -> Vec<&str> {
        self.to_vec()
    }
}

impl<const N: usize> Words for [&str; N] {
    fn words(&self) -> Vec<&str> {
        self.to_vec()
    }
}

impl Words for Vec<&str> {
    fn words(&self) -> Vec<&str> {
        self.clone()
    }
}
