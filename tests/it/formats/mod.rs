//! What scripts get: the JSON and the CSV of every command that has them, as transcripts.

#[test]
fn json_and_csv_are_as_documented() {
    trycmd::TestCases::new()
        .env("DRAWDOWN_NOW", "2026-07-01T00:00:00Z")
        .register_bin("drawdown", std::path::Path::new(env!("CARGO_BIN_EXE_drawdown")))
        .case("tests/it/formats/*.trycmd");
}
