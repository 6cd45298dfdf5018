//! What people would build instead, doing the same work: the plain design, and the bare insert below which no design
//! that keeps rows can go. Both get what the ledger gives itself: its journal mode, page size and durability, and a larger
//! page cache.

use crate::work::{self, AMOUNT, MONTHLY_LIMIT, THRESHOLD};
use csv::StringRecord;
use rusqlite::{Connection, Statement};
use std::collections::HashMap;
use std::error::Error;
use std::path::Path;
use std::time::Instant;

const PRAGMAS: &str = "PRAGMA page_size = 8192; PRAGMA journal_mode = PERSIST; PRAGMA synchronous = FULL;
    PRAGMA cache_size = -65536;";

/// What the bare insert writes too.
const ROWS: &str = "
    CREATE TABLE event (
      seq INTEGER PRIMARY KEY, id TEXT NOT NULL, customer INTEGER NOT NULL, type INTEGER NOT NULL,
      occurred_at INTEGER NOT NULL, quantity INTEGER NOT NULL, model INTEGER NOT NULL, tier INTEGER NOT NULL,
      cost INTEGER NOT NULL, charged INTEGER NOT NULL);
    CREATE TABLE fee (id INTEGER PRIMARY KEY, event INTEGER NOT NULL, amount INTEGER NOT NULL, balance INTEGER NOT NULL);";

const PLAIN: &str = "
    CREATE UNIQUE INDEX event_id ON event (id);
    CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, balance INTEGER NOT NULL);
    CREATE TABLE topup (id INTEGER PRIMARY KEY, event INTEGER NOT NULL, customer INTEGER NOT NULL, count INTEGER NOT NULL);";

/// Units of the ledger in a dollar.
const DOLLAR: i64 = 1_000_000_000;

/// What became of a log, in the words of `drawdown replay`.
#[derive(Debug, Default, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Outcome {
    pub charged: u64,
    pub denied: u64,
    pub duplicate: u64,
    pub auto_topups: i64,
    /// In billionths of a dollar.
    pub fees: i64,
    /// How long the rows took; only where that is not the whole process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub micros: Option<u128>,
}

/// One event with what was made of it.
struct Row<'r> {
    id: &'r str,
    customer: usize,
    /// Places of type, model and tier in the catalog.
    kind: [usize; 3],
    /// In milliseconds.
    occurred_at: i64,
    quantity: i64,
    cost: i64,
    /// Automatic payments.
    payments: i64,
    /// The fee and the balance after it; `None` when it is denied.
    fee: Option<(i64, i64)>,
}

/// One customer.
#[derive(Default, Clone)]
struct Wallet {
    name: String,
    balance: i64,
    /// Year and month of the last payment.
    month: String,
    /// What was paid in that month.
    paid: i64,
}

/// Prices, and the balances of everybody.
struct Billing {
    prices: HashMap<[&'static str; 3], ([usize; 3], i64)>,
    customers: HashMap<String, usize>,
    wallets: Vec<Wallet>,
    outcome: Outcome,
}

impl Billing {
    fn new() -> Self {
        let (mut prices, mut names) = (HashMap::new(), [const { Vec::new() }; 3]);
        for price in work::prices() {
            let key = [price.event_type, price.model, price.tier];
            prices.insert(key, (std::array::from_fn(|i| number(&mut names[i], key[i])), price.nanos));
        }
        Self { prices, customers: HashMap::new(), wallets: Vec::new(), outcome: Outcome::default() }
    }

    /// Rates one row of the log and decides what happens to it; nothing has happened yet.
    fn bill<'r>(&mut self, record: &'r StringRecord) -> Result<Row<'r>, Box<dyn Error>> {
        let cell = |index| record.get(index).ok_or("a row is too short");
        let (id, name, time) = (cell(0)?, cell(1)?, cell(3)?);
        let customer = match self.customers.get(name) {
            Some(&customer) => customer,
            None => {
                self.wallets.push(Wallet { name: name.to_owned(), ..Wallet::default() });
                self.customers.insert(name.to_owned(), self.wallets.len() - 1);
                self.wallets.len() - 1
            }
        };
        let price = self.prices.get(&[cell(2)?, cell(5)?, cell(6)?]);
        let &(kind, nanos) = price.ok_or("a row without a price")?;
        let quantity: i64 = cell(4)?.parse()?;
        let (payments, fee) = self.wallets[customer].cover(nanos * quantity, &time[..7]);
        let occurred_at = time.parse::<jiff::Timestamp>()?.as_millisecond();
        Ok(Row { id, customer, kind, occurred_at, quantity, cost: nanos_of(cell(7)?)?, payments, fee })
    }

    /// Makes a row's changes. Not called for a duplicate.
    fn take(&mut self, row: &Row<'_>, month: &str) {
        let Some((fee, balance)) = row.fee else {
            self.outcome.denied += 1;
            return;
        };
        let wallet = &mut self.wallets[row.customer];
        if row.payments > 0 {
            let paid = if wallet.month == month { wallet.paid } else { 0 };
            wallet.paid = paid + row.payments * AMOUNT * DOLLAR;
            month.clone_into(&mut wallet.month);
        }
        wallet.balance = balance;
        self.outcome.charged += 1;
        self.outcome.auto_topups += row.payments;
        self.outcome.fees += fee;
    }
}

