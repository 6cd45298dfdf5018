//! What a row is called. Names come from files, so each is kept apart from what is written around it.

use super::markup::Markup;

/// Where a name is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In an element.
    Element,
    /// In an attribute or an SVG title, where no element can stand.
    Hint,
}

/// A row's names, isolated so that one written from right to left turns nothing around it. Where there is none, it says
/// of what.
pub(super) fn name(m: &mut Markup, place: Place, by: &[String], keys: &[Option<String>]) {
    let (open, close) = match place {
        Place::Element => ("<bdi>", "</bdi>"),
        Place::Hint => ("\u{2068}", "\u{2069}"),
    };
    for (index, (key, value)) in by.iter().zip(keys).enumerate() {
        if index > 0 {
            m.raw(" / ");
        }
        match value {
            Some(value) => m.raw(open).text(value).raw(close),
            None if place == Place::Element => m.raw("<i>no ").text(words(key)).raw("</i>"),
            None => m.raw("no ").text(words(key)),
        };
    }
}

/// A key or column as people read it.
pub(super) fn words(key: &str) -> String {
    key.replace('_', " ")
}
