//! Everything that can be wrong, and what is said about it.

use super::log::{gzip, mapping, read, read_all, source};
use drawdown::usage::Source;
use std::io::{self, Read};

const HEADER: &str = "id,customer,event_type,occurred_at,model,tokens,cost.v\n";
const GOOD: &str = "good,acme,call,2026-07-01T00:00:00Z,gpt,5,0.5\n";

/// The row between two good ones is rejected with this column and a reason that contains these words.
#[track_caller]
fn rejects_row(row: impl AsRef<[u8]>, column: Option<&str>, words: &[&str]) {
    let log = [HEADER.as_bytes(), GOOD.as_bytes(), row.as_ref(), b"\n", GOOD.as_bytes()].concat();
    check(&log, 3, column, words);
}

#[track_caller]
fn rejects_line(line: &str, column: Option<&str>, words: &[&str]) {
    let good = r#"{"id":"good","customer":"acme","event_type":"call","occurred_at":"2026-07-01T00:00:00Z"}"#;
    check(format!("{good}\n{line}\n{good}\n").as_bytes(), 2, column, words);
}

#[track_caller]
fn check(log: &[u8], line: u64, column: Option<&str>, words: &[&str]) {
    let run = read(log).unwrap();
    let shown = String::from_utf8_lossy(log);
    assert_eq!(run.ids(), ["good", "good"], "{shown}");
    let [rejection] = &run.rejections[..] else { panic!("{:?} in {shown}", run.rejections) };
    assert_eq!((&*rejection.file, rejection.line), ("log", line), "{rejection:?}");
    assert_eq!(rejection.column.as_deref(), column, "{rejection:?}");
    for word in words {
        assert!(rejection.reason.contains(word), "{:?} lacks {word:?}", rejection.reason);
    }
    assert!(!rejection.reason.chars().any(char::is_control), "{:?}", rejection.reason);
}

#[test]
fn bad_rows() {
    let t = "2026-07-01T00:00:00Z";
    let long = "x".repeat(256);
    for (row, column, words) in [
        (format!(",acme,call,{t},,,"), Some("id"), &["is empty"][..]),
        (format!("e,,call,{t},,,"), Some("customer"), &["is empty"]),
        (format!("e,acme,,{t},,,"), Some("event_type"), &["is empty"]),
        ("e,acme,call,,,,".into(), Some("occurred_at"), &["is empty"]),
        (format!("{long},acme,call,{t},,,"), Some("id"), &["256 bytes", "at most 255", "xxx…\""]),
        (format!("e\u{7},acme,call,{t},,,"), Some("id"), &["\"e\\u{7}\"", "control character"]),
        (format!("e,a\tb,call,{t},,,"), Some("customer"), &["\"a\\tb\"", "control character"]),
        (format!("e,acme,\u{85},{t},,,"), Some("event_type"), &["control character"]),
        (format!("e, acme,call,{t},,,"), Some("customer"), &["\" acme\" has white space at an end", "\"acme\""]),
        (format!("e ,acme,call,{t},,,"), Some("id"), &["\"e \" has white space"]),
        (format!("e,acme,call\u{a0},{t},,,"), Some("event_type"), &["white space"]),
        ("e,acme,call,2026-07-01T00:00:00,,,".into(), Some("occurred_at"), &["no offset", "Z or +hh:mm"]),
        (
            "e,acme,call,01/07/2026,,,".into(),
            Some("occurred_at"),
            &["\"01/07/2026\"", "not a time", "2026-07-01T00:00:00Z"],
        ),
        ("e,acme,call,2026-02-30T00:00:00Z,,,".into(), Some("occurred_at"), &["not a time"]),
        ("e,acme,call,1969-12-31T00:00:00Z,,,".into(), Some("occurred_at"), &["between 1970 and 2199"]),
        ("e,acme,call,2926-07-01T00:00:00Z,,,".into(), Some("occurred_at"), &["between 1970 and 2199"]),
        (format!("e,acme,call,{t},,\"1,5\","), Some("tokens"), &["\"1,5\" is not a number"]),
        (format!("e,acme,call,{t},,NaN,"), Some("tokens"), &["\"NaN\" is not a number"]),
        (format!("e,acme,call,{t},, 5,"), Some("tokens"), &["\" 5\" is not a number"]),
        (format!("e,acme,call,{t},,{},", "7".repeat(40)), Some("tokens"), &["more than 18 significant digits"]),
        (format!("e,acme,call,{t},,0.01999999999999999872,"), Some("tokens"), &["write 18 at most (a float has 17)"]),
        (format!("e,acme,call,{t},,,0.1000000000000000055511151231257827"), Some("cost.v"), &["write 28 at most"]),
        (
            format!("e,acme,call,{t},,1e999999999999,"),
            Some("tokens"),
            &["too large: at most 28 digits before the point"],
        ),
        (format!("e,acme,call,{t},,,Included"), Some("cost.v"), &["\"Included\" is not a number", "leave it empty"]),
        (format!("e,acme,call,{t},,,-"), Some("cost.v"), &["\"-\" is not a number", "leave it empty"]),
        (format!("e,acme,call,{t},,"), None, &["has 6 values", "has 7 columns"]),
        (format!("e,acme,call,{t},a,b,5,1"), None, &["has 8 values", "must stand in quotes"]),
        ("   ".into(), None, &["has 1 value"]),
        (format!("\"e\"x,acme,call,{t},,,"), None, &["value 1 goes on after its closing quote"]),
        (format!("e,acme,call,{t},\"a\"\"\" ,,"), None, &["value 5 goes on"]),
    ] {
        rejects_row(row, column, words);
    }
    rejects_row(b"e,acme,call,2026-07-01T00:00:00Z,\xff\xfe,,", Some("model"), &["not UTF-8"]);
    rejects_row(b"e,acme,call,2026-07-01T00:00:00Z,\"a\"\"\xe9\",,", Some("model"), &["not UTF-8"]);
}

