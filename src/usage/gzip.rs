//! Gzip, whose files may be of several members. Zeros may fill up the last block, as on tapes; anything else after the data
//! is said, as somebody has written into the file since.

use flate2::bufread::GzDecoder;
use std::fmt;
use std::io::{self, BufRead, Error, Read};

/// What follows the data is no gzip.
#[derive(Debug)]
pub(super) struct Trailing;

impl fmt::Display for Trailing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("something follows the compressed data")
    }
}

impl std::error::Error for Trailing {}

/// The data of all members.
pub(super) struct Members<R> {
    /// The member that is being read; none at the end.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> Members<R> {
    pub fn new(input: R) -> Self {
        Self { member: Some(GzDecoder::new(input)) }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let count = member.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            self.member = self.member.take().map(GzDecoder::into_inner).map(next).transpose()?.flatten();
        }
        Ok(0)
    }
}

/// The next member, if there is one.
fn next<R: BufRead>(mut input: R) -> io::Result<Option<GzDecoder<R>>> {
    loop {
        let rest = input.fill_buf()?;
        let zeros = rest.iter().take_while(|byte| **byte == 0).count();
        match rest.get(zeros) {
            None if rest.is_empty() => return Ok(None),
            None => input.consume(zeros),
            Some(0x1f) if zeros == 0 => return Ok(Some(GzDecoder::new(input))),
            Some(_) => return Err(Error::other(Trailing)),
        }
    }
}
