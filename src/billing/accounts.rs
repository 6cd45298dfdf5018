//! A customer's accounts.

use crate::ids::{AssetId, LotId};
use crate::wallet::{Account, Lot};
use smallvec::SmallVec;

/// A customer's accounts by asset, in the order of the assets' numbers. Nearly everybody has one, which lies in the life
/// itself: billing ten thousand customers in turn waits for memory more than for anything else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accounts(SmallVec<[(AssetId, Account); 1]>);

impl Accounts {
    fn place(&self, asset: AssetId) -> Result<usize, usize> {
        self.0.binary_search_by_key(&asset, |(asset, _)| *asset)
    }

    /// The account of an asset, if the customer ever held or owed any.
    pub fn get(&self, asset: AssetId) -> Option<&Account> {
        self.place(asset).ok().map(|place| &self.0[place].1)
    }

    /// The account of an asset, to be changed, if there is one.
    pub fn get_mut(&mut self, asset: AssetId) -> Option<&mut Account> {
        self.place(asset).ok().map(|place| &mut self.0[place].1)
    }

    /// The account of an asset; an empty one where there was none.
    pub fn of(&mut self, asset: AssetId) -> &mut Account {
        let place = self.place(asset).unwrap_or_else(|place| {
            self.0.insert(place, (asset, Account::default()));
            place
        });
        &mut self.0[place].1
    }

    /// Takes an account out, so that it can be changed while its customer's life is looked at; [`Accounts::of`] takes it
    /// back. `None` where there is none.
    pub fn take(&mut self, asset: AssetId) -> Option<Account> {
        self.place(asset).ok().map(|place| std::mem::take(&mut self.0[place].1))
    }

    /// The lot of that number with its asset, if it is in one of the accounts.
    pub fn find(&self, lot: LotId) -> Option<(AssetId, &Lot)> {
        self.iter().find_map(|(asset, account)| Some((asset, account.find(lot)?)))
    }

    /// The assets that there are accounts of.
    pub fn assets(&self) -> SmallVec<[AssetId; 2]> {
        self.0.iter().map(|(asset, _)| *asset).collect()
    }

    /// All accounts with their assets.
    pub fn iter(&self) -> impl Iterator<Item = (AssetId, &Account)> {
        self.0.iter().map(|(asset, account)| (*asset, account))
    }

    /// All accounts with their assets, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (AssetId, &mut Account)> {
        self.0.iter_mut().map(|(asset, account)| (*asset, account))
    }
}

impl FromIterator<(AssetId, Account)> for Accounts {
    /// No asset may come twice.
    fn from_iter<I: IntoIterator<Item = (AssetId, Account)>>(accounts: I) -> Self {
        let mut all: SmallVec<_> = accounts.into_iter().collect();
        all.sort_unstable_by_key(|(asset, _): &(AssetId, Account)| *asset);
        Self(all)
    }
}
