//! What columns are probably for, by their names.

use crate::usage::cost_names::is_near_currency;

// Names that programs use for each, the surest first.
const ID: &[&str] = &[
    "id",
    "event_id",
    "request_id",
    "transaction_id",
    "identifier",
    "idempotency_key",
    "generation_id",
    "uuid",
    "message_id",
    "call_id",
];
const CUSTOMER: &[&str] = &[
    "customer",
    "customer_id",
    "external_customer_id",
    "customer_external_id",
    "end_user",
    "end_user_id",
    "account",
    "account_id",
    "tenant",
    "tenant_id",
    "org",
    "org_id",
    "organization",
    "organization_id",
    "company",
    "client",
    "client_id",
    "user",
    "user_id",
    "userid",
    "kunde",
    "workspace",
    "workspace_id",
    "team",
    "team_id",
    "project",
    "project_id",
    "email",
    "api_key_name",
    "stripe_customer_id",
];
const EVENT_TYPE: &[&str] =
    &["event_type", "event_name", "eventtype", "event", "type", "kind", "action", "operation", "call_type", "code"];
const OCCURRED_AT: &[&str] = &[
    "occurred_at",
    "timestamp",
    "event_time",
    "eventtime",
    "created_at",
    "created",
    "starttime",
    "start_time",
    "request_created_at",
    "time",
    "datetime",
    "date",
    "started_at",
    "usage_date",
    "usage_date_utc",
    "ts",
    "at",
    "zeit",
    "datum",
    "when",
    "day",
];
const SUBJECT: &[&str] = &["subject", "session", "session_id", "user_id", "user", "project_id", "workspace", "team_id"];
const MODEL: &[&str] = &["model", "model_id", "model_name", "provided_model_name", "model_version", "modell", "engine"];
const INPUT_TOKENS: &[&str] = &[
    "input_tokens",
    "prompt_tokens",
    "tokens_prompt",
    "prompt_token_count",
    "tokens_in",
    "tokens_input",
    "input",
    "context_tokens",
    "usage_input_tokens_no_cache",
];
const CACHED_TOKENS: &[&str] = &[
    "cached_tokens",
    "input_cached_tokens",
    "cache_read_input_tokens",
    "cache_read_tokens",
    "tokens_cached",
    "prompt_cache_read_tokens",
    "cached_input_tokens",
    "cached_content_token_count",
];
const CACHE_WRITE_TOKENS: &[&str] =
    &["cache_write_tokens", "cache_creation_input_tokens", "prompt_cache_write_tokens", "tokens_cache_write"];
const OUTPUT_TOKENS: &[&str] = &[
    "output_tokens",
    "completion_tokens",
    "tokens_completion",
    "tokens_out",
    "tokens_output",
    "generated_tokens",
    "candidates_token_count",
    "output",
];
const COST: &[&str] = &["cost", "total_cost", "cost_usd", "spend", "cost_total", "amount_usd", "kosten", "price"];
const COST_CURRENCY: &[&str] = &["cost_currency", "currency"];

/// What a column is probably for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    Id,
    Customer,
    EventType,
    OccurredAt,
    Subject,
    Model,
    InputTokens,
    CachedTokens,
    CacheWriteTokens,
    OutputTokens,
    Cost,
    CostCurrency,
}

impl Role {
    /// All of them, in the order in which they are looked for: a column has one.
    pub const ALL: [Self; 12] = [
        Self::Id,
        Self::OccurredAt,
        Self::Customer,
        Self::EventType,
        Self::Model,
        Self::CachedTokens,
        Self::CacheWriteTokens,
        Self::InputTokens,
        Self::OutputTokens,
        Self::CostCurrency,
        Self::Cost,
        Self::Subject,
    ];

    /// Our name; of a cost, for a vendor of that name.
    pub fn ours(self, vendor: &str) -> String {
        match self {
            Self::Id => "id",
            Self::Customer => "customer",
            Self::EventType => "event_type",
            Self::OccurredAt => "occurred_at",
            Self::Subject => "subject",
            Self::Model => "model",
            Self::InputTokens => "input_tokens",
            Self::CachedTokens => "cached_tokens",
            Self::CacheWriteTokens => "cache_write_tokens",
            Self::OutputTokens => "output_tokens",
            Self::Cost => return format!("cost.{vendor}"),
            Self::CostCurrency => "cost_currency",
        }
        .to_owned()
    }

    /// How likely a column of this name is for it: the less the better, from 0; `None` for not at all.
    pub fn rank(self, name: &str) -> Option<usize> {
        let (parents, last) = name.rsplit_once('.').unwrap_or(("", name));
        let last = plain(last);
        // `cost.input` is money.
        if self.is_count() && ["cost", "price", "spend"].iter().any(|money| plain(parents).contains(money)) {
            return None;
        }
        let names = self.names();
        names.iter().position(|known| *known == last).or_else(|| self.is_like(&last).then_some(names.len()))
    }

