//! Running a process: how long it took, how much memory it needed at most, and what it said.

use std::error::Error;
use std::fs;
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How often a running process is asked for its memory.
const LOOK: Duration = Duration::from_millis(10);

/// A process that has ended well.
pub struct Ended {
    /// From starting it to its end.
    pub micros: u128,
    /// Its peak of resident memory; 0 where the system does not tell.
    pub peak_kib: u64,
    pub output: String,
}

/// Runs a process to its end.
///
/// # Errors
/// When it can't be started or fails.
pub fn run(command: &mut Command) -> Result<Ended, Box<dyn Error>> {
    let start = Instant::now();
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let id = child.id();
    let (done, wait) = channel::<()>();
    let watcher = std::thread::spawn(move || {
        let mut peak = 0;
        while wait.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
            peak = peak_kib(id).unwrap_or(peak);
        }
        peak
    });
    let ended = child.wait_with_output()?;
    let micros = start.elapsed().as_micros();
    drop(done);
    let peak_kib = watcher.join().map_err(|_| "the memory could not be watched")?;
    if !ended.status.success() {
        return Err(format!("{command:?}: {}\n{}", ended.status, String::from_utf8_lossy(&ended.stderr)).into());
    }
    Ok(Ended { micros, peak_kib, output: String::from_utf8(ended.stdout)? })
}

/// What Linux says of a process. The peak never falls, so the last answer before the end is the peak.
fn peak_kib(id: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
