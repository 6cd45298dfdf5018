//! The slow model: everything in hours, whole histories and fractions, written as the rules are said and with nothing
//! remembered that can be added up again. It shares no code with the program.

mod rating;
mod wallet;

use super::world::{ASSETS, Action, CUSTOMERS, Counts, MONTH_END, Price, Row, Volume, What, World};
use num_bigint::BigInt;
use std::collections::BTreeMap;

#[derive(Clone)]
pub struct Lot {
    pub who: usize,
    asset: usize,
    /// 0 is a promotion, 2 is paid.
    purpose: u8,
    priority: i64,
    from: i64,
    pub to: Option<i64>,
    amount: i128,
    basis: i128,
    /// Everything that was ever taken out, or given back.
    taken: Vec<i128>,
    /// What it lost at its end, and when that counts.
    pub lost: i128,
    pub lost_at: i64,
}

/// What was charged under one row of a price: whose, price, row, events, volume in 10^-28.
#[derive(Clone, Copy)]
pub struct Charged(pub usize, pub usize, pub usize, pub i128, pub i128);

/// One, in 10^-28.
pub const ONE: i128 = 10i128.pow(28);

fn tiny(volume: Volume) -> i128 {
    i128::from(volume.count) * ONE / 10i128.pow(volume.decimals)
}

#[derive(Clone)]
pub struct Model<'w> {
    world: &'w World,
    pub lots: Vec<Lot>,
    pub owed: [[i128; 2]; CUSTOMERS],
    pub clocks: [i64; CUSTOMERS],
    /// What is counted, by the number of the event's action.
    pub charged: Vec<(usize, Charged)>,
    /// How many records were made, voids too.
    pub made: usize,
    /// How many there were when the latest event was counted on top of all others: whose, price, row.
    pub ends: BTreeMap<(usize, usize, usize), usize>,
    /// Automatic payments: whose, asset, hour, dollars.
    paid: Vec<(usize, usize, i64, i64)>,
    /// What lots have paid back.
    pub repaid: Vec<Repaid>,
    /// What was taken back of it since.
    pub unpaid: Vec<Repaid>,
    /// What was earned or lost before the month's end, and after it.
    pub revenue: [i128; 2],
    /// The latest records of all events, in the order in which they were made.
    pub records: Vec<Record>,
    pub story: Story,
}

/// A lot paying back what was owed.
#[derive(Clone)]
pub struct Repaid {
    pub who: usize,
    pub asset: usize,
    pub lot: usize,
    pub hour: i64,
    /// How many records had been made.
    pub made: usize,
    pub amount: i128,
}

/// What became of an event.
#[derive(Clone)]
pub struct Record {
    /// The number of its action.
    pub number: usize,
    pub action: Action,
    pub is_voided: bool,
    /// How many records had been made when it was taken back.
    pub voided_at: usize,
    /// What it owes, or why it has no price.
    pub fees: Result<Vec<Fee>, &'static str>,
    /// Whether it was taken.
    pub is_charged: bool,
}

#[derive(Clone)]
pub struct Fee {
    pub asset: usize,
    pub amount: i128,
    pub charged: Charged,
    /// The events and the volume that it is rated on top of.
    pub before: (i128, i128),
    pub draws: Vec<Draw>,
}

/// The lot; none is owed.
#[derive(Clone, Copy)]
pub struct Draw {
    pub lot: Option<usize>,
    pub amount: i128,
    pub earned: i128,
}

/// What happened, as lines that two runs can be compared by.
#[derive(Debug, Default, PartialEq, Eq, Clone)]
pub struct Story {
    pub events: Vec<String>,
    pub payments: Vec<String>,
    pub expiries: Vec<String>,
    pub repayments: Vec<String>,
    pub lots: Vec<String>,
    pub owed: Vec<String>,
}

