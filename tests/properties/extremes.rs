//! At the ends of the calendar and of the ledger's range.
