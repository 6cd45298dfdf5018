//! Events that were typed rather than read.

use super::log::{Run, read, vocabulary};
use drawdown::time::Instant;
use drawdown::usage::{Batch, UsageEvent};
use std::collections::BTreeMap;

fn typed(pairs: &[(&str, &str)]) -> Result<Run, String> {
    let mut event = UsageEvent {
        id: "e1".into(),
        customer: "acme".into(),
        event_type: "call".into(),
        occurred_at: Instant::parse("2026-07-01T00:00:00Z").unwrap(),
        subject: None,
        data: BTreeMap::new(),
        costs: Vec::new(),
    };
    pairs.iter().try_for_each(|(key, value)| event.set(key, value)).map_err(|fault| fault.to_string())?;
    let mut run = Run::default();
    run.add(Batch::single(&event, &vocabulary()).map_err(|fault| fault.to_string())?);
    assert_eq!(run.events[0], event);
    Ok(run)
}

#[test]
fn a_typed_event_is_what_a_log_would_say() {
    let typed =
        typed(&[("tokens", "5"), ("model", "gpt"), ("subject", "s"), ("cost.v", "0.10"), ("none", "")]).unwrap();
    let log = "id,customer,event_type,occurred_at,tokens,model,subject,cost.v\n\
               e1,acme,call,2026-07-01T00:00:00Z,5,gpt,s,0.10\n";
    let logged = read(log).unwrap();
    assert_eq!((typed.events, typed.shapes), (logged.events, logged.shapes));
}

#[test]
fn a_typed_currency_is_that_of_the_costs() {
    let both = typed(&[("cost.v", "-0.10"), ("cost.w", "1"), ("cost_currency", "EUR")]).unwrap();
    let log = "id,customer,event_type,occurred_at,cost.v,cost.w,cost_currency\n\
               e1,acme,call,2026-07-01T00:00:00Z,-0.10,1,EUR\n";
    let logged = read(log).unwrap();
    assert_eq!((both.events, both.shapes), (logged.events, logged.shapes));
    assert_eq!(typed(&[("cost_currency", "EUR")]).unwrap().events[0].data["cost_currency"], "EUR");
}

#[test]
fn faults_name_the_key() {
    for (pairs, message) in [
        (&[("tokens", "1,5")][..], "tokens: \"1,5\" is not a number"),
        (&[("cost.v", "1"), ("cost_currency", "EUR"), ("cost_currency", "USD")], "cost_currency: is given twice"),
        (&[("cost.v", "x")], "cost.v: \"x\" is not a number"),
        (&[("a", "1"), ("a", "2")], "a: is given twice"),
        (&[("subject", "1"), ("subject", "2")], "subject: is given twice"),
        (&[("cost.v", "1"), ("cost.v", "1")], "cost.v: is given twice"),
        (&[("customer", "x")], "customer: is not data"),
    ] {
        let error = typed(pairs).unwrap_err();
        assert!(error.starts_with(message), "{error}");
    }
}
