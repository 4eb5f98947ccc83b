//! What a process reads: bytes by their offset, so that a host may send again what it is not sure of.

use std::os::fd::OwnedFd;
use std::time::Duration;

use nix::errno::Errno;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};
use tonic::Code;

use super::watched::watch;
use crate::fault::{Fault, Result};

/// How long one call waits for a process that reads nothing.
const PATIENCE: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 10 });
/// What a terminal in its usual mode takes for the end of input: control and D.
const END_OF_TERMINAL: &[u8] = &[4];

/// One process's standard input. Thread-safe; writes come one after the other.
pub struct Input {
    state: Mutex<State>,
    terminal: bool,
}

struct State {
    sink: Option<AsyncFd<OwnedFd>>,
    offset: u64,
}

/// How far the process's stream has come.
#[derive(Debug, PartialEq, Eq)]
pub struct Progress {
    pub offset: u64,
    pub closed: bool,
}

impl Input {
    pub fn new(sink: OwnedFd, terminal: bool) -> Result<Self> {
        let sink = watch(sink, Interest::WRITABLE, "a process's input")?;
        Ok(Input {
            state: Mutex::new(State {
                sink: Some(sink),
                offset: 0,
            }),
            terminal,
        })
    }

    /// Writes what of these bytes is new.
    pub async fn write(&self, offset: u64, data: &[u8], end: bool) -> Result<Progress> {
        let deadline = Instant::now() + PATIENCE;
        let Ok(mut state) = timeout_at(deadline, self.state.lock()).await else {
            return Err(Fault::new(
                Code::Aborted,
                "another write to this input is waiting",
            ));
        };
        if offset > state.offset {
            return Err(Fault::new(
                Code::OutOfRange,
                format!(
                    "input from offset {offset} on, when {} is next",
                    state.offset
                ),
            ));
        }
        let known = usize::try_from(state.offset - offset).unwrap_or(usize::MAX);
        let fresh = data.get(known..).unwrap_or_default();
        let taken = state.send(fresh, deadline).await;
        if end && taken && state.sink.is_some() {
            if self.terminal {
                state.send_end(deadline).await;
            }
            state.sink = None;
        }
        Ok(Progress {
            offset: state.offset,
            closed: state.sink.is_none(),
        })
    }
}

impl State {
    /// Whether all was written in time. A process that reads no more closes the stream.
    async fn send(&mut self, mut data: &[u8], deadline: Instant) -> bool {
        while !data.is_empty() {
            let Some(sink) = &self.sink else { return false };
            let write = sink.async_io(Interest::WRITABLE, |fd| write(fd, data));
            match timeout_at(deadline, write).await {
                Err(_) => return false,
                Ok(Ok(count)) => {
                    self.offset += count as u64;
                    data = &data[count..];
                }
                Ok(Err(_)) => self.sink = None,
            }
        }
        true
    }

    async fn send_end(&mut self, deadline: Instant) {
        let before = self.offset;
        self.send(END_OF_TERMINAL, deadline).await;
        self.offset = before;
    }
}

fn write(sink: &OwnedFd, data: &[u8]) -> std::io::Result<usize> {
    loop {
        match nix::unistd::write(sink, data) {
            Err(Errno::EINTR) => {}
            other => return other.map_err(Into::into),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn piped() -> (Input, std::io::PipeReader) {
        let (reader, writer) = std::io::pipe().unwrap();
        (Input::new(OwnedFd::from(writer), false).unwrap(), reader)
    }

    #[tokio::test]
    async fn write_repeated_is_written_once() {
        let (input, mut reader) = piped();
        input.write(0, b"abc", false).await.unwrap();
        input.write(0, b"abc", false).await.unwrap();
        let progress = input.write(1, b"bcd", true).await.unwrap();
        assert_eq!(
            progress,
            Progress {
                offset: 4,
                closed: true
            }
        );
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "abcd");
    }

    #[tokio::test]
    async fn write_beyond_what_is_there_is_refused() {
        let (input, _reader) = piped();
        let fault = input.write(1, b"x", false).await.unwrap_err();
        assert_eq!(fault.code, Code::OutOfRange);
    }

    #[tokio::test]
    async fn write_nobody_reads_says_closed() {
        let (input, reader) = piped();
        drop(reader);
        let progress = input.write(0, b"x", false).await.unwrap();
        assert_eq!(
            progress,
            Progress {
                offset: 0,
                closed: true
            }
        );
    }

    #[tokio::test]
    async fn write_process_that_does_not_read_gives_how_far_it_came() {
        let (input, _reader) = piped();
        let mut offset = 0;
        loop {
            let chunk = vec![b'x'; 64 * 1024];
            let progress = input.write(offset, &chunk, false).await.unwrap();
            let whole = progress.offset == offset + chunk.len() as u64;
            assert!(!progress.closed);
            offset = progress.offset;
            if !whole {
                break;
            }
        }
        assert!(offset > 0);
    }
}
