//! Where it happens: a catalog with a bit of everything, at the beginning of a year.

use crate::support::Workspace;

/// Two assets on overdraft, an automatic top-up, a vendor with costs, several prices for one event.
pub const CATALOG: &str = r#"
[catalog]
name = "trust"
reporting_currency = "USD"

[policy]
insufficient_funds = "overdraft"

[[asset]]
code = "CREDIT"
name = "Credits"
precision = 0
rates = [{ source = "USD", rate = 0.05 }]
expires_after = { duration = "month", duration_count = 1 }
overdraft_limit = 100

[[asset]]
code = "MIN"
name = "Minutes"
precision = 3
rates = [{ source = "USD", rate = 0.07 }]

[[vendor]]
code = "openai"
name = "OpenAI"

[[vendor.cost]]
event_type = "image"
usage_type = "unit"
asset = "USD"
values = [{ unit_price = 0.011 }]

[[product]]
code = "studio"
name = "Studio"

[[product.price]]
name = "Image"
type = "usage_based"
event_type = "image"
usage_type = "unit"
asset = "CREDIT"
billable_dimensions = ["model"]
values = [{ model = "hd", unit_price = 20 }, { unit_price = 12 }]

[[product.price]]
name = "Call"
type = "usage_based"
event_type = "call"
usage_type = "volume"
volume_field = "seconds"
asset = "MIN"
values = [{ volume_rate = 0.35, package_size = 60 }]

[[product.price]]
name = "Call fee"
type = "usage_based"
event_type = "call"
usage_type = "unit"
asset = "CREDIT"
values = [{ unit_price = 1 }]

[[auto_topup]]
asset = "CREDIT"
threshold = 100
amount = "20 USD"
limit = "60 USD"
"#;

/// A catalog and no ledger.
pub fn unapplied() -> Workspace {
    Workspace::new().with("catalogs/catalog.toml", CATALOG).at("2026-12-31T00:00:00Z")
}

/// A catalog and a ledger that has it.
pub fn applied() -> Workspace {
    let workspace = unapplied();
    workspace.ok("apply --yes");
    workspace
}
