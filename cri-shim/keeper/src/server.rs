//! The socket: one request a connection, one connection after the other.
//!
//! | request               | answer                                   |
//! | --------------------- | ---------------------------------------- |
//! | `put NAME` + descriptor | `ok`                                   |
//! | `get NAME`            | `ok` + descriptor, or `none`             |
//! | `drop NAME`           | `ok`, also when there is none            |
//! | `list`                | `ok`, then a name a line                 |
//! | `hold MILLIS NAME` + descriptor | `ok`; kept while the connection stays open, and for so long after it |
//! | `version`             | `ok`, then the number of this protocol   |
//!
//! Each line ends in a newline; whatever goes wrong is answered `error TEXT`.

use crate::holds::Holds;
use crate::message;
use crate::store::Store;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A peer that says nothing keeps the others waiting for this long at most.
const PATIENCE: Duration = Duration::from_secs(2);
const REQUEST_BYTES: usize = 512;

/// 1 had no `hold` and no `version`. A keeper outlives shims of several versions, so requests are
/// only ever added.
const VERSION: u32 = 2;

pub struct Server {
    listener: UnixListener,
    store: Store,
    holds: Holds,
    // Held until this process ends, however it ends.
    _lock: File,
}

impl Server {
    /// `WouldBlock`: another keeper serves this socket. A socket that a dead one left is taken
    /// over: the lock, not the socket, says who lives.
    pub fn open(socket: &Path) -> io::Result<Self> {
        let mut lock_path = socket.as_os_str().as_bytes().to_vec();
        lock_path.extend_from_slice(b".lock");
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(PathBuf::from(std::ffi::OsStr::from_bytes(&lock_path)))?;
        // SAFETY: a plain call on a descriptor that is open.
        if unsafe { libc::flock(lock.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) } != 0 {
            return Err(io::Error::last_os_error());
        }
        match std::fs::remove_file(socket) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(socket)?;
        std::fs::set_permissions(socket, PermissionsExt::from_mode(0o600))?;
        // Who gave up between the wait and the accept must not keep the holds waiting.
        listener.set_nonblocking(true)?;
        Ok(Self {
            listener,
            store: Store::new(descriptor_limit()),
            holds: Holds::default(),
            _lock: lock,
        })
    }

    pub fn run(&mut self) -> ! {
        loop {
            let waited = self.holds.wait(&self.listener);
            for name in self.holds.expired() {
                self.store.remove(&name);
            }
            match waited.and_then(|()| self.listener.accept()) {
                // A peer that broke off is none of ours to report; it asks again.
                Ok((peer, _)) => drop(self.serve(peer)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // Out of memory or descriptors of the machine: give it a moment.
                Err(_) => std::thread::sleep(Duration::from_millis(50)),
            }
        }
    }

    fn serve(&mut self, peer: UnixStream) -> io::Result<()> {
        peer.set_nonblocking(false)?;
        peer.set_read_timeout(Some(PATIENCE))?;
        peer.set_write_timeout(Some(PATIENCE))?;
        if !message::same_user(&peer) {
            return message::send(&peer, b"error not your keeper\n", None);
        }
        match request(&peer) {
            Ok((line, Some(descriptor))) if line.starts_with("hold ") => {
                self.hold(peer, &line, descriptor)
            }
            Ok((line, descriptor)) => self.answer(&peer, &line, descriptor),
            Err(error) => message::send(&peer, format!("error {error}\n").as_bytes(), None),
        }
    }

    fn hold(&mut self, peer: UnixStream, line: &str, descriptor: OwnedFd) -> io::Result<()> {
        let mut words = line.splitn(3, ' ').skip(1);
        let kept = match (words.next().and_then(|m| m.parse().ok()), words.next()) {
            (Some(millis), Some(name)) => self
                .store
                .put(name, descriptor)
                .map(|()| (name, Duration::from_millis(millis))),
            _ => Err("it is hold MILLIS NAME".to_owned()),
        };
        match kept {
            Ok((name, after)) => {
                // Held even where the answer finds nobody: then it is over at once.
                let answered = peer
                    .try_clone()
                    .and_then(|copy| message::send(&copy, b"ok\n", None));
                self.holds.begin(name, peer, after);
                answered
            }
            Err(error) => message::send(&peer, format!("error {error}\n").as_bytes(), None),
        }
    }

    fn answer(&mut self, peer: &UnixStream, line: &str, sent: Option<OwnedFd>) -> io::Result<()> {
        let (verb, name) = line.split_once(' ').unwrap_or((line, ""));
        let error = match (verb, sent) {
            ("put", Some(descriptor)) => match self.store.put(name, descriptor) {
                Ok(()) => {
                    self.holds.end(name);
                    return message::send(peer, b"ok\n", None);
                }
                Err(error) => error,
            },
            ("put", None) => "put without a descriptor".to_owned(),
            ("get", None) => {
                let found = self.store.get(name);
                let answer: &[u8] = if found.is_some() { b"ok\n" } else { b"none\n" };
                return message::send(peer, answer, found);
            }
            ("drop", None) => {
                self.store.remove(name);
                self.holds.end(name);
                return message::send(peer, b"ok\n", None);
            }
            ("version", None) => {
                return message::send(peer, format!("ok\n{VERSION}\n").as_bytes(), None);
            }
            ("list", None) => {
                let names: String = self.store.names().map(|name| format!("{name}\n")).collect();
                return message::send(peer, format!("ok\n{names}").as_bytes(), None);
            }
            _ => "requests are put NAME, get NAME, drop NAME, list, hold MILLIS NAME, version"
                .to_owned(),
        };
        message::send(peer, format!("error {error}\n").as_bytes(), None)
    }
}

fn request(peer: &UnixStream) -> io::Result<(String, Option<OwnedFd>)> {
    let mut bytes = [0; REQUEST_BYTES];
    let mut length = 0;
    let mut descriptor = None;
    loop {
        let (count, sent) = message::receive(peer, &mut bytes[length..])?;
        if sent.is_some() {
            descriptor = sent;
        }
        length += count;
        if let Some(end) = bytes[..length].iter().position(|&b| b == b'\n') {
            let line = str::from_utf8(&bytes[..end]).map_err(io::Error::other)?;
            return Ok((line.to_owned(), descriptor));
        }
        if count == 0 || length == REQUEST_BYTES {
            return Err(io::Error::other(
                "a request is one line of at most 512 bytes",
            ));
        }
    }
}

fn descriptor_limit() -> usize {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: `limit` outlives the call.
    match unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) } {
        0 => usize::try_from(limit.rlim_cur).unwrap_or(usize::MAX),
        _ => 1024,
    }
}
