//! `drawdown refund`.

use crate::billing::{Engine, FellDue, NewRefund, RefundError, RefundFact, RefundOf, RefundRest};
use crate::cli::amount::{split, units};
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::fell_due::FellDueView;
use crate::cli::value::new_id;
use crate::ledger::{Access, LedgerError, Named, PaymentRow, Unrefunded, Whereabouts, Writer};
use crate::money::{Amount, Asset, Units, Value};
use crate::render::{Cell, Column, Table, counted};
use crate::time::Instant;
use clap::{Args, ValueEnum};
use serde::Serialize;

/// Refund a payment, or a part of it
///
/// Refunding a top-up pays back its unused credit and removes it. Refunding fixed charges pays back what they have not earned
/// yet; an AMOUNT above that is also taken from revenue, as of the refund. Reports of earlier times don't change, and the
/// subscription goes on. This records the refund, and moves no money. `payments list` shows the ids of payments. Asks first,
/// unless --yes is given.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown refund invoice-1 --dry-run
  drawdown refund invoice-1 --yes
  drawdown refund payment-1 0.50 --id refund-7 --yes \\
      --note outage")]
pub struct RefundArgs {
    /// The payment's id.
    #[arg(value_name = "PAYMENT_ID", add = candidates::payments())]
    pub payment: String,
    /// How much to pay back, in the payment's currency [default: a top-up's unused credit, or what charges have not earned yet]
    #[arg(value_name = "AMOUNT", allow_negative_numbers = true)]
    pub amount: Option<String>,
    /// The kind of payment, if two have the same id.
    #[arg(long, value_name = "KIND")]
    pub kind: Option<RefundKind>,
    /// An id for this refund, so that running the command again changes nothing [default: made up and printed]
    #[arg(long, value_name = "KEY", value_parser = new_id)]
    pub id: Option<String>,
    /// When the money is paid back [default: now]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
    /// Allow a time that lies in the future.
    #[arg(long)]
    pub future: bool,
    /// Show what would happen, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// The reason, for `ledger log`.
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
}

/// The kinds of payments that can be refunded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum RefundKind {
    /// Credit that was bought by hand
    Topup,
    /// Credit that was bought by an automatic rule
    AutoTopup,
    /// Fixed charges
    Charge,
    /// What `payments list` calls a payment made elsewhere: an adjustment, which `adjust` takes back
    #[value(hide = true)]
    ExternalTopup,
}

impl RefundKind {
    fn of(payment: &PaymentRow) -> Self {
        match payment {
            PaymentRow::Topup(topup) if topup.key.is_some() => Self::Topup,
            PaymentRow::Topup(_) => Self::AutoTopup,
            PaymentRow::Charges(_) => Self::Charge,
        }
    }
}

/// A refund in the ledger.
#[derive(Debug, Serialize)]
struct Data {
    id: String,
    payment: String,
    customer: String,
    at: Instant,
    amount: Amount,
    currency: String,
    /// The credit that was taken, of a top-up.
    taken: Option<Amount>,
    asset: Option<String>,
    /// What that had cost and no money goes back for, in the reporting currency.
    kept: Option<Amount>,
    /// How much had not been earned yet, of a payment for charges.
    unearned: Option<Amount>,
    /// How much had been earned.
    earned: Option<Amount>,
    recorded: bool,
    dry_run: bool,
    #[serde(flatten)]
    fell_due: FellDueView,
}

