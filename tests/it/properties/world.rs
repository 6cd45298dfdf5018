//! Small random worlds: a catalog, a few customers, and what they do, on a grid of hours so that things often coincide.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use std::fmt;

/// Custom credits, and dollars.
pub const ASSETS: [&str; 2] = ["CREDIT", "USD"];
pub const CUSTOMERS: usize = 3;
const EVENT_TYPES: [&str; 3] = ["call", "job", "other"];
const MODELS: [&str; 3] = ["a1", "a2", "b"];
pub const ROUNDINGS: [&str; 4] = ["half_even", "half_up", "up", "down"];
/// 2024-01-28T00:00:00Z: the month ends after 96 hours.
const BASE: i64 = 1_706_400_000_000_000;
pub const MONTH_END: i64 = 96;
/// From here on a credit has its second price.
pub const SECOND_RATE: i64 = 60;

#[derive(Clone)]
pub struct World {
    pub overdraft: bool,
    /// Decimals of a credit.
    pub precision: u32,
    /// Index into [`ROUNDINGS`].
    pub rounding: usize,
    /// The prices of a credit in cents, at first and later.
    pub rates: [i64; 2],
    /// How far below zero, in whole ones, by asset.
    pub overdraft_limits: [Option<i64>; 2],
    /// Days that a paid lot lives, by asset.
    pub lives: [Option<i64>; 2],
    /// By asset.
    pub rules: [Option<Rule>; 2],
    pub prices: Vec<Price>,
    /// First and last hour of each customer's subscription.
    pub spans: Vec<(i64, Option<i64>)>,
    pub actions: Vec<Action>,
    /// What the product charges and grants beside usage, as tables.
    pub beside: String,
}

/// An automatic top-up rule: threshold in whole ones of the asset, the others in whole dollars.
#[derive(Debug, Clone)]
pub struct Rule {
    pub threshold: i64,
    pub amount: i64,
    pub limit: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    Unit,
    Volume,
    Both,
}

#[derive(Debug, Clone)]
pub struct Price {
    /// Index into the event types.
    pub event_type: usize,
    pub asset: usize,
    pub counts: Counts,
    /// No two of them tie on an event.
    pub rows: Vec<Row>,
}

/// Prices are in thousandths, limits in whole ones of the asset.
#[derive(Debug, Clone)]
pub struct Row {
    /// What the model is, or what it begins with and a star.
    pub model: &'static str,
    /// What `n` is above, and up to which number it goes: in whole ones.
    pub range: Option<(Option<i64>, Option<i64>)>,
    pub unit_price: i64,
    pub volume_rate: i64,
    pub package: Option<i64>,
    pub min: Option<i64>,
    pub max: Option<i64>,
}

/// What one customer does, or what happens to them, at an hour.
#[derive(Debug, Clone)]
pub struct Action {
    pub who: usize,
    pub hour: i64,
    pub what: What,
}

#[derive(Debug, Clone)]
pub enum What {
    /// Cents for an asset.
    Pay {
        cents: i64,
        asset: usize,
    },
    /// A promotion.
    Gift {
        whole: i64,
        asset: usize,
        priority: Option<i64>,
        hours: Option<i64>,
    },
    /// A correction downwards, of money given back or not.
    TakeBack {
        whole: i64,
        asset: usize,
        refund: bool,
    },
    Use {
        event_type: usize,
        model: Option<usize>,
        volume: Option<Volume>,
    },
    Advance,
}

/// So many 10^-`decimals`: tenths, or the smallest that there can be. Together they soon have more digits than a decimal.
#[derive(Debug, Clone, Copy)]
pub struct Volume {
    pub count: i64,
    pub decimals: u32,
}

/// The instant of an hour, in microseconds.
pub fn micros(hour: i64) -> i64 {
    BASE + hour * 3_600_000_000
}

