//! Products, and what one customer does with them, on a grid of half days so that things often coincide.

use std::fmt;

/// Custom credits, and dollars.
pub const ASSETS: [&str; 2] = ["CREDIT", "USD"];
pub const USD: usize = 1;
pub const EVENT_TYPES: [&str; 2] = ["call", "job"];
pub const MODELS: [&str; 2] = ["a", "b"];
/// 2024-01-29T00:00:00Z: from here all ticks of twelve hours are counted.
const BASE: i64 = 1_706_486_400_000_000;
/// Cents to units of a dollar.
pub const CENT: i64 = 10_000_000;

#[derive(Clone)]
pub struct World {
    pub overdraft: bool,
    /// How far below zero, in units, by asset.
    pub overdraft_limits: [Option<i64>; 2],
    /// Days that a paid lot lives, by asset.
    pub expires_after: [Option<i64>; 2],
    /// By asset.
    pub rules: [Option<Rule>; 2],
    pub products: Vec<Product>,
    pub actions: Vec<Action>,
}

/// An automatic top-up rule: threshold in whole ones of the asset, the others in whole dollars. A credit costs 10 cents.
#[derive(Debug, Clone)]
pub struct Rule {
    pub threshold: i64,
    pub amount: i64,
    pub limit: Option<i64>,
}

#[derive(Debug, Clone)]
pub struct Product {
    pub fixed: Vec<Fixed>,
    pub entitlements: Vec<Entitlement>,
    pub usage: Vec<Usage>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    Days(i64),
    Months(i64),
}

/// A flat charge; payments are in dollars. Prices are in units of a credit, or cents.
#[derive(Debug, Clone)]
pub struct Fixed {
    pub every: Option<Every>,
    pub asset: usize,
    pub price: i64,
    pub per_seat: bool,
    pub balance: bool,
    /// Up to so many seats the price, and so much for each that is more, or for all once there are more.
    pub tiers: Option<(i64, i64, bool)>,
}

impl Fixed {
    /// What so many seats come to, one after the other.
    pub fn of_seats(&self, seats: i64) -> i64 {
        let Some((up_to, other, is_volume)) = self.tiers.filter(|_| self.per_seat) else {
            return self.price * if self.per_seat { seats } else { 1 };
        };
        let price = |seat: i64| if if is_volume { seats } else { seat } <= up_to { self.price } else { other };
        (1..=seats).map(price).sum()
    }
}

