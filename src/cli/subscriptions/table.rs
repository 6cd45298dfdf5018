//! Subscriptions as a table.

use crate::render::{Column, Table};
use crate::report::subscriptions::SubscriptionState;
use crate::time::Instant;

/// One row for each subscription.
pub(in crate::cli) fn subscription_table<'a>(subscriptions: impl IntoIterator<Item = &'a SubscriptionState>) -> Table {
    let mut table = Table::new(vec![
        Column::text("customer"),
        Column::text("product"),
        Column::number("version"),
        Column::number("quantity"),
        Column::text("state"),
        Column::text("started_at"),
        Column::text("ended_at"),
        Column::text("next_renewal"),
        Column::text("next_refresh"),
    ]);
    let time = |at: Option<Instant>| at.map(|at| at.to_string()).unwrap_or_default();
    for s in subscriptions {
        table.row(vec![
            s.customer.clone(),
            s.product.clone(),
            s.version.to_string(),
            s.quantity.to_string(),
            s.state.name().to_owned(),
            s.started_at.to_string(),
            time(s.ended_at),
            time(s.next_renewal),
            time(s.next_refresh),
        ]);
    }
    table
}
