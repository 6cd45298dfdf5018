//! Prose in lines that fit a terminal.

use unicode_width::UnicodeWidthStr;

/// Text in lines of at most `width` columns, each but the first indented by `indent`, which is also what stands before the
/// first. It is broken between words, and within what stands in backticks only when that has no room on one line. Without a
/// width it stays as it is, as does a line of a difference.
pub fn wrapped(text: &str, width: Option<u16>, indent: usize) -> String {
    let room = width.map_or(usize::MAX, |width| usize::from(width).saturating_sub(indent));
    if text.width() <= room || text.starts_with("+ ") {
        return text.to_owned();
    }
    let mut lines = String::new();
    let mut used = 0;
    for word in words(text, room) {
        if used > 0 && used + word.width() > room {
            let word = word.trim_start();
            lines += &format!("\n{:indent$}{word}", "");
            used = word.width();
        } else {
            lines += word;
            used += word.width();
        }
    }
    lines
}

/// Words, each with the spaces before it. What stands in backticks is one word if it has room on a line.
fn words(text: &str, room: usize) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let begin = start + (text[start..].len() - text[start..].trim_start_matches(' ').len());
        let end = |from: usize| text[from..].find(' ').map_or(text.len(), |space| from + space);
        let mut stop = end(begin);
        if text[begin..stop].matches('`').count() % 2 == 1
            && let Some(close) = text[stop..].find('`')
            && text[begin..end(stop + close)].width() <= room
        {
            stop = end(stop + close);
        }
        words.push(&text[start..stop]);
        start = stop;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_between_words_and_commands_stay_whole() {
        let text = "12 of 20 events are unpriced: run `drawdown report usage` to see why, é é é";
        assert_eq!(wrapped(text, None, 0), text);
        assert_eq!(wrapped(text, Some(80), 0), text);
        assert_eq!(
            wrapped(text, Some(40), 2),
            "12 of 20 events are unpriced: run\n  `drawdown report usage` to see why, é\n  é é"
        );
        for width in 1..60 {
            let all = wrapped(text, Some(width), 0);
            assert_eq!(all.replace('\n', " "), text, "{width}");
            let longest = all.lines().filter(|line| line.contains(' ')).map(UnicodeWidthStr::width).max();
            assert!(longest.is_none_or(|longest| longest <= usize::from(width)), "{width}: {all}");
        }
    }

    #[test]
    fn what_is_laid_out_stays() {
        assert_eq!(wrapped("+ name = \"a b c\"", Some(8), 0), "+ name = \"a b c\"");
        assert_eq!(wrapped("a  b", Some(4), 0), "a  b");
        assert_eq!(wrapped("", Some(4), 0), "");
    }
}
