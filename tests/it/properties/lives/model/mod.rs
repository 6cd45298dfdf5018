//! The slow model of a life: half day by half day, as the rules are said, with nothing remembered that can be found out
//! again. It shares no code with the program.

mod calendar;
mod terms;
mod time;
mod usage;
mod wallet;

use super::world::{ASSETS, Action, Entitlement, Every, Product, USD, What, When, World, units};
use calendar::NEVER;

/// A hold on a product under some terms.
#[derive(Clone, Copy)]
struct Sub {
    product: usize,
    seats: i64,
    start: i64,
    end: i64,
    anchor: i64,
    /// The first of its line, by index.
    origin: usize,
}

#[derive(Clone)]
struct Lot {
    asset: usize,
    /// 0 is a promotion, 1 bundled, 2 paid.
    purpose: u8,
    priority: i64,
    from: i64,
    to: i64,
    amount: i64,
    left: i64,
    /// The subscription and the entitlement that granted it.
    by: Option<(usize, usize)>,
    /// Whether a change of terms credited it.
    credit: bool,
}

/// What is to be charged for a fixed price.
#[derive(Clone, Copy)]
struct Due {
    price: usize,
    asset: usize,
    balance: bool,
    amount: i64,
    from: i64,
    to: i64,
}

#[derive(Clone)]
pub struct Model<'w> {
    world: &'w World,
    clock: i64,
    subs: Vec<Sub>,
    lots: Vec<Lot>,
    owed: [i64; 2],
    /// What of it is owed for charges, which are repaid first.
    owed_for_charges: [i64; 2],
    /// Everything that was charged, by subscription.
    charges: Vec<(usize, Due)>,
    /// Lines that wait for a payment, and since when.
    past_due: Vec<(usize, i64)>,
    /// Automatic payments: asset, tick, dollars.
    paid: Vec<(usize, i64, i64)>,
    /// The volumes that were charged, in 10^-28, and what for.
    used: Vec<(usage::Key, i128, i64)>,
    /// What volume prices drew, oldest first.
    drawn: Vec<usage::Drawn>,
    /// What happened, in lines that two runs can be compared by.
    pub story: Vec<String>,
}

impl Sub {
    fn is_active(&self, tick: i64) -> bool {
        self.start <= tick && tick < self.end
    }

    fn is_held(&self) -> bool {
        self.end > self.start
    }
}

/// The whole history from the beginning.
pub fn run<'w>(world: &'w World, actions: &[Action]) -> Model<'w> {
    let mut model = Model {
        world,
        clock: -NEVER,
        subs: Vec::new(),
        lots: Vec::new(),
        owed: [0; 2],
        owed_for_charges: [0; 2],
        charges: Vec::new(),
        past_due: Vec::new(),
        paid: Vec::new(),
        used: Vec::new(),
        drawn: Vec::new(),
        story: Vec::new(),
    };
    for (number, action) in actions.iter().enumerate() {
        if !model.act(action) {
            model.story.push(format!("action {number} is refused"));
        }
    }
    model
}

impl<'w> Model<'w> {
    /// What there is in the end.
    pub fn stand(&self) -> Vec<String> {
        let lots = (1..).zip(&self.lots).map(|(id, lot): (usize, _)| {
            let to = if lot.to == NEVER { "ever".to_owned() } else { lot.to.to_string() };
            let (asset, by) = (ASSETS[lot.asset], lot.by.map_or(0, |(sub, _)| sub + 1));
            format!("lot {id}: {}..{to} {} {asset} of {by}, {} left", lot.from, lot.amount, lot.left)
        });
        lots.chain([format!("owed {:?}", self.owed)]).collect()
    }

    fn act(&mut self, action: &Action) -> bool {
        let now = action.tick;
        match action.what {
            What::Subscribe { product, seats, start, end } => {
                let start = (now + start).max(0);
                self.subscribe(product, seats, start, end.map_or(NEVER, |ticks| start + ticks));
                true
            }
            What::Change { which, product, seats, how } => {
                self.pick(which).is_some_and(|index| self.change(index, product, seats, now, how))
            }
            What::Cancel { which, when } => {
                let Some(index) = self.pick(which) else { return false };
                let end = match when {
                    When::At(ticks) => Some(now + ticks),
                    When::PeriodEnd => self.period_end(index, now),
                    When::TermsBegin => Some(self.subs[index].start),
                    When::TermsEnd => Some(self.subs[index].end).filter(|&end| end < NEVER),
                };
                end.is_some_and(|end| self.cancel(index, end))
            }
            What::Resume { which } => self.pick(which).is_some_and(|index| self.resume(index, now)),
            What::Pay { cents, asset } => {
                let amount = if asset == USD { units(cents, USD) } else { cents / 10 };
                if amount > 0 {
                    self.credit(self.paid_lot(asset, amount, now));
                    self.use_credit();
                }
                amount > 0
            }
            What::Gift { amount, asset, ticks } => {
                let to = ticks.map_or(NEVER, |ticks| now + ticks);
                self.credit(Lot { purpose: 0, to, ..self.paid_lot(asset, units(amount, asset), now) });
                self.use_credit();
                true
            }
            What::TakeBack { amount, asset, .. } => {
                self.advance(now);
                self.take_back(asset, units(amount, asset))
            }
            What::Use { .. } => {
                self.event(action);
                true
            }
            What::Advance => {
                self.advance(now);
                true
            }
        }
    }

    /// Of the subscriptions that are not over, the one of that number; of all, if they are.
    fn pick(&self, which: usize) -> Option<usize> {
        let open = (0..self.subs.len()).filter(|&i| self.subs[i].end > self.clock.max(self.subs[i].start));
        let open: Vec<usize> = open.collect();
        let among = if open.is_empty() { (0..self.subs.len()).collect() } else { open };
        among.get(which % among.len().max(1)).copied()
    }

    fn product(&self, sub: usize) -> &'w Product {
        &self.world.products[self.subs[sub].product]
    }

    fn cycle(&self, sub: usize) -> Option<Every> {
        self.product(sub).cycle()
    }

    /// All terms of a line, by index.
    fn line(&self, origin: usize) -> Vec<usize> {
        (0..self.subs.len()).filter(|&index| self.subs[index].origin == origin).collect()
    }

    fn is_past_due(&self, sub: usize) -> bool {
        self.past_due.iter().any(|(origin, _)| *origin == self.subs[sub].origin)
    }

    /// What an entitlement grants for so many seats.
    fn granted(&self, sub: usize, entitlement: &Entitlement) -> i64 {
        units(entitlement.amount, entitlement.asset) * if entitlement.per_seat { self.subs[sub].seats } else { 1 }
    }
}
