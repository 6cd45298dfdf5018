//! Products with fixed fees and credits.

use crate::support::catalog_text::{
    FROM_WALLET, PER_SEAT, asset, earning, falling, fixed, grant, lasting, overage, per_event, product, whole,
};

/// Fixed fees, by payment and from the wallet, with credits that they pay for.
pub fn hybrid() -> String {
    let by_seat = format!("{PER_SEAT}{FROM_WALLET}");
    let monthly = format!("{PER_SEAT}{}{}", lasting("month", "rollover", Some(50)), earning("0.062"));
    let weekly = lasting("week", "expire_and_replace", None) + &earning("0.01");
    let club = format!("{PER_SEAT}{}{}", lasting("month", "rollover", None), earning("0.031"));
    let setup = "[[product.price]]\nname = \"Setup\"\ntype = \"fixed\"\nbilling_model = { type = \"one_time\" }\n\
                 asset = \"USD\"\nunit_price = 12\n";
    whole(&[
        asset("CREDIT", "0.05 USD", "expires_after = { duration = \"month\", duration_count = 1 }"),
        product(
            "studio",
            &[
                fixed("Platform fee", "31 USD", "month", PER_SEAT),
                setup.to_owned(),
                per_event("Image", "image", "10 CREDIT", &overage("0.06")),
                grant("Monthly credits", "100 CREDIT", &monthly),
            ],
        ),
        product(
            "pro",
            &[
                fixed("Support", "365 USD", "year", ""),
                per_event("Image", "image", "7 CREDIT", ""),
                grant("Included", "70 CREDIT", &weekly),
            ],
        ),
        product(
            "desk",
            &[
                fixed("Desk fee", "7 USD", "week", &by_seat),
                falling("Calls", "call", ["0.9", "0.25"], "USD", "").replace("lifetime", "month"),
            ],
        ),
        product(
            "club",
            &[
                fixed("Club fee", "5 USD", "week", &by_seat),
                fixed("Locker", "3.1 USD", "month", &by_seat),
                grant("Club credits", "40 CREDIT", &club),
            ],
        ),
        product("track", &[fixed("Flat", "62 USD", "month", "")]),
    ])
}
