//! Tables of a catalog as text, for tests beside the code and for those from outside.

/// Charged for each seat.
pub const PER_SEAT: &str = "per_seat = true\n";
/// Taken from the wallet.
pub const FROM_WALLET: &str = "collection = \"balance\"\n";

/// Counts the field `n`.
pub const OF_N: &str = "volume_field = \"n\"\n";

/// A wallet that runs dry goes below zero.
pub const OVERDRAFT: &str = "[policy]\ninsufficient_funds = \"overdraft\"\n";

/// A catalog of these tables, with the one that every catalog begins with.
pub fn whole(tables: &[String]) -> String {
    format!("[catalog]\nname = \"c\"\nreporting_currency = \"USD\"\n{}", tables.concat())
}

/// An asset of whole units: `"0.05 USD"` each, and further keys.
pub fn asset(code: &str, rate: &str, more: &str) -> String {
    let (rate, source) = rate.split_once(' ').unwrap();
    format!(
        "[[asset]]\ncode = \"{code}\"\nprecision = 0\nrates = [{{ source = \"{source}\", rate = {rate} }}]\n{more}\n"
    )
}

/// A product's table and what comes below it.
pub fn product(code: &str, tables: &[String]) -> String {
    format!("[[product]]\ncode = \"{code}\"\nname = \"{code}\"\n{}", tables.concat())
}

/// A fixed price: `"20 USD"` each `"month"`, and further keys.
pub fn fixed(name: &str, price: &str, interval: &str, more: &str) -> String {
    let (amount, asset) = price.split_once(' ').unwrap();
    format!(
        "[[product.price]]\nname = \"{name}\"\ntype = \"fixed\"\nasset = \"{asset}\"\nunit_price = {amount}\n\
         billing_model = {{ type = \"recurring\", interval = \"{interval}\" }}\n{more}\n"
    )
}

/// A price of each event: `"10 CREDIT"`, and further keys.
pub fn per_event(name: &str, event_type: &str, price: &str, more: &str) -> String {
    let (amount, asset) = price.split_once(' ').unwrap();
    usage(name, event_type, "unit", asset, &format!("unit_price = {amount}\n{more}"))
}

/// A price of each unit of the field `n`: `"10 CREDIT"`, and further keys.
pub fn per_unit(name: &str, event_type: &str, price: &str, more: &str) -> String {
    let (rate, asset) = price.split_once(' ').unwrap();
    usage(name, event_type, "volume", asset, &format!("{OF_N}volume_rate = {rate}\n{more}"))
}

/// A price of each event that falls: three at the first price, and all at the second one when there are more.
pub fn falling(name: &str, event_type: &str, [first, second]: [&str; 2], asset: &str, more: &str) -> String {
    let tiers = format!("tiers = [{{ up_to = 3, unit_price = {first} }}, {{ unit_price = {second} }}]\n");
    usage(
        name,
        event_type,
        "unit",
        asset,
        &format!("pricing_model = \"volume\"\ntier_period = \"lifetime\"\n{tiers}{more}"),
    )
}

/// A usage price in an asset that counts `"unit"` or `"volume"`; the numbers are among the further keys.
pub fn usage(name: &str, event_type: &str, counts: &str, asset: &str, more: &str) -> String {
    format!(
        "[[product.price]]\nname = \"{name}\"\ntype = \"usage_based\"\nevent_type = \"{event_type}\"\n\
         usage_type = \"{counts}\"\nasset = \"{asset}\"\n{more}\n"
    )
}

/// Who falls below so many units of an asset pays: `"5 USD"`, and further keys.
pub fn auto_topup(asset: &str, threshold: impl std::fmt::Display, amount: &str, more: &str) -> String {
    format!("[[auto_topup]]\nasset = \"{asset}\"\nthreshold = {threshold}\namount = \"{amount}\"\n{more}")
}

/// The most that a rule pays in a month: `"10 USD"`.
pub fn limit(amount: &str) -> String {
    format!("limit = \"{amount}\"\n")
}

/// A price of all units of the field `n` together, which falls after so many: `[(Some(10), "1"), (None, "0.5")]`.
pub fn bulk(name: &str, event_type: &str, asset: &str, tiers: &[(Option<u32>, &str)]) -> String {
    let tier = |(up_to, rate): &(Option<u32>, &str)| match up_to {
        Some(up_to) => format!("{{ up_to = {up_to}, volume_rate = {rate} }}"),
        None => format!("{{ volume_rate = {rate} }}"),
    };
    let tiers = tiers.iter().map(tier).collect::<Vec<_>>().join(", ");
    let more = format!("{OF_N}pricing_model = \"volume\"\ntier_period = \"lifetime\"\ntiers = [{tiers}]\n");
    usage(name, event_type, "volume", asset, &more)
}

/// A vendor, and what each event or each unit costs: as a price, without its name.
pub fn vendor(code: &str, event_type: &str, counts: &str, asset: &str, more: &str) -> String {
    format!(
        "[[vendor]]\ncode = \"{code}\"\n[[vendor.cost]]\nevent_type = \"{event_type}\"\nusage_type = \"{counts}\"\n\
         asset = \"{asset}\"\n{more}"
    )
}

/// An entitlement: `"100 CREDIT"`, and further keys.
pub fn grant(name: &str, amount: &str, more: &str) -> String {
    let (amount, asset) = amount.split_once(' ').unwrap();
    format!("[[product.entitlement]]\nname = \"{name}\"\nasset = \"{asset}\"\namount = {amount}\n{more}\n")
}

/// How long an entitlement lasts, and what becomes of the rest: `"rollover"`, up to a limit if there is one.
pub fn lasting(duration: &str, strategy: &str, limit: Option<u32>) -> String {
    let limit = limit.map(|limit| format!(", limit = {limit}")).unwrap_or_default();
    format!("lifecycle = {{ duration = \"{duration}\", refresh = {{ strategy = \"{strategy}\"{limit} }} }}\n")
}

/// What a unit of an entitlement earns when it is used.
pub fn earning(basis: &str) -> String {
    format!("accounting = {{ revenue_basis = {basis} }}\n")
}

/// What is charged in dollars for each unit that the account lacks.
pub fn overage(rate: &str) -> String {
    format!("overage = {{ asset = \"USD\", rate = {rate} }}\n")
}
