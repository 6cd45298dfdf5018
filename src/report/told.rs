//! Lists in JSON that are never in memory as a whole.

use crate::ledger::LedgerError;
use serde::ser::{Error, Serialize, SerializeSeq, Serializer};
use std::marker::PhantomData;
use std::ops::ControlFlow;

/// A list whose items are told one after another, as long as whoever is told them goes on.
pub(super) struct Told<T, F> {
    tell: F,
    items: PhantomData<T>,
}

impl<T, F> Told<T, F>
where
    F: Fn(&mut dyn FnMut(T) -> ControlFlow<()>) -> Result<(), LedgerError>,
{
    pub fn new(tell: F) -> Self {
        Self { tell, items: PhantomData }
    }
}

impl<T, F> Serialize for Told<T, F>
where
    T: Serialize,
    F: Fn(&mut dyn FnMut(T) -> ControlFlow<()>) -> Result<(), LedgerError>,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        let mut written = Ok(());
        let told = (self.tell)(&mut |item| {
            written = list.serialize_element(&item);
            if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        written?;
        told.map_err(S::Error::custom)?;
        list.end()
    }
}
