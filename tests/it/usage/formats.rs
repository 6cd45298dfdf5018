//! What is read, and as what.

use super::log::{Trickle, batches, gzip, read, read_all, source};
use drawdown::catalog::Mapping;
use drawdown::usage::{LogReader, Source, sort_by_time};
use std::io::Cursor;

const LOG: &str = "id,customer,event_type,occurred_at,subject,model,tokens,note,cost.openai
e1,acme,call,2026-07-01T00:00:00Z,job-1,gpt,12,,0.05
e2,zeta,call,2026-07-01T02:00:00+02:00,,gpt,1.5e3,\"a, \"\"b\"\"\nc\",
e3,acme,ping,2026-07-01T00:00:01.25Z,,,many,,
";

#[test]
fn a_csv_log_becomes_events() {
    let run = read(LOG).unwrap();
    assert_eq!(run.rejections, []);
    assert_eq!(run.places, [(0, 2), (0, 3), (0, 5)]);
    assert_eq!(
        serde_json::to_value(&run.events).unwrap(),
        serde_json::json!([
            {"id": "e1", "customer": "acme", "event_type": "call", "occurred_at": "2026-07-01T00:00:00Z", "subject": "job-1",
             "data": {"model": "gpt", "tokens": "12"}, "costs": [{"vendor": "openai", "amount": "0.05"}]},
            {"id": "e2", "customer": "zeta", "event_type": "call", "occurred_at": "2026-07-01T00:00:00Z",
             "data": {"model": "gpt", "tokens": "1.5e3", "note": "a, \"b\"\nc"}},
            {"id": "e3", "customer": "acme", "event_type": "ping", "occurred_at": "2026-07-01T00:00:01.25Z",
             "data": {"tokens": "many"}},
        ])
    );
}

#[test]
fn a_column_names_the_currency_of_the_costs_beside_it() {
    let log = "id,customer,event_type,occurred_at,cost.v,cost.w,cost_currency
a,acme,call,2026-07-01T00:00:00Z,1,2.50,EUR
b,acme,call,2026-07-01T00:00:00Z,-1,,USD
c,acme,call,2026-07-01T00:00:00Z,1,,
d,acme,call,2026-07-01T00:00:00Z,,,EUR
e,acme,call,2026-07-01T00:00:00Z,3,2,EUR
";
    let json = |lines: [&str; 5]| -> String {
        let events = lines.iter().zip(["a", "b", "c", "d", "e"]).map(|(costs, id)| {
            format!(
                r#"{{"id":"{id}","customer":"acme","event_type":"call","occurred_at":"2026-07-01T00:00:00Z"{costs}}}"#
            ) + "\n"
        });
        events.collect()
    };
    let listed = json([
        r#","costs":[{"vendor":"v","amount":1,"currency":"EUR"},{"vendor":"w","amount":2.50,"currency":"EUR"}]"#,
        r#","costs":[{"vendor":"v","amount":-1,"currency":"USD"}]"#,
        r#","costs":[{"vendor":"v","amount":1}]"#,
        "",
        r#","costs":[{"vendor":"w","amount":2,"currency":"EUR"},{"vendor":"v","amount":3}],"cost_currency":"EUR""#,
    ]);
    let flat = json([
        r#","cost.v":1,"cost_currency":"EUR","cost.w":2.50"#,
        r#","cost_currency":"USD","cost.v":-1"#,
        r#","cost.v":1,"cost_currency":null"#,
        r#","cost_currency":"EUR""#,
        r#","cost.v":3,"cost_currency":"EUR","cost.w":2"#,
    ]);
    let (run, listed, flat) = (read(log).unwrap(), read(listed).unwrap(), read(flat).unwrap());
    assert_eq!((&run.rejections, run.events.len()), (&vec![], 5));
    assert_eq!((&run.events, &run.shapes), (&listed.events, &listed.shapes));
    assert_eq!((&run.events, &run.shapes), (&flat.events, &flat.shapes));
    let named = Mapping { constants: [("cost_currency".into(), "EUR".into())].into(), ..Mapping::default() };
    let named = read_all(vec![source("log", log)], Some(named)).unwrap();
    assert_eq!(named.events[1].costs[0].currency.as_deref(), Some("EUR"));

    let no_cost = "id,customer,event_type,occurred_at,cost_currency\na,acme,call,2026-07-01T00:00:00Z,EUR\n";
    assert_eq!(read(no_cost).unwrap().events[0].data["cost_currency"], "EUR", "without a cost it is data");
}

