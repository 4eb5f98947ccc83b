//! Connections of the guest: each says first which volume it wants, as `VOLUME tag` and a line feed.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::session;
use crate::volumes::{MAX_TAG, Volumes};

/// Connections that have not yet said what they want; a guest that opens more is hung up on.
const UNGREETED: usize = 16;
const DEADLINE: Duration = Duration::from_secs(10);
const PREFIX: &str = "VOLUME ";
const STACK: usize = 512 * 1024;

/// What every connection is served with.
pub struct Service {
    pub volumes: Arc<Volumes>,
    /// `/proc/self/fd`, as the root of a mount of its own.
    pub own_descriptors: File,
    /// Descriptors that one volume may hold.
    pub descriptor_limit: u64,
    ungreeted: AtomicUsize,
}

impl Service {
    pub fn new(volumes: Arc<Volumes>, own_descriptors: File, descriptor_limit: u64) -> Self {
        Self {
            volumes,
            own_descriptors,
            descriptor_limit,
            ungreeted: AtomicUsize::new(0),
        }
    }

    /// Accepts for ever.
    pub fn listen(self: Arc<Self>, listener: &UnixListener) {
        loop {
            match listener.accept() {
                Ok((stream, _)) => self.greet_in_background(stream),
                // Out of descriptors: those of the guest, who can free them.
                Err(_) => thread::sleep(Duration::from_millis(100)),
            }
        }
    }

    fn greet_in_background(self: &Arc<Self>, stream: UnixStream) {
        if self.ungreeted.fetch_add(1, Ordering::Relaxed) >= UNGREETED {
            self.ungreeted.fetch_sub(1, Ordering::Relaxed);
            return;
        }
        let service = Arc::clone(self);
        let spawned = thread::Builder::new().stack_size(STACK).spawn(move || {
            let tag = greeting(&stream);
            service.ungreeted.fetch_sub(1, Ordering::Relaxed);
            if let Ok(tag) = tag {
                service.serve(&tag, stream);
            }
        });
        if spawned.is_err() {
            self.ungreeted.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn serve(&self, tag: &str, stream: UnixStream) {
        let stream = Arc::new(stream);
        let Some(volume) = self.volumes.connect(tag, &stream) else {
            let _ = (&*stream).write_all(b"ERROR no such volume\n"); // The guest may be gone.
            return;
        };
        if (&*stream).write_all(b"OK\n").is_ok() {
            let connection = Arc::clone(&stream);
            // However it ends, only this guest's mount ends with it.
            let _ = session::serve(
                connection,
                &volume,
                &self.own_descriptors,
                self.descriptor_limit,
            );
        }
        self.volumes.disconnect(tag, &stream);
    }
}

/// Reads the greeting, and nothing beyond it, within the deadline.
fn greeting(stream: &UnixStream) -> io::Result<String> {
    let deadline = Instant::now() + DEADLINE;
    let mut line = Vec::new();
    let mut byte = [0];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || line.len() > PREFIX.len() + MAX_TAG {
            return Err(io::ErrorKind::InvalidData.into());
        }
        stream.set_read_timeout(Some(left))?;
        (&mut &*stream).read_exact(&mut byte)?;
        if byte[0] == b'\n' {
            break;
        }
        line.push(byte[0]);
    }
    stream.set_read_timeout(None)?;
    let line = String::from_utf8(line).map_err(|_| io::ErrorKind::InvalidData)?;
    match line.strip_prefix(PREFIX) {
        Some(tag) => Ok(tag.to_owned()),
        None => Err(io::ErrorKind::InvalidData.into()),
    }
}
