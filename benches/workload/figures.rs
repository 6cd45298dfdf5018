//! What was measured, and what it must come to.

use std::collections::BTreeMap;

/// Times in microseconds, by what was timed.
#[derive(Default)]
pub struct Times(BTreeMap<&'static str, Vec<u128>>);

impl Times {
    pub fn add(&mut self, what: &'static str, micros: u128) {
        self.0.entry(what).or_default().push(micros.max(1));
    }

    /// The median; of an even number the higher one in the middle.
    pub fn median(&self, what: &str) -> u128 {
        let mut times = self.0[what].clone();
        times.sort_unstable();
        times[times.len() / 2]
    }

    /// Everything as a table in Markdown. `events` says how many events something dealt with.
    pub fn print(&self, events: impl Fn(&str) -> Option<u64>) {
        println!("| what | median | fastest | slowest | events/s |\n|---|---|---|---|---|");
        for (what, times) in &self.0 {
            let ms = |micros: u128| format!("{}.{} ms", micros / 1000, micros % 1000 / 100);
            let (fastest, slowest) = (times.iter().min().copied(), times.iter().max().copied());
            let (fastest, slowest) = (ms(fastest.unwrap_or_default()), ms(slowest.unwrap_or_default()));
            let median = self.median(what);
            let rate = events(what).map(|events| (u128::from(events) * 1_000_000 / median).to_string());
            println!("| {what} | {} | {fastest} | {slowest} | {} |", ms(median), rate.unwrap_or_default());
        }
    }
}

/// What a figure must be: so much at least (or at most), and what it aims at. In thousandths.
pub enum Goal {
    AtLeast(u128, u128),
    AtMost(u128, u128),
}

/// One figure in thousandths, and what it must come to.
pub struct Figure {
    pub measure: String,
    pub value: u128,
    pub unit: &'static str,
    pub goal: Goal,
}

impl Figure {
    /// How many times `b` goes into `a`.
    pub fn ratio(measure: impl Into<String>, a: u128, b: u128, goal: Goal) -> Self {
        Self { measure: measure.into(), value: a * 1000 / b.max(1), unit: "x", goal }
    }

    /// A peak of so many KiB.
    pub fn peak(measure: String, kib: u64, goal: Goal) -> Self {
        Self { measure, value: u128::from(kib) * 1000 / 1024, unit: " MiB", goal }
    }

    /// Its row of the table.
    pub fn print(&self) {
        let Self { measure, value, unit, goal } = self;
        let (least, aim, reaches) = match *goal {
            Goal::AtLeast(least, aim) => (least, aim, [*value >= least, *value >= aim]),
            Goal::AtMost(least, aim) => (least, aim, [*value <= least, *value <= aim]),
        };
        let verdict = match reaches {
            [_, true] => "aim",
            [true, false] => "yes",
            [false, false] => "**no**",
        };
        let [value, least, aim] = [*value, least, aim].map(shown);
        println!("| {measure} | {value}{unit} | {least}{unit} | {aim}{unit} | {verdict} |");
    }
}

/// A number of thousandths with two decimals, or none where there are hundreds.
fn shown(thousandths: u128) -> String {
    match thousandths {
        100_000.. => (thousandths / 1000).to_string(),
        _ => format!("{}.{:02}", thousandths / 1000, thousandths % 1000 / 10),
    }
}
