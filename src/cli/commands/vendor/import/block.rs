//! The imported prices of a vendor as they stand in a catalog: cost rules between two marks.

use crate::catalog::{DimensionValue, SourceFile, Sum, UsagePrice, UsageType, read};
use crate::money::Decimal;
use crate::pricelist::{Format, Listed, Rates};
use std::collections::BTreeMap;
use toml_edit::Value;

/// What the rules count, in their order.
pub(super) const FIELDS: [&str; 4] = ["input_tokens", "cached_tokens", "cache_write_tokens", "output_tokens"];
const EVENT_TYPE: &str = "completion";
/// How long the whole prompt is, cached tokens and all, which decides about the price of a long one.
pub(super) const LENGTH: &str = "prompt_tokens";

/// For each of [`FIELDS`] what a million cost.
pub(super) type Costs = [Option<Decimal>; 4];

/// Where prices come from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin<'o> {
    pub list: Format,
    /// The day on which they were read.
    pub date: &'o str,
    pub sha256: &'o str,
}

/// The lines from the first mark to the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    pub text: String,
    /// Where it stands, if it does.
    start: usize,
}

fn mark(vendor: &str, end: &str) -> String {
    format!("# Imported prices of {vendor}: {end}")
}

impl Block {
    /// The prices of a vendor as a list has them. `all` are the models of all vendors that are imported.
    pub fn new(vendor: &str, models: &[&Listed], all: &[&Listed], origin: Origin<'_>) -> Self {
        let Origin { list, date, sha256 } = origin;
        let mut text = format!(
            "{}\n# From a price list of {}, read on {date}, in USD for a million tokens. Its sha256 is\n# {sha256}.\n\
             # `drawdown vendor import` replaces what stands between the marks.\n",
            mark(vendor, "begin"),
            list.name(),
        );
        for (place, field) in FIELDS.iter().enumerate() {
            let rows: Vec<String> = models.iter().flat_map(|listed| rows(listed, all, place)).collect();
            if !rows.is_empty() {
                text += &format!("\n{}", rule(field, &rows.concat()));
            }
        }
        Self { text: text + &mark(vendor, "end") + "\n", start: 0 }
    }

    /// Those that stand in the text of a file.
    pub fn find(vendor: &str, text: &str) -> Option<Self> {
        let line = |mark: String| {
            let mut start = 0;
            text.split_inclusive('\n').find_map(|line| {
                let from = start;
                start += line.len();
                (line.trim_end() == mark).then_some(from..start)
            })
        };
        let (begin, end) = (line(mark(vendor, "begin"))?, line(mark(vendor, "end"))?);
        let text = text.get(begin.start..end.end)?.replace("\r\n", "\n");
        Some(Self { text, start: begin.start })
    }

    /// The text of the file with others instead.
    pub fn replaced_by(&self, new: &Self, text: &str) -> String {
        let has_crlf = text.contains("\r\n");
        let as_there = |block: &str| if has_crlf { block.replace('\n', "\r\n") } else { block.to_owned() };
        let after = self.start + as_there(&self.text).len();
        [&text[..self.start], &as_there(&new.text), &text[after..]].concat()
    }

    /// How many rules there are.
    pub fn rules(&self) -> usize {
        self.text.lines().filter(|line| line.trim() == "[[vendor.cost]]").count()
    }

    /// What each model costs, as the rules say it.
    pub fn costs(&self) -> BTreeMap<String, Costs> {
        let head = "[catalog]\nname = \"c\"\nreporting_currency = \"USD\"\n[[vendor]]\ncode = \"v\"\nname = \"v\"\n";
        let source = SourceFile { name: String::new(), text: format!("{head}{}", self.text) };
        let vendors = read(&[source]).catalog.map(|catalog| catalog.terms.vendors).unwrap_or_default();
        let mut costs: BTreeMap<String, Costs> = BTreeMap::new();
        for rule in vendors.iter().flat_map(|vendor| &vendor.costs).filter(|rule| is_of_import(rule)) {
            let Some(place) =
                FIELDS.iter().position(|field| Some(*field) == rule.volume_field.as_ref().and_then(Sum::as_field))
            else {
                continue;
            };
            for row in &rule.rows {
                let named = row.dimensions.iter().flatten().map(DimensionValue::to_string);
                costs.entry(named.collect::<Vec<_>>().join(" ")).or_default()[place] = row.volume_rate;
            }
        }
        costs
    }
}

/// Whether a rule counts what imported ones count.
pub(super) fn is_of_import(rule: &UsagePrice) -> bool {
    let counts = |sum: &Sum| sum.as_field().is_some_and(|field| FIELDS.contains(&field));
    rule.event_type == EVENT_TYPE
        && rule.usage_type == UsageType::Volume
        && rule.volume_field.as_ref().is_some_and(counts)
}

fn costs(rates: &Rates) -> Costs {
    [Some(rates.input), Some(rates.cached), Some(rates.cache_write), rates.output]
}

/// The rows of a model for one of [`FIELDS`]: its price, and others for long prompts; for its dated names too, where the list
/// has none, of whatever provider: an event would cost something at both.
fn rows(listed: &Listed, all: &[&Listed], place: usize) -> Vec<String> {
    let dated = format!("{}-202", listed.model);
    let is_dated = |other: &&Listed| other.model.starts_with(&dated);
    let pattern = (!listed.model.contains("-202") && !all.iter().any(is_dated)).then(|| format!("{dated}*"));
    let Some(base) = costs(&listed.base)[place] else { return Vec::new() };
    let mut rows = Vec::new();
    for name in [Some(listed.model.clone()), pattern].into_iter().flatten() {
        let row = |range: &str, rate| format!("  {{ model = {}{range}, volume_rate = {rate} }},\n", Value::from(&name));
        rows.push(row("", base));
        for (over, rates) in &listed.above {
            let Some(rate) = costs(rates)[place].filter(|rate| *rate != base) else { continue };
            let up_to = listed.above.keys().find(|next| *next > over).map(|next| format!(", up_to = {next}"));
            rows.push(row(&format!(", {LENGTH} = {{ over = {over}{} }}", up_to.unwrap_or_default()), rate));
        }
    }
    rows
}

fn rule(field: &str, rows: &str) -> String {
    let dimensions = if rows.contains(&format!(", {LENGTH} = {{")) {
        format!("\"model\", \"{LENGTH}\"")
    } else {
        "\"model\"".to_owned()
    };
    format!(
        "[[vendor.cost]]\nevent_type = \"{EVENT_TYPE}\"\nusage_type = \"volume\"\nvolume_field = \"{field}\"\nasset = \"USD\"\n\
         package_size = 1_000_000\nbillable_dimensions = [{dimensions}]\nvalues = [\n{rows}]\n"
    )
}
