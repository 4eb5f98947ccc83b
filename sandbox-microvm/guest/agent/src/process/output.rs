//! What a process writes, kept until the host has acknowledged it.
//!
//! A pump takes bytes from the process's pipe into a bounded buffer. When the buffer is full the pump stops, the pipe fills,
//! and the process waits in its `write`. The host reads from any offset that it has not acknowledged, as often as it wants: a host
//! that died between reading and writing down reads the same bytes again.

use std::collections::VecDeque;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::{Notify, watch};
use tonic::Code;

use super::watched::watch;
use crate::fault::{Fault, Result};

/// What is kept of a stream at most, in bytes.
pub const CAPACITY: usize = 256 * 1024;
/// The most bytes in one chunk.
pub const CHUNK: usize = 64 * 1024;

/// One stream of output. Thread-safe.
pub struct Output {
    kept: Mutex<Kept>,
    /// Bytes came, the stream ended, or a reader was displaced.
    news: watch::Sender<u64>,
    /// Bytes were acknowledged.
    room: Notify,
    /// All processes that could write have ended.
    no_writers: watch::Sender<bool>,
}

struct Kept {
    /// Offset of the first byte in `bytes`: all before was acknowledged.
    start: u64,
    bytes: VecDeque<u8>,
    ended: bool,
    /// Counts the readers: only the newest gets anything.
    reader: u64,
}

/// A part of the stream; `end` when nothing comes after it.
#[derive(Debug, PartialEq, Eq)]
pub struct Chunk {
    pub offset: u64,
    pub data: Bytes,
    pub end: bool,
}

impl Output {
    /// Begins to read from a pipe, or from a terminal's master.
    pub fn pump(source: OwnedFd) -> Result<Arc<Output>> {
        let output = Arc::new(Output::new());
        let source = watch(source, Interest::READABLE, "a process's output")?;
        tokio::spawn(run(Arc::clone(&output), source));
        Ok(output)
    }

