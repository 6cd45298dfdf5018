//! Other people's logs.

use super::log::{gzip, mapping, read_all, source};
use drawdown::catalog::{MadeId, Mapping};
use drawdown::time::{TimeForm, TimeFormat};

const TRACE: &str = "TIMESTAMP,ContextTokens,GeneratedTokens
2023-11-16 18:17:03.9799600,4808,10
2023-11-16 18:17:04.0319600,3180,8
2023-11-16 18:17:03.9799600,4808,10
2023-11-16 18:17:03.9799600,4808,11
2023-11-16 18:17:03.9799600,4808,10
";

fn trace() -> Mapping {
    Mapping {
        time: TimeFormat { form: TimeForm::parse("%Y-%m-%d %H:%M:%S%.f").unwrap(), zone: None },
        id: Some(MadeId::Content),
        ..mapping(
            &[("occurred_at", "TIMESTAMP"), ("tokens", "ContextTokens"), ("output", "GeneratedTokens")],
            &[("customer", "acme"), ("event_type", "call"), ("model", "gpt")],
        )
    }
}

#[test]
fn names_constants_and_times_are_the_mappings() {
    let run = read_all(vec![source("trace.csv", TRACE)], Some(trace())).unwrap();
    assert_eq!(run.rejections, []);
    let event = &run.events[0];
    assert_eq!((&*event.customer, &*event.event_type), ("acme", "call"));
    assert_eq!(event.occurred_at.to_string(), "2023-11-16T18:17:03.97996Z");
    let data: Vec<_> = event.data.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(data, [("model", "gpt"), ("output", "10"), ("tokens", "4808")]);
}

/// The exact ids: ledgers hold them, so they may never change.
#[test]
fn content_ids_tell_twins_apart_and_stay() {
    let ids =
        |sources| read_all(sources, Some(trace())).unwrap().ids().into_iter().map(str::to_owned).collect::<Vec<_>>();
    let once = ids(vec![source("trace.csv", TRACE)]);
    assert_eq!(once[0], "deb2100fe2c30fe0c84c7d833dc512cb");
    assert_eq!([&once[2], &once[4]], [&format!("{}-2", once[0]), &format!("{}-3", once[0])]);
    assert_eq!(once.iter().collect::<std::collections::BTreeSet<_>>().len(), 5);
    assert_eq!(ids(vec![source("trace.csv.gz", gzip(TRACE))]), once);
    let json: String = TRACE
        .lines()
        .skip(1)
        .map(|row| {
            let cells: Vec<_> = row.split(',').collect();
            format!(
                "{{\"GeneratedTokens\":{},\"TIMESTAMP\":\"{}\",\"ContextTokens\":{}}}\n",
                cells[2], cells[0], cells[1]
            )
        })
        .collect();
    assert_eq!(ids(vec![source("trace.jsonl", json)]), once);
    let twice = ids(vec![source("a", TRACE), source("b", TRACE)]);
    assert_eq!((&twice[..5], &twice[5..]), (&*once, &*once), "twins are counted in each file");
}

/// What a content id is made of: values, not spellings, of what every event has and what the mapping names.
#[test]
fn content_ids_are_made_of_values_that_the_mapping_names() {
    let mapping = Mapping {
        id: Some(MadeId::Content),
        ..mapping(&[("tokens", "Tokens"), ("stream", "Stream")], &[("customer", "acme"), ("event_type", "call")])
    };
    let header = "occurred_at,Tokens,Stream,note,cost.v,subject\n";
    let id = |row: &str| {
        let run = read_all(vec![source("log", format!("{header}{row}\n"))], Some(mapping.clone())).unwrap();
        assert_eq!(run.rejections, [], "{row}");
        run.events[0].id.clone()
    };
    let first = id("2026-08-01T10:00:00Z,1080,true,x,0.5,7");
    for same in [
        "2026-08-01T10:00:00.000Z,1080.0,True,x,0.5,7",
        "2026-08-01T12:00:00+02:00,1.08e3,TRUE,y,,7.0",
        "2026-08-01 10:00:00Z,1080,true,,0.6,7",
    ] {
        assert_eq!(id(same), first, "{same}");
    }
    for other in [
        "2026-08-01T10:00:00.001Z,1080,true,x,0.5,7",
        "2026-08-01T10:00:00Z,1081,true,x,0.5,7",
        "2026-08-01T10:00:00Z,,true,x,0.5,7",
        "2026-08-01T10:00:00Z,1080,false,x,0.5,7",
        "2026-08-01T10:00:00Z,1080,tRUE,x,0.5,7",
        "2026-08-01T10:00:00Z,1080,true,x,0.5,8",
        "2026-08-01T10:00:00Z,1080,true,x,0.5,",
    ] {
        assert_ne!(id(other), first, "{other}");
    }
}

