//! What is guessed of logs, and that what is guessed reads them.

use super::log::source;
use crate::support::Workspace;
use drawdown::catalog::{self, SourceFile};
use drawdown::usage::{LogReader, guess};
use std::sync::Arc;

/// The table that is guessed for a log, without its comments, and what a person should decide.
fn guessed(log: &str) -> (Vec<String>, Vec<String>) {
    let guess = guess(source("log", log), "v").unwrap();
    let toml = guess.toml("log");
    let lines = toml.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
    let text = format!("[catalog]\nreporting_currency = \"USD\"\n[[vendor]]\ncode = \"v\"\n{toml}");
    let reading = catalog::read(&[SourceFile { name: "catalog.toml".into(), text }]);
    let catalog = reading.catalog.unwrap_or_else(|| panic!("{toml}\n{:?}", reading.findings));
    let mut reader = LogReader::new(vec![source("log", log)], Arc::default(), Some(catalog.mappings["log"].clone()));
    let batch = reader.next_batch(100).unwrap().unwrap();
    assert_eq!(batch.rejections, [], "{toml}");
    assert!(!batch.events.is_empty(), "{toml}");
    (lines, guess.doubts)
}

#[test]
fn a_spreadsheet_is_recognised_by_its_rows() {
    let log = "Export;\nvom Juli;\nKunde;Zeit;Modell;Tokens;Kosten\nk1;03/07/2026 09:00;gpt;1.234,5;0,25\n\
               k2;13/07/2026 09:01;gpt;2.000;1.000,5\n;;;;\n";
    let (lines, doubts) = guessed(log);
    assert_eq!(
        lines,
        [
            "[mapping.log]",
            "skip_lines = 2",
            "delimiter = \";\"",
            "decimal = \",\"",
            "thousands = \".\"",
            "columns = { customer = \"Kunde\", occurred_at = \"Zeit\", model = \"Modell\", \"cost.v\" = \"Kosten\" }",
            "constants = { event_type = \"usage\" }",
            "skip_when_empty = \"Zeit\"",
            "time_format = \"%d/%m/%Y %H:%M\"",
            "id = \"content\"",
        ]
    );
    assert_eq!(doubts, ["times have no offset and are read as UTC; `time_zone` says another zone"]);
    let (_, doubts) = guessed(&log.replace("13/07", "04/07"));
    assert!(doubts[0].contains("could also be \"%m/%d/%Y %H:%M\""), "{doubts:?}");
}

#[test]
fn nested_json_is_read_by_paths() {
    let log = r#"{"event_id":"a","when":1767507869123,"model":"m","user":"u1","api_key":"k","tokens":{"prompt_tokens":10,"cached_tokens":4,"completion_tokens":2},"cost":0.5}
{"event_id":"b","when":1767507870123,"model":"m","user":"u2","tokens":{"prompt_tokens":10,"completion_tokens":2},"cost":0.5}
"#;
    let (lines, doubts) = guessed(log);
    assert_eq!(
        lines,
        [
            "[mapping.log]",
            "columns = { id = \"event_id\", customer = \"user\", occurred_at = \"when\", input_tokens = \"tokens.prompt_tokens - tokens.cached_tokens\", cached_tokens = \"tokens.cached_tokens\", output_tokens = \"tokens.completion_tokens\", \"cost.v\" = \"cost\" }",
            "constants = { event_type = \"completion\" }",
            "time_format = \"unix_ms\"",
        ]
    );
    assert_eq!(doubts, ["not kept, because of their names: api_key"]);
}

#[test]
fn records_in_a_document_are_found_with_what_stands_around_them() {
    let log = r#"{"pages":[{"start_time":1767507869,"rows":[{"project":"p1","input":1},{"project":"p2","input":2}]}],"more":false}"#;
    let (lines, _) = guessed(log);
    assert_eq!(
        lines,
        [
            "[mapping.log]",
            "records = \"pages[].rows[]\"",
            "columns = { customer = \"project\", occurred_at = \"pages[].start_time\", input_tokens = \"input\" }",
            "constants = { event_type = \"completion\" }",
            "time_format = \"unix\"",
            "id = \"content\"",
        ]
    );
}

#[test]
fn known_sources_are_known_by_their_fields() {
    for (log, name) in [
        (
            "request_id,call_type,spend,prompt_tokens,completion_tokens,startTime,model,end_user\nr1,c,1e-05,20,10,2025-01-15 10:00:00.123,gpt-4o,c1\n",
            "litellm",
        ),
        (
            r#"{"events":[{"event_name":"e","idempotency_key":"k","timestamp":"2024-03-15T14:30:00Z","customer_id":"c","properties":{"n":1}}]}"#,
            "orb",
        ),
        (
            r#"[{"transaction_id":"t1","customer_id":"c1","event_type":"e","timestamp":"2024-03-15T14:30:00Z","properties":{"n":1}}]"#,
            "metronome",
        ),
    ] {
        assert_eq!(guessed(log).0[1], format!("extends = \"{name}\""));
    }
}

