//! The built-in mappings, each on a small log as its source writes it, against figures that were worked out by hand.

use super::log::{Run, source};
use drawdown::catalog::{BuiltIn, built_in, built_ins};
use drawdown::usage::{LogReader, UsageEvent};
use std::collections::BTreeMap;
use std::sync::Arc;

fn known(name: &str) -> BuiltIn {
    built_in(name).unwrap()
}

/// A log read by a source's mapping, where no price asks for anything.
fn read(name: &str, log: &str) -> Run {
    let mut reader = LogReader::new(vec![source("log", log)], Arc::default(), Some(known(name).mapping));
    let mut run = Run::default();
    while let Some(batch) = reader.next_batch(100).unwrap() {
        run.add(batch);
    }
    assert_eq!(run.rejections, [], "{name}");
    run
}

/// Who, what and when, and the numbers that are asked for.
fn line(event: &UsageEvent, fields: &[&str]) -> String {
    let mut line = format!("{} {} {}", event.customer, event.event_type, event.occurred_at);
    for field in fields {
        line += &format!(" {field}={}", event.data.get(*field).map_or("", String::as_str));
    }
    for cost in &event.costs {
        line += &format!(" {}={}", cost.vendor, cost.amount);
    }
    line
}

/// The fields in which sources of language models come out alike.
const TOKENS: [&str; 6] =
    ["model", "prompt_tokens", "input_tokens", "cached_tokens", "cache_write_tokens", "output_tokens"];

fn lines(run: &Run, fields: &[&str]) -> Vec<String> {
    run.events.iter().map(|event| line(event, fields)).collect()
}

#[test]
fn openai_takes_cached_tokens_off_in_each_of_its_forms() {
    let export = "start_time,end_time,project_id,num_model_requests,user_id,api_key_id,model,input_tokens,output_tokens,input_cached_tokens\n\
        1759622400,1759708800,proj_1,10.0,user-1,key_1,gpt-4o-2024-08-06,59200.0,10646.0,9200.0\n\
        1759881600,1759968000,,,,,,,,\n";
    let run = read("openai", export);
    let told = "user-1 completion 2025-10-05T00:00:00Z model=gpt-4o-2024-08-06 prompt_tokens= input_tokens=50000 cached_tokens=9200.0 cache_write_tokens= output_tokens=10646.0";
    assert_eq!((lines(&run, &TOKENS), run.passed.skipped), (vec![told.to_owned()], 1));
    assert_eq!(run.events[0].subject.as_deref(), Some("proj_1"));
    let page = r#"{"object":"page","data":[{"object":"bucket","start_time":1759622400,"end_time":1759708800,"results":[
        {"object":"organization.usage.completions.result","input_tokens":1000,"output_tokens":500,"input_cached_tokens":800,"project_id":null,"user_id":null,"model":"gpt-5.1"}]}],
        "has_more":false}"#;
    let told = "nobody completion 2025-10-05T00:00:00Z model=gpt-5.1 prompt_tokens= input_tokens=200 cached_tokens=800 cache_write_tokens= output_tokens=500";
    assert_eq!(lines(&read("openai", page), &TOKENS), [told]);
    // Neither the API nor the export says a model where nobody asked for sums by model.
    let told = "nobody completion 2025-10-05T00:00:00Z model= prompt_tokens= input_tokens=200 cached_tokens=800 cache_write_tokens= output_tokens=500";
    assert_eq!(lines(&read("openai", &page.replace("\"gpt-5.1\"", "null")), &TOKENS), [told]);
    let told = "user-1 completion 2025-10-05T00:00:00Z model= prompt_tokens= input_tokens=50000 cached_tokens=9200.0 cache_write_tokens= output_tokens=10646.0";
    assert_eq!(lines(&read("openai", &export.replace("gpt-4o-2024-08-06", "")), &TOKENS), [told]);
    let chat = r#"{"id":"c1","object":"chat.completion","created":1767507869,"model":"gpt-5.1","choices":[{"message":{"content":"hi"}}],"usage":{"prompt_tokens":262960,"completion_tokens":1744,"total_tokens":264704,"prompt_tokens_details":{"cached_tokens":257955},"completion_tokens_details":{"reasoning_tokens":64}}}"#;
    let responses = r#"{"id":"r1","created_at":1767507870,"model":"gpt-5.1","user":"7","metadata":{"user":"8"},"output":[],"usage":{"input_tokens":36,"input_tokens_details":{"cached_tokens":6},"output_tokens":87,"output_tokens_details":{"reasoning_tokens":0}}}"#;
    let run = read("openai", &format!("{chat}\n{responses}\n"));
    let told = [
        "nobody completion 2026-01-04T06:24:29Z model=gpt-5.1 prompt_tokens=262960 input_tokens=5005 cached_tokens=257955 cache_write_tokens= output_tokens=1744",
        "7 completion 2026-01-04T06:24:30Z model=gpt-5.1 prompt_tokens=36 input_tokens=30 cached_tokens=6 cache_write_tokens= output_tokens=87",
    ];
    assert_eq!(lines(&run, &TOKENS), told);
    assert!(run.events.iter().all(|event| !event.data.contains_key("choices") && !event.data.contains_key("output")));
}

