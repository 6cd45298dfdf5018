//! Taking things back.

mod payments;
mod rebill;
mod void;
