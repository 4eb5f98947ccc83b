//! Processes as the host sees them: a container's first one, and those begun by Exec.

pub mod early;
pub mod input;
pub mod output;
pub mod reaper;
pub mod streams;
pub mod watched;

use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use nix::sys::signal::kill;
use nix::unistd::Pid;
use tokio::sync::watch;

use crate::fault::{Fault, Result};
use crate::proto::{ProcessExit, StandardStream};
use input::Input;
use output::Output;

/// A process that was started; it may have ended long ago.
pub struct Process {
    pub pid: Pid,
    started: Instant,
    exit: watch::Sender<Option<ProcessExit>>,
    pub stdin: Option<Arc<Input>>,
    pub stdout: Option<Arc<Output>>,
    pub stderr: Option<Arc<Output>>,
    terminal: Mutex<Option<OwnedFd>>,
}

impl Process {
    pub fn new(pid: Pid, ends: streams::HostEnds) -> Self {
        Process {
            pid,
            started: Instant::now(),
            exit: watch::Sender::new(None),
            stdin: ends.stdin,
            stdout: ends.stdout,
            stderr: ends.stderr,
            terminal: Mutex::new(ends.terminal),
        }
    }

    pub fn exit(&self) -> Option<ProcessExit> {
        *self.exit.borrow()
    }

    /// Writes down how the process ended, once; the first word counts.
    pub fn ended(&self, exit: ProcessExit) {
        self.exit.send_if_modified(|known| {
            let first = known.is_none();
            if first {
                *known = Some(exit);
            }
            first
        });
        for output in self.stdout.iter().chain(&self.stderr) {
            output.writers_ended();
        }
    }

    pub async fn wait(&self) -> Result<ProcessExit> {
        let mut known = self.exit.subscribe();
        let exit = known
            .wait_for(Option::is_some)
            .await
            .map_err(|_| Fault::missing("the process was deleted while it was waited for"))?;
        (*exit).ok_or_else(|| Fault::internal("an exit without a status"))
    }

    /// Sends a signal to a process that has not ended. The lock is the reaper's: see there.
    pub fn signal(&self, reaper: &reaper::Reaper, signal: i32) -> Result<()> {
        reaper.while_unreaped(self.pid, || {
            // SAFETY: the number was checked to be a signal's.
            let sent = unsafe { libc::kill(self.pid.as_raw(), signal) };
            if sent == 0 {
                return Ok(());
            }
            match nix::errno::Errno::last() {
                nix::errno::Errno::ESRCH => Ok(()),
                e => Err(Fault::internal(format!(
                    "sending signal {signal} to process {}: {e}",
                    self.pid
                ))),
            }
        })
    }

    pub fn alive(&self) -> bool {
        self.exit().is_none() && kill(self.pid, None).is_ok()
    }

    pub fn resize(&self, columns: u32, rows: u32) -> Result<()> {
        let size = |n: u32| {
            u16::try_from(n)
                .map_err(|_| Fault::invalid(format!("a terminal of {columns} by {rows}")))
        };
        let (columns, rows) = (size(columns)?, size(rows)?);
        let terminal = self
            .terminal
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        match terminal.as_ref() {
            Some(terminal) => set_size(terminal, columns, rows),
            None => Err(Fault::state("the process has no terminal")),
        }
    }

    pub fn output(&self, stream: StandardStream) -> Result<&Arc<Output>> {
        let output = match stream {
            StandardStream::Stdout => &self.stdout,
            StandardStream::Stderr => &self.stderr,
            StandardStream::Unspecified => return Err(Fault::invalid("no stream named")),
        };
        output
            .as_ref()
            .ok_or_else(|| Fault::state(format!("{} is not connected", stream.as_str_name())))
    }
}

/// Tells a terminal its size, in characters.
pub fn set_size(terminal: &OwnedFd, columns: u16, rows: u16) -> Result<()> {
    let size = libc::winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    // SAFETY: TIOCSWINSZ reads one winsize, which lives until after the call.
    let done = unsafe { libc::ioctl(terminal.as_raw_fd(), libc::TIOCSWINSZ, &size) };
    if done != 0 {
        let e = std::io::Error::last_os_error();
        return Err(Fault::internal(format!("resizing a terminal: {e}")));
    }
    Ok(())
}