impl Story {
    pub fn sorted(mut self) -> Self {
        [&mut self.expiries, &mut self.repayments, &mut self.lots, &mut self.owed]
            .into_iter()
            .for_each(|part| part.sort());
        self
    }
}

impl Fee {
    /// Whose, price, row.
    pub fn place(&self) -> (usize, usize, usize) {
        (self.charged.0, self.charged.1, self.charged.2)
    }
}

impl Repaid {
    /// Which repayment it is of.
    pub fn place(&self) -> (usize, i64, usize) {
        (self.lot, self.hour, self.made)
    }
}

impl Lot {
    pub fn left(&self) -> i128 {
        self.amount - self.taken.iter().sum::<i128>()
    }

    fn released(&self) -> i128 {
        self.basis * self.taken.iter().sum::<i128>() / self.amount
    }

    /// Takes some out, or puts some back, and says what it earned.
    pub fn take(&mut self, amount: i128) -> i128 {
        let before = self.released();
        self.taken.push(amount);
        self.released() - before
    }
}

/// The whole history from the beginning.
pub fn run(world: &World, actions: &[Action]) -> Story {
    let mut model = Model::new(world);
    for (number, action) in actions.iter().enumerate() {
        model.act(number, action);
    }
    model.end()
}

impl<'w> Model<'w> {
    pub fn new(world: &'w World) -> Self {
        Self {
            world,
            lots: Vec::new(),
            owed: Default::default(),
            // Subscribing moves time on.
            clocks: std::array::from_fn(|who| world.spans[who].0),
            charged: Vec::new(),
            made: 0,
            ends: BTreeMap::new(),
            paid: Vec::new(),
            repaid: Vec::new(),
            unpaid: Vec::new(),
            revenue: [0; 2],
            records: Vec::new(),
            story: Story::default(),
        }
    }

    /// What there is at the end.
    pub fn end(mut self) -> Story {
        for (number, lot) in (1..).zip(&self.lots) {
            self.story.lots.push(format!("lot {number}: {} left, {} released", lot.left(), lot.released()));
        }
        for (who, owed) in self.owed.iter().enumerate() {
            for (code, amount) in ASSETS.iter().zip(owed).filter(|(_, amount)| **amount > 0) {
                self.story.owed.push(format!("customer {who} owes {amount} {code}"));
            }
        }
        self.story.sorted()
    }

    pub fn earn(&mut self, hour: i64, earned: i128) {
        self.revenue[usize::from(hour >= MONTH_END)] += earned;
    }
}

