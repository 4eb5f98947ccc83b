//! Descriptors that the runtime watches, so that nobody waits in a system call.

use std::os::fd::{AsRawFd, OwnedFd};

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::fault::{Result, Tried};

/// Makes a descriptor's calls return at once, and watches it.
pub fn watch(fd: OwnedFd, interest: Interest, what: &str) -> Result<AsyncFd<OwnedFd>> {
    // SAFETY: both calls take and give plain flags of a descriptor that is open.
    let done = unsafe {
        let flags = libc::fcntl(fd.as_raw_fd(), libc::F_GETFL);
        libc::fcntl(fd.as_raw_fd(), libc::F_SETFL, flags | libc::O_NONBLOCK)
    };
    if done < 0 {
        return Err(std::io::Error::last_os_error()).tried(|| format!("fcntl of {what}"));
    }
    // SAFETY: an OwnedFd is one descriptor for all of its life.
    let watched = unsafe { AsyncFd::register_with_interest(fd, interest) };
    watched
        .map_err(|e| e.into_parts().1)
        .tried(|| format!("watching {what}"))
}
