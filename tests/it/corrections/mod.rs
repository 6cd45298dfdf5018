//! Taking things back.

mod advice;
mod edges;
mod full;
mod payments;
mod places;
mod rebill;
mod refund;
mod void;

use crate::support::Workspace;
use serde_json::Value;

/// What a command's JSON says.
fn report(workspace: &Workspace, line: &str) -> Value {
    workspace.ok(&format!("{line} --format json")).json()
}
