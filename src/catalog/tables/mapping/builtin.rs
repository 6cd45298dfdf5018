//! Mappings that come with the program: a file for each source in `usage/mappings`.

use super::model::Mapping;
use super::read::mapping;
use crate::catalog::fields::Fields;
use crate::catalog::finding::{Findings, SourceFile, Spot};
use crate::catalog::syntax::parse;

/// The files, by the names of what they read.
const FILES: [(&str, &str); 13] = [
    ("anthropic", include_str!("../../../usage/mappings/anthropic.toml")),
    ("azure-llm", include_str!("../../../usage/mappings/azure-llm.toml")),
    ("credyt", include_str!("../../../usage/mappings/credyt.toml")),
    ("helicone", include_str!("../../../usage/mappings/helicone.toml")),
    ("lago", include_str!("../../../usage/mappings/lago.toml")),
    ("langfuse", include_str!("../../../usage/mappings/langfuse.toml")),
    ("litellm", include_str!("../../../usage/mappings/litellm.toml")),
    ("metronome", include_str!("../../../usage/mappings/metronome.toml")),
    ("openai", include_str!("../../../usage/mappings/openai.toml")),
    ("openmeter", include_str!("../../../usage/mappings/openmeter.toml")),
    ("openrouter", include_str!("../../../usage/mappings/openrouter.toml")),
    ("orb", include_str!("../../../usage/mappings/orb.toml")),
    ("stripe", include_str!("../../../usage/mappings/stripe.toml")),
];

/// A source whose logs are read without a mapping of one's own.
#[derive(Debug, Clone)]
pub struct BuiltIn {
    /// Its name, as `--map` takes it.
    pub name: &'static str,
    /// The mapping as it is written, with what is to be known of it.
    pub text: &'static str,
    /// The mapping.
    pub mapping: Mapping,
}

impl BuiltIn {
    /// What it reads, in a sentence: the first line of its text.
    pub fn about(&self) -> &'static str {
        self.text.lines().next().unwrap_or_default().trim_start_matches(['#', ' '])
    }

    /// Names of columns and keys, of each form of the source's logs: a log that has all of them is one.
    pub fn known_by(&self) -> Vec<Vec<&'static str>> {
        let forms = self.said("# Known by: ").flat_map(|line| line.split(" | "));
        forms.map(|form| form.split(", ").collect()).collect()
    }

    /// What is lost or unsure in its logs.
    pub fn warnings(&self) -> Vec<&'static str> {
        self.said("# Warning: ").collect()
    }

    /// What the lines say that begin so.
    fn said(&self, start: &'static str) -> impl Iterator<Item = &'static str> {
        self.text.lines().filter_map(move |line| line.strip_prefix(start))
    }
}

/// The names of all sources.
pub fn built_ins() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name)
}

/// The source of that name, if its logs are known.
pub fn built_in(name: &str) -> Option<BuiltIn> {
    let (name, text) = FILES.iter().find(|(known, _)| *known == name)?;
    let files = [SourceFile { name: format!("{name}.toml"), text: (*text).to_owned() }];
    let mut findings = Findings::new(&files);
    let document = parse(0, text, &mut findings);
    let fields = Fields::new(&document, Spot { file: 0, start: 0, end: 0 });
    let node = fields.entries().next()?;
    let table = node.fields(&mut findings)?.entries().next()?.fields(&mut findings)?;
    let mut mapping = mapping(table, Mapping::default(), None, &mut findings);
    debug_assert!(!findings.has_errors(), "{:?}", findings.finish());
    mapping.optional = mapping.columns.keys().cloned().collect();
    // The source's logs have several forms, of which each lacks something.
    mapping.own_patterns.clear();
    let mut source = BuiltIn { name, text, mapping };
    source.mapping.warnings = source.warnings();
    Some(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_can_be_read_and_says_what_it_is() {
        for name in built_ins() {
            let source = built_in(name).unwrap();
            let about = source.about();
            assert!(about.ends_with('.') && about.len() < 100, "{name}: {about}");
            assert!(source.text.contains("Documented at") && source.text.contains("looked up on 2026-"), "{name}");
            assert!(source.text.contains(&format!("[mapping.{name}]")), "{name}");
            assert!(!source.known_by().is_empty(), "{name}");
        }
        assert!(built_in("nobody").is_none());
    }
}
