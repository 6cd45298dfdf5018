//! `drawdown auto-topup`.

use crate::billing::{AutoTopupRule, Engine};
use crate::cli::amount::{check_currency, payment, split, units};
use crate::cli::args::{AutoTopupCommand, AutoTopupListArgs, AutoTopupRemoveArgs, AutoTopupSetArgs};
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::ids::AssetId;
use crate::ledger::{Access, CustomerRow, Ledger, LedgerError, Writer};
use crate::money::Asset;
use crate::render::{Column, Table};
use crate::time::Instant;
use serde::Serialize;

pub(super) fn run(command: &AutoTopupCommand, context: &Context) -> Outcome {
    match command {
        AutoTopupCommand::Set(args) => set(args, context),
        AutoTopupCommand::List(args) => list(args, context),
        AutoTopupCommand::Remove(args) => remove(args, context),
    }
}

/// A rule as it is shown.
#[derive(Serialize)]
pub(super) struct RuleView {
    /// Absent for the catalog's, which are for everybody without a rule of their own.
    customer: Option<String>,
    asset: String,
    /// Whether it ever pays.
    on: bool,
    threshold: Option<String>,
    amount: Option<String>,
    currency: Option<String>,
    limit: Option<String>,
}

impl RuleView {
    fn new(engine: &Engine, customer: Option<String>, asset: AssetId, rule: &AutoTopupRule) -> Self {
        let asset = engine.asset(asset);
        let off = Self {
            customer,
            asset: asset.code.clone(),
            on: false,
            threshold: None,
            amount: None,
            currency: None,
            limit: None,
        };
        let AutoTopupRule::On { threshold, amount, currency, limit } = rule else { return off };
        let currency = engine.asset(*currency);
        Self {
            on: true,
            threshold: Some(asset.format(*threshold)),
            amount: Some(currency.format(*amount)),
            currency: Some(currency.code.clone()),
            limit: limit.map(|limit| currency.format(limit)),
            ..off
        }
    }
}

/// One row for each rule.
pub(super) fn rule_table<'a>(rules: impl IntoIterator<Item = &'a RuleView>) -> Table {
    let mut table = Table::new(vec![
        Column::text("rule_of"),
        Column::text("customer"),
        Column::text("asset"),
        Column::number("threshold"),
        Column::number("amount"),
        Column::text("currency"),
        Column::number("monthly_limit"),
    ]);
    for rule in rules {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let of = if rule.customer.is_some() { "customer" } else { "catalog" };
        let amount = if rule.on { text(&rule.amount) } else { "never".to_owned() };
        table.row(vec![
            of.to_owned(),
            text(&rule.customer),
            rule.asset.clone(),
            text(&rule.threshold),
            amount,
            text(&rule.currency),
            text(&rule.limit),
        ]);
    }
    table
}

/// The catalog's rules and the customers' own; of one customer, those that are in force for them.
pub(super) fn rules(
    ledger: &Ledger,
    engine: &Engine,
    customer: Option<&CustomerRow>,
) -> Result<Vec<RuleView>, LedgerError> {
    let own = ledger.rules()?.into_iter().filter(|rule| customer.is_none_or(|c| c.external_id == rule.customer));
    let own: Vec<_> = own.map(|rule| RuleView::new(engine, Some(rule.customer), rule.asset, &rule.rule)).collect();
    let mut rules: Vec<RuleView> =
        engine.catalog_rules().into_iter().map(|(asset, rule)| RuleView::new(engine, None, asset, rule)).collect();
    rules.retain(|rule| customer.is_none() || own.iter().all(|own| own.asset != rule.asset));
    rules.extend(own);
    Ok(rules)
}

#[derive(Serialize)]
struct List {
    rows: Vec<RuleView>,
}

