//! `cofferdam-files --guest SOCKET --guest-owner UID:GID --control SOCKET`
//!
//! Serves the volumes that come over the control socket to the guest behind the other one, until it is killed. Both
//! sockets exist before it gives up its file system, and answer once it has.

use std::fs;
use std::io;
use std::os::unix::fs::lchown;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use cofferdam_files::greeting::Service;
use cofferdam_files::volumes::Volumes;
use cofferdam_files::{control, jail, seccomp};
use nix::sys::stat::{Mode, umask};

/// Descriptors that are not for guests.
const RESERVE: u64 = 512;

struct Arguments {
    guest: PathBuf,
    owner: (u32, u32),
    control: PathBuf,
}

fn main() -> ExitCode {
    let result = arguments().and_then(|a| run(&a).map_err(|e| e.to_string()));
    if let Err(why) = result {
        eprintln!("cofferdam-files: {why}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn arguments() -> Result<Arguments, String> {
    let usage = || {
        "usage: cofferdam-files --guest SOCKET --guest-owner UID:GID --control SOCKET".to_owned()
    };
    let words: Vec<_> = std::env::args().skip(1).collect();
    let [a, guest, b, owner, c, control] = words.as_slice() else {
        return Err(usage());
    };
    if [a.as_str(), b, c] != ["--guest", "--guest-owner", "--control"] {
        return Err(usage());
    }
    let (uid, gid) = owner.split_once(':').ok_or_else(usage)?;
    Ok(Arguments {
        guest: guest.into(),
        owner: (
            uid.parse().map_err(|_| usage())?,
            gid.parse().map_err(|_| usage())?,
        ),
        control: control.into(),
    })
}

fn run(arguments: &Arguments) -> io::Result<()> {
    umask(Mode::from_bits_truncate(0o177));
    let guest = bind(&arguments.guest)?;
    // The folder may be the monitor's own: a link there is not followed.
    lchown(
        &arguments.guest,
        Some(arguments.owner.0),
        Some(arguments.owner.1),
    )?;
    let shim = bind(&arguments.control)?;

    let own_descriptors = jail::own_descriptors()?;
    let descriptors = jail::limit()?;
    jail::leave_the_file_system()?;
    jail::drop_capabilities()?;
    seccomp::apply()?;

    let volumes = Arc::new(Volumes::default());
    let limit = descriptors.saturating_sub(RESERVE);
    let service = Arc::new(Service::new(Arc::clone(&volumes), own_descriptors, limit));
    thread::Builder::new().spawn(move || service.listen(&guest))?;
    control::listen(&shim, &volumes);
    Ok(())
}

/// A socket that only its owner can connect to, from the moment it is there.
fn bind(path: &PathBuf) -> io::Result<UnixListener> {
    let named = |e: io::Error| io::Error::new(e.kind(), format!("{}: {e}", path.display()));
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(named(e)),
        _ => {} // A predecessor's, who left it.
    }
    UnixListener::bind(path).map_err(named)
}
