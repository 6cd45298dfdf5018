//! `drawdown guide` as a script and a pipe see it. The transcript is `tests/it/guide/guide.txt`; SNAPSHOTS=overwrite writes it
//! anew.

use snapbox::{Data, assert_data_eq};
use std::path::Path;
use std::process::{Command, Stdio};

const LINES: [&str; 8] = [
    "guide --front-costs no --usage unpredictable --customers prosumers --units custom",
    "guide --front-costs no --usage predictable --customers enterprise --units custom",
    "guide --front-costs yes --usage unpredictable --customers enterprise --units fiat",
    "guide --front-costs yes --usage mixed --customers developers --units custom --format json",
    "guide --front-costs no --usage mixed --customers developers --units fiat --format csv",
    "guide",
    "guide --usage mixed --units fiat --format json",
    "guide --front-costs maybe",
];

#[test]
fn answers_by_flags_give_advice_and_nothing_is_asked_without_a_terminal() {
    let mut transcript = String::new();
    for line in LINES {
        let mut command = Command::new(env!("CARGO_BIN_EXE_drawdown"));
        let output = command.args(line.split(' ')).stdin(Stdio::null()).output().unwrap();
        let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        transcript += &format!("$ drawdown {line}\n{stdout}");
        transcript += &stderr.lines().map(|line| format!("! {line}\n")).collect::<String>();
        transcript += &format!("? {}\n\n", output.status.code().unwrap());
    }
    let expected = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/guide/guide.txt");
    assert_data_eq!(transcript, Data::read_from(&expected, None).raw());
}
