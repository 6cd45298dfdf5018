//! Why a file is no price list.

use thiserror::Error;

/// Why a file is no price list.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ListError {
    /// No JSON, or no object.
    #[error("it is not a JSON object: {0}")]
    Json(String),
    /// An object that neither of the lists looks like.
    #[error("it is neither LiteLLM's price list nor models.dev's")]
    Unknown,
}
