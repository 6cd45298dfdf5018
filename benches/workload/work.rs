//! The work that all figures are about: a log of usage events, and the catalog it is billed under.
//!
//! Event `n` depends on `n` alone, so the first million events of a longer log are the log of a million, and a log can
//! start anywhere. Only integers are used; there is no clock and no other randomness.

use std::io::{self, Write};
use std::ops::Range;

/// The mapping of the nested log.
pub const NESTED: &str = "nested";
/// What the product is called, for `--enroll`.
pub const PRODUCT: &str = "api";

const SEED: u64 = 0x5eed_0001;
const CUSTOMERS: u64 = 10_000;
const VENDOR: &str = "gpu-cloud";
/// Event types with the least price of a unit, in billionths of a dollar.
const TYPES: [(&str, i64); 3] = [("chat_completed", 6_000), ("image_generated", 20_000), ("audio_transcribed", 50_000)];
/// Each costs as many times the least price as its place says, from 1.
const MODELS: [&str; 6] = ["small-1", "small-2", "medium-1", "medium-2", "large-1", "large-2"];
/// Each costs as many times the least price as its place says, from 1.
const TIERS: [&str; 3] = ["batch", "standard", "priority"];
/// 2026-01-01T00:00:00Z in milliseconds.
const START: i64 = 1_767_225_600_000;
/// 100,000 events in 30 days.
const MILLIS_AN_EVENT: i64 = 25_920;

/// The automatic top-up rule, in whole dollars. The limit is a little less than what the busiest customer uses in a
/// month, who is denied at its end.
pub const THRESHOLD: i64 = 5;
/// See [`THRESHOLD`].
pub const AMOUNT: i64 = 20;
/// See [`THRESHOLD`].
pub const MONTHLY_LIMIT: i64 = 500;

/// What one unit costs under one row of the catalog.
pub struct Price {
    pub event_type: &'static str,
    pub model: &'static str,
    pub tier: &'static str,
    /// In billionths of a dollar, which is what a ledger counts in: no fee needs rounding.
    pub nanos: i64,
}

/// All rows of the catalog's prices.
pub fn prices() -> impl Iterator<Item = Price> {
    TYPES.into_iter().flat_map(|(event_type, least)| {
        (1..).zip(MODELS).flat_map(move |(m, model)| {
            (1..).zip(TIERS).map(move |(t, tier)| Price { event_type, model, tier, nanos: least * m * t })
        })
    })
}

/// The catalog as TOML.
pub fn catalog() -> String {
    let mut text = format!(
        "[catalog]\nname = \"workload\"\nreporting_currency = \"USD\"\n\n[policy]\ninsufficient_funds = \"deny\"\n\n\
         [[vendor]]\ncode = \"{VENDOR}\"\nname = \"GPU cloud\"\n\n[[product]]\ncode = \"{PRODUCT}\"\nname = \"API\"\n"
    );
    for (event_type, _) in TYPES {
        text += &format!(
            "\n[[product.price]]\nname = \"{event_type}\"\ntype = \"usage_based\"\nevent_type = \"{event_type}\"\n\
             usage_type = \"volume\"\nvolume_field = \"quantity\"\nasset = \"USD\"\npackage_size = 1_000\n\
             billable_dimensions = [\"model\", \"tier\"]\nvalues = [\n"
        );
        for Price { model, tier, nanos, .. } in prices().filter(|price| price.event_type == event_type) {
            // So many billionths a unit are so many millionths a thousand units.
            let rate = format!("{}.{:06}", nanos / 1_000_000, nanos % 1_000_000);
            text += &format!("  {{ model = \"{model}\", tier = \"{tier}\", volume_rate = {rate} }},\n");
        }
        text += "]\n";
    }
    text + &format!(
        "\n[[auto_topup]]\nasset = \"USD\"\nthreshold = {THRESHOLD}\namount = \"{AMOUNT} USD\"\n\
         limit = \"{MONTHLY_LIMIT} USD\"\n\n[mapping.{NESTED}]\ncolumns = {{ id = \"meta.id\", customer = \"meta.user\", \
         event_type = \"kind\", occurred_at = \"at\", quantity = \"use.units\", model = \"use.model\", tier = \"use.tier\", \
         \"cost.{VENDOR}\" = \"spend\" }}\n"
    )
}

/// Who comes after `rank` others in activity. Names and activity have nothing to do with each other.
pub fn customer(rank: u64) -> String {
    format!("cust-{:05}", rank * 7_919 % CUSTOMERS)
}

