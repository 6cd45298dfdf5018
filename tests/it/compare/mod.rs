//! One history under several catalogs, as a user meets it.

mod funding;
mod lacking;
mod since;
mod solve;
mod stress;

use crate::support::{NOW, Workspace, run_transcripts};
use drawdown::ledger::{Ledger, LedgerError};
use drawdown::whatif::{Options, Past, StageError, compare_history};

#[test]
fn transcripts() {
    run_transcripts("compare", NOW);
}

/// A catalog with one product and one price, and what else it has.
fn catalog(product: &str, more: &str) -> String {
    format!(
        "[catalog]\nname = \"c\"\nreporting_currency = \"USD\"\n{more}\n[[product]]\ncode = \"{product}\"\n\
         [[product.price]]\nname = \"Call\"\ntype = \"usage_based\"\nevent_type = \"call\"\nusage_type = \"unit\"\n\
         asset = \"USD\"\nunit_price = 1\n"
    )
}

const LOG: &str = "id,customer,event_type,occurred_at\ne1,acme,call,2026-07-01T00:00:00Z\n";

fn workspace() -> Workspace {
    let workspace = Workspace::new().with("catalogs/c.toml", catalog("p", "")).with("usage.csv", LOG);
    workspace.with("new.toml", catalog("p", ""))
}

#[test]
fn what_cannot_be_compared_is_refused_with_what_to_do() {
    let workspace = workspace()
        .with("moved.toml", catalog("p-2027", ""))
        .with("bad.toml", catalog("p", "[policy]\ninsufficient_funds = \"dney\"\n"))
        .with("euro.toml", catalog("p", "").replace("USD", "EUR"))
        .with("empty.csv", "id,customer,event_type,occurred_at\n")
        .with("wrong.csv", format!("{LOG}e2,acme,call,yesterday\n"));
    let refused = |words: &str, code: i32, told: &[&str]| {
        workspace.refused(&format!("compare {words}"), code, told);
    };
    refused(
        "usage.csv --enroll p --with new=bad.toml",
        1,
        &["new: the catalog bad.toml has 1 error", "dney", "--catalog bad.toml check"],
    );
    refused("usage.csv --enroll p --with new=nowhere", 1, &["new: can't read the catalog nowhere", "a folder of them"]);
    let misspelt = "usage.csv --enroll p --set policy/insufficient_funds=overdraf";
    refused(misspelt, 1, &["error: policy/insufficient_funds=overdraf: `insufficient_funds`"]);
    refused("usage.csv --enroll p --with new=moved.toml", 1, &["\"new\" has no product \"p\"", "--move p=p-2027"]);
    refused("usage.csv --enroll q --with new.toml", 1, &["no product \"q\"", "there is: p"]);
    refused("usage.csv --enroll p --with euro.toml", 1, &["\"euro\" reports in EUR, and the base in USD"]);
    refused("usage.csv --enroll p --with a=new.toml --with a=catalogs", 2, &["two scenarios are called \"a\""]);
    refused(
        "usage.csv --enroll p --with moved.toml --move p=p-2027 --move p=q",
        2,
        &["--move gives \"p\" two new codes"],
    );
    let set_twice = "usage.csv --enroll p --set p/Call/unit_price=1 --set p/Call/unit_price=2";
    refused(set_twice, 2, &["p/Call/unit_price is set twice"]);
    let many: String = (0..21).map(|n| format!(" --with s{n}=new.toml")).collect();
    refused(&format!("usage.csv --enroll p{many}"), 2, &["more than 20 scenarios"]);
    refused("usage.csv --enroll p", 2, &["nothing to compare with", "--set PATH=VALUE"]);
    refused("usage.csv --enroll p --set p/Cal/unit_price=2", 1, &["p/Cal", "Call"]);
    refused("usage.csv --enroll p --set p/Call/unit_price=-2", 1, &["unit_price"]);
    refused("usage.csv --enroll p --vary p/Call/unit_price=1..2/0", 2, &["step"]);
    refused("usage.csv --enroll p --vary p/Call/unit_price", 2, &["has no values"]);
    refused("usage.csv --enroll p --with new.toml --fail-on margn<1%", 2, &["margin"]);
    refused("empty.csv --enroll p --with new.toml", 1, &["no events"]);
    refused("wrong.csv --enroll p --with new.toml", 1, &["yesterday", "nothing was compared"]);
    refused("- - --enroll p --with new.toml", 2, &["standard input"]);
    refused("usage.csv --enroll p --with new.toml --by mdoel", 1, &["mdoel", "the keys are"]);
    refused("usage.csv --enroll p --with new.toml --by customer --format csv", 2, &["--by", "--format json"]);
    refused("usage.csv --enroll p --with new.toml --funding as-needed", 1, &["USD", "--funding as-needed="]);
    refused("usage.csv --enroll p --with new.toml --funding as-needed=0.001", 1, &["0.001 USD can't be paid"]);
    refused("usage.csv --enroll p --with new.toml --funding a-lot", 2, &["recorded, as-needed"]);
    refused("usage.csv --enroll p --with new.toml --since 2026-07-02", 1, &["2026-07-02T00:00:00Z", "earlier time"]);
    refused("usage.csv --enroll p --with new.toml --only-new", 2, &["--since"]);
    let rounds = "[[asset]]\ncode = \"C\"\nprecision = 0\nrounding = \"up\"\nrates = [{ rate = 1 }]\n";
    let credits = |more: &str| catalog("p", more).replace("asset = \"USD\"\nunit", "asset = \"C\"\nunit");
    workspace.write("up.toml", credits(rounds));
    workspace.write("down.toml", credits(&rounds.replace("up", "down")));
    refused(
        "usage.csv --enroll p --base up.toml --with down.toml --since 2026-07-01",
        1,
        &["has no asset \"C\" with the same precision and rounding"],
    );
}

