//! The advice itself: from answers to a way to sell, with its reasons. Nothing here asks or prints.
//!
//! Two answers decide most. Usage that hardly varies fits one price; usage that can be anything must pay for itself. In
//! between it depends on who carries the risk: whoever can't front costs, and sells to people who are used to paying
//! first, needs no fee at all.

use super::ask::Choice;
use clap::ValueEnum;
use serde::Serialize;

/// Whether costs can be carried until customers pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FrontCosts {
    /// No: usage is paid for before it happens
    No,
    /// Yes: we can carry costs until customers pay
    Yes,
}

/// How much one customer's usage varies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Usage {
    /// Much the same every month
    Predictable,
    /// A steady base with peaks
    Mixed,
    /// Anything, from nothing to a flood
    Unpredictable,
}

/// How those who pay are used to buying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Customers {
    /// Developers and prosumers: sign up, pay by card
    #[value(alias = "prosumers")]
    Developers,
    /// Enterprise procurement: a contract, a budget
    Enterprise,
}

/// What balances are kept in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Units {
    /// Money: balances in a currency
    Fiat,
    /// A unit of your own: credits, tokens, minutes
    Custom,
}

/// The ways to sell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Model {
    /// Balances paid in advance, debited with every event
    Prepaid,
    /// Fees paid in advance; usage is tracked but free
    Subscription,
    /// A fee with an allowance; usage beyond it costs extra
    Hybrid,
}

impl Choice for FrontCosts {
    const QUESTION: &'static str = "Can you front what usage costs you?";
}

impl Choice for Usage {
    const QUESTION: &'static str = "How predictable is one customer's usage?";
}

impl Choice for Customers {
    const QUESTION: &'static str = "What do your customers expect?";
}

impl Choice for Units {
    const QUESTION: &'static str = "What should balances be kept in?";
}

/// What somebody said of their business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Answers {
    /// Can they front what usage costs?
    pub front_costs: FrontCosts,
    /// How predictable is one customer's usage?
    pub usage: Usage,
    /// What do their customers expect?
    pub customers: Customers,
    /// What are balances kept in?
    pub units: Units,
}

/// The answers that are offered first: those of somebody who sells what they buy from a model provider.
pub const DEFAULTS: Answers = Answers {
    front_costs: FrontCosts::No,
    usage: Usage::Unpredictable,
    customers: Customers::Developers,
    units: Units::Fiat,
};

/// A way to sell, and what speaks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// Which one, and the template to start from.
    pub model: Model,
    /// What each answer says for it.
    pub reasons: Reasons,
    /// Who sells that way.
    pub sellers: &'static [Seller],
    /// What may go wrong, and what to do about it.
    pub cautions: Vec<&'static str>,
}

/// What each answer says for a way to sell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Reasons {
    /// The reason in who carries the costs.
    pub front_costs: &'static str,
    /// The reason in how usage varies.
    pub usage: &'static str,
    /// The reason in who buys.
    pub customers: &'static str,
    /// Of what balances are kept in.
    pub units: &'static str,
}

/// Somebody who sells that way, as of [`SELLERS_AS_OF`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Seller {
    /// The seller's name.
    pub name: &'static str,
    /// What they sell, for how much.
    pub sells: &'static str,
}

/// What people call it.
pub fn name(model: Model) -> &'static str {
    match model {
        Model::Prepaid => "prepaid balances, debited in real time",
        Model::Subscription => "recurring fixed fees",
        Model::Hybrid => "a hybrid: fixed fees with an allowance, and usage beyond it from balances",
    }
}

/// When the terms of the sellers were looked up.
pub const SELLERS_AS_OF: &str = "October 2026";

/// What is never advised, because this program does not do it.
pub const NOT_IN_ARREARS: &str = "Billing usage in arrears, by an invoice after the fact, is not what drawdown does: \
                                  money comes first, usage draws it down.";

/// The way to sell that fits the answers best.
pub fn advise(answers: Answers) -> Advice {
    let model = model(answers);
    let sellers = match model {
        Model::Prepaid => PREPAID_SELLERS,
        Model::Subscription => SUBSCRIPTION_SELLERS,
        Model::Hybrid => HYBRID_SELLERS,
    };
    let reasons = Reasons {
        front_costs: of_costs(model, answers.front_costs),
        usage: of_usage(model, answers.usage),
        customers: of_customers(model, answers.customers),
        units: of_units(model, answers.units),
    };
    Advice { model, reasons, sellers, cautions: cautions(model, answers) }
}

