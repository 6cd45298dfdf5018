//! What of a log is not billed, or not billed again, and what is said of it.

use super::costs::overdrawn;
use super::log::Run;
use super::nested::read;
use crate::support::Workspace;

/// Prices of volumes, each with its field and rate.
fn prices(event_type: &str, prices: &[(&str, &str, &str)]) -> String {
    let price = |(name, field, rate): &(&str, &str, &str)| {
        format!(
            "[[product.price]]\nname = \"{name}\"\ntype = \"usage_based\"\nevent_type = \"{event_type}\"\n\
             usage_type = \"volume\"\nvolume_field = \"{field}\"\nasset = \"USD\"\nvolume_rate = {rate}\n"
        )
    };
    format!("[[product]]\ncode = \"p\"\n{}", prices.iter().map(price).collect::<String>())
}

/// What was charged for so far.
fn charged(workspace: &Workspace) -> String {
    let report = workspace.ok("report usage --format json").json();
    report.to_string()
}

const MINE: &str = "columns = { customer = \"who\", occurred_at = \"t\", tokens = \"n\" }\nconstants = { event_type = \"call\" }\nid = \"content\"\n";

#[test]
fn records_are_left_out_by_what_a_value_is_and_not_by_its_spelling() {
    let tables = prices("call", &[("T", "tokens", "1")])
        + &format!(
            "[mapping.m]\n{MINE}skip_when = {{ test = true, code = 0 }}\n[mapping.text]\n{MINE}skip_when = {{ test = \"True\", code = \"4.1*\" }}\n"
        );
    let log = "who,t,n,test,code\na,2026-07-01T00:00:00Z,100,True,1\na,2026-07-01T00:00:00Z,10,TRUE,1\n\
               a,2026-07-01T00:00:00Z,20,no,0.0\na,2026-07-01T00:00:00Z,1,False,1.0\na,2026-07-01T00:00:00Z,2,no,4.10\n";
    let workspace = overdrawn(&tables).with("u.csv", log);
    let told = workspace.ok("replay u.csv --map m --enroll p --dry-run").stderr;
    assert!(told.contains("3 records left out, as the mapping says: `code` is 0 or `test` is true"), "{told}");
    let told = workspace.ok("replay u.csv --map text --enroll p --dry-run").stderr;
    assert!(told.contains("2 records left out, as the mapping says: `code` is 4.1* or `test` is \"True\""), "{told}");
}

#[test]
fn a_log_of_which_nothing_is_read_is_told_with_the_reason() {
    let tables =
        prices("call", &[("T", "tokens", "1")]) + &format!("[mapping.m]\n{MINE}skip_when_empty = [\"model\"]\n");
    let log = |model: &str| format!("who,t,n,model\na,2026-07-01T00:00:00Z,1,{model}\na,2026-07-02T00:00:00Z,1,\n");
    let json = r#"{"who":"a","t":"2026-07-03T00:00:00Z","n":1,"model":null}"#;
    let workspace = overdrawn(&tables).with("none.csv", log("")).with("some.csv", log("gpt")).with("none.jsonl", json);
    let told = workspace.ok("replay none.csv some.csv none.jsonl --map m --enroll p").stderr;
    for (file, records) in [("none.csv", "2 records were"), ("none.jsonl", "1 record was")] {
        let wanted = format!(
            "warning: nothing of {file} was read: its {records} left out, as the mapping says, because `model` is empty"
        );
        assert!(told.contains(&wanted), "{told}");
    }
    assert!(!told.contains("nothing of some.csv"), "{told}");
    assert!(told.contains("4 records left out, as the mapping says: `model` is empty"), "{told}");
}

#[test]
fn a_day_that_has_grown_is_a_conflict_and_no_second_charge() {
    let header = "usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,web_search_count,inference_geo,speed\n";
    let row = |kind: &str, tokens: u32| format!("2026-08-05,claude,k,W,{kind},<200k,{tokens},0,0,0,10,0,global,\n");
    let workspace = overdrawn(&prices("completion", &[("In", "input_tokens", "1")]));
    workspace.write("noon.csv", format!("{header}{}{}", row("standard", 100), row("batch", 100)));
    workspace.write("again.csv", format!("{header}{}{}", row("batch", 100), row("standard", 100)));
    workspace.write("night.csv", format!("{header}{}{}", row("standard", 250), row("batch", 100)));
    workspace.ok("replay noon.csv --map anthropic --enroll p");
    let before = charged(&workspace);
    let told = workspace.ok("replay again.csv --map anthropic").stderr;
    assert!(told.contains("2 duplicate"), "{told}");
    workspace.refused(
        "replay night.csv --map anthropic",
        1,
        &[
            "the id was recorded before with other content",
            "export only days that are over, or take the earlier one back with `drawdown void`",
        ],
    );
    assert_eq!(charged(&workspace), before);
    let bucket = |tokens: u32, batch: &str| {
        format!(
            r#"{{"object":"page","data":[{{"start_time":1730419200,"results":[{{"input_tokens":{tokens},"model":"gpt","batch":{batch}}}]}}]}}"#
        )
    };
    for (name, tokens, batch) in [("a.json", 100, "true"), ("b.json", 100, "false"), ("c.json", 250, "false")] {
        workspace.write(name, bucket(tokens, batch));
    }
    workspace.ok("replay a.json b.json --map openai --enroll p");
    workspace.refused("replay c.json --map openai", 1, &["export only days that are over"]);
    assert_eq!(workspace.ok("report usage --format json").stdout.matches("gpt").count(), 0);
}

