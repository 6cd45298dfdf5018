//! `drawdown guide` as a script and a pipe see it. The transcript is `tests/it/guide/guide.txt`; SNAPSHOTS=overwrite writes it
//! anew.

use crate::support::{Workspace, expected};
use snapbox::assert_data_eq;

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
    let workspace = Workspace::new();
    let mut transcript = String::new();
    for line in LINES {
        let ran = workspace.run(line);
        transcript += &format!("$ drawdown {line}\n{}", ran.stdout);
        transcript += &ran.stderr.lines().map(|line| format!("! {line}\n")).collect::<String>();
        transcript += &format!("? {}\n\n", ran.code);
    }
    assert_data_eq!(transcript, expected("guide/guide.txt"));
}