/// Under such terms the log could not be recorded at all, so no figure is of it.
#[test]
fn a_scenario_that_cannot_bill_the_log_is_named() {
    let workspace = workspace();
    let told =
        ["the scenario \"p/Call/unit_price=1000000000000000000\" can't bill 1 of", "the first in usage.csv:2: the fee"];
    workspace.refused("compare usage.csv --enroll p --set p/Call/unit_price=1e18", 1, &told);
}

#[test]
fn a_product_may_have_another_code_in_the_other_catalog() {
    let workspace = workspace().with("moved.toml", catalog("p-2027", "").replace("unit_price = 1", "unit_price = 2"));
    let words = "compare usage.csv --enroll p --with new=moved.toml --move p=p-2027 --funding unlimited --format json";
    let answer = workspace.ok(words).json();
    assert_eq!(answer["scenarios"][1]["revenue"], "2.00");
    assert_eq!(answer["scenarios"][1]["change"]["revenue"], "1.00");
}

/// Every number may be another one, and what comes of it may be held to conditions.
#[test]
fn scenarios_may_change_numbers_and_fail() {
    let workspace = workspace().with("new.toml", catalog("p", "").replace("unit_price = 1", "unit_price = 3"));
    let words = "compare usage.csv --enroll p --funding unlimited --format json --with new=new.toml \
                 --set p/Call/unit_price=+50% --set new:p/Call/unit_price=x2 --fail-on change.revenue>100%";
    let ran = workspace.run(words);
    assert_eq!(ran.code, 1, "{ran:?}");
    let answer = ran.json();
    let revenues: Vec<_> = answer["scenarios"].as_array().unwrap().iter().map(|own| own["revenue"].clone()).collect();
    assert_eq!(revenues, ["1.00", "6.00", "1.50"]);
    assert_eq!(answer["failed"][0]["scenario"], "new");
    assert_eq!(answer["failed"].as_array().unwrap().len(), 1);
    // Where the answer does not say it, standard error does.
    let told = "change.revenue>100% holds in new";
    for (format, says) in [("json", false), ("csv", true), ("json -o out.json", true), ("markdown -o out.md", true)] {
        let ran = workspace.run(&words.replace("--format json", &format!("--format {format}")));
        assert_eq!((ran.code, ran.stderr.contains(told)), (1, says), "{format}: {ran:?}");
    }
}

/// Nothing is recorded, so a log may be of a time to come.
#[test]
fn a_log_of_the_future_is_billed() {
    let log = "id,customer,event_type,occurred_at\ne1,acme,call,2062-07-03T00:00:00Z\n";
    let workspace = workspace().with("later.csv", log);
    let words = "compare later.csv --enroll p --funding unlimited --set p/Call/unit_price=+50% --format json";
    assert_eq!(workspace.ok(words).json()["scenarios"][1]["revenue"], "1.50");
    workspace.ok("solve later.csv --enroll p --funding unlimited --vary p/Call/unit_price=1..2/1 --target revenue>=2");
}

