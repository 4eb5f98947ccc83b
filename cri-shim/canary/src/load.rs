//! Work of the kinds that cost a wall something: files, connections, memory.

use std::fs::File;
use std::io::{Error, Read, Result, Seek, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

const BLOCK: usize = 64 << 10;
const FILE_BLOCKS: usize = 128;
const CONNECTIONS: usize = 200;
const EATEN: usize = 1 << 20;

/// Takes memory and writes to it until somebody puts an end to it.
pub fn eat() -> Result<()> {
    let mut eaten = Vec::new();
    loop {
        eaten.push(vec![1_u8; EATEN]);
        std::hint::black_box(&mut eaten);
    }
}

/// Writes and reads a file of eight megabytes over and over, while it holds 200 connections and
/// sends a little over each in turn.
pub fn files_and_network(seconds: &str) -> Result<()> {
    let seconds: u64 = seconds
        .parse()
        .map_err(|_| Error::other("SECONDS is no number"))?;
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut pairs = connections()?;
    crate::say("canary is under load")?;
    let mut rounds = 0_u64;
    while Instant::now() < end {
        files()?;
        network(&mut pairs)?;
        rounds += 1;
    }
    println!("{rounds} rounds, {} connections", pairs.len());
    Ok(())
}

fn connections() -> Result<Vec<(TcpStream, TcpStream)>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    (0..CONNECTIONS)
        .map(|_| {
            let client = TcpStream::connect(address)?;
            let (server, _) = listener.accept()?;
            Ok((client, server))
        })
        .collect()
}

fn files() -> Result<()> {
    let path = "/canary-load";
    let mut block = vec![7_u8; BLOCK];
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)?;
    for _ in 0..FILE_BLOCKS {
        file.write_all(&block)?;
    }
    file.rewind()?;
    for _ in 0..FILE_BLOCKS {
        file.read_exact(&mut block)?;
    }
    std::fs::remove_file(path)
}

fn network(pairs: &mut [(TcpStream, TcpStream)]) -> Result<()> {
    let sent = [3_u8; 4096];
    let mut received = [0_u8; 4096];
    for (client, server) in pairs {
        client.write_all(&sent)?;
        server.read_exact(&mut received)?;
    }
    Ok(())
}
