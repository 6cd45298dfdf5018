//! Mappings that take over what others say.

use super::super::context::Unique;
use super::super::product::Product;
use super::super::vendor::Vendor;
use super::builtin::{built_in, built_ins};
use super::known::Known;
use super::model::Mapping;
use super::read::mapping;
use crate::catalog::codes::Code;
use crate::catalog::fields::Node;
use crate::catalog::finding::{Findings, quoted};
use crate::catalog::keys::{Key, Kind};
use std::collections::BTreeMap;

const EXTENDS: Key = Key::new(
    "extends",
    Kind::Text,
    "A mapping whose keys hold here too, unless they are written anew: one of this catalog's or one that is built in. Of \
     `columns`, `constants`, `defaults` and `values`, only what is named is replaced.",
);
pub(super) const KEYS: &[Key] = &[EXTENDS];

/// Reads all mappings.
pub(in crate::catalog) fn mappings(
    nodes: Vec<Node<'_>>,
    vendors: &[Vendor],
    products: &[Product],
    findings: &mut Findings,
) -> BTreeMap<String, Mapping> {
    let known = Known::new(vendors, products);
    let mut names = Unique::new("mapping");
    for node in &nodes {
        names.add(Code::DuplicateCode, node.key, node.key_spot, findings);
    }
    let mut reading = Reading::new(&nodes, &known);
    for node in &nodes {
        reading.read(*node, findings);
    }
    reading.finish()
}

/// The mappings of a catalog while they are read.
struct Reading<'a, 'k> {
    nodes: BTreeMap<&'a str, Node<'a>>,
    known: &'k Known<'k>,
    /// Those that are read, and those whose reading has begun.
    read: BTreeMap<String, Option<Mapping>>,
}

impl<'a, 'k> Reading<'a, 'k> {
    fn new(nodes: &[Node<'a>], known: &'k Known<'k>) -> Self {
        // Of two with one name, which is a finding, the first counts.
        let nodes = nodes.iter().rev().map(|node| (node.key, *node)).collect();
        Self { nodes, known, read: BTreeMap::new() }
    }

    /// Reads a mapping, after the one that it extends.
    fn read(&mut self, node: Node<'a>, findings: &mut Findings) {
        if self.read.contains_key(node.key) {
            return;
        }
        self.read.insert(node.key.to_owned(), None);
        let Some(mut table) = node.fields(findings) else { return };
        let base = table.get(&EXTENDS, findings).and_then(|extended| {
            let name = extended.name(findings)?;
            self.base(node, extended, &name, findings)
        });
        let own = mapping(table, base.unwrap_or_default(), Some(self.known), findings);
        self.read.insert(node.key.to_owned(), Some(own));
    }

    /// The mapping of that name which another one extends. One that extends its own name means the one that is built in.
    fn base(&mut self, node: Node<'a>, extended: Node<'a>, name: &str, findings: &mut Findings) -> Option<Mapping> {
        if name != node.key
            && let Some(other) = self.nodes.get(name).copied()
        {
            self.read(other, findings);
            let read = self.read.get(name).cloned().flatten();
            if read.is_none() {
                let message = format!("{} and {} extend one another", quoted(node.key), quoted(name));
                findings
                    .add(Code::ConflictingKeys, extended.spot, message)
                    .help("let one of them say all that it needs");
            }
            return read;
        }
        let known = built_in(name).map(|source| source.mapping);
        if known.is_none() {
            let message = format!("there is no mapping {}", quoted(name));
            let finding = findings.add(Code::UnknownValue, extended.spot, message);
            finding.help("`drawdown mapping list` names those that are built in");
            let own = self.nodes.keys().filter(|other| **other != node.key).map(|other| (*other).to_owned());
            let others: Vec<String> = own.chain(built_ins().map(str::to_owned)).collect();
            finding.suggest(name, others.iter().map(String::as_str));
        }
        known
    }

    /// All that could be read.
    fn finish(self) -> BTreeMap<String, Mapping> {
        self.read.into_iter().filter_map(|(name, mapping)| Some((name, mapping?))).collect()
    }
}
