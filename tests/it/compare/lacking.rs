//! What another catalog lacks or has otherwise, and for whom.

use super::{LOG, catalog, workspace};
use crate::support::Workspace;

/// A ledger with so many customers of the product `p`.
fn of_customers(count: usize) -> Workspace {
    let rows = (0..count).map(|n| format!("e{n},c{n},call,2026-07-01T00:00:00Z\n")).collect::<String>();
    let workspace = workspace().with("usage.csv", format!("id,customer,event_type,occurred_at\n{rows}"));
    workspace.ok("apply --yes --at 2026-06-30");
    workspace.ok("replay usage.csv --enroll p");
    workspace
}

/// It is said who can no longer be billed, and how to say by which product theirs is replaced.
#[test]
fn a_product_is_lacked_by_its_customers() {
    let refused = |count: usize, whose: &str| {
        let workspace = of_customers(count).with("moved.toml", catalog("p-2027", ""));
        let told = format!("error: the scenario \"moved\" has no product \"p\", which {whose}\n");
        workspace.refused(
            "compare --with moved.toml",
            1,
            &[&told, "help: say which product stands for it, as in --move p=p-2027"],
        );
        workspace.refused(
            "compare --set p-2027/Call/unit_price=2 --base moved.toml",
            1,
            &["the scenario \"base\" has no product \"p\""],
        );
        workspace.ok("compare --with moved.toml --move p=p-2027");
    };
    refused(1, "1 customer has or had: \"c0\"");
    refused(2, "2 customers have or had: \"c0\" and \"c1\"");
    refused(4, "4 customers have or had: \"c0\", \"c1\", \"c2\" and 1 other");
    refused(40, "40 customers have or had: \"c0\", \"c1\", \"c2\" and 37 others");
    let logged = workspace().with("moved.toml", catalog("p-2027", ""));
    logged.refused(
        "compare usage.csv --enroll p --with moved.toml",
        1,
        &["no product \"p\", which all customers of the log have"],
    );
}

/// Past customers are billed again, too.
#[test]
fn a_product_is_lacked_by_who_left_it() {
    let workspace = of_customers(2);
    workspace.write(
        "catalogs/c.toml",
        catalog("p", "")
            + &catalog("q", "").split_once("[[product]]").map(|(_, own)| format!("[[product]]{own}")).unwrap(),
    );
    workspace.ok("apply --yes --at 2026-07-02");
    workspace.ok("subscription change c1 p --to q --at 2026-07-03 --yes");
    workspace.write("moved.toml", catalog("q", ""));
    workspace.refused(
        "compare --with moved.toml",
        1,
        &["no product \"p\", which 2 customers have or had: \"c0\" and \"c1\""],
    );
    workspace.write("moved.toml", catalog("p", ""));
    workspace.refused(
        "compare --with moved.toml",
        1,
        &["no product \"q\", which 1 customer has or had: \"c1\"", "--move q=p"],
    );
}

#[test]
fn an_asset_is_lacked_by_whose_wallets_hold_it() {
    let credits = "[[asset]]\ncode = \"C\"\nprecision = 0\nrounding = \"up\"\nrates = [{ rate = 1 }]\n";
    let in_credits = |more: &str| catalog("p", more).replace("asset = \"USD\"\nunit", "asset = \"C\"\nunit");
    let workspace = Workspace::new().with("catalogs/c.toml", in_credits(credits)).with("usage.csv", LOG);
    workspace.write("gone.toml", catalog("p", ""));
    workspace.write("down.toml", in_credits(&credits.replace("up", "down")));
    workspace.ok("apply --yes --at 2026-06-30");
    workspace.ok("replay usage.csv --enroll p");
    let refused = |words: &str, told: &str| {
        workspace.refused(&format!("compare --with {words}"), 1, &[told, "declare C in it as in the base"]);
    };
    // Nobody holds any yet, and the fee that was refused is counted in it.
    refused("gone.toml", "the scenario \"gone\" has no asset \"C\", which 1 customer holds or held: \"acme\"");
    for who in ["globex", "initech", "umbrella", "hooli"] {
        workspace.ok(&format!("customer add {who}"));
        workspace.ok(&format!("topup {who} 5 USD --to C --id {who} --at 2026-07-02"));
    }
    let whose = "which 4 customers hold or held: \"globex\", \"initech\", \"umbrella\" and 1 other";
    refused("gone.toml", &format!("the scenario \"gone\" has no asset \"C\", {whose}"));
    refused(
        "down.toml",
        &format!("the scenario \"down\" has no asset \"C\" with the same precision and rounding, {whose}"),
    );
}

