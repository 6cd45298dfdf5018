pub mod findings;