pub(super) fn run(args: &RefundArgs, context: &Context) -> Outcome {
    context.booked_at(args.at, args.future)?;
    let mut ledger = context.ledger(Access::Write)?;
    let mut confirmed = None;
    if !args.dry_run && !context.globals.yes {
        let data = make(&mut ledger.write()?, args, context)?;
        if data.recorded {
            let lines = [data.line("would give back")].into_iter().chain(data.fell_due.lines());
            context.confirm(&format!("{}. Give it back?", lines.collect::<Vec<_>>().join(". ")))?;
        }
        confirmed = Some(data);
    }
    let mut writer = ledger.write()?;
    let data = make(&mut writer, args, context)?;
    if confirmed.is_some_and(|before| (before.amount, before.taken) != (data.amount, data.taken)) {
        let failure = Failure::refused("changed", "what can go back has changed meanwhile; nothing was changed");
        return Err(failure.with_help("run the command again"));
    }
    let told = data.line(if args.dry_run { "would give back" } else { "gave back" });
    if args.dry_run {
        drop(writer);
    } else {
        let note =
            args.note.as_ref().filter(|note| !note.is_empty()).map(|note| format!(" ({note})")).unwrap_or_default();
        context.commit(writer, &format!("{told}; recorded as {}{note}", data.id))?;
    }
    context.out.data("refund", &data, || data.table().into())?;
    match args.dry_run {
        true if data.recorded => context.out.note(&format!("{told}; dry run, nothing was changed")),
        _ => context.say_recorded(&format!("{told}; recorded as {}", data.id), &data.id, data.recorded, false),
    }
    data.fell_due.lines().iter().for_each(|line| context.out.note(line));
    Ok(Exit::Done)
}

/// Makes the refund, unless its id says that this was done before.
fn make(writer: &mut Writer<'_>, args: &RefundArgs, context: &Context) -> Result<Data, Failure> {
    let mut engine = writer.engine()?;
    let payment = payment(writer, args)?;
    let (currency, _) = payment.paid();
    let amount = args.amount.as_ref().map(|text| amount(text, engine.asset(currency))).transpose()?;
    let key = args.id.clone().map_or_else(|| writer.new_refund_key(), Ok)?;
    if let Some(before) = writer.recorded_refund(&key)? {
        let customer = writer.payer(&payment)?;
        check_same(&before, &payment, (amount, args.at), &engine)?;
        return data(&engine, writer, (&payment, &before), customer, (false, args.dry_run), &FellDue::default());
    }
    let is_taken = matches!(writer.named_payment(&key)?, Named::Payment(_) | Named::Several(_));
    if is_taken || will_be_a_payments(&key) {
        let failure = Failure::refused("id_taken", format!("{key:?} is the id of a payment"));
        return Err(failure.with_help("give the refund another --id"));
    }
    let at = context.acts_at(args.at, writer.life(payment.customer(), &engine)?.clock)?;
    let new = NewRefund { key, at, amount };
    match writer.refund(&mut engine, &payment, new)? {
        Ok(made) => {
            let fell_due = FellDue::of(&made.facts);
            data(&engine, writer, (&payment, &made.refund), made.customer, (true, args.dry_run), &fell_due)
        }
        Err(unrefunded) => Err(refused(&engine, &payment, amount, unrefunded)),
    }
}

/// Whether it is a name that payments get by themselves, now or later.
fn will_be_a_payments(key: &str) -> bool {
    let number = |name: &str| key.strip_prefix(name).is_some_and(|number| number.parse::<u64>().is_ok());
    number("payment-") || number("auto-topup-")
}

/// The payment of that id.
fn payment(writer: &Writer<'_>, args: &RefundArgs) -> Result<PaymentRow, Failure> {
    let id = &args.payment;
    let is_meant = |payment: &PaymentRow| args.kind.is_none_or(|kind| kind == RefundKind::of(payment));
    let unknown = || Failure::refused("unknown_payment", format!("there is no payment {id:?}"));
    let lists = "`drawdown payments list` shows the payments";
    let (what, help) = match writer.named_payment(id)? {
        Named::Payment(payment) if is_meant(&payment) => return Ok(payment),
        Named::Several(payments) => {
            let mut meant = payments.into_iter().filter(is_meant);
            return match (meant.next(), meant.next()) {
                (Some(payment), None) => Ok(payment),
                (None, _) => Err(unknown().with_help(lists)),
                _ => Err(Failure::refused("ambiguous_payment", format!("there are two payments {id:?}"))
                    .with_help("say which with --kind: topup, auto_topup or charge")),
            };
        }
        Named::Payment(_) => return Err(unknown().with_help(format!("there is one of another kind; {lists}"))),
        Named::Event => ("an event", format!("`drawdown void {id}` takes back what it was charged")),
        Named::Customer => ("a customer", format!("`drawdown payments list {id}` shows their payments")),
        Named::Adjustment => {
            ("an adjustment, not a payment", "`drawdown adjust CUSTOMER -AMOUNT ASSET` takes it back".to_owned())
        }
        Named::Refund => ("a refund already", lists.to_owned()),
        Named::Nothing(close) => {
            let meant = close.map(|close| format!("did you mean {close:?}? ")).unwrap_or_default();
            let wallet = "amounts paid from the wallet are not payments: give them back with `drawdown adjust`";
            return Err(unknown().with_help(format!("{meant}{lists}; {wallet}")));
        }
    };
    Err(Failure::refused("not_a_payment", format!("{id:?} is {what}")).with_help(help))
}

