//! The same events, however they are written down; and nothing that makes the reader panic.

use super::log::{Run, Trickle, gzip, mapping, read, read_all, source};
use drawdown::usage::{Source, UsageEvent};
use proptest::prelude::*;
use std::io::Cursor;

const NAMES: [&str; 4] = ["model", "tokens", "note", "[x\"]"];

fn event() -> impl Strategy<Value = UsageEvent> {
    let text = || prop_oneof!["[a-z]{1,3}", "[0-9]{1,3}(\\.[0-9]{1,2})?", "[\\PC\n\"\\\\,]{0,6}"];
    let name = || "[\\PC]{1,8}".prop_filter("no white space at an end", |name| name.trim() == name);
    let number = || "(0|[1-9][0-9]{0,5})(\\.[0-9]{1,3})?";
    let data = (text(), number(), text(), text());
    let times = 0i64..4_000_000_000_000_000;
    (name(), name(), "call|ping", times, text(), data, prop::option::of(number())).prop_map(
        |(id, customer, event_type, at, subject, (model, tokens, note, odd), cost)| {
            let mut event = UsageEvent {
                id,
                customer,
                event_type,
                occurred_at: drawdown::time::Instant::from_micros(at),
                subject: None,
                data: Default::default(),
                costs: Vec::new(),
            };
            let pairs = [("subject", subject), ("cost.v", cost.unwrap_or_default())];
            let data = NAMES.into_iter().zip([model, tokens, note, odd]);
            pairs.into_iter().chain(data).for_each(|(key, value)| event.set(key, &value).unwrap());
            event
        },
    )
}

fn to_csv(events: &[UsageEvent]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = ["id", "customer", "event_type", "occurred_at", "subject", "cost.v"];
    writer.write_record(header.into_iter().chain(NAMES)).unwrap();
    for event in events {
        let at = event.occurred_at.to_string();
        let cost = event.costs.first().map(|cost| cost.amount.to_string()).unwrap_or_default();
        let subject = event.subject.clone().unwrap_or_default();
        let fixed = [&event.id, &event.customer, &event.event_type, &at, &subject, &cost].map(String::as_str);
        let data = NAMES.map(|name| event.data.get(name).map_or("", String::as_str));
        writer.write_record(fixed.into_iter().chain(data)).unwrap();
    }
    writer.into_inner().unwrap()
}

fn to_json_lines(events: &[UsageEvent]) -> String {
    events.iter().map(|event| serde_json::to_string(event).unwrap() + "\n").collect()
}

/// The event as another producer might write it: other order, spaces and escapes, numbers bare, keys without values. The
/// turns decide.
fn to_odd_line(event: &UsageEvent, turns: &[usize]) -> String {
    let mut turns = turns.iter().cycle().copied();
    let mut turn = |count: usize| turns.next().unwrap_or_default() % count;
    let mut data: Vec<_> =
        event.data.iter().map(|(name, value)| format!("{}:{}", odd(name, 2), odd(value, turn(3)))).collect();
    data.push(["\"none\":null", "\"none\" : \"\""][turn(2)].to_owned());
    let at = turn(data.len());
    data.rotate_left(at);
    let costs: Vec<_> = event
        .costs
        .iter()
        .map(|cost| match turn(2) {
            0 => format!("{{\"vendor_id\":null, \"amount\":{} ,\"vendor\":{}}}", cost.amount, odd(&cost.vendor, 1)),
            _ => format!("{{ \"vendor\":{},\"amount\":\"{}\"}}", odd(&cost.vendor, 2), cost.amount),
        })
        .collect();
    let customer = ["customer", "customer_id", "customer_external_id", "cu\\u0073tomer"][turn(4)];
    let mut entries = [
        format!("\"id\" :{}", odd(&event.id, turn(3))),
        format!("\"{customer}\":{}", odd(&event.customer, turn(3))),
        format!("\"event_type\":{}", odd(&event.event_type, turn(3))),
        format!("\"occurred_at\":\"{}\"", event.occurred_at),
        format!("\"subject\": {}", event.subject.as_ref().map_or("null".to_owned(), |subject| odd(subject, turn(3)))),
        format!("\"data\":{{ {}\t}}", data.join([",", " , "][turn(2)])),
        format!("\"costs\":[{} ]", costs.join(",")),
        format!("\"description\":{}", ["null", "\"\\ud83d\\ude00\"", "[{\"id\":1}]"][turn(3)]),
    ];
    let at = turn(entries.len());
    entries.rotate_left(at);
    entries.swap(turn(8), turn(8));
    format!("{{ {} }} \n", entries.join([",", " ,\t"][turn(2)]))
}

