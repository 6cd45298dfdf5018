//! A statement as scripts read it.

use super::{AccountStatement, Statement};
use crate::report::told::Told;
use serde::ser::{Serialize, SerializeStruct, Serializer};

/// An account with its movements.
struct Account<'a>(&'a Statement<'a>, &'a AccountStatement);

impl Serialize for Statement<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = serializer.serialize_struct("Statement", 5)?;
        json.serialize_field("customer", &self.customer)?;
        json.serialize_field("from", &self.from)?;
        json.serialize_field("to", &self.to)?;
        let accounts: Vec<_> = self.accounts.iter().map(|account| Account(self, account)).collect();
        json.serialize_field("accounts", &accounts)?;
        json.serialize_field("charges", &self.charges)?;
        json.end()
    }
}

impl Serialize for Account<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(statement, account) = *self;
        let mut json = serializer.serialize_struct("AccountStatement", 4)?;
        json.serialize_field("asset", &account.asset)?;
        json.serialize_field("opening", &account.opening)?;
        json.serialize_field("movements", &Told::new(|tell| statement.for_each_movement(account, tell)))?;
        json.serialize_field("closing", &account.closing)?;
        json.end()
    }
}
