//! What the names of a record stand for.

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot<'a> {
    Id,
    Customer,
    EventType,
    OccurredAt,
    Subject,
    /// A cost at this vendor, in the reporting currency or the one that the record names.
    Cost(&'a str),
    /// The currency of the record's costs.
    CostCurrency,
    Data(&'a str),
}

impl<'a> Slot<'a> {
    /// What one of our names stands for.
    pub fn of(name: &'a str) -> Self {
        match name {
            "id" => Self::Id,
            "customer" => Self::Customer,
            "event_type" => Self::EventType,
            "occurred_at" => Self::OccurredAt,
            "subject" => Self::Subject,
            "cost_currency" => Self::CostCurrency,
            _ => match name.strip_prefix("cost.") {
                Some(vendor) if !vendor.is_empty() => Self::Cost(vendor),
                _ => Self::Data(name),
            },
        }
    }
}
