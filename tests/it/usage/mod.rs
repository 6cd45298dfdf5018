//! Reading usage logs through the public interface.

mod bad_input;
mod costs;
mod doubts;
mod equivalence;
mod formats;
mod guess;
mod left_out;
mod log;
mod mappings;
mod meant;
mod nested;
mod sources;
mod sums;
mod typed;
mod ways;