/// The hour of an instant.
pub fn hour(micros: i64) -> i64 {
    assert_eq!((micros - BASE) % 3_600_000_000, 0);
    (micros - BASE) / 3_600_000_000
}

impl World {
    /// How many smallest units a whole one of the asset is.
    pub fn units(&self, asset: usize) -> i64 {
        if asset == 1 { 1_000_000_000 } else { 10i64.pow(self.precision) }
    }

    pub fn rate_cents(&self, hour: i64) -> i64 {
        self.rates[usize::from(hour >= SECOND_RATE)]
    }

    /// The catalog as a file.
    pub fn catalog(&self) -> String {
        let mut text = format!(
            "[catalog]\nname = \"w\"\nreporting_currency = \"USD\"\n[policy]\ninsufficient_funds = \"{}\"\n",
            if self.overdraft { "overdraft" } else { "deny" }
        );
        for (index, code) in ASSETS.into_iter().enumerate() {
            text += &format!("[[asset]]\ncode = \"{code}\"\n");
            if index == 0 {
                let [first, second] = self.rates;
                let from = "2024-01-30T12:00:00Z";
                text += &format!(
                    "precision = {}\nrounding = \"{}\"\nrates = [{{ rate = {first}e-2 }}, {{ rate = {second}e-2, valid_from = {from} }}]\n",
                    self.precision, ROUNDINGS[self.rounding]
                );
            }
            if let Some(limit) = self.overdraft_limits[index] {
                text += &format!("overdraft_limit = {limit}\n");
            }
            if let Some(days) = self.lives[index] {
                text += &format!("expires_after = {{ duration = \"day\", duration_count = {days} }}\n");
            }
        }
        text += "[[product]]\ncode = \"p\"\nname = \"P\"\n";
        for (index, price) in self.prices.iter().enumerate() {
            text += &format!("[[product.price]]\nname = \"{index}\"\n{price}");
        }
        for (rule, code) in self.rules.iter().zip(ASSETS) {
            if let Some(Rule { threshold, amount, limit }) = rule {
                text += &format!(
                    "[[auto_topup]]\nasset = \"{code}\"\nthreshold = {threshold}\namount = \"{amount} USD\"\n"
                );
                if let Some(limit) = limit {
                    text += &format!("limit = \"{limit} USD\"\n");
                }
            }
        }
        text + &self.beside
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (usage_type, field) = match self.counts {
            Counts::Unit => ("unit", ""),
            Counts::Volume => ("volume", "volume_field = \"n\"\n"),
            Counts::Both => ("unit_and_volume", "volume_field = \"n\"\n"),
        };
        write!(f, "type = \"usage_based\"\nevent_type = \"{}\"\n", EVENT_TYPES[self.event_type])?;
        write!(f, "usage_type = \"{usage_type}\"\n{field}asset = \"{}\"\n", ASSETS[self.asset])?;
        let has_ranges = self.rows.iter().any(|row| row.range.is_some());
        let dimensions = if has_ranges { "[\"model\", \"n\"]" } else { "[\"model\"]" };
        write!(f, "billable_dimensions = {dimensions}\nvalues = [\n")?;
        for row in &self.rows {
            write!(f, "  {{ model = \"{}\"", row.model)?;
            if let Some((over, up_to)) = row.range {
                let bounds = [("over", over), ("up_to", up_to)].into_iter();
                let bounds: Vec<_> = bounds.filter_map(|(key, bound)| Some(format!("{key} = {}", bound?))).collect();
                write!(f, ", n = {{ {} }}", bounds.join(", "))?;
            }
            if self.counts != Counts::Volume {
                write!(f, ", unit_price = {}e-3", row.unit_price)?;
            }
            if self.counts != Counts::Unit {
                write!(f, ", volume_rate = {}e-3", row.volume_rate)?;
            }
            for (key, value) in [("package_size", row.package), ("min_amount", row.min), ("max_amount", row.max)] {
                value.map_or(Ok(()), |value| write!(f, ", {key} = {value}"))?;
            }
            writeln!(f, " }},")?;
        }
        writeln!(f, "]")
    }
}

