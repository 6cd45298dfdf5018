//! The lives that a batch needs: loaded at a customer's first event that may be new, once for the whole log.

use super::super::loading::Loading;
use super::super::open::Writer;
use super::known::Known;
use super::names::Names;
use crate::billing::{Engine, Life, NewTerms, Seats};
use crate::ids::{CustomerId, CustomerIndex, EventIndex, VersionId};
use crate::ledger::LedgerError;
use crate::time::Instant;
use crate::usage::Batch;

/// Stands for the number of a customer who has none as yet.
const NOT_YET: CustomerId = CustomerId::from_number(0);

/// A customer whose life was loaded.
pub(super) struct NewLife {
    /// Their place in the log.
    pub customer: CustomerIndex,
    pub life: Life,
    /// What they are subscribed to, if they are new themselves.
    pub enrolled: Option<NewTerms>,
}

/// Loads the lives of a batch's customers. Unknown ones are added, and subscribed to `enroll` if that is given; without it
/// nothing is loaded for them.
pub(super) fn load(
    writer: &mut Writer<'_>,
    engine: &Engine,
    names: &mut Names,
    (batch, known): (&Batch, &Known),
    enroll: Option<VersionId>,
) -> Result<Vec<NewLife>, LedgerError> {
    let mut lives: Vec<NewLife> = Vec::new();
    // Those of them who are stored, and those who are new, with when they came.
    let (mut stored, mut enrolled) = (Vec::new(), Vec::new());
    for (index, event) in EventIndex::each(&batch.events) {
        let customer = names.customer_mut(event.customer);
        if customer.is_loaded || known.is_stored(index) || customer.id.is_none() && enroll.is_none() {
            continue;
        }
        customer.is_loaded = true;
        match customer.id {
            Some(id) => stored.push((lives.len(), id)),
            None => enrolled.push((lives.len(), event.occurred_at)),
        }
        // What is stored of them, or their number, follows.
        lives.push(NewLife { customer: event.customer, life: Life::new(NOT_YET), enrolled: None });
    }
    let ids: Vec<CustomerId> = stored.iter().map(|(_, id)| *id).collect();
    let loaded = Loading::new(&writer.tx)?.load_all(&ids, engine)?;
    for ((index, _), life) in stored.into_iter().zip(loaded) {
        lives[index].life = life;
    }
    if let Some(version) = enroll.filter(|_| !enrolled.is_empty()) {
        add_customers(writer, names, version, &mut lives, &enrolled)?;
    }
    Ok(lives)
}

/// Adds the customers of these lives, with when they came.
fn add_customers(
    writer: &mut Writer<'_>,
    names: &mut Names,
    version: VersionId,
    lives: &mut [NewLife],
    new: &[(usize, Instant)],
) -> Result<(), LedgerError> {
    let named = |&(index, at): &(usize, Instant)| (names.customer(lives[index].customer).name.as_str(), None, at);
    let first = writer.insert_customers(&new.iter().map(named).collect::<Vec<_>>())?;
    for (id, &(index, at)) in first.and_following().zip(new) {
        let life = &mut lives[index];
        life.life.customer = id;
        life.enrolled = Some(NewTerms { version, quantity: Seats::ONE, at });
        names.customer_mut(life.customer).id = Some(id);
    }
    Ok(())
}
