//! What is asked on a terminal when a command leaves something out.

use super::book::Book;
use super::tables::{has_events, has_tiers, has_volume};
use crate::catalog::closest;
use crate::cli::args::{
    AssetAddArgs, IntervalFlag, ModelFlag, Pairs, PriceFlags, PriceType, TimedRate, UsageFlag, code, name, number, row,
    tier,
};
use crate::cli::ask::{Choice, Question, Turn, choose, in_turn, label, select, word};
use crate::cli::error::Failure;
use crate::money::currency_minor_digits;
use clap::ValueEnum;

impl Choice for PriceType {
    const QUESTION: &'static str = "What kind of price?";
}

impl Choice for UsageFlag {
    const QUESTION: &'static str = "What is counted?";
}

impl Choice for ModelFlag {
    const QUESTION: &'static str = "How do quantities become fees?";
}

/// What a command is to write, as far as it is known.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    /// The code of the product or the vendor.
    pub code: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// The price's name.
    pub price: Option<String>,
    /// The price, or the cost rule.
    pub flags: PriceFlags,
}

/// What was given, what has been answered, and what answers are checked against.
struct Asking<T> {
    given: T,
    answer: T,
    /// What is there of that kind: a new one has another code, and what is added to one is added to one of these.
    codes: Vec<String>,
    assets: Vec<String>,
    reporting_currency: String,
}

impl<T: Clone> Asking<T> {
    fn new(given: T, codes: Vec<String>, book: &Book<'_>) -> Self {
        let assets = book.codes("asset").into_iter().chain(book.currencies()).collect();
        let reporting_currency = book.reporting_currency().unwrap_or_default();
        Self { answer: given.clone(), given, codes, assets, reporting_currency }
    }

    fn ask(mut self, questions: &[Question<Self>]) -> Result<T, Failure> {
        in_turn(&mut self, questions)?;
        Ok(self.answer)
    }
}

/// Asks what an asset lacks.
pub(super) fn asset(given: &AssetAddArgs, book: &Book<'_>) -> Result<AssetAddArgs, Failure> {
    Asking::new(given.clone(), book.codes("asset"), book).ask(&[
        |a| text("Code:", &a.given.code, &mut a.answer.code, "", |text| free(text, &a.codes)),
        |a| {
            let usual = a.answer.code.clone().unwrap_or_default();
            text("Name:", &a.given.name, &mut a.answer.name, &usual, name)
        },
        |a| {
            if a.answer.code.as_deref().is_some_and(|code| currency_minor_digits(code).is_some()) {
                return Ok(Turn::Skipped);
            }
            text("Decimals of an amount, 0 to 9:", &a.given.precision, &mut a.answer.precision, "0", number)
        },
        |a| {
            let one = format!("Price of one {}, as in 0.05 USD (Enter: none):", a.answer.code.as_deref().unwrap_or(""));
            if !a.given.rate.is_empty() {
                return Ok(Turn::Skipped);
            }
            let mut answer = String::new();
            let read = |text: &str| {
                if text.is_empty() { Ok(String::new()) } else { text.parse::<TimedRate>().map(|_| text.to_owned()) }
            };
            let turn = word(&one, None, &mut answer, read)?;
            a.answer.rate = answer.parse().into_iter().collect();
            Ok(turn)
        },
    ])
}

/// Asks what a product and its first price lack.
pub(super) fn product(given: Wanted, book: &Book<'_>) -> Result<Wanted, Failure> {
    let own: [Question<Asking<Wanted>>; 3] =
        [new_code, new_name, |a| text("Name of its first price:", &a.given.price, &mut a.answer.price, "", name)];
    Asking::new(given, book.codes("product"), book).ask(&[&own[..], &PRICE].concat())
}

/// Asks what a price lacks.
pub(super) fn price(given: Wanted, book: &Book<'_>) -> Result<Wanted, Failure> {
    let own: [Question<Asking<Wanted>>; 2] = [
        |a| which("Of which product?", a),
        |a| text("Name of the price:", &a.given.price, &mut a.answer.price, "", name),
    ];
    Asking::new(given, book.codes("product"), book).ask(&[&own[..], &PRICE].concat())
}

