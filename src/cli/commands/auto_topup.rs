//! `drawdown auto-topup`.

use crate::billing::{AutoTopupRule, Engine, Facts, FellDue};
use crate::cli::amount::{check_currency, payment, split, units};
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::fell_due::FellDueView;
use crate::cli::rules::{RuleView, rule_table, rules};
use crate::ids::AssetId;
use crate::ledger::{Access, CustomerRow, Writer};
use crate::money::{Asset, Units};
use crate::report::PastDue;
use crate::time::Instant;
use clap::{Args, Subcommand};
use serde::Serialize;

/// Manage rules that top up a low balance
#[derive(Debug, Subcommand)]
#[command(
    arg_required_else_help = true,
    after_long_help = "\
Examples:
  drawdown auto-topup set acme CREDIT --threshold 100 --amount \"20 USD\"
  drawdown auto-topup list"
)]
pub enum AutoTopupCommand {
    /// Give a customer a rule of their own, in place of the catalog's
    ///
    /// The rule applies to every event recorded from now on, whatever the event's time. What is past due is tried again
    /// with it at once.
    #[command(after_long_help = "\
Examples:
  drawdown auto-topup set acme CREDIT --threshold 100 --amount \"20 USD\"
  drawdown auto-topup set acme CREDIT --threshold 100 \\
      --amount \"20 USD\" --limit \"200 USD\"
  drawdown auto-topup set acme CREDIT --off")]
    Set(AutoTopupSetArgs),
    /// List the catalog's rules and the customers' own
    #[command(after_long_help = "Examples:\n  drawdown auto-topup list acme")]
    List(AutoTopupListArgs),
    /// Remove a customer's own rule; the catalog's, if any, applies again to events recorded from now on
    #[command(after_long_help = "Examples:\n  drawdown auto-topup remove acme CREDIT --yes")]
    Remove(AutoTopupRemoveArgs),
}

/// A rule.
#[derive(Debug, Args)]
pub struct AutoTopupSetArgs {
    /// The customer's id.
    #[arg(value_name = "CUSTOMER", add = candidates::customers())]
    pub customer: String,
    /// The asset that is topped up.
    #[arg(value_name = "ASSET", add = candidates::assets())]
    pub asset: String,
    /// Pay when the balance falls below this.
    #[arg(long, value_name = "AMOUNT", allow_negative_numbers = true, required_unless_present = "off")]
    pub threshold: Option<String>,
    /// The amount of each payment, with its currency: "20 USD".
    #[arg(long, value_name = "AMOUNT CURRENCY", required_unless_present = "off")]
    pub amount: Option<String>,
    /// The most to pay in a calendar month, with its currency [default: no limit]
    #[arg(long, value_name = "AMOUNT CURRENCY")]
    pub limit: Option<String>,
    /// Never top up this customer, even if the catalog has a rule.
    #[arg(long, conflicts_with_all = ["threshold", "amount", "limit"])]
    pub off: bool,
}

/// Whose rules.
#[derive(Debug, Args)]
pub struct AutoTopupListArgs {
    /// Only this customer's [default: everybody's]
    #[arg(value_name = "CUSTOMER", add = candidates::customers())]
    pub customer: Option<String>,
}

/// The rule that is removed: of one customer, for one asset.
#[derive(Debug, Args)]
pub struct AutoTopupRemoveArgs {
    /// The customer's id.
    #[arg(value_name = "CUSTOMER", add = candidates::customers())]
    pub customer: String,
    /// The asset that is topped up.
    #[arg(value_name = "ASSET", add = candidates::assets())]
    pub asset: String,
}

pub(super) fn run(command: &AutoTopupCommand, context: &Context) -> Outcome {
    match command {
        AutoTopupCommand::Set(args) => set(args, context),
        AutoTopupCommand::List(args) => list(args, context),
        AutoTopupCommand::Remove(args) => remove(args, context),
    }
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
    #[serde(flatten)]
    retried: Retried,
}

/// What became of what was past due, which another rule may pay.
#[derive(Serialize)]
struct Retried {
    recovered: bool,
    /// What still waits for a payment.
    past_due: Vec<PastDue>,
    #[serde(flatten)]
    fell_due: FellDueView,
}

impl Retried {
    /// Tries it again, at the time that the customer has come to, if their rule is another one now.
    fn new(
        writer: &mut Writer<'_>,
        engine: &mut Engine,
        customer: &CustomerRow,
        changed: bool,
    ) -> Result<Self, Failure> {
        let (mut life, mut facts) = (writer.life(customer.id, engine)?, Facts::default());
        if changed && !life.past_due.is_empty() {
            engine.retry(&mut life, &mut facts)?;
        }
        let past_due = PastDue::all(engine, &life, &customer.external_id);
        let recovered = !facts.recoveries.is_empty();
        let fell_due = FellDueView::new(&FellDue::of(&facts), engine);
        if !facts.is_still() {
            writer.record(&mut life, &mut facts)?;
        }
        Ok(Self { recovered, past_due, fell_due })
    }

