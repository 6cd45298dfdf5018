//! What is summed over a life may be more than any amount, and have more digits than any number of a log.

use super::workspace::unapplied;
use crate::support::Workspace;
use num_bigint::BigInt;
use std::fmt::Write;

/// A customer who uses something at this price, and nothing but a year to use it in.
fn subscriber(currency: &str, rate: &str) -> Workspace {
    let workspace = unapplied();
    let catalog = format!(
        "catalog = {{ reporting_currency = \"{currency}\" }}\n[[product]]\ncode = \"p\"\n[[product.price]]\nname = \"Use\"\n\
         type = \"usage_based\"\nevent_type = \"use\"\nusage_type = \"volume\"\nvolume_field = \"n\"\n\
         asset = \"{currency}\"\nvolume_rate = {rate}\n"
    );
    workspace.write("catalogs/catalog.toml", catalog);
    workspace.ok("apply --at 2026-01-01 --yes");
    workspace.ok("customer add a --at 2026-01-01");
    workspace.ok("subscribe a p --at 2026-01-01");
    workspace
}

/// Replays these quantities, a second apart. Returns the fees as they are told.
fn replay<T: AsRef<str>>(workspace: &Workspace, month: u32, quantities: &[T]) -> String {
    let mut log = "id,customer,event_type,occurred_at,n\n".to_owned();
    for (index, quantity) in quantities.iter().enumerate() {
        let at = format!("2026-{month:02}-02T{:02}:{:02}:{:02}Z", index / 3_600, index / 60 % 60, index % 60);
        writeln!(log, "{month}-{index},a,use,{at},{}", quantity.as_ref()).unwrap();
    }
    workspace.write("log.csv", log);
    let replayed = workspace.ok("replay log.csv --format json").json();
    assert_eq!(replayed["charged"], quantities.len());
    replayed["fees"][0]["amount"].as_str().unwrap().to_owned()
}

/// All fees and all that was used.
fn used(workspace: &Workspace) -> [String; 2] {
    let row = &workspace.ok("report usage --by price --format json").json()["rows"][0];
    [&row["fees"][0]["amount"], &row["quantity"]].map(|told| told.as_str().unwrap().to_owned())
}

#[test]
fn every_month_is_charged_however_much_they_come_to() {
    let workspace = subscriber("VND", "26000");
    for month in 1..=5 {
        workspace.ok(&format!("topup a 2600000000 VND --at 2026-{month:02}-01"));
        assert_eq!(replay(&workspace, month, &["100000"]), "2600000000");
    }
    assert_eq!(used(&workspace), ["13000000000", "500000"]);
    let profit = workspace.ok("report profit --by customer --format json").json();
    assert_eq!(profit["total"]["fees"], "13000000000");
    let explained = workspace.ok("explain 5-0").stdout;
    assert!(explained.contains("13000000000 - 10400000000 = 2600000000 VND"), "{explained}");
    workspace.verify();
    // Taking one back leads back below the most that an amount can be.
    workspace.ok("void 5-0 4-0 --yes");
    assert_eq!(used(&workspace), ["7800000000", "300000"]);
    workspace.verify();
}

#[test]
fn numbers_with_all_the_digits_of_other_programs_add_up_exactly() {
    let workspace = subscriber("USD", "0.05");
    workspace.ok("topup a 9000000 USD --at 2026-01-01");
    let fees = replay(&workspace, 2, &["1048576", "4.6566128730773926e-06", "9000000", "4.6566128730773926e-06"]);
    // 502428.80000046566128730773926
    assert_eq!(fees, "502428.800000466");
    assert_eq!(used(&workspace), ["502428.800000466", "10048576.0000093132257461547852"]);
    let explained = workspace.ok("explain 2-3").stdout;
    assert!(
        explained.contains("0.05 * 10048576.0000093132257461547852 = 502428.80000046566128730773926"),
        "{explained}"
    );
    workspace.verify();
}

/// What is left when floats are subtracted, as 0.1 + 0.2 - 0.3 by Python and by Rust, and the least and most there are.
#[test]
fn what_floats_leave_over_is_a_quantity_and_a_cost() {
    let workspace = subscriber("USD", "0.05");
    workspace.ok("topup a 10 USD --at 2026-01-01");
    let floats = ["5.551115123125783e-17", "0.00000000000000005551115123125783", "1e-300", "4.9e-324", "20"];
    assert_eq!(replay(&workspace, 2, &floats), "1.00");
    assert_eq!(used(&workspace)[1], "20.0000000000000001110223024626");
    let explained = workspace.ok("explain 2-0 --format json").json();
    assert_eq!(explained["event"]["data"]["n"], floats[0]);
    assert_eq!(explained["fees"][0]["quantity"], "0.0000000000000000555111512313");
    let costs = "id,customer,event_type,occurred_at,n,cost.v\nc0,a,use,2026-03-01T00:00:00Z,1,5.551115123125783e-17\n\
                 c1,a,use,2026-03-01T00:00:00Z,1,-4.9e-324\n";
    workspace.write("costs.csv", costs);
    assert_eq!(workspace.ok("replay costs.csv --format json").json()["charged"], 2);
    assert_eq!(workspace.ok("replay costs.csv --format json").json()["duplicate"], 2);
    assert_eq!(workspace.ok("explain c0 --format json").json()["costs"][0]["amount"], "0.000000000000000056");
    workspace.ok("rebill --log log.csv --yes");
    workspace.verify();
    workspace.refused("record a use n=1.7976931348623157e308 --id most", 1, &["too large"]);
}