/// Before anything is billed, and also where the rest could be.
#[test]
fn codes_that_move_must_be_there() {
    let refused = |workspace: &Workspace, log: &str| {
        let refused = |words: &str, told: &[&str]| {
            workspace.refused(&format!("compare {log} --with moved.toml {words}"), 1, told);
        };
        refused(
            "--move studoi=p-2027",
            &["--move studoi=p-2027: the base has no product \"studoi\"", "did you mean \"studio\"?"],
        );
        refused(
            "--move studio=p-2072",
            &["--move studio=p-2072: no scenario has a product \"p-2072\"", "did you mean \"p-2027\"?"],
        );
        refused(
            "--move studio=p-2027 --move x=p-2027",
            &["--move x=p-2027: the base has no product \"x\"", "there is: studio"],
        );
    };
    let workspace =
        workspace().with("catalogs/c.toml", catalog("studio", "")).with("moved.toml", catalog("p-2027", ""));
    refused(&workspace, "usage.csv --enroll studio");
    let set = "usage.csv --enroll studio --set studio/Call/unit_price=2 --move studio=p-2027";
    workspace.refused(&format!("compare {set}"), 1, &["no scenario has a product \"p-2027\""]);
    let solve = "usage.csv --enroll studio --with moved.toml --vary p-2027/Call/unit_price --target denied<1";
    workspace.refused(&format!("solve {solve} --move studio=p-2072"), 1, &["did you mean \"p-2027\"?"]);
    workspace.ok("apply --yes --at 2026-06-30");
    workspace.ok("replay usage.csv --enroll studio");
    refused(&workspace, "");
    workspace.refused("compare --set studio/Call/unit_price=2 --move studio=p-2027", 1, &["no scenario has a product"]);
    workspace.ok("compare --with moved.toml --move studio=p-2027");
    // One of several catalogs is enough.
    workspace.ok("compare --with moved.toml --with catalogs --move studio=p-2027");
}

/// The log is right for the base: it is the other catalog that reads a text as a number.
#[test]
fn a_text_that_a_scenario_counts_is_told_with_its_price() {
    let log = "id,customer,event_type,occurred_at,size\ne1,acme,call,2026-07-01T00:00:00Z,large\n";
    let by_volume = "usage_type = \"volume\"\nvolume_field = \"size\"\nvolume_rate = 1";
    let volume = |text: String| text.replace("usage_type = \"unit\"", by_volume).replace("unit_price = 1", "");
    let cost = "[[vendor]]\ncode = \"gpu\"\n[[vendor.cost]]\nevent_type = \"call\"\nasset = \"USD\"\nusage_type = \"volume\"\n\
                volume_field = \"size\"\nvolume_rate = 1\n";
    let workspace = workspace()
        .with("usage.csv", log)
        .with("volume.toml", volume(catalog("p", "")))
        .with("cost.toml", catalog("p", cost));
    let refused = |words: &str, who: &str| {
        let told = format!("error: size: {who}\"large\" is not a number: write digits");
        workspace.refused(&format!("compare usage.csv --enroll p {words}"), 1, &[&told, "--> usage.csv:2:size"]);
    };
    refused("--with new=volume.toml", "the price \"Call\" of the scenario \"new\" reads it as a number, and ");
    refused("--with new.toml --with cost.toml", "a cost of gpu in the scenario \"cost\" reads it as a number, and ");
    refused("--base volume.toml --with new.toml", "");
    refused("--base volume.toml --with volume.toml", "");
    // As the log is refused, so is a ledger that has taken it, unless the field was a text only before the terms are others.
    workspace.ok("apply --yes --at 2026-06-30");
    workspace.ok("replay usage.csv --enroll p");
    let refused = |words: &str, who: &str| {
        let told = format!("error: size: {who} reads it as a number, and the event \"e1\" has \"large\" there");
        workspace.refused(&format!("compare {words}"), 1, &[&told, "leave the scenario out"]);
    };
    refused("--with new=volume.toml", "the price \"Call\" of the scenario \"new\"");
    refused("--with new.toml --with cost.toml", "a cost of gpu in the scenario \"cost\"");
    refused("--base volume.toml --with new.toml", "the price \"Call\" of the scenario \"base\"");
    refused("--with new=volume.toml --since 2026-07-01", "the price \"Call\" of the scenario \"new\"");
    workspace.run("record acme call --id e2 --at 2026-07-03 size=3");
    workspace.ok("compare --with new=volume.toml --since 2026-07-02");
    // A value by which rows are told apart is a text, too.
    let by_size =
        catalog("p", "").replace("unit_price = 1", "billable_dimensions = [\"size\"]\nvalues = [{ unit_price = 1 }]");
    let rows = Workspace::new().with("catalogs/c.toml", by_size).with("usage.csv", log);
    rows.write("volume.toml", volume(catalog("p", "")));
    rows.ok("apply --yes --at 2026-06-30");
    rows.ok("replay usage.csv --enroll p");
    rows.refused(
        "compare --with new=volume.toml",
        1,
        &["size: the price \"Call\" of the scenario \"new\"", "\"large\""],
    );
}

