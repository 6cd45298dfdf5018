//! Customers' ids and names: what is printed is read back, and what looks alike is said.

use crate::support::Workspace;
use crate::support::catalog_text::{OVERDRAFT, per_event, product, whole};

fn workspace() -> Workspace {
    let price = per_event("Call", "call", "1 USD", "");
    let catalog = whole(&[OVERDRAFT.to_owned(), product("p", &[price])]);
    let workspace = Workspace::new().with("catalogs/catalog.toml", catalog);
    workspace.ok("apply --yes --at 2026-01-01");
    workspace
}

#[test]
fn customers_that_are_printed_as_csv_are_imported_as_they_were() {
    let from = workspace();
    let names = ["=1+1", "'=1+1", "@sum", "+4915112345678", "+49 151", "-x", "-1+2", "'", "a, \"b\"", "Zürich"];
    for (number, name) in names.iter().enumerate() {
        let (id, day) = (format!("={number}"), format!("2026-01-{:02}", number + 1));
        from.ok(&["customer", "add", &id, &format!("--name={name}"), "--at", &day]);
    }
    // Programs read marks that a table would show as escapes.
    for id in ["a\u{202e}cme", "a\u{feff}cme"] {
        from.ok(&["customer", "add", id, "--at", "2026-02-01"]);
    }
    from.ok("customer add plain --at 2026-02-01T10:00:00.5Z");
    let printed = from.ok("customer list --format csv").stdout;
    assert!(printed.contains("'=0,'=1+1,") && printed.contains("'=3,+4915112345678,"), "{printed}");
    assert!(printed.contains("\na\u{202e}cme,") && printed.contains("\na\u{feff}cme,"), "{printed}");

    let to = workspace().with("customers.csv", &printed);
    to.ok("customer import customers.csv");
    assert_eq!(to.ok("customer list --format json").json(), from.ok("customer list --format json").json());
    assert_eq!(to.ok("customer list --format csv").stdout, printed);
    to.ok("customer import customers.csv");
    assert_eq!(to.ok("customer list --format csv").stdout, printed);
    let wrong = to.with("wrong.csv", "customer,created_at\nnew,soon\n");
    wrong.refused("customer import wrong.csv", 1, &["wrong.csv:2:created_at", "\"soon\""]);
}

#[test]
fn customers_who_look_alike_are_told_apart_when_they_are_added() {
    let workspace = workspace();
    let warning = r#""caf\u{e9}" and "cafe\u{301}" look alike and are two customers"#;
    let told = |ran: &str| ran.matches("look alike").count();
    assert_eq!(told(&workspace.ok("customer add caf\u{e9}").stderr), 0);
    let added = workspace.ok("customer add cafe\u{301}").stderr;
    assert!(added.contains(warning), "{added}");
    assert_eq!(told(&workspace.ok("customer add cafe\u{301}").stderr), 0, "it is there already");

    // The one with the sign may come first.
    workspace.ok("customer add ac\u{200b}me");
    let added = workspace.ok("customer add acme").stderr;
    assert!(added.contains(r#""ac\u{200b}me" and "acme" look alike"#), "{added}");
    assert_eq!(told(&workspace.ok("customer add Acme").stderr), 0);

    workspace.write("customers.csv", "customer\nglobex\n\u{feff}globex\ninitech\n");
    assert_eq!(told(&workspace.ok("customer import customers.csv").stderr), 1);
    let event = |id: &str, customer: &str| format!("{id},{customer},call,2026-06-01T00:00:00Z\n");
    let log = event("1", "globex") + &event("2", "initech\u{a0}ltd") + &event("3", "initech ltd");
    workspace.write("log.csv", format!("id,customer,event_type,occurred_at\n{log}"));
    for dry_run in ["--dry-run", "-q", ""] {
        let ran = workspace.run(&format!("replay log.csv --enroll p {dry_run}"));
        assert_eq!((ran.code, told(&ran.stderr)), (0, usize::from(!dry_run.is_empty())), "{dry_run}: {}", ran.stderr);
    }
    workspace.verify();
}
