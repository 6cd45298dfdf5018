//! How the parts of a product are said to people, in plans and lists alike.

pub use super::tables::{
    amount, entitlement_in_words as entitlement, every, fixed_price_in_words as fixed_price, life_in_words as life,
    overage_in_words as overage, span, tiers_in_words as tiers,
};
