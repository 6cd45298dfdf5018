//! Taking things back.

mod rebill;
mod void;
