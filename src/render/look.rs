//! Where text goes.

use terminal_size::{Width, terminal_size_of};

/// How text is shown where it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Columns of the terminal; `None` on a pipe, where nothing is wrapped or shortened.
    pub width: Option<u16>,
    /// Whether colours and bold are used.
    pub color: bool,
}

/// The columns of the terminal that standard output is, or `None` when it isn't one or doesn't know.
pub fn terminal_width() -> Option<u16> {
    let (Width(width), _) = terminal_size_of(std::io::stdout())?;
    Some(width).filter(|width| *width > 0)
}
