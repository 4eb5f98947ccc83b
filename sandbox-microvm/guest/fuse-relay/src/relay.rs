//! One mounted folder.

use std::fs::OpenOptions;
use std::io::{self, Error, ErrorKind};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use nix::mount::{MntFlags, MsFlags, mount as mount_at, umount2};
use nix::sys::socket::{Shutdown, shutdown};

use crate::carry::{MAX_DATA, replies, requests};

const STACK: usize = 64 * 1024;

/// A mounted folder and the threads behind it. Unmounting ends them; when the host goes away they end too, and the folder
/// answers ENOTCONN from then on. Dropping this changes nothing. Thread-safe.
pub struct Relay {
    ended: Arc<Ended>,
}

struct Ended {
    threads: Mutex<usize>,
    changed: Condvar,
}

impl Relay {
    /// Whether the host has gone, or the folder was unmounted.
    pub fn ended(&self) -> bool {
        *self.lock() == 0
    }

    /// Waits for it; whether it came in time.
    pub fn await_end(&self, timeout: Duration) -> bool {
        let (left, _) = self
            .ended
            .changed
            .wait_timeout_while(self.lock(), timeout, |left| *left > 0)
            .expect("no thread panics");
        *left == 0
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, usize> {
        self.ended.threads.lock().expect("no thread panics")
    }
}

/// Mounts at `target` what the host serves on `stream` (see [`crate::connect`]). When this returns, host and kernel have agreed
/// on the protocol; when it fails, nothing is mounted. Needs CAP_SYS_ADMIN and `/dev/fuse`.
pub fn mount(
    target: &Path,
    stream: OwnedFd,
    read_only: bool,
    timeout: Duration,
) -> io::Result<Relay> {
    let device = OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/fuse")
        .map_err(named("/dev/fuse"))?;
    let device = Arc::new(OwnedFd::from(device));
    let options = format!(
        "fd={},rootmode=40000,user_id=0,group_id=0,default_permissions,allow_other,max_read={MAX_DATA}",
        device.as_raw_fd()
    );
    let mut flags = MsFlags::MS_NODEV;
    if read_only {
        flags |= MsFlags::MS_RDONLY;
    }
    mount_at(
        Some("cofferdam"),
        target,
        Some("fuse"),
        flags,
        Some(options.as_str()),
    )
    .map_err(|e| named(&target.display().to_string())(e.into()))?;
    let started = start(device, stream, timeout);
    if started.is_err() {
        // What was tried has failed already; that the mount stays would be the lesser evil.
        let _ = umount2(target, MntFlags::MNT_FORCE | MntFlags::MNT_DETACH);
    }
    started
}

fn start(device: Arc<OwnedFd>, stream: OwnedFd, timeout: Duration) -> io::Result<Relay> {
    let stream = Arc::new(stream);
    let ended = Arc::new(Ended {
        threads: Mutex::new(2),
        changed: Condvar::new(),
    });
    let (first, agreed) = sync_channel(1);
    {
        let (device, stream) = (Arc::clone(&device), Arc::clone(&stream));
        spawn(
            "fuse-replies",
            Arc::clone(&ended),
            Arc::clone(&stream),
            move || {
                replies(&device, &stream, |result| {
                    let _ = first.send(result); // Nobody waits any more: it took too long.
                })
            },
        )?;
    }
    {
        let stream = Arc::clone(&stream);
        spawn(
            "fuse-requests",
            Arc::clone(&ended),
            Arc::clone(&stream),
            move || requests(&device, &stream),
        )?;
    }
    let result = match agreed.recv_timeout(timeout) {
        Ok(result) => result,
        Err(_) => Err(Error::new(
            ErrorKind::TimedOut,
            "the host's file service does not answer the kernel",
        )),
    };
    match result {
        Ok(()) => Ok(Relay { ended }),
        Err(e) => {
            hang_up(&stream);
            Err(e)
        }
    }
}

/// A thread whose end ends the other too.
fn spawn(
    name: &str,
    ended: Arc<Ended>,
    stream: Arc<OwnedFd>,
    carry: impl FnOnce() -> io::Result<()> + Send + 'static,
) -> io::Result<()> {
    let hung_up = Arc::clone(&stream);
    let spawned = thread::Builder::new()
        .name(name.into())
        .stack_size(STACK)
        .spawn(move || {
            let _ = carry(); // However it ended: the folder answers ENOTCONN, and says all there is to say.
            hang_up(&stream);
            *ended.threads.lock().expect("no thread panics") -= 1;
            ended.changed.notify_all();
        });
    match spawned {
        Ok(_) => Ok(()),
        Err(e) => {
            hang_up(&hung_up);
            Err(e)
        }
    }
}

fn hang_up(stream: &OwnedFd) {
    let _ = shutdown(stream.as_raw_fd(), Shutdown::Both); // It may be over already.
}

fn named(what: &str) -> impl Fn(Error) -> Error {
    let what = what.to_owned();
    move |e| Error::new(e.kind(), format!("{what}: {e}"))
}
