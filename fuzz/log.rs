//! Logs: however they are cut into batches, whether they are compressed, and when their records are written again beside
//! reasons, the same comes out of them, and every event can be written out.

use crate::random::Random;
use crate::{Wrong, checked};
use drawdown::catalog::{self, MadeId, Mapping, SourceFile, built_in, built_ins};
use drawdown::usage::{
    self, Batch, Beside, Form, Interest, LogReader, ReadError, Rejection, Source, UsageEvent, Vocabulary,
};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{Cursor, Write};
use std::sync::{Arc, LazyLock};

const CSV: &str = "id,customer,event_type,occurred_at,model,tokens,cost.openai,cost_currency\n\
    e1,acme,call,2026-07-01T11:45:09Z,gpt,4808,0.0125,\n\
    \"e,2\",globex,call,2026-07-01T11:45:09.5+02:00,\"a \"\"b\"\"\",1.5e3,,EUR\n\
    018f3e2a-7c1b-7d3e-9a4f-0123456789ab,acme,image,2026-07-02 00:00:00Z,,,1e-7,USD\n";
const LINES: &str = r#"{"id":"e1","customer":"acme","event_type":"call","occurred_at":"2026-07-01T11:45:09Z","data":{"model":"gpt","tokens":4808}}
{"id":"e2","customer":"acme","event_type":"call","occurred_at":"2026-07-01T11:45:10Z","subject":"s","data":{"tokens":1.5e3,"deep":{"a":[1,null]}},"costs":[{"vendor":"openai","amount":0.0125,"currency":"EUR"}]}
{"id":"\u0065\ud83d\ude00","customer":"globex","event_type":"image","occurred_at":"2026-07-01T11:45:11Z","cost.openai":1e-7}
"#;
const ARRAY: &str = r#"[
  {"id": "e1", "customer": "acme", "event_type": "call", "occurred_at": "2026-07-01T11:45:09Z", "data": {"tokens": 7}},
  {"id": "e2", "customer": "acme", "event_type": "call", "occurred_at": "2026-07-01T11:45:09Z", "data": {"tokens": 8}}
]"#;
const BODIES: &str = r#"{"customer_id":"acme","events":[{"id":"e1","event_type":"call","occurred_at":"2026-07-01T11:45:09Z","data":{"tokens":7}},{"id":"e2","event_type":"call","occurred_at":"2026-07-01T11:45:09Z"}]}
{"customer_id":"globex","events":[]}
"#;
const TRACE: &str = "TIMESTAMP,ContextTokens,GeneratedTokens\n\
    2023-11-16 18:17:03.9799600,4808,10\n2023-11-16 18:17:04.0319600,3180,8\n2023-11-16 18:17:04.0319600,3180,8\n";
const PAGES: &str = r#"{"more":false,
 "data":[{"user":"acme","rows":[{"id":"e1","occurred_at":1767507869123,"use":{"in":10,"cached":4},"c":"0.5","more":{"model":"gpt","deep":[1]}}]},
  {"user":"globex","rows":[{"id":"e2","occurred_at":1767507869123,"use":{"in":"1e3"}},{"id":"e3","occurred_at":5,"use":{}}]}]}
"#;
const SHEET: &str =
    "Export;;;\nid;Kunde;Zeit;tokens\n1;acme;03/07/2026 09:00;1.234,5\n2;\"a;b\";29/03/2026 02:30;1.5\n;;;\n";
const LOGS: [&str; 7] = [CSV, LINES, ARRAY, BODIES, TRACE, PAGES, SHEET];

const WORDS: [&str; 34] = [
    ",",
    "\n",
    "\r\n",
    "\"",
    "\"\"",
    "{",
    "}",
    "[",
    "]",
    ":",
    "\\",
    "\\u0000",
    "\\ud800",
    "null",
    "1e999",
    "-0",
    "0.1",
    "NaN",
    "\u{feff}",
    "\u{0}",
    "é",
    "\u{202e}",
    " ",
    "\t",
    ";",
    "id",
    "customer",
    "\"events\":[",
    "\"data\":{",
    "cost.x",
    "9999-12-31T00:00:00Z",
    "2026-07-01T11:45:09Z",
    "\"id\":\"e9\",",
    "018f3e2a-7c1b-7d3e-9a4f-0123456789ab",
];