impl Model<'_> {
    pub fn act(&mut self, number: usize, action: &Action) {
        let Action { who, hour, ref what } = *action;
        match *what {
            What::Advance => self.advance(who, hour),
            What::Pay { cents, asset } => {
                let (amount, basis) = (self.bought(asset, i128::from(cents), hour), i128::from(cents) * 10_000_000);
                if amount > 0 {
                    self.grant(self.paid_lot(who, asset, amount, basis, hour));
                }
            }
            What::Gift { whole, asset, priority, hours } => self.grant(Lot {
                purpose: 0,
                priority: priority.unwrap_or(100),
                to: hours.map(|hours| hour + hours),
                ..self.paid_lot(who, asset, i128::from(whole * self.world.units(asset)), 0, hour)
            }),
            What::TakeBack { whole, asset, .. } => {
                self.advance(who, hour);
                let amount = i128::from(whole * self.world.units(asset));
                if amount <= self.available(who, asset) {
                    self.take_back(who, asset, amount);
                }
            }
            What::Use { .. } => self.event(number, action),
        }
    }

    /// What cents buy of an asset.
    fn bought(&self, asset: usize, cents: i128, hour: i64) -> i128 {
        let units = i128::from(self.world.units(asset));
        if asset == 1 { cents * units / 100 } else { cents * units / i128::from(self.world.rate_cents(hour)) }
    }

    fn paid_lot(&self, who: usize, asset: usize, amount: i128, basis: i128, hour: i64) -> Lot {
        let to = self.world.lives[asset].map(|days| hour + days * 24);
        Lot {
            who,
            asset,
            purpose: 2,
            priority: 100,
            from: hour,
            to,
            amount,
            basis,
            taken: Vec::new(),
            lost: 0,
            lost_at: 0,
        }
    }

    fn grant(&mut self, lot: Lot) {
        let who = lot.who;
        self.lots.push(lot);
        self.settle(who, self.clocks[who]);
    }

    /// Hour by hour.
    fn advance(&mut self, who: usize, to: i64) {
        let first = self.clocks[who].max(0);
        for hour in first..=to {
            self.settle(who, hour);
        }
        self.clocks[who] = self.clocks[who].max(to);
    }

    /// Ends what is over, then pays back what is owed.
    fn settle(&mut self, who: usize, hour: i64) {
        self.expire(who, hour, false);
        self.repay(who, hour);
    }

    fn event(&mut self, number: usize, action: &Action) {
        let who = action.who;
        self.advance(who, action.hour.max(self.clocks[who]));
        let mut fees = self.fees(action);
        let mut taken = Ok(());
        let line = match &mut fees {
            Err(reason) => format!("unpriced: {reason}"),
            Ok(fees) => {
                taken = self.take(who, fees, None);
                let amounts: Vec<_> = fees.iter().map(|fee| format!("{} {}", fee.amount, ASSETS[fee.asset])).collect();
                match taken {
                    Ok(()) => {
                        let draws = fees.iter().map(|fee| told(&fee.draws)).collect::<Vec<_>>();
                        format!("charged {} from {}", amounts.join(" + "), draws.join(" + "))
                    }
                    Err((reason, asset)) => {
                        format!("denied {}: {reason} of {}", amounts.join(" + "), ASSETS[asset])
                    }
                }
            }
        };
        self.made += 1;
        let is_charged = fees.is_ok() && taken.is_ok();
        if let (true, Ok(fees)) = (is_charged, &fees) {
            for fee in fees {
                self.ends.insert(fee.place(), self.made);
                self.charged.push((number, fee.charged));
                fee.draws.iter().for_each(|draw| self.earn(action.hour, draw.earned));
            }
        }
        self.records.push(Record { number, action: action.clone(), is_voided: false, voided_at: 0, fees, is_charged });
        self.story.events.push(format!("customer {who} at {}: {line}", action.hour));
    }

    /// All fees or none, of those that owe something `only` those; or why not, of which asset.
    pub fn take(&mut self, who: usize, fees: &mut [Fee], only: Option<()>) -> Result<(), (&'static str, usize)> {
        let assets: Vec<usize> =
            fees.iter().filter(|fee| only.is_none() || fee.amount > 0).fold(Vec::new(), |mut seen, fee| {
                if !seen.contains(&fee.asset) {
                    seen.push(fee.asset);
                }
                seen
            });
        let mut payments = Vec::new();
        for &asset in &assets {
            let need = fees.iter().filter(|fee| fee.asset == asset).map(|fee| fee.amount).sum();
            payments.push((asset, self.authorise(who, asset, need).map_err(|reason| (reason, asset))?));
        }
        for (asset, count) in payments {
            (0..count).for_each(|_| self.pay(who, asset));
        }
        for fee in fees {
            fee.draws = self.draw(who, fee.asset, fee.amount);
        }
        for asset in assets {
            while self.below_threshold(who, asset) && self.may_pay(who, asset, 1) {
                self.pay(who, asset);
            }
        }
        Ok(())
    }
}

fn told(draws: &[Draw]) -> String {
    let draw = |Draw { lot, amount, earned }: &Draw| match lot {
        Some(index) => format!("{amount} of lot {} (earned {earned})", index + 1),
        None => format!("{amount} owed"),
    };
    format!("[{}]", draws.iter().map(draw).collect::<Vec<_>>().join(", "))
}
