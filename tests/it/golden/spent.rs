//! Catalogs of one product, and the customer who spends on it.

use crate::support::One;

/// A price in the catalog's words: one unit of the asset for each unit of `n` in a `use` event.
const ONE_EACH: &str = r#"
[[product]]
code = "p"
name = "P"
[[product.price]]
name = "Use"
type = "usage_based"
event_type = "use"
usage_type = "volume"
volume_field = "n"
asset = "CREDIT"
values = [{ volume_rate = 1 }]
"#;

/// Whole credits at `rate` USD, spent by `use` events one for one.
pub fn credits(insufficient_funds: &str, rate: &str, more: &str) -> One {
    let policy = format!("[policy]\ninsufficient_funds = \"{insufficient_funds}\"\n");
    let asset = format!(
        "[[asset]]\ncode = \"CREDIT\"\nname = \"Credits\"\nprecision = 0\n\
         rates = [{{ source = \"USD\", rate = \"{rate}\" }}]\n"
    );
    One::subscriber(&format!("{policy}{asset}{more}{ONE_EACH}"))
}

/// Dollars, spent by `use` events at `price` a unit.
pub fn rated(insufficient_funds: &str, price: &str) -> One {
    let policy = format!("[policy]\ninsufficient_funds = \"{insufficient_funds}\"\n");
    let prices = ONE_EACH.replace("volume_rate = 1", &format!("volume_rate = {price}")).replace("CREDIT", "USD");
    One::subscriber(&format!("{policy}{prices}"))
}