#[test]
fn a_volume_is_text_to_event_types_that_nobody_prices() {
    let log = format!("{HEADER}e,acme,other,2026-07-01T00:00:00Z,,NaN,\n");
    assert_eq!(read(log).unwrap().events[0].data["tokens"], "NaN");
}

#[test]
fn a_refused_record_leaves_nothing_behind() {
    let log = format!("{HEADER}e,nobody,call,2026-07-01T00:00:00Z,ghost,5,bad\n{GOOD}");
    let run = read(log).unwrap();
    assert_eq!(run.customers, ["acme"]);
    assert_eq!(run.shapes.len(), 1);
    assert_eq!(run.events[0].data["tokens"], "5");
}

#[test]
fn lines_count_through_quoted_values() {
    let log = format!("{HEADER}a,acme,call,2026-07-01T00:00:00Z,\"x\ny\n\",,\nb,,call,2026-07-01T00:00:00Z,,,\n");
    let run = read(log).unwrap();
    assert_eq!((run.places[0], run.rejections[0].line), ((0, 2), 5));
}

#[test]
fn bad_json_lines() {
    let event = |rest: &str| {
        format!(r#"{{"id":"e","customer":"a","event_type":"call","occurred_at":"2026-07-01T00:00:00Z"{rest}}}"#)
    };
    for (line, column, words) in [
        (r#"{"id":"e","#.to_owned(), None, &["not JSON: it ends too early (character 11)"][..]),
        ("nonsense".into(), None, &["not JSON"]),
        ("5".into(), None, &["must be a JSON object"]),
        ("[1]".into(), None, &["must be a JSON object"]),
        (event("").replace("\"e\"", "\u{1}"), None, &["not JSON"]),
        (event("") + " x", None, &["not JSON: something follows the value"]),
        (event("").replace("\"id\":\"e\",", ""), Some("id"), &["is missing"]),
        (event("").replace("\"a\"", "null"), Some("customer"), &["is missing"]),
        (event("").replace("\"a\"", "\"\""), Some("customer"), &["is empty"]),
        (event("").replace("\"a\"", "{\"x\":1}"), Some("customer"), &["must be a string or a number"]),
        (event("").replace("\"e\"", "true"), Some("id"), &["must be a string or a number"]),
        (event("").replace("\"e\"", "\"\\ud800\""), None, &["not JSON", "half of a pair"]),
        (
            event("").replace("\"2026-07-01T00:00:00Z\"", "1700158623.5"),
            Some("occurred_at"),
            &["a number", "a mapping with time_format = \"unix\""],
        ),
        (
            event("").replace("\"2026-07-01T00:00:00Z\"", "1700158623000"),
            Some("occurred_at"),
            &["milliseconds since 1970"],
        ),
        (event(r#","id":"f""#), Some("id"), &["given twice"]),
        (event(r#","data":{"a":1,"b":2,"a":3}"#), Some("a"), &["given twice"]),
        (event(r#","ocurred_at":"x""#), Some("ocurred_at"), &["did you mean occurred_at?", "\"data\""]),
        (event(r#","zzz":1"#), Some("zzz"), &["is not a key of an event; other"]),
        (event(r#","data":[1]"#), Some("data"), &["must be an object"]),
        (event(r#","data":{"tokens":"1,5"}"#), Some("tokens"), &["\"1,5\" is not a number"]),
        (event(r#","data":{"tokens":[5]}"#), Some("tokens"), &["\"[5]\" is not a number"]),
        (event(r#","costs":{}"#), Some("costs"), &["must be an array of objects"]),
        (event(r#","costs":[5]"#), Some("costs"), &["must be an array of objects"]),
        (event(r#","costs":[{"vendor":"v"}]"#), Some("costs[0].amount"), &["is missing"]),
        (event(r#","costs":[{"amount":1}]"#), Some("costs[0].vendor"), &["is missing"]),
        (
            event(r#","costs":[{"vendor":"v","amount":1,"curency":"USD"}]"#),
            Some("costs[0].curency"),
            &["mean currency?"],
        ),
        (event(r#","costs":[{"vendor":"v","amount":"x"}]"#), Some("cost.v"), &["\"x\" is not a number"]),
        (event(r#","costs":[{"vendor":"v","amount":1,"catgory":"a"}]"#), Some("costs[0].catgory"), &["mean category?"]),
        (r#"{"customer":"a","events":{}}"#.into(), Some("events"), &["must be an array"]),
        (r#"{"customr":"a","events":[]}"#.into(), Some("customr"), &["did you mean customer?"]),
        (r#"{"customer":"a","events":[5]}"#.into(), Some("events[0]"), &["must be a JSON object"]),
        (
            r#"{"events":[{"id":"e","event_type":"call","occurred_at":"2026-07-01T00:00:00Z"}]}"#.into(),
            Some("events[0].customer"),
            &["is missing"],
        ),
        (format!("[{}]", event("").replace("\"e\"", "\"é\\udc00\"")), Some("[0]"), &["half of a pair"]),
        (format!("[{}]", event(r#","é\udc00":1,"events":[]"#)), None, &["half of a pair (character "]),
        (format!("[{}]", event(r#","x":1"#)), Some("[0].x"), &["not a key"]),
    ] {
        rejects_line(&line, column, words);
    }
}

#[test]
fn a_json_line_that_is_not_utf8_is_rejected() {
    let run = read(b"{\"id\":\"\xff\"}\n{}\n").unwrap();
    assert_eq!((run.rejections.len(), run.rejections[0].line), (2, 1));
    assert!(run.rejections[0].reason.contains("byte 8"), "{:?}", run.rejections[0]);
}

#[track_caller]
fn fails(log: impl AsRef<[u8]>, start: &str, words: &[&str]) {
    let error = read(&log).unwrap_err().to_string();
    assert!(error.starts_with(start), "{error:?} does not start with {start:?}");
    for word in words {
        assert!(error.contains(word), "{error:?} lacks {word:?}");
    }
    assert!(!error.chars().any(char::is_control), "{error:?}");
}

#[test]
fn unreadable_logs() {
    fails("", "log: the file is empty", &["id,customer,event_type,occurred_at"]);
    fails("\u{feff}\n  \r\n", "log: the file is empty", &[]);
    fails(gzip(""), "log: the file is empty", &[]);
    fails("PK\u{3}\u{4}....", "log: this is a zip archive", &["CSV or JSON lines"]);
    fails(b"\xff\xfei\0d\0", "log: this is UTF-16", &[]);
    fails(b"caf\xe9,id\n", "log:1: this is not UTF-8 text", &[]);
    fails("a\0b,c\n", "log:1: this is a binary file", &[]);
    fails(format!("{HEADER}{GOOD}e,acme,call,\"2026\n{GOOD}"), "log:3: a quoted value", &["never closed"]);
    fails(vec![b'x'; 17 << 20], "log:1: a line is longer than 16 MiB", &[]);
    fails("[\n{\"id\":\n]", "log:3: not JSON: expected a value", &[]);
    fails(b"[\n\"\xff\"]", "log:2: this is not UTF-8 text", &[]);
}

#[test]
fn bad_headers() {
    for (header, words) in [
        (
            "id,custmer,event_type,occurred_at",
            &["has no column customer", "is custmer meant to be customer?", "--map"][..],
        ),
        ("time,tokens", &["has no columns id, customer, event_type, occurred_at;", "--map NAME"]),
        ("id;customer;event_type;occurred_at", &["separated by `;`", "delimiter = \";\""]),
        ("sep=;", &["skip_lines = 1 and delimiter = \";\""]),
        ("id,customer\re1,acme\r", &["CR alone"]),
        ("id\tcustomer\tevent_type", &["separated by `\\t`"]),
        ("id,customer,event_type,occurred_at,id", &["the column id twice"]),
        ("id,customer,,event_type,occurred_at", &["column 3", "no name"]),
        ("id,\"customer\"x,event_type,occurred_at", &["value 2 goes on"]),
    ] {
        fails(format!("{header}\n"), "log:1: ", words);
    }
}

#[test]
fn bad_mappings() {
    let log = || vec![source("log", "id,Cust Name,event_type,occurred_at\n")];
    for (mapping, words) in [
        (
            mapping(&[("customer", "cust_name")], &[]),
            &["no column cust_name, which the mapping reads as customer; did you mean Cust Name?"][..],
        ),
        (mapping(&[], &[]), &["has no column customer", "give the mapping a column or a constant"]),
    ] {
        let error = read_all(log(), Some(mapping)).unwrap_err().to_string();
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    }
}

/// Zeros fill up a tape's last block. Anything else was written into the file since, and is not passed over.
#[test]
fn bytes_after_gzip() {
    let whole = gzip(format!("{HEADER}{GOOD}"));
    let padded = [whole.clone(), vec![0; 512]].concat();
    assert_eq!(read(padded).unwrap().events, read(whole.clone()).unwrap().events);
    for rest in [&b"garbage"[..], b"\0\0x"] {
        fails(
            [whole.clone(), rest.to_vec()].concat(),
            "log:3: something that is no gzip follows the compressed data",
            &["gzip -dc"],
        );
    }
}

#[test]
fn damaged_gzip() {
    let whole = gzip(format!("{HEADER}{}", GOOD.repeat(5000)));
    fails(&whole[..whole.len() - 9], "log:", &["ends too early", "cut off"]);
    fails(&whole[..5], "log:1: the compressed data ends too early", &[]);
    let mut damaged = whole.clone();
    let last = damaged.len() - 5;
    damaged[last] ^= 0xff;
    fails(&damaged, "log:", &["compressed data is damaged"]);
}

/// Gives its bytes, then an error.
struct Broken(io::Cursor<Vec<u8>>);

impl Read for Broken {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(io::Error::other("the disk is gone")),
            count => Ok(count),
        }
    }
}

#[test]
fn io_errors_say_where_and_end_the_run() {
    let broken = Source::new("log", Broken(io::Cursor::new(format!("{HEADER}{GOOD}").into_bytes())));
    let good = source("next", format!("{HEADER}{GOOD}"));
    let mut reader = drawdown::usage::LogReader::new(vec![broken, good], Default::default(), None);
    let error = reader.next_batch(10).unwrap_err().to_string();
    assert_eq!(error, "log:3: can't be read: the disk is gone");
    assert!(reader.next_batch(10).unwrap().is_none());
}

#[test]
fn columns_and_keys_are_counted_before_they_are_held() {
    let wide = |count: usize| (0..count).map(|n| format!(",c{n}")).collect::<String>();
    let header = HEADER.trim_end();
    let said = read(format!("{header}{}\n{GOOD}", wide(1_000_000))).unwrap_err().to_string();
    assert_eq!(said, "log:1: the header has more than 10,000 columns; leave out those that nothing is charged by");
    // The most that there may be.
    let log = format!("{header}{}\n{}{}\n", wide(9_993), GOOD.trim_end(), ",".repeat(9_993));
    assert_eq!(read(log).unwrap().ids(), ["good"]);

    let reason = "more than 10000 values";
    for row in [",".repeat(1_000_000), format!("\"e\"{}", ",".repeat(1_000_000))] {
        rejects_row(&row, None, &[reason]);
    }
    // What begins far behind still belongs to the row.
    rejects_row(format!("{}\"\n{}\"", ",".repeat(20_000), GOOD.trim_end()), None, &[reason]);

    let event = r#""id":"e","customer":"acme","event_type":"call","occurred_at":"2026-07-01T00:00:00Z""#;
    let keys: String = (0..100_001).map(|n| format!(",\"k{n}\":1")).collect();
    let keys = format!(",\"data\":{{{}}}", &keys[1..]);
    let said = read(format!("{{{event}{keys}}}\n")).unwrap_err().to_string();
    assert!(said.contains("more than 100,000 different keys"), "{said}");
}

#[test]
fn what_follows_a_torn_line_is_not_looked_for_without_end() {
    let good = r#"{"id":"good","customer":"acme","event_type":"call","occurred_at":"2026-07-01T00:00:00Z"}"#;
    let log = |empty: usize| format!("cut\"}}\n{}{good}\n{good}\n", "\n".repeat(empty));
    assert_eq!(read(log(900)).unwrap().ids(), ["good", "good"]);
    let said = read(log(2_000)).unwrap_err().to_string();
    assert!(said.contains("the header has no columns"), "{said}");
}