#[test]
fn what_is_no_log_is_no_mapping() {
    for log in ["", "\n \n", "one column\nof text\n", "[1, 2]", "{"] {
        assert!(guess(source("log", log), "v").is_err(), "{log:?}");
    }
}

/// A request that was tried again has the id of the first, so the column is no id of a record.
#[test]
fn a_column_that_says_the_same_twice_is_no_id() {
    let row = "r1,u,1751328000,gpt,1\n";
    let (lines, _) = guessed(&format!("request_id,user,created,model,total_tokens\n{row}{row}"));
    assert!(lines.contains(&"id = \"content\"".to_owned()), "{lines:?}");
    assert!(lines.iter().all(|line| !line.contains("request_id")), "{lines:?}");
}

#[test]
fn a_line_without_an_end_of_levels_is_looked_at_to_some_depth() {
    let (levels, ends) = ("{\"a\":".repeat(16_000), "}".repeat(16_000));
    let log =
        format!("{{\"id\":\"x\",\"user\":\"u\",\"created\":\"2026-01-01T00:00:00Z\",\"deep\":{levels}1{ends}}}\n");
    let (lines, _) = guessed(&log);
    assert!(lines.iter().any(|line| line.contains("customer = \"user\"")), "{lines:?}");
}

#[test]
fn signs_in_numbers_parts_of_costs_and_cached_tokens_are_read_as_what_they_are() {
    let english =
        "customer,date,model,input_tokens,output_tokens,cost\nk,2026-07-01T00:00:00Z,m,\"1,200\",\"12\",0.5\n";
    assert!(guessed(english).0.contains(&"thousands = \",\"".to_owned()), "{:?}", guessed(english));
    let german = "Kunde;Zeit;Tokens in;Kosten\nk;2026-07-01T00:00:00Z;12;1.200,50\n";
    let (lines, _) = guessed(german);
    assert!(
        lines.contains(&"decimal = \",\"".to_owned()) && lines.contains(&"thousands = \".\"".to_owned()),
        "{lines:?}"
    );
    let parts = r#"{"id":"a","user":"u","created_at":"2026-07-01T00:00:00Z","model":"m","tokens":{"input":5,"output":1},"cost":{"input":2,"output":3,"total":5}}"#;
    let (lines, _) = guessed(parts);
    assert!(
        lines[1].contains("input_tokens = \"tokens.input\"") && lines[1].contains("output_tokens = \"tokens.output\""),
        "{lines:?}"
    );
    let gemini = r#"{"responseId":"a","user":"u","createTime":"2026-07-01T00:00:00Z","modelVersion":"m","usageMetadata":{"promptTokenCount":9,"cachedContentTokenCount":4,"candidatesTokenCount":2,"thoughtsTokenCount":1}}"#;
    let (lines, _) = guessed(gemini);
    for part in [
        "input_tokens = \"usageMetadata.promptTokenCount - usageMetadata.cachedContentTokenCount\"",
        "output_tokens = \"usageMetadata.candidatesTokenCount + usageMetadata.thoughtsTokenCount\"",
    ] {
        assert!(lines[1].contains(part), "{lines:?}");
    }
    let responses = r#"{"call":"a","user":"u","at":"2026-07-01T00:00:00Z","model":"m","u":{"input_tokens":9,"input_tokens_details":{"cached_tokens":4}}}"#;
    assert!(guessed(responses).0[1].contains("u.input_tokens - u.input_tokens_details.cached_tokens"));
}

