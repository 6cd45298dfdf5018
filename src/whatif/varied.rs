//! Scenarios that differ by the values of some numbers.

use super::options::MOST;
use crate::scenario::{Vary, varied};

/// The last scenarios of a comparison, which differ by the values of some numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Varied {
    /// What the values are of.
    pub paths: Vec<String>,
    /// The values of each of these scenarios.
    pub values: Vec<String>,
}

impl Varied {
    /// Of these values; `None` where there is only one, or none.
    pub(super) fn new(varies: &[Vary]) -> Option<Self> {
        // What can't be varied has been refused before anything was billed.
        let all = varied(varies, MOST).ok()?;
        let changes = all.iter().map(|settings| settings.iter().map(|own| own.change.to_string()).collect::<Vec<_>>());
        let values: Vec<String> = changes.map(|changes| changes.join(", ")).collect();
        let paths = varies.iter().map(|vary| vary.path.to_string()).collect();
        (values.len() > 1).then_some(Self { paths, values })
    }
}