impl Row {
    /// How well it fits an event, if it matches it: how many values and ranges it names, and how long a beginning. `n` is in
    /// 10^-28.
    pub fn rank(&self, model: Option<usize>, n: Option<i128>) -> Option<(u32, usize)> {
        let model = model.map(|model| MODELS[model]);
        let (mut exact, mut length) = (0, 0);
        match self.model.strip_suffix('*') {
            None if model == Some(self.model) => exact += 1,
            Some("") => {}
            Some(beginning) if model?.starts_with(beginning) => length = beginning.len(),
            _ => return None,
        }
        if let Some((over, up_to)) = self.range {
            let (n, whole) = (n?, |bound: i64| i128::from(bound) * 10i128.pow(28));
            let is_in = over.is_none_or(|over| n > whole(over)) && up_to.is_none_or(|up_to| n <= whole(up_to));
            is_in.then_some(())?;
            exact += 1;
        }
        Some((exact, length))
    }
}

impl Action {
    /// The data of a use: model and volume, where it has them.
    pub fn data(&self) -> Vec<(&'static str, String)> {
        let What::Use { model, volume, .. } = self.what else { return Vec::new() };
        let model = model.map(|model| ("model", MODELS[model].to_owned()));
        let volume = volume.map(|Volume { count, decimals }| {
            let sign = if count < 0 { "-" } else { "" };
            let digits = format!("{:0>1$}", count.abs(), decimals as usize + 1);
            let (whole, rest) = digits.split_at(digits.len() - decimals as usize);
            ("n", format!("{sign}{whole}.{rest}"))
        });
        model.into_iter().chain(volume).collect()
    }

    pub fn event_type(&self) -> Option<&'static str> {
        match self.what {
            What::Use { event_type, .. } => Some(EVENT_TYPES[event_type]),
            _ => None,
        }
    }
}

impl fmt::Display for World {
    /// The catalog and the actions, as a failing case is read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.catalog())?;
        writeln!(f, "subscribed from, to (hours): {:?}", self.spans)?;
        for (index, action) in self.actions.iter().enumerate() {
            writeln!(f, "{index}: customer {} at hour {}: {:?}", action.who, action.hour, action.what)?;
        }
        Ok(())
    }
}

/// So that a failing case is told as a catalog and a list.
impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{self}")
    }
}

fn rule() -> impl Strategy<Value = Option<Rule>> {
    let on = (0i64..12, 1i64..8, option::of(0i64..4)).prop_map(|(threshold, amount, more)| Rule {
        threshold,
        amount,
        limit: more.map(|more| amount * (more + 1) + more),
    });
    option::of(on)
}

fn row(model: &'static str) -> impl Strategy<Value = Row> {
    let limits = prop_oneof![
        3 => Just((None, None)),
        1 => (0i64..4).prop_map(|min| (Some(min), None)),
        1 => (1i64..6).prop_map(|max| (None, Some(max))),
        1 => (0i64..3, 0i64..4).prop_map(|(min, more)| (Some(min), Some(min + more + 1))),
    ];
    (0i64..4_000, 0i64..4_000, option::of(1i64..8), limits).prop_map(
        move |(unit_price, volume_rate, package, (min, max))| Row {
            model,
            range: None,
            unit_price,
            volume_rate,
            package,
            min,
            max,
        },
    )
}

/// Rows for what `n` may be: up to a number, and from there to another or without an end.
fn ranges(model: &'static str) -> impl Strategy<Value = Vec<Row>> {
    (row(model), row(model), 0i64..5, option::of(1i64..4)).prop_map(|(low, high, end, more)| {
        let range = |over, up_to| Some((over, up_to));
        let last = more.map(|more| end + more);
        vec![Row { range: range(Some(end), last), ..high }, Row { range: range(None, Some(end)), ..low }]
    })
}