/// A string in one of three forms: as a bare number if it can be one, plain, or all in escapes.
fn odd(text: &str, form: usize) -> String {
    let is_number = text.bytes().all(|byte| byte == b'.' || byte.is_ascii_digit())
        && serde_json::from_str::<serde_json::Number>(text).is_ok();
    match form {
        0 if is_number => text.to_owned(),
        0 | 1 => serde_json::to_string(text).unwrap(),
        _ => format!("\"{}\"", text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<String>()),
    }
}

/// Lines that are alike but for values of all kinds, right and wrong.
fn line() -> impl Strategy<Value = String> {
    let value = || {
        prop::sample::select(&[
            "\"x\"",
            "\"x\"",
            "5",
            "5",
            "\"\"",
            "null",
            "true",
            "-1",
            "\"\\u0041\"",
            "{\"c\":[1, \"}\"]}",
            "[]",
            "01",
            "\"\\ud800\"",
            "\"x",
        ])
    };
    let entries = prop::sample::select(&[
        ",\"subject\":V",
        ",\"description\":V",
        ",\"data\":V",
        ",\"data\":{\"a\":V,\"tokens\":V}",
        ",\"data\":{\"a\":V,\"a\":V}",
        ",\"costs\":[{\"vendor\":V,\"amount\":V}]",
        ",\"costs\":[{\"amount\":V,\"vendor\":\"w\",\"currency\":V},{\"vendor\":\"v\",\"amount\":1}]",
        ",\"cost.v\":V",
        ",\"customer_id\":V",
        ",\"events\":V",
        ",\"zzz\":V",
    ]);
    let event =
        (prop::collection::vec(entries, 0..4), prop::collection::vec(value(), 16)).prop_map(|(entries, values)| {
            let start = "{\"id\":V,\"customer\":V,\"event_type\":\"call\",\"occurred_at\":\"2026-07-01T00:00:00Z\"";
            let mut values = values.iter().cycle();
            let fill =
                |c: char| if c == 'V' { values.next().copied().unwrap_or_default().to_owned() } else { c.to_string() };
            format!("{start}{}}}", entries.concat()).chars().map(fill).collect::<String>()
        });
    prop_oneof![
        4 => event.clone(),
        1 => prop::collection::vec(event, 1..3).prop_map(|events| format!("{{\"customer\":\"z\",\"events\":[{}]}}", events.join(","))),
    ]
}

/// What becomes of these lines, which follow one that is an event.
fn outcome_of_lines(lines: &[String], mapped: bool) -> Vec<String> {
    let first =
        "{\"event_type\":\"x\",\"id\":1,\"customer\":1,\"customer_id\":1,\"occurred_at\":\"2026-07-01T00:00:00Z\"}";
    let mapping = mapped.then(|| mapping(&[("customer", "customer_id"), ("subject", "a")], &[("model", "gpt")]));
    let run = read_all(vec![source("log", format!("{first}\n{}", lines.join("\n")))], mapping).unwrap();
    let events = run.events.iter().skip(1).map(|event| format!("{event:?}"));
    events
        .chain(run.rejections.iter().map(|rejection| format!("{:?} {}", rejection.column, rejection.reason)))
        .collect()
}

fn outcome(run: Run) -> (Vec<UsageEvent>, usize) {
    (run.events, run.rejections.len())
}

