//! A client of the host's file service that asks for what is not its own, and for more than there is. Requests are FUSE's
//! (linux/fuse.h), as a guest's kernel would write them.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_vsock::{VMADDR_CID_HOST, VsockAddr, VsockStream};

use crate::proto::HostFiles;

const LOOKUP: u32 = 1;
const SYMLINK: u32 = 6;
const OPEN: u32 = 14;
const READ: u32 = 15;
const INIT: u32 = 26;
const CREATE: u32 = 35;
const ROOT: u64 = 1;
const HEADER: usize = 40;
/// Far more than the service lets one volume hold.
const MANY: u32 = 20_000;
/// Connections that say nothing.
const CONNECTIONS: usize = 200;

struct Volume {
    stream: VsockStream,
    next: u64,
}

/// Ends when the service hangs up; whatever it answers, the next request comes.
pub async fn attack(volume: HostFiles) {
    let mut open = Vec::new();
    for _ in 0..CONNECTIONS {
        open.push(VsockStream::connect(VsockAddr::new(VMADDR_CID_HOST, volume.vsock_port)).await);
    }
    drop(open);
    loop {
        if let Ok(mut guest) = Volume::connect(&volume).await {
            let _ = guest.ask_for_all().await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

impl Volume {
    async fn connect(volume: &HostFiles) -> std::io::Result<Volume> {
        let address = VsockAddr::new(VMADDR_CID_HOST, volume.vsock_port);
        let mut stream = VsockStream::connect(address).await?;
        stream.write_all(&volume.greeting).await?;
        let mut answer = [0; 3];
        stream.read_exact(&mut answer).await?;
        let mut guest = Volume { stream, next: 1 };
        let flags = !(1_u32 << 30);
        let init = [7, 38, 65536, flags].map(u32::to_le_bytes).concat();
        guest.ask(INIT, 0, &init).await?;
        Ok(guest)
    }

    async fn ask_for_all(&mut self) -> std::io::Result<()> {
        for name in ["..", "../../../etc/passwd", "/etc/passwd", "a/../..", ""] {
            self.ask(LOOKUP, ROOT, &text(name)).await?;
        }
        let link = [text("link"), text("/etc/passwd")].concat();
        self.ask(SYMLINK, ROOT, &link).await?;
        if let Some(node) = self.ask(LOOKUP, ROOT, &text("link")).await? {
            self.ask(OPEN, node, &[0; 8]).await?;
        }
        for offset in [u64::MAX, i64::MAX as u64, 1 << 62] {
            let read = [
                &offset.to_le_bytes()[..],
                &offset.to_le_bytes(),
                &u32::MAX.to_le_bytes(),
                &[0; 20],
            ];
            self.ask(READ, u64::MAX, &read.concat()).await?;
        }
        for number in 0..MANY {
            let flags = [0x42_u32, 0o600, 0, 0].map(u32::to_le_bytes).concat();
            let create = [flags, text(&format!("file-{}", number % 4))].concat();
            self.ask(CREATE, ROOT, &create).await?;
        }
        // A message that says it is larger than any is.
        self.stream.write_all(&u32::MAX.to_le_bytes()).await?;
        let mut rest = Vec::new();
        self.stream.read_to_end(&mut rest).await?;
        Ok(())
    }

    /// The first number of a good answer.
    async fn ask(&mut self, what: u32, node: u64, body: &[u8]) -> std::io::Result<Option<u64>> {
        let mut request = Vec::with_capacity(HEADER + body.len());
        request.extend_from_slice(&((HEADER + body.len()) as u32).to_le_bytes());
        request.extend_from_slice(&what.to_le_bytes());
        request.extend_from_slice(&self.next.to_le_bytes());
        request.extend_from_slice(&node.to_le_bytes());
        request.extend_from_slice(&[0; 16]); // user, group, process, extensions
        request.extend_from_slice(body);
        self.next += 2;
        self.stream.write_all(&request).await?;
        let mut head = [0; 16];
        self.stream.read_exact(&mut head).await?;
        let size = u32::from_le_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let mut answer = vec![0; size.saturating_sub(head.len()).min(1 << 20)];
        self.stream.read_exact(&mut answer).await?;
        let first: Option<[u8; 8]> = answer.get(..8).and_then(|bytes| bytes.try_into().ok());
        Ok(first.map(u64::from_le_bytes))
    }
}

fn text(name: &str) -> Vec<u8> {
    let mut bytes = name.as_bytes().to_vec();
    bytes.push(0);
    bytes
}
