//! Tokens as providers bill them: cached input that the prompt includes, a dearer rate for long prompts, dated model names.

use crate::support::Workspace;
use std::fmt::Write;

/// A product of one price that counts a volume.
fn catalog(volume_field: &str, more: &str) -> String {
    format!(
        "[catalog]\nreporting_currency = \"USD\"\n[policy]\ninsufficient_funds = \"overdraft\"\n[[product]]\ncode = \"llm\"\n{}",
        price("Input", volume_field, more)
    )
}

fn price(name: &str, volume_field: &str, more: &str) -> String {
    format!(
        "[[product.price]]\nname = \"{name}\"\ntype = \"usage_based\"\nevent_type = \"call\"\nusage_type = \"volume\"\n\
         volume_field = \"{volume_field}\"\nasset = \"USD\"\npackage_size = 1_000_000\n{more}\n"
    )
}

/// Rates up to so many tokens of a prompt, and above.
fn above(threshold: u32) -> String {
    format!(
        "billable_dimensions = [\"prompt_tokens\"]\nvalues = [\n\
         {{ prompt_tokens = {{ up_to = {threshold} }}, volume_rate = 1.25 }},\n\
         {{ prompt_tokens = {{ over = {threshold} }}, volume_rate = 2.5 }},\n]\n"
    )
}

/// A log of calls with one field.
fn log(field: &str, values: &[&str]) -> String {
    let mut log = format!("id,customer,event_type,occurred_at,{field}\n");
    for (number, value) in values.iter().enumerate() {
        writeln!(log, "e{number},acme,call,2026-07-01T00:00:00Z,{value}").unwrap();
    }
    log
}

const PROMPTS: [&str; 5] = ["150000", "150000", "200000", "200001", "250000"];

/// A workspace in which a log is billed.
fn billed(catalog: String, log: &str) -> Workspace {
    let workspace = Workspace::new().with("catalogs/catalog.toml", catalog).with("usage.csv", log);
    workspace.ok("check --deny-warnings");
    workspace.ok("apply --yes --at 2026-01-01");
    workspace.ok("replay usage.csv --enroll llm");
    workspace.verify();
    workspace
}

/// What all events owe.
fn fees(workspace: &Workspace) -> String {
    let report = workspace.ok("report usage --format json").json();
    report["rows"][0]["fees"][0]["amount"].as_str().unwrap_or("0").to_owned()
}