#[test]
fn one_large_job_among_many_small_ones_loses_no_digit() {
    let workspace = subscriber("USD", "0.000011");
    workspace.ok("topup a 9000000 USD --at 2026-01-01");
    // Sixteen digits at scales from 10^-19 to 10^-10, as floats are printed; in 10^-20.
    let mut state = 7u64;
    let mut digits = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (1_000_000_000_000_000 + state % 9_000_000_000_000_000, 10 + (state >> 60) as u32 % 10)
    };
    let mut sum = BigInt::from(123_456_789_012u64) * BigInt::from(10).pow(20) + 12_345_678_901_234_567u64;
    let mut quantities = Vec::new();
    for _ in 0..300 {
        let (mantissa, scale) = digits();
        sum += BigInt::from(mantissa) * BigInt::from(10).pow(20 - scale);
        quantities.push(format!("{mantissa}e-{scale}"));
    }
    quantities.extend(["123456789012", "0.00012345678901234567"].map(str::to_owned));
    let fees = replay(&workspace, 2, &quantities);
    // In billionths, to the nearest: 10^-20 times 11 x 10^-6 is 11 x 10^-17 billionths.
    let billionths: BigInt = (&sum * 11 + BigInt::from(10).pow(17) / 2) / BigInt::from(10).pow(17);
    let digits = billionths.to_string();
    let (whole, decimals) = digits.split_at(digits.len() - 9);
    assert_eq!(fees, format!("{whole}.{decimals}").trim_end_matches('0'));
    let digits = sum.to_string();
    let (whole, decimals) = digits.split_at(digits.len() - 20);
    assert_eq!(used(&workspace)[1], format!("{whole}.{decimals}").trim_end_matches('0'));
    workspace.verify();
}

#[test]
fn an_event_in_two_currencies_may_be_worth_more_than_an_amount() {
    let workspace = unapplied();
    let price = |code: &str| {
        format!(
            "[[product.price]]\nname = \"{code}\"\ntype = \"usage_based\"\nevent_type = \"use\"\nusage_type = \"unit\"\n\
             asset = \"{code}\"\nunit_price = 6_000_000_000\n"
        )
    };
    let catalog = format!(
        "catalog = {{ reporting_currency = \"USD\" }}\n[[asset]]\ncode = \"EUR\"\nrates = [{{ rate = 1.5 }}]\n\
         [[product]]\ncode = \"p\"\n{}{}",
        price("USD"),
        price("EUR")
    );
    workspace.write("catalogs/catalog.toml", catalog);
    workspace.ok("apply --at 2026-01-01 --yes");
    workspace.ok("customer add a --at 2026-01-01");
    workspace.ok("subscribe a p --at 2026-01-01");
    for currency in ["USD", "EUR"] {
        workspace.ok(&format!("topup a 6000000000 {currency} --at 2026-01-01"));
    }
    workspace.ok("record a use --at 2026-01-02");
    for by in ["customer", "price"] {
        let profit = workspace.ok(&format!("report profit --by {by} --format json")).json();
        assert_eq!((&profit["total"]["fees"], &profit["total"]["events"]), (&"15000000000.00".into(), &1.into()));
    }
    workspace.verify();
}

#[test]
fn a_currency_of_fewer_decimals_allows_a_wallet_of_billions() {
    let workspace = unapplied();
    let catalog = |precision: &str| {
        format!(
            "catalog = {{ reporting_currency = \"IDR\" }}\n[[asset]]\ncode = \"IDR\"\n{precision}\n\
             [[vendor]]\ncode = \"v\"\n[[product]]\ncode = \"p\"\n[[product.price]]\nname = \"Use\"\ntype = \"usage_based\"\n\
             event_type = \"use\"\nusage_type = \"volume\"\nvolume_field = \"n\"\nasset = \"IDR\"\nvolume_rate = 16000.12345\n"
        )
    };
    workspace.write("catalogs/catalog.toml", catalog("precision = 4"));
    workspace.ok("apply --at 2026-01-01 --yes");
    workspace.ok("customer add a --at 2026-01-01");
    workspace.ok("subscribe a p --at 2026-01-01");
    workspace.ok("topup a 16000000000 IDR --at 2026-01-01");
    workspace.write(
        "log.csv",
        "id,customer,event_type,occurred_at,n,cost.v\n1,a,use,2026-01-02T00:00:00Z,600000,9600000000.5\n\
         2,a,use,2026-01-03T00:00:00Z,1,0.25\n",
    );
    workspace.ok("replay log.csv");
    let profit = workspace.ok("report profit --by customer --format json").json();
    // 600001 x 16000.12345 = 9600090070.12345, half of the last decimal.
    let total = &profit["total"];
    let told = ["fees", "revenue", "cost"].map(|key| total[key].as_str().unwrap());
    assert_eq!(told, ["9600090070.1234", "9600090070.1234", "9600000000.75"]);
    let again = workspace.ok("replay log.csv --format json").json();
    assert_eq!(again["duplicate"], 2);
    workspace.verify();
    workspace.write("catalogs/catalog.toml", catalog(""));
    workspace.refused("apply --at 2026-01-04 --yes", 1, &["IDR: precision 4 -> 9 can't change"]);
}

#[test]
fn a_fee_of_more_than_an_amount_is_refused_by_its_size() {
    let workspace = subscriber("VND", "26000");
    workspace.write("log.csv", "id,customer,event_type,occurred_at,n\n1,a,use,2026-01-02T00:00:00Z,400000\n");
    let told = "the fee of \"Use\" is 10400000000 VND, and an amount is at most 9223372036.854775807 VND";
    let refused = workspace.run("replay log.csv");
    assert!(refused.code != 0 && refused.stderr.contains(told), "{refused:?}");
}
