//! How every command changes a subscription: it looks ahead, asks where that is due, does it, and says what came of it.

use super::effects::{Effects, Names};
use super::table::subscription_table;
use crate::billing::{EndFact, Engine, Facts, FellDue, Life, Subscription};
use crate::cli::ask::can_ask;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::fell_due::{FellDueView, ToCome};
use crate::ids::{SubscriptionId, VersionId, VersionNumber};
use crate::ledger::{Access, Change, CustomerRow, Ledger, LedgerError, When, Writer, resolve_version};
use crate::report::subscriptions::{SubscriptionState, subscriptions};
use crate::time::Instant;
use serde::Serialize;

/// What is to be done to a subscription, inside a transaction.
type Act<'a> = &'a dyn Fn(&mut Writer<'_>, &mut Engine, &CustomerRow) -> Result<Change, Failure>;

/// One command that changes one customer's subscription.
pub(in crate::cli) struct Deed<'a> {
    pub command: &'static str,
    /// The customer's external id.
    pub customer: &'a str,
    pub act: Act<'a>,
}

/// A deed that was done, as far as it can be told from the transaction that it was done in.
pub(in crate::cli) struct Told {
    pub change: Change,
    /// How far the ledger had come before.
    pub horizon: Instant,
    /// The latest time that can have come.
    now: Instant,
    engine: Engine,
    before: Life,
    customer: String,
}

/// What somebody is asked before a deed is done, and what that is about: what it comes to, and when it takes effect.
type Question<'q> = (&'static str, &'q dyn Fn(&Told, Instant) -> Result<String, Failure>);

/// What is printed.
#[derive(Serialize)]
struct Data {
    #[serde(flatten)]
    subscription: SubscriptionState,
    changed: bool,
    effects: Effects,
    #[serde(flatten)]
    fell_due: FellDueView,
    #[serde(skip_serializing_if = "Option::is_none")]
    to_come: Option<ToCome>,
}

impl Deed<'_> {
    /// Does it. With a `question` it is done once to see what it comes to and taken back, before anybody is asked.
    pub fn done(
        &self,
        context: &Context,
        question: Option<Question<'_>>,
        last_line: impl Fn(&Told, &SubscriptionState) -> String,
    ) -> Outcome {
        let mut ledger = context.ledger(Access::Write)?;
        if let Some((question, what)) = question.filter(|_| !context.globals.yes) {
            let (_, told) = self.attempt(context, &mut ledger)?;
            if let Some(at) = told.change.takes_effect {
                confirm(context, &what(&told, at)?, question)?;
            }
        }
        let (writer, told) = self.attempt(context, &mut ledger)?;
        let (effects, mut lines) = told.effects()?;
        let to_come = told.to_come()?;
        context.commit(writer, &told.did(self.command)?)?;
        let rows = ledger.read(|ledger| subscriptions(ledger, Some(&ledger.customer(self.customer)?)))?.rows;
        let subscription = rows.into_iter().find(|row| row.id == told.change.subscription);
        let subscription = subscription.ok_or_else(|| Failure::bug("the subscription is not there"))?;
        let fell_due = FellDueView::new(&FellDue::of(&told.change.facts), &told.engine);
        lines.extend(fell_due.lines().into_iter().chain(to_come.as_ref().map(ToCome::line)));
        let data = Data { subscription, changed: told.change.takes_effect.is_some(), effects, fell_due, to_come };
        context.out.data(self.command, &data, || subscription_table([&data.subscription]).into())?;
        context.out.note(&last_line(&told, &data.subscription));
        lines.iter().for_each(|line| context.out.note(line));
        Ok(Exit::Done)
    }

    fn attempt<'l>(&self, context: &Context, ledger: &'l mut Ledger) -> Result<(Writer<'l>, Told), Failure> {
        let (horizon, now) = (ledger.stands_at()?, context.latest()?);
        let mut writer = ledger.write()?;
        let mut engine = writer.engine()?;
        let customer = writer.customer(self.customer)?;
        let before = writer.life(customer.id, &engine)?;
        let change = (self.act)(&mut writer, &mut engine, &customer)?;
        Ok((writer, Told { change, horizon, now, engine, before, customer: customer.external_id }))
    }
}

/// Says what a question is about and asks it. What is not shown on a terminal stands in the question itself.
fn confirm(context: &Context, what: &str, question: &str) -> Result<(), Failure> {
    if context.globals.quiet || !can_ask() {
        return context.confirm(&format!("{what} {question}"));
    }
    context.out.note(what);
    context.confirm(question)
}

impl Told {
    fn find(&self, id: SubscriptionId) -> Result<&Subscription, Failure> {
        let found = self.change.life.subscriptions.iter().find(|s| s.id == id);
        found.ok_or_else(|| Failure::bug(format!("subscription {id} is not there")))
    }

