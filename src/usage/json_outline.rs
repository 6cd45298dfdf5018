//! What JSON records have in common: everything but their values.
//!
//! A producer writes the same keys in the same order with the same spaces, line after line. The text between an object's
//! values is its outline, and it decides what each value is. So an object is understood once, by `json_event`; another of
//! the same outline is a row of values under the columns found then. Values are read by the same function either way.
//! An outline that is new is only not recognised: then the object is understood from its beginning.
//!
//! Outlines are kept as a tree: from one value, by the text that follows it, to the next. Objects that begin alike share
//! the beginning, and none is looked at twice because some keys may be absent.

use super::columns::Columns;
use super::json_text::Scanner;

use smallvec::SmallVec;
use std::borrow::Cow;
use std::ops::Range;

/// The texts that may follow one value. Logs with more are read, but the rest is understood each time.
const MOST_WAYS: usize = 64;
/// The tree begins anew when it has more nodes, or more text, so that no log can fill the memory with it.
const MOST_NODES: usize = 1 << 14;
const MOST_TEXT: usize = 4 << 20;
/// An object with more values is not remembered.
const MOST_VALUES: usize = 1 << 12;

/// An object's values in the order of its columns. What is absent is empty.
pub(super) type Values<'a> = SmallVec<[Cow<'a, str>; 16]>;

/// What a value must be for the outline to decide what it means; the stricter, the later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Any value: nobody reads it.
    Passed,
    /// Any value that a column may have.
    Any,
    /// A string, a number, or `null`.
    Optional,
    /// A number or a string that is not empty.
    Needed,
}

impl Kind {
    /// Passes the value that is next. `None` when it is not of this kind, or damaged.
    fn read<'a>(self, scanner: &mut Scanner<'a>, values: &mut Values<'a>) -> Option<()> {
        match self {
            Self::Passed => return scanner.raw().ok().map(drop),
            Self::Optional | Self::Needed if !scanner.is_scalar() => return None,
            _ => {}
        }
        let text = scanner.text().ok()?.unwrap_or_default();
        if self == Self::Needed && text.is_empty() {
            return None;
        }
        values.push(text);
        Some(())
    }
}

/// The outline of an object that is being read.
#[derive(Default)]
pub(super) struct Outline {
    /// The text before each value, and what the value must be.
    values: Vec<(Range<usize>, Kind)>,
    /// Where the last value ends.
    end: usize,
}

impl Outline {
    /// Takes note of a value that stands here in the object.
    pub fn value(&mut self, place: Range<usize>, kind: Kind) {
        self.values.push((self.end..place.start, kind));
        self.end = place.end;
    }
}

/// A place between two values of all outlines that are alike so far.
#[derive(Default)]
struct Node {
    /// The shortest first: where a value may be absent, it is looked at rather than taken for a part of the outline.
    ways: Vec<Way>,
}

struct Way {
    text: Box<str>,
    then: Then,
}

enum Then {
    /// A value, and the node behind it.
    Value(Kind, usize),
    End(Box<Columns>),
}

/// The outlines seen so far.
pub(super) struct Outlines {
    nodes: Vec<Node>,
    text_length: usize,
}

impl Default for Outlines {
    fn default() -> Self {
        Self { nodes: vec![Node::default()], text_length: 0 }
    }
}

impl Outlines {
    /// The columns of this object, and its values. `None` when its outline is not known.
    pub fn recognize<'a>(&self, object: &'a str, values: &mut Values<'a>) -> Option<&Columns> {
        let mut scanner = Scanner::new(object);
        let mut node = &self.nodes[0];
        loop {
            let way = node.ways.iter().find(|way| scanner.take_text(&way.text))?;
            match &way.then {
                Then::Value(kind, next) => {
                    kind.read(&mut scanner, values)?;
                    node = &self.nodes[*next];
                }
                Then::End(columns) => return scanner.peek().is_none().then_some(columns),
            }
        }
    }

    /// Remembers the outline of this object, as far as there is room.
    pub fn keep(&mut self, object: &str, outline: &Outline, columns: Columns) {
        if outline.values.len() > MOST_VALUES || object.len() > MOST_TEXT {
            return;
        }
        if self.nodes.len() > MOST_NODES || self.text_length > MOST_TEXT {
            *self = Self::default();
        }
        let mut at = 0;
        for (text, kind) in &outline.values {
            let text = &object[text.clone()];
            let known = self.nodes[at].ways.iter().find_map(|way| match way.then {
                Then::Value(_, next) if *way.text == *text => Some(next),
                _ => None,
            });
            at = match known {
                Some(next) => next,
                None => {
                    let next = self.nodes.len();
                    if !self.add_way(at, text, Then::Value(*kind, next)) {
                        return;
                    }
                    self.nodes.push(Node::default());
                    next
                }
            };
        }
        let end = &object[outline.end..];
        if self.nodes[at].ways.iter().all(|way| *way.text != *end) {
            self.add_way(at, end, Then::End(Box::new(columns)));
        }
    }

    fn add_way(&mut self, node: usize, text: &str, then: Then) -> bool {
        let ways = &mut self.nodes[node].ways;
        let has_room = ways.len() < MOST_WAYS;
        if has_room {
            self.text_length += text.len();
            let place = ways.partition_point(|way| way.text.len() <= text.len());
            ways.insert(place, Way { text: text.into(), then });
        }
        has_room
    }
}
