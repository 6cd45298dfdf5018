//! What is asked on a terminal when a command leaves something out.

use super::files::Files;
use super::flags::{ONE_TIME, name};
use super::notation::{Pairs, TimedRate, number, row, tier};
use super::tables::{has_steps, has_tiers, price_type, pricing_model, usage_type};
use super::wanted::Wanted;
use crate::catalog::keys::{Kind, Word};
use crate::catalog::tables::PRICE;
use crate::catalog::{PriceType, PricingModel, UsageType, closest};
use crate::cli::ask::{Question, Turn, in_turn, select, word};
use crate::cli::error::Failure;
use crate::cli::value::code;
use crate::money::currency_minor_digits;
use crate::time::Unit;

/// What was given, what has been answered, and what answers are checked against.
struct Asking {
    given: Wanted,
    answer: Wanted,
    /// What is there of that kind: a new one has another code, and what is added to one is added to one of these.
    codes: Vec<String>,
    assets: Vec<String>,
    reporting_currency: String,
}

impl Asking {
    fn new(given: Wanted, codes: Vec<String>, files: &Files<'_>) -> Self {
        let assets = files.codes("asset").into_iter().chain(files.currencies()).collect();
        let reporting_currency = files.reporting_currency().unwrap_or_default();
        Self { answer: given.clone(), given, codes, assets, reporting_currency }
    }

    fn ask(mut self, questions: &[Question<Self>]) -> Result<Wanted, Failure> {
        in_turn(&mut self, questions)?;
        Ok(self.answer)
    }
}

/// Asks what an asset lacks.
pub(in crate::cli) fn asset(given: Wanted, files: &Files<'_>) -> Result<Wanted, Failure> {
    Asking::new(given, files.codes("asset"), files).ask(&[
        new_code,
        |a| {
            let usual = a.answer.code.clone().unwrap_or_default();
            text_at("name", "Name:", &usual, name, a)
        },
        |a| {
            if a.answer.code.as_deref().is_some_and(|code| currency_minor_digits(code).is_some()) {
                return Ok(Turn::Skipped);
            }
            text_at("precision", "Decimals of an amount, 0 to 9:", "0", number, a)
        },
        |a| {
            let one = format!("Price of one {}, as in 0.05 USD (Enter: none):", a.answer.code.as_deref().unwrap_or(""));
            if a.given.flags.has("rates") {
                return Ok(Turn::Skipped);
            }
            let mut answer = String::new();
            let read = |text: &str| {
                if text.is_empty() { Ok(String::new()) } else { text.parse::<TimedRate>().map(|_| text.to_owned()) }
            };
            let turn = word(&one, None, &mut answer, read)?;
            a.answer.flags.set("rates", Some(answer).filter(|answer| !answer.is_empty()));
            Ok(turn)
        },
    ])
}

/// Asks what a product and its first price lack.
pub(in crate::cli) fn product(given: Wanted, files: &Files<'_>) -> Result<Wanted, Failure> {
    let own: [Question<Asking>; 3] =
        [new_code, new_name, |a| text("Name of its first price:", &a.given.price, &mut a.answer.price, "", name)];
    Asking::new(given, files.codes("product"), files).ask(&[&own[..], &FIXED_OR_USAGE].concat())
}

/// Asks what a price lacks.
pub(in crate::cli) fn price(given: Wanted, files: &Files<'_>) -> Result<Wanted, Failure> {
    let own: [Question<Asking>; 2] = [
        |a| which("Of which product?", a),
        |a| text("Name of the price:", &a.given.price, &mut a.answer.price, "", name),
    ];
    Asking::new(given, files.codes("product"), files).ask(&[&own[..], &FIXED_OR_USAGE].concat())
}

/// Asks what a vendor lacks; a cost rule only if something was said of one.
pub(in crate::cli) fn vendor(given: Wanted, files: &Files<'_>) -> Result<Wanted, Failure> {
    let own: [Question<Asking>; 2] = [new_code, new_name];
    let rule = if given.flags.is_empty() { &[][..] } else { &USAGE };
    Asking::new(given, files.codes("vendor"), files).ask(&[&own[..], rule].concat())
}

/// Asks what a cost rule lacks.
pub(in crate::cli) fn cost(given: Wanted, files: &Files<'_>) -> Result<Wanted, Failure> {
    let own: [Question<Asking>; 1] = [|a| which("Of which vendor?", a)];
    Asking::new(given, files.codes("vendor"), files).ask(&[&own[..], &USAGE].concat())
}

const FIXED_OR_USAGE: [Question<Asking>; 13] = [
    |a| pick("type", "What kind of price?", a),
    |a| if is_fixed(a) { Ok(Turn::Skipped) } else { event_type(a) },
    |a| if is_fixed(a) { Ok(Turn::Skipped) } else { usage_type_of(a) },
    volume_field,
    |a| if is_fixed(a) { Ok(Turn::Skipped) } else { model(a) },
    period,
    asset_code,
    rows,
    tiers,
    unit_price,
    volume_rate,
    package_size,
    interval,
];