    fn say(&self, context: &Context) {
        if self.recovered {
            context.out.note("what was past due is paid");
        }
        self.fell_due.lines().iter().for_each(|line| context.out.note(line));
        self.past_due.iter().for_each(|due| context.out.note(&due.to_string()));
    }
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
    let retried = Retried::new(&mut writer, &mut engine, &customer, changed)?;
    context.commit(writer, &format!("set the rule of {} for {}", args.customer, args.asset))?;
    let view = RuleView::new(&engine, Some(args.customer.clone()), asset, &rule);
    let data = Changed { changed, rule: Some(view), retried };
    context.out.data("auto-topup set", &data, || rule_table(&data.rule).into())?;
    let (who, asset) = (&args.customer, &args.asset);
    context.out.note(&match (changed, &rule) {
        (false, _) => format!("{who} has this rule for {asset} already, nothing changed"),
        (true, AutoTopupRule::Off) => format!("{asset} of {who} is never topped up automatically"),
        (true, AutoTopupRule::On { .. }) => format!("{asset} of {who} is topped up by this rule from now on"),
    });
    data.retried.say(context);
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
    check_purchase(engine, threshold, amount, currency, asset)?;
    Ok(AutoTopupRule::On { threshold, amount, currency: currency_id, limit })
}

fn limit_units(text: &str, currency: &Asset) -> Result<Units, Failure> {
    let (number, code) = split(text)?;
    if code != currency.code {
        let failure = Failure::refused("bad_rule", format!("--limit is in {code}, but {} is paid", currency.code));
        return Err(failure.with_help(format!("give the limit in {}", currency.code)));
    }
    payment(number, currency)
}

/// A payment must buy something at every rate that the asset has, for a rule has no time of its own; and, below the threshold,
/// not more than the account can hold.
fn check_purchase(
    engine: &Engine,
    threshold: Units,
    amount: Units,
    currency: &Asset,
    asset: &Asset,
) -> Result<(), Failure> {
    let check_room = |bought: Units| match bought.checked_add(threshold) {
        Some(_) => Ok(()),
        None => {
            let (held, bought, limit) = (asset.amount(threshold), asset.amount(bought), asset.limit());
            let message = format!(
                "below --threshold {held}, a payment buys {bought} {code}, more than the account can hold: {limit}",
                code = asset.code
            );
            Err(Failure::refused("bad_rule", message).with_help("lower --amount or --threshold"))
        }
    };
    if asset.code == currency.code {
        return check_room(amount);
    }
    let mut starts = asset.rates.iter().filter(|rate| rate.source == currency.code).peekable();
    if starts.peek().is_none() {
        let failure = Failure::refused("no_rate", format!("{} has no rate in {}", asset.code, currency.code));
        return Err(failure.with_help("pay in a currency that it has a rate in; `drawdown asset show` lists them"));
    }
    for rate in starts {
        let at = rate.valid_from.unwrap_or(Instant::EPOCH);
        let bought = engine.book.purchase(amount, currency, asset, at);
        let bought = bought.map_err(|error| Failure::refused("bad_rule", format!("--amount: {error}")))?;
        check_room(bought)?;
        if bought.is_zero() {
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
        context.confirm(&format!("Remove {who}'s own rule for {asset}?"))?;
    }
    let mut writer = ledger.write()?;
    let mut engine = writer.engine()?;
    let customer = writer.customer(who)?;
    let asset_id = writer.asset_id(&mut engine, asset)?;
    let changed = writer.set_rule(&customer, asset_id, None)?;
    let retried = Retried::new(&mut writer, &mut engine, &customer, changed)?;
    context.commit(writer, &format!("took away the rule of {who} for {asset}"))?;
    let fallback = engine.catalog_rules().into_iter().find(|(id, _)| *id == asset_id);
    let rule = fallback.map(|(id, rule)| RuleView::new(&engine, None, id, rule));
    let data = Changed { changed, rule, retried };
    context.out.data("auto-topup remove", &data, || rule_table(&data.rule).into())?;
    let holds = if data.rule.is_some() { "the catalog's rule applies" } else { "the catalog has none either" };
    context.out.note(&match changed {
        true => format!("{who} has no rule of their own for {asset} any more; {holds}"),
        false => format!("{who} had no rule of their own for {asset}, nothing changed; {holds}"),
    });
    data.retried.say(context);
    Ok(Exit::Done)
}
