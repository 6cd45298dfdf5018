//! What a mapping reads of logs that are written in other ways: nested JSON, other separators, numbers and times.

use super::log::{gzip, read_all, source};
use drawdown::catalog::{self, Mapping, SourceFile};
use drawdown::usage::UsageEvent;

/// The mapping that a table says.
pub fn mapping(toml: &str) -> Mapping {
    let text = format!("[catalog]\nreporting_currency = \"USD\"\n[[vendor]]\ncode = \"v\"\n[mapping.log]\n{toml}");
    let reading = catalog::read(&[SourceFile { name: "catalog.toml".into(), text }]);
    reading.catalog.unwrap_or_else(|| panic!("{:?}", reading.findings)).mappings["log"].clone()
}

/// Reads a log by a mapping written in TOML.
pub fn read(name: &str, log: impl AsRef<[u8]>, toml: &str) -> super::log::Run {
    read_all(vec![source(name, log)], Some(mapping(toml))).unwrap()
}

fn failed(log: &str, toml: &str) -> String {
    read_all(vec![source("log", log)], Some(mapping(toml))).map(|_| ()).unwrap_err().to_string()
}

/// An event in a line: who, when, and its data and costs.
pub fn line(event: &UsageEvent) -> String {
    let data: Vec<String> = event.data.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let costs = event
        .costs
        .iter()
        .map(|cost| format!("{}:{}{}", cost.vendor, cost.amount, cost.currency.as_deref().unwrap_or("")));
    format!("{} {} {} {}", event.customer, event.occurred_at, data.join(" "), costs.collect::<Vec<_>>().join(" "))
}

fn lines(run: &super::log::Run) -> Vec<String> {
    run.events.iter().map(line).collect()
}

const CHAT: &str = r#"
columns = { customer = "metadata.user", occurred_at = "created", tokens = "usage.prompt - usage.details.cached", cached = "usage.details.cached", "cost.v" = "spend" }
constants = { event_type = "call" }
defaults = { customer = "nobody" }
values = { model = { "gpt-5.1*" = "gpt-5.1" }, cost = { "Included" = "0" } }
time_format = "unix_ms"
skip_when = { status = "err*" }
drop = "meta*"
"#;

#[test]
fn nested_fields_sums_meanings_and_defaults_are_the_mappings() {
    let log = r#"{"id":"1","created":1767507869500,"model":"gpt-5.1-2025","api_key":"sk","metadata":{"user":"u","team":"t"},"usage":{"prompt":1500,"details":{"cached":500,"audio":1}},"spend":"Included"}
{"id":"2","created":1767507870000,"model":"o9","usage":{"prompt":1000},"spend":0.25}
{"id":"3","created":1767507871000,"model":"o9","usage":{"prompt":1000},"status":"error"}
{"id":"4","created":1767507871000,"model":"o9","usage":{"prompt":7,"details":{"cached":8}}}
{"id":"5","created":1767507871000,"model":"o9","usage":{"prompt":"x"}}
"#;
    let run = read("chat.jsonl", log, CHAT);
    assert_eq!(
        lines(&run)[..2],
        [
            "u 2026-01-04T06:24:29.5Z cached=500 model=gpt-5.1 tokens=1000 usage.details.audio=1 v:0",
            "nobody 2026-01-04T06:24:30Z model=o9 tokens=1000 v:0.25",
        ]
    );
    assert_eq!(
        (run.passed.skipped, &run.passed.dropped[..]),
        (1, &["api_key".to_owned(), "metadata.team".to_owned()][..])
    );
    let rejected: Vec<String> = run.rejections.iter().map(|it| format!("{:?} {}", it.column, it.reason)).collect();
    assert_eq!(
        rejected,
        [
            "Some(\"usage.prompt - usage.details.cached\") \"x\" is not a number: write digits with an optional point, as in 12.5 or 1.25e-06"
        ]
    );
    assert_eq!(lines(&run)[2], "nobody 2026-01-04T06:24:31Z cached=8 model=o9 tokens=-1 ");
}

const PAGES: &str = r#"
records = "data[].results[]"
columns = { customer = "project", occurred_at = "data[].start", tokens = "input" }
constants = { event_type = "call" }
time_format = "unix"
id = "content"
"#;

