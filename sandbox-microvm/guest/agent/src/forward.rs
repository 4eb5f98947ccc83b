//! Port-forward: one connection over vsock for each connection to a port. The first line names the port, then bytes go through.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;
use tokio_vsock::{VsockListener, VsockStream};

use crate::fault::{Fault, Result, Tried};

pub const PORT: u32 = 1025;
/// How long a connection may take to say a port, and a port to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Connections at once.
const MOST: usize = 512;
/// The longest line that names a port, with its end.
const LINE: usize = 6;

/// Serves until the listener fails.
pub async fn serve(listener: VsockListener) -> Result<()> {
    let places = std::sync::Arc::new(tokio::sync::Semaphore::new(MOST));
    loop {
        let place = std::sync::Arc::clone(&places)
            .acquire_owned()
            .await
            .map_err(|e| Fault::internal(e.to_string()))?;
        let (stream, _) = listener
            .accept()
            .await
            .tried(|| "accepting a connection for a port".to_owned())?;
        tokio::spawn(async move {
            forward(stream).await;
            drop(place);
        });
    }
}

/// A client that goes away needs no answer, so what fails here is nobody's business but the client's.
async fn forward(mut client: VsockStream) {
    let asked = tokio::time::timeout(PATIENCE, read_port(&mut client)).await;
    let connected = match asked {
        Ok(Ok(port)) => connect(port).await,
        Ok(Err(why)) => Err(why),
        Err(_) => Err("no port was named in time".to_owned()),
    };
    match connected {
        Ok(mut server) => {
            if client.write_all(b"OK\n").await.is_ok() {
                let _ = copy_bidirectional(&mut client, &mut server).await;
            }
        }
        Err(why) => {
            let _ = client.write_all(format!("ERR {why}\n").as_bytes()).await;
            let _ = client.shutdown(std::net::Shutdown::Write);
        }
    }
}

/// Byte by byte: what comes after the line belongs to the port.
async fn read_port(client: &mut VsockStream) -> std::result::Result<u16, String> {
    let mut line = Vec::new();
    while line.len() < LINE {
        match client.read_u8().await.map_err(|e| e.to_string())? {
            b'\n' => break,
            byte => line.push(byte),
        }
    }
    parse_port(&line).ok_or_else(|| format!("no port: {:?}", String::from_utf8_lossy(&line)))
}

fn parse_port(line: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(line).ok()?;
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|port| digits && *port > 0)
}

async fn connect(port: u16) -> std::result::Result<TcpStream, String> {
    let mut why = String::new();
    for host in ["127.0.0.1", "::1"] {
        match tokio::time::timeout(PATIENCE, TcpStream::connect((host, port))).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(e)) => why = format!("{why}{host} port {port}: {e}; "),
            Err(_) => why = format!("{why}{host} port {port}: no answer within {PATIENCE:?}; "),
        }
    }
    Err(why.trim_end_matches("; ").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_port_digits_only() {
        assert_eq!(parse_port(b"8080"), Some(8080));
        for bad in [&b"0"[..], b"", b"+1", b"65536", b"a", b"\xff"] {
            assert_eq!(parse_port(bad), None);
        }
    }
}