fn made_from(fields: &[&str]) -> Mapping {
    Mapping {
        id: Some(MadeId::Fields(fields.iter().map(|field| field.to_string()).collect())),
        ..mapping(&[("model", "Model")], &[("customer", "acme"), ("event_type", "call")])
    }
}

#[test]
fn an_id_made_from_fields_is_the_same_wherever_they_are() {
    let log = "occurred_at,request,Model,tokens
2026-08-01T10:00:00Z,1,a,5
2026-08-01T11:00:00Z,1.0,a,6
2026-08-01T10:00:00Z,1,b,5
2026-08-01T10:00:00Z,,b,5
";
    let run = read_all(vec![source("log", log)], Some(made_from(&["request", "model"]))).unwrap();
    let ids = run.ids();
    assert_eq!(ids[0], ids[1], "no more than these two fields count");
    assert_ne!(ids[0], ids[2]);
    assert_eq!(run.rejections.len(), 1);
    let refused = (run.rejections[0].line, run.rejections[0].column.as_deref(), &*run.rejections[0].reason);
    assert_eq!(refused, (5, Some("request"), "is missing or empty; the mapping makes the id from it"));

    let json = r#"{"occurred_at":"2026-08-01T12:00:00Z","Model":"a","request":1}"#;
    assert_eq!(read_all(vec![source("log", json)], Some(made_from(&["request", "model"]))).unwrap().ids(), [ids[0]]);
    let time = ["customer", "occurred_at", "request", "model"];
    let run = read_all(vec![source("log", log)], Some(made_from(&time))).unwrap();
    assert_ne!(run.ids()[0], run.ids()[1]);
    let error = read_all(vec![source("log", log)], Some(made_from(&["requst"]))).unwrap_err().to_string();
    assert_eq!(error, "log:1: the header has no column requst, which the mapping reads as id; did you mean request?");
}

#[test]
fn refused_records_have_no_twins() {
    let log = "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9,x,1\n2023-11-16 18:17:03.9,1,1\n";
    let run = read_all(vec![source("log", log)], Some(trace())).unwrap();
    assert!(!run.events[0].id.contains('-'));
    let rejection = &run.rejections[0];
    assert_eq!((rejection.line, rejection.column.as_deref()), (2, Some("ContextTokens")));
}

#[test]
fn a_mapping_may_hide_columns_and_name_costs() {
    let log = "id,req,who,customer,event_type,occurred_at,price\n1,r1,me,them,call,2026-07-01T00:00:00Z,0.2\n";
    let mapping =
        mapping(&[("id", "req"), ("subject", "req"), ("customer", "who"), ("cost.v", "price")], &[("model", "gpt")]);
    let json = "{\"id\":1,\"req\":\"r1\",\"who\":\"me\",\"customer\":\"them\",\"data\":{\"price\":0.2,\"model\":\"x\"},\
                \"event_type\":\"call\",\"occurred_at\":\"2026-07-01T00:00:00Z\"}\n";
    for log in [log, json] {
        let run = read_all(vec![source("log", log)], Some(mapping.clone())).unwrap();
        assert_eq!(run.rejections, []);
        let event = &run.events[0];
        assert_eq!((&*event.id, event.subject.as_deref(), &*event.customer), ("r1", Some("r1"), "me"));
        assert_eq!((&*event.costs[0].vendor, event.costs[0].amount.to_string()), ("v", "0.2".to_owned()));
        assert_eq!(event.data, [("model".to_owned(), "gpt".to_owned())].into());
    }
}

#[test]
fn unknown_json_keys_are_data_under_a_mapping() {
    let log =
        r#"{"id":"1","user":"a","event_type":"call","occurred_at":"2026-07-01T00:00:00Z","tokens":5,"extra":{"a": 1}}"#;
    let run = read_all(vec![source("log", log)], Some(mapping(&[("customer", "user")], &[]))).unwrap();
    assert_eq!(run.rejections, []);
    assert_eq!((&*run.events[0].data["tokens"], &*run.events[0].data["extra"]), ("5", "{\"a\":1}"));
}

/// What an event in a body calls `events` is data, but a record with that key is a body.
#[test]
fn a_body_is_no_event_that_looks_like_it() {
    let event =
        r#"{"id":"e","who":"a","event_type":"call","occurred_at":"2026-07-01T00:00:00Z","customer":"b","events":[]}"#;
    let log = format!("{{\"customer\":\"b\",\"events\":[{event}]}}\n{event}\n");
    let run = read_all(vec![source("log", log)], Some(mapping(&[("subject", "who")], &[]))).unwrap();
    assert_eq!((run.rejections.len(), run.events.len()), (0, 1));
    assert_eq!(run.events[0].data["events"], "[]");
}
