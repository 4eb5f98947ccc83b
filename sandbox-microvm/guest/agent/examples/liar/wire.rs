//! Lies below gRPC.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_vsock::{VsockListener, VsockStream};

const PIECE: usize = 64 << 10;

pub fn is_one(lie: &str) -> bool {
    matches!(lie, "silent" | "reset" | "endless-bytes" | "no-grpc")
}

pub async fn tell(lie: &str, calls: VsockListener) {
    while let Ok((stream, _)) = calls.accept().await {
        tokio::spawn(connection(lie.to_owned(), stream));
    }
}

/// What it fails with is the host's, who has had enough.
async fn connection(lie: String, mut stream: VsockStream) {
    let mut piece = vec![0; PIECE];
    match lie.as_str() {
        "silent" => while stream.read(&mut piece).await.is_ok_and(|count| count > 0) {},
        "endless-bytes" => while stream.write_all(&piece).await.is_ok() {},
        "no-grpc" => {
            let _ = stream.write_all(b"HTTP/1.0 200 OK\r\n\r\nhello").await;
        }
        _ => {} // Hangs up.
    }
}
