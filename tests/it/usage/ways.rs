//! One log in the ways in which people have it: each is read as the same events, ids included.

use super::log::{Run, gzip, read_all, source};
use super::nested::mapping;
use drawdown::usage::UsageEvent;
use jiff::Timestamp;
use proptest::prelude::*;

/// What a record says, in plain texts.
#[derive(Debug, Clone)]
struct Said {
    who: String,
    /// Seconds since 1970: whole minutes, as spreadsheets write them.
    at: i64,
    model: String,
    tokens: String,
    cost: String,
}

fn said() -> impl Strategy<Value = Said> {
    let number = || "(0|[1-9][0-9]{0,8})(\\.[0-9]{1,3})?";
    // No hour that Berlin's clocks skip or show twice.
    let at = (0i64..12_000, 0i64..1_440).prop_map(|(day, minute)| (10_957 + day) * 86_400 + minute * 60);
    let at = at.prop_filter("one clock time, one instant", |at| !(0..4).contains(&(at / 3_600 % 24)));
    ("[a-z]{1,6}", at, "[a-z;\" ]{0,3}[a-z0-9]{1,4}", number(), number())
        .prop_map(|(who, at, model, tokens, cost)| Said { who, at, model, tokens, cost })
}

const CONSTANTS: &str = "constants = { event_type = \"call\" }\nid = \"content\"\n";

fn plain(all: &[Said]) -> (String, String) {
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(["who", "when", "m", "n", "c"]).unwrap();
    for Said { who, at, model, tokens, cost } in all {
        let when = Timestamp::from_second(*at).unwrap().to_string();
        csv.write_record([who, &when, model, tokens, cost]).unwrap();
    }
    let columns = r#"columns = { customer = "who", occurred_at = "when", model = "m", tokens = "n", "cost.v" = "c" }"#;
    (String::from_utf8(csv.into_inner().unwrap()).unwrap(), format!("{columns}\n{CONSTANTS}"))
}

/// With points between thousands and a comma before decimals.
fn german(number: &str) -> String {
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push('.');
        }
        grouped.push(digit);
    }
    if decimals.is_empty() { grouped } else { format!("{grouped},{decimals}") }
}

fn sheet(all: &[Said]) -> (String, String) {
    let mut csv = csv::WriterBuilder::new().delimiter(b';').from_writer(Vec::new());
    csv.write_record(["Kunde", "Zeit", "Modell", "Tokens", "Kosten"]).unwrap();
    let zone = drawdown::time::zone("Europe/Berlin").unwrap();
    for Said { who, at, model, tokens, cost } in all {
        let when =
            Timestamp::from_second(*at).unwrap().to_zoned_datetime(zone.clone()).strftime("%d/%m/%Y %H:%M").to_string();
        csv.write_record([who, &when, model, &german(tokens), &german(cost)]).unwrap();
    }
    let rows = String::from_utf8(csv.into_inner().unwrap()).unwrap();
    let columns = r#"columns = { customer = "Kunde", occurred_at = "Zeit", model = "Modell", tokens = "Tokens", "cost.v" = "Kosten" }
delimiter = ";"
decimal = ","
thousands = "."
skip_lines = 1
time_format = "%d/%m/%Y %H:%M"
time_zone = "Europe/Berlin""#;
    (format!("Verbrauch;;;;\n{rows}"), format!("{columns}\n{CONSTANTS}"))
}

fn records(all: &[Said]) -> Vec<String> {
    let record = |Said { who, at, model, tokens, cost }: &Said| {
        let model = serde_json::to_string(model).unwrap();
        format!(r#"{{"meta":{{"who":"{who}"}},"t":{at}000,"m":{model},"use":{{"n":{tokens}}},"c":"{cost}"}}"#)
    };
    all.iter().map(record).collect()
}

const NESTED: &str = r#"columns = { customer = "meta.who", occurred_at = "t", model = "m", tokens = "use.n", "cost.v" = "c" }
time_format = "unix_ms"
"#;

/// A list of days, each with its records.
fn pages(all: &[Said]) -> (String, String) {
    let page = |said: &Said, record: &String| format!(r#"{{"day":{}, "rows":[ {record} ]}}"#, said.at);
    let pages: Vec<String> = all.iter().zip(&records(all)).map(|(said, record)| page(said, record)).collect();
    let mapping = NESTED.replace("\"t\"", "\"data[].day\"").replace("unix_ms", "unix");
    // The time in the record is another name's now, so it is dropped for the same content.
    let mapping = format!("records = \"data[].rows[]\"\ndrop = \"t\"\n{mapping}{CONSTANTS}");
    (format!("{{\n\"more\": false, \"data\": [{}]}}", pages.join(",\n")), mapping)
}

fn events(log: impl AsRef<[u8]>, toml: &str) -> Vec<UsageEvent> {
    let run: Run = read_all(vec![source("log", log)], Some(mapping(toml))).unwrap();
    assert_eq!(run.rejections, []);
    run.events
}

proptest! {
    #[test]
    fn a_log_says_the_same_in_all_ways(all in prop::collection::vec(said(), 1..12)) {
        let (csv, toml) = plain(&all);
        let wanted = events(&csv, &toml);
        prop_assert_eq!(wanted.len(), all.len());
        prop_assert_eq!(&events(gzip(&csv), &toml), &wanted);
        prop_assert_eq!(&events(zstd::encode_all(csv.as_bytes(), 0).unwrap(), &toml), &wanted);
        let (csv, toml) = sheet(&all);
        prop_assert_eq!(&events(csv, &toml), &wanted);
        let (records, toml) = (records(&all), format!("{NESTED}{CONSTANTS}"));
        prop_assert_eq!(&events(records.join("\n"), &toml), &wanted);
        prop_assert_eq!(&events(format!("[{}]", records.join(",")), &toml), &wanted);
        prop_assert_eq!(&events(format!("[\n{}\n]\n", records.join(",\n")), &toml), &wanted);
        let (page, toml) = pages(&all);
        prop_assert_eq!(&events(page, &toml), &wanted);
    }

    /// A sum of one column is that column.
    #[test]
    fn what_is_made_of_one_column_is_the_column(all in prop::collection::vec(said(), 1..8)) {
        let (csv, toml) = plain(&all);
        let made = toml.replace("\"n\"", "\"n + nothing\"").replace("who,", "who,nothing,");
        let csv_with: String = csv.lines().enumerate().map(|(line, row)| format!("{row},{}\n", if line == 0 { "nothing" } else { "" })).collect();
        let events_with = |toml: &str| {
            let mut all = events(&csv_with, toml);
            all.iter_mut().for_each(|event| drop(event.data.remove("nothing")));
            all
        };
        prop_assert_eq!(events_with(&made), events(&csv, &toml));
        let defaulted = format!("{toml}defaults = {{ model = \"none\" }}\nvalues = {{ model = {{ \"zzzzzzzz*\" = \"z\" }} }}\n");
        prop_assert_eq!(events(&csv, &defaulted), events(&csv, &toml));
    }
}
