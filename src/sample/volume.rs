//! How much of something an event is about, as far as a field's name or its price says.

use super::random::Random;
use crate::catalog::{PricingModel, UsagePrice};
use crate::money::Decimal;

/// A field that holds a volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Volume {
    pub field: String,
    /// As many are smaller as larger, counted in the last decimal.
    median: u64,
    decimals: u32,
}

/// What is usual of fields whose names have these words in them: the median, counted in the last decimal, and how many
/// decimals there are. The first that is found counts.
const USUAL: [(&str, u64, u32); 24] = [
    ("cache_write", 200, 0),
    ("cached", 400, 0),
    ("reasoning", 300, 0),
    ("output_token", 300, 0),
    ("completion_token", 300, 0),
    ("generated_token", 300, 0),
    ("token", 1000, 0),
    ("character", 1500, 0),
    ("millisecond", 800, 0),
    ("_ms", 800, 0),
    ("second", 600, 1),
    ("minute", 300, 2),
    ("hour", 50, 2),
    ("gigabyte", 120, 2),
    ("_gb", 120, 2),
    ("megabyte", 500, 1),
    ("_mb", 500, 1),
    ("kilobyte", 300, 0),
    ("byte", 100_000, 0),
    ("image", 2, 0),
    ("price", 500, 4),
    ("cost", 500, 4),
    ("amount", 500, 4),
    ("usd", 500, 4),
];

/// The largest median: numbers are read to 18 digits.
const LARGEST: u64 = 1_000_000_000_000;

impl Volume {
    /// What is usual of the field, or what its price is made for.
    pub fn new(field: &str, price: &UsagePrice) -> Self {
        let name = field.to_lowercase();
        let usual = USUAL.iter().find(|(word, _, _)| name.contains(word));
        let (median, decimals) =
            usual.map_or_else(|| (of_price(price), 0), |(_, median, decimals)| (*median, *decimals));
        Self { field: field.to_owned(), median, decimals }
    }

    /// A volume as it is written in a log.
    pub fn draw(&self, random: &mut Random) -> String {
        let size = random.size(self.median);
        if self.decimals == 0 {
            return size.to_string();
        }
        let one = 10u64.pow(self.decimals);
        format!("{}.{:0width$}", size / one, size % one, width = self.decimals as usize)
    }
}

/// A block of a package is one event's as a rule, a tier is used up in some hundred events, and a rate is for those of a
/// thousand events.
fn of_price(price: &UsagePrice) -> u64 {
    let row = price.rows.first();
    let tier = row.and_then(|row| row.tiers.first()).and_then(|tier| tier.up_to);
    let package = row.and_then(|row| row.package_size);
    let size = match (tier, package) {
        (Some(tier), _) => whole(tier) / 300,
        (None, Some(package)) if price.pricing_model == PricingModel::Package => whole(package),
        (None, Some(package)) => whole(package) / 1000,
        (None, None) => 10,
    };
    size.clamp(1, LARGEST)
}

/// A size as a whole number, as near as matters here.
fn whole(number: Decimal) -> u64 {
    let digits = number.to_string();
    digits.split('.').next().and_then(|whole| whole.parse().ok()).unwrap_or(LARGEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::testing::catalog;

    fn volume(field: &str, more: &str) -> Volume {
        let text = format!(
            "[catalog]\nname = \"c\"\nreporting_currency = \"USD\"\n[[product]]\ncode = \"p\"\nname = \"P\"\n\
             [[product.price]]\nname = \"a\"\ntype = \"usage_based\"\nevent_type = \"e\"\nusage_type = \"volume\"\n\
             volume_field = \"{field}\"\nasset = \"USD\"\n{more}\n"
        );
        Volume::new(field, &catalog(&text).products[0].prices[0].usage)
    }

    #[test]
    fn a_size_is_what_the_name_says_or_what_the_price_is_made_for() {
        let is = |volume: Volume, median, decimals| assert_eq!((volume.median, volume.decimals), (median, decimals));
        is(volume("input_tokens", "volume_rate = 1"), 1000, 0);
        is(volume("Output_Tokens", "volume_rate = 1"), 300, 0);
        is(volume("seconds", "volume_rate = 1"), 600, 1);
        is(volume("things", "volume_rate = 1"), 10, 0);
        is(volume("things", "volume_rate = 1\npackage_size = 1_000_000"), 1000, 0);
        let blocks = "volume_rate = 1\npackage_size = 250\npricing_model = \"package\"\ntier_period = \"month\"";
        is(volume("things", blocks), 250, 0);
        let tiers = "pricing_model = \"graduated\"\ntier_period = \"month\"\n\
                     tiers = [{ up_to = 30_000, volume_rate = 1 }, { volume_rate = 0.5 }]";
        is(volume("things", tiers), 100, 0);
    }

    #[test]
    fn a_fraction_has_its_decimals() {
        let mut random = Random::new(5, 5);
        for _ in 0..100 {
            let drawn = volume("gigabytes", "volume_rate = 1").draw(&mut random);
            assert_eq!(drawn.split_once('.').unwrap().1.len(), 2, "{drawn}");
        }
    }
}
