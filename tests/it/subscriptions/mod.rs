//! Subscriptions that begin, change, wait for a payment and end, as a user meets them.

mod clock;
mod credits;
mod ends;
mod lost;
mod quantities;
mod seats;

use crate::support::{NOW, Workspace, run_transcripts};

#[test]
fn transcripts() {
    run_transcripts("subscriptions", NOW);
}

/// A workspace with a catalog in force, and a customer `c`.
fn with_customer(catalog: &str) -> Workspace {
    let workspace = Workspace::new().with("catalogs/catalog.toml", catalog);
    workspace.ok("apply --yes --at 2020-01-01");
    workspace.ok("customer add c --at 2026-01-01");
    workspace
}

/// What a command prints as JSON.
fn json(workspace: &Workspace, command: &str) -> serde_json::Value {
    workspace.ok(&format!("{command} --format json")).json()
}

/// The state of the customer's subscription to a product.
fn state(workspace: &Workspace, product: &str) -> String {
    let rows = json(workspace, "subscription list c")["rows"].take();
    let own = rows.as_array().unwrap().iter().rfind(|row| row["product"] == product).unwrap();
    own["state"].as_str().unwrap().to_owned()
}
