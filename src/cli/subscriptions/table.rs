//! Subscriptions as a table.

use crate::render::{Cell, Column, Table};
use crate::report::subscriptions::SubscriptionState;

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
    for s in subscriptions {
        table.row([
            Cell::from(&s.customer),
            (&s.product).into(),
            s.version.number().into(),
            s.quantity.number().into(),
            s.state.name().into(),
            s.started_at.into(),
            s.ended_at.into(),
            s.next_renewal.into(),
            s.next_refresh.into(),
        ]);
    }
    table
}
