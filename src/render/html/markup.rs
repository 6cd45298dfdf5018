//! HTML in which data can't become markup.

use crate::render::sanitize::sanitize;
use std::fmt::Display;

/// A page in the making.
#[derive(Debug, Default)]
pub(super) struct Markup(String);

impl Markup {
    /// Adds markup. Nothing but the program's own text fits: data is never `'static`.
    pub fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Adds data, in an element or in a quoted attribute. What a browser would read as markup is escaped, and what it
    /// would obey or hide is shown, as on a terminal.
    pub fn text(&mut self, data: impl Display) -> &mut Self {
        for c in sanitize(&data.to_string()).chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                _ => self.0.push(c),
            }
        }
        self
    }

    /// Adds a text in which backquotes mark what is to be typed.
    pub fn prose(&mut self, text: &str) -> &mut Self {
        for (index, part) in text.split('`').enumerate() {
            match index % 2 {
                0 => self.text(part),
                _ => self.raw("<code>").text(part).raw("</code>"),
            };
        }
        self
    }

    /// The markup that was written.
    pub fn finish(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn data_stays_data() {
        let mut markup = Markup::default();
        markup.raw("<b title=\"").text("\"><script>").raw("\">").text("a&b's ]]>\u{202e}\u{1b}\n").raw("</b>");
        let expected = "<b title=\"&quot;&gt;&lt;script&gt;\">a&amp;b&#39;s ]]&gt;\\u{202e}\\u{1b}\\n</b>";
        assert_eq!(markup.finish(), expected);
    }

    #[test]
    fn backquotes_mark_what_is_typed() {
        let mut markup = Markup::default();
        markup.prose("say `<x>`, then `y");
        assert_eq!(markup.finish(), "say <code>&lt;x&gt;</code>, then <code>y</code>");
    }

    proptest! {
        #[test]
        fn nothing_in_data_is_markup(text in any::<String>()) {
            let mut markup = Markup::default();
            markup.text(&text).prose(&text.replace('`', ""));
            let harmful = ['<', '>', '"', '\'', '\u{0}', '\u{1b}', '\u{202e}'];
            prop_assert!(!markup.finish().contains(harmful));
        }
    }
}
