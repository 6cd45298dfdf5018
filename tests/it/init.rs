//! `drawdown init` without a terminal: the workspaces it makes, and what it refuses.

use crate::support::{Ran, Workspace, program, repository, surround};
use std::fs;
use std::path::Path;

#[test]
fn every_template_makes_a_sound_workspace_whatever_the_names_in_it() {
    let models = ["prepaid", "prepaid --units custom", "subscription", "hybrid", "hybrid --units custom"];
    // As they are, these are checked where all catalogs are.
    let catalogs =
        ["chat-images", "video-resolution", "speech-minutes", "api-calls", "usage-pools", "request-allowance"];
    let names = ["", " --product acme.api_2 --currency EUR", " --product USD --currency JPY"];
    for (templates, names) in [(&models[..], &names[..]), (&catalogs[..], &names[2..])] {
        for line in templates.iter().flat_map(|template| names.iter().map(move |names| format!("{template}{names}"))) {
            let workspace = Workspace::new();
            workspace.ok(&format!("init --template {line}"));
            workspace.ok("check --deny-warnings");
            workspace.ok("test");
            workspace.ok("apply");
            workspace.ok("ledger verify");
        }
    }
}

#[test]
fn ones_own_names_replace_the_templates() {
    let workspace = Workspace::new();
    workspace.ok("init shop --template prepaid --product pics --currency eur --asset TOKEN --quiet");
    let text = workspace.read("shop/catalogs/pics.toml");
    for gone in ["studio", "Studio", "image-credits", "CREDIT", "--catalog"] {
        assert!(!text.contains(gone), "{gone}:\n{text}");
    }
    assert_eq!(text.matches("USD").count(), 1, "the first line says what the amounts were in:\n{text}");
    for own in ["code = \"pics\"\nname = \"pics\"", "\"25 TOKEN\"", "drawdown quote pics", "amount = \"20 EUR\""] {
        assert!(text.contains(own), "{own}:\n{text}");
    }
}

#[test]
fn every_catalog_of_the_project_is_a_template() {
    let catalogs = fs::read_dir(repository("catalogs")).unwrap().map(Result::unwrap);
    for catalog in catalogs.filter(|entry| entry.path().is_dir()) {
        let name = catalog.file_name().into_string().unwrap();
        let workspace = Workspace::new();
        let made = workspace.ok(&format!("init --template {name}")).stdout;
        let file = made.lines().find_map(|line| line.strip_prefix("catalog")?.split_whitespace().next()).unwrap();
        let product = Path::new(file).file_stem().and_then(|stem| stem.to_str()).unwrap();
        let (ours, theirs) = (workspace.path(file), catalog.path().join("catalog.toml"));
        let [ours, theirs] = [ours, theirs].map(|path| fs::read_to_string(path).unwrap());
        let theirs = theirs.replacen(&format!("name = \"{name}\""), &format!("name = \"{product}\""), 1);
        let body = |text: &str| text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
        assert_eq!(body(&ours), body(&theirs), "{name}");
    }
}

#[test]
fn a_unit_that_is_not_credits_is_replaced_too() {
    let workspace = Workspace::new();
    workspace.ok("init --template request-allowance --product solo --asset PROMPT");
    let text = workspace.read("catalogs/solo.toml");
    assert!(
        !text.contains("REQUEST") && text.contains("code = \"PROMPT\"") && text.contains("code = \"solo\""),
        "{text}"
    );
    assert!(text.contains("code = \"pro-plus\""), "the other product keeps its code:\n{text}");
}

