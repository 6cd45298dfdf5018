//! The format of a ledger: what is made anew, and how the ledgers of released programs become new ones.

use super::LedgerError;
use super::tables::{self, meta, seal};
use crate::ids::OperationId;
use rusqlite::Connection;

/// `PRAGMA application_id`: "draw".
pub(super) const APPLICATION_ID: i64 = 0x6472_6177;

/// The format of the ledgers that this program makes; `PRAGMA user_version`. It goes up with every change of what is stored.
pub(super) const FORMAT: i64 = FIRST_RELEASED + MIGRATIONS.len() as i64;

/// The format of the first release. Ledgers of a format before it were made while the program was being built: they are
/// made again from their logs.
///
/// Until then it goes up with every change of the tables, so that a ledger of other tables is refused.
pub(super) const FIRST_RELEASED: i64 = 15;

/// Each step leads from one format to the next, the first one from that of the first release.
const MIGRATIONS: [&str; 0] = [];

/// Makes the tables of an empty database, inside the caller's transaction.
pub(super) fn create(connection: &Connection) -> Result<(), LedgerError> {
    for table in tables::ALL {
        connection.execute_batch(table.create)?;
    }
    stamp(connection, FORMAT)?;
    meta::init(connection)?;
    seal::Seals::load(connection, OperationId::FIRST)?.store(connection)
}

/// Brings an open ledger from `from` to the latest format, inside the caller's transaction.
pub(super) fn migrate(connection: &Connection, from: i64) -> Result<(), LedgerError> {
    take_steps(connection, &MIGRATIONS, from)
}

/// Takes those of the steps that are still to be taken from a format.
fn take_steps(connection: &Connection, steps: &[&str], from: i64) -> Result<(), LedgerError> {
    let taken = usize::try_from(from.saturating_sub(FIRST_RELEASED)).ok().filter(|taken| *taken <= steps.len());
    let taken = taken.ok_or_else(|| LedgerError::damaged(format!("nothing leads from ledger format {from}")))?;
    for (format, step) in (from + 1..).zip(&steps[taken..]) {
        connection.execute_batch(step)?;
        stamp(connection, format)?;
    }
    Ok(())
}

/// Says what a database is, and in which format.
fn stamp(connection: &Connection, format: i64) -> Result<(), LedgerError> {
    let pragmas = format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {format};");
    Ok(connection.execute_batch(&pragmas)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format_of(connection: &Connection) -> i64 {
        connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
    }

    /// Ledgers of other tables must not pass for ledgers of these: whoever changes a table raises the format (until the first
    /// release, [`FIRST_RELEASED`]; from then on with a migration) and says here what the tables of that format are.
    #[test]
    fn tables_change_only_with_the_format() {
        let made: String = tables::ALL.iter().map(|table| table.create).collect();
        let mut hasher = siphasher::sip::SipHasher13::new();
        std::hash::Hasher::write(&mut hasher, made.as_bytes());
        assert_eq!((FORMAT, std::hash::Hasher::finish(&hasher)), (15, 11_989_792_503_768_001_116));
    }

    /// Made up, until there is a first step.
    const STEPS: [&str; 2] = [
        "ALTER TABLE terms ADD COLUMN author TEXT;",
        "UPDATE terms SET author = 'somebody' WHERE author IS NULL; CREATE INDEX terms_author ON terms (author);",
    ];

    #[test]
    fn a_ledger_takes_the_steps_that_it_has_not_taken() {
        let connection = Connection::open_in_memory().unwrap();
        create(&connection).unwrap();
        connection.execute("INSERT INTO terms VALUES (1, 0, '{}', 1)", []).unwrap();
        take_steps(&connection, &STEPS[..1], FIRST_RELEASED).unwrap();
        assert_eq!(format_of(&connection), FIRST_RELEASED + 1);
        take_steps(&connection, &STEPS, FIRST_RELEASED + 1).unwrap();
        assert_eq!(format_of(&connection), FIRST_RELEASED + 2);
        let author: String = connection.query_row("SELECT author FROM terms", [], |row| row.get(0)).unwrap();
        assert_eq!(author, "somebody");
        take_steps(&connection, &STEPS, FIRST_RELEASED + 2).unwrap();
    }

    #[test]
    fn a_step_that_fails_leaves_the_ledger_as_it_was() {
        let mut connection = Connection::open_in_memory().unwrap();
        create(&connection).unwrap();
        let tx = connection.transaction().unwrap();
        assert!(take_steps(&tx, &[STEPS[0], "UPDATE nothing SET x = 1"], FIRST_RELEASED).is_err());
        drop(tx);
        assert_eq!(format_of(&connection), FORMAT);
        assert!(connection.prepare("SELECT author FROM terms").is_err());
    }

    #[test]
    fn nothing_leads_from_a_format_that_there_was_not() {
        let connection = Connection::open_in_memory().unwrap();
        create(&connection).unwrap();
        for format in [i64::MIN + 1, FIRST_RELEASED - 1, FIRST_RELEASED + 3, i64::MAX] {
            let error = take_steps(&connection, &STEPS, format).unwrap_err().to_string();
            assert_eq!(error, format!("the ledger is damaged: nothing leads from ledger format {format}"));
        }
    }
}
