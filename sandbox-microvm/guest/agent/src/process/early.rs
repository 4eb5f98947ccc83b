//! Signals that come before a container's first program has set its handlers.
//!
//! That program is process 1 of its namespace, and for such a process the kernel drops what it has no handler for
//! (`pid_namespaces(7)`). A stop right after a start would be lost, and the container be killed only when its time to end is over.

use std::sync::Arc;
use std::time::Duration;

use nix::unistd::Pid;

use super::Process;
use super::reaper::Reaper;
use crate::fault::Result;

/// How long after its start a program may still set its handlers.
const SETTLED: Duration = Duration::from_secs(30);
/// The kernel tells nobody that a handler was set.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Sends a signal; one that would be lost waits until the program listens for it, or is settled without.
pub fn send(process: Arc<Process>, reaper: &Arc<Reaper>, signal: i32) -> Result<()> {
    if !to_be_held(&process, signal) {
        return process.signal(reaper, signal);
    }
    let reaper = Arc::clone(reaper);
    tokio::spawn(async move {
        while to_be_held(&process, signal) {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        if process.exit().is_none() {
            // Whoever sent it was answered long ago.
            let _ = process.signal(&reaper, signal);
        }
    });
    Ok(())
}

fn to_be_held(process: &Process, signal: i32) -> bool {
    process.exit().is_none()
        && process.started.elapsed() < SETTLED
        && would_be_lost(&status(process.pid), signal)
}

fn status(pid: Pid) -> String {
    std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default()
}

/// Whether the kernel drops the signal, by a process's `/proc/<pid>/status`. One that is ignored on purpose or blocked is not lost.
fn would_be_lost(status: &str, signal: i32) -> bool {
    // These act without a handler.
    if matches!(signal, libc::SIGKILL | libc::SIGSTOP | libc::SIGCONT) {
        return false;
    }
    let field = |name: &str| status.lines().find_map(|l| l.strip_prefix(name));
    let numbers: Vec<&str> = field("NSpid:")
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    if numbers.len() < 2 || numbers.last() != Some(&"1") {
        return false;
    }
    let heard = ["SigBlk:\t", "SigIgn:\t", "SigCgt:\t"]
        .into_iter()
        .filter_map(|name| u64::from_str_radix(field(name)?, 16).ok())
        .fold(0, |all, set| all | set);
    heard & (1 << (signal - 1)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRESH: &str = "NSpid:\t77\t1\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nSigCgt:\t0000000000000000\n";

    #[test]
    fn would_be_lost_only_what_process_one_has_no_handler_for() {
        assert!(would_be_lost(FRESH, libc::SIGTERM));
        for set in ["SigBlk", "SigIgn", "SigCgt"] {
            let zeros = format!("{set}:\t0000000000000000");
            let term = format!("{set}:\t0000000000004000");
            assert!(!would_be_lost(&FRESH.replace(&zeros, &term), libc::SIGTERM));
            assert!(would_be_lost(&FRESH.replace(&zeros, &term), libc::SIGINT));
        }
        assert!(!would_be_lost(FRESH, libc::SIGKILL));
        assert!(!would_be_lost(
            &FRESH.replace("77\t1", "77\t5"),
            libc::SIGTERM
        ));
        assert!(!would_be_lost(&FRESH.replace("77\t1", "1"), libc::SIGTERM));
        assert!(!would_be_lost("", libc::SIGTERM));
    }
}