#[test]
fn from_nothing_to_a_profit_report_on_ones_own_log_in_four_commands() {
    let workspace = Workspace::new();
    let log = "id,customer,event_type,occurred_at,model,input_tokens,output_tokens\n\
               c-1,acme,response_completed,2026-07-03T09:00:00Z,gpt-5.1,120000,35000\n\
               c-2,globex,response_completed,2026-07-03T09:05:00Z,gpt-5-mini,800000,90000\n";
    workspace.write("usage.csv", log);
    let Ran { code, stderr: next, .. } = workspace.run("init --template prepaid --product chat");
    assert_eq!(code, 0);
    let mut commands = next.lines().filter_map(|line| line.strip_prefix("  drawdown "));
    assert_eq!(commands.next(), Some("check"), "which is good advice, and not needed");
    let outputs: Vec<String> = commands.map(|command| workspace.ok(command).stdout).collect();
    let [_apply, _replay, report] = outputs.as_slice() else { panic!("{next}") };
    assert!(report.lines().last().unwrap().starts_with("total          2"), "{report}");
}

#[test]
fn what_exists_is_never_overwritten() {
    let workspace = Workspace::new();
    let mine = ["catalogs/mine.toml", "prices.toml", "mine.db"];
    mine.iter().for_each(|name| workspace.write(name, "mine"));
    for (line, named) in [
        ("init --template prepaid", "catalogs has a catalog already"),
        ("init --template prepaid --catalog prices.toml", "prices.toml exists already"),
        ("init --template prepaid --catalog other --ledger mine.db", "mine.db exists already"),
        ("init mine.db --template prepaid", "can't make mine.db/catalogs"),
    ] {
        let Ran { code, stdout, stderr } = workspace.run(line);
        assert_eq!((code, stdout.as_str()), (1, ""), "{line}");
        assert!(stderr.contains(named), "{stderr}");
    }
    let mut left: Vec<_> = fs::read_dir(workspace.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["catalogs", "mine.db", "prices.toml"]);
    mine.iter().for_each(|name| assert_eq!(workspace.read(name), "mine"));
}

#[test]
fn without_a_terminal_what_is_missing_or_makes_no_sense_is_wrong_usage() {
    let workspace = Workspace::new();
    for (line, named) in [
        ("init", "--template prepaid|subscription|hybrid"),
        ("init --yes", "--template prepaid|subscription|hybrid"),
        ("init --template subscription --asset TOKEN", "leave --asset out"),
        ("init --template hybrid --asset TOKEN --units fiat", "leave --asset out"),
        ("init --template api-calls --asset TOKEN", "leave --asset out"),
        ("init --template api-calls --units custom", "leave --units out"),
        ("init --template usage-pools --units fiat", "leave --units out"),
        ("init --template usage-pools --product ultra", "another product of the template"),
        ("init --template hybrid --currency UDS", "did you mean USD?"),
        ("init --template hybrid --asset EUR", "EUR is a currency"),
        ("init --template hybrid --product ../up", "a code may have only letters"),
    ] {
        let Ran { code, stdout, stderr } = workspace.run(line);
        assert_eq!((code, stdout.as_str()), (2, ""), "{line}");
        assert!(stderr.contains(named), "{stderr}");
    }
    assert_eq!(fs::read_dir(workspace.folder()).unwrap().count(), 0, "nothing was written");
}

#[test]
fn scripts_learn_what_was_made() {
    let workspace = Workspace::new();
    let made = workspace.ok("init shop --template prepaid --asset TOKEN --format json").json();
    let expected = serde_json::json!({
        "template": "prepaid", "product": "studio", "currency": "USD", "asset": "TOKEN",
        "catalog": "shop/catalogs/studio.toml", "ledger": "shop/ledger.db",
        "schema": "shop/catalogs/catalog.schema.json",
    });
    assert_eq!(made, expected);
    assert!(workspace.path("shop/ledger.db").exists());
}

/// On a disk that is full, nothing is left that would stand in the way of the next try.
#[test]
fn what_fails_can_be_run_again() {
    let workspace = Workspace::new();
    let limited = "trap '' XFSZ; ulimit -f 32; exec \"$0\" init --template prepaid --yes";
    let mut command = std::process::Command::new("sh");
    let ran =
        Ran::from(surround(&mut command, workspace.folder()).args(["-c", limited]).arg(program()).output().unwrap());
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("ledger.db"), "{ran:?}");
    workspace.ok("init --template prepaid --yes");
    workspace.ok("apply --yes");
    workspace.verify();
}