/// Asks what a vendor lacks; a cost rule only if something was said of one.
pub(super) fn vendor(given: Wanted, book: &Book<'_>) -> Result<Wanted, Failure> {
    let own: [Question<Asking<Wanted>>; 2] = [new_code, new_name];
    let rule = if given.flags.usage.is_empty() { &[][..] } else { &USAGE };
    Asking::new(of_usage(given), book.codes("vendor"), book).ask(&[&own[..], rule].concat())
}

/// Asks what a cost rule lacks.
pub(super) fn cost(given: Wanted, book: &Book<'_>) -> Result<Wanted, Failure> {
    let own: [Question<Asking<Wanted>>; 1] = [|a| which("Of which vendor?", a)];
    Asking::new(of_usage(given), book.codes("vendor"), book).ask(&[&own[..], &USAGE].concat())
}

/// A cost rule is flat; that it is one of usage needs no question.
fn of_usage(given: Wanted) -> Wanted {
    let flags = PriceFlags { kind: Some(PriceType::UsageBased), ..given.flags };
    Wanted { flags, ..given }
}

const PRICE: [Question<Asking<Wanted>>; 12] = [
    |a| pick(a.given.flags.kind.as_ref(), &mut a.answer.flags.kind),
    |a| if is_fixed(a) { Ok(Turn::Skipped) } else { event_type(a) },
    |a| if is_fixed(a) { Ok(Turn::Skipped) } else { usage_type(a) },
    volume_field,
    |a| if is_fixed(a) { Ok(Turn::Skipped) } else { model(a) },
    asset_code,
    rows,
    tiers,
    unit_price,
    volume_rate,
    package_size,
    interval,
];

const USAGE: [Question<Asking<Wanted>>; 8] =
    [event_type, usage_type, volume_field, asset_code, rows, unit_price, volume_rate, package_size];

fn is_fixed(a: &Asking<Wanted>) -> bool {
    a.answer.flags.kind == Some(PriceType::Fixed)
}

fn new_code(a: &mut Asking<Wanted>) -> Result<Turn, Failure> {
    text("Code:", &a.given.code, &mut a.answer.code, "", |text| free(text, &a.codes))
}

/// A code that nothing has yet.
fn free(text: &str, taken: &[String]) -> Result<String, String> {
    if taken.iter().any(|code| code == text) {
        return Err(format!("the catalog has {text} already"));
    }
    code(text)
}

fn new_name(a: &mut Asking<Wanted>) -> Result<Turn, Failure> {
    let usual = a.answer.code.clone().unwrap_or_default();
    text("Name:", &a.given.name, &mut a.answer.name, &usual, name)
}

fn which(question: &str, a: &mut Asking<Wanted>) -> Result<Turn, Failure> {
    if a.given.code.is_some() {
        return Ok(Turn::Skipped);
    }
    if a.codes.is_empty() {
        let failure = Failure::refused("nothing_there", "the catalog has nothing to add it to");
        return Err(
            failure.with_help("add a product with `drawdown product add`, or a vendor with `drawdown vendor add`")
        );
    }
    let Some(chosen) = select(question, &a.codes, 0)? else { return Ok(Turn::Back) };
    a.answer.code = Some(a.codes[chosen].clone());
    Ok(Turn::Answered)
}

fn event_type(a: &mut Asking<Wanted>) -> Result<Turn, Failure> {
    let question = "Type of event, as logs have it:";
    text(question, &a.given.flags.usage.event_type, &mut a.answer.flags.usage.event_type, "", name)
}

fn usage_type(a: &mut Asking<Wanted>) -> Result<Turn, Failure> {
    pick(a.given.flags.usage.usage_type.as_ref(), &mut a.answer.flags.usage.usage_type)
}

