//! Where a JSON value ends, byte by byte.

/// Where a JSON value ends.
#[derive(Default)]
pub(super) struct ValueScan {
    depth: usize,
    in_string: bool,
    is_escaped: bool,
    is_over: bool,
    has_begun: bool,
}

impl ValueScan {
    /// Whether the value has ended before this byte.
    pub fn ends_before(&mut self, byte: u8) -> bool {
        if self.is_over {
            return true;
        }
        if self.in_string {
            self.in_string = self.is_escaped || byte != b'"';
            self.is_escaped = !self.is_escaped && byte == b'\\';
        } else {
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                // What closes more than was opened ends a scalar.
                b'}' | b']' if self.depth == 0 => return true,
                b'}' | b']' => self.depth -= 1,
                b',' | b':' if self.depth == 0 => return true,
                _ if byte.is_ascii_whitespace() && self.depth == 0 && self.has_begun => return true,
                _ => {
                    self.has_begun = true;
                    return false;
                }
            }
        }
        self.is_over = self.depth == 0 && !self.in_string;
        false
    }

    /// Whether nothing is open, so that the value may end here.
    pub fn may_end(&self) -> bool {
        self.depth == 0 && !self.in_string && (self.has_begun || self.is_over)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_end_where_they_do() {
        for (text, value) in [
            (r#"{"a":[1,"]}\""]},2"#, r#"{"a":[1,"]}\""]}"#),
            ("1.5e3,2", "1.5e3"),
            ("true]", "true"),
            ("\"a\\\\\" ,", "\"a\\\\\""),
            ("[[]] []", "[[]]"),
            ("null\n", "null"),
        ] {
            let mut scan = ValueScan::default();
            let end = text.bytes().position(|byte| scan.ends_before(byte)).unwrap_or(text.len());
            assert_eq!(&text[..end], value, "{text}");
        }
    }
}