/// Two calls before the change and two after it, one of them of somebody new.
#[test]
fn terms_may_change_at_an_instant() {
    let call = |id: u32, who: &str| format!("e{id},{who},call,2026-07-0{id}T00:00:00Z\n");
    let log = [call(1, "acme"), call(2, "acme"), call(3, "acme"), call(4, "globex")].concat();
    let workspace = workspace()
        .with("usage.csv", format!("id,customer,event_type,occurred_at\n{log}"))
        .with("dearer.toml", catalog("p", "").replace("unit_price = 1", "unit_price = 2"));
    let revenue = |more: &str| {
        let words = "compare usage.csv --enroll p --with dearer.toml --funding unlimited --format json";
        workspace.ok(&format!("{words} {more}")).json()["scenarios"][1]["revenue"].take()
    };
    assert_eq!(revenue(""), "8.00");
    assert_eq!(revenue("--since 2026-07-03"), "6.00");
    assert_eq!(revenue("--since 2026-07-03 --only-new"), "5.00");
    assert_eq!(revenue("--since 2026-07-01"), "8.00");
}

/// Three customers who are charged one, two and three calls, at twice the price.
#[test]
fn rows_by_other_keys_are_cut_and_the_rest_is_summed() {
    let call = |id: usize, who: &str| format!("e{id},{who},call,2026-07-01T00:00:00Z\n");
    let whose = ["a", "b", "b", "c", "c", "c"];
    let rows: String = whose.iter().enumerate().map(|(id, who)| call(id, who)).collect();
    let workspace = workspace()
        .with("usage.csv", format!("id,customer,event_type,occurred_at\n{rows}"))
        .with("dearer.toml", catalog("p", "").replace("unit_price = 1", "unit_price = 2"));
    let words = "compare usage.csv --enroll p --with dearer.toml --funding unlimited --by customer,price --top 1";
    let rest = "and 2 others: revenue +3.00 USD, profit +3.00 USD; --all shows them";
    for format in ["table", "html", "markdown"] {
        let told = workspace.ok(&format!("{words} --format {format}")).stdout;
        assert!(told.contains(rest), "{format}: {told}");
    }
    let all = workspace.ok(&words.replace("--top 1", "--all")).stdout;
    assert!(!all.contains("others: revenue"), "{all}");
}

/// A call for which a scenario has no price earns nothing there, which is said with what changes for customers.
#[test]
fn events_that_lose_their_price_are_in_the_sentence() {
    let call = |id: usize, model: &str| format!("e{id},acme,call,2026-07-01T00:00:00Z,{model}\n");
    let log: String = ["a", "a", "b", "c"].iter().enumerate().map(|(id, model)| call(id, model)).collect();
    let of_models = |models: &[&str]| {
        let row = |model: &&str| format!("{{ model = \"{model}\", unit_price = 1 }}");
        let rows: Vec<String> = models.iter().map(row).collect();
        let values = format!("billable_dimensions = [\"model\"]\nvalues = [{}]", rows.join(", "));
        catalog("p", "").replace("unit_price = 1", &values)
    };
    let workspace = workspace()
        .with("usage.csv", format!("id,customer,event_type,occurred_at,model\n{log}"))
        .with("catalogs/c.toml", of_models(&["a", "b"]))
        .with("none.toml", of_models(&["d"]))
        .with("less.toml", of_models(&["a"]))
        .with("other.toml", of_models(&["a", "c"]))
        .with("more.toml", of_models(&["a", "b", "c"]));
    workspace.ok("apply --yes --at 2026-06-30");
    workspace.ok("customer add acme");
    workspace.ok("subscribe acme p --at 2026-06-30");
    workspace.ok("topup acme 10 USD --id t1 --at 2026-06-30");
    workspace.ok("replay usage.csv");
    let headline = |log: &str, with: &str| {
        let words = format!("compare {log} --funding unlimited --with {with}.toml");
        workspace.ok(&words).stdout.lines().next().unwrap().to_owned()
    };
    for log in ["usage.csv --enroll p", ""] {
        let none =
            "Revenue -100.0%, margin 100.0% to none; 1 of 1 customer pays less; 3 events would lose their price.";
        assert_eq!(headline(log, "none"), none);
        let less = "Revenue -33.3%, margin 100.0%; 1 of 1 customer pays less; 1 event would lose its price.";
        assert_eq!(headline(log, "less"), less);
        // As many have a price that had none.
        let other =
            "Revenue unchanged, margin 100.0%; the customer pays neither more nor less; 1 event would lose its price.";
        assert_eq!(headline(log, "other"), other);
        assert_eq!(headline(log, "more"), "Revenue +33.3%, margin 100.0%; 1 of 1 customer pays more.");
    }
    workspace.ok("void e2 --yes");
    let none = headline("", "none");
    assert!(none.ends_with("1 of 1 customer pays less; 2 events would lose their price."), "{none}");
}