    /// The terms of a subscription: `studio@1 (quantity 3)`.
    ///
    /// # Errors
    /// When it is not there.
    pub fn terms(&self, id: SubscriptionId) -> Result<String, Failure> {
        let own = self.find(id)?;
        let version = self.engine.version(own.version);
        Ok(format!("{}@{} (quantity {})", version.product, version.number, own.quantity))
    }

    /// What was done, in a line.
    fn did(&self, command: &str) -> Result<String, Failure> {
        let verb = match command {
            "unsubscribe" => "ends",
            "subscription resume" => "keeps",
            _ => "has",
        };
        let at = self.change.takes_effect.map_or(String::new(), |at| format!(" at {at}"));
        Ok(format!("{} {verb} {}{at}", self.customer, self.terms(self.change.subscription)?))
    }

    /// The subscription whose terms another one replaces.
    ///
    /// # Errors
    /// When it is not there, or replaces none.
    pub fn previous(&self, id: SubscriptionId) -> Result<SubscriptionId, Failure> {
        let new = self.find(id)?;
        let before = |s: &&Subscription| s.origin == new.origin && s.id < id && s.ended_at == new.started_at;
        let found = self.change.life.subscriptions.iter().rfind(before).map(|s| s.id);
        found.ok_or_else(|| Failure::bug(format!("subscription {id} replaces none")))
    }

    /// When terms were to begin that were taken back.
    pub fn taken_back(&self) -> Option<Instant> {
        let own = |end: &EndFact| self.find(end.subscription).ok();
        let mut ended = self.change.facts.ends.iter().filter_map(own);
        ended.find(|s| s.ended_at < s.started_at).map(|s| s.started_at)
    }

    /// What has happened at once, and the same in lines.
    fn effects(&self) -> Result<(Effects, Vec<String>), Failure> {
        self.named(&self.change.life, &self.change.facts)
    }

    /// What is still to fall due for a customer who is behind: until where the ledger stands, or until this takes effect, if
    /// that time has come.
    fn to_come(&self) -> Result<Option<ToCome>, Failure> {
        let has_come = |at: &Instant| *at <= self.horizon.max(self.now);
        let Some(at) = self.change.takes_effect.filter(has_come) else { return Ok(None) };
        Ok(ToCome::new(&self.engine, &self.change.life, self.horizon, at)?)
    }

    fn named(&self, after: &Life, facts: &Facts) -> Result<(Effects, Vec<String>), Failure> {
        let names = Names { engine: &self.engine, before: &self.before, after, customer: &self.customer };
        let effects = names.effects(facts)?;
        let lines = names.lines(&effects);
        Ok((effects, lines))
    }

    /// What happens at once, and what will happen to the subscription when it takes effect: `: charged 20.00 USD for ...`.
    ///
    /// # Errors
    /// When something of it is not there.
    pub fn consequences(&self) -> Result<String, Failure> {
        let (_, mut lines) = self.effects()?;
        lines.extend(self.to_come()?.as_ref().map(ToCome::line));
        if let Some(at) = self.change.takes_effect.filter(|&at| at > self.change.life.clock) {
            let mut life = self.change.life.clone();
            match self.engine.project(&mut life, at) {
                Ok(facts) => lines.extend(self.named(&life, &self.own(facts, at)?)?.1),
                Err(error) => lines.push(format!("that can't be carried out then: {error}")),
            }
        }
        Ok(if lines.is_empty() { String::new() } else { format!(": {}", lines.join("; ")) })
    }

    /// The part of what is to come at `at` that belongs to the subscription.
    fn own(&self, facts: Facts, at: Instant) -> Result<Facts, Failure> {
        let id = self.change.subscription;
        let origin = self.find(id)?.origin;
        let mut own = Facts { rollovers: facts.rollovers, ..Facts::default() };
        own.charges = facts.charges.into_iter().filter(|c| c.subscription == id && c.at == at).collect();
        let granted = |lot: &crate::billing::LotFact| lot.granted_by.is_some_and(|by| by.subscription == id);
        own.lots = facts.lots.into_iter().filter(|lot| lot.granted_at == at && granted(lot)).collect();
        own.rollovers.retain(|r| own.lots.iter().any(|lot| lot.id == r.into));
        own.lapses = facts.lapses.into_iter().filter(|l| l.origin == origin && l.at == at).collect();
        Ok(own)
    }
}

/// The version that a command line names, or the default for new subscriptions.
pub(in crate::cli) fn version(
    writer: &Writer<'_>,
    engine: &Engine,
    product: &str,
    version: Option<VersionNumber>,
) -> Result<VersionId, LedgerError> {
    let published = writer.published()?.ok_or(LedgerError::NothingApplied)?;
    resolve_version(&published, engine, product, version)
}

/// When a change or an end is to take effect. One at a time that is still to come is planned.
pub(in crate::cli) fn when(period_end: bool, at: Instant, context: &Context) -> Result<When, Failure> {
    Ok(match period_end {
        true => When::PeriodEnd,
        false if at > context.latest()? => When::Later,
        false => When::Now,
    })
}