/// `6`, or `6 USD` to be sure.
fn amount(text: &str, currency: &Asset) -> Result<Units, Failure> {
    let number = match text.trim().contains(char::is_whitespace) {
        true => split(text)?,
        false => (text, currency.code.as_str()),
    };
    if number.1 != currency.code {
        let message = format!("the payment was made in {}, not in {}", currency.code, number.1);
        return Err(Failure::refused("other_currency", message));
    }
    let amount = units(number.0, currency, currency.payment_digits())?;
    if amount.is_positive() {
        Ok(amount)
    } else {
        Err(Failure::refused("refused", "the amount must be more than zero"))
    }
}

/// An id that was used before must stand for the same refund. What is not given was left to the first time.
fn check_same(
    before: &RefundFact,
    payment: &PaymentRow,
    (amount, at): (Option<Units>, Option<Instant>),
    engine: &Engine,
) -> Result<(), LedgerError> {
    let at = at.unwrap_or(before.at);
    let amount = amount.unwrap_or(before.amount);
    if payment.has(before) && amount == before.amount && at == before.at {
        return Ok(());
    }
    let told = |amount, currency, at, of: String| {
        let currency = engine.asset(currency);
        format!("{} {}{of} at {at}", currency.format(amount), currency.code)
    };
    let other = if payment.has(before) { "" } else { " of another payment" };
    Err(LedgerError::Conflict {
        key: before.key.clone(),
        before: told(before.amount, before.currency, before.at, other.to_owned()),
        now: told(amount, payment.paid().0, at, format!(" of {}", payment.name())),
    })
}

/// Why it can't go back, with the figures.
fn refused(
    engine: &Engine,
    payment: &PaymentRow,
    wanted: Option<Units>,
    Unrefunded { why, went, fell_due }: Unrefunded,
) -> Failure {
    let rest = match why {
        RefundError::TooMuch(rest) => rest,
        RefundError::Life(error) => return error.into(),
        other => return Failure::refused("refused", other.to_string()),
    };
    let currency = engine.asset(payment.paid().0);
    let money = |units: Units| format!("{} {}", currency.format(units), currency.code);
    let name = payment.name();
    let message = match wanted {
        Some(wanted) => format!("{} is more than can go back of {name}: {}", money(wanted), money(rest.most)),
        None if rest.most.is_positive() => format!("nothing of {name} is still to be earned"),
        None => format!("nothing of {name} can go back"),
    };
    let mut went = went.map_or_else(|| charged(&rest, money), |went| whereabouts(&went, engine));
    if fell_due.renewals > 0 {
        let fall = if fell_due.renewals == 1 { "falls" } else { "fall" };
        went += &format!("; {} {fall} due until then", counted(fell_due.renewals, "renewal"));
    }
    let failure = Failure::refused("not_refundable", format!("{message}; {went}"));
    match payment {
        PaymentRow::Charges(_) if wanted.is_none() && rest.most.is_positive() => {
            let most = currency.format(rest.most);
            failure.with_help(format!("name an amount, up to {most}, to take it from revenue"))
        }
        PaymentRow::Charges(_) if rest.credited.is_positive() => {
            failure.with_help("what is in the wallet goes back with `drawdown adjust --reason external_refund`")
        }
        _ => failure,
    }
}

