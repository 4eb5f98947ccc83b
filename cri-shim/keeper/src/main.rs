//! `cofferdam-keeper SOCKET`: holds descriptors for the shim, one process a node.
//!
//! The shim may be killed or replaced at any time; a pipe whose last descriptor closes loses what
//! is in it. So the shim leaves a copy of each such descriptor here, under a name, and asks for it
//! again when it comes back. There is nothing else in this process, so that there is no reason to
//! ever restart it.

mod holds;
mod message;
mod server;
mod store;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(socket), None) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: cofferdam-keeper SOCKET");
        return ExitCode::from(2);
    };
    detach();
    match server::Server::open(Path::new(&socket)) {
        Ok(mut server) => server.run(),
        Err(error) => {
            eprintln!("cofferdam-keeper: {}: {error}", socket.display());
            // Losing the race for the socket is what a second starter expects.
            ExitCode::from(if error.kind() == std::io::ErrorKind::WouldBlock {
                3
            } else {
                1
            })
        }
    }
}

/// A session of its own, so that no terminal and no group signal of the shim's reaches this
/// process; and as many descriptors as the hard limit allows.
fn detach() {
    // SAFETY: plain calls without memory of ours, but for `limit`, which outlives them.
    unsafe {
        libc::setsid();
        libc::signal(libc::SIGHUP, libc::SIG_IGN);
        libc::signal(libc::SIGINT, libc::SIG_IGN);
        libc::umask(0o177);
        let mut limit = libc::rlimit {
            rlim_cur: 0,
            rlim_max: 0,
        };
        if libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) == 0 {
            limit.rlim_cur = limit.rlim_max;
            libc::setrlimit(libc::RLIMIT_NOFILE, &limit);
        }
    }
    // Else the folder it was started in could not be unmounted.
    let _ = std::env::set_current_dir("/");
}
