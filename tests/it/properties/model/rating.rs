//! What events owe in the slow model.

use super::*;

impl Model<'_> {
    /// One fee for each price that matches, or why there is none.
    pub fn fees(&self, action: &Action) -> Result<Vec<Fee>, &'static str> {
        let What::Use { event_type, model, volume } = action.what else { panic!("not a use: {action:?}") };
        let (from, to) = self.world.spans[action.who];
        if to.is_some_and(|to| to <= action.hour) {
            return Err("subscription_ended");
        }
        if action.hour < from {
            return Err("subscription_not_started");
        }
        let (mut fees, mut misses) = (Vec::new(), vec![(0, "no_price")]);
        for (index, price) in self.world.prices.iter().enumerate().filter(|(_, price)| price.event_type == event_type) {
            let ranks = price.rows.iter().map(|row| row.rank(model, volume.map(tiny))).enumerate();
            let Some((_, row)) = ranks.filter_map(|(row, rank)| Some((rank?, row))).max() else {
                misses.push((1, "no_dimension_row"));
                continue;
            };
            match (price.counts, volume) {
                (Counts::Unit, _) => fees.push(self.fee(action.who, index, row, 1, 0)),
                (_, None) => misses.push((2, "no_volume")),
                (_, Some(volume)) if volume.count < 0 => misses.push((3, "negative_volume")),
                (Counts::Volume, Some(volume)) => fees.push(self.fee(action.who, index, row, 0, tiny(volume))),
                (Counts::Both, Some(volume)) => fees.push(self.fee(action.who, index, row, 1, tiny(volume))),
            }
        }
        let miss = misses.into_iter().max().map_or("", |(_, reason)| reason);
        if fees.is_empty() { Err(miss) } else { Ok(fees) }
    }

    /// The rating of all that was charged with this event less the rating of all that was charged without it.
    pub(super) fn fee(&self, who: usize, index: usize, row: usize, count: i128, volume: i128) -> Fee {
        let same = self.charged.iter().map(|(_, charged)| charged);
        let same = same.filter(|c| (c.0, c.1, c.2) == (who, index, row));
        let before = same.fold((0, 0), |sum, c| (sum.0 + c.3, sum.1 + c.4));
        self.fee_from(Charged(who, index, row, count, volume), before)
    }

    /// The same on top of so many events and such a volume.
    pub fn fee_from(&self, now: Charged, (count, volume): (i128, i128)) -> Fee {
        let Charged(_, index, row, ..) = now;
        let price = &self.world.prices[index];
        let rated = |count, volume| self.rated(price, &price.rows[row], count, volume);
        let mut amount = rated(count + now.3, volume + now.4) - rated(count, volume);
        let units = self.world.units(price.asset);
        if let Some(min) = price.rows[row].min {
            amount = amount.max((min * units).into());
        }
        if let Some(max) = price.rows[row].max {
            amount = amount.min((max * units).into());
        }
        Fee { asset: price.asset, amount, charged: now, before: (count, volume), draws: Vec::new() }
    }

    /// A quantity's rating as a fraction, rounded.
    pub(super) fn rated(&self, price: &Price, row: &Row, count: i128, volume: i128) -> i128 {
        let whole = BigInt::from(ONE) * row.package.unwrap_or(1);
        let unit_price = if price.counts == Counts::Volume { 0 } else { row.unit_price };
        let volume_rate = if price.counts == Counts::Unit { 0 } else { row.volume_rate };
        let exact = &whole * unit_price * count + BigInt::from(volume) * volume_rate;
        let (numerator, denominator) = (exact * self.world.units(price.asset), whole * 1_000);
        let (down, rest) = (i128::try_from(&numerator / &denominator).unwrap(), numerator % &denominator);
        let rounding = if price.asset == 0 { self.world.rounding } else { 0 };
        let up = match super::super::world::ROUNDINGS[rounding] {
            "half_even" => &rest * 2 > denominator || (rest * 2 == denominator && down % 2 == 1),
            "half_up" => rest * 2 >= denominator,
            "up" => rest > BigInt::ZERO,
            _ => false,
        };
        down + i128::from(up)
    }
}