proptest! {
    #[test]
    fn all_forms_say_the_same(events in prop::collection::vec(event(), 1..12)) {
        let (csv, json) = (to_csv(&events), to_json_lines(&events));
        let wanted = (events.clone(), 0);
        prop_assert_eq!(&outcome(read(&csv).unwrap()), &wanted);
        prop_assert_eq!(&outcome(read(gzip(&csv)).unwrap()), &wanted);
        prop_assert_eq!(&outcome(read(&json).unwrap()), &wanted);
        prop_assert_eq!(&outcome(read(serde_json::to_string_pretty(&events).unwrap()).unwrap()), &wanted);
        for content in [csv, json.clone().into_bytes(), gzip(&json)] {
            let trickled = Source::new("log", Trickle(Cursor::new(content)));
            prop_assert_eq!(&outcome(read_all(vec![trickled], None).unwrap()), &wanted);
        }
    }

    #[test]
    fn shapes_do_not_depend_on_the_form(events in prop::collection::vec(event(), 1..12)) {
        let both = vec![source("csv", to_csv(&events)), source("json", to_json_lines(&events))];
        let run = read_all(both, None).unwrap();
        prop_assert_eq!(run.shapes, read(to_csv(&events)).unwrap().shapes);
    }

    #[test]
    fn odd_lines_say_what_plain_lines_say(
        events in prop::collection::vec((event(), prop::collection::vec(0usize..1000, 1..30)), 1..12)
    ) {
        let odd: String = events.iter().map(|(event, turns)| to_odd_line(event, turns)).collect();
        let events: Vec<_> = events.into_iter().map(|(event, _)| event).collect();
        let plain = to_json_lines(&events);
        let wanted = ([&*events; 4].concat(), 0);
        prop_assert_eq!(&outcome(read([&*plain, &odd, &odd, &plain].concat()).unwrap()), &wanted);
    }

    #[test]
    fn a_line_means_the_same_after_any_others(lines in prop::collection::vec(line(), 1..20), mapped in any::<bool>()) {
        let mut alone: Vec<_> = lines.iter().flat_map(|line| outcome_of_lines(std::slice::from_ref(line), mapped)).collect();
        let mut together = outcome_of_lines(&lines, mapped);
        alone.sort();
        together.sort();
        prop_assert_eq!(together, alone);
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes);
        let _ = read([b"id,customer,event_type,occurred_at\n", &bytes[..]].concat());
        let _ = read([b"{\"id\":", &bytes[..]].concat());
        let _ = read([b"\x1f\x8b\x08\x00", &bytes[..]].concat());
    }

    #[test]
    fn pieces_of_logs_do_not_panic(text in "([\"\\\\,:{}\\[\\]\r\n \u{0}é]|id|customer|events|event_type|data|costs|null|1e5|\"[a-z]\"){0,60}") {
        let _ = read(&text);
        let _ = read(format!("id,customer,event_type,occurred_at,tokens\n{text}"));
        let _ = read(format!("{{}}\n{text}"));
        let _ = read(format!("{{\"events\":[{text}"));
    }

    /// A damaged record costs only itself.
    #[test]
    fn damage_stays_in_its_record(events in prop::collection::vec(event(), 3..6), cut in 1usize..40) {
        let mut lines: Vec<_> = to_json_lines(&events).lines().map(str::to_owned).collect();
        let end = lines[1].char_indices().nth(cut.min(lines[1].chars().count() - 1)).unwrap().0;
        lines[1].truncate(end);
        let run = read(lines.join("\n")).unwrap();
        prop_assert_eq!(run.events.len(), events.len() - 1);
        prop_assert_eq!(run.rejections[0].line, 2);
    }
}

/// More vendors after one key, and more keys in all, than a reader remembers.
#[test]
fn lines_that_are_never_alike_are_read() {
    let line = |n: usize| {
        let keys: String = (0..9).map(|key| format!("\"k{key}-{n}\":{key},")).collect();
        format!(
            r#"{{"id":{n},"customer":"a","event_type":"ping","occurred_at":"2026-07-01T00:00:00Z","costs":[{{"vendor":"v{n}","amount":{n}}}],"data":{{{keys}"n":{n}}}}}"#
        )
    };
    let lines: Vec<_> = (0..2500).chain(0..100).map(line).collect();
    let run = read(lines.join("\n")).unwrap();
    assert_eq!((run.events.len(), &*run.rejections), (lines.len(), &[][..]));
    for (index, event) in run.events.iter().enumerate() {
        let n = (index % 2500).to_string();
        assert_eq!((&*event.costs[0].vendor, &event.data["n"]), (&*format!("v{n}"), &n));
        assert_eq!((event.data.len(), event.costs[0].amount.to_string()), (10, n));
    }
}
