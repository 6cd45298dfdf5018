//! Completion, asked for as shells ask, and in the shells themselves where they are installed. Names in a ledger are
//! data: whatever they are made of, completing one runs nothing and gives that very name.

#![allow(clippy::print_stderr, reason = "a shell that is not installed is told of")]

use crate::support::{Workspace, repository, surround};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const HOSTILE: [&str; 8] = [
    "zed $(touch pwned)",
    "zed 'single' `touch pwned`",
    "zed \"double\" ; touch pwned",
    "zed * ? [a] {b,c} ~ # & | < > ( ) !x \\ $HOME",
    "zedé価格",
    "zed:colon=sign@home",
    "zed%d%s",
    "zed\u{a0}space",
];

/// A folder with a ledger in it; its customers have all kinds of names.
fn workspace() -> Workspace {
    let workspace = Workspace::new();
    workspace.ok("init --template prepaid --product chat --quiet");
    workspace.ok("apply");
    for customer in ["acme", "acorn", "globex"].iter().chain(&HOSTILE) {
        workspace.ok(&["customer", "add", customer, "--at", "2026-06-01"]);
    }
    workspace.ok("subscribe acme chat --at 2026-06-01");
    for id in ["evt-1", "evt-2", "other"] {
        // Denied or not: it is an event.
        let data = "model=gpt-5.1 input_tokens=1 output_tokens=1 --at 2026-07-01";
        workspace.run(&format!("record acme response_completed {data} --id {id}"));
    }
    workspace
}

