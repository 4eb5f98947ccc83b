//! The agent's side of a launch: starts the launcher, hears from it, and keeps the process.

use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use nix::sys::socket::{
    AddressFamily, ControlMessageOwned, MsgFlags, SockFlag, SockType, recvmsg, socketpair,
};
use nix::unistd::Pid;
use tokio::io::Interest;
use tokio::sync::oneshot;
use tonic::Code;

use super::launcher::{OUTCOME, Order, Outcome, ROLE};
use crate::clock;
use crate::events::Events;
use crate::fault::{Fault, Result, Tried};
use crate::process::reaper::{self, Reaper};
use crate::process::streams::{self, Wanted};
use crate::process::watched::watch;
use crate::process::{Process, set_size};
use crate::proto::{self, ExitEvent, ProcessExit, ProcessRef, event};

/// A launch that takes longer is given up. Under emulation, with the machine busy, one takes a second.
const PATIENCE: Duration = Duration::from_secs(60);

/// What launching takes of the agent.
#[derive(Clone)]
pub struct Context {
    pub reaper: Arc<Reaper>,
    pub events: Arc<Events>,
}

impl Context {
    /// Makes an exit known.
    pub fn ended(
        &self,
        process: &Process,
        reference: ProcessRef,
        status: i32,
        killed_for_memory: bool,
    ) {
        let code = reaper::code_of(status);
        let exit = ProcessExit {
            code,
            out_of_memory: killed_for_memory && code == 128 + libc::SIGKILL as u32,
            unix_nanos: clock::now_unix_nanos(),
        };
        process.ended(exit);
        self.events.add(event::Event::Exit(ExitEvent {
            process: Some(reference),
            exit: Some(exit),
        }));
    }
}

/// Starts a process as ordered. Gives it together with its status to come.
pub async fn launch(
    context: &Context,
    order: &Order,
    wanted: Wanted,
    spec: &proto::Process,
) -> Result<(Arc<Process>, oneshot::Receiver<i32>)> {
    let (ends, raw) = streams::open(wanted)?;
    let (ours, theirs) = socketpair(
        AddressFamily::Unix,
        SockType::SeqPacket,
        None,
        SockFlag::SOCK_CLOEXEC,
    )
    .tried(|| "making a socket pair".to_owned())?;
    let text = serde_json::to_string(order).map_err(|e| Fault::internal(e.to_string()))?;
    let launch = context.reaper.launch();
    let launcher = {
        let theirs = theirs; // Closed below, so that the launcher's end is the socket's end.
        let fd = theirs.as_raw_fd();
        let mut command = Command::new("/proc/self/exe");
        command.arg(ROLE).arg(text).env_clear();
        command
            .stdin(ends.stdin)
            .stdout(ends.stdout)
            .stderr(ends.stderr);
        // SAFETY: dup2 and fcntl are all that happens between fork and exec; both may be called there.
        unsafe {
            command.pre_exec(move || hand_over(fd));
        }
        let child = command
            .spawn()
            .tried(|| "starting the launcher".to_owned())?;
        Pid::from_raw(child.id() as i32)
    };
    let launcher_ended = launch.watch(launcher);
    let (outcome, terminal) = match tokio::time::timeout(PATIENCE, hear(ours)).await {
        Ok(heard) => heard?,
        Err(_) => {
            // SAFETY: the launcher is our child and not reaped while `launcher_ended` has not fired.
            unsafe { libc::kill(launcher.as_raw(), libc::SIGKILL) };
            return Err(Fault::new(
                Code::DeadlineExceeded,
                format!("the launch took longer than {PATIENCE:?}"),
            ));
        }
    };
    let pid = match outcome {
        Outcome::Running(pid) => Pid::from_raw(pid),
        Outcome::NoProgram(why) => return Err(Fault::invalid(why)),
        Outcome::Failed(why) => return Err(failed(why)),
    };
    // Only when the launcher is gone is the process our child.
    let status = launch.watch(pid);
    drop(launcher_ended);
    if let Some(terminal) = &terminal {
        let size = |n: u32, usual: u16| u16::try_from(n).ok().filter(|n| *n > 0).unwrap_or(usual);
        set_size(terminal, size(spec.columns, 80), size(spec.rows, 24))?;
    }
    let process = Arc::new(Process::new(pid, raw.start(wanted, terminal)?));
    Ok((process, status))
}

