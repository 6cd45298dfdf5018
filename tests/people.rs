//! Customers, what is paid in, what is left, and what moved it.

#[path = "people/hybrid.rs"]
mod hybrid;
#[path = "people/overdraft.rs"]
mod overdraft;
#[path = "people/world.rs"]
mod world;

#[test]
fn transcripts() {
    trycmd::TestCases::new()
        .env("DRAWDOWN_NOW", "2026-07-01T00:00:00Z")
        .register_bin("drawdown", std::path::Path::new(env!("CARGO_BIN_EXE_drawdown")))
        .case("tests/people/*.trycmd");
}