#[test]
fn what_is_json_is_looked_at_as_json_and_what_is_broken_is_named() {
    let record = "{\n  \"id\": \"a\",\n  \"user\": \"u\",\n  \"time\": \"2026-07-01T00:00:00Z\"\n}\n";
    for log in [
        record.to_owned(),
        record.repeat(2),
        format!("[{record},{record}]"),
        format!("{{\"id\":\n{}", "{\"id\":\"a\",\"user\":\"u\",\"time\":\"2026-07-01T00:00:00Z\"}\n".repeat(3)),
    ] {
        let found = guess(source("log", &log), "v").unwrap();
        assert!(found.toml("x").contains("customer = \"user\""), "{log}\n{}", found.toml("x"));
    }
    // A list in each of several records is a part of them, and no list of records.
    let chat =
        "{\"id\":\"a\",\"user\":\"u\",\"created_at\":\"2026-07-01T00:00:00Z\",\"messages\":[{\"role\":\"user\"}]}\n";
    let found = guess(source("log", chat.repeat(2)), "v").unwrap().toml("x");
    assert!(found.contains("customer = \"user\"") && !found.contains("records"), "{found}");
    // Only the beginning of a long list is looked at.
    let long = format!("[{}{record}]", format!("{record},").repeat(1_000));
    assert!(guess(source("log", &long), "v").unwrap().toml("x").contains("customer = \"user\""));
    for (log, told) in
        [("[{\"id\": 1},\n{\"id\": }]", "log:2: not JSON"), ("{\"id\": 1,\n\"x\": [", "ends"), ("[1, 2]", "no records")]
    {
        let error = guess(source("log", log), "v").unwrap_err().to_string();
        assert!(error.contains(told), "{log}: {error}");
    }
}

#[test]
fn a_time_that_nobody_knows_is_asked_for_in_the_table() {
    let log = "customer,date,tokens\nk,Juli 3rd 26,1\n";
    let guess = guess(source("log", log), "v").unwrap();
    let toml = guess.toml("log");
    assert!(toml.contains("occurred_at = \"date\"") && toml.contains("\n# time_format = \"\"\n"), "{toml}");
    assert!(toml.contains("No common layout reads \"Juli 3rd 26\""), "{toml}");
}

#[test]
fn the_table_is_written_into_the_catalog_once_and_its_command_works_in_a_shell() {
    let catalog = "[catalog]\nreporting_currency = \"USD\"\n[[product]]\ncode = \"p\"\n[[product.price]]\nname = \"Use\"\ntype = \"usage_based\"\nevent_type = \"usage\"\nusage_type = \"unit\"\nasset = \"USD\"\nunit_price = 0\n";
    let workspace = Workspace::new().with("catalogs/catalog.toml", catalog).at("2026-08-01T00:00:00Z");
    workspace.write("my log;v1.csv", "customer,date,model,cost\nk,2026-07-01 09:00,m,0.5\n");
    let log = "my log;v1.csv";
    let told = workspace.ok(&["mapping", "guess", log, "--write"]);
    assert!(
        told.stderr.contains("drawdown replay 'my log;v1.csv' --map my-log-v1 --enroll PRODUCT"),
        "{}",
        told.stderr
    );
    let written = workspace.read("catalogs/catalog.toml");
    assert!(written.starts_with(catalog) && written.contains("[[vendor]]\ncode = \"vendor\""), "{written}");
    workspace.ok("check");
    workspace.ok("apply --yes --at 2026-01-01");
    workspace.ok(&["replay", log, "--map", "my-log-v1", "--enroll", "p"]);
    workspace.refused(&["mapping", "guess", log, "--write"], 1, &["has a mapping \"my-log-v1\" already", "--name"]);
    assert_eq!(workspace.read("catalogs/catalog.toml"), written);
    // What can't be read yet still gets its table.
    workspace.write("odd.csv", "customer,what\nk,x\n");
    let odd = workspace.ok("mapping guess odd.csv");
    assert!(odd.stdout.contains("[mapping.odd]") && odd.stderr.contains("can't be read yet"), "{odd:?}");
}

#[test]
fn a_cost_is_read_in_its_currency_and_as_it_is_written() {
    let log = "id,customer,event_type,occurred_at,Cost,BillingCurrency\n\
               1,a,use,2026-02-01T00:00:00Z,\"1,234.50\",EUR\n2,b,use,2026-02-01T00:00:00Z,\"1,234\",EUR\n";
    let (lines, doubts) = guessed(log);
    let columns = "columns = { \"cost.v\" = \"Cost\", cost_currency = \"BillingCurrency\" }";
    assert_eq!(
        (lines, doubts.len()),
        (vec!["[mapping.log]".into(), "thousands = \",\"".into(), columns.to_owned()], 0)
    );
    let two = log.replace("event_type,", "event_type,PricingCurrency,").replace("use,", "use,USD,");
    let (_, doubts) = guessed(&two);
    assert_eq!(
        doubts,
        ["PricingCurrency is read as the currency of the costs, which may be another column's: BillingCurrency"]
    );
    for (cost, told) in [
        ("$0.05", "\"$0.05\" is no cost; write the number alone, \"0.05\", and its currency as cost_currency"),
        ("0,04", "\"0,04\" is no cost; in a [mapping.NAME] of a CSV log, decimal = \",\" reads it as 0.04"),
    ] {
        assert_eq!(guess(source("log", log.replace("1,234.50", cost)), "v").unwrap().doubts, [told]);
    }
}
