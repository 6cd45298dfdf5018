//! Warnings about fields that prices ask for and events don't have.

use crate::support::Workspace;

const CATALOG: &str = r#"
[catalog]
reporting_currency = "USD"
[policy]
insufficient_funds = "overdraft"
[[product]]
code = "studio"
[[product.price]]
name = "Image"
type = "usage_based"
event_type = "image"
usage_type = "unit"
asset = "USD"
billable_dimensions = ["quality"]
values = [{ quality = "hd", unit_price = 2 }, { quality = "*", unit_price = 1 }]
[[product.price]]
name = "Storage of images"
type = "usage_based"
event_type = "image"
usage_type = "unit"
asset = "USD"
billable_dimensions = ["quality"]
values = [{ quality = "hd", unit_price = 0.2 }, { quality = "*", unit_price = 0.1 }]
[[product]]
code = "other"
[[product.price]]
name = "Pixels"
type = "usage_based"
event_type = "image"
usage_type = "volume"
volume_field = "pixels"
asset = "USD"
volume_rate = 1
"#;

fn studio() -> Workspace {
    let workspace = Workspace::new().with("catalogs/catalog.toml", CATALOG);
    workspace.ok("apply --yes --at 2026-01-01");
    workspace.ok("customer add acme --at 2026-01-01");
    workspace.ok("subscribe acme studio --at 2026-01-01");
    workspace
}

/// The warnings of a command.
fn warnings(workspace: &Workspace, line: &str) -> Vec<String> {
    let told = workspace.ok(line).stderr;
    told.lines().filter_map(|line| line.strip_prefix("warning: ")).map(str::to_owned).collect()
}

const MEANT: &str = "the image event has no `quality`, which the prices \"Image\", \"Storage of images\" ask for; is it the column `qualty`?";

#[test]
fn one_event_is_doubted_only_where_its_own_prices_ask_for_another_spelling() {
    let workspace = studio();
    let none: [&str; 0] = [];
    assert_eq!(
        warnings(&workspace, "record acme image"),
        none,
        "a row is for any quality, and no pixels are asked for"
    );
    assert_eq!(warnings(&workspace, "record acme image pixel=3"), none, "acme does not have the product of the pixels");
    assert_eq!(warnings(&workspace, "record acme image qualty=hd"), [MEANT]);
    assert_eq!(workspace.ok("record -q acme image qualty=hd").stderr, "");
    let cost = "the column `cost` counts as data; call it cost.VENDOR if it is what an event cost you";
    assert_eq!(warnings(&workspace, "record acme image quality=hd cost=2"), [cost]);
}

#[test]
fn a_log_without_a_field_that_prices_ask_for_is_doubted_once_for_each_field() {
    let rows = "id,customer,event_type,occurred_at,qualty\na,acme,image,2026-07-01T00:00:00Z,hd\nb,acme,image,2026-07-02T00:00:00Z,hd\n";
    let workspace = studio().with("log.csv", rows);
    assert_eq!(
        warnings(&workspace, "replay log.csv"),
        ["none of 2 image events has `quality`, which the prices \"Image\", \"Storage of images\" ask for; is it the \
             column `qualty`?",]
    );
}

/// A product whose price asks for a number, with rows that leave a dimension open, and one whose price asks for two numbers.
const TOKENS: &str = r#"
[catalog]
reporting_currency = "USD"
[policy]
insufficient_funds = "overdraft"
[[product]]
code = "chat"
[[product.price]]
name = "Tokens"
type = "usage_based"
event_type = "chat"
usage_type = "volume"
volume_field = "input_tokens"
asset = "USD"
billable_dimensions = ["model", "region"]
values = [{ model = "a", region = "eu", volume_rate = 3 }, { model = "b", region = "*", volume_rate = 2 }, { model = "c", volume_rate = 1 }]
[[product.price]]
name = "Answers"
type = "usage_based"
event_type = "chat"
usage_type = "volume"
volume_field = "output_tokens"
asset = "USD"
volume_rate = 1
"#;

fn chat() -> Workspace {
    let workspace = Workspace::new().with("catalogs/catalog.toml", TOKENS);
    workspace.ok("apply --yes --at 2026-01-01");
    workspace.ok("customer add acme --at 2026-01-01");
    workspace.ok("subscribe acme chat --at 2026-01-01");
    workspace
}

#[test]
fn a_field_is_missed_only_where_it_decides_what_is_charged() {
    let none: [&str; 0] = [];
    let log = |model: &str| {
        format!(
            "id,customer,event_type,occurred_at,model,input_tokens,output_tokens\n\
             {model}1,acme,chat,2026-06-01T00:00:00Z,{model},3,4\n{model}2,acme,chat,2026-06-01T00:00:00Z,{model},3,4\n"
        )
    };
    let workspace = chat().with("open.csv", log("b") + &log("c")[log("c").find('\n').unwrap() + 1..]);
    assert_eq!(warnings(&workspace, "replay open.csv"), none, "the rows of b and c are for any region");
    workspace.write("named.csv", log("a"));
    let told = warnings(&workspace, "replay named.csv");
    assert_eq!(told, ["none of 2 chat events has `region`, which the price \"Tokens\" asks for"], "{told:?}");
}

#[test]
fn a_number_is_not_guessed_to_be_what_another_price_asks_for() {
    let workspace = chat();
    let none: [&str; 0] = [];
    assert_eq!(warnings(&workspace, "record acme chat model=b output_tokens=4"), none);
    let told = warnings(&workspace, "record acme chat model=b input_token=4 output_tokens=4");
    assert_eq!(
        told,
        ["the chat event has no `input_tokens`, which the price \"Tokens\" asks for; is it the column `input_token`?"]
    );
    workspace.write("log.csv", "id,customer,event_type,occurred_at,model,n\ne1,acme,chat,2026-06-01T00:00:00Z,b,4\n");
    let told = workspace.ok("replay log.csv").stderr;
    assert!(
        told.contains("the price needs input_tokens or output_tokens, and the event has n. To map a column"),
        "{told}"
    );
}

#[test]
fn a_type_that_another_product_prices_is_named_with_it() {
    let workspace = studio();
    workspace.write("log.csv", "id,customer,event_type,occurred_at\n1,acme,api,2026-01-02T00:00:00Z\n");
    let other = "[[product]]\ncode = \"dev\"\n[[product.price]]\nname = \"API\"\ntype = \"usage_based\"\nevent_type = \"api\"\n\
                 usage_type = \"unit\"\nasset = \"USD\"\nunit_price = 1\n";
    workspace.write("catalogs/catalog.toml", format!("{CATALOG}{other}"));
    workspace.ok("apply --yes --at 2026-01-01");
    let told = workspace.ok("replay log.csv --dry-run").stderr;
    let why = "no price of its customer's subscriptions is for the event type \"api\"; dev@1 has one.";
    assert!(told.contains(why) && !told.contains("did you mean"), "{told}");
}