pub fn round(mut random: Random) -> Result<(), Wrong> {
    let (log, other) = (*random.pick(&LOGS), *random.pick(&LOGS));
    let mut bytes = log.repeat(1 + random.below(3)).into_bytes();
    random.change(&mut bytes, &WORDS, other.as_bytes());
    let mapping = random.one_in(2).then(|| mapping(&mut random));
    let size = 1 + random.below(5);
    let mut broken = compressed(&bytes);
    random.change(&mut broken, &WORDS, &bytes);
    // It looks at all that are built in, which takes its time.
    if random.one_in(40) {
        checked(&bytes, || {
            usage::guess(Source::new("log", Cursor::new(bytes.clone())), "openai").map_or(Ok(()), |_| Ok(()))
        })?;
    }
    checked(&bytes, || {
        let whole = read(&bytes, mapping.as_ref(), 1_000);
        let cut = read(&bytes, mapping.as_ref(), size);
        let unpacked = read(&compressed(&bytes), mapping.as_ref(), size);
        if bytes.starts_with(&[0x1f, 0x8b]) || same(&whole, &unpacked) && same(&whole, &cut) {
            Ok(())
        } else {
            Err(format!("read in one batch: {whole:?}\nin batches of {size}: {cut:?}\ncompressed: {unpacked:?}"))
        }
    })?;
    // It reads three times more.
    if random.one_in(4) {
        checked(&bytes, || rewritten(&bytes, mapping.as_ref()))?;
    }
    checked(&broken, || read(&broken, mapping.as_ref(), size).map_or(Ok(()), |_| Ok(())))
}

/// Mappings: of a log that has no columns of ours, of nested JSON, of a spreadsheet.
const MAPPINGS: [&str; 4] = [
    "columns = { occurred_at = \"TIMESTAMP\", tokens = \"ContextTokens - GeneratedTokens\", output = \"GeneratedTokens\" }\n\
     constants = { customer = \"acme\", event_type = \"call\", model = \"gpt\" }\ntime_format = \"%Y-%m-%d %H:%M:%S%.f\"\n",
    "columns = { customer = \"data[].user\", tokens = \"use.in - use.cached\", \"*\" = \"more.*\", \"cost.openai\" = \"c\" }\n\
     records = \"data[].rows[]\"\nconstants = { event_type = \"call\" }\ntime_format = \"unix_ms\"\nskip_when_empty = \"use.in\"\n",
    "columns = { customer = \"Kunde\", occurred_at = \"Zeit\" }\nconstants = { event_type = \"call\" }\ndelimiter = \";\"\n\
     decimal = \",\"\nthousands = \".\"\nskip_lines = 1\ntime_format = \"%d/%m/%Y %H:%M\"\ntime_zone = \"Europe/Berlin\"\n",
    "defaults = { customer = \"nobody\", model = \"none\" }\nvalues = { model = { \"g*\" = \"gpt\" }, cost = { Included = \"0\" } }\n\
     skip_when = { event_type = \"im*\" }\ndrop = \"dee*\"\n",
];

/// All of them, and those that are built in.
static ALL: LazyLock<Vec<Mapping>> = LazyLock::new(|| {
    let own = MAPPINGS.iter().map(|own| {
        let text =
            format!("[catalog]\nreporting_currency = \"USD\"\n[[vendor]]\ncode = \"openai\"\n[mapping.log]\n{own}");
        let reading = catalog::read(&[SourceFile { name: "fuzz.toml".to_owned(), text }]);
        let mut catalog = reading.catalog.unwrap_or_else(|| panic!("{:?}", reading.findings));
        catalog.mappings.remove("log").expect("it has one mapping")
    });
    own.chain(built_ins().filter_map(built_in).map(|source| source.mapping)).collect()
});

