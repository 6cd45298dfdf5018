//! The catalogs that a workspace can start from: those that the project ships, with one's own names in them.

use crate::cli::advice::{Model, Units};
use crate::cli::schema::beside;
use clap::ValueEnum;
use serde::Serialize;

/// A catalog of the project, and the names in it that people replace.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    text: &'static str,
    /// The catalog's name, which is also its folder's.
    name: &'static str,
    /// The product's code; of several, the first one's.
    pub product: &'static str,
    product_name: &'static str,
    /// The code of the custom unit, where it has one.
    pub unit: Option<&'static str>,
}

/// The currency of all of them.
pub const CURRENCY: &str = "USD";

const TOKENS: Source = Source {
    text: include_str!("../../../../catalogs/llm-api/catalog.toml"),
    name: "llm-api",
    product: "llm-api",
    product_name: "LLM API",
    unit: None,
};
const CHAT: Source = Source {
    text: include_str!("../../../../catalogs/chat-images/catalog.toml"),
    name: "chat-images",
    product: "chat",
    product_name: "Chat and images",
    unit: None,
};
const IMAGES: Source = Source {
    text: include_str!("../../../../catalogs/image-credits/catalog.toml"),
    name: "image-credits",
    product: "studio",
    product_name: "Studio",
    unit: Some("CREDIT"),
};
const VIDEO: Source = Source {
    text: include_str!("../../../../catalogs/video-resolution/catalog.toml"),
    name: "video-resolution",
    product: "video",
    product_name: "Video rendering",
    unit: None,
};
const SPEECH: Source = Source {
    text: include_str!("../../../../catalogs/speech-minutes/catalog.toml"),
    name: "speech-minutes",
    product: "speech",
    product_name: "Speech",
    unit: None,
};
const CALLS: Source = Source {
    text: include_str!("../../../../catalogs/api-calls/catalog.toml"),
    name: "api-calls",
    product: "geo",
    product_name: "Geocoding",
    unit: None,
};

/// What a workspace starts from: the catalog that is typical of a way to sell, or one by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Template {
    /// Balances paid in advance, debited with every event
    Prepaid,
    /// Fees paid in advance; usage is tracked but free
    Subscription,
    /// A fee with an allowance; usage beyond it costs extra
    Hybrid,
    /// LLM tokens, paid as you go from a balance in money
    LlmApi,
    /// Chat and images from one balance: tokens with cached input and long prompts
    ChatImages,
    /// Images for credits, by model and quality
    ImageCredits,
    /// Video by the second, by resolution
    VideoResolution,
    /// Speech by the minute, with a minimum for each call
    SpeechMinutes,
    /// API calls in tiers: the first are free, and more are cheaper
    ApiCalls,
    /// A flat fee per seat; the cost of usage is tracked
    FlatSaas,
    /// Seats with credits that roll over (as Clay sells)
    SeatsCredits,
    /// Plans with monthly pools, then overage (as Cursor sells)
    UsagePools,
    /// A fee that includes usage of the same value (as Vercel sells)
    IncludedUsage,
    /// Plans with a number of requests a month (as Copilot was sold)
    RequestAllowance,
}

impl From<Model> for Template {
    fn from(model: Model) -> Self {
        match model {
            Model::Prepaid => Self::Prepaid,
            Model::Subscription => Self::Subscription,
            Model::Hybrid => Self::Hybrid,
        }
    }
}

const FLAT: Source = Source {
    text: include_str!("../../../../catalogs/flat-saas/catalog.toml"),
    name: "flat-saas",
    product: "helpdesk",
    product_name: "Help desk",
    unit: None,
};
const SEATS: Source = Source {
    text: include_str!("../../../../catalogs/seats-credits/catalog.toml"),
    name: "seats-credits",
    product: "team",
    product_name: "Team",
    unit: Some("CREDIT"),
};
const POOLS: Source = Source {
    text: include_str!("../../../../catalogs/usage-pools/catalog.toml"),
    name: "usage-pools",
    product: "pro",
    product_name: "Pro",
    unit: Some("CREDIT"),
};
const ALLOWANCE: Source = Source {
    text: include_str!("../../../../catalogs/included-usage/catalog.toml"),
    name: "included-usage",
    product: "cloud",
    product_name: "Cloud",
    unit: None,
};
const REQUESTS: Source = Source {
    text: include_str!("../../../../catalogs/request-allowance/catalog.toml"),
    name: "request-allowance",
    product: "pro",
    product_name: "Pro",
    unit: Some("REQUEST"),
};

/// The catalog that a workspace starts from.
pub fn source(template: Template, units: Units) -> &'static Source {
    match (template, units) {
        (Template::Prepaid, Units::Fiat) | (Template::LlmApi, _) => &TOKENS,
        (Template::Prepaid, Units::Custom) | (Template::ImageCredits, _) => &IMAGES,
        (Template::ChatImages, _) => &CHAT,
        (Template::Subscription | Template::FlatSaas, _) => &FLAT,
        (Template::Hybrid, Units::Fiat) | (Template::IncludedUsage, _) => &ALLOWANCE,
        (Template::Hybrid, Units::Custom) | (Template::SeatsCredits, _) => &SEATS,
        (Template::VideoResolution, _) => &VIDEO,
        (Template::SpeechMinutes, _) => &SPEECH,
        (Template::ApiCalls, _) => &CALLS,
        (Template::UsagePools, _) => &POOLS,
        (Template::RequestAllowance, _) => &REQUESTS,
    }
}

/// Whether a template is there for balances in money and for those in a custom unit.
pub fn has_a_choice_of_units(template: Template) -> bool {
    source(template, Units::Fiat) != source(template, Units::Custom)
}

impl Source {
    /// The code that is offered for a custom unit.
    pub fn offered_unit(&self) -> &'static str {
        self.unit.unwrap_or("CREDIT")
    }

    /// Whether another of its products has this code, which `product` must not take.
    pub fn has_another(&self, product: &str) -> bool {
        product != self.product && self.text.contains(&format!("[[product]]\ncode = \"{product}\"\n"))
    }

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
            word if Some(word) == self.unit => asset,
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
