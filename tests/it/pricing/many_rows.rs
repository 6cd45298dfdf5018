//! A price with more rows than two bytes can count, as a provider's whole list by model and region may have.

use crate::support::Workspace;
use std::fmt::Write;

/// Models and regions; each pair of them has a price, and the last one is dearer.
const MODELS: usize = 700;
const REGIONS: usize = 100;

fn catalog() -> String {
    let mut text = String::from(
        "[catalog]\nreporting_currency = \"USD\"\n\n[[product]]\ncode = \"api\"\n\n\
         [[product.price]]\nname = \"Call\"\ntype = \"usage_based\"\n\
         event_type = \"call\"\nusage_type = \"unit\"\nasset = \"USD\"\n\
         billable_dimensions = [\"model\", \"region\"]\nvalues = [\n",
    );
    for (model, region) in (0..MODELS).flat_map(|model| (0..REGIONS).map(move |region| (model, region))) {
        let price = if (model, region) == (MODELS - 1, REGIONS - 1) { "7" } else { "0.5" };
        writeln!(text, "  {{ model = \"m{model}\", region = \"r{region}\", unit_price = {price} }},").unwrap();
    }
    text + "]\n"
}

#[test]
fn every_row_of_seventy_thousand_is_found_and_billed() {
    let log = "id,customer,event_type,occurred_at,model,region\n\
               a,ada,call,2026-07-01T10:00:00Z,m699,r99\n\
               b,ada,call,2026-07-01T11:00:00Z,m0,r0\n\
               c,ada,call,2026-07-01T12:00:00Z,m699,r99\n\
               d,ada,call,2026-07-01T13:00:00Z,m655,r36\n";
    let own = Workspace::new().with("catalogs/catalog.toml", catalog()).with("usage.csv", log);
    own.ok("check");
    own.ok("apply --yes");
    own.ok("customer add ada --at 2026-07-01");
    own.ok("subscribe ada api --at 2026-07-01");
    own.ok("topup ada 100 USD --at 2026-07-01");
    own.ok("replay usage.csv");
    assert_eq!(own.available("ada", "USD"), "85.00");
    own.verify();
}