#[test]
fn records_in_documents_see_what_stands_around_them() {
    let page = r#"{"object":"page","data":[
 {"start":1767507869,"end":{"x":"]}\""},"results":[{"project":"a","input":1},
   {"project":"b","input":2}]},
 {"start":1767594269,"results":[]},
 {"results":[{"project":"a","input":3}],"start":1767594269}
],"has_more":false}
"#;
    let wanted =
        ["a 2026-01-04T06:24:29Z tokens=1 ", "b 2026-01-04T06:24:29Z tokens=2 ", "a 2026-01-05T06:24:29Z tokens=3 "];
    let run = read("page.json", page, PAGES);
    assert_eq!((lines(&run), &run.rejections[..]), (wanted.map(str::to_owned).to_vec(), &[][..]));
    assert_eq!(run.places.iter().map(|place| place.1).collect::<Vec<_>>(), [2, 3, 5]);
    // On one line, twice over, compressed; ids are the same, but for twins.
    let one = page.replace('\n', " ");
    for log in [gzip(one.as_bytes()), zstd::encode_all(one.as_bytes(), 0).unwrap(), format!("{one}\n").into_bytes()] {
        let again = read("page.json", log, PAGES);
        assert_eq!((lines(&again), again.ids()), (lines(&run), run.ids()));
    }
    assert_eq!(lines(&read("pages.jsonl", format!("{one}\n{one}\n"), PAGES)).len(), 6);
    assert!(
        failed("{\n\"date\": []}", PAGES)
            .ends_with("the document has no list at data[], where the mapping's records are")
    );
    assert!(failed("{\"data\": [\n{\"start\":1}, ]}", PAGES).contains("not JSON"));
    assert!(failed("{\"data\": [\n{\"start\":1},\n{\"start\":", PAGES).contains("it ends too early"));
}

#[test]
fn a_large_list_is_not_read_whole() {
    // More than a document that is read whole may have.
    let record = format!(
        r#"{{"id":"ID","customer":"a","event_type":"call","occurred_at":"2026-01-01T00:00:00Z","data":{{"note":"{}"}}}}"#,
        "x".repeat(4_000_000)
    );
    let records: Vec<String> = (0..70).map(|n| record.replace("ID", &n.to_string())).collect();
    let run = read_all(vec![source("list.json", format!("[{}]", records.join(",")))], None).unwrap();
    assert_eq!((run.events.len(), run.rejections.len()), (70, 0));
}

const SHEET: &str = r#"
format = "csv"
delimiter = ";"
decimal = ","
thousands = "."
skip_lines = 2
time_format = "%d/%m/%Y %H:%M"
time_zone = "Europe/Berlin"
columns = { customer = "Kunde", occurred_at = "Zeit", tokens = "Tokens", "cost.v" = "Kosten" }
constants = { event_type = "call" }
skip_when_empty = "Kunde"
id = "content"
"#;

#[test]
fn a_spreadsheets_export_is_read_as_it_comes() {
    let log = "Export;\nvom 3. Juli;\nKunde;Zeit;model;Tokens;Kosten\nk1;03/07/2026 09:00;gpt-5.1;1.234,5;0,25\n\
               k2;03/01/2026 09:01;\"o;9\";2.000;1.000,5\n;;sum;3.234,5;\n;;;;\nk3;29/03/2026 02:30;m;1;0\nk4;03/01/2026 09:01;m;1.5;0\n";
    let run = read("sheet.csv", log, SHEET);
    let wanted = [
        "k1 2026-07-03T07:00:00Z model=gpt-5.1 tokens=1234.5 v:0.25",
        "k2 2026-01-03T08:01:00Z model=o;9 tokens=2000 v:1000.5",
    ];
    assert_eq!((lines(&run), run.passed.skipped), (wanted.map(str::to_owned).to_vec(), 1));
    let reasons: Vec<&str> = run.rejections.iter().map(|it| it.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "\"29/03/2026 02:30\": the clocks of Europe/Berlin skip this time",
            "\"1.5\" is no number with decimal = \",\" and thousands = \".\"",
        ]
    );
    assert!(
        failed("{\"id\":1}", "delimiter = \";\"").contains("this is a JSON log, of which `delimiter` says nothing")
    );
    assert!(
        failed("a,b\n1,2\n", "records = \"data[]\"").contains("this is a CSV log, of which `records` says nothing")
    );
}

