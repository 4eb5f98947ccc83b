//! Feeds the kernel's random number generator. Clones of one memory image would else all draw the same numbers.

use std::fs::File;
use std::os::fd::AsRawFd;

use crate::fault::{Fault, Result, Tried};

const MOST: usize = 512;
// From linux/random.h, _IOW('R', 0x03, int[2]) and _IO('R', 0x07).
const RNDADDENTROPY: libc::c_ulong = 0x4008_5203;
const RNDRESEEDCRNG: libc::c_ulong = 0x5207;

#[repr(C)]
struct PoolInfo {
    entropy_bits: libc::c_int,
    buffer_bytes: libc::c_int,
    buffer: [u8; MOST],
}

/// Adds bytes that count as random in full, and has the generator seeded again.
pub fn add(entropy: &[u8]) -> Result<()> {
    if entropy.is_empty() || entropy.len() > MOST {
        return Err(Fault::invalid(format!(
            "entropy of {} bytes, not 1 to {MOST}",
            entropy.len()
        )));
    }
    let mut info = PoolInfo {
        entropy_bits: entropy.len() as libc::c_int * 8,
        buffer_bytes: entropy.len() as libc::c_int,
        buffer: [0; MOST],
    };
    info.buffer[..entropy.len()].copy_from_slice(entropy);
    let random = File::options()
        .write(true)
        .open("/dev/urandom")
        .tried(|| "opening /dev/urandom".to_owned())?;
    // SAFETY: RNDADDENTROPY reads the header and as many bytes as it says; RNDRESEEDCRNG takes nothing.
    let done = unsafe {
        libc::ioctl(random.as_raw_fd(), RNDADDENTROPY, &info) == 0
            && libc::ioctl(random.as_raw_fd(), RNDRESEEDCRNG, 0) == 0
    };
    if !done {
        return Err(std::io::Error::last_os_error()).tried(|| "adding entropy".to_owned());
    }
    Ok(())
}
