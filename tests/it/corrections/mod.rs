//! Taking things back.

mod payments;
mod rebill;
mod refund;
mod void;
