//! What comes back to an account that has no room for it, and events that can't be taken back among others that can.

use super::report;
use crate::support::Workspace;
use crate::support::catalog_text::{per_unit, product, whole};
use serde_json::json;

fn catalog(rate: u32) -> String {
    whole(&[product("p", &[per_unit("Call", "call", &format!("{rate} USD"), "")])])
}

/// An event of `n` calls at `rate` dollars used up the first payment; the second fills the account.
fn full(rate: u32, n: u64) -> Workspace {
    let workspace = Workspace::new().with("catalogs/p.toml", catalog(rate));
    workspace.ok("apply --yes --at 2026-06-01");
    workspace.ok("customer add a --at 2026-06-01");
    workspace.ok("subscribe a p --at 2026-06-01");
    workspace.ok("topup a 5000000000 USD --id one --at 2026-06-01");
    workspace.ok(&format!("record a call n={n} --id e1 --at 2026-06-02"));
    workspace.ok("topup a 5000000000 USD --id two --at 2026-06-03");
    workspace
}

const FULL: &str = "the account would hold more than the ledger can count: at most 9223372036.854775807 USD";

#[test]
fn a_void_into_a_full_account_is_refused() {
    let workspace = full(1, 5_000_000_000);
    workspace.ok("record a call n=1 --id e2 --at 2026-06-04");
    workspace.refused("void e1 --yes", 1, &["\"e1\"", FULL, "nothing was changed"]);
    // The other one has room.
    workspace.refused("void --customer a --yes", 1, &["\"e1\"", FULL, "nothing was changed"]);
    workspace.ok("void e2 --yes");
    assert_eq!(report(&workspace, "balance a")["accounts"][0]["available"], "5000000000.00");
    workspace.verify();
}

#[test]
fn a_rebill_into_a_full_account_is_refused() {
    let workspace = full(2, 2_500_000_000);
    workspace.write("catalogs/p.toml", catalog(1));
    workspace.ok("apply --yes --at 2026-06-05");
    workspace.ok("topup a 3000000000 USD --id three --at 2026-06-05");
    workspace.refused("rebill e1 --terms latest --yes", 1, &["\"e1\"", FULL, "nothing was changed"]);
    assert_eq!(report(&workspace, "rebill e1 --yes")["rebilled"], json!(0));
    workspace.verify();
}
