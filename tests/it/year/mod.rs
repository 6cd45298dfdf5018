//! A year of one customer of a hybrid product, told in commands. Every figure is worked out beside it by hand.

#[test]
fn a_year_of_a_hybrid_customer() {
    trycmd::TestCases::new()
        .env("DRAWDOWN_NOW", "2026-01-01T00:00:00Z")
        .register_bin("drawdown", std::path::Path::new(env!("CARGO_BIN_EXE_drawdown")))
        .case("tests/it/year/*.trycmd");
}
