//! One mounted volume: requests in, replies out, until the guest or the shim ends it.

use std::fs::File;
use std::io::{self, Write};
use std::net::Shutdown;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::exchange::{Exchange, MAX_DATA, REPLY_HEADER};
use crate::gate;
use crate::volume::{FileSystem, Volume, enter};

/// How many requests of one volume are worked on at once; a guest that asks for more waits.
const WORKERS: usize = 8;
/// When nothing happens for so long, threads go and memory is given back.
const IDLE: Duration = Duration::from_secs(5);
const STACK: usize = 512 * 1024;
/// Requests that the guest's kernel may leave open at once on its own account (read-ahead, write-back).
const MAX_BACKGROUND: u16 = 64;

/// Workers take turns: one reads the next request while the others work. So a request that takes long (an fsync, a
/// network file system) does not hold up the rest.
pub struct Session {
    stream: Arc<UnixStream>,
    files: FileSystem,
    root: OwnedFd,
    turns: Mutex<Turns>,
    changed: Condvar,
    replying: Mutex<()>,
}

struct Turns {
    reading: bool,
    waiting: usize,
    workers: usize,
    initialised: bool,
    over: bool,
}

/// Serves `volume` on `stream` and returns when all is over: the guest unmounted, broke the protocol, or the stream was shut down.
pub fn serve(
    stream: Arc<UnixStream>,
    volume: &Volume,
    own_descriptors: &File,
    descriptor_limit: u64,
) -> io::Result<()> {
    let root = volume.root.as_fd().try_clone_to_owned()?;
    enter(&root)?;
    let session = Arc::new(Session {
        stream,
        files: FileSystem::new(volume.mode, own_descriptors, descriptor_limit)?,
        root,
        turns: Mutex::new(Turns {
            reading: false,
            waiting: 0,
            workers: 1,
            initialised: false,
            over: false,
        }),
        changed: Condvar::new(),
        replying: Mutex::new(()),
    });
    let result = session.work(true);
    session.end();
    result
}

impl Session {
    fn lock(&self) -> MutexGuard<'_, Turns> {
        self.turns.lock().expect("no thread panics")
    }

    /// The first worker stays to the end; the others leave when they are not needed.
    fn work(self: &Arc<Self>, first: bool) -> io::Result<()> {
        let mut exchange = Exchange::new()?;
        while self.take_turn(first) {
            let Some(length) = self.next_request(&mut exchange)? else {
                return Ok(());
            };
            let opcode = gate::opcode(exchange.request(length));
            self.check_order(opcode)?;
            if opcode == gate::DESTROY {
                return Ok(());
            }
            if opcode == gate::INIT {
                // Nothing else is read before it is answered.
                self.answer(&mut exchange, length, opcode)?;
                self.pass_turn();
            } else {
                self.pass_turn();
                self.answer(&mut exchange, length, opcode)?;
            }
        }
        Ok(())
    }

    fn take_turn(&self, first: bool) -> bool {
        let mut turns = self.lock();
        turns.waiting += 1;
        while turns.reading && !turns.over {
            let (guard, waited) = self
                .changed
                .wait_timeout(turns, IDLE)
                .expect("no thread panics");
            turns = guard;
            if waited.timed_out() && !first && turns.reading && !turns.over {
                turns.waiting -= 1;
                return false;
            }
        }
        turns.waiting -= 1;
        turns.reading = true;
        !turns.over
    }

    fn pass_turn(self: &Arc<Self>) {
        let mut turns = self.lock();
        turns.reading = false;
        if turns.waiting > 0 {
            self.changed.notify_one();
        } else if turns.workers < WORKERS && !turns.over {
            turns.workers += 1;
            drop(turns);
            self.hire();
        }
    }

    fn hire(self: &Arc<Self>) {
        let session = Arc::clone(self);
        let hired = thread::Builder::new().stack_size(STACK).spawn(move || {
            let result = enter(&session.root).and_then(|()| session.work(false));
            let ends = result.is_err() || session.lock().over;
            session.lock().workers -= 1;
            if ends {
                session.end();
            }
        });
        if hired.is_err() {
            self.lock().workers -= 1; // We go on with those we have.
        }
    }

    fn next_request(&self, exchange: &mut Exchange) -> io::Result<Option<usize>> {
        let mut watched = [PollFd::new(self.stream.as_fd(), PollFlags::POLLIN)];
        let timeout = PollTimeout::try_from(IDLE).expect("some seconds");
        if poll(&mut watched, timeout)? == 0 {
            exchange.release();
        }
        let length = exchange.receive(&mut &*self.stream)?;
        if length.is_none() {
            self.lock().over = true;
        }
        Ok(length)
    }

    /// INIT comes first and once: a second would throw away the files that other workers have in hand.
    fn check_order(&self, opcode: u32) -> io::Result<()> {
        let mut turns = self.lock();
        let init = opcode == gate::INIT;
        if init == turns.initialised {
            let what = if init {
                "a second INIT"
            } else {
                "no INIT first"
            };
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        turns.initialised = true;
        turns.over |= opcode == gate::DESTROY;
        Ok(())
    }

    fn answer(&self, exchange: &mut Exchange, length: usize, opcode: u32) -> io::Result<()> {
        let unique = gate::unique(exchange.request(length));
        let answered = match gate::check(exchange.request(length)) {
            Ok(()) => match self.files.serve(exchange, length) {
                Ok(length) => Ok(length),
                Err(_) => Err(libc::EINVAL), // Too short, or no text where there should be.
            },
            Err(errno) => Err(errno),
        };
        if !gate::wants_reply(opcode) {
            return Ok(());
        }
        match answered {
            Ok(length) => {
                if opcode == gate::INIT {
                    bound(exchange.reply_mut(length));
                }
                self.reply(exchange.reply(length))
            }
            Err(errno) => {
                let mut reply = [0; REPLY_HEADER];
                reply[..4].copy_from_slice(&(REPLY_HEADER as u32).to_le_bytes());
                reply[4..8].copy_from_slice(&(-errno).to_le_bytes());
                reply[8..].copy_from_slice(&unique.to_le_bytes());
                self.reply(&reply)
            }
        }
    }

    fn reply(&self, bytes: &[u8]) -> io::Result<()> {
        let _whole = self.replying.lock().expect("no thread panics");
        (&*self.stream).write_all(bytes)
    }

    fn end(&self) {
        self.lock().over = true;
        let _ = self.stream.shutdown(Shutdown::Both); // It may be over already.
        self.changed.notify_all();
    }
}

/// Writes our bounds into the reply to INIT: the library's are larger than our buffers (`struct fuse_init_out`).
fn bound(reply: &mut [u8]) {
    let failed = reply[4..8] != [0; 4];
    if failed || reply.len() < REPLY_HEADER + 30 {
        return;
    }
    let out = &mut reply[REPLY_HEADER..];
    out[16..18].copy_from_slice(&MAX_BACKGROUND.to_le_bytes());
    out[18..20].copy_from_slice(&(MAX_BACKGROUND / 4 * 3).to_le_bytes());
    out[20..24].copy_from_slice(&(MAX_DATA as u32).to_le_bytes());
    out[28..30].copy_from_slice(&((MAX_DATA / 4096) as u16).to_le_bytes());
}
