//! What a guest needs before it can speak: the modules of its initramfs.

use std::fs::{File, read_to_string};
use std::os::fd::AsRawFd;

/// Those that cannot be loaded are not needed here.
pub fn load_modules() {
    for name in read_to_string("/modules/boot").unwrap_or_default().lines() {
        let file = name.split(' ').next().unwrap_or_default();
        if let Ok(file) = File::open(format!("/modules/{file}")) {
            // SAFETY: the descriptor is open and the parameters end with NUL.
            unsafe { libc::syscall(libc::SYS_finit_module, file.as_raw_fd(), c"".as_ptr(), 0) };
        }
    }
}
