//! Why events are not charged, and records not recorded: the words that reports, replays and rejects print. Each has a page
//! in `reasons/`.

use crate::billing::{DenialReason, Unpriced};

/// One of these words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reason {
    /// As it is printed, and stable.
    pub name: &'static str,
    /// What becomes of the event: `unpriced`, `denied` or `refused`.
    pub status: &'static str,
    /// Its page, in Markdown.
    pub page: &'static str,
}

macro_rules! page {
    ($name:literal) => {
        include_str!(concat!("reasons/", $name, ".md"))
    };
}

/// All reasons: of unpriced events, of denied ones, and of what is not recorded.
pub(super) fn all() -> impl Iterator<Item = Reason> {
    let unpriced = Unpriced::NAMES.into_iter().map(|(name, reason)| Reason {
        name,
        status: "unpriced",
        page: of_unpriced(reason),
    });
    let denied = DenialReason::NAMES.into_iter().map(|(name, reason)| Reason {
        name,
        status: "denied",
        page: of_denied(reason),
    });
    let refused = REFUSED.into_iter().map(|(name, page)| Reason { name, status: "refused", page });
    unpriced.chain(denied).chain(refused)
}

impl Reason {
    /// What it means, in one sentence: the first line below its page's title.
    pub fn summary(self) -> &'static str {
        self.page.lines().nth(2).unwrap_or_default()
    }
}

fn of_unpriced(reason: Unpriced) -> &'static str {
    match reason {
        Unpriced::NoSubscription => page!("no_subscription"),
        Unpriced::SubscriptionNotStarted => page!("subscription_not_started"),
        Unpriced::SubscriptionEnded => page!("subscription_ended"),
        Unpriced::NoPrice => page!("no_price"),
        Unpriced::NoDimensionRow => page!("no_dimension_row"),
        Unpriced::NoVolume => page!("no_volume"),
        Unpriced::NegativeVolume => page!("negative_volume"),
    }
}

fn of_denied(reason: DenialReason) -> &'static str {
    match reason {
        DenialReason::InsufficientFunds => page!("insufficient_funds"),
        DenialReason::AutoTopupLimit => page!("auto_topup_limit"),
        DenialReason::AutoTopupNoRate => page!("auto_topup_no_rate"),
        DenialReason::OverdraftLimit => page!("overdraft_limit"),
        DenialReason::PastDue => page!("past_due"),
        DenialReason::AutoTopupFull => page!("auto_topup_full"),
    }
}

/// The codes of records that a replay rejects.
const REFUSED: [(&str, &str); 5] = [
    ("invalid_row", page!("invalid_row")),
    ("future", page!("future")),
    ("unknown_customer", page!("unknown_customer")),
    ("out_of_range", page!("out_of_range")),
    ("conflict", page!("conflict")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_about_its_reason_and_begins_with_a_sentence() {
        for reason in all() {
            assert_eq!(reason.page.lines().next(), Some(format!("# {}", reason.name).as_str()));
            assert!(reason.summary().ends_with('.'), "{}", reason.name);
        }
    }
}