impl Wallet {
    /// How many automatic payments a fee takes, and the fee with the balance after it; no fee when it can't be covered.
    fn cover(&self, fee: i64, month: &str) -> (i64, Option<(i64, i64)>) {
        let payment = AMOUNT * DOLLAR;
        let paid = if self.month == month { self.paid } else { 0 };
        let allowed = (MONTHLY_LIMIT * DOLLAR - paid) / payment;
        let before = missing(fee - self.balance, payment);
        if before > allowed {
            return (0, None);
        }
        let left = self.balance + before * payment - fee;
        let after = missing(THRESHOLD * DOLLAR - left, payment).min(allowed - before);
        (before + after, Some((fee, left + after * payment)))
    }
}

/// How many payments cover what is missing.
fn missing(amount: i64, payment: i64) -> i64 {
    amount.max(0).div_euclid(payment) + i64::from(amount.max(0) % payment > 0)
}

/// The place of a name, added if it is new.
fn number(names: &mut Vec<&'static str>, name: &'static str) -> usize {
    names.iter().position(|&other| other == name).unwrap_or_else(|| {
        names.push(name);
        names.len() - 1
    })
}

/// A decimal in billionths.
pub fn nanos_of(text: &str) -> Result<i64, Box<dyn Error>> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = u32::try_from(fraction.len())?;
    let fraction: i64 = if digits == 0 { 0 } else { fraction.parse()? };
    Ok(whole.parse::<i64>()? * DOLLAR + fraction * 10i64.pow(9 - digits))
}

/// The rows of a fresh file.
struct Rows<'c> {
    event: Statement<'c>,
    fee: Statement<'c>,
    seq: i64,
}

impl<'c> Rows<'c> {
    const COLUMNS: &'static str =
        "INTO event (seq, id, customer, type, occurred_at, quantity, model, tier, cost, charged)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

    fn new(connection: &'c Connection, on_conflict: &str) -> rusqlite::Result<Self> {
        Ok(Self {
            event: connection.prepare(&format!("INSERT {} {on_conflict}", Self::COLUMNS))?,
            fee: connection.prepare("INSERT INTO fee (event, amount, balance) VALUES (?1, ?2, ?3)")?,
            seq: 0,
        })
    }

    /// `false` when the id was there.
    fn insert(&mut self, row: &Row<'_>) -> rusqlite::Result<bool> {
        let [kind, model, tier] = row.kind.map(|place| place as i64);
        let (customer, charged) = (row.customer as i64, row.fee.is_some());
        let (time, quantity, cost) = (row.occurred_at, row.quantity, row.cost);
        self.seq += 1;
        let new = self.event.execute((self.seq, row.id, customer, kind, time, quantity, model, tier, cost, charged))?;
        if let (1, Some((amount, balance))) = (new, row.fee) {
            self.fee.execute((self.seq, amount, balance))?;
        }
        Ok(new == 1)
    }
}

/// The plain design: a unique index over the ids, one prepared insert a row, one thread, one transaction.
pub fn plain(log: &Path, database: &Path) -> Result<Outcome, Box<dyn Error>> {
    let mut connection = Connection::open(database)?;
    connection.execute_batch(&[PRAGMAS, ROWS, PLAIN].concat())?;
    let transaction = connection.transaction()?;
    let mut billing = Billing::new();
    {
        let mut rows = Rows::new(&transaction, "ON CONFLICT (id) DO NOTHING")?;
        let mut topup = transaction.prepare("INSERT INTO topup (event, customer, count) VALUES (?1, ?2, ?3)")?;
        let mut reader = csv::Reader::from_path(log)?;
        let mut record = StringRecord::new();
        while reader.read_record(&mut record)? {
            let row = billing.bill(&record)?;
            if !rows.insert(&row)? {
                billing.outcome.duplicate += 1;
                continue;
            }
            if row.payments > 0 {
                topup.execute((rows.seq, row.customer as i64, row.payments))?;
            }
            billing.take(&row, &record[3][..7]);
        }
        let mut customer = transaction.prepare("INSERT INTO customer VALUES (?1, ?2, ?3)")?;
        for (id, wallet) in (0i64..).zip(&billing.wallets) {
            customer.execute((id, &wallet.name, wallet.balance))?;
        }
    }
    transaction.commit()?;
    Ok(billing.outcome)
}

/// The bare insert: the same rows into two tables without any index. Reading and rating come first and are not counted.
pub fn bare(log: &Path, database: &Path) -> Result<Outcome, Box<dyn Error>> {
    let records = csv::Reader::from_path(log)?.into_records().collect::<Result<Vec<_>, _>>()?;
    let mut billing = Billing::new();
    let mut billed = Vec::with_capacity(records.len());
    for record in &records {
        let row = billing.bill(record)?;
        billing.take(&row, &record[3][..7]);
        billed.push(row);
    }
    let start = Instant::now();
    let mut connection = Connection::open(database)?;
    connection.execute_batch(&[PRAGMAS, ROWS].concat())?;
    let transaction = connection.transaction()?;
    {
        let mut rows = Rows::new(&transaction, "")?;
        for row in &billed {
            rows.insert(row)?;
        }
    }
    transaction.commit()?;
    drop(connection);
    Ok(Outcome { micros: Some(start.elapsed().as_micros()), ..billing.outcome })
}