fn volume_field(a: &mut Asking<Wanted>) -> Result<Turn, Failure> {
    let usage = &mut a.answer.flags.usage;
    if is_fixed_or(usage.usage_type, has_volume, a.answer.flags.kind) {
        return Ok(Turn::Skipped);
    }
    text("Field that holds the volume:", &a.given.flags.usage.volume_field, &mut usage.volume_field, "", name)
}

/// Whether a question has no place: of a fixed price, or where what is counted lacks it.
fn is_fixed_or(usage: Option<UsageFlag>, counts: fn(UsageFlag) -> bool, kind: Option<PriceType>) -> bool {
    kind == Some(PriceType::Fixed) || !usage.is_some_and(counts)
}

fn model(a: &mut Asking<Wanted>) -> Result<Turn, Failure> {
    let given = a.given.flags.pricing_model.as_ref();
    let turn = pick(given, &mut a.answer.flags.pricing_model)?;
    // What is usual needs no line.
    if given.is_none() && a.answer.flags.pricing_model == Some(ModelFlag::Flat) {
        a.answer.flags.pricing_model = None;
    }
    Ok(turn)
}

fn asset_code(a: &mut Asking<Wanted>) -> Result<Turn, Failure> {
    let known = |text: &str| {
        if a.assets.iter().any(|asset| asset == text) {
            return Ok(text.to_owned());
        }
        let close = closest(text, a.assets.iter().map(String::as_str)).map(|close| format!("; did you mean {close}?"));
        Err(format!("no such asset{}", close.unwrap_or_default()))
    };
    let usage = &mut a.answer.flags.usage;
    text("Charged in which asset:", &a.given.flags.usage.asset, &mut usage.asset, &a.reporting_currency, known)
}

fn rows(a: &mut Asking<Wanted>) -> Result<Turn, Failure> {
    let usage = &a.given.flags.usage;
    let is_priced = usage.unit_price.is_some() || usage.volume_rate.is_some();
    let flags = &mut a.answer.flags;
    if flags.kind == Some(PriceType::Fixed) || has_tiers(flags.pricing_model) || is_priced || !usage.row.is_empty() {
        return Ok(Turn::Skipped);
    }
    several("Price of some events, as in model=gli-2,unit_price=12 (Enter: no more):", &mut flags.usage.row, row)
}

fn tiers(a: &mut Asking<Wanted>) -> Result<Turn, Failure> {
    let flags = &mut a.answer.flags;
    if !has_tiers(flags.pricing_model) || !a.given.flags.tier.is_empty() {
        return Ok(Turn::Skipped);
    }
    let key = if flags.usage.usage_type == Some(UsageFlag::Volume) { "volume_rate" } else { "unit_price" };
    let question = format!("Tier, as in up_to=1000,{key}=0; the last one without up_to (Enter: no more):");
    several(&question, &mut flags.tier, tier)
}

fn unit_price(a: &mut Asking<Wanted>) -> Result<Turn, Failure> {
    let flags = &mut a.answer.flags;
    let is_needed = flags.kind == Some(PriceType::Fixed) || flags.usage.usage_type.is_some_and(has_events);
    if has_tiers(flags.pricing_model) || !flags.usage.row.is_empty() || !is_needed {
        return Ok(Turn::Skipped);
    }
    let asset = flags.usage.asset.clone().unwrap_or_default();
    let of_what = if flags.kind == Some(PriceType::Fixed) { "How much" } else { "For one event, how much" };
    text(&format!("{of_what} {asset}:"), &a.given.flags.usage.unit_price, &mut flags.usage.unit_price, "", number)
}

fn volume_rate(a: &mut Asking<Wanted>) -> Result<Turn, Failure> {
    let flags = &mut a.answer.flags;
    let is_none = is_fixed_or(flags.usage.usage_type, has_volume, flags.kind);
    if is_none || has_tiers(flags.pricing_model) || !flags.usage.row.is_empty() {
        return Ok(Turn::Skipped);
    }
    let asset = flags.usage.asset.clone().unwrap_or_default();
    let question = format!("For the volume, how much {asset}:");
    text(&question, &a.given.flags.usage.volume_rate, &mut flags.usage.volume_rate, "", number)
}

