//! Which lots a fee is taken from, what expires, and what is owed.

use super::case::{Case, Expect::*, check, ids_of};
use super::spent::{credits, rated};
use crate::support::{One, at};
use drawdown::billing::Status;
use drawdown::catalog::Policy;
use drawdown::ids::LotId;
use drawdown::money::{Units, Value, format_units};
use drawdown::wallet::{Account, BurnOrder, Lot, Priority, Purpose};

/// A granted lot: amount, priority, life.
struct Grant(&'static str, Option<i64>, &'static str, Option<&'static str>);

/// Grants, uses of credit, and when one looks.
struct Story {
    policy: &'static str,
    grants: &'static [Grant],
    used: &'static [(&'static str, &'static str)],
    look: &'static str,
}

const JAN_1: &str = "2024-01-01";
const ONE: &str = "2024-01-01T01:00:00Z";

const fn whole(amount: &'static str) -> Grant {
    Grant(amount, None, JAN_1, None)
}

const fn january(amount: &'static str, priority: i64) -> Grant {
    Grant(amount, Some(priority), JAN_1, Some("2024-01-31"))
}

/// What is asked for: what can be used of each grant, in their order, and the balance (below zero: what is owed).
const STORIES: &[Case<Story>] = &[
    (
        "om-burn-1",
        Story { policy: "overdraft", grants: &[], used: &[(ONE, "50")], look: "2024-01-31" },
        Same(" -> -50"),
    ),
    (
        "om-burn-2",
        Story { policy: "deny", grants: &[january("100", 1)], used: &[(ONE, "50")], look: "2024-01-31" },
        Other { theirs: "50 -> 50", ours: "0 -> 0", why: "a lot lives until just before its end" },
    ),
    (
        "om-burn-3-priority",
        Story {
            policy: "deny",
            grants: &[january("100", 2), january("100", 1)],
            used: &[(ONE, "120")],
            look: "2024-01-02",
        },
        Same("80 0 -> 80"),
    ),
    (
        "om-burn-7-late-activation",
        Story {
            policy: "overdraft",
            grants: &[january("100", 1)],
            used: &[("2023-12-31T23:00:00Z", "25"), (ONE, "25")],
            look: "2024-01-02",
        },
        Same("50 -> 50"),
    ),
    (
        "om-burn-9-future",
        Story {
            policy: "deny",
            grants: &[Grant("100", Some(1), "2024-01-11", Some("2024-02-10"))],
            used: &[(ONE, "50")],
            look: "2024-01-06",
        },
        Same("0 -> 0"),
    ),
    (
        "om-collect-1",
        Story {
            policy: "deny",
            grants: &[
                Grant("10", Some(0), JAN_1, Some("2024-01-10")),
                Grant("15", Some(0), JAN_1, Some("2024-01-15")),
                Grant("20", Some(1), JAN_1, None),
            ],
            used: &[(ONE, "5")],
            look: ONE,
        },
        Same("5 15 20 -> 40"),
    ),
    (
        "om-collect-2",
        Story {
            policy: "deny",
            grants: &[
                Grant("10", Some(0), JAN_1, Some("2024-01-10")),
                Grant("15", Some(0), JAN_1, Some("2024-01-15")),
                Grant("20", Some(1), JAN_1, None),
            ],
            used: &[(ONE, "5"), (ONE, "10")],
            look: ONE,
        },
        Same("0 10 20 -> 30"),
    ),
    // Lots without a priority have 100 here, so they are last too.
    (
        "flexprice-burn-1",
        Story {
            policy: "deny",
            grants: &[
                whole("50"),
                Grant("30", Some(3), JAN_1, None),
                Grant("40", Some(1), JAN_1, None),
                Grant("20", Some(2), JAN_1, None),
                Grant("60", Some(1), JAN_1, Some("2036-03-01")),
            ],
            used: &[(ONE, "90")],
            look: ONE,
        },
        Same("50 30 10 20 0 -> 110"),
    ),
    (
        "flexprice-burn-2-docs",
        Story {
            policy: "deny",
            grants: &[
                Grant("50", Some(1), JAN_1, Some("2024-03-01")),
                Grant("30", Some(1), JAN_1, Some("2024-03-01")),
                Grant("100", Some(1), JAN_1, Some("2024-03-15")),
                Grant("75", Some(2), JAN_1, Some("2024-02-20")),
                whole("200"),
            ],
            used: &[(ONE, "150")],
            look: ONE,
        },
        Same("0 0 30 75 200 -> 305"),
    ),
    (
        "flexprice-burn-3",
        Story {
            policy: "deny",
            grants: &[whole("50"), whole("30"), whole("20"), whole("100")],
            used: &[(ONE, "70")],
            look: ONE,
        },
        Same("0 10 20 100 -> 130"),
    ),
    (
        "om-burn-4-expiry",
        Story {
            policy: "deny",
            grants: &[Grant("100", Some(1), JAN_1, Some("2124-01-01")), january("100", 1)],
            used: &[(ONE, "120")],
            look: "2024-01-02",
        },
        Same("80 0 -> 80"),
    ),
    (
        "om-burn-8-expired",
        Story {
            policy: "deny",
            grants: &[Grant("100", Some(1), "2023-01-01", Some("2023-01-02"))],
            used: &[(ONE, "50")],
            look: "2024-01-06",
        },
        Same("0 -> 0"),
    ),
    (
        "flexprice-burn-4-expired",
        Story {
            policy: "deny",
            grants: &[Grant("100", None, "2023-01-01", Some("2023-06-01"))],
            used: &[(ONE, "10")],
            look: ONE,
        },
        Same("0 -> 0"),
    ),
    (
        "om-advance-1",
        Story { policy: "overdraft", grants: &[whole("10")], used: &[(ONE, "15")], look: ONE },
        Same("0 -> -5"),
    ),
    (
        "autumn-burn-1-negative",
        Story { policy: "overdraft", grants: &[whole("300")], used: &[(ONE, "450")], look: ONE },
        Same("0 -> -150"),
    ),
    (
        "om-burn-14-latest",
        Story {
            policy: "deny",
            grants: &[
                Grant("50", Some(1), JAN_1, Some(ONE)),
                january("100", 2),
                Grant("75", Some(3), ONE, Some("2024-01-31")),
                Grant("200", Some(4), "2024-01-01T04:00:00Z", Some("2024-01-31")),
            ],
            used: &[(JAN_1, "15"), (ONE, "30"), ("2024-01-01T02:00:00Z", "10"), ("2024-01-01T03:00:00Z", "20")],
            look: "2024-01-01T03:00:00Z",
        },
        Other {
            theirs: "165",
            ours: "0 40 75 0 -> 115",
            why: "every event counts; theirs takes the latest value before the end and counts it alone",
        },
    ),
];

/// Grants, and a correction by hand; what is asked for is the balance, or why not.
const CORRECTIONS: &[Case<(&str, &str)>] = &[(
    "flexprice-burn-5-manual-negative",
    ("100", "-150"),
    Other {
        theirs: "-50",
        ours: "only 100 CREDIT can be taken back; an adjustment never goes below zero; 100",
        why: "no correction by hand goes below zero",
    },
)];

/// Amounts of dollars that one event owes under several prices, and the lots there are; what is asked for is what each
/// fee takes from each lot (`!` is the overdraft), and the balance. The published ones make these fees by tiers.
const LINES: &[Case<(&[&str], &[&str])>] = &[
    ("om-credit-lines-1", (&["100", "50"], &["150"]), Same("100 | 50 -> 0.00")),
    ("om-credit-lines-2", (&["100", "50", "5"], &["150"]), Same("100 | 50 | 5! -> -5.00")),
    ("om-credit-lines-3", (&["100", "50"], &["75", "75"]), Same("75+25 | 50 -> 0.00")),
];

const ORDER: &[Case<()>] =
    &[("om-burn-15-order", (), Same("created-first cursor-a cursor-b later-expiration no-expiration lower-priority"))];

const MANY: &[Case<usize>] = &[("om-burn-5-many", 100_000, Same("grant 0 has 1, all others 100"))];

/// A grant whose rest is taken away between two uses; theirs is voided.
const VOID: &[Case<()>] = &[("om-burn-6-void", (), Same("50 taken back, 50 owed"))];

/// What two lots gave for a fee, and how much of it is to be given back; what is asked for is what the lots and a new one
/// hold.
const CORRECTED_FEES: &[Case<&str>] = &[
    (
        "om-correct-1",
        "5",
        Other {
            theirs: "0 14 0",
            ours: "0 9 5",
            why: "a draw is never undone: what is given back is a lot of its own",
        },
    ),
    (
        "om-correct-2",
        "8",
        Other {
            theirs: "2 15 0",
            ours: "0 9 8",
            why: "a draw is never undone: what is given back is a lot of its own",
        },
    ),
];

/// What is used in a first and a second period, and later of the first, at 10 a unit; what is asked for is what is charged.
const LATE: &[Case<[&str; 3]>] =
    &[("om-late-1", ["5", "3", "2"], Same("50.00 in time, 30.00 in time, 20.00 late and still of the first period"))];

pub fn ids() -> Vec<&'static str> {
    [
        ids_of(STORIES),
        ids_of(CORRECTIONS),
        ids_of(LINES),
        ids_of(ORDER),
        ids_of(MANY),
        ids_of(VOID),
        ids_of(CORRECTED_FEES),
        ids_of(LATE),
    ]
    .concat()
}