/// What became of a top-up's credit.
fn whereabouts(went: &Whereabouts, engine: &Engine) -> String {
    let asset = engine.asset(went.asset);
    let ways = [
        (went.left, "left"),
        (went.used, "used"),
        (went.expired, "expired"),
        (went.adjusted, "taken back by adjustments"),
        (went.refunded, "refunded"),
    ];
    let ways = ways.into_iter().filter(|(units, _)| !units.is_zero());
    let ways: Vec<String> = ways.map(|(units, what)| format!("{} {what}", asset.format(units))).collect();
    format!("it bought {} {}: {}", asset.format(went.bought), asset.code, ways.join(", "))
}

/// What became of the money of charges.
fn charged(rest: &RefundRest, money: impl Fn(Units) -> String) -> String {
    let ways = [(rest.refunded, "went back before"), (rest.credited, "a change of terms credited to the wallet")];
    let ways = ways.into_iter().filter(|(units, _)| !units.is_zero());
    let ways: Vec<String> = ways.map(|(units, what)| format!(", {} {what}", money(units))).collect();
    format!("{} were paid{}", money(rest.paid), ways.concat())
}

fn data(
    engine: &Engine,
    writer: &Writer<'_>,
    (payment, refund): (&PaymentRow, &RefundFact),
    customer: String,
    (recorded, dry_run): (bool, bool),
    fell_due: &FellDue,
) -> Result<Data, Failure> {
    let currency = engine.asset(refund.currency);
    let mut data = Data {
        id: refund.key.clone(),
        payment: payment.name(),
        customer,
        at: refund.at,
        amount: currency.amount(refund.amount),
        currency: currency.code.clone(),
        taken: None,
        asset: None,
        kept: None,
        unearned: None,
        earned: None,
        recorded,
        dry_run,
        fell_due: FellDueView::new(fell_due, engine),
    };
    match (&refund.of, payment) {
        (RefundOf::Topup(taken), PaymentRow::Topup(topup)) => {
            let asset = engine.asset(writer.bought(topup)?);
            let kept: Value = taken.basis - refund.value;
            data.taken = Some(asset.amount(taken.amount));
            data.asset = Some(asset.code.clone());
            data.kept = Some(kept).filter(|kept| !kept.is_zero()).map(|kept| engine.reporting_currency().amount(kept));
        }
        (_, _) => {
            let (unearned, earned): (Vec<_>, Vec<_>) = refund.parts().iter().partition(|part| part.from < part.to);
            let sum = |parts: Vec<&crate::billing::RefundPart>| Units::total(parts.iter().map(|part| part.amount));
            data.unearned = Some(currency.amount(sum(unearned)));
            data.earned = Some(currency.amount(sum(earned)));
        }
    }
    Ok(data)
}

impl Data {
    fn table(&self) -> Table {
        let mut table = Table::new(vec![
            Column::text("id"),
            Column::text("payment"),
            Column::text("customer"),
            Column::text("at"),
            Column::number("amount"),
            Column::text("currency"),
            Column::number("taken"),
            Column::text("asset"),
            Column::number("unearned"),
            Column::number("earned"),
        ]);
        let amount = |amount: Option<Amount>| amount.map_or(Cell::Empty, Cell::from);
        table.row([
            Cell::from(&self.id),
            (&self.payment).into(),
            (&self.customer).into(),
            self.at.into(),
            self.amount.into(),
            (&self.currency).into(),
            amount(self.taken),
            self.asset.as_ref().map_or(Cell::Empty, Cell::from),
            amount(self.unearned),
            amount(self.earned),
        ]);
        table
    }

    fn line(&self, verb: &str) -> String {
        let Self { amount, currency, payment, customer, .. } = self;
        let mut line = format!("{verb} {amount} {currency} of {payment} to {customer}");
        if let (Some(taken), Some(asset)) = (&self.taken, &self.asset) {
            line += &format!(" for {taken} {asset}");
        }
        if let Some(kept) = &self.kept {
            line += &format!(" (which had cost {kept} more; that is kept)");
        }
        match (self.unearned, self.earned) {
            (Some(unearned), Some(earned)) if earned.is_zero() => line += &format!(": {unearned} not earned yet"),
            (Some(unearned), Some(earned)) if unearned.is_zero() => line += &format!(": {earned} from revenue"),
            (Some(unearned), Some(earned)) => {
                line += &format!(": {unearned} not earned yet, {earned} from revenue");
            }
            _ => {}
        }
        line
    }
}