#[test]
fn a_log_without_a_header_has_the_mappings() {
    let toml = "header = [\"id\", \"customer\", \"occurred_at\", \"tokens\"]\nconstants = { event_type = \"call\" }\ndelimiter = \"\\t\"\ntime_format = \"unix\"";
    let run = read("log.tsv", "e1\ta\t1767507869\t5\ne2\tb\t1767507870\t6\n", toml);
    assert_eq!(lines(&run), ["a 2026-01-04T06:24:29Z tokens=5 ", "b 2026-01-04T06:24:30Z tokens=6 "]);
    assert_eq!(run.places.iter().map(|place| place.1).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn all_fields_of_an_object_keep_their_names() {
    let toml = "columns = { id = \"identifier\", customer = \"payload.customer\", occurred_at = \"timestamp\", event_type = \"name\", \"*\" = \"payload.*\" }\ntime_format = \"unix\"";
    let log = r#"{"identifier":"1","timestamp":1767507869,"name":"call","payload":{"customer":"c","tokens":5,"model":"m","email":"x@y"}}"#;
    let run = read("meter.jsonl", log, toml);
    assert_eq!(
        (lines(&run), &run.rejections[..]),
        (vec!["c 2026-01-04T06:24:29Z model=m tokens=5 ".to_owned()], &[][..])
    );
    assert_eq!(run.passed.dropped, ["payload.email"]);
    let deeper = read(
        "meter.jsonl",
        log.replace("\"payload\":", "\"body\":{\"payload\":") + "}",
        &toml.replace("payload.", "body.payload."),
    );
    assert_eq!(lines(&deeper), lines(&run));
}

#[test]
fn what_a_sum_takes_off_stays_where_something_is_asked_for_by_its_name() {
    let mapping = "columns = { customer = \"who\", occurred_at = \"at\", fresh = \"prompt - tokens - other\" }\nconstants = { event_type = \"call\" }\nid = \"content\"";
    let csv = "who,at,prompt,tokens,other\nu,2026-07-01T00:00:00Z,1000,900,50\n";
    let json = "{\"who\":\"u\",\"at\":\"2026-07-01T00:00:00Z\",\"prompt\":1000,\"tokens\":900,\"other\":50}\n";
    for (name, log) in [("log.csv", csv), ("log.jsonl", json)] {
        assert_eq!(lines(&read(name, log, mapping)), ["u 2026-07-01T00:00:00Z fresh=50 tokens=900 "], "{name}");
    }
}

#[test]
fn records_are_left_out_by_any_spelling_of_a_number_or_a_boolean() {
    let mapping = |when: &str| {
        format!(
            "columns = {{ customer = \"who\", occurred_at = \"at\" }}\nconstants = {{ event_type = \"call\" }}\nid = \"content\"\nskip_when = {{ {when} }}"
        )
    };
    let log = "who,at,test,code\na,2026-07-01T00:00:00Z,True,0.0\nb,2026-07-01T00:00:00Z,False,1.0\nc,2026-07-01T00:00:00Z,,\n";
    let left = |when: &str| {
        let run = read("log.csv", log, &mapping(when));
        run.events.iter().map(|event| event.customer.clone()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(left("test = true"), "b c");
    assert_eq!(left("code = 0"), "b c");
    assert_eq!(left("code = \"0\""), "a b c");
    assert_eq!(left("test = \"\""), "a b");
}

#[test]
fn a_list_of_records_that_is_there_twice_is_refused() {
    let mapping = "records = \"data[]\"\ncolumns = { customer = \"who\", occurred_at = \"at\" }\nconstants = { event_type = \"call\" }\nid = \"content\"";
    let list = "\"data\":[{\"who\":\"a\",\"at\":\"2026-07-01T00:00:00Z\"}]";
    let run = read("log.json", format!("{{{list},{list}}}"), mapping);
    assert_eq!((run.events.len(), &*run.rejections[0].reason), (0, "is given twice"));
}
