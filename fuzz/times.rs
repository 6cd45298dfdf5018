//! Times: what is read is read again from what is printed, and a layout that is taken can be read with.

use crate::random::Random;
use crate::{Wrong, checked};
use drawdown::time::{Instant, TimeForm};

const TEXTS: [&str; 8] = [
    "2026-07-01T11:45:09Z",
    "1970-01-01T00:00:00.000001Z",
    "2199-12-31T23:59:59.999999Z",
    "2024-02-29 12:00:00+05:30",
    "2026-07-01T11:45:09.123456789-11:00",
    "2026-12-31T23:59:60Z",
    "1767225600.5",
    "16/Nov/2023:18:17:03 +0000",
];
const LAYOUTS: [&str; 6] =
    ["%Y-%m-%d %H:%M:%S%.f", "%s%.f", "%d/%b/%Y:%H:%M:%S %z", "%Y-%m-%dT%H:%M:%S%z", "%F %T %Q", "%A %j %I %p"];
const WORDS: [&str; 24] = [
    "T",
    "Z",
    " ",
    ":",
    "-",
    ".",
    "+",
    "00",
    "60",
    "24",
    "9999",
    "0000",
    "-1",
    "[Europe/Berlin]",
    "Europe/Berlin",
    "99999999999999999999",
    "%Y",
    "%s",
    "%Q",
    "%z",
    "%:z",
    "%.9f",
    "%%",
    "é",
];

pub fn round(mut random: Random) -> Result<(), Wrong> {
    let text = *random.pick(&TEXTS);
    let text = random.change_text(text, &WORDS, TEXTS[0]);
    let layout = *random.pick(&LAYOUTS);
    let layout = if random.one_in(2) { layout.to_owned() } else { random.change_text(layout, &WORDS, LAYOUTS[0]) };
    checked(format!("{text}\n{layout}").as_bytes(), || {
        let laid_out = TimeForm::parse(&layout).ok().and_then(|_| Instant::parse_layout(&text, &layout).ok());
        let typed = [Instant::parse(&text).ok(), Instant::parse_argument(&text).ok()];
        typed.into_iter().chain([laid_out]).flatten().try_for_each(reads_again)
    })
}

fn reads_again(instant: Instant) -> Result<(), String> {
    let (text, range) = (instant.to_string(), Instant::EPOCH..=Instant::LAST);
    if Instant::parse(&text) != Ok(instant) {
        return Err(format!("{text} is not read as it was printed"));
    }
    if range.contains(&instant) { Ok(()) } else { Err(format!("{text} can't be named, and was read")) }
}
