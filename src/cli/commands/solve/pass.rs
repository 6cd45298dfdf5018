//! How many values are tried, and how many in one pass over the history.

use crate::scenario::Change;

/// So many values are tried at most.
pub const MOST: usize = 100;
/// What the lives of all customers may take in memory under the values of one pass.
const ROOM: u64 = 1 << 30;
/// What one life takes under one value, with its sums: about 3 KB were measured.
const LIFE: u64 = 4096;

/// How many values there is room for with so many customers.
pub fn room(customers: u64) -> usize {
    usize::try_from(ROOM / LIFE / customers.max(1)).unwrap_or(MOST).clamp(1, MOST)
}

/// What stands before the progress of a pass.
pub fn label(tried: &[Change], before: usize, all: usize) -> String {
    match tried {
        [first, .., last] if tried.len() == all => format!("{first} to {last}"),
        [first, .., last] => format!("{first} to {last}, {} to {} of {all}", before + 1, before + tried.len()),
        [only] => format!("{only}, {} of {all}", before + 1),
        [] => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_takes_as_many_values_as_there_is_memory_for() {
        assert_eq!([0, 1, 2_600, 10_000, 1 << 20, u64::MAX].map(room), [100, 100, 100, 26, 1, 1]);
    }

    #[test]
    fn the_progress_says_what_is_tried() {
        let values = |text: &str| text.split(',').map(|value| value.parse().unwrap()).collect::<Vec<Change>>();
        assert_eq!(label(&values("1,2,3"), 0, 3), "1 to 3");
        assert_eq!(label(&values("+4%,+5%"), 3, 9), "+4% to +5%, 4 to 5 of 9");
        assert_eq!(label(&values("6"), 5, 6), "6, 6 of 6");
    }
}