/// A script gets what `check` says of the catalog, and whose it is.
#[test]
fn what_is_wrong_with_another_catalog_is_told_to_scripts() {
    let workspace = workspace().with("bad.toml", catalog("p", "[policy]\ninsufficient_funds = \"dney\"\n"));
    let checked = workspace.run("check bad.toml --format json").json();
    assert_eq!(checked["findings"][0]["code"], "unknown-value");
    let error = |words: &str| {
        let ran = workspace.run(&format!("{words} --format json"));
        assert_eq!((ran.code, ran.stderr.lines().count()), (1, 1), "{ran:?}");
        let read: serde_json::Value = serde_json::from_str(&ran.stderr).unwrap();
        read["error"].clone()
    };
    let solve = "solve usage.csv --enroll p --vary p/Call/unit_price=1,2 --target margin>1%";
    for (words, scenario) in [
        ("compare usage.csv --enroll p --with new=bad.toml", "new".into()),
        ("compare usage.csv --enroll p --base bad.toml --with new.toml", "base".into()),
        (&format!("{solve} --with bad.toml"), "bad".into()),
        ("--catalog bad.toml plan", serde_json::Value::Null),
    ] {
        let error = error(words);
        assert_eq!((&error["code"], &error["scenario"]), (&"bad_catalog".into(), &scenario), "{words}");
        assert_eq!(error["findings"], checked["findings"], "{words}");
    }
}

/// A name before `=`, unless that is a file's own.
#[test]
fn a_catalog_may_have_an_equals_sign_in_its_name() {
    let workspace = workspace().with("dir=x/c.toml", catalog("p", "").replace("unit_price = 1", "unit_price = 3"));
    let scenario = |with: &str| {
        let words = format!("compare usage.csv --enroll p --funding unlimited --format json --with {with}");
        let answer = workspace.ok(&words).json();
        (answer["scenarios"][1]["name"].clone(), answer["scenarios"][1]["revenue"].clone())
    };
    assert_eq!(scenario("dir=x"), ("dir=x".into(), "3.00".into()));
    assert_eq!(scenario("new=dir=x"), ("new".into(), "3.00".into()));
    assert_eq!(scenario("./dir=x"), ("dir=x".into(), "3.00".into()));
    assert_eq!(scenario("dir=new.toml"), ("dir".into(), "1.00".into()));
    workspace.refused("compare usage.csv --enroll p --with dir=y", 1, &["dir: can't read the catalog y"]);
}

/// A payment may be written as the catalog has it.
#[test]
fn a_payment_may_have_its_currency() {
    let rule = "[[auto_topup]]\nasset = \"USD\"\nthreshold = 0\namount = \"5 USD\"\n";
    let workspace = workspace().with("catalogs/c.toml", catalog("p", rule));
    let compare = |value: &str| {
        workspace.run(&format!("compare usage.csv --enroll p --format json --set 'auto_topup USD/amount={value}'"))
    };
    for value in ["20 USD", "20"] {
        assert_eq!(compare(value).json()["scenarios"][1]["cash_in"], "20.00", "{value}");
    }
    let refused = compare("20 EUR");
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stderr.contains("it is paid in USD, so write 20 USD, or 20"), "{refused:?}");
}
