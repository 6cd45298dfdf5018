//! Where text goes.

use terminal_size::{Height, Width, terminal_size_of};

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
    columns(terminal_size_of(std::io::stdout()))
}

/// The columns of the terminal that standard error is.
pub fn messages_width() -> Option<u16> {
    columns(terminal_size_of(std::io::stderr()))
}

fn columns(size: Option<(Width, Height)>) -> Option<u16> {
    size.map(|(Width(width), _)| width).filter(|width| *width > 0)
}
