//! The two ends of a process's standard streams: the process's own, which it is started with, and ours.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::sync::Arc;

use super::input::Input;
use super::output::Output;
use crate::fault::{Result, Tried};

/// Which streams are connected; the others are /dev/null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub stdin: bool,
    pub stdout: bool,
    pub stderr: bool,
    pub terminal: bool,
}

/// What the process gets.
pub struct ProcessEnds {
    pub stdin: Stdio,
    pub stdout: Stdio,
    pub stderr: Stdio,
}

/// What the agent keeps.
#[derive(Default)]
pub struct HostEnds {
    pub stdin: Option<Arc<Input>>,
    pub stdout: Option<Arc<Output>>,
    pub stderr: Option<Arc<Output>>,
    pub terminal: Option<OwnedFd>,
}

/// The agent's ends before anybody reads them: the pumps start when the process has.
#[derive(Default)]
pub struct RawEnds {
    stdin: Option<OwnedFd>,
    stdout: Option<OwnedFd>,
    stderr: Option<OwnedFd>,
}

/// Makes the pipes. With a terminal there are none: the terminal is made inside the container.
pub fn open(wanted: Wanted) -> Result<(ProcessEnds, RawEnds)> {
    let mut raw = RawEnds::default();
    let pipes = !wanted.terminal;
    let stdin = if wanted.stdin && pipes {
        let (reader, writer) = std::io::pipe().tried(|| "making a pipe".to_owned())?;
        raw.stdin = Some(writer.into());
        Stdio::from(reader)
    } else {
        null(false)?
    };
    let stdout = output(wanted.stdout && pipes, &mut raw.stdout)?;
    let stderr = output(wanted.stderr && pipes, &mut raw.stderr)?;
    let ends = ProcessEnds {
        stdin,
        stdout,
        stderr,
    };
    Ok((ends, raw))
}

fn output(wanted: bool, kept: &mut Option<OwnedFd>) -> Result<Stdio> {
    if !wanted {
        return null(true);
    }
    let (reader, writer) = std::io::pipe().tried(|| "making a pipe".to_owned())?;
    *kept = Some(reader.into());
    Ok(Stdio::from(writer))
}

fn null(write: bool) -> Result<Stdio> {
    let file = File::options()
        .read(!write)
        .write(write)
        .open("/dev/null")
        .tried(|| "opening /dev/null".to_owned())?;
    Ok(Stdio::from(file))
}

impl RawEnds {
    /// Begins to read what the process writes.
    pub fn start(self, wanted: Wanted, terminal: Option<OwnedFd>) -> Result<HostEnds> {
        if let Some(terminal) = terminal {
            let again = || {
                terminal
                    .try_clone()
                    .tried(|| "copying a terminal".to_owned())
            };
            let stdin = if wanted.stdin {
                Some(Arc::new(Input::new(again()?, true)?))
            } else {
                None
            };
            return Ok(HostEnds {
                stdin,
                // Read even if nobody wants it: else the terminal fills up and the process waits.
                stdout: Some(Output::pump(again()?)?),
                stderr: None,
                terminal: Some(terminal),
            });
        }
        Ok(HostEnds {
            stdin: match self.stdin {
                Some(sink) => Some(Arc::new(Input::new(sink, false)?)),
                None => None,
            },
            stdout: self.stdout.map(Output::pump).transpose()?,
            stderr: self.stderr.map(Output::pump).transpose()?,
            terminal: None,
        })
    }
}