/// A fifth more of a whole credit is none. What can be set beside it is said, and then it can be billed.
#[test]
fn a_change_that_comes_to_too_many_decimals_says_what_can_be() {
    let credits = "[[asset]]\ncode = \"C\"\nprecision = 0\nrates = [{ rate = 1 }]\n";
    let tiers = "asset = \"C\"\npricing_model = \"graduated\"\ntier_period = \"lifetime\"\ntiers = [{ up_to = 5, unit_price = 1.25, flat_fee = 7 }, \
                 { unit_price = 1, flat_fee = 2 }]";
    let text = catalog("p", credits).replace("asset = \"USD\"\nunit_price = 1", tiers);
    let workspace = workspace().with("catalogs/c.toml", text);
    let words = "compare usage.csv --enroll p --funding unlimited --set p/*=+20%";
    let wrong = "error: p/*=+20%: p/Call/tiers[1]/flat_fee: `flat_fee`: too many decimals: at most 0 here";
    let [first, second] = ["p/Call/tiers[1]/flat_fee=8", "p/Call/tiers[2]/flat_fee=2"];
    let beside = format!("set the nearest that can be, too: --set '{first}' --set '{second}'");
    workspace.refused(words, 1, &[wrong, &beside]);
    workspace.ok(&format!("{words} --set {first} --set {second}"));
    let named = words.replace("--set p", "--set n:p");
    workspace.refused(&named, 1, &["error: n: p/*=+20%", &format!("--set 'n:{first}' --set 'n:{second}'")]);
    workspace.ok(&format!("{named} --set n:{first} --set n:{second}"));
    let varied = words.replace("--set p/*=+20%", "--vary p/*=+20%,+30%");
    workspace.refused(&varied, 1, &["vary one price at a time", &format!("the nearest: {first}, {second}")]);
    let solved = varied.replace("compare", "solve") + " --target margin>1%";
    workspace.refused(&solved, 1, &["vary one price at a time", &format!("the nearest: {first}, {second}")]);
    // What can't be held at all is told with its own path.
    let fine = words.replace("+20%", "x1.00000000000000001");
    let held = "p/Call/tiers[1]/unit_price: 1.25 becomes a number that can't be held";
    workspace.refused(&fine, 1, &[&format!("error: p/*=x1.00000000000000001: {held}")]);
    workspace.ok("apply --yes --at 2026-06-30");
    workspace.ok("customer add acme");
    workspace.refused("compare --set p/*=+20%", 1, &[wrong, &beside]);
}

