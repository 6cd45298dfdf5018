//! Price lists that others keep of language models: LiteLLM's `model_prices_and_context_window.json`, whose prices are for one
//! token, and models.dev's `api.json`, whose prices are for a million. Here they are all for a million, and exact.
//!
//! Their fields were looked up on 2026-11-27: in `model_prices_and_context_window.schema.json` of BerriAI/litellm with the page
//! docs.litellm.ai/docs/proxy/model_cost_map, and in `packages/core/src/schema.ts` of anomalyco/models.dev (before:
//! sst/models.dev).

mod error;
mod json;
mod list;
mod litellm;
mod model;
mod models_dev;
mod number;
mod sha256;

pub use error::ListError;
pub use list::{Format, PriceList, read};
pub use model::{LeftOut, Listed, Rates};
pub use sha256::sha256;
