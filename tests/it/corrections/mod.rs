//! Taking things back.

mod void;
