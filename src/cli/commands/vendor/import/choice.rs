//! Which models of a list are asked for.

use crate::cli::error::Failure;
use crate::pricelist::{LeftOut, Listed, PriceList};
use crate::render::counted;
use std::collections::BTreeMap;

/// The models that are asked for, by the vendor that each becomes.
#[derive(Debug, Default)]
pub(super) struct Choice<'l> {
    pub by_vendor: BTreeMap<String, Vec<&'l Listed>>,
    /// How many models of those asked for are left out, and why.
    pub left_out: BTreeMap<LeftOut, u64>,
    /// How many cost more for long prompts.
    pub longer: usize,
    /// Names of models that the list has twice, with different prices.
    pub twice: Vec<&'l str>,
    /// Names of models that write and have no price for that.
    pub without_output: Vec<&'l str>,
}

impl<'l> Choice<'l> {
    /// All models, or those of some providers and names.
    ///
    /// # Errors
    /// When there is none, or an event would cost something at two vendors.
    pub fn new(list: &'l PriceList, providers: &[String], patterns: &[String]) -> Result<Self, Failure> {
        let all = || {
            let left_out = list.left_out.iter().map(|(provider, model, _)| (provider, model));
            list.models.iter().map(|listed| (&listed.provider, &listed.model)).chain(left_out)
        };
        for provider in providers {
            if !all().any(|(known, _)| known == provider) {
                let known = all().map(|(known, _)| known.as_str()).collect::<std::collections::BTreeSet<_>>();
                return Err(Failure::unknown("unknown_provider", "provider in the list called", provider, known));
            }
        }
        let is_of = |provider: &String| providers.is_empty() || providers.contains(provider);
        for pattern in patterns {
            if !all().any(|(provider, model)| is_of(provider) && fits(pattern, model)) {
                let known = all().filter(|(provider, _)| is_of(provider)).map(|(_, model)| model.as_str());
                return Err(Failure::unknown("unknown_model", "model in the list called", pattern, known));
            }
        }
        let is_asked = |provider: &String, model: &String| {
            is_of(provider) && (patterns.is_empty() || patterns.iter().any(|pattern| fits(pattern, model)))
        };
        let mut choice = Self::default();
        let twice = list.twice.iter().filter(|(provider, model)| is_asked(provider, model));
        choice.twice = twice.map(|(_, model)| model.as_str()).collect();
        for listed in list.models.iter().filter(|listed| is_asked(&listed.provider, &listed.model)) {
            choice.longer += usize::from(!listed.above.is_empty());
            choice.without_output.extend(listed.lacks_output.then_some(listed.model.as_str()));
            choice.by_vendor.entry(code(&listed.provider)).or_default().push(listed);
        }
        for (_, _, why) in list.left_out.iter().filter(|(provider, model, _)| is_asked(provider, model)) {
            *choice.left_out.entry(*why).or_default() += 1;
        }
        choice.refuse_none()?;
        choice.refuse_one_vendor_of_two()?;
        choice.refuse_two_vendors()?;
        Ok(choice)
    }

    fn refuse_none(&self) -> Result<(), Failure> {
        if !self.by_vendor.is_empty() {
            return Ok(());
        }
        let reasons = self.left_out.iter().map(|(why, models)| format!("{} {}", counted(*models, "model"), why.why()));
        let reasons = reasons.collect::<Vec<_>>().join(", ");
        let message = format!("no model of the list can be imported: it has {reasons}");
        Err(Failure::refused("no_models", message).with_help("name others with --provider or --model"))
    }

    /// Two providers whose names differ only in signs that codes don't have are not one.
    fn refuse_one_vendor_of_two(&self) -> Result<(), Failure> {
        for (vendor, models) in &self.by_vendor {
            let first = models.first().map(|listed| &listed.provider);
            let Some(other) = models.iter().find(|listed| Some(&listed.provider) != first) else { continue };
            let (first, other) = (first.map(String::as_str).unwrap_or_default(), &other.provider);
            let message = format!("the providers {first:?} and {other:?} would both be the vendor {vendor:?}");
            return Err(Failure::refused("same_vendor", message).with_help("import one of them, with --provider"));
        }
        Ok(())
    }

    /// A model's name alone says at whom an event costs something.
    fn refuse_two_vendors(&self) -> Result<(), Failure> {
        let mut seen: BTreeMap<&str, &Listed> = BTreeMap::new();
        let mut twice = Vec::new();
        for listed in self.by_vendor.values().flatten() {
            match seen.get(listed.model.as_str()) {
                Some(other) => twice.push((*other, *listed)),
                None => drop(seen.insert(&listed.model, listed)),
            }
        }
        let Some((one, other)) = twice.first() else { return Ok(()) };
        let message = format!(
            "several providers have models of one name ({} of them, such as {:?} of {} and {}), and an event would cost \
             something at each",
            twice.len(),
            one.model,
            one.provider,
            other.provider,
        );
        Err(Failure::refused("same_models", message).with_help("name the providers that bill you with --provider"))
    }
}

/// The code of a provider's vendor.
fn code(provider: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let code: String = provider.chars().map(|c| if allowed(c) { c } else { '-' }).collect();
    if code.is_empty() { "unknown".to_owned() } else { code }
}

/// Whether a name is like a pattern, in which `*` stands for any text.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut name) = name.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(found) = name.find(part) else { return false };
        name = &name[found + part.len()..];
    }
    name.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, name) in [
            ("gpt-5", "gpt-5"),
            ("gpt-5*", "gpt-5-mini"),
            ("*mini", "gpt-5-mini"),
            ("*", ""),
            ("g*5*i", "gpt-5-mini"),
            ("a**b", "ab"),
        ] {
            assert!(fits(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in
            [("gpt-5", "gpt-5-mini"), ("gpt-5*", "gpt-4"), ("*mini", "gpt-5"), ("ab*ba", "aba"), ("a*b*c", "acb")]
        {
            assert!(!fits(pattern, name), "{pattern} {name}");
        }
    }
}
