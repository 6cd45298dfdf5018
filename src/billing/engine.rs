//! What is the same for every customer.

use super::facts::FeeFact;
use super::failure::Broken;
use super::kinds::Kinds;
use super::life::{AutoTopupRule, Life, Subscription};
use super::matching::{CostMatch, CostRule, ShapeMatch};
use super::version::Version;
use crate::catalog::{Catalog, DimensionValue, InsufficientFunds, Price, Terms};
use crate::ids::{
    AdjustmentId, AssetId, ChargeId, EventNumber, LapseId, LotId, PaymentId, PriceIndex, RefundId, ShapeId,
    SubscriptionId, VendorId, VersionId, VersionNumber,
};
use crate::money::{Asset, Book};
use crate::time::Instant;
use crate::usage::{Shape, Vocabulary};
use crate::wallet::{BurnOrder, Declines};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

/// An asset in force, with its number.
#[derive(Debug, Clone)]
pub struct EngineAsset {
    /// The asset's number in the ledger.
    pub id: AssetId,
    /// Its code, precision, rounding and rates.
    pub asset: Asset,
}

/// The next numbers to give out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbers {
    /// The next usage event.
    pub event: EventNumber,
    /// The next lot.
    pub lot: LotId,
    /// The next adjustment.
    pub adjustment: AdjustmentId,
    /// The next subscription.
    pub subscription: SubscriptionId,
    /// The next fixed charge.
    pub charge: ChargeId,
    /// The next payment for charges.
    pub payment: PaymentId,
    /// The next lapse.
    pub lapse: LapseId,
    /// The next refund.
    pub refund: RefundId,
}

impl Numbers {
    /// The numbers of a ledger that has given out none.
    pub const FIRST: Self = Self {
        event: EventNumber::FIRST,
        lot: LotId::FIRST,
        adjustment: AdjustmentId::FIRST,
        subscription: SubscriptionId::FIRST,
        charge: ChargeId::FIRST,
        payment: PaymentId::FIRST,
        lapse: LapseId::FIRST,
        refund: RefundId::FIRST,
    };
}

/// Assets, policy and published versions: all that rating and authorising needs beside the customer.
#[derive(Debug, Clone)]
pub struct Engine {
    /// Assets with their rates.
    pub book: Book,
    /// Until when others hold, for a what-if, and those.
    pub(super) earlier: Option<Box<(Instant, Book)>>,
    /// The numbers that the next facts get.
    pub numbers: Numbers,
    pub(super) order: BurnOrder,
    pub(super) insufficient_funds: InsufficientFunds,
    /// Whether what an account can't cover is paid exactly, for a what-if.
    pub(super) pays_what_is_missing: bool,
    /// Which automatic payments are declined, for a what-if.
    pub(super) declines: Option<Declines>,
    pub(super) assets: FxHashMap<AssetId, EngineAsset>,
    pub(super) reporting: AssetId,
    pub(super) versions: FxHashMap<VersionId, Arc<Version>>,
    /// Vendor cost rules: the vendor's number, and the rule.
    pub(super) cost_rules: Vec<CostRule>,
    /// The catalog's automatic top-up rules.
    pub(super) rules: FxHashMap<AssetId, AutoTopupRule>,
    pub(super) matches: FxHashMap<(VersionId, ShapeId), Arc<ShapeMatch>>,
    pub(super) cost_matches: FxHashMap<ShapeId, Arc<CostMatch>>,
    /// Events that a price made no fee of because it counts less than nothing, although others did.
    pub(super) below_zero: FxHashMap<(VersionId, PriceIndex), u64>,
    /// Worked out when somebody's terms change.
    pub(super) kinds: OnceLock<Arc<Kinds>>,
}

impl Engine {
    /// An engine under `terms`. `asset_ids` and `vendor_ids` number every asset that terms or `versions` mention, and
    /// every vendor of the terms. Assets that were archived are numbered too, but nobody may hold them or be charged in
    /// them: [`Engine::check_life`] looks.
    pub fn new(
        terms: &Terms,
        asset_ids: &BTreeMap<String, AssetId>,
        vendor_ids: &BTreeMap<String, VendorId>,
        versions: Vec<(VersionId, Version)>,
        numbers: Numbers,
    ) -> Self {
        let book = Book::new(terms.reporting_currency.clone(), terms.assets.clone());
        let numbered = book.assets().filter_map(|asset| asset_ids.get(&asset.code).map(|&id| (id, asset.clone())));
        let assets = numbered.map(|(id, asset)| (id, EngineAsset { id, asset })).collect();
        let rules = terms.auto_topups.iter().map(|rule| {
            let on = AutoTopupRule::On {
                threshold: rule.threshold,
                amount: rule.amount.units,
                currency: asset_ids[&rule.amount.asset],
                limit: rule.limit,
            };
            (asset_ids[&rule.asset], on)
        });
        let cost_rules =
            terms.vendors.iter().flat_map(|v| v.costs.iter().map(|c| CostRule::new(vendor_ids[&v.code], c.clone())));
        Self {
            numbers,
            order: BurnOrder::new(terms.policy.burn_order.clone()),
            insufficient_funds: terms.policy.insufficient_funds,
            pays_what_is_missing: false,
            declines: None,
            assets,
            reporting: asset_ids[&terms.reporting_currency],
            versions: versions.into_iter().map(|(id, version)| (id, Arc::new(version))).collect(),
            cost_rules: cost_rules.collect(),
            rules: rules.collect(),
            matches: FxHashMap::default(),
            cost_matches: FxHashMap::default(),
            below_zero: FxHashMap::default(),
            kinds: OnceLock::new(),
            book,
            earlier: None,
        }
    }