#[derive(Debug, Clone)]
pub struct Entitlement {
    pub name: usize,
    pub asset: usize,
    /// In units of a credit, or cents.
    pub amount: i64,
    pub promotion: bool,
    pub priority: i64,
    pub per_seat: bool,
    /// How long it lives, and what comes then.
    pub lifecycle: Option<(Every, Refresh)>,
    /// Cents for a whole one.
    pub basis: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresh {
    Never,
    Replace,
    /// In the units of the amount.
    RollOver(Option<i64>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    Flat,
    Graduated,
    Volume,
    Package,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TierPeriod {
    Lifetime,
    Month,
    Cycle,
    Event,
}

/// A price by volume. Two tiers, of which a flat or package price uses the first, which is then for `package` units.
#[derive(Debug, Clone)]
pub struct Usage {
    /// Index into the event types.
    pub event_type: usize,
    pub asset: usize,
    pub model: Model,
    pub package: i64,
    pub period: TierPeriod,
    /// For a model of its own, if so, and for all others.
    pub rows: Vec<Row>,
    /// Cents for a credit that is lacking.
    pub overage: Option<i64>,
}

/// Prices are in tenths of a credit, or cents; flat fees in units of a credit, or cents.
#[derive(Debug, Clone)]
pub struct Row {
    pub model: Option<usize>,
    pub up_to: i64,
    pub prices: [i64; 2],
    pub flat_fees: [i64; 2],
}

/// What happens at a tick.
#[derive(Debug, Clone)]
pub struct Action {
    pub tick: i64,
    pub what: What,
}

#[derive(Debug, Clone)]
pub enum What {
    Subscribe {
        product: usize,
        seats: i64,
        start: i64,
        end: Option<i64>,
    },
    /// Of the subscription `which`, counted among those that are there.
    Change {
        which: usize,
        product: usize,
        seats: i64,
        how: How,
    },
    Cancel {
        which: usize,
        when: When,
    },
    Resume {
        which: usize,
    },
    /// Cents for an asset.
    Pay {
        cents: i64,
        asset: usize,
    },
    /// Units of a credit, or cents; so many ticks long.
    Gift {
        amount: i64,
        asset: usize,
        ticks: Option<i64>,
    },
    TakeBack {
        amount: i64,
        asset: usize,
        refund: bool,
    },
    /// So many ticks ago.
    Use {
        event_type: usize,
        model: Option<usize>,
        volume: i64,
        /// The volume is so many 10^-28: together with others it soon has more digits than a decimal.
        is_tiny: bool,
        ago: i64,
    },
    Advance,
}

/// When other terms begin: at once, so many ticks later, or when the period ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    Now,
    Later(i64),
    PeriodEnd,
}

#[derive(Debug, Clone, Copy)]
pub enum When {
    At(i64),
    PeriodEnd,
    /// At the very instant at which the terms begin.
    TermsBegin,
    /// At the very instant at which they end already, or others follow.
    TermsEnd,
}

/// The instant of a tick, in microseconds.
pub fn micros(tick: i64) -> i64 {
    BASE + tick * 43_200_000_000
}

/// So many units of a credit, or cents, in the smallest units of the asset.
pub fn units(amount: i64, asset: usize) -> i64 {
    if asset == USD { amount * CENT } else { amount }
}

/// So many units of a credit, or cents, as a catalog writes it.
fn written(amount: i64, asset: usize) -> String {
    if asset == USD { format!("{}.{:02}", amount / 100, amount % 100) } else { amount.to_string() }
}

impl Product {
    /// The subscription's own period.
    pub fn cycle(&self) -> Option<Every> {
        let refreshed = |e: &Entitlement| e.lifecycle.filter(|l| l.1 != Refresh::Never).map(|l| l.0);
        self.fixed.iter().find_map(|f| f.every).or_else(|| self.entitlements.iter().find_map(refreshed))
    }
}

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Days(days) if days % 7 == 0 => write!(f, "\"week\", COUNT = {}", days / 7),
            Self::Days(days) => write!(f, "\"day\", COUNT = {days}"),
            Self::Months(months) if months % 12 == 0 => write!(f, "\"year\", COUNT = {}", months / 12),
            Self::Months(months) => write!(f, "\"month\", COUNT = {months}"),
        }
    }
}

impl fmt::Display for Fixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "type = \"fixed\"")?;
        let [price, asset] = [written(self.price, self.asset), ASSETS[self.asset].to_owned()];
        match self.tiers.filter(|_| self.per_seat) {
            None => writeln!(f, "asset = \"{asset}\"\nunit_price = {price}")?,
            Some((up_to, other, is_volume)) => writeln!(
                f,
                "asset = \"{asset}\"\npricing_model = \"{}\"\n\
                 tiers = [{{ up_to = {up_to}, unit_price = {price} }}, {{ unit_price = {} }}]",
                if is_volume { "volume" } else { "graduated" },
                written(other, self.asset)
            )?,
        }
        writeln!(f, "per_seat = {}", self.per_seat)?;
        writeln!(f, "collection = \"{}\"", if self.balance { "balance" } else { "payment" })?;
        let every = self.every.map(|every| every.to_string().replace("COUNT", "interval_count"));
        match every {
            Some(every) => writeln!(f, "billing_model = {{ type = \"recurring\", interval = {every} }}"),
            None => writeln!(f, "billing_model = {{ type = \"one_time\" }}"),
        }
    }
}