/// What the program answers, without descriptions.
fn asked(workspace: &Workspace, words: &[&str]) -> Vec<String> {
    let ran = workspace.run(&[&["complete", "zsh", "--", "drawdown"], words].concat());
    assert_eq!(ran.stderr, "", "{words:?}");
    assert!(ran.code == 0 || ran.code == 3 && ran.stdout.is_empty(), "{words:?}: {ran:?}");
    ran.stdout.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

fn script(name: &str) -> PathBuf {
    repository("completions").join(name)
}

/// A shell that waits for something that never comes is stopped, and what it printed till then is wrong.
fn within_a_minute(command: &mut Command) -> std::io::Result<Output> {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let deadline = Instant::now() + Duration::from_secs(60);
    while child.try_wait()?.is_none() {
        if Instant::now() > deadline {
            child.kill()?;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output()
}

/// What a shell prints, or `None`, said aloud, where it is not installed.
fn shell(name: &str, workspace: &Workspace, args: &[&str]) -> Option<String> {
    let mut command = Command::new(name);
    surround(&mut command, workspace.folder());
    match within_a_minute(command.args(args)) {
        Ok(output) => {
            assert!(output.status.code().is_some(), "{name} did not come to an end");
            let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
            assert!(stderr.is_empty(), "{name}: {stderr}\n{stdout}");
            assert!(!workspace.path("pwned").exists(), "{name} ran a name");
            Some(stdout)
        }
        Err(_) => {
            eprintln!("skipped: {name} is not installed");
            None
        }
    }
}

#[test]
fn the_program_knows_what_could_come_next() {
    let workspace = workspace();
    let asked = |words: &[&str]| asked(&workspace, words);
    assert_eq!(asked(&["re"]), ["refund", "record", "replay", "rebill", "report"]);
    assert_eq!(asked(&["ledger", ""]), ["info", "verify", "log", "backup", "help"]);
    assert_eq!(asked(&["balance", "ac"]), ["acme", "acorn"]);
    assert_eq!(asked(&["-q", "--format", "json", "balance", "ac"]), ["acme", "acorn"]);
    assert_eq!(asked(&["balance", "--", "ac"]), ["acme", "acorn"]);
    assert_eq!(asked(&["balance", "'zed*"]), [""; 0]);
    assert_eq!(asked(&["balance", "zed "]).len(), 4);
    assert_eq!(asked(&["subscribe", "acme", ""]), ["chat"]);
    assert_eq!(asked(&["topup", "acme", "20", "U"]), ["USD"]);
    assert_eq!(asked(&["topup", "acme", "20", "USD", "--to", ""]), ["USD"]);
    assert_eq!(asked(&["record", "acme", ""]), ["response_completed"]);
    assert_eq!(asked(&["explain", "evt"]), ["evt-2", "evt-1"]);
    assert_eq!(asked(&["report", "profit", "--by", "m"]), ["month", "model"]);
    assert_eq!(asked(&["report", "profit", "--by", "customer,v"]), ["customer,vendor"]);
    assert_eq!(asked(&["report", "usage", "--by", "v"]), [""; 0]);
    let mapping = "[mapping.proxy]\nconstants = { event_type = \"call\" }\ncolumns = { occurred_at = \"when\" }\n";
    workspace.write("mapped/a.toml", format!("[catalog]\nreporting_currency = \"USD\"\n{mapping}"));
    assert_eq!(asked(&["replay", "x", "--catalog", "mapped", "--map", "pro"]), ["proxy"]);
    assert_eq!(asked(&["replay", "x", "--catalog", "mapped", "--map", "open"]), ["openai", "openmeter", "openrouter"]);
    assert_eq!(asked(&["void", "--log", "x", "--catalog", "mapped", "--map", "p"]), ["proxy"]);
    assert_eq!(asked(&["ledger", "log", "show", ""])[..2], ["16", "15"]);
    assert_eq!(asked(&["balance", "--form"]), ["--format"]);
    assert_eq!(asked(&["balance", "--format", "j"]), ["json"]);
    assert_eq!(asked(&["balance", "--format=j"]), ["--format=json"]);
    assert_eq!(asked(&["completions", "z"]), ["zsh"]);
    assert!(!asked(&["comp"]).contains(&"complete".to_owned()), "it is for scripts");
    for silent in [&["balance", "nobody"][..], &["nonsense", ""], &["replay", "x"], &[]] {
        assert_eq!(asked(silent), [""; 0], "{silent:?}");
    }
}

/// Where nothing can be offered, the shells offer files, unless no file can stand there.
#[test]
fn files_are_offered_where_a_file_can_stand() {
    let workspace = workspace();
    let code = |words: &[&str]| workspace.run(&[&["complete", "zsh", "--", "drawdown"], words].concat()).code;
    for files in
        [&["replay", ""][..], &["replay", "us"], &["--ledger", ""], &["report", "profit", "-o", "x"], &["check", "c"]]
    {
        assert_eq!(code(files), 0, "{files:?}");
    }
    for none in
        [&["balance", "nobody"][..], &["topup", "acme", ""], &["record", "acme", "x", "--at", "2"], &["nonsense", ""]]
    {
        assert_eq!(code(none), 3, "{none:?}");
    }
    fs::write(workspace.path("usage.csv"), "").unwrap();
    let bash = |line: &str| {
        let program = r#"
            source "$1"; cd "$3"; set -o emacs
            COMP_LINE=$2; COMP_POINT=${#2}
            compopt() { echo compopt "$@"; }
            _drawdown"#;
        let script = script("drawdown.bash");
        let folder = workspace.folder().to_str().unwrap().to_owned();
        shell("bash", &workspace, &["--norc", "-c", program, "bash", script.to_str().unwrap(), line, &folder])
    };
    let Some(files) = bash("drawdown replay us") else { return };
    assert_eq!(files, "");
    assert_eq!(bash("drawdown balance nobody").unwrap().trim(), "compopt +o default +o bashdefault");
}

#[test]
fn the_ledger_is_the_one_that_the_line_or_the_environment_names() {
    let (workspace, other) = (workspace(), Workspace::new());
    let ledger = workspace.ledger();
    let ledger = ledger.to_str().unwrap();
    assert_eq!(asked(&other, &["balance", "ac"]), [""; 0]);
    assert_eq!(asked(&other, &["--ledger", ledger, "balance", "ac"]), ["acme", "acorn"]);
    assert_eq!(asked(&other, &["balance", &format!("--ledger={ledger}"), "ac"]), ["acme", "acorn"]);
    let mut command = other.command("complete zsh -- drawdown balance gl");
    assert_eq!(command.env("DRAWDOWN_LEDGER", ledger).output().unwrap().stdout, b"globex\n");
    assert_eq!(fs::read_dir(other.folder()).unwrap().count(), 0, "nothing is made");
}

#[test]
fn a_ledger_that_cannot_be_read_is_passed_over_and_left_alone() {
    let workspace = Workspace::new();
    for content in [&b""[..], b"SQLite format 3\0 and then nothing", b"\xff\xfe"] {
        let ledger = workspace.ledger();
        fs::write(&ledger, content).unwrap();
        assert_eq!(asked(&workspace, &["balance", ""]), [""; 0]);
        assert_eq!(asked(&workspace, &["subscribe", "acme", ""]), [""; 0]);
        assert_eq!(fs::read(&ledger).unwrap(), content);
    }
}

#[test]
fn a_ledger_of_many_customers_answers_with_the_first_of_them() {
    let workspace = workspace();
    let rows: String = (0..3000).map(|n| format!("many-{n:04}\n")).collect();
    workspace.write("customers.csv", format!("customer\n{rows}"));
    workspace.ok("customer import customers.csv");
    assert_eq!(asked(&workspace, &["balance", "many-"]).len(), 200);
    assert_eq!(asked(&workspace, &["balance", "many-299"]).len(), 10);
}

#[test]
fn the_shipped_scripts_are_those_that_the_program_prints() {
    let workspace = Workspace::new();
    let shells = [
        ("bash", "drawdown.bash"),
        ("zsh", "_drawdown"),
        ("fish", "drawdown.fish"),
        ("powershell", "drawdown.ps1"),
        ("elvish", "drawdown.elv"),
    ];
    for (shell, file) in shells {
        assert_eq!(workspace.ok(&["completions", shell]).stdout, fs::read_to_string(script(file)).unwrap(), "{shell}");
    }
    assert_eq!(fs::read_dir(script("")).unwrap().count(), shells.len(), "each file is one of them");
}

/// Completes a line in bash, puts what it answers in the place of what it completed, and runs the line.
fn in_bash(workspace: &Workspace, line: &str, replaced: &str) -> Option<Vec<String>> {
    let program = r#"
        source "$1"; COMP_LINE=$2; COMP_POINT=${#2}
        _drawdown 2>/dev/null
        drawdown() { printf '%s\n' "${@: -1}"; }
        for reply in "${COMPREPLY[@]}"; do eval "${2%"$3"}$reply$4"; done"#;
    let quote = line.chars().find(|c| "'\"".contains(*c)).map_or(String::new(), |quote| quote.to_string());
    let script = script("drawdown.bash");
    let args = ["--norc", "-c", program, "bash", script.to_str().unwrap(), line, replaced, &quote];
    shell("bash", workspace, &args).map(|text| text.lines().map(str::to_owned).collect())
}

#[test]
fn bash_completes_and_what_it_completes_is_one_word() {
    let workspace = workspace();
    let Some(commands) = in_bash(&workspace, "drawdown repl", "repl") else { return };
    assert_eq!(commands, ["replay"]);
    let bash = |line, replaced| in_bash(&workspace, line, replaced).unwrap();
    assert_eq!(bash("drawdown balance ac", "ac"), ["acme", "acorn"]);
    let mut all: Vec<&str> = HOSTILE.to_vec();
    all.sort_unstable();
    assert_eq!(bash("drawdown balance zed", "zed"), all);
    assert_eq!(bash("drawdown balance 'zed", "zed"), all);
    let without_history: Vec<&str> = all.iter().copied().filter(|name| !name.contains('!')).collect();
    assert_eq!(bash("drawdown balance \"zed", "zed"), without_history);
    assert_eq!(bash("drawdown balance zed\\ \\$", "zed\\ \\$"), ["zed $(touch pwned)"]);
    assert_eq!(bash("drawdown balance zed:co", "co"), ["zed:colon=sign@home"]);
    assert_eq!(bash("drawdown balance --format=j", "j"), ["--format=json"]);
}

#[test]
fn fish_completes_and_runs_nothing() {
    let workspace = workspace();
    let script = script("drawdown.fish");
    let fish = |line: &str| {
        let program = "source $argv[1]; complete -C $argv[2]";
        let text = shell("fish", &workspace, &["--no-config", "-c", program, script.to_str().unwrap(), line])?;
        Some(text.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect::<Vec<_>>())
    };
    let Some(commands) = fish("drawdown repl") else { return };
    assert_eq!(commands, ["replay"]);
    assert_eq!(fish("drawdown balance ac").unwrap(), ["acme", "acorn"]);
    assert_eq!(fish("drawdown balance --format=j").unwrap(), ["--format=json"]);
    let names = fish("drawdown balance zed").unwrap();
    assert_eq!(names.len(), HOSTILE.len(), "{names:?}");
}

#[test]
fn zsh_completes_and_what_it_completes_is_one_word() {
    let workspace = workspace();
    let script = script("_drawdown");
    // A terminal of its own, in which a key shows the line and the words that zsh makes of it.
    let program = r#"
        zmodload zsh/zpty
        zpty z zsh -f -i
        zpty -w z "autoload -U compinit; compinit -u -D; source ${(q)1}; setopt no_beep; PS1= RPS1= PROMPT_SP="
        zpty -w z $'show() { local -a parts; parts=(${(z)BUFFER}); print -rn -- \"<<${(Q)parts[-1]}>>\"; BUFFER=; }'
        zpty -w z $'zle -N show; bindkey \'^G\' show; print REA\'\'DY'
        zpty -r z text '*READY*'
        zpty -w -n z "$2"$'\t\a'
        zpty -r z text $'*>>*'
        print -r -- "$text"
        zpty -d z"#;
    let zsh = |line: &str| {
        let text = shell("zsh", &workspace, &["-f", "-c", program, "zsh", script.to_str().unwrap(), line])?;
        let shown = text.rsplit_once("<<").and_then(|(_, shown)| shown.split_once(">>"));
        Some(shown.unwrap_or_else(|| panic!("{line}: {text:?}")).0.to_owned())
    };
    let Some(command) = zsh("drawdown repl") else { return };
    assert_eq!(command, "replay");
    for (line, name) in [
        ("drawdown balance gl", "globex"),
        ("drawdown balance zed\\ \\$", HOSTILE[0]),
        ("drawdown balance zed\\ \\'", HOSTILE[1]),
        ("drawdown balance 'zed \"", HOSTILE[2]),
        ("drawdown balance zed\\ \\*", HOSTILE[3]),
        ("drawdown balance zed:", HOSTILE[5]),
        ("drawdown balance zed%", HOSTILE[6]),
        ("drawdown balance --format=j", "--format=json"),
    ] {
        assert_eq!(zsh(line).as_deref(), Some(name), "{line}");
    }
}

#[test]
fn every_command_gets_its_manual_page() {
    let workspace = Workspace::new();
    workspace.ok("man share/man1");
    let page = |name: &str| workspace.read(&format!("share/man1/{name}"));
    for command in asked(&workspace, &[""]).iter().filter(|command| *command != "help") {
        assert!(page(&format!("drawdown-{command}.1")).contains("Examples:"), "{command}");
    }
    assert!(page("drawdown-price-add.1").contains("overage"));
    assert!(page("drawdown.1").contains("Exit codes:"));
}