#[test]
fn totals_are_of_content_ids_and_of_columns() {
    let check = |mapping: &str, told: &str| {
        let text = format!("[catalog]\nname = \"c\"\nreporting_currency = \"USD\"\n[mapping.m]\n{mapping}");
        let run = Workspace::new().with("catalogs/c.toml", text).run("check");
        assert!(run.code == 1 && run.stdout.contains(told), "{told}: {}", run.stdout);
    };
    check(&format!("{MINE}totals = \"token\"\n"), "`token` is none of the fields that `columns` names");
    check(
        &format!("{}totals = \"tokens\"\n", MINE.replace("id = \"content\"\n", "")),
        "`totals` has no effect unless ids are made from the content",
    );
}

#[test]
fn a_list_that_a_document_has_twice_is_refused() {
    let records = |path: &str| format!("[mapping.m]\nrecords = \"{path}\"\n{MINE}");
    let one = r#"{"who":"a","t":"2026-07-01T00:00:00Z","n":1}"#;
    let twice = format!(r#"{{"data":[{one}],"x":[1],"data":[{one}]}}"#);
    let nested = format!(r#"{{"page":{{"data":[{one}]}},"page":{{"data":[{one}]}}}}"#);
    let inner = format!(r#"{{"data":[{{"results":[{one}],"results":[{one}]}}]}}"#);
    for (path, log) in [("data[]", &twice), ("page.data[]", &nested), ("data[].results[]", &inner)] {
        let workspace = overdrawn(&(prices("call", &[("T", "tokens", "1")]) + &records(path)));
        for log in [log.clone(), log.replace("\"x\"", "\n\"x\"").replacen('{', "{\n", 1)] {
            workspace.write("u.json", log);
            workspace.refused("replay u.json --map m --enroll p", 1, &["is given twice"]);
        }
    }
    let bodies = format!(r#"{{"customer":"a","events":[],"events":[{one}]}}"#);
    let workspace = overdrawn(&prices("call", &[("T", "tokens", "1")])).with("u.json", bodies);
    workspace.refused("replay u.json --enroll p", 1, &["events: is given twice"]);
}

#[test]
fn a_price_that_counts_less_than_nothing_is_told_where_others_charge() {
    let tables = prices("call", &[("C", "output_tokens", "10"), ("In", "prompt_tokens - cached_tokens", "1")]);
    let log = "id,customer,event_type,occurred_at,prompt_tokens,cached_tokens,output_tokens\n\
               e1,a,call,2026-07-01T00:00:00Z,100,90000,1\ne2,a,call,2026-07-01T00:00:00Z,100,50,1\n";
    let workspace = overdrawn(&tables).with("u.csv", log);
    let wanted =
        "1 event has less than nothing of `prompt_tokens - cached_tokens`, so the price \"In\" charged nothing for it";
    let told = workspace.ok("replay u.csv --enroll p").stderr;
    assert_eq!(told.matches(wanted).count(), 1, "{told}");
    let explained = workspace.ok("explain e1").stdout;
    assert!(explained.contains("In (p@1) makes no fee of it") && explained.contains("-89900"), "{explained}");
    assert!(!workspace.ok("explain e2").stdout.contains("makes no fee"));
    let told = workspace.ok("record a call prompt_tokens=1 cached_tokens=2 output_tokens=1").stderr;
    assert_eq!(told.matches(wanted).count(), 1, "{told}");
}

#[test]
fn what_rows_tell_apart_is_no_duplicate() {
    let rows = |values: &str| {
        format!(
            "[[product]]\ncode = \"p\"\n[[product.price]]\nname = \"T\"\ntype = \"usage_based\"\nevent_type = \"call\"\n\
             usage_type = \"volume\"\nvolume_field = \"tokens\"\nasset = \"USD\"\nbillable_dimensions = [\"ver\"]\nvalues = [{values}]\n\
             [mapping.m]\n{}",
            MINE.replace("tokens =", "ver = \"v\", tokens =")
        )
    };
    let row = |version: &str| format!("who,t,n,v\na,2026-07-01T00:00:00Z,1,{version}\n");
    let texts = "{ ver = \"4.1\", volume_rate = 1 }, { ver = \"4.10\", volume_rate = 5 }";
    let begins = "{ ver = \"4.10*\", volume_rate = 5 }, { volume_rate = 1 }";
    let numbers = "{ ver = 4.1, volume_rate = 1 }, { ver = 4.2, volume_rate = 5 }";
    for (values, is_told) in [(texts, true), (begins, true), (numbers, false)] {
        let workspace = overdrawn(&rows(values)).with("a.csv", row("4.1")).with("b.csv", row("4.10"));
        workspace.ok("replay a.csv --map m --enroll p");
        match is_told {
            true => _ = workspace.refused("replay b.csv --map m", 1, &["recorded before with other content"]),
            false => assert!(workspace.ok("replay b.csv --map m").stderr.contains("1 duplicate"), "{values}"),
        }
        assert!(workspace.ok("replay a.csv --map m").stderr.contains("1 duplicate"), "{values}");
    }
}

#[test]
fn a_field_of_a_sum_is_still_there_for_prices_that_ask_for_it() {
    let tables = prices(
        "completion",
        &[("In", "input_tokens", "1"), ("Cached", "cached_tokens", "0.1"), ("Out", "output_tokens", "0.01")],
    );
    let columns = "columns = { id = \"i\", customer = \"who\", occurred_at = \"t\", input_tokens = \"prompt_tokens - cached_tokens\", output_tokens = \"completion_tokens + other\" }\nconstants = { event_type = \"completion\" }\n";
    let workspace = overdrawn(&format!("{tables}[mapping.m]\n{columns}"));
    workspace.write(
        "u.csv",
        "i,who,t,prompt_tokens,completion_tokens,cached_tokens,other\ne1,a,2026-07-01T00:00:00Z,1000,50,900,0\n",
    );
    workspace.write("u.jsonl", r#"{"i":"e2","who":"a","t":"2026-07-01T00:00:00Z","prompt_tokens":1000,"completion_tokens":50,"cached_tokens":900,"other":0}"#);
    workspace.ok("replay u.csv u.jsonl --map m --enroll p");
    for id in ["e1", "e2"] {
        let event = workspace.ok(&format!("explain {id} --format json")).json();
        let fees: Vec<&str> =
            event["fees"].as_array().unwrap().iter().filter_map(|fee| fee["amount"].as_str()).collect();
        assert_eq!(fees.len(), 3, "{event}");
        assert_eq!(
            event["event"]["data"].as_object().unwrap().keys().collect::<Vec<_>>(),
            ["cached_tokens", "input_tokens", "output_tokens"]
        );
    }
    // The mapping that is guessed says it itself.
    workspace.write(
        "flat.csv",
        "user_id,ts,model,prompt_tokens,completion_tokens,cached_tokens\nu1,2026-07-01T00:00:00Z,gpt,1000,50,900\n",
    );
    let guessed = workspace.ok("mapping guess flat.csv").stdout;
    assert!(
        guessed.contains("input_tokens = \"prompt_tokens - cached_tokens\"")
            && guessed.contains("cached_tokens = \"cached_tokens\""),
        "{guessed}"
    );
}

/// Whatever a value is made of: an object, a list, or a text that is JSON.
#[test]
fn secrets_inside_a_value_are_not_kept() {
    let toml = "columns = { customer = \"who\", occurred_at = \"at\" }\nconstants = { event_type = \"call\" }\nid = \"content\"";
    let log = r#"{"who":"a","at":"2026-07-01T00:00:00Z","req":{"headers":{"authorization":"s1","n":1},"tries":[{"api\u005fkey":"s2"},2]},"tokens":7}
{"who":"a","at":"2026-07-02T00:00:00Z","req":{"n" : 2, "note":"the password: \"x\":"},"tokens":7}
"#;
    let run = read("log.jsonl", log, toml);
    let data = |run: &Run| run.events.iter().map(|event| event.data["req"].clone()).collect::<Vec<_>>();
    let second = r#"{"n":2,"note":"the password: \"x\":"}"#;
    assert_eq!(data(&run), [r#"{"headers":{"n":1},"tries":[{},2]}"#, second]);
    assert_eq!(run.passed.dropped, ["req.headers.authorization", "req.tries.api_key"]);
    let kept = read("log.jsonl", log, &format!("{toml}\nkeep = [\"req.*\"]"));
    assert!(data(&kept)[0].contains("s1") && data(&kept)[0].contains("s2"), "{:?}", data(&kept));
    let csv = "who,at,req\na,2026-07-01T00:00:00Z,\"{\"\"api_key\"\":\"\"s\"\",\"\"n\"\":1}\"\n";
    assert_eq!(data(&read("log.csv", csv, toml)), [r#"{"n":1}"#]);
    // What is no JSON stays as it is, and what has no end of levels is looked at to some depth.
    for value in ["{\"api_key\":", "[\"", "{'api_key': 's'}"] {
        let csv = format!("who,at,req\na,2026-07-01T00:00:00Z,\"{}\"\n", value.replace('"', "\"\""));
        assert_eq!(data(&read("log.csv", csv, toml)), [value]);
    }
    let deep = format!(
        "{{\"who\":\"a\",\"at\":\"2026-07-01T00:00:00Z\",\"req\":{}1{}}}",
        "{\"auth\":{\"a\":".repeat(8_000),
        "}".repeat(16_000)
    );
    assert_eq!(data(&read("log.jsonl", deep, toml)), ["{}"]);
}