fn package_size(a: &mut Asking<Wanted>) -> Result<Turn, Failure> {
    let flags = &mut a.answer.flags;
    let is_package = flags.pricing_model == Some(ModelFlag::Package);
    let is_volume = !is_fixed_or(flags.usage.usage_type, has_volume, flags.kind);
    if !flags.usage.row.is_empty() || has_tiers(flags.pricing_model) || !(is_package || is_volume) {
        return Ok(Turn::Skipped);
    }
    let size = &mut flags.usage.package_size;
    let turn = text("For how many units:", &a.given.flags.usage.package_size, size, "1", number)?;
    if turn == Turn::Answered && !is_package && size.as_deref() == Some("1") {
        *size = None;
    }
    Ok(turn)
}

/// Once is one of the answers, beside the intervals.
fn interval(a: &mut Asking<Wanted>) -> Result<Turn, Failure> {
    if !is_fixed(a) || a.given.flags.interval.is_some() || a.given.flags.one_time {
        return Ok(Turn::Skipped);
    }
    let units = IntervalFlag::value_variants();
    let labels = units.iter().map(label).chain(["Once, at the start".to_owned()]);
    let Some(chosen) = select("How often is it charged?", &labels.collect::<Vec<_>>(), 0)? else {
        return Ok(Turn::Back);
    };
    a.answer.flags.interval = units.get(chosen).copied();
    a.answer.flags.one_time = chosen == units.len();
    Ok(Turn::Answered)
}

/// Asks for a text; there is no way round it.
fn text(
    question: &str,
    given: &Option<String>,
    answer: &mut Option<String>,
    usual: &str,
    read: impl Fn(&str) -> Result<String, String>,
) -> Result<Turn, Failure> {
    let mut text = answer.clone().unwrap_or_else(|| usual.to_owned());
    let turn = word(question, given.as_ref(), &mut text, read)?;
    if turn == Turn::Answered {
        *answer = Some(text);
    }
    Ok(turn)
}

fn pick<T: Choice>(given: Option<&T>, answer: &mut Option<T>) -> Result<Turn, Failure> {
    let Some(mut chosen) = answer.clone().or_else(|| T::value_variants().first().cloned()) else {
        return Ok(Turn::Skipped);
    };
    let turn = choose(given, &mut chosen)?;
    if turn == Turn::Answered {
        *answer = Some(chosen);
    }
    Ok(turn)
}

/// Asks again and again, until nothing is answered; Esc takes the last answer back first.
fn several(question: &str, answers: &mut Vec<Pairs>, read: fn(&str) -> Result<Pairs, String>) -> Result<Turn, Failure> {
    loop {
        let mut answer = String::new();
        let check = |text: &str| if text.is_empty() { Ok(String::new()) } else { read(text).map(|_| text.to_owned()) };
        match word(question, None, &mut answer, check)? {
            Turn::Back if answers.pop().is_none() => return Ok(Turn::Back),
            Turn::Back => {}
            _ if answer.is_empty() => return Ok(Turn::Answered),
            _ => answers.extend(read(&answer)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_in_full_is_not_asked_for() {
        let flags =
            PriceFlags { kind: Some(PriceType::Fixed), interval: Some(IntervalFlag::Month), ..PriceFlags::default() };
        let mut wanted = Wanted { code: Some("studio".to_owned()), price: Some("Fee".to_owned()), flags, name: None };
        wanted.flags.usage.asset = Some("USD".to_owned());
        wanted.flags.usage.unit_price = Some("20".to_owned());
        let asking = Asking {
            answer: wanted.clone(),
            given: wanted,
            codes: Vec::new(),
            assets: vec!["USD".to_owned()],
            reporting_currency: String::new(),
        };
        let asked = asking.ask(&PRICE).unwrap();
        assert_eq!(asked.flags.interval, Some(IntervalFlag::Month));
    }
}