fn list(args: &AutoTopupListArgs, context: &Context) -> Outcome {
    let rows = context.ledger(Access::Read)?.read(|ledger| {
        let customer = args.customer.as_deref().map(|id| ledger.customer(id)).transpose()?;
        rules(ledger, &ledger.engine()?, customer.as_ref())
    })?;
    let list = List { rows };
    context.out.data("auto-topup list", &list, || rule_table(&list.rows).into())?;
    if list.rows.is_empty() {
        context.out.note("no rules; `drawdown auto-topup set` makes one");
    }
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Changed {
    changed: bool,
    #[serde(flatten)]
    rule: Option<RuleView>,
}

fn set(args: &AutoTopupSetArgs, context: &Context) -> Outcome {
    let mut ledger = context.ledger(Access::Write)?;
    let mut writer = ledger.write()?;
    let mut engine = writer.engine()?;
    let customer = writer.customer(&args.customer)?;
    let asset = writer.asset_id(&mut engine, &args.asset)?;
    let rule = match (&args.threshold, &args.amount) {
        (Some(threshold), Some(amount)) => {
            let limit = args.limit.as_deref();
            rule_on(&mut writer, &mut engine, asset, threshold, amount, limit)?
        }
        _ => AutoTopupRule::Off,
    };
    let changed = writer.set_rule(&customer, asset, Some(&rule))?;
    writer.commit()?;
    let view = RuleView::new(&engine, Some(args.customer.clone()), asset, &rule);
    let data = Changed { changed, rule: Some(view) };
    context.out.data("auto-topup set", &data, || rule_table(&data.rule).into())?;
    let (who, asset) = (&args.customer, &args.asset);
    context.out.note(&match (changed, &rule) {
        (false, _) => format!("{who} has this rule for {asset} already, nothing changed"),
        (true, AutoTopupRule::Off) => format!("{asset} of {who} is never topped up automatically"),
        (true, AutoTopupRule::On { .. }) => format!("{asset} of {who} is topped up by this rule from now on"),
    });
    Ok(Exit::Done)
}

/// A rule that pays, checked as `check` does the catalog's.
fn rule_on(
    writer: &mut Writer<'_>,
    engine: &mut Engine,
    asset_id: AssetId,
    threshold: &str,
    amount: &str,
    limit: Option<&str>,
) -> Result<AutoTopupRule, Failure> {
    let (number, code) = split(amount)?;
    let currency_id = writer.asset_id(engine, code)?;
    let (asset, currency) = (engine.asset(asset_id), engine.asset(currency_id));
    check_currency(currency)?;
    let threshold = units(threshold, asset, asset.precision)?;
    let amount = payment(number, currency)?;
    let limit = limit.map(|limit| limit_units(limit, currency)).transpose()?;
    if limit.is_some_and(|limit| limit < amount) {
        let failure = Failure::refused("bad_rule", "--limit is less than --amount: the rule could never pay");
        return Err(failure.with_help("raise the limit, or lower the amount"));
    }
    check_purchase(engine, amount, currency, asset)?;
    Ok(AutoTopupRule::On { threshold, amount, currency: currency_id, limit })
}

fn limit_units(text: &str, currency: &Asset) -> Result<i64, Failure> {
    let (number, code) = split(text)?;
    if code != currency.code {
        let failure = Failure::refused("bad_rule", format!("--limit is in {code}, but {} is paid", currency.code));
        return Err(failure.with_help(format!("give the limit in {}", currency.code)));
    }
    payment(number, currency)
}

/// A payment must buy something at every rate that the asset has, for a rule has no time of its own.
fn check_purchase(engine: &Engine, amount: i64, currency: &Asset, asset: &Asset) -> Result<(), Failure> {
    if asset.code == currency.code {
        return Ok(());
    }
    let mut starts = asset.rates.iter().filter(|rate| rate.source == currency.code).peekable();
    if starts.peek().is_none() {
        let failure = Failure::refused("no_rate", format!("{} has no rate in {}", asset.code, currency.code));
        return Err(failure.with_help("pay in a currency that it has a rate in; `drawdown asset show` lists them"));
    }
    for rate in starts {
        let at = rate.valid_from.unwrap_or(Instant::EPOCH);
        let bought = engine.book.purchase(amount, currency, asset, at);
        if bought.map_err(|error| Failure::refused("bad_rule", format!("--amount: {error}")))? == 0 {
            let paid = format!("{} {}", currency.format(amount), currency.code);
            let failure = Failure::refused("bad_rule", format!("a payment of {paid} buys no {}", asset.code));
            return Err(failure.with_help("raise the amount"));
        }
    }
    Ok(())
}

fn remove(args: &AutoTopupRemoveArgs, context: &Context) -> Outcome {
    let (who, asset) = (&args.customer, &args.asset);
    let mut ledger = context.ledger(Access::Write)?;
    let known = ledger.engine()?.asset_id(asset);
    if ledger.rules()?.iter().any(|rule| rule.customer == *who && Some(rule.asset) == known) {
        context.confirm(&format!("Take away {who}'s own rule for {asset}?"))?;
    }
    let mut writer = ledger.write()?;
    let mut engine = writer.engine()?;
    let customer = writer.customer(who)?;
    let asset_id = writer.asset_id(&mut engine, asset)?;
    let changed = writer.set_rule(&customer, asset_id, None)?;
    writer.commit()?;
    let fallback = engine.catalog_rules().into_iter().find(|(id, _)| *id == asset_id);
    let rule = fallback.map(|(id, rule)| RuleView::new(&engine, None, id, rule));
    let data = Changed { changed, rule };
    context.out.data("auto-topup remove", &data, || rule_table(&data.rule).into())?;
    let holds = if data.rule.is_some() { "the catalog's holds" } else { "the catalog has none either" };
    context.out.note(&match changed {
        true => format!("{who} has no rule of their own for {asset} any more; {holds}"),
        false => format!("{who} had no rule of their own for {asset}, nothing changed; {holds}"),
    });
    Ok(Exit::Done)
}
