//! `drawdown auto-topup`.

use crate::billing::{AutoTopupRule, Engine, FellDue};
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
    /// What fell due before is collected first, as it would have been without the rule. From then on the rule applies to every
    /// event that is recorded, whatever the event's time. What is past due is tried again with it at once.
    #[command(after_long_help = "\
Examples:
  drawdown auto-topup set acme CREDIT --threshold 100 --amount \"20 USD\"
  drawdown auto-topup set acme CREDIT --threshold 100 \\
      --amount \"20 USD\" --limit \"200 USD\"
  drawdown auto-topup set acme CREDIT --off
  drawdown auto-topup set acme CREDIT --threshold 100 \\
      --amount \"20 USD\" --at 2026-07-01")]
    Set(AutoTopupSetArgs),
    /// List the catalog's rules and the customers' own
    #[command(after_long_help = "Examples:\n  drawdown auto-topup list acme")]
    List(AutoTopupListArgs),
    /// Remove a customer's own rule; the catalog's, if any, applies again to events recorded from then on
    #[command(after_long_help = "Examples:\n  drawdown auto-topup remove acme CREDIT --yes")]
    Remove(AutoTopupRemoveArgs),
}

/// The rule that `auto-topup set` makes, and for whom.
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
    /// When it begins.
    #[command(flatten)]
    pub when: RuleTime,
}

/// Whose rules `auto-topup list` prints.
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
    /// When it ends.
    #[command(flatten)]
    pub when: RuleTime,
}

/// When a rule is set or removed.
#[derive(Debug, Args)]
pub struct RuleTime {
    /// When this begins to hold [default: now]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
    /// Allow a time that lies in the future.
    #[arg(long)]
    pub future: bool,
}

impl RuleTime {
    fn check(&self, context: &Context) -> Result<(), Failure> {
        context.booked_at(self.at, self.future).map(drop)
    }
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
    happened: Happened,
}

/// What happened as a rule was set or removed: what fell due until then, and what became of what was past due, which another
/// rule may pay.
#[derive(Serialize)]
struct Happened {
    /// When it was set or removed; absent when nothing changed.
    at: Option<Instant>,
    recovered: bool,
    /// What still waits for a payment.
    past_due: Vec<PastDue>,
    #[serde(flatten)]
    fell_due: FellDueView,
}

impl Happened {
    fn lines(&self) -> Vec<String> {
        let mut lines = self.fell_due.lines();
        if self.recovered {
            lines.push("what was past due is paid".to_owned());
        }
        lines.extend(self.past_due.iter().map(PastDue::to_string));
        lines
    }
}

/// Sets or removes a rule when a command acts.
fn change(
    context: &Context,
    writer: &mut Writer<'_>,
    engine: &mut Engine,
    (customer, at): (&CustomerRow, Option<Instant>),
    rule: (AssetId, Option<AutoTopupRule>),
) -> Result<Happened, Failure> {
    let clock = writer.life(customer.id, engine)?.clock;
    let at = context.acts_at(at, clock)?;
    let (life, facts) = writer.set_rule(engine, customer, rule, at)?;
    let is_new = facts.is_some();
    let facts = facts.unwrap_or_default();
    Ok(Happened {
        at: is_new.then_some(at),
        recovered: !facts.recoveries.is_empty(),
        past_due: PastDue::all(engine, &life, &customer.external_id),
        fell_due: FellDueView::new(&FellDue::of(&facts), engine),
    })
}

fn set(args: &AutoTopupSetArgs, context: &Context) -> Outcome {
    args.when.check(context)?;
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
    let new = (asset, Some(rule.clone()));
    let happened = change(context, &mut writer, &mut engine, (&customer, args.when.at), new)?;
    context.commit(writer, &format!("set the rule of {} for {}", args.customer, args.asset))?;
    let view = RuleView::new(&engine, Some(args.customer.clone()), asset, &rule);
    let data = Changed { changed: happened.at.is_some(), rule: Some(view), happened };
    context.out.data("auto-topup set", &data, || rule_table(&data.rule).into())?;
    let (who, asset) = (&args.customer, &args.asset);
    context.out.note(&match (data.happened.at, &rule) {
        (None, _) => format!("{who} has this rule for {asset} already, nothing changed"),
        (Some(at), AutoTopupRule::Off) => format!("{asset} of {who} is never topped up automatically from {at} on"),
        (Some(at), AutoTopupRule::On { .. }) => format!("{asset} of {who} is topped up by this rule from {at} on"),
    });
    data.happened.lines().iter().for_each(|line| context.out.note(line));
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
    args.when.check(context)?;
    let (who, asset) = (&args.customer, &args.asset);
    let mut ledger = context.ledger(Access::Write)?;
    if !context.globals.yes {
        let data = removed(&mut ledger.write()?, args, context)?;
        if data.changed {
            let lines: Vec<String> = data.happened.lines().into_iter().map(|line| format!("{line}. ")).collect();
            context.confirm(&format!("{}Remove {who}'s own rule for {asset}?", lines.concat()))?;
        }
    }
    let mut writer = ledger.write()?;
    let data = removed(&mut writer, args, context)?;
    context.commit(writer, &format!("removed the rule of {who} for {asset}"))?;
    context.out.data("auto-topup remove", &data, || rule_table(&data.rule).into())?;
    let holds = if data.rule.is_some() { "the catalog's rule applies" } else { "the catalog has none either" };
    context.out.note(&match data.happened.at {
        Some(at) => format!("{who} has no rule of their own for {asset} from {at} on; {holds}"),
        None => format!("{who} had no rule of their own for {asset}, nothing changed; {holds}"),
    });
    data.happened.lines().iter().for_each(|line| context.out.note(line));
    Ok(Exit::Done)
}

/// Removes a rule, and says which one applies then.
fn removed(writer: &mut Writer<'_>, args: &AutoTopupRemoveArgs, context: &Context) -> Result<Changed, Failure> {
    let mut engine = writer.engine()?;
    let customer = writer.customer(&args.customer)?;
    let asset = writer.asset_id(&mut engine, &args.asset)?;
    let happened = change(context, writer, &mut engine, (&customer, args.when.at), (asset, None))?;
    let rule = engine.catalog_rules().into_iter().find(|(id, _)| *id == asset);
    let rule = rule.map(|(id, rule)| RuleView::new(&engine, None, id, rule));
    Ok(Changed { changed: happened.at.is_some(), rule, happened })
}
