//! models.dev's list: an object of providers, each with an object of models, with prices for a million tokens.
//!
//! `tiers` are for requests with a longer prompt. `context_over_200k` is what they were before; it is there beside them, and for
//! longer ones too, so it counts only without them. Prices of reasoning and audio are not read.

use super::json::{Fields, fields, text};
use super::model::{Entry, Found, LeftOut, Stated};
use super::number::{Unit, Unreadable};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

const MODELS: &str = "models";

/// Whether it is an entry of this list.
pub(super) fn is_entry(own: &Fields<'_>) -> bool {
    own.get(MODELS).is_some_and(|models| fields(models).is_some())
}

/// All models.
pub(super) fn entries(top: &BTreeMap<String, &RawValue>) -> Vec<Found> {
    let mut found = Vec::new();
    for (provider, raw) in top {
        let models = fields(raw).and_then(|own| fields(own.get(MODELS)?));
        for (name, raw) in models.into_iter().flatten() {
            found.push(entry(provider, &name, raw).map_err(|_| (provider.clone(), name, LeftOut::Unreadable)));
        }
    }
    found
}

fn entry(provider: &str, model: &str, raw: &RawValue) -> Result<Entry, Unreadable> {
    let own = fields(raw).ok_or(Unreadable)?;
    let cost = own.get("cost").map(|cost| fields(cost).ok_or(Unreadable)).transpose()?.unwrap_or_default();
    let outputs = own
        .get("modalities")
        .and_then(|raw| fields(raw))
        .and_then(|own| serde_json::from_str::<Vec<String>>(own.get("output")?.get()).ok());
    Ok(Entry {
        provider: provider.to_owned(),
        model: model.to_owned(),
        is_text: outputs.is_none_or(|outputs| outputs.iter().any(|output| output == "text")),
        // The list does not say it otherwise.
        is_embedding: model.contains("embed"),
        base: stated(&cost)?,
        above: above(&cost)?,
    })
}

fn stated(own: &Fields<'_>) -> Result<Stated, Unreadable> {
    let price = |name: &str| Unit::Million.price(own.get(name).copied());
    Ok(Stated {
        input: price("input")?,
        cached: price("cache_read")?,
        cache_write: price("cache_write")?,
        output: price("output")?,
    })
}

fn above(cost: &Fields<'_>) -> Result<BTreeMap<u64, Stated>, Unreadable> {
    let Some(tiers) = cost.get("tiers") else {
        let long = cost.get("context_over_200k").map(|raw| fields(raw).ok_or(Unreadable)).transpose()?;
        return long.map(|own| Ok((200_000, stated(&own)?))).into_iter().collect();
    };
    let tiers: Vec<&RawValue> = serde_json::from_str(tiers.get()).map_err(|_| Unreadable)?;
    let tier = |raw: &&RawValue| {
        let own = fields(raw).ok_or(Unreadable)?;
        let about = own.get("tier").and_then(|raw| fields(raw)).ok_or(Unreadable)?;
        if text(about.get("type")).is_some_and(|kind| kind != "context") {
            return Err(Unreadable);
        }
        let size = about.get("size").and_then(|size| size.get().parse().ok()).ok_or(Unreadable)?;
        Ok((size, stated(&own)?))
    };
    tiers.iter().map(tier).collect()
}
