//! The catalogs that a workspace can start from: those that the project ships, with one's own names in them.

use crate::cli::args::{Template, Units};
use crate::cli::schema::beside;

/// A catalog of the project, and the names in it that people replace.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    text: &'static str,
    /// The catalog's name, which is also its folder's.
    name: &'static str,
    /// The product's code.
    pub product: &'static str,
    product_name: &'static str,
}

/// The currency of all of them.
pub const CURRENCY: &str = "USD";
/// The custom unit of those that have one.
pub const ASSET: &str = "CREDIT";

const TOKENS: Source = Source {
    text: include_str!("../../../catalogs/llm-api/catalog.toml"),
    name: "llm-api",
    product: "llm-api",
    product_name: "LLM API",
};
const IMAGES: Source = Source {
    text: include_str!("../../../catalogs/image-credits/catalog.toml"),
    name: "image-credits",
    product: "studio",
    product_name: "Studio",
};
const FLAT: Source = Source {
    text: include_str!("../../../catalogs/flat-saas/catalog.toml"),
    name: "flat-saas",
    product: "helpdesk",
    product_name: "Help desk",
};
const ALLOWANCE: Source = Source {
    text: include_str!("../../../catalogs/included-usage/catalog.toml"),
    name: "included-usage",
    product: "cloud",
    product_name: "Cloud",
};
const SEATS: Source = Source {
    text: include_str!("../../../catalogs/seats-credits/catalog.toml"),
    name: "seats-credits",
    product: "team",
    product_name: "Team",
};

/// The catalog that a workspace starts from.
pub fn source(template: Template, units: Units) -> &'static Source {
    match (template, units) {
        (Template::Prepaid, Units::Fiat) => &TOKENS,
        (Template::Prepaid, Units::Custom) => &IMAGES,
        (Template::Subscription, _) => &FLAT,
        (Template::Hybrid, Units::Fiat) => &ALLOWANCE,
        (Template::Hybrid, Units::Custom) => &SEATS,
    }
}

impl Source {
    /// The catalog with other names in it, comments and all. `asset` replaces the custom unit, where there is one.
    pub fn text(&self, product: &str, currency: &str, asset: &str) -> String {
        // In a workspace the commands need not say which catalog they are about.
        let mut text = beside(self.text).replace(&format!(" --catalog catalogs/{}", self.name), "");
        text = text.replace(&format!(" catalogs/{}", self.name), "");
        if product != self.product {
            text = text.replace(&format!("name = \"{}\"", self.product_name), &format!("name = \"{product}\""));
        }
        let text = each_word(&text, |word| match word {
            CURRENCY => currency,
            ASSET => asset,
            word if word == self.name || word == self.product => product,
            word => word,
        });
        if currency == CURRENCY {
            return text;
        }
        format!("# The template's amounts, vendors' too, were in {CURRENCY}: put in your own, in {currency}.\n#\n")
            + &text
    }
}

/// The text with each word replaced by what becomes of it.
fn each_word<'w>(text: &'w str, own: impl Fn(&'w str) -> &'w str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let (before, word_on) = rest.split_at(start);
        let (word, after) = word_on.split_at(word_on.find(|c| !is_part(c)).unwrap_or(word_on.len()));
        replaced += before;
        replaced += own(word);
        rest = after;
    }
    replaced + rest
}
