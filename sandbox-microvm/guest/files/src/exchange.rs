//! One request and its reply, in memory that virtiofsd's server works on without copying.

use std::io::{self, Read};

use vhost_user_backend::bitmap::BitmapMmapRegion;
use virtio_queue::{Queue, QueueT};
use virtiofsd::descriptor_utils::{Reader, Writer};
use virtiofsd::filesystem::FileSystem;
use virtiofsd::server::Server;
use vm_memory::{Bytes, GuestAddress, GuestMemory, GuestMemoryMmap};

/// The most bytes of a file in one message. The kernel is told so in the reply to INIT.
pub const MAX_DATA: usize = 256 * 1024;
/// The largest message, with the room for headers and names that FUSE itself gives.
pub const MAX_MESSAGE: usize = MAX_DATA + 4096;
/// `struct fuse_in_header`.
pub const REQUEST_HEADER: usize = 40;
/// `struct fuse_out_header`.
pub const REPLY_HEADER: usize = 16;

const QUEUE_SIZE: u16 = 2;
const AVAILABLE_RING: u64 = 64;
const USED_RING: u64 = 128;
const REQUEST: u64 = 4096;
const REPLY: u64 = REQUEST + MAX_MESSAGE as u64;
const END: usize = REPLY as usize + MAX_MESSAGE;

/// virtiofsd takes requests from a virtqueue and from nothing else: so this is one, of two descriptors, whose two
/// buffers are filled from and written to a socket. Pages are taken from the kernel when first written.
pub struct Exchange {
    memory: GuestMemoryMmap<BitmapMmapRegion>,
    queue: Queue,
    served: u16,
}

impl Exchange {
    pub fn new() -> io::Result<Self> {
        let memory =
            GuestMemoryMmap::from_ranges(&[(GuestAddress(0), END)]).map_err(io::Error::other)?;
        let mut queue = Queue::new(QUEUE_SIZE).map_err(io::Error::other)?;
        queue
            .try_set_avail_ring_address(GuestAddress(AVAILABLE_RING))
            .map_err(io::Error::other)?;
        queue
            .try_set_used_ring_address(GuestAddress(USED_RING))
            .map_err(io::Error::other)?;
        queue.set_ready(true);
        Ok(Self {
            memory,
            queue,
            served: 0,
        })
    }

    /// Reads one request; its length, or nothing at the end of the stream. A length that no request can have is an
    /// error: what follows in the stream cannot be told apart any more.
    pub fn receive(&mut self, stream: &mut impl Read) -> io::Result<Option<usize>> {
        let request = self.slice_mut(REQUEST);
        loop {
            match stream.read(&mut request[..REQUEST_HEADER]) {
                Ok(0) => return Ok(None),
                Ok(n) => {
                    stream.read_exact(&mut request[n..REQUEST_HEADER])?;
                    break;
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        let length = u32::from_le_bytes(request[..4].try_into().expect("four bytes")) as usize;
        if !(REQUEST_HEADER..=MAX_MESSAGE).contains(&length) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("a request of {length} bytes"),
            ));
        }
        stream.read_exact(&mut request[REQUEST_HEADER..length])?;
        Ok(Some(length))
    }

    pub fn request(&self, length: usize) -> &[u8] {
        &self.slice(REQUEST)[..length]
    }

    pub fn reply(&self, length: usize) -> &[u8] {
        &self.slice(REPLY)[..length]
    }

    pub fn reply_mut(&mut self, length: usize) -> &mut [u8] {
        &mut self.slice_mut(REPLY)[..length]
    }

    /// Lets `server` answer the request of `length` bytes: the length of its reply, 0 where none is due.
    pub fn serve<F: FileSystem + Sync>(
        &mut self,
        server: &Server<F>,
        length: usize,
    ) -> virtiofsd::Result<usize> {
        let broken = |e: String| virtiofsd::Error::DecodeMessage(io::Error::other(e));
        let room = room_for_reply(self.request(length));
        self.offer(length, room)
            .map_err(|e| broken(e.to_string()))?;
        let chain = self
            .queue
            .pop_descriptor_chain(&self.memory)
            .ok_or_else(|| broken("the queue is empty".into()))?;
        let reader = Reader::new(&self.memory, chain.clone()).map_err(|e| broken(e.to_string()))?;
        let writer = Writer::new(&self.memory, chain).map_err(|e| broken(e.to_string()))?;
        server.handle_message(reader, writer, None::<&mut ()>)
    }

    /// Gives back the memory that large messages have touched.
    pub fn release(&mut self) {
        let all = self.slice_mut(REQUEST);
        // SAFETY: private anonymous pages of ours, between two messages; they read as zeroes afterwards.
        unsafe {
            libc::madvise(
                all.as_mut_ptr().cast(),
                END - REQUEST as usize,
                libc::MADV_DONTNEED,
            );
        }
    }

    fn offer(&mut self, length: usize, room: usize) -> Result<(), vm_memory::GuestMemoryError> {
        const NEXT: u16 = 1;
        const WRITE: u16 = 2;
        let descriptor = |address: u64, length: usize, flags: u16, next: u16| {
            let mut bytes = [0u8; 16];
            bytes[..8].copy_from_slice(&address.to_le_bytes());
            bytes[8..12].copy_from_slice(&(length as u32).to_le_bytes());
            bytes[12..14].copy_from_slice(&flags.to_le_bytes());
            bytes[14..].copy_from_slice(&next.to_le_bytes());
            bytes
        };
        let memory = &self.memory;
        memory.write_slice(&descriptor(REQUEST, length, NEXT, 1), GuestAddress(0))?;
        memory.write_slice(&descriptor(REPLY, room, WRITE, 0), GuestAddress(16))?;
        let slot = u64::from(self.served % QUEUE_SIZE) * 2;
        memory.write_slice(&[0; 2], GuestAddress(AVAILABLE_RING + 4 + slot))?;
        self.served = self.served.wrapping_add(1);
        memory.write_slice(&self.served.to_le_bytes(), GuestAddress(AVAILABLE_RING + 2))
    }

    fn slice(&self, start: u64) -> &[u8] {
        let first = self.address(start);
        // SAFETY: [start, start + MAX_MESSAGE) lies in the mapping, and nobody else has the memory.
        unsafe { std::slice::from_raw_parts(first, MAX_MESSAGE) }
    }

    fn slice_mut(&mut self, start: u64) -> &mut [u8] {
        let first = self.address(start);
        // SAFETY: as above, and `self` is borrowed alone.
        unsafe { std::slice::from_raw_parts_mut(first, MAX_MESSAGE) }
    }

    fn address(&self, start: u64) -> *mut u8 {
        self.memory
            .get_host_address(GuestAddress(start))
            .expect("inside the mapping")
    }
}

/// virtiofsd fills the whole of the buffer with what it reads of a file, and trusts the driver to have made it as large as it asked
/// for.
fn room_for_reply(request: &[u8]) -> usize {
    const READ: u32 = 15;
    let word = |at: usize| {
        Some(u32::from_le_bytes(
            request.get(at..at + 4)?.try_into().ok()?,
        ))
    };
    match (word(4), word(REQUEST_HEADER + 16)) {
        (Some(READ), Some(size)) => MAX_MESSAGE.min(REPLY_HEADER + size as usize),
        _ => MAX_MESSAGE,
    }
}
