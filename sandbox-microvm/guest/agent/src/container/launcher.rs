//! The agent's role of a short-lived process that makes a container or joins one.
//!
//! libcontainer forks, which in a program with several threads ends in locks that nobody opens; and a process with one purpose can
//! simply be given the container's streams as its own. It says what came of it in one message on descriptor 3: JSON, and with a
//! terminal its master. Then it ends, and the container's process becomes the agent's child.

use std::io::IoSlice;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use libcontainer::container::Container;
use libcontainer::container::builder::ContainerBuilder;
use libcontainer::error::LibcontainerError;
use libcontainer::syscall::syscall::SyscallType;
use nix::sys::socket::{ControlMessage, ControlMessageOwned, MsgFlags, recvmsg, sendmsg};
use serde::{Deserialize, Serialize};

use super::program::Program;

pub const ROLE: &str = "launch";
/// Where libcontainer keeps what it knows of containers.
pub const STATE: &str = "/run/cofferdam/libcontainer";
/// The descriptor on which the outcome is told.
pub const OUTCOME: RawFd = 3;

/// What came of a launch.
#[derive(Debug, Serialize, Deserialize)]
pub enum Outcome {
    /// The process runs; its number in the guest.
    Running(i32),
    /// The container is fine, its program cannot be run.
    NoProgram(String),
    Failed(String),
}

/// What to launch.
#[derive(Debug, Serialize, Deserialize)]
pub struct Order {
    pub container_id: String,
    pub bundle: PathBuf,
    /// `process.json` for Exec; None: the container's first process.
    pub process: Option<PathBuf>,
    /// Where to listen for the terminal's master.
    pub console: Option<PathBuf>,
    /// `seccomp.json`.
    pub filter: Option<PathBuf>,
}

/// The role. The one argument is the order, in JSON.
pub fn main(args: &[String]) -> ! {
    let order: Result<Order, String> = args
        .first()
        .ok_or("no order".to_owned())
        .and_then(|text| serde_json::from_str(text).map_err(|e| e.to_string()));
    let (outcome, terminal) = match order.and_then(|order| launch(&order)) {
        Ok((outcome, terminal)) => (outcome, terminal),
        Err(why) => (Outcome::Failed(why), None),
    };
    let told = tell(&outcome, terminal.as_ref());
    std::process::exit(i32::from(told.is_err()))
}

fn tell(outcome: &Outcome, terminal: Option<&OwnedFd>) -> Result<(), String> {
    use std::os::fd::AsRawFd;
    let text = serde_json::to_vec(outcome).map_err(|e| e.to_string())?;
    let descriptors: Vec<RawFd> = terminal.iter().map(|t| t.as_raw_fd()).collect();
    let rights = [ControlMessage::ScmRights(&descriptors)];
    let control: &[ControlMessage] = if descriptors.is_empty() { &[] } else { &rights };
    sendmsg::<()>(
        OUTCOME,
        &[IoSlice::new(&text)],
        control,
        MsgFlags::empty(),
        None,
    )
    .map_err(|e| e.to_string())?;
    Ok(())
}

fn launch(order: &Order) -> Result<(Outcome, Option<OwnedFd>), String> {
    close_on_exec(OUTCOME);
    let listener = match &order.console {
        Some(path) => {
            Some(UnixListener::bind(path).map_err(|e| format!("{}: {e}", path.display()))?)
        }
        None => None,
    };
    let (program, failures) = Program::new(order.filter.as_deref())?;
    let built = build(order, program);
    let pid = match built {
        Ok(pid) => pid,
        Err(e) => {
            let why = failures.read();
            return match why {
                Some(why) => Ok((Outcome::NoProgram(why), None)),
                None => Err(chain(&e)),
            };
        }
    };
    if let Some(why) = failures.read() {
        return Ok((Outcome::NoProgram(why), None));
    }
    let terminal = match listener {
        Some(listener) => Some(receive(&listener)?),
        None => None,
    };
    Ok((Outcome::Running(pid), terminal))
}

fn build(order: &Order, program: Program) -> Result<i32, LibcontainerError> {
    let builder = ContainerBuilder::new(order.container_id.clone(), SyscallType::default())
        .with_root_path(Path::new(STATE))?
        .with_console_socket(order.console.as_ref())
        .with_executor(program);
    match &order.process {
        Some(process) => {
            let tenant = builder
                .as_tenant()
                .with_detach(true)
                .with_process(Some(process));
            Ok(tenant.build()?.as_raw())
        }
        None => {
            let mut container: Container = builder
                .as_init(&order.bundle)
                .with_systemd(false)
                .with_detach(true)
                .build()?;
            container.start()?;
            container
                .pid()
                .map(|pid| pid.as_raw())
                .ok_or_else(|| LibcontainerError::Other("a container without a process".to_owned()))
        }
    }
}

/// An error with all that it says came before.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

/// Takes the master that libcontainer sends over the console socket.
fn receive(listener: &UnixListener) -> Result<OwnedFd, String> {
    use std::os::fd::AsRawFd;
    let (stream, _) = listener
        .accept()
        .map_err(|e| format!("the console socket: {e}"))?;
    let mut name = [0_u8; 256];
    let mut space = nix::cmsg_space!([RawFd; 1]);
    let mut buffers = [std::io::IoSliceMut::new(&mut name)];
    let message = recvmsg::<()>(
        stream.as_raw_fd(),
        &mut buffers,
        Some(&mut space),
        MsgFlags::MSG_CMSG_CLOEXEC,
    )
    .map_err(|e| format!("the console socket: {e}"))?;
    for control in message.cmsgs().map_err(|e| e.to_string())? {
        if let ControlMessageOwned::ScmRights(descriptors) = control
            && let Some(fd) = descriptors.first()
        {
            // SAFETY: the kernel has just given us this descriptor.
            return Ok(unsafe { OwnedFd::from_raw_fd(*fd) });
        }
    }
    Err("the console socket brought no terminal".to_owned())
}

pub fn close_on_exec(fd: RawFd) {
    // SAFETY: changes a flag of a descriptor; one that is not open is an error without effect.
    unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) };
}
