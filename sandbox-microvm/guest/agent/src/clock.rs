//! The guest's clock. It has no battery behind it: the host sets it.

use nix::sys::time::TimeSpec;
use nix::time::{ClockId, clock_gettime, clock_settime};

use crate::fault::{Fault, Result, Tried};

const NANOS: i64 = 1_000_000_000;

/// Nanoseconds since 1970 UTC; 0 if the kernel has none.
pub fn now_unix_nanos() -> i64 {
    read(ClockId::CLOCK_REALTIME)
}

/// Nanoseconds since the guest's boot.
pub fn uptime_nanos() -> i64 {
    read(ClockId::CLOCK_BOOTTIME)
}

fn read(clock: ClockId) -> i64 {
    clock_gettime(clock).map_or(0, |t| t.tv_sec() * NANOS + t.tv_nsec())
}

/// Sets the clock and gives by how much it was changed.
pub fn set(unix_nanos: i64) -> Result<i64> {
    if unix_nanos <= 0 {
        return Err(Fault::invalid(format!(
            "no time of a clock: {unix_nanos} ns"
        )));
    }
    let before = now_unix_nanos();
    let time = TimeSpec::new(unix_nanos / NANOS, unix_nanos % NANOS);
    clock_settime(ClockId::CLOCK_REALTIME, time).tried(|| "setting the clock".to_owned())?;
    Ok(unix_nanos - before)
}