fn model(answers: Answers) -> Model {
    match (answers.usage, answers.customers, answers.front_costs) {
        (Usage::Predictable, _, _) => Model::Subscription,
        (Usage::Mixed, Customers::Developers, FrontCosts::No) => Model::Prepaid,
        (Usage::Mixed, _, _) => Model::Hybrid,
        (Usage::Unpredictable, Customers::Enterprise, FrontCosts::Yes) => Model::Hybrid,
        (Usage::Unpredictable, _, _) => Model::Prepaid,
    }
}

fn of_costs(model: Model, front_costs: FrontCosts) -> &'static str {
    match (model, front_costs) {
        (Model::Prepaid, FrontCosts::No) => {
            "Customers pay in before they use anything, so you never wait for money that you have spent."
        }
        (Model::Prepaid, FrontCosts::Yes) => {
            "You could carry costs, but nobody asks you to: these buyers are used to paying first."
        }
        (Model::Subscription, FrontCosts::No) => {
            "The fee is paid when a period starts, before that period costs you anything."
        }
        (Model::Subscription, FrontCosts::Yes) => {
            "You can carry a customer who uses more than their fee, until you know what it should be."
        }
        (Model::Hybrid, FrontCosts::No) => "The fee and the top-ups are both paid first: nobody runs up a debt.",
        (Model::Hybrid, FrontCosts::Yes) => {
            "You can include an allowance before you know exactly what it costs, and adjust it."
        }
    }
}

fn of_usage(model: Model, usage: Usage) -> &'static str {
    match (model, usage) {
        (Model::Prepaid, Usage::Mixed) => {
            "Peaks are what could hurt you; charged event by event, they pay for themselves."
        }
        (Model::Prepaid, _) => "No flat price is right for usage that can be anything: each event pays for itself.",
        (Model::Subscription, _) => {
            "What a customer costs you hardly varies, so one price covers it and is the easiest to sell."
        }
        (Model::Hybrid, Usage::Mixed) => "The steady part is the fee with its allowance; the peaks pay for themselves.",
        (Model::Hybrid, _) => "The fee pays for being there; usage beyond a small allowance pays for itself.",
    }
}

fn of_customers(model: Model, customers: Customers) -> &'static str {
    match (model, customers) {
        (Model::Prepaid, Customers::Developers) => "They know what a call costs, start small, and top up by card.",
        (Model::Prepaid, Customers::Enterprise) => {
            "Sell it as a commitment: a purchase order is paid in advance, and usage draws it down."
        }
        (Model::Subscription, Customers::Developers) => {
            "One decision, no meter to watch: they know what they will pay."
        }
        (Model::Subscription, Customers::Enterprise) => {
            "Procurement can approve a fixed amount for a fixed term, by seat if need be."
        }
        (Model::Hybrid, Customers::Developers) => {
            "They sign up for a plan, and go on past it without having to ask anybody."
        }
        (Model::Hybrid, Customers::Enterprise) => {
            "Procurement approves the fee; what may come on top has a monthly limit that they set."
        }
    }
}

fn of_units(model: Model, units: Units) -> &'static str {
    match (model, units) {
        (Model::Subscription, Units::Fiat) => {
            "Nothing is drawn down yet, so fees in money are all there is to explain."
        }
        (Model::Subscription, Units::Custom) => {
            "Nothing is drawn down yet: keep the unit for the day when usage gets a price."
        }
        (_, Units::Fiat) => {
            "What customers see is what they pay, and prices can follow your costs to fractions of a cent."
        }
        (_, Units::Custom) => {
            "One unit for many kinds of usage: what an action takes can change while what a unit costs does not."
        }
    }
}

fn cautions(model: Model, answers: Answers) -> Vec<&'static str> {
    let own = match model {
        Model::Prepaid => "An empty balance stops the service: offer automatic top-ups, and look at what was denied.",
        Model::Subscription => {
            "One heavy customer can cost more than their fee: put what events cost you in the log, and `drawdown \
             report profit --by customer` names them."
        }
        Model::Hybrid => {
            "An allowance nobody exceeds is only a discount, and one that everybody exceeds is a price rise: try it \
             on a real log first."
        }
    };
    let varies = answers.usage != Usage::Predictable;
    let asks_for_invoices = varies && answers.customers == Customers::Enterprise;
    let invoices = asks_for_invoices.then_some(
        "Enterprise buyers of usage that varies will ask to be invoiced for it afterwards. Offer them a commitment \
         instead: what they have paid is recorded with `drawdown topup`. If they insist, use a system that sends \
         invoices.",
    );
    [own].into_iter().chain(invoices).collect()
}

