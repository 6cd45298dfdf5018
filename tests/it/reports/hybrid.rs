//! Products with fixed fees and credits.

/// Fixed fees, by payment and from the wallet, with credits that they pay for.
pub const HYBRID: &str = r#"
[catalog]
name = "hybrid"
reporting_currency = "USD"

[[asset]]
code = "CREDIT"
name = "Credits"
precision = 0
rates = [{ source = "USD", rate = 0.05 }]
expires_after = { duration = "month", duration_count = 1 }

[[product]]
code = "studio"
name = "Studio"
[[product.price]]
name = "Platform fee"
type = "fixed"
billing_model = { type = "recurring", interval = "month" }
asset = "USD"
unit_price = 31
per_seat = true
[[product.price]]
name = "Setup"
type = "fixed"
billing_model = { type = "one_time" }
asset = "USD"
unit_price = 12
[[product.price]]
name = "Image"
type = "usage_based"
event_type = "image"
usage_type = "unit"
asset = "CREDIT"
unit_price = 10
overage = { asset = "USD", rate = 0.06 }
[[product.entitlement]]
name = "Monthly credits"
asset = "CREDIT"
amount = 100
per_seat = true
lifecycle = { duration = "month", refresh = { strategy = "rollover", limit = 50 } }
accounting = { revenue_basis = 0.062 }

[[product]]
code = "pro"
name = "Pro"
[[product.price]]
name = "Support"
type = "fixed"
billing_model = { type = "recurring", interval = "year" }
asset = "USD"
unit_price = 365
[[product.price]]
name = "Image"
type = "usage_based"
event_type = "image"
usage_type = "unit"
asset = "CREDIT"
unit_price = 7
[[product.entitlement]]
name = "Included"
asset = "CREDIT"
amount = 70
lifecycle = { duration = "week", refresh = { strategy = "expire_and_replace" } }
accounting = { revenue_basis = 0.01 }

[[product]]
code = "desk"
name = "Desk"
[[product.price]]
name = "Desk fee"
type = "fixed"
billing_model = { type = "recurring", interval = "week" }
asset = "USD"
unit_price = 7
per_seat = true
collection = "balance"
[[product.price]]
name = "Calls"
type = "usage_based"
event_type = "call"
usage_type = "unit"
asset = "USD"
pricing_model = "volume"
tier_period = "month"
tiers = [{ up_to = 3, unit_price = 0.9 }, { unit_price = 0.25 }]

[[product]]
code = "club"
name = "Club"
[[product.price]]
name = "Club fee"
type = "fixed"
billing_model = { type = "recurring", interval = "week" }
asset = "USD"
unit_price = 5
per_seat = true
collection = "balance"
[[product.price]]
name = "Locker"
type = "fixed"
billing_model = { type = "recurring", interval = "month" }
asset = "USD"
unit_price = 3.1
per_seat = true
collection = "balance"
[[product.entitlement]]
name = "Club credits"
asset = "CREDIT"
amount = 40
per_seat = true
lifecycle = { duration = "month", refresh = { strategy = "rollover" } }
accounting = { revenue_basis = 0.031 }

[[product]]
code = "track"
name = "Track"
[[product.price]]
name = "Flat"
type = "fixed"
billing_model = { type = "recurring", interval = "month" }
asset = "USD"
unit_price = 62
"#;