    /// Dimensions of which a price or a cost has texts in quotes that look like numbers: their spellings are told apart.
    pub fn spelled_dimensions(&self) -> BTreeSet<String> {
        let prices = self.versions.values().flat_map(|version| version.prices.iter().map(|(_, price)| &price.usage));
        let usages = prices.chain(self.cost_rules.iter().map(|cost| &*cost.rule));
        let spelled = usages.flat_map(|usage| {
            let cells = usage.rows.iter().flat_map(|row| usage.billable_dimensions.iter().zip(&row.dimensions));
            cells.filter(|(_, cell)| cell.as_ref().is_some_and(DimensionValue::tells_spellings))
        });
        spelled.map(|(name, _)| name.clone()).collect()
    }

    /// Prices of which events that others charged counted less than nothing, so that they made no fee of these; with how many
    /// such events there were.
    pub fn below_zero(&self) -> Vec<(&Price, u64)> {
        let counted: BTreeMap<_, _> = self.below_zero.iter().collect();
        let price = |(version, place): &(VersionId, PriceIndex)| &self.versions[version].prices[place.place()].1;
        counted.into_iter().map(|(key, &count)| (price(key), count)).collect()
    }

    /// An engine of a catalog alone, without a ledger: product `index` of the catalog is version `index`. Numbers of
    /// assets and vendors are made up.
    ///
    /// # Panics
    /// When a product is in an asset that the catalog lacks, which its reader refuses.
    pub fn of_catalog(catalog: &Catalog) -> Self {
        let book = Book::new(catalog.terms.reporting_currency.clone(), catalog.terms.assets.clone());
        let asset_ids: BTreeMap<_, _> =
            AssetId::FIRST.and_following().zip(book.codes()).map(|(id, code)| (code.to_owned(), id)).collect();
        let vendors = catalog.terms.vendors.iter().map(|v| v.code.clone());
        let versions = VersionId::from_number(0).and_following().zip(&catalog.products);
        let versions = versions.map(|(id, product)| {
            let version = Version::new(product.clone(), VersionNumber::FIRST, &asset_ids);
            (id, version.expect("a catalog declares the assets of its products"))
        });
        Self::new(
            &catalog.terms,
            &asset_ids,
            &vendors.zip(VendorId::FIRST.and_following()).collect(),
            versions.collect(),
            Numbers::FIRST,
        )
    }

    /// From now on whatever an account can't cover is paid, exactly: nothing is refused for want of money.
    pub fn pay_what_is_missing(&mut self) {
        self.pays_what_is_missing = true;
    }

    /// Makes an asset of the book known under its number.
    pub fn learn_asset(&mut self, id: AssetId, asset: Asset) {
        self.assets.insert(id, EngineAsset { id, asset });
    }

    /// All published versions, in no order.
    pub fn versions(&self) -> impl Iterator<Item = (VersionId, &Version)> {
        self.versions.iter().map(|(&id, version)| (id, version.as_ref()))
    }

    /// The asset of that number.
    pub fn asset(&self, id: AssetId) -> &Asset {
        &self.assets[&id].asset
    }

    /// The currency that revenue and cost are told in.
    pub fn reporting_currency(&self) -> &Asset {
        self.asset(self.reporting)
    }

    /// Whether an asset has that number.
    pub fn knows(&self, id: AssetId) -> bool {
        self.assets.contains_key(&id)
    }

    /// The number of an asset.
    pub fn asset_id(&self, code: &str) -> Option<AssetId> {
        self.assets.values().find(|a| a.asset.code == code).map(|a| a.id)
    }

    /// Whether there is a version of that number.
    pub fn has_version(&self, id: VersionId) -> bool {
        self.versions.contains_key(&id)
    }

    /// Whether some price may owe less than nothing, so that draws must be remembered.
    pub fn may_give_back(&self) -> bool {
        self.versions.values().any(|v| v.prices.iter().any(|(_, p)| p.usage.may_fall()))
    }

