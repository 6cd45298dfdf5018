//! How wide each column is where there is only so much room.

use unicode_width::UnicodeWidthStr;

/// Between two columns.
pub(super) const GAP: usize = 2;
/// What text columns are squeezed to, lest they become columns of letters.
pub(super) const NARROW: usize = 12;
/// What they are squeezed to when columns have been left out and there still is no room.
pub(super) const NARROWEST: usize = 8;

/// The length of `2026-07-01`, and what columns of times are squeezed to.
pub(super) const DATE: usize = 10;

/// What one column needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Need {
    /// Enough for its header and every cell on one line.
    pub whole: usize,
    /// What it can be squeezed to: texts and headers are wrapped, and numbers never are.
    pub least: usize,
}

impl Need {
    /// `narrow` is what cells are squeezed to at most; `None` when they never are.
    pub fn new(header: &str, cells: &[String], narrow: Option<usize>) -> Self {
        let widest = cells.iter().map(|cell| cell.width()).max().unwrap_or(0);
        let word = header.split(' ').map(UnicodeWidthStr::width).max().unwrap_or(0);
        Self { whole: widest.max(header.width()), least: widest.min(narrow.unwrap_or(widest)).max(word) }
    }
}

/// The widths of columns side by side in `room`, or `None` where even the least is too much. The room that is left goes
/// to the narrowest of the squeezed ones first.
pub(super) fn side_by_side(needs: &[Need], room: usize) -> Option<Vec<usize>> {
    let gaps = GAP * needs.len().saturating_sub(1);
    let mut widths: Vec<usize> = needs.iter().map(|need| need.least).collect();
    let mut spare = room.checked_sub(widths.iter().sum::<usize>() + gaps)?;
    while spare > 0 {
        let squeezed = (0..needs.len()).filter(|index| widths[*index] < needs[*index].whole);
        let Some(narrowest) = squeezed.min_by_key(|index| widths[*index]) else { break };
        widths[narrowest] += 1;
        spare -= 1;
    }
    Some(widths)
}

/// Times as short as all of a column's cells allow: the day alone where each is a midnight, else with a place to break
/// the line at.
pub(super) fn shorten_times(cells: &mut [String]) {
    let filled = || cells.iter().filter(|cell| !cell.is_empty());
    let midnights = filled().all(|cell| &cell[DATE..] == "T00:00:00Z");
    for cell in cells.iter_mut().filter(|cell| !cell.is_empty()) {
        if midnights { cell.truncate(DATE) } else { cell.replace_range(DATE..=DATE, " ") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(whole: usize, least: usize) -> Need {
        Need { whole, least }
    }

    #[test]
    fn room_goes_to_the_narrowest_and_nobody_gets_more_than_they_need() {
        let needs = [need(30, 8), need(10, 8), need(5, 5)];
        assert_eq!(side_by_side(&needs, 49), Some(vec![30, 10, 5]));
        assert_eq!(side_by_side(&needs, 40), Some(vec![21, 10, 5]));
        assert_eq!(side_by_side(&needs, 27), Some(vec![9, 9, 5]));
        assert_eq!(side_by_side(&needs, 24), None);
        assert_eq!(side_by_side(&[], 0), Some(vec![]));
    }

    #[test]
    fn times_are_shortened_as_one() {
        let shortened = |cells: [&str; 2]| {
            let mut cells = cells.map(String::from);
            shorten_times(&mut cells);
            cells
        };
        assert_eq!(shortened(["2026-07-01T00:00:00Z", ""]), ["2026-07-01", ""]);
        let days = ["2026-07-01T00:00:00Z", "2026-07-02T09:30:00.5Z"];
        assert_eq!(shortened(days), ["2026-07-01 00:00:00Z", "2026-07-02 09:30:00.5Z"]);
    }
}