/// libcontainer says in words what the kernel said in numbers.
fn failed(why: String) -> Fault {
    let code = if why.contains("ENOSPC") || why.contains("No space left") {
        Code::ResourceExhausted
    } else {
        Code::Internal
    };
    Fault::new(code, format!("starting the container: {why}"))
}

fn hand_over(fd: RawFd) -> std::io::Result<()> {
    // SAFETY: plain system calls on descriptors of the new process.
    let done = unsafe {
        if fd == OUTCOME {
            libc::fcntl(fd, libc::F_SETFD, 0)
        } else {
            libc::dup2(fd, OUTCOME)
        }
    };
    if done < 0 {
        Err(std::io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// Waits for the launcher's one message.
async fn hear(socket: OwnedFd) -> Result<(Outcome, Option<OwnedFd>)> {
    let socket = watch(socket, Interest::READABLE, "the launcher")?;
    let mut text = vec![0_u8; 64 * 1024];
    let (count, terminal) = socket
        .async_io(Interest::READABLE, |fd| receive(fd, &mut text))
        .await
        .tried(|| "hearing from the launcher".to_owned())?;
    if count == 0 {
        return Err(Fault::internal("the launcher ended without a word"));
    }
    let outcome = serde_json::from_slice(&text[..count])
        .map_err(|e| Fault::internal(format!("what the launcher said: {e}")))?;
    Ok((outcome, terminal))
}

fn receive(socket: &OwnedFd, text: &mut [u8]) -> std::io::Result<(usize, Option<OwnedFd>)> {
    let mut space = nix::cmsg_space!([RawFd; 1]);
    let mut buffers = [std::io::IoSliceMut::new(text)];
    let message = recvmsg::<()>(
        socket.as_raw_fd(),
        &mut buffers,
        Some(&mut space),
        MsgFlags::MSG_CMSG_CLOEXEC,
    )?;
    let mut terminal = None;
    for control in message.cmsgs()? {
        if let ControlMessageOwned::ScmRights(descriptors) = control {
            // SAFETY: the kernel has just given us these descriptors.
            terminal = descriptors
                .first()
                .map(|fd| unsafe { OwnedFd::from_raw_fd(*fd) });
        }
    }
    Ok((message.bytes, terminal))
}

pub fn write_json(path: &Path, value: &serde_json::Value) -> Result<()> {
    let text = serde_json::to_vec(value).map_err(|e| Fault::internal(e.to_string()))?;
    std::fs::write(path, text).tried(|| format!("writing {}", path.display()))
}

/// The number of a process in its own namespace; 0 if it has ended.
pub fn pid_inside(pid: Pid) -> u32 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    innermost(&status).unwrap_or(0)
}

/// The last number of `NSpid`; of a zombie nothing, as it is on its way out.
fn innermost(status: &str) -> Option<u32> {
    let line = |name: &str| status.lines().find_map(|l| l.strip_prefix(name));
    if line("State:\t").is_some_and(|state| state.starts_with('Z')) {
        return None;
    }
    line("NSpid:")?.split_whitespace().next_back()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn innermost_namespace_counts() {
        assert_eq!(
            innermost("Name:\tx\nState:\tS (sleeping)\nNSpid:\t77\t5\t1\n"),
            Some(1)
        );
        assert_eq!(innermost("State:\tZ (zombie)\nNSpid:\t77\n"), None);
        assert_eq!(innermost(""), None);
    }
}
