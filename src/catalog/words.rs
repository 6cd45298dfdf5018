//! How the parts of a product are said to people, in plans and lists alike.

pub use super::tables::{
    LISTED, Shown, amount, entitlement_in_words as entitlement, every, fixed_price_in_words as fixed_price,
    overage_in_words as overage, shown_of_entitlement, shown_of_fixed, shown_of_usage_row, span,
    tiers_in_words as tiers,
};