/// What can be used of lot `id` now.
fn usable(one: &One, id: i64) -> Units {
    one.lots().find(|lot| lot.id.number() == id && lot.is_live(one.life.clock)).map_or(Units::ZERO, |lot| lot.left)
}

#[test]
fn grants_are_burnt_in_order() {
    check(STORIES, |story| {
        let mut one = credits(story.policy, "1", "");
        for Grant(amount, priority, from, to) in story.grants {
            one.gift_before(&format!("{amount} CREDIT"), *priority, from, *to);
        }
        for (when, amount) in story.used {
            one.spend(amount, when);
        }
        one.advance(story.look);
        let left: Vec<_> = (1..).take(story.grants.len()).map(|id| usable(&one, id).to_string()).collect();
        format!("{} -> {}", left.join(" "), one.balance("CREDIT"))
    });
}

#[test]
fn what_cannot_be_covered_is_denied_unless_overdraft_is_allowed() {
    for (policy, expected) in [("deny", Status::Denied), ("overdraft", Status::Charged)] {
        let mut one = credits(policy, "1", "");
        one.gift("100 CREDIT", "2023-01-01", Some("2023-06-01"));
        assert_eq!(one.spend("10", ONE), expected, "{policy}");
    }
}

#[test]
fn corrections_by_hand() {
    check(CORRECTIONS, |&(granted, correction)| {
        let mut one = credits("overdraft", "1", "");
        one.gift(&format!("{granted} CREDIT"), JAN_1, None);
        let refused = one
            .correct(&format!("{correction} CREDIT"), ONE)
            .map_or_else(|error| format!("{error}; "), |()| String::new());
        format!("{refused}{}", one.balance("CREDIT"))
    });
}