impl fmt::Display for Entitlement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, asset, amount, priority, per_seat, basis, .. } = self;
        writeln!(f, "[[product.entitlement]]\nname = \"{name}\"\nasset = \"{}\"", ASSETS[*asset])?;
        writeln!(f, "amount = {}\npriority = {priority}\nper_seat = {per_seat}", written(*amount, *asset))?;
        writeln!(f, "purpose = \"{}\"", if self.promotion { "promotion" } else { "bundled" })?;
        writeln!(f, "accounting = {{ revenue_basis = {} }}", written(*basis, USD))?;
        let Some((every, refresh)) = &self.lifecycle else { return Ok(()) };
        let every = every.to_string().replace("COUNT", "duration_count");
        let refresh = match refresh {
            Refresh::Never => String::new(),
            Refresh::Replace => ", refresh = { strategy = \"expire_and_replace\" }".into(),
            Refresh::RollOver(None) => ", refresh = { strategy = \"rollover\" }".into(),
            Refresh::RollOver(Some(limit)) => {
                format!(", refresh = {{ strategy = \"rollover\", limit = {} }}", written(*limit, *asset))
            }
        };
        writeln!(f, "lifecycle = {{ duration = {every}{refresh} }}")
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "type = \"usage_based\"\nevent_type = \"{}\"", EVENT_TYPES[self.event_type])?;
        writeln!(f, "usage_type = \"volume\"\nvolume_field = \"n\"\nasset = \"{}\"", ASSETS[self.asset])?;
        let model = format!("{:?}", self.model).to_lowercase();
        let period = format!("{:?}", self.period).to_lowercase();
        writeln!(f, "pricing_model = \"{model}\"\ntier_period = \"{period}\"")?;
        if let Some(cents) = self.overage {
            writeln!(f, "overage = {{ asset = \"USD\", rate = {} }}", written(cents, USD))?;
        }
        writeln!(f, "billable_dimensions = [\"model\"]\nvalues = [")?;
        let price =
            |price: i64| if self.asset == USD { written(price, USD) } else { format!("{}.{}", price / 10, price % 10) };
        for Row { model, up_to, prices, flat_fees } in &self.rows {
            write!(f, "  {{ model = \"{}\", ", model.map_or("*", |model| MODELS[model]))?;
            let [first, second] = prices.map(price);
            let [fee, other_fee] = flat_fees.map(|fee| written(fee, self.asset));
            match self.model {
                Model::Flat | Model::Package => {
                    writeln!(f, "volume_rate = {first}, package_size = {} }},", self.package)?
                }
                Model::Graduated | Model::Volume => writeln!(
                    f,
                    "tiers = [{{ up_to = {up_to}, volume_rate = {first}, flat_fee = {fee} }}, \
                     {{ volume_rate = {second}, flat_fee = {other_fee} }}] }},"
                )?,
            }
        }
        writeln!(f, "]")
    }
}

impl World {
    /// The catalog as a file.
    pub fn catalog(&self) -> String {
        let policy = if self.overdraft { "overdraft" } else { "deny" };
        let mut text = format!(
            "[catalog]\nname = \"w\"\nreporting_currency = \"USD\"\n[policy]\ninsufficient_funds = \"{policy}\"\n"
        );
        for (asset, code) in ASSETS.into_iter().enumerate() {
            text += &format!("[[asset]]\ncode = \"{code}\"\n");
            if asset != USD {
                text += "precision = 0\nrates = [{ rate = 0.10 }]\n";
            }
            if let Some(limit) = self.overdraft_limits[asset] {
                text += &format!("overdraft_limit = {}\n", written(limit, asset));
            }
            if let Some(days) = self.expires_after[asset] {
                text += &format!("expires_after = {{ duration = \"day\", duration_count = {days} }}\n");
            }
        }
        for (number, product) in self.products.iter().enumerate() {
            text += &format!("[[product]]\ncode = \"p{number}\"\nname = \"P\"\n");
            for (index, fixed) in product.fixed.iter().enumerate() {
                text += &format!("[[product.price]]\nname = \"{index}\"\n{fixed}");
            }
            for (index, usage) in product.usage.iter().enumerate() {
                text += &format!("[[product.price]]\nname = \"usage {index}\"\n{usage}");
            }
            text.extend(product.entitlements.iter().map(|entitlement| entitlement.to_string()));
        }
        for (rule, code) in self.rules.iter().zip(ASSETS) {
            if let Some(Rule { threshold, amount, limit }) = rule {
                text += &format!(
                    "[[auto_topup]]\nasset = \"{code}\"\nthreshold = {threshold}\namount = \"{amount} USD\"\n"
                );
                text += &limit.map_or(String::new(), |limit| format!("limit = \"{limit} USD\"\n"));
            }
        }
        text
    }
}

impl fmt::Debug for World {
    /// The catalog and the actions, as a failing case is read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{}", self.catalog())?;
        for (number, action) in self.actions.iter().enumerate() {
            writeln!(f, "{number}: tick {}: {:?}", action.tick, action.what)?;
        }
        Ok(())
    }
}