    /// Whether it counts tokens.
    pub fn is_count(self) -> bool {
        matches!(self, Self::InputTokens | Self::CachedTokens | Self::CacheWriteTokens | Self::OutputTokens)
    }

    /// Names that programs use for it, the surest first.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Id => ID,
            Self::Customer => CUSTOMER,
            Self::EventType => EVENT_TYPE,
            Self::OccurredAt => OCCURRED_AT,
            Self::Subject => SUBJECT,
            Self::Model => MODEL,
            Self::InputTokens => INPUT_TOKENS,
            Self::CachedTokens => CACHED_TOKENS,
            Self::CacheWriteTokens => CACHE_WRITE_TOKENS,
            Self::OutputTokens => OUTPUT_TOKENS,
            Self::Cost => COST,
            Self::CostCurrency => COST_CURRENCY,
        }
    }

    /// Whether a name that nobody listed is like those that are.
    fn is_like(self, plain: &str) -> bool {
        let has = |part: &str| plain.contains(part);
        match self {
            Self::OccurredAt => plain.ends_with("_at") || has("timestamp") || plain.ends_with("_time"),
            Self::Customer => has("customer") || has("tenant"),
            Self::CachedTokens => has("cache") && has("token") && !has("write") && !has("creation"),
            Self::InputTokens => has("token") && (has("input") || has("prompt")) && !has("cache"),
            Self::OutputTokens => has("token") && (has("output") || has("completion")),
            Self::Model => plain.ends_with("_model"),
            Self::Cost => plain.ends_with("_cost") || plain.starts_with("cost_"),
            Self::CostCurrency => is_near_currency(plain),
            _ => false,
        }
    }
}

/// Whether a count of cached tokens is among those that another column counts, as OpenAI and Gemini have it. Anthropic's are
/// beside them.
pub(super) fn is_among(cached: &str, input: &str) -> bool {
    let (parents, cached) = cached.rsplit_once('.').unwrap_or(("", cached));
    let last = plain(input.rsplit('.').next().unwrap_or(input));
    let is_known =
        ["input_cached_tokens", "cached_input_tokens", "cached_content_token_count"].contains(&plain(cached).as_str());
    last.contains("prompt_token") || plain(parents).ends_with("details") || is_known
}

/// Whether a count of what a model thought stands beside one of what it answered, as Gemini has it.
pub(super) fn is_beside(thoughts: &str, answer: &str) -> bool {
    let [(its, thoughts), (own, answer)] = [thoughts, answer].map(|name| name.rsplit_once('.').unwrap_or(("", name)));
    its == own && plain(thoughts) == "thoughts_token_count" && plain(answer) == "candidates_token_count"
}

/// In small letters, with `_` between words.
fn plain(name: &str) -> String {
    let mut plain = String::new();
    let mut before = ' ';
    for sign in name.chars() {
        if sign.is_uppercase() && before.is_lowercase() {
            plain.push('_');
        }
        match sign {
            ' ' | '-' => plain.push('_'),
            '(' | ')' | '$' | '#' | '€' => {}
            _ => plain.extend(sign.to_lowercase()),
        }
        before = sign;
    }
    plain.trim_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.rank(name).is_some())
    }

    #[test]
    fn names_say_what_a_column_is_for() {
        for (name, wanted) in [
            ("request_id", Some(Role::Id)),
            ("startTime", Some(Role::OccurredAt)),
            ("TIMESTAMP", Some(Role::OccurredAt)),
            ("usage.prompt_tokens", Some(Role::InputTokens)),
            ("usage.prompt_tokens_details.cached_tokens", Some(Role::CachedTokens)),
            ("completion_tokens", Some(Role::OutputTokens)),
            ("Kunde", Some(Role::Customer)),
            ("Cost ($)", Some(Role::Cost)),
            ("provided_model_name", Some(Role::Model)),
            ("usageMetadata.promptTokenCount", Some(Role::InputTokens)),
            ("cost.input", None),
            ("costDetails.output", None),
            ("BillingCurrency", Some(Role::CostCurrency)),
            ("lineItem/CurrencyCode", Some(Role::CostCurrency)),
            ("ccy", Some(Role::CostCurrency)),
            ("temperature", None),
        ] {
            assert_eq!(role(name), wanted, "{name}");
        }
    }

    #[test]
    fn who_counts_cached_tokens_twice_is_known() {
        for (cached, input, wanted) in [
            ("usage.prompt_tokens_details.cached_tokens", "usage.prompt_tokens", true),
            ("usage.input_tokens_details.cached_tokens", "usage.input_tokens", true),
            ("usageMetadata.cachedContentTokenCount", "usageMetadata.promptTokenCount", true),
            ("input_cached_tokens", "input_tokens", true),
            ("cache_read_input_tokens", "input_tokens", false),
            ("cached_tokens", "input_tokens", false),
        ] {
            assert_eq!(is_among(cached, input), wanted, "{cached}");
        }
        assert!(is_beside("u.thoughtsTokenCount", "u.candidatesTokenCount"));
        assert!(!is_beside("thoughtsTokenCount", "u.candidatesTokenCount"));
    }
}
