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
fn a_long_prompt_makes_all_of_a_request_dearer() {
    let workspace = workspace();
    workspace.ok("vendor import litellm.json");
    // 100000 x 3 + 100000 x 0.3 + 1000 x 15 = 345000, and from one token more on 100001 x 6 + 100000 x 0.6 + 1000 x 22.5.
    let event = |input: u32, prompt: u32| {
        format!("model=claude-9 prompt_tokens={prompt} input_tokens={input} cached_tokens=100000 output_tokens=1000")
    };
    assert_eq!(cost(&workspace, &event(100_000, 200_000)), "0.345");
    assert_eq!(cost(&workspace, &event(100_001, 200_001)), "0.682506");
    let without = "model=claude-9 input_tokens=100001 cached_tokens=100000 output_tokens=1000";
    assert_eq!(cost(&workspace, without), "0.345003", "nobody said how long it was");
}

#[test]
fn a_dated_name_costs_what_the_model_costs_unless_the_list_has_it() {
    let dated =
        LITELLM.replace("gpt-9-mini\"", "gpt-9-mini-2026-01-01\"").replace("\"text-embedding-9\"", "\"gpt-9-mini\"");
    let workspace = workspace().with("dated.json", dated);
    workspace.ok("vendor import dated.json --provider openai");
    let of = |model: &str| cost(&workspace, &format!("model={model} input_tokens=1000"));
    assert_eq!([of("gpt-9"), of("gpt-9-2026-11-13")], ["0.00125", "0.00125"]);
    assert_eq!([of("gpt-9-mini-2026-01-01"), of("gpt-9-mini")], ["0.00025", "0.00002"]);
    let none =
        workspace.ok("quote chat completion model=gpt-9-mini-2026-05-05 input_tokens=1000 --format json -q").json();
    assert!(none["cost"].is_null(), "{none}");
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

#[test]
fn requests_of_a_providers_log_cost_what_their_length_says() {
    let list = LITELLM.replace("1.25e-06,", "1.25e-06, \"input_cost_per_token_above_200k_tokens\": 2.5e-06,");
    let workspace = workspace().with("long.json", list);
    workspace.ok("vendor import long.json --provider openai -q");
    let response = |(at, prompt): (usize, &u32)| {
        format!(
            "{{\"id\":\"r{at}\",\"created\":{},\"model\":\"gpt-9-2026-05-05\",\"user\":\"ann\",\"usage\":{{\"prompt_tokens\":{prompt}}}}}\n",
            1_767_507_869 + at
        )
    };
    let log: String = [150_000, 150_000, 200_000, 200_001, 250_000].iter().enumerate().map(response).collect();
    workspace.write("log.jsonl", log);
    workspace.ok("apply --yes -q");
    workspace.ok("replay log.jsonl --map openai --enroll chat -q");
    // 500000 x 1.25 + 450001 x 2.5, in millionths.
    let report = workspace.ok("report profit --by vendor --format csv -q").stdout;
    assert!(report.contains("1.7500025"), "{report}");
}

#[test]
fn other_thresholds_are_shown_and_asked_about() {
    let workspace = workspace();
    workspace.ok("vendor import litellm.json --provider anthropic -q");
    workspace.write("new.json", LITELLM.replace("_above_200k_tokens", "_above_128k_tokens"));
    let asked = workspace.refused("vendor import new.json --provider anthropic", 1, &["nobody to ask"]);
    assert!(asked.stderr.contains("- anthropic claude-9 over 200000: input_tokens 6,"), "{}", asked.stderr);
    assert!(asked.stderr.contains("+ anthropic claude-9 over 128000: input_tokens 6,"), "{}", asked.stderr);
    workspace.ok("vendor import new.json --provider anthropic --yes -q");
    assert_eq!(cost(&workspace, "model=claude-9 prompt_tokens=128001 input_tokens=1000"), "0.006");
}

/// A list of LiteLLM's kind.
fn told_of(models: &str) -> (crate::support::Ran, String) {
    let workspace = workspace();
    workspace.write("list.json", format!("{{{models}}}"));
    let ran = workspace.run("vendor import list.json");
    (ran, workspace.read("catalogs/chat.toml"))
}

#[test]
fn what_a_list_says_twice_or_not_at_all_is_told() {
    let price = |provider: &str, input: &str, more: &str| {
        format!("{{\"litellm_provider\": \"{provider}\", \"input_cost_per_token\": {input}{more}}}")
    };
    let output = ", \"output_cost_per_token\": 1e-05";
    let twice =
        format!("\"gpt\": {}, \"openai/gpt\": {}", price("openai", "1e-06", output), price("openai", "2e-06", output));
    let (ran, written) = told_of(&twice);
    assert!(
        ran.stderr.contains("different prices: \"gpt\"") && written.contains("{ model = \"gpt\", volume_rate = 1 }"),
        "{ran:?}"
    );
    let (ran, _) = told_of(&format!("\"gpt\": {}", price("openai", "1e-06", "")));
    assert!(ran.code == 0 && ran.stderr.contains("no price for the output of \"gpt\""), "{ran:?}");
    let (ran, _) = told_of(&format!("\"e\": {}", price("openai", "1e-06", ", \"mode\": \"embedding\"")));
    assert!(ran.code == 0 && !ran.stderr.contains("no price for the output"), "{ran:?}");
    // Prices of a million in a list of prices for one, and the other way round.
    for (input, told) in [("1.25", "above 0.01 USD a token"), ("1.25e-12", "below 0.0000000001 USD a token")] {
        let (ran, written) = told_of(&format!("\"gpt\": {}", price("openai", input, output)));
        assert!(ran.code == 1 && ran.stderr.contains(told) && written == CATALOG, "{ran:?}");
    }
    let (ran, _) =
        told_of(&format!("\"a\": {}, \"b\": {}", price("x y", "1e-06", output), price("x/y", "1e-06", output)));
    assert!(ran.code == 1 && ran.stderr.contains("would both be the vendor \"x-y\""), "{ran:?}");
    // A dated name of another provider is not one's own as well.
    let dated = format!(
        "\"gpt\": {}, \"azure/gpt-2026-01-01\": {}",
        price("openai", "1e-06", output),
        price("azure", "2e-06", output)
    );
    let (ran, written) = told_of(&dated);
    assert!(ran.code == 0 && !written.contains("gpt-202*"), "{written}");
}