#[test]
fn anthropic_openrouter_litellm_langfuse_helicone_and_azure_come_out_alike() {
    let anthropic = "\u{feff}usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,web_search_count\n\
        2026-08-05,claude-opus-5,Closer App,Default,standard,≤ 200k,46981,15969,31,0,16932,0\n";
    let openrouter = "generation_id,created_at,cost_total,tokens_prompt,tokens_completion,tokens_reasoning,tokens_cached,model_permaslug,provider_name,api_key_name\n\
        gen-1,2026-02-06 18:54:30.040,0.000123456,1200,350,50,200,moonshotai/kimi-k2.5,Moonshot,app\n";
    let litellm = "request_id,call_type,api_key,spend,total_tokens,prompt_tokens,completion_tokens,startTime,endTime,model,end_user,user,metadata\n\
        r1,acompletion,hash,1.25e-05,30,20,10,2025-01-15 10:00:00.123,2025-01-15 10:00:01,gpt-4o,cust-1,u1,{}\n\
        r2,acompletion,hash,0,30,20,10,2025-01-15T10:00:00Z,2025-01-15 10:00:01,gpt-4o,,u1,{}\n";
    let langfuse = r#"{"id":"o1","user_id":"u1","start_time":"2024-05-29 13:46:19.963000","provided_model_name":"gpt-4o","usage_details":{"input":100,"output":20,"input_cached_tokens":40,"input_cache_creation":7,"output_reasoning_tokens":5},"total_cost":0.0012,"input":"secret prompt"}
{"id":"o2","user_id":"u1","start_time":"2024-05-29 13:46:20.000000","provided_model_name":null,"usage_details":{}}"#;
    let helicone = r#"{"request_id":"h1","request_created_at":"2026-03-01T10:00:00.000Z","request_user_id":null,"request_model":"gpt-4o","prompt_tokens":12,"prompt_cache_read_tokens":3,"completion_tokens":4,"cost":0.00005,"request_body":{"x":1}}"#;
    let azure = "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9799600,4808,10\n";
    for (name, log, told) in [
        (
            "anthropic",
            anthropic,
            &[
                "Closer App completion 2026-08-05T00:00:00Z model=claude-opus-5 prompt_tokens= input_tokens=46981 cached_tokens=0 cache_write_tokens=16000 output_tokens=16932",
            ][..],
        ),
        (
            "openrouter",
            openrouter,
            &[
                "app completion 2026-02-06T18:54:30.04Z model=moonshotai/kimi-k2.5 prompt_tokens=1200 input_tokens=1000 cached_tokens=200 cache_write_tokens= output_tokens=350 openrouter=0.000123456",
            ],
        ),
        (
            "litellm",
            litellm,
            &[
                "cust-1 completion 2025-01-15T10:00:00.123Z model=gpt-4o prompt_tokens=20 input_tokens=20 cached_tokens= cache_write_tokens= output_tokens=10 litellm=0.0000125",
                "nobody completion 2025-01-15T10:00:00Z model=gpt-4o prompt_tokens=20 input_tokens=20 cached_tokens= cache_write_tokens= output_tokens=10 litellm=0",
            ],
        ),
        (
            "langfuse",
            langfuse,
            &[
                "u1 completion 2024-05-29T13:46:19.963Z model=gpt-4o prompt_tokens=147 input_tokens=100 cached_tokens=40 cache_write_tokens=7 output_tokens=25 langfuse=0.0012",
            ],
        ),
        (
            "helicone",
            helicone,
            &[
                "nobody completion 2026-03-01T10:00:00Z model=gpt-4o prompt_tokens=15 input_tokens=12 cached_tokens=3 cache_write_tokens= output_tokens=4 helicone=0.00005",
            ],
        ),
        (
            "azure-llm",
            azure,
            &[
                "nobody completion 2023-11-16T18:17:03.97996Z model= prompt_tokens=4808 input_tokens=4808 cached_tokens= cache_write_tokens= output_tokens=10",
            ],
        ),
    ] {
        let run = read(name, log);
        assert_eq!(lines(&run, &TOKENS), told, "{name}");
        let mut kept = run.events.iter().flat_map(|event| event.data.keys());
        assert!(!kept.any(|key| ["metadata", "input", "request_body"].contains(&key.as_str())), "{name}");
    }
    assert_eq!(read("litellm", litellm).passed.dropped, ["api_key", "metadata"]);
}

