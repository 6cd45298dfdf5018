//! The tables, a file for each: what a table is made of, which of its columns are facts, how its rows are written, and how
//! they are read back. What several tables say together is asked elsewhere.
//!
//! A table holds *facts*, which are appended and never changed ([`seal`]), or what is *derived* of them, which `verify`
//! recomputes. A table may have both: then the fact columns come first.

pub(super) mod adjustment;
pub(super) mod append;
pub(super) mod asset;
pub(super) mod auto_topup_rule;
pub(super) mod charge;
pub(super) mod charge_draw;
mod code;
pub(super) mod counter;
pub(super) mod customer;
pub(super) mod customer_month;
pub(super) mod deficit;
pub(super) mod denial;
pub(super) mod event;
pub(super) mod expiry;
pub(super) mod key_chunk;
pub(super) mod key_run;
pub(super) mod lapse;
pub(super) mod lot;
pub(super) mod meta;
pub(super) mod operation;
pub(super) mod payment;
pub(super) mod product_version;
pub(super) mod rebilled;
pub(super) mod recovery;
pub(super) mod refund;
pub(super) mod refund_part;
pub(super) mod refundable;
pub(super) mod repayment;
pub(super) mod rollover;
pub(super) mod rollup;
pub(super) mod seal;
pub(super) mod shape;
pub(super) mod shape_month;
pub(super) mod subscription;
pub(super) mod subscription_end;
pub(super) mod table;
pub(super) mod taken;
pub(super) mod terms;
pub(super) mod topup;
pub(super) mod vendor;
pub(super) mod voided;

use table::Table;

/// Every table, in the order in which they are made.
pub(super) const ALL: [&Table; 37] = [
    &meta::META,
    &seal::SEAL,
    &operation::OPERATION,
    &terms::TERMS,
    &product_version::PRODUCT_VERSION,
    &asset::ASSET,
    &vendor::VENDOR,
    &shape::SHAPE,
    &customer::CUSTOMER,
    &subscription::SUBSCRIPTION,
    &subscription_end::SUBSCRIPTION_END,
    &payment::PAYMENT,
    &charge::CHARGE,
    &charge_draw::CHARGE_DRAW,
    &lapse::LAPSE,
    &recovery::RECOVERY,
    &auto_topup_rule::AUTO_TOPUP_RULE,
    &lot::LOT,
    &topup::TOPUP,
    &adjustment::ADJUSTMENT,
    &taken::TAKEN,
    &refund::REFUND,
    &refund_part::REFUND_PART,
    &expiry::EXPIRY,
    &rollover::ROLLOVER,
    &repayment::REPAYMENT,
    &event::EVENT,
    &denial::DENIAL,
    &voided::VOIDED,
    &rebilled::REBILLED,
    &customer_month::CUSTOMER_MONTH,
    &shape_month::SHAPE_MONTH,
    &counter::COUNTER,
    &refundable::REFUNDABLE,
    &deficit::DEFICIT,
    &key_run::KEY_RUN,
    &key_chunk::KEY_CHUNK,
];

#[cfg(test)]
mod tests;
