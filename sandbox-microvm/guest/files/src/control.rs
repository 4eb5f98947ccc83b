//! The shim's side: volumes come and go over a Unix socket that only root can open.
//!
//! One line per command, one line back:
//! `add TAG MODE` with the folder's descriptor beside it; `remove TAG`; `list`. The answer is `ok`, with the tags after `list`, or
//! `error` and why.

use std::io::{self, IoSliceMut, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread;
use std::time::Duration;

use nix::cmsg_space;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg};

use crate::volume::Volume;
use crate::volumes::Volumes;

const MAX_LINE: usize = 256;
/// A client that says nothing for so long has gone.
const SILENCE: Duration = Duration::from_secs(30);

/// Serves one client after the other, for ever.
pub fn listen(listener: &UnixListener, volumes: &Volumes) {
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                let _ = converse(&stream, volumes); // The client sees the end of it.
            }
            Err(_) => thread::sleep(Duration::from_millis(100)),
        }
    }
}

fn converse(stream: &UnixStream, volumes: &Volumes) -> io::Result<()> {
    stream.set_read_timeout(Some(SILENCE))?;
    stream.set_write_timeout(Some(SILENCE))?;
    while let Some((line, descriptor)) = receive(stream)? {
        let answer = match obey(&line, descriptor, volumes) {
            Ok(answer) => format!("ok{answer}\n"),
            Err(why) => format!("error {why}\n"),
        };
        (&mut &*stream).write_all(answer.as_bytes())?;
    }
    Ok(())
}

fn obey(line: &str, descriptor: Option<OwnedFd>, volumes: &Volumes) -> Result<String, String> {
    let words: Vec<_> = line.split(' ').collect();
    match words.as_slice() {
        ["add", tag, mode] => {
            let root = descriptor.ok_or("no descriptor came with it")?;
            volumes.add(tag, Volume::of(root, mode.parse()?)?)?;
            Ok(String::new())
        }
        ["remove", tag] => {
            volumes.remove(tag);
            Ok(String::new())
        }
        ["list"] => Ok(volumes.tags().iter().map(|t| format!(" {t}")).collect()),
        _ => Err(format!("{line:?} is no command")),
    }
}

fn receive(stream: &UnixStream) -> io::Result<Option<(String, Option<OwnedFd>)>> {
    let mut line = Vec::new();
    let mut descriptor = None;
    while line.last() != Some(&b'\n') {
        if line.len() > MAX_LINE {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut bytes = [0; MAX_LINE];
        let mut space = cmsg_space!([i32; 4]);
        let mut parts = [IoSliceMut::new(&mut bytes)];
        let message = recvmsg::<()>(
            stream.as_raw_fd(),
            &mut parts,
            Some(&mut space),
            MsgFlags::MSG_CMSG_CLOEXEC,
        )?;
        for control in message.cmsgs()? {
            if let ControlMessageOwned::ScmRights(numbers) = control {
                for number in numbers {
                    // SAFETY: the kernel has just made it, for us.
                    descriptor = Some(unsafe { OwnedFd::from_raw_fd(number) });
                }
            }
        }
        let count = message.bytes;
        if count == 0 {
            return Ok(None);
        }
        line.extend_from_slice(&bytes[..count]);
    }
    line.pop();
    let line = String::from_utf8(line).map_err(|_| io::ErrorKind::InvalidData)?;
    Ok(Some((line, descriptor)))
}
