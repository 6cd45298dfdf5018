//! `drawdown vendor import`: price lists that others keep.

use crate::support::{Workspace, run_transcripts};

const LITELLM: &str = include_str!("litellm.json");
const MODELS_DEV: &str = include_str!("models-dev.json");
const CATALOG: &str = "\
[catalog]
name = \"chat\"
reporting_currency = \"USD\"

[[product]]
code = \"chat\"
name = \"Chat\"

# What we sell.
[[product.price]]
name = \"Message\"
type = \"usage_based\"
event_type = \"completion\"
usage_type = \"unit\"
asset = \"USD\"
unit_price = 5
";
const CHOSEN: &str = "--provider openai --provider anthropic --provider gemini";

fn workspace() -> Workspace {
    let workspace = Workspace::new().with("catalogs/chat.toml", CATALOG);
    workspace.with("litellm.json", LITELLM).with("models-dev.json", MODELS_DEV)
}

/// What an event costs us.
fn cost(workspace: &Workspace, event: &str) -> String {
    let quote = workspace.ok(&format!("quote chat completion {event} --format json -q")).json();
    quote["cost"].as_str().unwrap().to_owned()
}

#[test]
fn a_list_is_imported_looked_through_and_brought_up_to_date() {
    run_transcripts("vendor", crate::support::NOW);
}

#[test]
fn the_same_prices_for_a_token_and_for_a_million_make_the_same_catalog() {
    let imported = |list: &str| {
        let workspace = workspace();
        workspace.ok(&format!("vendor import {list} {CHOSEN}"));
        workspace.ok("check");
        let text = workspace.read("catalogs/chat.toml");
        text.lines().filter(|line| !line.starts_with("# ")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(imported("litellm.json"), imported("models-dev.json"));
}

#[test]
fn tokens_cost_what_the_list_says() {
    let workspace = workspace();
    workspace.ok("vendor import litellm.json");
    // In millionths of a dollar: 5005 x 1.25 + 257955 x 0.125 + 1744 x 10 = 55940.625.
    let tokens = "input_tokens=5005 cached_tokens=257955 cache_write_tokens=0 output_tokens=1744";
    assert_eq!(cost(&workspace, &format!("model=gpt-9 {tokens}")), "0.055940625");
    // 1000 x 3 + 2000 x 0.3 + 3000 x 3.75 + 400 x 15 = 20850.
    let tokens = "input_tokens=1000 cached_tokens=2000 cache_write_tokens=3000 output_tokens=400";
    assert_eq!(cost(&workspace, &format!("model=claude-9 {tokens}")), "0.02085");
    // Without prices of its own the cache costs what input costs: 6000 x 0.1 + 400 x 0.4 = 760.
    assert_eq!(cost(&workspace, &format!("model=gemini-9 {tokens}")), "0.00076");
}

#[test]
fn what_people_wrote_stays_and_prices_are_replaced_where_they_stand() {
    let workspace = workspace();
    workspace.ok("vendor add openai --name OpenAI -q");
    workspace.ok("vendor import litellm.json --provider openai -q");
    workspace.ok("vendor add-cost openai --event-type image --usage-type unit --asset USD --unit-price 0.04 -q");
    let before = workspace.read("catalogs/chat.toml");
    assert!(before.contains("name = \"OpenAI\"") && before.contains("# What we sell.\n[[product.price]]"), "{before}");
    workspace.write("new.json", LITELLM.replace("1.25e-06", "1.5e-06").replace("gpt-9-mini", "gpt-9-nano"));
    workspace.ok("vendor import new.json --provider openai --yes -q");
    let after = workspace.read("catalogs/chat.toml");
    let rest = |text: &str| {
        let (before, block) = text.split_once("# Imported prices of openai: begin").unwrap();
        [before, block.split_once("# Imported prices of openai: end").unwrap().1].map(str::to_owned)
    };
    assert_eq!(rest(&before), rest(&after));
    assert!(after.contains("{ model = \"gpt-9\", volume_rate = 1.5 }") && !after.contains("gpt-9-mini"), "{after}");
    let unchanged = workspace.ok("vendor import new.json --provider openai");
    assert!(unchanged.stderr.contains("nothing changed"), "{}", unchanged.stderr);
    assert_eq!(workspace.read("catalogs/chat.toml"), after);
}

#[test]
fn line_ends_are_those_of_the_file() {
    let workspace = workspace().with("catalogs/chat.toml", CATALOG.replace('\n', "\r\n"));
    workspace.ok("vendor import litellm.json --provider openai -q");
    workspace.write("new.json", LITELLM.replace("1.25e-06", "1.5e-06"));
    workspace.ok("vendor import new.json --provider openai --yes -q");
    let text = workspace.read("catalogs/chat.toml");
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    assert!(text.contains("volume_rate = 1.5 },\r\n"), "{text}");
}

#[test]
fn rules_of_ones_own_for_the_same_tokens_are_not_doubled() {
    let workspace = workspace();
    workspace.ok("vendor add openai -q");
    workspace.ok("vendor add-cost openai --event-type completion --usage-type volume --volume-field input_tokens --asset USD --volume-rate 1 -q");
    workspace.refused("vendor import litellm.json --provider openai", 1, &["rules of its own", "both would count"]);
}

#[test]
fn a_list_of_thousands_of_models_is_read_and_checked() {
    let entry = |n: u32| {
        format!(
            "\"m-{n}\": {{\"litellm_provider\": \"p\", \"input_cost_per_token\": {n}e-9, \"output_cost_per_token\": {n}e-8}}"
        )
    };
    let list = (1..=2000).map(entry).collect::<Vec<_>>().join(",");
    let workspace = workspace().with("long.json", format!("{{{list}}}"));
    workspace.ok("vendor import long.json -q");
    // 1000 x 1.234 + 100 x 12.34 = 2468 millionths.
    assert_eq!(cost(&workspace, "model=m-1234 input_tokens=1000 output_tokens=100"), "0.002468");
}