const PREPAID_SELLERS: &[Seller] = &[
    Seller {
        name: "OpenAI API",
        sells: "credit from 5 USD on, good for a year, with automatic reloading; tokens draw it down",
    },
    Seller { name: "Claude API", sells: "usage credit paid in advance, good for a year, with automatic reloading" },
    Seller {
        name: "Twilio",
        sells: "a balance that calls and messages draw down; service stops at zero, or it recharges itself",
    },
    Seller { name: "Stability AI", sells: "a unit of its own: credits at 0.01 USD each, a few of which make an image" },
];

const SUBSCRIPTION_SELLERS: &[Seller] = &[
    Seller {
        name: "Superhuman",
        sells: "a fee per member: 15 USD a month for Pro, 40 for Business, with its AI in it",
    },
    Seller {
        name: "Notion",
        sells: "a fee per seat, with its everyday AI in it; only agents that run by themselves take credits",
    },
    Seller { name: "Basecamp", sells: "a fee per user, or one flat fee however many there are" },
    Seller { name: "Featherless AI", sells: "model inference for a flat fee by plan, however many tokens" },
];

const HYBRID_SELLERS: &[Seller] = &[
    Seller {
        name: "Cursor",
        sells: "20, 60 or 200 USD a month with 20, 70 or 400 USD of model usage; beyond it at list price",
    },
    Seller {
        name: "Clay",
        sells: "a plan with credits for data; what is left is carried over, up to twice the month's",
    },
    Seller {
        name: "GitHub Copilot",
        sells: "a fee per seat with monthly credits; until June 2026, requests, then 0.04 USD each",
    },
    Seller { name: "Vercel", sells: "a fee for Pro with 20 USD of usage a month in it; more on demand" },
    Seller { name: "ElevenLabs", sells: "plans with credits for speech; from the Creator plan on, more as you go" },
];

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    fn all() -> impl Iterator<Item = Answers> {
        let fronts = FrontCosts::value_variants().iter();
        fronts.flat_map(|&front_costs| {
            Usage::value_variants().iter().flat_map(move |&usage| {
                Customers::value_variants().iter().flat_map(move |&customers| {
                    let units = Units::value_variants().iter();
                    units.map(move |&units| Answers { front_costs, usage, customers, units })
                })
            })
        })
    }

    #[test]
    fn every_combination_of_answers_has_its_model() {
        use Customers::{Developers, Enterprise};
        use FrontCosts::{No, Yes};
        use Model::{Hybrid, Prepaid, Subscription};
        use Usage::{Mixed, Predictable, Unpredictable};
        let table = [
            (No, Predictable, Developers, Subscription),
            (No, Predictable, Enterprise, Subscription),
            (No, Mixed, Developers, Prepaid),
            (No, Mixed, Enterprise, Hybrid),
            (No, Unpredictable, Developers, Prepaid),
            (No, Unpredictable, Enterprise, Prepaid),
            (Yes, Predictable, Developers, Subscription),
            (Yes, Predictable, Enterprise, Subscription),
            (Yes, Mixed, Developers, Hybrid),
            (Yes, Mixed, Enterprise, Hybrid),
            (Yes, Unpredictable, Developers, Prepaid),
            (Yes, Unpredictable, Enterprise, Hybrid),
        ];
        let decided = |a: Answers| (a.front_costs, a.usage, a.customers, advise(a).model);
        for units in [Units::Fiat, Units::Custom] {
            let decided: Vec<_> = all().filter(|answers| answers.units == units).map(decided).collect();
            assert_eq!(decided, table, "units change how a model is set up, not which one it is");
        }
    }

    #[test]
    fn buyers_who_will_ask_for_invoices_are_told_of_and_no_others() {
        for answers in all() {
            let told = advise(answers).cautions.iter().any(|caution| caution.contains("invoiced"));
            let expected = answers.customers == Customers::Enterprise && answers.usage != Usage::Predictable;
            assert_eq!(told, expected, "{answers:?}");
        }
    }

    #[test]
    fn every_answer_changes_what_is_said() {
        for (index, answers) in all().enumerate() {
            for other in all().skip(index + 1) {
                assert_ne!(advise(answers), advise(other), "{answers:?} and {other:?}");
            }
        }
    }
}
