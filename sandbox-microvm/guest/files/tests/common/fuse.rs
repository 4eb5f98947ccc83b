//! A guest's kernel that says whatever a test wants it to.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::Service;

pub const LOOKUP: u32 = 1;
pub const FORGET: u32 = 2;
pub const GETATTR: u32 = 3;
pub const SETATTR: u32 = 4;
pub const SYMLINK: u32 = 6;
pub const MKNOD: u32 = 8;
pub const MKDIR: u32 = 9;
pub const UNLINK: u32 = 10;
pub const RMDIR: u32 = 11;
pub const RENAME: u32 = 12;
pub const LINK: u32 = 13;
pub const OPEN: u32 = 14;
pub const READ: u32 = 15;
pub const WRITE: u32 = 16;
pub const RELEASE: u32 = 18;
pub const SETXATTR: u32 = 21;
pub const INIT: u32 = 26;
pub const OPENDIR: u32 = 27;
pub const CREATE: u32 = 35;
pub const BATCH_FORGET: u32 = 42;
pub const FALLOCATE: u32 = 43;
pub const RENAME2: u32 = 45;
pub const ROOT: u64 = 1;

/// Bytes of a message's body, one number after the other.
#[derive(Default, Clone)]
pub struct Body(Vec<u8>);

impl Body {
    pub fn new() -> Self {
        Self::default()
    }
    pub fn u32(mut self, value: u32) -> Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }
    pub fn u64(mut self, value: u64) -> Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }
    pub fn name(mut self, name: &str) -> Self {
        self.0.extend_from_slice(name.as_bytes());
        self.0.push(0);
        self
    }
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }
}

pub fn name(name: &str) -> Body {
    Body::new().name(name)
}

pub struct Guest {
    pub stream: UnixStream,
    next: u64,
    pub uid: u32,
    pub gid: u32,
}

impl Guest {
    /// Connected and greeted.
    pub fn connect(service: &Service, tag: &str) -> Self {
        let mut stream = UnixStream::connect(service.guest_socket()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        writeln!(stream, "VOLUME {tag}").unwrap();
        let mut answer = [0; 3];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"OK\n");
        Self {
            stream,
            next: 1,
            uid: 0,
            gid: 0,
        }
    }

    /// Connected, greeted, and past INIT.
    pub fn mount(service: &Service, tag: &str) -> Self {
        let mut guest = Self::connect(service, tag);
        guest.init().unwrap();
        guest
    }

    pub fn init(&mut self) -> Result<Vec<u8>, i32> {
        let flags = !(1u32 << 30); // Everything but the extended header.
        self.call(INIT, 0, &Body::new().u32(7).u32(38).u32(65536).u32(flags))
    }

    pub fn send(&mut self, opcode: u32, node: u64, body: &Body) {
        let bytes = self.message(opcode, node, body);
        self.stream.write_all(&bytes).unwrap();
    }

    pub fn message(&mut self, opcode: u32, node: u64, body: &Body) -> Vec<u8> {
        self.next += 2;
        let header = Body::new()
            .u32(40 + body.0.len() as u32)
            .u32(opcode)
            .u64(self.next)
            .u64(node);
        header
            .u32(self.uid)
            .u32(self.gid)
            .u32(1)
            .u32(0)
            .bytes(&body.0)
            .0
    }

    /// The reply's body, or its errno.
    pub fn call(&mut self, opcode: u32, node: u64, body: &Body) -> Result<Vec<u8>, i32> {
        self.send(opcode, node, body);
        self.reply()
    }

    pub fn reply(&mut self) -> Result<Vec<u8>, i32> {
        let mut header = [0; 16];
        self.stream.read_exact(&mut header).unwrap();
        let word = |at: usize| i32::from_le_bytes(header[at..at + 4].try_into().unwrap());
        let mut body = vec![0; word(0) as usize - 16];
        self.stream.read_exact(&mut body).unwrap();
        match word(4) {
            0 => Ok(body),
            errno => Err(-errno),
        }
    }

    /// The node of an entry.
    pub fn lookup(&mut self, parent: u64, entry: &str) -> Result<u64, i32> {
        self.call(LOOKUP, parent, &name(entry))
            .map(|body| first(&body))
    }

    /// A handle.
    pub fn open(&mut self, node: u64, flags: i32) -> Result<u64, i32> {
        self.call(OPEN, node, &Body::new().u32(flags as u32).u32(0))
            .map(|body| first(&body))
    }

    pub fn read(&mut self, node: u64, handle: u64, offset: u64, size: u32) -> Result<Vec<u8>, i32> {
        self.call(READ, node, &read(handle, offset, size))
    }

    pub fn write(
        &mut self,
        node: u64,
        handle: u64,
        offset: u64,
        data: &[u8],
    ) -> Result<Vec<u8>, i32> {
        let head = Body::new()
            .u64(handle)
            .u64(offset)
            .u32(data.len() as u32)
            .u32(0)
            .u64(0)
            .u32(0)
            .u32(0);
        self.call(WRITE, node, &head.bytes(data))
    }

    pub fn create(&mut self, entry: &str) -> Result<u64, i32> {
        let flags = (libc::O_CREAT | libc::O_RDWR) as u32;
        let body = Body::new().u32(flags).u32(0o644).u32(0).u32(0).name(entry);
        self.call(CREATE, ROOT, &body).map(|body| first(&body))
    }

    /// Whether the service hangs up, instead of an answer.
    pub fn is_hung_up(&mut self) -> bool {
        match self.stream.read(&mut [0]) {
            Ok(count) => count == 0,
            Err(e) => matches!(e.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe),
        }
    }
}

pub fn read(handle: u64, offset: u64, size: u32) -> Body {
    Body::new()
        .u64(handle)
        .u64(offset)
        .u32(size)
        .u32(0)
        .u64(0)
        .u32(0)
        .u32(0)
}

pub fn first(body: &[u8]) -> u64 {
    u64::from_le_bytes(body[..8].try_into().unwrap())
}