/// Writes events as CSV, with the header.
pub fn csv(events: Range<u64>, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "id,customer,event_type,occurred_at,quantity,model,tier,cost.{VENDOR}")?;
    let activity = Activity::new();
    for event in events.map(|n| activity.event(n)) {
        let Event { id, customer, event_type, occurred_at, quantity, model, tier, cost } = event;
        writeln!(out, "{id},{customer},{event_type},{occurred_at},{quantity},{model},{tier},{cost}")?;
    }
    Ok(())
}

/// Writes the same events as JSON lines.
pub fn jsonl(events: Range<u64>, out: &mut impl Write) -> io::Result<()> {
    let activity = Activity::new();
    for event in events.map(|n| activity.event(n)) {
        let Event { id, customer, event_type, occurred_at, quantity, model, tier, cost } = event;
        writeln!(
            out,
            r#"{{"id":"{id}","customer":"{customer}","event_type":"{event_type}","occurred_at":"{occurred_at}","data":{{"quantity":{quantity},"model":"{model}","tier":"{tier}"}},"costs":[{{"vendor":"{VENDOR}","amount":"{cost}"}}]}}"#
        )?;
    }
    Ok(())
}

/// Writes the same events as JSON lines of another system's, which the mapping [`NESTED`] reads.
#[allow(dead_code, reason = "another bench has this module too, and does without")]
pub fn nested(events: Range<u64>, out: &mut impl Write) -> io::Result<()> {
    let activity = Activity::new();
    for event in events.map(|n| activity.event(n)) {
        let Event { id, customer, event_type, occurred_at, quantity, model, tier, cost } = event;
        writeln!(
            out,
            r#"{{"meta":{{"id":"{id}","user":"{customer}"}},"kind":"{event_type}","at":"{occurred_at}","use":{{"units":{quantity},"model":"{model}","tier":"{tier}"}},"spend":"{cost}"}}"#
        )?;
    }
    Ok(())
}

/// One event, as it is written.
struct Event {
    id: String,
    customer: String,
    event_type: &'static str,
    occurred_at: jiff::Timestamp,
    quantity: i64,
    model: &'static str,
    tier: &'static str,
    cost: String,
}

/// Who is how active: Zipf's law in integers.
struct Activity {
    /// Sums of the weights up to each rank.
    sums: Vec<u64>,
}

impl Activity {
    fn new() -> Self {
        let weights = (1..=CUSTOMERS).map(|rank| (1 << 40) / rank);
        let sum = |sum: &mut u64, weight| {
            *sum += weight;
            Some(*sum)
        };
        Self { sums: weights.scan(0, sum).collect() }
    }

    fn event(&self, n: u64) -> Event {
        let mut random = Random::new(n);
        let id = uuid(random.next(), random.next());
        let place = random.below(self.sums[self.sums.len() - 1]);
        let rank = self.sums.partition_point(|&sum| sum <= place) as u64;
        let (event_type, least) = match random.below(10) {
            0..6 => TYPES[0],
            6..9 => TYPES[1],
            _ => TYPES[2],
        };
        let (model, tier) = (random.below(6) as usize, random.below(3) as usize);
        // As many small ones as large ones: the number of digits is even, not the number.
        let size = 1 << random.below(12);
        let quantity = (size + random.below(size)).cast_signed();
        let fee = least * (model as i64 + 1) * (tier as i64 + 1) * quantity;
        // Seven tenths of the price, cut to millionths.
        let cost = fee * 7 / 10_000;
        let millis = START + n.cast_signed() * MILLIS_AN_EVENT + random.below(25_920).cast_signed();
        Event {
            id,
            customer: customer(rank),
            event_type,
            occurred_at: jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX),
            quantity,
            model: MODELS[model],
            tier: TIERS[tier],
            cost: format!("{}.{:06}", cost / 1_000_000, cost % 1_000_000),
        }
    }
}

/// A random UUID's text.
fn uuid(high: u64, low: u64) -> String {
    let (high, low) = (high & !0xf000 | 0x4000, low >> 2 | 1 << 63);
    let (a, b, c) = (high >> 32, high >> 16 & 0xffff, high & 0xffff);
    format!("{a:08x}-{b:04x}-{c:04x}-{:04x}-{:012x}", low >> 48, low & 0xffff_ffff_ffff)
}

/// SplitMix64.
struct Random(u64);

impl Random {
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

    /// The numbers of one event.
    fn new(n: u64) -> Self {
        // Mixed once, or neighbours' numbers would be each other's, one step on.
        Self(Self(n.wrapping_mul(Self::STEP) ^ SEED).next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(Self::STEP);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// Less than `bound`.
    fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }
}
