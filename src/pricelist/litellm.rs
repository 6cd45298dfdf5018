//! LiteLLM's list: an object of models, with prices for one token.
//!
//! `_above_200k_tokens` and the like are for requests with a longer prompt. `_batches`, `_flex`, `_priority` and `_above_1hr` are
//! other services, and are not read; nor are prices of reasoning, audio and image tokens.

use super::json::{Fields, fields, text};
use super::model::{Entry, Found, LeftOut, Stated};
use super::number::{Unit, Unreadable};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

const PROVIDER: &str = "litellm_provider";
/// What is no model.
const NO_MODELS: [&str; 2] = ["sample_spec", "fallback_generalizations"];
/// What bills by text; without a mode it is a chat.
const MODES: [&str; 4] = ["chat", "completion", "responses", "embedding"];

/// Whether it is an entry of this list.
pub(super) fn is_entry(own: &Fields<'_>) -> bool {
    own.contains_key(PROVIDER)
}

/// All models; those whose names have no provider before them come first.
pub(super) fn entries(top: &BTreeMap<String, &RawValue>) -> Vec<Found> {
    let models = || top.iter().filter(|(name, _)| !NO_MODELS.contains(&name.as_str()));
    let (mut bare, mut prefixed) = (Vec::new(), Vec::new());
    for (name, raw) in models() {
        let Some(own) = fields(raw).filter(is_entry) else { continue };
        let provider = text(own.get(PROVIDER)).unwrap_or_default();
        let short = name.strip_prefix(&provider).and_then(|name| name.strip_prefix('/'));
        let model = short.unwrap_or(name);
        let entry =
            entry(&provider, model, &own).map_err(|_| (provider.clone(), model.to_owned(), LeftOut::Unreadable));
        if short.is_some() { prefixed.push(entry) } else { bare.push(entry) }
    }
    bare.append(&mut prefixed);
    bare
}

fn entry(provider: &str, model: &str, own: &Fields<'_>) -> Result<Entry, Unreadable> {
    let mut base = stated(own, "")?;
    // What DeepSeek's entries call it.
    if base.cached.is_none() {
        base.cached = Unit::Token.price(own.get("input_cost_per_token_cache_hit").copied())?;
    }
    let mut above = BTreeMap::new();
    for length in own.keys().filter_map(|key| length(key)) {
        above.insert(length * 1000, stated(own, &format!("_above_{length}k_tokens"))?);
    }
    for (from, tier) in tiers(own)? {
        if from == 0 {
            base = tier;
        } else {
            above.insert(from, tier);
        }
    }
    let mode = text(own.get("mode"));
    let is_embedding = mode.as_deref() == Some("embedding");
    let is_text = mode.is_none_or(|mode| MODES.contains(&mode.as_str()));
    Ok(Entry { provider: provider.to_owned(), model: model.to_owned(), is_text, is_embedding, base, above })
}

/// The thousands of tokens in the name of a price for long prompts.
fn length(key: &str) -> Option<u64> {
    let names = [
        "input_cost_per_token",
        "output_cost_per_token",
        "cache_read_input_token_cost",
        "cache_creation_input_token_cost",
    ];
    let rest = names.iter().find_map(|name| key.strip_prefix(name)?.strip_prefix("_above_"))?;
    rest.strip_suffix("k_tokens")?.parse().ok().filter(|length| *length < 1_000_000)
}

fn stated(own: &Fields<'_>, end: &str) -> Result<Stated, Unreadable> {
    let price = |name: &str| Unit::Token.price(own.get(format!("{name}{end}").as_str()).copied());
    Ok(Stated {
        input: price("input_cost_per_token")?,
        cached: price("cache_read_input_token_cost")?,
        cache_write: price("cache_creation_input_token_cost")?,
        output: price("output_cost_per_token")?,
    })
}

/// `tiered_pricing`, by the length that each begins with.
fn tiers(own: &Fields<'_>) -> Result<Vec<(u64, Stated)>, Unreadable> {
    let Some(raw) = own.get("tiered_pricing") else { return Ok(Vec::new()) };
    let list: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(|_| Unreadable)?;
    let tier = |raw: &&RawValue| {
        let own = fields(raw).ok_or(Unreadable)?;
        // Of searches there are tiers by their results.
        let Some(range) = own.get("range") else { return Ok(None) };
        let range: Vec<&RawValue> = serde_json::from_str(range.get()).map_err(|_| Unreadable)?;
        let from = Unit::Million.price(range.first().copied())?.ok_or(Unreadable)?;
        let from = from.to_string().parse().map_err(|_| Unreadable)?;
        Ok(Some((from, stated(&own, "")?)))
    };
    list.iter().filter_map(|raw| tier(raw).transpose()).collect()
}