const USAGE: [Question<Asking>; 8] =
    [event_type, usage_type_of, volume_field, asset_code, rows, unit_price, volume_rate, package_size];

fn is_fixed(a: &Asking) -> bool {
    price_type(&a.answer.flags) == Some(PriceType::Fixed)
}

fn new_code(a: &mut Asking) -> Result<Turn, Failure> {
    text("Code:", &a.given.code, &mut a.answer.code, "", |text| free(text, &a.codes))
}

/// A code that nothing has yet.
fn free(text: &str, taken: &[String]) -> Result<String, String> {
    if taken.iter().any(|code| code == text) {
        return Err(format!("the catalog has {text} already"));
    }
    code(text)
}

fn new_name(a: &mut Asking) -> Result<Turn, Failure> {
    let usual = a.answer.code.clone().unwrap_or_default();
    text("Name:", &a.given.name, &mut a.answer.name, &usual, name)
}

fn which(question: &str, a: &mut Asking) -> Result<Turn, Failure> {
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

fn event_type(a: &mut Asking) -> Result<Turn, Failure> {
    text_at("event_type", "Type of event, as logs have it:", "", name, a)
}

fn usage_type_of(a: &mut Asking) -> Result<Turn, Failure> {
    pick("usage_type", "What is counted?", a)
}

fn volume_field(a: &mut Asking) -> Result<Turn, Failure> {
    if is_fixed(a) || !counts(a, UsageType::counts_volume) {
        return Ok(Turn::Skipped);
    }
    text_at("volume_field", "Field that holds the volume:", "", name, a)
}

/// Whether a usage price counts events, or volume.
fn counts(a: &Asking, what: fn(UsageType) -> bool) -> bool {
    usage_type(&a.answer.flags).is_some_and(what)
}

fn model(a: &mut Asking) -> Result<Turn, Failure> {
    let turn = pick("pricing_model", "How do quantities become fees?", a)?;
    // What is usual needs no line.
    if !a.given.flags.has("pricing_model") && pricing_model(&a.answer.flags) == Some(PricingModel::default()) {
        a.answer.flags.set("pricing_model", None);
    }
    Ok(turn)
}

/// Asked where none is assumed.
fn period(a: &mut Asking) -> Result<Turn, Failure> {
    if is_fixed(a) || !has_steps(&a.answer.flags) {
        return Ok(Turn::Skipped);
    }
    pick("tier_period", "When do quantities start from zero again?", a)
}

fn asset_code(a: &mut Asking) -> Result<Turn, Failure> {
    let assets = a.assets.clone();
    let known = |text: &str| {
        if assets.iter().any(|asset| asset == text) {
            return Ok(text.to_owned());
        }
        let close = closest(text, assets.iter().map(String::as_str)).map(|close| format!("; did you mean {close}?"));
        Err(format!("no such asset{}", close.unwrap_or_default()))
    };
    let usual = a.reporting_currency.clone();
    text_at("asset", "Charged in which asset:", &usual, known, a)
}

fn rows(a: &mut Asking) -> Result<Turn, Failure> {
    let given = &a.given.flags;
    let is_priced = given.has("unit_price") || given.has("volume_rate") || given.has("values");
    if is_fixed(a) || has_tiers(&a.answer.flags) || is_priced {
        return Ok(Turn::Skipped);
    }
    several("values", "Price of some events, as in model=gli-2,unit_price=12 (Enter: no more):", row, a)
}

fn tiers(a: &mut Asking) -> Result<Turn, Failure> {
    if !has_tiers(&a.answer.flags) || a.given.flags.has("tiers") {
        return Ok(Turn::Skipped);
    }
    let key = if counts(a, UsageType::counts_events) { "unit_price" } else { "volume_rate" };
    let question = format!("Tier, as in up_to=1000,{key}=0; the last one without up_to (Enter: no more):");
    several("tiers", &question, tier, a)
}

fn unit_price(a: &mut Asking) -> Result<Turn, Failure> {
    let is_needed = is_fixed(a) || counts(a, UsageType::counts_events);
    if has_tiers(&a.answer.flags) || a.answer.flags.has("values") || !is_needed {
        return Ok(Turn::Skipped);
    }
    let asset = a.answer.flags.get("asset").unwrap_or_default();
    let of_what = if is_fixed(a) { "How much" } else { "For one event, how much" };
    text_at("unit_price", &format!("{of_what} {asset}:"), "", number, a)
}

fn volume_rate(a: &mut Asking) -> Result<Turn, Failure> {
    let is_needed = !is_fixed(a) && counts(a, UsageType::counts_volume);
    if !is_needed || has_tiers(&a.answer.flags) || a.answer.flags.has("values") {
        return Ok(Turn::Skipped);
    }
    let asset = a.answer.flags.get("asset").unwrap_or_default();
    text_at("volume_rate", &format!("For the volume, how much {asset}:"), "", number, a)
}

fn package_size(a: &mut Asking) -> Result<Turn, Failure> {
    let is_package = pricing_model(&a.answer.flags) == Some(PricingModel::Package);
    let is_volume = !is_fixed(a) && counts(a, UsageType::counts_volume);
    if a.answer.flags.has("values") || has_tiers(&a.answer.flags) || !(is_package || is_volume) {
        return Ok(Turn::Skipped);
    }
    let turn = text_at("package_size", "For how many units:", "1", number, a)?;
    if turn == Turn::Answered && !is_package && a.answer.flags.get("package_size") == Some("1") {
        a.answer.flags.set("package_size", None);
    }
    Ok(turn)
}

/// Once is one of the answers, beside the intervals.
fn interval(a: &mut Asking) -> Result<Turn, Failure> {
    if !is_fixed(a) || a.given.flags.has("interval") || a.given.flags.has(ONE_TIME) {
        return Ok(Turn::Skipped);
    }
    let units = Unit::NAMES.map(|(name, _)| name);
    let labels = units.iter().map(|unit| format!("Every {unit}")).chain(["Once, at the start".to_owned()]);
    let usual = units.iter().position(|unit| *unit == Unit::Month.name()).unwrap_or_default();
    let Some(chosen) = select("How often is it charged?", &labels.collect::<Vec<_>>(), usual)? else {
        return Ok(Turn::Back);
    };
    a.answer.flags.set("interval", units.get(chosen).map(|unit| (*unit).to_owned()));
    a.answer.flags.set(ONE_TIME, (chosen == units.len()).then(|| "true".to_owned()));
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

/// Asks for the text of a key.
fn text_at(
    key: &'static str,
    question: &str,
    usual: &str,
    read: impl Fn(&str) -> Result<String, String>,
    a: &mut Asking,
) -> Result<Turn, Failure> {
    let given = a.given.flags.get(key).map(str::to_owned);
    let mut answer = a.answer.flags.get(key).map(str::to_owned);
    let turn = text(question, &given, &mut answer, usual, read)?;
    a.answer.flags.set(key, answer);
    Ok(turn)
}

/// Asks for one of the words that a price can have at a key. What is shown is what each of them means.
fn pick(key: &'static str, question: &str, a: &mut Asking) -> Result<Turn, Failure> {
    let Some(Kind::Words(words)) = PRICE.key(key).map(|key| key.kind) else { return Ok(Turn::Skipped) };
    if a.given.flags.has(key) {
        return Ok(Turn::Skipped);
    }
    let words: Vec<&Word> = words.iter().filter(|word| !word.is_alias()).collect();
    let answer = a.answer.flags.get(key).unwrap_or_default();
    let start = words.iter().position(|word| word.name == answer).unwrap_or_default();
    let labels: Vec<String> = words.iter().map(|word| word.about.to_owned()).collect();
    let Some(chosen) = select(question, &labels, start)? else { return Ok(Turn::Back) };
    a.answer.flags.set(key, Some(words[chosen].name.to_owned()));
    Ok(Turn::Answered)
}

/// Asks again and again, until nothing is answered; Esc takes the last answer back first.
fn several(
    key: &'static str,
    question: &str,
    read: fn(&str) -> Result<Pairs, String>,
    a: &mut Asking,
) -> Result<Turn, Failure> {
    let mut answers = a.answer.flags.all(key).to_vec();
    loop {
        let mut answer = String::new();
        let check = |text: &str| if text.is_empty() { Ok(String::new()) } else { read(text).map(|_| text.to_owned()) };
        let turn = word(question, None, &mut answer, check)?;
        match turn {
            Turn::Back if answers.pop().is_some() => {}
            Turn::Back => return Ok(Turn::Back),
            _ if answer.is_empty() => return Ok(Turn::Answered),
            _ => answers.push(answer),
        }
        a.answer.flags.set_all(key, answers.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::add::flags::Given;

    #[test]
    fn what_is_given_in_full_is_not_asked_for() {
        let mut flags = Given::default();
        for (key, value) in [("type", "fixed"), ("interval", "month"), ("asset", "USD"), ("unit_price", "20")] {
            flags.set(key, Some(value.to_owned()));
        }
        let wanted = Wanted { code: Some("studio".to_owned()), price: Some("Fee".to_owned()), flags, name: None };
        let asking = Asking {
            answer: wanted.clone(),
            given: wanted,
            codes: Vec::new(),
            assets: vec!["USD".to_owned()],
            reporting_currency: String::new(),
        };
        let asked = asking.ask(&FIXED_OR_USAGE).unwrap();
        assert_eq!(asked.flags.get("interval"), Some("month"));
    }
}
