//! A whole list, and which of the two it is.

use super::error::ListError;
use super::json::{Fields, fields};
use super::model::{Found, LeftOut, Listed};
use super::{litellm, models_dev};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Whose list it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// LiteLLM's, by model.
    LiteLlm,
    /// models.dev's, by provider.
    ModelsDev,
}

impl Format {
    /// Whose list it is.
    pub fn name(self) -> &'static str {
        match self {
            Self::LiteLlm => "LiteLLM",
            Self::ModelsDev => "models.dev",
        }
    }
}

/// The prices of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceList {
    /// Whose list it is.
    pub format: Format,
    /// In the order of providers and names, each name once.
    pub models: Vec<Listed>,
    /// The providers and names of the models that are left out, with the reasons.
    pub left_out: Vec<(String, String, LeftOut)>,
    /// The providers and names of the models that the list has by two names and with two prices.
    pub twice: Vec<(String, String)>,
}

/// Reads a list of either kind.
///
/// # Errors
/// When it is neither.
pub fn read(json: &str) -> Result<PriceList, ListError> {
    let top: BTreeMap<String, &RawValue> =
        serde_json::from_str(json).map_err(|error| ListError::Json(error.to_string()))?;
    // Each kind has entries that the other one doesn't have; most entries decide.
    let count =
        |is: fn(&Fields<'_>) -> bool| top.values().filter(|raw| fields(raw).is_some_and(|own| is(&own))).count();
    let (by_model, by_provider) = (count(litellm::is_entry), count(models_dev::is_entry));
    if by_model == 0 && by_provider == 0 {
        return Err(ListError::Unknown);
    }
    let format = if by_model >= by_provider { Format::LiteLlm } else { Format::ModelsDev };
    let entries = match format {
        Format::LiteLlm => litellm::entries(&top),
        Format::ModelsDev => models_dev::entries(&top),
    };
    Ok(sorted_out(format, entries))
}

fn sorted_out(format: Format, entries: Vec<Found>) -> PriceList {
    let mut models: BTreeMap<_, Listed> = BTreeMap::new();
    let (mut left_out, mut twice) = (Vec::new(), Vec::new());
    for entry in entries {
        let listed = entry.and_then(|entry| {
            let (provider, model) = (entry.provider.clone(), entry.model.clone());
            entry.listed().map_err(|why| (provider, model, why))
        });
        match listed {
            // Of a model that is there by two names the first one counts.
            Ok(listed) => match models.entry((listed.provider.clone(), listed.model.clone())) {
                Entry::Vacant(entry) => drop(entry.insert(listed)),
                Entry::Occupied(entry) if *entry.get() != listed => twice.push(entry.key().clone()),
                Entry::Occupied(_) => {}
            },
            Err(why) => left_out.push(why),
        }
    }
    PriceList { format, models: models.into_values().collect(), left_out, twice }
}