/// What one event owes; nothing where it is unpriced.
fn fee(workspace: &Workspace, id: &str) -> String {
    let explained = workspace.ok(&["explain", id, "--format", "json"]).json();
    explained["fees"][0]["amount"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_long_prompt_costs_more_altogether() {
    let workspace = billed(catalog("prompt_tokens", &above(200_000)), &log("prompt_tokens", &PROMPTS));
    let each = ["e0", "e1", "e2", "e3", "e4"].map(|id| fee(&workspace, id));
    assert_eq!(each, ["0.1875", "0.1875", "0.25", "0.5000025", "0.625"]);
    assert_eq!(fees(&workspace), "1.7500025");
    let told = workspace.ok("explain e3").stdout;
    for line in [
        "row 1 (prompt_tokens=up to 200000) does not match: the event has \"200001\" as prompt_tokens",
        "row 2 (prompt_tokens=over 200000) matches, 1 exact",
    ] {
        assert!(told.contains(line), "{told}");
    }
    let quoted = workspace.ok("quote llm call prompt_tokens=200001").stdout;
    assert!(quoted.contains("prompt_tokens=over 200000"), "{quoted}");
    let listed = workspace.ok("price list").stdout;
    assert!(listed.contains("prompt_tokens=up to 200000"), "{listed}");
}

#[test]
fn another_threshold_is_known_to_events_of_before() {
    let other = catalog("prompt_tokens", &above(100_000));
    let workspace = billed(catalog("prompt_tokens", &above(200_000)), &log("prompt_tokens", &PROMPTS));
    workspace.write("other.toml", &other);
    for history in ["", "usage.csv --enroll llm --base catalogs "] {
        let compared = workspace.ok(&*format!("compare {history}--with other.toml --format json")).json();
        let told = compared.to_string();
        assert!(told.contains("1.7500025") && told.contains("2.3750025"), "{compared:#}");
    }
    workspace.write("catalogs/catalog.toml", &other);
    let planned = workspace.ok("plan").stdout;
    assert!(planned.contains("over 100000: new row") && planned.contains("up to 200000: row gone"), "{planned}");
    workspace.ok("apply --yes --at 2026-01-02");
    assert_eq!(fee(&workspace, "e0"), "0.1875");
    workspace.ok("rebill --customer acme --terms latest --yes");
    workspace.verify();
    assert_eq!(fees(&workspace), "2.3750025");
    workspace.ok("rebill --customer acme --yes");
    workspace.verify();
    workspace.ok("compare --with other.toml");
}

/// A ledger that was filled before any price asked for a range.
#[test]
fn a_first_threshold_is_known_to_events_of_before() {
    let flat = catalog("prompt_tokens", "volume_rate = 1.25");
    let workspace = billed(flat, &log("prompt_tokens", &PROMPTS));
    assert_eq!(fees(&workspace), "1.18750125");
    workspace.write("catalogs/catalog.toml", catalog("prompt_tokens", &above(200_000)));
    let compared = workspace.ok("compare --with catalogs --format json").json();
    assert!(compared.to_string().contains("1.7500025"), "{compared:#}");
    workspace.ok("apply --yes --at 2026-01-02");
    workspace.ok("rebill --customer acme --terms latest --yes");
    workspace.verify();
    assert_eq!(fees(&workspace), "1.7500025");
    // The same log again has nothing new.
    let again = workspace.ok("replay usage.csv --format json").json();
    assert_eq!((&again["events"], &again["duplicate"]), (&5.into(), &5.into()), "{again}");
}

#[test]
fn cached_tokens_are_taken_off_the_prompt() {
    let catalog = catalog("prompt_tokens - cached_tokens", "volume_rate = 1.25")
        + &price("Cached", "cached_tokens", "volume_rate = 0.625")
        + &price("Output", "completion_tokens", "volume_rate = 10");
    let usage = "id,customer,event_type,occurred_at,prompt_tokens,cached_tokens,completion_tokens\n\
                 a,acme,call,2026-07-01T00:00:00Z,262960,257955,1744\n";
    let workspace = billed(catalog, usage);
    assert_eq!(fees(&workspace), "0.184918125");
    let told = workspace.ok("explain a").stdout;
    assert!(told.contains("prompt_tokens - cached_tokens = 262960 - 257955 = 5005"), "{told}");
    let quoted = workspace.ok("quote llm call prompt_tokens=262960 cached_tokens=257955 completion_tokens=1744").stdout;
    assert!(quoted.contains("0.184918125"), "{quoted}");
    let listed = workspace.ok("price list --format json").json().to_string();
    assert!(listed.contains("\"volume_field\":\"prompt_tokens - cached_tokens\""), "{listed}");
    workspace.ok("rebill --customer acme --yes");
    workspace.ok("void a --yes");
    workspace.verify();
}

#[test]
fn what_is_absent_counts_nothing_and_what_is_below_zero_is_not_billed() {
    let usage = "id,customer,event_type,occurred_at,prompt_tokens,cached_tokens\n\
                 whole,acme,call,2026-07-01T00:00:00Z,2000000,\n\
                 below,acme,call,2026-07-01T00:00:00Z,1,2\n\
                 none,acme,call,2026-07-01T00:00:00Z,,\n\
                 alone,acme,call,2026-07-01T00:00:00Z,,5\n\
                 zero,acme,call,2026-07-01T00:00:00Z,5,5\n";
    let workspace = billed(catalog("prompt_tokens - cached_tokens", "volume_rate = 1.25"), usage);
    let each = ["whole", "below", "none", "alone", "zero"].map(|id| fee(&workspace, id));
    assert_eq!(each, ["2.50", "", "", "", "0.00"]);
    let why = |id: &str| workspace.ok(&["explain", id]).stdout;
    for (id, told) in [
        ("below", "negative_volume"),
        ("below", "prompt_tokens - cached_tokens is -1, below zero"),
        ("alone", "prompt_tokens - cached_tokens = 0 - 5 = -5"),
        ("none", "the event has no prompt_tokens - cached_tokens, which the price charges for"),
    ] {
        assert!(why(id).contains(told), "{}", why(id));
    }
    workspace.refused("record acme call prompt_tokens=many", 1, &["prompt_tokens", "many"]);
}

/// An event that was recorded when nothing counted the field, under a subscription that was backdated to before it.
#[test]
fn a_text_where_a_price_counts_a_number_is_told_as_that() {
    let workspace =
        Workspace::new().with("catalogs/c.toml", catalog("tokens", "volume_rate = 1").replace("call", "chat"));
    workspace.ok("apply --yes --at 2026-01-01");
    workspace.ok("customer add acme --at 2026-06-01");
    workspace.run("record acme call tokens=many --id e --at 2026-07-01");
    let workspace = workspace.with("catalogs/c.toml", catalog("tokens", "volume_rate = 1"));
    workspace.ok("apply --yes --at 2026-07-02");
    workspace.ok("subscribe acme llm --at 2026-06-01");
    let told = workspace.ok("explain e").stdout;
    assert!(told.contains("tokens is \"many\", which is not a number"), "{told}");
}

#[test]
fn a_range_of_what_is_no_number_is_for_nothing() {
    let rows = "billable_dimensions = [\"size\"]\nvalues = [\n\
                { size = { up_to = 10 }, volume_rate = 1 }, { size = { over = 10, up_to = 20.5 }, volume_rate = 2 }]\n";
    let usage = "id,customer,event_type,occurred_at,n,size\n\
                 low,acme,call,2026-07-01T00:00:00Z,1000000,-3\n\
                 ten,acme,call,2026-07-01T00:00:00Z,1000000,10.0\n\
                 more,acme,call,2026-07-01T00:00:00Z,1000000,1.0001e1\n\
                 last,acme,call,2026-07-01T00:00:00Z,1000000,20.50\n\
                 above,acme,call,2026-07-01T00:00:00Z,1000000,20.51\n\
                 text,acme,call,2026-07-01T00:00:00Z,1000000,large\n\
                 none,acme,call,2026-07-01T00:00:00Z,1000000,\n\
                 both,acme,call,2026-07-01T00:00:00Z,,large\n";
    let ids = ["low", "ten", "more", "last", "above", "text", "none", "both"];
    let workspace = billed(catalog("n", rows), usage);
    assert_eq!(ids.map(|id| fee(&workspace, id)), ["1.00", "1.00", "2.00", "2.00", "", "", "", ""]);
    let told = workspace.ok("explain text").stdout;
    assert!(told.contains("no_dimension_row") && told.contains("the event has \"large\" as size"), "{told}");
    let quoted = workspace.run("quote llm call n=1 size=large").stderr;
    assert!(quoted.contains("size is `large`") && quoted.contains("over 10 up to 20.5"), "{quoted}");

    let any = rows.replace("volume_rate = 2 }]", "volume_rate = 2 }, { volume_rate = 4 }]");
    workspace.write("catalogs/catalog.toml", catalog("n", &any));
    workspace.ok("apply --yes --at 2026-01-02");
    workspace.ok("rebill --status unpriced --yes");
    workspace.verify();
    assert_eq!(ids.map(|id| fee(&workspace, id)), ["1.00", "1.00", "2.00", "2.00", "4.00", "4.00", "4.00", ""]);
}

#[test]
fn dated_model_names_have_the_price_of_their_beginning() {
    let rows = "billable_dimensions = [\"model\", \"batch\"]\nvalues = [\n\
                { model = \"gpt-5*\", volume_rate = 1 },\n\
                { model = \"gpt-5.1*\", volume_rate = 2 },\n\
                { model = \"gpt-5.1-2025*\", volume_rate = 3 },\n\
                { model = \"gpt-5.1-2025-11-13\", volume_rate = 4 },\n\
                { model = \"gpt-5.1*\", batch = true, volume_rate = 5 },\n\
                { volume_rate = 6 }]\n";
    let usage = "id,customer,event_type,occurred_at,n,model,batch\n\
                 a,acme,call,2026-07-01T00:00:00Z,1000000,gpt-5-mini,\n\
                 b,acme,call,2026-07-01T00:00:00Z,1000000,gpt-5.1,\n\
                 c,acme,call,2026-07-01T00:00:00Z,1000000,gpt-5.1-2025-12-01,\n\
                 d,acme,call,2026-07-01T00:00:00Z,1000000,gpt-5.1-2025-11-13,\n\
                 e,acme,call,2026-07-01T00:00:00Z,1000000,gpt-5.1-2025-12-01,True\n\
                 f,acme,call,2026-07-01T00:00:00Z,1000000,GPT-5,\n\
                 g,acme,call,2026-07-01T00:00:00Z,1000000,,\n";
    let workspace = billed(catalog("n", rows), usage);
    let each = ["a", "b", "c", "d", "e", "f", "g"].map(|id| fee(&workspace, id));
    assert_eq!(each, ["1.00", "2.00", "3.00", "4.00", "5.00", "6.00", "6.00"]);
    let told = workspace.ok("explain c").stdout;
    for line in [
        "row 2 (model=gpt-5.1* batch=*) matches, only 0 exact, 1 prefix of 7 characters",
        "row 3 (model=gpt-5.1-2025* batch=*) matches, 0 exact, 1 prefix of 12 characters",
        "row 4 (model=gpt-5.1-2025-11-13 batch=*) does not match: the event has \"gpt-5.1-2025-12-01\" as model",
    ] {
        assert!(told.contains(line), "{told}");
    }
}

/// A provider's whole list, where most names come with a date.
#[test]
fn every_beginning_of_two_thousand_is_found() {
    let mut rows = String::from("billable_dimensions = [\"model\", \"prompt_tokens\"]\nvalues = [\n");
    for model in 0..1000 {
        let (name, dear) = (format!("m{model}-{}", "x".repeat(model % 20)), if model == 999 { 7 } else { 2 });
        writeln!(rows, "{{ model = \"{name}*\", prompt_tokens = {{ up_to = 100 }}, volume_rate = 1 }},").unwrap();
        writeln!(rows, "{{ model = \"{name}*\", prompt_tokens = {{ over = 100 }}, volume_rate = {dear} }},").unwrap();
    }
    let usage = "id,customer,event_type,occurred_at,n,model,prompt_tokens\n\
                 a,acme,call,2026-07-01T00:00:00Z,1000000,m0-2026-01-01,100\n\
                 b,acme,call,2026-07-01T00:00:00Z,1000000,m1-x2026-01-01,101\n\
                 c,acme,call,2026-07-01T00:00:00Z,1000000,m999-xxxxxxxxxxxxxxxxxxx2026-01-01,101\n\
                 d,acme,call,2026-07-01T00:00:00Z,1000000,m999,101\n";
    let workspace = billed(catalog("n", &format!("{rows}]\n")), usage);
    assert_eq!(["a", "b", "c", "d"].map(|id| fee(&workspace, id)), ["1.00", "2.00", "7.00", ""]);
}
