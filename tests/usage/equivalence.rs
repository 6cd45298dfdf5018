//! The same events, however they are written down; and nothing that makes the reader panic.

use crate::log::{Run, Trickle, gzip, read, read_all, source};
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
