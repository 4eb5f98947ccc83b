//! What this process gives up before it listens to a guest.

use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::os::fd::FromRawFd;

use capng::{Action, Set, Type};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::stat::{Mode, umask};
use nix::unistd::{chdir, pivot_root};

/// For files to keep their owners and modes, whoever in the guest makes them. No MKNOD, no SYS_ADMIN, no SETFCAP.
const CAPABILITIES: [&str; 6] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "SETGID",
    "SETUID",
];
const MAX_DESCRIPTORS: u64 = 1 << 20;

/// `/proc/self/fd` as the root of a mount of its own: virtiofsd opens files by it, and from here no `..` leads to the rest of `/proc`.
pub fn own_descriptors() -> io::Result<File> {
    open_tree(c"/proc/self/fd")
}

fn open_tree(path: &CStr) -> io::Result<File> {
    const OPEN_TREE_CLONE: i32 = 1;
    // SAFETY: a terminated path; the descriptor that comes back is nobody else's.
    unsafe {
        let number = libc::syscall(
            libc::SYS_open_tree,
            libc::AT_FDCWD,
            path.as_ptr(),
            OPEN_TREE_CLONE | libc::O_CLOEXEC,
        );
        if number < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(File::from_raw_fd(number as i32))
    }
}

/// An empty root that cannot be written, in a mount namespace of our own.
pub fn leave_the_file_system() -> io::Result<()> {
    unshare(CloneFlags::CLONE_NEWNS)?;
    let none = None::<&str>;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none)?;
    let flags = MsFlags::MS_RDONLY | MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    // Any folder that exists everywhere; what was there is needed no more.
    mount(
        Some("empty"),
        "/proc",
        Some("tmpfs"),
        flags,
        Some("size=4k,mode=0500"),
    )?;
    chdir("/proc")?;
    pivot_root(".", ".")?; // The old root is now mounted over the new one: pivot_root(2).
    umount2(".", MntFlags::MNT_DETACH)?;
    chdir("/")?;
    umask(Mode::empty()); // Modes are the guest's business.
    Ok(())
}

/// As many descriptors as the system lets us have, no core dumps. Says how many descriptors.
pub fn limit() -> io::Result<u64> {
    setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    let descriptors = hard.min(MAX_DESCRIPTORS);
    setrlimit(Resource::RLIMIT_NOFILE, descriptors, descriptors)?;
    Ok(descriptors)
}

/// Keeps the few capabilities that are needed, for this thread and those it starts.
pub fn drop_capabilities() -> io::Result<()> {
    let failed = |e: capng::Error| io::Error::other(format!("capabilities: {e}"));
    capng::clear(Set::BOTH);
    capng::updatev(
        Action::ADD,
        Type::PERMITTED | Type::EFFECTIVE,
        CAPABILITIES.to_vec(),
    )
    .map_err(failed)?;
    capng::apply(Set::BOTH).map_err(failed)?;
    nix::sys::prctl::set_no_new_privs()?;
    Ok(())
}
