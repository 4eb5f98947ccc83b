//! Work of the kinds that cost a wall something: files, connections, memory.

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result, Seek, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::str::FromStr;
use std::time::{Duration, Instant};

const BLOCK: usize = 64 << 10;
const FILE_BLOCKS: usize = 128;
const CONNECTIONS: usize = 200;
const PAUSE: Duration = Duration::from_millis(50);
const EATEN: usize = 1 << 20;

/// Takes memory and writes to it until somebody puts an end to it.
pub fn eat() -> Result<()> {
    let mut eaten = Vec::new();
    loop {
        eaten.push(vec![1_u8; EATEN]);
        std::hint::black_box(&mut eaten);
    }
}

/// Reads a file of eight megabytes some twenty times a second, while it holds 200 connections that
/// others have opened to a port, and takes what comes over them.
pub fn files_and_network(port: &str, seconds: &str) -> Result<()> {
    let port: u16 = number(port, "PORT")?;
    let seconds: u64 = number(seconds, "SECONDS")?;
    let mut file = written()?;
    let mut held = connections(port)?;
    crate::say("canary is under load")?;
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut rounds = 0_u64;
    while Instant::now() < end {
        read(&mut file)?;
        network(&mut held)?;
        std::thread::sleep(PAUSE);
        rounds += 1;
    }
    println!("{rounds} rounds, {} connections", held.len());
    Ok(())
}

fn number<T: FromStr>(text: &str, name: &str) -> Result<T> {
    text.parse()
        .map_err(|_| Error::other(format!("{name} is no number")))
}

fn written() -> Result<File> {
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open("/canary-load")?;
    for _ in 0..FILE_BLOCKS {
        file.write_all(&[7; BLOCK])?;
    }
    Ok(file)
}

fn connections(port: u16) -> Result<Vec<TcpStream>> {
    // The first of the two takes both families, where there is the sixth version.
    let any: [SocketAddr; 2] = [
        (Ipv6Addr::UNSPECIFIED, port).into(),
        (Ipv4Addr::UNSPECIFIED, port).into(),
    ];
    let listener = TcpListener::bind(&any[..])?;
    crate::say("canary listens")?;
    (0..CONNECTIONS)
        .map(|_| {
            let (stream, _) = listener.accept()?;
            stream.set_nonblocking(true)?;
            Ok(stream)
        })
        .collect()
}

fn read(file: &mut File) -> Result<()> {
    let mut block = [0; BLOCK];
    file.rewind()?;
    for _ in 0..FILE_BLOCKS {
        file.read_exact(&mut block)?;
    }
    Ok(())
}

fn network(held: &mut [TcpStream]) -> Result<()> {
    let mut received = [0; 4096];
    for stream in held {
        match stream.read(&mut received) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
