//! The ledger that most reports are made of.

use crate::support::Book;

pub const CATALOG: &str = r#"
[catalog]
name = "test"
reporting_currency = "USD"
[policy]
insufficient_funds = "deny"

[[asset]]
code = "CREDIT"
name = "Credits"
precision = 0
rates = [{ source = "USD", rate = 0.05 }]
expires_after = { duration = "month", duration_count = 1 }

[[vendor]]
code = "openai"
name = "OpenAI"

[[product]]
code = "llm"
name = "LLM"
[[product.price]]
name = "Input"
type = "usage_based"
event_type = "call"
usage_type = "volume"
volume_field = "input"
asset = "USD"
billable_dimensions = ["model"]
values = [{ volume_rate = 0.01 }]
[[product.price]]
name = "Output"
type = "usage_based"
event_type = "call"
usage_type = "volume"
volume_field = "output"
asset = "USD"
volume_rate = 0.03

[[product]]
code = "studio"
name = "Studio"
[[product.price]]
name = "Image"
type = "usage_based"
event_type = "image"
usage_type = "unit"
asset = "CREDIT"
unit_price = 20

[[auto_topup]]
asset = "CREDIT"
threshold = 10
amount = "20 USD"
"#;

/// Paid and given credit, two fees and two vendors for one event, a denied and an unpriced one, a payment made by rule,
/// and credit that expires.
pub const LOG: &str = "\
id,customer,event_type,occurred_at,model,input,output,cost.openai,cost.aws
e1,acme,call,2026-07-02T00:00:00Z,a,100,100,0.50,0.30
e2,acme,call,2026-07-03T00:00:00Z,b,200,100,2,
e3,acme,call,2026-07-03T12:00:00Z,a,1000,0,1,
e4,acme,search,2026-07-04T00:00:00Z,,,,,0.10
e5,globex,image,2026-07-05T00:00:00Z,a,,,3,
e6,initech,image,2026-07-20T00:00:00Z,,,,,
";

/// The ledger of [`LOG`].
pub fn worked() -> Book {
    let mut book = Book::new(CATALOG);
    for (customer, product) in [("acme", "llm"), ("globex", "studio"), ("initech", "studio")] {
        book.subscribe(customer, product, 1, "2026-07-01").unwrap();
    }
    book.top_up("acme", "10", "USD", "2026-07-01");
    book.gift("acme", "5", "USD", "2026-07-01");
    book.top_up("globex", "20", "CREDIT", "2026-07-01");
    book.replay(LOG);
    book.advance("2026-08-05");
    book
}
