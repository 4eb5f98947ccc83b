//! PID 1: from the kernel's hand to a guest that answers.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use nix::mount::MsFlags;
use nix::sys::reboot::{RebootMode, reboot};

use crate::agent::Agent;
use crate::disks::Disks;
use crate::fault::{Result, Tried};
use crate::modules;
use crate::mounting::{HOME, make_folder, mount};

/// Boots; when that fails, says why on the console and ends the machine.
pub fn main() -> ! {
    let why = match run() {
        Ok(()) => "the agent's server ended".to_owned(),
        Err(fault) => fault.message,
    };
    // As an error of the kernel's: its parameter `quiet` leaves out what is less.
    let line = format!("<3>cofferdam-agent: {why}\n");
    let _ = File::options()
        .write(true)
        .open("/dev/kmsg")
        .and_then(|mut log| log.write_all(line.as_bytes()));
    power_off()
}

/// Ends the machine. A monitor takes a reboot for its end: QEMU by `-no-reboot`, Firecracker always.
pub fn power_off() -> ! {
    nix::unistd::sync();
    // Comes back only if the kernel refuses; then PID 1 ends, the kernel panics, and `panic=1` does the same.
    let _ = reboot(RebootMode::RB_AUTOBOOT);
    std::process::exit(1)
}

fn run() -> Result<()> {
    mount("dev", Path::new("/dev"), "devtmpfs", MsFlags::MS_NOSUID, "")?;
    modules::load_boot();
    leave_initramfs()?;
    mount_rest()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .tried(|| "starting the runtime".to_owned())?;
    let disks = Disks::find();
    if let Some(device) = &disks.modules {
        modules::mount_rest(device)?;
    }
    runtime.block_on(async { crate::server::serve(Agent::start(disks)?).await })
}

/// Moves to a tmpfs: containers cannot be made on an initramfs, since nothing can be pivoted away from it. The agent's own file
/// stays where it is, and is run again through /proc.
fn leave_initramfs() -> Result<()> {
    let root = Path::new("/root");
    mount("root", root, "tmpfs", MsFlags::empty(), "mode=0755")?;
    make_folder(&root.join("dev"))?;
    let moved = nix::mount::mount(
        Some("/dev"),
        &root.join("dev"),
        None::<&str>,
        MsFlags::MS_MOVE,
        None::<&str>,
    )
    .and_then(|()| nix::unistd::chdir(root))
    .and_then(|()| nix::mount::mount(Some("."), "/", None::<&str>, MsFlags::MS_MOVE, None::<&str>))
    .and_then(|()| nix::unistd::chroot("."))
    .and_then(|()| nix::unistd::chdir("/"));
    moved.tried(|| "moving to the root file system".to_owned())
}

fn mount_rest() -> Result<()> {
    let strict = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    mount("proc", Path::new("/proc"), "proc", strict, "")?;
    mount("sys", Path::new("/sys"), "sysfs", strict, "")?;
    mount("cgroup", Path::new("/sys/fs/cgroup"), "cgroup2", strict, "")?;
    mount(
        "devpts",
        Path::new("/dev/pts"),
        "devpts",
        MsFlags::MS_NOSUID,
        "mode=0620,ptmxmode=0666",
    )?;
    mount("shm", Path::new("/dev/shm"), "tmpfs", strict, "mode=1777")?;
    mount(
        "run",
        Path::new("/run"),
        "tmpfs",
        MsFlags::MS_NOSUID,
        "mode=0755",
    )?;
    make_folder(Path::new("/tmp"))?;
    make_folder(Path::new(HOME))?;
    // What is mounted later is to reach containers that ask for it.
    let shared = MsFlags::MS_SHARED | MsFlags::MS_REC;
    nix::mount::mount(None::<&str>, "/", None::<&str>, shared, None::<&str>)
        .tried(|| "making the root's mounts shared".to_owned())?;
    crate::cgroup::prepare()?;
    // Core dumps would land in whatever folder a container's process is in.
    fs::write("/proc/sys/kernel/core_pattern", "/dev/null").tried(|| "core_pattern".to_owned())?;
    Ok(())
}