    /// A published version.
    pub fn version(&self, id: VersionId) -> &Version {
        &self.versions[&id]
    }

    /// The price of a fee of a customer, and the asset that it is in.
    ///
    /// # Errors
    /// When the customer has no such subscription, or its version no such price.
    pub fn fee_price(&self, life: &Life, fee: &FeeFact) -> Result<(AssetId, &Price), Broken> {
        let own = life.subscriptions.iter().find(|own| own.id == fee.subscription);
        let prices = own.and_then(|own| self.versions.get(&own.version)).map(|version| &version.prices);
        let price = prices.and_then(|prices| prices.get(fee.price.place()));
        price.map(|(asset, price)| (*asset, price)).ok_or(Broken::Fee(fee.subscription))
    }

    /// The asset of the overage of a fee's price, if it has one.
    ///
    /// # Errors
    /// When there is no such price or asset.
    pub fn overage_asset(&self, life: &Life, fee: &FeeFact) -> Result<Option<AssetId>, Broken> {
        let (_, price) = self.fee_price(life, fee)?;
        let Some(overage) = &price.usage.overage else { return Ok(None) };
        self.asset_id(&overage.asset).map(Some).ok_or(Broken::Fee(fee.subscription))
    }

    /// The order lots are burnt in.
    pub fn burn_order(&self) -> &BurnOrder {
        &self.order
    }

    /// The rule that tops up an account: the customer's own, else the catalog's.
    pub fn rule<'a>(&'a self, life: &'a Life, asset: AssetId) -> Option<&'a AutoTopupRule> {
        life.rules.get(&asset).or_else(|| self.rules.get(&asset))
    }

    /// The catalog's rules, in the order of their assets.
    pub fn catalog_rules(&self) -> Vec<(AssetId, &AutoTopupRule)> {
        let mut rules: Vec<_> = self.rules.iter().map(|(&asset, rule)| (asset, rule)).collect();
        rules.sort_unstable_by_key(|(asset, _)| *asset);
        rules
    }

    /// What all versions and cost rules want to know of events.
    pub fn vocabulary(&self) -> Vocabulary {
        let mut vocabulary = Vocabulary::new();
        let prices = self.versions.values().flat_map(|v| v.prices.iter().map(|(_, p)| &p.usage));
        for price in prices.chain(self.cost_rules.iter().map(|own| &*own.rule)) {
            let interest = vocabulary.entry(price.event_type.clone()).or_default();
            for (index, name) in price.billable_dimensions.iter().enumerate() {
                let cells = || price.rows.iter().filter_map(|row| row.dimensions.get(index)?.as_ref());
                let is_range = |cell: &DimensionValue| matches!(cell, DimensionValue::Range(_));
                if cells().any(is_range) {
                    interest.ranged.insert(name.clone());
                }
                let is_text =
                    |cell: &DimensionValue| matches!(cell, DimensionValue::Text(_) | DimensionValue::Prefix { .. });
                if cells().any(is_text) {
                    interest.texts.insert(name.clone());
                }
                // A number that only ranges ask for is the event's own.
                if !cells().all(is_range) || cells().next().is_none() {
                    interest.dimensions.insert(name.clone());
                }
            }
            interest.volumes.extend(price.volume_fields().map(str::to_owned));
        }
        vocabulary
    }

    /// Works out what the prices of a version make of events of a shape, unless that is known: `shape_id` stands for
    /// `shape`.
    pub(super) fn learn_match(&mut self, version: VersionId, shape_id: ShapeId, shape: &Shape) {
        if self.known_match(version, shape_id).is_none() {
            let (asset, asset_id) = (|id| self.asset(id), |code: &str| self.asset_id(code));
            let made = ShapeMatch::new(&self.versions[&version], shape, asset, asset_id);
            self.matches.insert((version, shape_id), Arc::new(made));
        }
    }

    /// What the prices of a version make of events of a shape, if that is known.
    pub(super) fn known_match(&self, version: VersionId, shape_id: ShapeId) -> Option<&ShapeMatch> {
        self.matches.get(&(version, shape_id)).map(Arc::as_ref)
    }

    /// Which versions were asked for what events of which shapes cost.
    pub fn asked(&self) -> impl Iterator<Item = (VersionId, ShapeId)> {
        self.matches.keys().copied()
    }

    /// What the cost rules make of events of a shape. Remembered: `shape_id` stands for `shape`.
    pub(super) fn cost_match(&mut self, shape_id: ShapeId, shape: &Shape) -> Arc<CostMatch> {
        let (rules, made) = (&self.cost_rules, &mut self.cost_matches);
        Arc::clone(made.entry(shape_id).or_insert_with(|| Arc::new(CostMatch::new(rules, shape))))
    }

    pub(super) fn version_of(&self, subscription: &Subscription) -> Arc<Version> {
        Arc::clone(&self.versions[&subscription.version])
    }
}