#[test]
fn meter_events_keep_their_names_and_properties() {
    let stripe = r#"{"identifier":"123456","timestamp":1692852080,"event_name":"e","payload":{"tokens":200,"stripe_customer_id":"cus_123"}}"#;
    let lago = r#"{"transaction_id":"t1","external_subscription_id":"s1","code":"e","timestamp":"1651240791.123","properties":{"tokens":10}}"#;
    let wrapped = format!(r#"{{"event":{}}}"#, lago.replace("\"1651240791.123\"", "1651240791"));
    let openmeter = r#"{"specversion":"1.0","type":"e","id":"00001","time":"2023-01-01T00:00:00.001Z","source":"service-0","subject":"customer-1","data":{"tokens":"10","model":"gpt4"}}"#;
    let orb = r#"{"events":[{"event_name":"e","idempotency_key":"k1","timestamp":"2024-03-15T14:30:00Z","external_customer_id":"c1","properties":{"tokens":1500}},{"event_name":"e","idempotency_key":"k2","timestamp":"2024-03-15T14:31:00Z","external_customer_id":"2","customer_id":"c2","properties":{"tokens":1}}]}"#;
    let metronome = r#"[{"transaction_id":"t1","customer_id":"c1","event_type":"e","timestamp":"2024-03-15T14:30:00Z","properties":{"tokens":1500}}]"#;
    let credyt = r#"{"id":"e1","customer_external_id":"c1","event_type":"e","occurred_at":"2024-03-15T14:30:00Z","data":{"tokens":7},"costs":[{"vendor_external_id":"v","amount":"0.5"}]}"#;
    for (name, log, told) in [
        ("stripe", stripe, &["cus_123 e 2023-08-24T04:41:20Z tokens=200"][..]),
        ("lago", lago, &["s1 e 2022-04-29T13:59:51.123Z tokens=10"]),
        ("lago", &wrapped, &["s1 e 2022-04-29T13:59:51Z tokens=10"]),
        ("openmeter", openmeter, &["customer-1 e 2023-01-01T00:00:00.001Z tokens=10"]),
        ("orb", orb, &["c1 e 2024-03-15T14:30:00Z tokens=1500", "2 e 2024-03-15T14:31:00Z tokens=1"]),
        ("metronome", metronome, &["c1 e 2024-03-15T14:30:00Z tokens=1500"]),
        ("credyt", credyt, &["c1 e 2024-03-15T14:30:00Z tokens=7 v=0.5"]),
    ] {
        assert_eq!(lines(&read(name, log), &["tokens"]), told, "{name}");
    }
    let elsewhere = openmeter.replace("service-0", "service-1");
    let ids = read("openmeter", &format!("{openmeter}\n{elsewhere}\n"));
    assert_ne!(ids.ids()[0], ids.ids()[1], "ids are unique for each source alone");
}

#[test]
fn every_source_is_tried_here() {
    let here = include_str!("sources.rs");
    let tried: BTreeMap<&str, bool> = built_ins().map(|name| (name, here.contains(&format!("\"{name}\"")))).collect();
    assert!(tried.values().all(|tried| *tried), "{tried:?}");
}