#[test]
fn each_fee_takes_what_the_one_before_left() {
    check(LINES, |&(fees, lots)| {
        let price = |fee: &&str| {
            format!(
                "[[product.price]]\nname = \"{fee}\"\ntype = \"usage_based\"\nevent_type = \"use\"\n\
                 usage_type = \"unit\"\nasset = \"USD\"\nvalues = [{{ unit_price = {fee} }}]\n"
            )
        };
        let prices: String = fees.iter().map(price).collect();
        let policy = "[policy]\ninsufficient_funds = \"overdraft\"\n";
        let mut one = One::subscriber(&format!("{policy}[[product]]\ncode = \"p\"\nname = \"P\"\n{prices}"));
        for lot in lots {
            one.pay(lot, "USD", JAN_1);
        }
        let event = one.event("use", ONE, &[]);
        let drawn = |draw: &drawdown::wallet::Draw| {
            format!("{}{}", format_units(draw.amount, 9, 0), if draw.lot.is_none() { "!" } else { "" })
        };
        let lines: Vec<_> =
            event.fees.iter().map(|fee| fee.draws.iter().map(drawn).collect::<Vec<_>>().join("+")).collect();
        format!("{} -> {}", lines.join(" | "), one.balance("USD"))
    });
}

fn lot(id: i64, amount: i64, priority: i64, granted: &str, expires: Option<&str>) -> Lot {
    Lot {
        id: LotId::from_number(id),
        purpose: Purpose::Promotion,
        priority: Priority::from_number(priority),
        granted_at: at(granted),
        effective_at: at(granted),
        expires_at: expires.map(at),
        amount: Units::from_count(amount),
        left: Units::from_count(amount),
        basis: Value::ZERO,
        granted_by: None,
        released: Value::ZERO,
        changed: false,
    }
}

