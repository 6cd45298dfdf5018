//! Automatic payments that are declined, for a what-if. What one need takes goes through together or not at all: it is one
//! customer at one instant, and no payment is made that would not have saved the event. What is declined is tried again
//! later, and until then its account pays nothing by itself.

use super::engine::Engine;
use super::life::Life;
use super::stress::{Declined, Luck, Stress};
use crate::ids::AssetId;
use crate::time::Instant;
use crate::wallet::Declines;

impl Engine {
    /// From now on some automatic payments are declined.
    pub fn decline(&mut self, declines: Declines) {
        self.declines = Some(declines);
    }

    /// What becomes of the payments that an account needs now.
    pub(super) fn luck(&self, life: &Life, asset: AssetId) -> Luck {
        let Some(declines) = &self.declines else { return Luck::Paid };
        let own = life.stress().iter().find(|own| own.asset == asset).copied().unwrap_or(Stress::new(asset));
        match own.waits() {
            Some(_) => Luck::Waits,
            None if declines.hits(own.next_try(life.customer)) => Luck::Declined,
            None => Luck::Paid,
        }
    }

    /// What an account needed was paid.
    pub(super) fn note_paid(&self, life: &mut Life, asset: AssetId) {
        if self.declines.is_some() {
            life.stress_of(asset).finish();
        }
    }

    /// What accounts needed was declined, and waits to be tried again.
    pub(super) fn note_declined(&self, life: &mut Life, declined: &Declined, now: Instant) {
        if declined.is_empty() {
            return;
        }
        for &(asset, count) in declined {
            life.stress_of(asset).decline(count, now);
        }
        life.due = life.due.min(life.next_try().unwrap_or(Instant::MAX));
    }
}