fn price() -> impl Strategy<Value = Price> {
    let counts = prop_oneof![Just(Counts::Unit), Just(Counts::Volume), Just(Counts::Both)];
    let rows = prop_oneof![
        2 => row("*").prop_map(|any| vec![any]),
        1 => (row("a1"), row("*")).prop_map(|(a, any)| vec![a, any]),
        1 => (row("a1"), row("a2")).prop_map(|(a, b)| vec![a, b]),
        1 => (row("a1"), row("a*"), row("*")).prop_map(|(one, both, any)| vec![both, one, any]),
        1 => (row("a*"), ranges("a*")).prop_map(|(both, ranges)| [vec![both], ranges].concat()),
        1 => (ranges("*"), ranges("b")).prop_map(|(any, b)| [any, b].concat()),
    ];
    (0usize..2, 0usize..2, counts, rows).prop_map(|(event_type, asset, counts, mut rows)| {
        if counts == Counts::Unit {
            rows.iter_mut().for_each(|row| row.package = None);
        }
        Price { event_type, asset, counts, rows }
    })
}

fn what() -> impl Strategy<Value = What> {
    let decimals = prop_oneof![5 => Just(1), 1 => Just(28)];
    let volume = (-3i64..80, decimals).prop_map(|(count, decimals)| Volume { count, decimals });
    let uses = (0usize..10, option::weighted(0.8, 0usize..3), option::weighted(0.9, volume));
    prop_oneof![
        2 => (1i64..3_000, 0usize..2).prop_map(|(cents, asset)| What::Pay { cents, asset }),
        2 => (1i64..20, 0usize..2, option::of(99i64..102), option::of(1i64..60))
            .prop_map(|(whole, asset, priority, hours)| What::Gift { whole, asset, priority, hours }),
        1 => (1i64..8, 0usize..2, any::<bool>()).prop_map(|(whole, asset, refund)| What::TakeBack { whole, asset, refund }),
        10 => uses.prop_map(|(kind, model, volume)| What::Use { event_type: [0, 0, 0, 0, 0, 0, 1, 1, 1, 2][kind], model, volume }),
        1 => Just(What::Advance),
    ]
}

/// Hours mostly go on; some actions are earlier than the one before, some grants are for later.
fn actions(most: usize) -> impl Strategy<Value = Vec<Action>> {
    let step = prop_oneof![6 => 0i64..14, 1 => -40i64..0];
    vec((0..CUSTOMERS, step, 0i64..40, what()), 1..most).prop_map(|steps| {
        let mut now = 20;
        let act = |(who, step, ahead, what): (usize, i64, i64, What)| {
            if step >= 0 {
                now += step;
            }
            let ahead = if matches!(what, What::Gift { .. } | What::Pay { .. }) && ahead > 30 { ahead } else { 0 };
            Action { who, hour: (now + step.min(0) + ahead).max(0), what }
        };
        steps.into_iter().map(act).collect()
    })
}

pub fn worlds(most_actions: usize) -> impl Strategy<Value = World> {
    let assets = (0u32..3, 0usize..4, (1i64..60, 1i64..60));
    let limits = [option::of(0i64..30), option::of(0i64..30)];
    let lives = [option::of(1i64..4), option::of(1i64..4)];
    let span = (0i64..30, option::weighted(0.3, 60i64..200));
    let people = (vec(span, CUSTOMERS), actions(most_actions));
    (any::<bool>(), assets, limits, lives, [rule(), rule()], vec(price(), 1..4), people).prop_map(
        |(overdraft, (precision, rounding, rates), overdraft_limits, lives, rules, mut prices, (spans, actions))| {
            // The most frequent type of event always has a price.
            prices[0].event_type = 0;
            World {
                overdraft,
                precision,
                rounding,
                rates: [rates.0, rates.1],
                overdraft_limits,
                lives,
                rules,
                prices,
                spans,
                actions,
                beside: String::new(),
            }
        },
    )
}
