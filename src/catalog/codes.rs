//! The kinds of findings. Each has a page in `codes/`: what it means, a catalog that has it, and one that has not.

use serde::{Serialize, Serializer};
use std::fmt;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The catalog cannot be used.
    Error,
    /// The catalog can be used, but probably does not say what was meant.
    Warning,
}

impl Severity {
    /// The word for people and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

macro_rules! codes {
    ($($severity:ident { $($code:ident = $name:literal,)* })*) => {
        /// A kind of finding. Its name and its severity never change, so that scripts may rely on them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $($(
                #[doc = include_str!(concat!("codes/", $name, ".md"))]
                $code,
            )*)*
        }

        impl Code {
            /// All kinds: errors, then warnings, each by name.
            pub const ALL: &[Self] = &[$($(Self::$code,)*)*];

            /// The stable name, such as `unknown-key`.
            pub fn name(self) -> &'static str {
                match self {
                    $($(Self::$code => $name,)*)*
                }
            }

            /// How bad it always is.
            pub fn severity(self) -> Severity {
                match self {
                    $($(Self::$code => Severity::$severity,)*)*
                }
            }

            /// Its page, in Markdown.
            pub fn page(self) -> &'static str {
                match self {
                    $($(Self::$code => include_str!(concat!("codes/", $name, ".md")),)*)*
                }
            }
        }
    };
}

codes! {
    Error {
        AmbiguousRows = "ambiguous-rows",
        AmountTooLarge = "amount-too-large",
        BadAmount = "bad-amount",
        BadCode = "bad-code",
        BadField = "bad-field",
        BadName = "bad-name",
        BadNumber = "bad-number",
        BadOverage = "bad-overage",
        BadRate = "bad-rate",
        BadTime = "bad-time",
        BadTimeFormat = "bad-time-format",
        ConflictingKeys = "conflicting-keys",
        CurrencyPrecision = "currency-precision",
        DuplicateCode = "duplicate-code",
        DuplicateName = "duplicate-name",
        DuplicateRate = "duplicate-rate",
        DuplicateRow = "duplicate-row",
        DuplicateTable = "duplicate-table",
        EmptyProduct = "empty-product",
        EmptyTiers = "empty-tiers",
        EmptyValues = "empty-values",
        LimitBelowAmount = "limit-below-amount",
        MinAboveMax = "min-above-max",
        MissingKey = "missing-key",
        NegativeNumber = "negative-number",
        NoCycle = "no-cycle",
        NoOpenTier = "no-open-tier",
        NotACurrency = "not-a-currency",
        OpenTier = "open-tier",
        OutOfRange = "out-of-range",
        PaymentWithoutRate = "payment-without-rate",
        ThresholdTooHigh = "threshold-too-high",
        TierOrder = "tier-order",
        TomlSyntax = "toml-syntax",
        TooManyDecimals = "too-many-decimals",
        TopupBuysNothing = "topup-buys-nothing",
        TopupWithoutRate = "topup-without-rate",
        UnknownAsset = "unknown-asset",
        UnknownEventType = "unknown-event-type",
        UnknownKey = "unknown-key",
        UnknownPrice = "unknown-price",
        UnknownProduct = "unknown-product",
        UnknownValue = "unknown-value",
        UnknownVendor = "unknown-vendor",
        Unreadable = "unreadable",
        WrongAsset = "wrong-asset",
        WrongType = "wrong-type",
        ZeroNumber = "zero-number",
    }
    Warning {
        BelowCost = "below-cost",
        ExampleFails = "example-fails",
        FreeSeats = "free-seats",
        InnerStar = "inner-star",
        JumpedThreshold = "jumped-threshold",
        PaidGrant = "paid-grant",
        SharedEventType = "shared-event-type",
        UnbuyableAsset = "unbuyable-asset",
        UnnamedField = "unnamed-field",
        UnusedDimension = "unused-dimension",
        UnusedEntitlement = "unused-entitlement",
        UnusedField = "unused-field",
        VolumeCliff = "volume-cliff",
    }
}

impl Code {
    /// The kind of that name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }

    /// What it means, in one sentence: the first line below its page's title.
    pub fn summary(self) -> &'static str {
        self.page().lines().nth(2).unwrap_or_default()
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