    fn new() -> Self {
        Output {
            kept: Mutex::new(Kept {
                start: 0,
                bytes: VecDeque::new(),
                ended: false,
                reader: 0,
            }),
            news: watch::Sender::new(0),
            room: Notify::new(),
            no_writers: watch::Sender::new(false),
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// No process will write any more: what is in the pipe is the rest.
    pub fn writers_ended(&self) {
        self.no_writers.send_replace(true);
    }

    /// Begins to read at an offset, and ends whoever read before.
    pub fn open(self: &Arc<Self>, offset: u64) -> Result<Reader> {
        let mut kept = self.kept();
        kept.check(offset)?;
        kept.reader += 1;
        let number = kept.reader;
        drop(kept);
        self.news.send_modify(|n| *n += 1);
        Ok(Reader {
            output: Arc::clone(self),
            number,
            offset,
            done: false,
        })
    }

    /// Forgets all bytes before an offset.
    pub fn acknowledge(&self, offset: u64) -> Result<()> {
        let mut kept = self.kept();
        if offset < kept.start {
            return Ok(());
        }
        kept.check(offset)?;
        let count = (offset - kept.start) as usize;
        kept.bytes.drain(..count);
        kept.start = offset;
        if kept.bytes.is_empty() {
            kept.bytes.shrink_to(CHUNK);
        }
        drop(kept);
        self.room.notify_one();
        Ok(())
    }

    fn append(&self, data: &[u8]) {
        self.kept().bytes.extend(data);
        self.news.send_modify(|n| *n += 1);
    }

    fn end(&self) {
        self.kept().ended = true;
        self.news.send_modify(|n| *n += 1);
    }

    async fn await_room(&self) -> usize {
        loop {
            let room = CAPACITY - self.kept().bytes.len().min(CAPACITY);
            if room > 0 {
                return room;
            }
            self.room.notified().await;
        }
    }
}

impl Kept {
    fn check(&self, offset: u64) -> Result<()> {
        let end = self.start + self.bytes.len() as u64;
        if offset < self.start || offset > end {
            return Err(Fault::new(
                Code::OutOfRange,
                format!(
                    "offset {offset} of an output of which {} to {end} is kept",
                    self.start
                ),
            ));
        }
        Ok(())
    }
}

/// One way through the stream.
pub struct Reader {
    output: Arc<Output>,
    number: u64,
    offset: u64,
    done: bool,
}

impl Reader {
    /// The next part, as soon as there is one; nothing after the end. ABORTED once another reader took over.
    pub async fn next(&mut self) -> Result<Option<Chunk>> {
        if self.done {
            return Ok(None);
        }
        let mut news = self.output.news.subscribe();
        loop {
            news.borrow_and_update();
            if let Some(chunk) = self.take()? {
                self.offset += chunk.data.len() as u64;
                self.done = chunk.end;
                return Ok(Some(chunk));
            }
            if news.changed().await.is_err() {
                return Ok(None);
            }
        }
    }

    fn take(&self) -> Result<Option<Chunk>> {
        let kept = self.output.kept();
        if kept.reader != self.number {
            return Err(Fault::new(
                Code::Aborted,
                "another reader of this output took over",
            ));
        }
        // What was acknowledged ahead of this reader need not be sent any more.
        let offset = self.offset.max(kept.start);
        let from = (offset - kept.start) as usize;
        let count = (kept.bytes.len() - from).min(CHUNK);
        let end = kept.ended && from + count == kept.bytes.len();
        if count == 0 && !end {
            return Ok(None);
        }
        let data = kept.bytes.range(from..from + count).copied().collect();
        Ok(Some(Chunk { offset, data, end }))
    }
}

async fn run(output: Arc<Output>, source: AsyncFd<OwnedFd>) {
    let mut buffer = vec![0; 16 * 1024];
    let mut no_writers = output.no_writers.subscribe();
    loop {
        let room = output.await_room().await.min(buffer.len());
        let draining = *no_writers.borrow_and_update();
        let read = if draining {
            read_now(&source, &mut buffer[..room])
        } else {
            tokio::select! {
                read = source.async_io(Interest::READABLE, |fd| read(fd, &mut buffer[..room])) => read,
                _ = no_writers.changed() => continue,
            }
        };
        match read {
            // A terminal whose last process has closed it says EIO.
            Ok(0) | Err(_) => break,
            Ok(count) => output.append(&buffer[..count]),
        }
    }
    output.end();
}

/// Takes what is there; an error when that is nothing.
fn read_now(source: &AsyncFd<OwnedFd>, buffer: &mut [u8]) -> std::io::Result<usize> {
    read(source.get_ref(), buffer)
}

fn read(source: &OwnedFd, buffer: &mut [u8]) -> std::io::Result<usize> {
    loop {
        match nix::unistd::read(source, buffer) {
            Err(nix::errno::Errno::EINTR) => {}
            other => return other.map_err(Into::into),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::time::Duration;

    fn piped() -> (Arc<Output>, std::io::PipeWriter) {
        let (reader, writer) = std::io::pipe().unwrap();
        (Output::pump(OwnedFd::from(reader)).unwrap(), writer)
    }

    async fn all(reader: &mut Reader) -> Vec<u8> {
        let mut bytes = Vec::new();
        while let Some(chunk) = reader.next().await.unwrap() {
            assert!(chunk.data.len() <= CHUNK);
            bytes.extend_from_slice(&chunk.data);
        }
        bytes
    }

    #[tokio::test]
    async fn output_read_to_its_end_is_whole() {
        let (output, mut writer) = piped();
        writer.write_all(b"hello").unwrap();
        drop(writer);
        assert_eq!(all(&mut output.open(0).unwrap()).await, b"hello");
    }

    #[tokio::test]
    async fn output_unacknowledged_is_read_again() {
        let (output, mut writer) = piped();
        writer.write_all(b"hello").unwrap();
        drop(writer);
        assert_eq!(all(&mut output.open(0).unwrap()).await, b"hello");
        output.acknowledge(2).unwrap();
        assert_eq!(all(&mut output.open(2).unwrap()).await, b"llo");
        assert_eq!(output.open(1).err().unwrap().code, Code::OutOfRange);
        assert_eq!(output.open(6).err().unwrap().code, Code::OutOfRange);
    }

    #[tokio::test]
    async fn output_nobody_acknowledges_blocks_the_writer() {
        let (output, mut writer) = piped();
        let total = 2 * 1024 * 1024;
        let writing = std::thread::spawn(move || {
            for _ in 0..total / 4096 {
                writer.write_all(&[b'x'; 4096]).unwrap();
            }
        });
        let mut reader = output.open(0).unwrap();
        let mut got = 0;
        while got < CAPACITY {
            got += reader.next().await.unwrap().unwrap().data.len();
        }
        assert_eq!(got, CAPACITY);
        assert!(!writing.is_finished());
        loop {
            output.acknowledge(got as u64).unwrap();
            let chunk = reader.next().await.unwrap().unwrap();
            got += chunk.data.len();
            if chunk.end {
                break;
            }
        }
        assert_eq!(got, total);
        writing.join().unwrap();
    }

    #[tokio::test]
    async fn output_second_reader_ends_the_first() {
        let (output, mut writer) = piped();
        let mut first = output.open(0).unwrap();
        let waiting = tokio::spawn(async move { first.next().await });
        let mut second = output.open(0).unwrap();
        assert_eq!(waiting.await.unwrap().unwrap_err().code, Code::Aborted);
        writer.write_all(b"x").unwrap();
        assert_eq!(&second.next().await.unwrap().unwrap().data[..], b"x");
    }

    #[tokio::test]
    async fn output_writers_ended_needs_no_end_of_file() {
        let (output, mut writer) = piped();
        let held = writer.try_clone().unwrap();
        writer.write_all(b"last words").unwrap();
        output.writers_ended();
        let read = tokio::time::timeout(Duration::from_secs(60), async {
            all(&mut output.open(0).unwrap()).await
        });
        assert_eq!(read.await.unwrap(), b"last words");
        drop(held);
    }
}