fn order() -> BurnOrder {
    BurnOrder::new(Policy::default().burn_order)
}

/// The published times are hours before and after one instant, which is noon here.
#[test]
fn the_whole_order() {
    let names = ["cursor-a", "cursor-b", "created-first", "later-expiration", "lower-priority", "no-expiration"];
    let hour = |hour: &str| format!("2024-01-01T{hour}:00:00Z");
    let lot = |id, priority, granted, expires: Option<&str>| {
        lot(id, 1, priority, &hour(granted), expires.map(&hour).as_deref())
    };
    check(ORDER, |()| {
        let lots = vec![
            lot(5, 1, "08", None),
            lot(4, 2, "08", Some("12")),
            lot(2, 1, "10", Some("13")),
            lot(1, 1, "11", Some("13")),
            lot(0, 1, "11", Some("13")),
            lot(3, 1, "09", Some("14")),
        ];
        let account = Account::load(lots, Units::ZERO, &order());
        account.lots().iter().map(|lot| names[lot.id.number() as usize]).collect::<Vec<_>>().join(" ")
    });
}

#[test]
fn many_grants() {
    check(MANY, |&count| {
        // 7919 is prime to the count, so this is every grant once, out of order.
        let ids = (0..count).map(|i| (i * 7919 % count) as i64);
        let end = |id| if id == 0 { "2024-01-30" } else { "2024-01-31" };
        let mut account =
            Account::load(ids.map(|id| lot(id, 100, 1, JAN_1, Some(end(id)))).collect(), Units::ZERO, &order());
        account.draw(Units::from_count(99), at(ONE), &order());
        let (first, others): (Vec<&Lot>, Vec<&Lot>) = account.lots().iter().partition(|lot| lot.id.number() == 0);
        assert!(others.len() == count - 1 && others.iter().all(|lot| lot.left.count() == 100));
        format!("grant 0 has {}, all others 100", first[0].left)
    });
}

#[test]
fn taking_the_rest_of_a_grant_away() {
    check(VOID, |()| {
        let mut one = credits("overdraft", "1", "");
        one.gift_before("100 CREDIT", Some(1), JAN_1, Some("2024-01-31"));
        one.spend("50", "2024-01-01T00:59:00Z");
        one.correct("-50 CREDIT", ONE).unwrap();
        one.spend("50", "2024-01-01T01:01:00Z");
        one.advance("2024-01-06");
        assert_eq!(one.lots().count(), 0);
        let taken: Units = one.facts.adjustments.iter().flat_map(|a| &a.taken).map(|taken| taken.amount).sum();
        let account = one.life.accounts.iter().next().unwrap().1;
        format!("{taken} taken back, {} owed", account.deficit())
    });
}

#[test]
fn giving_a_fee_back() {
    check(CORRECTED_FEES, |back| {
        let mut one = credits("deny", "1", "");
        one.gift("4 CREDIT", JAN_1, Some("2024-01-10"));
        one.gift("15 CREDIT", JAN_1, Some("2024-01-15"));
        one.spend("10", ONE);
        let draws = &one.facts.events[0].fees[0].draws;
        assert_eq!(draws.iter().map(|draw| draw.amount.count()).collect::<Vec<_>>(), [4, 6]);
        one.gift(&format!("{back} CREDIT"), ONE, None);
        [1, 2, 3].map(|id| usable(&one, id)).into_iter().map(|n| n.to_string()).collect::<Vec<_>>().join(" ")
    });
}

#[test]
fn late_usage_is_of_its_own_time() {
    check(LATE, |&[first, second, late]| {
        let mut one = rated("overdraft", "10");
        let mut told = Vec::new();
        for (when, amount) in [("2024-01-15", first), ("2024-02-15", second), ("2024-01-20", late)] {
            one.spend(amount, when);
            let event = one.facts.events.last().unwrap();
            assert_eq!(event.occurred_at, at(when));
            let how = if event.posted_at.is_some() { "late and still of the first period" } else { "in time" };
            told.push(format!("{} {how}", one.fees()[0]));
        }
        told.join(", ")
    });
}
