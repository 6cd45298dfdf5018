//! Customers, what is paid in, what is left, and what moved it.

mod hybrid;
mod overdraft;
mod world;

#[test]
fn transcripts() {
    trycmd::TestCases::new()
        .env("DRAWDOWN_NOW", "2026-07-01T00:00:00Z")
        .register_bin("drawdown", std::path::Path::new(env!("CARGO_BIN_EXE_drawdown")))
        .case("tests/it/people/*.trycmd");
}
