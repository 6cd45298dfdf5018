//! What a command did to a customer, from what was recorded of it.

use super::super::LedgerError;
use super::recorded::SetRule;
use crate::billing::{Adjustment, EndFact, Facts, LotFact, NewTerms, NewTopup, Step, SubscriptionFact};
use crate::ids::LotId;

/// The steps that an operation took in a customer's life. What it did to events, and the terms that were made for that, is
/// no step.
pub(super) fn steps(facts: &Facts, is_rebill: bool) -> Result<Vec<Step>, LedgerError> {
    let mut steps = if is_rebill { Vec::new() } else { subscriptions(facts) };
    for topup in &facts.topups {
        // Those by rule have no key; they come about by themselves.
        let Some(key) = &topup.key else { continue };
        let (key, at, currency, paid) = (key.clone(), topup.at, topup.currency, topup.paid);
        let target = lot(facts, topup.lot)?.asset;
        steps.push(Step::TopUp(NewTopup { key, at, currency, paid, target }));
    }
    for adjustment in &facts.adjustments {
        let lot = adjustment.lot.map(|id| lot(facts, id)).transpose()?;
        steps.push(Step::Adjust(Adjustment {
            key: adjustment.key.clone(),
            at: adjustment.at,
            asset: adjustment.asset,
            amount: adjustment.amount,
            reason: adjustment.reason,
            expires_at: lot.and_then(|lot| lot.expires_at),
            priority: lot.map(|lot| lot.priority),
        }));
    }
    Ok(steps)
}

/// The step that set a rule.
pub(super) fn rule((_, asset, rule, at): SetRule) -> Step {
    Step::Rule { asset, rule, at }
}

fn lot(facts: &Facts, id: LotId) -> Result<&LotFact, LedgerError> {
    let found = facts.lots.iter().find(|lot| lot.id == id);
    found.ok_or_else(|| LedgerError::damaged(format!("lot {id} was not granted when it was paid for")))
}

fn subscriptions(facts: &Facts) -> Vec<Step> {
    let mut ends: Vec<EndFact> = facts.ends.clone();
    let mut steps: Vec<Step> = facts.subscriptions.iter().map(|new| subscription(new, &mut ends)).collect();
    // The last one is what the command was about. Those before it are of changes that were taken back with it.
    if let Some(end) = ends.last() {
        steps.extend(if end.ended_at.is_none() { resume(end) } else { unsubscribe(end) });
    }
    steps
}

/// What made a subscription. Takes the ends that it has set.
fn subscription(new: &SubscriptionFact, ends: &mut Vec<EndFact>) -> Step {
    let terms = NewTerms { version: new.version, quantity: new.quantity, at: new.started_at };
    let own_end = ends.iter().position(|end| end.subscription == new.id).map(|place| ends.remove(place));
    if new.origin == new.id {
        return Step::Subscribe { id: new.id, terms, ended_at: own_end.and_then(|end| end.ended_at) };
    }
    let is_before = |end: &EndFact| end.ended_at == Some(new.started_at) && end.subscription < new.id;
    let before = ends.iter().position(is_before).map(|place| ends.remove(place));
    let id = before.map_or(new.origin, |end| end.subscription);
    match new.planned_at {
        None => Step::Change { id, new: new.id, terms },
        Some(planned_at) => {
            let asked = before.and_then(|end| end.asked_at);
            let terms = NewTerms { at: asked.unwrap_or(new.started_at), ..terms };
            Step::Plan { id, new: new.id, terms, planned_at, at_period_end: asked.is_some() }
        }
    }
}

fn resume(end: &EndFact) -> Option<Step> {
    Some(Step::Resume { id: end.subscription, at: end.asked_at? })
}

fn unsubscribe(end: &EndFact) -> Option<Step> {
    let at = end.asked_at.or(end.ended_at)?;
    Some(Step::Unsubscribe { id: end.subscription, at, at_period_end: end.asked_at.is_some() })
}
