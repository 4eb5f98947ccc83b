//! The stream to the host's file service.

use std::io::{self, Error, ErrorKind, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use nix::sys::socket::{
    AddressFamily, SockFlag, SockType, VsockAddr, connect as connect_socket, setsockopt, socket,
    sockopt,
};
use nix::sys::time::TimeVal;

/// The longest answer to a greeting.
const MAX_ANSWER: usize = 256;

/// Connects to the host on a vsock port, says what is wanted, and waits for the host's `OK`. No step takes longer than
/// `timeout`.
pub fn connect(port: u32, greeting: &[u8], timeout: Duration) -> io::Result<OwnedFd> {
    let stream = socket(
        AddressFamily::Vsock,
        SockType::Stream,
        SockFlag::SOCK_CLOEXEC,
        None,
    )?;
    set_timeouts(&stream, timeout)?;
    connect_socket(
        stream.as_raw_fd(),
        &VsockAddr::new(libc::VMADDR_CID_HOST, port),
    )
    .map_err(|e| Error::other(format!("vsock port {port} of the host: {e}")))?;
    greet(stream, greeting, timeout)
}

/// The same on a stream that is connected already.
pub fn greet(stream: OwnedFd, greeting: &[u8], timeout: Duration) -> io::Result<OwnedFd> {
    let deadline = Instant::now() + timeout;
    set_timeouts(&stream, timeout)?;
    // Any stream socket will do: only `read` and `write` are asked of it.
    let mut socket = UnixStream::from(stream);
    socket.write_all(greeting)?;
    let mut answer = Vec::new();
    let mut byte = [0];
    while byte[0] != b'\n' {
        if answer.len() > MAX_ANSWER || Instant::now() > deadline {
            return Err(Error::new(
                ErrorKind::TimedOut,
                "the host's file service does not answer",
            ));
        }
        socket.read_exact(&mut byte)?;
        answer.push(byte[0]);
    }
    if answer != b"OK\n" {
        let answer = String::from_utf8_lossy(&answer);
        return Err(Error::other(format!(
            "the host's file service: {}",
            answer.trim_end()
        )));
    }
    let stream = OwnedFd::from(socket);
    set_timeouts(&stream, Duration::ZERO)?;
    Ok(stream)
}

/// Zero: wait for ever.
fn set_timeouts(stream: &OwnedFd, timeout: Duration) -> io::Result<()> {
    let time = TimeVal::from(libc::timeval {
        tv_sec: timeout.as_secs() as libc::time_t,
        tv_usec: timeout.subsec_micros() as libc::suseconds_t,
    });
    setsockopt(stream, sockopt::ReceiveTimeout, &time)?;
    setsockopt(stream, sockopt::SendTimeout, &time)?;
    Ok(())
}