/// Values stand side by side under what they are of; but under their whole names where one is called like another scenario.
#[test]
fn values_are_told_apart_by_themselves() {
    let workspace = workspace();
    let heads = |more: &str| {
        let words = format!("compare usage.csv --enroll p --funding unlimited --top 0 {more}");
        let table = workspace.ok(&words).stdout;
        let lines: Vec<&str> = table.lines().collect();
        let place = lines.iter().position(|line| line.starts_with("figure")).unwrap();
        (lines[place - 1].to_owned(), lines[place].split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let call = "--vary p/Call/unit_price=2,+50%";
    let said = "Values of p/Call/unit_price, side by side:".to_owned();
    assert_eq!(heads(call), (said.clone(), "figure base 2 +50%".to_owned()));
    assert_eq!(heads(&format!("--with new.toml {call}")), (said, "figure base new 2 +50%".to_owned()));
    let both = "Values of p/Call/unit_price and p/Call/max_amount, side by side:".to_owned();
    let pairs = "figure base 2, 5 2, 6 +50%, 5 +50%, 6".to_owned();
    assert_eq!(heads(&format!("{call} --vary p/Call/max_amount=5,6")), (both, pairs));
    let whole = "figure base 2 p/Call/unit_price=2 p/Call/unit_price=+50%".to_owned();
    assert_eq!(heads(&format!("--with 2=new.toml {call}")), (String::new(), whole));
    let only = "figure base p/Call/unit_price=2 change".to_owned();
    assert_eq!(heads("--vary p/Call/unit_price=2"), (String::new(), only));
}

/// Nothing can be paid, so no price earns anything and there is no margin.
#[test]
fn what_is_nothing_is_not_listed() {
    let workspace = workspace();
    for format in ["table", "markdown", "html"] {
        let words = format!("compare usage.csv --enroll p --set p/Call/unit_price=2 --format {format}");
        let told = workspace.ok(&words).stdout;
        assert!(told.contains("Revenue unchanged, no margin; the customer pays neither more nor less."), "{told}");
        assert!(!told.contains("Revenue by price"), "{told}");
    }
}

/// A workflow shows it beside the line that brings it about, if one can be named.
#[test]
fn a_condition_is_annotated_at_the_only_line_that_changes() {
    let workspace = workspace()
        .with("new.toml", catalog("p", "").replace("unit_price = 1", "unit_price = 3"))
        .with("more.toml", catalog("p", "").replace("unit_price = 1", "unit_price = 3").replace("\"c\"", "\"d\""));
    let annotated = |words: &str, first: &str| {
        let words =
            format!("compare usage.csv --enroll p --funding unlimited --fail-on margin>1% {words} --format github");
        let ran = workspace.run(&words);
        assert_eq!((ran.code, ran.stdout.lines().next()), (1, Some(first)), "{words}: {ran:?}");
    };
    let at = |file: &str, name: &str| {
        format!("::error file={file},line=13,col=1,title=condition-holds::margin>1%25 holds in {name}")
    };
    let nowhere = |name: &str| format!("::error title=condition-holds::margin>1%25 holds in {name}");
    annotated("--with new=new.toml", &at("new.toml", "new"));
    annotated("--with more.toml", &nowhere("more"));
    let set = "p/Call/unit_price=+50%25";
    annotated("--set p/Call/unit_price=+50%", &at("catalogs/c.toml", set).replace("col=1", "col=14"));
    annotated("--vary p/Call/unit_price=+50%", &at("catalogs/c.toml", set).replace("col=1", "col=14"));
    annotated("--set x:p/Call/unit_price=+50%", &at("catalogs/c.toml", "x").replace("col=1", "col=14"));
    annotated(
        "--set p/Call/unit_price=2 --set p/Call/max_amount=5",
        &nowhere("p/Call/unit_price=2, p/Call/max_amount=5"),
    );
    let fine = workspace.ok("compare usage.csv --enroll p --with new.toml --funding unlimited --format github");
    assert!(fine.stdout.starts_with("new: Revenue +200.0%"), "{fine:?}");
}

/// A customer's name is theirs to choose, and a comment is read by everybody.
#[test]
fn no_name_is_markup_in_a_comment() {
    let names = ["a|b`c", "@everybody", "<img src=x>", "``` \\| x", "https://example.com/#1"];
    let rows: String = names.iter().map(|name| format!("{name},{name},call,2026-07-01T00:00:00Z\n")).collect();
    let workspace = workspace().with("usage.csv", format!("id,customer,event_type,occurred_at\n{rows}"));
    let words = "compare usage.csv --enroll p --with new.toml --funding unlimited --format markdown";
    let comment = workspace.ok(words).stdout;
    assert!(comment.starts_with("<!-- drawdown compare -->\n**Revenue unchanged"), "{comment}");
    for name in [
        "| <code>a&#124;b&#96;c</code> |",
        "| `@everybody` |",
        "| `<img src=x>` |",
        "| <code>&#96;&#96;&#96; &#92;&#124; x</code> |",
        "| `https://example.com/#1` |",
    ] {
        assert_eq!(comment.matches(name).count(), 1, "{name}\n{comment}");
    }
}

#[test]
fn nothing_is_written_but_what_was_asked_for() {
    let workspace = workspace();
    let words = "compare usage.csv --enroll p --with new.toml --format csv";
    let csv = workspace.ok(words).stdout;
    workspace.ok(&format!("{words} -o answer.csv"));
    assert_eq!(workspace.read("answer.csv"), csv);
    for kept in ["usage.csv", "new.toml", "catalogs/new.toml", "catalogs/../catalogs/p.toml"] {
        workspace.refused(&format!("{words} -o {kept}"), 1, &["would overwrite", kept]);
    }
    workspace.ok("compare usage.csv --enroll p --with new.toml");
    assert!(!workspace.ledger().exists());
}

/// A workspace with a ledger that has the log.
fn recorded() -> Workspace {
    let workspace = workspace();
    workspace.ok("apply --yes --at 2026-06-30");
    workspace.ok("replay usage.csv --enroll p");
    workspace
}

#[test]
fn a_history_that_cannot_be_compared_is_refused_with_what_to_do() {
    let empty = workspace();
    empty.refused("compare --with new.toml", 1, &["there is no ledger", "drawdown apply"]);
    empty.refused("compare --enroll p --with new.toml", 2, &["LOG"]);
    empty.refused("compare usage.csv --with new.toml", 2, &["--enroll"]);
    empty.ok("apply --yes");
    empty.refused("compare --with new.toml", 1, &["the ledger has no customers", "replay a log"]);
    empty.ok("customer add acme");
    assert!(empty.ok("compare --with new.toml").stdout.contains("It has no usage events."));
    let ledger =
        recorded().with("moved.toml", catalog("p-2027", "")).with("euro.toml", catalog("p", "").replace("USD", "EUR"));
    let refused = |words: &str, code: i32, told: &[&str]| {
        ledger.refused(&format!("compare {words}"), code, told);
    };
    refused("", 2, &["--set PATH=VALUE"]);
    refused("--set p/Cal/unit_price=2", 1, &["p/Cal", "Call"]);
    refused("--with new=moved.toml", 1, &["\"new\" has no product \"p\"", "--move p=p-2027"]);
    refused("--with euro.toml", 1, &["\"euro\" reports in EUR, and the base in USD"]);
    refused("--with new.toml --by mdoel", 1, &["mdoel", "the keys are"]);
    refused("--with new.toml --since 2026-07-02", 1, &["2026-07-02T00:00:00Z", "earlier time"]);
    refused("--with new.toml --funding as-needed", 1, &["USD", "--funding as-needed="]);
    ledger.ok("compare --with new=moved.toml --move p=p-2027");
}

/// No command makes such a ledger, but a program may.
#[test]
fn a_ledger_to_which_no_catalog_was_applied_has_no_history() {
    let past = |name: &str| Past { name: name.to_owned(), from: String::new(), under: None };
    let ledger = Ledger::in_memory().unwrap();
    let compared = compare_history(&ledger, past("base"), vec![past("other")], &Options::default(), |_| ());
    assert!(matches!(compared, Err(StageError::Ledger(LedgerError::NothingApplied))), "{compared:?}");
}

/// Reports read sums that are written with the events: the base must come out as they say.
#[test]
fn a_ledger_that_reports_something_else_is_not_compared() {
    let refused = |sql: &str, whose: &str| {
        let workspace = recorded();
        workspace.sql().execute_batch(sql).unwrap();
        let told = format!("so nothing was compared; first {whose}: the usage of the month from 2026-07-01T00:00:00Z");
        workspace.refused("compare --with new.toml", 1, &[&told, "denied 2", "denied 1", "drawdown ledger verify"]);
    };
    refused("UPDATE customer_month SET denied = 2", "for acme");
    // Only what differs is told, and amounts with their currency.
    let workspace = recorded();
    let sql = "UPDATE customer_month SET revenue = 2000000000, cost = 5000000";
    workspace.sql().execute_batch(sql).unwrap();
    let what =
        "the ledger reports revenue 2.00 USD, cost 0.005 USD; billed again it is revenue 0.00 USD, cost 0.00 USD";
    workspace.refused("compare --with new.toml", 1, &["first for acme", what]);
    refused("UPDATE shape_month SET denied = 2", "in what all customers come to");
}

/// Of a call that nobody could pay for: all of it is refused as it was billed, and served where it is paid.
#[test]
fn a_history_may_be_paid_otherwise() {
    let workspace = recorded().with("dearer.toml", catalog("p", "").replace("unit_price = 1", "unit_price = 3"));
    let told = |more: &str| {
        let answer = workspace.ok(&format!("compare --with dearer.toml --format json {more}")).json();
        assert_eq!(answer["base_matches"], true);
        let of = |index: usize| {
            (answer["scenarios"][index]["revenue"].clone(), answer["scenarios"][index]["denied"].clone())
        };
        [of(0), of(1)]
    };
    assert_eq!(told(""), [("0.00".into(), 1.into()), ("0.00".into(), 1.into())]);
    assert_eq!(told("--funding unlimited"), [("1.00".into(), 0.into()), ("3.00".into(), 0.into())]);
    assert_eq!(told("--funding as-needed=2"), [("1.00".into(), 0.into()), ("3.00".into(), 0.into())]);
}

/// What can't be trusted is not compared.
#[test]
fn a_history_that_comes_out_otherwise_is_told() {
    let workspace = recorded();
    workspace.ok("topup acme 5 USD --id t1 --at 2026-07-02");
    let ledger = rusqlite::Connection::open(workspace.ledger()).unwrap();
    ledger.execute_batch("UPDATE lot SET amount = amount + 1").unwrap();
    drop(ledger);
    let told = ["another result than the recorded one", "acme", "drawdown ledger verify"];
    workspace.refused("compare --with new.toml", 1, &told);
    // In words, also where a life stands otherwise.
    let workspace = recorded();
    workspace.ok("topup acme 5 USD --id t1 --at 2026-07-02");
    workspace.ok("record acme call --id paid --at 2026-07-03");
    let ledger = rusqlite::Connection::open(workspace.ledger()).unwrap();
    ledger.execute_batch("DELETE FROM counter").unwrap();
    drop(ledger);
    let told = ["a quantity so far: the ledger has nothing; billed again it is", "of price 0 row 0 of subscription"];
    workspace.refused("compare --with new.toml", 1, &told);
}

/// Two calls are refused, and charged by a rebill once there is money for them: under terms at which it is enough for one of
/// four calls, three that the base earns 1.00 of are refused, and one earns 2.00 more.
#[test]
fn what_a_rebill_brings_back_counts_as_served() {
    let workspace = workspace()
        .with("dearer.toml", catalog("p", "").replace("unit_price = 1", "unit_price = 3"))
        .with("usage.csv", format!("{LOG}e2,acme,call,2026-07-03T00:00:00Z\n"))
        .with("later.csv", LOG.replace("e1", "e3").replace("-01T", "-05T") + "e4,acme,call,2026-07-06T00:00:00Z\n");
    workspace.ok("apply --yes --at 2026-06-30");
    workspace.ok("replay usage.csv --enroll p");
    workspace.ok("topup acme 5 USD --id t1 --at 2026-07-02");
    workspace.ok("rebill e1 e2 --yes");
    workspace.ok("replay later.csv");
    let answer = workspace.ok("compare --with dearer.toml --format json").json();
    let change = &answer["scenarios"][1]["change"];
    assert_eq!((&change["charged"], &change["denied"]), (&(-3).into(), &3.into()));
    assert_eq!((&change["revenue_by_price"], &change["revenue_by_refusals"]), (&"2.00".into(), &"-3.00".into()));
    // Of the two calls that the rebill is of, five dollars pay for one.
    let why = "rebill: what the event of 2026-07-03T00:00:00Z would cost can't be covered: 3.00 USD more needed, 2.00 \
               available (insufficient_funds)";
    assert_eq!(answer["scenarios"][1]["left_out"], serde_json::json!([{"customer": "acme", "what": why}]));
    assert_eq!(answer["scenarios"][0]["left_out"], serde_json::json!([]));
}

/// As `replay` does. Solving reads the log in several passes, and says it once.
#[test]
fn keys_of_the_log_that_are_passed_over_are_named() {
    let cost = r#""costs":[{"vendor":"v","amount":1,"invoice":7}]"#;
    let event = r#""id":"a","customer":"acme","event_type":"call","occurred_at":"2026-07-01T00:00:00Z""#;
    let workspace = workspace().with("log.jsonl", format!("{{{event},{cost}}}\n"));
    workspace.ok("apply --yes");
    let told = "keys that are no part of an event were ignored: \"costs.invoice\"\n";
    for command in [
        "compare log.jsonl --enroll p --with new.toml",
        "solve log.jsonl --enroll p --vary p/Call/unit_price=1,2,3 --target revenue>0 --funding unlimited",
        "replay log.jsonl --enroll p",
    ] {
        let said = workspace.ok(command).stderr;
        assert_eq!(said.matches(told).count(), 1, "{command}: {said}");
    }
}
