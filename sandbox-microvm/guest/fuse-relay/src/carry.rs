//! The two loops.

use std::io::{self, Error, ErrorKind, Read, Write};
use std::os::fd::{AsFd, OwnedFd};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::{read, write};

/// The most bytes of a file in one message; the host's file service has the same.
pub const MAX_DATA: usize = 256 * 1024;
/// With the room for headers and names that FUSE itself gives.
const MAX_MESSAGE: usize = MAX_DATA + 4096;
const REPLY_HEADER: usize = 16;

/// Requests of the kernel, to the host. Returns when the folder was unmounted, or the stream was shut down.
pub fn requests(device: &OwnedFd, stream: &OwnedFd) -> io::Result<()> {
    let mut buffer = vec![0; MAX_MESSAGE];
    loop {
        let mut watched = [
            PollFd::new(device.as_fd(), PollFlags::POLLIN),
            PollFd::new(stream.as_fd(), PollFlags::empty()), // Only whether it is over.
        ];
        match poll(&mut watched, PollTimeout::NONE) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(e) => return Err(e.into()),
        }
        if watched[1].revents().is_some_and(|e| !e.is_empty()) {
            return Ok(());
        }
        match read(device, &mut buffer) {
            Ok(length) => Stream(stream).write_all(&buffer[..length])?,
            Err(Errno::ENODEV) => return Ok(()),
            // ENOENT: the caller was interrupted and has taken its request back.
            Err(Errno::EINTR | Errno::EAGAIN | Errno::ENOENT) => {}
            Err(e) => return Err(e.into()),
        }
    }
}

/// Replies of the host, to the kernel. `first` is called once the kernel has taken the first one, the reply to INIT, with the
/// error in it.
pub fn replies(
    device: &OwnedFd,
    stream: &OwnedFd,
    first: impl FnOnce(io::Result<()>),
) -> io::Result<()> {
    let mut buffer = vec![0; MAX_MESSAGE];
    let mut first = Some(first);
    loop {
        Stream(stream).read_exact(&mut buffer[..REPLY_HEADER])?;
        let word =
            |at: usize| i32::from_le_bytes(buffer[at..at + 4].try_into().expect("four bytes"));
        let (length, error) = (word(0) as u32 as usize, word(4));
        if !(REPLY_HEADER..=MAX_MESSAGE).contains(&length) {
            let what = format!("a reply of {length} bytes");
            return Err(Error::new(ErrorKind::InvalidData, what));
        }
        Stream(stream).read_exact(&mut buffer[REPLY_HEADER..length])?;
        match write(device, &buffer[..length]) {
            Ok(_) => {}
            Err(Errno::ENODEV) => return Ok(()),
            // ENOENT: nobody waits for it any more.
            Err(Errno::ENOENT | Errno::EINTR) => {}
            Err(e) => return Err(e.into()),
        }
        if let Some(first) = first.take() {
            first(match error {
                0 => Ok(()),
                errno => Err(Error::from_raw_os_error(-errno)),
            });
        }
    }
}

/// A stream socket of any family.
struct Stream<'a>(&'a OwnedFd);

impl Read for Stream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(read(self.0, buffer)?)
    }
}

impl Write for Stream<'_> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        // Without a signal where the host has gone.
        let flags = nix::sys::socket::MsgFlags::MSG_NOSIGNAL;
        let number = std::os::fd::AsRawFd::as_raw_fd(self.0);
        Ok(nix::sys::socket::send(number, buffer, flags)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