/// Bodies as Credyt takes them, whose costs say more than is billed.
#[test]
fn what_a_cost_says_beyond_its_amount_is_passed_over() {
    let event = |id: &str, cost: &str| {
        format!(
            r#"{{"customer_external_id":"acme","events":[{{"id":"{id}","event_type":"call","occurred_at":"2026-07-01T00:00:00Z","description":"A call","costs":[{cost}]}}]}}"#
        ) + "\n"
    };
    let full = |id: u8, amount: &str| {
        format!(
            r#"{{"id":"cost_{id}","amount":{amount},"description":"GPU","vendor_external_id":"v","metadata":{{"gpu":[{id}]}},"category":"compute","units":{id},"currency":"USD","rate":"0.01"}}"#
        )
    };
    let log = event("a", &full(1, "0.01"))
        + &event("b", &full(2, "\"0.02\""))
        + &event("c", r#"{"vendor":"v","currency":"USD","amount":"3"}"#)
        + &event("d", &full(4, "4"));
    let run = read(log).unwrap();
    assert_eq!((&run.rejections, run.ids()), (&vec![], vec!["a", "b", "c", "d"]));
    let amounts: Vec<String> = run.events.iter().map(|event| event.costs[0].amount.to_string()).collect();
    assert_eq!(amounts, ["0.01", "0.02", "3", "4"]);
    assert_eq!(run.shapes.len(), 1);
}

/// A service's own bodies may say what nobody here asks for.
#[test]
fn unknown_keys_of_a_services_own_bodies_are_passed_over() {
    let event = |id: &str, more: &str| {
        format!(r#"{{"id":"{id}","event_type":"call","occurred_at":"2026-07-01T00:00:00Z"{more}}}"#)
    };
    let metadata = r#","metadata":{"run":[1]},"region":"eu""#;
    let cost = r#","costs":[{"vendor_external_id":"v","amount":1,"currency":"USD","invoice":7}]"#;
    let log = [
        format!(r#"{{"customer":"acme","events":[{}],"sent_by":"w"}}"#, event("a", metadata)),
        event("b", &format!(r#"{metadata},"customer_id":"acme""#)),
        event("c", &format!(r#"{metadata},"customer":"acme"{cost}"#)),
    ];
    let run = read(log.join("\n")).unwrap();
    assert_eq!((&run.rejections, run.ids()), (&vec![], vec!["a", "b", "c"]));
    assert_eq!(run.passed.ignored, ["sent_by", "metadata", "region", "costs.invoice"]);
    assert_eq!(run.events[2].costs[0].amount.to_string(), "1");
    // What looks like a slip is one, and our own form has `data` for the rest.
    let slip = event("d", r#","customer_id":"acme","dta":{}"#);
    let own = event("e", r#","customer":"acme","metadata":{}"#);
    for (line, told) in [(slip, "did you mean data?"), (own, "other values belong into \"data\"")] {
        let run = read(line).unwrap();
        assert!(run.rejections[0].reason.contains(told), "{:?}", run.rejections);
    }
    // What an entry of `costs` says beyond its amount is passed over in our own form, too.
    let own_cost = event("f", r#","customer":"acme","costs":[{"vendor":"v","amount":1,"invoice":7}]"#);
    let run = read(own_cost).unwrap();
    assert_eq!(
        (run.ids(), &run.passed.ignored[..]),
        (vec!["f"], &["costs.invoice".to_owned()][..]),
        "{:?}",
        run.rejections
    );
}

#[test]
fn what_repeats_is_told_once() {
    let more = "customer,id,event_type,occurred_at,tokens,model\nacme,e4,call,2026-07-01T00:00:00Z,1,gpt\n\
                acme,e5,call,2026-07-01T00:00:00Z,1,gpt\nnew,e6,call,2026-07-01T00:00:00Z,1,other\n";
    let run = read_all(vec![source("a", LOG), source("b", more)], None).unwrap();
    assert_eq!(run.customers, ["acme", "zeta", "new"]);
    // Only costs, subjects, notes and models make new shapes.
    assert_eq!(run.shapes.len(), 5);
    assert_eq!(run.shapes[0].dimensions, [("model".to_owned(), "gpt".to_owned())]);
    assert_eq!((&*run.shapes[0].fields, &*run.shapes[0].volumes), (&["tokens".into()][..], &["tokens".into()][..]));
    assert_eq!(run.places[3..], [(1, 2), (1, 3), (1, 4)]);
}

#[test]
fn files_are_told_apart_by_content() {
    let plain = read(LOG).unwrap().events;
    let forms: [(&str, Vec<u8>); 5] = [
        ("byte order mark", [b"\xEF\xBB\xBF", LOG.as_bytes()].concat()),
        ("no last newline", LOG.trim_end().into()),
        ("CRLF", LOG.replace('\n', "\r\n").into()),
        ("blank lines", format!("\n  \n{}\n\n", LOG.replace("\ne1", "\n\r\n\ne1")).into()),
        ("gzip", gzip(LOG)),
    ];
    for (name, bytes) in forms {
        let mut events = read(&bytes).unwrap().events;
        // A line end inside quotes is the value's own.
        events[1].data.entry("note".into()).and_modify(|note| *note = note.replace('\r', ""));
        assert_eq!(events, plain, "{name}");
        let trickled = Source::new("log", Trickle(Cursor::new(bytes)));
        assert_eq!(read_all(vec![trickled], None).unwrap().events.len(), plain.len(), "{name}");
    }
    let (head, tail) = LOG.split_at(100);
    assert_eq!(read([gzip(head), gzip(tail)].concat()).unwrap().events, plain, "two gzip members");
}

#[test]
fn json_keeps_text_and_skips_what_is_not_there() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let log = r#"
{"id": 7, "customer": "a\u00e9", "event_type": "call", "occurred_at": "2026-07-01T00:00:00Z", "description": "said", "subject": null, "data": {"tokens": 0.10e-2, "ok": true, "none": null, "empty": "", "deep": DEEP, "list": [ 1.0, "a b" ]}, "costs": [{"vendor": "z", "amount": "1"}, {"vendor_external_id": "b", "amount": 2.50, "currency": "EUR"}]}
"#;
    let log = log.replace("DEEP", &deep);
    let run = read(log).unwrap();
    assert_eq!(run.rejections, []);
    let event = &run.events[0];
    assert_eq!((&*event.id, &*event.customer, &event.subject), ("7", "aé", &None));
    assert_eq!(event.data["tokens"], "0.10e-2");
    assert_eq!((&*event.data["ok"], &*event.data["list"]), ("true", r#"[1.0,"a b"]"#));
    assert_eq!(event.data["deep"], deep);
    assert_eq!(event.data.len(), 4);
    let costs: Vec<_> = event.costs.iter().map(|c| (&*c.vendor, c.amount.to_string(), c.currency.as_deref())).collect();
    assert_eq!(costs, [("b", "2.5".to_owned(), Some("EUR")), ("z", "1".to_owned(), None)]);
}

const BODY: &str = r#"{
  "customer_id": "0198",
  "customer_external_id": "acme",
  "events": [
    {"id": "e1", "event_type": "call", "occurred_at": "2026-07-01T00:00:00Z",
     "description": "x", "data": {"tokens": 5}},
    {"id": "e2", "customer": "other", "event_type": "call", "occurred_at": "2026-07-01T00:00:00Z"}
  ]
}"#;

#[test]
fn a_body_of_events_is_read_on_one_line_or_many() {
    let one_line = BODY.replace('\n', " ");
    let array = format!("[\n{BODY},\n{BODY}]");
    for (log, places) in [
        (BODY.to_owned(), vec![(0, 5), (0, 7)]),
        (format!("{one_line}\n\n{one_line}\n"), vec![(0, 1), (0, 1), (0, 3), (0, 3)]),
        (array, vec![(0, 6), (0, 8), (0, 15), (0, 17)]),
    ] {
        let run = read(&log).unwrap();
        assert_eq!(run.rejections, []);
        assert_eq!(run.places, places, "{log}");
        assert_eq!(run.ids()[..2], ["e1", "e2"]);
        assert_eq!(run.customers, ["acme", "other"]);
        assert_eq!(run.events[0].data["tokens"], "5");
    }
}

#[test]
fn batches_are_as_long_as_asked() {
    let lengths = |max| -> Vec<usize> {
        batches(vec![source("log", LOG)], None, max).unwrap().iter().map(|batch| batch.events.len()).collect()
    };
    assert_eq!(lengths(2), [2, 1]);
    assert_eq!(lengths(10), [3]);
}

#[test]
fn progress_counts_bytes_on_disk() {
    let bytes = gzip(LOG);
    let length = bytes.len() as u64;
    let all = batches(vec![source("a", &bytes), source("b", &bytes)], None, 1).unwrap();
    assert_eq!((all[0].bytes_read, all.last().unwrap().bytes_read), (length, 2 * length));
}

#[test]
fn readers_move_to_threads_and_know_their_files() {
    let mut reader = LogReader::new(vec![source("-", LOG)], Default::default(), None);
    assert_eq!(reader.names(), ["standard input"]);
    let batch = std::thread::spawn(move || reader.next_batch(10)).join().unwrap().unwrap();
    assert_eq!(batch.map(|batch| batch.events.len()), Some(3));
}

#[test]
fn sorting_orders_by_time_then_by_log() {
    let log = "id,customer,event_type,occurred_at,tokens\n\
               a,x,call,2026-07-03T00:00:00Z,1\nb,y,call,2026-07-01T00:00:00Z,2\nc,x,call,bad,3\n\
               d,z,call,2026-07-02T00:00:00Z,4\ne,y,call,2026-07-01T00:00:00Z,5\n";
    let first = "id,customer,event_type,occurred_at,cost.v\nf,w,ping,2026-07-02T00:00:00Z,0.5\n";
    let read = batches(vec![source("1", first), source("2", log)], None, 2).unwrap();
    let total = read.last().unwrap().bytes_read;
    let mut run = super::log::Run::default();
    for batch in sort_by_time(read, 2) {
        assert!(batch.events.len() <= 2);
        assert!(batch.bytes_read == total);
        run.add(batch);
    }
    assert_eq!(run.ids(), ["b", "e", "f", "d", "a"]);
    assert_eq!(run.events[2].costs[0].amount.to_string(), "0.5");
    assert_eq!(run.rejections.len(), 1);
    assert_eq!(sort_by_time(Vec::new(), 5).count(), 0);
}
