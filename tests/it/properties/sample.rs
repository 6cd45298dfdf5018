//! Whatever a catalog charges for, a log made from it has no row that is refused or has no price.

use super::cases;
use super::world::worlds;
use crate::support::Workspace;
use proptest::prelude::*;

proptest! {
    #![proptest_config(cases(12))]
    #[test]
    fn a_sample_of_any_catalog_replays(world in worlds(9), seed in any::<u64>(), customers in 1u32..9, days in 1u32..70, more in 0u32..200) {
        let workspace = Workspace::new().with("catalogs/w.toml", world.catalog());
        let events = customers + more;
        let asked = format!("sample p --customers {customers} --days {days} --events {events} --seed {seed}");
        if world.prices.is_empty() {
            workspace.refused(&asked, 1, &["nothing to count"]);
            return Ok(());
        }
        let log = workspace.ok(&asked).stdout;
        prop_assert_eq!(&log, &workspace.ok(&asked).stdout);
        prop_assert_eq!(log.lines().count(), 1 + events as usize);
        workspace.write("usage.csv", log);
        workspace.ok("apply --at 2026-01-01");
        let told = workspace.ok("replay usage.csv --enroll p --dry-run --format json -q").json();
        prop_assert_eq!(&told["events"], events);
        for count in ["unpriced", "invalid", "conflict", "duplicate", "late"] {
            prop_assert_eq!(&told[count], 0, "{}: {}", count, told);
        }
    }
}