/// One of the mappings, with ids of some kind: for the log, or for another one by mistake.
fn mapping(random: &mut Random) -> Mapping {
    let place = if random.one_in(3) { random.below(ALL.len()) } else { random.below(MAPPINGS.len()) };
    let mut mapping = ALL[place].clone();
    let fields = || MadeId::Fields(["occurred_at".to_owned(), "customer".to_owned()].into());
    if random.one_in(2) {
        mapping.id = random.pick(&[Some(MadeId::Content), Some(fields()), None]).clone();
    }
    mapping
}

fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory can be written to")
}

/// All that a log gives: its events written out and its rejections, and in what place each stood.
type Read = Result<(Vec<(u64, UsageEvent)>, Vec<Rejection>), ReadError>;

fn same(one: &Read, other: &Read) -> bool {
    match (one, other) {
        (Ok(one), Ok(other)) => one == other,
        (Err(one), Err(other)) => one.to_string() == other.to_string(),
        _ => false,
    }
}

/// Whether a log comes out of its records as refused ones are written: the same events, and as many that are none.
fn rewritten(bytes: &[u8], mapping: Option<&Mapping>) -> Result<(), String> {
    let Ok((events, rejections)) = read(bytes, mapping, 1_000) else { return Ok(()) };
    let mut reader = reader(bytes, mapping).keeping_rows(true);
    let (mut form, mut good, mut bad) = (None, Vec::new(), Vec::new());
    while let Ok(Some(batch)) = reader.next_batch(1_000) {
        form = form.or_else(|| batch.forms.first().map(|(_, form)| form.clone()));
        let form = form.as_ref().ok_or("a log without a form")?;
        let line = |row: Option<&[u8]>| row.map(|row| form.line(row, SAID)).ok_or("a record without its row");
        for place in 0..batch.events.len() {
            good.extend(line(batch.rows.get(place))?);
        }
        for rejection in &batch.rejections {
            bad.extend(line(rejection.row.as_deref())?);
        }
    }
    let start = form.as_ref().map(Form::start).unwrap_or_default();
    let text = [start, good, bad].concat();
    let shown = || String::from_utf8_lossy(&text).into_owned();
    match read(&text, mapping, 1_000) {
        // The end of a torn record may be looked for in the next lines, if it is the first.
        Err(_) if events.is_empty() => Ok(()),
        Err(error) => Err(format!("{error} in {}", shown())),
        Ok((again, others)) => {
            let same = again.iter().map(|(_, event)| event).eq(events.iter().map(|(_, event)| event));
            let is_fine = same && others.len() == rejections.len();
            is_fine
                .then_some(())
                .ok_or_else(|| format!("{events:?}\n{rejections:?}\n{again:?}\n{others:?} in {}", shown()))
        }
    }
}

const SAID: Beside<'_> = Beside { file: "a,\"b", line: 7, column: Some("c;d"), code: "invalid_row", reason: "e\nf" };

fn read(bytes: &[u8], mapping: Option<&Mapping>, size: usize) -> Read {
    let mut reader = reader(bytes, mapping);
    let (mut shapes, mut customers) = (Vec::new(), Vec::new());
    let (mut events, mut rejections) = (Vec::new(), Vec::new());
    while let Some(mut batch) = reader.next_batch(size)? {
        shapes.append(&mut batch.new_shapes);
        customers.append(&mut batch.new_customers);
        let full = |event| {
            let event: &drawdown::usage::BatchEvent = event;
            (event.line, Batch::expand(&batch, event, &shapes[event.shape.place()], &customers[event.customer.place()]))
        };
        events.extend(batch.events.iter().map(full));
        rejections.append(&mut batch.rejections);
    }
    Ok((events, rejections))
}

fn reader(bytes: &[u8], mapping: Option<&Mapping>) -> LogReader {
    let interest = Interest {
        dimensions: ["model".to_owned()].into(),
        volumes: ["tokens".to_owned()].into(),
        ..Interest::default()
    };
    let vocabulary = Arc::new(Vocabulary::from([("call".to_owned(), interest)]));
    let source = Source::new("log", Cursor::new(bytes.to_vec()));
    LogReader::new(vec![source], vocabulary, mapping.cloned())
}
